"""Comma-separated values, exact."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from cnncalc.network.counts import plain


def written(rows: Iterable[Iterable[Any]]) -> str:
    """The rows, the titles first: numbers as they are, volumes with x, nothing for nothing."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "x".join(str(plain(part)) for part in value) if isinstance(value, (list, tuple)) else plain(value)
