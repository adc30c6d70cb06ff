"""What the JSON Schema can say of a spec only where nothing brings in more: which types, names and fields there are.

A block is a type, a parameter is a name or stands for a type, and a default gives a field. So each of these rules walks
the layers by itself, where a spec has none of what would make it wrong. The names of layers only a reader can know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.language.document import BOUND, STRUCTURE
from cnncalc.language.expressions import FUNCTIONS
from cnncalc.language.fields import readings
from cnncalc.layers import type_names
from cnncalc.terms import takes

_SCOPE = "|".join([*BOUND, *FUNCTIONS, "if", "else", "and", "or", "not"])
# No two of its parts can begin alike, so that a text is read in one way only.
_NAMELESS = rf"""(?:\d\w*(?!\w)|(?:{_SCOPE})(?!\w)|\.\w*(?!\w)|'[^']*'|"[^"]*"|[^\w'".])+"""
_EXTENT = r"(?:0*[1-9]\d*|[A-Za-wyz_(][^x×]*|\d+[^\dx×.][^x×]*)"
_SIZE = r"\d(?:[\dx×]|X\d)*"


def rules() -> list[dict[str, Any]]:
    """What holds of a whole spec, each rule where it can be known."""
    given = dict.fromkeys(sorted({field for name in type_names() for field in _needed(name)}), False)
    ungiven = {"additionalProperties": {"properties": given}}
    held = {"additionalProperties": _to("no_type")}
    numbers = {"pattern": r"^[\dx×X\s]*$", "items": {"type": "integer"}, "additionalProperties": False}
    volume = _text(rf"\s*{_EXTENT}(?:[x×]{_EXTENT}){{0,3}}\s*", "a volume is written 224x224x3, channels last")
    types = _text("|".join(type_names()), "no layer type has this name: `cnncalc layers` lists them")
    return [
        _where("extends", "blocks", defaults={"propertyNames": types}),
        _where("extends", "blocks", only={"defaults": ungiven, "parameters": held}, layers=_to("typed")),
        _where("extends", "parameters", input={**volume, "additionalProperties": volume}),
        _where("extends", "blocks", "parameters", only={"input": numbers}, layers=_to("named")),
    ]


def definitions() -> dict[str, Any]:
    """The walks over items that the rules refer to: of known types with what they need, and without unknown names."""
    types, keys = type_names(), _words()
    typeless = {"type": "object", "propertyNames": {"not": {"enum": [*types, *STRUCTURE]}}}
    no_type = {"type": "string", "errorMessage": "no layer type is named here: `cnncalc layers` lists them"}
    windowed = [{"type": "object", "required": [name]} for name in types if "kernel" in _needed(name)]
    asked = [{"if": typeless, "then": no_type}, {"if": {"anyOf": windowed}, "then": {"required": ["kernel"]}}]
    message = "a layer is written type, kernel, -main, /stride, pN: conv3-64/2p0, maxpool2, dense-10"
    typed = _walk("typed", _text("|".join(["none", *map(_form, types)]), message), {})
    held = {"properties": {"each": {"additionalProperties": _to("no_type")}}}
    merging = "|".join(name for name, kind in types.items() if kind.merges)
    main = "|".join(map(_any_case, sorted(set().union(*(words for words, _ in keys.values())))))
    word = _text(rf"(?:{merging})-.*|[\w×]*(?:-(?:{main}|{_NAMELESS}))?(?:/{_NAMELESS})?", "nothing has this name")
    named = _walk("named", word, {f"^{key}$": _nameless(*words) for key, words in keys.items()})
    return {
        "typed": {"if": held, "then": {**typed, "allOf": asked}},
        "no_type": {"not": {"enum": [*types, "none"]}, "items": _to("no_type")},
        "named": {"if": {"type": "object", "required": ["each"]}, "else": named},
        "nameless": _nameless(),
    }


def example(name: str) -> str:
    """A word of that type; '' where its main field takes no number."""
    kind = type_names()[name]
    table = readings(kind)
    word = f"{name}3" if "kernel" in table else name
    needed = kind.main in _needed(name)
    if not needed and not (kind.main and takes(table[kind.main].term, int) and "none" in table[kind.main].words):
        return word
    number = "-64" if "kernel" in table else "-10" if kind.main == "units" else "2" if needed else "-1"
    return word + number if takes(table[kind.main].term, int) else ""


def _where(*absent: str, only: Mapping[str, Any] = {}, **then: Any) -> dict[str, Any]:
    """What holds of these keys where those are absent, and others are of that form."""
    patterns = {f"^{key}$": rule for key, rule in then.items()}  # an editor would offer `properties` twice
    return {"if": {"properties": {**dict.fromkeys(absent, False), **only}}, "then": {"patternProperties": patterns}}


def _walk(name: str, word: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Words of that form, mappings with such values under their keys, and all items that stand in them."""
    below = {"^(?:layers|branches|residual|shortcut)$": _to(name)}
    return {**word, "items": _to(name), "patternProperties": {**below, **keys}}


def _to(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _text(pattern: str, message: str) -> dict[str, Any]:
    """A text of that pattern, if it is a text, and what editors say of one that is not."""
    return {"pattern": f"^(?:{pattern})$", "patternErrorMessage": message}


def _needed(name: str) -> list[str]:
    """The fields that a type needs; in place of its main one only a mapping can say a size."""
    kind = type_names()[name]
    sized = {kind.main} if "like" in kind.__struct_fields__ else {}
    return [field for field, reading in readings(kind).items() if reading.required or field in sized]


def _form(name: str) -> str:
    """The pattern of the words of a type."""
    kind = type_names()[name]
    fields, maybe = kind.__struct_fields__, "" if kind.main in _needed(name) else "?"
    numbers = rf"{_SIZE}(?:-[^/\s]+){maybe}" if "kernel" in fields else rf"(?:{_SIZE}|-[^/\s]+){maybe}"
    stride = r"(?:/[^/\s-]+)?" if "stride" in fields else ""
    return name + (numbers if kind.main else "") + stride + (rf"(?:p{_SIZE})?" if "padding" in fields else "")


def _words() -> dict[str, tuple[set[str], set[str]]]:
    """The keys whose values are words of theirs or expressions, these words, and those in lists."""
    words: dict[str, tuple[set[str], set[str]]] = {key: (set(), set()) for key in ("when", "repeat", "frozen")}
    for name, kind in type_names().items():
        table = readings(kind)
        for key, reading in (*table.items(), *([(name, table[kind.main])] if kind.main else [])):
            if not reading.named:
                alone, inner = words.setdefault(key, (set(), set()))
                alone.update(reading.words)
                inner.update(reading.inner)
    return words


def _nameless(words: Iterable[str] = (), inner: Iterable[str] = ()) -> dict[str, Any]:
    """A value without names: one of these words, or an expression; in a list, one of the `inner` ones."""
    listed = sorted(words)
    message = f"nothing has this name{', and the words are ' if listed else ''}{', '.join(listed)}"
    items = _nameless(inner) if inner else _to("nameless")
    return {**_text("|".join([*map(_any_case, listed), _NAMELESS]), message), "items": items}


def _any_case(word: str) -> str:
    """The pattern of a word in small letters or capitals."""
    return re.sub(r"[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", word)
