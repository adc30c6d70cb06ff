"""The formats that are classes: what is wrong is said with its place; the JSON Schema takes what the reader takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
import yaml

import cnncalc
from cnncalc.analysis.rules import words
from cnncalc.commands import main
from cnncalc.errors import Problem
from cnncalc.guard import baseline, budgets
from cnncalc.guard.budgets import File, Keys, budgets_file
from cnncalc.language import shape
from cnncalc.language.rulings import Lint
from cnncalc.language.schema import schema
from cnncalc.layers import terms_of
from cnncalc.network.limits import Published
from cnncalc.terms import Shape, description

ROOT = Path(__file__).parent.parent
SHAPES = (Published, Lint, Keys, File, baseline.File)


class Format(NamedTuple):
    """A file: how it is read, and the JSON Schema of it."""

    read: Callable[[Path], Any]
    schema: dict[str, Any]


FORMATS = {
    "spec": Format(cnncalc.load, schema()),
    "budgets": Format(budgets_file, budgets.schema()),
    "baseline": Format(baseline.read, shape.schema(baseline.File)),
}

SPEC = "input: 8x8x3\nlayers: [conv3-4]\n"
FIGURE = f"{SPEC}published:\n  - {{metric: params, printed: 138M, where: Table 2"
LINT = f"{SPEC}lint:\n  "

TAKEN = {
    "spec": [
        f"{SPEC}published:\n",
        f"{SPEC}published: []\n",
        f"{FIGURE}}}\n",
        f"{FIGURE}, of: conv1, set: {{}}, unit: 1024, because: it is older}}\n",
        f"{SPEC}published: [{{metric: params, printed: 1.50, where: here}}]\n",
        f"{SPEC}lint:\n",
        f"{LINT}ignore:\n",
        f"{LINT}ignore: [CNN101, {{CNN1: a, CNN2: [b, 3]}}]\n",
        f"{LINT}severity:\n",
        f"{LINT}severity: {{CNN101: note, CNN2: error}}\n",
    ],
    "budgets": [
        "[]\n",
        "- spec: a.yaml\n",
        "- spec: [a.yaml, 3, '*.yml']\n  params: 5M\n",
        "- {spec: a, set: {width: 0.5, deep: [1, 2]}, dtype: int8, batch: 1, macs: {max: 5M, min: 2}}\n",
        "- {spec: a, max: {params: 5M}, layers: {'conv*': {kernel: 3, macs: {max: 1k}}}}\n",
        "budgets: []\n",
        "defaults:\n",
        "{defaults: {params: 5M, layers: 3}, baseline: git:main, budgets: [{spec: a}]}\n",
    ],
    "baseline": [
        "{schema: 1, specs: {}}\n",
        "{schema: 1, specs: {a.yaml: {params: 5}}, watts: 7}\n",
    ],
}

REFUSED = {
    "spec": {
        f"{SPEC}published: 5\n": ["3:12 `published` is a list of figures"],
        f"{SPEC}published: [5]\n": ["3:13 a published figure is a mapping"],
        f"{SPEC}published: [{{metric: params}}]\n": ["3:13 a published figure needs its printed, where"],
        f"{FIGURE}, unti: 1000}}\n": ["4:53 a published figure has no `unti` (did you mean `unit`?)"],
        f"{FIGURE}, unit: 10}}\n": ["4:59 unit must be one of `1000`, `1024`, not 10"],
        f"{FIGURE}, unit: '1000'}}\n": ["4:59 unit must be one of `1000`, `1024`, not `1000`"],
        f"{FIGURE}, of: [conv1]}}\n": ["4:57 of must be a text, not [conv1]"],
        f"{FIGURE}, of: ''}}\n": ["4:57 of must be a text, not ``"],
        f"{FIGURE}, of: }}\n": ["4:57 of must be a text, not empty"],
        f"{FIGURE}, set: [width]}}\n": ["4:58 set must be a mapping, not [width]"],
        f"{FIGURE}, because: 3}}\n": ["4:62 because must be a text, not 3"],
        f"{SPEC}published: [{{metric: 3, printed: true, where: {{}}}}]\n": [
            "3:22 metric must be a text, not 3",
            "3:34 printed must be a number, or a text, not true",
            "3:47 where must be a text, not a mapping",
        ],
        f"{SPEC}lint: [CNN101]\n": ["3:7 `lint` is a mapping"],
        f"{LINT}ignroe: []\n": ["4:3 `lint` has no `ignroe` (did you mean `ignore`?)"],
        f"{LINT}ignore: CNN101\n": ["4:11 ignore must be a list, not `CNN101`"],
        f"{LINT}ignore: [7]\n": ["4:12 write the code or the name of a rule"],
        f"{LINT}severity: note\n": ["4:13 severity must be a mapping, not `note`"],
        f"{LINT}severity: {{CNN101: erorr, CNN1: , CNN2: note}}\n": [
            "4:22 severity of CNN101 must be one of `error`, `note`, `warning`, not `erorr` (did you mean `error`?)",
            "4:35 severity of CNN1 must be one of `error`, `note`, `warning`, not empty",
        ],
        f"{LINT}ignore: [[a]]\n  severity: {{CNN1: 3}}\n  level: 3\n": [
            "4:12 write the code or the name of a rule",
            "5:20 severity of CNN1 must be one of `error`, `note`, `warning`, not 3",
            "6:3 `lint` has no `level` (there are `ignore`, `severity`)",
        ],
    },
    "budgets": {
        "text\n": ["1:1 a budgets file is a list"],
        "baseline: a.yaml\n": ["1:1 a budgets file is a list"],
        "budgets: {spec: a}\n": ["1:10 budgets must be a list, not a mapping"],
        "budgets:\n": ["1:9 budgets must be a list, not empty"],
        "{budgets: [], baseline: 5}\n": ["1:25 baseline must be a text, not 5"],
        "{budgets: [], budget: []}\n": ["1:15 a budgets file has no `budget` (did you mean `budgets`?)"],
        "{budgets: [], macs: 5M}\n": [
            "1:15 a budgets file has no `macs` (limits for all specs go under `defaults: {macs: …}`)"
        ],
        "defaults: 5\n": ["1:11 `defaults` is a mapping of metrics"],
        "- a.yaml\n": ["1:3 an entry is a mapping"],
        "- params: 5M\n": ["1:3 an entry needs its spec"],
        "- spec:\n": ["1:8 `spec` takes a path, a pattern, a name, or a list of them"],
        "- spec: []\n": ["1:9 `spec` takes a path, a pattern, a name, or a list of them"],
        "- {spec: a, set: 5}\n": ["1:18 set must be a mapping, not 5"],
        "- {spec: a, batch: 0}\n": ["1:20 batch must be a whole number of at least 1, not 0"],
        "- {spec: a, batch: '2'}\n": ["1:20 batch must be a whole number of at least 1, not `2`"],
        "- {spec: a, batch: true}\n": ["1:20 batch must be a whole number of at least 1, not true"],
        "- {spec: a, bacth: 2}\n": ["1:13 an entry has no `bacth` (did you mean `batch`?)"],
        "- {spec: a, watts: 2}\n": ["1:13 there is no metric `watts`"],
        "- {spec: a, dtype: floot32}\n": [
            "1:20 dtype must be one of `bfloat16`, `float16`, `float32`, `float64`, `float8`, `int4`, `int8`, "
            "not `floot32` (did you mean `float32` or `float8`?)"
        ],
        "- {spec: a, batch: , set: [], params: {}}\n- b\n": [
            "1:20 batch must be a whole number of at least 1, not empty",
            "1:27 set must be a mapping, not []",
            "1:39 params has no limit",
            "2:3 an entry is a mapping",
        ],
    },
    "baseline": {
        "[]\n": ["1:1 baseline.yaml is not a baseline"],
        "schema: 1\n": ["1:1 baseline.yaml is not a baseline"],
        "{schema: 2, specs: {}}\n": ["1:10 a baseline of schema 2 is not known"],
        "{schema: true, specs: {}}\n": ["1:10 schema must be one of `1`, not true"],
        "{schema: 1, specs: [a]}\n": ["1:20 specs must be a mapping, not [a]"],
        "{schema: 1, specs: {a: 5, b: {}}}\n": ["1:24 a has no metrics", "1:30 b has no metrics"],
    },
}


def read(kind: str, text: str) -> None:
    Path(f"{kind}.yaml").write_text(text, encoding="utf-8")
    FORMATS[kind].read(Path(f"{kind}.yaml"))


def valid(kind: str, text: str) -> bool:
    return jsonschema.Draft202012Validator(FORMATS[kind].schema).is_valid(yaml.safe_load(text))


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in TAKEN.items() for text in texts])
def test_what_the_reader_takes_the_schema_takes(
    kind: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    read(kind, text)
    assert valid(kind, text)


def line(problem: Problem, said: str) -> str:
    """Place and message, and the fix where the expectation has one."""
    assert problem.place is not None
    found = f"{problem.place.line}:{problem.place.column} {problem.message}"
    return f"{found} ({problem.help})" if said.endswith(")") else found


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in REFUSED.items() for text in texts])
def test_what_the_reader_refuses_in_so_many_words_the_schema_refuses(
    kind: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = REFUSED[kind][text]
    with pytest.raises(cnncalc.SpecError) as caught:
        read(kind, text)
    assert [line(problem, words) for problem, words in zip(caught.value.problems, said, strict=True)] == said
    assert all(problem.help for problem in caught.value.problems)
    assert not valid(kind, text)


def test_a_figure_is_kept_as_it_is_printed(tmp_path: Path) -> None:
    """1.50 says more than 1.5, and `'138M'` the same as 138M."""
    figures = "[{metric: a, printed: 1.50, where: b}, {metric: a, printed: '138M', where: b}]"
    (tmp_path / "spec.yaml").write_text(f"{SPEC}published: {figures}\n", encoding="utf-8")
    assert [figure.printed for figure in cnncalc.load(tmp_path / "spec.yaml").demands.published] == ["1.50", "138M"]


@pytest.mark.parametrize("kind", SHAPES, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_key_is_described_in_the_schema(kind: type[Shape]) -> None:
    found = shape.schema(kind)["properties"]
    assert list(found) == list(kind.__struct_fields__)
    for name, term in terms_of(kind).items():
        assert found[name]["description"] == description(term) != ""


@pytest.mark.parametrize("kind", ["spec", "budgets"])
def test_the_command_prints_the_schema_of_each_kind_of_file(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", kind]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    assert found == (schema(words()) if kind == "spec" else FORMATS[kind].schema)
    jsonschema.Draft202012Validator.check_schema(found)


def test_of_another_kind_of_file_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "budget"]) == 2
    assert "did you mean `budgets`?" in capsys.readouterr().err


def test_the_budgets_of_this_repository_are_valid() -> None:
    assert valid("budgets", (ROOT / "budgets.yaml").read_text(encoding="utf-8"))
    budgets_file(ROOT / "budgets.yaml")
