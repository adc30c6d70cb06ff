"""GitLab's code quality report: a JSON list that merge requests show."""

from __future__ import annotations

from cnncalc.analysis.findings import Report
from cnncalc.writers.findings import entries, fingerprints, pointed, stand_in, told
from cnncalc.writers.json import json_text
from cnncalc.writers.text import clean

SEVERITIES = {"note": "info", "warning": "minor", "error": "major"}
"""GitLab also has `critical` and `blocker`; no limit of an architecture is either."""


def code_quality(report: Report, root: str) -> str:
    """One object for each finding, in their order.

    GitLab demands a path and a line. A finding that no file inside the repository says (of a spec on one line, or of
    one in another folder) stands in line 1 of a path that is the name of its spec.
    """
    pairs = list(entries(report))
    objects = []
    for (spec, finding), fingerprint in zip(pairs, fingerprints(pairs), strict=True):
        spot = pointed(finding, root)
        path, line = (spot.path, spot.line) if spot is not None else (stand_in(spec), 1)
        objects.append(
            {
                "description": "; ".join(told(finding, spec, root)),
                "check_name": clean(finding.code),
                "fingerprint": fingerprint,
                "severity": SEVERITIES[finding.severity],
                "location": {"path": clean(path), "lines": {"begin": line}},
            }
        )
    return json_text(objects)
