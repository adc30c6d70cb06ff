"""A bias directly before a normalisation that subtracts the mean of every channel, and so the bias.

Batch normalisation subtracts from every channel its mean over the batch. A bias adds the same to every value of a
channel, and so to the mean: it is gone after the subtraction, and its gradient is zero. The shift of the normalisation
does what it would have done. The same holds for instance normalisation, and for group normalisation with one channel a
group; layer normalisation and larger groups leave the bias its effect.

The biases cost little; they are counted among the parameters all the same, and a reader takes them for something. A
frozen normalisation is not reported, because it subtracts a constant.
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.analysis.rules.base import Remark, View, filters, known, rule
from cnncalc.dims import certainly
from cnncalc.network.node import Node


@rule(
    code="CNN201",
    severity="warning",
    source="Ioffe & Szegedy 2015, arXiv:1502.03167, section 3.2",
    example="""
input: 56x56x64
layers:
  - {conv: 64, kernel: 3, padding: half}
  - batchnorm
  - relu
""",
    instead="""
input: 56x56x64
layers:
  - {conv: 64, kernel: 3, padding: half, bias: false}
  - batchnorm
  - relu
""",
    counts="biases",
)
def cancelled_bias(view: View) -> Iterator[Remark]:
    """Layers whose bias has no effect, neither there nor in a layer that shares it."""
    owners: dict[str, str] = {}
    groups: dict[str, list[Node]] = {}
    for node in view.network.layers:
        owner = owners[node.name] = owners.get(node.share, node.name)  # the owner may itself share those of another
        groups.setdefault(owner, []).append(node)
    for nodes in groups.values():
        node = nodes[0]
        if not (certainly(node.biases > 0) and _adds_last(node)):
            continue
        norms = [_normalised(view, other) for other in nodes]
        if None not in norms:
            amount = node.biases if known(node.biases) else 0
            count = f"{amount:,} {'bias' if amount == 1 else 'biases'}" if amount else f"{node.biases} biases"
            yield Remark(
                node,
                f"{count}, cancelled by the {norms[0].type} that follows",  # type: ignore[union-attr]
                "`bias: false`: the shift of the normalisation takes its place",
                amount,
            )


def _adds_last(node: Node) -> bool:
    """Is a bias, one for every channel, the last thing that the layer does to its values?"""
    weighs = filters(node) or node.layer.matrix(*node.given) is not None
    shared = not certainly(node.biases > node.output.channels)
    return weighs and shared and bool(getattr(node.layer, "bias", False)) and not node.layer.nonlinear()


def _normalised(view: View, node: Node) -> Node | None:
    """What subtracts the mean of every channel before anything else sees the output; None if something does see it."""
    users = view.users[node.name]
    centred = users and all(user.layer.centres(*user.given) and not user.frozen for user in users)
    return users[0] if centred and node.name not in view.outputs else None
