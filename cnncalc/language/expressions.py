"""Arithmetic in a spec: bounded, and nothing else.

Python parses; the walker below knows the syntax of the language and refuses all other. The names in scope are handed
down, so that threads can evaluate side by side. Every operation checks the size of what it makes, so that no expression
costs more than its own length.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Lock
from typing import Any, TypeAlias

from cnncalc import dims
from cnncalc.errors import near, short
from cnncalc.volume import AXES, Volume, known

LONGEST = 1_000
DEEPEST = 40
LARGEST = 10**18
_ODD_NUMBER = re.compile(r"(?<![\w.])(?:0[xXoObB]\w*|\d+_\w*)", re.ASCII)
"""What Python would read as a number and a person might not: 0x10, 0o7, 1_000."""
_ADVISED = re.compile(r"\\|\d\.?[A-Za-z]", re.ASCII)
"""What Python warns of when it reads it, and a little more: escapes, and numbers that run into words, as in `1if`."""
_FILTERS = Lock()


class ExpressionError(Exception):
    """An expression that has no value: what is wrong, and the fix."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message, self.help = message, help


class _WordError(ExpressionError):
    """A word where a number is needed."""

    def __init__(self, word: str) -> None:
        super().__init__(f"the word `{short(word)}` is not a number", "arithmetic needs numbers")
        self.word = word


class _NotArithmeticError(Exception):
    """Syntax that the language does not have."""


class UnknownError(Exception):
    """A value that depends on what an earlier problem left unknown: nothing more is to be said about it."""


UNKNOWN: Any = object()
"""The value of a name whose own value could not be evaluated."""


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression over the names in scope; raises ExpressionError.

    >>> evaluate("4*width if index else divisible(0.75*width, 8)", {"width": 50, "index": 0})
    40
    """
    tree = _parsed(text)
    try:
        return _bounded(_value(tree, names))
    except _NotArithmeticError:
        raise ExpressionError(f"`{short(text)}` is not arithmetic", HELP) from None
    except _WordError as error:
        raise ExpressionError(error.message, near(error.word, sorted(names), listed=False) or error.help) from None
    except ZeroDivisionError:
        raise ExpressionError(f"`{short(text)}` divides by 0", "check the divisor") from None
    except ArithmeticError:
        raise ExpressionError(f"`{short(text)}` is too large") from None
    except IndexError:
        raise ExpressionError(f"`{short(text)}`: index out of range", "indices count from 0") from None
    except (TypeError, ValueError, AttributeError) as error:  # SymPy raises any of them, and Python the first two
        if "relational" in str(error) or "truth value" in str(error):
            message = f"`{short(text)}` depends on a symbol and cannot be decided"
            raise ExpressionError(message, "give the symbol a number with --set") from None
        raise ExpressionError(f"`{short(text)}` cannot be evaluated", "use numbers, lists and comparisons") from None


HELP = (
    "an expression has + - * / // % **, comparisons, and or not, `a if c else b`, [], "
    "and min max ceil floor round abs sqrt log2 divisible len sum"
)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    """The syntax tree of an expression, once it is known to be short and flat."""
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text):,} characters", f"at most {LONGEST:,} are read")
    odd = _ODD_NUMBER.search(text)
    if odd:
        raise ExpressionError(f"`{short(odd[0])}` is not a number", "numbers are plain decimals: 1000, 0.5")
    try:
        tree = _tree(text.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        way_out = "expected a number or arithmetic, such as 2 or 2*width"
        raise ExpressionError(f"cannot read `{short(text)}`", way_out) from None
    level: list[ast.AST] = [tree]
    for _ in range(2 * DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise ExpressionError(f"`{short(text)}` is nested too deeply", "write it with parameters")


def _tree(text: str) -> ast.expr:
    """What Python reads. Its advice on odd spelling is not for the reader of a spec.

    The filters of warnings belong to the process: they are changed only where there will be advice, by one thread at a
    time, or the last to put them back might put back those of another thread.
    """
    if not _ADVISED.search(text):
        return ast.parse(text, mode="eval").body
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body


def number(value: Any) -> Any:
    """A number as the language has them: an integer where it is one."""
    if type(value) is float and value.is_integer() and abs(value) < LARGEST:
        return int(value)
    return value


def _bounded(value: Any) -> Any:
    """The value, unless it is larger than anything that a network holds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not abs(value) <= LARGEST:
        raise ExpressionError(f"a number above {LARGEST:,}", "no count in a network is that large")
    return value


def _numeric(value: Any) -> Any:
    if isinstance(value, str):
        raise _WordError(value)
    if isinstance(value, (list, tuple, bool, Volume)) or value is None or callable(value):
        raise ExpressionError(f"{short(_shown(value))} is not a number", "arithmetic needs numbers")
    return value


def _shown(value: Any) -> str:
    return "a function" if callable(value) else str(value)


def _arithmetic(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: _bounded(function(_numeric(a), _numeric(b)))


def _divide(a: Any, b: Any) -> Any:
    return a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b


def _power(a: Any, b: Any) -> Any:
    if not known(b) and not isinstance(b, float):
        return a**b
    size = abs(b) * max(1.0, math.log2(max(2.0, abs(a)))) if isinstance(a, (int, float)) else abs(b)
    if size > 64:
        raise ExpressionError("a power that large is refused", f"no number may be above {LARGEST:,}")
    result = a**b
    if isinstance(result, complex):
        raise ExpressionError("a root of a negative number is not a count")
    return result


def _plain(function: str, value: Any) -> Any:
    """A number that is none over symbols, for a function that has no closed form over those."""
    if hasattr(_numeric(value), "free_symbols"):
        raise ExpressionError(f"{function}(…) has no closed form over a symbol", "use a number there")
    return value


def _nearest(value: Any, digits: Any = 0) -> Any:
    if not isinstance(digits, int) or abs(digits) > 18:
        message = f"{short(digits)} is not a number of digits to round to"
        raise ExpressionError(message, "such as round(x) or round(x, 2)")
    return number(round(_plain("round", value), digits))


def _log2(value: Any) -> Any:
    if _plain("log2", value) <= 0:
        raise ExpressionError(f"log2({short(value)}) has no value", "log2 takes a number above 0")
    return number(math.log2(value))


def _root(value: Any) -> Any:
    if _plain("sqrt", value) < 0:
        raise ExpressionError(f"sqrt({short(value)}) has no value", "sqrt takes a number of at least 0")
    return number(math.sqrt(value))


def divisible(x: Any, by: Any) -> Any:
    """The multiple of `by` nearest to x, at least `by`, and never more than 10 % below x: MobileNet's rounding.

    Source: Sandler et al. 2018, arXiv:1801.04381, as published with the paper's code.

    >>> divisible(32 * 0.75, 8), divisible(11, 8), divisible(16 * 1.4, 8)
    (24, 16, 24)
    """
    x, by = _plain("divisible", x), _plain("divisible", by)
    rounded = dims.maximum(by, int(x + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * x else rounded


def _extreme(pick: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def function(*values: Any) -> Any:
        numbers = list(values[0]) if len(values) == 1 and isinstance(values[0], (list, tuple)) else list(values)
        result = _numeric(numbers[0])
        for value in numbers[1:]:
            result = pick(result, _numeric(value))
        return result

    return function


def _rounded(up: bool) -> Callable[[Any], Any]:
    def function(value: Any) -> Any:
        if isinstance(_numeric(value), (int, float)):
            return math.ceil(value) if up else math.floor(value)
        return dims.ceildiv(value, 1) if up else value // 1

    return function


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ExpressionError(f"{short(_shown(value))} is not a list")
    return list(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": _extreme(dims.minimum),
    "max": _extreme(dims.maximum),
    "ceil": _rounded(up=True),
    "floor": _rounded(up=False),
    "round": _nearest,
    "abs": lambda value: abs(_plain("abs", value)),
    "sqrt": _root,
    "log2": _log2,
    "divisible": divisible,
    "len": lambda value: len(_listed(value)),
    "sum": lambda value: dims.total(_numeric(item) for item in _listed(value)),
}
"""All the functions there are."""


def _incomparable(left: Any, right: Any) -> Any:
    raise TypeError("`in` and `is` are not supported")


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _arithmetic(operator.add),
    ast.Sub: _arithmetic(operator.sub),
    ast.Mult: _arithmetic(operator.mul),
    ast.Div: _arithmetic(_divide),
    ast.FloorDiv: _arithmetic(operator.floordiv),
    ast.Mod: _arithmetic(operator.mod),
    ast.Pow: _arithmetic(_power),
    ast.USub: lambda value: -_numeric(value),
    ast.UAdd: _numeric,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.GtE: operator.ge,
    **dict.fromkeys((ast.In, ast.NotIn, ast.Is, ast.IsNot), _incomparable),
}

_Names: TypeAlias = Mapping[str, Any]


def _value(node: ast.AST, names: _Names) -> Any:
    """The value of a syntax tree, which is not changed: threads share it."""
    walk = _NODES.get(type(node))
    if walk is None:
        raise _NotArithmeticError
    return walk(node, names)


def _constant(node: ast.Constant, names: _Names) -> Any:
    if isinstance(node.value, (bool, int, float, str)):
        return _bounded(node.value)
    raise ExpressionError(f"`{short(ast.unparse(node))}` is not a number", HELP)


def _name(node: ast.Name, names: _Names) -> Any:
    if node.id in names:
        value = names[node.id]
        if value is UNKNOWN:
            raise UnknownError
        return value
    if node.id in FUNCTIONS:
        return FUNCTIONS[node.id]
    in_scope = sorted({*names} - {"true", "false"})
    listed = f"in scope: {', '.join(in_scope)}" if 0 < len(in_scope) < 20 else None
    way_out = near(node.id, [*in_scope, *FUNCTIONS], listed=False) or listed
    raise ExpressionError(f"nothing in scope is called `{short(node.id)}`", way_out)


def _function(sign: ast.AST) -> Callable[..., Any]:
    """What a sign stands for."""
    function = _OPERATORS.get(type(sign))
    if function is None:
        raise _NotArithmeticError
    return function


def _logical(node: ast.BoolOp, names: _Names) -> Any:
    """The operand that decides, as Python has it; those after it are not evaluated."""
    decided_by = isinstance(node.op, ast.Or)
    value = None
    for operand in node.values:
        value = _value(operand, names)
        if bool(value) is decided_by:
            break
    return value


def _compared(node: ast.Compare, names: _Names) -> Any:
    """What the last comparison of a chain says, or the first that does not hold."""
    right = _value(node.left, names)
    holds: Any = True
    for sign, operand in zip(node.ops, node.comparators, strict=True):
        if not holds:
            break
        left, right = right, _value(operand, names)
        holds = _OPERATORS[type(sign)](left, right)
    return holds


def _attribute(node: ast.Attribute, names: _Names) -> Any:
    owner = _value(node.value, names)
    if not isinstance(owner, Volume):
        raise ExpressionError(f"`{short(ast.unparse(node))}`: only volumes have attributes", "such as `input.channels`")
    try:
        return owner.along(node.attr)
    except KeyError:
        named = short(ast.unparse(node.value))
        way_out = "it has " + ", ".join(f"`{named}.{axis}`" for axis in (*AXES[owner.rank], "channels"))
        raise ExpressionError(f"the {owner} input has no {short(node.attr)}", way_out) from None


def _call(node: ast.Call, names: _Names) -> Any:
    function = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if function is None or node.keywords:
        message = f"there is no function `{short(ast.unparse(node.func))}`"
        raise ExpressionError(message, "there are " + ", ".join(FUNCTIONS))
    return function(*[_value(argument, names) for argument in node.args])


def _subscript(node: ast.Subscript, names: _Names) -> Any:
    items, index = _listed(_value(node.value, names)), number(_value(node.slice, names))
    if not isinstance(index, int):
        raise ExpressionError(f"{short(index)} is not a valid list index", "indices count from 0")
    return items[index]


_NODES: dict[type[ast.AST], Callable[[Any, _Names], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.UnaryOp: lambda node, names: _function(node.op)(_value(node.operand, names)),
    ast.BinOp: lambda node, names: _function(node.op)(_value(node.left, names), _value(node.right, names)),
    ast.BoolOp: _logical,
    ast.Compare: _compared,
    ast.IfExp: lambda node, names: _value(node.body if _value(node.test, names) else node.orelse, names),
    ast.Attribute: _attribute,
    ast.Call: _call,
    **dict.fromkeys((ast.List, ast.Tuple), lambda node, names: [_value(item, names) for item in node.elts]),
    ast.Subscript: _subscript,
}
"""All the syntax there is."""
