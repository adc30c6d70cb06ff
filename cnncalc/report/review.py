"""What `cnncalc lint` found, as an answer and as a comment; the pages of its rules."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from cnncalc import answers
from cnncalc.analysis.findings import SEVERITIES, Finding, Report, named
from cnncalc.analysis.lint import Review
from cnncalc.analysis.rules import FAMILIES, RULES, LintRule
from cnncalc.report.page import Block, Column, Comment, Grid, Line, Row

_RULES = {rule.code: rule for rule in RULES}


def report(reviews: Sequence[Review], rules: Sequence[LintRule], version: str, fails: str) -> Report:
    """The reviews in the form that the formats for machines are made from."""
    suites = tuple(review.suite for review in reviews)
    return Report("lint", suites, tuple(rule.rule for rule in rules), version, fails)


# ------------------------------------------------------------------------------------------------------------ in words


def counted(reviews: Sequence[Review]) -> str:
    """One line: how much was found, the worst first."""
    subject = reviews[0].spec if len(reviews) == 1 else f"{len(reviews)} specs"
    counts = _counts(finding for review in reviews for finding in review.findings)
    said = [_many(counts[severity], severity) for severity in reversed(SEVERITIES) if counts[severity]]
    return f"{subject}: {', '.join(said) or 'no findings'}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _counts(findings: Iterable[Finding]) -> Counter[str]:
    return Counter(finding.severity for finding in findings)


# ---------------------------------------------------------------------------------------------------------------- JSON


def linted(reviews: Sequence[Review], root: str) -> answers.Lint:
    """The reviews as plain data. Paths are relative to `root` where that holds them."""
    counts = _counts(finding for review in reviews for finding in review.findings)
    return answers.Lint(
        specs=tuple(
            answers.Reviewed(
                review.spec, review.network.name, tuple(_remark(finding, root) for finding in review.findings)
            )
            for review in reviews
        ),
        counts={severity: counts[severity] for severity in SEVERITIES},
    )


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


# ------------------------------------------------------------------------------------------------------------ comment


def comment(reviews: Sequence[Review], root: str) -> Comment:
    """A table of the findings, the worst first, fit for a comment on a pull request; nothing where there is none."""
    found = [(review, finding) for review in reviews for finding in review.findings]
    found.sort(key=lambda row: -SEVERITIES.index(row[1].severity))
    several = len(reviews) > 1
    titles = ["Severity", "Rule", *(["Spec"] if several else []), "Layers", "Where", "What", "Way out"]
    rows = [Row(_cells(review, finding, several, root)) for review, finding in found]
    blocks: list[Block] = [Line(counted(reviews), "bold"), Grid([Column(title, title) for title in titles], rows)]
    return Comment(blocks if rows else [], "cnncalc lint")


def _cells(review: Review, finding: Finding, several: bool, root: str) -> list[str]:
    place = finding.place
    where = f"{_file(place, root)}:{place.line}" if place is not None and place.source.path else ""
    rule = f"{finding.code} {_RULES[finding.code].name}"
    parts = [finding.severity, rule, *([review.spec] if several else [])]
    return [*parts, named(finding.layers) if finding.layers else "", where, finding.message, finding.help]


# --------------------------------------------------------------------------------------------------------------- pages


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
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "says": rule.says,
        "why": " ".join(rule.why.split()),
        "source": rule.source,
        "example": rule.example.strip(),
        "instead": rule.instead.strip(),
    }


def index() -> str:
    """The page that lists all rules, family by family, and says how they are silenced."""
    parts = [_HEAD]
    for family, (title, about) in FAMILIES.items():
        rows = [
            f"| [{rule.code}](lint/{rule.name}.md) | `{rule.name}` | {rule.severity} | {rule.says} |"
            for rule in RULES
            if rule.code.startswith(family)
        ]
        table = ["| code | name | severity | what it finds |", "|---|---|---|---|", *rows]
        parts += [f"### {family}xx: {title}", f"On {about}.", "\n".join(table)]
    return "\n\n".join([*parts, _FOOT])


def file_of(name: str, spec: str) -> str:
    """A spec of a page, as the file that it shows."""
    return f"# {name}\n{spec.strip()}\n"


def page(rule: LintRule, example: str, instead: str, failed: bool) -> str:
    """The page of a rule; `example` and `instead` are what the command prints of its two specs."""
    status = ["$ echo $?", "1"] if failed else []
    return "\n".join(
        [
            f"# {rule.code} {rule.name}",
            "",
            f"**{rule.severity}**: {rule.says}.",
            "",
            rule.why.strip(),
            "",
            *wrap(f"Source: {rule.source}.", 120, break_on_hyphens=False),
            "",
            "## Example",
            "",
            *_fenced("yaml", file_of("example.yaml", rule.example)),
            "",
            *_fenced("console", "$ cnncalc lint example.yaml", example, *status),
            "",
            "## Instead",
            "",
            *_fenced("yaml", file_of("instead.yaml", rule.instead)),
            "",
            *_fenced("console", "$ cnncalc lint instead.yaml", instead),
            "",
            "## Suppressing it",
            "",
            f"- `lint: {{ignore: [{rule.code}]}}` in the spec leaves it out,",
            f'  `lint: {{ignore: [{{{rule.code}: "stage*"}}]}}` for some of its layers',
            f"- `lint: {{severity: {{{rule.code}: {_other(rule.severity)}}}}}` in the spec changes its severity",
            f"- `--ignore {rule.code}` leaves it out of one run",
            "",
            f"The name `{rule.name}` works in place of the code. [All rules](../lint.md).",
            "",
        ]
    )


def _fenced(language: str, *texts: str) -> list[str]:
    return [f"```{language}", *(text.rstrip("\n") for text in texts), "```"]


def _other(severity: str) -> str:
    """A severity that a rule has not by itself."""
    return "note" if severity == "warning" else "warning"


_HEAD = """# Lint

`cnncalc lint SPEC…` points out likely design mistakes, each with the line of the spec, the layers, the fix and the
source. This page and those of the rules are written by the command itself: `cnncalc lint --rules --format markdown`,
`cnncalc lint --rule CNN101 --format markdown`.

- An **error** is almost certainly a mistake, a **warning** probably one, a **note** is advice.
- The exit status is 1 where there is anything at or above `--fail-on` (`warning` by default; `note`, `error`, `never`),
  0 where there is not, and 2 where the request or a spec is wrong. A pattern in quotes (`'configs/*.yaml'`) that fits
  no file is wrong.
- `--format` is `text`, `json`, `markdown` (a table for a pull request; empty where nothing was found, so that no
  comment is made), or one for machines: `github`, `junit`, `sarif`, `gitlab`.
- A layer that the spec writes once and repeats is one finding, which names the first layer and counts the others. It
  points at the line that says it, in the base file where it is inherited.
- Where a volume is a symbol (`HxWxC`), what depends on it is unknown and not reported.

## Rules"""

_FOOT = """## Silencing

Name a rule by its code (`CNN101`), its name (`floored-fraction`), or the start of codes (`CNN1`).

| where | what it does |
|---|---|
| `--ignore CNN301,large-kernel` | leaves rules out of this run |
| `--select CNN1` | runs these rules alone |
| `lint: {ignore: [CNN301]}` in the spec | leaves a rule out of this spec, and of those that extend it |
| `lint: {ignore: [{CNN106: "stage*"}]}` | leaves it out for layers, named by [words](language.md#words-for-layers) |
| `lint: {severity: {CNN106: warning}}` | changes its severity: `note`, `warning` or `error` |

A spec that extends another inherits its `lint`, unless it has one of its own. Unknown rules and words that match no
layer are errors, so that no suppression goes stale.

## From Python

```python
>>> import cnncalc
>>> [finding] = cnncalc.lint("56x56x64: conv5-64", select=["CNN1"]).findings
>>> finding.code, finding.severity, finding.layers
('CNN107', 'note', ('conv1',))

```
"""
