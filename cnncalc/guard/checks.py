"""Holding specs to their limits and to a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.amounts import Slack
from cnncalc.errors import Problem, SpecError, short, wrong
from cnncalc.guard.baseline import Baseline
from cnncalc.guard.subjects import Subject
from cnncalc.guard.verdicts import Outcome, guards, verdicts
from cnncalc.network.limits import CHANGE, Limit, LimitError
from cnncalc.network.metrics import METRICS, measured
from cnncalc.network.network import Network

TOLD = ("params", "macs", "activation_bytes", "receptive_field")
"""The metrics that people ask for first."""


def checked(
    subjects: Iterable[Subject],
    baseline: Baseline | None = None,
    allowed: Mapping[str, Slack] | None = None,
    *,
    most: bool = False,
) -> list[Outcome]:
    """Hold every spec to its limits, and to the baseline. Raises SpecError with all that keeps specs from it.

    That is: specs that are wrong, limits on nothing, a limit on a change without a baseline, and nothing to hold to. A
    baseline that cannot be asked ends it at once, and so does an allowance without one. `most` is as for `verdicts`.
    """
    if allowed and baseline is None:
        raise wrong("--allow goes with --baseline", None, "name a baseline: a file, or git:main")
    outcomes: list[Outcome] = []
    problems: list[Problem] = []
    idle: dict[Limit, Problem] = {}
    used: set[Limit] = set()
    for subject in subjects:
        before = None if baseline is None else baseline.before(subject)
        try:
            outcome, left = _outcome(subject, baseline, before, allowed or {}, most)
        except SpecError as error:
            problems += error.about(subject.label).problems
            continue
        outcomes.append(outcome)
        used |= {verdict.limit for verdict in outcome.verdicts}
        idle.update(left)
    problems += [problem for limit, problem in idle.items() if limit not in used]
    if problems:
        raise SpecError(*dict.fromkeys(problems))
    return outcomes


def _outcome(
    subject: Subject,
    baseline: Baseline | None,
    before: Mapping[str, Any] | None,
    allowed: Mapping[str, Slack],
    most: bool,
) -> tuple[Outcome, dict[Limit, Problem]]:
    """What becomes of one spec, and what is to be said of the limits that fit none of its layers."""
    network = subject.network()
    limits = (*subject.limits, *network.demands.budget)
    if baseline is not None:
        limits = (*limits, *guards(limits, allowed, before or ()))
    elif change := next((limit for limit in limits if limit.word == CHANGE), None):
        message = f"the change of {change.subject} is limited, but there is no baseline"
        way_out = "add --baseline FILE or --baseline git:main, or set `baseline:` in the budgets file"
        raise wrong(message, change.place, way_out)
    missing = baseline is not None and before is None and baseline.demands(subject)
    if not limits and not missing and (baseline is None or subject.aside):
        way_out = "give it a `budget:`, name it in budgets.yaml, or add --max params=140M"
        raise wrong(f"no budget applies to {short(subject.label)}", None, way_out)
    try:
        reached, idle = verdicts(network, limits, before, most=most)
    except LimitError as error:
        place = None if error.limit is None else error.limit.place
        raise wrong(error.message, place, error.help) from None
    outcome = Outcome(
        spec=subject.label,
        path=subject.path,
        name=network.name,
        place=network.layers[0].place,
        verdicts=tuple(reached),
        metrics={name: measured(network, name) for name in (TOLD if before is None else METRICS)},
        before=before,
        missing=missing,
        against="" if baseline is None else baseline.name,
    )
    return outcome, {limit: _idle(subject, network, limit) for limit in idle}


def _idle(subject: Subject, network: Network, limit: Limit) -> Problem:
    """Why a limit on layers is on none."""
    shown = short(limit.layers)
    nodes = network.select(limit.layers)
    if nodes:
        return Problem(f"no layer that fits {shown} has a {limit.metric}", limit.place, f"{nodes[0].name} has none")
    names = ", ".join([*(node.name for node in network.layers[:3]), *(["…"] if network.layers[3:] else [])])
    return Problem(f"no layer of {short(subject.label)} fits {shown}", limit.place, f"its layers are {names}")
