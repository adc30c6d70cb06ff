"""What a spec says of `cnncalc lint` under its own `lint:`: rules to leave out, and how much others matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from cnncalc.errors import Problem, short
from cnncalc.language import shape
from cnncalc.language.tree import Datum, Scalar, Table
from cnncalc.network.limits import Ruling, Severity
from cnncalc.network.network import apart
from cnncalc.terms import Shape

MOST = 200
"""How many things a spec may say of rules: each is held against the name of every layer."""

_EXAMPLE = "such as `ignore: [floored-fraction, {skipped-input: 'stage*'}]`"

_NAME = {"type": ["string", "number"]}
_NAMES = {"anyOf": [_NAME, {"type": "array", "minItems": 1, "items": _NAME}]}
_Ignored = Annotated[Datum, Meta(extra_json_schema={"$ref": "#/$defs/ignored"})]


class Lint(Shape, frozen=True):
    """The keys of `lint`."""

    called: ClassVar[str] = "`lint`"
    help: ClassVar[str] = f"{_EXAMPLE} or `severity: {{skipped-input: warning}}`"

    ignore: Annotated[
        tuple[_Ignored, ...] | None,
        Meta(description="Rules that are left out, by code or name; or for some layers: {RULE: pattern}."),
    ] = None
    severity: Annotated[
        Annotated[dict[str, Severity], Meta(extra_json_schema={"propertyNames": {"$ref": "#/$defs/rule"}})] | None,
        Meta(description="Rules that matter more or less than by themselves."),
    ] = None


def definitions(rules: Sequence[str]) -> dict[str, Any]:
    """What the JSON Schema of `lint` refers to; `rules` are the words for rules, any where there are none."""
    pattern = f"^(?:{'|'.join(rules)}|[Cc][Nn][Nn]\\d*)$" if rules else ""
    rule = {"pattern": pattern, "patternErrorMessage": "there is no such rule: `cnncalc lint --rules` lists them"}
    snippets = [{"label": word, "body": word} for word in rules]
    of_layers = {"type": "object", "minProperties": 1, "propertyNames": rule, "additionalProperties": _NAMES}
    word = {"type": "string", "title": "a rule", **rule, "defaultSnippets": snippets}
    return {"rule": rule, "ignored": {"anyOf": [word, of_layers]}}


def rulings(datum: Datum, problems: list[Problem]) -> tuple[Ruling, ...]:
    """What the spec says of rules; problems are noted. Whether there is such a rule is not known here."""
    lint = None if datum.value is None else shape.read(Lint, datum, problems)
    if lint is None:
        return ()
    ruled = [ruling for item in lint.ignore or () for ruling in _ignored(item, problems)]
    for rule, severity in (lint.severity or {}).items():
        ruled.append(Ruling(rule, severity, place=datum.value["severity"].keys[rule]))
    if len(ruled) > MOST:
        problems.append(Problem(f"`lint` has more than {MOST} entries", datum.place, "take wider patterns"))
    return tuple(ruled[:MOST])


def _ignored(item: Datum, problems: list[Problem]) -> Iterator[Ruling]:
    """A rule that is left out: by itself, or with the patterns of the layers it is left out for."""
    if isinstance(item, Table) and item.value:
        for rule, patterns in item.value.items():
            yield from _of_layers(rule, patterns, problems)
    elif isinstance(item, Scalar) and isinstance(item.value, str):
        yield Ruling(item.value, place=item.place)
    else:
        problems.append(Problem("write the code or the name of a rule", item.place, _EXAMPLE))


def _of_layers(rule: str, datum: Datum, problems: list[Problem]) -> Iterator[Ruling]:
    """A rule that is left out for the layers that a word means, or one of several."""
    scalars = [part for part in datum.parts if isinstance(part, Scalar) and part.value is not None and apart(part.text)]
    if not scalars or len(scalars) < len(datum.parts):
        way_out = f"such as `{{{short(rule)}: 'stage*'}}`"
        problems.append(Problem(f"`{short(rule)}` is ignored for names of layers, or patterns", datum.place, way_out))
        return
    for part in scalars:
        for word in apart(part.text):
            yield Ruling(rule, layers=word, place=part.place)
