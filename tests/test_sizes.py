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
        assert f", or take an input of {fits}" in str(caught.value)
    assert str(caught.value).count("take an input of") <= 1


def test_a_join_that_no_size_makes_fit_says_nothing_of_sizes() -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load("input: 8x8x3\nlayers: [{conv: 4, kernel: 3, name: a}, {concat: [a, input]}]\n")
    assert "take an input of" not in str(caught.value)
