"""Every metric through every command: one value in one list is all there is to a metric."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import golden
import pytest
import yaml
from test_check import NET, OF_A_LAYER, VALUES

import cnncalc
from cnncalc.network.metrics import METRICS, Metric
from cnncalc.report.columns import columns

Run = Callable[..., golden.Outcome]

COLUMNS = {"activation_bytes": "memory"}
"""Columns that are not called as their metric is."""

LARGEST = 12 * 12 * 3
"""The largest volume of the network: 12×12×3 goes in, 10×10×4 is the largest that comes out."""
OUTSIDE = {
    "largest_volume": (
        Metric("count", "Largest volume", "values of the largest volume", lambda network: LARGEST, guarded=True),
        LARGEST,
    ),
    "positions": (
        Metric(
            "count",
            "Positions",
            "positions of all outputs",
            lambda network: sum(node.output.positions for node in network.layers),
            lambda row: row.output[0] * row.output[1] if isinstance(row.output, tuple) else row.output.positions,
        ),
        3 * 10 * 10 + 3 * 5 * 5 + 1,  # conv1, batchnorm1, relu1; maxpool1, conv2, dropout1; dense1
    ),
}
"""Metrics that the package does not have, and what they come to in NET."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CNNCALC_TRACEBACK", "1")
    Path("net.yaml").write_text(NET, encoding="utf-8")
    wider = NET.replace("conv: 6", "conv: 7").replace("12x12x3", "14x14x3")
    Path("wider.yaml").write_text(wider, encoding="utf-8")

    def ran(*arguments: str) -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, "")

    return ran


@pytest.fixture
def outside() -> Iterator[None]:
    """The metrics of OUTSIDE, added to the list for the length of a test."""
    METRICS.update({name: metric for name, (metric, _) in OUTSIDE.items()})
    yield
    for name in OUTSIDE:
        del METRICS[name]


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_found_in_every_command(name: str, run: Run) -> None:
    everywhere(name, VALUES[name], run)


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_metric_from_outside_is_found_in_every_command(name: str, run: Run) -> None:
    everywhere(name, OUTSIDE[name][1], run)


def everywhere(name: str, value: Any, run: Run) -> None:
    """Ask every command for a metric of NET."""
    metric = METRICS[name]
    said = "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
    plain = list(value) if isinstance(value, tuple) else value
    volume = metric.kind == "volume"
    in_results(name, plain, volume, run)
    in_tables(name, metric, run)
    in_conditions(name, said, volume, run)
    in_checks(name, said, plain, volume, run)
    in_differences(name, plain, volume, run)
    assert name in json.loads(run("schema").stdout)["properties"]["budget"]["properties"]
    assert f"{name}=" in completions("--max ", run)
    assert f"{name}=" in completions("--allow ", run)


def in_results(name: str, plain: Any, volume: bool, run: Run) -> None:
    summarized = json.loads(run("summarize", "net.yaml", "-f", "json").stdout)
    compared = json.loads(run("compare", "net.yaml", "wider.yaml", "-f", "json").stdout)
    if volume:
        assert summarized["layers"][-1][name] == plain
        return
    assert cnncalc.summarize("net.yaml").to_dict()["totals"][name] == plain
    assert summarized["totals"][name] == compared["designs"][0]["totals"][name] == plain
    assert (name in compared["ratios"][1]) == (METRICS[name].kind in ("count", "bytes"))


def in_tables(name: str, metric: Metric, run: Run) -> None:
    key = COLUMNS.get(name, name)
    assert (key in {column.key for column in columns()}) == (metric.of_layer is not None)
    if metric.of_layer:
        rows = list(
            csv.DictReader(io.StringIO(run("summarize", "net.yaml", "-f", "csv", "--columns", f"name,{key}").stdout))
        )
        assert [row["name"] for row in rows] == [
            "input",
            *(node.name for node in cnncalc.load("net.yaml").layers),
            "total",
        ]
        if name in OF_A_LAYER:
            shown = "x".join(map(str, expected)) if isinstance(expected := OF_A_LAYER[name], tuple) else str(expected)
            assert shown in {row[key] for row in rows}
    table = run("compare", "net.yaml", "wider.yaml").stdout
    assert (metric.title in {line.split("  ")[0] for line in table.splitlines()}) == metric.compared


def in_conditions(name: str, said: str, volume: bool, run: Run) -> None:
    unit = "B" if METRICS[name].kind == "bytes" else ""
    if volume:
        assert run("compare", "net.yaml", "net.yaml", "--fail-if", f"{name} == {said}").exit == 2
        return
    assert run("compare", "net.yaml", "net.yaml", "--fail-if", f"{name} == {said}{unit}").exit == 1
    assert run("compare", "net.yaml", "net.yaml", "--fail-if", f"{name} != {said}{unit}").exit == 0


def in_checks(name: str, said: str, plain: Any, volume: bool, run: Run) -> None:
    assert run("check", "net.yaml", "--equals", f"{name}={said}").exit == 0
    [limit] = json.loads(run("check", "net.yaml", "--max", f"{name}={said}", "-f", "json").stdout)["specs"][0]["limits"]
    assert (limit["metric"], limit["value"], limit["verdict"]) == (name, plain, "ok")
    assert run("baseline", "write", "net.yaml").exit == 0
    stored = yaml.safe_load(Path("baseline.yaml").read_text(encoding="utf-8"))["specs"]["net.yaml"]
    assert str(stored[name]) == said
    held = json.loads(run("check", "net.yaml", "--baseline", "baseline.yaml", "-f", "json").stdout)["specs"][0][
        "limits"
    ]
    assert (name in {limit["metric"] for limit in held}) == METRICS[name].guarded
    allowed = run("check", "net.yaml", "--baseline", "baseline.yaml", "--allow", f"{name}=any", "-f", "json").stdout
    assert name in {limit["metric"] for limit in json.loads(allowed)["specs"][0]["limits"]}
    rules = json.loads(run("check", "net.yaml", "--max", f"{name}={said}", "-f", "sarif").stdout)["runs"][0]["tool"]
    assert name in {rule["id"] for rule in rules["driver"]["rules"]}


def in_differences(name: str, plain: Any, volume: bool, run: Run) -> None:
    both = [plain] if volume else plain
    found = json.loads(run("diff", "net.yaml", "wider.yaml", "-f", "json").stdout)["totals"][name]
    assert found["before"] == both
    against = json.loads(run("diff", "baseline.yaml", "net.yaml", "-f", "json").stdout)["totals"][name]
    assert against["before"] == against["after"] == both
    result = json.loads(run("summarize", "net.yaml", "-f", "json").stdout)
    Path("now.json").write_text(json.dumps(result), encoding="utf-8")
    assert json.loads(run("diff", "now.json", "net.yaml", "-f", "json").stdout)["totals"][name]["before"] == both
    if not volume:
        del result["totals"][name]
        for layer in result["layers"]:
            layer.pop(name, None)
        Path("older.json").write_text(json.dumps(result), encoding="utf-8")
        older = run("diff", "older.json", "net.yaml", "-f", "json")
        assert name in json.loads(older.stdout)["unknown"]
        assert run("diff", "older.json", "net.yaml", "--exit-code").exit == 0


def completions(line: str, run: Run) -> str:
    """What a shell is offered after the words of a `check`."""
    from cnncalc.commands import completion

    offered = completion.limits if line.startswith("--max") else completion.changes
    return " ".join(word for word, _ in offered(""))
