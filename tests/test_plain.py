"""Encodings that lack a character: everything printed has a spelling in them, and programs get what they read."""

from __future__ import annotations

import ast
import io
import json
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

import cnncalc
from cnncalc.commands import main
from cnncalc.writers.plain import SPELT

ENCODINGS = ["ascii", "cp1252", "latin-1", "cp437"]
SPEC = """\
name: Kraehe
input: 224x224x3
parameters: {width: 8}
layers:
  - {conv: width, kernel: 11, stride: 4}
  - {conv: width, kernel: 3, padding: half, when: width > 4}
  - {conv: 8, kernel: 4, padding: same, dilation: 2}
  - batchnorm
  - {avgpool: 2, rounding: ceil}
  - {conv_transpose: 8, kernel: 2, stride: 2}
  - fc-10
budget: {params: 900k, receptive_field: {min: 300}}
"""
COMMANDS = [
    [],
    ["--help"],
    ["nonesuch"],
    ["summarize", "resnet18"],
    ["summarize", "net.yaml", "lenet5", "unet", "--columns", "all"],
    ["summarize", "vgg16", "googlenet", "--formulas"],
    ["summarize", "HxWxC: (conv3-C relu)*3 conv5-k/2", "--strict"],
    ["summarize", "resnet50", "--symbol", "H", "--symbol", "W"],
    ["summarize", "net.yaml", "--strict"],
    ["summarize", "net.yaml", "--format", "markdown"],
    ["explain", "net.yaml"],
    ["explain", "unet"],
    ["explain", "densenet121"],
    ["explain", "mobilenet_v3_small"],
    ["explain", "vgg16", "--receptive-field"],
    ["explain", "vgg16", "--format", "latex"],
    ["compare", "vgg11", "vgg13", "--layers"],
    ["compare", "HxWxC: (conv3-C relu)*3", "HxWxC: conv7-C"],
    ["scale", "vgg16"],
    ["check", "net.yaml"],
    ["check", "net.yaml", "vgg16", "--max", "params=138M ±2%", "--format", "markdown"],
    ["check", "vgg16", "--baseline", "kept.yaml", "--allow", "±2%"],
    ["diff", "vgg13", "vgg16"],
    ["diff", "resnet18", "net.yaml", "--all", "--format", "markdown"],
    ["lint", "net.yaml", "resnet50"],
    ["lint", "--rules"],
    ["lint", "--rules", "--format", "markdown"],
    ["lint", "net.yaml", "--format", "github"],
    ["baseline", "write", "vgg16", "-o", "kept.yaml"],
    ["zoo", "--filter", "*vgg*"],
    ["zoo", "verify", "alexnet", "googlenet", "lenet5"],
    ["layers"],
    ["layers", "conv"],
    ["layers", "--format", "markdown"],
    ["schema"],
    ["help", "check"],
    ["questions"],
    ["questions", "2"],
    ["questions", "10"],
    ["init", "-"],
]


class Printed(NamedTuple):
    """What a command prints in an encoding, as that reads it."""

    exit: int
    stdout: str
    stderr: str


def printed(arguments: list[str], encoding: str, monkeypatch: pytest.MonkeyPatch) -> Printed:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        patch.setenv("CNNCALC_TRACEBACK", "1")
        code = main(arguments)
        for stream in streams:
            stream.flush()
    data = [stream.buffer.getvalue() for stream in streams]  # type: ignore[attr-defined]  # they are BytesIO
    return Printed(code, *(part.decode(encoding) for part in data))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    assert main(["baseline", "write", "vgg16", "-o", "kept.yaml"]) == 0
    return tmp_path


@pytest.mark.parametrize(
    "encoding",
    [code if code in ("ascii", "cp1252") else pytest.param(code, marks=pytest.mark.whole_zoo) for code in ENCODINGS],
)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_is_printed_as_a_question(command: list[str], encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = printed(command, "utf-8", monkeypatch)
    spelt = printed(command, encoding, monkeypatch)
    assert spelt.exit == whole.exit
    for plain, true in ((spelt.stdout, whole.stdout), (spelt.stderr, whole.stderr)):
        assert plain.count("?") == true.count("?"), [line for line in plain.splitlines() if "?" in line]
        assert len(plain.splitlines()) == len(true.splitlines())


def test_the_commands_of_that_test_are_all_the_commands_there_are() -> None:
    from cnncalc.commands import COMMANDS as ALL

    assert {command[0] for command in COMMANDS if command} >= set(ALL)


def literals() -> dict[str, str]:
    """Every character outside ASCII in the texts of the package, and a file where it stands."""
    found: dict[str, str] = {}
    for path in Path(cnncalc.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(dict.fromkeys(node.value, path.name))
    return {char: name for char, name in found.items() if not char.isascii()}


def test_every_character_of_the_package_has_a_spelling() -> None:
    found = literals()
    assert {"×", "₁", "≤", "─", "░", "→"} <= set(found)
    safe = {char for char in found if char.isprintable()}
    assert not [(char, found[char]) for char in sorted(safe) if char.encode("ascii", SPELT) in (b"", b"?")]


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("H₁·W₁", "H1*W1"),
        ("k², C¹²", "k^2, C^12"),
        ("⌊(W − F)/S⌋", "floor((W - F)/S)"),
        ("≤ 3×3 … → 5×5", "<= 3x3 ... -> 5x5"),
        ("Krähenbühl", "Krahenbuhl"),
        ("漢", "?"),
    ],
)
def test_spellings(text: str, spelt: str) -> None:
    assert text.encode("ascii", SPELT).decode() == spelt


def test_what_an_encoding_has_is_left_alone() -> None:
    assert "3×3 → 5×5, k² ≤ 9".encode("cp1252", SPELT).decode("cp1252") == "3×3 -> 5×5, k² <= 9"
    assert "█ ≤ ─".encode("cp437", SPELT).decode("cp437") == "█ ≤ ─"


def test_columns_stand_under_each_other_where_signs_are_spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    """`<=` is wider than `≤`, so that cells are spelt before they are measured."""
    lines = printed(["check", "vgg16", "--max", "params=139,000,000"], "cp1252", monkeypatch).stdout.splitlines()
    heading, rule, row = lines[:3]
    assert "  <= 139,000,000  642,456 (0.5 %)" in row
    assert len(rule) >= len(row)
    assert heading.index("From") == row.index("--max")
    assert heading.index("Headroom") + len("Headroom") == row.index("%)") + 2


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_programs_get_every_character(encoding: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A pipe of Windows is not UTF-8, which JSON and XML are: they have escapes for what is not ASCII."""
    (folder / "bird.yaml").write_text("name: Krähe 漢 😀\ninput: 8x8x3\nlayers: [conv3-4]\n", encoding="utf-8")
    answer = printed(["summarize", "bird.yaml", "--format", "json"], encoding, monkeypatch).stdout
    assert answer.isascii()
    assert json.loads(answer)["name"] == "Krähe 漢 😀"
    (folder / "krähe 漢.yaml").write_text("input: 8x8x3\nlayers: [conv3-4]\n", encoding="utf-8")
    suite = printed(["check", "krähe 漢.yaml", "--max", "params=1k", "--format", "junit"], encoding, monkeypatch).stdout
    assert suite.isascii()
    assert [found.get("name") for found in ET.fromstring(suite)] == ["krähe 漢.yaml"]


@pytest.mark.parametrize("path", ["C:\\nets\\net.yaml", "c:/nets/net.yaml", "nets\\net.yaml"])
def test_a_path_of_windows_is_no_network_on_one_line(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        f"error: there is no file and no built-in spec called {path}\n"
        in printed(["summarize", path], "cp1252", monkeypatch).stderr
    )


def test_files_are_whole_whatever_the_terminal_has(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    printed(["check", "vgg16", "--max", "params=140M", "-o", "found.txt"], "ascii", monkeypatch)
    assert "≤ 140M" in (folder / "found.txt").read_text(encoding="utf-8")
