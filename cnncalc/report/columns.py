"""The columns of a breakdown, shared by every format: those of the metrics, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from cnncalc.analysis.breakdown import share
from cnncalc.network.metrics import FIELD, METRICS
from cnncalc.network.network import Network
from cnncalc.network.node import Line
from cnncalc.report import units
from cnncalc.report.describe import described
from cnncalc.report.page import Column


class LayerColumn(Column, frozen=True, kw_only=True):
    """A column with a value for each layer; `summed` is the metric of the network that this adds up to, if any."""

    value: Callable[[Line, Network], Any]
    summed: str = ""
    usual: bool = True
    says: Callable[[Line], str] | None = None

    def cell(self, row: Line, network: Network) -> str:
        """What is shown of a row."""
        return self.show(self.value(row, network)) if self.says is None else self.says(row)

    def record(self, row: Line, network: Network) -> Any:
        """What stands in a record of a row; a bound with its sign."""
        value = exact(self.value(row, network))
        bound = self.key == FIELD and row.receptive_field_bound
        return f"{bound} {'x'.join(map(str, value or ())) or 'everything'}" if bound else value


_SHARES = {"activations": "memory", "params": "params", "macs": "macs"}


def _largest_share(row: Line, network: Network) -> Any:
    """The largest of the row's shares of memory, parameters and multiply-adds, and its metric."""
    totals = network.totals
    return max((share(getattr(row, key), getattr(totals, key)) or 0.0, name) for key, name in _SHARES.items())


def _shown_share(largest: Any) -> str:
    held, name = largest
    return f"{units.percent(held)} {name}" if held >= 0.01 else ""


_SHOWN: dict[str, Callable[[Any], str]] = {
    "count": units.grouped,
    "bytes": units.memory,
    "extents": lambda values: "all" if values is None else units.volume(values),
    "volume": units.volume,
}
"""How a metric of each kind is shown."""


def _of(name: str, key: str = "", title: str = "", rank: int = 16, usual: bool = True) -> LayerColumn:
    """The column of a metric of layers, with its own title where the metric's is too long for a column."""
    metric = METRICS[name]
    measure, kind = metric.of_layer, metric.kind
    assert measure is not None

    def value(row: Line, network: Network) -> Any:
        return tuple(measure(row)) if kind == "volume" else measure(row)

    summed = name if kind in ("count", "bytes") else ""
    return LayerColumn(
        key or name, title or metric.title, True, rank, show=_SHOWN[kind], value=value, summed=summed, usual=usual
    )


def _share(count: str) -> Callable[[Line, Network], Any]:
    return lambda row, network: share(getattr(row, count), getattr(network.totals, count))


_LAID_OUT = (
    LayerColumn("name", "Name", value=lambda row, network: row.name),
    LayerColumn("type", "Type", rank=12, value=lambda row, network: row.type, usual=False),
    LayerColumn("layer", "Layer", value=lambda row, network: described(row)),
    _of("output", rank=0),
    _of("activations", rank=11, usual=False),
    replace(
        _of("activation_bytes", "memory", "Memory", rank=0),
        says=lambda row: (
            units.memory(row.activation_bytes) if row.activation_bytes else "in place" if row.inputs else "stored"
        ),
    ),
    _of("weights", rank=0),
    _of("biases", rank=8),
    _of("params", rank=7),
    _of("buffers", rank=9),
    _of("macs", rank=0),
    _of("flops", rank=13, usual=False),
    LayerColumn("share", "Share", rank=5, show=_shown_share, value=_largest_share),
    LayerColumn("memory_share", "of memory", True, 14, show=units.percent, value=_share("activations"), usual=False),
    LayerColumn("params_share", "of params", True, 14, show=units.percent, value=_share("params"), usual=False),
    LayerColumn("macs_share", "of macs", True, 14, show=units.percent, value=_share("macs"), usual=False),
    replace(
        _of("receptive_field", rank=10),
        says=lambda row: units.field(row.receptive_field, row.receptive_field_smallest, row.receptive_field_bound),
    ),
    _of("jump", title="Jump", rank=15, usual=False),
)
"""The columns whose places, titles and ranks are settled here."""


def columns() -> tuple[LayerColumn, ...]:
    """Every column there is, in order; those of metrics that have no place of their own stand at the end."""
    placed = {column.summed or column.key for column in _LAID_OUT}
    others = (name for name, metric in METRICS.items() if metric.of_layer and name not in placed)
    return (*_LAID_OUT, *(_of(name, usual=False) for name in others))


def usual(network: Network) -> list[LayerColumn]:
    """The columns that are shown by default: the usual ones, without those that hold nothing in this network."""
    empty = set() if network.totals.buffers else {"buffers"}
    return [column for column in _LAID_OUT if column.usual and column.key not in empty]


def exactly() -> list[LayerColumn]:
    """The columns of records by default: all but the one that says in words what others say in numbers."""
    return [column for column in columns() if column.key != "share"]


def total_of(column: LayerColumn, network: Network) -> Any:
    """What stands in the column's total; None where it does not add up."""
    return METRICS[column.summed].of(network) if column.summed else None


def exact(value: Any) -> Any:
    """A value for CSV: shares in millionths."""
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        return f"{value[0]:.6f} {value[1]}"
    return f"{value:.6f}" if isinstance(value, float) else value


_MEANINGS = {
    "name": "what other commands, references and budgets call the layer; inside a block after the block's name",
    "layer": "its type and fields: kernel F×F, filters K, stride /S, padding; what is at its default is left out",
    "type": "its type, as `cnncalc layers` lists them",
    "memory": "what its output takes in the forward pass; 0 where it works in place, or is stored",
    "output": "the output volume: height × width × channels",
    "share": "its largest share of the network's memory, parameters or multiply-adds",
    "memory_share": "its share of the activation memory",
    "params_share": "its share of the parameters",
    "macs_share": "its share of the multiply-adds",
    "receptive_field": "how much of the input one of its outputs sees, per axis",
}


def legend(columns: Sequence[LayerColumn]) -> list[str]:
    """What each column says, in a line each."""
    meanings = {name: metric.says for name, metric in METRICS.items()} | _MEANINGS
    return [f"{column.title} ({column.key}): {meanings[column.key]}." for column in columns]
