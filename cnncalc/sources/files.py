"""Where files stand, as those who read a report know them: from the root of the repository; patterns of paths."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

MOST_CHARACTERS = 8_000_000
"""How long the text of a spec may be."""

MOST_LOOKED = 2_000_000
"""How often patterns of paths may be held against a name, all together."""

MOST_PARTS = 100
"""How many folders deep a pattern of paths may be."""

LONGEST = 4096
"""How many characters a pattern of paths may have."""

WILD = frozenset("*?[")
"""What makes a pattern of a path."""


@lru_cache(maxsize=64)
def repository(folder: Path) -> Path | None:
    """The root of the repository that holds a folder; None outside any. In a worktree `.git` is a file."""
    try:
        inner = folder.resolve()
        return next((found for found in (inner, *inner.parents) if (found / ".git").exists()), None)
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


def is_file(path: Path) -> bool:
    """Is there a file? A path that no system could have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class PatternError(Exception):
    """A pattern of paths that is not followed: what is wrong with it, and the fix."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class Search:
    """Files that fit patterns: `*`, `?` and `[…]` within a name, `**` for any number of folders between.

    A wildcard fits no name that begins with a dot, unless the pattern says the dot; `**` follows no links. With a
    `fence` nothing outside that folder is read. A folder is read once, however many patterns lead through it. Files
    `aside`, by their real paths, fit none.
    """

    def __init__(self, fence: Path | None = None, aside: Container[str] = ()) -> None:
        self.fence = fence
        self._aside = aside
        self._looked = 0
        self._read: dict[Path, list[os.DirEntry[str]]] = {}

    def files(self, pattern: str, folder: Path) -> list[Path]:
        """The files that fit a pattern, whose path begins in the folder, in order.

        Raises PatternError for a pattern that leads out of the fence, or past more than can be looked at.
        """
        start, parts = _taken_apart(pattern, folder)
        found: set[Path] = set()
        seen = {(self._fenced(start), 0)}
        waiting: dict[Path, set[int]] = {start: {0}}
        while waiting:
            at, states = waiting.popitem()
            for path, state in self._steps(at, _reached(states, parts), parts):
                if state == len(parts):
                    found |= {path} if is_file(path) and os.path.realpath(path) not in self._aside else set()
                elif (path, state) not in seen:
                    seen.add((path, state))
                    waiting.setdefault(path, set()).add(state)
        return sorted(found)

    def _steps(self, at: Path, states: set[int], parts: tuple[str, ...]) -> Iterator[tuple[Path, int]]:
        """Where one name more leads from a folder; a state is how many parts of the pattern have been gone through."""
        wild = [state for state in states if WILD & set(parts[state])]
        for state in states.difference(wild):
            yield self._fenced(_below(at, parts[state])), state + 1
        for entry in self._inside(at) if wild else ():
            folder, link = _is_folder(entry), entry.is_symlink()
            for state in wild:
                self._count()
                part, last = parts[state], state == len(parts) - 1
                if entry.name.startswith(".") and not part.startswith("."):
                    continue
                if part == "**":
                    if folder and not link:
                        yield at / entry.name, state
                elif fnmatchcase(entry.name, part) and (last if not folder else not (link and self._outside(entry))):
                    yield at / entry.name, state + 1

    def _fenced(self, path: Path) -> Path:
        if self._outside(path):
            raise PatternError(f"it leads out of {around(self.fence or path)}", "budgets apply to files inside it")
        return path

    def _outside(self, path: os.PathLike[str]) -> bool:
        """Does a path lead out of the fence? A link to a folder that does is passed by."""
        return self.fence is not None and relative(os.fspath(path), self.fence) is None

    def _inside(self, folder: Path) -> list[os.DirEntry[str]]:
        """What is in a folder; nothing where it cannot be read, or is none."""
        if folder not in self._read:
            try:
                with os.scandir(folder) as entries:
                    self._read[folder] = list(entries)
            except (OSError, ValueError):
                self._read[folder] = []
        return self._read[folder]

    def _count(self) -> None:
        self._looked += 1
        if self._looked > MOST_LOOKED:
            raise PatternError(f"it would be compared with more than {MOST_LOOKED:,} names", "use a narrower pattern")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _taken_apart(pattern: str, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder to begin in, and the parts of a pattern from the first wild one on; of `**` in a row one is left."""
    if len(pattern) > LONGEST or pattern.rfind("[") > pattern.rfind("]"):
        said = "its last bracket is open" if len(pattern) <= LONGEST else f"it has {len(pattern):,} characters"
        raise PatternError(said, f"take one of at most {LONGEST:,}" if len(pattern) > LONGEST else "write [[] for a [")
    path = Path(pattern)
    parts = path.parts[bool(path.anchor) :]
    plain = next((place for place, part in enumerate(parts) if WILD & set(part)), len(parts))
    start = Path(path.anchor or folder, *parts[:plain])
    kept = [part for place, part in enumerate(parts) if place >= plain and parts[place : place + 2] != ("**", "**")]
    kept += ["*"] if kept[-1:] == ["**"] else []
    if len(kept) > MOST_PARTS:
        raise PatternError(f"it has {len(kept):,} parts", f"take one of at most {MOST_PARTS}")
    return start, tuple(kept)


def _reached(states: set[int], parts: tuple[str, ...]) -> set[int]:
    """The states with those after a `**` that stands for no folder at all."""
    found = set(states)
    for place, part in enumerate(parts[:-1]):
        if part == "**" and place in found:
            found.add(place + 1)
    return found


def _below(folder: Path, part: str) -> Path:
    """One name further; the folder above is the one where a link leads to."""
    return Path(os.path.realpath(folder / part)) if part == ".." else folder / part
