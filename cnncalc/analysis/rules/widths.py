"""Widths: how many filters, and where the parameters go."""

from __future__ import annotations

from cnncalc.analysis.rules.base import LintRule, Remark, each, percent
from cnncalc.analysis.rules.view import View, filters, known, passes
from cnncalc.dims import certainly
from cnncalc.network.metrics import works
from cnncalc.network.node import Node
from cnncalc.volume import Volume

# ------------------------------------------------------------------------------------------- CNN301, multiples of eight

GRAIN = 8
"""What tensor cores take channels in, at half precision."""


def _ragged_width(view: View, node: Node) -> Remark | None:
    depth = node.layer.own_depth()
    if depth is None or not known(depth) or depth % GRAIN == 0 or not works(node):
        return None
    if node.name not in view.working_behind or node.name in view.gates:
        return None
    multiples = " or ".join(str(times * GRAIN) for times in (depth // GRAIN, depth // GRAIN + 1) if times)
    noun = "filter" if filters(node) else "unit"
    return Remark(
        node,
        f"{depth} {noun if depth == 1 else f'{noun}s'}, which is no multiple of {GRAIN}",
        f"take {multiples}; in expressions `divisible(x, {GRAIN})` rounds as MobileNet does",
    )


RAGGED_WIDTH = LintRule(
    code="CNN301",
    name="ragged-width",
    severity="note",
    says="a hidden layer whose depth is no multiple of 8",
    why="""
Matrix units take channels in blocks of 8 at half precision (16 at 8 bits); what is left over is padded and computed all
the same, or falls back to a slower kernel. 64 filters are mostly faster than 60. MobileNets round every scaled width to
a multiple of 8, for reasons of this kind.

Nothing is said of the last layers, whose width is the number of classes, and inside of gates (squeeze-and-excitation),
which cost next to nothing.
""",
    source="NVIDIA, Deep Learning Performance, Convolutional Layers User's Guide, section 1; Sandler et al. 2018, "
    "arXiv:1801.04381, with the authors' code (`make_divisible`)",
    example="""
input: 56x56x64
layers:
  - conv3-60
  - relu
  - conv3-64
  - relu
""",
    instead="""
input: 56x56x64
layers:
  - conv3-64
  - relu
  - conv3-64
  - relu
""",
    find=each(_ragged_width),
)

# ------------------------------------------------------------------------------------- CNN302, dense behind a whole map


def _flattened_dense(view: View, node: Node) -> Remark | None:
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
        f"behind a {volume} map",
        f"behind `global_avgpool` it would have {volume.channels * matrix[1]:,} weights",
    )


def _flattened(view: View, node: Node) -> Volume | None:
    """The map of several positions whose values a layer takes, before what flattens it; None where there is none."""
    name, volume = node.inputs[0], node.given[0]
    while certainly(volume.positions <= 1) and name in view.nodes and passes(view.nodes[name]):
        name, volume = view.nodes[name].inputs[0], view.nodes[name].given[0]
    return volume if known(*volume) and volume.positions > 1 else None


FLATTENED_DENSE = LintRule(
    code="CNN302",
    name="flattened-dense",
    severity="note",
    says="more than half of the parameters in one dense layer behind a map, where global average pooling would do",
    why="""
A dense layer behind a flattened H×W×D map has H·W·D weights for each unit, one for each place that a feature can stand
in. It is where the parameters of AlexNet and VGG are, it overfits, and it ties the network to one input size. Network
in Network averages every map first, which leaves D weights for each unit; GoogLeNet, ResNet and nearly all that came
after do the same.
""",
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
    find=each(_flattened_dense),
)

# ------------------------------------------------------------------------------------------ CNN303, depthwise by groups


def _unnamed_depthwise(view: View, node: Node) -> Remark | None:
    groups = getattr(node.layer, "groups", 1)
    seen = node.layer.maps_seen(*node.given)
    if not filters(node) or node.layer.spreads or not (certainly(groups > 1) and certainly(seen <= 1)):
        return None
    return Remark(
        node,
        f"{groups} groups of one channel each are a depthwise convolution",
        f"write `depthwise_conv: {node.output.channels // node.given[0].channels}` in place of the filters and groups",
    )


UNNAMED_DEPTHWISE = LintRule(
    code="CNN303",
    name="unnamed-depthwise",
    severity="note",
    says="as many groups as channels, which is a depthwise convolution that is not called one",
    why="""
With one channel a group every filter sees one channel alone. `depthwise_conv` says so, needs no number of filters, and
follows when the layer before it becomes wider; `groups` has to be changed along, and is an error, or something else
altogether, where that is forgotten.
""",
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
    find=each(_unnamed_depthwise),
)

RULES = (RAGGED_WIDTH, FLATTENED_DENSE, UNNAMED_DEPTHWISE)
