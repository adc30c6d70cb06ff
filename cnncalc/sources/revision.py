"""Files as they are at a git revision, called ``git:REV:PATH``.

A revision is a dictionary: of every folder that is looked into, the names in it and what they are. Paths and links are
followed in there, so that files may have any name and links lead nowhere else.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from cnncalc.errors import near, short, short_path, wrong
from cnncalc.sources.files import MOST_BYTES, Text, decoded
from cnncalc.sources.git import GitError, LargeError, Repository, here, holding, partial, unread

MOST_LINKS = 40
LONGEST_LINK = 10_000
MOST_NEAR = 2000
"""Among how many names near ones are looked for."""

FOLDER, LINK, MODULE, CONFLICT = "40000", "120000", "160000", "conflict"
"""The modes of what is not a plain file."""


class AbsentError(Exception):
    """There is no such file at the revision; `missing` where the reason is not another one."""

    def __init__(self, reason: str, missing: bool = False) -> None:
        self.missing = missing
        super().__init__(reason)


class Entry(NamedTuple):
    """What a name in a folder is: its mode, and its object; the index has no objects for folders."""

    mode: str
    id: str = ""


@lru_cache(maxsize=4096)
def _tree(repository: Repository, id: str) -> Mapping[str, Entry]:
    """The names in a tree, each written as mode, blank, name, NUL and the bytes of an object's name."""
    answer = repository.ask(id)
    if answer is None:
        raise unread(id)
    parts = re.findall(rb"([0-7]+) ([^\0]+)\0(.{%d})" % (len(id) // 2), answer[1], re.DOTALL)
    if sum(len(part) for entry in parts for part in entry) + 2 * len(parts) != len(answer[1]):
        raise GitError(f"the folder {id} is damaged", "`git fsck` says what is broken")
    return {os.fsdecode(name): Entry(mode.decode(), object_.hex()) for mode, name, object_ in parts}


@lru_cache(maxsize=4)
def _listing(repository: Repository, stamp: tuple[int, int]) -> bytes:
    """The index as it was at that moment: mode, object, stage, tab and path of every file, each with a NUL after it."""
    status, output, complaint = repository.run("ls-files", "--stage", "-z", "--full-name", "--", ":/")
    if status:
        raise GitError(f"git refuses: {complaint}", "name a revision, such as git:HEAD:configs/net.yaml")
    return output


@lru_cache(maxsize=4096)
def _indexed(repository: Repository, stamp: tuple[int, int], folder: str) -> Mapping[str, Entry]:
    """The names in a folder of the index."""
    listing, names = _listing(repository, stamp), {}
    prefix = os.fsencode(f"{folder}/") if folder else b""
    for match in re.finditer(rb"\t" + re.escape(prefix) + rb"([^\0/]+)(/?)", listing):
        about = listing[listing.rfind(b"\0", 0, match.start()) + 1 : match.start()]
        if b"\t" not in about:  # else this tab is one of a name
            mode, object_, stage = about.decode().split(" ")
            file = Entry(mode if stage == "0" else CONFLICT, object_)
            names[os.fsdecode(match[1])] = Entry(FOLDER) if match[2] else file
    return names


class Revision(Struct, frozen=True, eq=False):
    """A revision of a repository: its name, and its tree; without one it is the index, as it was at a `stamp`."""

    repository: Repository
    rev: str
    tree: str = ""
    stamp: tuple[int, int] = (0, 0)

    def name(self, path: str) -> str:
        """What a file of it is called on the command line."""
        return f"git:{self.rev}:{path}"

    def names(self, folder: str) -> Mapping[str, Entry]:
        """The names in a folder; none where there is no such folder."""
        if not self.tree:
            return _indexed(self.repository, self.stamp, folder)
        names = _tree(self.repository, self.tree)
        for part in filter(None, folder.split("/")):
            entry = names.get(part)
            names = _tree(self.repository, entry.id) if entry is not None and entry.mode == FOLDER else {}
        return names

    def text(self, path: str, called: str = "", within: str = "") -> Text:
        """The file at a path from the root, links followed, `within` a folder. Raises AbsentError if there is none.

        The user calls it, and its folder unless a link has led elsewhere, by a path of its own (`called`).
        """
        place, entry = self._followed(path)
        if within and not place.startswith(f"{within}/"):
            raise AbsentError("leads out of its folder")
        folder, name = posixpath.dirname(place), self.name(called or place)
        linked = not called or place != posixpath.normpath(path)
        shown = folder if linked else posixpath.dirname(called)

        def beside(path: str) -> Text | None:
            with suppress(AbsentError):
                return self.text(posixpath.join(folder, path), posixpath.join(shown, posixpath.normpath(path)), folder)
            return None

        data = decoded(self._content(entry, place, MOST_BYTES), name)
        return Text(name, data, beside, key=f"git:{self.tree}:/{place}")

    def has(self, path: str) -> bool:
        """Is there a file at a path from the root?"""
        try:
            return self._followed(path)[1].mode != CONFLICT
        except AbsentError:
            return False

    def _followed(self, path: str) -> tuple[str, Entry]:
        """Where the file at a path really stands, and what it is. Raises AbsentError if there is none."""
        waiting, folder, links = path.split("/")[::-1], "", 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not folder:
                    raise AbsentError("leads out of the repository")
                folder = posixpath.dirname(folder)
                continue
            place = posixpath.join(folder, part)
            entry = self.names(folder).get(part)
            if entry is None or (waiting and entry.mode not in (FOLDER, LINK, MODULE)):
                raise AbsentError("is not there", missing=True)
            if entry.mode == MODULE:
                raise AbsentError("is in a submodule, which is a repository of its own")
            if entry.mode == LINK:
                links += 1
                target = os.fsdecode(self._content(entry, path, LONGEST_LINK))
                if target.startswith("/") or links > MOST_LINKS:
                    raise AbsentError("is a link that leads " + ("nowhere" if links > MOST_LINKS else "out of it"))
                waiting += target.split("/")[::-1]
            elif entry.mode == FOLDER:
                folder = place
            else:
                return place, entry
        raise AbsentError("is a folder")

    def _content(self, entry: Entry, path: str, most: int) -> bytes:
        name = self.name(path)
        if entry.mode == CONFLICT:
            raise GitError(f"{short_path(name)} is in conflict", "resolve it and `git add` it, or name a revision")
        try:
            answer = self.repository.ask(entry.id, most)
        except LargeError as error:
            raise wrong(f"{short_path(name)} is not a spec: it has {error.size:,} bytes", None, "name a spec") from None
        if answer is None:
            raise unread(entry.id)
        return answer[1]


def revision(rev: str, repository: Repository | None = None) -> Revision:
    """A revision of a repository, which is the one around the working folder by default.

    Raises GitError with what it may be, or how it may come there.
    """
    repository = here() if repository is None else repository
    if not rev:
        return Revision(repository, rev, stamp=repository.stamp())
    root = repository.ask(f"{rev}^{{tree}}") or repository.ask(f"{rev}^{{tree}}", anew=True)
    if root is not None:
        return Revision(repository, rev, root[0])
    if repository.ask(f"{rev}^{{commit}}") is not None:
        raise unread(f"{short(rev)}^{{tree}}")
    names = os.fsdecode(repository.run("for-each-ref", "--count=10000", "--format=%(refname:short)")[1]).splitlines()
    remote = next((name for name in names if name.endswith(f"/{rev}")), None)
    if remote is not None:
        way_out = f"did you mean `git:{remote}`?"
    elif repository.run("rev-parse", "--is-shallow-repository")[1].strip() == b"true":
        way_out = f"the clone is shallow: {_deeper(rev)}"
    elif not names:
        way_out = "the repository has no branch with a commit yet"
    else:
        way_out = near(rev, names[:MOST_NEAR], listed=False) or "`git log --oneline --all` lists what there is"
    raise GitError(f"there is no revision {short(rev)}", way_out)


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


def then(rev: str, path: Path) -> tuple[Revision, str] | None:
    """The revision of the repository that has a working file, and the file's place in it; None outside any."""
    repository = holding(path)
    if repository is None:
        return None
    place = os.path.relpath(os.path.join(os.path.realpath(path.parent), path.name), repository.top)
    return revision(rev, repository), Path(place).as_posix()


def before(rev: str, path: Path) -> Text | None:
    """A working file as it was at a revision, under the name it had there; None where it was not there.

    A file outside any repository was not there. Raises SpecError if its repository has no such revision.
    """
    there = then(rev, path)
    if there is None:
        return None
    revision, place = there
    with suppress(AbsentError):
        return revision.text(name_at(place, revision) or place)
    return None


def name_at(place: str, revision: Revision) -> str | None:
    """The other name that a place in the working tree had at a revision; None for none that git has been told of."""
    if not revision.tree or revision.has(place):
        return None
    return _renames(revision.repository, revision.tree, revision.repository.stamp()).get(place)


@lru_cache(maxsize=32)
def _renames(repository: Repository, tree: str, stamp: tuple[int, int]) -> Mapping[str, str]:
    """Old names by new ones: what git takes for renames between a tree and the index, as it was at that moment.

    The index is asked and not the working files, which git would pass through the filters that a repository sets up.
    """
    options = ("-M", "--diff-filter=R", "--no-ext-diff", "--no-textconv", "--name-status", "-z")
    status, output, complaint = repository.run("diff-index", "--cached", *options, tree)
    if status:
        fetches = f"`git diff --cached -M --stat {tree}` fetches what it needs" if partial(complaint) else None
        raise GitError(f"git cannot find renames: {complaint}", fetches or "check that `git status` works here")
    parts = [os.fsdecode(part) for part in output.split(b"\0")[:-1]]
    return dict(zip(parts[2::3], parts[1::3], strict=True))


def asked(rev: str, path: str) -> Text:
    """The file of a revision that a user names. Raises SpecError with the fix."""
    there = revision(rev)
    try:
        if path.startswith("/"):
            raise AbsentError("begins at the root of the machine", missing=True)
        below = path.partition("/")[0] in (".", "..")
        return there.text(_from_root(path, there.repository) if below else path, path)
    except AbsentError as error:
        from shlex import quote

        way_out = _way_out(path, there) if error.missing else None
        listing = f"`git {f'ls-tree -r --name-only {quote(short(rev))}' if rev else 'ls-files'}` lists the files"
        where = f"at {short(rev)}" if rev else "in the index"
        raise wrong(f"{short_path(path)} {error} {where}", None, way_out or listing) from None


def _from_root(path: str, repository: Repository) -> str:
    """A path from the working folder, or from the root of the machine, as one from the root of the repository."""
    whole = os.path.realpath(path) if path.startswith("/") else os.path.join(repository.folder, path)
    return Path(os.path.relpath(whole, repository.top)).as_posix()


def _way_out(path: str, revision: Revision) -> str | None:
    """What a path that is not there may mean: from the working folder, another name at that time, or a slip."""
    place = _from_root(path, revision.repository)
    if revision.has(place):
        return f"paths are from the root of the repository: {revision.name(place)}"
    for working in (path, place):
        if os.path.lexists(os.path.join(revision.repository.top, working)):
            old = name_at(working, revision)
            if old is not None:
                return f"{short_path(working)} was called {old} then: {revision.name(old)}"
            return "it is in the working folder, but was not there then"
    folder = posixpath.dirname(path)
    beside = [posixpath.join(folder, name) for name in revision.names(folder)]
    beside.sort(key=lambda name: not name.endswith((".yaml", ".yml")))
    return near(path, beside[:MOST_NEAR], listed=False)
