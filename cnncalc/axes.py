"""What the dimensions of a volume are made of, after values have been regrouped: a view of the volume that was there.

Values that are reshaped, flattened or permuted are the same values in other places. A view says for every dimension,
from the one that changes most slowly on, which axes it runs along and in what steps, so that what is regrouped now and
put back later is followed through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from cnncalc.dims import Number
from cnncalc.volume import Volume


class Part(NamedTuple):
    """A stretch of an axis: `extent` places of it, each `step` further on. Channels, in any order, are axis -1."""

    axis: int
    extent: Number
    step: Number = 1


CHANNELS = -1

Parts: TypeAlias = tuple[Part, ...]
"""What one dimension runs along, the part that changes most slowly first; parts of extent 1 are left out."""
View: TypeAlias = tuple[Parts, ...]
"""What all dimensions of a volume run along, sides first and channels last."""


def view(volume: Volume) -> View:
    """A volume as it is: every side along its own axis.

    >>> view(Volume.of("24x28x3"))[0]
    (Part(axis=0, extent=24, step=1),)
    """
    sides = [_joined([Part(axis, side)]) for axis, side in enumerate(volume.sides)]
    return (*sides, _joined([Part(CHANNELS, volume.channels)]))


def reshaped(dims: View, extents: Sequence[Number]) -> View | None:
    """The same values in dimensions of other extents; None where an axis would be cut in uneven pieces.

    >>> wide = reshaped(view(Volume.of("24x28x3")), (24, 84, 1))
    >>> reshaped(wide, (24, 28, 3)) == view(Volume.of("24x28x3"))
    True
    """
    waiting = [part for parts in dims for part in parts][::-1]
    found = []
    for extent in extents:
        taken: list[Part] = []
        left = extent
        while left != 1:
            if not waiting:
                return None
            axis, length, step = waiting.pop()
            inner = 1
            if left // length * length != left:  # more than is left: only its slow part belongs here
                inner = length // left
                if inner * left != length:
                    return None
                waiting.append(Part(axis, inner, step))
            taken.append(Part(axis, length // inner, step * inner))
            left = left // (length // inner)
        found.append(_joined(taken))
    return None if waiting else tuple(found)


def permuted(dims: View, order: Sequence[int]) -> View:
    """The same values with the dimensions in another order."""
    return tuple(dims[place] for place in order)


def plain(dims: View, rank: int) -> bool:
    """Does every side run along its own axis again, and nothing else?"""
    *sides, channels = dims
    return (
        len(sides) == rank
        and of_channels(channels)
        and all(not parts or [part[::2] for part in parts] == [(axis, 1)] for axis, parts in enumerate(sides))
    )


def of_channels(parts: Parts) -> bool:
    """Does the dimension run along channels alone, or along nothing?"""
    return all(part.axis == CHANNELS for part in parts)


def whole_axis(dims: View, place: int) -> int | None:
    """The axis that a dimension runs along in single steps, where no other dimension does; None where there is none."""
    if len(dims[place]) != 1 or dims[place][0].step != 1:
        return None
    axis = dims[place][0].axis
    others = [part.axis for at, parts in enumerate(dims) for part in parts if at != place]
    return None if axis in others else axis


def resized(dims: View, place: int, extent: Number) -> View:
    """The view with another extent of a dimension that runs along a whole axis, or along channels."""
    axis = dims[place][0].axis if dims[place] else CHANNELS
    return (*dims[:place], _joined([Part(axis, extent)]), *dims[place + 1 :])


def _joined(parts: Sequence[Part]) -> Parts:
    """Neighbours that run on along one axis as one part, and none of extent 1."""
    found: list[Part] = []
    for axis, extent, step in parts:
        part = Part(axis, extent, 1 if axis == CHANNELS else step)  # the order of channels is nothing to a field
        before = found[-1] if found else None
        if before and before.axis == part.axis and (part.axis == CHANNELS or before.step == part.step * part.extent):
            found[-1] = part._replace(extent=before.extent * part.extent)
        elif part.extent != 1:
            found.append(part)
    return tuple(found)
