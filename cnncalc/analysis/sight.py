"""How the receptive field grows through a network, layer by layer."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from cnncalc.dims import ratio
from cnncalc.network.graph import Graph
from cnncalc.network.network import Network
from cnncalc.network.node import Node, seen, unaligned_note


class Sight(Struct, frozen=True):
    """What one output value of a layer sees of the input, per axis, and where the first and the last look.

    Centres are positions in the input, counted from 0; `padding` is how much of the first field lies before the input.
    """

    name: str
    type: str
    size: tuple[Any, ...]
    jump: tuple[Any, ...]
    first_centre: tuple[Any, ...]
    last_centre: tuple[Any, ...]
    padding: tuple[Any, ...]
    notes: tuple[str, ...] = ()


def sight(node: Node) -> Sight | None:
    """What a layer sees; None if that is everything."""
    size = seen(node.reach)
    if node.reach is None or size is None:
        return None
    first = tuple(reach.start + ratio(reach.size - 1, 2) for reach in node.reach)
    last = tuple(
        centre + (side - 1) * reach.jump
        for centre, side, reach in zip(first, node.output.sides, node.reach, strict=True)
    )
    return Sight(
        node.name,
        node.type,
        size,
        tuple(reach.jump for reach in node.reach),
        first,
        last,
        tuple(-reach.start for reach in node.reach),
        tuple(filter(None, [unaligned_note(node.unaligned)])),
    )


def ladder(network: Network, last: str | None = None) -> tuple[list[Sight], list[str]]:
    """What the layers see, in order, and the names of those that see everything.

    With `last`, only that layer and those that lead to it. Layers that see what their input sees are left out, unless
    they are the last, or their inputs are not aligned. Raises KeyError if there is no layer called `last`.
    """
    nodes = network.layers
    if last is not None:
        wanted = Graph(network).leading_to([network.layer(last).name])
        nodes = tuple(node for node in nodes if node.name in wanted)
    steps: list[Sight] = []
    everything: list[str] = []
    for node in nodes:
        step = sight(node)
        if step is None:
            everything.append(node.name)
        elif node.reach != node.arriving or step.notes or node.name == last:
            steps.append(step)
    return steps, everything
