"""The words of the field, said once: each is a type with its bounds, its documentation and the symbol formulas use.

A layer's fields are made of these. Validation, the JSON Schema and the reference page are read off them, so that two
layers cannot explain "stride" differently.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args, get_origin

from msgspec import Meta, Struct

from cnncalc.volume import MOST

Extent: TypeAlias = Annotated[int, Meta(ge=1, le=MOST)]
Amount: TypeAlias = Annotated[int, Meta(ge=0, le=MOST)]
PerAxis: TypeAlias = Extent | tuple[Extent, ...]
# Not tuple[Amount, Amount]: msgspec 0.22 crashes on a fixed tuple in a union with a bounded integer.
Pair: TypeAlias = Annotated[tuple[Amount, ...], Meta(min_length=2, max_length=2)]
Amounts: TypeAlias = Amount | tuple[Amount | Pair, ...]


def _said(description: str, symbol: str = "", *examples: Any) -> Meta:
    """What a term is, the letter that formulas have for it, and what editors offer."""
    return Meta(description=description, extra={"symbol": symbol} if symbol else None, examples=[*examples] or None)


Filters: TypeAlias = Annotated[Extent, _said("How many filters, which is the depth of the output (K).", "K", 64)]
Units: TypeAlias = Annotated[Extent, _said("How many outputs, each seeing every input (K).", "K", 10)]
Kernel: TypeAlias = Annotated[PerAxis, _said("The extent of a filter (F): one number, or one per axis.", "F", 3, "1x7")]
Size: TypeAlias = Annotated[
    PerAxis, _said("The extent of the pooling window (F): one number, or one per axis.", "F", 2)
]
OutputSize: TypeAlias = Annotated[PerAxis, _said("The sides of the output: one number, or one per axis.")]
TargetSize: TypeAlias = Annotated[
    PerAxis | None, _said("The sides that the output is to have: one number, or one per axis.", "", "65x65")
]
Like: TypeAlias = Annotated[
    str | None, _said("The layer or input whose sides the output is to have; this is no connection to it.")
]
Stride: TypeAlias = Annotated[PerAxis, _said("By how much the window moves (S): one number, or one per axis.", "S")]
PoolStride: TypeAlias = Annotated[
    PerAxis | None,
    _said("By how much the window moves (S): one number, or one per axis; default: the window's size.", "S"),
]
PaddingWord: TypeAlias = Literal["valid", "half", "same", "causal"]
Padding: TypeAlias = Annotated[
    PaddingWord | Amounts,
    _said(
        "What is added around the input (P): a number, one per axis, a pair (before, after) per axis, or "
        "`valid` (0), `half` (d·(F−1)/2 rounded down on both sides), `same` (⌈N/S⌉ out, the odd value at the end), "
        "`causal` (1-D: d·(F−1) before, none after).",
        "P",
    ),
]
OutputPadding: TypeAlias = Annotated[
    Amount | tuple[Amount, ...],
    _said("What is added at the end of the output: one number, or one per axis; smaller than the stride.", "O"),
]
Around: TypeAlias = Annotated[
    Amounts | None, _said("How much on every side: a number, one per axis, or a pair (before, after) per axis.")
]
Offset: TypeAlias = Annotated[
    Amount | tuple[Amount, ...] | None,
    _said("How much of what `size` or `like` asks for stands before: one number, or one per axis; default: half."),
]
Ends: TypeAlias = Annotated[
    Amount | Pair, _said("How many channels, beside the sides or alone: a number for both ends, or (before, after).")
]
Dilation: TypeAlias = Annotated[
    PerAxis,
    _said("How far apart the taps of a filter are (d), counted from 1: one number, or one per axis.", "d"),
]
Groups: TypeAlias = Annotated[
    Extent,
    _said("Into how many groups (g) input and output channels are split; each filter sees its own group.", "g"),
]
Bias: TypeAlias = Annotated[bool, _said("Whether every output channel has a bias.")]
Gain: TypeAlias = Annotated[bool, _said("Whether every filter has a trained gain, which is folded into its weights.")]
Affine: TypeAlias = Annotated[bool, _said("Whether there are trained numbers at all; without them no scale, no shift.")]
Scaled: TypeAlias = Annotated[bool, _said("Whether there is a trained scale.")]
Shifted: TypeAlias = Annotated[bool, _said("Whether there is a trained shift.")]
Factors: TypeAlias = Literal["channel", "value"] | Extent
Multiplier: TypeAlias = Annotated[Extent, _said("How many filters each input channel has (m).", "m")]
RoundingWord: TypeAlias = Annotated[
    Literal["floor", "ceil", "exact"],
    _said("What becomes of a fraction: `floor`, `ceil` (as in Caffe's pooling), or `exact`: it is an error."),
]
MapTable: TypeAlias = tuple[tuple[Amount, ...], ...]
Connections: TypeAlias = Annotated[
    Literal["all", "per_map", "shared", "local"] | MapTable,
    Meta(
        description="Which input maps each filter sees: `all` with a kernel for each (as usual), `per_map` (every "
        "filter on every map by itself, K·D₁ maps out), `shared` (one kernel per filter, used on all maps and summed), "
        "`local` (all, with weights and biases of their own at every output position), or a list per output map of "
        "the input maps it sees, counted from 0 (LeNet-5's C3)."
    ),
]
Names: TypeAlias = Annotated[
    tuple[str, ...] | None, Meta(description="The layers to merge, by name; `from` says the same.")
]


class Shape(Struct, frozen=True):
    """The base of a class that is the format of a part of a file: its fields are the keys, its types what they take."""

    called: ClassVar[str]
    """What messages call such a part."""
    help: ClassVar[str]
    """The fix of one that is wrong."""
    open: ClassVar[bool] = False
    """May there be keys that are none of its own? Others read them."""


def base(term: Any) -> Any:
    """The type under the annotations."""
    while get_origin(term) is Annotated:
        term = get_args(term)[0]
    return term


def members(term: Any) -> tuple[Any, ...]:
    """The types that a term is a union of, annotations taken off, unions in unions opened."""
    inner = base(term)
    parts = get_args(inner) if "Union" in type(inner).__name__ + str(get_origin(inner)) else (inner,)
    return tuple(part for member in parts for part in (members(member) if member is not inner else (member,)))


def words(term: Any) -> frozenset[str]:
    """The words that a term takes as they are."""
    return frozenset(word for member in members(term) if get_origin(member) is Literal for word in get_args(member))


def takes(term: Any, kind: type) -> bool:
    """Is `kind` (or a container of that kind) among what the term takes?"""
    return any(member is kind or get_origin(member) is kind for member in members(term))


def description(term: Any) -> str:
    """What the term is, in a sentence."""
    for meta in reversed(getattr(term, "__metadata__", ())):
        if meta.description:
            return str(meta.description)
    return ""


def symbol(term: Any) -> str:
    """What formulas call the term; '' where they have no letter for it."""
    for meta in reversed(getattr(term, "__metadata__", ())):
        if meta.extra and "symbol" in meta.extra:
            return str(meta.extra["symbol"])
    return ""


def lower_bound(term: Any) -> int | None:
    """The smallest number that a term takes, where it says so."""
    for meta in getattr(term, "__metadata__", ()):
        if meta.ge is not None:
            return int(meta.ge)
    inner = base(term)
    bounds = [lower_bound(part) for part in get_args(inner)] if inner is not term or get_args(inner) else []
    known = [bound for bound in bounds if bound is not None]
    return min(known) if known else None


def phrase(term: Any) -> str:
    """What a term takes, in words: for messages."""
    parts = []
    if takes(term, bool):
        parts.append("true or false")
    if takes(term, int):
        low = lower_bound(term)
        parts.append("a whole number" if low is None else f"a whole number of at least {low}")
    if takes(term, float):
        parts.append("a number")
    if takes(term, tuple):
        parts.append("one per axis" if takes(term, int) else "a list")
    if takes(term, dict):
        parts.append("a mapping")
    if takes(term, str):
        line = any(meta.pattern for meta in getattr(term, "__metadata__", ()))
        parts.append("a text on one line" if line else "a text")
    if words(term):
        parts.append("one of " + ", ".join(f"`{word}`" for word in sorted(words(term))))
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + ", or " + parts[-1]
