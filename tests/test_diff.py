"""What lies between two networks: which layers belong together, what became of each, what git shows of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import golden
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples
from test_fences import loaded

import cnncalc
from cnncalc.analysis import alignment
from cnncalc.analysis.alignment import Item, align
from cnncalc.analysis.difference import difference, snapshot
from cnncalc.guard.sides import sides as guard_sides
from cnncalc.network.metrics import METRICS
from cnncalc.report.difference import changes, comment, figures, page, step
from cnncalc.writers import markdown
from cnncalc.writers.json import json_text
from cnncalc.writers.terminal import drawn

Run = Callable[..., golden.Outcome]
CASES = golden.cases("diff")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str, stdin: str = "") -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, stdin)

    return ran


# ------------------------------------------------------------------------------------------------ what became of layers


def spec(layers: str, input: str = "32x32x3", more: str = "") -> str:
    return f"{{input: {input}, layers: [{layers}]{more}}}"


def between(old: str, new: str, **where: str) -> dict[str, Any]:
    return cnncalc.diff(spec(old, **where), spec(new, **where)).to_dict()


def said(found: dict[str, Any]) -> list[str]:
    """Every entry in a few words: ``+conv2``, ``-relu1``, ``~fc units 64 128``, ``=a b``; ``.``: through its input."""
    lines = []
    for entry in found["layers"]:
        old, new = entry["old"], entry["new"]
        fields = [f"{name} {_plain(pair['before'])} {_plain(pair['after'])}" for name, pair in entry["fields"].items()]
        if old and new and entry["inputs"]:
            fields.append("from {} {}".format(*("+".join(entry["inputs"][side]) for side in ("before", "after"))))
        if entry["status"] == "added":
            lines.append(f"+{new}")
        elif entry["status"] == "removed":
            lines.append(f"-{old}")
        elif entry["status"] == "renamed":
            lines.append(f"={old} {new}")
        elif entry["status"] == "moved":
            lines.append(" ".join([f"^{new}", *fields]))
        elif not fields:
            assert entry["through_input"], entry
            lines.append(f".{new}")
        else:
            lines.append(" ".join([f"~{new}", *fields]))
    return lines


def _plain(value: Any) -> str:
    return str(value[0] if isinstance(value, list) and all(part == value[0] for part in value) else value)


NAMED = "{conv: 8, kernel: 3, padding: 1, name: a}, {conv: 8, kernel: 3, padding: 1, name: b}, {relu: , name: c}"
BLOCKS = (
    "blocks: {unit: {parameters: {width: , times: 1}, layers: [{conv: width, kernel: 3, padding: 1}, batchnorm, relu]}}"
)

ALIGNED: dict[str, tuple[str, str, list[str]]] = {
    "nothing": ("conv3-8, relu, fc-10", "conv3-8, relu, fc-10", []),
    "added in the middle": ("conv3-8, relu, fc-10", "conv3-8, batchnorm, relu, fc-10", ["+batchnorm1"]),
    "added first": ("conv3-8, relu", "batchnorm, conv3-8, relu", ["+batchnorm1"]),
    "added last": ("conv3-8, relu", "conv3-8, relu, softmax", ["+softmax1"]),
    "one more of many alike": (
        "conv3-8, conv3-8, conv3-8, relu",
        "conv3-8, conv3-8, conv3-8, conv3-8, relu",
        ["+conv4"],
    ),
    "removed": ("conv3-8, conv5-8, conv3-8, relu", "conv3-8, conv3-8, relu", ["-conv2"]),
    "removed last": ("conv3-8, relu, softmax", "conv3-8, relu", ["-softmax1"]),
    "one field": ("conv3-8, relu, fc-10", "conv3-8, relu, fc-20", ["~dense1 units 10 20"]),
    "one field, and what is after": (
        "conv3-8, relu, fc-10",
        "conv3-4, relu, fc-10",
        ["~conv1 filters 8 4", ".relu1", ".dense1"],
    ),
    "two fields": ("conv3-8, relu", "conv5-4, relu", ["~conv1 filters 8 4 kernel 3 5", ".relu1"]),
    "another type": ("conv3-8, relu, fc-10", "conv3-8, gelu, fc-10", ["-relu1", "+gelu1"]),
    "another type under its name": (
        "conv3-8, {relu: , name: act}, fc-10",
        "conv3-8, {gelu: , name: act}, fc-10",
        ["~act type relu gelu"],
    ),
    "a default written out": ("{conv: 8, kernel: 3}", "{conv: 8, kernel: 3, stride: 1, bias: true}", []),
    "a default left": ("{conv: 8, kernel: 3}", "{conv: 8, kernel: 3, bias: false}", ["~conv1 bias True False"]),
    "the same in other words": (
        "conv3-8, maxpool2",
        "{conv: 8, kernel: [3, 3], padding: 1}, {maxpool: 2, stride: 2}",
        [],
    ),
    "an input that another padding hides": (
        "{conv: 8, kernel: 3, padding: same, stride: 2}",
        "{maxpool: 2, stride: 1}, {conv: 8, kernel: 3, padding: same, stride: 2}",
        ["+maxpool1", ".conv1"],  # of 32 one value is padded, of 31 two are
    ),
    "numbers that shift are not names": (
        "conv3-8, conv5-8, conv7-8, relu",
        "conv1-8, conv3-8, conv5-8, conv7-8, relu",
        ["+conv1", ".conv2"],
    ),
    "named": (NAMED, NAMED.replace("name: b", "name: d"), ["=b d"]),
    "all named anew": (NAMED, re.sub("name: ([abc])", r"name: the_\1", NAMED), ["=a the_a", "=b the_b", "=c the_c"]),
    "a name where there was none": (
        "conv3-8, relu",
        "{conv: 8, kernel: 3, padding: half, name: stem}, relu",
        ["=conv1 stem"],
    ),
    "named anew and changed": (
        "{conv: 8, kernel: 3, name: a}, relu",
        "{conv: 8, kernel: 5, name: b}, relu",
        ["~b kernel 3 5", ".relu1"],
    ),
    "moved by name": (
        "{conv: 8, kernel: 1, name: a}, {relu: , name: b}, {dropout: 0.5, name: c}, {softmax: , name: d}",
        "{conv: 8, kernel: 1, name: a}, {dropout: 0.5, name: c}, {relu: , name: b}, {softmax: , name: d}",
        ["^b from a c"],
    ),
    "moved without a name": (
        "conv1-8, relu, dropout, lrn, softmax",
        "conv1-8, dropout, lrn, relu, softmax",
        ["-relu1", "+relu1"],
    ),
    "a name that stays says more than what is alike": (
        "{conv: 8, kernel: 3, name: a}, {conv: 16, kernel: 3, name: b}",
        "{conv: 16, kernel: 3, name: a}, {conv: 16, kernel: 3, name: b}",
        ["~a filters 8 16", ".b"],
    ),
    "of layers alike the one on the same volume": (
        "maxpool2, {conv: 3, kernel: 3, padding: 1}, relu",
        "{conv: 3, kernel: 3, padding: 1}, avgpool2, {conv: 3, kernel: 3, padding: 1}, gelu",
        ["-maxpool1", "+conv1", "+avgpool1", "-relu1", "+gelu1"],
    ),
    "many at one end for many at the other": (
        "relu, gelu, silu, elu, selu, mish, tanh, sigmoid, softmax, dropout, lrn, flatten",
        "hardswish, relu6, prelu, leaky_relu, layernorm, relu, gelu, silu, elu, selu, mish, tanh",
        [
            *("+hardswish1", "+relu6_1", "+prelu1", "+leaky_relu1", "+layernorm1"),
            *("-sigmoid1", "-softmax1", "-dropout1", "-lrn1", "-flatten1"),
        ],
    ),
    "the layer with the name is the one that went": (
        "conv5-8, {conv: 8, kernel: 3, padding: half, name: p}, conv3-8, relu",
        "conv1-8, conv5-8, conv3-8, gelu",
        ["+conv1", ".conv2", "-p", "-relu1", "+gelu1"],
    ),
    "repeated once more": (
        "{layers: [conv3-8, batchnorm, relu], repeat: 3}, fc-10",
        "{layers: [conv3-8, batchnorm, relu], repeat: 4}, fc-10",
        ["+conv4", "+batchnorm4", "+relu4"],
    ),
    "inside a repetition": (
        "{layers: [conv3-8, relu], repeat: 3}, fc-10",
        "{layers: [conv3-8, batchnorm, relu], repeat: 3}, fc-10",
        ["+batchnorm1", "+batchnorm2", "+batchnorm3"],
    ),
    "once more in a stage": (
        "{layers: [conv3-8, relu], repeat: 2, name: low}, maxpool2, {layers: [conv3-16, relu], repeat: 2, name: high}",
        "{layers: [conv3-8, relu], repeat: 3, name: low}, maxpool2, {layers: [conv3-16, relu], repeat: 2, name: high}",
        ["+low.3.conv1", "+low.3.relu1"],
    ),
    "inside each": (
        "{each: {width: [4, 8]}, layers: [{conv: width, kernel: 3, padding: 1}, relu]}, fc-10",
        "{each: {width: [4, 8, 16]}, layers: [{conv: width, kernel: 3, padding: 1}, relu]}, fc-10",
        ["+conv3", "+relu3", ".dense1"],
    ),
    "inside a residual": (
        "conv3-8, {residual: [conv3-8, relu]}, relu",
        "conv3-8, {residual: [conv3-8, batchnorm, relu]}, relu",
        ["+batchnorm1"],
    ),
    "a residual around": ("conv3-8, conv3-8, relu", "conv3-8, {residual: [conv3-8]}, relu", ["+add1"]),
    "a shortcut": (
        "conv3-8, {residual: [conv3-8]}, relu",
        "conv3-8, {residual: [conv3-8], shortcut: [conv1-8]}, relu",
        ["+conv3"],
    ),
    "another branch": (
        "{branches: [[conv1-4], [conv3-4]]}, relu",
        "{branches: [[conv1-4], [conv3-4], [conv5-4]]}, relu",
        ["+conv3", "~concat1 from conv1+conv2 conv1+conv2+conv3", ".relu1"],
    ),
    "wired otherwise": (
        "conv3-8, conv3-8, conv3-8, {add: [conv3, conv1]}",
        "conv3-8, conv3-8, conv3-8, {add: [conv3, conv2]}",
        ["~add1 from conv3+conv1 conv3+conv2"],
    ),
    "a list of inputs that says the same": (
        "conv3-8, conv3-8, {add: [conv2, conv1]}",
        "conv1-8, conv3-8, conv3-8, {add: [conv3, conv2]}",
        ["+conv1", ".conv2"],
    ),
    "frozen": (
        "conv3-8, relu",
        "{conv: 8, kernel: 3, padding: half, frozen: true}, relu",
        ["~conv1 frozen False True"],
    ),
    "shared": (
        "conv3-8, conv3-8, conv3-8",
        "conv3-8, conv3-8, {conv: 8, kernel: 3, padding: half, share: conv2}",
        ["~conv3 share None conv2"],
    ),
    "shared as before, under another number": (
        "conv3-8, conv3-8, {conv: 8, kernel: 3, padding: half, share: conv2}",
        "conv1-3, conv3-8, conv3-8, {conv: 8, kernel: 3, padding: half, share: conv3}",
        ["+conv1"],
    ),
}


@pytest.mark.parametrize("case", ALIGNED)
def test_layers_find_their_counterparts(case: str) -> None:
    old, new, expected = ALIGNED[case]
    assert said(between(old, new)) == expected


@pytest.mark.parametrize("case", ALIGNED)
def test_a_result_that_was_stored_says_the_same(case: str) -> None:
    """But for how fields were written: a result has them as they were resolved, and so says them where words did."""
    old, new, expected = ALIGNED[case]
    found = cnncalc.diff(cnncalc.summarize(spec(old)).to_dict(), spec(new)).to_dict()
    words = [line.split(" ") for line in said(found)]
    assert [line[0] for line in words] == [
        line.split(" ")[0].replace(".conv1", "~conv1") if "hides" in case else line.split(" ")[0] for line in expected
    ]


def test_blocks_are_counted_and_no_names() -> None:
    """Another block before the others: their layers are the same, whatever their numbers."""
    old = spec("{unit: 8}, {unit: 16}, {unit: 32}", more=f", {BLOCKS}")
    new = spec("{unit: 8}, {unit: 4}, {unit: 16}, {unit: 32}", more=f", {BLOCKS}")
    found = said(cnncalc.diff(old, new).to_dict())
    assert found == ["+unit2.conv1", "+unit2.batchnorm1", "+unit2.relu1", ".unit3.conv1"]


def test_names_in_blocks_that_are_counted_shift_with_them() -> None:
    block = "{unit: {parameters: {width: }, layers: [{conv: width, kernel: 3, padding: 1, name: wide}, relu]}}"
    old = spec("{unit: 8}, {unit: 16}", more=f", blocks: {block}")
    new = spec("{unit: 8}, {unit: 8}, {unit: 16}", more=f", blocks: {block}")
    assert said(cnncalc.diff(old, new).to_dict()) == ["+unit2.wide", "+unit2.relu1"]


def test_a_stage_under_another_name_is_renamed() -> None:
    stage = "{{layers: [conv3-8, relu], repeat: 2, name: {}}}, fc-10"
    found = said(between(stage.format("low"), stage.format("early")))
    assert found == [f"=low.{n}.{kind}1 early.{n}.{kind}1" for n in (1, 2) for kind in ("conv", "relu")]


def test_the_issues_example() -> None:
    """One convolution more in the middle of VGG-16 is one layer more: 5·5·256·256 weights and 256 biases."""
    words = "(conv3-64)*2 maxpool2 (conv3-128)*2 maxpool2 (conv3-256)*3 {} maxpool2 ((conv3-512)*3 maxpool2)*2"
    line = f"224x224x3: {words} fc-4096 fc-4096 fc-1000 softmax"
    assert said(cnncalc.diff("vgg16", line.format("")).to_dict()) == []
    found = cnncalc.diff("vgg16", line.format("conv5-256")).to_dict()
    assert said(found) == ["+conv8"]
    (entry,) = found["layers"]
    assert entry["metrics"]["weights"] == {"before": 0, "after": 5 * 5 * 256 * 256, "difference": 5 * 5 * 256 * 256}
    assert entry["metrics"]["macs"]["difference"] == 56 * 56 * 256 * 5 * 5 * 256
    assert found["unchanged"] == 22
    assert found["totals"]["params"] == {
        "before": 138_357_544,
        "after": 138_357_544 + 5 * 5 * 256 * 256 + 256,
        "difference": 5 * 5 * 256 * 256 + 256,
    }
    assert found["totals"]["receptive_field"] == {"before": [212, 212], "after": [228, 228], "difference": None}
    assert 228 - 212 == (5 - 1) * 4  # after two poolings a step is 4 values of the input
    assert found["totals"]["depth"]["difference"] == found["totals"]["layers"]["difference"] == 1


def test_resnets_differ_by_their_blocks() -> None:
    """He et al. 2015, Table 1: 3, 4, 6, 3 blocks of ten layers against 3, 4, 23, 3."""
    found = cnncalc.diff("resnet50", "resnet101").to_dict()
    assert Counter(entry["status"] for entry in found["layers"]) == {"added": (23 - 6) * 10}
    assert {entry["new"].rpartition(".")[0] for entry in found["layers"]} == {f"stage4.{n}" for n in range(7, 24)}


def test_an_entry_says_all_of_a_layer() -> None:
    found = between("conv3-8, relu", "conv3-16, relu")
    conv, relu = found["layers"]
    assert conv == {
        "status": "changed",
        "old": "conv1",
        "new": "conv1",
        "type": "conv",
        "through_input": False,
        "fields": {"filters": {"before": 8, "after": 16}},
        "inputs": None,
        "volumes": {"before": [[32, 32, 3]], "after": [[32, 32, 3]]},
        "output": {"before": [32, 32, 8], "after": [32, 32, 16]},
        "metrics": {
            name: {"before": 8 * each, "after": 16 * each, "difference": 8 * each}
            for name, each in {
                "weights": 27,
                "biases": 1,
                "params": 28,
                "macs": 32 * 32 * 27,
                "flops": 32 * 32 * (2 * 27 + 1),
                "activations": 32 * 32,
                "activation_bytes": 32 * 32 * 4,
            }.items()
        },
    }
    assert relu["through_input"]
    assert relu["fields"] == {}
    assert relu["volumes"] == {"before": [[32, 32, 8]], "after": [[32, 32, 16]]}
    assert list(relu["metrics"]) == ["flops"]


def test_a_layer_that_is_added_brings_all_it_has() -> None:
    (entry,) = between("relu", "relu, conv3-8")["layers"]
    assert entry["metrics"]["weights"] == {"before": 0, "after": 3 * 3 * 3 * 8, "difference": 3 * 3 * 3 * 8}
    assert entry["metrics"]["receptive_field"] == {"before": None, "after": [3, 3], "difference": None}
    assert entry["output"] == {"before": None, "after": [32, 32, 8]}
    assert entry["fields"]["kernel"] == {"before": None, "after": [3, 3]}


# ------------------------------------------------------------------------------------------- inputs, outputs, metrics


def test_another_input() -> None:
    found = cnncalc.diff(spec("conv3-8, relu"), spec("conv3-8, relu", input="16x16x3")).to_dict()
    assert found["inputs"] == [{"name": "input", "before": [32, 32, 3], "after": [16, 16, 3]}]
    assert said(found) == [".conv1", ".relu1"]
    assert found["totals"]["activations"]["difference"] == (16 * 16 - 32 * 32) * (3 + 8)


def test_one_input_more() -> None:
    old = "{input: {left: 8x8x3, right: 8x8x3}, layers: [{add: [left, right]}, relu]}"
    new = "{input: {left: 8x8x3, right: 8x8x3, far: 8x8x3}, layers: [{add: [left, right]}, relu]}"
    found = cnncalc.diff(old, new).to_dict()
    assert found["inputs"] == [{"name": "far", "before": None, "after": [8, 8, 3]}]
    assert found["layers"] == []
    assert found["totals"]["activations"]["difference"] == 8 * 8 * 3


def test_an_input_under_another_name_is_the_same() -> None:
    layers = "layers: [conv3-8, relu]"
    assert not changed(
        cnncalc.diff(f"{{input: {{left: 8x8x3}}, {layers}}}", f"{{input: {{image: 8x8x3}}, {layers}}}").to_dict()
    )


def test_other_outputs() -> None:
    old, new = (spec("conv3-8, relu, conv3-8", more=f", outputs: {names}") for names in ("[conv2]", "[relu1, conv2]"))
    found = cnncalc.diff(old, new).to_dict()
    assert found["outputs"] == {"before": ["conv2"], "after": ["relu1", "conv2"]}
    assert found["totals"]["output"]["before"] == [[32, 32, 8]]
    assert found["totals"]["output"]["after"] == [[32, 32, 8], [32, 32, 8]]
    assert found["layers"] == []


def test_an_output_of_an_equal_volume_is_another_one() -> None:
    old, new = (spec("conv3-8, relu, conv3-8", more=f", outputs: {name}") for name in ("conv2", "relu1"))
    assert cnncalc.diff(old, new).to_dict()["outputs"] == {"before": ["conv2"], "after": ["relu1"]}


def test_an_output_behind_a_layer_that_is_added_is_the_same() -> None:
    assert between("conv3-8", "conv3-8, relu")["outputs"] is None
    assert between("conv3-8, relu", "conv3-8")["outputs"] is None


def test_closed_forms_are_before_and_after_with_no_number_between() -> None:
    found = cnncalc.diff("HxWxC: conv3-C", "HxWxC: conv5-C").to_dict()
    assert found["totals"]["weights"] == {"before": "9*C**2", "after": "25*C**2", "difference": None}
    assert found["layers"][0]["fields"] == {"kernel": {"before": [3, 3], "after": [5, 5]}}
    assert not changed(cnncalc.diff("HxWxC: conv3-C relu", "HxWxC: conv3-C relu").to_dict())


def changed(found: dict[str, Any]) -> bool:
    moved = any(pair["before"] != pair["after"] for pair in found["totals"].values())
    return bool(found["layers"] or found["inputs"] or found["outputs"] or moved)


@pytest.mark.parametrize(
    "name", ["alexnet", "lenet5", "googlenet", "resnet18", "densenet121", "mobilenet_v2", "squeezenet1_0", "unet"]
)
def test_a_network_is_no_other_than_itself(name: str) -> None:
    network = cnncalc.load(name)
    found = cnncalc.diff(name, name).to_dict()
    assert not changed(found)
    assert found["unchanged"] == len(network.layers)
    assert list(found["totals"]) == list(METRICS)
    stored = cnncalc.diff(cnncalc.summarize(name).to_dict(), name).to_dict()
    assert not changed(stored)
    assert stored["unchanged"] == len(network.layers)


# ------------------------------------------------------------------------------------------ any network, any few edits

SORTS = ("conv", "relu", "batchnorm", "dropout")
Piece = tuple[str, int, str]
"""A type, what it is set to, and a name ('' for none)."""

pieces = st.builds(
    lambda kind, size: (kind, size if kind in ("conv", "dropout") else 0, ""), st.sampled_from(SORTS), st.integers(1, 3)
)


@st.composite
def originals(draw: st.DrawFn) -> list[Piece]:
    found = draw(st.lists(pieces, min_size=1, max_size=9))
    named = draw(st.sets(st.integers(0, len(found) - 1), max_size=3))
    return [
        (kind, size, f"given{'xyz'[at % 3]}{at}" if at in named else "") for at, (kind, size, _) in enumerate(found)
    ]


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[Piece], list[Piece], int]:
    """A list, what a few edits make of it, and how many there were."""
    old = draw(originals())
    new = list(old)
    edits = draw(st.lists(st.sampled_from(["add", "remove", "change", "rename"]), max_size=4))
    done = 0
    for number, edit in enumerate(edits):
        at = draw(st.integers(0, len(new) - 1))
        kind, size, name = new[at]
        if edit == "add":
            new.insert(at, draw(pieces))
        elif edit == "remove" and len(new) > 1:
            new.pop(at)
        elif edit == "change" and kind in ("conv", "dropout"):
            new[at] = (kind, size % 3 + 1, name)
        elif edit == "rename":
            new[at] = (kind, size, f"fresh{number}" + "z")
        else:
            continue
        done += 1
    return old, new, done


def written(pieces: Sequence[Piece], input: str = "8x8x4") -> str:
    items = []
    for kind, size, name in pieces:
        more = f", name: {name}" if name else ""
        value = {"conv": f"{4 * size}, kernel: 3, padding: 1", "dropout": f"0.{size}"}.get(kind, "")
        items.append(f"{{{kind}: {value}{more}}}")
    return spec(", ".join(items), input=input)


def edits(found: dict[str, Any]) -> int:
    """How many entries an author caused, and not what came in."""
    return sum(not (entry["status"] == "changed" and not entry["fields"]) for entry in found["layers"])


@given(edited())
@settings(max_examples=examples(300))
def test_no_more_edits_are_found_than_were_made(case: tuple[list[Piece], list[Piece], int]) -> None:
    old, new, most = case
    found = cnncalc.diff(written(old), written(new)).to_dict()
    assert edits(found) <= most


@given(st.lists(pieces, min_size=1, max_size=7), st.lists(pieces, min_size=1, max_size=7))
@settings(max_examples=examples(200))
def test_of_layers_without_names_the_fewest_edits_are_found(old: list[Piece], new: list[Piece]) -> None:
    """Held against the edit distance as everybody writes it: add, remove, or change one of the same type."""

    @cache
    def fewest(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        a, b = old[i - 1], new[j - 1]
        same = [fewest(i - 1, j - 1) + (a != b)] if a[0] == b[0] else []
        return min([fewest(i - 1, j) + 1, fewest(i, j - 1) + 1, *same])

    assert edits(cnncalc.diff(written(old), written(new)).to_dict()) == fewest(len(old), len(new))


SUMMED = ("weights", "biases", "params", "buffers", "macs", "flops", "activations", "activation_bytes")


@given(edited(), st.sampled_from(["8x8x4", "9x7x4", "8x8x2"]))
@settings(max_examples=examples(150))
def test_the_layers_and_the_inputs_add_up_to_the_totals(case: tuple[list[Piece], list[Piece], int], input: str) -> None:
    old, new, _ = case
    found = cnncalc.diff(written(old), written(new, input)).to_dict()
    values = [eval(text.replace("x", "*")) for text in ("8x8x4", input)]
    for metric in SUMMED:
        parts = [entry["metrics"][metric]["difference"] for entry in found["layers"] if metric in entry["metrics"]]
        own = {"activations": 1, "activation_bytes": 4}.get(metric, 0) * (values[1] - values[0])
        assert found["totals"][metric]["difference"] == sum(parts) + own


@given(edited())
@settings(max_examples=examples(150))
def test_the_other_way_round_what_was_added_is_removed(case: tuple[list[Piece], list[Piece], int]) -> None:
    old, new, _ = case
    forth, back = cnncalc.diff(written(old), written(new)).to_dict(), cnncalc.diff(written(new), written(old)).to_dict()
    mirror = {"added": "removed", "removed": "added"}
    assert Counter(entry["status"] for entry in back["layers"]) == Counter(
        mirror.get(entry["status"], entry["status"]) for entry in forth["layers"]
    )
    assert back["unchanged"] == forth["unchanged"]


@given(originals(), originals(), st.sampled_from([0, 20, 60, 10**6]))
@settings(max_examples=examples(200))
def test_every_layer_stands_in_one_pair_however_little_is_weighed(
    old: list[Piece], new: list[Piece], room: int
) -> None:
    """Also where pairs are guessed: every layer once, in order on both sides but for what has moved, type with type."""
    lists = [[_item(number, piece) for number, piece in enumerate(listed)] for listed in (old, new)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "MOST_CELLS", room)
        found = align(*lists)
    left, right = ([pair[side] for pair in found.pairs if pair[side] is not None] for side in (0, 1))
    assert sorted(left) == list(range(len(old)))  # type: ignore[type-var]
    assert right == sorted(right) == list(range(len(new)))  # type: ignore[type-var]
    kept = [pair[0] for pair in found.pairs if pair[0] is not None and pair not in found.moved]
    assert kept == sorted(kept)
    for i, j in found.pairs:
        if i is not None and j is not None:
            assert lists[0][i].type == lists[1][j].type or lists[0][i].name == lists[1][j].name


def _item(number: int, piece: Piece) -> Item:
    kind, size, name = piece
    return Item(name or f"{kind}{number + 1}", kind, (("size", size),), (kind, size), None, None)


def test_edits_far_apart_in_a_long_network_are_found() -> None:
    """Twelve thousand layers, all alike, with one more near the start and one less near the end."""
    unit = "conv3-4 batchnorm relu"
    found = cnncalc.diff(
        f"4x4x4: ({unit})*4000", f"4x4x4: ({unit})*100 conv5-4 ({unit})*3800 conv3-4 relu ({unit})*99"
    ).to_dict()
    assert said(found) == ["+conv101", "-batchnorm3901"]
    assert found["unchanged"] == 3 * 4000 - 1


def test_long_networks_that_have_nothing_in_common_are_told_apart() -> None:
    found = difference(*(snapshot(cnncalc.load(f"4x4x4: ({unit})*3000")) for unit in ("conv3-4 relu", "lrn gelu")))
    assert found.layers is not None
    assert Counter(entry.status for entry in found.layers) == {"added": 6000, "removed": 6000}


# ------------------------------------------------------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("before", "after", "shown", "moved"),
    [
        (60_950_432, 60_950_432, ("58.1 MiB", "58.1 MiB"), ""),
        (60_950_432, 60_950_436, ("60,950,432 B", "60,950,436 B"), "+4 B (<0.1 %)"),
        (60_950_432, 121_900_864, ("58.1 MiB", "116.3 MiB"), "+58.1 MiB (+100 %)"),
        (1000, 1, ("1000 B", "1 B"), "−999 B (>99 %)"),
        (1000, 0, ("1000 B", "0 B"), "−1000 B (−100 %)"),
        (0, 2048, ("0 B", "2.0 KiB"), "+2.0 KiB"),
    ],
)
def test_figures_that_would_print_alike_are_printed_exactly(
    before: int, after: int, shown: tuple[str, str], moved: str
) -> None:
    assert figures("activation_bytes", before, after) == shown
    assert step("activation_bytes", before, after) == moved


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (53_652, 54_886, "+1,234 (+2.3 %)"),
        (200, 100, "−100 (−50 %)"),
        (183_136, 365_440, "+182,304 (+99.5 %)"),
        (365_440, 1, "−365,439 (>99 %)"),
        (80, 82_010, "+81,930 (+102,412 %)"),
        (0, 7, "+7"),
        (7, 7, ""),
        (10**9, 10**9 + 1, "+1 (<0.1 %)"),
    ],
)
def test_differences_are_signed_and_in_percent(before: int, after: int, moved: str) -> None:
    assert step("params", before, after) == moved


# --------------------------------------------------------------------------------------------------- the command itself

OLD, NEW = "32x32x3: conv3-8 relu fc-10", "32x32x3: conv3-16 relu fc-10"


@pytest.mark.parametrize("format", ["table", "markdown"])
def test_where_nothing_changed_nothing_is_said(format: str, run: Run) -> None:
    assert run("diff", OLD, "32x32x3: (conv3-8)*1 relu fc-10", "-f", format, "--exit-code", "--all") == (0, "", "")


def test_json_has_its_object_in_any_case(run: Run) -> None:
    outcome = run("diff", OLD, OLD, "--format", "json", "--exit-code")
    assert (outcome.exit, outcome.stderr) == (0, "")
    found = json.loads(outcome.stdout)
    assert (found["schema"], found["layers"], found["unchanged"]) == (1, [], 3)
    assert found["old"] == found["new"] == {"spec": OLD, "name": OLD, "batch": 1, "dtype": "float32"}
    assert found == cnncalc.diff(OLD, OLD).to_dict()


@pytest.mark.parametrize("format", ["table", "markdown", "json"])
def test_the_exit_code_says_that_there_is_a_difference_where_it_is_asked(format: str, run: Run) -> None:
    plain, asked = run("diff", OLD, NEW, "-f", format), run("diff", OLD, NEW, "-f", format, "--exit-code")
    assert (plain.exit, asked.exit) == (0, 1)
    assert plain.stdout == asked.stdout != ""
    assert plain.stderr == asked.stderr == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("32x32x3: conv3-8", "32x32x3: conv3-8 relu"),
        ("32x32x3: conv3-8", "16x16x3: conv3-8"),
        ("32x32x3: conv3-8 dropout", "32x32x3: conv3-8 flatten"),  # another layer, and not one figure
    ],
)
def test_whatever_differs_counts(old: str, new: str, run: Run) -> None:
    assert run("diff", old, new, "--exit-code").exit == 1


def test_all_layers_are_listed_when_asked(run: Run) -> None:
    usual = run("diff", OLD, "32x32x3: conv3-8 relu fc-20").stdout
    every = run("diff", OLD, "32x32x3: conv3-8 relu fc-20", "--all").stdout
    assert "conv1" not in usual
    assert [line.split()[0] for line in every.splitlines()[4:7]] == ["conv1", "relu1", "~"]
    found = json.loads(run("diff", OLD, OLD, "-f", "json", "--all").stdout)
    assert [entry["status"] for entry in found["layers"]] == ["unchanged"] * 3


def test_it_is_written_to_a_file(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "comment.md"
    assert run("diff", OLD, NEW, "-f", "markdown", "-o", str(target)) == (0, "", "")
    assert target.read_text(encoding="utf-8") == run("diff", OLD, NEW, "-f", "markdown").stdout
    run("diff", OLD, OLD, "-f", "markdown", "-o", str(target))
    assert target.read_text(encoding="utf-8") == ""


def test_settings_are_for_both_sides(run: Run) -> None:
    found = json.loads(run("diff", "resnet18", "resnet34", "--set", "classes=10", "-f", "json").stdout)
    assert found["totals"]["output"] == {"before": [[1, 1, 10]], "after": [[1, 1, 10]], "difference": None}


def test_a_network_that_was_not_there(run: Run) -> None:
    assert run("diff", "/dev/null", "vgg16").stdout == (
        "added vgg16: 138,357,544 parameters, 15,470,264,320 multiply-adds, 22 layers\n"
    )
    assert run("diff", "vgg16", "/dev/null", "-f", "markdown").stdout.startswith("**removed vgg16: 138,357,544 ")
    found = json.loads(run("diff", "/dev/null", "vgg16", "-f", "json", "--exit-code").stdout)
    assert (found["old"], found["new"]["name"]) == (None, "VGG-16")
    assert found["totals"]["params"] == {"before": 0, "after": 138_357_544, "difference": 138_357_544}
    assert Counter(entry["status"] for entry in found["layers"]) == {"added": 22}
    assert run("diff", "/dev/null", "/dev/null", "--exit-code") == (0, "", "")


def test_standard_input_is_one_side(run: Run) -> None:
    text = spec("conv3-8, relu")
    assert said(json.loads(run("diff", "-", "32x32x3: conv3-8", "-f", "json", stdin=text).stdout)) == ["-relu1"]
    stored = json.dumps(cnncalc.summarize("32x32x3: conv3-8 relu").to_dict())
    assert said(json.loads(run("diff", "32x32x3: conv3-8", "-", "-f", "json", stdin=stored).stdout)) == ["+relu1"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["vgg16"], "diff takes two specs, and one is named"),
        (["vgg16", "vgg11", "vgg13"], "diff takes two specs, and 3 are named"),
        (["vgg16"] * 7, "diff takes two specs, and 7 are named"),  # git says of itself that it is git
        (["vgg16", "nonesuch"], "no built-in spec called nonesuch"),
        (["vgg16", "vgg11", "--format", "csv"], "--format takes table, markdown, json, not csv"),
        (["vgg16", "vgg11", "--set", "x"], "expected NAME=VALUE"),
        (["vgg16", "vgg11", "--set", "x=1"], "no parameter `x`"),
        (["-", "-"], "standard input can be one of the two only"),
        (["git:HEAD", "git:HEAD~1"], "both sides are revisions, and no file is named"),
        (["git:HEAD", "32x32x3: relu"], "32x32x3: relu is not a file that a revision could have"),
    ],
)
def test_a_wrong_request(arguments: list[str], text: str, run: Run) -> None:
    outcome = run("diff", *arguments)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert text in outcome.stderr
    assert "fault of cnncalc" not in outcome.stderr


# ------------------------------------------------------------------------------------------------------ stored results


def test_a_result_is_held_against_a_spec(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("summarize", OLD, "-f", "json", "-o", "before.json")
    assert run("diff", "before.json", OLD, "--exit-code").exit == 0
    outcome = run("diff", "before.json", NEW)
    assert "filters 8 → 16" in outcome.stdout
    assert "Not compared" not in outcome.stdout
    found = cnncalc.diff("before.json", NEW).to_dict()
    assert found["unknown"] == []
    assert found["totals"].keys() == METRICS.keys()
    live = cnncalc.diff(OLD, NEW).to_dict()
    assert [(e["status"], e["output"], e["metrics"]) for e in found["layers"]] == [
        (e["status"], e["output"], e["metrics"]) for e in live["layers"]
    ]


def test_memory_is_counted_as_in_the_result(tmp_path: Path) -> None:
    path = tmp_path / "half.json"
    path.write_text(json.dumps(cnncalc.summarize(OLD, dtype="float16", batch=4).to_dict()), encoding="utf-8")
    assert not changed(cnncalc.diff(path, OLD).to_dict())
    found = cnncalc.diff(cnncalc.summarize(OLD).to_dict(), path).to_dict()
    assert found["totals"]["weight_bytes"]["before"] == 2 * found["totals"]["weight_bytes"]["after"]
    assert found["layers"] == [] or all(entry["metrics"].keys() == {"activation_bytes"} for entry in found["layers"])


def test_a_result_counted_otherwise_is_said_to_be() -> None:
    """By a version that counted something else: nobody changed the layer, and its figures are others."""
    stored = cnncalc.summarize("32x32x3: conv3-8 relu").to_dict()
    stored["layers"][0]["flops"] += 5
    (entry,) = cnncalc.diff(stored, "32x32x3: conv3-8 relu").to_dict()["layers"]
    assert (entry["status"], entry["fields"], entry["through_input"]) == ("changed", {}, False)
    assert entry["metrics"] == {"flops": {"before": 32 * 32 * 8 * 55 + 5, "after": 32 * 32 * 8 * 55, "difference": -5}}


def test_a_folded_result_is_held_against_another() -> None:
    old, new = (cnncalc.summarize(name, depth=1).to_dict() for name in ("resnet50", "resnet101"))
    found = cnncalc.diff(old, new).to_dict()
    assert [entry["new"] for entry in found["layers"]] == ["stage4"]
    assert found["layers"][0]["fields"] == {"layers": {"before": 62, "after": 232}}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"schema": 2}, "is of schema 2"),
        ({"layers": 3}, "is not a result: Expected `array`, got `int` - at `$.layers`"),
        ({"layers": [{"name": "a"}]}, "is not a result: Object missing required field"),
        ({"totals": {"params": []}}, None),
        ({"totals": {"params": {}}}, "is not a result: Expected"),
        ({"totals": {"params": 10**200}}, "is not a result: a number is beyond anything that could be counted"),
        ({"inputs": {"input": ["9" * 5000]}}, "is not a result: Expected `str` of length <= 4000"),
        ({"dtype": "float12"}, "is not a result: float12 is not a known number type"),
        ({"batch": 0}, "is not a result: a batch has at least 1 image"),
    ],
)
def test_a_result_that_is_none(change: dict[str, Any], text: str | None, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "stored.json"
    path.write_text(json.dumps({**cnncalc.summarize(OLD).to_dict(), **change}), encoding="utf-8")
    outcome = run("diff", str(path), OLD)
    assert "fault of cnncalc" not in outcome.stderr
    if text is not None:
        assert (outcome.exit, outcome.stdout) == (2, "")
        assert text in outcome.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "{",
        "[" * 50_000,
        "{" * 50_000,
        '{"schema": 1',
        "\x00",
        "[]",
        '{"schema": 1, "layers": []}',
        "nul\u00e9",
    ],
)
def test_what_is_neither_a_result_nor_a_spec(text: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "stored.json"
    path.write_text(text, encoding="utf-8")
    outcome = run("diff", str(path), OLD)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "fault of cnncalc" not in outcome.stderr


@given(st.data())
@settings(max_examples=examples(150))
def test_a_result_that_was_tampered_with_is_read_or_refused(data: st.DataObject) -> None:
    stored = json.loads(
        json.dumps(cnncalc.summarize("{input: 8x8x3, layers: [conv3-4, {residual: [relu]}, fc-2]}").to_dict())
    )
    place, key = stored, data.draw(st.sampled_from(sorted(stored)))
    while isinstance(place[key], (dict, list)) and place[key] and data.draw(st.integers(0, 4)):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(
        st.sampled_from([None, True, 0, -1, 1.5, 10**30, "", "conv1", "C**2", "9" * 3999, [], [1], [[]], {}, {"a": 1}])
    )
    for sides in ((stored, "8x8x3: conv3-4"), ("8x8x3: conv3-4", stored), (stored, stored)):
        try:
            snapshots = guard_sides(*sides)
        except cnncalc.SpecError:
            continue
        found = difference(*snapshots)
        json_text(changes(found))
        markdown.written(comment(found, every=True))
        drawn(page(found, every=True), 80)


def test_a_result_of_several_networks(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("summarize", OLD, NEW, "-f", "json", "-o", "both.json")
    outcome = run("diff", "both.json", OLD)
    assert (outcome.exit, outcome.stderr) == (
        2,
        "error: both.json holds 2 networks\n  help: store one of them by itself\n",
    )


def test_what_steers_a_terminal_is_shown_as_what_it_is(run: Run, tmp_path: Path) -> None:
    stored = cnncalc.summarize("32x32x3: conv3-8 relu").to_dict()
    stored["layers"][1]["name"] = "\x1b[31mred\x07"
    path = tmp_path / "stored.json"
    path.write_text(json.dumps(stored), encoding="utf-8")
    for kind in ("table", "markdown"):
        stdout = run("diff", str(path), "32x32x3: conv3-8", "-f", kind).stdout
        assert "\x1b" not in stdout
        assert "\x07" not in stdout
        assert "red" in stdout


# ----------------------------------------------------------------------------------------------------------- baselines


@pytest.fixture
def baseline(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(spec("conv3-8, relu, fc-10"), encoding="utf-8")
    (tmp_path / "other.yaml").write_text(spec("conv5-8, relu, fc-10"), encoding="utf-8")
    assert run("baseline", "write", "net.yaml", "other.yaml", "-o", "stored.yaml").exit == 0
    return tmp_path / "stored.yaml"


def test_a_baseline_holds_totals(baseline: Path, run: Run, tmp_path: Path) -> None:
    assert run("diff", "stored.yaml", "net.yaml", "--exit-code") == (0, "", "")
    (tmp_path / "net.yaml").write_text(spec("conv3-8, relu, fc-20"), encoding="utf-8")
    outcome = run("diff", "stored.yaml", "net.yaml", "--exit-code")
    assert (outcome.exit, outcome.stderr) == (1, "")
    assert "Only totals are compared: one side has no layers." in outcome.stdout
    found = json.loads(run("diff", "stored.yaml", "net.yaml", "-f", "json").stdout)
    assert (found["layers"], found["unchanged"], found["unknown"]) == (None, None, [])
    assert found["totals"]["weights"]["difference"] == 32 * 32 * 8 * 10
    assert found["totals"]["output"] == {"before": [[1, 1, 10]], "after": [[1, 1, 20]], "difference": None}
    assert found["totals"]["receptive_field"] == {"before": [3, 3], "after": [3, 3], "difference": None}
    assert list(found["totals"]) == list(METRICS)
    assert found["old"]["spec"] == "stored.yaml: net.yaml"


def test_the_entry_of_the_same_spec_is_taken_from_anywhere(
    baseline: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert run("diff", "../stored.yaml", "../other.yaml", "--exit-code") == (0, "", "")
    assert run("diff", str(tmp_path / "net.yaml"), "../stored.yaml", "--exit-code") == (0, "", "")


def test_an_entry_that_is_not_there(baseline: Path, run: Run) -> None:
    outcome = run("diff", "stored.yaml", "vgg16")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert outcome.stderr == (
        "error: stored.yaml has 2 entries, and none called vgg16\n  help: they are net.yaml, other.yaml\n"
    )


def test_a_single_entry_is_taken_in_any_case(baseline: Path, run: Run) -> None:
    run("baseline", "write", "net.yaml", "-o", "one.yaml")
    assert run("diff", "one.yaml", "other.yaml", "--exit-code").exit == 1
    assert run("diff", "one.yaml", "one.yaml", "--exit-code").exit == 0
    assert "neither side is one" in run("diff", "one.yaml", "one.yaml", "--set", "a=1").stderr


def test_a_baseline_without_entries(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("schema: 1\nspecs: {}\n", encoding="utf-8")
    outcome = run("diff", str(path), "vgg16")
    assert (outcome.exit, "has no entries" in outcome.stderr) == (2, True)


def test_metrics_that_an_old_baseline_has_not_are_named(baseline: Path, run: Run) -> None:
    text = baseline.read_text(encoding="utf-8")
    baseline.write_text("".join(f"{line}\n" for line in text.splitlines() if "depth" not in line), encoding="utf-8")
    found = json.loads(run("diff", "stored.yaml", "net.yaml", "-f", "json").stdout)
    assert found["unknown"] == ["depth"]
    assert "depth" not in found["totals"]


# ------------------------------------------------------------------------------------------------------------ Markdown


def test_markdown_is_the_totals_and_the_layers_folded_away(run: Run) -> None:
    stdout = run("diff", OLD, NEW, "-f", "markdown").stdout
    head, table, same, details = stdout.split("\n\n", 3)
    assert head.startswith("### 32x32x3: conv3-8 relu fc-10 → ")
    assert table.split("\n")[:2] == ["|  | Before | After | Difference |", "|---|---:|---:|---:|"]
    assert "| Weights | 82,136 | 164,272 | +82,136 (+100 %) |" in table
    assert 3 * 3 * 3 * 8 + 32 * 32 * 8 * 10 == 82_136
    assert same.startswith("The same: ")
    assert details.startswith("<details><summary>1 layer changed, 2 changed by its input</summary>\n\n")
    assert details.endswith("\n\n</details>\n")
    assert "| ~ | conv1 | filters 8 → 16 | 32×32×8 → 32×32×16 | +224 | +221,184 |" in details


def test_names_do_nothing_in_markdown() -> None:
    name = "a|b<i>*_`#@somebody"
    items: list[dict[str, Any]] = [{"relu": None}, {"relu": None, "name": name}]
    sides = (snapshot(cnncalc.load({"input": "8x8x3", "layers": [item]})) for item in items)
    text = markdown.written(comment(difference(*sides)))
    row = next(line for line in text.split("\n") if line.startswith("| ~"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 7
    assert "<i>" not in row
    assert "@somebody" not in row


def test_a_long_comment_is_cut_and_the_rest_counted(run: Run) -> None:
    stdout = run("diff", "4x4x4: (conv3-4 relu)*1000", "4x4x4: (conv3-4 gelu)*1000", "-f", "markdown").stdout
    assert 50_000 < len(stdout) <= 60_000
    rows = sum(line.startswith(("| + ", "| − ")) for line in stdout.split("\n"))
    (left,) = re.findall(r"^([\d,]+) more did not fit", stdout, re.MULTILINE)
    assert rows + int(left.replace(",", "")) == 2000
    assert stdout.endswith("</details>\n")


# ------------------------------------------------------------------------------------------------------------ terminal


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_difference_fits_the_terminal(width: int, tmp_path: Path) -> None:
    drawn = golden.on_terminal(["diff", "vgg16", "vgg19", "--all"], width, tmp_path)
    assert max(map(golden.cells, drawn.text.split("\n"))) <= width
    assert drawn.exit == 0
    assert "+5,309,696" in drawn.text  # 256·(9·256 + 1) + 2·512·(9·512 + 1) parameters
    assert 256 * (9 * 256 + 1) + 2 * 512 * (9 * 512 + 1) == 5_309_696
    assert "\x1b[" in drawn.raw


def test_long_names_fold_in_a_narrow_terminal(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(spec(f"{{relu: , name: {'abcdefghij' * 5}}}"), encoding="utf-8")
    drawn = golden.on_terminal(["diff", "32x32x3: gelu", "long.yaml"], 40, tmp_path)
    assert max(map(golden.cells, drawn.text.split("\n"))) <= 40


def test_without_colour_where_it_is_not_wanted(tmp_path: Path) -> None:
    drawn = golden.on_terminal(["diff", "vgg16", "vgg19"], 80, tmp_path, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", drawn.raw)


@pytest.mark.parametrize("options", [[], ["-f", "json"], ["-f", "markdown"]], ids=" ".join)
def test_nothing_heavy_is_loaded(options: list[str]) -> None:
    assert not loaded("-m", "cnncalc", "diff", "alexnet", "zfnet", *options) & {"numpy", "sympy"}


# ----------------------------------------------------------------------------------------------------------------- git

BASE = """\
input: 32x32x3
parameters: {width: 64}
layers:
  - conv3-64
  - {conv: width, kernel: 3, padding: half, name: body}
  - relu
  - maxpool2
  - fc-10
"""


class Repository:
    """A git repository in which specs are shown by the driver."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(root),
            "PYTHONIOENCODING": "utf-8",
        }
        self("init", "-q", "-b", "main", ".")
        self("config", "user.email", "somebody@example.org")
        self("config", "user.name", "Somebody")
        self("config", "diff.cnncalc.command", f'"{sys.executable}" -m cnncalc diff')
        self.write(".gitattributes", "configs/*.yaml diff=cnncalc\n")
        self.write("configs/net.yaml", BASE)
        self.write("configs/small.yaml", "extends: net.yaml\nparameters: {width: 32}\n")
        self.write("configs/notes.yaml", "a: 1\nb: 2\n")
        self.commit("first")

    def __call__(self, *arguments: str, status: int = 0, where: str = ".", complaint: str = "") -> str:
        """What git prints; it fails where git ends with another status, or with another complaint than this."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root / where, env=self.environment, capture_output=True, check=False
        )
        assert done.returncode == status, done.stderr.decode()
        assert complaint in done.stderr.decode() if complaint else not done.stderr, done.stderr.decode()
        return done.stdout.decode()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def commit(self, message: str) -> None:
        self("add", "-A")
        self("commit", "-q", "-m", message)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_git_shows_networks(repository: Repository) -> None:
    assert repository("diff") == ""
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-100"))
    short = repository("rev-parse", "HEAD:configs/net.yaml")[:7]
    stdout = repository("diff")
    assert stdout.startswith(f"configs/net.yaml ({short}) → configs/net.yaml\n")
    assert re.search(r"~ +dense1 +units 10 → 100 +1×1×10 → 1×1×100 +\+1,474,650 +\+1,474,560\n", stdout)
    assert 16 * 16 * 64 * 90 + 90 == 1_474_650
    assert "\x1b" not in stdout
    assert "@@" not in stdout
    assert repository("diff", "--exit-code", status=1) == stdout
    assert repository("diff", where="configs") == stdout


def test_git_shows_several_files_and_what_is_no_spec_as_text(repository: Repository) -> None:
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-100"))
    repository.write("configs/notes.yaml", "a: 1\nb: 3\n")
    repository.write("configs/small.yaml", "extends: net.yaml\nparameters: {width: 16}\n")
    stdout = repository("diff")
    net, notes, small = (stdout.index(f"configs/{name}.yaml") for name in ("net", "notes", "small"))
    assert net < notes < small
    assert stdout[notes:small] == (
        "configs/notes.yaml is compared as text: the old one is not a spec: a spec has no `a`\n"
        "--- a/configs/notes.yaml\n+++ b/configs/notes.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"
    )
    assert re.search(r"~ +body +filters 32 → 16", stdout[small:])  # what it extends was found beside it
    assert re.search(r"· +relu1 +through its input", stdout[small:])


def test_git_shows_work_in_progress_as_text(repository: Repository) -> None:
    repository.write("configs/net.yaml", f"{BASE}  - {{conv: 8, kernel: }}\n  - [\n")
    stdout = repository("diff")
    lead, *lines = stdout.splitlines()
    assert lead.startswith("configs/net.yaml is compared as text: the new one is not a spec: ")
    assert lines[-3:] == ["   - fc-10", "+  - {conv: 8, kernel: }", "+  - ["]


def test_git_never_stops_at_a_file(repository: Repository) -> None:
    datas = {
        "bytes": b"\xff\xfe\x00",
        "deep": b"x: " + b"[" * 10_000,
        "escapes": b"layers: [\x1b[31m]\n",
        "lines": b"\n" * 30_000,
        "long": (b"#" * 1999 + b"\n") * 1001,
        "notes": b"a: 1\n",
    }
    for name in datas:
        repository.write(f"configs/{name}.yaml", BASE)
    repository.commit("second")
    for name, data in datas.items():
        (repository.root / f"configs/{name}.yaml").write_bytes(data)
    stdout = repository("diff", "--text")
    told = re.findall("^configs/(.*).yaml is compared as text: .*\n(it is too long)?", stdout, re.MULTILINE)
    assert told == [(name, "it is too long" if name in ("lines", "long") else "") for name in datas]
    assert "\x1b" not in stdout


def test_git_never_stops_at_options(repository: Repository) -> None:
    repository("config", "diff.cnncalc.command", f'"{sys.executable}" -m cnncalc diff --format csv --set width')
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-100"))
    assert repository("diff").startswith("configs/net.yaml is compared as text: --format takes ")


def test_git_takes_options(repository: Repository) -> None:
    repository("config", "diff.cnncalc.command", f'"{sys.executable}" -m cnncalc diff -f json --exit-code')
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-100"))
    assert said(json.loads(repository("diff"))) == ["~dense1 units 10 100"]


def test_git_shows_networks_that_come_and_go(repository: Repository) -> None:
    repository.write("configs/new.yaml", "input: 8x8x1\nlayers: [conv3-2]\n")
    repository("add", "-A")
    repository("rm", "-q", "configs/small.yaml")
    stdout = repository("diff", "--cached")
    short = repository("rev-parse", ":configs/new.yaml")[:7]
    assert f"added configs/new.yaml ({short}): 20 parameters, 1,152 multiply-adds, 1 layer\n" in stdout
    assert (3 * 3 * 2 + 2, 8 * 8 * 3 * 3 * 2) == (20, 1152)
    assert re.search(r"^removed configs/small.yaml \(\w{7}\): [\d,]+ parameters, ", stdout, re.MULTILINE)


def test_git_shows_text_that_comes(repository: Repository) -> None:
    repository.write("configs/more.yaml", "c: 1\n")
    repository("add", "-A")
    assert repository("diff", "--cached").splitlines()[1:] == [
        *("--- /dev/null", "+++ b/configs/more.yaml", "@@ -0,0 +1 @@", "+c: 1")
    ]


def test_git_shows_a_network_under_its_new_name(repository: Repository) -> None:
    repository("mv", "configs/net.yaml", "configs/base.yaml")
    repository.write("configs/base.yaml", BASE.replace("fc-10", "fc-12"))
    repository("add", "-A")
    stdout = repository("diff", "--cached", "-M", "--", "configs/net.yaml", "configs/base.yaml")
    assert re.match(r"configs/net.yaml \(\w{7}\) → configs/base.yaml \(\w{7}\)\n", stdout)
    assert "units 10 → 12" in stdout


def test_git_shows_what_leaves_the_network_as_it_is(repository: Repository) -> None:
    repository.write("configs/net.yaml", f"# a comment\n{BASE}")
    assert repository("diff") == "configs/net.yaml: the same network, written differently\n"
    repository("checkout", "-q", "configs/net.yaml")
    (repository.root / "configs/net.yaml").chmod(0o755)
    assert repository("diff") == "configs/net.yaml: the same network; mode 100644 → 100755\n"
    repository("checkout", "-q", "configs/net.yaml")
    repository("mv", "configs/notes.yaml", "configs/words.yaml")
    repository("mv", "configs/net.yaml", "configs/moved.yaml")
    stdout = repository("diff", "--cached", "-M")
    assert "configs/net.yaml → configs/moved.yaml: the same network\n" in stdout


def test_git_shows_conflicts(repository: Repository) -> None:
    repository("checkout", "-q", "-b", "side")
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-11"))
    repository.commit("side")
    repository("checkout", "-q", "main")
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-12"))
    repository.commit("main")
    subprocess.run(
        ["git", "merge", "-q", "side"],
        cwd=repository.root,
        env=repository.environment,
        capture_output=True,
        check=False,
    )
    assert "* Unmerged path configs/net.yaml\n" in repository("diff", "--cached")


def test_git_log_shows_networks_when_asked(repository: Repository) -> None:
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-100"))
    repository.commit("second")
    assert "units 10 → 100" in repository("log", "-p", "-1", "--ext-diff")
    assert "+  - fc-100" in repository("log", "-p", "-1")
    assert "+  - fc-100" in repository("diff", "--no-ext-diff", "HEAD~1")


def test_git_shows_summaries_by_textconv(repository: Repository) -> None:
    """The other way: git compares what `summarize` prints. It knows the text only, and not where it stands."""
    repository("config", "--unset", "diff.cnncalc.command")
    command = f'"{sys.executable}" -m cnncalc summarize'
    repository("config", "diff.cnncalc.textconv", command)
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-100"))
    stdout = repository("diff")
    assert re.search(r"^\+dense1 +dense 100 +1×1×100 .* 1,638,400 ", stdout, re.MULTILINE)
    assert "+1,677,220 parameters (6.4 MiB as float32), all trainable, 41,156,608 multiply-adds." in stdout
    repository.write("configs/small.yaml", "extends: net.yaml\nparameters: {width: 16}\n")
    repository("diff", status=128, complaint="there is no net.yaml to extend")
    repository("config", "diff.cnncalc.textconv", f'sh -c \'{command} "$1" 2>/dev/null || cat "$1"\' -')
    stdout = repository("diff")
    assert "+1,677,220 parameters" in stdout
    assert "-parameters: {width: 32}" in stdout  # of the old one git knows the text, and not what is beside it


def test_revisions_are_sides(repository: Repository, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in repository.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repository.root)
    repository.write("configs/net.yaml", BASE.replace("fc-10", "fc-100"))
    for old in ("git:HEAD", "git:main:configs/net.yaml"):
        found = json.loads(run("diff", old, "configs/net.yaml", "-f", "json").stdout)
        assert said(found) == ["~dense1 units 10 100"]
    assert said(cnncalc.diff("configs/net.yaml", "git:HEAD").to_dict()) == ["~dense1 units 100 10"]
    # what it extends is as it was then, and not as it is now: the driver cannot know that
    assert said(cnncalc.diff("git:HEAD", "configs/small.yaml").to_dict()) == ["~dense1 units 10 100"]
    repository.commit("second")
    assert run("diff", "git:HEAD", "configs/net.yaml", "--exit-code") == (0, "", "")
    assert said(cnncalc.diff("git:HEAD~1", "git:HEAD:configs/net.yaml").to_dict()) == ["~dense1 units 10 100"]
    repository("mv", "configs/net.yaml", "configs/base.yaml")
    assert said(cnncalc.diff("git:HEAD~1", "configs/base.yaml").to_dict()) == ["~dense1 units 10 100"]


def test_a_file_that_a_revision_has_not_is_new(
    repository: Repository, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in repository.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repository.root)
    repository.write("configs/new.yaml", "input: 8x8x1\nlayers: [conv3-2]\n")
    outcome = run("diff", "git:HEAD", "configs/new.yaml", "--exit-code")
    assert outcome == (1, "added configs/new.yaml: 20 parameters, 1,152 multiply-adds, 1 layer\n", "")
    outcome = run("diff", "git:nonesuch", "configs/new.yaml")
    assert (outcome.exit, outcome.stdout, "there is no revision nonesuch" in outcome.stderr) == (2, "", True)


def test_outside_of_a_repository(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(BASE, encoding="utf-8")
    outcome = run("diff", "git:HEAD", "net.yaml")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "net.yaml is in no git repository" in outcome.stderr


def test_results_and_baselines_of_a_revision(repository: Repository, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in repository.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repository.root)
    run("summarize", "configs/net.yaml", "-f", "json", "-o", "result.json")
    run("baseline", "write", "configs/net.yaml", "-o", "stored.yaml")
    repository.commit("stored")
    for path in ("result.json", "stored.yaml"):
        (repository.root / path).unlink()
        assert run("diff", f"git:HEAD:{path}", "configs/net.yaml", "--exit-code") == (0, "", "")


# ------------------------------------------------------------------------------------------------------------- goldens


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
    assert len(CASES) >= 8
