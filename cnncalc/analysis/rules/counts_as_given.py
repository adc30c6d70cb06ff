"""A layer of the type `other`, whose counts are those that the spec gives.

Nothing of it is computed, and nothing is checked: not that the counts belong to its input, and not that they follow
when that changes. What is not given is unknown, and then so is every sum that it is in; and what such a layer sees of
the input is never known, so that a receptive field behind it is only a bound.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, rule
from cnncalc.network.node import Node


@rule(
    code="CNN405",
    severity="note",
    source="the definition: a count that is given does not follow from the volumes",
    example="""
input: 56x56x64
layers:
  - {other: pointwise convolution, output: 56x56x128, weights: 8192}
""",
    instead="""
input: 56x56x64
layers:
  - {conv: 128, kernel: 1}
""",
)
@each
def counts_as_given(view: View, node: Node) -> Remark | None:
    if not node.layer.as_given:
        return None
    return Remark(node, node.layer.remark(), "write it in layers that there are, or ignore the rule for it")
