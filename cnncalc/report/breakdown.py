"""A breakdown in each format: rich table, Markdown, CSV, JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncalc.analysis.breakdown import entries, rows, share
from cnncalc.network.network import Network, Summary
from cnncalc.network.node import Line
from cnncalc.report import units
from cnncalc.report.columns import Column, exact, total_of
from cnncalc.report.sentences import sentences
from cnncalc.writers.json import json_pieces
from cnncalc.writers.markdown import escaped, paragraph

if TYPE_CHECKING:
    from rich.console import RenderableType

LONG = 24
"""From here on a name may be cut to make room for other columns."""
LEAST = 8
"""The least of a name that is kept."""
GAP = 2
"""Blanks between two columns of a table; one of them is the divider of the box."""


def as_json(networks: Sequence[Network], depth: int | None = None) -> Iterator[str]:
    """The machine-readable result, piece by piece: one object, or a list when there are several networks."""
    found = [result(network, depth) for network in networks]
    return json_pieces(found[0] if len(found) == 1 else found)


def result(network: Network, depth: int | None = None) -> Summary:
    """The machine-readable result of one network, folded to a depth where one is given."""
    return network.summary(rows(network, depth))


def as_csv(networks: Sequence[Network], columns: Sequence[Column], depth: int | None = None) -> str:
    """Comma-separated values, exact; several networks are told apart by a first column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    several = len(networks) > 1
    writer.writerow([*(["network"] if several else []), *(column.key for column in columns)])
    for network in networks:
        lead = [network.name] if several else []
        for row in _body(network, depth):
            writer.writerow([*lead, *(exact(column.value(row, network)) for column in columns)])
        totals = ["total" if column.key == "name" else exact(total_of(column, network)) for column in columns]
        writer.writerow([*lead, *totals])
    return text.getvalue()


def as_markdown(networks: Sequence[Network], columns: Sequence[Column], depth: int | None = None) -> str:
    """A table for a README or a pull request, its totals in bold, the sentences below."""
    parts = []
    for network in networks:
        lines = [f"### {escaped(network.name)}", "", _markdown_row([column.title for column in columns])]
        lines.append("|" + "|".join("---:" if column.right else "---" for column in columns) + "|")
        lines += [_markdown_row(_cells(row, network, columns)) for row in _body(network, depth)]
        lines.append(
            "| " + " | ".join(f"**{escaped(cell)}**" if cell else "" for cell in _total_cells(network, columns)) + " |"
        )
        lines += ["", *map(paragraph, footer(network))]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def as_table(
    network: Network, columns: Sequence[Column], width: int | None, depth: int | None = None
) -> RenderableType:
    """The breakdown as a rich table no wider than `width`; columns without room go, the least important first.

    Numbers are never cut: where the room is not enough for those that stay, names are, and then the table is wider.
    """
    from rich import box
    from rich.console import Group
    from rich.constrain import Constrain
    from rich.table import Table
    from rich.text import Text

    body = _body(network, depth)
    cells = [_cells(row, network, columns) for row in body]
    totals = _total_cells(network, columns)
    kept, name_room = fitting(columns, [*cells, totals], width)
    table = Table(
        box=box.SIMPLE_HEAD,
        show_footer=True,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
        collapse_padding=True,
        show_edge=False,
    )
    for place in kept:
        column = columns[place]
        table.add_column(
            column.title, Text(totals[place], style="bold"), justify="right" if column.right else "left", no_wrap=True
        )
    for row, texts in zip(body, cells, strict=True):
        shown = [Text(texts[place], style=_style(columns[place], row, network)) for place in kept]
        for place, text in zip(kept, shown, strict=True):
            if columns[place].key == "name" and name_room is not None:
                text.truncate(name_room, overflow="ellipsis")
        table.add_row(*shown)
    source = Text(f"{network.name}", style="bold")
    if network.source and network.source != network.name:
        source.append(f"  {network.source}", style="dim not bold")
    said = [Constrain(Text(line), width) for line in footer(network)]
    return Group(Constrain(source, width), Text(), table, Text(), *said)


def left_out(network: Network, columns: Sequence[Column], width: int | None, depth: int | None = None) -> list[str]:
    """The keys of the columns that a table of that width has no room for."""
    cells = [_cells(row, network, columns) for row in _body(network, depth)]
    kept, _ = fitting(columns, [*cells, _total_cells(network, columns)], width)
    return [column.key for place, column in enumerate(columns) if place not in kept]


def footer(network: Network) -> list[str]:
    """What is said below a breakdown: the totals in words, where they sit, and what is assumed."""
    totals, sizing = network.totals, network.sizing
    images = "per image" if sizing.batch == 1 else f"for {sizing.batch:,} images"
    lines = [
        f"{units.grouped(totals.params)} parameters ({units.memory(totals.weight_bytes)} as {sizing.dtype}), "
        f"{units.grouped(totals.macs)} multiply-adds.",
        f"{units.grouped(totals.activations)} activations "
        f"({units.memory(totals.activation_bytes)} {images}, forward only).",
    ]
    lines += sentences(network)
    if network.assumptions:
        lines.append("Holds for " + ", ".join(network.assumptions) + ".")
    return lines


def _body(network: Network, depth: int | None) -> list[Line]:
    """The inputs, then the layers: with these rows every column that sums adds up to its total."""
    return [*entries(network), *rows(network, depth)]


def _cells(row: Line, network: Network, columns: Sequence[Column]) -> list[str]:
    return [column.show(column.value(row, network)) for column in columns]


def _total_cells(network: Network, columns: Sequence[Column]) -> list[str]:
    return [
        "Total" if column.key == "name" else "" if (value := total_of(column, network)) is None else column.show(value)
        for column in columns
    ]


def fitting(
    columns: Sequence[Column], lines: Sequence[Sequence[str]], width: int | None
) -> tuple[list[int], int | None]:
    """The places of the columns that fit, and the room for names where they have to be cut."""
    widths = [
        max(len(column.title), *(len(line[place]) for line in lines)) + GAP for place, column in enumerate(columns)
    ]
    least = [min(wide, LONG) if column.key == "name" else wide for wide, column in zip(widths, columns, strict=True)]
    if width is None or sum(widths) - GAP <= width:
        return list(range(len(columns))), None
    kept: list[int] = []
    for place in sorted(range(len(columns)), key=lambda place: columns[place].rank):
        if not columns[place].rank or sum(least[other] for other in (*kept, place)) - GAP <= width:
            kept.append(place)
    rest = sum(widths[place] for place in kept if columns[place].key != "name")
    names = sum(widths[place] for place in kept if columns[place].key == "name")
    room = None if names + rest - GAP <= width else max(LEAST, width - rest)
    return sorted(kept), room


def _style(column: Column, row: Line, network: Network) -> str:
    """Dim where there is nothing, bold where a tenth of the whole is, bold and coloured where a quarter is."""
    if column.key == "name":
        return "cyan"
    if column.summed:
        value = column.value(row, network)
        held = share(value, total_of(column, network))
        if isinstance(value, int) and value == 0:
            return "dim"
        if held is not None and held >= 0.1:
            return "bold yellow" if held < 0.25 else "bold red"
    return "bold" if column.key == "share" else ""


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"
