"""The rows of a network's breakdown: its layers, or its blocks folded to one row each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct

from cnncalc.dims import Number, total
from cnncalc.network.counts import SUMMED, plain
from cnncalc.network.network import Network, Node, seen
from cnncalc.reach import SELF, Reach
from cnncalc.volume import Volume


class Group(Struct, frozen=True):
    """Layers of one scope as one row: their counts added up, the last one's volume and reach."""

    name: str
    nodes: tuple[Node, ...]

    @property
    def type(self) -> str:
        """What stands where a layer has its type."""
        return "group"

    @property
    def fields(self) -> dict[str, Any]:
        """What stands where a layer has its fields."""
        return {"layers": len(self.nodes)}

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the group takes from outside of it, each once."""
        own = {node.name for node in self.nodes}
        return tuple(dict.fromkeys(name for node in self.nodes for name in node.inputs if name not in own))

    @property
    def output(self) -> Volume:
        """The volume of its last layer."""
        return self.nodes[-1].output

    @property
    def receptive_field(self) -> tuple[Number, ...] | None:
        """What its last layer sees."""
        return self.nodes[-1].receptive_field

    @property
    def jump(self) -> tuple[Any, ...] | None:
        """The jump of its last layer."""
        return self.nodes[-1].jump

    @property
    def notes(self) -> tuple[str, ...]:
        """What its layers note, each once."""
        return tuple(dict.fromkeys(note for node in self.nodes for note in node.notes))

    def __getattr__(self, metric: str) -> Any:
        if metric in SUMMED or metric == "activation_bytes":
            return total(getattr(node, metric) for node in self.nodes)
        raise AttributeError(metric)

    def to_dict(self) -> dict[str, Any]:
        """The group's row of the machine-readable result."""
        keys = (*SUMMED, "activation_bytes", "receptive_field", "jump", "notes")
        return {
            "name": self.name,
            "type": self.type,
            "inputs": list(self.inputs),
            "output": plain(tuple(self.output)),
            "fields": self.fields,
            **{key: plain(getattr(self, key)) for key in keys},
        }


class Entry(Struct, frozen=True):
    """An input as a row: its values count among the activations, and it is no layer."""

    name: str
    output: Volume
    activations: Number
    activation_bytes: Number
    reach: tuple[Reach, ...]
    type: str = "input"
    weights: int = 0
    biases: int = 0
    params: int = 0
    buffers: int = 0
    macs: int = 0
    flops: int = 0

    @property
    def fields(self) -> dict[str, Any]:
        """An input has none."""
        return {}

    @property
    def receptive_field(self) -> tuple[Number, ...] | None:
        """An input sees itself."""
        return seen(self.reach)

    @property
    def jump(self) -> tuple[Any, ...]:
        """An input is its own neighbour."""
        return tuple(axis.jump for axis in self.reach)


Row = Node | Group | Entry


def entries(network: Network) -> list[Entry]:
    """The rows of the inputs."""
    return [
        Entry(name, volume, volume.values, network.sizing.activation_memory(volume.values), (SELF,) * volume.rank)
        for name, volume in network.inputs.items()
    ]


def rows(network: Network, depth: int | None = None) -> Sequence[Node | Group]:
    """The layers; with a depth, those whose names have more parts than that folded into one row per scope."""
    if depth is None:
        return network.layers

    def scope(node: Node) -> str:
        return ".".join(node.name.split(".")[:depth])

    return [_folded(name, tuple(nodes)) for name, nodes in groupby(network.layers, key=scope)]


def _folded(name: str, nodes: tuple[Node, ...]) -> Node | Group:
    return nodes[0] if len(nodes) == 1 and nodes[0].name == name else Group(name, nodes)


def share(part: Any, whole: Any) -> float | None:
    """The part of the whole as a number from 0 to 1; None where a symbol is in it, or there is no whole."""
    return part / whole if isinstance(part, int) and isinstance(whole, int) and whole else None


def by_type(nodes: Iterable[Node], metric: str) -> dict[str, list[Node]]:
    """The layers that have any of the metric, by type, the type with most of it first."""
    found: dict[str, list[Node]] = {}
    for node in nodes:
        if getattr(node, metric):
            found.setdefault(node.type, []).append(node)
    return dict(sorted(found.items(), key=lambda item: -total(getattr(node, metric) for node in item[1])))
