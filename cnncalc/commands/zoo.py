"""``cnncalc zoo``: the built-in specs, computed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cnncalc.commands.common import choice, emit, width
from cnncalc.report.listing import FORMATS, Item, listing


def zoo(
    format: Annotated[str, typer.Option("--format", "-f", help="table, json, csv or markdown.")] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file, whole or not at all.")] = None,
) -> None:
    """List the built-in specs: name, source, input, parameters and multiply-adds."""
    from cnncalc.report import units
    from cnncalc.spec.load import load
    from cnncalc.spec.sources import built_in_names

    choice("--format", format, FORMATS)
    records: list[dict[str, Any]] = []
    for name in built_in_names():
        found = load(name).to_dict()
        inputs = list(found["inputs"].values())
        records.append(
            {
                "name": name,
                "input": inputs[0] if len(inputs) == 1 else inputs,
                "params": found["totals"]["params"],
                "macs": found["totals"]["macs"],
                "source": found["source"],
            }
        )
    items = (
        Item("name", "Name"),
        Item("input", "Input", units.volume),
        Item("params", "Parameters", units.grouped, right=True),
        Item("macs", "Multiply-adds", units.grouped, right=True),
        Item("source", "Source"),
    )
    emit(listing(records, items, format, None if output else width()), output)
