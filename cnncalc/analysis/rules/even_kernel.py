"""An even kernel with the same padding on both sides, which keeps neither size nor position.

A window of even extent has no middle value. Under the same padding on both sides an output lies between two inputs, and
there is one output less, or one more, than there are inputs: `conv4-64` makes 31 of 32. What is made so cannot be added
to what it came from, and layers that follow one another drift apart from it. `padding: same` puts the odd value at one
end; that keeps the size, but every layer then looks half a value further to one side.

An even kernel that moves by an even stride, or by one that divides it, is not reported: 4/2 with a padding of 1, as
most write DCGAN, looks exactly at the middle of the two values that it replaces. Neither are windows without padding.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, known, rule
from cnncalc.network.node import Node
from cnncalc.window import Window


@rule(
    code="CNN103",
    severity="warning",
    source="Wu et al. 2019, arXiv:1903.08385, section 3; for strides Odena et al. 2016, "
    "Deconvolution and Checkerboard Artifacts, Distill",
    example="""
input: 32x32x64
layers:
  - {conv: 64, kernel: 4, padding: 1}
""",
    instead="""
input: 32x32x64
layers:
  - {conv: 64, kernel: 4, stride: 2, padding: 1}
  - {conv: 64, kernel: 3, padding: 1}
""",
)
@each
def even_kernel(view: View, node: Node) -> Remark | None:
    if not any(_beside(window) for window in node.windows):
        return None
    axes = zip(node.windows, node.given[0].sides, node.output.sides, strict=True)
    window, side, after = next(axis for axis in axes if _beside(axis[0]))
    made = f"makes {after} of {side}" if known(side, after) else "changes the size"
    odd = f"{window.extent - 1} or {window.extent + 1}" if window.extent > 2 else f"{window.extent + 1}"
    way_out = "`padding: same` keeps the size, and looks half a value to the side"
    return Remark(
        node,
        f"a window of {window.extent} with a padding of {window.before} on both sides {made}, and looks between values",
        f"use {odd}; {way_out}",
    )


def _beside(window: Window) -> bool:
    """Is this a window of even span, with equal padding on both sides, that is centred between values?"""
    if not known(*window) or window.before != window.after or not window.before:
        return False
    divided = window.stride > 1 and window.span % window.stride == 0
    return window.span % 2 == 0 and window.stride % 2 == 1 and not divided
