"""Pages: what a result says, as blocks that hold raw text. Writers draw them, and escape what they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct


class Line(NamedTuple):
    """A line of text: "heading", "bold", "bad" or "dim"; plain ones in a row are a paragraph. `aside` is less loud."""

    text: str
    style: str = ""
    aside: str = ""

    def flows(self, before: Any) -> bool:
        """Does it follow another line of the same style without a gap?"""
        return isinstance(before, Line) and self.style == before.style and self.style in ("", "dim")


class Column(Struct, frozen=True):
    """A column of a grid. `rank` says how soon it goes where there is no room: the highest first; 0 stays.

    `gives` says how it shrinks, to no less than `least`: "wrap", before another column goes, or "cut" at words, where
    those that stay need the room. Those of the same rank go together. Of records it also says how a value is shown,
    and in which style.
    """

    key: str
    title: str
    right: bool = False
    rank: int = 0
    gives: str = ""
    least: int = 12
    show: Callable[[Any], str] = str
    style: Callable[[str], str] = lambda shown: ""


class Row(NamedTuple):
    """The cells of a line of a grid, and what kind each is; by default the first one is a name."""

    cells: Sequence[str]
    styles: Sequence[str] = ()


class Grid(NamedTuple):
    """A table. Where a column has gone, those that would go before it may stay only if the grid `fills` its room.

    `narrower` are other ways to show the same in less room; `rest` says how to see what was left out.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    footer: Sequence[str] = ()
    fills: bool = False
    narrower: Sequence[Callable[[], Grid]] = ()
    rest: str = ""


class Fold(NamedTuple):
    """Blocks that can be folded away, and the line that stands for them."""

    summary: str
    blocks: Sequence[Line | Grid]


class Laid(NamedTuple):
    """Text that is laid out already, or lays itself out to a width; with `markdown` it is a document in that."""

    text: str | Callable[[int | None], str]
    markdown: bool = False

    def to(self, width: int | None) -> str:
        """The text as wide as that."""
        return self.text if isinstance(self.text, str) else self.text(width)


Block: TypeAlias = Line | Grid | Fold | Laid


class Comment(NamedTuple):
    """A page for a pull request: it is cut where it is too long, and `command` prints all of it.

    `most` is how many characters one grid may take.
    """

    blocks: Sequence[Block]
    command: str
    most: int = 60_000


def listing(records: Sequence[dict[str, Any]], columns: Sequence[Column]) -> Grid:
    """Records as a grid."""
    rows = []
    for record in records:
        cells = [column.show(record[column.key]) for column in columns]
        styles = [column.style(cell) for column, cell in zip(columns, cells, strict=True)]
        rows.append(Row(cells, ["name", *styles[1:]]))
    return Grid(columns, rows)


def exact(records: Sequence[dict[str, Any]], columns: Sequence[Column]) -> list[list[Any]]:
    """Records as they are: the keys, then the values."""
    keys = [column.key for column in columns]
    return [keys, *([record[key] for key in keys] for record in records)]
