"""A brute-force oracle for single layers: windows are slid, values touched and counted, one by one.

Written from the definitions of the layers alone, with plain loops over plain indices; it imports nothing of cnncalc, so
that the two can only agree by both being right. Nothing here is fast: give it volumes of a few hundred values.

A *place* is the index of one value in a channels-last volume: (y, x, channel), (z, y, x, channel), (position, channel).
Places outside of the volume are padding. By convention a weight that meets padding is counted like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count as counting
from itertools import product
from math import prod
from typing import Any, NamedTuple

import walk

Volume = tuple[int, ...]
Place = tuple[int, ...]
Fields = dict[str, Any]


class Refused(Exception):  # noqa: N818
    """The layer does not exist on this input: no window fits, groups do not divide, a size is nought."""


class Operation(NamedTuple):
    """Operations of one kind beside multiply-adds: values made, and read where that differs; `detail` says by what."""

    kind: str
    made: int
    read: int = 0
    detail: str = ""


@dataclass
class Counts:
    """What one layer on one input comes to.

    A receptive field of None is a layer that sees the whole input. A jump of None along one axis cannot be told from
    this input: there is one output value only.
    """

    output: Volume
    weights: int = 0
    biases: int = 0
    buffers: int = 0
    macs: int = 0
    flops: int = 0
    operations: list[Operation] = field(default_factory=list)
    activations: int = 0
    receptive_field: tuple[int, ...] | None = None
    jump: tuple[int | Fraction | None, ...] | None = None
    warned: bool = False


def count(inputs: Sequence[Volume], layer: Mapping[str, Any]) -> Counts:
    """Count a layer written as in a spec: the first key is the type and holds the main argument."""
    kind, main = next(iter(layer.items()))
    fields = {key: value for key, value in layer.items() if key != kind}
    for volume in inputs:
        require(len(volume) >= 2 and all(whole(extent, 1) for extent in volume), "an input without values")
    counts = LAYERS[kind](list(inputs), main, fields)
    counts.operations = [each._replace(detail=each.detail or kind) for each in counts.operations]
    return counts


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Refused(otherwise)


def whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def per_axis(value: Any, rank: int, least: int) -> list[int]:
    """`3`, `[1, 7]` or `1x7`, as one whole number per axis."""
    if isinstance(value, str):
        value = [int(part) for part in value.split("x")]
    values = list(value) if isinstance(value, (list, tuple)) else [value] * rank
    require(len(values) == rank, f"{value} for {rank} axes")
    require(all(whole(each, least) for each in values), f"{value} is not at least {least}")
    return values


def places(volume: Volume) -> Iterable[Place]:
    return product(*(range(extent) for extent in volume))


# --- windows on one axis ----------------------------------------------------------------------------------------------


@dataclass
class Windows:
    """The windows along one axis: each is the list of positions it covers. Position 0 is the first of the input."""

    every: list[list[int]]
    after: int
    span: int
    step: int
    warned: bool


def ends(side: int, kernel: int, stride: int, dilation: int, padding: Any) -> tuple[int, int]:
    """Padding at the start and at the end of one axis."""
    reach = dilation * (kernel - 1) + 1
    if padding == "valid":
        return 0, 0
    if padding == "half":
        return (reach - 1) // 2, (reach - 1) // 2
    if padding == "causal":
        return reach - 1, 0
    if padding == "same":
        wanted = len(range(0, side, stride))  # a window for every stride-th value
        missing = max(0, (wanted - 1) * stride + reach - side)
        return missing // 2, missing - missing // 2
    start, end = padding
    return start, end


def paddings(padding: Any, rank: int) -> list[Any]:
    """One word or one (start, end) per axis."""
    if isinstance(padding, str):
        require(padding in ("valid", "half", "same", "causal"), f"padding {padding}")
        require(padding != "causal" or rank == 1, "causal has one axis")
        return [padding] * rank
    if isinstance(padding, list) and padding and isinstance(padding[0], list):
        require(len(padding) == rank, "a pair per axis")
        return [tuple(per_axis(pair, 2, 0)) for pair in padding]
    return [(each, each) for each in per_axis(padding, rank, 0)]


def slide(side: int, kernel: int, stride: int, dilation: int, padding: Any, rounding: str = "floor") -> Windows:
    """Lay windows on one axis, from the start of the padding on, for as long as they may be laid."""
    start, end = ends(side, kernel, stride, dilation, padding)
    stop = side + end

    def at(index: int) -> list[int]:
        return [-start + index * stride + dilation * element for element in range(kernel)]

    def fits(index: int) -> bool:
        return at(index)[-1] < stop

    every = []
    for index in counting():
        something_is_left = at(index - 1)[-1] + 1 < stop
        begins_inside = at(index)[0] < side
        if (something_is_left and begins_inside) if rounding == "ceil" else fits(index):
            every.append(at(index))
        else:
            break
    require(bool(every), f"a window of {kernel} on {side}")
    if rounding == "exact":
        require(every[-1][-1] == stop - 1, "the windows do not end with the input")
    first, second = at(0), at(1)
    seen = {position for window in every for position in window}
    unseen_at_the_end = [position for position in range(side) if position > max(seen)]
    between_two_windows = max(0, second[0] - first[-1] - 1)
    return Windows(
        every,
        after=end,
        span=first[-1] - first[0] + 1,
        step=second[0] - first[0],
        warned=len(unseen_at_the_end) > between_two_windows,
    )


def windows(sides: Volume, kernel: Any, fields: Fields, stride: Any = 1) -> list[Windows]:
    """The windows along every axis, from the fields of a layer that slides."""
    rank = len(sides)
    kernels = per_axis(kernel, rank, 1)
    strides = per_axis(fields.get("stride", stride), rank, 1)
    dilations = per_axis(fields.get("dilation", 1), rank, 1)
    pads = paddings(fields.get("padding", 0), rank)
    rounding = fields.get("rounding", "floor")
    return [
        slide(side, kernel, stride, dilation, padding, rounding)
        for side, kernel, stride, dilation, padding in zip(sides, kernels, strides, dilations, pads, strict=True)
    ]


# --- convolutions -----------------------------------------------------------------------------------------------------


def groups_of(maps: int, groups: int) -> list[range]:
    require(whole(groups, 1) and maps % groups == 0, f"{maps} maps in {groups} groups")
    size = maps // groups
    return [range(group * size, (group + 1) * size) for group in range(groups)]


def connect(filters: int, channels: int, fields: Fields) -> dict[Any, list[tuple[int, Any]]]:
    """For every output map, the input maps it sees, each with the name of the kernel that is laid on it."""
    connections = fields.get("connections")
    if connections == "local":
        require(fields.get("groups", 1) == 1, "its filters see all maps")
    if connections == "shared":
        return {each: [(channel, each) for channel in range(channels)] for each in range(filters)}
    if connections == "per_map":
        return {(each, channel): [(channel, each)] for channel in range(channels) for each in range(filters)}
    if isinstance(connections, list):
        require(len(connections) == filters, "one list per output map")
        for seen in connections:
            require(bool(seen) and len(set(seen)) == len(seen), "an output map sees some input maps, each once")
            require(all(whole(channel, 0) and channel < channels for channel in seen), "an input map that is not there")
        return {each: [(channel, (each, channel)) for channel in seen] for each, seen in enumerate(connections)}
    groups = fields.get("groups", 1)
    seen_by = zip(groups_of(filters, groups), groups_of(channels, groups), strict=True)
    return {
        each: [(channel, (each, channel)) for channel in their_channels]
        for their_filters, their_channels in seen_by
        for each in their_filters
    }


def fused(fields: Fields, values: int, channels: int, counts: Counts, filters: int = 0) -> Counts:
    """A fused activation: one operation per value, and the weights of a prelu; before it a gain for each filter."""
    counts.weights += filters if fields.get("gain") else 0
    activation = fields.get("activation")
    if activation is not None:
        counts.flops += values
        counts.operations.append(applied(activation, counts.output))
        counts.weights += channels if activation == "prelu" else 0
    return counts


def applied(function: str, output: Volume, groups: int = 1) -> Operation:
    """A function of every value; a softmax divides the values of a position, or of a group there, by their sum."""
    sums = {(*at, group) for *at, _ in places(output) for group in range(groups)} if function == "softmax" else set()
    return Operation("activation", sum(1 for _ in places(output)), len(sums), function)


def touch(axes: list[Windows], maps: dict[Any, list[tuple[int, Any]]], fields: Fields, biases: int) -> Counts:
    """Lay every kernel on every window of every map it sees, and count what meets; local kernels are laid once."""
    weights, at = set(), 0
    touches = values = 0
    for place, window in enumerate(product(*(axis.every for axis in axes))):
        at = place if fields.get("connections") == "local" else 0
        for seen in maps.values():
            values += 1
            for element in product(*(range(len(positions)) for positions in window)):
                for _channel, kernel in seen:
                    touches += 1
                    weights.add((at, kernel, element))
    biases *= at + 1
    with_bias = fields.get("bias", True)
    counts = Counts(
        output=(*(len(axis.every) for axis in axes), len(maps)),
        weights=len(weights),
        biases=biases if with_bias else 0,
        macs=touches,
        flops=2 * touches + (values if with_bias else 0),
        operations=[Operation("bias", values)] if with_bias else [],
        activations=values,
        receptive_field=tuple(axis.span for axis in axes),
        jump=tuple(axis.step for axis in axes),
        warned=any(axis.warned for axis in axes),
    )
    return fused(fields, values, len(maps), counts, filters=biases)


def conv(inputs: list[Volume], filters: Any, fields: Fields) -> Counts:
    *sides, channels = inputs[0]
    require(whole(filters, 1), "no filters")
    maps = connect(filters, channels, fields)
    return touch(windows(tuple(sides), fields["kernel"], fields), maps, fields, biases=filters)


def depthwise_conv(inputs: list[Volume], multiplier: Any, fields: Fields) -> Counts:
    *sides, channels = inputs[0]
    multiplier = 1 if multiplier is None else multiplier
    require(whole(multiplier, 1), "no filters")
    maps = {(channel, copy): [(channel, (channel, copy))] for channel in range(channels) for copy in range(multiplier)}
    return touch(windows(tuple(sides), fields["kernel"], fields), maps, fields, biases=len(maps))


def separable_conv(inputs: list[Volume], filters: Any, fields: Fields) -> Counts:
    """A depthwise convolution without a bias, then a pointwise one; only what the second gives is kept."""
    sliding = {
        key: value for key, value in fields.items() if key in ("kernel", "stride", "padding", "dilation", "rounding")
    }
    depthwise = depthwise_conv(inputs, fields.get("multiplier", 1), {**sliding, "bias": False})
    ending = {key: value for key, value in fields.items() if key in ("bias", "activation")}
    pointwise = conv([depthwise.output], filters, {"kernel": 1, **ending})
    pointwise.weights += depthwise.weights
    pointwise.macs += depthwise.macs
    pointwise.flops += depthwise.flops
    pointwise.receptive_field, pointwise.jump = depthwise.receptive_field, depthwise.jump
    pointwise.warned = depthwise.warned
    return pointwise


def conv_transpose(inputs: list[Volume], filters: Any, fields: Fields) -> Counts:
    """Every input value is multiplied with every weight it meets, and the products land on the output."""
    *sides, channels = inputs[0]
    rank = len(sides)
    require(whole(filters, 1), "no filters")
    kernels = per_axis(fields["kernel"], rank, 1)
    strides = per_axis(fields.get("stride", 1), rank, 1)
    dilations = per_axis(fields.get("dilation", 1), rank, 1)
    extras = per_axis(fields.get("output_padding", 0), rank, 0)
    wanted = per_axis(fields["size"], rank, 1) if "size" in fields else None
    require(wanted is None or not any(extras), "two sizes")
    pads = paddings(fields.get("padding", 0), rank)
    maps = connect(filters, channels, {"groups": fields.get("groups", 1)})

    extents, fields_seen, blind = [], [], False
    for axis, (side, kernel, stride, dilation, padding, extra) in enumerate(
        zip(sides, kernels, strides, dilations, pads, extras, strict=True)
    ):
        require(extra < max(stride, dilation), "more output padding than a step")
        lands_on = {at * stride + element * dilation for at in range(side) for element in range(kernel)}
        whole_extent = max(lands_on) + 1
        if padding == "same":
            extent = side * stride + extra
            start = max(dilation * (kernel - 1) + 1 - stride, 0) // 2
        else:
            start, end = ends(side, kernel, stride, dilation, padding)
            extent = whole_extent - start - end + extra
        if wanted is not None:
            reachable = [extent] if padding == "same" else range(extent, extent + max(stride, dilation))
            require(wanted[axis] in reachable, "no output padding comes to that")
            extent = wanted[axis]
        require(extent >= 0, "less than nothing is left of the output")  # PyTorch gives volumes without values
        extents.append(extent)
        fields_seen.append(seen_from_behind(kernel, stride, dilation, start, extent))
        blind = blind or any(not reached(at + start, kernel, stride, dilation) for at in range(extent))

    weights = set()
    touches = 0
    for *_place, channel in places((*sides, channels)):
        for element in product(*(range(kernel) for kernel in kernels)):
            for seen in maps.values():
                for its_channel, name in seen:
                    if its_channel == channel:
                        touches += 1
                        weights.add((name, element))
    values = prod(extents) * filters
    with_bias = fields.get("bias", True)
    counts = Counts(
        output=(*extents, filters),
        weights=len(weights),
        biases=filters if with_bias else 0,
        macs=touches,
        flops=2 * touches + (values if with_bias else 0),
        operations=[Operation("bias", values)] if with_bias else [],
        activations=values,
        receptive_field=tuple(fields_seen),
        jump=tuple(Fraction(1, stride) for stride in strides),
        warned=values == 0 or blind,
    )
    return fused(fields, values, filters, counts, filters)


def reached(output: int, kernel: int, stride: int, dilation: int) -> list[int]:
    """The input values, the input going on on both sides, that a transposed convolution spreads over an output."""
    far = dilation * kernel + stride
    near = output // stride
    taps = {element * dilation for element in range(kernel)}
    return [at for at in range(near - far, near + far + 1) if output - at * stride in taps]


def seen_from_behind(kernel: int, stride: int, dilation: int, start: int, extent: int) -> int:
    """From the first to the last of them: how many, for the output of those that there are that sees most."""
    seen = [reached(output + start, kernel, stride, dilation) for output in range(max(extent, 1))]
    return max((at[-1] - at[0] + 1 for at in seen if at), default=0)


# --- dense and matrix products ----------------------------------------------------------------------------------------


def dense(inputs: list[Volume], units: Any, fields: Fields) -> Counts:
    *sides, channels = inputs[0]
    require(whole(units, 1), "no units")
    per_position = fields.get("per_position", False)
    out_sides = tuple(sides) if per_position else (1,) * len(sides)
    weights = set()
    touches = values = 0
    for place in places(out_sides):
        seen = [(*place, channel) for channel in range(channels)] if per_position else list(places(inputs[0]))
        for unit in range(units):
            values += 1
            for value in seen:
                touches += 1
                weights.add((unit, value[-1] if per_position else value))
    with_bias = fields.get("bias", True)
    counts = Counts(
        output=(*out_sides, units),
        weights=len(weights),
        biases=units if with_bias else 0,
        macs=touches,
        flops=2 * touches + (values if with_bias else 0),
        operations=[Operation("bias", values)] if with_bias else [],
        activations=values,
        receptive_field=(1,) * len(sides) if per_position else None,
        jump=(1,) * len(sides) if per_position else None,
    )
    return fused(fields, values, units, counts, units)


def matmul(inputs: list[Volume], _names: Any, fields: Fields) -> Counts:
    """Rows of the first by columns of the second, group by group, either one perhaps turned round first."""
    require(len(inputs) == 2 and all(len(volume) == 2 for volume in inputs), "two matrices")
    heads, touches, width = fields.get("heads", 1), 0, 0
    (first, _), (second, _) = inputs
    for one, other in zip(*(groups_of(volume[-1], heads) for volume in inputs), strict=True):
        rows, inner = range(first), one
        others, columns = range(second), other
        if fields.get("transpose") == "first":
            rows, inner = inner, rows
        if fields.get("transpose") == "second":
            others, columns = columns, others
        require(len(inner) == len(others), "the inner extents differ")
        touches += sum(1 for _row in rows for _column in columns for _inner in inner)
        width += len(columns)
        length = len(rows)
    return Counts((length, width), macs=touches, flops=2 * touches, activations=length * width)


def attention(inputs: list[Volume], heads: Any, fields: Fields) -> Counts:
    require(len(inputs[0]) == 2, "length × channels")
    length, depth = inputs[0]
    require(whole(heads, 1) and depth % heads == 0, f"{depth} channels for {heads} heads")
    weights, touches, bias_adds, scores, sums = set(), 0, 0, 0, set()
    for projection in ("query", "key", "value", "output"):
        for _position, to in product(range(length), range(depth)):
            bias_adds += 1
            for source in range(depth):
                touches += 1
                weights.add((projection, to, source))
    for head in range(heads):
        for query, _key in product(range(length), range(length)):
            scores += 1
            sums.add((head, query))  # over the keys: the scores of a query are shares of one
            for _component in range(depth // heads):
                touches += 1  # the score of a pair: query · key
                touches += 1  # the pair's share of the result: score · value
    with_bias = fields.get("bias", True)
    return Counts(
        inputs[0],
        weights=len(weights),
        biases=4 * depth if with_bias else 0,
        macs=touches,
        flops=2 * touches + scores + (bias_adds if with_bias else 0),
        operations=[
            Operation("scores", scores, len(sums)),
            *([Operation("bias", bias_adds)] if with_bias else []),
        ],
        activations=length * depth,
    )


# --- pools ------------------------------------------------------------------------------------------------------------


def pool(inputs: list[Volume], size: Any, fields: Fields) -> Counts:
    *sides, channels = inputs[0]
    axes = windows(tuple(sides), size, fields, stride=size)
    if fields.get("padding") != "causal":  # which has one value of the input in its first window, and is asked for
        for axis in axes:
            before, after = -axis.every[0][0], axis.after
            require(
                2 * max(before, after) <= axis.span, "more padding than half of the window, as frameworks refuse it"
            )
    values = elements = 0
    for window in product(*(axis.every for axis in axes)):
        for _channel in range(channels):
            values += 1
            elements += sum(1 for _place in product(*window))
    return Counts(
        output=(*(len(axis.every) for axis in axes), channels),
        flops=elements,
        operations=[Operation("pooling", values, elements)],
        activations=values,
        receptive_field=tuple(axis.span for axis in axes),
        jump=tuple(axis.step for axis in axes),
        warned=any(axis.warned for axis in axes),
    )


def subsample(inputs: list[Volume], size: Any, fields: Fields) -> Counts:
    """An average pool with one trained coefficient and one bias per map."""
    counts = pool(inputs, size, fields)
    channels = inputs[0][-1]
    counts.weights = counts.biases = channels
    counts.flops += counts.activations
    counts.operations.append(Operation("bias", counts.activations))
    return fused(fields, counts.activations, channels, counts)


def adaptive_pool(inputs: list[Volume], size: Any, fields: Fields) -> Counts:
    """As many windows as asked for: window i takes what overlaps the stretch from i/count to (i+1)/count of a side."""
    *sides, channels = inputs[0]
    axes = []
    for side, wanted in zip(sides, per_axis(size, len(sides), 1), strict=True):
        axes.append(
            [
                # value p is the stretch from p to p+1; the window takes all that overlap its share of the axis
                [p for p in range(side) if p + 1 > Fraction(i * side, wanted) and p < Fraction((i + 1) * side, wanted)]
                for i in range(wanted)
            ]
        )
    elements = sum(1 for window in product(*axes) for _place in product(*window) for _channel in range(channels))
    output = (*(len(axis) for axis in axes), channels)
    values = sum(1 for _ in places(output))
    counts = Counts(
        output, flops=elements, operations=[Operation("pooling", values, elements)], activations=prod(output)
    )
    if any(len(axis) > 1 for axis in axes):
        counts.receptive_field = tuple(max(len(window) for window in axis) for axis in axes)
        counts.jump = tuple(Fraction(side, len(axis)) for side, axis in zip(sides, axes, strict=True))
    return counts


def global_pool(inputs: list[Volume], _main: Any, fields: Fields) -> Counts:
    return adaptive_pool(inputs, 1, fields)


# --- layers on every value by itself ----------------------------------------------------------------------------------


def pointwise(inputs: list[Volume], flops: int, **rest: Any) -> Counts:
    *sides, _channels = inputs[0]
    values = sum(1 for _ in places(inputs[0]))
    return Counts(inputs[0], flops=flops * values, receptive_field=(1,) * len(sides), jump=(1,) * len(sides), **rest)


def norm(buffers_per_channel: int = 0, *, shifts: bool = True) -> Callable[[list[Volume], Any, Fields], Counts]:
    """Two operations per value, a scale and a shift per channel; of one over all axes a scale and a shift per value."""

    def counted(inputs: list[Volume], _main: Any, fields: Fields) -> Counts:
        channels = len({place[-1] for place in places(inputs[0])})
        everything = fields.get("over") == "all"
        each = len({place if everything else place[-1] for place in places(inputs[0])})
        scales = each if fields.get("affine", True) and fields.get("scale", True) else 0
        offsets = each if fields.get("affine", True) and fields.get("bias", True) and shifts else 0
        values = sum(1 for _ in places(inputs[0]))
        return pointwise(
            inputs,
            2,
            operations=[
                Operation("normalisation", values),
                *([Operation("affine", values)] if scales or offsets else []),
            ],
            weights=scales,
            biases=offsets,
            buffers=buffers_per_channel * channels,
            activations=prod(inputs[0]),
        )

    return counted


def groupnorm(inputs: list[Volume], groups: Any, fields: Fields) -> Counts:
    groups_of(inputs[0][-1], groups)
    return norm()(inputs, None, fields)


def lrn(inputs: list[Volume], _main: Any, _fields: Fields) -> Counts:
    normalised = Operation("normalisation", sum(1 for _ in places(inputs[0])))
    return pointwise(inputs, 2, operations=[normalised], activations=prod(inputs[0]))


def layer_scale(inputs: list[Volume], _main: Any, _fields: Fields) -> Counts:
    scaled = Operation("scaling", sum(1 for _ in places(inputs[0])))
    return pointwise(inputs, 1, operations=[scaled], weights=inputs[0][-1], activations=prod(inputs[0]))


def many(said: Any, volume: Volume) -> int:
    """How many trained numbers: one for each value, each channel, or each of so many equal groups of channels."""
    if said == "value":
        return len(list(places(volume)))
    return volume[-1] if said == "channel" else len(groups_of(volume[-1], said))


def scale(inputs: list[Volume], factors: Any, fields: Fields) -> Counts:
    """Trained factors, and shifts if wanted; or a fixed factor, and nothing else."""
    require((factors is None) != (fields.get("by") is None), "a trained factor or a fixed one")
    shifted = fields.get("bias", False)
    require(not shifted or factors is not None, "a shift goes with a trained factor")
    trained = 0 if factors is None else many(factors, inputs[0])
    values = sum(1 for _ in places(inputs[0]))
    operations = [Operation(kind, values) for kind in ("scaling", *(["bias"] if shifted else []))]
    shifts = trained if shifted else 0
    stored = {"weights": trained, "biases": shifts, "activations": values}
    return pointwise(inputs, len(operations), operations=operations, **stored)


def activation(inputs: list[Volume], function: Any, fields: Fields) -> Counts:
    """In place: no values of its own."""
    require(function in ACTIVATIONS, f"activation {function}")
    slopes = many(fields.get("slopes", "channel"), inputs[0]) if function == "prelu" else 0
    groups = fields.get("groups", 1)
    groups_of(inputs[0][-1], groups)
    return pointwise(inputs, 1, operations=[applied(function, inputs[0], groups)], weights=slopes)


def activation_of(function: str) -> Callable[[list[Volume], Any, Fields], Counts]:
    return lambda inputs, main, fields: activation(
        inputs, function, {**fields, **({} if main is None else {"slopes": main})}
    )


def nothing(inputs: list[Volume], _main: Any, _fields: Fields) -> Counts:
    return pointwise(inputs, 0)


def constant(_inputs: list[Volume], volume: Any, fields: Fields) -> Counts:
    """Values that are there, whatever comes in: nothing is computed, and nothing of the input is seen."""
    held = sum(1 for _value in places(tuple(volume))) if fields.get("trained") else 0
    nowhere = (0,) * (len(volume) - 1)
    return Counts(tuple(volume), weights=held, receptive_field=nowhere, jump=nowhere)


def other(_inputs: list[Volume], _what: Any, fields: Fields) -> Counts:
    """A layer of which only is known what is given."""
    given = {name: fields[name] for name in ("weights", "biases", "buffers", "macs", "flops")}
    return Counts(tuple(fields["output"]), activations=prod(fields["output"]), **given)


# --- merging ----------------------------------------------------------------------------------------------------------


def merge(inputs: list[Volume], _names: Any, _fields: Fields) -> Counts:
    require(len(inputs) >= 2 and all(volume == inputs[0] for volume in inputs), "unlike volumes")
    merged = sum(1 for _place in places(inputs[0]) for _other in inputs[1:])
    counts = pointwise(inputs, 0, activations=prod(inputs[0]))
    counts.flops = merged
    counts.operations.append(Operation("merge", merged))
    return counts


def multiply(inputs: list[Volume], names: Any, fields: Fields) -> Counts:
    """Axis by axis equal, or 1: one value then goes with all along the axis."""
    require(len({len(volume) for volume in inputs}) == 1, "unlike volumes")
    axes = list(zip(*inputs, strict=True))
    require(all(len({*extents} - {1}) <= 1 for extents in axes), "unlike volumes")
    counts = merge([tuple(map(max, axes))] * len(inputs), names, fields)
    pairs = zip(inputs[0][:-1], counts.output[:-1], strict=True)
    counts.jump = tuple(0 if side < after else 1 for side, after in pairs)  # of the first one, which all outputs see
    return counts


def correlate(inputs: list[Volume], _names: Any, fields: Fields) -> Counts:
    """The first laid on the second wherever it fits, group by group."""
    require(len(inputs) == 2 and len(inputs[0]) == len(inputs[1]), "two volumes of one rank")
    (*kernel, depth), (*sides, channels) = inputs
    require(depth == channels, "other channels")
    groups = groups_of(channels, fields.get("groups", 1))
    axes = [[at for at in range(side) if at + extent <= side] for side, extent in zip(sides, kernel, strict=True)]
    require(all(axes), "nowhere")
    output = (*map(len, axes), len(groups))
    touches = sum(len(group) for _place in product(*axes) for group in groups for _tap in places(tuple(kernel)))
    counts = Counts(output, macs=touches, flops=2 * touches, activations=prod(output))
    counts.receptive_field = tuple(kernel)  # of either
    counts.jump = tuple(0 if after > 1 else None for after in output[:-1])  # of the first: all outputs see all of it
    return counts


def concat(inputs: list[Volume], _names: Any, fields: Fields) -> Counts:
    *sides, _channels = inputs[0]
    if fields.get("along") == "positions":
        require(len({volume[-1] for volume in inputs}) == 1, "unlike channels")
        listed = [place for volume in inputs for place in places(volume[:-1])]
        output = (len(listed), inputs[0][-1])
        widest = (1,) * len(sides)
        return Counts(output, activations=prod(output), receptive_field=widest, jump=widest)
    require(all(volume[:-1] == tuple(sides) for volume in inputs), "unlike volumes")
    channels = [(which, channel) for which, volume in enumerate(inputs) for channel in range(volume[-1])]
    output = (*sides, len(channels))
    return Counts(output, activations=prod(output), receptive_field=(1,) * len(sides), jump=(1,) * len(sides))


# --- shaping: where does every value go? ------------------------------------------------------------------------------

Moved = dict[Place, "Place | None"]  # for every place of the output the place it came from, None for padding


def extent_of(moved: Moved) -> Volume:
    """The box that the places fill, and they must fill it."""
    require(bool(moved), "nothing is left")
    extents = tuple(max(along) + 1 for along in zip(*moved, strict=True))
    assert set(moved) == set(places(extents)), "the places fill no box"
    return extents


def from_axes(axes: Sequence[Sequence[int | None]]) -> Moved:
    """Every axis by itself: for every position of the output the position it came from."""
    return {
        tuple(at for at, _source in picked): (
            None if any(source is None for _at, source in picked) else tuple(source for _at, source in picked)  # type: ignore[misc]
        )
        for picked in product(*(list(enumerate(axis)) for axis in axes))
    }


def shaping(
    move: Callable[[Volume, Any, Fields], Moved], *, view: bool = False, resamples: bool = False, regroups: bool = False
) -> Callable[[list[Volume], Any, Fields], Counts]:
    """A layer that moves values. Where it `regroups` them every value is what it was, wherever it is now."""

    def counted(inputs: list[Volume], main: Any, fields: Fields) -> Counts:
        moved = move(inputs[0], main, fields)
        rank = len(inputs[0]) - 1
        counts = Counts(extent_of(moved), activations=0 if view else len(moved))
        counts.receptive_field = (1,) * rank if regroups else spread(moved, rank)
        counts.jump = (1,) * rank if regroups else tuple(step_along(moved, axis) for axis in range(rank))
        if resamples:
            mode = fields.get("mode", "nearest")
            counts.operations = [Operation("resampling", len(moved), prod(inputs[0]), mode)]
            aligned = fields.get("align_corners", False)
            require(not aligned or mode != "nearest", "no corners")
            sides = list(zip(inputs[0][:-1], counts.output[:-1], strict=True))
            counts.jump = tuple(Fraction(side, after) if after > 1 else None for side, after in sides)
            if mode != "nearest":
                counts.receptive_field = tuple(interpolated(side, after, mode, aligned) for side, after in sides)
                if aligned:
                    steps = [Fraction(side - 1, after - 1) if after > 1 else None for side, after in sides]
                    counts.jump = tuple(steps)
        return counts

    return counted


def interpolated(side: int, after: int, mode: str, aligned: bool) -> int:
    """How many values have a weight in the output, of those that there are, that most of them have one in."""
    if after == side:
        return 1
    place = walk.corners(side, after) if aligned else walk.halves(side, after)
    taps = walk.interpolated(place, walk.linear if mode == "bilinear" else walk.cubic)
    return max(len(taps(at)) for at in range(after))


def spread(moved: Moved, rank: int) -> tuple[int, ...]:
    """The most that the values of one position, over all channels, were apart before, per axis."""
    came_from: dict[Place, list[Place]] = {}
    for place, source in moved.items():
        if source is not None:
            came_from.setdefault(place[:-1], []).append(source)
    return tuple(
        max(max(s[axis] for s in sources) - min(s[axis] for s in sources) + 1 for sources in came_from.values())
        for axis in range(rank)
    )


def step_along(moved: Moved, axis: int) -> Fraction | None:
    """How far the source moves per step along an axis of the output, as far as it can be seen to move."""
    first = min(place for place, source in moved.items() if source is not None)
    home = moved[first]
    on_the_line = (place for place in moved if place[:axis] == first[:axis] and place[axis + 1 :] == first[axis + 1 :])
    for place in sorted(on_the_line):
        source = moved[place]
        if place > first and source is not None and home is not None and source[:-1] != home[:-1]:
            way = sum(abs(there - here) for there, here in zip(source[:-1], home[:-1], strict=True))
            return Fraction(way, place[axis] - first[axis])
    return None


def flatten(volume: Volume, _main: Any, _fields: Fields) -> Moved:
    ones = (0,) * (len(volume) - 1)
    return {(*ones, index): place for index, place in enumerate(places(volume))}


def reshape(volume: Volume, shape: Any, _fields: Fields) -> Moved:
    extents = [int(part) for part in shape.split("x")] if isinstance(shape, str) else list(shape)
    targets, sources = list(product(*(range(extent) for extent in extents))), list(places(volume))
    require(len(targets) == len(sources), "another number of values")
    return dict(zip(targets, sources, strict=True))


def permute(volume: Volume, order: Any, _fields: Fields) -> Moved:
    require(sorted(order) == list(range(len(volume))), "every axis once")
    return {tuple(place[axis] for axis in order): place for place in places(volume)}


def two_ends(value: Any, rank: int) -> list[tuple[int, int]]:
    if isinstance(value, list) and value and isinstance(value[0], list):
        require(len(value) == rank, "a pair per axis")
        return [(first, last) for first, last in (per_axis(pair, 2, 0) for pair in value)]
    return [(each, each) for each in per_axis(value, rank, 0)]


def all_ends(volume: Volume, main: Any, fields: Fields, sign: int) -> list[tuple[int, int]]:
    """How much is added (or with a sign of −1 taken off) before and after, per side and for the channels."""
    *sides, _channels = volume
    first, last = per_axis(fields.get("channels", 0), 2, 0)
    if "size" not in fields:
        require(main is not None or (first, last) != (0, 0), "nothing is said")
        require("offset" not in fields, "an offset to nothing")
        return [*two_ends(main or 0, len(sides)), (first, last)]
    require(main is None, "two sizes")
    found = []
    offsets = per_axis(fields["offset"], len(sides), 0) if "offset" in fields else [None] * len(sides)
    for side, after, offset in zip(sides, per_axis(fields["size"], len(sides), 1), offsets, strict=True):
        gap = sign * (after - side)
        start = gap // 2 if offset is None else offset
        require(0 <= start <= gap, "the other way, or too far")
        found.append((start, gap - start))
    return [*found, (first, last)]


def pad(volume: Volume, main: Any, fields: Fields) -> Moved:
    axes: list[list[int | None]] = []
    for side, (start, end) in zip(volume, all_ends(volume, main, fields, 1), strict=True):
        axes.append([None] * start + list(range(side)) + [None] * end)
    return from_axes(axes)


def crop(volume: Volume, main: Any, fields: Fields) -> Moved:
    axes = []
    for side, (start, end) in zip(volume, all_ends(volume, main, fields, -1), strict=True):
        axes.append([position for position in range(side) if start <= position < side - end])
    return from_axes(axes)


def slice_channels(volume: Volume, main: Any, _fields: Fields) -> Moved:
    *sides, channels = volume
    start, stop = (channels if end == "end" else end for end in main)
    require(whole(start, 0) and whole(stop, 1) and start < stop <= channels, "channels that are not there")
    return from_axes([*(range(side) for side in sides), range(start, stop)])


def upsample(volume: Volume, main: Any, fields: Fields) -> Moved:
    """Repeated as often as a whole factor says; to a size, the value that lies at or before the place in the input."""
    *sides, channels = volume
    require((main is None) == ("size" in fields), "one of the two")
    if main is None:
        sizes = per_axis(fields["size"], len(sides), 1)
        pairs = list(zip(sides, sizes, strict=True))
        return from_axes([*([Fraction(at * a, b).__floor__() for at in range(b)] for a, b in pairs), range(channels)])
    factors = per_axis(main, len(sides), 1)
    axes = [
        [position for position in range(side) for _copy in range(factor)]
        for side, factor in zip(sides, factors, strict=True)
    ]
    return from_axes([*axes, range(channels)])


def pixel_shuffle(volume: Volume, factor: Any, _fields: Fields) -> Moved:
    """Runs of factor × factor channels become squares of pixels."""
    *sides, channels = volume
    require(whole(factor, 1), "no factor")
    offsets = list(product(range(factor), repeat=len(sides)))
    require(channels % len(offsets) == 0, "channels left over")
    moved: Moved = {}
    for place in places(volume):
        *at, channel = place
        offset = offsets[channel % len(offsets)]
        finer = (position * factor + part for position, part in zip(at, offset, strict=True))
        moved[(*finer, channel // len(offsets))] = place
    return moved


def pixel_unshuffle(volume: Volume, factor: Any, _fields: Fields) -> Moved:
    *sides, _channels = volume
    require(whole(factor, 1) and all(side % factor == 0 for side in sides), "pixels left over")
    offsets = list(product(range(factor), repeat=len(sides)))
    moved: Moved = {}
    for place in places(volume):
        *at, channel = place
        part = offsets.index(tuple(position % factor for position in at))
        moved[(*(position // factor for position in at), channel * len(offsets) + part)] = place
    return moved


def channel_shuffle(volume: Volume, groups: Any, _fields: Fields) -> Moved:
    """Deal the groups out like cards: the first of each, then the second of each, and so on."""
    *sides, channels = volume
    dealt = [channel for hand in zip(*groups_of(channels, groups), strict=True) for channel in hand]
    return from_axes([*(range(side) for side in sides), dealt])


# --- the list ---------------------------------------------------------------------------------------------------------

ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "hardswish", "hardsigmoid", "sigmoid"),
    *("tanh", "mish", "softmax"),
)

LAYERS: dict[str, Callable[[list[Volume], Any, Fields], Counts]] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
    "conv_transpose": conv_transpose,
    "dense": dense,
    "maxpool": pool,
    "avgpool": pool,
    "lppool": pool,
    "global_avgpool": global_pool,
    "global_maxpool": global_pool,
    "adaptive_avgpool": adaptive_pool,
    "adaptive_maxpool": adaptive_pool,
    "subsample": subsample,
    "batchnorm": norm(buffers_per_channel=2),
    "layernorm": norm(),
    "groupnorm": groupnorm,
    "instancenorm": norm(),
    "rmsnorm": norm(shifts=False),
    "lrn": lrn,
    "grn": norm(),
    "layer_scale": layer_scale,
    "scale": scale,
    **{function: activation_of(function) for function in ACTIVATIONS},
    "activation": activation,
    "add": merge,
    "multiply": multiply,
    "concat": concat,
    "matmul": matmul,
    "correlate": correlate,
    "flatten": shaping(flatten, view=True, regroups=True),
    "reshape": shaping(reshape, view=True, regroups=True),
    "permute": shaping(permute, view=True, regroups=True),
    "pad": shaping(pad),
    "crop": shaping(crop),
    "slice": shaping(slice_channels, view=True),
    "upsample": shaping(upsample, resamples=True),
    "pixel_shuffle": shaping(pixel_shuffle),
    "pixel_unshuffle": shaping(pixel_unshuffle),
    "channel_shuffle": shaping(channel_shuffle),
    "identity": nothing,
    "dropout": nothing,
    "attention": attention,
    "constant": constant,
    "other": other,
}


# --- receptive fields of chains ---------------------------------------------------------------------------------------


def seen_through(chain: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Span and step of what the last of a chain of windows (kernel, stride, dilation) sees, on an endless axis."""

    def sees(output: int) -> set[int]:
        seen = {output}
        for kernel, stride, dilation in reversed(chain):
            seen = {at * stride + element * dilation for at in seen for element in range(kernel)}
        return seen

    here, next_one = sees(0), sees(1)
    return max(here) - min(here) + 1, min(next_one) - min(here)
