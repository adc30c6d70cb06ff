"""A network: its layers in order, each with its volumes, counts and reach. A fold over the layers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.dims import Number, total
from cnncalc.layers.base import Layer
from cnncalc.network.counts import BITS, COUNTED, SUMMED, Counts, Sizing, plain
from cnncalc.network.limits import Limit, Ruling
from cnncalc.reach import Reach
from cnncalc.volume import Volume
from cnncalc.window import Window


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


def matching(network: Network, pattern: str) -> list[Node]:
    """The layers whose names fit a pattern such as ``stage*.conv*``, or are exactly it."""
    return [node for node in network.layers if node.name == pattern or fnmatchcase(node.name, pattern)]


def seen(reach: Sequence[Reach] | None) -> tuple[Number, ...] | None:
    """The receptive field per axis in whole values."""
    if reach is None:
        return None
    return tuple(axis.size if type(axis.size) is int else _ceil(axis.size) for axis in reach)


def _ceil(size: Any) -> Any:
    return math.ceil(size) if not hasattr(size, "free_symbols") else size
