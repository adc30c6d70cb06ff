"""Findings as problems: the one form in which people read what is wrong, with its line and carets."""

from __future__ import annotations

from cnncalc.analysis.findings import Finding, named
from cnncalc.errors import Problem


def problem(finding: Finding, spec: str = "") -> Problem:
    """The finding as a document of a few lines: code and message, where it stands, its layers, and the fix.

    With `spec` it also says whose layers they are: where several specs are looked at, or one inherits from another.
    """
    layers = named(finding.layers) if finding.layers else ""
    label = f"{layers} of {spec}" if layers and spec else layers or spec
    return Problem(f"{finding.code} {finding.message}", finding.place, finding.help or None, label, finding.severity)
