"""A breakdown as a page and as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, takewhile
from typing import Any

from msgspec.structs import replace

from cnncalc.analysis.breakdown import Finding, entries, findings, rows, share
from cnncalc.layers import registry
from cnncalc.network import node
from cnncalc.network.network import Network, Summary
from cnncalc.report import units
from cnncalc.report.columns import LayerColumn, exact, total_of
from cnncalc.report.describe import described
from cnncalc.report.page import Block, Grid, Line, Row

LONG = 60
"""From how many rows on a table says how its blocks fold."""


def result(network: Network, depth: int | None = None) -> Summary:
    """The machine-readable result of one network, folded to a depth where one is given."""
    return network.summary(rows(network, depth))


def answer(networks: Sequence[Network], depth: int | None = None) -> Summary | list[Summary]:
    """The same of several: a list, unless there is one."""
    results = [result(network, depth) for network in networks]
    return results[0] if len(results) == 1 else results


def page(
    network: Network, columns: Sequence[LayerColumn], depth: int | None = None, *, chosen: bool = False
) -> list[Block]:
    """The page of a network: what it is called and where it is from, the table, and the sentences below.

    Columns that were `chosen` all stay, however little room there is.
    """
    layers = _body(network, depth)
    tree = list(_tree(layers))
    body = []
    for name, row in tree:
        cells = [column.cell(row, network) if row else "" for column in columns]
        styles = [_style(column, row, network) if row else "dim" for column in columns]
        body.append(
            Row([name if column.key == "name" else cell for column, cell in zip(columns, cells, strict=True)], styles)
        )
    totals = [
        "Total" if column.key == "name" else "" if (value := total_of(column, network)) is None else column.show(value)
        for column in columns
    ]
    wide = Grid([replace(column, rank=0) for column in columns], body, totals)
    # In this order columns go: the rank, then from the right.
    ranks = [0 if chosen else column.rank and column.rank * 100 + place for place, column in enumerate(columns)]
    ranked = [replace(column, rank=rank) for column, rank in zip(columns, ranks, strict=True)]
    narrow = wide._replace(columns=ranked, fills=True, rest="--columns all shows them")
    folds = bool(depth is None and len(body) > LONG and len(body) > len(layers))
    return [
        Line(network.name, "heading", network.source if network.source != network.name else ""),
        wide._replace(narrower=[partial(_joined, narrow, tree)]),
        *([Line(f"{len(network.layers):,} layers; --depth 1 folds each block into one row.", "dim")] if folds else []),
        *map(Line, footer(network)),
    ]


def _tree(layers: Iterable[node.Line]) -> Iterator[tuple[str, node.Line | None]]:
    """The name of each row and its layer, indented below a row for each of its blocks."""
    open_blocks: list[str] = []
    for layer in layers:
        *blocks, name = layer.name.split(".")
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(blocks, open_blocks, strict=False)))
        for level in range(shared, len(blocks)):
            yield "  " * level + blocks[level], None
        open_blocks = blocks
        yield "  " * len(blocks) + name, layer


def _label(name: str, row: node.Line | None) -> str:
    """The name with what the layer is; a type that the name is made of is not said twice."""
    if row is None:
        return name
    label, made_of = described(row), row.name.rpartition(".")[2].rstrip("0123456789")
    return f"{name} {label.removeprefix(row.type).lstrip() if made_of == row.type else label}".rstrip()


def _joined(grid: Grid, tree: Sequence[tuple[str, node.Line | None]]) -> Grid:
    """The same with the name and the layer in one column, where it has both."""
    keys = [column.key for column in grid.columns]
    if not {"name", "layer"} <= {*keys}:
        return grid
    at, gone = keys.index("name"), keys.index("layer")

    def without(cells: Sequence[Any], first: Any) -> list[Any]:
        return [first if place == at else cell for place, cell in enumerate(cells) if place != gone]

    rows = [
        Row(without(row.cells, _label(*line)), without(row.styles, row.styles[at]))
        for row, line in zip(grid.rows, tree, strict=True)
    ]
    columns = without(grid.columns, replace(grid.columns[at], title="Layer", gives="cut", least=26))
    return grid._replace(columns=columns, rows=rows, footer=without(grid.footer, grid.footer[at]))


def records(networks: Sequence[Network], columns: Sequence[LayerColumn], depth: int | None = None) -> list[list[Any]]:
    """The titles, the rows and the totals, exact; several networks are told apart by a first column."""
    several = len(networks) > 1
    lines: list[list[Any]] = [[*(["network"] if several else []), *(column.key for column in columns)]]
    for network in networks:
        body = [[column.record(row, network) for column in columns] for row in _body(network, depth)]
        body.append(["total" if column.key == "name" else exact(total_of(column, network)) for column in columns])
        lines += [[network.name, *cells] for cells in body] if several else body
    return lines


def footer(network: Network) -> list[str]:
    """What is said below a breakdown: the totals in words, where they sit, and what is assumed."""
    totals, sizing = network.totals, network.sizing
    images = "per image" if sizing.batch == 1 else f"for {sizing.batch:,} images"
    frozen = sum(node.buffers for node in network.layers if node.frozen)
    held = f" ({units.grouped(frozen)} of them in frozen layers)" if frozen else ""
    beside = f"{units.grouped(totals.buffers)} values in buffers{held}, " if totals.buffers else ""
    trained = "all trainable, " if totals.params else ""
    lines = [
        f"{units.grouped(totals.params)} parameters ({units.memory(totals.weight_bytes)} as {sizing.dtype}), "
        f"{trained}{beside}{units.grouped(totals.macs)} multiply-adds.",
        f"{units.grouped(totals.activations)} activations{'' if sizing.batch == 1 else ' per image'} "
        f"({units.memory(totals.activation_bytes)} {images}, forward only).",
    ]
    lines += _sentences(network)
    lines += _given(network)
    if network.assumptions:
        lines.append("Holds for " + ", ".join(network.assumptions) + ".")
    return lines


def _given(network: Network) -> Iterator[str]:
    """The layers whose counts are as given; those that lack the same counts share a sentence."""
    nodes = sorted((node for node in network.layers if node.layer.as_given), key=lambda node: node.layer.remark())
    for remark, group in groupby(nodes, key=lambda node: node.layer.remark()):
        yield f"{', '.join(node.name for node in group)}: {remark}."
    if network.incomplete:
        yield "Where a ? stands a count is not given, and the sum it is in is incomplete."


_OF = {"activations": "of the activation memory", "params": "of the parameters", "macs": "of the multiply-adds"}


def _sentences(network: Network) -> list[str]:
    """One or two sentences that say where memory, parameters and multiply-adds sit."""
    held = findings(network)
    first = [finding for finding in held if finding.metric != "macs"]
    if len(first) > 1 and len({_where(finding) for finding in first}) == 1:
        sentence = f"{' and '.join(map(_amount, first))} are in the {_where(first[0])}"
    else:
        sentence = ", ".join(_clause(finding, opening=place == 0) for place, finding in enumerate(first))
    second = [_clause(finding, opening=True) for finding in held if finding.metric == "macs"]
    return [f"{text}." for text in (sentence, *second) if text]


def _amount(finding: Finding) -> str:
    return f"{units.percent(finding.share)} {_OF[finding.metric]}"


def _where(finding: Finding) -> str:
    kind = registry()[finding.layers[0].type]
    plural = kind.plural or f"{kind.type_name()} layers"
    many = len(finding.layers) > 1
    noun = plural if many else plural.removesuffix("s")
    if finding.first is None:
        return noun
    return f"first {units.counted(finding.first)} {noun}" if many else f"first {noun}"


def _clause(finding: Finding, opening: bool) -> str:
    verb = " is" if finding.metric == "activations" else " are"
    return f"{_amount(finding)}{verb if opening else ''} in the {_where(finding)}"


def _body(network: Network, depth: int | None) -> list[node.Line]:
    """The inputs, then the layers: with these rows every column that sums adds up to its total."""
    return [*entries(network), *rows(network, depth)]


def _style(column: LayerColumn, row: node.Line, network: Network) -> str:
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
