"""Threads that load side by side do not get each other's numbers, assumptions or filters of warnings."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from threading import Barrier
from typing import Any, TypeVar

import pytest

import cnncalc
from cnncalc.language.expressions import evaluate

T = TypeVar("T")
THREADS = 4


@pytest.fixture(autouse=True)
def _hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def side_by_side(work: Callable[[int], T]) -> list[T]:
    """What the work gives on 0, 1, 2 and 3, each in a thread, all of them started together."""
    barrier = Barrier(THREADS)

    def started(thread: int) -> T:
        barrier.wait()
        return work(thread)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(started, range(THREADS)))


def test_every_load_has_its_own_filters() -> None:
    layers, loads = 300, 6
    spec = {
        "input": "8x8x3",
        "parameters": {"width": 1},
        "layers": [{"conv": f"max(width, width, width) + {more}", "kernel": 1} for more in range(layers)],
    }

    def filters(thread: int) -> list[list[Any]]:
        networks = [cnncalc.load(spec, set={"width": 1000 * (thread + 1)}) for _ in range(loads)]
        return [[node.output.channels for node in network.layers] for network in networks]

    assert side_by_side(filters) == [
        [[1000 * (thread + 1) + more for more in range(layers)]] * loads for thread in range(THREADS)
    ]


def test_every_network_has_its_own_assumptions() -> None:
    """Layers of one kernel, each of which takes kernel - 1 off a side: the last one must still fit."""
    layers, loads = 4, 3

    def assumptions(thread: int) -> list[tuple[str, ...]]:
        spec = {"input": "HxWx3", "layers": [{"conv": 8, "kernel": thread + 2}] * layers}
        return [cnncalc.load(spec).assumptions for _ in range(loads)]

    least = [layers * (thread + 1) + 1 for thread in range(THREADS)]
    assert side_by_side(assumptions) == [[(f"H >= {side}", f"W >= {side}")] * loads for side in least]


def test_an_evaluation_amid_another_leaves_it_its_names() -> None:
    class Interrupted(dict[str, int]):
        def __getitem__(self, name: str) -> int:
            assert evaluate("width", {"width": 5}) == 5
            return super().__getitem__(name)

    assert evaluate("width + width", Interrupted(width=1)) == 1 + 1


def test_the_filters_of_warnings_stay_as_they_are() -> None:
    """Python has advice on `1if`, which is kept from the reader of a spec by filters that all threads share."""
    before, numbers = list(warnings.filters), count()

    def values(thread: int) -> bool:
        return all(evaluate(f"{number}if width else 0", {"width": 1}) == number for number in islice(numbers, 20))

    for _ in range(20):
        assert side_by_side(values) == [True] * THREADS
        assert list(warnings.filters) == before
