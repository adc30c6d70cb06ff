"""Paths that merge but look at different places of the input, or at places with different spacing.

Where paths are added or put one after the other, values of one position are meant to be about one place. If the paths
were padded differently, or reduced by different strides, position (i, j) of one looks beside that of the other, or
further and further away from it. For an image as a whole that costs little; for boxes, masks and positions it is an
error of as many pixels. `cnncalc explain SPEC --receptive-field` shows where every layer looks.

Much of what TensorFlow and Keras trained is so: under `same` the padding of a layer with a stride depends on its kernel
and on the size of its input.
"""

from __future__ import annotations

from fractions import Fraction

from cnncalc.analysis.rules.base import Remark, View, each, known, rule, sides
from cnncalc.analysis.sight import meeting
from cnncalc.network.node import Node


@rule(
    code="CNN401",
    severity="warning",
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
)
@each
def unaligned_merge(view: View, node: Node) -> Remark | None:
    if not node.unaligned:
        return None
    paths = [axes for _, axes in meeting(view.nodes, node)]
    axes = list(zip(*paths, strict=True))
    if not known(*(number for axis in axes for way in axis for number in (way.jump, way.middle))):
        return None
    jumps = [tuple(axis.jump for axis in path) for path in paths]
    if len(set(jumps)) > 1:
        steps = " and ".join(dict.fromkeys(map(sides, jumps)))
        message = f"neighbouring values of its inputs lie {steps} values of the network's input apart"
        return Remark(node, message, "bring them to one resolution before they meet: pool, stride or `upsample`")
    apart = max(Fraction(max(r.middle for r in axis) - min(r.middle for r in axis), 2) for axis in axes)
    return Remark(
        node,
        f"its inputs look {_amount(apart)} of the network's input apart, where neighbours are {sides(jumps[0])} apart",
        "pad the paths alike: `half` and odd kernels keep the centre, `same` with a stride need not",
    )


def _amount(apart: Fraction) -> str:
    if apart == Fraction(1, 2):
        return "half a value"
    whole = apart.numerator if apart.denominator == 1 else float(apart)
    return f"{whole} value" if whole == 1 else f"{whole} values"
