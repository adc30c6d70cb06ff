"""The built-in networks: the command that lists and verifies them, and their convolutions one by one.

Totals can agree by mistakes that compensate each other. So the convolutions of three dozen networks are counted here by
kernel, stride, groups and volumes, and held against lists made from the tables of the papers, or by hooks in a
framework.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import golden
import pytest
import yaml
import zoo
from zoo import CONFIGS, NAMES, network

import cnncalc
from cnncalc.layers.base import defaults_of
from cnncalc.sources import find

ROOT = Path(__file__).parent.parent
TRUTH = json.loads((ROOT / "tests/data/networks.json").read_text(encoding="utf-8"))["networks"]
RUN = json.loads((ROOT / "tests/data/convolutions.json").read_text(encoding="utf-8"))["networks"]
"""Each convolution that timm and torchvision run on one image, and how often."""
DILATED: dict[str, tuple[str, dict[str, Any]]] = {
    "resnet50 at 8": ("resnet50", {"strides": [1, 2, 1, 1], "dilations": [1, 1, 2, 4]}),
    "resnet50 at 16": ("resnet50", {"strides": [1, 2, 2, 1], "dilations": [1, 1, 1, 2]}),
    "mobilenet_v3_large at 16": ("mobilenet_v3_large", {"dilation": 2}),
    "mobilenet_v3_small at 16": ("mobilenet_v3_small", {"dilation": 2}),
}
"""Backbones as segmentation runs them."""
KEYS = ["name", "input", "depth", "params", "macs", "activations", "source"]

Run = Callable[..., golden.Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process, piped, on networks that are loaded once for all tests."""
    zoo.keep(monkeypatch)
    return lambda *arguments: golden.run(arguments, monkeypatch, capsys, "")


# --- the specs --------------------------------------------------------------------------------------------------------


def test_every_network_of_the_truth_is_built_in() -> None:
    assert len(TRUTH) == 99
    assert TRUTH.keys() <= set(NAMES)


def test_specs_are_short() -> None:
    lengths = {path.stem: len(path.read_text(encoding="utf-8").splitlines()) for path in CONFIGS.glob("**/*.yaml")}
    assert max(lengths.values()) < 120, max(lengths, key=lambda name: lengths[name])
    assert median(lengths.values()) < 40


@pytest.mark.parametrize("name", NAMES)
def test_every_spec_names_its_source(name: str) -> None:
    spec = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    assert re.match(r"\S.* (19|20)\d\d, ", spec["source"]), "authors and year"
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|NIPS|Proceedings", spec["source"])


def written(given: cnncalc.Network) -> set[tuple[str, ...]]:
    """The layer types of a network, each with the fields that are not at their default."""
    layers = {node.layer for node in given.layers}
    return {
        (
            layer.type_name(),
            *(name for name, default in defaults_of(type(layer)).items() if getattr(layer, name) != default),
        )
        for layer in layers
    }


def test_the_few_stand_for_all() -> None:
    def papers(names: Iterable[str]) -> set[str]:
        return {re.search(r"(19|20)\d\d, \S+", network(name).source)[0] for name in names}  # type: ignore[index]

    assert set(NAMES) > zoo.FEW
    assert papers(zoo.FEW) == papers(NAMES)
    assert set().union(*(written(network(name)) for name in zoo.FEW)) == set().union(
        *(written(network(name)) for name in NAMES)
    )


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("resnet50", ["conv1", "stage2.1.conv1", "stage5.3.conv3", "dense1"]),
        ("mobilenet_v3_large", ["bneck4.se.conv1", "bneck15.project.conv1"]),
        ("efficientnet_b0", ["stage2.1.expand.conv1", "stage7.1.depthwise.depthwise_conv1"]),
        ("inception_v3", ["conv1a.conv1", "mixed6b.pool_proj1.conv_bn1.conv1"]),
        ("densenet121", ["denseblock4.16.conv2", "transition3.conv1"]),
        ("convnext_tiny", ["stem.conv1", "downsample2.conv1", "stage3.9.depthwise_conv1"]),
        ("shufflenet_v2_x1_0", ["stage2.1.left.conv1", "stage4.4.conv2"]),
        ("squeezenet1_0", ["fire2.conv1", "conv10"]),
        ("unet", ["down1.conv1", "up4", "merge1.conv2"]),
    ],
)
def test_layers_have_names_that_people_know(name: str, layers: list[str]) -> None:
    assert {layer.name for layer in network(name).layers} >= set(layers)


# --- zoo --------------------------------------------------------------------------------------------------------------


def records(stdout: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stdout)
    return found


def test_json_has_what_load_computes(run: Run) -> None:
    listed = records(run("zoo", "--format", "json").stdout)
    assert [record["name"] for record in listed] == NAMES
    for record in listed:
        assert list(record) == KEYS
        loaded = network(record["name"])
        assert [record[key] for key in ("params", "macs", "activations")] == [
            getattr(loaded.totals, key) for key in ("params", "macs", "activations")
        ]
        assert (record["input"], record["source"]) == (list(loaded.inputs["input"]), loaded.source)
        if record["name"] in TRUTH:
            assert record["params"] == TRUTH[record["name"]]["params"]


def test_csv_markdown_and_table_say_the_same_as_json(run: Run) -> None:
    listed = records(run("zoo", "--format", "json", "--filter", "vgg*").stdout)
    assert len(listed) == 10

    rows = list(csv.DictReader(io.StringIO(run("zoo", "--format", "csv", "--filter", "vgg*").stdout)))
    shown = [key for key in KEYS if key != "activations"]
    assert [[row[key] for key in shown] for row in rows] == [
        ["x".join(map(str, record[key])) if key == "input" else str(record[key]) for key in shown] for record in listed
    ]

    for kind, cut in (("markdown", r" \| "), ("table", r" {2,}")):
        stdout = run("zoo", "--format", kind, "--filter", "vgg*").stdout
        lines = [re.split(cut, line.strip("| ")) for line in stdout.splitlines() if "vgg" in line]
        assert lines == [
            [
                record["name"],
                "×".join(map(str, record["input"])),
                str(record["depth"]),
                f"{record['params']:,}",
                f"{record['macs']:,}",
                record["source"],
            ]
            for record in listed
        ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("resnet1*", {"resnet18", "resnet101", "resnet101_v2", "resnet152", "resnet152_v2"}),
        ("vgg16", {"vgg16"}),
        ("mnasnet?_?", {"mnasnet0_5", "mnasnet1_0", "mnasnet1_3"}),
        ("*_[bs]*", {name for name in NAMES if re.search("_[bs]", name)}),
        ("Ronneberger", {"unet"}),
        ("1409.4842", {"googlenet", "googlenet_bn"}),
        ("sandler ET AL.", {"mobilenet_v2"}),
    ],
)
def test_filter(pattern: str, expected: set[str], run: Run) -> None:
    assert expected
    assert {record["name"] for record in records(run("zoo", "--filter", pattern, "-f", "json").stdout)} == expected


@pytest.mark.parametrize("command", [("zoo",), ("zoo", "verify")])
def test_a_filter_that_matches_nothing_is_an_error(command: tuple[str, ...], run: Run) -> None:
    outcome = run(*command, "--filter", "resnet51")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "no built-in spec matches resnet51" in outcome.stderr
    assert "resnet50" in outcome.stderr


@pytest.mark.parametrize(("option", "value"), [("--sort", "weight"), ("--format", "xml")])
def test_a_choice_that_is_none_is_an_error(option: str, value: str, run: Run) -> None:
    outcome = run("zoo", option, value)
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert f"{option} takes" in outcome.stderr


def test_sorted_by_name(run: Run) -> None:
    listed = [record["name"] for record in records(run("zoo", "--sort", "name", "-f", "json").stdout)]
    assert listed == NAMES


@pytest.mark.parametrize("by", ["params", "macs", "activations"])
def test_sorted_by_a_total(by: str, run: Run) -> None:
    """The largest first; the values are those of the networks, and equals stay in the order of their names."""
    totals = {name: getattr(network(name).totals, by) for name in NAMES}
    listed = [record["name"] for record in records(run("zoo", "--sort", by, "-f", "json").stdout)]
    assert listed == sorted(NAMES, key=lambda name: (-totals[name], name))
    assert listed != NAMES


# Convolutions and dense layers on the longest path, as the papers count them.
DEPTHS = {
    5: {"lenet5"},
    8: {"alexnet", "zfnet"},
    11: {"vgg11"},
    16: {"vgg16"},
    18: {"resnet18", "squeezenet1_0"},
    19: {"vgg19"},
    22: {"googlenet"},
    23: {"unet"},
    28: {"mobilenet_v1"},
    34: {"resnet34"},
    48: {"inception_v3"},
    50: {"resnet50", "resnext50_32x4d", "wide_resnet50_2"},
    53: {"mobilenet_v2"},
    101: {"resnet101", "resnext101_32x8d"},
    121: {"densenet121"},
    152: {"resnet152"},
    201: {"densenet201"},
}


def test_sorted_by_depth(run: Run) -> None:
    listed = records(run("zoo", "--sort", "depth", "-f", "json").stdout)
    depths = {record["name"]: record["depth"] for record in listed}
    for depth, names in DEPTHS.items():
        assert {depths[name] for name in names} == {depth}
    assert list(depths) == sorted(NAMES, key=lambda name: (-depths[name], name))


def test_the_order_holds_in_every_format(run: Run) -> None:
    for kind in ("table", "csv", "markdown"):
        stdout = run("zoo", "--filter", "vgg*", "--sort", "macs", "--format", kind).stdout
        found = re.findall(r"^(?:\| )?(vgg\w+)", stdout, re.MULTILINE)
        assert found[:3] == ["vgg19", "vgg19_bn", "vgg16"]
        assert len(found) == 10


# --- zoo verify -------------------------------------------------------------------------------------------------------


def test_every_published_figure_is_sound(run: Run) -> None:
    outcome = run("zoo", "verify", "--format", "json")
    assert (outcome.exit, outcome.stderr) == (0, "")
    listed = records(outcome.stdout)
    printed = {
        name: [str(record["printed"]) for record in yaml.safe_load(path.read_text()).get("published", [])]
        for name, path in ((name, CONFIGS / f"{name}.yaml") for name in NAMES)
    }
    assert [(record["name"], record["printed"]) for record in listed] == [
        (name, figure) for name in NAMES for figure in printed[name]
    ]
    for record in listed:
        assert list(record) == ["name", "metric", "printed", "computed", "where", "verdict"]
        assert record["verdict"] == "reproduced" or re.match(r"differs: .{20}", record["verdict"])
    assert {record["verdict"] == "reproduced" for record in listed} == {True, False}


def test_verify_in_every_format(run: Run) -> None:
    listed = records(run("zoo", "verify", "--filter", "vgg16", "--format", "json").stdout)
    [slide] = [record for record in listed if record["printed"] == "24M"]
    assert (slide["metric"], slide["computed"]) == ("activations", "15,237,608")
    cells = list(slide.values())

    rows = list(csv.reader(io.StringIO(run("zoo", "verify", "--filter", "vgg16", "--format", "csv").stdout)))
    assert rows[0] == list(slide)
    assert cells in rows
    assert f"| {' | '.join(cells)} |" in run("zoo", "verify", "--filter", "vgg16", "--format", "markdown").stdout
    table = run("zoo", "verify", "--filter", "vgg16").stdout
    assert any(re.split(" {2,}", line) == cells for line in table.splitlines())


def test_verify_says_what_a_figure_is_of(run: Run) -> None:
    said = {
        (record["metric"], record["printed"]): record["computed"]
        for record in records(run("zoo", "verify", "--filter", "mobile*", "-f", "json").stdout)
    }
    assert said["macs of conv1", "1.19 %"] == "1.91 %"
    assert said["macs at width=0.75", "325M"] == f"{cnncalc.load('mobilenet_v1', set={'width': 0.75}).totals.macs:,}"
    assert said["macs at input=192x192x3", "418M"] == "418,121,728"
    assert (
        said["macs at deployed=true", "275M"] == f"{cnncalc.load('mobileone_s0', set={'deployed': True}).totals.macs:,}"
    )


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of built-in specs, in its place."""
    folder = tmp_path / "configs"
    shutil.copytree(CONFIGS, folder)
    monkeypatch.setattr(find, "_built_in", lambda: {path.stem: path for path in sorted(folder.glob("**/*.yaml"))})
    monkeypatch.setattr(zoo, "network", cnncalc.load)
    return folder


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_copy_is_as_sound_as_the_original(copied: Path, run: Run) -> None:
    assert run("zoo", "verify", "--filter", "vgg*").exit == 0


def test_a_wrong_figure_fails(copied: Path, run: Run) -> None:
    """One digit in one of many records: status 1, and its line says which."""
    change(copied, "densenet169", '"14,149,480"', '"14,149,481"')
    outcome = run("zoo", "verify", "--filter", "densenet*", "--format", "json")
    assert (outcome.exit, outcome.stderr) == (1, "")
    wrong = [record for record in records(outcome.stdout) if "no reason is given" in record["verdict"]]
    assert [(record["name"], record["metric"], record["printed"], record["computed"]) for record in wrong] == [
        ("densenet169", "params", "14,149,481", "14,149,480")
    ]


@pytest.mark.parametrize("format", ["table", "csv", "markdown", "json"])
def test_a_wrong_figure_fails_in_every_format(format: str, copied: Path, run: Run) -> None:
    change(copied, "vgg19", "printed: 144M", "printed: 145M")
    outcome = run("zoo", "verify", "--filter", "vgg19", "--format", format)
    assert outcome.exit == 1
    assert "145M" in outcome.stdout
    assert outcome.stdout.count("differs, and no reason is given") == 1


def test_a_wrong_spec_fails(copied: Path, run: Run) -> None:
    change(copied, "squeezenet1_0", "{fire: 48, name: fire6}", "{fire: 40, name: fire6}")
    outcome = run("zoo", "verify", "--filter", "squeezenet1_0", "--format", "json")
    assert outcome.exit == 1
    wrong = {record["metric"] for record in records(outcome.stdout) if "no reason is given" in record["verdict"]}
    assert wrong >= {"params", "fire6.params", "fire7.params"}


def test_a_reason_on_a_figure_that_is_reproduced_fails(copied: Path, run: Run) -> None:
    change(copied, "vgg19", "printed: 144M, where: Table 2", "printed: 144M, where: Table 2, because: a reason")
    outcome = run("zoo", "verify", "--filter", "vgg19", "--format", "json")
    assert outcome.exit == 1
    assert records(outcome.stdout)[0]["verdict"] == "reproduced, although the spec says it is not: a reason"


def test_a_share_and_a_volume_can_fail(copied: Path, run: Run) -> None:
    change(copied, "mobilenet_v1", "3.06 %", "3.08 %")
    change(copied, "unet", "388x388x2,", "388x388x3,")
    for name in ("mobilenet_v1", "unet"):
        outcome = run("zoo", "verify", "--filter", name)
        assert outcome.exit == 1
        assert outcome.stdout.count("no reason is given") == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("metric: params, printed: 144M", "metric: parms, printed: 144M", "vgg19: there is no metric `parms`"),
        ("metric: params, printed: 144M", "metric: conv99.params, printed: 144M", "has no layer `conv99`"),
        ("metric: params, printed: 144M", "metric: params, of: lrn, printed: 144M", "has no layer `lrn`"),
        ("printed: 144M", "printed: 144 million", "vgg19: `144 million` is not a figure"),
        ("printed: 144M", "printed: [144M]", "printed must be a number, or a text, not [144M]"),
        ("printed: 144M", "set: {width: 2}, printed: 144M", "there is no parameter `width`"),
        ("printed: 144M, where: Table 2", "printed: 144M", "a published figure needs its where"),
        ("where: Table 2", "where: Table 2, becuase: it is so", "a published figure has no `becuase`"),
    ],
)
def test_a_record_that_can_not_be_checked_is_an_error(old: str, new: str, said: str, copied: Path, run: Run) -> None:
    change(copied, "vgg19", old, new)
    outcome = run("zoo", "verify", "--filter", "vgg19")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: ")
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert "fault of cnncalc" not in outcome.stderr


# --- the convolutions, one by one -------------------------------------------------------------------------------------

Shape = str
"""A convolution: kernel/stride, channels that come in → volume that goes out, and groups where there are several."""


def conv(kernel: int | str, stride: int, given: int, side: int, filters: int, groups: int = 1) -> Shape:
    """`kernel` is a side or "1x7", `side` that of the map that goes out."""
    window = f"{kernel}x{kernel}" if isinstance(kernel, int) else kernel
    return f"{window}/{stride} {given}→{side}x{side}x{filters}" + (f" in {groups} groups" if groups > 1 else "")


def depthwise(kernel: int, stride: int, channels: int, side: int) -> Shape:
    return conv(kernel, stride, channels, side, channels, groups=channels)


def separable(given: int, side: int, filters: int) -> list[Shape]:
    return [depthwise(3, 1, given, side), conv(1, 1, given, side, filters)]


def convolutions(given: cnncalc.Network) -> Counter[Shape]:
    """What the network has of each; a separable convolution is two, a dense layer at every position a 1x1."""
    found: Counter[Shape] = Counter()
    for layer in given.layers:
        maps, side, filters = layer.given[0].channels, layer.output.sides[0], layer.output.channels
        if layer.type == "dense" and layer.fields.get("per_position"):
            found[conv(1, 1, maps, side, filters)] += 1
        if layer.type not in ("conv", "depthwise_conv", "separable_conv", "conv_transpose"):
            continue
        assert set(layer.output.sides) == {side}
        kernel = "x".join(str(extent) for extent in layer.fields["kernel"])
        [stride] = set(layer.fields["stride"])
        if layer.type == "separable_conv":
            found[conv(kernel, stride, maps, side, maps, maps)] += 1
            found[conv(1, 1, maps, side, filters)] += 1
        else:
            groups = maps if layer.type == "depthwise_conv" else layer.fields.get("groups", 1)
            up = "transposed " if layer.type == "conv_transpose" else ""
            [dilation] = set(layer.fields.get("dilation", [1]))
            wide = f" dilated {dilation}" if dilation > 1 else ""
            found[up + conv(kernel, stride, maps, side, filters, groups) + wide] += 1
    return found


def vgg(*stages: str) -> Iterator[Shape]:
    """Table 1 of the paper: a stage is its kernels; the maps shrink and their number doubles after each."""
    given = 3
    for stage, side, filters in zip(stages, (224, 112, 56, 28, 14), (64, 128, 256, 512, 512), strict=True):
        for kernel in stage:
            yield conv(int(kernel), 1, given, side, filters)
            given = filters


def alexnet(groups: int) -> Iterator[Shape]:
    yield conv(11, 4, 3, 55, 96)
    yield conv(5, 1, 96, 27, 256, groups)
    yield conv(3, 1, 256, 13, 384)
    yield conv(3, 1, 384, 13, 384, groups)
    yield conv(3, 1, 384, 13, 256, groups)


def googlenet(five: int) -> Iterator[Shape]:
    """Table 1 of the paper: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj; torchvision has 3x3 for the 5x5."""
    yield conv(7, 2, 3, 112, 64)
    yield conv(1, 1, 64, 56, 64)
    yield conv(3, 1, 64, 56, 192)
    for given, side, row in (
        (192, 28, (64, 96, 128, 16, 32, 32)),
        (256, 28, (128, 128, 192, 32, 96, 64)),
        (480, 14, (192, 96, 208, 16, 48, 64)),
        (512, 14, (160, 112, 224, 24, 64, 64)),
        (512, 14, (128, 128, 256, 24, 64, 64)),
        (512, 14, (112, 144, 288, 32, 64, 64)),
        (528, 14, (256, 160, 320, 32, 128, 128)),
        (832, 7, (256, 160, 320, 32, 128, 128)),
        (832, 7, (384, 192, 384, 48, 128, 128)),
    ):
        yield conv(1, 1, given, side, row[0])
        yield from (conv(1, 1, given, side, row[1]), conv(3, 1, row[1], side, row[2]))
        yield from (conv(1, 1, given, side, row[3]), conv(five, 1, row[3], side, row[4]))
        yield conv(1, 1, given, side, row[5])


def squeezenet(first: Shape, *fires: tuple[int, int, int]) -> Iterator[Shape]:
    """Fire modules: maps that come in, side, squeezed maps; each half of the expansion has four times as many."""
    yield first
    for given, side, squeezed in fires:
        yield conv(1, 1, given, side, squeezed)
        yield conv(1, 1, squeezed, side, 4 * squeezed)
        yield conv(3, 1, squeezed, side, 4 * squeezed)
    yield conv(1, 1, 512, 13, 1000)


def basic(depths: Sequence[int]) -> Iterator[Shape]:
    """ResNet's Table 1, two 3x3 a unit; the first unit of a later stage halves the maps and projects its input."""
    yield conv(7, 2, 3, 112, 64)
    given = 64
    for stage, (depth, side, width) in enumerate(zip(depths, (56, 28, 14, 7), (64, 128, 256, 512), strict=True)):
        for unit in range(depth):
            halves = stage > 0 and unit == 0
            yield conv(3, 2 if halves else 1, given, side, width)
            yield conv(3, 1, width, side, width)
            if halves:
                yield conv(1, 2, given, side, width)
            given = width


def bottlenecks(depths: Sequence[int], inner: int = 1, groups: int = 1, first: bool = False) -> Iterator[Shape]:
    """ResNet's Table 1, 1x1, 3x3 and 1x1 a unit; `first` puts the stride on the first of them, as the paper does."""
    yield conv(7, 2, 3, 112, 64)
    given = 64
    for stage, (depth, side, width) in enumerate(zip(depths, (56, 28, 14, 7), (64, 128, 256, 512), strict=True)):
        for unit in range(depth):
            stride = 2 if stage > 0 and unit == 0 else 1
            one, three = (stride, 1) if first else (1, stride)
            yield conv(1, one, given, side * three, inner * width)
            yield conv(3, three, inner * width, side, inner * width, groups)
            yield conv(1, 1, inner * width, side, 4 * width)
            if unit == 0:
                yield conv(1, stride, given, side, 4 * width)
            given = 4 * width


def densenet(depths: Sequence[int], growth: int) -> Iterator[Shape]:
    """Table 1 of the paper: 1x1 to 4·growth maps and 3x3 to growth a unit; transitions halve maps and sides."""
    given = 2 * growth
    yield conv(7, 2, 3, 112, given)
    for depth, side in zip(depths, (56, 28, 14, 7), strict=True):
        for _ in range(depth):
            yield conv(1, 1, given, side, 4 * growth)
            yield conv(3, 1, 4 * growth, side, growth)
            given += growth
        if side > 7:
            yield conv(1, 1, given, side, given // 2)
            given //= 2


def inverted(
    kernel: int, stride: int, given: int, side: int, expanded: int, filters: int, squeezed: int = 0
) -> Iterator[Shape]:
    """An inverted residual: expand where there is more than came in, filter, squeeze and excite, project."""
    if expanded != given:
        yield conv(1, 1, given, side * stride, expanded)
    yield depthwise(kernel, stride, expanded, side)
    if squeezed:
        yield conv(1, 1, expanded, 1, squeezed)
        yield conv(1, 1, squeezed, 1, expanded)
    yield conv(1, 1, expanded, side, filters)


def mobilenet_v2() -> Iterator[Shape]:
    """Table 2 of the paper: the side after the row, expansion t, maps c, copies n, stride s."""
    yield conv(3, 2, 3, 112, 32)
    given = 32
    for side, expansion, filters, copies, stride in (
        (112, 1, 16, 1, 1),
        (56, 6, 24, 2, 2),
        (28, 6, 32, 3, 2),
        (14, 6, 64, 4, 2),
        (14, 6, 96, 3, 1),
        (7, 6, 160, 3, 2),
        (7, 6, 320, 1, 1),
    ):
        for copy in range(copies):
            yield from inverted(3, stride if copy == 0 else 1, given, side, expansion * given, filters)
            given = filters
    yield conv(1, 1, 320, 7, 1280)


def mobilenet_v3(last: int, *rows: tuple[int, int, int, int, int, int, int]) -> Iterator[Shape]:
    """Tables 1 and 2 of the paper: side after, kernel, expanded maps, maps, squeezed maps (0: none), stride, given."""
    yield conv(3, 2, 3, 112, 16)
    for side, kernel, expanded, filters, squeezed, stride, given in rows:
        yield from inverted(kernel, stride, given, side, expanded, filters, squeezed)
    yield conv(1, 1, last, 7, 6 * last)


def efficientnet_b0() -> Iterator[Shape]:
    """Table 1 of the paper: side after, kernel, expansion, maps, copies, stride; squeezed to given/4."""
    yield conv(3, 2, 3, 112, 32)
    given = 32
    for side, kernel, expansion, filters, copies, stride in (
        (112, 3, 1, 16, 1, 1),
        (56, 3, 6, 24, 2, 2),
        (28, 5, 6, 40, 2, 2),
        (14, 3, 6, 80, 3, 2),
        (14, 5, 6, 112, 3, 1),
        (7, 5, 6, 192, 4, 2),
        (7, 3, 6, 320, 1, 1),
    ):
        for copy in range(copies):
            step = stride if copy == 0 else 1
            yield from inverted(kernel, step, given, side, expansion * given, filters, given // 4)
            given = filters
    yield conv(1, 1, 320, 7, 1280)


def efficientnet_v2_s() -> Iterator[Shape]:
    """Table 4 of the paper, at 384: the first three stages fuse expansion and filter into a 3x3."""
    yield conv(3, 2, 3, 192, 24)
    given = 24
    for side, expansion, filters, copies, stride in ((192, 1, 24, 2, 1), (96, 4, 48, 4, 2), (48, 4, 64, 4, 2)):
        for copy in range(copies):
            wide = expansion * given if expansion > 1 else filters
            yield conv(3, stride if copy == 0 else 1, given, side, wide)
            if expansion > 1:
                yield conv(1, 1, wide, side, filters)
            given = filters
    for side, expansion, filters, copies, stride in ((24, 4, 128, 6, 2), (24, 6, 160, 9, 1), (12, 6, 256, 15, 2)):
        for copy in range(copies):
            step = stride if copy == 0 else 1
            yield from inverted(3, step, given, side, expansion * given, filters, given // 4)
            given = filters
    yield conv(1, 1, 256, 12, 1280)


def mnasnet() -> Iterator[Shape]:
    """The B1 variant: side after, kernel, expansion, maps, copies, stride; a separable convolution before."""
    yield conv(3, 2, 3, 112, 32)
    yield from separable(32, 112, 16)
    given = 16
    for side, kernel, expansion, filters, copies, stride in (
        (56, 3, 3, 24, 3, 2),
        (28, 5, 3, 40, 3, 2),
        (14, 5, 6, 80, 3, 2),
        (14, 3, 6, 96, 2, 1),
        (7, 5, 6, 192, 4, 2),
        (7, 3, 6, 320, 1, 1),
    ):
        for copy in range(copies):
            yield from inverted(kernel, stride if copy == 0 else 1, given, side, expansion * given, filters)
            given = filters
    yield conv(1, 1, 320, 7, 1280)


def shufflenet_v2(*stages: tuple[int, int, int]) -> Iterator[Shape]:
    """Table 5 and Figure 3 of the paper: side, maps of a half, copies; the first unit makes both halves from all."""
    yield conv(3, 2, 3, 112, 24)
    given = 24
    for side, half, copies in stages:
        yield from (depthwise(3, 2, given, side), conv(1, 1, given, side, half))
        yield from (conv(1, 1, given, 2 * side, half), depthwise(3, 2, half, side), conv(1, 1, half, side, half))
        for _ in range(copies - 1):
            yield from (conv(1, 1, half, side, half), depthwise(3, 1, half, side), conv(1, 1, half, side, half))
        given = 2 * half
    yield conv(1, 1, given, 7, 1024)


def inception_v3() -> Iterator[Shape]:
    """Table 1 and Figures 5 to 7 of the paper, with the stem and the 5x5 of the common implementation."""
    yield from (conv(3, 2, 3, 149, 32), conv(3, 1, 32, 147, 32), conv(3, 1, 32, 147, 64))
    yield from (conv(1, 1, 64, 73, 80), conv(3, 1, 80, 71, 192))
    for given, project in ((192, 32), (256, 64), (288, 64)):  # mixed5b, 5c, 5d
        yield conv(1, 1, given, 35, 64)
        yield from (conv(1, 1, given, 35, 48), conv(5, 1, 48, 35, 64))
        yield from (conv(1, 1, given, 35, 64), conv(3, 1, 64, 35, 96), conv(3, 1, 96, 35, 96))
        yield conv(1, 1, given, 35, project)
    yield conv(3, 2, 288, 17, 384)  # mixed6a
    yield from (conv(1, 1, 288, 35, 64), conv(3, 1, 64, 35, 96), conv(3, 2, 96, 17, 96))
    for width in (128, 160, 160, 192):  # mixed6b to 6e
        yield conv(1, 1, 768, 17, 192)
        yield from (conv(1, 1, 768, 17, width), conv("1x7", 1, width, 17, width), conv("7x1", 1, width, 17, 192))
        yield from (conv(1, 1, 768, 17, width), conv("7x1", 1, width, 17, width), conv("1x7", 1, width, 17, width))
        yield from (conv("7x1", 1, width, 17, width), conv("1x7", 1, width, 17, 192))
        yield conv(1, 1, 768, 17, 192)
    yield from (conv(1, 1, 768, 17, 192), conv(3, 2, 192, 8, 320))  # mixed7a
    yield from (conv(1, 1, 768, 17, 192), conv("1x7", 1, 192, 17, 192), conv("7x1", 1, 192, 17, 192))
    yield conv(3, 2, 192, 8, 192)
    for given in (1280, 2048):  # mixed7b, 7c
        yield conv(1, 1, given, 8, 320)
        yield from (conv(1, 1, given, 8, 384), conv("1x3", 1, 384, 8, 384), conv("3x1", 1, 384, 8, 384))
        yield from (conv(1, 1, given, 8, 448), conv(3, 1, 448, 8, 384))
        yield from (conv("1x3", 1, 384, 8, 384), conv("3x1", 1, 384, 8, 384))
        yield conv(1, 1, given, 8, 192)


def xception() -> Iterator[Shape]:
    """Figure 5 of the paper."""
    yield from (conv(3, 2, 3, 149, 32), conv(3, 1, 32, 147, 64))
    for given, filters, before, behind in ((64, 128, 147, 74), (128, 256, 74, 37), (256, 728, 37, 19)):
        yield from (*separable(given, before, filters), *separable(filters, before, filters))
        yield conv(1, 2, given, behind, filters)
    for _ in range(8 * 3):
        yield from separable(728, 19, 728)
    yield from (*separable(728, 19, 728), *separable(728, 19, 1024), conv(1, 2, 728, 10, 1024))
    yield from (*separable(1024, 10, 1536), *separable(1536, 10, 2048))


def regnet(group: int, squeezed: bool, *stages: tuple[int, int, int]) -> Iterator[Shape]:
    """Side, maps and depth of a stage; a quarter of the maps that came in is squeezed (the Y networks)."""
    yield conv(3, 2, 3, 112, 32)
    given = 32
    for side, width, depth in stages:
        for unit in range(depth):
            stride = 2 if unit == 0 else 1
            yield conv(1, 1, given, side * stride, width)
            yield conv(3, stride, width, side, width, width // group)
            if squeezed:
                yield from (conv(1, 1, width, 1, given // 4), conv(1, 1, given // 4, 1, width))
            yield conv(1, 1, width, side, width)
            if unit == 0:
                yield conv(1, 2, given, side, width)
            given = width


def convnext(*stages: tuple[int, int, int]) -> Iterator[Shape]:
    """Table 9 of the paper: side, maps and depth; 7x7 a map, four times as many maps, and back."""
    given = 3
    for side, width, depth in stages:
        yield conv(4, 4, 3, side, width) if given == 3 else conv(2, 2, given, side, width)
        for _ in range(depth):
            yield from (depthwise(7, 1, width, side), conv(1, 1, width, side, 4 * width))
            yield conv(1, 1, 4 * width, side, width)
        given = width


def unet() -> Iterator[Shape]:
    """Figure 1 of the paper, whose convolutions are not padded."""
    given = 1
    for side, filters in ((570, 64), (282, 128), (138, 256), (66, 512), (30, 1024)):
        yield from (conv(3, 1, given, side, filters), conv(3, 1, filters, side - 2, filters))
        given = filters
    for side, filters in ((56, 512), (104, 256), (200, 128), (392, 64)):
        yield "transposed " + conv(2, 2, 2 * filters, side, filters)
        yield from (conv(3, 1, 2 * filters, side - 2, filters), conv(3, 1, filters, side - 4, filters))
    yield conv(1, 1, 64, 388, 2)


LISTS: dict[str, Iterator[Shape]] = {
    "alexnet": alexnet(groups=2),
    "alexnet_one_tower": alexnet(groups=1),
    "vgg11": vgg("3", "3", "33", "33", "33"),
    "vgg13_bn": vgg("33", "33", "33", "33", "33"),
    "vgg16_c": vgg("33", "33", "331", "331", "331"),
    "vgg16": vgg("33", "33", "333", "333", "333"),
    "vgg19": vgg("33", "33", "3333", "3333", "3333"),
    "googlenet": googlenet(five=5),
    "googlenet_bn": googlenet(five=3),
    "squeezenet1_0": squeezenet(
        conv(7, 2, 3, 109, 96),
        *[(96, 54, 16), (128, 54, 16), (128, 54, 32), (256, 27, 32)],
        *[(256, 27, 48), (384, 27, 48), (384, 27, 64), (512, 13, 64)],
    ),
    "squeezenet1_1": squeezenet(
        conv(3, 2, 3, 111, 64),
        *[(64, 55, 16), (128, 55, 16), (128, 27, 32), (256, 27, 32)],
        *[(256, 13, 48), (384, 13, 48), (384, 13, 64), (512, 13, 64)],
    ),
    "resnet18": basic([2, 2, 2, 2]),
    "resnet34": basic([3, 4, 6, 3]),
    "resnet50": bottlenecks([3, 4, 6, 3]),
    "resnet50_v1": bottlenecks([3, 4, 6, 3], first=True),
    "resnet152": bottlenecks([3, 8, 36, 3]),
    "resnext50_32x4d": bottlenecks([3, 4, 6, 3], inner=2, groups=32),
    "wide_resnet50_2": bottlenecks([3, 4, 6, 3], inner=2),
    "densenet121": densenet([6, 12, 24, 16], growth=32),
    "densenet161": densenet([6, 12, 36, 24], growth=48),
    "mobilenet_v2": mobilenet_v2(),
    "mobilenet_v3_large": mobilenet_v3(
        160,
        (112, 3, 16, 16, 0, 1, 16),
        (56, 3, 64, 24, 0, 2, 16),
        (56, 3, 72, 24, 0, 1, 24),
        (28, 5, 72, 40, 24, 2, 24),
        (28, 5, 120, 40, 32, 1, 40),
        (28, 5, 120, 40, 32, 1, 40),
        (14, 3, 240, 80, 0, 2, 40),
        (14, 3, 200, 80, 0, 1, 80),
        (14, 3, 184, 80, 0, 1, 80),
        (14, 3, 184, 80, 0, 1, 80),
        (14, 3, 480, 112, 120, 1, 80),
        (14, 3, 672, 112, 168, 1, 112),
        (7, 5, 672, 160, 168, 2, 112),
        (7, 5, 960, 160, 240, 1, 160),
        (7, 5, 960, 160, 240, 1, 160),
    ),
    "mobilenet_v3_small": mobilenet_v3(
        96,
        (56, 3, 16, 16, 8, 2, 16),
        (28, 3, 72, 24, 0, 2, 16),
        (28, 3, 88, 24, 0, 1, 24),
        (14, 5, 96, 40, 24, 2, 24),
        (14, 5, 240, 40, 64, 1, 40),
        (14, 5, 240, 40, 64, 1, 40),
        (14, 5, 120, 48, 32, 1, 40),
        (14, 5, 144, 48, 40, 1, 48),
        (7, 5, 288, 96, 72, 2, 48),
        (7, 5, 576, 96, 144, 1, 96),
        (7, 5, 576, 96, 144, 1, 96),
    ),
    "efficientnet_b0": efficientnet_b0(),
    "efficientnet_v2_s": efficientnet_v2_s(),
    "mnasnet1_0": mnasnet(),
    "shufflenet_v2_x1_0": shufflenet_v2((28, 58, 4), (14, 116, 8), (7, 232, 4)),
    "inception_v3": inception_v3(),
    "xception": xception(),
    "regnet_x_400mf": regnet(16, False, (56, 32, 1), (28, 64, 2), (14, 160, 7), (7, 400, 12)),
    "regnet_y_400mf": regnet(8, True, (56, 48, 1), (28, 104, 3), (14, 208, 6), (7, 440, 6)),
    "convnext_tiny": convnext((56, 96, 3), (28, 192, 3), (14, 384, 9), (7, 768, 3)),
    "unet": unet(),
}


@pytest.mark.parametrize("name", LISTS)
def test_convolutions_are_those_of_the_paper(name: str) -> None:
    found, expected = convolutions(network(name)), Counter(LISTS[name])
    assert (found - expected, expected - found) == (Counter(), Counter())


@pytest.mark.parametrize("name", RUN)
def test_convolutions_are_those_that_the_framework_runs(name: str) -> None:
    spec, parameters = DILATED.get(name, (name, {}))
    found, expected = convolutions(cnncalc.load(spec, set=parameters)), Counter(RUN[name])
    assert (found - expected, expected - found) == (Counter(), Counter())


def test_what_compensates_in_the_totals_is_seen_in_the_list() -> None:
    """Two kernels of Inception v3 laid the other way round change no total, and two lines of the list."""
    spec = yaml.safe_load((CONFIGS / "inception_v3.yaml").read_text(encoding="utf-8"))
    branch = spec["blocks"]["mixed6"]["layers"][0]["branches"][1]
    branch[1]["kernel"], branch[2]["kernel"] = branch[2]["kernel"], branch[1]["kernel"]
    turned, straight = cnncalc.load(spec), cnncalc.load("inception_v3")
    assert turned.totals.to_dict() == straight.totals.to_dict()
    assert convolutions(turned) - convolutions(straight)
