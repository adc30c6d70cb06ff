"""Layers and small networks as PyTorch builds them: shapes, parameters, and multiply-adds counted by hooks.

Deselected by default (`-m "not framework"`). Selected without PyTorch this fails, it does not skip.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import prod
from typing import Any

import pytest

import cnncalc

pytestmark = pytest.mark.framework


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)


class Measured:
    """What a module does to an input: volumes channels last, as here; multiply-adds from what its layers pass on."""

    def __init__(self, module: Any, volume: tuple[int, ...]) -> None:
        import torch

        self.macs = 0
        for layer in module.modules():
            layer.register_forward_hook(self.count)
        *sides, channels = volume
        with torch.no_grad():
            module.eval()
            output = module(torch.zeros(1, channels, *sides))
        self.output = (*output.shape[2:], output.shape[1])
        self.params = sum(parameter.numel() for parameter in module.parameters())
        self.buffers = sum(
            buffer.numel() for name, buffer in module.named_buffers() if not name.endswith("num_batches_tracked")
        )

    def count(self, layer: Any, inputs: Any, output: Any) -> None:
        from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

        if isinstance(layer, _ConvTransposeNd):
            # every input value is multiplied with every weight that leaves its channel
            self.macs += inputs[0].numel() * prod(layer.weight.shape[1:])
        elif isinstance(layer, _ConvNd):
            self.macs += output.numel() * prod(layer.weight.shape[1:])
        elif type(layer).__name__ == "Linear":
            self.macs += output.numel() * layer.in_features


def agree(module: Any, volume: tuple[int, ...], layers: list[Any]) -> None:
    measured = Measured(module, volume)
    network = cnncalc.load({"input": list(volume), "layers": layers})
    totals = network.totals
    output = tuple(network.layers[-1].output)
    if len(measured.output) == 1:  # PyTorch drops the axes that a dense layer leaves
        output = output[-1:]
    assert (output, totals.params, totals.buffers, totals.macs) == (
        measured.output,
        measured.params,
        measured.buffers,
        measured.macs,
    )


def any_volume(draw: random.Random, rank: int, channels: int) -> tuple[int, ...]:
    return (*(draw.randint(6, {1: 40, 2: 20, 3: 11}[rank]) for _ in range(rank)), channels)


def each_axis(draw: random.Random, rank: int, least: int, most: int) -> list[int]:
    return [draw.randint(least, most) for _ in range(rank)]


def conv(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    from torch import nn

    groups = draw.choice([1, 1, 2, 3])
    channels, filters = groups * draw.randint(1, 4), groups * draw.randint(1, 4)
    kernel, stride = each_axis(draw, rank, 1, 5), each_axis(draw, rank, 1, 3)
    padding, dilation = each_axis(draw, rank, 0, 2), each_axis(draw, rank, 1, 3)
    bias = draw.random() < 0.5
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1]
    module = kind(channels, filters, kernel, stride, padding, dilation, groups, bias)  # type: ignore[arg-type]
    sliding = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    return module, any_volume(draw, rank, channels), {"conv": filters, **sliding, "groups": groups, "bias": bias}


def conv_transpose(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    from torch import nn

    groups = draw.choice([1, 1, 2])
    channels, filters = groups * draw.randint(1, 4), groups * draw.randint(1, 4)
    kernel, stride = each_axis(draw, rank, 1, 4), each_axis(draw, rank, 1, 3)
    padding, dilation = each_axis(draw, rank, 0, 2), each_axis(draw, rank, 1, 2)
    extra = [draw.randrange(max(pair)) for pair in zip(stride, dilation, strict=True)]
    bias = draw.random() < 0.5
    kind = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[rank - 1]
    module = kind(channels, filters, kernel, stride, padding, extra, groups, bias, dilation)  # type: ignore[arg-type]
    sliding = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    rest = {"groups": groups, "bias": bias, "output_padding": extra}
    return module, any_volume(draw, rank, channels), {"conv_transpose": filters, **sliding, **rest}


def conv_transpose_to_a_size(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    """PyTorch takes the size when it runs, and refuses those that it cannot reach.

    It pads by less than the stride then; where the dilation is larger, `output_padding` may be larger there too.
    """
    from torch import nn

    while True:
        module, volume, layer = conv_transpose(draw, rank)
        if all(apart <= step for apart, step in zip(layer["dilation"], layer["stride"], strict=True)):
            break
    module.output_padding = (0,) * rank
    size = [side * step + draw.randint(-2, 4) for side, step in zip(volume, layer["stride"], strict=False)]

    class ToSize(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.spread = module

        def forward(self, values: Any) -> Any:
            return self.spread(values, output_size=size)

    del layer["output_padding"]
    return ToSize(), volume, {**layer, "size": size}


def upsample(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    from torch import nn

    size = each_axis(draw, rank, 1, 30)
    return nn.Upsample(size=tuple(size)), any_volume(draw, rank, 3), {"upsample": None, "size": size}


def pool(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    from torch import nn

    size, stride = each_axis(draw, rank, 2, 4), each_axis(draw, rank, 1, 4)
    padding = [draw.randint(0, each // 2) for each in size]
    ceil = draw.random() < 0.5
    channels = draw.randint(1, 4)
    fields = {"stride": stride, "padding": padding, "rounding": "ceil" if ceil else "floor"}
    if draw.random() < 0.5:
        kind: Any = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[rank - 1]
        return kind(size, stride, padding, ceil), any_volume(draw, rank, channels), {"avgpool": size, **fields}
    kind = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[rank - 1]
    dilation = each_axis(draw, rank, 1, 2)
    module = kind(size, stride, padding, dilation, ceil_mode=ceil)
    return module, any_volume(draw, rank, channels), {"maxpool": size, **fields, "dilation": dilation}


def adaptive(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    from torch import nn

    size = each_axis(draw, rank, 1, 7)
    kind: Any = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[rank - 1]
    return kind(size), any_volume(draw, rank, draw.randint(1, 4)), {"adaptive_avgpool": size}


def norm(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    from torch import nn

    groups = draw.randint(1, 3)
    channels = groups * draw.randint(1, 4)
    affine = draw.random() < 0.7
    batch: Any = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[rank - 1]
    instance: Any = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[rank - 1]
    choices: list[tuple[Any, dict[str, Any]]] = [
        (batch(channels, affine=affine), {"batchnorm": None}),
        (instance(channels, affine=affine), {"instancenorm": None}),
        (nn.GroupNorm(groups, channels, affine=affine), {"groupnorm": groups}),
    ]
    module, layer = draw.choice(choices)
    return module, any_volume(draw, rank, channels), {**layer, "affine": affine}


def over_channels(module: Any) -> Any:
    """A module that takes the channels last, as one that takes them first."""
    from torch import nn

    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, values: Any) -> Any:
            return self.module(values.movedim(1, -1)).movedim(-1, 1)

    return Turned()


def trained(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    """Norms with scale or shift alone, over channels or everything; slopes; factors; gains."""
    import torch
    from torch import nn

    class Factors(nn.Module):
        def __init__(self, *shape: int) -> None:
            super().__init__()
            self.factors = nn.Parameter(torch.ones(shape))

        def forward(self, values: Any) -> Any:
            return values * self.factors

    channels, heads, affine = 4 * draw.randint(1, 3), draw.choice([1, 2, 4]), draw.random() < 0.7
    volume = any_volume(draw, rank, channels)
    sides = volume[:-1]
    gained: Any = nn.utils.parametrizations.weight_norm((nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1](channels, 6, 3))
    choices: list[tuple[Any, dict[str, Any]]] = [
        (over_channels(nn.LayerNorm(channels, bias=False)), {"layernorm": None, "bias": False}),
        (nn.LayerNorm([channels, *sides]), {"layernorm": None, "over": "all"}),
        (
            nn.LayerNorm([channels, *sides], elementwise_affine=affine),
            {"layernorm": None, "over": "all", "affine": affine},
        ),
        (over_channels(nn.RMSNorm(channels, elementwise_affine=affine)), {"rmsnorm": None, "affine": affine}),
        (nn.PReLU(), {"prelu": 1}),
        (nn.PReLU(channels), {"prelu": None}),
        (Factors(1), {"scale": 1}),
        (Factors(channels, *sides), {"scale": "value"}),
        (Factors(channels, *(1 for _ in sides)), {"scale": "channel"}),
        (
            nn.Sequential(nn.Unflatten(1, (heads, -1)), Factors(heads, 1, *(1 for _ in sides)), nn.Flatten(1, 2)),
            {"scale": heads},
        ),
        (gained, {"conv": 6, "kernel": 3, "gain": True}),
    ]
    module, layer = draw.choice(choices)
    return module, volume, layer


def linear(draw: random.Random, rank: int) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    from torch import nn

    volume = any_volume(draw, rank, draw.randint(1, 3))
    units, bias = draw.randint(1, 9), draw.random() < 0.5
    return nn.Sequential(nn.Flatten(), nn.Linear(prod(volume), units, bias)), volume, {"dense": units, "bias": bias}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "build", [conv, conv_transpose, conv_transpose_to_a_size, upsample, pool, adaptive, norm, trained, linear]
)
def test_a_layer_is_what_torch_makes_of_it(
    build: Callable[[random.Random, int], tuple[Any, tuple[int, ...], dict[str, Any]]], rank: int, seed: int
) -> None:
    module, volume, layer = build(random.Random(f"{build.__name__} {rank} {seed}"), rank)
    try:
        Measured(module, volume)
    except (RuntimeError, ValueError):
        with pytest.raises(cnncalc.SpecError):
            cnncalc.load({"input": list(volume), "layers": [layer]})
    else:
        agree(module, volume, [layer])


def run_on(volumes: dict[str, tuple[int, ...]], item: dict[str, Any]) -> Any:
    (node,) = cnncalc.load({"input": {name: list(volume) for name, volume in volumes.items()}, "layers": [item]}).layers
    return node


@pytest.mark.parametrize(("heads", "transpose"), [(1, None), (3, None), (3, "first"), (2, "second"), (1, "second")])
def test_a_matrix_product_by_heads(heads: int, transpose: str | None) -> None:
    """As einsum says it: l, p and r are of each head h."""
    import torch

    length, inner, width = 5, 4, 7
    forms = {None: "lhp,phr->lhr", "first": "phl,phr->lhr", "second": "lhp,rhp->lhr"}
    extents = {"l": length, "p": inner, "r": width, "h": heads}
    first, second = forms[transpose].split("->", maxsplit=1)[0].split(",")
    given = [torch.zeros([extents[letter] for letter in form]) for form in (first, second)]
    output = torch.einsum(forms[transpose], *given)
    volumes = {name: tuple(values.flatten(1).shape) for name, values in zip("ab", given, strict=True)}
    more = {"transpose": transpose} if transpose else {}
    node = run_on(volumes, {"matmul": ["a", "b"], "heads": heads, **more})
    assert tuple(node.output) == tuple(output.flatten(1).shape)
    assert node.macs == output.numel() * inner


@pytest.mark.parametrize("groups", [1, 2, 8])
def test_a_correlation_is_a_convolution_with_a_volume(groups: int) -> None:
    import torch

    filters, over = torch.zeros(groups, 8 // groups, 3, 5), torch.zeros(1, 8, 9, 11)
    output = torch.nn.functional.conv2d(over, filters, groups=groups)
    node = run_on({"z": (3, 5, 8), "x": (9, 11, 8)}, {"correlate": ["z", "x"], "groups": groups})
    assert tuple(node.output) == (*output.shape[2:], output.shape[1])
    assert node.macs == output.numel() * prod(filters.shape[1:])


@pytest.mark.parametrize("pair", [((1, 1, 6), (5, 7, 1)), ((5, 1, 6), (1, 7, 6)), ((1, 7, 1), (5, 7, 6))])
def test_a_product_is_as_large_as_torch_broadcasts_it(pair: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    import torch

    output = torch.zeros(pair[0]) * torch.zeros(pair[1])
    node = run_on({"a": pair[0], "b": pair[1]}, {"multiply": ["a", "b"]})
    assert tuple(node.output) == tuple(output.shape)
    assert node.flops == output.numel()


def test_a_small_plain_network() -> None:
    from torch import nn

    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False), nn.Conv2d(8, 16, 1), nn.PReLU(16), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(8 * 8 * 16, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10), nn.Softmax(1),
    )  # fmt: skip
    layers: list[Any] = [
        "conv3-8", "batchnorm", "relu", "maxpool2",
        {"depthwise_conv": 1, "kernel": 3, "padding": "half", "bias": False}, "conv1-16", "prelu", "avgpool2",
        "fc-32", "relu", {"dropout": 0.5}, "fc-10", "softmax",
    ]  # fmt: skip
    agree(module, (32, 32, 3), layers)


def test_a_small_residual_network() -> None:
    from torch import nn

    class Block(nn.Module):
        def __init__(self, before: int, width: int, stride: int) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
            )  # fmt: skip
            self.shortcut = (
                nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))
                if stride != 1 or before != width
                else nn.Identity()
            )

        def forward(self, values: Any) -> Any:
            return nn.functional.relu(self.body(values) + self.shortcut(values))

    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), Block(8, 8, 1), Block(8, 16, 2), Block(16, 16, 1), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip

    def block(width: int, stride: int, project: bool) -> list[Any]:
        body: list[Any] = [
            {"conv": width, "kernel": 3, "stride": stride, "padding": 1, "bias": False}, "batchnorm", "relu",
            {"conv": width, "kernel": 3, "padding": 1, "bias": False}, "batchnorm",
        ]  # fmt: skip
        shortcut: list[Any] = [{"conv": width, "kernel": 1, "stride": stride, "bias": False}, "batchnorm"]
        return [{"residual": body, "shortcut": shortcut if project else []}, "relu"]

    layers = ["conv3-8", *block(8, 1, False), *block(16, 2, True), *block(16, 1, False), "global_avgpool", "fc-10"]
    agree(module, (32, 32, 3), layers)


def test_a_small_network_that_goes_down_and_up() -> None:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down = nn.Conv2d(3, 8, 3, padding=1)
            self.pool = nn.MaxPool2d(2)
            self.bottom = nn.Conv2d(8, 16, 3, padding=1)
            self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
            self.last = nn.Conv2d(16, 2, 1)

        def forward(self, values: Any) -> Any:
            skip = self.down(values).relu()
            deep = self.bottom(self.pool(skip)).relu()
            return self.last(torch.cat([skip, self.up(deep)], dim=1))

    layers: list[Any] = [
        "conv3-8", {"relu": None, "name": "skip"}, "maxpool2", "conv3-16", "relu",
        {"conv_transpose": 8, "kernel": 2, "stride": 2, "name": "up"}, {"concat": ["skip", "up"]}, "conv1-2",
    ]  # fmt: skip
    agree(Net(), (32, 32, 3), layers)
