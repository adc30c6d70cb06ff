"""Networks written in the spec language from their frameworks' code (`data/written/`), beside those of the zoo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import cnncalc

DATA = Path(__file__).parent / "data"
TRUTH: dict[str, dict[str, Any]] = json.loads((DATA / "written.json").read_text(encoding="utf-8"))["networks"]
SPECS = {path.stem: path for path in sorted((DATA / "written").glob("*.yaml"))}


def test_each_spec_has_its_figures() -> None:
    assert SPECS.keys() == TRUTH.keys()
    assert len(SPECS) == 19


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
