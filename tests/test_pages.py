"""Pages and their writers: what a spec says is shown as it is, whoever writes it down."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import golden
import pytest
from markdown_it import MarkdownIt

import cnncalc
from cnncalc.analysis.comparison import Design
from cnncalc.analysis.difference import difference, snapshot
from cnncalc.commands import main
from cnncalc.report import breakdown, columns, comparison, explanation
from cnncalc.report import difference as changes
from cnncalc.report.page import Block, Column, Comment, Fold, Grid, Laid, Line, Row
from cnncalc.writers import markdown, terminal
from cnncalc.writers.csv import written as csv_text

EVIL = (
    "a|b",
    "`code`",
    "@octocat",
    "<img src=x onerror=alert(1)>",
    "</details>",
    "##[error]boo",
    "::error::boo",
    "*bold* _it_ __all__ ~~no~~",
    "[link](https://example.org)",
    "![image](https://example.org/x.png)",
    "&lt; &amp; &#42;",
    "$x$ \\| \\",
)
"""Texts that steer Markdown, HTML, GitHub or the log of a workflow."""
LAYERS = ("a|b", "`code`", "@octocat", "<img/src=x/onerror=alert>")
"""Names that layers may have."""
NET = "::error::b `c` @octocat <img src=x> ##[error] *b* _i_ a|b [l](u) &lt; $x$ \\.yaml"
OTHER = f"> {NET}"

COMMANDS = {
    "summarize": (["summarize", NET], {*LAYERS, *EVIL}),
    "several": (["summarize", NET, NET, "--columns", "all"], {*LAYERS, *EVIL}),
    "explain": (["explain", NET], {*LAYERS}),
    "compare": (["compare", NET, "32x32x3: conv3-8", "--layers"], {*LAYERS, NET}),
    "diff": (["diff", NET, "32x32x3: conv3-8"], {*LAYERS}),
    "diff of two": (["diff", NET, OTHER, "--all"], {*LAYERS}),
    "check": (["check", NET], {*LAYERS, NET}),
    "lint": (["lint", NET, "--fail-on", "never"], {*LAYERS, NET}),
    "zoo verify": (["zoo", "verify", NET], {*EVIL, NET}),
}
"""What is run, and what of all this its page shows."""
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TAGS = {"h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with specs whose names, and what they are called, steer something."""
    monkeypatch.chdir(tmp_path)
    spec = {
        "name": " ".join(EVIL),
        "source": " ".join(EVIL),
        "input": "32x32x3",
        "budget": {"macs": 1, "layers": {"*": {"params": 1}}},
        "published": [{"metric": "params", "printed": "1M", "where": " ".join(EVIL), "because": " ".join(EVIL)}],
        "layers": [
            {"conv": 6 + place, "kernel": 5, "padding": "half", "name": name} for place, name in enumerate(LAYERS)
        ],
    }
    (tmp_path / NET).write_text(json.dumps(spec), encoding="utf-8")
    (tmp_path / OTHER).write_text(json.dumps(spec | {"input": "40x40x3"}), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_markdown_shows_names_as_they_are(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, expected = COMMANDS[command]
    main([*arguments, "-f", "markdown"])
    text = capsys.readouterr().out
    assert text.count("\n") >= 3
    assert not re.search(r"@\w", text), "somebody is called"
    assert "##[" not in text
    assert not [line for line in text.splitlines() if line.startswith("::")], "a command in the log of a workflow"
    page = READER.render(text)
    assert set(re.findall(r"</?(\w+)", page)) <= TAGS
    shown = html.unescape(re.sub(r"<[^>]*>", "", page)).replace("\u200b", "")
    assert {text for text in expected if text not in shown} == set()


# ------------------------------------------------------------------------------------------------- pages hold raw text

STEERING = "\x1b[31mred\x1b[0m | `x` @octocat <img src=x> ##[error]"


def texts(blocks: Any) -> Iterator[str]:
    """Every text that a page holds."""
    for block in blocks:
        match block:
            case Line(text=text, aside=aside):
                yield from (text, aside)
            case Grid(columns=heads, rows=rows, footer=footer):
                yield from (column.title for column in heads)
                yield from (cell for row in rows for cell in row.cells)
                yield from footer
            case Fold(summary=summary, blocks=inner):
                yield summary
                yield from texts(inner)
            case Laid():
                yield block.to(None)


def test_no_page_holds_an_escape() -> None:
    spec = {
        "name": STEERING,
        "source": STEERING,
        "input": "8x8x3",
        "layers": [{"conv": 4, "kernel": 3, "name": "a|`b`"}],
    }
    network = cnncalc.load(spec)
    other = cnncalc.load("8x8x3: conv5-4 relu")
    pages: dict[str, list[Block]] = {
        "summarize": breakdown.page(network, columns.usual(network)),
        "explain": explanation.page(network.layers),
        "compare": comparison.page([Design(network, STEERING), Design(other, "other")], layers=True),
        "diff": changes.page(difference(snapshot(network, STEERING), snapshot(other, "other"))),
    }
    for name, page in pages.items():
        said = " ".join(texts(page))
        assert "a|`b`" in said, name
        assert STEERING in said or name == "explain", name
        assert not re.search(r"\\|&(lt|amp);|\u200b", said), name


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("room", [None, 20, 80])
def test_nothing_steers_a_terminal(room: int | None, plain: bool) -> None:
    grid = Grid([Column("a", STEERING), Column("b", "b", gives="wrap")], [Row([STEERING, STEERING])], [STEERING, ""])
    page: list[Block] = [
        Line(STEERING, "heading", STEERING),
        grid,
        Fold(STEERING, [grid]),
        Line(STEERING),
        Laid(STEERING),
        Laid(lambda room: STEERING),
    ]
    drawn = terminal.drawn(page, room, plain=plain)
    assert "\x1b" not in drawn
    assert "\\x1b[31mred" in drawn


def test_csv_gives_back_what_went_in() -> None:
    rows = [["name", "value"], ['a,"b"\nc', 5], [STEERING, None], ["volume", (3, 4)]]
    assert list(csv.reader(io.StringIO(csv_text(rows)))) == [
        ["name", "value"], ['a,"b"\nc', "5"], [STEERING, ""], ["volume", "3x4"]
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------- where there is room


def head(grid: Grid, room: int | None) -> list[str]:
    """The titles of the columns that are drawn."""
    return terminal.drawn([grid], room, plain=True).split("\n")[0].split()


def of(*heads: Column, fills: bool = False) -> Grid:
    """A table of one row whose cells are as wide as their column's key says."""
    return Grid(heads, [Row(["x" * int(column.key) for column in heads])], fills=fills)


@pytest.mark.parametrize(
    ("fills", "room", "expected"),
    [
        (False, None, "abcd"),
        (False, 10 + 10 + 20 + 4 + 3 * 2, "abcd"),
        (False, 10 + 10 + 20 + 4 + 3 * 2 - 1, "abc"),
        (False, 10 + 10 + 20 + 2 * 2, "abc"),
        (False, 10 + 10 + 20 + 2 * 2 - 1, "ab"),
        (True, 10 + 10 + 20 + 2 * 2 - 1, "abd"),
        (True, 10 + 4 + 2, "ad"),
    ],
)
def test_columns_go_by_their_rank(fills: bool, room: int | None, expected: str) -> None:
    grid = of(
        Column("10", "a"), Column("10", "b", rank=1), Column("20", "c", rank=2), Column("4", "d", rank=3), fills=fills
    )
    assert head(grid, room) == list(expected)
    gone = ", ".join(column.title for column in grid.columns if column.title not in expected)
    drawn = " ".join(terminal.drawn([grid], room, plain=True).split())
    assert drawn.endswith(f"Left out at {room} columns: {gone}; a pipe or --width shows them.") == bool(gone)


def test_columns_of_the_same_rank_go_together() -> None:
    grid = of(Column("10", "a"), Column("4", "b", rank=1), Column("20", "c", rank=1), fills=True)
    assert head(grid, 10 + 4 + 20 + 2 * 2) == ["a", "b", "c"]
    assert head(grid, 10 + 4 + 20 + 2 * 2 - 1) == ["a"]


def lines(grid: Grid, room: int) -> list[str]:
    return terminal.drawn([grid], room, plain=True).rstrip("\n").split("\n")


def test_a_column_that_wraps_shrinks_before_another_goes_and_one_that_is_cut_after() -> None:
    words = "one two three four five six"
    wraps, cut = (
        Grid([Column("a", "a", gives=gives, least=15), Column("b", "b", rank=1)], [Row([words, "x" * 10])])
        for gives in ("wrap", "cut")
    )
    assert head(wraps, 15 + 2 + 10) == ["a", "b"]
    assert head(wraps, 15 + 2 + 10 - 1) == ["a"]
    assert [line[:15].strip() for line in lines(wraps, 15 + 2 + 10)[2:]] == ["one two three", "four five six"]
    assert head(cut, len(words) + 2 + 10) == ["a", "b"]
    assert head(cut, len(words) + 2 + 10 - 1) == ["a"]
    assert lines(cut, 15)[2] == "one two three…"


def test_a_word_is_broken_only_where_it_is_longer_than_a_column_is_kept() -> None:
    grid = Grid([Column("a", "a", gives="wrap", least=5)], [Row(["x" * 20 + " " + "y" * 30])])
    assert lines(grid, 20)[2:] == ["x" * 20, "y" * 20, "y" * 10]
    assert lines(grid, 30)[2:] == ["x" * 20, "y" * 30]


def test_where_not_even_what_stays_has_room_a_row_is_a_paragraph() -> None:
    grid = Grid(
        [Column("a", "Name"), Column("b", "Sign of"), Column("c", "C")],
        [Row(["one", "12345", "67"]), Row(["two", "", "8"])],
    )
    assert lines(grid, 12) == ["one", "  sign of", "  12345", "  c 67", "two", "  c 8"]
    assert (
        lines(grid, 16) == ["Name  Sign of  C", "─" * 16, "one   12345    67", "two            8"]
        or lines(grid, 17)[0] == "Name  Sign of  C"
    )


def test_wide_characters_take_two_cells() -> None:
    for gives in ("cut", "wrap", ""):
        grid = Grid([Column("a", "a", gives=gives), Column("b", "b")], [Row(["層" * 20, "x"])])
        assert "層" * 20 in terminal.drawn([grid], None)
        assert "層" * 20 in terminal.drawn([grid], 2 * 20 + 2 + 1)
        if gives:
            lines = terminal.drawn([grid], 30, plain=True).split("\n")
            assert max(map(golden.cells, lines)) == 30


def test_a_title_folds_and_a_number_does_not() -> None:
    grid = of(Column("30", "a b " * 20, right=True), Column("5", "c d " * 20, right=True))
    assert lines(grid, 40)[-1] == "x" * 30 + "     " + "x" * 5
    assert max(map(len, lines(grid, 100))) == 30 + 2 + 24


# ------------------------------------------------------------------------------------------------------------ comments


def test_a_comment_says_how_much_of_it_did_not_fit() -> None:
    short = Grid([Column("a", "a")], [Row(["x" * 36])] * 2000)
    text = markdown.written(Comment([Line("head"), short], "cnncalc x"))
    kept = text.count("x" * 36)
    assert f"\n{2000 - kept:,} more did not fit: `cnncalc x` lists all of them.\n" in text
    assert markdown.MOST_CHARACTERS - 1000 < len(text) <= markdown.MOST_CHARACTERS
    long = Grid([Column("a", "a")], [Row(["x" * 996])] * 100)
    tables = markdown.written(Comment([Fold("f", [long])] * 30, "cnncalc x", 20_000))
    assert len(tables) <= 65_536
    opened = tables.count("<details>")
    assert tables.endswith(f"\n\n{30 - opened} more tables did not fit: `cnncalc x` prints all of it.\n")
    assert markdown.written([long]).count("x" * 996) == 100, "what is not a comment is not cut"
    assert markdown.written(Comment([], "cnncalc x")) == ""


def test_text_of_a_terminal_stands_in_a_fence() -> None:
    text = markdown.written([Laid("a ``` b\n@octocat | <img>\n")])
    assert READER.render(text) == "<pre><code>a ``` b\n@octocat | &lt;img&gt;\n</code></pre>\n"
    assert markdown.written([Laid("# title\n", markdown=True)]) == "# title\n"
