"""Where the items of a spec stand: the names that expressions see, and where `from` looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

ABSENT: Any = object()
"""What a name means that nobody gave."""


class Scope(Struct, eq=False):
    """One scope: the top of the spec, a named group, or an instance of a block.

    One that is `sealed` belongs to a spec that is included, and sees no input of the network.
    """

    names: dict[str, Any]
    given: str | None
    prefix: str = ""
    parent: Scope | None = None
    counters: dict[str, int] = {}
    taken: set[str] = set()
    suffix: str = ""
    frozen: bool = False
    share: str = ""
    depth: int = 0
    sealed: bool = False

    def named(self, name: str) -> Scope:
        """The scope of a named group in this one: it sees the same names."""
        return Scope(
            names=dict(self.names),
            given=self.given,
            prefix=f"{self.prefix}{name}.",
            parent=self,
            frozen=self.frozen,
            share=f"{self.share}{name}." if self.share else "",
            depth=self.depth + 1,
            sealed=self.sealed,
        )

    def outward(self) -> Iterator[Scope]:
        """This scope and those around it."""
        here: Scope | None = self
        while here is not None:
            yield here
            here = here.parent

    def numbered(self, kind: str) -> str:
        """The next free name of an unnamed layer or block: conv1, conv2; relu6_1 where the type ends in a digit."""
        stem = f"{kind}_" if kind[-1].isdigit() else kind
        while True:
            count = self.counters[kind] = self.counters.get(kind, 0) + 1
            if f"{stem}{count}" not in self.taken:
                self.taken.add(f"{stem}{count}")
                return f"{stem}{count}"

    def turns(self, count: int, columns: Mapping[str, Sequence[Any]] = {}) -> Iterator[int]:
        """Count turns from 0; in each `index` and the columns have their values there, and given names its number.

        Afterwards they mean again what they meant before.
        """
        before = {name: self.names.get(name, ABSENT) for name in (*columns, "index")}
        suffix = self.suffix
        for index in range(count):
            self.names.update({name: column[index] for name, column in columns.items()}, index=index)
            self.suffix = f"{suffix}.{index + 1}"
            yield index
        self.suffix = suffix
        for name, value in before.items():
            if value is ABSENT:
                self.names.pop(name, None)
            else:
                self.names[name] = value
