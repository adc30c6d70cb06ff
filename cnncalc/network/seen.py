"""What the values of a volume see of the inputs of a network: along its layers, and through views of its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from cnncalc.axes import Part, View, of_channels, plain, resized, view, whole_axis
from cnncalc.dims import Number, certainly, differ, prod
from cnncalc.layers.base import Layer
from cnncalc.reach import SELF, Axis, Own, Reach, Rows, rows, union, work
from cnncalc.volume import Volume

MOST_ROWS = 1_000_000
"""How many taps and outputs are followed in a network where outputs see differently; further on it is a bound."""
MOST_INPUTS = 16
"""Of how many inputs it is followed what a volume sees: those of which it sees most."""

Extents: TypeAlias = tuple[Number, ...]


class Field(NamedTuple):
    """How much one output sees, per axis of the input: of the output that sees most, and of the one that sees least.

    `most` of None is everything, `least` of None is that or unknown. `bound` is ≤ or ≥ where `most` is not exact.
    """

    most: Extents | None
    least: Extents | None
    bound: str | None = None


class Seen(NamedTuple):
    """What the values of a volume see of one input of the network, `source`.

    `axes` is what they see along convolutions and pools, of every axis of the input; `extents` how many values of the
    volume lie along each, and `dims` in which of its dimensions, where that is not one each in their order (of no
    dimension where that is not known).

    They see `everything` where a gate or a layer that sees everything by its type leads there, and perhaps everything
    where `lost` names the layer at which axes were mixed. It is `closed` where nothing else leads there: `axes` then
    are those of what was seen so far. `head` is the first layer that sees everything and lies on every way, and what
    arrives there. It is `bare` where nothing but views lies between the input and the volume, or its head.
    What they see is `unknown` where every way leads through a layer that gives its counts alone.
    """

    source: str
    axes: tuple[Axis, ...]
    extents: Extents
    dims: View | None = None
    everything: bool = False
    lost: str = ""
    closed: bool = False
    head: tuple[str, Seen] | None = None
    bare: bool = False
    unknown: bool = False

    @property
    def whole(self) -> bool:
        """Is everything seen, as far as is known?"""
        return self.everything or bool(self.lost)

    @property
    def field(self) -> Field:
        """How much is seen."""
        if self.whole:
            return Field(None, None, None if self.everything else "≤")
        return self.ungated

    @property
    def ungated(self) -> Field:
        """How much is seen along convolutions and pools alone, whatever gates see; at least that where axes mixed."""
        if self.closed and (self.bare or self.unknown):
            return Field(None, None, "≤" if self.unknown else None)
        sizes = [axis.sizes(extent) for axis, extent in zip(self.axes, self.extents, strict=True)]
        least = None if any(low is None for _, low in sizes) else tuple(low for _, low in sizes)
        return Field(tuple(top for top, _ in sizes), least, "≥" if self.lost else "≤" if least is None else None)


NOTHING = Seen("", (), (), everything=True, closed=True, bare=True)
"""What is seen where nothing leaves the network."""


def given_by(source: str, volume: Volume) -> tuple[Seen, ...]:
    """What an input sees of itself."""
    return (Seen(source, (SELF,) * volume.rank, volume.sides, bare=True),)


def nowhere(volume: Volume) -> Seen:
    """What values see that come from no input."""
    return Seen("", (Reach(0, 0, 0),) * volume.rank, volume.sides, closed=True)


def most(seen: Iterable[Seen], ungated: bool = False) -> Seen:
    """The one that sees most values, the first of equals; what sees everything sees most, unless gates are left out."""
    found, *others = [*seen] or [NOTHING]
    for other in others:
        if not ungated and found.whole != other.whole:
            found = other if other.whole else found
        elif certainly(prod(other.ungated.most or ()) > prod(found.ungated.most or ())):
            found = other
    return found


class Walk:
    """Follows what volumes see from layer to layer, within the bound of what is followed in one network."""

    def __init__(self) -> None:
        self._spent = 0

    def behind(
        self, seen: Seen, name: str, layer: Layer, own: tuple[Own, ...] | None, volumes: Sequence[Volume]
    ) -> Seen:
        """What the output of a layer sees whose inputs see that; `volumes` are its inputs and its output."""
        if layer.as_given:
            return _lost(seen, name)._replace(everything=False, bare=False, unknown=True)
        if seen.closed and (seen.head or own is not None):
            return seen
        source, axes, extents, dims, everything, lost, closed, head, bare, unknown = seen
        if own is None:
            return Seen(source, axes, extents, None, not unknown, lost, True, head or (name, seen), bare, unknown)
        if dims is not None or layer.regroups:
            return self._viewed(seen, name, layer, own, volumes)
        found: list[Axis] = []
        for place, (axis, step) in enumerate(zip(axes, own, strict=True)):
            alike = place and axis is axes[place - 1] and step == own[place - 1]
            found.append(found[-1] if alike else self._along(axis, step))
        return Seen(source, tuple(found), volumes[-1].sides, None, everything, lost, closed, head)

    def _along(self, axis: Axis, step: Own) -> Axis:
        """What is seen along one axis."""
        if type(axis) is type(step) is Reach:
            return axis.then(step)
        self._spent += work(axis, step)
        return axis.then(step) if self._spent <= MOST_ROWS else axis.bound().then(step.bound())

    # ----------------------------------------------------------------------------------------------------------- views

    def _viewed(self, seen: Seen, name: str, layer: Layer, own: tuple[Own, ...], volumes: Sequence[Volume]) -> Seen:
        """What is seen behind a layer that regroups values, or works on values that are regrouped."""
        volume, output = volumes[0], volumes[-1]
        dims = view(volume) if seen.dims is None else seen.dims
        steps = (*own, layer.along_channels(volume))
        if layer.regroups:
            dims = dims and (layer.regrouped(dims, volume) or ())
        elif not dims and any(step != SELF for step in steps):
            return _lost(seen, name)
        axes, extents = list(seen.axes), list(seen.extents)
        for place, step in enumerate(steps if dims and not layer.regroups else ()):
            extent = tuple(output)[place]
            single = next((axis for axis, places in enumerate(extents) if places == 1), None)
            if not dims[place] and single is not None and step is not None and step != SELF:
                axes[single], extents[single] = self._along(axes[single], step), extent
                dims = (*dims[:place], (Part(single, extent),) if extent != 1 else (), *dims[place + 1 :])
            elif of_channels(dims[place]):
                dims = resized(dims, place, extent)
            elif step != SELF or differ(extent, tuple(volume)[place]):
                axis = whole_axis(dims, place)
                if step is None or axis is None:
                    return _lost(seen, name)
                axes[axis], extents[axis] = self._along(axes[axis], step), extent
                dims = resized(dims, place, extent)
        straight = bool(dims) and plain(dims, len(axes))
        return seen._replace(
            axes=tuple(axes),
            extents=output.sides if straight else tuple(extents),
            dims=None if straight else dims,
            bare=layer.regroups and seen.bare,
        )

    # ----------------------------------------------------------------------------------------------------------- joins

    def arriving(
        self, name: str, layer: Layer, inputs: Sequence[tuple[Seen, ...]], volumes: Sequence[Volume]
    ) -> tuple[tuple[Seen, ...], str]:
        """What the inputs of a layer see of each input of the network, and what they differ in: jump, centre or ''."""
        ways: dict[str, list[Seen]] = {}
        shapes = [volume.sides for volume in volumes]
        sides = [next((side for side in axis if side != 1), 1) for axis in zip(*shapes, strict=False)]
        for place, (several, volume) in enumerate(zip(inputs, volumes, strict=True)):
            for seen in several:
                way = self._filter(name, seen, volume) if place < layer.kernels else seen
                whole = volume.sides if layer.lines_up() or way is not seen else sides
                ways.setdefault(seen.source, []).append(_broadcast(way, volume, whole))
        found, unaligned = [], ""
        for listed in ways.values():
            joined, apart = self._joined(name, layer, listed)
            found.append(joined)
            unaligned = unaligned or apart
        if len(found) > MOST_INPUTS:
            first = most(found)
            found = [_lost(seen, name) for seen in sorted(found, key=lambda seen: seen is not first)[:MOST_INPUTS]]
        return tuple(found), unaligned

    def _filter(self, name: str, seen: Seen, volume: Volume) -> Seen:
        """What every output sees of a volume that is slid over another: all that the volume sees."""
        if seen.dims is not None:
            return _lost(seen, name)
        if seen.closed:
            return seen
        pairs = zip(seen.axes, volume.sides, strict=True)
        axes = tuple([_still(self._along(axis, Reach(side, side))) for axis, side in pairs])
        return seen._replace(axes=axes, bare=False)

    def _joined(self, name: str, layer: Layer, ways: list[Seen]) -> tuple[Seen, str]:
        """What ways from one input see that meet."""
        first = ways[0]
        lines_up = layer.lines_up()
        if all(seen is first for seen in ways) and not lines_up:
            return first, ""
        everything = any(seen.everything for seen in ways)
        if not (lines_up or any(seen.closed or seen.lost or seen.head or seen.dims is not None for seen in ways)):
            return self._union(name, ways, {"everything": everything})
        joined: dict[str, Any] = {
            "everything": everything,
            "lost": next((seen.lost for seen in ways if seen.lost), ""),
            "head": first.head if len({seen.head and seen.head[0] for seen in ways}) == 1 else None,
        }
        followed = [seen for seen in ways if not seen.closed]
        if not followed:
            return most(ways, ungated=True)._replace(**joined), ""
        if len(followed) == 1 and not lines_up:
            return followed[0]._replace(**joined, bare=False), ""
        if all(_same_view(seen.dims, followed[0].dims) for seen in followed) and not lines_up:
            return self._union(name, followed, joined)
        best = most(followed, ungated=True)._replace(**joined)
        return (layer.lays_beside and _either(best, followed)) or _lost(best, name), ""

    def _union(self, name: str, followed: Sequence[Seen], joined: Mapping[str, Any]) -> tuple[Seen, str]:
        """What is seen along ways that are alike, axis by axis; the rest is `joined`, or as in the first."""
        axes: list[Axis] = []
        unaligned = ""
        before: Sequence[Axis] = ()
        for axis in zip(*[seen.axes for seen in followed], strict=True):
            if axis != before and axis.count(axis[0]) < len(axis):
                unaligned = _apart(axis, unaligned)
                self._spent += sum([len(way.spans) for way in axis if isinstance(way, Rows)])
                every = union(axis if self._spent <= MOST_ROWS else [way.bound() for way in axis])
                if every is None:
                    return _lost(most(followed, ungated=True)._replace(**joined), name), unaligned
                axes.append(every)
            else:
                axes.append(axes[-1] if axis == before else axis[0])
            before = axis
        return followed[0]._replace(**joined, axes=tuple(axes), bare=False), unaligned


def _broadcast(seen: Seen, volume: Volume, sides: Sequence[Number]) -> Seen:
    """What is seen where the one value of a side goes with every value of another volume's."""
    if seen.dims is not None or seen.closed or all(a != 1 or b == 1 for a, b in zip(volume.sides, sides, strict=True)):
        return seen
    pairs = zip(seen.axes, volume.sides, sides, strict=True)
    axes = tuple([_still(axis) if side == 1 != whole else axis for axis, side, whole in pairs])
    return seen._replace(axes=axes, extents=tuple(sides), bare=False)


def _still(axis: Axis) -> Axis:
    """What every output sees alike: what the first one does."""
    return axis._replace(jump=0) if isinstance(axis, Reach) else rows(0, [axis.sees(0)])


def _apart(axis: Sequence[Axis], before: str) -> str:
    """In what ways differ that meet: those of which every output sees the same are not asked."""
    moving = [way for way in axis if way.jump != 0]
    if any(way.jump != moving[0].jump for way in moving) or before == "jump":
        return "jump"
    return "centre" if before or any(way.middle != moving[0].middle for way in moving) else ""


def _same_view(one: View | None, other: View | None) -> bool:
    """Do two volumes lie along the same axes, however many channels they have?"""
    if one is other is None:
        return True
    if not one or not other or len(one) != len(other):
        return False
    return all(a == b or (of_channels(a) and of_channels(b)) for a, b in zip(one, other, strict=True))


def _either(best: Seen, followed: Sequence[Seen]) -> Seen | None:
    """What is seen where values of several views are put beside one another: a row of the most and of the least."""
    axes: list[Axis] = []
    for place, axis in enumerate(best.axes):
        sizes: list[Any] = [size for one in followed for size in one.axes[place].sizes(one.extents[place])]
        if not all(type(number) is int for number in (*sizes, axis.jump)):
            return None
        first = axis.sees(0).start
        row = rows(2 * axis.jump, [range(first, first + max(sizes)), range(first, first + min(sizes))])
        axes.append(axis if min(sizes) == max(sizes) else row)
    return best._replace(axes=tuple(axes), extents=(2,) * len(axes), dims=())


def _lost(seen: Seen, name: str) -> Seen:
    """What is seen behind a layer that mixes axes so that they cannot be followed: perhaps everything."""
    return seen._replace(dims=None, lost=seen.lost or name, closed=True)
