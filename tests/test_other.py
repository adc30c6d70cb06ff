"""Layers that cut across the network: volumes that take no input, and layers whose counts are given or unknown."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc import commands
from cnncalc.dims import unknowns
from cnncalc.network.counts import SUMMED, plain
from cnncalc.network.graph import Graph
from cnncalc.network.metrics import METRICS
from cnncalc.report.explanation import document

GIVEN = {"weights": 11, "biases": 12, "buffers": 13, "macs": 14, "flops": 15}
READER = 1 * 25 * 128


def reader(**more: Any) -> dict[str, Any]:
    """A convolution, a layer that is none of the types, and a dense layer."""
    lstm = {"other": "lstm", "output": "1x25x128", "name": "lstm1", **more}
    return {"input": [1, 25, 8], "layers": [{"conv": 4, "kernel": 1, "stride": 1}, lstm, {"dense": 10}]}


CONV, DENSE = (8 * 4, 4, 25 * 8 * 4), (READER * 10, 10, READER * 10)
"""Weights, biases and multiply-adds of the two beside it."""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The status of a command, and what it printed on either stream."""
    status = commands.main(arguments)
    return status, "".join(capsys.readouterr())


def written(folder: Path, spec: Any, name: str = "net") -> str:
    """The file of a spec."""
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps(spec), encoding="utf-8")
    return str(file)


# ------------------------------------------------------------------------------------------------ counts as given


def test_counts_are_those_that_are_given() -> None:
    network = cnncalc.load(reader(**GIVEN))
    row = network["lstm1"].to_dict()
    assert {name: row[name] for name in GIVEN} == GIVEN
    assert row["params"] == 11 + 12
    assert row["activations"] == READER
    assert row["fields"] == {"what": "lstm", "output": [1, 25, 128], **GIVEN}
    assert row["notes"] == ["counts as given"]
    totals = network.totals
    assert totals.weights == CONV[0] + 11 + DENSE[0]
    assert totals.biases == CONV[1] + 12 + DENSE[1]
    assert totals.buffers == 13
    assert totals.macs == CONV[2] + 14 + DENSE[2]
    assert totals.flops == 2 * (CONV[2] + DENSE[2]) + 25 * 4 + 15 + 10, "and one operation a bias"
    assert not network.warnings


@pytest.mark.parametrize("missing", GIVEN)
def test_what_is_not_given_is_unknown_and_in_every_sum(missing: str) -> None:
    known, missed = cnncalc.load(reader(**GIVEN)), {**GIVEN}
    del missed[missing]
    network = cnncalc.load(reader(**missed))
    row, totals = network["lstm1"].to_dict(), network.to_dict()["totals"]
    touched = {missing, *(["params"] if missing in ("weights", "biases") else [])}
    for name in SUMMED:
        if name in touched:
            assert f"lstm1.{missing}?" in row[name]
            assert f"lstm1.{missing}?" in totals[name]
            rest = getattr(known.totals, name) - GIVEN[missing]
            assert totals[name] == (f"lstm1.{missing}? + {rest}" if rest else f"lstm1.{missing}?"), "the known part"
        else:
            assert row[name] == getattr(known["lstm1"], name)
            assert totals[name] == getattr(known.totals, name)
    assert isinstance(totals["weight_bytes"], str) is (missing in ("weights", "biases"))
    assert row["notes"] == [f"counts as given; not given: {missing}"]
    assert not network.symbolic
    assert not network.assumptions, "nothing is assumed of it"


def test_operations_do_not_follow_from_multiply_adds() -> None:
    assert unknowns(cnncalc.load(reader(macs=7))["lstm1"].flops) == ["lstm1.flops?"]


def test_two_of_them_are_two_unknowns() -> None:
    spec = reader()
    spec["layers"].insert(2, {"other": "lstm", "output": "1x25x128"})
    network = cnncalc.load(spec)
    assert unknowns(network.totals.macs) == ["lstm1.macs?", "other1.macs?"]
    repeated = {"other": "cell", "output": 8, "repeat": 2}
    assert unknowns(cnncalc.load({"input": 8, "layers": [repeated]}).totals.biases) == [
        "other1.biases?",
        "other2.biases?",
    ]


def test_frozen_they_are_buffers_and_shared_they_are_not_counted_again() -> None:
    node = cnncalc.load(reader(**GIVEN, frozen=True))["lstm1"]
    assert (node.weights, node.biases, node.params, node.buffers) == (0, 0, 0, 11 + 12 + 13)
    node = cnncalc.load(reader(frozen=True, weights=3, buffers=4))["lstm1"]
    assert (node.params, plain(node.buffers)) == (0, "lstm1.biases? + 7")
    spec = reader()
    spec["layers"].insert(2, {"other": "lstm", "output": "1x25x128", "share": "lstm1"})
    twin = cnncalc.load(spec)["other1"]
    assert (twin.weights, twin.biases, twin.buffers) == (0, 0, 0)
    assert unknowns(twin.macs) == ["other1.macs?"]


def test_fields_take_expressions_and_symbols_and_the_name_a_parameter() -> None:
    spec = reader(weights="4*w*(w + input.channels)", output="[1, 25, w]", other="kind")
    spec["parameters"] = {"w": 128, "kind": "gru"}
    network = cnncalc.load(spec)
    assert network["lstm1"].weights == 4 * 128 * (128 + 4)
    assert network["lstm1"].fields["what"] == "gru"
    node = cnncalc.load({"input": "LxC", "layers": [{"other": "rnn", "output": "LxC", "weights": "2*C"}]}).layers[0]
    assert [plain(value) for value in (*node.output, node.weights, node.params)] == [
        "L",
        "C",
        "2*C",
        "2*C + other1.biases?",
    ]


def test_what_it_sees_is_unknown_and_so_is_what_is_seen_behind_it() -> None:
    spec = reader()
    network = cnncalc.load({**spec, "layers": [*spec["layers"][:2], {"conv": 4, "kernel": 1}, {"dense": 10}]})
    for name in ("lstm1", "conv2", "dense1"):
        node = network[name]
        assert (node.receptive_field, node.receptive_field_smallest, node.receptive_field_bound) == (None, None, "≤")
    totals = network.to_dict()["totals"]
    assert (totals["receptive_field"], totals["receptive_field_bound"]) == (None, "≤")
    assert (totals["receptive_field_ungated"], totals["receptive_field_ungated_bound"]) == (None, "≤")


def test_beside_it_a_way_that_is_known_is_seen_at_least() -> None:
    blur = {"other": "blur", "output": "9x9x4", "from": "conv1"}
    layers = [{"conv": 4, "kernel": 3, "padding": "half"}, blur, {"add": ["conv1", "other1"]}]
    network = cnncalc.load({"input": "9x9x4", "layers": layers})
    totals = network.to_dict()["totals"]
    assert (totals["receptive_field"], totals["receptive_field_bound"]) == (None, "≤")
    assert (totals["receptive_field_ungated"], totals["receptive_field_ungated_bound"]) == ([3, 3], "≥")
    network = cnncalc.load({"input": "9x9x4", "layers": [*layers, "global_avgpool"]})
    assert network["global_avgpool1"].receptive_field_bound is None, "along the known way everything is seen"


# ------------------------------------------------------------------------------------------------- in every format


def test_every_format_marks_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = written(tmp_path, reader(weights=11))
    total = f"lstm1.macs? + {CONV[2] + DENSE[2]:,}"
    for form in ("table", "markdown"):
        status, text = run(capsys, "summarize", spec, "-f", form, "--columns", "all")
        assert status == 0
        assert "other lstm, as given" in text
        assert total in text
        assert "lstm1: counts as given; not given: biases, buffers, macs, flops." in text.replace("\\", "")
        assert "the sum it is in is incomplete" in text
    _, text = run(capsys, "summarize", spec, "-f", "csv")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["lstm1"]["layer"] == "other lstm, as given"
    assert rows["lstm1"]["macs"] == "lstm1.macs?"
    assert rows["total"]["macs"] == total.replace(",", "")
    _, text = run(capsys, "summarize", spec, "--formulas")
    (line,) = [line for line in text.splitlines() if line.startswith("OTHER")]
    assert line.split("  ")[-1].strip() == "as given"
    assert "macs: lstm1.macs?" in line
    _, text = run(capsys, "explain", spec, "lstm1")
    quantities = dict(line.strip().split("  ", 1) for line in text.splitlines()[1:] if "  " in line.strip())
    assert quantities["weights"].strip() == "11: as given"
    for name in ("biases", "buffers", "multiply-adds", "operations"):
        assert quantities[name].strip() == "not given"
    _, text = run(capsys, "explain", spec, "--receptive-field")
    assert "not known: what lstm1, dense1 see" in text


def test_lint_sees_them() -> None:
    for counts, said in ((GIVEN, "counts as given"), ({}, f"counts as given; not given: {', '.join(GIVEN)}")):
        finding = next(found for found in cnncalc.lint(reader(**counts)).findings if found.code == "CNN405")
        assert (finding.message, finding.layers) == (said, ("lstm1",))


def test_no_limit_passes_on_an_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where there are no budgets
    spec = written(tmp_path, reader(weights=11))
    for limit in ("macs=1", "macs=1T", "params=1G", "flops=1T", "buffers=1G", "weight_bytes=1TiB"):
        status, text = run(capsys, "check", spec, "--max", limit)
        assert status == 2, limit
        assert "cannot be compared" in text
        assert "give lstm1." in text
    status, text = run(capsys, "check", spec, "--max", "sees=1000")
    assert status == 2
    assert run(capsys, "check", spec, "--max", f"weights={CONV[0] + 11 + DENSE[0]}")[0] == 0
    assert run(capsys, "check", spec, "--max", f"weights={CONV[0] + 11 + DENSE[0] - 1}")[0] == 1
    status, text = run(capsys, "compare", spec, spec, "--fail-if", "macs > 1.1x")
    assert (status, "give lstm1.macs in the spec" in text) == (2, True)


def test_a_baseline_has_what_is_known_and_a_known_count_may_not_become_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, reader(weights=11))
    assert run(capsys, "baseline", "write", "net.yaml", "-o", "kept.yaml")[0] == 0
    kept = (tmp_path / "kept.yaml").read_text(encoding="utf-8")
    assert "    weights: " in kept
    assert "macs" not in kept
    assert run(capsys, "check", "net.yaml", "--baseline", "kept.yaml")[0] == 0
    written(tmp_path, reader(**GIVEN))
    assert run(capsys, "baseline", "write", "net.yaml", "-o", "kept.yaml")[0] == 0
    written(tmp_path, reader(weights=11))
    status, text = run(capsys, "check", "net.yaml", "--baseline", "kept.yaml")
    assert (status, "cannot be compared" in text) == (2, True)


def test_compare_has_no_ratio_and_diff_does_not_call_it_the_same() -> None:
    other = reader(weights=11, output="1x25x256")
    ratios = cnncalc.compare(reader(weights=11), other).to_dict()["ratios"][1]
    assert ratios["macs"] == ratios["params"] == "undefined"
    assert ratios["weights"] == (CONV[0] + 11 + 25 * 256 * 10) / (CONV[0] + 11 + DENSE[0])
    changes = cnncalc.diff(reader(weights=11), other).to_dict()
    assert {"macs", "flops", "biases", "params", "buffers"} <= set(changes["unknown"])
    assert changes["totals"]["weights"]["after"] - changes["totals"]["weights"]["before"] == 25 * 128 * 10


def test_scale_measures_what_is_known() -> None:
    ways = {way.doubled: way for way in cnncalc.scale(reader(weights=0)).ways}
    assert ways["resolution"].macs is None
    assert ways["resolution"].weights == (CONV[0] + DENSE[0]) / (CONV[0] + DENSE[0])


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"other": "lstm"}, "other needs its output"),
        ({"other": "lstm", "output": "1x25x128", "weights": -1}, "weights must be a whole number of at least 0"),
        ({"other": "lstm", "output": "1x25x128", "weight": 1}, "did you mean `weights`"),
        ({"other": 3, "output": "1x25x128"}, "what must be a text on one line, not 3"),
        ({"other": "lstm", "output": [1, 2, 3, 4, 5]}, "output must be"),
        ({"other": "lstm", "output": 4, "from": ["input", "input"]}, "takes one input"),
        ({"constant": [1, 2, 3, 4, 5]}, "volume must be"),
        ({"constant": "4x0"}, "volume must be"),
        ({"constant": None}, "constant needs its volume"),
        ({"constant": 4, "from": "input"}, "constant takes no input"),
    ],
)
def test_mistakes_are_said_with_a_way_out(item: Any, said: str) -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load({"input": [1, 25, 8], "layers": [item]})
    assert said in str(caught.value)
    assert "bug" not in str(caught.value)


# --------------------------------------------------------------------------------------------------------- constants


def positions(**more: Any) -> dict[str, Any]:
    """A convolution, codes of positions that are added to it, and another convolution."""
    code = {"constant": "9x9x4", "name": "pos", **more}
    conv = {"conv": 4, "kernel": 3, "padding": "half"}
    return {"input": "9x9x4", "layers": [{**conv, "name": "x"}, code, {"add": ["x", "pos"]}, conv]}


@pytest.mark.parametrize(
    ("more", "weights", "buffers"),
    [({}, 0, 0), ({"trained": True}, 9 * 9 * 4, 0), ({"trained": True, "frozen": True}, 0, 9 * 9 * 4)],
)
def test_a_constant_holds_its_values_where_it_is_trained(more: Any, weights: int, buffers: int) -> None:
    network = cnncalc.load(positions(**more))
    row = network["pos"].to_dict()
    assert (row["weights"], row["buffers"]) == (weights, buffers)
    assert {name: row[name] for name in ("biases", "macs", "flops", "activations")} == dict.fromkeys(
        ("biases", "macs", "flops", "activations"), 0
    )
    assert (row["inputs"], row["output"], row["receptive_field"]) == ([], [9, 9, 4], [0, 0])
    assert network.totals.activations == 4 * 9 * 9 * 4, "input, two convolutions and the sum"
    assert network["add1"].flops == 9 * 9 * 4
    assert cnncalc.load({**positions(**more), "input": "9x9x4"}).totals.weights == 2 * 3 * 3 * 4 * 4 + weights


def test_a_constant_adds_nothing_to_what_a_join_sees_in_either_order() -> None:
    spec = positions()
    network = cnncalc.load(spec)
    assert (network["add1"].receptive_field, network["add1"].unaligned) == ((3, 3), "")
    assert network.totals.receptive_field == (5, 5)
    spec["layers"][2] = {"add": ["pos", "x"]}
    assert cnncalc.load(spec).totals.receptive_field == (5, 5)
    assert METRICS["depth"].of(network) == 2


def test_what_comes_from_constants_alone_sees_nothing() -> None:
    layers = [{"constant": "9x9x4"}, "conv3-4", "relu", {"add": ["relu1", "input"]}]
    network = cnncalc.load({"input": "9x9x4", "layers": layers})
    assert [node.receptive_field for node in network.layers] == [(0, 0), (0, 0), (0, 0), (1, 1)]
    alone = cnncalc.load({"input": "9x9x4", "layers": [{"constant": "9x9x4"}, "global_avgpool", "dense-3"]})
    assert alone.totals.receptive_field == (0, 0)
    assert {node.receptive_field for node in alone.layers} == {(0, 0)}


def test_one_position_beside_many_of_a_constant_goes_with_each_of_them() -> None:
    layers = [{"conv": 4, "kernel": 9}, {"constant": "5x5x4"}, {"multiply": ["conv1", "constant1"]}, "conv3-4"]
    for order in (["conv1", "constant1"], ["constant1", "conv1"]):
        layers[2] = {"multiply": order}
        network = cnncalc.load({"input": "9x9x4", "layers": layers})
        assert network["conv2"].output.sides == (5, 5)
        assert network["conv2"].receptive_field == (9, 9), "all positions look at the same values"


def test_a_constant_needs_no_input_to_arrive_and_is_what_arrives_next() -> None:
    network = cnncalc.load(
        {"input": {"a": 4, "b": 4}, "layers": [{"constant": 4}, "relu", {"add": ["a", "b", "relu1"]}]}
    )
    assert network["relu1"].inputs == ("constant1",)
    assert network["add1"].output.channels == 4


def test_a_network_may_be_cut_beside_a_constant() -> None:
    spec = positions()
    assert Graph(cnncalc.load(spec)).cuts() == ["input", "x", "add1", "conv1"]
    spec["layers"] = [spec["layers"][1], {**spec["layers"][0], "from": "input"}, *spec["layers"][2:]]
    assert Graph(cnncalc.load(spec)).cuts() == ["input", "x", "add1", "conv1"]


def test_a_constant_of_symbols_and_its_twin() -> None:
    network = cnncalc.load(
        {"input": "HxC", "layers": [{"constant": "HxC", "trained": True}, {"add": ["input", "constant1"]}]}
    )
    assert plain(network.totals.weights) == "C*H"
    spec = positions(trained=True)
    spec["layers"] += [{"constant": "9x9x4", "trained": True, "share": "pos"}, {"add": ["conv1", "constant1"]}]
    assert cnncalc.load(spec)["constant1"].weights == 0


def test_early_losses_are_seen_beside_constants() -> None:
    """What a rule says of convolutions that shrink is said where codes of positions stand between them, too."""
    shrinking = [{"conv": 4, "kernel": 3}, "relu", {"conv": 4, "kernel": 5}]
    plain_codes = {found.code for found in cnncalc.lint({"input": "16x16x4", "layers": shrinking}).findings}
    codes = [{"constant": "14x14x4"}, {"add": ["relu1", "constant1"]}]
    beside = cnncalc.lint({"input": "16x16x4", "layers": [*shrinking[:2], *codes, shrinking[2]]})
    assert {"CNN104"} & plain_codes
    assert plain_codes <= {found.code for found in beside.findings}


# ------------------------------------------------------------------------------------------------------- everywhere

OTHER = {"other": "lstm", "output": "9x9x4"}
CODE = {"constant": "9x9x4", "trained": True, "name": "pos"}
PLACES: dict[str, list[Any]] = {
    "incomplete": [OTHER],
    "frozen": [{**OTHER, "weights": 3, "frozen": True}],
    "residual": [{"residual": [OTHER]}],
    "gate": [{"branches": [[], ["global_avgpool", {"other": "se", "output": "1x1x4"}]], "merge": "multiply"}],
    "constant": [{"identity": None, "name": "x"}, CODE, {"add": ["pos", "x"]}],
    "beside": [{"identity": None, "name": "x"}, CODE, {"concat": ["x", "pos"]}],
    "alone": [CODE],
    "product": [{"reshape": [81, 4], "name": "q"}, {"constant": "4x5"}, {"matmul": ["q", "constant1"]}],
}
TAILS: dict[str, list[Any]] = {"end": [], "dense": ["dense-3", "softmax"]}
COMMANDS = (
    *(["summarize", "NET", "-f", form] for form in ("table", "json", "csv", "markdown")),
    ["summarize", "NET", "--depth", "1"],
    ["summarize", "NET", "--symbol", "H"],
    *(["explain", "NET", "-f", form] for form in ("text", "json", "markdown", "latex")),
    *(["explain", "NET", "--receptive-field", "-f", form] for form in ("text", "json")),
    ["lint", "NET"],
    ["scale", "NET"],
    ["compare", "NET", "PLAIN", "--layers"],
    ["diff", "NET", "PLAIN"],
    ["diff", "PLAIN", "NET"],
    ["baseline", "write", "NET", "-o", "kept.yaml"],
)


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("place", PLACES)
def test_every_command_takes_them(
    place: str, tail: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    net = written(tmp_path, {"input": "9x9x4", "layers": ["conv3-4", *PLACES[place], *TAILS[tail]]})
    plain_one = written(tmp_path, {"input": "9x9x4", "layers": ["conv3-4", *TAILS[tail]]}, "plain")
    for command in COMMANDS:
        words = [{"NET": net, "PLAIN": plain_one}.get(word, word) for word in command]
        status, text = run(capsys, *words)
        allowed = {0, 1} if command[0] in ("lint", "diff") else {0}
        if "--symbol" in command:
            allowed = {0, 2}  # a constant has its own size
        assert status in allowed, (command, text)
        assert "bug in cnncalc" not in text, (command, text)


@pytest.mark.parametrize("what", ["a\n::add-mask::b", "a\n\\input{/etc/passwd}", "a\x1b[31m", "a\tb"])
def test_what_it_is_called_is_one_line_of_text(what: str) -> None:
    with pytest.raises(cnncalc.SpecError, match="must be a text on one line"):
        cnncalc.load(reader(other=what))


def test_names_do_nothing_in_latex() -> None:
    """What LaTeX would run stands after a backslash; a comment ends with its line."""
    name = "\\input/etc/passwd^~"
    spec = {
        "input": "8x8x3",
        "layers": [
            {"conv": 4, "kernel": 3, "name": name},
            {"upsample": None, "like": name},
            {"other": "\\jobname", "output": "1x1x2", "name": "\\jobname"},
        ],
    }
    text = document(cnncalc.load(spec).layers)
    code = [line for line in text.split("\n") if not line.startswith("%")]
    assert not any(word in line for line in code for word in ("\\input", "\\jobname"))
    assert r"\textbackslash{}input/etc/passwd\^{}\~{}" in text
