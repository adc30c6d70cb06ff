"""``cnncalc lint``: what a reviewer who knows the literature would say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncalc.analysis.findings import SEVERITIES
from cnncalc.commands import completion
from cnncalc.commands.common import Status, choice, settings
from cnncalc.commands.options import Output, ReportFormat, Settings, Width, option, quiet_option, specs_argument
from cnncalc.commands.showing import REVIEWS, Things, formats, show
from cnncalc.errors import wrong
from cnncalc.guard.findings import problem
from cnncalc.guard.review import of_text, review, reviewed, rules_of
from cnncalc.report.page import Laid, listing
from cnncalc.sources.files import root

if TYPE_CHECKING:
    from cnncalc.analysis.lint import Review
    from cnncalc.analysis.rules import LintRule

NEVER = "never"
"""The word for a severity that never fails."""


def lint(
    specs: Annotated[
        list[str] | None, specs_argument("What to check; patterns such as 'configs/*.yaml' are allowed.")
    ] = None,
    select: Annotated[
        list[str] | None,
        option("Run only these: CNN101,large-kernel, or CNN1 for a family.", "RULES", completion.rules),
    ] = None,
    ignore: Annotated[list[str] | None, option("Skip these.", "RULES", completion.rules)] = None,
    fail_on: Annotated[
        str,
        option(
            "Exit with status 1 at this severity or above: note, warning, error or never.",
            words=completion.of((*SEVERITIES, NEVER)),
        ),
    ] = "warning",
    rules: Annotated[bool, typer.Option("--rules", help="List the rules.")] = False,
    rule: Annotated[str | None, option("Print the page of a rule.", "RULE", completion.rules)] = None,
    set: Settings = None,
    format: ReportFormat = "text",
    quiet: Annotated[bool, quiet_option("Print only findings.")] = False,
    output: Output = None,
    width: Width = None,
) -> None:
    """Point out likely design mistakes, each with a fix and a source.

    Exit status 1 on warnings.

    $ cnncalc lint network.yaml
    $ cnncalc lint --rule CNN101
    """
    from cnncalc import __version__
    from cnncalc.report import review as report

    choice("--format", format, REVIEWS)
    choice("--fail-on", fail_on, (*SEVERITIES, NEVER))
    if rules or rule is not None:
        _explained(specs, rule, format, output, width)
        return
    if not specs:
        raise wrong("no spec given", None, "name one, or a pattern such as 'configs/*.yaml'")
    wanted = rules_of(_words("--select", select), _words("--ignore", ignore))
    reviews = reviewed(specs, settings(set or ()), wanted)
    findings = report.report(reviews, wanted, __version__, fail_on)
    show(
        format,
        output,
        width,
        text=lambda: [Laid(_text(reviews, quiet=quiet))],
        answer=lambda: report.linted(reviews, str(root())),
        comment=lambda: report.comment(reviews, str(root())),
        report=lambda: findings,
    )
    if findings.failed:
        raise typer.Exit(Status.FAILED)


def _words(option: str, given: list[str] | None) -> list[str]:
    """The words of an option, with commas between them or given several times. Raises SpecError for an empty one."""
    words = [word.strip() for text in given or () for word in text.split(",")]
    if not all(words):
        raise wrong(f"{option} names no rule", None, f"write {option} CNN101, or {option} CNN101,large-kernel")
    return words


def _text(reviews: Sequence[Review], *, quiet: bool = False) -> str:
    """Every finding with its line and carets, and one line that counts them."""
    from cnncalc.report import review as report

    parts = []
    for one in reviews:
        for finding in one.findings:
            source = "" if finding.place is None else finding.place.source.path
            elsewhere = len(reviews) > 1 or (source and Path(source).stem != Path(one.spec).stem)
            parts.append(str(problem(finding, one.spec if elsewhere else "")))
    if not quiet:
        parts.append(report.counted(reviews))
    return "\n\n".join(parts) + "\n" if parts else ""


def _explained(specs: list[str] | None, word: str | None, format: str, output: Path | None, width: int | None) -> None:
    """Print the list of the rules, or the page of one."""
    from cnncalc.analysis.rules import RULES
    from cnncalc.report import review as report

    if specs:
        raise wrong("--rules and --rule take no spec", None, "drop one of the two")
    choice("--format", format, formats("text", "answer", "comment"))
    if word is None:
        rules = [report.described(rule) for rule in RULES]
        things: dict[str, Things] = {
            "text": lambda: [listing(rules, report.OVERVIEW)],
            "answer": lambda: rules,
            "comment": lambda: [Laid(report.index(), markdown=True)],
        }
    else:
        meant = rules_of([word])
        if len(meant) > 1:
            raise wrong(f"`{word}` means {len(meant)} rules", None, "--rules lists them, --rule is for one")
        document = [Laid(page(meant[0]), markdown=True)]
        things = {"text": lambda: document, "answer": lambda: report.described(meant[0]), "comment": lambda: document}
    show(format, output, width, **things)


def page(rule: LintRule) -> str:
    """The page of a rule, with what the command prints of its two specs."""
    from cnncalc.report import review as report

    before, after = (
        review(name, of_text(name, report.file_of(name, spec)))
        for name, spec in (("example.yaml", rule.example), ("instead.yaml", rule.instead))
    )
    failed = report.report([before], [rule], "", "warning").failed
    return report.page(rule, _text([before]), _text([after]), failed)
