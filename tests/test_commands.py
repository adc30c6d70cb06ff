"""The commands as a user meets them: on terminals, in pipes, in files; what is printed is pinned and re-added."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import bounds
import golden
import pytest
import typer
import zoo

import cnncalc
from cnncalc.commands import COMMANDS, app, application
from cnncalc.commands.common import Status

CASES = golden.cases("summarize")
TABLES = [
    case
    for case in CASES
    if not {"--format", "--formulas"} & set(case.command) and (case.terminal is None or case.terminal > 60)
]
COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)\d(?:;\d+)*m")

Run = Callable[..., golden.Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process, piped."""
    return lambda *arguments, stdin="": golden.run(arguments, monkeypatch, capsys, stdin)


def process(
    *arguments: str, folder: Path | None = None, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own, piped."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "cnncalc", *arguments],
        cwd=folder,
        input=stdin,
        env={**inherited, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        check=False,
    )


# --- the goldens, and what holds of them whatever they say ------------------------------------------------------------

_outcomes: dict[str, golden.Outcome] = {}


def outcome_of(case: golden.Case, request: pytest.FixtureRequest) -> golden.Outcome:
    """What the command of a case does; it is run once."""
    if case.name not in _outcomes:
        tmp_path, monkeypatch, capsys = map(request.getfixturevalue, ("tmp_path", "monkeypatch", "capsys"))
        _outcomes[case.name] = golden.run_case(case, tmp_path, monkeypatch, capsys)
    return _outcomes[case.name]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_output_is_as_recorded(case: golden.Case, request: pytest.FixtureRequest, update_golden: bool) -> None:
    golden.hold(case, outcome_of(case, request), update_golden)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_wider_than_the_terminal_and_nothing_piped_is_coloured(
    case: golden.Case, request: pytest.FixtureRequest
) -> None:
    outcome = outcome_of(case, request)
    assert outcome.exit == 0
    if case.terminal is None:
        assert "\x1b" not in outcome.stdout
    else:
        assert max(map(golden.cells, outcome.stdout.split("\n"))) <= case.terminal
        assert not re.search(r"[\d,]…", outcome.stdout), "a number is cut"
        return
    assert "…" not in outcome.stdout, "something is cut"


@pytest.mark.parametrize("case", TABLES, ids=lambda case: case.name)
def test_columns_add_up_to_their_total(case: golden.Case, request: pytest.FixtureRequest) -> None:
    rows = golden.table_rows(outcome_of(case, request).stdout)
    added = golden.readd(rows)
    if not case.name.startswith("symbols") and case.name not in ("columns", "table_60_of_long_names"):
        assert "Weights" in added


def test_columns_of_markdown_add_up(run: Run) -> None:
    added = golden.readd(golden.markdown_rows(run("summarize", "lenet5", "-f", "markdown", "--columns", "all").stdout))
    assert added == list(golden.SUMS)


@pytest.mark.parametrize("name", ["vgg16", "googlenet", "resnet50", "lenet5"])
def test_columns_of_csv_add_up_exactly(name: str, run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("summarize", name, "--format", "csv").stdout)))
    *body, total = rows
    totals = cnncalc.load(name).totals.to_dict()
    assert [row["name"] for row in body] == ["input", *(layer.name for layer in cnncalc.load(name).layers)]
    for key in ("activations", "weights", "biases", "params", "buffers", "macs", "flops"):
        assert sum(int(row[key]) for row in body) == int(total[key]) == totals[key]
    assert sum(int(row["memory"]) for row in body) == int(total["memory"]) == totals["activation_bytes"]


def test_formulas_leave_out_factors_of_one_that_nobody_gave(run: Run) -> None:
    """A multiplier at its default, and the sides of a point; a kernel of 1 is given, and stays."""
    layers = "[{depthwise_conv: , kernel: 3}, {depthwise_conv: 1, kernel: 1}, conv1-4, maxpool7, fc-5]"
    _, *rows, _, _, _ = run("summarize", f"{{input: 9x9x8, layers: {layers}}}", "--formulas").stdout.splitlines()
    assert [re.split(r"  +(?=params)|  +(?=macs)", row.partition("memory: ")[2]) for row in rows] == [
        ["7*7*8 = 392", "params: (3*3)*8 = 72", "macs: 7*7*8*(3*3) = 3,528"],
        ["7*7*8 = 392", "params: (1*1)*8 = 8", "macs: 7*7*8*(1*1) = 392"],
        ["7*7*4 = 196", "params: (1*1*8)*4 = 32", "macs: 7*7*4*(1*1*8) = 1,568"],
        ["4", "params: 0"],
        ["5", "params: 4*5 = 20", "macs: 5*4 = 20"],
    ]


# --- what commands there are ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_name_in_the_list_is_a_command(name: str) -> None:
    assert list(typer.main.get_command(application((name,))).commands) == [name]  # type: ignore[attr-defined]


def test_a_name_without_a_command_is_noticed() -> None:
    with pytest.raises(ModuleNotFoundError, match="nothing"):
        application(("nothing",))


def test_what_commands_share_is_no_command(run: Run) -> None:
    assert set(typer.main.get_command(app).commands) == set(COMMANDS)  # type: ignore[attr-defined]
    outcome = run("common")
    assert outcome.exit == 2
    assert "No such command 'common'" in outcome.stderr


def test_a_command_is_a_file_in_the_folder_and_nothing_else(tmp_path: Path) -> None:
    package = Path(cnncalc.__file__).parent
    shutil.copytree(package, tmp_path / package.name)
    dropped = 'def count(spec: str) -> None:\n    """Count letters."""\n    print(len(spec))\n'
    (tmp_path / package.name / "commands" / "count.py").write_text(dropped, encoding="utf-8")
    assert process("count", "12345", folder=tmp_path).stdout.split() == [b"5"]
    assert b"Count letters." in process("--help", folder=tmp_path).stdout
    assert process("count", "12345", folder=package.parent).returncode == 2


# --- figures from outside ---------------------------------------------------------------------------------------------


def test_the_breakdown_that_everybody_has_seen(run: Run) -> None:
    """VGG-16 as in the course notes, the sums put right: 138,344,128 weights, 15,237,608 values, 58.1 MiB."""
    stdout = run("summarize", "vgg16").stdout
    total = golden.table_rows(stdout)[-1]
    assert golden.number(total["Weights"]) == 138_344_128
    assert golden.number(total["Biases"]) == 13_416
    assert total["Memory"] == "58.1 MiB"
    assert "15,237,608 activations (58.1 MiB per image, forward only)" in stdout
    assert (
        "63 % of the activation memory is in the first four convolutions, 89 % of the parameters in the dense layers"
        in stdout
    )
    rows = {row["Name"]: row for row in golden.table_rows(stdout)}
    assert golden.number(rows["dense1"]["Weights"]) == 7 * 7 * 512 * 4096
    assert golden.number(rows["conv2"]["Multiply-adds"]) == 224 * 224 * 64 * (3 * 3 * 64)
    assert rows["conv1"]["Memory"] == f"{224 * 224 * 64 * 4 / 2**20:.1f} MiB"
    assert rows["maxpool5"]["Output"] == "7×7×512"


def test_the_formulas_of_the_course_notes(run: Run) -> None:
    lines = run("summarize", "vgg16", "--formulas").stdout.split("\n")
    words = [" ".join(line.split()) for line in lines]
    assert "INPUT [224x224x3] memory: 224*224*3 = 150,528 params: 0" in words
    assert (
        "CONV3-64 [224x224x64] memory: 224*224*64 = 3,211,264 params: (3*3*3)*64 = 1,728 "
        "macs: 224*224*64*(3*3*3) = 86,704,128"
    ) in words
    assert any(
        line.startswith("FC-4096 [1x1x4096] memory: 4,096 params: (7*7*512)*4096 = 102,760,448") for line in words
    )
    total = " ".join(words[words.index(next(line for line in words if line.startswith("TOTAL"))) :])
    for figure in ("15,237,608 values × 4 bytes = 58.1 MiB", "138,344,128 weights", "13,416 biases", "forward only"):
        assert figure in total


def test_every_formula_says_what_it_is_worth(run: Run) -> None:
    stdout = run("summarize", "lenet5", "--formulas").stdout
    found = re.findall(r": ([\d*()+]+) = ([\d,]+)", stdout)
    assert len(found) > 10
    for arithmetic, worth in found:
        assert eval(arithmetic, {"__builtins__": {}}) == golden.number(worth), arithmetic


def test_the_rows_of_the_formulas_add_up(run: Run) -> None:
    stdout = run("summarize", "vgg16", "--formulas").stdout
    body, total = stdout.split("\nTOTAL")
    for what, printed in (("memory", 15_237_608), ("params", 138_344_128), ("macs", 15_470_264_320)):
        values = re.findall(rf"{what}: (?:[\d*()+]+ = )?([\d,]+)", body)
        assert sum(map(golden.number, values)) == printed
        assert f"{printed:,}" in total


def test_lenet_has_the_trainable_parameters_of_its_paper(run: Run) -> None:
    rows = {row["Name"]: row for row in golden.table_rows(run("summarize", "lenet5").stdout)}
    for name, trainable in (("c1", 156), ("s2", 12), ("c3", 1516), ("s4", 32), ("c5", 48_120), ("f6", 10_164)):
        assert golden.number(rows[name]["Weights"]) + golden.number(rows[name]["Biases"]) == trainable


# --- terminals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "width"),
    [
        (("summarize", "resnet50", "--depth", "1"), 72),
        (("summarize", "unet"), 100),
        (("summarize", "vgg16"), 90),
        (("zoo",), 80),
        (("zoo",), 120),
        (("layers",), 80),
        (("zoo",), 60),
        (("summarize", "vgg16", "--columns", "all"), 80),
        (("summarize", "vgg16", "--formulas"), 60),
        (("layers", "conv"), 80),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, tuple) else str(value),
)
def test_a_terminal_is_filled_and_not_overrun(
    arguments: tuple[str, ...], width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if arguments == ("zoo",):
        zoo.keep(monkeypatch)
        assert all(map(zoo.network, zoo.NAMES))  # loaded here, and not in every copy of the process
    drawn = golden.on_terminal(arguments, width, tmp_path)
    assert drawn.exit == 0
    assert max(map(golden.cells, drawn.text.split("\n"))) <= width
    assert not re.search(r"\d{1,3},\d+…", drawn.text), "a number is cut"


def test_the_least_important_columns_go_first() -> None:
    titles = [list(golden.table_rows(_recorded(f"table_{width}"))[0]) for width in (80, 120, 200)]
    assert titles[-1] == list(golden.table_rows(_recorded("table"))[0])
    for narrow, wide in pairwise(titles):
        assert {*narrow} - {"Layer"} <= {*wide}
    assert {"Layer", "Output", "Memory", "Weights", "Multiply-adds"} <= set(titles[0])
    assert {"Biases", "Parameters"} <= set(titles[1])


@pytest.mark.parametrize("width", [20, 40, 60])
def test_where_no_table_fits_each_layer_is_a_paragraph(width: int, tmp_path: Path) -> None:
    asked = ["name", "output", "receptive_field", "weights", "macs", "params"]
    drawn = golden.on_terminal(["summarize", "vgg16", "--columns", ",".join(asked)], width, tmp_path)
    assert drawn.stderr == ""
    text = " ".join(drawn.text.split())
    assert "conv2 output 224×224×64 receptive field 5×5 weights 36,864 multiply-adds 1,849,688,064 parameters" in text
    assert f"parameters {3 * 3 * 64 * 64 + 64:,} maxpool1" in text
    assert max(map(golden.cells, drawn.text.split("\n"))) <= width


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    """In 80 columns; piped, and with --width where there is room for all, nothing is."""
    drawn = golden.on_terminal(["summarize", "vgg16"], 80, tmp_path).text
    named = re.search(r"Left out at 80 columns: ([\w, ]+); --columns all shows them\.", " ".join(drawn.split()))
    assert named
    gone = set(named[1].split(", "))
    every = {title.lower() for title in golden.table_rows(_recorded("table"))[0]} - {"name"}
    assert gone == every - {title.lower() for title in golden.table_rows(drawn)[0]}
    assert "Left out" not in golden.on_terminal(["summarize", "vgg16", "--width", "200"], 80, tmp_path).text


def test_a_width_is_held_to_in_a_pipe_too(run: Run) -> None:
    drawn = run("summarize", "vgg16", "--width", "80").stdout
    assert max(map(golden.cells, drawn.split("\n"))) <= 80
    assert "Left out at 80 columns" in drawn
    assert run("summarize", "vgg16", "--width", "19").exit == 2


def _recorded(name: str) -> str:
    case = next(case for case in CASES if case.name == name)
    return case.recorded.partition("=== stdout\n")[2].partition("=== stderr\n")[0]


def test_a_terminal_has_colour_and_no_color_takes_it_away(tmp_path: Path) -> None:
    coloured = golden.on_terminal(["summarize", "lenet5"], 120, tmp_path, anew=True)
    plain = golden.on_terminal(["summarize", "lenet5"], 120, tmp_path, NO_COLOR="1")
    assert COLOURS.search(coloured.raw)
    assert not COLOURS.search(plain.raw)
    assert coloured.text == plain.text


def test_columns_in_the_environment_tell_the_width(tmp_path: Path) -> None:
    drawn = golden.on_terminal(["summarize", "vgg16"], 200, tmp_path, anew=True, COLUMNS="60")
    assert drawn.text == golden.on_terminal(["summarize", "vgg16"], 60, tmp_path).text


def test_what_is_piped_has_no_colour_and_is_not_cut() -> None:
    piped = process("summarize", "vgg16", COLUMNS="40")
    assert piped.returncode == 0
    assert piped.stderr == b""
    assert b"\x1b" not in piped.stdout
    assert b"102,760,448" in piped.stdout
    assert "…" not in piped.stdout.decode()


def test_force_color_colours_a_pipe() -> None:
    forced = process("summarize", "lenet5", FORCE_COLOR="1").stdout.decode()
    assert COLOURS.search(forced)
    assert "51,000" not in forced
    assert golden.readd(golden.table_rows(golden.ESCAPE.sub("", forced)))


def test_a_terminal_that_only_knows_ascii_is_no_crash() -> None:
    done = process("summarize", "vgg16", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    assert b"224x224x64" in done.stdout
    assert b"138,344,128" in done.stdout


@pytest.mark.parametrize("arguments", [("summarize", "vgg16"), ("schema",), ("layers", "--format", "csv")])
def test_a_reader_that_has_seen_enough_is_no_failure(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cnncalc", *arguments], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert done.stderr == b""
    assert done.returncode in (0, 141)


# --- formats ----------------------------------------------------------------------------------------------------------


def test_json_is_the_fixed_form(run: Run) -> None:
    outcome = run("summarize", "vgg16", "--format", "json")
    assert outcome.stderr == ""
    found = json.loads(outcome.stdout)
    assert {"schema", "name", "source", "batch", "dtype", "inputs", "layers", "totals", "warnings"} <= set(found)
    assert (found["schema"], found["name"], found["batch"], found["dtype"]) == (1, "VGG-16", 1, "float32")
    assert found["inputs"] == {"input": [224, 224, 3]}
    first = found["layers"][0]
    assert {key: first[key] for key in first if key not in ("flops", "fields")} == {
        "name": "conv1",
        "type": "conv",
        "inputs": ["input"],
        "output": [224, 224, 64],
        "weights": 3 * 3 * 3 * 64,
        "biases": 64,
        "params": 3 * 3 * 3 * 64 + 64,
        "buffers": 0,
        "macs": 224 * 224 * 64 * (3 * 3 * 3),
        "activations": 224 * 224 * 64,
        "activation_bytes": 224 * 224 * 64 * 4,
        "receptive_field": [3, 3],
        "receptive_field_smallest": [3, 3],
        "receptive_field_bound": None,
        "jump": [1, 1],
        "notes": [],
        "share": None,
        "frozen": False,
        "unaligned": None,
    }
    assert first["fields"] == {
        "filters": 64,
        "kernel": [3, 3],
        "stride": [1, 1],
        "padding": [[1, 1], [1, 1]],
        "dilation": [1, 1],
        "groups": 1,
    }
    assert first["flops"] == 2 * first["macs"] + 224 * 224 * 64
    assert found["totals"] == {
        "layers": 13 + 5 + 3 + 1,
        "weights": 138_344_128,
        "biases": 13_416,
        "params": 138_344_128 + 13_416,
        "buffers": 0,
        "macs": 15_470_264_320,
        "flops": sum(layer["flops"] for layer in found["layers"]),
        "activations": 15_237_608,
        "activation_bytes": 15_237_608 * 4,
        "weight_bytes": (138_344_128 + 13_416) * 4,
        "receptive_field": [212, 212],
        "receptive_field_smallest": [212, 212],
        "receptive_field_bound": None,
        "receptive_field_ungated": [212, 212],
        "depth": 13 + 3,
        "nonlinearities": 1,
        "jump": [2**5, 2**5],
    }
    assert found["layers"][-1]["receptive_field"] is None


def test_json_of_several_specs_is_a_list(run: Run) -> None:
    found = json.loads(run("summarize", "lenet5", "vgg11", "--format", "json").stdout)
    assert [network["name"] for network in found] == ["LeNet-5", "VGG-11"]


def test_csv_of_several_specs_says_which(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("summarize", "lenet5", "vgg11", "--format", "csv").stdout)))
    assert {row["network"] for row in rows} == {"LeNet-5", "VGG-11"}
    assert sum(row["name"] == "total" for row in rows) == 2


def test_columns_by_key_are_shown_in_the_order_asked_for(run: Run) -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("summarize", "lenet5", "-f", "csv", "--columns", "name,macs,output").stdout))
    )
    assert list(rows[0]) == ["name", "macs", "output"]
    assert rows[1] == {"name": "c1", "macs": str(28 * 28 * 6 * 5 * 5), "output": "28x28x6"}
    assert rows[-1] == {"name": "total", "macs": "326520", "output": ""}


def test_a_name_with_a_bar_does_not_break_markdown(run: Run) -> None:
    stdout = run(
        "summarize", "-", "-f", "markdown", stdin="name: a|b\ninput: 8x8x3\nlayers: [{relu: , name: x|y}]\n"
    ).stdout
    assert "### a\\|b" in stdout
    assert "| x\\|y |" in stdout


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [("float64", 64), ("float32", 32), ("bfloat16", 16), ("float16", 16), ("float8", 8), ("int8", 8), ("int4", 4)],
)
def test_dtype(dtype: str, bits: int, run: Run) -> None:
    found = json.loads(run("summarize", "5x5x3: conv3-3", "--dtype", dtype, "--format", "json").stdout)
    values, weights = 5 * 5 * 3 + 5 * 5 * 3, 3 * 3 * 3 * 3 + 3
    assert found["dtype"] == dtype
    assert found["layers"][0]["activation_bytes"] == -(-5 * 5 * 3 * bits // 8)  # whole bytes, rounded up
    assert found["totals"]["weight_bytes"] == -(-weights * bits // 8)
    assert found["totals"]["activation_bytes"] == 2 * found["layers"][0]["activation_bytes"]
    assert found["totals"]["activations"] == values


def test_batch_multiplies_activation_memory_and_nothing_else(run: Run) -> None:
    one, many = (
        json.loads(run("summarize", "lenet5", "--batch", batch, "--format", "json").stdout) for batch in ("1", "32")
    )
    assert many["batch"] == 32
    assert many["totals"]["activation_bytes"] == 32 * one["totals"]["activation_bytes"]
    for key in ("activations", "params", "macs", "flops", "weight_bytes"):
        assert many["totals"][key] == one["totals"][key]


def test_set_reaches_every_spec(run: Run) -> None:
    found = json.loads(run("summarize", "resnet18", "resnet34", "--set", "classes=10", "-f", "json").stdout)
    assert [network["layers"][-2]["weights"] for network in found] == [512 * 10, 512 * 10]


def test_set_of_several_names_and_of_the_input(run: Run) -> None:
    found = json.loads(
        run("summarize", "resnet50", "--set", "depths=[1,1,1,1]", "--set", "input=64x64x1", "-f", "json").stdout
    )
    assert found["inputs"] == {"input": [64, 64, 1]}
    assert sum(layer["type"] == "add" for layer in found["layers"]) == 4


def test_warnings_go_to_standard_error_and_strict_refuses(run: Run) -> None:
    spec = "input: 224x224x3\nlayers: [{conv: 96, kernel: 11, stride: 4}]\n"
    lax = run("summarize", "-", "-f", "json", stdin=spec)
    assert lax.exit == 0
    assert "54.25" in lax.stderr
    assert lax.stderr.startswith("warning: ")
    assert (
        json.loads(lax.stdout)["warnings"]
        == json.loads(run("summarize", "-", "-f", "json", stdin=spec).stdout)["warnings"]
    )
    strict = run("summarize", "-", "--strict", stdin=spec)
    assert (strict.exit, strict.stdout) == (2, "")
    assert strict.stderr.startswith("error: ")


def test_depth_folds_and_keeps_the_sums(run: Run) -> None:
    whole = json.loads(run("summarize", "resnet50", "-f", "json").stdout)
    for depth in ("1", "2", "9"):
        folded = json.loads(run("summarize", "resnet50", "-f", "json", "--depth", depth).stdout)
        assert folded["totals"] == whole["totals"]
        for metric in ("weights", "macs", "activations", "flops"):
            assert sum(layer[metric] for layer in folded["layers"]) == sum(layer[metric] for layer in whole["layers"])
        assert all(layer["name"].count(".") < int(depth) for layer in folded["layers"])


def test_depth_of_one_and_two(run: Run) -> None:
    def names(depth: str) -> list[str]:
        return [row["Name"] for row in golden.table_rows(run("summarize", "resnet50", "--depth", depth).stdout)]

    assert names("1")[4:9] == ["maxpool1", "stage2", "stage3", "stage4", "stage5"]
    assert names("2")[4:9] == ["maxpool1", "1", "2", "3", "1"]


def test_a_spec_on_standard_input(run: Run) -> None:
    assert "138,344,128" in run("summarize", "-", stdin="extends: vgg16\n").stdout


def test_a_path_comes_before_a_built_in_spec(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vgg16.yaml").write_text("name: mine\ninput: 8x8x3\nlayers: [relu]\n", encoding="utf-8")
    assert "mine" in run("summarize", "vgg16.yaml").stdout
    assert "VGG-16" in run("summarize", "vgg16").stdout


# --- files ------------------------------------------------------------------------------------------------------------


def test_output_goes_to_a_file_whole(run: Run, tmp_path: Path) -> None:
    piped = run("summarize", "vgg16").stdout
    outcome = run("summarize", "vgg16", "-o", str(tmp_path / "table.txt"))
    assert (outcome.exit, outcome.stdout, outcome.stderr) == (0, "", "")
    assert (tmp_path / "table.txt").read_text(encoding="utf-8").split() == piped.split()
    assert [path.name for path in tmp_path.iterdir()] == ["table.txt"]


@pytest.mark.parametrize(
    ("suffix", "opens"),
    [(".json", '{\n  "schema": 1'), (".csv", "name,type,"), (".md", "### LeNet-5"), (".txt", "LeNet-5 ")],
)
def test_the_suffix_tells_the_format(suffix: str, opens: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    assert run("summarize", "lenet5", "--output", str(path)).exit == 0
    assert path.read_text(encoding="utf-8").startswith(opens)


def test_format_comes_before_the_suffix(run: Run, tmp_path: Path) -> None:
    assert run("summarize", "lenet5", "-o", str(tmp_path / "out.json"), "-f", "csv").exit == 0
    assert (tmp_path / "out.json").read_text(encoding="utf-8").startswith("name,type,")


@pytest.mark.parametrize("spec", ["nowhere.yaml", "224x224x3: cnv3-64"])
def test_a_wrong_spec_leaves_the_file_as_it_was(spec: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before", encoding="utf-8")
    assert run("summarize", "vgg16", spec, "-o", str(path)).exit == 2
    assert path.read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_the_mode_of_a_file_is_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before", encoding="utf-8")
    path.chmod(0o640)
    assert run("summarize", "vgg16", "-o", str(path)).exit == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert json.loads(path.read_text(encoding="utf-8"))["name"] == "VGG-16"


def test_a_new_file_has_the_mode_of_new_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    assert run("summarize", "vgg16", "-o", str(tmp_path / "out.json")).exit == 0
    assert (tmp_path / "out.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link_and_its_target_is_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "target.json").write_text("before", encoding="utf-8")
    (tmp_path / "link.json").symlink_to("target.json")
    assert run("summarize", "vgg16", "-o", str(tmp_path / "link.json")).exit == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "target.json").read_text(encoding="utf-8"))["name"] == "VGG-16"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_what_is_no_regular_file_is_written_to_and_not_replaced(run: Run, tmp_path: Path) -> None:
    """As root, ``-o /dev/null`` would otherwise put a file in the place of the device."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("summarize", "8x8x3: relu", "-f", "csv", "-o", str(path)).exit == 0
        assert stat.S_ISFIFO(path.stat().st_mode)
        assert os.read(reading, 100).startswith(b"name,type,")
    finally:
        os.close(reading)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="files are not listed here by their number")
def test_standard_output_may_be_named_as_a_file() -> None:
    """As ``-o /dev/stdout`` does; that one is not risked here."""
    done = process("summarize", "8x8x3: relu", "-f", "csv", "-o", "/proc/self/fd/1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"name,type,")


@pytest.mark.parametrize("where", ["nowhere/out.json", "file/out.json", "folder"])
def test_a_place_that_can_not_be_written_is_an_error(where: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    outcome = run("summarize", "vgg16", "-o", str(tmp_path / where))
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "cannot be written" in outcome.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_a_folder_that_can_not_be_written_is_an_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere: the answer of the system is put in its place."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    outcome = run("summarize", "vgg16", "-o", str(tmp_path / "out.json"))
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "out.json cannot be written: permission denied" in outcome.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("zoo", "-f", "json"), ("layers", "-f", "json"), ("schema",)])
def test_every_command_writes_to_a_file(
    command: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo.keep(monkeypatch)
    printed = run(*command).stdout
    assert run(*command, "-o", str(tmp_path / "out.json")) == golden.Outcome(0, "", "")
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == printed


# --- zoo, layers, schema ----------------------------------------------------------------------------------------------


def test_zoo_lists_every_built_in_spec_with_computed_figures(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.keep(monkeypatch)
    found = {record["name"]: record for record in json.loads(run("zoo", "--format", "json").stdout)}
    assert len(found) >= 24
    assert list(found) == sorted(found)
    for name in ("vgg16", "lenet5", "unet"):
        network = cnncalc.load(name)
        assert found[name]["params"] == network.totals.params
        assert found[name]["macs"] == network.totals.macs
        assert found[name]["source"] == network.source
        assert found[name]["input"] == list(network.inputs["input"])
    assert found["alexnet_one_tower"]["params"] == 62_378_344  # Krizhevsky's net without the two towers


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
def test_zoo_in_every_format(format: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.keep(monkeypatch)
    stdout = run("zoo", "-f", format).stdout
    for name in ("vgg16", "squeezenet1_0", "Ronneberger"):
        assert name in stdout


def test_layers_lists_every_type(run: Run) -> None:
    from cnncalc.layers import registry

    stdout = run("layers").stdout
    for name in registry():
        assert re.search(rf"^{name}\b", stdout, re.MULTILINE), name
    assert [record["type"].split(" = ")[0] for record in json.loads(run("layers", "-f", "json").stdout)] == list(
        registry()
    )


@pytest.mark.parametrize("name", ["conv", "fc", "relu", "attention"])
def test_layers_describes_a_type_with_its_fields(name: str, run: Run) -> None:
    from cnncalc.layers import terms_of, type_names

    stdout = run("layers", name).stdout
    for field in terms_of(type_names()[name]):
        assert f"`{field}`" in stdout
    assert {record["field"] for record in json.loads(run("layers", name, "-f", "json").stdout)} == set(
        terms_of(type_names()[name])
    )


def test_layers_conv_has_the_formula(run: Run) -> None:
    stdout = run("layers", "conv").stdout
    for part in ("⌊(W₁ − F' + 2P)/S⌋ + 1", "F·F·D₁/g·K", "`half`", "required", "default `1`"):
        assert part in stdout


def test_schema_is_a_schema_and_holds_of_specs(run: Run) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    holds = jsonschema.Draft202012Validator(schema).is_valid
    assert holds({"input": "224x224x3", "layers": ["conv3-64", {"conv": 64, "kernel": 3}]})
    assert not holds({"input": "224x224x3", "layers": [{"conv": 64, "kernal": 3}]})
    assert not holds({"input": "224x224x3", "layer": []})


# --- the command line itself ------------------------------------------------------------------------------------------


def _commands() -> list[str]:
    import typer

    return list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", [None, "summarize", "zoo", "layers", "schema"])
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(command: str | None, option: str, run: Run) -> None:
    outcome = run(*([command] if command else []), option)
    assert (outcome.exit, outcome.stderr) == (0, "")
    assert "Usage: cnncalc" in outcome.stdout
    for name in _commands() if command is None else ["--output"]:
        assert name in outcome.stdout


def test_help_of_summarize_names_every_option(run: Run) -> None:
    stdout = run("summarize", "--help").stdout
    for option in (
        *(
            "--format",
            "--columns",
            "--formulas",
            "--batch",
            "--dtype",
            "--set",
            "--strict",
            "--depth",
            "--output",
            "-o",
        ),
        *("table", "json", "csv", "markdown", "float64", "int4", "SPEC"),
    ):
        assert option in stdout


def test_version(run: Run) -> None:
    assert run("--version") == golden.Outcome(0, f"{cnncalc.__version__}\n", "")


@pytest.mark.parametrize(
    "arguments", [("nonesuch",), ("--nonesuch",), ("summarize", "vgg16", "--nonesuch"), ("summarize",)]
)
def test_what_the_command_line_does_not_know_is_answered_with_2(arguments: tuple[str, ...], run: Run) -> None:
    outcome = run(*arguments)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert outcome.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--formulas --format json", "--format json cannot be combined with --formulas"),
        ("--formulas --format csv", "--format csv cannot be combined with --formulas"),
        ("--formulas --columns name", "--columns cannot be combined with --formulas"),
        ("--formulas --depth 1", "--depth cannot be combined with --formulas"),
        ("--format json --columns name", "--columns cannot be combined with --format json"),
    ],
)
def test_options_of_which_one_would_be_without_effect_are_refused(options: str, message: str, run: Run) -> None:
    outcome = run("summarize", "vgg16", *options.split())
    assert outcome == golden.Outcome(2, "", f"error: {message}\n  help: drop one of the two\n")


@pytest.mark.parametrize(("option", "value"), [("--batch", "many"), ("--depth", "1.5"), ("--batch", "-3")])
def test_an_option_of_another_kind_is_answered_with_2(option: str, value: str, run: Run) -> None:
    outcome = run("summarize", "vgg16", option, value)
    assert (outcome.exit, outcome.stdout) == (2, "")


def test_the_package_runs_as_a_module_and_as_a_command(tmp_path: Path) -> None:
    module = process("summarize", "vgg16", folder=tmp_path)
    assert (module.returncode, module.stderr) == (0, b"")
    assert b"138,344,128" in module.stdout
    script = Path(sys.executable).with_name("cnncalc")
    if script.exists():
        done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, f"{cnncalc.__version__}\n")


def test_the_exit_status_of_a_process_is_2_when_a_spec_is_wrong(tmp_path: Path) -> None:
    done = process("summarize", "-", stdin=b"input: 8x8x3\nlayers: [cnov3-8]\n", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"did you mean `conv`?" in done.stderr


@pytest.mark.parametrize("place", ["cnncalc.commands.application", "cnncalc.commands.summarize.load"])
def test_who_is_interrupted_says_so_as_shells_do(place: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the command runs, and while it does."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    assert run("summarize", "vgg16") == golden.Outcome(128 + signal.SIGINT, "", "")


def test_a_status_is_written_as_a_number() -> None:
    assert [str(status) for status in Status] == ["0", "1", "2", "130"]
    assert f"{Status.FAILED}" == "1"


def test_a_disk_that_is_full_is_one_message(tmp_path: Path) -> None:
    """Nothing may be written to any file, as on a full disk; Python is told so and not killed."""
    command = [sys.executable, "-m", "cnncalc", "summarize", "vgg16"]
    with (tmp_path / "out").open("wb") as stream:
        done = bounds.run(
            ["/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *command], stdout=stream, stderr=subprocess.PIPE
        )
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: cannot write output: ")
    assert b"Traceback" not in done.stderr
