"""The walks along a network's graph, held against every path written out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, NamedTuple

import pytest

import cnncalc
from cnncalc.network.graph import Graph
from cnncalc.network.metrics import depth

DRAWN = range(150)  # the seeds that graphs are drawn from


class Drawn(NamedTuple):
    """A spec, what each of its layers reads, and every path of volumes from an input on, wherever it ends."""

    spec: dict[str, Any]
    reads: dict[str, list[str]]
    paths: list[tuple[str, ...]]

    @property
    def inputs(self) -> list[str]:
        return list(self.spec["input"])

    @property
    def outputs(self) -> list[str]:
        return self.spec["outputs"]

    @property
    def through(self) -> list[tuple[str, ...]]:
        """The paths that end at an output."""
        return [path for path in self.paths if path[-1] in self.outputs]

    @property
    def network(self) -> cnncalc.Network:
        return cnncalc.load(self.spec)


@cache
def drawn(seed: int) -> Drawn:
    """A small graph: one to three inputs, some layers with weights, some where two or three ways meet, dead ends."""
    random = Random(seed)
    names = [f"in{number}" for number in range(random.choice([1, 1, 2, 3]))]
    spec: dict[str, Any] = {"input": {name: [4, 4, 1] for name in names}, "layers": []}
    reads: dict[str, list[str]] = {}
    for number in range(random.randint(2, 12)):
        near = names[-random.randint(1, 5) :]
        found = random.choices(near, k=random.choice([1, 1, 2, 2, 3]))
        kind = random.choice(["relu", "conv"]) if len(found) == 1 else "add"
        item = {kind: 1 if kind == "conv" else None, "from": found if len(found) > 1 else found[0]}
        spec["layers"].append({**item, **({"kernel": 1} if kind == "conv" else {}), "name": f"{kind}{number}"})
        names.append(f"{kind}{number}")
        reads[names[-1]] = found
    spec["outputs"] = random.sample(names, random.choice([1, 2])) if random.random() < 0.4 else [names[-1]]
    return Drawn(spec, reads, list(walked(reads, names)))


def walked(reads: dict[str, list[str]], names: list[str]) -> Iterator[tuple[str, ...]]:
    """Every path that ends at one of these; a volume that is read twice by one layer makes one path."""
    for name in names:
        if name not in reads:
            yield (name,)
        for path in walked(reads, list(dict.fromkeys(reads.get(name, [])))):
            yield (*path, name)


def reached(reads: dict[str, list[str]], begun: set[str]) -> set[str]:
    """What can be reached from these."""
    while True:
        more = {name for name, sources in reads.items() if name not in begun and begun & {*sources}}
        if not more:
            return begun
        begun |= more


every_graph = pytest.mark.parametrize("seed", DRAWN)


def test_the_drawn_graphs_are_worth_it() -> None:
    graphs = [drawn(seed) for seed in DRAWN]
    assert sum(len(graph.through) > 5 for graph in graphs) > 20, "many ways"
    assert sum(not graph.through for graph in graphs) == 0
    inner = [{*Graph(graph.network).cuts()} - {*graph.inputs, *graph.outputs} for graph in graphs]
    assert sum(map(bool, inner)) > 40, "many that can be cut"
    assert sum(not found for found in inner) > 40, "many that cannot"
    assert sum(len(graph.inputs) > 1 for graph in graphs) > 40
    assert sum(len(graph.outputs) > 1 for graph in graphs) > 20
    assert sum(bool({*graph.inputs} & {*graph.outputs}) for graph in graphs) > 10


@every_graph
def test_a_cut_is_on_every_path(seed: int) -> None:
    graph = drawn(seed)
    on_all = set.intersection(*map(set, graph.through))
    assert Graph(graph.network).cuts() == [name for name in (*graph.inputs, *graph.reads) if name in on_all]


@every_graph
def test_without_a_cut_no_input_reaches_an_output(seed: int) -> None:
    """Each volume is taken out, with what it feeds, and it is seen whether an output can still be reached."""
    graph = drawn(seed)
    cuts = Graph(graph.network).cuts()
    for name in (*graph.inputs, *graph.reads):
        reads = {layer: [source for source in found if source != name] for layer, found in graph.reads.items()}
        reads.pop(name, None)
        left = reached(reads, {*graph.inputs} - {name})
        assert (name in cuts) == left.isdisjoint(graph.outputs), name


@every_graph
def test_a_volume_is_used_last_by_the_last_layer_that_reads_it(seed: int) -> None:
    graph = drawn(seed)
    order = list(graph.reads)
    expected = {}
    for name in (*graph.inputs, *order):
        readers = [place for place, layer in enumerate(order) if name in graph.reads[layer]]
        own = order.index(name) if name in order else -1
        expected[name] = len(order) if name in graph.outputs else max(readers, default=own)
    assert Graph(graph.network).last_use == expected


@every_graph
def test_before_and_behind(seed: int) -> None:
    graph, walk = drawn(seed), Graph(drawn(seed).network)
    for name in (*graph.inputs, *graph.reads):
        assert walk.leading_to([name]) == {other for path in graph.paths if path[-1] == name for other in path}
        assert walk.behind([name]) == {path[-1] for path in graph.paths if name in path}
    ends = [*graph.reads][::2]
    assert walk.leading_to(ends) == frozenset().union(*(walk.leading_to([end]) for end in ends))
    assert walk.behind(ends) == frozenset().union(*(walk.behind([end]) for end in ends))


@every_graph
def test_a_walk_stops_where_it_may_not_go_through(seed: int) -> None:
    """What lies before is found where some path from it to the end has only layers that may be gone through."""
    graph, walk = drawn(seed), Graph(drawn(seed).network)
    for name in graph.reads:
        expected = {
            other
            for path in graph.paths
            if path[-1] == name
            for place, other in enumerate(path)
            if not any(layer.startswith("conv") for layer in path[place + 1 :])
        }
        assert walk.leading_to([name], through=lambda node: node.type != "conv") == expected


@every_graph
def test_folds_see_every_edge(seed: int) -> None:
    """How many paths lead to each volume, and from each layer to an end; an edge that stands twice counts once."""
    graph, walk = drawn(seed), Graph(drawn(seed).network)
    once = {name: len({*sources}) == len(sources) for name, sources in graph.reads.items()}
    ways = walk.forward(lambda volume: 1, lambda node, before: sum(before))
    for name in (*graph.inputs, *graph.reads):
        paths = [path for path in graph.paths if path[-1] == name]
        if all(once.get(layer, True) for path in paths for layer in path):
            assert ways[name] == len(paths)
    unread = [name for name in graph.reads if not any(name in sources for sources in graph.reads.values())]
    ends = walk.backward(lambda node, users: sum(value for _, value in users) or 1)
    for name in graph.reads:
        assert ends[name] == len(
            {path[path.index(name) :] for path in graph.paths if name in path and path[-1] in unread}
        )


@every_graph
def test_the_depth_is_that_of_the_longest_path(seed: int) -> None:
    graph = drawn(seed)
    assert depth(graph.network) == max(sum(name.startswith("conv") for name in path) for path in graph.through)


def test_a_network_of_blocks_is_cut_between_them() -> None:
    """By hand: around a residual there are two ways, and a head that is not an output is no way."""
    network = cnncalc.load(
        {
            "input": "8x8x4",
            "layers": [
                "conv3-4",
                {"name": "block", "residual": ["conv3-4", "conv3-4"]},
                {"conv": 2, "kernel": 1, "name": "idle"},
                {"maxpool": 2, "from": "block", "name": "pool"},
                "fc-10",
            ],
        }
    )
    graph = Graph(network)
    first, second, added = "block.conv1", "block.conv2", "block.add1"
    assert [node.name for node in network.layers] == ["conv1", first, second, added, "idle", "pool", "dense1"]
    assert graph.cuts() == ["input", "conv1", added, "pool", "dense1"]
    places = {"input": 0, "conv1": 3, first: 2, second: 3, added: 5, "idle": 4, "pool": 6, "dense1": 7}
    assert graph.last_use == places
    assert [user.name for user in graph.users["conv1"]] == [first, added]


def test_walks_are_as_long_as_the_network() -> None:
    """Deeper than any stack of calls."""
    graph = Graph(cnncalc.load({"input": "4x4x1", "layers": [{"repeat": 3000, "layers": ["relu"]}]}))
    assert len(graph.cuts()) == 3001
    assert len(graph.leading_to(graph.network.outputs)) == len(graph.behind(graph.network.inputs)) == 3001
    assert graph.last_use["input"] == 0
    assert max(graph.backward(lambda node, users: sum(value for _, value in users) + 1).values()) == 3000
