"""What `lint` says: every rule on its own example and at its borders, silenced, and on every built-in spec."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from golden import FOLDER, Case, cases, hold, run, run_case
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cases as layer_cases
from strategies import examples, item_of

import cnncalc
import docs
from cnncalc.analysis import rules as rules_package
from cnncalc.analysis.closed import load_symbolic
from cnncalc.analysis.findings import SEVERITIES
from cnncalc.analysis.lint import UnknownRuleError, chosen, lint
from cnncalc.analysis.rules import FAMILIES, RULES, LintRule, View, named, words
from cnncalc.analysis.rules.kernels import between
from cnncalc.commands import main
from cnncalc.guard.findings import problem
from cnncalc.guard.review import review
from cnncalc.language.schema import schema
from cnncalc.layers import registry

ROOT = Path(__file__).parent.parent
CONFIGS = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
FIRINGS = FOLDER.parent / "data" / "lint.txt"

SCHEMA = jsonschema.Draft202012Validator(schema())

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def network(spec: Any) -> cnncalc.Network:
    return cnncalc.load(f"{spec.strip()}\n" if isinstance(spec, str) and "\n" in spec.strip() else spec)


def layers(*items: Any, input: str = "32x32x16", **top: Any) -> dict[str, Any]:
    return {"input": input, "layers": list(items), **top}


def conv(filters: int = 16, kernel: Any = 3, **fields: Any) -> dict[str, Any]:
    return {"conv": filters, "kernel": kernel, **fields}


def codes(spec: Any) -> set[str]:
    return {finding.code for case in lint(network(spec)) for finding in case.findings}


def found(name: str, spec: Any) -> list[tuple[tuple[str, ...], str]]:
    """The layers and messages of the findings of one rule."""
    return [(finding.layers, finding.message) for case in lint(network(spec), named(name)) for finding in case.findings]


def silent(name: str, spec: Any) -> bool:
    return not found(name, spec)


def way_out(name: str, spec: Any) -> str:
    """The fix of the one finding that a rule has."""
    [finding] = [finding for case in lint(network(spec), named(name)) for finding in case.findings]
    return finding.help


def only(name: str, spec: Any) -> str:
    """The message of the one finding that a rule has."""
    [(_, message)] = found(name, spec)
    return message


# --------------------------------------------------------------------------------------------------------- the registry


def test_codes_and_names_are_unique_and_of_one_form() -> None:
    assert len({rule.code for rule in RULES} | {rule.name for rule in RULES}) == 2 * len(RULES) >= 36
    for rule in RULES:
        assert re.fullmatch(r"CNN[1-9]\d\d", rule.code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
        assert rule.code[:4] in FAMILIES
    assert [rule.code for rule in RULES] == sorted(rule.code for rule in RULES)


def test_every_file_but_the_helpers_holds_one_rule_of_its_name() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in Path(rules_package.__file__).parent.glob("*.py")}
    files = sorted(texts.keys() - {"__init__", "base", "kernels"})
    assert files == sorted(rule.name.replace("-", "_") for rule in RULES)
    for file in files:
        assert texts[file].count("@rule(") == texts[file].count("\n@rule(") == 1, file


def test_a_rule_is_a_file_in_the_folder_and_nothing_else(tmp_path: Path) -> None:
    package = Path(cnncalc.__file__).parent
    folder = Path(rules_package.__file__).parent.relative_to(package.parent)
    shutil.copytree(package, tmp_path / package.name)
    rule = (tmp_path / folder / "early_softmax.py").read_text(encoding="utf-8")
    dropped = rule.replace("CNN204", "CNN299").replace("early_softmax", "hidden_softmax")
    (tmp_path / folder / "hidden_softmax.py").write_text(dropped, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "lint", "1x1x512: fc-64 softmax fc-10", "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    [spec] = json.loads(done.stdout)["specs"]
    assert [finding["name"] for finding in spec["findings"]] == ["early-softmax", "hidden-softmax"]


@every_rule
def test_everything_is_said_of_a_rule(rule: LintRule) -> None:
    assert rule.severity in SEVERITIES
    assert rule.says[0].islower() or rule.says[0].isdigit()
    assert not rule.says.endswith(".")
    assert len(rule.why.split()) > 30
    assert re.search(r"\d{4}|the definition", rule.source), "a source has a year, or is the definition"
    assert (ROOT / rule.page).is_file()


def test_rules_ask_layers_what_they_do_and_never_which_they_are() -> None:
    """No rule compares the name of a type, or looks at the class of a layer."""
    for path in Path(rules_package.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asked = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not asked & {"isinstance", "type", "issubclass"}, path
        for compared in (node for node in ast.walk(tree) if isinstance(node, ast.Compare)):
            texts = {part.value for part in ast.walk(compared) if isinstance(part, ast.Constant)}
            assert not texts & set(registry()), path
            assert ".type" not in ast.unparse(compared), path


@every_rule
def test_it_fires_on_its_example_and_nothing_else_does(rule: LintRule) -> None:
    assert codes(rule.example) == {rule.code}


@every_rule
def test_nothing_fires_where_its_example_is_mended(rule: LintRule) -> None:
    assert codes(rule.instead) == set()


@every_rule
def test_its_message_has_a_way_out_and_the_layers(rule: LintRule) -> None:
    for case in lint(network(rule.example), [rule]):
        for finding in case.findings:
            assert finding.severity == rule.severity
            assert finding.help
            assert finding.layers or rule.code == "CNN404", "a block is no layer"
            assert finding.place is not None
            assert not finding.message.endswith(".")


@every_rule
def test_a_rule_is_meant_by_its_code_its_name_and_its_family(rule: LintRule) -> None:
    assert named(rule.code) == named(rule.code.lower()) == named(rule.name) == named(rule.name.upper()) == (rule,)
    assert rule in named(rule.code[:4])
    assert rule in named(rule.code[:5])
    assert {rule.code, rule.name, rule.code[:4]} <= set(words())


@pytest.mark.parametrize("word", ["", "C", "CN", "N1", "101", "CNN999", "floored", "nonesuch", "CNN101x"])
def test_other_words_mean_no_rule(word: str) -> None:
    assert named(word) == ()
    with pytest.raises(UnknownRuleError):
        chosen([word])


def test_rules_are_selected_and_then_ignored() -> None:
    everything = {rule.code for rule in RULES}
    assert {rule.code for rule in chosen()} == {rule.code for rule in chosen(["all"])} == everything
    assert {rule.code for rule in chosen(ignore=["CNN1"])} == {code for code in everything if code[3] != "1"}
    assert [rule.name for rule in chosen(["CNN2", "large-kernel"], ["CNN201", "CNN203"])] == [
        *("large-kernel", "linear-pair", "early-softmax")
    ]
    assert chosen(["CNN101"], ["floored-fraction"]) == ()


# ------------------------------------------------------------------------------------------------- CNN101, the fraction


def test_a_fraction_is_said_with_its_numbers_and_the_sides_that_fit() -> None:
    [case] = lint(network(layers(conv(96, 11, stride=4), input="224x224x3")), named("floored-fraction"))
    [finding] = case.findings
    assert (224 - 11) / 4 + 1 == 54.25
    assert finding.message == "(224 − 11)/4 + 1 = 54.25, rounded down to 54: the last of 224 positions is ignored"
    assert (223 - 11) % 4 == (227 - 11) % 4 == 0
    assert "a side of 223 or 227" in finding.help


def test_a_fraction_along_one_axis_names_that_side() -> None:
    [case] = lint(network(layers(conv(8, 3, stride=2), input="31x34x8")), named("CNN101"))
    assert "(34 − 3)/2 + 1 = 16.5" in case.findings[0].message
    assert "a side of 33 or 35" in case.findings[0].help


@pytest.mark.parametrize(
    "item",
    [
        conv(64, 7, stride=2, padding=3),  # 112.5, and only padding is lost
        conv(64, 1, stride=2),  # no more than the stride skips anywhere
        conv(64, 3, stride=2, rounding="ceil"),
        {"maxpool": 3, "stride": 2, "padding": 1},
        {"conv_transpose": 8, "kernel": 3, "stride": 2, "padding": 1},
    ],
    ids=repr,
)
def test_no_fraction_is_said_where_nothing_is_lost(item: Any) -> None:
    assert silent("CNN101", layers(item, input="224x224x3"))


def test_a_transposed_convolution_that_warns_of_something_else_is_no_fraction() -> None:
    spec = layers({"conv_transpose": 8, "kernel": 2, "stride": 2, "padding": 1}, input="1x1x8")
    assert network(spec).warnings, "it takes all of its output away"
    assert silent("CNN101", spec)


# -------------------------------------------------------------------------------------------- CNN102, the large kernels

BEFORE = [conv(64, 3, padding=1), "relu"]


def test_a_large_kernel_is_said_with_what_a_stack_has() -> None:
    message = only("large-kernel", layers(*BEFORE, conv(64, 7, padding=3)))
    assert f"{7 * 7 * 64 * 64:,} weights" in message
    assert f"3 of 3×3 have the same receptive field with {3 * 3 * 3 * 64 * 64:,}" in message


def test_turns_are_for_two_axes() -> None:
    flat, deep = (
        lint(network(layers(conv(8, 3, padding=1), conv(8, 7), input=volume)), named("large-kernel"))[0]
        .findings[0]
        .help
        for volume in ("16x16x8", "16x16x16x8")
    )
    assert "1×n" in flat
    assert "1×n" not in deep


@pytest.mark.parametrize("kernel", [6, 7, 9, 11, [7, 3], [3, 7], [7, 2]], ids=str)
def test_kernels_above_five_are_large(kernel: Any) -> None:
    assert found("large-kernel", layers(*BEFORE, conv(64, kernel)))


@pytest.mark.parametrize("kernel", [3, 5, [1, 7], [7, 1], [5, 5]], ids=str)
def test_others_and_those_along_one_axis_are_not(kernel: Any) -> None:
    assert silent("large-kernel", layers(*BEFORE, conv(64, kernel)))


def test_a_strided_one_is_held_against_three() -> None:
    message = only("large-kernel", layers(*BEFORE, conv(64, 7, stride=2, padding=3)))
    assert f"{7 * 7} weights for each channel that it sees, and a 3×3 has {3 * 3}" in message


@pytest.mark.parametrize(
    "spec",
    [
        layers(conv(64, 11, stride=4), input="227x227x3"),  # the first layer
        layers("batchnorm", "relu", conv(64, 7, padding=3), input="32x32x3"),  # the first layer with weights
        layers(*BEFORE, {"depthwise_conv": 1, "kernel": 7, "padding": 3}),  # ConvNeXt
        layers(*BEFORE, {"depthwise_conv": 1, "kernel": 31, "padding": 15}),  # RepLKNet
        layers(*BEFORE, {"separable_conv": 64, "kernel": 7, "padding": 3}),
        layers(*BEFORE, conv(64, 7, padding=3, groups=64)),
        layers(*BEFORE, {"maxpool": 7, "stride": 2}),
        layers(*BEFORE, {"conv_transpose": 8, "kernel": 16, "stride": 8, "padding": 4}),
        layers(conv(64, 3, padding=1), conv(64, 7), input="7x7x16"),  # the whole map: a dense layer
        layers(conv(16, 3, padding=1), conv(16, 9), input="100x4"),  # 1-D
    ],
    ids=lambda spec: str(spec["layers"][-1]),
)
def test_nothing_is_said_of_large_kernels_that_cost_little(spec: Any) -> None:
    assert silent("large-kernel", spec)
    assert silent("smaller-stack", spec)


def test_a_gate_of_one_map_may_see_far() -> None:
    """CBAM's spatial attention: 7×7 on two maps, one map out, by which the others are multiplied."""
    items = [
        {**conv(64, 3, padding=1), "name": "features"},
        {**conv(2, 1), "name": "pooled"},
        {**conv(1, 7, padding=3, activation="sigmoid"), "name": "gate"},
        {"multiply": ["features", "gate"]},
        conv(64, 3, padding=1),
    ]
    assert silent("CNN1", layers(*items))
    assert found("ragged-width", layers(*items)) == [(("pooled",), "2 filters, which is not a multiple of 8")]


# ------------------------------------------------------------------------------------------- CNN107, the smaller stacks


def test_a_stack_of_equal_depths() -> None:
    message = only("smaller-stack", layers(conv(64, 5, padding=2), input="28x28x64"))
    assert (
        f"{5 * 5 * 64 * 64:,} weights: 2 of 3×3 have the same receptive field with {2 * 3 * 3 * 64 * 64:,}" in message
    )
    assert "(64 → 64 → 64 channels)" in message


def test_a_stack_that_widens_does_so_by_one_factor() -> None:
    """16 to 36 in two steps is by √(36/16) = 1.5 each: 24 between them."""
    message = only("smaller-stack", layers(conv(36, 5, padding=2), input="28x28x16"))
    assert f"{5 * 5 * 16 * 36:,} weights" in message
    assert f"{3 * 3 * 16 * 24 + 3 * 3 * 24 * 36:,} (16 → 24 → 36 channels)" in message


@pytest.mark.parametrize(
    ("first", "last", "steps"), [(64, 64, 3), (3, 192, 2), (96, 256, 2), (1, 10**12, 4), (7, 2, 5)]
)
def test_depths_between_are_geometric_and_rounded_down(first: int, last: int, steps: int) -> None:
    depths = between(first, last, steps)
    assert (depths[0], depths[-1], len(depths)) == (first, last, steps + 1)
    for place, depth in enumerate(depths):
        power = Fraction(first) ** (steps - place) * Fraction(last) ** place
        assert depth**steps <= power < (depth + 1) ** steps


def test_a_grouped_one_is_held_against_grouped_ones() -> None:
    message = only("smaller-stack", layers(conv(64, 5, padding=2, groups=4), input="28x28x64"))
    assert (
        f"{5 * 5 * (64 // 4) * 64:,} weights: 2 of 3×3 have the same receptive field with "
        f"{2 * 3 * 3 * (64 // 4) * 64:,}" in message
    )


def test_in_three_dimensions_a_stack_saves_more() -> None:
    message = only("smaller-stack", layers(conv(8, 5, padding=2), input="9x9x9x8"))
    assert f"{5**3 * 8 * 8:,} weights: 2 of 3×3×3 have the same receptive field with {2 * 3**3 * 8 * 8:,}" in message


@pytest.mark.parametrize(
    "item",
    [
        conv(64, 3, padding=1),
        conv(64, 5, padding=2, stride=2),
        conv(64, 5, padding=4, dilation=2),
        conv(64, 4),
        conv(64, 6),
        conv(64, [1, 5]),
        conv(64, [5, 3]),
        conv(400, 5, padding=2),  # 5·5·16·400 = 160,000 is less than 3·3·(16·80 + 80·400) = 299,520
    ],
    ids=repr,
)
def test_no_stack_where_it_is_not_smaller_or_not_the_same(item: Any) -> None:
    assert silent("smaller-stack", layers(item))


def test_the_first_layer_of_an_image_is_cheaper_as_it_is() -> None:
    assert 3 * 3 * 3 * 13 + 3 * 3 * 13 * 64 > 5 * 5 * 3 * 64
    assert silent("smaller-stack", layers(conv(64, 5, padding=2), input="32x32x3"))


@pytest.mark.parametrize(("kernel", "count"), [(5, 2), (7, 3), (9, 4), (31, 15)])
def test_as_many_as_see_as_far(kernel: int, count: int) -> None:
    assert 1 + count * (3 - 1) == kernel
    message = only("smaller-stack", layers(conv(8, kernel, padding=1), input="64x64x8"))
    assert f"{count} of 3×3 have the same receptive field with {count * 3 * 3 * 8 * 8:,} " in message


def test_one_layer_is_not_scolded_twice_for_one_thing() -> None:
    large = layers(*BEFORE, conv(64, 7, padding=3))
    assert codes(large) == {"CNN102"}
    assert codes(layers(conv(64, 7, padding=3), input="32x32x64")) == {"CNN107"}, "the first layer is no `large-kernel`"


def test_a_kernel_beyond_measure_takes_no_time() -> None:
    spec = layers(conv(2, 1), conv(2, 999_999), input="1000001x1000001x2")
    assert "weights for each channel" in only("large-kernel", spec)


# --------------------------------------------------------------------------------------------- CNN103, the even kernels


@pytest.mark.parametrize(
    ("item", "after"),
    [
        (conv(16, 4, padding=1), 32 - 4 + 2 + 1),
        (conv(16, 4, padding=2), 32 - 4 + 4 + 1),
        ("conv4-16", 32 - 4 + 2 + 1),
        (conv(16, 2, padding=1), 32 - 2 + 2 + 1),
        ({"depthwise_conv": 1, "kernel": 6, "padding": 2}, 32 - 6 + 4 + 1),
        ({"maxpool": 2, "stride": 1, "padding": 1}, 32 - 2 + 2 + 1),
        ({"conv_transpose": 16, "kernel": 4, "padding": 1}, 32 - 1 - 2 + 4),
        (conv(16, 4, stride=3, padding=1), (32 - 4 + 2) // 3 + 1),
        (conv(16, [4, 3], padding=1), 32 - 4 + 2 + 1),
        (conv(16, 2, dilation=3, padding=1), 32 - 4 + 2 + 1),  # two taps three apart span four
    ],
    ids=repr,
)
def test_an_even_kernel_makes_another_size(item: Any, after: int) -> None:
    assert f"makes {after} of 32" in only("even-kernel", layers(item))


@pytest.mark.parametrize(
    "item",
    [
        conv(16, 4),  # no padding
        conv(16, 4, padding="same"),  # one more at the end
        conv(16, 4, padding=[[1, 2], [1, 2]]),
        conv(16, 4, stride=2, padding=1),  # DCGAN
        conv(16, 6, stride=2, padding=2),
        conv(16, 6, stride=3, padding=1),  # the stride divides it
        conv(16, 8, stride=4, padding=2),
        conv(16, 3, padding=1),
        conv(16, 2, dilation=2, padding=1),  # two taps two apart span three: there is a middle
        {"conv_transpose": 16, "kernel": 4, "stride": 2, "padding": 1},
        {"maxpool": 2},
    ],
    ids=repr,
)
def test_even_kernels_that_are_right(item: Any) -> None:
    assert silent("even-kernel", layers(item, input="33x33x16"))


def test_odd_kernels_are_at_hand() -> None:
    assert way_out("even-kernel", layers(conv(8, 4, padding=1))).startswith("use 3 or 5;")
    assert way_out("even-kernel", layers(conv(8, 2, padding=1))).startswith("use 3;")


# ------------------------------------------------------------------------------------------ CNN104, the early shrinking


def test_what_is_lost_adds_up_until_it_is_an_eighth() -> None:
    """Of 32 an eighth is 4: two unpadded 3×3 take just that, the third goes beyond."""
    spec = layers(*[conv(8) for _ in range(4)], input="32x32x3")
    assert found("early-shrinking", spec) == [
        (("conv3",), "3 unpadded convolutions take 6 of 32 values off a side before anything reduces the resolution")
    ]
    assert silent("early-shrinking", layers(conv(8), conv(8), input="32x32x3"))


def test_one_wide_kernel_may_be_enough() -> None:
    message = only("early-shrinking", layers(conv(8, 5), input="28x28x1"))
    assert message.startswith("an unpadded convolution takes 4 of 28 values")


def test_half_of_the_padding_counts() -> None:
    assert "take 6 of 24" in only(
        "early-shrinking", layers(conv(8, 5, padding=1), conv(8, 5, padding=0), input="24x24x1")
    )


def test_a_side_that_shrinks_alone_is_seen() -> None:
    assert "5 of 16" in only("early-shrinking", layers(conv(8, [6, 1]), input="16x64x3"))


@pytest.mark.parametrize(
    "spec",
    [
        layers(conv(6, 5), "tanh", {"subsample": 2}, conv(16, 5), input="32x32x1"),  # LeNet-5 loses just an eighth
        layers(conv(8, 3, stride=2), *[conv(8) for _ in range(8)], input="64x64x3"),  # after a reduction
        layers({"maxpool": 2}, *[conv(8) for _ in range(8)], input="64x64x3"),
        layers(*[conv(8) for _ in range(4)], input="572x572x1"),  # U-Net
        layers(*[conv(8, 3, padding=1) for _ in range(20)], input="16x16x3"),
        layers(*[{"maxpool": 3, "stride": 1} for _ in range(5)], input="16x16x3"),  # no convolution
        layers({"crop": 4}, conv(8), input="24x24x3"),
        layers("global_avgpool", conv(8, 1), input="24x24x3"),
        layers({"reshape": [16, 16, 16]}, conv(8, 7), input="32x32x4"),  # it sees the whole input already
    ],
    ids=lambda spec: str(spec["layers"][0]),
)
def test_later_and_smaller_losses_are_not_early_shrinking(spec: Any) -> None:
    assert silent("early-shrinking", spec)


def test_each_branch_is_judged_by_itself() -> None:
    spec = layers({"branches": [[conv(8, 5)], [conv(8, 3, padding=1), {"crop": 2}]]}, conv(8), input="28x28x3")
    assert [names for names, _ in found("early-shrinking", spec)] == [("conv1",)]


# ------------------------------------------------------------------------------------- CNN105, windows on padding alone


def blind(side: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int = 1) -> tuple[int, int]:
    """How many windows along an axis there are, and how many hold no value of the input: counted one by one."""
    span = dilation * (kernel - 1) + 1
    starts = range(-padding[0], side + padding[1] - span + 1, stride)
    return len(starts), sum(not any(0 <= place < side for place in range(start, start + span)) for start in starts)


@pytest.mark.parametrize("side", [1, 4, 7])
@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (2, 2), (3, 1), (0, 4), (6, 6)])
def test_blind_windows_are_counted(side: int, kernel: int, stride: int, padding: tuple[int, int]) -> None:
    positions, seeing_nothing = blind(side, kernel, stride, padding)
    if positions < 1:
        return
    item = conv(4, kernel, stride=stride, padding=[list(padding), [0, 0]])
    item["kernel"] = [kernel, 1]
    item["stride"] = [stride, 1]
    spec = layers(item, input=f"{side}x5x4")
    if not seeing_nothing:
        assert silent("only-padding", spec)
    else:
        assert f": {5 * seeing_nothing} of the {positions}×5 outputs" in only("only-padding", spec)


def test_a_one_by_one_with_the_padding_of_a_three_by_three() -> None:
    message = only("only-padding", layers(conv(64, 1, padding=1), input="14x14x256"))
    assert f"{16 * 16 - 14 * 14} of the 16×16 outputs see nothing else" in message
    assert way_out("only-padding", layers(conv(64, 1, padding=1))).endswith("is 0×0")
    assert way_out("only-padding", layers(conv(64, [3, 5], padding=5))).endswith("is 1×2")


@pytest.mark.parametrize(
    "item",
    [
        conv(8, 3, padding=2),  # full padding: every window holds a value
        conv(8, 3, padding=12, dilation=12),
        {"maxpool": 3, "stride": 1, "padding": 1},
        {"conv_transpose": 8, "kernel": 2, "stride": 2, "padding": 2},
    ],
    ids=repr,
)
def test_padding_that_windows_see_past(item: Any) -> None:
    assert silent("only-padding", layers(item))


# ---------------------------------------------------------------------------------------------- CNN106, what is skipped


@pytest.mark.parametrize(
    ("item", "kernel", "stride", "percent"),
    [
        (conv(8, 1, stride=2), "1×1", "2×2", round(100 * (1 - Fraction(1, 4)))),
        (conv(8, 1, stride=3), "1×1", "3×3", round(100 * (1 - Fraction(1, 9)))),
        (conv(8, 2, stride=3), "2×2", "3×3", round(100 * (1 - Fraction(2, 3) * Fraction(2, 3)))),
        ({"maxpool": 1, "stride": 2}, "1×1", "2×2", 75),
        (conv(8, [1, 3], stride=[2, 1], padding=[0, 1]), "1×3", "2×1", 50),
    ],
    ids=repr,
)
def test_a_stride_beyond_the_kernel_skips(item: Any, kernel: str, stride: str, percent: int) -> None:
    said = f"a {kernel} window that moves by {stride} skips {percent} % of its input"
    assert only("skipped-input", layers(item)) == said


@pytest.mark.parametrize(
    "item",
    [
        conv(8, 2, stride=2),
        conv(8, 3, stride=2, padding=1),
        conv(8, 2, stride=3, dilation=2),  # its taps span three
        {"conv_transpose": 8, "kernel": 1, "stride": 2},
        {"maxpool": 2},
    ],
    ids=repr,
)
def test_a_stride_within_the_window_does_not(item: Any) -> None:
    assert silent("skipped-input", layers(item))


def test_nothing_can_be_skipped_of_one_value() -> None:
    assert silent("skipped-input", layers(conv(8, 1, stride=2), input="1x1x16"))


# -------------------------------------------------------------------------------------- CNN108, CNN109: points, overlap


def test_a_convolution_on_a_point_is_dense() -> None:
    assert found("conv-on-a-point", layers("global_avgpool", conv(128, 1))) == [
        (("conv1",), "a 1×1 convolution of a 1×1 map is a dense layer of 128 units")
    ]
    assert silent("conv-on-a-point", layers({"adaptive_avgpool": 2}, conv(128, 1)))
    assert silent("conv-on-a-point", layers("global_avgpool", conv(128, 3, padding=1)))
    assert silent("conv-on-a-point", layers("global_avgpool", conv(128, 1, groups=2)))


def squeeze(*inner: Any) -> dict[str, Any]:
    """Squeeze-and-excitation, the gate made of these layers."""
    return {"branches": [[], ["global_avgpool", *inner]], "merge": "multiply"}


def test_what_multiplies_its_like_is_no_gate() -> None:
    pair = {"branches": [[conv(8, 1)], [conv(8, 1, activation="sigmoid")]], "merge": "multiply"}
    assert [names for names, _ in found("conv-on-a-point", layers("global_avgpool", pair))] == [("conv1",), ("conv2",)]


def test_in_a_gate_that_form_is_customary() -> None:
    gate = squeeze(conv(5, 1, activation="relu"), conv(16, 1, activation="sigmoid"))
    assert silent("all", layers(conv(16, 3, padding=1), gate, conv(8, 3, padding=1)))


@pytest.mark.parametrize(
    ("kernel", "stride", "few", "many"), [(3, 2, 1, 2), (5, 2, 2, 3), (2, 3, 0, 1), (5, 3, 1, 2), (7, 4, 1, 2)]
)
def test_overlap_is_uneven_where_the_stride_does_not_divide(kernel: int, stride: int, few: int, many: int) -> None:
    under = Counter(place for start in range(0, 60, stride) for place in range(start, start + kernel))
    assert {under[place] for place in range(20, 40)} == {few, many}
    message = only("uneven-overlap", layers({"conv_transpose": 8, "kernel": kernel, "stride": stride}))
    assert f"a kernel of {kernel} spread by {stride}" in message
    assert f"{few} or {many} inputs" in message


def rates(*numbers: int, kernel: int = 3) -> list[Any]:
    return [conv(8, kernel, padding="half", dilation=rate) for rate in numbers]


@pytest.mark.parametrize(
    ("numbers", "seen"),
    [((2, 2, 2), 7), ((2, 4, 8), 15), ((4, 4), 5), ((3, 6), 7)],
)
def test_rates_with_a_common_factor_leave_holes(numbers: tuple[int, ...], seen: int) -> None:
    """What is seen are sums of one of −d, 0 and d for each rate d."""
    sums = {0}
    for rate in numbers:
        sums = {at + step for at in sums for step in (-rate, 0, rate)}
    of = max(sums) - min(sums) + 1
    assert len(sums) == seen
    message = only("gridding-dilation", layers(*rates(*numbers), input="64x64x8"))
    assert f"see {seen}×{seen} of {of}×{of} values" in message


@pytest.mark.parametrize(
    "items",
    [
        rates(1, 2, 3),
        rates(1, 2, 4),
        [conv(8, 3, padding=1), *rates(2, 4)],
        [*rates(2, 2), conv(8, 3, padding=1)],  # what stands behind fills them as well
        rates(2),  # one is no stack
        [conv(8, 1, stride=2)],  # holes, and none of dilation
        [conv(8, 3, padding=1)],
    ],
)
def test_rates_without_one_and_what_fills_the_holes(items: list[Any]) -> None:
    assert silent("gridding-dilation", layers(*items, input="64x64x8"))


def test_multiples_of_the_stride_are_at_hand() -> None:
    assert "a kernel of 2 or 4," in way_out("uneven-overlap", layers({"conv_transpose": 8, "kernel": 3, "stride": 2}))
    assert "a kernel of 3," in way_out("uneven-overlap", layers({"conv_transpose": 8, "kernel": 2, "stride": 3}))


@pytest.mark.parametrize(("kernel", "stride"), [(4, 2), (2, 2), (6, 3), (3, 1), (16, 8)])
def test_overlap_is_even_where_it_does(kernel: int, stride: int) -> None:
    assert silent("uneven-overlap", layers({"conv_transpose": 8, "kernel": kernel, "stride": stride}))
    assert silent("uneven-overlap", layers(conv(8, 3, stride=2)))


# ----------------------------------------------------------------------------------------- CNN201, the cancelled biases


@pytest.mark.parametrize("norm", ["batchnorm", {"batchnorm": None, "affine": False}, "instancenorm", {"groupnorm": 24}])
def test_biases_before_what_takes_the_mean_of_a_channel_away(norm: Any) -> None:
    message = only("cancelled-bias", layers(conv(24, 3), norm))
    assert message.startswith("24 biases, cancelled by the ")


@pytest.mark.parametrize("item", [{"depthwise_conv": 2, "kernel": 3}, {"separable_conv": 32, "kernel": 3}, "fc-32"])
def test_biases_of_other_layers_with_weights(item: Any) -> None:
    assert only("cancelled-bias", layers(item, "batchnorm")).startswith("32 biases")


@pytest.mark.parametrize(
    "items",
    [
        [conv(24, 3, bias=False), "batchnorm"],
        [conv(24, 3), "relu", "batchnorm"],
        [conv(24, 3, activation="relu"), "batchnorm"],
        [conv(24, 3), {"maxpool": 2}, "batchnorm"],
        [conv(24, 3), "layernorm"],
        [conv(24, 3), {"groupnorm": 8}],
        [conv(24, 3), {"batchnorm": None, "frozen": True}],
        [{**conv(24, 3), "frozen": True}, "batchnorm"],
        [{"subsample": 2}, "batchnorm"],
        [{"reshape": [64, 256]}, {"attention": 2}, "batchnorm"],
        ["batchnorm", conv(24, 3)],
    ],
    ids=repr,
)
def test_biases_that_stay_or_are_none(items: Any) -> None:
    assert silent("cancelled-bias", layers(*items))


def test_a_bias_that_something_else_sees_is_needed() -> None:
    first = {**conv(16, 3, padding=1), "name": "a"}
    assert silent("cancelled-bias", layers(first, "batchnorm", {"add": ["a", "batchnorm1"]}))
    assert silent("cancelled-bias", layers(first, "batchnorm", outputs=["a", "batchnorm1"]))
    twice = layers(
        first, {"batchnorm": None, "name": "b"}, {"batchnorm": None, "from": "a", "name": "c"}, {"add": ["b", "c"]}
    )
    assert only("cancelled-bias", twice).startswith("16 biases")


def test_a_shared_bias_is_needed_where_one_of_its_users_needs_it() -> None:
    first = {**conv(16, 3, padding=1), "name": "a"}
    again = {**conv(16, 3, padding=1), "share": "a"}
    assert silent("cancelled-bias", layers(first, "batchnorm", "relu", again, "relu"))
    assert found("cancelled-bias", layers(first, "batchnorm", "relu", again, "batchnorm")) == [
        (("a",), "16 biases, cancelled by the batchnorm that follows")
    ]


def test_what_is_shared_may_be_shared_on() -> None:
    items = [
        {**conv(16, 3, padding=1), "name": "a"},
        "batchnorm",
        {**conv(16, 3, padding=1), "name": "b", "share": "a"},
    ]
    again = {**conv(16, 3, padding=1), "share": "b"}
    assert silent("cancelled-bias", layers(*items, "batchnorm", again, "relu"))
    assert len(found("cancelled-bias", layers(*items, "batchnorm", again, "batchnorm"))) == 1


def test_one_bias_is_one() -> None:
    assert only("cancelled-bias", layers(conv(1, 3), "batchnorm")) == "1 bias, cancelled by the batchnorm that follows"


def test_the_biases_of_a_repeated_layer_are_summed() -> None:
    spec = layers(
        {"each": {"width": [8, 16, 32]}, "layers": [{"conv": "width", "kernel": 3, "padding": 1}, "batchnorm", "relu"]}
    )
    assert found("cancelled-bias", spec) == [
        (
            ("conv1", "conv2", "conv3"),
            f"8 biases, cancelled by the batchnorm that follows; {8 + 16 + 32} biases in all 3 layers",
        )
    ]


# --------------------------------------------------------------------------------------------- CNN202, the linear pairs

ACTIVE = [conv(64, 3, padding=1), "relu"]


def test_a_pair_is_said_with_the_weights_that_one_would_have() -> None:
    message = only("linear-pair", layers(*ACTIVE, conv(128, 1), conv(32, 1)))
    assert "between conv2 and this: one layer 64 → 32 does the same" in message
    assert f"{64 * 32:,} weights instead of {64 * 128 + 128 * 32:,}" in message


@pytest.mark.parametrize(
    "between_them",
    [
        ["batchnorm"],
        [{"dropout": 0.5}],
        ["identity"],
        [{"avgpool": 2}],
        ["layer_scale"],
        [{"scale": 1}, {"scale": "channel", "bias": True}, {"scale": None, "by": 0.1}],
        ["batchnorm", {"dropout": 0.1}, {"upsample": 2}],
        [{"crop": 1}],
        [{"channel_shuffle": 4}],
    ],
    ids=repr,
)
def test_what_is_linear_does_not_part_a_pair(between_them: list[Any]) -> None:
    assert found("linear-pair", layers(*ACTIVE, conv(64, 1), *between_them, conv(64, 1)))


@pytest.mark.parametrize(
    "between_them",
    [
        *(["relu"], ["batchnorm", "relu"], [{"maxpool": 2}], ["layernorm"], [{"groupnorm": 4}], ["lrn"], ["grn"]),
        *(
            [conv(64, 3, padding=1)],
            [{"depthwise_conv": 1, "kernel": 3, "padding": 1}],
            ["global_maxpool"],
            ["instancenorm"],
            [{"scale": "value"}],
        ),
    ],
    ids=repr,
)
def test_what_is_not_does(between_them: list[Any]) -> None:
    assert silent("linear-pair", layers(*ACTIVE, conv(64, 1), *between_them, conv(64, 1)))


def test_local_connections_are_no_kernel_that_a_stack_replaces_and_no_bias_that_a_mean_takes() -> None:
    for item in (conv(64, 5, padding=2), conv(64, 7, padding=3)):
        given = [*ACTIVE, {**item, "connections": "local"}, "batchnorm"]
        for rule in ("smaller-stack", "large-kernel", "cancelled-bias"):
            assert silent(rule, layers(*given))
        again = layers(*ACTIVE, item, "batchnorm")
        assert found("cancelled-bias", again)
        assert found("smaller-stack" if item["kernel"] == 5 else "large-kernel", again)


def test_the_first_of_the_pair_may_bring_its_activation() -> None:
    assert silent("linear-pair", layers(*ACTIVE, conv(64, 1, activation="relu"), conv(64, 1)))
    assert found("linear-pair", layers(*ACTIVE, conv(64, 1), conv(64, 1, activation="relu")))


@pytest.mark.parametrize(("middle", "says"), [(63, False), (64, True), (65, True)])
def test_a_narrower_middle_is_a_bottleneck(middle: int, says: bool) -> None:
    """Of 64 → middle → 128 the narrower end is 64; below that the product has fewer weights, and a lower rank."""
    assert bool(found("linear-pair", layers(*ACTIVE, conv(middle, 1), conv(128, 1)))) is says
    assert bool(found("linear-pair", layers(conv(128, 3), "relu", conv(middle, 1), conv(64, 1)))) is says


def test_dense_layers_are_pairs_too() -> None:
    message = only("linear-pair", layers(*ACTIVE, "flatten", "fc-256", {"dropout": 0.5}, "fc-10", input="4x4x8"))
    came = 4 * 4 * 64
    assert f"one layer {came} → 10" in message
    assert f"{came * 10:,} weights instead of {came * 256 + 256 * 10:,}" in message


def test_a_matrix_at_each_position_and_one_over_all_of_them_are_no_pair() -> None:
    assert silent("linear-pair", layers(*ACTIVE, conv(64, 1), "fc-10", input="4x4x8"))
    assert found("linear-pair", layers(*ACTIVE, conv(64, 1), "global_avgpool", "fc-10", input="4x4x8"))


@pytest.mark.parametrize(
    "item", [conv(64, 3, padding=1), conv(64, 1, groups=2), conv(64, [1, 3], padding=[0, 1])], ids=repr
)
def test_other_convolutions_are_no_matrix(item: Any) -> None:
    assert silent("linear-pair", layers(*ACTIVE, item, conv(64, 1)))
    assert silent("linear-pair", layers(*ACTIVE, conv(64, 1), item))


def test_a_middle_that_others_use_is_needed() -> None:
    items = [*ACTIVE, {**conv(64, 1), "name": "m"}, {**conv(64, 1), "name": "n"}]
    assert found("linear-pair", layers(*items))
    assert silent("linear-pair", layers(*items, {"add": ["m", "n"]}))
    assert silent("linear-pair", layers(*items, outputs=["m", "n"]))


def test_a_spec_that_writes_no_activation_is_not_judged() -> None:
    assert silent("linear-pair", layers(conv(64, 3), conv(64, 1), conv(64, 1), "fc-64", "fc-10", "softmax"))
    assert silent("linear-pair", layers(conv(64, 3), conv(64, 1), conv(64, 1), "fc-10", "relu"))
    gate = squeeze(conv(4, 1, activation="relu"), conv(64, 1, activation="sigmoid"))
    assert silent("linear-pair", layers(conv(64, 3), gate, conv(64, 1), conv(64, 1)))
    assert found("linear-pair", layers(conv(64, 3), "relu", conv(64, 1), conv(64, 1)))


# ---------------------------------------------------------------------------------- CNN203, CNN204: activation, softmax


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([conv(16, 3, activation="relu"), "relu"], "relu is applied to the relu of conv1"),
        ([conv(16, 3), "relu", "sigmoid"], "sigmoid is applied to the relu of relu1"),
        (["relu", {"dropout": 0.5}, "gelu"], "gelu is applied to the relu of relu1"),
        (["tanh", "flatten", "softmax"], "softmax is applied to the tanh of tanh1"),
        ([{"activation": "mish"}, {"activation": "elu"}], "elu is applied to the mish of activation1"),
        (["fc-8", {"leaky_relu": 0.2}, {"prelu": None}], "prelu is applied to the leaky_relu of leaky_relu1"),
    ],
)
def test_an_activation_on_an_activation(items: list[Any], said: str) -> None:
    assert only("doubled-activation", layers(*items)) == said


@pytest.mark.parametrize(
    "items",
    [
        ["relu", conv(16, 3, activation="relu")],
        ["relu", "batchnorm", "relu"],
        ["relu", {"maxpool": 2}, "relu"],
        ["relu", "lrn", "relu"],
        [{"residual": [conv(16, 3, padding=1, activation="relu")]}, "relu"],
        [{"branches": [["relu"], ["tanh"]]}, "relu"],
        ["relu"],
    ],
    ids=repr,
)
def test_activations_with_something_between(items: list[Any]) -> None:
    assert silent("doubled-activation", layers(*items))


def test_a_softmax_with_layers_behind_it() -> None:
    spec = layers("fc-8", {"softmax": None, "name": "s"}, {"dropout": 0.5}, {"dense": 4, "name": "d"})
    assert found("early-softmax", spec) == [(("s",), "softmax gives probabilities here, which d takes as input")]
    assert found("early-softmax", layers({"dense": 8, "activation": "softmax"}, "relu"))
    assert found("early-softmax", layers("fc-8", {"activation": "softmax"}, {"reshape": [2, 2, 2]}, conv(4, 1)))
    assert found("early-softmax", layers(conv(4, 1), "softmax", "global_avgpool", "fc-4"))


def attention(*between_them: Any) -> dict[str, Any]:
    """Attention written out: a softmax of query times key, multiplied by values."""
    return layers(
        {"dense": 8, "per_position": True, "name": "q", "from": "input"},
        {"dense": 8, "per_position": True, "name": "k", "from": "input"},
        {"dense": 8, "per_position": True, "name": "v", "from": "input"},
        {"permute": [1, 0], "from": "k", "name": "kt"},
        {"matmul": ["q", "kt"]},
        "softmax",
        *[{**item, "name": f"b{place}"} for place, item in enumerate(between_them)],
        {"matmul": ["softmax1" if not between_them else f"b{len(between_them) - 1}", "v"]},
        {"dense": 8, "per_position": True},
        input="10x8",
    )


def test_a_softmax_that_weighs_is_attention() -> None:
    assert silent("early-softmax", attention())
    assert silent("early-softmax", attention({"dropout": 0.1}, {"identity": None}))
    gated = squeeze(conv(16, 1, activation="softmax"))
    assert silent("early-softmax", layers(gated, "relu"))
    selected = squeeze(conv(32, 1), "softmax", {"channel_shuffle": 16}, {"slice": [0, 16]})
    assert silent("early-softmax", layers(selected, "relu"))


def test_a_softmax_at_an_end_is_right() -> None:
    assert silent("early-softmax", layers("fc-8", "softmax"))
    assert silent("early-softmax", layers("fc-8", "softmax", {"slice": [0, 2]}))
    auxiliary = layers(
        {**conv(8, 3), "name": "trunk"}, "fc-4", {"softmax": None, "name": "aux"},
        {**conv(8, 3), "from": "trunk"}, "fc-4", {"softmax": None, "name": "main"}, outputs=["aux", "main"],
    )  # fmt: skip
    assert silent("early-softmax", auxiliary)


# --------------------------------------------------------------------------------------------------- CNN3xx, the widths


@pytest.mark.parametrize(
    ("filters", "multiples"), [(60, "56 or 64"), (6, "8"), (1, "8"), (12, "8 or 16"), (1001, "1000 or 1008")]
)
def test_a_width_beside_a_multiple_of_eight(filters: int, multiples: str) -> None:
    [case] = lint(network(layers(conv(filters, 3), conv(8, 3))), named("ragged-width"))
    [finding] = case.findings
    assert finding.message == f"{filters} filter{'s' if filters > 1 else ''}, which is not a multiple of 8"
    assert f"take {multiples};" in finding.help


@pytest.mark.parametrize(
    "spec",
    [
        layers(conv(64, 3), conv(8, 3)),
        layers(conv(64, 3), conv(21, 1)),  # the classes
        layers(conv(10, 1), "relu", "global_avgpool", "softmax"),
        layers("fc-10", "softmax"),
        layers({"depthwise_conv": 3, "kernel": 3}, conv(8, 3), input="32x32x3"),  # its depth is not its own
        layers({"slice": [0, 3]}, conv(8, 3)),
    ],
    ids=repr,
)
def test_widths_that_are_right_or_not_ones_own(spec: Any) -> None:
    assert silent("ragged-width", spec)


def test_what_is_not_known_is_not_summed() -> None:
    assert found("cancelled-bias", "HxWxC: (conv3-C batchnorm)*2") == [
        (("conv1", "conv2"), "C biases, cancelled by the batchnorm that follows")
    ]


def test_other_numbers_in_the_same_line_are_not_passed_over() -> None:
    widths = {"each": {"width": [12, 12, 20, 28]}, "layers": [{"conv": "width", "kernel": 3}, "relu"]}
    names = ("conv1", "conv2", "conv3", "conv4")
    said = "12 filters, which is not a multiple of 8; 2 more of these layers have different numbers"
    assert found("ragged-width", layers(widths, conv(8, 1))) == [(names, said)]
    assert found("ragged-width", layers({**widths, "each": {"width": [12, 12]}}, conv(8, 1))) == [
        (names[:2], "12 filters, which is not a multiple of 8")
    ]
    [(_, one)] = found("ragged-width", layers({**widths, "each": {"width": [12, 20]}}, conv(8, 1)))
    assert one.endswith("; 1 more of these layers has different numbers")


def test_units_are_widths_too() -> None:
    assert only("ragged-width", layers("fc-84", "relu", "fc-10")) == "84 units, which is not a multiple of 8"


def test_most_parameters_behind_a_map() -> None:
    message = only("flattened-dense", layers(conv(8, 3, padding=1), "fc-64", "fc-8"))
    dense, whole = 32 * 32 * 8 * 64 + 64, (3 * 3 * 16 * 8 + 8) + (32 * 32 * 8 * 64 + 64) + (64 * 8 + 8)
    assert f"({dense:,} of {whole:,})" in message
    assert "after a 32×32×8 map" in message
    [case] = lint(network(layers(conv(8, 3, padding=1), "fc-64", "fc-8")), named("flattened-dense"))
    assert f"{8 * 64} weights" in case.findings[0].help


def test_two_places_are_a_map() -> None:
    assert "after a 1×2×8 map" in only("flattened-dense", layers(conv(8, 1), "flatten", "fc-64", input="1x2x8"))


@pytest.mark.parametrize(
    "flat", [["flatten"], ["flatten", {"dropout": 0.5}], [{"reshape": [1, 1, 8192]}], []], ids=repr
)
def test_what_flattens_the_map_does_not_matter(flat: list[Any]) -> None:
    assert "after a 32×32×8 map" in only("flattened-dense", layers(conv(8, 3, padding=1), *flat, "fc-64"))


@pytest.mark.parametrize(
    "spec",
    [
        layers(conv(8, 3), "global_avgpool", "fc-1000"),  # there is no place left
        layers(conv(512, 3), {"maxpool": 15}, "fc-8"),  # less than half
        layers("fc-300", "fc-10", input="28x28x1"),  # a map of pixels, not of features
        layers(conv(8, 3), {"dense": 1000, "per_position": True}),
        layers(conv(8, 3), "global_avgpool", "fc-512", "relu", "fc-512"),
    ],
    ids=repr,
)
def test_dense_layers_that_are_no_hoard(spec: Any) -> None:
    assert silent("flattened-dense", spec)


def test_half_of_the_parameters_is_not_most() -> None:
    """8·8 in the convolution, 2·2·8·2 in the dense layer."""
    even = layers(conv(8, 1, bias=False), {"dense": 2, "bias": False}, input="2x2x8")
    assert 8 * 8 == 2 * 2 * 8 * 2
    assert silent("flattened-dense", even)
    assert found("flattened-dense", layers(conv(8, 1, bias=False), {"dense": 2}, input="2x2x8"))


def test_of_two_dense_layers_neither_may_have_most() -> None:
    spec = layers(
        {**conv(8, 1, bias=False), "name": "c"}, {"dense": 4, "from": "c"}, {"dense": 4, "from": "c"}, input="2x2x8"
    )
    assert silent("flattened-dense", {**spec, "outputs": ["dense1", "dense2"]})


def test_one_channel_a_group_is_depthwise() -> None:
    assert found("unnamed-depthwise", layers(conv(16, 3, groups=16))) == [
        (("conv1",), "16 groups of one channel each are a depthwise convolution")
    ]
    [case] = lint(network(layers(conv(48, 3, groups=16))), named("unnamed-depthwise"))
    assert f"depthwise_conv: {48 // 16}" in case.findings[0].help
    for other in (conv(16, 3, groups=8), conv(16, 3), {"depthwise_conv": 1, "kernel": 3}, {"groupnorm": 16}):
        assert silent("unnamed-depthwise", layers(other))
    assert silent("unnamed-depthwise", layers(conv(16, 3), input="32x32x1"))


# ---------------------------------------------------------------------------------------------------- CNN4xx, the graph


def test_paths_that_look_apart() -> None:
    """3×3/2 under `same` on an even side begins at 0 and is centred at 1; 1×1/2 looks at 0."""
    spec = layers({"residual": [conv(16, 3, stride=2, padding="same")], "shortcut": [conv(16, 1, stride=2)]})
    assert found("unaligned-merge", spec) == [
        (("add1",), "its inputs look 1 value of the network's input apart, where neighbours are 2×2 apart")
    ]
    spec = layers({"residual": [conv(16, 3, stride=2, padding=1)], "shortcut": [conv(16, 1, stride=2)]})
    assert silent("unaligned-merge", spec)


def test_the_input_itself_may_be_one_of_them() -> None:
    spec = layers({"residual": [conv(16, 4, padding=[[1, 2], [1, 2]])]})
    assert found("unaligned-merge", spec) == [
        (("add1",), "its inputs look half a value of the network's input apart, where neighbours are 1×1 apart")
    ]
    assert silent("unaligned-merge", layers({"residual": [conv(16, 3, padding=1)]}))


def test_distance_grows_with_the_stride_before() -> None:
    inner = {"residual": [conv(16, 3, stride=2, padding="same")], "shortcut": [{"avgpool": 2}]}
    message = only("unaligned-merge", layers({"maxpool": 2}, {"maxpool": 2}, inner))
    assert f"{Fraction(1, 2) * 4} values of the network's input apart, where neighbours are 8×8 apart" in message


def test_paths_of_different_stride() -> None:
    wide = {"branches": [[conv(8, 3, stride=2, padding=1)], [conv(8, 17)]]}
    assert only("unaligned-merge", layers(wide)) == (
        "neighbouring values of its inputs lie 2×2 and 1×1 values of the network's input apart"
    )


def test_a_gate_is_aligned_with_everything() -> None:
    assert silent("unaligned-merge", layers(conv(16, 3, stride=2, padding="same"), squeeze(conv(16, 1))))


def test_an_output_that_nobody_uses() -> None:
    heads = [{**conv(8, 3), "name": "a"}, {**conv(8, 3), "name": "b"}, "relu", {**conv(8, 3), "from": "a", "name": "c"}]
    assert found("unused-output", layers(*heads)) == [
        (("relu1",), "its output is never used, nor that of the layer that leads to it alone")
    ]
    assert silent("unused-output", layers(*heads, outputs=["c", "relu1"]))
    more = [{**conv(8, 3), "name": "a"}, "relu", "lrn", "tanh", {**conv(8, 3), "from": "a"}]
    assert (
        only("unused-output", layers(*more))
        == "its output is never used, nor that of the 2 layers that lead to it alone"
    )
    kept = layers({**conv(8, 3), "name": "a"}, {"relu": None, "name": "b"}, outputs=["a"])
    assert found("unused-output", kept) == [(("b",), "its output is never used")]
    alone = layers({"relu": None, "name": "b", "from": "left"}, {"tanh": None, "from": "right"})
    both = {"left": "8x8x8", "right": "8x8x8"}
    assert found("unused-output", {**alone, "input": both}) == [(("b",), "its output is never used")]


def test_what_leads_to_two_unused_ones_is_said_of_neither() -> None:
    items = [
        {**conv(8, 3), "name": "a"},
        {"relu": None, "from": "a"},
        {"tanh": None, "from": "a"},
        {**conv(8, 3), "from": "input"},
    ]
    assert found("unused-output", layers(*items)) == [
        (("relu1",), "its output is never used"),
        (("tanh1",), "its output is never used"),
    ]


def test_a_block_that_nobody_uses(tmp_path: Path) -> None:
    unit = {"parameters": {"width": None}, "layers": ["conv3-width"]}
    spec = {"input": "8x8x3", "blocks": {"unit": unit, "outer": {"layers": ["unit-8"]}}, "layers": ["conv3-4"]}
    assert found("unused-block", spec) == [((), "no item uses the block `outer`")]
    assert found("unused-block", {**spec, "blocks": {"unit": unit}}) == [((), "no item uses the block `unit`")]
    left_out = {"layers": [{"residual": ["relu", {"unit": 3, "when": False}]}]}
    assert silent("unused-block", {**spec, "blocks": {"unit": unit}, "layers": ["conv3-4", left_out]})
    assert silent("unused-block", {**spec, "layers": ["outer"]})
    (tmp_path / "base.yaml").write_text(json.dumps(spec), encoding="utf-8")
    (tmp_path / "heir.yaml").write_text("{extends: base, layers: [relu]}", encoding="utf-8")
    assert not cnncalc.lint(str(tmp_path / "heir.yaml"), select=["CNN404"]).findings


def test_sight_of_the_last_convolution() -> None:
    """3, 4 after the pool, 4 + 2·2 = 8."""
    spec = layers(conv(8, 3, padding=1), {"maxpool": 2}, conv(8, 3, padding=1), "global_avgpool", "fc-8")
    assert found("narrow-sight", spec) == [(("conv2",), "the last convolution sees 8×8 of the 32×32 input")]
    assert silent("narrow-sight", {**spec, "input": "8x8x3"})
    assert only("narrow-sight", {**spec, "input": "8x9x3"}).endswith("sees 8×8 of the 8×9 input")


@pytest.mark.parametrize(
    "spec",
    [
        layers(conv(8, 3, padding=1)),  # a map of answers
        layers(conv(8, 3), "global_avgpool", conv(8, 1)),  # the last one sees everything
        layers(conv(16, 3, padding=1), squeeze(conv(16, 1)), conv(8, 3, padding=1), "global_avgpool"),
        layers("fc-10"),
        layers("relu", "global_avgpool", "fc-10"),
        layers(conv(8, 32), "fc-8"),
    ],
    ids=repr,
)
def test_nothing_is_said_of_sight_that_is_wide_or_not_asked_for(spec: Any) -> None:
    assert silent("narrow-sight", spec)


def test_of_several_last_convolutions_the_one_that_sees_most_counts() -> None:
    spec = layers({"branches": [[conv(8, 1)], [conv(8, 5, padding=2)]]}, "global_avgpool", "fc-8", input="7x7x3")
    assert found("narrow-sight", spec) == [(("conv2",), "the last convolution sees 5×5 of the 7×7 input")]
    assert silent("narrow-sight", {**spec, "input": "5x5x3"})


# --------------------------------------------------------------------------------------- silenced, graded, in one place

SKIPS = layers({**conv(8, 1, stride=2), "name": "a"}, {**conv(8, 1, stride=2), "name": "stage1.b"}, "relu")


def test_a_spec_silences_a_rule() -> None:
    assert len(found("CNN106", SKIPS)) == 2
    for word in ("CNN106", "cnn106", "skipped-input", "CNN1", "all"):
        assert silent("CNN106", {**SKIPS, "lint": {"ignore": [word]}})
    assert len(found("CNN106", {**SKIPS, "lint": {"ignore": ["CNN101"]}})) == 2


@pytest.mark.parametrize(
    ("patterns", "left"),
    [("a", ["stage1.b"]), ("stage*", ["a"]), (["stage1.?", "a"], []), ("*", []), ("*b", ["a"]), (["s*"], ["a"])],
)
def test_a_spec_silences_a_rule_for_some_layers(patterns: Any, left: list[str]) -> None:
    spec = {**SKIPS, "lint": {"ignore": [{"CNN106": patterns}]}}
    assert [names for names, _ in found("CNN106", spec)] == [(name,) for name in left]


def test_a_layer_that_is_silenced_is_not_counted_with_those_of_its_place() -> None:
    one = {"repeat": 3, "name": "r", "layers": [conv(16, 3, padding=1), "batchnorm"]}
    spec = layers(one, "relu", lint={"ignore": [{"CNN201": "r.2.*"}]})
    assert found("CNN201", layers(one, "relu")) == [
        (
            ("r.1.conv1", "r.2.conv1", "r.3.conv1"),
            f"16 biases, cancelled by the batchnorm that follows; {3 * 16} biases in all 3 layers",
        )
    ]
    assert found("CNN201", spec) == [
        (
            ("r.1.conv1", "r.3.conv1"),
            f"16 biases, cancelled by the batchnorm that follows; {2 * 16} biases in all 2 layers",
        )
    ]


def test_a_spec_grades_a_rule() -> None:
    def severities(**said: Any) -> list[str]:
        spec = network({**SKIPS, "lint": said})
        return [finding.severity for case in lint(spec, named("CNN106")) for finding in case.findings]

    assert severities() == ["note", "note"]
    assert severities(severity={"CNN106": "error"}) == ["error", "error"]
    assert severities(severity={"skipped-input": "warning"}, ignore=[{"CNN106": "a"}]) == ["warning"]
    assert severities(severity={"all": "warning", "CNN106": "error"}) == ["error", "error"], "the last one counts"


def test_it_is_kept_when_memory_is_counted_otherwise() -> None:
    spec = network({**SKIPS, "lint": {"ignore": ["CNN106"]}}).sized("float16", 8)
    assert not any(case.findings for case in lint(spec, named("CNN106")))


def test_a_spec_inherits_what_is_silenced_and_may_say_otherwise(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({**SKIPS, "lint": {"ignore": ["CNN106"]}}))
    for name, own in (("same", {}), ("other", {"lint": {"ignore": ["CNN101"]}}), ("none", {"lint": None})):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"extends": "base.yaml", **own}))
    assert cnncalc.lint(tmp_path / "same.yaml", select=["CNN106"]).findings == []
    assert len(cnncalc.lint(tmp_path / "other.yaml", select=["CNN106"]).findings) == 2
    assert len(cnncalc.lint(tmp_path / "none.yaml", select=["CNN106"]).findings) == 2


@pytest.mark.parametrize(
    "said", [None, {}, {"ignore": None}, {"ignore": [], "severity": {}}, {"severity": None}], ids=repr
)
def test_nothing_may_be_said(said: Any) -> None:
    assert len(found("CNN106", {**SKIPS, "lint": said})) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"ignore": ["CNN101", "large-kernel", {"CNN106": "a"}, {"CNN1": ["a", "*"], "CNN2": "relu1"}]},
        {"severity": {"CNN106": "note", "large-kernel": "warning", "CNN2": "error"}, "ignore": []},
        {},
        None,
    ],
    ids=repr,
)
def test_what_the_command_takes_is_valid_by_the_schema(said: Any) -> None:
    spec = {**SKIPS, "lint": said}
    SCHEMA.validate(spec)
    review("net", network(spec))


@pytest.mark.parametrize(
    "said",
    [
        *(["CNN101"], "CNN101", 7, {"ignroe": []}, {"ignore": "CNN101"}, {"ignore": {"CNN101": "*"}}, {"ignore": [7]}),
        *({"ignore": [None]}, {"ignore": [["CNN101"]]}, {"ignore": [{}]}, {"ignore": [{"CNN106": None}]}),
        *({"ignore": [{"CNN106": {"a": "b"}}]}, {"ignore": [{"CNN106": []}]}, {"ignore": [{"CNN106": [["a"]]}]}),
        *(
            {"severity": ["CNN101"]},
            {"severity": {"CNN101": "fatal"}},
            {"severity": {"CNN101": None}},
            {"severity": "note"},
        ),
    ],
    ids=repr,
)
def test_what_it_does_not_take_is_not(said: Any) -> None:
    assert not SCHEMA.is_valid({**SKIPS, "lint": said})
    with pytest.raises(cnncalc.SpecError):
        network({**SKIPS, "lint": said})


def test_a_spec_says_no_more_than_can_be_held_against_every_layer() -> None:
    network({**SKIPS, "lint": {"ignore": [{"CNN106": ["a"] * 200}]}})
    with pytest.raises(cnncalc.SpecError, match="more than 200"):
        network({**SKIPS, "lint": {"ignore": [{"CNN106": ["a"] * 201}]}})


BASE = """\
name: base
input: 64x64x8
parameters: {depth: 1}
blocks:
  down:
    parameters: {width: }
    layers:
      - {conv: width, kernel: 1,
         stride: 2}
      - relu
layers:
  - down-8
  - {down: 16, repeat: depth, name: deep}
"""


def test_places_of_inherited_and_repeated_layers(tmp_path: Path) -> None:
    """The layers stand in line 8 of the base; the spec that is looked at has two lines."""
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "derived.yaml").write_text("extends: base.yaml\nparameters: {depth: 3}\n")
    assert BASE.splitlines()[7].strip().startswith("- {conv: width")
    [finding] = cnncalc.lint(tmp_path / "derived.yaml", select=["skipped-input"]).to_dict()["specs"][0]["findings"]
    assert finding["layers"] == ["down1.conv1", "deep.1.conv1", "deep.2.conv1", "deep.3.conv1"]
    assert finding["place"] == {"file": str(tmp_path / "base.yaml"), "line": 8, "column": 9}


def test_findings_as_problems_say_whose_layers_they_are() -> None:
    [case] = lint(network("input: 56x56x64\nlayers: [conv5-64]\n"), named("CNN107"))
    [finding] = case.findings
    head, arrow, *_ = str(problem(finding)).splitlines()
    assert head.startswith("note: CNN107 a 5×5 kernel has 102,400 weights")
    assert arrow == "  --> text:2:10  conv1"
    assert str(problem(finding, "net.yaml")).splitlines()[1].endswith("  conv1 of net.yaml")


# ---------------------------------------------------------------------------------------------------------- the command


def test_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    noted, warned, wrong = "56x56x64: conv5-64", "56x56x64: conv3-64 batchnorm relu", "56x56x64: conv1-64 (relu)*2"
    Path("padded.yaml").write_text(yaml.safe_dump(layers(conv(8, 1, padding=1))))
    Path("clean.yaml").write_text(yaml.safe_dump(layers("relu")))
    for spec, statuses in (
        ("clean.yaml", (0, 0, 0, 0)),
        (noted, (1, 0, 0, 0)),
        (warned, (1, 1, 0, 0)),
        (wrong, (1, 1, 0, 0)),
        ("padded.yaml", (1, 1, 1, 0)),
    ):
        for least, status in zip((*SEVERITIES, "never"), statuses, strict=True):
            assert run(["lint", spec, "--fail-on", least], monkeypatch, capsys).exit == status, (spec, least)
        assert run(["lint", spec], monkeypatch, capsys).exit == statuses[1]
        assert run(["lint", spec, "--ignore", "all", "--select", "CNN1"], monkeypatch, capsys).exit == 2
    assert run(["lint", "clean.yaml", noted, warned], monkeypatch, capsys).exit == 1
    assert run(["lint", warned, "--ignore", "CNN201"], monkeypatch, capsys).exit == 0
    assert run(["lint", warned, "--select", "CNN1,CNN3"], monkeypatch, capsys).exit == 0
    assert run(["lint", warned, "--select", "CNN1", "--select", "cancelled-bias"], monkeypatch, capsys).exit == 1


def test_a_grade_of_the_spec_decides_on_the_status(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(yaml.safe_dump({**SKIPS, "lint": {"severity": {"CNN106": "warning"}}}))
    assert main(["lint", str(path)]) == 1
    assert main(["lint", str(path), "--fail-on", "error"]) == 0


def test_patterns_are_specs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        Path(f"{name}.yaml").write_text(yaml.safe_dump(layers("relu")))
    assert run(["lint", "*.yaml"], monkeypatch, capsys).stdout == "2 specs: no findings\n"
    assert run(["lint", "*.yaml", "a.yaml", "./b.yaml"], monkeypatch, capsys).stdout == "2 specs: no findings\n"
    outcome = run(["lint", "*.yaml", "*.yml"], monkeypatch, capsys)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "no file fits *.yml" in outcome.stderr


def test_all_that_can_not_be_read_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text("input: 8x8x3\nlayers: [{conv: 8, kernal: 3}]\n")
    Path("worse.yaml").write_text("input: 8x8x3\nlayers: [relu]\nlint: {ignore: [nonesuch]}\n")
    outcome = run(["lint", "bad.yaml", "no*.yaml", "nonesuch", "worse.yaml", "vgg16"], monkeypatch, capsys)
    assert (outcome.exit, outcome.stdout) == (2, "")
    for said in ("kernal", "no file fits no*.yaml", "called nonesuch", "there is no rule `nonesuch`"):
        assert said in outcome.stderr


def test_quietly_nothing_is_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "8x8x8: relu", "--quiet"], monkeypatch, capsys) == (0, "", "")
    said = run(["lint", "8x8x8: conv5-8", "-q"], monkeypatch, capsys)
    assert said.stdout.startswith("note: CNN107")
    assert "1 note" not in said.stdout


def test_the_summary_of_a_workflow_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run(["lint", "56x56x64: conv5-64", "--format", "text"], monkeypatch, capsys)
    assert not summary.exists()
    run(["lint", "56x56x64: conv5-64", "--format", "github"], monkeypatch, capsys)
    assert "CNN107 smaller-stack" in summary.read_text(encoding="utf-8")


def test_json_has_every_finding_and_their_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(["lint", "vgg16_bn", "56x56x64: conv5-64", "--format", "json"], monkeypatch, capsys)
    result = json.loads(outcome.stdout)
    assert list(result) == ["schema", "specs", "counts"]
    assert [(spec["spec"], len(spec["findings"])) for spec in result["specs"]] == [
        ("vgg16_bn", 3),
        ("56x56x64: conv5-64", 1),
    ]
    assert result["counts"] == {"note": 3, "warning": 1, "error": 0}
    keys = ["code", "name", "severity", "message", "layers", "place", "help"]
    assert all(list(finding) == keys for spec in result["specs"] for finding in spec["findings"])
    [bias] = [finding for finding in result["specs"][0]["findings"] if finding["code"] == "CNN201"]
    widths = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    assert f"{sum(widths):,} biases in all {len(widths)} layers" in bias["message"]


def test_a_spec_in_no_file_has_a_place_without_a_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(["lint", "56x56x64: conv5-64", "--format", "json"], monkeypatch, capsys).stdout
    [finding] = json.loads(said)["specs"][0]["findings"]
    assert finding["place"] == {"file": "notation", "line": 1, "column": len("56x56x64: ") + 1}
    said = run(["lint", "56x56x64: conv5-64", "--format", "markdown"], monkeypatch, capsys).stdout
    assert "| conv1 |" in said


def test_markdown_is_as_long_as_a_comment_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for count in (100, 1000):
        item = "  - {conv: 8, kernel: 1, padding: 1}\n"
        Path("net.yaml").write_text(f"input: 8x8x8\nlayers:\n{count * item}")
        outcome = run(["lint", "net.yaml", "--select", "CNN105", "--format", "markdown"], monkeypatch, capsys)
        assert outcome.stdout.startswith(f"**net.yaml: {count:,} errors**\n")
        shown = outcome.stdout.count("| error |")
        assert shown == 100 if count == 100 else 100 < shown < 1000
        assert ("more" in outcome.stdout) is (shown < count)
        assert shown == count or f"\n{count - shown:,} more did not fit: " in outcome.stdout
        assert len(outcome.stdout) < 65_536


def test_the_python_api_is_the_findings_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(["lint", "vgg16_bn", "--format", "json"], monkeypatch, capsys)
    found = cnncalc.lint("vgg16_bn").to_dict()
    assert found["counts"] == json.loads(outcome.stdout)["counts"]
    assert found["specs"][0]["findings"] == json.loads(outcome.stdout)["specs"][0]["findings"]
    assert [finding.code for finding in cnncalc.lint("vgg16_bn", ignore=["CNN2", "CNN4"]).findings] == ["CNN302"]
    assert cnncalc.lint("nasnet_mobile", set={"filters": 96}, select=["CNN301"]) != cnncalc.lint(
        "nasnet_mobile", select=["CNN301"]
    )
    with pytest.raises(cnncalc.SpecError, match="there is no rule `nonesuch`"):
        cnncalc.lint("vgg16", select=["nonesuch"])


# ---------------------------------------------------------------------------------------------------------- the goldens


@pytest.mark.parametrize("case", cases("lint"), ids=lambda case: case.name)
def test_output_is_as_recorded(
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    update_golden: bool,
) -> None:
    (tmp_path / ".git").mkdir()  # paths are seen from here
    monkeypatch.setattr("cnncalc.__version__", "1.2.3")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    outcome = run_case(case, tmp_path, monkeypatch, capsys)
    hold(case, outcome, update_golden)


def test_every_format_is_recorded() -> None:
    recorded = {
        case.command[case.command.index("--format") + 1] for case in cases("lint") if "--format" in case.command
    }
    assert recorded >= {"json", "markdown", "github", "junit", "sarif", "gitlab"}


# -------------------------------------------------------------------------------------------------- every built-in spec


def firings() -> str:
    """What fires on every built-in spec: how many findings, on how many layers."""
    lines = []
    for spec in CONFIGS:
        for case in lint(cnncalc.load(spec)):
            if case.findings:
                count = sum(len(finding.layers) for finding in case.findings)
                lines.append(f"{spec} {case.name}: {len(case.findings)} on {count} layers\n")
    return "".join(lines)


def test_what_fires_on_the_built_in_specs_is_as_recorded(update_golden: bool) -> None:
    """Each line has been looked at, and is right by the literature. --update-golden records it again: look again."""
    now = firings()
    if update_golden:
        FIRINGS.write_text(now, encoding="utf-8")
    assert FIRINGS.read_text(encoding="utf-8") == now


def test_what_papers_say_of_their_own_networks_is_said_too() -> None:
    """Facts from outside: figures of papers and what later papers say of them."""
    fired = {tuple(line.split()[:2]) for line in FIRINGS.read_text(encoding="utf-8").splitlines()}
    for spec in ("resnet50", "resnet101", "resnet152", "resnext50_32x4d"):
        assert (spec, "CNN106") in fired, "ResNet-D: the 1×1/2 of the shortcut ignores three quarters of its input"
    for spec in ("vgg11", "vgg13", "vgg16", "vgg19", "alexnet", "zfnet"):
        assert (spec, "CNN302") in fired, "NIN: the parameters are in the first dense layer"
    for spec in ("googlenet", "alexnet"):
        assert (spec, "CNN107") in fired, "Inception v2: 5×5 become two 3×3"
    for spec in ("vgg16_bn", "vgg11_bn", "resnet50_v1"):
        assert (spec, "CNN201") in fired, "torchvision's VGG and Keras' ResNet v1 have biases before batch norm"
    for spec in CONFIGS:
        assert (spec, "CNN105") not in fired, "a published network has no blind outputs"
        if spec.startswith(("convnext", "efficientnet", "mobilenet_v2", "densenet", "unet")):
            assert not any(name == spec for name, *_ in fired), spec


OPEN = (
    *("alexnet", "convnext_tiny", "efficientnet_b0", "googlenet", "lenet5", "mobilenet_v3_small", "nin_cifar10"),
    *("resnet18", "resnet50_v1", "resnet50_v2", "shufflenet_v2_x1_0", "squeezenet1_0", "vgg16_bn"),
    *(pytest.param(name, marks=pytest.mark.whole_zoo) for name in ("unet", "xception")),  # they take long
)


@pytest.mark.parametrize("spec", OPEN)
def test_symbols_in_place_of_the_sides_break_nothing(spec: str) -> None:
    """What is not known does not fire: with open sides there is nothing said that there is not with numbers."""
    sides = len(next(iter(cnncalc.load(spec).inputs.values())).sides)
    open_ = lint(load_symbolic(spec, ["H", "W"][:sides], {}))
    closed = lint(cnncalc.load(spec))
    for symbolic, plain in zip(open_, closed, strict=True):
        assert {name for found_ in symbolic.findings for name in found_.layers} <= {
            name for found_ in plain.findings for name in found_.layers
        }, plain.name


@pytest.mark.parametrize(
    ("line", "fires"),
    [
        ("HxWxC: conv7-64 relu conv7-C relu", {"CNN102"}),
        ("HxWxC: conv3-C conv1-C conv1-K relu fc-10", set()),
        ("HxWxC: conv3-8/2 relu conv1-C/2", set()),
        ("HxWxC: conv3-C batchnorm relu", {"CNN201"}),
        ("HxWxC: relu relu", {"CNN203"}),
        ("HxWxC: conv_transpose3-K/2", {"CNN109"}),
        ("LxC: conv3-C relu softmax fc-C", {"CNN203", "CNN204"}),
        ("C: fc-K relu fc-C fc-8", set()),
        ("32x32xC: conv4-C relu", {"CNN103"}),
        ("HxWxC: global_avgpool conv1-8", {"CNN108"}),
    ],
)
def test_symbols_fire_where_it_does_not_hang_on_them(line: str, fires: set[str]) -> None:
    assert codes(line) == fires


# ------------------------------------------------------------------------------------------------ whatever is looked at


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Any]:
    """A few layers of any type, one after the other, as far as each takes what the one before it gives."""
    kinds = sorted(registry())
    items: list[Any] = []
    shape: str | None = None
    for _ in range(draw(st.integers(1, 5))):
        kind = registry()[draw(st.sampled_from(kinds))]
        if kind.merges:
            continue
        case = draw(layer_cases(kind))
        shape = shape or "x".join(map(str, case.volumes[0] if case.volumes else ())) or None
        items.append(item_of(case.layer))
    return {"input": shape or "8x8x8", "layers": items or ["relu"]}


@settings(max_examples=examples(150), deadline=None)
@given(stacks())
def test_no_network_is_too_odd_for_a_rule(spec: dict[str, Any]) -> None:
    for count in range(len(spec["layers"]), 0, -1):
        try:
            odd = cnncalc.load({**spec, "layers": spec["layers"][:count]})
        except cnncalc.SpecError:
            continue
        for rule, case in zip(RULES, lint(odd), strict=True):
            assert case.name == f"{rule.code} {rule.name}"
            for finding in case.findings:
                assert finding.message
                assert "free_symbols" not in finding.message
        break


def test_long_chains_and_wide_fans() -> None:
    """Shapes on which looking back from every layer would take a square of their number."""
    chain = {case.name[:6]: case.findings for case in lint(network("1x1x8: (softmax)*3000")) if case.findings}
    assert {code: [len(finding.layers) for finding in said] for code, said in chain.items()} == {
        "CNN203": [2999],
        "CNN204": [2999],
    }
    long = {"repeat": 3000, "layers": [{"dropout": 0.5}]}
    fan = {"repeat": 3000, "layers": [{"tanh": None, "from": "e"}]}
    spec = layers("relu", long, {"identity": None, "name": "e"}, fan)
    assert [len(names) for names, _ in found("CNN203", spec)] == [3000]
    assert [len(names) for names, _ in found("CNN402", spec)] == [2999]


# ------------------------------------------------------------------------------------------------------------ the pages


def test_the_pages_are_what_the_command_prints() -> None:
    for path, made in docs.references().items():
        assert path.read_text(encoding="utf-8") == made(), "python tests/docs.py --update"


def test_there_is_a_page_for_each_rule_and_no_other() -> None:
    assert {path.name for path in (ROOT / "docs/lint").iterdir()} == {f"{rule.name}.md" for rule in RULES}


@every_rule
def test_a_page_says_what_why_whence_and_how_to_silence(rule: LintRule) -> None:
    text = (ROOT / rule.page).read_text(encoding="utf-8")
    assert text.startswith(f"# {rule.code} {rule.name}\n")
    for part in (rule.says, rule.why.strip(), rule.example.strip(), rule.instead.strip()):
        assert part in text
    assert " ".join(rule.source.split()) in " ".join(text.split())
    assert f"{rule.severity}: {rule.code} " in text, "what the command prints of the example"
    assert "instead.yaml: no findings" in text
    assert f"--ignore {rule.code}" in text


@every_rule
def test_how_a_page_says_that_a_rule_is_silenced_is_true(rule: LintRule) -> None:
    text = (ROOT / rule.page).read_text(encoding="utf-8")
    example = yaml.safe_load(rule.example)
    told = [yaml.safe_load(code) for code in re.findall(r"`(lint: [^`]+)`", text)]
    assert len(told) == 3
    for said in told:
        [ignored] = said["lint"].get("ignore", [None])
        # What is ignored for some layers is ignored here for those that the example has.
        meant = {"lint": {"ignore": [dict.fromkeys(ignored, "*")]}} if isinstance(ignored, dict) else said
        left = [finding for case in lint(network({**example, **meant})) for finding in case.findings]
        assert ([finding.severity for finding in left] == []) is ("ignore" in said["lint"])
        assert all(finding.severity != rule.severity for finding in left)


def test_rules_are_listed_and_explained(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(run(["lint", "--rules", "--format", "json"], monkeypatch, capsys).stdout)
    assert [record["code"] for record in listed] == [rule.code for rule in RULES]
    record = json.loads(run(["lint", "--rule", "cnn101", "--format", "json"], monkeypatch, capsys).stdout)
    assert record["name"] == "floored-fraction"
    assert network(record["example"] + "\n").layers
    page = run(["lint", "--rule", "floored-fraction"], monkeypatch, capsys).stdout
    assert page == (ROOT / "docs/lint/floored-fraction.md").read_text(encoding="utf-8")
    for wrong in (["--rule", "nonesuch"], ["--rule", "CNN1"], ["--rules", "vgg16"], ["--rules", "-f", "sarif"]):
        assert run(["lint", *wrong], monkeypatch, capsys).exit == 2


def test_a_view_knows_who_uses_what() -> None:
    view = View(
        network(layers({**conv(8, 1), "name": "a"}, "relu", {"add": ["a", "relu1"]}, {"add": ["add1", "add1"]}))
    )
    assert [node.name for node in view.users["a"]] == ["relu1", "add1"]
    assert [node.name for node in view.users["add1"]] == ["add2"], "who uses it twice uses it"
    assert view.users["add2"] == []
