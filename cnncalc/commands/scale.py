"""``cnncalc scale``: what doubling width, depth or resolution costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnncalc.commands import completion
from cnncalc.commands.common import choice, emit, settings, warn, width
from cnncalc.report.listing import FORMATS, Item, listing
from cnncalc.spec.errors import wrong
from cnncalc.spec.expand import warnings_of
from cnncalc.spec.load import load


def scale(
    spec: Annotated[
        str,
        typer.Argument(
            metavar="SPEC",
            help="A file, a built-in spec, one line, or -.",
            show_default=False,
            autocompletion=completion.specs,
        ),
    ],
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Give a parameter of the spec a value.",
            autocompletion=completion.parameters,
        ),
    ] = None,
    format: Annotated[
        str, typer.Option("--format", "-f", help="table, json, csv or markdown.", autocompletion=completion.of(FORMATS))
    ] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file, whole or not at all.")] = None,
) -> None:
    """Show by what weights, multiply-adds and activations grow when width, depth or resolution is doubled."""
    from cnncalc.analysis.scaling import records

    choice("--format", format, FORMATS)
    network = load(spec, set=settings(set or ()))
    warn(warnings_of(network.layers))
    if network.symbolic:
        raise wrong("scale measures numbers, and this spec has symbols", None, "give them numbers with --set")
    items = [Item("doubled", "Doubled")]
    for metric, title in (("weights", "Weights"), ("macs", "Multiply-adds"), ("activations", "Activations")):
        items += [Item(metric, title, _times, right=True), Item(f"{metric}_exponent", "exponent", _power, right=True)]
    items.append(Item("done", "What was done", wraps=True))
    emit(listing(records(network), items, format, None if output else width()), output)


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}x"


def _power(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
