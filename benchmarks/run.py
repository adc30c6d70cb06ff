"""Print how fast cnncalc is, as ratios within this one run: `python benchmarks/run.py`."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import measured
from measured import CHECKED, SIZES, Process


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=20, help="how often each process is started, in turns")
    runs: int = options.parse_args().runs
    processes(runs)
    checks(max(3, runs // 4))
    in_process()
    growth()


def processes(runs: int) -> None:
    """Whole processes, started in turns so that what else the machine does falls on all alike."""
    kinds = {
        "python -c pass": measured.interpreter,
        "ten-line typer script, rich table": measured.plain_table,
        "cnncalc summarize vgg16.yaml": measured.summarize,
    }
    for start in kinds.values():
        start()  # files are cached from here on
    found: dict[str, list[Process]] = {name: [] for name in kinds}
    for _ in range(runs):
        for name, start in kinds.items():
            found[name].append(start())
    print(f"Whole processes, median of {runs}, in turns")
    for name, taken in found.items():
        wall, memory = statistics.median(p.seconds for p in taken), statistics.median(p.mebibytes for p in taken)
        print(f"  {name:<36} {1000 * wall:7.0f} ms  {memory:6.1f} MiB")
    _, table, command = found.values()
    time_ratio = statistics.median(p.seconds for p in command) / statistics.median(p.seconds for p in table)
    memory_ratio = statistics.median(p.mebibytes for p in command) / statistics.median(p.mebibytes for p in table)
    print(f"  command / script: {time_ratio:.2f} × the time, {memory_ratio:.2f} × the memory")


def checks(runs: int) -> None:
    """Many specs held to budgets in one process, against reading them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = measured.many(folder)
        taken = [(measured.load(paths).seconds, measured.check(folder).seconds) for _ in range(runs + 1)][1:]
    loading, checking = (statistics.median(times) for times in zip(*taken, strict=True))
    ratio = statistics.median(check / load for load, check in taken)
    print(f"{CHECKED} specs, the built-in ones again and again, median of {runs}, in turns")
    print(f"  cnncalc.load of each, one process    {loading:7.2f} s")
    print(f"  cnncalc check, one process           {checking:7.2f} s, {1000 * checking / CHECKED:.1f} ms a spec")
    print(f"  check / load: {ratio:.2f} × the time")


def in_process() -> None:
    """ResNet-152 from YAML to totals."""
    whole, parsing = measured.seconds(measured.resnet152), measured.seconds(measured.resnet152_yaml)
    print("ResNet-152, YAML to totals in one process")
    print(f"  {1000 * whole:.1f} ms, {whole / parsing:.1f} × reading its YAML alone ({1000 * parsing:.1f} ms)")


def growth() -> None:
    """Time per layer as networks grow."""
    for title, spec in (("the same layers again and again", measured.repeated), ("no two alike", measured.growing)):
        print(f"Networks of {', '.join(f'{size:,}' for size in SIZES)} layers, {title}")
        first = 0.0
        for size in SIZES:
            text = spec(size)
            each = measured.seconds(lambda text=text, size=size: measured.totals(text, size), least=3) / size
            first = first or each
            print(f"  {size:>7,}  {1e6 * each:6.1f} µs a layer, {each / first:.2f} × linear")


if __name__ == "__main__":
    main()
