"""How far a layer sees along one axis: what every output sees, first and last, as a value that composes.

Along convolutions and pools all outputs see alike, and a reach is three numbers (`Reach`): the recurrence of Araujo,
Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks* (Distill, 2019), equations 2 to 4, kept in
whole numbers by following the first window's first value, not its centre. Where outputs lie closer together than
inputs, neighbours see differently, and what repeats is a row of them (`Rows`). Ways of different jump that meet repeat
in nothing, and stay beside one another (`Beside`). A row that is too long is kept as what contains it (a `hull`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import chain, combinations
from math import floor, gcd, lcm
from typing import Any, NamedTuple, TypeAlias

from cnncalc.dims import Number, maximum, minimum, whole

MOST = 4096
"""The longest row of outputs that see differently; a longer one becomes its hull, which is a bound."""
MOST_WORK = 2**18
"""How many taps are followed for one row at most, and how many places are looked at where ways of two jumps meet."""
MOST_WAYS = 16
"""How many ways of different jump are kept beside one another."""


class Reach(NamedTuple):
    """What one output sees of an axis of the input: `size` values, moving by `jump`, the first one's from `start` on.

    A layer is a reach on the layer before, so that a network's is a fold. `start` is negative by the padding. Of its
    own input a dilated layer sees every `gap`-th value only. A `hull` contains what is seen, and is a bound.

    >>> conv3, pool2 = Reach(3, 1, -1), Reach(2, 2, 0)
    >>> conv3.then(conv3).then(pool2)[:3]
    (6, 2, -2)
    """

    size: Any = 1
    jump: Any = 1
    start: Any = 0
    gap: Number = 1
    hull: bool = False

    @property
    def middle(self) -> Any:
        """Twice the centre of the first field, and 1, in whole numbers: where it looks, whatever its size."""
        return 2 * self.start + self.size

    def then(self, after: Own) -> Axis:
        """This, followed by a layer that sees `after` of it: r + (F − 1)·j, j·S, s − P·j."""
        if type(after) is not Reach:
            return composed(self, after)
        size, jump = self.size + (after.size - 1) * self.jump, self.jump * after.jump
        start = self.start + after.start * self.jump
        if self.hull or after.hull:
            return Reach(whole(size), whole(jump), whole(start), hull=True)
        return Reach(size, jump, start)

    def sees(self, at: int) -> range:
        """What the output at a place sees."""
        first = self.start + at * self.jump
        return range(-floor(-first), floor(first + self.size - 1) + 1, self.gap)

    def sizes(self, outputs: Number) -> tuple[Any, Any]:
        """How many values the output sees that sees most, and the one that sees least; None where that is not known."""
        return (self.size // 1, None) if self.hull else (self.size, self.size)

    def bound(self) -> Reach:
        """What contains it, and is followed without a row."""
        return self._replace(gap=1, hull=True)


class Rows(NamedTuple):
    """What outputs see where neighbours see differently: output q·m + r sees `spans[r]`, moved by m times `shift`.

    A span is what is seen from its first value to its last; of a layer's own only these. Outputs that see nothing have
    an empty one.
    """

    shift: int
    spans: tuple[range, ...]

    @property
    def jump(self) -> Any:
        """How far apart neighbouring outputs look on average."""
        return whole(Fraction(self.shift, len(self.spans)))

    @property
    def middle(self) -> Any:
        """Twice the centre of the first field, and 1, as the outputs lie on average."""
        seen = [(at, span) for at, span in enumerate(self.spans) if span]
        apart = sum((span[0] + span[-1] - 2 * at * self.jump for at, span in seen), Fraction())
        return whole(apart / max(len(seen), 1) + 1)

    def then(self, after: Own) -> Axis:
        return composed(self, after)

    def sees(self, at: int) -> range:
        periods, place = divmod(at, len(self.spans))
        return _moved(self.spans[place], periods * self.shift)

    def sizes(self, outputs: Number) -> tuple[Number, Number]:
        there = self.spans[: max(outputs, 1)] if type(outputs) is int else self.spans
        found = [span[-1] - span[0] + 1 if span else 0 for span in there]
        return max(found), min(found)

    def bound(self) -> Reach:
        """Straight lines below every first and above every last value."""
        jump = Fraction(self.shift, len(self.spans))
        seen = [(at * jump, span) for at, span in enumerate(self.spans) if span]
        start = min((span[0] - at for at, span in seen), default=Fraction())
        end = max((span[-1] - at for at, span in seen), default=start - 1)
        return Reach(whole(end - start + 1), whole(jump), whole(start), hull=True)


class Beside(NamedTuple):
    """What is seen along ways of different jump that meet: at every output from the first of them to the last."""

    ways: tuple[Way, ...]

    @property
    def jump(self) -> Any:
        return reduce(maximum, (way.jump for way in self.ways))

    @property
    def middle(self) -> Any:
        return next(way.middle for way in self.ways if way.jump == self.jump)

    def then(self, after: Own) -> Axis:
        found = union([way.then(after) for way in self.ways])
        assert found is not None  # they are as many as before, or fewer
        return found

    def sees(self, at: int) -> range:
        return reduce(_around, (way.sees(at) for way in self.ways))

    def sizes(self, outputs: Number) -> tuple[Any, Any]:
        """How many values the output sees that sees most, and the one that sees least, of those that there are.

        Among outputs that repeat alike along every way the first value is the least of straight lines and the last the
        most: the size is largest at an end, and smallest there or beside a crossing of two.
        """
        listed = [_row(way) for way in self.ways]
        turn = lcm(*(len(way.spans) for way in listed if way))
        places = min(turn, max(outputs, 1)) if type(outputs) is int else MOST_WORK
        if None in listed or places * len(listed) ** 3 > MOST_WORK:
            return self._at_the_ends(outputs) // 1, None
        found = [size for place in range(places) for size in self._along(place, turn, outputs)]
        return max(found), min(found)

    def _along(self, place: int, turn: int, outputs: int) -> Iterator[int]:
        """The sizes of the outputs at `place` and every `turn` further on, where they may be largest or smallest."""
        seen = [(span, way.jump * turn) for way in self.ways if (span := way.sees(place))]
        last = max(outputs - 1 - place, 0) // turn
        times = {0, last}
        for (one, slow), (other, fast) in combinations(seen, 2):
            for value, against in ((one[0], other[0]), (one[-1], other[-1])):
                if slow != fast:
                    crossing = floor(Fraction(value - against) / (fast - slow))
                    times.update(time for time in (crossing, crossing + 1) if 0 < time < last)
        for time in times:
            yield len(self.sees(place + time * turn))

    def _at_the_ends(self, outputs: Any) -> Any:
        """The larger one of the sizes of all hulls together at the first and at the last output."""
        found = []
        for at in (0, outputs - 1):
            starts = [way.bound().start + at * way.jump for way in self.ways]
            ends = [start + way.bound().size for start, way in zip(starts, self.ways, strict=True)]
            found.append(reduce(maximum, ends) - reduce(minimum, starts))
        return maximum(*found)

    def bound(self) -> Beside:
        """What contains it, and is followed without a row."""
        return Beside(tuple(way.bound() for way in self.ways))


Way: TypeAlias = Reach | Rows
Axis: TypeAlias = Reach | Rows | Beside
"""What the outputs of a layer see of one axis of the network's input."""
Own: TypeAlias = Reach | Rows
"""What the outputs of a layer see of its own input."""

SELF = Reach()
"""What a layer sees that works on every position by itself."""


def rows(shift: int, spans: Iterable[range]) -> Reach | Rows:
    """What outputs see that repeat after those spans, in the fewest: three numbers where all see alike."""
    listed = tuple(spans)
    count = len(listed)
    least = count // gcd(shift, count)
    for period in range(least, count + 1, least):
        if count % period == 0 and _repeats(listed, period, shift * period // count):
            shift, listed = shift * period // count, listed[:period]
            break
    span = listed[0]
    if len(listed) == 1 and span:
        return Reach(span[-1] - span[0] + 1, shift, span[0])
    return Rows(shift, listed)


def _repeats(spans: Sequence[range], period: int, shift: int) -> bool:
    return all(
        span.start == before.start + shift and span.stop == before.stop + shift if span else not before
        for span, before in zip(spans[period:], spans, strict=False)
    )


def _moved(span: range, by: int) -> range:
    return range(span.start + by, span.stop + by, span.step)


def composed(before: Way, after: Own) -> Axis:
    """What is seen through another row's outputs, every tap asked that could be the first or the last."""
    outer, inner = _row(before), _row(after)
    if outer is None or inner is None or not 0 < work(before, after) <= MOST_WORK:
        return before.bound().then(after.bound())
    period = len(outer.spans)
    turns = period // gcd(period, inner.shift)
    rising = _rising(outer)
    found = []
    for turn in range(turns):
        for span in inner.spans:
            taps = _moved(span, turn * inner.shift)
            kinds = 1 if rising else period // gcd(period, taps.step)  # of each kind the outermost one says all
            starts = [seen.start for at in taps[:kinds] if (seen := outer.sees(at))]
            stops = [seen.stop for at in taps[-kinds:] if (seen := outer.sees(at))]
            found.append(range(min(starts), max(stops)) if starts else range(0))
    return rows(outer.shift * (turns * inner.shift) // period, found)


def work(before: Axis, after: Own) -> int:
    """About how many taps are followed where a layer comes behind another; 0 where all outputs see alike."""
    if isinstance(before, Beside):
        return sum(work(way, after) for way in before.ways)
    outer, inner = _row(before), _row(after)
    if outer is None or inner is None or type(before) is type(after) is Reach:
        return 0
    period = len(outer.spans)
    outputs = len(inner.spans) * (period // gcd(period, inner.shift))
    if outputs > MOST:
        return 0
    return outputs * (1 if _rising(outer) else min(period, max(map(len, inner.spans)) or 1))


def _row(way: Own) -> Rows | None:
    """The same as a row, of one where all see alike; None where there is no row."""
    if isinstance(way, Rows):
        return way
    return None if way.hull or not _numbers(way) else Rows(way.jump, (way.sees(0),))


def _rising(outer: Rows) -> bool:
    """Do outputs see something, and none begins or ends before the one before it?"""
    around = chain(outer.spans[1:], [_moved(outer.spans[0], outer.shift)])
    return all(outer.spans) and all(
        a.start <= b.start and a.stop <= b.stop for a, b in zip(outer.spans, around, strict=True)
    )


def union(paths: Sequence[Axis]) -> Axis | None:
    """What is seen along several paths that meet: at every output from the first value of any to the last.

    None where that would be more ways of different jump than are kept.

    >>> union([Reach(3, 1, -1), Reach(1, 1, 0)]) == Reach(3, 1, -1)
    True
    """
    groups: dict[Any, Way] = {}
    for path in paths:
        for way in path.ways if isinstance(path, Beside) else (path,):
            known = groups.get(way.jump)
            groups[way.jump] = way if known is None or known == way else _joined(known, way)
    if len(groups) == 1:
        return groups.popitem()[1]
    ways = sorted(groups.values(), key=lambda way: float(way.jump)) if _numbers(groups) else groups.values()
    return Beside(tuple(ways)) if len(groups) <= MOST_WAYS else None


def _joined(one: Way, other: Way) -> Way:
    """What is seen along two ways of one jump."""
    if isinstance(one, Reach) and isinstance(other, Reach):
        start = minimum(one.start, other.start)
        size = maximum(one.start + one.size, other.start + other.size) - start
        return Reach(size, one.jump, start, hull=one.hull or other.hull)
    first, second = _row(one), _row(other)
    period = lcm(len(first.spans), len(second.spans)) if first and second else 0
    if not first or not second or period > MOST:
        return _joined(one.bound(), other.bound())
    shift = first.shift * period // len(first.spans)
    return rows(shift, [_around(first.sees(at), second.sees(at)) for at in range(period)])


def _around(one: range, other: range) -> range:
    """From the first value that is seen to the last."""
    seen = [span for span in (one, other) if span]
    return range(min(span.start for span in seen), max(span.stop for span in seen)) if seen else range(0)


def _numbers(parts: Iterable[Any]) -> bool:
    """Is there no symbol in any of these?"""
    return all(isinstance(part, (int, Fraction)) or (isinstance(part, tuple) and _numbers(part)) for part in parts)
