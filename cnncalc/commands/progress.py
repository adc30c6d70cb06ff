"""How far a command has come: one line on standard error, for whoever looks on for more than a second."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from cnncalc.errors import printable

Item = TypeVar("Item")

AFTER, BETWEEN = 1.0, 0.1
"""Seconds before the line is first drawn, and before it is drawn again."""


@contextmanager
def watched(
    items: Sequence[Item], name: Callable[[Item], str] = str, clock: Callable[[], float] = monotonic
) -> Iterator[Iterable[Item]]:
    """The items, one after the other; the line says which it is at, and is gone at the end, whatever that is."""
    from shutil import get_terminal_size

    stream = sys.stderr
    wide = 0

    def each() -> Iterator[Item]:
        nonlocal wide
        due = clock() + AFTER
        for number, item in enumerate(items, 1):
            now = clock()
            if now >= due:
                due = now + BETWEEN
                line = f"{number} of {len(items)}: {printable(name(item))}"[: get_terminal_size().columns - 1]
                wide = max(wide, len(line))
                stream.write(f"\r{line:{wide}}")
                stream.flush()
            yield item

    try:
        yield each() if stream.isatty() and os.environ.get("TERM") != "dumb" else items
    finally:
        if wide:
            stream.write(f"\r{'':{wide}}\r")
            stream.flush()
