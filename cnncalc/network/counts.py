"""What layers hold and cost: the counts, listed once, and how values become bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

from msgspec import UNSET, Struct

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

if TYPE_CHECKING:
    Dtype: TypeAlias = str
else:
    Dtype = Literal[tuple(BITS)]


class Answer(Struct, frozen=True):
    """A result whose fields an editor completes, and which writes itself as JSON; UNSET fields have no key."""

    order: ClassVar[tuple[str, ...]] = ()
    """The order of the keys, if it is not that of the fields."""

    def to_dict(self) -> Any:
        """The result as plain data: numbers, words, lists and objects, a closed form as a string."""
        return {name: value if type(value) in _PLAIN else plain(value) for name, value in self.items()}

    def items(self) -> Iterator[tuple[str, Any]]:
        """The keys and their values as they are."""
        for name in self.order or self.__struct_fields__:
            value = getattr(self, name)
            if value is not UNSET:
                yield name, value


N = TypeVar("N")


class Counted(Answer, Generic[N], frozen=True):
    """All the counts, listed here and nowhere else; the terms are those of ``docs/counting.md``.

    Layers, rows of tables and results, and totals all have them; over layers they add up.
    """

    weights: N
    biases: N
    params: N
    buffers: N
    macs: N
    flops: N
    activations: N


SUMMED: tuple[str, ...] = Counted.__struct_fields__
"""The names of the counts, in the order in which they are listed."""


class Counts(Counted[Number], frozen=True):
    """What one layer holds and costs, per image, and the volume that comes out of it."""

    output: Volume

    @classmethod
    def of(cls, layer: Layer, *inputs: Volume) -> Counts:
        """Run every formula of the layer on the volumes that arrive."""
        macs, weights, biases = layer.macs(*inputs), layer.weights(*inputs), layer.biases(*inputs)
        buffers, flops = layer.buffers(*inputs), layer.flops(macs, *inputs)
        if layer.as_given:
            said = {"weights": weights, "biases": biases, "buffers": buffers, "macs": macs, "flops": flops}
            weights, biases, buffers, macs, flops = [_known(*count) for count in said.items()]
        return cls(
            output=layer.output(*inputs),
            weights=weights,
            biases=biases,
            params=weights + biases,
            buffers=buffers,
            macs=macs,
            flops=flops,
            activations=layer.activations(*inputs),
        )


def _known(count: str, value: Number | None) -> Number:
    """A count, or the unknown in its place where a layer does not say it."""
    if value is not None:
        return value
    from cnncalc.numbers import symbolic

    unknown: Number = symbolic.unknown(count)
    return unknown


class Sizing(Struct, frozen=True):
    """How values become bytes: the number type, and how many images at a time."""

    dtype: str = "float32"
    batch: int = 1

    def memory(self, values: Number) -> Number:
        """Bytes of that many values, once."""
        bits = BITS[self.dtype]
        return values * (bits // 8) if bits % 8 == 0 else ceildiv(values * bits, 8)

    def activation_memory(self, values: Number) -> Number:
        """Bytes of that many values for each image of the batch."""
        return self.memory(values * self.batch)


_PLAIN = frozenset({int, str, bool, float, type(None)})


def plain(value: Any) -> Any:
    """A value as JSON holds it: numbers, words and booleans as they are, sequences as lists, structs as objects.

    A symbol's closed form and a fraction are strings; what is UNSET in a struct is left out.
    """
    kind = type(value)
    if kind in _PLAIN or isinstance(value, (int, float, str)):
        return value
    if kind is tuple or kind is list:
        return [part if type(part) in _PLAIN else plain(part) for part in value]
    if isinstance(value, Answer):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (Sequence, Volume)):
        return [plain(part) for part in value]
    if hasattr(value, "free_symbols"):
        from cnncalc.numbers.symbolic import closed_form

        return int(value) if value.is_Integer else closed_form(value)
    return str(value)
