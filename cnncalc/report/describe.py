"""A layer in a few words: its type and hyper-parameters, and the label that course notes give it."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.layers import registry
from cnncalc.network.counts import plain
from cnncalc.network.node import Line, Node
from cnncalc.volume import AXES, LETTERS

PLACES = ("order", "channels", "inputs")
"""Fields that list places or names, which no × belongs between."""


def described(row: Line) -> str:
    """Type and hyper-parameters: ``conv 3×3, 64``, ``maxpool 2×2 /2``; what is at its default is left out."""
    if not isinstance(row, Node):
        return f"{row.fields['layers']} layers" if row.fields else row.type
    if row.layer.as_given:
        return f"{row.type} {getattr(row.layer, row.layer.main)}, as given"
    fields = row.fields
    main, windows = registry()[row.type].main, row.windows
    text = [row.type]
    if windows:
        text[0] += f" {_short(fields.pop('kernel' if 'kernel' in fields else main))}"
    given = fields.pop(main, None)
    value = getattr(row.layer, main) if main and not windows else given
    if value is not None and (given is not None or not isinstance(value, str)):
        text.append(", ".join(map(str, value)) if main in PLACES else _short(value))
    result = ("-" if windows else " ").join(text)
    for field, sign, usual in (
        ("stride", "/", 1),
        ("padding", "pad ", 0),
        ("dilation", "dilated ", 1),
        ("groups", "groups ", 1),
    ):
        value = fields.pop(field, None)
        if value is not None and _once(value) != usual:
            result += f" {sign}{_padding(value) if field == 'padding' else _short(_once(value))}"
    for field, value in fields.items():
        if field == "activation":
            result += f" {value}"
        elif field == "connections":
            result += f" {value if isinstance(value, str) else 'by table'}"
        elif isinstance(value, bool):
            result += f" {field}" if value else f" no {field}"
        else:
            result += f" {field}={_short(value)}"
    return result


def spelled(node: Node) -> str:
    """The same with what a `*` in the names of its inputs stands for: ``y.1 … y.5`` for ``y.*``."""
    text = described(node)
    for name in getattr(node.layer, "inputs", None) or ():
        form = re.compile(r"(?:.*\.)?(" + "[0-9]+".join(map(re.escape, name.split("*"))) + r")(?:\..*)?")
        found = [match[1] for source in node.inputs if (match := form.fullmatch(source))] if "*" in name else []
        if found:
            text = text.replace(name, found[0] if len(found) == 1 else f"{found[0]} … {found[-1]}")
    return text


def label(node: Node) -> str:
    """What course notes call the layer: ``CONV3-64``, ``MAXPOOL2``, ``FC-4096``."""
    kind = registry()[node.type]
    text = min((kind.type_name(), *kind.aliases), key=len).upper()
    fields = node.fields
    main = fields.get(kind.main)
    extent = fields.get("kernel") or (main if node.windows else None)
    if extent is not None:
        once = _once(extent)
        text += "x".join(map(str, extent)) if isinstance(once, list) else str(once)
    if main is not None and main is not extent and not isinstance(main, (str, tuple, list)):
        text += f"-{main}"
    return text


def value_of(field: str, value: Any) -> str:
    """The value of a field in a few symbols: ``3×3`` for a kernel, ``2`` for a stride of both axes, ``yes``."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if field == "padding" and isinstance(value, list) and all(isinstance(axis, list) for axis in value):
        return _padding(value)
    if field in PLACES and isinstance(value, list):
        return ", ".join(map(str, value))
    if field == "connections" and isinstance(value, list):
        return "by table"
    return _short(value if field in ("kernel", "size") else _once(value))


def _once(value: Any) -> Any:
    """The one value that a list holds throughout, else the list."""
    if isinstance(value, (list, tuple)):
        inner = [_once(part) for part in value]
        return inner[0] if inner and all(part == inner[0] for part in inner) else inner
    return value


def _padding(pairs: Any) -> str:
    """Padding per axis, once where the axes are alike: 1, or 0+1 where there is none before and one after."""
    axes = [str(before) if before == after else f"{before}+{after}" for before, after in pairs]
    letters = [LETTERS[axis] for axis in AXES[len(axes)]]
    return (
        axes[0]
        if len(set(axes)) == 1
        else ", ".join(f"{letter} {axis}" for letter, axis in zip(letters, axes, strict=True))
    )


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "×".join("+".join(map(str, part)) if isinstance(part, (list, tuple)) else str(part) for part in value)
    return str(plain(value))
