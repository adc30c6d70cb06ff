"""The arithmetic behind a layer's numbers: its own formulas, run on numbers that remember where they came from."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.layers.base import Layer, defaults_of
from cnncalc.network import Node
from cnncalc.numbers.traced import traced
from cnncalc.volume import Volume


class Derivation(Struct, frozen=True):
    """Traced counts of one layer: each prints as the arithmetic that gives it."""

    activations: Any
    weights: Any
    macs: Any


def derive(node: Node) -> Derivation:
    """Run the layer's formulas on traced numbers."""
    layer, given = traced_layer(node.layer), tuple(traced_volume(volume) for volume in node.given)
    own = 0 if node.layer.in_place else traced_volume(node.output).values
    return Derivation(activations=own, weights=layer.weights(*given), macs=layer.macs(*given))


def traced_volume(volume: Volume) -> Volume:
    """The volume with every extent traced; a side of 1 is left plain, for it is no arithmetic worth showing."""
    return Volume(tuple(side if side == 1 else _traced(side) for side in volume.sides), _traced(volume.channels))


def traced_layer(layer: Layer) -> Layer:
    """The layer with the numbers in its fields traced, where they are not the default."""
    found = {}
    for name, default in defaults_of(type(layer)).items():
        value = getattr(layer, name)
        if value != default and not _is_table(value):
            found[name] = _traced(value)
    return replace(layer, **found) if found else layer


def _is_table(value: Any) -> bool:
    """Is this LeNet-5's kind of table, whose numbers are places and no amounts?"""
    return isinstance(value, tuple) and any(isinstance(row, tuple) and len(row) != 2 for row in value)


def _traced(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_traced(part) for part in value)
    return traced(value) if type(value) is int else value
