"""A network in Python: it shows itself as text, in a notebook, to rich and to pandas, and is a collection of layers."""

from __future__ import annotations

import io
import re
import sys
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import cnncalc
from cnncalc.report import breakdown, columns
from cnncalc.report.page import Column, Fold, Grid, Laid, Line, Row
from cnncalc.writers import html, terminal

EVIL = "<img src=x onerror=alert(1)> </td></table><script>x</script> &lt; \" ' $x$ \x1b[31m \u202e"
SHOWN = EVIL.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
TAGS = {"div", "style", "p", "span", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary", "pre"}


@pytest.fixture
def network() -> cnncalc.Network:
    return cnncalc.load("16x16x3: conv3-8 maxpool2 fc-10")


class Reader(HTMLParser):
    """What a browser makes of a page: its tags, their attributes, the texts of each tag, and the cells of each row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: set[str] = set()
        self.texts: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        elif self.open and data.strip():
            self.texts.setdefault(self.open[-1], []).append(data)


# ----------------------------------------------------------------------------------------------------------- as text


def test_str_is_the_table_with_the_weights(network: cnncalc.Network) -> None:
    lines = str(network).splitlines()
    assert lines[0] == network.name
    conv = next(line for line in lines if line.startswith("conv1"))
    assert f" {3 * 3 * 3 * 8} " in conv
    assert f" {8 * 8 * 8 * 10:,} " in next(line for line in lines if line.startswith("dense1"))
    assert not str(network).endswith("\n")
    assert repr(network) == f"Network({network.name!r}, 3 layers, {3 * 3 * 3 * 8 + 8 + 8 * 8 * 8 * 10 + 10} parameters)"


def test_str_is_as_wide_as_the_terminal_and_never_in_colour(
    network: cnncalc.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = str(network)
    monkeypatch.setattr(terminal, "width", lambda: 60)
    monkeypatch.setenv("FORCE_COLOR", "1")
    narrow = str(network)
    assert "\x1b" not in whole + narrow
    assert max(map(len, whole.splitlines())) > 60 >= max(map(len, narrow.splitlines()))


def test_str_is_the_same_text_within_a_notebook(network: cnncalc.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """There rich draws HTML, of what is only to be a text too."""
    text = str(network)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert str(network) == text


@pytest.mark.parametrize("width", [60, 200])
def test_rich_prints_what_str_says_in_its_own_width(network: cnncalc.Network, width: int) -> None:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(network)
    printed = "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())
    blocks = breakdown.page(network, columns.usual(network))
    assert printed == terminal.drawn(blocks, width, plain=True)


def test_rich_draws_every_block_and_reads_no_markup() -> None:
    file = io.StringIO()
    grid = Grid([Column("a", "[bold]A[/]")], [Row(["[red]cell[/]"])])
    page = [Line("[b]one[/]"), Line("two"), Fold("folded", [grid]), Laid("[u]laid[/]\n")]
    Console(file=file, width=80, markup=False).print(terminal.Drawing(page))
    printed = "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())
    assert printed == terminal.drawn(page, 80, plain=True)
    assert {"[b]one[/]", "[red]cell[/]", "[u]laid[/]", "folded."} <= {*printed.splitlines()}


# ------------------------------------------------------------------------------------------------------ in a notebook


def test_a_notebook_has_the_cells_of_the_table(network: cnncalc.Network) -> None:
    title, grid, *rest = breakdown.page(network, columns.usual(network))
    assert isinstance(grid, Grid)
    page = Reader(network._repr_html_())
    assert page.rows == [
        [column.title for column in grid.columns],
        *(list(row.cells) for row in grid.rows),
        grid.footer,
    ]
    assert "Weights" in page.rows[0]
    assert page.texts["p"] == [title.text, *(line.text for line in rest)]


def test_names_in_a_notebook_are_text() -> None:
    name = "<b>a</b>&amp;'\"$x$"
    spec = {"name": EVIL, "source": EVIL, "input": "8x8x3", "layers": [{"conv": 4, "kernel": 3, "name": name}]}
    network = cnncalc.load(spec)
    page = Reader(network._repr_html_())
    assert page.tags <= TAGS
    assert {key for key, _ in page.attributes} == {"class"}
    assert page.rows[2][0] == name
    assert page.texts["p"][0].strip() == SHOWN


def test_every_block_is_drawn_in_html_and_every_text_of_it_escaped() -> None:
    grid = Grid([Column("a", EVIL), Column("b", EVIL, right=True)], [Row([EVIL, EVIL], [EVIL, "good"])], [EVIL, ""])
    page = Reader(
        html.written([Line(EVIL, "bad", EVIL), Fold(EVIL, [Line(EVIL), grid]), Laid(EVIL), Laid(lambda w: EVIL)])
    )
    assert page.tags == TAGS
    assert page.rows == [[SHOWN, SHOWN], [SHOWN, SHOWN], [SHOWN, ""]]
    assert (page.texts["summary"], page.texts["pre"], page.texts["span"]) == ([SHOWN], [SHOWN, SHOWN], [SHOWN])
    assert [value for key, value in page.attributes].count("right good") == 1
    assert {key for key, _ in page.attributes} == {"class"}


def test_html_fetches_nothing_sets_no_formulas_and_says_its_colours_once() -> None:
    page = html.written([Line("a")])
    assert not re.search(r"url\(|@import|https?:|src|href|background|script", page)
    assert page.startswith('<div class="cnncalc tex2jax_ignore mathjax_ignore">')
    style = re.search(r"<style>\n(.*)\n</style>", page, re.DOTALL)
    assert style is not None
    selectors = [re.sub(r"\(.*?\)", "", line.partition(" {")[0]) for line in style[1].splitlines()]
    assert all(part.startswith(".cnncalc ") for selector in selectors for part in selector.split(", "))


@pytest.mark.parametrize("ground", [0.0, 1.0])
def test_colours_are_readable_on_white_and_on_black(ground: float) -> None:
    """WCAG 2.1, 1.4.3: a contrast of 3 : 1 for bold text, of the relative luminances."""
    colours = re.findall(r"color: #(\w{6})", html.written([]))
    assert len(colours) == 3
    for colour in colours:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        lighter, darker = max(luminance, ground), min(luminance, ground)
        assert (lighter + 0.05) / (darker + 0.05) >= 3


# ---------------------------------------------------------------------------------------------------------- to pandas


def test_a_frame_has_a_row_for_each_layer(network: cnncalc.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    class Frame:
        def __init__(self, records: list[dict[str, Any]]) -> None:
            self.records, self.index = records, ""

        def set_index(self, name: str) -> Frame:
            self.index = name
            return self

    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=Frame))
    frame = network.to_frame()
    assert frame.index == "name"
    assert frame.records == network.to_dict()["layers"]
    assert [record["weights"] for record in frame.records] == [3 * 3 * 3 * 8, 0, 8 * 8 * 8 * 10]


def test_without_pandas_the_error_says_what_to_install(
    network: cnncalc.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"^to_frame\(\) needs pandas: pip install pandas$"):
        network.to_frame()


# ----------------------------------------------------------------------------------------------- a collection of layers


def test_a_network_is_its_layers_by_name_and_in_order(network: cnncalc.Network) -> None:
    assert [layer.name for layer in network] == ["conv1", "maxpool1", "dense1"]
    assert len(network) == 3
    assert network["conv1"] is network.layers[0]
    assert "conv1" in network
    assert "conv" not in network
    with pytest.raises(KeyError, match="conv7"):
        network["conv7"]
