"""A network that gives one answer, whose last convolution sees less than the whole input.

No feature that the network forms is then about the picture as a whole: what stands further apart than the receptive
field is brought together only by the dense layer or the pooling after it, which know nothing of each other's positions,
or need a weight for each. Accuracy grows with the receptive field, with diminishing returns, and what counts in
practice is even less than its extent: the middle of it.

It is advice and no fault: VGG-16 sees 196 of 224 there, and networks that see little on purpose do well (BagNet).
Networks that give a map are not reported, because there each position has its own answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cnncalc.analysis.rules.base import Remark, View, filters, known, rule, sides


@rule(
    code="CNN403",
    severity="note",
    source="Araujo, Norris & Sim 2019, Computing Receptive Fields of Convolutional Neural Networks, Distill, section "
    "Discussion; Luo et al. 2016, arXiv:1701.04128; on the other side Brendel & Bethge 2019, arXiv:1904.00760",
    example="""
input: 64x64x3
layers:
  - conv3-32
  - relu
  - maxpool2
  - conv3-64
  - relu
  - global_avgpool
  - fc-10
""",
    instead="""
input: 64x64x3
layers:
  - conv3-32
  - relu
  - each: {width: [64, 64, 128, 128]}
    layers: [maxpool2, conv3-width, relu]
  - global_avgpool
  - fc-10
""",
)
def narrow_sight(view: View) -> Iterator[Remark]:
    """The last convolution (of several last ones, that which sees most), if it does not see the whole input."""
    network = view.network
    leaving = [view.nodes[name].output for name in network.outputs if name in view.nodes]
    if not leaving or not all(known(*volume) and volume.positions == 1 for volume in leaving):
        return
    filtering = [node for node in network.layers if filters(node)]
    earlier = view.gates | view.graph.leading_to(name for node in filtering for name in node.inputs)
    wanted = view.graph.leading_to(network.outputs) - earlier
    last = [node for node in filtering if node.name in wanted]
    fields = [node.receptive_field or () for node in last]
    whole = _widest(volume.sides for volume in network.inputs.values())
    seen = _widest(fields)
    if len(seen) == len(whole) and any(a < b for a, b in zip(seen, whole, strict=True)):
        yield Remark(
            last[fields.index(max(fields))],
            f"the last convolution sees {sides(seen)} of the {sides(whole)} input",
            "go deeper, reduce the resolution earlier, or dilate: `cnncalc explain --receptive-field` shows its growth",
        )


def _widest(extents: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    """The largest along every axis; nothing if the axes differ, if one sees everything, or with symbols."""
    listed = list(extents)
    if len({len(one) for one in listed}) != 1 or not known(*(part for one in listed for part in one)):
        return ()
    return tuple(max(axis) for axis in zip(*listed, strict=True))
