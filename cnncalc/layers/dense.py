"""Dense: every output sees every input."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from cnncalc.dims import Number, together
from cnncalc.layers.activation import Activated, Fused
from cnncalc.reach import SELF, Own
from cnncalc.terms import Bias, Gain, Units
from cnncalc.volume import Volume, point


class Dense(Activated, tag="dense", frozen=True):
    """A fully connected layer: each of its units sees every value of the input, which it flattens.

    Output 1×1×K (the rank is kept). Weights W₁·H₁·D₁·K, biases K. Multiply-adds: as many as weights.
    With `per_position` the same matrix is applied at every position: output W₁×H₁×K, weights D₁·K,
    multiply-adds W₁·H₁·D₁·K.

    >>> Dense(units=4096).weights(Volume.of("7x7x512")) == 7 * 7 * 512 * 4096
    True
    """

    main: ClassVar[str] = "units"
    aliases: ClassVar[tuple[str, ...]] = ("fc", "linear")

    units: Units
    bias: Bias = True
    gain: Gain = False
    activation: Fused = None
    per_position: Annotated[
        bool, Meta(description="Apply the layer to the channels of every position instead of flattening the input.")
    ] = False

    def output(self, volume: Volume) -> Volume:
        return volume.deep(self.units) if self.per_position else point(volume.rank, self.units)

    def weights(self, volume: Volume) -> Number:
        return self._seen(volume) * self.units + self.added(volume, self.units)

    def biases(self, volume: Volume) -> Number:
        return self.units if self.bias else 0

    def macs(self, volume: Volume) -> Number:
        return self.output(volume).values * self._seen(volume)

    def sees(self, volume: Volume) -> tuple[Own, ...] | None:
        return (SELF,) * volume.rank if self.per_position else None

    def along_channels(self, volume: Volume) -> Own | None:
        return None

    def matrix(self, volume: Volume) -> tuple[Number, Number]:
        return self._seen(volume), self.units

    def _seen(self, volume: Volume) -> Number:
        """How many values one unit sees."""
        return volume.channels if self.per_position else together(volume.values)
