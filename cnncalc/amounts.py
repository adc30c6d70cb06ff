"""Amounts as people write them, read exactly, and the same way everywhere: ``140M``, ``64MiB``, ``±2%``, ``1.1x``.

What a unit is worth depends on the `kind` of what is measured: a ``count``, ``bytes``, ``extents`` (one per axis), a
``volume``, or a ``field`` of layers (numbers or a word). B is a billion of a count, and one byte of bytes.
"""

from __future__ import annotations

import re
from fractions import Fraction

from msgspec import Struct

from cnncalc.dims import whole

POWERS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "B": 3, "T": 4}
"""The suffixes of a count, as powers of a thousand; B is the billion of papers."""

SCALES: dict[str, int] = {unit: 1000**power for unit, power in POWERS.items()}
"""The factor of each suffix."""

BYTES: dict[str, int] = {
    "": 1,
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMGT", 1)},
    "KB": 1000,
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", 1)},
}
"""The suffixes of bytes."""

_WHOLE = r"\d{1,3}(?:[,_]\d{3}){1,33}|\d{1,100}"
_NUMBER = rf"(?:(?:{_WHOLE})(?:\.\d{{1,30}})?|\.\d{{1,30}})(?:[eE][+-]?\d{{1,2}})?"
_AMOUNT = re.compile(rf"(?P<number>{_NUMBER}) ?(?P<unit>[A-Za-z%]*)", re.ASCII)
_SLACK = re.compile(rf"(?P<sign>\+/-|\+-|±|[+\-−])? ?(?P<amount>{_AMOUNT.pattern})", re.ASCII)
_EXTENTS = re.compile(r"\d{1,13}(?: ?[x×] ?\d{1,13}){0,8}", re.ASCII)
_PARTS = re.compile(r"\d{1,13}(?:/[1-9]\d{0,8})?(?: ?[x×] ?\d{1,13}(?:/[1-9]\d{0,8})?){0,8}", re.ASCII)
_BETWEEN = re.compile(r" ?[x×] ?")
_TOLERANCE = re.compile(r"±|\+/-|\+-")


class AmountError(Exception):
    """What cannot be read as an amount: what is wrong with it, and the fix."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class Slack(Struct, frozen=True):
    """How far a value may be from another: up, down, or (None) without limit; `relative` to that other."""

    text: str
    up: Fraction | None
    down: Fraction | None
    relative: bool

    def top(self, value: int | Fraction) -> Fraction | None:
        """The largest value allowed beside `value`; None if any is."""
        return None if self.up is None else value + self.up * (value if self.relative else 1)

    def bottom(self, value: int | Fraction) -> Fraction | None:
        """The smallest value allowed beside `value`; None if any is."""
        return None if self.down is None else value - self.down * (value if self.relative else 1)


NO_GROWTH = Slack("no growth", Fraction(0), None, relative=True)
NO_LOSS = Slack("no loss", None, Fraction(0), relative=True)
NO_CHANGE = Slack("no change", Fraction(0), Fraction(0), relative=True)
ANY = Slack("any", None, None, relative=True)


def parts(text: str) -> tuple[str, str] | None:
    """The plain digits of an amount and its unit, whatever that is; None if it is not an amount.

    >>> parts("1,234.50 M"), parts("-1")
    (('1234.50', 'M'), None)
    """
    match = _AMOUNT.fullmatch(flat(text))
    return None if match is None else (match["number"].replace(",", "").replace("_", ""), match["unit"])


def amount(text: str, kind: str = "count") -> Fraction:
    """A number of something, exact. Raises AmountError if it is not one, and for a unit of something else.

    >>> amount("15.5G"), amount("64MiB", "bytes"), amount("1,000")
    (Fraction(15500000000, 1), Fraction(67108864, 1), Fraction(1000, 1))
    """
    read = parts(text)
    if read is None:
        raise AmountError(f"`{cut(text)}` is not an amount", example(kind))
    digits, unit = read
    return Fraction(digits) * _worth(unit, kind)


def ratio(text: str) -> Fraction | None:
    """How many times as much; None if it is not a ratio.

    >>> ratio("1.1x"), ratio("1.1")
    (Fraction(11, 10), None)
    """
    read = parts(text)
    return Fraction(read[0]) if read is not None and read[1] in ("x", "X") else None


def slack(text: str, kind: str = "count") -> Slack:
    """How far a value may move: ``+2%`` up, ``-2%`` down, ``±2%`` both ways, ``+250k``, ``any``.

    Raises AmountError if it is none of these.

    >>> slack("±2%").up
    Fraction(1, 50)
    """
    text = flat(text)
    if text == "any":
        return ANY
    if kind in ("volume", "field"):
        raise AmountError(f"{cut(text)} does not apply: it has no size", "write `any` to allow every change")
    match = _SLACK.fullmatch(text)
    if match is None:
        raise AmountError(f"`{cut(text)}` is not an allowance", "such as +2%, -2%, ±2%, +250k or any")
    relative = match["unit"] == "%"
    size = amount(match["amount"][:-1]) / 100 if relative else amount(match["amount"], kind)
    sign = match["sign"] or "+"
    up = None if sign in "-−" else size
    down = None if sign == "+" else size
    return Slack(text, up, down, relative)


def tolerated(text: str, kind: str) -> tuple[Fraction, Slack | None]:
    """An amount, and how far a value may be from it, if that follows. Raises AmountError if it is neither.

    >>> tolerated("138M ±2%", "count")[0], tolerated("138M", "count")
    (Fraction(138000000, 1), (Fraction(138000000, 1), None))
    """
    text = flat(text)
    sign = _TOLERANCE.search(text)
    if sign is None:
        return amount(text, kind), None
    allowed = slack(text[sign.start() :], kind)
    return amount(text[: sign.start()], kind), allowed


def extents(text: str, kind: str = "extents") -> tuple[int | Fraction, ...]:
    """Numbers with an x between them; but for a volume's they may be fractions. Raises AmountError if it is not one.

    >>> extents("212x212"), extents("1/2"), extents("1x1x1000", "volume")
    ((212, 212), (Fraction(1, 2),), (1, 1, 1000))
    """
    text = flat(text)
    if not (_PARTS if kind == "extents" else _EXTENTS).fullmatch(text):
        shape = "1x1x1000" if kind == "volume" else "212 or 212x212"
        raise AmountError(f"`{cut(text)}` is not {'a volume' if kind == 'volume' else 'an extent'}", f"such as {shape}")
    return tuple(whole(Fraction(part)) for part in _BETWEEN.split(text))


def field(text: str) -> tuple[int | Fraction, ...] | str:
    """What a field of a layer is held against: numbers, one per axis, or the word that stands there.

    >>> field("3x1"), field("0.5"), field("half")
    ((3, 1), (Fraction(1, 2),), 'half')
    """
    text = flat(text)
    if _EXTENTS.fullmatch(text):
        return extents(text, "field")
    sign = -1 if text[:1] in ("-", "−") else 1
    try:
        number = sign * amount(text[1:] if sign < 0 else text)
    except AmountError:
        return text
    return (whole(number),)


def _worth(unit: str, kind: str) -> int:
    """By how much a unit multiplies. Raises AmountError for a unit of something else."""
    units = BYTES if kind == "bytes" else SCALES
    if unit in units:
        return units[unit]
    if unit == "%":
        raise AmountError("a percentage needs something to compare with", "`change: +2%` is against a baseline")
    if kind == "bytes" and unit in SCALES:
        raise AmountError(f"`{unit}` is not a unit of bytes", f"say {unit.upper()}B or {unit.upper()}iB")
    if kind != "bytes" and unit in BYTES:
        raise AmountError(f"`{unit}` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T")
    raise AmountError(f"there is no unit `{cut(unit)}`", "units are " + ", ".join(name for name in units if name))


def example(kind: str) -> str:
    """An example of an amount of that kind."""
    return "such as 64MiB or 67108864" if kind == "bytes" else "such as 140M, 15.5G, 250k or 1,000,000"


def flat(text: str) -> str:
    """The text on one line, with single blanks."""
    return " ".join(text.split())


def cut(text: str) -> str:
    """The text for a message: flat, and cut when it is long."""
    text = flat(text)
    return text if len(text) <= 40 else f"{text[:40]}…"
