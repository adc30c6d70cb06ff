"""Pages for people at a terminal: drawn to its width and in colour, or plain where what is printed goes elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.report.page import Block, Fold, Grid, Laid, Line
from cnncalc.writers.plain import spelt
from cnncalc.writers.text import clean

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

WIDE = 10_000
"""How wide what is not a terminal is taken to be."""
GAP = 2
"""Blanks between two columns; one of them is the divider of the box."""
NARROW = 8
"""What a column keeps that gives way."""
LONG = 24
"""From here on a title is folded where it is longer than what stands below it."""

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


def width() -> int | None:
    """How wide the terminal is; None where there is none, for what is piped is never cut."""
    if not sys.stdout.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else os.get_terminal_size().columns


def shown(blocks: Iterable[Block], to: Path | None) -> str:
    """The blocks as wide as the terminal is; for a file, or where there is no terminal, as wide as they are."""
    encoding = "utf-8" if to else getattr(sys.stdout, "encoding", None) or "utf-8"
    return drawn(blocks, None if to else width(), plain=to is not None, encoding=encoding)


class Drawing(NamedTuple):
    """Blocks for a console of rich, which draws them as wide as it is."""

    blocks: Sequence[Block]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        room = options.max_width
        for gap, block in _apart(self.blocks):
            if gap:
                yield ""
            if isinstance(block, Laid):
                yield block.to(room).rstrip("\n")
            else:
                yield _line(block, room) if isinstance(block, Line) else _table(block, room, "utf-8")


def drawn(blocks: Iterable[Block], room: int | None, *, plain: bool = False, encoding: str = "utf-8") -> str:
    """The blocks as text, no wider than `room`; a blank line between them, save between lines of one style.

    Cells are spelt for the encoding before they are measured.
    Where there is no terminal, or by choice, it is `plain`: without colour, and without blanks at the ends of lines.
    """
    parts: list[str] = []
    for gap, block in _apart(blocks):
        parts += ["\n"] * gap
        parts.append(block.to(room) if isinstance(block, Laid) else _printed(block, room, plain, encoding))
    return "".join(parts)


def _apart(blocks: Iterable[Block]) -> Iterator[tuple[bool, Line | Grid | Laid]]:
    """The blocks, what is folded unfolded, and whether a blank line stands before each."""
    before = None
    for block in (part for whole in blocks for part in _unfolded(whole)):
        yield before is not None and not (isinstance(block, Line) and block.flows(before)), block
        before = block


def _unfolded(block: Block) -> list[Line | Grid | Laid]:
    return [*block.blocks, Line(f"{block.summary}.", "dim")] if isinstance(block, Fold) else [block]


def _printed(block: Line | Grid, room: int | None, plain: bool, encoding: str) -> str:
    from rich.console import Console

    console = Console(width=WIDE, highlight=False)
    if plain or not console.is_terminal:
        plain = True
        console = Console(
            file=StringIO(), width=WIDE, no_color=True, force_terminal=False, force_jupyter=False, highlight=False
        )
    with console.capture() as capture:
        console.print(_line(block, room) if isinstance(block, Line) else _table(block, room, encoding))
    text = capture.get()
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines()) if plain else text


def _line(line: Line, room: int | None) -> RenderableType:
    from rich.constrain import Constrain
    from rich.text import Text

    text = Text(clean(line.text), style=STYLES.get(line.style, line.style))
    if line.aside:
        text.append(f"  {clean(line.aside)}", style="dim not bold")
    return Constrain(text, room)


def _table(grid: Grid, room: int | None, encoding: str) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    lines = _texts(grid, encoding)
    wide = fitting(grid, lines, room)
    table = Table(
        box=box.SIMPLE_HEAD,
        show_footer=bool(grid.footer),
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
        collapse_padding=True,
        show_edge=False,
    )
    for place, most in wide.items():
        column = grid.columns[place]
        table.add_column(
            Text(lines[0][place]),
            Text(lines[-1][place], style="bold"),
            justify="right" if column.right else "left",
            max_width=most,
            overflow="fold",
        )
    usual = ("name", *[""] * len(grid.columns))
    for row, line in zip(grid.rows, lines[1:], strict=False):
        if row.narrow and len(line) - 2 not in wide:
            line[-1] = clean(row.narrow)
        cells = []
        for place, most in wide.items():
            style = (row.styles or usual)[place]
            cells.append(Text(line[place], style=STYLES.get(style, style)))
            if grid.columns[place].gives == "cut":
                cells[-1].truncate(most, overflow="ellipsis")
        table.add_row(*cells)
    return table


def _texts(grid: Grid, encoding: str = "utf-8") -> list[list[str]]:
    """The titles, the cells of each row, and the footer where there is one, without what would steer a terminal."""
    lines = [[column.title for column in grid.columns], *(row.cells for row in grid.rows)]
    return [
        [spelt(clean(cell), encoding) for cell in line] for line in ([*lines, grid.footer] if grid.footer else lines)
    ]


def left_out(grid: Grid, room: int | None) -> list[str]:
    """The keys of the columns that there is no room for."""
    kept = fitting(grid, _texts(grid), room)
    return [column.key for place, column in enumerate(grid.columns) if place not in kept]


def fitting(grid: Grid, lines: Sequence[Sequence[str]], room: int | None) -> dict[int, int]:
    """The places of the columns that there is room for, and how wide each is drawn.

    Numbers are never cut: where the room is not enough for those that stay, the table is wider.
    """
    from rich.cells import cell_len

    natural = [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]
    if room is None:
        return dict(enumerate(natural))
    gives = [place for place, column in enumerate(grid.columns) if column.gives]
    least = [min(most, grid.columns[place].least) if place in gives else most for place, most in enumerate(natural)]
    kept: list[int] = []
    for rank in sorted({column.rank for column in grid.columns}):
        more = [*kept, *(place for place, column in enumerate(grid.columns) if column.rank == rank)]
        if not rank or sum(least[place] + GAP for place in more) - GAP <= room:
            kept = more
        elif not grid.fills:
            break
    wide = {place: natural[place] for place in sorted(kept)}
    for place in {*kept} - {*gives}:
        wide[place] = max(min(natural[place], LONG), *(cell_len(line[place]) for line in lines[1:]))
    over = sum(wide.values()) + GAP * (len(wide) - 1) - room
    for bounds in (least, [NARROW] * len(least)):
        for place in (place for place in gives if place in wide):
            less = min(over, wide[place] - bounds[place]) if over > 0 else over
            wide[place] -= less
            over -= less
    return wide
