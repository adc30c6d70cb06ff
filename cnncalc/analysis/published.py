"""What a source prints, compared with what the architecture gives."""

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
    """A published figure that cannot be checked, and what is wrong with its record."""


class Figure(Struct, frozen=True):
    """One published figure: what is printed and where, what is computed, and whether that reproduces it.

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
    """Compare one record with the network. Raises FigureError if the record names nothing, or cannot be read.

    A figure is reproduced when the computed value, in the printed unit, rounds or truncates to the printed digits.
    """
    metric, printed, unit = record.metric, str(record.printed), record.unit
    if record.of and (metric.endswith("put") or "." in metric):
        raise FigureError(f"`of` cannot be combined with `{metric}`, which already names its layer")
    named = f"{metric} of {record.of}" if record.of else metric
    settings = {name: str(value).lower() if value in (True, False) else value for name, value in record.set.items()}
    named += "".join(f" at {name}={value}" for name, value in settings.items())
    if metric.rpartition(".")[2] in ("input", "output"):
        volume = _volume(network, metric)
        reproduced = "x".join(map(str, volume)) == printed.replace("×", "x")
        return Figure(named, printed, record.where, tuple(volume), reproduced, unit=unit, because=record.because)
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
    return Figure(named, printed, record.where, value, reproduced, power == "%", unit, record.because)


def measured(network: Network, metric: str, of: str = "") -> Any:
    """A metric of the whole network, or of the layers that words select (``conv1.params``, or `of`)."""
    scope, _, name = metric.rpartition(".")
    names = [known for known, listed in METRICS.items() if listed.kind in ("count", "bytes")]
    if name not in names:
        raise FigureError(f"there is no metric `{name}`: there are {', '.join(names)}, input and output")
    measure = METRICS[name].of_layer
    if not scope and not of:
        return METRICS[name].of(network)
    nodes = _nodes(network, scope or of)
    if name == "layers":
        return len(nodes)
    if measure is None:
        raise FigureError(f"{name} is a metric of the whole network: take params of the layers")
    return sum(measure(node) for node in nodes)


def _nodes(network: Network, words: str) -> tuple[Node, ...]:
    nodes = network.select(words)
    if not nodes:
        raise FigureError(f"{network.name} has no layer `{words}`")
    return nodes


def _volume(network: Network, metric: str) -> Volume:
    scope, _, end = metric.rpartition(".")
    if end == "input":
        given = _nodes(network, scope)[0].given if scope else (*network.inputs.values(),)
        if not given:
            raise FigureError(f"{scope} takes no input")
        return given[0]
    return (_nodes(network, scope)[-1] if scope else network.layer(network.outputs[0])).output


def _rounds(value: Fraction, digits: str) -> bool:
    """Does the value round (from half a step below them) or truncate (from less than a step above) to the digits?"""
    step = Fraction(10) ** Decimal(digits).as_tuple().exponent  # type: ignore[operator]  # a finite number's is an integer
    return -step / 2 <= value - Fraction(digits) < step
