"""What `check` and `lint` found, in the formats that other programs read."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.analysis.findings import Report
from cnncalc.writers.github import commands
from cnncalc.writers.gitlab import code_quality
from cnncalc.writers.junit import suites
from cnncalc.writers.sarif import log

WRITERS: dict[str, Callable[[Report, str], str]] = {
    "github": commands,
    "junit": suites,
    "sarif": log,
    "gitlab": code_quality,
}
"""What writes each format: a function of the report and of the folder that paths are relative to."""

FORMATS = tuple(WRITERS)


def written(report: Report, format: str, root: str) -> str:
    """The report in one of the FORMATS; paths are relative to the folder `root`, which is absolute.

    Text that can be written as UTF-8, without trailing blanks, that ends with a line end (or is empty: GitHub's, where
    nothing was found), and that is the same for the same report.
    """
    return WRITERS[format](report, root)
