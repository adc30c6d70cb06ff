"""``cnncalc explain``: why these numbers, layer by layer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cnncalc.analysis.derivation import chosen
from cnncalc.commands import completion
from cnncalc.commands.common import choice, settings, warn
from cnncalc.commands.options import Output, Settings, Spec, Strict, Width, format_option
from cnncalc.commands.showing import EXPLANATIONS, show
from cnncalc.errors import short, wrong
from cnncalc.language.expand import warnings_of
from cnncalc.language.load import load
from cnncalc.network.network import Network
from cnncalc.report.page import Laid, Line


def explain(
    spec: Spec,
    layer: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="LAYER",
            help="Layers, groups, layer types, or patterns such as 'conv*'; all by default.",
            autocompletion=completion.layers,
        ),
    ] = None,
    format: Annotated[str, format_option(EXPLANATIONS)] = "text",
    receptive_field: Annotated[
        bool, typer.Option("--receptive-field", help="Draw how the receptive field grows against the input.")
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="LAYER",
            help="With --receptive-field: only what leads to this layer.",
            autocompletion=completion.layers,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="POSITION",
            help="With --receptive-field: draw this output of the layer, such as 17 or 3x4; the corner by default.",
        ),
    ] = None,
    set: Settings = None,
    strict: Strict = False,
    output: Output = None,
    width: Width = None,
) -> None:
    """Show how each number of a layer is computed.

    In symbols, in numbers, and the result.

    $ cnncalc explain alexnet conv1
    $ cnncalc explain vgg16 --receptive-field
    """
    from cnncalc.report import explanation

    choice("--format", format, EXPLANATIONS)
    network = load(spec, set=settings(set or ()), strict=strict)
    warn(warnings_of(network))
    if receptive_field or start is not None or at is not None:
        _draw(network, layer or [], start, at, format, output, width)
        return
    if network.symbolic:
        raise wrong(
            "explain shows numbers, and this spec has symbols",
            None,
            "give them numbers with --set, or try `summarize --formulas`, which works with symbols",
        )
    nodes = chosen(network, layer or ["*"])
    sizes = [Line(said)] if not layer and (said := explanation.sizes(network)) else []
    letters = [Line(said, "dim")] if (said := explanation.letters(nodes)) else []
    show(
        format,
        output,
        width,
        text=lambda: [Laid(partial(explanation.text, nodes)), *sizes, *letters],
        comment=lambda: explanation.page(nodes),
        latex=lambda: explanation.document(nodes),
        answer=lambda: explanation.explained(network, nodes),
    )


def _draw(
    network: Network,
    layers: list[str],
    start: str | None,
    at: str | None,
    format: str,
    output: Path | None,
    width: int | None,
) -> None:
    """Draw the receptive fields that lead to a layer, or all of them."""
    from cnncalc.report import sight

    if format not in ("text", "json"):
        raise wrong(f"--receptive-field is drawn as text or given as json, not as {format}")
    if layers and start is not None:
        raise wrong("--from already names the layer", None, "drop one of the two")
    named = chosen(network, [start] if start is not None else layers)
    if len(named) > 1 and start is None:
        raise wrong("--receptive-field leads to one layer", None, "name one, or none for the whole network")
    last = named[-1].name if named else None
    if network.symbolic:
        raise wrong("a drawing needs numbers, and this spec has symbols", None, "give them numbers with --set")
    if any(volume.rank == 0 for volume in network.inputs.values()):
        raise wrong("a plain vector has no sides to see along", None, "give the input sides: 28x28x1")
    place = _position(network, last, at)
    show(
        format,
        output,
        width,
        text=lambda: [Laid(partial(sight.drawing, network, last, place))],
        answer=lambda: sight.seen(network, last, place),
    )


def _position(network: Network, last: str | None, text: str | None) -> tuple[int, ...]:
    """The output that a position means, one number for all axes or one for each; none where none is named."""
    if text is None:
        return ()
    nodes = [network.layer(last)] if last else [node for node in network.layers if not node.sight.whole]
    extents = nodes[-1].sight.extents if nodes else ()
    parts = text.replace("×", "x").split("x")
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= 13]
    if len(numbers) < len(parts) or len(parts) not in (1, len(extents)):
        raise wrong(f"--at {short(text)} is not a position", None, f"give a number, or {len(extents)}: --at 17")
    place = tuple(numbers * len(extents) if len(parts) == 1 else numbers)
    if any(at >= extent for at, extent in zip(place, extents, strict=True)):
        there = "×".join(map(str, extents))
        message = f"{nodes[-1].name} has {there} outputs, and none at {'×'.join(map(str, place))}"
        raise wrong(message, None, "positions count from 0")
    return place
