"""Two dense layers or 1×1 convolutions with nothing nonlinear between them, whose product is one such layer.

A matrix times a matrix is a matrix: without a nonlinearity between them two layers compute what one can, with more
weights. Usually an activation was forgotten. Batch normalisation, dropout and average pooling do not help: once trained
they are linear themselves.

A middle that is narrower than both ends is another matter. It does save weights, and is mostly meant: the linear
bottlenecks of MobileNetV2, the low-rank factors of compressed layers. So this is reported only where the middle is at
least as wide as the narrower end. A spec that writes no activation at all, as course notes do, is not judged.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, known, rule
from cnncalc.dims import certainly, minimum
from cnncalc.network.node import Node


@rule(
    code="CNN202",
    severity="warning",
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.1; for bottlenecks Sandler et al. 2018, "
    "arXiv:1801.04381, section 3.2",
    example="""
input: 1x1x512
layers:
  - fc-256
  - relu
  - fc-256
  - fc-10
""",
    instead="""
input: 1x1x512
layers:
  - fc-256
  - relu
  - fc-256
  - relu
  - fc-10
""",
)
@each
def linear_pair(view: View, node: Node) -> Remark | None:
    second = node.layer.matrix(*node.given)
    before = None if second is None or not view.hidden_nonlinearities else _matrix_before(view, node)
    first = None if before is None else before.layer.matrix(*before.given)
    if before is None or first is None or second is None or first[1] != second[0]:
        return None
    came, middle, leaves = *first, second[1]
    if not certainly(middle >= minimum(came, leaves)):
        return None
    cost = ""
    if known(came, middle, leaves):
        cost = f", with {came * leaves:,} weights instead of {came * middle + middle * leaves:,}"
    return Remark(
        node,
        f"nothing nonlinear between {before.name} and this: one layer {came} → {leaves} does the same{cost}",
        "put an activation between them, or drop one; a narrower middle would save weights",
    )


def _matrix_before(view: View, node: Node) -> Node | None:
    """The layer with a matrix before this one, only linear layers in between, whose values nothing else uses."""
    while len(node.inputs) == 1 and node.inputs[0] in view.nodes:
        before = view.nodes[node.inputs[0]]
        if view.sole_user(before) is not node or before.layer.nonlinear():
            return None
        if before.layer.matrix(*before.given) is not None:
            return before
        if not before.layer.linear:
            return None
        node = before
    return None
