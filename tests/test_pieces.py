"""What CI systems read: the hooks of pre-commit, the GitHub action, and the recipes that show them in use."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main
import yaml
from bounds import run

import docs
from cnncalc.commands import app, main

ROOT = Path(__file__).parent.parent
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
RECIPES = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group


def unknown(line: str) -> list[str]:
    """What a command line says that there is not: the command, or options of it."""
    words = shlex.split(line)
    assert words[0] == "cnncalc", line
    command = COMMANDS.get(words[1])
    words = words[2:]
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    if command is None:
        return [line]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return [word for word in words if re.match("-+[a-z]", word) and word.partition("=")[0] not in known]


def test_an_option_that_there_is_not_is_noticed() -> None:
    assert unknown("cnncalc check --max=params=5M --format github -q -- net.yaml") == []
    assert unknown("cnncalc baseline write --output new.yaml") == []
    assert unknown("cnncalc check --nonesuch=3 -q") == ["--nonesuch=3"]
    assert unknown("cnncalc nonesuch --max") == ["cnncalc nonesuch --max"]


# --- pre-commit ------------------------------------------------------------------------------------------------------

# What a hook may say (pre-commit.com, "Creating new hooks").
KEYS = {"id", "name", "description", "entry", "language", "types", "files", "pass_filenames", "require_serial"}


def test_there_are_the_two_hooks() -> None:
    assert [hook["id"] for hook in HOOKS] == ["cnncalc-check", "cnncalc-lint"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_is_one_and_runs_a_command_that_there_is(hook: dict[str, Any]) -> None:
    assert {"id", "name", "entry", "language"} <= set(hook) <= KEYS
    assert hook["language"] == "python"
    assert hook["types"] == ["yaml"]
    assert unknown(hook["entry"]) == []
    assert hook["entry"].startswith(hook["name"])
    assert f"id: {hook['id']}" in RECIPES


def test_check_reads_its_file_of_budgets_and_lint_the_files_that_change() -> None:
    check, lint = HOOKS
    assert check["pass_filenames"] is False
    assert "files" not in check
    assert lint.get("pass_filenames", True) is True
    wanted = re.compile(lint["files"])  # searched in the path from the root on
    assert wanted.search("configs/vgg16.yaml")
    assert not wanted.search(".github/workflows/test.yaml")
    assert not wanted.search("docs/configs/x.yaml")


def test_hooks_pass_and_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As pre-commit runs them: in the root of the repository, with the files after the entry."""
    monkeypatch.chdir(tmp_path)
    check, lint = (shlex.split(hook["entry"])[1:] for hook in HOOKS)
    Path("net.yaml").write_text("input: 8x8x3\nlayers: [conv3-8, relu, relu]\n")  # 3·3·3·8 + 8 = 224
    Path("budgets.yaml").write_text("- {spec: net.yaml, params: 224}\n")
    assert main(check) == 0
    assert capsys.readouterr() == ("", "")
    Path("budgets.yaml").write_text("- {spec: net.yaml, params: 223}\n")
    assert main(check) == 1
    assert main([*lint, "net.yaml"]) == 1  # an activation is doubled
    Path("net.yaml").write_text("input: 8x8x3\nlayers: [conv3-8, relu]\n")
    assert main([*lint, "net.yaml"]) == 0


# --- the action, as it is written ------------------------------------------------------------------------------------


def test_every_step_says_its_shell() -> None:
    """GitHub refuses a step of a composite action without."""
    assert ACTION["runs"]["using"] == "composite"
    assert [step["shell"] for step in STEPS] == ["bash"] * len(STEPS)


def test_no_script_holds_an_expression() -> None:
    """An input, a branch or a title is pasted into a script before it is one: it would run what it says."""
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []


def test_every_input_is_used_and_every_one_used_is_there() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", str(STEPS)))
    assert used == set(ACTION["inputs"])
    assert all(len(field["description"]) > 10 for field in ACTION["inputs"].values())


def test_every_variable_of_a_script_is_set() -> None:
    """By the step, by the script, or by GitHub itself."""
    for step in STEPS:
        own = set(re.findall(r"\b(\w+)=", step["run"])) | {"line", "word"}
        runner = {"RUNNER_TEMP", *re.findall(r"\$(GITHUB_\w+)", step["run"])}
        named = set(re.findall(r"\$\{?([A-Za-z]\w*)", step["run"]))
        assert named <= own | runner | set(step["env"])
        assert set(step["env"]) - {"GH_TOKEN"} <= named


def test_every_option_of_the_action_is_one_of_the_command() -> None:
    scripts = "\n".join(step["run"] for step in STEPS)
    lines = [line.replace('"$FOLDER/venv/bin/cnncalc"', "cnncalc") for line in scripts.splitlines()]
    lines = [line.partition("||")[0].strip() for line in lines if line.startswith("cnncalc ")]
    assert [line.split()[1] for line in lines] == ["check", "lint", "check"]
    assert [unknown(line) for line in lines] == [[], [], []]
    added = [f"cnncalc check {option}" for option in re.findall(r"add (--\w+)=", scripts)]
    assert len(added) == 3
    assert [unknown(line) for line in added] == [[], [], []]


# --- the action, as it runs ------------------------------------------------------------------------------------------

PYTHON = """#!/bin/bash
# Stands for a Python that makes an environment and installs into it.
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; exit; fi
printf '%s\\n' "${@: -1}" > "$CALLS/installed"
cp "$CALLS/cnncalc" "$(dirname "$0")/cnncalc"
"""

CNNCALC = f"""#!/bin/sh
exec {shlex.quote(sys.executable)} -m cnncalc "$@"
"""

ALL_HOLDS = """#!/bin/bash
# Stands for cnncalc where only what it is asked matters, and what is made of its answer.
printf '%s\\n' "$@" >> "$CALLS/given"
while [ $# -gt 0 ]; do if [ "$1" = --output ]; then echo "all hold" > "$2"; fi; shift; done
"""

GH = """#!/bin/bash
# Stands for GitHub's command: notes what it is asked, and refuses what $REFUSED says.
printf '%s\\n' "$*" >> "$CALLS/gh"
for word; do case $word in body=@*) cp "${word#body=@}" "$CALLS/body";; esac; done
if [ "$1 $2" = "pr comment" ]; then cp "${@: -1}" "$CALLS/body"; fi
if [ "$1 $2" = "pr view" ]; then printf '%s' "$FOUND"; fi
case "$1 $2" in $REFUSED) echo "gh: Resource not accessible by integration (HTTP 403)" >&2; exit 1;; esac
"""

NET = "input: 32x32x3\nlayers: [conv3-16, relu, maxpool2, fc-10]\n"  # 448 + 40,970 = 41,418 parameters


class Ran(NamedTuple):
    """What a run of the action did: its status, what it printed, the step's summary, what it asked of GitHub."""

    status: int
    printed: str
    summary: str
    asked: list[str]
    body: str


class Job:
    """A job on a runner of GitHub's, with everything of GitHub's faked."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.calls = folder / "calls"
        self.environment = {"found": "", "refused": "nothing"}
        self.number = "7"
        for name in ("work", "calls", "bin", "temp"):
            (folder / name).mkdir()
        for name, text in (("bin/python3", PYTHON), ("bin/gh", GH), ("calls/cnncalc", CNNCALC)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.variables = {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "CALLS": str(self.calls),
            "RUNNER_TEMP": str(folder / "temp"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": "/the/action",
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_REPOSITORY": "owner/nets",
            "GITHUB_WORKFLOW": "networks",
            "GITHUB_JOB": "check",
        }

    def write(self, name: str, text: str) -> None:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def pretend(self) -> None:
        """Have the answer of a check in which all holds, without one."""
        (self.calls / "cnncalc").write_text(ALL_HOLDS)

    def run(self, found: str = "", refused: str = "nothing", **inputs: str) -> Ran:
        """Run the action as GitHub would, with these inputs; `found` is the comment that there is already."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) <= set(ACTION["inputs"])
        values = {f"inputs.{name}": given.get(name, field["default"]) for name, field in ACTION["inputs"].items()}
        values |= {"inputs.token": "secret", "github.event.pull_request.number": self.number}
        for file in ("output", "summary"):
            self.calls.with_name(file).write_text("")
        for file in ("gh", "body"):
            (self.calls / file).unlink(missing_ok=True)
        status, printed = 0, ""
        for step in STEPS:
            if holds(step["if"], values) if "if" in step else not status:
                done = self.step(step, values, {"FOUND": found, "REFUSED": refused})
                status = status or done.returncode
                printed += done.stdout + done.stderr
                if "id" in step:
                    values[f"steps.{step['id']}.outcome"] = "failure" if done.returncode else "success"
                    outputs = self.calls.with_name("output").read_text().splitlines()
                    values |= {
                        f"steps.{step['id']}.outputs.{name}": v for name, _, v in (o.partition("=") for o in outputs)
                    }
        asked = self.calls / "gh"
        body = self.calls / "body"
        return Ran(
            status,
            printed,
            self.calls.with_name("summary").read_text(encoding="utf-8"),
            asked.read_text().splitlines() if asked.exists() else [],
            body.read_text(encoding="utf-8") if body.exists() else "",
        )

    def step(
        self, step: dict[str, Any], values: dict[str, str], fake: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        script = self.calls / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        own = {name: filled(value, values) for name, value in step["env"].items()}
        return run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.work / filled(step.get("working-directory", "."), values),
            env={**self.variables, **fake, **own},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )


def filled(text: str, values: dict[str, str]) -> str:
    """A value of the action with its expressions evaluated."""
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values[found[1]], text)


def holds(condition: str, values: dict[str, str]) -> bool:
    """Is a condition of a step true? It has comparisons with words, and names, with && between."""
    inner = re.fullmatch(r"\$\{\{ *(.*?) *\}\}", condition)
    assert inner is not None
    for part in inner[1].split("&&"):
        name, sign, word = (part.strip() for part in re.fullmatch(r"(\S+) *(==|!=|) *(\S*)", part.strip()).groups())
        if name == "!cancelled()":
            continue
        value = values.get(name, "")
        if not {"==": value == word[1:-1], "!=": value != word[1:-1], "": bool(value)}[sign]:
            return False
    return True


@pytest.fixture
def job(tmp_path: Path) -> Job:
    made = Job(tmp_path)
    made.write("net.yaml", NET)
    made.write("budgets.yaml", "- {spec: net.yaml, params: 50k}\n")
    return made


def test_where_all_holds_it_passes_and_the_summary_says_so(job: Job) -> None:
    ran = job.run()
    assert ran.status == 0
    assert "::" not in ran.printed
    assert "1 spec, 1 limit: all hold" in ran.summary
    assert ran.asked == []
    assert (job.calls / "installed").read_text() == "/the/action\n"


def test_where_a_limit_is_broken_it_fails_with_an_annotation_at_the_line(job: Job) -> None:
    job.write("budgets.yaml", "- {spec: net.yaml, params: 41k}\n")
    ran = job.run(comment="true")
    assert ran.status == 1
    assert "::error file=net.yaml,line=2," in ran.printed
    assert "is 41,418: 418 (1.0 %25) above the limit of 41k" in ran.printed  # 41,418 − 41,000
    assert "41,418" in ran.summary
    assert ran.summary.count("exceeded") == 1
    assert "41,418" in ran.body  # the comment is made although the check has failed


def test_a_comment_is_made_once_and_written_anew_from_then_on(job: Job) -> None:
    first = job.run(comment="true")
    view, comment = first.asked
    mark = first.body.splitlines()[0]
    assert re.fullmatch(r"<!-- cnncalc \d+-\d+ -->", mark)
    assert "all hold" in first.body
    assert view.startswith("pr view 7 --repo owner/nets --json comments --jq ")
    assert mark in view
    assert "viewerDidAuthor" in view  # whoever copies the mark into a comment of theirs keeps it
    assert comment.startswith("pr comment 7 --repo owner/nets --body-file ")
    job.write("budgets.yaml", "- {spec: net.yaml, params: 41k}\n")
    second = job.run(comment="true", found="https://github.com/owner/nets/pull/7#issuecomment-1234\n")
    assert second.asked[0] == view
    assert second.asked[1].startswith(
        "api --silent --method PATCH repos/owner/nets/issues/comments/1234 --field body=@"
    )
    assert len(second.asked) == 2
    assert second.body.splitlines()[0] == mark
    assert "exceeded" in second.body


def test_other_checks_have_comments_of_their_own(job: Job) -> None:
    job.pretend()
    (job.work / "sub").mkdir()
    runs = [job.run(comment="true"), job.run(comment="true", budgets="more.yaml")]
    runs.append(job.run(comment="true", working_directory="sub"))
    job.variables["GITHUB_JOB"] = "other"
    runs.append(job.run(comment="true"))
    assert [ran.status for ran in runs] == [0, 0, 0, 0]
    marks = [ran.body.splitlines()[0] for ran in runs]
    assert len(set(marks)) == 4
    # The revision that is compared with is another one after every merge; the comment stays the same.
    assert job.run(comment="true", args="--max=params=60k").body.splitlines()[0] == marks[3]


def test_where_nothing_changed_nothing_is_said(job: Job) -> None:
    job.write("baseline.yaml", "schema: 1\nspecs:\n  net.yaml: {params: 41418, output: 1x1x10}\n")
    job.write(".git/HEAD", "")
    ran = job.run(comment="true", baseline="baseline.yaml")
    assert (ran.status, ran.summary, ran.body) == (0, "", "")
    assert [line.split(" --")[0] for line in ran.asked] == ["pr view 7"]
    assert "::" not in ran.printed


def test_what_was_said_and_is_no_longer_so_is_taken_back(job: Job) -> None:
    job.write("baseline.yaml", "schema: 1\nspecs:\n  net.yaml: {params: 41418, output: 1x1x10}\n")
    ran = job.run(comment="true", baseline="baseline.yaml", found="https://github.com/owner/nets/pull/7#issuecomment-9")
    assert ran.status == 0
    assert "issues/comments/9" in ran.asked[1]
    assert ran.body.splitlines()[2:] == ["Every limit holds, and nothing changed against the baseline."]


@pytest.mark.parametrize("refused", ["pr\\ view", "pr\\ comment", "*"])
def test_a_fork_that_may_not_comment_does_not_fail(refused: str, job: Job) -> None:
    job.pretend()
    ran = job.run(comment="true", refused=refused.replace("\\", ""))
    assert ran.status == 0
    assert "HTTP 403" in ran.printed
    assert "::notice title=cnncalc::no comment was written" in ran.printed


def test_a_comment_that_may_not_be_written_anew_is_no_failure_either(job: Job) -> None:
    job.pretend()
    ran = job.run(comment="true", refused="api --silent", found="https://github.com/owner/nets/pull/7#issuecomment-9")
    assert (ran.status, "::notice" in ran.printed) == (0, True)


def test_a_fork_fails_where_a_limit_is_broken(job: Job) -> None:
    job.write("budgets.yaml", "- {spec: net.yaml, params: 41k}\n")
    ran = job.run(comment="true", refused="pr comment")
    assert ran.status == 1
    assert "41,418" in ran.summary


def test_a_push_has_no_pull_request_to_comment_on(job: Job) -> None:
    job.pretend()
    job.number = ""
    ran = job.run(comment="true")
    assert (ran.status, ran.asked) == (0, [])


def test_a_wrong_request_fails_and_comments_nothing(job: Job) -> None:
    ran = job.run(comment="true", args="--max=parms=5M")
    assert ran.status == 2
    assert "did you mean `params`?" in ran.printed
    assert ran.asked == []


def test_names_may_have_blanks_and_lines_ends_of_windows(job: Job) -> None:
    job.write("my nets/a b.yaml", NET)
    ran = job.run(specs="  my nets/a b.yaml\r\n\r\nvgg16\r\n", args="--max=params=140M\n--min=depth=2")
    assert ran.status == 0
    assert "2 specs, 4 limits: all hold" in ran.summary


STRANGE = ("$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "'; touch pwned; '", "-o pwned", "--output=pwned")


def test_no_input_is_run(job: Job) -> None:
    inputs = dict.fromkeys(("specs", "budgets", "baseline", "allow", "lint"), "\n".join(STRANGE))
    assert job.run(**inputs, comment="true").status == 2
    assert list(job.work.rglob("*pwned*")) == []
    job.pretend()
    assert job.run(**inputs).status == 0
    options = [f"--{name}={text}" for name in ("budgets", "baseline", "allow") for text in STRANGE]
    check = ["check", "--format", "github", *options, "--", *STRANGE]
    lint = ["lint", "--format", "github", "--", *STRANGE]
    assert (job.calls / "given").read_text().splitlines() == [*check, *lint]


def test_no_folder_is_run(job: Job) -> None:
    (job.work / "$(touch pwned)").mkdir()
    job.write("$(touch pwned)/budgets.yaml", "- {spec: vgg16, params: 140M}\n")
    assert job.run(working_directory="$(touch pwned)", comment="true").status == 0
    assert [path.name for path in job.work.rglob("*pwned*")] == ["$(touch pwned)"]


def test_what_is_linted_is_annotated_and_fails_too(job: Job) -> None:
    job.write("doubled net.yaml", "input: 8x8x3\nlayers:\n  - conv3-8\n  - relu\n  - relu\n")
    assert job.run(lint="net.yaml").status == 0
    ran = job.run(lint="net.yaml\ndoubled net.yaml")
    assert ran.status == 1
    assert "::warning file=doubled net.yaml,line=5," in ran.printed
    assert "doubled" in ran.summary


def test_lint_is_run_although_the_check_has_failed(job: Job) -> None:
    job.write("budgets.yaml", "- {spec: net.yaml, params: 41k}\n")
    job.write("doubled.yaml", "input: 8x8x3\nlayers: [conv3-8, relu, relu]\n")
    ran = job.run(lint="doubled.yaml")
    assert ran.status == 1
    assert "::error" in ran.printed
    assert "::warning" in ran.printed


def test_the_baseline_and_what_may_change_come_through(job: Job) -> None:
    job.write("old.yaml", "schema: 1\nspecs:\n  net.yaml: {params: 41000, macs: 400000, output: 1x1x10}\n")
    assert job.run(baseline="old.yaml").status == 1
    assert job.run(baseline="old.yaml", allow="params=+2%\nmacs=any").status == 0
    assert job.run(baseline="old.yaml", allow="params=+1%\nmacs=any").status == 1  # 41,418 is 1.02 % more


def test_without_a_python_nothing_is_checked(job: Job) -> None:
    ran = job.run(python="nonesuch-python", comment="true", lint="net.yaml")
    assert ran.status == 127
    assert (ran.summary, ran.asked) == ("", [])


# --- the recipes -----------------------------------------------------------------------------------------------------

BLOCKS = list(docs.blocks(RECIPES))
FILES = {block.lines[0].removeprefix("# "): block.text for block in BLOCKS if block.lines[0].startswith("# ")}


def recipe(name: str) -> Any:
    """A file of another program that the recipes show."""
    return yaml.safe_load(FILES[name])


def test_every_command_of_the_recipes_is_one() -> None:
    blocks = "\n".join(block.text for block in BLOCKS if block.language not in ("console", "python"))
    lines = re.findall(r"(?:^|[ /\t])(cnncalc (?:check|lint|baseline|diff)[^'|\n]*)", blocks, re.MULTILINE)
    lines += re.findall(r"`(cnncalc [a-z][^`⇥\n]+)`", RECIPES)
    assert len(lines) > 12
    assert [line for line in lines if unknown(line.rstrip('"'))] == []


def test_files_of_other_programs_must_be_yaml_and_need_not_be_specs() -> None:
    assert docs.checked("```yaml\n# .gitlab-ci.yml\nnetworks: {image: x}\n```\n")[1] == []
    assert len(docs.checked("```yaml\n# .gitlab-ci.yml\nnetworks: {image\n```\n")[1]) == 1
    assert len(docs.checked("```yaml\n# gitlab-ci\nnetworks: {image: x}\n```\n")[1]) == 1


def test_the_recipe_for_the_action_gives_inputs_that_it_has() -> None:
    workflow = recipe(".github/workflows/networks.yml")
    (job,) = workflow["jobs"].values()
    (step,) = (step for step in job["steps"] if step["uses"] == "OWNER/cnncalc@REV")
    assert set(step["with"]) <= set(ACTION["inputs"])
    assert workflow["permissions"]["pull-requests"] == "write"
    assert step["with"]["comment"] == "true"  # what `if` compares with; YAML would make `True` of a bare one
    named = re.findall(r"^\| `([\w-]+)` \|", RECIPES, re.MULTILINE)
    assert named == list(ACTION["inputs"])


def test_the_recipe_for_the_action_runs(job: Job) -> None:
    """On the files that the recipes begin with, in a repository that has them, as GitHub checks out a pull request."""
    for name in ("net.yaml", "budgets.yaml"):
        job.write(name, next(block.text for block in BLOCKS if block.lines[0] == f"# {name}"))
    git = ["git", "-C", str(job.work), "-c", "user.name=n", "-c", "user.email=n@nets.example"]
    for words in ("init -q", "add .", "commit -qm base", "commit -qm change --allow-empty"):
        subprocess.run([*git, *words.split()], check=True, env=job.variables)
    given = next(iter(recipe(".github/workflows/networks.yml")["jobs"].values()))["steps"][1]["with"]
    assert "net.yaml" in job.run(**given).summary  # of lint
    given["lint"] = ""
    ran = job.run(**given)
    assert (ran.status, ran.summary, ran.body) == (0, "", "")  # nothing has changed, and nothing is said
    job.write("net.yaml", NET.replace("16", "17"))  # 17 · 28 + 17·16·16 · 10 + 10 = 44,006 for 41,418: 6.2 % more
    ran = job.run(**given)
    assert ran.status == 1
    assert "::error file=net.yaml" in ran.printed
    assert "44,006" in ran.body
    assert "+2%" in ran.summary


def test_other_recipes_name_what_there_is() -> None:
    hooks = [hook for repo in recipe(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert [hook["id"] for hook in hooks] == [hook["id"] for hook in HOOKS]
    assert re.search(hooks[1]["files"], "net.yaml")
    reports = recipe(".gitlab-ci.yml")["networks"]["artifacts"]["reports"]
    script = "\n".join(recipe(".gitlab-ci.yml")["networks"]["script"])
    assert f"--format gitlab --output {reports['codequality']}" in script
    assert f"--format junit --output {reports['junit']}" in script
    (jenkins,) = (block.text for block in BLOCKS if block.language == "groovy")
    (written,) = re.findall(r"--output (\S+)'", jenkins)
    assert f"junit '{written}'" in jenkins
    assert jenkins.count("{") == jenkins.count("}")


def test_the_recipe_for_make_has_commands_behind_tabs() -> None:
    (block,) = (block for block in BLOCKS if block.language == "make")
    for line in filter(None, block.lines):
        assert re.fullmatch(r"\tcnncalc .*|[\w.]+:( [\w.]+)*", line)


def test_the_driver_for_git_is_the_one_that_diff_explains() -> None:
    other = (ROOT / "docs/diff.md").read_text(encoding="utf-8")
    line = 'git config --global diff.cnncalc.command "cnncalc diff"'
    assert line in RECIPES
    assert line in other
    assert "diff=cnncalc" in RECIPES


def test_the_recipe_for_pytest_passes_and_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)  # it may name a profile of these tests

    def ran() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_networks.py"]
        return run(command, cwd=tmp_path, capture_output=True, text=True)

    (tmp_path / "test_networks.py").write_text(FILES["test_networks.py"])
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "budgets.yaml").write_text("- {spec: net.yaml, params: 50k}\n")
    passed = ran()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    (tmp_path / "budgets.yaml").write_text("- {spec: net.yaml, params: 41k}\n")
    assert ran().returncode == 1


# --- what is installed ------------------------------------------------------------------------------------------------


def test_the_lowest_versions_are_those_that_are_allowed() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    allowed = re.search(r"^dependencies = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert allowed
    bounds = re.findall(r'"([A-Za-z]+)>=([\d.]+)"', allowed[1])
    lowest = (ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8")
    assert bounds == re.findall(r"^([A-Za-z]+)==([\d.]+)$", lowest, re.MULTILINE)
    assert len(bounds) == allowed[1].count("\n")


def test_types_are_shipped_as_the_classifier_says() -> None:
    assert '"Typing :: Typed"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert (ROOT / "cnncalc" / "py.typed").is_file()
