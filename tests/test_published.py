"""What the papers print, cell by cell.

A printed figure holds when the computed value, in the printed unit, rounds or truncates to the printed digits. Where
a cell does not follow from the architecture that the same paper describes, the cell is named here and the reason
given, and the test makes sure that it really does not hold: an exception that is none would hide a mistake of ours.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import cnncalc
from cnncalc.analysis.published import FigureError, figure
from cnncalc.network.limits import Published

CONFIGS = Path(__file__).parent.parent / "configs"
POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "B": 3}


def prints_as(value: int | Fraction, printed: str, unit: int = 1000) -> bool:
    """Does the value round or truncate to the printed digits, `unit` being the worth of K?"""
    match = re.fullmatch(r"([\d,]+(?:\.\d+)?)([KMGB]?)", printed)
    assert match, f"cannot read {printed!r}"
    shown = Decimal(match[1].replace(",", ""))
    scaled = Fraction(value) / unit ** POWERS[match[2]]
    exact = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return shown in (exact.quantize(shown, ROUND_HALF_UP), exact.quantize(shown, ROUND_DOWN))


def within(network: cnncalc.Network, scope: str) -> list[Any]:
    """The layer of this name, or all layers of the block of this name."""
    layers = [layer for layer in network.layers if layer.name == scope or layer.name.startswith(scope + ".")]
    assert layers, f"{scope} is not in {network.name}"
    return layers


def total(network: cnncalc.Network, scope: str, metric: str) -> int:
    return sum(getattr(layer, metric) for layer in within(network, scope))


def output(network: cnncalc.Network, scope: str) -> str:
    return "x".join(str(side) for side in within(network, scope)[-1].output)


def of_type(network: cnncalc.Network, *types: str) -> list[Any]:
    return [layer for layer in network.layers if layer.type in types]


@pytest.mark.parametrize(
    ("value", "printed", "unit", "holds"),
    [
        (138_357_544, "138M", 1000, True),
        (1_582_671_872, "1.5G", 1000, True),  # truncated
        (1_582_671_872, "1.6G", 1000, True),  # rounded
        (1_582_671_872, "1.4G", 1000, False),
        (60_000, "60,000", 1000, True),
        (60_001, "60,000", 1000, False),
        (163_328, "159K", 1024, True),
        (163_328, "159K", 1000, False),
    ],
)
def test_the_measure_itself(value: int, printed: str, unit: int, holds: bool) -> None:
    assert prints_as(value, printed, unit) is holds


@pytest.mark.parametrize(
    ("value", "printed", "unit", "holds"),
    [
        (1500, "1K", 1000, True),  # truncated
        (1500, "2K", 1000, True),  # rounded
        (1499, "2K", 1000, False),
        (1999, "1K", 1000, True),
        (2000, "1K", 1000, False),
        (1999, "2.00K", 1000, True),
        (1994, "2.00K", 1000, False),
        (1536, "1.5k", 1024, True),
        (1536, "1.4k", 1024, False),
        (1000, "1_000", 1000, True),
        (1499, "1e3", 1000, True),
        (2000, "1e3", 1000, False),
        (1000, "1000." + "0" * 30, 1000, True),
        (1000, "1000." + "0" * 29 + "1", 1000, False),
    ],
)
def test_a_figure_is_as_exact_as_its_digits(value: int, printed: str, unit: Any, holds: bool) -> None:
    network = cnncalc.load(f"1x1x{value - 1}: fc-1")  # so many weights, and a bias
    record = Published(metric="params", printed=printed, where="here", unit=unit)
    assert figure(network, record).reproduced is holds


@pytest.mark.parametrize("printed", ["", "1MiB", "1kB", "1x", "-1K", "1 000", "1K params", "±1%"])
def test_what_is_no_figure_is_refused(printed: str) -> None:
    with pytest.raises(FigureError, match="is not a figure: write it as it is printed"):
        figure(cnncalc.load("1x1x9: fc-1"), Published(metric="params", printed=printed, where="here"))


# --- what the specs say of themselves --------------------------------------------------------------------------------


RECORDS = [
    (path.stem, record)
    for path in sorted(CONFIGS.glob("*.yaml"))
    for record in yaml.safe_load(path.read_text()).get("published", [])
]
every_record = pytest.mark.parametrize(
    ("name", "record"), RECORDS, ids=[f"{name}-{record['metric']}" for name, record in RECORDS]
)

_networks: dict[tuple[str, str], cnncalc.Network] = {}


def under(name: str, settings: dict[str, Any] | None) -> cnncalc.Network:
    """The built-in network under these settings; each is loaded once."""
    key = (name, str(settings))
    if key not in _networks:
        _networks[key] = cnncalc.load(name, set=settings or {})
    return _networks[key]


def among(network: cnncalc.Network, wanted: str) -> list[Any]:
    """The layers that `of` means: by type, by name, or by a name with stars for any text."""
    patterns = [re.escape(word.strip()).replace(r"\*", ".*") for word in wanted.split(",")]
    return [
        layer
        for layer in network.layers
        if any(re.fullmatch(pattern, text) for pattern in patterns for text in (layer.type, layer.name))
    ]


def reproduced(network: cnncalc.Network, record: dict[str, Any]) -> bool:
    """Is the printed figure of this record what the network has?"""
    scope, _, metric = record["metric"].rpartition(".")
    printed = str(record["printed"])
    if metric in ("input", "output"):
        volume = network.inputs["input"] if metric == "input" else network.layer(network.outputs[-1]).output
        return printed == (output(network, scope) if scope else "x".join(str(side) for side in volume))
    layers = among(network, record["of"]) if "of" in record else within(network, scope) if scope else None
    assert layers != [], f"{record} is about nothing"
    if layers is None:
        value = getattr(network.totals, metric)
    else:
        value = len(layers) if metric == "layers" else sum(getattr(layer, metric) for layer in layers)
    if printed.endswith("%"):
        return prints_as(Fraction(100 * value, getattr(network.totals, metric)), printed.rstrip(" %"))
    return prints_as(value, printed, record.get("unit", 1000))


@every_record
def test_figures_in_the_specs(name: str, record: dict[str, Any]) -> None:
    """A figure is reproduced, or the spec says why it is not: one of the two, never both and never neither."""
    assert record.keys() >= {"metric", "printed", "where"}
    assert record.keys() <= {"metric", "of", "set", "printed", "where", "unit", "because"}
    assert "because" not in record or len(record["because"]) > 20
    assert reproduced(under(name, record.get("set")), record) is ("because" not in record)


@pytest.mark.parametrize(
    ("record", "holds"),
    [
        ({"metric": "params", "of": "dense", "printed": "123,642,856"}, True),
        ({"metric": "params", "of": "dense*, conv1", "printed": "123,644,648"}, True),
        ({"metric": "layers", "of": "maxpool", "printed": "5"}, True),
        ({"metric": "macs", "of": "dense", "printed": "0.8 %"}, True),
        ({"metric": "macs", "of": "dense", "printed": "0.9 %"}, False),
        ({"metric": "output", "printed": "1x1x1000"}, True),
        ({"metric": "maxpool5.output", "printed": "7x7x512"}, True),
        ({"metric": "input", "printed": "227x227x3"}, False),
    ],
)
def test_how_records_are_read(record: dict[str, Any], holds: bool) -> None:
    assert 123_642_856 == 7 * 7 * 512 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    assert reproduced(cnncalc.load("vgg16"), record) is holds


def test_errata_that_must_be_there() -> None:
    """The well-known figures that do not follow from the architecture, each under its own name."""
    differing = {(name, record["metric"], str(record["printed"])) for name, record in RECORDS if "because" in record}
    assert differing >= {
        ("vgg16", "activations", "24M"),
        ("vgg16", "macs", "15.3B"),
        ("alexnet", "conv1.activations", "253,440"),
        ("alexnet", "input", "224x224x3"),
        ("googlenet", "conv1.params", "2.7K"),
        ("googlenet", "inception4c.params", "463K"),
        ("googlenet", "inception5a.params", "1072K"),
        ("mobilenet_v1", "macs", "1.19 %"),
        ("resnet50", "macs", "3.8G"),
        ("resnet101", "macs", "7.6G"),
        ("resnet152", "macs", "11.3G"),
        ("mobilenet_v2", "macs", "585M"),
        ("mobilenet_v2", "params", "6.9M"),
        ("densenet121", "params", "8.1M"),
    }


# --- the reasons, where a reason is a sum ----------------------------------------------------------------------------

RUNNING = [(name, record) for name, record in RECORDS if "running means and variances" in record.get("because", "")]


@pytest.mark.parametrize(("name", "record"), RUNNING, ids=[f"{name}-{record['printed']}" for name, record in RUNNING])
def test_figures_that_count_the_running_means_and_variances(name: str, record: dict[str, Any]) -> None:
    """With them the figure is reached, and the reason names their number (or the sum)."""
    totals = under(name, record.get("set")).totals
    stored = totals.params + totals.buffers
    assert re.search(rf"(?<![\d,])({totals.buffers:,}|{stored:,})(?![\d,])", record["because"])
    scales = 17_216 if name == "inception_v3" else 0  # Keras normalises without scales there
    assert prints_as(stored - scales, record["printed"])


def test_inception_v3_in_keras_has_a_scale_less_per_channel() -> None:
    network = cnncalc.load("inception_v3")
    assert sum(layer.output.channels for layer in of_type(network, "batchnorm")) == 17_216


def test_the_slide_on_vgg16() -> None:
    """Its rows: the input, the convolutions, the pools and the three dense layers."""
    rows = 224 * 224 * (3 + 64 + 64) + 112 * 112 * (64 + 128 + 128) + 56 * 56 * (128 + 256 + 256 + 256)
    rows += 28 * 28 * (256 + 512 + 512 + 512) + 14 * 14 * (512 + 512 + 512 + 512) + 7 * 7 * 512 + 4096 + 4096 + 1000
    assert rows == 15_237_608 == cnncalc.load("vgg16").totals.activations
    assert prints_as(rows, "15.2M")
    assert prints_as(4 * rows, "58.1M", 1024)


def test_the_neurons_of_alexnet() -> None:
    rest = 186_624 + 64_896 + 64_896 + 43_264 + 4096 + 4096 + 1000
    assert 253_440 == 55 * 48 * 96
    assert (253_440 + rest, 55 * 55 * 96 + rest) == (622_312, 659_272)
    assert (227 - 11) / 4 + 1 == 55
    assert (224 - 11) / 4 + 1 == 54.25


def test_vgg16_without_and_vgg19_with_its_dense_layers() -> None:
    """One sentence of the ResNet paper prints 15.3 and 19.6 billion."""
    for name, whole, convolutions in (("vgg16", "15.4B", "15.3B"), ("vgg19", "19.6B", "19.5B")):
        network = cnncalc.load(name)
        assert prints_as(network.totals.macs, whole)
        assert prints_as(sum(layer.macs for layer in of_type(network, "conv")), convolutions)


@pytest.mark.parametrize(("name", "units", "fewer"), [("densenet121", 58, 7_488), ("densenet169", 82, 10_560)])
def test_densenets_with_batch_norm_folded_in(name: str, units: int, fewer: int) -> None:
    """A norm after a convolution (the first, and the 1x1 in each unit) leaves one bias a channel of its two values."""
    assert fewer == 64 + units * 128
    [record] = [record for other, record in RECORDS if other == name and "folded" in record.get("because", "")]
    assert f"= {fewer:,} fewer" in record["because"]
    assert prints_as(cnncalc.load(name).totals.params - fewer, record["printed"])


@pytest.mark.parametrize("name", ["resnet50", "resnet101", "resnet152"])
def test_resnets_with_the_stride_of_the_paper(name: str) -> None:
    depths = {"resnet50": [3, 4, 6, 3], "resnet101": [3, 4, 23, 3], "resnet152": [3, 8, 36, 3]}[name]
    [record] = [record for other, record in RECORDS if other == name and "because" in record]
    stated = re.search(r"they are ([\d.]+) billion", record["because"])
    assert stated
    assert prints_as(cnncalc.load("resnet50_v1", set={"depths": depths}).totals.macs, stated[1] + "B")


def test_lenet5_connections_to_biases() -> None:
    network = cnncalc.load("lenet5")
    for name, connected, biases in (("c1", 122_304, 28 * 28 * 6), ("c3", 151_600, 10 * 10 * 16)):
        assert total(network, name, "macs") + biases == connected


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_figures_are_not_inherited(path: Path) -> None:
    """A spec that extends another has its own figures: those of the other are about the other."""
    spec = yaml.safe_load(path.read_text())
    assert "extends" not in spec or spec.keys() >= {"name", "source"}


# --- LeNet-5: LeCun et al. 1998, section II.B ------------------------------------------------------------------------

LENET = [
    # layer  output      trainable  connections
    ("c1", "28x28x6", 156, 122_304),
    ("s2", "14x14x6", 12, 5_880),
    ("c3", "10x10x16", 1_516, 151_600),
    ("s4", "5x5x16", 32, 2_000),
    ("c5", "1x1x120", 48_120, 48_120),
    ("f6", "1x1x84", 10_164, 10_164),
]


def connections(layer: Any) -> int:
    """LeCun counts every multiply-add and every bias; in a subsampling layer, every value added and every bias."""
    if layer.type == "subsample":
        return int(layer.flops)
    return int(layer.macs + (layer.activations if layer.biases else 0))


@pytest.mark.parametrize(("name", "shape", "trainable", "connected"), LENET)
def test_lenet5(name: str, shape: str, trainable: int, connected: int) -> None:
    network = cnncalc.load("lenet5")
    [layer] = within(network, name)
    assert (output(network, name), layer.params, connections(layer)) == (shape, trainable, connected)


def test_lenet5_as_a_whole() -> None:
    """340,908 connections, 840 of them the fixed ones of the output layer; 60,000 trainable parameters."""
    network = cnncalc.load("lenet5")
    assert sum(connections(layer) for layer in of_type(network, "conv", "subsample", "dense")) == 340_908
    assert (network.totals.params, network.totals.buffers) == (60_000, 84 * 10)


# --- VGG: Simonyan & Zisserman 2014, Table 2 -------------------------------------------------------------------------

VGG = {"vgg11": 133, "vgg11_lrn": 133, "vgg13": 133, "vgg16_c": 134, "vgg16": 138, "vgg19": 144}
VGG_WEIGHT_LAYERS = {"vgg11": 11, "vgg11_lrn": 11, "vgg13": 13, "vgg16_c": 16, "vgg16": 16, "vgg19": 19}


@pytest.mark.parametrize("name", VGG)
def test_vgg_table_2(name: str) -> None:
    network = cnncalc.load(name)
    assert prints_as(network.totals.params, f"{VGG[name]}M")
    assert len(of_type(network, "conv", "dense")) == VGG_WEIGHT_LAYERS[name]
    assert [tuple(layer.output)[:2] for layer in of_type(network, "maxpool")] == [
        (side, side) for side in (112, 56, 28, 14, 7)
    ]


# --- ZFNet: Zeiler & Fergus 2013, Figure 3 ---------------------------------------------------------------------------


def test_zfnet_figure_3() -> None:
    network = cnncalc.load("zfnet")
    shapes = ["110x110x96", "55x55x96", "26x26x256", "13x13x256"]
    shapes += ["13x13x384", "13x13x384", "13x13x256", "6x6x256"]
    assert [output(network, layer.name) for layer in of_type(network, "conv", "maxpool")] == shapes


# --- GoogLeNet: Szegedy et al. 2014, Table 1 -------------------------------------------------------------------------

GOOGLENET = [
    # row of the table       its layers here      output        params   operations
    ("convolution 7x7/2", ("conv1",), "112x112x64", "2.7K", "34M"),
    ("max pool", ("maxpool1",), "56x56x64", None, None),
    ("convolution 3x3/1", ("conv2", "conv3"), "56x56x192", "112K", "360M"),
    ("max pool", ("maxpool2",), "28x28x192", None, None),
    ("inception (3a)", ("inception3a",), "28x28x256", "159K", "128M"),
    ("inception (3b)", ("inception3b",), "28x28x480", "380K", "304M"),
    ("max pool", ("maxpool3",), "14x14x480", None, None),
    ("inception (4a)", ("inception4a",), "14x14x512", "364K", "73M"),
    ("inception (4b)", ("inception4b",), "14x14x512", "437K", "88M"),
    ("inception (4c)", ("inception4c",), "14x14x512", "463K", "100M"),
    ("inception (4d)", ("inception4d",), "14x14x528", "580K", "119M"),
    ("inception (4e)", ("inception4e",), "14x14x832", "840K", "170M"),
    ("max pool", ("maxpool4",), "7x7x832", None, None),
    ("inception (5a)", ("inception5a",), "7x7x832", "1072K", "54M"),
    ("inception (5b)", ("inception5b",), "7x7x1024", "1388K", "71M"),
    ("avg pool", ("global_avgpool1",), "1x1x1024", None, None),
    ("linear", ("dense1",), "1x1x1000", "1000K", "1M"),
]

# The cells that do not follow from the filter counts in their rows, with what does follow (in units of 1,024 and 10⁶).
SEPARABLE = "a full 7x7 has 9.2K and 118M; the cells are those of a separable 7x7, eight filters a channel"
APART = "the row's own operations are those of its filter counts; the parameters are not"
WIDER = "both cells are those of the same module on 928 maps, and the maps that arrive are 832"
GOOGLENET_EXCEPTIONS = {
    ("convolution 7x7/2", "params"): ("9.25", SEPARABLE),
    ("convolution 7x7/2", "macs"): ("118.01", SEPARABLE),
    ("inception (4a)", "params"): ("367.36", APART),
    ("inception (4b)", "params"): ("438.63", APART),
    ("inception (4c)", "params"): ("498.15", APART),
    ("inception (4d)", "params"): ("591.19", APART),
    ("inception (4e)", "params"): ("848.00", APART),
    ("inception (5a)", "params"): ("1019.00", WIDER),
    ("inception (5a)", "macs"): ("51.08", WIDER),
    ("inception (5b)", "params"): ("1410.23", APART),
}


@pytest.mark.parametrize(("row", "layers", "shape", "params", "operations"), GOOGLENET)
def test_googlenet_table_1(
    row: str, layers: tuple[str, ...], shape: str, params: str | None, operations: str | None
) -> None:
    network = cnncalc.load("googlenet")
    assert output(network, layers[-1]) == shape
    for metric, printed, unit in (("params", params, 1024), ("macs", operations, 1000)):
        value = sum(total(network, layer, metric) for layer in layers)
        if printed is None:
            assert value == 0
        elif (row, metric) in GOOGLENET_EXCEPTIONS:
            follows, _ = GOOGLENET_EXCEPTIONS[row, metric]
            assert prints_as(value, follows + ("K" if metric == "params" else "M"), unit)
            assert not prints_as(value, printed, unit)
        else:
            assert prints_as(value, printed, unit)


def test_googlenet_parameters_are_off_by_much_in_three_rows_only() -> None:
    network = cnncalc.load("googlenet")
    off = {}
    for row, layers, _, params, _ in GOOGLENET:
        if params:
            computed = Fraction(sum(total(network, layer, "params") for layer in layers), 1024)
            off[row] = abs(computed / Fraction(params.rstrip("K")) - 1)
    assert {row for row, share in off.items() if share > Fraction(2, 100)} == {
        "convolution 7x7/2",
        "inception (4c)",
        "inception (5a)",
    }


def test_googlenet_first_row_is_a_separable_convolution() -> None:
    first = {"separable_conv": 64, "kernel": 7, "stride": 2, "padding": "half", "multiplier": 8}
    totals = cnncalc.load({"input": "224x224x3", "layers": [first]}).totals
    assert totals.weights == 7 * 7 * 3 * 8 + 3 * 8 * 64
    assert prints_as(totals.params, "2.7K", 1024)
    assert prints_as(totals.macs, "34M")


def test_googlenet_row_5a_is_of_a_wider_input() -> None:
    module = yaml.safe_load((CONFIGS / "googlenet.yaml").read_text())
    layers = [layer for layer in module["layers"] if "inception5a" in str(layer)]
    kept = {key: module[key] for key in ("defaults", "blocks")}
    totals = cnncalc.load({"input": "7x7x928", **kept, "layers": layers}).totals
    assert totals.weights == 1072 * 1024
    assert prints_as(totals.macs, "54M")


# --- SqueezeNet: Iandola et al. 2016, Table 1 ------------------------------------------------------------------------

SQUEEZENET = [
    # layer      output         parameters before pruning
    ("conv1", "111x111x96", 14_208),
    ("maxpool1", "55x55x96", 0),
    ("fire2", "55x55x128", 11_920),
    ("fire3", "55x55x128", 12_432),
    ("fire4", "55x55x256", 45_344),
    ("maxpool2", "27x27x256", 0),
    ("fire5", "27x27x256", 49_440),
    ("fire6", "27x27x384", 104_880),
    ("fire7", "27x27x384", 111_024),
    ("fire8", "27x27x512", 188_992),
    ("maxpool3", "13x13x512", 0),  # the table prints the rows of this pool as 13x12x512
    ("fire9", "13x13x512", 197_184),
    ("conv10", "13x13x1000", 513_000),
    ("global_avgpool1", "1x1x1000", 0),
]


@pytest.mark.parametrize(("name", "shape", "params"), SQUEEZENET)
def test_squeezenet_table_1(name: str, shape: str, params: int) -> None:
    # The paper prints an input of 224, from which an unpadded 7x7/2 gives 109; its 111 is that of 227.
    network = cnncalc.load({"extends": "squeezenet1_0.yaml", "input": "227x227x3"})
    assert (output(network, name), total(network, name, "params")) == (shape, params)


def test_squeezenet_parameters() -> None:
    assert sum(params for _, _, params in SQUEEZENET) == 1_248_424 == cnncalc.load("squeezenet1_0").totals.params


# --- ResNet: He et al. 2015, Table 1 ---------------------------------------------------------------------------------

RESNET_WIDTHS = {"resnet18": 512, "resnet34": 512, "resnet50": 2048, "resnet101": 2048, "resnet152": 2048}


@pytest.mark.parametrize("name", RESNET_WIDTHS)
def test_resnet_table_1_output_sizes(name: str) -> None:
    network = cnncalc.load(name)
    width = RESNET_WIDTHS[name]
    assert output(network, "conv1") == "112x112x64"
    assert output(network, "stage2") == f"56x56x{width // 8}"
    assert output(network, "stage3") == f"28x28x{width // 4}"
    assert output(network, "stage4") == f"14x14x{width // 2}"
    assert output(network, "stage5") == f"7x7x{width}"
    assert output(network, "dense1") == "1x1x1000"
    # The number in the name counts the layers with weights, the projections of the shortcuts left out.
    assert len(of_type(network, "conv", "dense")) - (3 if width == 512 else 4) == int(name.removeprefix("resnet"))


@pytest.mark.parametrize(
    ("depths", "printed"), [([3, 4, 6, 3], "3.8G"), ([3, 4, 23, 3], "7.6G"), ([3, 8, 36, 3], "11.3G")]
)
def test_resnet_table_1_flops_are_of_the_original_layout(depths: list[int], printed: str) -> None:
    assert prints_as(cnncalc.load("resnet50_v1", set={"depths": depths}).totals.macs, printed)
    assert not prints_as(cnncalc.load("resnet50", set={"depths": depths}).totals.macs, printed)


# --- DenseNet: Huang et al. 2016, Table 1 ----------------------------------------------------------------------------

DENSENET = [
    # layer         output         (the channels are the growth rate's: 64 + 6·32 = 256, halved, …)
    ("conv1", f"112x112x{2 * 32}"),
    ("maxpool1", f"56x56x{64}"),
    ("denseblock1", f"56x56x{64 + 6 * 32}"),
    ("transition1.conv1", f"56x56x{256 // 2}"),
    ("transition1", f"28x28x{128}"),
    ("denseblock2", f"28x28x{128 + 12 * 32}"),
    ("transition2.conv1", f"28x28x{512 // 2}"),
    ("transition2", f"14x14x{256}"),
    ("denseblock3", f"14x14x{256 + 24 * 32}"),
    ("transition3.conv1", f"14x14x{1024 // 2}"),
    ("transition3", f"7x7x{512}"),
    ("denseblock4", f"7x7x{512 + 16 * 32}"),
    ("global_avgpool1", "1x1x1024"),
]


@pytest.mark.parametrize(("name", "shape"), DENSENET)
def test_densenet121_table_1(name: str, shape: str) -> None:
    assert output(cnncalc.load("densenet121"), name) == shape


@pytest.mark.parametrize(
    ("depths", "layers"),
    [
        ([6, 12, 24, 16], 121),
        ([6, 12, 32, 32], 169),
        ([6, 12, 48, 32], 201),
        ([6, 12, 64, 48], 265),  # called DenseNet-264 in the paper
    ],
)
def test_densenets_are_named_for_their_layers(depths: list[int], layers: int) -> None:
    assert len(of_type(cnncalc.load("densenet121", set={"depths": depths}), "conv", "dense")) == layers


def test_densenet201_has_20_million_parameters() -> None:
    """Section 4.4 of the paper."""
    assert prints_as(cnncalc.load("densenet121", set={"depths": [6, 12, 48, 32]}).totals.params, "20M")


# --- MobileNet v1: Howard et al. 2017 --------------------------------------------------------------------------------

MOBILENET_V1 = [
    # type  stride  output of the row (the input of the next one)
    ("conv", 2, "112x112x32"),
    ("depthwise_conv", 1, "112x112x32"),
    ("conv", 1, "112x112x64"),
    ("depthwise_conv", 2, "56x56x64"),
    ("conv", 1, "56x56x128"),
    ("depthwise_conv", 1, "56x56x128"),
    ("conv", 1, "56x56x128"),
    ("depthwise_conv", 2, "28x28x128"),
    ("conv", 1, "28x28x256"),
    ("depthwise_conv", 1, "28x28x256"),
    ("conv", 1, "28x28x256"),
    ("depthwise_conv", 2, "14x14x256"),
    ("conv", 1, "14x14x512"),
    *[("depthwise_conv", 1, "14x14x512"), ("conv", 1, "14x14x512")] * 5,
    ("depthwise_conv", 2, "7x7x512"),
    ("conv", 1, "7x7x1024"),
    ("depthwise_conv", 1, "7x7x1024"),  # printed as stride 2, which its own next row of 7x7 contradicts
    ("conv", 1, "7x7x1024"),
    ("global_avgpool", None, "1x1x1024"),
    ("dense", None, "1x1x1000"),
]


def test_mobilenet_v1_table_1() -> None:
    network = cnncalc.load("mobilenet_v1")
    rows = of_type(network, "conv", "depthwise_conv", "global_avgpool", "dense")
    assert [(layer.type, output(network, layer.name)) for layer in rows] == [
        (kind, shape) for kind, _, shape in MOBILENET_V1
    ]
    strides = [layer.fields["stride"] for layer in of_type(network, "conv", "depthwise_conv")]
    assert [list(stride) for stride in strides] == [[step, step] for _, step, _ in MOBILENET_V1 if step]


MOBILENET_V1_SHARES = [
    # Table 2           multiply-adds  parameters
    ("conv 1x1", "94.86", "74.59"),
    ("conv dw 3x3", "3.06", "1.06"),
    ("conv 3x3", "1.19", "0.02"),
    ("fully connected", "0.18", "24.33"),
]


@pytest.mark.parametrize(("row", "macs", "params"), MOBILENET_V1_SHARES)
def test_mobilenet_v1_table_2(row: str, macs: str, params: str) -> None:
    """Batch normalisation and biases are left out of the paper's parameters."""
    network = cnncalc.load("mobilenet_v1")
    counted = of_type(network, "conv", "depthwise_conv", "dense")
    full, *pointwise = of_type(network, "conv")
    layers = {
        "conv 1x1": pointwise,
        "conv dw 3x3": of_type(network, "depthwise_conv"),
        "conv 3x3": [full],
        "fully connected": of_type(network, "dense"),
    }[row]

    def share(metric: str) -> Fraction:
        return Fraction(100 * sum(getattr(x, metric) for x in layers), sum(getattr(x, metric) for x in counted))

    assert prints_as(share("weights"), params)
    if row == "conv 3x3":
        # 10,838,016 of 568,740,352 is 1.91 %; the printed column lacks just the difference to add up to 100 %.
        assert not prints_as(share("macs"), macs)
        assert prints_as(share("macs"), "1.91")
    else:
        assert prints_as(share("macs"), macs)


MOBILENET_V1_LAYER = [
    # Table 3: one 3x3 layer, 512 to 512 maps
    ("14x14x512", {"conv": 512}, "462M", "2.36M"),
    ("14x14x512", {"separable_conv": 512}, "52.3M", "0.27M"),
    ("14x14x384", {"separable_conv": 384}, "29.6M", "0.15M"),
    ("10x10x384", {"separable_conv": 384}, "15.1M", "0.15M"),
]


@pytest.mark.parametrize(("volume", "layer", "macs", "params"), MOBILENET_V1_LAYER)
def test_mobilenet_v1_table_3(volume: str, layer: dict[str, int], macs: str, params: str) -> None:
    fields = {"kernel": 3, "padding": "half", "bias": False}
    totals = cnncalc.load({"input": volume, "layers": [layer | fields]}).totals
    assert prints_as(totals.macs, macs)
    assert prints_as(totals.params, params)


def test_mobilenet_v1_table_4_with_full_convolutions() -> None:
    spec = yaml.safe_load((CONFIGS / "mobilenet_v1.yaml").read_text())
    full = [{"conv": "floor(width*filters)", "kernel": 3, "stride": "stride"}, "batchnorm", "relu"]
    spec["blocks"]["separable"]["layers"] = full
    network = cnncalc.load(spec)
    assert prints_as(network.totals.params, "29.3M")
    # 4866 million without the 1.024 million of the classifier, which the 569 of the row below includes.
    assert not prints_as(network.totals.macs, "4866M")
    assert prints_as(network.totals.macs - total(network, "dense1", "macs"), "4866M")


def test_mobilenet_v1_table_5_shallow() -> None:
    spec = yaml.safe_load((CONFIGS / "mobilenet_v1.yaml").read_text())
    spec["layers"] = [layer for layer in spec["layers"] if "repeat" not in layer]
    totals = cnncalc.load(spec).totals
    assert prints_as(totals.macs, "307M")
    assert prints_as(totals.params, "2.9M")


@pytest.mark.parametrize(
    ("width", "macs", "params"),
    [(1, "569M", "4.2M"), (0.75, "325M", "2.6M"), (0.5, "149M", "1.3M"), (0.25, "41M", "0.5M")],
)
def test_mobilenet_v1_table_6_width(width: float, macs: str, params: str) -> None:
    totals = cnncalc.load("mobilenet_v1", set={"width": width}).totals
    assert prints_as(totals.macs, macs)
    assert prints_as(totals.params, params)


@pytest.mark.parametrize(("side", "macs"), [(224, "569M"), (192, "418M"), (160, "290M"), (128, "186M")])
def test_mobilenet_v1_table_7_resolution(side: int, macs: str) -> None:
    totals = cnncalc.load({"extends": "mobilenet_v1.yaml", "input": f"{side}x{side}x3"}).totals
    assert prints_as(totals.macs, macs)
    assert prints_as(totals.params, "4.2M")


# --- MobileNet v2: Sandler et al. 2018 -------------------------------------------------------------------------------

MOBILENET_V2 = [
    # layers        output        (Table 2 prints the input of each row)
    ("conv1", "112x112x32"),
    ("stage1", "112x112x16"),
    ("stage2", "56x56x24"),
    ("stage3", "28x28x32"),
    ("stage4", "14x14x64"),
    ("stage5", "14x14x96"),
    ("stage6", "7x7x160"),
    ("stage7", "7x7x320"),
    ("conv2", "7x7x1280"),
    ("global_avgpool1", "1x1x1280"),
    ("dense1", "1x1x1000"),
]


@pytest.mark.parametrize(("name", "shape"), MOBILENET_V2)
def test_mobilenet_v2_table_2(name: str, shape: str) -> None:
    assert output(cnncalc.load("mobilenet_v2"), name) == shape


def test_mobilenet_v2_table_4() -> None:
    network = cnncalc.load("mobilenet_v2")
    normalisation = sum(layer.params for layer in of_type(network, "batchnorm"))
    assert prints_as(network.totals.macs, "300M")
    assert prints_as(network.totals.params - normalisation, "3.4M")
    assert not prints_as(network.totals.params, "3.4M")


def test_mobilenet_v2_table_4_wider() -> None:
    """The row of width 1.4 prints 585M and 6.9M; the paper's rule for the widths gives 582M and 6.1M."""
    totals = cnncalc.load("mobilenet_v2", set={"width": 1.4}).totals
    assert prints_as(totals.macs, "582M")
    assert prints_as(totals.params, "6.1M")


# --- U-Net: Ronneberger et al. 2015, Figure 1 ------------------------------------------------------------------------

UNET = [
    ("down1", [570, 568], 64),
    ("down2", [282, 280], 128),
    ("down3", [138, 136], 256),
    ("down4", [66, 64], 512),
    ("bottom", [30, 28], 1024),
    ("merge4", [54, 52], 512),
    ("merge3", [102, 100], 256),
    ("merge2", [198, 196], 128),
    ("merge1", [390, 388], 64),
]


@pytest.mark.parametrize(("name", "sides", "channels"), UNET)
def test_unet_figure_1(name: str, sides: list[int], channels: int) -> None:
    assert [list(layer.output) for layer in within(cnncalc.load("unet"), name)] == [
        [side, side, channels] for side in sides
    ]


@pytest.mark.parametrize(("level", "side"), [(4, 56), (3, 104), (2, 200), (1, 392)])
def test_unet_figure_1_crops_what_it_carries_over(level: int, side: int) -> None:
    network = cnncalc.load("unet")
    channels = 64 * 2 ** (level - 1)
    assert output(network, f"skip{level}") == output(network, f"up{level}") == f"{side}x{side}x{channels}"


def test_unet_has_23_convolutional_layers() -> None:
    """Section 2; the last of them gives the 388x388 map of two classes."""
    network = cnncalc.load("unet")
    layers = of_type(network, "conv", "conv_transpose")
    assert len(layers) == 23
    assert output(network, layers[-1].name) == "388x388x2"


# --- receptive fields: size and jump, layer by layer ------------------------------------------------------------------

LADDERS = {
    "lenet5": [(5, 1), (6, 2), (14, 2), (16, 4), (32, 4)],
    "alexnet": [(11, 4), (19, 8), (51, 8), (67, 16), (99, 16), (131, 16), (163, 16), (195, 32)],
    "vgg16": [
        *[(3, 1), (5, 1), (6, 2)],
        *[(10, 2), (14, 2), (16, 4)],
        *[(24, 4), (32, 4), (40, 4), (44, 8)],
        *[(60, 8), (76, 8), (92, 8), (100, 16)],
        *[(132, 16), (164, 16), (196, 16), (212, 32)],
    ],
    "zfnet": [(7, 2), (11, 4), (27, 8), (43, 16), (75, 16), (107, 16), (139, 16), (171, 32)],
}


@pytest.mark.parametrize("name", LADDERS)
def test_receptive_field_ladder(name: str) -> None:
    sliding = of_type(cnncalc.load(name), "conv", "maxpool", "subsample")
    assert [(layer.receptive_field, layer.jump) for layer in sliding] == [
        ((size, size), (jump, jump)) for size, jump in LADDERS[name]
    ]


RECEPTIVE_FIELDS = {
    "alexnet": 195,
    "vgg11": 150,
    "vgg16": 212,
    "googlenet": 715,
    "resnet50": 427,
    "resnet50_v1": 483,  # the stride on the 1x1
    "mobilenet_v1": 315,
}


@pytest.mark.parametrize("name", RECEPTIVE_FIELDS)
def test_receptive_field_of_a_network(name: str) -> None:
    network = cnncalc.load(name)
    size = RECEPTIVE_FIELDS[name]
    assert network.totals.receptive_field == (size, size)
    last = [layer for layer in network.layers if layer.receptive_field is not None][-1]
    assert (last.receptive_field, last.jump) == ((size, size), (32, 32))
