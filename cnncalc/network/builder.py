"""Building a network: layers are added to volumes, one by one, and counted; a network is run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import astuple, replace

from cnncalc import dims
from cnncalc.layers.base import Layer
from cnncalc.network.counts import SUMMED, Counts, Sizing
from cnncalc.network.network import Network
from cnncalc.network.node import Node, Totals
from cnncalc.network.seen import Walk, given_by
from cnncalc.reach import SELF, Own
from cnncalc.volume import MOST, Volume
from cnncalc.window import LayerError


class Worked(NamedTuple):
    """What a layer gives for certain volumes, wherever it stands."""

    counts: Counts
    sees: tuple[Own, ...] | None
    still: bool
    warnings: tuple[str, ...]


_WORKED: dict[Any, Worked] = {}
"""What layers give for volumes, shared by all networks of the process that have no symbols."""
MOST_WORKED = 20_000
"""How many of these are kept before starting afresh."""


_node: Callable[..., Node] = Node
"""A node from its parts in order, counts first: keywords would take five times as long."""


class Builder:
    """Adds layers to a network one by one, each counted from the volumes that are there already.

    `concrete` says that there is no symbol anywhere: only then may counts come from another network, because
    assumptions about symbols are noted when formulas run.
    """

    def __init__(self, inputs: Mapping[str, Volume], *, concrete: bool = False) -> None:
        self.nodes: dict[str, Node] = {}
        self._volumes = dict(inputs)
        self._worked: dict[Any, Worked] = _WORKED if concrete else {}
        self._own_weights: dict[str, Counts] = {}
        self._seen = {name: given_by(name, volume) for name, volume in inputs.items()}
        self._walk = Walk()

    def forget(self) -> None:
        """From here on there are symbols: count every layer afresh."""
        self._worked = {}

    def volume(self, name: str) -> Volume:
        """The volume of the input or layer of that name."""
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
        """Count the layer and put it at the end. Raises LayerError if it is impossible there."""
        layer = layer.sized(self._volumes)
        given = tuple([self._volumes[source] for source in inputs])
        worked = self._work(layer, given)
        counts = own = _called(worked.counts, name) if layer.as_given else worked.counts
        frozen = frozen and not share and not (isinstance(own.params, int) and own.params == 0)
        if share:
            counts = self._shared(layer, share, counts)
        elif frozen:
            counts = replace(own, weights=0, biases=0, params=0, buffers=own.params + own.buffers)
        if len(inputs) == 1:
            arriving, unaligned = self._seen[inputs[0]], ""
        else:
            arriving, unaligned = self._walk.arriving(name, layer, [self._seen[source] for source in inputs], given)
        seen = arriving
        if not worked.still or len(arriving) != 1 or arriving[0].dims is not None or arriving[0].bare:
            volumes = (*given, counts.output)
            seen = tuple([self._walk.behind(each, name, layer, worked.sees, volumes) for each in arriving])
        node = _node(
            *astuple(counts),
            name,
            layer,
            inputs,
            given,
            arriving,
            seen,
            worked.warnings,
            share,
            frozen,
            unaligned,
            Sizing(),
            place,
        )
        self.nodes[name] = node
        self._volumes[name] = counts.output
        self._own_weights[name] = own
        self._seen[name] = seen
        return node

    def _work(self, layer: Layer, given: tuple[Volume, ...]) -> Worked:
        """Run the formulas, once for equal layers on equal volumes."""
        key = (layer, given)
        worked = self._worked.get(key)
        if worked is None:
            counts = Counts.of(layer, *given)
            if any(isinstance(extent, int) and extent > MOST for extent in counts.output):
                raise LayerError(f"an output of {counts.output} is too large", f"no extent may be above {MOST:,}")
            if len(self._worked) >= MOST_WORKED:
                self._worked.clear()
            sees = layer.sees(*given)
            still = bool(given) and sees is not None and not layer.regroups and all(own == SELF for own in sees)
            still = still and counts.output.sides == given[0].sides
            worked = self._worked[key] = Worked(counts, sees, still, tuple(layer.warnings(*given)))
        return worked

    def _shared(self, layer: Layer, share: str, own: Counts) -> Counts:
        """The counts of a layer that uses the weights of another: they count once, there."""
        theirs = self._own_weights[share]
        if type(self.nodes[share].layer) is not type(layer):
            raise LayerError(
                f"{share} is of type {self.nodes[share].type}, and a {layer.type_name()} cannot use its weights",
                "layers that share weights are of one type",
            )
        for metric in ("weights", "biases"):
            if dims.differ(getattr(own, metric), getattr(theirs, metric)):
                raise LayerError(
                    f"{share} has {getattr(theirs, metric)} {metric}, and this layer needs {getattr(own, metric)}",
                    "layers that share weights have the same input depth and the same fields",
                )
        return replace(own, weights=0, biases=0, params=0, buffers=0)


def _called(counts: Counts, name: str) -> Counts:
    """The same counts, those that are unknown called after the layer of that name."""
    vague = {metric: value for metric in SUMMED if dims.unknowns(value := getattr(counts, metric))}
    if not vague:
        return counts
    from cnncalc.numbers.symbolic import of_layer

    return replace(counts, **{metric: of_layer(value, name) for metric, value in vague.items()})


def again(
    network: Network,
    *,
    inputs: Mapping[str, Volume] | None = None,
    layers: Mapping[str, Layer | Sequence[Layer]] | None = None,
) -> Network:
    """The network run again on other inputs, and with other layers in place of those of the same names.

    Several layers for one stand one after the other. The first has its name, and shares weights as it did; the name of
    each further one is that of the one before with `.again` after it. Raises LayerError if a layer is impossible.
    """
    volumes = dict(network.inputs if inputs is None else inputs)
    builder = Builder(volumes)
    taken = {node.name for node in network.layers}
    last: dict[str, str] = {}
    with dims.assumptions() as assumed:
        for node in network.layers:
            other = (layers or {}).get(node.name, node.layer)
            name, share = node.name, node.share
            sources = tuple(last.get(source, source) for source in node.inputs)
            for place, layer in enumerate((other,) if isinstance(other, Layer) else other):
                if place:
                    sources, share = (name,), ""
                    while name in taken:
                        name += ".again"
                    taken.add(name)
                like = last.get(getattr(layer, "like", None) or "")
                turned = replace(layer, like=like) if like else layer
                builder.add(name, turned, sources, share=share, frozen=node.frozen, place=node.place)
            last[node.name] = name
    nodes, outputs = tuple(builder.nodes.values()), tuple(last.get(name, name) for name in network.outputs)
    run = replace(
        network,
        inputs=volumes,
        layers=nodes,
        totals=Totals.of(volumes, nodes, outputs, Sizing()),
        outputs=outputs,
        assumptions=tuple(dict.fromkeys((*network.assumptions, *stated(assumed)))),
        sizing=Sizing(),
    )
    return run.sized(network.sizing.dtype, network.sizing.batch)


def renumbered(network: Network, turned: Callable[[Any], Any]) -> Network:
    """The network with every number `turned`: volumes, counts, and what layers see."""

    def through(value: Any) -> Any:
        if isinstance(value, Struct):
            return replace(value, **{name: through(getattr(value, name)) for name in value.__struct_fields__})
        if isinstance(value, tuple):
            parts = map(through, value)
            return tuple(parts) if type(value) is tuple else type(value)(*parts)
        return None if value is None else turned(value)

    numbers = ("output", "given", "arriving", "seen", *SUMMED)
    inputs = {name: through(volume) for name, volume in network.inputs.items()}
    volumes = inputs | {node.name: through(node.output) for node in network.layers}
    layers = tuple(
        replace(node, layer=node.layer.sized(volumes), **{name: through(getattr(node, name)) for name in numbers})
        for node in network.layers
    )
    totals = Totals.of(inputs, layers, network.outputs, network.sizing)
    return replace(network, inputs=inputs, layers=layers, totals=totals)


def stated(assumptions: list[Any]) -> tuple[str, ...]:
    """What was assumed of symbols, in words."""
    if not assumptions:
        return ()
    from cnncalc.numbers import symbolic

    return tuple(symbolic.stated(assumptions))
