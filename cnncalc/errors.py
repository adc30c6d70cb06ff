"""Errors as small documents: what is wrong, where it stands, and the fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.place import Place

SHOWN = 20
"""How many problems of a spec are shown; more are counted."""
NOTED = 100
"""How many problems of a spec are looked for before giving up."""
WIDE = 100
"""How much of a long source line is shown around the place."""


class Problem(Struct, frozen=True):
    """One thing that is wrong."""

    message: str
    place: Place | None = None
    help: str | None = None
    label: str = ""
    severity: str = "error"

    def as_error(self) -> Problem:
        """The same problem as an error."""
        return replace(self, severity="error", help=self.help or "fix it, or drop --strict")

    def __str__(self) -> str:
        text = [f"{self.severity}: {printable(self.message)}"]
        if self.place is not None:
            text += _shown(self.place, printable(self.label))
        if self.help:
            text.append(f"  help: {printable(self.help)}")
        return "\n".join(text)


class SpecError(Exception):
    """A spec or a request that is wrong: all the problems that were found in one go."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(str(self))

    def about(self, spec: str) -> SpecError:
        """The same, naming the spec where no line does."""
        named = [
            problem
            if problem.place is not None or spec in problem.message
            else replace(problem, message=f"{short(spec)}: {problem.message}")
            for problem in self.problems
        ]
        return SpecError(*named)

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            shown.append(f"… and {len(self.problems) - SHOWN} more")
        return "\n\n".join(shown)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of their lines; those without a line first, other files as they come."""

    def line(problem: Problem) -> tuple[int, int]:
        return (0, 0) if problem.place is None else (problem.place.line, problem.place.column)

    return sorted(problems, key=line)


class TooManyError(Exception):
    """Looking for more problems is pointless."""


class Problems:
    """The problems found so far, the same one at the same place once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Place | None], Problem] = {}
        self.hint = ""
        """What may be behind any problem that is found now."""
        self._remarks: dict[tuple[str, Place | None], Problem] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def __contains__(self, noted: tuple[str, Place | None]) -> bool:
        """Is this message noted for this place?"""
        return noted in self._found

    def add(self, problem: Problem) -> None:
        """Note a problem. Raises TooManyError if there are enough."""
        if self.hint:
            problem = replace(problem, help="; ".join(filter(None, (problem.help, self.hint))))
        self._found.setdefault((problem.message, problem.place), problem)
        if len(self._found) >= NOTED:
            raise TooManyError

    def report(self, message: str, place: Place | None, help: str | None = None, label: str = "") -> None:
        """Note a problem by its parts."""
        self.add(Problem(message, place, help, label))

    def fatal(self, message: str, place: Place | None, help: str | None = None, label: str = "") -> TooManyError:
        """Note a problem after which reading cannot go on; the result is to be raised."""
        self.add(Problem(message, place, help, label))
        return TooManyError()

    def warn(self, message: str, place: Place | None, help: str | None = None, label: str = "") -> None:
        """Note what is legal but suspicious; of many, only so many are kept."""
        if len(self._remarks) < NOTED:
            self._remarks.setdefault((message, place), Problem(message, place, help, label, "warning"))

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What is legal but suspicious, in the order of the lines."""
        return tuple(in_order(self._remarks.values()))

    def error(self) -> SpecError:
        """All problems as one error, with what is suspicious: that may be why."""
        return SpecError(*in_order([*self._found.values(), *self._remarks.values()]))


def wrong(message: str, place: Place | None = None, help: str | None = None, label: str = "") -> SpecError:
    """One problem as an error."""
    return SpecError(Problem(message, place, help, label))


def near(word: Any, known: Sequence[str], *, listed: bool = True) -> str | None:
    """A suggestion for an unknown word: the nearest that are known, or (where `listed`) all when they are few."""
    from difflib import get_close_matches

    text = str(word)[:80]
    folded = {name.lower(): name for name in known if len(name) > 1 or name.lower() == text.lower()}
    same = folded.get(text.lower())
    close = (
        [same] if same else [folded[match] for match in get_close_matches(text.lower(), list(folded), n=3, cutoff=0.6)]
    )
    if close:
        return "did you mean " + " or ".join(f"`{name}`" for name in close) + "?"
    if listed and 0 < len(known) <= 12:
        return ("there are " if len(known) > 1 else "there is ") + ", ".join(f"`{name}`" for name in known)
    return None


def short(value: Any, most: int = 60) -> str:
    """A value for a message, cut when it is long."""
    text = flat(str(value))
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def several(names: Iterable[Any], most: int = 5) -> str:
    """Names for a message: the first of them, each cut when it is long, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(short(name, 40) for name in listed[:most]) + more


def short_path(path: Any, most: int = 100) -> str:
    """A path for a message, cut at the front when it is long: its end says which file it is."""
    text = flat(str(path))
    return text if len(text) <= most else f"…{text[-most:]}"


def printable(text: str) -> str:
    """The text without what would control a terminal."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)


def flat(text: str) -> str:
    """The same on one line: a name on a line of its own could be taken for a command in the log of a workflow."""
    return printable(text).replace("\n", "\\n")


def _shown(place: Place, label: str) -> list[str]:
    """The place, the line before it, the line itself, and carets under it."""
    name = flat(place.source.name)
    lines = place.source.lines
    if not 0 < place.line <= len(lines):
        return [f"  --> {name}{'  ' + label if label else ''}"]
    text = [f"  --> {name}:{place.line}:{place.column}{'  ' + label if label else ''}"]
    line = lines[place.line - 1]
    end = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
    start = place.column - 1
    cut = max(0, start - WIDE // 2) if len(line) > WIDE else 0
    width = len(str(place.line))
    previous = lines[place.line - 2] if place.line > 1 else ""
    if previous.strip() and len(previous) <= WIDE:
        text.append(f"   {place.line - 1:>{width}} | {_flat(previous)}")
    shown = line[cut : cut + WIDE]
    text.append(f"   {place.line:>{width}} | {'…' if cut else ''}{_flat(shown)}{'…' if cut + WIDE < len(line) else ''}")
    lead = _cells(line[cut:start]) + (1 if cut else 0)
    marks = max(1, _cells(line[start : min(end, cut + WIDE)]))
    text.append(f"   {' ' * width} | {' ' * lead}{'^' * marks}")
    return text


def _flat(line: str) -> str:
    return printable(line.replace("\t", " ").rstrip())


def _cells(text: str) -> int:
    """How many terminal cells the text takes once it is printed; wide characters take two."""
    from unicodedata import combining, east_asian_width

    return sum(
        len(printable(char)) if not char.isprintable() and char != "\t" else 2 if east_asian_width(char) in "WF" else 1
        for char in text
        if not combining(char)
    )
