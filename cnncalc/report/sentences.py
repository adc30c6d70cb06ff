"""Findings in words."""

from __future__ import annotations

from cnncalc.analysis.breakdown import Finding, findings
from cnncalc.layers import registry
from cnncalc.network.network import Network
from cnncalc.report import units

_OF = {"activations": "of the activation memory", "params": "of the parameters", "macs": "of the multiply-adds"}
_IS = {"activations": " is", "params": " are", "macs": " are"}


def sentences(network: Network) -> list[str]:
    """One or two sentences that say where memory, parameters and multiply-adds sit."""
    found = {finding.metric: finding for finding in findings(network)}
    first = [found[metric] for metric in ("activations", "params") if metric in found]
    second = [found["macs"]] if "macs" in found else []
    if len({_where(finding) for finding in first}) == 1:
        said = [f"{' and '.join(_amount(finding) for finding in first)} are in the {_where(first[0])}"]
        if len(first) == 1:
            said = [_clause(first[0], opening=True)]
    else:
        said = [", ".join(_clause(finding, opening=place == 0) for place, finding in enumerate(first))]
    return [f"{text}." for text in (*said, *(_clause(finding, opening=True) for finding in second)) if text]


def _amount(finding: Finding) -> str:
    """How much of what."""
    return f"{units.percent(finding.share)} {_OF[finding.metric]}"


def _where(finding: Finding) -> str:
    """The layers that have it."""
    kind = registry()[finding.layers[0].type]
    plural = kind.plural or f"{kind.type_name()} layers"
    many = len(finding.layers) > 1
    noun = plural if many else plural.removesuffix("s")
    if finding.first is None:
        return noun
    return f"first {units.counted(finding.first)} {noun}" if many else f"first {noun}"


def _clause(finding: Finding, opening: bool) -> str:
    return f"{_amount(finding)}{_IS[finding.metric] if opening else ''} in the {_where(finding)}"
