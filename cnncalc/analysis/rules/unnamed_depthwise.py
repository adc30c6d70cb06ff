"""As many groups as channels, which is a depthwise convolution under another name.

With one channel a group every filter sees one channel alone. `depthwise_conv` says so, needs no number of filters, and
follows when the layer before it becomes wider; `groups` has to be changed along, and is an error, or something else
altogether, where that is forgotten.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, filters, rule
from cnncalc.dims import certainly
from cnncalc.network.node import Node


@rule(
    code="CNN303",
    severity="note",
    source="Howard et al. 2017, arXiv:1704.04861, section 3.1",
    example="""
input: 56x56x64
layers:
  - {conv: 64, kernel: 3, padding: half, groups: 64}
""",
    instead="""
input: 56x56x64
layers:
  - {depthwise_conv: 1, kernel: 3, padding: half}
""",
)
@each
def unnamed_depthwise(view: View, node: Node) -> Remark | None:
    groups = getattr(node.layer, "groups", 1)
    seen = node.layer.maps_seen(*node.given)
    if not filters(node) or node.layer.spreads or not (certainly(groups > 1) and certainly(seen <= 1)):
        return None
    return Remark(
        node,
        f"{groups} groups of one channel each are a depthwise convolution",
        f"write `depthwise_conv: {node.output.channels // node.given[0].channels}` instead of the filters and groups",
    )
