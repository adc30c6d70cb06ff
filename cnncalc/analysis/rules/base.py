"""What rules are made of: what they ask of a network, and all of a rule in one value.

A network is seen as a reviewer sees it: what comes before and after a layer, what only passes values on, what gates.
The page of a rule, its messages and its tests are made from its value.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, wraps
from typing import Any, TypeAlias

from msgspec import Struct

from cnncalc.analysis.findings import Rule
from cnncalc.dims import certainly
from cnncalc.network.graph import Graph
from cnncalc.network.metrics import works
from cnncalc.network.network import Network
from cnncalc.network.node import Node


class View:
    """What the rules ask of a network's graph."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.graph = Graph(network)
        self.nodes = self.graph.nodes
        self.users = self.graph.users
        self.outputs = frozenset(network.outputs)

    def before(self, node: Node) -> Node | None:
        """The layer that made the only input of a layer, skipping those that pass values on; None if there is none."""
        return self._origins[node.inputs[0]] if len(node.inputs) == 1 else None

    @cached_property
    def _origins(self) -> dict[str, Node | None]:
        """For every volume the layer that made its values, skipping those that pass values on; None for an input's."""
        return self.graph.forward(lambda volume: None, lambda node, before: before[0] if passes(node) else node)

    @cached_property
    def weighing(self) -> frozenset[str]:
        """The layers whose values are multiplied by others, perhaps after layers that pass them on."""
        return self.graph.leading_to(self._read_by(lambda node: node.layer.multiplies), through=passes)

    @cached_property
    def next_active(self) -> dict[str, Node | None]:
        """The next layer with parameters or an activation function after each layer; None if there is none."""

        def following(node: Node, users: list[tuple[Node, Node | None]]) -> Node | None:
            return next((active for user, later in users if (active := user if _active(user) else later)), None)

        return self.graph.backward(following)

    def sole_user(self, node: Node) -> Node | None:
        """The only layer that uses the output, if it does not also leave the network; else None."""
        users = self.users[node.name]
        return users[0] if len(users) == 1 and node.name not in self.outputs else None

    @cached_property
    def worked(self) -> frozenset[str]:
        """The layers with weights and multiply-adds, and those after one."""
        return self._behind(works)

    @cached_property
    def filtered(self) -> frozenset[str]:
        """The layers with filters, and those after one."""
        return self._behind(filters)

    def _behind(self, judge: Callable[[Node], bool]) -> frozenset[str]:
        """The layers that the judge accepts, and those after one."""
        return self.graph.behind(node.name for node in self.network.layers if judge(node))

    @cached_property
    def working_behind(self) -> frozenset[str]:
        """The layers and inputs after which there is a layer with weights and multiply-adds."""
        return self.graph.leading_to(self._read_by(works))

    def _read_by(self, judge: Callable[[Node], bool]) -> set[str]:
        """The layers and inputs that are read by layers which the judge accepts."""
        return {name for node in self.network.layers if judge(node) for name in node.inputs}

    @cached_property
    def unused(self) -> Counter[str]:
        """For each layer that nobody uses, how many lead to it alone, itself included."""

        def end(node: Node, users: list[tuple[Node, str]]) -> str:
            ends = {reached for _, reached in users} or {node.name}
            return ends.pop() if len(ends) == 1 and node.name not in self.outputs else ""

        return Counter(self.graph.backward(end).values())

    @cached_property
    def hidden_nonlinearities(self) -> bool:
        """Does an activation function outside gates come before a layer with weights? Else the spec writes none."""
        return any(
            node.layer.nonlinear()
            and not node.layer.probabilities()
            and node.name in self.working_behind
            and node.name not in self.gates
            for node in self.network.layers
        )

    @cached_property
    def gates(self) -> frozenset[str]:
        """Layers of one position or one map whose output, directly or through their like, scales a larger volume."""

        def gates(node: Node, users: list[tuple[Node, bool]]) -> bool:
            narrow = certainly(node.output.positions <= 1) or certainly(node.output.channels <= 1)
            inside = bool(users) and narrow and node.name not in self.outputs
            return inside and all(gate or _gated(node, user) for user, gate in users)

        return frozenset(name for name, gate in self.graph.backward(gates).items() if gate)


class Remark(Struct, frozen=True):
    """What a rule says about one layer, or of None about the block of a `name` at a `place`: a sentence, and the fix.

    `amount` is how much of what the rule counts is at stake, to be summed over repeated layers; 0 if unknown.
    """

    node: Node | None
    message: str
    help: str
    amount: int = 0
    place: Any = None
    name: str = ""


Find: TypeAlias = Callable[[View], Iterable[Remark]]
"""What looks at a whole network."""


class LintRule(Struct, frozen=True):
    """One rule of `cnncalc lint`.

    `says` is one sentence on what it finds, `why` a paragraph or more, `source` where the literature says so. `example`
    is a spec on which it fires, `instead` the same spec fixed, `counts` the unit of the amounts in its remarks.
    """

    code: str
    name: str
    severity: str
    says: str
    why: str
    source: str
    example: str
    instead: str
    find: Find
    counts: str = ""

    @property
    def page(self) -> str:
        """Its page, relative to the root of the repository."""
        return f"docs/lint/{self.name}.md"

    @property
    def rule(self) -> Rule:
        """The rule as machine formats list it."""
        return Rule(self.code, self.name, self.says, self.severity, self.page)


def rule(
    *, code: str, severity: str, source: str, example: str, instead: str, counts: str = ""
) -> Callable[[Find], LintRule]:
    """Turn a function into the rule of its name; the docstring of its module says what it finds, and then why."""

    def made(find: Find) -> LintRule:
        says, _, why = (sys.modules[find.__module__].__doc__ or "").partition("\n")
        says = f"{says[:1].lower()}{says[1:].rstrip('.')}"
        name = find.__name__.replace("_", "-")
        return LintRule(code, name, severity, says, why, source, example, instead, find, counts)

    return made


def each(judge: Callable[[View, Node], Remark | None]) -> Find:
    """Turn a function that judges one layer (a remark, or None) into one that looks at a whole network."""

    @wraps(judge)
    def find(view: View) -> Iterator[Remark]:
        return (remark for node in view.network.layers if (remark := judge(view, node)) is not None)

    return find


def sides(values: Iterable[Any]) -> str:
    """Extents along the axes: 3×3."""
    return "×".join(str(value) for value in values)


def percent(part: Any) -> str:
    """A share in whole percents."""
    return f"{round(100 * part)} %"


def _active(node: Node) -> bool:
    return node.layer.nonlinear() or not (known(node.params) and node.params == 0)


def _gated(gate: Node, user: Node) -> bool:
    """Does the user multiply larger volumes, as far as is known, by this one?"""
    return user.layer.multiplies and not certainly(user.output.values <= gate.output.values)


def passes(node: Node) -> bool:
    """Does the layer pass on the values that it gets, perhaps not all of them, or in other places?"""
    return (node.layer.in_place or node.layer.regroups) and not node.layer.nonlinear()


def filters(node: Node) -> bool:
    """Does the layer have filters?"""
    return not (known(seen := node.layer.maps_seen(*node.given)) and seen == 0)


def slides(node: Node) -> bool:
    """Does the layer slide a window over its input?"""
    return bool(node.windows) and not node.layer.spreads


def known(*values: Any) -> bool:
    """Are these all plain numbers, without symbols?"""
    return not any(hasattr(value, "free_symbols") for value in values)
