"""Convolution: filters that slide."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec.structs import replace

from cnncalc.dims import Number, certainly, maximum, prod, together
from cnncalc.layers.activation import Activated, Fused, fused
from cnncalc.layers.base import Layer, divides, missed_warning, target
from cnncalc.reach import SELF, Own
from cnncalc.terms import (
    Bias,
    Connections,
    Dilation,
    Filters,
    Gain,
    Groups,
    Kernel,
    Like,
    Multiplier,
    OutputPadding,
    Padding,
    RoundingWord,
    Stride,
    TargetSize,
)
from cnncalc.volume import AXES, Volume, known
from cnncalc.window import LayerError, TooSmallError, Window, per_axis, transposed_reach, transposed_side, windows


class Convolution(Activated, frozen=True):
    """What slides learned filters: a window per axis, and a bias and an activation function for every output value."""

    def windows(self: Any, volume: Volume) -> tuple[Window, ...]:
        return windows(volume.sides, self.kernel, self.stride, self.padding, self.dilation)

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        return tuple(window.reach for window in self.windows(volume))

    def along_channels(self, volume: Volume) -> Own | None:
        return None

    def warnings(self: Any, volume: Volume) -> list[str]:
        return missed_warning(self.windows(volume), volume, self.rounding)


class Conv(Convolution, tag="conv", frozen=True):
    """Slide learned filters over the input; each filter sees every channel.

    Output extent ⌊(W₁ − F' + 2P)/S⌋ + 1 per axis with F' = d·(F − 1) + 1, depth K. Weights F·F·D₁/g·K, biases K.
    Multiply-adds: output values × F·F·D₁/g. Source: Dumoulin & Visin 2016, arXiv:1603.07285, sections 2 and 5.1.

    >>> Conv(filters=96, kernel=11, stride=4).output(Volume.of("227x227x3"))
    Volume("55x55x96")
    >>> Conv(filters=96, kernel=11, stride=4).weights(Volume.of("227x227x3")) == 11 * 11 * 3 * 96
    True
    """

    main: ClassVar[str] = "filters"
    plural: ClassVar[str] = "convolutions"

    filters: Filters
    kernel: Kernel
    stride: Stride = 1
    padding: Padding = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True
    gain: Gain = False
    activation: Fused = None
    connections: Connections = "all"
    rounding: RoundingWord = "floor"

    def output(self, volume: Volume) -> Volume:
        self._check(volume)
        depth = self.filters * volume.channels if self.connections == "per_map" else self.filters
        return slide(self.windows(volume), volume, self.rounding).deep(depth)

    def weights(self, volume: Volume) -> Number:
        return self._kernels(volume) + self.added(volume, self._filters(volume))

    def biases(self, volume: Volume) -> Number:
        return self._filters(volume) if self.bias else 0

    def macs(self, volume: Volume) -> Number:
        output = self.output(volume)
        window = prod(per_axis(self.kernel, volume.rank, "kernel"))
        if isinstance(self.connections, tuple):
            return output.positions * together(window * sum(len(maps) for maps in self.connections))
        if self.connections == "per_map":
            return output.values * together(window)
        return output.values * together(window * (volume.channels // self.groups))

    def maps_seen(self, volume: Volume) -> Number:
        if isinstance(self.connections, tuple):
            return max(len(maps) for maps in self.connections)
        return volume.channels // self.groups if self.connections in ("all", "local") else 1

    def matrix(self, volume: Volume) -> tuple[Number, Number] | None:
        bare = all(window.extent == 1 for window in self.windows(volume))
        whole = self.connections == "all" and self.groups == 1
        return (volume.channels, self.filters) if bare and whole else None

    def widened(self, factor: int) -> Layer:
        if not isinstance(self.connections, tuple):
            return super().widened(factor)
        seen = tuple(tuple(factor * m + more for m in maps for more in range(factor)) for maps in self.connections)
        table = tuple(maps for maps in seen for _ in range(factor))
        return replace(self, filters=self.filters * factor, connections=table)

    def _filters(self, volume: Volume) -> Number:
        """How many filters there are in all: at every output position others, where they are local."""
        return self.output(volume).values if self.connections == "local" else self.filters

    def _kernels(self, volume: Volume) -> Number:
        """The weights of the filters themselves."""
        window = prod(per_axis(self.kernel, volume.rank, "kernel"))
        if isinstance(self.connections, tuple):
            return together(window) * sum(len(maps) for maps in self.connections)
        if self.connections in ("per_map", "shared"):
            return together(window) * self.filters
        return together(window * (volume.channels // self.groups)) * self._filters(volume)

    def _check(self, volume: Volume) -> None:
        if self.connections == "all":
            check_groups(self.groups, volume.channels, self.filters)
            return
        if certainly(self.groups > 1):
            raise LayerError("connections and groups both set which maps a filter sees", "use only one", "connections")
        if isinstance(self.connections, tuple):
            _check_table(self.connections, volume.channels, self.filters)


class DepthwiseConv(Convolution, tag="depthwise_conv", frozen=True):
    """Slide filters over each channel by itself: every channel has `multiplier` filters of its own.

    Output extents as of `conv`, depth D₁·m. Weights F·F·D₁·m, biases D₁·m. Multiply-adds: output values × F·F.
    Source: Howard et al. 2017, arXiv:1704.04861, section 3.1.

    >>> DepthwiseConv(kernel=3, padding=1).weights(Volume.of("112x112x32")) == 3 * 3 * 32
    True
    """

    main: ClassVar[str] = "multiplier"
    plural: ClassVar[str] = "depthwise convolutions"

    kernel: Kernel
    multiplier: Multiplier = 1
    stride: Stride = 1
    padding: Padding = 0
    dilation: Dilation = 1
    bias: Bias = True
    gain: Gain = False
    activation: Fused = None
    rounding: RoundingWord = "floor"

    def output(self, volume: Volume) -> Volume:
        return slide(self.windows(volume), volume, self.rounding).deep(volume.channels * self.multiplier)

    def weights(self, volume: Volume) -> Number:
        own = together(prod(per_axis(self.kernel, volume.rank, "kernel"))) * together(volume.channels * self.multiplier)
        return own + self.added(volume, volume.channels * self.multiplier)

    def biases(self, volume: Volume) -> Number:
        return volume.channels * self.multiplier if self.bias else 0

    def macs(self, volume: Volume) -> Number:
        return self.output(volume).values * together(prod(per_axis(self.kernel, volume.rank, "kernel")))

    def along_channels(self, volume: Volume) -> Own:
        return SELF

    def maps_seen(self, volume: Volume) -> Number:
        return 1


class SeparableConv(Convolution, tag="separable_conv", frozen=True):
    """A depthwise convolution and a 1×1 convolution of its channels, as one layer.

    Output as of `conv`. Weights F·F·D₁·m + D₁·m·K, biases K (the depthwise half has none). Multiply-adds: output
    positions × weights. Source: Chollet 2017, arXiv:1610.02357, figure 4; Howard et al. 2017, section 3.1.

    >>> SeparableConv(filters=64, kernel=3).weights(Volume.of("28x28x32")) == 3 * 3 * 32 + 32 * 64
    True
    """

    main: ClassVar[str] = "filters"
    plural: ClassVar[str] = "separable convolutions"

    filters: Filters
    kernel: Kernel
    multiplier: Multiplier = 1
    stride: Stride = 1
    padding: Padding = 0
    dilation: Dilation = 1
    bias: Bias = True
    activation: Fused = None
    rounding: RoundingWord = "floor"

    def output(self, volume: Volume) -> Volume:
        return slide(self.windows(volume), volume, self.rounding).deep(self.filters)

    def weights(self, volume: Volume) -> Number:
        return self._kernels(volume) + fused(self.activation).weights(self.output(volume))

    def biases(self, volume: Volume) -> Number:
        return self.filters if self.bias else 0

    def macs(self, volume: Volume) -> Number:
        return self.output(volume).positions * together(self._kernels(volume))

    def maps_seen(self, volume: Volume) -> Number:
        return 1

    def _kernels(self, volume: Volume) -> Number:
        """The weights of both halves: every channel's own window, then a 1×1 over all of them."""
        deep = volume.channels * self.multiplier
        return together(prod(per_axis(self.kernel, volume.rank, "kernel"))) * deep + deep * self.filters


class ConvTranspose(Convolution, tag="conv_transpose", frozen=True):
    """A convolution run backwards: every input value is spread over a window of the output.

    Output extent (W₁ − 1)·S − 2P + F' + output padding, depth K; `padding: same` gives W₁·S. Weights F·F·D₁·K/g, biases
    K. Multiply-adds: *input* values × F·F·K/g. `size` or `like` works the output padding out, which is smaller than
    max(S, d). Source: Dumoulin & Visin 2016, arXiv:1603.07285, section 4.

    >>> ConvTranspose(filters=4, kernel=3, stride=2, padding=1, output_padding=1).output(Volume.of("16x16x8"))
    Volume("32x32x4")
    """

    main: ClassVar[str] = "filters"
    plural: ClassVar[str] = "transposed convolutions"
    spreads: ClassVar[bool] = True

    filters: Filters
    kernel: Kernel
    stride: Stride = 1
    padding: Padding = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True
    gain: Gain = False
    activation: Fused = None
    output_padding: OutputPadding = 0
    size: TargetSize = None
    like: Like = None

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        if not self._same():
            return super().windows(volume)
        bare = windows(volume.sides, self.kernel, self.stride, 0, self.dilation)
        surplus = [maximum(window.span - window.stride, 0) for window in bare]
        return tuple(
            w._replace(before=more // 2, after=more - more // 2) for w, more in zip(bare, surplus, strict=True)
        )

    def output(self, volume: Volume) -> Volume:
        check_groups(self.groups, volume.channels, self.filters)
        sides = []
        for window, side, extra in zip(self.windows(volume), volume.sides, self._extra(volume), strict=True):
            result = transposed_side(side, window, extra)
            if certainly(result < 0):
                made = f"({side} − 1)·{window.stride} − {window.before + window.after} + {window.span}"
                message = f"the output would be empty: {made}{f' + {extra}' if extra else ''} = {result}"
                raise LayerError(message, "use less padding", "padding")
            sides.append(result)
        return Volume(tuple(sides) if self.size is None else per_axis(self.size, volume.rank, "size"), self.filters)

    def weights(self, volume: Volume) -> Number:
        return self._spread(volume) * volume.channels + self.added(volume, self.filters)

    def biases(self, volume: Volume) -> Number:
        return self.filters if self.bias else 0

    def macs(self, volume: Volume) -> Number:
        return volume.values * self._spread(volume)

    def maps_seen(self, volume: Volume) -> Number:
        return volume.channels // self.groups

    def sees(self, volume: Volume) -> tuple[Own, ...]:
        return tuple(transposed_reach(window) for window in self.windows(volume))

    def warnings(self, volume: Volume) -> list[str]:
        sides = self.output(volume).sides
        if any(isinstance(side, int) and side == 0 for side in sides):
            return ["the padding removes the whole output"]
        blind = any(own.sizes(side)[1] == 0 for own, side in zip(self.sees(volume), sides, strict=True))
        return ["some outputs see nothing: the taps of the kernel leave gaps between the strides"] if blind else []

    def explicit(self, *inputs: Volume) -> dict[str, Any]:
        worked_out = {} if self.size else {"output_padding": self._extra(inputs[0])}
        return {**super().explicit(*inputs), **worked_out}

    def resolved(self, *inputs: Volume) -> dict[str, Any]:
        worked_out = {"output_padding": list(self._extra(inputs[0]))} if self.size else {}
        return {**super().resolved(*inputs), **worked_out}

    def _spread(self, volume: Volume) -> Number:
        """How many weights one input value meets."""
        return together(prod(per_axis(self.kernel, volume.rank, "kernel")) * (self.filters // self.groups))

    def _same(self) -> bool:
        return isinstance(self.padding, str) and self.padding == "same"

    def _extra(self, volume: Volume) -> tuple[Number, ...]:
        """What is added at the end of each side: the output padding, or what `same` or the size is short of."""
        extra = per_axis(self.output_padding, volume.rank, "output_padding")
        sides = target(self, volume, "output_padding")
        if sides is not None:
            return tuple(map(self._missing, self.windows(volume), volume.sides, sides))
        if self._same():
            if any(certainly(more > 0) for more in extra):
                message = "padding `same` fixes the output size, output_padding would change it"
                raise LayerError(message, "drop one of the two", "output_padding")
            return tuple(maximum(window.stride - window.span, 0) for window in self.windows(volume))
        for window, more in zip(self.windows(volume), extra, strict=True):
            above = maximum(window.stride, window.dilation)
            if certainly(more >= above):
                step = f"the stride ({window.stride}) or the dilation ({window.dilation})"
                message = f"output_padding {more} is not smaller than {step}"
                raise LayerError(message, f"use at most {above - 1}", "output_padding")
        return extra

    def _missing(self, window: Window, side: Number, wanted: Number) -> Number:
        """The output padding that a side needs to come to one that is wanted."""
        least = transposed_side(side, window, 0)
        most = least + maximum(window.stride, window.dilation) - 1
        if self._same():
            least = most = side * window.stride
        if certainly(wanted < least) or certainly(wanted > most):
            reached = least if most is least else f"{least} to {most}"
            raise LayerError(f"a side of {side} cannot become {wanted}", f"it can reach {reached}", "size")
        return wanted - transposed_side(side, window, 0)


def slide(windows: tuple[Window, ...], volume: Volume, rounding: str, noun: str = "kernel") -> Volume:
    """The volume with a value for each window; the channels stay. Names the whole window when it does not fit."""
    try:
        sides = tuple(w.positions(side, rounding) for w, side in zip(windows, volume.sides, strict=True))  # type: ignore[arg-type]
    except LayerError as error:
        if error.field is not None:
            raise
        kernel = "×".join(str(w.extent) for w in windows)
        spans = "×".join(str(w.span) for w in windows)
        dilated = f" (dilated to {spans})" if spans != kernel else ""
        rooms = [side + w.before + w.after for w, side in zip(windows, volume.sides, strict=True)]
        padded = "×".join(map(str, rooms))
        inside = f", padded to {padded}" if padded != "×".join(map(str, volume.sides)) else ""
        axes = zip(AXES[volume.rank], windows, rooms, strict=True)
        over = [f"{axis}: {w.span} > {room}" for axis, w, room in axes if certainly(w.span > room)]
        which = f" ({', '.join(over)})" if 0 < len(over) < volume.rank else ""
        message = f"{noun} {kernel}{dilated} is larger than its {volume} input{inside}{which}"
        raise TooSmallError(message, too_large_help(windows, rooms, noun)) from None
    return Volume(sides, volume.channels)


def too_large_help(windows: tuple[Window, ...], rooms: list[Number], noun: str) -> str:
    """The fix for a window that does not fit: the largest that does, per axis."""
    if not all(known(room) and known(w.span) for w, room in zip(windows, rooms, strict=True)):
        return 'add "padding: half"'
    fits = [str((room - 1) // w.dilation + 1) for w, room in zip(windows, rooms, strict=True)]
    most = fits[0] if len({*fits}) == 1 else "×".join(fits)
    grows = any(window.span > 2 for window in windows) and noun == "kernel"
    return f'add "padding: half", or use a {noun} of at most {most}' if grows else f"use a {noun} of at most {most}"


def check_groups(groups: Number, channels: Number, filters: Number) -> None:
    """Raise LayerError unless the groups divide the channels on both sides."""
    divides(groups, channels, "{divisor} groups do not divide the {value} channels of the input", "groups")
    divides(groups, filters, "{divisor} groups do not divide the {value} filters", "groups")


def _check_table(table: tuple[tuple[int, ...], ...], channels: Number, filters: Number) -> None:
    """Raise LayerError unless the table has a row for each filter, each of some input maps, none twice."""
    if certainly(len(table) > filters) or certainly(len(table) < filters):
        message = f"connections lists {len(table)} maps, and there are {filters} filters"
        raise LayerError(message, "give one list per filter", "connections")
    for place, maps in enumerate(table):
        if not maps:
            raise LayerError(f"filter {place} of connections sees no map", "name at least one", "connections")
        if len(set(maps)) < len(maps):
            raise LayerError(f"filter {place} of connections names a map twice", "name each once", "connections")
        if certainly(max(maps) >= channels):
            message = f"filter {place} of connections sees map {max(maps)}, and the input has {channels}"
            raise LayerError(message, f"maps are counted from 0 to {channels - 1}", "connections")
