"""The options that several commands have, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cnncalc.commands import completion
from cnncalc.commands.show import LISTS, REVIEWS

Spec = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A file, a built-in spec, one line, or -.",
        show_default=False,
        autocompletion=completion.specs,
    ),
]
"""The one spec of a command."""

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Give a parameter of the spec a value.",
        autocompletion=completion.parameters,
    ),
]
"""Parameters and their values."""

Dtype = Annotated[
    str, typer.Option(help="The type of number that bytes are counted in.", autocompletion=completion.dtypes)
]
"""The type of number of ``activation_bytes`` and ``weight_bytes``."""

Batch = Annotated[int, typer.Option(help="How many images at a time; bytes only.")]
"""How many images the activations are kept of."""

BudgetsFile = Annotated[
    Path | None,
    typer.Option(
        "--budgets",
        metavar="FILE",
        help="The file of budgets; budgets.yaml unless told.",
        autocompletion=completion.files,
    ),
]
"""The file that names specs and what they are held to."""

Strict = Annotated[bool, typer.Option("--strict", help="Refuse what is otherwise warned of.")]
"""Whether warnings are errors."""

ListFormat = Annotated[
    str, typer.Option("--format", "-f", help="table, json, csv or markdown.", autocompletion=completion.of(LISTS))
]
"""The format of what is a list of records."""

ReportFormat = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        help="text, json, markdown, github, junit, sarif or gitlab.",
        autocompletion=completion.of(REVIEWS),
    ),
]
"""The format of what was found."""

Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file, whole or not at all.")]
"""Where the result goes; standard output unless told."""


def limits_option(word: str, help: str) -> Any:
    """The option that lays one of the words of limits on metrics."""
    return typer.Option(f"--{word}", metavar="METRIC=LIMIT", help=help, autocompletion=completion.limits)
