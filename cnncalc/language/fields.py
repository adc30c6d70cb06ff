"""From the data under a layer's keys to the layer: literals, words, sizes, expressions, and what each may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

import msgspec
from msgspec import NODEFAULT

from cnncalc.errors import Problem, Problems, near, short
from cnncalc.language.expressions import UNKNOWN, ExpressionError, UnknownError, evaluate, number
from cnncalc.language.notation import NAME
from cnncalc.language.tree import MOST_DIGITS, Datum, Listing, Scalar
from cnncalc.layers import Layer, registry, terms_of
from cnncalc.layers.base import defaults_of
from cnncalc.place import Place
from cnncalc.terms import members, phrase, takes, words
from cnncalc.volume import divided

_YES_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}

MOST_EXTENTS = 8
"""More parts than any size has; a text of more is an expression, or nothing."""


class Reading(NamedTuple):
    """How the data of one field is read.

    `words` are its words under each of their spellings, in lower case; `inner` those in its lists, which give way to
    names in scope.
    """

    term: Any
    words: Mapping[str, str | None]
    inner: frozenset[str]
    sized: bool
    named: bool
    required: bool


@cache
def held(term: Any) -> dict[Any, tuple[Any, ...]]:
    """The types that a term takes, and of what those are that hold others."""
    return {get_origin(member) or member: get_args(member) for member in members(term)}


@cache
def readings(layer: type[Layer]) -> dict[str, Reading]:
    """How each field of a layer type is read."""
    defaults = defaults_of(layer)
    return {
        name: Reading(
            term,
            _spellings(term),
            frozenset().union(*map(words, held(term).get(tuple, ()))),
            tuple in held(term),
            str in {*held(term), *held(term).get(tuple, ())},
            defaults[name] is NODEFAULT,
        )
        for name, term in terms_of(layer).items()
    }


def _spellings(term: Any) -> dict[str, str | None]:
    """The words of a term under each of their names; `none` is no value, where the term takes that."""
    spelled: dict[str, str | None] = {"none": None} if type(None) in held(term) else {}
    for word in words(term):
        spelled |= dict.fromkeys((word, *(registry()[word].aliases if word in registry() else ())), word)
    return spelled


ANYTHING = Reading(Any, {}, frozenset(), sized=True, named=False, required=False)
"""How a parameter is read, and whatever else is no field of a layer."""


def value_of(datum: Datum, names: Mapping[str, Any], reading: Reading = ANYTHING) -> Any:
    """The value of a field's data: a literal as it is, a word of the field, a size such as 1x7, or an expression.

    A word holds in capitals too, and under its other names, as it stands or as the value of a name in scope.
    Raises ExpressionError for anything that has no value, UnknownError for what depends on an earlier problem.
    """
    if isinstance(datum, Scalar):
        text = datum.value
        if not isinstance(text, str):
            return number(text)
        if reading.words.get(text) == text or (text in reading.inner and text not in names):
            return text
        if reading.named:
            held = names.get(text)
            text = str(held) if isinstance(held, str) or hasattr(held, "free_symbols") else text
            return (text,) if reading.sized else reading.words.get(text, text)
        parts = sizes(text, names) if reading.sized else None
        if parts is not None:
            return parts
        value = text if text not in names and text.lower() in reading.words else named_or_evaluated(text, names)
        return reading.words.get(value.lower(), value) if isinstance(value, str) else value
    if isinstance(datum, Listing):
        if reading.named:
            if not all(isinstance(item.value, str) for item in datum.value):
                raise ExpressionError("a list of layers holds their names", "such as [conv1, conv2]")
            return tuple([item.value for item in datum.value])
        return tuple([_part(item, names, reading) for item in datum.value])
    raise ExpressionError("a mapping is not allowed here", "give a number, a word, a list, or an expression")


def _part(datum: Datum, names: Mapping[str, Any], reading: Reading) -> Any:
    """The value of a part of a list: where anything may stand, a word that is nothing in scope is that word."""
    text = datum.value
    if reading is ANYTHING and isinstance(text, str) and text not in names and NAME.fullmatch(text):
        return text
    return value_of(datum, names, reading)


def named_or_evaluated(text: str, names: Mapping[str, Any]) -> Any:
    """The value of a name, or of an expression."""
    if text in names:
        if names[text] is UNKNOWN:
            raise UnknownError
        return names[text]
    return _frozen(number(evaluate(text, names)))


def _frozen(value: Any) -> Any:
    """A list as the tuple it is among a layer's fields."""
    return tuple([_frozen(part) for part in value]) if isinstance(value, (list, tuple)) else value


def settled(datum: Datum, names: Mapping[str, Any], what: str, problems: Problems, label: str = "") -> Any:
    """The value of a structural key or a parameter; UNKNOWN after its problem has been reported."""
    try:
        value = value_of(datum, names)
    except UnknownError:
        return UNKNOWN
    except ExpressionError as error:
        problems.report(f"{what}: {error.message}", datum.place, error.help, label)
        return UNKNOWN
    if value is None:
        problems.report(f"{what} has no value", datum.place, "give it one", label)
        return UNKNOWN
    return value


def truth(datum: Datum, names: Mapping[str, Any], what: str, problems: Problems, label: str = "") -> bool | None:
    """A condition's answer; None after its problem has been reported."""
    value = settled(datum, names, what, problems, label)
    if value is UNKNOWN:
        return None
    if isinstance(value, (bool, int, float)):
        return bool(value)
    if hasattr(value, "free_symbols"):
        message, way_out = f"{what}: depends on a symbol and cannot be decided", "give the symbol a number with --set"
    else:
        message, way_out = f"{what} must be true or false, not {written(value)}", "such as `stride > 1`"
    problems.report(message, datum.place, way_out, label)
    return None


def sizes(text: str, names: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The extents of ``1x7`` or ``HxWxC``; None where the text is nothing of that form over the names in scope."""
    parts = divided(text)
    if text in names or not 1 < len(parts) <= MOST_EXTENTS or not all(_is_extent(part, names) for part in parts):
        return None
    return tuple(int(part) if part.isdigit() else named_or_evaluated(part, names) for part in parts)


def _is_extent(part: str, names: Mapping[str, Any]) -> bool:
    return part in names or (part.isdigit() and part.isascii() and len(part) <= MOST_DIGITS)


def build(
    kind: type[Layer], given: Mapping[str, Datum], item: Datum, names: Mapping[str, Any], problems: Problems, label: str
) -> Layer | None:
    """The layer of that type, or None after each problem has been reported; `item` is where they stand."""
    table = readings(kind)
    values: dict[str, Any] = {}
    sound = True
    for field, datum in given.items():
        reading = table.get(field)
        if reading is None:
            sound = False
            message = f"{kind.type_name()} has no field `{short(field)}`"
            listed = ", ".join(f"`{name}`" for name in sorted(table)) or f"no fields: write `{kind.type_name()}`"
            way_out = near(field, sorted(table)) or f"it has {listed}"
            problems.report(message, item.key_place(field) or datum.place, way_out, label)
            continue
        try:
            values[field] = value_of(datum, names, reading)
        except UnknownError:
            sound = False
        except ExpressionError as error:
            sound = False
            problems.report(f"{field}: {error.message}", datum.place, _way_out(datum, reading, error), label)
    plain = {field: _stand_in(value) for field, value in values.items()}
    try:
        layer = _converted(kind, plain)
    except (msgspec.ValidationError, OverflowError):
        layer = None
        for field, value in plain.items():
            try:
                msgspec.convert(value, table[field].term)
            except (msgspec.ValidationError, OverflowError):
                close = _whole(given[field].value) if isinstance(value, float) else None
                if isinstance(value, str):
                    close = near(value, sorted({*names} - {value}), listed=False)
                problems.add(misfit(field, table[field].term, value, given[field].place, close, label))
    if not sound or layer is None:
        return None
    symbols = {field: value for field, value in values.items() if value is not plain[field]}
    if not symbols:
        return layer
    attributes = dict(zip(table, kind.__struct_fields__, strict=True))
    return msgspec.structs.replace(layer, **{attributes[field]: value for field, value in symbols.items()})


def missing(kind: type[Layer], given: Mapping[str, Datum]) -> list[str]:
    """The required fields that are not given, and are not what a misspelt one was meant to be."""
    table = readings(kind)
    meant = " ".join(near(field, sorted(table)) or "" for field in given if field not in table)
    absent = [name for name, reading in table.items() if reading.required and name not in given]
    return [name for name in absent if f"`{name}`" not in meant]


_layers: dict[Any, Layer] = {}


def _converted(kind: type[Layer], values: dict[str, Any]) -> Layer:
    """The layer; one that was made before, where the values are the same."""
    key = (kind, tuple(values.items()), tuple(map(_types, values.values())))
    layer = _layers.get(key)
    if layer is None:
        if len(_layers) > 20_000:
            _layers.clear()
        layer = _layers[key] = msgspec.convert(values, kind)
    return layer


def _types(value: Any) -> Any:
    """The type of a value, and of each part of it: 1 and true are equal, and only one of them is a number."""
    return tuple(map(_types, value)) if type(value) is tuple else type(value)


def _stand_in(value: Any) -> Any:
    """A number instead of a symbol, for the check of everything around it; the very same value where there is none."""
    if isinstance(value, tuple):
        parts = tuple([_stand_in(part) for part in value])
        return value if all(part is original for part, original in zip(parts, value, strict=True)) else parts
    return 1 if hasattr(value, "free_symbols") else value


def misfit(what: str, term: Any, value: Any, place: Place | None, help: str | None = None, label: str = "") -> Problem:
    """The problem of a value that is none of those that a term takes."""
    way_out = near(value, sorted(map(str, words(term)))) if isinstance(value, str) else None
    return Problem(f"{what} must be {phrase(term)}, not {written(value)}", place, way_out or help, label)


def _whole(text: Any) -> str | None:
    """The way out for an expression that leaves a fraction where it divides."""
    divided = re.sub(r"(?<!/)/(?!/)", "//", text) if isinstance(text, str) else text
    return None if divided == text else f"`/` keeps the fraction; to round down write {short(divided)}"


def written(value: Any) -> str:
    """A value for a message, as YAML has it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return short(f"[{', '.join(part if isinstance(part, str) else written(part) for part in value)}]")
    return f"`{short(value)}`" if isinstance(value, str) else short(value)


def _way_out(datum: Datum, reading: Reading, error: ExpressionError) -> str | None:
    """A suggestion for text that has no value: a truth spelt as in YAML 1.1, a word of the field, a name in scope."""
    text = datum.value
    if isinstance(text, str):
        if takes(reading.term, bool) and text.lower() in _YES_NO:
            return f"write {_YES_NO[text.lower()]}"
        close = near(text, sorted(words(reading.term))) if words(reading.term) and NAME.fullmatch(text) else None
        if close:
            return close
    return error.help
