"""Numbers that remember the arithmetic they came from, so that an explanation is the calculation itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import reduce
from operator import add, eq, floordiv, ge, gt, le, lt, mod, mul, ne, sub, truediv
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnncalc import dims

TIGHT = {"+": 1, "-": 1, "*": 2, "/": 2}
"""How tightly each operator binds."""


_names: ContextVar[Mapping[str, str]] = ContextVar("names", default=MappingProxyType({}))


def _operation(sign: str, function: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two methods of an operator: with the number on its left, and on its right."""
    return (
        lambda self, other: _apply(sign, function, self, other),
        lambda self, other: _apply(sign, function, other, self),
    )


def _comparison(function: Callable[[Any, Any], Any]) -> Callable[..., bool]:
    return lambda self, other: bool(function(self.value, plain(other)))


class Traced(Struct, frozen=True, eq=False):
    """A value, and the expression it is the value of.

    >>> side = (traced(227) - 11 + 2 * traced(0)) // traced(4) + 1
    >>> written(side), side.value
    ('(227-11+2*0)/4+1', 55)
    """

    value: Any
    operator: str = ""
    parts: tuple[Any, ...] = ()
    symbol: str = ""
    closed: bool = False

    __add__, __radd__ = _operation("+", add)
    __sub__, __rsub__ = _operation("-", sub)
    __mul__, __rmul__ = _operation("*", mul)
    __floordiv__, __rfloordiv__ = _operation("/", floordiv)
    __mod__, __rmod__ = _operation("mod", mod)
    __eq__ = _comparison(eq)
    __ne__ = _comparison(ne)
    __lt__ = _comparison(lt)
    __le__ = _comparison(le)
    __gt__ = _comparison(gt)
    __ge__ = _comparison(ge)

    def __neg__(self) -> Any:
        return _apply("-", sub, 0, self)

    def __index__(self) -> int:
        return int(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        return f"Traced({self.value}, {written(self)!r})"


def traced(value: int | Fraction, symbol: str = "") -> Traced:
    """A number as given, perhaps with the symbol that formulas use for it."""
    return Traced(value, symbol=symbol)


def plain(value: Any) -> Any:
    """The number itself, without its history."""
    return value.value if isinstance(value, Traced) else value


_NEUTRAL: dict[str, tuple[int | None, int | None]] = {"+": (0, 0), "-": (None, 0), "*": (1, 1), "/": (None, 1)}
"""The plain integers on the left and on the right that make an operation not worth showing."""


def _apply(sign: str, function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """The result and its trace; adding a bare 0 or multiplying by a bare 1 in a formula leaves none."""
    before, after = _NEUTRAL.get(sign, (None, None))
    if type(right) is int and right == after:
        return left
    if type(left) is int and left == before:
        return right
    if sign == "*" and any(type(part) is int and part == 0 for part in (left, right)):
        return 0
    return Traced(dims.whole(function(plain(left), plain(right))), sign, (left, right))


class Style(NamedTuple):
    """How arithmetic is written: its signs, and whether a closed factor is set apart by blanks or by brackets."""

    plus: str = "+"
    minus: str = "-"
    times: str = "*"
    over: str = "/"
    apart: str = ""

    def sign(self, operator: str) -> str:
        """How an operator is written."""
        return {"+": self.plus, "-": self.minus, "*": self.times, "/": self.over}[operator]


COMPACT = Style()
"""As course notes write it: ``(3*3*64)*128``."""
SPACED = Style(" + ", " − ", "·", "/", apart=" · ")
"""As a derivation reads best: ``55·55·96 · 11·11·3``."""


def written(value: Any, leaf: Callable[[Any], str] = str, style: Style = COMPACT) -> str:
    """The arithmetic on one line; `leaf` writes the numbers it starts from.

    Evaluated with every `/` floored, it gives the value. A function such as ``max(a,b)`` is written as one.
    """
    return _written(value, leaf, style, 0, "")


def _written(value: Any, leaf: Callable[[Any], str], style: Style, outer: int, side: str) -> str:
    if not isinstance(value, Traced) or not value.parts:
        text = leaf(value)
        if isinstance(plain(value), Fraction) and not style.apart and "/" in text:
            return f"ratio({text.replace('/', ',')})"
        return f"({text})" if outer and (text.startswith(("-", "−")) or "/" in text) else text
    if style.apart and value.operator in ("ceildiv", "ratio"):
        text = "/".join(_written(part, leaf, style, 3, "") for part in value.parts)
        return f"⌈{text}⌉" if value.operator == "ceildiv" else f"({text})" if outer else text
    if value.operator not in TIGHT:
        return f"{value.operator}({','.join(_written(part, leaf, style, 0, '') for part in value.parts)})"
    inner = TIGHT[value.operator]
    left, right = value.parts
    sign = style.sign(value.operator)
    spread = bool(style.apart) and value.operator == "*"
    if spread and isinstance(right, Traced) and right.closed and right.operator == "*":
        sign, right = style.apart, replace(right, closed=False)
        text = f"{_written(left, leaf, style, inner, 'left')}{sign}{_written(right, leaf, style, 0, '')}"
    else:
        text = f"{_written(left, leaf, style, inner, 'left')}{sign}{_written(right, leaf, style, inner, 'right')}"
    # Brackets: a sum right of a minus, a product or quotient right of another, and a closed product inside another.
    loose = outer > inner or (outer == inner and side == "right")
    return f"({text})" if loose or (value.closed and outer and not style.apart) else text


_EXACT = {"+": add, "-": sub, "*": mul, "/": truediv}


def exact(value: Any) -> Fraction:
    """The value with every division exact: if that differs from the value, something was rounded down."""
    if is_bare(value) or value.operator not in TIGHT:
        return Fraction(plain(value))
    result: Fraction = _EXACT[value.operator](*map(exact, value.parts))
    return result


def is_bare(value: Any) -> bool:
    """Is this a number as given, without arithmetic to show?"""
    return not isinstance(value, Traced) or not value.parts


def _function(name: str, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Traced]:
    return lambda a, b: Traced(function(plain(a), plain(b)), name, (a, b))


def _settled(value: Any) -> Any:
    if is_bare(value):
        return value
    return Traced(value.value, symbol=_names.get().get(symbols(value), value.symbol))


def symbols(value: Any, style: Style = COMPACT) -> str:
    """The arithmetic in symbols; a number without a symbol as it is."""
    return written(value, lambda leaf: getattr(leaf, "symbol", "") or str(leaf), style)


@contextmanager
def naming(names: Mapping[str, str]) -> Iterator[None]:
    """Name the result of certain arithmetic where it is settled while the block runs.

    `names` maps the arithmetic in symbols to the symbol: ``(W₁-F)/S+1`` to ``W₂``.
    """
    token = _names.set(names)
    try:
        yield
    finally:
        _names.reset(token)


dims.register(
    Traced,
    dims.Verbs(
        ceildiv=_function("ceildiv", lambda a, b: -(-a // b)),
        maximum=_function("max", max),
        minimum=_function("min", min),
        gcd=_function("gcd", math.gcd),
        ratio=_function("ratio", lambda a, b: dims.whole(Fraction(a, b))),
        total=lambda terms: reduce(add, terms),
        together=lambda value: replace(value, closed=True),
        settled=_settled,
    ),
)
