"""Which sizes of the input a network takes."""

from __future__ import annotations

from math import lcm

from cnncalc.network.graph import strides
from cnncalc.network.network import Network
from cnncalc.volume import Volume
from cnncalc.window import LayerError

MOST = 200_000
"""How many layers are run at most to find out."""


def fitting(network: Network) -> tuple[int, list[int]] | None:
    """After how many values sizes behave alike, and how many more values a side may have, fewer than that.

    All sides grow together. None where every size fits, where there are several inputs or symbols, and where finding
    out would take long.

    >>> import cnncalc
    >>> fitting(cnncalc.load("unet"))
    (16, [0])
    """
    if network.symbolic or len(network.inputs) != 1:
        return None
    step = 1
    for stride in strides(network).values():
        step = lcm(step, *(axis for axis in stride or () if isinstance(axis, int)))
    if step * len(network.layers) > MOST:
        return None
    ((name, volume),) = network.inputs.items()
    grown = (Volume(tuple(side + more for side in volume.sides), volume.channels) for more in range(step))
    fit = [more for more, given in enumerate(grown) if _takes(network, {name: given})]
    return (step, fit) if len(fit) < step else None


def _takes(network: Network, volumes: dict[str, Volume]) -> bool:
    try:
        for node in network.layers:
            volumes[node.name] = node.layer.output(*(volumes[source] for source in node.inputs))
    except LayerError:
        return False
    return True
