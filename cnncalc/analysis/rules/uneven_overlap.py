"""A transposed convolution whose stride does not divide its kernel, which draws a checkerboard.

A transposed convolution spreads each input over a window of the output. Where the stride does not divide the kernel,
some outputs lie under more windows than their neighbours, in a pattern that repeats: a checkerboard in two dimensions.
Training can even it out in principle, and mostly does not. A kernel that is a multiple of the stride (2/2 in U-Net, 4/2
as most write DCGAN) covers all outputs alike; so does an `upsample` with a convolution after it.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, known, rule
from cnncalc.network.node import Node
from cnncalc.window import Window


@rule(
    code="CNN109",
    severity="note",
    source="Odena et al. 2016, Deconvolution and Checkerboard Artifacts, Distill",
    example="""
input: 16x16x64
layers:
  - {conv_transpose: 32, kernel: 3, stride: 2, padding: 1, output_padding: 1}
""",
    instead="""
input: 16x16x64
layers:
  - {conv_transpose: 32, kernel: 4, stride: 2, padding: 1}
""",
)
@each
def uneven_overlap(view: View, node: Node) -> Remark | None:
    if not node.layer.spreads:
        return None
    uneven = [window for window in node.windows if _uneven(window)]
    if not uneven:
        return None
    window = uneven[0]
    few = window.extent // window.stride
    multiples = " or ".join(str(times * window.stride) for times in (few, few + 1) if times)
    return Remark(
        node,
        f"a kernel of {window.extent} spread by {window.stride} overlaps unevenly: "
        f"outputs are made of {few} or {few + 1} inputs along an axis",
        f"use a kernel of {multiples}, or `upsample` and a convolution after it",
    )


def _uneven(window: Window) -> bool:
    return known(*window) and window.dilation == 1 and window.stride > 1 and window.extent % window.stride > 0
