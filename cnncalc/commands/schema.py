"""``cnncalc schema``: the JSON Schema of a spec, or of a budgets file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from cnncalc.commands.common import choice
from cnncalc.commands.options import Output
from cnncalc.commands.showing import emit
from cnncalc.writers.plain import JSON


def schema(
    kind: Annotated[
        str, typer.Argument(help="What file: `spec` or `budgets`.", autocompletion=lambda: ["spec", "budgets"])
    ] = "spec",
    output: Output = None,
) -> None:
    """Print the JSON Schema of a spec or of a budgets file.

    $ cnncalc schema -o schema.json
    $ cnncalc schema budgets
    """
    import json

    from cnncalc.analysis.rules import words
    from cnncalc.guard import budgets
    from cnncalc.language.schema import schema as spec

    of_kind: dict[str, Callable[[], Any]] = {"spec": lambda: spec(words()), "budgets": budgets.schema}
    choice("schema", kind, tuple(of_kind))
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **of_kind[kind]()}
    emit(json.dumps(document, indent=2, ensure_ascii=False) + "\n", output, JSON)
