"""Limits that networks are held to: what there is to limit, and amounts as people write them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, NamedTuple

from msgspec import Struct


class Metric(NamedTuple):
    """Something that is measured of a network or of a layer.

    `kind` is `count`, `bytes`, `extents` (one per axis) or `volume`; `cost` says that less of it is better, `guarded`
    that a baseline guards it unless told; `layer` that a single layer has it too.
    """

    kind: str
    says: str
    cost: bool = True
    guarded: bool = False
    layer: bool = True


METRICS: dict[str, Metric] = {
    "weights": Metric("count", "trainable weights"),
    "biases": Metric("count", "trainable biases"),
    "params": Metric("count", "weights and biases", guarded=True),
    "buffers": Metric("count", "values stored and not trained", guarded=True),
    "macs": Metric("count", "multiply-adds per image", guarded=True),
    "flops": Metric("count", "operations per image", guarded=True),
    "activations": Metric("count", "values of all outputs per image", guarded=True),
    "activation_bytes": Metric("bytes", "those values in bytes, for the whole batch"),
    "weight_bytes": Metric("bytes", "weights and biases in bytes", layer=False),
    "layers": Metric("count", "how many layers there are", layer=False),
    "depth": Metric("count", "layers with weights on the longest path", layer=False),
    "nonlinearities": Metric("count", "activation functions", cost=False, layer=False),
    "receptive_field": Metric("extents", "how far the last layer sees, per axis", cost=False, guarded=True),
    "jump": Metric("extents", "the effective stride, per axis", cost=False),
    "output": Metric("volume", "what leaves the network", cost=False, guarded=True),
}
"""Every metric that there is to limit, in the order in which they are shown."""

WORDS = ("max", "min", "equals", "change")
"""What a limit can say of a metric; `change` is against a baseline."""

SCALES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
"""What stands behind a count; B is the billion of papers."""

BYTES = {
    "": 1,
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMGT", 1)},
    "KB": 1000,
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", 1)},
}
"""What stands behind bytes."""

_WHOLE = r"\d{1,3}(?:[,_]\d{3}){1,33}|\d{1,100}"
_NUMBER = rf"(?:(?:{_WHOLE})(?:\.\d{{1,30}})?|\.\d{{1,30}})(?:[eE][+-]?\d{{1,2}})?"
_AMOUNT = re.compile(rf"(?P<number>{_NUMBER}) ?(?P<unit>[A-Za-z%]*)", re.ASCII)
_SLACK = re.compile(rf"(?P<sign>\+/-|\+-|±|[+\-−])? ?(?P<number>{_NUMBER}) ?(?P<unit>[A-Za-z%]*)", re.ASCII)
_EXTENTS = re.compile(r"\d{1,13}(?: ?[x×] ?\d{1,13}){0,8}", re.ASCII)
_PARTS = re.compile(r"\d{1,13}(?:/[1-9]\d{0,8})?(?: ?[x×] ?\d{1,13}(?:/[1-9]\d{0,8})?){0,8}", re.ASCII)
_BETWEEN = re.compile(r" ?[x×] ?")
_TOLERANCE = re.compile(r"±|\+/-|\+-")


class Slack(Struct, frozen=True):
    """How far a value may be from another: up, down, or (None) as far as it likes; `relative` to that other."""

    text: str
    up: Fraction | None
    down: Fraction | None
    relative: bool

    def top(self, value: int) -> Fraction | None:
        """The largest that is allowed beside `value`; None where any is."""
        return None if self.up is None else value + self.up * (value if self.relative else 1)

    def bottom(self, value: int) -> Fraction | None:
        """The smallest that is allowed beside `value`; None where any is."""
        return None if self.down is None else value - self.down * (value if self.relative else 1)


NO_GROWTH = Slack("no growth", Fraction(0), None, relative=True)
NO_LOSS = Slack("no loss", None, Fraction(0), relative=True)
NO_CHANGE = Slack("no change", Fraction(0), Fraction(0), relative=True)
ANY = Slack("any", None, None, relative=True)


class Limit(Struct, frozen=True):
    """One limit on one metric, of the whole network or of the layers whose names a pattern (`layers`) fits.

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
        """What is limited: the metric, and of which layers."""
        return f"{self.metric} of {self.layers}" if self.layers else self.metric


class LimitError(Exception):
    """A limit that can not be read, or decided: what is wrong with it, the way out, and the limit once there is one."""

    def __init__(self, message: str, help: str | None = None, limit: Limit | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.limit = limit


def amount(text: str, kind: str = "count") -> Fraction:
    """A number of something, exact. Raises LimitError for what is none, and for a unit of something else.

    >>> amount("15.5G"), amount("64MiB", "bytes"), amount("1,000")
    (Fraction(15500000000, 1), Fraction(67108864, 1), Fraction(1000, 1))
    """
    parts = _AMOUNT.fullmatch(_flat(text))
    if parts is None:
        raise LimitError(f"`{_cut(text)}` is no amount", _example(kind))
    return Fraction(_plain(parts["number"])) * _unit(parts["unit"], kind)


def slack(text: str, kind: str = "count") -> Slack:
    """How far a value may move: ``+2%`` up, ``-2%`` down, ``±2%`` both ways, ``+250k``, ``any``.

    Raises LimitError for what is none of these.

    >>> slack("±2%").up
    Fraction(1, 50)
    """
    said = _flat(text)
    if said == "any":
        return ANY
    if kind in ("volume", "field"):
        raise LimitError(f"{_cut(text)} of it makes no sense: it has no size", "it can be `any`, or stay as it is")
    parts = _SLACK.fullmatch(said)
    if parts is None:
        raise LimitError(f"`{_cut(text)}` is no allowance", "such as +2%, -2%, ±2%, +250k or any")
    relative = parts["unit"] == "%"
    scale = Fraction(1, 100) if relative else Fraction(_unit(parts["unit"], kind))
    found = Fraction(_plain(parts["number"])) * scale
    sign = parts["sign"] or "+"
    up = None if sign in "-−" else found
    down = None if sign == "+" else found
    return Slack(said, up, down, relative)


def limit(metric: str, word: str, text: str, kind: str, **where: Any) -> Limit:
    """Read a limit: the metric, one of WORDS, and what is written behind it, for a metric of that kind.

    `kind` may also be `field`, for the fields of layers: numbers, extents or words.
    Raises LimitError for what can not be read.
    """
    said = _flat(text)
    if not said.isprintable():
        raise LimitError("a limit is printable text", _example(kind))
    if word == "change":
        if where.get("layers"):
            raise LimitError("a baseline keeps the whole network and no layers", f"limit the change of all {metric}")
        return Limit(metric, word, said, slack=slack(said, kind), **where)
    if kind in ("extents", "volume"):
        return Limit(metric, word, said, extents(said, metric, kind), **where)
    if kind == "field":
        bound = field(said)
        if isinstance(bound, str) and word != "equals":
            raise LimitError(f"{_cut(said)} is a word, and has no {word}", "a word is limited by `equals`")
        return Limit(metric, word, said, bound, **where)
    if word == "equals":
        sign = _TOLERANCE.search(said)
        if sign is not None:
            allowed = slack(said[sign.start() :], kind)
            return Limit(metric, word, said, amount(said[: sign.start()], kind), allowed, **where)
    return Limit(metric, word, said, amount(said, kind), **where)


def extents(text: str, metric: str, kind: str) -> tuple[int | Fraction, ...]:
    """Numbers with an x between them; a jump may be a fraction. Raises LimitError for what is none.

    >>> extents("212x212", "receptive_field", "extents"), extents("1/2", "jump", "extents")
    ((212, 212), (Fraction(1, 2),))
    """
    said = _flat(text)
    if not (_PARTS if kind == "extents" else _EXTENTS).fullmatch(said):
        example = "1x1x1000" if kind == "volume" else "212 or 212x212"
        raise LimitError(f"`{_cut(text)}` is no {'volume' if kind == 'volume' else 'extent'}", f"such as {example}")
    return tuple(_whole(Fraction(part)) for part in _BETWEEN.split(said))


def _whole(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number


def field(text: str) -> tuple[int | Fraction, ...] | str:
    """What a field of a layer is held against: numbers, one per axis, or the word that stands there.

    >>> field("3x1"), field("0.5"), field("half")
    ((3, 1), (Fraction(1, 2),), 'half')
    """
    said = _flat(text)
    if _EXTENTS.fullmatch(said):
        return extents(said, "", "field")
    sign = -1 if said[:1] in ("-", "−") else 1
    try:
        found = sign * amount(said[1:] if sign < 0 else said)
    except LimitError:
        return said
    return (_whole(found),)


def _plain(number: str) -> str:
    return number.replace(",", "").replace("_", "")


def _unit(unit: str, kind: str) -> int:
    """By how much a unit multiplies. Raises LimitError for a unit of something else."""
    known = BYTES if kind == "bytes" else SCALES
    if unit in known:
        return known[unit]
    if unit == "%":
        raise LimitError("a percentage is of something: this is a number", "`change: +2%` is against a baseline")
    if kind == "bytes" and unit in SCALES:
        raise LimitError(f"`{unit}` is no unit of bytes", f"say {unit.upper()}B or {unit.upper()}iB")
    if kind != "bytes" and unit in BYTES:
        raise LimitError(f"`{unit}` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T")
    raise LimitError(f"there is no unit `{_cut(unit)}`", "units are " + ", ".join(name for name in known if name))


def _example(kind: str) -> str:
    return "such as 64MiB or 67108864" if kind == "bytes" else "such as 140M, 15.5G, 250k or 1,000,000"


def _flat(text: str) -> str:
    """The text on one line, one blank for several."""
    return " ".join(text.split())


def _cut(text: str) -> str:
    said = _flat(text)
    return said if len(said) <= 40 else f"{said[:40]}…"
