"""Asking git: what an object is, what a command prints, and which repository a file belongs to.

One ``git cat-file --batch`` per repository answers: revisions and object names go in on its standard input, where
nothing is an option. Git may not fetch, filter or prompt, and is killed when it stays silent for too long.
"""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from cnncalc.errors import Problem, SpecError, short, short_path
from cnncalc.sources.files import MOST_BYTES

TIMEOUT = 30.0
"""How many seconds git may be silent."""
ENDING = 30.0
"""How many seconds it may take to exit once its output has ended."""
MOST_LISTED = 256_000_000
"""The most bytes that a command may print."""
MOST_ANSWERED = 5000
"""The most bytes of the first line of an answer, which may repeat the name that was asked for."""

_PLACE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX")
_LOCAL = (*_PLACE, "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE")
"""What the environment may say of one repository that does not hold for another."""
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # so that older ones, which do not know the line above, fetch nothing either
    "LC_ALL": "C",
}
_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false")

_ANSWER = re.compile(rb"[0-9a-f]{40,64} [a-z]+ ([0-9]{1,18})\n")
"""The first line of an answer: what object it is, of which kind, and how many bytes it has."""

Local = tuple[tuple[str, str], ...]


class GitError(SpecError):
    """Git does not say what was asked; no spec is wrong."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(Problem(message, None, help))


class OutsideError(GitError):
    """A folder is in no working tree of a repository."""


class LargeError(GitError):
    """An object has more bytes than are read."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(f"{short(name)} has too many files, or too long a text: {size:,} bytes", "name another file")
        self.size = size


def unread(name: str, complaint: str = "promisor") -> GitError:
    """The error for an object that cannot be read, or that a partial clone has left out."""
    if partial(complaint):
        return GitError(f"git has not fetched {name} yet: the clone is partial", f"`git show {name}` fetches it")
    return GitError(f"git cannot read {short(name)}: {complaint}", "`git fsck` says what is broken")


def partial(complaint: str) -> bool:
    """Does git say that it would have fetched what it lacks?"""
    return "promisor" in complaint or complaint.startswith("transport ")


class _Git:
    """A running git, killed when it stays silent for too long, and at the latest when this process ends."""

    def __init__(self, folder: str, local: Local, *arguments: str) -> None:
        import subprocess
        from tempfile import TemporaryFile

        environment = {name: value for name, value in os.environ.items() if name not in _LOCAL}
        self.message = ""
        self.late = False
        self.messages = TemporaryFile()  # noqa: SIM115  # closed by `end`; a pipe that nobody reads would fill up
        try:
            self.process = subprocess.Popen(  # noqa: S603  # no shell, and all arguments are our own
                ["git", *_OPTIONS, *arguments],  # noqa: S607  # the PATH says where git is
                cwd=folder,
                env={**environment, **dict(local), **_QUIET},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.messages,
                start_new_session=True,  # no terminal to ask on, and what it starts is ended with it
            )
        except OSError as error:
            self.messages.close()
            if not os.path.isdir(folder):
                raise GitError(f"{short_path(folder)} is no longer there", "change into another folder") from None
            message = "git is not installed" if isinstance(error, FileNotFoundError) else "git cannot be run"
            way_out = "revisions are read with it: install git so that it is on the PATH, or name a file"
            raise GitError(message, way_out) from None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Kill git if it stays silent for too long in here. Raises GitError then."""
        from threading import Timer

        timer = Timer(TIMEOUT, self.stop, [True])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        if self.late:
            raise GitError(f"git has not answered for {TIMEOUT:g} seconds", "check `git status`, or name a file")

    def stop(self, late: bool = False) -> None:
        """Kill it at once, with what it has started."""
        self.late = late
        if self.process.poll() is None:
            with suppress(OSError):
                if hasattr(os, "killpg"):
                    from signal import SIGKILL

                    os.killpg(self.process.pid, SIGKILL)
                else:
                    self.process.kill()

    def end(self) -> None:
        """Wait for it to exit, and keep the line of its messages that matters."""
        from subprocess import TimeoutExpired

        for stream in (self.input, self.output):
            with suppress(OSError):
                stream.close()
        try:
            self.process.wait(ENDING)
        except TimeoutExpired:
            self.stop()
            self.process.wait()
        if not self.messages.closed:
            self.messages.seek(0)
            lines = self.messages.read(10_000).decode("utf-8", "replace").splitlines()
            self.messages.close()
            fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
            first = next(iter([*fatal, *lines]), "").removeprefix("error: ")
            self.message = short(first or f"it stopped with status {self.process.returncode}", 200)


class Repository:
    """A repository, as git sees it from a folder: the root of its working tree (`top`), and its own folder (`home`).

    Raises OutsideError if the folder is in no working tree.
    """

    def __init__(self, folder: str, local: Local) -> None:
        from threading import RLock

        self.folder, self.local = folder, local
        self.git: _Git | None = None
        self._lock = RLock()
        status, output, complaint = self.run("rev-parse", "--is-inside-work-tree", "--show-cdup", "--absolute-git-dir")
        if complaint.startswith("not a git repository"):
            broken = f" ({complaint})" if "GIT_DIR" in dict(local) or _around(folder) else ""
            way_out = "change into the repository that has the revision, or name a file"
            raise OutsideError(f"{short_path(folder)} is in no git repository{broken}", way_out)
        if status:
            from shlex import quote

            trust = f"if you trust it: git config --global --add safe.directory {quote(_around(folder) or folder)}"
            owned = "dubious ownership" in complaint
            raise GitError(f"git refuses: {complaint}", trust if owned else "check that `git status` works here")
        inside, _, rest = os.fsdecode(output).partition("\n")
        if inside != "true":
            message = f"{short_path(folder)} is in no working tree: the repository is bare, or this is in its .git"
            raise OutsideError(message, "change into a working tree: `git worktree add ../tree` makes one")
        up, _, home = rest.partition("\n")
        self.top, self.home = os.path.realpath(os.path.join(folder, up)), os.path.realpath(home.removesuffix("\n"))
        _open.append(self)
        if len(_open) == 1:
            atexit.register(close)

    def run(self, *arguments: str) -> tuple[int, bytes, str]:
        """What a git command says: its status, its output, and the first line of its messages."""
        git = _Git(self.folder, self.local, *arguments)
        output, piece = bytearray(), b"."
        try:
            while piece:
                with git.patience():
                    piece = os.read(git.output.fileno(), 1 << 20)
                output += piece
                if len(output) > MOST_LISTED:
                    raise GitError("git lists too many files to search", "name the spec as git:REV:PATH")
        finally:
            git.end()
        return git.process.returncode, bytes(output), git.message

    def ask(self, name: str, most: int = MOST_BYTES, *, anew: bool = False) -> tuple[str, bytes] | None:
        """The hash and the bytes of an object; None where there is none. Raises LargeError before it reads too many.

        Ask `anew` to notice that a shallow clone has been deepened, which a git that runs does not.
        """
        with self._lock:
            if anew or (self.git is not None and self.git.process.poll() is not None):
                self.close()  # it has been killed, or it answers the process that this one was forked from
            git = self.git = self.git or _Git(self.folder, self.local, "cat-file", "--batch")
            data = b""
            try:
                with git.patience():
                    with suppress(OSError):  # its answer shows whether it was there to read that
                        git.input.write(os.fsencode(name) + b"\n")
                        git.input.flush()
                    header = git.output.readline(MOST_ANSWERED)
                    answer = _ANSWER.fullmatch(header)
                    size = None if answer is None else int(answer[1])
                    if size is not None and size <= most:
                        data = git.output.read(size + 1)
            except BaseException:  # its late answer must not pass for that to the next question
                self.close(at_once=True)
                raise
            if size is not None and len(data) == size + 1:
                return header.split(b" ")[0].decode("ascii"), data[:-1]
            if size is None and header.endswith((b" missing\n", b" ambiguous\n")):
                return None
            self.close(at_once=True)
            raise unread(name, git.message) if size is None or size <= most else LargeError(name, size)

    def close(self, at_once: bool = False) -> None:
        """Stop the git that answers. It starts again when it is needed."""
        with self._lock:
            if self.git is not None:
                if at_once:
                    self.git.stop()
                self.git.end()
                self.git = None

    def stamp(self) -> tuple[int, int]:
        """What changes with the index."""
        index = dict(self.local).get("GIT_INDEX_FILE", os.path.join(self.home, "index"))
        with suppress(OSError):
            status = os.stat(os.path.join(self.top, index))
            return status.st_mtime_ns, status.st_size
        return 0, 0


_open: list[Repository] = []
_repository = lru_cache(maxsize=256)(Repository)


def close() -> None:
    """Stop every git that is running."""
    for repository in _open:
        repository.close()


def here() -> Repository:
    """The repository around the working folder. Raises OutsideError if there is none.

    Git runs hooks with GIT_DIR set, which holds for the root of the working tree only. So GIT_DIR counts where it names
    another repository than the one that is found without it.
    """
    try:
        folder = os.getcwd()
    except OSError:
        raise GitError("the working folder is no longer there", "change into another one") from None
    local = tuple((name, os.environ[name]) for name in _LOCAL if name in os.environ)
    with suppress(SpecError):
        around = _repository(folder, tuple(pair for pair in local if pair[0] not in _PLACE))
        with suppress(SpecError):
            named = _repository(folder, local)
            return around if named.home == around.home else named
        return around
    return _repository(folder, local)


def holding(path: Path) -> Repository | None:
    """The repository whose working tree has a file; None where there is none.

    GIT_DIR counts for files that are in no other repository.
    """
    folder = os.path.realpath(path.parent)
    around = _around(folder)
    nearest = None if around is None else _repository(around, ())
    with suppress(OSError, OutsideError):
        if "GIT_DIR" in os.environ or (around is not None and around == _around(os.getcwd())):
            home = here()
            if Path(folder).is_relative_to(home.top) and (nearest is None or nearest.home == home.home):
                return home
    return nearest if nearest is not None and Path(folder).is_relative_to(nearest.top) else None


def _around(folder: str) -> str | None:
    """The nearest folder from there upwards that has a `.git`, which is a file in a worktree and in a submodule."""
    path = Path(folder)
    return next((str(outer) for outer in (path, *path.parents) if os.path.lexists(outer / ".git")), None)
