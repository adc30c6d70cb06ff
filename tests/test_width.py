"""In eighty columns nothing breaks, nothing is cut in the middle of a word, and the point of each table is there."""

from __future__ import annotations

import re
from pathlib import Path

import golden
import pytest
import zoo

import cnncalc
from cnncalc.analysis.difference import difference, snapshot
from cnncalc.commands import main
from cnncalc.report import breakdown, columns
from cnncalc.report import difference as changes
from cnncalc.report.page import Block
from cnncalc.writers import terminal

CASES = golden.cases("widths")

OWN = """\
name: a network of somebody's own
source: "a sentence that is longer than the terminal is wide, as sentences in a spec are, with no end to it, or hardly"
input: 96x96x3
layers:
  - {conv: 24, kernel: [3, 5], stride: 2, padding: [[1, 1], [2, 3]], activation: relu, name: a_first_layer_with_a_name}
  - repeat: 3
    name: block_of_the_stage
    layers: [conv3-24, batchnorm, relu, {dropout: 0.1}]
  - global_avgpool
  - fc-10
"""


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case.terminal == 80 else pytest.mark.whole_zoo, id=case.name) for case in CASES],
)
def test_output_is_as_recorded(
    case: golden.Case,
    update_golden: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = golden.run_case(case, tmp_path, monkeypatch, capsys)
    golden.hold(case, outcome, update_golden)
    assert case.terminal
    hold(outcome.stdout.split("\n"), case.terminal)


def lines(page: list[Block], room: int) -> list[str]:
    return terminal.drawn(page, room, plain=True).split("\n")


def hold(text: list[str], room: int) -> None:
    """No line is wider than that, and no number is cut."""
    assert max(map(golden.cells, text)) <= room
    assert not [line for line in text if re.search(r"\d,\d+…", line)]


@zoo.over_the_zoo
def test_the_breakdown_of_every_built_in_network(name: str) -> None:
    network = zoo.network(name)
    for room in (40, 80, 120, 200):
        hold(lines(breakdown.page(network, columns.usual(network)), room), room)
    page = breakdown.page(network, columns.usual(network))
    text = lines(page, 80)
    head = next(line for line in text if line.startswith(("Layer ", "Name ")))
    for title in ("Layer", "Output", "Memory", "Weights", "Multiply-adds"):
        assert title in head
    node = max(network.layers, key=lambda node: node.macs)
    row = next(line for line in text if f" {node.macs:,}" in line and f"{node.weights:,} " in line)
    assert node.name.rpartition(".")[2] in row
    assert "×".join(map(str, node.output)) in row
    assert text.count(text[text.index(head) + 1]) == 1, "a table is drawn once"
    body = [line for line in text[text.index(head) :] if re.search(r" ([KMG]i)?B  |in place", line)]
    assert len(body) == len(network.inputs) + len(network.layers) + 1, "a line for each layer, and the total"


@zoo.over_the_zoo
def test_what_is_published_keeps_its_verdict(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    main(["zoo", "verify", name, "--width", "80"])
    text = capsys.readouterr().out.split("\n")
    hold(text, 80)
    if len(text) > 3:
        assert "Verdict" in text[0]
        assert re.search("reproduced|differs", " ".join(text))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize(
    ("command", "points"),
    [
        (["summarize", "own.yaml"], ["conv", "48×49×24"]),
        (["scale", "own.yaml"], ["doubled", "repeated"]),
        (["check", "own.yaml", "--max", "params=1k", "--min", "sees=2"], ["1k", "over by", "%"]),
        (["compare", "own.yaml", "lenet5", "vgg16"], ["Weights", "138,344,128"]),
        (["lint", "own.yaml"], ["own"]),
        (["zoo", "--filter", "vgg*"], ["138,357,544", "15,470,264,320"]),
        (["layers"], ["conv"]),
        (["lint", "--rules"], ["CNN101"]),
        (["summarize", "nosuch_network_of_this_long_name_that_goes_on"], []),
    ],
    ids=lambda value: value[0] if value and isinstance(value, list) else "",
)
def test_commands_hold_to_the_width(
    command: list[str],
    points: list[str],
    width: int,
    tmp_path: Path,
) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    drawn = golden.on_terminal(command, width, tmp_path)
    hold(drawn.text.split("\n"), width)
    text = " ".join(drawn.text.split())
    for point in points:
        assert point in text


@pytest.mark.parametrize("room", [40, 80, 120])
def test_a_difference_keeps_the_exact_multiply_adds(room: int) -> None:
    old, new = (snapshot(zoo.network(name), name) for name in ("vgg11_lrn", "vgg16_bn"))
    text = lines(changes.page(difference(old, new)), room)
    hold(text, room)
    first, second = (zoo.network(name).totals.macs for name in ("vgg11_lrn", "vgg16_bn"))
    assert f"+{second - first:,}" in " ".join(" ".join(text).split())


def test_layers_that_only_have_another_input_are_one_line() -> None:
    before = cnncalc.load("32x32x3: conv3-8 relu conv3-8 batchnorm relu maxpool2 conv3-8 relu fc-10")
    after = cnncalc.load("48x48x3: conv3-8 relu conv3-8 batchnorm relu maxpool2 conv3-8 relu fc-10")
    page = changes.page(difference(snapshot(before, "a"), snapshot(after, "b")))
    text = " ".join(" ".join(lines(page, 200)).split())
    macs = [network.totals.macs - network.layers[-1].macs for network in (before, after)]
    dense = (24 * 24 - 16 * 16) * 8 * 10
    assert f"9 layers through their inputs, conv1 to dense1 +{dense:,} +{macs[1] - macs[0] + dense:,}" in text
    every = " ".join(
        " ".join(lines(changes.page(difference(snapshot(before, "a"), snapshot(after, "b")), True), 200)).split()
    )
    assert "layers through" not in every


def test_blocks_are_a_tree_and_say_how_they_fold() -> None:
    network = zoo.network("resnet50")
    text = lines(breakdown.page(network, columns.usual(network)), 80)
    at = text.index("stage2")
    assert [line[:12].rstrip() for line in text[at : at + 3]] == ["stage2", "  1", "    conv1 1×"]
    assert f"{len(network.layers)} layers; --depth 1 folds each block into one row." in text
    folded = lines(breakdown.page(network, columns.usual(network), 1), 80)
    assert not [line for line in folded if "--depth" in line]
