"""What is measured of a network and of its layers: one value a metric, listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from cnncalc.dims import unknowns
from cnncalc.network.graph import Graph
from cnncalc.network.node import Layered, Node, Row, heads
from cnncalc.network.seen import Field, Seen, most

FIELD, SMALLEST, UNGATED = "receptive_field", "receptive_field_smallest", "receptive_field_ungated"
"""The metrics that may be bounds."""
MORE, LESS, EITHER = "more", "less", "either"
"""Which change of a metric is for the worse."""


class Metric(NamedTuple):
    """Something that is measured of a network, and of a layer (now, or in a stored result) where `of_layer` says how.

    `kind` is `count`, `bytes`, `extents` (one per axis) or `volume`; `worse` says which change is for the worse: MORE,
    LESS or EITHER. `guarded` says that a baseline guards it by default, `compared` that it is a row of `compare`, and
    `bound` where it is a bound and no value: ≤ or ≥. One `beside` another is shown where it differs from that.
    """

    kind: str
    title: str
    says: str
    of: Callable[[Layered], Any]
    of_layer: Callable[[Node | Row], Any] | None = None
    worse: str = MORE
    guarded: bool = False
    compared: bool = True
    bound: Callable[[Layered], str | None] | None = None
    beside: str = ""


def depth(network: Layered) -> int:
    """How many layers with weights and multiply-adds lie on the longest path: the 16 of VGG-16, the 50 of ResNet-50."""
    longest = Graph(network).forward(lambda volume: 0, lambda node, before: max(before, default=0) + works(node))
    return max((longest[name] for name in network.outputs), default=0)


def works(node: Node) -> bool:
    """Does the layer have weights (its own or shared ones) and multiply-adds?"""
    if isinstance(node.macs, int) and node.macs == 0:
        return False
    weights = node.weights or node.layer.weights(*node.given)
    return not (isinstance(weights, int) and weights == 0)


def jump(network: Layered) -> tuple[Any, ...] | None:
    """The effective stride: that of the last layer that does not see everything, excluding gates."""
    seen = (node.sight for node in reversed(network.layers))
    return next((tuple(axis.jump for axis in each.axes) for each in seen if not each.closed), None)


def receptive_field_ungated(network: Layered) -> tuple[Any, ...] | None:
    """How far the network sees along its convolutions and pools, whatever gates see."""
    return _sight(network).ungated.most


def ungated_bound(network: Layered) -> str | None:
    """Where that is a bound and no value: ≤ or ≥."""
    return _sight(network).ungated.bound


def _sight(network: Layered, ungated: bool = True) -> Seen:
    """What arrives at the head that sees most of one input, or what leaves the network without a head."""
    return most((seen for _, _, seen in heads(network.inputs, network.layers, network.outputs)), ungated)


def bounded(of: Layered | Node, metric: str) -> Field | None:
    """The receptive field of a network or layer where it is a bound, `least` what is seen at least; None if exact."""
    if metric not in (FIELD, SMALLEST, UNGATED):
        return None
    seen = of.sight if isinstance(of, Node) else _sight(of, ungated=metric == UNGATED)
    field = along = seen.ungated
    if metric != UNGATED and seen.whole:
        least = along.least if metric == SMALLEST else along.most
        field = seen.field._replace(least=along.least and least)
    return field if field.bound else None


def outputs(network: Layered) -> dict[str, tuple[Any, ...]]:
    """The volumes that leave the network, by the names of their layers or inputs."""
    volumes = {**network.inputs, **{node.name: node.output for node in network.layers}}
    return {name: tuple(volumes[name]) for name in network.outputs}


def nonlinearities(network: Layered) -> int:
    """How many activation functions there are, as layers or fused."""
    return sum(node.layer.nonlinear() for node in network.layers)


def _whole(key: str, kind: str, title: str, says: str, of: Any = None, **more: Any) -> tuple[str, Metric]:
    """A metric of the whole network, taken from the totals by default."""
    return key, Metric(kind, title, says, of or attrgetter(f"totals.{key}"), **more)


def _both(key: str, kind: str, title: str, says: str, of: Any = None, **more: Any) -> tuple[str, Metric]:
    """A metric that layers have too, under its key."""
    return _whole(key, kind, title, says, of, of_layer=attrgetter(key), **more)


_SEEN: dict[str, Any] = {"worse": LESS, "guarded": True}
_BESIDE: dict[str, Any] = {"compared": False, "beside": FIELD}

METRICS: dict[str, Metric] = dict(
    [
        _both("weights", "count", "Weights", "trainable weights"),
        _both("biases", "count", "Biases", "trainable biases"),
        _both("params", "count", "Parameters", "weights and biases", guarded=True),
        _both("buffers", "count", "Buffers", "values stored and not trained", guarded=True, compared=False),
        _both("macs", "count", "Multiply-adds", "multiply-adds per image", guarded=True),
        _both("flops", "count", "Operations", "operations per image", guarded=True),
        _both("activations", "count", "Activations", "values of all outputs per image", guarded=True),
        _both("activation_bytes", "bytes", "Activation memory", "those values in bytes, for the whole batch"),
        _whole("weight_bytes", "bytes", "Weight memory", "weights and biases in bytes", compared=False),
        _whole("layers", "count", "Layers", "how many layers there are", compared=False),
        _whole("depth", "count", "Depth", "layers with weights on the longest path", depth),
        _whole("nonlinearities", "count", "Nonlinearities", "activation functions", nonlinearities, worse=EITHER),
        _both(
            FIELD,
            "extents",
            "Receptive field",
            "how far the network sees before its head, per axis: the output that sees most",
            bound=attrgetter("totals.receptive_field_bound"),
            **_SEEN,
        ),
        _both(
            SMALLEST,
            "extents",
            "Smallest field",
            "how far the output sees that sees least, per axis",
            **_SEEN,
            **_BESIDE,
        ),
        _whole(
            UNGATED,
            "extents",
            "Ungated field",
            "how far the network sees along its convolutions, per axis, whatever gates see",
            receptive_field_ungated,
            bound=ungated_bound,
            **_SEEN,
            **_BESIDE,
        ),
        _both("jump", "extents", "Effective stride", "the effective stride, per axis", jump, worse=EITHER),
        _both("output", "volume", "Output", "what leaves the network", outputs, worse=EITHER, guarded=True),
    ]
)
"""Every metric there is, in the order in which they are shown."""


def measured(network: Layered, name: str) -> Any:
    """One metric of the network as it is compared: volumes without the names of what gives them."""
    metric = METRICS[name]
    value = metric.of(network)
    return tuple(value.values()) if metric.kind == "volume" else value


def measures(network: Layered) -> dict[str, Any]:
    """Every metric of the network, as it is compared."""
    return {name: measured(network, name) for name in METRICS}


def whole(network: Layered) -> dict[str, Any]:
    """Every metric of the network that is not a volume, in the order of the machine-readable result."""
    totals = network.totals
    names = dict.fromkeys(["layers", *totals.__struct_fields__, *METRICS])
    found = {
        name: METRICS[name].of(network) if name in METRICS else getattr(totals, name)
        for name in names
        if name not in METRICS or METRICS[name].kind != "volume"
    }
    bound = ungated_bound(network)
    return found | ({f"{UNGATED}_bound": bound} if bound else {})


def settle(*values: Any) -> str:
    """How values become numbers that have symbols in them, or counts that a layer does not say.

    >>> settle(12)
    'give symbols numbers with --set'
    """
    vague = dict.fromkeys(name[:-1] for value in values for name in unknowns(value))
    return f"give {', '.join(vague)} in the spec" if vague else "give symbols numbers with --set"


ALIASES = {"memory": "activation_bytes", "sees": "receptive_field", "field": "receptive_field", "stride": "jump"}
"""Other words for metrics, beside their titles."""


def metric_of(word: str) -> str:
    """The metric that a word or a title means: ``memory``, ``multiply-adds``; a word that means none is as it was."""
    if word in METRICS:
        return word
    titles = {metric.title.lower().replace("-", " "): name for name, metric in METRICS.items()}
    plain = word.lower().replace("_", " ").replace("-", " ")
    return ALIASES.get(plain) or titles.get(plain) or word
