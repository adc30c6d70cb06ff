"""Designs side by side: what each costs, the ratio to the first, what was gained and what was paid."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from msgspec import Struct

from cnncalc.dims import differ
from cnncalc.network.metrics import measured
from cnncalc.network.network import Network

RATIOS = (
    "layers",
    "weights",
    "biases",
    "params",
    "buffers",
    "macs",
    "flops",
    "activations",
    "activation_bytes",
    "weight_bytes",
    "depth",
    "nonlinearities",
)
"""The metrics that a ratio makes sense of."""


class Design(Struct, frozen=True):
    """One of the designs that are compared: the network, and the spec as it was given."""

    network: Network
    spec: str

    @property
    def totals(self) -> dict[str, Any]:
        """The totals of the network, and what more a comparison needs."""
        found = {name: getattr(self.network.totals, name) for name in self.network.totals.__struct_fields__}
        return {
            **found,
            **{name: measured(self.network, name) for name in ("depth", "nonlinearities", "jump")},
        }


def ratio(value: Any, first: Any) -> Any:
    """The value over the first design's: a fraction, or an expression; None where there is nothing to divide by."""
    if isinstance(value, int) and isinstance(first, int):
        return Fraction(value, first) if first else Fraction(1) if value == first else None
    from cnncalc.numbers.symbolic import quotient

    return quotient(value, first)


def known(value: Any) -> Fraction | None:
    """A ratio as a number; None where it hangs on a symbol, or there is none."""
    if value is None or isinstance(value, Fraction):
        return value
    from cnncalc.numbers.symbolic import known_fraction

    return known_fraction(value)


def ratios(design: Design, first: Design) -> dict[str, Any]:
    """Every metric over the first design's."""
    own, other = design.totals, first.totals
    return {name: ratio(own[name], other[name]) for name in RATIOS}


def unlike(design: Design, first: Design) -> list[tuple[str, Any, Any]]:
    """In what two designs differ so that costs alone do not decide: what, and what each has."""
    pairs = (
        ("input", _volumes(design.network, design.network.inputs), _volumes(first.network, first.network.inputs)),
        ("output", _volumes(design.network, design.network.outputs), _volumes(first.network, first.network.outputs)),
        ("receptive field", design.network.totals.receptive_field, first.network.totals.receptive_field),
    )
    return [(what, own, other) for what, own, other in pairs if not _same(own, other)]


def _volumes(network: Network, names: Any) -> tuple[Any, ...]:
    known = {**network.inputs, **{node.name: node.output for node in network.layers}}
    return tuple(extent for name in names for extent in known[name])


def _same(own: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> bool:
    """Are these equal, as far as is known?"""
    if own is None or other is None or len(own) != len(other):
        return own is other
    return not any(differ(a, b) for a, b in zip(own, other, strict=True))
