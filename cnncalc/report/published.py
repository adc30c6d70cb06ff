"""Published figures shown beside the computed ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cnncalc.analysis.published import Figure
from cnncalc.report import units
from cnncalc.report.page import Column

ITEMS = (
    Column("name", "Network"),
    Column("metric", "Metric", gives="wrap"),
    Column("printed", "Printed", right=True, rank=1),
    Column("computed", "Computed", right=True, rank=2),
    Column("where", "Where", rank=3),
    Column("verdict", "Verdict", gives="wrap"),
)


def record(name: str, figure: Figure) -> dict[str, Any]:
    """A figure as plain data."""
    return {
        "name": name,
        "metric": figure.metric,
        "printed": figure.printed,
        "computed": _computed(figure),
        "where": figure.where if figure.unit == 1000 else f"{figure.where}, K = 1,024",
        "verdict": _verdict(figure),
    }


def _computed(figure: Figure) -> str:
    if isinstance(figure.value, tuple):
        return units.volume(figure.value)
    if isinstance(figure.value, Fraction) or figure.share:
        return f"{float(figure.value):.2f} %"
    return units.grouped(figure.value)


def _verdict(figure: Figure) -> str:
    if figure.reproduced:
        return "reproduced" if not figure.because else f"reproduced, although the spec says it is not: {figure.because}"
    return f"differs: {figure.because}" if figure.because else "differs, and no reason is given"
