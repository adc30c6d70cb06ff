"""From a text to the tree that it stands for."""

from __future__ import annotations

from cnncalc.language.notation import line
from cnncalc.language.tree import Datum, of_data, read
from cnncalc.place import Source
from cnncalc.sources.files import MOST_CHARACTERS, Text


def tree(text: Text) -> Datum:
    """The data of a text, each with its place. Raises SpecError with the place of what cannot be read."""
    if text.notation == "line":
        return line(text.text)
    if text.data is not None:
        return of_data(text.data, Source(text.name))
    lines = tuple(text.text.splitlines()) if len(text.text) <= MOST_CHARACTERS else ()
    return read(text.text, Source(text.name, lines, text.path))
