"""Budgets: limits on metrics, in a spec's own `budget:` and in an entry of a budgets file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

from msgspec.structs import replace

from cnncalc.amounts import AmountError, field
from cnncalc.errors import Problem, near, short
from cnncalc.language.tree import Datum, Listing, Scalar, Table
from cnncalc.layers import registry, terms_of
from cnncalc.network.limits import WORDS, Limit, LimitError, limit
from cnncalc.network.metrics import METRICS, MORE, metric_of
from cnncalc.network.network import apart
from cnncalc.place import Place

SHARED = tuple(name for name, word in WORDS.items() if not word.of_baseline)
"""Words that may also stand first, with metrics under them, as the options of `check` have it."""

LONGEST_PATTERN = 500
"""How long a pattern of layer names may be."""


def budget(datum: Datum, key: str, problems: list[Problem], aside: Sequence[str] = ()) -> tuple[Limit, ...]:
    """The limits that a mapping holds, in order; problems are noted. Keys `aside` are not limits.

    A metric has a limit, or a mapping of `max`, `min`, `equals`, `change`; `max`, `min` and `equals` may also stand
    first with metrics under them; `layers` has a number, such a mapping, or patterns of layer names with limits each.
    """
    if not isinstance(datum, Table):
        if datum.value is not None:
            problems.append(Problem(f"`{key}` is a mapping of metrics", datum.place, "such as `params: 140M`"))
        return ()
    reader = _Reader(problems)
    limits: list[Limit] = []
    for name, value in datum.value.items():
        path = f"{key}.{name}" if key else name
        if name in aside:
            continue
        if name in SHARED and isinstance(value, Table):
            for metric, bound in value.value.items():
                limits += reader.limit(metric, name, bound, f"{path}.{metric}", value.keys[metric])
        elif name == "layers" and _patterns(value):
            if not value.value:
                help_ = "such as `layers: 30` or `layers: {'conv*': {kernel: 3}}`"
                problems.append(Problem("`layers` has no limits", value.place, help_))
            for pattern in value.value:
                limits += _of_layers(pattern, value, f"{path}.{pattern}", problems)
        elif name not in METRICS and (meant := near(name, aside, listed=False)):
            problems.append(Problem(f"an entry has no `{short(name)}`", datum.keys[name], meant))
        else:
            limits += reader.metric(name, datum, path)
    return tuple(limits)


def _patterns(datum: Datum) -> TypeGuard[Table]:
    """Does what stands under `layers` name layers, and no limit on how many there are?"""
    if not isinstance(datum, Table):
        return False
    return not datum.value or any(key not in WORDS or isinstance(value, Table) for key, value in datum.value.items())


def _of_layers(pattern: str, table: Table, key: str, problems: list[Problem]) -> Iterator[Limit]:
    """The limits of the layers that each word of a pattern means, which is a key of the table."""
    datum, words = table.value[pattern], apart(pattern)
    is_open = pattern.rfind("[") > pattern.rfind("]")  # no name has a bracket, and many of them take long
    if not words or not pattern.isprintable() or len(pattern) > LONGEST_PATTERN or is_open:
        help_ = "a name fits as a whole: `conv1`, `conv[12]`, `stage*.conv*`"
        problems.append(Problem(f"`{short(pattern)}` is not a valid pattern of names", table.keys[pattern], help_))
        return
    if not isinstance(datum, Table) or not datum.value:
        help_ = f"such as `layers: {{{short(pattern)}: {{macs: 200M}}}}`"
        problems.append(Problem(f"`{short(pattern)}` has no limits", datum.place, help_))
        return
    reader = _Reader(problems, pattern)
    limits = [part for metric in datum.value for part in reader.metric(metric, datum, f"{key}.{metric}")]
    for word in words:
        yield from (replace(part, layers=word) for part in limits)


class _Reader(NamedTuple):
    """Reads limits on the whole network, or on layers that fit a pattern; problems are noted."""

    problems: list[Problem]
    pattern: str = ""

    def metric(self, metric: str, table: Table, key: str) -> Iterator[Limit]:
        """The limits of one metric, or of one field of layers, that stand under its name in a table."""
        datum, place = table.value[metric], table.keys[metric]
        if not isinstance(datum, Table):
            yield from self.limit(metric, "", datum, key, place)
            return
        if not datum.value:
            self.problems.append(Problem(f"{short(metric)} has no limit", datum.place, "such as `{max: 140M}`"))
        for word, bound in datum.value.items():
            yield from self.limit(metric, word, bound, f"{key}.{word}", place, datum.keys[word])

    def limit(
        self, metric: str, word: str, datum: Datum, key: str, place: Place | None, word_place: Place | None = None
    ) -> Iterator[Limit]:
        """One limit; none after its problem has been noted. `place` is that of the metric."""
        try:
            kind = kind_of(metric, self.pattern)
        except LimitError as error:
            self.problems.append(Problem(error.message, place, error.help))
            return
        text = _text(datum)
        if word and word not in WORDS:
            self.problems.append(Problem(f"a limit has no `{short(word)}`", word_place, near(word, list(WORDS))))
        elif text is None:
            self.problems.append(Problem(f"{metric} has no limit", datum.place or place, "such as `{max: 140M}`"))
        else:
            try:
                word = word or bare(metric, kind, text)
                yield limit(metric, word, text, kind, layers=self.pattern, place=datum.place, key=key)
            except AmountError as error:
                self.problems.append(Problem(f"{metric}: {error.message}", datum.place, error.help))


def bare(metric: str, kind: str, text: str) -> str:
    """What a limit without a word means: `max` where less is better, `equals` for a volume and for a word.

    Raises LimitError if it could go either way.
    """
    if kind == "volume":
        return "equals"
    if kind == "field":
        return "equals" if isinstance(field(text), str) else "max"
    if METRICS[metric].worse == MORE:
        return "max"
    raise LimitError("it is not clear which way is worse", f"write {{min: {text}}} or {{max: {text}}}")


def _text(datum: Datum) -> str | None:
    """A limit as it was written; None for nothing, and for anything that is not a limit."""
    if isinstance(datum, Listing) and datum.value and all(isinstance(part, Scalar) for part in datum.value):
        return "x".join(part.text for part in datum.value if isinstance(part, Scalar))
    if isinstance(datum, Scalar) and datum.value is not None:
        return datum.text.lower() if isinstance(datum.value, bool) else datum.text
    return None


def kind_of(metric: str, pattern: str = "") -> str:
    """The kind of a metric, or `field` for a field of layers. Raises LimitError if there is neither."""
    listed = METRICS.get(metric)
    if listed is not None and (listed.of_layer or not pattern):
        return listed.kind
    if not pattern:
        meant = metric_of(metric)
        shown = ", ".join(name for name, known in METRICS.items() if not known.beside)
        help_ = f"write `{meant}`" if meant != metric else near(metric, list(METRICS), listed=False)
        help_ = help_ or f"metrics are {shown}"
        if metric in fields():
            help_ = f"{metric} is a field of layers: `layers: {{'conv*': {{{metric}: …}}}}`"
        raise LimitError(f"there is no metric `{short(metric)}`", help_)
    if metric in fields():
        return "field"
    if listed is not None:
        raise LimitError(f"{metric} is of the whole network, not of a layer", f"move it out of `layers.{pattern}`")
    names = [name for name, metric_ in METRICS.items() if metric_.of_layer and not metric_.beside]
    way_out = f"metrics of layers are {', '.join(names)}, and their fields"
    help_ = near(metric, [*names, *fields()], listed=False) or way_out
    raise LimitError(f"layers have no metric and no field `{short(metric)}`", help_)


@lru_cache(maxsize=1)
def fields() -> tuple[str, ...]:
    """The fields that layers have, each once."""
    return tuple(dict.fromkeys(name for kind in registry().values() for name in terms_of(kind)))


def overriding(own: Iterable[Limit], others: Iterable[Limit]) -> tuple[Limit, ...]:
    """An entry's own limits, and the others except where it limits the same thing with the same word."""
    mine = tuple(own)
    taken = {(part.layers, part.metric, part.word) for part in mine}
    return (*mine, *(part for part in others if (part.layers, part.metric, part.word) not in taken))


_EXAMPLES = {"count": "140M", "bytes": "64MiB", "extents": "212x212", "volume": "1x1x1000"}
_BOUND: dict[str, Any] = {
    "type": ["number", "string", "array"],
    "pattern": r"\d|^\s*any\s*$",
    "patternErrorMessage": "not a limit, such as 140M, 64MiB, 212x212, 1x1x1000 or ±2%",
    "items": {"type": "integer"},
}
_FIELD_BOUND: dict[str, Any] = {"type": ["number", "string", "array", "boolean"]}


def definitions() -> dict[str, Any]:
    """What the JSON Schema of a budget refers to: a limit on a metric, and one on a field of layers."""
    return {"limit": _limit(_BOUND), "field_limit": _limit(_FIELD_BOUND)}


def schema() -> dict[str, Any]:
    """The JSON Schema of a budget; it refers to the `definitions`."""
    metric, field = {"$ref": "#/$defs/limit"}, {"$ref": "#/$defs/field_limit"}
    described: dict[str, Any] = {
        name: {**metric, "title": value.title, "description": value.says, "examples": [_EXAMPLES[value.kind]]}
        for name, value in METRICS.items()
    }
    of_layers = dict.fromkeys(fields(), field) | {name: metric for name, value in METRICS.items() if value.of_layer}
    pattern = {"type": "object", "properties": of_layers, "additionalProperties": False, "minProperties": 1}
    patterns = {"type": "object", "additionalProperties": pattern, "minProperties": 1}
    under = {"type": "object", "properties": dict.fromkeys(METRICS, _BOUND), "additionalProperties": False}
    layers = {"title": "Layers", "anyOf": [metric, patterns], "description": METRICS["layers"].says}
    keys = {**described, "layers": layers, **dict.fromkeys(SHARED, under)}
    return {"type": ["object", "null"], "properties": keys, "additionalProperties": False}


def _limit(bound: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a limit: by itself, or under its words."""
    worded = {"properties": dict.fromkeys(WORDS, bound), "additionalProperties": False, "minProperties": 1}
    return {**bound, "type": [*bound["type"], "object"], **worded}
