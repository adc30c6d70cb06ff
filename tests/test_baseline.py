"""Baselines: what `cnncalc baseline write` stores, stable, mergeable and taken back as it was; what is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import golden
import pytest
import zoo
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples

import cnncalc
from cnncalc.errors import SpecError
from cnncalc.guard.baseline import metrics, stored, text
from cnncalc.language.tree import read
from cnncalc.network.metrics import METRICS, measures
from cnncalc.place import Source

WIDE = "input: 8x8x3\nlayers: [{{conv: {0}, kernel: 1}}, relu]\n"


class Here:
    """A repository of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    @property
    def stored(self) -> str:
        """The text of the baseline."""
        return (self.folder / "baseline.yaml").read_bytes().decode()

    def write(self, **files: str) -> None:
        """Files by their stems: YAML all of them."""
        for stem, content in files.items():
            (self.folder / f"{stem}.yaml").write_text(content, encoding="utf-8")

    def run(self, *arguments: str, stdin: str = "") -> golden.Outcome:
        """Run a command."""
        return golden.run(arguments, self._monkeypatch, self._capsys, stdin)

    def baseline(self, *specs: str) -> str:
        """Write a baseline; its text."""
        found = self.run("baseline", "write", *specs)
        assert (found.exit, found.stdout) == (0, ""), found.stderr
        return self.stored

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git, as somebody without any settings."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        who = {
            f"GIT_{role}_{what}": f"{role}@example.com"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        env = {**own, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "HOME": str(self.folder)}
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CNNCALC_TRACEBACK", "1")
    return Here(folder, monkeypatch, capsys)


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_a_baseline_is_what_arithmetic_says(here: Here) -> None:
    here.write(net=WIDE.format(16))
    params, macs, values = 3 * 16 + 16, 8 * 8 * 3 * 16, 8 * 8 * 3 + 8 * 8 * 16
    assert here.baseline("net.yaml") == (
        "# The metrics of each spec: written by `cnncalc baseline write`, compared by `cnncalc check --baseline`.\n"
        "schema: 1\n"
        "specs:\n"
        "  net.yaml:\n"
        f"    activation_bytes: {4 * values}\n"
        f"    activations: {values}\n"
        "    biases: 16\n"
        "    buffers: 0\n"
        "    depth: 1\n"
        f"    flops: {2 * macs + 8 * 8 * 16 + 8 * 8 * 16}\n"
        "    jump: 1x1\n"
        "    layers: 2\n"
        f"    macs: {macs}\n"
        "    nonlinearities: 1\n"
        "    output: 8x8x16\n"
        f"    params: {params}\n"
        "    receptive_field: 1x1\n"
        "    receptive_field_smallest: 1x1\n"
        "    receptive_field_ungated: 1x1\n"
        f"    weight_bytes: {4 * params}\n"
        f"    weights: {3 * 16}\n"
    )


def test_every_metric_is_in_it_on_a_line_of_its_own_and_in_order(here: Here) -> None:
    here.write(b=WIDE.format(2), a=WIDE.format(1), C=WIDE.format(3))
    lines = here.baseline("b.yaml", "a.yaml", "C.yaml", "vgg16", "8x8x3: conv3-4").splitlines()[3:]
    keys = [line.strip(' ":') for line in lines if not line.startswith("    ")]
    assert keys == ["8x8x3: conv3-4", "C.yaml", "a.yaml", "b.yaml", "vgg16"]
    assert len(lines) == len(keys) * (1 + len(METRICS))
    for start in range(0, len(lines), 1 + len(METRICS)):
        own = [line.partition(":")[0].strip() for line in lines[start + 1 : start + 1 + len(METRICS)]]
        assert own == sorted(METRICS)


def test_the_same_specs_make_the_same_bytes(here: Here) -> None:
    names = ["vgg16", "resnet50", "a.yaml", "b.yaml"]
    here.write(a=WIDE.format(1), b=WIDE.format(2))
    first = here.baseline(*names)
    assert here.baseline(*names) == first
    assert here.baseline(*reversed(names)) == first
    (here.folder / "baseline.yaml").unlink()
    assert here.baseline(*reversed(names)) == first
    for seed in ("0", "1"):
        subprocess.run(
            [sys.executable, "-m", "cnncalc", "baseline", "write", *names, "-o", f"{seed}.yaml"],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
            check=True,
            capture_output=True,
        )
        assert (here.folder / f"{seed}.yaml").read_bytes().decode() == first


def test_the_same_spec_under_other_names_is_one(here: Here) -> None:
    (here.folder / "nets").mkdir()
    (here.folder / "nets/a.yaml").write_text(WIDE.format(1))
    (here.folder / "link.yaml").symlink_to("nets/a.yaml")
    first = here.baseline("nets/a.yaml")
    assert here.baseline("./nets/../nets/a.yaml", "nets/*.yaml", "link.yaml", str(here.folder / "nets/a.yaml")) == first
    assert here.baseline("vgg16").count("vgg16") == 1
    assert here.baseline("vgg16.yaml").count("vgg16") == 1


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "unet", "googlenet", "mobilenet_v2", "alexnet", "lenet5"])
def test_what_is_read_back_is_what_the_network_comes_to(name: str, here: Here) -> None:
    here.baseline(name)
    back = stored(read(here.stored, Source("baseline.yaml")), "baseline.yaml")
    network = cnncalc.load(name)
    expected = measures(network)
    assert back.entries == {name: expected}
    assert here.run("check", name, "--baseline", "baseline.yaml", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    "names", [pytest.param(sorted(zoo.FEW), id="few"), pytest.param(zoo.NAMES, id="all", marks=pytest.mark.whole_zoo)]
)
def test_every_built_in_spec_holds_to_its_own_baseline(names: list[str], here: Here) -> None:
    here.baseline(*names)
    found = here.run("check", *names, "--baseline", "baseline.yaml", "--quiet")
    assert found == (0, "", "")


# --- reading equals writing -------------------------------------------------------------------------------------------

COUNTS = st.integers(0, 10**40) | st.integers(0, 10**999 - 1)
EXTENTS = st.lists(st.fractions(min_value=0, max_value=10**6) | COUNTS, min_size=1, max_size=3)
VOLUMES = st.lists(st.lists(COUNTS, min_size=1, max_size=4).map(tuple), min_size=1, max_size=4).map(tuple)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "count": COUNTS,
    "bytes": COUNTS,
    "extents": st.none() | EXTENTS.map(tuple),
    "volume": VOLUMES,
}
KEYS = (
    st.text(max_size=60)
    | st.text(min_size=100, max_size=3000)
    | st.sampled_from(["null", "~", "true", "No", "1", "- a"])
)


def whole(value: Any) -> Any:
    """Fractions that are whole numbers as such."""
    if isinstance(value, tuple):
        return tuple(map(whole, value))
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


@given(
    st.dictionaries(
        KEYS.filter(lambda key: key != "<<"),  # which YAML keeps for itself
        st.fixed_dictionaries({}, optional={name: KINDS[metric.kind] for name, metric in METRICS.items()}).filter(bool),
        max_size=4,
    )
)
@settings(max_examples=examples(100))
def test_reading_equals_writing(entries: dict[str, dict[str, Any]]) -> None:
    written = text(entries)
    back = stored(read(written, Source("baseline.yaml", tuple(written.splitlines()))), "baseline.yaml")
    assert back.entries == {key: {name: whole(value) for name, value in own.items()} for key, own in entries.items()}
    assert text(back.entries) == written
    assert written.encode().decode() == written


@pytest.mark.parametrize(
    "name",
    [
        "a: b.yaml",
        "a #b.yaml",
        "'a'.yaml",
        '"a".yaml',
        "\\a.yaml",
        "ä漢😀.yaml",
        "a\nb.yaml",
        "\x1b[31m.yaml",
        " .yaml",
        "-.yaml",
    ],
)
def test_any_name_of_a_file_is_a_key(name: str, here: Here) -> None:
    (here.folder / name).write_text(WIDE.format(1))
    written = here.baseline(f"./{name}")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", written)
    assert here.run("check", f"./{name}", "--baseline", "baseline.yaml", "-q") == (0, "", "")
    (here.folder / name).write_text(WIDE.format(2))
    found = here.run("check", f"./{name}", "--baseline", "baseline.yaml")
    assert found.exit == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", found.stdout)


def test_a_name_that_is_no_utf_8_is_a_key(here: Here) -> None:
    path = os.fsdecode(os.fsencode(here.folder) + b"/\xff.yaml")
    Path(path).write_text(WIDE.format(1))
    here.baseline(path)
    for kind in ("text", "json", "markdown", "github", "junit", "sarif", "gitlab"):
        found = here.run("check", path, "--baseline", "baseline.yaml", "--max", "params=1", "-f", kind)
        assert (found.exit, found.stderr) == (1, ""), kind
        assert here.run("check", path, "--max", "params=1", "-f", kind, "-o", "report").exit == 1, kind


def test_numbers_beyond_any_use_are_refused_and_not_stored(here: Here) -> None:
    """Strides multiply: a hundred of 10¹² are a jump of 10¹²⁰⁰."""
    spec = f"1x1x1: (conv1-1/{10**12})*100"
    found = here.run("baseline", "write", spec)
    assert (found.exit, found.stdout) == (2, "")
    assert "has more than 1,000 digits" in found.stderr
    assert not (here.folder / "baseline.yaml").exists()
    assert here.baseline(f"1x1x1: (conv1-1/{10**12})*80")
    assert here.run("check", f"1x1x1: (conv1-1/{10**12})*80", "--baseline", "baseline.yaml", "-q").exit == 0


# --- merging ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(here: Here) -> Here:
    """A git repository with four specs, their budgets, and their baseline."""
    (here.folder / ".git").rmdir()
    assert here.git("init", "--quiet", "--initial-branch=main").returncode == 0
    here.write(**{stem: WIDE.format(4) for stem in "abcd"}, budgets="- {spec: '[a-z].yaml', params: 1M}\n")
    here.baseline()
    commit(here, "begin")
    return here


def commit(here: Here, message: str) -> None:
    assert here.git("add", "--all").returncode == 0
    done = here.git("commit", "--quiet", "--message", message)
    assert done.returncode == 0, done.stderr


def branch(here: Here, name: str, **specs: str) -> None:
    """A branch from main on which specs are other, or new, and the baseline is rewritten."""
    assert here.git("switch", "--quiet", "--create", name, "main").returncode == 0
    here.write(**specs)
    here.baseline()
    commit(here, name)


DEEPER = "input: 9x9x5\nlayers: [{conv: 7, kernel: 3}, batchnorm, relu, {maxpool: 2}, fc-9]\n"
"""Another network in every metric."""


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("a", "d")])
def test_branches_that_change_two_specs_merge(one: str, other: str, repository: Here) -> None:
    branch(repository, "one", **{one: DEEPER})
    branch(repository, "other", **{other: DEEPER})
    before = repository.stored
    done = repository.git("merge", "--quiet", "--no-edit", "one")
    assert done.returncode == 0, done.stdout
    merged = repository.stored
    assert merged != before
    assert merged == repository.baseline()
    assert repository.run("check", "--baseline", "baseline.yaml", "--quiet") == (0, "", "")


def test_every_metric_of_the_two_networks_differs(here: Here) -> None:
    """Or the merges above would prove less than they say."""
    first, second = (measures(cnncalc.load(spec)) for spec in (WIDE.format(4), DEEPER))
    same = [name for name in METRICS if first[name] == second[name]]
    assert same == ["nonlinearities"]


def test_a_branch_that_adds_a_spec_and_one_that_changes_another_merge(repository: Here) -> None:
    branch(repository, "one", bb=DEEPER, budgets="- {spec: ['[a-z].yaml', bb.yaml], params: 1M}\n")
    branch(repository, "other", c=DEEPER, a=DEEPER)
    assert repository.git("merge", "--quiet", "--no-edit", "one").returncode == 0
    assert repository.stored == repository.baseline("bb.yaml")


def test_branches_that_change_the_same_spec_are_in_conflict_and_the_file_is_refused_till_it_is_settled(
    repository: Here,
) -> None:
    branch(repository, "one", a=WIDE.format(5))
    branch(repository, "other", a=WIDE.format(6))
    assert repository.git("merge", "--quiet", "--no-edit", "one").returncode == 1
    assert "<<<<<<<" in repository.stored
    found = repository.run("check", "b.yaml", "--baseline", "baseline.yaml")
    assert (found.exit, found.stdout) == (2, "")
    assert "baseline.yaml:" in found.stderr


# --- what stays, and nothing half-written -----------------------------------------------------------------------------


def test_writing_a_spec_leaves_the_others(here: Here) -> None:
    here.write(a=WIDE.format(1), b=WIDE.format(2), c=WIDE.format(3))
    here.baseline("a.yaml", "b.yaml")
    here.write(a=WIDE.format(7), b=WIDE.format(8))
    lines = here.baseline("b.yaml", "c.yaml").splitlines()
    weights = dict(
        zip((x.strip(" :") for x in lines if x.endswith("yaml:")), (x for x in lines if " weights" in x), strict=True)
    )
    assert weights == {
        "a.yaml": f"    weights: {3 * 1}",
        "b.yaml": f"    weights: {3 * 8}",
        "c.yaml": f"    weights: {3 * 3}",
    }


def test_without_a_spec_only_what_the_file_of_budgets_names_stays(here: Here) -> None:
    here.write(a=WIDE.format(1), b=WIDE.format(2), budgets="- {spec: b.yaml, params: 1k}\n")
    assert "a.yaml" in here.baseline("a.yaml")
    written = here.baseline()
    assert ("a.yaml" in written, "b.yaml" in written) == (False, True)


def test_settings_type_and_batch_are_part_of_the_key(here: Here) -> None:
    here.write(a="input: 8x8x3\nparameters: {width: 4}\nlayers: [{conv: width, kernel: 1}]\n")
    found = here.run("baseline", "write", "a.yaml", "--set", "width=2*8", "--dtype", "int8", "--batch", "3")
    assert (found.exit, found.stderr) == (0, "1 spec written to baseline.yaml\n")
    assert '  "a.yaml width=2*8 int8 batch=3":\n' in here.stored
    assert f"    weights: {3 * 2 * 8}\n" in here.stored
    assert f"    activation_bytes: {3 * (8 * 8 * 3 + 8 * 8 * 16)}\n" in here.stored


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (["a.yaml", "broken.yaml"], "the spec has no `input`"),
        (["a.yaml", "nosuch.yaml"], "there is no file and no built-in spec called nosuch.yaml"),
        (["a.yaml", "HxWx3: conv3-4"], "HxWx3: conv3-4 has no number for macs"),
        (["a.yaml", "no*.yaml"], "no file fits no*.yaml"),
    ],
)
def test_one_wrong_spec_of_several_leaves_the_file_as_it_was(specs: list[str], message: str, here: Here) -> None:
    here.write(a=WIDE.format(1), broken="layers: [conv3-4]\n")
    before = here.baseline("a.yaml")
    here.write(a=WIDE.format(2))
    found = here.run("baseline", "write", *specs)
    assert (found.exit, found.stdout) == (2, "")
    assert message in found.stderr
    assert here.stored == before
    assert sorted(os.listdir(here.folder)) == [".git", "a.yaml", "baseline.yaml", "broken.yaml"]


def test_a_disk_that_is_full_leaves_the_file_as_it_was(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write(a=WIDE.format(1))
    before = here.baseline("a.yaml")
    here.write(a=WIDE.format(2))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    found = here.run("baseline", "write", "a.yaml")
    assert found.exit == 2
    assert "baseline.yaml cannot be written: no space left on device" in found.stderr
    assert here.stored == before
    assert sorted(os.listdir(here.folder)) == [".git", "a.yaml", "baseline.yaml"]


@pytest.mark.parametrize("target", ["a.yaml", "budgets.yaml", "notes.txt"])
def test_a_file_that_is_no_baseline_is_not_added_to(target: str, here: Here) -> None:
    here.write(a=WIDE.format(1), budgets="- {spec: a.yaml, params: 1k}\n")
    (here.folder / "notes.txt").write_text("by hand\n")
    before = (here.folder / target).read_text()
    found = here.run("baseline", "write", "a.yaml", "-o", target)
    assert found.exit == 2
    assert f"{target} is not a baseline" in found.stderr
    assert (here.folder / target).read_text() == before


@pytest.mark.parametrize("target", ["sub", "no/such/folder.yaml", "n" * 5000, "\udcff" * 300])
def test_a_place_that_can_not_be_written_is_a_clean_error(target: str, here: Here) -> None:
    here.write(a=WIDE.format(1))
    (here.folder / "sub").mkdir()
    found = here.run("baseline", "write", "a.yaml", "-o", target)
    assert found.exit == 2
    assert "cannot be written" in found.stderr
    assert sorted(os.listdir(here.folder)) == [".git", "a.yaml", "sub"]


def test_a_link_to_a_baseline_is_written_through(here: Here) -> None:
    here.write(a=WIDE.format(1))
    (here.folder / "stored").mkdir()
    (here.folder / "baseline.yaml").symlink_to("stored/real.yaml")
    (here.folder / "stored/real.yaml").write_text("schema: 1\nspecs: {}\n")
    assert "a.yaml" in here.baseline("a.yaml")
    assert (here.folder / "baseline.yaml").is_symlink()


# --- what is no baseline ----------------------------------------------------------------------------------------------

BAD = {
    "": "is empty",
    "text": "is not a baseline",
    "[]": "is not a baseline",
    "schema: 1": "is not a baseline",
    "specs: {}": "is not a baseline",
    "input: 8x8x3\nlayers: [conv3-4]": "is not a baseline",
    "schema: 2\nspecs: {}": "a baseline of schema 2 is not known",
    "schema: one\nspecs: {}": "a baseline of schema one is not known",
    "schema: [1]\nspecs: {}": "a baseline of schema",
    "schema: 1\nspecs:": "specs must be a mapping, not empty",
    "schema: 1\nspecs: 5": "specs must be a mapping, not 5",
    "schema: 1\nspecs: [a.yaml]": "specs must be a mapping, not [a.yaml]",
    "schema: 1\nspecs: {a.yaml: }": "a.yaml has no metrics",
    "schema: 1\nspecs: {a.yaml: {}}": "a.yaml has no metrics",
    "schema: 1\nspecs: {a.yaml: 5}": "a.yaml has no metrics",
    "schema: 1\nspecs: {a.yaml: [params]}": "a.yaml has no metrics",
    "schema: 1\nspecs: {a.yaml: {params: }}": "is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: -5}}": "-5 is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: 5.0}}": "5.0 is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: 1e3}}": "1e3 is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: 5k}}": "5k is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: true}}": "true is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: [5]}}": "is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: {max: 5}}}": "is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: everything}}": "everything is not a valid params",
    "schema: 1\nspecs: {a.yaml: {params: ٣}}": "٣ is not a valid params",
    "schema: 1\nspecs: {a.yaml: {weight_bytes: 5MiB}}": "5MiB is not a valid weight_bytes",
    "schema: 1\nspecs: {a.yaml: {receptive_field: 5.5}}": "5.5 is not a valid receptive_field",
    "schema: 1\nspecs: {a.yaml: {receptive_field: '5x5, 7x7'}}": "5x5, 7x7 is not a valid receptive_field",
    "schema: 1\nspecs: {a.yaml: {receptive_field: 5x}}": "5x is not a valid receptive_field",
    "schema: 1\nspecs: {a.yaml: {jump: 1/0}}": "1/0 is not a valid jump",
    "schema: 1\nspecs: {a.yaml: {jump: [1, 1]}}": "is not a valid jump",
    "schema: 1\nspecs: {a.yaml: {output: everything}}": "everything is not a valid output",
    "schema: 1\nspecs: {a.yaml: {output: 1x1xC}}": "1x1xC is not a valid output",
    "schema: 1\nspecs: {a.yaml: {output: '1x1x10,'}}": "is not a valid output",
    "schema: 1\nspecs: {a.yaml: {params: 5, params: 6}}": "`params` is given twice",
    "schema: 1\nspecs: {a.yaml: {params: 5}, a.yaml: {params: 6}}": "`a.yaml` is given twice",
    "schema: 1\nspecs: {a.yaml: {params: 5}": "close the bracket",
    "schema: 1\nspecs: !!python/name:os.system {}": "the tag",
    "schema: 1\nspecs: &a {a.yaml: *a}": "refers to itself",
    f"schema: 1\nspecs: {{a.yaml: {{params: {'9' * 31}}}}}": "is a number of 31 digits",
    f"schema: 1\nspecs: {{a.yaml: {{params: '{'9' * 1001}'}}}}": "is not a valid params",
    "schema: 1\n<<<<<<< ours\nspecs: {}": "is not valid YAML",
}


@pytest.mark.parametrize(("content", "message"), BAD.items(), ids=range(len(BAD)))
def test_what_is_no_baseline_is_refused_with_its_place(content: str, message: str, here: Here) -> None:
    here.write(a=WIDE.format(1), baseline=f"{content}\n")
    for command in (["check", "a.yaml", "--baseline", "baseline.yaml"], ["baseline", "write", "a.yaml"]):
        found = here.run(*command)
        assert (found.exit, found.stdout) == (2, ""), command
        assert message in found.stderr
        assert "  help: " in found.stderr
        assert "--> baseline.yaml:" in found.stderr or message == "is empty"
        assert here.stored == f"{content}\n"


def test_all_that_is_wrong_is_said_in_one_go(here: Here) -> None:
    here.write(a=WIDE.format(1), baseline="schema: 1\nspecs:\n  a.yaml: {params: x, parms: 5}\n  b.yaml: 5\n")
    found = here.run("check", "a.yaml", "--baseline", "baseline.yaml")
    assert re.findall(r"baseline\.yaml:(\d+):(\d+)", found.stderr) == [("3", "20"), ("3", "23"), ("4", "11")]


@pytest.mark.parametrize("name", ["nosuch.yaml", ".", "n" * 5000, "a\x00b"])
def test_a_baseline_that_is_not_there_is_a_clean_error(name: str, here: Here) -> None:
    here.write(a=WIDE.format(1))
    found = here.run("check", "a.yaml", "--baseline", name)
    assert (found.exit, found.stdout) == (2, "")
    assert "there is no baseline" in found.stderr
    assert "help: `cnncalc baseline write` makes one" in found.stderr


def test_a_baseline_is_data(here: Here) -> None:
    """A bomb of aliases is counted, not built."""
    lines = ["schema: 1", "specs:", "  a0: &a0 {params: 1, macs: 1}"]
    lines += [f"  a{i}: &a{i} {{{', '.join(f'{name}: *a{i - 1}' for name in METRICS)}}}" for i in range(1, 9)]
    here.write(a=WIDE.format(1), baseline="\n".join(lines) + "\n")
    found = here.run("check", "a.yaml", "--baseline", "baseline.yaml")
    assert (found.exit, found.stdout) == (2, "")
    assert len(found.stderr) < 10_000


def test_a_metric_that_the_baseline_lacks_is_not_guarded_and_one_that_a_limit_names_is_new(here: Here) -> None:
    here.write(a=WIDE.format(2), baseline="schema: 1\nspecs: {a.yaml: {macs: 1}}\n")
    found = here.run("check", "a.yaml", "--baseline", "baseline.yaml")
    assert re.findall(r"error: (\w+) was 1 and is", found.stdout) == ["macs"]


def test_a_network_is_stored_from_python_with_symbols_refused() -> None:
    with pytest.raises(SpecError, match="has no number for macs"):
        metrics(cnncalc.load("HxWx3: conv3-4"))
