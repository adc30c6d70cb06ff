"""``cnncalc layers``: the reference, made from the classes."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from cnncalc.commands import completion
from cnncalc.commands.common import choice
from cnncalc.commands.options import ListFormat, Output, Width
from cnncalc.commands.showing import LISTS, show, tabular
from cnncalc.errors import near, short, wrong
from cnncalc.report.page import Column, Laid


def layers(
    type: Annotated[
        str | None,
        typer.Argument(help="A layer type; all by default.", autocompletion=completion.types),
    ] = None,
    format: ListFormat = "table",
    output: Output = None,
    width: Width = None,
) -> None:
    """Describe the layer types: formulas, fields, and their values.

    $ cnncalc layers
    $ cnncalc layers conv
    """
    from cnncalc.layers import type_names
    from cnncalc.report import reference

    choice("--format", format, LISTS)
    if type is None:
        items = (
            Column("type", "Type"),
            Column("argument", "Argument"),
            Column("family", "Family"),
            Column("about", "What it does", gives="wrap"),
        )
        document = [Laid(reference.page(), markdown=True)]
        show(format, output, width, **tabular(reference.overview(), items) | {"comment": lambda: document})
        return
    kind = type_names().get(type)
    if kind is None:
        help = near(type, list(type_names())) or "`cnncalc layers` lists them"
        raise wrong(f"there is no layer type `{short(type)}`", None, help)
    keys = [Column(key, key) for key in ("field", "takes", "default", "about")]
    page = [Laid(partial(reference.entry, kind), markdown=True)]
    show(
        format,
        output,
        width,
        **tabular(reference.fields(kind), keys) | {"table": lambda: page, "comment": lambda: page},
    )
