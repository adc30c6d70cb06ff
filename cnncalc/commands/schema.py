"""``cnncalc schema``: the JSON Schema of a spec."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnncalc.commands.common import emit


def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file, whole or not at all.")] = None,
) -> None:
    """Print the JSON Schema of a spec, for editors and checks."""
    import json

    from cnncalc.spec.schema import schema as made

    emit(json.dumps(made(), indent=2, ensure_ascii=False) + "\n", output)
