"""Baselines: what specs came to at another time, from a file or from a revision."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import replace

from cnncalc.dims import unknowns
from cnncalc.errors import Problem, SpecError, in_order, near, several, short, short_path, wrong
from cnncalc.guard.budgets import Budgets
from cnncalc.guard.subjects import Subject
from cnncalc.language import shape
from cnncalc.language.load import load
from cnncalc.language.notation import tree
from cnncalc.language.tree import Datum, Scalar, Table, dump, scalar
from cnncalc.network.metrics import METRICS, bounded, measures
from cnncalc.network.network import Network
from cnncalc.place import Place
from cnncalc.sources.files import around, relative, repository, shown, text_of
from cnncalc.sources.find import PREFIX, reference
from cnncalc.sources.git import GitError, holding
from cnncalc.sources.revision import before, revision
from cnncalc.terms import Shape

SHOWN = 5
"""For how many metrics that are not known the nearest known ones are looked for."""

HEAD = "# The metrics of each spec: written by `cnncalc baseline write`, compared by `cnncalc check --baseline`.\n"
EVERYTHING = "everything"
"""How the reach of what sees everything is written."""

MOST_DIGITS = 1000
"""How long a number may be."""
LONGEST_KEY = 120
"""How long the name of a metric may be that is not known."""

_COUNT = re.compile(rf"\d{{1,{MOST_DIGITS}}}", re.ASCII)
_EXTENT = rf"\d{{1,{MOST_DIGITS}}}(?:/[1-9]\d{{0,{MOST_DIGITS}}})?"
_EXTENTS = re.compile(rf"{_EXTENT}(?:x{_EXTENT}){{0,8}}", re.ASCII)
_VOLUME = re.compile(rf"\d{{1,{MOST_DIGITS}}}(x\d{{1,{MOST_DIGITS}}}){{0,8}}", re.ASCII)


class File(Shape, frozen=True):
    """The keys of a baseline file; more may come with a newer version."""

    called: ClassVar[str] = "a baseline"
    help: ClassVar[str] = "write the baseline again"
    open: ClassVar[bool] = True

    schema: Annotated[Literal[1], Meta(description="The version of the format.")]
    specs: Annotated[
        dict[str, Annotated[Datum, Meta(extra_json_schema={"type": "object", "minProperties": 1})]],
        Meta(description="The metrics of each spec, under its name and settings."),
    ]


class Stored(Struct, frozen=True):
    """A baseline file: every metric of every spec, under the spec's key.

    What a newer version wrote there stays as it was: `unknown` are metrics under the keys of specs, `beside` is what
    stands beside the specs. `unread` says what that is.
    """

    name: str
    entries: dict[str, dict[str, Any]]
    implied: bool = False
    unread: tuple[Problem, ...] = ()
    unknown: dict[str, dict[str, Scalar]] = {}
    beside: dict[str, Scalar] = {}

    @property
    def everything(self) -> dict[str, dict[str, Any]]:
        """The entries with what is unknown in them."""
        return {key: {**values, **self.unknown.get(key, {})} for key, values in self.entries.items()}

    def demands(self, subject: Subject) -> bool:
        """Must it have the spec? Where the budgets file brings the baseline, it must if that names the spec."""
        return not (self.implied and subject.aside)

    def before(self, subject: Subject) -> dict[str, Any] | None:
        """The metrics that a spec had; None where it is not in the file."""
        return self.entries.get(subject.key)


class Revised(Struct, frozen=True):
    """A git revision as a baseline: each spec as it was there, under the name it had there.

    `unread` gathers what is wrong with specs at the revision: those count as new, for a slip there is fixed here.
    """

    rev: str
    unread: list[Problem]

    @property
    def name(self) -> str:
        """The revision, as `cnncalc diff` takes it."""
        return f"{PREFIX}{self.rev}"

    def demands(self, subject: Subject) -> bool:
        """Must it have the spec? It need not: one that was not there yet is new."""
        return False

    def before(self, subject: Subject) -> dict[str, Any] | None:
        """The metrics that a spec had; None where it was not there yet. Raises SpecError without such a revision."""
        if not subject.path:
            message = f"{short(subject.label)} is not a file, and {PREFIX}{self.rev} has files only"
            raise wrong(message, None, "take a stored baseline: `cnncalc baseline write`")
        path = Path(subject.path)
        try:
            text = before(self.rev, path)
            if text is None:
                revision(self.rev, holding(path))  # outside any repository it is not new, but cannot be known
                return None
            network = load(text, subject.settings)
        except GitError:
            raise  # that git does not say what was there does not make the spec new
        except SpecError as error:
            for problem in error.problems:
                message = f"{subject.label} at {self.rev}: {problem.message}"
                self.unread.append(replace(problem, severity="warning", message=message))
            return None
        return metrics(network.sized(subject.sizing.dtype, subject.sizing.batch))


Baseline: TypeAlias = Stored | Revised
"""What specs came to at another time."""


def metrics(network: Network) -> dict[str, Any]:
    """The metrics of a network as a baseline holds them. Raises SpecError if one depends on a symbol.

    Those that are only bounds, and those that depend on what no spec says, are left out.
    """
    values = {
        name: value for name, value in measures(network).items() if not bounded(network, name) and not unknowns(value)
    }
    for name, value in values.items():
        if any(not isinstance(part, (int, Fraction)) for part in _numbers(value)):
            message = f"{network.name} has no number for {name}"
            raise wrong(message, None, "a baseline holds numbers: give symbols numbers with --set")
        if any(part >= 10**MOST_DIGITS for part in _numbers(value)):
            raise wrong(f"{name} of {network.name} has more than {MOST_DIGITS:,} digits", None, "look at its strides")
    return values


def measured(subjects: Iterable[Subject]) -> dict[str, dict[str, Any]]:
    """What specs come to, by their keys. Raises SpecError with the problems of all that cannot be read."""
    entries: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for subject in subjects:
        try:
            entries[subject.key] = metrics(subject.network())
        except SpecError as error:
            problems += error.about(subject.label).problems
    if problems:
        raise SpecError(*dict.fromkeys(problems))
    return entries


def _numbers(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return (inner for part in value for inner in _numbers(part)) if isinstance(value, tuple) else (value,)


def text(entries: Mapping[str, Mapping[str, Any]], beside: Mapping[str, Scalar] | None = None) -> str:
    """A baseline file: specs in order, one metric per line, so that two people's changes seldom meet."""
    specs = {key: {name: _written(metrics[name]) for name in sorted(metrics)} for key, metrics in entries.items()}
    return HEAD + dump({"schema": 1, **dict(sorted((beside or {}).items())), "specs": dict(sorted(specs.items()))})


def _written(value: Any) -> Scalar:
    """A metric as it stands in the file."""
    if isinstance(value, Scalar):
        return value
    volumes = value if isinstance(value, tuple) and value and isinstance(value[0], tuple) else (value,)
    shown = ", ".join("x".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in volumes)
    return Scalar(scalar(shown), None, EVERYTHING if value is None else shown)


def is_baseline(data: Datum) -> bool:
    """Is this the data of a baseline, and not of a spec?"""
    return isinstance(data, Table) and data.value.keys() >= {*File.__struct_fields__}


def read(path: Path) -> Stored:
    """Read a baseline file. Raises SpecError with all that is wrong with it."""
    return stored(tree(text_of(path)), str(path))


def stored(data: Datum, name: str) -> Stored:
    """The baseline that is in some data. Raises SpecError with all that is wrong with it."""
    if not isinstance(data, Table) or not is_baseline(data):
        raise wrong(f"{short_path(name)} is not a baseline", data.place, "`cnncalc baseline write` makes one")
    schema = data.value["schema"]
    if schema.value != 1:
        raise wrong(f"a baseline of schema {short(schema.value)} is not known", schema.place, "write it again")
    problems: list[Problem] = []
    top = shape.read(File, data, problems)
    if top is None:
        raise SpecError(*problems)
    entries: dict[str, dict[str, Any]] = {}
    beside = _others(data, File.__struct_fields__)
    unknown: dict[str, dict[str, Datum]] = {}
    places: dict[str, Place | None] = {}
    for key, datum in top.specs.items():
        if not isinstance(datum, Table) or not datum.value:
            problems.append(Problem(f"{short(key)} has no metrics", datum.place, File.help))
            continue
        written = {metric: value for metric, value in datum.value.items() if metric in METRICS}
        entries[key] = {metric: _value(metric, value, problems) for metric, value in written.items()}
        unknown[key] = _others(datum, METRICS)
        places.update((word, datum.keys[word]) for word in unknown[key] if word not in places)
    looked_up = list(places)[:SHOWN]
    hints = {word: hint for word in looked_up if (hint := near(word, list(METRICS), listed=False))}
    if problems:  # the file has to be fixed anyway, and typos with it
        problems += [Problem(f"there is no metric `{short(word)}`", places[word], hints[word]) for word in hints]
        raise SpecError(*in_order(problems))
    kept, left = {key: _writable(others) for key, others in unknown.items()}, _writable(beside)
    places = {**{word: data.keys[word] for word in beside}, **places}
    if not places:
        return Stored(name, entries)
    lost = len(left) < len(beside) or any(len(kept[key]) < len(others) for key, others in unknown.items())
    advice = [hint if len(places) == 1 else f"{short(word, 40)}: {hint}" for word, hint in hints.items()]
    rest = "; a list, a mapping or a long value is dropped" if lost else ""
    advice.append(f"unknown metrics are not checked, and `cnncalc baseline write SPEC` keeps them{rest}")
    warning = newer(name, places, next(iter(places.values())), " ".join(advice))
    return Stored(name, entries, False, (warning,), kept, left)


def _others(table: Table, names: Container[str]) -> dict[str, Datum]:
    """What a table has under other names than these."""
    return {name: value for name, value in table.value.items() if name not in names}


def _writable(values: Mapping[str, Datum]) -> dict[str, Scalar]:
    """Those that the format has room for: a single value, as long as any that is known, and so is its name."""
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, Scalar) and len(value.text) <= MOST_DIGITS and len(name) <= LONGEST_KEY
    }


def newer(name: str, keys: Iterable[str], place: Place | None, help: str) -> Problem:
    """The warning that a file has what this version does not know; it goes on without."""
    message = f"{short_path(name)} has keys unknown to this version: {several(keys)}"
    return Problem(message, place, help, severity="warning")


def _value(name: str, datum: Datum, problems: list[Problem]) -> Any:
    """One metric of a baseline; None after a problem with it has been noted."""
    metric = METRICS[name]
    written = datum.text if isinstance(datum, Scalar) else ""
    if metric.kind in ("count", "bytes"):
        if _COUNT.fullmatch(written):
            return int(written)
    elif metric.kind == "extents":
        if written == EVERYTHING:
            return None
        if _EXTENTS.fullmatch(written):
            numbers = map(Fraction, written.split("x"))
            return tuple(number.numerator if number.denominator == 1 else number for number in numbers)
    else:
        parts = [part.strip() for part in written.split(",")]
        if all(_VOLUME.fullmatch(part) for part in parts):
            return tuple(tuple(int(extent) for extent in part.split("x")) for part in parts)
    problems.append(Problem(f"{short(written)} is not a valid {name}", datum.place, File.help))
    return None


def against_of(given: str | None, file: Budgets | None) -> Baseline | None:
    """The baseline that is named, else that of the budgets file, where it has one: ``git:REV``, or a file.

    Raises SpecError for anything else.
    """
    text, folder, place = given, Path(), None
    if text is None:
        if file is None or not file.baseline:
            return None
        text, folder, place = file.baseline, file.folder, file.place
        fence = repository(folder) or folder
        if reference(text) is None and relative(folder / text, fence) is None:
            raise wrong(f"{short_path(text)} is outside {short_path(around(fence))}", place, "keep it there")
    asked = reference(text)
    if asked is None:
        if not os.path.isfile(folder / text):
            message = f"there is no baseline {short_path(shown(folder / text))}"
            named = re.fullmatch(r"\w[\w./-]{0,99}", text) and not text.endswith((".yaml", ".yml", ".json"))
            way_out = f"; a revision is written {PREFIX}{text}" if named else ""
            raise wrong(message, place, "`cnncalc baseline write` makes one" + way_out)
        return replace(read(folder / text), implied=given is None)
    if asked.path is not None:
        way_out = f"give only the revision, {PREFIX}{asked.rev}: each spec is looked up in it"
        raise wrong(f"a baseline is a whole revision, and {short(text)} is one file of it", place, way_out)
    return Revised(asked.rev, [])
