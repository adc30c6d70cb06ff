"""Whatever is given as a spec: a network or a SpecError that says what and where, in bounded time and memory."""

from __future__ import annotations

import io
import json
import random
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bounds import bounded, run
from fuzz import VALID, VOCABULARY, bad_spec, judge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import examples

import cnncalc
from cnncalc.language import expand

PLACE = re.compile(r":\d+:\d+")
GIBIBYTE = 2**30


@pytest.fixture(autouse=True)
def guarded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No hang, no gigabytes, nothing on standard input, and a folder of its own to look for files in."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    with bounded(), little_memory():
        yield


class little_memory:  # noqa: N801
    """A gigabyte more than now, where the system can say no (Linux)."""

    def __enter__(self) -> None:
        self.before: tuple[int, int] | None = None
        statm = Path("/proc/self/statm")
        if statm.exists():
            import resource

            pages = int(statm.read_text().split()[0])
            self.before = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + GIBIBYTE, self.before[1]))

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, self.before)


def refused(spec: Any, *mentions: str, placed: bool = True, **options: Any) -> str:
    """The report of the SpecError that the spec must raise: it says all `mentions` and, `placed`, line and column."""
    with bounded(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(cnncalc.SpecError) as caught:
            cnncalc.load(spec, **options)
    assert not warned, "Python itself warns"
    report = str(caught.value)
    assert report.strip()
    assert len(report) < 10_000, "a report longer than a page"
    for mention in mentions:
        assert mention.lower() in report.lower(), report
    if placed:
        assert PLACE.search(report), report
    return report


# --- any text ---------------------------------------------------------------------------------------------------------

FUZZING = settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))


@FUZZING
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    judge(text)


@FUZZING
@given(st.lists(st.sampled_from(VOCABULARY), max_size=30), st.sampled_from(["", " "]))
def test_any_words_of_the_language_are_read_or_refused(words: list[str], space: str) -> None:
    judge(space.join(words))
    judge("input: 8x8x3\nlayers: [" + space.join(words))
    judge("8x8x3: " + space.join(words))


@FUZZING
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(VOCABULARY),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(VOCABULARY) | st.text(max_size=4), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_tree_is_read_or_refused(tree: Any) -> None:
    judge({"input": [8, 8, 3], "layers": tree})
    judge({"input": tree, "layers": ["conv3-4"]})
    judge({"input": [8, 8, 3], "layers": [tree]})


@pytest.mark.parametrize("text", VALID)
def test_what_is_broken_was_whole(text: str) -> None:
    assert judge(text) == "read"


@FUZZING
@given(st.integers(0, 2**32))
def test_a_valid_spec_broken_somewhere_is_read_or_refused(seed: int) -> None:
    judge(bad_spec(random.Random(seed)))


# --- YAML that bites --------------------------------------------------------------------------------------------------

GOOD = "input: 8x8x3\nlayers: [conv3-4]\n"


def bomb(times: int, leaf: str = "1") -> str:
    lines = [f"a0: &a0 [{','.join([leaf] * 9)}]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, times)]
    return "\n".join(lines) + f"\ninput: 8x8x3\nlayers: *a{times - 1}\n"


YAML_BOMBS: dict[str, tuple[str, list[str]]] = {
    "aliases of aliases": (bomb(9), []),
    "aliases of aliases, a hundred deep": (bomb(100), []),
    "aliases of layers": (bomb(9, "relu"), []),
    "a list in itself": ("input: 8x8x3\nlayers: &a [*a]\n", []),
    "a mapping in itself": ("input: 8x8x3\nlayers:\n  - &a {layers: [*a]}\n", []),
    "an unused list in itself": (GOOD + "parameters: {a: &a [*a]}\n", []),
    "an alias of nothing": (GOOD + "name: *nothing\n", ["nothing"]),
    "a Python call": (
        "input: 7x7x1\nlayers: [{conv: !!python/object/apply:os.system ['true'], kernel: 3}]",
        ["python"],
    ),
    "a Python name": ("input: 7x7x1\nlayers: [{conv: !!python/name:os.system '', kernel: 3}]", ["python"]),
    "a tag of one's own": ("input: 7x7x1\nlayers: [{conv: !mine 3, kernel: 3}]", ["!mine"]),
    "binary": (GOOD + "name: !!binary aGVsbG8=\n", ["binary"]),
    "a key twice at the top": (GOOD + "layers: [conv3-5]\n", ["layers"]),
    "a field twice": ("input: 8x8x3\nlayers:\n  - {conv: 4, kernel: 3, kernel: 5}\n", ["kernel"]),
    "a type twice": ("input: 8x8x3\nlayers:\n  - {conv: 4, conv: 5, kernel: 3}\n", ["conv"]),
    "a key that is a list": (GOOD + "? [a, b]\n: 1\n", []),
    "a key that is a mapping": (GOOD + "? {a: b}\n: 1\n", []),
    "a key that is null": (GOOD + "~: 1\n", []),
    "two documents": (GOOD + "---\n" + GOOD, []),
    "a tab as indentation": ("input: 8x8x3\nlayers:\n\t- conv3-4\n", []),
    "a NUL": (GOOD + "name: a\0b\n", []),
    "a control character": (GOOD + "name: a\x07b\n", []),
    "lists without an end": ("input: 8x8x3\nlayers: " + "[" * 50 + "\n", []),
    "a text without an end": ('input: 8x8x3\nname: "abc\nlayers: []\n', []),
    "a number as the spec": ("\n42\n", []),
    "a list as the spec": ("- conv3-4\n- relu\n", []),
    "a directive": ("%YAML 9.9\n---\n" + GOOD, []),
}


@pytest.mark.parametrize("name", YAML_BOMBS)
def test_yaml_that_bites_is_refused(name: str) -> None:
    text, mentions = YAML_BOMBS[name]
    refused(text, *mentions)


DEPTH = 100_000
DEEP: dict[str, str] = {
    "flow lists": "input: 8x8x3\nlayers: " + "[" * DEPTH + "]" * DEPTH + "\n",
    "flow lists left open": "input: 8x8x3\nlayers: " + "[" * DEPTH + "\n",
    "flow mappings": "input: 8x8x3\nlayers: [" + "{layers: [" * DEPTH + "]}" * DEPTH + "]\n",
    "block lists": "input: 8x8x3\nlayers:\n  " + "- " * DEPTH + "relu\n",
    "questions": "input: 8x8x3\nlayers:\n  " + "? " * DEPTH + "relu\n",
    "anchors": "input: 8x8x3\nlayers: " + "[&a " * DEPTH + "\n",
    "branches": "input: 8x8x3\nlayers: [" + "{branches: [[" * 20_000 + "]]}" * 20_000 + "]\n",
    "parentheses in the notation": "8x8x3: " + "(" * DEPTH + "relu" + ")" * DEPTH,
    "parentheses left open": "8x8x3: " + "(" * DEPTH,
    "parentheses in an expression": "input: 8x8x3\nlayers: [{conv: '"
    + "(" * DEPTH
    + "1"
    + ")" * DEPTH
    + "', kernel: 1}]",
    "signs in an expression": "input: 8x8x3\nlayers: [{conv: '" + "-" * DEPTH + "1', kernel: 1}]",
    "brackets in an expression": "input: 8x8x3\nlayers: [{conv: '" + "[" * DEPTH + "1" + "]" * DEPTH + "', kernel: 1}]",
}


@pytest.mark.parametrize("name", DEEP)
def test_depth_is_refused_without_a_crash(name: str, tmp_path: Path) -> None:
    """In a process of its own: a stack that overflows ends the process that holds it."""
    spec = tmp_path / "deep.yaml"
    spec.write_text(DEEP[name], encoding="utf-8")
    code = (
        "import sys, cnncalc\n"
        "try: cnncalc.load(open(sys.argv[1], encoding='utf-8').read())\n"
        "except cnncalc.SpecError as error: print(error); sys.exit(2)\n"
    )
    done = run([sys.executable, "-c", code, str(spec)], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr[-2000:]
    assert done.stdout.strip()
    assert len(done.stdout) < 10_000
    assert not done.stderr


HUGE: dict[str, str] = {
    "a name of 10 MB": GOOD + "name: " + "a" * 10**7 + "\n",
    "a kernel of 10 MB": "input: 8x8x3\nlayers: [{conv: 4, kernel: '" + "a" * 10**7 + "'}]\n",
    "a word of 10 MB": "input: 8x8x3\nlayers: [" + "a" * 10**7 + "]\n",
    "a word of 2 MB": "input: 8x8x3\nlayers: [" + "a" * 2_000_000 + "]\n",
    "a kernel of 2 MB": "input: 8x8x3\nlayers: [{conv: 4, kernel: '" + "3x" * 1_000_000 + "'}]\n",
    "a name to take from of 2 MB": "input: 8x8x3\nlayers: [{relu: , from: '" + "a" * 2_000_000 + "'}]\n",
    "an input of 2 MB": "input: '" + "3x" * 1_000_000 + "3'\nlayers: [relu]\n",
    "a key of 2 MB": GOOD + "a" * 2_000_000 + ": 1\n",
    "a field of 2 MB": "input: 8x8x3\nlayers:\n  - relu:\n    ? " + "a" * 2_000_000 + "\n    : 1\n",
    "a key of 10 MB": GOOD + "a" * 10**7 + ": 1\n",
    "blanks of 10 MB": "input: 8x8x3\nlayers: [conv3-4," + " " * 10**7 + "\n",
    "a filter count of 10**5 digits": "input: 8x8x3\nlayers: [{conv: " + "9" * 10**5 + ", kernel: 3}]\n",
    "a kernel of 10**5 digits": "input: 8x8x3\nlayers: [{conv: 4, kernel: " + "9" * 10**5 + "}]\n",
    "an input of 10**5 digits": "input: [" + "9" * 10**5 + ", 8, 3]\nlayers: [relu]\n",
    "an input volume of 10**5 digits": "input: " + "9" * 10**5 + "x8x3\nlayers: [relu]\n",
    "a float of 10**5 digits": "input: 8x8x3\nlayers: [{dropout: 0." + "9" * 10**5 + "e" + "9" * 10**5 + "}]\n",
    "10**5 digits in the notation": "8x8x3: conv3-" + "9" * 10**5,
    "a repetition of 10**5 digits": "8x8x3: (relu)*" + "9" * 10**5,
    "a word of 10**5 letters in the notation": "8x8x3: " + "x" * 10**5,
    "a word of 2 MB in the notation": "8x8x3: " + "x" * 2_000_000,
    "an expression of 10**6 characters": "input: 8x8x3\nlayers: [{conv: '" + "1+" * 500_000 + "1', kernel: 1}]\n",
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_huge_is_refused(name: str) -> None:
    refused(HUGE[name], placed=False)


# --- repetition and recursion -----------------------------------------------------------------------------------------

ENDLESS: dict[str, tuple[str, list[str]]] = {
    "a repeat": ("{input: 7x7x1, layers: [{repeat: 1000000000000, layers: [relu]}]}", ["repeat"]),
    "a repeat of a layer": ("{input: 7x7x1, layers: [{relu: , repeat: 1000000000000}]}", ["repeat"]),
    "a computed repeat": ("{input: 7x7x1, layers: [{relu: , repeat: 10**12}]}", ["repeat"]),
    "repeats in repeats": (
        "{input: 7x7x1, layers: [{repeat: 100000, layers: [{repeat: 100000, layers: [relu]}]}]}",
        [],
    ),
    "empty repeats in repeats": (
        "{input: 7x7x1, layers: [{repeat: 100000, layers: [{repeat: 100000, layers: []}]}]}",
        [],
    ),
    "repeats of what is left out": (
        "{input: 7x7x1, layers: [{repeat: 100000, layers: [{repeat: 100000, layers: [{relu: , when: false}]}]}]}",
        [],
    ),
    "many each": ("{input: 7x7x1, layers: [{each: {a: '[1]*10**12'}, layers: [relu]}]}", []),
    "blocks in blocks": (
        "input: 7x7x1\nblocks:\n  b0: {layers: [relu]}\n"
        + "".join(f"  b{i}: {{layers: [{', '.join([f'b{i - 1}'] * 10)}]}}\n" for i in range(1, 12))
        + "layers: [b11]\n",
        [],
    ),
    "a block in itself": ("{input: 7x7x1, blocks: {b: {layers: [relu, b]}}, layers: [b]}", ["b"]),
    "a block alone in itself": ("{input: 7x7x1, blocks: {b: {layers: [b]}}, layers: [b]}", ["b"]),
    "a block twice in itself": ("{input: 7x7x1, blocks: {b: {layers: [b, b]}}, layers: [b]}", ["b"]),
    "blocks in each other": (
        "{input: 7x7x1, blocks: {a: {layers: [b]}, b: {layers: [a]}}, layers: [a]}",
        [],
    ),
    "a block in its own branch": (
        "{input: 7x7x1, blocks: {b: {layers: [{residual: [b]}]}}, layers: [b]}",
        ["b"],
    ),
    "a block that grows": (
        "{input: 7x7x1, blocks: {b: {parameters: {n: }, layers: [{b: n+1}]}}, layers: [{b: 1}]}",
        ["b"],
    ),
    "the notation": ("7x7x1: (relu)*1000000000000", []),
    "the notation in itself": ("7x7x1: ((relu)*100000)*100000", []),
    "the notation of nothing": ("7x7x1: (()*1000000000)*1000000000", []),
    "a repeat of -1": ("{input: 7x7x1, layers: [{repeat: -1, layers: [relu]}]}", ["repeat", "-1"]),
    "a repeat of 2.5": ("{input: 7x7x1, layers: [{repeat: 2.5, layers: [relu]}]}", ["repeat", "2.5"]),
    "a repeat of nan": ("{input: 7x7x1, layers: [{repeat: .nan, layers: [relu]}]}", ["repeat"]),
    "a repeat of inf": ("{input: 7x7x1, layers: [{repeat: .inf, layers: [relu]}]}", ["repeat"]),
    "a repeat of a list": ("{input: 7x7x1, layers: [{repeat: [3], layers: [relu]}]}", ["repeat"]),
    "a repeat of a word": ("{input: 7x7x1, layers: [{repeat: often, layers: [relu]}]}", ["often"]),
}


FULL_SIZE = {"empty repeats in repeats"}
"""What comes to the limit of the package itself; the others to one of 2,000 items, which is sooner reached."""


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many items are written out, as a list of that many."""
    found: list[int] = []
    once = expand.Expander._once

    def counted(*arguments: Any) -> Any:
        found.append(1)
        return once(*arguments)

    monkeypatch.setattr(expand.Expander, "_once", counted)
    return found


@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_refused(name: str, steps: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """After as many items written out as are allowed, and no more."""
    text, mentions = ENDLESS[name]
    if name not in FULL_SIZE:
        monkeypatch.setattr(expand, "MOST_STEPS", 2000)
    refused(text, *mentions)
    assert len(steps) <= expand.MOST_STEPS + 1


def test_more_layers_than_a_network_may_have_are_refused(steps: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each repeat is below the limit, and so are all items together: 50 + 2 · 50 · 50 of 10,000."""
    monkeypatch.setattr(expand, "MOST_STEPS", 10_000)
    monkeypatch.setattr(expand, "MOST_LAYERS", 2000)
    fifty = "{{input: 7x7x1, layers: [{{repeat: {}, layers: [{{repeat: 50, layers: [relu]}}]}}]}}"
    assert len(cnncalc.load(fifty.format(40)).layers) == 2000
    steps.clear()
    refused(fifty.format(50), "more than 2,000 layers")
    assert len(steps) == 2001 + 2001 + 41  # the layer that is one too many, its group, and the group around that


@pytest.mark.parametrize("times", [10_000, 30_000])
def test_channels_doubled_again_and_again_are_exact_or_refused(times: int) -> None:
    """A number of thousands of digits is a number; it may be refused, but it may not crash in print."""
    with bounded():
        try:
            network = cnncalc.load(f"{{input: 1x1x3, layers: [{{repeat: {times}, layers: [{{branches: [[], []]}}]}}]}}")
        except cnncalc.SpecError:
            return
        assert network.layers[-1].output.channels == 3 * 2**times
        json.dumps(network.to_dict())


# --- expressions ------------------------------------------------------------------------------------------------------

EXPRESSIONS: dict[str, list[str]] = {
    "9**9**9**9": ["9**9"],
    "2**10**9": ["2**10"],
    "2**-10**9": [],
    "10**5000": [],
    "2.0**5000": [],
    "10**400*1.0": [],
    "(-8)**0.5": [],
    "0**-1": [],
    "[0]*10**9": [],
    "[[0]*1000]*1000000": [],
    "[[[0]*1000]*1000]*1000": [],
    '"a"*10**9': [],
    '10**9*"a"': [],
    "sum([[0]*1000]*1000)": [],
    "len(5)": ["len"],
    "len()": ["len"],
    "len(1, 2)": ["len"],
    "sum('abc')": [],
    "min()": ["min"],
    "max([])": ["max"],
    "min(1, 'a')": [],
    "divisible(8, 0)": ["divisible"],
    "divisible(8)": ["divisible"],
    "divisible(8, 'a')": ["divisible"],
    "divisible(x=8, by=8, nosuch=1)": [],
    "ceil('a')": ["ceil"],
    "ceil(1e308*10)": [],
    "round(1e999-1e999)": [],
    "round(2.5, 10**9)": [],
    "round(5, -10**9)": [],
    "round(10**17, -10**17)": [],
    "min": [],
    "[1, 2]": [],
    "[[]]": [],
    "1 is 1": [],
    "'\\d'": [],
    "1e999": [],
    "input.__class__": ["__class__"],
    "input.channels.__class__": ["__class__"],
    "input.nosuch": ["nosuch"],
    "input.depth": ["depth"],
    "().__class__.__bases__[0].__subclasses__()": [],
    "''.join(['a'])": [],
    "lambda: 1": [],
    "(lambda: 1)()": [],
    "[x for x in [1, 2]]": [],
    "sum(x for x in [1, 2])": [],
    'f"{1}"': [],
    '"{0.__class__}".format(1)': [],
    "(x := 3)": [],
    "open('/etc/passwd')": ["open"],
    "__import__('os').system('true')": [],
    "__builtins__": ["__builtins__"],
    "globals()": ["globals"],
    "eval('1')": ["eval"],
    "pow(2, 3)": ["pow"],
    "print(1)": ["print"],
    "min(*[1, 2])": [],
    "min(**{})": [],
    "1/0": ["1/0"],
    "1//0": ["1//0"],
    "1%0": ["1%0"],
    "1/2": ["1/2"],
    "a if b": ["a if b"],
    "1 if": ["1 if"],
    "input": [],
    "index": ["index"],
    "widht": ["widht"],
    "True + nosuch": ["nosuch"],
    "1 < 'a'": [],
    "1 << 100": [],
    "~1": [],
    "1 & 2": [],
    "1j": [],
    "...": [],
    "None": [],
    "'conv'": [],
    "[1, 2, 3][5]": [],
    "[1, 2, 3][0.5]": [],
    "[1, 2, 3]['a']": [],
    "[1, 2, 3][:2]": [],
    "3[0]": [],
    "{1: 2}": [],
    "{1, 2}": [],
    "yield": [],
    "await x": [],
    "1; 2": [],
    "1\n2": [],
    "x = 1": [],
    "del x": [],
    "import os": [],
    "": [],
    " ": [],
    "#": [],
    "\\": [],
    "é": ["é"],
    "1 if [] else 0": [],
    "0": ["0"],
    "3 - 5": ["-2"],
    "True": [],
    "1 == 1": [],
}


def in_a_spec(expression: str, field: str = "filters") -> str:
    """As a filter count, quoted the way JSON and YAML agree on."""
    return f"input: 8x8x3\nlayers:\n  - conv: {json.dumps(expression)}\n    kernel: 1\n"


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=repr)
def test_an_expression_that_is_none_is_refused(expression: str) -> None:
    report = refused(in_a_spec(expression), *EXPRESSIONS[expression])
    assert ":3:" in report, report


LONG_EXPRESSIONS = {
    "signs": "-" * 5000 + "1",
    "an even number of signs": "-" * 5001 + "1",
    "parentheses": "(" * 5000 + "1" + ")" * 5000,
    "nots": "not " * 5000 + "0",
    "a sum": "+".join(["1"] * 20_000),
    "a power tower": "**".join(["1"] * 5000),
    "comparisons": "<".join(str(n) for n in range(5000)),
    "choices": "1 if 1 else " * 3000 + "1",
    "indices": "[1]" * 5000,
    "lists": "[" * 5000 + "]" * 5000,
    "calls": "min(" * 1000 + "1" + ")" * 1000,
    "attributes": "input" + ".channels" * 5000,
    "a product": "*".join(["9"] * 5000),
    "squares of squares": "((((((((((9**9)**9)**9)**9)**9)**9)**9)**9)**9)**9)",
    "doubled lists": "len(" + "[0]" + "*2" * 60 + ")",
    "numbers grown into words": "1if 1else 2",
    "lists of lists": "len([1]" + "+[1]" * 4000 + ")",
}


@pytest.mark.parametrize("name", LONG_EXPRESSIONS)
def test_a_long_expression_is_worth_a_number_or_refused(name: str) -> None:
    judge(in_a_spec(LONG_EXPRESSIONS[name]))


@pytest.mark.parametrize("unit", ["ax", "axx", "a_x", "1x", "Ax1x", "xx", "x"])
@pytest.mark.parametrize("end", ["", "!", "x", " "])
def test_a_size_of_many_axes_is_refused_in_time(unit: str, end: str) -> None:
    """Where a name may hold an x and an x separates, a careless pattern tries every way to part them."""
    text = unit * 200 + end
    for spec in (
        {"input": [8, 8, 3], "layers": [{"conv": 4, "kernel": text}]},
        {"input": [8, 8, 3], "layers": [{"conv": text, "kernel": 1}]},
        {"input": [8, 8, 3], "layers": [{"reshape": text}]},
        {"input": text, "layers": ["relu"]},
        f"{text}: conv3-8",
        f"8x8x3: conv{text}-8",
        f"8x8x3: {text}",
    ):
        refused(spec, placed=False)


@pytest.mark.parametrize(
    "place", ["when", "repeat", "kernel", "stride", "padding", "groups", "dilation", "bias", "activation"]
)
@pytest.mark.parametrize(
    "expression",
    ["9**9**9**9", "input.__class__", "nosuch + 1", "1/0", "[0]*10**9", "__import__('os')", "((", "lambda: 1"],
)
def test_every_field_refuses_them(place: str, expression: str) -> None:
    refused({"input": [8, 8, 3], "layers": [{"conv": 4, "kernel": 1, place: expression}]}, placed=False)


def test_an_expression_in_a_name_is_refused_too() -> None:
    for name in ["{9**9**9}", "{input.__class__}", "{", "}{", "a{nosuch}", "{index!r}", "{[0]*10**9}"]:
        judge({"input": [8, 8, 3], "layers": [{"relu": None, "name": name}]})
    refused("input: 8x8x3\nlayers:\n  - {relu: , name: 'a{nosuch}'}\n", "nosuch")


def test_reading_runs_no_code(tmp_path: Path) -> None:
    """Wherever a text may stand, and however far it gets (symbols end in SymPy, which evaluates what it parses)."""
    trace = tmp_path / "trace"
    code = f"__import__('pathlib').Path({str(trace)!r}).touch()"
    for spec in [
        {"input": [code, 8, 3], "layers": ["relu"]},
        {"input": f"{code}x8x3", "layers": ["relu"]},
        {"input": [8, 8, 3], "layers": [{"conv": code, "kernel": 1}]},
        {"input": [8, 8, 3], "layers": [{"conv": 1, "kernel": code}]},
        {"input": [8, 8, 3], "layers": [{"relu": None, "when": code}]},
        {"input": [8, 8, 3], "layers": [{"relu": None, "name": "{" + code + "}"}]},
        {"input": ["H", "W", "C"], "layers": [{"conv": code, "kernel": 1}]},
        {"input": [8, 8, 3], "parameters": {"a": code}, "layers": [{"conv": "a", "kernel": 1}]},
        f"8x8x3: conv3-{code}",
        f"{code}: conv3-8",
    ]:
        judge(spec)
    with bounded(), pytest.raises(cnncalc.SpecError):
        cnncalc.load(
            {"input": [8, 8, 3], "parameters": {"a": 1}, "layers": [{"conv": "a", "kernel": 1}]}, set={"a": code}
        )
    assert not trace.exists()


# --- files ------------------------------------------------------------------------------------------------------------


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


EXTENDS: dict[str, str] = {
    "a file of the system": "/etc/passwd",
    "a device": "/dev/zero",
    "a file outside": "../outside.yaml",
    "a way around": "folder/../../outside.yaml",
    "a way in and out": "./../here/../outside.yaml",
    "itself": "main.yaml",
    "itself from outside": "../here/main.yaml",
    "a cycle of two": "other.yaml",
    "a cycle of three": "third.yaml",
    "a link out of the folder": "link.yaml",
    "a linked folder": "linked/outside.yaml",
    "a link to itself": "loop.yaml",
    "a directory": "folder",
    "this directory": ".",
    "a file that is not there": "nosuch.yaml",
    "a home": "~/x.yaml",
    "an address": "https://example.org/x.yaml",
    "nothing": "''",
    "a NUL": '"a\\0b"',
    "a number": "3",
    "a list": "[other.yaml]",
    "a name of 5,000 letters": "a" * 5000 + ".yaml",
    "a file that is not YAML": "broken.yaml",
    "a binary file": "binary.yaml",
}


@pytest.mark.parametrize("name", EXTENDS)
def test_extends_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    secret = "input: 8x8x3\nlayers: [conv3-4]\nname: secret-text\n"
    write(tmp_path / "outside.yaml", secret)
    write(here / "other.yaml", "extends: main.yaml\n")
    write(here / "third.yaml", "extends: fourth.yaml\n")
    write(here / "fourth.yaml", "extends: third.yaml\n")
    write(here / "broken.yaml", "input: [8, 8\n")
    (here / "binary.yaml").write_bytes(bytes(range(256)))
    (here / "folder").mkdir(exist_ok=True)
    (here / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (here / "linked").symlink_to(tmp_path)
    (here / "loop.yaml").symlink_to(here / "loop.yaml")
    main = write(here / "main.yaml", f"name: x\nextends: {EXTENDS[name]}\n")
    report = refused(str(main), placed=name not in ("a file that is not YAML", "a binary file"))
    assert "secret-text" not in report
    assert "root:" not in report
    assert ".yaml" in report


def test_extends_a_file_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "here" / "base.yaml", "input: 8x8x3\nlayers: [conv3-4]\nparameters: {a: 1, b: 2}\n")
    main = write(tmp_path / "here" / "main.yaml", "extends: base.yaml\nname: heir\n")
    assert cnncalc.load(str(main)).layers[0].output.channels == 4


FILES: dict[str, Callable[[Path], Path]] = {
    "a directory": lambda here: here,
    "an empty file": lambda here: write(here / "empty.yaml", ""),
    "a file of blanks": lambda here: write(here / "blank.yaml", " \n\n \n"),
    "a file of comments": lambda here: write(here / "comment.yaml", "# nothing\n"),
    "null": lambda here: write(here / "null.yaml", "null\n"),
    "a file that is not there": lambda here: here / "nosuch.yaml",
    "a folder that is not there": lambda here: here / "nosuch" / "vgg16.yaml",
    "an endless file": lambda here: Path("/dev/zero"),
    "a name of 5,000 letters": lambda here: here / ("a" * 5000),
    "a link to itself": lambda here: linked(here / "loop.yaml"),
    "a binary file": lambda here: binary(here / "binary.yaml", bytes(range(256))),
    "a file that is not UTF-8": lambda here: binary(
        here / "latin.yaml", "name: café\n".encode("latin-1") + GOOD.encode()
    ),
    "a file cut in a character": lambda here: binary(here / "cut.yaml", GOOD.encode() + "name: é".encode()[:-1]),
    "a compressed file": lambda here: binary(here / "x.yaml", b"\x1f\x8b\x08\x00" + bytes(200)),
    "a file of 50 MB": lambda here: binary(here / "big.yaml", GOOD.encode() + b"# comment\n" * 5_000_000),
}


def binary(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def linked(path: Path) -> Path:
    path.symlink_to(path)
    return path


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("form", [str, Path])
def test_a_file_that_is_no_spec_is_refused(name: str, form: type[str] | type[Path], tmp_path: Path) -> None:
    path = FILES[name](tmp_path / "here")
    refused(form(path), path.name[:20], placed=False)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_read_or_refused(encoding: str, tmp_path: Path) -> None:
    judge(str(binary(tmp_path / "here" / "wide.yaml", GOOD.encode(encoding))))


@pytest.mark.parametrize(
    "text", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\r"), GOOD + "\n...\n"]
)
def test_other_line_ends_and_a_mark_at_the_start_do_no_harm(text: str, tmp_path: Path) -> None:
    network = cnncalc.load(str(binary(tmp_path / "here" / "spec.yaml", text.encode())))
    assert tuple(network.layers[0].output) == (8, 8, 4)


@pytest.mark.parametrize(
    "spec",
    [
        "",
        " ",
        "\n",
        "nosuch",
        "vgg17",
        "../configs",
        "a\0b",
        "\udcff",
        "{}",
        "[]",
        "~",
        "null",
        ":",
        "-x",
        "--help",
        "*",
        "é",
    ],
)
def test_an_argument_that_is_nothing_is_refused(spec: str) -> None:
    refused(spec, placed=False)


@pytest.mark.parametrize(
    "spec", [None, 3, 2.5, True, [], {}, [1], b"8x8x3: relu", object(), {"layers": 3}, {1: 2}, set()]
)
def test_an_object_that_is_no_spec_is_refused(spec: Any) -> None:
    refused(spec, placed=False)


def test_a_folder_that_is_gone_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for spec in (GOOD, "8x8x3: relu", {"input": [8, 8, 3], "layers": ["relu"]}, "nosuch.yaml", "vgg16"):
        judge(spec)


def test_a_near_name_is_offered() -> None:
    refused("vgg17", "vgg16", placed=False)


def test_python_objects_in_themselves_are_refused() -> None:
    layers: list[Any] = []
    layers.append(layers)
    refused({"input": [8, 8, 3], "layers": layers}, placed=False)
    group: dict[str, Any] = {}
    group["layers"] = [group]
    refused({"input": [8, 8, 3], "layers": [group]}, placed=False)
    deep: Any = "relu"
    for _ in range(20_000):
        deep = [deep]
    refused({"input": [8, 8, 3], "layers": deep}, placed=False)
    while isinstance(deep, list):  # taken apart by hand, as the interpreter would by recursion
        deep = deep[0]


@pytest.mark.parametrize(
    "settings_",
    [
        {"nosuch": 1},
        {"width": "__import__('os')"},
        {"width": "nosuch + 1"},
        {"width": "input.channels"},
        {"width": "9**9**9**9"},
        {"width": float("nan")},
        {"width": None},
        {"width": [1, 2]},
        {"width": object()},
        {1: 2},
        {"": 1},
        {"input": 3},
    ],
)
def test_set_is_as_careful(settings_: dict[Any, Any]) -> None:
    spec = "input: 8x8x3\nparameters: {width: 8}\nlayers:\n  - {conv: width, kernel: 3}\n"
    refused(spec, placed=False, set=settings_)


# --- the notation -----------------------------------------------------------------------------------------------------

NOTATION: dict[str, list[str]] = {
    "(((": [],
    ")*99999999": [],
    "3x3: conv3-8*": ["conv3-8*"],
    "8x8x3: (((": ["("],
    "8x8x3: )": [")"],
    "8x8x3: (relu": ["("],
    "8x8x3: relu)": [")"],
    "8x8x3: relu)*3": [")"],
    "8x8x3: (relu)*": [],
    "8x8x3: (relu)*-1": ["-1"],
    "8x8x3: (relu)*1.5": ["1.5"],
    "8x8x3: (relu)*nosuch": ["nosuch"],
    "8x8x3: (relu)*9**9**9": [],
    "8x8x3: (relu)**2": [],
    "8x8x3: *3": [],
    "8x8x3: conv": ["conv"],
    "8x8x3: conv3": ["conv3"],
    "8x8x3: conv3-": ["conv3-"],
    "8x8x3: conv-": ["conv-"],
    "8x8x3: conv3-8/": ["conv3-8/"],
    "8x8x3: conv3-8/0": ["conv3-8/0"],
    "8x8x3: conv3-8/2/2": ["conv3-8/2/2"],
    "8x8x3: conv3--8": ["conv3--8"],
    "8x8x3: conv3-0": ["conv3-0"],
    "8x8x3: conv0-8": ["conv0-8"],
    "8x8x3: conv3x-8": ["conv3x-8"],
    "8x8x3: conv3x3x3x3-8": ["conv3x3x3x3-8"],
    "8x8x3: conv3-9**9**9": [],
    "8x8x3: conv3-input.__class__": ["__class__"],
    "8x8x3: covn3-8": ["covn", "conv"],
    "8x8x3: maxpool": ["maxpool"],
    "8x8x3: maxpool0": ["maxpool0"],
    "8x8x3: maxpool9": ["maxpool9"],
    "8x8x3: relu6-3-4": ["relu6-3-4"],
    "8x8x3: {conv: 3}": [],
    "8x8x3:": [],
    "8x8x3: # relu": [],
    ": conv3-8": [],
    "8: conv3-8": [],
    "8x: conv3-8": [],
    "x8x3: conv3-8": [],
    "8xx3: conv3-8": [],
    "0x0x0: relu": ["0"],
    "8x8x-3: relu": [],
    "8x8x3.5: relu": [],
    "8x8x3x8x3x8: relu": [],
    "8 x 8 x 3 relu": [],
    "8×8×3 : conv3-8*": [],
}


@pytest.mark.parametrize("line", NOTATION)
def test_notation_that_is_none_is_refused(line: str) -> None:
    refused(line, *NOTATION[line], placed=False)


@pytest.mark.parametrize(
    "line",
    [
        "8x8x3: " + "relu " * 4_000,
        "8x8x3: conv3-K",
        "8x8x3: (relu)*0",
        "8x8x3: ()*3",
        "8x8x3: ()",
        "8x8x3: " + "(relu)*1 " * 5000,
        "8x8x3: " + "conv3-8*2 " * 50,
        "HxWxC: fc-10 reshape",
        "exec('1')x8x3: relu",
        "__class__x8x3: relu",
        "lambdax8x3: relu",
        "IxExS: conv3-N",
        "QxQxQ: conv3-Q",
    ],
    ids=lambda line: line[:30],
)
def test_odd_notation_is_read_or_refused(line: str) -> None:
    judge(line)


# --- what does not belong ---------------------------------------------------------------------------------------------

WRONG: dict[str, list[str]] = {
    "{input: 8x8x3, layerz: [relu]}": ["layerz", "layers"],
    "{input: 8x8x3}": ["layers"],
    "{layers: [conv3-4]}": ["input"],
    "{input: , layers: [relu]}": ["input"],
    "{input: [], layers: [relu]}": ["input"],
    "{input: {}, layers: [relu]}": ["input"],
    "{input: [8, 8, 3.5], layers: [relu]}": ["3.5"],
    "{input: [8, 8, [3]], layers: [relu]}": ["input"],
    "{input: [8, 8, true], layers: [relu]}": ["true"],
    "{input: [8, 8, .nan], layers: [relu]}": ["nan"],
    "{input: [8, 8, -3], layers: [relu]}": ["-3"],
    "{input: 1x2x3x4x5x6, layers: [relu]}": ["1x2x3x4x5x6"],
    "{input: {a: 8x8x3, b: 8x8x3}, layers: [conv3-4]}": ["from"],
    "{input: 8x8x3, layers: }": ["layers"],
    "{input: 8x8x3, layers: 5}": ["layers"],
    "{input: 8x8x3, layers: {conv: 3}}": ["layers"],
    "{input: 8x8x3, layers: [5]}": ["5"],
    "{input: 8x8x3, layers: [null]}": [],
    "{input: 8x8x3, layers: [true]}": ["true"],
    "{input: 8x8x3, layers: [[relu]]}": [],
    "{input: 8x8x3, layers: [{}]}": [],
    "{input: 8x8x3, layers: [{name: a}]}": [],
    "{input: 8x8x3, layers: [{3: 4}]}": ["3"],
    "{input: 8x8x3, layers: [{convv: 512, kernel: 3}]}": ["convv", "conv"],
    "{input: 8x8x3, layers: [{conv: 512, kernal: 3}]}": ["kernal", "kernel"],
    "{input: 8x8x3, layers: [{conv: 4}]}": ["kernel"],
    "{input: 8x8x3, layers: [{conv: , kernel: 3}]}": ["conv"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: }]}": ["kernel"],
    "{input: 8x8x3, layers: [{conv: 4.5, kernel: 3}]}": ["4.5"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 2.5}]}": ["2.5"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: .nan}]}": ["nan"],
    "{input: 8x8x3, layers: [{conv: .inf, kernel: 3}]}": ["inf"],
    "{input: 8x8x3, layers: [{conv: true, kernel: 3}]}": ["true"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: true}]}": ["true"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: [3, 3, 3]}]}": ["3"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: []}]}": ["kernel"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: {a: 3}}]}": ["kernel"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, stride: 0}]}": ["stride", "0"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, padding: full}]}": ["full"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, padding: smae}]}": ["smae", "same"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, padding: [[1, 2, 3], [1, 2, 3]]}]}": ["padding"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, groups: 2}]}": ["groups", "2"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, bias: yes}]}": ["yes", "true"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, bias: off}]}": ["off", "false"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, bias: 1}]}": ["bias", "true", "false"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, activation: rleu}]}": ["rleu", "relu"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, connections: some}]}": ["some"],
    "{input: 8x8x3, layers: [{conv: 2, kernel: 3, connections: [[0], [3]]}]}": ["3"],
    "{input: 8x8x3, layers: [{conv: 2, kernel: 3, connections: [[0]]}]}": ["connections"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 1:30}]}": ["1:30"],
    "{input: 8x8x3, layers: [{conv: 512, kernel: 9}]}": ["9", "8"],
    "{input: 8x8x3, layers: [{relu: 3}]}": ["relu"],
    "{input: 8x8x3, layers: [{dropout: 2}]}": ["2"],
    "{input: 8x8x3, layers: [{dropout: .nan}]}": ["nan"],
    "{input: 8x8x3, layers: [{upsample: 2, mode: nosuch}]}": ["nosuch"],
    "{input: 8x8x3, layers: [{reshape: 7x7x7}]}": ["7"],
    "{input: 8x8x3, layers: [{permute: [0, 0, 1]}]}": ["permute"],
    "{input: 8x8x3, layers: [{slice: [2, 9]}]}": ["9"],
    "{input: 8x8x3, layers: [{crop: 4}]}": ["crop", "4"],
    "{input: 8x8x3, layers: [{attention: 1}]}": ["attention"],
    "{input: 8x8x3, layers: [{relu: , from: nosuch}]}": ["nosuch"],
    "{input: 8x8x3, layers: [{relu: , name: a, from: a}]}": ["a"],
    "{input: 8x8x3, layers: [{relu: , from: b}, {relu: , name: b}]}": ["b"],
    "{input: 8x8x3, layers: [{relu: , from: []}]}": ["from"],
    "{input: 8x8x3, layers: [{relu: , from: 3}]}": ["from"],
    "{input: 8x8x3, layers: [{relu: , name: a}, {relu: , name: a}]}": ["a"],
    "{input: 8x8x3, layers: [{relu: , name: [a]}]}": ["name"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, share: nosuch}]}": ["nosuch"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, name: a, share: a}]}": ["a"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, name: a}, {conv: 4, kernel: 3, share: a}]}": ["a"],
    "{input: 8x8x3, layers: [{conv: 3, kernel: 3, name: a}, {relu: , share: a}]}": ["a"],
    "{input: 8x8x3, layers: [{relu: , when: nosuch}]}": ["nosuch"],
    "{input: 8x8x3, layers: [{relu: , when: [1]}]}": ["when"],
    "{input: 8x8x3, layers: [{add: [input, nosuch]}]}": ["nosuch"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, name: a}, {add: [a, input]}]}": ["add"],
    "{input: 8x8x3, layers: [{conv: 4, kernel: 3, name: a}, {concat: [a, input]}]}": ["concat"],
    "{input: 8x8x3, layers: [{concat: [input, {a: 1}]}]}": ["concat"],
    "{input: 8x8x3, layers: [{concat: [input, [input]]}]}": ["concat"],
    "{input: 8x8x3, layers: [{concat: [input, ~]}]}": ["concat"],
    "{input: 8x8x3, layers: [{concat: [input, 3]}]}": ["3"],
    "{input: 8x8x3, layers: [{concat: 3}]}": ["3"],
    "{input: input.channels, layers: [relu]}": ["input"],
    "{input: 8x8x3, layers: [{add: }]}": ["add"],
    "{input: 8x8x3, layers: [{add: []}]}": ["add"],
    "{input: 8x8x3, layers: [{branches: 5}]}": ["branches"],
    "{input: 8x8x3, layers: [{branches: []}]}": ["branches"],
    "{input: 8x8x3, layers: [{branches: [[], []], merge: nosuch}]}": ["nosuch"],
    "{input: 8x8x3, layers: [{branches: [[conv3-4], [maxpool2]]}]}": ["8×8×4", "4×4×3"],
    "{input: 8x8x3, layers: [{residual: [conv3-4]}]}": ["8×8×4", "8×8×3"],
    "{input: 8x8x3, layers: [{shortcut: [relu]}]}": ["shortcut"],
    "{input: 8x8x3, layers: [{each: 5, layers: [relu]}]}": ["each"],
    "{input: 8x8x3, layers: [{each: {}, layers: [relu]}]}": ["each"],
    "{input: 8x8x3, layers: [{each: {a: [1, 2]}}]}": ["each"],
    "{input: 8x8x3, layers: [{each: {a: [1, 2], b: [1]}, layers: [relu]}]}": ["each"],
    "{input: 8x8x3, layers: [{each: {a: 5}, layers: [relu]}]}": ["5"],
    "{input: 8x8x3, layers: [relu], defaults: []}": ["defaults"],
    "{input: 8x8x3, layers: [relu], defaults: {nosuch: {kernel: 3}}}": ["nosuch"],
    "{input: 8x8x3, layers: [relu], defaults: {conv: {nosuch: 1}}}": ["nosuch"],
    "{input: 8x8x3, layers: [relu], defaults: {conv: 5}}": ["conv"],
    "{input: 8x8x3, layers: [relu], blocks: []}": ["blocks"],
    "{input: 8x8x3, layers: [b], blocks: {b: 5}}": ["b"],
    "{input: 8x8x3, layers: [b], blocks: {b: {layerz: [relu]}}}": ["layerz"],
    "{input: 8x8x3, layers: [b], blocks: {b: {parameters: {n: }, layers: [relu]}}}": ["n"],
    "{input: 8x8x3, layers: [{b: 1}], blocks: {b: {layers: [relu]}}}": ["b"],
    "{input: 8x8x3, layers: [{b: 1, m: 2}], blocks: {b: {parameters: {n: }, layers: [relu]}}}": ["m"],
    "{input: 8x8x3, layers: [conv3-4], blocks: {conv: {layers: [relu]}}}": ["conv"],
    "{input: 8x8x3, layers: [relu], parameters: []}": ["parameters"],
    "{input: 8x8x3, layers: [{conv: a, kernel: 3}], parameters: {a: b, b: a}}": ["a"],
    "{input: 8x8x3, layers: [relu], parameters: {a b: 1}}": ["a b"],
    "{input: 8x8x3, layers: [relu], parameters: {input: 3}}": ["input"],
    "{input: 8x8x3, layers: [relu], outputs: [nosuch]}": ["nosuch"],
    "{input: 8x8x3, layers: [relu], outputs: 5}": ["outputs"],
    "{input: 8x8x3, layers: [relu], name: [a]}": ["name"],
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_not_belong_is_named_with_its_place(text: str) -> None:
    refused(text, *WRONG[text])


def test_every_problem_of_a_file_is_told_in_one_run() -> None:
    report = refused(
        "input: 8x8x3\nlayers:\n  - {convv: 4, kernel: 3}\n  - {conv: 4, kernal: 3}\n  - {maxpool: 2, sride: 2}\n",
        "convv", "kernal", "sride", ":3:", ":4:", ":5:",
    )  # fmt: skip
    assert report.count("-->") >= 3


# --- YAML 1.1's surprises do not bite ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "off", "y", "n", "Yes", "NO", "1:30", "1_000", "2014-09-04", "0o17", "=", "1e3x"]
)
def test_a_word_stays_a_word(word: str) -> None:
    network = cnncalc.load(f"name: {word}\ninput: 8x8x3\nlayers: [conv3-4]\n")
    assert network.to_dict()["name"] == word


@pytest.mark.parametrize(
    ("written", "filters"), [("010", 10), ("08", 8), ("'8'", 8), ("+8", 8), ("2*4", 8), ("--8", 8), ("8", 8)]
)
def test_a_number_is_decimal(written: str, filters: int) -> None:
    network = cnncalc.load(f"input: 8x8x3\nlayers:\n  - {{conv: {written}, kernel: 1}}\n")
    assert network.layers[0].output.channels == filters


@pytest.mark.parametrize("written", ["1:30", "1__000", "1:30:00", "yes", "0x", "1e400"])
def test_what_yaml_1_1_takes_for_a_number_is_none(written: str) -> None:
    refused(f"input: 8x8x3\nlayers:\n  - {{conv: {written}, kernel: 1}}\n", written)


@pytest.mark.parametrize(
    ("written", "filters"), [("1_000", 1000), ("0x10", 16), ("0o17", 15), ("0b11", 3), ("1e3", 1000)]
)
def test_another_way_to_write_a_number_is_worth_it_or_refused(written: str, filters: int) -> None:
    spec = f"input: 8x8x3\nlayers:\n  - {{conv: {written}, kernel: 1}}\n"
    if judge(spec) == "read":
        assert cnncalc.load(spec).layers[0].output.channels == filters


@pytest.mark.parametrize("literal", ["true", "false"])
def test_bias_is_true_or_false(literal: str) -> None:
    network = cnncalc.load(f"input: 8x8x3\nlayers:\n  - {{conv: 4, kernel: 1, bias: {literal}}}\n")
    assert network.layers[0].biases == (4 if literal == "true" else 0)


@pytest.mark.parametrize(
    "text",
    [
        "base: &b {kernel: 3}\ninput: 8x8x3\nlayers:\n  - {conv: 4, <<: *b}\n",
        "input: 8x8x3\nlayers:\n  - &c {conv: 4, kernel: 3}\n  - *c\n",
        "input: 8x8x3\nlayers:\n  - {<<: {kernel: 3}, conv: 4}\n",
        "input: 8x8x3\nlayers:\n  - {conv: 4, kernel: !!int '3'}\n",
        "input: 8x8x3\nlayers: !!omap [conv3-4]\n",
        "input: 8x8x3\nlayers: !!set {conv3-4}\n",
        "input: 8x8x3\nlayers: []\n",
        "input: 8\nlayers: [relu, fc-10]\n",
        "{input: 8x8x3, layers: [{repeat: 0, layers: [relu]}]}",
        "{input: 8x8x3, layers: [{relu: , when: false}]}",
        "{input: 1000000000000000000000x8x3, layers: [conv3-4]}",
        "{input: 8x8x3, layers: [fc-1000000000000000000000000000000]}",
        "{input: 8x8x3, layers: [{pad: 1000000000000000000000}]}",
        "{input: 8x8x3, layers: [{adaptive_avgpool: 100000000000}]}",
        "{input: 1000000000x1000000000x3, layers: [{adaptive_avgpool: 999999999}]}",
        "{input: 8x8x3, layers: [{conv: 1000000000, kernel: 1, connections: per_map}]}",
        "{input: 8x8x3, layers: [{b: 3}], "
        "blocks: {b: {parameters: {n: }, layers: [{when: n > 0, layers: [{b: n-1}]}, relu]}}}",
        "{input: 8x8x3, layers: [conv3-4], budget: nonsense}",
        "{input: 8x8x3, layers: [conv3-4], published: nonsense}",
        "{input: 8x8x3, layers: [conv3-4], published: [{metric: nosuch, printed: 3M}]}",
        "{input: 8x8x3, layers: [conv3-4], published: [{metric: params, printed: .nan}]}",
    ],
)
def test_what_may_go_either_way_does_so_cleanly(text: str) -> None:
    judge(text)
