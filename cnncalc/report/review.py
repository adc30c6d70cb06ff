"""What `cnncalc lint` found, as an answer and as a comment; the pages of its rules."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from string import Template
from textwrap import wrap
from typing import Any

from cnncalc import answers
from cnncalc.analysis.findings import SEVERITIES, Finding, Report, named
from cnncalc.analysis.lint import Review
from cnncalc.analysis.rules import FAMILIES, RULES, LintRule
from cnncalc.report import units
from cnncalc.report.page import Block, Column, Comment, Grid, Line, Row

_RULES = {rule.code: rule for rule in RULES}


def report(reviews: Sequence[Review], rules: Sequence[LintRule], version: str, fails: str) -> Report:
    """The reviews in the form that the formats for machines are made from."""
    suites = tuple(review.suite for review in reviews)
    return Report("lint", suites, tuple(rule.rule for rule in rules), version, fails)


def counted(reviews: Sequence[Review]) -> str:
    """One line: how much was found, the worst first."""
    subject = reviews[0].spec if len(reviews) == 1 else f"{len(reviews)} specs"
    counts = _counts(reviews)
    parts = [units.many(counts[severity], severity) for severity in reversed(SEVERITIES) if counts[severity]]
    return f"{subject}: {', '.join(parts) or 'no findings'}"


def _counts(reviews: Sequence[Review]) -> Counter[str]:
    return Counter(finding.severity for review in reviews for finding in review.findings)


def linted(reviews: Sequence[Review], root: str) -> answers.Lint:
    """The reviews as plain data. Paths are relative to `root` where that holds them."""
    counts = _counts(reviews)
    specs = (
        answers.Reviewed(review.spec, review.network.name, tuple(_remark(finding, root) for finding in review.findings))
        for review in reviews
    )
    return answers.Lint(specs=tuple(specs), counts={severity: counts[severity] for severity in SEVERITIES})


def _remark(finding: Finding, root: str) -> answers.Remark:
    place = finding.place
    return answers.Remark(
        code=finding.code,
        name=_RULES[finding.code].name,
        severity=finding.severity,
        message=finding.message,
        layers=finding.layers,
        place=None if place is None else answers.Spot(_file(place, root), place.line, place.column),
        help=finding.help,
    )


def _file(place: Any, root: str) -> str:
    """The path of the file that a place is in, as seen from the root; what people call the spec where it has none."""
    path = place.source.path
    if not path:
        return str(place.source.name)
    try:
        return Path(os.path.realpath(path)).relative_to(os.path.realpath(root)).as_posix()
    except ValueError:
        return str(path)


def comment(reviews: Sequence[Review], root: str) -> Comment:
    """A table of the findings, the worst first, fit for a comment on a pull request; nothing where there is none."""
    pairs = [(review, finding) for review in reviews for finding in review.findings]
    pairs.sort(key=lambda pair: -SEVERITIES.index(pair[1].severity))
    titles = ["Severity", "Rule", "Spec", "Layers", "Where", "What", "Way out"]
    kept = [title for title in titles if title != "Spec" or len(reviews) > 1]
    rows = []
    for review, finding in pairs:
        place = finding.place
        where = f"{_file(place, root)}:{place.line}" if place is not None and place.source.path else ""
        rule, layers = f"{finding.code} {_RULES[finding.code].name}", named(finding.layers) if finding.layers else ""
        cells = [finding.severity, rule, review.spec, layers, where, finding.message, finding.help]
        rows.append(Row([cell for title, cell in zip(titles, cells, strict=True) if title in kept]))
    blocks: list[Block] = [Line(counted(reviews), "bold"), Grid([Column(title, title) for title in kept], rows)]
    return Comment(blocks if rows else [], "cnncalc lint")


OVERVIEW = (
    Column("code", "Code"),
    Column("name", "Name"),
    Column("severity", "Severity"),
    Column("says", "What it finds", gives="wrap"),
)
"""What the list of all rules says of each."""


def described(rule: LintRule) -> dict[str, Any]:
    """What a rule is, as plain data."""
    return {
        **{column.key: getattr(rule, column.key) for column in OVERVIEW},
        "why": " ".join(rule.why.split()),
        "source": rule.source,
        "example": rule.example.strip(),
        "instead": rule.instead.strip(),
    }


def index() -> str:
    """The page that lists all rules, family by family, and says how they are silenced."""
    parts = []
    for family, (title, about) in FAMILIES.items():
        rows = [
            f"| [{rule.code}](lint/{rule.name}.md) | `{rule.name}` | {rule.severity} | {rule.says} |"
            for rule in RULES
            if rule.code.startswith(family)
        ]
        table = ["| code | name | severity | what it finds |", "|---|---|---|---|", *rows]
        parts += [f"### {family}xx: {title}", f"On {about}.", "\n".join(table)]
    return _filled("lint.md", rules="\n\n".join(parts))


def file_of(name: str, spec: str) -> str:
    """A spec of a page, as the file that it shows."""
    return f"# {name}\n{spec.strip()}\n"


def page(rule: LintRule, example: str, instead: str, failed: bool) -> str:
    """The page of a rule; `example` and `instead` are what the command prints of its two specs."""
    parts = described(rule) | {
        "why": rule.why.strip(),
        "source": "\n".join(wrap(f"Source: {rule.source}.", 120, break_on_hyphens=False)),
        "example": file_of("example.yaml", rule.example).rstrip("\n"),
        "findings": example.rstrip("\n") + ("\n$ echo $?\n1" if failed else ""),
        "instead": file_of("instead.yaml", rule.instead).rstrip("\n"),
        "after": instead.rstrip("\n"),
        "other": "note" if rule.severity == "warning" else "warning",
    }
    return _filled("rule.md", **parts)


def _filled(page: str, **parts: str) -> str:
    """A page of this folder with its parts."""
    return Template(Path(__file__).with_name(page).read_text(encoding="utf-8")).substitute(parts)
