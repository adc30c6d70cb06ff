"""``cnncalc check``: networks held to budgets and baselines."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncalc.analysis.findings import Report
from cnncalc.commands import completion
from cnncalc.commands.common import Status, choice, settings, sizing_of, warn
from cnncalc.commands.options import (
    Batch,
    BudgetsFile,
    Dtype,
    Output,
    ReportFormat,
    Settings,
    Width,
    limits_option,
    option,
    quiet_option,
    specs_argument,
)
from cnncalc.commands.progress import watched
from cnncalc.commands.showing import REVIEWS, show
from cnncalc.errors import Problem
from cnncalc.guard import requests
from cnncalc.guard.baseline import against_of
from cnncalc.guard.checks import checked
from cnncalc.guard.subjects import budgets_of, subjects_of


def check(
    specs: Annotated[
        list[str] | None, specs_argument("What to check; patterns allowed; by default all of the budgets file.")
    ] = None,
    max: Annotated[list[str] | None, limits_option("At most this: params=140M.")] = None,
    min: Annotated[list[str] | None, limits_option("At least this: receptive_field=212.")] = None,
    equals: Annotated[list[str] | None, limits_option("Exactly this: output=1x1x1000.")] = None,
    budgets: BudgetsFile = None,
    baseline: Annotated[
        str | None,
        option("Fail if anything grew since this baseline file or git:REV.", "FILE|git:REV", completion.files),
    ] = None,
    allow: Annotated[
        list[str] | None,
        option("Allowed change from the baseline: params=+2%, +2%, macs=any.", "METRIC=CHANGE", completion.changes),
    ] = None,
    set: Settings = None,
    dtype: Dtype = "float32",
    batch: Batch = 1,
    format: ReportFormat = "text",
    quiet: Annotated[bool, quiet_option("Print only broken limits.")] = False,
    output: Output = None,
    width: Width = None,
) -> None:
    """Hold networks to budgets and baselines.

    Limits come from the specs, from budgets.yaml, from options, and from a baseline. Exit status 1 if one is broken.

    $ cnncalc check network.yaml --max params=5M --min receptive_field=32
    $ cnncalc check --baseline git:main --allow params=+2%
    """
    from cnncalc import __version__
    from cnncalc.report import check as report

    choice("--format", format, REVIEWS)
    file = budgets_of(budgets)
    asked = {"max": max, "min": min, "equals": equals}
    limits = [limit for word, given in asked.items() for limit in requests.limits(word, _pairs(word, given))]
    against = against_of(baseline, file)
    subjects = subjects_of(specs, settings(set or ()), sizing_of(dtype, batch), limits, file)
    allowances = requests.allowances(_pairs(requests.ALLOW, allow))
    with watched(subjects, lambda subject: subject.label) as each:
        outcomes = checked(each, against, allowances, most=format == "json")
    warn(against.unread if against is not None else ())
    findings = report.report(outcomes, __version__)
    show(
        format,
        output,
        width,
        text=lambda: report.page(outcomes, _broken(findings), quiet),
        answer=lambda: report.held(outcomes),
        comment=lambda: report.comment(outcomes),
        report=lambda: findings,
    )
    if not all(outcome.holds for outcome in outcomes):
        raise typer.Exit(Status.FAILED)


def _pairs(word: str, given: list[str] | None) -> list[tuple[str, str]]:
    return [requests.pair(word, text) for text in given or ()]


def _broken(report: Report) -> list[str]:
    """What is wrong, each limit once: at its place, or at the layer to look at where no file holds the limit."""
    problems = []
    for suite in report.suites:
        for finding in (case.findings[0] for case in suite.cases if case.findings):
            unsaid = len(report.suites) > 1 and suite.spec not in finding.message
            message = f"{suite.spec}: {finding.message}" if unsaid else finding.message
            problems.append(str(Problem(message, finding.limit or finding.place, finding.help)))
    return problems
