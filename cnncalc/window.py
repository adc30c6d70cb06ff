"""Sliding a window along one axis: the arithmetic of every layer that slides, one axis at a time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypeAlias

from cnncalc.dims import Number, ceildiv, certainly, gcd, maximum, minimum, ratio
from cnncalc.reach import MOST, SELF, Own, Reach, rows
from cnncalc.volume import AXES, known

Rounding: TypeAlias = Literal["floor", "ceil", "exact"]


class LayerError(Exception):
    """A layer that is impossible on its input: what is wrong, the fix, and the field concerned."""

    def __init__(self, message: str, help: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message, self.help, self.field = message, help, field


class TooSmallError(LayerError):
    """An input that has no room for a window."""


class Window(NamedTuple):
    """A window on one axis: `extent` taps, `dilation` apart, moving by `stride`, over padding `before` and `after`."""

    extent: Number
    stride: Number = 1
    before: Number = 0
    after: Number = 0
    dilation: Number = 1

    @property
    def span(self) -> Number:
        """The effective extent F' = F + (d − 1)·(F − 1), which is d·(F − 1) + 1."""
        if type(self.dilation) is int and self.dilation == 1:
            return self.extent
        return self.extent + (self.dilation - 1) * (self.extent - 1)

    @property
    def reach(self) -> Reach:
        """What the window sees of its input."""
        return Reach(self.span, self.stride, -self.before, 1 if self.extent == 1 else self.dilation)

    @property
    def padding(self) -> Number:
        """What is added on both sides together: 2·P where they are the same."""
        return 2 * self.before if self.after is self.before else self.before + self.after

    def room(self, side: Number) -> Number:
        """How far the window can move: side − F' + 2·P."""
        return side - self.span + self.padding

    def positions(self, side: Number, rounding: Rounding = "floor") -> Number:
        """How many windows fit: ⌊(side + padding − F')/S⌋ + 1.

        `ceil` rounds the other way, as in Caffe's pooling, but no window starts after the input and its left padding.
        Raises LayerError if none fits, and under `exact` when the division leaves a fraction.

        >>> Window(11, stride=4).positions(227)
        55
        >>> Window(3, stride=2).positions(6, "ceil")
        3
        """
        room = self.room(side)
        if rounding == "ceil":
            if certainly(room <= -self.stride):
                raise self._too_large(side)
            return minimum(ceildiv(room, self.stride) + 1, ceildiv(side + self.before, self.stride))
        if certainly(room < 0):
            raise self._too_large(side)
        if rounding == "exact" and certainly(room % self.stride > 0):
            raise LayerError(
                f"the window does not fit: {self.fraction(side)}",
                'change the padding or the stride, or take "rounding: floor"',
                "rounding",
            )
        return room // self.stride + 1

    def missed(self, side: Number) -> Number:
        """How many values at the end of the side no window sees because the division was floored.

        What the remainder leaves of the padding is not a loss, and neither is a gap as wide as the ones that a stride
        larger than the window leaves between any two windows.

        >>> Window(11, stride=4).missed(224), Window(7, stride=2, before=3, after=3).missed(224)
        (1, 0)
        """
        gap = maximum(self.stride - self.span, 0)
        return maximum(self.room(side) % self.stride - self.after - gap, 0)

    def fraction(self, side: Number) -> str:
        """The division as people write it: ``(224 − 11)/4 + 1 = 54.25``."""
        padding = self.padding
        exact = Fraction(self.room(side), self.stride) + 1
        decimal = f"{float(exact):.4f}".rstrip("0").rstrip(".")
        return (
            f"({side} − {self.span}{f' + {padding}' if padding else ''})/{self.stride} + 1 "
            f"{'=' if Fraction(decimal) == exact else '≈'} {decimal}"
        )

    def _too_large(self, side: Number) -> LayerError:
        padding = self.padding
        padded = f" (with its padding {side + padding})" if not known(padding) or padding else ""
        dilated = f" (dilated to {self.span})" if not known(self.dilation) or self.dilation > 1 else ""
        return LayerError(f"a window of {self.extent}{dilated} does not fit in a side of {side}{padded}")


def transposed_side(side: Number, window: Window, extra: Number) -> Number:
    """The side a transposed window gives: (side − 1)·S − padding + F' + extra (Dumoulin & Visin 2016, section 4)."""
    return (side - 1) * window.stride - window.padding + window.span + extra


def transposed_reach(window: Window) -> Own:
    """What one output of a transposed window sees: the inputs i with o + P − i·S = t·d for a tap 0 ≤ t < F."""
    extent, stride, before, _, dilation = window
    if not certainly(stride > 1):
        return window._replace(before=window.span - 1 - before).reach
    if not known(extent * stride * before * dilation) or stride > MOST:
        start = ratio(before - window.span + 1, stride)
        return Reach(ratio(window.span - 1, stride) + 1, ratio(1, stride), start, hull=True)
    apart = gcd(stride, dilation)
    every, step = stride // apart, dilation // apart
    spans = []
    for place in range(before, before + stride):
        tap = place // apart * pow(step, -1, every) % every  # the first that falls on an input, the last of those seen
        last, taps = (place - tap * dilation) // stride, len(range(tap, extent, every)) if place % apart == 0 else 0
        spans.append(range(last - (taps - 1) * step, last + 1, step))
    return rows(1, spans)


KERNELS = {"nearest": 0, "bilinear": 1, "bicubic": 2}
"""How many neighbours have a weight on either side of a place between two values; a place on a value has that one."""


def stretched_reach(after: Number, before: Number = 1, mode: str = "nearest", corners: Number = 0) -> Own:
    """What one value sees where every `before` values become `after`, by repeating or by interpolating.

    The value at o of nearest is that at ⌊o·before/after⌋; else it lies at (o + 1/2)·before/after − 1/2 of the input.
    Where the corners of a side of `corners` values keep their places, it lies at o·(side − 1)/(side·after/before − 1).
    """
    if after == before:
        return SELF
    reach = KERNELS[mode]
    step, every, first = (2 * before, 2 * after, before - after) if reach else (before, after, 0)
    if corners:
        step, every, first = corners - 1, corners * after // before - 1, 0
        if every == 0:
            return Reach(1, corners, 0)
    period = every // gcd(step, every) if known(step) and known(every) else 0
    if not reach and not 0 < period <= MOST:
        return Reach(2 - ratio(1, every), ratio(step, every), ratio(1, every) - 1, hull=True)
    if not 0 < period <= MOST:
        side = reach - ratio(1, every)
        return Reach(2 * side + 1, ratio(step, every), ratio(first, every) - side, hull=True)
    spans = []
    for place in range(period):
        at, between = divmod(first + place * step, every)
        spans.append(range(at + 1 - reach, at + 1 + reach) if between and reach else range(at, at + 1))
    return rows(period * step // every, spans)


def adaptive_reach(side: Number, windows: Number) -> Own:
    """What the windows [⌊i·side/windows⌋, ⌈(i+1)·side/windows⌉) see; of sides that are symbols, where they divide."""
    jump = ratio(side, windows)
    if not certainly(side % windows > 0):
        return Reach(adaptive_span(side, windows), jump, 0)
    period = windows // gcd(side, windows) if known(side) and known(windows) else 0
    if not 0 < period <= MOST:
        return Reach(jump + 2 - ratio(2, windows), jump, ratio(1, windows) - 1, hull=True)
    spans = [range(at * side // windows, ceildiv((at + 1) * side, windows)) for at in range(period)]
    return rows(period * side // windows, spans)


def adaptive_span(side: Number, windows: Number) -> Number:
    """The widest of the windows [⌊i·side/windows⌋, ⌈(i+1)·side/windows⌉): ⌈(side + windows − gcd)/windows⌉."""
    return ceildiv(adaptive_elements(side, windows), windows)


def adaptive_elements(side: Number, windows: Number) -> Number:
    """How many elements all those windows hold together: side + windows − gcd(side, windows).

    >>> adaptive_elements(7, 3) == 3 + 3 + 3  # [0, 3), [2, 5), [4, 7)
    True
    """
    return side + windows - gcd(side, windows)


def per_axis(value: Any, rank: int, field: str) -> tuple[Any, ...]:
    """One value for each of `rank` axes: a single one is taken for all. Raises LayerError if the numbers differ."""
    if not isinstance(value, tuple):
        return (value,) * rank
    if len(value) != rank:
        raise LayerError(
            f"{field} is for {len(value)} {'axis' if len(value) == 1 else 'axes'}, and its input has {axes(rank)}",
            f"give one number for all axes, or {rank}" if rank > 1 else "give one number",
            field,
        )
    return value


def axes(rank: int) -> str:
    """The sides of a volume in words."""
    names = AXES[rank]
    return f"{rank} ({', '.join(names)})" if names else "none (it is a plain vector)"


def windows(
    sides: Sequence[Number], kernel: Any, stride: Any, padding: Any, dilation: Any = 1, *, field: str = "kernel"
) -> tuple[Window, ...]:
    """The window of every axis, scalars made pairs and the words of `padding` made numbers.

    `valid` is none; `half` is d·(F − 1)/2 rounded down, on both sides; `same` gives ⌈N/S⌉ windows, the odd value at
    the end (TensorFlow's); `causal` is d·(F − 1) before and none after, on one axis.
    """
    rank = len(sides)
    if rank == 0:
        raise LayerError("a plain vector has no sides to slide along", "give the input sides: 1x1x100")
    resolved = []
    paddings = (padding,) * rank if isinstance(padding, str) else per_axis(padding, rank, "padding")
    for side, extent, step, pad, apart in zip(
        sides,
        per_axis(kernel, rank, field),
        per_axis(stride, rank, "stride"),
        paddings,
        per_axis(dilation, rank, "dilation"),
        strict=True,
    ):
        bare = Window(extent, step, 0, 0, apart)
        if not isinstance(pad, str):
            before, after = pad if isinstance(pad, tuple) else (pad, pad)
        elif pad == "valid":
            before = after = 0
        elif pad == "half":
            before = after = (bare.span - 1) // 2
        elif pad == "same":
            short = maximum((ceildiv(side, step) - 1) * step + bare.span - side, 0)
            before, after = short // 2, short - short // 2
        elif rank == 1:
            before, after = bare.span - 1, 0
        else:
            raise LayerError("causal padding is for one axis (length × channels)", 'use "half"', "padding")
        resolved.append(bare._replace(before=before, after=after))
    return tuple(resolved)
