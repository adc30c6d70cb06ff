"""Goldens: readable files that say what is run and what comes of it, and the invariants that hold whatever they say.

A file has a part that is written by hand and a part that is recorded. By hand: what the case is about, the command,
for errors the texts that the carets mark (␠ is a blank, as which a tab is printed), for a terminal how wide it is, and
the files that the command reads.
Recorded: exit status, standard output, messages.

    # a field that the type has not
    $ cnncalc summarize net.yaml
    marks: kernal
    --- net.yaml
    input: 32x32x3
    layers:
      - {conv: 64, kernal: 3}
    === exit 2
    === stderr
    error: conv has no field `kernal`
    …

``pytest --update-golden`` rewrites the recorded part. A recording proves only that nothing changed; so the harness also
re-adds the columns, looks under the carets, and the tests bring figures from outside.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import traceback
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

from cnncalc.commands import main

FOLDER = Path(__file__).parent / "golden"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
NUMBER = re.compile(r"-?[\d,]+")


class Outcome(NamedTuple):
    """What a command did."""

    exit: int
    stdout: str
    stderr: str


@dataclass
class Case:
    """A golden file."""

    path: Path
    command: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    terminal: int | None = None
    files: dict[str, str] = field(default_factory=dict)
    given: str = ""
    recorded: str = ""

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def stdin(self) -> str:
        return self.files.get("stdin", "")


def cases(folder: str) -> list[Case]:
    """All goldens of a folder."""
    return [parsed(path) for path in sorted((FOLDER / folder).glob("*.txt"))]


def parsed(path: Path) -> Case:
    """The case of a file."""
    given, sign, recorded = path.read_text(encoding="utf-8").partition("\n=== exit ")
    case = Case(path, given=given, recorded=f"=== exit {recorded}" if sign else "")
    current: list[str] | None = None
    texts: dict[str, list[str]] = {}
    for line in given.split("\n"):
        if line.startswith("--- ") and len(line.split()) == 2:
            current = texts.setdefault(line[4:], [])
        elif current is not None:
            current.append(line)
        elif line.startswith("$ "):
            _, *case.command = shlex.split(line[2:])
        elif line.startswith("marks:"):
            case.marks.append(line[6:].strip().replace("␠", " "))
        elif line.startswith("terminal:"):
            case.terminal = int(line[9:])
        elif not line.startswith("#"):
            raise ValueError(f"{path}: what is {line!r}?")
    case.files = {name: "\n".join(lines) + "\n" if any(lines) else "" for name, lines in texts.items()}
    return case


def written(outcome: Outcome) -> str:
    """The recorded part for an outcome."""
    parts = [f"=== exit {outcome.exit}\n"]
    if outcome.stdout:
        parts.append(f"=== stdout\n{_trimmed(outcome.stdout)}")
    if outcome.stderr:
        parts.append(f"=== stderr\n{_trimmed(outcome.stderr)}")
    return "".join(parts)


def _trimmed(text: str) -> str:
    """Without the blanks at line ends, which editors take away and nobody sees."""
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip("\n").split("\n"))


def hold(case: Case, outcome: Outcome, update: bool) -> None:
    """Hold an outcome against what is recorded, or record it."""
    found = written(outcome)
    if update:
        case.path.write_text(f"{case.given}\n{found}", encoding="utf-8")
    else:
        assert case.recorded == found, f"{case.path.name}: not as recorded; --update-golden records it again"


def run(
    arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stdin: str = ""
) -> Outcome:
    """Run the command in this process, its output piped."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
    monkeypatch.setenv("COLUMNS", "80")
    capsys.readouterr()
    code = main(arguments)
    return Outcome(code, *capsys.readouterr())


def run_case(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Outcome:
    """Run a golden's command in a folder that holds its files."""
    for name, text in case.files.items():
        if name != "stdin":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    if case.terminal is not None:
        drawn = on_terminal(case.command, case.terminal, folder)
        return Outcome(drawn.exit, drawn.text, drawn.stderr)
    monkeypatch.chdir(folder)
    return run(case.command, monkeypatch, capsys, case.stdin)


class Terminal(NamedTuple):
    """What a command drew on a terminal, and its messages, which go elsewhere."""

    exit: int
    raw: str
    stderr: str

    @property
    def text(self) -> str:
        """What a reader sees: no colours, line ends as usual."""
        return ESCAPE.sub("", self.raw).replace("\r\n", "\n")


def on_terminal(
    arguments: Sequence[str], width: int, folder: Path, *, anew: bool = False, **environment: str
) -> Terminal:
    """Run the command on a terminal of that width, in a copy of this process, or `anew` in one of its own. POSIX only.

    A copy has loaded already what the command needs.
    """
    import fcntl
    import pty
    import struct
    import termios

    inherited = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    wanted = {**inherited, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment}
    messages, told = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of other threads, which the copy does without
        child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(folder)
            os.dup2(told, 2)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
            if anew:
                os.execve(sys.executable, [sys.executable, "-m", "cnncalc", *arguments], wanted)
            os.environ.clear()
            os.environ.update(wanted)
            sys.stdin, sys.stdout, sys.stderr = (
                os.fdopen(stream, mode, encoding="utf-8") for stream, mode in enumerate("rww")
            )
            code = main(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(70)  # nothing of the tests may go on in the copy
    os.close(told)
    pieces = []
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says the end of a pseudo-terminal this way
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    with open(messages, encoding="utf-8") as stream:
        return Terminal(os.waitstatus_to_exitcode(status), b"".join(pieces).decode(), stream.read())


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


# --- what holds of every error ----------------------------------------------------------------------------------------

HEAD = re.compile(r"(error|warning): (?P<message>.+)")
ARROW = re.compile(r"  --> (?P<source>.+?)(?::(?P<line>\d+):(?P<column>\d+))?(?:  (?P<label>\S+))?")
QUOTED = re.compile(r" +(?P<line>\d+) \| (?P<text>.*)")
CARETS = re.compile(r" + \| (?P<lead> *)(?P<carets>\^+)")


class Shown(NamedTuple):
    """One problem as it was printed."""

    message: str
    source: str
    line: int
    column: int
    marked: str
    help: str


def problems(stderr: str) -> list[Shown]:
    """The problems in a report, taken apart; fails where one is not laid out as all are."""
    found = []
    for block in stderr.rstrip("\n").split("\n\n"):
        head, *rest = block.split("\n")
        message = HEAD.fullmatch(head)
        assert message, f"a problem begins with {head!r}"
        source, line, column, marked, help_ = "", 0, 0, "", ""
        quoted: list[re.Match[str]] = []
        for text in rest:
            if text.startswith("  help: "):
                help_ = text.removeprefix("  help: ")
            elif arrow := ARROW.fullmatch(text):
                source, line, column = arrow["source"], int(arrow["line"] or 0), int(arrow["column"] or 0)
            elif carets := CARETS.fullmatch(text):
                own = quoted[-1]
                assert int(own["line"]) == line, "the carets stand under the line that is named"
                marked = _under(own["text"], len(carets["lead"]), len(carets["carets"]))
            else:
                shown = QUOTED.fullmatch(text)
                assert shown, f"a line of a problem reads {text!r}"
                quoted.append(shown)
        found.append(Shown(message["message"], source, line, column, marked, help_))
    return found


def _under(text: str, lead: int, count: int) -> str:
    """The text over `count` carets after `lead` cells."""
    at, marked = 0, ""
    for char in text:
        wide = cells(char)
        if lead <= at < lead + count and (wide or marked):
            marked += char
        elif lead - 1 == at and wide == 2:
            raise AssertionError("the carets begin in the middle of a wide character")
        at += wide
    return marked


# --- what holds of every breakdown ------------------------------------------------------------------------------------


def table_rows(text: str) -> list[dict[str, str]]:
    """The rows of a printed table by column title, the totals row last; cells are told apart by where they stand.

    Those that head a block are left out.
    """
    lines = text.split("\n")
    rule = next(place for place, line in enumerate(lines) if line and set(line.strip()) == {"─"})
    body = []
    for line in lines[rule + 1 :]:
        body.append(line)
        if line.startswith("Total"):
            break
    else:
        raise AssertionError("the table has no totals row")
    above = lines[:rule][::-1]
    head = above[: above.index("")][::-1] if "" in above else above[::-1]  # a long title is on two lines
    rows = _cut(head, [line for line in body if line.strip()])
    return [row for row in rows if any([*row.values()][1:])]


def _cut(head: Sequence[str], body: Sequence[str]) -> list[dict[str, str]]:
    """Cut lines where a column of blanks two wide runs through all of them."""
    lines = [*head, *body]
    wide = max(map(len, lines))
    padded = [line.ljust(wide) for line in lines]
    blank = [all(line[place] == " " for line in padded) for place in range(wide)]
    starts, place = [0], 0
    while place < wide:
        if blank[place]:
            end = place
            while end < wide and blank[end]:
                end += 1
            if end - place >= 2 and end < wide:
                starts.append(end)
            place = end
        place += 1
    spans = list(zip(starts, [*starts[1:], wide], strict=True))
    titles = [" ".join(line[a:b].strip() for line in padded[: len(head)]).strip() for a, b in spans]
    rows = padded[len(head) :]
    return [{title: line[a:b].strip() for title, (a, b) in zip(titles, spans, strict=True)} for line in rows]


def markdown_rows(text: str) -> list[dict[str, str]]:
    """The rows of the first Markdown table by column title, the totals row last."""
    lines = [line for line in text.split("\n\n")[1].split("\n") if line.startswith("|")]
    header, _, *body = ([cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(header, row, strict=True)) for row in body]


SUMS = ("Activations", "Weights", "Biases", "Parameters", "Buffers", "Multiply-adds", "Operations")


def readd(rows: Sequence[dict[str, str]]) -> list[str]:
    """Add up the columns of whole numbers and compare with the totals row; the titles that were compared."""
    *body, total = rows
    added = []
    for title in SUMS:
        if title in total and all(NUMBER.fullmatch(row[title]) for row in rows):
            assert sum(number(row[title]) for row in body) == number(total[title]), f"{title} does not add up"
            added.append(title)
    return added


def number(text: str) -> int:
    """A number as it is printed."""
    assert re.fullmatch(r"\d{1,3}(,\d{3})*", text), f"{text!r} is not a number with its digits in threes"
    return int(text.replace(",", ""))
