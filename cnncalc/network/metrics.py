"""What is measured of a whole network, by the names of :data:`cnncalc.limits.METRICS`."""

from __future__ import annotations

from typing import Any

from cnncalc.network.graph import strides
from cnncalc.network.limits import METRICS
from cnncalc.network.network import Network, Node


def measured(network: Network, metric: str) -> Any:
    """One metric of the network: a number, one per axis (None: it sees everything), or the volumes that leave it."""
    if metric == "output":
        return outputs(network)
    if metric == "depth":
        return depth(network)
    if metric == "nonlinearities":
        return sum(node.layer.nonlinear() for node in network.layers)
    if metric == "jump":
        return jump(network)
    return getattr(network.totals, metric)


def measures(network: Network) -> dict[str, Any]:
    """Every metric of the network, as it is compared: of the output the volumes, whatever gives them is called."""
    found = {metric: measured(network, metric) for metric in METRICS}
    return {**found, "output": tuple(found["output"].values())}


def outputs(network: Network) -> dict[str, tuple[Any, ...]]:
    """The volumes that leave the network, by the names of the layers or inputs that they are of."""
    known = {**network.inputs, **{node.name: node.output for node in network.layers}}
    return {name: tuple(known[name]) for name in network.outputs}


def depth(network: Network) -> int:
    """How many layers with weights and multiply-adds lie on the longest path: the 16 of VGG-16, the 50 of ResNet-50."""
    reached: dict[str, int] = {}
    for node in network.layers:
        before = max((reached.get(name, 0) for name in node.inputs), default=0)
        reached[node.name] = before + works(node)
    return max((reached.get(name, 0) for name in network.outputs), default=0)


def works(node: Node) -> bool:
    """Does the layer have weights (its own or shared ones) and multiply-adds?"""
    counts = node.layer.weights(*node.given)
    known_none = isinstance(counts, int) and counts == 0
    return not known_none and not (isinstance(node.macs, int) and node.macs == 0)


def jump(network: Network) -> tuple[Any, ...] | None:
    """The effective stride: that of the last layer that does not see everything, gates aside."""
    found = strides(network)
    return next((found[node.name] for node in reversed(network.layers) if found[node.name] is not None), None)
