"""What people asked in public, in exercises, threads and issues, with the right value of each, through the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_facts import run

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "cases.json").read_text(encoding="utf-8"))
WRITTEN = [
    pytest.param(case["expect"], spec, id=f"{case['id']}-{number}")
    for case in CASES
    for number, spec in enumerate([case["spec"], *case.get("short", [])])
]


@pytest.mark.parametrize(("expect", "spec"), WRITTEN)
def test_a_public_case_has_its_value(
    expect: dict[str, Any], spec: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fact = {"run": ["summarize", "-" if "\n" in spec else spec], "stdin": spec, "expect": expect}
    status, out, err = run(fact, monkeypatch, capsys)
    assert "Traceback" not in err
    if expect.get("error"):
        assert (status, out) == (2, "")
        return
    assert status == 0, err
    result = json.loads(out)
    layers = {layer["name"]: layer["output"] for layer in result["layers"]}
    found = {**result["totals"], "output": result["layers"][-1]["output"]}
    for key, value in expect.items():
        if key == "layer_outputs":
            assert {name: layers.get(name) for name in value} == value
        else:
            assert found[key] == value, key
