"""``cnncalc questions``: the page of questions, each answered with a command, in the terminal."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import Annotated

import typer

from cnncalc.commands.showing import show
from cnncalc.errors import short, wrong
from cnncalc.report.page import Block, Laid, Line

MARKS = re.compile(r"\[([^]]+)\]\([^)]+\)|\*{1,2}([^\s*](?:[^*]*[^\s*])?)\*{1,2}")
"""Links and emphasis of Markdown."""
FILE = re.compile(r"\w+\.yaml")


def questions(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORDS", help="Words of a question, or its number.", show_default=False),
    ] = None,
) -> None:
    """Answer common questions about CNNs, each with a command.

    $ cnncalc questions
    $ cnncalc questions dilation
    """
    every = page()
    found = _chosen(every, [_flat(word) for word in words or ()])
    if not found:
        raise wrong(f"no question has {short(' '.join(words or ()))}", None, "`cnncalc questions` lists them all")
    blocks: list[Block] = [Line(found[0], "heading"), Laid(partial(_answer, every[found[0]]))]
    if len(found) > 1:
        blocks = [Laid(partial(_listed, every, found)), Line("`cnncalc questions WORDS`, or a number, answers.", "dim")]
    show("text", text=lambda: blocks)


def page() -> dict[str, str]:
    """The questions and their answers in Markdown, as docs/questions.md has them: the wheel holds that page."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "questions.md", package.parent / "docs" / "questions.md")
    text = next(place for place in places if place.is_file()).read_text(encoding="utf-8")
    return dict(part.split("\n", 1) for part in text.split("\n## ")[1:])


def _flat(text: str) -> str:
    return text.lower().replace("×", "x")


def _chosen(every: dict[str, str], words: list[str]) -> list[str]:
    """The question of that number, else those with all the words, else those whose answers have them."""
    numbers = [title for number, title in enumerate(every, 1) if words == [str(number)]]
    asked = [title for title in every if all(word in _flat(title) for word in words)]
    return numbers or asked or [title for title in every if all(word in _flat(every[title]) for word in words)]


def _listed(every: dict[str, str], titles: list[str], room: int | None) -> str:
    """Questions, each with the first command of its answer; the spec that this needs may be in the answer."""
    lines = []
    for number, (title, answer) in enumerate(every.items(), 1):
        command = answer.partition("\n$ ")[2].partition("\n")[0].partition(" | ")[0]
        needs = [f"    # {file} is in the answer: cnncalc questions {number}" for file in FILE.findall(command)]
        lines += [f"{number:>2}  {title}", *needs, f"    {_shell(command, room)}"] if title in titles else []
    return "\n".join(lines) + "\n"


def _shell(command: str, room: int | None) -> str:
    """A command on as many lines as it takes, which a shell reads as one."""
    whole = re.sub(r"'[^']*'", lambda quoted: quoted[0].replace(" ", "\0"), f"$ {command}")
    lines = wrap(whole, (room or 10_000) - 8, break_long_words=False, break_on_hyphens=False)
    return " \\\n      ".join(lines).replace("\0", " ")


def _answer(text: str, room: int | None) -> str:
    """An answer: prose is filled, and what is in fences is cut where the terminal ends."""
    parts = []
    for place, part in enumerate(re.split(r"\n```.*\n?", text)):
        if place % 2:
            parts.append("\n".join(_quoted(line, room).rstrip() for line in part.splitlines()))
            continue
        for paragraph in re.split(r"\n\n|\n(?=- )", part.strip()):
            prose = MARKS.sub(lambda mark: mark[1] or mark[2], " ".join(paragraph.split()))
            filled = wrap(prose, min(room or 80, 100), subsequent_indent="  " * prose.startswith("- "))
            parts += ["\n".join(filled)] if filled else []
    return "\n\n".join(parts) + "\n"


def _quoted(line: str, room: int | None) -> str:
    if line.startswith("$ "):
        return f"  {_shell(line[2:], room)}"
    return f"  {line}" if room is None or len(line) + 2 <= room else f"  {line[: room - 3]}…"
