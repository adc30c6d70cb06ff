"""Padding as large as the kernel, so that outputs at the border see nothing but padding.

A padding of F − 1 is the most with which every window still holds a value of the input ("full" padding). From F on the
outermost windows hold padding alone: their outputs are the same for every picture, and the map grows by them. Mostly
the padding of a 3×3 was left on a kernel that became 1×1.
"""

from __future__ import annotations

from math import prod

from cnncalc.analysis.rules.base import Remark, View, each, known, rule, sides, slides
from cnncalc.network.node import Node
from cnncalc.window import Window


@rule(
    code="CNN105",
    severity="error",
    source="Dumoulin & Visin 2016, arXiv:1603.07285, section 2.2.2",
    example="""
input: 14x14x256
layers:
  - {conv: 64, kernel: 1, padding: 1}
""",
    instead="""
input: 14x14x256
layers:
  - {conv: 64, kernel: 1}
""",
)
@each
def only_padding(view: View, node: Node) -> Remark | None:
    if not slides(node) or not known(*node.output.sides, *node.given[0].sides, *(x for w in node.windows for x in w)):
        return None
    shown = list(zip(node.windows, node.given[0].sides, node.output.sides, strict=True))
    blind = prod(node.output.sides) - prod(_sighted(*axis) for axis in shown)
    if not blind:
        return None
    kernel = sides(window.extent for window in node.windows)
    padding = sides(max(window.before, window.after) for window in node.windows)
    most = sides((window.span - 1) // 2 for window in node.windows)
    return Remark(
        node,
        f"a padding of {padding} around a {kernel} window: {blind:,} of the {sides(node.output.sides)} outputs "
        "see nothing else",
        f"half of the window, which keeps the size, is {most}",
    )


def _sighted(window: Window, side: int, positions: int) -> int:
    """How many windows along an axis hold a value of the input."""
    first = max((window.before - window.span) // window.stride + 1, 0)
    last = min((side - 1 + window.before) // window.stride, positions - 1)
    return max(last - first + 1, 0)
