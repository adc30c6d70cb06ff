"""Shaping: values move, nothing is computed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from cnncalc.axes import View, permuted, reshaped
from cnncalc.dims import Number, certainly, differ, prod
from cnncalc.layers.base import Layer, divides
from cnncalc.layers.operations import Operations
from cnncalc.reach import Own, Reach
from cnncalc.terms import Amount, Amounts, Extent, Pair, PerAxis
from cnncalc.volume import Volume, point
from cnncalc.window import LayerError, per_axis, stretched_reach


class Identity(Layer, tag="identity", frozen=True):
    """The input as it is."""

    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    def output(self, volume: Volume) -> Volume:
        return volume


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
            raise LayerError(
                f"{volume} holds {volume.values} values, and {result} would hold {result.values}",
                "a reshape keeps the number of values",
                "shape",
            )
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
            raise LayerError(
                f"order {list(self.order)} is not an order of the {len(extents)} axes of {volume}",
                f"name each of 0 to {len(extents) - 1} once",
                "order",
            )
        *sides, channels = (extents[axis] for axis in self.order)
        return Volume(tuple(sides), channels)

    def regrouped(self, dims: View, volume: Volume) -> View:
        return permuted(dims, self.order)


class Pad(Layer, tag="pad", frozen=True):
    """Values added around every side; the output is new memory."""

    main: ClassVar[str] = "amount"

    amount: Annotated[
        Amounts, Meta(description="How much is added: a number, one per axis, or a pair (before, after) per axis.")
    ]

    def output(self, volume: Volume) -> Volume:
        pairs = _pairs(self.amount, volume.rank)
        sides = tuple(side + before + after for side, (before, after) in zip(volume.sides, pairs, strict=True))
        return Volume(sides, volume.channels)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        return tuple(Reach(start=-before) for before, _ in _pairs(self.amount, volume.rank))


class Crop(Layer, tag="crop", frozen=True):
    """Values taken off around every side; the output is new memory."""

    main: ClassVar[str] = "amount"
    linear: ClassVar[bool] = True

    amount: Annotated[
        Amounts, Meta(description="How much is taken off: a number, one per axis, or a pair (before, after) per axis.")
    ]

    def output(self, volume: Volume) -> Volume:
        pairs = _pairs(self.amount, volume.rank)
        sides = tuple(side - before - after for side, (before, after) in zip(volume.sides, pairs, strict=True))
        if any(certainly(side < 1) for side in sides):
            raise LayerError(f"nothing is left of {volume}", "crop less", "amount")
        return Volume(sides, volume.channels)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        return tuple(Reach(start=before) for before, _ in _pairs(self.amount, volume.rank))


class Slice(Layer, tag="slice", frozen=True):
    """Some of the channels, one after the other. A view, no memory."""

    main: ClassVar[str] = "channels"
    in_place: ClassVar[bool] = True

    channels: Annotated[
        Pair, Meta(description="The first channel, counted from 0, and the one after the last: [0, 64].")
    ]

    def output(self, volume: Volume) -> Volume:
        start, stop = self.channels
        if certainly(start >= stop) or certainly(stop > volume.channels):
            raise LayerError(
                f"channels {start} to {stop} are not in an input of {volume.channels}",
                f"give [start, stop] with start < stop ≤ {volume.channels}",
                "channels",
            )
        return volume.deep(stop - start)

    def along_channels(self, volume: Volume) -> Own:
        return Reach(start=self.channels[0])

    def widened(self, factor: int) -> Layer:
        start, stop = self.channels
        return Slice((start * factor, stop * factor))


class Upsample(Layer, tag="upsample", frozen=True):
    """Every side `scale` times as long, by repeating values or by interpolating between neighbours. No parameters."""

    main: ClassVar[str] = "scale"
    linear: ClassVar[bool] = True

    scale: Annotated[PerAxis, Meta(description="How many times as long the sides become: one number, or one per axis.")]
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
        scales = per_axis(self.scale, volume.rank, "scale")
        return Volume(tuple(side * scale for side, scale in zip(volume.sides, scales, strict=True)), volume.channels)

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return (Operations("resampling", self.mode, self.output(volume).values, volume.values),)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        scales = per_axis(self.scale, volume.rank, "scale")
        corners = volume.sides if self.align_corners else (0,) * volume.rank
        return tuple(stretched_reach(scale, self.mode, side) for scale, side in zip(scales, corners, strict=True))


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


def _pairs(amount: Any, rank: int) -> tuple[tuple[Number, Number], ...]:
    """A pair (before, after) for each axis."""
    return tuple(pair if isinstance(pair, tuple) else (pair, pair) for pair in per_axis(amount, rank, "amount"))
