"""Every fact of data/facts.yaml, through the command, in this process."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cnncalc.commands import main

FACTS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "facts.yaml").read_text(encoding="utf-8")
)


def find(result: Any, path: str) -> Any:
    """`layers[conv1].output`, `layers[3]`, `layers[type=conv:0]` or `warnings.length` in a JSON result."""
    for name, key in re.findall(r"([A-Za-z_]\w*)|\[([^\]]+)\]", path):
        if name == "length" and isinstance(result, list):
            result = len(result)
        elif name:
            result = result[name]
        elif key.isdigit():
            result = result[int(key)]
        elif key.startswith("type="):
            kind, nth = key.removeprefix("type=").split(":")
            result = [layer for layer in result if layer["type"] == kind][int(nth)]
        else:
            (result,) = (layer for layer in result if layer["name"] == key)
    return result


def run(
    fact: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the fact's command."""
    arguments = fact.get("run", ["summarize", "-"])
    if "expect" in fact:
        arguments = [*arguments, "--format", "json"]
    stdin = io.TextIOWrapper(io.BytesIO(fact.get("stdin", "").encode()), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    try:
        status = main(arguments)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    out, err = capsys.readouterr()
    return status, out, err


def holds(fact: dict[str, Any], status: int, out: str, err: str) -> None:
    assert status == fact.get("exit", 0), err
    assert "Traceback" not in err
    if status:
        assert err.strip(), "failed without a message"
        assert not out, "a failure has no result"
    if "expect" in fact:
        result = json.loads(out)
        assert {path: find(result, path) for path in fact["expect"]} == fact["expect"]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_the_fact_holds(
    fact: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    holds(fact, *run(fact, monkeypatch, capsys))


def test_there_are_facts_of_every_command_that_gives_numbers() -> None:
    assert {"summarize", "compare"} <= {fact.get("run", ["summarize"])[0] for fact in FACTS}
    assert len({fact["id"] for fact in FACTS}) == len(FACTS)
