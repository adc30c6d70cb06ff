"""The rules of `cnncalc lint`: one file each, which holds the rule of its name; collected from this folder."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from cnncalc.analysis.rules.base import LintRule, Remark, View

__all__ = ["FAMILIES", "RULES", "LintRule", "Remark", "View", "named", "words"]

FAMILIES = {
    "CNN1": ("windows", "kernels, strides and paddings"),
    "CNN2": ("order", "layers whose order makes one of them redundant"),
    "CNN3": ("widths", "numbers of filters, and where the parameters are"),
    "CNN4": ("graph", "merges, dead ends, and the receptive field of the whole"),
}
"""The families by the beginning of their codes: their title, and what their rules are about."""

_MODULES = {entry.name: import_module(f"{__name__}.{entry.name}") for entry in iter_modules(__path__)}

RULES: tuple[LintRule, ...] = tuple(
    sorted(
        (getattr(module, name) for name, module in _MODULES.items() if hasattr(module, name)),
        key=lambda rule: rule.code,
    )
)
"""Every rule, in the order of the codes."""


def named(word: str) -> tuple[LintRule, ...]:
    """The rules that a word means: a code or the beginning of codes, a name, or `all`; none if it means nothing."""
    if word == "all":
        return RULES
    beginning = word.upper().startswith("CNN")
    return tuple(
        rule for rule in RULES if rule.name == word.lower() or (beginning and rule.code.startswith(word.upper()))
    )


def words() -> list[str]:
    """Every word that means rules: codes, names, families."""
    return [*(rule.code for rule in RULES), *(rule.name for rule in RULES), *FAMILIES, "all"]
