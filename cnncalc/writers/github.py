"""Workflow commands by which GitHub Actions draws annotations at the lines of a pull request."""

from __future__ import annotations

from cnncalc.analysis.findings import Finding, Report
from cnncalc.writers.findings import entries, pointed, told
from cnncalc.writers.text import clean

COMMANDS = {"note": "notice", "warning": "warning", "error": "error"}

# What is percent-encoded in the text of a command, and in its properties besides.
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def commands(report: Report, root: str) -> str:
    """One command a line and finding; nothing where nothing was found. GitHub draws the first ten of a kind and step.

    A finding that no file inside the repository says has an annotation without a place. Nothing in a spec can end the
    line and begin another command: line ends are encoded everywhere, colons and commas in properties.
    """
    return "".join(f"{_command(finding, spec, report, root)}\n" for spec, finding in entries(report))


def _command(finding: Finding, spec: str, report: Report, root: str) -> str:
    """`::error file=…,line=…::message`: the title is the last property, the message may have several lines."""
    values = _region(finding, root) | {"title": f"cnncalc {report.tool}: {finding.code}"}
    properties = ",".join(f"{key}={clean(value).translate(_PROPERTY)}" for key, value in values.items())
    message = "\n".join(told(finding, spec, root)).translate(_DATA)
    return f"::{COMMANDS[finding.severity]} {properties}::{message}".rstrip()


def _region(finding: Finding, root: str) -> dict[str, str]:
    """Where to draw it. The end column is that of the last character; GitHub takes columns within one line only."""
    spot = pointed(finding, root)
    if spot is None:
        return {}
    # A place that ends before the first column of a line ends with the line above.
    last = max(spot.line, spot.end_line - (spot.end_column <= 1))
    values = {"file": spot.path, "line": str(spot.line)}
    if last == spot.end_line == spot.line:
        values["col"] = str(spot.column)
        values["endLine"] = str(last)
        values["endColumn"] = str(max(spot.column, spot.end_column - 1))
    else:
        values["endLine"] = str(last)
    return values
