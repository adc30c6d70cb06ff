"""A stride larger than the kernel, so that no window sees the input values in between.

A 1×1 convolution that moves by 2 looks at one value of every four; the other three were computed for nothing, as far as
this layer goes. The shortcuts of ResNets do so. ResNet-B moves the stride from the 1×1 to the 3×3 of the block, and
ResNet-D pools before the 1×1 of the shortcut; both cost little and gain accuracy.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from cnncalc.analysis.rules.base import Remark, View, each, known, percent, rule, sides, slides
from cnncalc.network.node import Node
from cnncalc.window import Window


@rule(
    code="CNN106",
    severity="note",
    source="Tong He et al. 2018, arXiv:1812.01187, section 4.2",
    example="""
input: 56x56x256
layers:
  - {conv: 512, kernel: 1, stride: 2}
""",
    instead="""
input: 56x56x256
layers:
  - avgpool2
  - conv1-512
""",
)
@each
def skipped_input(view: View, node: Node) -> Remark | None:
    if not slides(node) or not any(_skips(*axis) for axis in zip(node.windows, node.given[0].sides, strict=True)):
        return None
    seen = prod(Fraction(min(window.span, window.stride), window.stride) for window in node.windows)
    kernel = sides(window.extent for window in node.windows)
    stride = sides(window.stride for window in node.windows)
    return Remark(
        node,
        f"a {kernel} window that moves by {stride} skips {percent(1 - seen)} of its input",
        "move by that much where the window is at least as large, or pool first: `avgpool2`, then a 1×1",
    )


def _skips(window: Window, side: Any) -> bool:
    """Do values of a side lie between two windows?"""
    return known(*window, side) and window.stride > window.span and side > window.span
