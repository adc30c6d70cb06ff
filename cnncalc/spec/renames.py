"""Under which name a working file was known at a git revision."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cnncalc.spec.git import AbsentError, File, Revision, then
from cnncalc.spec.repository import MOST_BYTES, LargeError, Repository, failed, not_fetched, partial

MOST_COMPARED = 1000
"""How many files may be held against one that has another name now."""


def renamed(rev: str, path: Path) -> str | None:
    """The other name, from the root of its repository, under which a working file was known at a revision.

    None where it had this name already, or was not there at all. Raises GitError where there is no such revision.
    """
    found = then(rev, path)
    return None if found is None else name_at(found[1], found[0])


def before(rev: str, path: Path) -> tuple[Revision, File] | None:
    """A working file as it was at a revision, whatever it was called; None where it was not there."""
    found = then(rev, path)
    if found is None:
        return None
    revision, place = found
    with suppress(AbsentError):
        return revision, revision.file(place)
    old = name_at(place, revision)
    return None if old is None else (revision, revision.file(old))


def name_at(place: str, revision: Revision) -> str | None:
    """The other name that a place in the working tree had at a revision; None where there is none."""
    if revision.has(place):
        return None
    staged = _staged(revision.repository, revision.root.id, revision.repository.stamp())
    return staged[place] if place in staged else _moved(place, revision, staged)


@lru_cache(maxsize=32)
def _staged(repository: Repository, tree: str, stamp: tuple[int, int]) -> Mapping[str, str]:
    """Old names by new ones: what git takes for renames between a tree and the index, where it has been then.

    The index is asked and not the working files, which git would pass through the filters that a repository sets up.
    """
    if not tree:
        return {}
    status, output, said = repository.run(
        "diff-index", "--cached", "-M", "--diff-filter=R", "--no-ext-diff", "--no-textconv", "--name-status", "-z", tree
    )
    if status:
        fetches = f"`git diff --cached -M --stat {tree}` fetches what it needs" if partial(said) else None
        raise failed(f"git can not find renames: {said}", fetches or "see whether `git status` works here")
    parts = [os.fsdecode(part) for part in output.split(b"\0")[:-1]]
    return {new: old for old, new in zip(parts[1::3], parts[2::3], strict=True)}


def _moved(place: str, revision: Revision, staged: Mapping[str, str]) -> str | None:
    """The file of a revision that a working file has become, which git has not been told of: one that is gone.

    It has the same content, or else, as git would have it, the most lines in common, half of the text at least.
    """
    repository = revision.repository
    try:
        with repository.working(place).open("rb") as stream:
            own = stream.read(MOST_BYTES)
    except OSError:
        return None
    taken = {old for new, old in staged.items() if os.path.lexists(repository.working(new))}
    gone = [
        (path, name)
        for path, name in _files(revision)
        if path not in taken and not os.path.lexists(repository.working(path))
    ]
    base, suffix = posixpath.basename(place), posixpath.splitext(place)[1]
    gone.sort(key=lambda item: (posixpath.basename(item[0]) != base, not item[0].endswith(suffix)))
    same = next((path for path, name in gone if name == _hash(own, len(name))), None)
    if same is not None:
        return same
    alike = {path: _likeness(own, revision, name) for path, name in gone[:MOST_COMPARED]}
    best = max(alike, key=lambda path: alike[path], default=None)
    return best if best is not None and alike[best] >= 0.5 else None


def _files(revision: Revision) -> list[tuple[str, str]]:
    """The path and the object of every file of a revision."""
    if revision.root.id:
        return _all_files(revision.repository, revision.root.id)
    found, waiting = [], [("", revision.root)]
    while waiting:
        path, entry = waiting.pop()
        if entry.inside is None:
            found.append((path, entry.id))
        waiting += [(posixpath.join(path, name), inner) for name, inner in (entry.inside or {}).items()]
    return sorted(found)


@lru_cache(maxsize=8)
def _all_files(repository: Repository, tree: str) -> list[tuple[str, str]]:
    output = repository.run("ls-tree", "-r", "-z", "--full-tree", tree)[1]
    found = [line.partition(b"\t") for line in output.split(b"\0")[:-1]]
    return [(os.fsdecode(path), about.split(b" ")[2].decode()) for about, _, path in found if about.startswith(b"100")]


@lru_cache(maxsize=1)
def _hash(data: bytes, digits: int) -> str:
    """What git calls a file of these bytes."""
    import hashlib

    kind = "sha1" if digits == 40 else "sha256"
    return hashlib.new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _likeness(own: bytes, revision: Revision, name: str) -> float:
    """How much of the larger of two texts is in lines that both have: a working file, and one of a revision."""
    from collections import Counter

    try:
        found = revision.repository.ask(name, 4 * len(own))
    except LargeError:
        return 0.0  # less than half of it can be the same, however its lines end
    if found is None:
        raise not_fetched(name)
    texts = [text.replace(b"\r\n", b"\n") for text in (own, found.data)]
    lines = [Counter(text.splitlines(keepends=True)) for text in texts]
    return sum(len(line) * times for line, times in (lines[0] & lines[1]).items()) / max(1, *map(len, texts))
