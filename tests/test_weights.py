"""Layers by what they have trained: factors, slopes, gains, norms, weights of every position; and words for fields."""

from __future__ import annotations

import re

import jsonschema
import pytest
import yaml
from msgspec import NODEFAULT
from test_language import layers, one, refused, volume

import cnncalc
from cnncalc.analysis.derivation import steps
from cnncalc.language.schema import schema
from cnncalc.layers import registry
from cnncalc.layers.base import defaults_of, values_of
from cnncalc.numbers.traced import written
from cnncalc.report.describe import described
from cnncalc.report.reference import entry

SCHEMA = jsonschema.Draft202012Validator(schema())
H, W, D = 6, 5, 12
VALUES = H * W * D
HERE = f"{H}x{W}x{D}"


def stored(item: str, given: str = HERE) -> tuple[int, int]:
    layer = one(given, item)
    return layer.weights, layer.biases


# --- factors and slopes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factors", "count"), [("1", 1), ("4", 4), ("2*2", 4), ("heads", 3), ("channel", D), ("value", H * W * D)]
)
def test_factors_and_slopes_are_said_alike(factors: str, count: int) -> None:
    head = "parameters: {heads: 3, channel: 5}"  # words come before names, as everywhere
    scaled, shifted = one(HERE, f"{{scale: {factors}}}", head), one(HERE, f"{{scale: {factors}, bias: true}}", head)
    assert (scaled.weights, scaled.biases, scaled.flops, volume(scaled)) == (count, 0, VALUES, (H, W, D))
    assert (shifted.weights, shifted.biases, shifted.flops) == (count, count, 2 * VALUES)
    assert [each.kind for each in shifted.operations] == ["scaling", "bias"]
    sloped = one(HERE, f"{{prelu: {factors}}}", head)
    assert (sloped.weights, sloped.biases, sloped.flops, sloped.activations) == (count, 0, VALUES, 0)


def test_a_factor_a_channel_is_a_layer_scale() -> None:
    ours, theirs = one(HERE, "{scale: channel}"), one(HERE, "layer_scale")
    assert (ours.weights, ours.flops, ours.activations) == (theirs.weights, theirs.flops, theirs.activations)
    assert theirs.weights == D


def test_a_fixed_factor_costs_operations_alone() -> None:
    layer = one(HERE, "{scale: , by: 0.17}")
    assert (layer.params, layer.buffers, layer.macs, layer.flops) == (0, 0, 0, VALUES)
    assert layer.fields["by"] == 0.17


def test_slopes_in_the_notation_and_fused() -> None:
    assert stored("prelu") == stored("{prelu: }") == (D, 0)
    assert stored("prelu-1") == (1, 0)
    assert one(HERE, "{conv: 7, kernel: 1, bias: false, activation: prelu}").params == D * 7 + 7


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{scale: 5}", "5 factors do not divide 12 channels"),
        ("{scale: 5}", "factors can be 3, 4, 6"),
        ("{prelu: 5}", "5 slopes do not divide 12 channels"),
        ("{scale: 0}", "factors must be a whole number of at least 1"),
        ("{scale: 4, by: 0.1}", "`by` is a fixed factor, and goes with no trained ones"),
        ("{scale: , by: 0.1, bias: true}", "`by` is a fixed factor, and goes with no trained ones"),
        ("scale", "`{scale: 1}` trains one, `{scale: , by: 0.1}` is fixed"),
        ("{softmax: , groups: 5}", "5 groups do not divide 12 channels"),
        ("{conv: 4, kernel: 1, connections: local, groups: 2}", "use only one"),
    ],
)
def test_what_has_no_meaning_is_refused(item: str, said: str) -> None:
    refused(f"input: {HERE}\nlayers: [{item}]", said)


@pytest.mark.parametrize(
    "item", ["{batchnorm: , scale: false}", "{upsample: , scale: 2}", "{pixel_shuffle: , scale: 2}"]
)
def test_scale_goes_on_being_a_field(item: str) -> None:
    assert one(HERE, item).type == item[1:].split(":", maxsplit=1)[0]
    assert SCHEMA.is_valid({"input": [H, W, D], "layers": [yaml.safe_load(item)]})


@pytest.mark.parametrize("item", ["{scale: 1, factor: 2}", "{scale: -1}"])
def test_what_is_wrong_of_it_is_wrong_in_the_schema_too(item: str) -> None:
    assert not SCHEMA.is_valid({"input": [H, W, D], "layers": [yaml.safe_load(item)]})
    refused(f"input: {HERE}\nlayers: [{item}]")


@pytest.mark.parametrize(
    ("item", "written"),
    [
        ("{scale: false, batchnorm: }", "{batchnorm: , scale: false}"),
        ("{name: up, scale: 2, upsample: }", "{upsample: 2, name: up}"),
        ("{activation: relu, conv: 64, kernel: 3}", "{conv: 64, activation: relu, kernel: 3}"),
    ],
)
def test_the_first_key_is_the_type(item: str, written: str) -> None:
    report = refused(f"input: {HERE}\nlayers: [{item}]", f"the first key is the type: {written}")
    assert report.count("error:") == 1


def test_a_type_without_fields_says_so() -> None:
    refused("input: 8x8x3\nlayers: [{flatten: , start_dim: 1}]", "help: it has no fields: write `flatten`")
    refused("input: 8x8x3\nlayers: [{dropout: , xyz: 1}]", "there is `rate`")


def test_the_residuals_of_inception_resnet_are_scaled() -> None:
    """Keras: ten of 35×35×320 by 0.17, twenty of 17×17×1088 by 0.1, nine of 8×8×2080 by 0.2, and the tenth by 1."""
    scaled = [layer for layer in cnncalc.load("inception_resnet_v2").layers if layer.type == "scale"]
    assert [layer.fields["by"] for layer in scaled] == [0.17] * 10 + [0.1] * 20 + [0.2] * 9
    values = 10 * 35 * 35 * 320 + 20 * 17 * 17 * 1088 + 9 * 8 * 8 * 2080
    assert sum(layer.flops for layer in scaled) == sum(layer.activations for layer in scaled) == values
    assert sum(layer.params for layer in scaled) == 0


def test_a_word_at_its_default_is_not_shown() -> None:
    network = layers(HERE, "prelu", "{prelu: value}", "{scale: channel}", "{activation: relu}", "{scale: , by: 0.5}")
    shown = [described(layer) for layer in network.layers]
    assert shown == ["prelu", "prelu value", "scale channel", "activation relu", "scale by=0.5"]


# --- gains ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "filters"),
    [
        ("{conv: 8, kernel: 3", 8),
        ("{conv: 8, kernel: 3, groups: 4", 8),
        ("{conv: 8, kernel: 3, connections: shared", 8),
        ("{conv: 8, kernel: 3, connections: local", (H - 2) * (W - 2) * 8),
        ("{depthwise_conv: 2, kernel: 3", 2 * D),
        ("{conv_transpose: 8, kernel: 3", 8),
        ("{dense: 9", 9),
        ("{dense: 9, per_position: true", 9),
    ],
)
def test_a_gain_is_a_weight_for_each_filter_and_nothing_else(item: str, filters: int) -> None:
    bare, gained = one(HERE, item + "}"), one(HERE, item + ", gain: true}")
    assert gained.weights == bare.weights + filters
    assert bare.biases == filters
    for metric in ("biases", "macs", "flops", "activations", "output", "receptive_field"):
        assert getattr(gained, metric) == getattr(bare, metric), metric


def test_a_gain_may_be_a_default() -> None:
    head = "defaults: {conv: {gain: true, bias: false}}"
    assert one(HERE, "conv3-8", head).params == 3 * 3 * D * 8 + 8
    assert one(HERE, "{conv: 8, kernel: 3, gain: false}", head).params == 3 * 3 * D * 8


def test_a_gain_is_in_the_derivation_and_in_closed_forms() -> None:
    network = cnncalc.load("{input: HxWxC, parameters: {width: k}, layers: [{conv: width, kernel: 3, gain: true}]}")
    assert str(network.totals.weights) == "9*C*k + k"
    (layer,) = cnncalc.load(f"{{input: {HERE}, layers: [{{conv: 8, kernel: 3, gain: true}}]}}").layers
    (weights,) = (step.value for step in steps(layer) if step.quantity == "weights")
    assert written(weights) == f"(3*3*{D})*8+8"


# --- norms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", ["batchnorm", "layernorm", "groupnorm", "instancenorm", "grn"])
def test_a_norm_without_scale_or_shift(norm: str) -> None:
    main = "4" if norm == "groupnorm" else ""
    assert stored(f"{{{norm}: {main}}}") == (D, D)
    assert stored(f"{{{norm}: {main}, scale: false}}") == (0, D)
    assert stored(f"{{{norm}: {main}, bias: false}}") == (D, 0)
    assert stored(f"{{{norm}: {main}, affine: false}}") == (0, 0)
    kinds = [
        [each.kind for each in one(HERE, f"{{{norm}: {main}, {fields}}}").operations]
        for fields in ("scale: false", "bias: false", "affine: false", "scale: false, bias: false")
    ]
    assert kinds == [["normalisation", "affine"]] * 2 + [["normalisation"]] * 2


def test_rmsnorm_is_a_scale_alone() -> None:
    assert stored("rmsnorm") == (D, 0)
    assert stored("{rmsnorm: , affine: false}") == stored("{rmsnorm: , scale: false}") == (0, 0)
    assert one(HERE, "rmsnorm").flops == 2 * VALUES
    refused(f"input: {HERE}\nlayers: [{{rmsnorm: , bias: false}}]", "rmsnorm has no field `bias`")


def test_a_layernorm_over_everything() -> None:
    layer = one(HERE, "{layernorm: , over: all}")
    assert layer.params == 2 * H * W * D
    assert layer.receptive_field == (1, 1), "means and variances see what the input sees"
    assert one(HERE, "{layernorm: , over: channels}").params == one(HERE, "layernorm").params == 2 * D
    assert one(HERE, "layernorm").receptive_field == (1, 1)
    assert stored("{layernorm: , over: all, bias: false}") == (VALUES, 0)


# --- local connections ------------------------------------------------------------------------------------------------


def test_weights_of_their_own_at_every_position() -> None:
    """Keras' LocallyConnected2D(64, 3) on 32×32×3: 1,612,800 parameters."""
    local, shared = (one("32x32x3", f"{{conv: 64, kernel: 3{more}}}") for more in (", connections: local", ""))
    assert local.weights == 30 * 30 * (3 * 3 * 3 * 64)
    assert local.biases == 30 * 30 * 64
    assert local.params == 1_612_800
    assert (local.macs, local.flops, local.output) == (shared.macs, shared.flops, shared.output)
    assert local.receptive_field == (3, 3)


def test_local_weights_grow_with_width_and_with_the_side() -> None:
    spec = "{input: 8x8x3, layers: [{conv: 4, kernel: 3, padding: half, connections: local}, {conv: 5, kernel: 1}]}"
    width, _, resolution = cnncalc.scale(spec).ways
    before = 8 * 8 * 9 * 3 * 4 + 4 * 5
    assert width.weights == (8 * 8 * 9 * 3 * 8 + 8 * 5) / before
    assert resolution.weights == (16 * 16 * 9 * 3 * 4 + 4 * 5) / before


# --- softmax ----------------------------------------------------------------------------------------------------------


def test_a_softmax_over_each_group_reads_a_sum_for_each() -> None:
    for groups in (1, 3):
        (done,) = one(HERE, f"{{softmax: , groups: {groups}}}").operations
        assert (done.made, done.read) == (H * W * D, groups * H * W)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("swish", "silu"), ("Swish", "silu"), ("ReLU", "relu"), ("GELU", "gelu"), ("none", None), ("None", None)],
)
def test_a_fused_activation_holds_its_own_word(written: str, canonical: str | None) -> None:
    """As it stands, as a parameter of a block, and as its default."""
    item = f"{{conv: 4, kernel: 1, activation: {written}}}"
    blocks = f"blocks: {{unit: {{parameters: {{act: {written}}}, layers: [{{conv: 4, kernel: 1, activation: act}}]}}}}"
    for network in (
        layers(HERE, item),
        layers(HERE, "unit", head=blocks),
        layers(HERE, f"{{unit: {written}}}", head=blocks.replace(f"act: {written}", "act: tanh")),
    ):
        assert network.layers[0].layer.activation == canonical  # type: ignore[attr-defined]
    assert SCHEMA.is_valid({"input": [H, W, D], "layers": [{"conv": 4, "kernel": 1, "activation": written}]})


def test_names_in_scope_come_before_other_spellings() -> None:
    head = "parameters: {swish: relu, none: 2}"
    layer = layers(HERE, "{conv: 4, kernel: 1, activation: swish}", "{maxpool: 3, stride: none}", head=head)
    assert layer.layers[0].layer.activation == "relu"  # type: ignore[attr-defined]
    assert layer.layers[1].windows[0].stride == 2


def test_words_of_any_field_hold_in_capitals() -> None:
    assert volume(one("9x9x2", "{conv: 4, kernel: 3, padding: Half}")) == (9, 9, 4)
    assert volume(one("9x9x2", "{maxpool: 3, stride: 2, padding: SAME}")) == (5, 5, 2)
    assert volume(one("9x9x2", "{maxpool: 3, stride: None}")) == (3, 3, 2)
    assert one("9x9x2", "{activation: ReLU}").fields["function"] == "relu"


def test_what_is_no_word_is_refused_with_the_near_ones() -> None:
    refused("input: 8x8x3\nlayers: [{conv: 4, kernel: 1, activation: rleu}]", "did you mean `relu`")
    refused("input: 8x8x3\nlayers: [{conv: none, kernel: 1}]", "filters: nothing in scope is called `none`")


PRINTED = re.compile(r"^- `(\w+)`(?: \(main argument\))?, default `([^`]*)`", re.MULTILINE)


EITHER = {
    "scale": (("factors", "1"), ("by", "0.5")),
    "pad": (("amount", "1"), ("size", "9x9")),
    "crop": (("amount", "1"), ("size", "2x2")),
    "upsample": (("scale", "2"), ("size", "9x9")),
}
"""Types that take one of two fields, and neither by default."""


def defaults_printed() -> list[tuple[str, str, str]]:
    return [(name, *found) for name, kind in registry().items() for found in PRINTED.findall(entry(kind))]


def test_there_are_defaults_of_every_sort_in_the_reference() -> None:
    assert {("conv", "activation", "none"), ("maxpool", "stride", "none"), ("lrn", "size", "5")} < {*defaults_printed()}
    assert len({field for _, field, _ in defaults_printed()}) >= 24


@pytest.mark.parametrize(("name", "field", "printed"), defaults_printed())
def test_what_the_reference_prints_as_a_default_is_read_as_that_value(name: str, field: str, printed: str) -> None:
    kind = registry()[name]
    required = [field for field, default in defaults_of(kind).items() if default is NODEFAULT]
    given = {**dict.fromkeys(required, "2"), field: printed}
    if name in EITHER:
        one, two = EITHER[name]
        given |= dict([two if field == one[0] else one])
    if name == "other":
        given |= {"what": "rnn", "output": "1x1x2"}
    text = ", ".join(f"{key}: {value}" for key, value in given.items())
    volume = {"attention": "6x12", "matmul": "6x6"}.get(name, HERE)
    inputs = "[input, input]" if kind.merges else ""
    (layer,) = cnncalc.load(f"{{input: {volume}, layers: [{{{name}: {inputs}, {text}}}]}}").layers
    assert values_of(layer.layer)[field] == defaults_of(kind)[field]
