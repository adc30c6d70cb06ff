"""Windows: kernels, strides and paddings."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

from cnncalc.analysis.rules.base import LintRule, Remark, each, percent, sides
from cnncalc.analysis.rules.view import View, filters, known, slides
from cnncalc.dims import certainly
from cnncalc.network.node import Node
from cnncalc.window import Window

# ------------------------------------------------------------------------------------------------- CNN101, the fraction


def _floored_fraction(view: View, node: Node) -> Remark | None:
    if not slides(node) or not node.warnings:
        return None
    window, side = next(
        (window, side)
        for window, side in zip(node.windows, node.given[0].sides, strict=True)
        if certainly(window.missed(side) > 0)
    )
    rest = window.room(side) % window.stride
    return Remark(
        node,
        node.warnings[0],
        f"a side of {side - rest} or {side + window.stride - rest} leaves no rest; `rounding: ceil` adds a window",
    )


FLOORED_FRACTION = LintRule(
    code="CNN101",
    name="floored-fraction",
    severity="warning",
    says="the division of the output size leaves a rest, and values at the end of the input that no window sees",
    why="""
A window that moves by S fits (W − F + 2P)/S + 1 times. Where that is a fraction the floor is taken, and the last values
of every row and column take no part in anything: the network looks at a smaller picture than it is given. Mostly the
input, the padding or the stride is a slip. The best known one is the AlexNet paper's 224×224 input: an 11×11 kernel
that moves by 4 makes 54.25 of it, and the 55 of the paper need 227.

Nothing is said where only padding is lost, as in a ResNet's 7×7/2 on 224, or no more than the stride skips between any
two windows.
""",
    source="Dumoulin & Visin 2016, arXiv:1603.07285, chapter 2; CS231n course notes, Convolutional Networks",
    example="""
input: 224x224x3
layers:
  - {conv: 96, kernel: 11, stride: 4}
""",
    instead="""
input: 227x227x3
layers:
  - {conv: 96, kernel: 11, stride: 4}
""",
    find=each(_floored_fraction),
)

# --------------------------------------------------------------------------------- CNN102 and CNN107, the large kernels


def _wide(view: View, node: Node) -> tuple[Window, ...] | None:
    """The windows of a convolution whose filters mix several maps, wide along two axes; None of any other layer.

    None of one that covers its whole input either: that is a dense layer, written as a convolution. Nor of a gate.
    """
    if not slides(node) or node.name in view.gates or not certainly(node.layer.maps_seen(*node.given) > 1):
        return None
    windows = node.windows
    if sum(certainly(window.extent > 1) for window in windows) < 2:
        return None
    covers = all(certainly(window.span >= side) for window, side in zip(windows, node.given[0].sides, strict=True))
    return None if covers else windows


def _large(view: View, node: Node) -> tuple[Window, ...] | None:
    """The windows of a kernel above 5 behind other layers with weights."""
    windows = _wide(view, node)
    if windows is None or view.first(node) or not any(certainly(window.extent > 5) for window in windows):
        return None
    return windows


def _large_kernel(view: View, node: Node) -> Remark | None:
    windows = _large(view, node)
    if windows is None:
        return None
    kernel = sides(window.extent for window in windows)
    threes = sides(3 for _ in windows)
    stacked = _stacked(node, windows)
    if stacked is not None:
        message = f"a {kernel} kernel has {node.layer.weights(*node.given):,} weights: {stacked}"
    else:
        area, small = prod(window.extent for window in windows), prod(3 for _ in windows)
        message = f"a {kernel} kernel has {area} weights for each channel that it sees, and a {threes} has {small}"
    turns = ", 1×n and n×1 in turn," if len(windows) == 2 else ""
    return Remark(node, message, f"stack {threes} kernels{turns} or make it a `depthwise_conv`")


LARGE_KERNEL = LintRule(
    code="CNN102",
    name="large-kernel",
    severity="note",
    says="a kernel above 5 behind the first layer, whose filters see several channels",
    why="""
The weights of a kernel grow with its area, what it sees with its side. Three 3×3 layers see 7×7 as well, with 27·C² in
place of 49·C² weights and three nonlinearities in place of one; a 1×7 and a 7×1 in turn have 14·C². Only the first
layer, which sees three channels, has a large kernel cheaply.

Nothing is said of depthwise kernels: there one filter sees one channel, and kernels of 7 (ConvNeXt) to 31 (RepLKNet)
are today's practice. Nor of kernels along one axis, of one that covers the whole map, which is a dense layer, and of
gates that multiply a map (CBAM).
""",
    source="Simonyan & Zisserman 2014, arXiv:1409.1556, section 2.3; Szegedy et al. 2015, arXiv:1512.00567, section 3; "
    "for depthwise kernels Liu et al. 2022, arXiv:2201.03545, section 2.5, and Ding et al. 2022, arXiv:2203.06717",
    example="""
input: 56x56x64
layers:
  - conv3-64
  - relu
  - conv7-64
  - relu
""",
    instead="""
input: 56x56x64
layers:
  - conv3-64
  - relu
  - {layers: [conv3-64, relu], repeat: 3}
""",
    find=each(_large_kernel),
)


def _smaller_stack(view: View, node: Node) -> Remark | None:
    windows = _wide(view, node)
    if windows is None or _large(view, node) is not None:
        return None
    stacked = _stacked(node, windows)
    if stacked is None:
        return None
    kernel = sides(window.extent for window in windows)
    return Remark(node, f"a {kernel} kernel has {node.layer.weights(*node.given):,} weights: {stacked}", _STACK_HELP)


STACKED = (5, 31)
"""From which extent to which a stack of 3×3 is held against a kernel."""
_STACK_HELP = "a nonlinearity between them makes the stack more than the one kernel"


def _stacked(node: Node, windows: tuple[Window, ...]) -> str | None:
    """What a stack of 3×3 that sees the same would have, where that is less; None where there is none such.

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
    weights = sum(area * before * after // groups for before, after in pairwise(depths))
    if weights >= node.layer.weights(*node.given):
        return None
    threes = sides(3 for _ in windows)
    return f"{count} of {threes} see as far with {weights:,} ({' → '.join(f'{depth:,}' for depth in depths)} channels)"


def between(first: int, last: int, steps: int) -> list[int]:
    """Depths from one to another in that many steps, each as many times as deep as the one before, rounded down.

    >>> between(64, 64, 3), between(16, 36, 2)
    ([64, 64, 64, 64], [16, 24, 36])
    """
    return [first, *(_root(first ** (steps - step) * last**step, steps) for step in range(1, steps)), last]


def _root(value: int, power: int) -> int:
    """The largest whole number whose power is at most the value."""
    low, high = 0, 1 << (value.bit_length() // power + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**power <= value else (low, middle - 1)
    return low


SMALLER_STACK = LintRule(
    code="CNN107",
    name="smaller-stack",
    severity="note",
    says="a kernel of 5 or more that moves by 1, where a stack of 3×3 sees as far with fewer weights",
    why="""
Two 3×3 layers see 5×5, three see 7×7. With C channels throughout that is 18·C² in place of 25·C² weights, 28 % fewer,
and 27·C² in place of 49·C², and between the layers there is room for nonlinearities. Where input and output differ in
depth, the stack is counted with layers that each make their input deeper by the same factor.

Nothing is said where the stack would not be smaller, as it mostly is in the first layer. Kernels above 5 behind the
first layer are the business of `large-kernel`, and not said twice.
""",
    source="Simonyan & Zisserman 2014, arXiv:1409.1556, section 2.3; Szegedy et al. 2015, arXiv:1512.00567, "
    "section 3.1",
    example="""
input: 28x28x64
layers:
  - conv5-64
  - relu
""",
    instead="""
input: 28x28x64
layers:
  - {layers: [conv3-64, relu], repeat: 2}
""",
    find=each(_smaller_stack),
)

# --------------------------------------------------------------------------------------------- CNN103, the even kernels


def _even_kernel(view: View, node: Node) -> Remark | None:
    if not any(_beside(window) for window in node.windows):
        return None
    axes = zip(node.windows, node.given[0].sides, node.output.sides, strict=True)
    window, side, after = next(axis for axis in axes if _beside(axis[0]))
    made = f"makes {after} of {side}" if known(side, after) else "changes the size"
    odd = f"{window.extent - 1} or {window.extent + 1}" if window.extent > 2 else f"{window.extent + 1}"
    way_out = "`padding: same` keeps the size, and looks half a value to the side"
    return Remark(
        node,
        f"a window of {window.extent} with a padding of {window.before} on both sides {made}, and looks between values",
        f"use {odd}; {way_out}",
    )


def _beside(window: Window) -> bool:
    """Is a window of even span, under padding that is the same on both sides, centred beside what it should be on?"""
    if not known(*window) or window.before != window.after or not window.before:
        return False
    divided = window.stride > 1 and window.span % window.stride == 0
    return window.span % 2 == 0 and window.stride % 2 == 1 and not divided


EVEN_KERNEL = LintRule(
    code="CNN103",
    name="even-kernel",
    severity="warning",
    says="an even kernel under padding that is the same on both sides, which can keep neither size nor place",
    why="""
A window of even extent has no middle value. Under the same padding on both sides an output lies between two inputs, and
there is one output less, or one more, than there are inputs: `conv4-64` makes 31 of 32. What is made so can not be
added to what it came from, and layers that follow one another drift apart from it. `padding: same` puts the odd value
at one end; that keeps the size, but every layer then looks half a value further to one side.

Nothing is said of an even kernel that moves by an even stride, or by one that divides it: 4/2 with a padding of 1, as
most write DCGAN, looks exactly at the middle of the two values that it replaces. Nor of windows without padding.
""",
    source="Wu et al. 2019, arXiv:1903.08385, section 3; for strides Odena et al. 2016, "
    "Deconvolution and Checkerboard Artifacts, Distill",
    example="""
input: 32x32x64
layers:
  - {conv: 64, kernel: 4, padding: 1}
""",
    instead="""
input: 32x32x64
layers:
  - {conv: 64, kernel: 4, stride: 2, padding: 1}
  - {conv: 64, kernel: 3, padding: 1}
""",
    find=each(_even_kernel),
)

# ------------------------------------------------------------------------------------------ CNN104, the early shrinking

SHRUNK = Fraction(1, 8)
"""Above which part of a side a loss before the first reduction matters."""


def _early_shrinking(view: View) -> Iterator[Remark]:
    """The layer by which more than an eighth of a side is gone, before anything has reduced the resolution."""
    lost: dict[str, tuple[Any, ...]] = {name: (0,) * volume.rank for name, volume in view.network.inputs.items()}
    shrinking = dict.fromkeys(view.network.inputs, 0)
    for node in view.network.layers:
        arriving = [lost[name] for name in node.inputs if name in lost]
        if len(arriving) < len(node.inputs) or not _keeps_resolution(node):
            continue
        before = max(node.inputs, key=lambda name: lost[name])
        own = _shrinks(node)
        lost[node.name] = tuple(a + b for a, b in zip(lost[before], own, strict=True)) if any(own) else lost[before]
        shrinking[node.name] = shrinking[before] + any(own)
        crossed = [
            (gone, side)
            for gone, was, side in zip(lost[node.name], lost[before], _sides_before(node, lost[before]), strict=True)
            if gone > SHRUNK * side >= was
        ]
        if crossed and any(own):
            gone, side = crossed[0]
            count = shrinking[node.name]
            what = f"{count} unpadded convolutions take" if count > 1 else "an unpadded convolution takes"
            yield Remark(
                node,
                f"{what} {gone} of {side} values off a side before anything reduces the resolution",
                "`padding: half` keeps the size; or give the input a margin, as LeNet-5 does",
            )


def _keeps_resolution(node: Node) -> bool:
    """Are neighbouring values of the output still neighbours in the network's input?"""
    jump = node.jump
    same_rank = jump is not None and all(volume.rank == node.output.rank for volume in node.given)
    return same_rank and all(step == 1 for step in jump or ()) and known(*node.output.sides, *node.given[0].sides)


def _shrinks(node: Node) -> tuple[int, ...]:
    """How much a convolution that moves by 1 takes off each side because it is padded too little."""
    if not slides(node) or not filters(node):
        return (0,) * node.output.rank
    return tuple(max(window.span - 1 - window.padding, 0) for window in node.windows)


def _sides_before(node: Node, lost: tuple[Any, ...]) -> list[int]:
    """The sides that arrive, with what was taken off them."""
    return [side + gone for side, gone in zip(node.given[0].sides, lost, strict=True)]


EARLY_SHRINKING = LintRule(
    code="CNN104",
    name="early-shrinking",
    severity="note",
    says="too little padding takes more than an eighth off a side before anything reduces the resolution",
    why="""
A convolution that moves by 1 without padding makes the map smaller by its extent less one, and what stands at the
border is seen by few windows. At the front of a network that costs information that nothing has looked at yet. Padding
by half of the kernel keeps the resolution, so that pooling or strides alone decide on it.

Counted are convolutions that move by 1, up to the first layer that reduces the resolution; reported is the one by which
more than an eighth of a side is gone. Some networks leave the padding out on purpose and are given a larger input:
LeNet-5 has 32×32 for characters of at most 20×20, U-Net 572×572 for a result of 388×388.
""",
    source="Simonyan & Zisserman 2014, arXiv:1409.1556, section 2.1; CS231n course notes, Convolutional Networks; "
    "for margins LeCun et al. 1998, section II.B, and Ronneberger et al. 2015, arXiv:1505.04597",
    example="""
input: 28x28x1
layers:
  - {conv: 32, kernel: 3}
  - relu
  - {conv: 64, kernel: 3}
  - relu
  - maxpool2
""",
    instead="""
input: 28x28x1
layers:
  - {conv: 32, kernel: 3, padding: half}
  - relu
  - {conv: 64, kernel: 3, padding: half}
  - relu
  - maxpool2
""",
    find=_early_shrinking,
)

# ------------------------------------------------------------------------------- CNN105, windows on nothing but padding


def _only_padding(view: View, node: Node) -> Remark | None:
    if not slides(node) or not known(*node.output.sides, *node.given[0].sides, *(x for w in node.windows for x in w)):
        return None
    shown = list(zip(node.windows, node.given[0].sides, node.output.sides, strict=True))
    blind = prod(node.output.sides) - prod(_sighted(*axis) for axis in shown)
    if not blind:
        return None
    kernel = sides(window.extent for window in node.windows)
    padding = sides(max(window.before, window.after) for window in node.windows)
    most = sides((window.span - 1) // 2 for window in node.windows)
    return Remark(
        node,
        f"a padding of {padding} around a {kernel} window: {blind:,} of the {sides(node.output.sides)} outputs "
        "see nothing else",
        f"half of the window, which keeps the size, is {most}",
    )


def _sighted(window: Window, side: int, positions: int) -> int:
    """How many windows along an axis hold a value of the input."""
    first = max((window.before - window.span) // window.stride + 1, 0)
    last = min((side - 1 + window.before) // window.stride, positions - 1)
    return max(last - first + 1, 0)


ONLY_PADDING = LintRule(
    code="CNN105",
    name="only-padding",
    severity="error",
    says="padding as large as the kernel, so that outputs at the border see nothing but padding",
    why="""
A padding of F − 1 is the most with which every window still holds a value of the input ("full" padding). From F on the
outermost windows hold padding alone: their outputs are the same for every picture, and the map grows by them. Mostly
the padding of a 3×3 was left on a kernel that became 1×1.
""",
    source="Dumoulin & Visin 2016, arXiv:1603.07285, section 2.2.2",
    example="""
input: 14x14x256
layers:
  - {conv: 64, kernel: 1, padding: 1}
""",
    instead="""
input: 14x14x256
layers:
  - {conv: 64, kernel: 1}
""",
    find=each(_only_padding),
)

# ------------------------------------------------------------------------------------------ CNN106, what a stride skips


def _skipped_input(view: View, node: Node) -> Remark | None:
    if not slides(node) or not any(_skips(*axis) for axis in zip(node.windows, node.given[0].sides, strict=True)):
        return None
    seen = prod(Fraction(min(window.span, window.stride), window.stride) for window in node.windows)
    kernel = sides(window.extent for window in node.windows)
    stride = sides(window.stride for window in node.windows)
    return Remark(
        node,
        f"a {kernel} window that moves by {stride} skips {percent(1 - seen)} of its input",
        "move by that much where the window is at least as large, or pool first: `avgpool2`, then a 1×1",
    )


def _skips(window: Window, side: Any) -> bool:
    """Do values of a side lie between two windows?"""
    return known(*window, side) and window.stride > window.span and side > window.span


SKIPPED_INPUT = LintRule(
    code="CNN106",
    name="skipped-input",
    severity="note",
    says="a stride larger than the kernel, so that values of the input lie between two windows and are never seen",
    why="""
A 1×1 convolution that moves by 2 looks at one value of every four; the other three were computed for nothing, as far as
this layer goes. The shortcuts of ResNets do so. ResNet-B moves the stride from the 1×1 to the 3×3 of the block, and
ResNet-D pools before the 1×1 of the shortcut; both cost little and gain accuracy.
""",
    source="Tong He et al. 2018, arXiv:1812.01187, section 4.2",
    example="""
input: 56x56x256
layers:
  - {conv: 512, kernel: 1, stride: 2}
""",
    instead="""
input: 56x56x256
layers:
  - avgpool2
  - conv1-512
""",
    find=each(_skipped_input),
)

# ------------------------------------------------------------------------------------------- CNN108, a map of one value


def _conv_on_a_point(view: View, node: Node) -> Remark | None:
    matrix = node.layer.matrix(*node.given) if slides(node) else None
    if matrix is None or not all(certainly(side <= 1) for side in node.given[0].sides) or node.name in view.gates:
        return None
    ones = sides(1 for _ in node.windows)
    return Remark(
        node,
        f"a {ones} convolution of a {ones} map is a dense layer of {matrix[1]} units",
        f"`fc-{matrix[1]}` says so",
    )


CONV_ON_A_POINT = LintRule(
    code="CNN108",
    name="conv-on-a-point",
    severity="note",
    says="a 1×1 convolution of a map of one position, which is a dense layer under another name",
    why="""
At a single position a 1×1 convolution multiplies all channels by one matrix, and so does a dense layer: counts and
results are the same. Who reads `fc-1280` sees at once that no place is left in the map.

Nothing is said inside of a gate (squeeze-and-excitation), where the 1×1 form is customary.
""",
    source="Long et al. 2014, arXiv:1411.4038, section 3.1; Lin et al. 2013, arXiv:1312.4400, section 3.1",
    example="""
input: 7x7x512
layers:
  - global_avgpool
  - conv1-128
  - relu
  - fc-10
""",
    instead="""
input: 7x7x512
layers:
  - global_avgpool
  - fc-128
  - relu
  - fc-10
""",
    find=each(_conv_on_a_point),
)

# ----------------------------------------------------------------------------------------------- CNN109, uneven overlap


def _uneven_overlap(view: View, node: Node) -> Remark | None:
    if not node.layer.spreads:
        return None
    uneven = [window for window in node.windows if _uneven(window)]
    if not uneven:
        return None
    window = uneven[0]
    few = window.extent // window.stride
    multiples = " or ".join(str(times * window.stride) for times in (few, few + 1) if times)
    return Remark(
        node,
        f"a kernel of {window.extent} spread by {window.stride} overlaps unevenly: "
        f"outputs are made of {few} or {few + 1} inputs along an axis",
        f"use a kernel of {multiples}, or `upsample` and a convolution behind it",
    )


def _uneven(window: Window) -> bool:
    return known(*window) and window.dilation == 1 and window.stride > 1 and window.extent % window.stride > 0


UNEVEN_OVERLAP = LintRule(
    code="CNN109",
    name="uneven-overlap",
    severity="note",
    says="a transposed convolution whose stride does not divide its kernel, which draws a checkerboard",
    why="""
A transposed convolution spreads each input over a window of the output. Where the stride does not divide the kernel,
some outputs lie under more windows than their neighbours, in a pattern that repeats: a checkerboard in two dimensions.
Training can even it out in principle, and mostly does not. A kernel that is a multiple of the stride (2/2 in U-Net, 4/2
as most write DCGAN) covers all outputs alike; so does an `upsample` with a convolution behind it.
""",
    source="Odena et al. 2016, Deconvolution and Checkerboard Artifacts, Distill",
    example="""
input: 16x16x64
layers:
  - {conv_transpose: 32, kernel: 3, stride: 2, padding: 1, output_padding: 1}
""",
    instead="""
input: 16x16x64
layers:
  - {conv_transpose: 32, kernel: 4, stride: 2, padding: 1}
""",
    find=each(_uneven_overlap),
)

RULES = (
    FLOORED_FRACTION,
    LARGE_KERNEL,
    EVEN_KERNEL,
    EARLY_SHRINKING,
    ONLY_PADDING,
    SKIPPED_INPUT,
    SMALLER_STACK,
    CONV_ON_A_POINT,
    UNEVEN_OVERLAP,
)
