"""What `check` found: a table, sentences on what is beyond its limit, JSON, Markdown, and findings for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.budgets import GUARD, Outcome, Verdict, costliest, deciding
from cnncalc.analysis.findings import Case, Finding, Report, Rule, Suite, named
from cnncalc.limits import METRICS, NO_CHANGE, NO_GROWTH, NO_LOSS
from cnncalc.network import plain
from cnncalc.report import units
from cnncalc.report.listing import Item, json_text, listing
from cnncalc.report.machines.common import clean

if TYPE_CHECKING:
    from rich.console import RenderableType

FORMATS = ("text", "json", "markdown", "github", "junit", "sarif", "gitlab")
"""What `check` and `lint` write."""

SIGNS = {"max": "≤", "min": "≥", "equals": "="}
MOST_CHARACTERS = 60_000
"""How long Markdown may be: a comment on a pull request takes 65,536 characters."""
MOST_WORST = 10
"""How many of the costliest layers a Markdown report lists."""

MISSING = "baseline"
"""The code of a spec that is not in the baseline."""


# ------------------------------------------------------------------------------------------------------------ figures


def _exactly(value: Any, kind: str) -> str:
    """A value without any rounding."""
    if value is None:
        return "everything"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        inner = [_exactly(part, kind) if isinstance(part, tuple) else _figure(part, kind) for part in value]
        return (", " if value and isinstance(value[0], tuple) else "×").join(inner)
    return f"{_figure(value, kind)} B" if kind == "bytes" else _figure(value, kind)


def _figure(value: Any, kind: str) -> str:
    """One number; of a field also a decimal, of extents a fraction."""
    if isinstance(value, Fraction) and value.denominator != 1 and kind in ("field", "extents"):
        return str(float(value)) if kind == "field" else str(value)
    return units.grouped(_whole(value))


def _whole(value: Any) -> Any:
    """A fraction as the whole number that it allows."""
    return value.numerator // value.denominator if isinstance(value, Fraction) else value


def _kind(verdict: Verdict) -> str:
    metric = METRICS.get(verdict.limit.metric)
    return "field" if metric is None else metric.kind


def _pair(verdict: Verdict) -> tuple[str, str]:
    """The value and what it is held against: bytes with a unit, but exactly where the two would print alike."""
    kind = _kind(verdict)
    value, bound = verdict.value, verdict.bound
    if kind != "bytes" or not isinstance(value, int) or bound is None:
        return _exactly(value, kind), _exactly(bound, kind)
    shown = units.memory(value), units.memory(_whole(bound))
    return shown if shown[0] != shown[1] or value == bound else (_exactly(value, kind), _exactly(bound, kind))


def _limit(verdict: Verdict) -> str:
    """What is asked for: the sign, the limit as it was written, and what that comes to."""
    limit = verdict.limit
    value, bound = _pair(verdict)
    if limit.word == "change":
        if verdict.new:
            return limit.text
        sign = {NO_GROWTH: "≤", NO_LOSS: "≥", NO_CHANGE: "="}.get(limit.slack)  # type: ignore[arg-type]  # it has one
        before = _exactly(verdict.before, _kind(verdict))
        return f"{sign} {before}" if sign else f"{before} {limit.text}"
    written = limit.text.replace("x", "×") if isinstance(limit.bound, tuple) else limit.text
    exact = value.endswith(" B") and not written.endswith(bound)
    return f"{SIGNS[limit.word]} {written}" + (f" ({bound})" if exact and _kind(verdict) == "bytes" else "")


def _verdict(verdict: Verdict) -> str:
    """One word on what became of a limit."""
    if verdict.new:
        return "new"
    if verdict.holds:
        return "ok"
    if verdict.headroom is None:
        return "differs"
    if verdict.limit.word == "equals":
        return "differs"
    return "exceeded" if _above(verdict) else "below"


def _above(verdict: Verdict) -> bool:
    """Is a broken limit one that was exceeded, and not one that was fallen short of?"""
    if verdict.limit.word != "change":
        return verdict.limit.word == "max"
    if verdict.headroom is None:
        return False
    pairs = zip(_each(verdict.value), _each(verdict.bound), strict=True)
    return any(value > bound for value, bound in pairs)


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def percent(part: Fraction) -> str:
    """A share in percent, with one digit below ten, and never 0 or 100 where it is not."""
    size = abs(part) * 100
    if 0 < size < Fraction(1, 10):
        return "<0.1 %"
    if 99 < size < 100:
        return ">99 %"
    return f"{float(size):.1f} %" if size < 10 and size.denominator != 1 else f"{float(size):,.0f} %"


def amount(value: Fraction, kind: str, of: Any) -> str:
    """By how much, and how much that is of the limit: ``1,642,456 (1.2 %)``."""
    size = abs(value) if kind in ("field", "extents") else _up(abs(value)) if value < 0 else _whole(value)
    shown = units.memory(size) if kind == "bytes" else _figure(size, kind)
    over = f" ({percent(value / Fraction(of))})" if isinstance(of, (int, Fraction)) and of else ""
    return shown + over


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def _headroom(verdict: Verdict) -> str:
    if verdict.headroom is None or (verdict.limit.word == "equals" and verdict.holds):
        return ""
    if _kind(verdict) in ("volume", "field"):
        return ""
    sign = "−" if verdict.headroom < 0 else ""
    return sign + amount(verdict.headroom, _kind(verdict), verdict.bound)


def _titled(verdict: Verdict) -> str:
    """What is limited, for the table: the pattern, and the layer that comes out worst."""
    limit = verdict.limit
    worst = f" ({verdict.of})" if limit.layers and verdict.of != limit.layers else ""
    return f"{limit.subject}{worst}" if limit.layers else subject(verdict)


def subject(verdict: Verdict) -> str:
    """What is limited, and of which layer or output where it is one's."""
    limit = verdict.limit
    if limit.layers:
        return f"{limit.metric} of {verdict.of}" if verdict.of != limit.layers else limit.subject
    return f"{limit.metric} of {verdict.of}" if verdict.of else limit.metric


# ---------------------------------------------------------------------------------------------------------- sentences


def message(outcome: Outcome, verdict: Verdict) -> str:
    """What is wrong, in one line: the value, by how much, and the limit."""
    limit, kind = verdict.limit, _kind(verdict)
    value, bound = _pair(verdict)
    lead = f"{subject(verdict)} is {value}"
    if limit.word == "change":
        moved = f"was {_exactly(verdict.before, kind)} and is {_exactly(verdict.value, kind)}"
        return f"{subject(verdict)} {moved}{_beyond(verdict)}, and {_allowed(verdict)} is allowed"
    asked = limit.text.replace("x", "×") if isinstance(limit.bound, tuple) else limit.text
    on = f" for {limit.layers}" if limit.layers and limit.layers != verdict.of else ""
    if _verdict(verdict) == "differs":
        return f"{lead}, and must be {asked}{on}"
    side = "above the limit of" if _above(verdict) else "below the least of"
    if verdict.headroom is None:
        return f"{lead}, {side} {asked}{on}"
    exact = f", which is {bound}," if kind == "bytes" and value.replace(",", "").removesuffix(" B").isdigit() else ""
    return f"{lead}: {amount(verdict.headroom, kind, verdict.bound)} {side} {asked}{exact}{on}".rstrip(",")


def _beyond(verdict: Verdict) -> str:
    before, value = verdict.before, verdict.value
    if not isinstance(before, int) or not isinstance(value, int):
        return ""
    step = Fraction(value - before)
    return f": {amount(abs(step), _kind(verdict), before)} {'more' if step > 0 else 'less'}"


def _allowed(verdict: Verdict) -> str:
    slack = verdict.limit.slack
    return verdict.limit.text if slack is None or not slack.relative or slack.up or slack.down else slack.text


def way_out(outcome: Outcome, verdict: Verdict) -> str:
    """Where most of it sits, and which key to change."""
    limit = verdict.limit
    parts = []
    others = [node.name for node in verdict.broken[1:]]
    if others:
        parts.append(f"so {'is that' if len(others) == 1 else 'are those'} of {named(others)}")
    most = [] if limit.layers or not _above(verdict) else costliest(outcome.network, limit.metric)
    if most:
        shown = [f"{node.name} ({percent(held)})" for node, held in most]
        parts.append(f"most of it is in {', '.join(shown)}")
    if limit.word == "change":
        parts.append(f"`cnncalc diff {outcome.against} SPEC` says what changed")
    parts.append(_key(limit))
    return "; ".join(parts).removeprefix("or ")


def _key(limit: Any) -> str:
    """Which file and key say the limit."""
    if limit.key == GUARD:
        return f"`--allow {limit.metric}=…` lets it"
    if limit.place is None:
        return f"the limit is that of {limit.key}"
    verb = {"max": "raise", "min": "lower"}.get(limit.word, "change")
    return f"or {verb} `{limit.key}` in {limit.place.source.name}:{limit.place.line}"


def missing(outcome: Outcome) -> str:
    """What is wrong with a spec that the baseline has not."""
    return f"{outcome.spec} is not in the baseline"


# -------------------------------------------------------------------------------------------------------- the formats

ITEMS = (
    Item("spec", "Spec"),
    Item("metric", "Metric"),
    Item("verdict", "Verdict", style=lambda word: "green" if word in ("ok", "new") else "bold red"),
    Item("value", "Value", right=True),
    Item("limit", "Limit"),
    Item("headroom", "Headroom", right=True),
)


def shown(outcome: Outcome) -> list[Verdict]:
    """The verdicts that a person is shown: of the limits that a baseline brings only those where something changed."""
    return [v for v in outcome.verdicts if v.limit.key != GUARD or not v.holds or _moved(v)]


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
                    "metric": _titled(verdict),
                    "value": _pair(verdict)[0],
                    "limit": _limit(verdict),
                    "headroom": _headroom(verdict),
                    "verdict": _verdict(verdict),
                }
            )
    return found


def as_text(outcomes: Sequence[Outcome], broken: Sequence[str], width: int | None, quiet: bool) -> list[RenderableType]:
    """The table, what is `broken` in sentences, and one line on how it went; quietly only of what is broken."""
    from rich.console import Group
    from rich.text import Text

    if quiet and not broken:
        return []
    parts: list[RenderableType] = []
    records = rows(outcomes, failed=quiet)
    if records:
        table = listing(records, ITEMS if len(outcomes) > 1 else ITEMS[1:], "table", width)
        parts += [*table, Text()]
    for text in broken:
        parts += [Text(text), Text()]
    return [Group(*parts, Text(count(outcomes), style="bold red" if broken else "bold"))]


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


def as_json(outcomes: Sequence[Outcome]) -> str:
    """The machine-readable result."""
    return f"{json_text(record(outcomes))}\n"


def record(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The result as plain data."""
    return {
        "schema": 1,
        "holds": all(outcome.holds for outcome in outcomes),
        "specs": [
            {
                "spec": outcome.spec,
                "name": clean(outcome.network.name),
                "holds": outcome.holds,
                "missing": outcome.missing,
                "limits": [_record(outcome, verdict) for verdict in outcome.verdicts],
            }
            for outcome in outcomes
        ],
    }


def _record(outcome: Outcome, verdict: Verdict) -> dict[str, Any]:
    limit = verdict.limit
    return {
        "metric": limit.metric,
        "layers": limit.layers or None,
        "of": verdict.of or None,
        "word": limit.word,
        "limit": limit.text,
        "value": _json(verdict.value),
        "bound": _json(verdict.bound),
        "before": _json(verdict.before),
        "headroom": _json(verdict.headroom),
        "verdict": _verdict(verdict),
        "broken": [node.name for node in verdict.broken],
        "most": [] if limit.layers else [node.name for node, _ in costliest(outcome.network, limit.metric)],
        "key": limit.key or None,
        "file": None if limit.place is None else clean(limit.place.source.name),
        "line": None if limit.place is None else limit.place.line,
    }


def _json(value: Any) -> Any:
    """A value for JSON: whole numbers as they are, others as a decimal."""
    if isinstance(value, tuple):
        return [_json(part) for part in value]
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return plain(value)


def report(outcomes: Sequence[Outcome]) -> Report:
    """The findings, for the formats that machines read: one case for every limit, each metric a rule."""
    suites = tuple(Suite(outcome.spec, tuple(_cases(outcome))) for outcome in outcomes)
    rules = [Rule(name, name.replace("_", "-"), f"the limit on {metric.says}") for name, metric in METRICS.items()]
    known = {rule.code for rule in rules}
    others = dict.fromkeys(
        f.code for suite in suites for f in suite.findings if f.code not in known and f.code != MISSING
    )
    rules += [Rule(name, name.replace("_", "-"), f"the limit on the {name} of layers") for name in others]
    rules.append(Rule(MISSING, MISSING, "every spec is in the baseline"))
    return Report("check", suites, tuple(rules))


def _cases(outcome: Outcome) -> Iterable[Case]:
    if outcome.missing:
        place = outcome.network.layers[0].place
        help_ = "`cnncalc baseline write` puts it in"
        yield Case(MISSING, (Finding(MISSING, "error", missing(outcome), place, (), help_),))
    for verdict in outcome.verdicts:
        found = () if verdict.holds else tuple(_findings(outcome, verdict))
        name = f"{verdict.limit.subject} {_limit(verdict)}"
        yield Case(f"{name} of {verdict.of}" if verdict.of and not verdict.limit.layers else name, found)


def _findings(outcome: Outcome, verdict: Verdict) -> Iterable[Finding]:
    """One finding for a limit on the network; for one on layers, one for each line of the spec that breaks it."""
    limit = verdict.limit
    said, help_ = message(outcome, verdict), way_out(outcome, verdict)
    if not verdict.parts:
        node = deciding(outcome.network, limit.metric, verdict.of)
        yield Finding(limit.metric, "error", said, node.place, (), help_, limit.place)
        return
    places: dict[Any, list[Verdict]] = {}
    for node, part in zip(verdict.broken, verdict.parts, strict=True):
        places.setdefault(node.place, []).append(part)
    for place, parts in places.items():
        worst, names = parts[0], tuple(part.of for part in parts)
        way = help_ if worst is verdict.parts[0] else way_out(outcome, worst)
        yield Finding(limit.metric, "error", message(outcome, worst), place, names, way, limit.place)


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    """A comment for a pull request: what is broken, what changed, and the costliest layers folded away.

    Empty where every limit holds and nothing changed against a baseline: then there is nothing to say.
    """
    against = any(outcome.before is not None for outcome in outcomes)
    changed = any(_moved(verdict) for outcome in outcomes for verdict in outcome.verdicts)
    if against and not changed and all(outcome.holds for outcome in outcomes):
        return ""
    parts = [f"**{count(outcomes)}**"]
    broken = rows(outcomes, failed=True)
    for title, records in (("", broken), ("All limits", rows(outcomes))):
        if not records or (title and len(records) == len(broken)):
            continue
        table = _markdown(records, several=len(outcomes) > 1)
        parts.append(f"<details><summary>{title}</summary>\n\n{table}\n\n</details>" if title else table)
    for outcome in outcomes:
        if not outcome.holds:
            worst = _worst(outcome)
            parts += [worst] if worst else []
    return _bounded(parts)


def _moved(verdict: Verdict) -> bool:
    """Is the value another than that of the baseline?"""
    return verdict.limit.word == "change" and not verdict.new and verdict.value != verdict.before


def _bounded(parts: Sequence[str]) -> str:
    """The parts as far as there is room for them whole, and how many had to go."""
    kept: list[str] = []
    room = MOST_CHARACTERS
    for part in parts:
        if len(part) > room:
            continue
        kept.append(part)
        room -= len(part) + 2
    left = len(parts) - len(kept)
    if left:
        kept.append(f"{left:,} more table{'s' if left > 1 else ''} did not fit: `cnncalc check` prints all of it.")
    return "\n\n".join(kept) + "\n"


def _worst(outcome: Outcome) -> str:
    """The costliest layers of each metric that is beyond its limit, folded away."""
    broken = [v.limit.metric for v in outcome.verdicts if not v.holds and not v.limit.layers]
    tables = []
    for metric in dict.fromkeys("params" if metric == "weight_bytes" else metric for metric in broken):
        most = costliest(outcome.network, metric, MOST_WORST)
        if most:
            lines = [f"| Layer | {escaped(metric)} | Share |", "|---|---:|---:|"]
            lines += [
                f"| {escaped(node.name)} | {units.grouped(getattr(node, metric))} | {percent(held)} |"
                for node, held in most
            ]
            tables.append("\n".join(lines))
    if not tables:
        return ""
    inner = "\n\n".join(tables)
    return f"<details><summary>Costliest layers of {_in_html(outcome.spec)}</summary>\n\n{inner}\n\n</details>"


def _markdown(records: Sequence[dict[str, Any]], *, several: bool) -> str:
    items = ITEMS if several else ITEMS[1:]
    lines = ["| " + " | ".join(item.title for item in items) + " |"]
    lines.append("|" + "|".join("---:" if item.right else "---" for item in items) + "|")
    for place, line in enumerate(records):
        lines.append("| " + " | ".join(escaped(str(line[item.key])) for item in items) + " |")
        if sum(map(len, lines)) > MOST_CHARACTERS // 3:
            lines.append(f"\n{len(records) - place - 1:,} more rows")
            break
    return "\n".join(lines)


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, and that calls nobody."""
    return "".join(f"\\{char}" if char in "|*_`[]#~$\\" else char for char in _in_html(text))


def _in_html(text: str) -> str:
    """A text inside of an element of HTML, where Markdown is not read."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ").replace("@", "@\u200b")
