"""``cnncalc schema``: the JSON Schema of a spec."""

from __future__ import annotations

from cnncalc.commands.options import Output
from cnncalc.commands.showing import emit


def schema(
    output: Output = None,
) -> None:
    """Print the JSON Schema of a spec, for editors and checks."""
    import json

    from cnncalc.language.schema import schema as made

    emit(json.dumps(made(), indent=2, ensure_ascii=False) + "\n", output)
