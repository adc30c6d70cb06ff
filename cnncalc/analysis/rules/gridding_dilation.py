"""Dilated convolutions one after the other whose outputs never see some of the values in their field.

A 3×3 kernel dilated by 2 sees every second value. So do three of them: along an axis 7 of the 13 values from the first
to the last, in the plane 49 of 169, and what lies between is never seen, by none of the layers. Neighbouring outputs
then depend on different values altogether, and the result looks like a grid. Rates of 2, 4 and 8 do the same, for they
have a common factor. With a rate of 1 among the first, or with rates such as 1, 2 and 3, the field is the same or
nearly so, and has no holes.

The field is followed back from one output through every layer up to the head, so that a convolution without dilation
before or behind that fills the holes is enough. `cnncalc explain --receptive-field` counts them.
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.analysis.rules.base import Remark, View, known, rule, sides
from cnncalc.analysis.sight import walked
from cnncalc.network.node import Node, heads


@rule(
    code="CNN110",
    severity="warning",
    source="Wang et al. 2018, arXiv:1702.08502, section 3.2 and figure 2; Yu, Koltun & Funkhouser 2017, "
    "arXiv:1705.09914, section 4",
    example="""
input: 64x64x16
layers:
  - each: {rate: [2, 2, 2]}
    layers:
      - {conv: 16, kernel: 3, dilation: rate, padding: half}
      - relu
""",
    instead="""
input: 64x64x16
layers:
  - each: {rate: [1, 2, 3]}
    layers:
      - {conv: 16, kernel: 3, dilation: rate, padding: half}
      - relu
""",
)
def gridding_dilation(view: View) -> Iterator[Remark]:
    network = view.network
    dilated = [node for node in network.layers if any(known(w.dilation) and w.dilation > 1 for w in node.windows)]
    if not dilated or not known(*(extent for node in network.layers for extent in node.output)):
        return
    arriving = heads(network.inputs, network.layers, network.outputs)
    ends = [view.nodes[head].inputs[0] if head else output for output, head, _ in arriving]
    said: set[str] = set()
    for end in dict.fromkeys(name for name in ends if name in view.nodes):
        before = view.graph.leading_to([end])
        stack = [node for node in dilated if node.name in before]
        if len(stack) < 2 or stack[-1].name in said:
            continue
        seen, of = _seen(view, view.nodes[end], filled=False), _seen(view, view.nodes[end], filled=True)
        if seen != of and 0 not in seen:
            said.add(stack[-1].name)
            message = f"its outputs see {sides(seen)} of {sides(of)} values from first to last"
            yield Remark(stack[-1], message, "begin with a rate of 1, or take rates without a common factor: 1, 2, 3")


def _seen(view: View, node: Node, *, filled: bool) -> tuple[int, ...]:
    """How many positions an output in the middle sees along every axis; 0 where they are too many to follow."""
    seen = node.sight
    found = [walked(view.network, node, seen, axis, at // 2, filled) for axis, at in enumerate(seen.extents)]
    return tuple(len(places or ()) for places in found)
