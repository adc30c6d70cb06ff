"""What imports what: nothing heavy before it is needed, arrows that run downwards only, and no clock in a test."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from bounds import run
from hypothesis import HealthCheck, settings

PACKAGE = Path(__file__).parent.parent / "cnncalc"

# ----------------------------------------------------------------------------------------- what a process loads

HEAVY = {"numpy", "rich", "sympy", "typer"}


def loaded(*arguments: str) -> set[str]:
    """The modules that a fresh interpreter has imported by the time it has run these arguments."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}


def test_importing_the_package_and_counting_a_network_loads_nothing_heavy() -> None:
    found = loaded("-c", "import cnncalc; assert cnncalc.load('vgg16').to_dict()['totals']['layers'] > 16")
    assert {"cnncalc", "msgspec", "yaml"} <= found
    assert not found & HEAVY


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_that_test_can_fail(name: str, tmp_path: Path) -> None:
    """Whether the library is installed or not: an empty one will do."""
    (tmp_path / f"{name}.py").touch()
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {name}; import cnncalc; cnncalc.load('vgg16')"
    assert loaded("-c", script) & HEAVY == {name}


def test_that_test_can_fail_on_an_import_deep_inside() -> None:
    found = loaded("-c", "import cnncalc; cnncalc.load('vgg16'); import cnncalc.numbers.symbolic")
    assert found & HEAVY == {"sympy"}


@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--formulas"]], ids=" ".join)
def test_the_main_command_loads_neither_sympy_nor_numpy(options: list[str]) -> None:
    found = loaded("-m", "cnncalc", "summarize", "vgg16", *options)
    assert "typer" in found
    assert not found & {"numpy", "sympy"}


def test_lint_alone_collects_its_rules() -> None:
    assert RULES in loaded("-m", "cnncalc", "lint", "1x1x8: fc-8")
    assert RULES not in loaded("-m", "cnncalc", "check", "1x1x8: fc-8")


def test_a_symbol_loads_sympy() -> None:
    found = loaded("-m", "cnncalc", "summarize", "HxWxC: conv3-C")
    assert found & {"numpy", "sympy"} == {"sympy"}


# ------------------------------------------------------------------------------------------- which way arrows run

# Each part of the package, and the parts that it may import. What a part may not import, it does not know.
ARROWS: dict[str, set[str]] = {
    "dims": set(),
    "volume": {"dims"},
    "reach": {"dims"},
    "axes": {"dims", "volume"},
    "window": {"dims", "reach", "volume"},
    "terms": {"volume"},
    "place": set(),
    "errors": {"place"},
    "amounts": {"dims"},
    "numbers": {"dims"},
    "layers": {"axes", "dims", "reach", "terms", "volume", "window"},
    "network": {"amounts", "axes", "dims", "layers", "numbers", "reach", "terms", "volume", "window"},
    "sources": {"errors", "place"},
    "language": {
        "amounts",
        "dims",
        "errors",
        "layers",
        "network",
        "numbers",
        "place",
        "sources",
        "terms",
        "volume",
        "window",
    },
    "interop": {"dims", "layers", "network", "terms", "volume", "window"},
    "analysis": {
        "amounts",
        "answers",
        "dims",
        "errors",
        "language",
        "layers",
        "network",
        "numbers",
        "reach",
        "terms",
        "volume",
        "window",
    },
    "guard": {
        "amounts",
        "analysis",
        "dims",
        "errors",
        "language",
        "layers",
        "network",
        "place",
        "sources",
        "terms",
        "window",
    },
    "answers": {"network"},
    "writers": {"analysis", "network", "report"},
    "report": {"amounts", "analysis", "answers", "errors", "guard", "layers", "network", "numbers", "terms", "volume"},
    "views": {"network", "report", "writers"},
    "verbs": {"analysis", "answers", "guard", "language", "network", "report", "sources"},
    "commands": {
        "__init__",
        "amounts",
        "analysis",
        "errors",
        "guard",
        "language",
        "layers",
        "network",
        "report",
        "sources",
        "writers",
    },
    "__init__": {"errors", "language", "network", "verbs", "views", "volume"},
    "__main__": {"commands"},
}

# Libraries that only these parts import; any other library is for all.
ONLY: dict[str, set[str]] = {
    "typer": {"commands"},
    "rich": {"writers"},
    "yaml": {"language"},
    "sympy": {"numbers"},
}

# Modules that import something heavy: importable inside a function only, where a symbol has come up.
LATE = {"cnncalc.numbers.symbolic"}

# All that writers know of reports.
PAGES = "cnncalc.report.page"

# The modules that import by computed names: those of the modules beside them, and the writers of formats.
RULES, COLLECTS = "cnncalc.analysis.rules", {"cnncalc.analysis.rules", "cnncalc.commands"}
COMPUTED = {*COLLECTS, "cnncalc.commands.showing"}


class Import(NamedTuple):
    """One module that is imported: where, and whether as soon as the importing module is."""

    where: str
    module: str
    at_once: bool


def part_of(path: Path) -> str:
    """The part of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(text: str, where: str) -> Iterator[Import]:
    """Every module that a source text imports, at the top, in functions, and for the type checker alike."""
    tree = ast.parse(text)
    late = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or _for_types(outer)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        place = f"{where}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(place, alias.name, id(node) not in late)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{place}: imports are written in full"
            for alias in node.names:
                # `from cnncalc.numbers import symbolic` imports a module, `from cnncalc.dims import prod` a name.
                named = f"{node.module}.{alias.name}"
                yield Import(place, named if named in MODULES else str(node.module), id(node) not in late)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def module_of(path: Path) -> str:
    return ".".join(("cnncalc", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = {module_of(path) for path in SOURCES}


def breaches(part: str, found: Iterator[Import]) -> list[str]:
    """The imports that a part of the package may not make, each in a sentence."""
    said = []
    for where, module, at_once in found:
        top, _, rest = module.partition(".")
        if top == "cnncalc":
            target = rest.partition(".")[0] or "__init__"
            if target != part and target not in ARROWS[part]:
                said.append(f"{where}: {part} may not import {target}")
            if part == "writers" and target == "report" and module != PAGES:
                said.append(f"{where}: of report writers may import {PAGES} alone")
            if module in LATE and at_once and part != "numbers":
                said.append(f"{where}: {module} is imported inside a function, for it is slow to import")
        elif part not in ONLY.get(top, {part}):
            said.append(f"{where}: only {' and '.join(sorted(ONLY[top]))} may import {top}, not {part}")
    return said


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_run_downwards_only(path: Path) -> None:
    name = str(path.relative_to(PACKAGE.parent))
    assert breaches(part_of(path), imports(SOURCES[path], name)) == []


def test_every_part_of_the_package_is_in_the_table() -> None:
    assert {part_of(path) for path in SOURCES} <= set(ARROWS)


def test_the_page_on_the_architecture_names_every_room_in_its_order() -> None:
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]
    rooms = [room.rstrip("/") for row in rows for room in re.findall(r"`([a-z]+/?)`", row)]
    there = {part_of(path) for path in SOURCES} - {"__init__", "__main__"}
    assert sorted(rooms) == sorted(there)
    for place, room in enumerate(rooms):
        assert not ARROWS[room] - {"__init__"} - set(rooms[:place]), f"{room} imports what stands below it"


def test_no_two_parts_may_import_each_other() -> None:
    """The table is itself an order: going down from any part never leads back to it."""
    for part, arrows in ARROWS.items():
        below, open_parts = set(), set(arrows)
        while open_parts:
            below |= open_parts
            open_parts = set().union(*(ARROWS[lower] for lower in open_parts)) - below
        assert part not in below


def test_heavy_libraries_are_imported_late() -> None:
    """Rich by the module that draws, when it does; SymPy by the one that is imported late itself, NumPy nowhere."""
    for path, text in SOURCES.items():
        for where, module, at_once in imports(text, path.name):
            top = module.partition(".")[0]
            if top == "rich":
                assert not at_once, where
                assert module_of(path) == "cnncalc.writers.terminal", where
            assert top != "numpy", where
            if top == "sympy":
                assert module_of(path) in LATE, where


def test_nothing_imports_with_a_star_or_by_a_computed_name() -> None:
    """What this file reads off the sources is then all there is, and what is collected from two folders."""
    for path, text in SOURCES.items():
        assert not re.search(r"^\s*from .* import \*", text, re.MULTILINE), path
        if module_of(path) not in COMPUTED:
            assert not re.search(r"\b(__import__|importlib|import_module)\b", text), path


def circles(arrows: dict[str, set[str]]) -> list[str]:
    """The modules from which imports lead back to them."""

    def below(module: str) -> set[str]:
        found: set[str] = set()
        waiting = {*arrows[module]}
        while waiting:
            found |= waiting
            waiting = set().union(*(arrows[lower] for lower in waiting)) - found
        return found

    return sorted(module for module in arrows if module in below(module))


def test_no_imports_run_in_a_circle() -> None:
    """Not within a part either, and not in functions."""
    arrows: dict[str, set[str]] = {module: set() for module in MODULES}
    for path, text in SOURCES.items():
        own = module_of(path)
        arrows[own] |= {found.module for found in imports(text, path.name) if found.module in MODULES} - {own}
    for collects in COLLECTS:
        arrows[collects] |= {module for module in MODULES if module.startswith(f"{collects}.")}
    assert circles(arrows) == []


def test_a_circle_is_noticed() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b", "c"]


@pytest.mark.parametrize(
    ("part", "text", "breach"),
    [
        ("dims", "from cnncalc.volume import Volume", "dims may not import volume"),
        ("layers", "import cnncalc.network", "layers may not import network"),
        ("layers", "def f():\n    from cnncalc.language import tree", "layers may not import language"),
        ("layers", "import yaml", "only language may import yaml, not layers"),
        ("network", "from cnncalc import load", "network may not import __init__"),
        ("analysis", "from rich.table import Table", "only writers may import rich, not analysis"),
        ("commands", "def f():\n    import rich", "only writers may import rich, not commands"),
        ("report", "from cnncalc.writers.markdown import escaped", "report may not import writers"),
        ("analysis", "from cnncalc.report import units", "analysis may not import report"),
        ("report", "from cnncalc.dims import prod", "report may not import dims"),
        ("sources", "from cnncalc.language import tree", "sources may not import language"),
        ("sources", "from cnncalc.network.limits import Limit", "sources may not import network"),
        ("sources", "import yaml", "only language may import yaml, not sources"),
        ("network", "from cnncalc.errors import SpecError", "network may not import errors"),
        (
            "writers",
            "from cnncalc.report.units import memory",
            "writers may import cnncalc.report.page alone",
        ),
        ("report", "from cnncalc.language.load import load", "report may not import language"),
        ("report", "if TYPE_CHECKING:\n    import typer", "only commands may import typer, not report"),
        ("language", "import cnncalc.commands.zoo as zoo", "language may not import commands"),
        ("layers", "import sympy as sp", "only numbers may import sympy, not layers"),
        ("analysis", "from cnncalc.numbers import symbolic", "numbers.symbolic is imported inside a function"),
        ("analysis", "import cnncalc.numbers.symbolic", "numbers.symbolic is imported inside a function"),
    ],
)
def test_the_fence_notices(part: str, text: str, breach: str) -> None:
    (said,) = breaches(part, imports(text, "there.py"))
    assert breach in said


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("writers", "def draw():\n    from rich.table import Table"),
        ("writers", "from cnncalc.report.page import Grid"),
        ("analysis", "def form():\n    from cnncalc.numbers import symbolic"),
        ("network", "from cnncalc.layers.base import Layer"),
        ("layers", "import math\nfrom msgspec import Meta\nfrom cnncalc.layers import base"),
    ],
)
def test_the_fence_lets_through_what_is_allowed(part: str, text: str) -> None:
    assert breaches(part, imports(text, "there.py")) == []


# ---------------------------------------------------------------------------------------- no test looks at the clock

TESTS = sorted(Path(__file__).parent.glob("*.py"))

CLOCKS = {"time", "timeit", "sched"}
"""Modules that tests do not import, save the times of processors."""

PROCESSORS = {"process_time", "process_time_ns", "thread_time", "thread_time_ns"}

RINGS = {"alarm", "SIGALRM", "ITIMER_REAL", "Timer", "sleep", "dump_traceback_later"}
"""What goes off, or comes back, when it is time."""


def clocks(text: str) -> list[str]:
    """Where a source text has the clock on the wall decide, which depends on what else the machine does."""
    said = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                found = [alias.name for alias in names if alias.name in CLOCKS]
            case ast.ImportFrom(module=module, names=names):
                found = [
                    alias.name
                    for alias in names
                    if alias.name in RINGS or (module in CLOCKS and alias.name not in PROCESSORS)
                ]
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in RINGS:
                found = [name]
            case ast.Call(func=ast.Attribute(attr="wait"), args=[_, *_]):
                found = ["wait"]
            case ast.keyword(arg="timeout" | "deadline" as name, value=value):
                found = [] if isinstance(value, ast.Constant) and value.value is None else [name]
            case _:
                found = []
        said += [f"line {node.lineno}: {name}" for name in found]
    return said


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_no_test_looks_at_the_clock(path: Path) -> None:
    """A busy machine is not a failure: see bounds.py for what is limited, and how."""
    assert clocks(path.read_text(encoding="utf-8")) == []


def test_hypothesis_does_not_look_at_the_clock_either() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import time", "time"),
        ("import time as clock", "time"),
        ("def f():\n    from time import process_time, perf_counter", "perf_counter"),
        ("from time import monotonic as now", "monotonic"),
        ("from timeit import default_timer", "default_timer"),
        ("signal.alarm(20)", "alarm"),
        ("from signal import SIGALRM", "SIGALRM"),
        ("signal.setitimer(signal.ITIMER_REAL, 20)", "ITIMER_REAL"),
        ("faulthandler.dump_traceback_later(20)", "dump_traceback_later"),
        ("threading.Timer(20, stop)", "Timer"),
        ("asyncio.sleep(20)", "sleep"),
        ("subprocess.run(command, timeout=60)", "timeout"),
        ("process.communicate(timeout=seconds)", "timeout"),
        ("process.wait(20)", "wait"),
        ("@settings(deadline=200)\ndef f(): pass", "deadline"),
    ],
)
def test_a_clock_is_noticed(text: str, name: str) -> None:
    (said,) = clocks(text)
    assert said.endswith(f": {name}")


@pytest.mark.parametrize(
    "text",
    [
        "from time import process_time",
        "signal.setitimer(signal.ITIMER_PROF, 20)",
        "@settings(deadline=None)\ndef f(): pass",
        "process.wait()",
        "time = 'sleep 100'",
    ],
)
def test_what_is_no_clock_is_let_through(text: str) -> None:
    assert clocks(text) == []
