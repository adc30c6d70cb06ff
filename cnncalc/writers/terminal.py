"""Pages for people at a terminal: drawn to its width and in colour, or plain where what is printed goes elsewhere."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO, TypeAlias

from cnncalc.report.page import Block, Fold, Grid, Laid, Line
from cnncalc.writers.plain import spelt
from cnncalc.writers.text import clean

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

Parts: TypeAlias = list[tuple[str, str]]
"""A line of the terminal: texts, each with its style."""

GAP = 2
"""Blanks between two columns."""
LONG = 24
"""From here on a title is folded where it is longer than what stands below it."""
WORD = 20
"""The longest word that a column is kept wide enough for."""

STYLES = {
    "heading": "bold",
    "bad": "bold red",
    "good": "green",
    "most": "bold red",
    "much": "bold yellow",
    "name": "cyan",
    "added": "green",
    "removed": "red",
    "changed": "yellow",
}
"""How what is said of a text is drawn; "bold" and "dim" are what they say."""


def width(stream: TextIO | None = None) -> int | None:
    """How wide the terminal is that standard output, or another stream, goes to; None for what is piped: never cut."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else os.get_terminal_size(stream.fileno()).columns


def shown(blocks: Iterable[Block], to: Path | None, room: int | None = None) -> str:
    """The blocks as wide as the terminal is; for a file, or where there is no terminal, as wide as they are."""
    encoding = "utf-8" if to else getattr(sys.stdout, "encoding", None) or "utf-8"
    return drawn(blocks, room or (None if to else width()), plain=to is not None, encoding=encoding)


class Drawing(NamedTuple):
    """Blocks for a console of rich, which draws them as wide as it is."""

    blocks: Sequence[Block]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        from rich.text import Text

        yield from (Text.assemble(*line, no_wrap=True) for line in _lines(self.blocks, options.max_width, "utf-8"))


def drawn(blocks: Iterable[Block], room: int | None, *, plain: bool = False, encoding: str = "utf-8") -> str:
    """The blocks as text, no wider than `room`; a blank line between them, save between lines of one style.

    Characters that the encoding lacks are spelt before anything is measured. Where there is no terminal, or by choice,
    it is `plain`: without colour.
    """
    lines = _lines(blocks, room, encoding)
    text = "".join(f"{''.join(part for part, _ in line).rstrip()}\n" for line in lines)
    return text if plain else _coloured(lines) or text


def _lines(blocks: Iterable[Block], room: int | None, encoding: str) -> list[Parts]:
    lines: list[Parts] = []
    before: Block | None = None
    for block in (part for whole in blocks for part in _unfolded(whole)):
        laid = _laid(block, room, encoding)
        if lines and laid and not (isinstance(block, Line) and block.flows(before)):
            lines.append([])
        lines += laid
        before = block
    return lines


def _coloured(lines: Sequence[Parts]) -> str | None:
    """The lines as a terminal draws them; None where there is none."""
    if not sys.stdout.isatty() and not os.environ.get("FORCE_COLOR"):
        return None
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, force_jupyter=False)
    if not console.is_terminal:
        return None
    text = Text("\n").join(Text.assemble(*line) for line in lines)
    with console.capture() as capture:
        console.print(text, soft_wrap=True)
    return capture.get()


def _unfolded(block: Block) -> list[Line | Grid | Laid]:
    return [*block.blocks, Line(f"{block.summary}.", "dim")] if isinstance(block, Fold) else [block]


def _laid(block: Line | Grid | Laid, room: int | None, encoding: str) -> list[Parts]:
    if isinstance(block, Laid):
        text = clean(message(block.text, room) if isinstance(block.text, str) else block.to(room))
        return [[(line, "")] for line in text.rstrip("\n").split("\n")] if text else []
    if isinstance(block, Grid):
        return _table(block, room, encoding)
    style, text, aside = STYLES.get(block.style, block.style), _safe(block.text, encoding), _safe(block.aside, encoding)
    if aside and (room is None or cells(f"{text}  {aside}") <= room):
        return [[(text, style), (f"  {aside}", "dim")]]
    below = wrapped(aside, room) if aside else []
    return [*([(line, style)] for line in wrapped(text, room)), *([(line, "dim")] for line in below)]


# ----------------------------------------------------------------------------------------------------------- tables


def _table(grid: Grid, room: int | None, encoding: str) -> list[Parts]:
    """The first way to draw the grid that there is room for, else a paragraph for each row."""
    for make in (lambda: grid, *grid.narrower):
        way = make()
        lines = _texts(way, encoding)
        wide = fitting(way, lines, room)
        if wide is not None:
            return _ruled(way, lines, wide, room)
    return _stacked(lines, room or 0)


def _texts(grid: Grid, encoding: str) -> list[list[str]]:
    """The titles, the cells of each row, and the footer where there is one: each on one line, and safe."""
    lines = [[column.title for column in grid.columns], *(row.cells for row in grid.rows)]
    lines += [grid.footer] if grid.footer else []
    return [[_safe(cell.replace("\n", "\\n"), encoding) for cell in line] for line in lines]


def _ruled(grid: Grid, lines: Sequence[list[str]], wide: dict[int, int], room: int | None) -> list[Parts]:
    """A line for each row, or several where a cell wraps; and what was left out."""
    total = sum(wide.values()) + GAP * (len(wide) - 1)
    usual = ["name", *[""] * len(grid.columns)]
    styles = [["bold"] * len(usual), *(list(row.styles) or usual for row in grid.rows), ["bold"] * len(usual)]
    drawn: list[Parts] = []
    for number, (line, style) in enumerate(zip(lines, styles, strict=False)):
        if number > len(grid.rows):
            drawn.append([])
        cells_of = {place: _cell(grid, number, line[place], most, place) for place, most in wide.items()}
        for level in range(max(map(len, cells_of.values()))):
            parts: Parts = []
            for place, most in wide.items():
                text = cells_of[place][level] if level < len(cells_of[place]) else ""
                blank = " " * (most - cells(text))
                text = blank + text if grid.columns[place].right else text + blank
                parts += [(text, STYLES.get(style[place], style[place])), (" " * GAP, "")]
            while parts and not parts[-1][0].strip():
                parts.pop()
            drawn.append([*parts[:-1], (parts[-1][0].rstrip(), parts[-1][1])] if parts else [])
        if number == 0:
            drawn.append([("─" * total, "")])
    gone = [column.title.lower() for place, column in enumerate(grid.columns) if place not in wide]
    if gone:
        rest = f"Left out at {room} columns: {', '.join(gone)}; {grid.rest or 'a pipe or --width shows them'}."
        drawn += [[], *([(line, "dim")] for line in wrapped(rest, room))]
    return drawn


def _cell(grid: Grid, number: int, text: str, most: int, place: int) -> list[str]:
    """The lines of a cell that is to be no wider than that."""
    if cells(text) <= most:
        return [text]
    return [shortened(text, most)] if number and grid.columns[place].gives == "cut" else wrapped(text, most)


def _stacked(lines: Sequence[list[str]], room: int) -> list[Parts]:
    """A paragraph for each row: its first cell, and below the others with their titles."""
    titles = [title.lower() for title in lines[0]]
    named = 1 if titles[0] else 2  # a sign goes before the name
    drawn: list[Parts] = []
    for line in lines[1:]:
        drawn += [[(part, "bold")] for part in wrapped(" ".join(line[:named]).strip(), room, "  ")]
        text = ""
        for title, cell in zip(titles[named:], line[named:], strict=True):
            item = f"{title} {cell}".strip() if cell else ""
            if text and item and cells(f"{text}  {item}") > room:
                drawn += [[(part, "")] for part in wrapped(text, room, "  ")]
                text = ""
            text += f"  {item}" if item else ""
        drawn += [[(part, "")] for part in wrapped(text, room, "  ") if part]
    return drawn


def fitting(grid: Grid, lines: Sequence[Sequence[str]], room: int | None) -> dict[int, int] | None:
    """The places of the columns that there is room for, and how wide each is drawn; None where those of rank 0 do not.

    Numbers are never cut, and words only where one alone is wider than a column.
    """
    columns = grid.columns
    titles, bodies = (
        [cells(title) for title in lines[0]],
        [max(map(cells, part)) for part in zip(*lines[1:], strict=True)],
    )
    bodies = bodies or [0] * len(columns)
    natural = [max(body, min(title, LONG)) for title, body in zip(titles, bodies, strict=True)]
    if room is None:
        return dict(enumerate(natural))
    least = []
    for place, column in enumerate(columns):
        words = max((min(WORD, cells(word)) for word in lines[0][place].split()), default=0)
        if column.gives == "wrap":
            inside = (min(WORD, cells(word)) for line in lines[1:] for word in line[place].split())
            words = max(words, min(column.least, natural[place]), *inside, 0)
        least.append(max(words, min(bodies[place], column.least) if column.gives else bodies[place]))
    kept: list[int] = []
    for rank in sorted({column.rank for column in columns}):
        more = [*kept, *(place for place, column in enumerate(columns) if column.rank == rank)]
        whole = {place for place in kept if rank and columns[place].gives == "cut"}
        if sum((natural if place in whole else least)[place] + GAP for place in more) - GAP <= room:
            kept = more
        elif not rank:
            return None
        elif not grid.fills:
            break
    wide = {place: natural[place] for place in sorted(kept)}
    over = sum(wide.values()) + GAP * (len(wide) - 1) - room
    for place in sorted(wide, key=lambda place: bool(columns[place].gives)):
        less = max(0, min(over, wide[place] - least[place]))
        wide[place] -= less
        over -= less
    return wide


# ----------------------------------------------------------------------------------------------------------- texts


def _safe(text: str, encoding: str) -> str:
    """The text without what would steer a terminal, in characters that the encoding has."""
    return spelt(clean(text), encoding)


@lru_cache(maxsize=10_000)
def cells(text: str) -> int:
    """How many cells of a terminal a text takes: wide characters take two."""
    if text.isascii() or _NARROW.issuperset(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


_NARROW = {*map(chr, range(32, 127)), *"×−·…≥≤→≈²÷⌊⌋⌈⌉─≠±–₀₁₂₃₄₅₆₇₈₉"}


def _first(text: str, room: int) -> str:
    """As much of a text as there is room for."""
    while cells(text) > room:
        text = text[: max(1, min(len(text) - 1, room))] if len(text) > 1 else ""
    return text


def shortened(text: str, room: int) -> str:
    """The text as far as whole words go, and three dots; of one long word, as much as there is room for."""
    if cells(text) <= room:
        return text
    head = _first(text, room - 1)
    whole = head.rpartition(" ")[0] if text[len(head)] != " " else head
    return f"{whole.rstrip() or head}…"


def wrapped(text: str, room: int | None, indent: str = "") -> list[str]:
    """The text in lines, broken at blanks; those after the first begin with `indent`. Only a long word is broken."""
    if room is None or cells(text) <= room:
        return [text]
    lines: list[str] = []
    line = text[: len(text) - len(text.lstrip(" "))]
    begun = False
    for word in text[len(line) :].split(" "):
        longer = f"{line} {word}" if begun else line + word
        if cells(longer) > room and begun:
            lines.append(line)
            longer = indent + word
        while cells(longer) > room:
            head = _first(longer, max(room, len(indent) + 1))
            lines.append(head)
            longer = indent + longer[len(head) :]
        line, begun = longer, True
    return [*lines, line]


_QUOTED = re.compile(r" *\d* \|")
"""A line of source, or the carets below one."""


def message(text: str, room: int | None) -> str:
    """A message no wider than `room`: sentences wrap at words, quoted source is cut."""
    if room is None:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
        lines += [_first(line, room)] if _QUOTED.match(line) else wrapped(line, room, indent)
    return "\n".join(lines)
