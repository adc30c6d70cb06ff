"""Networks written in the spec language from their frameworks' code (`data/written/`), beside those of the zoo."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import cnncalc

DATA = Path(__file__).parent / "data"
FOUND = json.loads((DATA / "written.json").read_text(encoding="utf-8"))
TRUTH: dict[str, dict[str, Any]] = FOUND["networks"]
RELATIVES: dict[str, dict[str, Any]] = FOUND["relatives"]
SPECS = {path.stem: path for path in sorted((DATA / "written").glob("*.yaml"))}


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


def test_each_spec_has_its_figures() -> None:
    assert SPECS.keys() == TRUTH.keys()
    assert len(SPECS) == 35


@pytest.mark.parametrize("name", SPECS)
def test_totals_are_those_of_the_framework(name: str) -> None:
    network = cnncalc.load(SPECS[name])
    found = {"input": list(network.inputs["input"]), "params": network.totals.params, "macs": network.totals.macs}
    assert found | {"from": TRUTH[name]["from"]} == TRUTH[name]


def test_one_connection_less_is_seen() -> None:
    """Where the second half of DLA-60's largest tree does not hear of the first, 512 channels go into its root less."""
    spec = SPECS["dla60"].read_text(encoding="utf-8")
    deaf = spec.replace("from: [left, left, rest.*, left]", "from: [left, left, rest.*]")
    assert TRUTH["dla60"]["params"] - cnncalc.load(deaf).totals.params == 512 * 512


@pytest.mark.parametrize(
    ("name", "values", "layers"),
    [
        (
            "res2net50_26w_4s",
            {"convolution": 12_607_504, "native_batch_norm": 12_607_504, "max_pool2d_with_indices": 200_704,
             "avg_pool2d": 152_880, "cat": 2_242_240, "add": 815_360, "add_": 5_519_360, "mean": 2048, "addmm": 1000},
            {"conv": 85, "concat": 16, "add": 24 + 16, "avgpool": 4},
        ),
        (
            "vovnet39a",
            {"convolution": 6_732_992, "native_batch_norm": 6_732_992, "max_pool2d_with_indices": 338_688,
             "cat": 4_061_120, "mean": 1024, "addmm": 1000},
            {"conv": 39, "concat": 6, "maxpool": 3},
        ),
    ],
)  # fmt: skip
def test_activations_are_the_tensors_of_the_framework(
    name: str, values: dict[str, int], layers: dict[str, int]
) -> None:
    """timm on one image under a TorchDispatchMode: how many values each operation of ATen wrote, and how many ran.

    Counted is what has a tensor of its own, and `add_`, which writes a sum over the norm's output. Not counted are the
    relus, which are in place, and `split` and `view`, which give views.
    """
    network = cnncalc.load(name)
    assert network.totals.activations == 224 * 224 * 3 + sum(values.values())
    assert layers == {kind: sum(layer.type == kind for layer in network.layers) for kind in layers}


def test_deeplab_with_its_auxiliary_classifier() -> None:
    """From the maps of stage 4 and to every class; a convolution, its norm, and one with biases."""
    plain, both = cnncalc.load("deeplabv3_resnet50"), cnncalc.load("deeplabv3_resnet50", set={"auxiliary": True})
    assert both.totals.params - plain.totals.params == 9 * 1024 * 256 + 2 * 256 + 256 * 21 + 21
    assert [list(layer.output) for layer in both.layers if layer.name in both.outputs] == [[520, 520, 21]] * 2
    assert plain.outputs == ("out1",)


@pytest.mark.parametrize("side", [385, 512, 521])
@pytest.mark.parametrize("name", ["deeplabv3_resnet50", "lraspp_mobilenet_v3_large"])
def test_segmentation_gives_a_class_a_pixel_at_any_size(name: str, side: int) -> None:
    network = cnncalc.load(name, set={"input": f"{side}x{side}x3"})
    assert [list(layer.output) for layer in network.layers if layer.name in network.outputs] == [[side, side, 21]]


def test_the_levels_of_a_pyramid() -> None:
    network = cnncalc.load("fpn_resnet50", set={"input": "801x801x3"})
    sides = {layer.name: layer.output.sides for layer in network.layers if layer.name in network.outputs}
    assert sides == {"p2": (201, 201), "p3": (101, 101), "p4": (51, 51), "p5": (26, 26), "p6": (13, 13)}


def test_only_one_is_warned_of() -> None:
    """The gate of GhostNetV2 pools 7x7 by 2, and loses a row and a column: (7 - 2)/2 + 1 = 3.5."""
    assert [name for name in SPECS if load(name).warnings] == ["ghostnetv2_100"]


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
