"""``cnncalc zoo``: the built-in specs, computed, and held against what their papers print."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any

import typer

from cnncalc.commands import completion
from cnncalc.commands.common import Status, choice
from cnncalc.commands.options import ListFormat, Output, Width, option, specs_argument
from cnncalc.commands.progress import watched
from cnncalc.commands.showing import LISTS, show, tabular
from cnncalc.errors import SpecError, near, short, wrong
from cnncalc.report.page import Column

SORTS = ("name", "params", "macs", "activations", "depth")

zoo = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
)

Filter = Annotated[str | None, option("A name pattern such as 'resnet*', or text in the source.")]


@zoo.callback()
def listed(
    context: typer.Context,
    filter: Filter = None,
    sort: Annotated[
        str,
        option(f"By {', '.join(SORTS)}; largest first, names alphabetically.", words=completion.of(SORTS)),
    ] = "name",
    format: ListFormat = "table",
    output: Output = None,
    width: Width = None,
) -> None:
    """List the built-in specs; `zoo verify` checks their figures.

    Name, input, depth, parameters, multiply-adds and source.

    $ cnncalc zoo --filter 'resnet*' --sort macs
    """
    if context.invoked_subcommand is not None:
        return
    from cnncalc.language.load import load
    from cnncalc.network.metrics import depth
    from cnncalc.report import units

    choice("--format", format, LISTS)
    choice("--sort", sort, SORTS)
    records: list[dict[str, Any]] = []
    with watched(_names(filter)) as names:
        for name in names:
            network = load(name)
            inputs = [list(volume) for volume in network.inputs.values()]
            counts = {count: getattr(network.totals, count) for count in ("params", "macs", "activations")}
            extents = inputs[0] if len(inputs) == 1 else inputs
            records.append(
                {"name": name, "input": extents, "depth": depth(network), **counts, "source": network.source}
            )
    if sort != "name":
        records.sort(key=lambda record: -record[sort])
    items = (
        Column("name", "Name"),
        Column("input", "Input", show=units.volume),
        Column("depth", "Depth", right=True, rank=2),
        Column("params", "Parameters", right=True, show=units.grouped),
        Column("macs", "Multiply-adds", right=True, show=units.grouped),
        Column("source", "Source", rank=1, gives="cut"),
    )
    show(format, output, width, **tabular(records, items))


@zoo.command()
def verify(
    specs: Annotated[list[str] | None, specs_argument("Your own specs; the built-in ones by default.")] = None,
    filter: Filter = None,
    format: ListFormat = "table",
    output: Output = None,
    width: Width = None,
) -> None:
    """Check every published figure, with the reason if it differs.

    Exit status 1 if one is wrong.

    $ cnncalc zoo verify alexnet googlenet
    """
    from cnncalc.analysis.published import FigureError, figure
    from cnncalc.language.load import load
    from cnncalc.report import published

    choice("--format", format, LISTS)
    records: list[dict[str, Any]] = []
    sound = True
    with watched(specs or _names(filter)) as names:
        for name in names:
            network = load(name)
            for entry in network.demands.published:
                try:
                    checked = figure(load(name, set=entry.set) if entry.set else network, entry)
                except FigureError as error:
                    raise wrong(f"{name}: {error}") from None
                except SpecError as error:
                    raise error.about(f"{name}, figure {short(entry.printed)}") from None
                sound = sound and checked.sound
                records.append(published.record(name, checked))
    show(format, output, width, **tabular(records, published.ITEMS))
    if not sound:
        raise typer.Exit(Status.FAILED)


def _names(pattern: str | None) -> list[str]:
    """The built-in specs that a pattern names, by name or by a text in their source. Raises SpecError if none is."""
    from cnncalc.language.load import load
    from cnncalc.sources.find import built_in_names

    names = built_in_names()
    if pattern is None:
        return names
    matches = [name for name in names if fnmatchcase(name, pattern)]
    matches = matches or [name for name in names if pattern.lower() in load(name).source.lower()]
    if not matches:
        raise wrong(f"no built-in spec matches {short(pattern)}", None, near(pattern, names, listed=False))
    return matches
