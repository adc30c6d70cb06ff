"""Two lists of layers side by side: by the names that authors gave, then by what the layers are.

The cheapest way from one list to the other is looked for, in edits: a layer added, removed, renamed, or changed. It is
exact wherever that is affordable, and linear where it is not: lists of 100,000 layers are aligned in bounded time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

from cnncalc.layers.base import Layer, values_of
from cnncalc.network.network import Network
from cnncalc.network.node import Node

Pair: TypeAlias = tuple[int | None, int | None]
"""The places of two layers that belong together; None where one has no counterpart."""

EDIT = 1 << 32
"""What an edit costs; all that only decides between ways of equally many edits is far below."""
MOST_CELLS = 2_000_000
"""How many pairs of layers are weighed at most, which takes a second or two; beyond, pairs are guessed."""
DEEPEST = 20
"""How often a guess is looked at once more, piece by piece."""
UNLIKE = 15
"""As many unlike fields make a difference; more make no further one."""


class Item(NamedTuple):
    """A layer as it is aligned: its name and type, its fields as the author wrote them, and what it is where it stands.

    Layers with the same `own` were written alike; layers with the same `whole` are alike, however they were written.
    """

    name: str
    type: str
    own: tuple[tuple[str, Hashable], ...]
    whole: Hashable
    given: Hashable
    output: Hashable


class Aligned(NamedTuple):
    """What belongs together, in the order of the new list; `moved` are the pairs that stand in another order."""

    pairs: list[Pair]
    moved: set[tuple[int, int]]


def items(network: Network) -> list[Item]:
    """The layers of a network as they are aligned."""
    known: dict[Any, Hashable] = {}
    return [_item(node, known) for node in network.layers]


def _item(node: Node, known: dict[Any, Hashable]) -> Item:
    key = (node.layer, node.given)
    whole = known.get(key)
    if whole is None:
        fields = node.fields
        if node.layer.merges:
            fields.pop(node.layer.main, None)
        whole = known[key] = (node.type, frozen(fields), node.given)
    return Item(node.name, node.type, _own(node.layer), whole, node.given, node.output)


@lru_cache(maxsize=4096)
def _own(layer: Layer) -> tuple[tuple[str, Hashable], ...]:
    """The layer's fields as they were written; which layers it merges is told by its inputs."""
    return tuple(pair for pair in values_of(layer).items() if not (layer.merges and pair[0] == layer.main))


def frozen(value: Any) -> Hashable:
    """Plain data as something that can be looked up."""
    if isinstance(value, dict):
        return tuple((name, frozen(part)) for name, part in value.items())
    return tuple(map(frozen, value)) if isinstance(value, (list, tuple)) else value


def aligned(left: Network, right: Network) -> list[tuple[Node | None, Node | None]]:
    """The layers of two networks side by side, None where one has no counterpart."""
    old, new = left.layers, right.layers
    return [
        (None if i is None else old[i], None if j is None else new[j])
        for i, j in align(items(left), items(right)).pairs
    ]


def both(pairs: Iterable[Pair]) -> list[tuple[int, int]]:
    """The pairs without None."""
    return [(i, j) for i, j in pairs if i is not None and j is not None]


def label(name: str, type: str) -> tuple[str, ...]:
    """What the author said of a layer by its name: the parts of the name without the numbers that layers are given.

    >>> [label(name, "conv") for name in ("conv3", "stage2.1.conv3", "conv1_1", "fire7.squeeze")]
    [('',), ('stage', '', ''), ('conv1_1',), ('fire', 'squeeze')]
    """
    *scopes, last = name.split(".")
    return (*(scope.rstrip("0123456789") for scope in scopes), "" if _counted(last, type) else last)


def _counted(last: str, type: str) -> bool:
    """Is a name its layer's type and number, which says nothing of where the layer stands?"""
    return last.removeprefix(type).strip("_").isdigit()


def _firm(name: str, type: str) -> bool:
    """Did the author give the whole name, so that it means the same layer wherever it stands?"""
    *scopes, last = name.split(".")
    return not _counted(last, type) and not any(scope[-1:].isdigit() for scope in scopes)


def align(old: Sequence[Item], new: Sequence[Item]) -> Aligned:
    """Which layers belong together: those of a name that the author gave, then the cheapest for those between them."""
    places = {item.name: place for place, item in enumerate(new) if _firm(item.name, item.type)}
    named = [
        (place, places[item.name])
        for place, item in enumerate(old)
        if item.name in places and _firm(item.name, item.type)
    ]
    fixed = _rising(named)
    moved = set(named) - set(fixed)
    lists = _Lists(old, new)
    gone = [{pair[side] for pair in moved} for side in (0, 1)]
    pairs: list[Pair] = []
    for (a, c), (b, d) in pairwise([(-1, -1), *fixed, (len(old), len(new))]):
        left = [place for place in range(a + 1, b) if place not in gone[0]]
        right = [place for place in range(c + 1, d) if place not in gone[1]]
        pairs += lists.paired(left, right)
        pairs += [(b, d)] if b < len(old) else []
    return Aligned(list(_with(pairs, sorted(moved, key=lambda pair: pair[1]))), moved)


def _with(pairs: Iterable[Pair], moved: list[tuple[int, int]]) -> Iterator[Pair]:
    """The pairs, and those that have moved where they stand in the new list."""
    waiting = iter([*moved, None])
    following = next(waiting)
    for pair in pairs:
        while following is not None and pair[1] is not None and following[1] < pair[1]:
            yield following
            following = next(waiting)
        yield pair
    while following is not None:
        yield following
        following = next(waiting)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of the pairs, which rise on the left, that rise on the right too."""
    ends: list[int] = []  # the least right end of a rising run of each length
    at: list[int] = []
    before: list[int] = []
    for place, (_, right) in enumerate(pairs):
        length = bisect_left(ends, right)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [right]
        at[length : length + 1] = [place]
    rising = []
    place = at[-1] if at else -1
    while place >= 0:
        rising.append(pairs[place])
        place = before[place]
    return rising[::-1]


class _Keys(NamedTuple):
    """The layers of one list, each property as a number that is the same for equal ones."""

    names: list[int]
    labels: list[int]
    types: list[int]
    owns: list[int]
    wholes: list[int]
    given: list[int]
    outputs: list[int]


class _Lists:
    """Two lists of layers, and how many cells may still be weighed."""

    def __init__(self, old: Sequence[Item], new: Sequence[Item]) -> None:
        self.items = (old, new)
        numbers: tuple[dict[Any, int], ...] = tuple({} for _ in _Keys._fields)
        self.old, self.new = (self._keys(listed, numbers) for listed in (old, new))
        self.room = MOST_CELLS
        self.known: dict[tuple[int, int], int] = {}

    @staticmethod
    def _keys(listed: Sequence[Item], numbers: tuple[dict[Any, int], ...]) -> _Keys:
        names, labels, types, owns, wholes, given, outputs = numbers
        return _Keys(
            [names.setdefault(item.name, len(names)) for item in listed],
            [labels.setdefault(label(item.name, item.type), len(labels)) for item in listed],
            [types.setdefault(item.type, len(types)) for item in listed],
            [owns.setdefault((item.type, item.own), len(owns)) for item in listed],
            [wholes.setdefault(item.whole, len(wholes)) for item in listed],
            [given.setdefault(item.given, len(given)) for item in listed],
            [outputs.setdefault(item.output, len(outputs)) for item in listed],
        )

    def paired(self, left: list[int], right: list[int], depth: int = 0) -> list[Pair]:
        """The pairs of two stretches: alike at both ends, and between them as cheap as can be, or else guessed."""
        head = 0
        while head < min(len(left), len(right)) and self._alike(left[head], right[head]):
            head += 1
        tail = 0
        while tail < min(len(left), len(right)) - head and self._alike(left[-1 - tail], right[-1 - tail]):
            tail += 1
        pairs: list[Pair] = list(zip(left[:head], right[:head], strict=True))
        inner = left[head : len(left) - tail], right[head : len(right) - tail]
        if not inner[0] or not inner[1]:
            pairs += [*((place, None) for place in inner[0]), *((None, place) for place in inner[1])]
        else:
            cheapest = self._cheapest(*inner)
            pairs += self._guessed(*inner, depth) if cheapest is None else cheapest
        return pairs + list(zip(left[len(left) - tail :], right[len(right) - tail :], strict=True))

    def _alike(self, i: int, j: int) -> bool:
        return self.old.wholes[i] == self.new.wholes[j] and self.old.labels[i] == self.new.labels[j]

    def _cheapest(self, left: list[int], right: list[int]) -> list[Pair] | None:
        """The cheapest pairs of two stretches; None where looking for them takes more than there is room for.

        A way of at most so many edits strays from the diagonal by no more than these (Ukkonen 1985), and so only a band
        is weighed, twice as wide as long as the way that was found needs more edits than the band allows.
        """
        longer = len(right) - len(left)
        edits = abs(longer) + 4
        while True:
            edits = min(edits, len(left) + len(right))
            removed, added = (edits - longer) // 2, (edits + longer) // 2
            cells = (len(left) + 1) * (removed + added + 1)
            if 2 * cells > self.room:  # the other half is for the rest
                return None
            self.room -= cells
            cost, pairs = self._banded(left, right, removed, added)
            if cost < (edits + 1) * EDIT:
                return pairs
            edits *= 2

    def _banded(self, left: list[int], right: list[int], removed: int, added: int) -> tuple[int, list[Pair]]:
        """The cheapest way on which at no place more layers are removed, or added, than that; and what it costs."""
        width = removed + added + 1
        beyond = (len(left) + len(right) + 2) * EDIT
        above = [beyond] * (width + 1)
        steps: list[bytearray] = []
        columns = [[keys[place] for place in right] for keys in self.new]
        for row in range(len(left) + 1):
            here = [beyond] * (width + 1)
            taken = bytearray(width)
            weigh = self._weighing(left[row - 1], right, columns) if row else None
            for slot in range(max(0, removed - row), min(width, len(right) - row + removed + 1)):
                column = row + slot - removed
                best, step = (0, 0) if not row and not column else (beyond, 0)
                if weigh is not None:
                    if column and above[slot] < beyond:
                        best = above[slot] + weigh(column - 1)
                    if above[slot + 1] + EDIT <= best:
                        best, step = above[slot + 1] + EDIT, 1
                if slot and here[slot - 1] + EDIT <= best:
                    best, step = here[slot - 1] + EDIT, 2
                here[slot], taken[slot] = best, step
            steps.append(taken)
            above = here
        pairs: list[Pair] = []
        row, column = len(left), len(right)
        cost = above[column - row + removed]
        while row or column:
            step = steps[row][column - row + removed]
            row, column = row - (step != 2), column - (step != 1)
            pairs.append((None if step == 2 else left[row], None if step == 1 else right[column]))
        return cost, pairs[::-1]

    def _weighing(self, i: int, right: list[int], columns: list[list[int]]) -> Callable[[int], int]:
        """What it costs to pair a layer of the old list with each of a stretch of the new one."""
        names, labels, types, owns, wholes, given, outputs = columns
        name, mark, kind, own, whole, volume, output = (keys[i] for keys in self.old)
        known = self.known

        def weigh(column: int) -> int:
            if types[column] != kind:
                return 3 * EDIT  # never: it is cheaper to remove the one and to add the other
            cost = 0
            if owns[column] != own and wholes[column] != whole:
                unlike = known.get((own, owns[column]))
                if unlike is None:
                    fields = set(self.items[0][i].own) ^ set(self.items[1][right[column]].own)
                    unlike = known[own, owns[column]] = min(UNLIKE, len({field for field, _ in fields}))
                cost = EDIT + 8 * unlike
            if labels[column] != mark:
                cost += EDIT
            if cost > 2 * EDIT:
                cost -= 8 * UNLIKE + 8  # a layer that was renamed and changed is one, rather than two
            if given[column] != volume:
                cost += 4
            if outputs[column] != output:
                cost += 2
            return cost if names[column] == name else cost + 1

        return weigh

    def _guessed(self, left: list[int], right: list[int], depth: int) -> list[Pair]:
        """Pairs of stretches that are too long to weigh: what there is once on both sides, then place by place."""
        once = [Counter(keys.wholes[place] for place in part) for keys, part in ((self.old, left), (self.new, right))]
        places = {self.new.wholes[j]: at for at, j in enumerate(right) if once[1][self.new.wholes[j]] == 1}
        common = _rising(
            [
                (at, places[whole])
                for at, i in enumerate(left)
                if once[0][whole := self.old.wholes[i]] == 1 and whole in places
            ]
        )
        if not common or depth >= DEEPEST:
            return list(self._in_step(left, right))
        pairs: list[Pair] = []
        for (a, c), (b, d) in pairwise([(-1, -1), *common, (len(left), len(right))]):
            pairs += self.paired(left[a + 1 : b], right[c + 1 : d], depth + 1)
            pairs += [(left[b], right[d])] if b < len(left) else []
        return pairs

    def _in_step(self, left: list[int], right: list[int]) -> Iterator[Pair]:
        """Layers at the same place where they are of one type; the others have no counterpart."""
        for i, j in zip(left, right, strict=False):
            if self.old.types[i] == self.new.types[j]:
                yield i, j
            else:
                yield i, None
                yield None, j
        yield from ((i, None) for i in left[len(right) :])
        yield from ((None, j) for j in right[len(left) :])
