"""How far a layer sees: receptive field, jump and start along one axis, as a value that composes.

The recurrence is that of Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks*
(Distill, 2019), equations 2 to 4, kept in whole numbers by following the first window's first value, not its centre.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnncalc.dims import Number, maximum, minimum, whole


class Reach(NamedTuple):
    """What one output sees of an axis of the input: `size` values, moving by `jump`, the first one's from `start` on.

    A layer is a reach on the layer before, so that a network's is a fold. `start` is negative by the padding.

    >>> conv3, pool2 = Reach(3, 1, -1), Reach(2, 2, 0)
    >>> conv3.then(conv3).then(pool2)
    Reach(size=6, jump=2, start=-2)
    """

    size: Number = 1
    jump: Number = 1
    start: Number = 0

    @property
    def middle(self) -> Number:
        """Twice the centre of the first field, in whole numbers: where it looks, whatever its size."""
        return 2 * self.start + self.size

    def then(self, after: Reach) -> Reach:
        """This, followed by a layer that sees `after` of it: r + (F − 1)·j, j·S, s − P·j."""
        return Reach(
            whole(self.size + (after.size - 1) * self.jump),
            whole(self.jump * after.jump),
            whole(self.start + after.start * self.jump),
        )


SELF = Reach()
"""What a layer sees that works on every position by itself."""


def union(paths: Sequence[Reach]) -> Reach:
    """What is seen along several paths that meet: from the first start to the last end, at the widest jump.

    >>> union([Reach(3, 1, -1), Reach(1, 1, 0)])
    Reach(size=3, jump=1, start=-1)
    """
    seen = paths[0]
    for path in paths[1:]:
        if path != seen:
            start = minimum(seen.start, path.start)
            end = maximum(seen.start + seen.size, path.start + path.size)
            seen = Reach(end - start, maximum(seen.jump, path.jump), start)
    return seen
