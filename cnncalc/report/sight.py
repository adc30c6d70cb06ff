"""The receptive field drawn: how it grows against the input, and how much of it is padding."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from cnncalc.analysis.sight import Sight, ladder
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


def seen(network: Network, last: str | None) -> dict[str, Any]:
    """The ladder as plain data."""
    steps, everything = ladder(network, last)
    return {
        "schema": 1,
        "name": network.name,
        "inputs": {name: plain(tuple(volume)) for name, volume in network.inputs.items()},
        "layers": [{key: plain(getattr(step, key)) for key in Sight.__struct_fields__} for step in steps],
        "sees_everything": everything,
    }


def drawing(network: Network, last: str | None, width: int | None) -> str:
    """A line a layer: what it sees, and a bar of that against the input, padding before it in another shade."""
    steps, everything = ladder(network, last)
    sides = next(iter(network.inputs.values())).sides
    head = ("layer", "sees", "jump", "padding", "first centre", "last centre")
    rows = [head, ("input", units.volume(sides), "", "", "", ""), *map(_cells, steps)]
    wide = [max(len(row[place]) for row in rows) for place in range(len(head))]
    if width is not None:
        # Numbers are never cut: the centres go first, then the padding, then the ends of names.
        while len(wide) > 3 and sum(wide) + 2 * len(wide) + LEAST > width:
            wide.pop()
        wide[0] = max(SHORT, min(wide[0], width - sum(wide[1:]) - 2 * len(wide) - LEAST // 2))
    room = min(60, BAR if width is None else max(1, width - sum(wide) - 2 * len(wide)))
    largest = max([int(step.size[-1]) for step in steps] + [int(sides[-1])])
    title = f"{INSIDE} inside, {OUTSIDE} padding"
    lines = [f"{network.name}: input {units.volume(next(iter(network.inputs.values())))}", ""]
    lines.append(_line(head, wide, title if len(title) <= room else INSIDE))
    lines.append(_line(rows[1], wide, "─" * _scaled(int(sides[-1]), largest, room)))
    for step, row in zip(steps, rows[2:], strict=True):
        lines.append(_line(row, wide, _bar(step, largest, room)))
        lines += [f"  {note}" for note in step.notes]
    below = []
    if len(steps) + len(everything) < len(network.layers) and last is None:
        below.append("not shown: layers that do not change the receptive field")
    if everything:
        more = f" and {len(everything) - 6} more" if len(everything) > 6 else ""
        below.append(f"whole input: {', '.join(everything[:6])}{more}")
    for text in below:
        lines += ["", *([text] if width is None else wrap(text, width))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cells(step: Sight) -> tuple[str, ...]:
    parts = (step.size, step.jump, step.padding, step.first_centre, step.last_centre)
    return (step.name, *map(_axes, parts))


def _axes(values: Sequence[Any]) -> str:
    """The values of all axes, once where they are equal."""
    shown = [_number(value) for value in values]
    return shown[0] if len(set(shown)) == 1 else "×".join(shown)


def _number(value: Any) -> str:
    return f"{float(value):g}" if not isinstance(value, int) and hasattr(value, "denominator") else str(plain(value))


def _bar(step: Sight, largest: int, room: int) -> str:
    """The first output's field along the last axis: the part in the padding before the input, then the rest."""
    size, padding = int(step.size[-1]), step.padding[-1]
    whole = _scaled(size, largest, room)
    outside = round(whole * max(0, min(float(padding), size)) / size)
    return OUTSIDE * outside + INSIDE * (whole - outside)


def _scaled(size: int, largest: int, room: int) -> int:
    return max(1, round(size * room / largest))


def _line(cells: Sequence[str], wide: Sequence[int], bar: str) -> str:
    name, *numbers = cells
    name = name if len(name) <= wide[0] else f"{name[: wide[0] - 1]}…"
    shown = "  ".join(f"{text:>{room}}" for text, room in zip(numbers, wide[1:], strict=False))
    return f"{name:<{wide[0]}}  {shown}  {bar}"
