"""What `check` found: a page, a comment for a pull request, an answer, and findings for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

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

ITEMS = (
    Column("spec", "Spec"),
    Column("metric", "Metric"),
    Column("verdict", "Verdict", rank=1, style=lambda word: "good" if word in ("ok", "new") else "bad"),
    Column("value", "Value", right=True),
    Column("limit", "Limit"),
    Column("headroom", "Headroom", right=True),
    Column("origin", "From", rank=2),
)


def rows(outcomes: Iterable[Outcome], *, failed: bool = False, brief: bool = False) -> list[dict[str, Any]]:
    """The rows of the table: all limits, of a baseline's only where something changed; or the broken ones alone.

    In brief the headroom is in percent.
    """
    lines = []
    for outcome in outcomes:
        if outcome.missing:
            lines.append([outcome.spec, MISSING, "missing", "", "", "", ""])
        for verdict in outcome.verdicts:
            telling = verdict.limit.key != GUARD or (verdict.value != verdict.before and not _told(outcome, verdict))
            if not verdict.holds or (telling and not failed):
                metric, word, (value, _) = sayings.titled(verdict), sayings.word(verdict), sayings.figures(verdict)
                limit, headroom = sayings.limit_of(verdict), sayings.headroom(verdict, brief)
                lines.append([outcome.spec, metric, word, value, limit, headroom, sayings.set_by(outcome, verdict)])
    return [dict(zip((column.key for column in ITEMS), line, strict=True)) for line in lines]


def _told(outcome: Outcome, verdict: Verdict) -> bool:
    """Does the metric beside which this one stands say the same of a baseline?"""
    main = METRICS[verdict.limit.metric].beside
    same = (verdict.value, verdict.before)
    return any(v.limit.metric == main and (v.value, v.before) == same for v in outcome.verdicts if v.limit.key == GUARD)


def page(outcomes: Sequence[Outcome], broken: Sequence[str], quiet: bool) -> list[Block]:
    """The table, what is `broken` in sentences, and one line on how it went; quietly only of what is broken."""
    if quiet and not broken:
        return []
    return [
        *_limits(outcomes, failed=quiet),
        *(Laid(f"{text}\n") for text in broken),
        Line(count(outcomes), "bad" if broken else "bold"),
    ]


def _limits(outcomes: Sequence[Outcome], *, failed: bool) -> list[Grid]:
    """The table of the limits, if any; where there is little room its headroom is in percent."""
    items = ITEMS if len(outcomes) > 1 else ITEMS[1:]
    wide = listing(rows(outcomes, failed=failed), [replace(item, rank=0) for item in items])
    return (
        [wide._replace(narrower=[lambda: listing(rows(outcomes, failed=failed, brief=True), items)])]
        if wide.rows
        else []
    )


def count(outcomes: Sequence[Outcome]) -> str:
    """One line on how it went."""
    verdicts = [verdict for outcome in outcomes for verdict in outcome.verdicts]
    broken = sum(not verdict.holds for verdict in verdicts)
    absent = sum(outcome.missing for outcome in outcomes)
    specs, limits = units.many(len(outcomes), "spec"), units.many(len(verdicts), "limit")
    if not broken and not absent:
        return f"{specs}, {limits}: all hold"
    parts = [f"{broken:,} of {limits} broken"] if broken else []
    parts += [f"{absent:,} not in the baseline"] if absent else []
    return f"{specs}: {', '.join(parts)}"


def held(outcomes: Sequence[Outcome]) -> answers.Check:
    """The result as plain data."""
    specs = tuple(
        answers.HeldSpec(
            spec=outcome.spec,
            name=printable(outcome.name),
            holds=outcome.holds,
            missing=outcome.missing,
            limits=tuple(map(_held, outcome.verdicts)),
        )
        for outcome in outcomes
    )
    return answers.Check(holds=all(spec.holds for spec in specs), specs=specs)


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
        value_bound=verdict.sign or UNSET,
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
    limited = {name: metric.says for name, metric in METRICS.items()}
    for code in (finding.code for suite in suites for finding in suite.findings if finding.code != MISSING):
        limited.setdefault(code, f"the {code} of layers")
    rules = [Rule(name, name.replace("_", "-"), f"the limit on {what}") for name, what in limited.items()]
    rules.append(Rule(MISSING, MISSING, "every spec is in the baseline"))
    return Report("check", suites, tuple(rules), version)


def _cases(outcome: Outcome) -> Iterable[Case]:
    if outcome.missing:
        message, way = f"{outcome.spec} is not in the baseline", "`cnncalc baseline write` puts it in"
        yield Case(MISSING, (Finding(MISSING, "error", message, outcome.place, (), way),))
    for verdict in outcome.verdicts:
        findings = () if verdict.holds else tuple(_findings(outcome, verdict))
        name = f"{verdict.limit.subject} {sayings.limit_of(verdict)}"
        yield Case(f"{name} of {verdict.of}" if verdict.of and not verdict.limit.layers else name, findings)


def _findings(outcome: Outcome, verdict: Verdict) -> Iterable[Finding]:
    """One finding for a limit on the network; for one on layers, one for each line of the spec that breaks it."""
    limit, broken = verdict.limit, verdict.parts or (verdict,)
    places: dict[Any, list[Verdict]] = {}
    for part in broken:
        places.setdefault(part.place, []).append(part)
    for place, parts in places.items():
        names = tuple(part.of for part in parts) if verdict.parts else ()
        worst = verdict if parts[0] is broken[0] else parts[0]  # that on all the layers also names the others
        way = sayings.way_out(outcome, worst)
        yield Finding(limit.metric, "error", sayings.message(worst), place, names, way, limit.place)


def comment(outcomes: Sequence[Outcome]) -> Comment:
    """A comment for a pull request: what is broken, the totals and how they moved, the costliest layers folded away.

    Empty where every limit holds and nothing changed against a baseline: then there is nothing to say.
    """
    against = any(outcome.before is not None for outcome in outcomes)
    moves = [
        (outcome, name, before, outcome.metrics[name])
        for outcome in outcomes
        for name, before in (outcome.before or {}).items()
        if outcome.metrics[name] != before
    ]
    blocks: list[Block] = []
    if not against or moves or not all(outcome.holds for outcome in outcomes):
        blocks += [Line(count(outcomes), "bold"), *_limits(outcomes, failed=True)]
        blocks.append(_moves(moves, len(outcomes) > 1) if moves else _totals(outcomes))
        blocks += (
            [Fold("All limits", _limits(outcomes, failed=False))]
            if rows(outcomes) != rows(outcomes, failed=True)
            else []
        )
        blocks += [Fold(f"Costliest layers of {o.spec}", _worst(o)) for o in outcomes if not o.holds]
    return Comment(blocks, "cnncalc check", 20_000)


def _moves(moves: Sequence[tuple[Outcome, str, Any, Any]], several: bool) -> Grid:
    """What changed against the baseline."""
    first = 0 if several else 1
    rows = [
        Row([outcome.spec, name, *figures(name, before, now), step(name, before, now)][first:])
        for outcome, name, before, now in moves
    ]
    titles = ["Spec", "Metric", "Before", "Now", "Change"]
    return Grid([Column(title, title, title in titles[-3:]) for title in titles[first:]], rows)


def _totals(outcomes: Sequence[Outcome]) -> Grid:
    """What the specs come to, in the metrics that people ask for first."""
    rows = [
        Row([outcome.spec, *(units.shown(outcome.metrics[name], METRICS[name].kind) for name in TOLD)])
        for outcome in outcomes
    ]
    return Grid([Column("spec", "Spec"), *(Column(name, name, right=True) for name in TOLD)], rows)


def _worst(outcome: Outcome) -> list[Grid]:
    """The costliest layers of each metric that is beyond its limit."""
    tables = {}
    for verdict in outcome.verdicts:
        if verdict.most and not verdict.holds:
            metric = "params" if verdict.limit.metric == "weight_bytes" else verdict.limit.metric
            rows = [Row([part.name, units.grouped(part.amount), units.portion(part.share)]) for part in verdict.most]
            columns = Column("layer", "Layer"), Column(metric, metric, right=True), Column("share", "Share", right=True)
            tables[metric] = Grid(columns, rows)
    return list(tables.values())
