"""Shaping: values move, nothing is computed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta
from msgspec.structs import replace

from cnncalc.axes import View, permuted, reshaped
from cnncalc.dims import Number, certainly, differ, prod
from cnncalc.layers.base import Layer, divides, target
from cnncalc.layers.operations import Operations
from cnncalc.reach import Own, Reach
from cnncalc.terms import Amount, Around, Ends, Extent, Like, Offset, PerAxis, TargetSize
from cnncalc.volume import Volume, known, point
from cnncalc.window import LayerError, per_axis, stretched_reach


class Identity(Layer, tag="identity", frozen=True):
    """The input as it is."""

    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True


class Flatten(Layer, tag="flatten", frozen=True):
    """All values in one position: 1×1×(W₁·H₁·D₁), the rank kept. A view, no memory."""

    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    regroups: ClassVar[bool] = True

    def output(self, volume: Volume) -> Volume:
        return point(volume.rank, volume.values)

    def regrouped(self, dims: View, volume: Volume) -> View | None:
        return reshaped(dims, tuple(self.output(volume)))


class Reshape(Layer, tag="reshape", frozen=True):
    """The same values as another volume, channels last. A view, no memory."""

    main: ClassVar[str] = "shape"
    in_place: ClassVar[bool] = True
    regroups: ClassVar[bool] = True

    shape: Annotated[
        Annotated[tuple[Extent, ...], Meta(min_length=1, max_length=4)],
        Meta(description="The new volume, channels last: 7x7x512."),
    ]

    def output(self, volume: Volume) -> Volume:
        result = Volume(self.shape[:-1], self.shape[-1])
        if differ(result.values, volume.values):
            message = f"{volume} holds {volume.values} values, and {result} would hold {result.values}"
            raise LayerError(message, "a reshape keeps the number of values", "shape")
        return result

    def regrouped(self, dims: View, volume: Volume) -> View | None:
        return reshaped(dims, self.shape)

    def widened(self, factor: int) -> Layer:
        return Reshape((*self.shape[:-1], self.shape[-1] * factor))


class Permute(Layer, tag="permute", frozen=True):
    """The axes in another order, the channels among them. A view, no memory."""

    main: ClassVar[str] = "order"
    in_place: ClassVar[bool] = True
    regroups: ClassVar[bool] = True

    order: Annotated[
        tuple[Amount, ...],
        Meta(description="For each axis of the result, channels last, which axis of the input it was, counted from 0."),
    ]

    def output(self, volume: Volume) -> Volume:
        extents = list(volume)
        if sorted(self.order) != list(range(len(extents))):
            message = f"order {list(self.order)} is not an order of the {len(extents)} axes of {volume}"
            raise LayerError(message, f"name each of 0 to {len(extents) - 1} once", "order")
        *sides, channels = (extents[axis] for axis in self.order)
        return Volume(tuple(sides), channels)

    def regrouped(self, dims: View, volume: Volume) -> View:
        return permuted(dims, self.order)


class Border(Layer, frozen=True):
    """What a layer adds around a volume, or with a `sign` of −1 takes off: a pair (before, after) for every axis."""

    main: ClassVar[str] = "amount"
    sign: ClassVar[int]

    def output(self: Any, volume: Volume) -> Volume:
        pairs = zip(volume, self._pairs(volume), strict=True)
        *sides, channels = [extent + self.sign * before + self.sign * after for extent, (before, after) in pairs]
        sides = sides if self.size is None else [*per_axis(self.size, volume.rank, "size")]
        if any(certainly(extent < 1) for extent in (*sides, channels)):
            raise LayerError(f"nothing is left of {volume}", "crop less", "amount")
        return Volume(tuple(sides), channels)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        return tuple(Reach(start=-self.sign * before) for before, _ in self._pairs(volume)[:-1])

    def along_channels(self, volume: Volume) -> Own:
        return Reach(start=-self.sign * self._pairs(volume)[-1][0])

    def widened(self: Any, factor: int) -> Any:
        return replace(self, channels=tuple(factor * end for end in _pair(self.channels))) if self.channels else self

    def _pairs(self: Any, volume: Volume) -> tuple[tuple[Number, Number], ...]:
        """How much before and after, for each side and for the channels."""
        around = target(self, volume, "amount", ", `channels: 8`")
        if around is None and self.offset is not None:
            raise LayerError("`offset` goes with `size` or `like`", "drop it, or say how large the output is", "offset")
        if around is None:
            pairs = [_pair(each) for each in per_axis(self.amount or 0, volume.rank, "amount")]
        else:
            gaps = [self.sign * (after - side) for side, after in zip(volume.sides, around, strict=True)]
            halves = tuple(gap // 2 for gap in gaps)
            starts = halves if self.offset is None else per_axis(self.offset, volume.rank, "offset")
            pairs = [(start, gap - start) for start, gap in zip(starts, gaps, strict=True)]
            for (start, rest), gap, side, after in zip(pairs, gaps, volume.sides, around, strict=True):
                if certainly(gap < 0):
                    other = "crop" if self.sign > 0 else "pad"
                    raise LayerError(f"{self.type_name()} cannot make {after} of {side}", f"use `{other}`", "size")
                if certainly(rest < 0):
                    message = f"an offset of {start} is more than the {gap} values between {side} and {after}"
                    raise LayerError(message, f"use at most {gap}", "offset")
        return (*pairs, _pair(self.channels))


class Pad(Border, tag="pad", frozen=True):
    """Values added around every side, and along the channels; the output is new memory.

    To `size` or `like` another volume: as many on both sides, the odd one at the end, or `offset` before.
    """

    sign: ClassVar[int] = 1

    amount: Around = None
    size: TargetSize = None
    like: Like = None
    offset: Offset = None
    channels: Ends = 0


class Crop(Border, tag="crop", frozen=True):
    """Values taken off around every side, and along the channels; the output is new memory.

    To `size` or `like` another volume: as many on both sides, the odd one at the end, or `offset` before.
    """

    linear: ClassVar[bool] = True
    sign: ClassVar[int] = -1

    amount: Around = None
    size: TargetSize = None
    like: Like = None
    offset: Offset = None
    channels: Ends = 0


class Slice(Layer, tag="slice", frozen=True):
    """Some of the channels, one after the other. A view, no memory."""

    main: ClassVar[str] = "channels"
    in_place: ClassVar[bool] = True

    channels: Annotated[
        Annotated[tuple[Amount | Literal["end"], ...], Meta(min_length=2, max_length=2)],
        Meta(
            description="The first channel, counted from 0, and the one after the last, or `end`: [0, 64], [64, end]."
        ),
    ]

    def output(self, volume: Volume) -> Volume:
        start, stop = [volume.channels if end == "end" else end for end in self.channels]
        if certainly(start >= stop) or certainly(stop > volume.channels):
            message = f"channels {start} to {stop} are not in an input of {volume.channels}"
            raise LayerError(message, f"give [start, stop] with start < stop ≤ {volume.channels}", "channels")
        return volume.deep(stop - start)

    def along_channels(self, volume: Volume) -> Own:
        return Reach(start=volume.channels if self.channels[0] == "end" else self.channels[0])

    def widened(self, factor: int) -> Layer:
        return Slice(tuple(end if end == "end" else end * factor for end in self.channels))


class Upsample(Layer, tag="upsample", frozen=True):
    """Every side `scale` times as long, by repeating values or by interpolating between neighbours. No parameters.

    To `size` or `like` another volume it goes in steps of W₁/W₂ of the input, as PyTorch's `interpolate(size=…)`.
    """

    main: ClassVar[str] = "scale"
    linear: ClassVar[bool] = True

    scale: Annotated[
        PerAxis | None, Meta(description="How many times as long the sides become: one number, or one per axis.")
    ] = None
    size: TargetSize = None
    like: Like = None
    mode: Annotated[
        Literal["nearest", "bilinear", "bicubic"],
        Meta(description="`nearest` repeats a value, `bilinear` weighs the two nearest per axis, `bicubic` four."),
    ] = "nearest"
    align_corners: Annotated[
        bool, Meta(description="Whether the values at the corners keep their places, with steps of (W₁ − 1)/(W₂ − 1).")
    ] = False

    def output(self, volume: Volume) -> Volume:
        if self.align_corners and self.mode == "nearest":
            message = "nearest upsampling has no corners to align"
            raise LayerError(message, 'use "mode: bilinear", or drop align_corners', "align_corners")
        sides = target(self, volume, "scale")
        if sides is None:
            scales = per_axis(self.scale, volume.rank, "scale")
            sides = tuple(side * scale for side, scale in zip(volume.sides, scales, strict=True))
        return Volume(sides, volume.channels)

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return (Operations("resampling", self.mode, self.output(volume).values, volume.values),)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        around = target(self, volume, "scale")
        after = per_axis(self.scale, volume.rank, "scale") if around is None else around
        before = (1,) * volume.rank if around is None else volume.sides
        corners = volume.sides if self.align_corners else (0,) * volume.rank
        return tuple(
            stretched_reach(out, of, self.mode, side) for out, of, side in zip(after, before, corners, strict=True)
        )

    def warnings(self, volume: Volume) -> list[str]:
        scales = per_axis(self.scale, volume.rank, "scale") if self.scale else ()
        if not any(_looks_like_a_size(scale, side) for side, scale in zip(volume.sides, scales, strict=False)):
            return []
        size, *sides = ["×".join(map(str, each)) for each in (scales, volume.sides, self.output(volume).sides)]
        return [f"{' becomes '.join(sides)}; for an output of {size} write `size: {size.replace('×', 'x')}`"]


class PixelShuffle(Layer, tag="pixel_shuffle", frozen=True):
    """Channels become positions: H×W×(D·r²) gives (r·H)×(r·W)×D. Source: Shi et al. 2016, arXiv:1609.05158."""

    main: ClassVar[str] = "scale"

    scale: Annotated[Extent, Meta(description="How many times as long every side becomes (r).")]

    def output(self, volume: Volume) -> Volume:
        block = prod([self.scale] * volume.rank)
        divides(block, volume.channels, "{value} channels are not a multiple of {divisor}", "scale")
        return Volume(tuple(side * self.scale for side in volume.sides), volume.channels // block)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        return (stretched_reach(self.scale),) * volume.rank

    def along_channels(self, volume: Volume) -> Own | None:
        return None


class PixelUnshuffle(Layer, tag="pixel_unshuffle", frozen=True):
    """Positions become channels: (r·H)×(r·W)×D gives H×W×(D·r²), also called space to depth."""

    main: ClassVar[str] = "scale"

    scale: Annotated[Extent, Meta(description="How many times shorter every side becomes (r).")]

    def output(self, volume: Volume) -> Volume:
        for side in volume.sides:
            divides(self.scale, side, "a side of {value} is not a multiple of {divisor}", "scale")
        block = prod([self.scale] * volume.rank)
        return Volume(tuple(side // self.scale for side in volume.sides), volume.channels * block)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        return (Reach(self.scale, self.scale, 0),) * volume.rank

    def along_channels(self, volume: Volume) -> Own | None:
        return None


class ChannelShuffle(Layer, tag="channel_shuffle", frozen=True):
    """Channels of the groups dealt out in turn. Source: Zhang et al. 2018, arXiv:1707.01083, section 3.1."""

    main: ClassVar[str] = "groups"
    linear: ClassVar[bool] = True
    regroups: ClassVar[bool] = True

    groups: Annotated[Extent, Meta(description="How many groups the channels come from.")]

    def output(self, volume: Volume) -> Volume:
        divides(self.groups, volume.channels, "{divisor} groups do not divide {value} channels", "groups")
        return volume

    def regrouped(self, dims: View, volume: Volume) -> View | None:
        dealt = reshaped(dims, (*volume.sides, self.groups, volume.channels // self.groups))
        turned = dealt and permuted(dealt, (*range(volume.rank), volume.rank + 1, volume.rank))
        return turned and reshaped(turned, tuple(volume))


def _looks_like_a_size(scale: Number, side: Number) -> bool:
    """Is the factor none of those that networks have (16 and 32 at most), and as large as the side itself?"""
    return known(scale) and known(side) and 1 < side <= scale and scale > 10 and scale not in (12, 16, 32)


def _pair(amount: Any) -> tuple[Number, Number]:
    """A pair (before, after)."""
    return amount if isinstance(amount, tuple) else (amount, amount)
