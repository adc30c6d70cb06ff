"""Designs side by side: what each costs, the ratio to the first, what is gained and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct

from cnncalc.dims import differ, unknowns
from cnncalc.network.metrics import METRICS, outputs, whole
from cnncalc.network.network import Network


class Design(Struct, frozen=True):
    """One of the designs compared: the network, and the spec as it was given."""

    network: Network
    spec: str

    @property
    def totals(self) -> dict[str, Any]:
        """Every metric of the network except its volumes."""
        return whole(self.network)


def ratio(value: Any, first: Any) -> Any:
    """The value over the first design's: a fraction, or an expression.

    None where there is nothing to divide by, and where what no spec says is in either: it may be another in each.
    """
    if unknowns(value) or unknowns(first):
        return None
    if isinstance(value, int) and isinstance(first, int):
        return Fraction(value, first) if first else Fraction(1) if value == first else None
    from cnncalc.numbers.symbolic import quotient

    return quotient(value, first)


def known(value: Any) -> Fraction | None:
    """A ratio as a number; None where it depends on a symbol, or there is none."""
    if value is None or isinstance(value, Fraction):
        return value
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else None


def ratios(design: Design, first: Design) -> dict[str, Any]:
    """Every metric for which a ratio makes sense, over the first design's."""
    totals, base = design.totals, first.totals
    summed = [name for name, metric in METRICS.items() if name in totals and metric.kind in ("count", "bytes")]
    return {name: ratio(totals[name], base[name]) for name in summed}


def unlike(design: Design, first: Design) -> list[tuple[str, Any, Any]]:
    """Where two designs differ so that cost alone does not decide: what differs, and what each has."""
    network, base = design.network, first.network
    pairs = (
        ("input", _extents(network.inputs), _extents(base.inputs)),
        ("output", _extents(outputs(network)), _extents(outputs(base))),
        ("receptive field", network.totals.receptive_field, base.totals.receptive_field),
    )
    return [(what, mine, theirs) for what, mine, theirs in pairs if not _same(mine, theirs)]


def _extents(volumes: Mapping[str, Iterable[Any]]) -> tuple[Any, ...]:
    return tuple(extent for volume in volumes.values() for extent in volume)


def _same(mine: tuple[Any, ...] | None, theirs: tuple[Any, ...] | None) -> bool:
    """Are these equal as far as is known?"""
    if mine is None or theirs is None or len(mine) != len(theirs):
        return mine is theirs
    return not any(differ(a, b) for a, b in zip(mine, theirs, strict=True))
