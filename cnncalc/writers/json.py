"""JSON that reads well."""

from __future__ import annotations

import json
from typing import Any


def json_text(value: Any, indent: str = "") -> str:
    """JSON that reads well: objects and lists of objects over several lines, lists of plain values on one."""
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        lines = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {json_text(item, inner)}" for key, item in value.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "[\n" + ",\n".join(f"{inner}{json_text(item, inner)}" for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)
