"""`cnncalc check --baseline git:REV`: specs held to what they were, in repositories made for it.

A spec is one 3×3 convolution over three channels of an 8×8 input: K filters have 3·3·3·K + K parameters.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import golden
import pytest
from test_git import commit, created, nobodys, params, run, write

from cnncalc.sources import git as repository_of


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nobody's settings, a folder of its own, and no git that is left after."""
    nobodys(monkeypatch)
    monkeypatch.chdir(tmp_path)
    yield
    repository_of.close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose net.yaml has 4 filters at HEAD~1 and 8 at HEAD."""
    folder = created(tmp_path / "repository")
    commit(folder, net=4)
    commit(folder, net=8)
    monkeypatch.chdir(folder)
    return folder


class Check:
    """Runs `cnncalc check`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._around = (monkeypatch, capsys)

    def __call__(self, *arguments: str) -> golden.Outcome:
        repository_of.close()
        return golden.run(["check", *arguments], *self._around)

    def json(self, *arguments: str) -> Any:
        """The specs of the result."""
        outcome = self(*arguments, "--format", "json")
        assert outcome.exit in (0, 1), outcome.stderr
        return json.loads(outcome.stdout)["specs"]

    def moved(self, *arguments: str) -> dict[str, tuple[int, int, str]]:
        """Of the first spec's limits on a change: before, now, verdict, by metric."""
        limits = self.json(*arguments)[0]["limits"]
        return {
            one["metric"]: (one["before"], one["value"], one["verdict"]) for one in limits if one["word"] == "change"
        }


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    return Check(monkeypatch, capsys)


# --- what was, and what is --------------------------------------------------------------------------------------------


def test_nothing_changed_is_nothing_said(here: Path, check: Check) -> None:
    assert check("net.yaml", "--baseline", "git:HEAD", "--quiet") == (0, "", "")
    assert check("net.yaml", "--baseline", "git:HEAD", "--format", "markdown") == (0, "", "")
    assert check("net.yaml", "--baseline", "git:HEAD", "--format", "github") == (0, "", "")


def test_growth_is_held_against_the_revision(here: Path, check: Check) -> None:
    assert check.moved("net.yaml", "--baseline", "git:HEAD~1")["params"] == (params(4), params(8), "exceeded")
    assert check("net.yaml", "--baseline", "git:HEAD~1").exit == 1


@pytest.mark.parametrize(("allowed", "verdict"), [("+100%", "ok"), ("+99%", "exceeded"), ("any", "ok")])
def test_growth_is_allowed_as_far_as_it_is(here: Path, check: Check, allowed: str, verdict: str) -> None:
    """From 4 to 8 filters it is twice the parameters."""
    found = check.moved("net.yaml", "--baseline", "git:HEAD~1", "--allow", f"params={allowed}")
    assert found["params"][2] == verdict


def test_less_is_taken_without_a_word(here: Path, check: Check) -> None:
    write(here, net="input: 8x8x3\nlayers: [conv1-8]\n")
    found = check.json("net.yaml", "--baseline", "git:HEAD")[0]
    verdicts = {one["metric"]: one["verdict"] for one in found["limits"]}
    assert verdicts["params"] == "ok"
    assert verdicts["receptive_field"] == "below", "a smaller field is not a saving"


def test_the_working_file_counts_and_not_what_is_staged(here: Path, check: Check) -> None:
    write(here, net=9)
    run(here, "add", "net.yaml")
    write(here, net=10)
    assert check.moved("net.yaml", "--baseline", "git:HEAD")["params"][:2] == (params(8), params(10))


def test_what_a_spec_extends_is_read_at_the_revision_too(here: Path, check: Check) -> None:
    commit(here, base=4, heir="extends: base.yaml\n")
    write(here, base=5)
    assert check.moved("heir.yaml", "--baseline", "git:HEAD")["params"] == (params(4), params(5), "exceeded")


def test_settings_hold_on_both_sides(here: Path, check: Check) -> None:
    wide = "input: 8x8x3\nparameters: {w: 4}\nlayers: [conv3-w]\n"
    commit(here, wide=wide)
    write(here, wide=wide.replace("conv3-w", "{conv: w+1, kernel: 3, padding: half}"))
    found = check.moved("wide.yaml", "--baseline", "git:HEAD", "--set", "w=6")
    assert found["params"] == (params(6), params(7), "exceeded")


# --- names that changed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["committed", "staged"])
def test_a_renamed_spec_is_held_to_what_it_was(here: Path, check: Check, how: str) -> None:
    old = commit(here, net="name: A network\nsource: Nobody 2020\ninput: 8x8x3\nlayers: [conv3-8]\n")
    run(here, "mv", "net.yaml", "other.yaml")
    if how == "committed":
        commit(here)
    text = (here / "other.yaml").read_text(encoding="utf-8")
    (here / "other.yaml").write_text(text.replace("conv3-8", "conv3-9"), encoding="utf-8")
    assert check.moved("other.yaml", "--baseline", f"git:{old}")["params"] == (params(8), params(9), "exceeded")


def test_a_spec_that_was_renamed_by_hand_is_new_until_git_is_told(here: Path, check: Check) -> None:
    text = "name: A network\nsource: Nobody 2020\ninput: 8x8x3\nlayers: [conv3-8]\n"
    commit(here, net=text)
    (here / "net.yaml").rename(here / "other.yaml")
    write(here, other=text.replace("conv3-8", "conv3-9"))
    assert check.moved("other.yaml", "--baseline", "git:HEAD", "--max", "params=1M") == {}
    run(here, "add", "--all")
    assert check.moved("other.yaml", "--baseline", "git:HEAD")["params"] == (params(8), params(9), "exceeded")


def test_a_new_spec_is_new_and_its_other_limits_hold(here: Path, check: Check) -> None:
    write(here, new="input: 1x1x7\nbudget: {params: 3}\nlayers: [fc-2]\n")
    (found,) = check.json("new.yaml", "--baseline", "git:HEAD")
    assert not found["missing"]
    assert [(one["metric"], one["verdict"]) for one in found["limits"]] == [("params", "exceeded")]
    write(here, new="input: 1x1x7\nbudget: {params: {max: 16, change: +2%}}\nlayers: [fc-2]\n")
    outcome = check("new.yaml", "--baseline", "git:HEAD")
    assert outcome.exit == 0
    assert "new" in outcome.stdout, "that nothing was compared is said"


def test_a_slip_at_the_revision_can_be_mended(here: Path, check: Check) -> None:
    commit(here, net="input: 8x8x3\nlayers: [conv3-8\n")
    write(here, net=8)
    outcome = check("net.yaml", "--baseline", "git:HEAD", "--max", "params=1M")
    assert outcome.exit == 0
    assert outcome.stderr.startswith("warning: net.yaml at HEAD: ")
    assert "git:HEAD:net.yaml:2" in outcome.stderr


def test_a_parameter_that_the_revision_had_not_is_said(here: Path, check: Check) -> None:
    commit(here, wide=4)
    write(here, wide="input: 8x8x3\nparameters: {w: 4}\nlayers: [conv3-w]\n")
    outcome = check("wide.yaml", "--baseline", "git:HEAD", "--set", "w=2", "--max", "params=1M")
    assert outcome.exit == 0
    assert "wide.yaml w=2 at HEAD: there is no parameter `w` to set" in outcome.stderr


# --- repositories of other kinds --------------------------------------------------------------------------------------


def test_a_shallow_clone_has_what_it_has(here: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = here.parent / "clone"
    run(here.parent, "clone", "--quiet", "--depth", "1", here.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    write(clone, net=9)
    assert check.moved("net.yaml", "--baseline", "git:HEAD")["params"] == (params(8), params(9), "exceeded")
    outcome = check("net.yaml", "--baseline", "git:HEAD~1")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "shallow" in outcome.stderr


def test_a_worktree_is_a_repository(here: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = here.parent / "tree"
    run(here, "worktree", "add", "--quiet", str(tree), "HEAD~1")
    monkeypatch.chdir(tree)
    assert check.moved("net.yaml", "--baseline", "git:main")["params"] == (params(8), params(4), "ok")


def test_a_folder_below_the_root_is_as_good(here: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(here, deep__net=4)
    write(here, deep__net=5)
    monkeypatch.chdir(here / "deep")
    assert check.moved("net.yaml", "--baseline", "git:HEAD")["params"] == (params(4), params(5), "exceeded")


@pytest.mark.parametrize("specs", [["net.yaml"], ["a.yaml", "b.yaml", "net.yaml"]])
def test_outside_of_any_repository_is_one_error(tmp_path: Path, check: Check, specs: list[str]) -> None:
    write(tmp_path, net=4, a=1, b=2)
    outcome = check(*specs, "--baseline", "git:main")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert outcome.stderr.count("error: ") == 1
    assert "repository" in outcome.stderr


def test_a_wrong_revision_is_one_error_however_many_specs_there_are(here: Path, check: Check) -> None:
    write(here, **{f"n{i}": i for i in range(1, 30)})
    outcome = check("n*.yaml", "--baseline", "git:nosuch")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert outcome.stderr.count("error: ") == 1
    assert "there is no revision nosuch" in outcome.stderr


def test_what_git_does_not_say_is_no_new_spec(here: Path, check: Check) -> None:
    """The object is gone, as in a clone that has not fetched it: that may not pass as if there had been nothing."""
    name = run(here, "rev-parse", "HEAD:net.yaml").strip()
    (here / ".git/objects" / name[:2] / name[2:]).unlink()
    outcome = check("net.yaml", "--baseline", "git:HEAD", "--max", "params=1M")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "error: " in outcome.stderr


def test_no_git_is_said(here: Path, check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = check("net.yaml", "--baseline", "git:HEAD")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "git" in outcome.stderr


@pytest.mark.parametrize(
    ("baseline", "said"),
    [("git:HEAD:net.yaml", "is one file of it"), ("git:", "names no revision")],
)
def test_a_baseline_is_a_revision_and_nothing_else(here: Path, check: Check, baseline: str, said: str) -> None:
    outcome = check("net.yaml", "--baseline", baseline)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert said in outcome.stderr


def test_what_is_no_file_can_not_be_looked_up(here: Path, check: Check) -> None:
    outcome = check("vgg16", "--baseline", "git:HEAD")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "vgg16 is not a file" in outcome.stderr


# --- with a file of budgets -------------------------------------------------------------------------------------------


def test_a_file_of_budgets_names_a_revision(here: Path, check: Check) -> None:
    commit(here, budgets="baseline: git:HEAD~1\nbudgets:\n  - {spec: net.yaml, params: 1M}\n")
    assert check().exit == 0
    write(here, net=9)
    outcome = check()
    assert outcome.exit == 1
    assert f"params was {params(8)} and is {params(9)}" in outcome.stdout


def test_small_steps_pass_a_relative_limit_and_the_ceiling_stops_them(here: Path, check: Check) -> None:
    """Each step is one filter more, at most 1/50 of what there was, and is committed before the next."""
    limits = f"budget: {{params: {{max: {params(54)}, change: +2%}}}}\n"
    commit(here, net=limits + "input: 8x8x3\nlayers: [conv3-50]\n")
    statuses = []
    free = [f"--allow={metric}=any" for metric in ("macs", "flops", "activations", "output")]
    for filters in range(51, 56):
        write(here, net=limits + f"input: 8x8x3\nlayers: [conv3-{filters}]\n")
        statuses.append(check("net.yaml", "--baseline", "git:HEAD", *free).exit)
        commit(here)
    assert statuses == [0, 0, 0, 0, 1]


def test_two_hundred_specs_start_git_a_few_times(here: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(here, **{f"n{i}": 4 for i in range(200)})
    calls = here.parent / "calls"
    fake = here.parent / "bin"
    fake.mkdir()
    real = shutil.which("git")
    (fake / "git").write_text(f'#!/bin/sh\necho call >> "{calls}"\nexec "{real}" "$@"\n', encoding="utf-8")
    (fake / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}{os.pathsep}{os.environ['PATH']}")
    assert check("n*.yaml", "--baseline", "git:HEAD", "--quiet").exit == 0
    assert 0 < len(calls.read_text(encoding="utf-8").splitlines()) < 10
