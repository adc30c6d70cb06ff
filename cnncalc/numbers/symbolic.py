"""SymPy symbols as numbers: closed forms. Importing this imports SymPy, so it is imported where a symbol appears."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import sympy

from cnncalc import dims


def symbol(name: str) -> Any:
    """A whole number of at least 1 that is not known yet."""
    return sympy.Symbol(name, integer=True, positive=True)


def unknown(name: str) -> Any:
    """A whole number that no spec says. Its mark cannot be in the name of a symbol: see :func:`cnncalc.dims.unknowns`.

    >>> unknown("lstm1.macs") + 12
    lstm1.macs? + 12
    """
    return sympy.Symbol(f"{name}?", integer=True, nonnegative=True)


def of_layer(value: Any, layer: str) -> Any:
    """The number, with what is unknown in it called after its layer: ``macs?`` is ``lstm1.macs?``."""
    return value.xreplace({unknown(name[:-1]): unknown(f"{layer}.{name[:-1]}") for name in dims.unknowns(value)})


_DIVIDES = re.compile(r"^Mod\((.+), (\w+)\) <= 0$")
LARGEST = 2**40
"""Where the search for the smallest value of a symbol ends."""


def step(name: str) -> Any:
    """A whole number of at least 1 that equals no other symbol, whatever that is called."""
    return sympy.Dummy(name, integer=True, positive=True)


class GreatestDivisor(sympy.Function):  # type: ignore[misc]  # SymPy carries no types
    """gcd of whole numbers; SymPy's own takes symbols for polynomials, whose gcd with 7 is 1."""

    nargs = 2
    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        """Known if both are, if one is 1, or if one divides the other."""
        if a.is_Integer and b.is_Integer:
            return sympy.igcd(a, b)
        if a == 1 or b == 1:
            return sympy.Integer(1)
        if (a / b).is_integer:
            return b
        if (b / a).is_integer:
            return a
        return None

    def _sympystr(self, printer: Any) -> str:
        return f"gcd({', '.join(printer._print(arg) for arg in self.args)})"


def _certainly(condition: Any) -> bool:
    """True when SymPy can prove it. An open question is answered no, and that answer is noted as an assumption.

    Nothing is assumed of what no spec says.
    """
    if condition == sympy.true:
        return True
    if condition != sympy.false and not dims.unknowns(condition):
        dims.assume(sympy.Not(condition))
    return False


def stated(conditions: list[Any]) -> list[str]:
    """Conditions in words: a smallest value for each symbol if that says it all, others as they are.

    >>> height = symbol("H")
    >>> stated([height - 3 >= 0, (height - 3) // 2 - 1 >= 0])
    ['H >= 5']
    """
    least: dict[Any, int] = {}
    others = []
    for condition in conditions:
        symbols = list(condition.free_symbols)
        bound = _least(condition, symbols[0]) if len(symbols) == 1 else None
        if bound is None:
            others.append(_DIVIDES.sub(r"\2 divides \1", str(condition)))
        else:
            least[symbols[0]] = max(bound, least.get(symbols[0], 1))
    return [f"{name} >= {bound}" for name, bound in sorted(least.items(), key=str) if bound > 1] + others


def _least(condition: Any, name: Any) -> int | None:
    """The value from which a condition holds; None if there seems to be none."""

    def holds(value: int) -> bool:
        return bool(condition.subs(name, value) == sympy.true)

    high = 1
    while not holds(high):
        high *= 2
        if high > LARGEST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high if all(holds(value) for value in (*range(high, high + 9), 2 * high, 2 * high + 1, 10 * high)) else None


@lru_cache(maxsize=4096)
def closed_form(value: Any) -> str:
    """The shorter of the expanded and the factored form, as SymPy writes it.

    >>> width = symbol("C")
    >>> closed_form(9 * width * (2 * width + width))
    '27*C**2'
    """
    if not isinstance(value, sympy.Basic):
        return str(value)
    expanded = sympy.expand(value)
    forms = [expanded, sympy.factor_terms(expanded)]
    if len(expanded.args) < 40:
        forms.append(sympy.factor(expanded))
    return str(min(forms, key=lambda form: len(str(form))))


def quotient(value: Any, by: Any) -> Any:
    """value/by in lowest terms; None if there is nothing to divide by.

    >>> width = symbol("C")
    >>> quotient(27 * width**2, 49 * width**2)
    27/49
    """
    value, by = sympy.sympify(value), sympy.sympify(by)
    if by == 0:
        return sympy.Integer(1) if value == 0 else None
    return sympy.cancel(value / by)


dims.register(
    sympy.Basic,
    dims.Verbs(
        ceildiv=lambda a, b: sympy.ceiling(sympy.sympify(a) / b),
        maximum=sympy.Max,
        minimum=sympy.Min,
        gcd=lambda a, b: GreatestDivisor(sympy.sympify(a), sympy.sympify(b)),
        ratio=lambda a, b: sympy.sympify(a) / b,
        total=lambda terms: sympy.Add(*terms),
        together=lambda value: value,
        settled=lambda value: value,
    ),
)
dims.register_condition(sympy.Basic, _certainly)
