"""``cnncalc baseline write``: what specs come to, stored for `cnncalc check --baseline`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cnncalc.commands.common import settings, sizing_of, warn
from cnncalc.commands.options import Batch, BudgetsFile, Dtype, Settings, specs_argument
from cnncalc.commands.progress import watched
from cnncalc.commands.showing import emit
from cnncalc.guard.baseline import Stored, measured, read, text
from cnncalc.guard.subjects import budgets_of, subjects_of

baseline = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
)

STORED = Path("baseline.yaml")
"""The file that is written by default."""


@baseline.callback()
def about() -> None:
    """Store what specs come to, for `cnncalc check --baseline`.

    $ cnncalc baseline write
    """


@baseline.command()
def write(
    specs: Annotated[
        list[str] | None,
        specs_argument(
            "What to store; patterns allowed; the rest of the file is kept. By default all of the budgets file."
        ),
    ] = None,
    budgets: BudgetsFile = None,
    set: Settings = None,
    dtype: Dtype = "float32",
    batch: Batch = 1,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, atomically.")] = STORED,
) -> None:
    """Store the metrics of specs, one per line.

    Those of the specs named, or else of all of the budgets file.

    $ cnncalc baseline write
    $ cnncalc baseline write vgg16 resnet50 -o kept.yaml
    """
    subjects = subjects_of(specs, settings(set or ()), sizing_of(dtype, batch), (), budgets_of(budgets))
    kept = read(output) if specs and os.path.isfile(output) else Stored(str(output), {})
    with watched(subjects, lambda subject: subject.label) as each:
        found = measured(each)
    emit(text({**kept.everything, **found}, kept.beside), output)
    warn(kept.unread)
    typer.echo(f"{len(subjects):,} spec{'s' if len(subjects) != 1 else ''} written to {output}", err=True)
