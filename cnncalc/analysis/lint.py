"""What a reviewer who knows the literature would say about a network: the rules, applied and silenced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from cnncalc.analysis.findings import Case, Finding, Suite
from cnncalc.analysis.rules import RULES, LintRule, Remark, View, named
from cnncalc.network.limits import Ruling
from cnncalc.network.network import Network, apart


class UnknownRuleError(LookupError):
    """A word that means no rule."""


class Review(Struct, frozen=True):
    """One spec and what was said about it; `spec` is what people call it, with its settings."""

    spec: str
    network: Network
    cases: tuple[Case, ...]

    @property
    def suite(self) -> Suite:
        """The spec and its cases alone."""
        return Suite(self.spec, self.cases)

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found, in the order of lines, file by file for inherited ones."""
        return sorted(self.suite.findings, key=_line)


def _line(finding: Finding) -> tuple[str, int, int]:
    place = finding.place
    return ("", 0, 0) if place is None else (place.source.name, place.line, place.column)


def lint(network: Network, rules: Sequence[LintRule] = RULES) -> tuple[Case, ...]:
    """What each rule finds in the network, in the order of its layers, unless the spec silences it.

    Layers that a spec writes once are one finding, however often a rule finds them.
    """
    view = View(network)
    return tuple(Case(f"{rule.code} {rule.name}", tuple(_found(rule, view))) for rule in rules)


def chosen(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[LintRule, ...]:
    """The rules that are selected (all if none is named) and not ignored. Raises UnknownRuleError."""
    wanted = {rule.code for word in select for rule in _meant(word)} or {rule.code for rule in RULES}
    left_out = {rule.code for word in ignore for rule in _meant(word)}
    return tuple(rule for rule in RULES if rule.code in wanted - left_out)


def idle(network: Network) -> Iterator[tuple[Ruling, str]]:
    """What the spec says about rules or layers that do not exist, and which of the two it is."""
    for ruling in network.demands.rulings:
        if not named(ruling.rule):
            yield ruling, "rule"
        elif ruling.layers and not _silenced(network, ruling):
            yield ruling, "layers"


def _meant(word: str) -> tuple[LintRule, ...]:
    rules = named(word)
    if not rules:
        raise UnknownRuleError(word)
    return rules


def _silenced(network: Network, ruling: Ruling) -> set[str]:
    """The layers and the unused blocks that a ruling is about."""
    blocks = {name for name in network.unused for word in apart(ruling.layers) if fnmatchcase(name, word)}
    return blocks.union(node.name for node in network.select(ruling.layers))


def _found(rule: LintRule, view: View) -> Iterator[Finding]:
    """The findings of one rule: its remarks without silenced ones, joined if they have the same place."""
    rulings = [ruling for ruling in view.network.demands.rulings if rule in named(ruling.rule)]
    severity = next((ruling.severity for ruling in reversed(rulings) if ruling.severity), rule.severity)
    silent = [ruling for ruling in rulings if not ruling.severity]
    if any(not ruling.layers for ruling in silent):
        return
    quiet = {name for ruling in silent for name in _silenced(view.network, ruling)}
    groups: dict[Any, list[Remark]] = {}
    for number, remark in enumerate(rule.find(view)):
        name, place = (remark.name, remark.place) if remark.node is None else (remark.node.name, remark.node.place)
        if name not in quiet:
            groups.setdefault(number if place is None else place, []).append(remark)
    for place, remarks in groups.items():
        first = remarks[0]  # it speaks for all
        names = tuple(remark.node.name for remark in remarks if remark.node is not None)
        message = first.message + _beside(rule, remarks)
        yield Finding(rule.code, severity, message, None if isinstance(place, int) else place, names, first.help)


def _beside(rule: LintRule, remarks: Sequence[Remark]) -> str:
    """What to add to the first of several remarks: the sum of what the rule counts, or that numbers differ."""
    if rule.counts and len(remarks) > 1 and all(remark.amount for remark in remarks):
        return f"; {sum(remark.amount for remark in remarks):,} {rule.counts} in all {len(remarks)} layers"
    others = sum(remark.message != remarks[0].message for remark in remarks)
    return f"; {others:,} more of these layers {'has' if others == 1 else 'have'} different numbers" if others else ""
