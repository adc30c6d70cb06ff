"""A layer whose output is never used and that is not an output of the network.

What such a layer computes is thrown away, and its weights get no gradient; they count all the same. Mostly a `from`
names the wrong layer, or a second head (an auxiliary classifier, a box beside a class) is missing among `outputs`,
which by default is the last layer alone.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, rule
from cnncalc.network.node import Node


@rule(
    code="CNN402",
    severity="warning",
    source="the definition: no path leads from the layer to an output; for second heads Szegedy et al. 2014, "
    "arXiv:1409.4842, section 5",
    example="""
input: 56x56x64
layers:
  - {conv: 64, kernel: 3, padding: half, name: trunk}
  - {conv: 4, kernel: 1, name: boxes}
  - {conv: 21, kernel: 1, from: trunk, name: classes}
""",
    instead="""
input: 56x56x64
layers:
  - {conv: 64, kernel: 3, padding: half, name: trunk}
  - {conv: 4, kernel: 1, name: boxes}
  - {conv: 21, kernel: 1, from: trunk, name: classes}
outputs: [boxes, classes]
""",
)
@each
def unused_output(view: View, node: Node) -> Remark | None:
    if view.users[node.name] or node.name in view.outputs:
        return None
    more = view.unused[node.name] - 1
    few = {0: "", 1: ", nor that of the layer that leads to it alone"}
    alone = few.get(more, f", nor that of the {more:,} layers that lead to it alone")
    return Remark(node, f"its output is never used{alone}", "remove it, use it, or list it under `outputs`")
