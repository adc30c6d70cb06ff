"""A volume of activations: its sides, and its channels last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from cnncalc.dims import Number, prod, settled

MOST = 10**12
"""No extent, and no count in a spec, may be larger: what goes beyond is a slip, and would only make slow numbers."""

AXES: tuple[tuple[str, ...], ...] = ((), ("length",), ("height", "width"), ("depth", "height", "width"))
"""What the sides of a volume are called, by rank."""

_BETWEEN = re.compile(r"[x×]|(?<=\d)X(?=\d)", re.ASCII)

LETTERS = {"height": "H", "width": "W", "length": "L", "depth": "T"}
"""What formulas call the sides; T is the depth of a 3-D volume, for D is that of the channels."""


class Volume(Struct, frozen=True):
    """Sides and channels, written channels-last: height × width × channels, with a depth before them in 3-D.

    >>> Volume.of("224x224x3")
    Volume("224x224x3")
    >>> Volume.of("16000x1").rank
    1
    >>> Volume.of("55x55x96").values == 55 * 55 * 96
    True
    """

    sides: tuple[Number, ...]
    channels: Number

    @classmethod
    def of(cls, text: str) -> Volume:
        """Read ``height x width x channels``; raises ValueError when a part is not a whole number of at least 1."""
        parts = divided(text)
        if len(parts) > 4 or not all(re.fullmatch(r"\d{1,13}", part, re.ASCII) for part in parts):
            raise ValueError(f"{text!r} is not a volume: write it as 224x224x3")
        *sides, channels = map(int, parts)
        if min(*sides, channels, MOST) < 1:
            raise ValueError(f"{text!r} is not a volume: every extent is at least 1")
        return cls(tuple(sides), channels)

    @property
    def rank(self) -> int:
        """The number of axes that windows slide along."""
        return len(self.sides)

    @property
    def positions(self) -> Number:
        """The number of places, all sides multiplied."""
        return prod(settled(side) for side in self.sides)

    @property
    def values(self) -> Number:
        """The number of values: all sides and the channels multiplied."""
        return prod(settled(extent) for extent in self)

    def along(self, axis: str) -> Number:
        """The extent called `axis` (height, width, depth, length or channels); KeyError when the volume has none."""
        if axis == "channels":
            return self.channels
        return dict(zip(AXES[self.rank], self.sides, strict=True))[axis]

    def deep(self, channels: Number) -> Volume:
        """The same sides under another number of channels."""
        return Volume(self.sides, channels)

    def __iter__(self) -> Iterator[Number]:
        yield from self.sides
        yield self.channels

    def __str__(self) -> str:
        return "×".join(str(extent) for extent in self)

    def __repr__(self) -> str:
        return f'Volume("{"x".join(str(extent) for extent in self)}")'


def divided(text: str) -> list[str]:
    """The extents of a size as it is written: `x` and `×` divide, and `X` between two digits, for it may be a name.

    >>> divided("28x28x1") == divided("28×28×1") == divided("28X28X1")
    True
    >>> divided("HxWxX")
    ['H', 'W', 'X']
    """
    return _BETWEEN.split(text)


def point(rank: int, channels: Number) -> Volume:
    """One position of `channels` values: what a dense layer gives, the rank kept."""
    return Volume((1,) * rank, channels)


def known(value: Any) -> bool:
    """Is this a plain number, and not a symbol?"""
    return isinstance(value, int)
