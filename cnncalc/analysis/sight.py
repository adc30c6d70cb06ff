"""How the receptive field grows through a network, layer by layer, and what lies in it that is never seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from cnncalc.dims import ratio
from cnncalc.network.graph import Graph
from cnncalc.network.network import Network
from cnncalc.network.node import Node, heads, unaligned_note
from cnncalc.network.seen import Seen, given_by, most
from cnncalc.reach import SELF, Axis, Own, Reach

MOST = 65_536
"""How many positions are followed back along an axis to look for holes."""
MOST_SEARCHED = 4096
"""How many outputs are looked at to find one that sees as much as any, or as little."""


class Sight(Struct, frozen=True):
    """What the output values of a layer see of the input, per axis, and where the first and the last one look.

    `size` is of the output that sees most, `smallest` of the one that sees least (None where that is not known, or
    `size` is a `bound`). Centres are positions in the input, counted from 0, and None of an output that sees nothing;
    `padding` is how much of the first field lies before the input. `output` is the one that is drawn, which sees from
    `first` to `last`; `extremes` are others that see most and least. `looks` says of inputs that are not aligned where
    the centre of each is.
    """

    name: str
    type: str
    size: tuple[Any, ...]
    smallest: tuple[Any, ...] | None
    bound: str | None
    jump: tuple[Any, ...]
    first_centre: tuple[Any, ...]
    last_centre: tuple[Any, ...]
    padding: tuple[Any, ...]
    output: tuple[int, ...]
    sees: tuple[tuple[int, int] | None, ...]
    notes: tuple[str, ...] = ()
    looks: dict[str, tuple[Any, ...]] = {}
    extremes: tuple[tuple[str, int, tuple[int, int] | None], ...] = ()


class Head(Struct, frozen=True):
    """Where the field of an output in an input ends: at its `head` ('' for none), and what arrives there."""

    output: str
    head: str
    input: str
    receptive_field: tuple[Any, ...] | None
    receptive_field_smallest: tuple[Any, ...] | None
    receptive_field_bound: str | None
    receptive_field_ungated: tuple[Any, ...] | None
    lost: str = ""


class Holes(Struct, frozen=True):
    """How many of the values from first to last an output of a layer sees, per axis; None where too many to follow."""

    name: str
    output: tuple[int, ...]
    seen: tuple[int | None, ...]
    of: tuple[int, ...]
    chain: bool


class Ladder(Struct, frozen=True):
    """What the layers see one after the other, which see everything, the holes of the last, and the heads."""

    steps: list[Sight]
    everything: list[str]
    holes: Holes | None
    heads: list[Head]


def sight(nodes: Mapping[str, Node], node: Node, at: Sequence[int] = ()) -> Sight:
    """What a layer sees that does not see everything, with its output at a position, or its last one."""
    seen = node.sight
    field = seen.ungated
    output = _output(seen, at)
    corner = [_ends(axis, 0) for axis in seen.axes]
    other = [_ends(axis, extent - 1) for axis, extent in zip(seen.axes, seen.extents, strict=True)]
    return Sight(
        name=node.name,
        type=node.type,
        size=field.most or (),
        smallest=field.least,
        bound=field.bound,
        jump=tuple(axis.jump for axis in seen.axes),
        first_centre=tuple(ends and ratio(sum(ends), 2) for ends in corner),
        last_centre=tuple(ends and ratio(sum(ends), 2) for ends in other),
        padding=tuple(ends and -ends[0] for ends in corner),
        output=output,
        sees=tuple(map(_ends, seen.axes, output)),
        notes=tuple(filter(None, [unaligned_note(node.unaligned)])),
        looks={
            name: tuple(ratio(axis.middle - 1, 2) for axis in axes)
            for name, axes in (meeting(nodes, node) if node.unaligned == "centre" else ())
        },
        extremes=() if at or not seen.axes else tuple(_extremes(seen.axes[-1], seen.extents[-1])),
    )


def meeting(nodes: Mapping[str, Node], node: Node) -> list[tuple[str, tuple[Axis, ...]]]:
    """The inputs of a layer that are meant to look at one place of the network's input, and what each sees of it."""
    found: dict[str, list[tuple[str, tuple[Axis, ...]]]] = {}
    for name, volume in zip(node.inputs, node.given, strict=True):
        for seen in nodes[name].seen if name in nodes else given_by(name, volume):
            single = volume.positions == 1 != node.output.positions  # which goes with every position
            if not seen.closed and not single:
                found.setdefault(seen.source, []).append((name, seen.axes))
    looks = [(ways, {tuple((axis.jump, axis.middle) for axis in axes) for _, axes in ways}) for ways in found.values()]
    return next((ways for ways, places in looks if len(places) > 1), [])


def _output(seen: Seen, at: Sequence[int]) -> tuple[int, ...]:
    """The output at a position, the corner where none is named; the last along an axis that has fewer."""
    places = at or (0,) * len(seen.axes)
    return tuple(min(place, extent - 1) for place, extent in zip(places, seen.extents, strict=True))


def _ends(axis: Axis, at: int) -> tuple[int, int] | None:
    span = axis.sees(at)
    return (span[0], span[-1]) if span else None


def _extremes(axis: Axis, outputs: int) -> list[tuple[str, int, tuple[int, int] | None]]:
    """The first output that sees least along an axis and the first that sees most, where they differ."""
    if isinstance(axis, Reach):
        return []
    sizes = [len(axis.sees(at)) for at in range(min(outputs, MOST_SEARCHED))]
    ends = {"smallest": min(sizes), "largest": max(sizes)} if min(sizes) < max(sizes) else {}
    return [(what, at, _ends(axis, at)) for what, size in ends.items() for at in [sizes.index(size)]]


def ladder(network: Network, last: str | None = None, at: Sequence[int] = ()) -> Ladder:
    """What the layers see, one after the other, and the names of those that see everything.

    With `last`, only that layer and those that lead to it. Layers that see what their input sees are left out, unless
    they are the last, or their inputs are not aligned. Raises KeyError if there is no layer called `last`.
    """
    nodes = network.layers
    if last is not None:
        wanted = Graph(network).leading_to([network.layer(last).name])
        nodes = tuple(node for node in nodes if node.name in wanted)
    named = Graph(network).nodes
    seeing = [node for node in nodes if not node.sight.whole and (node.seen or node.name == last)]
    changing = [
        node for node in seeing if node.sight.axes != most(node.arriving).axes or node.unaligned or node.name == last
    ]
    return Ladder(
        [sight(named, node, at) for node in changing],
        [node.name for node in nodes if node.sight.whole and not node.sight.unknown],
        holes(network, seeing[-1], at) if seeing else None,
        [
            Head(output, head, seen.source, *seen.field, seen.ungated.most, seen.lost)
            for output, head, seen in heads(network.inputs, network.layers, network.outputs)
        ],
    )


# -------------------------------------------------------------------------------------------------------------- holes


def holes(network: Network, node: Node, at: Sequence[int] = ()) -> Holes | None:
    """How much of the field of an output is seen; None where all of it is."""
    seen = node.sight
    output = _output(seen, at)
    sizes = tuple(len(axis.sees(place)) for axis, place in zip(seen.axes, output, strict=True))
    found = []
    for axis, size in enumerate(sizes):
        places = range(size) if size <= 2 else walked(network, node, seen, axis, output[axis])
        found.append(None if places is None else len(places))
    dilated = any(window.dilation != 1 for each in network.layers for window in each.windows)
    if tuple(found) == sizes or (None in found and not dilated):
        return None
    wanted = Graph(network).leading_to([node.name])
    chain = all(len(each.inputs) == 1 for each in network.layers if each.name in wanted)
    return Holes(node.name, output, tuple(found), sizes, chain)


def walked(network: Network, node: Node, seen: Seen, axis: int, at: int, filled: bool = False) -> set[int] | None:
    """The positions of an axis of the input that an output of a layer sees; None where they are too many to follow.

    Walked back through what each layer sees of its own input; `filled` as if no layer left anything out between.
    """
    waiting: dict[str, set[int]] = {node.name: {at}}
    steps = 0
    for layer in reversed(network.layers):
        here = waiting.pop(layer.name, None)
        arriving = next((one for one in layer.arriving if one.source == seen.source), None)
        if here is None or arriving is None:
            continue
        spans = list(map(_step(layer, arriving, axis).sees, here))
        before = {place for span in spans if span for place in (range(span[0], span[-1] + 1) if filled else span)}
        steps += len(before)
        if steps > MOST:
            return None
        for name, volume in zip(layer.inputs, layer.given, strict=True):
            single = volume.positions == 1 != layer.output.positions  # which goes with every position
            waiting.setdefault(name, set()).update({0} if single and len(layer.inputs) > 1 else before)
    return waiting.get(seen.source, set())


def _step(node: Node, arriving: Seen, axis: int) -> Own:
    """What a layer sees of the dimension of its input that lies along an axis."""
    own = node.layer.sees(*node.given)
    if own is None or node.layer.regroups:
        return SELF
    if arriving.dims is None:
        return own[axis]
    steps = (*own, node.layer.along_channels(*node.given) or SELF)
    return next((steps[place] for place, parts in enumerate(arriving.dims) if [p.axis for p in parts] == [axis]), SELF)
