"""Outputs of a size, or like another layer: what comes out, where it looks, again on other inputs, and what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import walk
from msgspec.structs import replace

import cnncalc
from cnncalc.analysis.closed import load_symbolic
from cnncalc.commands import main
from cnncalc.network.builder import again
from cnncalc.network.sizes import fitting
from cnncalc.volume import Volume

TWO_WAYS = """\
input: 65x65x3
layers:
  - {conv: 8, kernel: 3, stride: 2, padding: half, name: c1}
  - {conv: 8, kernel: 3, stride: 2, padding: half, name: c2}
  - {upsample: , like: c1, mode: bilinear, name: up}
  - {add: [up, c1]}
  - {conv_transpose: 4, kernel: 3, stride: 2, padding: 1, like: input, name: top}
  - {crop: , like: c2, offset: 19, name: cut}
  - {pad: , like: up, name: back}
"""


def sides(spec: Any, *names: str) -> list[tuple[int, ...]]:
    layers = {node.name: node for node in cnncalc.load(spec).layers}
    return [layers[name].output.sides for name in names]


def refused(item: str, *parts: str, volume: str = "33x33x4") -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(f"input: {volume}\nlayers: [{item}]\n")
    for part in parts:
        assert part in f"{caught.value}\n"


# ------------------------------------------------------------------------------------------------------- what comes out


def test_an_output_is_as_large_as_the_layer_that_it_is_like() -> None:
    """65 is 33 and 17 after strides of 2, each half rounded up."""
    found = sides(TWO_WAYS, "c1", "c2", "up", "top", "cut", "back")
    assert found == [(side, side) for side in (33, 17, 33, 65, 17, 33)]


@pytest.mark.parametrize(
    ("item", "output"),
    [
        ("{upsample: , size: 65x65}", (65, 65, 4)),
        ("{upsample: , size: 65}", (65, 65, 4)),
        ("{upsample: , size: [20, 65]}", (20, 65, 4)),
        ("{crop: , size: 9x11}", (9, 11, 4)),
        ("{pad: , size: 64}", (64, 64, 4)),
        ("{conv_transpose: 2, kernel: 3, stride: 2, padding: 1, size: 66x65}", (66, 65, 2)),
        ("{pad: , channels: 8}", (33, 33, 8 + 4 + 8)),
        ("{pad: 1, channels: [0, 4]}", (1 + 33 + 1, 1 + 33 + 1, 4 + 4)),
        ("{crop: , channels: [1, 2]}", (33, 33, 4 - 1 - 2)),
        ("{crop: [[1, 2], [0, 0]], channels: 1}", (33 - 1 - 2, 33, 4 - 1 - 1)),
        ("{pad: , size: 40, channels: [0, 4]}", (40, 40, 4 + 4)),
        ("{slice: [1, end]}", (33, 33, 4 - 1)),
    ],
)
def test_sizes_offsets_and_channels(item: str, output: tuple[int, ...]) -> None:
    (node,) = cnncalc.load(f"input: 33x33x4\nlayers: [{item}]\n").layers
    assert tuple(node.output) == output


@pytest.mark.parametrize(
    ("item", "start"),
    [
        ("{crop: , size: 6}", (9 - 6) // 2),  # the odd one at the end
        ("{crop: , size: 6, offset: 3}", 3),
        ("{crop: , size: 6, offset: 0}", 0),
        ("{pad: , size: 12}", -((12 - 9) // 2)),
        ("{pad: , size: 12, offset: 2}", -2),
    ],
)
def test_a_crop_or_pad_stands_in_the_middle_or_at_its_offset(item: str, start: int) -> None:
    (node,) = cnncalc.load(f"input: 9x4\nlayers: [{item}]\n").layers
    assert node.reach is not None
    assert node.reach[0].sees(0) == range(start, start + 1)


def test_a_transposed_convolution_works_its_output_padding_out() -> None:
    """(17 − 1)·2 − 2 + 3 = 33 without any."""
    spec = "input: 17x17x4\nlayers: [{conv_transpose: 2, kernel: 3, stride: 2, padding: 1, size: 34}]"
    (node,) = cnncalc.load(spec).layers
    assert node.fields["output_padding"] == [34 - 33, 34 - 33]
    (other,) = cnncalc.load(spec.replace("size: 34", "output_padding: 1")).layers
    assert (node.output, node.macs, node.flops) == (other.output, other.macs, other.flops)


def test_end_gives_way_to_a_parameter_of_that_name() -> None:
    spec = "{input: 9x9x8, parameters: {end: 3}, layers: [{slice: [1, end]}]}"
    assert cnncalc.load(spec).layers[0].output.channels == 3 - 1


def test_like_is_a_reference_and_no_connection() -> None:
    network = cnncalc.load(TWO_WAYS)
    up = next(node for node in network.layers if node.name == "up")
    assert up.inputs == ("c2",)
    assert {name: up.fields[name] for name in ("size", "like")} == {"size": (33, 33), "like": "c1"}


def test_like_is_read_anew_at_each_repetition() -> None:
    """40 becomes 38, 36 and 34, and each pad takes one step back; in a block, `input` is what the block is given."""
    spec = """
    input: 40x1
    blocks:
      keep: {layers: [{conv: 1, kernel: 3}, {pad: , like: input}]}
    layers:
      - {name: down, repeat: 3, layers: [{conv: 1, kernel: 3, name: c}]}
      - {name: up, repeat: 3, layers: [{pad: , like: "down.{3 - index}.c", name: p}]}
      - keep
    """
    layers = {node.name: node.output.sides for node in cnncalc.load(spec).layers}
    assert [layers[f"up.{turn}.p"] for turn in (1, 2, 3)] == [(34,), (36,), (38,)]
    assert (layers["keep1.conv1"], layers["keep1.pad1"]) == ((36,), (38,))


# ------------------------------------------------------------------------------------------------------------ run again


def test_a_network_run_again_on_another_size_is_like_its_own_layers() -> None:
    network = again(cnncalc.load(TWO_WAYS), inputs={"input": Volume.of("97x81x3")})
    found = {node.name: node for node in network.layers}
    assert found["up"].output.sides == found["c1"].output.sides == (49, 41)
    assert found["top"].output.sides == (97, 81)
    assert found["up"].fields["size"] == (49, 41)
    assert network.to_dict()["layers"] == cnncalc.load(TWO_WAYS.replace("65x65", "97x81")).to_dict()["layers"]


def test_a_layer_that_became_several_is_still_the_one_that_another_is_like() -> None:
    items = "{conv: 2, kernel: 5, name: c}, {conv: 2, kernel: 1}, {pad: , size: 20}, {crop: , like: c}"
    spec = f"input: 20x2\nlayers: [{items}]"
    network = cnncalc.load(spec)
    small: Any = replace(network.layers[0].layer, kernel=3)  # type: ignore[call-arg]
    run = again(network, layers={"c": [small, small]})
    assert run.layers[-1].output.sides == (20 - 2 - 2,) == run.layers[1].output.sides
    assert run.layers[-1].fields["like"] == run.layers[1].name


def test_every_size_fits_where_an_upsampling_is_like_what_it_meets() -> None:
    """Doubled, ⌈⌈N/2⌉/2⌉ is ⌈N/2⌉ only where that is even: N = 4·k and 4·k − 1."""
    assert fitting(cnncalc.load(TWO_WAYS.replace("upsample: , like: c1", "upsample: 2").replace("65", "64"))) == (
        4,
        [0, 3],
    )
    assert fitting(cnncalc.load(TWO_WAYS)) is None


def test_over_symbols() -> None:
    network = cnncalc.load("{input: HxWx3, layers: [conv3-8/2, {upsample: , like: input}, {crop: , like: conv1}]}")
    assert [str(side) for side in network.layers[1].output.sides] == ["H", "W"]
    assert network.layers[2].output == network.layers[0].output
    up = next(node for node in load_symbolic(TWO_WAYS, ["H", "W"]).layers if node.name == "up")
    assert [str(side) for side in up.fields["size"]] == ["H/2 + 1/2", "W/2 + 1/2"]


# ------------------------------------------------------------------------------------------------------- where it looks


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize(("side", "after"), [(17, 33), (33, 65), (10, 25), (7, 5), (12, 4), (9, 1), (5, 13)])
def test_an_upsampling_to_a_size_sees_what_a_walk_finds(side: int, after: int, mode: str) -> None:
    """The value at o lies at (o + 1/2)·side/after − 1/2 of the input; of nearest it is the one at ⌊o·side/after⌋."""
    (node,) = cnncalc.load({"input": [side, 1], "layers": [{"upsample": None, "size": after, "mode": mode}]}).layers
    weight = walk.linear if mode == "bilinear" else walk.cubic
    taps = walk.repeated(side, after) if mode == "nearest" else walk.interpolated(walk.halves(side, after), weight)
    assert node.reach is not None
    for at in range(after):
        span = node.reach[0].sees(at)
        assert (span[0], span[-1]) == (min(taps(at)), max(taps(at)))


# --------------------------------------------------------------------------------------------------------- what is said


def test_what_is_given_twice_or_not_at_all() -> None:
    refused("{upsample: 2, like: input}", "`scale` and `like` both say how large the output is")
    refused("{upsample: 2, size: 66}", "`scale` and `size` both say")
    refused("{crop: 2, size: 20}", "`amount` and `size` both say")
    refused("{upsample: , size: 3, like: input}", "`like` and `size` both say")
    refused(
        "{conv_transpose: 2, kernel: 3, stride: 2, output_padding: 1, size: 68}", "`output_padding` and `size` both"
    )
    refused(
        "{upsample: }", "upsample needs its scale", "write `upsample: …`, or `size: 65x65`, `like: LAYER` beside it"
    )
    refused("{crop: }", "crop needs its amount", "`size: 65x65`, `like: LAYER`, `channels: 8` beside it")
    refused("{pad: 2, offset: 1}", "`offset` goes with `size` or `like`")


def test_what_cannot_be_reached_says_what_can() -> None:
    """(33 − 1)·2 − 2 + 3 = 65, and one more with output padding."""
    refused(
        "{conv_transpose: 2, kernel: 3, stride: 2, padding: 1, size: 70}", "a side of 33 cannot become 70", "65 to 66"
    )
    refused("{conv_transpose: 2, kernel: 3, stride: 2, padding: same, size: 65}", "it can reach 66\n")
    refused("{crop: , size: 40}", "crop cannot make 40 of 33", "use `pad`")
    refused("{pad: , size: 20}", "pad cannot make 20 of 33", "use `crop`")
    refused("{crop: , size: 20, offset: 14}", "an offset of 14 is more than the 13 values between 33 and 20")
    refused("{crop: , channels: 2}", "nothing is left of 33×33×4")
    refused("{upsample: , size: [3, 4, 5]}", "size is for 3 axes")


def test_a_reference_that_leads_nowhere_is_one_message() -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load("input: 9x9x3\nlayers: [{conv: 4, kernel: 3, name: c1}, {upsample: , like: cc1}]\n")
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].help == "did you mean `c1`?"


@pytest.mark.parametrize("item", ["{upsample: [65, 65]}", "{upsample: 65}", "{upsample: 64}"])
def test_a_factor_that_looks_like_a_size_is_warned_of(item: str) -> None:
    (warning,) = cnncalc.load(f"input: 33x33x4\nlayers: [{item}]\n").warnings
    factor = 64 if "64" in item else 65
    becomes = f"33×33 becomes {33 * factor}×{33 * factor}"
    assert warning == f"upsample1: {becomes}; for an output of {factor}×{factor} write `size: {factor}x{factor}`"


@pytest.mark.parametrize(
    ("volume", "item"),
    [
        ("7x7x21", "{upsample: 32}"),  # the heads of FCN-32s and FCN-16s, and of DeepLab
        ("14x14x21", "{upsample: 16}"),
        ("28x28x21", "{upsample: 8}"),
        ("1x1x256", "{upsample: 65}"),  # what was pooled to one position
        ("100x100x4", "{upsample: 20}"),
        ("33x33x4", "{upsample: , size: 65}"),
    ],
)
def test_ordinary_factors_are_not(volume: str, item: str) -> None:
    assert not cnncalc.load(f"input: {volume}\nlayers: [{item}]\n").warnings


def test_explain_says_what_it_is_like(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(TWO_WAYS, encoding="utf-8")
    assert main(["explain", str(path), "up"]) == 0
    assert "as large as c1: 33×33" in capsys.readouterr().out


def test_diff_compare_and_lint_work_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    spec = TWO_WAYS.replace("input: 65x65x3", "parameters: {width: 8}\ninput: 65x65x3")
    spec = spec.replace("conv: 8", "conv: width")
    old.write_text(spec, encoding="utf-8")
    new.write_text(spec.replace("upsample: , like: c1", "upsample: , size: 33"), encoding="utf-8")
    assert main(["diff", str(old), str(new)]) in (0, 1)
    assert "like" in capsys.readouterr().out
    assert main(["compare", str(old), "--set", "width=16", "--set", "width=32", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)
    assert main(["lint", str(old)]) in (0, 1)
