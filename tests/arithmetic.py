"""A reader of written arithmetic that shares nothing with the code that writes it.

Whole numbers, ``+ - *``, a floored ``/``, brackets, and the functions max, min, gcd, ceildiv, mod and ratio.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

TOKEN = re.compile(r"\s*(?:(\d+)|([a-z]+)|(.))")
FUNCTIONS = {
    "max": max,
    "min": min,
    "gcd": math.gcd,
    "ceildiv": lambda a, b: math.ceil(Fraction(a, b)),
    "mod": lambda a, b: a - b * math.floor(Fraction(a, b)),
    "ratio": Fraction,
}


def evaluated(text: str) -> Any:
    """The value of the text, `*` and `/` before `+` and `-`, each from the left; ValueError for what is none of it."""
    tokens = [match.group().strip() for match in TOKEN.finditer(text)]
    value, at = _sum(tokens, 0)
    if at != len(tokens):
        raise ValueError(f"{tokens[at]!r} has no place in {text!r}")
    return value


def _sum(tokens: list[str], at: int) -> tuple[Any, int]:
    value, at = _product(tokens, at)
    while at < len(tokens) and tokens[at] in "+-":
        other, after = _product(tokens, at + 1)
        value, at = (value + other if tokens[at] == "+" else value - other), after
    return value, at


def _product(tokens: list[str], at: int) -> tuple[Any, int]:
    value, at = _factor(tokens, at)
    while at < len(tokens) and tokens[at] in "*/":
        other, after = _factor(tokens, at + 1)
        value, at = (value * other if tokens[at] == "*" else math.floor(Fraction(value) / other)), after
    return value, at


def _factor(tokens: list[str], at: int) -> tuple[Any, int]:
    if at >= len(tokens):
        raise ValueError("it ends too early")
    token = tokens[at]
    if token.isdigit():
        return int(token), at + 1
    if token == "-":
        value, at = _factor(tokens, at + 1)
        return -value, at
    if token == "(":
        value, at = _sum(tokens, at + 1)
        return value, _past(")", tokens, at)
    if token in FUNCTIONS:
        left, at = _sum(tokens, _past("(", tokens, at + 1))
        right, at = _sum(tokens, _past(",", tokens, at))
        return FUNCTIONS[token](left, right), _past(")", tokens, at)
    raise ValueError(f"{token!r} is not a number")


def _past(sign: str, tokens: list[str], at: int) -> int:
    if at >= len(tokens) or tokens[at] != sign:
        raise ValueError(f"{sign!r} is missing")
    return at + 1
