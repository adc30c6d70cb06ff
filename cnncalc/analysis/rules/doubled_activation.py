"""An activation function directly on the output of another.

ReLU of ReLU is ReLU, so the second does nothing. Other pairs do something that is hardly meant: a sigmoid of a ReLU
gives nothing below 0.5, and a softmax of a ReLU cannot tell the classes apart whose scores were negative. Mostly a
layer has `activation: relu` among its fields or defaults, and is followed by `relu` as well.

Dropout, flattening and the like between the two do not matter, for they pass values on.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, rule
from cnncalc.network.node import Node


@rule(
    code="CNN203",
    severity="warning",
    source="the definition, max(0, max(0, x)) = max(0, x), in Nair & Hinton 2010, Rectified Linear Units Improve "
    "Restricted Boltzmann Machines",
    example="""
input: 32x32x8
layers:
  - {conv: 16, kernel: 3, padding: half, activation: relu}
  - relu
""",
    instead="""
input: 32x32x8
layers:
  - {conv: 16, kernel: 3, padding: half, activation: relu}
""",
)
@each
def doubled_activation(view: View, node: Node) -> Remark | None:
    if not (node.layer.in_place and node.layer.nonlinear()):
        return None
    before = view.before(node)
    if before is None or not before.layer.nonlinear():
        return None
    return Remark(
        node,
        f"{_function(node)} is applied to the {_function(before)} of {before.name}",
        "drop one of the two, or put a layer with weights between them",
    )


def _function(node: Node) -> str:
    fields = node.fields
    return str(fields.get("activation") or fields.get("function") or node.type)
