"""The man page, made of what the command line says of itself: `python tests/docs.py --update` writes docs/cnncalc.1.

What depends on the version of typer (how it names types, its own words) is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from cnncalc import __version__
from cnncalc.commands import app
from cnncalc.commands.front import GROUPS

RESULTS = Path(__file__).parent.parent / "docs" / "results.md"
SHELL = {"install_completion": "Install completion for the shell.", "show_completion": "Print the script for that."}


def escaped(text: str) -> str:
    """The text as roff has it."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in lines)


def bold(text: str) -> str:
    return f"\\fB{escaped(text)}\\fR"


def italic(text: str) -> str:
    return f"\\fI{escaped(text)}\\fR"


def word(parameter: Any) -> str:
    """What stands for the value of a parameter."""
    return parameter.metavar or parameter.name.upper()


def usage(path: str, command: Any) -> str:
    """A command with its arguments."""
    parts = [bold(path), f"[{italic('OPTIONS')}]"]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            part = italic(word(parameter)) + ("..." if parameter.nargs == -1 else "")
            parts.append(part if parameter.required else f"[{part}]")
    if hasattr(command, "commands"):
        parts.append(italic("COMMAND") if command.no_args_is_help else f"[{italic('COMMAND')}]")
    return " ".join(parts)


def about(text: str) -> Iterator[str]:
    """The paragraphs of a help, and its examples as they are."""
    for paragraph in text.replace("\b\n", "").strip().split("\n\n"):
        if paragraph.startswith("$ "):
            yield from (".PP", ".nf", ".RS", escaped(paragraph), ".RE", ".fi")
        else:
            yield from (".PP", escaped(" ".join(paragraph.split())))


def described(command: Any) -> Iterator[str]:
    """The arguments and options of a command."""
    for parameter in command.params:
        says = SHELL.get(parameter.name, parameter.help)
        if parameter.name == "help" or not says:
            continue
        option = parameter.param_type_name == "option"
        names = ", ".join(bold(name) for name in sorted(parameter.opts, key=len)) if option else italic(word(parameter))
        takes = option and not getattr(parameter, "is_flag", False) and parameter.name not in SHELL
        yield from (".TP", f"{names} {italic(word(parameter))}" if takes else names)
        usual = parameter.default if getattr(parameter, "show_default", False) is True else None
        yield escaped(f"{says} The default is {usual}." if usual not in (None, False, ()) else says)


def pages(path: str, command: Any) -> Iterator[str]:
    """A command, and those below it."""
    yield from (f'.SS "{path}"', usage(path, command), *about(command.help), *described(command))
    for name, inner in getattr(command, "commands", {}).items():
        yield from pages(f"{path} {name}", inner)


def page() -> str:
    """The whole page."""
    command = typer.main.get_command(app)
    first, _, more = command.help.partition("\n\n")
    statuses = re.findall(r"^\| (\d+) \| (.+?) \|$", RESULTS.read_text(encoding="utf-8"), re.MULTILINE)
    lines = [
        '.\\" Made by tests/man.py from what the command line says of itself.',
        f'.TH CNNCALC 1 "" "cnncalc {__version__}" "User Commands"',
        ".SH NAME",
        f"cnncalc \\- {escaped(first[0].lower() + first[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        usage("cnncalc", command),
        ".SH DESCRIPTION",
        *about(more),
        ".SH OPTIONS",
        *described(command),
    ]
    for title, names in GROUPS.items():
        lines.append(f'.SH "{title.upper()}"')
        lines += [line for name in names for line in pages(f"cnncalc {name}", command.commands[name])]
    lines.append('.SH "EXIT STATUS"')
    for status, meaning in statuses:
        lines += [".TP", bold(status), escaped(re.sub(r"`|\\(?=\|)", "", meaning))]
    return "\n".join(lines) + "\n"
