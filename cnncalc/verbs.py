"""The public verbs beside `load`; `to_dict()` of what they return is the JSON that the commands print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.language.load import load
from cnncalc.network.network import Summary

if TYPE_CHECKING:
    from cnncalc import answers

Spec: TypeAlias = str | PathLike[str] | Mapping[str, Any]


def summarize(
    spec: Spec,
    set: Mapping[str, Any] | None = None,
    strict: bool = False,
    *,
    dtype: str = "float32",
    batch: int = 1,
    depth: int | None = None,
) -> Summary:
    """The breakdown of a network, as ``cnncalc summarize --format json`` prints it.

    Raises SpecError for a wrong spec, ValueError for an unknown number type or a batch below 1.

    >>> summarize("224x224x3: conv3-64").totals["weights"] == 3 * 3 * 3 * 64
    True
    """
    from cnncalc.report.breakdown import result

    return result(load(spec, set, strict).sized(dtype, batch), depth)


def explain(spec: Spec, *layers: str, set: Mapping[str, Any] | None = None) -> answers.Explanation:
    """The derivations of the layers meant (names, groups, patterns, types), or of all, as ``cnncalc explain -f json``.

    Raises SpecError for a wrong spec, and for a word that means no layer.

    >>> explain("227x227x3: conv3-8").layers[0].steps[1].symbols
    '(W₁-F+2*P)/S+1'
    """
    from cnncalc.analysis.derivation import chosen
    from cnncalc.report.explanation import explained

    network = load(spec, set)
    return explained(network, chosen(network, layers) if layers else network.layers)


def compare(*specs: Spec, set: Mapping[str, Any] | None = None) -> answers.Comparison:
    """Designs side by side, as ``cnncalc compare --format json`` prints them; all under the same settings.

    Raises SpecError for a wrong spec.

    >>> compare("HxWxC: (conv3-C)*3", "HxWxC: conv7-C").ratios[1]["weights"]
    '49/27'
    """
    from cnncalc.analysis.comparison import Design
    from cnncalc.report.comparison import compared

    networks = [load(spec, set) for spec in specs]
    names = [spec if isinstance(spec, str) else network.name for spec, network in zip(specs, networks, strict=True)]
    return compared([Design(network, name) for network, name in zip(networks, names, strict=True)])


def diff(old: Spec | Summary, new: Spec | Summary, set: Mapping[str, Any] | None = None) -> answers.Changes:
    """What lies between two networks, as ``cnncalc diff --format json`` prints it.

    A side is also ``git:REV`` (the other side's file as it was then), a result of :func:`summarize`, or the file of
    one, or a baseline. Raises SpecError if it is none of these.

    >>> diff("32x32x3: conv3-8", "32x32x3: conv3-16").layers[0].fields["filters"].after
    16
    """
    from cnncalc.analysis.difference import difference
    from cnncalc.guard.sides import sides
    from cnncalc.report.difference import changes

    return changes(difference(*sides(old, new, set)))


def scale(spec: Spec, set: Mapping[str, Any] | None = None) -> answers.Scaling:
    """By what each metric grows when width, depth or resolution is doubled, as ``cnncalc scale -f json`` prints it.

    Raises SpecError for a wrong spec.

    >>> scale("32x32x8: conv3-8 conv3-8").ways[2].macs
    4.0
    """
    from cnncalc.analysis.scaling import scaling

    return scaling(load(spec, set))


def check(
    *specs: str | PathLike[str],
    max: Mapping[str, Any] | None = None,
    min: Mapping[str, Any] | None = None,
    equals: Mapping[str, Any] | None = None,
    budgets: str | PathLike[str] | None = None,
    baseline: str | PathLike[str] | None = None,
    allow: Mapping[str, str] | None = None,
    set: Mapping[str, Any] | None = None,
) -> answers.Check:
    """Specs held to their limits, as ``cnncalc check --format json`` prints it: `holds` says whether all of them hold.

    Without specs it is all of the budgets file. `max`, `min` and `equals` have limits by metric, numbers or texts such
    as "140M"; `allow` says how far metrics may move from the baseline. Raises SpecError for a wrong request.

    >>> check("vgg16", max={"params": "140M"}, min={"receptive_field": 212}).holds
    True
    """
    from cnncalc.guard import requests
    from cnncalc.guard.baseline import against_of
    from cnncalc.guard.checks import checked
    from cnncalc.guard.subjects import budgets_of, subjects_of
    from cnncalc.network.counts import Sizing
    from cnncalc.report.check import held

    file = budgets_of(None if budgets is None else Path(budgets))
    limits = [*requests.asked("max", max), *requests.asked("min", min), *requests.asked("equals", equals)]
    subjects = subjects_of([fspath(spec) for spec in specs], set or {}, Sizing(), limits, file)
    against = against_of(None if baseline is None else fspath(baseline), file)
    return held(checked(subjects, against, requests.allowances((allow or {}).items()), most=True))


def lint(
    spec: Spec, set: Mapping[str, Any] | None = None, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> answers.Lint:
    """What a reviewer would say of a network: what ``cnncalc lint --format json`` prints.

    `select` and `ignore` name rules by code, by the beginning of codes, or by name. Raises SpecError for a wrong spec,
    and for a rule that there is not.

    >>> [finding] = lint("56x56x64: conv5-64", select=["smaller-stack"]).findings
    >>> finding.code, finding.layers
    ('CNN107', ('conv1',))
    """
    from cnncalc.guard.review import review, rules_of
    from cnncalc.report.review import linted
    from cnncalc.sources.files import root

    rules = rules_of(select, ignore)
    network = load(spec, set)
    return linted([review(network.name, network, rules)], str(root()))
