"""The Python API: what the command takes, ``load`` takes; what the command prints, a ``Network`` holds."""

from __future__ import annotations

import io
import json
import os
import pickle
from collections import OrderedDict
from numbers import Integral
from pathlib import Path
from typing import Any

import golden
import pytest

import cnncalc
from cnncalc import Network, SpecError, Volume

TEXT = """
name: small
source: somebody
input: 32x32x3
parameters: {width: 8, act: relu}
layers:
  - {conv: width, kernel: 3, padding: half, activation: act, name: first}
  - maxpool2
  - {dense: 10, name: last}
"""
DATA: dict[str, Any] = {
    "name": "small",
    "source": "somebody",
    "input": "32x32x3",
    "parameters": {"width": 8, "act": "relu"},
    "layers": [
        {"conv": "width", "kernel": 3, "padding": "half", "activation": "act", "name": "first"},
        "maxpool2",
        {"dense": 10, "name": "last"},
    ],
}
WEIGHTS = 3 * 3 * 3 * 8 + 16 * 16 * 8 * 10
LINE = "32x32x3: conv3-8 maxpool2 fc-10"


# --- what load takes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["path", "text of a path", "relative path", "YAML", "mapping", "ordered", "stdin"])
def test_load_takes_a_spec_in_every_form(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode()), encoding="utf-8"))
    spec = {
        "path": path,
        "text of a path": str(path),
        "relative path": "net.yaml",
        "YAML": TEXT,
        "mapping": DATA,
        "ordered": OrderedDict(DATA),
        "stdin": "-",
    }[form]
    assert cnncalc.load(spec).to_dict() == cnncalc.load(DATA).to_dict()
    assert cnncalc.load(DATA).totals.weights == WEIGHTS


def test_load_takes_one_line() -> None:
    assert cnncalc.load(LINE).totals.weights == WEIGHTS


@pytest.mark.parametrize("name", ["vgg16", "vgg16.yaml"])
def test_load_takes_the_name_of_a_built_in_spec_from_any_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cnncalc.load(name).name == "VGG-16"


def test_load_does_not_change_the_mapping_that_it_is_given() -> None:
    before = json.dumps(DATA)
    cnncalc.load(DATA, set={"width": 4})
    assert json.dumps(DATA) == before


def test_an_object_with_a_path_is_a_path(tmp_path: Path) -> None:
    class Somewhere(os.PathLike[str]):
        def __fspath__(self) -> str:
            return str(tmp_path / "net.yaml")

    (tmp_path / "net.yaml").write_text(TEXT, encoding="utf-8")
    assert cnncalc.load(Somewhere()).name == "small"


@pytest.mark.parametrize("width", [16, "16", "4*4", 16.0])
def test_set_takes_values_and_what_the_command_line_takes(width: Any) -> None:
    assert cnncalc.load(DATA, set={"width": width}).totals.weights == 3 * 3 * 3 * 16 + 16 * 16 * 16 * 10


def test_set_takes_whole_numbers_of_other_libraries() -> None:
    """Such as NumPy's, which say that they are `numbers.Integral`."""

    class Sixteen:
        def __int__(self) -> int:
            return 16

    Integral.register(Sixteen)
    assert cnncalc.load(DATA, set={"width": Sixteen()}).layers[0].weights == 3 * 3 * 3 * 16


def test_strict() -> None:
    assert cnncalc.load("9x9x3: maxpool2").warnings
    with pytest.raises(SpecError, match="ignored"):
        cnncalc.load("9x9x3: maxpool2", strict=True)


@pytest.mark.parametrize("spec", [None, 3, b"input", ["relu"], object()])
def test_what_is_no_spec_is_a_spec_error(spec: Any) -> None:
    with pytest.raises(SpecError):
        cnncalc.load(spec)


# --- what a network holds ---------------------------------------------------------------------------------------------


def test_a_network() -> None:
    network = cnncalc.load(DATA)
    assert isinstance(network, Network)
    assert (network.name, network.source, network.warnings, network.assumptions) == ("small", "somebody", (), ())
    assert network.inputs == {"input": Volume((32, 32), 3)}
    assert network.outputs == ("last",)
    assert [layer.name for layer in network.layers] == ["first", "maxpool1", "last"]
    assert network.layer("maxpool1") is network.layers[1]
    with pytest.raises(KeyError):
        network.layer("maxpool2")


def test_a_layer() -> None:
    layer = cnncalc.load(DATA).layers[0]
    assert (layer.name, layer.type, layer.inputs) == ("first", "conv", ("input",))
    assert (layer.output.sides, layer.output.channels, tuple(layer.output)) == ((32, 32), 8, (32, 32, 8))
    assert (layer.weights, layer.biases, layer.params, layer.buffers) == (3 * 3 * 3 * 8, 8, 3 * 3 * 3 * 8 + 8, 0)
    assert layer.macs == 32 * 32 * 8 * (3 * 3 * 3)
    assert layer.flops == 2 * layer.macs + 32 * 32 * 8 + 32 * 32 * 8  # a bias added and a value activated
    assert (layer.activations, layer.activation_bytes) == (32 * 32 * 8, 32 * 32 * 8 * 4)
    assert (layer.receptive_field, layer.jump, layer.notes) == ((3, 3), (1, 1), ())
    assert layer.fields["filters"] == 8
    assert layer.fields["activation"] == "relu"


def test_a_layer_that_sees_everything() -> None:
    last = cnncalc.load(DATA).layers[-1]
    assert last.receptive_field is None
    assert last.jump is None


def test_totals() -> None:
    network = cnncalc.load(DATA)
    totals = network.totals
    for metric in ("weights", "biases", "params", "buffers", "macs", "flops"):
        assert getattr(totals, metric) == sum(getattr(layer, metric) for layer in network.layers)
    assert totals.layers == 3
    assert totals.params == totals.weights + totals.biases
    assert totals.activations == 32 * 32 * 3 + sum(layer.activations for layer in network.layers)
    assert totals.activation_bytes == 4 * totals.activations
    assert totals.weight_bytes == 4 * totals.params
    assert totals.receptive_field == (4, 4)  # of the layer before the one that sees everything


def test_sized() -> None:
    network = cnncalc.load(LINE)
    sized = network.sized("float16", 8)
    values = 32 * 32 * 3 + 32 * 32 * 8 + 16 * 16 * 8 + 10
    assert (sized.sizing.dtype, sized.sizing.batch) == ("float16", 8)
    assert sized.totals.activations == values
    assert sized.totals.activation_bytes == 8 * 2 * values
    assert sized.totals.weight_bytes == 2 * sized.totals.params
    assert sized.layers[0].activation_bytes == 8 * 2 * 32 * 32 * 8
    assert network.totals.activation_bytes == 4 * values, "the network itself is left alone"
    assert network.sized().to_dict() == network.to_dict()


def test_sized_for_half_bytes() -> None:
    layer = cnncalc.load("3x3x1: conv1-1").sized("int4").layers[0]
    assert layer.activation_bytes == 5  # 9 half bytes


def test_sized_for_what_is_no_type_and_no_batch() -> None:
    network = cnncalc.load(LINE)
    with pytest.raises((KeyError, ValueError), match="float12"):
        network.sized("float12")
    with pytest.raises(ValueError, match="at least 1"):
        network.sized(batch=0)


def test_volume_of_text() -> None:
    assert Volume.of("224x224x3") == Volume((224, 224), 3)
    assert repr(Volume.of("16000x1")) == 'Volume("16000x1")'
    assert str(Volume.of("7x7x512")) == "7×7×512"
    assert (Volume.of("2x3x4").values, Volume.of("2x3x4").positions, Volume.of("2x3x4").rank) == (2 * 3 * 4, 2 * 3, 2)
    for text in ("", "3x", "0x3", "axb", "1x1x1x1x1", "-1x3"):
        with pytest.raises(ValueError, match="not a volume"):
            Volume.of(text)


def test_networks_are_left_alone_by_each_other() -> None:
    first = cnncalc.load("resnet18").to_dict()
    cnncalc.load("resnet18", set={"classes": 3})
    cnncalc.load("vgg16")
    assert cnncalc.load("resnet18").to_dict() == first


# --- the same as the command ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", ["vgg16", "lenet5", "resnet18", "unet", LINE, "HxWxC: conv3-C maxpool2 fc-10"])
def test_to_dict_is_what_the_command_prints_as_json(
    spec: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = golden.run(["summarize", spec, "--format", "json"], monkeypatch, capsys).stdout
    assert json.loads(printed) == cnncalc.load(spec).to_dict()


def test_options_of_the_command_are_arguments_of_the_api(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["resnet18", "--set", "classes=10", "--batch", "16", "--dtype", "bfloat16", "--format", "json"]
    printed = golden.run(["summarize", *arguments], monkeypatch, capsys).stdout
    assert json.loads(printed) == cnncalc.load("resnet18", set={"classes": 10}).sized("bfloat16", 16).to_dict()


@pytest.mark.parametrize("spec", ["vgg16", "lenet5", "HxWxC: conv3-C maxpool2 conv_transpose2-C/2"])
def test_to_dict_is_plain(spec: str) -> None:
    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(type(key) is str and plain(item) for key, item in value.items())
        return (
            all(map(plain, value)) if type(value) is list else value is None or type(value) in (int, float, str, bool)
        )

    found = cnncalc.load(spec).to_dict()
    assert plain(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_counts_are_integers_and_never_floats() -> None:
    for network in (cnncalc.load("vgg16"), cnncalc.load(DATA, set={"width": 8.0})):
        for layer in network.layers:
            for metric in (
                "weights",
                "biases",
                "params",
                "buffers",
                "macs",
                "flops",
                "activations",
                "activation_bytes",
            ):
                assert type(getattr(layer, metric)) is int


def test_a_symbol_is_a_string() -> None:
    found = cnncalc.load("HxWxC: conv3-C").to_dict()
    assert found["inputs"] == {"input": ["H", "W", "C"]}
    assert found["totals"]["weights"] == "9*C**2"


# --- errors -----------------------------------------------------------------------------------------------------------


def test_a_spec_error_holds_its_problems() -> None:
    with pytest.raises(SpecError) as caught:
        cnncalc.load("input: 8x8x3\nlayers:\n  - {conv: 8, kernal: 3}\n  - maxpol2\n")
    first, second = caught.value.problems
    assert first.message == "conv has no field `kernal`"
    assert "`kernel`" in first.help
    assert first.severity == "error"
    assert (first.place.line, first.place.column, first.place.end_column) == (3, 15, 15 + len("kernal"))
    assert second.message == "there is no layer type `maxpol2`"
    assert (second.place.line, second.place.column) == (4, 5)
    assert str(caught.value) == f"{first}\n\n{second}"


def test_a_problem_in_a_mapping_says_where_in_it() -> None:
    with pytest.raises(SpecError) as caught:
        cnncalc.load({**DATA, "layers": ["relu", {"conv": 8, "kernel": "thre"}]})
    assert "layers[1]" in str(caught.value)


def test_a_problem_of_set_names_the_parameter() -> None:
    with pytest.raises(SpecError, match="widht"):
        cnncalc.load(DATA, set={"widht": 3})


def test_a_spec_error_is_an_exception_of_its_own() -> None:
    assert issubclass(SpecError, Exception)
    assert not issubclass(SpecError, (ValueError, KeyError, OSError))


def test_the_public_names() -> None:
    assert set(cnncalc.__all__) >= {"Network", "SpecError", "Volume", "load"}
    assert all(hasattr(cnncalc, name) for name in cnncalc.__all__)
    assert cnncalc.__version__.count(".") == 2


def test_a_network_can_be_sent_to_another_process() -> None:
    network = pickle.loads(pickle.dumps(cnncalc.load("lenet5")))
    assert network.to_dict() == cnncalc.load("lenet5").to_dict()
