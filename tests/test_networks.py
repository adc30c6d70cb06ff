"""Whole networks against what the frameworks' own model code builds (`data/networks.json`), to the last digit."""

import json
from pathlib import Path
from typing import Any

import pytest

import cnncalc

ROOT = Path(__file__).parent.parent
TRUTH: dict[str, dict[str, Any]] = json.loads((ROOT / "tests/data/networks.json").read_text())["networks"]
BUILT_IN = {path.stem for path in (ROOT / "configs").glob("*.yaml")}

PROMISED = {
    *("lenet5", "alexnet", "alexnet_one_tower", "zfnet"),
    *("vgg11", "vgg11_lrn", "vgg13", "vgg16_c", "vgg16", "vgg19"),
    *("nin_cifar10", "nin_imagenet", "googlenet", "squeezenet1_0"),
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "densenet121"),
    *("mobilenet_v1", "mobilenet_v2", "unet"),
}

# Members of a family that are a built-in spec with other parameters.
RELATIVES: dict[str, tuple[str, dict[str, Any]]] = {
    "densenet161": ("densenet121", {"depths": [6, 12, 36, 24], "growth": 48}),
    "densenet169": ("densenet121", {"depths": [6, 12, 32, 32]}),
    "densenet201": ("densenet121", {"depths": [6, 12, 48, 32]}),
}


def totals(network: cnncalc.Network) -> dict[str, Any]:
    names = ("weights", "biases", "params", "buffers", "macs")
    return {name: getattr(network.totals, name) for name in names} | {"output": list(network.layers[-1].output)}


def expected(name: str) -> dict[str, Any]:
    return {key: value for key, value in TRUTH[name].items() if key not in ("from", "input")}


def test_every_promised_network_is_built_in() -> None:
    assert BUILT_IN >= PROMISED


def test_the_truth_covers_most_of_them() -> None:
    assert len(BUILT_IN & TRUTH.keys()) >= 14


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_built_in_spec_says_what_it_is(name: str) -> None:
    network = cnncalc.load(name)
    assert network.name
    assert network.source


@pytest.mark.parametrize("name", sorted(BUILT_IN & TRUTH.keys()))
def test_totals_are_those_of_the_framework(name: str) -> None:
    found = totals(cnncalc.load(name))
    assert {key: found[key] for key in expected(name)} == expected(name)


@pytest.mark.parametrize("name", sorted(RELATIVES))
def test_totals_of_a_relative_are_those_of_the_framework(name: str) -> None:
    spec, parameters = RELATIVES[name]
    found = totals(cnncalc.load(spec, set=parameters))
    assert {key: found[key] for key in expected(name)} == expected(name)


def test_which_networks_lose_values_of_their_input() -> None:
    """They take 224 where 225 or 227 would fit: (224 - 11)/4 + 1 = 54.25, (224 - 7)/2 + 1 = 109.5.

    An unpadded 3x3/2, in SqueezeNet 1.1 and NASNet, gives (224 - 3)/2 + 1 = 111.5.
    """
    losing = {"nin_imagenet", "squeezenet1_0", "squeezenet1_1", "nasnet_mobile"}
    assert {name for name in BUILT_IN if cnncalc.load(name).warnings} == losing


# Figures that no framework's model code gives; each is an independent sum.
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("alexnet", 60_965_224),
        ("alexnet_one_tower", 62_378_344),
        ("googlenet", 6_998_552),
        ("lenet5", 60_000),
        ("nin_cifar10", 966_986),
        ("nin_imagenet", 7_595_176),
        ("vgg11_lrn", 132_863_336),
        ("vgg16_c", 133_638_952),
        (
            "zfnet",
            (7 * 7 * 3 * 96 + 96)
            + (5 * 5 * 96 * 256 + 256)
            + (3 * 3 * 256 * 384 + 384)
            + (3 * 3 * 384 * 384 + 384)
            + (3 * 3 * 384 * 256 + 256)
            + (6 * 6 * 256 * 4096 + 4096)
            + (4096 * 4096 + 4096)
            + (4096 * 1000 + 1000),
        ),
        (
            "unet",
            sum(9 * a * b + b for a, b in [(1, 64), (64, 128), (128, 256), (256, 512), (512, 1024)])
            + sum(9 * a * a + a for a in (64, 128, 256, 512, 1024))
            + sum(4 * 2 * a * a + a for a in (512, 256, 128, 64))
            + sum(9 * 2 * a * a + a + 9 * a * a + a for a in (512, 256, 128, 64))
            + (64 * 2 + 2),
        ),
    ],
)
def test_params_of_networks_without_a_framework_of_their_own(name: str, params: int) -> None:
    assert cnncalc.load(name).totals.params == params
