"""Stored results and baselines survive versions: what an older one lacks is unknown, what a newer one added is said."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import golden
import pytest
import zoo
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.analysis.difference import UNCOMPARED, WINDOW, counts, unknown_keys
from cnncalc.guard import baseline
from cnncalc.language.tree import plain_data, read
from cnncalc.network.metrics import METRICS
from cnncalc.network.node import Row
from cnncalc.place import Source

FOLDER = Path(__file__).parent / "data/stored"
RESULTS = {
    "graph": "graph.yaml",
    "symbolic": "HxWxC: (conv3-C relu)*2 maxpool2 fc-10",
    "lenet5": "lenet5",
    "folded": "resnet18.json",  # which the fixture writes, folded as the stored one is
}
"""The results that are kept, and what each is of."""
SPECS = ("graph.yaml", "lenet5", "resnet18", "8x8x3: fc-10")
"""What the baseline that is kept has under these names; one more is under settings."""
REQUIRED = ("name", "type", "inputs", "output")
"""What makes it a layer."""

Run = Callable[..., golden.Outcome]


def kept(name: str) -> dict[str, Any]:
    """A result as it was stored."""
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def without(result: dict[str, Any], key: str) -> dict[str, Any]:
    """A result of a version that did not know a key of layers, or a total."""
    result = copy.deepcopy(result)
    for place in (*result["layers"], result["totals"]):
        place.pop(key, None)
    return result


@cache
def folded() -> str:
    return json.dumps(cnncalc.summarize("resnet18", depth=1).to_dict())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a repository that holds what was stored."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "resnet18.json").write_text(folded(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNNCALC_TRACEBACK", "1")

    def ran(*arguments: str, stdin: str = "") -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, stdin)

    return ran


def difference(run: Run, result: dict[str, Any], other: str, *, back: bool = False) -> dict[str, Any]:
    """What lies between a result and a spec, of which every format knows; nothing is said beside it."""
    Path("stored.json").write_text(json.dumps(result), encoding="utf-8")
    pair = (other, "stored.json") if back else ("stored.json", other)
    outcomes = [run("diff", *pair, "--exit-code", "-f", kind) for kind in ("table", "markdown", "json")]
    found: dict[str, Any] = json.loads(outcomes[-1].stdout)
    moved = [pair for pair in found["totals"].values() if pair["before"] != pair["after"]]
    differs = bool(found["layers"] or found["inputs"] or found["outputs"] or moved)
    assert {(outcome.exit, outcome.stderr) for outcome in outcomes} == {(int(differs), "")}
    assert {bool(outcome.stdout) for outcome in outcomes[:-1]} == {differs}
    assert run("diff", *pair, "--all").stderr == ""
    return found


def silent(run: Run, result: dict[str, Any], other: str) -> list[str]:
    """Nothing lies between a result and a spec, whichever comes first; the totals that are not known."""
    found = difference(run, result, other)
    for side in (found, cnncalc.diff(other, result).to_dict()):
        assert (side["layers"], side["inputs"], side["outputs"]) == ([], [], None)
        assert side["unchanged"] == len(result["layers"])
        assert all(pair["before"] == pair["after"] for pair in side["totals"].values())
        assert not set(side["unknown"]) & side["totals"].keys()
    assert isinstance(found["unknown"], list)
    return found["unknown"]


# -------------------------------------------------------------------------------------------- results, as they are kept


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_that_is_kept_is_of_todays_network(name: str, run: Run) -> None:
    unknown = silent(run, kept(name), RESULTS[name])
    assert not set(unknown) & kept(name)["totals"].keys()


def test_a_result_that_is_kept_is_read_like_any_other(run: Run) -> None:
    """Or the test above could pass by reading nothing: one weight more is a difference."""
    result = kept("graph")
    result["layers"][0]["weights"] += 1
    result["totals"]["weights"] += 1
    found = difference(run, result, "graph.yaml")
    assert [(entry["new"], list(entry["metrics"])) for entry in found["layers"]] == [("a", ["weights"])]
    assert found["totals"]["weights"]["difference"] == -1


def missed(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Where data has not all that other data has."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            yield from missed(value, new[key], f"{path}.{key}") if key in new else [f"{path}.{key}"]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, value in enumerate(old):
            yield from missed(value, new[place], f"{path}[{place}]")
    elif old != new:
        yield path


def test_what_a_result_has_had_it_has_still(run: Run) -> None:
    """Keys are added, never changed or removed: docs/results.md promises it."""
    graph = cnncalc.summarize("graph.yaml", dtype="float16", batch=4).to_dict()
    assert list(missed(kept("graph"), graph)) == []
    for name in ("symbolic", "lenet5"):
        assert list(missed(kept(name), cnncalc.summarize(RESULTS[name]).to_dict())) == []
    assert list(missed(kept("folded"), cnncalc.summarize("resnet18", depth=1).to_dict())) == []
    del graph["layers"][3]["macs"], graph["totals"]["params"], graph["dtype"]
    graph["layers"][1]["notes"] = []
    assert list(missed(kept("graph"), graph)) == [".dtype", ".layers[1].notes", ".layers[3].macs", ".totals.params"]


def test_the_results_that_are_kept_are_telling() -> None:
    graph, symbolic, folded = kept("graph"), kept("symbolic"), kept("folded")
    assert (len(graph["inputs"]), len(graph["outputs"]), graph["batch"], graph["dtype"]) == (2, 2, 4, "float16")
    assert {"shares the weights of a", "frozen"} <= {note for layer in graph["layers"] for note in layer["notes"]}
    assert [layer["receptive_field"] for layer in graph["layers"]][-2:] == [None, None]
    assert "1/2" in {part for layer in graph["layers"] for part in layer["jump"] or ()}
    assert symbolic["totals"]["params"] == "2*(9*C**2 + 5*C*floor(H/2)*floor(W/2) + C + 5)"
    assert "group" in {layer["type"] for layer in folded["layers"]}


# ----------------------------------------------------------------------------------- what an older result does not have

OF_LAYERS = [key for key in kept("graph")["layers"][0] if key not in REQUIRED]


def test_everything_that_a_layer_may_lack_is_tried() -> None:
    """The results were kept before rows said these in fields of their own."""
    later = {"share", "frozen", "unaligned", "receptive_field_smallest", "receptive_field_bound"}
    assert {*OF_LAYERS, *REQUIRED} == {*Row.__struct_fields__} - later
    assert {*OF_LAYERS, *REQUIRED, *later} == {*cnncalc.summarize("lenet5").to_dict()["layers"][0]}


@pytest.mark.parametrize("key", OF_LAYERS)
@pytest.mark.parametrize("name", RESULTS)
def test_a_key_that_no_layer_has_is_no_change(name: str, key: str, run: Run) -> None:
    result = kept(name)
    assert {*silent(run, without(result, key), RESULTS[name])} >= {key} & result["totals"].keys()


@pytest.mark.parametrize("key", list(kept("graph")["totals"]))
def test_a_total_that_is_not_there_is_unknown(key: str, run: Run) -> None:
    result = kept("graph")
    del result["totals"][key]
    assert key in silent(run, result, "graph.yaml")
    found = difference(run, result, "lenet5")  # where all the others are others
    assert key not in found["totals"]
    assert key in found["unknown"]


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_may_lack_everything_that_makes_no_layer(name: str, run: Run) -> None:
    result = kept(name)
    bare = {key: result[key] for key in ("schema", "name", "inputs")}
    bare |= {"layers": [{key: layer[key] for key in REQUIRED} for layer in result["layers"]], "totals": {}}
    unknown = silent(run, bare, RESULTS[name])
    assert {*unknown} >= {*result["totals"], "output"}


@pytest.mark.parametrize(
    ("key", "unknown"),
    [
        ("batch", {"activation_bytes"}),  # how many values these bytes are of is not known
        ("dtype", {"activation_bytes", "weight_bytes"}),
        ("outputs", {"output"}),
        *((key, set()) for key in UNCOMPARED),
    ],
)
def test_a_key_that_the_result_has_not_is_unknown(key: str, unknown: set[str], run: Run) -> None:
    result = kept("graph")
    del result[key]
    assert {*silent(run, result, "graph.yaml")} & {*kept("graph")["totals"], "output"} == unknown
    found = difference(run, result, "lenet5")
    assert unknown <= {*found["unknown"]}
    gone = [entry for entry in found["layers"] if entry["status"] != "added"]
    assert not any(name in entry["metrics"] for entry in gone for name in unknown)
    assert len(gone) == len(result["layers"])
    assert found["old"] == {"spec": "stored.json", "name": "Graph", "batch": 4, "dtype": "float16"} | (
        {key: None} if key in found["old"] else {}
    )


def test_memory_of_an_unknown_batch_is_said_to_be(run: Run) -> None:
    stored = cnncalc.summarize("8x8x3: conv3-4", dtype="float16").to_dict()
    del stored["batch"]
    Path("stored.json").write_text(json.dumps(stored), encoding="utf-8")
    other = cnncalc.summarize("8x8x3: conv3-8", batch=2).to_dict()
    Path("other.json").write_text(json.dumps(other), encoding="utf-8")
    stdout = run("diff", "stored.json", "other.json").stdout
    assert "Memory is counted for ? × float16 before and 2 × float32 after." in stdout
    assert "Not compared, because one side lacks it: activation memory." in stdout
    other["dtype"] = "float16"  # and so all that is known is the same
    Path("other.json").write_text(json.dumps(other), encoding="utf-8")
    assert "Memory is counted" not in run("diff", "stored.json", "other.json").stdout


@pytest.mark.parametrize("key", REQUIRED)
def test_what_makes_a_layer_is_required(key: str, run: Run) -> None:
    result = kept("graph")
    del result["layers"][3][key]
    Path("stored.json").write_text(json.dumps(result), encoding="utf-8")
    outcome = run("diff", "stored.json", "graph.yaml")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert f"stored.json is not a result: Object missing required field `{key}` - at `$.layers[3]`" in outcome.stderr


@pytest.mark.parametrize("key", ["name", "inputs"])
def test_what_makes_a_result_is_required(key: str, run: Run) -> None:
    result = kept("graph")
    del result[key]
    Path("stored.json").write_text(json.dumps(result), encoding="utf-8")
    outcome = run("diff", "stored.json", "graph.yaml")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert f"stored.json is not a result: Object missing required field `{key}`" in outcome.stderr


@pytest.mark.parametrize("key", ["fields", "notes"])
def test_a_key_that_is_there_has_a_value(key: str, run: Run) -> None:
    """Unknown is what is not there, and a count of null; else null is the value of what sees everything."""
    result = kept("graph")
    result["layers"][3][key] = None
    Path("stored.json").write_text(json.dumps(result), encoding="utf-8")
    assert "got `null` - at `$.layers[3]" in run("diff", "stored.json", "graph.yaml").stderr


@pytest.mark.parametrize("key", ["receptive_field", "jump"])
def test_to_see_everything_is_known(key: str, run: Run) -> None:
    """A layer of another reach is not a change of its own; the reach of one that is added or removed is told."""
    result = kept("graph")
    assert result["layers"][-1][key] is None
    known = difference(run, result, "8x8x3: relu")["layers"]
    unknown = difference(run, without(result, key), "8x8x3: relu")["layers"]
    assert known[0]["metrics"][key] == {"before": result["layers"][0][key], "after": None, "difference": None}
    assert known[-1]["metrics"][key] == {"before": None, "after": None, "difference": None}
    assert not any(key in entry["metrics"] for entry in unknown)


def test_a_network_that_sees_everything_is_told_from_one_of_unknown_reach(run: Run) -> None:
    result = kept("graph")
    result["totals"]["receptive_field"] = None
    assert difference(run, result, "graph.yaml")["totals"]["receptive_field"]["before"] is None
    assert "everything  25×25" in run("diff", "stored.json", "graph.yaml").stdout


# ----------------------------------------------------------------------------- what is another beside what is not known

BEFORE = "32x32x3: conv3-8 relu conv3-8 relu fc-10"
AFTER = "32x32x3: conv3-8 relu conv3-8 relu conv3-8 relu fc-20"


PAIRS = [(BEFORE, AFTER), (AFTER, BEFORE), ("vgg19", "vgg16"), ("alexnet", "zfnet")]


@cache
def of_pair(old: str, new: str) -> tuple[str, str]:
    """The result of the one, and what is another in the other, as JSON."""
    stored = cnncalc.summarize(old).to_dict()
    return json.dumps(stored), json.dumps(cnncalc.diff(stored, new).to_dict())


@pytest.mark.parametrize(
    ("old", "new", "key"),
    # in AlexNet and ZFNet lrn and maxpool2 change places, and fields decide which of the two has moved
    [(*pair, key) for pair in PAIRS for key in OF_LAYERS if (pair[0], key) != ("alexnet", "fields")],
)
def test_what_is_another_is_found_without_what_is_not_known(old: str, new: str, key: str, run: Run) -> None:
    """The same layers are added, removed and changed, and in the same metrics, but for the one."""
    stored, known = (json.loads(text) for text in of_pair(old, new))
    found = difference(run, without(stored, key), new)
    expected = []
    for entry in known["layers"]:
        if entry["status"] != "added":
            entry["metrics"].pop(key, None)
        if (
            {*counts()} & entry["metrics"].keys()
            or entry["status"] != "changed"
            or moved(entry)
            or (entry["fields"] and key != "fields")
        ):
            expected.append(entry)
    if key == "fields":  # then what was changed is known from what it does
        for entry in (*expected, *found["layers"]):
            del entry["fields"], entry["through_input"]
    assert found["layers"] == expected
    known["totals"].pop(key, None)
    assert found["totals"] == known["totals"]


def moved(entry: dict[str, Any]) -> bool:
    """Does a layer take or give another volume?"""
    return any(entry[key]["before"] != entry[key]["after"] for key in ("volumes", "output"))


def test_a_count_that_is_not_known_is_no_zero(run: Run) -> None:
    stored = without(cnncalc.summarize(BEFORE).to_dict(), "macs")
    Path("stored.json").write_text(json.dumps(stored), encoding="utf-8")
    lines = run("diff", "stored.json", AFTER).stdout.splitlines()
    rows = {line[3:].split()[0]: line.rstrip() for line in lines if re.match("[+−~·]  ", line)}
    weights, macs = 3 * 3 * 8 * 8, 32 * 32 * 8 * 3 * 3 * 8
    assert re.fullmatch(rf"\+  conv3 .* 32×32×8 +\+{weights + 8} +\+{macs:,}", rows["conv3"])  # of this one it is known
    assert re.fullmatch(rf"~  dense1 +units 10 → 20 .* \+{32 * 32 * 8 * 10 + 10:,} +\?", rows["dense1"])
    assert "multiply-adds" in next(line for line in lines if line.startswith("Not compared"))
    lines = run("diff", AFTER, "stored.json", "-f", "markdown").stdout.splitlines()
    assert re.search(r"^ +relu1 +relu +32×32×8$", run("diff", "stored.json", AFTER, "--all").stdout, re.MULTILINE)
    row = next(line for line in lines if line.startswith("| ~ | dense1 | "))
    assert row.endswith(f" | −{32 * 32 * 8 * 10 + 10:,} | ? |")
    found = cnncalc.diff("stored.json", AFTER).to_dict()
    assert ["macs" in entry["metrics"] for entry in found["layers"]] == [True, True, False]  # two are added
    assert ("macs" in found["totals"], "macs" in found["unknown"]) == (False, True)


def test_a_network_of_unknown_counts_comes_and_goes(run: Run) -> None:
    stored = without(cnncalc.summarize("32x32x3: conv3-8").to_dict(), "macs")
    Path("stored.json").write_text(json.dumps(stored), encoding="utf-8")
    said = "added stored.json: 224 parameters, ? multiply-adds, 1 layer\n"
    assert 3 * 3 * 3 * 8 + 8 == 224
    assert run("diff", "/dev/null", "stored.json", "--exit-code") == (1, said, "")
    row = run("diff", "stored.json", "/dev/null", "--all").stdout.splitlines()[-1]
    assert re.fullmatch(r"−  conv1 +conv 3×3-8 +32×32×8 +−224 +\?", row.rstrip())
    found = cnncalc.diff("/dev/null", "stored.json").to_dict()
    assert "macs" not in found["totals"]
    assert "macs" not in found["layers"][0]["metrics"]


def test_fields_that_are_not_known_are_no_change_and_a_change_without_them_is_said_to_be_unknown(run: Run) -> None:
    stored = without(cnncalc.summarize("32x32x3: conv3-8 conv3-8 conv3-8 relu").to_dict(), "fields")
    found = difference(run, stored, "32x32x3: conv3-8 conv3-16 conv3-8 relu")
    assert [(entry["new"], entry["fields"]) for entry in found["layers"]] == [("conv2", {}), ("conv3", {})]
    assert re.search(r"~  conv2 +fields unknown +32×32×8 → 32×32×16 ", run("diff", "stored.json", AFTER).stdout) is None
    stdout = run("diff", "stored.json", "32x32x3: conv3-8 conv3-16 conv3-8 relu").stdout
    assert re.search(r"~  conv2 +fields unknown +32×32×8 → 32×32×16 ", stdout)
    assert re.search(r"·  conv3 +through its input +32×32×8 ", stdout)


@pytest.mark.parametrize("lost", range(3))
def test_layers_find_their_counterparts_where_one_lacks_its_fields(lost: int, run: Run) -> None:
    stored = cnncalc.summarize("32x32x3: conv3-8 conv3-8 conv3-8 relu fc-10").to_dict()
    del stored["layers"][lost]["fields"]
    found = difference(run, stored, "32x32x3: conv3-8 conv3-8 batchnorm conv3-8 relu fc-10")
    assert [(entry["status"], entry["new"]) for entry in found["layers"]] == [("added", "batchnorm1")]


@pytest.mark.parametrize("field", sorted(WINDOW))
@pytest.mark.parametrize("name", ["lenet5", "mobilenet_v2", "graph.yaml"])
def test_a_field_that_no_window_had_then_is_no_change(name: str, field: str, run: Run) -> None:
    """A result has the fields of a window also where they are at their default: one that is not there is not known."""
    stored = cnncalc.summarize(name).to_dict()
    held = [layer["fields"].pop(field) for layer in stored["layers"] if field in layer["fields"]]
    assert held or name == "lenet5"
    silent(run, stored, name)


def test_a_field_at_its_default_is_known(run: Run) -> None:
    """All other fields are left out at their default, and so a bias that is not there is one that is."""
    stored = cnncalc.summarize("{input: 8x8x3, layers: [{conv: 4, kernel: 3, bias: false}]}").to_dict()
    del stored["layers"][0]["fields"]["bias"], stored["layers"][0]["fields"]["dilation"]
    found = difference(run, stored, "{input: 8x8x3, layers: [{conv: 4, kernel: 3, bias: false, dilation: 2}]}")
    assert found["layers"][0]["fields"] == {"bias": {"before": True, "after": False}}


def test_layers_of_long_networks_find_their_counterparts_without_a_field(run: Run) -> None:
    """What is unknown of all of them makes none of them another, or there would be too many edits to weigh."""
    stored = cnncalc.summarize("4x4x4: (conv3-4 conv1-4)*1000").to_dict()
    for layer in stored["layers"]:
        del layer["fields"]["groups"]
    found = cnncalc.diff(stored, "4x4x4: conv1-4 conv5-4 (conv3-4 conv1-4)*1000").to_dict()
    assert [(entry["status"], entry["new"]) for entry in found["layers"]] == [("added", "conv1"), ("added", "conv2")]


def test_an_older_result_does_not_know_what_is_shared_or_frozen(run: Run) -> None:
    shared = "{input: 8x8x3, layers: [conv3-3, {conv: 3, kernel: 3, padding: 1, share: conv1, frozen: true}]}"
    own = "8x8x3: conv3-3 conv3-3"
    stored = cnncalc.summarize(own).to_dict()
    fields = {"share": {"before": None, "after": "conv1"}}
    assert [entry["fields"] for entry in difference(run, stored, shared)["layers"]] == [fields]
    found = difference(run, without(without(stored, "share"), "frozen"), shared)
    assert [(entry["fields"], entry["metrics"]["params"]["after"]) for entry in found["layers"]] == [({}, 0)]
    assert "counted differently" in run("diff", "stored.json", shared).stdout


# ----------------------------------------------------------------------------------------- what a newer result has more


def newer(result: dict[str, Any], value: Any) -> dict[str, Any]:
    """A result of a version that knows more."""
    result = {**copy.deepcopy(result), "made_by": value}
    result["totals"]["energy"] = value
    for layer in result["layers"]:
        layer["energy"] = value
        layer["fields"]["sparsity"] = value
    return result


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    "value",
    [None, True, 5, 10**300, -1.5, "text", "9" * 100_000, [], [[1], "a"], {}, {"a": {"b": None}}, nested(500)],
    ids=range(12),
)
def test_what_is_not_known_is_said_once_and_left_alone(value: Any, run: Run) -> None:
    for name in ("graph", "lenet5", "symbolic"):
        Path("newer.json").write_text(json.dumps(newer(kept(name), value)), encoding="utf-8")
        said = (
            "warning: newer.json has keys unknown to this version: "
            "made_by, totals.energy, layers[].energy, layers[].fields.sparsity\n"
            "  help: unknown keys are not compared\n\n"
        )
        assert run("diff", "newer.json", RESULTS[name], "--exit-code") == (0, "", said)
        assert run("diff", RESULTS[name], "newer.json", "--exit-code", "-f", "markdown") == (0, "", said)
        assert run("diff", "newer.json", "newer.json", "--exit-code") == (0, "", said)
        found = run("diff", "newer.json", RESULTS[name], "-f", "json")
        assert found.stderr == said
        assert json.loads(found.stdout) == {
            **cnncalc.diff(f"{name}.json", RESULTS[name]).to_dict(),
            "old": {**cnncalc.diff(f"{name}.json", RESULTS[name]).to_dict()["old"], "spec": "newer.json"},
        }


def test_a_change_is_found_beside_what_is_not_known(run: Run) -> None:
    Path("newer.json").write_text(json.dumps(newer(cnncalc.summarize(BEFORE).to_dict(), 5)), encoding="utf-8")
    Path("same.json").write_text(json.dumps(cnncalc.summarize(BEFORE).to_dict()), encoding="utf-8")
    found = run("diff", "newer.json", AFTER, "--exit-code")
    assert found.exit == 1
    assert found.stdout.replace("newer.json", "same.json") == run("diff", "same.json", AFTER).stdout
    assert found.stderr.count("warning: ") == 1


def test_fields_of_a_type_that_is_not_known_are_compared(run: Run) -> None:
    """This version knows nothing of them, but that they differ."""
    old, new = (cnncalc.summarize("8x8x3: conv3-4").to_dict() for _ in range(2))
    for side, value in ((old, 1), (new, 2)):
        side["layers"][0]["type"] = "quantum_conv"
        side["layers"][0]["fields"]["qubits"] = value
    assert cnncalc.diff(old, new).to_dict()["layers"][0]["fields"] == {"qubits": {"before": 1, "after": 2}}
    Path("stored.json").write_text(json.dumps(old), encoding="utf-8")
    del old["layers"][0]["fields"]["qubits"]  # which then is at its default, whatever that is
    assert cnncalc.diff(old, new).to_dict()["layers"][0]["fields"] == {"qubits": {"before": None, "after": 2}}
    assert run("diff", "stored.json", "stored.json", "--exit-code") == (0, "", "")


def test_a_total_that_this_version_has_elsewhere_is_compared(run: Run) -> None:
    """A newer version may well put the depth among the totals."""
    stored = kept("graph")
    stored["totals"]["depth"] = 8
    found = difference(run, stored, "graph.yaml")
    assert found["totals"]["depth"] == {"before": 8, "after": 7, "difference": -1}
    assert "depth" not in found["unknown"]


@pytest.mark.parametrize("value", [[1, 1, 10], 5, None, [[1, 1, 10]], "x"])
def test_volumes_are_no_total(value: Any, run: Run) -> None:
    stored = kept("graph")
    stored["totals"]["output"] = value
    Path("stored.json").write_text(json.dumps(stored), encoding="utf-8")
    found = run("diff", "stored.json", "graph.yaml", "--exit-code")
    assert (found.exit, found.stdout) == (0, "")
    assert "unknown to this version: totals.output\n" in found.stderr


def test_a_warning_is_short_and_steers_nothing(run: Run) -> None:
    stored = kept("graph")
    stored.update({f"\x1b[31m{number}\n::error::{'x' * 10_000}": number for number in range(1000)})
    Path("stored.json").write_text(json.dumps(stored), encoding="utf-8")
    found = run("diff", "stored.json", "graph.yaml", "--exit-code")
    assert (found.exit, found.stdout) == (0, "")
    assert len(found.stderr) < 600
    assert " and 995 more\n" in found.stderr
    assert "\x1b" not in found.stderr
    assert not any(line.startswith("::") for line in found.stderr.splitlines())


@pytest.mark.parametrize("depth", [None, 1])
def test_what_is_known_says_nothing(depth: int | None) -> None:
    """No result of today has a key that today's version does not know."""
    for name in (*zoo.FEW, str(FOLDER / "graph.yaml"), RESULTS["symbolic"]):
        assert unknown_keys(cnncalc.summarize(name, depth=depth).to_dict()) == []


@pytest.mark.parametrize("where", ["-", "stored.yaml"])
def test_it_is_said_wherever_the_result_comes_from(where: str, run: Run) -> None:
    text = json.dumps(newer(kept("graph"), 5))
    Path("stored.yaml").write_text(f"# as YAML\n{text}", encoding="utf-8")
    found = run("diff", where, "graph.yaml", "--exit-code", stdin=text)
    assert (found.exit, found.stdout) == (0, "")
    assert found.stderr.startswith(f"warning: {'standard input' if where == '-' else where} has keys ")


def test_a_result_with_specs_is_no_baseline(run: Run) -> None:
    Path("stored.yaml").write_text(f"# as YAML\n{json.dumps({**kept('graph'), 'specs': 5})}", encoding="utf-8")
    found = run("diff", "stored.yaml", "graph.yaml", "--exit-code")
    assert (found.exit, found.stdout) == (0, "")
    assert "unknown to this version: specs\n" in found.stderr


def test_a_higher_schema_is_refused(run: Run) -> None:
    Path("stored.json").write_text(json.dumps({**kept("graph"), "schema": 2}), encoding="utf-8")
    found = run("diff", "stored.json", "graph.yaml")
    assert (found.exit, found.stdout) == (2, "")
    assert "stored.json is of schema 2" in found.stderr


# ------------------------------------------------------------------------------------------ the baseline, as it is kept

OLD = (FOLDER / "baseline.yaml").read_text(encoding="utf-8")
KEPT = baseline.HEAD + OLD.partition("\n")[2]
"""The same under the comment that is written today."""
FULL = (FOLDER / "fields.yaml").read_text(encoding="utf-8")
"""The one that has every metric."""


def stored(text: str) -> baseline.Stored:
    return baseline.stored(read(text, Source("baseline.yaml", tuple(text.splitlines()))), "baseline.yaml")


def test_the_comment_at_the_top_says_nothing_to_the_reader() -> None:
    assert OLD.partition("\n")[0] + "\n" != baseline.HEAD
    assert stored(OLD).entries == stored(KEPT).entries


@pytest.mark.parametrize("format", ["text", "markdown"])
def test_the_baseline_that_is_kept_is_of_todays_networks(format: str, run: Run) -> None:
    for arguments in (SPECS, ("mobilenet_v1", "--set", "width=0.5", "--dtype", "int8", "--batch", "3")):
        found = run("check", *arguments, "--baseline", "baseline.yaml", "-f", format, "--quiet")
        assert found == (0, "", "")
    for spec in SPECS:
        assert run("diff", "baseline.yaml", spec, "--exit-code") == (0, "", "")
        assert not set(cnncalc.diff("baseline.yaml", spec).to_dict()["unknown"]) & stored(KEPT).entries[spec].keys()
    assert {*SPECS, "mobilenet_v1 width=0.5 int8 batch=3"} == stored(KEPT).entries.keys()


def test_what_a_baseline_has_had_it_has_still(run: Run) -> None:
    Path("baseline.yaml").unlink()
    run("baseline", "write", *SPECS)
    run("baseline", "write", "mobilenet_v1", "--set", "width=0.5", "--dtype", "int8", "--batch", "3")
    now = stored(Path("baseline.yaml").read_text(encoding="utf-8")).entries
    assert list(missed(stored(KEPT).entries, now)) == []


def test_reading_and_writing_leaves_the_baseline_as_it_is(run: Run) -> None:
    Path("baseline.yaml").write_text(FULL, encoding="utf-8")
    run("baseline", "write", "lenet5")
    written = Path("baseline.yaml").read_text(encoding="utf-8")
    assert [line for line in FULL.splitlines() if line not in written.splitlines()] == []


# --------------------------------------------------------------------------------- what an older baseline does not have


def lacking(metric: str) -> str:
    return "".join(line for line in FULL.splitlines(keepends=True) if not line.startswith(f"    {metric}:"))


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_that_the_baseline_has_not_is_not_guarded(metric: str, run: Run) -> None:
    assert stored(FULL).entries["lenet5"].keys() >= METRICS.keys()  # or it would be no test of this metric
    Path("baseline.yaml").write_text(lacking(metric), encoding="utf-8")
    for kind in ("text", "markdown"):
        assert run("check", *SPECS, "--baseline", "baseline.yaml", "-f", kind, "-q") == (0, "", "")
    limits = json.loads(run("check", "lenet5", "--baseline", "baseline.yaml", "-f", "json").stdout)["specs"][0][
        "limits"
    ]
    guarded = [name for name in METRICS if METRICS[name].guarded and name != metric]
    assert [limit["metric"] for limit in limits] == guarded
    assert run("diff", "baseline.yaml", "lenet5", "--exit-code") == (0, "", "")
    assert cnncalc.diff("baseline.yaml", "lenet5").to_dict()["unknown"] == [metric]


@pytest.mark.parametrize("metric", METRICS)
def test_where_the_network_is_another_what_is_not_known_is_not_among_what_changed(metric: str, run: Run) -> None:
    text = lacking(metric).replace("  lenet5:", "  net.yaml:")
    Path("baseline.yaml").write_text(text, encoding="utf-8")
    Path("net.yaml").write_text("{extends: resnet18}", encoding="utf-8")
    found = run("check", "net.yaml", "--baseline", "baseline.yaml", "-f", "markdown")
    assert (found.exit, found.stderr) == (1, "")
    _, _, moves = found.stdout.partition("| Metric | Before | Now | Change |")
    rows = re.findall(r"^\| ([\w\\]+) \| ", moves.partition("\n\n")[0], re.MULTILINE)
    assert {row.replace("\\", "") for row in rows} == METRICS.keys() - {metric}
    found = run("diff", "baseline.yaml", "net.yaml", "-f", "markdown", "--exit-code")
    assert (found.exit, found.stderr) == (1, "")
    assert "Not compared, because one side lacks it: " in found.stdout


def test_a_limit_on_the_change_of_a_metric_that_the_baseline_has_not_holds(run: Run) -> None:
    Path("net.yaml").write_text("{extends: lenet5, budget: {depth: {change: +0%}}}", encoding="utf-8")
    Path("baseline.yaml").write_text(lacking("depth").replace("  lenet5:", "  net.yaml:"), encoding="utf-8")
    found = run("check", "net.yaml", "--baseline", "baseline.yaml", "--allow", "depth=any")
    assert (found.exit, found.stderr) == (0, "")
    assert re.search(r"^depth +new +5 ", found.stdout, re.MULTILINE)


# --------------------------------------------------------------------------------------- what a newer baseline has more

MORE = FULL.replace("schema: 1\n", "schema: 1\ncomment: made in spring\n").replace(
    "    weight_bytes:", "    watts: 3.5 mW\n    weight_bytes:"
)
SAID = (
    "warning: baseline.yaml has keys unknown to this version: comment, watts\n"
    "  --> baseline.yaml:3:1\n"
    "   2 | schema: 1\n"
    "   3 | comment: made in spring\n"
    "     | ^^^^^^^\n"
    "  help: unknown metrics are not checked, and `cnncalc baseline write SPEC` keeps them\n\n"
)


@pytest.mark.parametrize("format", ["text", "markdown", "github"])
def test_metrics_that_are_not_known_are_said_once_and_not_checked(format: str, run: Run) -> None:
    Path("baseline.yaml").write_text(MORE, encoding="utf-8")
    found = run("check", *SPECS, "--baseline", "baseline.yaml", "--quiet", "-f", format)
    assert found == (0, "", SAID)


def test_what_is_known_is_checked_beside_what_is_not(run: Run) -> None:
    Path("baseline.yaml").write_text(MORE.replace("params: 60000", "params: 59999"), encoding="utf-8")
    found = run("check", *SPECS, "--baseline", "baseline.yaml", "--quiet")
    assert (found.exit, found.stderr) == (1, SAID)
    assert "lenet5: params was 59,999 and is 60,000: 1 (<0.1 %) more, and no growth is allowed" in found.stdout


def test_a_difference_from_a_baseline_that_knows_more(run: Run) -> None:
    Path("baseline.yaml").write_text(MORE, encoding="utf-8")
    assert run("diff", "baseline.yaml", "lenet5", "--exit-code") == (0, "", SAID)
    assert run("diff", "resnet18", "baseline.yaml", "--exit-code", "-f", "markdown") == (0, "", SAID)
    Path("baseline.yaml").write_text(MORE[: MORE.index("  graph.yaml:")], encoding="utf-8")
    assert run("diff", "baseline.yaml", "baseline.yaml", "--exit-code") == (0, "", SAID)
    Path("baseline.yaml").write_text(MORE, encoding="utf-8")
    found = run("diff", "baseline.yaml", "lenet5", "-f", "json")
    assert found.stderr == SAID
    assert json.loads(found.stdout)["unknown"] == []


def test_what_is_not_known_is_written_back(run: Run) -> None:
    """But for the spec that is rewritten: what it was is not what it is."""
    Path("baseline.yaml").write_text(MORE, encoding="utf-8")
    found = run("baseline", "write", "lenet5", "lenet5")
    assert (found.exit, found.stdout) == (0, "")
    assert found.stderr == f"{SAID}1 spec written to baseline.yaml\n"
    before, _, after = MORE.partition("  lenet5:\n")
    own, line, rest = after.partition("    watts: 3.5 mW\n")
    assert line
    assert missing(before + "  lenet5:\n" + own + rest) == []
    assert Path("baseline.yaml").read_text(encoding="utf-8").count("watts: 3.5 mW") == MORE.count("watts") - 1


def missing(text: str) -> list[str]:
    """The lines of a text that are not in the baseline, each in its place."""
    written = iter(Path("baseline.yaml").read_text(encoding="utf-8").splitlines())
    return [line for line in text.splitlines() if line not in written]


def test_without_a_spec_all_is_written_anew(run: Run) -> None:
    Path("baseline.yaml").write_text(MORE, encoding="utf-8")
    Path("budgets.yaml").write_text("- {spec: lenet5, params: 1M}\n", encoding="utf-8")
    assert run("baseline", "write") == (0, "", "1 spec written to baseline.yaml\n")
    assert not re.search("watts|comment", Path("baseline.yaml").read_text(encoding="utf-8"))


def test_an_entry_of_nothing_that_is_known_is_an_entry(run: Run) -> None:
    text = "schema: 1\nspecs:\n  lenet5:\n    watts: 3\n"
    Path("baseline.yaml").write_text(text, encoding="utf-8")
    found = run("check", "lenet5", "--baseline", "baseline.yaml", "-q")
    assert (found.exit, found.stdout) == (0, "")
    assert run("diff", "baseline.yaml", "lenet5", "--exit-code")[:2] == (0, "")
    run("baseline", "write", "resnet18")
    assert missing(text) == []


def test_a_slip_is_shown_its_way_out(run: Run) -> None:
    Path("baseline.yaml").write_text("schema: 1\nspecs:\n  lenet5:\n    parms: 5\n", encoding="utf-8")
    assert run("check", "lenet5", "--baseline", "baseline.yaml", "-q").stderr == (
        "warning: baseline.yaml has keys unknown to this version: parms\n"
        "  --> baseline.yaml:4:5\n"
        "   3 |   lenet5:\n"
        "   4 |     parms: 5\n"
        "     |     ^^^^^\n"
        "  help: did you mean `params`? "
        "unknown metrics are not checked, and `cnncalc baseline write SPEC` keeps them\n\n"
    )
    text = "schema: 1\nspecs:\n  lenet5: {watts: 5, parms: 5, Macs: 6}\n  resnet18: {watts: 5, parms: 5}\n"
    Path("baseline.yaml").write_text(text, encoding="utf-8")
    found = run("check", "lenet5", "--baseline", "baseline.yaml", "-q").stderr
    assert "unknown to this version: watts, parms, Macs\n  --> baseline.yaml:3:12\n" in found
    assert "  help: parms: did you mean `params`? Macs: did you mean `macs`? unknown metrics are not checked" in found


def test_a_wrong_value_of_a_known_metric_is_wrong_beside_what_is_not_known(run: Run) -> None:
    Path("baseline.yaml").write_text(MORE.replace("params: 60000", "params: 60k"), encoding="utf-8")
    for arguments in (("check", "lenet5", "--baseline", "baseline.yaml"), ("diff", "baseline.yaml", "lenet5")):
        found = run(*arguments)
        assert (found.exit, found.stdout) == (2, "")
        assert "error: 60k is not a valid params" in found.stderr
        assert "watts" not in found.stderr


def test_a_baseline_of_a_higher_schema_is_refused(run: Run) -> None:
    Path("baseline.yaml").write_text(MORE.replace("schema: 1", "schema: 2"), encoding="utf-8")
    found = run("check", "lenet5", "--baseline", "baseline.yaml")
    assert (found.exit, found.stdout) == (2, "")
    assert "a baseline of schema 2 is not known" in found.stderr


# Any scalar that YAML has, as it is written there: plain, or between quotes.
PLAIN = ["5", "-1", "1.5", "1e3", "", "~", "null", "true", ".inf", "a", "8x8x16, 1x1x10", "1/2", "3.5 mW", "everything"]
SCALARS = st.sampled_from([*PLAIN, *map(json.dumps, PLAIN)]) | st.text(max_size=200).map(
    lambda text: json.dumps(text, ensure_ascii=True)
).filter(
    lambda text: "\\ud" not in text  # which YAML does not have
)
NAMES = st.text(max_size=30).filter(lambda name: name not in METRICS and name != "<<")


@given(st.dictionaries(NAMES, SCALARS, max_size=4), st.dictionaries(NAMES, SCALARS, max_size=3))
def test_any_scalar_is_read_back_as_it_was(own: dict[str, str], beside: dict[str, str]) -> None:
    beside = {name: value for name, value in beside.items() if name not in ("schema", "specs")}
    quoted = [{json.dumps(name): value for name, value in given.items()} for given in (own, beside)]
    if any("\\ud" in name for given in quoted for name in given):
        return
    lines = ["schema: 1", *(f"{name}: {value}" for name, value in quoted[1].items()), "specs:", "  lenet5:"]
    text = "\n".join([*lines, "    params: 5", *(f"    {name}: {value}" for name, value in quoted[0].items()), ""])
    found = stored(text)
    written = baseline.text(found.everything, found.beside)
    assert plain_data(read(written, Source("a"))) == plain_data(read(text, Source("a")))
    again = stored(written)
    assert baseline.text(again.everything, again.beside) == written
    assert len(found.unread) == bool(own or beside)


@pytest.mark.parametrize("text", ["3", "3.5 mW", "8x8x16, 1x1x10", "1/2", "true", "everything", "8x8x16, " * 9 + "1"])
def test_what_is_written_plain_stays_plain(text: str) -> None:
    """Or a baseline that two versions write in turn would change each time."""
    found = stored(f"schema: 1\nspecs:\n  lenet5:\n    watts: {text}\n")
    assert baseline.text(found.everything).endswith(f"    watts: {text}\n")


@pytest.mark.parametrize(
    "text", ["", "5", "-1.5", "null", "true", ".inf", "~", "9" * 500, "9" * 500 + ".5", "a: b", "a #b"]
)
def test_a_text_between_quotes_stays_a_text(text: str) -> None:
    found = stored(f'schema: 1\nspecs:\n  lenet5:\n    watts: "{text}"\n')
    written = baseline.text(found.everything)
    assert plain_data(read(written, Source("a"))) == {"schema": 1, "specs": {"lenet5": {"watts": text}}}


LOST = {
    "a list": "[1, 2]",
    "a mapping": "{a: 1}",
    "deep": f"{'[' * 90}{']' * 90}",
    "too long": "x" * 5000,
}


@pytest.mark.parametrize("value", LOST.values(), ids=LOST)
def test_what_the_format_has_no_room_for_is_left_alone_and_lost(value: str, run: Run) -> None:
    text = FULL.replace("    weights:", f"    watts: {value}\n    weights:").replace(
        "schema: 1\n", f"schema: 1\nx: {value}\n"
    )
    Path("baseline.yaml").write_text(text, encoding="utf-8")
    found = run("check", *SPECS, "--baseline", "baseline.yaml", "-q")
    assert (found.exit, found.stdout) == (0, "")
    assert len(found.stderr) < 600
    assert "keeps them; a list, a mapping or a long value is dropped\n" in found.stderr
    found = run("baseline", "write", "lenet5")
    assert (found.exit, found.stdout) == (0, "")
    assert "long value is dropped\n" in found.stderr
    assert Path("baseline.yaml").read_text(encoding="utf-8") == FULL


def test_a_warning_of_many_metrics_is_short_and_steers_nothing(run: Run) -> None:
    names = [f'"parms\\e[31m{number}\\n::error::{"x" * 900}"' for number in range(500)]
    names += [f'"parms{number}"' for number in range(500)]
    metrics = "".join(f"    {name}: 5\n" for name in names)
    Path("baseline.yaml").write_text(f"schema: 1\nspecs:\n  lenet5:\n{metrics}", encoding="utf-8")
    for command in (("check", "lenet5", "--baseline", "baseline.yaml", "-q"), ("baseline", "write", "resnet18")):
        found = run(*command)
        assert (found.exit, found.stdout) == (0, "")
        assert len(found.stderr) < 1500
        assert " and 995 more\n" in found.stderr
        assert "\x1b" not in found.stderr
        assert not any(line.startswith("::") for line in found.stderr.splitlines())


@pytest.mark.parametrize("name", ["n" * 121, "\\x01" * 121])
def test_a_name_that_is_too_long_is_lost(name: str, run: Run) -> None:
    Path("baseline.yaml").write_text(FULL.replace("    weights:", f'    "{name}": 5\n    weights:'), encoding="utf-8")
    found = run("baseline", "write", "lenet5")
    assert (found.exit, found.stdout) == (0, "")
    assert "long value is dropped\n" in found.stderr
    assert Path("baseline.yaml").read_text(encoding="utf-8") == FULL


def test_one_long_text_under_many_names_is_not_written_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alias is a few characters, and what it stands for a million: nobody goes through them once for each."""
    dump = baseline.dump

    def counted(data: dict[str, Any]) -> str:
        (specs,) = (value for value in data.values() if isinstance(value, dict))
        assert all(len(text) < 1000 for entry in (data, *specs.values()) for text in entry)
        assert not any(hasattr(value, "text") and len(value.text) > 1000 for value in data.values())
        return dump(data)

    monkeypatch.setattr(baseline, "dump", counted)
    lines = [f"  s{number}: {{watts: *long, ? *long : 1}}\n" for number in range(2000)]
    text = f"schema: 1\nx: &long {'y' * 1_000_000}\nspecs:\n{''.join(lines)}"
    Path("baseline.yaml").write_text(text, encoding="utf-8")
    found = run("baseline", "write", "lenet5")
    assert (found.exit, found.stdout) == (0, "")
    assert Path("baseline.yaml").stat().st_size < 100_000
