"""Parts of files whose format is a class: how one is read, and its JSON Schema.

A type says what msgspec can say. A field of type Datum is handed on as it stands, and its schema stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec

from cnncalc.errors import Problem, near, short
from cnncalc.language.fields import held, misfit
from cnncalc.language.tree import Datum, Listing, Scalar, Table, plain_data
from cnncalc.layers import terms_of
from cnncalc.terms import Shape

S = TypeVar("S", bound=Shape)


def read(kind: type[S], datum: Datum, problems: list[Problem], ways_out: Mapping[str, str] = {}) -> S | None:
    """The part of a file that is of this format; all that is wrong with it is noted.

    A field that is wrong has its default; None where one that must be there has none. `ways_out` are those of keys
    that belong elsewhere.
    """
    if not isinstance(datum, Table):
        problems.append(Problem(f"{kind.called} is a mapping", datum.place, kind.help))
        return None
    terms = terms_of(kind)
    absent = [name for name in required(kind) if name not in datum.value]
    if absent:
        problems.append(Problem(f"{kind.called} needs its {', '.join(absent)}", datum.place, kind.help))
    values: dict[str, Any] = {}
    for key, part in datum.value.items():
        if key in terms:
            before = len(problems)
            value = _value(terms[key], part, key, kind.help, problems)
            values |= {key: value} if len(problems) == before else {}
        elif not kind.open:
            way_out = ways_out.get(key) or near(key, [*terms])
            problems.append(Problem(f"{kind.called} has no `{short(key)}`", datum.keys[key], way_out))
    return kind(**values) if values.keys() >= {*required(kind)} else None


@cache
def required(kind: type[Shape]) -> list[str]:
    """The keys that must be there."""
    return [field.name for field in msgspec.structs.fields(kind) if field.required]


def _value(term: Any, datum: Datum, what: str, help: str, problems: list[Problem]) -> Any:
    """What stands under a key, part by part; where a text or a number may stand, it is as it was written."""
    kinds = held(term)
    if Datum in kinds:
        return datum
    if isinstance(datum, Listing) and tuple in kinds:
        return tuple([_value(kinds[tuple][0], part, f"each {what}", help, problems) for part in datum.value])
    if isinstance(datum, Table) and dict in kinds:
        parts = datum.value.items()
        return {key: _value(kinds[dict][-1], part, f"{what} of {short(key)}", help, problems) for key, part in parts}
    if not isinstance(datum, Scalar):
        value = plain_data(datum)
    elif type(datum.value) in (int, float) and {str, float} <= kinds.keys():
        value = datum.text  # 1.50 is not 1.5
    else:
        value = datum.value
    try:
        return msgspec.convert(value, term)
    except (msgspec.ValidationError, OverflowError):
        problems.append(misfit(what, term, value, datum.place, help))


def schema(kind: type[Shape]) -> dict[str, Any]:
    """The JSON Schema of a part of a file."""
    properties = {name: {"title": name, **_schema(term)} for name, term in terms_of(kind).items()}
    needed = {"required": required(kind)} if required(kind) else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": kind.open}


def _schema(term: Any) -> dict[str, Any]:
    """The JSON Schema of a field; plain types are merged into one list."""
    whole = msgspec.json.schema(term)
    description = {"description": whole.pop("description")} if "description" in whole else {}
    parts = whole.get("anyOf", [])
    if parts and all(isinstance(part.get("type"), str) for part in parts) and sum(len(part) > 1 for part in parts) < 2:
        merged = {key: value for part in parts for key, value in part.items()}
        whole = {**merged, "type": [part["type"] for part in parts]}
    return {**whole, **description}
