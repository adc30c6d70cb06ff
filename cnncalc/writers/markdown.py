"""Markdown for a README or a pull request: what is shown is not read as Markdown or HTML, and calls nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnncalc.report.page import Block, Comment, Fold, Grid, Laid
from cnncalc.writers.text import clean

MOST_CHARACTERS = 60_000
"""How long a comment may be made; GitHub takes 65,536 characters."""
REST = 500
"""What is kept of that for what stands around a table."""
ENDLESS = 10**12

_READ = re.compile(r"[|*`\[\]#$\\]|~(?!$)|(?<=.)~|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown may read; an underscore inside a word is none of it, and a tilde that stands alone neither."""


def written(page: Sequence[Block] | Comment) -> str:
    """The page, what is folded away last; of a comment the blocks that there is room for, and how many had to go."""
    comment = page if isinstance(page, Comment) else Comment(page, "", ENDLESS)
    room = MOST_CHARACTERS if comment.command else ENDLESS
    parts: list[str] = []
    left, before = 0, None
    for block in sorted(comment.blocks, key=lambda block: isinstance(block, Fold)):
        part = _part(block, min(comment.most, room - REST), comment.command)
        if len(part) > room:
            left += 1
            continue
        if part:
            flows = not isinstance(block, (Grid, Fold, Laid)) and not block.style and block.flows(before)
            parts.append(f"{'' if not parts else chr(10) if flows else chr(10) * 2}{part}")
        room -= len(part) + 2
        before = block
    if left:
        parts.append(
            f"\n\n{left:,} more table{'s' if left > 1 else ''} did not fit: `{comment.command}` prints all of it."
        )
    return "".join([*parts, "\n"]) if parts else ""


def _part(block: Block, room: int, command: str) -> str:
    if isinstance(block, Grid):
        return _table(block, room, command)
    if isinstance(block, Fold):
        inner = "\n\n".join(_part(part, room, command) for part in block.blocks)
        summary = in_html(block.summary).replace("[", "&#91;")
        return f"<details><summary>{summary}</summary>\n\n{inner}\n\n</details>" if inner else ""
    if isinstance(block, Laid):
        text = block.to(None).rstrip("\n")
        fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", text)), 0)
        return text if block.markdown else f"{fence}\n{clean(text)}\n{fence}"
    text = re.sub(r"^(?=[-+>:=])", r"\\", escaped(block.text))
    return f"### {text}" if block.style == "heading" else f"**{text}**" if block.style in ("bold", "bad") else text


def _table(grid: Grid, room: int, command: str) -> str:
    """A table as far as there is room for its rows; the rest is counted."""
    lines = [_row(escaped(column.title) for column in grid.columns)]
    lines.append("|" + "|".join("---:" if column.right else "---" for column in grid.columns) + "|")
    for place, row in enumerate(grid.rows):
        line = _row(map(escaped, row.cells))
        room -= len(line) + 1
        if room < 0:
            lines.append(f"\n{len(grid.rows) - place:,} more did not fit: `{command}` lists all of them.")
            break
        lines.append(line)
    if grid.footer:
        lines.append(_row(f"**{escaped(cell)}**" if cell else "" for cell in grid.footer))
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, and that calls nobody."""
    return _READ.sub(r"\\\g<0>", in_html(text))


def in_html(text: str) -> str:
    """A text inside an element of HTML, where Markdown is not read."""
    text = re.sub(r"&(?=[#\w])", "&amp;", clean(text))
    return text.replace("<", "&lt;").replace("\n", " ").replace("@", "@\u200b")
