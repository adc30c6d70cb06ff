"""More than half of the parameters in one dense layer after a map, where global average pooling would do.

A dense layer after a flattened H×W×D map has H·W·D weights for each unit, one for each place that a feature can stand
in. It is where the parameters of AlexNet and VGG are, it overfits, and it ties the network to one input size. Network
in Network averages every map first, which leaves D weights for each unit; GoogLeNet, ResNet and nearly all that came
after do the same.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, known, passes, percent, rule
from cnncalc.dims import certainly
from cnncalc.network.node import Node
from cnncalc.volume import Volume


@rule(
    code="CNN302",
    severity="note",
    source="Lin et al. 2013, arXiv:1312.4400, section 3.2; Szegedy et al. 2014, arXiv:1409.4842, section 5",
    example="""
input: 7x7x512
layers:
  - {layers: [conv3-512, relu], repeat: 3}
  - fc-4096
  - relu
  - fc-1000
""",
    instead="""
input: 7x7x512
layers:
  - {layers: [conv3-512, relu], repeat: 3}
  - global_avgpool
  - fc-1000
""",
)
@each
def flattened_dense(view: View, node: Node) -> Remark | None:
    matrix = node.layer.matrix(*node.given)
    whole = view.network.totals.params
    if matrix is None or not known(whole, node.params, *matrix) or 2 * node.params <= whole:
        return None
    if view.filtered.isdisjoint(node.inputs):
        return None  # there is no map of features to average
    volume = _flattened(view, node)
    if volume is None or matrix[0] != volume.values:
        return None
    return Remark(
        node,
        f"{percent(node.params / whole)} of the parameters ({node.params:,} of {whole:,}) are in this layer "
        f"after a {volume} map",
        f"after `global_avgpool` it would have {volume.channels * matrix[1]:,} weights",
    )


def _flattened(view: View, node: Node) -> Volume | None:
    """The map of several positions that a layer reads, before anything flattens it; None if there is none."""
    name, volume = node.inputs[0], node.given[0]
    while certainly(volume.positions <= 1) and name in view.nodes and passes(view.nodes[name]):
        name, volume = view.nodes[name].inputs[0], view.nodes[name].given[0]
    return volume if known(*volume) and volume.positions > 1 else None
