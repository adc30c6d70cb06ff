"""What one sees first: the pages of help, and the questions. Every example runs, and every line fits in 80 columns."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import golden
import pytest
import typer.main

import docs
from cnncalc.commands import COMMANDS, app
from cnncalc.commands.front import GROUPS

Run = Callable[..., golden.Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process, piped."""
    return lambda *arguments: golden.run(arguments, monkeypatch, capsys)


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, also of those below others; first those of none."""
    command = command or typer.main.get_command(app)
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


ALL = list(commands())


def examples(text: str) -> list[str]:
    """The commands in a text."""
    return re.findall(r"^ *\$ (cnncalc .+)$", text, re.MULTILINE)


# --- help ------------------------------------------------------------------------------------------------------------


def test_every_command_is_in_one_group() -> None:
    listed = [name for names in GROUPS.values() for name in names]
    assert list(COMMANDS) == listed
    assert sorted({path[0] for path in ALL if path}) == sorted(listed)


def test_the_list_has_the_groups_and_one_whole_line_a_command(run: Run) -> None:
    page = run("--help").stdout
    for title, names in GROUPS.items():
        block = page.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in block.splitlines()] == list(names)
        assert all(re.fullmatch(r"  [a-z]+ +[A-Z].+\.", line) and "..." not in line for line in block.splitlines())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_page_fits_and_has_examples_on_lines_of_their_own(path: tuple[str, ...], run: Run) -> None:
    done = run(*path, "--help")
    assert (done.exit, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert 1 <= len(examples(done.stdout)) <= 2
    assert run(*path, "-h") == run("help", *path) == done


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_example_runs(path: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a repository with what `init --budgets` writes."""
    monkeypatch.chdir(tmp_path)
    assert run("init", "--budgets").exit == 0
    for words in ("init -b main", "add .", "-c user.name=n -c user.email=e commit -m m"):
        subprocess.run(["git", *words.split()], check=True, capture_output=True)
    for example in examples(run(*path, "--help").stdout):
        words = shlex.split(example)[1:]
        assert words[: len(path)] == list(path) or not path
        if words[:2] != ["init", "--like"]:
            outcome = run(*words)
            assert (outcome.exit, outcome.stderr if outcome.exit else "") == (0, ""), example


def test_the_first_page_points_at_the_others(run: Run) -> None:
    said = " ".join(run("--help").stdout.split())
    assert "cnncalc help COMMAND" in said
    assert "cnncalc questions" in said


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_has_a_letter(option: str, run: Run) -> None:
    assert run(option) == (0, "0.1.0\n", "")


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("vgg16", "vgg16"),
        ("vgg16.yaml", "vgg16.yaml"),
        ("net.yaml", "net.yaml"),
        ("my net.yaml", "'my net.yaml'"),
        ("32x32x3: conv3-16 relu", "'32x32x3: conv3-16 relu'"),
        ("git:main:net.yaml", "git:main:net.yaml"),
        ("-", "-"),
    ],
)
def test_a_word_that_is_a_spec_is_told_its_command(
    word: str, typed: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("net.yaml", "my net.yaml"):
        (tmp_path / name).write_text("input: 8x8x3\nlayers: [relu]\n")
    for words in ([word], [word, "--formulas"], ["help", word]):
        message = f"error: {word} is a spec and not a command\n  help: try `cnncalc summarize {typed}`\n"
        assert run(*words) == (2, "", message)


def test_other_words_are_told_the_command_that_is_near(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sumarize").mkdir()
    for word in ("sumarize", "chek", "nonesuch.yaml"):
        done = run(word)
        assert (done.exit, done.stdout) == (2, "")
        assert f"No such command '{word}'" in done.stderr
    assert "Did you mean 'check'" in run("chek").stderr


# --- questions -------------------------------------------------------------------------------------------------------

PAGE = (docs.ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
TITLES = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)


def test_all_the_questions_of_the_page_are_listed_each_with_a_command_of_it(run: Run) -> None:
    lines = run("questions").stdout.splitlines()
    assert [line[4:] for line in lines if re.match(r" ?\d+  ", line)] == TITLES
    assert len(TITLES) == 15
    shown = examples("\n".join(lines))
    assert len(shown) == 15
    assert not [command for command in shown if " | " in command]
    assert all(f"$ {command}" in PAGE for command in shown)
    for number, command in enumerate(shown, 1):
        file = re.search(r"\w+\.yaml", command)
        assert (f"    # {file and file[0]} is in the answer: cnncalc questions {number}" in lines) == bool(file)


@pytest.mark.parametrize("number", range(1, 16))
def test_an_answer_has_all_that_the_page_has(number: int, run: Run) -> None:
    body = PAGE.split("\n## ")[number]
    title, _, text = body.partition("\n")
    done = run("questions", str(number))
    assert (done.exit, done.stdout.partition("\n")[0], done.stderr) == (0, title, "")
    told = done.stdout.removeprefix(title)
    for block in docs.blocks(text):
        shown = "\n".join(f"  {line}".rstrip() for line in block.lines)
        assert shown in told
        told = told.replace(shown, "", 1)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", prose).replace("**", "").replace("*can*", "can")
    assert told.split() == prose.split()


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["227"], [7]),
        (["dilation"], [10]),
        (["1x1"], [3]),
        (["3×3"], [8]),
        (["VGG", "Memory"], [9]),
        (["c3"], [11]),
        (["lenet"], [11, 12]),
        (["cost"], [2, 4, 15]),
        (["Maxout"], [5]),
        (["0"], [10]),
    ],
)
def test_words_find_questions(words: list[str], numbers: list[int], run: Run) -> None:
    said = run("questions", *words).stdout
    if len(numbers) == 1:
        assert said.startswith(f"{TITLES[numbers[0] - 1]}\n\n")
    else:
        assert [int(found) for found in re.findall(r"^ ?(\d+)  ", said, re.MULTILINE)] == numbers


def test_words_of_no_question(run: Run) -> None:
    assert run("questions", "quantum", "foam") == (
        2,
        "",
        "error: no question has quantum foam\n  help: `cnncalc questions` lists them all\n",
    )


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("words", [[], ["2"], ["3"], ["8"], ["15"]], ids=" ".join)
def test_on_a_terminal_nothing_is_wider_than_it(words: list[str], width: int, tmp_path: Path) -> None:
    drawn = golden.on_terminal(["questions", *words], width, tmp_path)
    assert max(map(golden.cells, drawn.text.splitlines())) <= width


def test_a_command_that_is_broken_in_two_is_one_to_a_shell(tmp_path: Path) -> None:
    lines = golden.on_terminal(["questions", "2"], 80, tmp_path).text.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("  $ "))
    assert lines[start].endswith(" \\")
    typed = lines[start][4:-1] + lines[start + 1]
    assert shlex.split(typed)[:6] == shlex.split("cnncalc compare kinds.yaml --set kind=per_map --set")
    assert "kind=all" in shlex.split(typed)
