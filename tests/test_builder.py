"""A network run again, as it was, on other inputs and with other layers, against the spec that is written so."""

from __future__ import annotations

from typing import Any

import pytest

import cnncalc
from cnncalc.layers.activation import Relu
from cnncalc.layers.convolution import Conv
from cnncalc.layers.dense import Dense
from cnncalc.network.builder import again, renumbered
from cnncalc.network.counts import SUMMED
from cnncalc.network.node import Node
from cnncalc.numbers.symbolic import symbol
from cnncalc.volume import Volume
from cnncalc.window import LayerError

FAMILIES = [
    *("lenet5", "alexnet", "vgg16_bn", "nin_imagenet", "googlenet", "inception_v3", "resnet50", "densenet121"),
    *("squeezenet1_1", "mobilenet_v2", "efficientnet_b0", "nasnet_mobile", "convnext_tiny", "unet"),
]
SIAMESE: dict[str, Any] = {
    "name": "siamese",
    "source": "somebody",
    "input": {"left": "8x8x3", "right": "8x8x3"},
    "layers": [
        {"conv": 4, "kernel": 3, "from": "left", "name": "one"},
        {"conv": 4, "kernel": 3, "from": "right", "name": "other", "share": "one"},
        {"relu": None, "from": "one", "when": False},
        {"conv": 4, "kernel": 1, "name": "kept", "frozen": True},
        {"concat": None, "from": ["one", "kept"], "name": "both"},
        {"maxpool": 4, "from": "both", "name": "lossy"},
        {"fc": 10, "from": "both", "name": "classes"},
    ],
    "blocks": {"spare": {"layers": ["relu"]}},
    "outputs": ["kept", "classes"],
    "budget": {"params": "1M"},
    "published": [{"metric": "params", "printed": "138M", "where": "nowhere"}],
    "lint": {"ignore": ["CNN402"]},
}


def known(network: cnncalc.Network, *, written: bool = True) -> dict[str, Any]:
    """Everything that a network holds, layer by layer; `written` also says where it was written, and its name."""
    fields = {name: getattr(network, name) for name in network.__struct_fields__ if written or name != "name"}
    kept = [name for name in Node.__struct_fields__ if written or name != "place"]
    layers = [{name: getattr(node, name) for name in kept} for node in network.layers]
    return {**fields, "layers": layers, "warnings": network.warnings}


@pytest.mark.parametrize("spec", [*FAMILIES, SIAMESE, "HxWxC: conv3-C maxpool2/2 fc-10"], ids=str)
def test_run_again_as_it_is_it_is_the_same(spec: Any) -> None:
    network = cnncalc.load(spec)
    assert known(again(network)) == known(network)


def test_the_spec_above_has_all_that_there_is_to_keep() -> None:
    network = cnncalc.load(SIAMESE)
    values = [getattr(network, name) for name in network.__struct_fields__ if name not in ("assumptions", "sizing")]
    assert all(values)
    assert all((network.demands.budget, network.demands.rulings, network.demands.published))
    assert network.warnings
    assert [(node.name, node.share, node.frozen) for node in network.layers[:3]] == [
        ("one", "", False),
        ("other", "one", False),
        ("kept", "", True),
    ]
    assert all(node.place is not None for node in cnncalc.load("vgg16").layers)


def test_memory_is_counted_as_before() -> None:
    network = cnncalc.load("vgg16").sized("float16", 8)
    assert known(again(network)) == known(network)
    wide = again(network, inputs={"input": Volume.of("448x224x3")})
    assert wide.totals.activation_bytes == 2 * 8 * wide.totals.activations
    assert [node.sizing for node in wide.layers] == [network.sizing] * len(network.layers)


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "unet", "mobilenet_v2", "nin_imagenet"])
def test_on_another_input_it_is_what_the_spec_gives_there(name: str) -> None:
    network = cnncalc.load(name)
    (given,) = network.inputs
    larger = Volume.of("608x416x3" if network.inputs[given].channels == 3 else "604x604x1")
    found = again(network, inputs={given: larger})
    assert known(found, written=False) == known(cnncalc.load(name, set={"input": list(larger)}), written=False)
    assert found.totals.macs != network.totals.macs


def test_warnings_are_those_of_the_new_input() -> None:
    network = cnncalc.load("227x227x3: conv11-96/4")
    layers = {"conv1": Conv(filters=96, kernel=11, stride=4)}
    assert again(network, layers=layers).warnings == ()  # (227 - 11)/4 + 1 = 55
    short = again(network, inputs={"input": Volume.of("224x224x3")}, layers=layers)
    assert short.warnings == (
        "conv1: (224 − 11)/4 + 1 = 54.25, rounded down to 54: the last of 224 positions is ignored",
    )


def test_other_layers_stand_where_the_old_ones_stood() -> None:
    network = cnncalc.load("32x32x3: conv3-16 relu conv3-16 fc-10")
    found = again(network, layers={"conv1": Conv(filters=8, kernel=5, padding="half")})
    assert known(found, written=False) == known(cnncalc.load("32x32x3: conv5-8 relu conv3-16 fc-10"), written=False)
    assert found.totals.weights == 5 * 5 * 3 * 8 + 3 * 3 * 8 * 16 + 32 * 32 * 16 * 10


def test_several_layers_stand_one_behind_the_other() -> None:
    """What read the one reads the last of them, and so does who takes the output."""
    network = cnncalc.load(
        {
            "input": "8x8x4",
            "layers": [
                {"conv": 4, "kernel": 1, "name": "a"},
                {"add": None, "from": ["a", "input"], "name": "sum"},
                {"fc": 6, "name": "b"},
            ],
        }
    )
    dense, conv = Dense(units=6), Conv(filters=4, kernel=1)
    found = again(network, layers={"a": [conv, Relu(), conv], "b": (dense, dense)})
    wired = {node.name: node.inputs for node in found.layers}
    assert wired == {
        "a": ("input",),
        "a.again": ("a",),
        "a.again.again": ("a.again",),
        "sum": ("a.again.again", "input"),
        "b": ("sum",),
        "b.again": ("b",),
    }
    assert found.outputs == ("b.again",)
    assert found.totals.weights == 2 * 4 * 4 + 8 * 8 * 4 * 6 + 6 * 6
    assert found.totals.biases == 4 + 4 + 6 + 6
    assert found.totals.layers == 6


def test_a_name_that_is_taken_is_not_given_twice() -> None:
    network = cnncalc.load("8x8x4: conv3-4")
    conv = network.layers[0].layer
    twice = again(network, layers={"conv1": [conv, conv]})
    more = again(twice, layers={node.name: [node.layer, node.layer] for node in twice.layers})
    assert sorted(node.name for node in more.layers) == ["conv1", *(f"conv1{'.again' * times}" for times in (1, 2, 3))]
    assert more.totals.weights == 4 * 9 * 4 * 4
    assert len(more.outputs) == 1


def test_a_layer_that_is_frozen_stays_frozen_and_a_second_one_has_weights_of_its_own() -> None:
    network = cnncalc.load(SIAMESE)
    layers = {name: [network.layer(name).layer, Conv(filters=4, kernel=1)] for name in ("other", "kept")}
    found = {node.name: node for node in again(network, layers=layers).layers}
    assert found["other"].params == 0
    assert found["other.again"].weights == 4 * 4
    assert found["kept"].params == found["kept.again"].params == 0
    assert found["kept"].buffers == found["kept.again"].buffers == 4 * 4 + 4


def test_what_can_not_be_is_a_layer_error() -> None:
    network = cnncalc.load("32x32x3: conv3-16 maxpool2 fc-10")
    with pytest.raises(LayerError, match="kernel 33×33 is larger than its 32×32×16 input"):
        again(network, layers={"maxpool1": Conv(filters=4, kernel=33)})
    with pytest.raises(LayerError):
        again(network, inputs={"input": Volume.of("1x1x3")})
    shared = cnncalc.load(SIAMESE)
    with pytest.raises(LayerError, match="one has 108 weights"):  # 3*3*3*4
        again(shared, layers={"other": Conv(filters=5, kernel=3)})


def test_on_symbols_it_is_the_closed_form_with_what_was_assumed() -> None:
    text = "conv7-8/2 maxpool3/2 fc-10"
    found = again(cnncalc.load(f"64x48x3: {text}"), inputs={"input": Volume((symbol("H"), symbol("W")), symbol("C"))})
    written = cnncalc.load(f"HxWxC: {text}")
    assert known(found, written=False) == known(written, written=False)


def test_every_number_is_put_through_the_function() -> None:
    """A closed form with numbers for its symbols is the network of these numbers, also in what its layers see."""
    text = "{conv: 8, kernel: 5, stride: 2, padding: same}, {maxpool: 3, stride: 2, padding: same}, conv3-16, relu"
    form = cnncalc.load(f"{{input: HxWxC, layers: [{text}]}}")
    numbers = {symbol("H"): 61, symbol("W"): 40, symbol("C"): 3}
    found = renumbered(form, lambda value: int(value.subs(numbers)) if hasattr(value, "subs") else value)
    plain = cnncalc.load(f"{{input: 61x40x3, layers: [{text}]}}")
    for metric in ("weights", "macs", "flops", "activations", "receptive_field", "activation_bytes", "weight_bytes"):
        assert getattr(found.totals, metric) == getattr(plain.totals, metric), metric
    for ours, theirs in zip(found.layers, plain.layers, strict=True):
        for name in ("output", "given", "arriving", "reach", *SUMMED):
            assert getattr(ours, name) == getattr(theirs, name), (name, ours)
    assert found.inputs == plain.inputs
    assert not found.symbolic


def test_nothing_is_left_out_and_nothing_else_touched() -> None:
    network = cnncalc.load(SIAMESE)
    assert known(renumbered(network, lambda value: value)) == known(network)
    tripled = renumbered(network, lambda value: 3 * value)
    assert tripled.inputs == {"left": Volume.of("24x24x9"), "right": Volume.of("24x24x9")}
    for before, after in zip(network.layers, tripled.layers, strict=True):
        for name in ("output", *SUMMED):
            value = getattr(before, name)
            expected = (
                Volume(tuple(3 * side for side in value.sides), 3 * value.channels) if name == "output" else 3 * value
            )
            assert getattr(after, name) == expected
        assert (after.layer, after.inputs, after.share, after.frozen) == (
            before.layer,
            before.inputs,
            before.share,
            before.frozen,
        )
    assert tripled.totals.weights == 3 * network.totals.weights
    given = 2 * 24 * 24 * 9  # the inputs' own values are those of the larger volumes
    assert tripled.totals.activations == 3 * (network.totals.activations - 2 * 8 * 8 * 3) + given
