"""Values of arguments and options, read without pydantic: typer imports it for the first value that it reads itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import typer

from cnncalc.errors import short

HELP = ["-h", "--help"]
"""The options for help."""


class _Reader(NamedTuple):
    """What typer asks to read the value of a parameter: one, or a list of them."""

    read: Callable[[str], Any]
    several: bool = False

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, or a list where typer allows several. Raises BadParameter."""
        try:
            if self.several:
                return [self.read(part) for part in value or ()]
            return self.read(value) if isinstance(value, str) else value
        except ValueError:
            raise typer.BadParameter(f"{short(value)} is not a whole number", ctx=ctx, param=param) from None


_READERS: dict[Any, _Reader] = {
    bool: _Reader(bool),  # a flag that is not given is None
    str: _Reader(str),
    int: _Reader(int),
    Path: _Reader(Path),
    list[str]: _Reader(str, several=True),
}


def light(command: Any) -> Any:
    """The command and all below it, with these readers, where typer's version asks a parameter for one.

    What begins with a `$` in their help are examples, which are not filled into a paragraph.
    """
    command.help = (command.help or "").replace("\n\n$ ", "\n\n\b\n$ ")
    context = typer.Context(command, help_option_names=HELP)
    for parameter in command.get_params(context):
        reader = _READERS.get(getattr(getattr(parameter, "type_descriptor", None), "annotation", None))
        if reader:
            parameter.get_runtime_param = partial(_Reader, *reader)
    for inner in getattr(command, "commands", {}).values():
        light(inner)
    return command
