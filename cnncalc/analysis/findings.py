"""What `check` and `lint` find, in the one form that every format is made from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

SEVERITIES = ("note", "warning", "error")
"""How much a finding matters, from the least on."""


class Rule(Struct, frozen=True):
    """What was checked: the code that silences it, its name, one sentence about it, and where to read more."""

    code: str
    name: str
    says: str
    severity: str = "error"
    page: str = ""


class Finding(Struct, frozen=True):
    """One thing that was found: the code of the rule, how much it matters, and what it is in one line.

    `place` is where in the spec it stands (a :class:`cnncalc.place.Place`, or None), `limit` where the broken limit is
    written; `layers` names the layers it is about, `help` is the fix.
    """

    code: str
    severity: str
    message: str
    place: Any = None
    layers: tuple[str, ...] = ()
    help: str = ""
    limit: Any = None


class Case(Struct, frozen=True):
    """One thing that was checked in one spec, and what was found: nothing if it holds."""

    name: str
    findings: tuple[Finding, ...] = ()


class Suite(Struct, frozen=True):
    """All that was checked in one spec; `spec` is what people call it, with its settings."""

    spec: str
    cases: tuple[Case, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found."""
        return tuple(finding for case in self.cases for finding in case.findings)


class Report(Struct, frozen=True):
    """All that a command checked: `tool` is its name, `rules` are those that there were, `version` is cnncalc's.

    `fails` is the lowest severity at which the command fails; if it is none of them, nothing does.
    """

    tool: str
    suites: tuple[Suite, ...]
    rules: tuple[Rule, ...]
    version: str = ""
    fails: str = "error"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found."""
        return tuple(finding for suite in self.suites for finding in suite.findings)

    def breaks(self, finding: Finding) -> bool:
        """Is a finding so bad that the command fails?"""
        return self.fails in SEVERITIES and SEVERITIES.index(finding.severity) >= SEVERITIES.index(self.fails)

    @property
    def failed(self) -> bool:
        """Is any finding so bad that the command fails?"""
        return any(self.breaks(finding) for finding in self.findings)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of one spec, with those that say the same about one place joined: it names the repeated layers.

    Findings are joined if they have the same code, severity, place and limit, and their messages differ only in numbers
    and names of layers. The first speaks for all of them; its `layers` are those of all, each once.
    """
    groups: dict[Any, list[Finding]] = {}
    for finding in findings:
        repeated = finding.place is not None and finding.layers
        alike = (finding.code, finding.severity, finding.place, finding.limit, _wording(finding))
        groups.setdefault(alike if repeated else finding, []).append(finding)
    return [
        replace(group[0], layers=tuple(dict.fromkeys(layer for finding in group for layer in finding.layers)))
        for group in groups.values()
    ]


def _wording(finding: Finding) -> str:
    """What a message says, without its layers and numbers."""
    text = finding.message
    for layer in finding.layers:
        text = text.replace(layer, "") if layer else text
    return re.sub(r"\d[\w.,%]*", "#", text)


def named(layers: Sequence[str]) -> str:
    """Layers in a few words: `stage2.1.conv1 and 3 more`."""
    return layers[0] if len(layers) == 1 else f"{layers[0]} and {len(layers) - 1} more"
