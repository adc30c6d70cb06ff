"""HTML for notebooks and reports: a fragment with its own style that fetches nothing, and shows text as it is.

The colours are the reader's own, light or dark, and middle tones beside them.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from cnncalc.report.page import Block, Fold, Grid, Laid
from cnncalc.writers.text import clean

_STYLE = """<style>
.cnncalc table {border-collapse: collapse; font-variant-numeric: tabular-nums}
.cnncalc :is(th, td) {padding: .15em .6em; text-align: left; white-space: nowrap}
.cnncalc thead, .cnncalc tfoot {border: 0 solid; border-width: 1px 0; font-weight: bold}
.cnncalc .right {text-align: right}
.cnncalc .dim {opacity: .6}
.cnncalc :is(.heading, .bold, .bad, .most, .much) {font-weight: bold}
.cnncalc :is(.bad, .most, .removed) {color: #d5443c}
.cnncalc :is(.much, .changed) {color: #a87b00}
.cnncalc :is(.good, .added) {color: #2b9348}
</style>"""


def written(blocks: Iterable[Block]) -> str:
    """The blocks as one element; nothing in it is read as HTML, nor as the formulas that notebooks set."""
    parts = "\n".join(_part(block) for block in blocks)
    return f'<div class="cnncalc tex2jax_ignore mathjax_ignore">\n{_STYLE}\n{parts}\n</div>'


def _part(block: Block) -> str:
    if isinstance(block, Grid):
        return _table(block)
    if isinstance(block, Fold):
        inner = "\n".join(map(_part, block.blocks))
        return f"<details><summary>{_escaped(block.summary)}</summary>\n{inner}\n</details>"
    if isinstance(block, Laid):
        return f"<pre>{_escaped(block.to(None))}</pre>"
    aside = f' <span class="dim">{_escaped(block.aside)}</span>' if block.aside else ""
    return f"<p{_styled(block.style)}>{_escaped(block.text)}{aside}</p>"


def _table(grid: Grid) -> str:
    usual = ["name", *[""] * len(grid.columns)]
    rows = [_row("td", grid, row.cells, row.styles or usual) for row in grid.rows]
    head = _row("th", grid, [column.title for column in grid.columns], usual)
    foot = f"\n<tfoot>{_row('td', grid, grid.footer, usual)}</tfoot>" if grid.footer else ""
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody>{foot}\n</table>"


def _row(tag: str, grid: Grid, cells: Iterable[str], styles: Iterable[str]) -> str:
    drawn = [
        f"<{tag}{_styled('right' if column.right else '', style)}>{_escaped(cell)}</{tag}>"
        for column, cell, style in zip(grid.columns, cells, styles, strict=False)
    ]
    return f"<tr>{''.join(drawn)}</tr>"


def _styled(*styles: str) -> str:
    named = " ".join(filter(None, styles))
    return f' class="{_escaped(named)}"' if named else ""


def _escaped(text: str) -> str:
    return html.escape(clean(text))
