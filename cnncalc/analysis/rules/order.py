"""Order: what stands behind what, and with it makes less than it seems."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.analysis.rules.base import LintRule, Remark, each, number
from cnncalc.analysis.rules.view import View, filters, known
from cnncalc.dims import certainly, minimum
from cnncalc.network.node import Node

# ---------------------------------------------------------------------------------- CNN201, the bias that is subtracted


def _cancelled_bias(view: View) -> Iterator[Remark]:
    """Layers with a bias of which no use is left: neither theirs nor that of a layer that shares it."""
    owners: dict[str, str] = {}
    groups: dict[str, list[Node]] = {}
    for node in view.network.layers:
        owner = owners[node.name] = owners.get(node.share, node.name)  # whose weights are shared may share them itself
        groups.setdefault(owner, []).append(node)
    for nodes in groups.values():
        node = nodes[0]
        if not (certainly(node.biases > 0) and _adds_last(node)):
            continue
        norms = [_normalised(view, other) for other in nodes]
        if None not in norms:
            noun = "bias" if known(node.biases) and node.biases == 1 else "biases"
            yield Remark(
                node,
                f"{number(node.biases)} {noun} that the {norms[0].type} behind subtracts again",  # type: ignore[union-attr]
                "`bias: false`: the shift of the normalisation takes its place",
                node.biases if known(node.biases) else 0,
            )


def _adds_last(node: Node) -> bool:
    """Is a bias, one for every channel, the last thing that the layer does to its values?"""
    weighs = filters(node) or node.layer.matrix(*node.given) is not None
    return weighs and bool(getattr(node.layer, "bias", False)) and not node.layer.nonlinear()


def _normalised(view: View, node: Node) -> Node | None:
    """What takes the mean of every channel away before anything else sees the output; None where something does."""
    users = view.users[node.name]
    centred = users and all(user.layer.centres(*user.given) and not user.frozen for user in users)
    return users[0] if centred and node.name not in view.network.outputs else None


CANCELLED_BIAS = LintRule(
    code="CNN201",
    name="cancelled-bias",
    severity="warning",
    says="a bias directly before a normalisation that subtracts the mean of every channel, and the bias with it",
    why="""
Batch normalisation subtracts from every channel its mean over the batch. A bias adds the same to every value of a
channel, and so to the mean: it is gone after the subtraction, and its gradient is zero. The shift of the normalisation
does what it would have done. The same holds for instance normalisation, and for group normalisation with one channel a
group; layer normalisation and larger groups leave the bias its effect.

The biases cost little; they are counted among the parameters all the same, and a reader takes them for something.
Nothing is said where the normalisation is frozen, for it then subtracts a constant.
""",
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
    find=_cancelled_bias,
    counts="biases",
)

# ------------------------------------------------------------------------------------ CNN202, two matrices that are one


def _linear_pair(view: View, node: Node) -> Remark | None:
    second = node.layer.matrix(*node.given)
    before = None if second is None or not view.hidden_nonlinearities else _matrix_before(view, node)
    first = None if before is None else before.layer.matrix(*before.given)
    if before is None or first is None or second is None or first[1] != second[0]:
        return None
    came, middle, leaves = *first, second[1]
    if not certainly(middle >= minimum(came, leaves)):
        return None
    cost = ""
    if known(came, middle, leaves):
        cost = f", with {came * leaves:,} weights in place of {came * middle + middle * leaves:,}"
    return Remark(
        node,
        f"nothing nonlinear lies between {before.name} and this: one layer {came} → {leaves} does the same{cost}",
        "put an activation between them, or leave one out; a narrower middle would save something",
    )


def _matrix_before(view: View, node: Node) -> Node | None:
    """The layer whose matrix a layer multiplies by another, nothing but linear layers between; nobody else uses it."""
    while len(node.inputs) == 1 and node.inputs[0] in view.nodes:
        before = view.nodes[node.inputs[0]]
        if view.sole_user(before) is not node or before.layer.nonlinear():
            return None
        if before.layer.matrix(*before.given) is not None:
            return before
        if not before.layer.linear:
            return None
        node = before
    return None


LINEAR_PAIR = LintRule(
    code="CNN202",
    name="linear-pair",
    severity="warning",
    says="two dense layers or 1×1 convolutions with nothing nonlinear between them, whose product is one such layer",
    why="""
A matrix times a matrix is a matrix: without a nonlinearity between them two layers compute what one can, with more
weights. Mostly an activation was forgotten. Batch normalisation, dropout and average pooling do not help: once trained
they are linear themselves.

A middle that is narrower than both ends is another matter. It does save weights, and is mostly meant: the linear
bottlenecks of MobileNetV2, the low-rank factors of compressed layers. So this is said only where the middle is at least
as wide as the narrower end. A spec that writes no activation at all, as course notes do, is not judged.
""",
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.1; for bottlenecks Sandler et al. 2018, "
    "arXiv:1801.04381, section 3.2",
    example="""
input: 1x1x512
layers:
  - fc-256
  - relu
  - fc-256
  - fc-10
""",
    instead="""
input: 1x1x512
layers:
  - fc-256
  - relu
  - fc-256
  - relu
  - fc-10
""",
    find=each(_linear_pair),
)

# ------------------------------------------------------------------------------------- CNN203, activation of activation


def _doubled_activation(view: View, node: Node) -> Remark | None:
    if not (node.layer.in_place and node.layer.nonlinear()):
        return None
    before = view.before(node)
    if before is None or not before.layer.nonlinear():
        return None
    return Remark(
        node,
        f"{_function(node)} is applied to the {_function(before)} of {before.name}",
        "leave one of the two out, or put a layer with weights between them",
    )


def _function(node: Node) -> str:
    """What people call the activation function of a layer."""
    fields = node.fields
    return str(fields.get("activation") or fields.get("function") or node.type)


DOUBLED_ACTIVATION = LintRule(
    code="CNN203",
    name="doubled-activation",
    severity="warning",
    says="an activation function directly on the output of another",
    why="""
ReLU of ReLU is ReLU, so the second does nothing. Other pairs do something that is hardly meant: a sigmoid of a ReLU
gives nothing below 0.5, and a softmax of a ReLU can not tell the classes apart whose scores were negative. Mostly a
layer has `activation: relu` among its fields or defaults, and is followed by `relu` as well.

Dropout, flattening and the like between the two do not matter, for they pass values on.
""",
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
    find=each(_doubled_activation),
)

# ------------------------------------------------------------------------------------------- CNN204, softmax in between


def _early_softmax(view: View, node: Node) -> Remark | None:
    later = view.next_active.get(node.name)
    if later is None or not node.layer.probabilities() or node.name in view.weighing:
        return None
    return Remark(
        node,
        f"softmax makes probabilities here, and {later.name} works on them",
        "a softmax belongs at the end, or into the loss; between layers take relu or another",
    )


EARLY_SOFTMAX = LintRule(
    code="CNN204",
    name="early-softmax",
    severity="warning",
    says="a softmax with layers behind it that have weights or an activation function",
    why="""
Softmax makes the channels compete for a sum of one. At the end that is what a classifier gives, or its loss takes.
Between layers it leaves mostly values near zero, and gradients that vanish where one channel has won.

Nothing is said where the result weighs something: where a `matmul` or a `multiply` uses it, it is attention. Nor of a
softmax that leaves the network, such as that of an auxiliary classifier.
""",
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
    find=each(_early_softmax),
)

RULES = (CANCELLED_BIAS, LINEAR_PAIR, DOUBLED_ACTIVATION, EARLY_SOFTMAX)
