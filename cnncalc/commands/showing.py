"""What commands show: the formats, and writing what there is in one of them, whole or not at all."""

from __future__ import annotations

import codecs
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from cnncalc.errors import short_path, wrong
from cnncalc.report.page import Column, Grid, exact, listing
from cnncalc.sources.files import root
from cnncalc.writers.plain import JSON, XML


class Format(NamedTuple):
    """A format: what a command must have to show in it, what writes that (a function of `writers`), and the suffix."""

    needs: str
    writer: str
    suffix: str = ""


FORMATS = {
    "table": Format("table", "terminal.shown"),
    "text": Format("text", "terminal.shown"),
    "json": Format("answer", "json.json_pieces", ".json"),
    "csv": Format("records", "csv.written", ".csv"),
    "markdown": Format("comment", "markdown.written", ".md"),
    "latex": Format("latex", "text.written"),
    "github": Format("report", "github.commands"),
    "junit": Format("report", "junit.suites"),
    "sarif": Format("report", "sarif.log"),
    "gitlab": Format("report", "gitlab.code_quality"),
}


ESCAPES = {"json": JSON, "sarif": JSON, "gitlab": JSON, "junit": XML}
"""The escapes of what is printed for programs."""


def formats(*shown: str) -> tuple[str, ...]:
    """The formats of a command that has these things to show: a table, an answer, records, a report and so on."""
    return tuple(name for needed in shown for name, format in FORMATS.items() if format.needs == needed)


NARROWEST = 20
"""The least that --width takes."""

LISTS = formats("table", "answer", "records", "comment")
REVIEWS = formats("text", "answer", "comment", "report")
DIFFERENCES = formats("table", "comment", "answer")
EXPLANATIONS = formats("text", "comment", "latex", "answer")


Things: TypeAlias = Callable[[], Any]
"""What a command has to show, made when it is wanted."""


def written(format: str, to: Path | None = None, width: int | None = None, /, **things: Things) -> str | Iterator[str]:
    """What a format needs of the things that a command has to show, written in that for a file or for nowhere."""
    needs, writer, _ = FORMATS[format]
    more = {"report": (str(root()),), "table": (to, width), "text": (to, width)}
    module, _, function = writer.partition(".")
    content: str | Iterator[str] = getattr(import_module(f"cnncalc.writers.{module}"), function)(
        things[needs](), *more.get(needs, ())
    )
    return content


def show(format: str, to: Path | None = None, width: int | None = None, /, **things: Things) -> None:
    """Print that, or write it to the file; with GitHub's annotations goes the summary of the step."""
    if width is not None and width < NARROWEST:
        raise wrong(f"--width takes a number of columns of at least {NARROWEST}, not {width}")
    if format == "github":
        step_summary("".join(written("markdown", None, **things)))
    emit(written(format, to, width, **things), to, ESCAPES.get(format, ""))


def tabular(
    records: Sequence[dict[str, Any]], items: Sequence[Column], *narrower: Callable[[], Grid]
) -> dict[str, Things]:
    """Plain records as things to show; `narrower` are the tables for where there is less room."""
    grid = [listing(records, items)._replace(narrower=narrower)]
    return {
        "table": lambda: grid,
        "answer": lambda: records,
        "records": lambda: exact(records, items),
        "comment": lambda: grid,
    }


class GoneError(Exception):
    """Nobody reads what is printed any more."""


def emit(content: str | Iterator[str], to: Path | None = None, escapes: str = "") -> None:
    """Print text or its pieces, or write them to a file: whole, or not at all.

    What has `escapes` is for programs, which expect UTF-8: in another encoding it is printed in ASCII.
    """
    if to is not None:
        _write(to, content)
        return
    if escapes and hasattr(sys.stdout, "reconfigure") and codecs.lookup(sys.stdout.encoding).name != "utf-8":
        sys.stdout.reconfigure(encoding="ascii", errors=escapes)
    try:
        sys.stdout.writelines([content] if isinstance(content, str) else content)
        sys.stdout.flush()
    except BrokenPipeError:
        raise GoneError from None
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would fail again at exit
        raise wrong(f"cannot write output: {str(error.strerror).lower()}", None, "free some space") from None


def _write(path: Path, text: str | Iterator[str]) -> None:
    """Put the text, or its pieces, into a file beside its place, then move it there.

    A link is followed, and what is not a regular file (a device, a pipe) is written to: it is never replaced.
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
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise wrong(
            f"{short_path(path)} cannot be written: {str(reason).lower()}", None, "give another path to -o"
        ) from None


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
