"""What the functions of the Python API return: frozen values whose `to_dict()` is what the commands print as JSON.

The summary of a network is in :mod:`cnncalc.network.network`. Keys are only ever added. What is UNSET has no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from msgspec import UNSET, UnsetType

from cnncalc.network.counts import Answer
from cnncalc.network.node import Row

T = TypeVar("T")

# ------------------------------------------------------------------------------------------------------------- explain


class Step(Answer, frozen=True):
    """One number of a layer: `numbers` evaluates to `value` when every / is floored, to `exact` without that."""

    quantity: str
    symbols: str | UnsetType = UNSET
    numbers: str | UnsetType = UNSET
    value: int | str | None = None
    exact: str | UnsetType = UNSET
    note: str | UnsetType = UNSET


class Derived(Answer, frozen=True):
    """One layer, and the arithmetic behind each of its numbers."""

    name: str
    type: str
    inputs: tuple[tuple[Any, ...], ...]
    output: tuple[Any, ...]
    steps: tuple[Step, ...]


class Explanation(Answer, frozen=True, kw_only=True):
    """The derivations of a network's layers."""

    schema: int = 1
    name: str
    layers: tuple[Derived, ...]


# ------------------------------------------------------------------------------------------------------------- compare


class Design(Answer, frozen=True):
    """One of the designs: its name, the spec as it was given, and every metric that is not a volume."""

    name: str
    spec: str
    totals: dict[str, Any]


class Comparison(Answer, frozen=True, kw_only=True):
    """Designs side by side: `ratios` are those to the first design, `said` what a person would say about them.

    `layers`, if asked for, are those of two designs, aligned.
    """

    schema: int = 1
    designs: tuple[Design, ...]
    ratios: tuple[dict[str, Any], ...]
    said: tuple[str, ...]
    assumptions: tuple[str, ...]
    layers: tuple[tuple[Row | None, Row | None], ...] | UnsetType = UNSET


# ---------------------------------------------------------------------------------------------------------------- diff


class Change(Answer, Generic[T], frozen=True):
    """What something was and is."""

    before: T
    after: T


class NamedChange(Answer, frozen=True):
    """What the input of a name was and is; None if there was, or is, none."""

    name: str
    before: Any
    after: Any


class Moved(Answer, frozen=True):
    """What a metric was and is, and how much more that is; None if that is not a number."""

    before: Any
    after: Any
    difference: int | None


class Side(Answer, frozen=True):
    """One of the two networks; a `batch` or a `dtype` of None is unknown."""

    spec: str
    name: str
    batch: int | None
    dtype: str | None


class LayerChange(Answer, frozen=True):
    """What became of a layer: `old` and `new` are its names, None if there was, or is, none."""

    status: str
    old: str | None
    new: str | None
    type: str
    through_input: bool
    fields: dict[str, Change[Any]]
    inputs: Change[Any] | None
    volumes: Change[Any] | None
    output: Change[Any]
    metrics: dict[str, Moved]


class Changes(Answer, frozen=True, kw_only=True):
    """What changed between two networks; `layers` is None if those of one side are unknown."""

    schema: int = 1
    old: Side | None
    new: Side | None
    inputs: tuple[NamedChange, ...]
    outputs: Change[Any] | None
    layers: tuple[LayerChange, ...] | None
    unchanged: int | None
    totals: dict[str, Moved]
    unknown: tuple[str, ...]


# --------------------------------------------------------------------------------------------------------------- scale


class Growth(Answer, frozen=True):
    """How metrics grow when one thing is `doubled`, and with which power; None if there was none."""

    doubled: str
    weights: float | None
    weights_exponent: float | None
    macs: float | None
    macs_exponent: float | None
    activations: float | None
    activations_exponent: float | None
    done: str


class Scaling(Answer, frozen=True):
    """What drives what: one growth for each way of scaling."""

    ways: tuple[Growth, ...]

    def to_dict(self) -> Any:
        """The list of growths."""
        return super().to_dict()["ways"]


# --------------------------------------------------------------------------------------------------------------- check


class Held(Answer, frozen=True):
    """What became of one limit: the fields of :class:`cnncalc.guard.verdicts.Verdict` as plain data."""

    metric: str
    layers: str | None
    of: str | None
    word: str
    limit: str
    value: Any
    bound: Any
    before: Any
    headroom: Any
    verdict: str
    broken: tuple[str, ...]
    most: tuple[str, ...]
    key: str | None
    file: str | None
    line: int | None
    value_bound: str | UnsetType = UNSET


class HeldSpec(Answer, frozen=True):
    """One spec and its limits; `missing` says that it should be in the baseline and is not."""

    spec: str
    name: str
    holds: bool
    missing: bool
    limits: tuple[Held, ...]


class Check(Answer, frozen=True, kw_only=True):
    """Specs held to their limits; `holds` says whether all of them hold."""

    schema: int = 1
    holds: bool
    specs: tuple[HeldSpec, ...]


# ---------------------------------------------------------------------------------------------------------------- lint


class Spot(Answer, frozen=True):
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int


class Remark(Answer, frozen=True):
    """One finding of a rule, the layers that it is about, and the fix."""

    code: str
    name: str
    severity: str
    message: str
    layers: tuple[str, ...]
    place: Spot | None
    help: str


class Reviewed(Answer, frozen=True):
    """One spec and what was found in it."""

    spec: str
    name: str
    findings: tuple[Remark, ...]


class Lint(Answer, frozen=True, kw_only=True):
    """Specs and what was found in them; `counts` says how many findings there are of each severity."""

    schema: int = 1
    specs: tuple[Reviewed, ...]
    counts: dict[str, int]

    @property
    def findings(self) -> Sequence[Remark]:
        """Everything that was found."""
        return [finding for spec in self.specs for finding in spec.findings]
