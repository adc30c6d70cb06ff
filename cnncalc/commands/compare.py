"""``cnncalc compare``: designs side by side."""

from __future__ import annotations

import sys
from functools import partial
from itertools import product
from math import prod
from typing import Annotated

import typer
from msgspec.structs import replace

from cnncalc.amounts import AmountError
from cnncalc.analysis.comparison import Design, known, ratios
from cnncalc.analysis.conditions import Condition, condition
from cnncalc.commands.common import Status, choice, loaded, setting
from cnncalc.commands.options import ListFormat, Output, Strict, Width, option, settings_option, specs_argument
from cnncalc.commands.showing import LISTS, show
from cnncalc.errors import short, wrong
from cnncalc.language.budget import kind_of
from cnncalc.language.load import load
from cnncalc.network.metrics import FIELD, SMALLEST, bounded, settle
from cnncalc.report.units import grouped
from cnncalc.sources.find import find


def compare(
    specs: Annotated[list[str], specs_argument("Two or more designs, or one with several values of --set.")],
    set: Annotated[
        list[str] | None,
        settings_option("Set a parameter; repeated for the same name, each value makes one design."),
    ] = None,
    layers: Annotated[bool, typer.Option("--layers", help="Also align the layers of two designs.")] = False,
    fail_if: Annotated[
        list[str] | None,
        option("Exit with status 1 when this holds: 'params > 1.1x', 'macs > 4G'.", "CONDITION"),
    ] = None,
    format: ListFormat = "table",
    strict: Strict = False,
    output: Output = None,
    width: Width = None,
) -> None:
    """Put designs side by side, with ratios to the first.

    Volumes, parameters, multiply-adds, memory and receptive field.

    $ cnncalc compare mobilenet_v1 --set width=0.5 --set width=1
    $ cnncalc compare vgg13 vgg16 --fail-if 'params > 1.1x'
    """
    from cnncalc.report import comparison as report

    choice("--format", format, LISTS)
    conditions = list(map(_condition, fail_if or ()))
    designs = _designs(specs, _variants(set or []), strict)
    if len(designs) < 2:
        raise wrong("nothing to compare", None, "name two specs, or give --set twice for the same parameter")
    if layers and len(designs) != 2:
        raise wrong(f"--layers aligns two designs, and these are {len(designs)}")
    if layers and format == "csv":
        raise wrong("--layers cannot be combined with --format csv", None, "use json")
    failed = [text for test in conditions for text in _met(test, designs)]
    show(
        format,
        output,
        width,
        table=lambda: report.page(designs, layers),
        answer=lambda: report.compared(designs, layers),
        records=lambda: report.records(designs),
        comment=lambda: report.page(designs, layers),
    )
    for text in failed:
        print(f"failed: {text}", file=sys.stderr)
    if failed:
        raise typer.Exit(Status.FAILED)


def _variants(given: list[str]) -> list[dict[str, str]]:
    """One set of parameters for each combination of the values that names are given."""
    values: dict[str, list[str]] = {}
    for name, value in map(setting, given):
        values.setdefault(name, []).append(value)
    count = prod(map(len, values.values()))
    if count > 50:
        raise wrong(f"these settings make {count} designs", None, "at most 50 are compared at once")
    return [dict(zip(values, row, strict=True)) for row in product(*values.values())]


def _designs(specs: list[str], variants: list[dict[str, str]], strict: bool) -> list[Design]:
    """Every spec under every variant. Raises SpecError with the problems of all of them."""
    varied = [name for name in variants[0] if len({variant[name] for variant in variants}) > 1]
    texts = {spec: replace(find(spec), name="text") if spec == "-" else spec for spec in specs}
    pairs = list(product(specs, variants))
    networks = loaded((spec, partial(load, texts[spec], set=variant, strict=strict)) for spec, variant in pairs)
    labels = (" ".join([spec, *(f"{name}={variant[name]}" for name in varied)]) for spec, variant in pairs)
    return [Design(network, label) for network, label in zip(networks, labels, strict=True)]


def _condition(text: str) -> Condition:
    try:
        return condition(text, kind_of)
    except AmountError as error:
        raise wrong(f"--fail-if {short(text)}: {error.message}", None, error.help) from None


def _met(test: Condition, designs: list[Design]) -> list[str]:
    """Says which designs meet a condition. Raises SpecError if a value is not a number, or has other axes."""
    met = []
    for design in designs[1:] if test.relative else designs:
        if bounded(design.network, test.metric):
            message = f"--fail-if {test.text}: of {design.spec} only a bound is known"
            raise wrong(message, None, "`cnncalc explain SPEC --receptive-field` says why")
        metric = SMALLEST if test.metric == FIELD and test.sign in ("<", "<=") else test.metric
        value = (ratios(design, designs[0]) if test.relative else design.totals)[metric]
        values = value if isinstance(value, tuple) else (value,)
        if value is not None and len(test.bound) not in (1, len(values)):
            axes = f"{design.spec} has {len(values)} axes, and the condition {len(test.bound)}"
            raise wrong(f"--fail-if {test.text}: {axes}", None, f"here it is {'x'.join(map(str, values))}")
        for given, bound in zip(values, test.bound * len(values), strict=False):
            part = known(given) if test.relative else given
            if part is None or hasattr(part, "free_symbols"):
                pair = (design, designs[0])
                way = "it sees the whole input"
                if given is not None or any(test.metric in each.network.incomplete for each in pair):
                    way = settle(*(each.totals[test.metric] for each in pair))
                elif test.relative:
                    way = f"the first design has no {test.metric} to divide by"
                raise wrong(f"--fail-if {test.text}: {design.spec} has no number for it", None, way)
            if test.holds(part, bound):
                shown = f"{float(part):.4g}x" if test.relative else grouped(part)
                met.append(f"{test.text}: {design.spec} has {shown}")
                break
    return met
