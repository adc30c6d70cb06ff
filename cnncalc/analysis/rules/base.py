"""What a rule is: everything about it in one value, from which its page, its messages and its tests are made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, TypeAlias

from msgspec import Struct

from cnncalc.analysis.findings import Rule
from cnncalc.analysis.rules.view import View
from cnncalc.network.node import Node


class Remark(Struct, frozen=True):
    """What a rule has to say of one layer: a sentence, and the fix.

    `amount` is how much of what the rule counts is at stake, summed over layers that a spec repeats; 0: not known.
    """

    node: Node
    message: str
    help: str
    amount: int = 0


Find: TypeAlias = Callable[[View], Iterable[Remark]]
"""What looks at a whole network."""


class LintRule(Struct, frozen=True):
    """One rule of `cnncalc lint`.

    `says` is one sentence on what it finds, `why` a paragraph or more, `source` where the literature says so. `example`
    is a spec on which it fires, `instead` the same spec fixed. `counts` is what the amounts of its remarks are.
    """

    code: str
    name: str
    severity: str
    says: str
    why: str
    source: str
    example: str
    instead: str
    find: Find
    counts: str = ""

    @property
    def page(self) -> str:
        """Where more is said of it, from the root of the repository."""
        return f"docs/lint/{self.name}.md"

    @property
    def rule(self) -> Rule:
        """The rule as the formats for machines list it."""
        return Rule(self.code, self.name, self.says, self.severity, self.page)


def rule(
    *, code: str, severity: str, source: str, example: str, instead: str, counts: str = ""
) -> Callable[[Find], LintRule]:
    """Make a function that finds the rule of its own name; its module's text says what it finds, and then why."""

    def made(find: Find) -> LintRule:
        says, _, why = (sys.modules[find.__module__].__doc__ or "").partition("\n")
        says = f"{says[:1].lower()}{says[1:].rstrip('.')}"
        name = find.__name__.replace("_", "-")
        return LintRule(code, name, severity, says, why, source, example, instead, find, counts)

    return made


def each(judge: Callable[[View, Node], Remark | None]) -> Find:
    """The finder of a rule, made from a function of one layer that returns a remark or None."""

    @wraps(judge)
    def find(view: View) -> Iterator[Remark]:
        return (remark for node in view.network.layers if (remark := judge(view, node)) is not None)

    return find


def number(value: Any) -> str:
    """A number with its digits in threes; a symbol as it is."""
    return str(value) if hasattr(value, "free_symbols") else f"{value:,}"


def sides(values: Iterable[Any]) -> str:
    """Extents along the axes: 3×3."""
    return "×".join(str(value) for value in values)


def percent(part: Any) -> str:
    """A share in whole percents."""
    return f"{round(100 * part)} %"
