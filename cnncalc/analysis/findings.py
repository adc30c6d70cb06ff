"""What `check` and `lint` find, in the one form that every format is made from."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

SEVERITIES = ("note", "warning", "error")
"""How much a finding matters, the least first."""


class Rule(Struct, frozen=True):
    """What was checked: the code by which it is silenced, its name, one sentence on it, and where more is said."""

    code: str
    name: str
    says: str
    severity: str = "error"
    page: str = ""


class Finding(Struct, frozen=True):
    """One thing that was found: the code of the rule, how much it matters, and one line of what it is.

    `place` is where the spec says what was found (a :class:`cnncalc.spec.errors.Place`, or None), `limit` where the
    limit is written that was broken; `layers` are the names of the layers it is about, `help` is the way out.
    """

    code: str
    severity: str
    message: str
    place: Any = None
    layers: tuple[str, ...] = ()
    help: str = ""
    limit: Any = None


class Case(Struct, frozen=True):
    """One thing that was checked of one spec, and what was found: nothing, where it holds."""

    name: str
    findings: tuple[Finding, ...] = ()


class Suite(Struct, frozen=True):
    """All that was checked of one spec; `spec` is what people call it, with its settings."""

    spec: str
    cases: tuple[Case, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found."""
        return tuple(finding for case in self.cases for finding in case.findings)


class Report(Struct, frozen=True):
    """All that a command checked: `tool` is its name, `rules` are those that there were."""

    tool: str
    suites: tuple[Suite, ...]
    rules: tuple[Rule, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found."""
        return tuple(finding for suite in self.suites for finding in suite.findings)

    def failed(self, least: str = "error") -> bool:
        """Is there anything as bad as that, or worse?"""
        return any(SEVERITIES.index(finding.severity) >= SEVERITIES.index(least) for finding in self.findings)
