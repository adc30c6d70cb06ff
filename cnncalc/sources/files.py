"""Files and folders, and the texts in them; where they stand for those who read a report; patterns of paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from cnncalc.errors import flat, short, short_path, wrong
from cnncalc.place import Place

MOST_CHARACTERS = 8_000_000
"""How long the text of a spec may be."""

MOST_BYTES = 4 * MOST_CHARACTERS
"""How much of a file is read."""

MOST_FILES = 10_000
"""How many files a pattern of paths may fit."""

MOST_LOOKED = 2_000_000
"""How often patterns of paths may be held against a name, all together."""

MOST_PARTS = 100
"""How many folders deep a pattern of paths may be."""

LONGEST = 4096
"""How many characters a pattern of paths may have."""

MODEL = "this reads specs in YAML, and no models of a framework; `cnncalc init` writes a spec to start from"
"""What to say of a model."""

WILD = frozenset("*?[")
"""What makes a pattern of a path."""


# ------------------------------------------------------------------------------------------------------------ texts


class Text(Struct, frozen=True):
    """A text and what people call it; or the `data` that was given in its place.

    `beside` has the text at a path in its folder, and of nothing outside of that; without it `extends` finds built-in
    specs only. `path` is its file, absolute ('' for none), `key` tells it from every other file, and ends in its name;
    `notation` is how it is written.
    """

    name: str
    text: str
    beside: Callable[[str], Text | None] | None = None
    path: str = ""
    key: str = ""
    notation: str = "yaml"
    data: Mapping[str, Any] | None = None

    @property
    def stem(self) -> str:
        """The name of its file, without what follows the dot."""
        return Path(self.key).stem


class Folder(Struct, frozen=True):
    """A folder on disk, and what the user calls it ('' where a file in it is called by its bare name)."""

    path: Path
    name: str = ""

    def text(self, path: str) -> Text | None:
        """The text at a path in the folder; None where there is none."""
        candidate = self.path / path
        if not os.path.isfile(candidate):
            return None
        real, called = candidate.resolve(), os.path.join(self.name, os.path.normpath(path))
        linked = str(real.parent) != os.path.dirname(os.path.normpath(candidate))
        beside = str(real.parent) if linked else os.path.dirname(called)
        return text_of(real, name=called, beside=beside) if real.is_relative_to(self.path) else None


def given(name: str, text: str, **fields: Any) -> Text:
    """A text that stands in no file: `extends` looks in the working folder, unless that has been deleted."""
    with suppress(OSError):
        fields["beside"] = Folder(Path.cwd().resolve()).text
    return Text(name, text, **fields)


def text_of(path: str | Path, most: int = MOST_BYTES, name: str = "", beside: str | None = None) -> Text:
    """The text of a file, of which no more is read than so many bytes, and one. Raises SpecError if it cannot be.

    `name` is what the user calls it, and `beside` its folder: as the name has it, unless a link has led elsewhere.
    """
    name = name or str(path)
    try:
        if Path(path).is_dir():
            pattern = short_path(os.path.join(name, "*.yaml"))
            raise wrong(
                f"{short_path(name)} is a folder", None, f"name a spec in it; `check` and `lint` take '{pattern}'"
            )
        with Path(path).open("rb") as stream:
            data = stream.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"{short_path(name)} cannot be read: {str(reason).lower()}"
        raise wrong(message, None, "`cnncalc zoo` lists the built-in specs") from None
    real = Path(path).resolve()
    if beside is None:
        named = os.path.dirname(name)
        beside = named if os.path.realpath(named) == str(real.parent) else str(real.parent)
    return Text(name, decoded(data, name), Folder(real.parent, beside).text, str(real), str(real))


def decoded(data: bytes, name: str) -> str:
    """Bytes as text. Raises SpecError if it is not one."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{short_path(name)} is not UTF-8 text (byte {error.start + 1:,})"
        raise wrong(message, None, MODEL if is_model(name) else "save it as UTF-8") from None


def is_model(name: str) -> bool:
    """Is it the file of a framework, by its name?"""
    return name.lower().endswith((".pth", ".pt", ".onnx", ".h5", ".keras", ".pb", ".tflite", ".ckpt", ".safetensors"))


# ------------------------------------------------------------------------------------------------------------ paths


@lru_cache(maxsize=64)
def repository(folder: Path) -> Path | None:
    """The root of the repository that holds a folder; None outside any. In a worktree `.git` is a file."""
    try:
        real = folder.resolve()
        return next((outer for outer in (real, *real.parents) if (outer / ".git").exists()), None)
    except OSError:
        return None


def root() -> Path:
    """What paths in reports are relative to: the root of the repository around the working folder, else that folder."""
    return repository(here()) or here()


def here() -> Path:
    """The working folder; the root of the machine where it has been deleted."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")


def relative(path: str | Path, base: Path) -> str | None:
    """The path as seen from a folder that holds it, with / between its parts; None where the folder does not."""
    try:
        return Path(os.path.realpath(path)).relative_to(os.path.realpath(base)).as_posix()
    except ValueError:
        return None


def shown(path: Path) -> str:
    """A path as people would write it here."""
    return relative(path, here()) or path.as_posix()


def around(folder: Path) -> str:
    """A repository, or the folder that stands for one, as people call it here."""
    return "the repository" if relative(here(), folder) is not None else shown(folder)


# --------------------------------------------------------------------------------------------------------- patterns


class _PatternError(Exception):
    """A pattern of paths is not followed: what is wrong with it, and the fix."""


class Search(Struct, eq=False):
    """The files that words name, whose paths begin in a `folder`: by a path, or by a pattern of paths.

    In a pattern `*`, `?` and `[…]` stand for characters of a name, and `**` for any number of folders. A wildcard fits
    no name that begins with a dot, unless the pattern says the dot, and no folder that is a link. With a `fence`
    nothing outside that folder is read. A folder is `read` once, however many patterns lead through it; `looked` counts
    the names that were compared. Files `aside`, by their real paths, fit none.
    """

    folder: Path = Path()
    fence: Path | None = None
    aside: Container[str] = ()
    looked: int = 0
    read: dict[Path, list[tuple[str, bool]]] = {}

    def files(self, word: str, place: Place | None = None) -> list[Path]:
        """The files that a word names, in order; none where it is not a pattern, and there is no such file.

        Raises SpecError with the place of the word where that leads out of the fence, and for a pattern that fits no
        file, too many, or leads past more than can be looked at.
        """
        path = self.folder / word
        if not WILD & set(word):
            if "\0" not in word:
                self._hold(path, word, place)
            return [path] if os.path.isfile(path) else []
        try:
            fitting = [path] if os.path.isfile(path) else sorted(self._fitting(word))
        except _PatternError as error:
            message, way_out = error.args
            raise wrong(f"{short(word)} is not followed: {flat(message)}", place, way_out) from None
        if not fitting:
            way_out = "fix the pattern: a pattern that matches nothing always passes"
            raise wrong(f"no file fits {short(word)}", place, way_out)
        if len(fitting) > MOST_FILES:
            raise wrong(f"more than {MOST_FILES:,} files fit {short(word)}", place, "use a narrower pattern")
        for path in fitting:
            self._hold(path, "", place)
        return fitting

    def _hold(self, path: Path, word: str, place: Place | None) -> None:
        """Raise SpecError for a path, called by a word if not as it is, that leads out of the fence."""
        if self._outside(path):
            message = f"{short_path(word or shown(path))} is outside {short_path(around(self.fence or path))}"
            raise wrong(message, place, "budgets apply to files inside it")

    def _outside(self, path: str | Path) -> bool:
        return self.fence is not None and relative(path, self.fence) is None

    def _fitting(self, pattern: str) -> Iterator[Path]:
        """The files that fit a pattern."""
        start, parts = _taken_apart(pattern, self.folder)
        if self._outside(start) or self._outside(os.path.normpath(start.joinpath(*parts))):
            raise _PatternError(f"it leads out of {around(self.fence or start)}", "budgets apply to files inside it")
        if ".." in parts:
            raise _PatternError("`..` stands after a wildcard", "name the folder that is meant")
        waiting = [(start, _reached({0}, parts))]
        while waiting:
            at, states = waiting.pop()
            for name, is_folder in self._inside(at):
                ahead = self._ahead(name, states, parts)
                path = at / name if ahead else at
                if is_folder and ahead - {len(parts)}:
                    waiting.append((path, _reached(ahead - {len(parts)}, parts)))
                elif len(parts) in ahead and os.path.isfile(path) and os.path.realpath(path) not in self.aside:
                    yield path

    def _ahead(self, name: str, states: set[int], parts: tuple[str, ...]) -> set[int]:
        """Where one name more leads; a state is how many parts of the pattern have been gone through."""
        self.looked += len(states)
        if self.looked > MOST_LOOKED:
            raise _PatternError(f"it would be compared with more than {MOST_LOOKED:,} names", "use a narrower pattern")
        shown = [state for state in states if name[:1] != "." or parts[state][:1] == "."]
        between = {state for state in shown if parts[state] == "**"}
        return between | {state + 1 for state in shown if state not in between and fnmatchcase(name, parts[state])}

    def _inside(self, folder: Path) -> list[tuple[str, bool]]:
        """The names in a folder, and which are folders and no links; nothing where it cannot be read, or is none."""
        if folder not in self.read:
            try:
                with os.scandir(folder) as entries:
                    self.read[folder] = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
            except (OSError, ValueError):
                self.read[folder] = []
        return self.read[folder]


def _taken_apart(pattern: str, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder to begin in, and the parts of a pattern from the first wild one on; of `**` in a row one is left."""
    if len(pattern) > LONGEST:
        raise _PatternError(f"it has {len(pattern):,} characters", f"take one of at most {LONGEST:,}")
    if pattern.rfind("[") > pattern.rfind("]"):
        raise _PatternError("its last bracket is open", "write [[] for a [")
    path = Path(pattern)
    parts = path.parts[bool(path.anchor) :]
    plain = next((place for place, part in enumerate(parts) if WILD & set(part)), len(parts))
    start = Path(path.anchor or folder, *parts[:plain])
    kept = [part for place, part in enumerate(parts) if place >= plain and parts[place : place + 2] != ("**", "**")]
    kept += ["*"] if kept[-1:] == ["**"] else []
    if len(kept) > MOST_PARTS:
        raise _PatternError(f"it has {len(kept):,} parts", f"take one of at most {MOST_PARTS}")
    return start, tuple(kept)


def _reached(states: set[int], parts: tuple[str, ...]) -> set[int]:
    """The states with those after a `**` that stands for no folder at all."""
    return states | {state + 1 for state in states if parts[state] == "**"}
