"""What drives what: the table of `scale`, against what the doubled networks come to by visible arithmetic."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from itertools import pairwise
from math import log2
from typing import Any

import golden
import pytest

import cnncalc

Run = Callable[..., golden.Outcome]
Rows = dict[str, dict[str, Any]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str, stdin: str = "") -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, stdin)

    return ran


@pytest.fixture
def scaled(run: Run) -> Callable[..., Rows]:
    """The rows of the table by what is doubled."""

    def of(spec: str, *options: str) -> Rows:
        inline = spec.startswith("{")
        outcome = run("scale", "-" if inline else spec, *options, "--format", "json", stdin=spec)
        assert outcome.exit == 0, outcome.stderr
        return {row["doubled"]: row for row in rows_of(json.loads(outcome.stdout))}

    return of


def rows_of(found: Any) -> list[dict[str, Any]]:
    """The records of a listing, whatever it wraps them in."""
    if isinstance(found, list):
        return found
    (rows,) = (value for value in found.values() if isinstance(value, list))
    return rows


# VGG-16 written out: depths of the maps, sides at which each convolution runs, and its dense layers.
DEPTHS = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
SIDES = [224, 224, 112, 112, 56, 56, 56, 28, 28, 28, 14, 14, 14]
POOLED = [(112, 64), (56, 128), (28, 256), (14, 512), (7, 512)]


def vgg16(width: int = 1, resolution: int = 1, again: int = 0) -> dict[str, int]:
    """Weights, multiply-adds and activations of VGG-16 with all filters and units but the classes' multiplied, on a
    larger input, or with each convolution that keeps its depth, and the second dense layer, once more."""
    depths = [3, *(depth * width for depth in DEPTHS[1:])]
    sides = [side * resolution for side in SIDES]
    weights = macs = 0
    activations = (224 * resolution) ** 2 * 3
    for (given, filters), side in zip(pairwise(depths), sides, strict=True):
        times = 1 + (again if given == filters else 0)
        weights += times * 9 * given * filters
        macs += times * 9 * given * filters * side * side
        activations += times * side * side * filters
    activations += sum((side * resolution) ** 2 * depth * width for side, depth in POOLED)
    units = [(7 * resolution) ** 2 * 512 * width, 4096 * width, 4096 * width, 1000]
    for given, filters in pairwise(units):
        times = 1 + (again if given == filters else 0)
        weights, macs = weights + times * given * filters, macs + times * given * filters
        activations += times * filters
    return {"weights": weights, "macs": macs, "activations": activations}


def test_the_arithmetic_is_that_of_vgg16() -> None:
    totals = cnncalc.load("vgg16").totals
    assert vgg16() == {metric: getattr(totals, metric) for metric in ("weights", "macs", "activations")}
    assert vgg16()["weights"] == 138_344_128


@pytest.mark.parametrize(
    ("doubled", "how"), [("width", {"width": 2}), ("resolution", {"resolution": 2}), ("depth", {"again": 1})]
)
def test_vgg16_doubled_by_visible_arithmetic(doubled: str, how: dict[str, int], scaled: Callable[..., Rows]) -> None:
    before, after, row = vgg16(), vgg16(**how), scaled("vgg16")[doubled]
    for metric, value in after.items():
        assert row[metric] == pytest.approx(value / before[metric], rel=1e-12)
        assert row[f"{metric}_exponent"] == pytest.approx(log2(value / before[metric]), rel=1e-9)


def test_width_costs_the_square_but_at_both_ends() -> None:
    """Of the convolutions all but the first cost 4 times as much, that one twice; and the classes' layer twice."""
    before, after = vgg16(), vgg16(width=2)
    first, last = 9 * 3 * 64, 4096 * 1000
    assert after["weights"] == 4 * before["weights"] - 2 * first - 2 * last


@pytest.mark.parametrize("name", ["googlenet", "resnet50", "densenet121", "mobilenet_v1", "nin_cifar10", "resnet18"])
def test_resolution_costs_multiply_adds_and_no_weights(name: str, scaled: Callable[..., Rows]) -> None:
    """Where global pooling stands before the classes, twice the sides is 4 times the work, but for that layer's."""
    row, network = scaled(name)["resolution"], cnncalc.load(name)
    assert row["weights"] == 1
    assert row["weights_exponent"] == 0
    dense = sum(node.macs for node in network.layers if node.type == "dense")
    assert row["macs"] == pytest.approx((4 * (network.totals.macs - dense) + dense) / network.totals.macs)
    assert 1.98 < row["macs_exponent"] <= 2


@pytest.mark.parametrize("name", ["googlenet", "resnet50", "densenet121", "vgg16", "unet", "lenet5"])
def test_width_costs_about_the_square(name: str, scaled: Callable[..., Rows]) -> None:
    row = scaled(name)["width"]
    assert 1.85 < row["weights_exponent"] <= 2
    assert 0.9 < row["activations_exponent"] <= 1


def test_depthwise_convolutions_grow_with_the_width_only(scaled: Callable[..., Rows]) -> None:
    """The depthwise 3·3·D doubles; the 1×1 after it, D·16, does so too, for the output's depth is kept."""
    row = scaled("{input: 8x8x3, layers: [conv1-8, {depthwise_conv: 1, kernel: 3}, conv1-16]}")["width"]
    assert row["weights"] == pytest.approx((3 * 16 + 9 * 16 + 16 * 16) / (3 * 8 + 9 * 8 + 8 * 16)) == 2


def test_the_outputs_keep_their_depth(scaled: Callable[..., Rows]) -> None:
    row = scaled("8x8x3: conv3-8 conv3-8 fc-10")["width"]
    assert row["weights"] == pytest.approx((27 * 16 + 9 * 16 * 16 + 64 * 16 * 10) / (27 * 8 + 9 * 8 * 8 + 64 * 8 * 10))
    assert row["done"] == "filters of 2 layers doubled"


def test_depth_writes_what_keeps_its_volume_again(scaled: Callable[..., Rows]) -> None:
    row = scaled("8x8x8: conv3-8 conv3-8 maxpool2 conv3-16")["depth"]
    assert row["weights"] == pytest.approx((4 * 9 * 64 + 9 * 8 * 16) / (2 * 9 * 64 + 9 * 8 * 16))
    assert row["done"] == "2 shape-preserving layers repeated"


@pytest.mark.parametrize(
    ("spec", "doubled", "reason"),
    [
        # 1,144 is 8 more than a multiple of 16 where 572 is 12 more: the halves do not fit any more
        ("unet", "resolution", "concat takes volumes of equal sides"),
        ("8x8x3: conv3-8 conv3-16", "depth", "no layer keeps its shape"),
        ("{input: 8x8x4, layers: [conv3-4, {reshape: 4x4x16}, conv3-4]}", "resolution", "would hold"),
        ("{input: 8x8x4, layers: [{residual: [conv3-4]}, conv3-9]}", "width", "add takes equal volumes"),
    ],
)
def test_a_way_that_can_not_be_is_said_with_the_reason(
    spec: str, doubled: str, reason: str, scaled: Callable[..., Rows]
) -> None:
    row = scaled(spec)[doubled]
    assert reason in row["done"]
    for metric in ("weights", "macs", "activations"):
        assert row[metric] is None
        assert row[f"{metric}_exponent"] is None


def test_a_network_without_weights_has_no_growth_of_them(scaled: Callable[..., Rows]) -> None:
    row = scaled("8x8x3: maxpool2 relu")["resolution"]
    assert (row["weights"], row["macs"], row["activations"]) == (None, None, 4)


def test_the_table(run: Run) -> None:
    lines = run("scale", "vgg16").stdout.splitlines()
    assert lines[0].split("  ")[0] == "Doubled"
    rows = {line.split()[0]: line.split() for line in lines[2:]}
    before, width, larger = vgg16(), vgg16(width=2), vgg16(resolution=2)
    assert rows["width"][1:5] == [
        f"{width['weights'] / before['weights']:.2f}x",
        f"{log2(width['weights'] / before['weights']):.2f}",
        f"{width['macs'] / before['macs']:.2f}x",
        f"{log2(width['macs'] / before['macs']):.2f}",
    ]
    assert rows["resolution"][1] == f"{larger['weights'] / before['weights']:.2f}x"  # the first dense layer's
    assert "filters of 15 layers doubled" in run("scale", "vgg16").stdout


def test_what_can_not_be_is_a_dash_in_the_table(run: Run) -> None:
    line = next(line for line in run("scale", "unet").stdout.splitlines() if line.startswith("resolution"))
    assert line.split()[1:4] == ["-", "-", "-"]


def test_other_formats(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("scale", "vgg16", "--format", "csv").stdout)))
    assert len(rows) == 3
    assert run("scale", "vgg16", "--format", "markdown").stdout.count("\n|") >= 4


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["HxWx3: conv3-8"], "this spec has symbols"),
        (["8x8x3: conv3-k"], "this spec has symbols"),
        (["nope"], "no built-in spec called nope"),
        (["vgg16", "--format", "html"], "--format takes"),
        (["vgg16", "--set", "nope=1"], "no parameter `nope`"),
    ],
)
def test_a_wrong_request(arguments: list[str], text: str, run: Run) -> None:
    outcome = run("scale", *arguments)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert text in outcome.stderr


def test_a_setting_is_kept(scaled: Callable[..., Rows]) -> None:
    assert (
        scaled("mobilenet_v1", "--set", "width=0.5")["width"]["weights"] != scaled("mobilenet_v1")["width"]["weights"]
    )
