"""``cnncalc diff``: what lies between two networks; and the same for git, file by file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncalc.commands import completion
from cnncalc.commands.common import choice, emit, settings, width
from cnncalc.spec.errors import SpecError, short, wrong

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cnncalc.analysis.difference import Difference, Snapshot

GIT = "GIT_DIFF_PATH_COUNTER"
"""What git says to the command that it runs for each file (gitattributes(5), `diff.<driver>.command`)."""
UNMERGED, USUAL, RENAMED = 1, 7, 9
"""How many arguments git gives it: of a file with conflicts, of any other, and of one that has another name now."""

MOST_LINES = 20_000
MOST_BYTES = 2_000_000
"""How long a text may be whose lines are compared."""


def diff(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="OLD NEW",
            help="Specs, git:REV:PATH, git:REV (the other side as it was then), stored results or baselines.",
            show_default=False,
            autocompletion=completion.specs,
        ),
    ],
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Give a parameter of both specs a value.",
            autocompletion=completion.parameters,
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option("--format", "-f", help="table, markdown or json.", autocompletion=completion.difference_formats),
    ] = "table",
    every: Annotated[bool, typer.Option("--all", help="Also list the layers that are as they were.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Leave with status 1 when there is a difference.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file, whole or not at all.")] = None,
) -> None:
    """Show what changed between two networks: layers, and every metric before and after. Nothing when nothing did."""
    if GIT in os.environ and len(specs) in (UNMERGED, USUAL, RENAMED):
        emit(_driven(specs, format, every, set or ()), output)
        return
    from cnncalc.analysis.difference import difference
    from cnncalc.guard.sides import sides
    from cnncalc.report.difference import FORMATS

    choice("--format", format, FORMATS)
    if len(specs) != 2:
        named = "one is" if len(specs) == 1 else f"{len(specs):,} are"
        raise wrong(f"diff takes two specs, and {named} named", None, "such as `cnncalc diff git:HEAD net.yaml`")
    found = difference(*sides(specs[0], specs[1], settings(set or ())))
    emit(_written(found, format, every, None if output else width()), output)
    if exit_code and found.found:
        raise typer.Exit(1)


def _written(found: Difference, format: str, every: bool, room: int | None) -> str | Sequence[RenderableType]:
    from cnncalc.report import difference as report

    if format == "json":
        return report.as_json(found, every)
    return report.as_markdown(found, every) if format == "markdown" else report.as_table(found, room, every)


# ------------------------------------------------------------------------------------------------------------ for git


def _driven(given: Sequence[str], format: str, every: bool, set: Sequence[str]) -> str | Sequence[RenderableType]:
    """What git is to show of one file. It never fails: git would stop there, whatever other files there are."""
    path = given[0]
    if len(given) == UNMERGED:
        return f"* Unmerged path {path}\n"
    files = (given[1], given[4])
    try:
        from cnncalc.analysis.difference import difference
        from cnncalc.report.difference import FORMATS

        choice("--format", format, FORMATS)
        names = (path, given[7] if len(given) == RENAMED else path)
        sides = [
            _side(Path(file), name, id, settings(set))
            for file, name, id in zip(files, names, (given[2], given[5]), strict=True)
        ]
        found = difference(*sides)
        if found.found:
            return _written(found, format, every, width())
        return f"{' → '.join(dict.fromkeys(names))}: {_unchanged(given)}\n"
    except SpecError as error:
        return _text(path, files, error.problems[0].message)
    except Exception as fault:  # whatever it is, the text can be shown
        return _text(path, files, f"a fault of cnncalc: {type(fault).__name__}: {fault}")


def _unchanged(given: Sequence[str]) -> str:
    """What became of a file whose network is as it was."""
    if given[3] != given[6]:
        return f"the same network; mode {given[3]} → {given[6]}"
    return "the same network" if given[2] == given[5] else "the same network, written otherwise"


def _side(file: Path, name: str, id: str, set: dict[str, str]) -> Snapshot | None:
    """The network of a file that git has laid out somewhere: what it extends is beside its own place."""
    from msgspec.structs import replace

    from cnncalc.analysis.difference import snapshot
    from cnncalc.spec import sources
    from cnncalc.spec.document import document
    from cnncalc.spec.expand import network_of
    from cnncalc.spec.load import overrides_of

    if str(file) == os.devnull:
        return None
    own = Path(name)
    found = sources.file(file, name)
    folder = sources.OnDisk(own.parent.resolve(), str(own.parent))
    found = replace(found, folder=folder, stem=own.stem, key=str(own.resolve()))
    stored = id.strip("0.") != ""  # the hash of a file that is not in the repository yet is zeros
    return snapshot(network_of(document(found), overrides_of(set)), f"{name} ({id[:7]})" if stored else name)


def _text(path: str, files: Sequence[str], why: str) -> str:
    """What changed in the text of a file that is no spec, and why it is none."""
    from difflib import unified_diff

    from cnncalc.report.machines.common import clean

    lead = f"{path} is compared as text: {short(why, 200)}\n"
    texts = [_lines(file) for file in files]
    if any(text is None for text in texts):
        return lead + "It is too long, or can not be read.\n"
    old, new = (text or [] for text in texts)
    before, after = (
        os.devnull if file == os.devnull else f"{side}/{path}" for side, file in zip("ab", files, strict=True)
    )
    return lead + "".join(clean(f"{line}\n") for line in unified_diff(old, new, before, after, lineterm=""))


def _lines(file: str) -> list[str] | None:
    """The lines of a text; None where there are too many, or it can not be read."""
    if file == os.devnull:
        return []
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError:
        return None
    lines = data.decode("utf-8", "replace").splitlines()
    return None if len(data) > MOST_BYTES or len(lines) > MOST_LINES else lines
