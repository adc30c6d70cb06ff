"""The graph of a network: every walk along its edges."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from cnncalc.dims import maximum
from cnncalc.network.node import Layered
from cnncalc.reach import Reach


def strides(network: Layered) -> dict[str, tuple[Any, ...] | None]:
    """The stride of every layer against the input, per axis: all on the way multiplied, the widest where ways meet.

    None where only what sees everything leads to a layer; a gate that does is not asked where it meets other ways.
    """
    found: dict[str, tuple[Any, ...] | None] = {name: (1,) * volume.rank for name, volume in network.inputs.items()}
    for node in network.layers:
        ways = [way for name in node.inputs if (way := found[name]) is not None]
        own = node.layer.sees(*node.given)
        if own is None or not ways:
            found[node.name] = None
        else:
            widest = [_widest(axis) for axis in zip(*ways, strict=True)]
            moved = node.layer.carry(tuple(Reach(jump=stride) for stride in widest), own)
            found[node.name] = tuple(reach.jump for reach in moved)
    return found


def _widest(axis: Sequence[Any]) -> Any:
    return axis[0] if all(stride == axis[0] for stride in axis) else reduce(maximum, axis)
