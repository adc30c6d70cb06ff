"""A breakdown as a page and as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.analysis.breakdown import entries, rows, share
from cnncalc.network import node
from cnncalc.network.network import Network, Summary
from cnncalc.report import units
from cnncalc.report.columns import Column, exact, total_of
from cnncalc.report.page import Block, Grid, Line, Row
from cnncalc.report.page import Column as Head
from cnncalc.report.sentences import sentences

LEAST = 22
"""To this much a name may be cut to make room for other columns."""


def result(network: Network, depth: int | None = None) -> Summary:
    """The machine-readable result of one network, folded to a depth where one is given."""
    return network.summary(rows(network, depth))


def answer(networks: Sequence[Network], depth: int | None = None) -> Summary | list[Summary]:
    """The same of several: a list, unless there is one."""
    found = [result(network, depth) for network in networks]
    return found[0] if len(found) == 1 else found


def page(network: Network, columns: Sequence[Column], depth: int | None = None) -> list[Block]:
    """The page of a network: what it is called and where it is from, the table, and the sentences below."""
    shown = [
        # In this order columns go: the rank, then from the right.
        Head(
            column.key,
            column.title,
            column.right,
            column.rank and column.rank * 100 + place,
            "cut" if column.key == "name" else "",
            LEAST,
        )
        for place, column in enumerate(columns)
    ]
    body = [
        Row(
            [column.show(column.value(row, network)) for column in columns],
            [_style(column, row, network) for column in columns],
        )
        for row in _body(network, depth)
    ]
    totals = [
        "Total" if column.key == "name" else "" if (value := total_of(column, network)) is None else column.show(value)
        for column in columns
    ]
    return [
        Line(network.name, "heading", network.source if network.source != network.name else ""),
        Grid(shown, body, totals, fills=True),
        *map(Line, footer(network)),
    ]


def records(networks: Sequence[Network], columns: Sequence[Column], depth: int | None = None) -> list[list[Any]]:
    """The titles, the rows and the totals, exact; several networks are told apart by a first column."""
    several = len(networks) > 1
    found: list[list[Any]] = [[*(["network"] if several else []), *(column.key for column in columns)]]
    for network in networks:
        lead = [network.name] if several else []
        for row in _body(network, depth):
            found.append([*lead, *(exact(column.value(row, network)) for column in columns)])
        totals = ["total" if column.key == "name" else exact(total_of(column, network)) for column in columns]
        found.append([*lead, *totals])
    return found


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


def _body(network: Network, depth: int | None) -> list[node.Line]:
    """The inputs, then the layers: with these rows every column that sums adds up to its total."""
    return [*entries(network), *rows(network, depth)]


def _style(column: Column, row: node.Line, network: Network) -> str:
    """Dim where there is nothing, bold where a tenth of the whole is, bold and coloured where a quarter is."""
    if column.key == "name":
        return "name"
    if column.summed:
        value = column.value(row, network)
        held = share(value, total_of(column, network))
        if isinstance(value, int) and value == 0:
            return "dim"
        if held is not None and held >= 0.1:
            return "much" if held < 0.25 else "most"
    return "bold" if column.key == "share" else ""
