"""What is measured, as plain functions: `run.py` prints ratios, `test_speed.py` hands them to pytest-benchmark."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import yaml

import cnncalc

HERE = Path(__file__).parent
CONFIGS = HERE.parent / "configs"
VGG16 = CONFIGS / "vgg16.yaml"
RESNET152 = (CONFIGS / "resnet152.yaml", CONFIGS / "resnet50.yaml")  # the spec, and what it extends
SIZES = (100, 1_000, 10_000, 100_000)
CHECKED = 200  # how many specs one check is of


class Process(NamedTuple):
    """What a whole process took: seconds on the clock, and at most so many MiB of memory."""

    seconds: float
    mebibytes: float


def process(*arguments: str) -> Process:
    """Run an interpreter on these arguments, its output thrown away, and wait for it."""
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    start = time.perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, *arguments], os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status:
        raise RuntimeError(f"{arguments} left with {os.waitstatus_to_exitcode(status)}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Process(seconds, usage.ru_maxrss / unit)


def summarize() -> Process:
    """The whole command, as the console script runs it."""
    return process("-c", "from cnncalc.commands import main; raise SystemExit(main())", "summarize", str(VGG16))


def plain_table() -> Process:
    """The yardstick, with a row for every row that the command prints."""
    rows = len(cnncalc.load(VGG16).layers) + 2  # the input and the totals
    return process(str(HERE / "plain_table.py"), "--rows", str(rows))


def interpreter() -> Process:
    """Python, started for nothing."""
    return process("-c", "pass")


def resnet152() -> object:
    """From YAML to totals in this process."""
    return cnncalc.load(RESNET152[0]).totals


def resnet152_yaml() -> list[object]:
    """Its YAML read by PyYAML's fast loader, and nothing done with it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [yaml.load(path.read_text(encoding="utf-8"), Loader=loader) for path in RESNET152]


def repeated(layers: int) -> str:
    """A spec of that many layers."""
    return f"input: 64x64x16\nlayers:\n- repeat: {layers // 2}\n  layers: [conv3-16, relu]\n"


def growing(layers: int) -> str:
    """The same, every convolution of another width, so that no layer is counted for another."""
    return (
        f"input: 64x64x16\nlayers:\n- repeat: {layers // 2}\n"
        "  layers: [{conv: index + 1, kernel: 3, padding: half}, relu]\n"
    )


def totals(spec: str, layers: int) -> None:
    """From YAML to totals, checked to be as many layers."""
    found = cnncalc.load(spec).totals
    if found.layers != layers:
        raise RuntimeError(f"{found.layers} layers instead of {layers}")


def many(folder: Path, count: int = CHECKED) -> list[str]:
    """As many specs in a folder: the built-in ones, each with a number, again and again; and a budget for all."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(CONFIGS.glob("*.yaml"))}
    paths = []
    for number, stem in zip(range(count), cycle(texts), strict=False):
        path = folder / f"{stem}_{number}.yaml"
        path.write_text(texts[stem], encoding="utf-8")
        paths.append(str(path))
    (folder / "budgets.yaml").write_text("- {spec: '*_*.yaml', params: 10G, macs: 1T, layers: {'*': {macs: 1T}}}\n")
    return paths


def check(folder: Path) -> Process:
    """The specs of a folder held to their budgets, in one process."""
    command = "from cnncalc.commands import main; raise SystemExit(main())"
    return process("-c", command, "check", "--quiet", "--budgets", str(folder / "budgets.yaml"))


def load(paths: Sequence[str]) -> Process:
    """The same specs read and counted in one process, and nothing else done with them."""
    return process("-c", "import sys, cnncalc; [cnncalc.load(path).totals for path in sys.argv[1:]]", *paths)


def seconds(function: Callable[[], object], least: int = 5, budget: float = 1.5) -> float:
    """The median time of a call: at least so many calls, and more while there is time."""
    function()
    times: list[float] = []
    while len(times) < least or (sum(times) < budget and len(times) < 200):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
