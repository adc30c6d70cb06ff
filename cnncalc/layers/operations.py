"""The operations of a layer beside its multiply-adds, by kind, and how a table of weights counts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from cnncalc.dims import Number

Kind: TypeAlias = Literal[
    "bias",  # made: the values that a bias is added to
    "normalisation",  # made: the values normalised
    "affine",  # made: the values that a normalisation scales or shifts by trained numbers
    "scaling",  # made: the values multiplied by a trained scale
    "activation",  # made: the values of the function; read: the sums a softmax divides by, one for each position
    "scores",  # made: the scores of attention after their softmax; read: its sums, one for each head and query
    "pooling",  # made: the output values; read: the elements that the windows hold, padding included
    "merge",  # made: the output values, once for each input beyond the first
    "resampling",  # made: the output values; read: the input values
]
"""Every kind of operation there is, and what is counted of it; where nothing is said of `read`, it is 0.

A softmax over n values makes n and reads 1 sum: who counts it as 3n − 1 operations counts 3·made − read.
"""


class Operations(Struct, frozen=True):
    """Operations of one kind: how many values they make, and how many they read where that is another number.

    `detail` says which of the kind: the activation function, the mode of the resampling, else the type of the layer.
    The values that arrive at the layer and those that leave it are known, and so not repeated here.
    """

    kind: Kind
    detail: str
    made: Number
    read: Number = 0


class Weight(NamedTuple):
    """How many floating-point operations a kind counts for each value made, and for each value read."""

    made: int = 0
    read: int = 0


FLOPS: Mapping[Kind, Weight] = {
    "bias": Weight(made=1),
    "normalisation": Weight(made=2),
    "affine": Weight(),
    "scaling": Weight(made=1),
    "activation": Weight(made=1),
    "scores": Weight(made=1),
    "pooling": Weight(read=1),
    "merge": Weight(made=1),
    "resampling": Weight(),
}
"""The weights that `flops` are counted with: those of ``docs/counting.md``."""


def weighed(operations: Iterable[Operations], table: Mapping[Kind, Weight]) -> Number:
    """How many operations these are, each kind by its weight in the table.

    >>> weighed([Operations("pooling", "subsample", made=4, read=36), Operations("bias", "subsample", made=4)], FLOPS)
    40
    """
    count: Number = 0
    for done in operations:
        weight = table[done.kind]
        if weight.made:
            count = count + weight.made * done.made
        if weight.read:
            count = count + weight.read * done.read
    return count
