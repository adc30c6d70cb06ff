"""Repositories, as git itself sees them: objects, trees and lists of files.

One ``git cat-file --batch`` per repository answers: revisions and object names go in on its standard input, where
nothing is an option. Git fetches nothing, filters nothing and asks nobody meanwhile; when it keeps us waiting it is
ended.
"""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.errors import Problem, SpecError, short, short_path
from cnncalc.sources.files import MOST_CHARACTERS

TIMEOUT = 30.0
"""For how many seconds git may be silent."""
ENDING = 30.0
"""For how many seconds it may take to end when it has said all."""
MOST_BYTES = 4 * MOST_CHARACTERS
"""The largest file and the largest folder that are read."""
MOST_LISTED = 256_000_000
"""The most bytes of a list of files."""
LONGEST = 1000
"""The most characters of the name of a revision."""

FOLDER, LINK, MODULE, CONFLICT = "40000", "120000", "160000", "conflict"
"""The modes of what is not a plain file."""

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


class GitError(SpecError):
    """What is asked for cannot be known, for git does not say; no spec is wrong."""


def failed(message: str, help: str) -> GitError:
    """One problem with git, and the fix."""
    return GitError(Problem(message, None, help))


class _Git:
    """A running git. It is ended when it keeps us waiting, and at the latest with this process."""

    def __init__(self, folder: str, local: tuple[tuple[str, str], ...], *arguments: str) -> None:
        import subprocess
        from tempfile import TemporaryFile

        environment = {name: value for name, value in os.environ.items() if name not in _LOCAL}
        self.message = ""
        self.unread = bytearray()
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
                raise failed(
                    "git cannot be run" if not isinstance(error, FileNotFoundError) else "git is not installed",
                    "revisions are read with it: install git so that it is on the PATH, or name a file",
                ) from None
            raise failed(f"{short_path(folder)} is no longer there", "change into another folder") from None

    def _said(self) -> str:
        """The line that counts in what it had to say."""
        self.messages.seek(0)
        lines = self.messages.read(10_000).decode("utf-8", "replace").splitlines()
        fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
        said = next(iter([*fatal, *lines]), "").removeprefix("error: ")
        return short(said or f"it stopped with status {self.process.returncode}", 200)

    def tell(self, line: bytes) -> None:
        """Write a line to it. Whether it was there to read that, its answer shows."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def line(self, most: int) -> bytes:
        """The next line that it writes; without a line feed when that is all, or too much."""
        while b"\n" not in self.unread and len(self.unread) <= most and self._more():
            pass
        return self._taken(self.unread.find(b"\n") + 1 or len(self.unread))

    def read(self, size: int) -> bytes:
        """So many bytes that it writes, fewer when that is all. Raises GitError if it keeps us waiting."""
        while len(self.unread) < size and self._more():
            pass
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        found = bytes(self.unread[:size])
        del self.unread[:size]
        return found

    def _more(self) -> bool:
        """Wait until it has written more; False at the end of that."""
        assert self.process.stdout is not None
        found = _read(self.process.stdout.fileno(), self.stop)
        self.unread += found
        return bool(found)

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

        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]  # both are pipes
        try:
            self.process.wait(ENDING)
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
        output = git.read(MOST_LISTED + 1)
        if len(output) > MOST_LISTED:
            raise failed("git lists too many files to search", "name the spec as git:REV:PATH")
    finally:
        git.end()
    return git.process.returncode, output, git.message


def _read(pipe: int, stop: Callable[[], None]) -> bytes:
    """What is in a pipe, once there is something; nothing at its end.

    When nothing comes for too long, who writes to it is stopped. Raises GitError then.
    """
    import select
    from time import monotonic

    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        if poll.poll(1000 * TIMEOUT):
            return os.read(pipe, 1 << 20)
        stop()
    else:  # Windows waits for sockets only
        from threading import Timer

        timer = Timer(TIMEOUT, stop)
        started = monotonic()
        timer.start()
        try:
            found = os.read(pipe, 1 << 20)
        finally:
            timer.cancel()
        if monotonic() - started < TIMEOUT:
            return found
    raise failed(f"git has not answered for {TIMEOUT:g} seconds", "check `git status`, or name a file")


class Object(NamedTuple):
    """An object of git's."""

    id: str
    kind: str
    data: bytes


class LargeError(Exception):
    """An object has more bytes than are read."""


class _Batch:
    """The git that answers what an object is, started when it is first asked."""

    def __init__(self, folder: str, local: tuple[tuple[str, str], ...]) -> None:
        from threading import Lock

        self.folder = folder
        self.local = local
        self.git: _Git | None = None
        self.lock = Lock()

    def ask(self, name: str, most: int) -> Object | None:
        """The object of that name; None when there is none. Raises LargeError before one is read that has more."""
        with self.lock:
            if self.git is not None and self.git.process.poll() is not None:
                self._close()  # somebody has ended it; or this is a child of the process that it answers
            git = self.git = self.git or _Git(self.folder, self.local, "cat-file", "--batch")
            data = b""
            try:
                git.tell(os.fsencode(name) + b"\n")
                header = git.line(5 * LONGEST)
                size = _size(header)
                if size is not None and size <= most:
                    data = git.read(size + 1)
            except BaseException:  # what it would answer yet is not an answer to the next question
                self._close(at_once=True)
                raise
            if size is None and header.endswith((b" missing\n", b" ambiguous\n")):
                return None
            if size is None or (size <= most and len(data) <= size):
                self._close(at_once=True)
                raise unread(name, git.message)
            if size > most:
                self._close(at_once=True)
                raise LargeError(size)
            name, kind, _ = header.decode("ascii").split(" ")
            return Object(name, kind, data[:-1])

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


def unread(name: str, said: str) -> GitError:
    """That an object cannot be read."""
    if partial(said):
        return not_fetched(name)
    return failed(f"git cannot read {short(name)}: {said}", "`git fsck` says what is broken")


def partial(said: str) -> bool:
    """Does git say that it would have fetched what it lacks?"""
    return "promisor" in said or said.startswith("transport ")


def not_fetched(name: str) -> GitError:
    """That an object is not there, because a clone without all files leaves it for later."""
    return failed(f"git has not fetched {name} yet: the clone is partial", f"`git show {name}` fetches it")


def _size(header: bytes) -> int | None:
    """The size in a line such as ``0f… blob 42``; None where a line says something else."""
    found = re.fullmatch(rb"[0-9a-f]{40,64} [a-z]+ ([0-9]{1,18})\n", header)
    return None if found is None else int(found[1])


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

    def ask(self, name: str, most: int = MOST_BYTES) -> Object | None:
        """The object of that name; None when there is none."""
        return self._batch.ask(name, most)

    def ask_again(self, name: str) -> Object | None:
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
            except LargeError:
                raise failed(f"the folder {entry.id} has too many files", "name a file") from None
            if found is None:
                raise not_fetched(entry.id)
            try:
                self._trees[entry.id] = _entries(found.data, len(entry.id) // 2)
            except ValueError:
                raise failed(f"the folder {entry.id} is damaged", "`git fsck` says what is broken") from None
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

    def stamp(self) -> tuple[int, int]:
        """What changes with the index."""
        with suppress(OSError):
            own = dict(self.local).get("GIT_INDEX_FILE", "index")
            found = os.stat(os.path.join(self.own if own == "index" else self.top or "", own))
            return found.st_mtime_ns, found.st_size
        return 0, 0


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


class OutsideError(GitError):
    """A folder is in no repository."""


@lru_cache(maxsize=256)
def _repository(folder: str, local: tuple[tuple[str, str], ...]) -> Repository:
    """The repository around a folder. Raises OutsideError."""
    status, output, said = _run(
        folder, local, "rev-parse", "--is-inside-work-tree", "--show-cdup", "--absolute-git-dir"
    )
    if status:
        from shlex import quote

        if said.startswith("not a git repository"):
            broken = f" ({said})" if "GIT_DIR" in dict(local) or _around(folder) else ""
            raise OutsideError(
                Problem(
                    f"{short_path(folder)} is in no git repository{broken}",
                    None,
                    "change into the repository that has the revision, or name a file",
                )
            )
        trust = f"if you trust it: git config --global --add safe.directory {quote(_around(folder) or folder)}"
        asked = "dubious ownership" in said
        raise failed(f"git refuses: {said}", trust if asked else "check that `git status` works here")
    inside, _, rest = os.fsdecode(output).partition("\n")
    top = None
    if inside == "true":
        up, _, rest = rest.partition("\n")
        top = os.path.realpath(os.path.join(folder, up))
    return Repository(folder, local, top, os.path.realpath(rest.removesuffix("\n")))


def here() -> Repository:
    """The repository around the working folder. Raises OutsideError if there is none.

    A hook of git's is run with GIT_DIR set, which holds for the root of the working tree only. So it counts where it
    names another repository than the one that is found without it.
    """
    folder, local = working_folder(), _local()
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


def holding(path: Path) -> Repository | None:
    """The repository whose working tree has a file; None where there is none.

    GIT_DIR counts for files that are in no other repository.
    """
    folder = os.path.realpath(path.parent)
    around, local = _around(folder), _local()
    home = None
    if "GIT_DIR" in dict(local) or (around is not None and around == _around(working_folder())):
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


def working_folder() -> str:
    """The working folder. Raises GitError if it has been deleted."""
    try:
        return os.getcwd()
    except OSError:
        raise failed("the working folder is no longer there", "change into another one") from None


def _around(folder: str) -> str | None:
    """The nearest folder from there upwards that has a `.git`, which is a file in a worktree and in a submodule."""
    path = Path(folder)
    return next((str(found) for found in (path, *path.parents) if os.path.lexists(found / ".git")), None)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


@lru_cache(maxsize=4)
def index(repository: Repository, stamp: tuple[int, int]) -> Entry:
    """The index as a tree, where it has been so."""
    root: dict[str, Any] = {}
    status, output, said = repository.run("ls-files", "--stage", "-z", "--full-name", "--", ":/")
    if status:
        raise failed(f"git refuses: {said}", "name a revision, such as git:HEAD:configs/net.yaml")
    for line in output.split(b"\0")[:-1]:
        about, _, name = line.partition(b"\t")
        mode, object_, stage = about.decode("ascii").split(" ")
        *folders, last = os.fsdecode(name).split("/")
        inside = root
        for folder in folders:
            inside = inside.setdefault(folder, Entry(FOLDER, "", {})).inside
        inside[last] = Entry(mode if stage == "0" else CONFLICT, object_)
    return Entry(FOLDER, "", root)
