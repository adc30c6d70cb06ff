"""Wrong specs and wrong requests: the whole message is pinned, and what must hold of every message is checked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import golden
import pytest

from cnncalc.errors import SHOWN

NO_HELP = {
    "check_format": "what is taken is said in the message",
    "option_batch": "what is taken is said in the message",
    "option_depth": "what is taken is said in the message",
    "option_format": "what is taken is said in the message",
    "value_is_a_fraction": "what is taken is said in the message",
    "value_is_too_small": "what is taken is said in the message",
    "several_problems": "one of them is a value too small",
}
"""Cases with a problem that needs no help line, and why."""

CASES = golden.cases("errors")
_outcomes: dict[str, golden.Outcome] = {}


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> golden.Case:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def outcome(
    case: golden.Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> golden.Outcome:
    """What the command of a case does; it is run once."""
    if case.name not in _outcomes:
        _outcomes[case.name] = golden.run_case(case, tmp_path, monkeypatch, capsys)
    return _outcomes[case.name]


def test_the_message_is_as_recorded(case: golden.Case, outcome: golden.Outcome, update_golden: bool) -> None:
    golden.hold(case, outcome, update_golden)


def test_a_wrong_request_is_answered_with_2_and_nothing_on_standard_output(outcome: golden.Outcome) -> None:
    assert outcome.exit == 2
    assert outcome.stdout == ""
    assert outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_every_slip_is_one_message_with_its_place(case: golden.Case, outcome: golden.Outcome) -> None:
    shown = golden.problems(outcome.stderr)
    assert [problem.marked for problem in shown] == case.marks, outcome.stderr


def test_line_and_column_are_where_the_marked_text_begins(case: golden.Case, outcome: golden.Outcome) -> None:
    sources = {name: text.split("\n") for name, text in case.files.items()}
    sources["standard input"] = sources.get("stdin", [])
    sources["notation"] = case.command[-1:]
    for problem in golden.problems(outcome.stderr):
        if problem.marked and not problem.source.startswith("set "):
            assert problem.source in sources, f"no source is called {problem.source}"
            text = sources[problem.source][problem.line - 1][problem.column - 1 :]
            flat = text.replace("\t", " ")
            assert flat.startswith(problem.marked.rstrip("…").replace("\t", " ")), text


def test_every_message_has_a_way_out(case: golden.Case, outcome: golden.Outcome) -> None:
    helps = [problem.help for problem in golden.problems(outcome.stderr)]
    if case.name in NO_HELP:
        assert not all(helps), f"{case.name} no longer needs its exemption: {NO_HELP[case.name]}"
    else:
        assert all(helps), outcome.stderr


def test_messages_are_in_house_style(outcome: golden.Outcome) -> None:
    for problem in golden.problems(outcome.stderr):
        assert not problem.message[0].isupper() or not problem.message[1].islower(), "begins with a capital"
        assert not problem.message.endswith("."), "ends with a full stop"
        assert "  " not in problem.message
        assert "None" not in problem.message + problem.help, "Python shows through"
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", outcome.stderr), "a control character reaches the terminal"
    assert max(map(golden.cells, outcome.stderr.split("\n"))) <= 220


def test_the_known_are_still_there() -> None:
    assert set(NO_HELP) <= {case.name for case in CASES}


# --- what one file can not show ---------------------------------------------------------------------------------------


def refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """The messages of a spec that must be refused."""
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    outcome = golden.run(["summarize", "net.yaml"], monkeypatch, capsys)
    assert (outcome.exit, outcome.stdout) == (2, "")
    return outcome.stderr


def test_many_problems_are_counted_and_not_all_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    many = SHOWN + 7
    text = "input: 32x32x3\nlayers:\n" + "".join(f"  - {{conv: 8, kernal: {n}}}\n" for n in range(many))
    stderr = refused(text, tmp_path, monkeypatch, capsys)
    assert stderr.count("error: ") == SHOWN
    assert stderr.rstrip().endswith("7 more")


def test_a_file_of_another_kind_is_no_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.yaml").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    monkeypatch.chdir(tmp_path)
    outcome = golden.run(["summarize", "net.yaml"], monkeypatch, capsys)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "net.yaml" in outcome.stderr
    assert "UTF-8" in outcome.stderr


def test_a_model_of_a_framework_is_no_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    monkeypatch.chdir(tmp_path)
    for name, why in (("net.h5", "net.h5 is not UTF-8 text"), ("net.onnx", "there is no file")):
        said = golden.run(["summarize", name], monkeypatch, capsys).stderr
        assert why in said
        assert "this reads specs in YAML, and no models of a framework" in said


def test_a_folder_is_no_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path)
    for command in ("summarize", "lint"):
        said = golden.run([command, "specs"], monkeypatch, capsys).stderr
        assert said == ("error: specs is a folder\n  help: name a spec in it; `check` and `lint` take 'specs/*.yaml'\n")


def test_an_escape_in_a_name_on_the_command_line_is_shown_and_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = golden.run(["summarize", "\x1b[31mred"], monkeypatch, capsys)
    assert outcome.exit == 2
    assert "\x1b" not in outcome.stderr
    assert "red" in outcome.stderr


@pytest.mark.parametrize(
    ("given", "in_message"),
    [(["nonesuch"], "nonesuch"), (["summarize", "vgg16", "--nonesuch"], "--nonesuch"), (["summarize"], "SPEC")],
)
def test_a_wrong_command_line_is_answered_with_2(
    given: list[str], in_message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = golden.run(given, monkeypatch, capsys)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert in_message in outcome.stderr


def test_messages_reach_a_terminal_that_only_knows_ascii(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("input: 7x7x512\nlayers:\n  - {conv: 8, kernel: 9}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "summarize", "net.yaml"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"kernel 9x9 is larger than its 7x7x512 input" in done.stderr.replace(b"?", b"x")
