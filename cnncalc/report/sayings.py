"""A verdict in words: its figures, how far it is from its limit, what is wrong, and the fix."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

from cnncalc.amounts import NO_CHANGE, NO_GROWTH, NO_LOSS
from cnncalc.analysis.findings import named
from cnncalc.errors import flat
from cnncalc.guard.verdicts import GUARD, Outcome, Verdict
from cnncalc.network.limits import CHANGE, WORDS
from cnncalc.network.metrics import METRICS
from cnncalc.report import units

MOST = 3
"""How many of the costliest layers are named."""


def exactly(value: Any, kind: str) -> str:
    """A value without any rounding."""
    if value is None:
        return "everything"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        inner = [exactly(part, kind) if isinstance(part, tuple) else _figure(part, kind) for part in value]
        return (", " if value and isinstance(value[0], tuple) else "×").join(inner)
    return f"{_figure(value, kind)} B" if kind == "bytes" else _figure(value, kind)


def _figure(value: Any, kind: str) -> str:
    """One number: counts and bytes with their digits in threes, extents and fields plain, fractions as they are."""
    if kind in ("count", "bytes"):
        return units.grouped(_whole(value))
    if isinstance(value, Fraction) and value.denominator != 1:
        return str(float(value)) if kind == "field" else str(value)
    return str(_whole(value))


def _whole(value: Any) -> Any:
    """A fraction as the whole number that it allows."""
    return value.numerator // value.denominator if isinstance(value, Fraction) else value


def kind_of(verdict: Verdict) -> str:
    """The kind of what is limited: of a metric, or `field`."""
    metric = METRICS.get(verdict.limit.metric)
    return "field" if metric is None else metric.kind


def figures(verdict: Verdict) -> tuple[str, str]:
    """The value and what it is held against: bytes with a unit, but exactly where the two would print alike."""
    kind = kind_of(verdict)
    value, bound = verdict.value, verdict.bound
    if kind != "bytes" or not isinstance(value, int) or bound is None:
        return f"{verdict.sign or ''} {exactly(value, kind)}".lstrip(), exactly(bound, kind)
    return units.memories(value, _whole(bound))


def limit_of(verdict: Verdict) -> str:
    """What is asked for: the sign, the limit as it was written, and what that comes to."""
    limit = verdict.limit
    value, bound = figures(verdict)
    if limit.word == CHANGE:
        if verdict.new:
            return limit.text
        sign = {NO_GROWTH: "≤", NO_LOSS: "≥", NO_CHANGE: "="}.get(limit.slack)  # type: ignore[arg-type]  # it has one
        before = exactly(verdict.before, kind_of(verdict))
        return f"{sign} {before}" if sign else f"{before} {limit.text}"
    written = limit.text.replace("x", "×") if isinstance(limit.bound, tuple) else limit.text
    exact = value.endswith(" B") and not written.endswith(bound)
    return f"{WORDS[limit.word].sign} {written}" + (f" ({bound})" if exact and kind_of(verdict) == "bytes" else "")


def word(verdict: Verdict) -> str:
    """One word on what became of a limit."""
    if verdict.new:
        return "new"
    if verdict.holds:
        return "ok"
    if verdict.headroom is None or WORDS[verdict.limit.word].exact:
        return "differs"
    return "exceeded" if verdict.above else "below"


def amount(value: int | Fraction, kind: str, of: Any, brief: bool = False) -> str:
    """By how much, and how much that is of the limit: ``1,642,456 (1.2 %)``; in brief the share alone, if any."""
    size: int | Fraction = -value if value < 0 else value
    if kind not in ("field", "extents"):
        size = ceil(size) if value < 0 else floor(size)
    shown = units.memory(size) if kind == "bytes" else _figure(size, kind)
    share = units.portion(value / Fraction(of)) if isinstance(of, (int, Fraction)) and of else ""
    return (share or shown) if brief else f"{shown} ({share})" if share else shown


def headroom(verdict: Verdict, brief: bool = False) -> str:
    """How far it may still go, or how far it is beyond; nothing where there is no measure of it."""
    settled = WORDS[verdict.limit.word].exact and verdict.holds
    if verdict.headroom is None or settled or kind_of(verdict) in ("volume", "field"):
        return ""
    beyond = "" if verdict.headroom >= 0 else "over by " if verdict.above else "short by "
    return beyond + amount(verdict.headroom, kind_of(verdict), verdict.bound, brief)


def titled(verdict: Verdict) -> str:
    """What is limited, for the table: the pattern, and the layer that comes out worst."""
    limit = verdict.limit
    return f"{limit.subject} ({verdict.of})" if limit.layers and verdict.of != limit.layers else subject(verdict)


def subject(verdict: Verdict) -> str:
    """What is limited, with the layer or output it belongs to, if any."""
    limit = verdict.limit
    if limit.layers and verdict.of == limit.layers:
        return limit.subject
    return f"{limit.metric} of {verdict.of}" if verdict.of else limit.metric


def message(verdict: Verdict) -> str:
    """What is wrong, in one line: the value, by how much, and the limit."""
    limit, kind = verdict.limit, kind_of(verdict)
    value, bound = figures(verdict)
    lead = f"{subject(verdict)} is {value}"
    if limit.word == CHANGE:
        return f"{subject(verdict)} {_moved(verdict, kind)}"
    asked = limit.text.replace("x", "×") if isinstance(limit.bound, tuple) else limit.text
    on = f" for {limit.layers}" if limit.layers and limit.layers != verdict.of else ""
    if word(verdict) == "differs":
        return f"{lead}, and must be {asked}{on}"
    side = WORDS[limit.word].beyond
    if verdict.headroom is None:
        return f"{lead}, {side} {asked}{on}"
    exact = f", which is {bound}," if kind == "bytes" and value.replace(",", "").removesuffix(" B").isdigit() else ""
    return f"{lead}: {amount(verdict.headroom, kind, verdict.bound)} {side} {asked}{exact}{on}".rstrip(",")


def _moved(verdict: Verdict, kind: str) -> str:
    before, value, slack = verdict.before, verdict.value, verdict.limit.slack
    moved = f"was {exactly(before, kind)} and is {exactly(value, kind)}"
    if isinstance(before, int) and isinstance(value, int):
        moved += f": {amount(abs(value - before), kind, before)} {'more' if value > before else 'less'}"
    allowed = verdict.limit.text if slack is None or not slack.relative or slack.up or slack.down else slack.text
    return f"{moved}, and {allowed} is allowed"


def set_by(outcome: Outcome, verdict: Verdict) -> str:
    """Where a limit is from: the line of a file, an option, or the baseline."""
    limit = verdict.limit
    if limit.place is not None:
        return f"{flat(limit.place.source.name)}:{limit.place.line}"
    return outcome.against if limit.key == GUARD else limit.key


def way_out(outcome: Outcome, verdict: Verdict) -> str:
    """Where most of it sits, and which key to change."""
    limit, others = verdict.limit, verdict.broken[1:]
    parts = []
    if others:
        parts.append(f"so {'is that' if len(others) == 1 else 'are those'} of {named(others)}")
    if verdict.most and verdict.above:
        shown = [f"{part.name} ({units.portion(part.share)})" for part in verdict.most[:MOST]]
        parts.append(f"most of it is in {', '.join(shown)}")
    if limit.word == CHANGE:
        parts.append(f"`cnncalc diff {outcome.against} SPEC` shows what changed")
    if limit.key == GUARD:
        parts.append(f"`--allow {limit.metric}=…` permits it")
    elif limit.place is None:
        parts.append(f"set by {limit.key}")
    else:
        parts.append(f"or {WORDS[limit.word].verb} `{limit.key}` in {set_by(outcome, verdict)}")
    return "; ".join(parts).removeprefix("or ")
