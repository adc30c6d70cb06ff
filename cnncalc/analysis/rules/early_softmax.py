"""A softmax followed by layers with weights or an activation function.

Softmax makes the channels compete for a sum of one. At the end that is what a classifier gives, or its loss takes.
Between layers it leaves mostly values near zero, and gradients that vanish where one channel has won.

A softmax whose result weighs something, in a `matmul` or a `multiply`, is attention and not reported. Neither is one
that leaves the network, such as that of an auxiliary classifier.
"""

from __future__ import annotations

from cnncalc.analysis.rules.base import Remark, View, each, rule
from cnncalc.network.node import Node


@rule(
    code="CNN204",
    severity="warning",
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2.2.3; for attention Vaswani et al. 2017, "
    "arXiv:1706.03762, section 3.2.1",
    example="""
input: 1x1x512
layers:
  - fc-64
  - softmax
  - fc-10
""",
    instead="""
input: 1x1x512
layers:
  - fc-64
  - relu
  - fc-10
  - softmax
""",
)
@each
def early_softmax(view: View, node: Node) -> Remark | None:
    later = view.next_active.get(node.name)
    if later is None or not node.layer.probabilities() or node.name in view.weighing:
        return None
    return Remark(
        node,
        f"softmax gives probabilities here, which {later.name} takes as input",
        "a softmax belongs at the end or in the loss; between layers use relu or another activation",
    )
