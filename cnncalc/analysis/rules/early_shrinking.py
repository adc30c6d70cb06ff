"""Too little padding takes more than an eighth off a side before anything reduces the resolution.

A convolution that moves by 1 without padding makes the map smaller by its extent less one, and what stands at the
border is seen by few windows. At the front of a network that costs information that nothing has looked at yet. Padding
by half of the kernel keeps the resolution, so that pooling or strides alone decide on it.

The rule counts convolutions that move by 1, up to the first layer that reduces the resolution, and reports the one by
which more than an eighth of a side is gone. Some networks leave the padding out on purpose and are given a larger
input: LeNet-5 has 32×32 for characters of at most 20×20, U-Net 572×572 for a result of 388×388.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cnncalc.analysis.rules.base import Remark, View, filters, known, rule, slides
from cnncalc.network.node import Node

SHRUNK = Fraction(1, 8)
"""The part of a side above which a loss before the first reduction matters."""


@rule(
    code="CNN104",
    severity="note",
    source="Simonyan & Zisserman 2014, arXiv:1409.1556, section 2.1; CS231n course notes, Convolutional Networks; "
    "for margins LeCun et al. 1998, section II.B, and Ronneberger et al. 2015, arXiv:1505.04597",
    example="""
input: 28x28x1
layers:
  - {conv: 32, kernel: 3}
  - relu
  - {conv: 64, kernel: 3}
  - relu
  - maxpool2
""",
    instead="""
input: 28x28x1
layers:
  - {conv: 32, kernel: 3, padding: half}
  - relu
  - {conv: 64, kernel: 3, padding: half}
  - relu
  - maxpool2
""",
)
def early_shrinking(view: View) -> Iterator[Remark]:
    """The layers with which more than an eighth of a side is lost before anything reduces the resolution."""
    losses = view.graph.forward(lambda volume: ((0,) * volume.rank, 0), _loss)
    for node in view.network.layers:
        if not node.inputs:
            continue
        gone, count = losses[node.name] or ((), 0)
        own = _shrinks(node) if gone else ()
        axes = [(lost, lost - ours, side) for lost, ours, side in zip(gone, own, node.given[0].sides, strict=False)]
        crossed = next(((lost, was + side) for lost, was, side in axes if lost > SHRUNK * (was + side) >= was), None)
        if crossed:
            what = f"{count} unpadded convolutions take" if count > 1 else "an unpadded convolution takes"
            yield Remark(
                node,
                f"{what} {crossed[0]} of {crossed[1]} values off a side before anything reduces the resolution",
                "`padding: half` keeps the size; or give the input a margin, as LeNet-5 does",
            )


def _loss(node: Node, before: list[tuple[tuple[int, ...], int] | None]) -> tuple[tuple[int, ...], int] | None:
    """How much of each side is lost, and to how many layers; None once something has reduced the resolution."""
    if not node.inputs:
        return (0,) * node.output.rank, 0
    if None in before or not _keeps_resolution(node):
        return None
    gone, count = max((loss for loss in before if loss), key=lambda loss: loss[0])
    lost = _shrinks(node)
    return tuple(a + b for a, b in zip(gone, lost, strict=True)), count + any(lost)


def _keeps_resolution(node: Node) -> bool:
    """Are neighbouring values of the output still neighbours in the network's input?"""
    jump = node.jump
    same_rank = jump is not None and all(volume.rank == node.output.rank for volume in node.given)
    return same_rank and all(step == 1 for step in jump or ()) and known(*node.output.sides, *node.given[0].sides)


def _shrinks(node: Node) -> tuple[int, ...]:
    """How much a convolution of stride 1 takes off each side because its padding is too small."""
    if not slides(node) or not filters(node):
        return (0,) * node.output.rank
    return tuple(max(window.span - 1 - window.padding, 0) for window in node.windows)
