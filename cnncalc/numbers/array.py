"""NumPy arrays as numbers: many designs at once, exact. Importing this imports NumPy."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from cnncalc import dims

ROOM = 2**63 - 1
"""What a 64-bit integer holds."""


class Array:
    """Whole numbers that never wrap: 64-bit while a bound on their size allows it, Python's own integers beyond.

    NumPy's int64 wraps silently. Each array therefore carries a bound on its absolute values, which costs nothing to
    keep: only when the bound of a result does not fit are the values looked at, and only when they do not fit either
    are they computed as Python integers.

    >>> (Array([2**40, 3]) * Array([2**40, 5])).tolist() == [2**80, 15]
    True
    """

    __slots__ = ("bound", "values")

    def __init__(self, values: Any, bound: int | None = None) -> None:
        if not isinstance(values, (np.ndarray, np.generic)):
            values = np.array([operator.index(value) for value in values], dtype=object)
        values = np.asarray(values)
        if values.dtype.kind not in "iuO":
            raise TypeError(f"an array of {values.dtype} holds no whole numbers")
        self.bound = _largest(values) if bound is None else bound
        self.values = values.astype(object, copy=False) if self.bound > ROOM else _narrow(values)

    def tolist(self) -> list[Any]:
        """The values as Python's own numbers."""
        return _python(self.values.tolist())

    def __add__(self, other: Any) -> Array:
        return _combine(operator.add, operator.add, self, other)

    def __sub__(self, other: Any) -> Array:
        return _combine(operator.sub, operator.add, self, other)

    def __rsub__(self, other: Any) -> Array:
        return _combine(operator.sub, operator.add, other, self)

    def __mul__(self, other: Any) -> Array:
        return _combine(operator.mul, operator.mul, self, other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Array:
        return _combine(operator.floordiv, lambda a, b: a, self, other)

    def __rfloordiv__(self, other: Any) -> Array:
        return _combine(operator.floordiv, lambda a, b: a, other, self)

    def __mod__(self, other: Any) -> Array:
        return _combine(operator.mod, lambda a, b: b, self, other)

    def __rmod__(self, other: Any) -> Array:
        return _combine(operator.mod, lambda a, b: b, other, self)

    def __neg__(self) -> Array:
        return Array(-self.values, self.bound)

    def __eq__(self, other: object) -> Any:
        return Truth(self.values == _raw(other))

    def __ne__(self, other: object) -> Any:
        return Truth(self.values != _raw(other))

    def __lt__(self, other: Any) -> Any:
        return Truth(self.values < _raw(other))

    def __le__(self, other: Any) -> Any:
        return Truth(self.values <= _raw(other))

    def __gt__(self, other: Any) -> Any:
        return Truth(self.values > _raw(other))

    def __ge__(self, other: Any) -> Any:
        return Truth(self.values >= _raw(other))

    __hash__ = None  # type: ignore[assignment]  # an array equals nothing as a whole

    def __repr__(self) -> str:
        return f"Array({self.tolist()})"


class Truth:
    """The answer to a comparison, one for each design. What is true of any design is certainly true of the sweep."""

    __slots__ = ("values",)

    def __init__(self, values: Any) -> None:
        self.values = values

    def __bool__(self) -> bool:
        raise TypeError("many designs have many answers: ask `certainly`")


def _largest(values: Any) -> int:
    """A bound read off the values themselves."""
    if not values.size:
        return 0
    ends = (values.min(), values.max())
    return max(abs(int(end)) if isinstance(end, np.integer) else math.ceil(abs(end)) for end in ends)


def _python(values: list[Any]) -> list[Any]:
    """Values, or lists of them, as Python's own numbers."""
    return [_python(value) if isinstance(value, list) else dims.whole(value) for value in values]


def _narrow(values: Any) -> Any:
    """The values in 64 bits, unless fractions are among them."""
    if values.dtype == object and any(isinstance(value, Fraction) for value in values.ravel().tolist()):
        return values
    return values.astype(np.int64, copy=False)


def _raw(value: Any) -> Any:
    return value.values if isinstance(value, Array) else value


def _array(value: Any) -> Array:
    return value if isinstance(value, Array) else Array(np.array(value, dtype=object), abs(value))


def _combine(function: Callable[..., Any], bounded: Callable[[int, int], int], a: Any, b: Any) -> Array:
    """The function of both, in 64 bits where the result is known to fit."""
    a, b = _array(a), _array(b)
    bound = bounded(a.bound, b.bound)
    if bound > ROOM:
        a, b = Array(a.values), Array(b.values)
        bound = bounded(a.bound, b.bound)
    if bound > ROOM:
        return Array(np.asarray(function(a.values.astype(object), b.values.astype(object)), dtype=object), bound)
    return Array(function(a.values, b.values), bound)


def _pick(function: Callable[..., Any]) -> Callable[[Any, Any], Array]:
    return lambda a, b: Array(function(_array(a).values, _array(b).values), max(_array(a).bound, _array(b).bound))


def _ratio(a: Any, b: Any) -> Array:
    """a/b as exact fractions, whole ones as integers."""
    pairs = np.broadcast(_array(a).values, _array(b).values)
    exact: Any = np.empty(pairs.shape, dtype=object)
    exact[...] = np.array([dims.whole(Fraction(int(over), int(under))) for over, under in pairs], object).reshape(
        exact.shape
    )
    return Array(exact, _array(a).bound)


def _total(terms: list[Any]) -> Any:
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


dims.register(
    Array,
    dims.Verbs(
        ceildiv=lambda a, b: -(-_array(a) // b),
        maximum=_pick(np.maximum),
        minimum=_pick(np.minimum),
        gcd=_pick(np.gcd),
        ratio=_ratio,
        total=_total,
        together=lambda value: value,
        settled=lambda value: value,
    ),
)
dims.register_condition(Truth, lambda truth: bool(np.any(truth.values)))
