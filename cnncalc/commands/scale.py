"""``cnncalc scale``: what doubling width, depth or resolution costs."""

from __future__ import annotations

from cnncalc.commands.common import choice, settings, warn
from cnncalc.commands.options import ListFormat, Output, Settings, Spec
from cnncalc.commands.showing import LISTS, show, tabular
from cnncalc.errors import wrong
from cnncalc.language.expand import warnings_of
from cnncalc.language.load import load
from cnncalc.report.page import Column


def scale(spec: Spec, set: Settings = None, format: ListFormat = "table", output: Output = None) -> None:
    """Show what doubling width, depth or resolution costs.

    In weights, multiply-adds and activations.

    $ cnncalc scale vgg16
    """
    from cnncalc.analysis.scaling import scaling

    choice("--format", format, LISTS)
    network = load(spec, set=settings(set or ()))
    warn(warnings_of(network.layers))
    if network.symbolic:
        raise wrong("scale measures numbers, and this spec has symbols", None, "give them numbers with --set")
    items = [Column("doubled", "Doubled")]
    for metric, title in (("weights", "Weights"), ("macs", "Multiply-adds"), ("activations", "Activations")):
        items += [
            Column(metric, title, right=True, show=_times),
            Column(f"{metric}_exponent", "exponent", right=True, show=_power),
        ]
    items.append(Column("done", "What was done", gives="wrap"))
    show(format, output, **tabular(scaling(network).to_dict(), items))


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}x"


def _power(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
