"""The graph of a network: every walk along its edges, each one pass over the layers."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import cached_property
from typing import TypeVar

from cnncalc.network.node import Layered, Node
from cnncalc.volume import Volume

T = TypeVar("T")


class Graph:
    """Which layers read which volumes. A volume goes by the name of the input or layer that gives it.

    Every layer stands after all that it reads, so the order of the layers is an order of the graph.
    """

    def __init__(self, network: Layered) -> None:
        self.network = network

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """The layers by name."""
        return {node.name: node for node in self.network.layers}

    @cached_property
    def users(self) -> dict[str, list[Node]]:
        """The layers that read each volume, in order, each once."""
        users: dict[str, list[Node]] = {name: [] for name in (*self.network.inputs, *self.nodes)}
        for node in self.network.layers:
            for name in dict.fromkeys(node.inputs):
                users[name].append(node)
        return users

    def forward(self, start: Callable[[Volume], T], step: Callable[[Node, list[T]], T]) -> dict[str, T]:
        """A value for each volume: `start` of an input's volume, `step` of a layer and the values of what it reads."""
        values = {name: start(volume) for name, volume in self.network.inputs.items()}
        for node in self.network.layers:
            values[node.name] = step(node, [values[name] for name in node.inputs])
        return values

    def backward(self, step: Callable[[Node, list[tuple[Node, T]]], T]) -> dict[str, T]:
        """A value for each layer, the last one first: `step` of it and its users, each with the user's value."""
        values: dict[str, T] = {}
        for node in reversed(self.network.layers):
            values[node.name] = step(node, [(user, values[user.name]) for user in self.users[node.name]])
        return values

    def leading_to(self, names: Iterable[str], through: Callable[[Node], bool] | None = None) -> frozenset[str]:
        """These volumes and all that they are computed from; the walk continues past layers that it may go `through`.

        By default it may go through every layer.
        """
        reached = set(names)
        for node in reversed(self.network.layers):
            if node.name in reached and (through is None or through(node)):
                reached.update(node.inputs)
        return frozenset(reached)

    def behind(self, names: Iterable[str]) -> frozenset[str]:
        """These volumes and all that are computed from them."""
        reached = set(names)
        for node in self.network.layers:
            if not reached.isdisjoint(node.inputs):
                reached.add(node.name)
        return frozenset(reached)

    @cached_property
    def last_use(self) -> dict[str, int]:
        """The place of the last layer that reads each volume; for an output, the place after the last layer.

        For a volume that nothing reads it is the place of its own layer, or -1 for an input.
        """
        return self._last_use(self.nodes)

    def _last_use(self, readers: Container[str]) -> dict[str, int]:
        """The last use of each volume by these layers."""
        places = dict.fromkeys(self.network.inputs, -1)
        for place, node in enumerate(self.network.layers):
            if node.name in readers:
                places.update(dict.fromkeys((*node.inputs, node.name), place))
        return places | dict.fromkeys(self.network.outputs, len(self.network.layers))

    def cuts(self) -> list[str]:
        """The volumes, in order, that lie on every path from an input to an output.

        At each of them the network can be cut in two. A single input and a single output are among them.
        """
        needed = self.leading_to(self.network.outputs) & self.behind(self.network.inputs)
        last_use = self._last_use(needed)
        sources = [name for name in self.network.inputs if name in needed]
        cuts = sources if len(sources) == 1 else []
        alive = max((last_use[name] for name in sources), default=0)  # how far a path bypasses the layers
        for place, node in enumerate(self.network.layers):
            if node.name in needed:
                if alive <= place:
                    cuts.append(node.name)
                alive = max(alive, last_use[node.name])
        return cuts
