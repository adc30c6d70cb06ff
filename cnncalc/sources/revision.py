"""Files as they are at a git revision, called ``git:REV:PATH``.

Paths are followed here, from tree to tree, so that files may have any name and links lead nowhere else.
"""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from cnncalc.errors import near, short, short_path, wrong
from cnncalc.sources.git import (
    CONFLICT,
    FOLDER,
    LINK,
    LONGEST,
    MODULE,
    MOST_BYTES,
    Entry,
    GitError,
    LargeError,
    Repository,
    failed,
    here,
    holding,
    index,
    not_fetched,
)

PREFIX = "git:"
MOST_LINKS = 40
MOST_NEAR = 2000
"""Among how many names near ones are looked for."""


class Reference(Struct, frozen=True):
    """``git:REV`` or ``git:REV:PATH``; no revision is the index."""

    rev: str
    path: str | None = None

    def __str__(self) -> str:
        return PREFIX + self.rev + ("" if self.path is None else f":{self.path}")


class File(Struct, frozen=True):
    """A file of a revision: its bytes, where it stands from the root on, and whether links have led there."""

    data: bytes
    path: str
    key: str
    linked: bool = False


class AbsentError(Exception):
    """There is no such file at the revision; `missing` where the reason is not another one."""

    def __init__(self, reason: str, missing: bool = False) -> None:
        self.missing = missing
        super().__init__(reason)


def reference(text: str) -> Reference | None:
    """The parts of ``git:REV:PATH``; None for anything else. The colon stands outside of braces, as for git.

    >>> reference("git:main:configs/net.yaml")
    Reference(rev='main', path='configs/net.yaml')
    >>> reference("git:HEAD@{12:30}").path is None
    True
    """
    if not text.startswith(PREFIX) or text[len(PREFIX) :][:1].isspace():
        return None
    whole = text.removeprefix(PREFIX)
    depth, end = 0, len(whole)
    for place, char in enumerate(whole):
        depth += (char == "{") - (char == "}" and depth > 0)
        if char == ":" and not depth:
            end = place
            break
    rev, path = whole[:end], whole[end + 1 :]
    if not whole:
        raise wrong(f"{PREFIX} names no revision", None, "such as git:main:configs/net.yaml; git::PATH is the index")
    if not rev.isprintable() or len(rev) > LONGEST or "\0" in path:
        raise wrong(f"there is no revision {short(rev)}", None, "`git log --oneline` lists revisions")
    return Reference(rev, path or None)


class Revision(Struct, frozen=True, eq=False):
    """A revision of a repository: its name, and its root."""

    repository: Repository
    rev: str
    root: Entry

    def name(self, path: str) -> str:
        """What a file of it is called on the command line."""
        return str(Reference(self.rev, path))

    def file(self, path: str, within: str = "") -> File:
        """The file at a path from the root, links followed, `within` a folder. Raises AbsentError if there is none."""
        place, entry = self._followed(path)
        if within and not place.startswith(f"{within}/"):
            raise AbsentError("leads out of its folder")
        data = self._content(entry, place, MOST_BYTES)
        return File(data, place, f"git:{self.root.id}:/{place}", place != posixpath.normpath(path))

    def has(self, path: str) -> bool:
        """Is there a file at a path from the root?"""
        try:
            return self._followed(path)[1].mode != CONFLICT
        except AbsentError:
            return False

    def inside(self, folder: str) -> list[str]:
        """The paths of what is in a folder; nothing where there is none."""
        entry = self.root
        for part in filter(None, folder.split("/")):
            entry = self.repository.inside(entry).get(part, Entry("", "", {}))
            if entry.mode != FOLDER:
                return []
        return [posixpath.join(folder, name) for name in self.repository.inside(entry)]

    def _followed(self, path: str) -> tuple[str, Entry]:
        """The file at a path, and where it really stands."""
        waiting = path.split("/")[::-1]
        above: list[tuple[str, Entry]] = [("", self.root)]
        links = 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                above.pop()
                if not above:
                    raise AbsentError("leads out of the repository")
                continue
            entry = self.repository.inside(above[-1][1]).get(part)
            if entry is None:
                raise AbsentError("is not there", missing=True)
            if entry.mode == LINK:
                links += 1
                target = os.fsdecode(self._content(entry, path, LONGEST * 10))
                if target.startswith("/") or links > MOST_LINKS:
                    raise AbsentError("is a link that leads " + ("nowhere" if links > MOST_LINKS else "out of it"))
                waiting += target.split("/")[::-1]
            elif entry.mode == FOLDER:
                above.append((part, entry))
            elif entry.mode == MODULE:
                raise AbsentError("is in a submodule, which is a repository of its own")
            elif waiting:
                raise AbsentError("is not there", missing=True)
            else:
                return "/".join([*(name for name, _ in above[1:]), part]), entry
        raise AbsentError("is a folder")

    def _content(self, entry: Entry, path: str, most: int) -> bytes:
        name = self.name(path)
        if entry.mode == CONFLICT:
            raise failed(f"{short_path(name)} is in conflict", "resolve it and `git add` it, or name a revision")
        try:
            found = self.repository.ask(entry.id, most)
        except LargeError as error:
            raise wrong(
                f"{short_path(name)} is not a spec: it has {error.args[0]:,} bytes", None, "name a spec"
            ) from None
        if found is None:
            raise not_fetched(entry.id)
        return found.data


def revision(rev: str, repository: Repository | None = None) -> Revision:
    """A revision of a repository, by default the one around the working folder. Raises GitError."""
    repository = here() if repository is None else repository
    if not rev:
        return Revision(repository, rev, index(repository, repository.stamp()))
    try:
        root = repository.ask(f"{rev}^{{tree}}") or repository.ask_again(f"{rev}^{{tree}}")
    except LargeError:
        raise failed(f"the root of {short(rev)} has too many files", "name a file") from None
    if root is None or root.kind != "tree":
        known = _commit(rev, repository)
        raise _no_revision(rev, repository) if known is None else not_fetched(f"{short(rev)}^{{tree}}")
    return Revision(repository, rev, Entry(FOLDER, root.id))


def resolved(rev: str, path: Path | None = None) -> str:
    """The hash of a revision ('' for the index), in the repository around the working folder, or that has a file.

    Raises GitError if there is no such revision, or no repository.
    """
    found = revision(rev, None if path is None else holding(path))
    commit = _commit(rev, found.repository) if rev else None
    return found.root.id if commit is None else commit


def _commit(rev: str, repository: Repository) -> str | None:
    """The hash of the commit that a revision is; None where it is none."""
    with suppress(LargeError):
        found = repository.ask(f"{rev}^{{commit}}")
        return None if found is None else found.id
    return None


def then(rev: str, path: Path) -> tuple[Revision, str] | None:
    """The revision of the repository that has a working file, and the file's place in it; None outside any."""
    repository = holding(path)
    place = None if repository is None else repository.place(path)
    return None if repository is None or place is None else (revision(rev, repository), place)


def _no_revision(rev: str, repository: Repository) -> GitError:
    """That a revision is not there, and how it may come there."""
    names = os.fsdecode(repository.run("for-each-ref", "--count=10000", "--format=%(refname:short)")[1]).splitlines()
    remote = next((name for name in names if name.endswith(f"/{rev}")), None)
    shallow = repository.run("rev-parse", "--is-shallow-repository")[1].strip() == b"true"
    if remote is not None:
        way_out = f"did you mean `{PREFIX}{remote}`?"
    elif shallow:
        way_out = f"the clone is shallow: {_deeper(rev)}"
    elif not names:
        way_out = "the repository has no branch with a commit yet"
    else:
        way_out = near(rev, names[:MOST_NEAR], listed=False) or "`git log --oneline --all` lists what there is"
    return failed(f"there is no revision {short(rev)}", way_out)


def _deeper(rev: str) -> str:
    """The command that brings a revision into a shallow clone."""
    rest = "`git fetch --unshallow` brings the rest of its history"
    if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", rev):
        return f"`git fetch --depth=1 origin {rev}` brings it, {rest}"
    if re.fullmatch("[0-9a-f]{7,}", rev) or not re.fullmatch(r"\w[\w./-]*", rev):
        return rest
    branch = rev.removeprefix("origin/")
    to = branch if branch == rev else f"refs/remotes/{rev}"
    return f"`git fetch --depth=1 origin {branch}:{to}` brings it, {rest}"
