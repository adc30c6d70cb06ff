"""Conditions on the metrics of designs, as people write them: ``params > 1.1x``, ``macs >= 4G``."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from msgspec import Struct

from cnncalc.limits import BYTES, SCALES

_FORM = re.compile(
    r"\s*(?P<metric>[a-z_]+)\s*(?P<sign><=|>=|==|!=|<|>|=)\s*(?P<number>\d{1,18}(?:\.\d{1,18})?)\s*(?P<unit>[A-Za-z%]*)\s*",
    re.ASCII,
)
UNITS = {**BYTES, **SCALES}
"""What stands behind a number; B is the billion of papers."""
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "==": eq, "!=": ne}


class Condition(Struct, frozen=True):
    """A metric, a comparison, and a number; `relative` when that is a ratio to the first design."""

    text: str
    metric: str
    sign: str
    number: Fraction
    relative: bool

    def holds(self, value: Fraction) -> bool:
        """Does the value, or the ratio, meet the condition?"""
        return bool(_SIGNS[self.sign](value, self.number))


def condition(text: str) -> Condition | None:
    """Read a condition; None when it is of no such form.

    >>> condition("params > 1.1x").number
    Fraction(11, 10)
    >>> condition("macs<=4G").number
    Fraction(4000000000, 1)
    """
    parts = _FORM.fullmatch(text)
    if parts is None or (parts["unit"] not in UNITS and parts["unit"] not in ("x", "X")):
        return None
    relative = parts["unit"] in ("x", "X")
    scale = 1 if relative else UNITS[parts["unit"]]
    return Condition(text.strip(), parts["metric"], parts["sign"], Fraction(parts["number"]) * scale, relative)
