"""What changed between two networks: layers added, removed and changed, and every metric before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import NODEFAULT, UNSET, Struct, UnsetType, convert
from msgspec.structs import replace

from cnncalc.analysis.alignment import Aligned, Item, align, both, frozen, items, label
from cnncalc.layers import registry
from cnncalc.layers.base import defaults_of, values_of
from cnncalc.network.counts import SUMMED, plain
from cnncalc.network.metrics import METRICS, Metric, measures
from cnncalc.network.network import Network
from cnncalc.network.node import Count, Extents, Line, Node, Row

WINDOW = frozenset({"kernel", "stride", "padding", "dilation", "groups"})
"""The fields that a result always has for a layer with a window; others are there only if not at their default."""

SAME = "unchanged"
"""The status of a layer that did not change."""

MOST = 10**100
"""No number of a stored result may be larger."""

MOST_SOURCES = 16
"""How many origins are told apart behind layers that were added or removed."""


def of_layers() -> dict[str, Metric]:
    """What is measured of a layer, except its volume."""
    return {name: metric for name, metric in METRICS.items() if metric.of_layer and metric.kind != "volume"}


def counts() -> list[str]:
    """Those that add up; what a layer sees follows from the layers before it, and is not a change of its own."""
    return [name for name, metric in of_layers().items() if metric.kind != "extents"]


def in_totals() -> list[str]:
    """What a result may have under `totals`; what leaves the network is found under its layers."""
    bounds = [f"{name}_bound" for name, metric in METRICS.items() if metric.bound]
    return [*(name for name, metric in METRICS.items() if metric.kind != "volume"), *bounds]


def of_line(row: Line, name: str) -> Any:
    """A metric of a layer as plain data; UNSET if an older result does not say."""
    metric = METRICS[name]
    value = None if metric.of_layer is None else metric.of_layer(row)
    return UNSET if value is None and metric.kind != "extents" else value if value is UNSET else plain(value)


class Result(Struct, frozen=True):
    """The part of what ``cnncalc summarize --format json`` prints that is compared."""

    schema: int
    name: str
    inputs: dict[str, Extents]
    layers: list[Row]
    totals: dict[str, Count | Extents | None]
    outputs: list[str] = []
    batch: int | UnsetType = UNSET
    dtype: str | UnsetType = UNSET


UNCOMPARED = ("source", "warnings", "assumptions")
"""What else a result says about a network."""


class Snapshot(Struct, frozen=True):
    """A network at some point in time: its layers, or None if only its metrics are known.

    `spec` is what the user calls it; `metrics` holds the known ones as plain data. A `batch` or `dtype` of None is
    unknown. `warnings` name what a newer version stored and this one does not know, `bounds` which metrics are bounds.
    """

    spec: str
    name: str
    inputs: Mapping[str, Extents]
    outputs: Sequence[str]
    layers: Sequence[Line] | None
    metrics: Mapping[str, Any]
    batch: int | None = 1
    dtype: str | None = "float32"
    network: Network | None = None
    warnings: tuple[Any, ...] = ()
    bounds: Mapping[str, str] = {}


class Entry(Struct, frozen=True):
    """One layer that changed; `old` or `new` is None if it did not exist before, or no longer does.

    `fields` are those that the author changed, `inputs` the names of its inputs if these are other layers now,
    `volumes` and `outputs` what goes in and out, `metrics` those that changed; all as (before, after). A layer that
    changed only `through_input` is as its author left it, but gets another volume.
    """

    status: str
    old: Line | None
    new: Line | None
    fields: dict[str, tuple[Any, Any]]
    inputs: tuple[Any, Any]
    volumes: tuple[Any, Any]
    outputs: tuple[Any, Any]
    metrics: dict[str, tuple[Any, Any]]
    through_input: bool = False

    @property
    def row(self) -> Line:
        """The layer as it is now, or last was."""
        row = self.old if self.new is None else self.new
        assert row is not None
        return row


class Difference(Struct, frozen=True):
    """Two networks and what changed between them; `layers` is None if those of one side are unknown.

    `layers` are all of them in order, unchanged ones too; `inputs` and `outputs` tell how what enters and leaves the
    network changed; `totals` has every metric (before, after) that both sides have, `unknown` those that only one has,
    or that are known only in part.
    """

    old: Snapshot | None
    new: Snapshot | None
    inputs: dict[str, tuple[Any, Any]]
    outputs: tuple[Any, Any] | None
    layers: list[Entry] | None
    totals: dict[str, tuple[Any, Any]]
    unknown: list[str]

    @property
    def entries(self) -> list[Entry]:
        """The layers that changed."""
        return [entry for entry in self.layers or () if entry.status != SAME]

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """The totals that changed, except for those beside another that changed alike."""
        return {
            name: pair
            for name, pair in self.totals.items()
            if pair[0] != pair[1] and pair != self.totals.get(METRICS[name].beside)
        }

    @property
    def found(self) -> bool:
        """Is there any difference?"""
        one_sided = (self.old is None) != (self.new is None)
        return bool(one_sided or self.inputs or self.outputs or self.changed or self.entries)


def snapshot(network: Network, spec: str = "") -> Snapshot:
    """A network as it is now."""
    return Snapshot(
        spec=spec or network.name,
        name=network.name,
        inputs={name: tuple(plain(volume)) for name, volume in network.inputs.items()},
        outputs=network.outputs,
        layers=network.layers,
        metrics={name: plain(value) for name, value in measures(network).items()},
        batch=network.sizing.batch,
        dtype=network.sizing.dtype,
        network=network,
        bounds={name: sign for name, metric in METRICS.items() if metric.bound and (sign := metric.bound(network))},
    )


def stored(data: Mapping[str, Any], spec: str) -> Snapshot:
    """A network as a stored result has it, as far as this version understands it; `data` has the keys of a result.

    Raises ValidationError if it is not a result, ValueError if a number is impossibly large.
    """
    totals, layers = data["totals"], data["layers"]
    if isinstance(totals, Mapping):
        data = {**data, "totals": {name: totals[name] for name in in_totals() if name in totals}}
    if isinstance(layers, Sequence):
        lacking = dict.fromkeys(SUMMED)  # an older version may not have counted everything
        data = {**data, "layers": [{**lacking, **row} if isinstance(row, Mapping) else row for row in layers]}
    result = convert(data, Result)
    numbers = [*result.totals.values(), *(of_line(row, name) for row in result.layers for name in counts())]
    if any(isinstance(value, int) and abs(value) > MOST for value in numbers):
        raise ValueError("a number is beyond anything that could be counted")
    volumes: Mapping[str, Any] = {**result.inputs, **{row.name: row.output for row in result.layers}}
    metrics: dict[str, Any] = plain(result.totals)
    signs = {name: metrics.pop(f"{name}_bound", None) for name, metric in METRICS.items() if metric.bound}
    bounds = {name: sign for name, sign in signs.items() if sign}
    if result.outputs and all(name in volumes for name in result.outputs):
        metrics["output"] = plain([volumes[name] for name in result.outputs])
    rows = result.layers
    batch = None if result.batch is UNSET else result.batch
    dtype = None if result.dtype is UNSET else result.dtype
    if batch is None or dtype is None:  # bytes mean nothing without both
        rows = [replace(row, activation_bytes=None) for row in rows]
        metrics.pop("activation_bytes", None)
    if dtype is None:
        metrics.pop("weight_bytes", None)
    return Snapshot(spec, result.name, result.inputs, result.outputs, rows, metrics, batch, dtype, bounds=bounds)


def unknown_keys(data: Mapping[str, Any]) -> list[str]:
    """The keys of a result that this version does not know, each once; `data` is as for `stored`."""
    unknown = [key for key in data if key not in (*Result.__struct_fields__, *UNCOMPARED)]
    unknown += [f"totals.{key}" for key in data["totals"] if key not in in_totals()]
    for row in data["layers"]:
        unknown += [f"layers[].{key}" for key in row if key not in Row.__struct_fields__]
        fields = row.get("fields", ())
        unknown += [f"layers[].fields.{key}" for key in fields if not _may_have(row["type"], key)]
    return list(dict.fromkeys(unknown))


def measured(metrics: Mapping[str, Any], name: str, spec: str) -> Snapshot:
    """A network known only by its metrics, as in a baseline."""
    return Snapshot(spec, name, {}, (), None, {metric: plain(value) for metric, value in metrics.items()})


def difference(old: Snapshot | None, new: Snapshot | None) -> Difference:
    """What changed between two networks; None stands for no network, so that everything is added or removed."""
    sides = [side for side in (old, new) if side is not None]
    names = [name for name in METRICS if all("?" not in str(side.metrics.get(name, "?")) for side in sides)]
    totals = {name: (_total(old, name), _total(new, name)) for name in names}
    unknown = [name for name in METRICS if name not in totals and any(name in side.metrics for side in sides)]
    if any(side.layers is None for side in sides):
        return Difference(old, new, {}, None, None, totals, unknown)
    between = _Between(*_comparable(old, new))
    return Difference(old, new, between.inputs(), between.outputs(), between.layers(), totals, unknown)


def _total(side: Snapshot | None, name: str) -> Any:
    return side.metrics[name] if side is not None else 0 if METRICS[name].kind in ("count", "bytes") else None


def _comparable(old: Snapshot | None, new: Snapshot | None) -> tuple[Snapshot, Snapshot]:
    """Both of one kind: layers with fields as their authors wrote them, or as resolved and stored."""
    empty = Snapshot("", "", {}, (), (), {})
    pair = (old or empty, new or empty)
    if all(side.network is not None or not side.layers for side in pair):
        return pair
    first, second = (side if side.network is None else stored(side.network.to_dict(), side.spec) for side in pair)
    return first, second


class _Between:
    """The layers of two snapshots, aligned, and what became of each."""

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self.old, self.new = old, new
        self.rows = (old.layers or (), new.layers or ())
        self.volumes = tuple(_volumes(side) for side in (old, new))
        lacking = _lacking([row for rows in self.rows for row in rows if isinstance(row, Row)])
        self.aligned = align(*(_items(*pair, lacking) for pair in zip((old, new), self.volumes, strict=True)))
        self.names = {self.rows[0][i].name: self.rows[1][j].name for i, j in both(self.aligned.pairs)}
        self.sources = _sources(old, new, self.aligned)

    def layers(self) -> list[Entry]:
        """What became of every layer."""
        old, new = self.rows
        entries = []
        for i, j in self.aligned.pairs:
            if i is None or j is None:
                entries.append(self._alone(None if i is None else old[i], None if j is None else new[j]))
            else:
                entries.append(self._pair(old[i], new[j], (i, j) in self.aligned.moved))
        return entries

    def inputs(self) -> dict[str, tuple[Any, Any]]:
        """The inputs of the network that changed."""
        old, new = self.old.inputs, self.new.inputs
        if len(old) == len(new) == 1:
            (before,), ((name, after),) = old.values(), new.items()
            return {name: (before, after)} if before != after else {}
        names = dict.fromkeys([*old, *new])
        return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}

    def outputs(self) -> tuple[Any, Any] | None:
        """The names of what leaves the network, if these are other layers now."""
        old, new = list(self.old.outputs), list(self.new.outputs)
        return None if not old or not new or self._from_alike(old, new) else (old, new)

    def _from_alike(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Do these layers have the same origins, apart from layers added or removed in between?"""
        return len(old) == len(new) and all(
            _meet(self.sources[0].get(a), self.sources[1].get(b)) for a, b in zip(old, new, strict=True)
        )

    def _alone(self, old: Line | None, new: Line | None) -> Entry:
        row = old or new
        assert row is not None
        side = int(old is None)

        def beside(value: Any, absent: Any = None) -> tuple[Any, Any]:
            return (absent, value) if side else (value, absent)

        return Entry(
            status="added" if side else "removed",
            old=old,
            new=new,
            fields={name: beside(value) for name, value in _resolved(row).items()},
            inputs=beside(list(row.inputs)),
            volumes=beside(_given(row, self.volumes[side])),
            outputs=beside(plain(row.output)),
            metrics={
                name: beside(value, None if metric.kind == "extents" else 0)
                for name, metric in of_layers().items()
                if (value := of_line(row, name)) is not UNSET
            },
        )

    def _pair(self, old: Line, new: Line, moved: bool) -> Entry:
        """What became of a layer that both sides have."""
        wired = self._from_alike(old.inputs, new.inputs)
        renamed = old.name != new.name and label(old.name, old.type) != label(new.name, new.type)
        if wired and not renamed and _alike(old, new):
            return _unchanged(old, new)
        fields = _changed(old, new)
        shared, shares = old.share or "", new.share or ""
        if UNSET not in (old.share, new.share) and self.names.get(shared, shared) != shares:
            fields["share"] = (shared or None, shares or None)
        if UNSET not in (old.frozen, new.frozen) and old.frozen != new.frozen:
            fields["frozen"] = (old.frozen, new.frozen)
        volumes = _given(old, self.volumes[0]), _given(new, self.volumes[1])
        outputs = plain(old.output), plain(new.output)
        pairs = {name: (of_line(old, name), of_line(new, name)) for name in of_layers()}
        metrics = {name: pair for name, pair in pairs.items() if UNSET not in pair and pair[0] != pair[1]}
        apart = volumes[0] != volumes[1] or outputs[0] != outputs[1] or any(name in counts() for name in metrics)
        if not (fields or renamed or apart or not wired):
            return _unchanged(old, new)
        status = "changed"
        if not fields and (renamed if wired else moved):
            status = "renamed" if wired else "moved"
        through = wired and not fields and volumes[0] != volumes[1]
        inputs = (None, None) if wired else (list(old.inputs), list(new.inputs))
        return Entry(status, old, new, fields, inputs, volumes, outputs, metrics, through)


def _unchanged(old: Line, new: Line) -> Entry:
    output = plain(new.output)
    return Entry(SAME, old, new, {}, (None, None), (None, None), (output, output), {})


def _volumes(side: Snapshot) -> dict[str, Any]:
    return {**side.inputs, **{row.name: row.output for row in side.layers or ()}}


def _given(row: Line, volumes: Mapping[str, Any]) -> list[Any]:
    """The volumes that a layer takes; None for an unknown one."""
    return [None if name not in volumes else plain(volumes[name]) for name in row.inputs]


def _resolved(row: Line) -> dict[str, Any]:
    """The fields of a layer as a result has them, if known, and only those that its type has.

    Which layers it merges is told by its inputs.
    """
    kind = registry().get(row.type)
    merged = kind.main if kind is not None and kind.merges else ""
    fields = row.fields or {}
    return {name: plain(value) for name, value in fields.items() if name != merged and _may_have(row.type, name)}


def _may_have(type: str, field: str) -> bool:
    """Can a layer of this type have the field? A type that this version does not know may have any."""
    kind = registry().get(type)
    return kind is None or field in defaults_of(kind) or field in WINDOW


def _alike(old: Line, new: Line) -> bool:
    """Is it plain at a glance that these are the same layer on the same volumes?"""
    if not isinstance(old, Node) or not isinstance(new, Node):
        return False
    plain_ones = not (old.share or new.share or old.frozen or new.frozen)
    return plain_ones and old.layer == new.layer and old.given == new.given


def _changed(old: Line, new: Line) -> dict[str, tuple[Any, Any]]:
    """The fields that the author changed: those written differently that mean something else."""
    if isinstance(old, Node) and isinstance(new, Node) and old.layer == new.layer:
        return {}
    if old.type != new.type:
        before, after = _resolved(old), _resolved(new)
        pairs = {name: (before[name], after[name]) for name in before if name in after}
        return {"type": (old.type, new.type), **{name: pair for name, pair in pairs.items() if pair[0] != pair[1]}}
    if old.fields is UNSET or new.fields is UNSET:
        return {}
    before, after = ({**_defaults(row.type), **_resolved(row)} for row in (old, new))
    if old.type in registry():
        names = [name for name in before if name in after]  # one that a side lacks without a default is unknown
    else:
        names = list(dict.fromkeys([*before, *after]))
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and _rewritten(name, old, new)}


def _defaults(type: str) -> dict[str, Any]:
    """What fields are if a result does not have them; those of a window it always has."""
    kind = registry().get(type)
    defaults = {} if kind is None else defaults_of(kind)
    return {name: plain(value) for name, value in defaults.items() if value is not NODEFAULT and name not in WINDOW}


def _rewritten(name: str, old: Line, new: Line) -> bool:
    """Is a field written differently? A result does not know how its fields were written."""
    if not isinstance(old, Node) or not isinstance(new, Node):
        return True
    return bool(values_of(old.layer)[name] != values_of(new.layer)[name])


def _lacking(rows: Sequence[Row]) -> dict[str, set[str]]:
    """The fields that are known for some layers of a type and not for others: they cannot tell layers apart."""
    fields: dict[str, set[str]] = {row.type: set() for row in rows}
    lacking: dict[str, set[str]] = {row.type: set() for row in rows}
    for row in rows:
        fields[row.type].update(row.fields or ())
    for row in rows:
        absent = fields[row.type] if row.fields is UNSET else WINDOW - row.fields.keys()
        lacking[row.type] |= fields[row.type] & absent
    return lacking


def _items(side: Snapshot, volumes: Mapping[str, Any], lacking: Mapping[str, set[str]]) -> list[Item]:
    """The layers of a snapshot, ready to be aligned, without the fields that are `lacking`."""
    if side.network is not None:
        return items(side.network)
    listed = []
    for row in side.layers or ():
        fields = {name: value for name, value in _resolved(row).items() if name not in lacking[row.type]}
        own = tuple((name, frozen(value)) for name, value in fields.items())
        given = frozen(_given(row, volumes))
        listed.append(Item(row.name, row.type, own, (row.type, own, given), given, frozen(list(row.output))))
    return listed


Sources: TypeAlias = frozenset[Any] | None
"""What a volume comes from: inputs, and layers that both networks have; None if there are too many."""


def _sources(old: Snapshot, new: Snapshot, aligned: Aligned) -> list[dict[str, Sources]]:
    """What the volume of each name comes from, on either side, looking through layers that the other side lacks."""
    single = len(old.inputs) == len(new.inputs) == 1
    kept = [pair for pair in both(aligned.pairs) if pair not in aligned.moved]
    either: list[dict[str, Sources]] = []
    for place, side in enumerate((old, new)):
        sources: dict[str, Sources] = {name: frozenset([("input", "" if single else name)]) for name in side.inputs}
        numbers = {pair[place]: number for number, pair in enumerate(kept)}
        for at, row in enumerate(side.layers or ()):
            sources[row.name] = frozenset([numbers[at]]) if at in numbers else _joined(row.inputs, sources)
        either.append(sources)
    return either


def _joined(names: Iterable[str], sources: Mapping[str, Sources]) -> Sources:
    joined: set[Any] = set()
    for name in names:
        part = sources.get(name)
        if part is None or len(joined := joined | part) > MOST_SOURCES:
            return None
    return frozenset(joined)


def _meet(one: Sources, other: Sources) -> bool:
    """May these be the same?"""
    return one is None or other is None or one == other or bool(one & other)
