"""Under which name a working file was known at a git revision."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cnncalc.sources.git import MOST_BYTES, Entry, LargeError, Repository, failed, index, not_fetched, partial, unread
from cnncalc.sources.revision import AbsentError, File, Revision, then

MOST_COMPARED = 1000
"""How many files may be held against one that has another name now."""
MOST_ALIKE = 100_000
"""The most bytes of a text that is compared line by line; larger ones are known by their whole content only."""


def renamed(rev: str, path: Path) -> str | None:
    """The other name, from the root of its repository, under which a working file was known at a revision.

    None where it had this name already, or was not there at all. Raises GitError if there is no such revision.
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
        raise failed(f"git cannot find renames: {said}", fetches or "check that `git status` works here")
    parts = [os.fsdecode(part) for part in output.split(b"\0")[:-1]]
    return {new: old for old, new in zip(parts[1::3], parts[2::3], strict=True)}


def _moved(place: str, revision: Revision, staged: Mapping[str, str]) -> str | None:
    """The file of a revision that a working file has become, which git has not been told of: one that is gone.

    It has the same content; or else the same file name, or what a spec is called, and the most lines in common: half of
    the text at least, as git would have it.
    """
    repository = revision.repository
    try:
        with repository.working(place).open("rb") as stream:
            own = stream.read(MOST_BYTES)
    except OSError:
        return None
    taken = {old for new, old in staged.items() if os.path.lexists(repository.working(new))}

    def gone(files: Iterable[_Known]) -> list[_Known]:
        return [file for file in files if file.path not in taken and not os.path.lexists(repository.working(file.path))]

    files = _listed(repository, revision.root.id, (0, 0) if revision.root.id else repository.stamp())
    base, suffix = posixpath.basename(place), posixpath.splitext(place)[1]
    same = gone(files.by_content.get(_hash(own, files.digits), ()))
    if same:
        return min(same, key=lambda file: posixpath.basename(file.path) != base).path
    suffixes = dict.fromkeys((suffix, ".yaml", ".yml"))
    likely = [
        gone(files.by_name.get(base, ())),
        gone(file for end in suffixes for file in files.by_suffix.get(end, ())),
    ]
    return next((found for some in likely if (found := _most_alike(own, some[:MOST_COMPARED], repository))), None)


def _most_alike(own: bytes, files: Iterable[_Known], repository: Repository) -> str | None:
    """The file with which a text has the most lines in common; None where that is less than half of every one."""
    if len(own) > MOST_ALIKE:
        return None
    lines = _lines(own)
    alike = {file.path: _likeness(lines, _lines_of(repository, file.object)) for file in files}
    best = max(alike, key=lambda path: alike[path], default=None)
    return best if best is not None and alike[best] >= 0.5 else None


class _Known(NamedTuple):
    """A file of a revision, and the object that it is."""

    path: str
    object: str


class _Listed(NamedTuple):
    """All files of a revision."""

    by_content: dict[str, list[_Known]]
    by_name: dict[str, list[_Known]]
    by_suffix: dict[str, list[_Known]]
    digits: int


@lru_cache(maxsize=4)
def _listed(repository: Repository, tree: str, stamp: tuple[int, int]) -> _Listed:
    """The files of a tree; without one, of the index as it is."""
    found = _Listed({}, {}, {}, 40)
    digits = len(tree)
    for file in _in_tree(repository, tree) if tree else _in_index(index(repository, stamp)):
        name = posixpath.basename(file.path)
        keys = (file.object, name, posixpath.splitext(name)[1])
        for key, files in zip(keys, (found.by_content, found.by_name, found.by_suffix), strict=True):
            files.setdefault(key, []).append(file)
        digits = len(file.object)
    return found._replace(digits=digits)


def _in_tree(repository: Repository, tree: str) -> Iterator[_Known]:
    status, output, said = repository.run("ls-tree", "-r", "-z", "--full-tree", tree)
    if status:
        raise unread(tree, said)
    for line in output.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        if about.startswith(b"100"):
            yield _Known(os.fsdecode(path), about.split(b" ")[2].decode())


def _in_index(root: Entry) -> Iterator[_Known]:
    waiting = [("", root)]
    while waiting:
        path, entry = waiting.pop()
        if entry.mode.startswith("100"):
            yield _Known(path, entry.id)
        inside = sorted((entry.inside or {}).items(), reverse=True)
        waiting += [(posixpath.join(path, name), inner) for name, inner in inside]


def _hash(data: bytes, digits: int) -> str:
    """What git calls a file of these bytes."""
    import hashlib

    kind = "sha256" if digits == 64 else "sha1"
    return hashlib.new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _lines(text: bytes) -> Counter[bytes]:
    """How often each line is in a text, however lines end."""
    return Counter(text.replace(b"\r\n", b"\n").splitlines(keepends=True))


@lru_cache(maxsize=500)
def _lines_of(repository: Repository, name: str) -> Counter[bytes]:
    """The lines of an object; none where there are more than are compared."""
    try:
        found = repository.ask(name, MOST_ALIKE)
    except LargeError:
        return _lines(b"")
    if found is None:
        raise not_fetched(name)
    return _lines(found.data)


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    """How much of the larger of two texts is in lines that both have."""
    sizes = [sum(len(line) * times for line, times in lines.items()) for lines in (one, other, one & other)]
    return sizes[2] / max(1, *sizes[:2])
