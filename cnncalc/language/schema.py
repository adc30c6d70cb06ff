"""The JSON Schema of a spec, made from the same classes and terms that read one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import NODEFAULT

from cnncalc.language import budget, known, rulings, shape
from cnncalc.language.document import KEYS
from cnncalc.language.fields import readings
from cnncalc.layers import Layer, registry, terms_of, type_names
from cnncalc.layers.base import defaults_of
from cnncalc.network.limits import Published

_TEXT = {"type": "string"}
_WORD = {
    **_TEXT,
    "title": "a layer in a word",
    "description": "Type, kernel, -main, /stride, pN: `conv3-64/2`. It pads by half the kernel, with `p0` not at all.",
    "examples": ["conv3-64/2", "conv3-64p0", "maxpool2", "dense-10"],
    "pattern": r"^[A-Za-z_][\w×]*(?:-[^/\s]+)?(?:/[^/\s-]+)?$",
}
_ITEMS = {"type": "array", "items": {"$ref": "#/$defs/item"}}
_SOME_ITEMS = {"anyOf": [_ITEMS, {"$ref": "#/$defs/item"}, {"type": "null"}]}
_NAME = {"type": ["string", "number"]}
_SIZE = {"type": ["integer", "string"]}
_NAMES = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_VOLUME = {"anyOf": [_TEXT, {"type": "integer", "minimum": 1}, {"type": "array", "maxItems": 4, "minItems": 1}]}
_PARAMETERS = {"type": ["object", "null"], "additionalProperties": True}

_MERGING = [name for name, kind in registry().items() if kind.merges]
_MERGE = {"anyOf": [{"enum": _MERGING}, {"type": "object", "minProperties": 1}]}
_RESERVED: dict[str, Any] = {
    "name": {**_NAME, "description": "The layer's name; expressions in braces are evaluated."},
    "from": {**_NAMES, "description": "Which layer or input it takes; the item before it by default."},
    "when": {"type": ["string", "boolean"], "description": "It is left out unless this expression is true."},
    "repeat": {**_SIZE, "description": "How often it is written, `index` counting from 0."},
    "share": {**_TEXT, "description": "The layer whose weights it uses; they count once."},
    "frozen": {
        "type": ["boolean", "string"],
        "description": "Whether its weights are not trained, and count as buffers.",
    },
}
_STRUCTURE: dict[str, dict[str, Any]] = {
    "branches": {
        "branches": {"type": "array", "items": _SOME_ITEMS, "description": "Parallel paths from one input."},
        "merge": {**_MERGE, "description": "How the paths meet."},
    },
    "residual": {
        "residual": {**_SOME_ITEMS, "description": "A path that is added to its shortcut."},
        "shortcut": {**_SOME_ITEMS, "description": "What it is added to; the identity by default."},
    },
    "each": {
        "each": {"type": "object", "description": "Names and lists: the group is written once per tuple of the lists."},
        "layers": _SOME_ITEMS,
        "merge": {**_MERGE, "description": "How the turns meet, side by side; without it they stand in a row."},
    },
    "layers": {
        "layers": {**_SOME_ITEMS, "description": "A group of layers."},
        "merge": {**_MERGE, "description": "How its repetitions meet, side by side."},
    },
    "split": {
        "split": {
            "anyOf": [
                _SIZE,
                {"type": "array", "items": _SIZE, "minItems": 1},
                {"type": "object", "additionalProperties": _SIZE, "minProperties": 1},
            ],
            "description": "The channels cut into parts: names and sizes (one may be `rest`), sizes, or how many.",
        }
    },
    "include": {
        "include": {**_TEXT, "description": "Another spec whose layers are written here, as a block."},
        "until": {**_NAME, "description": "The name in that spec of what comes last."},
        "set": {"type": "object", "description": "Values of that spec's parameters."},
    },
}
_INPUTS = {
    "anyOf": [
        {"type": "array", "items": _TEXT, "minItems": 2},
        {"type": "array", "items": {**_TEXT, "pattern": r"\.\*$"}, "minItems": 1, "maxItems": 1},
    ],
    "description": "Names of several inputs; the last may be `rest.*`, which takes what is left.",
}
_BLOCK = {
    "type": "object",
    "properties": {"parameters": _PARAMETERS, "inputs": _INPUTS, "layers": _ITEMS},
    "required": ["layers"],
    "additionalProperties": False,
}


def schema(rules: Sequence[str] = ()) -> dict[str, Any]:
    """The schema of a spec; `rules` are the words for rules of `lint`, which are not known here."""
    types = type_names()
    return {
        "$id": "urn:cnncalc:spec",
        "title": "cnncalc spec",
        "description": "A convolutional network, from its input to its outputs.",
        "type": "object",
        "properties": {key: {"title": key, **part, "description": KEYS[key]} for key, part in _top().items()},
        "additionalProperties": False,
        "anyOf": [{"required": ["input", "layers"]}, {"required": ["extends"]}],
        "allOf": known.rules(),
        "$defs": {
            "item": _item(types),
            "block": _BLOCK,
            **budget.definitions(),
            **rulings.definitions(rules),
            **known.definitions(),
            **{kind.type_name(): _layer(kind) for kind in types.values()},
        },
    }


def _item(types: dict[str, type[Layer]]) -> dict[str, Any]:
    """One item: a word, or a mapping that holds to the type it names; a mapping of no known type is a block's."""
    rules: list[dict[str, Any]] = []
    for word, properties in _STRUCTURE.items():
        condition = _names(word, ["each"] if word == "layers" else [])
        allowed: dict[str, Any] = {"properties": {**_RESERVED, **properties}, "additionalProperties": False}
        if word == "layers":
            allowed["dependentRequired"] = {"merge": ["repeat"]}
        rules.append({"if": condition, "then": allowed})
    fields = {field for kind in types.values() for field in terms_of(kind)}
    clear = [name for name in types if name not in fields]
    for name, kind in types.items():
        condition = _names(name, [] if name in clear else clear)
        rules.append({"if": condition, "then": {"$ref": f"#/$defs/{kind.type_name()}"}})
    keys = {word: {"title": word, **properties[word]} for word, properties in _STRUCTURE.items()}
    keys |= {name: {"title": name, "description": _summary(kind)} for name, kind in types.items()}
    rules.append({"if": {"maxProperties": 1}, "then": {"properties": keys}})  # what an editor offers as the first key
    words = [(word, kind) for name, kind in types.items() if (word := known.example(name))]
    snippets = [{"label": word, "description": _summary(kind), "body": word} for word, kind in words]
    return {"anyOf": [{**_WORD, "defaultSnippets": snippets}, {"type": "object", "minProperties": 1, "allOf": rules}]}


def _names(word: str, without: list[str]) -> dict[str, Any]:
    """Does an item name this type, and none of the others that would make the word a field?"""
    named: dict[str, Any] = {"type": "object", "required": [word]}
    return named if not without else {**named, "not": {"anyOf": [{"required": [other]} for other in without]}}


def _layer(kind: type[Layer]) -> dict[str, Any]:
    """A layer type: its own key under each of its names, its fields, and what every item takes."""
    table = readings(kind)
    type_name = kind.type_name()
    properties = {name: {"title": f"{type_name}: {name}", **_term(reading.term)} for name, reading in table.items()}
    for name, default in defaults_of(kind).items():
        properties[name] |= {} if default in (None, NODEFAULT) else {"default": default}
    main = {"anyOf": [properties[kind.main], {"type": "null"}]} if kind.main else {"type": "null"}
    keys = {name: {**main, "title": name, "description": _summary(kind)} for name in (type_name, *kind.aliases)}
    layer = {"type": "object", "properties": {**_RESERVED, **properties, **keys}, "additionalProperties": False}
    if kind.main and table[kind.main].required:  # under the type, or under its own name
        own = {key: {"$ref": f"#/$defs/{type_name}/properties/{kind.main}"} for key in keys}
        layer |= {"if": {"properties": {kind.main: False}}, "then": {"properties": own}}
    return layer


def _summary(kind: type[Layer]) -> str:
    return (kind.__doc__ or "").splitlines()[0]


def _defaults(kind: type[Layer]) -> dict[str, Any]:
    """The fields of a type as the defaults of a spec have them."""
    fields = {name: {"$ref": f"#/$defs/{kind.type_name()}/properties/{name}"} for name in terms_of(kind)}
    return {
        "title": f"defaults of {kind.type_name()}",
        "description": _summary(kind),
        "type": ["object", "null"],
        "properties": fields,
        "additionalProperties": False,
    }


def _term(term: Any) -> dict[str, Any]:
    """A term's schema, widened: any value may also be an expression."""
    bare = msgspec.json.schema(term)
    about: dict[str, Any] = {key: bare.pop(key) for key in ("description", "examples") if key in bare}
    widened = _widened(bare)
    if not _takes_text(widened):
        widened = {"anyOf": [widened, _TEXT]}
    return {**widened, **about}


def _widened(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {**schema, "anyOf": [_widened(part) for part in schema["anyOf"]]}
    if schema.get("type") == "array":
        return {**schema, "items": {"anyOf": [_widened(schema.get("items", {})), _TEXT]}}
    return schema


def _takes_text(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "string" or any(_takes_text(part) for part in schema.get("anyOf", ()))


def _top() -> dict[str, dict[str, Any]]:
    """The keys of a spec."""
    lint = shape.schema(rulings.Lint)
    return {
        "name": _NAME,
        "source": _NAME,
        "input": {
            "anyOf": [*_VOLUME["anyOf"], {"type": "object", "additionalProperties": _VOLUME}],
            "examples": ["224x224x3"],
        },
        "parameters": _PARAMETERS,
        "defaults": {
            "type": ["object", "null"],
            "properties": {name: _defaults(kind) for name, kind in type_names().items()},
            "additionalProperties": {"type": ["object", "null"]},
            "examples": [{"conv": {"padding": "half"}}],
        },
        "blocks": {"type": ["object", "null"], "additionalProperties": {"$ref": "#/$defs/block"}},
        "layers": _ITEMS,
        "outputs": _NAMES,
        "published": {"type": ["array", "null"], "items": shape.schema(Published)},
        "budget": budget.schema(),
        "lint": {**lint, "type": [lint["type"], "null"]},
        "extends": {**_TEXT, "examples": ["resnet50.yaml"]},
    }
