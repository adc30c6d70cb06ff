"""Spellings for encodings that lack a character, such as those of older Windows consoles and of pipes there."""

from __future__ import annotations

import codecs

_PAIRS = "×x −- –- ·* ÷/ ±+- ≈~ ≤<= ≥>= →-> ′' …... ⌊floor( ⌋) ⌈ceil( ⌉) ─- █# ░. Σsum ΦPhi αalpha σsigma"
SPELLINGS = {pair[0]: pair[1:] for pair in _PAIRS.split()}
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵖ"

SPELT = "cnncalc"
"""What is written for people: each character that is lacking is spelt, as far as it has a spelling."""
JSON = "cnncalc.json"
"""What is JSON, in which every character has an escape."""
XML = "xmlcharrefreplace"
"""What is XML."""


def _spelling(text: str, at: int) -> str:
    """What stands for a character: exponents after a ^, letters without their accents; a ? where nothing does."""
    from unicodedata import normalize

    char = text[at]
    bare = "".join(part for part in normalize("NFKD", char) if part.isascii())
    if char in RAISED:
        return bare if text[at - 1 : at] and text[at - 1] in RAISED else f"^{bare}"
    return SPELLINGS.get(char) or bare or "?"


def _spelt(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_spelling(error.object, at) for at in range(error.start, error.end)), error.end


def _escaped(error: UnicodeError) -> tuple[str, int]:
    import json

    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(SPELT, _spelt)
codecs.register_error(JSON, _escaped)


def spelt(text: str, encoding: str) -> str:
    """The text as it will be written in that encoding.

    >>> spelt("H₁·C¹² ≥ 3", "ascii"), spelt("3×3 → 5×5", "cp1252")
    ('H1*C^12 >= 3', '3×3 -> 5×5')
    """
    return text if text.isascii() else text.encode(encoding, SPELT).decode(encoding)
