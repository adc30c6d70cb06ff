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


def test_activations_of_res2net_are_the_tensors_of_the_framework() -> None:
    """timm's res2net50_26w_4s on one image, every operation seen by a TorchDispatchMode, by what it is.

    Counted is what an operation writes that has a tensor of its own, and `+=`, which writes a sum over the norm's. Not
    counted are the relus, which are in place, and `split`, which gives views.
    """
    image = 224 * 224 * 3
    convolutions, norms = 12_607_504, 12_607_504
    maximum, averages, mean = 200_704, 152_880, 2048
    concatenated, summed, summed_in_place, classes = 2_242_240, 815_360, 5_519_360, 1000
    layers = convolutions + norms + maximum + averages + mean + concatenated + summed + summed_in_place + classes
    network = cnncalc.load("res2net50_26w_4s")
    assert network.totals.activations == image + layers
    of = {kind: [layer for layer in network.layers if layer.type == kind] for kind in ("concat", "add", "slice")}
    assert (len(of["concat"]), len(of["add"]), len(of["slice"])) == (16, 24 + 16, 16 * 4)


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
