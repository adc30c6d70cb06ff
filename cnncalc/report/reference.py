"""The reference of the layer types, read off their classes."""

from __future__ import annotations

import inspect
from textwrap import wrap
from typing import Any

from msgspec import NODEFAULT

from cnncalc.layers import Layer, families, terms_of
from cnncalc.layers.base import defaults_of
from cnncalc.terms import description, phrase, takes


def overview() -> list[dict[str, Any]]:
    """One record a type: family, name, main argument, and the first sentence of its documentation."""
    return [
        {
            "type": " = ".join((kind.type_name(), *kind.aliases)),
            "argument": kind.main,
            "family": family.lower(),
            "about": text(kind).splitlines()[0].split(" Source:")[0],
        }
        for family, kinds in families().items()
        for kind in kinds
    ]


def fields(kind: type[Layer]) -> list[dict[str, Any]]:
    """One record a field: its name, what it takes, its default, and what it is."""
    defaults = defaults_of(kind)
    return [
        {
            "field": name,
            "takes": phrase(term),
            "default": _default(defaults[name], term),
            "about": description(term),
        }
        for name, term in terms_of(kind).items()
    ]


def _default(value: Any, term: Any) -> str:
    """What a field is where it is not written, as one could write it; of names of layers nothing stands for none."""
    if value is NODEFAULT:
        return "required"
    return "optional" if value is None and takes(term, tuple) and not takes(term, int) else str(value).lower()


def entry(kind: type[Layer], width: int | None = None) -> str:
    """A type's page, in Markdown that reads well as it is; no line is longer than `width`."""
    names = ", ".join(f"`{name}`" for name in (kind.type_name(), *kind.aliases))
    lines = [f"### {names}", "", text(kind), ""]
    for record in fields(kind):
        main = " (main argument)" if record["field"] == kind.main else ""
        default = record["default"]
        default = default if default in ("required", "optional") else f"default `{default}`"
        lines.append(f"- `{record['field']}`{main}, {default}: {record['takes']}. {record['about']}".rstrip())
    if width is not None:
        lines = [part for line in "\n".join(lines).split("\n") for part in _wrapped(line, width)]
    return "\n".join(lines).rstrip() + "\n"


def _wrapped(line: str, width: int) -> list[str]:
    """The line in as many as it takes, those of a list item indented."""
    return wrap(line, width, subsequent_indent="  " if line.startswith("- ") else "", break_on_hyphens=False) or [""]


def page() -> str:
    """The whole reference in Markdown, family by family."""
    parts = [f"## {family}\n\n" + "\n".join(entry(kind) for kind in kinds) for family, kinds in families().items()]
    return "# Layer types\n\n" + "\n".join(parts)


def text(kind: type[Layer]) -> str:
    """The documentation of a type without its examples."""
    return inspect.cleandoc(kind.__doc__ or "").split("\n>>>")[0].strip()
