"""The built-in networks: all of them, and the few that stand for the rest where holding all would take long."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.language import load as loading

CONFIGS = Path(__file__).parent.parent / "configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("**/*.yaml"))
FEW = {
    *("alexnet", "alexnet_torchvision", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_b0"),
    *("convmixer_768_32", "ghostnet_100", "hgnet_tiny", "mixnet_s", "mobileone_s0", "nfnet_f1", "poolformer_s36"),
    *("googlenet", "inception_v3", "inception_resnet_v2", "lenet5", "mnasnet1_0", "mobilenet_v1", "mobilenet_v2"),
    *("mobilenet_v3_small", "nasnet_mobile", "nin_cifar10", "regnet_x_400mf", "regnet_y_400mf", "regnet_y_128gf"),
    *("resnet18", "resnet50", "resnet50_v2", "resnext50_32x4d", "shufflenet_v2_x1_0", "squeezenet1_1", "unet"),
    *("vgg11_lrn", "vgg16_bn", "wide_resnet50_2", "xception", "zfnet"),
    *("dla34", "dpn68", "hrnet_w18_small", "res2net50_26w_4s", "resnest50d_1s4x24d", "skresnet34", "vovnet39a"),
    *("deeplabv3_resnet50", "fpn_resnet50", "lraspp_mobilenet_v3_large"),
}
"""Networks of every paper, with every layer type, each with all the fields that any network gives it (test_zoo.py)."""

over_the_zoo = pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.whole_zoo) for name in NAMES]
)
"""Runs a test on the few; and on all of them with `pytest -m 'whole_zoo or not whole_zoo'`."""


@cache
def network(name: str) -> cnncalc.Network:
    """The built-in network of that name, which is a value: loaded once for all tests."""
    return cnncalc.load(name)


def keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands have the built-in networks from here, where they ask for nothing but the name."""
    load = loading.load

    def kept(spec: Any, **options: Any) -> cnncalc.Network:
        return network(spec) if spec in NAMES and not options else load(spec, **options)

    monkeypatch.setattr(loading, "load", kept)
