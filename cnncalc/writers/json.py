"""JSON that reads well, piece by piece: a result of 200,000 layers is never in memory as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc.network.counts import Answer, plain

_text = json.JSONEncoder(ensure_ascii=False).encode


def json_text(value: Any) -> str:
    """The JSON of a value, with a line end."""
    return "".join(json_pieces(value))


def json_pieces(value: Any) -> Iterator[str]:
    """The same in pieces."""
    yield from _pieces(value, "")
    yield "\n"


def _pieces(value: Any, indent: str) -> Iterator[str]:
    """Objects and lists of objects over several lines, lists of plain values on one."""
    inner = f"{indent}  "
    if isinstance(value, (Answer, Mapping)):
        lead = "{\n"
        for key, item in value.items():
            if type(item) is int:
                yield f"{lead}{inner}{_text(key)}: {item}"
            elif _is_flat(item):
                yield f"{lead}{inner}{_text(key)}: {_text(plain(item))}"
            else:
                yield f"{lead}{inner}{_text(key)}: "
                yield from _pieces(item, inner)
            lead = ",\n"
        yield "{}" if lead[0] == "{" else f"\n{indent}}}"
    elif _is_flat(value):
        yield _text(plain(value))
    else:
        lead = "[\n"
        for item in value:
            yield f"{lead}{inner}"
            yield from _pieces(item, inner)
            lead = ",\n"
        yield f"\n{indent}]"


def _is_flat(value: Any) -> bool:
    """Does a value stand on one line: is it neither an object nor a list of objects?"""
    if type(value) in (str, bool, float, type(None)) or not isinstance(value, (Answer, Mapping, Sequence)):
        return True
    return not any(isinstance(item, (Answer, Mapping)) for item in value) if isinstance(value, Sequence) else not value
