"""Text made safe: what no format can hold becomes a readable escape."""

from __future__ import annotations

import re

# Whatever controls a terminal, changes the direction of reading, breaks lines, or is not allowed in XML or UTF-8. Tabs
# and line ends stay.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """The text, with a readable escape for whatever no format can hold or would control a terminal."""
    return _UNSAFE.sub(lambda match: _escape(ord(match[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def written(text: str) -> str:
    """Text that is already in its format."""
    return text
