"""Designs side by side: what each costs, the ratio to the first, what was gained and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Any

from msgspec import Struct

from cnncalc.dims import differ
from cnncalc.network import Network, Node, strides

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
            "depth": depth(self.network),
            "nonlinearities": sum(node.layer.nonlinear() for node in self.network.layers),
            "jump": jump(self.network),
        }


def depth(network: Network) -> int:
    """How many layers with weights and multiply-adds lie on the longest path: the 16 of VGG-16, the 50 of ResNet-50."""
    reached: dict[str, int] = {}
    for node in network.layers:
        before = max((reached.get(name, 0) for name in node.inputs), default=0)
        counts = node.layer.weights(*node.given)
        known_none = isinstance(counts, int) and counts == 0
        reached[node.name] = before + (not known_none and not (isinstance(node.macs, int) and node.macs == 0))
    return max((reached.get(name, 0) for name in network.outputs), default=0)


def jump(network: Network) -> tuple[Any, ...] | None:
    """The effective stride: that of the last layer that does not see everything, gates aside."""
    found = strides(network)
    return next((found[node.name] for node in reversed(network.layers) if found[node.name] is not None), None)


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


def _counted(node: Node) -> bool:
    """Is the layer's name its type and number, which says nothing of where it stands?"""
    return node.name.rpartition(".")[2].removeprefix(node.type).strip("_").isdigit()


def aligned(left: Network, right: Network) -> list[tuple[Node | None, Node | None]]:
    """The layers of two networks side by side: by name where the author gave most of them the same, else by content."""
    by_name = [[node.name for node in network.layers] for network in (left, right)]
    given = [{node.name for node in network.layers if not _counted(node)} for network in (left, right)]
    keys: Sequence[Sequence[Any]] = by_name
    if 2 * len(given[0] & given[1]) < min(len(names) for names in by_name):
        keys = [[(node.type, node.weights, node.output) for node in network.layers] for network in (left, right)]
    pairs: list[tuple[Node | None, Node | None]] = []
    for kind, a, b, c, d in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        old, new = left.layers[a:b], right.layers[c:d]
        if kind in ("equal", "replace"):
            both = min(len(old), len(new))
            pairs += zip(old[:both], new[:both], strict=True)
            old, new = old[both:], new[both:]
        pairs += [(node, None) for node in old]
        pairs += [(None, node) for node in new]
    return pairs
