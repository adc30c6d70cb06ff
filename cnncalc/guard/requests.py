"""Limits that are asked for by name, on the command line or in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.amounts import AmountError, Slack, slack
from cnncalc.errors import short, wrong
from cnncalc.language.budget import kind_of
from cnncalc.network.limits import WORDS, Limit, LimitError, limit
from cnncalc.network.metrics import metric_of

ALLOW = "allow"
"""The word of what may move against a baseline."""


def pair(word: str, text: str) -> tuple[str, str]:
    """The sides of ``METRIC=LIMIT``; of an allowance the metric may be left out. Raises SpecError if it is not one."""
    metric, sign, bound = (part.strip() for part in text.rpartition("="))
    if not bound or (word in WORDS and not (sign and metric)):
        raise wrong(f"--{word} {short(text)}: expected METRIC=LIMIT", None, f"write --{word} params=140M")
    return metric, bound


def limits(word: str, pairs: Iterable[tuple[str, str]]) -> list[Limit]:
    """The limits that one word lays on metrics. Raises SpecError for one that cannot be read."""
    held = []
    for named, bound in pairs:
        metric = metric_of(named)
        try:
            held.append(limit(metric, word, bound, kind_of(metric), key=f"--{word}"))
        except AmountError as error:
            raise wrong(f"--{word} {short(metric)}={short(bound)}: {error.message}", None, error.help) from None
    return held


def asked(word: str, bounds: Mapping[str, Any] | None) -> list[Limit]:
    """The limits that one word lays on metrics, as Python says them: numbers, texts, the extents of a volume."""
    texts = {
        metric: "x".join(map(str, bound)) if isinstance(bound, (tuple, list)) else str(bound)
        for metric, bound in (bounds or {}).items()
    }
    return limits(word, texts.items())


def allowances(pairs: Iterable[tuple[str, str]]) -> dict[str, Slack]:
    """How far metrics may move from a baseline, by name; '' is all where less is better.

    Raises SpecError for anything that is not a change, and for a metric that is given twice.
    """
    allowed: dict[str, Slack] = {}
    for named, change in pairs:
        metric = metric_of(named)
        try:
            if metric in allowed:
                raise LimitError(f"{metric or 'this'} is given twice", "drop one of the two")
            allowed[metric] = slack(change, kind_of(metric) if metric else "count")
        except AmountError as error:
            shown = f"{short(metric)}={short(change)}" if metric else short(change)
            raise wrong(f"--{ALLOW} {shown}: {error.message}", None, error.help) from None
    return allowed
