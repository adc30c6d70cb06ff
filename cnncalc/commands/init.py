"""``cnncalc init``: a commented spec to start from, and budgets for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from cnncalc.commands import completion
from cnncalc.commands.common import choice
from cnncalc.commands.options import option
from cnncalc.commands.showing import emit
from cnncalc.errors import short_path, wrong
from cnncalc.language.load import load

LIKES = ("vgg", "resnet", "mobilenet", "unet", "blank")
"""The specs to start from, each a file of `templates/`."""


def init(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What to write; - prints it.", autocompletion=completion.files)
    ] = Path("network.yaml"),
    like: Annotated[str, option(f"What to start from: {', '.join(LIKES)}.", words=completion.of(LIKES))] = "vgg",
    budgets: Annotated[
        bool, typer.Option("--budgets", help="Write budgets.yaml for FILE, 10 % above its figures.")
    ] = False,
) -> None:
    """Write a commented spec to start from; nothing is overwritten.

    $ cnncalc init --like resnet --budgets
    $ cnncalc init - --like unet
    """
    choice("--like", like, LIKES)
    text = (Path(__file__).parents[1] / "templates" / f"{like}.yaml").read_text(encoding="utf-8")
    if str(file) == "-":
        if budgets:
            raise wrong("--budgets needs a file", None, "name one, such as network.yaml")
        emit(text)
        return
    limits = file.parent / "budgets.yaml"
    if not budgets:
        _create(file, text)
    elif os.path.lexists(limits):
        raise wrong(
            f"{short_path(limits)} exists, and nothing is overwritten", None, f"add `- spec: {file.name}` to it"
        )
    else:
        if not os.path.lexists(file):
            _create(file, text)
        _create(limits, _budgets(file))
    checks = "check" if limits == Path(limits.name) else f"check --budgets {limits}"
    for line in (f"summarize {file}", f"lint {file}", checks)[: 3 if budgets else 2]:
        typer.echo(f"try: cnncalc {line}", err=True)


def _create(path: Path, text: str) -> None:
    """Write a file that is not there. Raises SpecError if it is, and where it cannot be written."""
    if os.path.lexists(path):
        way_out = "give another name, or --budgets to write limits for it"
        raise wrong(f"{short_path(path)} exists, and nothing is overwritten", None, way_out)
    emit(text, path)
    typer.echo(f"{path} written", err=True)


def _budgets(file: Path) -> str:
    """A budgets file for a spec. Raises SpecError for one without numbers."""
    network = load(file)
    if network.symbolic:
        raise wrong(f"{short_path(file)} has symbols, which no budget limits", None, "give it numbers")
    lines = ["# `cnncalc check` fails where a network costs more than this, about 10 % more than it does now."]
    lines.append(f"- spec: {json.dumps(file.name, ensure_ascii=False)}")
    for metric, unit in (("params", ""), ("macs", ""), ("activation_bytes", "B")):
        value = getattr(network.totals, metric)
        if metric in network.incomplete:
            continue
        lines.append(f"{f'  {metric}: {_above(value)}{unit}':<28}# {value:,} now")
    return "\n".join(lines) + "\n"


def _above(value: int) -> str:
    """Ten percent more, or a little above that: two digits and a unit.

    >>> _above(3248202), _above(154866688), _above(99), _above(0)
    ('3.6M', '180M', '110', '0')
    """
    step = int(10 ** max(len(str(value * 11 // 10)) - 2, 0))
    more = -(-value * 11 // (10 * step)) * step
    power = min((len(str(more)) - 1) // 3, 4)
    return f"{more / 1000**power:g}{['', 'k', 'M', 'G', 'T'][power]}"
