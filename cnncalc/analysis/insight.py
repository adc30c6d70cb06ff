"""The sentence or two that a breakdown is drawn for: where memory, parameters and multiply-adds sit."""

from __future__ import annotations

from msgspec import Struct

from cnncalc.analysis.breakdown import by_type, share
from cnncalc.dims import total
from cnncalc.network.network import Network, Node

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
