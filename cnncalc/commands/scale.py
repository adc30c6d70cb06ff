"""``cnncalc scale``: what doubling width, depth or resolution costs."""

from __future__ import annotations

from cnncalc.commands.common import choice, emit, settings, warn, width
from cnncalc.commands.options import ListFormat, Output, Settings, Spec
from cnncalc.errors import wrong
from cnncalc.language.expand import warnings_of
from cnncalc.language.load import load
from cnncalc.report.page import FORMATS, Item, listing


def scale(
    spec: Spec,
    set: Settings = None,
    format: ListFormat = "table",
    output: Output = None,
) -> None:
    """Show by what weights, multiply-adds and activations grow when width, depth or resolution is doubled."""
    from cnncalc.analysis.scaling import scaling

    choice("--format", format, FORMATS)
    network = load(spec, set=settings(set or ()))
    warn(warnings_of(network.layers))
    if network.symbolic:
        raise wrong("scale measures numbers, and this spec has symbols", None, "give them numbers with --set")
    items = [Item("doubled", "Doubled")]
    for metric, title in (("weights", "Weights"), ("macs", "Multiply-adds"), ("activations", "Activations")):
        items += [Item(metric, title, _times, right=True), Item(f"{metric}_exponent", "exponent", _power, right=True)]
    items.append(Item("done", "What was done", wraps=True))
    emit(listing(scaling(network).to_dict(), items, format, None if output else width()), output)


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}x"


def _power(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
