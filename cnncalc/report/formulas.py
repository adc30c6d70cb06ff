"""The breakdown with its arithmetic, as course notes print it: ``params: (3*3*3)*64 = 1,728``."""

from __future__ import annotations

from itertools import zip_longest
from textwrap import wrap
from typing import Any

from cnncalc.analysis.derivation import counted, symbolic_volume
from cnncalc.network.counts import BITS
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.numbers.traced import is_bare, plain, written
from cnncalc.report import units
from cnncalc.report.describe import label
from cnncalc.volume import Volume

INDENT = "    "


def formulas(network: Network, width: int | None = None) -> str:
    """One line a layer and a total; where lines are wider than `width`, the numbers go below their layer."""
    rows = []
    for name, volume in network.inputs.items():
        memory = _shown("memory", symbolic_volume(volume, spare=True).values)
        rows.append(["INPUT" if len(network.inputs) == 1 else name.upper(), _extents(volume), memory, "params: 0"])
    rows += [[label(node), _extents(node.output), *_parts(node)] for node in network.layers]
    wide = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    padded = [[f"{cell:<{room}}" for cell, room in zip(row, wide, strict=False)] for row in rows]
    lines = ["  ".join(cells).rstrip() for cells in padded]
    if width is not None and max(map(len, lines)) > width:
        lines = []
        for row, cells in zip(rows, padded, strict=True):
            lines += ["  ".join(cells[:2]).rstrip(), *(INDENT + part for part in row[2:])]
    last = _total(network, wide[0])
    if width is not None and max(map(len, last)) > width:
        last = [
            "TOTAL",
            *(INDENT + part for line in last for part in wrap(line.removeprefix("TOTAL").strip(), width - len(INDENT))),
        ]
    return "\n".join([*lines, *last]) + "\n"


def _extents(volume: Volume) -> str:
    return f"[{'x'.join(units.grouped(extent).replace(',', '') for extent in volume)}]"


def _shown(what: str, value: Any) -> str:
    """A number with the arithmetic that gives it, where there is any."""
    number = units.grouped(plain(value))
    return f"{what}: {number}" if is_bare(value) else f"{what}: {written(value)} = {number}"


def _parts(node: Node) -> list[str]:
    counts = counted(node)
    weights = _shown("params", counts["weights"])
    if plain(counts["weights"]) != node.weights:
        weights = f"params: 0 ({', '.join(node.notes)})"
    macs = [_shown("macs", counts["macs"])] if plain(counts["macs"]) else []
    return [_shown("memory", counts["activations"]), weights, *macs, *(["as given"] if node.layer.as_given else [])]


def _total(network: Network, wide: int) -> list[str]:
    totals, sizing = network.totals, network.sizing
    each = f"{BITS[sizing.dtype] / 8:g} byte{'' if BITS[sizing.dtype] == 8 else 's'}"
    images, per = ("", " per image") if sizing.batch == 1 else (f" × {sizing.batch:,} images", "")
    return [
        f"{'TOTAL':<{wide}}  memory: {units.grouped(totals.activations)} values × {each}{images} = "
        f"{units.memory(totals.activation_bytes)}{per} (forward only)",
        f"{'':<{wide}}  params: {units.grouped(totals.weights)} weights + {units.grouped(totals.biases)} biases",
        f"{'':<{wide}}  macs: {units.grouped(totals.macs)}",
    ]
