"""The commands, one file each: read the request, call one function of the library, print, answer with a code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer.main

from cnncalc.commands import completion
from cnncalc.commands.common import Status, refused
from cnncalc.commands.front import GROUPS, Front
from cnncalc.commands.parameters import HELP, light
from cnncalc.commands.showing import GoneError
from cnncalc.errors import SpecError
from cnncalc.writers.plain import SPELT

COMMANDS = tuple(name for names in GROUPS.values() for name in names)
"""The commands of the list. One that is not in it comes after them; all modules are imported to find it."""

ABOUT = """Shapes, parameters, memory and multiply-adds of convolutional networks, from a short YAML spec.

A spec is a file, the name of a built-in network, or one line:

$ cnncalc summarize vgg16
$ cnncalc summarize '32x32x3: conv3-16 relu maxpool2 fc-10'
"""


def application(names: Sequence[str] = ()) -> typer.Typer:
    """The command line with these commands, else with all."""
    cli = typer.Typer(
        name="cnncalc",
        cls=Front,
        help=ABOUT,
        epilog="`cnncalc help COMMAND` has the options of a command, with examples; `cnncalc questions` answers common "
        "questions about convolutional networks, each with a command to try.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": HELP},
    )
    cli.callback()(_options)
    for name in names or (*COMMANDS, *_others()):
        command = _command(name)
        if isinstance(command, typer.Typer):
            cli.add_typer(command, name=name)
        else:
            cli.command()(command)
    return cli


def _command(name: str) -> Any:
    """The command in the module of its name, imported now; None where it has none."""
    return getattr(import_module(f"{__name__}.{name}"), name, None)


def _others() -> list[str]:
    """The commands of this folder that are not in the list."""
    from pkgutil import iter_modules

    beside = (entry.name for entry in iter_modules(__path__) if entry.name not in COMMANDS)
    return [name for name in beside if _command(name) is not None]


def __getattr__(name: str) -> Any:
    if name == "app":
        return application()
    raise AttributeError(name)


def _version(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:  # a shell that completes only looks
        from cnncalc import __version__

        typer.echo(__version__)
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", "-V", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Shapes, parameters, memory and multiply-adds of convolutional networks, from a short YAML spec."""


def _wanted(given: Sequence[str]) -> tuple[str, ...]:
    """The command to import: the given one; none, which means all, where that is not in the list."""
    return tuple(given[:1]) if given and given[0] in COMMANDS else ()


def _run(words: Sequence[str], given: Sequence[str]) -> None:
    """Run the command that the words begin with on what was given."""
    light(typer.main.get_command(application(_wanted(words))))(args=given, prog_name="cnncalc", obj=main)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 done, 1 a check failed, 2 the request or a spec is wrong."""
    gc.set_threshold(1_000_000)  # a short process leaves little to collect
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=SPELT)
    given = sys.argv[1:] if arguments is None else list(arguments)
    if os.environ.get(completion.ASKED):
        return completion.answer(lambda: _run(completion.words(), given))
    try:
        _run(given, given)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Status.WRONG if leaving.code else Status.DONE
    except SpecError as error:
        return refused(str(error))
    except (GoneError, BrokenPipeError):
        # The reader has seen enough; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.DONE
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except Exception as fault:  # the last resort: a traceback is no use to whoever writes a spec
        if os.environ.get("CNNCALC_TRACEBACK"):
            raise
        return refused(
            f"error: this is a bug in cnncalc: {type(fault).__name__}: {fault}\n"
            "  help: please report it with the spec; CNNCALC_TRACEBACK=1 shows where it is"
        )
    return Status.DONE
