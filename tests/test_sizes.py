"""Which sizes of the input fit: of a U-Net, whose skips are cropped, and of one whose skips are padded."""

from __future__ import annotations

import pytest
import zoo

import cnncalc
from cnncalc.network.sizes import fitting
from cnncalc.report.explanation import sizes

SKIP = """\
input: {side}x{side}x3
layers:
  - {{conv: 8, kernel: 3, padding: half, name: a}}
  - maxpool2
  - {{conv: 8, kernel: 3, padding: half, name: b}}
  - maxpool2
  - {{upsample: 2, name: up}}
  - {{concat: [b, up]}}
  - {{upsample: 2, name: up2}}
  - {{concat: [a, up2]}}
"""


def test_two_poolings_and_two_upsamplings_take_multiples_of_four() -> None:
    """A side of 4·k is halved twice without a rest, and doubled back to itself; any other loses its rest."""
    assert fitting(cnncalc.load(SKIP.format(side=32))) == (4, [0])
    assert sizes(cnncalc.load(SKIP.format(side=32))) == "Input sides that fit: multiples of 4."


def test_the_unet_of_the_paper_takes_twelve_more_than_multiples_of_sixteen() -> None:
    """572 = 16·35 + 12: "select the input tile size such that all 2x2 max-pooling operations are applied to a layer
    with an even x- and y-size" (section 2); its crops are those of that size."""
    assert sizes(zoo.network("unet")) == "Input sides that fit: 16·k + 12."


@pytest.mark.parametrize("name", ["vgg11_lrn", "resnet18", "lenet5"])
def test_where_every_size_fits_nothing_is_said(name: str) -> None:
    assert sizes(zoo.network(name)) == ""


def test_inputs_that_are_not_told_apart() -> None:
    assert fitting(cnncalc.load("HxWx3: conv3-4")) is None
    two = "inputs: {a: 8x8x3, b: 8x8x3}\nlayers: [{add: [a, b]}]\n".replace("inputs", "input")
    assert fitting(cnncalc.load(two)) is None


@pytest.mark.parametrize(("side", "fits"), [(30, "28×28×3 or 32×32×3"), (33, "32×32×3 or 36×36×3"), (2, "4×4×3")])
def test_a_join_that_does_not_fit_says_what_would(side: int, fits: str) -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(SKIP.format(side=side))
    if side > 2:
        assert f"take an input of {fits} (multiples of 4 fit), or make the sides equal" in str(caught.value)
    assert str(caught.value).count("take an input of") <= 1


def test_a_join_that_no_size_makes_fit_says_nothing_of_sizes() -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load("input: 8x8x3\nlayers: [{conv: 4, kernel: 3, name: a}, {concat: [a, input]}]\n")
    assert "take an input of" not in str(caught.value)


def help_of(layers: str, volume: str) -> tuple[str, str]:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(f"input: {volume}\nlayers: [{layers}]\n")
    (problem,) = caught.value.problems
    return problem.message, problem.help or ""


def hourglass(depth: int) -> str:
    """So many poolings, and as many upsamplings, each joined with what it is as large as where sides were even."""
    down = [f"{{conv: 4, kernel: 3, padding: half, name: c{level}}}, maxpool2" for level in range(depth)]
    up = [f"{{upsample: 2, name: u{level}}}, {{concat: [c{level}, u{level}]}}" for level in reversed(range(depth))]
    return ", ".join((*down, *up))


@pytest.mark.parametrize(
    ("depth", "side", "odd"),
    [
        (1, 143, "143 was halved to 71 at maxpool1"),
        (2, 142, "71 was halved to 35 at maxpool2"),
        (3, 140, "35 was halved to 17 at maxpool3"),
    ],
)
def test_a_join_names_the_layer_where_a_side_was_odd(depth: int, side: int, odd: str) -> None:
    """142 is 2·71, and 140 is 4·35."""
    _, way_out = help_of(hourglass(depth), f"{side}x{side}x3")
    assert way_out.startswith(f"{odd}: take an input of ")
    assert way_out.index("take an input of") < way_out.index("`like`")


def test_the_input_itself_may_be_what_was_odd() -> None:
    _, way_out = help_of("maxpool2, {upsample: 2}, {concat: [input, upsample1]}", "13x13x3")
    assert way_out.startswith("13 was halved to 6 at maxpool1: take an input of 12×12×3 or 14×14×3")


def test_where_no_side_was_odd_none_is_named() -> None:
    """8 is halved to 4, and a kernel of 3 makes 2 of it."""
    layers = "{identity: , name: a}, maxpool2, {conv: 3, kernel: 3}, {upsample: 2}, {concat: [a, upsample1]}"
    assert help_of(layers, "8x8x3")[1].startswith("make the sides equal")


def test_a_join_names_the_multiples_of_sides_that_fit() -> None:
    """Three times halved and doubled: multiples of 8, the nearest of them named."""
    _, way_out = help_of(hourglass(3), "140x140x3")
    assert "take an input of 136×136×3 or 144×144×3 (multiples of 8 fit), or make the sides equal" in way_out


def test_where_channels_agree_no_pointwise_convolution_is_advised() -> None:
    layers = "{{conv: 3, kernel: 3, name: a}}, {{conv: {}, kernel: {}, from: input}}, {{add: [a, conv1]}}"
    assert "1×1" not in help_of(layers.format(3, 1), "8x8x3")[1]
    _, way_out = help_of(layers.format(5, 3), "8x8x3")
    assert "make the channels equal with a 1×1 convolution" in way_out
    assert "sides" not in way_out
    _, both = help_of(layers.format(5, 1), "8x8x3")
    assert "sides" in both
    assert "1×1" in both


def test_a_window_that_is_too_large_on_one_axis_says_on_which() -> None:
    message, way_out = help_of("{conv: 8, kernel: [21, 11]}", "61x6x32")
    assert message == "kernel 21×11 is larger than its 61×6×32 input (width: 11 > 6)"
    assert "a kernel of at most 61×6" in way_out
    message, way_out = help_of("{conv: 8, kernel: [21, 11], padding: [0, 2]}", "61x6x32")
    assert message.endswith("input, padded to 61×10 (width: 11 > 10)")
    message, way_out = help_of("{conv: 8, kernel: 7}", "5x5x3")
    assert message == "kernel 7×7 is larger than its 5×5×3 input"
    assert "a kernel of at most 5, or take an input of at least 7×7×3" in way_out


def test_a_clip_that_is_pooled_away_says_how_many_frames_it_takes() -> None:
    """10, 5, 2, 1: four halvings take 2·2·2·2 frames; the other sides are large enough."""
    message, way_out = help_of("maxpool2, maxpool2, maxpool2, maxpool2", "10x112x112x3")
    assert message.endswith("(depth: 2 > 1)")
    assert "take an input at least 16 deep" in way_out


def test_what_the_whole_network_needs_is_said_and_not_what_the_first_layer_that_fails_does() -> None:
    """The pool that fails needs 4 values; the kernel of 3 behind two more pools 3·8."""
    _, way_out = help_of("maxpool2, maxpool2, maxpool2, {conv: 4, kernel: 3}", "3x50x3")
    assert "take an input at least 24 high" in way_out


def test_channels_that_were_written_first() -> None:
    """As 1×22×500 a signal of 22 electrodes has a height of 1, which no kernel of 22 fits."""
    layers = "{conv: 8, kernel: [1, 51], padding: half}, {depthwise_conv: , kernel: [22, 1]}"
    _, way_out = help_of(layers, "1x22x500")
    assert "take an input of 22×500×1 (channels come last here)" in way_out
    cnncalc.load(f"input: 22x500x1\nlayers: [{layers}]\n")
    assert "channels come last" not in help_of("{conv: 8, kernel: [22, 1]}", "9x22x500")[1]
