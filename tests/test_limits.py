"""Limits as people write them: every amount, unit and allowance from arithmetic, every refusal with its message."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from fuzz import bounded
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.limits import (
    ANY,
    BYTES,
    METRICS,
    SCALES,
    WORDS,
    Limit,
    LimitError,
    Slack,
    amount,
    extents,
    field,
    limit,
    slack,
)

COUNT_UNITS = {"": 1, "k": 1000, "K": 1000, "M": 1000**2, "G": 1000**3, "B": 1000**3, "T": 1000**4}
DECIMAL_BYTES = {"": 1, "B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
BYTE_UNITS = DECIMAL_BYTES | {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
UNITS = {"count": COUNT_UNITS, "bytes": BYTE_UNITS}


def refusal(function: Any, *arguments: Any) -> tuple[str, str]:
    """The message and the way out of the LimitError that must be raised."""
    with pytest.raises(LimitError) as caught:
        function(*arguments)
    assert caught.value.help, "a refusal has a way out"
    return caught.value.message, caught.value.help


def limited(word: str, text: str, kind: str) -> Limit | LimitError:
    """The limit, or why it is refused."""
    try:
        return limit("metric", word, text, kind)
    except LimitError as error:
        return error


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
    assert message == f"`{' '.join(text.split())}` is no amount"
    assert help_.startswith(way)


def test_a_number_of_more_than_a_hundred_digits_is_none() -> None:
    assert amount("9" * 100) == 10**100 - 1
    assert refusal(amount, "9" * 101)[0] == f"`{'9' * 40}…` is no amount"


@pytest.mark.parametrize(
    ("text", "kind", "message", "way"),
    [
        ("64M", "bytes", "`M` is no unit of bytes", "say MB or MiB"),
        ("64k", "bytes", "`k` is no unit of bytes", "say KB or KiB"),
        ("64G", "bytes", "`G` is no unit of bytes", "say GB or GiB"),
        ("64MiB", "count", "`MiB` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T"),
        ("64kB", "count", "`kB` is a unit of bytes, and this counts values", "units are k, M, G (or B) and T"),
        ("2%", "count", "a percentage is of something: this is a number", "`change: +2%` is against a baseline"),
        ("2%", "bytes", "a percentage is of something: this is a number", "`change: +2%` is against a baseline"),
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
    assert refusal(slack, "+1M", "bytes")[0] == "`M` is no unit of bytes"
    assert refusal(slack, "+1MiB")[0] == "`MiB` is a unit of bytes, and this counts values"


@given(tenths=st.integers(0, 10**9), value=st.integers(0, 10**40), sign=st.sampled_from(["+", "-", "±"]))
def test_percentages_are_exact(tenths: int, value: int, sign: str) -> None:
    found = slack(f"{sign}{tenths // 10}.{tenths % 10}%")
    step = Fraction(value * tenths, 1000)
    assert found.top(value) == (None if sign == "-" else value + step)
    assert found.bottom(value) == (None if sign == "+" else value - step)


@pytest.mark.parametrize("text", ["", "x", "+", "%", "+%", "++2", "2%+", "±", "anything", "+2% -1%", "+٢%"])
def test_what_is_no_allowance_is_refused(text: str) -> None:
    assert refusal(slack, text) == (f"`{text}` is no allowance", "such as +2%, -2%, ±2%, +250k or any")


@pytest.mark.parametrize("kind", ["volume", "field"])
def test_what_has_no_size_moves_anyhow_or_not(kind: str) -> None:
    assert slack("any", kind) == ANY
    assert refusal(slack, "+2%", kind)[0] == "+2% of it makes no sense: it has no size"


# --- whole limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "text", "kind", "bound", "allowed"),
    [
        ("max", "140M", "count", 140 * 10**6, None),
        ("min", "1,000", "count", 1000, None),
        ("equals", "138M", "count", 138 * 10**6, None),
        ("equals", "138M ±2%", "count", 138 * 10**6, Slack("±2%", FIFTIETH, FIFTIETH, True)),
        ("equals", "138M±250k", "count", 138 * 10**6, Slack("±250k", 250_000, 250_000, False)),
        ("equals", "138M +/- 1", "count", 138 * 10**6, Slack("+/- 1", 1, 1, False)),
        ("equals", "64MiB ±1KiB", "bytes", 64 * 1024**2, Slack("±1KiB", 1024, 1024, False)),
        ("max", "64MiB", "bytes", 64 * 1024**2, None),
        ("min", "212", "extents", (212,), None),
        ("min", "212x100", "extents", (212, 100), None),
        ("equals", "212 × 100", "extents", (212, 100), None),
        ("equals", "1x1x1000", "volume", (1, 1, 1000), None),
        ("max", "3", "field", (3,), None),
        ("max", "3x1", "field", (3, 1), None),
        ("max", "64k", "field", (64_000,), None),
        ("max", "1,024", "field", (1024,), None),
        ("max", "0.5", "field", (Fraction(1, 2),), None),
        ("min", "-0.5", "field", (-Fraction(1, 2),), None),
        ("min", "−2", "field", (-2,), None),
        ("max", "1e-4", "field", (Fraction(1, 10**4),), None),
        ("equals", "half", "field", "half", None),
        ("equals", "true", "field", "true", None),
        ("change", "+2%", "count", None, Slack("+2%", FIFTIETH, None, True)),
        ("change", "any", "volume", None, ANY),
        ("change", "-1", "extents", None, Slack("-1", None, 1, False)),
    ],
)
def test_a_limit_is_what_its_metric_takes(word: str, text: str, kind: str, bound: Any, allowed: Slack | None) -> None:
    found = limit("metric", word, f" {text}\n", kind, key="where")
    assert (found.metric, found.word, found.bound, found.slack) == ("metric", word, bound, allowed)
    assert (found.text, found.key, found.subject) == (text, "where", "metric")


@pytest.mark.parametrize(
    ("word", "text", "kind", "message", "way"),
    [
        ("max", "138M ±2%", "count", "`138M ±2%` is no amount", "such as 140M"),
        ("equals", "±2%", "count", "`` is no amount", "such as 140M"),
        ("equals", "138M ±", "count", "`±` is no allowance", "such as +2%"),
        ("equals", "138M ±2% ±2%", "count", "`±2% ±2%` is no allowance", "such as +2%"),
        ("min", "x", "extents", "`x` is no extent", "such as 212 or 212x212"),
        ("min", "3.5", "extents", "`3.5` is no extent", "such as 212 or 212x212"),
        ("min", "1,000", "extents", "`1,000` is no extent", "such as 212 or 212x212"),
        ("min", "1k", "extents", "`1k` is no extent", "such as 212 or 212x212"),
        ("min", "3x", "extents", "`3x` is no extent", "such as 212 or 212x212"),
        ("equals", "1x1xC", "volume", "`1x1xC` is no volume", "such as 1x1x1000"),
        ("equals", "x".join("1" * 10), "volume", "`1x1x1x1x1x1x1x1x1x1` is no volume", "such as 1x1x1000"),
        ("max", "half", "field", "half is a word, and has no max", "a word is limited by `equals`"),
        ("min", "relu", "field", "relu is a word, and has no min", "a word is limited by `equals`"),
        ("change", "+2%", "field", "+2% of it makes no sense: it has no size", "it can be `any`"),
        ("equals", "a\x1b[31m", "field", "a limit is printable text", "such as 140M"),
        ("max", "1\x00", "count", "a limit is printable text", "such as 140M"),
    ],
)
def test_a_limit_that_can_not_be_read_is_refused(word: str, text: str, kind: str, message: str, way: str) -> None:
    found = refusal(limit, "metric", word, text, kind)
    assert found[0] == message
    assert found[1].startswith(way)


@pytest.mark.parametrize("kind", ["count", "bytes", "extents", "volume", "field"])
def test_a_baseline_keeps_no_layers(kind: str) -> None:
    with pytest.raises(LimitError, match="a baseline keeps the whole network and no layers"):
        limit("macs", "change", "any", kind, layers="conv*")


def test_every_word_and_every_kind_is_tried_above() -> None:
    assert WORDS == ("max", "min", "equals", "change")
    assert {metric.kind for metric in METRICS.values()} == {"count", "bytes", "extents", "volume"}


@given(st.lists(st.integers(0, 10**13 - 1), min_size=1, max_size=9), st.sampled_from(["x", "×", " x ", " ×\t"]))
def test_extents_are_what_stands_between_the_crosses(numbers: list[int], cross: str) -> None:
    written = cross.join(map(str, numbers))
    assert extents(written, "output", "volume") == tuple(numbers)
    assert field(written) == tuple(numbers)


@given(st.text(max_size=40), st.sampled_from(WORDS), st.sampled_from(["count", "bytes", "extents", "volume", "field"]))
def test_any_text_is_a_limit_or_refused(text: str, word: str, kind: str) -> None:
    found = limited(word, text, kind)
    if isinstance(found, LimitError):
        assert found.message
        assert found.help
    else:
        assert (found.bound is None) == (word == "change")
        assert found.slack is not None or word != "change"


# --- what would take long ---------------------------------------------------------------------------------------------

LONG = 300_000
HOSTILE = {
    "blanks inside": "1" + " " * LONG + "2",
    "blanks before a unit": "1" + " " * LONG + "M!",
    "digits": "1" * LONG,
    "groups": "1" + ",000" * LONG,
    "broken groups": "1" + ",000" * LONG + ",00",
    "dots": "1." * LONG,
    "units": "1" + "M" * LONG,
    "signs": "±" * LONG,
    "plus and minus": "+-" * LONG,
    "half signs": "+/" * LONG,
    "exponents": "1e" * LONG,
    "crosses": "1x" * LONG + "1",
    "crosses between blanks": ("1" + " " * 100 + "x") * (LONG // 100),
    "commas": "," * LONG,
    "words": "a " * LONG,
    "line ends": "1\n" * LONG,
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("kind", ["count", "bytes", "extents", "volume", "field"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_long_texts_are_answered_soon(text: str, kind: str, word: str) -> None:
    with bounded():
        found = limited(word, text, kind)
    assert not isinstance(found, LimitError) or len(found.message) < 200


def test_numbers_are_as_large_as_they_are_written() -> None:
    largest = "9" * 100 + "e99"
    assert amount(f"{largest}T") == (10**100 - 1) * 10**99 * 10**12
    assert slack(f"+{largest}%").top(1) == 1 + Fraction((10**100 - 1) * 10**99, 100)
