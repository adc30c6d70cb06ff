"""Receptive fields against brute force, which walks back from an output through index sets, and against print.

The walk shares nothing with the code: it knows what a window covers, and keeps positions that lie in the padding of
the input and of every layer between, for the published recurrence counts them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import golden
import pytest

import cnncalc

Place = tuple[int, ...]
DRAWN = {1: range(160), 2: range(60)}  # the seeds that graphs are drawn from, by rank


# ----------------------------------------------------------------------------------------------------- graphs and walks


@dataclass
class Slid:
    """What one layer does per axis: kernel, stride, dilation, and padding before (negative where it crops)."""

    inputs: list[str]
    kernel: list[int]
    stride: list[int]
    dilation: list[int]
    before: list[int]


@dataclass
class Graph:
    """A spec, and the same graph for the walk."""

    rank: int
    sides: tuple[int, ...]
    items: list[dict[str, Any]] = field(default_factory=list)
    layers: dict[str, Slid] = field(default_factory=dict)
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def spec(self) -> dict[str, Any]:
        return {"input": [*self.sides, 2], "layers": self.items}

    def add(self, item: dict[str, Any], slid: Slid, lengths: tuple[int, ...]) -> str:
        name = f"n{len(self.layers)}"
        source = {} if len(slid.inputs) > 1 else {"from": slid.inputs[0]}
        self.items.append({**item, "name": name, **source})
        self.layers[name], self.lengths[name] = slid, lengths
        return name


def slides(graph: Graph, at: str, random: Random) -> str:
    """Add a convolution or a pool that fits, its numbers drawn for each axis."""
    sides, rank = graph.lengths[at], graph.rank
    while True:
        kind = random.choice(["conv", "conv", "depthwise_conv", "maxpool", "avgpool"])
        kernel = [random.randint(1, 4) for _ in range(rank)]
        stride = [random.choice([1, 1, 1, 2, 3]) for _ in range(rank)]
        dilation = [random.choice([1, 1, 2, 3]) if kind != "avgpool" else 1 for _ in range(rank)]
        spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
        most = [span // 2 if "pool" in kind else 3 for span in spans]
        padding = [[random.randint(0, m), random.randint(0, m)] for m in most]
        lengths = tuple(
            len(range(0, side + sum(pad) - span + 1, step))
            for side, pad, span, step in zip(sides, padding, spans, stride, strict=True)
        )
        if min(lengths) >= 3:
            break
    fields: dict[str, Any] = {"stride": stride, "padding": padding}
    if kind != "avgpool":
        fields["dilation"] = dilation
    sized = {kind: kernel} if "pool" in kind else {kind: 2 if kind == "conv" else 1, "kernel": kernel}
    before = [start for start, _ in padding]
    return graph.add({**sized, **fields}, Slid([at], kernel, stride, dilation, before), lengths)


def keeps(graph: Graph, at: str, random: Random) -> str:
    """Add a convolution that keeps the size and the centre."""
    kernel = [random.choice([1, 3]) for _ in range(graph.rank)]
    dilation = [random.choice([1, 2]) for _ in range(graph.rank)]
    before = [d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True)]
    item = {"conv": 2, "kernel": kernel, "dilation": dilation, "padding": "half"}
    return graph.add(item, Slid([at], kernel, [1] * graph.rank, dilation, before), graph.lengths[at])


def fitted(graph: Graph, at: str, lengths: tuple[int, ...], random: Random) -> str:
    """Pad or crop to these lengths, somehow divided between the two ends."""
    ones = [1] * graph.rank
    for what, sign in (("pad", 1), ("crop", -1)):
        gaps = [max(0, sign * (want - side)) for want, side in zip(lengths, graph.lengths[at], strict=True)]
        if any(gaps):
            starts = [random.choice([gap // 2, random.randint(0, gap)]) for gap in gaps]
            pairs = [[start, gap - start] for start, gap in zip(starts, gaps, strict=True)]
            ends = tuple(side + sign * gap for side, gap in zip(graph.lengths[at], gaps, strict=True))
            at = graph.add({what: pairs}, Slid([at], ones, ones, ones, [sign * start for start in starts]), ends)
    return at


def merged(graph: Graph, ways: list[str]) -> str:
    ones = [1] * graph.rank
    return graph.add({"concat": ways}, Slid(ways, ones, ones, ones, [0] * graph.rank), graph.lengths[ways[0]])


@cache
def drawn(rank: int, seed: int) -> Graph:
    """A graph of chains and branches, which may themselves begin anywhere before."""
    random = Random(1000 * rank + seed)
    sides = tuple(random.randint(*((30, 60) if rank == 1 else (14, 22))) for _ in range(rank))
    graph = Graph(rank, sides, lengths={"input": sides})
    at = "input"
    for _ in range(random.randint(2, 5)):
        if random.random() < 0.5:
            at = (slides if random.random() < 0.7 else keeps)(graph, at, random)
            continue
        first = way = at
        for _ in range(random.randint(0, 2)):
            way = (slides if random.random() < 0.4 else keeps)(graph, way, random)
        ways = [way]
        for _ in range(random.randint(1, 2)):
            other = random.choice([first, first, random.choice(list(graph.lengths))])
            for _ in range(random.randint(0, 2)):
                other = (slides if random.random() < 0.3 else keeps)(graph, other, random)
            ways.append(fitted(graph, other, graph.lengths[way], random))
        at = merged(graph, list(dict.fromkeys(ways))) if len(set(ways)) > 1 else keeps(graph, way, random)
    if not graph.items:
        at = keeps(graph, at, random)
    return graph


def touched(graph: Graph, name: str, output: Place) -> set[Place]:
    """The input values, and the padding around them, that one output value of a layer depends on along every path."""
    marked: dict[str, set[Place]] = {name: {output}}
    found: set[Place] = set()
    for layer in reversed([*graph.layers]):
        slid = graph.layers[layer]
        before: set[Place] = set()
        for place in marked.pop(layer, ()):
            axes = zip(place, slid.kernel, slid.stride, slid.dilation, slid.before, strict=True)
            before.update(product(*([at * s - p + d * tap for tap in range(k)] for at, k, s, d, p in axes)))
        for source in slid.inputs:
            if source == "input":
                found |= before
            else:
                marked.setdefault(source, set()).update(before)
    return found


@dataclass(frozen=True)
class Hull:
    """First and last position along one axis."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    @property
    def centre(self) -> Fraction:
        return Fraction(self.first + self.last, 2)


def hulls(places: set[Place]) -> list[Hull]:
    return [Hull(min(axis), max(axis)) for axis in zip(*places, strict=True)]


def outputs(lengths: tuple[int, ...]) -> dict[str, Place]:
    """The first, the last, one in the middle, and its neighbour after it along every axis."""
    middle = tuple(side // 2 - 1 for side in lengths)
    return {
        "first": (0,) * len(lengths),
        "middle": middle,
        "next": tuple(at + 1 for at in middle),
        "last": tuple(side - 1 for side in lengths),
    }


def walked(graph: Graph, name: str) -> dict[str, list[Hull]]:
    """What those outputs of a layer see, per axis."""
    if name == "input":
        return {at: [Hull(along, along) for along in place] for at, place in outputs(graph.sides).items()}
    return {at: hulls(touched(graph, name, place)) for at, place in outputs(graph.lengths[name]).items()}


def steps(seen: dict[str, list[Hull]]) -> list[Fraction]:
    return [after.centre - at.centre for at, after in zip(seen["middle"], seen["next"], strict=True)]


@cache
def meetings(rank: int, seed: int) -> dict[str, str]:
    """Every layer where paths meet that look at different steps, or from different centres: which of the two."""
    return dict(_meeting(drawn(rank, seed)))


def _meeting(graph: Graph) -> Iterator[tuple[str, str]]:
    for name, slid in graph.layers.items():
        if len(slid.inputs) > 1:
            ways = [walked(graph, source) for source in slid.inputs]
            if any(steps(way) != steps(ways[0]) for way in ways):
                yield name, "jump"
            elif any([h.centre for h in way["first"]] != [h.centre for h in ways[0]["first"]] for way in ways):
                yield name, "centre"


def below(graph: Graph, apart: set[str]) -> set[str]:
    """The layers that depend on one of these, and these."""
    found = set(apart)
    for name, slid in graph.layers.items():
        if found & {*slid.inputs}:
            found.add(name)
    return found


def numbers(values: list[Any]) -> list[Fraction]:
    return [Fraction(value) for value in values]


def seen_by(network: cnncalc.Network, name: str) -> dict[str, list[Fraction]]:
    """What `explain --receptive-field` says of a layer, as numbers."""
    from cnncalc.report.sight import seen

    (row,) = (row for row in seen(network, name)["layers"] if row["name"] == name)
    return {key: numbers(row[key]) for key in ("size", "jump", "first_centre", "last_centre", "padding")}


@pytest.mark.parametrize(("rank", "seed"), [(rank, seed) for rank, seeds in DRAWN.items() for seed in seeds])
def test_what_a_layer_sees_is_what_a_walk_back_from_it_touches(rank: int, seed: int) -> None:
    """Where only centres differ all is exact; after paths of different jump no one number can be, and that is said."""
    graph = drawn(rank, seed)
    network = cnncalc.load(graph.spec())
    assert {name: network.layer(name).output.sides for name in graph.layers} == {
        name: lengths for name, lengths in graph.lengths.items() if name != "input"
    }
    apart = meetings(rank, seed)
    uneven = {name for name, what in apart.items() if what == "jump"}
    for name in graph.layers:
        if name in below(graph, uneven):
            continue
        seen, said = walked(graph, name), seen_by(network, name)
        assert [hull.size for hull in seen["first"]] == said["size"], name
        assert [hull.size for hull in seen["middle"]] == [hull.size for hull in seen["last"]] == said["size"], name
        assert [-hull.first for hull in seen["first"]] == said["padding"], name
        assert [hull.centre for hull in seen["first"]] == said["first_centre"], name
        assert [hull.centre for hull in seen["last"]] == said["last_centre"], name
        assert steps(seen) == said["jump"], name
        assert list(network.layer(name).receptive_field) == said["size"], name


@pytest.mark.parametrize(("rank", "seed"), [(rank, seed) for rank, seeds in DRAWN.items() for seed in seeds])
def test_not_aligned_is_said_exactly_where_paths_of_other_jump_or_centre_meet(rank: int, seed: int) -> None:
    graph = drawn(rank, seed)
    network = cnncalc.load(graph.spec())
    apart = meetings(rank, seed)
    unknown = below(graph, {name for name, what in apart.items() if what == "jump"})
    for name, slid in graph.layers.items():
        if any(source in unknown for source in slid.inputs):
            continue  # what meets there has no one jump any more
        said = [note for note in network.layer(name).notes if note.startswith("not aligned")]
        wanted = [f"not aligned: its inputs differ in their {apart[name]}"] if name in apart else []
        assert said == wanted, name


@pytest.mark.parametrize(("rank", "seed"), [(rank, seed) for rank, seeds in DRAWN.items() for seed in seeds])
def test_where_jumps_differ_every_output_is_exact(rank: int, seed: int) -> None:
    """There the size is that of the output that sees most, the smallest of the one that sees least."""
    graph = drawn(rank, seed)
    uneven = {name for name, what in meetings(rank, seed).items() if what == "jump"}
    network = cnncalc.load(graph.spec())
    for name in uneven:
        if below(graph, uneven) & {*graph.layers[name].inputs}:
            continue
        node = network.layer(name)
        every = [(at,) * rank for at in range(min(graph.lengths[name]))]
        seen = {place: hulls(touched(graph, name, place)) for place in every}
        for (at, *_), axes in seen.items():
            assert node.reach is not None
            assert [(s[0], s[-1]) for s in (axis.sees(at) for axis in node.reach)] == [(h.first, h.last) for h in axes]
        if len({*graph.lengths[name]}) == 1:
            sizes = list(zip(*([hull.size for hull in axes] for axes in seen.values()), strict=True))
            assert node.receptive_field == tuple(map(max, sizes))
            assert node.receptive_field_smallest == tuple(map(min, sizes))
        jumps = zip(*(steps(walked(graph, source)) for source in graph.layers[name].inputs), strict=True)
        assert [max(along) for along in jumps] == seen_by(network, name)["jump"]


def test_the_drawn_graphs_are_worth_it() -> None:
    """Some align, some differ in jump, some in centre, some pad more than they see."""
    kinds = {rank: [{*meetings(rank, seed).values()} for seed in seeds] for rank, seeds in DRAWN.items()}
    for found in kinds.values():
        assert sum(not kind for kind in found) > len(found) // 4
        assert sum("jump" in kind for kind in found) > 5
        assert sum(kind == {"centre"} for kind in found) > 5


def test_the_walk_can_fail() -> None:
    """A padding of one more on the left shifts what the walk finds."""
    graph = Graph(1, (9,), lengths={"input": (9,)})
    graph.add({"conv": 1, "kernel": 3, "padding": [[1, 1]]}, Slid(["input"], [3], [1], [1], [2]), (9,))
    assert -walked(graph, "n0")["first"][0].first != seen_by(cnncalc.load(graph.spec()), "n0")["padding"][0]


# -------------------------------------------------------------------------------------------- layers that shrink a step


def threes(places: set[int]) -> set[int]:
    """Back through two windows of 3."""
    return {place + first + second for place in places for first in range(3) for second in range(3)}


def walked_u_net(at: int) -> Hull:
    """Back from one output along one axis: four times two 3s and a transposed 2 of step 2, with what is cropped beside
    it carried over; two 3s at the bottom; then four times a pool of 2 and two 3s."""
    places, carried = {at}, []
    for crop in (88, 40, 16, 4):
        places = threes(places)
        carried.append({place + crop for place in places})
        places = {place // 2 for place in places}
    places = threes(places)
    for skip in reversed(carried):
        places = threes({2 * place + tap for place in places for tap in range(2)} | skip)
    return Hull(min(places), max(places))


def test_the_u_net_is_aligned_and_moves_by_one() -> None:
    """16 outputs further on everything is 16 further, whatever is between."""
    network = cnncalc.load("unet")
    assert not [node.name for node in network.layers if any("not aligned" in note for note in node.notes)]
    assert walked_u_net(16) == Hull(walked_u_net(0).first + 16, walked_u_net(0).last + 16)
    assert network.layers[-1].jump == (1, 1)


def test_the_u_net_sees_what_its_outputs_see() -> None:
    """After an upsampling neighbours differ: some see 188 values, others 204."""
    spans = {walked_u_net(at).size for at in range(16)}
    totals = cnncalc.load("unet").totals
    assert spans == {188, 204}
    assert totals.receptive_field == (max(spans), max(spans))
    assert totals.receptive_field_smallest == (min(spans), min(spans))


# ----------------------------------------------------------------------------------------------------- published values

# Sizes, jumps and paddings of TF-slim's networks as printed in the table of Araujo, Norris & Sim 2019 (Distill); of
# GoogLeNet the size follows from its 57 layers by the same recurrence.

ALEXNET_AS_IN_TF_SLIM = """
name: AlexNet v2
source: the layer list of TF-slim's alexnet_v2; its 224 leaves one column unseen
input: 224x224x3
layers:
  - {conv: 64, kernel: 11, stride: 4, padding: valid}
  - {maxpool: 3, stride: 2}
  - {conv: 192, kernel: 5, padding: same}
  - {maxpool: 3, stride: 2}
  - {conv: 384, kernel: 3, padding: same}
  - {conv: 384, kernel: 3, padding: same}
  - {conv: 256, kernel: 3, padding: same}
  - {maxpool: 3, stride: 2, name: pool5}
  - {conv: 4096, kernel: 5, padding: valid, name: fc6}
"""

RESNET_AS_IN_TF_SLIM = """
name: ResNet v1
source: the layer list of TF-slim's resnet_v1, where the last unit of a stage takes the step and pads by hand
input: 224x224x3
parameters: {depths: [3, 4, 6, 3]}
blocks:
  unit:
    parameters: {width: , stride: 1}
    layers:
      - residual:
          - {conv: width, kernel: 1}
          - {conv: width, kernel: 3, stride: stride, padding: half}
          - {conv: 4*width, kernel: 1}
        shortcut:
          - {when: input.channels != 4*width, conv: 4*width, kernel: 1, stride: stride}
          - {when: input.channels == 4*width and stride != 1, maxpool: 1, stride: stride}
      - relu
layers:
  - {conv: 64, kernel: 7, stride: 2, padding: half}
  - {maxpool: 3, stride: 2, padding: same}
  - each: {width: [64, 128, 256, 512], depth: depths, last: [2, 2, 2, 1]}
    layers:
      - {unit: width, stride: last if index == depth - 1 else 1, repeat: depth}
"""


@pytest.mark.parametrize(
    ("spec", "parameters", "last", "size", "jump", "padding"),
    [
        (ALEXNET_AS_IN_TF_SLIM, {}, "pool5", 195, 32, 64),
        ("vgg16", {}, "maxpool5", 212, 32, 90),
        ("mobilenet_v1", {}, None, 315, 32, 126),
        ("inception_v3", {}, None, 1311, 32, 618),
        ("inception_resnet_v2", {}, None, 3039, 32, 1482),
        (RESNET_AS_IN_TF_SLIM, {}, None, 483, 32, 239),
        (RESNET_AS_IN_TF_SLIM, {"depths": [3, 4, 23, 3]}, None, 1027, 32, 511),
        (RESNET_AS_IN_TF_SLIM, {"depths": [3, 8, 36, 3]}, None, 1507, 32, 751),
        (RESNET_AS_IN_TF_SLIM, {"depths": [3, 24, 36, 3]}, None, 1763, 32, 879),
    ],
    ids=[
        *("alexnet_v2", "vgg16", "mobilenet_v1", "inception_v3", "inception_resnet_v2"),
        *(f"resnet_v1_{depth}" for depth in (50, 101, 152, 200)),
    ],
)
def test_published_receptive_fields(
    spec: str, parameters: dict[str, Any], last: str | None, size: int, jump: int, padding: int
) -> None:
    network = cnncalc.load(spec, set=parameters)
    name = last or next(node.name for node in reversed(network.layers) if node.receptive_field is not None)
    said = seen_by(network, name)
    assert said["size"] == [size, size]
    assert said["jump"] == [jump, jump]
    assert said["padding"] == [padding, padding]
    if last != "pool5":
        assert network.totals.receptive_field == (size, size)


def test_the_resnets_of_tf_slim_are_aligned() -> None:
    network = cnncalc.load(RESNET_AS_IN_TF_SLIM)
    assert not [node.name for node in network.layers if any("not aligned" in note for note in node.notes)]


@pytest.mark.parametrize(
    ("name", "size", "jump"),
    [("alexnet", 195, 32), ("vgg11", 150, 32), ("vgg16", 212, 32), ("resnet50_v1", 483, 32), ("googlenet", 715, 32)],
)
def test_built_in_specs_that_see_as_published(name: str, size: int, jump: int) -> None:
    network = cnncalc.load(name)
    assert network.totals.receptive_field == (size, size)
    assert next(node.jump for node in reversed(network.layers) if node.reach) == (jump, jump)


def test_googlenet_by_visible_arithmetic() -> None:
    """Along the widest way: 7/2, pool 3/2, 3, pool 3/2, two 5s, pool, five 5s, pool, two 5s."""
    chain = [(7, 2), (3, 2), (3, 1), (3, 2), (5, 1), (5, 1), (3, 2), *[(5, 1)] * 5, (3, 2), (5, 1), (5, 1)]
    size, jump = 1, 1
    for kernel, stride in chain:
        size, jump = size + (kernel - 1) * jump, jump * stride
    assert (size, jump) == (715, 32)
    assert cnncalc.load("googlenet").totals.receptive_field == (size, size)


# -------------------------------------------------------------------------------------------------- as the command says


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def ran(*arguments: str, stdin: str = "") -> golden.Outcome:
        return golden.run(arguments, monkeypatch, capsys, stdin)

    return ran


def test_the_json_of_receptive_fields(run: Any) -> None:
    found = json.loads(run("explain", "vgg16", "--receptive-field", "--format", "json").stdout)
    assert found["schema"] == 1
    assert found["name"] == "VGG-16"
    assert found["inputs"] == {"input": [224, 224, 3]}
    assert [row["name"] for row in found["layers"]] == [
        *("conv1", "conv2", "maxpool1", "conv3", "conv4", "maxpool2", "conv5", "conv6", "conv7", "maxpool3"),
        *("conv8", "conv9", "conv10", "maxpool4", "conv11", "conv12", "conv13", "maxpool5"),
    ]
    assert found["sees_everything"] == ["dense1", "dense2", "dense3", "softmax1"]
    last = found["layers"][-1]
    assert (last["size"], last["jump"], last["padding"]) == ([212, 212], [32, 32], [90, 90])
    # The first window of 212 begins 90 before the input: its centre is at −90 + 211/2. The 7th is 6 jumps on.
    assert numbers(last["first_centre"]) == [Fraction(-90 * 2 + 211, 2)] * 2
    assert numbers(last["last_centre"]) == [Fraction(-90 * 2 + 211, 2) + 6 * 32] * 2


def test_the_drawing_says_the_same(run: Any) -> None:
    lines = run("explain", "vgg16", "--receptive-field").stdout.splitlines()
    rows = {line.split()[0]: line.split() for line in lines if line.strip()}
    assert rows["maxpool5"][1:6] == ["212", "32", "90", "15.5", "207.5"]
    assert rows["conv1"][1:6] == ["3", "1", "1", "0", "223"]
    assert lines[-1] == "whole input: dense1, dense2, dense3, softmax1"


def test_the_bar_shows_the_share_of_the_padding(run: Any) -> None:
    """212 wide of which 90 lie before the input: so of the longest bar 90/212 are in the other shade."""
    lines = run("explain", "vgg16", "--receptive-field").stdout.splitlines()
    bars = {line.split()[0]: line.split()[-1] for line in lines if line.endswith("█")}
    longest = bars["maxpool5"]
    assert abs(longest.count("░") - len(longest) * 90 / 212) <= 1
    assert set(longest) == {"░", "█"}
    assert longest.lstrip("░") == "█" * longest.count("█")  # padding first
    assert abs(len(bars["conv13"]) - len(longest) * 196 / 212) <= 1
    (ruler,) = (line for line in lines if line.startswith("input "))
    assert abs(ruler.count("─") - len(longest) * 224 / 212) <= 1


def test_from_a_layer_only_what_leads_to_it(run: Any) -> None:
    found = json.loads(
        run("explain", "googlenet", "--receptive-field", "--from", "inception3a.5x5", "-f", "json").stdout
    )
    assert [row["name"] for row in found["layers"]] == ["conv1", "maxpool1", "conv3", "maxpool2", "inception3a.5x5"]
    # 7 + 2·2 = 11 at 4; + 2·4 = 19; + 2·4 = 27 at 8; the 5×5 adds 4·8
    assert found["layers"][-1]["size"] == [27 + 4 * 8] * 2
    assert found["sees_everything"] == []
    by_name = run("explain", "googlenet", "inception3a.5x5", "--receptive-field", "-f", "json").stdout
    assert json.loads(by_name) == found


def test_from_alone_is_enough(run: Any) -> None:
    assert run("explain", "vgg16", "--from", "conv3").stdout == (
        run("explain", "vgg16", "--receptive-field", "--from", "conv3").stdout
    )


def test_where_paths_do_not_meet_straight_it_says_so_and_where(run: Any) -> None:
    spec = """
input: 16x16x4
layers:
  - {conv: 4, kernel: 3, padding: half, name: a}
  - {conv: 4, kernel: 2, name: b}
  - {crop: [[0, 1], [0, 1]], from: a, name: c}
  - {add: [b, c], name: sum}
  - {conv: 4, kernel: 3, padding: half, name: d}
"""
    outcome = run("explain", "-", "--receptive-field", stdin=spec)
    lines = outcome.stdout.splitlines()
    place = next(at for at, line in enumerate(lines) if line.startswith("sum"))
    # b looks half a value further than c: centres 0.5 and 0
    assert lines[place + 1].strip() == "not aligned: its inputs differ in their centre"
    assert [line for line in lines if "not aligned" in line] == [lines[place + 1]]
    rows = json.loads(run("explain", "-", "--receptive-field", "-f", "json", stdin=spec).stdout)["layers"]
    assert {row["name"]: row["notes"] for row in rows if row["notes"]} == {
        "sum": ["not aligned: its inputs differ in their centre"]
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "nope"], "no layer `nope`"),
        (["--receptive-field", "nope"], "no layer `nope`"),
        (["--receptive-field", "conv1", "conv2"], "leads to one layer"),
        (["conv1", "--from", "conv2"], "already names the layer"),
        (["--receptive-field", "--format", "latex"], "not as latex"),
    ],
)
def test_what_can_not_be_drawn(arguments: list[str], said: str, run: Any) -> None:
    outcome = run("explain", "vgg16", *arguments)
    assert outcome.exit == 2
    assert not outcome.stdout
    assert said in outcome.stderr


def test_symbols_are_not_drawn(run: Any) -> None:
    outcome = run("explain", "HxWx3: conv3-8", "--receptive-field")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "numbers" in outcome.stderr


def test_axes_that_differ_are_shown_each(run: Any) -> None:
    lines = run("explain", "20x30x3: conv1x7-8 maxpool2x3", "--receptive-field").stdout.splitlines()
    rows = {line.split()[0]: line.split() for line in lines if line.strip()}
    assert rows["conv1"][1:6] == ["1×7", "1", "0×3", "0", "19×29"]
    assert rows["maxpool1"][1:5] == ["2×9", "2×3", "0×3", "0.5×1"]


@pytest.mark.parametrize("width", [30, 50, 70, 80, 100, 140])
def test_the_drawing_is_never_wider_than_the_terminal(width: int, tmp_path: Path) -> None:
    drawn = golden.on_terminal(["explain", "googlenet", "--receptive-field"], width, tmp_path)
    assert drawn.exit == 0
    assert max(map(golden.cells, drawn.text.split("\n"))) <= width


@pytest.mark.parametrize("width", [100, 140])
def test_the_bars_take_the_room_that_there_is(width: int, tmp_path: Path, run: Any) -> None:
    """The numbers stay as they are piped."""
    drawn = golden.on_terminal(["explain", "vgg16", "--receptive-field"], width, tmp_path)
    piped = run("explain", "vgg16", "--receptive-field").stdout
    mine, theirs = ([line.rstrip("░█─ ").split() for line in text.splitlines()] for text in (drawn.text, piped))
    assert mine[4:22] == theirs[4:22]


@pytest.mark.parametrize("width", [40, 60])
def test_numbers_are_not_cut_on_a_narrow_terminal(width: int, tmp_path: Path, run: Any) -> None:
    drawn = golden.on_terminal(["explain", "googlenet", "--receptive-field"], width, tmp_path)
    piped = run("explain", "googlenet", "--receptive-field").stdout.splitlines()
    whole = {line.split()[0]: {*line.rstrip("░█").split()} for line in piped if "█" in line}
    rows = [line.rstrip("░█ ").split() for line in drawn.text.splitlines() if "█" in line][1:]
    assert len(rows) >= len(whole) - 1 > 30
    for name, *numbers_ in rows:
        assert numbers_
        assert any({*numbers_} <= theirs for known, theirs in whole.items() if known.startswith(name.rstrip("…")))
