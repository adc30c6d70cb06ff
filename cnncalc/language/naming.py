"""What names mean: layers, groups and blocks under their full names, and references in which `*` is every number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

from cnncalc.language.scope import ABSENT, Scope

_NUMBER = re.compile(r"[0-9]+")
_PLACE = re.compile(r"[0-9]+|\*")


class Names(Struct, eq=False):
    """The names given so far.

    `ends` has the layer behind each full name, None where it could not be made. `parts` has for each path and form of
    a name, its numbers left open, those that stand under the path: so `*` is found without asking every layer. Those in
    `fresh` are not there yet: most specs never ask. `unwritten` are names of items that were written no time. `looked`
    is how much has been asked.
    """

    ends: dict[str, str | None] = {}
    fresh: list[str] = []
    parts: dict[tuple[str, str], list[str]] = {}
    paths: set[str] = set()
    unwritten: set[str] = set()
    looked: int = 0

    def give(self, full: str, end: str | None) -> None:
        """Give a name to a layer; its numbers count."""
        self.ends[full] = end
        self.fresh.append(full)

    def pass_on(self, full: str, end: str | None) -> None:
        """Give the name of an item that is left out to what it passes on; it has no number."""
        self.ends[full] = end
        self.unwritten |= {full, full.rpartition(".")[0]}

    def end(self, scope: Scope, name: str) -> Any:
        """The layer that a name means, in the nearest scope that has it; ABSENT where there is none."""
        self.looked += 1
        ends = self.ends
        here: Scope | None = scope
        while here is not None:
            for full in (f"{here.prefix}\0{name}", here.prefix + name):
                if full in ends:
                    return ends[full]
            here = here.parent
        return ABSENT

    def every(self, scope: Scope, name: str) -> list[str | None]:
        """The layers that a name with `*` means, smallest number first, in the nearest scope that has that name."""
        self._sort_in()
        base = name.partition("*")[0].rstrip(".")
        for here in scope.outward():
            found = self._every(here.prefix + name) | self._every(f"{here.prefix}\0{name}")
            if found or not self.unwritten.isdisjoint((here.prefix + base, f"{here.prefix}\0{base}")):
                return [found[key] for key in sorted(found)]
        return []

    def _sort_in(self) -> None:
        """Put the names that are fresh where `*` looks."""
        for path in self.fresh:
            full = path
            while full and full not in self.paths:
                self.paths.add(full)
                above, _, last = full.rpartition(".")
                form = _NUMBER.sub("*", last)
                if form != last:
                    self.parts.setdefault((above, form), []).append(last)
                full = above
        self.fresh.clear()

    def _every(self, full: str) -> dict[tuple[tuple[int, ...], str], str | None]:
        """The layers that a full name with `*` means, by their numbers and names; of inputs as if they stood there."""
        ways: list[tuple[tuple[int, ...], str]] = [((), "")]
        for part in full.split("."):
            places, form = _PLACE.findall(part), _PLACE.sub("*", part)
            ways = [
                ((*numbers, *more), f"{above}.{last}" if above else last)
                for numbers, above in ways
                for last, more in (self._fitting(above, form, places) if "*" in part else [(part, ())])
            ]
        return {(numbers, path.replace("\0", "")): self.ends[path] for numbers, path in ways if path in self.ends}

    def _fitting(self, above: str, form: str, places: list[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The names of a form under a path that have these numbers, and what stands there for each `*`."""
        listed = self.parts.get((above, form), [])
        self.looked += len(listed)
        for last in listed:
            numbers = _NUMBER.findall(last)  # fewer where the name itself holds a `*`
            pairs = list(zip(places, numbers, strict=False))
            if len(numbers) == len(places) and all(place in ("*", number) for place, number in pairs):
                yield last, tuple(int(number) for place, number in pairs if place == "*")

    def is_unwritten(self, scope: Scope, name: str) -> bool:
        """Is this the name of an item that was written no time?"""
        return any(full in self.unwritten for full in _around(scope, name))

    def within(self, prefix: str, most: int = 5000) -> list[str]:
        """Names as they are seen from a scope, for suggestions."""
        seen = (full[len(prefix) :] for full in islice(self.ends, most) if full.startswith(prefix))
        return [name for name in seen if name and "\0" not in name]


def _around(scope: Scope, name: str) -> Iterator[str]:
    """The full names that a name may stand for, nearest first: of an input of the block, or of what stands in it."""
    for here in scope.outward():
        yield f"{here.prefix}\0{name}"
        yield here.prefix + name
