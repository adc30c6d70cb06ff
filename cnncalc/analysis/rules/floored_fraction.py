"""The output size does not divide evenly, and no window sees the last values of the input.

A window that moves by S fits (W − F + 2P)/S + 1 times. Where that is a fraction the floor is taken, and the last values
of every row and column take no part in anything: the network looks at a smaller picture than it is given. Mostly the
input, the padding or the stride is a slip. The best known one is the AlexNet paper's 224×224 input: an 11×11 kernel
that moves by 4 makes 54.25 of it, and the 55 of the paper need 227.

It is not reported where only padding is lost, as in a ResNet's 7×7/2 on 224, or no more than the stride skips between
any two windows.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, rule, slides
from cnncalc.dims import certainly
from cnncalc.network.node import Node


@rule(
    code="CNN101",
    severity="warning",
    source="Dumoulin & Visin 2016, arXiv:1603.07285, chapter 2; CS231n course notes, Convolutional Networks",
    example="""
input: 224x224x3
layers:
  - {conv: 96, kernel: 11, stride: 4}
""",
    instead="""
input: 227x227x3
layers:
  - {conv: 96, kernel: 11, stride: 4}
""",
)
@each
def floored_fraction(view: View, node: Node) -> Remark | None:
    if not slides(node) or not node.warnings:
        return None
    window, side = next(
        (window, side)
        for window, side in zip(node.windows, node.given[0].sides, strict=True)
        if certainly(window.missed(side) > 0)
    )
    rest = window.room(side) % window.stride
    return Remark(
        node,
        node.warnings[0],
        f"a side of {side - rest} or {side + window.stride - rest} divides evenly; `rounding: ceil` adds a window",
    )
