"""Whatever stands in a budgets file, in a baseline, or in a name: a verdict or a clean error, in bounded time.

Nothing outside the repository is read, and no name steers a terminal, a workflow or a comment.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import golden
import pytest
import test_machines as machines
import yaml
from bounds import bounded
from fuzz import HOSTILE_VALUES, VALID_BUDGETS, bad_budgets, judge_budgets, spots
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import examples
from test_hostile import bomb, little_memory

import cnncalc
from cnncalc.commands.showing import REVIEWS as FORMATS
from cnncalc.errors import NOTED, SHOWN
from cnncalc.guard import subjects
from cnncalc.network.counts import Sizing
from cnncalc.sources import files

NET = "input: 8x8x3\nlayers: [conv3-4]\n"
PARAMS = 3 * 3 * 3 * 4 + 4
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Here:
    """A repository of its own, in a folder that is not."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def write(self, name: str, text: str = NET) -> Path:
        """A file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return path

    def check(self, *arguments: str) -> golden.Outcome:
        """Run `cnncalc check`: regardless, soon and in little memory."""
        with bounded(), little_memory():
            found = golden.run(["check", *arguments], self._monkeypatch, self._capsys)
        assert found.exit in (0, 1, 2)
        assert len(found.stderr) < 20_000, "an error longer than a page"
        assert not CONTROLS.search(found.stdout + found.stderr)
        return found

    def budgets(self, text: str, *arguments: str) -> golden.Outcome:
        """Check what a budgets file says."""
        self.write("budgets.yaml", text)
        return self.check(*arguments)

    def refused(self, text: str) -> str:
        """The messages of a budgets file that must be refused."""
        found = self.budgets(text)
        assert (found.exit, found.stdout) == (2, "")
        return found.stderr


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    folder = tmp_path / "outside" / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CNNCALC_TRACEBACK", "1")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    found = Here(folder, monkeypatch, capfd)
    found.write("net.yaml")
    return found


# --- many of everything -----------------------------------------------------------------------------------------------

MANY = 99_999
"""As many entries of a spec and a limit as a YAML text may hold."""


def test_a_hundred_thousand_entries_for_one_spec(here: Here) -> None:
    found = here.budgets("".join(f"- {{spec: net.yaml, params: {PARAMS + n}}}\n" for n in range(MANY)), "-q")
    assert found == (0, "", "")


def test_a_spec_that_is_beyond_thousands_of_limits(here: Here) -> None:
    text = "".join(f"- {{spec: net.yaml, params: {PARAMS - n % 2}}}\n" for n in range(MANY // 10))
    found = here.budgets(text, "-f", "markdown").stdout
    assert "4,999 of 9,999 limits broken" in found
    assert len(found) < 65_536


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("- {{spec: net{}.yaml, params: 1k}}", "there is no file and no built-in spec called net0.yaml"),
        ("- {{spec: '**/net{}*', params: 1k}}", "no file fits **/net0*"),
        ("- {{spec: '**/*/**/*{}', params: 1k}}", "no file fits **/*/**/*0"),
        ("- {{spec: net.yaml, params: {}x}}", "there is no unit `x`"),
        ("- {{spec: net.yaml, nosuch{}: 1k}}", "there is no metric `nosuch0`"),
        ("- {}", "an entry is a mapping"),
        ("- {{spec: [], batch: {}}}", "`spec` takes a path"),
    ],
)
def test_thousands_of_slips_are_counted_and_not_all_looked_for(line: str, message: str, here: Here) -> None:
    for folder in range(20):
        here.write(f"deep/{folder}/er/net.txt")
    report = here.refused("".join(line.format(n) + "\n" for n in range(MANY // 50)))
    assert report.startswith(f"error: {message}") or message in report
    assert report.endswith(f"… and {NOTED - SHOWN} more\n")  # and not all there are


def test_more_specs_than_anybody_has_are_refused(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [f"- {{spec: net.yaml, params: 1k, batch: {n + 1}}}\n" for n in range(101)]
    monkeypatch.setattr(subjects, "MOST_SPECS", 100)
    assert here.budgets("".join(batches[:100]), "-q").exit == 0
    assert "that is more than 100 specs" in here.refused("".join(batches))


def test_ten_thousand_specs_are_taken() -> None:
    several = [subjects.Subject("net.yaml", "net.yaml", sizing=Sizing("float32", n + 1)) for n in range(10_001)]
    assert subjects.joined(several[1:]) == several[1:]
    with pytest.raises(cnncalc.SpecError, match="that is more than 10,000 specs"):
        subjects.joined(several)


def test_entries_that_name_the_same_files_again_and_again_are_refused(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(30):
        here.write(f"nets/{n}.yaml")
    monkeypatch.setattr(subjects, "MOST_NAMED", 1000)
    assert here.budgets("- {spec: 'nets/*.yaml', params: 1k}\n" * 33, "-q").exit == 0
    assert "name more than 1,000 specs" in here.refused("- {spec: 'nets/*.yaml', params: 1k}\n" * 34)


def test_many_patterns_of_layers(here: Here) -> None:
    text = "- spec: net.yaml\n  layers:\n" + "".join(f"    '{'*[!x]' * 20}{n}': {{macs: 1M}}\n" for n in range(500))
    assert "no layer of net.yaml fits" in here.refused(text)


@pytest.mark.parametrize("piece", ["*a", "?", "[a", "[a]", "[!", "[]", "*[!a]", "[a-z]", "**", "\\"])
@pytest.mark.parametrize("place", ["layers", "spec"])
def test_long_patterns(piece: str, place: str, here: Here) -> None:
    pattern = json.dumps(piece * 100_000)
    if place == "layers":
        report = here.refused(f"- spec: net.yaml\n  layers:\n    ? {pattern}\n    : {{macs: 1M}}\n")
        assert "is not a valid pattern of names" in report
    else:
        report = here.refused(f"- {{spec: {pattern}, params: 1k}}\n")
        assert "is not followed" in report or "there is no file" in report


# --- patterns of files ------------------------------------------------------------------------------------------------


def deep(here: Here, across: int, down: int) -> None:
    """A tree of folders."""
    for folder in range(across):
        here.write("/".join([f"f{folder}", *["g"] * down, "net.yaml"]))


@pytest.mark.parametrize(
    "pattern", ["**/" * 500 + "*.yaml", "**/*/" * 14 + "net.yaml", "*/**/" * 10 + "n*", "**/[fg]*/" * 12 + "*.yaml"]
)
def test_stars_upon_stars(pattern: str, here: Here) -> None:
    deep(here, 5, 30)
    found = here.budgets(f"- {{spec: '{pattern}', params: 1k}}\n", "-q")
    assert (found.exit, found.stderr) == (0, "")


@pytest.mark.parametrize("pattern", ["*/../" * 40 + "net.yaml", "*/../*.yaml", "**/g/../net.yaml"])
def test_up_and_down_again_is_refused(pattern: str, here: Here) -> None:
    deep(here, 30, 1)
    assert "is not followed: `..` stands after a wildcard" in here.refused(f"- {{spec: '{pattern}', params: 1k}}\n")


def test_more_names_than_can_be_looked_at_are_refused(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    deep(here, 20, 5)
    monkeypatch.setattr(files, "MOST_LOOKED", 100)
    assert "it would be compared with more than 100 names" in here.refused("- {spec: '**/*.yaml', params: 1k}\n")


def test_a_pattern_of_a_thousand_parts_is_refused(here: Here) -> None:
    assert "it has 1,000 parts" in here.refused(f"- {{spec: '{'*/' * 999}x*', params: 1k}}\n")


def test_links_that_go_round_end(here: Here) -> None:
    (here.folder / "loop").symlink_to(here.folder)
    (here.folder / "self").symlink_to("self")
    (here.folder / "self.yaml").symlink_to("self.yaml")
    found = here.budgets("- {spec: '**/*.yaml', params: 1k}\n", "-f", "json")
    assert [spec["spec"] for spec in json.loads(found.stdout)["specs"]] == ["net.yaml"]
    assert "no file fits */*/*/*/*/net*" in here.refused("- {spec: '*/*/*/*/*/net*', params: 1k}\n")


def test_a_wildcard_follows_no_link_to_a_folder(here: Here) -> None:
    """A link that the pattern names is followed."""
    here.write(".hidden/net.yaml")
    (here.folder / "link").symlink_to(".hidden")
    found = here.budgets("- {spec: '**/net.yaml', params: 1k}\n", "-f", "json")
    assert [spec["spec"] for spec in json.loads(found.stdout)["specs"]] == ["net.yaml"]
    assert "no file fits */net.yaml" in here.refused("- {spec: '*/net.yaml', params: 1k}\n")
    assert "no file fits */*/net.yaml" in here.refused("- {spec: '*/*/net.yaml', params: 1k}\n")
    found = here.budgets("- {spec: 'link/n*.yaml', params: 1k}\n", "-f", "json")
    assert [spec["spec"] for spec in json.loads(found.stdout)["specs"]] == [".hidden/net.yaml"]


# --- nothing outside of the repository --------------------------------------------------------------------------------


@pytest.fixture
def watched(here: Here, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is opened or listed outside the repository, beside the package and the built-in specs."""
    package = Path(__file__).resolve().parents[1]
    seen: list[str] = []
    inside = (str(here.folder), str(package))

    def note(path: Any) -> None:
        real = os.path.realpath(os.fspath(path))
        if not real.startswith(inside) and not real.endswith("/statm"):  # which the tests themselves read
            seen.append(real)

    scandir, opened = os.scandir, Path.open

    def listing(path: Any = ".") -> Any:
        note(path)
        return scandir(path)

    def opening(self: Path, *arguments: Any, **options: Any) -> Any:
        note(self)
        return opened(self, *arguments, **options)

    monkeypatch.setattr(os, "scandir", listing)
    monkeypatch.setattr(Path, "open", opening)
    yield seen
    assert seen == []


OUTSIDE = {
    "a path above": "../secret.yaml",
    "a path above and back": "../../outside/secret.yaml",
    "a path through a folder": "nets/../../secret.yaml",
    "an absolute path": "{outside}/secret.yaml",
    "a file of the machine": "/etc/hostname",
    "a pattern above": "../*.yaml",
    "a pattern far above": "../../../../../../../../../../../etc/*",
    "a pattern through a folder": "*/../../*.yaml",
    "an absolute pattern": "{outside}/*.yaml",
    "a pattern of the machine": "/**/*.yaml",
    "everything above": "../**/*.yaml",
    "a link to a file": "link.yaml",
    "a link to a folder": "folder/secret.yaml",
    "a pattern in a link to a folder": "folder/*.yaml",
    "a pattern that fits a link to a file": "lin*.yaml",
}


@pytest.mark.parametrize("spec", OUTSIDE.values(), ids=OUTSIDE)
def test_nothing_outside_of_the_repository_is_read(spec: str, here: Here, watched: list[str]) -> None:
    outside = here.folder.parent
    with open(outside / "secret.yaml", "w", encoding="utf-8") as stream:
        stream.write(NET)
    here.write("nets/net.yaml")
    (here.folder / "link.yaml").symlink_to(outside / "secret.yaml")
    (here.folder / "folder").symlink_to(outside)
    report = here.refused(f"- {{spec: '{spec.format(outside=outside)}', params: 1k}}\n")
    assert "the repository" in report
    assert "is outside" in report or "it leads out of" in report


def test_a_link_out_of_the_repository_is_passed_by_where_a_wildcard_stands_for_it(
    here: Here, watched: list[str]
) -> None:
    (here.folder / "folder").symlink_to(here.folder.parent)
    here.write("nets/net.yaml")
    found = here.budgets("- {spec: '*/*.yaml', params: 1k}\n", "-f", "json")
    assert [spec["spec"] for spec in json.loads(found.stdout)["specs"]] == ["nets/net.yaml"]


@pytest.mark.parametrize("baseline", ["../baseline.yaml", "/etc/hostname", "link.yaml", "nets/../../baseline.yaml"])
def test_no_baseline_outside_of_the_repository_is_read(baseline: str, here: Here, watched: list[str]) -> None:
    (here.folder / "nets").mkdir()
    (here.folder / "link.yaml").symlink_to(here.folder.parent / "baseline.yaml")
    report = here.refused(f"baseline: {baseline}\nbudgets: [{{spec: net.yaml, params: 1k}}]\n")
    assert "is outside the repository" in report


def test_without_a_repository_the_folder_of_the_file_is_the_fence(here: Here) -> None:
    (here.folder / ".git").rmdir()
    (here.folder.parent / "secret.yaml").write_text(NET)
    assert "is outside" in here.refused("- {spec: ../secret.yaml, params: 1k}\n")


def test_what_is_asked_for_on_the_command_line_may_stand_anywhere(here: Here) -> None:
    (here.folder.parent / "other.yaml").write_text(NET)
    assert here.check("../other.yaml", "--max", "params=1k", "-q") == (0, "", "")
    assert here.check("../*.yaml", "--max", "params=1k", "-q") == (0, "", "")


def test_what_is_no_regular_file_is_never_opened(here: Here) -> None:
    os.mkfifo(here.folder / "pipe.yaml")
    assert "no file fits pi*" in here.refused("- {spec: 'pi*', params: 1k}\n")
    assert "there is no file" in here.refused("- {spec: pipe.yaml, params: 1k}\n")
    assert "there is no baseline" in here.refused("baseline: pipe.yaml\nbudgets: [{spec: net.yaml}]\n")


# --- names ------------------------------------------------------------------------------------------------------------

NAMES = [
    "a\n::error::b.yaml",
    "::set-env name=x::y.yaml",
    "a\r::warning::b.yaml",
    "\x1b[31mred\x1b[0m.yaml",
    "\x9b2J.yaml",
    "bell\x07.yaml",
    "tab\there.yaml",
    "\u202egnp.yaml",
    "line\u2028end.yaml",
    "<script>alert(1)<&script>.yaml",
    "](https:&evil.example)[.yaml",
    "a | b | c.yaml",
    "`code` *bold* _it_ ~~gone~~ # head.yaml",
    "@everyone #1 !2.yaml",
    "{0} {{x}} %s %(x)s ${y}.yaml",
    '\' OR "1"="1.yaml',
    "%0A%0D::error::.yaml",
    "漢字 é ü 🧠.yaml",
    "&amp; &lt; &#10;.yaml",
    "[bold red]markup[&].yaml",
    " leading and trailing .yaml",
    "-rf.yaml",
    "\udcff\udcfe.yaml",
    "n" * 250 + ".yaml",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
@pytest.mark.parametrize("kind", FORMATS)
def test_no_name_of_a_file_steers_anything(name: str, kind: str, here: Here) -> None:
    (here.folder / "net.yaml").unlink()
    here.write(f"nets/{name}", f"{NET}budget: {{params: {PARAMS - 1}}}\n")
    here.write("nets/other.yaml")
    found = here.budgets("- {spec: 'nets/*', params: 1, layers: {'conv*': {kernel: 1}}}\n", "-f", kind)
    assert (found.exit, found.stderr) == (1, "")
    own = kind == "github"
    commands = list(machines.commands(found.stdout))
    assert bool(commands) == own
    assert {command.name for command in commands} <= {"error"}
    assert len(commands) == (5 if own else 0)
    if kind == "markdown":
        assert "<script" not in found.stdout
        markdown = re.sub("<summary>.*</summary>", "", found.stdout)  # in which no Markdown is read
        assert "](http" not in markdown.replace("\\]", "")
        assert "@everyone" not in found.stdout
        rows = [line.replace("\\|", "") for line in found.stdout.splitlines() if line.startswith("| ")]
        assert {row.count("|") for row in rows} <= {8, 7, 6, 4}
    if kind == "json":
        assert len(json.loads(found.stdout)["specs"]) == 2
    if kind == "junit":
        assert len(machines.xml(found.stdout).findall("testsuite")) == 2
    if kind == "sarif":
        assert len(machines.sarif(found.stdout)["results"]) == 5
    if kind == "gitlab":
        assert len(machines.gitlab(found.stdout)) == 5


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_in_a_message_steers_anything(name: str, here: Here) -> None:
    here.write(f"nets/{name}", "input: 8x8\n")
    quoted = json.dumps(name)
    for text in (
        "- {spec: 'nets/*', params: 1k}\n",
        f"- {{spec: {quoted}, params: 1k}}\n",
        f"- {{spec: {json.dumps(name + '*')}, params: 1k}}\n",
        f"- {{spec: net.yaml, set: {{{quoted}: 1}}, params: 1k}}\n",
        f"- {{spec: net.yaml, set: {{a: {quoted}}}, params: 1k}}\n",
        f"- {{spec: net.yaml, dtype: {quoted}, params: 1k}}\n",
        f"- {{spec: net.yaml, batch: {quoted}, params: 1k}}\n",
        f"- {{spec: net.yaml, {quoted}: 1k}}\n",
        f"- {{spec: net.yaml, params: {quoted}}}\n",
        f"- {{spec: net.yaml, params: {{{quoted}: 1k}}}}\n",
        f"- {{spec: net.yaml, layers: {{{quoted}: {{macs: 1k}}}}}}\n",
        f"- {{spec: net.yaml, layers: {{'*': {{{quoted}: 1k}}}}}}\n",
        f"baseline: {quoted}\nbudgets: [{{spec: net.yaml}}]\n",
        f"{quoted}: []\n",
    ):
        with_escapes = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        found = here.budgets(with_escapes)
        assert (found.exit, found.stdout) == (2, ""), text
        lines = found.stderr.splitlines()
        assert not [line for line in lines if line.lstrip().startswith("::")], found.stderr
        assert all(re.match(r"error: |  --> |  +\d* \| |  help: |$|… and ", line) for line in lines), found.stderr


def test_no_word_of_a_field_steers_anything(here: Here) -> None:
    for word in ("re\\x1b[31mlu", "a\\u202eb", "\\x9b2J", "a\\0b"):
        report = here.refused(f'- {{spec: net.yaml, layers: {{"conv*": {{activation: "{word}"}}}}}}\n')
        assert "a limit is printable text" in report
    for end in ("\\n", "\\r", "\\u2028"):
        found = here.budgets(f'- {{spec: net.yaml, layers: {{"conv*": {{activation: "re{end}::error::lu"}}}}}}\n')
        assert found.exit == 1
        assert not list(machines.commands(found.stdout))


def test_settings_are_shown_on_one_line(here: Here) -> None:
    here.write("net.yaml", "input: 8x8x3\nparameters: {w: 4}\nlayers: [{conv: w, kernel: 1}]\n")
    text = '- {spec: net.yaml, set: {w: "4\\n+ 1\\n"}, params: 1}\n'
    for kind in FORMATS:
        found = here.budgets(text, "-f", kind)
        assert found.exit in (1, 2)
        assert "\n+ 1" not in found.stdout + found.stderr


# --- YAML that bites, and shapes that do not belong -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        bomb(9),
        bomb(9, "net.yaml"),
        bomb(100),
        "- &a {spec: net.yaml, params: *a}\n",
        "- &a [*a]\n",
        "a0: &a0 {max: 1}\n"
        + "".join(f"a{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(9))}}}\n" for n in range(1, 9)),
        "- spec: !!python/object/apply:os.system ['true']\n",
        "- {spec: net.yaml, params: !!python/name:os.system ''}\n",
        "- {spec: net.yaml, <<: {params: 1k}}\n",
        "- {spec: net.yaml, params: 1k, params: 2k}\n",
        "- {spec: net.yaml, params: 1k}\n---\n- {spec: net.yaml}\n",
        "{" * 10_000,
        "[" * 10_000,
        "- " * 10_000,
        "- {spec: net.yaml, params: " + "9" * 1_000_000 + "}\n",
        "- {spec: net.yaml, params: '" + "9" * 1_000_000 + "'}\n",
        "- {spec: net.yaml, params: 1e" + "9" * 1000 + "}\n",
        "a" * 9_000_000,
        "\x00",
        "\ufeff\ufeff",
        "",
        "# nothing\n",
        "- {? [a, b] : 1}\n",
        "- \tspec: net.yaml\n",
        "%YAML 9.9\n---\n- {spec: net.yaml}\n",
    ],
    ids=range(25),
)
def test_yaml_that_bites(text: str, here: Here) -> None:
    assert here.refused(text)


BUDGETS = VALID_BUDGETS[2]


VALUES = [yaml.safe_dump([value], allow_unicode=True, default_flow_style=True, width=10**9) for value in HOSTILE_VALUES]


@pytest.mark.parametrize("place", range(len(list(spots(yaml.safe_load(BUDGETS))))))
def test_any_value_in_any_place(place: int, here: Here) -> None:
    """Every value of a valid file is, one by one, something that does not belong."""
    here.write("baseline.yaml", "schema: 1\nspecs: {net.yaml: {macs: 1}}\n")
    tree = yaml.safe_load(BUDGETS)
    container, key = list(spots(tree))[place]
    container[key] = "HERE"
    before, after = yaml.safe_dump(tree, sort_keys=False).split("HERE")
    for value in VALUES[place % 3 :: 3]:
        here.write("budgets.yaml", before + value.strip()[1:-1] + after)
        found = here.check("-f", "github")
        assert found.stdout or found.stderr or found.exit == 0


FUZZING = settings(max_examples=examples(200), suppress_health_check=list(HealthCheck))


@FUZZING
@given(st.integers(0, 2**32))
def test_generated_budgets_are_read_or_refused(seed: int) -> None:
    import random

    assert judge_budgets(bad_budgets(random.Random(seed))) in ("read", "refused")


@FUZZING
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert judge_budgets(text) in ("read", "refused")


@pytest.mark.parametrize("text", VALID_BUDGETS, ids=range(len(VALID_BUDGETS)))
def test_what_is_broken_was_whole(text: str) -> None:
    assert judge_budgets(text) == "read"
