"""A 1×1 convolution on a single position, which is a dense layer under another name.

At a single position a 1×1 convolution multiplies all channels by one matrix, and so does a dense layer: counts and
results are the same. Who reads `fc-1280` sees at once that no place is left in the map.

Gates (squeeze-and-excitation), where the 1×1 form is customary, are not reported.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, rule, sides, slides
from cnncalc.dims import certainly
from cnncalc.network.node import Node


@rule(
    code="CNN108",
    severity="note",
    source="Long et al. 2014, arXiv:1411.4038, section 3.1; Lin et al. 2013, arXiv:1312.4400, section 3.1",
    example="""
input: 7x7x512
layers:
  - global_avgpool
  - conv1-128
  - relu
  - fc-10
""",
    instead="""
input: 7x7x512
layers:
  - global_avgpool
  - fc-128
  - relu
  - fc-10
""",
)
@each
def conv_on_a_point(view: View, node: Node) -> Remark | None:
    matrix = node.layer.matrix(*node.given) if slides(node) else None
    if matrix is None or not all(certainly(side <= 1) for side in node.given[0].sides) or node.name in view.gates:
        return None
    ones = sides(1 for _ in node.windows)
    return Remark(
        node,
        f"a {ones} convolution of a {ones} map is a dense layer of {matrix[1]} units",
        f"`fc-{matrix[1]}` says so",
    )
