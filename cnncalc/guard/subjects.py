"""What is checked: specs under their settings, each with the limits that options and a budgets file lay on it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.guard.files import relative, repository, root
from cnncalc.limits import Limit
from cnncalc.network import Network, Sizing
from cnncalc.spec.budgets import Budgets, budgets_file, overriding
from cnncalc.spec.errors import Place, SpecError, short, short_path, wrong
from cnncalc.spec.load import load
from cnncalc.spec.notation import is_line
from cnncalc.spec.sources import built_in, standard_input

BUDGETS = Path("budgets.yaml")
"""The file of budgets that is read unless another is named."""

MOST_SPECS = 10_000
"""How many files one pattern may name."""

WILD = frozenset("*?[")


class Subject(Struct, frozen=True):
    """A spec under its settings: `spec` is what `load` takes, `shown` what people call it, `path` its file or ''."""

    spec: str
    shown: str
    path: str = ""
    settings: dict[str, Any] = {}
    sizing: Sizing = Sizing()
    limits: tuple[Limit, ...] = ()

    @property
    def variant(self) -> str:
        """The settings and the sizing, where they are not the usual ones."""
        parts = [f"{name}={value}" for name, value in sorted(self.settings.items())]
        parts += [self.sizing.dtype] if self.sizing.dtype != Sizing().dtype else []
        parts += [f"batch={self.sizing.batch}"] if self.sizing.batch != 1 else []
        return " ".join(parts)

    @property
    def label(self) -> str:
        """What people call it, with its settings."""
        return f"{self.shown} {self.variant}" if self.variant else self.shown

    @property
    def key(self) -> str:
        """The same from the root of the repository, wherever the command is run: its name in a baseline."""
        packaged = built_in(self.spec)
        own = self.shown
        if self.path:
            own = relative(self.path, root()) or self.path
        elif packaged is not None:
            own = packaged.stem
        return f"{own} {self.variant}" if self.variant else own

    def network(self) -> Network:
        """The network. Raises SpecError where the spec is wrong."""
        return load(self.spec, set=self.settings).sized(self.sizing.dtype, self.sizing.batch)


def expanded(spec: str, folder: Path | None = None, place: Place | None = None) -> list[tuple[str, str]]:
    """The specs that an argument names: what `load` takes, and the file (absolute; '' where it is none).

    A path, a pattern of paths, a built-in name, or the one-line notation; paths begin in `folder`. Raises SpecError
    for a pattern that fits no file.
    """
    if spec == "-":
        return [(f"{standard_input()}\n", "")]
    beside = Path(spec) if folder is None else folder / spec
    if _is_file(beside):
        return [_file(beside)]
    if WILD & set(spec) and not is_line(spec):
        return [_file(path) for path in _matches(spec, folder or Path(), place)]
    if folder is not None and built_in(spec) is None and not is_line(spec) and not spec.startswith("git:"):
        raise wrong(f"there is no file {short_path(_shown(beside))}", place, "paths begin in the folder of this file")
    return [(spec, "")]


def _file(path: Path) -> tuple[str, str]:
    return _shown(path), os.path.realpath(path)


def _shown(path: Path) -> str:
    """A path as people would write it here."""
    return relative(path, Path.cwd()) or path.as_posix()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _matches(pattern: str, folder: Path, place: Place | None) -> list[Path]:
    """The files that a pattern fits, in order. Raises SpecError when there are none, or far too many."""
    given = Path(pattern)
    start = Path(given.anchor) if given.is_absolute() else folder
    rest = pattern[len(given.anchor) :] if given.is_absolute() else pattern
    try:
        found = list(islice((path for path in start.glob(rest) if _is_file(path)), MOST_SPECS + 1))
    except (ValueError, NotImplementedError, OSError) as error:
        raise wrong(f"{short(pattern)} is no pattern: {error}", place, "such as 'configs/*.yaml'") from None
    if not found:
        raise wrong(
            f"no file fits {short(pattern)}", place, "mend the pattern: what matches nothing would pass whatever comes"
        )
    if len(found) > MOST_SPECS:
        raise wrong(f"more than {MOST_SPECS:,} files fit {short(pattern)}", place, "take a narrower pattern")
    return sorted(found)


def budgets_of(path: Path | None) -> Budgets | None:
    """The file of budgets: the one that is named, else budgets.yaml where there is one."""
    if path is None and not _is_file(BUDGETS):
        return None
    return budgets_file(path or BUDGETS)


def subjects_of(
    specs: Sequence[str] | None,
    settings: Mapping[str, Any],
    sizing: Sizing,
    limits: Sequence[Limit],
    budgets: Budgets | None,
) -> list[Subject]:
    """The specs that are named, else all of the file of budgets, with the limits of the options and of the file.

    Raises SpecError where there is nothing, and where what is named is not there.
    """
    if specs:
        return of_arguments(specs, settings, sizing, limits, budgets)
    if budgets is None:
        raise wrong("no spec is named", None, f"name one, or write specs and their limits down in {BUDGETS}")
    if settings:
        raise wrong("--set goes with a spec", None, "name one, or write `set:` into the file of budgets")
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
    listed = [] if budgets is None else of_budgets(budgets, sizing)
    defaults = () if budgets is None else budgets.defaults
    found: list[Subject] = []
    for spec in specs:
        for text, path in expanded(spec):
            plain = Subject(text, "standard input" if spec == "-" else text, path, dict(settings), sizing)
            entries = [entry for entry in listed if _same(entry, plain, settings)]
            if not entries:
                found.append(replace(plain, limits=(*own, *defaults)))
            found += [replace(entry, limits=(*own, *entry.limits)) for entry in entries]
    return joined(found)


def _same(entry: Subject, named: Subject, settings: Mapping[str, Any]) -> bool:
    """Is an entry of the file about the spec that is named, under its settings if any are given?"""
    same_spec = entry.path == named.path if named.path else not entry.path and _name(entry) == _name(named)
    written = {name: str(value) for name, value in entry.settings.items()}
    return same_spec and (not settings or written == {name: str(value) for name, value in settings.items()})


def _name(subject: Subject) -> str:
    packaged = built_in(subject.spec)
    return subject.spec if packaged is None else packaged.stem


def of_budgets(budgets: Budgets, sizing: Sizing) -> list[Subject]:
    """Every spec that a budgets file names, with its limits. Raises SpecError with all that names nothing."""
    found: list[Subject] = []
    errors: list[SpecError] = []
    fence = repository(budgets.folder) or budgets.folder
    for entry in budgets.entries:
        own = Sizing(entry.dtype or sizing.dtype, entry.batch or sizing.batch)
        limits = overriding(entry.limits, budgets.defaults)
        for spec, place in entry.specs:
            try:
                for text, path in _inside(spec, budgets.folder, fence, place):
                    found.append(Subject(text, text, path, entry.settings, own, limits))
            except SpecError as error:
                errors.append(error)
    if errors:
        raise SpecError(*(problem for error in errors for problem in error.problems))
    return joined(found)


def _inside(spec: str, folder: Path, fence: Path, place: Place | None) -> Iterator[tuple[str, str]]:
    """The specs that an entry names. Raises SpecError for a file outside of the repository."""
    if spec == "-" or spec.startswith("git:"):
        raise wrong(f"a file of budgets can not hold {short(spec)} to anything", place, "name a file or a pattern")
    for text, path in expanded(spec, folder, place):
        if path and relative(path, fence) is None:
            raise wrong(
                f"{short_path(text)} lies outside of {short_path(_shown(fence))}",
                place,
                "budgets are for what is in it",
            )
        yield text, path


def joined(subjects: Iterable[Subject]) -> list[Subject]:
    """The subjects, each once, with all the limits that any of them has."""
    found: dict[tuple[str, str], Subject] = {}
    for subject in subjects:
        name = (subject.path or subject.spec, subject.variant)
        before = found.get(name)
        if before is None:
            found[name] = subject
        else:
            found[name] = replace(
                before, limits=(*before.limits, *(x for x in subject.limits if x not in before.limits))
            )
    return list(found.values())
