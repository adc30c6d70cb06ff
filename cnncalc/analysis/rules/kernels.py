"""Wide kernels, and the stacks of 3×3 that see as far; for the rules large-kernel and smaller-stack."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from cnncalc.analysis.rules.base import View, known, sides, slides
from cnncalc.dims import certainly
from cnncalc.network.node import Node
from cnncalc.window import Window


def wide(view: View, node: Node) -> tuple[Window, ...] | None:
    """The windows of a convolution whose filters mix several maps, wide along two axes; None for any other layer.

    None also for a gate, for one that covers its whole input (a dense layer, written as a convolution), and for one
    whose weights are each used once.
    """
    if not slides(node) or node.name in view.gates or not certainly(node.layer.maps_seen(*node.given) > 1):
        return None
    windows = node.windows
    if sum(certainly(window.extent > 1) for window in windows) < 2:
        return None
    covers = all(certainly(window.span >= side) for window, side in zip(windows, node.given[0].sides, strict=True))
    once = certainly(node.macs <= node.layer.weights(*node.given))
    return None if covers or once else windows


def large(view: View, node: Node) -> tuple[Window, ...] | None:
    """The windows of a kernel above 5 after other layers with weights."""
    windows = wide(view, node)
    later = not view.worked.isdisjoint(node.inputs)
    return windows if windows and later and any(certainly(window.extent > 5) for window in windows) else None


STACKED = (5, 31)
"""The smallest and the largest kernel that a stack of 3×3 is compared with."""


def stack_of_threes(node: Node, windows: tuple[Window, ...]) -> str | None:
    """What a kernel has, and what a stack of 3×3 that sees the same would have, where that is less; else None.

    Each of its layers makes its input deeper by the same factor (Szegedy et al. 2015, section 3.1).
    """
    extent = windows[0].extent
    plain = all((window.extent, window.stride, window.dilation) == (extent, 1, 1) for window in windows)
    whole = known(extent, *node.given[0], node.output.channels)
    if not whole or not plain or extent % 2 == 0 or not STACKED[0] <= extent <= STACKED[1]:
        return None
    count = (extent - 1) // 2
    groups = node.given[0].channels // node.layer.maps_seen(*node.given)
    depths = between(node.given[0].channels, node.output.channels, count)
    if any(depth % groups for depth in depths):
        return None
    area = prod(3 for _ in windows)
    stacked = sum(area * before * after // groups for before, after in pairwise(depths))
    weights = node.layer.weights(*node.given)
    if stacked >= weights:
        return None
    kernel, threes = sides(window.extent for window in windows), sides(3 for _ in windows)
    return (
        f"a {kernel} kernel has {weights:,} weights: {count} of {threes} have the same receptive field "
        f"with {stacked:,} ({' → '.join(f'{depth:,}' for depth in depths)} channels)"
    )


def between(first: int, last: int, steps: int) -> list[int]:
    """Depths from one to another in that many steps, each as many times as deep as the one before, rounded down.

    >>> between(64, 64, 3), between(16, 36, 2)
    ([64, 64, 64, 64], [16, 24, 36])
    """
    return [first, *(_root(first ** (steps - step) * last**step, steps) for step in range(1, steps)), last]


def _root(value: int, power: int) -> int:
    """The largest whole number whose power is at most the value."""
    root: int = round(value ** (1 / power))
    return root if root**power <= value else root - 1
