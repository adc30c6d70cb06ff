"""Pooling: every map by itself."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from cnncalc.dims import Number, certainly, prod, together
from cnncalc.layers.base import Layer, missed_warning
from cnncalc.layers.convolution import slide
from cnncalc.layers.operations import Operations
from cnncalc.reach import Own
from cnncalc.terms import Dilation, OutputSize, Padding, PoolStride, RoundingWord, Size
from cnncalc.volume import Volume, point
from cnncalc.window import LayerError, Window, adaptive_elements, adaptive_reach, per_axis, windows


class Pool(Layer, frozen=True):
    """A window slides over every map by itself; the depth stays. Operations: one per element of a window."""

    def windows(self: Any, volume: Volume) -> tuple[Window, ...]:
        resolved = windows(
            volume.sides,
            self.size,
            self.size if self.stride is None else self.stride,
            getattr(self, "padding", 0),
            getattr(self, "dilation", 1),
            field="size",
        )
        for window in () if isinstance(getattr(self, "padding", 0), str) else resolved:
            for padding in (window.before, window.after):
                if certainly(2 * padding > window.span):
                    raise LayerError(
                        f"padding {padding} is more than half of the window of {window.span}: "
                        "some windows would hold mostly padding",
                        f"use a padding of at most {window.span // 2}",
                        "padding",
                    )
        return resolved

    def explicit(self, *inputs: Volume) -> dict[str, Any]:
        fields = super().explicit(*inputs)
        if any(2 * max(window.before, window.after) > window.span for window in self.windows(*inputs)):
            fields.pop("padding")  # only a word may pad so much
        return fields

    def output(self: Any, volume: Volume) -> Volume:
        return slide(self.windows(volume), volume, self.rounding, "window")

    def operations(self: Any, volume: Volume) -> tuple[Operations, ...]:
        made = self.output(volume).values
        read = made * together(prod(per_axis(self.size, volume.rank, "size")))
        return (Operations("pooling", self.type_name(), made, read),)

    def sees(self, volume: Volume) -> tuple[Own, ...] | None:
        return tuple(window.reach for window in self.windows(volume))

    def warnings(self: Any, volume: Volume) -> list[str]:
        return missed_warning(self.windows(volume), volume, self.rounding)


class MaxPool(Pool, tag="maxpool", frozen=True):
    """The largest value of each window, map by map.

    Output extent ⌊(W₁ − F' + 2P)/S⌋ + 1, the depth stays. No parameters.

    >>> MaxPool(size=2).output(Volume.of("224x224x64"))
    Volume("112x112x64")
    """

    main: ClassVar[str] = "size"

    size: Size
    stride: PoolStride = None
    padding: Padding = 0
    dilation: Dilation = 1
    rounding: RoundingWord = "floor"


class AvgPool(Pool, tag="avgpool", frozen=True):
    """The mean of each window, map by map. Output and counts as of `maxpool`."""

    main: ClassVar[str] = "size"
    linear: ClassVar[bool] = True

    size: Size
    stride: PoolStride = None
    padding: Padding = 0
    rounding: RoundingWord = "floor"


class LpPool(Pool, tag="lppool", frozen=True):
    """The p-norm of each window, map by map: (Σ xᵖ)^(1/p). Output and counts as of `maxpool`."""

    main: ClassVar[str] = "size"

    size: Size
    stride: PoolStride = None
    rounding: RoundingWord = "floor"
    norm: Annotated[float, Meta(description="The p of the norm.", gt=0)] = 2.0


class Subsample(Pool, tag="subsample", frozen=True):
    """LeNet-5's trainable pooling: the sum of each window times a coefficient, plus a bias, both per map.

    Output as of `maxpool`. Weights D₁, biases D₁. Operations: the elements of the windows and one bias add per output
    value, which are the paper's connections. Source: LeCun et al. 1998, section II.B, layers S2 and S4.
    """

    main: ClassVar[str] = "size"
    linear: ClassVar[bool] = True

    size: Size
    stride: PoolStride = None
    rounding: RoundingWord = "floor"

    def weights(self, volume: Volume) -> Number:
        return volume.channels

    def biases(self, volume: Volume) -> Number:
        return volume.channels

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        (pooled,) = super().operations(volume)
        return pooled, Operations("bias", self.type_name(), pooled.made)


class GlobalPool(Layer, frozen=True):
    """Every map becomes one value. Operations: one per input value."""

    def output(self, volume: Volume) -> Volume:
        return point(volume.rank, volume.channels)

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return (Operations("pooling", self.type_name(), self.output(volume).values, volume.values),)

    def sees(self, volume: Volume) -> tuple[Own, ...] | None:
        return None


class GlobalAvgPool(GlobalPool, tag="global_avgpool", frozen=True):
    """The mean of every map: 1×1×D₁. Source: Lin et al. 2013, arXiv:1312.4400, section 3.2."""

    linear: ClassVar[bool] = True


class GlobalMaxPool(GlobalPool, tag="global_maxpool", frozen=True):
    """The largest value of every map: 1×1×D₁."""


class AdaptivePool(Layer, frozen=True):
    """As many windows as the output has places: window i is [⌊i·W₁/W₂⌋, ⌈(i+1)·W₁/W₂⌉).

    Operations: one per element of a window; over all windows of an axis these are W₁ + W₂ − gcd(W₁, W₂).
    """

    def output(self: Any, volume: Volume) -> Volume:
        return Volume(per_axis(self.size, volume.rank, "size"), volume.channels)

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        output = self.output(volume)
        elements = [adaptive_elements(*pair) for pair in zip(volume.sides, output.sides, strict=True)]
        return (Operations("pooling", self.type_name(), output.values, prod(elements) * volume.channels),)

    def sees(self, volume: Volume) -> tuple[Own, ...] | None:
        sizes = self.output(volume).sides
        if all(size == 1 for size in sizes):
            return None
        return tuple(adaptive_reach(side, size) for side, size in zip(volume.sides, sizes, strict=True))


class AdaptiveAvgPool(AdaptivePool, tag="adaptive_avgpool", frozen=True):
    """The mean of each of as many windows as asked for, whatever the input's sides. No parameters."""

    main: ClassVar[str] = "size"
    linear: ClassVar[bool] = True

    size: OutputSize


class AdaptiveMaxPool(AdaptivePool, tag="adaptive_maxpool", frozen=True):
    """The largest value of each of as many windows as asked for, whatever the input's sides. No parameters."""

    main: ClassVar[str] = "size"

    size: OutputSize
