"""Random small layers of every type, in 1-D, 2-D and 3-D, against the oracle that slides windows and counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import ACTIVATIONS, LAYERS, Counts, Operation, Refused, count, seen_through

import cnncalc
from cnncalc.layers import registry

LONGEST = {1: 9, 2: 6, 3: 4}  # the longest side of a volume, by rank
Case = tuple[list[tuple[int, ...]], dict[str, Any]]


@st.composite
def volumes(draw: st.DrawFn, ranks: tuple[int, ...] = (1, 2, 3), channels: int = 6) -> tuple[int, ...]:
    rank = draw(st.sampled_from(ranks))
    sides = draw(st.lists(st.integers(1, LONGEST[rank]), min_size=rank, max_size=rank))
    return (*sides, draw(st.integers(1, channels)))


def per_axis(rank: int, values: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """One number, one per axis, or one per axis as a word."""
    several = st.lists(values, min_size=rank, max_size=rank)
    return st.one_of(values, several, several.map(lambda each: "x".join(map(str, each))) if rank > 1 else several)


def paddings(rank: int, most: int = 2) -> st.SearchStrategy[Any]:
    values = st.integers(0, most)
    pairs = st.lists(st.lists(values, min_size=2, max_size=2), min_size=rank, max_size=rank)
    lists = st.lists(values, min_size=rank, max_size=rank)
    return st.one_of(values, lists, pairs, st.sampled_from(["valid", "half", "same", "causal"]))


def optional(draw: st.DrawFn, **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Some of these fields."""
    return {name: draw(values) for name, values in fields.items() if draw(st.booleans())}


def sliding(draw: st.DrawFn, rank: int) -> dict[str, Any]:
    return {
        "kernel": draw(per_axis(rank, st.integers(1, 4 if rank < 3 else 3))),
        **optional(draw, stride=per_axis(rank, st.integers(1, 3)), padding=paddings(rank)),
        **optional(draw, dilation=per_axis(rank, st.integers(1, 3))),
    }


def endings(*, gain: bool = True) -> dict[str, st.SearchStrategy[Any]]:
    gains = {"gain": st.booleans()} if gain else {}
    return {"bias": st.booleans(), **gains, "activation": st.sampled_from(ACTIVATIONS)}


AFFINE = {"affine": st.booleans(), "scale": st.booleans(), "bias": st.booleans()}


def rounding(draw: st.DrawFn, fields: dict[str, Any]) -> dict[str, Any]:
    """Padding `same` leaves nothing to round."""
    if fields.get("padding") == "same":
        return {}
    return optional(draw, rounding=st.sampled_from(["floor", "ceil", "exact"]))


@st.composite
def convs(draw: st.DrawFn) -> Case:
    volume = draw(volumes())
    filters = draw(st.integers(1, 6))
    fields = sliding(draw, len(volume) - 1)
    maps = st.lists(st.integers(0, volume[-1] - 1), min_size=1, max_size=volume[-1], unique=True)
    table = st.lists(maps, min_size=filters, max_size=filters)
    seen = draw(
        st.one_of(
            st.just({}),
            st.integers(1, 4).map(lambda groups: {"groups": groups}),
            st.one_of(st.sampled_from(["per_map", "shared", "local"]), table).map(lambda form: {"connections": form}),
        )
    )
    return [volume], {"conv": filters, **fields, **seen, **rounding(draw, fields), **optional(draw, **endings())}


@st.composite
def depthwise_convs(draw: st.DrawFn) -> Case:
    volume = draw(volumes())
    fields = sliding(draw, len(volume) - 1)
    multiplier = draw(st.one_of(st.none(), st.integers(1, 3)))
    return [volume], {"depthwise_conv": multiplier, **fields, **rounding(draw, fields), **optional(draw, **endings())}


@st.composite
def separable_convs(draw: st.DrawFn) -> Case:
    volume = draw(volumes(channels=4))
    fields = sliding(draw, len(volume) - 1)
    extra = optional(draw, multiplier=st.integers(1, 3), **endings(gain=False))
    return [volume], {"separable_conv": draw(st.integers(1, 4)), **fields, **rounding(draw, fields), **extra}


@st.composite
def transposed_convs(draw: st.DrawFn) -> Case:
    volume = draw(volumes(channels=4))
    rank = len(volume) - 1
    fields = sliding(draw, rank)
    extra = optional(draw, groups=st.integers(1, 3), **endings())
    if fields.get("padding") not in ("same", "causal"):
        extra |= optional(draw, output_padding=per_axis(rank, st.integers(0, 3)))
    if "output_padding" not in extra:
        extra |= optional(draw, size=st.integers(1, 12))
    return [volume], {"conv_transpose": draw(st.integers(1, 4)), **fields, **extra}


@st.composite
def denses(draw: st.DrawFn) -> Case:
    extra = optional(draw, per_position=st.booleans(), **endings())
    return [draw(volumes())], {"dense": draw(st.integers(1, 5)), **extra}


def pools(kind: str, *, padded: bool = True, dilated: bool = False) -> st.SearchStrategy[Case]:
    @st.composite
    def pool(draw: st.DrawFn) -> Case:
        volume = draw(volumes())
        rank = len(volume) - 1
        size = draw(per_axis(rank, st.integers(1, 4)))
        fields = optional(draw, stride=per_axis(rank, st.integers(1, 4)))
        if padded:
            fields |= optional(draw, padding=paddings(rank).filter(lambda padding: padding != "causal"))
        if dilated:
            fields |= optional(draw, dilation=per_axis(rank, st.integers(1, 2)))
        return [volume], {kind: size, **fields, **rounding(draw, fields)}

    return pool()


@st.composite
def subsamples(draw: st.DrawFn) -> Case:
    volume = draw(volumes())
    return [volume], {"subsample": draw(per_axis(len(volume) - 1, st.integers(1, 3)))}


def adaptive(kind: str) -> st.SearchStrategy[Case]:
    @st.composite
    def pool(draw: st.DrawFn) -> Case:
        volume = draw(volumes())
        return [volume], {kind: draw(per_axis(len(volume) - 1, st.integers(1, 7)))}

    return pool()


def plain(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Case]:
    """A layer without a main argument."""

    @st.composite
    def layer(draw: st.DrawFn) -> Case:
        return [draw(volumes())], {kind: None, **optional(draw, **fields)}

    return layer()


def taking(
    kind: str, main: st.SearchStrategy[Any], ranks: tuple[int, ...] = (1, 2, 3), channels: int = 12
) -> st.SearchStrategy[Case]:
    """A layer with a main argument that does not depend on the rank."""

    @st.composite
    def layer(draw: st.DrawFn) -> Case:
        return [draw(volumes(ranks, channels))], {kind: draw(main)}

    return layer()


@st.composite
def groupnorms(draw: st.DrawFn) -> Case:
    return [draw(volumes(channels=12))], {"groupnorm": draw(st.integers(1, 5)), **optional(draw, **AFFINE)}


def how_many() -> st.SearchStrategy[Any]:
    """How many trained numbers."""
    return st.one_of(st.sampled_from(["channel", "value"]), st.integers(1, 4))


@st.composite
def scales(draw: st.DrawFn) -> Case:
    factors = draw(st.one_of(how_many(), st.none()))
    by = {} if factors and draw(st.booleans()) else optional(draw, by=st.sampled_from([0.1, 2, -1.5]))
    return [draw(volumes())], {"scale": factors, **by, **optional(draw, bias=st.booleans())}


def merges(kind: str) -> st.SearchStrategy[Case]:
    @st.composite
    def merge(draw: st.DrawFn) -> Case:
        volume = draw(volumes(channels=4))
        several = [volume] * draw(st.integers(2, 4))
        if kind == "concat":
            several = [(*volume[:-1], draw(st.integers(1, 4))) for _ in several]
        if kind == "multiply" and draw(st.booleans()):  # gates
            gates = st.tuples(*(st.sampled_from([1, extent]) for extent in volume))
            several = draw(st.lists(gates, min_size=len(several), max_size=len(several)))
        if draw(st.integers(0, 4)) == 0:  # one that does not match
            several[-1] = (several[-1][0] + 1, *several[-1][1:-1], several[-1][-1] + 1)
        along = {}
        if kind == "concat" and draw(st.booleans()):
            along = {"along": "positions"}
            several = [(*draw(volumes())[:-1], volume[-1]) for _ in several]
        return several, {kind: [f"input{index}" for index in range(len(several))], **along}

    return merge()


@st.composite
def matmuls(draw: st.DrawFn) -> Case:
    rows, depth, columns = (draw(st.integers(1, 6)) for _ in range(3))
    other_depth = draw(st.one_of(st.just(depth), st.integers(1, 6)))
    heads, turn = draw(st.integers(1, 3)), draw(st.sampled_from([None, "first", "second"]))
    each = [(rows, depth), (other_depth, columns)]
    if turn:
        each[turn == "second"] = each[turn == "second"][::-1]
    spare = draw(st.sampled_from([0, 0, 0, 1]))
    given = [(length, heads * width + spare) for length, width in each]
    return given, {"matmul": ["input0", "input1"], "heads": heads, **({"transpose": turn} if turn else {})}


@st.composite
def correlates(draw: st.DrawFn) -> Case:
    over = draw(volumes())
    each = [draw(st.integers(1, side + 1)) for side in over[:-1]]
    fields = {"groups": draw(st.integers(1, 4))} if draw(st.booleans()) else {}
    return [(*each, over[-1] + draw(st.sampled_from([0, 0, 0, 1]))), over], {
        "correlate": ["input0", "input1"],
        **fields,
    }


@st.composite
def reshapes(draw: st.DrawFn) -> Case:
    volume = draw(volumes())
    extents = list(draw(st.permutations(volume))) if draw(st.booleans()) else list(volume)
    if draw(st.booleans()) and len(extents) > 2:
        extents = [extents[0] * extents[1], *extents[2:]]
    if draw(st.integers(0, 4)) == 0:
        extents[0] += 1
    return [volume], {"reshape": draw(st.sampled_from([extents, "x".join(map(str, extents))]))}


@st.composite
def permutes(draw: st.DrawFn) -> Case:
    volume = draw(volumes())
    return [volume], {"permute": list(draw(st.permutations(range(len(volume)))))}


def bordered(kind: str) -> st.SearchStrategy[Case]:
    @st.composite
    def border(draw: st.DrawFn) -> Case:
        volume = draw(volumes())
        rank, values = len(volume) - 1, st.integers(0, 2)
        lists = st.lists(values, min_size=rank, max_size=rank)
        pairs = st.lists(st.lists(values, min_size=2, max_size=2), min_size=rank, max_size=rank)
        main = draw(st.one_of(values, lists, pairs, st.none()))
        ends = st.one_of(values, st.lists(values, min_size=2, max_size=2))
        more = optional(draw, channels=ends)
        if main is None or draw(st.integers(0, 9)) == 0:
            near = st.tuples(*(st.integers(max(1, side - 4), side + 4) for side in volume[:-1])).map(list)
            more |= optional(draw, size=near, offset=st.one_of(values, lists))
        return [volume], {kind: main, **more}

    return border()


@st.composite
def slices(draw: st.DrawFn) -> Case:
    volume = draw(volumes(channels=8))
    return [volume], {"slice": [draw(st.integers(0, 5)), draw(st.one_of(st.integers(1, 8), st.just("end")))]}


@st.composite
def upsamples(draw: st.DrawFn) -> Case:
    volume = draw(volumes())
    rank = len(volume) - 1
    more = optional(draw, mode=st.sampled_from(["nearest", "bilinear", "bicubic"]), align_corners=st.booleans())
    if draw(st.booleans()):
        return [volume], {"upsample": None, "size": draw(per_axis(rank, st.integers(1, 9))), **more}
    return [volume], {"upsample": draw(per_axis(rank, st.integers(1, 3))), **more}


@st.composite
def shuffles(draw: st.DrawFn) -> Case:
    volume, factor = draw(volumes(ranks=(2,), channels=3)), draw(st.integers(1, 3))
    return [(*volume[:-1], volume[-1] * draw(st.sampled_from([factor**2, 4, 9])))], {"pixel_shuffle": factor}


@st.composite
def attentions(draw: st.DrawFn) -> Case:
    volume = (draw(st.integers(1, 6)), draw(st.integers(1, 8)))
    return [volume], {"attention": draw(st.integers(1, 4)), **optional(draw, bias=st.booleans())}


@st.composite
def constants(draw: st.DrawFn) -> Case:
    return [draw(volumes())], {"constant": list(draw(volumes())), **optional(draw, trained=st.booleans())}


@st.composite
def others(draw: st.DrawFn) -> Case:
    counts = {name: draw(st.integers(0, 99)) for name in ("weights", "biases", "buffers", "macs", "flops")}
    return [draw(volumes())], {"other": "lstm", "output": list(draw(volumes())), **counts}


CASES: dict[str, st.SearchStrategy[Case]] = {
    "conv": convs(),
    "depthwise_conv": depthwise_convs(),
    "separable_conv": separable_convs(),
    "conv_transpose": transposed_convs(),
    "dense": denses(),
    "maxpool": pools("maxpool", dilated=True),
    "avgpool": pools("avgpool"),
    "lppool": pools("lppool", padded=False),
    "global_avgpool": plain("global_avgpool"),
    "global_maxpool": plain("global_maxpool"),
    "adaptive_avgpool": adaptive("adaptive_avgpool"),
    "adaptive_maxpool": adaptive("adaptive_maxpool"),
    "subsample": subsamples(),
    "batchnorm": plain("batchnorm", **AFFINE),
    "layernorm": plain("layernorm", over=st.sampled_from(["channels", "all"]), **AFFINE),
    "groupnorm": groupnorms(),
    "instancenorm": plain("instancenorm", **AFFINE),
    "rmsnorm": plain("rmsnorm", affine=st.booleans(), scale=st.booleans()),
    "lrn": plain("lrn"),
    "grn": plain("grn", **AFFINE),
    "layer_scale": plain("layer_scale"),
    "scale": scales(),
    **{name: plain(name) for name in ACTIVATIONS},
    "prelu": taking("prelu", st.one_of(how_many(), st.none())),
    "softmax": plain("softmax", groups=st.integers(1, 3)),
    "activation": taking("activation", st.sampled_from(ACTIVATIONS)),
    "add": merges("add"),
    "multiply": merges("multiply"),
    "concat": merges("concat"),
    "matmul": matmuls(),
    "correlate": correlates(),
    "flatten": plain("flatten"),
    "reshape": reshapes(),
    "permute": permutes(),
    "pad": bordered("pad"),
    "crop": bordered("crop"),
    "slice": slices(),
    "upsample": upsamples(),
    "pixel_shuffle": shuffles(),
    "pixel_unshuffle": taking("pixel_unshuffle", st.integers(1, 3), ranks=(2,)),
    "channel_shuffle": taking("channel_shuffle", st.integers(1, 5)),
    "identity": plain("identity"),
    "dropout": taking("dropout", st.sampled_from([0.1, 0.5])),
    "attention": attentions(),
    "constant": constants(),
    "other": others(),
}
EXAMPLES = {
    "conv": 250,
    "depthwise_conv": 120,
    "separable_conv": 100,
    "conv_transpose": 150,
    "maxpool": 150,
    "avgpool": 80,
}


def load(inputs: list[tuple[int, ...]], layer: dict[str, Any]) -> cnncalc.Network:
    if len(inputs) == 1:
        return cnncalc.load({"input": list(inputs[0]), "layers": [layer]})
    return cnncalc.load(
        {"input": {f"input{index}": list(volume) for index, volume in enumerate(inputs)}, "layers": [layer]}
    )


def agree(inputs: list[tuple[int, ...]], layer: dict[str, Any]) -> None:
    """The oracle and cnncalc give the same counts, or both refuse."""
    try:
        expected = count(inputs, layer)
    except Refused:
        with pytest.raises(cnncalc.SpecError):
            load(inputs, layer)
        return
    network = load(inputs, layer)
    found = network.layers[0]
    assert (
        Counts(
            output=tuple(found.output),
            weights=found.weights,
            biases=found.biases,
            buffers=found.buffers,
            macs=found.macs,
            flops=found.flops,
            operations=[Operation(each.kind, each.made, each.read, each.detail) for each in found.operations],
            activations=found.activations,
            receptive_field=found.receptive_field,
            jump=as_far_as_seen(found.jump, expected.jump),
            warned=any(node.warnings for node in network.layers),
        )
        == expected
    )
    totals = network.totals
    assert totals.params == expected.weights + expected.biases
    assert totals.macs == expected.macs
    assert totals.flops == expected.flops
    assert totals.activations == expected.activations + sum(prod(volume) for volume in inputs)


@pytest.mark.parametrize("kind", ["maxpool", "avgpool"])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_causal_pool_sees_no_value_to_come(kind: str, size: int) -> None:
    """The word of the language holds for pools too, though it is more padding than half of the window."""
    agree([(9, 2)], {kind: size, "stride": 1, "padding": "causal"})


def as_far_as_seen(jump: Any, expected: Any) -> Any:
    """The jump, without the axes on which the oracle has one output value and cannot tell."""
    if jump is None or expected is None:
        return jump
    return tuple(None if known is None else axis for axis, known in zip(jump, expected, strict=True))


def test_the_oracle_knows_every_registered_layer_and_no_other() -> None:
    assert set(LAYERS) == set(registry())
    assert set(CASES) == set(registry())


def test_the_oracle_itself_gives_what_the_frameworks_gave() -> None:
    """Without cnncalc: the cases of PyTorch and Keras that are small enough to be counted by hand."""
    checked = 0
    for case in json.loads((Path(__file__).parent / "data" / "primitives.json").read_text())["cases"]:
        inputs, layer = [tuple(case["spec"]["input"])], case["spec"]["layers"][0]
        if case.get("error"):
            with pytest.raises(Refused):
                count(inputs, layer)
        elif case["expect"]["macs"] < 20_000 and prod(case["expect"]["output"]) < 5_000:
            found = count(inputs, layer)
            assert {
                "output": list(found.output),
                "weights": found.weights,
                "biases": found.biases,
                "macs": found.macs,
            } == case["expect"], case["id"]
            checked += 1
    assert checked > 300


@pytest.mark.parametrize("kind", sorted(CASES))
def test_a_layer_comes_to_what_the_oracle_counts(kind: str) -> None:
    @settings(max_examples=EXAMPLES.get(kind, 40), deadline=None, suppress_health_check=list(HealthCheck))
    @given(CASES[kind])
    def check(case: Case) -> None:
        agree(*case)

    check()


BROKEN: list[tuple[str, Callable[[int], dict[str, Any]]]] = [
    ("filters", lambda bad: {"conv": bad, "kernel": 3}),
    ("kernel", lambda bad: {"conv": 2, "kernel": bad}),
    ("stride", lambda bad: {"conv": 2, "kernel": 3, "stride": bad}),
    ("dilation", lambda bad: {"conv": 2, "kernel": 3, "dilation": bad}),
    ("groups", lambda bad: {"conv": 2, "kernel": 3, "groups": bad}),
    ("padding", lambda bad: {"conv": 2, "kernel": 3, "padding": bad - 1}),
    ("units", lambda bad: {"dense": bad}),
    ("size", lambda bad: {"maxpool": bad}),
    ("pool stride", lambda bad: {"maxpool": 2, "stride": bad}),
    ("pool padding", lambda bad: {"avgpool": 2, "padding": bad - 1}),
    ("multiplier", lambda bad: {"depthwise_conv": bad, "kernel": 3}),
    ("heads", lambda bad: {"attention": bad}),
    ("norm groups", lambda bad: {"groupnorm": bad}),
    ("output size", lambda bad: {"adaptive_avgpool": bad}),
    ("upsampling", lambda bad: {"upsample": bad}),
    ("shuffle", lambda bad: {"pixel_shuffle": bad}),
    ("transposed kernel", lambda bad: {"conv_transpose": 2, "kernel": bad}),
    ("transposed stride", lambda bad: {"conv_transpose": 2, "kernel": 3, "stride": bad}),
    ("output padding", lambda bad: {"conv_transpose": 2, "kernel": 3, "output_padding": bad - 1}),
]


@pytest.mark.parametrize("bad", [0, -1, -7])
@pytest.mark.parametrize(("_name", "layer"), BROKEN, ids=[name for name, _ in BROKEN])
def test_sizes_below_one_are_refused_by_both(_name: str, layer: Callable[[int], dict[str, Any]], bad: int) -> None:
    volume = (8, 4) if "attention" in layer(bad) else (8, 8, 4)
    with pytest.raises(Refused):
        count([volume], layer(bad))
    with pytest.raises(cnncalc.SpecError):
        load([volume], layer(bad))


@pytest.mark.parametrize("volume", [(0, 8, 3), (8, 0, 3), (8, 8, 0), (-1, 8, 3)])
def test_an_input_without_values_is_refused_by_both(volume: tuple[int, ...]) -> None:
    agree([volume], {"relu": None})


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["conv", "maxpool"]), st.integers(1, 4), st.integers(1, 3), st.integers(1, 2)),
        min_size=1,
        max_size=5,
    )
)
def test_a_chain_sees_what_its_windows_touch(chain: list[tuple[str, int, int, int]]) -> None:
    layers = [
        {kind: 1, "kernel": kernel, "stride": stride, "dilation": dilation}
        if kind == "conv"
        else {kind: kernel, "stride": stride, "dilation": dilation}
        for kind, kernel, stride, dilation in chain
    ]
    network = cnncalc.load({"input": [100_000, 1], "layers": layers})
    for place, layer in enumerate(network.layers):
        span, step = seen_through([window for _kind, *window in chain[: place + 1]])  # type: ignore[misc]
        assert layer.receptive_field == (span,)
        assert layer.jump == (step,)
