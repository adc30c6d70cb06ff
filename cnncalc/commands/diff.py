"""``cnncalc diff``: what lies between two networks; and the same for git, file by file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cnncalc.commands.common import Status, choice, settings, warn
from cnncalc.commands.options import Output, Width, format_option, settings_option, specs_argument
from cnncalc.commands.showing import DIFFERENCES, Things, emit, show, written
from cnncalc.errors import SpecError, short, wrong

if TYPE_CHECKING:
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
        specs_argument(
            "Specs, git:REV:PATH, git:REV (the other side at that revision), stored results or baselines.", "OLD NEW"
        ),
    ],
    set: Annotated[list[str] | None, settings_option("Set a parameter of both specs.")] = None,
    format: Annotated[str, format_option(DIFFERENCES)] = "table",
    every: Annotated[bool, typer.Option("--all", help="Also list unchanged layers.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with status 1 when there is a difference.")
    ] = False,
    output: Output = None,
    width: Width = None,
) -> None:
    """Show what changed between two networks.

    Layers, and every metric before and after. Prints nothing if they are equal.

    $ cnncalc diff git:main network.yaml
    $ cnncalc diff vgg13 vgg16
    """
    if GIT in os.environ and len(specs) in (UNMERGED, USUAL, RENAMED):
        emit(_driven(specs, format, every, set or (), output), output)
        return
    from cnncalc.analysis.difference import difference
    from cnncalc.guard.sides import sides

    choice("--format", format, DIFFERENCES)
    if len(specs) != 2:
        named = "one is" if len(specs) == 1 else f"{len(specs):,} are"
        raise wrong(f"diff takes two specs, and {named} named", None, "such as `cnncalc diff git:HEAD net.yaml`")
    pair = sides(specs[0], specs[1], settings(set or ()))
    warn({str(warning): warning for side in pair if side is not None for warning in side.warnings}.values())
    found = difference(*pair)
    show(format, output, width, **_things(found, every))
    if exit_code and found.found:
        raise typer.Exit(Status.FAILED)


def _things(found: Difference, every: bool) -> dict[str, Things]:
    from cnncalc.report import difference as report

    return {
        "table": lambda: report.page(found, every),
        "comment": lambda: report.comment(found, every),
        "answer": lambda: report.changes(found, every),
    }


# ------------------------------------------------------------------------------------------------------------ for git


class Blob(NamedTuple):
    """A file as git lays it out for the command, its path in the repository, its hash, and which of the two it is."""

    file: str
    path: str
    id: str
    side: str


def _driven(given: Sequence[str], format: str, every: bool, set: Sequence[str], to: Path | None) -> str:
    """What git is to show of one file. It never fails: git would stop there, whatever other files there are."""
    path = given[0]
    if len(given) == UNMERGED:
        return f"* Unmerged path {path}\n"
    now = given[7] if len(given) == RENAMED else path
    blobs = Blob(given[1], path, given[2], "old"), Blob(given[4], now, given[5], "new")
    try:
        from cnncalc.analysis.difference import difference

        choice("--format", format, DIFFERENCES)
        overrides = settings(set)
        sides: list[Snapshot | None] = []
        for blob in blobs:
            try:
                sides.append(_snapshot(blob, overrides))
            except SpecError as error:
                return _text(blobs, f"the {blob.side} one is not a spec: {error.problems[0].message}")
        found = difference(*sides)
        if found.found:
            return "".join(written(format, to, **_things(found, every)))
        return f"{' → '.join(dict.fromkeys((path, now)))}: {_unchanged(given)}\n"
    except SpecError as error:
        return _text(blobs, error.problems[0].message)
    except Exception as fault:  # whatever it is, the text can be shown
        return _text(blobs, f"this is a bug in cnncalc: {type(fault).__name__}: {fault}")


def _unchanged(given: Sequence[str]) -> str:
    """What became of a file whose network is as it was."""
    if given[3] != given[6]:
        return f"the same network; mode {given[3]} → {given[6]}"
    return "the same network" if given[2] == given[5] else "the same network, written differently"


def _snapshot(blob: Blob, set: dict[str, str]) -> Snapshot | None:
    """The network of a file, None where there is none; what it extends stands beside its place in the repository."""
    from msgspec.structs import replace

    from cnncalc.analysis.difference import snapshot
    from cnncalc.language.load import load
    from cnncalc.sources.files import Folder, text_of

    if blob.file == os.devnull:
        return None
    path = Path(blob.path)
    folder = Folder(path.parent.resolve(), str(path.parent))
    text = replace(text_of(blob.file, name=blob.path), beside=folder.text, key=str(folder.path / path.name))
    stored = blob.id.strip("0.") != ""  # what is not in the repository yet has zeros for a hash
    spec = f"{blob.path} ({blob.id[:7]})" if stored else blob.path
    return snapshot(load(text, set), spec)


def _text(blobs: Sequence[Blob], why: str) -> str:
    """What changed in the text of a file, and why that is shown."""
    from difflib import unified_diff

    from cnncalc.writers.text import clean

    lead = f"{blobs[1].path} is compared as text: {short(why, 200)}\n"
    old, new = (_lines(blob.file) for blob in blobs)
    if old is None or new is None:
        return clean(f"{lead}it is too long for that, or cannot be read\n")
    before, after = (
        os.devnull if blob.file == os.devnull else f"{letter}/{blob.path}"
        for blob, letter in zip(blobs, "ab", strict=True)
    )
    return clean(lead) + "".join(clean(f"{line}\n") for line in unified_diff(old, new, before, after, lineterm=""))


def _lines(file: str) -> list[str] | None:
    """The lines of a text; None where there are too many, or it cannot be read."""
    if file == os.devnull:
        return []
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError:
        return None
    lines = data.decode("utf-8", "replace").splitlines()
    return None if len(data) > MOST_BYTES or len(lines) > MOST_LINES else lines
