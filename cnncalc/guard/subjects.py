"""What is checked: specs under their settings, each with the limits that options and a budgets file lay on it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.errors import NOTED, Problem, SpecError, flat, near, short, short_path, wrong
from cnncalc.guard.budgets import Budgets, budgets_file
from cnncalc.language.budget import overriding
from cnncalc.language.load import load
from cnncalc.network.counts import Sizing
from cnncalc.network.limits import Limit
from cnncalc.network.network import Network
from cnncalc.place import Place
from cnncalc.sources.files import Search, Text, relative, repository, root, shown
from cnncalc.sources.find import FILE, LITERAL, REVISION, STANDARD_INPUT, built_in, built_in_names, find, kind_of

BUDGETS = Path("budgets.yaml")
"""The budgets file that is read by default."""

MOST_SPECS = 10_000
"""How many specs are checked at a time."""

MOST_NAMED = 20 * MOST_SPECS
"""How many times the entries of a file may name a spec, all together."""


class Subject(Struct, frozen=True):
    """A spec under its settings: `spec` is what `load` takes, `shown` what people call it, `path` its file or ''.

    `aside` says that there is a budgets file which does not name it.
    """

    spec: str | Path | Text
    shown: str
    path: str = ""
    settings: dict[str, Any] = {}
    sizing: Sizing = Sizing()
    limits: tuple[Limit, ...] = ()
    aside: bool = False

    @property
    def variant(self) -> str:
        """The settings and the sizing, where they are not the usual ones."""
        parts = [f"{name}={value}" for name, value in sorted(self.settings.items())]
        parts += [self.sizing.dtype] if self.sizing.dtype != Sizing().dtype else []
        parts += [f"batch={self.sizing.batch}"] if self.sizing.batch != 1 else []
        return " ".join(parts)

    @property
    def label(self) -> str:
        """What people call it, with its settings, on one line."""
        return flat(f"{self.shown} {self.variant}" if self.variant else self.shown)

    @property
    def name(self) -> str:
        """What two subjects of the same spec have in common: its file, or what it is called."""
        packaged = built_in(self.shown)
        return self.path or (self.shown if packaged is None else packaged.stem)

    @property
    def key(self) -> str:
        """The same from the root of the repository, wherever the command is run: its name in a baseline."""
        name = (self.path and relative(self.path, root())) or self.name
        named = f"{name} {self.variant}" if self.variant else name
        return named.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

    def network(self) -> Network:
        """The network. Raises SpecError if the spec is wrong."""
        return load(self.spec, set=self.settings).sized(self.sizing.dtype, self.sizing.batch)


def _named(word: str, search: Search, place: Place | None = None) -> list[Subject]:
    """The specs that a word names; within a fence it is a word of a budgets file, which knows files and names only.

    Raises SpecError with the place of the word for a pattern of paths that fits no file.
    """
    kind = kind_of(word, search.folder)
    if search.fence is not None and kind in (STANDARD_INPUT, LITERAL, REVISION):
        raise wrong(f"a budgets file cannot limit {short(word)}", place, "name a file or a pattern")
    if kind in (None, FILE):
        files = search.files(word, place)
        if files:
            named = [(shown(path), os.path.realpath(path)) for path in files]
            return [Subject(Path(name), name, path) for name, path in named]
        if search.fence is not None:
            message = f"there is no file and no built-in spec called {short_path(shown(search.folder / word))}"
            way_out = near(word, built_in_names(), listed=False) or "paths begin in the folder of the file"
            raise wrong(message, place, way_out)
    if kind is STANDARD_INPUT:
        return [Subject(replace(find(word), name=LITERAL.name), STANDARD_INPUT.name)]
    return [Subject(word, LITERAL.name if kind is LITERAL else word)]


def budgets_of(path: Path | None) -> Budgets | None:
    """The budgets file: the one that is named, else budgets.yaml where there is one."""
    if path is None and not os.path.isfile(BUDGETS):
        return None
    if path is not None and not os.path.exists(path):
        raise wrong(f"there is no budgets file {short_path(path)}", None, "name one that is there")
    return budgets_file(path or BUDGETS)


def subjects_of(
    specs: Sequence[str] | None,
    settings: Mapping[str, Any],
    sizing: Sizing,
    limits: Sequence[Limit],
    budgets: Budgets | None,
) -> list[Subject]:
    """The specs that are named, else all of the budgets file, with the limits of the options and of the file.

    Entries of the file that name a spec bring their settings along; where the options have settings, only entries with
    the same ones count. Where no entry names the spec, the file's defaults hold. Raises SpecError if there is nothing
    to check, and for what is not there.
    """
    if not specs and budgets is None:
        raise wrong("no spec given", None, f"name one, or list specs and their limits in {BUDGETS}")
    if not specs and settings:
        raise wrong("--set needs a spec", None, "name one, or write `set:` into the budgets file")
    entries = [] if budgets is None else of_budgets(budgets, sizing)
    if budgets is not None and not specs:
        if not entries:
            raise wrong(f"{short_path(budgets.name)} names no spec", None, "add an entry: `- spec: vgg16.yaml`")
        return [replace(entry, limits=(*limits, *entry.limits)) for entry in entries]
    listed: dict[str, list[Subject]] = {}
    for entry in entries:
        listed.setdefault(entry.name, []).append(entry)
    defaults = () if budgets is None else budgets.defaults
    subjects: list[Subject] = []
    for subject in (subject for spec in specs or () for subject in _named(spec, Search())):
        meant = [entry for entry in listed.get(subject.name, ()) if _under(entry, settings)]
        if not meant:
            under = {"settings": dict(settings), "sizing": sizing, "limits": defaults}
            meant = [replace(subject, **under, aside=budgets is not None)]
        subjects += [replace(entry, limits=(*limits, *entry.limits)) for entry in meant]
    return joined(subjects)


def _under(entry: Subject, settings: Mapping[str, Any]) -> bool:
    """Is an entry of the file about the spec under these settings? Where there are none, under its own."""
    written = {name: str(value) for name, value in entry.settings.items()}
    return not settings or written == {name: str(value) for name, value in settings.items()}


def of_budgets(budgets: Budgets, sizing: Sizing) -> list[Subject]:
    """Every spec that a budgets file names, with its limits. Raises SpecError with all that names nothing.

    Where several entries name a spec under the same settings all of them hold, and of the defaults those that none of
    them overrides.
    """
    named = _words(budgets)
    subjects: list[Subject] = []
    for entry in budgets.entries:
        counted = Sizing(entry.dtype or sizing.dtype, entry.batch or sizing.batch)
        for subject in (subject for word, _ in entry.specs for subject in named[word]):
            subjects.append(Subject(subject.spec, subject.shown, subject.path, entry.settings, counted, entry.limits))
        if len(subjects) > MOST_NAMED:
            raise wrong(f"the entries name more than {MOST_NAMED:,} specs", entry.place, "use narrower patterns")
    return [replace(subject, limits=overriding(subject.limits, budgets.defaults)) for subject in joined(subjects)]


def _words(budgets: Budgets) -> dict[str, list[Subject]]:
    """What the words of a budgets file name, in its repository. Patterns pass by the file itself, and its baseline."""
    aside = (budgets.name, str(budgets.folder / budgets.baseline))
    passed_by = frozenset(os.path.realpath(path) for path in aside if "\0" not in path)
    search = Search(budgets.folder, repository(budgets.folder) or budgets.folder, passed_by)
    named: dict[str, list[Subject]] = {}
    problems: dict[Problem, None] = {}
    for word, place in (spec for entry in budgets.entries for spec in entry.specs):
        try:
            if word not in named:
                named[word] = _named(word, search, place)
        except SpecError as error:
            problems.update(dict.fromkeys(error.problems))
            if len(problems) >= NOTED:
                break
    if problems:
        raise SpecError(*problems)
    return named


def joined(subjects: Iterable[Subject]) -> list[Subject]:
    """The subjects, each once, with all the limits that any of them has. Raises SpecError for too many."""
    same: dict[tuple[Any, str], list[Subject]] = {}
    for subject in subjects:
        same.setdefault((subject.path or subject.spec, subject.variant), []).append(subject)
        if len(same) > MOST_SPECS:
            raise wrong(f"that is more than {MOST_SPECS:,} specs", None, "check them in parts")
    limits = [dict.fromkeys(limit for subject in group for limit in subject.limits) for group in same.values()]
    return [replace(group[0], limits=tuple(held)) for group, held in zip(same.values(), limits, strict=True)]
