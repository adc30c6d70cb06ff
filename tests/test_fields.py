"""Receptive fields behind upsampling, through views, at heads and gates: figures by hand, and as printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import golden
import pytest

import cnncalc
from cnncalc.reach import MOST_WAYS

Run = Callable[..., golden.Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNNCALC_TRACEBACK", "1")

    def ran(*arguments: str, stdin: str = "") -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, stdin)

    return ran


def field(spec: str, **set: Any) -> tuple[Any, Any, Any]:
    """Of the output that sees most, of the one that sees least, and the bound."""
    totals = cnncalc.load(spec, set=set).totals
    return totals.receptive_field, totals.receptive_field_smallest, totals.receptive_field_bound


def ungated(spec: str) -> Any:
    return cnncalc.summarize(spec).to_dict()["totals"]["receptive_field_ungated"]


# -------------------------------------------------------------------------------------------------- behind upsampling

RESNET20 = """
input: 32x32x3
defaults: {conv: {padding: half, bias: false}}
blocks:
  basic:
    parameters: {filters: , stride: 1, more: filters/4}
    layers:
      - residual:
          - {conv: filters, kernel: 3, stride: stride}
          - conv3-filters
        shortcut:
          - when: stride != 1
            layers:
              - {maxpool: 1, stride: stride}
              - {permute: [2, 0, 1]}
              - {pad: [[more, more], [0, 0]]}
              - {permute: [1, 2, 0]}
      - relu
layers:
  - conv3-16
  - {basic: 16, repeat: 3}
  - {basic: 32, stride: 2}
  - {basic: 32, repeat: 2}
  - {basic: 64, stride: 2}
  - {basic: 64, repeat: 2}
  - global_avgpool
  - fc-10
"""

SEVEN = {
    "upsampled and strided": ("{input: 8x1, layers: [{upsample: 2}, {conv: 1, kernel: 2, stride: 2}]}", 1, 1),
    "transposed and strided": (
        "{input: 40x1, layers: [{conv_transpose: 1, kernel: 4, stride: 2}, {conv: 1, kernel: 2, stride: 4}]}",
        2,
        2,
    ),
    "a wide kernel behind it": ("{input: 40x1, layers: [{upsample: 4}, {conv: 1, kernel: 7, stride: 4}]}", 2, 2),
    "a network for waveforms": (
        "{input: 16000x1, layers: [{upsample: 4}, {conv: 64, kernel: 8, stride: 4, repeat: 5}]}",
        597,
        597,
    ),
    "two transposed ones": (
        "{input: 60x1, layers: [{conv: 1, kernel: 3, stride: 3}, {conv_transpose: 1, kernel: 5, stride: 4, padding: 1},"
        " {conv: 1, kernel: 7}, {conv_transpose: 1, kernel: 4, stride: 3}]}",
        9,
        6,
    ),
    "through a view": (
        "{input: 9x9x4, layers: [{conv: 4, kernel: 5}, flatten, prelu, {reshape: 5x5x4}, {conv: 4, kernel: 3}]}",
        7,
        7,
    ),
    # the stem; three blocks at a jump of 1; a stage's first convolution at the jump before it, five at twice that
    "shortcuts that pad channels": (RESNET20, 1 + 2 + 6 * 2 + 2 + 5 * 2 * 2 + 2 * 2 + 5 * 2 * 4, 81),
}


@pytest.mark.parametrize(("spec", "most", "least"), SEVEN.values(), ids=SEVEN)
def test_fields_that_were_wrong(spec: str, most: int, least: int) -> None:
    """Every figure is that of a walk back from each output; 597 is that of facebookresearch/denoiser issue 82."""
    found, smallest, bound = field(spec)
    assert set(found) == {most}
    assert set(smallest) == {least}
    assert bound is None


def test_the_smallest_counts_against_a_minimum_and_the_largest_against_a_maximum(run: Run) -> None:
    spec = SEVEN["two transposed ones"][0]
    for option, bound, exit_ in (
        *(("--min", 6, 0), ("--min", 7, 1), ("--max", 9, 0), ("--max", 8, 1)),
        *(("--equals", 9, 1), ("--equals", 6, 1)),
    ):
        assert run("check", "-", option, f"receptive_field={bound}", stdin=spec).exit == exit_, (option, bound)
    assert run("check", "-", "--equals", "receptive_field=1", stdin=SEVEN["upsampled and strided"][0]).exit == 0


@pytest.mark.parametrize(
    ("name", "most", "least"),
    [
        ("U-Net", (204, 204), (188, 188)),
        ("V-Net", (548,) * 3, (532,) * 3),
        ("3-D U-Net", (100,) * 3, (92,) * 3),
    ],
)
def test_networks_that_segment(name: str, most: tuple[int, ...], least: tuple[int, ...]) -> None:
    assert field(NETWORKS[name]) == (most, least, None)


V_NET = """
input: 128x128x64x1
defaults: {conv: {kernel: 5, padding: half}}
blocks:
  stage:
    parameters: {width: , depth: }
    layers:
      - residual: [{conv: width, repeat: depth}]
        shortcut: [{conv: width, kernel: 1}]
layers:
  - {stage: 16, depth: 1, name: left1}
  - {conv: 32, kernel: 2, stride: 2, padding: 0}
  - {stage: 32, depth: 2, name: left2}
  - {conv: 64, kernel: 2, stride: 2, padding: 0}
  - {stage: 64, depth: 3, name: left3}
  - {conv: 128, kernel: 2, stride: 2, padding: 0}
  - {stage: 128, depth: 3, name: left4}
  - {conv: 256, kernel: 2, stride: 2, padding: 0}
  - {stage: 256, depth: 3}
  - {conv_transpose: 128, kernel: 2, stride: 2, name: up4}
  - concat: [left4, up4]
  - {stage: 256, depth: 3}
  - {conv_transpose: 64, kernel: 2, stride: 2, name: up3}
  - concat: [left3, up3]
  - {stage: 128, depth: 3}
  - {conv_transpose: 32, kernel: 2, stride: 2, name: up2}
  - concat: [left2, up2]
  - {stage: 64, depth: 2}
  - {conv_transpose: 16, kernel: 2, stride: 2, name: up1}
  - concat: [left1, up1]
  - {stage: 32, depth: 1}
  - {conv: 2, kernel: 1}
"""
U_NET_3D = """
input: 132x132x116x3
layers:
  - {conv: 32, kernel: 3}
  - {conv: 64, kernel: 3, name: a}
  - maxpool2
  - {conv: 64, kernel: 3}
  - {conv: 128, kernel: 3, name: b}
  - maxpool2
  - {conv: 128, kernel: 3}
  - {conv: 256, kernel: 3, name: c}
  - maxpool2
  - {conv: 256, kernel: 3}
  - {conv: 512, kernel: 3}
  - {conv_transpose: 512, kernel: 2, stride: 2, name: up3}
  - {crop: 4, from: c, name: skip3}
  - concat: [skip3, up3]
  - {conv: 256, kernel: 3, repeat: 2}
  - {conv_transpose: 256, kernel: 2, stride: 2, name: up2}
  - {crop: 16, from: b, name: skip2}
  - concat: [skip2, up2]
  - {conv: 128, kernel: 3, repeat: 2}
  - {conv_transpose: 128, kernel: 2, stride: 2, name: up1}
  - {crop: 40, from: a, name: skip1}
  - concat: [skip1, up1]
  - {conv: 64, kernel: 3, repeat: 2}
  - {conv: 3, kernel: 1}
"""
NETWORKS = {"U-Net": "unet", "V-Net": V_NET, "3-D U-Net": U_NET_3D}


def test_runs_that_no_one_floor_gives() -> None:
    """Of upsample 3, pool 1/2, upsample 2 the inputs are seen by 4 and by 2 outputs in turn."""
    node = cnncalc.load("{input: 8x1, layers: [{upsample: 3}, {maxpool: 1, stride: 2}, {upsample: 2}]}").layers[-1]
    (axis,) = node.reach or ()
    assert [list(axis.sees(at)) for at in range(12)] == [[0]] * 4 + [[1]] * 2 + [[2]] * 4 + [[3]] * 2


@pytest.mark.parametrize(
    ("item", "smallest"),
    [
        ("{conv_transpose: 2, kernel: 1, stride: 2}", (0, 0)),
        ("{conv_transpose: 2, kernel: 2, stride: 2, dilation: 2}", (0, 0)),  # both taps meet the even outputs only
        ("{conv_transpose: 2, kernel: 2, stride: 2}", (1, 1)),
    ],
)
def test_outputs_that_see_nothing_are_warned_of(item: str, smallest: tuple[int, int]) -> None:
    network = cnncalc.load(f"{{input: 8x8x2, layers: [{item}]}}")
    assert network.totals.receptive_field_smallest == smallest
    assert bool(network.warnings) == (0 in smallest)
    if network.warnings:
        assert "some outputs see nothing" in network.warnings[0]


def test_corners_are_aligned_by_interpolation_only() -> None:
    with pytest.raises(cnncalc.SpecError, match="nearest upsampling has no corners to align"):
        cnncalc.load("{input: 8x8x2, layers: [{upsample: 2, align_corners: true}]}")


# ------------------------------------------------------------------------------------------------------------- bounds


def up_and_down(times: int) -> str:
    steps = "[{upsample: 2}, {maxpool: 3, stride: 3, padding: 1}]"
    return f"{{input: 200000x1, layers: [{{repeat: {times}, layers: {steps}}}]}}"


def test_rows_that_grow_end_in_a_bound_that_is_said_to_be_one(run: Run) -> None:
    """2¹² is the longest row that is kept; the 13th upsampling by 2 would need twice as many."""
    assert field(up_and_down(12))[2] is None
    found, smallest, bound = field(up_and_down(13))
    assert (smallest, bound) == (None, "≤")
    exact = field(up_and_down(12))[0]
    assert found[0] > exact[0]
    for kind in ("table", "csv", "markdown"):
        text = run("summarize", "-", "--columns", "name,receptive_field", "-f", kind, stdin=up_and_down(13)).stdout
        assert f"≤ {found[0]}" in text
    assert f"{found[0]}: at most" in run("explain", "-", "maxpool13", stdin=up_and_down(13)).stdout
    assert run("check", "-", "--max", f"receptive_field={found[0]}", stdin=up_and_down(13)).exit == 0
    assert run("check", "-", "--min", f"receptive_field={found[0] + 1}", stdin=up_and_down(13)).exit == 1
    for limit in (f"--max=receptive_field={found[0] - 1}", f"--min=receptive_field={found[0]}"):
        outcome = run("check", "-", limit, stdin=up_and_down(13))
        assert outcome.exit == 2
        assert f"receptive_field is only known to be ≤ {found[0]}, which does not decide" in outcome.stderr


def test_up_and_down_that_meet_stay_short() -> None:
    down = "{conv: 1, kernel: 5, stride: %d, padding: half}"
    items = ", ".join(["{upsample: 2}", down % 2, "{upsample: 3}", down % 3])
    spec = f"{{input: 4096x1, layers: [{{repeat: 20, layers: [{items}]}}]}}"
    assert field(spec)[2] is None
    assert max(len(getattr(axis, "spans", "1")) for node in cnncalc.load(spec).layers for axis in node.reach or ()) <= 6


def test_more_ways_of_different_jump_than_are_kept_are_a_bound() -> None:
    ways = [f"{{maxpool: 1, stride: {n}, from: input, name: a{n}}}" for n in range(1, MOST_WAYS + 2)]
    crops = [f"{{crop: [[0, {-(-400 // n) - 20}]], from: a{n}, name: b{n}}}" for n in range(1, MOST_WAYS + 2)]
    listed = ", ".join(f"b{n}" for n in range(1, MOST_WAYS + 2))
    spec = f"{{input: 400x2, layers: [{', '.join([*ways, *crops])}, {{add: [{listed}]}}]}}"
    assert field(spec) == (None, None, "≤")
    fewer = spec.replace(f", b{MOST_WAYS + 1}]", "]")
    # at output 19 the ways look at 19·1 to 19·16: every value from one to the other lies in the field
    (most, least, bound) = cnncalc.load(f"{fewer[:-1]}, outputs: [add1]}}").layer("add1").sight.field
    assert (most, least, bound) == ((19 * 16 - 19 + 1,), (1,), None)


def test_conditions_of_compare_hold_for_the_output_that_meets_them(run: Run) -> None:
    Path("differ.yaml").write_text(SEVEN["two transposed ones"][0], encoding="utf-8")
    Path("bound.yaml").write_text(up_and_down(13), encoding="utf-8")
    for condition, exit_ in (("< 7", 1), ("< 6", 0), ("> 8", 1), ("> 9", 0)):
        assert run("compare", "differ.yaml", "differ.yaml", "--fail-if", f"receptive_field {condition}").exit == exit_
    outcome = run("compare", "bound.yaml", "bound.yaml", "--fail-if", "receptive_field > 9")
    assert outcome.exit == 2
    assert "of bound.yaml only a bound is known" in outcome.stderr


# -------------------------------------------------------------------------------------------------------------- views

VIEWS = {
    "flattened, and a dense head": ("{input: 9x9x3, layers: [{conv: 4, kernel: 5}, flatten, {fc: 10}]}", (5, 5), None),
    "channels in groups, shuffled by hand": (
        "{input: 9x9x8, layers: [{conv: 8, kernel: 3}, {reshape: 7x7x2x4}, {permute: [0, 1, 3, 2]}, {reshape: 7x7x8},"
        " {conv: 4, kernel: 3}]}",
        (5, 5),
        None,
    ),
    "an axis cut in two and put together": (
        "{input: 12x2, layers: [{conv: 2, kernel: 3, padding: 1}, {reshape: 3x4x2}, {permute: [1, 0, 2]}, relu,"
        " {permute: [1, 0, 2]}, {reshape: 12x2}, {conv: 2, kernel: 3}]}",
        (5,),
        None,
    ),
    "a window along the channels": (
        "{input: 9x9x4, layers: [{conv: 4, kernel: 3}, {permute: [2, 0, 1]}, {maxpool: 3x1}, {permute: [1, 2, 0]},"
        " {conv: 4, kernel: 3}]}",
        (5, 5),
        None,
    ),
    "a window along an axis that stands elsewhere": (
        "{input: 9x9x4, layers: [{permute: [2, 0, 1]}, {maxpool: 1x3, stride: 1}, {permute: [1, 2, 0]}]}",
        (3, 1),
        None,
    ),
    "positions mixed with channels": (
        "{input: 8x8x4, layers: [{conv: 4, kernel: 3, padding: 1}, {reshape: 8x32}, {conv: 4, kernel: 1, name: mix}]}",
        None,
        "≤",
    ),
    "channels cut by a slice of an axis": (
        "{input: 8x8x4, layers: [{permute: [2, 0, 1]}, {slice: [0, 6]}, {permute: [1, 2, 0]}, {conv: 4, kernel: 3}]}",
        (3, 3),
        None,
    ),
}


@pytest.mark.parametrize(("spec", "most", "bound"), VIEWS.values(), ids=VIEWS)
def test_views_are_followed(spec: str, most: Any, bound: str | None) -> None:
    assert field(spec) == (most, most, bound)


def test_a_lost_view_names_its_layer_and_is_at_least_what_arrives(run: Run) -> None:
    spec = VIEWS["positions mixed with channels"][0]
    totals = cnncalc.summarize(spec).to_dict()["totals"]
    assert (totals["receptive_field_ungated"], totals["receptive_field_ungated_bound"]) == ([3, 3], "≥")
    text = run("explain", "-", "--receptive-field", stdin=spec).stdout
    assert "mix sees ≤ all: mix mixes axes so that they cannot be followed; at least 3 is seen" in text
    # at least 3 is seen: that decides a minimum of 3, and a maximum of 2, and nothing else
    for limit, exit_ in (("--min=3", 0), ("--min=4", 2), ("--max=2", 1), ("--max=99", 2), ("--equals=3", 2)):
        word, bound = limit.split("=")
        assert run("check", "-", word, f"receptive_field={bound}", stdin=spec).exit == exit_, limit
    json_ = json.loads(run("check", "-", "--min", "receptive_field=3", "-f", "json", stdin=spec).stdout)
    assert (json_["specs"][0]["limits"][0]["value"], json_["specs"][0]["limits"][0]["value_bound"]) == ([3, 3], "≥")
    beside = run("compare", "8x8x4: conv3-4", "lost.yaml").stdout
    assert not beside
    Path("lost.yaml").write_text(spec, encoding="utf-8")
    beside = run("compare", "8x8x4: conv3-4", "lost.yaml").stdout
    assert "≤ everything" in beside
    assert "≥ 3×3" in beside


# ------------------------------------------------------------------------------------------------------ heads and gates

GATED = """
input: 32x32x8
layers:
  - {conv: 8, kernel: 3, padding: 1, name: before}
  - global_avgpool
  - conv1-8
  - {sigmoid: , name: gate}
  - {multiply: [before, gate]}
  - {conv: 8, kernel: 3, padding: 1}
  - global_avgpool
  - fc-10
"""


def test_behind_a_gate_everything_is_seen_and_the_convolutions_alone_stand_beside_it(run: Run) -> None:
    assert field(GATED) == (None, None, None)
    assert ungated(GATED) == [5, 5]
    text = run("explain", "-", "--receptive-field", stdin=GATED).stdout
    assert "dense1 sees all before global_avgpool2: a gate sees everything, the convolutions alone 5" in text


@pytest.mark.parametrize(("name", "size"), [("efficientnet_b0", 851), ("mobilenet_v3_large", 595)])
def test_built_in_networks_with_gates(name: str, size: int) -> None:
    assert field(name) == (None, None, None)
    assert ungated(name) == [size, size]


def test_an_auxiliary_classifier_changes_nothing(run: Run) -> None:
    """The main way sees 3 + 2 = 5 before its pool; the one beside it 3. Of the two the network's is the larger."""
    spec = """
input: 32x32x3
layers:
  - {conv: 8, kernel: 3, name: stem}
  - global_avgpool
  - {fc: 10, name: early}
  - {conv: 8, kernel: 3, from: stem}
  - global_avgpool
  - {fc: 10, name: late}
outputs: [early, late]
"""
    assert field(spec) == ((5, 5), (5, 5), None)
    assert run("check", "-", "--min", "receptive_field=5", stdin=spec).exit == 0
    found = json.loads(run("explain", "-", "--receptive-field", "-f", "json", stdin=spec).stdout)["heads"]
    assert [(each["output"], each["head"], each["receptive_field"]) for each in found] == [
        ("early", "global_avgpool1", [3, 3]),
        ("late", "global_avgpool2", [5, 5]),
    ]


def test_two_inputs_are_not_joined() -> None:
    """Each has its field, however they meet: 7 of the left, 3 of the right; the network's is the larger."""
    items = (
        "{conv: 2, kernel: 7, padding: 3, from: left, name: a}, {conv: 2, kernel: 3, padding: 1, from: right, name: b},"
        " {add: [a, b], name: sum}"
    )
    network = cnncalc.load(f"{{input: {{left: 16x16x2, right: 16x16x2}}, layers: [{items}]}}")
    assert network.totals.receptive_field == (7, 7)
    assert [(seen.source, seen.field.most) for seen in network.layer("sum").seen] == [
        ("left", (7, 7)),
        ("right", (3, 3)),
    ]
    shifted = items.replace("padding: 1, from: right", "padding: [[0, 2], [0, 2]], from: right")
    spec = f"{{input: {{left: 16x16x2, right: 16x16x2}}, layers: [{shifted}]}}"
    assert not cnncalc.load(spec).layer("sum").unaligned


def test_values_of_two_layers_that_one_dense_layer_reads() -> None:
    """DeepID: 4, 5, 9 and 11 after the pool, and 15 a convolution further; flattened side by side each sees its own."""
    spec = """
input: 39x31x1
layers:
  - {conv: 20, kernel: 4}
  - maxpool2
  - {conv: 40, kernel: 3}
  - {maxpool: 2, name: early}
  - {conv: 80, kernel: 2, name: late}
  - {flatten: , from: early, name: a}
  - {flatten: , from: late, name: b}
  - concat: [a, b]
  - fc-160
"""
    assert field(spec) == ((15, 15), (11, 11), None)
    assert field(spec.replace("fc-160", "conv1-160")) == (None, None, "≤")


def test_inputs_that_meet_behind_their_heads() -> None:
    spec = """
input: {left: 16x16x2, right: 16x16x2}
layers:
  - {conv: 2, kernel: 5, from: left}
  - {global_avgpool: , name: a}
  - {conv: 2, kernel: 3, from: right}
  - {global_avgpool: , name: b}
  - {concat: [a, b]}
  - fc-10
"""
    assert field(spec) == ((5, 5), (5, 5), None)


def test_a_head_lies_on_every_way() -> None:
    """A dense layer beside the way to the output is no head: everything is seen, and the convolutions alone see 5."""
    spec = "{input: 8x8x2, layers: [{conv: 2, kernel: 3, name: a}, flatten, {fc: 72}, {reshape: 6x6x2, name: b}, "
    assert field(f"{spec} {{add: [a, b]}}, {{conv: 2, kernel: 3}}]}}") == (None, None, None)
    assert ungated(f"{spec} {{add: [a, b]}}, {{conv: 2, kernel: 3}}]}}") == [5, 5]


# ------------------------------------------------------------------------------------------------------------ drawn


def test_any_output_is_drawn(run: Run) -> None:
    found = json.loads(run("explain", "vgg16", "conv2", "--at", "3x5", "-f", "json").stdout)
    assert [row["output"] for row in found["layers"]] == [[3, 5], [3, 5]]
    assert found["layers"][-1]["sees"] == [[3 - 2, 3 + 2], [5 - 2, 5 + 2]]
    text = run("explain", "vgg16", "conv2", "--at", "17").stdout
    assert "drawn: output 17×17 of each layer, or its last one where it has fewer" in text
    # 5 wide, 15 inside: the bar begins at 15/224 of the ruler
    (bar,) = (line for line in text.splitlines() if line.startswith("conv2"))
    assert len(bar) - len(bar.rstrip("█")) == 1


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("224", "conv2 has 224×224 outputs, and none at 224×224"),
        ("1x2x3", "--at 1x2x3 is not a position"),
        ("-1", "--at -1 is not a position"),
        ("corner", "--at corner is not a position"),
    ],
)
def test_positions_that_there_are_not(at: str, said: str, run: Run) -> None:
    outcome = run("explain", "vgg16", "conv2", f"--at={at}")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert said in outcome.stderr


def test_where_outputs_differ_the_smallest_and_the_largest_are_drawn(run: Run) -> None:
    lines = run("explain", "-", "--receptive-field", stdin=SEVEN["two transposed ones"][0]).stdout.splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("conv_transpose2"))
    assert lines[at].split()[1] == "6–9"
    assert lines[at + 1].strip().startswith("smallest: output ")
    assert lines[at + 2].strip().startswith("largest: output ")


def test_holes_are_counted(run: Run) -> None:
    """Rates 2, 4, 8 without a 1 see 1 + 2·(2 + 4 + 8) = 29 values at the even places: 15 along an axis, 15² of 29²."""
    spec = (
        "{input: 64x64x1, layers: [{each: {d: [2, 4, 8]}, layers: [{conv: 1, kernel: 3, dilation: d, padding: half}]}]}"
    )
    text = run("explain", "-", "--receptive-field", stdin=spec).stdout
    assert "sees 15 of the 29 values from first to last along each axis, 225 of 841 in all" in text
    found = json.loads(run("explain", "-", "--receptive-field", "-f", "json", stdin=spec).stdout)["holes"]
    assert (found["seen"], found["of"], found["chain"]) == ([15, 15], [29, 29], True)
    with_one = spec.replace("[2, 4, 8]", "[1, 2, 4]")
    assert "holes" not in run("explain", "-", "--receptive-field", stdin=with_one).stdout


def test_holes_of_fields_that_are_too_large_are_not_looked_for(run: Run) -> None:
    spec = (
        "{input: 200000x1, layers: [{conv: 1, kernel: 70000, stride: 1},"
        " {conv: 1, kernel: 2, dilation: 2}, {conv: 1, kernel: 2, dilation: 4}]}"
    )
    text = run("explain", "-", "--receptive-field", stdin=spec).stdout
    assert "is too large to look for them" in text
