"""Limits as people write them: what each metric takes, and every refusal with its message."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from bounds import bounded
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.amounts import ANY, AmountError, Slack
from cnncalc.network.limits import WORDS, Limit, LimitError, limit
from cnncalc.network.metrics import METRICS

FIFTIETH = Fraction(2, 100)


def limited(word: str, text: str, kind: str) -> Limit | AmountError:
    """The limit, or why it is refused."""
    try:
        return limit("metric", word, text, kind)
    except AmountError as error:
        return error


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
        ("max", "138M ±2%", "count", "`138M ±2%` is not an amount", "such as 140M"),
        ("equals", "±2%", "count", "`` is not an amount", "such as 140M"),
        ("equals", "138M ±", "count", "`±` is not an allowance", "such as +2%"),
        ("equals", "138M ±2% ±2%", "count", "`±2% ±2%` is not an allowance", "such as +2%"),
        ("min", "x", "extents", "`x` is not an extent", "such as 212 or 212x212"),
        ("min", "3.5", "extents", "`3.5` is not an extent", "such as 212 or 212x212"),
        ("min", "1,000", "extents", "`1,000` is not an extent", "such as 212 or 212x212"),
        ("min", "1k", "extents", "`1k` is not an extent", "such as 212 or 212x212"),
        ("min", "3x", "extents", "`3x` is not an extent", "such as 212 or 212x212"),
        ("equals", "1x1xC", "volume", "`1x1xC` is not a volume", "such as 1x1x1000"),
        ("equals", "x".join("1" * 10), "volume", "`1x1x1x1x1x1x1x1x1x1` is not a volume", "such as 1x1x1000"),
        ("max", "half", "field", "half is a word, and has no max", "a word is limited by `equals`"),
        ("min", "relu", "field", "relu is a word, and has no min", "a word is limited by `equals`"),
        ("change", "+2%", "field", "+2% does not apply: it has no size", "write `any`"),
        ("equals", "a\x1b[31m", "field", "a limit is printable text", "such as 140M"),
        ("max", "1\x00", "count", "a limit is printable text", "such as 140M"),
    ],
)
def test_a_limit_that_can_not_be_read_is_refused(word: str, text: str, kind: str, message: str, way: str) -> None:
    found = limited(word, text, kind)
    assert isinstance(found, AmountError)
    assert found.message == message
    assert found.help.startswith(way)


@pytest.mark.parametrize("kind", ["count", "bytes", "extents", "volume", "field"])
def test_a_baseline_keeps_no_layers(kind: str) -> None:
    with pytest.raises(LimitError, match="a baseline keeps the whole network and no layers"):
        limit("macs", "change", "any", kind, layers="conv*")


def test_every_word_and_every_kind_is_tried_above() -> None:
    assert tuple(WORDS) == ("max", "min", "equals", "change")
    assert {metric.kind for metric in METRICS.values()} == {"count", "bytes", "extents", "volume"}


@given(
    st.text(max_size=40),
    st.sampled_from(list(WORDS)),
    st.sampled_from(["count", "bytes", "extents", "volume", "field"]),
)
def test_any_text_is_a_limit_or_refused(text: str, word: str, kind: str) -> None:
    found = limited(word, text, kind)
    if isinstance(found, AmountError):
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
    assert not isinstance(found, AmountError) or len(found.message) < 200
