"""``cnncalc layers``: the reference, made from the classes."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncalc.commands import completion
from cnncalc.commands.common import choice, emit, width
from cnncalc.commands.options import ListFormat, Output
from cnncalc.errors import near, short, wrong
from cnncalc.report.page import FORMATS, Item, listing


def layers(
    type: Annotated[
        str | None,
        typer.Argument(
            help="A layer type; all of them unless told.", show_default=False, autocompletion=completion.types
        ),
    ] = None,
    format: ListFormat = "table",
    output: Output = None,
) -> None:
    """Describe the layer types: what they compute, their fields, and what each field takes."""
    from cnncalc.layers import type_names
    from cnncalc.report import reference

    choice("--format", format, FORMATS)
    if type is None:
        items = (
            Item("type", "Type"),
            Item("argument", "Argument"),
            Item("family", "Family"),
            Item("about", "What it does", wraps=True),
        )
        emit(
            reference.page()
            if format == "markdown"
            else listing(reference.overview(), items, format, None if output else width()),
            output,
        )
        return
    kind = type_names().get(type)
    if kind is None:
        help = near(type, list(type_names())) or "`cnncalc layers` lists them"
        raise wrong(f"there is no layer type `{short(type)}`", None, help)
    if format in ("json", "csv"):
        keys = [Item(key, key) for key in ("field", "takes", "default", "about")]
        emit(listing(reference.fields(kind), keys, format, None if output else width()), output)
    else:
        emit(reference.entry(kind, None if output or format == "markdown" else width()), output)
