"""Where files stand, as those who read a report know them: from the root of the repository; patterns of paths."""

from __future__ import annotations

import os
from collections.abc import Container
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

    A wildcard fits no name that begins with a dot, unless the pattern says the dot, and no folder that is a link. With
    a `fence` nothing outside that folder is read; a folder is read once, however many patterns lead through it. Files
    `aside`, by their real paths, fit none.
    """

    def __init__(self, fence: Path | None = None, aside: Container[str] = ()) -> None:
        self.fence = fence
        self._aside = aside
        self._looked = 0
        self._read: dict[Path, list[tuple[str, bool]]] = {}

    def files(self, pattern: str, folder: Path) -> list[Path]:
        """The files that fit a pattern, whose path begins in the folder, in order.

        Raises PatternError for a pattern that leads out of the fence, or past more than can be looked at.
        """
        start, parts = _taken_apart(pattern, folder)
        self._fenced(start)
        if ".." in parts:
            self._fenced(os.path.normpath(start.joinpath(*parts)))
            raise PatternError("`..` stands after a wildcard", "name the folder that is meant")
        found: list[Path] = []
        waiting = [(start, _reached({0}, parts))]
        while waiting:
            at, states = waiting.pop()
            for name, is_folder in self._inside(at):
                ahead = self._ahead(name, states, parts)
                if is_folder and ahead - {len(parts)}:
                    waiting.append((at / name, _reached(ahead - {len(parts)}, parts)))
                elif len(parts) in ahead and is_file(at / name) and os.path.realpath(at / name) not in self._aside:
                    found.append(at / name)
        return sorted(found)

    def _ahead(self, name: str, states: set[int], parts: tuple[str, ...]) -> set[int]:
        """Where one name more leads; a state is how many parts of the pattern have been gone through."""
        self._looked += len(states)
        if self._looked > MOST_LOOKED:
            raise PatternError(f"it would be compared with more than {MOST_LOOKED:,} names", "use a narrower pattern")
        shown = [state for state in states if name[:1] != "." or parts[state][:1] == "."]
        between = {state for state in shown if parts[state] == "**"}
        return between | {state + 1 for state in shown if state not in between and fnmatchcase(name, parts[state])}

    def _fenced(self, path: str | Path) -> None:
        if self.fence is not None and relative(path, self.fence) is None:
            raise PatternError(f"it leads out of {around(self.fence)}", "budgets apply to files inside it")

    def _inside(self, folder: Path) -> list[tuple[str, bool]]:
        """The names in a folder, and which are folders and no links; nothing where it cannot be read, or is none."""
        if folder not in self._read:
            try:
                with os.scandir(folder) as entries:
                    self._read[folder] = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
            except (OSError, ValueError):
                self._read[folder] = []
        return self._read[folder]


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
    return states | {state + 1 for state in states if parts[state] == "**"}
