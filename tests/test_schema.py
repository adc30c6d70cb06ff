"""The JSON Schema that editors use: it is what the command prints, and it takes what the command takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import cnncalc
from cnncalc.analysis.rules import words
from cnncalc.commands import main
from cnncalc.language.schema import schema
from cnncalc.layers import registry, terms_of, type_names

ROOT = Path(__file__).parent.parent
FILE = ROOT / "configs" / "schema.json"
CONFIGS = sorted((ROOT / "configs").glob("**/*.yaml"))
FACTS = yaml.safe_load((ROOT / "tests" / "data" / "facts.yaml").read_text(encoding="utf-8"))
ACCEPTED = {fact["id"]: fact["stdin"] for fact in FACTS if "stdin" in fact and fact.get("exit", 0) == 0}

VALIDATOR = jsonschema.Draft202012Validator(schema(words()))


def complaints(spec: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(spec)]


def spec_with(item: Any, **more: Any) -> dict[str, Any]:
    return {"input": "32x32x8", "layers": [item], **more}


# ------------------------------------------------------------------------------------------------------ the file


def test_the_file_is_what_the_command_prints(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """When this fails, run `cnncalc schema -o configs/schema.json`."""
    assert main(["schema"]) == 0
    assert capsysbinary.readouterr().out == FILE.read_bytes()


def test_the_command_writes_the_same_into_a_file(tmp_path: Path) -> None:
    assert main(["schema", "-o", str(tmp_path / "schema.json")]) == 0
    assert (tmp_path / "schema.json").read_bytes() == FILE.read_bytes()


def test_it_is_a_schema_of_2020_12() -> None:
    found = json.loads(FILE.read_text(encoding="utf-8"))
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(found)


def test_every_reference_in_it_leads_somewhere() -> None:
    found = json.loads(FILE.read_text(encoding="utf-8"))
    references = set(_references(found))
    assert references
    for reference in references:
        part = found
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]
        assert part


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [reference for value in part.values() for reference in _references(value)]
    return [reference for value in part for reference in _references(value)] if isinstance(part, list) else []


def test_every_type_and_field_is_described_in_it() -> None:
    """An editor shows these when the pointer rests on a key."""
    definitions = schema()["$defs"]
    for name, kind in registry().items():
        properties = definitions[name]["properties"]
        for key in (name, *kind.aliases, *terms_of(kind)):
            assert properties[key].get("description"), (name, key)


# --------------------------------------------------------------------------------------------------- what it takes


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_built_in_spec_names_it_and_is_valid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=schema.json"
    assert (path.parent / "schema.json").is_file()
    assert complaints(yaml.safe_load(text)) == []


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_spec_of_the_facts_that_the_command_takes_is_valid(text: str) -> None:
    assert complaints(yaml.safe_load(text)) == []
    assert cnncalc.load(text + "\n").layers


EXPRESSIONS = [
    {"conv": "4*width", "kernel": "3 if index else 1"},
    {"conv": 8, "kernel": "1x3", "padding": [[0, 0], ["pad", 1]], "bias": "index > 0"},
    {"maxpool": ["size", 2], "stride": "size"},
    {"dense": "input.channels // 2", "per_position": "true"},
    {"dropout": "rate"},
    {"activation": "act"},
    {"conv": 8, "kernel": 3, "repeat": "depth", "when": "width > 4", "frozen": "index < 2", "name": "c{index}"},
    {"add": ["left", "right"]},
    {"concat": None, "from": ["left", "right"]},
    {"softmax": None},
    {"relu": None, "name": "last"},
    "conv3-64",
    {"layers": ["relu", "conv3-8"], "repeat": 2, "name": "stage"},
    {"layers": "relu"},
    {"branches": [["conv1-8"], [], "relu", None], "merge": "add"},
    {"residual": ["conv3-8"], "shortcut": ["conv1-8"]},
    {"each": {"width": [8, 16], "depth": "depths"}, "layers": ["conv3-8"]},
    {"bottleneck": 64, "stride": 2},
    {"bottleneck": "width", "act": "hardswish", "repeat": 3},
]


@pytest.mark.parametrize("item", EXPRESSIONS, ids=repr)
def test_an_expression_may_stand_for_a_value_and_a_block_for_a_type(item: Any) -> None:
    blocks = {"bottleneck": {"parameters": {"width": None, "act": "relu"}, "layers": ["relu"]}}
    assert complaints(spec_with(item, parameters={"width": 8}, blocks=blocks)) == []


def test_the_rest_of_the_top_level() -> None:
    spec = {
        **spec_with("relu"),
        "name": "a",
        "source": "b",
        "parameters": {"width": 8, "depths": [1, 2]},
        "defaults": {"conv": {"padding": "half"}},
        "blocks": {"pair": {"parameters": {"width": None}, "layers": ["relu"]}},
        "outputs": ["relu1"],
        "published": [{"metric": "params", "printed": "138M", "where": "Table 2", "unit": 1000}],
        "budget": {"params": "1M"},
    }
    assert complaints(spec) == []
    spec["defaults"] = {"pair": {"width": 4}, "fc": {"bias": False}}
    assert complaints(spec) == []
    assert complaints({"extends": "resnet50.yaml", "parameters": {"depths": [3, 4, 23, 3]}}) == []
    two = {"left": "8x8x1", "right": [8, 8, 1]}
    assert complaints({"input": two, "layers": [{"relu": None, "from": "left"}]}) == []


# -------------------------------------------------------------------------------------------------- what it refuses

WRONG_ITEMS = [
    {"conv": 8, "kernel": 3, "stirde": 2},
    {"conv": 8, "kernel": 3, "size": 2},
    {"relu": None, "slope": 0.1},
    {"conv": -8, "kernel": 3},
    {"conv": 0, "kernel": 3},
    {"conv": 8, "kernel": 3, "stride": 0},
    {"conv": 8, "kernel": True},
    {"conv": 8, "kernel": 3, "padding": -1},
    {"conv": 8, "kernel": 3, "padding": [[1, 1, 1]]},
    {"conv": 8, "kernel": 3, "bias": 1},
    {"conv": 8.5, "kernel": 3},
    {"conv": {"filters": 8}, "kernel": 3},
    {"relu": 3},
    {"dropout": 1.5},
    {"lppool": 2, "norm": 0},
    {"slice": [1, 2, 3]},
    {"reshape": []},
    {"maxpool": 2, "from": 3},
    {"conv": 8, "kernel": 3, "repeat": 1.5},
    {"branches": [["relu"]], "merge": "subtract"},
    {"branches": [["relu"]], "shortcut": []},
    {"residual": ["relu"], "merge": "add"},
    {"layers": ["relu"], "merge": "add"},
    {"each": ["a"], "layers": ["relu"]},
    {"batchnorm": None, "affine": 0},
    7,
    None,
    ["relu"],
    {},
]


@pytest.mark.parametrize("item", WRONG_ITEMS, ids=repr)
def test_a_wrong_item_is_refused_by_the_schema_and_by_the_command(item: Any) -> None:
    assert complaints(spec_with(item))
    with pytest.raises(cnncalc.SpecError):
        cnncalc.load(spec_with(item))


WRONG_SPECS: list[Any] = [
    {"input": "32x32x3", "layers": ["relu"], "layer": []},
    {"input": "32x32x3"},
    {"layers": ["relu"]},
    {},
    [],
    "relu",
    {"input": "32x32x3", "layers": {"conv": 8, "kernel": 3}},
    {"input": 3.5, "layers": ["relu"]},
    {"input": [1, 2, 3, 4, 5], "layers": ["relu"]},
    {"input": "32x32x3", "layers": ["relu"], "parameters": [1]},
    {"input": "32x32x3", "layers": ["relu"], "blocks": {"pair": {"parameters": {}}}},
    {"input": "32x32x3", "layers": ["relu"], "blocks": {"pair": {"layers": ["relu"], "input": 3}}},
    {"input": "32x32x3", "layers": ["relu"], "defaults": {"conv": 3}},
    {"input": "32x32x3", "layers": ["relu"], "outputs": 3},
    {"extends": 3},
]


@pytest.mark.parametrize("spec", WRONG_SPECS, ids=repr)
def test_a_wrong_top_level_is_refused_by_the_schema_and_by_the_command(spec: Any) -> None:
    assert complaints(spec)
    with pytest.raises(cnncalc.SpecError):
        cnncalc.load(json.dumps(spec) + "\n")


@pytest.mark.parametrize("name", registry())
def test_every_type_refuses_a_field_that_it_has_not(name: str) -> None:
    assert complaints(spec_with({name: None, "no_such_field": 1}))


# ------------------------------------------------------------------------------------ what it knows of a whole spec

CONV = {"conv": 8, "kernel": 3}
BRINGS = {
    "blocks": {"cnov": {"parameters": {"kernel": 3}, "layers": ["conv3-8"]}},
    "extends": "vgg16.yaml",
    "parameters": {"widht": 8, "rellu": "relu"},
}
FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an unknown type": (spec_with({"cnov": 8, "kernel": 3}), {"blocks", "extends", "parameters"}),
    "an unknown word": (spec_with("cnov3-8"), {"blocks", "extends", "parameters"}),
    "a misspelt word": (spec_with("conv3_8"), {"blocks", "extends", "parameters"}),
    "in a group": (spec_with({"residual": [{"layers": ["conv3_8"]}]}), {"blocks", "extends", "parameters"}),
    "in a branch": (spec_with({"branches": [["relu"], ["conv3_8"]]}), {"blocks", "extends", "parameters"}),
    "two strides": (spec_with("conv3-8/2/2"), set()),
    "no kernel": (spec_with({"conv": 8}), {"blocks", "extends", "parameters"}),
    "no kernel in a word": (spec_with("conv-8"), {"blocks", "extends", "parameters"}),
    "no number in a word": (spec_with("dense"), {"blocks", "extends", "parameters"}),
    "a padding that is no word": (spec_with({**CONV, "padding": "sane"}), {"blocks", "extends", "parameters"}),
    "a padding in a list": (spec_with({**CONV, "padding": [1, "sane"]}), {"blocks", "extends", "parameters"}),
    "a misspelt activation": (spec_with({**CONV, "activation": "rellu"}), {"blocks", "extends", "parameters"}),
    "a misspelt function": (spec_with({"activation": "rellu"}), {"blocks", "extends", "parameters"}),
    "an unknown name": (spec_with({"conv": "2*widht", "kernel": 3}), {"blocks", "extends", "parameters"}),
    "an unknown name in a word": (spec_with("conv3-widht"), {"blocks", "extends", "parameters"}),
    "an unknown condition": (spec_with({"relu": None, "when": "deep"}), {"blocks", "extends", "parameters"}),
    "an unknown default": (spec_with("relu", defaults={"conv": {"paddin": 1}}), set()),
    "defaults of an unknown type": (spec_with("relu", defaults={"cnov": {}}), {"blocks", "extends"}),
    "a limit that is none": (spec_with("relu", budget={"params": "lots"}), set()),
    "a maximum that is none": (spec_with("relu", budget={"max": {"params": "lots"}}), set()),
    "a change that is none": (spec_with("relu", budget={"params": {"change": "two"}}), set()),
    "a bad volume": ({"input": "32x32xx3", "layers": ["relu"]}, {"extends", "parameters"}),
    "no extent": ({"input": "0x32x3", "layers": ["relu"]}, {"extends", "parameters"}),
    "five extents": ({"input": {"left": "2x2x2x2x2"}, "layers": ["relu"]}, {"extends", "parameters"}),
}
"""What is wrong in each, and the keys of a spec that might bring in what it lacks."""


@pytest.mark.parametrize(("spec", "excuses"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_flagged_unless_the_spec_may_bring_in_what_it_names(spec: dict[str, Any], excuses: set[str]) -> None:
    with pytest.raises(cnncalc.SpecError):
        cnncalc.load(spec)
    assert complaints(spec)
    for key, value in BRINGS.items():
        assert bool(complaints({**spec, key: value})) is (key not in excuses), key
    if "cnov" in str(spec) or "conv3_8" in str(spec):
        assert complaints({**spec, "parameters": {"cnov": 8, "depths": [3, 4]}}), "a number is no type"


KNOWN = [
    spec_with({"conv": "2 if index > 1 else max(4, len([1, 2]))", "kernel": "1x3", "repeat": 2}),
    spec_with({"dense": "input.channels // 2", "when": "true and not false"}),
    spec_with({"conv": 4, "kernel": 3, "activation": "relu6", "padding": [["1", 2], "1+1"]}),
    spec_with({"each": {"width": [4, 8]}, "layers": [{"conv": "width", "kernel": 3}, "conv3-width"]}),
    spec_with("depthwise_conv3/2"),
    spec_with("conv3-4*2"),
    spec_with("conv3-64/2p0"),
    spec_with("conv1×3-8p0x1"),
    spec_with("maxpool3/2p1"),
    spec_with("depthwise_conv3X1p1"),
    spec_with({"adaptive_avgpool": "3×3"}),
    {"input": "28×28×1", "layers": ["conv3-8"]},
    {"input": "28X28X1", "layers": ["conv3-8"]},
    {"input": "Hx28×3", "layers": [{"conv": "H", "kernel": 3}]},
    spec_with("activation-relu"),
    spec_with({"conv": 8}, defaults={"conv": {"kernel": 3}}),
    {"input": "HxWx3", "layers": [{"conv": "H", "kernel": 3}]},
    {"input": ["H", 32, 3], "layers": [{"conv": "H", "kernel": 3}]},
    {"input": {"left": "4x4x8", "right": "sxsx8"}, "layers": [{"add": ["left", "right"]}]},
    {"input": "(2*4)x8x3", "layers": ["relu", {"concat": ["input", "relu1"]}]},
    spec_with("relu", lint={"ignore": ["floored-fraction", "cnn1", {"CNN102": "relu*"}], "severity": {"all": "note"}}),
    spec_with("relu", budget={"params": "1,000.5 k", "macs": {"equals": "1.5G ±2%"}, "output": {"change": "any"}}),
    spec_with("relu", budget={"activation_bytes": "64 MiB", "receptive_field": {"min": "1x1"}, "jump": {"max": "1/2"}}),
]


@pytest.mark.parametrize("spec", KNOWN, ids=repr)
def test_what_a_spec_may_name_by_itself_is_no_fault(spec: dict[str, Any]) -> None:
    assert cnncalc.load(spec).layers
    assert complaints(spec) == []


def test_rules_of_lint_are_known() -> None:
    for lint in ({"ignore": ["no-rule"]}, {"ignore": [{"no-rule": "relu1"}]}, {"severity": {"no-rule": "note"}}):
        assert complaints(spec_with("relu", lint=lint))


def test_a_long_text_is_read_at_once() -> None:
    """A pattern that reads a text in two ways would take for ever; `tests/bounds.py` is not needed to notice."""
    for text in (
        "1" * 5000 + "?a",
        "max" * 2000,
        "." * 5000 + "a",
        "'" * 5001,
        "x1" * 5000,
        "1×" * 3000 + "p",
        "1X" * 3000,
        "1_" * 3000 + "$a",
    ):
        complaints({"input": text, "layers": [{"conv": text, "kernel": 3, "padding": text}, text, f"conv3-{text}"]})


def words_offered() -> dict[str, str]:
    """The words that editors offer, and the name of the type in each."""
    words = [snippet["body"] for snippet in schema()["$defs"]["item"]["anyOf"][0]["defaultSnippets"]]
    return {word: word if word in type_names() else word.rstrip("-0123456789") for word in words}


def test_a_word_of_almost_every_type_is_offered() -> None:
    """A word of the notation has a number: what takes a list or a name, or needs more fields, has none."""
    assert {*type_names()} - {*words_offered().values()} == {"activation", "other", "permute", "reshape", "slice"}


@pytest.mark.parametrize(("word", "name"), words_offered().items())
def test_a_word_that_is_offered_is_a_layer(word: str, name: str) -> None:
    assert complaints(spec_with(word)) == []
    if not type_names()[name].merges:  # those take several inputs
        volume = "16x16" if name == "attention" else "16x16x16"
        [node] = cnncalc.load({"input": volume, "layers": [word]}).layers
        assert type(node.layer) is type_names()[name]


def test_keys_say_what_they_are() -> None:
    """An editor shows title, description, default and examples."""
    found = schema()
    assert found["$id"] == "urn:cnncalc:spec"
    conv = found["$defs"]["conv"]["properties"]
    assert (conv["conv"]["title"], conv["kernel"]["title"], conv["stride"]["default"]) == ("conv", "conv: kernel", 1)
    assert conv["kernel"]["examples"] == [3, "1x7"]
    assert {name for name, part in found["properties"].items() if part["title"] != name} == set()
    defaults = found["properties"]["defaults"]["properties"]
    assert defaults.keys() == type_names().keys()
    assert [*defaults["fc"]["properties"]] == [*terms_of(type_names()["fc"])]
