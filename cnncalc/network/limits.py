"""Limits that networks are held to: what can be limited, and how."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Struct

from cnncalc.amounts import AmountError, Slack, amount, cut, example, extents, field, flat, slack, tolerated
from cnncalc.terms import Shape

Bound: TypeAlias = int | Fraction


class Word(NamedTuple):
    """A word by which metrics are limited: what it lets through, and how it is said.

    `sign` stands before a limit, `lets` gives the least and the most that it lets through (None: any), from its bound
    and what it tolerates. `exact` says that it takes such a tolerance, and the words of fields; `beyond` how a value
    lies outside, `verb` what one does to the bound to let that in. The bound of one `of_baseline` stands there.
    """

    sign: str
    lets: Callable[[Bound, Slack | None], tuple[Bound | None, Bound | None]]
    beyond: str = ""
    verb: str = "change"
    exact: bool = False
    of_baseline: bool = False


def _around(bound: Bound, slack: Slack | None) -> tuple[Bound | None, Bound | None]:
    return (bound, bound) if slack is None else (slack.bottom(bound), slack.top(bound))


CHANGE = "change"
"""The word for how far a metric may be from what it is in the baseline."""

WORDS: dict[str, Word] = {
    "max": Word("≤", lambda bound, slack: (None, bound), "above the limit of", "raise"),
    "min": Word("≥", lambda bound, slack: (bound, None), "below the minimum of", "lower"),
    "equals": Word("=", _around, exact=True),
    CHANGE: Word("", _around, of_baseline=True),
}
"""What a limit can say about a metric."""


class Limit(Struct, frozen=True):
    """One limit on one metric, of the whole network or of the layers that a word (`layers`) means.

    `bound` is an amount, numbers (one per axis, of a field also fractions), or the word of a layer's field; None for a
    change, which `slack` says. `text` is the limit as it was written, `place` and `key` where.
    """

    metric: str
    word: str
    text: str
    bound: Fraction | tuple[int | Fraction, ...] | str | None = None
    slack: Slack | None = None
    layers: str = ""
    place: Any = None
    key: str = ""

    @property
    def subject(self) -> str:
        """What is limited: the metric, and its layers."""
        return f"{self.metric} of {self.layers}" if self.layers else self.metric


class LimitError(AmountError):
    """A limit that is invalid, or that cannot be decided; with the limit once there is one."""

    def __init__(self, message: str, help: str, limit: Limit | None = None) -> None:
        super().__init__(message, help)
        self.limit = limit


def limit(metric: str, word: str, text: str, kind: str, **where: Any) -> Limit:
    """Read a limit: the metric, one of WORDS, and what is written after it, for a metric of that kind.

    `kind` may also be `field`, for the fields of layers: numbers, extents or words.
    Raises AmountError for anything that cannot be read.
    """
    text = flat(text)
    if not text.isprintable():
        raise LimitError("a limit is printable text", example(kind))
    if WORDS[word].of_baseline:
        if where.get("layers"):
            raise LimitError("a baseline keeps the whole network and no layers", f"limit the change of all {metric}")
        return Limit(metric, word, text, slack=slack(text, kind), **where)
    if kind in ("extents", "volume"):
        return Limit(metric, word, text, extents(text, kind), **where)
    if kind == "field":
        bound = field(text)
        if isinstance(bound, str) and not WORDS[word].exact:
            raise LimitError(f"{cut(text)} is a word, and has no {word}", "a word is limited by `equals`")
        return Limit(metric, word, text, bound, **where)
    if WORDS[word].exact:
        return Limit(metric, word, text, *tolerated(text, kind), **where)
    return Limit(metric, word, text, amount(text, kind), **where)


Severity: TypeAlias = Literal["note", "warning", "error"]
"""How much a spec can say that a rule of `cnncalc lint` matters, from the least on."""


class Ruling(Struct, frozen=True):
    """What a spec says about a rule of `cnncalc lint`: how much it matters, or ('') that it is left out.

    `rule` is a code or a name as it was written, `layers` a word for the layers meant ('': all).
    """

    rule: str
    severity: str = ""
    layers: str = ""
    place: Any = None


class Published(Shape, frozen=True, kw_only=True):
    """A figure that the source of a spec prints."""

    called: ClassVar[str] = "a published figure"
    help: ClassVar[str] = "such as `{metric: params, printed: 138M, where: Table 2}`"

    metric: Annotated[str, Meta(description="A metric of the totals, or LAYER.metric.")]
    of: Annotated[str, Meta(min_length=1, description="The layers it is about: names, groups, patterns or types.")] = ""
    set: Annotated[dict[str, Any], Meta(description="The parameters that the figure holds under.")] = msgspec.field(
        default_factory=dict
    )
    printed: Annotated[str | float, Meta(description="The figure as it is printed.")]
    where: Annotated[str, Meta(description="The table, figure or section.")]
    unit: Annotated[Literal[1000, 1024], Meta(description="What K stands for.")] = 1000
    because: Annotated[str, Meta(description="Why the architecture gives another value.")] = ""


class Demands(Struct, frozen=True):
    """What a spec says that its network must be: limits, what rules matter, and figures that its source prints."""

    budget: tuple[Limit, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    published: tuple[Published, ...] = ()
