"""Every single layer that PyTorch and Keras were run on: what they gave, exactly, and refused where they refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import cnncalc

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "primitives.json").read_text())["cases"]
COUNTED = [case for case in CASES if "expect" in case]
REFUSED = [case for case in CASES if case.get("error")]


def test_every_case_is_run() -> None:
    assert len(COUNTED) + len(REFUSED) == len(CASES) == 991


@pytest.mark.parametrize("case", COUNTED, ids=lambda case: case["id"])
def test_counts_what_the_framework_gave(case: dict[str, Any]) -> None:
    network = cnncalc.load(case["spec"])
    totals = network.totals
    assert {
        "output": list(network.layers[-1].output),
        "weights": totals.weights,
        "biases": totals.biases,
        "macs": totals.macs,
    } == case["expect"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["id"])
def test_refuses_what_the_framework_refused(case: dict[str, Any]) -> None:
    with pytest.raises(cnncalc.SpecError):
        cnncalc.load(case["spec"])
