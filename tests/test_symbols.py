"""Closed forms against the integers: what is printed is read by a reader of its own and evaluated exactly."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from random import Random
from typing import Any

import golden
import pytest
import zoo

import cnncalc
from cnncalc.analysis.closed import load_symbolic
from cnncalc.network.counts import SUMMED, plain

METRICS = ("weights", "biases", "params", "buffers", "macs", "flops", "activations", "activation_bytes", "weight_bytes")
SAMPLES = 40

# ------------------------------------------------------------------------------------------------ reading a closed form

WORTH: dict[str, Callable[..., Any]] = {
    "N": Fraction,
    "floor": lambda x: Fraction(math.floor(x)),
    "ceiling": lambda x: Fraction(math.ceil(x)),
    "Max": max,
    "Min": min,
    "Mod": lambda a, b: a - b * math.floor(a / b),
    "gcd": lambda a, b: Fraction(math.gcd(int(a), int(b))),
}


def reader(form: Any) -> Callable[..., Fraction]:
    """A closed form as it is printed, as a function of its symbols; every number in it is exact."""
    code = compile(re.sub(r"(?<![\w.])\d+", lambda number: f"N({number[0]})", str(form)), "form", "eval")
    return lambda **values: eval(code, {"__builtins__": {}, **WORTH}, {k: Fraction(v) for k, v in values.items()})


def test_the_reader_reads_as_people_do() -> None:
    assert reader("27*C**2")(C=3) == 27 * 9
    assert reader("floor(H/2 - 1/2)*3/7 + gcd(H, 6)")(H=4) == Fraction(3, 7) + 2
    assert reader(12)() == 12


@cache
def attempted(name: str) -> cnncalc.Network | cnncalc.SpecError:
    """A built-in spec with the sides of its input left open, or why there is no form of it."""
    try:
        return load_symbolic(name, ["H", "W"])
    except cnncalc.SpecError as error:
        return error


def over_the_sides(name: str) -> cnncalc.Network:
    found = attempted(name)
    assert isinstance(found, cnncalc.Network), str(found)
    return found


def readers(network: cnncalc.Network) -> dict[str, Callable[..., Fraction]]:
    return {metric: reader(value) for metric, value in network.totals.to_dict().items() if metric in METRICS}


# ---------------------------------------------------------------------------- which sizes a form says that it holds for


class Residue:
    """`H = 32*n + 3 from 67 on`, `H a multiple of 32`, `any H`: the sides that a form holds for."""

    def __init__(self, text: str) -> None:
        form = re.fullmatch(r"(?:any (\w)|(\w) = (\d+)\*n \+ (\d+)|(\w) a multiple of (\d+))(?: from (\d+) on)?", text)
        assert form, text
        self.name = form[1] or form[2] or form[5]
        self.step, self.rest = (int(form[3]), int(form[4])) if form[2] else (int(form[6] or 1), 0)
        self.least = int(form[7] or 1)

    def holds(self, side: int) -> bool:
        return side % self.step == self.rest and side >= self.least

    @property
    def first(self) -> int:
        """The smallest side that the form holds for."""
        return next(side for side in range(self.least, self.least + self.step) if self.holds(side))


def residues(network: cnncalc.Network) -> tuple[Residue, Residue]:
    height, width = (Residue(text) for text in network.assumptions[:2])
    assert (height.name, width.name) == ("H", "W")
    return height, width


def form_of(name: str) -> cnncalc.Network:
    """The form of a built-in spec; none is refused."""
    found = attempted(name)
    assert isinstance(found, cnncalc.Network), str(found)
    return found


def test_a_gate_is_no_reason_to_refuse() -> None:
    gate = "{branches: [[], [global_avgpool, conv1-8, sigmoid]], merge: multiply}"
    found = load_symbolic(f"{{input: 32x32x3, layers: [conv3-8/2, {gate}, conv3-8/2]}}", ["H", "W"])
    # two halvings; the gate is 8 by 8 at one position
    assert reader(found.totals.macs)(H=64, W=32) == 32 * 16 * 8 * 27 + 64 + 16 * 8 * 8 * 72


def without(*costly: str) -> list[Any]:
    """The built-in networks that stand for the rest, without some."""
    few = sorted({*zoo.FEW} - {*costly})
    return [*few, *(pytest.param(name, marks=pytest.mark.whole_zoo) for name in zoo.NAMES if name not in few)]


@pytest.mark.parametrize(
    "name", without("inception_resnet_v2", "nasnet_mobile", "regnet_y_128gf", "fpn_resnet50", "deeplabv3_resnet50")
)
def test_a_form_over_the_sides_gives_the_integers(name: str) -> None:
    """From the least on that it says it holds for: five sizes, where a form in two sides has four terms."""
    found = form_of(name)
    (given,) = zoo.network(name).inputs.values()
    height, width = residues(found)
    assert height.holds(given.sides[0])
    assert width.holds(given.sides[1])
    forms = readers(found)
    random = Random(name)
    for down, across in [(0, 0), (1, 0), (0, 1), *((random.randint(0, 40), random.randint(0, 40)) for _ in range(2))]:
        high, wide = height.first + down * height.step, width.first + across * width.step
        real = cnncalc.load(name, set={"input": f"{high}x{wide}x{given.channels}"}).totals
        for metric, form in forms.items():
            assert form(H=high, W=wide) == getattr(real, metric), (metric, high, wide)


@pytest.mark.parametrize("name", without("inception_resnet_v2", "nasnet_mobile", "regnet_y_128gf"))
def test_the_least_size_that_a_form_states_is_the_least(name: str) -> None:
    """A step below it there is no network, or another than the form says; where none is stated there is no step."""
    found = form_of(name)
    height, width = residues(found)
    (given,) = zoo.network(name).inputs.values()
    for high, wide in ((height.first - height.step, width.first), (height.first, width.first - width.step)):
        if min(high, wide) < 1:
            continue
        try:
            real = cnncalc.load(name, set={"input": f"{high}x{wide}x{given.channels}"}).totals
        except cnncalc.SpecError:
            continue
        forms = readers(found)
        assert any(forms[metric](H=high, W=wide) != getattr(real, metric) for metric in SUMMED), (high, wide)


@pytest.mark.parametrize("name", ["alexnet", "googlenet", "mobilenet_v2", "unet", "resnet18"])
def test_every_row_of_a_form_gives_the_integers(name: str) -> None:
    (given,) = cnncalc.load(name).inputs.values()
    found = over_the_sides(name)
    height, width = residues(found)
    sides = given.sides[0] + 3 * height.step, given.sides[1] + 5 * width.step
    real = cnncalc.load(name, set={"input": f"{sides[0]}x{sides[1]}x{given.channels}"})
    assert [row.name for row in found.layers] == [row.name for row in real.layers]
    for form, row in zip(found.to_dict()["layers"], real.to_dict()["layers"], strict=True):
        assert [reader(extent)(H=sides[0], W=sides[1]) for extent in form["output"]] == row["output"], row["name"]
        for metric in ("weights", "biases", "macs", "flops", "activations"):
            assert reader(form[metric])(H=sides[0], W=sides[1]) == row[metric], (row["name"], metric)
        assert form["receptive_field"] == row["receptive_field"]


def test_forms_that_can_be_written_by_hand() -> None:
    """ResNet-50's convolutions cost by the area, its last layer does not; VGG-16's first dense layer goes with H·W."""
    resnet, vgg = over_the_sides("resnet50").totals, over_the_sides("vgg16").totals
    macs = cnncalc.load("resnet50").totals.macs
    assert reader(resnet.macs)(H=224, W=224) == macs
    assert reader(resnet.macs)(H=0, W=0) == 2048 * 1000
    assert Fraction(macs - 2048 * 1000, 224 * 224) == reader(resnet.macs)(H=1, W=1) - 2048 * 1000
    depths = [3, 64, 64, 128, 128, 256, 256, 256, *[512] * 6]
    convolutions = sum(9 * given * filters for given, filters in pairwise(depths))
    dense = Fraction(512 * 4096, 32 * 32)
    assert reader(vgg.weights)(H=96, W=64) == convolutions + dense * 96 * 64 + 4096 * 4096 + 4096 * 1000


def test_the_original_sizes_residue_is_kept() -> None:
    """225 leaves 1 of 32: a form for 224 would say something else."""
    found = load_symbolic("resnet50", ["H", "W"], {"input": "225x225x3"})
    assert found.assumptions == ("H = 32*n + 1 from 1 on", "W = 32*n + 1 from 1 on")
    for side in (225, 257, 321, 993):
        real = cnncalc.load("resnet50", set={"input": f"{side}x{side}x3"}).totals
        assert reader(found.totals.macs)(H=side, W=side) == real.macs
    assert reader(found.totals.macs)(H=224, W=224) != cnncalc.load("resnet50").totals.macs


def test_one_side_alone() -> None:
    found = load_symbolic("resnet50", ["H"])
    assert found.assumptions == ("H a multiple of 32 from 32 on",)
    for side in (32, 96, 224, 1024):
        real = cnncalc.load("resnet50", set={"input": f"{side}x224x3"}).totals
        assert reader(found.totals.macs)(H=side) == real.macs


@pytest.mark.parametrize(
    ("spec", "names", "sides"),
    [
        ("{input: 100x3, layers: [{conv: 4, kernel: 3, stride: 2}, maxpool2]}", "L", (4,)),
        ("{input: 9x20x20x2, layers: [{conv: 4, kernel: 3, stride: 2}, {maxpool: 2}]}", "THW", (4, 4, 4)),
        (
            "{input: 40x40x3, layers: [{maxpool: 4, rounding: ceil}, {upsample: 4}, {maxpool: 3, rounding: ceil}]}",
            "HW",
            (12, 12),
        ),
        ("{input: 41x41x3, layers: [{maxpool: 4}, {upsample: 4}, {maxpool: 3, padding: same}]}", "HW", (12, 12)),
        (
            "{input: 64x64x3, layers: [{branches: [[conv3-8/3], [conv1-8/3]]}, {maxpool: 2, rounding: ceil}]}",
            "HW",
            (6, 6),
        ),
        ("{input: 64x64x3, layers: [{conv: 4, kernel: 3, stride: 2}, {adaptive_avgpool: 5}, conv3-8]}", "HW", (2, 2)),
        (
            "{input: 50x50x3, layers: [{separable_conv: 6, kernel: 5, stride: 3, padding: same}, relu, conv2-4/2]}",
            "HW",
            (6, 6),
        ),
    ],
)
def test_forms_of_other_ranks_and_roundings(spec: str, names: str, sides: tuple[int, ...]) -> None:
    (given,) = cnncalc.load(spec).inputs.values()
    found = load_symbolic(spec, list(names))
    holds = [Residue(text) for text in found.assumptions[: len(names)]]
    assert tuple(residue.step for residue in holds) == sides
    forms = readers(found)
    for steps in product((0, 1, 2, 7), repeat=len(names)):
        at = [side + step * residue.step for side, step, residue in zip(given.sides, steps, holds, strict=True)]
        real = cnncalc.load(spec, set={"input": "x".join(map(str, [*at, given.channels]))}).totals
        for metric, form in forms.items():
            assert form(**dict(zip(names, at, strict=True))) == getattr(real, metric), (metric, at)


# ------------------------------------------------------------------------------------------------ parameters as symbols


@pytest.mark.parametrize(
    ("name", "symbols", "values"),
    [
        ("densenet121", ["growth"], [1, 2, 12, 24, 32, 33, 48]),
        ("densenet121", ["classes"], [1, 10, 1000]),
        ("mobilenet_v1", ["width"], [1, 2, 3, 10]),
        ("mobilenet_v1", ["classes"], [1, 1000]),
        ("mobilenet_v2", ["classes"], [1, 1000]),
        ("resnet18", ["classes"], [1, 10, 1000]),
        ("resnet152", ["classes"], [1000, 21]),
        ("unet", ["classes"], [1, 2, 21]),
        ("alexnet", ["groups"], [1, 2, 4, 8, 16, 32]),
    ],
)
def test_a_parameter_as_a_symbol_gives_the_integers(name: str, symbols: list[str], values: list[int]) -> None:
    forms = readers(load_symbolic(name, symbols))
    for value in values:
        real = cnncalc.load(name, set={symbols[0]: value}).totals
        for metric, form in forms.items():
            assert form(**{symbols[0]: value}) == getattr(real, metric), (metric, value)


@pytest.mark.parametrize(
    ("name", "parameter", "values"),
    [
        pytest.param("densenet121", "growth", [12, 32, 48], marks=pytest.mark.whole_zoo),
        ("mobilenet_v1", "width", [1, 2]),
        ("unet", "classes", [2, 7]),
    ],
)
def test_parameters_and_sides_together(name: str, parameter: str, values: list[int]) -> None:
    (given,) = cnncalc.load(name).inputs.values()
    found = load_symbolic(name, ["H", parameter, "W"])
    forms = readers(found)
    height, width = (Residue(text) for text in found.assumptions[:2])
    for value, step in product(values, (0, 3)):
        sides = given.sides[0] + step * height.step, given.sides[1] + 2 * step * width.step
        real = cnncalc.load(name, set={parameter: value, "input": f"{sides[0]}x{sides[1]}x{given.channels}"}).totals
        for metric, form in forms.items():
            assert form(H=sides[0], W=sides[1], **{parameter: value}) == getattr(real, metric), metric


def test_densenets_growth_by_hand() -> None:
    """The last layer sees what the blocks leave: (2k + 6k)/2 = 4k, (4k + 12k)/2 = 8k, (8k + 24k)/2 = 16k, + 16k."""
    found = load_symbolic("densenet121", ["growth"])
    assert plain(found.layer("dense1").weights) == f"{(16 + 16) * 1000}*growth"
    assert plain(found.layer("conv1").weights) == f"{7 * 7 * 3 * 2}*growth"


def test_a_parameter_may_be_called_as_a_side_in_small_letters() -> None:
    spec = "{input: 64x64x3, parameters: {h: 8}, layers: [{conv: h, kernel: 3, padding: half, stride: 2}]}"
    found = load_symbolic(spec, ["H", "h"])
    assert reader(found.totals.macs)(H=128, h=10) == 64 * 32 * 10 * 27


# --------------------------------------------------------------------------------------------------------- no form: why


@pytest.mark.parametrize(
    ("spec", "names", "said"),
    [
        ("mobilenet_v2", ["width"], "divisible(…) has no closed form"),
        ("densenet121", ["depths"], "no list"),
        ("vgg16", ["L"], "no side L"),
        ("vgg16", ["nope"], "no parameter and no side called `nope`"),
        ("{input: 9x9x3, layers: [{when: input.height > 5, layers: [conv3-8]}]}", ["H"], "cannot be decided"),
        ("{input: 64x64x3, layers: [{conv: input.height // 3, kernel: 3}]}", ["H"], "no closed form: conv1 rounds"),
        ("{input: 64x64x3, layers: [{reshape: 4096x3}]}", ["H"], "would hold 12288"),
        ("{input: {a: 8x8x3, b: 8x8x3}, layers: [{add: [a, b]}]}", ["H"], "one input"),
    ],
)
def test_where_there_is_no_form_it_refuses_with_the_reason(spec: str, names: list[str], said: str) -> None:
    with pytest.raises(cnncalc.SpecError) as error:
        load_symbolic(spec, names)
    assert said in str(error.value)


# ----------------------------------------------------------------------------------------------- piecewise, with floors

PIECEWISE = [
    "HxWx3: conv7-64/2 maxpool3/2 conv3-128 maxpool2 conv5-10",
    "HxWx3: (conv3-8 maxpool2)*3 fc-10",
    "{input: HxWx3, layers: [{conv: 96, kernel: 11, stride: 4}, {maxpool: 3, stride: 2}, {conv: 8, kernel: 3}]}",
    "{input: HxWx3, layers: [{conv: 8, kernel: 3, dilation: 3}, {maxpool: 3, stride: 2, padding: 1, rounding: ceil}]}",
    "{input: HxWx1, layers: [{repeat: 2, layers: [{conv: 6, kernel: 5}, {subsample: 2}]}, {conv: 2, kernel: 5}]}",
    "{input: HxWx2, layers: [{separable_conv: 6, kernel: 5, stride: 3, padding: same}, {conv: 4, kernel: [3, 2]}]}",
    "{input: HxWx2, layers: [{branches: [[conv3-4/2], [{maxpool: 3, stride: 2, padding: 1}]]}, {crop: 2}]}",
]


def least(network: cnncalc.Network) -> dict[str, int]:
    """The least size of each symbol that a form states, 1 where it states none."""
    found = {"H": 1, "W": 1}
    for text in network.assumptions:
        form = re.fullmatch(r"([HW]) >= (\d+)", text)
        assert form, text
        found[form[1]] = int(form[2])
    return found


@pytest.mark.parametrize("spec", PIECEWISE)
def test_a_piecewise_form_gives_the_integers_at_many_sizes(spec: str) -> None:
    found = cnncalc.load(spec)
    from_ = least(found)
    forms = readers(found)
    random = Random(spec)
    for _ in range(SAMPLES):
        sides = {name: low + random.choice([0, 1, 2, 3, random.randint(0, 400)]) for name, low in from_.items()}
        real = at(spec, sides)
        for metric, form in forms.items():
            assert form(**sides) == getattr(real.totals, metric), (metric, sides)


def at(spec: str, sides: dict[str, int]) -> cnncalc.Network:
    """The same spec on numbers."""
    return cnncalc.load(spec.replace("HxWx", f"{sides['H']}x{sides['W']}x", 1))


@pytest.mark.parametrize("spec", PIECEWISE)
def test_what_is_assumed_is_the_least_size(spec: str) -> None:
    """At it there is a network, one below there is none; and where nothing is assumed a side of 1 will do."""
    from_ = least(cnncalc.load(spec))
    at(spec, from_)
    for name in ("H", "W"):
        if from_[name] > 1:
            with pytest.raises(cnncalc.SpecError):
                at(spec, {**from_, name: from_[name] - 1})


def test_least_sizes_by_hand() -> None:
    """LeNet's: the last 5 has 1 place in 5, of 10 before the pool, of 14 before the 5, of 28, of 32."""
    assert least(cnncalc.load(PIECEWISE[4])) == {"H": 32, "W": 32}
    # AlexNet's start: 3 for the last 3; 2·2 + 3 = 7 for the pool; 6·4 + 11 = 35
    assert least(cnncalc.load(PIECEWISE[2])) == {"H": 35, "W": 35}
    # a 3 dilated by 3 spans 7
    assert least(cnncalc.load("{input: HxWx3, layers: [{conv: 8, kernel: 3, dilation: 3}]}")) == {"H": 7, "W": 7}


# ----------------------------------------------------------------------------------------------- as the command says it


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., golden.Outcome]:
    return lambda *arguments: golden.run(arguments, monkeypatch, capsys)


def test_the_command_prints_the_form_and_for_which_sizes_it_holds(run: Callable[..., golden.Outcome]) -> None:
    outcome = run("summarize", "resnet50", "--symbol", "H", "--symbol", "W")
    assert outcome.exit == 0
    assert "Holds for H a multiple of 32 from 32 on, W a multiple of 32 from 32 on." in outcome.stdout
    assert "81,456·H·W + 2,048,000 multiply-adds" in outcome.stdout
    found = json.loads(run("summarize", "resnet50", "--symbol", "H", "--symbol", "W", "-f", "json").stdout)
    assert found["assumptions"] == ["H a multiple of 32 from 32 on", "W a multiple of 32 from 32 on"]
    assert found["inputs"] == {"input": ["H", "W", 3]}
    assert found["totals"]["params"] == 25_557_032
    assert found["totals"]["macs"] == "81456*H*W + 2048000"


def test_a_piecewise_form_says_from_where_on(run: Callable[..., golden.Outcome]) -> None:
    assert "Holds for H >= 8, W >= 8." in run("summarize", PIECEWISE[1]).stdout


def test_a_wrong_symbol_is_a_wrong_request(run: Callable[..., golden.Outcome]) -> None:
    outcome = run("summarize", "resnet50", "--symbol", "clases")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert "did you mean `classes`" in outcome.stderr
