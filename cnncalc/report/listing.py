"""Plain lists of records in each format: what `zoo` and `layers` print."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import RenderableType


class Item(NamedTuple):
    """A key of the records: its title, how its value is shown, whether it wraps or is cut, and which way it leans."""

    key: str
    title: str
    show: Callable[[Any], str] = str
    wraps: bool = False
    right: bool = False


FORMATS = ("table", "json", "csv", "markdown")


def listing(records: Sequence[dict[str, Any]], items: Sequence[Item], format: str) -> str | list[RenderableType]:
    """The records in a format: text, or a rich table."""
    if format == "json":
        return json.dumps(records, indent=2, ensure_ascii=False) + "\n"
    if format == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([item.key for item in items])
        writer.writerows([[record[item.key] for item in items] for record in records])
        return text.getvalue()
    shown = [[item.show(record[item.key]) for item in items] for record in records]
    if format == "markdown":
        rule = "|" + "|".join("---:" if item.right else "---" for item in items) + "|"
        body = [_row([item.title for item in items]), rule, *(_row(line) for line in shown)]
        return "\n".join(body) + "\n"
    return [_table(shown, items)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(shown: Sequence[Sequence[str]], items: Sequence[Item]) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), collapse_padding=True, show_edge=False)
    for item in items:
        table.add_column(
            item.title,
            justify="right" if item.right else "left",
            no_wrap=not item.wraps,
            overflow="fold" if item.wraps else "ellipsis",
        )
    for line in shown:
        table.add_row(*(Text(cell, style="cyan" if not place else "") for place, cell in enumerate(line)))
    return table
