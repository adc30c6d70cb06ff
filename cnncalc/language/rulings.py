"""What a spec says of `cnncalc lint` under its own `lint:`: rules to leave out, and how much others matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncalc.errors import Problem, near, short
from cnncalc.language.tree import Datum, Listing, Scalar, Table
from cnncalc.network.limits import RULED, Ruling
from cnncalc.network.network import apart

KEYS = ("ignore", "severity")
"""The keys of `lint`."""

MOST = 200
"""How many things a spec may say of rules: each is held against the name of every layer."""

_EXAMPLE = "such as `ignore: [floored-fraction, {skipped-input: 'stage*'}]`"


def rulings(datum: Datum, problems: list[Problem]) -> tuple[Ruling, ...]:
    """What the spec says of rules, in order; problems are noted. Whether there is such a rule is not known here."""
    if not isinstance(datum, Table):
        if datum.value is not None:
            problems.append(Problem("`lint` is a mapping", datum.place, _EXAMPLE))
        return ()
    found: list[Ruling] = []
    for key, value in datum.value.items():
        if key not in KEYS:
            problems.append(Problem(f"`lint` has no `{short(key)}`", datum.keys[key], near(key, KEYS)))
        elif value.value is not None:
            found += _ignored(value, problems) if key == "ignore" else _graded(value, problems)
    if len(found) > MOST:
        problems.append(Problem(f"`lint` says more than {MOST} things", datum.place, "take wider patterns"))
    return tuple(found[:MOST])


def _ignored(datum: Datum, problems: list[Problem]) -> Iterator[Ruling]:
    """The rules that are left out: each by itself, or with the patterns of the layers it is left out for."""
    if not isinstance(datum, Listing):
        problems.append(Problem("`ignore` is a list of rules", datum.place, _EXAMPLE))
        return
    for item in datum.value:
        if isinstance(item, Table) and item.value:
            for rule, patterns in item.value.items():
                yield from _of_layers(rule, patterns, problems)
        elif isinstance(item, Scalar) and isinstance(item.value, str):
            yield Ruling(item.value, place=item.place)
        else:
            problems.append(Problem("a rule is meant by its code or its name", item.place, _EXAMPLE))


def _of_layers(rule: str, datum: Datum, problems: list[Problem]) -> Iterator[Ruling]:
    """A rule that is left out for the layers that a word means, or one of several."""
    patterns = datum.value if isinstance(datum, Listing) else [datum]
    scalars = [part for part in patterns if isinstance(part, Scalar) and part.value is not None and apart(part.text)]
    if not patterns or len(scalars) < len(patterns):
        way_out = f"such as `{{{short(rule)}: 'stage*'}}`"
        problems.append(Problem(f"`{short(rule)}` is ignored for names of layers, or patterns", datum.place, way_out))
        return
    for part in scalars:
        for word in apart(part.text):
            yield Ruling(rule, layers=word, place=part.place)


def _graded(datum: Datum, problems: list[Problem]) -> Iterator[Ruling]:
    """The rules that matter more, or less, than they do by themselves."""
    if not isinstance(datum, Table):
        way_out = "such as `severity: {skipped-input: warning}`"
        problems.append(Problem("`severity` is a mapping of rules", datum.place, way_out))
        return
    for rule, value in datum.value.items():
        if isinstance(value, Scalar) and value.value in RULED:
            yield Ruling(rule, str(value.value), place=datum.keys[rule])
        else:
            shown = short(value.text) if isinstance(value, Scalar) else "a list or a mapping"
            problems.append(Problem(f"{shown} is no severity", value.place, near(shown, RULED)))


def schema() -> dict[str, Any]:
    """The JSON Schema of `lint`."""
    name = {"type": ["string", "number"]}
    patterns = {"anyOf": [name, {"type": "array", "minItems": 1, "items": name}]}
    ignored = {"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "additionalProperties": patterns}]}
    return {
        "type": ["object", "null"],
        "properties": {
            "ignore": {
                "type": ["array", "null"],
                "items": ignored,
                "description": "Rules that are left out, by code or name; or for some layers: {RULE: pattern}.",
            },
            "severity": {
                "type": ["object", "null"],
                "additionalProperties": {"enum": list(RULED)},
                "description": "Rules that matter more or less than by themselves.",
            },
        },
        "additionalProperties": False,
    }
