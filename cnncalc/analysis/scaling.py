"""What drives what: the same network twice as wide, twice as deep, or at twice the resolution."""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct

from cnncalc.answers import Growth, Scaling
from cnncalc.network.builder import again
from cnncalc.network.graph import Graph
from cnncalc.network.network import Network
from cnncalc.volume import Volume
from cnncalc.window import LayerError

METRICS = ("weights", "macs", "activations")
FACTOR = 2


class Scaled(Struct, frozen=True):
    """A way of scaling: the network it gives, or why it gives none, and what was done to how many layers."""

    what: str
    network: Network | None
    done: str

    def growth(self, network: Network) -> dict[str, float | None]:
        """By what each metric is multiplied; None where there was none of it."""
        if self.network is None:
            return {}
        pairs = {metric: (getattr(self.network.totals, metric), getattr(network.totals, metric)) for metric in METRICS}
        return {metric: own / before if before else None for metric, (own, before) in pairs.items()}


def exponent(growth: float) -> float:
    """The power of the factor that a growth is: 2 where doubling makes four times as much."""
    return math.log(growth, FACTOR)


def scalings(network: Network) -> list[Scaled]:
    """The network scaled by two in each of the three ways, layer by layer; its outputs keep their depth."""
    return [
        _scaled("width", network, _wider),
        _scaled("depth", network, _deeper),
        _scaled("resolution", network, _larger),
    ]


def _scaled(what: str, network: Network, way: Any) -> Scaled:
    try:
        found, done = way(network)
    except LayerError as error:
        return Scaled(what, None, error.message)
    return Scaled(what, found, done)


def _wider(network: Network) -> tuple[Network, str]:
    """Twice as many filters and units everywhere but in the layers that say the depth of the outputs."""
    kept = last_to_say(network)
    wider = {
        node.name: layer
        for node in network.layers
        if node.name not in kept and (layer := node.layer.widened(FACTOR)) is not node.layer
    }
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
    """Sides twice as long."""
    inputs = {
        name: Volume(tuple(side * FACTOR for side in volume.sides), volume.channels)
        for name, volume in network.inputs.items()
    }
    return again(network, inputs=inputs), "sides of the input twice as long"


def _layers(count: int, kind: str = "") -> str:
    return f"{count} {kind}layer{'' if count == 1 else 's'}"


def last_to_say(network: Network) -> set[str]:
    """The layers that say the depth of the outputs: the last on each way that a wider network would change."""
    saying = {node.name for node in network.layers if node.layer.widened(FACTOR) is not node.layer}
    return saying & Graph(network).leading_to(network.outputs, through=lambda node: node.name not in saying)


def scaling(network: Network) -> Scaling:
    """For each way of scaling, how metrics grow, to which power, and what was done."""
    ways = []
    for way in scalings(network):
        growth = way.growth(network)
        found: dict[str, Any] = {metric: growth.get(metric) for metric in METRICS}
        found |= {f"{metric}_exponent": exponent(times) if times else None for metric, times in found.items()}
        ways.append(Growth(doubled=way.what, **found, done=way.done))
    return Scaling(tuple(ways))
