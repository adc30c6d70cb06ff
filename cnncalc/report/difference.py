"""A difference as a page: the layers that are not as they were, then every metric before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, groupby
from typing import Any

from msgspec import UNSET

from cnncalc import answers
from cnncalc.analysis.alignment import label
from cnncalc.analysis.difference import SAME, Difference, Entry, Snapshot, of_line
from cnncalc.layers import registry
from cnncalc.network import node
from cnncalc.network.metrics import METRICS
from cnncalc.network.node import Node
from cnncalc.report import units
from cnncalc.report.describe import described, value_of
from cnncalc.report.page import Block, Column, Comment, Fold, Grid, Line, Row

SIGNS = {"added": "+", "removed": "−", "changed": "~", "moved": "~", "renamed": "~", SAME: ""}
STYLES = {"moved": "changed", "renamed": "changed", SAME: "dim"}
"""How lines look that do not look like what they are."""

THROUGH = "changed by its input"
WORDS = ("added", "removed", "changed", "moved", "renamed", THROUGH, SAME)
"""What layers are counted by."""

LONGEST = 60
"""How much of a value or of a name is shown."""
UNKNOWN = "?"
"""What stands for a figure that one side does not have."""
FEW = 4
"""From how many in a row on layers that only have another input are one line."""
LEAST = 18
"""The least room for what changed."""


def changes(diff: Difference, every: bool = False) -> answers.Changes:
    """The difference as plain data."""
    shown = None if diff.layers is None else diff.layers if every else diff.entries
    return answers.Changes(
        old=_side(diff.old),
        new=_side(diff.new),
        inputs=tuple(answers.NamedChange(name, *pair) for name, pair in diff.inputs.items()),
        outputs=None if diff.outputs is None else answers.Change(*diff.outputs),
        layers=None if shown is None else tuple(map(_layer, shown)),
        unchanged=None if diff.layers is None else len(diff.layers) - len(diff.entries),
        totals={name: _moved(*pair) for name, pair in diff.totals.items()},
        unknown=tuple(diff.unknown),
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
    """How much more there is now; None where that is not a number."""
    return after - before if isinstance(before, int) and isinstance(after, int) else None


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
    rows = [row for row in (entry.old, entry.new) if row is not None and entry.status != SAME]
    if any(of_line(row, metric) is UNSET for row in rows):
        return UNKNOWN
    before, after = entry.metrics.get(metric, (0, 0))
    size = _between(before, after)
    if size is None:
        if before != 0 and after != 0:
            return " → ".join(figures(metric, before, after))
        form = units.grouped(before if after == 0 else after)
        return ("+" if before == 0 else "−") + (f"({form})" if " " in form else form)
    return _sign(size) if size else ""


def _sign(size: Any) -> str:
    return f"{'+' if size > 0 else '−'}{units.grouped(abs(size))}"


def summary(diff: Difference) -> str:
    """How many layers there are of each kind: ``1 layer added, 2 changed, 15 the same``."""
    words = [THROUGH if _passive(entry) else entry.status for entry in diff.layers or ()]
    counts = {word: words.count(word) for word in WORDS if word in words}
    first = next(iter(counts), "")
    return ", ".join(
        f"{units.many(count, 'layer') if word == first else f'{count:,}'} {word}" for word, count in counts.items()
    )


def _passive(entry: Entry) -> bool:
    """Is the layer as its author left it, and only what comes in another volume?"""
    return entry.through_input and entry.status == "changed"


def told(entry: Entry) -> str:
    """What became of a layer, in a few words."""
    if entry.old is None or entry.new is None or entry.status == SAME:
        return _described(entry.row)
    labels = [label(row.name, row.type) for row in (entry.old, entry.new)]
    parts = [f"was {_cut(entry.old.name)}"] if labels[0] != labels[1] else []
    for name, pair in entry.fields.items():
        before, after = (_cut(value_of(name, value)) for value in pair)
        parts.append(f"{name} {before} → {after}" if before != after else f"another {name}")
    if entry.inputs != (None, None):
        parts.append(_from(*entry.inputs))
    if entry.through_input:
        parts.append("through its input")
    if not parts and UNSET in (entry.old.fields, entry.new.fields):
        return "fields unknown"
    return ", ".join(parts) or "counted differently"


def _from(before: Iterable[str], after: Iterable[str]) -> str:
    return f"from {' → '.join(', '.join(map(_cut, names)) for names in (before, after))}"


def _described(row: node.Line) -> str:
    """A layer in a few words; of one that was stored its type and its main fields."""
    if isinstance(row, Node):
        return _cut(described(row))
    kind = registry().get(row.type)
    main = "" if kind is None else kind.main
    fields = row.fields or {}
    parts = [value_of(name, fields[name]) for name in dict.fromkeys(("kernel", main)) if name in fields]
    return _cut(" ".join([row.type, "-".join(parts)]).strip())


def _volumes(before: Any, after: Any) -> str:
    """A volume before and after, once where it is the same or where there was, or is, none."""
    return " → ".join(dict.fromkeys(units.volume(volume) for volume in (before, after) if volume is not None))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def title(diff: Difference) -> str:
    """What is held against what, as the user calls it."""
    sides = [side.spec for side in (diff.old, diff.new) if side is not None]
    return " → ".join(dict.fromkeys(_cut(side) for side in sides))


def one_sided(diff: Difference) -> str:
    """That a network is new or gone, and what it comes to; '' where both are there."""
    side = diff.old or diff.new
    if side is None or (diff.old is not None and diff.new is not None):
        return ""
    metrics = side.metrics
    counts = [
        f"{units.grouped(metrics[name]) if name in metrics else UNKNOWN} {word}{'' if metrics.get(name) == 1 else 's'}"
        for name, word in (("params", "parameter"), ("macs", "multiply-add"), ("layers", "layer"))
    ]
    return f"{'added' if diff.old is None else 'removed'} {_cut(side.spec)}: {', '.join(counts)}"


def notes(diff: Difference) -> list[str]:
    """What is the same, and what could not be compared."""
    same = [name for name in diff.totals if name not in diff.changed and not METRICS[name].beside]
    lines = [f"The same: {_listed(same)}." if diff.changed else "All totals are the same."] if same else []
    if diff.layers is None:
        lines.append("Only totals are compared: one side has no layers.")
    sides = [side for side in (diff.old, diff.new) if side is not None]
    batches, dtypes = {side.batch for side in sides} - {None}, {side.dtype for side in sides} - {None}
    if len(batches) > 1 or len(dtypes) > 1:
        sizings = [f"{_known(side.batch)} × {_known(side.dtype)}" for side in sides]
        lines.append(f"Memory is counted for {' before and '.join(sizings)} after.")
    vague = [name for name in diff.unknown if all(name in side.metrics for side in sides)]
    for names, why in ((set(diff.unknown) - {*vague}, "one side lacks it"), (vague, "a layer does not say all of it")):
        if names:
            lines.append(f"Not compared, because {why}: {_listed([name for name in diff.unknown if name in names])}.")
    return lines


def _known(value: int | str | None) -> str:
    return UNKNOWN if value is None else f"{value:,}" if isinstance(value, int) else value


def _listed(metrics: Iterable[str]) -> str:
    return ", ".join(METRICS[name].title.lower() for name in metrics)


def page(diff: Difference, every: bool = False) -> list[Block]:
    """The layers that are not as they were, the totals, and what is the same; nothing where there is no difference.

    With `every` it has all layers; of a network that is new or gone only then any.
    """
    if not diff.found:
        return []
    rows = [_input_row(name, *pair) for name, pair in diff.inputs.items()]
    rows += [_layer_row(entry) for entry in diff.layers or ()] if every else _folded(diff.entries)
    if diff.outputs is not None:
        rows.append(_row("~", "output", [_from(*diff.outputs), "", "", ""], "changed"))
    layers = [Grid(LAYERS, rows)] if rows else []
    alone = one_sided(diff)
    if alone:
        return [Line(alone, "bold"), *(layers if every else [])]
    summed = summary(diff)
    return [
        Line(title(diff), "heading"),
        *([Fold(summed or "What enters and leaves", layers)] if summed or layers else []),
        *([Grid(TOTALS, _totals(diff))] if diff.changed else []),
        *(Line(text, "dim") for text in notes(diff)),
    ]


def comment(diff: Difference, every: bool = False) -> Comment:
    """The same for a pull request."""
    return Comment(page(diff, every), "cnncalc diff")


LAYERS = (
    Column("sign", ""),
    Column("layer", "Layer", gives="wrap", least=LONGEST),
    Column("change", "Change", gives="wrap", least=LEAST),
    Column("output", "Output", rank=2),
    Column("params", "Parameters", right=True, rank=1),
    Column("macs", "Multiply-adds", right=True),
)


def _row(sign: str, name: str, cells: Sequence[str], style: str) -> Row:
    return Row([sign, _cut(name), *cells], [style, style or "name", "dim" if style == "dim" else "", "", "", ""])


def _input_row(name: str, before: Any, after: Any) -> Row:
    status = "added" if before is None else "removed" if after is None else "changed"
    return _row(SIGNS[status], name, ["input", _volumes(before, after), "", ""], status)


def _layer_row(entry: Entry) -> Row:
    through = _passive(entry)
    cells = [told(entry), _volumes(*entry.outputs), _signed(entry, "params"), _signed(entry, "macs")]
    style = "dim" if through else STYLES.get(entry.status, entry.status)
    return _row("·" if through else SIGNS[entry.status], entry.row.name, cells, style)


def _folded(entries: Iterable[Entry]) -> Iterator[Row]:
    """A row for each layer; one for many in a row that only have another input."""
    for passive, group in groupby(entries, key=_passive):
        layers = list(group)
        sizes = [[_between(*entry.metrics.get(count, (0, 0))) for entry in layers] for count in ("params", "macs")]
        known = all(size is not None for size in chain(*sizes)) and UNKNOWN not in {_signed(e, "macs") for e in layers}
        if not passive or len(layers) < FEW or not known:
            yield from map(_layer_row, layers)
            continue
        sums = [_sign(size) if (size := sum(filter(None, part))) else "" for part in sizes]
        cells = [f"through their inputs, {layers[0].row.name} to {layers[-1].row.name}", "", *sums]
        yield _row("·", f"{len(layers):,} layers", cells, "dim")


TOTALS = (
    Column("metric", ""),
    Column("before", "Before", right=True),
    Column("after", "After", right=True),
    Column("difference", "Difference", right=True, gives="wrap", least=LONGEST),
)


def _totals(diff: Difference) -> list[Row]:
    """The metrics that are not as they were; where the difference is not a number the value stands for it."""
    rows = []
    for name, (before, after) in diff.changed.items():
        signs = [side.bounds.get(name, "") if side else "" for side in (diff.old, diff.new)]
        values, size = figures(name, before, after), step(name, before, after)
        shown = [f"{sign} {value}".lstrip() for sign, value in zip(signs, values, strict=True)]
        styles = ["name", "dim", "", "bold" if size else ""]
        rows.append(Row([METRICS[name].title, *shown, size], styles))
    return rows
