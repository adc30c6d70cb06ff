"""What shells are told when they ask: the right words, for every command, and never anything but words."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rich  # noqa: F401  # answering keeps it from being imported; other tests of this process need it
import typer.main
from bounds import run

from cnncalc.analysis.rules import RULES
from cnncalc.commands import app, main

CONFIGS = Path(__file__).parent.parent / "configs"
BUILT_IN = sorted(path.stem for path in CONFIGS.glob("**/*.yaml"))
NET = "input: 8x8x3\nparameters: {width: 4, act: '\"$(x)\"'}\nlayers: [{conv: width, kernel: 3, name: first}, relu]\n"
METRICS = {"weights", "biases", "params", "buffers", "macs", "flops", "activations", "layers", "depth"}
METRICS |= {"activation_bytes", "weight_bytes", "receptive_field", "output"}

Ask = Callable[..., list[str]]


def bash(*words: str, place: int | None = None) -> dict[str, str]:
    """What bash sets when it asks for the last word: one word a line."""
    number = len(words) - 1 if place is None else place
    return {"_CNNCALC_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(number)}


def zsh(line: str) -> dict[str, str]:
    return {"_CNNCALC_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}


def fish(line: str, action: str = "get-args") -> dict[str, str]:
    return {
        "_CNNCALC_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": action,
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[dict[str, str]], Any]:
    """Answer in this process: the status, what was printed, and what was said beside it."""

    def ask(environment: dict[str, str]) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        status = main([])
        return status, *capsys.readouterr()

    return ask


@pytest.fixture
def ask(asked: Callable[[dict[str, str]], Any]) -> Ask:
    """The candidates that bash gets for the last of these words."""

    def candidates(*words: str) -> list[str]:
        status, printed, said = asked(bash("cnncalc", *words))
        assert (status, said) == (0, "")
        return [line for line in printed.splitlines() if line]

    return candidates


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- every command ---------------------------------------------------------------------------------------------------


def parameters() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every parameter of every command."""
    commands = [((), typer.main.get_command(app))]
    while commands:
        path, command = commands.pop()
        inner = getattr(command, "commands", {})
        commands += [((*path, name), found) for name, found in inner.items()]
        if path:
            yield from ((path, parameter) for parameter in command.params if parameter.name != "help")


def named(word: str) -> list[Any]:
    """The parameters of that metavar or of that option: how to come to them, and their texts of help."""
    found = []
    for path, parameter in parameters():
        option = next((name for name in parameter.opts if name.startswith("--")), "")
        if word in (parameter.metavar, option):
            words = (*path, option) if option else path
            found.append(pytest.param(words, parameter.help or "", id=" ".join(words)))
    return found


def test_there_are_parameters_to_complete() -> None:
    assert len(named("SPEC")) >= 8
    assert len(named("--format")) >= 9
    assert [len(named(f"--{word}")) for word in ("max", "min", "equals", "allow", "select", "ignore")] == [1] * 6


@pytest.mark.parametrize(("words", "help_"), [*named("SPEC"), *named("OLD NEW")])
def test_every_command_that_takes_a_spec_completes_one(words: tuple[str, ...], help_: str, ask: Ask) -> None:
    assert ask(*words, "lenet") == ["lenet5"]


@pytest.mark.parametrize(("words", "help_"), [*named("--format"), *named("--sort"), *named("--dtype")])
def test_options_that_take_words_complete_those_that_the_help_names(
    words: tuple[str, ...], help_: str, ask: Ask
) -> None:
    if help_ == "The number type for byte counts.":
        help_ = "float64, float32, bfloat16, float16, float8, int8, int4."
    listed = help_.partition(";")[0].rpartition(": ")[2].replace("(the default)", "")
    assert sorted(ask(*words, "")) == sorted(set(re.findall(r"\w+", listed)) - {"or", "By"})


@pytest.mark.parametrize(
    ("words", "help_"), [*named("--max"), *named("--min"), *named("--equals"), *named("METRIC=CHANGE")]
)
def test_metrics_come_with_the_sign_that_follows_them(words: tuple[str, ...], help_: str, ask: Ask) -> None:
    found = ask(*words, "")
    assert all(word.endswith("=") for word in found)
    assert {word.removesuffix("=") for word in found} >= METRICS


@pytest.mark.parametrize(("words", "help_"), named("NAME=VALUE"))
def test_parameters_are_those_of_the_spec_that_has_been_typed(words: tuple[str, ...], help_: str, ask: Ask) -> None:
    *path, option = words
    assert ask(*path, "mobilenet_v2", option, "") == ["width=", "classes="]  # as configs/mobilenet_v2.yaml has them
    assert ask(*path, option, "") == []


@pytest.mark.parametrize(("words", "help_"), [*named("RULE"), *named("RULES")])
def test_rules_are_completed_by_code_and_by_name(words: tuple[str, ...], help_: str, ask: Ask) -> None:
    assert ask(*words, "CNN101") == ["CNN101"]
    assert ask(*words, "floored-f") == ["floored-fraction"]
    assert len(ask(*words, "")) == 2 * len(RULES) >= 2 * 18


def test_the_commands_of_the_first_page_complete_their_words(ask: Ask, folder: Path) -> None:
    assert ask("help", "sch") == ["schema"]
    assert {"init", "questions", "help"} <= set(ask("")) == set(ask("help", ""))
    assert ask("init", "--like", "") == ["vgg", "resnet", "mobilenet", "unet", "blank"]
    (folder / "net.yaml").write_text(NET)
    assert ask("init", "n") == ["net.yaml"]
    assert ask("init", "--budgets", "") == ["net.yaml"]


@pytest.mark.parametrize(("words", "help_"), [*named("--budgets"), *named("--baseline")])
def test_files_are_no_built_in_specs(words: tuple[str, ...], help_: str, ask: Ask, folder: Path) -> None:
    (folder / "lenet.yaml").touch()
    assert ask(*words, "lenet") == ["lenet.yaml"]


def test_lists_with_commas_go_on_with_what_is_not_in_them_yet(ask: Ask) -> None:
    assert ask("summarize", "--columns", "na") == ["name"]
    assert ask("summarize", "--columns", "name,out") == ["name,output"]
    assert ask("summarize", "--columns", "name,nam") == []
    assert ask("summarize", "--columns", "al") == ["all"]
    assert ask("summarize", "--columns", "name,al") == []
    assert ask("lint", "--select", "CNN101,CNN102") == ["CNN101,CNN102"]
    assert ask("lint", "--select", "CNN101,CNN101") == []


def test_layers_are_those_of_the_spec_that_has_been_typed(ask: Ask, folder: Path) -> None:
    (folder / "net.yaml").write_text(NET)
    assert ask("explain", "net.yaml", "") == ["first", "relu1"]
    assert ask("explain", "net.yaml", "--from", "f") == ["first"]
    assert ask("explain", "alexnet", "conv") == [f"conv{number}" for number in (1, 2, 3, 4, 5)]  # it has five
    (folder / "broken.yaml").write_text("input: [")
    assert ask("explain", "broken.yaml", "") == []


def test_layer_types_are_completed(ask: Ask) -> None:
    assert ask("layers", "depth") == ["depthwise_conv"]
    assert ask("layers", "fc") == ["fc"]


def test_commands_and_options_are_completed_too(ask: Ask) -> None:
    assert ask("sum") == ["summarize"]
    assert {"summarize", "explain", "compare", "check", "diff", "lint", "baseline", "zoo"} <= set(ask(""))
    assert ask("baseline", "wr") == ["write"]
    assert ask("check", "--eq") == ["--equals"]


# --- files -----------------------------------------------------------------------------------------------------------


def test_specs_are_yaml_files_folders_and_built_in_specs(ask: Ask, folder: Path) -> None:
    for name in ("vggish.yaml", "vggs.yml", "vgg.txt", ".vgg.yaml"):
        (folder / name).touch()
    (folder / "vggdir").mkdir()
    assert ask("check", "vgg") == [
        "vggdir/",
        "vggish.yaml",
        "vggs.yml",
        *(name for name in BUILT_IN if name.startswith("vgg")),
    ]
    assert ask("check", ".v") == [".vgg.yaml"]
    assert ".vgg.yaml" not in ask("check", "")
    assert ask("check", "nonesuch") == []


def test_a_folder_that_is_left_alone_is_looked_into(ask: Ask, folder: Path) -> None:
    """Bash and zsh put a blank after the only candidate, and nobody could go on from `nets/ `."""
    (folder / "nets/deep").mkdir(parents=True)
    (folder / "hollow").mkdir()
    for name in ("a.yaml", "b.yaml"):
        (folder / "nets/deep" / name).touch()
    assert ask("check", "ne") == ["nets/deep/a.yaml", "nets/deep/b.yaml"]
    assert ask("check", "./ne") == ["./nets/deep/a.yaml", "./nets/deep/b.yaml"]
    assert ask("check", "nets/deep/a") == ["nets/deep/a.yaml"]
    assert ask("check", f"{folder}/nets/deep/b") == [f"{folder}/nets/deep/b.yaml"]
    assert ask("check", "hollow") == []
    (folder / "nets/c.yaml").touch()
    assert ask("check", "nets/") == ["nets/c.yaml", "nets/deep/"]


def test_folders_in_each_other_without_end_come_to_one(ask: Ask, folder: Path) -> None:
    (folder / "turn").symlink_to(folder)
    (word,) = ask("check", "--budgets", "tu")
    assert re.fullmatch("(turn/)+", word)


UNSAFE = (
    "$(touch x)",
    "`touch x`",
    '\\");touch x;#',
    "'; touch x",
    "a&b",
    "a|b",
    "a*b",
    "a?b",
    "a[b",
    "a\nb",
    "a\x1bb",
)


@pytest.mark.parametrize("name", [*UNSAFE, "a:b", "a=b", "~b", "-b"])
def test_names_that_a_shell_could_misread_are_not_offered(name: str, folder: Path, asked: Callable[..., Any]) -> None:
    """Scripts of completion evaluate what they are given: a file in a strange repository must not become a command."""
    name = name.replace("/", "")
    (folder / f"{name}.yaml").touch()
    (folder / name).mkdir()
    (folder / "fine.yaml").touch()
    for environment in (bash("cnncalc", "check", "--budgets", ""), zsh("cnncalc check --budgets ")):
        printed = asked(environment)[1]
        assert "fine.yaml" in printed
        assert name not in printed
        assert "touch" not in printed


def test_defaults_of_parameters_are_not_offered_where_a_shell_could_misread_them(ask: Ask, folder: Path) -> None:
    (folder / "net.yaml").write_text(NET)
    assert ask("summarize", "net.yaml", "--set", "a") == ["act=", "act=VALUE"]
    assert ask("summarize", "net.yaml", "--set", "w") == ["width=", "width=4"]


def test_blanks_are_escaped_for_bash_and_for_nobody_else(folder: Path, asked: Callable[..., Any]) -> None:
    (folder / "my net.yaml").touch()
    assert asked(bash("cnncalc", "check", "my"))[1] == "my\\ net.yaml\n"
    assert asked(bash("cnncalc", "check", "my\\ n"))[1] == "my\\ net.yaml\n"
    assert asked(bash("cnncalc", "check", '"my n'))[1] == "my net.yaml\n"  # bash closes the quotes itself
    assert asked(bash("cnncalc", "check", "'my n"))[1] == "my net.yaml\n"
    assert '"my net.yaml"' in asked(zsh("cnncalc check my\\ n"))[1]
    assert asked(fish("cnncalc check my\\ n"))[1] == "my net.yaml\n"


# --- the sign of equality --------------------------------------------------------------------------------------------


def test_the_only_name_has_an_example_beside_it_and_no_shell_puts_a_blank_behind_the_sign(ask: Ask) -> None:
    assert ask("check", "--max", "par") == ["params=", "params=140M"]
    assert ask("check", "--min", "jum") == ["jump=", "jump=212"]
    assert ask("check", "--allow", "par") == ["params=", "params=+2%"]


def examples(option: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What stands beside each metric when it is the only one that is left."""
    alone = [found for name in ask("check", option, "") if len(found := ask("check", option, name[:-1])) == 2]
    monkeypatch.delenv("_CNNCALC_COMPLETE")
    assert len(alone) > 10
    assert all(example.startswith(name) for name, example in alone)
    return [example for _, example in alone]


@pytest.mark.parametrize("option", ["--max", "--min", "--equals"])
def test_examples_are_limits(option: str, ask: Ask, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for example in examples(option, ask, monkeypatch):
        assert main(["check", "alexnet", option, example]) in (0, 1)


def test_examples_are_allowances(ask: Ask, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    found = examples("--allow", ask, monkeypatch)
    assert main(["baseline", "write", "alexnet"]) == 0
    for example in found:
        assert main(["check", "alexnet", "--baseline", "baseline.yaml", "--allow", example]) == 0


def test_behind_the_sign_there_is_nothing_to_complete(ask: Ask) -> None:
    assert ask("check", "--max", "params", "=") == []
    assert ask("check", "--max", "params", "=", "1") == []


def test_what_bash_takes_apart_is_put_together(ask: Ask, folder: Path) -> None:
    """Bash cuts words at `=` and `:`, and counts the pieces."""
    (folder / "net.yaml").write_text(NET)
    assert ask("check", "--max", "=", "par") == ["params=", "params=140M"]
    assert ask("check", "--format", "=") == ask("check", "--format", "")
    assert ask("summarize", "--set", "width", "=", "3", "lenet") == ["lenet5"]
    assert ask("explain", "--set", "width", "=", "3", "net.yaml", "f") == ["first"]
    assert ask("explain", "git", ":", "main", ":", "net.yaml", "--format", "js") == ["json"]


# --- odd questions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environment",
    [
        {"_CNNCALC_COMPLETE": "complete_bash"},
        {"_CNNCALC_COMPLETE": "complete_zsh"},
        {"_CNNCALC_COMPLETE": "1"},
        {"_CNNCALC_COMPLETE": "nonesuch_bash"},
        {"_CNNCALC_COMPLETE": "complete_nonesuch"},
        {"_CNNCALC_COMPLETE": "complete_bash", "COMP_WORDS": "cnncalc check ", "COMP_CWORD": "x"},
        {"_CNNCALC_COMPLETE": "complete_bash", "COMP_WORDS": "", "COMP_CWORD": "0"},
        bash("cnncalc", "check", "vgg", place=70),
        bash("cnncalc", "check", "vgg", place=-70),
        bash("cnncalc", "check", '"'),
        bash("cnncalc", "check", "'a", "b"),
        bash("cnncalc", "check", "a\\"),
        bash("cnncalc", "nonesuch", "vgg"),
        bash("cnncalc", "baseline", "nonesuch", "vgg"),
        bash("cnncalc", "check", "--nonesuch", "vgg"),
        bash("cnncalc", "check", "--batch", "many", "--dtype", "none", "vgg"),
        bash("cnncalc", "--version", "check", "vgg"),
        bash("cnncalc", "check", "\x00".replace("\x00", "\x01"), "vgg"),
        bash("cnncalc", "check", "n" * 5000 + "/"),
        bash("cnncalc", "check", "nets/../../../../../../../../nonesuch/"),
        bash("cnncalc", "explain", "broken.yaml", ""),
        bash("cnncalc", "summarize", "broken.yaml", "--set", ""),
        bash("cnncalc", "explain", "-", ""),
        bash("cnncalc", "explain", "pipe.yaml", ""),
        bash("=", "="),
        bash("cnncalc", "=", ":", "="),
        zsh('cnncalc check "my'),
        zsh("cnncalc check $(touch x) `touch x` "),
        fish("cnncalc check --max=", "is-args"),
        fish("cnncalc check", "nonesuch"),
    ],
    ids=repr,
)
def test_odd_questions_are_answered_in_silence(
    environment: dict[str, str], asked: Callable[..., Any], folder: Path
) -> None:
    (folder / "broken.yaml").write_text("input: [\nlayers: {")
    os.mkfifo(folder / "pipe.yaml")
    status, printed, said = asked(environment)
    assert said == ""
    assert status in (0, 1)
    assert not re.search(r"(?i)error|traceback|fault|\d+\.\d+", printed)


def test_a_folder_that_may_not_be_read_is_empty(ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "nets").mkdir()

    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refused)
    assert ask("check", "nets/") == []
    assert ask("check", "lenet") == ["lenet5"]


def test_without_the_question_nothing_is_different(asked: Callable[..., Any]) -> None:
    status, printed, said = asked({"_CNNCALC_COMPLETE": "", "COMP_WORDS": "cnncalc check vgg", "COMP_CWORD": "2"})
    assert (status, said.partition("\n")[0], printed == "") != (0, "", True)
    assert "Usage" in printed + said


# --- shells ----------------------------------------------------------------------------------------------------------


def process(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Ask a process of its own."""
    return run(
        [sys.executable, *options, "-m", "cnncalc"],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_zsh_and_fish_are_told_what_words_mean(asked: Callable[..., Any]) -> None:
    assert '"params=":"weights and biases"' in asked(zsh("cnncalc check --max "))[1]
    assert "params=\tweights and biases\n" in asked(fish("cnncalc check --max "))[1]
    assert "CNN101" in asked(zsh("cnncalc lint --select "))[1]


def test_fish_is_told_whether_there_is_anything() -> None:
    assert process(fish("cnncalc check --max ", "is-args")).returncode == 0
    assert process(fish("cnncalc check nonesuch", "is-args")).returncode == 1


@pytest.mark.parametrize(
    "environment",
    [
        bash("cnncalc", "check", "vg"),
        zsh("cnncalc check --max "),
        zsh("cnncalc lint --select "),
        fish("cnncalc summarize --columns "),
        bash("cnncalc", "explain", "vgg16", ""),
    ],
    ids=repr,
)
def test_nothing_heavy_is_imported_for_an_answer(environment: dict[str, str]) -> None:
    done = process(environment, "-X", "importtime")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 5
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time")}
    assert {"typer", "cnncalc.commands.completion"} <= loaded
    assert not {name.partition(".")[0] for name in loaded} & {"rich", "sympy", "numpy"}
    commands = {name for name in loaded if re.fullmatch(r"cnncalc\.commands\.(summarize|compare|check|lint|zoo)", name)}
    asked_for = next(value for name, value in environment.items() if name in ("COMP_WORDS", "_TYPER_COMPLETE_ARGS"))
    assert commands <= {f"cnncalc.commands.{asked_for.split()[1]}"}


def test_bash_itself_completes_with_the_script_that_the_command_prints(folder: Path) -> None:
    """The generated function, as bash calls it: with the words cut at `=`, and the answer in COMPREPLY."""
    (folder / "my net.yaml").touch()
    (folder / "cnncalc").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cnncalc "$@"\n')
    (folder / "cnncalc").chmod(0o755)
    script = """
eval "$(cnncalc --show-completion bash)"
complete -p cnncalc
reply() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cnncalc_completion cnncalc
    printf '<%s>' "${COMPREPLY[@]}"; echo
}
reply cnncalc check vgg16_
reply cnncalc check --max par
reply cnncalc check --max = par
reply cnncalc summarize --set width = 3 --format js
reply cnncalc check my
reply cnncalc lint --select CNN101
reply cnncalc check nonesuch
"""
    done = run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    first, *replies = done.stdout.splitlines()
    assert first.startswith("complete ")
    assert "_cnncalc_completion" in first
    assert replies == [
        "<vgg16_bn><vgg16_c>",
        "<params=><params=140M>",
        "<params=><params=140M>",
        "<json>",
        "<my\\ net.yaml>",
        "<CNN101>",
        "<>",
    ]
