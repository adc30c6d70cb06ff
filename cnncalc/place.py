"""Where something stands: a text with a name, and a stretch of it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct


class Source(Struct, frozen=True, eq=False):
    """Where a spec's text came from: a name for people, the lines to point at, and the file (absolute; '' for none)."""

    name: str
    lines: tuple[str, ...] = ()
    path: str = ""


class Place(NamedTuple):
    """A stretch of a source: lines counted from 1, columns from 1, the end column after it."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int
