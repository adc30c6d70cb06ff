"""Markdown for comments on pull requests: what is shown as it is, tables, and what is folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnncalc.writers.findings import clean

MOST_CHARACTERS = 60_000
"""How long a comment may be made; GitHub takes 65,536 characters."""


_READ = re.compile(r"[|*`\[\]#$\\]|~(?!$)|(?<=.)~|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown may read; an underscore inside of a word is none of it, and a tilde that stands alone neither."""


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, and that calls nobody."""
    return _READ.sub(r"\\\g<0>", in_html(text))


def paragraph(text: str) -> str:
    """The same at the beginning of a line."""
    return re.sub(r"^(?=[-+>:=])", r"\\", escaped(text))


def in_html(text: str) -> str:
    """A text inside of an element of HTML, where Markdown is not read."""
    text = re.sub(r"&(?=[#\w])", "&amp;", clean(text))
    return text.replace("<", "&lt;").replace("\n", " ").replace("@", "@\u200b")


def table(titles: Sequence[str], right: Iterable[int], rows: Sequence[Sequence[str]], room: int) -> str:
    """A table, its columns `right` leaning to the right, as far as there is room for its rows; the rest is counted."""
    leaning = set(right)
    lines = [_row([escaped(title) for title in titles])]
    lines.append("|" + "|".join("---:" if place in leaning else "---" for place in range(len(titles))) + "|")
    for place, cells in enumerate(rows):
        line = _row([escaped(cell) for cell in cells])
        room -= len(line) + 1
        if room < 0:
            lines.append(f"\n{len(rows) - place:,} more")
            break
        lines.append(line)
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def folded(summary: str, inner: str) -> str:
    """Something that is opened by a click on its summary."""
    return f"<details><summary>{in_html(summary).replace('[', '&#91;')}</summary>\n\n{inner}\n\n</details>"


def together(parts: Sequence[str], command: str) -> str:
    """The parts as far as there is room for them whole, and how many had to go: the command prints all of it."""
    kept: list[str] = []
    room = MOST_CHARACTERS
    for part in parts:
        if len(part) <= room:
            kept.append(part)
            room -= len(part) + 2
    left = len(parts) - len(kept)
    if left:
        kept.append(f"{left:,} more table{'s' if left > 1 else ''} did not fit: `{command}` prints all of it.")
    return "\n\n".join(kept) + "\n"
