"""Other: dropout and attention."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from cnncalc.dims import Number, together
from cnncalc.layers.base import Layer, divides
from cnncalc.layers.operations import Operations
from cnncalc.reach import Own
from cnncalc.terms import Bias, Extent
from cnncalc.volume import Volume
from cnncalc.window import LayerError


class Dropout(Layer, tag="dropout", frozen=True):
    """Values set to zero at random while training; in place, and nothing at all afterwards.

    Source: Srivastava et al. 2014.
    """

    main: ClassVar[str] = "rate"
    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    rate: Annotated[float, Meta(ge=0, lt=1, description="The share of values that is dropped.")] = 0.5

    def output(self, volume: Volume) -> Volume:
        return volume


class Attention(Layer, tag="attention", frozen=True):
    """Multi-head self-attention over a length × channels volume; the volume stays.

    Weights 4·D² (query, key, value and output projections), biases 4·D. Multiply-adds 4·D² per position and 2·L²·D for
    the two products. Operations beside them: the biases, and a softmax over heads·L² scores.
    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.

    >>> Attention(heads=2).macs(Volume.of("10x8")) == 10 * 4 * 8 * 8 + 2 * 10 * 10 * 8
    True
    """

    main: ClassVar[str] = "heads"

    heads: Annotated[Extent, Meta(description="How many heads the channels are split into.")]
    bias: Bias = True

    def output(self, volume: Volume) -> Volume:
        self._length(volume)
        divides(self.heads, volume.channels, "{divisor} heads do not divide {value} channels", "heads")
        return volume

    def weights(self, volume: Volume) -> Number:
        return 4 * together(volume.channels * volume.channels)

    def biases(self, volume: Volume) -> Number:
        return 4 * volume.channels if self.bias else 0

    def macs(self, volume: Volume) -> Number:
        length = self._length(volume)
        return length * together(self.weights(volume)) + 2 * (length * length * volume.channels)

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        length = self._length(volume)
        rows = self.heads * length
        scores = Operations("scores", self.type_name(), rows * length, rows)
        return (scores, Operations("bias", self.type_name(), 4 * volume.values)) if self.bias else (scores,)

    def sees(self, volume: Volume) -> tuple[Own, ...] | None:
        return None

    def _length(self, volume: Volume) -> Number:
        if volume.rank != 1:
            raise LayerError(
                f"attention runs over length × channels, and its input is {volume}",
                "bring it into that form with `reshape: [length, channels]`",
            )
        return volume.sides[0]
