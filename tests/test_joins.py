"""Joins of other forms: positions in a row, products axis by axis, matrices by heads, a volume slid over another."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import cnncalc
from cnncalc.network.node import Node


def last(spec: Any) -> Node:
    return cnncalc.load(spec).layers[-1]


def refused(spec: str, *parts: str) -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(spec)
    for part in parts:
        assert part in str(caught.value)


def two(a: str, b: str, item: str) -> str:
    return f"input: {{a: {a}, b: {b}}}\nlayers: [{item}]\n"


# ------------------------------------------------------------------------------------------------- along the positions

# Sides of the six maps of SSD300, and boxes at each of their places (Liu et al. 2016, section 3.1).
SSD300 = [(38, 4), (19, 6), (10, 6), (5, 6), (3, 4), (1, 4)]


def test_the_8732_boxes_of_ssd300() -> None:
    maps = {f"m{side}": f"{side}x{side}x64" for side, _ in SSD300}
    heads: list[Any] = []
    for side, boxes in SSD300:
        heads.append({"conv": boxes * 4, "kernel": 3, "padding": "half", "from": f"m{side}"})
        heads.append({"reshape": [side * side * boxes, 4], "name": f"b{side}"})
    node = last(
        {"input": maps, "layers": [*heads, {"concat": [f"b{side}" for side, _ in SSD300], "along": "positions"}]}
    )
    assert tuple(node.output) == (8732, 4) == (sum(side * side * boxes for side, boxes in SSD300), 4)
    assert node.activations == 8732 * 4
    assert (node.macs, node.flops, node.params) == (0, 0, 0)


def test_maps_of_any_rank_are_put_one_behind_the_other() -> None:
    node = last(two("5x4x3", "7x3", "{concat: [a, b], along: positions}"))
    assert tuple(node.output) == (5 * 4 + 7, 3)
    refused(two("5x4x3", "7x2", "{concat: [a, b], along: positions}"), "equal channels", "1×1 convolution")


def test_a_row_of_positions_sees_what_the_most_and_the_least_of_them_see() -> None:
    spec = """
    input: 40x40x3
    layers:
      - {conv: 8, kernel: 3, name: a}
      - {conv: 8, kernel: 5, stride: 2, name: b}
      - {concat: [a, b], along: positions}
    """
    node = last(spec)
    assert node.receptive_field == (3 + (5 - 1),) * 2
    assert node.receptive_field_smallest == (3, 3)
    assert not node.unaligned
    behind = last(spec + "  - {conv: 4, kernel: 3}\n")
    assert behind.receptive_field is None
    assert behind.receptive_field_bound == "≤"  # which positions meet there is not followed


# ------------------------------------------------------------------------------------------------------- axis by axis


def test_channels_and_positions_multiplied_give_the_volume_of_both() -> None:
    node = last(two("1x1x6", "5x7x1", "{multiply: [a, b]}"))
    assert tuple(node.output) == (5, 7, 6)
    assert node.flops == 5 * 7 * 6
    node = last("input: {a: 5x1x1, b: 1x7x1, c: 1x1x6}\nlayers: [{multiply: [a, b, c]}]\n")
    assert tuple(node.output) == (5, 7, 6)
    assert node.flops == 2 * 5 * 7 * 6
    refused(two("1x1x6", "5x7x3", "{multiply: [a, b]}"), "axes are equal or 1", "1×1×6 and 5×7×3")


def test_a_value_for_a_whole_axis_looks_at_one_place_from_everywhere() -> None:
    """What a row's mean of one column sees moves along one axis only: windows behind it see no more of the other."""
    spec = """
    input: 16x16x4
    layers:
      - {maxpool: [16, 1], stride: 1, name: rows}
      - {maxpool: [1, 16], stride: 1, name: columns, from: input}
      - {multiply: [rows, columns], name: both}
      - {conv: 4, kernel: 3}
    """
    both, behind = cnncalc.load(spec).layers[2:]
    assert both.output.sides == (16, 16)
    assert both.reach is not None
    assert both.receptive_field is not None
    first, at = both.reach[0].sees(0), both.reach[0].sees(5)
    assert (first[0], first[-1]) == (at[0], at[-1]) == (0, 15)  # always all rows of its own column
    assert behind.receptive_field_bound != "≥"


# -------------------------------------------------------------------------------------------------------- by the heads


@pytest.mark.parametrize(
    ("first", "second", "fields", "output", "macs"),
    [
        ("10x8", "8x6", "", (10, 6), 10 * 8 * 6),
        ("10x24", "8x18", "heads: 3", (10, 3 * 6), 3 * 10 * 8 * 6),
        ("10x24", "7x24", "heads: 3, transpose: second", (10, 3 * 7), 3 * 10 * 8 * 7),
        ("8x30", "8x18", "heads: 3, transpose: first", (10, 3 * 6), 3 * 10 * 8 * 6),
        ("10x8", "7x8", "transpose: second", (10, 7), 10 * 8 * 7),
        ("8x10", "8x6", "transpose: first", (10, 6), 10 * 8 * 6),
    ],
)
def test_matrix_products(first: str, second: str, fields: str, output: tuple[int, int], macs: int) -> None:
    node = last(two(first, second, f"{{matmul: [a, b]{fields and ', '}{fields}}}"))
    assert tuple(node.output) == output
    assert (node.macs, node.params) == (macs, 0)


def test_heads_and_a_turn_come_to_what_the_attention_layer_counts() -> None:
    """L²·D for the scores and L²·D for what they weigh: the two products of `attention`, without its projections."""
    spec = """
    input: 10x24
    layers:
      - {dense: 24, per_position: true, name: q}
      - {dense: 24, per_position: true, from: input, name: k}
      - {dense: 24, per_position: true, from: input, name: v}
      - {matmul: [q, k], transpose: second, heads: 3, name: scores}
      - {matmul: [scores, v], heads: 3, name: mixed}
      - {dense: 24, per_position: true}
    """
    network = cnncalc.load(spec)
    whole = cnncalc.load("input: 10x24\nlayers: [{attention: 3}]\n")
    scores = next(node for node in network.layers if node.name == "scores")
    assert tuple(scores.output) == (10, 3 * 10)
    assert (network.totals.macs, network.totals.params) == (whole.totals.macs, whole.totals.params)


def test_what_does_not_meet() -> None:
    refused(two("10x8", "10x8", "{matmul: [a, b]}"), "10×8 by 10×8", "`transpose: first` or `second`")
    refused(two("10x8", "8x9", "{matmul: [a, b], heads: 2}"), "2 heads do not divide 9 channels")
    refused(two("10x8", "9x6", "{matmul: [a, b], heads: 2, transpose: second}"), "in 2 heads", "the second turned")


# --------------------------------------------------------------------------------------------- one slid over the other


def test_the_score_map_of_siamfc() -> None:
    """6×6×128 over 22×22×128 gives 17×17 scores (Bertinetto et al. 2016, figure 1)."""
    node = last(two("6x6x128", "22x22x128", "{correlate: [a, b]}"))
    assert tuple(node.output) == (17, 17, 1) == (22 - 6 + 1, 22 - 6 + 1, 1)
    assert node.macs == 6 * 6 * 128 * 17 * 17
    assert (node.params, node.flops) == (0, 2 * node.macs)


def test_the_depthwise_one_has_a_map_for_each_channel() -> None:
    node = last(two("5x5x256", "29x29x256", "{correlate: [a, b], groups: 256}"))
    assert tuple(node.output) == (25, 25, 256)
    assert node.macs == 5 * 5 * 256 // 256 * (25 * 25 * 256)


def test_a_correlation_sees_all_of_the_one_and_a_window_of_the_other() -> None:
    """Through filters of 3 with stride 2, 5 places of z are 3 + 4·2 values, and so is a window of 5 places of x."""
    spec = """
    input: {z: 11x11x3, x: 31x31x3}
    layers:
      - {conv: 8, kernel: 3, stride: 2, from: z, name: fz}
      - {conv: 8, kernel: 3, stride: 2, from: x, name: fx, share: fz}
      - {correlate: [fz, fx]}
      - {conv: 1, kernel: 3}
    """
    slid, behind = cnncalc.load(spec).layers[2:]
    seen = {each.source: each.axes[0] for each in slid.seen}
    assert (seen["z"].sees(0), seen["z"].sees(4)) == (range(11), range(11))
    assert (seen["x"].sees(0), seen["x"].sees(1)) == (range(11), range(2, 13))
    later = {each.source: each.axes[0] for each in behind.seen}
    assert later["z"].sees(0) == range(11)
    assert later["x"].sees(0) == range(11 + 2 * 2)
    assert not slid.unaligned


def test_both_ways_from_one_input_are_seen_together() -> None:
    spec = "input: 20x2\nlayers: [{crop: [[0, 15]], name: z}, {correlate: [z, input]}]\n"
    node = last(spec)
    assert node.reach is not None
    spans = [node.reach[0].sees(at) for at in range(16)]  # z is always 0 to 4, x is 5 from `at` on
    assert [(span[0], span[-1]) for span in spans] == [(0, at + 4) for at in range(16)]
    assert Fraction(node.receptive_field[0]) == 15 + 5  # type: ignore[index]


def test_what_cannot_be_slid() -> None:
    refused(two("6x6x8", "5x9x8", "{correlate: [a, b]}"), "6×6 is larger than its 5×9×8 input (height: 6 > 5)")
    refused(two("6x6x8", "9x9x4", "{correlate: [a, b]}"), "equal channels")
    refused(two("6x6x8", "9x9x8", "{correlate: [a, b], groups: 3}"), "3 groups do not divide the 8 channels")
    refused("input: 6x6x8\nlayers: [{correlate: [input]}]\n", "`correlate: [z, x]`")
