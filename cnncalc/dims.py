"""The few verbs that formulas need beside ``+ - * //``, the same for every kind of number.

A formula is written once and run on plain integers (the calculator), on traced numbers (the explanation) and on SymPy
symbols (the closed form). What differs between these kinds is said here and nowhere else: integers are answered on the
spot, every other kind brings its own :class:`Verbs`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Any, NamedTuple, TypeAlias

Number: TypeAlias = int
"""What formulas are typed over. The other kinds of number add, multiply and floor-divide as integers do."""


class Verbs(NamedTuple):
    """How one kind of number answers what integers answer by themselves."""

    ceildiv: Callable[[Any, Any], Any]
    maximum: Callable[[Any, Any], Any]
    minimum: Callable[[Any, Any], Any]
    gcd: Callable[[Any, Any], Any]
    ratio: Callable[[Any, Any], Any]
    total: Callable[[list[Any]], Any]
    together: Callable[[Any], Any]
    settled: Callable[[Any], Any]


_open_questions: ContextVar[list[Any] | None] = ContextVar("open_questions", default=None)
_kinds: dict[type, Verbs] = {}
_judges: dict[type, Callable[[Any], bool]] = {}


def register(kind: type, verbs: Verbs) -> None:
    """Make `kind`, and what inherits from it, a number that formulas run on."""
    _kinds[kind] = verbs


def register_condition(kind: type, certainly: Callable[[Any], bool]) -> None:
    """Say how a comparison whose answer is a `kind`, and no bool, is known to be true."""
    _judges[kind] = certainly


def _verbs(*values: Any) -> Verbs | None:
    """The verbs of the first value that is not a plain number, or None when all are."""
    for value in values:
        if type(value) is not int:
            for kind in type(value).__mro__:
                if kind in _kinds:
                    return _kinds[kind]
    return None


def ceildiv(a: Number, b: Number) -> Number:
    """⌈a/b⌉.

    >>> ceildiv(7, 2), ceildiv(-7, 2)
    (4, -3)
    """
    verbs = _verbs(a, b)
    return -(-a // b) if verbs is None else verbs.ceildiv(a, b)


def maximum(a: Number, b: Number) -> Number:
    """The larger of two."""
    verbs = _verbs(a, b)
    return max(a, b) if verbs is None else verbs.maximum(a, b)


def minimum(a: Number, b: Number) -> Number:
    """The smaller of two."""
    verbs = _verbs(a, b)
    return min(a, b) if verbs is None else verbs.minimum(a, b)


def gcd(a: Number, b: Number) -> Number:
    """The greatest common divisor."""
    verbs = _verbs(a, b)
    return math.gcd(a, b) if verbs is None else verbs.gcd(a, b)


def ratio(a: Number, b: Number) -> Any:
    """a/b exactly: a whole number where it is one, else a fraction.

    >>> ratio(4, 2), ratio(1, 2)
    (2, Fraction(1, 2))
    """
    verbs = _verbs(a, b)
    if verbs is not None:
        return verbs.ratio(a, b)
    return whole(Fraction(a, b))


def whole(value: Any) -> Any:
    """The same number, a fraction over one as the integer it is."""
    return value.numerator if type(value) is Fraction and value.denominator == 1 else value


def prod(values: Iterable[Number]) -> Number:
    """The product; 1 of nothing."""
    factors = iter(values)
    return reduce(mul, factors, next(factors, 1))


def total(values: Iterable[Number]) -> Number:
    """The sum; 0 of nothing."""
    terms = list(values)
    verbs = _verbs(*terms)
    return sum(terms) if verbs is None else verbs.total(terms)


def certainly(condition: Any) -> bool:
    """Is this *known* to be true? An open question about a symbol is not: it becomes an assumption of the result."""
    if condition is True or condition is False:
        return condition
    for kind in type(condition).__mro__:
        if kind in _judges:
            return _judges[kind](condition)
    return bool(condition)


def differ(a: Number, b: Number) -> bool:
    """Are these two known to be different? Symbols that may be equal are assumed to be."""
    return certainly(a > b) or certainly(a < b)


@contextmanager
def assumptions() -> Iterator[list[Any]]:
    """Collect the conditions that are taken for granted about symbols while the block runs, each once."""
    conditions: list[Any] = []
    token = _open_questions.set(conditions)
    try:
        yield conditions
    finally:
        _open_questions.reset(token)


def assume(condition: Any) -> None:
    """Note that the result holds where this does."""
    questions = _open_questions.get()
    if questions is not None and condition not in questions:
        questions.append(condition)


def unknowns(value: Any) -> list[str]:
    """What a number depends on that no spec says: the ``lstm1.macs?`` of a sum with a layer that is as given.

    >>> unknowns(12)
    []
    """
    return sorted(name for symbol in getattr(value, "free_symbols", ()) if (name := str(symbol)).endswith("?"))


def together(value: Number) -> Number:
    """The same number; where arithmetic is shown, it is read as one factor: the ``(3*3*64)`` of ``(3*3*64)*128``."""
    verbs = _verbs(value)
    return value if verbs is None else verbs.together(value)


def settled(value: Number) -> Number:
    """The same number; where arithmetic is shown, what led to it is left out."""
    verbs = _verbs(value)
    return value if verbs is None else verbs.settled(value)
