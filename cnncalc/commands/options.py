"""The options that several commands have, each said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cnncalc.commands import completion
from cnncalc.commands.showing import LISTS, REVIEWS
from cnncalc.network.counts import BITS


def specs_argument(help: str, metavar: str = "SPEC") -> Any:
    """The specs of a command."""
    return typer.Argument(metavar=metavar, help=help, autocompletion=completion.specs)


def option(help: str, metavar: str | None = None, words: Callable[..., Any] | None = None) -> Any:
    """An option with the name of its parameter; `words` answers what can stand there."""
    return typer.Option(help=help, metavar=metavar, autocompletion=words)


def settings_option(help: str) -> Any:
    """The option that gives parameters their values."""
    return option(help, "NAME=VALUE", completion.parameters)


def format_option(formats: Sequence[str], default: str = "") -> Any:
    """The option for the format, one of these; `default` is the one to name where none stands in the signature."""
    *names, last = (f"{name} (the default)" if name == default else name for name in formats)
    help = f"{', '.join(names)} or {last}."
    return typer.Option("--format", "-f", help=help, autocompletion=completion.of(formats))


def quiet_option(help: str) -> Any:
    """The option that leaves out the line that says that all is well."""
    return typer.Option("--quiet", "-q", help=help)


def limits_option(help: str) -> Any:
    """An option that sets limits on metrics."""
    return option(help, "METRIC=LIMIT", completion.limits)


Spec = Annotated[str, specs_argument("A file, a built-in spec, one line, or -.")]
Settings = Annotated[list[str] | None, settings_option("Set a parameter of the spec.")]
Dtype = Annotated[str, option("The number type for byte counts.", words=completion.of(BITS))]
Batch = Annotated[int, option("Batch size (affects bytes only).")]
BudgetsFile = Annotated[Path | None, option("The budgets file; budgets.yaml by default.", "FILE", completion.files)]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
ListFormat = Annotated[str, format_option(LISTS)]
ReportFormat = Annotated[str, format_option(REVIEWS)]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file, atomically.")]
Width = Annotated[int | None, option("Draw tables to fit this many columns, on a terminal or not.", "COLUMNS")]
