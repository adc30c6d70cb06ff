"""Text that steers nothing: what no format can hold, as escapes that can be read."""

from __future__ import annotations

import re

# What steers a terminal, turns the direction of reading, breaks lines, or cannot stand in XML or in UTF-8. Tabs and
# line ends may stay.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """The text with what no format can hold, or what would steer a terminal, as an escape that can be read."""
    return _UNSAFE.sub(lambda found: _escape(ord(found[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def written(text: str) -> str:
    """A text that is in its format already."""
    return text
