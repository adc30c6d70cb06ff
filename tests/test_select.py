"""Words for layers: what each means, by hand, and that all who take such words take them so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import golden
import pytest
import yaml

import cnncalc
from cnncalc.network.network import apart

Run = Callable[..., Any]

# Every layer reads the input of a single value, so that a layer of N filters has N weights and a sum tells which.
WEIGHTS = {
    "conv1": 1,
    "stage1.conv1": 2,
    "stage1.dense1": 4,
    "stage1.conv2": 8,
    "stage2.1.conv1": 16,
    "stage2.2.conv1": 32,
    "dense1": 64,
    "wide": 128,
    "depthwise_conv": 256,
    "stage10": 512,
}


def item(filters: Any, kind: str = "conv", **fields: Any) -> dict[str, Any]:
    return {kind: filters, "from": "input", **({} if kind == "dense" else {"kernel": 1}), **fields}


SPEC: dict[str, Any] = {
    "input": "1x1x1",
    "layers": [
        item(1),
        {"name": "stage1", "layers": [item(2), item(4, "dense"), item(8)]},
        {"name": "stage2", "repeat": 2, "layers": [item("16 * (index + 1)")]},
        item(64, "dense"),
        item(128, "depthwise_conv", name="wide"),
        item(256, name="depthwise_conv"),
        item(512, name="stage10"),
    ],
    "outputs": ["input"],
}

STAGE1 = ["stage1.conv1", "stage1.dense1", "stage1.conv2"]
STAGE2 = ["stage2.1.conv1", "stage2.2.conv1"]
CONVS = ["conv1", "stage1.conv1", "stage1.conv2", *STAGE2, "depthwise_conv", "stage10"]

WORDS: dict[str, list[str]] = {
    "conv1": ["conv1"],
    "stage1.conv1": ["stage1.conv1"],
    "stage1": STAGE1,
    "stage2": STAGE2,
    "stage2.1": ["stage2.1.conv1"],
    "*": list(WEIGHTS),
    "stage*": [*STAGE1, *STAGE2, "stage10"],
    "stage?.conv1": ["stage1.conv1"],
    "*.conv1": ["stage1.conv1", *STAGE2],
    "*conv[12]": ["conv1", "stage1.conv1", "stage1.conv2", *STAGE2],
    "stage[!1]*": STAGE2,
    "dense": ["stage1.dense1", "dense1"],
    "fc": ["stage1.dense1", "dense1"],
    "linear": ["stage1.dense1", "dense1"],
    "conv": CONVS,
    "depthwise_conv": ["depthwise_conv"],  # a name goes before a type
    "conv1,stage2": ["conv1", *STAGE2],
    " dense1 , conv1,, conv1 ": ["conv1", "dense1"],
    "fc,wide,stage1.*": [*STAGE1, "dense1", "wide"],
    "*conv[1,2],wide": ["conv1", "stage1.conv1", "stage1.conv2", *STAGE2, "wide"],
}
UNKNOWN = ["nonesuch", "stage", "stage1.", "stage?", "Conv1", "CONV", "conv1.", "[conv1", "conv[1", "maxpool"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command on the spec with more keys: its status, and its JSON or its messages."""
    monkeypatch.chdir(tmp_path)

    def ran(*command: str, **keys: Any) -> Any:
        (tmp_path / "net.yaml").write_text(yaml.safe_dump({**SPEC, **keys}, sort_keys=False), encoding="utf-8")
        outcome = golden.run([*command, "--format", "json"], monkeypatch, capsys)
        return outcome.exit, outcome.stderr if outcome.exit == 2 else json.loads(outcome.stdout)

    return ran


def test_the_spec_is_what_the_table_says() -> None:
    network = cnncalc.load(SPEC)
    assert {node.name: node.weights for node in network.layers} == WEIGHTS
    assert [node.name for node in network.layers if node.type == "conv"] == CONVS


@pytest.mark.parametrize("word", WORDS)
def test_a_word_means_the_same_to_all(word: str, run: Run) -> None:
    """To the network itself, to `explain`, to a budget, to `lint`, and to a published figure."""
    meant = WORDS[word]
    assert [node.name for node in cnncalc.load(SPEC).select(word)] == meant

    status, found = run("explain", "net.yaml", word)
    assert (status, [layer["name"] for layer in found["layers"]]) == (0, meant)

    status, found = run("check", "net.yaml", budget={"layers": {word: {"weights": {"max": 0}}}})
    limits = [limit["broken"] for limit in found["specs"][0]["limits"]]
    assert (status, sorted({name for broken in limits for name in broken})) == (1, sorted(meant))

    status, found = run("lint", "net.yaml", "--select", "CNN402", lint={"ignore": [{"CNN402": word}]})
    said = {name for finding in found["specs"][0]["findings"] for name in finding["layers"]}
    assert (status, said) == (int(len(meant) < len(WEIGHTS)), WEIGHTS.keys() - {*meant})

    figure = {"metric": "weights", "of": word, "printed": str(sum(WEIGHTS[name] for name in meant)), "where": "here"}
    status, found = run("zoo", "verify", "net.yaml", published=[figure])
    assert (status, int(found[0]["computed"].replace(",", ""))) == (0, sum(WEIGHTS[name] for name in meant))


@pytest.mark.parametrize("word", UNKNOWN)
def test_a_word_that_means_no_layer_is_said_by_all(word: str, run: Run) -> None:
    assert cnncalc.load(SPEC).select(word) == ()
    limits = {"layers": {word: {"weights": {"max": 0}}}}
    figure = {"metric": "weights", "of": word, "printed": "1", "where": "here"}
    for ran in (
        run("explain", "net.yaml", word),
        run("check", "net.yaml", budget=limits),
        run("lint", "net.yaml", lint={"ignore": [{"CNN402": word}]}),
        run("zoo", "verify", "net.yaml", published=[figure]),
    ):
        status, said = ran
        assert status == 2
        assert word in said.partition("\n")[0]


def test_one_unknown_word_of_several_is_said(run: Run) -> None:
    for status, said in (
        run("explain", "net.yaml", "conv1,nonesuch"),
        run("check", "net.yaml", budget={"layers": {"conv1, nonesuch": {"weights": 1}}}),
        run("lint", "net.yaml", lint={"ignore": [{"CNN402": "conv1,nonesuch"}]}),
    ):
        assert status == 2
        assert "nonesuch" in said.partition("\n")[0]
        assert "conv1" not in said.partition("\n")[0]


@pytest.mark.parametrize("word", ["stage1", "dense", "stage2.1", "fc,conv1"])
def test_a_metric_may_say_its_layers_itself(word: str, run: Run) -> None:
    total = sum(WEIGHTS[name] for name in WORDS.get(word, ["conv1", "stage1.dense1", "dense1"]))
    status, found = run(
        "zoo", "verify", "net.yaml", published=[{"metric": f"{word}.weights", "printed": str(total), "where": "here"}]
    )
    assert (status, int(found[0]["computed"].replace(",", ""))) == (0, total)


def test_the_layers_are_in_order_and_each_once() -> None:
    network = cnncalc.load(SPEC)
    assert [node.name for node in network.select(["dense1", "conv1", "*1"])] == [
        *("conv1", "stage1.conv1", "stage1.dense1", *STAGE2, "dense1")
    ]
    assert network.select([]) == network.select("") == network.select(" , ") == ()
    assert all(a is b for a, b in zip(network.select("*"), network.layers, strict=True))


def test_a_layer_and_a_group_of_one_name_are_both_meant() -> None:
    spec = {"input": "1x1x1", "layers": [item(1, name="a"), item(2, name="a.b"), item(4, name="ab")]}
    assert [node.name for node in cnncalc.load(spec).select("a")] == ["a", "a.b"]


def test_words_with_nothing_in_them_are_refused(run: Run) -> None:
    status, said = run("check", "net.yaml", budget={"layers": {" , ": {"weights": 1}}})
    assert (status, "is not a valid pattern of names" in said) == (2, True)
    for nothing in ("", ",", ["conv1", " "]):
        status, said = run("lint", "net.yaml", lint={"ignore": [{"CNN402": nothing}]})
        assert (status, "`CNN402` is ignored for names of layers" in said) == (2, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a", ["a"]),
        ("a,b , c", ["a", "b", "c"]),
        ("conv[1,2],fc", ["conv[1,2]", "fc"]),
        ("[!a,b]*,[,]", ["[!a,b]*", "[,]"]),
        ("a[,b", ["a[,b"]),  # a bracket that is never closed
        (",,a,", ["a"]),
        ("a,b,a", ["a", "b"]),
    ],
)
def test_commas_stand_between_words(text: str, words: list[str]) -> None:
    assert apart(text) == words
    assert apart([text, *words]) == words
