"""What is checked: specs under their settings, each with the limits that options and a budgets file lay on it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.errors import NOTED, Problem, SpecError, flat, near, short, short_path, wrong
from cnncalc.language.budget import Budgets, budgets_file, overriding
from cnncalc.language.load import load
from cnncalc.language.notation import is_line
from cnncalc.language.reading import built_in, built_in_names, standard_input
from cnncalc.network.counts import Sizing
from cnncalc.network.limits import Limit
from cnncalc.network.network import Network
from cnncalc.place import Place
from cnncalc.sources.files import WILD, PatternError, Search, around, is_file, relative, repository, root, shown

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

    spec: str
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
    def key(self) -> str:
        """The same from the root of the repository, wherever the command is run: its name in a baseline."""
        packaged = built_in(self.spec)
        own = self.shown
        if self.path:
            own = relative(self.path, root()) or self.path
        elif packaged is not None:
            own = packaged.stem
        named = f"{own} {self.variant}" if self.variant else own
        return named.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

    def network(self) -> Network:
        """The network. Raises SpecError if the spec is wrong."""
        spec = Path(self.spec) if self.path else self.spec
        return load(spec, set=self.settings).sized(self.sizing.dtype, self.sizing.batch)


def expanded(
    spec: str, folder: Path | None = None, place: Place | None = None, search: Search | None = None
) -> list[tuple[str, str]]:
    """The specs that an argument names: what `load` takes, and the file (absolute; '' where it is none).

    A path, a pattern of paths, a built-in name, or the one-line notation; paths begin in `folder`. Raises SpecError
    for a pattern that fits no file.
    """
    if spec == "-":
        return [(f"{standard_input()}\n", "")]
    beside = Path(spec) if folder is None else folder / spec
    if is_file(beside):
        return [_file(beside)]
    if WILD & set(spec) and not is_line(spec) and not _is_text(spec):
        return [_file(path) for path in _matches(spec, folder or Path(), place, search or Search())]
    if folder is not None and built_in(spec) is None and not is_line(spec):
        message = f"there is no file and no built-in spec called {short_path(shown(beside))}"
        raise wrong(
            message, place, near(spec, built_in_names(), listed=False) or "paths begin in the folder of the file"
        )
    return [(spec, "")]


def _is_text(spec: str) -> bool:
    """Is an argument the text of a spec itself?"""
    return "\n" in spec or spec.lstrip().startswith("{")


def _file(path: Path) -> tuple[str, str]:
    return shown(path), os.path.realpath(path)


def _matches(pattern: str, folder: Path, place: Place | None, search: Search) -> list[Path]:
    """The files that a pattern fits, in order. Raises SpecError if there are none, or far too many."""
    try:
        found = search.files(pattern, folder)
    except PatternError as error:
        raise wrong(f"{short(pattern)} is not followed: {flat(error.message)}", place, error.help) from None
    if not found:
        raise wrong(
            f"no file fits {short(pattern)}", place, "fix the pattern: a pattern that matches nothing always passes"
        )
    if len(found) > MOST_SPECS:
        raise wrong(f"more than {MOST_SPECS:,} files fit {short(pattern)}", place, "use a narrower pattern")
    return found


def budgets_of(path: Path | None) -> Budgets | None:
    """The budgets file: the one that is named, else budgets.yaml where there is one."""
    if path is None and not is_file(BUDGETS):
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

    Raises SpecError if there is nothing, and where what is named is not there.
    """
    if specs:
        return of_arguments(specs, settings, sizing, limits, budgets)
    if budgets is None:
        raise wrong("no spec given", None, f"name one, or list specs and their limits in {BUDGETS}")
    if settings:
        raise wrong("--set needs a spec", None, "name one, or write `set:` into the budgets file")
    found = of_budgets(budgets, sizing)
    if not found:
        raise wrong(f"{short_path(budgets.name)} names no spec", None, "add an entry: `- spec: vgg16.yaml`")
    return [replace(subject, limits=(*limits, *subject.limits)) for subject in found]


def of_arguments(
    specs: Sequence[str],
    settings: Mapping[str, Any],
    sizing: Sizing,
    limits: Iterable[Limit],
    budgets: Budgets | None,
) -> list[Subject]:
    """The specs that are named, with the limits of the options, and those that a budgets file has for them.

    Entries of the file that name a spec bring their settings along; under settings of the options only those entries
    count that have the same. Where no entry names it, the file's defaults hold.
    """
    own = tuple(limits)
    listed: dict[str, list[Subject]] = {}
    for entry in () if budgets is None else of_budgets(budgets, sizing):
        listed.setdefault(_name(entry), []).append(entry)
    defaults = () if budgets is None else budgets.defaults
    found: list[Subject] = []
    for spec in specs:
        for text, path in expanded(spec):
            called = "standard input" if spec == "-" else "text" if not path and _is_text(text) else text
            plain = Subject(text, called, path, dict(settings), sizing)
            entries = [entry for entry in listed.get(_name(plain), ()) if _under(entry, settings)]
            if not entries:
                found.append(replace(plain, limits=(*own, *defaults), aside=budgets is not None))
            found += [replace(entry, limits=(*own, *entry.limits)) for entry in entries]
    return joined(found)


def _under(entry: Subject, settings: Mapping[str, Any]) -> bool:
    """Is an entry of the file about the spec under these settings? Where there are none, under its own."""
    written = {name: str(value) for name, value in entry.settings.items()}
    return not settings or written == {name: str(value) for name, value in settings.items()}


def _name(subject: Subject) -> str:
    """What two subjects of the same spec have in common."""
    packaged = None if subject.path else built_in(subject.spec)
    return subject.path or (subject.spec if packaged is None else packaged.stem)


def of_budgets(budgets: Budgets, sizing: Sizing) -> list[Subject]:
    """Every spec that a budgets file names, with its limits. Raises SpecError with all that names nothing.

    Where several entries name a spec under the same settings all of them hold, and of the defaults those that none of
    them overrides.
    """
    found: list[Subject] = []
    problems: dict[Problem, None] = {}
    search = Search(repository(budgets.folder) or budgets.folder, _aside(budgets))
    known: dict[str, list[tuple[str, str]]] = {}
    for entry in budgets.entries:
        own = Sizing(entry.dtype or sizing.dtype, entry.batch or sizing.batch)
        for spec, place in entry.specs:
            try:
                if spec not in known:
                    known[spec] = _inside(spec, budgets.folder, search, place)
            except SpecError as error:
                problems.update(dict.fromkeys(error.problems))
                continue
            found += [Subject(text, text, path, entry.settings, own, entry.limits) for text, path in known[spec]]
        if len(problems) >= NOTED:
            break
        if len(found) > MOST_NAMED:
            raise wrong(f"the entries name more than {MOST_NAMED:,} specs", entry.place, "use narrower patterns")
    if problems:
        raise SpecError(*problems)
    return [replace(subject, limits=overriding(subject.limits, budgets.defaults)) for subject in joined(found)]


def _aside(budgets: Budgets) -> frozenset[str]:
    """Files that a pattern passes by: that of the budgets, and their baseline."""
    paths = (budgets.name, str(budgets.folder / budgets.baseline))
    return frozenset(os.path.realpath(path) for path in paths if "\0" not in path)


def _inside(spec: str, folder: Path, search: Search, place: Place | None) -> list[tuple[str, str]]:
    """The specs that an entry names. Raises SpecError for a file outside the repository."""
    fence = search.fence or folder
    if spec == "-" or spec.startswith("git:"):
        raise wrong(f"a budgets file cannot limit {short(spec)}", place, "name a file or a pattern")
    if not (WILD | {"\0"}) & set(spec) and relative(folder / spec, fence) is None:
        raise _outside(spec, fence, place)
    found = expanded(spec, folder, place, search)
    for text, path in found:
        if path and relative(path, fence) is None:
            raise _outside(text, fence, place)
    return found


def _outside(spec: str, fence: Path, place: Place | None) -> SpecError:
    message = f"{short_path(spec)} is outside {short_path(around(fence))}"
    return wrong(message, place, "budgets apply to files inside it")


def joined(subjects: Iterable[Subject]) -> list[Subject]:
    """The subjects, each once, with all the limits that any of them has. Raises SpecError for too many."""
    found: dict[tuple[str, str], Subject] = {}
    limits: dict[tuple[str, str], dict[Limit, None]] = {}
    for subject in subjects:
        name = (subject.path or subject.spec, subject.variant)
        found.setdefault(name, subject)
        limits.setdefault(name, {}).update(dict.fromkeys(subject.limits))
        if len(found) > MOST_SPECS:
            raise wrong(f"that is more than {MOST_SPECS:,} specs", None, "check them in parts")
    return [replace(subject, limits=tuple(limits[name])) for name, subject in found.items()]
