"""The JSON Schema that editors use: it is what the command prints, and it takes what the command takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import cnncalc
from cnncalc.commands import main
from cnncalc.language.schema import schema
from cnncalc.layers import registry, terms_of

ROOT = Path(__file__).parent.parent
FILE = ROOT / "configs" / "schema.json"
CONFIGS = sorted((ROOT / "configs").glob("**/*.yaml"))
FACTS = yaml.safe_load((ROOT / "tests" / "data" / "facts.yaml").read_text(encoding="utf-8"))
ACCEPTED = {fact["id"]: fact["stdin"] for fact in FACTS if "stdin" in fact and fact.get("exit", 0) == 0}

VALIDATOR = jsonschema.Draft202012Validator(schema())


def complaints(spec: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(spec)]


def spec_with(item: Any) -> dict[str, Any]:
    return {"input": "32x32x8", "layers": [item]}


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
    assert {reference.removeprefix("#/$defs/") for reference in references} <= set(found["$defs"])


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
    assert complaints(spec_with(item)) == []


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
