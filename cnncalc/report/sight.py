"""The receptive field drawn: how it grows against the input, and how much of it is padding."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import prod
from textwrap import wrap
from typing import Any

from cnncalc.analysis.sight import Head, Holes, Ladder, Sight, ladder
from cnncalc.network.counts import plain
from cnncalc.network.network import Network
from cnncalc.report import units

INSIDE, OUTSIDE = "█", "░"
LEAST = 10
"""The minimum width of the drawing."""
SHORT = 6
"""The minimum width of a name."""
BAR = 40
"""How wide the input is drawn where there is no terminal to fit."""


def seen(network: Network, last: str | None, at: Sequence[int] = ()) -> dict[str, Any]:
    """The ladder as plain data."""
    found = ladder(network, last, at)
    return {
        "schema": 1,
        "name": network.name,
        "inputs": {name: plain(tuple(volume)) for name, volume in network.inputs.items()},
        "layers": [
            {key: plain(getattr(step, key)) for key in Sight.__struct_fields__ if key != "extremes"}
            for step in found.steps
        ],
        "sees_everything": found.everything,
        "holes": found.holes and {key: plain(getattr(found.holes, key)) for key in Holes.__struct_fields__},
        "heads": [{key: plain(getattr(head, key)) for key in Head.__struct_fields__} for head in found.heads],
    }


def drawing(network: Network, last: str | None, at: Sequence[int], width: int | None) -> str:
    """A line a layer: what it sees, and a bar of that against the input, padding around it in another shade."""
    found = ladder(network, last, at)
    side = int(next(iter(network.inputs.values())).sides[-1])
    head = ("layer", "sees", "jump", "padding", "first centre", "last centre")
    given = units.volume(next(iter(network.inputs.values())).sides)
    rows = [head, ("input", given, "", "", "", ""), *(_cells(step) for step in found.steps)]
    wide = [max(len(row[place]) for row in rows) for place in range(len(head))]
    if width is not None:
        # Numbers are never cut: the centres go first, then the padding, then the ends of names.
        while len(wide) > 3 and sum(wide) + 2 * len(wide) + LEAST > width:
            wide.pop()
        wide[0] = max(SHORT, min(wide[0], width - sum(wide[1:]) - 2 * len(wide) - LEAST // 2))
    room = min(60, BAR if width is None else max(1, width - sum(wide) - 2 * len(wide)))
    ends = [step.sees[-1] for step in found.steps] + [ends for step in found.steps for _, _, ends in step.extremes]
    largest = max([1, side, *(last - min(first, 0) + 1 for first, last in filter(None, ends))])
    title = f"{INSIDE} inside, {OUTSIDE} padding"
    lines = [f"{network.name}: input {units.volume(next(iter(network.inputs.values())))}", ""]
    lines.append(_line(head, wide, title if len(title) <= room else INSIDE))
    lines.append(_line(rows[1], wide, "─" * _scaled(side, largest, room)))
    for step, row in zip(found.steps, rows[2:], strict=True):
        lines.append(_line(row, wide, _bar(step.sees[-1], side, largest, room)))
        lines += [f"  {note}" for note in step.notes]
        lines += [f"  {name} looks at {_axes(centre)} first" for name, centre in step.looks.items()]
        for what, place, span in step.extremes:
            cells = (f"  {what}: output {place}", *[""] * (len(wide) - 1))
            lines.append(_line(cells, [sum(wide) + 2 * (len(wide) - 1)], _bar(span, side, largest, room)))
    for text in _closing(network, found, last, at):
        lines += ["", *(wrap(text, width) if width is not None else [text])]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _closing(network: Network, found: Ladder, last: str | None, at: Sequence[int]) -> Iterator[str]:
    """What is to be said below the bars."""
    if at:
        yield f"drawn: output {'×'.join(map(str, at))} of each layer, or its last one where it has fewer"
    if found.holes:
        yield _holes(found.holes)
    if len(found.steps) + len(found.everything) < len(network.layers) and last is None:
        yield "not shown: layers that do not change the receptive field"
    if hidden := [node.name for node in network.layers if node.sight.unknown]:
        yield f"not known: what {', '.join(hidden)} {'see' if len(hidden) > 1 else 'sees'}"
    if found.everything:
        shown, more = ", ".join(found.everything[:6]), len(found.everything) - 6
        yield f"whole input: {shown}{f' and {more} more' if more > 0 else ''}"
    if last is None:
        given = {node.name for node in network.layers if node.layer.as_given}
        yield from filter(None, (_head(head, len(found.heads) > 1, given) for head in found.heads))


def _head(head: Head, several: bool, given: Collection[str]) -> str:
    """What is to be said of a head: of one among several, and where everything is seen before it."""
    field = units.field(head.receptive_field, head.receptive_field_smallest, head.receptive_field_bound)
    where = f"{head.output} sees {field}{f' of {head.input}' if several else ''}"
    where += f" before {head.head}" if head.head else ""
    if head.receptive_field is None and head.receptive_field_ungated is not None:
        along = _axes(head.receptive_field_ungated)
        if head.lost:
            why = f"{head.lost} mixes axes so that they cannot be followed"
            if head.lost in given:
                why = f"what {head.lost} sees is not given"
            return f"{where}: {why}; at least {along} is seen"
        return f"{where}: a gate sees everything, the convolutions alone {along}"
    return where if several else ""


def _holes(holes: Holes) -> str:
    """How much of the field is not seen."""
    where = f"output {'×'.join(map(str, holes.output))} of {holes.name}"
    if None in holes.seen:
        return f"holes: the field of {where} is too large to look for them"
    axes = list(dict.fromkeys(zip(holes.seen, holes.of, strict=True)))
    along = " and ".join(f"{seen:,} of the {of:,} values" for seen, of in axes)
    axis = " along each axis" if len(axes) < len(holes.of) else ""
    text = f"holes: {where} sees {along} from first to last{axis}"
    if not holes.chain or len(holes.of) < 2:
        return text
    return f"{text}, {prod(part or 0 for part in holes.seen):,} of {prod(holes.of):,} in all"


def _cells(step: Sight) -> tuple[str, ...]:
    field = units.field(step.size, step.smallest, step.bound, equal=True)
    parts = (step.jump, step.padding, step.first_centre, step.last_centre)
    return (step.name, field, *map(_axes, parts))


def _axes(values: Sequence[Any]) -> str:
    """The values of all axes, once where they are equal."""
    shown = [_number(value) for value in values]
    return shown[0] if len(set(shown)) == 1 else "×".join(shown)


def _number(value: Any) -> str:
    if value is None:
        return "none"
    return f"{float(value):g}" if not isinstance(value, int) and hasattr(value, "denominator") else str(plain(value))


def _bar(ends: tuple[int, int] | None, side: int, largest: int, room: int) -> str:
    """The field of an output along the last axis, where it lies: its parts in the padding, and that in the input."""
    if ends is None:
        return "nothing"
    first, last = ends
    size = last - first + 1
    whole = _scaled(size, largest, room)
    before, after = (round(whole * min(max(part, 0), size) / size) for part in (-first, last - side + 1))
    lead = round(max(first, 0) * room / largest)
    return " " * lead + OUTSIDE * before + INSIDE * (whole - before - after) + OUTSIDE * min(after, whole - before)


def _scaled(size: int, largest: int, room: int) -> int:
    return max(1, round(size * room / largest))


def _line(cells: Sequence[str], wide: Sequence[int], bar: str) -> str:
    name, *numbers = cells
    name = name if len(name) <= wide[0] else f"{name[: wide[0] - 1]}…"
    shown = "  ".join(f"{text:>{room}}" for text, room in zip(numbers, wide[1:], strict=False))
    return f"{name:<{wide[0]}}  {shown}  {bar}"
