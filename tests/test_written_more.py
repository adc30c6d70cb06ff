"""Networks of timm written in the language, each in a few lines, against what timm itself gives (`data/written2.json`).

`data/written` has specs that are not built in: they show what the language says, and how long that takes.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import cnncalc

DATA = Path(__file__).parent / "data"
FOUND = json.loads((DATA / "written2.json").read_text(encoding="utf-8"))
WRITTEN: dict[str, dict[str, Any]] = FOUND["written"]
RELATIVES: dict[str, dict[str, Any]] = FOUND["relatives"]

OPERATIONS = {
    "conv": "convolution",
    "depthwise_conv": "convolution",
    "batchnorm": "native_batch_norm",
    "concat": "cat",
    "add": "add",
    "multiply": "mul",
    "scale": "mul",
    "global_avgpool": "mean",
    "avgpool": "avg_pool2d",
    "dense": "addmm",
}
"""What PyTorch calls the operation that makes the output of a layer."""

IN_PLACE = {"relu", "silu", "gelu", "sigmoid"}
"""Activations, which cnncalc counts as in place wherever they stand."""

PADDING = {"constant_pad_nd"}
"""The `same` padding of a convolution, which timm lays out in memory first."""

SKIPINIT = {"nfnet_f1": 2 * 56 * 56 * 256 + 4 * 28 * 28 * 512 + 12 * 14 * 14 * 1536 + 6 * 7 * 7 * 1536}
"""Values of its residuals, a trained factor each: timm multiplies in place, and here every factor is a volume."""


def load(name: str, **parameters: Any) -> cnncalc.Network:
    path = DATA / "written" / f"{name}.yaml"
    return cnncalc.load(path if path.exists() else name, set=parameters)


def test_specs_are_short() -> None:
    assert len(WRITTEN) >= 16
    for name in WRITTEN:
        assert len((DATA / "written" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()) <= 62


def test_only_one_is_warned_of() -> None:
    """The gate of GhostNetV2 pools 7x7 by 2, and loses a row and a column: (7 - 2)/2 + 1 = 3.5."""
    assert [name for name in WRITTEN if load(name).warnings] == ["ghostnetv2_100"]


@pytest.mark.parametrize("name", WRITTEN)
def test_totals_are_those_of_timm(name: str) -> None:
    totals = load(name).totals
    assert (totals.params, totals.macs) == (WRITTEN[name]["params"], WRITTEN[name]["macs"])


@pytest.mark.parametrize("name", RELATIVES)
def test_totals_of_a_relative_are_those_of_timm(name: str) -> None:
    """Its parameters are what tells it from the spec: nothing of a spec fits one network alone."""
    relative = RELATIVES[name]
    totals = load(relative["spec"], **relative["set"]).totals
    assert (totals.params, totals.macs) == (relative["params"], relative["macs"])


@pytest.mark.parametrize("name", FOUND["tensors"])
def test_activations_are_the_tensors_that_timm_makes(name: str) -> None:
    """Operation by operation: nothing is made that is not there, and nothing is missing but what works in place."""
    network = load(name)
    found: Counter[str] = Counter()
    for layer in network.layers:
        if layer.activations and layer.fields.get("factors") != 1:
            found[OPERATIONS[layer.type]] += layer.activations
    made = {key: value for key, value in FOUND["tensors"][name]["made"].items() if key not in IN_PLACE | PADDING}
    assert found == made
    assert network.totals.activations - 224 * 224 * 3 - sum(made.values()) == SKIPINIT.get(name, 0)


def test_the_parts_of_a_mixed_convolution_are_joined_once() -> None:
    """By rows of MixNet-S: the blocks with several kernels, and those with 1x1 in parts before and behind them."""
    joins = [layer.name for layer in load("mixnet_s").layers if layer.type == "concat"]
    assert sum("mixed" in name for name in joins) == 1 + 3 + 1 + 2 + 1 + 2 + 1 + 2
    assert sum("pointwise" in name for name in joins) == 2 + 2 + 3 * 2 + 1 + 2 * 1 + 2 + 2 * 2 + 2 * 1
