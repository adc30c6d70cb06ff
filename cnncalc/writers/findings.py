"""What the formats share: places inside the repository, words that steer nothing, names that stay."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.analysis.findings import Finding, Report, merged, named
from cnncalc.writers.text import clean


class Spot(NamedTuple):
    """A stretch of a file inside the repository: its path with / between the parts, the rest as in a Place."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


def spot(place: Any, root: str) -> Spot | None:
    """Where a Place is inside the folder `root`; None where it is outside, or in no file."""
    path = "" if place is None or not place.source.path else _inside(place.source.path, root)
    if place is None or not path:
        return None
    start = (max(place.line, 1), max(place.column, 1))
    return Spot(path, *start, *max(start, (place.end_line, max(place.end_column, 1))))


@lru_cache(maxsize=256)
def _inside(path: str, root: str) -> str:
    """The path of a file as seen from a folder that holds it; nothing where the folder does not."""
    try:
        inside = Path(os.path.realpath(path)).relative_to(os.path.realpath(root)).as_posix()
    except (OSError, ValueError):
        return ""
    return "" if inside == "." else inside


def stand_in(spec: str) -> str:
    """The name of a spec as a relative path, for formats that cannot do without one."""
    return re.sub(r"^(?:\.?/+)+", "", spec) or "spec"


def pointed(finding: Finding, root: str) -> Spot | None:
    """The place to show: where the spec says it, else where the limit is written; None where neither is at hand."""
    return spot(finding.place, root) or spot(finding.limit, root)


def entries(report: Report) -> Iterator[tuple[str, Finding]]:
    """What was found with the spec it was found in; what a repeated layer repeats, once."""
    return ((suite.spec, finding) for suite in report.suites for finding in merged(suite.findings))


def told(finding: Finding, spec: str, root: str) -> list[str]:
    """A finding in lines: what it is, the layers it is about where that adds something, and the fix.

    The first line names the spec, unless that is the very file which is pointed at.
    """
    place = finding.place
    shown = place is not None and place.source.name == spec and spot(place, root) is not None
    message = finding.message or finding.code
    lines = [message if shown or spec in message else f"{spec}: {message}"]
    if not all(layer in message for layer in finding.layers):
        lines.append(f"in {named(finding.layers)}")
    if finding.help:
        lines.append(f"help: {finding.help}")
    return [clean(line) for line in lines]


def fingerprints(pairs: list[tuple[str, Finding]]) -> list[str]:
    """A name for each finding that stays when lines move: a hash of its code, its spec and its layers.

    No two are the same: of those that have all of this in common the second one counts as such.
    """
    from hashlib import sha256

    seen: Counter[str] = Counter()
    names = []
    for spec, finding in pairs:
        key = json.dumps([finding.code, spec, *finding.layers])
        names.append(sha256(f"{key}{seen[key] or ''}".encode()).hexdigest())
        seen[key] += 1
    return names
