"""What the commands share: settings, options with a fixed choice, and printing whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.errors import Problem, SpecError, near, short, short_path, wrong
from cnncalc.network.counts import BITS, Sizing

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from cnncalc.analysis.findings import Report

WIDE = 10_000
"""How wide what is no terminal is taken to be."""


class Status(IntEnum):
    """The exit statuses: what the verdict was, whoever reads the output."""

    DONE = 0
    FAILED = 1
    """A check failed, or a comparison found what it was told to fail on."""
    WRONG = 2
    """The request or a spec is wrong."""
    INTERRUPTED = 130


def refused(message: str) -> Status:
    """Print a message where messages go; the exit status of what is wrong."""
    print(message, file=sys.stderr)
    return Status.WRONG


def settings(given: Iterable[str]) -> dict[str, str]:
    """The parameters of ``--set NAME=VALUE``. Raises SpecError for one that is not of that form, or given twice."""
    found: dict[str, str] = {}
    for name, value in map(setting, given):
        if name in found:
            raise wrong(f"--set gives `{short(name)}` twice", None, "keep one of the two")
        found[name] = value
    return found


def setting(text: str) -> tuple[str, str]:
    """The name and the value of one ``NAME=VALUE``. Raises SpecError for what is not of that form."""
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not name or not value:
        raise wrong(f"--set {short(text)} names no parameter and value", None, "write --set width=0.5")
    return name, value


def choice(option: str, value: str, known: Sequence[str]) -> str:
    """The value of an option, one of those known. Raises SpecError with the near ones."""
    if value not in known:
        raise wrong(f"{option} takes {', '.join(known)}, not {short(value)}", None, near(value, known, listed=False))
    return value


def sizing_of(dtype: str, batch: int) -> Sizing:
    """How ``--dtype`` and ``--batch`` make bytes of values. Raises SpecError for what is none."""
    choice("--dtype", dtype, tuple(BITS))
    if batch < 1:
        raise wrong(f"--batch takes a number of images of at least 1, not {batch}")
    return Sizing(dtype, batch)


def warn(problems: Iterable[Problem]) -> None:
    """Print warnings where messages go, a blank line behind each."""
    for problem in problems:
        print(problem, end="\n\n", file=sys.stderr)


def width() -> int | None:
    """How wide the terminal is; None where there is none, for what is piped is never cut."""
    if not sys.stdout.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else os.get_terminal_size().columns


class GoneError(Exception):
    """Nobody reads what is printed any more."""


def emit(content: str | Iterator[str] | Sequence[RenderableType], to: Path | None = None) -> None:
    """Print text, its pieces, or renderables, or write them to a file: whole, or not at all."""
    if to is not None:
        _write(to, content if isinstance(content, (str, Iterator)) else _drawn(content))
        return
    try:
        if isinstance(content, (str, Iterator)):
            sys.stdout.writelines([content] if isinstance(content, str) else content)
        elif content:
            _print(content)
        sys.stdout.flush()
    except BrokenPipeError:
        raise GoneError from None
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would fail again at exit
        raise wrong(f"nothing more can be written: {str(error.strerror).lower()}", None, "make room") from None


def _print(content: Sequence[RenderableType]) -> None:
    """Print renderables; they know the width of the terminal themselves."""
    from rich.console import Console

    console = Console(width=WIDE, highlight=False)
    if console.is_terminal:
        _draw(console, content)
    else:
        sys.stdout.write(_drawn(content))


def _draw(console: Console, content: Sequence[RenderableType]) -> None:
    for place, renderable in enumerate(content):
        if place:
            console.print()
        console.print(renderable)


def _drawn(content: Sequence[RenderableType]) -> str:
    """Renderables as plain text, as wide as they are, without blanks at the ends of lines."""
    from rich.console import Console

    console = Console(file=StringIO(), width=WIDE, no_color=True, force_terminal=False, highlight=False)
    with console.capture() as capture:
        _draw(console, content)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _write(path: Path, text: str | Iterator[str]) -> None:
    """Put the text, or its pieces, into a file beside its place, then move it there.

    A link is followed, and what is no regular file (a device, a pipe) is written to: it is never replaced.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="") as stream:
                stream.writelines([text] if isinstance(text, str) else text)
            return
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.writelines([text] if isinstance(text, str) else text)
            Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise wrong(
            f"{short_path(path)} can not be written: {str(reason).lower()}", None, "give another path to -o"
        ) from None


def reported(report: Report, format: str, markdown: str, to: Path | None = None) -> None:
    """Print what was found in a format for machines; with GitHub's annotations goes the summary of the step."""
    from cnncalc.sources.files import root
    from cnncalc.writers.machines import written

    if format == "github":
        step_summary(markdown)
    emit(written(report, format, str(root())), to)


def step_summary(markdown: str) -> None:
    """Add to the summary of a step of a GitHub workflow, where there is one and something to say."""
    name = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not name or not markdown:
        return
    try:
        with Path(name).open("a", encoding="utf-8", newline="") as stream:
            stream.write(f"{markdown}\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"warning: no step summary: {short_path(name)}: {str(reason).lower()}", file=sys.stderr)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def together(errors: Sequence[SpecError]) -> SpecError:
    """The problems of several specs as one error."""
    return SpecError(*(problem for error in errors for problem in error.problems))
