"""A breakdown: a network's layers, or its blocks folded to one row each, and where most of what it costs sits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct

from cnncalc.dims import total
from cnncalc.network.counts import SUMMED, Sizing
from cnncalc.network.network import Network
from cnncalc.network.node import Line, Node, Row
from cnncalc.volume import Volume


def entries(network: Network) -> list[Row]:
    """The inputs as rows: their values count among the activations, and they are not layers."""
    return [_entry(name, volume, network.sizing) for name, volume in network.inputs.items()]


def _entry(name: str, volume: Volume, sizing: Sizing) -> Row:
    counts: dict[str, Any] = {**dict.fromkeys(SUMMED, 0), "activations": volume.values}
    ones = (1,) * volume.rank
    return Row(
        **counts,
        name=name,
        type="input",
        inputs=(),
        output=tuple(volume),
        activation_bytes=sizing.activation_memory(volume.values),
        receptive_field=ones,
        jump=ones,
    )


def rows(network: Network, depth: int | None = None) -> Sequence[Line]:
    """The layers; with a depth, those whose names have more parts than that folded into one row per scope."""
    if depth is None:
        return network.layers

    def scope(node: Node) -> str:
        return ".".join(node.name.split(".")[:depth])

    return [_folded(name, tuple(nodes)) for name, nodes in groupby(network.layers, key=scope)]


def _folded(name: str, nodes: tuple[Node, ...]) -> Node | Row:
    return nodes[0] if len(nodes) == 1 and nodes[0].name == name else _group(name, nodes)


def _group(name: str, nodes: tuple[Node, ...]) -> Row:
    """Layers of one scope as one row: their counts added up, the last one's volume and reach."""
    own, last = {node.name for node in nodes}, nodes[-1]
    taken = (source for node in nodes for source in node.inputs if source not in own)
    counts: dict[str, Any] = {count: total(getattr(node, count) for node in nodes) for count in SUMMED}
    return Row(
        **counts,
        name=name,
        type="group",
        output=tuple(last.output),
        inputs=tuple(dict.fromkeys(taken)),
        fields={"layers": len(nodes)},
        activation_bytes=total(node.activation_bytes for node in nodes),
        receptive_field=last.receptive_field,
        jump=last.jump,
        notes=tuple(dict.fromkeys(note for node in nodes for note in node.notes)),
    )


def share(part: Any, whole: Any) -> float | None:
    """The part of the whole as a number from 0 to 1; None where a symbol is in it, or there is no whole."""
    return part / whole if isinstance(part, int) and isinstance(whole, int) and whole else None


def by_type(nodes: Iterable[Node], metric: str) -> dict[str, list[Node]]:
    """The layers that have any of the metric, by type, the type with most of it first."""
    found: dict[str, list[Node]] = {}
    for node in nodes:
        if getattr(node, metric):
            found.setdefault(node.type, []).append(node)
    return dict(sorted(found.items(), key=lambda item: -total(getattr(node, metric) for node in item[1])))


MOST = 0.6
"""From which share on the first layers of a type are worth naming by themselves."""


class Finding(Struct, frozen=True):
    """A share of a metric, and the layers that have it: `first` many of a type, or all of it when that is None."""

    metric: str
    share: float
    layers: tuple[Node, ...]
    first: int | None = None


def findings(network: Network) -> list[Finding]:
    """Where most of the activation memory, the parameters and the multiply-adds are; nothing of a symbolic network."""
    found = []
    for metric, fronted in (("activations", True), ("params", False), ("macs", False)):
        whole = getattr(network.totals, metric)
        if not isinstance(whole, int) or not whole:
            continue
        groups = by_type(network.layers, metric)
        if sum(len(nodes) for nodes in groups.values()) < 2:
            continue  # there is no place to tell from another
        nodes = next(iter(groups.values()))
        found.append(_front(metric, nodes, whole) if fronted else _all(metric, nodes, whole))
    return found


def _all(metric: str, nodes: list[Node], whole: int) -> Finding:
    held = share(total(getattr(node, metric) for node in nodes), whole) or 0.0
    return Finding(metric, held, tuple(nodes))


def _front(metric: str, nodes: list[Node], whole: int) -> Finding:
    """The fewest first layers of the type that hold most of the metric, when they are at most half of them."""
    held = 0
    for count, node in enumerate(nodes[: len(nodes) // 2], 1):
        held += getattr(node, metric)
        if held >= MOST * whole:
            return Finding(metric, held / whole, tuple(nodes[:count]), count)
    return _all(metric, nodes, whole)
