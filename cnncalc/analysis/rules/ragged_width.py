"""A hidden layer whose depth is not a multiple of 8.

Matrix units take channels in blocks of 8 at half precision (16 at 8 bits); what is left over is padded and computed all
the same, or falls back to a slower kernel. 64 filters are mostly faster than 60. MobileNets round every scaled width to
a multiple of 8, for reasons of this kind.

The last layers, whose width is the number of classes, and gates (squeeze-and-excitation), which cost next to nothing,
are not reported.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, filters, known, rule
from cnncalc.network.metrics import works
from cnncalc.network.node import Node

GRAIN = 8
"""What tensor cores take channels in, at half precision."""


@rule(
    code="CNN301",
    severity="note",
    source="NVIDIA, Deep Learning Performance, Convolutional Layers User's Guide, section 1; Sandler et al. 2018, "
    "arXiv:1801.04381, with the authors' code (`make_divisible`)",
    example="""
input: 56x56x64
layers:
  - conv3-60
  - relu
  - conv3-64
  - relu
""",
    instead="""
input: 56x56x64
layers:
  - conv3-64
  - relu
  - conv3-64
  - relu
""",
)
@each
def ragged_width(view: View, node: Node) -> Remark | None:
    depth = node.layer.own_depth()
    if depth is None or not known(depth) or depth % GRAIN == 0 or not works(node):
        return None
    if node.name not in view.working_behind or node.name in view.gates:
        return None
    multiples = " or ".join(str(times * GRAIN) for times in (depth // GRAIN, depth // GRAIN + 1) if times)
    noun = "filter" if filters(node) else "unit"
    return Remark(
        node,
        f"{depth} {noun if depth == 1 else f'{noun}s'}, which is not a multiple of {GRAIN}",
        f"take {multiples}; in expressions `divisible(x, {GRAIN})` rounds as MobileNet does",
    )
