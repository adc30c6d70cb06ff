"""Which sizes of the input fit: the shapes of a network, run again on others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from math import lcm
from typing import NamedTuple

from cnncalc.layers import Layer
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.volume import Volume
from cnncalc.window import LayerError

MOST = 200_000
"""How many layers are run at most to find out."""
FAR = 64
"""How far from a size that does not fit one that does is looked for."""

TRIES = 8
"""How many of them are asked in either direction whether the whole network fits."""


class Step(NamedTuple):
    """A layer and what it reads."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]


def fitting(network: Network) -> tuple[int, list[int]] | None:
    """After how many values sizes behave alike, and how many more values a side may have, fewer than that.

    All sides grow together. None where every size fits, where there are several inputs or symbols, and where finding
    out would take long.
    """
    if network.symbolic or len(network.inputs) != 1:
        return None
    period = 1
    for node in network.layers:
        period = lcm(period, *(axis.jump or 1 for axis in node.sight.axes if isinstance(axis.jump, int)))
    if period * len(network.layers) > MOST:
        return None
    fit = [more for more in range(period) if takes(network.layers, network.inputs, more)]
    return (period, fit) if len(fit) < period else None


def nearest(steps: Iterable[Node | Step], inputs: Mapping[str, Volume], fits: Callable[[Volume], bool]) -> list[Volume]:
    """The one input made smaller and larger on all sides as little as it takes for it to fit.

    Only where these layers, the first of the network, are possible is asked whether it `fits`.
    """
    steps = list(steps)
    if len(inputs) != 1 or len(steps) * FAR > MOST:
        return []
    (volume,) = inputs.values()
    if not volume.sides or not all(isinstance(side, int) for side in volume.sides):
        return []
    ways = (range(-1, -min(FAR, *(side // 2 for side in volume.sides)), -1), range(1, FAR))
    grown = ((_grown(volume, more) for more in way if takes(steps, inputs, more)) for way in ways)
    return [fit for way in grown if (fit := next(filter(fits, islice(way, TRIES)), None))]


def takes(steps: Iterable[Node | Step], inputs: Mapping[str, Volume], more: int) -> bool:
    """Are the layers possible where every side of the inputs has so many more values?"""
    volumes = {name: _grown(volume, more) for name, volume in inputs.items()}
    try:
        for step in steps:
            volumes[step.name] = step.layer.output(*(volumes[source] for source in step.inputs))
    except LayerError:
        return False
    return True


def _grown(volume: Volume, more: int) -> Volume:
    return Volume(tuple(side + more for side in volume.sides), volume.channels)
