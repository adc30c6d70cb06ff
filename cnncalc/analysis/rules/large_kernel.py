"""A kernel above 5 after the first layer, whose filters see several channels.

The weights of a kernel grow with its area, what it sees with its side. Three 3×3 layers see 7×7 as well, with 27·C²
instead of 49·C² weights and three nonlinearities instead of one; a 1×7 and a 7×1 in turn have 14·C². Only the first
layer, which sees three channels, has a large kernel cheaply.

Depthwise kernels are not reported: there one filter sees one channel, and kernels of 7 (ConvNeXt) to 31 (RepLKNet) are
today's practice. Neither are kernels along one axis, one that covers the whole map, which is a dense layer, and gates
that multiply a map (CBAM).
"""

from __future__ import annotations

from math import prod

from cnncalc.analysis.rules.base import Remark, View, each, rule, sides
from cnncalc.analysis.rules.kernels import large, stack_of_threes
from cnncalc.network.node import Node


@rule(
    code="CNN102",
    severity="note",
    source="Simonyan & Zisserman 2014, arXiv:1409.1556, section 2.3; Szegedy et al. 2015, arXiv:1512.00567, section 3; "
    "for depthwise kernels Liu et al. 2022, arXiv:2201.03545, section 2.5, and Ding et al. 2022, arXiv:2203.06717",
    example="""
input: 56x56x64
layers:
  - conv3-64
  - relu
  - conv7-64
  - relu
""",
    instead="""
input: 56x56x64
layers:
  - conv3-64
  - relu
  - {layers: [conv3-64, relu], repeat: 3}
""",
)
@each
def large_kernel(view: View, node: Node) -> Remark | None:
    windows = large(view, node)
    if windows is None:
        return None
    kernel, threes = sides(window.extent for window in windows), sides(3 for _ in windows)
    message = stack_of_threes(node, windows)
    if message is None:
        area, small = prod(window.extent for window in windows), prod(3 for _ in windows)
        message = f"a {kernel} kernel has {area} weights for each channel that it sees, and a {threes} has {small}"
    turns = ", 1×n and n×1 in turn," if len(windows) == 2 else ""
    return Remark(node, message, f"stack {threes} kernels{turns} or make it a `depthwise_conv`")
