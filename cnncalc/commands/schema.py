"""``cnncalc schema``: the JSON Schema of a spec, or of a budgets file."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncalc.commands.common import choice
from cnncalc.commands.options import Output
from cnncalc.commands.showing import emit


def schema(
    kind: Annotated[
        str, typer.Argument(help="What file: `spec` or `budgets`.", autocompletion=lambda: ["spec", "budgets"])
    ] = "spec",
    output: Output = None,
) -> None:
    """Print the JSON Schema of a spec, or of a budgets file, for editors and checks."""
    import json

    from cnncalc.language.schema import SCHEMAS

    choice("schema", kind, tuple(SCHEMAS))
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[kind]()}
    emit(json.dumps(found, indent=2, ensure_ascii=False) + "\n", output)
