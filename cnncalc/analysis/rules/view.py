"""A network as a reviewer looks at it: who uses what, what lies before and behind, what only passes values on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from cnncalc.dims import certainly
from cnncalc.network.metrics import works
from cnncalc.network.network import Network
from cnncalc.network.node import Node


class View:
    """A network's graph: nodes by name, and who uses the output of each."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes = {node.name: node for node in network.layers}
        self.users: dict[str, list[Node]] = {name: [] for name in (*network.inputs, *self.nodes)}
        for node in network.layers:
            for name in dict.fromkeys(node.inputs):
                self.users[name].append(node)

    # ------------------------------------------------------------------------------------------------ before and behind

    def before(self, node: Node) -> Node | None:
        """The layer whose values one with a single input gets, those that pass values on left out; None: an input."""
        return self._origins[node.inputs[0]] if len(node.inputs) == 1 else None

    @cached_property
    def _origins(self) -> dict[str, Node | None]:
        """Of every output the layer whose values these are, those that pass values on left out; None: an input."""
        found: dict[str, Node | None] = dict.fromkeys(self.network.inputs)
        for node in self.network.layers:
            found[node.name] = found[node.inputs[0]] if passes(node) else node
        return found

    @cached_property
    def weighing(self) -> frozenset[str]:
        """The layers whose values, through layers that pass them on, a layer multiplies by others."""
        found: set[str] = set()
        for node in reversed(self.network.layers):
            if node.layer.multiplies or (passes(node) and node.name in found):
                found.update(node.inputs)
        return frozenset(found)

    @cached_property
    def next_active(self) -> dict[str, Node]:
        """Of the layers that have one behind them, the next layer with parameters or an activation function."""
        found: dict[str, Node] = {}
        for node in reversed(self.network.layers):
            active = node.layer.nonlinear() or not (known(node.params) and node.params == 0)
            following = node if active else found.get(node.name)
            if following is not None:
                found.update(dict.fromkeys(node.inputs, following))
        return found

    def sole_user(self, node: Node) -> Node | None:
        """The one layer that uses the output, where nothing else does and it does not leave the network."""
        users = self.users[node.name]
        return users[0] if len(users) == 1 and node.name not in self.network.outputs else None

    def first(self, node: Node) -> bool:
        """Is it the first layer with weights and multiply-adds on its way?"""
        return self._worked.isdisjoint(node.inputs)

    @cached_property
    def _worked(self) -> frozenset[str]:
        """The layers with weights and multiply-adds, and those behind one."""
        return self._behind(works)

    @cached_property
    def filtered(self) -> frozenset[str]:
        """The layers with filters, and those behind one."""
        return self._behind(filters)

    def _behind(self, judge: Callable[[Node], bool]) -> frozenset[str]:
        """The layers that are so, and what lies behind them."""
        found: set[str] = set()
        for node in self.network.layers:
            if judge(node) or not found.isdisjoint(node.inputs):
                found.add(node.name)
        return frozenset(found)

    @cached_property
    def working_behind(self) -> frozenset[str]:
        """The layers and inputs behind which there is a layer with weights and multiply-adds."""
        return self._leading_to(node for node in self.network.layers if works(node))

    @cached_property
    def filtering_behind(self) -> frozenset[str]:
        """The layers and inputs behind which there is a layer with filters."""
        return self._leading_to(node for node in self.network.layers if filters(node))

    def _leading_to(self, ends: Iterable[Node]) -> frozenset[str]:
        """What lies before these layers, they themselves only where they lie before others."""
        wanted = {node.name for node in ends}
        found: set[str] = set()
        for node in reversed(self.network.layers):
            if node.name in wanted or node.name in found:
                found.update(node.inputs)
        return frozenset(found)

    @cached_property
    def used(self) -> frozenset[str]:
        """The layers and inputs that the network's outputs hang on, these among them."""
        found = set(self.network.outputs)
        for node in reversed(self.network.layers):
            if node.name in found:
                found.update(node.inputs)
        return frozenset(found)

    @cached_property
    def hidden_nonlinearities(self) -> bool:
        """Is there an activation function before a layer with weights, gates aside? Else the spec leaves them out."""
        return any(
            node.layer.nonlinear()
            and not node.layer.probabilities()
            and node.name in self.working_behind
            and node.name not in self.gates
            for node in self.network.layers
        )

    @cached_property
    def gates(self) -> frozenset[str]:
        """The layers of one position, or one map, whose output, through others such, multiplies a larger volume."""
        found: set[str] = set()
        for node in reversed(self.network.layers):
            users = self.users[node.name] if node.name not in self.network.outputs else []
            narrow = certainly(node.output.positions <= 1) or certainly(node.output.channels <= 1)
            if users and narrow and all(user.name in found or _gated(node, user) for user in users):
                found.add(node.name)
        return frozenset(found)


def _gated(gate: Node, user: Node) -> bool:
    """Does a layer multiply volumes by this one that are larger, as far as is known?"""
    return user.layer.multiplies and not certainly(user.output.values <= gate.output.values)


def passes(node: Node) -> bool:
    """Does the layer hand on the values that it gets, perhaps not all, or in other places?"""
    return node.layer.in_place and not node.layer.nonlinear()


def filters(node: Node) -> bool:
    """Does the layer have filters?"""
    return not (known(seen := node.layer.maps_seen(*node.given)) and seen == 0)


def slides(node: Node) -> bool:
    """Does the layer slide a window over its input?"""
    return bool(node.windows) and not node.layer.spreads


def known(*values: Any) -> bool:
    """Are these plain numbers, and no symbols?"""
    return not any(hasattr(value, "free_symbols") for value in values)
