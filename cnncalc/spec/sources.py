"""Where specs come from: files, built-in specs, the one-line notation, standard input, text, mappings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from cnncalc.spec.errors import Source, near, short_path, wrong
from cnncalc.spec.notation import is_line, line
from cnncalc.spec.yaml import MOST_CHARACTERS, Datum, of_data, read


class Found(Struct, frozen=True):
    """A spec that was found: its data, and the folder in which `extends` may look (None: only built-in specs).

    `stem` is the name of its file, `key` what tells it from every other file.
    """

    data: Datum
    source: Source
    folder: Path | None = None
    stem: str = ""
    key: str = ""
    inline: bool = False


@lru_cache(maxsize=1)
def built_in_folder() -> Path:
    """The folder of the built-in specs: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


@lru_cache(maxsize=1)
def _built_in() -> dict[str, Path]:
    return {path.stem: path for path in sorted(built_in_folder().glob("**/*.yaml"))}


def built_in_names() -> list[str]:
    """The names of the built-in specs, in alphabetical order."""
    return sorted(_built_in())


def built_in(name: str) -> Path | None:
    """The file of the built-in spec of that name, with or without ``.yaml``."""
    return _built_in().get(name.removesuffix(".yaml"))


def find(spec: Any) -> Found:
    """The data of a spec given in any way. Raises SpecError when there is none."""
    if isinstance(spec, Mapping):
        source = Source("mapping")
        return Found(of_data(spec, source), source, _here())
    if isinstance(spec, os.PathLike):
        return _file(Path(spec), str(spec))
    if not isinstance(spec, str):
        raise wrong(f"a {type(spec).__name__} is no spec", None, "give a path, a name, text, or a mapping")
    if spec == "-":
        return _text(standard_input(), "standard input")
    if "\n" in spec or spec.lstrip().startswith("{"):
        return _text(spec, "text")
    path = Path(spec)
    if _exists(path):
        return _file(path, spec)
    packaged = built_in(spec)
    if packaged is not None:
        return _file(packaged, packaged.name)
    if is_line(spec):
        data = line(spec)
        assert data.place is not None
        return Found(data, data.place.source, _here(), inline=True)
    raise wrong(
        f"there is no file and no built-in spec called {short_path(spec)}",
        None,
        near(spec.removesuffix(".yaml"), built_in_names(), listed=False)
        or "`cnncalc zoo` lists the built-in specs; on one line it would be '224x224x3: conv3-64 maxpool2 fc-10'",
    )


def base(reference: str, beside: Path | None) -> Path | None:
    """The file that `extends` names: one beside the spec (or below), else a built-in one. Nothing outside is read."""
    path = Path(reference)
    if path.is_absolute() or ".." in path.parts or "\0" in reference:
        return None
    if beside is not None:
        folder = beside.resolve()
        for candidate in (folder / path, folder / f"{reference}.yaml"):
            if _exists(candidate) and candidate.is_file() and candidate.resolve().is_relative_to(folder):
                return candidate.resolve()
    return built_in(reference)


def file(path: Path, name: str) -> Found:
    """The data of a file. Raises SpecError when it can not be read."""
    return _file(path, name)


def _here() -> Path | None:
    """The working folder, unless it has been deleted."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _file(path: Path, name: str) -> Found:
    try:
        if path.is_dir():
            raise wrong(f"{short_path(name)} is a folder", None, "name a spec in it")
        with path.open("rb") as stream:
            data = stream.read(4 * MOST_CHARACTERS + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise wrong(
            f"{short_path(name)} can not be read: {str(reason).lower()}", None, "`cnncalc zoo` lists the built-in specs"
        ) from None
    resolved = path.resolve()
    found = _text(_decoded(data, name), name, str(resolved))
    return Found(found.data, found.source, resolved.parent, resolved.stem, str(resolved))


def standard_input() -> str:
    """All of standard input, as far as a spec may be long."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        return sys.stdin.read(MOST_CHARACTERS + 1) if sys.stdin is not None else ""
    return _decoded(stream.read(4 * MOST_CHARACTERS + 1), "standard input")


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong(
            f"{short_path(name)} is no UTF-8 text (byte {error.start + 1:,})", None, "save it as UTF-8"
        ) from None


def _text(text: str, name: str, path: str = "") -> Found:
    source = Source(name, tuple(text.splitlines()) if len(text) <= MOST_CHARACTERS else (), path)
    return Found(read(text, source), source, _here())
