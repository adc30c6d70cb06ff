"""The columns of a breakdown, shared by every format: those of the metrics, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.analysis.breakdown import share
from cnncalc.network.metrics import METRICS
from cnncalc.network.network import Network
from cnncalc.network.node import Line
from cnncalc.report import units
from cnncalc.report.describe import described


class Column(NamedTuple):
    """One column: its key and title, the value in a row, how that is shown, and whether it adds up.

    `rank` says how soon it goes when there is no room: the highest first; 0 stays.
    """

    key: str
    title: str
    value: Callable[[Line, Network], Any]
    show: Callable[[Any], str] = str
    summed: str = ""
    rank: int = 0
    right: bool = True
    usual: bool = True
    metric: str = ""


def _share(key: str) -> Callable[[Line, Network], Any]:
    return lambda row, network: share(getattr(row, key), getattr(network.totals, key))


_SHARES = {"activations": "memory", "params": "params", "macs": "macs"}


def _largest_share(row: Line, network: Network) -> Any:
    """The largest of the row's shares of memory, parameters and multiply-adds, and its metric."""
    totals = network.totals
    found = [(share(getattr(row, key), getattr(totals, key)) or 0.0, name) for key, name in _SHARES.items()]
    return max(found)


def _shown_share(found: Any) -> str:
    held, name = found
    return f"{units.percent(held)} {name}" if held >= 0.01 else ""


def _reach(values: Any) -> str:
    return "all" if values is None else units.volume(values)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "count": units.grouped,
    "bytes": units.memory,
    "extents": _reach,
    "volume": units.volume,
}
"""How a metric of each kind is shown."""


def _of(metric: str, key: str = "", title: str = "", rank: int = 16, usual: bool = True) -> Column:
    """The column of a metric of layers; with a title of its own where the metric's is too long for one."""
    found = METRICS[metric]
    assert found.of_layer is not None
    measure, summed = found.of_layer, metric if found.kind in ("count", "bytes") else ""

    def value(row: Line, network: Network) -> Any:
        return tuple(measure(row)) if found.kind == "volume" else measure(row)

    return Column(
        key or metric, title or found.title, value, _SHOWN[found.kind], summed, rank, usual=usual, metric=metric
    )


_LAID_OUT = (
    Column("name", "Name", lambda row, network: row.name, right=False),
    Column("type", "Type", lambda row, network: row.type, right=False, rank=12, usual=False),
    Column("layer", "Layer", lambda row, network: described(row), right=False, rank=6),
    _of("output", rank=0),
    _of("activations", rank=11, usual=False),
    _of("activation_bytes", "memory", "Memory", rank=3),
    _of("weights", rank=0),
    _of("biases", rank=8),
    _of("params", rank=7, usual=False),
    _of("buffers", rank=9),
    _of("macs", rank=4),
    _of("flops", rank=13, usual=False),
    Column("share", "Share", _largest_share, _shown_share, rank=5, right=False),
    Column("memory_share", "of memory", _share("activations"), units.percent, rank=14, usual=False),
    Column("params_share", "of params", _share("params"), units.percent, rank=14, usual=False),
    Column("macs_share", "of macs", _share("macs"), units.percent, rank=14, usual=False),
    _of("receptive_field", rank=10),
    _of("jump", title="Jump", rank=15, usual=False),
)
"""The columns whose places, titles and ranks are settled here."""


def columns() -> tuple[Column, ...]:
    """Every column there is, in order; those of metrics that have no place of their own stand at the end."""
    placed = {column.metric for column in _LAID_OUT}
    others = (name for name, metric in METRICS.items() if metric.of_layer and name not in placed)
    return (*_LAID_OUT, *(_of(name, usual=False) for name in others))


def usual(network: Network) -> list[Column]:
    """The columns that are shown by default: the usual ones, without those that hold nothing in this network."""
    empty = set() if network.totals.buffers else {"buffers"}
    return [column for column in _LAID_OUT if column.usual and column.key not in empty]


def exactly() -> list[Column]:
    """The columns of records by default: all but the one that says in words what others say in numbers."""
    return [column for column in columns() if column.key != "share"]


def total_of(column: Column, network: Network) -> Any:
    """What stands in the column's total; None where it does not add up."""
    return METRICS[column.summed].of(network) if column.summed else None


def exact(value: Any) -> Any:
    """A value for CSV: shares in millionths."""
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        return f"{value[0]:.6f} {value[1]}"
    return f"{value:.6f}" if isinstance(value, float) else value
