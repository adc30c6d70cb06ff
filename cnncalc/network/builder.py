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
from cnncalc.reach import SELF, Reach, union
from cnncalc.volume import MOST, Volume
from cnncalc.window import LayerError


class Worked(NamedTuple):
    """What a layer gives for certain volumes, wherever it stands."""

    counts: Counts
    sees: tuple[Reach, ...] | None
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
        given = tuple([self._volumes[source] for source in inputs])
        worked = self._work(layer, given)
        counts = own = worked.counts
        frozen = frozen and not share and not (isinstance(own.params, int) and own.params == 0)
        if share:
            counts = self._shared(layer, share, counts)
        elif frozen:
            counts = replace(own, weights=0, biases=0, params=0, buffers=own.params + own.buffers)
        arriving, unaligned = self._arriving(inputs, given)
        reach = None if arriving is None or worked.sees is None else layer.carry(arriving, worked.sees)
        node = _node(
            *astuple(counts),
            name,
            layer,
            inputs,
            given,
            arriving,
            reach,
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
            worked = self._worked[key] = Worked(counts, layer.sees(*given), tuple(layer.warnings(*given)))
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

    def _arriving(self, inputs: tuple[str, ...], given: tuple[Volume, ...]) -> tuple[tuple[Reach, ...] | None, str]:
        """What the layer's input sees of the network's, and how several inputs differ: in jump, centre, or not ('')."""
        paths = [
            self.nodes[name].reach if name in self.nodes else (SELF,) * volume.rank
            for name, volume in zip(inputs, given, strict=True)
        ]
        if len(paths) == 1:
            return paths[0], ""
        reaches = [path for path in paths if path is not None]
        if len(reaches) < len(paths):
            return None, ""
        axes = list(zip(*reaches, strict=True))
        joined = tuple(union(axis) for axis in axes)
        if any(path.jump != axis[0].jump for axis in axes for path in axis):
            return joined, "jump"
        if any(path.middle != axis[0].middle for axis in axes for path in axis):
            return joined, "centre"
        return joined, ""


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
                builder.add(name, layer, sources, share=share, frozen=node.frozen, place=node.place)
            last[node.name] = name
    nodes = tuple(builder.nodes.values())
    run = replace(
        network,
        inputs=volumes,
        layers=nodes,
        totals=Totals.of(volumes.values(), nodes, Sizing()),
        outputs=tuple(last.get(name, name) for name in network.outputs),
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
            return Reach(*parts) if isinstance(value, Reach) else tuple(parts)
        return None if value is None else turned(value)

    numbers = ("output", "given", "arriving", "reach", *SUMMED)
    layers = tuple(replace(node, **{name: through(getattr(node, name)) for name in numbers}) for node in network.layers)
    inputs = {name: through(volume) for name, volume in network.inputs.items()}
    totals = Totals.of(inputs.values(), layers, network.sizing)
    return replace(network, inputs=inputs, layers=layers, totals=totals)


def stated(assumptions: list[Any]) -> tuple[str, ...]:
    """What was assumed of symbols, in words."""
    if not assumptions:
        return ()
    from cnncalc.numbers import symbolic

    return tuple(symbolic.stated(assumptions))
