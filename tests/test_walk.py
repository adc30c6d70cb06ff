"""Every output of random networks against brute force: first, last, sizes, jump and centre, all equal."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import walk

import cnncalc
from cnncalc.network.node import Node
from cnncalc.reach import Beside, Reach

MANY = 20_000
"""How many networks are drawn with `-m whole_zoo`; without it a few of them are."""
FEW = 200
EACH = 100


def exact(axis: Any) -> bool:
    """Is it no bound? A row longer than is kept is one."""
    return not any(isinstance(way, Reach) and way.hull for way in getattr(axis, "ways", (axis,)))


def hold(chain: walk.Chain, number: int, node: Node) -> bool:
    """Compare what every output of a volume sees; False where a bound is given."""
    (axis,) = node.reach or (None,)
    ends = [chain.ends(number, at) for at in range(chain.lengths()[number])]
    sizes = [0 if end is None else end[1] - end[0] + 1 for end in ends]
    assert axis is not None
    if not exact(axis):
        assert node.receptive_field_bound == "≤"
        assert node.receptive_field_smallest is None
        assert node.receptive_field is not None
        assert node.receptive_field >= (max(sizes),)
        return False
    spans = [axis.sees(at) for at in range(len(ends))]
    assert [(span[0], span[-1]) if span else None for span in spans] == ends
    assert (node.receptive_field, node.receptive_field_smallest) == ((max(sizes),), (min(sizes),))
    assert not node.receptive_field_bound
    period = len(getattr(axis, "spans", (0,)))
    once = [(at, Fraction(sum(end), 2)) for at in range(period) if (end := chain.ends(number, at))]
    if isinstance(axis, Beside) or not once:
        return True
    for at, centre in once:
        after = chain.ends(number, at + period)
        assert after is not None
        assert Fraction(sum(after), 2) - centre == period * axis.jump
    mean = sum((centre - at * axis.jump for at, centre in once), Fraction()) / len(once)
    assert axis.middle == 2 * mean + 1
    return True


def of_seeds(seeds: range) -> None:
    bounds = 0  # a row that is too long to be followed is a bound in every layer behind it
    for seed in seeds:
        chain = walk.drawn(seed)
        network = cnncalc.load(chain.spec())
        assert [node.sight.extents for node in network.layers] == [(length,) for length in chain.lengths()[1:]]
        for number, node in enumerate(network.layers, 1):
            bounds += not hold(chain, number, node)
    assert bounds <= len(seeds) // 8


@pytest.mark.parametrize("start", range(0, FEW, EACH))
def test_every_output_sees_what_a_walk_back_finds(start: int) -> None:
    of_seeds(range(start, start + EACH))


@pytest.mark.whole_zoo
@pytest.mark.parametrize("start", range(FEW, MANY, EACH))
def test_every_output_of_many_networks(start: int) -> None:
    of_seeds(range(start, start + EACH))


def test_the_networks_are_worth_it() -> None:
    """Some see alike, some in rows, some along ways of two jumps, and some outputs see nothing."""
    kinds: dict[str, int] = {}
    for seed in range(200):
        for node in cnncalc.load(walk.drawn(seed).spec()).layers:
            (axis,) = node.reach or (None,)
            name = "nothing" if node.receptive_field_smallest == (0,) else type(axis).__name__
            kinds[name] = kinds.get(name, 0) + 1
    assert all(kinds[kind] > 40 for kind in ("Reach", "Rows", "Beside", "nothing"))


def test_the_walk_can_fail() -> None:
    """An upsampling by 3 taken for one by 2."""
    chain = walk.Chain(9)
    chain.add({"upsample": 2}, [0], walk.repeated(9, 27), 18)
    (node,) = cnncalc.load(chain.spec()).layers
    with pytest.raises(AssertionError):
        hold(chain, 1, node)
