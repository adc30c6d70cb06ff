"""Specs to start from: each can be summarized, has nothing that lint warns of, and holds the budgets written for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import golden
import pytest
import yaml

import cnncalc
from cnncalc.commands.init import LIKES

TEMPLATES = Path(cnncalc.__file__).parent / "templates"
TRY = "try: cnncalc summarize network.yaml\ntry: cnncalc lint network.yaml\n"
Run = Callable[..., golden.Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, stdin="": golden.run(arguments, monkeypatch, capsys, stdin)


def test_the_choices_are_the_templates() -> None:
    assert {path.stem for path in TEMPLATES.iterdir()} == set(LIKES)
    assert {"vgg", "resnet", "mobilenet", "unet", "blank"} == set(LIKES)


@pytest.mark.parametrize("like", LIKES)
def test_what_is_written_can_be_summarized_linted_and_checked(like: str, run: Run, tmp_path: Path) -> None:
    done = run("init", "--like", like, "--budgets")
    assert (done.exit, done.stdout) == (0, "")
    assert done.stderr == f"network.yaml written\nbudgets.yaml written\n{TRY}try: cnncalc check\n"
    assert (tmp_path / "network.yaml").read_bytes() == (TEMPLATES / f"{like}.yaml").read_bytes()
    for command in (["summarize", "network.yaml", "--strict"], ["lint", "network.yaml"], ["check"]):
        outcome = run(*command)
        assert (outcome.exit, outcome.stderr) == (0, "")
    assert "warning" not in run("lint", "network.yaml").stdout
    assert run("check").stdout.endswith("1 spec, 3 limits: all hold\n")


@pytest.mark.parametrize("like", LIKES)
def test_a_template_explains_itself(like: str) -> None:
    lines = (TEMPLATES / f"{like}.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert sum("#" in line for line in lines) >= 5
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for command in re.findall(r"`cnncalc (\w+)", text):
        assert command in ("summarize", "lint", "layers", "compare")


def test_budgets_are_ten_percent_above_what_there_is(run: Run, tmp_path: Path) -> None:
    run("init", "--like", "blank", "--budgets")
    (entry,) = yaml.safe_load((tmp_path / "budgets.yaml").read_text(encoding="utf-8"))
    assert entry.pop("spec") == "network.yaml"
    conv1, conv2, dense = 3 * 3 * 3 * 16, 3 * 3 * 16 * 32, 32 * 10
    values = {
        "params": conv1 + 16 + conv2 + 32 + dense + 10,
        "macs": conv1 * 32 * 32 + conv2 * 16 * 16 + dense,
        "activation_bytes": 4 * (32 * 32 * (3 + 16) + 16 * 16 * (16 + 32) + 32 + 10),
    }
    assert set(entry) == set(values)
    for metric, text in entry.items():
        limit = Fraction(text.rstrip("kMB")) * 1000 ** ("k" in text) * 1_000_000 ** ("M" in text)
        assert Fraction("1.1") * values[metric] <= limit <= Fraction("1.21") * values[metric], metric


def test_without_options_it_is_network_yaml(run: Run, tmp_path: Path) -> None:
    assert run("init") == (0, "", f"network.yaml written\n{TRY}")
    assert [path.name for path in tmp_path.iterdir()] == ["network.yaml"]


def test_a_dash_prints_it_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("init", "-", "--like", "unet")
    assert (done.exit, done.stderr) == (0, "")
    assert done.stdout == (TEMPLATES / "unet.yaml").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == []
    assert run("init", "-", "--budgets")[:2] == (2, "")
    assert run("summarize", "-", stdin=done.stdout).stdout.startswith("Small U-Net\n")


@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "folder"])
@pytest.mark.parametrize("name", ["network.yaml", "budgets.yaml"])
def test_nothing_is_ever_overwritten(kind: str, name: str, run: Run, tmp_path: Path) -> None:
    there = tmp_path / name
    if kind == "folder":
        there.mkdir()
    elif kind == "file":
        there.write_text("mine")
    else:
        if kind == "link":
            (tmp_path / "other").write_text("mine")
        there.symlink_to("other")
    before = sorted(tmp_path.iterdir())
    options = ["--budgets"] if name == "budgets.yaml" else []
    done = run("init", *options)
    assert (done.exit, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {name} exists, and nothing is overwritten\n")
    assert sorted(tmp_path.iterdir()) == before
    assert kind not in ("file", "link") or there.read_text() == "mine"


def test_budgets_are_written_for_a_spec_that_is_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    own = tmp_path / "nets" / "my net.yaml"
    own.write_text("input: 8x8x3\nlayers: [conv3-4]\n")
    done = run("init", "nets/my net.yaml", "--budgets")
    assert (done.exit, own.read_text()) == (0, "input: 8x8x3\nlayers: [conv3-4]\n")
    assert "nets/my net.yaml written" not in done.stderr
    assert done.stderr.endswith("try: cnncalc check --budgets nets/budgets.yaml\n")
    assert "params            ok " in run("check", "--budgets", "nets/budgets.yaml").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere/net.yaml"], "error: nowhere/net.yaml cannot be written: no such file or directory\n"),
        (
            ["--like", "vg"],
            "error: --like takes vgg, resnet, mobilenet, unet, blank, not vg\n  help: did you mean `vgg`",
        ),
        (["open.yaml", "--budgets"], "error: open.yaml has symbols, which no budget limits\n"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said(arguments: list[str], said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text("input: HxWx3\nlayers: [conv3-4]\n")
    done = run("init", *arguments)
    assert (done.exit, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert [path.name for path in tmp_path.iterdir()] == ["open.yaml"]
