"""YAML to data that knows its place, in bounded time and memory.

PyYAML's parser gives events; the tree is built here, because three things must be ours: every value keeps its place,
scalars are read as YAML 1.2 reads them (``yes`` is a word, ``010`` is ten), and what a hostile text can ask for (depth,
aliases, size, tags) is bounded while it is built. Nothing in a text is ever looked up or run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import yaml
from msgspec import Struct

from cnncalc.errors import SpecError, short, wrong
from cnncalc.place import Place, Source
from cnncalc.sources.files import MOST_CHARACTERS

MOST_NODES = 500_000
MOST_DEPTH = 100
MOST_DIGITS = 30

_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NAMED_FLOATS = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
_MOVED = re.compile("block|mapping values|document start")
"""What the parser says of lines whose indentation has moved."""
_STANDARD_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")}


class Datum:
    """A value of a spec, and where it stands."""

    __slots__ = ("place", "size", "value")

    def __init__(self, value: Any, place: Place | None, size: int = 1) -> None:
        self.value = value
        self.place = place
        self.size = size

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    @property
    def parts(self) -> list[Datum]:
        """The items of a list; anything else is a list of one."""
        return [self]

    def get(self, key: str) -> Datum | None:
        """What a table has under a key; None for anything else."""
        return None

    def key_place(self, key: str) -> Place | None:
        """Where a key of a table stands; anything else has one place."""
        return self.place


class Scalar(Datum):
    """None, a truth, a number or a text; `text` is how it was written."""

    __slots__ = ("text",)
    value: Any

    def __init__(self, value: Any, place: Place | None, text: str | None = None) -> None:
        self.value, self.place, self.size = value, place, 1
        self.text = str(value) if text is None else text


class Listing(Datum):
    """Data in order."""

    __slots__ = ()
    value: list[Datum]

    @property
    def parts(self) -> list[Datum]:
        return self.value


class Table(Datum):
    """Data under names, in order; each name knows its own place."""

    __slots__ = ("keys",)
    value: dict[str, Datum]

    def __init__(self, value: dict[str, Datum], place: Place | None, size: int, keys: dict[str, Place | None]) -> None:
        super().__init__(value, place, size)
        self.keys = keys

    def get(self, key: str) -> Datum | None:
        return self.value.get(key)

    def key_place(self, key: str) -> Place | None:
        return self.keys.get(key)


def plain_data(datum: Datum) -> Any:
    """The data without its places."""
    if isinstance(datum, Table):
        return {key: plain_data(value) for key, value in datum.value.items()}
    if isinstance(datum, Listing):
        return [plain_data(item) for item in datum.value]
    return datum.value


def read(text: str, source: Source) -> Datum:
    """The single document in a text.

    Raises SpecError with the place of what is not valid YAML, or more than a spec may hold.
    """
    if len(text) > MOST_CHARACTERS:
        way_out = f"a spec has at most {MOST_CHARACTERS:,}; use `repeat`"
        raise wrong(f"{source.name} holds {len(text):,} characters", None, way_out)
    try:
        return _Reader(source).document(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(error, source) from None
    except (yaml.YAMLError, UnicodeError):
        at = next((place for place, char in enumerate(text) if not _allowed(char)), 0)
        before = text[:at].splitlines() or [""]
        if text[:at].endswith("\n"):
            before.append("")
        message = f"{source.name} holds a character that no YAML text has: U+{ord(text[at]):04X}"
        place = _at(source, len(before), len(before[-1]) + 1)
        raise wrong(message, place, "a spec is printable UTF-8 text") from None


def _allowed(char: str) -> bool:
    """Is the character one that YAML text may hold (YAML 1.2, section 5.1)?"""
    code = ord(char)
    if code < 0xA0:
        return char in "\t\n\r\x85" or 0x20 <= code <= 0x7E
    return not (0xD800 <= code <= 0xDFFF or 0xFFFE <= code <= 0xFFFF)


def _no_yaml(error: yaml.MarkedYAMLError, source: Source) -> SpecError:
    """What the parser could not read, at the place to look at: what was left open, where the text simply ends."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return wrong(f"{source.name} is not valid YAML: {error.problem}", None, "a spec is a mapping of keys")
    line = source.lines[mark.line] if mark.line < len(source.lines) else ""
    place = _at(source, mark.line + 1, mark.column + 1)
    if line[mark.column : mark.column + 1] == "\t":
        return wrong("tabs cannot be used for indentation", place, "use spaces")
    if not line.strip() and error.context_mark is not None:
        opened = _at(source, error.context_mark.line + 1, error.context_mark.column + 1)
        message = f"this is never closed: {error.problem}, {error.context}"
        return wrong(message, opened, "close the bracket or the quote")
    reasons = ", ".join(part for part in (error.problem, error.context) if part)
    way_out = "look for an unclosed bracket or quote before this; inside [ ] and { } quote an expression with brackets"
    if _MOVED.search(reasons) and not set(line[: mark.column]) & set("[]{}'\""):
        way_out = "is the indentation that of the line above?"
    return wrong(f"this is not valid YAML: {reasons}", place, way_out)


def _at(source: Source, line: int, column: int) -> Place:
    """One character of a source; after the last line, the end of the last one that holds something."""
    if line > len(source.lines):
        line = next((n for n in range(len(source.lines), 0, -1) if source.lines[n - 1].strip()), 1)
        column = len(source.lines[line - 1].rstrip()) + 1 if source.lines else 1
    return Place(source, line, column, line, column + 1)


def scalar(text: str) -> Any:
    """A plain scalar as YAML 1.2's core schema reads it, without the octal and hexadecimal numbers.

    >>> [scalar(text) for text in ("010", "yes", "1:30", "1e3", "~")]
    [10, 'yes', '1:30', 1000.0, None]
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-.0123456789":
        if len(text) <= MOST_DIGITS and _INTEGER.fullmatch(text):
            return int(text)
        if len(text) <= MOST_DIGITS and _FLOAT.fullmatch(text):
            return float(text)
        if text.lower() in _NAMED_FLOATS:
            return float(_NAMED_FLOATS[text.lower()])
    return text


class _Reader(Struct, eq=False):
    """Builds the tree from parser events, one at a time, without recursion."""

    source: Source
    anchors: dict[str, Datum] = {}
    open: list[tuple[Any, list[Datum], str | None]] = []
    nodes: int = 0

    def document(self, events: Iterator[Any]) -> Datum:
        result: Datum | None = None
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent" and result is not None:
                way_out = "a spec is one document: take out the `---`"
                raise wrong("a second document starts here", self._place(event), way_out)
            if kind in ("SequenceStartEvent", "MappingStartEvent"):
                if event.tag is not None:
                    self._tag(event)
                if len(self.open) >= MOST_DEPTH:
                    raise wrong(f"this is nested deeper than {MOST_DEPTH} levels", self._place(event), "use blocks")
                self.open.append((event, [], event.anchor))
                continue
            if kind == "ScalarEvent":
                datum: Datum = self._scalar(event)
                anchor: str | None = event.anchor
            elif kind == "AliasEvent":
                datum, anchor = self._alias(event), None
            elif kind in ("SequenceEndEvent", "MappingEndEvent"):
                start, parts, anchor = self.open.pop()
                datum = self._collection(start, parts, event)
            else:
                continue
            if anchor is not None:
                self.anchors[anchor] = datum
            if self.open:
                self.open[-1][1].append(datum)
            else:
                result = datum
        if result is None:
            raise wrong(f"{self.source.name} is empty", None, "a spec has at least `input:` and `layers:`")
        return result

    def _place(self, event: Any, end: Any = None) -> Place:
        first, last = event.start_mark, (end or event).end_mark
        return Place(self.source, first.line + 1, first.column + 1, last.line + 1, last.column + 1)

    def _tag(self, event: Any) -> None:
        if event.tag not in _STANDARD_TAGS and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            place = self._place(event)
            place = place._replace(end_line=place.line, end_column=place.column + len(tag))
            raise wrong(f"the tag {short(tag)} is not supported", place, "a spec is plain data: take the tag out")

    def _count(self, event: Any, size: int) -> None:
        self.nodes += size
        if self.nodes > MOST_NODES:
            message = f"the spec holds more than {MOST_NODES:,} values, aliases written out"
            raise wrong(message, self._place(event), "use `repeat`")

    def _scalar(self, event: Any) -> Scalar:
        if event.tag is not None:
            self._tag(event)
        self._count(event, 1)
        plain = event.implicit[0] and event.style in (None, "")
        place = self._place(event)
        if plain and len(event.value) > MOST_DIGITS and _FLOAT.fullmatch(event.value[:10_000]):
            message = f"{short(event.value, 20)} is a number of {len(event.value):,} digits"
            raise wrong(message, place, f"at most {MOST_DIGITS} are read")
        return Scalar(scalar(event.value) if plain else event.value, place, event.value)

    def _alias(self, event: Any) -> Datum:
        datum = self.anchors.get(event.anchor)
        if datum is None:
            inside = any(anchor == event.anchor for _, _, anchor in self.open)
            name = short(event.anchor)
            message = f"*{name} refers to itself" if inside else f"nothing is named &{name}"
            way_out = "write it out, or use a block"
            if not inside:
                way_out += f"; YAML reads `*{name}` as an alias, and every number of a name is `{name}.*`"
            raise wrong(message, self._place(event), way_out)
        self._count(event, datum.size)
        return datum

    def _cut(self, parts: list[Datum]) -> None:
        """Refuse an expression that a comma has cut in two: `min(2` and `4)`."""
        texts = [part.text if isinstance(part, Scalar) and isinstance(part.value, str) else "" for part in parts]
        for at, text in enumerate(texts):
            whole = [text]
            while whole[0].count("(") > whole[0].count(")") and len(whole) < 10 and at + len(whole) < len(parts):
                whole.append(getattr(parts[at + len(whole)], "text", ""))
                if whole[-1].count(")") > whole[-1].count("("):
                    way_out = f'write it between quotes: "{short(", ".join(filter(None, whole)))}"'
                    raise wrong("the comma ends this value", parts[at].place, way_out)

    def _collection(self, start: Any, parts: list[Datum], end: Any) -> Datum:
        self._count(start, 1)
        if start.flow_style:
            self._cut(parts)
        size = 1 + sum([part.size for part in parts])
        place = self._place(start, end)
        if type(start).__name__ == "SequenceStartEvent":
            return Listing(parts, place, size)
        keys: dict[str, Place | None] = {}
        values: dict[str, Datum] = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise wrong("a key must be a word, not a list or mapping", key.place, "write `key: value`")
            name = "" if key.value is None else str(key.value)
            if name == "<<":
                message = "merge keys (<<) are not part of the language"
                raise wrong(message, key.place, "use `defaults`, blocks or `extends`")
            if name in values:
                raise wrong(f"`{short(name)}` is given twice", key.place, "drop one of the two")
            keys[name], values[name] = key.place, value
        return Table(values, place, size, keys)


def of_data(data: Any, source: Source) -> Datum:
    """The same tree from Python's own mappings, lists and values.

    Raises SpecError for anything that YAML could not hold.
    """
    return _of_data(data, source, "", 0, [0])


def _of_data(data: Any, source: Source, path: str, depth: int, count: list[int]) -> Datum:
    count[0] += 1
    place = Place(Source(f"{source.name}{': ' + path if path else ''}"), 0, 0, 0, 0)
    if depth > MOST_DEPTH:
        raise wrong(f"this is nested deeper than {MOST_DEPTH} levels", place, "use blocks")
    if count[0] > MOST_NODES:
        raise wrong(f"the spec holds more than {MOST_NODES:,} values", place, "use `repeat`")
    if data is None or isinstance(data, (bool, str)):
        return Scalar(data, place)
    if isinstance(data, Integral):
        if abs(int(data)) >= 10**MOST_DIGITS:
            raise wrong("a number is too long", place, f"at most {MOST_DIGITS} digits are read")
        return Scalar(int(data), place)
    if isinstance(data, Real):
        return Scalar(float(data), place)
    if isinstance(data, Mapping):
        values: dict[str, Datum] = {}
        for key, value in data.items():
            name = str(key)
            if name in values:
                raise wrong(f"`{short(name)}` is given twice", place, "drop one of the two")
            values[name] = _of_data(value, source, f"{path}.{name}" if path else name, depth + 1, count)
        return Table(values, place, count[0], dict.fromkeys(values, place))
    if isinstance(data, Sequence) and not isinstance(data, (bytes, bytearray)):
        items = [_of_data(item, source, f"{path}[{place_}]", depth + 1, count) for place_, item in enumerate(data)]
        return Listing(items, place, count[0])
    message = f"a {type(data).__name__} is not allowed in a spec"
    raise wrong(message, place, "use mappings, lists, numbers, texts and truths")


def flow(datum: Datum) -> str:
    """A value as it is written on one line, between quotes where brackets or commas would end it.

    >>> flow(of_data({"conv": 8, "groups": "min(2, 4)", "stride": [1, 2]}, Source("")))
    '{conv: 8, groups: "min(2, 4)", stride: [1, 2]}'
    """
    if isinstance(datum, Table):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in datum.value.items()) + "}"
    if isinstance(datum, Listing):
        return f"[{', '.join(map(flow, datum.value))}]"
    text = "" if datum.value is None else str(getattr(datum, "text", datum.value))
    return f'"{text}"' if isinstance(datum.value, str) and re.search(r"[][{},:#]", text) else text


class _Dumper(yaml.SafeDumper):
    """Writes everything out, on one line, and between double quotes where it cannot stand plain."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def choose_scalar_style(self) -> str:
        return '"' if super().choose_scalar_style() else ""


_TEXT = "tag:yaml.org,2002:str"
_PLAIN_KEY = re.compile(r"[A-Za-z_/][\w./ =+-]*[\w=+-]", re.ASCII)


def _key(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TEXT, text, None if _PLAIN_KEY.fullmatch(text) else '"')


def _value(dumper: _Dumper, datum: Scalar) -> yaml.ScalarNode:
    """A value as it was; a text is quoted where it would be read as something else, or refused as too long a number."""
    text = datum.text
    number = len(text) > MOST_DIGITS and _FLOAT.fullmatch(text)
    if number or (isinstance(datum.value, str) and scalar(text) != text):
        return dumper.represent_scalar(_TEXT, text, '"')
    tag = dumper.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return dumper.represent_scalar(tag, text)


_Dumper.add_representer(str, _key)
_Dumper.add_representer(Scalar, _value)


def dump(data: Mapping[str, Any]) -> str:
    """YAML that `read` takes back: mappings of mappings and scalars, one a line, in the order given."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=math.inf)
