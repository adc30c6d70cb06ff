"""The spec language, word by word; every expected number is written as the arithmetic that gives it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

import cnncalc
from cnncalc import Network, SpecError, Volume, load
from cnncalc.analysis.closed import load_symbolic
from cnncalc.network.limits import Published

CONFIGS = Path(__file__).parent.parent / "configs"


def read(text: str, **options: Any) -> Network:
    """The network of a YAML text."""
    return cnncalc.load(dedent(text), **options)


def layers(given: str, *items: str, head: str = "", **options: Any) -> Network:
    """The network of an input and a list of items, each written as YAML on one line."""
    return cnncalc.load(f"{head}\ninput: {given}\nlayers:\n" + "".join(f"  - {item}\n" for item in items), **options)


def one(given: str, item: str, head: str = "", **options: Any) -> Any:
    """The one layer of a network of one item."""
    (layer,) = layers(given, item, head=head, **options).layers
    return layer


def names(network: Network) -> list[str]:
    return [layer.name for layer in network.layers]


def volume(layer: Any) -> tuple[int, ...]:
    return tuple(layer.output)


def refused(text: str, *mentions: str, **options: Any) -> str:
    """The report of the SpecError that a YAML text must raise."""
    with pytest.raises(SpecError) as caught:
        read(text, **options)
    report = str(caught.value)
    for mention in mentions:
        assert mention in report, report
    return report


# --- volumes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "extents"),
    [
        ("224x224x3", (224, 224, 3)),
        ("[224, 224, 3]", (224, 224, 3)),
        ("16x112x112x3", (16, 112, 112, 3)),
        ("16000x1", (16000, 1)),
        ("100", (100,)),
        ("[100]", (100,)),
    ],
)
def test_volumes_are_written_channels_last(written: str, extents: tuple[int, ...]) -> None:
    network = layers(written, "relu")
    assert tuple(network.inputs["input"]) == extents
    assert volume(network.layers[0]) == extents


def test_rank_is_kept_by_dense_layers_and_global_pools() -> None:
    assert volume(one("7x7x512", "fc-10")) == (1, 1, 10)
    assert volume(one("4x7x7x512", "fc-10")) == (1, 1, 1, 10)
    assert volume(one("16000x2", "global_avgpool")) == (1, 2)
    assert volume(one("100", "fc-10")) == (10,)


def test_convolution_takes_its_rank_from_the_input() -> None:
    assert volume(one("100x4", "{conv: 8, kernel: 5}")) == (100 - 5 + 1, 8)
    assert volume(one("16x9x9x2", "{conv: 8, kernel: 3}")) == (14, 7, 7, 8)
    assert one("16x9x9x2", "{conv: 8, kernel: 3}").weights == 3 * 3 * 3 * 2 * 8


def test_a_parameter_may_stand_in_the_input() -> None:
    network = layers("SIDExSIDEx3", "conv3-4", head="parameters: {SIDE: 32}")
    assert tuple(network.inputs["input"]) == (32, 32, 3)
    listed = layers("[side, side // 2, 3]", "conv3-4", head="parameters: {side: 32}")
    assert tuple(listed.inputs["input"]) == (32, 16, 3)


# --- the two forms of an item -----------------------------------------------------------------------------------------


def test_a_mapping_in_flow_and_in_block_style_are_the_same() -> None:
    flow = layers("227x227x3", "{conv: 96, kernel: 11, stride: 4, name: first}")
    block = read(
        """
        input: 227x227x3
        layers:
          - conv: 96
            kernel: 11
            stride: 4
            name: first
        """
    )
    assert flow.to_dict() == block.to_dict() | {"name": flow.name}
    assert block.layers[0].weights == 11 * 11 * 3 * 96
    assert volume(block.layers[0]) == ((227 - 11) // 4 + 1, (227 - 11) // 4 + 1, 96)


@pytest.mark.parametrize(
    "item",
    [
        "{name: x, conv: 8, kernel: 3}",
        "{repeat: 1, when: true, conv: 8, kernel: 3}",
        "{from: input, conv: 8, kernel: 3}",
        "{frozen: false, conv: 8, kernel: 3}",
    ],
)
def test_keys_of_every_item_may_stand_before_the_type(item: str) -> None:
    layer = one("9x9x2", item)
    assert (layer.type, layer.weights) == ("conv", 3 * 3 * 2 * 8)


def test_a_type_without_argument_is_a_key_with_nothing_or_a_bare_word() -> None:
    assert one("9x9x2", "{batchnorm: }").weights == one("9x9x2", "batchnorm").weights == 2
    assert one("9x9x2", "{batchnorm: , affine: false}").weights == 0


def test_the_main_argument_may_go_by_its_name() -> None:
    assert one("9x9x2", "{conv: , filters: 8, kernel: 3}").weights == 3 * 3 * 2 * 8
    assert one("9x9x2", "{depthwise_conv: , kernel: 3}").weights == 3 * 3 * 2


def test_aliases_are_reported_under_the_types_own_name() -> None:
    types = [layer.type for layer in layers("4x4x2", "fc-3", "linear-3", "{dense: 3}", "swish").layers]
    assert types == ["dense", "dense", "dense", "silu"]


# --- the notation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "output", "weights"),
    [
        ("conv3-64", (224, 224, 64), 3 * 3 * 3 * 64),
        ("conv7-64/2", (112, 112, 64), 7 * 7 * 3 * 64),
        ("conv1x7-192", (224, 224, 192), 1 * 7 * 3 * 192),
        ("conv7x1-192/2", (112, 112, 192), 7 * 1 * 3 * 192),
        ("conv3-64/2x1", (112, 224, 64), 3 * 3 * 3 * 64),
        ("conv2-5", (223, 223, 5), 2 * 2 * 3 * 5),  # half of an even kernel: (2 - 1)/2 is 0
        ("separable_conv3-8", (224, 224, 8), 3 * 3 * 3 + 3 * 8),
        ("depthwise_conv3", (224, 224, 3), 3 * 3 * 3),
        ("depthwise_conv3-2", (224, 224, 3 * 2), 3 * 3 * 3 * 2),
        ("depthwise_conv3/2", (112, 112, 3), 3 * 3 * 3),
        ("conv_transpose2-8/2", (448, 448, 8), 2 * 2 * 3 * 8),
        ("maxpool2", (112, 112, 3), 0),
        ("maxpool3/2", ((224 - 3) // 2 + 1, (224 - 3) // 2 + 1, 3), 0),
        ("avgpool2", (112, 112, 3), 0),
        ("avgpool-4", (56, 56, 3), 0),
        ("fc-4096", (1, 1, 4096), 224 * 224 * 3 * 4096),
        ("fc-2*5", (1, 1, 10), 224 * 224 * 3 * 10),
        ("adaptive_avgpool7", (7, 7, 3), 0),
        ("adaptive_maxpool7x5", (7, 5, 3), 0),
        ("upsample2", (448, 448, 3), 0),
        ("pixel_unshuffle2", (112, 112, 3 * 2 * 2), 0),
        ("relu", (224, 224, 3), 0),
        ("relu6", (224, 224, 3), 0),
        ("global_avgpool", (1, 1, 3), 0),
        ("groupnorm-3", (224, 224, 3), 3),
        ("dropout-0.5", (224, 224, 3), 0),
        ("conv3-64p0", (222, 222, 64), 3 * 3 * 3 * 64),
        ("conv3-64p2", (226, 226, 64), 3 * 3 * 3 * 64),
        ("conv11-96/4p0", ((224 - 11) // 4 + 1, (224 - 11) // 4 + 1, 96), 11 * 11 * 3 * 96),
        ("conv3-64/2x1p1x0", ((224 - 3 + 2) // 2 + 1, 222, 64), 3 * 3 * 3 * 64),
        ("conv1×7-192p0", (224, 218, 192), 1 * 7 * 3 * 192),
        ("conv1X7-192p0×3", (224, 224, 192), 1 * 7 * 3 * 192),
        ("depthwise_conv3p0", (222, 222, 3), 3 * 3 * 3),
        ("maxpool3/2p1", ((224 - 3 + 2) // 2 + 1, (224 - 3 + 2) // 2 + 1, 3), 0),
        ("maxpool3p1", ((224 - 3 + 2) // 3 + 1, (224 - 3 + 2) // 3 + 1, 3), 0),
        ("maxpool-3p1", ((224 - 3 + 2) // 3 + 1, (224 - 3 + 2) // 3 + 1, 3), 0),
        ("adaptive_maxpool7×5", (7, 5, 3), 0),
        ("adaptive_maxpool-7X5", (7, 5, 3), 0),
    ],
)
def test_notation(word: str, output: tuple[int, ...], weights: int) -> None:
    layer = one("224x224x3", word)
    assert (volume(layer), layer.weights) == (output, weights)


def test_a_name_may_be_the_main_argument_or_the_stride_of_a_word() -> None:
    network = layers("32x32x3", "conv3-2*width/step", head="parameters: {width: 16, step: 2}")
    assert volume(network.layers[0]) == (16, 16, 32)


def test_padding_behind_a_name_is_a_part_of_the_name() -> None:
    head = "parameters: {k: 16, kp0: 5, sp0: 2}"
    assert volume(one("32x32x3", "conv3-kp0", head=head)) == (32, 32, 5)
    assert volume(one("32x32x3", "conv3-k/sp0", head=head)) == (16, 16, 16)
    assert volume(one("32x32x3", "conv3-k/1p0", head=head)) == (30, 30, 16)
    assert volume(one("32x32x3", "conv3-2*kp0", head=head)) == (32, 32, 10)


def test_padding_stands_behind_a_number() -> None:
    refused("input: 8x8x3\nlayers: [relup0]", "there is no layer type `relup0`")
    refused("input: 8x8x3\nlayers: [conv3-64p]", "cannot read `64p`")


def test_padding_in_a_word_is_a_parameter_of_a_block() -> None:
    head = "blocks: {u: {parameters: {w: , padding: half}, layers: [{conv: w, kernel: 3, padding: padding}]}}"
    assert volume(one("32x32x3", "u-4", head=head)) == (32, 32, 4)
    assert volume(one("32x32x3", "u-4p0", head=head)) == (30, 30, 4)


def test_a_problem_of_a_word_says_that_its_stride_is_no_division() -> None:
    head = "{input: 32x32x3, parameters: {width: 64}, "
    hint = "`/2` is the stride here; to divide `width` write {unit: width//2}"
    inside = "blocks: {unit: {parameters: {w: , stride: 1}, layers: [{residual: [conv3-w/stride]}]}}, layers: "
    refused(head + inside + "[conv3-width, unit-width/2]}", "add takes equal volumes", hint)
    refused(head + "layers: [conv40-width/2p0]}", "{conv: width//2, kernel: 40, padding: half}")
    for item in ("unit-64/2", "unit-2*width/2", "{unit: width, stride: 2}"):
        assert "`/2`" not in refused(head + inside + f"[conv3-width, '{item}']}}".replace("'{", "{").replace("}'", "}"))
    assert "`/2`" not in refused(head + "layers: [conv3-width/2, nonesuch]}")
    assert read(head + "layers: [conv3-width/2]}").warnings == ()


def test_a_word_that_becomes_a_symbol_is_remarked_on_and_a_letter_is_not() -> None:
    text = "{input: 8x8x3, parameters: {width: 4, act: relu}, layers: [{conv: width, kernel: 3, activation: act}]}"
    for name in ("k", "N", "n1"):
        assert read(text, set={"width": name}).warnings == ()
    assert read(text, set={"act": "gelu"}).warnings == ()
    assert read(text, set={"width": "abc"}).warnings == ("width: `abc` is nothing in scope, and read as a symbol",)
    assert read(text.replace("4", "wide")).warnings == ("width: `wide` is nothing in scope, and read as a symbol",)
    refused(text, "`abc` is nothing in scope", "--symbol width", set={"width": "abc"}, strict=True)


def test_several_values_are_a_list_where_a_list_is_meant() -> None:
    text = "{input: 8x8x3, parameters: {depths: [1, 2]}, layers: [{conv: sum(depths), kernel: 3}]}"
    assert read(text, set={"depths": "3,4"}).layers[0].output.channels == 7


def test_no_symbol_comes_of_padding_or_of_a_size() -> None:
    network = load("HxWx3: conv3-kp0/1 conv3-4/1p0 adaptive_avgpool-7x7")
    symbols = {str(symbol) for node in network.layers for symbol in getattr(node.macs, "free_symbols", ())}
    assert symbols == {"H", "W", "kp0"}


@pytest.mark.parametrize("text", ["28x28x1", "28×28×1", "28X28X1", "28x28×1", "[28, 28, 1]"])
def test_a_volume_is_divided_by_the_sign_that_we_print_too(text: str) -> None:
    assert tuple(read(f"{{input: {text}, layers: [relu]}}").inputs["input"]) == (28, 28, 1)
    assert tuple(load("vgg16", set={"input": text.replace("28", "64")}).inputs["input"]) == (64, 64, 1)


ONE, TWO, THREE = "one-dimensional: ", "two-dimensional: ", "three-dimensional: "


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("28x28", ONE + "28 positions of 28 channels; channels come last: 28x28x1?"),
        ("8x8", ONE + "8 positions of 8 channels; channels come last: 8x8x1?"),
        ("3x224x224", TWO + "3×224 positions of 224 channels; channels come last: 224x224x3?"),
        ("4x16x20", TWO + "4×16 positions of 20 channels; channels come last: 16x20x4?"),
        ("[3, 224, 224]", TWO + "3×224 positions of 224 channels; channels come last: 224x224x3?"),
        ("1x224x224x3", THREE + "1×224×224 positions of 3 channels; leave the batch out: 224x224x3, with --batch?"),
        ("1xHxWx3", THREE + "1×H×W positions of 3 channels; leave the batch out: HxWx3, with --batch?"),
        ("Nx32x32x4", THREE + "N×32×32 positions of 4 channels; leave the batch out: 32x32x4, with --batch?"),
    ],
)
def test_a_volume_that_is_probably_another_is_remarked_on(written: str, said: str) -> None:
    volume = cnncalc.load({"input": "9x9x1", "layers": ["relu"]}, set={"input": written}).inputs["input"]
    warning = f"{volume} is read as {said}"
    for network in (
        read(f"{{input: {written}, layers: [relu]}}"),
        load("9x9x1: relu", set={"input": written}),
    ):
        assert network.warnings == (f"input: {warning}",)
    named = read(f"{{input: {{left: 9x9x1, right: {written}}}, layers: [{{relu: , from: right}}]}}")
    assert named.warnings == (f"right: {warning}",)
    refused(f"input: {written}\nlayers: [relu]", f"error: {warning}", strict=True)


@pytest.mark.parametrize(
    "written",
    [
        "100",
        "7x7",
        "16000x1",
        "28x30",
        "28x28x1",
        "3x15x16",
        "3x3x16",
        "5x16x16",
        "1x1x2048",
        "3xHxW",
        "HxH",
        "1x14x14x512",
        "16x112x112x3",
        "DxHxWx3",
        "Nx14x14x512",
        "1xHxWxC",
    ],
)
def test_any_other_volume_is_taken_without_a_remark(written: str) -> None:
    assert read(f"{{input: {written}, layers: [relu]}}").warnings == ()


def test_a_parameter_and_a_side_left_open_are_no_batch() -> None:
    text = "{input: [clip, 8, 8, 3], parameters: {clip: 16}, layers: [relu]}"
    assert load_symbolic(text, ["clip"]).warnings == ()
    assert load_symbolic(text, ["T"]).warnings == ()


def test_the_inputs_of_built_in_specs_are_taken_without_a_remark() -> None:
    given = {yaml.safe_load(path.read_text(encoding="utf-8")).get("input") for path in CONFIGS.glob("*.yaml")}
    assert len(given - {None}) > 5
    for written in given - {None}:
        assert load({"input": written, "layers": ["relu"]}).warnings == ()


def test_what_was_remarked_on_stands_beside_the_error_that_comes_of_it() -> None:
    report = refused("input: 3x224x224\nlayers: [{conv: 8, kernel: 11}]", "kernel 11×11 is larger")
    assert report.index("warning: 3×224×224 is read as two-dimensional") < report.index("error: ")


def test_a_large_x_divides_between_digits_only() -> None:
    assert [str(extent) for extent in load("HxWxX: relu").inputs["input"]] == ["H", "W", "X"]
    assert tuple(load("28×28×1: relu").inputs["input"]) == (28, 28, 1) == tuple(Volume.of("28X28×1"))


def test_words_of_the_notation_also_call_blocks() -> None:
    network = read(
        """
        input: 32x32x3
        blocks:
          unit:
            parameters: {width: , kernel: 3, stride: 1}
            layers: [{conv: width, kernel: kernel, stride: stride}]
        layers: [unit-8, unit5-8/2]
        """
    )
    first, second = network.layers
    assert (first.name, first.weights) == ("unit1.conv1", 3 * 3 * 3 * 8)
    assert (second.name, second.weights, volume(second)) == ("unit2.conv1", 5 * 5 * 8 * 8, (13, 13, 8))


# --- one axis or several, padding, rounding ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "output"),
    [
        ("3", (18, 28)),
        ("1x7", (20, 24)),
        ("[1, 7]", (20, 24)),
        ('"1x7"', (20, 24)),
        ("k", (16, 26)),
        ("[k, 1]", (16, 30)),
        ("[k - 2, 2*k]", (18, 21)),
        ("kxk", (16, 26)),
    ],
)
def test_a_kernel_is_a_number_or_one_per_axis(kernel: str, output: tuple[int, int]) -> None:
    layer = one("20x30x2", f"{{conv: 4, kernel: {kernel}}}", head="parameters: {k: 5}")
    assert volume(layer) == (*output, 4)


def test_three_axes() -> None:
    layer = one("20x30x40x2", "{conv: 4, kernel: 3x4x5, stride: [1, 2, 3]}")
    assert volume(layer) == (20 - 3 + 1, (30 - 4) // 2 + 1, (40 - 5) // 3 + 1, 4)
    assert layer.weights == 3 * 4 * 5 * 2 * 4


@pytest.mark.parametrize(
    ("padding", "output", "resolved"),
    [
        ("0", (6, 6), [[0, 0], [0, 0]]),
        ("valid", (6, 6), [[0, 0], [0, 0]]),
        ("1", (8, 8), [[1, 1], [1, 1]]),
        ("[1, 2]", (8, 10), [[1, 1], [2, 2]]),
        ("1x2", (8, 10), [[1, 1], [2, 2]]),
        ("[[0, 1], [2, 0]]", (7, 8), [[0, 1], [2, 0]]),
        ("[[0, 1], 2]", (7, 10), [[0, 1], [2, 2]]),
        ("half", (8, 8), [[1, 1], [1, 1]]),
        ("same", (8, 8), [[1, 1], [1, 1]]),
    ],
)
def test_padding(padding: str, output: tuple[int, int], resolved: list[list[int]]) -> None:
    layer = one("8x8x2", f"{{conv: 4, kernel: 3, padding: {padding}}}")
    assert volume(layer) == (*output, 4)
    assert layer.to_dict()["fields"]["padding"] == resolved


def test_half_keeps_the_side_of_a_dilated_kernel() -> None:
    layer = one("32x32x2", "{conv: 4, kernel: 3, dilation: 2, padding: half}")
    assert volume(layer) == (32, 32, 4)
    assert layer.to_dict()["fields"]["padding"] == [[2, 2], [2, 2]]  # d·(F − 1)/2


@pytest.mark.parametrize(("side", "before", "after"), [(5, 1, 1), (6, 0, 1), (7, 1, 1), (8, 0, 1)])
def test_same_gives_the_ceiling_with_the_odd_value_at_the_end(side: int, before: int, after: int) -> None:
    layer = one(f"{side}x2", "{conv: 4, kernel: 3, stride: 2, padding: same}")
    assert volume(layer) == (-(-side // 2), 4)
    assert layer.to_dict()["fields"]["padding"] == [[before, after]]


def test_causal_pads_before_only() -> None:
    layer = one("100x2", "{conv: 4, kernel: 3, dilation: 8, padding: causal}")
    assert volume(layer) == (100, 4)
    assert layer.to_dict()["fields"]["padding"] == [[8 * (3 - 1), 0]]
    refused("input: 9x9x1\nlayers: [{conv: 4, kernel: 3, padding: causal}]", "causal padding is for one axis")


@pytest.mark.parametrize(("rounding", "side"), [("floor", 2), ("ceil", 3)])
def test_rounding(rounding: str, side: int) -> None:
    assert volume(one("6x6x1", f"{{maxpool: 3, stride: 2, rounding: {rounding}}}")) == (side, side, 1)


def test_ceil_starts_no_window_behind_the_input() -> None:
    # 4 values, windows of 1 in steps of 3 start at 0, 3 and, rounded up, at 6: after the end
    assert volume(one("4x1", "{maxpool: 1, stride: 3, rounding: ceil}")) == (2, 1)


def test_exact_refuses_a_fraction_and_takes_a_whole_number() -> None:
    assert volume(one("7x7x1", "{maxpool: 3, stride: 2, rounding: exact}")) == ((7 - 3) // 2 + 1,) * 2 + (1,)
    refused("input: 6x6x1\nlayers: [{maxpool: 3, stride: 2, rounding: exact}]", "(6 − 3)/2 + 1 = 2.5")


def test_a_pool_strides_by_its_size_unless_told() -> None:
    assert volume(one("12x12x3", "{maxpool: 3}")) == (4, 4, 3)
    assert volume(one("12x12x3", "{maxpool: 3, stride: 1}")) == (10, 10, 3)
    assert volume(one("12x12x3", "{avgpool: 2x3}")) == (6, 4, 3)


def test_floor_that_leaves_values_out_is_a_warning_with_the_fraction() -> None:
    network = layers("224x224x3", "{conv: 96, kernel: 11, stride: 4, name: first}")
    assert network.warnings == (
        "first: (224 − 11)/4 + 1 = 54.25, rounded down to 54: the last of 224 positions is ignored",
    )
    assert network.layers[0].notes == (network.warnings[0].removeprefix("first: "),)


def test_what_the_padding_loses_is_no_warning() -> None:
    assert layers("224x224x3", "{conv: 64, kernel: 7, stride: 2, padding: 3}").warnings == ()  # 112.5


def test_strict_turns_warnings_into_errors() -> None:
    refused("input: 224x224x3\nlayers: [{conv: 96, kernel: 11, stride: 4}]", "54.25", strict=True)
    assert layers("227x227x3", "{conv: 96, kernel: 11, stride: 4}", strict=True).layers


# --- fields of layers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connections", "channels", "weights", "biases", "macs"),
    [
        ("all", 4, 3 * 3 * 2 * 4, 4, 6 * 6 * 4 * (3 * 3 * 2)),
        ("per_map", 4 * 2, 3 * 3 * 4, 4, 6 * 6 * (4 * 2) * (3 * 3)),
        ("shared", 4, 3 * 3 * 4, 4, 6 * 6 * 4 * (3 * 3 * 2)),
        ("[[0], [1], [0, 1], [0]]", 4, 3 * 3 * (1 + 1 + 2 + 1), 4, 6 * 6 * 3 * 3 * (1 + 1 + 2 + 1)),
    ],
)
def test_connections(connections: str, channels: int, weights: int, biases: int, macs: int) -> None:
    layer = one("8x8x2", f"{{conv: 4, kernel: 3, connections: {connections}}}")
    assert volume(layer) == (6, 6, channels)
    assert (layer.weights, layer.biases, layer.macs) == (weights, biases, macs)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[[0], [1]]", "connections lists 2 maps, and there are 3 filters"),
        ("[[0], [1], [2]]", "sees map 2, and the input has 2"),
        ("[[0], [1], []]", "sees no map"),
        ("[[0], [1], [0, 0]]", "names a map twice"),
    ],
)
def test_a_connection_table_that_fits_nothing_is_refused(table: str, said: str) -> None:
    refused(f"input: 8x8x2\nlayers: [{{conv: 3, kernel: 3, connections: {table}}}]", said)


def test_groups_share_out_the_channels() -> None:
    layer = one("8x8x6", "{conv: 4, kernel: 3, groups: 2}")
    assert layer.weights == 3 * 3 * (6 // 2) * 4
    assert layer.macs == 6 * 6 * 4 * (3 * 3 * 3)
    refused("input: 8x8x6\nlayers: [{conv: 4, kernel: 3, groups: 4}]", "4 groups do not divide the 6 channels")


def test_fused_activation_adds_operations_and_no_values() -> None:
    plain, fused = one("8x8x3", "conv3-4"), one("8x8x3", "{conv: 4, kernel: 3, padding: 1, activation: relu}")
    assert (fused.weights, fused.activations, fused.macs) == (plain.weights, plain.activations, plain.macs)
    assert fused.flops == plain.flops + 8 * 8 * 4
    assert one("8x8x3", "{fc: 10, activation: softmax}").flops == 2 * 8 * 8 * 3 * 10 + 10 + 10


def test_fused_prelu_brings_a_weight_per_channel() -> None:
    assert one("8x8x3", "{conv: 4, kernel: 3, activation: prelu}").weights == 3 * 3 * 3 * 4 + 4
    assert one("8x8x3", "prelu").weights == 3


def test_activation_as_a_layer_takes_the_name() -> None:
    layer = one("8x8x3", "{activation: hardswish}")
    assert (layer.type, layer.weights, layer.activations, layer.flops) == ("activation", 0, 0, 8 * 8 * 3)


def test_per_position() -> None:
    layer = one("49x512", "{dense: 64, per_position: true}")
    assert volume(layer) == (49, 64)
    assert (layer.weights, layer.biases, layer.macs) == (512 * 64, 64, 49 * 64 * 512)
    flat = one("49x512", "{dense: 64}")
    assert (volume(flat), flat.weights) == ((1, 64), 49 * 512 * 64)


def test_output_padding_and_same_of_a_transposed_convolution() -> None:
    plain = "conv_transpose: 4, kernel: 3, stride: 2, padding: 1"
    assert volume(one("16x16x8", f"{{{plain}}}")) == ((16 - 1) * 2 - 2 * 1 + 3,) * 2 + (4,)
    assert volume(one("16x16x8", f"{{{plain}, output_padding: 1}}")) == ((16 - 1) * 2 - 2 * 1 + 3 + 1,) * 2 + (4,)
    assert volume(one("16x16x8", f"{{{plain}, output_padding: [0, 1]}}")) == (31, 32, 4)
    assert volume(one("16x16x8", "{conv_transpose: 4, kernel: 3, stride: 2, padding: same}")) == (32, 32, 4)
    refused(f"input: 16x16x8\nlayers: [{{{plain}, output_padding: 2}}]", "output_padding 2 is not smaller")


def test_transposed_convolution_multiplies_each_input_value() -> None:
    layer = one("16x16x8", "{conv_transpose: 4, kernel: 3, stride: 2}")
    assert layer.weights == 3 * 3 * 8 * 4
    assert layer.macs == (16 * 16 * 8) * (3 * 3 * 4)


def test_bias_false() -> None:
    assert one("8x8x3", "{conv: 4, kernel: 3, bias: false}").biases == 0
    assert one("8x8x3", "{fc: 4, bias: false}").biases == 0


@pytest.mark.parametrize(
    ("item", "output"),
    [
        ("{reshape: 4x4x12}", (4, 4, 12)),
        ("{reshape: [16, 12]}", (16, 12)),
        ("{permute: [2, 0, 1]}", (3, 8, 8)),
        ("{pad: 1}", (10, 10, 3)),
        ("{pad: [1, 2]}", (10, 12, 3)),
        ("{pad: [[0, 1], [2, 3]]}", (9, 13, 3)),
        ("{crop: 2}", (4, 4, 3)),
        ("{slice: [1, 3]}", (8, 8, 2)),
        ("flatten", (1, 1, 8 * 8 * 3)),
        ("{upsample: 2, mode: bilinear}", (16, 16, 3)),
        ("identity", (8, 8, 3)),
        ("{channel_shuffle: 3}", (8, 8, 3)),
    ],
)
def test_shaping(item: str, output: tuple[int, ...]) -> None:
    assert volume(one("8x8x3", item)) == output


# --- names and numbering ----------------------------------------------------------------------------------------------


def test_unnamed_layers_are_numbered_per_type() -> None:
    network = layers("32x32x3", "conv3-4", "relu", "conv3-4", "relu", "fc-10", "linear-10")
    assert names(network) == ["conv1", "relu1", "conv2", "relu2", "dense1", "dense2"]


def test_a_type_that_ends_in_a_digit_is_numbered_with_an_underscore() -> None:
    assert names(layers("8x8x3", "relu6", "relu6")) == ["relu6_1", "relu6_2"]


def test_a_number_that_is_taken_is_skipped() -> None:
    assert names(layers("8x8x3", "{conv: 4, kernel: 1, name: conv1}", "conv1-4")) == ["conv1", "conv2"]


def test_named_layers_do_not_use_up_numbers() -> None:
    assert names(layers("8x8x3", "conv1-4", "{conv: 4, kernel: 1, name: x}", "conv1-4")) == ["conv1", "x", "conv2"]


def test_two_equal_names_are_an_error() -> None:
    refused("input: 8x8x3\nlayers: [{relu: , name: a}, {relu: , name: a}]", "two layers are called `a`")


def test_a_named_group_is_a_scope_and_an_unnamed_one_is_not() -> None:
    network = read(
        """
        input: 8x8x3
        layers:
          - conv1-4
          - {layers: [conv1-4], name: stem}
          - {layers: [conv1-4]}
        """
    )
    assert names(network) == ["conv1", "stem.conv1", "conv2"]


def test_repeat_numbers_a_named_item_from_one() -> None:
    network = read(
        """
        input: 8x8x3
        layers:
          - {conv: 4, kernel: 1, repeat: 2, name: a}
          - {layers: [relu], repeat: 2, name: g}
          - {layers: [relu], repeat: 1, name: h}
        """
    )
    assert names(network) == ["a.1", "a.2", "g.1.relu1", "g.2.relu1", "h.1.relu1"]


def test_a_named_item_in_an_unnamed_repetition_gets_its_number() -> None:
    network = read(
        """
        input: 8x8x3
        layers:
          - {layers: [{relu: , name: a}], repeat: 2}
          - {each: {width: [2, 3]}, layers: [{conv: width, kernel: 1, name: b}]}
        """
    )
    assert names(network) == ["a.1", "a.2", "b.1", "b.2"]


def test_a_name_may_hold_expressions() -> None:
    network = read(
        """
        input: 8x8x3
        parameters: {first: 2}
        layers:
          - {layers: [{relu: , name: "act{index + first}"}], repeat: 2}
          - {each: {width: [16, 32]}, layers: [{conv: width, kernel: 1, name: "w{width}_{input.channels}"}]}
        """
    )
    assert names(network) == ["act2", "act3", "w16_3", "w32_16"]


def test_blocks_are_numbered_scopes_and_named_ones_go_by_their_name() -> None:
    network = read(
        """
        input: 8x8x3
        blocks: {unit: {layers: [conv1-4, relu]}}
        layers: [unit, {unit: , name: middle}, unit, {unit: , repeat: 2, name: tail}]
        """
    )
    assert names(network) == [
        f"{scope}.{own}" for scope in ("unit1", "middle", "unit2", "tail.1", "tail.2") for own in ("conv1", "relu1")
    ]


# --- groups, repetition, when -----------------------------------------------------------------------------------------


def test_repeat_writes_an_item_n_times_and_index_counts_from_nought() -> None:
    network = layers("32x32x3", "{conv: 8*(index + 1), kernel: 1, repeat: 3}")
    assert [layer.weights for layer in network.layers] == [3 * 8, 8 * 16, 16 * 24]


def test_repeat_of_a_group_binds_index_for_all_of_it() -> None:
    network = read(
        """
        input: 32x32x3
        layers:
          - repeat: 2
            layers:
              - {conv: 4 + index, kernel: 1}
              - {conv: 8 + index, kernel: 1}
        """
    )
    assert [layer.output.channels for layer in network.layers] == [4, 8, 5, 9]


def test_an_inner_repeat_binds_index_again_and_gives_it_back() -> None:
    network = read(
        """
        input: 8x8x1
        layers:
          - repeat: 2
            layers:
              - {conv: 10 + index, kernel: 1, repeat: 2}
              - {conv: 20 + index, kernel: 1}
        """
    )
    assert [layer.output.channels for layer in network.layers] == [10, 11, 20, 10, 11, 21]


@pytest.mark.parametrize("count", ["0", "n - 3", "len(none)"])
def test_repeat_nought_leaves_the_item_out(count: str) -> None:
    head = "parameters: {n: 3, none: []}"
    assert names(layers("8x8x3", f"{{conv: 4, kernel: 1, repeat: {count}}}", "relu", head=head)) == ["relu1"]


def test_repeat_takes_an_expression() -> None:
    assert len(layers("8x8x3", "{relu: , repeat: 2*n - 1}", head="parameters: {n: 3}").layers) == 5


def test_when_leaves_an_item_out() -> None:
    head = "parameters: {deep: false, n: 3}"
    assert names(layers("8x8x3", "{relu: , when: deep}", "{tanh: , when: not deep}", head=head)) == ["tanh1"]
    assert names(layers("8x8x3", "{relu: , when: n > 2 and n != 4}", "{tanh: , when: n == 4}", head=head)) == ["relu1"]


def test_when_sees_the_volume_that_arrives_and_the_index() -> None:
    network = read(
        """
        input: 32x32x3
        layers:
          - repeat: 4
            layers:
              - {conv: 8, kernel: 1, when: input.channels != 8}
              - {maxpool: 2, when: index % 2 == 1 and input.height > 8}
        """
    )
    assert [(layer.name, layer.output.sides[0]) for layer in network.layers] == [
        ("conv1", 32),
        ("maxpool1", 16),
        ("maxpool2", 8),
    ]


def test_a_group_may_be_a_single_item_or_nothing() -> None:
    assert names(layers("8x8x3", "{layers: conv1-4}", "{layers: }", "{layers: []}", "relu")) == ["conv1", "relu1"]


# --- branches, residual -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("merge", "kind", "channels"),
    [("", "concat", 4 + 4 + 2), (", merge: concat", "concat", 4 + 4 + 2)],
)
def test_branches_concatenate_unless_told(merge: str, kind: str, channels: int) -> None:
    network = layers("8x8x2", f"{{branches: [[conv1-4], conv3-4, []]{merge}}}")
    assert [layer.type for layer in network.layers] == ["conv", "conv", kind]
    last = network.layers[-1]
    assert (last.name, last.inputs, volume(last)) == (f"{kind}1", ("conv1", "conv2", "input"), (8, 8, channels))
    assert last.flops == 0


@pytest.mark.parametrize("merge", ["add", "multiply"])
def test_branches_merge_value_by_value(merge: str) -> None:
    network = layers("8x8x4", f"{{branches: [[conv1-4], [conv3-4], []], merge: {merge}}}")
    last = network.layers[-1]
    assert (last.type, last.name, volume(last)) == (merge, f"{merge}1", (8, 8, 4))
    assert last.flops == (3 - 1) * 8 * 8 * 4
    assert last.activations == 8 * 8 * 4


def test_every_branch_begins_at_the_same_input() -> None:
    network = layers("8x8x2", "conv1-6", "{branches: [[conv1-4, relu], [conv1-4]]}")
    assert [layer.inputs for layer in network.layers] == [
        ("input",),
        ("conv1",),
        ("conv2",),
        ("conv1",),
        ("relu1", "conv3"),
    ]


def test_residual_adds_its_input() -> None:
    network = layers("8x8x4", "{residual: [conv3-4, relu]}")
    assert [layer.inputs for layer in network.layers] == [("input",), ("conv1",), ("relu1", "input")]
    assert network.layers[-1].type == "add"
    assert network.layers[-1].flops == 8 * 8 * 4


def test_shortcut_takes_the_place_of_the_identity() -> None:
    network = layers("8x8x4", "{residual: [conv3-6/2], shortcut: [conv1-6/2]}")
    assert network.layers[-1].inputs == ("conv1", "conv2")
    assert volume(network.layers[-1]) == (4, 4, 6)


def test_a_residual_and_a_shortcut_of_one_item() -> None:
    assert layers("8x8x4", "{residual: conv3-6, shortcut: conv1-6}").layers[-1].inputs == ("conv1", "conv2")


def test_unequal_paths_can_not_be_added() -> None:
    refused("input: 8x8x4\nlayers: [{residual: [conv3-6]}]", "add takes equal volumes", "8×8×6 and 8×8×4")
    refused("input: 8x8x4\nlayers: [{branches: [[maxpool2], []]}]", "concat takes volumes of equal sides")


def test_branches_in_branches() -> None:
    network = layers("8x8x2", "{branches: [[{branches: [[conv1-3], [conv1-4]], merge: concat}], [conv1-5]]}")
    assert [volume(layer)[-1] for layer in network.layers] == [3, 4, 3 + 4, 5, 3 + 4 + 5]


def test_a_gate_multiplies_channels() -> None:
    network = layers("8x8x4", "{branches: [[], [global_avgpool, fc-4, sigmoid]], merge: multiply}")
    assert volume(network.layers[-1]) == (8, 8, 4)
    assert network.layers[-1].flops == 8 * 8 * 4


# --- each -------------------------------------------------------------------------------------------------------------


def test_each_zips_its_lists_and_binds_the_names() -> None:
    network = layers("32x32x3", "{each: {width: [8, 16], k: [1, 3]}, layers: [{conv: width, kernel: k}]}")
    assert [layer.weights for layer in network.layers] == [1 * 1 * 3 * 8, 3 * 3 * 8 * 16]


def test_each_binds_index_to_the_place_in_the_lists() -> None:
    network = layers("8x8x1", "{each: {w: [4, 4, 4]}, layers: [{conv: w + index, kernel: 1}]}")
    assert [layer.output.channels for layer in network.layers] == [4, 5, 6]


def test_an_inner_repeat_takes_index_over_in_each() -> None:
    network = layers("8x8x1", "{each: {w: [10, 20]}, layers: [{conv: w + index, kernel: 1, repeat: 2}]}")
    assert [layer.output.channels for layer in network.layers] == [10, 11, 20, 21]


def test_each_takes_lists_from_parameters_and_expressions() -> None:
    head = "parameters: {depths: [1, 2], widths: [4, 8]}"
    item = "{each: {w: widths, d: depths, z: ['2*widths[0]', 3]}, layers: [{conv: w + z, kernel: 1, repeat: d}]}"
    assert [layer.output.channels for layer in layers("8x8x1", item, head=head).layers] == [4 + 8, 8 + 3, 8 + 3]


def test_a_named_each_is_a_scope() -> None:
    network = layers("8x8x1", "{each: {w: [4, 8]}, layers: [{conv: w, kernel: 1}], name: tower}", "conv1-2")
    assert names(network) == ["tower.conv1", "tower.conv2", "conv1"]


def test_what_each_binds_ends_with_it() -> None:
    refused(
        "input: 8x8x1\nlayers: [{each: {w: [4]}, layers: [{conv: w, kernel: 1}]}, {conv: w, kernel: 1}]",
        "nothing in scope is called `w`",
    )


def test_lists_of_unequal_length_are_refused() -> None:
    refused(
        "input: 8x8x1\nlayers: [{each: {w: [4, 8], k: [1, 1, 3]}, layers: [{conv: w, kernel: k}]}]",
        "differ in length",
        "w has 2, k has 3",
    )


# --- blocks -----------------------------------------------------------------------------------------------------------


def test_the_first_parameter_is_the_main_argument_and_defaults_hold() -> None:
    network = read(
        """
        input: 32x32x3
        blocks:
          unit:
            parameters: {width: , stride: 1, kernel: 3}
            layers: [{conv: width, kernel: kernel, stride: stride, padding: half}]
        layers:
          - {unit: 8}
          - {unit: 8, stride: 2}
          - {unit: , width: 8, kernel: 1}
        """
    )
    assert [volume(layer) for layer in network.layers] == [(32, 32, 8), (16, 16, 8), (16, 16, 8)]
    assert [layer.weights for layer in network.layers] == [3 * 3 * 3 * 8, 3 * 3 * 8 * 8, 1 * 1 * 8 * 8]


def test_a_default_may_use_earlier_parameters_and_the_input() -> None:
    network = read(
        """
        input: 32x32x3
        blocks:
          unit:
            parameters: {width: , inner: 2*width, same: input.channels}
            layers: [{conv: inner, kernel: 1}, {conv: width, kernel: 1}, {conv: same, kernel: 1}]
        layers: [unit-8, {unit: 8, inner: 5}]
        """
    )
    assert [layer.output.channels for layer in network.layers] == [16, 8, 3, 5, 8, 3]


def test_arguments_are_expressions_of_the_caller() -> None:
    network = read(
        """
        input: 32x32x3
        parameters: {base: 4}
        blocks: {unit: {parameters: {width: }, layers: [{conv: width, kernel: 1}]}}
        layers:
          - {unit: base*(index + 1), repeat: 2}
          - {unit: input.channels + 1}
          - {unit: "base if input.channels > 8 else 1"}
        """
    )
    assert [layer.output.channels for layer in network.layers] == [4, 8, 9, 4]


def test_a_block_sees_its_own_and_the_top_parameters_and_not_the_callers_names() -> None:
    sees = read(
        """
        input: 8x8x3
        parameters: {k: 3, width: 99}
        blocks: {unit: {parameters: {width: }, layers: [{conv: width, kernel: k}]}}
        layers: [unit-4]
        """
    )
    assert sees.layers[0].weights == 3 * 3 * 3 * 4
    hidden = """
        input: 8x8x3
        blocks: {{unit: {{layers: [{{conv: {name}, kernel: 1}}]}}}}
        layers: [{{each: {{w: [4, 5]}}, layers: [unit]}}]
        """
    refused(hidden.format(name="w"), "nothing in scope is called `w`")
    refused(hidden.format(name="1 + index"), "nothing in scope is called `index`")


def test_a_bare_word_is_passed_as_that_word() -> None:
    network = read(
        """
        input: 8x8x3
        blocks:
          unit:
            parameters: {width: , act: relu, pad: half}
            layers:
              - {conv: width, kernel: 3, padding: pad, activation: act}
              - {activation: act}
        layers: [unit-4, {unit: 4, act: hardswish}, {unit: 4, act: prelu, pad: valid}]
        """
    )
    functions = [layer.fields.get("activation", layer.fields.get("function")) for layer in network.layers]
    assert functions == ["relu", "relu", "hardswish", "hardswish", "prelu", "prelu"]
    assert network.layers[4].weights == 3 * 3 * 4 * 4 + 4
    assert volume(network.layers[4]) == (6, 6, 4)


def test_words_may_be_compared() -> None:
    network = read(
        """
        input: 8x8x3
        blocks:
          unit: {parameters: {act: relu}, layers: [{activation: act, when: "act != 'none'"}, conv1-4]}
        layers: [unit, {unit: none}]
        """
    )
    assert [layer.type for layer in network.layers] == ["activation", "conv", "conv"]


def test_blocks_in_blocks_are_scopes_in_scopes() -> None:
    network = read(
        """
        input: 8x8x3
        blocks:
          inner: {parameters: {width: }, layers: [{conv: width, kernel: 1}]}
          outer: {parameters: {width: }, layers: [{inner: width}, {inner: 2*width, name: wide}]}
        layers: [outer-4, {outer: 5, name: x, repeat: 2}]
        """
    )
    assert [(layer.name, layer.output.channels) for layer in network.layers] == [
        ("outer1.inner1.conv1", 4),
        ("outer1.wide.conv1", 8),
        ("x.1.inner1.conv1", 5),
        ("x.1.wide.conv1", 10),
        ("x.2.inner1.conv1", 5),
        ("x.2.wide.conv1", 10),
    ]


def test_a_block_may_use_itself_when_that_ends() -> None:
    network = read(
        """
        input: 64x64x1
        blocks:
          nest:
            parameters: {depth: , width: 8}
            layers:
              - {conv: width, kernel: 1}
              - {nest: depth - 1, width: 2*width, when: depth > 1}
        layers: [nest-3]
        """
    )
    assert names(network) == ["nest1.conv1", "nest1.nest1.conv1", "nest1.nest1.nest1.conv1"]
    assert [layer.output.channels for layer in network.layers] == [8, 8 * 2, 8 * 2 * 2]


def test_a_block_that_uses_itself_without_end_is_refused() -> None:
    refused("input: 8x8x1\nblocks: {a: {layers: [a]}}\nlayers: [a]", "nested deeper than", "use itself")


def test_what_a_block_needs_and_does_not_know() -> None:
    head = "input: 8x8x1\nblocks: {unit: {parameters: {width: , stride: 1}, layers: [relu]}}\n"
    refused(head + "layers: [unit]", "unit needs its width")
    refused(head + "layers: [{unit: 4, strid: 2}]", "has no parameter `strid`", "did you mean `stride`?")
    refused(head + "layers: [{unit: 4, width: 2}]", "`width` is given twice")


def test_a_default_keeps_what_arrives_at_the_entry_of_the_block() -> None:
    """An optional residual in one line: `maps` is 3 or 5 throughout, while `input.channels` goes on to 4·maps."""
    network = read(
        """
        input: 8x8x3
        blocks:
          inverted:
            parameters: {filters: , stride: 1, maps: input.channels}
            layers:
              - {conv: 4*maps, kernel: 1}
              - {conv: filters, kernel: 3, stride: stride, padding: half, name: project}
              - {add: [input, project], when: stride == 1 and maps == filters}
        layers: [inverted-3, inverted-5, inverted-5/2, {inverted: 5}]
        """
    )
    assert [layer.name for layer in network.layers if layer.type == "add"] == ["inverted1.add1", "inverted4.add1"]
    assert [layer.weights for layer in network.layers if layer.type == "conv"] == [
        *(3 * 4 * 3, 3 * 3 * (4 * 3) * 3),
        *(3 * 4 * 3, 3 * 3 * (4 * 3) * 5),
        *(5 * 4 * 5, 3 * 3 * (4 * 5) * 5),
        *(5 * 4 * 5, 3 * 3 * (4 * 5) * 5),
    ]
    assert network.layers[-1].inputs == ("inverted3.project", "inverted4.project")
    assert volume(network.layers[-1]) == (8 // 2, 8 // 2, 5)


@pytest.mark.parametrize(
    ("item", "output", "weights"),
    [
        ("{conv_bn: 192, kernel: 1x7}", (9, 9, 192), 1 * 7 * 3 * 192),
        ("{conv_bn: 192, kernel: [1, 7]}", (9, 9, 192), 1 * 7 * 3 * 192),
        ("conv_bn1x7-192", (9, 9, 192), 1 * 7 * 3 * 192),
        ("conv_bn7x1-192", (9, 9, 192), 7 * 1 * 3 * 192),
        ("{conv_bn: 5, stride: 2x1}", ((9 - 1) // 2 + 1, 9, 5), 3 * 3 * 3 * 5),
        ("conv_bn5-5/2x1", ((9 - 1) // 2 + 1, 9, 5), 5 * 5 * 3 * 5),
        ("conv_bn-5", (9, 9, 5), 3 * 3 * 3 * 5),
    ],
)
def test_extents_in_words_are_arguments_of_blocks(item: str, output: tuple[int, ...], weights: int) -> None:
    head = """blocks:
  conv_bn:
    parameters: {filters: , kernel: 3, stride: 1}
    layers:
      - {conv: filters, kernel: kernel, stride: stride, padding: half, bias: false}
      - {batchnorm: , scale: false}
"""
    conv, norm = layers("9x9x3", item, head=head).layers
    assert (volume(conv), conv.weights) == (output, weights)
    assert (norm.weights, norm.biases, norm.buffers) == (0, output[-1], 2 * output[-1])


def test_a_batch_norm_without_scale_keeps_its_shift() -> None:
    both, shift, none = layers(
        "8x8x5", "batchnorm", "{batchnorm: , scale: false}", "{batchnorm: , affine: false}"
    ).layers
    assert [(layer.weights, layer.biases, layer.buffers) for layer in (both, shift, none)] == [
        (5, 5, 2 * 5),
        (0, 5, 2 * 5),
        (0, 0, 2 * 5),
    ]


# --- blocks of several inputs -----------------------------------------------------------------------------------------

CELL = """
input: 8x8x3
blocks:
  cell:
    inputs: [current, previous]
    parameters: {width: 4}
    layers:
      - {conv: width, kernel: 1, name: a}
      - {conv: width, kernel: 1, from: previous, name: b}
      - {add: [a, b]}
layers:
  - {conv: 5, kernel: 1, name: one}
  - {conv: 6, kernel: 1, name: two}
"""


def cells(*items: str) -> str:
    """The text of a network of two convolutions and then these items, which use a block of two inputs."""
    return CELL + "".join(f"  - {item}\n" for item in items)


def test_a_block_takes_several_inputs_in_the_order_of_from() -> None:
    network = read(cells("{cell: 7, from: [two, one]}"))
    assert [(layer.name, layer.inputs) for layer in network.layers[2:]] == [
        ("cell1.a", ("two",)),
        ("cell1.b", ("one",)),
        ("cell1.add1", ("cell1.a", "cell1.b")),
    ]
    assert [layer.weights for layer in network.layers[2:]] == [6 * 7, 5 * 7, 0]
    turned = read(cells("{cell: 7, from: [one, two]}"))
    assert [layer.weights for layer in turned.layers[2:]] == [5 * 7, 6 * 7, 0]


def test_the_inputs_of_a_block_are_volumes_in_its_expressions_and_input_is_the_first() -> None:
    network = read(
        """
        input: {left: 8x8x2, right: 4x6x3}
        blocks:
          two:
            inputs: [first, second]
            parameters: {sum: first.channels + second.channels}
            layers:
              - {conv: sum, kernel: 1}
              - {conv: first.height*second.width, kernel: 1, from: second}
              - {conv: input.channels, kernel: 1, from: input}
              - {relu: , from: first}
        layers:
          - {two: , from: [left, right]}
        """
    )
    assert [(layer.inputs, layer.output.channels) for layer in network.layers] == [
        (("left",), 2 + 3),
        (("right",), 8 * 6),
        (("left",), 2),
        (("left",), 2),
    ]


def test_a_group_in_a_block_sees_the_blocks_inputs() -> None:
    network = read(
        """
        input: 8x8x3
        blocks:
          two:
            inputs: [a, b]
            layers: [{name: g, layers: [{conv: b.channels, kernel: 1, from: b}, {concat: [conv1, a, b]}]}]
        layers: [conv1-4, {two: , from: [conv1, input]}]
        """
    )
    assert network.layers[-1].inputs == ("two1.g.conv1", "conv1", "input")
    assert network.layers[-1].output.channels == 3 + 4 + 3


def test_a_block_of_several_inputs_takes_one_layer_twice() -> None:
    network = read(cells("{cell: 7, from: [two, two]}"))
    assert [layer.weights for layer in network.layers[2:]] == [6 * 7, 6 * 7, 0]


def test_repeat_of_several_inputs_reads_from_anew_and_does_not_chain() -> None:
    network = read(cells("{cell: 7, from: [two, one], repeat: 2, name: x}"))
    assert [layer.inputs for layer in network.layers if layer.name.endswith("a")] == [("two",), ("two",)]


def test_a_chain_of_cells_that_take_the_last_and_the_one_before() -> None:
    network = read(
        cells(
            "{cell: 4, from: [two, one], name: cell1}",
            "{cell: 4, from: [cell1, two], name: cell2}",
            '{repeat: 2, layers: [{cell: 4, from: ["cell{index + 2}", "cell{index + 1}"], name: "cell{index + 3}"}]}',
        )
    )
    assert [layer.inputs for layer in network.layers if layer.name.endswith(".b")] == [
        ("one",),
        ("two",),
        ("cell1.add1",),
        ("cell2.add1",),
    ]
    assert [layer.weights for layer in network.layers if layer.name.endswith(".b")] == [5 * 4, 6 * 4, 4 * 4, 4 * 4]


def test_a_block_of_several_inputs_shares_weights() -> None:
    network = read(cells("{cell: 7, from: [two, one], name: x}", "{cell: 7, from: [two, one], name: y, share: x}"))
    assert network.totals.weights == 3 * 5 + 5 * 6 + (6 * 7 + 5 * 7)


@pytest.mark.parametrize(
    ("item", "count"),
    [
        ("cell-7", 0),
        ("{cell: 7}", 0),
        ("{cell: 7, from: two}", 1),
        ("{cell: 7, from: [two]}", 1),
        ("{cell: 7, from: [two, one, input]}", 3),
    ],
)
def test_a_block_of_two_inputs_wants_two(item: str, count: int) -> None:
    refused(
        cells(item),
        f"cell takes 2 inputs, and `from` names {count}",
        "list them in the order current, previous",
    )


def test_a_wrong_number_of_inputs_is_one_message() -> None:
    assert refused(cells("{cell: 7, from: two}")).count("error:") == 1


def test_a_block_of_one_input_takes_no_list() -> None:
    head = "input: 8x8x1\nblocks: {unit: {layers: [relu]}}\n"
    refused(head + "layers: [relu, {unit: , from: [relu1, input]}]", "takes one input, and `from` names 2")


def test_an_unknown_name_among_several_inputs() -> None:
    report = refused(cells("{cell: 7, from: [two, on]}"), "no layer before this one is called `on`")
    assert "did you mean `one`?" in report
    assert report.count("error:") == 1


def test_the_inputs_of_a_block_are_not_known_outside() -> None:
    report = refused(cells("{cell: 7, from: [two, one]}", "{relu: , from: previous}"))
    assert "no layer before this one is called `previous`" in report
    refused(cells("{conv: previous.channels, kernel: 1}"), "nothing in scope is called `previous`")


@pytest.mark.parametrize(
    "inputs",
    ["[a]", "a", "[]", "{a: 1, b: 2}", "[a, 2]", "[a, 'b c']", "[a, width]", "[a, input]", "[a, index]", "[a, from]"],
)
def test_names_that_inputs_can_not_have(inputs: str) -> None:
    block = f"{{cell: {{inputs: {inputs}, parameters: {{width: 4}}, layers: [relu]}}}}"
    refused(
        f"input: 8x8x3\nblocks: {block}\nlayers: [relu]",
        "`inputs` lists two names or more, none of them a parameter's",
        "such as [current, previous]",
    )


def test_two_inputs_of_one_name_are_refused() -> None:
    refused("input: 8x8x3\nblocks: {cell: {inputs: [a, a], layers: [relu]}}\nlayers: [relu]", "`inputs`")


def test_a_volume_that_has_no_such_extent() -> None:
    text = "input: 8x8x3\nblocks: {{two: {{inputs: [a, b], layers: [{{conv: {size}, kernel: 1}}]}}}}\n"
    use = "layers: [{two: , from: [input, input]}]"
    refused(text.format(size="b.chanels") + use, "the 8×8×3 input has no chanels")
    refused(text.format(size="b.depth") + use, "the 8×8×3 input has no depth")
    refused(text.format(size="b") + use, "filters must be a whole number of at least 1, not 8×8×3")


@pytest.mark.parametrize("name", ["conv", "fc", "layers", "repeat", "residual", "7up"])
def test_names_that_a_block_can_not_have(name: str) -> None:
    refused(f"input: 8x8x1\nblocks: {{{name}: {{layers: [relu]}}}}\nlayers: [relu]", "a block cannot be called")


# --- from, inputs, outputs --------------------------------------------------------------------------------------------


def test_from_names_an_earlier_layer() -> None:
    network = layers("8x8x3", "{conv: 4, kernel: 1, name: a}", "conv1-5", "{conv: 6, kernel: 1, from: a}")
    assert [layer.inputs for layer in network.layers] == [("input",), ("a",), ("a",)]
    assert network.layers[-1].weights == 4 * 6


def test_from_takes_automatic_names_and_the_input() -> None:
    network = layers(
        "8x8x3", "conv1-4", "conv1-5", "{conv: 6, kernel: 1, from: conv1}", "{conv: 7, kernel: 1, from: input}"
    )
    assert [layer.weights for layer in network.layers] == [3 * 4, 4 * 5, 4 * 6, 3 * 7]


def test_from_of_a_list_feeds_a_merge() -> None:
    for item in ("{concat: , from: [a, b]}", "{concat: [a, b]}", "{concat: , inputs: [a, b]}"):
        network = layers("8x8x3", "{conv: 4, kernel: 1, name: a}", "{conv: 5, kernel: 1, name: b}", item)
        assert (network.layers[-1].inputs, network.layers[-1].output.channels) == (("a", "b"), 4 + 5)


def test_from_inside_a_scope_looks_there_first_and_then_outwards() -> None:
    network = read(
        """
        input: 8x8x3
        layers:
          - {conv: 4, kernel: 1, name: a}
          - {conv: 5, kernel: 1, name: b}
          - name: g
            layers:
              - {conv: 6, kernel: 1, name: a}
              - {conv: 7, kernel: 1, from: a}
              - {conv: 8, kernel: 1, from: b}
        """
    )
    assert [layer.inputs for layer in network.layers] == [("input",), ("a",), ("b",), ("g.a",), ("b",)]


def test_from_takes_dotted_absolute_names() -> None:
    network = read(
        """
        input: 8x8x3
        blocks: {unit: {layers: [conv1-4, conv1-5]}}
        layers:
          - {unit: , name: stage, repeat: 2}
          - {conv: 6, kernel: 1, from: stage.1.conv1}
          - {layers: [{conv: 7, kernel: 1, from: stage.2.conv2}], name: g}
        """
    )
    assert [layer.inputs for layer in network.layers[-2:]] == [("stage.1.conv1",), ("stage.2.conv2",)]


@pytest.mark.parametrize(("name", "meant"), [("stage", "stage.2.conv2"), ("stage.1", "stage.1.conv2")])
def test_from_a_scope_is_its_last_layer(name: str, meant: str) -> None:
    network = read(
        f"""
        input: 8x8x3
        blocks: {{unit: {{layers: [conv1-4, conv1-5]}}}}
        layers: [{{unit: , name: stage, repeat: 2}}, relu, {{conv: 6, kernel: 1, from: {name}}}]
        """
    )
    assert network.layers[-1].inputs == (meant,)


def test_input_inside_a_block_is_what_the_block_was_given() -> None:
    network = read(
        """
        input: 8x8x3
        blocks: {unit: {layers: [conv1-4, {concat: [conv1, input]}]}}
        layers: [conv1-5, unit]
        """
    )
    assert network.layers[-1].inputs == ("unit1.conv1", "conv1")
    assert network.layers[-1].output.channels == 4 + 5


def test_from_on_a_group_moves_where_it_begins() -> None:
    network = layers("8x8x3", "conv1-4", "conv1-5", "{from: conv1, layers: [conv1-6, conv1-7]}")
    assert [layer.inputs for layer in network.layers] == [("input",), ("conv1",), ("conv1",), ("conv3",)]


def test_from_with_repeat_holds_for_the_first_and_the_others_chain() -> None:
    network = layers("8x8x3", "conv1-4", "conv1-5", "{conv: 6, kernel: 1, from: conv1, repeat: 3}")
    assert [layer.weights for layer in network.layers[2:]] == [4 * 6, 6 * 6, 6 * 6]


def test_what_is_skipped_passes_on_what_its_from_names() -> None:
    network = layers("8x8x3", "conv1-4", "conv1-5", "{relu: , from: conv1, when: false}", "conv1-6")
    assert [layer.inputs for layer in network.layers] == [("input",), ("conv1",), ("conv1",)]
    assert network.layers[-1].weights == 4 * 6
    arrived = layers("8x8x3", "conv1-3", "conv1-3", "{add: [input, conv1], when: false}", "conv1-6")
    assert arrived.layers[-1].inputs == ("conv2",)


def test_a_reference_may_hold_expressions() -> None:
    network = read(
        """
        input: 8x8x3
        layers:
          - {repeat: 3, layers: [{conv: 4 + index, kernel: 1, from: input, name: "c{index}"}]}
          - repeat: 2
            layers:
              - {conv: 9, kernel: 1, from: "c{2 - index}", name: "d{index}"}
          - {concat: ["c{1}", "c{1 + 1}", "d{0}"]}
          - {add: , from: ["d{0}", "d{1}"]}
          - {conv: 9, kernel: 1, from: "c{2}", share: "d{0}"}
        """
    )
    assert [layer.inputs for layer in network.layers[3:]] == [
        ("c2",),
        ("c1",),
        ("c1", "c2", "d0"),
        ("d0", "d1"),
        ("c2",),
    ]
    assert [layer.weights for layer in network.layers[3:]] == [6 * 9, 5 * 9, 0, 0, 0]
    assert network.layers[5].output.channels == 5 + 6 + 9


def test_a_reference_with_an_expression_that_leads_nowhere() -> None:
    head = "input: 8x8x3\nlayers:\n  - {conv: 4, kernel: 1, name: c1}\n"
    refused(head + '  - {relu: , from: "c{1 + 1}"}', "no layer before this one is called `c2`", "there are `c1`")
    refused(head + '  - {add: [c1, "c{1 + 1}"]}', "no layer before this one is called `c2`")
    refused(head + '  - {relu: , from: "c{indx}", repeat: 2}', "nothing in scope is called `indx`")


def test_an_expression_in_a_reference_that_fails_is_one_message() -> None:
    report = refused('input: 8x8x3\nlayers: [relu, {relu: , from: "c{indx}"}]')
    assert report.count("error:") == 1


def test_index_is_bound_inside_of_the_item_that_repeats_and_not_on_its_name() -> None:
    refused('input: 8x8x3\nlayers: [{relu: , name: "a{index}", repeat: 2}]', "nothing in scope is called `index`")
    refused('input: 8x8x3\nlayers: [{each: {i: [1]}, name: "a{i}", layers: [relu]}]', "nothing in scope is called `i`")


def test_a_group_shares_with_one_whose_name_is_worked_out() -> None:
    network = read(
        """
        input: 8x8x3
        layers:
          - {name: a1, layers: [conv3-3]}
          - {name: b1, layers: [conv3-3], share: "a{2 - 1}"}
        """
    )
    assert network.totals.weights == 3 * 3 * 3 * 3


def test_input_volume_in_expressions_is_that_of_from() -> None:
    network = layers("8x8x3", "conv1-4", "conv1-5", "{conv: 10*input.channels, kernel: 1, from: conv1}")
    assert network.layers[-1].output.channels == 10 * 4


def test_a_name_that_is_not_there_is_an_error_that_names_the_near_ones() -> None:
    refused(
        "input: 8x8x3\nlayers: [{conv: 4, kernel: 1, name: stem}, {relu: , from: stam}]",
        "no layer before this one is called `stam`",
        "did you mean `stem`?",
    )


def test_several_inputs_are_named_and_the_first_item_says_which() -> None:
    network = read(
        """
        input: {left: 105x105x1, right: 100x105x2}
        layers:
          - {conv: 4, kernel: 10, from: left, name: a}
          - {conv: 4, kernel: 5x10, from: right, name: b}
          - {add: [a, b]}
        """
    )
    assert list(network.inputs) == ["left", "right"]
    assert [layer.inputs for layer in network.layers] == [("left",), ("right",), ("a", "b")]
    assert network.totals.activations == 105 * 105 * 1 + 100 * 105 * 2 + 3 * 96 * 96 * 4
    refused("input: {left: 8x8x1, right: 8x8x1}\nlayers: [relu]", "several inputs", "`left`, `right`")


def test_outputs_are_the_last_layer_or_those_named() -> None:
    items = ("{conv: 4, kernel: 1, name: a}", "{conv: 5, kernel: 1, name: b}")
    assert layers("8x8x3", *items).outputs == ("b",)
    assert layers("8x8x3", *items, head="outputs: [a, b]").outputs == ("a", "b")
    assert layers("8x8x3", *items, head="outputs: a").outputs == ("a",)
    assert layers("8x8x3", *items, head="outputs: [a, b]").to_dict()["outputs"] == ["a", "b"]


def test_an_output_that_is_not_there() -> None:
    refused("input: 8x8x3\noutputs: [conv2]\nlayers: [conv1-4]", "is called `conv2`", "did you mean `conv1`?")


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_defaults_hold_unless_a_layer_says_otherwise() -> None:
    head = "defaults: {conv: {padding: half, bias: false, kernel: 3}, maxpool: {stride: 1}}"
    network = layers("8x8x3", "{conv: 4}", "{conv: 4, bias: true, padding: 0}", "{maxpool: 2}", head=head)
    assert [volume(layer) for layer in network.layers] == [(8, 8, 4), (6, 6, 4), (5, 5, 4)]
    assert [layer.biases for layer in network.layers] == [0, 4, 0]


def test_defaults_hold_for_words_in_blocks_and_by_any_name_of_the_type() -> None:
    network = read(
        """
        input: 8x8x3
        defaults: {conv: {bias: false}, fc: {bias: false}}
        blocks: {unit: {layers: [conv3-4]}}
        layers: [unit, dense-10]
        """
    )
    assert [layer.biases for layer in network.layers] == [0, 0]


def test_defaults_are_expressions_where_the_layer_stands() -> None:
    head = "parameters: {act: relu}\ndefaults: {conv: {activation: act, groups: input.channels}}"
    layer = one("8x8x4", "conv3-8", head=head)
    assert layer.weights == 3 * 3 * (4 // 4) * 8
    assert layer.fields["activation"] == "relu"


def test_defaults_of_a_block_give_its_parameters_and_come_before_its_own() -> None:
    network = read(
        """
        input: 8x8x3
        blocks: {unit: {parameters: {width: , kernel: 1}, layers: [{conv: width, kernel: kernel}]}}
        defaults: {unit: {width: 4, kernel: 3}}
        layers: [unit, unit-5, {unit: 6, kernel: 1}]
        """
    )
    assert [layer.weights for layer in network.layers] == [3 * 3 * 3 * 4, 3 * 3 * 4 * 5, 5 * 6]


def test_defaults_for_what_is_no_parameter_of_a_block() -> None:
    refused(
        "input: 8x8x3\nblocks: {unit: {parameters: {width: 4}, layers: [relu]}}\ndefaults: {unit: {widht: 8}}\n"
        "layers: [unit]",
        "no parameter `widht`",
        "`width`",
    )


def test_defaults_for_what_is_no_type_or_no_field() -> None:
    refused(
        "input: 8x8x3\ndefaults: {cnov: {bias: false}}\nlayers: [relu]", "`cnov`, which is not a layer type", "`conv`"
    )
    refused("input: 8x8x3\ndefaults: {conv: {bais: false}}\nlayers: [relu]", "no field `bais`", "`bias`")


# --- extends ----------------------------------------------------------------------------------------------------------


def write(folder: Path, **specs: str) -> None:
    for name, text in specs.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")


BASE = """
    name: base
    source: nobody
    input: 32x32x3
    parameters: {width: 8, classes: 10}
    defaults: {conv: {bias: false, padding: half}, fc: {bias: false}}
    blocks:
      unit: {parameters: {w: }, layers: [{conv: w, kernel: 3}]}
      act: {layers: [relu]}
    layers: [{unit: width}, act, fc-classes]
    """


@pytest.mark.parametrize("reference", ["base.yaml", "base"])
def test_extends_a_file_beside_it_and_overrides_a_parameter(reference: str, tmp_path: Path) -> None:
    write(tmp_path, base=BASE, child=f"extends: {reference}\nparameters: {{width: 16}}")
    network = cnncalc.load(tmp_path / "child.yaml")
    assert network.source == "nobody"
    assert network.totals.weights == 3 * 3 * 3 * 16 + 32 * 32 * 16 * 10
    assert cnncalc.load(tmp_path / "base.yaml").totals.weights == 3 * 3 * 3 * 8 + 32 * 32 * 8 * 10


def test_extends_merges_key_by_key_and_replaces_the_rest(tmp_path: Path) -> None:
    write(
        tmp_path,
        base=BASE,
        child="""
            extends: base.yaml
            name: child
            input: 16x16x3
            defaults: {conv: {bias: true}}
            blocks: {act: {layers: [tanh]}}
            """,
    )
    network = cnncalc.load(tmp_path / "child.yaml")
    assert network.name == "child"
    conv, act, dense = network.layers
    assert (volume(conv), conv.biases) == ((16, 16, 8), 8)  # padding: half is inherited, bias is not
    assert act.type == "tanh"
    assert (dense.weights, dense.biases) == (16 * 16 * 8 * 10, 0)


def test_extends_replaces_the_layers(tmp_path: Path) -> None:
    write(tmp_path, base=BASE, child="extends: base\nlayers: [{unit: 2*width}, {unit: 3*width}]")
    assert cnncalc.load(tmp_path / "child.yaml").totals.weights == 3 * 3 * 3 * 16 + 3 * 3 * 16 * 24


def test_extends_in_a_chain_takes_the_nearest(tmp_path: Path) -> None:
    write(
        tmp_path,
        base=BASE,
        middle="extends: base\nparameters: {width: 16, classes: 5}",
        child="extends: middle\nparameters: {classes: 2}",
    )
    assert cnncalc.load(tmp_path / "child.yaml").totals.weights == 3 * 3 * 3 * 16 + 32 * 32 * 16 * 2


@pytest.mark.parametrize("reference", ["vgg16.yaml", "vgg16"])
def test_extends_a_built_in_spec(reference: str, tmp_path: Path) -> None:
    write(tmp_path, child=f"extends: {reference}\ninput: 64x64x3")
    network = cnncalc.load(tmp_path / "child.yaml")
    assert volume(network.layer("maxpool5")) == (2, 2, 512)
    assert network.layer("dense1").weights == 2 * 2 * 512 * 4096


def test_a_file_beside_comes_before_a_built_in_spec(tmp_path: Path) -> None:
    write(tmp_path, vgg16=BASE, child="extends: vgg16")
    assert cnncalc.load(tmp_path / "child.yaml").source == "nobody"


def test_a_file_is_called_like_itself_unless_it_says_otherwise(tmp_path: Path) -> None:
    write(tmp_path, base=BASE, child="extends: base", named="extends: base\nname: mine", bare="extends: named")
    names_of = {name: cnncalc.load(tmp_path / f"{name}.yaml").name for name in ("base", "child", "named", "bare")}
    assert names_of == {"base": "base", "child": "child", "named": "mine", "bare": "bare"}


def test_what_has_no_file_inherits_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, base=BASE.replace("name: base", "name: Base of all"))
    monkeypatch.chdir(tmp_path)
    assert cnncalc.load("extends: base\n").name == "Base of all"
    assert cnncalc.load({"extends": "base"}).name == "Base of all"
    assert cnncalc.load("extends: base\nname: mine\n").name == "mine"


def test_a_source_goes_with_the_layers_that_it_is_the_source_of(tmp_path: Path) -> None:
    write(
        tmp_path,
        base=BASE,
        wider="extends: base\nparameters: {width: 16}",
        other="extends: base\nlayers: [fc-1]",
        further="extends: other",
        own="extends: base\nsource: somebody\nlayers: [fc-1]",
    )
    sources = {name: cnncalc.load(tmp_path / f"{name}.yaml").source for name in ("wider", "other", "further", "own")}
    assert sources == {"wider": "nobody", "other": "", "further": "", "own": "somebody"}


def test_published_figures_are_of_one_network_and_not_inherited(tmp_path: Path) -> None:
    figures = "published: [{metric: weights, printed: 82136, where: Table 1}]"
    write(tmp_path, base=f"{dedent(BASE)}{figures}", child="extends: base", own=f"extends: base\n{figures}")
    assert [len(cnncalc.load(tmp_path / f"{name}.yaml").demands.published) for name in ("base", "child", "own")] == [
        1,
        0,
        1,
    ]


def test_extends_in_a_circle_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, a="extends: b", b="extends: c", c="extends: a")
    with pytest.raises(SpecError, match=r"cycle: a.yaml → b.yaml → c.yaml → a.yaml"):
        cnncalc.load(tmp_path / "a.yaml")


def test_text_extends_a_built_in_spec_too() -> None:
    assert read("extends: vgg16\nparameters: {}\n").totals.params == cnncalc.load("vgg16").totals.params


# --- expressions ------------------------------------------------------------------------------------------------------


def value(expression: str, **parameters: Any) -> Any:
    """What an expression is worth, as the number of filters of a layer."""
    spec = {
        "input": "6x10x4",
        "parameters": {"a": 7, "b": 2, "half": 0.5, "flag": True, "listed": [3, 5, 9], **parameters},
        "layers": [{"conv": expression, "kernel": 1}],
    }
    return cnncalc.load(spec).layers[0].output.channels


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", 7 + 2),
        ("a - b", 7 - 2),
        ("a * b", 7 * 2),
        ("14 / b", 7),
        ("a // b", 3),
        ("a % b", 1),
        ("a ** b", 49),
        ("-b + a", 5),
        ("+a", 7),
        ("a + b * 3", 7 + 2 * 3),
        ("(a + b) * 3", (7 + 2) * 3),
        ("8 * half", 4),
        ("half * 64 * 3 / 2", 48),
        ("1 if a < b else 2", 2),
        ("1 if a <= 7 else 2", 1),
        ("1 if a > b else 2", 1),
        ("1 if a >= 8 else 2", 2),
        ("1 if a == 7 else 2", 1),
        ("1 if a != 7 else 2", 2),
        ("1 if b < a < 8 else 2", 1),
        ("1 if b < a < 3 else 2", 2),
        ("1 if 8 < a < 1/0 else 2", 2),
        ("1 if a > 8 or b == 2 else 2", 1),
        ("1 if a > 8 and b == 2 else 2", 2),
        ("1 if a > 8 and 1/0 else 2", 2),
        ("1 if flag or 1/0 else 2", 1),
        ("flag and b < a and 5", 5),
        ("0 or half - half or 6", 6),
        ("1/0 if not flag else 2", 2),
        ("1 if 'x' == 'x' != a else 2", 1),
        ("1 if not flag else 2", 2),
        ("1 if flag else 2", 1),
        ("listed[0]", 3),
        ("listed[b]", 9),
        ("listed[-1]", 9),
        ("(10, 20)[1]", 20),
        ("max([a, [11][0]])", 11),
        ("[10, 20][1]", 20),
        ("min(a, b)", 2),
        ("max(a, b, 5)", 7),
        ("max(listed)", 9),
        ("min([a, b])", 2),
        ("ceil(a / b)", 4),
        ("floor(a / b)", 3),
        ("round(a / 3)", 2),
        ("round(8 / 3)", 3),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("abs(3 - 7)", 4),
        ("sqrt(7 * 7)", 7),
        ("floor(10 * sqrt(2))", 14),
        ("log2(2**10)", 10),
        ("ceil(log2(9))", 4),
        ("-log2(1 / 8)", 3),
        ("divisible(32 * 0.75, 8)", 24),
        ("divisible(11, 8)", 16),
        ("divisible(8 * 0.35, 8)", 8),
        ("len(listed)", 3),
        ("sum(listed)", 3 + 5 + 9),
        ("input.channels", 4),
        ("input.height", 6),
        ("input.width", 10),
        ("input.channels * 2 if input.height < input.width else 1", 8),
    ],
)
def test_expressions(expression: str, expected: int) -> None:
    assert value(expression) == expected


def test_the_extents_have_names_in_every_rank() -> None:
    assert one("16000x2", "{conv: input.length // 100, kernel: 1}").output.channels == 160
    assert one("5x6x7x2", "{conv: 100*input.depth + input.width, kernel: 1}").output.channels == 507
    refused("input: 8x8x3\nlayers: [{conv: input.length, kernel: 1}]", "has no length", "`input.height`")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("9 ** 9 ** 9", "a power that large is refused"),
        ("10 ** 30", "a power that large is refused"),
        ("1 / 0", "divides by 0"),
        ("(0.1 ** 64) ** -6", "is too large"),
        ("listed[3]", "out of range"),
        ("open('x')", "there is no function `open`"),
        ("a.real", "only volumes have attributes"),
        ("lambda: 1", "is not arithmetic"),
        ("a @ b", "is not arithmetic"),
        ("a << b", "is not arithmetic"),
        ("~a", "is not arithmetic"),
        ("listed[0:1]", "is not arithmetic"),
        ("max(*listed)", "is not arithmetic"),
        ("f'{a}'", "is not arithmetic"),
        ("max(a, default=b)", "there is no function `max`"),
        ("listed.count(3)", "there is no function `listed.count`"),
        ("1 if 3 in listed else 2", "cannot be evaluated"),
        ("1 if a is b else 2", "cannot be evaluated"),
        ("1 if a < 'x' else 2", "cannot be evaluated"),
        ("round()", "cannot be evaluated"),
        ("log2(0)", "log2(0) has no value"),
        ("log2(-8)", "log2 takes a number above 0"),
        ("sqrt(3 - 7)", "sqrt(-4) has no value"),
        ("abs(listed)", "(3, 5, 9) is not a number"),
        ("sqrt(7 < 8)", "True is not a number"),
        ("None", "`None` is not a number"),
        ("2j", "`2j` is not a number"),
        ("a + listed", "(3, 5, 9) is not a number"),
        ("a * max", "a function is not a number"),
        ("listed['x']", "x is not a valid list index"),
        ("a[0]", "7 is not a list"),
        ("[x for x in listed]", "is not arithmetic"),
        ("a +", "cannot read"),
        ("'x' * 3", "is not a number"),
        ("weight", "nothing in scope is called `weight`"),
        ("+".join(["1"] * 600), "characters"),
        ("7 / 2", "filters must be a whole number of at least 1, not 3.5"),
        ("b - a", "filters must be a whole number of at least 1, not -5"),
        ("a < b", "filters must be a whole number of at least 1, not false"),
    ],
)
def test_expressions_are_bounded_and_are_numbers(expression: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        value(expression)
    assert said in str(caught.value)


@pytest.mark.parametrize("function", ["abs", "sqrt", "log2", "round"])
def test_functions_without_a_closed_form_are_refused_over_symbols(function: str) -> None:
    text = f"input: 8x8xk\nlayers: [{{conv: {function}(4*k), kernel: 1}}]"
    refused(text, f"{function}(…) has no closed form over a symbol", "use a number there")
    assert read(text, set={"k": 4}).layers[0].output.channels == {"sqrt": 4, "log2": 4}.get(function, 16)


def test_an_unknown_name_is_answered_with_the_near_ones() -> None:
    with pytest.raises(SpecError, match="did you mean `listed`"):
        value("lsited[0]")


def test_parameters_may_use_earlier_parameters() -> None:
    network = layers("8x8x3", "{conv: wide, kernel: 1}", head="parameters: {width: 4, wide: 3*width}")
    assert network.layers[0].output.channels == 12


def test_parameters_may_use_later_parameters() -> None:
    network = layers("8x8x3", "{conv: wide, kernel: 1}", head="parameters: {wide: 3*half, half: width//2, width: 4}")
    assert network.layers[0].output.channels == 6


@pytest.mark.parametrize("parameters", ["{a: b + 1, b: 2*a}", "{a: a}", "{a: '[b]', b: c, c: a}"])
def test_parameters_in_a_circle_are_refused(parameters: str) -> None:
    refused(f"input: 8x8x3\nparameters: {parameters}\nlayers: [relu]", "in a cycle: a", "give one of them a number")


@pytest.mark.parametrize("number", ["1_000", "0x10", "0o10", "0b11", "2 * 1_000", "'0x10'"])
def test_numbers_are_plain_decimals(number: str) -> None:
    refused(f"input: 8x8x3\nlayers: [{{conv: {number}, kernel: 1}}]", "is not a number", "numbers are plain decimals")


# --- --set and set= ---------------------------------------------------------------------------------------------------

FAMILY = """
    input: 32x32x3
    parameters: {width: 8, depths: [1, 2], act: relu, wide: 2*width, bias: true}
    layers:
      - {each: {d: depths}, layers: [{conv: wide, kernel: 1, repeat: d, activation: act, bias: bias}]}
    """


@pytest.mark.parametrize(
    ("changes", "weights", "function"),
    [
        ({}, 3 * 16 + 2 * 16 * 16, "relu"),
        ({"width": 4}, 3 * 8 + 2 * 8 * 8, "relu"),
        ({"width": "4"}, 3 * 8 + 2 * 8 * 8, "relu"),
        ({"width": 0.5}, 3 * 1 + 2 * 1 * 1, "relu"),
        ({"width": "2**2"}, 3 * 8 + 2 * 8 * 8, "relu"),
        ({"wide": "width + 1"}, 3 * 9 + 2 * 9 * 9, "relu"),
        ({"depths": [1, 1]}, 3 * 16 + 16 * 16, "relu"),
        ({"depths": "[1, 1]"}, 3 * 16 + 16 * 16, "relu"),
        ({"depths": (3,)}, 3 * 16 + 2 * 16 * 16, "relu"),
        ({"act": "hardswish"}, 3 * 16 + 2 * 16 * 16, "hardswish"),
        ({"input": "16x16x1"}, 1 * 16 + 2 * 16 * 16, "relu"),
        ({"input": [16, 16, 1]}, 1 * 16 + 2 * 16 * 16, "relu"),
    ],
)
def test_set_overrides_parameters(changes: dict[str, Any], weights: int, function: str) -> None:
    network = read(FAMILY, set=changes)
    assert network.totals.weights == weights
    assert network.layers[0].fields["activation"] == function


def test_set_takes_a_truth() -> None:
    assert read(FAMILY, set={"bias": False}).totals.biases == read(FAMILY, set={"bias": "false"}).totals.biases == 0


def test_set_of_what_is_no_parameter() -> None:
    refused(FAMILY, "parameter `widht`", "did you mean `width`", set={"widht": 3})


def test_set_gives_a_symbol_a_number() -> None:
    assert cnncalc.load("HxWxC: conv3-C", set={"C": 64}).totals.weights == 3 * 3 * 64 * 64


# --- symbols ----------------------------------------------------------------------------------------------------------


def test_names_in_a_volume_are_symbols() -> None:
    network = layers("HxWxC", "conv3-C", "conv3-C", "conv3-C")
    assert network.to_dict()["totals"]["weights"] == "27*C**2"
    assert network.to_dict()["layers"][0]["output"] == ["H", "W", "C"]
    assert network.totals.receptive_field == (7, 7)


def test_names_in_a_list_are_symbols() -> None:
    network = layers("[H, W, 3]", "conv3-64", "maxpool2")
    assert network.to_dict()["totals"]["weights"] == 3 * 3 * 3 * 64
    assert network.to_dict()["layers"][0]["macs"] == f"{3 * 3 * 3 * 64}*H*W"
    assert network.to_dict()["layers"][1]["output"] == ["floor(H/2)", "floor(W/2)", 64]


def test_a_parameter_may_be_a_symbol() -> None:
    network = layers("8x8x3", "conv3-width", head="parameters: {width: k}")
    assert network.to_dict()["totals"]["weights"] == f"{3 * 3 * 3}*k"
    assert (
        layers("8x8x3", "conv3-width", head="parameters: {width: 4}", set={"width": "k"}).to_dict()["totals"]["weights"]
        == f"{3 * 3 * 3}*k"
    )


def test_a_symbolic_result_agrees_with_the_number() -> None:
    symbolic = layers("HxHxC", "conv3-2*C", "maxpool2", "fc-10").totals
    number = layers("12x12x5", "conv3-10", "maxpool2", "fc-10").totals
    for metric in ("weights", "biases", "params", "macs", "flops", "activations"):
        formula = getattr(symbolic, metric)
        assert formula.subs({name: {"H": 12, "C": 5}[name.name] for name in formula.free_symbols}) == getattr(
            number, metric
        )


def test_what_can_not_be_decided_asks_for_a_number() -> None:
    refused("input: HxWxC\nlayers: [{relu: , when: input.channels > 3}]", "symbol", "--set")


def test_a_symbol_is_not_compared_with_a_list() -> None:
    refused("input: HxWxC\nlayers: [{relu: , when: 'input.height // 2 > [1]'}]", "cannot be evaluated", "use numbers")


# --- one line ---------------------------------------------------------------------------------------------------------


def test_the_one_line_form_is_the_same_network() -> None:
    line = cnncalc.load("32x32x3: conv3-8 relu maxpool2 fc-10 softmax")
    text = layers("32x32x3", "conv3-8", "relu", "maxpool2", "fc-10", "softmax")
    assert line.to_dict() | {"name": ""} == text.to_dict() | {"name": ""}
    assert line.name == "32x32x3: conv3-8 relu maxpool2 fc-10 softmax"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("8x8x3: (conv3-4)*3", ["conv1", "conv2", "conv3"]),
        ("8x8x3:(conv3-4 relu)*2 maxpool2", ["conv1", "relu1", "conv2", "relu2", "maxpool1"]),
        ("8x8x3: ((conv3-4)*2 relu) * 2", ["conv1", "conv2", "relu1", "conv3", "conv4", "relu2"]),
        ("8x8x3: (conv3-4 relu)", ["conv1", "relu1"]),
        ("8x8x3: conv3-8*(1+1)", ["conv1"]),
        ("8x8x3: conv3-max(4,8) relu", ["conv1", "relu1"]),
    ],
)
def test_the_one_line_form_repeats(line: str, found: list[str]) -> None:
    assert names(cnncalc.load(line)) == found


@pytest.mark.parametrize("item", ["{conv: 4, kernel: 3}", "{relu: }", "[conv3-4]", "relu {conv: 4, kernel: 3}"])
def test_one_line_takes_words_only(item: str) -> None:
    with pytest.raises(SpecError, match="a one-line spec takes words only") as caught:
        cnncalc.load(f"8x8x3: conv3-4 {item} relu")
    assert "for mappings write YAML" in str(caught.value)
    assert str(caught.value).count("error:") == 1


def test_every_name_on_one_line_is_a_symbol() -> None:
    network = cnncalc.load("HxWx3: conv3-K conv3-2*K")
    weights = network.totals.weights
    assert weights.subs(dict.fromkeys(weights.free_symbols, 4)) == 3 * 3 * 3 * 4 + 3 * 3 * 4 * 8


# --- share and frozen -------------------------------------------------------------------------------------------------


def test_shared_weights_count_once() -> None:
    network = layers("8x8x4", "{conv: 4, kernel: 3, name: a}", "{conv: 4, kernel: 3, share: a}", "{conv: 4, kernel: 3}")
    weights = 3 * 3 * 4 * 4
    assert [layer.weights for layer in network.layers] == [weights, 0, weights]
    assert [layer.biases for layer in network.layers] == [4, 0, 4]
    assert network.layers[1].macs == 4 * 4 * 4 * (3 * 3 * 4)
    assert network.layers[1].notes == ("shares the weights of a",)


def test_a_block_shares_the_weights_of_another() -> None:
    network = read(
        """
        input: {left: 32x32x3, right: 32x32x3}
        blocks: {tower: {layers: [conv3-8, batchnorm, {layers: [conv3-8], name: deep}, fc-4]}}
        layers:
          - {tower: , from: left, name: a}
          - {tower: , from: right, share: a, name: b}
          - {concat: [a, b]}
        """
    )
    weights = 3 * 3 * 3 * 8 + 8 + 3 * 3 * 8 * 8 + 32 * 32 * 8 * 4
    assert network.totals.weights == weights
    assert [layer.params for layer in network.layers if layer.name.startswith("b.")] == [0, 0, 0, 0]
    assert network.totals.macs == 2 * (32 * 32 * (3 * 3 * 3 * 8 + 3 * 3 * 8 * 8) + 32 * 32 * 8 * 4)


def test_sharing_needs_equal_weights_and_types() -> None:
    refused("input: 8x8x3\nlayers: [{conv: 4, kernel: 1, name: a}, {conv: 4, kernel: 1, share: a}]", "a has 12 weights")
    refused("input: 8x8x3\nlayers: [{relu: , name: a}, {conv: 4, kernel: 1, share: a}]", "cannot use its weights")
    refused("input: 8x8x3\nlayers: [{conv: 3, kernel: 1, share: b}]", "is called `b`")


def test_what_shares_by_groups_needs_a_counterpart_for_all_that_has_weights() -> None:
    head = "input: 8x8x3\nlayers:\n  - {name: a, layers: [conv1-3]}\n"
    network = read(head + "  - {name: b, share: a, layers: [conv1-3, relu]}")
    assert [layer.params for layer in network.layers] == [3 * 3 + 3, 0, 0]
    refused(head + "  - {name: b, share: a, layers: [conv1-3, conv1-3]}", "b.conv2 has no counterpart", "no a.conv2")
    refused(head + "  - {name: b, share: a, layers: [batchnorm, conv1-3]}", "no counterpart", "no a.batchnorm1")


def test_a_frozen_layer_counts_as_buffers() -> None:
    layer = one("8x8x3", "{conv: 4, kernel: 3, frozen: true}")
    assert (layer.weights, layer.biases, layer.params) == (0, 0, 0)
    assert layer.buffers == 3 * 3 * 3 * 4 + 4
    assert layer.macs == 6 * 6 * 4 * (3 * 3 * 3)
    assert one("8x8x3", "{batchnorm: , frozen: true}").buffers == 2 * 3 + 2 * 3


def test_frozen_on_a_group_and_a_block_holds_for_all_below() -> None:
    network = read(
        """
        input: 8x8x3
        parameters: {still: true}
        blocks: {unit: {layers: [{layers: [conv1-4], name: g}, batchnorm]}}
        layers:
          - {unit: , frozen: still}
          - {frozen: true, layers: [conv1-5, {residual: [conv1-5]}]}
          - conv1-6
        """
    )
    assert [layer.params for layer in network.layers if layer.type in ("conv", "batchnorm")] == [0, 0, 0, 0, 5 * 6 + 6]
    assert network.totals.buffers == (3 * 4 + 4) + (2 * 4 + 2 * 4) + (4 * 5 + 5) + (5 * 5 + 5)


# --- YAML 1.2 scalars -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "filters"),
    [("10", 10), ("010", 10), ("1e1", 10), ("10.0", 10), ('"10"', 10), ("'10'", 10), ("+10", 10)],
)
def test_numbers(written: str, filters: int) -> None:
    assert one("8x8x3", f"{{conv: {written}, kernel: 1}}").output.channels == filters


@pytest.mark.parametrize("written", ["yes", "on", "y", "~1", "10_", "0b", "1.5.2"])
def test_what_yaml_1_1_took_for_numbers_and_truths_is_text(written: str) -> None:
    refused(f"input: 8x8x3\nlayers: [{{conv: {written}, kernel: 1}}]", "filters")


def test_sixty_is_no_base() -> None:
    refused("input: 8x8x3\nlayers: [{conv: '1:30', kernel: 1}]", "filters")
    assert read("name: 1:30\ninput: 8x8x3\nlayers: [relu]").name == "1:30"


@pytest.mark.parametrize(("written", "name"), [("yes", "yes"), ("No", "No"), ("1_000", "1_000"), ("'010'", "010")])
def test_a_name_stays_as_it_is_written(written: str, name: str) -> None:
    assert layers("8x8x3", "relu", head=f"name: {written}").name == name


@pytest.mark.parametrize(("written", "biases"), [("true", 4), ("True", 4), ("FALSE", 0), ("false", 0)])
def test_truths(written: str, biases: int) -> None:
    assert one("8x8x3", f"{{conv: 4, kernel: 1, bias: {written}}}").biases == biases


def test_yes_and_no_are_no_truths_and_the_way_out_says_so() -> None:
    refused("input: 8x8x3\nlayers: [{conv: 4, kernel: 1, bias: no}]", "write false")
    refused("input: 8x8x3\nlayers: [{conv: 4, kernel: 1, bias: on}]", "write true")
    refused("input: 8x8x3\nlayers: [{conv: 4, kernel: 1, bias: 1}]", "bias must be true or false, not 1")


def test_true_is_no_extent_of_a_kernel_whatever_was_loaded_before() -> None:
    """A layer that was made before is taken again where the values are the same, and true equals 1."""
    assert one("8x8x3", "{conv: 4, kernel: [3, 1]}").weights == 3 * 1 * 3 * 4
    refused("input: 8x8x3\nlayers: [{conv: 4, kernel: [3, true]}]", "one per axis, not [3, true]")


# --- the top level ----------------------------------------------------------------------------------------------------


def test_name_and_source_are_text() -> None:
    network = layers("8x8x3", "relu", head="name: A network\nsource: 'Somebody 2020: a paper'")
    assert (network.name, network.source) == ("A network", "Somebody 2020: a paper")


def test_budget_and_published_are_kept() -> None:
    network = layers(
        "8x8x3",
        "conv1-4",
        head="budget: {params: 1M}\npublished: [{metric: params, printed: 16, where: here}]",
    )
    assert [(limit.metric, limit.word, limit.bound) for limit in network.demands.budget] == [("params", "max", 10**6)]
    assert network.demands.published == (Published(metric="params", printed="16", where="here"),)


def test_a_key_that_a_spec_has_not() -> None:
    refused("input: 8x8x3\nlayer: [relu]\nlayers: [relu]", "a spec has no `layer`", "did you mean `layers`?")
    refused("layers: [relu]\n", "the spec has no `input`")
    refused("input: 8x8x3\n", "the spec has no `layers`")


def test_the_resnet_of_the_design_page() -> None:
    network = read(
        """
        name: ResNet-50
        input: 224x224x3
        parameters: {depths: [3, 4, 6, 3], classes: 1000}
        defaults:
          conv: {padding: half, bias: false}
        blocks:
          bottleneck:
            parameters: {width: , stride: 1}
            layers:
              - residual:
                  - {conv: width, kernel: 1}
                  - batchnorm
                  - relu
                  - {conv: width, kernel: 3, stride: stride}
                  - batchnorm
                  - relu
                  - {conv: 4*width, kernel: 1}
                  - batchnorm
                shortcut:
                  - when: stride != 1 or input.channels != 4*width
                    layers:
                      - {conv: 4*width, kernel: 1, stride: stride}
                      - batchnorm
              - relu
        layers:
          - {conv: 64, kernel: 7, stride: 2}
          - batchnorm
          - relu
          - {maxpool: 3, stride: 2, padding: 1}
          - each: {width: [64, 128, 256, 512], depth: depths, first_stride: [1, 2, 2, 2]}
            layers:
              - {bottleneck: width, stride: first_stride if index == 0 else 1, repeat: depth}
          - global_avgpool
          - fc-1000
        """
    )
    assert network.totals.params == 25_557_032  # as in every framework's model of that name
    assert volume(network.layer("bottleneck16.relu3")) == (7, 7, 2048)
    assert network.totals.receptive_field == (427, 427)
