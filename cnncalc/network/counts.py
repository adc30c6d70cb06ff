"""What layers hold and cost: the counts, listed once, and how values become bytes."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from cnncalc.dims import Number, ceildiv
from cnncalc.layers.base import Layer
from cnncalc.volume import Volume

BITS: dict[str, int] = {
    "float64": 64,
    "float32": 32,
    "bfloat16": 16,
    "float16": 16,
    "float8": 8,
    "int8": 8,
    "int4": 4,
}
"""Bits per value of the number types that memory can be counted in."""


COUNTED = ("weights", "biases", "buffers", "macs", "flops", "activations")
"""The counts that a layer keeps."""

SUMMED = ("weights", "biases", "params", "buffers", "macs", "flops", "activations")
"""The counts that add up over layers, in the order in which they are listed."""


class Counts(Struct, frozen=True):
    """What one layer holds and costs, per image; the terms are those of ``docs/counting.md``."""

    output: Volume
    weights: Number
    biases: Number
    buffers: Number
    macs: Number
    flops: Number
    activations: Number

    @classmethod
    def of(cls, layer: Layer, *inputs: Volume) -> Counts:
        """Run every formula of the layer on the volumes that arrive."""
        macs = layer.macs(*inputs)
        return cls(
            output=layer.output(*inputs),
            weights=layer.weights(*inputs),
            biases=layer.biases(*inputs),
            buffers=layer.buffers(*inputs),
            macs=macs,
            flops=2 * macs + layer.operations(*inputs),
            activations=layer.activations(*inputs),
        )


class Sizing(Struct, frozen=True):
    """How values become bytes: the type of number, and how many images at a time."""

    dtype: str = "float32"
    batch: int = 1

    def memory(self, values: Number) -> Number:
        """Bytes of that many values, once."""
        bits = BITS[self.dtype]
        return values * (bits // 8) if bits % 8 == 0 else ceildiv(values * bits, 8)

    def activation_memory(self, values: Number) -> Number:
        """Bytes of that many values for each image of the batch."""
        return self.memory(values * self.batch)


def plain(value: Any) -> Any:
    """A value as JSON holds it: integers, words and truths as they are, sequences as lists, the rest as a string."""
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if hasattr(value, "free_symbols"):
        from cnncalc.numbers.symbolic import closed_form

        return int(value) if value.is_Integer else closed_form(value)
    return str(value)
