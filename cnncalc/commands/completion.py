"""What shells complete after a command: specs, parameters, layers, metrics, rules, and the words of options.

Each function answers with words, or with words and their meanings; typer keeps those that begin with what was typed.
Nothing is caught here: whatever goes wrong ends in `answer`, silently.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from itertools import islice

from cnncalc.commands.common import Status

ASKED = "_CNNCALC_COMPLETE"
"""The variable by which a shell asks for candidates, and says which shell it is."""

SUFFIXES = (".yaml", ".yml")
MOST_FILES = 10_000
DEEPEST = 20
"""How many files of a folder, and how many folders in each other, are looked at."""

SAFE = re.compile(r"[\w./@+,% -]+")
"""Words without a character that is special to a shell: completion scripts evaluate them."""

EXAMPLES = {"count": "140M", "bytes": "64MiB", "extents": "212", "volume": "1x1x1000"}
FEW = "50"
"""A limit for each kind of metric, and for counts that only a whole network has: of layers."""

# -------------------------------------------------------------------------------------------------------- the answer


def words() -> list[str]:
    """What has been typed after the program's name, as far as blanks tell."""
    given = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    return given.split()[1:]


def answer(run: Callable[[], object]) -> int:
    """Let `run` answer a shell; the exit status. Candidates are printed and nothing else, whatever went wrong."""
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # what words mean is printed as it is
    quoted = _rejoined()
    printed = io.StringIO()
    status: int = Status.FAILED
    with redirect_stdout(printed), redirect_stderr(io.StringIO()), suppress(Exception):
        try:
            run()
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else Status.DONE
    text = printed.getvalue()
    if os.environ.get(ASKED) == "complete_bash" and not quoted:
        text = text.replace(" ", "\\ ")  # bash takes a word as it is; other shells quote it themselves
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()
    return status


def _rejoined() -> bool:
    """Put together what bash takes apart at `=` and `:`; whether the word to be completed stands in open quotes."""
    lines = os.environ.get("COMP_WORDS", "").split("\n")
    number = os.environ.get("COMP_CWORD", "")
    if not number.isdecimal() or not 0 < int(number) < len(lines):
        return False
    whole: list[str] = []
    places: list[int] = []
    sign = False
    for line in lines:
        after, sign = sign, bool(line) and not line.strip("=:")
        if whole and line and (sign or after):
            whole[-1] += line
        else:
            whole.append(line)
        places.append(len(whole) - 1)
    os.environ["COMP_WORDS"] = "\n".join(whole)
    os.environ["COMP_CWORD"] = str(places[int(number)])
    return lines[int(number)][:1] in ("'", '"')


# ----------------------------------------------------------------------------------------------------- specs and files


def specs(incomplete: str) -> list[str]:
    """YAML files, folders, and the built-in specs."""
    from cnncalc.sources.find import built_in_names

    return _entered([*_listed(incomplete), *(name for name in built_in_names() if name.startswith(incomplete))])


def files(incomplete: str) -> list[str]:
    """YAML files and folders."""
    return _entered(_listed(incomplete))


def _entered(paths: list[str]) -> list[str]:
    """The same, or the contents of a folder that is the only match: a shell would put a blank after its name."""
    for _ in range(DEEPEST):
        if len(paths) != 1 or not paths[0].endswith("/"):
            break
        paths = _listed(paths[0])
    return paths


def _listed(incomplete: str) -> list[str]:
    """The YAML files and folders whose paths begin like this; hidden ones only after a typed dot."""
    folder, slash, start = incomplete.rpartition("/")
    paths = []
    with suppress(OSError), os.scandir(folder + slash or ".") as entries:
        for entry in islice(entries, MOST_FILES):
            if entry.name.startswith(start) and (start[:1] == "." or entry.name[0] != "."):
                if entry.is_dir():
                    paths.append(f"{folder}{slash}{entry.name}/")
                elif entry.name.endswith(SUFFIXES):
                    paths.append(f"{folder}{slash}{entry.name}")
    return sorted(name for name in paths if name[0] != "-" and SAFE.fullmatch(name))


def _named() -> Iterator[str]:
    """The specs typed so far, those that can be read without waiting for input."""
    from cnncalc.sources.find import built_in

    yield from (word for word in words() if os.path.isfile(word) or built_in(word) is not None)


def layers() -> list[tuple[str, str]]:
    """The layers of the specs typed so far."""
    from cnncalc.errors import SpecError
    from cnncalc.language.load import load

    types: dict[str, str] = {}
    for spec in _named():
        with suppress(SpecError):
            types.update((node.name, node.type) for node in load(spec).layers)
    return list(types.items())


def parameters(incomplete: str) -> list[tuple[str, str]]:
    """The parameters of the specs typed so far."""
    from cnncalc.errors import SpecError
    from cnncalc.language.document import document

    values: dict[str, str] = {}
    for spec in _named():
        with suppress(SpecError):
            values.update((name, getattr(datum, "text", "")) for name, datum in document(spec).parameters.items())
    known = [(name, "", text if SAFE.fullmatch(text) else "VALUE") for name, text in values.items()]
    return _assigned(known, incomplete)


# ------------------------------------------------------------------------------------------------------------- words


def _assigned(known: Iterable[tuple[str, str, str]], incomplete: str) -> list[tuple[str, str]]:
    """Names with their `=`, and what they mean; nothing is completed after the sign.

    A name that is the only match comes with an example, or a shell would put a blank after the sign.
    """
    fitting = [(name, says, example) for name, says, example in known if name.startswith(incomplete)]
    pairs = [(f"{name}=", says) for name, says, _ in fitting]
    return [*pairs, *((f"{name}={example}", "for example") for name, _, example in fitting if len(fitting) == 1)]


def limits(incomplete: str) -> list[tuple[str, str]]:
    """The metrics, for `--max`, `--min` and `--equals`."""
    from cnncalc.network.metrics import METRICS

    known = (
        (name, metric.says, FEW if metric.kind == "count" and not metric.of_layer else EXAMPLES[metric.kind])
        for name, metric in METRICS.items()
    )
    return _assigned(known, incomplete)


def changes(incomplete: str) -> list[tuple[str, str]]:
    """The metrics, for `--allow`."""
    from cnncalc.network.metrics import METRICS

    known = ((name, metric.says, "any" if metric.kind == "volume" else "+2%") for name, metric in METRICS.items())
    return _assigned(known, incomplete)


def _unlisted(known: Iterable[tuple[str, str]], incomplete: str) -> list[tuple[str, str]]:
    """The words that may follow in a list with commas: those that are not in it yet."""
    before, comma, _ = incomplete.rpartition(",")
    return [(f"{before}{comma}{word}", says) for word, says in known if word not in before.split(",")]


def columns(incomplete: str) -> list[tuple[str, str]]:
    """The columns of `summarize` that are not in the list yet."""
    from cnncalc.report.columns import columns

    return [*_unlisted(((column.key, column.title) for column in columns()), incomplete), ("all", "every column")]


def rules(incomplete: str) -> list[tuple[str, str]]:
    """The rules of `lint` that are not in the list yet, by code and by name."""
    from cnncalc.analysis.rules import RULES

    return _unlisted(((word, rule.says) for rule in RULES for word in (rule.code, rule.name)), incomplete)


def commands() -> list[str]:
    """The commands."""
    from cnncalc.commands.front import GROUPS

    return [name for names in GROUPS.values() for name in names]


def types() -> list[tuple[str, str]]:
    """The layer types."""
    from cnncalc.layers import type_names

    return [(name, (kind.__doc__ or "").partition("\n")[0]) for name, kind in type_names().items()]


def of(known: Iterable[str]) -> Callable[[], list[str]]:
    """The words that an option takes."""
    return lambda: list(known)
