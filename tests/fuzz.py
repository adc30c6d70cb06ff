"""Bad specs and bad files of budgets by the thousand: `python tests/fuzz.py 20000 [SEED]` must find no traceback.

Every one that is generated is read, or refused with a SpecError; anything else is printed with its seed and fails the
run. They are random characters, random words of the language, and valid ones with some of their parts deleted, doubled,
swapped, or replaced by something that does not belong.
"""

from __future__ import annotations

import copy
import io
import os
import random
import re
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from bounds import Hang, bounded, tell

import cnncalc


def listed(text: str) -> list[str]:
    return text.split()


TOP_LEVEL = listed("name source input parameters defaults blocks layers outputs budget lint extends published")
STRUCTURE = listed("""
    name from when repeat share layers branches merge residual shortcut each frozen split include until set
""")
TYPES = listed("""
    conv depthwise_conv separable_conv conv_transpose dense fc linear maxpool avgpool lppool global_avgpool
    global_maxpool adaptive_avgpool adaptive_maxpool subsample batchnorm layernorm groupnorm instancenorm lrn grn
    rmsnorm scale layer_scale relu relu6 leaky_relu prelu elu selu gelu silu hardswish hardsigmoid sigmoid tanh
    mish softmax activation add multiply concat matmul correlate flatten reshape permute pad crop slice upsample
    pixel_shuffle pixel_unshuffle channel_shuffle identity dropout attention
""")
FIELDS = listed("""
    filters kernel stride padding dilation groups bias activation connections output_padding units per_position size
    rounding affine multiplier mode gain factors slopes over by scale amount like offset channels along transpose heads
    align_corners
""")
WORDS = listed("""
    valid half same causal floor ceil exact end positions first second bilinear per_map shared true false null
    yes no on off input index width depth
    input.channels input.height stride!=1 1x1 3x3 7x7x512 224x224x3 HxWxC conv3-64 maxpool3/2 fc-10 relu
    local channel value all none ReLU swish
    y.* others.* p* stage.*.y.1 ** rest none alexnet resnet18 len(others) others[0].channels unit.y
""")
NUMBERS = listed("""
    0 1 2 3 7 64 -1 -0 010 0x10 0o7 1_000 1:30 1e3 1e400 .5 2.5 .nan .inf -.inf 99999 1000000000000
    9999999999999999999999999999
""")
MARKS = [
    *listed("{ } [ ] ( ) : , - ' \" # % @ ` --- ... * / ** = &a *a << !!int !x ? | > \\ é 漢 😀"),
    *[": ", ", ", "- ", "\n", "\n  ", "\n- ", "\n  - ", "&a ", "<<: ", "!x ", "? ", "| ", "> ", "\t", "\r\n"],
    *["\0", "\ufeff", "\u2028", "\x85", "\udcff"],
]
EXPRESSIONS = [
    *listed("9**9**9 1/0 4*width input.channels input.__class__ [0]*10**9 len(3) min() index (((1 x[0] f'{1}' 'a'*3"),
    *["a if b", "lambda: 1", "divisible(7, 0)", "width and", "-" * 60 + "1"],
]
VOCABULARY = [*TOP_LEVEL, *STRUCTURE, *TYPES, *FIELDS, *WORDS, *NUMBERS, *MARKS, *EXPRESSIONS]
HOSTILE_VALUES: list[Any] = [
    *[None, True, False, 0, 1, -1, 2, 3, 10**12, -(10**12), 10**30, 2.5, -0.0, 1e308, float("nan"), float("inf")],
    *["", " ", "yes", "nan", "conv", "input", "1x", "x", "0x0", "1x2x3x4x5", "\0", "\udcff", "é" * 50, "a" * 3000],
    *[[], [[]], [[[[[[[[1]]]]]]]], [1, 2, 3, 4, 5, 6, 7, 8], [None], [True], ["a"], [[1, 2], [3]]],
    *[{}, {"a": 1}, {"layers": []}, {"conv": 3}, {1: 2}, {None: None}],
    *EXPRESSIONS,
]

VALID = [
    "{input: 7x7x3, layers: [{conv: 4, kernel: 3, stride: 2, padding: [[0, 1], [1, 0]]}, batchnorm, relu, fc-10]}",
    "{input: [32, 1], layers: [{conv: 4, kernel: 3, padding: causal, dilation: 2}, {maxpool: 2}, {attention: 2}]}",
    """\
name: small
source: nowhere
input: 32x32x3
parameters: {width: 8, depths: [1, 2], classes: 10}
defaults:
  conv: {padding: half, bias: false}
blocks:
  basic:
    parameters: {width: , stride: 1, act: relu}
    layers:
      - residual:
          - {conv: width, kernel: 3, stride: stride, activation: act}
          - batchnorm
          - {conv: width, kernel: 3}
        shortcut:
          - when: stride != 1 or input.channels != width
            layers:
              - {conv: width, kernel: 1, stride: stride}
      - relu
layers:
  - conv3-8
  - {maxpool: 3, stride: 2, padding: 1}
  - each: {w: [8, 16], depth: depths, first_stride: [1, 2]}
    layers:
      - {basic: w, stride: first_stride if index == 0 else 1, repeat: depth}
  - global_avgpool
  - {dense: classes}
  - softmax
""",
    """\
input: {left: 16x16x1, right: 16x16x1}
layers:
  - {conv: 4, kernel: 3, from: left, name: a}
  - {conv: 4, kernel: 3, from: right, share: a, name: b}
  - {concat: [a, b]}
  - branches:
      - []
      - [{conv: "divisible(width, 8)", kernel: 1}]
      - [{maxpool: 3, stride: 1, padding: half}, conv1-4]
    merge: concat
  - {repeat: 3, layers: [{conv: input.channels, kernel: 3, padding: same, groups: 2}, relu], name: "stage"}
  - {upsample: 2, mode: nearest}
  - {crop: [1, 1]}
  - {reshape: [30, 30, 24], when: false}
parameters: {width: 12}
outputs: [stage]
""",
    """\
input: 16x16x8
parameters: {paths: 3, act: relu, parts: [3, rest]}
blocks:
  unit:
    parameters: {width: , norm: batchnorm, body: conv}
    layers: [{body: width, kernel: 3, padding: half}, norm, act]
  meet:
    inputs: [x, others.*]
    parameters: {found: len(others)}
    layers: [{concat: [x, others.*]}, {conv: "found + 1", kernel: 1, name: end}]
  idle: {parameters: {kind: , many: 2}, layers: [{repeat: many, merge: add, layers: [kind]}]}
layers:
  - {conv: 8, kernel: 3, padding: half, repeat: paths, name: y}
  - {repeat: paths, merge: add, name: p, layers: [{unit: 8, norm: none}]}
  - branches:
      - conv1-8
      - {each: {rate: [1, 2], kind: [relu, silu]}, merge: concat, layers: [{conv: 8, kernel: 1}, kind]}
      - {maxpool: 3, stride: 1, padding: 1, when: paths > 5}
  - {meet: , from: [input, y.*], name: m}
  - {split: {left: 1, right: rest}, from: m.end}
  - {split: parts, from: p.1, name: s}
  - {concat: [left, right, s.*]}
  - {include: alexnet, until: conv1, name: backbone, set: {}, from: y.2, when: false}
outputs: [y.*, m.end]
""",
    "HxWxC: (conv3-C relu)*3 maxpool2 fc-10",
    "32x32x3: ((conv3-32 relu)*2 maxpool2)*3 (fc-256 relu)*1 fc-10 softmax",
    "16000x1: conv9-16/4 relu conv3-32",
]
BUDGETED = """\
input: 12x12x3
parameters: {width: 4}
layers:
  - {conv: width, kernel: 3, padding: half, name: stem}
  - {name: body, repeat: 2, layers: [{conv: 8, kernel: 3, bias: false}, relu]}
  - {dropout: 0.5}
  - fc-10
"""
"""The network that generated budgets are for."""

LIMITS = listed("""
    140M 15.5G 64MiB 250k ±2% +2% -2% +250k any 138M±2% 1x1x10 8x8 1/2 1,000 1_000 1e3 5% -1 0 1e99 half relu true .5
    everything params macs weights activation_bytes receptive_field jump output layers depth nonlinearities max min
    equals change defaults budgets baseline spec set dtype batch float16 int4 conv* stem body.* body.*.conv1 [a-z]* **
    net.yaml *.yaml ** ../net.yaml /net.yaml git:main - vgg16
""")

VALID_BUDGETS = [
    "- {spec: net.yaml, params: 140M, activation_bytes: 64MiB, output: 1x1x10}",
    "[{spec: [net.yaml, 'n*.yaml'], set: {width: 8}, dtype: float16, batch: 2, max: {macs: 1G}, min: {jump: 1}}]",
    """\
defaults:
  params: {max: 140M, min: 1k}
  layers: {"*": {macs: 200M}}
baseline: baseline.yaml
budgets:
  - spec: net.yaml
    macs: {equals: 15.5G ±2%, change: +2%}
    receptive_field: {min: 3x3}
    layers:
      "body.*.conv1": {kernel: 3, padding: valid, bias: false, output: {max: 12x12x8}}
      stem: {filters: {equals: 4}, activation: none, weights: 1k}
  - spec: "**/*.yaml"
    layers: {max: 100}
    depth: 10
  - {spec: vgg16, equals: {output: [1, 1, 1000], layers: 39}}
""",
    """\
schema: 1
specs:
  net.yaml: {params: 1000, macs: 100000, receptive_field: 3x3, jump: 1/2x1, output: '1x1x10, 3x3x4', layers: 7}
""",
]
"""Files of budgets, and the baseline of one."""

TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


def characters(random: random.Random) -> str:
    """Anything at all."""
    controls = "\0\x01\x07\x1b\x7f\x85\xa0\ufeff\u2028\ufffe"
    alphabets = ["abc019 -:[]{}()\n", "x-*/&!%@`|>'\"\\#,?=~\t\r", "é漢😀ß\u202e\u0301", controls]
    letters = "".join(random.sample(alphabets, random.randint(1, len(alphabets))))
    return "".join(random.choice(letters) for _ in range(random.randint(0, 80)))


def words(random: random.Random) -> str:
    """Words of the language in an order of no sense, some of them after a beginning of sense."""
    start = random.choice(
        ["", "", "{input: 8x8x3, layers: [", "input: 8x8x3\nlayers:\n  - ", "8x8x3: ", "input: 8x8x3\n"]
    )
    space = random.choice(["", " "])
    return start + space.join(random.choice(VOCABULARY) for _ in range(random.randint(1, 30)))


def broken_text(random: random.Random, valid: Sequence[str] = VALID, vocabulary: Sequence[str] = VOCABULARY) -> str:
    """A valid spec with a few of its tokens deleted, doubled, swapped or replaced."""
    tokens = TOKEN.findall(random.choice(valid))
    for _ in range(random.randint(1, 4)):
        if not tokens:
            break
        at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        match random.randint(0, 7):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[at])
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3 | 4:
                tokens[at] = random.choice(vocabulary)
            case 5:
                tokens.insert(at, random.choice(MARKS))
            case 6:
                tokens = tokens[:at]
            case 7:
                tokens[at] = random.choice(NUMBERS)
    text = "".join(tokens)
    match random.randint(0, 15):
        case 0:
            return text.replace("\n", "\r\n")
        case 1:
            return "\ufeff" + text
        case 2:
            return text.replace("  ", "\t")
        case 3:
            return text + "\n" + text
    return text


def spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a tree with every key or index in it."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from spots(tree[key])


def broken_tree(random: random.Random, valid: Sequence[str] = VALID, words: Sequence[str] = ()) -> Any:
    """A valid spec, as the mapping that it is, with values and keys that do not belong."""
    tree = yaml.safe_load(random.choice([text for text in valid if words or "layers" in text]))
    for _ in range(random.randint(1, 3)):
        container, key = random.choice(list(spots(tree)))
        value = copy.deepcopy(random.choice([*HOSTILE_VALUES, *words]))
        match random.randint(0, 5):
            case 0:
                del container[key]
            case 1 if isinstance(container, dict):
                known = [*TOP_LEVEL, *STRUCTURE, *TYPES, *FIELDS, "nosuch", 1, None, *words]
                container[random.choice(known)] = container.pop(key)
            case 2 if isinstance(container, dict):
                container[random.choice([*STRUCTURE, *FIELDS, *words])] = value
            case 3 if isinstance(container, list):
                container.insert(key, copy.deepcopy(container[random.randrange(len(container))]))
            case _:
                container[key] = value
        if not tree:
            break
    return tree


def broken_yaml(random: random.Random, valid: Sequence[str] = VALID, words: Sequence[str] = ()) -> str:
    """The same, written as YAML."""
    return str(
        yaml.safe_dump(
            broken_tree(random, valid, words),
            allow_unicode=True,
            sort_keys=False,
            default_flow_style=random.choice([True, False, None]),
        )
    )


KINDS = [characters, words, broken_text, broken_text, broken_tree, broken_yaml]


def bad_spec(random: random.Random) -> Any:
    """A text or a mapping that somebody might take for a spec."""
    return random.choice(KINDS)(random)


def bad_budgets(random: random.Random) -> str:
    """A text that somebody might take for a budgets file, or for a baseline."""
    vocabulary = [*VOCABULARY, *LIMITS * 4]
    match random.randint(0, 8):
        case 0:
            return characters(random)
        case 1:
            return "- {spec: net.yaml, " + " ".join(random.choice(vocabulary) for _ in range(random.randint(1, 20)))
        case 2 | 3:
            return broken_text(random, VALID_BUDGETS, vocabulary)
        case 4 | 5:
            return broken_yaml(random, VALID_BUDGETS, LIMITS)
    return likely_budgets(random)


def likely_budgets(random: random.Random) -> str:
    """A budgets file, most of which makes sense, and some of which holds."""
    counts = listed("0 1 7 1k 2.5k 1,000 1M 1e3 .5 15.5G 1846 5k±10%")
    amounts = {
        **dict.fromkeys(
            listed("weights biases params buffers macs flops activations layers depth nonlinearities"), counts
        ),
        **dict.fromkeys(listed("activation_bytes weight_bytes"), listed("0 64MiB 1kB 1TB 5000 0.1KiB")),
        **dict.fromkeys(listed("receptive_field jump"), listed("1 3x3 1/2 7x1 1000 3x3x3")),
        "output": listed("1x1x10 12x12x4 1x1x1000 10"),
        **dict.fromkeys(listed("kernel filters stride padding units rate"), listed("1 3 3x3 0.5 1x1x1x1 half valid")),
        **dict.fromkeys(listed("bias activation"), listed("true false relu none")),
    }
    names = list(amounts)

    def limits(metrics: Sequence[str]) -> dict[str, Any]:
        found = {}
        for metric in random.sample(metrics, random.randint(1, 3)):
            word = random.choice(listed("max min equals"))
            bound = random.choice(amounts[metric])
            found[metric] = bound if random.random() < 0.2 else {word: bound}
        return found

    entries: list[Any] = []
    for _ in range(random.randint(1, 3)):
        spec = random.choice(["net.yaml", "n*.yaml", ["net.yaml", "net.y*"], "8x8x3: conv3-4 fc-10"])
        entries.append({"spec": spec, **limits(names[:15])})
        if random.random() < 0.4:
            pattern = random.choice(listed("* stem body.* body.1.conv1 *conv* dense1 dropout1 [sb]*"))
            entries[-1]["layers"] = {pattern: limits([name for name in names if name not in ("layers", "depth")])}
        if random.random() < 0.2:
            entries[-1] |= random.choice([{"batch": 3}, {"dtype": "int4"}, {"set": {"width": 8}}])
    whole = entries if random.random() < 0.5 else {"budgets": entries, "defaults": limits(names[:15])}
    return str(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False))


def judge(spec: Any) -> str:
    """`read` or `refused`; all else is an exception that nobody should see."""
    return judged(lambda: cnncalc.load(spec).to_dict())


def judge_budgets(text: str) -> str:
    """The same of a text in each of the places where there is something to read: budgets, a budget, a baseline."""
    with tempfile.TemporaryDirectory() as folder, inside(folder):
        own = f"{BUDGETED}budget: {text.strip()}\n"
        files = {"net": BUDGETED, "budgets": text, "baseline": VALID_BUDGETS[-1], ".own": own, ".given": text}
        for name, content in {**files, ".aside": "[{spec: net.yaml, params: 1M}]"}.items():
            Path(f"{name}.yaml").write_bytes(content.encode("utf-8", "surrogatepass"))
        aside = Path(".aside.yaml")
        found = [
            judged(lambda: checked(budgets="budgets.yaml")),
            judged(lambda: checked(".own.yaml", budgets=aside, max={"params": "1M"}, baseline="baseline.yaml")),
            judged(lambda: checked("net.yaml", budgets=aside, baseline=".given.yaml")),
        ]
    return "read" if "read" in found else "refused"


@contextmanager
def inside(folder: str) -> Iterator[None]:
    """Be in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def checked(*specs: str, **options: Any) -> None:
    """Check, and write what comes of it in every format."""
    from cnncalc.commands.check import _broken
    from cnncalc.guard import requests, subjects
    from cnncalc.guard.baseline import against_of
    from cnncalc.guard.checks import checked
    from cnncalc.network.counts import Sizing
    from cnncalc.report import check as report
    from cnncalc.writers import github, gitlab, json, junit, markdown, sarif, terminal

    file = subjects.budgets_of(Path(options["budgets"]))
    named = subjects.subjects_of(specs, {}, Sizing(), requests.asked("max", options.get("max")), file)
    outcomes = checked(named, against_of(options.get("baseline"), file))
    found = report.report(outcomes)
    written = [
        json.json_text(report.held(outcomes)),
        markdown.written(report.comment(outcomes)),
        *(write(found, ".") for write in (github.commands, junit.suites, sarif.log, gitlab.code_quality)),
    ]
    assert "\x1b" not in "".join(written), "what steers a terminal is written"
    terminal.drawn(report.page(outcomes, _broken(found), quiet=False), None)


def judged(work: Callable[[], Any]) -> str:
    """`read` where the work is done, `refused` where it ends in a SpecError; all else nobody should see."""
    with bounded(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            work()
        except cnncalc.SpecError as error:
            message = str(error)
            assert message.strip(), "an error without a message"
            assert len(message) < 10_000, "an error longer than a page"
            return "refused"
        finally:
            assert not warned, f"Python itself warns: {warned[0].message}"
        return "read"


def main(arguments: list[str]) -> int:
    wanted = int(arguments[0]) if arguments else 1000
    first = int(arguments[1]) if len(arguments) > 1 else 0
    sys.stdin = io.TextIOWrapper(io.BytesIO(b""))  # `-` is a spec
    tell(2)
    return (
        1
        if spoilt("specs", bad_spec, judge, first, wanted)
        + spoilt("budgets", bad_budgets, judge_budgets, first, wanted)
        else 0
    )


def spoilt(what: str, bad: Callable[[Any], Any], judge: Callable[[Any], str], first: int, wanted: int) -> int:
    """How many of as many that are bad end in a traceback or a hang; each of those is printed."""
    found: Counter[str] = Counter()
    for seed in range(first, first + wanted):
        spec = bad(random.Random(seed))
        try:
            found[judge(spec)] += 1
        except (Exception, Hang) as error:
            found["broken"] += 1
            print(f"seed {seed}: {type(error).__name__} for {spec!r:.500}", file=sys.stderr)
            print("  " + traceback.format_exc(limit=-3).replace("\n", "\n  "), file=sys.stderr)
    print(
        f"{wanted} generated bad {what} (seeds {first} to {first + wanted - 1}): "
        f"{found['refused']} clean errors, {found['read']} still good, {found['broken']} tracebacks or hangs"
    )
    return found["broken"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
