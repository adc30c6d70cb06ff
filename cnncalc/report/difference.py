"""A difference in each format: the layers that are not as they were, then every metric before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from msgspec import UNSET

from cnncalc import answers
from cnncalc.analysis.alignment import label
from cnncalc.analysis.difference import SAME, Difference, Entry, Snapshot, of_line
from cnncalc.layers import registry
from cnncalc.network.metrics import METRICS
from cnncalc.network.node import Line, Node
from cnncalc.report import units
from cnncalc.report.describe import described, value_of
from cnncalc.writers.findings import clean
from cnncalc.writers.json import json_text
from cnncalc.writers.markdown import MOST_CHARACTERS, escaped

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

FORMATS = ("table", "markdown", "json")

SIGNS = {"added": "+", "removed": "−", "changed": "~", "moved": "~", "renamed": "~", SAME: ""}
STYLES = {"added": "green", "removed": "red", "changed": "yellow", "moved": "yellow", "renamed": "yellow", SAME: "dim"}

THROUGH = "changed through what comes in"
WORDS = ("added", "removed", "changed", "moved", "renamed", THROUGH, SAME)
"""What layers are counted by."""

LONGEST = 60
"""How much of a value or of a name is shown."""
UNKNOWN = "?"
"""What stands for a figure that one side does not have."""
GAP = 2
"""Blanks between two columns; one of them is the divider of the box."""
LEAST = 18
"""The least room for what changed, and for a name, where there is not enough for both."""


# --------------------------------------------------------------------------------------------------------------- JSON


def as_json(found: Difference, every: bool = False) -> str:
    """The machine-readable difference; with `every` also the layers that are as they were."""
    return json_text(changes(found, every))


def changes(found: Difference, every: bool = False) -> answers.Changes:
    """The difference as plain data."""
    shown = None if found.layers is None else found.layers if every else found.entries
    return answers.Changes(
        old=_side(found.old),
        new=_side(found.new),
        inputs=tuple(answers.NamedChange(name, *pair) for name, pair in found.inputs.items()),
        outputs=None if found.outputs is None else answers.Change(*found.outputs),
        layers=None if shown is None else tuple(map(_layer, shown)),
        unchanged=None if found.layers is None else len(found.layers) - len(found.entries),
        totals={name: _moved(*pair) for name, pair in found.totals.items()},
        unknown=tuple(found.unknown),
    )


def _side(side: Snapshot | None) -> answers.Side | None:
    return None if side is None else answers.Side(side.spec, side.name, side.batch, side.dtype)


def _moved(before: Any, after: Any) -> answers.Moved:
    return answers.Moved(before, after, _between(before, after))


def _layer(entry: Entry) -> answers.LayerChange:
    return answers.LayerChange(
        status=entry.status,
        old=None if entry.old is None else entry.old.name,
        new=None if entry.new is None else entry.new.name,
        type=entry.row.type,
        through_input=entry.through_input,
        fields={name: answers.Change(*pair) for name, pair in entry.fields.items()},
        inputs=None if entry.inputs == (None, None) else answers.Change(*entry.inputs),
        volumes=None if entry.volumes == (None, None) else answers.Change(*entry.volumes),
        output=answers.Change(*entry.outputs),
        metrics={name: _moved(*pair) for name, pair in entry.metrics.items()},
    )


def _between(before: Any, after: Any) -> int | None:
    """How much more there is now; None where that is no number."""
    return after - before if isinstance(before, int) and isinstance(after, int) else None


# ------------------------------------------------------------------------------------------------------- what is said


def figures(metric: str, before: Any, after: Any) -> tuple[str, str]:
    """Two values of a metric: bytes with a unit, but exactly where the two would print alike and are not."""
    kind = METRICS[metric].kind
    return units.memories(before, after) if kind == "bytes" else (units.shown(before, kind), units.shown(after, kind))


def step(metric: str, before: Any, after: Any) -> str:
    """How much more or less there is, and how much that is of what there was: ``+1,234 (+2.3 %)``."""
    size = _between(before, after)
    if not size:
        return ""
    sign = "+" if size > 0 else "−"
    amount = units.memory(abs(size)) if METRICS[metric].kind == "bytes" else units.grouped(abs(size))
    if not before:
        return f"{sign}{amount}"
    part = units.portion(Fraction(abs(size), before))
    if part[0] == ">" and size > 0:
        part = f"{100 * size / before:.1f} %"  # nearly all of it is something that can go, and not that can come
    return f"{sign}{amount} ({part if part[0] in '<>' else sign + part})"


def _signed(entry: Entry, metric: str) -> str:
    """By how much a layer has more or less of something; both values where there is no number between them."""
    sides = [row for row in (entry.old, entry.new) if row is not None and entry.status != SAME]
    if any(of_line(row, metric) is UNSET for row in sides):
        return UNKNOWN
    before, after = entry.metrics.get(metric, (0, 0))
    size = _between(before, after)
    if size is None:
        if before != 0 and after != 0:
            return " → ".join(figures(metric, before, after))
        form = units.grouped(before if after == 0 else after)
        return ("+" if before == 0 else "−") + (f"({form})" if " " in form else form)
    return "" if not size else f"{'+' if size > 0 else '−'}{units.grouped(abs(size))}"


def summary(found: Difference) -> str:
    """How many layers there are of each kind: ``1 layer added, 2 changed, 15 the same``."""
    words = [_word(entry) for entry in found.layers or ()]
    parts = [f"{words.count(word):,} {word}" for word in WORDS if word in words]
    if parts:
        number, _, rest = parts[0].partition(" ")
        parts[0] = f"{number} layer{'' if number == '1' else 's'} {rest}"
    return ", ".join(parts)


def _word(entry: Entry) -> str:
    return THROUGH if _passive(entry) else entry.status


def _passive(entry: Entry) -> bool:
    """Is the layer as its author left it, and only what comes in another volume?"""
    return entry.through_input and entry.status == "changed"


def told(entry: Entry) -> str:
    """What became of a layer, in a few words."""
    if entry.old is None or entry.new is None or entry.status == SAME:
        return _described(entry.row)
    labels = [label(row.name, row.type) for row in (entry.old, entry.new)]
    parts = [f"was {_cut(entry.old.name)}"] if labels[0] != labels[1] else []
    parts += [_field(name, *pair) for name, pair in entry.fields.items()]
    if entry.inputs != (None, None):
        before, after = (", ".join(_cut(name) for name in names) for names in entry.inputs)
        parts.append(f"from {before} → {after}")
    if entry.through_input:
        parts.append("through its input")
    if not parts and UNSET in (entry.old.fields, entry.new.fields):
        return "fields unknown"
    return ", ".join(parts) or "counted otherwise"


def _field(name: str, before: Any, after: Any) -> str:
    shown = [_cut(value_of(name, value)) for value in (before, after)]
    return f"{name} {shown[0]} → {shown[1]}" if shown[0] != shown[1] else f"another {name}"


def _described(row: Line) -> str:
    """A layer in a few words; of one that was stored its type and its main fields."""
    if isinstance(row, Node):
        return _cut(described(row))
    kind = registry().get(row.type)
    main = "" if kind is None else kind.main
    fields = row.fields or {}
    parts = [value_of(name, fields[name]) for name in dict.fromkeys(("kernel", main)) if name in fields]
    return _cut(" ".join([row.type, "-".join(parts)]).strip())


def _output(entry: Entry) -> str:
    before, after = entry.outputs
    if before is None or after is None or before == after:
        return units.volume(after if before is None else before)
    return f"{units.volume(before)} → {units.volume(after)}"


def _cut(text: str) -> str:
    return clean(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def title(found: Difference) -> str:
    """What is held against what, as the user calls it."""
    sides = [side.spec for side in (found.old, found.new) if side is not None]
    return " → ".join(dict.fromkeys(_cut(side) for side in sides))


def one_sided(found: Difference) -> str:
    """That a network is new or gone, and what it comes to; '' where both are there."""
    side = found.old or found.new
    if side is None or (found.old is not None and found.new is not None):
        return ""
    metrics = side.metrics
    said = [
        f"{units.grouped(metrics[name]) if name in metrics else UNKNOWN} {word}{'' if metrics.get(name) == 1 else 's'}"
        for name, word in (("params", "parameter"), ("macs", "multiply-add"), ("layers", "layer"))
    ]
    return f"{'added' if found.old is None else 'removed'} {_cut(side.spec)}: {', '.join(said)}"


def notes(found: Difference) -> list[str]:
    """What is the same, and what could not be compared."""
    same = [METRICS[name].title.lower() for name in found.totals if name not in found.changed]
    lines = [f"The same: {', '.join(same)}." if found.changed else "All totals are the same."] if same else []
    if found.layers is None:
        lines.append("Only totals are compared: the layers of one side are not known.")
    sides = [side for side in (found.old, found.new) if side is not None]
    known = {side.batch for side in sides} - {None}, {side.dtype for side in sides} - {None}
    if any(len(values) > 1 for values in known):
        sizings = [f"{_known(side.batch)} × {_known(side.dtype)}" for side in sides]
        lines.append(f"Memory is counted for {' before and '.join(sizings)} after.")
    if found.unknown:
        lines.append(f"Not compared, for one side does not have it: {_listed(found.unknown)}.")
    return lines


def _known(value: int | str | None) -> str:
    return UNKNOWN if value is None else f"{value:,}" if isinstance(value, int) else value


def _listed(metrics: Iterable[str]) -> str:
    return ", ".join(METRICS[name].title.lower() for name in metrics)


# -------------------------------------------------------------------------------------------------------------- lines


class Listed(NamedTuple):
    """One line of the list of layers: its cells, and how it looks."""

    cells: list[str]
    style: str


HEAD = ("", "Layer", "Change", "Output", "Parameters", "Multiply-adds")


def lines(found: Difference, every: bool) -> list[Listed]:
    """The inputs and the layers that are not as they were, in order, and the outputs."""
    rows = [_input_line(name, *pair) for name, pair in found.inputs.items()]
    rows += [_layer_line(entry) for entry in ((found.layers or ()) if every else found.entries)]
    if found.outputs is not None:
        before, after = (", ".join(_cut(name) for name in names) for names in found.outputs)
        rows.append(Listed(["~", "output", f"from {before} → {after}", "", "", ""], "yellow"))
    return rows


def _input_line(name: str, before: Any, after: Any) -> Listed:
    status = "added" if before is None else "removed" if after is None else "changed"
    shown = " → ".join(units.volume(volume) for volume in (before, after) if volume is not None)
    return Listed([SIGNS[status], _cut(name), "input", shown, "", ""], STYLES[status])


def _layer_line(entry: Entry) -> Listed:
    through = _passive(entry)
    sign = "·" if through else SIGNS[entry.status]
    cells = [sign, _cut(entry.row.name), told(entry), _output(entry), _signed(entry, "params"), _signed(entry, "macs")]
    return Listed(cells, "dim" if through else STYLES[entry.status])


def totals(found: Difference) -> list[list[str]]:
    """The metrics that are not as they were: title, before, after, difference."""
    return [
        [METRICS[name].title, *figures(name, before, after), step(name, before, after)]
        for name, (before, after) in found.changed.items()
    ]


# -------------------------------------------------------------------------------------------------------------- table


def as_table(found: Difference, width: int | None, every: bool = False) -> list[RenderableType]:
    """The difference as rich renderables no wider than `width`; nothing where there is none."""
    from rich.console import Group
    from rich.constrain import Constrain
    from rich.text import Text

    if not found.found:
        return []
    alone = one_sided(found)
    parts: list[RenderableType] = [Constrain(Text(alone or title(found), style="bold"), width)]
    listed = lines(found, every) if not alone or every else []
    if listed:
        parts += [Text(), _layers(listed, width)]
    if found.layers and not alone:
        parts += [Text(), Constrain(Text(f"{summary(found)}.", style="dim"), width)]
    if not alone:
        if found.changed:
            parts += [Text(), _totals(totals(found), width)]
        parts += [Text(), *(Constrain(Text(text, style="dim"), width) for text in notes(found))]
    return [Group(*parts)]


def _layers(listed: Sequence[Listed], width: int | None) -> RenderableType:
    """The lines with as many of the columns as there is room for; what changed wraps, and at last so do names."""
    from rich.text import Text

    body = [HEAD, *(line.cells for line in listed)]
    widths = [max(len(row[place]) for row in body) for place in range(len(HEAD))]
    kept: tuple[int, ...] = ()
    for kept in ((0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4), (0, 1, 2, 4), (0, 1, 2)):
        others = sum(widths[place] + GAP for place in kept if place != 2)
        if width is None or others + min(widths[2], LEAST) <= width:
            break
    room = None if width is None else max(LEAST, width - others)
    names = None if width is None or others + LEAST <= width else max(LEAST // 2, width - LEAST - 1 - 2 * GAP)
    table = _ruled()
    for place in kept:
        table.add_column(
            HEAD[place],
            justify="right" if place > 3 else "left",
            no_wrap=place not in (1, 2),
            max_width={1: names, 2: room}.get(place),
            overflow="fold",
        )
    for line in listed:
        styles = [line.style, line.style or "cyan", "dim" if line.style == "dim" else "", "", "", ""]
        table.add_row(*(Text(line.cells[place], style=styles[place]) for place in kept))
    return table


def _totals(body: Sequence[Sequence[str]], width: int | None) -> RenderableType:
    """The totals; where there is no room for both values, the difference stands for the first."""
    from rich.text import Text

    head = ("", "Before", "After", "Difference")
    widths = [max(len(row[place]) for row in (head, *body)) for place in range(4)]
    kept: tuple[int, ...] = ()
    for kept in ((0, 1, 2, 3), (0, 2, 3), (0, 3)):
        if width is None or sum(widths[place] + GAP for place in kept) - GAP <= width:
            break
    table = _ruled()
    rest = None if width is None else max(LEAST // 2, width - sum(widths[place] + GAP for place in kept[:-1]))
    for place in kept:
        justify: Literal["left", "right"] = "right" if place else "left"
        table.add_column(head[place], justify=justify, max_width=rest if place == kept[-1] else None, overflow="fold")
    for row in body:
        styles = ["cyan", "dim", "", {"+": "bold", "−": "bold"}.get(row[3][:1], "")]
        cells = [row[place] if place != 3 or len(kept) > 2 or row[3] else f"→ {row[2]}" for place in kept]
        table.add_row(*(Text(cell, style=styles[place]) for place, cell in zip(kept, cells, strict=True)))
    return table


def _ruled() -> Table:
    from rich import box
    from rich.table import Table

    return Table(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0), collapse_padding=True, show_edge=False
    )


# ----------------------------------------------------------------------------------------------------------- Markdown


def as_markdown(found: Difference, every: bool = False) -> str:
    """A comment for a pull request: the totals first, the layers folded away; nothing where there is no difference."""
    if not found.found:
        return ""
    alone = one_sided(found)
    if alone:
        return f"**{escaped(alone)}**\n"
    parts = [f"### {escaped(title(found))}"]
    if found.changed:
        rows = [f"| {' | '.join(map(escaped, row))} |" for row in totals(found)]
        parts.append("\n".join(["|  | Before | After | Difference |", "|---|---:|---:|---:|", *rows]))
    parts += [escaped(text) for text in notes(found)]
    listed = lines(found, every)
    if listed:
        parts.append(_folded(listed, summary(found), MOST_CHARACTERS - sum(map(len, parts)) - 500))
    return "\n\n".join(parts) + "\n"


def _folded(listed: Sequence[Listed], said: str, room: int) -> str:
    """The list of layers, folded away, as far as there is room for it."""
    rows: list[str] = []
    for line in listed:
        row = f"| {' | '.join(map(escaped, line.cells))} |"
        if len(row) + 1 > room:
            break
        room -= len(row) + 1
        rows.append(row)
    left = len(listed) - len(rows)
    head = [f"| {' | '.join(HEAD)} |", "|---|---|---|---|---:|---:|"]
    more = [f"\n{left:,} more did not fit: `cnncalc diff` lists all of them."] if left else []
    opened = f"<details><summary>{said or 'What enters and leaves'}</summary>\n"
    return "\n".join([opened, *head, *rows, *more, "\n</details>"])
