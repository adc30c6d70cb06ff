"""A breakdown: a network's layers, or its blocks folded into one row each, and which layers cost the most."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import Any

from msgspec import Struct

from cnncalc.dims import total
from cnncalc.network.counts import SUMMED
from cnncalc.network.network import Network
from cnncalc.network.node import Line, Node, Row


def entries(network: Network) -> list[Row]:
    """The inputs as rows: their values count as activations, but they are not layers."""
    inputs = []
    for name, volume in network.inputs.items():
        counts: dict[str, Any] = {**dict.fromkeys(SUMMED, 0), "activations": volume.values}
        ones = (1,) * volume.rank
        inputs.append(
            Row(
                **counts,
                name=name,
                type="input",
                inputs=(),
                output=tuple(volume),
                activation_bytes=network.sizing.activation_memory(volume.values),
                receptive_field=ones,
                receptive_field_smallest=ones,
                jump=ones,
            )
        )
    return inputs


def rows(network: Network, depth: int | None = None) -> Sequence[Line]:
    """The layers; with a depth, layers whose names have more parts than that are folded into one row per scope."""
    if depth is None:
        return network.layers
    scopes = groupby(network.layers, key=lambda node: ".".join(node.name.split(".")[:depth]))
    return [_group(name, tuple(nodes)) for name, nodes in scopes]


def _group(scope: str, nodes: tuple[Node, ...]) -> Line:
    """Layers of one scope as one row: their counts added up, the last one's volume and reach; a single one as it is."""
    names, last = {node.name for node in nodes}, nodes[-1]
    if names == {scope}:
        return last
    taken = (source for node in nodes for source in node.inputs if source not in names)
    counts: dict[str, Any] = {count: total(getattr(node, count) for node in nodes) for count in SUMMED}
    return Row(
        **counts,
        name=scope,
        type="group",
        output=tuple(last.output),
        inputs=tuple(dict.fromkeys(taken)),
        fields={"layers": len(nodes)},
        activation_bytes=total(node.activation_bytes for node in nodes),
        receptive_field=last.receptive_field,
        receptive_field_smallest=last.receptive_field_smallest,
        receptive_field_bound=last.receptive_field_bound,
        jump=last.jump,
        notes=tuple(dict.fromkeys(note for node in nodes for note in node.notes)),
    )


def share(part: Any, whole: Any) -> float | None:
    """The part of the whole as a number from 0 to 1; None if either has a symbol, or the whole is 0."""
    return part / whole if isinstance(part, int) and isinstance(whole, int) and whole else None


MOST = 0.6
"""The share above which the first layers of a type are worth naming on their own."""


class Finding(Struct, frozen=True):
    """A share of a metric, and the layers that have it: the `first` so many of a type, or all of it if None."""

    metric: str
    share: float
    layers: tuple[Node, ...]
    first: int | None = None


def findings(network: Network) -> list[Finding]:
    """Where most of the activation memory, parameters and multiply-adds are; nothing for a symbolic network."""
    shares = []
    for metric in ("activations", "params", "macs"):
        whole = getattr(network.totals, metric)
        if not isinstance(whole, int) or not whole:
            continue
        types: dict[str, list[Node]] = {}
        for node in network.layers:
            if getattr(node, metric):
                types.setdefault(node.type, []).append(node)
        if sum(map(len, types.values())) < 2:
            continue  # there is no place to tell from another
        nodes = max(types.values(), key=lambda nodes: sum(getattr(node, metric) for node in nodes))
        first = _first(metric, nodes, whole) if metric == "activations" else None
        held = sum(getattr(node, metric) for node in nodes[:first])
        shares.append(Finding(metric, held / whole, tuple(nodes[:first]), first))
    return shares


def _first(metric: str, nodes: list[Node], whole: int) -> int | None:
    """How many first layers of the type hold most of the metric; None where it takes more than half of them."""
    held = accumulate(getattr(node, metric) for node in nodes[: len(nodes) // 2])
    return next((count for count, part in enumerate(held, 1) if part >= MOST * whole), None)
