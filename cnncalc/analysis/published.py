"""What a source prints, held against what the architecture gives."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct

from cnncalc.amounts import POWERS, parts
from cnncalc.network.counts import plain
from cnncalc.network.limits import Published
from cnncalc.network.metrics import METRICS
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.volume import Volume


class FigureError(Exception):
    """A published figure that cannot be checked: what is wrong with the record."""


class Figure(Struct, frozen=True):
    """One published figure: what is printed and where, what is computed, and whether the one gives the other.

    `value` is the computed number, `share` whether it is a percentage of the whole.
    """

    metric: str
    printed: str
    where: str
    value: Any
    reproduced: bool
    share: bool = False
    unit: int = 1000
    because: str = ""

    @property
    def sound(self) -> bool:
        """Is the record right: reproduced, or differing with a reason?"""
        return self.reproduced != bool(self.because)


def figure(network: Network, record: Published) -> Figure:
    """Hold one record against the network. Raises FigureError for a record that names nothing, or cannot be read.

    A figure is reproduced when the computed value, in the printed unit, rounds or truncates to the printed digits.
    """
    metric, printed, unit = record.metric, str(record.printed), record.unit
    if record.of and (metric.endswith("put") or "." in metric):
        raise FigureError(f"`of` cannot be combined with `{metric}`, which already names its layer")
    common: dict[str, Any] = {"metric": _named(record), "printed": printed, "where": record.where}
    common |= {"unit": unit, "because": record.because}
    if metric.rpartition(".")[2] in ("input", "output"):
        volume = _volume(network, metric)
        said = "x".join(str(extent) for extent in volume)
        return Figure(value=tuple(volume), reproduced=said == printed.replace("×", "x"), **common)
    value = measured(network, metric, record.of)
    if not isinstance(value, int):
        raise FigureError(f"{metric} is {plain(value)}, which cannot be compared with a figure")
    digits, power = parts(printed) or ("", "")
    if not digits or power not in (*POWERS, "%"):
        raise FigureError(f"`{printed}` is not a figure: write it as it is printed, such as 138M, 1.19 % or 253,440")
    if power == "%":
        whole = METRICS[metric.rpartition(".")[2]].of(network)
        value = Fraction(100 * value, whole) if whole else Fraction(0)
    reproduced = _rounds(Fraction(value) / unit ** POWERS.get(power, 0), digits)
    return Figure(value=value, reproduced=reproduced, share=power == "%", **common)


def measured(network: Network, metric: str, of: str = "") -> Any:
    """A metric of the whole, or of the layers that are meant by words (``conv1.params``, or `of`)."""
    scope, _, own = metric.rpartition(".")
    known = [name for name, found in METRICS.items() if found.kind in ("count", "bytes")]
    if own not in known:
        raise FigureError(f"there is no metric `{own}`: there are {', '.join(known)}, input and output")
    measure = METRICS[own].of_layer
    if not scope and not of:
        return METRICS[own].of(network)
    nodes = _nodes(network, scope or of)
    if own == "layers":
        return len(nodes)
    if measure is None:
        raise FigureError(f"{own} is a metric of the whole network: take params of the layers")
    return sum(measure(node) for node in nodes)


def _nodes(network: Network, words: str) -> tuple[Node, ...]:
    found = network.select(words)
    if not found:
        raise FigureError(f"{network.name} has no layer `{words}`")
    return found


def _volume(network: Network, metric: str) -> Volume:
    scope, _, own = metric.rpartition(".")
    if scope:
        node = _nodes(network, scope)[-1 if own == "output" else 0]
        return node.output if own == "output" else node.given[0]
    if own == "input":
        return next(iter(network.inputs.values()))
    return network.layer(network.outputs[0]).output


def _named(record: Published) -> str:
    """The metric, with the layers it is of and the settings it holds under."""
    text = f"{record.metric} of {record.of}" if record.of else record.metric
    return text + "".join(f" at {name}={value}" for name, value in record.set.items())


def _rounds(value: Fraction, digits: str) -> bool:
    """Does the value round (from half a step below them) or truncate (from less than a step above) to the digits?"""
    step = Fraction(10) ** Decimal(digits).as_tuple().exponent  # type: ignore[operator]  # a finite number's is an integer
    return -step / 2 <= value - Fraction(digits) < step
