"""Findings in words."""

from __future__ import annotations

from cnncalc.analysis.insight import Finding, findings
from cnncalc.layers import registry
from cnncalc.network import Network
from cnncalc.report import units

_OF = {"activations": "of the activation memory", "params": "of the parameters", "macs": "of the multiply-adds"}
_IS = {"activations": " is", "params": " are", "macs": " are"}


def sentences(network: Network) -> list[str]:
    """One or two sentences that say where memory, parameters and multiply-adds sit."""
    found = {finding.metric: finding for finding in findings(network)}
    first = [found[metric] for metric in ("activations", "params") if metric in found]
    second = [found["macs"]] if "macs" in found else []
    return [
        ", ".join(_clause(finding, place == 0) for place, finding in enumerate(clauses)) + "."
        for clauses in (first, second)
        if clauses
    ]


def _clause(finding: Finding, opening: bool) -> str:
    kind = registry()[finding.layers[0].type]
    plural = kind.plural or f"{kind.type_name()} layers"
    many = len(finding.layers) > 1
    noun = plural if many else plural.removesuffix("s")
    if finding.first is None:
        which = noun
    else:
        which = f"first {units.counted(finding.first)} {noun}" if many else f"first {noun}"
    return (
        f"{units.percent(finding.share)} {_OF[finding.metric]}{_IS[finding.metric] if opening else ''} in the {which}"
    )
