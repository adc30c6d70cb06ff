"""Specs under review: read, and looked at by the rules of `cnncalc lint`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnncalc.analysis.lint import Review, UnknownRuleError, chosen, idle, lint
from cnncalc.analysis.rules import RULES, LintRule, words
from cnncalc.errors import Problem, SpecError, near, short, wrong
from cnncalc.guard.subjects import Subject, joined, subjects_of
from cnncalc.language.load import load
from cnncalc.network.counts import Sizing
from cnncalc.network.network import Network
from cnncalc.sources.files import Text


def rules_of(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[LintRule, ...]:
    """The rules that are selected and not ignored. Raises SpecError for a word that means none, and for none left."""
    try:
        rules = chosen(select, ignore)
    except UnknownRuleError as error:
        raise wrong(f"there is no rule `{short(error)}`", None, way_out(str(error))) from None
    if not rules:
        raise wrong("no rule is left to look at", None, "select one, or ignore fewer")
    return rules


def way_out(word: str) -> str:
    """What is near a word that means no rule, or how rules are called."""
    close = None if word.upper().startswith("CNN") else near(word.lower(), words(), listed=False)
    return close or f"rules are called {RULES[0].code} or {RULES[0].name}: `cnncalc lint --rules` lists them"


def reviewed(specs: Sequence[str], settings: Mapping[str, Any], rules: Sequence[LintRule] = RULES) -> list[Review]:
    """What the rules say of every spec, each once. Raises SpecError with the problems of all that cannot be read."""
    subjects: list[Subject] = []
    reviews: list[Review] = []
    problems: list[Problem] = []
    for spec in specs:
        try:
            subjects += subjects_of([spec], settings, Sizing(), (), None)
        except SpecError as error:
            problems += error.problems
    for subject in joined(subjects):
        try:
            reviews.append(review(subject.label, subject.network(), rules))
        except SpecError as error:
            problems += error.about(subject.label).problems
    if problems:
        raise SpecError(*dict.fromkeys(problems))
    return reviews


def review(spec: str, network: Network, rules: Sequence[LintRule] = RULES) -> Review:
    """What the rules say of a network. Raises SpecError if its `lint` names rules or layers that there are not."""
    problems = []
    for ruling, lacks in idle(network):
        if lacks == "rule":
            problems.append(Problem(f"there is no rule `{short(ruling.rule)}`", ruling.place, way_out(ruling.rule)))
        else:
            names = ", ".join(node.name for node in network.layers[:3])
            said = f"no layer of {short(spec)} fits {short(ruling.layers)}"
            problems.append(Problem(said, ruling.place, f"its layers are {names}, …"))
    if problems:
        raise SpecError(*problems)
    return Review(spec, network, lint(network, rules))


def of_text(name: str, text: str) -> Network:
    """The network of a spec that stands in no file, as if it stood in one of that name."""
    return load(Text(name, text, key=name))
