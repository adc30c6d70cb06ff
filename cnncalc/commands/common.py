"""What the commands share: settings, options with a fixed choice, and messages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from cnncalc.errors import Problem, SpecError, near, short, wrong
from cnncalc.network.counts import BITS, Sizing

if TYPE_CHECKING:
    from cnncalc.network.network import Network


class Status(IntEnum):
    """The exit statuses, which carry the verdict whoever reads the output."""

    DONE = 0
    FAILED = 1
    """A check failed, or a comparison found what it was told to fail on."""
    WRONG = 2
    """The request or a spec is wrong."""
    INTERRUPTED = 130
    """128 and the number of the signal, as shells have it."""

    __str__ = int.__repr__  # Python 3.10 would write the name


def say(text: str, end: str = "\n") -> None:
    """Print a message where messages go; no wider than the terminal there."""
    from cnncalc.writers.terminal import message, width

    print(message(text, width(sys.stderr)), end=end, file=sys.stderr)


def refused(message: str) -> Status:
    """Print a message; the exit status of what is wrong."""
    say(message)
    return Status.WRONG


def settings(given: Iterable[str]) -> dict[str, str]:
    """The parameters of ``--set NAME=VALUE``. Raises SpecError for one that is not of that form, or given twice."""
    parameters: dict[str, str] = {}
    for name, value in map(setting, given):
        if name in parameters:
            raise wrong(f"--set gives `{short(name)}` twice", None, "drop one of the two")
        parameters[name] = value
    return parameters


def setting(text: str) -> tuple[str, str]:
    """The name and the value of one ``NAME=VALUE``. Raises SpecError for anything that is not of that form."""
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not name or not value:
        raise wrong(f"--set {short(text)}: expected NAME=VALUE", None, "write --set width=0.5")
    return name, value


def choice(option: str, value: str, known: Sequence[str]) -> str:
    """The value of an option, one of those known. Raises SpecError with the near ones."""
    if value not in known:
        raise wrong(f"{option} takes {', '.join(known)}, not {short(value)}", None, near(value, known, listed=False))
    return value


def sizing_of(dtype: str, batch: int) -> Sizing:
    """How ``--dtype`` and ``--batch`` make bytes of values. Raises SpecError if either is invalid."""
    choice("--dtype", dtype, tuple(BITS))
    if batch < 1:
        raise wrong(f"--batch takes a number of images of at least 1, not {batch}")
    return Sizing(dtype, batch)


def warn(problems: Iterable[Problem]) -> None:
    """Print warnings, a blank line after each."""
    for problem in problems:
        say(str(problem), end="\n\n")


def loaded(wanted: Iterable[tuple[str, Callable[[], Network]]]) -> list[Network]:
    """The networks that these functions load, with their warnings printed.

    Raises SpecError with the problems of all of them; those that no line is about name the spec.
    """
    from cnncalc.language.expand import warnings_of

    networks: list[Network] = []
    problems: list[Problem] = []
    for spec, load in wanted:
        try:
            network = load()
        except SpecError as error:
            problems += error.about(spec).problems
            continue
        warn(warnings_of(network))
        networks.append(network)
    if problems:
        raise SpecError(*problems)
    return networks
