"""Merging: several volumes become one."""

from __future__ import annotations

from typing import ClassVar

from cnncalc.dims import Number, differ, together, total
from cnncalc.layers.base import Layer
from cnncalc.layers.operations import Operations
from cnncalc.reach import Own
from cnncalc.terms import Names
from cnncalc.volume import Volume, point
from cnncalc.window import LayerError


class Add(Layer, tag="add", frozen=True):
    """The sum of equal volumes, value by value: one operation per value and volume added."""

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True

    inputs: Names = None

    def output(self, *volumes: Volume) -> Volume:
        first, *rest = _several(volumes, "add")
        for other in rest:
            if not _alike(first, other):
                raise LayerError(
                    f"add takes equal volumes, and these are {_listed(volumes)}",
                    "make the sides equal with padding or stride, the channels with a 1×1 convolution",
                )
        return first

    def operations(self, *volumes: Volume) -> tuple[Operations, ...]:
        return (Operations("merge", self.type_name(), (len(volumes) - 1) * self.output(*volumes).values),)


class Multiply(Layer, tag="multiply", frozen=True):
    """The product of volumes, value by value: one operation per value and volume multiplied by.

    A volume of one position (1×1×D) scales the channels of the others, one of one channel (H×W×1) their positions:
    that is how gates are made. Source: Hu et al. 2018, arXiv:1709.01507, equation 4.
    """

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True

    inputs: Names = None

    def output(self, *volumes: Volume) -> Volume:
        largest = _several(volumes, "multiply")[0]
        for other in volumes[1:]:
            if _gates(other, largest):
                continue
            if not _gates(largest, other):
                raise LayerError(
                    "multiply takes equal volumes, or gates of 1×1×channels or sides×1, "
                    f"and these are {_listed(volumes)}",
                    "make the sides equal, or pool one to a single position",
                )
            largest = other
        return largest

    def operations(self, *volumes: Volume) -> tuple[Operations, ...]:
        return (Operations("merge", self.type_name(), (len(volumes) - 1) * self.output(*volumes).values),)


class Concat(Layer, tag="concat", frozen=True):
    """Volumes of equal sides, one after the other along the channels. No operations."""

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True
    lays_beside: ClassVar[bool] = True

    inputs: Names = None

    def output(self, *volumes: Volume) -> Volume:
        first, *rest = _several(volumes, "concat")
        for other in rest:
            if not _alike(first.deep(1), other.deep(1)):
                raise LayerError(
                    f"concat takes volumes of equal sides, and these are {_listed(volumes)}",
                    "make the sides equal with padding, stride, or `crop`",
                )
        return first.deep(total(volume.channels for volume in volumes))


class Matmul(Layer, tag="matmul", frozen=True):
    """The matrix product of two length × channels volumes: L×D by D×M gives L×M. Multiply-adds L·D·M, no weights."""

    main: ClassVar[str] = "inputs"
    merges: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True

    inputs: Names = None

    def output(self, *volumes: Volume) -> Volume:
        if len(volumes) != 2 or any(volume.rank != 1 for volume in volumes):
            raise LayerError(
                f"matmul takes two volumes of length × channels, and got {_listed(volumes) or 'none'}",
                "bring them into that form with `reshape`",
            )
        left, right = volumes
        if differ(left.channels, right.sides[0]):
            raise LayerError(
                f"matmul takes L×D by D×M, and these are {left} by {right}", "turn one round with `permute: [1, 0]`"
            )
        return Volume(left.sides, right.channels)

    def macs(self, *volumes: Volume) -> Number:
        return self.output(*volumes).values * together(volumes[0].channels)

    def sees(self, *volumes: Volume) -> tuple[Own, ...] | None:
        return None


def _several(volumes: tuple[Volume, ...], what: str) -> tuple[Volume, ...]:
    if len(volumes) < 2:
        raise LayerError(f"{what} takes at least two inputs, and got {len(volumes)}", f"name them: `{what}: [a, b]`")
    return volumes


def _alike(a: Volume, b: Volume) -> bool:
    """Are these equal, as far as is known?"""
    return a.rank == b.rank and not any(differ(x, y) for x, y in zip(a, b, strict=True))


def _gates(gate: Volume, volume: Volume) -> bool:
    """Can `gate` scale the values, the channels, or the positions of `volume`?"""
    return _alike(gate, volume) or _alike(gate, point(volume.rank, volume.channels)) or _alike(gate, volume.deep(1))


def _listed(volumes: tuple[Volume, ...]) -> str:
    return " and ".join(str(volume) for volume in volumes)
