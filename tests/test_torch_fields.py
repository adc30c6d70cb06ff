"""Receptive fields against autograd: where the gradient of one output with positive weights is not zero.

Deselected by default (`-m "not framework"`). Norms and activation functions are left out: means and variances over
positions are held fixed, and no positive value is cut off. A maximum pool is a sum, which sees its whole window.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from test_fields import RESNET20, SEVEN

import cnncalc
from cnncalc.network.node import Node

pytestmark = pytest.mark.framework

TOP_DOWN = """
input: 64x64x2
layers:
  - {conv: 2, kernel: 3, padding: half, name: c1}
  - {conv: 2, kernel: 3, stride: 2, padding: half, name: c2}
  - {conv: 2, kernel: 3, stride: 2, padding: half, name: c3}
  - {upsample: 2, mode: bilinear, name: u2}
  - {add: [u2, c2], name: p2}
  - {upsample: 2, name: u1}
  - {add: [u1, c1]}
  - {conv: 2, kernel: 3, padding: half}
"""

TO_SIZES = """
input: 45x37x2
layers:
  - {conv: 2, kernel: 3, padding: half, name: c1}
  - {conv: 2, kernel: 3, stride: 2, padding: half, name: c2}
  - {conv: 2, kernel: 3, stride: 3, padding: half, name: c3}
  - {upsample: , like: c2, mode: bilinear, name: u2}
  - {add: [u2, c2], name: p2}
  - {upsample: , size: 31x40, mode: bicubic}
  - {crop: , size: 27x24, offset: 2}
  - {conv_transpose: 2, kernel: 3, stride: 2, size: 56x49}
  - {crop: , like: c1, name: cut}
  - {pad: , size: 48x40, channels: [1, 2]}
  - {upsample: , like: c3, name: last}
"""

ALL_OF_ONE = """
input: 24x20x4
layers:
  - {conv: 4, kernel: 3, name: x}
  - {crop: [[2, 15], [1, 14]], name: z}
  - {correlate: [z, x], groups: 2}
  - {conv: 2, kernel: 2}
"""

ROWS_AND_COLUMNS = """
input: 16x14x2
layers:
  - {avgpool: [16, 1], stride: 1, name: columns}
  - {avgpool: [1, 14], stride: 1, name: rows, from: input}
  - {multiply: [columns, rows]}
  - {conv: 2, kernel: 3}
"""

NETWORKS = {
    "to sizes": TO_SIZES,
    "one slid over the other": ALL_OF_ONE,
    "rows and columns": ROWS_AND_COLUMNS,
    "corners of a size": "{input: 20x1, layers: [{upsample: , size: 33, mode: bilinear, align_corners: true}]}",
    "U-Net": "unet",
    "ShuffleNet": "shufflenet_v2_x0_5",
    **{name: spec for name, (spec, _, _) in SEVEN.items() if name != "shortcuts that pad channels"},
    "ResNet of option A": RESNET20,
    "layernorm over all": "{input: 10x10x5, layers: [conv3-5, flatten, layernorm, {reshape: 10x10x5}, conv3-5]}",
    "top-down": TOP_DOWN,
    "bicubic": "{input: 20x20x1, layers: [{upsample: 3, mode: bicubic}, {conv: 1, kernel: 3, stride: 2}]}",
    "corners": "{input: 20x1, layers: [{upsample: 3, mode: bilinear, align_corners: true}, {conv: 1, kernel: 2}]}",
    "adaptive": "{input: 23x1, layers: [conv3-1, {adaptive_avgpool: 9}, {upsample: 2}, {conv: 1, kernel: 3}]}",
}


def run(node: Node, given: list[Any]) -> Any:
    """The output of a layer with weights of one; channels first, as PyTorch has them."""
    import torch
    from torch.nn import functional

    layer: Any = node.layer
    rank, (value, *others) = node.given[0].rank, given
    kind = node.type
    last = (0, *range(2, value.dim()), 1)
    if node.windows and kind != "conv_transpose":
        padding = [side for window in reversed(node.windows) for side in (window.before, window.after)]
        value = functional.pad(value, padding)
        kernel, stride, dilation = zip(*((w.extent, w.stride, w.dilation) for w in node.windows), strict=True)
        groups = getattr(layer, "groups", 1) if kind == "conv" else value.shape[1]
        channels = node.output.channels
        weight = torch.ones(channels, value.shape[1] // groups, *kernel, dtype=value.dtype)
        slide: Any = getattr(functional, f"conv{rank}d")
        return slide(value, weight, stride=stride, dilation=dilation, groups=groups)
    if kind == "conv_transpose":
        kernel, stride, dilation = zip(*((w.extent, w.stride, w.dilation) for w in node.windows), strict=True)
        weight = torch.ones(value.shape[1], node.output.channels, *kernel, dtype=value.dtype)
        padding = [window.before for window in node.windows]
        spread: Any = getattr(functional, f"conv_transpose{rank}d")
        short = spread(value, weight, stride=stride, padding=padding, dilation=dilation)
        extra = [after - side for after, side in zip(node.output.sides, short.shape[2:], strict=True)]
        return spread(value, weight, stride=stride, padding=padding, output_padding=extra, dilation=dilation)
    if kind == "upsample":
        modes = {"nearest": "nearest", "bilinear": ("linear", "bilinear")[rank - 1], "bicubic": "bicubic"}
        aligned = None if layer.mode == "nearest" else layer.align_corners
        sizing: Any = {"scale_factor": layer.scale} if layer.size is None else {"size": layer.size}
        return functional.interpolate(value, **sizing, mode=modes[layer.mode], align_corners=aligned)
    if kind == "adaptive_avgpool":
        return functional.adaptive_avg_pool1d(value, layer.size)
    if kind == "add":
        return sum(others, value)
    if kind == "multiply":
        return value * others[0]
    if kind == "concat":
        return torch.cat(given, 1)
    if kind == "correlate":
        filters = value.reshape(layer.groups, value.shape[1] // layer.groups, *value.shape[2:])
        return functional.conv2d(others[0], filters, groups=layer.groups)
    if kind in ("pad", "crop"):
        sign = 1 if kind == "pad" else -1
        amounts = layer.amount if isinstance(layer.amount, tuple) else [layer.amount] * rank
        if layer.size is not None:
            sizes = layer.size if isinstance(layer.size, tuple) else [layer.size] * rank
            gaps = [sign * (size - side) for size, side in zip(sizes, node.given[0].sides, strict=True)]
            starts = [gap // 2 if layer.offset is None else layer.offset for gap in gaps]
            amounts = [(start, gap - start) for start, gap in zip(starts, gaps, strict=True)]
        pairs = [pair if isinstance(pair, tuple) else (pair, pair) for pair in (*reversed(amounts), layer.channels)]
        return functional.pad(value, [sign * side for pair in pairs for side in pair])
    if kind == "slice":
        return value[:, layer.channels[0] : layer.channels[1]]
    if kind == "channel_shuffle":
        batch, channels, *sides = value.shape
        grouped = value.reshape(batch, layer.groups, channels // layer.groups, *sides)
        return grouped.transpose(1, 2).reshape(value.shape)
    if kind in ("flatten", "reshape", "permute"):
        moved = value.permute(last)
        shaped = moved.permute(0, *(at + 1 for at in layer.order)) if kind == "permute" else moved
        shaped = shaped.reshape(1, *node.output)
        return shaped.permute(0, shaped.dim() - 1, *range(1, shaped.dim() - 1))
    assert not node.macs, kind
    return value


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_not_zero_where_an_output_looks(name: str) -> None:
    import torch

    network = cnncalc.load(NETWORKS[name])
    ((source, volume),) = network.inputs.items()
    slim = name == "U-Net"  # one channel will do where none are regrouped
    wide = 1 if slim else volume.channels
    given = torch.ones(1, wide, *volume.sides, dtype=torch.float64, requires_grad=True)
    values = {source: given}
    last = next(node for node in reversed(network.layers) if node.reach is not None and node.sight.dims is None)
    for node in network.layers:
        if slim:
            thin = cnncalc.Volume(node.output.sides, 1)
            run_on = [values[each] for each in node.inputs]
            if node.type == "concat":
                values[node.name] = sum(run_on[1:], run_on[0])
            else:
                values[node.name] = run(replace(node, output=thin), run_on)
        else:
            values[node.name] = run(node, [values[each] for each in node.inputs])
        if node is last:
            break
    output = values[last.name].sum(1)[0]
    assert output.shape == tuple(last.output.sides)
    middle = [side // 2 for side in output.shape]
    for further in range(min(8, *(side - at for side, at in zip(output.shape, middle, strict=True)))):
        place = tuple(at + further for at in middle)
        (gradient,) = torch.autograd.grad(output[place], given, retain_graph=True)
        touched = gradient[0].abs().sum(0)
        for axis, (at, side) in enumerate(zip(place, volume.sides, strict=True)):
            others = [other for other in range(touched.dim()) if other != axis]
            along = touched.sum(others) if others else touched
            found = along.nonzero().flatten().tolist()
            span = last.reach[axis].sees(at) if last.reach else range(0)
            want = [min(max(value, 0), side - 1) for value in (span[0], span[-1])]
            assert [found[0], found[-1]] == want, (place, axis)
