"""Where specs come from: files (on disk, at a revision), built-in specs, one line, standard input, text, mappings."""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from cnncalc.errors import near, short_path, wrong
from cnncalc.language.notation import is_line, line
from cnncalc.language.tree import Datum, of_data, read
from cnncalc.place import Source
from cnncalc.sources.files import MOST_CHARACTERS

if TYPE_CHECKING:
    from cnncalc.sources.revision import File, Revision


class Folder(Protocol):
    """Where `extends` may look for a file: a folder, on disk or at a revision. Nothing outside it is read."""

    def spec(self, path: str) -> Found | None:
        """The spec at a path in it; None where there is no file, or a link that leads out of the folder."""


class Found(Struct, frozen=True):
    """A spec that was found: its data, and the folder in which `extends` may look (None: only built-in specs).

    `stem` is the name of its file, `key` what tells it from every other file.
    """

    data: Datum
    source: Source
    folder: Folder | None = None
    stem: str = ""
    key: str = ""
    inline: bool = False


class OnDisk(Struct, frozen=True):
    """A folder on disk, and what the user calls it ('' where a file in it is called by its bare name)."""

    path: Path
    name: str = ""

    def spec(self, path: str) -> Found | None:
        """The spec at a path in the folder; None where there is none."""
        candidate = self.path / path
        if not _exists(candidate) or not candidate.is_file() or not candidate.resolve().is_relative_to(self.path):
            return None
        return _file(candidate.resolve(), os.path.join(self.name, os.path.normpath(path)))


class AtRevision(Struct, frozen=True):
    """A folder in the tree of a git revision, and its path as the user writes it."""

    revision: Revision
    path: str
    name: str

    def spec(self, path: str) -> Found | None:
        """The spec at a path in the folder; None where there is none."""
        from cnncalc.sources.revision import AbsentError

        try:
            found = self.revision.file(posixpath.join(self.path, path), within=self.path)
        except AbsentError:
            return None
        return _of_revision(self.revision, found, posixpath.join(self.name, posixpath.normpath(path)))


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
    """The data of a spec given in any way. Raises SpecError if there is none."""
    if isinstance(spec, Mapping):
        source = Source("mapping")
        return Found(of_data(spec, source), source, _here())
    if isinstance(spec, os.PathLike):
        return _file(Path(spec), str(spec))
    if not isinstance(spec, str):
        raise wrong(f"a {type(spec).__name__} is not a spec", None, "give a path, a name, text, or a mapping")
    if spec == "-":
        return _text(standard_input(), "standard input")
    if "\n" in spec or spec.lstrip().startswith("{"):
        return _text(spec, "text")
    path = Path(spec)
    if _exists(path):
        return _file(path, spec)
    if spec.startswith("git:"):
        from cnncalc.sources.revision import asked, reference

        named = reference(spec)
        if named is not None:
            return _of_revision(*asked(named), named.path or "")
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
        or "`cnncalc zoo` lists the built-in specs; a one-line spec is '224x224x3: conv3-64 maxpool2 fc-10', no "
        "blanks in the volume",
    )


def base(reference: str, beside: Folder | None) -> Found | None:
    """The spec that `extends` names: one beside the spec (or below), else a built-in one. Nothing outside is read."""
    path = Path(reference)
    if path.is_absolute() or ".." in path.parts or "\0" in reference:
        return None
    for candidate in (reference, f"{reference}.yaml") if beside is not None else ():
        assert beside is not None
        found = beside.spec(candidate)
        if found is not None:
            return found
    packaged = built_in(reference)
    return None if packaged is None else _file(packaged, packaged.name)


def at(rev: str, path: Path) -> Found | None:
    """The spec of a working file as it was at a git revision, under whatever name; None where it was not there.

    A file outside any repository was not there. Raises SpecError if its repository has no such revision.
    """
    from cnncalc.sources.revision import before

    found = before(rev, path)
    return None if found is None else _of_revision(*found, found[1].path)


def file(path: Path, name: str) -> Found:
    """The data of a file. Raises SpecError if it cannot be read."""
    return _file(path, name)


def _here() -> Folder | None:
    """The working folder, unless it has been deleted."""
    try:
        return OnDisk(Path.cwd().resolve())
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
            f"{short_path(name)} cannot be read: {str(reason).lower()}", None, "`cnncalc zoo` lists the built-in specs"
        ) from None
    resolved = path.resolve()
    found = _text(_decoded(data, name), name, str(resolved))
    return Found(
        found.data, found.source, OnDisk(resolved.parent, _beside(name, resolved)), resolved.stem, str(resolved)
    )


def _beside(name: str, path: Path) -> str:
    """What the user, who calls a file by this name, would call its folder."""
    named = os.path.dirname(name)
    if not named and path.is_relative_to(built_in_folder()):
        return ""
    linked = os.path.realpath(named) != str(path.parent)
    return str(path.parent) if linked else named


def _of_revision(revision: Revision, file: File, path: str) -> Found:
    """The data of a file of a revision, at a path as the user writes it."""
    name = revision.name(path)
    found = _text(_decoded(file.data, name), name)
    folder = posixpath.dirname(file.path)
    beside = AtRevision(revision, folder, folder if file.linked else posixpath.dirname(path))
    return Found(found.data, found.source, beside, Path(file.path).stem, file.key)


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
            f"{short_path(name)} is not UTF-8 text (byte {error.start + 1:,})", None, "save it as UTF-8"
        ) from None


def _text(text: str, name: str, path: str = "") -> Found:
    source = Source(name, tuple(text.splitlines()) if len(text) <= MOST_CHARACTERS else (), path)
    return Found(read(text, source), source, _here())
