"""Plain lists of records in each format: what `zoo` and `layers` print."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.writers.json import json_text
from cnncalc.writers.markdown import escaped

if TYPE_CHECKING:
    from rich.console import RenderableType


class Item(NamedTuple):
    """A key of the records: its title, how its value is shown, whether it wraps, which way it leans, its style."""

    key: str
    title: str
    show: Callable[[Any], str] = str
    wraps: bool = False
    right: bool = False
    style: Callable[[str], str] = lambda shown: ""


GAP = 2
"""Blanks between two columns; one of them is the divider of the box."""
LEAST = 12
"""The least room for the last column."""

FORMATS = ("table", "json", "csv", "markdown")


def listing(
    records: Sequence[dict[str, Any]], items: Sequence[Item], format: str, width: int | None = None
) -> str | list[RenderableType]:
    """The records in a format: text, or a rich table whose last column takes what `width` leaves."""
    if format == "json":
        return json_text(list(records))
    if format == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([item.key for item in items])
        writer.writerows([[_cell(record[item.key]) for item in items] for record in records])
        return text.getvalue()
    shown = [[item.show(record[item.key]) for item in items] for record in records]
    if format == "markdown":
        rule = "|" + "|".join("---:" if item.right else "---" for item in items) + "|"
        body = [_row([item.title for item in items]), rule, *(_row(line) for line in shown)]
        return "\n".join(body) + "\n"
    return [_table(shown, items, width)]


def _cell(value: Any) -> Any:
    return "x".join(str(part) for part in value) if isinstance(value, list) else value


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"


def _table(shown: Sequence[Sequence[str]], items: Sequence[Item], width: int | None) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0), collapse_padding=True, show_edge=False
    )
    count, room = _room(shown, items, width)
    for place, item in enumerate(items[:count]):
        last = place == len(items) - 1
        table.add_column(
            item.title,
            justify="right" if item.right else "left",
            no_wrap=not (last and item.wraps),
            max_width=room if last else None,
        )
    for line in shown:
        cells = [
            Text(cell, style=items[place].style(cell) if place else "cyan") for place, cell in enumerate(line[:count])
        ]
        if room is not None and not items[-1].wraps:
            cells[-1].truncate(room, overflow="ellipsis")
        table.add_row(*cells)
    return table


def _room(shown: Sequence[Sequence[str]], items: Sequence[Item], width: int | None) -> tuple[int, int | None]:
    """How many of the columns there is room for, and how wide the last of all may be where it must give way.

    Numbers, which lean to the right, are left out and never cut.
    """
    if width is None:
        return len(items), None
    lines = [[item.title for item in items], *shown]
    widths = [max(len(line[place]) for line in lines) for place in range(len(items))]
    rest = width - sum(wide + GAP for wide in widths[:-1])
    if rest >= (widths[-1] if items[-1].right else LEAST):
        return len(items), rest
    count = len(items) - 1
    while count > 1 and sum(wide + GAP for wide in widths[:count]) - GAP > width:
        count -= 1
    return count, None
