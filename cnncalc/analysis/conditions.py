"""Conditions on the metrics of designs, as people write them: ``params > 1.1x``, ``macs >= 4G``."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from msgspec import Struct

from cnncalc.amounts import AmountError, amount, cut, extents, flat, ratio
from cnncalc.network.metrics import metric_of

_FORM = re.compile(r"(?P<metric>[^<>=!]+?) ?(?P<sign><=|>=|==|!=|<|>|=) ?(?P<amount>.+)")
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "==": eq, "!=": ne}


class Condition(Struct, frozen=True):
    """A metric, a comparison, and a number or one per axis; `relative` when that is a ratio to the first design."""

    text: str
    metric: str
    sign: str
    bound: tuple[int | Fraction, ...]
    relative: bool

    def holds(self, value: Any, bound: int | Fraction) -> bool:
        """Does the value, or the ratio, meet the condition against a number of the bound?"""
        return bool(_SIGNS[self.sign](value, bound))


def condition(text: str, kind_of: Callable[[str], str]) -> Condition:
    """Read a condition; `kind_of` says what kind a metric is of. Raises AmountError if it is not one.

    >>> condition("params > 1.1x", lambda metric: "count").bound
    (Fraction(11, 10),)
    >>> condition("weight_bytes<=64MiB", lambda metric: "bytes").bound
    (Fraction(67108864, 1),)
    """
    text = flat(text)
    match = _FORM.fullmatch(text)
    if match is None:
        raise AmountError(f"`{cut(text)}` is not a condition", "such as 'params > 1.1x' or 'macs > 4G'")
    word, sign, number = match.groups()
    metric = metric_of(word)
    kind = kind_of(metric)
    if kind == "volume":
        raise AmountError(f"{metric} is a volume, not a number", f"hold it to one: `cnncalc check --equals {metric}=…`")
    if kind == "extents":
        return Condition(text, metric, sign, _extents(number), relative=False)
    times = ratio(number)
    try:
        return Condition(text, metric, sign, (amount(number, kind) if times is None else times,), times is not None)
    except AmountError as error:
        raise AmountError(error.message, f"{error.help}; `1.1x` is a ratio to the first design") from None


def _extents(text: str) -> tuple[int | Fraction, ...]:
    """What extents are compared with: as in a limit, or a number such as 0.5 or 1k, which limits do not accept."""
    try:
        return extents(text)
    except AmountError:
        with suppress(AmountError):
            return (amount(text),)
        raise
