"""JSON that reads well, piece by piece: a result of 200,000 layers is never in memory as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncalc.network.counts import Answer, plain


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
    if _is_object(value):
        lead = "{\n"
        for key, item in value.items():
            yield f"{lead}{inner}{json.dumps(key, ensure_ascii=False)}: "
            yield from _pieces(item, inner)
            lead = ",\n"
        yield "{}" if lead[0] == "{" else f"\n{indent}}}"
    elif (
        not isinstance(value, str)
        and isinstance(value, Sequence)
        and any(isinstance(item, (Answer, Mapping)) for item in value)
    ):
        lead = "[\n"
        for item in value:
            yield f"{lead}{inner}"
            yield from _pieces(item, inner)
            lead = ",\n"
        yield f"\n{indent}]"
    else:
        yield json.dumps(plain(value), ensure_ascii=False)


def _is_object(value: Any) -> bool:
    return isinstance(value, (Answer, Mapping))
