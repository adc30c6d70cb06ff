"""The same measurements under pytest-benchmark: `pytest benchmarks` (extra `bench`). No time is ever asserted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import measured
import pytest


@pytest.mark.benchmark(group="process")
@pytest.mark.parametrize(
    "start", [measured.interpreter, measured.plain_table, measured.summarize], ids=lambda f: f.__name__
)
def test_process(benchmark: Any, start: Any) -> None:
    benchmark.pedantic(start, rounds=10, warmup_rounds=1)


@pytest.mark.benchmark(group="check")
@pytest.mark.parametrize("kind", ["load", "check"])
def test_check(benchmark: Any, kind: str, tmp_path: Path) -> None:
    paths = measured.many(tmp_path)
    run, given = (measured.load, paths) if kind == "load" else (measured.check, tmp_path)
    benchmark.pedantic(run, args=(given,), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="resnet152")
@pytest.mark.parametrize("function", [measured.resnet152_yaml, measured.resnet152], ids=lambda f: f.__name__)
def test_resnet152(benchmark: Any, function: Any) -> None:
    benchmark(function)


@pytest.mark.benchmark(group="growth")
@pytest.mark.parametrize("size", measured.SIZES)
@pytest.mark.parametrize("spec", [measured.repeated, measured.growing], ids=lambda f: f.__name__)
def test_growth(benchmark: Any, spec: Any, size: int) -> None:
    benchmark.pedantic(measured.totals, args=(spec(size), size), rounds=3, warmup_rounds=1)
