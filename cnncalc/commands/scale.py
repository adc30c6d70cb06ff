"""``cnncalc scale``: what doubling width, depth or resolution costs."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnncalc.commands.common import choice, settings, warn
from cnncalc.commands.options import ListFormat, Output, Settings, Spec, Width
from cnncalc.commands.showing import LISTS, show, tabular
from cnncalc.errors import wrong
from cnncalc.language.expand import warnings_of
from cnncalc.language.load import load
from cnncalc.report.page import Column, Grid, Row


def scale(
    spec: Spec, set: Settings = None, format: ListFormat = "table", output: Output = None, width: Width = None
) -> None:
    """Show what doubling width, depth or resolution costs.

    In weights, multiply-adds and activations.

    $ cnncalc scale vgg16
    """
    from cnncalc.analysis.scaling import scaling

    choice("--format", format, LISTS)
    network = load(spec, set=settings(set or ()))
    warn(warnings_of(network))
    if network.symbolic:
        raise wrong("scale measures numbers, and this spec has symbols", None, "give them numbers with --set")
    items = [Column("doubled", "Doubled")]
    for metric, title in (("weights", "Weights"), ("macs", "Multiply-adds"), ("activations", "Activations")):
        items += [
            Column(metric, title, right=True, show=_times),
            Column(f"{metric}_exponent", "exponent", right=True, show=_power),
        ]
    items.append(Column("done", "What was done", gives="wrap"))
    records = scaling(network).to_dict()
    show(format, output, width, **tabular(records, items, partial(_narrower, records, items)))


def _narrower(records: list[dict[str, Any]], items: list[Column]) -> Grid:
    """Each factor and its exponent in one cell."""
    first, *pairs, last = items
    rows = []
    for record in records:
        cells = [item.show(record[item.key]) for item in pairs]
        powers = [
            f"{factor} ^{power}" if power else factor for factor, power in zip(cells[::2], cells[1::2], strict=True)
        ]
        rows.append(Row([record["doubled"], *powers, record["done"]]))
    return Grid([first, *pairs[::2], last], rows)


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}x"


def _power(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
