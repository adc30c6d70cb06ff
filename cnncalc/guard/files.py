"""Where files stand, as those who read a report know them: from the root of the repository."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=64)
def repository(folder: Path) -> Path | None:
    """The root of the repository that holds a folder; None outside of any. In a worktree `.git` is a file."""
    try:
        here = folder.resolve()
        return next((found for found in (here, *here.parents) if (found / ".git").exists()), None)
    except OSError:
        return None


def root() -> Path:
    """What paths in reports are relative to: the root of the repository around the working folder, else that folder."""
    try:
        here = Path.cwd()
    except OSError:
        return Path("/")
    return repository(here) or here


def relative(path: str | Path, base: Path) -> str | None:
    """The path as seen from a folder that holds it, with / between its parts; None where the folder does not."""
    try:
        return Path(os.path.realpath(path)).relative_to(os.path.realpath(base)).as_posix()
    except ValueError:
        return None
