"""What drives what: the same network twice as wide, twice as deep, or at twice the resolution."""

from __future__ import annotations

import math
from typing import Any

from cnncalc.answers import Growth, Scaling
from cnncalc.dims import unknowns
from cnncalc.network.builder import again
from cnncalc.network.graph import Graph
from cnncalc.network.network import Network
from cnncalc.volume import Volume
from cnncalc.window import LayerError

METRICS = ("weights", "macs", "activations")
FACTOR = 2


def scaling(network: Network) -> Scaling:
    """How metrics grow, and with which power of the factor, when the network is scaled by two in each of three ways.

    The outputs keep their depth. If a way is impossible, it has no growth, and `done` says why.
    """
    ways = []
    for doubled, way in (("width", _wider), ("depth", _deeper), ("resolution", _larger)):
        growth: dict[str, float | None] = dict.fromkeys(METRICS)
        try:
            scaled, done = way(network)
            pairs = {metric: (getattr(scaled.totals, metric), getattr(network.totals, metric)) for metric in METRICS}
            growth = {metric: _times(*pair) for metric, pair in pairs.items()}
        except LayerError as error:
            done = error.message
        powers = {f"{metric}_exponent": math.log(times, FACTOR) if times else None for metric, times in growth.items()}
        ways.append(Growth(doubled=doubled, **growth, **powers, done=done))
    return Scaling(tuple(ways))


def _times(after: Any, before: Any) -> float | None:
    """How often the one goes into the other; None where nothing does, or either is not known."""
    return after / before if before and not unknowns(after + before) else None


def _wider(network: Network) -> tuple[Network, str]:
    """Twice as many filters and units, but for the last layer with its own depth on each way to an output."""
    wider = {node.name: layer for node in network.layers if (layer := node.layer.widened(FACTOR)) is not node.layer}
    last = Graph(network).leading_to(network.outputs, through=lambda node: node.name not in wider)
    wider = {name: layer for name, layer in wider.items() if name not in last}
    return again(network, layers=wider), f"filters of {_layers(len(wider))} doubled"


def _deeper(network: Network) -> tuple[Network, str]:
    """Every layer with weights and multiply-adds that keeps its volume, twice in a row."""
    twice = {
        node.name: (node.layer,) * FACTOR
        for node in network.layers
        if node.given == (node.output,) and node.weights and node.macs
    }
    if not twice:
        raise LayerError("no layer keeps its shape, so none can be repeated")
    return again(network, layers=twice), f"{_layers(len(twice), 'shape-preserving ')} repeated"


def _larger(network: Network) -> tuple[Network, str]:
    inputs = {
        name: Volume(tuple(side * FACTOR for side in volume.sides), volume.channels)
        for name, volume in network.inputs.items()
    }
    return again(network, inputs=inputs), "sides of the input twice as long"


def _layers(count: int, kind: str = "") -> str:
    return f"{count} {kind}layer{'' if count == 1 else 's'}"
