"""The rules of `cnncalc lint`: one value each, families as files; here they are listed and looked up."""

from __future__ import annotations

from cnncalc.analysis.rules import graph, order, widths, windows
from cnncalc.analysis.rules.base import LintRule, Remark
from cnncalc.analysis.rules.view import View

__all__ = ["FAMILIES", "RULES", "LintRule", "Remark", "View", "named", "words"]

FAMILIES = {"CNN1": windows, "CNN2": order, "CNN3": widths, "CNN4": graph}
"""The families by the beginning of their codes; a family is a module."""

RULES: tuple[LintRule, ...] = tuple(
    sorted((rule for family in FAMILIES.values() for rule in family.RULES), key=lambda rule: rule.code)
)
"""Every rule, in the order of the codes."""


def named(word: str) -> tuple[LintRule, ...]:
    """The rules that a word means: a code or the beginning of codes, a name, or `all`; none where it means nothing."""
    if word == "all":
        return RULES
    beginning = word.upper().startswith("CNN")
    return tuple(
        rule for rule in RULES if rule.name == word.lower() or (beginning and rule.code.startswith(word.upper()))
    )


def words() -> list[str]:
    """Every word that means rules: codes, names, families."""
    return [*(rule.code for rule in RULES), *(rule.name for rule in RULES), *FAMILIES, "all"]
