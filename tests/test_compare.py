"""Designs side by side: the JSON that scripts hold on to, closed forms, ratios, sentences, and conditions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import golden
import pytest
from test_fences import loaded

import cnncalc

Run = Callable[..., golden.Outcome]
CASES = golden.cases("compare")
SMALL, LARGE = "HxWxC: (conv3-C)*3", "HxWxC: conv7-C"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str, stdin: str = "") -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, stdin)

    return ran


@pytest.fixture
def compared(run: Run) -> Callable[..., dict[str, Any]]:
    def of(*arguments: str) -> dict[str, Any]:
        outcome = run("compare", *arguments, "--format", "json")
        assert outcome.exit == 0, outcome.stderr
        found: dict[str, Any] = json.loads(outcome.stdout)
        return found

    return of


def said(outcome: golden.Outcome) -> str:
    """What stands under the table."""
    return outcome.stdout.rstrip("\n").rpartition("\n\n")[2]


# -------------------------------------------------------------------------------------------------------- the JSON form


def test_the_json_is_what_scripts_hold_on_to(compared: Any) -> None:
    found = compared("vgg16", "alexnet")
    assert found["schema"] == 1
    assert [{"name", "spec", "totals"} <= design.keys() for design in found["designs"]] == [True, True]
    assert [(design["name"], design["spec"]) for design in found["designs"]] == [
        ("VGG-16", "vgg16"),
        ("AlexNet", "alexnet"),
    ]
    for design in found["designs"]:
        plain = json.loads(json.dumps(cnncalc.load(design["spec"]).to_dict()["totals"]))
        assert design["totals"] == plain
        assert design["totals"].keys() >= {"depth", "nonlinearities", "jump"}
    assert len(found["ratios"]) == 2
    assert set(found["ratios"][0].values()) == {1}
    for metric, ratio in found["ratios"][1].items():
        first, second = (design["totals"][metric] for design in found["designs"])
        assert ratio == pytest.approx(second / first if first else 1)


def test_small_filters_in_closed_form(compared: Any) -> None:
    """Three 3×3 see what one 7×7 sees: 3·(3·3·C·C) against 7·7·C·C, times H·W for the multiply-adds."""
    small, large = (design["totals"] for design in compared(SMALL, LARGE)["designs"])
    assert (small["weights"], large["weights"]) == ("27*C**2", "49*C**2")
    assert (small["macs"], large["macs"]) == ("27*C**2*H*W", "49*C**2*H*W")
    assert (small["biases"], large["biases"]) == ("3*C", "C")
    assert small["receptive_field"] == large["receptive_field"] == [7, 7]
    assert small["jump"] == large["jump"] == [1, 1]
    assert (small["depth"], large["depth"]) == (3, 1)
    assert (small["activations"], large["activations"]) == ("4*C*H*W", "2*C*H*W")  # the input counts too


def test_ratios_of_closed_forms_are_exact(run: Run, compared: Any) -> None:
    rows = {line.split("  ")[0]: line for line in run("compare", LARGE, SMALL).stdout.splitlines()}
    assert rows["Weights"].endswith("27/49")
    assert rows["Multiply-adds"].endswith("27/49")
    assert rows["Activations"].endswith(" 2")
    first, second = compared(LARGE, SMALL)["ratios"]
    assert {first["weights"], first["macs"]} == {1}
    assert str(second["weights"]) == str(second["macs"]) == "27/49"
    # with biases it depends on C: (27·C² + 3·C)/(49·C² + C)
    params = str(second["params"])
    for channels in (1, 5, 64):
        assert eval(params, {"__builtins__": {}, "C": channels}) == pytest.approx(
            (27 * channels**2 + 3 * channels) / (49 * channels**2 + channels)
        )


def test_small_filters_in_numbers(compared: Any) -> None:
    found = compared("56x56x256: (conv3-256)*3", "56x56x256: conv7-256")
    small, large = (design["totals"] for design in found["designs"])
    assert (small["weights"], large["weights"]) == (3 * 9 * 256 * 256, 49 * 256 * 256)
    assert (small["macs"], large["macs"]) == (56 * 56 * 3 * 9 * 256**2, 56 * 56 * 49 * 256**2)
    assert found["ratios"][1]["weights"] == pytest.approx(49 / 27)


def test_assumptions_are_stated(run: Run) -> None:
    spec = "{input: HxWx3, layers: [{conv: 8, kernel: 7}]}"
    outcome = run("compare", "-", "HxWx3: conv3-8", stdin=spec)
    assert "Holds for H >= 7, W >= 7." in outcome.stdout


# ---------------------------------------------------------------------------------------------------------------- depth


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        *[("lenet5", 5), ("alexnet", 8), ("zfnet", 8), ("vgg11", 11), ("vgg13", 13), ("vgg16", 16), ("vgg19", 19)],
        *[("googlenet", 22), ("resnet18", 18), ("resnet34", 34), ("resnet50", 50), ("resnet101", 101)],
        *[("resnet152", 152), ("densenet121", 121), ("mobilenet_v1", 28)],
    ],
)
def test_networks_are_as_deep_as_their_names_say(name: str, depth: int, compared: Any) -> None:
    """Layers with weights on the longest path, as the papers count: GoogLeNet has 22 "layers with parameters"."""
    found = compared(name, "alexnet")["designs"][0]["totals"]
    assert found["depth"] == depth


@pytest.mark.parametrize(
    ("spec", "depth", "nonlinearities"),
    [
        ("8x8x4: conv3-4 relu conv3-4 relu", 2, 2),
        (
            "{input: 8x8x4, layers: [{conv: 4, kernel: 1, activation: relu}, batchnorm, {prelu: }, {fc: 3}, softmax]}",
            2,
            3,
        ),
        ("{input: 8x8x4, layers: [{residual: [conv3-4, conv3-4, conv3-4], shortcut: [conv1-4]}, relu]}", 3, 1),
        ("{input: 8x8x4, layers: [maxpool2, dropout]}", 0, 0),
    ],
)
def test_depth_and_nonlinearities_of_small_networks(spec: str, depth: int, nonlinearities: int, run: Run) -> None:
    outcome = run("compare", "8x8x4: conv3-4", "-" if spec[0] == "{" else spec, "-f", "json", stdin=spec)
    totals = json.loads(outcome.stdout)["designs"][1]["totals"]
    assert (totals["depth"], totals["nonlinearities"]) == (depth, nonlinearities)


# ------------------------------------------------------------------------------------------------------------ sentences


def test_the_issues_sentence(run: Run) -> None:
    """45 % fewer: 1 − 27/49. Nonlinearities are counted where they are written."""
    small, large = "56x56x64: (conv3-64 relu)*3", "56x56x64: conv7-64 relu"
    text = said(run("compare", small, large))
    assert text.startswith(f"{small} against {large}: the same 7×7 receptive field")
    assert "45 % fewer weights and multiply-adds and two more nonlinearities" in text
    assert round(100 * (1 - 27 / 49)) == 45
    assert "Not like for like" not in text


def test_where_none_are_written_there_is_room_for_them(run: Run) -> None:
    text = said(run("compare", SMALL, LARGE))
    assert "with 45 % fewer weights and multiply-adds and two more places for a nonlinearity" in text
    assert "but twice the activations" in text  # of 4 volumes against 2


def test_the_other_way_round(run: Run) -> None:
    text = said(run("compare", "56x56x64: conv7-64 relu", "56x56x64: (conv3-64 relu)*3"))
    assert "but 81 % more weights and multiply-adds and two fewer nonlinearities" in text
    assert round(100 * (49 / 27 - 1)) == 81


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        ("16x16x3: conv3-8", "16x16x3: conv5-8", ["receptive field (3×3 and 5×5)"]),
        ("16x16x3: conv3-8", "16x16x3: conv3-9", ["output (16×16×8 and 16×16×9)"]),
        ("16x16x3: conv3-8", "16x16x4: conv3-8", ["input (16×16×3 and 16×16×4)"]),
        ("16x16x3: conv3-8", "16x16x3: fc-8", ["output (16×16×8 and 1×1×8)", "receptive field (3×3 and everything)"]),
        ("16x16x3: conv3-8", "16x16x3: (conv3-8)*1", []),
    ],
)
def test_an_unfair_comparison_is_said_to_be(first: str, second: str, apart: list[str], run: Run) -> None:
    text = said(run("compare", first, second))
    assert ("Not like for like" in text) == bool(apart)
    for what in apart:
        assert what in text


def test_googlenet_and_its_twelve_times_fewer_parameters(compared: Any, run: Run) -> None:
    """The paper's twelve is 60 million over its 5. Its own Table 1 adds up to 6.8 million with the classifier, and so
    8.7 comes out of the two networks as they are."""
    found = compared("googlenet", "alexnet")
    ratio = found["ratios"][1]["params"]
    assert ratio == pytest.approx(60_965_224 / 6_998_552)
    assert round(ratio, 1) == 8.7
    assert 60 / 5 == 12
    text = said(run("compare", "googlenet", "alexnet"))
    assert "with 11 % of the weights" in text  # 60,954,656 / 6,990,272
    assert f"{60_954_656 / 6_990_272:.3g}" == "8.72"


@pytest.mark.parametrize(
    ("first", "second", "weights"),
    [
        ("conv1-8", "conv3-8", "a ninth of the weights"),  # 1 of 3*3 taps
        ("conv1-4", "conv1-32", "an eighth of the weights"),
        ("conv1-4", "conv1-20", "a fifth of the weights"),
        ("conv1-4", "conv1-44", "9.1 % of the weights"),  # 4/44: an eleventh is not said
        ("conv1-4", "conv1-16", "75 % fewer weights"),  # a quarter
        ("conv1-4", "conv1-8", "50 % fewer weights"),
        ("conv1-5", "conv1-4", "25 % more weights"),
        ("conv1-8", "conv1-4", "twice the weights"),
        ("conv3-8", "conv1-8", "9 times the weights"),
    ],
)
def test_how_a_ratio_is_said(first: str, second: str, weights: str, run: Run) -> None:
    assert f"with {weights} and multiply-adds" in said(run("compare", f"8x8x4: {first}", f"8x8x4: {second}"))


def test_a_design_without_weights(run: Run) -> None:
    assert run("compare", "8x8x3: relu", "8x8x3: conv3-3").exit == 0


def test_a_design_without_weights_behind(compared: Any) -> None:
    assert compared("8x8x3: conv3-3", "8x8x3: relu")["ratios"][1]["weights"] == 0


# -------------------------------------------------------------------------------------- one spec under several settings


def test_a_setting_given_again_makes_another_design(compared: Any) -> None:
    found = compared("mobilenet_v1", "--set", "width=1", "--set", "width=0.5", "--set", "width=0.25")
    assert [design["spec"] for design in found["designs"]] == [
        "mobilenet_v1 width=1",
        "mobilenet_v1 width=0.5",
        "mobilenet_v1 width=0.25",
    ]
    # Howard et al. 2017, Table 6: 569, 149 and 41 million multiply-adds; 4.2, 1.3 and 0.5 million parameters
    totals = [design["totals"] for design in found["designs"]]
    assert [round(total["macs"] / 1e6) for total in totals] == [569, 149, 41]
    assert [round(total["params"] / 1e6, 1) for total in totals] == [4.2, 1.3, 0.5]


def test_settings_multiply_and_what_is_the_same_is_not_in_the_name(compared: Any) -> None:
    found = compared(
        "mobilenet_v1", "--set", "width=1", "--set", "classes=10", "--set", "width=0.5", "--set", "classes=7"
    )
    assert [design["spec"].split(maxsplit=1)[1] for design in found["designs"]] == [
        *("width=1 classes=10", "width=1 classes=7", "width=0.5 classes=10", "width=0.5 classes=7"),
    ]
    two = compared("resnet18", "resnet34", "--set", "classes=10")
    assert [design["spec"] for design in two["designs"]] == ["resnet18", "resnet34"]
    assert [design["totals"]["params"] for design in two["designs"]] == [
        11_689_512 - 990 * 513,
        21_797_672 - 990 * 513,
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["alexnet"], "nothing to compare"),
        (["mobilenet_v1", "--set", "width=1"], "nothing to compare"),
        (["alexnet", "vgg16", "--set", "nope=1"], "no parameter `nope`"),
        (["alexnet", "vgg16", "--set", "nope"], "expected NAME=VALUE"),
        (["alexnet", "nope"], "no built-in spec called nope"),
        (["alexnet", "vgg16", "--format", "html"], "--format takes"),
        (["alexnet", "vgg16", "zfnet", "--layers"], "--layers aligns two designs"),
        (["alexnet", "vgg16", "--layers", "--format", "csv"], "cannot be combined with"),
        (["alexnet", "vgg16", *(word for n in range(51) for word in ("--set", f"groups={n}"))], "at most 50"),
    ],
)
def test_a_wrong_request(arguments: list[str], text: str, run: Run) -> None:
    outcome = run("compare", *arguments)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert text in outcome.stderr
    assert "fault of cnncalc" not in outcome.stderr


# ----------------------------------------------------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("params > 100M", "vgg16 has 138,357,544"),
        ("params > 0.1G", "vgg16 has 138,357,544"),
        ("params>138357K", "vgg16 has 138,357,544"),
        ("macs >= 15470264320", "vgg16 has 15,470,264,320"),
        ("macs = 15470264320", "vgg16 has 15,470,264,320"),
        ("macs < 0.725G", "alexnet has 724,406,816"),
        ("params > 138_357_543", "vgg16 has 138,357,544"),
        ("params > 1e8", "vgg16 has 138,357,544"),
        ("params>60,965,224", "vgg16 has 138,357,544"),
        ("activation_bytes > 58MiB", "vgg16 has 60,950,432"),
        ("activation_bytes > 58 MiB", "vgg16 has 60,950,432"),
        ("activation_bytes = 60950432B", "vgg16 has 60,950,432"),
        ("depth < 9", "alexnet has 8"),
        ("receptive_field > 200", "vgg16 has 212"),
        ("receptive_field > 0.2k", "vgg16 has 212"),
        ("receptive_field > 211.5", "vgg16 has 212"),
        ("receptive_field > 212x211", "vgg16 has 212"),
        ("receptive_field == 212", "vgg16 has 212"),
        ("params < 0.5x", "alexnet has 0.4406x"),
        ("params <= 1.0x", "alexnet has 0.4406x"),
        ("params < 1 X", "alexnet has 0.4406x"),
        ("weight_bytes < 1x", "alexnet has 0.4406x"),
        ("depth == 0.5x", "alexnet has 0.5x"),
    ],
)
def test_a_condition_that_is_met_fails(condition: str, told: str, run: Run) -> None:
    outcome = run("compare", "vgg16", "alexnet", "--fail-if", condition)
    assert outcome.exit == 1
    assert outcome.stderr == f"failed: {condition}: {told}\n"
    assert outcome.stdout == run("compare", "vgg16", "alexnet").stdout


@pytest.mark.parametrize(
    "condition",
    [
        *("params > 138357544", "params > 139M", "macs > 15.5G", "activation_bytes > 59MiB", "activation_bytes > 61MB"),
        *("params > 1.0x", "params >= 1x", "params < 0.44x", "depth > 16", "depth != 0.5x", "receptive_field > 212"),
        *("receptive_field > 212x212", "receptive_field > 1K", "jump < 0.5", "jump != 32.0", "jump != 32 x 32"),
    ],
)
def test_a_condition_that_is_not_met_lets_pass(condition: str, run: Run) -> None:
    outcome = run("compare", "vgg16", "alexnet", "--fail-if", condition)
    assert (outcome.exit, outcome.stderr) == (0, "")


def test_every_condition_that_is_met_is_told(run: Run) -> None:
    options = ["--fail-if", "params < 1x", "--fail-if", "depth > 99", "--fail-if", "params > 60M"]
    outcome = run("compare", "vgg16", "alexnet", *options)
    assert outcome.exit == 1
    assert outcome.stderr.splitlines() == [
        "failed: params < 1x: alexnet has 0.4406x",
        "failed: params > 60M: vgg16 has 138,357,544",
        "failed: params > 60M: alexnet has 60,965,224",
    ]


def test_an_effective_stride_may_be_a_fraction(run: Run) -> None:
    finer, same = "8x8x1: upsample2", "8x8x1: conv1-1"
    outcome = run(
        "compare", same, finer, "--fail-if", "jump < 1", "--fail-if", "jump == 0.5", "--fail-if", "jump < 1/2"
    )
    assert outcome.exit == 1
    assert outcome.stderr.splitlines() == [
        f"failed: jump < 1: {finer} has 1/2",
        f"failed: jump == 0.5: {finer} has 1/2",
    ]


def test_the_first_design_is_not_held_against_itself(run: Run) -> None:
    assert run("compare", "vgg16", "alexnet", "--fail-if", "params >= 1x").exit == 0


def test_a_ratio_that_is_known_may_be_held_though_there_are_symbols(run: Run) -> None:
    assert run("compare", LARGE, SMALL, "--fail-if", "weights > 0.5x").exit == 1  # 27/49 is 0.55
    assert run("compare", LARGE, SMALL, "--fail-if", "weights > 0.56x").exit == 0


@pytest.mark.parametrize(
    ("specs", "condition", "text"),
    [
        (["vgg16", "alexnet"], "params", "is not a condition"),
        (["vgg16", "alexnet"], "params > ", "is not a condition"),
        (["vgg16", "alexnet"], "> 1", "is not a condition"),
        (["vgg16", "alexnet"], "params > 1.1y", "there is no unit `y`"),
        (["vgg16", "alexnet"], "params > 110%", "`1.1x` is a ratio to the first design"),
        (["vgg16", "alexnet"], "params > -1", "`-1` is not an amount"),
        (["vgg16", "alexnet"], "params > 1 > 0", "`1 > 0` is not an amount"),
        (["vgg16", "alexnet"], "parms > 1", "no metric `parms`\n  help: did you mean `params`?"),
        (["vgg16", "alexnet"], "Params > 1.1x", "no metric `Params`\n  help: did you mean `params`?"),
        (["vgg16", "alexnet"], "output != 1x1x1000", "output is a volume, not a number"),
        (["vgg16", "alexnet"], "receptive_field > 1x", "`1x` is not an extent"),
        (["vgg16", "alexnet"], "receptive_field > 9x9x9", "vgg16 has 2 axes, and the condition 3"),
        (["8x8x3: fc-3", "8x8x3: fc-4"], "receptive_field > 4x4", "sees the whole input"),
        ([SMALL, LARGE], "params > 1.0x", "has no number for it"),
        ([SMALL, LARGE], "macs > 4G", "has no number for it"),
        (["8x8x3: fc-3", "8x8x3: fc-4"], "receptive_field > 4", "sees the whole input"),
        (["vgg16", "resnet18"], "buffers > 2x", "no number for it"),
    ],
)
def test_a_wrong_condition_is_a_wrong_request(specs: list[str], condition: str, text: str, run: Run) -> None:
    outcome = run("compare", *specs, "--fail-if", condition)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert text in outcome.stderr


# --------------------------------------------------------------------------------------------------- layers and formats


def test_layers_are_aligned(compared: Any) -> None:
    """What both have stands side by side; what only one has, alone."""
    found = compared("resnet18", "resnet34", "--layers")["layers"]
    left, right = ([pair[side]["name"] for pair in found if pair[side]] for side in (0, 1))
    assert left == [node.name for node in cnncalc.load("resnet18").layers]
    assert right == [node.name for node in cnncalc.load("resnet34").layers]
    both = [pair for pair in found if None not in pair]
    assert all(a["type"] == b["type"] and a["output"] == b["output"] for a, b in both)
    assert len(both) == len(left)  # all that ResNet-18 has, ResNet-34 has too


def test_the_layers_in_the_table(run: Run) -> None:
    lines = run("compare", "vgg11", "vgg13", "--layers").stdout.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("Layer "))
    assert lines[start].split() == [
        *("Layer", "vgg11", "output", "multiply-adds"),
        *("vgg13", "output", "multiply-adds", "Layer"),
    ]
    assert any("224×224×64" in line and line.count("conv 3×3-64") == 2 for line in lines)
    assert any(line.startswith(" ") and line.endswith(" conv2") for line in lines)


def test_the_csv_is_exact(run: Run) -> None:
    rows = {
        row["metric"]: row
        for row in csv.DictReader(io.StringIO(run("compare", "vgg16", "alexnet", "-f", "csv").stdout))
    }
    totals = cnncalc.load("vgg16").totals
    assert set(rows) == {*totals.__struct_fields__, "depth", "nonlinearities", "jump", "receptive_field_ungated"}
    assert {name: int(rows[name]["vgg16"]) for name in ("weights", "macs", "activation_bytes")} == {
        "weights": 138_344_128,
        "macs": 15_470_264_320,
        "activation_bytes": 4 * 15_237_608,
    }
    assert float(rows["params"]["ratio alexnet"]) == pytest.approx(60_965_224 / 138_357_544)
    assert rows["receptive_field"]["alexnet"] == "195x195"


def test_markdown_is_one_table_and_the_sentences(run: Run) -> None:
    stdout = run("compare", "vgg16", "alexnet", "--format", "markdown").stdout
    table, text = stdout.rstrip("\n").split("\n\n")
    lines = table.split("\n")
    assert lines[0] == "|  | vgg16 | alexnet | ÷ first |"
    assert lines[1] == "|---|---:|---:|---:|"
    assert {line.count("|") for line in lines} == {5}
    assert "| Weights | 138,344,128 | 60,954,656 | 0.441 |" in lines
    assert text == said(run("compare", "vgg16", "alexnet"))


def test_three_designs_are_each_over_the_first(compared: Any) -> None:
    found = compared("vgg19", "vgg16", "vgg11")
    first = found["designs"][0]["totals"]["params"]
    assert [over["params"] for over in found["ratios"]] == [
        pytest.approx(design["totals"]["params"] / first) for design in found["designs"]
    ]
    assert len(found["said"]) >= 2


def test_standard_input_may_be_one_of_them(run: Run) -> None:
    outcome = run("compare", "-", "8x8x3: conv3-8", "--format", "json", stdin="{input: 8x8x3, layers: [conv5-8]}")
    assert json.loads(outcome.stdout)["designs"][0]["totals"]["weights"] == 5 * 5 * 3 * 8


# ------------------------------------------------------------------------------------------------------------- start-up


@pytest.mark.parametrize(
    "options", [[], ["--format", "json"], ["--layers"], ["--fail-if", "params > 1.1x"]], ids=" ".join
)
def test_two_numeric_designs_are_compared_without_sympy(options: list[str]) -> None:
    found = loaded("-m", "cnncalc", "compare", "alexnet", "zfnet", *options)
    assert "typer" in found
    assert not found & {"numpy", "sympy"}


def test_that_test_can_fail() -> None:
    assert loaded("-m", "cnncalc", "compare", SMALL, LARGE) & {"numpy", "sympy"} == {"sympy"}


@pytest.mark.parametrize(
    "arguments", [["explain", "alexnet"], ["explain", "vgg16", "--receptive-field"], ["scale", "alexnet"]]
)
def test_explain_and_scale_do_without_it_too(arguments: list[str]) -> None:
    assert not loaded("-m", "cnncalc", *arguments) & {"numpy", "sympy"}


# ------------------------------------------------------------------------------------------------------------- terminal


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_comparison_fits_the_terminal(width: int, tmp_path: Path) -> None:
    drawn = golden.on_terminal(["compare", "alexnet", "googlenet"], width, tmp_path)
    assert max(map(golden.cells, drawn.text.split("\n"))) <= width
    assert "1,582,671,872" in drawn.text


def test_the_layers_fit_too(tmp_path: Path) -> None:
    drawn = golden.on_terminal(["compare", "alexnet", "googlenet", "--layers"], 80, tmp_path)
    assert max(map(golden.cells, drawn.text.split("\n"))) <= 80


# -------------------------------------------------------------------------------------------------------------- goldens


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_output_is_as_recorded(
    case: golden.Case,
    tmp_path: Path,
    update_golden: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = golden.run_case(case, tmp_path, monkeypatch, capsys)
    golden.hold(case, outcome, update_golden)
    if case.terminal is not None:
        assert max(map(golden.cells, outcome.stdout.split("\n"))) <= case.terminal


def test_there_are_goldens() -> None:
    assert len(CASES) >= 5
