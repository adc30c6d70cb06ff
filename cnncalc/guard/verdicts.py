"""A network held to limits: what each comes to, how much room is left, and where most of it sits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from heapq import nlargest
from math import isfinite
from typing import Any

from msgspec import Struct, ValidationError, convert
from msgspec.structs import replace

from cnncalc.amounts import NO_CHANGE, NO_GROWTH, NO_LOSS, Slack
from cnncalc.dims import whole
from cnncalc.layers import terms_of
from cnncalc.network.limits import CHANGE, WORDS, Limit, LimitError
from cnncalc.network.metrics import EITHER, FIELD, LESS, METRICS, MORE, SMALLEST, bounded, measured, settle
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.network.seen import Field
from cnncalc.window import LayerError

EVERYTHING = None
"""The receptive field of what sees everything: more than any number."""

MOST = 10
"""How many of the costliest layers are kept beside a verdict."""


class Part(Struct, frozen=True):
    """A layer that has much of a metric: how much, and which share of the whole that is."""

    name: str
    amount: int
    share: Fraction
    place: Any = None


class Verdict(Struct, frozen=True):
    """What became of one limit.

    `value` is what the metric comes to (of the layer or output `of`, where it is one's), `bound` what it is held
    against, `headroom` how far it may still go, below zero where it is beyond. `parts` are the verdicts on the layers
    that break a limit on layers, the worst first; `before` is the value of the baseline, where the limit is on the
    change. `above` says that it is broken by a value above it, `most` where most of that is, and `place` where to look.
    `sign` is ≤ or ≥ where the value is a bound, which decides the limit all the same.
    """

    limit: Limit
    value: Any
    bound: Any
    holds: bool
    headroom: int | Fraction | None = None
    of: str = ""
    parts: tuple[Verdict, ...] = ()
    before: Any = None
    new: bool = False
    above: bool = False
    most: tuple[Part, ...] = ()
    place: Any = None
    sign: str | None = None

    @property
    def broken(self) -> tuple[str, ...]:
        """The names of the layers that break it."""
        return tuple(part.of for part in self.parts)


class Outcome(Struct, frozen=True):
    """What became of one spec: its verdicts, what it comes to, and what it came to in the baseline.

    `spec` is what people call it, with its settings, `path` its file or '', `name` the network's, `place` that of its
    first layer. `metrics` are those that reports tell, or, against a baseline, all. `before` is None without a
    baseline, and where the spec was not there; `missing` says that it ought to be; `against` names the baseline, as
    `diff` takes it. The network itself is not kept: 10,000 of them may be checked.
    """

    spec: str
    path: str
    name: str
    place: Any
    verdicts: tuple[Verdict, ...]
    metrics: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    missing: bool = False
    against: str = ""

    @property
    def holds(self) -> bool:
        """Does it hold to all of its limits?"""
        return not self.missing and all(verdict.holds for verdict in self.verdicts)


GUARD = "baseline"
"""The key of the limits that a baseline brings by itself."""


def verdicts(
    network: Network, limits: Iterable[Limit], before: Mapping[str, Any] | None = None, *, most: bool = False
) -> tuple[list[Verdict], list[Limit]]:
    """What becomes of every limit, and the limits on no layer, or on none that has the field.

    `before` are the metrics of the baseline; None where the network is new. With `most` it is also said of limits that
    hold where most of the metric is. Raises LimitError for a limit that cannot be decided: a metric that depends on a
    symbol, or has another number of axes.
    """
    reached: list[Verdict] = []
    idle: list[Limit] = []
    for limit in limits:
        if limit.layers:
            verdict = _of_layers(network, limit)
            if verdict is None:
                idle.append(limit)
            else:
                reached.append(verdict)
        elif METRICS[limit.metric].kind == "volume" and limit.word != CHANGE:
            volumes = METRICS[limit.metric].of(network)  # one verdict each, such as for all that leave the network
            several = len(volumes) > 1
            reached += [_verdict(limit, volume, of=name if several else "") for name, volume in volumes.items()]
        else:
            reached.append(_whole(network, limit, before))
    return [_located(network, verdict) if most or not verdict.holds else verdict for verdict in reached], idle


def _located(network: Network, verdict: Verdict) -> Verdict:
    """The verdict on a whole network with where most of the metric is, and which layer to look at.

    That is the layer which has most, gives the output, sees last, or is the last.
    """
    metric, layers = verdict.limit.metric, network.layers
    if verdict.limit.layers:
        return verdict
    most = costliest(network, metric)
    if most:
        return replace(verdict, most=most, place=most[0].place)
    if METRICS[metric].kind == "extents":
        node = next((node for node in reversed(layers) if node.reach is not None), layers[-1])
    else:
        node = next((node for node in layers if node.name == verdict.of), layers[-1])
    return replace(verdict, place=node.place)


_UNMOVED = {MORE: NO_GROWTH, LESS: NO_LOSS, EITHER: NO_CHANGE}
"""What a baseline lets through by default, by which change is for the worse."""


def guards(limits: Iterable[Limit], allowed: Mapping[str, Slack], known: Iterable[str]) -> tuple[Limit, ...]:
    """The limits that a baseline brings: on the change of every guarded metric that it knows, as far as is `allowed`.

    `allowed` has slack under the names of metrics, and under '' for every metric where less is better. A metric whose
    change is limited already is left to that limit.
    """
    limited = {limit.metric for limit in limits if limit.word == CHANGE and not limit.layers}
    brought: list[Limit] = []
    for name, metric in METRICS.items():
        if name in known and name not in limited and (metric.guarded or name in allowed):
            of_all = allowed.get("") if metric.worse == MORE else None
            slack = allowed.get(name) or of_all or _UNMOVED[metric.worse]
            brought.append(Limit(name, CHANGE, slack.text, slack=slack, key=GUARD))
    return tuple(brought)


def costliest(network: Network, metric: str) -> tuple[Part, ...]:
    """The layers that have most of a metric, and their shares of the whole; none where it has no sum, or no number."""
    counted = METRICS["params" if metric == "weight_bytes" else metric]
    measure, total = counted.of_layer, counted.of(network)
    if measure is None or counted.kind not in ("count", "bytes") or not isinstance(total, int):
        return ()
    ranked = [(node, measure(node)) for node in nlargest(MOST, network.layers, key=measure)]
    return tuple(Part(node.name, amount, Fraction(amount, total), node.place) for node, amount in ranked if amount)


def _whole(of: Network | Node, limit: Limit, before: Mapping[str, Any] | None, name: str = "") -> Verdict:
    """What becomes of a limit on a network or a layer.

    Of a receptive field a minimum is one of the output that sees least, a maximum one of that which sees most, and an
    exact value one of both.
    """
    metrics = {"min": (SMALLEST,), "equals": (SMALLEST, FIELD)}.get(limit.word, (FIELD,))
    metrics = metrics if limit.metric == FIELD else (limit.metric,)
    field = bounded(of, metrics[-1])
    if field is not None:
        return _bounded(limit, field, before, name)
    values = [_value(of, limit, metric) if isinstance(of, Node) else measured(of, metric) for metric in metrics]
    judged = [_verdict(limit, value, before, name) for value in values]
    return next((verdict for verdict in judged if not verdict.holds), judged[-1])


def _bounded(limit: Limit, field: Field, before: Mapping[str, Any] | None, of: str) -> Verdict:
    """What a bound says of a limit. Raises LimitError where it does not decide it."""
    known, sign = (field.least, "≥") if field.most is None else (field.most, field.bound)
    if limit.word == CHANGE and (before is None or before.get(limit.metric, field.most) == field.most):
        old = before.get(limit.metric) if before else None
        new = not before or limit.metric not in before
        return Verdict(limit, field.most, old, True, of=of, before=old, new=new, sign=field.bound)
    verdict = None if known is None else _verdict(limit, known, before, of)
    least = sign == "≥"
    if verdict and (limit.word == ("min" if least else "max") if verdict.holds else verdict.above == least):
        return replace(verdict, sign=sign)
    shown = "everything" if field.most is None else "x".join(map(str, field.most))
    raise LimitError(
        f"{limit.subject} is only known to be {field.bound} {shown}, which does not decide {limit.text}",
        "`cnncalc explain SPEC --receptive-field` says why; limit receptive_field_ungated",
        limit,
    )


def _verdict(limit: Limit, value: Any, before: Mapping[str, Any] | None = None, of: str = "") -> Verdict:
    """What becomes of a limit on a number or on extents."""
    if limit.word == CHANGE:
        return _changed(limit, value, before, of)
    bound: Any = limit.bound
    if isinstance(bound, Fraction):
        bound = whole(bound)  # whole numbers are faster
    else:
        value, bound = _axes(limit, value, bound)
    return _held(limit, value, bound, limit.slack, of)


def _held(limit: Limit, value: Any, bound: Any, slack: Slack | None, of: str, before: Any = None) -> Verdict:
    """What becomes of a limit on a value: is it within the bound on every axis, and how far from the nearer end?

    A change is held against that end.
    """
    if isinstance(value, str) or isinstance(bound, str):
        return Verdict(limit, value, bound, value == bound, of=of)
    lets = WORDS[limit.word].lets
    lows, highs = zip(*(lets(part, slack) for part in _axes_of(bound)), strict=True)
    if value is EVERYTHING:
        return Verdict(limit, value, bound, None in highs, of=of)
    values = _axes_of(value)
    if not all(isinstance(part, (int, Fraction)) for part in values):
        raise _undecided(limit, value)
    over = [] if None in highs else [high - part for part, high in zip(values, highs, strict=True)]
    under = [] if None in lows else [part - low for part, low in zip(values, lows, strict=True)]
    headroom = min([*over, *under], default=None)
    holds, above = headroom is None or headroom >= 0, any(room < 0 for room in over)
    if limit.word == CHANGE:
        ends = highs if over and (holds or above) else lows
        bound = None if None in ends else ends if isinstance(bound, tuple) else ends[0]
    return Verdict(limit, value, bound, holds, headroom, of, before=before, above=above)


def _axes_of(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _changed(limit: Limit, value: Any, before: Mapping[str, Any] | None, of: str) -> Verdict:
    """What becomes of a limit on the change against the baseline."""
    if before is None or limit.metric not in before:
        return Verdict(limit, value, None, True, of=of, new=True)
    old, slack = before[limit.metric], limit.slack or NO_GROWTH
    if METRICS[limit.metric].kind == "volume":
        return Verdict(limit, value, old, value == old or slack.up is None, of=of, before=old)
    if value is EVERYTHING or old is EVERYTHING:
        holds = value is old or (slack.up if value is EVERYTHING else slack.down) is None
        return Verdict(limit, value, old, holds, of=of, before=old)
    if not isinstance(value, (int, tuple)):
        raise _undecided(limit, value)
    if isinstance(value, tuple) and len(value) != len(old):
        return Verdict(limit, value, old, slack.up is None and slack.down is None, of=of, before=old)
    return _held(limit, value, old, slack, of, old)


def _axes(limit: Limit, value: Any, bound: Any) -> tuple[Any, Any]:
    """Value and bound with one extent per axis each. Raises LimitError if they do not fit."""
    if value is EVERYTHING:
        return value, bound
    if isinstance(value, str) and not WORDS[limit.word].exact:
        raise LimitError(f"{limit.subject} is {value}, which has no {limit.word}", "`equals` limits words", limit)
    if isinstance(value, str) or isinstance(bound, str):
        return value, bound
    if len(bound) == 1:
        return value, bound * len(value)
    if len(bound) != len(value):
        axes = "axes" if len(value) > 1 else "axis"
        message = f"{limit.subject} has {len(value)} {axes}, and its limit {len(bound)}"
        raise LimitError(message, f"here it is {'x'.join(map(str, value))}", limit)
    return value, bound


def _undecided(limit: Limit, value: Any) -> LimitError:
    shown = "x".join(map(str, value)) if isinstance(value, tuple) else value
    message = f"{limit.subject} is {shown}, which cannot be compared with {limit.text}"
    return LimitError(message, settle(*_axes_of(value)), limit)


def _of_layers(network: Network, limit: Limit) -> Verdict | None:
    """The worst of the layers that a limit is on; None where there is none that it could be on."""
    judged = [
        (_whole(node, limit, None, node.name), node)
        for node in network.select(limit.layers)
        if limit.metric in METRICS or limit.metric in node.layer.__struct_fields__
    ]
    if not judged:
        return None
    broken = sorted((pair for pair in judged if not pair[0].holds), key=_room)
    worst = broken[0][0] if broken else min(judged, key=_room)[0]
    return replace(worst, parts=tuple(replace(verdict, place=node.place) for verdict, node in broken))


def _room(judged: tuple[Verdict, Node]) -> tuple[bool, int | Fraction]:
    """Sorts layers by the room they have left, least first; those without a number come last."""
    headroom = judged[0].headroom
    return headroom is None, headroom or 0


def _value(node: Node, limit: Limit, metric: str) -> Any:
    """A metric or a field of a layer, as limits know them: a number, numbers, or a word.

    Against a word a field is held as it was written, or by what the word comes to: a padding of 1 is `half` around a
    kernel of 3.
    """
    measure = METRICS[metric].of_layer if metric in METRICS else None
    if measure is not None:
        value = measure(node)
        return tuple(value) if METRICS[metric].kind == "volume" else value
    written = getattr(node.layer, metric)
    if isinstance(limit.bound, str) and isinstance(written, str):
        return written
    if isinstance(limit.bound, str) and _comes_to(node, metric, limit.bound):
        return limit.bound
    value = node.fields.get(metric, written)
    numbers = tuple(map(_number, _flat(value)))
    if numbers and None not in numbers:
        return numbers
    return str(value).lower() if isinstance(value, bool) else "none" if value is None else str(value)


def _comes_to(node: Node, field: str, word: str) -> bool:
    """Would a word in a field that holds numbers come to the same numbers?"""
    try:
        convert(word, terms_of(type(node.layer))[field])
        fields = replace(node.layer, **{field: word}).resolved(*node.given)
    except (ValidationError, LayerError):
        return False
    return field in fields and fields[field] == node.fields.get(field)


def _number(value: Any) -> Any:
    """A number of a field, exact, or the symbol in its place; None for what is none."""
    if isinstance(value, float):
        return whole(Fraction(str(value))) if isfinite(value) else None
    counts = isinstance(value, int) and not isinstance(value, bool)
    return value if counts or hasattr(value, "free_symbols") else None


def _flat(value: Any) -> Iterable[Any]:
    if not isinstance(value, (tuple, list)):
        return (value,)
    return (inner for part in value for inner in _flat(part))
