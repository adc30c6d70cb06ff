"""The breakdown with its arithmetic, as course notes print it: ``params: (3*3*3)*64 = 1,728``."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from cnncalc.analysis.derivation import counted, symbolic_volume
from cnncalc.network.counts import BITS
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.numbers.traced import is_bare, plain, written
from cnncalc.report import units
from cnncalc.report.describe import label

INDENT = "    "


def formulas(network: Network, width: int | None = None) -> str:
    """One line a layer and a total; where lines are wider than `width`, the numbers go below their layer."""
    found = [
        (
            "INPUT" if len(network.inputs) == 1 else name.upper(),
            volume,
            [shown("memory", symbolic_volume(volume, spare=True).values), "params: 0"],
        )
        for name, volume in network.inputs.items()
    ]
    found += [(label(node), node.output, _parts(node)) for node in network.layers]
    heads = [
        (name, f"[{'x'.join(units.grouped(extent).replace(',', '') for extent in volume)}]")
        for name, volume, _ in found
    ]
    wide = [max(len(head[place]) for head in heads) for place in (0, 1)]
    texts = [f"{name:<{wide[0]}}  {volume:<{wide[1]}}" for name, volume in heads]
    columns = [max((len(parts[place]) for _, _, parts in found if len(parts) > place), default=0) for place in range(3)]
    lines = []
    for head, (_, _, parts) in zip(texts, found, strict=True):
        line = head + "".join(f"  {part:<{columns[place]}}" for place, part in enumerate(parts))
        lines.append(line.rstrip())
    if width is not None and max(map(len, lines)) > width:
        lines = [
            line
            for head, (_, _, parts) in zip(texts, found, strict=True)
            for line in (head.rstrip(), *(INDENT + part for part in parts))
        ]
    last = _total(network, wide[0])
    if width is not None and max(map(len, last)) > width:
        last = [
            "TOTAL",
            *(INDENT + part for line in last for part in wrap(line.removeprefix("TOTAL").strip(), width - len(INDENT))),
        ]
    return "\n".join([*lines, *last]) + "\n"


def shown(what: str, value: Any) -> str:
    """A number with the arithmetic that gives it, where there is any."""
    number = units.grouped(plain(value))
    return f"{what}: {number}" if is_bare(value) else f"{what}: {written(value)} = {number}"


def _parts(node: Node) -> list[str]:
    counts = counted(node)
    own = plain(counts["weights"])
    weights = shown("params", counts["weights"]) if own == node.weights else f"params: 0 ({', '.join(node.notes)})"
    parts = [shown("memory", counts["activations"]), weights]
    return [*parts, shown("macs", counts["macs"])] if plain(counts["macs"]) else parts


def _total(network: Network, wide: int) -> list[str]:
    totals, sizing = network.totals, network.sizing
    each = f"{BITS[sizing.dtype] / 8:g} byte{'' if BITS[sizing.dtype] == 8 else 's'}"
    images = "" if sizing.batch == 1 else f" × {sizing.batch:,} images"
    per = " per image" if sizing.batch == 1 else ""
    return [
        f"{'TOTAL':<{wide}}  memory: {units.grouped(totals.activations)} values × {each}{images} = "
        f"{units.memory(totals.activation_bytes)}{per} (forward only)",
        f"{'':<{wide}}  params: {units.grouped(totals.weights)} weights + {units.grouped(totals.biases)} biases",
        f"{'':<{wide}}  macs: {units.grouped(totals.macs)}",
    ]
