"""Derivations: the arithmetic that is printed gives the numbers, to a reader that shares nothing with its writer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from textwrap import dedent
from typing import Any

import golden
import pytest
import zoo
from arithmetic import evaluated
from hypothesis import Phase, given, settings
from strategies import Case, cases, examples, spec_of

import cnncalc
from cnncalc.layers import registry
from cnncalc.report.describe import spelled
from cnncalc.report.explanation import document, page, text
from cnncalc.report.explanation import explained as derived
from cnncalc.writers.json import json_text
from cnncalc.writers.markdown import written

Run = Callable[..., golden.Outcome]
CASES = golden.cases("explain")
AXES: dict[int, list[str]] = {0: [], 1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"]}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str, stdin: str = "") -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, stdin)

    return ran


@pytest.fixture
def explained(run: Run) -> Callable[..., dict[str, dict[str, dict[str, Any]]]]:
    """The steps of every layer of a spec by its name and the quantity, from the JSON form."""

    def of(spec: str, *layers: str) -> dict[str, dict[str, dict[str, Any]]]:
        outcome = run("explain", "-", *layers, "--format", "json", stdin=spec)
        assert outcome.exit == 0, outcome.stderr
        found = json.loads(outcome.stdout)["layers"]
        return {layer["name"]: {step["quantity"]: step for step in layer["steps"]} for layer in found}

    return of


# ------------------------------------------------------------------------------------------- all layers of all networks


def counts(row: dict[str, Any]) -> dict[str, int]:
    """What a derivation calls the counts of a row of `summarize`."""
    return {
        "weights": row["weights"],
        "biases": row["biases"],
        "buffers": row["buffers"],
        "multiply-adds": row["macs"],
        **(
            {"operations": row["flops"]}
            if row["type"] == "other"
            else {"other operations": row["flops"] - 2 * row["macs"]}
        ),
        "activations": row["activations"],
    }


def extents(row: dict[str, Any]) -> list[tuple[str, int]]:
    """What a derivation calls the extents of an output, width first; in 2-D people call the channels depth."""
    *sides, channels = row["output"]
    named = list(zip(AXES[len(sides)], sides, strict=True))[::-1]
    return [
        *((f"output {axis}", side) for axis, side in named),
        ("output depth" if len(sides) == 2 else "output channels", channels),
    ]


def hold(layer: dict[str, Any], row: dict[str, Any]) -> None:
    """Every number of the row is derived, and every derivation evaluates to what it says."""
    steps = [step for step in layer["steps"] if step["quantity"] != "output sides"]
    assert layer["output"] == row["output"]
    assert len(steps) == len(layer["steps"]) - (row["fields"].get("like") is not None)
    shown = [(step["quantity"], step["value"]) for step in steps]
    assert [pair for pair in shown if pair[0].startswith("output ")] == extents(row)
    derived = dict(shown)
    assert {name: derived.get(name, 0) for name in counts(row)} == counts(row)
    for step in steps:
        if step["value"] is not None:
            assert evaluated(step["numbers"]) == Fraction(step["value"]), (row["name"], step)
    if row["receptive_field"] is None or not any(row["receptive_field"]):
        note = "everything" if row["receptive_field"] is None else "nothing"
        note = f"not known: what {row['name']} sees is not given" if row["type"] == "other" else note
        assert [step for step in steps if step["value"] is None] == [
            {"quantity": "receptive field", "value": None, "note": note}
        ]
        return
    for quantity, values in (("receptive field", row["receptive_field"]), ("jump", row["jump"])):
        shown_of_axes = [derived[quantity]] if quantity in derived else []
        shown_of_axes += [
            derived[f"{quantity} {axis}"] for axis in AXES[len(values)] if f"{quantity} {axis}" in derived
        ]
        exact = [Fraction(value) for value in shown_of_axes]
        known = [Fraction(value) for value in values]
        if quantity == "receptive field":
            exact = [Fraction(-(-value.numerator // value.denominator)) for value in exact]
        assert exact == (known if len(exact) > 1 else known[:1]), row["name"]
        assert len(exact) in (1, len(known))
        assert len(exact) > 1 or len(set(known)) == 1


def record(network: cnncalc.Network, node: Any) -> dict[str, Any]:
    """The derivation of a layer as the command prints it."""
    found: dict[str, Any] = json.loads(json.dumps(derived(network, [node]).to_dict()["layers"][0]))
    return found


SEEN: set[Any] = set()  # layers that stand in several networks on the same volumes, with the same reach, are held once


@zoo.over_the_zoo
def test_each_derivation_of_a_built_in_spec_gives_the_layers_number(name: str) -> None:
    network = zoo.network(name)
    for node in network.layers:
        key = (node.layer, node.given, node.arriving, node.share, node.frozen)
        if key not in SEEN:
            SEEN.add(key)
            hold(record(network, node), json.loads(json.dumps(node.to_dict())))


def test_the_command_prints_these_of_every_layer_in_order(run: Run) -> None:
    found = json.loads(run("explain", "googlenet", "--format", "json").stdout)
    network = cnncalc.load("googlenet")
    assert found["layers"] == [record(network, node) for node in network.layers]
    assert [layer["name"] for layer in found["layers"]] == [node.name for node in network.layers]


LINE = re.compile(r"  (?P<quantity>\S.*?)  +(?P<sides>.+)")
REMARK = re.compile(r" (?:value|input pixel)s?\b.*|: .*")
PLAIN = re.compile(r"[\d·+−/() ]+")
READ: set[Any] = set()


def sides_of(line: str) -> tuple[str, list[str]]:
    """The quantity of a line of text, and the sides of its equation."""
    form = LINE.fullmatch(line)
    assert form, line
    return form["quantity"], REMARK.sub("", form["sides"]).split(" = ")


@zoo.over_the_zoo
def test_the_text_that_people_read_says_the_same(name: str) -> None:
    """The last side but one, every / rounded down, comes to the last. (⌈a/b⌉ and functions are read in the JSON.)"""
    network = zoo.network(name)
    for node in network.layers:
        if (node.layer, node.given) in READ:
            continue
        READ.add((node.layer, node.given))
        head, *lines = text([node]).rstrip("\n").split("\n")
        assert head.startswith(f"{node.name}   ")
        for line in lines:
            quantity, sides = sides_of(line)
            numbers, result = sides[-2:] if len(sides) > 1 else ("", sides[-1])
            if PLAIN.fullmatch(numbers) and "/" not in result.split(" → ")[0] and "(1/2)" not in numbers:
                arithmetic = numbers.replace("·", "*").replace("−", "-")
                assert evaluated(arithmetic) == int(result.split(" → ")[-1].replace(",", "")), (quantity, line)


def test_a_star_among_the_inputs_is_spelled_out() -> None:
    """Of layers, of groups and blocks by their last layer, and of one alone; what a block calls its inputs stays."""
    spec = """
        input: 8x8x4
        blocks: {meet: {inputs: [x, rest.*], layers: [{concat: [x, rest.*]}]}}
        layers:
          - {conv: 4, kernel: 3, padding: half, repeat: 3, name: y}
          - {repeat: 12, layers: [conv3-4, relu], name: z}
          - {concat: [input, y.*, z.*], name: all}
          - {meet: , from: [input, y.*], name: few}
    """
    network = cnncalc.load(dedent(spec))
    assert spelled(network["all"]) == "concat input, y.1 … y.3, z.1 … z.12"
    assert spelled(network["few.concat1"]) == "concat x, rest.*"


@zoo.over_the_zoo
def test_latex_is_balanced_and_ascii(name: str) -> None:
    network = zoo.network(name)
    for node in network.layers:
        if (node.layer, node.given, "latex") not in READ:
            READ.add((node.layer, node.given, "latex"))
            hold_latex(document([node]), 1)


def test_prose_in_latex_is_escaped() -> None:
    layers = [{"conv": 4, "kernel": 1, "name": "as_large"}, "maxpool2", {"upsample": None, "like": "as_large"}]
    text = document(cnncalc.load({"input": "9x9x3", "layers": layers}).layers[-1:])
    assert r"\text{as large as as\_large: 9$\times$9}" in text
    hold_latex(text, 1)


def hold_latex(text: str, layers: int) -> None:
    """Braces, \\left with \\right, one environment a layer; ASCII but for the comment that names the layer."""
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") == layers
    for line in text.split("\n"):
        if line.startswith("%"):
            continue
        assert line.isascii(), line
        depth = 0
        for brace in re.findall(r"[{}]", line):
            depth += 1 if brace == "{" else -1
            assert depth >= 0, line
        assert depth == 0, line
        assert line.count(r"\left") == line.count(r"\right"), line
        assert line.count("&") == line.count(" &: ") + line.count(r"\&") == line.startswith("  "), line


# -------------------------------------------------------------------------------------------------- all types of layers


def quick(most: int) -> settings:
    return settings(
        max_examples=examples(most), deadline=None, derandomize=True, database=None, phases=[Phase.generate]
    )


@pytest.mark.parametrize("kind", registry())
def test_a_layer_of_every_type_is_derived(kind: str) -> None:
    """Drawn from the fields' own bounds, in 1-D, 2-D and 3-D."""

    @quick(12)
    @given(cases(registry()[kind]))
    def on_drawn_cases(case: Case) -> None:
        if "Pool" in type(case.layer).__name__ and getattr(case.layer, "padding", 0) == "causal":
            return  # the next test
        network = cnncalc.load(spec_of(case.layer, case.volumes))
        (layer,) = json.loads(json_text(derived(network, network.layers)))["layers"]
        (row,) = network.to_dict()["layers"]
        hold(layer, json.loads(json.dumps(row)))
        assert text(network.layers).strip()
        assert written(page(network.layers)).strip()
        hold_latex(document(network.layers), 1)

    on_drawn_cases()


def test_a_causal_pool_is_derived() -> None:
    network = cnncalc.load("{input: 3x6, layers: [{maxpool: 4, stride: 2, padding: causal}]}")
    hold(record(network, network.layers[0]), network.to_dict()["layers"][0])


# ------------------------------------------------------------------------------------------------------ the issue's own

CONV1 = """\
conv1   conv 11×11-96 /4   input 227×227×3
  output width      (W₁ − F + 2·P)/S + 1 = (227 − 11 + 2·0)/4 + 1 = 55
  output height     (H₁ − F + 2·P)/S + 1 = (227 − 11 + 2·0)/4 + 1 = 55
  output depth      K = 96
  weights           F·F·D₁·K = 11·11·3·96 = 34,848
  biases            K = 96
  multiply-adds     H₂·W₂·K · F·F·D₁ = 55·55·96 · 11·11·3 = 105,415,200
  other operations  H₂·W₂·K = 55·55·96 = 290,400
  activations       H₂·W₂·K = 55·55·96 = 290,400 values, 1.1 MiB as float32
  receptive field   r + (F − 1)·j = 1 + (11 − 1)·1 = 11
  jump              j·S = 1·4 = 4 input pixels between neighbours

F kernel, S stride, P padding, K filters, H height, W width, D channels, r receptive field, j jump of what comes in; \
₁ comes in, ₂ goes out.
"""


def test_alexnets_first_layer_line_by_line(run: Run) -> None:
    """Each line's numbers are those of the issue, and of the course notes before it."""
    assert run("explain", "alexnet", "conv1").stdout == CONV1
    assert (227 - 11 + 2 * 0) // 4 + 1 == 55
    assert 11 * 11 * 3 * 96 == 34_848
    assert 55 * 55 * 96 * 11 * 11 * 3 == 105_415_200
    assert f"{55 * 55 * 96 * 4 / 2**20:.1f} MiB" == "1.1 MiB"


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "padding", "shown"),
    [
        # the paper's 224: (224 − 11)/4 + 1 is 54 and a quarter
        (224, 11, 4, 0, "(224 − 11 + 2·0)/4 + 1 = 54.25 → 54: the last column is ignored"),
        # 7 by 3 in steps of 3, which the course notes say does not fit
        (7, 3, 3, 0, "(7 − 3 + 2·0)/3 + 1 = 2.3333… → 2: the last column is ignored"),
        (12, 5, 5, 0, "(12 − 5 + 2·0)/5 + 1 = 2.4 → 2: the last 2 columns are ignored"),
        # only padding is lost
        (224, 7, 2, 3, "(224 − 7 + 2·3)/2 + 1 = 112.5 → 112"),
        (227, 11, 4, 0, "(227 − 11 + 2·0)/4 + 1 = 55"),
    ],
)
def test_what_is_rounded_down_is_shown_as_the_fraction_it_was(
    side: int, kernel: int, stride: int, padding: int, shown: str, run: Run
) -> None:
    spec = f"{{input: {side}x{side}x3, layers: [{{conv: 8, kernel: {kernel}, stride: {stride}, padding: {padding}}}]}}"
    lines = run("explain", "-", stdin=spec).stdout.splitlines()
    width, height = (
        next(line for line in lines if line.startswith(f"  output {axis}")) for axis in ("width", "height")
    )
    assert width.endswith(f"(W₁ − F + 2·P)/S + 1 = {shown}")
    assert height.endswith(f"(H₁ − F + 2·P)/S + 1 = {shown.replace('column', 'row')}")


def test_the_exact_fraction_is_in_the_json(explained: Any) -> None:
    step = explained("{input: 224x224x3, layers: [{conv: 8, kernel: 11, stride: 4}]}")["conv1"]["output width"]
    assert step == {
        "quantity": "output width",
        "symbols": "(W₁-F+2*P)/S+1",
        "numbers": "(224-11+2*0)/4+1",
        "value": 54,
        "exact": "217/4",  # 54.25
        "note": "the last column is ignored",
    }


@pytest.mark.parametrize(("kernel", "keeps"), [(3, 1), (5, 2), (7, 3), (11, 5)])
def test_the_padding_that_would_keep_the_size_is_said(kernel: int, keeps: int, run: Run) -> None:
    """P = (F − 1)/2."""
    spec = f"{{input: 20x20x3, layers: [{{conv: 8, kernel: {kernel}}}]}}"
    lines = run("explain", "-", stdin=spec).stdout.splitlines()
    assert lines[1].split(maxsplit=2)[2] == f"(F − 1)/2 = ({kernel} − 1)/2 = {keeps}: this padding would keep the size"
    with_it = spec.replace(f"kernel: {kernel}", f"kernel: {kernel}, padding: {keeps}")
    assert cnncalc.load(with_it).layers[0].output.sides == (20, 20)
    assert "would keep the size" not in run("explain", "-", stdin=with_it).stdout


@pytest.mark.parametrize("fields", ["kernel: 3, stride: 2", "kernel: 4", "kernel: 1", "kernel: 3, padding: 2"])
def test_no_padding_is_advised_where_none_keeps_the_size_or_nothing_is_lost(fields: str, run: Run) -> None:
    stdout = run("explain", "-", stdin=f"{{input: 20x20x3, layers: [{{conv: 8, {fields}}}]}}").stdout
    assert ("would keep the size" in stdout) == (
        fields == "kernel: 3, padding: 2"
    )  # which makes it larger: 1 would keep it


def test_a_word_of_padding_is_derived(explained: Any) -> None:
    half, same = "{conv: 4, kernel: 5, padding: half}", "{conv: 4, kernel: 4, stride: 2, padding: same}"
    found = explained(f"{{input: 15x15x3, layers: [{half}, {same}]}}")
    assert found["conv1"]["padding"] == {
        "quantity": "padding",
        "symbols": "(F-1)/2",
        "numbers": "(5-1)/2",
        "value": 2,
        "note": "`half`",
    }
    derived = found["conv2"]["padding"]
    # 15 in steps of 2: 8 windows, over (8 − 1)·2 + 4 = 18 values, 3 more than there are; 1 of them before
    assert (derived["value"], derived["note"]) == (1, "`same`")
    assert evaluated(derived["numbers"]) == ((8 - 1) * 2 + 4 - 15) // 2 == 1


# ------------------------------------------------------------------------------------------------------- layer by layer

EVERYTHING = """
input: 13x11x6
layers:
  - {conv: 8, kernel: [3, 5], stride: [2, 1], padding: [[1, 0], [2, 3]], name: oblong}
  - {conv: 8, kernel: 3, dilation: [2, 3], padding: half, groups: 4, name: grouped}
  - {conv_transpose: 6, kernel: 3, stride: 2, padding: 1, output_padding: 1, groups: 2, name: up}
  - {depthwise_conv: 2, kernel: 3, name: depthwise}
  - {separable_conv: 10, kernel: 3, multiplier: 2, padding: same, name: separable}
  - {adaptive_avgpool: [4, 5], name: adaptive}
  - {conv: 3, kernel: 1, connections: per_map, name: each_map}
  - {conv: 4, kernel: 3, padding: 1, connections: shared, activation: prelu, name: one_kernel}
  - {conv: 4, kernel: 3, padding: 1, name: base}
  - {conv: 4, kernel: 3, padding: 1, share: base, name: again}
  - {conv: 4, kernel: 3, padding: 1, frozen: true, name: still}
  - {concat: [base, again, still], name: joined}
  - {batchnorm: , name: norm}
  - {add: [base, again], name: sum}
  - {conv: 2, kernel: 2, connections: [[0, 1], [1, 2, 3]], name: table}
"""
EXPECTED: dict[str, dict[str, int]] = {
    # (13 + 1 − 3)/2 + 1 = 6 and 11 + 5 − 5 + 1 = 12
    "oblong": {
        "output height": 6,
        "output width": 12,
        "weights": 3 * 5 * 6 * 8,
        "multiply-adds": 6 * 12 * 8 * 3 * 5 * 6,
    },
    "grouped": {"output height": 6, "weights": 3 * 3 * (8 // 4) * 8, "multiply-adds": 6 * 12 * 8 * 3 * 3 * 2},
    # every input value meets 3·3 weights of each of the 6/2 filters of its group
    "up": {"output height": 12, "output width": 24, "weights": 3 * 3 * 8 * 3, "multiply-adds": 6 * 12 * 8 * 3 * 3 * 3},
    "depthwise": {"output depth": 12, "weights": 3 * 3 * 12, "multiply-adds": 10 * 22 * 12 * 9},
    "separable": {"weights": 3 * 3 * 24 + 24 * 10, "biases": 10, "multiply-adds": 10 * 22 * (3 * 3 * 24 + 24 * 10)},
    # 10 rows in 4 windows: 3 + 3 + 3 + 3; 22 columns in 5: 5 + 5 + 6 + 5 + 5
    "adaptive": {"output height": 4, "output width": 5, "other operations": (10 + 4 - 2) * (22 + 5 - 1) * 10},
    "each_map": {"output depth": 30, "weights": 3, "biases": 3, "multiply-adds": 4 * 5 * 30},
    # a kernel for each filter, and a slope for each map
    "one_kernel": {"weights": 3 * 3 * 4 + 4, "multiply-adds": 4 * 5 * 4 * 3 * 3 * 30},
    "base": {"weights": 3 * 3 * 4 * 4, "biases": 4, "multiply-adds": 4 * 5 * 4 * 3 * 3 * 4},
    "again": {"multiply-adds": 4 * 5 * 4 * 3 * 3 * 4},
    "still": {"buffers": 3 * 3 * 4 * 4 + 4, "multiply-adds": 4 * 5 * 4 * 3 * 3 * 4},
    "joined": {"output depth": 12, "activations": 4 * 5 * 12},
    "norm": {"weights": 12, "biases": 12, "buffers": 24, "other operations": 2 * 4 * 5 * 12},
    "sum": {"output depth": 4, "other operations": 4 * 5 * 4},
    "table": {"weights": 2 * 2 * (2 + 3), "multiply-adds": 3 * 4 * 2 * 2 * (2 + 3)},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_layer_comes_to_by_visible_arithmetic(name: str, explained: Any) -> None:
    steps = explained(EVERYTHING, name)[name]
    assert {quantity: steps[quantity]["value"] for quantity in EXPECTED[name]} == EXPECTED[name]


def test_all_of_it_evaluates(run: Run) -> None:
    found = json.loads(run("explain", "-", "--format", "json", stdin=EVERYTHING).stdout)["layers"]
    for layer, row in zip(found, cnncalc.load(EVERYTHING).to_dict()["layers"], strict=True):
        hold(layer, row)


def test_shared_weights_are_derived_where_they_are_held_and_frozen_ones_as_buffers(explained: Any) -> None:
    found = explained(EVERYTHING)
    assert not {"weights", "biases", "buffers"} & found["again"].keys()
    assert not {"weights", "biases"} & found["still"].keys()
    assert evaluated(found["still"]["buffers"]["numbers"]) == 3 * 3 * 4 * 4 + 4


def test_what_can_be_shown_of_axes_that_differ(explained: Any) -> None:
    steps = explained(EVERYTHING)["oblong"]
    assert steps["output height"]["symbols"] == "(H₁-Fh+(Ph+Ph′))/Sh+1"
    assert steps["output width"]["numbers"] == "(11-5+(2+3))/1+1"
    assert [quantity for quantity in steps if quantity.startswith("receptive")] == [
        "receptive field height",
        "receptive field width",
    ]


def test_dilation_is_derived_as_the_effective_extent(explained: Any) -> None:
    """d·(F − 1) + 1: a 3 dilated by 2 spans 5, by 3 spans 7."""
    steps = explained("{input: 20x1, layers: [{conv: 1, kernel: 3, dilation: 2}, {conv: 1, kernel: 3, dilation: 3}]}")
    assert steps["conv1"]["output length"]["value"] == 20 - 5 + 1
    assert steps["conv2"]["output length"]["value"] == 16 - 7 + 1
    assert "(d-1)*(F-1)" in steps["conv1"]["output length"]["symbols"]
    assert steps["conv2"]["receptive field"]["value"] == 5 + (7 - 1)


def test_one_dimension_and_attention(explained: Any) -> None:
    steps = explained("{input: 10x8, layers: [{conv: 8, kernel: 3, padding: causal}, {attention: 2}]}")
    assert steps["conv1"]["weights"]["value"] == 3 * 8 * 8
    assert steps["conv1"]["output channels"]["value"] == 8
    assert steps["attention1"]["weights"]["value"] == 4 * 8 * 8
    assert steps["attention1"]["multiply-adds"]["value"] == 10 * 4 * 8 * 8 + 2 * 10 * 10 * 8
    # a softmax over 10 by 10 scores of 2 heads, and 4 biases at every position
    assert steps["attention1"]["other operations"]["value"] == 2 * 10 * 10 + 4 * 10 * 8
    assert steps["attention1"]["receptive field"]["note"] == "everything"


def test_three_dimensions(explained: Any, run: Run) -> None:
    spec = "{input: 16x112x112x3, layers: [{conv: 64, kernel: 3x5x7, padding: half}]}"
    steps = explained(spec)["conv1"]
    assert steps["weights"]["numbers"] == "(3*5*7*3)*64"
    assert steps["multiply-adds"]["value"] == 16 * 112 * 112 * 64 * (3 * 5 * 7 * 3)
    (layer,) = json.loads(run("explain", "-", "-f", "json", stdin=spec).stdout)["layers"]
    hold(layer, cnncalc.load(spec).to_dict()["layers"][0])


def test_no_two_steps_of_a_layer_have_one_name(run: Run) -> None:
    (layer,) = json.loads(run("explain", "16x112x112x3: conv3-64", "-f", "json").stdout)["layers"]
    names = [step["quantity"] for step in layer["steps"]]
    assert len(set(names)) == len(names)


def test_a_merge_calls_its_inputs_by_number(run: Run) -> None:
    spec = "{input: {l: 8x8x3, r: 8x8x5}, layers: [{concat: [l, r]}]}"
    lines = run("explain", "-", stdin=spec).stdout.splitlines()
    assert lines[0].endswith("input 8×8×3 and 8×8×5")
    assert "  output depth     D₁ + D₂ = 3 + 5 = 8" in lines


# --------------------------------------------------------------------------------------------------------- which layers


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["conv1"], ["conv1"]),
        (["conv2", "conv1"], ["conv1", "conv2"]),  # in the order of the network
        (["maxpool*"], [f"maxpool{place}" for place in range(1, 6)]),
        (["conv1?"], ["conv10", "conv11", "conv12", "conv13"]),
        (["dense[13]", "softmax*"], ["dense1", "dense3", "softmax1"]),
    ],
)
def test_layers_by_name_and_pattern(patterns: list[str], names: list[str], run: Run) -> None:
    found = json.loads(run("explain", "vgg16", *patterns, "--format", "json").stdout)
    assert [layer["name"] for layer in found["layers"]] == names
    assert (found["schema"], found["name"]) == (1, "VGG-16")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["vgg16", "nope"], "has no layer `nope`"),
        (["vgg16", "conv1", "pool*"], "has no layer `pool*`"),
        (["vgg16", "dens1"], "did you mean `dense1`"),
        (["vgg16", "--format", "html"], "--format takes text, markdown, latex, json, not html"),
        (["HxWx3: conv3-8"], "this spec has symbols"),
        (["224x224x3: conv11-96/4", "--strict", "--set", "nope=1"], "nope"),
    ],
)
def test_a_wrong_request(arguments: list[str], said: str, run: Run) -> None:
    outcome = run("explain", *arguments)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_symbol_in_a_field_is_refused_too(run: Run) -> None:
    outcome = run("explain", "8x8x3: conv3-k")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "this spec has symbols" in outcome.stderr


def test_strict_refuses_what_is_otherwise_warned_of(run: Run) -> None:
    spec = "{input: 224x224x3, layers: [{conv: 8, kernel: 11, stride: 4}]}"
    assert run("explain", "-", stdin=spec).exit == 0
    assert run("explain", "-", "--strict", stdin=spec).exit == 2


def test_a_symbol_may_be_given_a_number(run: Run) -> None:
    assert "3·3·8·5 = 360" in run("explain", "8x8x8: conv3-k", "--set", "k=5").stdout


# -------------------------------------------------------------------------------------------------------------- formats


def test_markdown_is_a_heading_and_a_table_a_layer(run: Run) -> None:
    text, markdown = (run("explain", "alexnet", "conv*", "-f", form).stdout for form in ("text", "markdown"))
    parts = markdown.rstrip("\n").split("### ")[1:]
    assert [part.split("\n")[0] for part in parts] == [f"conv{place}" for place in range(1, 6)]
    rows = [line for line in markdown.split("\n") if line.startswith("| ") and "quantity" not in line]
    told = [line for line in text.split("\n") if line.startswith("  ")]
    assert [[cell.strip().replace("\\", "") for cell in row.strip("|").split("|")] for row in rows] == [
        [cell.strip() for cell in re.split(r"  +", line.strip(), maxsplit=1)] for line in told
    ]


def test_the_latex_of_a_layer(run: Run) -> None:
    stdout = run("explain", "alexnet", "conv1", "--format", "latex").stdout
    assert r"\text{weights} &: F \cdot F \cdot D_1 \cdot K = 11 \cdot 11 \cdot 3 \cdot 96 = 34{,}848" in stdout
    floored = r"\left\lfloor\frac{W_1 - F + 2 \cdot P}{S}\right\rfloor + 1 = \frac{227 - 11 + 2 \cdot 0}{4} + 1 = 55"
    assert floored in stdout


@pytest.mark.parametrize("spec", [EVERYTHING, "{input: 5x6x7x2, layers: [{conv: 4, kernel: [1, 2, 3]}]}"])
def test_latex_of_other_layers_is_balanced(spec: str, run: Run) -> None:
    outcome = run("explain", "-", "--format", "latex", stdin=spec)
    assert outcome.exit == 0
    hold_latex(outcome.stdout, len(cnncalc.load(spec).layers))


def test_each_line_of_latex_but_the_last_ends_the_row(run: Run) -> None:
    rows = [
        line for line in run("explain", "alexnet", "conv1", "-f", "latex").stdout.split("\n") if line.startswith("  ")
    ]
    assert len(rows) == 10
    assert all(row.endswith(r" \\") for row in rows[:-1])
    assert not rows[-1].endswith(r"\\")


def test_a_file_is_written_whole(run: Run, tmp_path: Path) -> None:
    outcome = run("explain", "alexnet", "conv1", "-o", str(tmp_path / "conv1.txt"))
    assert (outcome.exit, outcome.stdout) == (0, "")
    assert (tmp_path / "conv1.txt").read_text(encoding="utf-8") == CONV1


# ------------------------------------------------------------------------------------------------------------- terminal


@pytest.mark.parametrize("width", [70, 80, 100])
def test_a_narrow_terminal_wraps_at_blanks(width: int, tmp_path: Path, run: Run) -> None:
    """Nothing is wider, and put together again it is what a pipe gives."""
    drawn = golden.on_terminal(["explain", "alexnet"], width, tmp_path)
    assert drawn.exit == 0
    assert max(map(golden.cells, drawn.text.split("\n"))) <= width
    assert drawn.text.split() == run("explain", "alexnet").stdout.split()


def test_what_is_piped_is_not_wrapped(run: Run) -> None:
    assert max(map(len, run("explain", "-", "separable", stdin=EVERYTHING).stdout.split("\n"))) > 100


def test_the_headline_fits_too(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(EVERYTHING, encoding="utf-8")
    drawn = golden.on_terminal(["explain", "net.yaml", "grouped"], 60, tmp_path)
    assert max(map(golden.cells, drawn.text.split("\n"))) <= 60


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
    assert outcome.exit == 0
    if case.terminal is not None:
        assert max(map(golden.cells, outcome.stdout.split("\n"))) <= case.terminal


def test_there_are_goldens() -> None:
    assert len(CASES) >= 5


def test_the_letters_of_a_derivation_are_said_last(run: Run) -> None:
    last = run("explain", "vgg16", "conv1").stdout.rstrip("\n").split("\n")[-1]
    assert last.startswith("F kernel, S stride, P padding, K filters, H height, W width, D channels, r receptive field")
    pool = run("explain", "vgg16", "maxpool1").stdout.rstrip("\n").split("\n")[-1]
    assert "K filters" not in pool
    assert "F kernel, S stride" in pool
