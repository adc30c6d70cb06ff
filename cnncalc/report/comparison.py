"""A comparison as a page and as records, and the sentence that says what was gained and what was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import UNSET

from cnncalc import answers
from cnncalc.analysis.alignment import aligned
from cnncalc.analysis.comparison import Design, known, ratios, unlike
from cnncalc.network.counts import plain
from cnncalc.network.metrics import FIELD, METRICS, UNGATED, measures, ungated_bound
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.report import units
from cnncalc.report.describe import described
from cnncalc.report.page import Block, Column, Grid, Line, Row

_SPOKEN = {"weights": "weights", "macs": "multiply-adds", "activations": "activations"}


def compared(designs: Sequence[Design], layers: bool = False) -> answers.Comparison:
    """The comparison as plain data; with `layers` also those of two designs, aligned."""
    first = designs[0]
    pairs = aligned(first.network, designs[1].network) if layers else ()
    rows = tuple((left.row if left else None, right.row if right else None) for left, right in pairs)
    return answers.Comparison(
        designs=tuple(answers.Design(design.network.name, design.spec, design.totals) for design in designs),
        ratios=tuple({name: _ratio(value) for name, value in ratios(design, first).items()} for design in designs),
        said=tuple(sentences(designs)),
        assumptions=tuple(_assumptions(designs)),
        layers=rows if layers else UNSET,
    )


def _assumptions(designs: Sequence[Design]) -> list[str]:
    """Under what the closed forms hold, each once."""
    return list(dict.fromkeys(text for design in designs for text in design.network.assumptions))


def _ratio(value: Any) -> Any:
    """A ratio for JSON: a number between numbers, a fraction or a closed form as a string."""
    if value is None:
        return "undefined"
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return plain(value)


OVER = "÷ first"


def page(designs: Sequence[Design], layers: bool) -> list[Block]:
    """Every metric of every design, with `layers` also those of two designs side by side, and what is said of it."""
    grids = [_metrics(designs), *([_layers(designs)] if layers else [])]
    assumed = _assumptions(designs)
    holds = [f"Holds for {', '.join(assumed)}."] if assumed else []
    return [*grids, *map(Line, [*sentences(designs), *holds])]


def _metrics(designs: Sequence[Design]) -> Grid:
    """Each design's value, the volumes first, and after the later ones the ratio to the first."""
    compared = {name: metric for name, metric in METRICS.items() if metric.compared}
    metrics = dict(sorted(compared.items(), key=lambda item: item[1].kind != "volume"))
    if any(UNGATED in shown_field(measures(design.network), design.network) for design in designs):
        metrics[UNGATED] = METRICS[UNGATED]
    columns = [["", "Input", *(metric.title for metric in metrics.values())]]
    for place, design in enumerate(designs):
        values = measures(design.network)
        inputs = units.shown([*design.network.inputs.values()], "volume")
        fields = shown_field(values, design.network)
        columns.append([design.spec, inputs])
        columns[-1] += [fields.get(key) or units.shown(values[key], metrics[key].kind) for key in metrics]
        if place:
            over = ratios(design, designs[0])
            columns.append([OVER, "", *(_shown_ratio(over[key]) if key in over else "" for key in metrics)])
    titles, *rows = zip(*columns, strict=True)
    ratio = int(len(designs) > 2)  # beside one other design it is the point
    heads = [Column(title, title, place > 0, ratio * (title == OVER)) for place, title in enumerate(titles)]
    return Grid(heads, list(map(Row, rows)))


def shown_field(values: Mapping[str, Any], network: Network) -> dict[str, str]:
    """How receptive fields are shown: from the smallest to the largest, their bounds, and what gates leave of them."""
    totals, ungated = network.totals, values[UNGATED]
    field = units.field(totals.receptive_field, totals.receptive_field_smallest, totals.receptive_field_bound)
    shown = {FIELD: field.replace("all", "everything")}
    if totals.receptive_field is None and ungated is not None:
        shown[UNGATED] = units.field(ungated, None, ungated_bound(network))
    return shown


def _shown_ratio(value: Any) -> str:
    if value is None:
        return "-"
    return _times(value) if isinstance(value, Fraction) else units.grouped(value)


def _layers(designs: Sequence[Design]) -> Grid:
    """The layers of two designs side by side."""
    first, second = designs
    rows = []
    for pair in aligned(first.network, second.network):
        (name, *cells), (other, *others) = map(_layer_cells, pair)
        rows.append(Row([name, *cells, *others, other]))
    titles = ["Layer", first.spec, "output", "multiply-adds", second.spec, "output", "multiply-adds", "Layer"]
    ranks = (0, 3, 2, 0, 3, 2, 0, 1)
    columns = [Column(title, title, place > 0, ranks[place]) for place, title in enumerate(titles)]
    return Grid(columns, rows)


def _layer_cells(node: Node | None) -> list[str]:
    if node is None:
        return [""] * 4
    return [node.name, described(node), units.volume(node.output), units.grouped(node.macs)]


def records(designs: Sequence[Design]) -> list[list[Any]]:
    """One metric a line, exact: each design's value, then each ratio."""
    totals, over = [design.totals for design in designs], [ratios(design, designs[0]) for design in designs]
    names = [design.spec for design in designs]
    lines: list[list[Any]] = [["metric", *names, *(f"ratio {name}" for name in names)]]
    for key in dict.fromkeys(key for values in totals for key in values):
        lines.append([key, *(values.get(key) for values in totals)])
        lines[-1] += [_ratio(values[key]) if key in values else "" for values in over]
    return lines


def sentences(designs: Sequence[Design]) -> list[str]:
    """For each later design, what the first gains and pays against it, and whether the comparison is fair."""
    return [text for design in designs[1:] for text in _said(designs[0], design)]


def _said(first: Design, other: Design) -> list[str]:
    apart = unlike(first, other)
    over = {name: known(value) for name, value in ratios(first, other).items()}
    fewer: dict[str, list[str]] = {}
    more: dict[str, list[str]] = {}
    for metric, spoken in _SPOKEN.items():
        value = over[metric]
        if value is not None and value != 1:
            (fewer if value < 1 else more).setdefault(_change(value), []).append(spoken)
    gains, pays = ([f"{change} {_and(names)}" for change, names in side.items()] for side in (fewer, more))
    extra = _nonlinearities(first, other)
    if extra:
        (gains if "more" in extra else pays).append(extra)
    totals = first.network.totals
    field = totals.receptive_field
    same = field is not None and not any(what == "receptive field" for what, _, _ in apart)
    same = same and not totals.receptive_field_bound
    parts = [f"the same {units.field(field, totals.receptive_field_smallest)} receptive field"] if same else []
    parts += [f"with {_and(gains)}"] if gains else []
    parts += [f"{'but' if gains else 'with'} {_and(pays)}"] if pays else []
    lines = [f"{first.spec} against {other.spec}: {', '.join(parts) or 'the same on every count'}."]
    if apart:
        shown = [(what, *(units.shown(value, "extents") for value in values)) for what, *values in apart]
        listed = [f"{what} ({value} and {other_value})" for what, value, other_value in shown]
        lines.append(f"Not like for like: they differ in {_and(listed)}.")
    return lines


def _nonlinearities(first: Design, other: Design) -> str:
    """How many more or fewer there are; where neither design writes any, how many more layers could have one."""
    own, theirs = first.totals, other.totals
    written = own["nonlinearities"] or theirs["nonlinearities"]
    more = own["nonlinearities"] - theirs["nonlinearities"] if written else own["depth"] - theirs["depth"]
    if not more:
        return ""
    count, many = f"{units.counted(abs(more))} {'more' if more > 0 else 'fewer'}", abs(more) > 1
    if written:
        return f"{count} nonlinearit{'ies' if many else 'y'}"
    return f"{count} place{'s' if many else ''} for a nonlinearity"


_PARTS: dict[Fraction, str] = {
    Fraction(count): f"{'an' if name == 'eighth' else 'a'} {name}"
    for count, name in enumerate(("fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), 5)
}


def _change(value: Fraction) -> str:
    """How much less or more: in percent, a small part as what is left, from twice on in times."""
    if not value:
        return "none of the"
    if value < Fraction(1, 4):
        return f"{_PARTS[1 / value]} of the" if 1 / value in _PARTS else f"{units.portion(value)} of the"
    if value < 1:
        return f"{units.percent(float(1 - value))} fewer"
    if value < 2:
        return f"{units.percent(float(value - 1))} more"
    return "twice the" if value == 2 else f"{_times(value)} times the"


def _times(value: Fraction) -> str:
    """A ratio in three digits, more where it would read as 1 and is not."""
    if value.denominator == 1 or value >= 1000:
        return f"{round(value):,}"
    for digits in range(3, 12):
        text = f"{float(value):.{digits}g}"
        if float(text) != 1:
            return text
    return text


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
