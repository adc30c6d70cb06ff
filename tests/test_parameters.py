"""Arguments and options are read without pydantic where typer lets us, and the same way where it does not."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import golden
import pytest
from bounds import run
from typer.core import TyperOption

from cnncalc.commands import parameters

CALLS = [
    ["summarize", "vgg16", "--depth", "1", "--batch", "2", "--set", "classes=10", "--set", "width=32"],
    ["explain", "vgg16", "conv1_1"],
    ["check", "8x8x3: conv3-4", "--max", "params=112", "--max", "macs=1"],
    ["layers", "conv"],
    ["baseline", "write", "lenet5", "-o", "kept.yaml"],
    ["summarize", "-h"],
    ["--version"],
    [],
]


def answer(call: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    ran = golden.run(call, monkeypatch, capsys)
    return ran.exit, ran.stdout, ran.stderr


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_where_typer_reads_values_itself_commands_answer_the_same(
    call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A later version may not ask a parameter for its reader; nothing but time is lost then."""
    monkeypatch.chdir(tmp_path)
    ours = answer(call, monkeypatch, capsys)
    monkeypatch.setattr(parameters, "_READERS", {})
    assert answer(call, monkeypatch, capsys) == ours


@pytest.mark.parametrize("value", ["x", "1.5", "", "1e3", "--3"])
def test_what_is_not_a_whole_number(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = golden.run(["summarize", "lenet5", f"--batch={value}"], monkeypatch, capsys)
    assert (ran.exit, ran.stdout) == (2, "")
    assert "Invalid value for '--batch'" in ran.stderr


def test_no_command_loads_pydantic(tmp_path: Path) -> None:
    """It was a third of what `summarize vgg16` took. A version of typer that does not ask for readers may load it."""
    source = inspect.getsource(getattr(TyperOption, "process_value", TyperOption))
    calls = [call for call in CALLS if call]
    script = (
        f"import sys\nfrom cnncalc.commands import main\nfor call in {calls!r}: main(call)\n"
        "print(sys.modules.keys() & {'pydantic', 'typer'}, file=sys.stderr)"
    )
    done = run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr.endswith("{'typer'}\n") or "get_runtime_param()" not in source, done.stderr
