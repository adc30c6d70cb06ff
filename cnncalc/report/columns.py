"""The columns of a breakdown. A column is named here and nowhere else; every format shares the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.analysis.breakdown import Row, share
from cnncalc.network.counts import plain
from cnncalc.network.network import Network
from cnncalc.report import units
from cnncalc.report.describe import described


class Column(NamedTuple):
    """One column: its key and title, the value in a row, how that is shown, and whether it adds up.

    `rank` says how soon it goes when there is no room: the highest first; 0 stays.
    """

    key: str
    title: str
    value: Callable[[Row, Network], Any]
    show: Callable[[Any], str] = str
    summed: str = ""
    rank: int = 0
    right: bool = True
    usual: bool = True


def _metric(key: str) -> Callable[[Row, Network], Any]:
    return lambda row, network: getattr(row, key)


def _share(key: str) -> Callable[[Row, Network], Any]:
    return lambda row, network: share(getattr(row, key), getattr(network.totals, key))


_SHARES = {"activations": "memory", "params": "params", "macs": "macs"}


def _largest_share(row: Row, network: Network) -> Any:
    """The largest of the row's shares of memory, parameters and multiply-adds, and of which."""
    totals = network.totals
    found = [(share(getattr(row, key), getattr(totals, key)) or 0.0, name) for key, name in _SHARES.items()]
    return max(found)


def _shown_share(found: Any) -> str:
    held, name = found
    return f"{units.percent(held)} {name}" if held >= 0.01 else ""


def _reach(values: Any) -> str:
    return "all" if values is None else units.volume(values)


COLUMNS: tuple[Column, ...] = (
    Column("name", "Name", _metric("name"), right=False),
    Column("type", "Type", _metric("type"), right=False, rank=12, usual=False),
    Column("layer", "Layer", lambda row, network: described(row), right=False, rank=6),
    Column("output", "Output", lambda row, network: tuple(row.output), units.volume),
    Column("activations", "Values", _metric("activations"), units.grouped, "activations", rank=11, usual=False),
    Column("memory", "Memory", _metric("activation_bytes"), units.memory, "activation_bytes", rank=3),
    Column("weights", "Weights", _metric("weights"), units.grouped, "weights"),
    Column("biases", "Biases", _metric("biases"), units.grouped, "biases", rank=8),
    Column("params", "Parameters", _metric("params"), units.grouped, "params", rank=7, usual=False),
    Column("buffers", "Buffers", _metric("buffers"), units.grouped, "buffers", rank=9),
    Column("macs", "Multiply-adds", _metric("macs"), units.grouped, "macs", rank=4),
    Column("flops", "Operations", _metric("flops"), units.grouped, "flops", rank=13, usual=False),
    Column("share", "Largest share", _largest_share, _shown_share, rank=5, right=False),
    Column("memory_share", "of memory", _share("activations"), units.percent, rank=14, usual=False),
    Column("params_share", "of params", _share("params"), units.percent, rank=14, usual=False),
    Column("macs_share", "of macs", _share("macs"), units.percent, rank=14, usual=False),
    Column("receptive_field", "Sees", _metric("receptive_field"), _reach, rank=10),
    Column("jump", "Jump", _metric("jump"), _reach, rank=15, usual=False),
)
"""Every column there is, in the order in which they stand."""


def usual(network: Network) -> list[Column]:
    """The columns that are shown unless told: the usual ones, without those that hold nothing in this network."""
    empty = set() if network.totals.buffers else {"buffers"}
    return [column for column in COLUMNS if column.usual and column.key not in empty]


def total_of(column: Column, network: Network) -> Any:
    """What stands in the column's total; None where it does not add up."""
    return getattr(network.totals, column.summed) if column.summed else None


def exact(value: Any) -> Any:
    """A value as a machine-readable cell: a number as it is, a volume with x, nothing for nothing."""
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        return f"{value[0]:.6f} {value[1]}"
    if isinstance(value, tuple):
        return "x".join(str(plain(part)) for part in value)
    if isinstance(value, float):
        return f"{value:.6f}"
    return "" if value is None else plain(value)
