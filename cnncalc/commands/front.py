"""The first page: commands in groups, examples as they are written, and what a word without a command is meant for."""

from __future__ import annotations

import os
from typing import Any

from typer.core import TyperGroup

from cnncalc.errors import short, wrong

GROUPS = {
    "Look": ("summarize", "explain", "scale"),
    "Compare": ("compare", "diff"),
    "Guard": ("check", "lint", "baseline"),
    "Reference": ("init", "questions", "zoo", "layers", "schema", "help"),
}
"""The commands in the order of the help; each is in the module of its name, imported when it is asked for."""


class Front(TyperGroup):
    """The command line with the commands in groups; any others come after them."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one line a command."""
        grouped = [name for names in GROUPS.values() for name in names]
        groups = {**GROUPS, "Others": [name for name in self.commands if name not in grouped]}
        wide = max(map(len, self.commands))
        for title, names in groups.items():
            lines = [
                (f"{name:{wide}}", self.commands[name].get_short_help_str(formatter.width - 6 - wide))
                for name in names
                if name in self.commands
            ]
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names. Raises SpecError for a word that is a spec."""
        from shlex import quote

        from cnncalc.sources.find import kind_of

        word = args[0]
        if word not in self.commands and not os.path.isdir(word) and kind_of(word):
            help = f"try `cnncalc summarize {quote(word)}`" if len(word) < 200 else "try `cnncalc summarize`"
            raise wrong(f"{short(word)} is a spec and not a command", None, help)
        return super().resolve_command(ctx, args)
