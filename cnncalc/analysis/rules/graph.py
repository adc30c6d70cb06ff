"""Graph: what meets, what leads nowhere, and how far the whole sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from cnncalc.analysis.rules.base import LintRule, Remark, each, sides
from cnncalc.analysis.rules.view import View, filters, known
from cnncalc.network.node import Node
from cnncalc.reach import SELF, Reach

# -------------------------------------------------------------------------------------------- CNN401, what does not fit


def _unaligned_merge(view: View, node: Node) -> Remark | None:
    if not any(note.startswith("not aligned") for note in node.notes):
        return None
    axes = list(zip(*(_reach(view, node, place) for place in range(len(node.inputs))), strict=True))
    if not known(*(value for axis in axes for reach in axis for value in reach)):
        return None
    jumps = [tuple(reach[place].jump for reach in axes) for place in range(len(node.inputs))]
    if len(set(jumps)) > 1:
        said = " and ".join(dict.fromkeys(sides(jump) for jump in jumps))
        message = f"neighbouring values of its inputs lie {said} values of the network's input apart"
        return Remark(node, message, "bring them to one resolution before they meet: pool, stride or `upsample`")
    apart = max(Fraction(max(r.middle for r in axis) - min(r.middle for r in axis), 2) for axis in axes)
    steps = sides(jumps[0])
    return Remark(
        node,
        f"its inputs look {_amount(apart)} of the network's input apart, where neighbours are {steps} apart",
        "pad the paths alike: `half` and odd kernels keep the centre, `same` with a stride need not",
    )


def _reach(view: View, node: Node, place: int) -> tuple[Reach, ...]:
    """What one of the inputs of a layer sees."""
    name = node.inputs[place]
    found = view.nodes[name].reach if name in view.nodes else None
    return found or (SELF,) * node.given[place].rank


def _amount(apart: Fraction) -> str:
    if apart == Fraction(1, 2):
        return "half a value"
    whole = apart.numerator if apart.denominator == 1 else float(apart)
    return f"{whole} value" if whole == 1 else f"{whole} values"


UNALIGNED_MERGE = LintRule(
    code="CNN401",
    name="unaligned-merge",
    severity="warning",
    says="paths that meet, and look at different places of the input, or at places that lie differently far apart",
    why="""
Where paths are added or put one behind the other, values of one position are meant to be about one place. If the paths
were padded differently, or reduced by different strides, position (i, j) of one looks beside that of the other, or
further and further away from it. For an image as a whole that costs little; for boxes, masks and positions it is an
error of as many pixels. `cnncalc explain SPEC --receptive-field` shows where every layer looks.

Much of what TensorFlow and Keras trained is so: under `same` the padding of a layer with a stride hangs on its kernel
and on the size of its input.
""",
    source="Araujo, Norris & Sim 2019, Computing Receptive Fields of Convolutional Neural Networks, Distill, "
    "section Arbitrary computation graphs",
    example="""
input: 32x32x16
layers:
  - residual:
      - {conv: 32, kernel: 3, stride: 2, padding: same}
    shortcut:
      - avgpool2
      - conv1-32
""",
    instead="""
input: 32x32x16
layers:
  - residual:
      - {conv: 32, kernel: 4, stride: 2, padding: 1}
    shortcut:
      - avgpool2
      - conv1-32
""",
    find=each(_unaligned_merge),
)

# ------------------------------------------------------------------------------------------- CNN402, what leads nowhere


def _unused_output(view: View, node: Node) -> Remark | None:
    if view.users[node.name] or node.name in view.network.outputs:
        return None
    more = _leading_nowhere_else(view, node)
    few = {0: "", 1: ", nor that of the layer that leads to it alone"}
    alone = few.get(more, f", nor that of the {more:,} layers that lead to it alone")
    return Remark(node, f"nobody uses its output{alone}", "take it out, use it, or name it under `outputs`")


def _leading_nowhere_else(view: View, node: Node) -> int:
    """How many layers lead to this one alone, it left out."""
    found = {node.name}
    waiting = [node]
    while waiting:
        for name in waiting.pop().inputs:
            idle = name in view.nodes and name not in view.used and name not in found
            if idle and all(user.name in found for user in view.users[name]):
                found.add(name)
                waiting.append(view.nodes[name])
    return len(found) - 1


UNUSED_OUTPUT = LintRule(
    code="CNN402",
    name="unused-output",
    severity="warning",
    says="a layer whose output no other layer takes, and which is no output of the network",
    why="""
What such a layer computes is thrown away, and its weights get no gradient; they count all the same. Mostly a `from`
names the wrong layer, or a second head (an auxiliary classifier, a box beside a class) is missing among `outputs`,
which is the last layer alone unless told.
""",
    source="the definition: no path leads from the layer to an output; for second heads Szegedy et al. 2014, "
    "arXiv:1409.4842, section 5",
    example="""
input: 56x56x64
layers:
  - {conv: 64, kernel: 3, padding: half, name: trunk}
  - {conv: 4, kernel: 1, name: boxes}
  - {conv: 21, kernel: 1, from: trunk, name: classes}
""",
    instead="""
input: 56x56x64
layers:
  - {conv: 64, kernel: 3, padding: half, name: trunk}
  - {conv: 4, kernel: 1, name: boxes}
  - {conv: 21, kernel: 1, from: trunk, name: classes}
outputs: [boxes, classes]
""",
    find=each(_unused_output),
)

# ---------------------------------------------------------------------------------------------- CNN403, how far it sees


def _narrow_sight(view: View) -> Iterator[Remark]:
    """The last convolution, or the one that sees most of several last ones, where that is not the whole input."""
    network = view.network
    leaving = [view.nodes[name].output for name in network.outputs if name in view.nodes]
    if not leaving or not all(known(*volume) and volume.positions == 1 for volume in leaving):
        return
    last = [
        node
        for node in network.layers
        if filters(node) and node.name in view.used and node.name not in (view.gates | view.filtering_behind)
    ]
    fields = [node.receptive_field or () for node in last]
    whole = _widest(volume.sides for volume in network.inputs.values())
    seen = _widest(fields)
    if len(seen) == len(whole) and any(a < b for a, b in zip(seen, whole, strict=True)):
        yield Remark(
            last[fields.index(max(fields))],
            f"the last convolution sees {sides(seen)} of the {sides(whole)} input",
            "go deeper, reduce the resolution earlier, or dilate: `cnncalc explain --receptive-field` shows its growth",
        )


def _widest(extents: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    """The largest along every axis; nothing where one has other axes, or sees everything, or is a symbol."""
    listed = list(extents)
    if len({len(one) for one in listed}) != 1 or not known(*(part for one in listed for part in one)):
        return ()
    return tuple(max(axis) for axis in zip(*listed, strict=True))


NARROW_SIGHT = LintRule(
    code="CNN403",
    name="narrow-sight",
    severity="note",
    says="a network that gives one answer, whose last convolution sees less than the whole input",
    why="""
No feature that the network forms is then about the picture as a whole: what stands further apart than the receptive
field is brought together only by the dense layer or the pooling behind it, which know nothing of each other's
positions, or need a weight for each. Accuracy grows with the receptive field, with diminishing returns, and what
counts in practice is even less than its extent: the middle of it.

It is advice and no fault: VGG-16 sees 196 of 224 there, and networks that see little on purpose do well (BagNet).
Nothing is said of networks that give a map, for there each position has its own answer.
""",
    source="Araujo, Norris & Sim 2019, Computing Receptive Fields of Convolutional Neural Networks, Distill, section "
    "Discussion; Luo et al. 2016, arXiv:1701.04128; on the other side Brendel & Bethge 2019, arXiv:1904.00760",
    example="""
input: 64x64x3
layers:
  - conv3-32
  - relu
  - maxpool2
  - conv3-64
  - relu
  - global_avgpool
  - fc-10
""",
    instead="""
input: 64x64x3
layers:
  - conv3-32
  - relu
  - each: {width: [64, 64, 128, 128]}
    layers: [maxpool2, conv3-width, relu]
  - global_avgpool
  - fc-10
""",
    find=_narrow_sight,
)

RULES = (UNALIGNED_MERGE, UNUSED_OUTPUT, NARROW_SIGHT)
