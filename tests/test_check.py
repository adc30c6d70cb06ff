"""`cnncalc check`: every kind of limit fires, at its border; what is laid on what; what people read, and where."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import golden
import pytest
import test_machines as machines
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.commands.showing import REVIEWS as FORMATS
from cnncalc.language.budget import fields
from cnncalc.network.limits import WORDS
from cnncalc.network.metrics import METRICS, measures, outputs
from cnncalc.report.units import portion

NET = """\
input: 12x12x3
layers:
  - {conv: 4, kernel: 3, padding: valid}
  - batchnorm
  - relu
  - {maxpool: 2, stride: 2}
  - {conv: 6, kernel: 3, padding: half, activation: relu, bias: false}
  - {dropout: 0.5}
  - fc-10
"""
"""12×12×3 → 10×10×4 → 5×5×4 → 5×5×6 → 1×1×10."""

# What it comes to, layer by layer: conv1, batchnorm1, relu1, maxpool1, conv2, dropout1, dense1.
WEIGHTS = 3 * 3 * 3 * 4 + 4 + 3 * 3 * 4 * 6 + 5 * 5 * 6 * 10
BIASES = 4 + 4 + 10
MACS = 10 * 10 * 3 * 3 * 3 * 4 + 5 * 5 * 3 * 3 * 4 * 6 + 5 * 5 * 6 * 10
ACTIVATIONS = 12 * 12 * 3 + 10 * 10 * 4 + 10 * 10 * 4 + 5 * 5 * 4 + 5 * 5 * 6 + 10
VALUES: dict[str, Any] = {
    "weights": WEIGHTS,
    "biases": BIASES,
    "params": WEIGHTS + BIASES,
    "buffers": 4 + 4,
    "macs": MACS,
    # a bias add each, two per normalised value, one per activation value, four per pooling window
    "flops": 2 * MACS + 10 * 10 * 4 + 10 + 2 * 10 * 10 * 4 + 10 * 10 * 4 + 5 * 5 * 6 + 4 * 5 * 5 * 4,
    "activations": ACTIVATIONS,
    "activation_bytes": 4 * ACTIVATIONS,
    "weight_bytes": 4 * (WEIGHTS + BIASES),
    "layers": 7,
    "depth": 3,
    "nonlinearities": 2,
    "receptive_field": (3 + 1 + 2 * 2, 3 + 1 + 2 * 2),
    "receptive_field_smallest": (3 + 1 + 2 * 2, 3 + 1 + 2 * 2),
    "receptive_field_ungated": (3 + 1 + 2 * 2, 3 + 1 + 2 * 2),
    "jump": (2, 2),
    "output": (1, 1, 10),
}
"""Every metric of the network, from arithmetic."""

OF_A_LAYER: dict[str, Any] = {
    "weights": 3 * 3 * 4 * 6,
    "biases": 4,
    "params": 3 * 3 * 4 * 6,
    "buffers": 8,
    "macs": 10 * 10 * 3 * 3 * 3 * 4,
    "flops": 2 * 10 * 10 * 3 * 3 * 3 * 4 + 10 * 10 * 4,
    "activations": 10 * 10 * 4,
    "activation_bytes": 4 * 10 * 10 * 4,
    "receptive_field": (8, 8),
    "receptive_field_smallest": (8, 8),
    "jump": (2, 2),
    "output": (5, 5, 6),
}
"""Every metric that a layer has, of the layer of LAYER."""

LAYER = {"conv2": "weights params receptive_field receptive_field_smallest jump output", "batchnorm1": "buffers"}
LAYER = {metric: layer for layer, metrics in LAYER.items() for metric in metrics.split()}


class Spec(NamedTuple):
    """What came of one check, as JSON has it."""

    exit: int
    limits: list[dict[str, Any]]
    stderr: str


class Here:
    """A repository of its own to check in."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def write(self, **files: str) -> None:
        """Files by their stems: YAML all of them."""
        for stem, text in files.items():
            (self.folder / f"{stem}.yaml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str, stdin: str = "") -> golden.Outcome:
        """Run a command."""
        return golden.run(arguments, self._monkeypatch, self._capsys, stdin)

    def check(self, *arguments: str, stdin: str = "") -> golden.Outcome:
        """Run `cnncalc check`."""
        return self.run("check", *arguments, stdin=stdin)

    def specs(self, *arguments: str) -> list[dict[str, Any]]:
        """The specs of `cnncalc check --format json`; the exit status says whether all of them hold."""
        found = self.check(*arguments, "--format", "json")
        assert found.exit in (0, 1), found.stderr
        data = json.loads(found.stdout)
        assert data["holds"] == (found.exit == 0)
        assert data["holds"] == all(spec["holds"] for spec in data["specs"])
        for spec in data["specs"]:
            broken = [limit for limit in spec["limits"] if limit["verdict"] not in ("ok", "new")]
            assert spec["holds"] == (not broken and not spec["missing"])
        return list(data["specs"])

    def limits(self, *arguments: str) -> list[dict[str, Any]]:
        """The limits of the one spec of a check."""
        [spec] = self.specs(*arguments)
        return list(spec["limits"])

    def refused(self, *arguments: str) -> str:
        """The messages of a check that must be refused."""
        found = self.check(*arguments)
        assert (found.exit, found.stdout) == (2, "")
        assert found.stderr.startswith("error: ")
        return found.stderr


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CNNCALC_TRACEBACK", "1")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return Here(folder, monkeypatch, capsys)


def test_the_arithmetic_is_that_of_the_network() -> None:
    network = cnncalc.load(NET)
    assert {**measures(network), "output": VALUES["output"]} == VALUES
    assert measures(network)["output"] == (VALUES["output"],)
    assert outputs(network) == {"dense1": VALUES["output"]}
    assert {metric: getattr(network.layer(LAYER.get(metric, "conv1")), metric) for metric in OF_A_LAYER} == {
        metric: value if metric != "output" else network.layer("conv2").output for metric, value in OF_A_LAYER.items()
    }
    assert tuple(network.layer("conv2").output) == OF_A_LAYER["output"]


# --- every kind of limit fires, at its border -------------------------------------------------------------------------


def test_every_metric_every_word_and_every_kind_has_its_cases() -> None:
    assert set(VALUES) == set(METRICS)
    assert set(OF_A_LAYER) == {name for name, metric in METRICS.items() if metric.of_layer}
    assert {metric.kind for metric in METRICS.values()} == set(AT_THE_BORDER)
    assert {word for border in AT_THE_BORDER.values() for word in border(VALUES["output"], "")} == {*WORDS} - {"change"}
    assert {word for _, word, _, _ in CASES} == set(WORDS)
    assert {(metric, word) for metric, word, _, _ in CASES} == {(metric, word) for metric in METRICS for word in WORDS}


def scalars(value: Any, unit: str) -> dict[str, tuple[list[str], list[str]]]:
    """For each word, limits that a number just holds to, and limits that it just breaks."""
    value = value if isinstance(value, int) else value[-1]
    at, above, below = (f"{number}{unit}" for number in (value, value + 1, value - 1))
    return {
        "max": ([at, above], [below]),
        "min": ([at, below], [above]),
        "equals": ([at, f"{value + 1}{unit} ±1", f"{value - 1}{unit} ±1", f"{value + 1}{unit} ±100%"], [above, below]),
    }


def several(value: Any, unit: str) -> dict[str, tuple[list[str], list[str]]]:
    """The same of numbers one per axis: beyond on the last axis alone is beyond."""
    at, above, below = ("x".join(map(str, (*value[:-1], value[-1] + step))) for step in (0, 1, -1))
    return {"max": ([at, above], [below]), "min": ([at, below], [above]), "equals": ([at], [above, below])}


AT_THE_BORDER: dict[str, Callable[[Any, str], dict[str, tuple[list[str], list[str]]]]] = {
    "count": scalars,
    "bytes": lambda value, unit: scalars(value, "B"),
    "extents": several,
    "volume": several,
}


def changes(kind: str, value: Any) -> tuple[list[tuple[Any, str]], list[tuple[Any, str]]]:
    """Values of a baseline with a change that the value just holds to, and with one that it just breaks."""
    if kind == "volume":
        other = (*value[:-1], value[-1] + 1)
        return [(value, "any"), (other, "any")], []
    if kind == "extents":
        first, last = value
        return (
            [((first, last - 1), "+1"), ((first, last + 1), "-1"), ((first, last - 1), "±1"), ((1, 1), "any")],
            [
                ((first, last - 2), "+1"),
                ((first, last + 2), "-1"),
                ((first, last - 2), "±1"),
                ((first - 2, last), "+1"),
            ],
        )
    # value ≤ before · 5/4, the least such before; value ≥ before · 3/4, the largest
    least, largest = -(-value * 4 // 5), value * 4 // 3
    return (
        [(value - 1, "+1"), (value + 5, "-5"), (value - 1, "±1"), (least, "+25%"), (largest, "-25%"), (1, "any")],
        [(value - 2, "+1"), (value + 6, "-5"), (value + 6, "±5"), (least - 1, "+25%"), (largest + 1, "-25%")],
    )


CASES: list[tuple[str, str, bool, Any]] = [
    (metric, word, holds, limit)
    for metric, value in VALUES.items()
    for word, sides in AT_THE_BORDER[METRICS[metric].kind](value, "").items()
    for holds, limits in zip((True, False), sides, strict=True)
    for limit in limits
] + [
    (metric, "change", holds, case)
    for metric, value in VALUES.items()
    for holds, cases in zip((True, False), changes(METRICS[metric].kind, value), strict=True)
    for case in cases
]
"""Metric, word, whether it holds, and the limit (of a change: the value of the baseline and the limit)."""


def written(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(("metric", "word", "holds", "limit"), [case for case in CASES if case[1] != "change"])
def test_a_limit_holds_at_its_border_and_fires_one_beyond(
    metric: str, word: str, holds: bool, limit: str, here: Here
) -> None:
    here.write(net=f"{NET}budget: {{{metric}: {{{word}: {limit}}}}}\n")
    [found] = here.limits("net.yaml")
    assert (found["verdict"] == "ok") == holds
    assert (found["metric"], found["word"], found["value"]) == (metric, word, plain(VALUES[metric]))
    here.write(net=f"{NET}budget: {{{word}: {{{metric}: {limit}}}}}\n")
    assert here.check("net.yaml", "--quiet").exit == (0 if holds else 1)
    here.write(net=NET)
    assert here.check("net.yaml", f"--{word}", f"{metric}={limit}", "--quiet").exit == (0 if holds else 1)


@pytest.mark.parametrize(("metric", "word", "holds", "limit"), [case for case in CASES if case[1] == "change"])
def test_a_change_holds_at_its_border_and_fires_one_beyond(
    metric: str, word: str, holds: bool, limit: tuple[Any, str], here: Here
) -> None:
    before, change = limit
    baseline = f"schema: 1\nspecs: {{net.yaml: {{{metric}: {written(before)}}}}}\n"
    here.write(net=f"{NET}budget: {{{metric}: {{change: {change}}}}}\n", baseline=baseline)
    [found] = here.limits("net.yaml", "--baseline", "baseline.yaml")
    assert (found["verdict"] == "ok") == holds
    volumes = METRICS[metric].kind == "volume"
    assert found["before"] == ([list(before)] if volumes else plain(before))
    here.write(net=NET)
    given = here.limits("net.yaml", "--baseline", "baseline.yaml", "--allow", f"{metric}={change}")
    assert [part["verdict"] == "ok" for part in given] == [holds]


def test_what_a_baseline_guards_and_what_costs() -> None:
    """What is promised, said a second time: the cases above follow METRICS wherever it goes."""
    fields = {"receptive_field", "receptive_field_smallest", "receptive_field_ungated"}
    guarded = {"params", "buffers", "macs", "flops", "activations", "output", *fields}
    assert {name for name, metric in METRICS.items() if metric.guarded} == guarded
    other = {"nonlinearities": "either", "jump": "either", "output": "either", **dict.fromkeys(fields, "less")}
    assert {name: metric.worse for name, metric in METRICS.items() if metric.worse != "more"} == other
    whole = {"weight_bytes", "layers", "depth", "nonlinearities", "receptive_field_ungated"}
    assert {name for name, metric in METRICS.items() if not metric.of_layer} == whole
    kinds = {name: metric.kind for name, metric in METRICS.items() if metric.kind != "count"}
    sizes = {"activation_bytes": "bytes", "weight_bytes": "bytes"}
    assert kinds == sizes | {**dict.fromkeys(fields, "extents"), "jump": "extents", "output": "volume"}


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if metric.guarded])
def test_a_baseline_alone_lets_nothing_get_worse(metric: str, here: Here) -> None:
    value = VALUES[metric]
    seen = ([(8, 7), (8, 8)], [(8, 9), (9, 8)])
    both: dict[str, tuple[list[Any], list[Any]]] = {
        "receptive_field": seen,
        "receptive_field_smallest": seen,
        "receptive_field_ungated": seen,
        "output": ([(1, 1, 10)], [(1, 1, 9), (1, 1, 11), (1, 10), (1, 1, 1, 10)]),
    }
    better, worse = both[metric] if metric in both else ([value, value + 1], [value - 1])
    here.write(net=NET)
    for before in (*better, *worse):
        here.write(baseline=f"schema: 1\nspecs: {{net.yaml: {{{metric}: {written(before)}}}}}\n")
        [found] = here.limits("net.yaml", "--baseline", "baseline.yaml")
        assert (found["verdict"] == "ok") == (before in better), before


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if not metric.guarded])
def test_what_a_baseline_does_not_guard_it_does_not_hold(metric: str, here: Here) -> None:
    value = VALUES[metric]
    smaller = (1,) * len(value) if isinstance(value, tuple) else value - 1
    here.write(net=NET, baseline=f"schema: 1\nspecs: {{net.yaml: {{{metric}: {written(smaller)}, layers: 7}}}}\n")
    if metric != "layers":
        assert here.limits("net.yaml", "--baseline", "baseline.yaml") == []


FIRST_BROKEN = {(metric, word): limit for metric, word, holds, limit in reversed(CASES) if not holds}
BROKEN = [
    *[
        (f"{NET}budget: {{{metric}: {{{word}: {limit[1]}}}}}\n", f"{metric}: {written(limit[0])}")
        if word == "change"
        else (f"{NET}budget: {{{metric}: {{{word}: {limit}}}}}\n", "")
        for (metric, word), limit in FIRST_BROKEN.items()
    ],
    *[(f"{NET}budget: {{params: 1M}}\n", f"receptive_field: {before}") for before in ("8x8x8", "9x9", "everything")],
    *[(f"{NET}budget: {{params: 1M}}\n", f"output: {before!r}") for before in ("1x1x10, 1x1x10", "1x10", "2x1x10")],
    ("input: 8x8x3\nlayers: [fc-10]\nbudget: {receptive_field: {change: ±2%}}\n", "receptive_field: 3x3"),
    ("input: 8x8x3\nlayers: [fc-10]\nbudget: {receptive_field: {max: 3}}\n", ""),
]


@pytest.mark.parametrize(("spec", "before"), BROKEN, ids=range(len(BROKEN)))
def test_every_broken_limit_is_said_in_every_format(spec: str, before: str, here: Here) -> None:
    """One broken limit is one finding, wherever findings are; nothing is said twice and nothing crashes."""
    here.write(net=spec, baseline=f"schema: 1\nspecs: {{net.yaml: {{{before}}}}}\n")
    arguments = ["net.yaml", *(["--baseline", "baseline.yaml"] if before else [])]
    said = {kind: here.check(*arguments, "-f", kind) for kind in FORMATS}
    assert {(found.exit, found.stderr) for found in said.values()} == {(1, "")}
    count = {
        "text": said["text"].stdout.count("error: "),
        "github": len(list(machines.commands(said["github"].stdout))),
        "junit": len(machines.xml(said["junit"].stdout).findall("testsuite/testcase/failure")),
        "sarif": len(machines.sarif(said["sarif"].stdout)["results"]),
        "gitlab": len(machines.gitlab(said["gitlab"].stdout)),
    }
    assert count == dict.fromkeys(count, 1)
    assert "broken" in said["markdown"].stdout
    assert "None" not in "".join(found.stdout for found in said.values())


LAYER_CASES = [
    (metric, word, holds, limit)
    for metric, value in OF_A_LAYER.items()
    for word, sides in AT_THE_BORDER[METRICS[metric].kind](value, "").items()
    for holds, limits in zip((True, False), sides, strict=True)
    for limit in limits
]


@pytest.mark.parametrize(("metric", "word", "holds", "limit"), LAYER_CASES)
def test_a_limit_on_a_layer_holds_at_its_border_and_fires_one_beyond(
    metric: str, word: str, holds: bool, limit: str, here: Here
) -> None:
    layer = LAYER.get(metric, "conv1")
    here.write(net=f"{NET}budget: {{layers: {{{layer}: {{{metric}: {{{word}: {limit}}}}}}}}}\n")
    [found] = here.limits("net.yaml")
    assert (found["verdict"] == "ok") == holds
    assert (found["layers"], found["of"], found["value"]) == (layer, layer, plain(OF_A_LAYER[metric]))
    assert found["broken"] == ([] if holds else [layer])


FIELDS = {
    "filters": ("conv1", [4], ["4", "5", "{min: 4}", "{equals: 4}"], ["3", "{min: 5}", "{equals: 5}"]),
    "kernel": ("conv1", [3, 3], ["3", "3x3", "{min: 3x3}", "[3, 3]"], ["2", "3x2", "{min: 3x4}", "{equals: 2}"]),
    "stride": ("maxpool1", [2, 2], ["2", "{equals: 2x2}"], ["1", "{equals: 1}", "{min: 3}"]),
    "padding": ("conv2", [1, 1, 1, 1], ["1", "{equals: 1}", "1x1x1x1"], ["0", "{equals: 2}", "1x1x1x0"]),
    "groups": ("conv2", [1], ["1"], ["0", "{min: 2}"]),
    "units": ("dense1", [10], ["10", "1k"], ["9", "{min: 11}"]),
    "rate": ("dropout1", [0.5], ["0.5", ".5", "50e-2", "{min: 0.5}", "1"], ["0.49", "{min: 0.51}", "{equals: 0.4}"]),
    "bias": ("conv2", "false", ["false", "False", "FALSE", "{equals: false}"], ["true", "{equals: True}"]),
    "activation": ("conv2", "relu", ["relu", "{equals: relu}"], ["gelu", "none", "{equals: ReLU}"]),
    "affine": ("batchnorm1", "true", ["true"], ["false"]),
    "rounding": ("maxpool1", "floor", ["floor"], ["ceil"]),
}
"""Fields of several kinds: the layer, the value as JSON has it, limits that hold, limits that fire."""


@pytest.mark.parametrize(
    ("field", "holds", "limit"),
    [(field, holds, limit) for field, (_, _, *both) in FIELDS.items() for holds in (0, 1) for limit in both[holds]],
)
def test_a_limit_on_a_field_holds_at_its_border_and_fires_beyond(
    field: str, holds: int, limit: str, here: Here
) -> None:
    layer, value, _, _ = FIELDS[field]
    here.write(net=f"{NET}budget: {{layers: {{{layer}: {{{field}: {limit}}}}}}}\n")
    [found] = here.limits("net.yaml")
    assert found["verdict"] == ("ok" if holds == 0 else found["verdict"])
    assert (found["verdict"] == "ok") == (holds == 0)
    assert (found["metric"], found["of"], found["value"]) == (field, layer, value)


def test_a_padding_is_held_as_it_was_written_against_a_word_and_by_what_it_comes_to_against_a_number(
    here: Here,
) -> None:
    here.write(net=f"{NET}budget: {{layers: {{conv2: {{padding: half}}, conv1: {{padding: half}}}}}}\n")
    assert [(part["of"], part["value"], part["verdict"]) for part in here.limits("net.yaml")] == [
        ("conv2", "half", "ok"),
        ("conv1", "valid", "differs"),
    ]
    for padding, kernel, word, value, holds in (
        ("2", 3, "half", [2, 2, 2, 2], False),
        ("2", 5, "half", "half", True),
        ("0", 3, "valid", "valid", True),
        ("1", 3, "same", "same", True),
        ("1", 3, "smae", [1, 1, 1, 1], False),
    ):
        here.write(
            net=f"input: 9x9x3\nlayers: [{{conv: 4, kernel: {kernel}, padding: {padding}}}]\n"
            f"budget: {{layers: {{conv1: {{padding: {word}}}}}}}\n"
        )
        [found] = here.limits("net.yaml")
        assert (found["value"], found["bound"], found["verdict"] == "ok") == (value, word, holds)


def test_a_number_for_a_word_is_an_error_and_not_a_limit_that_never_fires(here: Here) -> None:
    here.write(net=f"{NET}budget: {{layers: {{conv2: {{activation: {{max: 3}}}}}}}}\n")
    assert "activation of conv2 is relu, which has no max" in here.refused("net.yaml")


@given(st.sampled_from(sorted({*fields()} - set(METRICS))), st.sampled_from(["3", "relu", "{min: 1}", "[1, 2]", "0.1"]))
def test_any_field_can_be_limited(field: str, limit: str) -> None:
    spec = f"{NET}budget: {{layers: {{'*': {{{field}: {limit}}}}}}}\n"
    assert [part.metric for part in cnncalc.load(spec).demands.budget] == [field]


# --- what a limit without a word means --------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
def test_bare_is_at_most_of_what_costs_exactly_of_a_volume_and_refused_else(metric: str, here: Here) -> None:
    value = VALUES[metric]
    unit = "B" if METRICS[metric].kind == "bytes" else ""
    here.write(net=f"{NET}budget: {{{metric}: {written(value)}{unit}}}\n")
    if metric in ("jump", "nonlinearities") or metric.startswith("receptive_field"):
        message = here.refused("net.yaml")
        assert f"{metric}: it is not clear which way is worse" in message
        assert f"write {{min: {written(value)}}} or {{max: {written(value)}}}" in message
    else:
        [found] = here.limits("net.yaml")
        assert (found["word"], found["verdict"]) == ("equals" if metric == "output" else "max", "ok")


# --- values, headroom, percent, verdict -------------------------------------------------------------------------------


def row(stdout: str, metric: str) -> dict[str, str]:
    """The one row of a metric in a printed table."""
    lines = stdout.split("\n")
    head, start = next((line, at) for at, line in enumerate(lines) if line.startswith(("Metric", "Spec")))
    body = lines[start + 2 : lines.index("", start)]
    titles = re.findall(r"\S+", head)
    [found] = [line for line in body if re.match(rf"(\S+  +)?{re.escape(metric)}( |$)", line)]
    spans = [(head.index(title), title) for title in titles]
    columns = golden._cut([head], body)
    assert [title for _, title in spans] == list(columns[0])
    return columns[body.index(found)]


PARAMS = VALUES["params"]
MEMORY = VALUES["activation_bytes"]


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        # value, limit, headroom with its share of the limit, verdict
        ("max params=2k", ("1,846", "≤ 2k", "154 (7.7 %)", "ok")),
        ("max params=1846", ("1,846", "≤ 1846", "0 (0 %)", "ok")),
        ("max params=1.8k", ("1,846", "≤ 1.8k", "over by 46 (2.6 %)", "exceeded")),
        ("max params=923", ("1,846", "≤ 923", "over by 923 (100 %)", "exceeded")),
        ("max params=1", ("1,846", "≤ 1", "over by 1,845 (184,500 %)", "exceeded")),
        ("max params=0", ("1,846", "≤ 0", "over by 1,846", "exceeded")),
        ("max params=100M", ("1,846", "≤ 100M", "99,998,154 (>99 %)", "ok")),
        ("max params=1845.5", ("1,846", "≤ 1845.5", "over by 1 (<0.1 %)", "exceeded")),
        ("max params=1846.5", ("1,846", "≤ 1846.5", "0 (<0.1 %)", "ok")),
        ("min params=1k", ("1,846", "≥ 1k", "846 (85 %)", "ok")),
        ("min params=2k", ("1,846", "≥ 2k", "short by 154 (7.7 %)", "below")),
        ("equals params=1846", ("1,846", "= 1846", "", "ok")),
        ("equals params=2k", ("1,846", "= 2k", "short by 154 (7.7 %)", "differs")),
        ("equals params=1k", ("1,846", "= 1k", "over by 846 (85 %)", "differs")),
        ("equals params=2k±10%", ("1,846", "= 2k±10%", "", "ok")),
        ("equals params=2k ±5%", ("1,846", "= 2k ±5%", "short by 54 (2.7 %)", "differs")),
        ("max activation_bytes=5KiB", ("5.8 KiB", "≤ 5KiB", "over by 848 B (17 %)", "exceeded")),
        ("max activation_bytes=6kB", ("5.8 KiB", "≤ 6kB", "32 B (0.5 %)", "ok")),
        ("min receptive_field=7", ("8×8", "≥ 7", "1", "ok")),
        ("min receptive_field=8x10", ("8×8", "≥ 8×10", "short by 2", "below")),
        ("max receptive_field=5", ("8×8", "≤ 5", "over by 3", "exceeded")),
        ("equals output=1x1x10", ("1×1×10", "= 1×1×10", "", "ok")),
        ("equals output=1x1x9", ("1×1×10", "= 1×1×9", "", "differs")),
        ("max output=1x1x5", ("1×1×10", "≤ 1×1×5", "", "exceeded")),
        ("min output=1x1x20", ("1×1×10", "≥ 1×1×20", "", "below")),
    ],
)
def test_value_limit_headroom_and_verdict_from_arithmetic(limit: str, shown: tuple[str, ...], here: Here) -> None:
    assert (PARAMS, MEMORY) == (1846, 5968)
    here.write(net=NET)
    word, _, rest = limit.partition(" ")
    metric = rest.partition("=")[0]
    found = row(here.check("net.yaml", f"--{word}", rest).stdout, metric)
    assert (found["Value"], found["Limit"], found["Headroom"], found["Verdict"]) == shown


@given(st.integers(1, 10**40), st.integers(1, 10**40))
def test_percent_is_never_nothing_and_never_all_where_it_is_not(part: int, whole: int) -> None:
    share = Fraction(part, whole)
    shown = portion(share)
    number = re.fullmatch(r"([<>]?)([\d,]+(?:\.\d)?) %", shown)
    assert number is not None
    sign, figure = number[1], Fraction(number[2].replace(",", ""))
    if sign == "<":
        assert (figure, share * 100 < Fraction(1, 10)) == (Fraction(1, 10), True)
    elif sign == ">":
        assert figure == 99
        assert 99 < share * 100 < 100
    else:
        unit = Fraction(1, 10) if "." in number[2] else 1
        assert abs(share * 100 - figure) <= max(unit / 2 * Fraction(10**12 + 1, 10**12), share * 100 / 10**12)
        assert (figure == 100) <= (share * 100 >= 100)


def test_two_figures_that_would_print_alike_are_printed_exactly(here: Here) -> None:
    """64 MiB, and one byte more: 64.0 MiB is not above 64.0 MiB."""
    size = 64 * 1024**2
    here.write(net=f"input: {size}x1x1\nlayers: [flatten]\n")
    found = here.check("net.yaml", "--dtype", "int8", "--max", "activation_bytes=67108863B")
    assert found.exit == 1
    shown = row(found.stdout, "activation_bytes")
    assert (shown["Value"], shown["Headroom"], shown["Verdict"]) == ("67,108,864 B", "over by 1 B (<0.1 %)", "exceeded")
    assert shown["Limit"] == "≤ 67108863B (67,108,863 B)"
    assert "activation_bytes is 67,108,864 B: 1 B (<0.1 %) above the limit of 67108863B" in found.stdout
    [same] = [
        row(here.check("net.yaml", "--dtype", "int8", "--max", "activation_bytes=64MiB").stdout, "activation_bytes")
    ]
    assert (same["Value"], same["Limit"], same["Verdict"]) == ("64.0 MiB", "≤ 64MiB", "ok")


@pytest.mark.parametrize("value", [1024**3 - 1, 1024**3 - 1024, 1000**3])
def test_bytes_just_beyond_any_limit_never_look_like_it(value: int, here: Here) -> None:
    """Whatever the unit, the value and a limit just below it are told apart in the table and in the sentence."""
    here.write(net=f"input: {value}x1x1\nlayers: [flatten]\n")
    for less in (1, 10, 1000, 100_000):
        found = here.check("net.yaml", "--dtype", "int8", "--max", f"activation_bytes={value - less}")
        shown = row(found.stdout, "activation_bytes")
        told = re.search(r"activation_bytes is (.+?): .+ limit of \d+(?:, which is (.+?),)?", found.stdout)
        assert told is not None
        assert found.exit == 1
        assert shown["Value"] == told[1]
        assert f"({shown['Value']})" not in shown["Limit"]


def test_counts_are_never_rounded(here: Here) -> None:
    here.write(net=NET)
    found = here.check("net.yaml", "--max", "macs=17.8k").stdout
    assert f"{MACS:,}" in found
    assert MACS == 10_800 + 5_400 + 1_500


# --- what is laid on a spec -------------------------------------------------------------------------------------------


def bounds(limits: list[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    """What is limited, by which word, to what."""
    return [(part["metric"], part["word"], part["bound"]) for part in limits]


def test_options_entries_defaults_and_the_spec_s_own_budget_all_hold(here: Here) -> None:
    here.write(
        net=f"{NET}budget: {{params: 4k, layers: 40}}\n",
        budgets="defaults: {params: 1k, macs: 1k, depth: 1}\nbudgets: [{spec: net.yaml, params: 3k, macs: 3k}]\n",
    )
    assert bounds(here.limits("net.yaml", "--max", "params=2k", "--min", "params=1")) == [
        ("params", "max", 2000),
        ("params", "min", 1),
        ("params", "max", 3000),
        ("macs", "max", 3000),
        ("depth", "max", 1),
        ("params", "max", 4000),
        ("layers", "max", 40),
    ]


@pytest.mark.parametrize("given", ["spec", "own", "entry", "defaults", "option"])
def test_each_of_them_fires_alone(given: str, here: Here) -> None:
    tight = {name: "1k" if name == given else "4k" for name in ("own", "entry", "defaults", "option")}
    here.write(
        net=f"{NET}budget: {{params: {tight['own']}}}\n",
        other=NET,
        budgets=f"defaults: {{params: {tight['defaults']}}}\nbudgets: [{{spec: net.yaml, params: {tight['entry']}}}, "
        f"{{spec: other.yaml, macs: 1M}}]\n",
    )
    found = here.check("--max", f"params={tight['option']}")
    assert found.exit == (0 if given == "spec" else 1)


def test_an_entry_overrides_a_default_of_the_same_layers_metric_and_word_only(here: Here) -> None:
    here.write(
        net=NET,
        budgets="""\
defaults:
  params: {max: 1k, min: 1}
  layers: {"conv*": {kernel: 1, filters: 1}, conv1: {kernel: 1}}
budgets:
  - spec: net.yaml
    max: {params: 2k}
    layers: {"conv*": {kernel: {max: 3}}}
""",
    )
    found = here.limits()
    assert [(part["layers"], part["metric"], part["word"], part["bound"]) for part in found] == [
        (None, "params", "max", 2000),
        ("conv*", "kernel", "max", [3, 3]),
        (None, "params", "min", 1),
        ("conv*", "filters", "max", [1]),
        ("conv1", "kernel", "max", [1, 1]),
    ]


def test_overlapping_entries_all_hold_and_any_of_them_overrides_a_default(here: Here) -> None:
    here.write(
        net=NET,
        big=NET,
        budgets="""\
defaults: {params: 1k}
budgets:
  - {spec: "*.yaml", macs: 1M}
  - {spec: big.yaml, params: 5k}
  - {spec: [big.yaml, "b*"], params: 4k, macs: 2M}
""",
    )
    big, net = here.specs()
    assert (big["spec"], bounds(big["limits"])) == (
        "big.yaml",
        [("macs", "max", 10**6), ("params", "max", 5000), ("params", "max", 4000), ("macs", "max", 2 * 10**6)],
    )
    assert (net["spec"], bounds(net["limits"])) == ("net.yaml", [("macs", "max", 10**6), ("params", "max", 1000)])


def test_the_same_limit_twice_is_one(here: Here) -> None:
    here.write(net=NET, budgets='- {spec: [net.yaml, "n*.yaml", ./net.yaml], params: 5k}\n')
    assert bounds(here.limits()) == [("params", "max", 5000)]


def test_a_budget_is_inherited_unless_the_spec_has_one(here: Here) -> None:
    here.write(
        base=f"{NET}budget: {{params: 1k}}\n",
        child="extends: base.yaml\n",
        grandchild="extends: child.yaml\nbudget: {macs: 1M}\n",
        freed="extends: base.yaml\nbudget: {}\n",
    )
    [found] = here.limits("child.yaml")
    assert (found["bound"], found["file"], found["line"], found["verdict"]) == (1000, "base.yaml", 10, "exceeded")
    assert bounds(here.limits("grandchild.yaml")) == [("macs", "max", 10**6)]
    assert "no budget applies to freed.yaml" in here.refused("freed.yaml")


def test_entries_bring_their_settings_type_and_batch(here: Here) -> None:
    wide = "input: 8x8x3\nparameters: {width: 4}\nlayers: [{conv: width, kernel: 1, bias: false}]\n"
    here.write(
        wide=wide,
        budgets="""\
- {spec: wide.yaml, equals: {params: 3*4}}
- {spec: wide.yaml, set: {width: 8}, equals: {params: 24, weight_bytes: 96}}
- {spec: wide.yaml, set: {width: 8}, dtype: float16, equals: {weight_bytes: 48}}
- {spec: wide.yaml, batch: 5, equals: {activation_bytes: 8960}}
- {spec: wide.yaml, dtype: int8, batch: 2, set: {width: "2*8"}, equals: {activation_bytes: 2432}}
""".replace("3*4", str(3 * 4)),
    )
    assert (24, 96, 48) == (3 * 8, 4 * 3 * 8, 2 * 3 * 8)
    assert (8960, 2432) == (4 * 5 * (8 * 8 * 3 + 8 * 8 * 4), 2 * (8 * 8 * 3 + 8 * 8 * 16))
    specs = here.specs()
    assert [(spec["spec"], spec["holds"]) for spec in specs] == [
        ("wide.yaml", True),
        ("wide.yaml width=8", True),
        ("wide.yaml width=8 float16", True),
        ("wide.yaml batch=5", True),
        ("wide.yaml width=2*8 int8 batch=2", True),
    ]


def test_options_of_type_and_batch_hold_where_an_entry_says_none(here: Here) -> None:
    here.write(
        net=NET,
        budgets="- {spec: net.yaml, dtype: int8, weight_bytes: 1M}\n".replace("1M", "1MB")
        + "- {spec: net.yaml, weight_bytes: 1MB}\n",
    )
    specs = here.specs("--dtype", "float64", "--batch", "3")
    assert [(spec["spec"], spec["limits"][0]["value"]) for spec in specs] == [
        ("net.yaml int8 batch=3", PARAMS),
        ("net.yaml float64 batch=3", 8 * PARAMS),
    ]


def test_a_named_spec_is_held_to_its_entries_and_one_without_to_the_defaults(here: Here) -> None:
    here.write(
        net=NET,
        other=NET,
        budgets="defaults: {macs: 1M}\nbudgets: [{spec: net.yaml, params: 5k}, {spec: nosuch*, params: 1}]\n",
    )
    assert "no file fits nosuch*" in here.refused("net.yaml")
    here.write(budgets="defaults: {macs: 1M}\nbudgets: [{spec: net.yaml, params: 5k}]\n")
    assert bounds(here.limits("net.yaml")) == [("params", "max", 5000), ("macs", "max", 10**6)]
    assert bounds(here.limits("./net.yaml")) == [("params", "max", 5000), ("macs", "max", 10**6)]
    assert bounds(here.limits("other.yaml")) == [("macs", "max", 10**6)]
    assert [spec["spec"] for spec in here.specs("other.yaml", "net.yaml")] == ["other.yaml", "net.yaml"]


def test_a_named_spec_under_settings_is_held_to_the_entries_with_the_same(here: Here) -> None:
    wide = "input: 8x8x3\nparameters: {width: 4}\nlayers: [{conv: width, kernel: 1, bias: false}]\n"
    here.write(
        wide=wide,
        budgets="- {spec: wide.yaml, params: 1k}\n- {spec: wide.yaml, set: {width: 8}, params: 2k}\n",
    )
    assert [(spec["spec"], bounds(spec["limits"])) for spec in here.specs("wide.yaml")] == [
        ("wide.yaml", [("params", "max", 1000)]),
        ("wide.yaml width=8", [("params", "max", 2000)]),
    ]
    [found] = here.specs("wide.yaml", "--set", "width=8")
    assert (found["spec"], bounds(found["limits"])) == ("wide.yaml width=8", [("params", "max", 2000)])
    assert "no budget applies" in here.refused("wide.yaml", "--set", "width=16")
    assert "--set needs a spec" in here.refused("--set", "width=8")


def test_built_in_specs_and_specs_on_one_line_are_held_too(here: Here) -> None:
    here.write(budgets="- {spec: [vgg16, '8x8x3: conv3-4'], params: 140M}\n")
    assert [(spec["spec"], spec["limits"][0]["value"]) for spec in here.specs()] == [
        ("vgg16", 138_357_544),
        ("8x8x3: conv3-4", 3 * 3 * 3 * 4 + 4),
    ]
    assert bounds(here.limits("vgg16.yaml")) == [("params", "max", 140 * 10**6)]


def test_standard_input_and_text_are_specs(here: Here) -> None:
    found = here.check("-", "--max", "params=1k", stdin=NET)
    assert found.exit == 1
    assert "1,846" in found.stdout
    assert here.check(NET, "--max", "params=2k").exit == 0
    assert here.check("{input: 8x8x3, layers: [conv3-4]}", "--max", "params=111").exit == 1


def test_another_file_of_budgets_is_named_and_its_paths_begin_beside_it(here: Here) -> None:
    (here.folder / "ci").mkdir()
    (here.folder / "ci/limits.yaml").write_text("- {spec: ../net.yaml, params: 1k}\n")
    here.write(net=NET)
    assert here.check("--budgets", "ci/limits.yaml", "--quiet").exit == 1
    assert here.specs("--budgets", "ci/limits.yaml")[0]["spec"] == "net.yaml"
    assert "there is no budgets file" in here.refused("--budgets", "nosuch.yaml")
    assert "no spec given" in here.refused()


# --- patterns of files ------------------------------------------------------------------------------------------------


def test_a_pattern_names_files_as_in_a_shell(here: Here) -> None:
    tree = ["a.yaml", "b.yml", "c/a.yaml", "c/d/a1.yaml", "c/d/e/a2.yaml", ".hidden/a.yaml", "c/.a.yaml", "x[1].yaml"]
    for name in tree:
        path = here.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NET)
    for pattern, names in {
        "*.yaml": ["a.yaml", "x[1].yaml"],
        "*.y*ml": ["a.yaml", "b.yml", "x[1].yaml"],
        "*/*.yaml": ["c/a.yaml"],
        "**/a*.yaml": ["a.yaml", "c/a.yaml", "c/d/a1.yaml", "c/d/e/a2.yaml"],
        "**/**/**/a?.yaml": ["c/d/a1.yaml", "c/d/e/a2.yaml"],
        "c/**": ["c/a.yaml", "c/d/a1.yaml", "c/d/e/a2.yaml"],
        "c/../[ab].*": ["a.yaml", "b.yml"],
        "[!b-z].yaml": ["a.yaml"],
        ".*/a.yaml": [".hidden/a.yaml"],
        "c/.*.yaml": ["c/.a.yaml"],
        "x[[]1].yaml": ["x[1].yaml"],
        "x[1].yaml": ["x[1].yaml"],
        f"{here.folder}/c/*.yaml": ["c/a.yaml"],
    }.items():
        assert [spec["spec"] for spec in here.specs(pattern, "--max", "macs=1M")] == names, pattern
        here.write(budgets=f"- {{spec: '{pattern}', params: 5k}}\n")
        assert [spec["spec"] for spec in here.specs()] == names, pattern
        (here.folder / "budgets.yaml").unlink()


def test_the_file_of_budgets_and_its_baseline_do_not_fit_its_own_pattern(here: Here) -> None:
    here.write(net=NET, budgets="baseline: stored.yaml\nbudgets: [{spec: '*.yaml', params: 5k}]\n")
    assert here.run("baseline", "write", "net.yaml", "-o", "stored.yaml").exit == 0
    assert [spec["spec"] for spec in here.specs()] == ["net.yaml"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("spec: nosuch.yaml, params: 1k", "there is no file and no built-in spec called nosuch.yaml"),
        ("spec: '*.nosuch', params: 1k", "no file fits *.nosuch"),
        ("spec: '-', params: 1k", "a budgets file cannot limit -"),
        ("spec: 'git:HEAD:net.yaml', params: 1k", "a budgets file cannot limit git:HEAD:net.yaml"),
        ("spec: '{input: 8, layers: [fc-1]}', params: 1k", "a budgets file cannot limit {input: 8"),
        ("spec: ['*.yaml', 'no/*'], params: 1k", "no file fits no/*"),
        ("spec: 'budgets*', params: 1k", "no file fits budgets*"),
        ("spec: net.yaml, layers: {'fc*': {params: 1k}}", "no layer of net.yaml fits fc*"),
        ("spec: net.yaml, layers: {'conv3': {params: 1k}}", "no layer of net.yaml fits conv3"),
        ("spec: net.yaml, layers: {'Conv*': {params: 1k}}", "no layer of net.yaml fits Conv*"),
        ("spec: net.yaml, layers: {'relu*': {kernel: 3}}", "no layer that fits relu* has a kernel"),
        ("spec: net.yaml", "no budget applies to net.yaml"),
        ("spec: net.yaml, max: {}", "no budget applies to net.yaml"),
    ],
)
def test_what_matches_nothing_fails(entry: str, message: str, here: Here) -> None:
    here.write(net=NET, budgets=f"- {{{entry}}}\n")
    found = here.refused()
    assert message in found
    assert str(here.folder) not in found


def test_a_pattern_of_layers_has_to_fit_one_of_the_specs_it_is_for(here: Here) -> None:
    other = "input: 8x8x3\nlayers: [{conv: 4, kernel: 1, name: stem}]\n"
    here.write(net=NET, other=other, budgets="- {spec: [net.yaml, other.yaml], layers: {stem: {kernel: 1}}}\n")
    assert [[part["of"] for part in spec["limits"]] for spec in here.specs()] == [[], ["stem"]]
    here.write(budgets="defaults: {layers: {stem: {kernel: 1}}}\nbudgets: [{spec: net.yaml, params: 5k}]\n")
    assert "no layer of net.yaml fits stem" in here.refused()


def test_patterns_fit_whole_names_and_the_worst_layer_speaks(here: Here) -> None:
    here.write(
        net="""\
input: 16x16x3
layers:
  - {name: stage, repeat: 3, layers: [{conv: 4*(index+1), kernel: 3, padding: half}, relu]}
  - {conv: 2, kernel: 1, name: head}
budget:
  layers:
    "stage.*.conv1": {filters: 8}
    "stage*": {output: {max: 16x16x12}}
    "*": {macs: 1M}
    head: {kernel: 1}
    "stage.[12].*": {activations: {min: 0}}
"""
    )
    found = here.limits("net.yaml")
    assert [(part["layers"], part["of"], part["verdict"], part["broken"]) for part in found] == [
        ("stage.*.conv1", "stage.3.conv1", "exceeded", ["stage.3.conv1"]),
        ("stage*", "stage.1.conv1", "ok", []),
        ("*", "stage.3.conv1", "ok", []),
        ("head", "head", "ok", []),
        ("stage.[12].*", "stage.1.relu1", "ok", []),
    ]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("conv1", ["conv1"]),
        ("conv?", ["conv1", "conv2"]),
        ("conv*", ["conv1", "conv2"]),
        ("*conv*", ["conv1", "body.1.conv1", "body.2.conv1", "conv2"]),
        ("*.conv1", ["body.1.conv1", "body.2.conv1"]),
        ("body.[2-9].*", ["body.2.conv1"]),
        ("body.[!2].*", ["body.1.conv1"]),
        ("body*", ["body.1.conv1", "body.2.conv1"]),
    ],
)
def test_a_pattern_fits_whole_names_and_minds_the_case(pattern: str, names: list[str], here: Here) -> None:
    here.write(
        net="input: 16x16x3\nlayers: [conv3-4, {name: body, repeat: 2, layers: [conv3-4]}, conv3-4]\n"
        f"budget: {{layers: {{'{pattern}': {{filters: 3}}}}}}\n"
    )
    assert sorted(here.limits("net.yaml")[0]["broken"]) == sorted(names)
    here.write(net=(here.folder / "net.yaml").read_text().replace(pattern, pattern.upper()))
    assert "no layer of net.yaml fits" in here.refused("net.yaml")


# --- networks of every sort -------------------------------------------------------------------------------------------


def test_each_of_several_outputs_is_held(here: Here) -> None:
    here.write(
        net="""\
input: 8x8x3
layers:
  - {conv: 4, kernel: 1, name: a}
  - {conv: 5, kernel: 1, name: b, from: a}
outputs: [a, b]
budget: {output: {max: 8x8x4}}
"""
    )
    found = here.limits("net.yaml")
    assert [(part["of"], part["value"], part["verdict"]) for part in found] == [
        ("a", [8, 8, 4], "ok"),
        ("b", [8, 8, 5], "exceeded"),
    ]
    shown = here.check("net.yaml").stdout
    assert "output of b is 8×8×5: 1 above the limit of 8×8×4" in shown
    here.write(baseline="schema: 1\nspecs:\n  net.yaml: {output: '8x8x4, 8x8x6'}\n")
    [change] = [part for part in here.limits("net.yaml", "--baseline", "baseline.yaml") if part["word"] == "change"]
    assert (change["before"], change["verdict"]) == ([[8, 8, 4], [8, 8, 6]], "differs")


@pytest.mark.parametrize(
    ("volume", "kernel", "field", "good", "wrong"),
    [
        ("100x2", "conv5-4 conv3-4", 5 + 2, "7", "7x7"),
        ("9x9x9x2", "conv3-4 conv3-4", 3 + 2, "5x5x5", "5x5"),
        ("9x9x2", "conv3-4 conv3-4", 3 + 2, "5x5", "5x5x5"),
    ],
)
def test_extents_are_one_per_axis_of_the_network(
    volume: str, kernel: str, field: int, good: str, wrong: str, here: Here
) -> None:
    spec = f"{volume}: {kernel}"
    axes = volume.count("x")
    [found] = here.limits(spec, "--equals", f"receptive_field={good}")
    assert (found["value"], found["verdict"]) == ([field] * axes, "ok")
    assert here.limits(spec, "--equals", f"receptive_field={field}")[0]["bound"] == [field] * axes
    message = here.refused(spec, "--equals", f"receptive_field={wrong}")
    word = "axis" if axes == 1 else "axes"
    assert f"receptive_field has {axes} {word}, and its limit {wrong.count('x') + 1}" in message


def test_a_network_of_another_rank_than_its_baseline_is_a_change_and_no_wrong_request(here: Here) -> None:
    here.write(net=NET, baseline="schema: 1\nspecs: {net.yaml: {receptive_field: 8x8x8}}\n")
    [found] = here.limits("net.yaml", "--baseline", "baseline.yaml")
    assert (found["before"], found["value"], found["verdict"]) == ([8, 8, 8], [8, 8], "differs")
    allowed = here.limits("net.yaml", "--baseline", "baseline.yaml", "--allow", "receptive_field=any")
    assert [part["verdict"] for part in allowed] == ["ok"]


@pytest.mark.parametrize(("word", "holds"), [("min=1000000", True), ("max=1000000", False), ("equals=1000000", False)])
def test_what_sees_everything_sees_more_than_any_number(word: str, holds: bool, here: Here) -> None:
    name, _, bound = word.partition("=")
    [found] = here.limits("8x8x3: fc-4", f"--{name}", f"receptive_field={bound}")
    assert (found["value"], found["verdict"] == "ok") == (None, holds)
    shown = here.check("8x8x3: fc-4", f"--{name}", f"receptive_field={bound}").stdout
    assert row(shown, "receptive_field")["Value"] == "everything"


@pytest.mark.parametrize(
    ("before", "now", "change", "holds"),
    [
        ("everything", "fc-4", "", True),
        ("everything", "conv3-4", "", False),
        ("everything", "conv3-4", "any", True),
        ("everything", "conv3-4", "+5", True),
        ("everything", "conv3-4", "-5", False),
        ("3x3", "fc-4", "", True),
        ("3x3", "fc-4", "+5", False),
        ("3x3", "fc-4", "-5", True),
        ("3x3", "fc-4", "±5", False),
        ("3x3", "fc-4", "any", True),
    ],
)
def test_to_see_everything_is_growth_beyond_any_allowance(
    before: str, now: str, change: str, holds: bool, here: Here
) -> None:
    spec = f"8x8x3: {now}"
    here.write(baseline=f"schema: 1\nspecs:\n  '{spec}': {{receptive_field: {before}}}\n")
    options = ["--allow", f"receptive_field={change}"] if change else []
    [found] = here.limits(spec, "--baseline", "baseline.yaml", *options)
    assert (found["verdict"] == "ok") == holds


def test_a_symbol_is_refused_where_it_decides_and_only_there(here: Here) -> None:
    spec = "HxWx3: conv3-8"
    assert here.limits(spec, "--max", f"params={3 * 3 * 3 * 8 + 8}")[0]["verdict"] == "ok"
    message = here.refused(spec, "--max", "macs=5M")
    assert "macs is 216*H*W, which cannot be compared with 5M" in message
    assert "give symbols numbers with --set" in message
    assert "output is HxWx8, which cannot be compared" in here.refused(spec, "--equals", "output=3x3x8")
    here.write(
        net="input: 8x8xC\nlayers: [{conv: input.channels, kernel: 1}]\n"
        "budget: {layers: {'conv*': {filters: {equals: 64}}}}\n"
    )
    assert "filters of conv* is C, which cannot be compared with 64" in here.refused("net.yaml")
    assert here.check("net.yaml", "--max", "layers=1", "--format", "json").exit == 2


def test_a_symbolic_network_that_is_new_is_new_in_every_format(here: Here) -> None:
    here.write(
        net="input: HxWx3\nlayers: [conv3-8]\nbudget: {macs: {change: +2%}}\n", baseline="schema: 1\nspecs: {}\n"
    )
    for kind in ("text", "json", "markdown", "github", "junit", "sarif", "gitlab"):
        found = here.check("net.yaml", "--baseline", "baseline.yaml", "-f", kind)
        assert (found.exit, found.stderr) == (1, ""), kind


def test_shared_weights_count_once_and_frozen_ones_are_buffers(here: Here) -> None:
    here.write(
        net="""\
input: 8x8x4
layers:
  - {conv: 4, kernel: 1, name: a, bias: false}
  - {conv: 4, kernel: 1, name: b, share: a, bias: false}
  - {conv: 4, kernel: 1, name: c, frozen: true, bias: false}
budget: {equals: {params: 16, buffers: 16, depth: 3}, layers: {b: {params: {equals: 0}, macs: {equals: 1024}}}}
"""
    )
    assert (16, 1024) == (4 * 4, 8 * 8 * 4 * 4)
    assert [part["verdict"] for part in here.limits("net.yaml")] == ["ok"] * 5


def test_a_stride_below_one_is_the_fraction_that_it_is(here: Here) -> None:
    spec = "8x8x3: conv3-4 upsample2"
    for word, bound, holds in (
        ("equals", "1/2", True),
        ("max", "1/2", True),
        ("max", "1/3", False),
        ("min", "1/2x1/2", True),
        ("min", "1", False),
    ):
        assert here.limits(spec, f"--{word}", f"jump={bound}")[0]["verdict"] == (
            "ok" if holds else {"max": "exceeded", "min": "below"}[word]
        )
    shown = row(here.check(spec, "--max", "jump=1/3").stdout, "jump")
    assert (shown["Value"], shown["Headroom"]) == ("1/2×1/2", "over by 1/6")
    assert here.run("baseline", "write", spec).exit == 0
    assert here.check(spec, "--baseline", "baseline.yaml", "--allow", "jump=+0%").exit == 0


def test_numbers_larger_than_any_machine_are_exact(here: Here) -> None:
    volume = 10**12 * 10**12 * 10**12
    spec = f"{10**12}x{10**12}x{10**12}: relu"
    [found] = here.limits(spec, "--max", f"activations={volume}")
    assert (found["value"], found["headroom"], found["verdict"]) == (volume, 0, "ok")
    assert here.limits(spec, "--max", f"activations={volume - 1}")[0]["verdict"] == "exceeded"


# --- against a baseline -----------------------------------------------------------------------------------------------


def baseline_of(here: Here, **specs: str) -> None:
    """Write specs, and what they come to."""
    here.write(**specs)
    assert here.run("baseline", "write", *(f"{stem}.yaml" for stem in specs)).exit == 0


FORMATS_THAT_SAY_NOTHING = {"markdown": "", "github": "", "gitlab": "[]\n"}


def test_nothing_is_said_where_nothing_changed(here: Here) -> None:
    baseline_of(here, net=NET)
    against = ("net.yaml", "--baseline", "baseline.yaml")
    assert here.check(*against, "--quiet") == (0, "", "")
    for kind, nothing in FORMATS_THAT_SAY_NOTHING.items():
        assert here.check(*against, "--format", kind) == (0, nothing, "")
    found = here.check(*against)
    assert found.stdout == f"1 spec, {sum(metric.guarded for metric in METRICS.values())} limits: all hold\n"


def test_a_change_that_is_allowed_is_shown_and_holds(here: Here) -> None:
    baseline_of(here, net=NET)
    here.write(net=NET.replace("fc-10", "fc-10\n  - relu"))
    found = here.check("net.yaml", "--baseline", "baseline.yaml", "--allow", "flops=+10")
    assert found.exit == 0
    assert re.findall(r"^(\w+) +ok", found.stdout, re.MULTILINE) == ["flops"]
    markdown = here.check("net.yaml", "--baseline", "baseline.yaml", "--allow", "flops=+10", "-f", "markdown").stdout
    assert "flops" in markdown
    assert "macs" not in markdown


def test_an_improvement_is_shown_and_needs_no_permission(here: Here) -> None:
    baseline_of(here, net=NET)
    here.write(net=NET.replace("  - batchnorm\n", ""))
    found = here.check("net.yaml", "--baseline", "baseline.yaml")
    assert found.exit == 0
    assert re.findall(r"^(\w+) +ok", found.stdout, re.MULTILINE) == ["params", "buffers", "flops", "activations"]


def test_all_costs_are_allowed_together_and_one_metric_alone(here: Here) -> None:
    wide = "input: 8x8x3\nlayers: [{conv: WIDTH, kernel: 1, bias: false}]\n"
    baseline_of(here, net=wide.replace("WIDTH", "100"))
    here.write(net=wide.replace("WIDTH", "102"))
    against = ("net.yaml", "--baseline", "baseline.yaml", "--allow", "output=any")
    broken = [part["metric"] for part in here.limits(*against) if part["verdict"] != "ok"]
    assert broken == ["params", "macs", "flops", "activations"]
    assert here.check(*against, "--allow", "+2%").exit == 0
    assert here.check(*against, "--allow", "+1.99%").exit == 1
    assert here.check(*against, "--allow", "+1%", "--allow", "params=+2%").exit == 1
    loose = [item for metric in broken for item in ("--allow", f"{metric}=+2%")]
    assert here.check(*against, *loose).exit == 0
    assert here.check(*against, *loose[:-2]).exit == 1


def test_a_limit_on_the_change_stands_in_place_of_the_guard(here: Here) -> None:
    baseline_of(here, net=NET)
    here.write(net=NET.replace("fc-10", "fc-10\n  - relu") + "budget: {flops: {change: +10}}\n")
    found = here.limits("net.yaml", "--baseline", "baseline.yaml")
    assert [(part["limit"], part["verdict"]) for part in found if part["metric"] == "flops"] == [("+10", "ok")]
    assert here.check("net.yaml", "--baseline", "baseline.yaml").exit == 0


def test_growth_by_small_steps_stops_at_the_ceiling(here: Here) -> None:
    """Every step is within +2 % of the stored baseline, which is rewritten each time, as is done in practice."""
    ceiling = 1500

    def spec(width: int) -> str:
        return (
            f"input: 1x1x1\nlayers: [{{conv: {width}, kernel: 1, bias: false}}]\n"
            f"budget: {{params: {{max: {ceiling}, change: +2%}}}}\n"
        )

    width = 1000
    baseline_of(here, net=spec(width))
    steps = 0
    while True:
        grown = width * 1019 // 1000
        assert grown <= width * Fraction(102, 100), "each step by itself is allowed"
        here.write(net=spec(grown))
        against = ("net.yaml", "--baseline", "baseline.yaml", "--allow", "+2%", "--allow", "output=any")
        verdicts = {part["word"]: part["verdict"] for part in here.limits(*against) if part["metric"] == "params"}
        assert verdicts["change"] == "ok"
        if grown > ceiling:
            assert verdicts["max"] == "exceeded"
            assert width <= ceiling
            break
        assert verdicts["max"] == "ok"
        baseline_of(here, net=spec(grown))
        width, steps = grown, steps + 1
    assert steps > 20, "growth that no single change shows"


def test_a_spec_that_is_not_in_the_baseline_fails(here: Here) -> None:
    baseline_of(here, net=NET)
    here.write(renamed=NET)
    found = here.check("renamed.yaml", "--baseline", "baseline.yaml")
    assert found.exit == 1
    assert "error: renamed.yaml is not in the baseline" in found.stdout
    [spec] = here.specs("renamed.yaml", "--baseline", "baseline.yaml")
    assert (spec["holds"], spec["missing"], spec["limits"]) == (False, True, [])
    assert here.check("net.yaml", "renamed.yaml", "--baseline", "baseline.yaml").exit == 1


def test_settings_and_sizing_are_part_of_a_spec_s_name_in_a_baseline(here: Here) -> None:
    baseline_of(here, net="input: 8x8x3\nparameters: {width: 4}\nlayers: [{conv: width, kernel: 1}]\n")
    assert here.check("net.yaml", "--baseline", "baseline.yaml").exit == 0
    for options in (["--set", "width=4"], ["--dtype", "int8"], ["--batch", "2"]):
        assert here.check("net.yaml", "--baseline", "baseline.yaml", *options).exit == 1


def test_a_baseline_is_found_from_any_folder_of_the_repository(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    (here.folder / "deep/er").mkdir(parents=True)
    (here.folder / "deep/er/net.yaml").write_text(NET)
    assert here.run("baseline", "write", "deep/er/net.yaml").exit == 0
    monkeypatch.chdir(here.folder / "deep")
    assert here.check("er/net.yaml", "--baseline", "../baseline.yaml", "-q") == (0, "", "")


def test_a_change_without_a_baseline_is_refused(here: Here) -> None:
    here.write(net=f"{NET}budget: {{params: {{change: +2%}}}}\n")
    message = here.refused("net.yaml")
    assert "the change of params is limited, but there is no baseline" in message
    assert "net.yaml:10:27" in message
    assert "--allow goes with --baseline" in here.refused("net.yaml", "--allow", "+2%")
    with pytest.raises(cnncalc.SpecError, match="goes with --baseline"):
        cnncalc.check("vgg16", max={"params": "140M"}, allow={"": "+2%"})


def test_the_file_of_budgets_names_its_baseline_and_the_option_another(here: Here) -> None:
    baseline_of(here, net=NET)
    (here.folder / "baseline.yaml").rename(here.folder / "stored.yaml")
    here.write(budgets="baseline: stored.yaml\nbudgets: [{spec: net.yaml}]\n", empty="schema: 1\nspecs: {}\n")
    assert here.check("--quiet") == (0, "", "")
    assert here.check("--baseline", "empty.yaml").exit == 1
    here.write(budgets="baseline: ../stored.yaml\nbudgets: [{spec: net.yaml}]\n")
    (here.folder / "stored.yaml").rename(here.folder.parent / "stored.yaml")
    assert "is outside" in here.refused()


# --- what people read -------------------------------------------------------------------------------------------------

SHAPES = """\
input: 8x8x4
layers:
  - {conv: 8, kernel: 3, padding: half, bias: false}
  - {conv: 8, kernel: 3, padding: half, bias: false}
  - {conv: 4, kernel: 1, bias: false}
"""


def test_what_is_broken_says_by_how_much_where_most_of_it_is_and_what_to_change(here: Here) -> None:
    weights = [3 * 3 * 4 * 8, 3 * 3 * 8 * 8, 8 * 4]
    assert sum(weights) == 896
    here.write(net=f"{SHAPES}budget:\n  params: 800\n")
    shown = here.check("net.yaml").stdout
    assert "error: params is 896: 96 (12 %) above the limit of 800" in shown
    assert "  --> net.yaml:7:11\n" in shown
    shares = [f"conv{at + 1} ({100 * weights[at] / 896:.{digits}f} %)" for at, digits in ((1, 0), (0, 0), (2, 1))]
    assert f"help: most of it is in {', '.join(shares)}; or raise `budget.params` in net.yaml:7" in shown


def test_a_limit_on_layers_is_said_once_and_at_each_line_with_its_own_figure(here: Here) -> None:
    here.write(net=f"{SHAPES}budget:\n  layers: {{'conv*': {{macs: 10k}}}}\n")
    macs = [8 * 8 * 3 * 3 * 4 * 8, 8 * 8 * 3 * 3 * 8 * 8]
    shown = here.check("net.yaml").stdout
    assert shown.count("error: ") == 1
    assert f"macs of conv2 is {macs[1]:,}" in shown
    assert "help: so is that of conv1; or raise" in shown
    annotations = here.check("net.yaml", "-f", "github").stdout.splitlines()
    assert [re.findall(r"line=(\d+),.*::(macs of conv\d is [\d,]+)", line) for line in annotations] == [
        [("4", f"macs of conv2 is {macs[1]:,}")],
        [("3", f"macs of conv1 is {macs[0]:,}")],
    ]


def test_annotations_name_the_line_of_inherited_and_of_repeated_layers(here: Here) -> None:
    (here.folder / "nets").mkdir()
    base = "input: 8x8x4\nlayers:\n  - relu\n  - {name: body, repeat: 3, layers: [{conv: 4, kernel: 3}]}\n"
    (here.folder / "nets/base.yaml").write_text(base)
    (here.folder / "nets/child.yaml").write_text("extends: base.yaml\n")
    found = here.check("nets/child.yaml", "--max", "params=10", "-f", "github").stdout
    assert re.findall(r"file=([^,]+),line=(\d+)", found) == [("nets/base.yaml", "4")]
    here.write(budgets="- spec: nets/child.yaml\n  layers:\n    '*conv1': {params: 10}\n")
    found = here.check("-f", "github").stdout
    assert re.findall(r"file=([^,]+),line=(\d+)", found) == [("nets/base.yaml", "4")]
    assert "in body.1.conv1 and 2 more" in found


def test_several_specs_are_told_apart(here: Here) -> None:
    here.write(one=SHAPES, two=SHAPES)
    shown = here.check("one.yaml", "two.yaml", "--max", "params=800").stdout
    assert [line.split()[0] for line in shown.splitlines()[2:4]] == ["one.yaml", "two.yaml"]
    assert "error: one.yaml: params is 896" in shown
    assert "2 specs: 2 of 2 limits broken" in shown
    assert "two.yaml" not in here.check("one.yaml", "--max", "params=800").stdout


def test_quietly_only_what_is_broken_is_printed(here: Here) -> None:
    here.write(net=SHAPES)
    assert here.check("net.yaml", "--max", "params=1k", "-q") == (0, "", "")
    shown = here.check("net.yaml", "--max", "params=800", "--max", "macs=1M", "-q").stdout
    assert "params" in shown
    assert "macs" not in shown


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120])
def test_the_table_fits_any_terminal(width: int, here: Here) -> None:
    here.write(net=SHAPES)
    found = golden.on_terminal(
        ["check", "net.yaml", "--max", "params=800", "--min", "receptive_field=3", "--max", "activation_bytes=1GiB"],
        width,
        here.folder,
    )
    assert found.exit == 1
    table = found.text.split("\n\n")[0].split("\n")
    assert max(map(golden.cells, table)) <= width
    text = " ".join(found.text.split())
    if width < 60:
        assert "params verdict exceeded value 896 limit ≤ 800 headroom over by 12 % from --max" in text
    else:
        assert re.match(r"params +exceeded +896 +≤ 800 +over by (96 \()?12 %", table[2])
    assert "…" not in found.text


# --- for machines and pull requests -----------------------------------------------------------------------------------


def test_forks_get_the_step_summary(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workflow of a fork may not comment; the summary of a step needs no permission."""
    summary = here.folder / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    here.write(net=SHAPES)
    markdown = here.check("net.yaml", "--max", "params=800", "-f", "markdown").stdout
    assert summary.read_text() == "before\n"
    assert here.check("net.yaml", "--max", "params=800", "-f", "github").exit == 1
    assert summary.read_text() == f"before\n{markdown}\n"
    baseline_of(here, net=SHAPES)
    assert here.check("net.yaml", "--baseline", "baseline.yaml", "-f", "github") == (0, "", "")
    assert summary.read_text() == f"before\n{markdown}\n"
    for other in ("text", "json", "junit", "sarif", "gitlab"):
        here.check("net.yaml", "--max", "params=800", "-f", other)
    assert summary.read_text() == f"before\n{markdown}\n"


def test_a_summary_that_can_not_be_written_is_a_warning(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here.folder / "no/such/folder"))
    here.write(net=SHAPES)
    found = here.check("net.yaml", "--max", "params=800", "-f", "github")
    assert found.exit == 1
    assert found.stdout.startswith("::error ")
    assert found.stderr.startswith("warning: no step summary: ")


def test_markdown_is_short_and_calls_nobody(here: Here) -> None:
    name = "<b>@everyone_*`|[x](y)#~$&.yaml"
    (here.folder / name).write_text(SHAPES)
    found = here.check(name, "--max", "params=800", "-f", "markdown").stdout
    table, _, folded = found.partition("<details>")
    assert "@everyone" not in found
    assert "<b>" not in found
    assert "| params | exceeded | 896 | ≤ 800 | over by 96 (12 %) |" in table
    assert "conv2 | 576 | 64 % |" in folded
    here.write(net=SHAPES)
    several = here.check(name, "net.yaml", "--max", "params=800", "-f", "markdown").stdout
    assert all(line.replace("\\|", "").count("|") == 7 for line in several.splitlines() if line.startswith("| \\<b"))


def test_markdown_of_a_thousand_limits_fits_a_comment(here: Here) -> None:
    names = [f"net{number:03}.yaml" for number in range(60)]
    for name in names:
        (here.folder / name).write_text(SHAPES)
    options = [item for number in range(20) for item in ("--max", f"params={number + 1}")]
    found = here.check(*names, *options, "-f", "markdown").stdout
    assert len(found) <= 65_536
    assert "60 specs: 1,200 of 1,200 limits broken" in found
    assert "more" in found
    for opened, closed in (("<details>", "</details>"), ("<summary>", "</summary>")):
        assert found.count(opened) == found.count(closed)


def test_output_goes_to_a_file_whole_and_without_colour(here: Here) -> None:
    here.write(net=SHAPES)
    expected = here.check("net.yaml", "--max", "params=800").stdout
    found = here.check("net.yaml", "--max", "params=800", "-o", "report.txt")
    assert (found.exit, found.stdout) == (1, "")
    assert (here.folder / "report.txt").read_text() == expected
    assert here.check("net.yaml", "--max", "params=800", "-o", "no/such/report.txt").exit == 2


# --- the goldens, and what holds of them whatever they say ------------------------------------------------------------

GOLDENS = golden.cases("check")
GROUPS = ("holds", "broken", "several", "baseline")


@pytest.mark.parametrize("case", GOLDENS, ids=lambda case: case.name)
def test_output_is_as_recorded(
    case: golden.Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    update_golden: bool,
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    outcome = golden.run_case(case, tmp_path, monkeypatch, capsys)
    golden.hold(case, outcome, update_golden)
    assert outcome.exit == (0 if case.name.startswith(("holds", "quiet_holds", "baseline_allowed")) else 1)
    assert outcome.stderr == ""
    assert "\x1b" not in outcome.stdout
    assert str(tmp_path) not in outcome.stdout, "the machine shows through"


def test_every_format_has_its_goldens() -> None:
    assert {f"{group}_{kind}" for group in GROUPS for kind in FORMATS} <= {case.name for case in GOLDENS}


def recorded(name: str) -> str:
    """The standard output of a golden."""
    [case] = [case for case in GOLDENS if case.name == name]
    return case.recorded.partition("=== stdout\n")[2]


@pytest.mark.parametrize("group", GROUPS)
def test_what_machines_read_is_valid_and_says_the_same(group: str) -> None:
    """Every format has as many findings as limits are broken, at the same lines; JSON and text agree on the count."""
    data = json.loads(recorded(f"{group}_json"))
    broken = [part for spec in data["specs"] for part in spec["limits"] if part["verdict"] not in ("ok", "new")]
    missing = sum(spec["missing"] for spec in data["specs"])
    found = [
        (command.properties["title"].rpartition(" ")[2], command.properties.get("file"), command.properties.get("line"))
        for command in machines.commands(recorded(f"{group}_github"))
    ]
    assert len([place for place in found if place[0] != "baseline"]) >= len(broken)
    assert len([place for place in found if place[0] == "baseline"]) == missing
    results = machines.sarif(recorded(f"{group}_sarif"))["results"]
    assert [result["ruleId"] for result in results] == [code for code, _, _ in found]
    regions = [result["locations"][0]["physicalLocation"].get("region", {}) for result in results]
    assert [region.get("startLine") for region in regions] == [line and int(line) for _, _, line in found]
    objects = machines.gitlab(recorded(f"{group}_gitlab"))
    assert [thing["check_name"] for thing in objects] == [code for code, _, _ in found]
    assert [thing["location"]["lines"]["begin"] for thing in objects] == [int(line or 1) for _, _, line in found]
    suites = machines.xml(recorded(f"{group}_junit")).findall("testsuite")
    assert [int(suite.get("failures", "")) for suite in suites] == [
        sum(part["verdict"] not in ("ok", "new") for part in spec["limits"]) + spec["missing"] for spec in data["specs"]
    ]
    assert [int(suite.get("tests", "")) for suite in suites] == [
        len(spec["limits"]) + spec["missing"] for spec in data["specs"]
    ]
    limits = sum(len(spec["limits"]) for spec in data["specs"])
    said = f"{len(broken)} of {limits} limit{'s' if limits != 1 else ''} broken" if broken else "all hold"
    assert said in recorded(f"{group}_text").strip().split("\n")[-1]
    assert said in recorded(f"{group}_markdown") or not broken


@pytest.mark.parametrize("group", GROUPS)
def test_annotations_stand_at_lines_that_say_what_is_meant(group: str) -> None:
    """The line of an annotation holds the layer that it is about, in the file where it is written."""
    [case] = [case for case in GOLDENS if case.name == f"{group}_github"]
    for command in machines.commands(recorded(case.name)):
        if "file" in command.properties:
            line = case.files[command.properties["file"]].split("\n")[int(command.properties["line"]) - 1]
            marked = line[int(command.properties["col"]) - 1 : int(command.properties["endColumn"])]
            metric = command.properties["title"].rpartition(" ")[2]
            limits = command.properties["file"] == "budgets.yaml"  # where the layer is in no file of the repository
            assert re.search(metric if limits else "conv|fc-|relu|maxpool|stem", line), line
            assert marked.strip() in line
            assert marked


# --- from Python ------------------------------------------------------------------------------------------------------


def test_python_says_what_json_says(here: Here) -> None:
    here.write(net=NET, budgets="- {spec: net.yaml, params: 5k}\n")
    options = {"max": {"macs": 1_000_000}, "min": {"receptive_field": (8, 8)}, "equals": {"output": [1, 1, 10]}}
    found = cnncalc.check("net.yaml", **options).to_dict()  # type: ignore[arg-type]
    shown = here.check(
        "net.yaml", "--max", "macs=1000000", "--min", "receptive_field=8x8", "--equals", "output=1x1x10", "-f", "json"
    )
    assert json.loads(shown.stdout) == json.loads(json.dumps(found))
    assert found["holds"] is True
    assert cnncalc.check().to_dict()["specs"][0]["spec"] == "net.yaml"


def test_python_takes_paths_and_settings(here: Here) -> None:
    here.write(net="input: 8x8x3\nparameters: {w: 4}\nlayers: [{conv: w, kernel: 1, bias: false}]\n")
    found = cnncalc.check(here.folder / "net.yaml", set={"w": 8}, max={"params": 3 * 8}).to_dict()
    assert (found["holds"], found["specs"][0]["spec"]) == (True, "net.yaml w=8")
    assert here.run("baseline", "write", "net.yaml").exit == 0
    assert cnncalc.check(Path("net.yaml"), baseline=Path("baseline.yaml")).holds
    with pytest.raises(cnncalc.SpecError, match="nosuch"):
        cnncalc.check(Path("nosuch.yaml"), max={"params": 1})
    with pytest.raises(cnncalc.SpecError, match="there is no budgets file"):
        cnncalc.check(budgets=Path("nosuch.yaml"))


def test_python_takes_numbers_of_any_size_and_sort(here: Here) -> None:
    for bound in (10**29, 1e22, 2.5e3, "2.5k", Fraction(5000, 2)):
        said = str(bound) if isinstance(bound, Fraction) and bound.denominator == 1 else bound
        assert cnncalc.check("8x8x3: conv3-4", max={"params": said}).holds
    with pytest.raises(cnncalc.SpecError, match="is not an amount"):
        cnncalc.check("8x8x3: conv3-4", max={"params": True})


# --- that the wrong is refused, in every place it can stand -----------------------------------------------------------

WRONG = {
    "{nosuch: 5}": "there is no metric `nosuch`",
    "{parms: 5}": "did you mean `params`",
    "{kernel: 3}": "kernel is a field of layers",
    "{params: 5MiB}": "`MiB` is a unit of bytes",
    "{activation_bytes: 5M}": "`M` is not a unit of bytes",
    "{params: }": "params has no limit",
    "{params: {}}": "params has no limit",
    "{params: {atmost: 5}}": "a limit has no `atmost`",
    "{params: {max: }}": "params has no limit",
    "{params: {max: {max: 5}}}": "params has no limit",
    "{params: [[5]]}": "params has no limit",
    "{params: true}": "`true` is not an amount",
    "{max: {nosuch: 5}}": "there is no metric `nosuch`",
    "{max: 5}": "there is no metric `max`",
    "{layers: {}}": "`layers` has no limits",
    "{layers: {conv1: }}": "`conv1` has no limits",
    "{layers: {conv1: 5}}": "`conv1` has no limits",
    "{layers: {conv1: {}}}": "`conv1` has no limits",
    "{layers: {conv1: {nosuch: 5}}}": "layers have no metric and no field `nosuch`",
    "{layers: {conv1: {depth: 5}}}": "depth is of the whole network, not of a layer",
    "{layers: {conv1: {macs: {change: +2%}}}}": "a baseline keeps the whole network and no layers",
    "{layers: {'': {macs: 5}}}": "`` is not a valid pattern of names",
    "{layers: {'[': {macs: 5}}}": "`[` is not a valid pattern of names",
    '{layers: {"a\\nb": {macs: 5}}}': "is not a valid pattern of names",
    "{receptive_field: 5}": "it is not clear which way is worse",
    "{output: 5MB}": "`5MB` is not a volume",
    "[1]": "`budget` is a mapping of metrics",
    "text": "`budget` is a mapping of metrics",
}


@pytest.mark.parametrize(("budget", "message"), WRONG.items(), ids=WRONG)
def test_a_wrong_budget_is_refused_with_its_place(budget: str, message: str, here: Here) -> None:
    here.write(net=f"{NET}budget: {budget}\n")
    found = here.refused("net.yaml")
    assert message in found
    assert re.search(r"--> net\.yaml:10:\d+", found)
    if budget.startswith("{"):
        here.write(net=NET, budgets=f"- {{spec: net.yaml, {budget[1:]}\n")
        found = here.refused()
        assert message in found
        assert "--> budgets.yaml:1:" in found


@pytest.mark.parametrize("options", [["--max", "params"], ["--max", "=5"], ["--max", "params="], ["--min", "5"]])
def test_an_option_is_a_metric_and_a_limit(options: list[str], here: Here) -> None:
    assert "expected METRIC=LIMIT" in here.refused("vgg16", *options)


def test_every_problem_of_a_request_is_said_in_one_go(here: Here) -> None:
    here.write(
        net=NET, broken="input: 8x8\n", budgets="- {spec: [broken.yaml, net.yaml], layers: {nosuch: {macs: 1}}}\n"
    )
    message = here.refused()
    assert message.count("error: ") >= 2
    assert "broken.yaml" in message
    assert "no layer of net.yaml fits nosuch" in message


def test_the_verdicts_are_known_words(here: Here) -> None:
    """What programs may rely on."""
    here.write(net=NET, baseline="schema: 1\nspecs: {net.yaml: {layers: 7}}\n")
    options = ["--max params=1", "--max params=1M", "--min params=1M", "--equals params=1"]
    words = [part for option in options for part in option.split()]
    found = here.limits("net.yaml", *words)
    assert [part["verdict"] for part in found] == ["exceeded", "ok", "below", "differs"]
    here.write(net=f"{NET}budget: {{params: {{change: +2%}}}}\n")
    assert [part["verdict"] for part in here.limits("net.yaml", "--baseline", "baseline.yaml")] == ["new"]
