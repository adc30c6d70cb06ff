"""Which sizes of the input fit: the shapes of a network, run again on others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from math import lcm
from typing import NamedTuple, TypeAlias

from cnncalc.layers import Layer
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.volume import AXES, Volume, known
from cnncalc.window import LayerError

MOST = 200_000
"""How many layers are run at most to find out."""
FAR = 64
"""How far from a size that does not fit one that does is looked for."""

TRIES = 8
"""How many of them are asked in either direction whether the whole network fits."""

ADJECTIVES = {"length": "long", "width": "wide", "height": "high", "depth": "deep"}

Fits: TypeAlias = Callable[[Volume], bool]


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
    ((name, volume),) = network.inputs.items()
    period = 1
    for node in network.layers:
        period = lcm(period, *(axis.jump or 1 for axis in node.sight.axes if isinstance(axis.jump, int)))
    if period * len(network.layers) > MOST:
        return None
    fit = [more for more in range(period) if takes(network.layers, {name: _grown(volume, more)})]
    return (period, fit) if len(fit) < period else None


def written(step: int, remainders: Iterable[int]) -> str:
    """Sides that fit, in words: multiples of 16, or 16·k + 12."""
    return ", ".join(f"{step}·k + {left}" if left else f"multiples of {step}" for left in sorted(remainders))


def would_do(nodes: Mapping[str, Node], last: Step, inputs: Mapping[str, Volume], fits: Fits) -> str:
    """Which input would do for a network whose `last` layer, a window or a join, does not fit; '' if none is known.

    Only where these layers, the first of the network, are possible is asked whether the whole of it `fits`.
    """
    steps: list[Node | Step] = [*nodes.values(), last]
    ((name, volume), *others) = inputs.items()
    if others or len(steps) * FAR > MOST or not volume.sides or not all(map(known, volume)):
        return ""

    def possible(other: Volume) -> bool:
        return takes(steps, {name: other}) and fits(other)

    if not last.layer.merges:
        return _larger(volume, possible)
    odd = _odd(nodes, last, volume)
    near = _nearest(volume, lambda other: takes(steps, {name: other}), fits)
    if not near:
        return odd
    step = near[-1].sides[0] - near[0].sides[0]
    kinds = {side % step for side in near[0].sides} if step else set()
    again = len(kinds) == 1 and all(possible(_grown(near[-1], times * step)) for times in (1, 2))
    forms = f" ({written(step, kinds)} fit)" if again else ""
    return f"{odd}{odd and ': '}take an input of {' or '.join(map(str, near))}{forms}"


def _nearest(volume: Volume, possible: Fits, fits: Fits) -> list[Volume]:
    """The volume made smaller and larger on all sides as little as it takes for it to fit."""
    ways = (range(-1, -min(FAR, *(side // 2 for side in volume.sides)), -1), range(1, FAR))
    grown = (filter(possible, (_grown(volume, more) for more in way)) for way in ways)
    return [fit for way in grown if (fit := next(filter(fits, islice(way, TRIES)), None))]


def _larger(volume: Volume, possible: Fits) -> str:
    """How large the input must be, on the one axis that is too small or on all; or that its channels stand first."""
    first, *sides = volume
    turned = Volume(tuple(sides), first)
    if first <= 4 and volume.rank > 1 and possible(turned):  # no image has more channels
        return f"take an input of {turned} (channels come last here)"
    for axis in (*AXES[volume.rank], ""):
        found = bisect_left(range(FAR), True, key=lambda more: possible(_grown(volume, more, axis)))
        if found < FAR:
            large = _grown(volume, found, axis)
            size = f"at least {large.along(axis)} {ADJECTIVES[axis]}" if axis else f"of at least {large}"
            return f"take an input {size}"
    return ""


def _odd(nodes: Mapping[str, Node], last: Step, given: Volume) -> str:
    """The layer before a join where a side of one of its volumes did not divide evenly: 143 was halved to 71."""
    leading = {*last.inputs}
    sides = {side for name in last.inputs for side in (nodes[name].output if name in nodes else given).sides}
    for node in reversed([*nodes.values()]):
        if node.name in leading:
            leading.update(node.inputs)
            if not node.windows:
                continue
            for window, side, after in zip(node.windows, node.given[0].sides, node.output.sides, strict=False):
                if after < side and side in sides and side % window.stride:
                    how = "was halved to" if window.stride == 2 else "became"
                    return f"{side} {how} {after} at {node.name}"
    return ""


def takes(steps: Iterable[Node | Step], inputs: Mapping[str, Volume]) -> bool:
    """Are the layers possible on these inputs?"""
    volumes = dict(inputs)
    try:
        for step in steps:
            volumes[step.name] = step.layer.sized(volumes).output(*(volumes[source] for source in step.inputs))
    except LayerError:
        return False
    return True


def _grown(volume: Volume, more: int, only: str = "") -> Volume:
    """The volume with so many more values on every side, or on one."""
    sides = zip(AXES[volume.rank], volume.sides, strict=True)
    return Volume(tuple(side + more * (only in ("", axis)) for axis, side in sides), volume.channels)
