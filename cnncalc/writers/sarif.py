"""SARIF 2.1.0, the format of static analysis that code scanning and editors read."""

from __future__ import annotations

import os
from typing import Any

from cnncalc.analysis.findings import Finding, Report, Rule
from cnncalc.writers.findings import Spot, entries, fingerprints, pointed, spot, stand_in, told
from cnncalc.writers.json import json_text
from cnncalc.writers.text import clean

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"
"""What paths are relative to. The log does not say where that is on the machine it was written on."""


def log(report: Report, root: str) -> str:
    """A log of one run: the rules there were, and a result for each finding; `results` is empty where there is none.

    A finding that no file inside the repository says points at a file by the name of its spec, relative to nothing, for
    GitHub refuses a log in which a single result has no file.
    """
    rules = {rule.code: rule for rule in report.rules}
    places = {code: place for place, code in enumerate(rules)}
    pairs = list(entries(report))
    version = {"version": clean(report.version)} if report.version else {}
    run = {
        "tool": {"driver": {"name": "cnncalc", **version, "rules": [_rule(rule) for rule in rules.values()]}},
        # Logs of `check` and of `lint` stand side by side: the part before the slash is their category.
        "automationDetails": {"id": f"cnncalc-{report.tool}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "the root of the repository"}}},
        "results": [
            _result(finding, spec, root, places) | {"partialFingerprints": {"cnncalc/v1": fingerprint}}
            for (spec, finding), fingerprint in zip(pairs, fingerprints(pairs), strict=True)
        ],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    """What a rule says, in all of the fields in which GitHub looks for it."""
    online = rule.page.startswith(("https://", "http://"))
    says = _message(rule.says)
    told = {
        "id": clean(rule.code),
        "name": clean(rule.name),
        "shortDescription": says,
        "fullDescription": says,
        "help": _message(f"{rule.says}\nsee {rule.page}") if rule.page else says,
        "defaultConfiguration": {"level": rule.severity},
    }
    return told | {"helpUri": rule.page} if online else told


def _result(finding: Finding, spec: str, root: str, places: dict[str, int]) -> dict[str, Any]:
    place = places.get(finding.code)
    limit = spot(finding.limit, root)
    return {
        "ruleId": clean(finding.code),
        **({"ruleIndex": place} if place is not None else {}),
        "level": finding.severity,
        "message": _message("\n".join(told(finding, spec, root))),
        "locations": [_location(finding, spec, root)],
        **({"relatedLocations": [_physical(limit) | {"message": {"text": "the limit"}}]} if limit is not None else {}),
    }


def _location(finding: Finding, spec: str, root: str) -> dict[str, Any]:
    inside = pointed(finding, root)
    elsewhere = {"physicalLocation": {"artifactLocation": {"uri": _uri(clean(stand_in(spec)))}}}
    location = elsewhere if inside is None else _physical(inside)
    layers = [{"fullyQualifiedName": layer} for layer in dict.fromkeys(map(clean, finding.layers))]
    return location | ({"logicalLocations": layers} if layers else {})


def _physical(spot: Spot) -> dict[str, Any]:
    """A stretch of a file; the end column is after the last character, as in a Place."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(spot.path), "uriBaseId": BASE},
            "region": {
                "startLine": spot.line,
                "startColumn": spot.column,
                "endLine": spot.end_line,
                "endColumn": spot.end_column,
            },
        }
    }


def _uri(path: str) -> str:
    """A path as a relative URI: everything but letters, digits, `_.-~` and `/` is percent-encoded."""
    from urllib.parse import quote

    return quote(os.fsencode(path), safe="/")


def _message(text: str) -> dict[str, str]:
    """Plain text: braces are doubled, for one would be a placeholder, and nothing that a spec says becomes a link."""
    return {"text": clean(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")}
