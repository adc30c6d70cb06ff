"""What `check` found: a page, a comment for a pull request, an answer, and findings for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from cnncalc import answers
from cnncalc.analysis.findings import Case, Finding, Report, Rule, Suite
from cnncalc.errors import flat, printable
from cnncalc.guard.checks import TOLD
from cnncalc.guard.verdicts import GUARD, Outcome, Verdict
from cnncalc.network.metrics import METRICS
from cnncalc.report import sayings, units
from cnncalc.report.difference import figures, step
from cnncalc.report.page import Block, Column, Comment, Fold, Grid, Laid, Line, Row, listing

MISSING = "baseline"
"""The code of a spec that is not in the baseline."""


def missing(outcome: Outcome) -> str:
    """What is wrong with a spec that the baseline has not."""
    return f"{outcome.spec} is not in the baseline"


# -------------------------------------------------------------------------------------------------------- the formats

ITEMS = (
    Column("spec", "Spec"),
    Column("metric", "Metric"),
    Column("verdict", "Verdict", style=lambda word: "good" if word in ("ok", "new") else "bad"),
    Column("value", "Value", right=True),
    Column("limit", "Limit"),
    Column("headroom", "Headroom", right=True),
)


def shown(outcome: Outcome) -> list[Verdict]:
    """The verdicts that a person is shown: of the limits that a baseline brings only those where something changed."""
    return [v for v in outcome.verdicts if v.limit.key != GUARD or not v.holds or v.value != v.before]


def rows(outcomes: Iterable[Outcome], *, failed: bool = False) -> list[dict[str, Any]]:
    """The rows of the table: all limits, or only the broken ones."""
    found = []
    for outcome in outcomes:
        if outcome.missing:
            found.append({"spec": outcome.spec, "metric": MISSING, "value": "", "limit": "", "headroom": ""})
            found[-1]["verdict"] = "missing"
        for verdict in shown(outcome):
            if failed and verdict.holds:
                continue
            found.append(
                {
                    "spec": outcome.spec,
                    "metric": sayings.titled(verdict),
                    "value": sayings.figures(verdict)[0],
                    "limit": sayings.limit_of(verdict),
                    "headroom": sayings.headroom(verdict),
                    "verdict": sayings.word(verdict),
                }
            )
    return found


def page(outcomes: Sequence[Outcome], broken: Sequence[str], quiet: bool) -> list[Block]:
    """The table, what is `broken` in sentences, and one line on how it went; quietly only of what is broken."""
    if quiet and not broken:
        return []
    return [
        *_limits(rows(outcomes, failed=quiet), outcomes),
        *(Laid(f"{text}\n") for text in broken),
        Line(count(outcomes), "bad" if broken else "bold"),
    ]


def _limits(records: Sequence[dict[str, Any]], outcomes: Sequence[Outcome]) -> list[Grid]:
    return [listing(records, ITEMS if len(outcomes) > 1 else ITEMS[1:])] if records else []


def count(outcomes: Sequence[Outcome]) -> str:
    """One line on how it went."""
    verdicts = [verdict for outcome in outcomes for verdict in outcome.verdicts]
    broken = sum(not verdict.holds for verdict in verdicts)
    absent = sum(outcome.missing for outcome in outcomes)
    specs = f"{len(outcomes):,} spec{'s' if len(outcomes) != 1 else ''}"
    limits = f"{len(verdicts):,} limit{'s' if len(verdicts) != 1 else ''}"
    if not broken and not absent:
        return f"{specs}, {limits}: all hold"
    parts = [f"{broken:,} of {limits} broken"] if broken else []
    parts += [f"{absent:,} not in the baseline"] if absent else []
    return f"{specs}: {', '.join(parts)}"


def held(outcomes: Sequence[Outcome]) -> answers.Check:
    """The result as plain data."""
    specs = (
        answers.HeldSpec(
            spec=outcome.spec,
            name=printable(outcome.name),
            holds=outcome.holds,
            missing=outcome.missing,
            limits=tuple(map(_held, outcome.verdicts)),
        )
        for outcome in outcomes
    )
    return answers.Check(holds=all(outcome.holds for outcome in outcomes), specs=tuple(specs))


def _held(verdict: Verdict) -> answers.Held:
    limit = verdict.limit
    return answers.Held(
        metric=limit.metric,
        layers=limit.layers or None,
        of=verdict.of or None,
        word=limit.word,
        limit=limit.text,
        value=_json(verdict.value),
        bound=_json(verdict.bound),
        before=_json(verdict.before),
        headroom=_json(verdict.headroom),
        verdict=sayings.word(verdict),
        broken=verdict.broken,
        most=tuple(part.name for part in verdict.most[: sayings.MOST]),
        key=limit.key or None,
        file=None if limit.place is None else flat(limit.place.source.name),
        line=None if limit.place is None else limit.place.line,
    )


def _json(value: Any) -> Any:
    """A value for JSON: whole numbers as they are, others as a decimal."""
    if isinstance(value, tuple):
        return tuple(map(_json, value))
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def report(outcomes: Sequence[Outcome], version: str = "") -> Report:
    """The findings, for the formats that machines read: one case for every limit, each metric a rule."""
    suites = tuple(Suite(outcome.spec, tuple(_cases(outcome))) for outcome in outcomes)
    rules = [Rule(name, name.replace("_", "-"), f"the limit on {metric.says}") for name, metric in METRICS.items()]
    known = {rule.code for rule in rules}
    others = dict.fromkeys(
        f.code for suite in suites for f in suite.findings if f.code not in known and f.code != MISSING
    )
    rules += [Rule(name, name.replace("_", "-"), f"the limit on the {name} of layers") for name in others]
    rules.append(Rule(MISSING, MISSING, "every spec is in the baseline"))
    return Report("check", suites, tuple(rules), version)


def _cases(outcome: Outcome) -> Iterable[Case]:
    if outcome.missing:
        help_ = "`cnncalc baseline write` puts it in"
        yield Case(MISSING, (Finding(MISSING, "error", missing(outcome), outcome.place, (), help_),))
    for verdict in outcome.verdicts:
        found = () if verdict.holds else tuple(_findings(outcome, verdict))
        name = f"{verdict.limit.subject} {sayings.limit_of(verdict)}"
        yield Case(f"{name} of {verdict.of}" if verdict.of and not verdict.limit.layers else name, found)


def _findings(outcome: Outcome, verdict: Verdict) -> Iterable[Finding]:
    """One finding for a limit on the network; for one on layers, one for each line of the spec that breaks it."""
    limit = verdict.limit
    said, help_ = sayings.message(verdict), sayings.way_out(outcome, verdict)
    if not verdict.parts:
        yield Finding(limit.metric, "error", said, verdict.place, (), help_, limit.place)
        return
    places: dict[Any, list[Verdict]] = {}
    for part in verdict.parts:
        places.setdefault(part.place, []).append(part)
    for place, parts in places.items():
        worst, names = parts[0], tuple(part.of for part in parts)
        way = help_ if worst is verdict.parts[0] else sayings.way_out(outcome, worst)
        yield Finding(limit.metric, "error", sayings.message(worst), place, names, way, limit.place)


# ------------------------------------------------------------------------------------------------------------ comment


def comment(outcomes: Sequence[Outcome]) -> Comment:
    """A comment for a pull request: what is broken, the totals and how they moved, the costliest layers folded away.

    Empty where every limit holds and nothing changed against a baseline: then there is nothing to say.
    """
    against = any(outcome.before is not None for outcome in outcomes)
    moves = [(outcome, *move) for outcome in outcomes for move in changes(outcome)]
    blocks: list[Block] = []
    if not against or moves or not all(outcome.holds for outcome in outcomes):
        broken, every = rows(outcomes, failed=True), rows(outcomes)
        blocks += [Line(count(outcomes), "bold"), *_limits(broken, outcomes)]
        blocks.append(_moves(moves, len(outcomes) > 1) if moves else _totals(outcomes))
        blocks += [Fold("All limits", _limits(every, outcomes))] if len(every) > len(broken) else []
        blocks += [Fold(f"Costliest layers of {o.spec}", _worst(o)) for o in outcomes if not o.holds]
    return Comment(blocks, "cnncalc check", 20_000)


def changes(outcome: Outcome) -> list[tuple[str, Any, Any]]:
    """The metrics that are not what they were in the baseline: name, before, now."""
    if outcome.before is None:
        return []
    now = outcome.metrics
    return [(name, before, now[name]) for name, before in outcome.before.items() if now[name] != before]


def _moves(moves: Sequence[tuple[Outcome, str, Any, Any]], several: bool) -> Grid:
    """What changed against the baseline."""
    lead = ["Spec"] if several else []
    rows = [
        Row([*([outcome.spec] if several else []), name, *figures(name, before, now), step(name, before, now)])
        for outcome, name, before, now in moves
    ]
    titles = [*lead, "Metric", "Before", "Now", "Change"]
    return Grid([Column(title, title, title in titles[-3:]) for title in titles], rows)


def _totals(outcomes: Sequence[Outcome]) -> Grid:
    """What the specs come to, in the metrics that people ask for first."""
    rows = [Row([outcome.spec, *(_figure(name, outcome.metrics[name]) for name in TOLD)]) for outcome in outcomes]
    return Grid([Column("spec", "Spec"), *(Column(name, name, right=True) for name in TOLD)], rows)


def _figure(metric: str, value: Any) -> str:
    return units.shown(value, METRICS[metric].kind)


def _worst(outcome: Outcome) -> list[Grid]:
    """The costliest layers of each metric that is beyond its limit."""
    most = {verdict.limit.metric: verdict.most for verdict in outcome.verdicts if not verdict.holds and verdict.most}
    tables = {}
    for metric, parts in most.items():
        own = "params" if metric == "weight_bytes" else metric
        rows = [Row([part.name, units.grouped(part.amount), units.portion(part.share)]) for part in parts]
        columns = [Column("layer", "Layer"), Column(own, own, right=True), Column("share", "Share", right=True)]
        tables[own] = Grid(columns, rows)
    return list(tables.values())
