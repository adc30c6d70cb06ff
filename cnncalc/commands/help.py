"""``cnncalc help``: the pages that ``--help`` prints."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncalc.commands import completion


def help(
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="Such as check, or zoo verify.", autocompletion=completion.commands),
    ] = None,
) -> None:
    """Print this page, or that of a command.

    $ cnncalc help zoo verify
    """
    raise typer.Exit(context.obj([*(command or ()), "--help"]))
