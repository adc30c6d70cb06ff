"""Numbers as people read them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from cnncalc.network.counts import plain

NUMBER_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def grouped(value: Any) -> str:
    """Digits in threes; a symbol as people write its closed form.

    >>> grouped(102760448)
    '102,760,448'
    >>> from cnncalc.numbers.symbolic import symbol
    >>> grouped(27 * symbol("C") ** 2 * symbol("H"))
    '27·C²·H'
    """
    if isinstance(value, int):
        return f"{value:,}"
    raised = _POWER.sub(lambda power: power[1].translate(_RAISED), str(plain(value)))
    return _LONG.sub(lambda digits: f"{int(digits[0]):,}", raised).replace("*", "·")


_LONG = re.compile(r"(?<![\w.])\d{5,}(?![\w.])")
_POWER = re.compile(r"\*\*(\d+)")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def memory(value: Any) -> str:
    """Bytes with the binary unit that keeps three digits or four.

    >>> memory(60950432), memory(588)
    ('58.1 MiB', '588 B')
    """
    if not isinstance(value, int):
        form = grouped(value)
        several = getattr(value, "is_Add", isinstance(value, str) and " " in form)
        return f"({form}) B" if several else f"{form} B"
    size, unit = float(value), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if round(size, 1) < 1024:
            break
        size, unit = size / 1024, larger
    return f"{value} B" if unit == "B" else f"{size:,.1f} {unit}" if size < 9999.5 else f"{size:,.0f} {unit}"


def memories(one: Any, other: Any) -> tuple[str, str]:
    """Two amounts of bytes side by side: with a unit, but exactly where the two would print alike and are not.

    >>> memories(60950432, 60922266), memories(588, 588)
    (('60,950,432 B', '60,922,266 B'), ('588 B', '588 B'))
    """
    shown = memory(one), memory(other)
    return shown if shown[0] != shown[1] or one == other else (f"{grouped(one)} B", f"{grouped(other)} B")


def shown(value: Any, kind: str) -> str:
    """A value of a metric of that kind.

    >>> shown(60950432, "bytes"), shown((3, 3), "extents"), shown([(1, 1, 10), (4, 4, 2)], "volume")
    ('58.1 MiB', '3×3', '1×1×10, 4×4×2')
    """
    if kind == "volume":
        return ", ".join(volume(extents) for extents in value or ())
    if kind == "extents":
        return "everything" if value is None else volume(value)
    return memory(value) if kind == "bytes" else grouped(value)


def percent(part: float | None) -> str:
    """A share in whole percents; below one percent ``<1 %``, and never 100 or 0 when it is not.

    >>> percent(0.632), percent(0.002), percent(0.999)
    ('63 %', '<1 %', '>99 %')
    """
    if part is None:
        return ""
    if 0 < part < 0.01:
        return "<1 %"
    return ">99 %" if 0.995 <= part < 1 else f"{part:.0%}".replace("%", " %")


def portion(part: Fraction) -> str:
    """A share in percent, with one digit below ten, and never 0 or 100 where it is not.

    >>> portion(Fraction(1, 8)), portion(Fraction(1, 16)), portion(Fraction(1, 10**6))
    ('12 %', '6.2 %', '<0.1 %')
    """
    size = abs(part) * 100
    if 0 < size < Fraction(1, 10):
        return "<0.1 %"
    if 99 < size < 100:
        return ">99 %"
    return f"{float(size):.1f} %" if size < 10 and size.denominator != 1 else f"{float(size):,.0f} %"


def volume(extents: Any) -> str:
    """A volume as it is written in the literature: 224×224×64; sums and products in brackets."""
    return "×".join(map(_extent, extents))


def _extent(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    compound = getattr(value, "is_Add", False) or getattr(value, "is_Mul", False)
    return f"({grouped(value)})" if compound else grouped(value)


def many(count: int, noun: str) -> str:
    """A number of things: 1 spec, 1,000 specs."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def field(most: Any, least: Any, bound: Any = None, equal: bool = False) -> str:
    """A receptive field, from the output that sees least to the one that sees most, with the sign of a bound.

    >>> field((204, 204), (188, 188)), field((7, 7), (7, 7)), field(None, None, "≤")
    ('188–204', '7×7', '≤ all')
    """
    if bound:
        return f"{bound} {field(most, least, None, equal)}"
    if most is None:
        return "all"
    parts = [volume([top]) if low == top else f"{low}–{top}" for low, top in zip(least or most, most, strict=True)]
    alike, apart = len(set(parts)) == 1, "–" in "".join(parts)
    if alike and (equal or apart):
        return parts[0]
    return "×".join(f"({part})" if "–" in part else part for part in parts)


def counted(count: int) -> str:
    """A small number as a word."""
    return NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else f"{count:,}"
