"""A kernel of 5 or more at stride 1, where a stack of 3×3 has the same receptive field with fewer weights.

Two 3×3 layers see 5×5, three see 7×7. With C channels throughout that is 18·C² instead of 25·C² weights, 28 % fewer,
and 27·C² instead of 49·C², and between the layers there is room for nonlinearities. Where input and output differ in
depth, the stack is counted with layers that each make their input deeper by the same factor.

It is not reported where the stack would not be smaller, which is mostly so in the first layer. Kernels above 5 after
the first layer are left to `large-kernel` and not reported twice.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, rule
from cnncalc.analysis.rules.kernels import large, stack_of_threes, wide
from cnncalc.network.node import Node


@rule(
    code="CNN107",
    severity="note",
    source="Simonyan & Zisserman 2014, arXiv:1409.1556, section 2.3; Szegedy et al. 2015, arXiv:1512.00567, "
    "section 3.1",
    example="""
input: 28x28x64
layers:
  - conv5-64
  - relu
""",
    instead="""
input: 28x28x64
layers:
  - {layers: [conv3-64, relu], repeat: 2}
""",
)
@each
def smaller_stack(view: View, node: Node) -> Remark | None:
    windows = wide(view, node)
    if windows is None or large(view, node) is not None:
        return None
    message = stack_of_threes(node, windows)
    if message is None:
        return None
    return Remark(node, message, "a nonlinearity between them makes the stack more than the one kernel")
