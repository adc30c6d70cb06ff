"""A network: its layers in order, each with its volumes, counts and reach. A fold over the layers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache, reduce
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.dims import Number, ceildiv, differ, maximum, total
from cnncalc.layers.base import Layer
from cnncalc.network.limits import Limit
from cnncalc.reach import SELF, Reach, union
from cnncalc.volume import MOST, Volume
from cnncalc.window import LayerError, Window

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


RULED = ("note", "warning", "error")
"""How much a spec can say that a rule of `cnncalc lint` matters, the least first."""


class Ruling(Struct, frozen=True):
    """What a spec says of a rule of `cnncalc lint`: how much it matters, or ('') that it is left out.

    `rule` is a code or a name as it was written, `layers` a pattern for the names of the layers meant ('': all).
    """

    rule: str
    severity: str = ""
    layers: str = ""
    place: Any = None


@lru_cache(maxsize=4096)
def _resolved(layer: Layer, given: tuple[Volume, ...]) -> dict[str, Any]:
    return layer.resolved(*given)


class Node(Struct, frozen=True, eq=False):
    """One layer where it stands in a network."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    given: tuple[Volume, ...]
    counts: Counts
    arriving: tuple[Reach, ...] | None
    reach: tuple[Reach, ...] | None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    share: str = ""
    frozen: bool = False
    sizing: Sizing = Sizing()
    place: Any = None

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.layer!r}, output={self.output!r})"

    @property
    def type(self) -> str:
        """The name of the layer's type."""
        return self.layer.type_name()

    @property
    def fields(self) -> dict[str, Any]:
        """The layer's fields as resolved on its input."""
        return dict(_resolved(self.layer, self.given))

    @property
    def windows(self) -> tuple[Window, ...]:
        """The window that the layer slides, per axis; empty where it slides none."""
        return self.layer.windows(*self.given)

    @property
    def output(self) -> Volume:
        """The volume that comes out."""
        return self.counts.output

    @property
    def weights(self) -> Number:
        """Trainable weights."""
        return self.counts.weights

    @property
    def biases(self) -> Number:
        """Trainable biases."""
        return self.counts.biases

    @property
    def params(self) -> Number:
        """Weights and biases."""
        return self.counts.weights + self.counts.biases

    @property
    def buffers(self) -> Number:
        """Values stored and not trained."""
        return self.counts.buffers

    @property
    def macs(self) -> Number:
        """Multiply-adds per image."""
        return self.counts.macs

    @property
    def flops(self) -> Number:
        """Floating-point operations per image."""
        return self.counts.flops

    @property
    def activations(self) -> Number:
        """Values per image that the output adds to memory."""
        return self.counts.activations

    @property
    def activation_bytes(self) -> Number:
        """Those values in bytes, for the whole batch."""
        return self.sizing.activation_memory(self.activations)

    @property
    def receptive_field(self) -> tuple[Number, ...] | None:
        """How many values of the network's input one output value sees, per axis; None where it sees everything."""
        return seen(self.reach)

    @property
    def jump(self) -> tuple[Any, ...] | None:
        """How far apart in the input neighbouring output values look, per axis; None where they see everything."""
        return None if self.reach is None else tuple(axis.jump for axis in self.reach)

    def to_dict(self) -> dict[str, Any]:
        """The layer's row of the machine-readable result."""
        return {
            "name": self.name,
            "type": self.type,
            "inputs": list(self.inputs),
            "output": plain(tuple(self.output)),
            "fields": {name: plain(value) for name, value in self.fields.items()},
            **{
                metric: plain(getattr(self, metric))
                for metric in (*SUMMED, "activation_bytes", "receptive_field", "jump", "notes")
            },
        }


COUNTED = ("weights", "biases", "buffers", "macs", "flops", "activations")
"""The counts that a layer keeps."""

SUMMED = ("weights", "biases", "params", "buffers", "macs", "flops", "activations")
"""The counts that add up over layers, in the order in which they are listed."""


class Totals(Struct, frozen=True):
    """What the whole network holds and costs."""

    layers: int
    weights: Number
    biases: Number
    params: Number
    buffers: Number
    macs: Number
    flops: Number
    activations: Number
    activation_bytes: Number
    weight_bytes: Number
    receptive_field: tuple[Number, ...] | None

    @classmethod
    def of(cls, inputs: Iterable[Volume], layers: Sequence[Node], sizing: Sizing) -> Totals:
        """All layers summed; the inputs' values count once among the activations."""
        sums: dict[str, Any] = {name: total(getattr(node.counts, name) for node in layers) for name in COUNTED}
        given = total(volume.values for volume in inputs)
        memory = [sizing.activation_memory(given), *(node.activation_bytes for node in layers)]
        params = sums["weights"] + sums["biases"]
        sums["activations"] = sums["activations"] + given
        return cls(
            layers=len(layers),
            params=params,
            activation_bytes=total(memory),
            weight_bytes=sizing.memory(params),
            receptive_field=next((seen(node.reach) for node in reversed(layers) if node.reach is not None), None),
            **sums,
        )

    def to_dict(self) -> dict[str, Any]:
        """The totals of the machine-readable result."""
        return {name: plain(getattr(self, name)) for name in self.__struct_fields__}


class Network(Struct, frozen=True, eq=False):
    """A network that has been read: `layers` in order, `totals`, and where it came from."""

    name: str
    inputs: dict[str, Volume]
    layers: tuple[Node, ...]
    totals: Totals
    outputs: tuple[str, ...] = ()
    source: str = ""
    warnings: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    published: tuple[Mapping[str, Any], ...] = ()
    budget: tuple[Limit, ...] = ()
    lint: tuple[Ruling, ...] = ()
    sizing: Sizing = Sizing()

    def sized(self, dtype: str = "float32", batch: int = 1) -> Network:
        """The same network with memory counted for another type of number, or for several images at a time.

        Raises ValueError for a type that is not in :data:`BITS`, and for a batch below 1.
        """
        if dtype not in BITS:
            raise ValueError(f"{dtype} is no type of number that is known: {', '.join(BITS)}")
        if batch < 1:
            raise ValueError(f"a batch has at least 1 image, and not {batch}")
        sizing = Sizing(dtype, batch)
        if sizing == self.sizing:
            return self
        layers = tuple(replace(node, sizing=sizing) for node in self.layers)
        return replace(self, sizing=sizing, layers=layers, totals=Totals.of(self.inputs.values(), layers, sizing))

    def __repr__(self) -> str:
        return f"Network({self.name!r}, {len(self.layers)} layers, {plain(self.totals.params)} parameters)"

    @property
    def symbolic(self) -> bool:
        """Is there a symbol in any volume or count?"""
        totals = (self.totals.params, self.totals.macs, self.totals.activations, self.totals.buffers)
        return any(hasattr(value, "free_symbols") for value in (*totals, *(e for v in self.inputs.values() for e in v)))

    def layer(self, name: str) -> Node:
        """The layer of that name; KeyError when there is none."""
        for node in self.layers:
            if node.name == name:
                return node
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """The machine-readable result: plain integers, symbols as strings, volumes channels-last."""
        return {
            "schema": 1,
            "name": self.name,
            "source": self.source,
            "batch": self.sizing.batch,
            "dtype": self.sizing.dtype,
            "inputs": {name: plain(tuple(volume)) for name, volume in self.inputs.items()},
            "outputs": list(self.outputs),
            "layers": [node.to_dict() for node in self.layers],
            "totals": self.totals.to_dict(),
            "warnings": list(self.warnings),
            "assumptions": list(self.assumptions),
        }


class Worked(NamedTuple):
    """What a layer gives on given volumes, wherever it stands."""

    counts: Counts
    sees: tuple[Reach, ...] | None
    warnings: tuple[str, ...]


_WORKED: dict[Any, Worked] = {}
"""What layers give on volumes, for all networks of the process that have no symbols."""
MOST_WORKED = 20_000
"""How many of these are kept; then it begins anew."""


class Builder:
    """Adds layers to a network one by one, each counted from the volumes that are there already.

    `concrete` says that there is no symbol anywhere: only then may counts come from another network, for what has been
    assumed of symbols is noted where they are worked out.
    """

    def __init__(self, inputs: Mapping[str, Volume], *, concrete: bool = False) -> None:
        self.nodes: dict[str, Node] = {}
        self._volumes = dict(inputs)
        if len(_WORKED) > MOST_WORKED:
            _WORKED.clear()
        self._worked: dict[Any, Worked] = _WORKED if concrete else {}
        self._own_weights: dict[str, Counts] = {}

    def volume(self, name: str) -> Volume:
        """The volume that the input or layer of that name gives."""
        return self._volumes[name]

    def add(
        self,
        name: str,
        layer: Layer,
        inputs: tuple[str, ...],
        *,
        share: str = "",
        frozen: bool = False,
        place: Any = None,
    ) -> Node:
        """Count the layer and put it at the end. Raises LayerError where it can not be."""
        given = tuple([self._volumes[source] for source in inputs])
        worked = self._work(layer, given)
        counts = own = worked.counts
        notes: list[str] = []
        if share:
            counts = self._shared(layer, share, counts)
            notes.append(f"shares the weights of {share}")
        elif frozen:
            counts = replace(own, weights=0, biases=0, buffers=own.weights + own.biases + own.buffers)
            if counts.buffers is not own.buffers:
                notes.append("frozen")
        arriving, differ_in = self._arriving(inputs, given)
        if differ_in:
            notes.append(f"not aligned: its inputs differ in their {differ_in}")
        reach = None if arriving is None or worked.sees is None else layer.carry(arriving, worked.sees)
        warned = worked.warnings
        node = Node(
            name, layer, inputs, given, counts, arriving, reach, (*notes, *warned), warned, share, frozen, place=place
        )
        self.nodes[name] = node
        self._volumes[name] = counts.output
        self._own_weights[name] = own
        return node

    def _work(self, layer: Layer, given: tuple[Volume, ...]) -> Worked:
        """Run the formulas; those of equal layers on equal volumes are run once."""
        key = (layer, given)
        found = self._worked.get(key)
        if found is None:
            counts = Counts.of(layer, *given)
            if any(isinstance(extent, int) and extent > MOST for extent in counts.output):
                raise LayerError(
                    f"an output of {counts.output} is beyond any machine", f"no extent may be above {MOST:,}"
                )
            found = self._worked[key] = Worked(counts, layer.sees(*given), tuple(layer.warnings(*given)))
        return found

    def _shared(self, layer: Layer, share: str, own: Counts) -> Counts:
        """The counts of a layer that uses the weights of another: they count once, there."""
        theirs = self._own_weights[share]
        if type(self.nodes[share].layer) is not type(layer):
            raise LayerError(
                f"{share} is of type {self.nodes[share].type}, and a {layer.type_name()} can not use its weights",
                "layers that share weights are of one type",
            )
        for metric in ("weights", "biases"):
            if differ(getattr(own, metric), getattr(theirs, metric)):
                raise LayerError(
                    f"{share} has {getattr(theirs, metric)} {metric}, and this layer needs {getattr(own, metric)}",
                    "layers that share weights have the same input depth and the same fields",
                )
        return replace(own, weights=0, biases=0, buffers=0)

    def _arriving(self, inputs: tuple[str, ...], given: tuple[Volume, ...]) -> tuple[tuple[Reach, ...] | None, str]:
        """What the layer's input sees of the network's, and in what several inputs differ: jump, centre, or ''."""
        paths = [
            self.nodes[name].reach if name in self.nodes else (SELF,) * volume.rank
            for name, volume in zip(inputs, given, strict=True)
        ]
        if len(paths) == 1:
            return paths[0], ""
        known = [path for path in paths if path is not None]
        if len(known) < len(paths):
            return None, ""
        axes = list(zip(*known, strict=True))
        joined = tuple(union(axis) for axis in axes)
        if any(path.jump != axis[0].jump for axis in axes for path in axis):
            return joined, "jump"
        if any(path.middle != axis[0].middle for axis in axes for path in axis):
            return joined, "centre"
        return joined, ""


def matching(network: Network, pattern: str) -> list[Node]:
    """The layers whose names fit a pattern such as ``stage*.conv*``, or are exactly it."""
    return [node for node in network.layers if node.name == pattern or fnmatchcase(node.name, pattern)]


def strides(network: Network) -> dict[str, tuple[Any, ...] | None]:
    """The stride of every layer against the input, per axis: all on the way multiplied, the widest where ways meet.

    None where only what sees everything leads to a layer; a gate that does is not asked where it meets other ways.
    """
    found: dict[str, tuple[Any, ...] | None] = {name: (1,) * volume.rank for name, volume in network.inputs.items()}
    for node in network.layers:
        ways = [way for name in node.inputs if (way := found[name]) is not None]
        own = node.layer.sees(*node.given)
        if own is None or not ways:
            found[node.name] = None
        else:
            widest = [_widest(axis) for axis in zip(*ways, strict=True)]
            moved = node.layer.carry(tuple(Reach(jump=stride) for stride in widest), own)
            found[node.name] = tuple(reach.jump for reach in moved)
    return found


def _widest(axis: Sequence[Any]) -> Any:
    return axis[0] if all(stride == axis[0] for stride in axis) else reduce(maximum, axis)


def seen(reach: Sequence[Reach] | None) -> tuple[Number, ...] | None:
    """The receptive field per axis in whole values."""
    if reach is None:
        return None
    return tuple(axis.size if type(axis.size) is int else _ceil(axis.size) for axis in reach)


def _ceil(size: Any) -> Any:
    return math.ceil(size) if not hasattr(size, "free_symbols") else size


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
