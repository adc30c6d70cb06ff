"""One layer where it stands, its row in results, and the totals of all layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Protocol, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from cnncalc.dims import Number, total
from cnncalc.layers.base import Layer
from cnncalc.layers.operations import Operations
from cnncalc.network.counts import SUMMED, Counted, Counts, Sizing
from cnncalc.network.seen import Seen, given_by, most, nowhere
from cnncalc.reach import Axis
from cnncalc.volume import Volume
from cnncalc.window import Window


@lru_cache(maxsize=4096)
def _resolved(layer: Layer, given: tuple[Volume, ...]) -> dict[str, Any]:
    return layer.resolved(*given)


class Node(Counts, frozen=True, eq=False):
    """One layer where it stands in a network.

    `share` is the layer whose weights it uses, `frozen` says that it has weights and none of them is trained.
    `unaligned` says how its inputs fail to look at the same place: they differ in their `jump`, or their `centre`.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    given: tuple[Volume, ...]
    arriving: tuple[Seen, ...]
    seen: tuple[Seen, ...]
    warnings: tuple[str, ...] = ()
    share: str = ""
    frozen: bool = False
    unaligned: str = ""
    sizing: Sizing = Sizing()
    place: Any = None

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.layer!r}, output={self.output!r})"

    @property
    def type(self) -> str:
        """The name of the layer's type."""
        return self.layer.type_name()

    @property
    def fields(self) -> dict[str, Any]:
        """The layer's fields as resolved on its input."""
        return dict(_resolved(self.layer, self.given))

    @property
    def windows(self) -> tuple[Window, ...]:
        """The window that the layer slides, per axis; empty where it slides none."""
        return self.layer.windows(*self.given)

    @property
    def operations(self) -> tuple[Operations, ...]:
        """Its operations beside the multiply-adds, by kind."""
        return self.layer.operations(*self.given)

    @property
    def activation_bytes(self) -> Number:
        """The values that it adds to memory in bytes, for the whole batch."""
        return self.sizing.activation_memory(self.activations)

    @property
    def sight(self) -> Seen:
        """What the output sees of an input: where there are several, of the one that it sees most of.

        What comes from constants alone sees nothing of any.
        """
        if len(self.seen) == 1:
            return self.seen[0]
        return most(self.seen) if self.seen else nowhere(self.output)

    @property
    def reach(self) -> tuple[Axis, ...] | None:
        """The same per axis of that input; None where it sees everything."""
        return None if self.sight.whole else self.sight.axes

    @property
    def receptive_field(self) -> tuple[Number, ...] | None:
        """How many values of that input the output value sees that sees most, per axis; None for everything."""
        return self.sight.field.most

    @property
    def receptive_field_smallest(self) -> tuple[Number, ...] | None:
        """How many the output value sees that sees least; None for everything, and where it is not known."""
        return self.sight.field.least

    @property
    def receptive_field_bound(self) -> str | None:
        """Where the field is a bound and no value: ≤ or ≥."""
        return self.sight.field.bound

    @property
    def jump(self) -> tuple[Any, ...] | None:
        """How far apart in the input neighbouring output values look, per axis; None where they see everything."""
        return None if self.reach is None else tuple(axis.jump for axis in self.reach)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about it beside its numbers, in sentences; the facts behind them are fields."""
        facts = (
            f"shares the weights of {self.share}" if self.share else "",
            "frozen" if self.frozen else "",
            unaligned_note(self.unaligned),
            self.layer.remark(),
        )
        return (*filter(None, facts), *self.warnings)

    @property
    def row(self) -> Row:
        """The layer as tables and results hold it."""
        field = self.sight.field
        values: dict[str, Any] = {name: getattr(self, name) for name in Row.__struct_fields__ if name not in SEEN}
        values |= {"output": tuple(self.output), "share": self.share or None, "unaligned": self.unaligned or None}
        values |= zip(SEEN, field, strict=True)
        return Row(**values)

    def to_dict(self) -> Any:
        """The layer's row of the machine-readable result."""
        return self.row.to_dict()


SEEN = ("receptive_field", "receptive_field_smallest", "receptive_field_bound")
"""What a row says of its receptive field."""

Form: TypeAlias = Annotated[str, Meta(max_length=4000)]
"""A closed form, as a result holds it."""
Count: TypeAlias = int | Form
Extents: TypeAlias = tuple[Count, ...]


class Row(Counted[Count | None], frozen=True):
    """A layer as tables and results hold it: an input, layers folded into one, a layer now or of a stored result.

    What an older result does not say is unknown: None for a count, UNSET for what may itself be None. A receptive field
    and a jump of None mean that the layer sees everything.
    """

    name: str
    type: str
    inputs: tuple[str, ...]
    output: Extents
    fields: dict[str, Any] | UnsetType = UNSET
    activation_bytes: Count | None = None
    receptive_field: Extents | UnsetType | None = UNSET
    receptive_field_smallest: Extents | UnsetType | None = UNSET
    receptive_field_bound: str | UnsetType | None = UNSET
    jump: tuple[int | float | Form, ...] | UnsetType | None = UNSET
    notes: tuple[str, ...] | UnsetType = UNSET
    share: str | UnsetType | None = UNSET
    frozen: bool | UnsetType = UNSET
    unaligned: str | UnsetType | None = UNSET

    order = (
        *("name", "type", "inputs", "output", "fields"),
        *SUMMED,
        *("activation_bytes", *SEEN, "jump", "notes", "share", "frozen", "unaligned"),
    )


Line: TypeAlias = Node | Row
"""A line of a breakdown or of a comparison: a layer, or what stands in for one."""


class Totals(Counted[Number], frozen=True):
    """What the whole network holds and costs."""

    layers: int
    activation_bytes: Number
    weight_bytes: Number
    receptive_field: tuple[Number, ...] | None
    receptive_field_smallest: tuple[Number, ...] | None
    receptive_field_bound: str | None

    @classmethod
    def of(cls, inputs: Mapping[str, Volume], layers: Sequence[Node], outputs: Sequence[str], sizing: Sizing) -> Totals:
        """All layers summed; the inputs' values count once among the activations."""
        sums: dict[str, Any] = {name: total(getattr(node, name) for node in layers) for name in SUMMED}
        given = total(volume.values for volume in inputs.values())
        memory = [sizing.activation_memory(given), *(node.activation_bytes for node in layers)]
        sums["activations"] = sums["activations"] + given
        sums |= zip(SEEN, most(seen for _, _, seen in heads(inputs, layers, outputs)).field, strict=True)
        return cls(
            **sums,
            layers=len(layers),
            activation_bytes=total(memory),
            weight_bytes=sizing.memory(sums["params"]),
        )

    order = ("layers", *SUMMED, "activation_bytes", "weight_bytes", "receptive_field")


def heads(
    inputs: Mapping[str, Volume], layers: Sequence[Node], outputs: Sequence[str]
) -> Iterator[tuple[str, str, Seen]]:
    """Each output with its head, and what arrives there of each input; without a head ('') what the output sees.

    Where nothing but views arrives at a head, as in a network of dense layers, everything is seen.
    """
    names = set(outputs)
    seen = {node.name: node.seen or (node.sight,) for node in layers if node.name in names}
    for name in outputs:
        for each in seen[name] if name in seen else given_by(name, inputs[name]):
            yield (name, *(each.head if each.head and not each.bare else ("", each)))


def unaligned_note(unaligned: str) -> str:
    """How the inputs of a layer differ, in a sentence; '' if they do not."""
    return f"not aligned: its inputs differ in their {unaligned}" if unaligned else ""


class Layered(Protocol):
    """What graphs and metrics need to know of a network."""

    @property
    def inputs(self) -> Mapping[str, Volume]:
        """The volumes that go in, by name."""

    @property
    def layers(self) -> Sequence[Node]:
        """The layers in order."""

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the layers or inputs whose volumes leave the network."""

    @property
    def totals(self) -> Totals:
        """What it comes to."""
