"""``cnncalc summarize``: the breakdown of a network, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from cnncalc.commands import completion
from cnncalc.commands.common import choice, loaded, settings, sizing_of
from cnncalc.commands.options import Output, Settings, Strict, Width, format_option, option, specs_argument
from cnncalc.commands.showing import FORMATS, LISTS, show
from cnncalc.errors import near, short, wrong
from cnncalc.language.load import load
from cnncalc.network.counts import BITS
from cnncalc.network.metrics import ALIASES
from cnncalc.network.network import Network
from cnncalc.report.page import Block, Laid, Line

if TYPE_CHECKING:
    from cnncalc.report.columns import LayerColumn


def summarize(
    specs: Annotated[
        list[str],
        specs_argument("A file, the name of a built-in spec, '224x224x3: conv3-64 fc-10', or - for standard input."),
    ],
    format: Annotated[str | None, format_option(LISTS, default="table")] = None,
    columns: Annotated[
        str | None,
        option(
            "Which columns, by key, such as name,output,params,macs; `all` for every column.", words=completion.columns
        ),
    ] = None,
    formulas: Annotated[bool, typer.Option("--formulas", help="Show the arithmetic of every number.")] = False,
    batch: Annotated[int, option("Count activation memory for this many images.")] = 1,
    dtype: Annotated[
        str,
        option(f"Count memory for values of this type: {', '.join(BITS)}.", words=completion.of(BITS)),
    ] = "float32",
    set: Settings = None,
    symbol: Annotated[
        list[str] | None,
        option("Keep a parameter or a side of the input (H, W, L, T) as a symbol: closed forms.", "NAME"),
    ] = None,
    strict: Strict = False,
    depth: Annotated[int | None, option("Fold blocks into one row at this depth.")] = None,
    legend: Annotated[bool, typer.Option("--legend", help="Say below the table what each column says.")] = False,
    output: Output = None,
    width: Width = None,
) -> None:
    """Show every layer: volume, memory, parameters, multiply-adds.

    $ cnncalc summarize vgg16 --columns name,output,params,macs
    $ cnncalc summarize network.yaml --depth 1 --set classes=100
    """
    from cnncalc.report import breakdown as report
    from cnncalc.report import columns as known

    if format is None:
        format = next((name for name in LISTS if output and FORMATS[name].suffix == output.suffix), "table")
    choice("--format", format, LISTS)
    sizing = sizing_of(dtype, batch)
    if depth is not None and depth < 1:
        raise wrong(f"--depth takes a number of levels of at least 1, not {depth}")
    for flag, given, other in (
        (f"--format {format}", format != "table", "--formulas" if formulas else ""),
        ("--columns", columns is not None, "--formulas" if formulas else "--format json" if format == "json" else ""),
        ("--depth", depth is not None, "--formulas" if formulas else ""),
    ):
        if given and other:
            raise wrong(f"{flag} cannot be combined with {other}", None, "drop one of the two")
    wanted = None if columns is None else _columns(columns)
    parameters = settings(set or ())

    def opened(spec: str) -> Network:
        if not symbol:
            return load(spec, set=parameters, strict=strict)
        from cnncalc.analysis.closed import load_symbolic

        return load_symbolic(spec, symbol, parameters)

    names = specs if len(specs) > 1 else [""]
    networks = [
        network.sized(sizing.dtype, sizing.batch)
        for network in loaded((name, partial(opened, spec)) for name, spec in zip(names, specs, strict=True))
    ]
    if formulas:
        from cnncalc.report.formulas import formulas as arithmetic

        show(format, output, width, table=lambda: [Laid(partial(arithmetic, network)) for network in networks])
        return

    def page(of: Callable[[Network], list[LayerColumn]]) -> list[Block]:
        chosen = wanted is not None
        pages = (report.page(network, wanted or of(network), depth, chosen=chosen) for network in networks)
        blocks = [block for page in pages for block in page]
        notes = known.legend(wanted or of(networks[0])) if legend else []
        return [*blocks, *([Line("Columns", "bold"), *map(Line, notes)] if notes else [])]

    show(
        format,
        output,
        width,
        table=lambda: page(known.usual),
        answer=lambda: report.answer(networks, depth),
        records=lambda: report.records(networks, wanted or known.exactly(), depth),
        comment=lambda: page(lambda network: known.usual(networks[0])),
    )


def _columns(keys: str) -> list[LayerColumn]:
    """The columns of these keys or titles. Raises SpecError for one that does not exist."""
    from cnncalc.report.columns import columns

    every = {column.key: column for column in columns()}
    if keys == "all":
        return list(every.values())
    known = {column.title.lower(): column for column in every.values()} | every
    known |= {alias: every[name] for alias, name in ALIASES.items() if alias not in known}
    listing = f"the columns are {', '.join(every)}"
    words = [word.strip() for word in keys.split(",")]
    for word in words:
        if not word:
            raise wrong("--columns names no column", None, listing)
        if word.lower() not in known:
            raise wrong(f"there is no column {short(word)}", None, near(word, list(every)) or listing)
    return [known[word.lower()] for word in words]
