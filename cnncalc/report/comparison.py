"""A comparison in each format, and the sentence that says what was gained and what was paid."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from cnncalc import answers
from cnncalc.analysis.alignment import aligned
from cnncalc.analysis.comparison import Design, known, ratios, unlike
from cnncalc.network.counts import plain
from cnncalc.network.metrics import METRICS, measures
from cnncalc.network.node import Node, Row
from cnncalc.report import units
from cnncalc.report.describe import described
from cnncalc.writers.json import json_text
from cnncalc.writers.markdown import escaped, paragraph

if TYPE_CHECKING:
    from rich.console import RenderableType

_SPOKEN = {"weights": "weights", "macs": "multiply-adds", "activations": "activations"}


def as_json(designs: Sequence[Design], layers: bool) -> str:
    """The machine-readable comparison."""
    return json_text(compared(designs, layers))


def compared(designs: Sequence[Design], layers: bool = False) -> answers.Comparison:
    """The comparison as plain data; with `layers` also those of two designs, aligned."""
    first = designs[0]
    pairs = aligned(first.network, designs[1].network) if layers else ()
    rows = tuple((_row(left), _row(right)) for left, right in pairs)
    return answers.Comparison(
        designs=tuple(answers.Design(design.network.name, design.spec, design.totals) for design in designs),
        ratios=tuple({name: _ratio(value) for name, value in ratios(design, first).items()} for design in designs),
        said=tuple(sentences(designs)),
        assumptions=tuple(assumptions(designs)),
        layers=rows if layers else UNSET,
    )


def _row(node: Node | None) -> Row | None:
    return None if node is None else node.row


def assumptions(designs: Sequence[Design]) -> list[str]:
    """Under what the closed forms hold, each once."""
    return list(dict.fromkeys(text for design in designs for text in design.network.assumptions))


def _ratio(value: Any) -> Any:
    """A ratio for JSON: a number between numbers, a fraction or a closed form as a string."""
    if value is None:
        return "undefined"
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return plain(value)


def table_of(designs: Sequence[Design]) -> tuple[list[str], list[list[str]]]:
    """Title and cells of every row: each design's value, and behind the later ones the ratio to the first."""
    head = ["", designs[0].spec]
    for design in designs[1:]:
        head += [design.spec, "÷ first"]
    found = [measures(design.network) for design in designs]
    later = [ratios(design, designs[0]) for design in designs[1:]]
    body = [_inputs(designs)]
    for key in rows():
        metric = METRICS[key]
        cells = [metric.title, units.shown(found[0][key], metric.kind)]
        for own, over in zip(found[1:], later, strict=True):
            cells += [units.shown(own[key], metric.kind), _shown_ratio(over[key]) if key in over else ""]
        body.append(cells)
    return head, body


def rows() -> list[str]:
    """The metrics that are compared, the volumes first."""
    compared = [name for name, metric in METRICS.items() if metric.compared]
    return sorted(compared, key=lambda name: METRICS[name].kind != "volume")


def _inputs(designs: Sequence[Design]) -> list[str]:
    shown = [units.shown([*design.network.inputs.values()], "volume") for design in designs]
    return ["Input", shown[0], *(cell for later in shown[1:] for cell in (later, ""))]


def _shown_ratio(value: Any) -> str:
    if value is None:
        return "-"
    return _times(value) if isinstance(value, Fraction) else units.grouped(value)


def as_table(designs: Sequence[Design], layers: bool, width: int | None) -> list[RenderableType]:
    """The comparison as rich renderables."""
    from rich.console import Group
    from rich.constrain import Constrain
    from rich.text import Text

    head, body = table_of(designs)
    parts: list[RenderableType] = [_drawn(head, body, width)]
    if layers:
        parts += [Text(), _drawn(*_narrowed(*layer_table(designs), width), width)]
    said = [*sentences(designs), *(f"Holds for {', '.join(found)}." for found in [assumptions(designs)] if found)]
    return [Group(*parts, Text(), *(Constrain(Text(line), width) for line in said))]


def _drawn(head: Sequence[str], body: Sequence[Sequence[str]], width: int | None) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), collapse_padding=True, show_edge=False)
    natural = [max(len(line[place]) for line in body) for place in range(len(head))]
    for place, title in enumerate(head):
        room = max(natural[place], min(len(title), 24 if width is not None else len(title)))
        table.add_column(Text(title), justify="left" if not place else "right", max_width=max(1, room), overflow="fold")
    for line in body:
        table.add_row(*(Text(cell, style="cyan" if not place else "") for place, cell in enumerate(line)))
    return table


def _narrowed(head: list[str], body: list[list[str]], width: int | None) -> tuple[list[str], list[list[str]]]:
    """The layers of two designs with as many of the columns as there is room for; names and multiply-adds stay."""
    lines = [head, *body]
    shown = lines
    for kept in (range(len(head)), (0, 2, 3, 5, 6, 7), (0, 3, 6, 7), (0, 3, 6)):
        shown = [[line[place] for place in kept] for line in lines]
        if width is None or sum(max(map(len, column)) + 2 for column in zip(*shown, strict=True)) - 2 <= width:
            break
    return shown[0], shown[1:]


def layer_table(designs: Sequence[Design]) -> tuple[list[str], list[list[str]]]:
    """The layers of two designs side by side."""
    body = []
    for left, right in aligned(designs[0].network, designs[1].network):
        names = ["" if node is None else node.name for node in (left, right)]
        cells = [names[0], *_layer_cells(left), *_layer_cells(right), names[1]]
        body.append(cells)
    first, second = (design.spec for design in designs)
    return ["Layer", first, "output", "multiply-adds", second, "output", "multiply-adds", "Layer"], body


def _layer_cells(node: Node | None) -> list[str]:
    if node is None:
        return ["", "", ""]
    return [described(node), units.volume(node.output), units.grouped(node.macs)]


def as_csv(designs: Sequence[Design]) -> str:
    """One metric a line, exact: each design's value, then each ratio."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["metric", *(design.spec for design in designs), *(f"ratio {design.spec}" for design in designs)])
    found, over = [design.totals for design in designs], [ratios(design, designs[0]) for design in designs]
    for name in found[0]:
        values = [_exact(own[name]) for own in found]
        writer.writerow([name, *values, *(_exact(_ratio(own[name])) if name in own else "" for own in over)])
    return text.getvalue()


def _exact(value: Any) -> Any:
    if isinstance(value, tuple):
        return "x".join(str(plain(part)) for part in value)
    return "" if value is None else plain(value)


def as_markdown(designs: Sequence[Design], layers: bool) -> str:
    """The comparison for a README or a pull request."""
    parts = [_markdown(*table_of(designs))]
    if layers:
        parts.append(_markdown(*layer_table(designs)))
    return "\n".join([*parts, *map(paragraph, sentences(designs))]) + "\n"


def _markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(escaped(cell) for cell in line) + " |" for line in (head, *body)]
    lines.insert(1, "|---|" + "---:|" * (len(head) - 1))
    return "\n".join(lines) + "\n"


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
    gains = [f"{change} {_and(names)}" for change, names in fewer.items()]
    pays = [f"{change} {_and(names)}" for change, names in more.items()]
    extra = _nonlinearities(first, other)
    if extra:
        (gains if "more" in extra else pays).append(extra)
    field = first.network.totals.receptive_field
    same = field is not None and not any(what == "receptive field" for what, _, _ in apart)
    parts = [f"the same {units.volume(field)} receptive field"] if same else []
    parts += [f"with {_and(gains)}"] if gains else []
    parts += [f"at the price of {_and(pays)}"] if pays else []
    found = [f"{first.spec} against {other.spec}: {', '.join(parts) or 'the same on every count'}."]
    if apart:
        listed = [f"{what} ({_volume(own)} and {_volume(theirs)})" for what, own, theirs in apart]
        found.append(f"Not like for like: they differ in {_and(listed)}.")
    return found


def _nonlinearities(first: Design, other: Design) -> str:
    """How many more or fewer there are; where neither design writes any, how many more layers could have one."""
    own, theirs = first.totals, other.totals
    written = own["nonlinearities"] or theirs["nonlinearities"]
    more = own["nonlinearities"] - theirs["nonlinearities"] if written else own["depth"] - theirs["depth"]
    if not more:
        return ""
    count = (
        f"{units.counted(abs(more))} {'more' if more > 0 else 'fewer'} nonlinearit{'y' if abs(more) == 1 else 'ies'}"
    )
    return count if written else f"room for {count}"


def _volume(value: Any) -> str:
    return "everything" if value is None else units.volume(value)


def _change(value: Fraction) -> str:
    """How much less or more: in percent up to a factor of two or four, in times beyond."""
    if not value:
        return "none of the"
    if value < Fraction(1, 4):
        return f"{_times(1 / value)} times fewer"
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
