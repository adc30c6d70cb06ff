"""Numbers as people read them."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.report import units

KIB, MIB, GIB = 2**10, 2**20, 2**30


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1000, "1,000"),
        (138_357_544, "138,357,544"),
        (10**15, "1,000,000,000,000,000"),
        (-1234, "-1,234"),
    ],
)
def test_grouped(value: int, text: str) -> None:
    assert units.grouped(value) == text


def test_grouped_symbols_are_closed_forms() -> None:
    totals = cnncalc.load("HxWxC: (conv3-C)*3").totals
    assert units.grouped(totals.weights) == "27·C²"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (KIB, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (588 * KIB, "588.0 KiB"),
        (MIB, "1.0 MiB"),
        (15_237_608 * 4, "58.1 MiB"),
        (138_357_544 * 4, "527.8 MiB"),
        (GIB, "1.0 GiB"),
        (3 * GIB // 2, "1.5 GiB"),
        (2**40, "1.0 TiB"),
        (2**50, "1.0 PiB"),
    ],
)
def test_memory(value: int, text: str) -> None:
    assert units.memory(value) == text


@pytest.mark.parametrize("unit", [MIB, GIB])
def test_memory_just_below_a_unit_does_not_show_1024(unit: int) -> None:
    assert not units.memory(unit - 1).startswith("1,024")
    assert not units.memory(unit - 1).startswith("1024")


def test_memory_of_a_symbol() -> None:
    network = cnncalc.load("HxWxC: conv3-C")
    assert units.memory(network.layers[0].activation_bytes) == "4·C·H·W B"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, ""),
        (0, "0 %"),
        (0.0, "0 %"),
        (0.0001, "<1 %"),
        (0.0099, "<1 %"),
        (0.01, "1 %"),
        (0.5, "50 %"),
        (0.6324, "63 %"),
        (0.994, "99 %"),
        (0.9951, ">99 %"),
        (0.99999, ">99 %"),
        (1, "100 %"),
        (1.0, "100 %"),
    ],
)
def test_percent(share: float | None, text: str) -> None:
    assert units.percent(share) == text


@pytest.mark.parametrize(
    ("extents", "text"),
    [((224, 224, 3), "224×224×3"), ((16000, 1), "16000×1"), ((10,), "10"), ((16, 112, 112, 3), "16×112×112×3")],
)
def test_volume(extents: tuple[int, ...], text: str) -> None:
    assert units.volume(extents) == text


def test_volume_of_symbols() -> None:
    assert units.volume(cnncalc.load("HxWx3: conv3-4").layers[0].output) == "H×W×4"


def test_a_sum_or_product_in_a_volume_stands_in_brackets() -> None:
    assert units.volume(cnncalc.load("HxWxC: conv3-2*C").layers[0].output) == "H×W×(2·C)"


def test_a_call_in_a_volume_needs_no_brackets() -> None:
    assert units.volume(cnncalc.load("HxWx4: maxpool2").layers[0].output) == "floor(H/2)×floor(W/2)×4"


@pytest.mark.parametrize(("count", "text"), [(1, "one"), (4, "four"), (12, "twelve"), (13, "13"), (1234, "1,234")])
def test_counted(count: int, text: str) -> None:
    assert units.counted(count) == text
