"""Merging: several volumes become one."""

from __future__ import annotations

from itertools import compress
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cnncalc.dims import Number, differ, together, total
from cnncalc.layers.base import Layer, divides
from cnncalc.layers.convolution import check_groups, slide
from cnncalc.layers.operations import Operations
from cnncalc.reach import Own
from cnncalc.terms import Extent, Groups, Names
from cnncalc.volume import Volume
from cnncalc.window import LayerError, Window, windows

_EQUAL_SIDES = "sides equal with padding or stride, or with `like` of `upsample`, `crop` or `pad`"
_EQUAL_CHANNELS = "channels equal with a 1×1 convolution"


class Add(Layer, tag="add", frozen=True):
    """The sum of equal volumes, value by value: one operation per value and volume added."""

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True

    inputs: Names = None

    def output(self, *volumes: Volume) -> Volume:
        first, *rest = _several(volumes, "add")
        for other in rest:
            if not _alike(first, other):
                ways = [_EQUAL_SIDES, _EQUAL_CHANNELS]
                unequal = (not _alike(first.deep(1), other.deep(1)), differ(first.channels, other.channels))
                needed = ", the ".join(compress(ways, unequal))
                raise LayerError(f"add takes equal volumes, and these are {_listed(volumes)}", f"make the {needed}")
        return first

    def operations(self, *volumes: Volume) -> tuple[Operations, ...]:
        return (Operations("merge", self.type_name(), (len(volumes) - 1) * self.output(*volumes).values),)


class Multiply(Layer, tag="multiply", frozen=True):
    """The product of volumes, value by value: one operation per value and volume multiplied by.

    Every axis is equal, or 1 in one of them, whose values then go with all along it: 1×1×D scales the channels of the
    others, H×W×1 their positions, and both together give H×W×D. That is how gates are made. Source: Hu et al. 2018,
    arXiv:1709.01507, equation 4.
    """

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True

    inputs: Names = None

    def output(self, *volumes: Volume) -> Volume:
        first, *rest = _several(volumes, "multiply")
        extents = [*first]
        for other in rest:
            pairs = [*zip(extents, other, strict=False)]
            odd = [place for place, (a, b) in enumerate(pairs) if a != 1 and b != 1 and differ(a, b)]
            if other.rank != first.rank or odd:
                way_out = "make the sides equal, or pool one to a single position"
                if odd == [first.rank] and other.rank == first.rank:
                    way_out = (
                        "make the channels equal: `input.channels` is what arrives at the layer that says so, in a "
                        "branch too; a block keeps it as a parameter, `maps: input.channels`"
                    )
                message = f"multiply takes volumes whose axes are equal or 1, and these are {_listed(volumes)}"
                raise LayerError(message, way_out)
            extents = [b if a == 1 else a for a, b in pairs]
        *sides, channels = extents
        return Volume(tuple(sides), channels)

    def operations(self, *volumes: Volume) -> tuple[Operations, ...]:
        return (Operations("merge", self.type_name(), (len(volumes) - 1) * self.output(*volumes).values),)


class Concat(Layer, tag="concat", frozen=True):
    """Volumes of equal sides, one after the other along the channels. No operations.

    Along the positions: volumes of equal channels, all positions of one behind those of the other, Σ H·W × D. So a
    detector puts the boxes of all its maps together. Source: Liu et al. 2016, arXiv:1512.02325, section 2.1.
    """

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True
    lays_beside: ClassVar[bool] = True

    inputs: Names = None
    along: Annotated[
        Literal["channels", "positions"],
        Meta(description="Whether `channels` are put together, or all `positions`, as length × channels."),
    ] = "channels"

    def output(self, *volumes: Volume) -> Volume:
        first, *rest = _several(volumes, "concat")
        for other in rest:
            if self.lines_up() and differ(first.channels, other.channels):
                message = f"concat along positions takes volumes of equal channels, and these are {_listed(volumes)}"
                raise LayerError(message, f"make the {_EQUAL_CHANNELS}")
            if not self.lines_up() and not _alike(first.deep(1), other.deep(1)):
                message = f"concat takes volumes of equal sides, and these are {_listed(volumes)}"
                raise LayerError(message, f"make the {_EQUAL_SIDES}")
        if self.lines_up():
            return Volume((total(volume.positions for volume in volumes),), first.channels)
        return first.deep(total(volume.channels for volume in volumes))

    def lines_up(self) -> bool:
        return self.along == "positions"


class Matmul(Layer, tag="matmul", frozen=True):
    """The matrix product of two length × channels volumes: L×P by P×R gives L×R. Multiply-adds L·P·R, no weights.

    One round may be turned: L×P by R×P with `transpose: second`. With h heads the channels of both are h groups, and
    group meets group, results side by side: L×(h·P) by P×(h·R) gives L×(h·R), multiply-adds h·L·P·R; what is turned
    is each group, R×(h·P) to P×(h·R). Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
    """

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True

    inputs: Names = None
    transpose: Annotated[
        Literal["first", "second"] | None, Meta(description="Which of the two is turned round, rows for columns.")
    ] = None
    heads: Annotated[Extent, Meta(description="Into how many groups the channels of both are split.")] = 1

    def output(self, *volumes: Volume) -> Volume:
        (rows, depth), (other, columns) = self._matrices(*volumes)
        if differ(depth, other):
            left, right = volumes
            heads = f" in {self.heads} heads" if self.heads != 1 else ""
            turned = f", the {self.transpose} turned" if self.transpose else ""
            message = f"matmul takes L×P by P×R{heads}, and these are {left} by {right}{turned}"
            raise LayerError(message, "turn one round with `transpose: first` or `second`")
        return Volume((rows,), columns * self.heads)

    def macs(self, *volumes: Volume) -> Number:
        return self.output(*volumes).values * together(self._matrices(*volumes)[0][1])

    def sees(self, *volumes: Volume) -> tuple[Own, ...] | None:
        return None

    def _matrices(self, *volumes: Volume) -> list[tuple[Number, Number]]:
        """The rows and columns of both, for each head."""
        if len(volumes) != 2 or any(volume.rank != 1 for volume in volumes):
            message = f"matmul takes two volumes of length × channels, and got {_listed(volumes) or 'none'}"
            raise LayerError(message, "bring them into that form with `reshape`")
        found = []
        for volume, place in zip(volumes, ("first", "second"), strict=True):
            divides(self.heads, volume.channels, "{divisor} heads do not divide {value} channels", "heads")
            matrix = volume.sides[0], volume.channels // self.heads
            found.append(matrix[::-1] if self.transpose == place else matrix)
        return found


class Correlate(Layer, tag="correlate", frozen=True):
    """The first volume, slid over the second as a filter: Siamese trackers find a target so. No weights.

    Output extent W₂ − W₁ + 1, depth g: the `groups`, 1 by default, of channels that meet each by themselves (with as
    many as there are channels it is depthwise). Multiply-adds: H₁·W₁·D₁/g for every output value.
    Source: Bertinetto et al. 2016, arXiv:1606.09549, equation 2.

    >>> Correlate().output(Volume.of("6x6x128"), Volume.of("22x22x128"))
    Volume("17x17x1")
    """

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True
    kernels: ClassVar[int] = 1

    inputs: Names = None
    groups: Groups = 1

    def output(self, *volumes: Volume) -> Volume:
        if len(volumes) != 2 or volumes[0].rank != volumes[1].rank or differ(volumes[0].channels, volumes[1].channels):
            message = f"correlate takes two volumes of equal channels, and got {_listed(volumes) or 'none'}"
            raise LayerError(message, "name the one that is slid, and then the other: `correlate: [z, x]`")
        filters, over = volumes
        check_groups(self.groups, over.channels, over.channels)
        return slide(_windows(filters), over, "floor", "first volume").deep(self.groups)

    def macs(self, *volumes: Volume) -> Number:
        output, filters = self.output(*volumes), volumes[0]
        return output.values * together(filters.positions * (filters.channels // self.groups))

    def sees(self, *volumes: Volume) -> tuple[Own, ...]:
        return tuple(window.reach for window in _windows(volumes[0]))

    def along_channels(self, *volumes: Volume) -> Own | None:
        return None


def _windows(filters: Volume) -> tuple[Window, ...]:
    """The windows of a volume that is a filter."""
    return windows(filters.sides, filters.sides, 1, 0)


def _several(volumes: tuple[Volume, ...], what: str) -> tuple[Volume, ...]:
    if len(volumes) < 2:
        raise LayerError(f"{what} takes at least two inputs, and got {len(volumes)}", f"name them: `{what}: [a, b]`")
    return volumes


def _alike(a: Volume, b: Volume) -> bool:
    """Are these equal, as far as is known?"""
    return a.rank == b.rank and not any(differ(x, y) for x, y in zip(a, b, strict=True))


def _listed(volumes: tuple[Volume, ...]) -> str:
    return " and ".join(str(volume) for volume in volumes)
