"""Amounts as people write them: every number, unit and allowance from arithmetic, every refusal with its message.

And there is one grammar of them: what reads an amount reads the same number, or refuses it in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.amounts import ANY, BYTES, SCALES, AmountError, amount, extents, field, ratio, slack

COUNT_UNITS = {"": 1, "k": 1000, "K": 1000, "M": 1000**2, "G": 1000**3, "B": 1000**3, "T": 1000**4}
DECIMAL_BYTES = {"": 1, "B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
BYTE_UNITS = DECIMAL_BYTES | {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
UNITS = {"count": COUNT_UNITS, "bytes": BYTE_UNITS}


def refusal(function: Any, *arguments: Any) -> tuple[str, str]:
    """The message and the fix of the AmountError that must be raised."""
    with pytest.raises(AmountError) as caught:
        function(*arguments)
    assert caught.value.help, "a refusal has a fix"
    return caught.value.message, caught.value.help


# --- amounts ----------------------------------------------------------------------------------------------------------


def test_every_unit_has_a_case() -> None:
    assert set(SCALES) == set(COUNT_UNITS)
    assert set(BYTES) == set(BYTE_UNITS)


@pytest.mark.parametrize(("kind", "unit"), [(kind, unit) for kind, units in UNITS.items() for unit in units])
@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("7", 7),
        ("0", 0),
        ("1,234,567", 1_234_567),
        ("1_000", 1000),
        ("15.5", Fraction(155, 10)),
        (".5", Fraction(1, 2)),
        ("1.000000001", 1 + Fraction(1, 10**9)),
        ("2e3", 2000),
        ("2.5E+3", 2500),
        ("5e-1", Fraction(5, 10)),
    ],
)
def test_a_number_times_its_unit(kind: str, unit: str, written: str, number: Fraction) -> None:
    expected = number * UNITS[kind][unit]
    assert amount(f"{written}{unit}", kind) == expected
    assert amount(f"  {written} {unit}\n", kind) == expected


@given(
    whole=st.integers(0, 10**100 - 1),
    decimals=st.from_regex(r"[0-9]{0,30}", fullmatch=True),
    exponent=st.integers(-99, 99),
    signed=st.booleans(),
    grouping=st.sampled_from(["", ",", "_"]),
    blanks=st.sampled_from(["", " ", "\t \n "]),
    kind=st.sampled_from(sorted(UNITS)),
    data=st.data(),
)
def test_amounts_are_exact(
    whole: int,
    decimals: str,
    exponent: int,
    signed: bool,
    grouping: str,
    blanks: str,
    kind: str,
    data: st.DataObject,
) -> None:
    unit = data.draw(st.sampled_from(sorted(UNITS[kind])))
    written = f"{whole:,}".replace(",", grouping)
    written += f".{decimals}" if decimals else ""
    written += f"e{exponent:+}" if signed else f"E{exponent}" if exponent else ""
    expected = Fraction(whole * 10 ** len(decimals) + int(decimals or 0), 10 ** len(decimals))
    expected *= Fraction(10) ** exponent * UNITS[kind][unit]
    assert amount(f"{blanks}{written}{blanks}{unit}{blanks}", kind) == expected


NO_AMOUNTS = [
    *["", " ", "x", "M", "-1", "+1", "−1", "1-2", "1 2", "1 000", "1.2.3", "1.", ".", "1,00", "1,0000", ",1", "1,"],
    *["e3", "1e1000", "0x10", "1/2", "²", "٣", "½", "∞", "inf", "nan", "1M2", "1 M M", "M1", "140M±2%", "<5"],
    *["1." + "1" * 31, "5%%5", "1e--5", "140M params"],
]


@pytest.mark.parametrize("text", NO_AMOUNTS)
@pytest.mark.parametrize(("kind", "way"), [("count", "such as 140M"), ("bytes", "such as 64MiB")])
def test_what_is_no_amount_is_refused(text: str, kind: str, way: str) -> None:
    message, help_ = refusal(amount, text, kind)
    assert message == f"`{' '.join(text.split())}` is not an amount"
    assert help_.startswith(way)


def test_a_number_of_more_than_a_hundred_digits_is_none() -> None:
    assert amount("9" * 100) == 10**100 - 1
    assert refusal(amount, "9" * 101)[0] == f"`{'9' * 40}…` is not an amount"


@pytest.mark.parametrize(
    ("text", "kind", "message", "way"),
    [
        ("64M", "bytes", "`M` is not a unit of bytes", "say MB or MiB"),
        ("64k", "bytes", "`k` is not a unit of bytes", "say KB or KiB"),
        ("64G", "bytes", "`G` is not a unit of bytes", "say GB or GiB"),
        ("64MiB", "count", "`MiB` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T"),
        ("64kB", "count", "`kB` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T"),
        ("2%", "count", "a percentage needs something to compare with", "`change: +2%` is against a baseline"),
        ("2%", "bytes", "a percentage needs something to compare with", "`change: +2%` is against a baseline"),
        ("2m", "count", "there is no unit `m`", "units are k, K, M, G, B, T"),
        ("1e", "count", "there is no unit `e`", "units are k, K, M, G, B, T"),
        ("2%%", "count", "there is no unit `%%`", "units are k, K, M, G, B, T"),
        ("2mib", "bytes", "there is no unit `mib`", "units are B, kB, MB, GB, TB, KB, KiB, MiB, GiB, TiB"),
        ("5" + "x" * 50, "count", f"there is no unit `{'x' * 40}…`", "units are k, K, M, G, B, T"),
    ],
)
def test_a_wrong_unit_says_which_there_are(text: str, kind: str, message: str, way: str) -> None:
    assert refusal(amount, text, kind) == (message, way)


def test_a_unit_that_means_two_things_is_never_guessed() -> None:
    assert amount("1B") == 10**9
    assert amount("1B", "bytes") == 1
    assert amount("1MB", "bytes") * 1024**2 == amount("1MiB", "bytes") * 1000**2


# --- how far a value may be from another ------------------------------------------------------------------------------

FIFTIETH = Fraction(2, 100)

SLACKS = {
    "+2%": (FIFTIETH, None, True),
    "2%": (FIFTIETH, None, True),
    "-2%": (None, FIFTIETH, True),
    "−2%": (None, FIFTIETH, True),
    "±2%": (FIFTIETH, FIFTIETH, True),
    "+-2%": (FIFTIETH, FIFTIETH, True),
    "+/-2%": (FIFTIETH, FIFTIETH, True),
    "± 2 %": (FIFTIETH, FIFTIETH, True),
    "+0.1%": (Fraction(1, 1000), None, True),
    "+250k": (250 * 1000, None, False),
    "-1,000": (None, 1000, False),
    "±1": (1, 1, False),
    "+0%": (0, None, True),
    "any": (None, None, True),
}


@pytest.mark.parametrize("text", SLACKS)
def test_an_allowance_says_up_down_and_of_what(text: str) -> None:
    found = slack(text)
    assert (found.up, found.down, found.relative) == SLACKS[text]


@pytest.mark.parametrize(
    ("text", "of", "bottom", "top"),
    [
        ("+2%", 1000, None, 1000 + 20),
        ("-2%", 1000, 1000 - 20, None),
        ("±2%", 1000, 1000 - 20, 1000 + 20),
        ("+2%", 7, None, 7 + Fraction(14, 100)),
        ("+250k", 1000, None, 1000 + 250_000),
        ("-5", 3, 3 - 5, None),
        ("±5", 3, 3 - 5, 3 + 5),
        ("+50%", 0, None, 0),
        ("any", 7, None, None),
    ],
)
def test_the_edges_of_an_allowance(text: str, of: int, bottom: Fraction | None, top: Fraction | None) -> None:
    assert (slack(text).bottom(of), slack(text).top(of)) == (bottom, top)


def test_an_allowance_of_bytes_has_units_of_bytes() -> None:
    assert slack("+1MiB", "bytes").top(0) == 1024**2
    assert refusal(slack, "+1M", "bytes")[0] == "`M` is not a unit of bytes"
    assert refusal(slack, "+1MiB")[0] == "`MiB` is a unit of bytes, and this counts values"


@given(tenths=st.integers(0, 10**9), value=st.integers(0, 10**40), sign=st.sampled_from(["+", "-", "±"]))
def test_percentages_are_exact(tenths: int, value: int, sign: str) -> None:
    found = slack(f"{sign}{tenths // 10}.{tenths % 10}%")
    step = Fraction(value * tenths, 1000)
    assert found.top(value) == (None if sign == "-" else value + step)
    assert found.bottom(value) == (None if sign == "+" else value - step)


@pytest.mark.parametrize("text", ["", "x", "+", "%", "+%", "++2", "2%+", "±", "anything", "+2% -1%", "+٢%"])
def test_what_is_no_allowance_is_refused(text: str) -> None:
    assert refusal(slack, text) == (f"`{text}` is not an allowance", "such as +2%, -2%, ±2%, +250k or any")


@pytest.mark.parametrize("kind", ["volume", "field"])
def test_what_has_no_size_moves_anyhow_or_not(kind: str) -> None:
    assert slack("any", kind) == ANY
    assert refusal(slack, "+2%", kind)[0] == "+2% does not apply: it has no size"


@given(st.lists(st.integers(0, 10**13 - 1), min_size=1, max_size=9), st.sampled_from(["x", "×", " x ", " ×\t"]))
def test_extents_are_what_stands_between_the_crosses(numbers: list[int], cross: str) -> None:
    written = cross.join(map(str, numbers))
    assert extents(written, "volume") == tuple(numbers)
    assert field(written) == tuple(numbers)


def test_numbers_are_as_large_as_they_are_written() -> None:
    largest = "9" * 100 + "e99"
    assert amount(f"{largest}T") == (10**100 - 1) * 10**99 * 10**12
    assert slack(f"+{largest}%").top(1) == 1 + Fraction((10**100 - 1) * 10**99, 100)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("1.1x", Fraction(11, 10)),
        ("2X", 2),
        ("1 x", 1),
        ("1,000x", 1000),
        (".5x", Fraction(1, 2)),
        ("1e-1x", Fraction(1, 10)),
    ],
)
def test_a_ratio_is_a_number_of_times(text: str, times: Fraction) -> None:
    assert ratio(text) == times


@pytest.mark.parametrize("text", ["", "x", "1", "1xx", "-1x", "1%", "1kx", "2x2", "x1"])
def test_what_is_no_ratio_is_none(text: str) -> None:
    assert ratio(text) is None


# --- one grammar, whoever reads ---------------------------------------------------------------------------------------


@pytest.fixture
def outcomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, str, str, str], list[golden.Outcome]]:
    """Hold a spec to an amount in every way there is: an option of `check`, a budgets file, `compare --fail-if`."""
    monkeypatch.chdir(tmp_path)

    def held(spec: str, metric: str, word: str, text: str) -> list[golden.Outcome]:
        beyond = {"max": ">", "equals": "!="}[word]
        Path("spec.yaml").write_text(spec, encoding="utf-8")
        entry = [{"spec": "spec.yaml", metric: {word: text}}]
        Path("held.yaml").write_text(json.dumps(entry), encoding="utf-8")  # which is YAML
        ways = [
            ["check", "spec.yaml", f"--{word}", f"{metric}={text}"],
            ["check", "--budgets", "held.yaml"],
            ["compare", "spec.yaml", "spec.yaml", "--fail-if", f"{metric} {beyond} {text}"],
        ]
        return [golden.run(way, monkeypatch, capsys) for way in ways]

    return held


def holding(params: int) -> str:
    """A network with so many parameters: weights, and one bias."""
    return f"{{input: 1x1x{params - 1}, layers: [fc-1]}}"


def seeing(*kernel: int) -> str:
    """A network whose receptive field is the kernel of its one layer."""
    return f"{{input: 99x99x1, layers: [{{conv: 1, kernel: {list(kernel)}}}]}}"


UP, SAME, DOWN = (f"{{input: 9x9x1, layers: [{layer}]}}" for layer in ("{upsample: 2}", "conv1-1", "conv1-1/2"))

# The metric, the amount, a network that has exactly it, and the nearest that has more.
READ = [
    *[
        ("params", text, holding(1000), holding(1001))
        for text in ("1000", "1,000", "1_000", "1k", "1 K", "1e3", ".001M")
    ],
    ("params", "0.0015M", holding(1500), holding(1501)),
    ("params", "1M", holding(1000**2), holding(1000**2 + 1)),
    ("params", "1G", holding(1000**3), holding(1000**3 + 1)),
    ("params", "1B", holding(1000**3), holding(1000**3 + 1)),
    ("params", "1T", holding(1000**4), holding(1000**4 + 1)),
    *[("weight_bytes", text, holding(250), holding(251)) for text in ("1000", "1,000B", "1kB", "1 KB", "1e-3MB")],
    ("weight_bytes", "8B", holding(2), holding(3)),
    ("weight_bytes", "1KiB", holding(1024 // 4), holding(1024 // 4 + 1)),
    ("weight_bytes", "64 MiB", holding(64 * 1024**2 // 4), holding(64 * 1024**2 // 4 + 1)),
    ("weight_bytes", "1MB", holding(1000**2 // 4), holding(1000**2 // 4 + 1)),
    ("weight_bytes", "1GB", holding(1000**3 // 4), holding(1000**3 // 4 + 1)),
    ("weight_bytes", "1GiB", holding(1024**3 // 4), holding(1024**3 // 4 + 1)),
    ("weight_bytes", "1TB", holding(1000**4 // 4), holding(1000**4 // 4 + 1)),
    ("weight_bytes", "1TiB", holding(1024**4 // 4), holding(1024**4 // 4 + 1)),
    *[("receptive_field", text, seeing(7, 7), seeing(7, 8)) for text in ("7", "7x7", "7 × 7")],
    *[("receptive_field", "7x3", seeing(7, 3), more) for more in (seeing(8, 3), seeing(7, 4))],
    *[("jump", text, UP, SAME) for text in ("1/2", "1/2x1/2")],
    ("jump", "1", SAME, DOWN),
]


@pytest.mark.parametrize(("metric", "text", "exactly", "more"), READ, ids=lambda value: str(value)[:30])
def test_an_amount_is_one_number_whoever_reads_it(
    metric: str, text: str, exactly: str, more: str, outcomes: Callable[..., list[golden.Outcome]]
) -> None:
    for word in ("max", "equals"):
        assert [outcome.exit for outcome in outcomes(exactly, metric, word, text)] == [0, 0, 0], word
        assert [outcome.exit for outcome in outcomes(more, metric, word, text)] == [1, 1, 1], word


def test_a_byte_is_a_byte_whoever_reads_it(outcomes: Callable[..., list[golden.Outcome]]) -> None:
    spec = "{input: 1x1x1, layers: [fc-1]}"  # two values of four bytes
    assert [outcome.exit for outcome in outcomes(spec, "activation_bytes", "max", "1B")] == [1, 1, 1]
    assert [outcome.exit for outcome in outcomes(spec, "activation_bytes", "max", "8B")] == [0, 0, 0]


REFUSED = [
    ("params", "64MiB", "`MiB` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T"),
    ("params", "1kB", "`kB` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T"),
    ("params", "5y", "there is no unit `y`", "units are k, K, M, G, B, T"),
    ("params", "110%", "a percentage needs something to compare with", "`change: +2%` is against a baseline"),
    ("params", "-1", "`-1` is not an amount", "such as 140M, 15.5G, 250k or 1,000,000"),
    ("params", "1,00", "`1,00` is not an amount", "such as 140M, 15.5G, 250k or 1,000,000"),
    ("depth", "1 2", "`1 2` is not an amount", "such as 140M, 15.5G, 250k or 1,000,000"),
    ("activation_bytes", "64M", "`M` is not a unit of bytes", "say MB or MiB"),
    ("weight_bytes", "2mib", "there is no unit `mib`", "units are B, kB, MB, GB, TB, KB, KiB, MiB, GiB, TiB"),
    ("weight_bytes", "much", "`much` is not an amount", "such as 64MiB or 67108864"),
    ("receptive_field", "3x", "`3x` is not an extent", "such as 212 or 212x212"),
    ("receptive_field", "7MiB", "`7MiB` is not an extent", "such as 212 or 212x212"),
    ("jump", "50%", "`50%` is not an extent", "such as 212 or 212x212"),
    ("jump", "1/0", "`1/0` is not an extent", "such as 212 or 212x212"),
    ("parms", "1M", "there is no metric `parms`", "did you mean `params`?"),
]


@pytest.mark.parametrize(("metric", "text", "message", "way"), REFUSED)
def test_an_amount_is_refused_in_the_same_words_whoever_reads_it(
    metric: str, text: str, message: str, way: str, outcomes: Callable[..., list[golden.Outcome]]
) -> None:
    for outcome in outcomes(holding(1000), metric, "max", text):
        assert (outcome.exit, outcome.stdout) == (2, "")
        [problem] = golden.problems(outcome.stderr)
        assert problem.message.endswith(message)
        assert problem.help.startswith(way)
