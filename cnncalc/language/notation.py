"""From a text to its tree, and the notation of the VGG paper: ``conv3-64``, ``maxpool3/2``, and networks on one line.

A word is a type, the extent right after it, ``-`` and the main argument, ``/`` and the stride, ``p`` and the padding. A
line is a volume, a colon and words, with ``(…)*n`` for repetition; it becomes the tree that the same spec in YAML would
be.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from cnncalc.errors import short, wrong
from cnncalc.language.tree import Datum, Listing, Scalar, Table, of_data, read, scalar
from cnncalc.place import Place, Source
from cnncalc.sources.files import MOST_CHARACTERS, Text
from cnncalc.sources.find import ONE_LINE

MOST_DEPTH = 40
LONGEST = 200
"""The longest word that is taken apart."""

NUMBERS = r"\d(?:[\dx×]|X(?=\d))*"
_EXTENT = rf"(?P<extent>{NUMBERS})?"
_MAIN = rf"(?:-(?P<main>{NUMBERS}|(?!{NUMBERS}p\d)[^/\s]+))?"
_STRIDE = rf"(?:/(?P<stride>{NUMBERS}|[^/\s-]+))?"
_PADDING = rf"(?:(?<=\d)p(?P<padding>{NUMBERS}))?"
_REST = re.compile(_EXTENT + _MAIN + _STRIDE + _PADDING, re.ASCII)
"""Behind a name or an expression `p0` is a part of that: only after plain numbers is there anything left for it."""
_TOKEN = re.compile(r"\(|\)\s*\*\s*(?P<times>[^\s()]+)|\)|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*")
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Word(NamedTuple):
    """A word of the notation, taken apart."""

    type: str
    extent: str | None
    main: str | None
    stride: str | None
    padding: str | None = None


def tree(text: Text) -> Datum:
    """The data of a text, each with its place. Raises SpecError with the place of what cannot be read."""
    if text.notation == "line":
        return line(text.text)
    if text.data is not None:
        return of_data(text.data, Source(text.name))
    lines = tuple(text.text.splitlines()) if len(text.text) <= MOST_CHARACTERS else ()
    return read(text.text, Source(text.name, lines, text.path))


def word(text: str, types: Collection[str]) -> Word | None:
    """The parts of a word, for the longest type name that it begins with; None when it is not a word over these types.

    >>> word("conv1x7-192", ["conv"])
    Word(type='conv', extent='1x7', main='192', stride=None, padding=None)
    >>> word("conv3-64/2p0", ["conv"]).padding, word("conv3-kp0", ["conv"]).main
    ('0', 'kp0')
    >>> word("relu6", ["relu", "relu6"]).type
    'relu6'
    """
    if len(text) > LONGEST:
        return None
    for end in range(len(text), 0, -1):
        if text[:end] in types:
            rest = _REST.fullmatch(text[end:])
            if rest is not None:
                return Word(text[:end], *rest.groups())
    return None


def line(text: str) -> Datum:
    """The tree of a network on one line. Raises SpecError with the place of a stray bracket or a bad count."""
    source = Source("notation", (text.replace("\n", " "),))
    parts = ONE_LINE.fullmatch(text)
    if parts is None:
        raise wrong(f"{short(text)} is not a one-line spec", None, "write it as '224x224x3: conv3-64 maxpool2 fc-10'")
    whole = Place(source, 1, 1, 1, len(text) + 1)
    volume = Scalar(parts["volume"], _span(source, parts.start("volume"), parts.end("volume")))
    layers = Listing(_words(text, parts.start("words"), source), whole)
    values: dict[str, Datum] = {"name": Scalar(text.strip(), whole), "input": volume, "layers": layers}
    return Table(values, whole, 1, dict.fromkeys(values, whole))


def _span(source: Source, start: int, end: int) -> Place:
    return Place(source, 1, start + 1, 1, end + 1)


def _words(text: str, at: int, source: Source) -> list[Datum]:
    """The items of a line from `at` on, groups as nested lists with their repetition."""
    open_groups: list[tuple[int, list[Datum]]] = [(at, [])]
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(text, at)
        end = token.end() if token is not None and token.end() > at else at + 1
        symbol, place = text[at:end], _span(source, at, end)
        if symbol == "(":
            if len(open_groups) > MOST_DEPTH:
                raise wrong(f"more than {MOST_DEPTH} brackets are open", place, "write the network as a YAML file")
            open_groups.append((at, []))
        elif symbol.startswith(")"):
            if len(open_groups) == 1:
                raise wrong("this bracket has no opening bracket", place, "groups are written (…)*n")
            start, items = open_groups.pop()
            times = token["times"] if token is not None else None
            open_groups[-1][1].append(_group(items, times, _span(source, start, end)))
        else:
            open_groups[-1][1].append(Scalar(symbol, place))
        at = end
    if len(open_groups) > 1:
        start = open_groups[-1][0]
        raise wrong("this bracket is never closed", _span(source, start, start + 1), "groups are written (…)*n")
    return open_groups[0][1]


def _group(items: list[Datum], times: str | None, place: Place) -> Table:
    values: dict[str, Datum] = {"layers": Listing(items, place)}
    if times is not None:
        count = scalar(times)
        if not isinstance(count, int):
            way_out = "the repeat count must be a number here; in a file, `repeat: N` takes a parameter"
            raise wrong(f"{short(times)} is not a repeat count", place, way_out)
        values["repeat"] = Scalar(count, place)
    return Table(values, place, 1, dict.fromkeys(values, place))
