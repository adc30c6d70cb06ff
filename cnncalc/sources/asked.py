"""The file of a revision that a user names, and what may have been meant where there is none."""

from __future__ import annotations

import os
import posixpath
from contextlib import suppress
from pathlib import Path

from cnncalc.errors import near, short, short_path, wrong
from cnncalc.sources.git import Repository, working_folder
from cnncalc.sources.renames import name_at
from cnncalc.sources.revision import MOST_NEAR, AbsentError, File, Reference, Revision, revision


def file(asked: Reference) -> tuple[Revision, File]:
    """The file that a user names, and the revision that it is of. Raises SpecError with the fix."""
    if asked.path is None:
        slipped = asked.rev.endswith((".yaml", ".yml")) or os.path.isfile(asked.rev)
        named = Reference("HEAD", asked.rev) if slipped else Reference(asked.rev, "PATH")
        raise wrong(f"{short_path(asked)} names a revision and no spec", None, f"write it as {short_path(named)}")
    found = revision(asked.rev)
    try:
        return found, found.file(_from_root(asked.path, found.repository))
    except AbsentError as error:
        where = f" at {short(asked.rev)}" if asked.rev else " in the index"
        raise wrong(
            f"{short_path(asked.path)} {error}{where}",
            None,
            (_way_out(asked.path, found) if error.missing else None) or _listing(asked.rev),
        ) from None


def _listing(rev: str) -> str:
    from shlex import quote

    return f"`git {f'ls-tree -r --name-only {quote(short(rev))}' if rev else 'ls-files'}` lists the files"


def _from_root(path: str, repository: Repository) -> str:
    """A path from the root: as it is, or with ./ or ../ in front from the working folder."""
    if path.startswith("/"):
        raise AbsentError("begins at the root of the machine", missing=True)
    if not _relative(path):
        return path
    place = repository.place(Path(working_folder(), "_"))
    if place is None:
        raise AbsentError("is from the working folder, which is not in the repository")
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), path))


def _relative(path: str) -> bool:
    """Does a path begin in the working folder?"""
    return path.partition("/")[0] in (".", "..")


def _way_out(path: str, revision: Revision) -> str | None:
    """What a path that is not there may mean: from the working folder, another name at that time, or a slip."""
    repository = revision.repository
    asked = path if _relative(path) else f"./{path}"
    places = [path]
    with suppress(AbsentError):
        places.append(
            os.path.relpath(os.path.realpath(path), repository.top)
            if path.startswith("/")
            else _from_root(asked, repository)
        )
    for place in places[1:]:
        if revision.has(place):
            return f"paths are from the root of the repository: {revision.name(place)}"
    for place in places:
        if repository.top is not None and os.path.lexists(repository.working(place)):
            old = name_at(place, revision)
            if old is not None:
                return f"{short_path(place)} was called {old} then: {revision.name(old)}"
            return "it is in the working folder, but was not there then"
    beside = revision.inside(posixpath.dirname(path))
    beside.sort(key=lambda name: not name.endswith((".yaml", ".yml")))
    return near(path, beside[:MOST_NEAR], listed=False)
