"""Files as they are at a git revision, read by git itself.

One ``git cat-file --batch`` per repository answers: revisions and object names go in on its standard input, where
nothing is an option, and paths are followed here, from tree to tree, so that files may have any name. Git fetches
nothing, filters nothing and asks nobody meanwhile; when it keeps us waiting it is ended.
"""

from __future__ import annotations

import atexit
import os
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from cnncalc.spec.errors import SpecError, near, short, short_path, wrong
from cnncalc.spec.yaml import MOST_CHARACTERS

TIMEOUT = 30.0
"""For how many seconds git may be silent."""
MOST_BYTES = 4 * MOST_CHARACTERS
"""The largest file and the largest folder that are read."""
MOST_LISTED = 256_000_000
"""The most bytes of a list of files."""
MOST_LINKS = 40
MOST_COMPARED = 1000
"""How many files may be held against one that has another name now."""
LONGEST = 1000

PREFIX = "git:"
_FOLDER, _LINK, _MODULE, _CONFLICT = "40000", "120000", "160000", "conflict"
_PLACE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX")
_LOCAL = (*_PLACE, "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE")
"""What the environment may say about one repository, which is not so of another."""
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # so that older ones, which do not know the line above, fetch nothing either
    "LC_ALL": "C",
}
_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false")


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
    """The parts of ``git:REV:PATH``; None for what is no such thing. The colon stands outside of braces, as for git.

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


# ----------------------------------------------------------------------------------------------------- running git


class _Git:
    """A running git. It is ended when it keeps us waiting, and at the latest with this process."""

    def __init__(self, folder: str, local: tuple[tuple[str, str], ...], *arguments: str) -> None:
        import subprocess
        from tempfile import TemporaryFile

        environment = {name: value for name, value in os.environ.items() if name not in _LOCAL}
        self.late = False
        self.message = ""
        self.messages = TemporaryFile()  # noqa: SIM115  # closed by `end`; a pipe that nobody reads would fill up
        try:
            self.process = subprocess.Popen(  # noqa: S603  # no shell, and no argument is anybody's but ours
                ["git", *_OPTIONS, *arguments],  # noqa: S607  # where git is, the PATH says
                cwd=folder,
                env={**environment, **dict(local), **_QUIET},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.messages,
                start_new_session=True,  # no terminal to ask on, and what it starts is ended with it
            )
        except OSError as error:
            self.messages.close()
            if os.path.isdir(folder):
                raise wrong(
                    "git can not be run" if not isinstance(error, FileNotFoundError) else "git is not installed",
                    None,
                    "revisions are read with it: install git so that it is on the PATH, or name a file",
                ) from None
            raise wrong(f"{short_path(folder)} is no longer there", None, "change into another folder") from None

    @property
    def input(self) -> Any:
        return self.process.stdin

    @property
    def output(self) -> Any:
        return self.process.stdout

    def _said(self) -> str:
        """The line that counts in what it had to say."""
        self.messages.seek(0)
        lines = self.messages.read(10_000).decode("utf-8", "replace").splitlines()
        fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
        said = next(iter([*fatal, *lines]), "").removeprefix("error: ")
        return short(said or f"it stopped with status {self.process.returncode}", 200)

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Wait for what is asked inside for so long, and no longer."""
        from threading import Timer

        timer = Timer(TIMEOUT, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        except OSError:
            pass  # it has gone: what it answered is not whole
        finally:
            timer.cancel()
        if self.late:
            raise wrong(
                f"git has not answered for {TIMEOUT:g} seconds", None, "see whether `git status` does; or name a file"
            )

    def _give_up(self) -> None:
        self.late = True
        self.stop()

    def stop(self) -> None:
        """End it at once, and what it has started."""
        if self.process.poll() is None:
            with suppress(OSError):
                if hasattr(os, "killpg"):
                    from signal import SIGKILL

                    os.killpg(self.process.pid, SIGKILL)
                else:
                    self.process.kill()

    def end(self) -> None:
        """Let it come to its end."""
        from subprocess import TimeoutExpired

        for stream in (self.input, self.output):
            with suppress(OSError):
                stream.close()
        try:
            self.process.wait(1)
        except TimeoutExpired:
            self.stop()
            self.process.wait()
        if not self.messages.closed:
            self.message = self._said()
            self.messages.close()


def _run(folder: str, local: tuple[tuple[str, str], ...], *arguments: str) -> tuple[int, bytes, str]:
    """Run git to its end: its status, its output, and the first line of its messages."""
    git = _Git(folder, local, *arguments)
    try:
        output, status = b"", -1
        with git.patience():
            git.input.close()
            output = git.output.read(MOST_LISTED + 1)
            status = git.process.wait() if len(output) <= MOST_LISTED else -1
        if len(output) > MOST_LISTED:
            raise wrong("git lists more files than can be looked through", None, "name the spec as git:REV:PATH")
    finally:
        git.end()
    return status, output, git.message


class _Object(NamedTuple):
    """An object of git's."""

    id: str
    kind: str
    data: bytes


class _LargeError(Exception):
    """An object has more bytes than are read."""


class _Batch:
    """The git that answers what an object is, started when it is first asked."""

    def __init__(self, folder: str, local: tuple[tuple[str, str], ...]) -> None:
        from threading import Lock

        self.folder = folder
        self.local = local
        self.git: _Git | None = None
        self.lock = Lock()

    def ask(self, name: str, most: int) -> _Object | None:
        """The object of that name; None when there is none. Raises _LargeError before one is read that has more."""
        with self.lock:
            if self.git is not None and self.git.process.poll() is not None:
                self._close()  # somebody has ended it; or this is a child of the process that it answers
            git = self.git = self.git or _Git(self.folder, self.local, "cat-file", "--batch")
            header, data, size = b"", b"", None
            try:
                with git.patience():
                    git.input.write(os.fsencode(name) + b"\n")
                    git.input.flush()
                    header = git.output.readline(5 * LONGEST)
                    size = _size(header)
                    if size is not None and size <= most:
                        data = git.output.read(size + 1)
            except BaseException:  # what it would answer yet is no answer to the next question
                self._close(at_once=True)
                raise
            if size is None and header.endswith((b" missing\n", b" ambiguous\n")):
                return None
            if size is None or (size <= most and len(data) <= size):
                self._close(at_once=True)
                raise _unread(name, git.message)
            if size > most:
                self._close(at_once=True)
                raise _LargeError(size)
            name, kind, _ = header.decode("ascii").split(" ")
            return _Object(name, kind, data[:-1])

    def _close(self, at_once: bool = False) -> None:
        if self.git is not None:
            if at_once:
                self.git.stop()
            self.git.end()
            self.git = None

    def close(self) -> None:
        """End it."""
        with self.lock:
            self._close()


def _unread(name: str, said: str) -> SpecError:
    """That an object can not be read."""
    if _partial(said):
        return _not_fetched(name)
    return wrong(f"git can not read {short(name)}: {said}", None, "`git fsck` says what is broken")


def _partial(said: str) -> bool:
    """Does git say that it would have fetched what it lacks?"""
    return "promisor" in said or said.startswith("transport ")


def _not_fetched(name: str) -> SpecError:
    """That an object is not there, because a clone without all files leaves it for later."""
    return wrong(f"git has not fetched {name} yet: the clone is partial", None, f"`git show {name}` fetches it")


def _size(header: bytes) -> int | None:
    parts = header.split(b" ")
    return int(parts[2]) if len(parts) == 3 and parts[2].endswith(b"\n") and parts[2].strip().isdigit() else None


# ---------------------------------------------------------------------------------------------------- repositories


class Entry(NamedTuple):
    """A file or folder in a tree: its mode and its object; the index has its folders themselves, and no object."""

    mode: str
    id: str
    inside: Mapping[str, Entry] | None = None


class Repository:
    """A repository, as git sees it from a folder; `top` is the root of its working tree, None where it has none."""

    def __init__(self, folder: str, local: tuple[tuple[str, str], ...], top: str | None, own: str) -> None:
        self.folder = folder
        self.local = local
        self.top = top
        self.own = own
        self._batch = _Batch(folder, local)
        self._trees: dict[str, Mapping[str, Entry]] = {}
        _open.append(self._batch)
        if len(_open) == 1:
            atexit.register(close)

    def run(self, *arguments: str) -> tuple[int, bytes, str]:
        """What a git command says: its status, its output, and the first line of its messages."""
        return _run(self.folder, self.local, *arguments)

    def ask(self, name: str, most: int = MOST_BYTES) -> _Object | None:
        """The object of that name; None when there is none."""
        return self._batch.ask(name, most)

    def ask_again(self, name: str) -> _Object | None:
        """The same of a new git: one that runs does not notice that a shallow clone has been deepened."""
        self._batch.close()
        return self.ask(name)

    def inside(self, entry: Entry) -> Mapping[str, Entry]:
        """What is in a folder of a tree."""
        if entry.inside is not None:
            return entry.inside
        if entry.id not in self._trees:
            try:
                found = self.ask(entry.id)
            except _LargeError:
                raise wrong(f"the folder {entry.id} has too many files", None, "name a file") from None
            if found is None:
                raise _not_fetched(entry.id)
            self._trees[entry.id] = _entries(found.data, len(entry.id) // 2)
        return self._trees[entry.id]

    def place(self, path: Path) -> str | None:
        """Where a working file stands, from the root of the repository, with / between its parts; None outside."""
        real = os.path.join(os.path.realpath(path.parent), path.name)
        if self.top is None or not _within(real, self.top):
            return None
        return Path(os.path.relpath(real, self.top)).as_posix()

    def working(self, place: str) -> Path:
        """The working file at a place in the repository."""
        assert self.top is not None
        return Path(self.top, place)


_open: list[_Batch] = []


def close() -> None:
    """End every git that is running. They start again when they are needed."""
    for batch in _open:
        batch.close()


def _entries(data: bytes, width: int) -> Mapping[str, Entry]:
    """The entries of a tree: mode, blank, name, NUL, and so many bytes of an object's name."""
    found = {}
    place = 0
    while place < len(data):
        blank = data.index(b" ", place)
        end = data.index(b"\0", blank)
        mode = data[place:blank].decode("ascii")
        found[os.fsdecode(data[blank + 1 : end])] = Entry(mode, data[end + 1 : end + 1 + width].hex())
        place = end + 1 + width
    return found


class OutsideError(SpecError):
    """A folder is in no repository."""


@lru_cache(maxsize=256)
def _repository(folder: str, local: tuple[tuple[str, str], ...]) -> Repository:
    """The repository around a folder. Raises OutsideError."""
    status, output, said = _run(
        folder, local, "rev-parse", "--is-inside-work-tree", "--show-cdup", "--absolute-git-dir"
    )
    if status:
        if said.startswith("not a git repository"):
            broken = f" ({said})" if "GIT_DIR" in dict(local) or _around(folder) else ""
            raise OutsideError(
                *wrong(
                    f"{short_path(folder)} is in no git repository{broken}",
                    None,
                    "change into the repository that has the revision, or name a file",
                ).problems
            )
        trust = f"if you trust it: git config --global --add safe.directory {short_path(_around(folder) or folder)}"
        asked = "dubious ownership" in said
        raise wrong(f"git refuses: {said}", None, trust if asked else "see whether `git status` works here")
    inside, _, rest = os.fsdecode(output).partition("\n")
    top = None
    if inside == "true":
        up, _, rest = rest.partition("\n")
        top = os.path.realpath(os.path.join(folder, up))
    return Repository(folder, local, top, os.path.realpath(rest.removesuffix("\n")))


def here() -> Repository:
    """The repository around the working folder. Raises SpecError where there is none.

    A hook of git's is run with GIT_DIR set, which holds for the root of the working tree only. So it counts where it
    names another repository than the one that is found without it.
    """
    folder, local = _working_folder(), _local()
    plain = tuple((name, value) for name, value in local if name not in _PLACE)
    if local == plain:
        return _repository(folder, local)
    found = given = None
    with suppress(SpecError):
        found = _repository(folder, plain)
    try:
        given = _repository(folder, local)
    except SpecError:
        if found is None:
            raise
    if given is None or (found is not None and found.own == given.own):
        assert found is not None
        return found
    return given


def _holding(path: Path) -> Repository | None:
    """The repository whose working tree has a file; None where there is none."""
    folder = os.path.realpath(path.parent)
    around, local = _around(folder), _local()
    home = None
    if "GIT_DIR" in dict(local) or (around is not None and around == _around(_working_folder())):
        with suppress(OutsideError):
            home = here()
    if home is not None and (home.top is None or not _within(folder, home.top)):
        home = None
    if around is None or (home is not None and not local):
        return home
    found = _repository(around, ())
    return home if home is not None and home.own == found.own else found


def _local() -> tuple[tuple[str, str], ...]:
    return tuple((name, os.environ[name]) for name in _LOCAL if name in os.environ)


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        raise wrong("the working folder is no longer there", None, "change into another one") from None


def _around(folder: str) -> str | None:
    """The nearest folder from there upwards that has a `.git`, which is a file in a worktree and in a submodule."""
    path = Path(folder)
    return next((str(found) for found in (path, *path.parents) if os.path.lexists(found / ".git")), None)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


# ------------------------------------------------------------------------------------------------------- revisions


class Revision(Struct, frozen=True, eq=False):
    """A revision of a repository: its name, and its root."""

    repository: Repository
    rev: str
    root: Entry

    def name(self, path: str) -> str:
        """What a file of it is called on the command line."""
        return str(Reference(self.rev, path))

    def file(self, path: str, within: str = "") -> File:
        """The file at a path from the root, links followed, `within` a folder. Raises AbsentError for none."""
        place, entry = self._followed(path)
        if within and not place.startswith(f"{within}/"):
            raise AbsentError("leads out of its folder")
        data = self._content(entry, place, MOST_BYTES)
        return File(data, place, f"git:{self.root.id}:/{place}", place != posixpath.normpath(path))

    def has(self, path: str) -> bool:
        """Is there a file at a path from the root?"""
        try:
            return self._followed(path)[1].mode != _CONFLICT
        except AbsentError:
            return False

    def inside(self, folder: str) -> list[str]:
        """The paths of what is in a folder; nothing where there is none."""
        entry = self.root
        for part in filter(None, folder.split("/")):
            entry = self.repository.inside(entry).get(part, Entry("", "", {}))
            if entry.mode != _FOLDER:
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
            if entry.mode == _LINK:
                links += 1
                target = os.fsdecode(self._content(entry, path, LONGEST * 10))
                if target.startswith("/") or links > MOST_LINKS:
                    raise AbsentError("is a link that leads " + ("nowhere" if links > MOST_LINKS else "out of it"))
                waiting += target.split("/")[::-1]
            elif entry.mode == _FOLDER:
                above.append((part, entry))
            elif entry.mode == _MODULE:
                raise AbsentError("is in a submodule, which is a repository of its own")
            elif waiting:
                raise AbsentError("is not there", missing=True)
            else:
                return "/".join([*(name for name, _ in above[1:]), part]), entry
        raise AbsentError("is a folder")

    def _content(self, entry: Entry, path: str, most: int) -> bytes:
        name = self.name(path)
        if entry.mode == _CONFLICT:
            raise wrong(f"{short_path(name)} is in conflict", None, "settle it and `git add` it, or name a revision")
        try:
            found = self.repository.ask(entry.id, most)
        except _LargeError as error:
            raise wrong(f"{short_path(name)} is no spec: it has {error.args[0]:,} bytes", None, "name a spec") from None
        if found is None:
            raise _not_fetched(entry.id)
        return found.data


def revision(rev: str, repository: Repository | None = None) -> Revision:
    """A revision of a repository, which is the one around the working folder unless told. Raises SpecError."""
    repository = here() if repository is None else repository
    if not rev:
        return Revision(repository, rev, _index(repository, _stamp(repository)))
    try:
        root = repository.ask(f"{rev}^{{tree}}") or repository.ask_again(f"{rev}^{{tree}}")
    except _LargeError:
        raise wrong(f"the root of {short(rev)} has too many files", None, "name a file") from None
    if root is None or root.kind != "tree":
        known = repository.ask(f"{rev}^{{commit}}")
        raise _no_revision(rev, repository) if known is None else _not_fetched(f"{short(rev)}^{{tree}}")
    return Revision(repository, rev, Entry(_FOLDER, root.id))


def resolved(rev: str, path: Path | None = None) -> str:
    """The hash of a revision ('' for the index), in the repository around the working folder, or that has a file.

    Raises SpecError where there is no such revision, or no repository.
    """
    found = revision(rev, None if path is None else _holding(path))
    commit = found.repository.ask(f"{rev}^{{commit}}") if rev else None
    return found.root.id if commit is None else commit.id


def file(asked: Reference) -> tuple[Revision, File]:
    """The file that a user names, and the revision that it is of. Raises SpecError with the way out."""
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
    place = repository.place(Path(_working_folder(), "_"))
    if place is None:
        raise AbsentError("is from the working folder, which is no part of the repository")
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
            old = _renamed(place, revision)
            if old is not None:
                return f"{short_path(place)} was called {old} then: {revision.name(old)}"
            return "it is a file of the working folder that was not there then"
    folder = posixpath.dirname(path)
    return near(path, revision.inside(folder), listed=False)


def _no_revision(rev: str, repository: Repository) -> SpecError:
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
        way_out = near(rev, names, listed=False) or "`git log --oneline --all` lists what there is"
    return wrong(f"there is no revision {short(rev)}", None, way_out)


def _deeper(rev: str) -> str:
    """The command that brings a revision into a shallow clone."""
    branch = rev.removeprefix("origin/")
    if not branch.replace("/", "").replace("-", "").replace(".", "").replace("_", "").isalnum():
        return "`git fetch --unshallow` brings the rest of its history"
    to = branch if branch == rev else f"refs/remotes/{rev}"
    return f"`git fetch --depth=1 origin {branch}:{to}` brings it, `git fetch --unshallow` the rest of the history"


@lru_cache(maxsize=4)
def _index(repository: Repository, stamp: tuple[int, int]) -> Entry:
    """The index as a tree, where it has been so."""
    root: dict[str, Any] = {}
    status, output, said = repository.run("ls-files", "--stage", "-z", "--full-name", "--", ":/")
    if status:
        raise wrong(f"git refuses: {said}", None, "name a revision, such as git:HEAD:configs/net.yaml")
    for line in output.split(b"\0")[:-1]:
        about, _, name = line.partition(b"\t")
        mode, object_, stage = about.decode("ascii").split(" ")
        *folders, last = os.fsdecode(name).split("/")
        inside = root
        for folder in folders:
            inside = inside.setdefault(folder, Entry(_FOLDER, "", {})).inside
        inside[last] = Entry(mode if stage == "0" else _CONFLICT, object_)
    return Entry(_FOLDER, "", root)


# --------------------------------------------------------------------------------------------------------- renames


def renamed(rev: str, path: Path) -> str | None:
    """The other name, from the root of its repository, under which a working file was known at a revision.

    None where it had this name already, or was not there at all. Raises SpecError where there is no such revision.
    """
    found = then(rev, path)
    return None if found is None else _renamed(found[1], found[0])


def then(rev: str, path: Path) -> tuple[Revision, str] | None:
    """The revision of the repository that has a working file, and the file's place in it; None outside of any."""
    repository = _holding(path)
    place = None if repository is None else repository.place(path)
    return None if repository is None or place is None else (revision(rev, repository), place)


def before(rev: str, path: Path) -> tuple[Revision, File] | None:
    """A working file as it was at a revision, whatever it was called; None where it was not there."""
    found = then(rev, path)
    if found is None:
        return None
    revision, place = found
    with suppress(AbsentError):
        return revision, revision.file(place)
    old = _renamed(place, revision)
    return None if old is None else (revision, revision.file(old))


def _renamed(place: str, revision: Revision) -> str | None:
    if revision.has(place):
        return None
    staged = _staged(revision.repository, revision.root.id, _stamp(revision.repository))
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
        fetches = f"`git diff --cached -M --stat {tree}` fetches what it needs" if _partial(said) else None
        raise wrong(f"git can not find renames: {said}", None, fetches or "see whether `git status` works here")
    parts = [os.fsdecode(part) for part in output.split(b"\0")[:-1]]
    return {new: old for old, new in zip(parts[1::3], parts[2::3], strict=True)}


def _stamp(repository: Repository) -> tuple[int, int]:
    """What changes with the index."""
    with suppress(OSError):
        own = dict(repository.local).get("GIT_INDEX_FILE", "index")
        found = os.stat(os.path.join(repository.top or "" if own != "index" else repository.own, own))
        return found.st_mtime_ns, found.st_size
    return 0, 0


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
    except _LargeError:
        return 0.0  # less than half of it can be the same, however its lines end
    if found is None:
        raise _not_fetched(name)
    texts = [text.replace(b"\r\n", b"\n") for text in (own, found.data)]
    lines = [Counter(text.splitlines(keepends=True)) for text in texts]
    return sum(len(line) * times for line, times in (lines[0] & lines[1]).items()) / max(1, *map(len, texts))
