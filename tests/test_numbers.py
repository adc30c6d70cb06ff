"""The kinds of number that formulas run on: plain, traced, symbolic, and the verbs that they share."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy
from arithmetic import evaluated
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples

import cnncalc
from cnncalc import dims
from cnncalc.layers.convolution import Conv
from cnncalc.layers.pooling import MaxPool
from cnncalc.layers.shaping import Reshape
from cnncalc.numbers.symbolic import closed_form, symbol
from cnncalc.numbers.traced import Traced, is_bare, plain, traced, written
from cnncalc.reach import SELF
from cnncalc.volume import Volume
from cnncalc.window import Window

modest = settings(deadline=None, derandomize=True, database=None, max_examples=examples(300))

FLOORED: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.floordiv,
    "%": operator.mod,
}
VERBS: dict[str, Callable[[Any, Any], Any]] = {
    "max": max,
    "min": min,
    "ceildiv": lambda a, b: math.ceil(Fraction(a, b)),
}

# --------------------------------------------------------------------------------------------------------- the reader


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2+3*4", 2 + 12),
        ("(2+3)*4", 20),
        ("7-2-1", 4),
        ("7-(2-1)", 6),
        ("7/2/2", 1),
        ("7/(2/2)", 7),
        ("2*7/2", 7),
        ("2*(7/2)", 6),
        ("-7/2", -4),
        ("(-7)/2", -4),
        ("max(3,4)*min(2,1+1)", 8),
        ("ceildiv(7,2)+gcd(12,18)", 10),
        ("mod(-7,3)", 2),
        ("ratio(1,2)", Fraction(1, 2)),
    ],
)
def test_the_reader_of_arithmetic_reads_as_people_do(text: str, value: Any) -> None:
    assert evaluated(text) == value


@pytest.mark.parametrize("text", ["", "2+", "(2", "2)", "2 3", "max(1", "max(1,2", "two", "2//3", "2**3"])
def test_the_reader_of_arithmetic_refuses_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        evaluated(text)


# -------------------------------------------------------------------------------------------------------------- traced


class Tree:
    """Arithmetic as a tree, run on any kind of number."""

    def __init__(self, sign: str, left: Tree | int, right: Tree | int) -> None:
        self.sign, self.left, self.right = sign, left, right

    def __repr__(self) -> str:
        return f"({self.left} {self.sign} {self.right})"

    def run(self, leaf: Callable[[int], Any], verbs: dict[str, Callable[[Any, Any], Any]]) -> Any:
        parts = (self.left, self.right)
        left, right = (part.run(leaf, verbs) if isinstance(part, Tree) else leaf(part) for part in parts)
        return {**FLOORED, **verbs}[self.sign](left, right)


DIMS_VERBS = {"max": dims.maximum, "min": dims.minimum, "ceildiv": dims.ceildiv}
leaves = st.integers(-5, 12)
signs = st.sampled_from([*"**//+-", *FLOORED, *VERBS])
trees = st.recursive(
    st.builds(Tree, signs, leaves, leaves),
    lambda parts: st.builds(Tree, signs, parts | leaves, parts | leaves),
    max_leaves=8,
)


def value_of(tree: Tree) -> int | None:
    """What plain Python makes of it; None where it divides by nought."""
    try:
        return int(tree.run(lambda number: number, VERBS))
    except ZeroDivisionError:
        return None


@modest
@given(trees)
def test_written_arithmetic_evaluates_to_the_value(tree: Tree) -> None:
    value = value_of(tree)
    if value is None:
        return
    found = tree.run(traced, DIMS_VERBS)
    assert plain(found) == value
    assert evaluated(written(found)) == value, written(found)


@modest
@given(trees, st.data())
def test_so_it_does_where_numbers_of_the_formula_and_closed_products_are_in_it(tree: Tree, data: st.DataObject) -> None:
    """A formula's own numbers are not traced, and some of its products are read as one factor."""
    value = value_of(tree)
    if value is None:
        return

    def leaf(number: int) -> Any:
        return data.draw(st.sampled_from([number, traced(number), dims.together(traced(number) * traced(1))]))

    found = tree.run(leaf, {**DIMS_VERBS, "*": lambda a, b: dims.together(a * b)})
    assert plain(found) == value
    assert evaluated(written(found)) == value, written(found)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (traced(227) - traced(11) + traced(4), "227-11+4"),
        (traced(227) - (traced(11) + traced(4)), "227-(11+4)"),
        (traced(7) - (traced(3) - traced(2)), "7-(3-2)"),
        ((traced(8) - traced(2)) // traced(4) + 1, "(8-2)/4+1"),
        (traced(8) // (traced(4) // traced(2)), "8/(4/2)"),
        (traced(8) // traced(4) // traced(2), "8/4/2"),
        (traced(8) // (traced(4) * traced(2)), "8/(4*2)"),
        (traced(3) * (traced(7) // traced(2)), "3*(7/2)"),
        (traced(3) * traced(3) * traced(64), "3*3*64"),
        (dims.together(traced(3) * traced(3) * traced(64)) * traced(128), "(3*3*64)*128"),
        (traced(2) * dims.maximum(traced(3) - traced(4), 0), "2*max(3-4,0)"),
        (traced(7) % traced(4), "mod(7,4)"),
        (traced(5) - traced(-3), "5-(-3)"),
    ],
    ids=str,
)
def test_brackets_stand_where_they_are_needed(number: Any, text: str) -> None:
    assert evaluated(written(number)) == plain(number)
    assert written(number) == text


def test_a_product_of_a_quotient_and_a_quotient_of_a_product_read_differently() -> None:
    """3·⌊7/2⌋ is 9, and ⌊3·7/2⌋ is 10."""
    assert evaluated(written(traced(3) * (traced(7) // traced(2)))) == 9
    assert evaluated(written((traced(3) * traced(7)) // traced(2))) == 10
    assert evaluated(written((traced(7) // traced(2)) * traced(3))) == 9


def test_what_is_no_arithmetic_leaves_no_trace() -> None:
    """Adding nought and multiplying by one in a formula are not worth showing, for numbers that are given they are."""
    side = traced(7)
    assert all(is_bare(number) for number in (side + 0, 0 + side, side - 0, side * 1, 1 * side, side // 1))
    assert written(side + traced(0)) == "7+0"
    assert written(side * traced(1)) == "7*1"
    assert written(2 * side) == "2*7"


def test_settled_forgets_and_together_does_not() -> None:
    side = (traced(7) - traced(3)) // traced(2) + 1
    assert (written(dims.settled(side)), plain(dims.settled(side))) == ("3", 3)
    assert (written(dims.together(side)), plain(dims.together(side))) == (written(side), 3)


def test_a_traced_number_compares_as_its_value() -> None:
    assert traced(3) == 3 == traced(3)
    assert traced(3) != 4
    assert (traced(3) != traced(3)) is False
    assert traced(3) < traced(4) <= 4
    assert 4 > traced(3) >= 3
    assert hash(traced(3)) == hash(3)
    assert str(traced(3) + traced(4)) == "7"


def test_a_convolution_explains_itself_as_course_notes_do() -> None:
    """AlexNet's first layer: (227 − 11)/4 + 1 = 55, 11·11·3·96 weights, 55·55·96 times 11·11·3 multiply-adds."""
    layer = Conv(filters=traced(96), kernel=traced(11), stride=traced(4))
    volume = Volume((traced(227), traced(227)), traced(3))
    assert evaluated(written(layer.output(volume).sides[0])) == 55
    assert written(layer.weights(volume)) == "(11*11*3)*96"
    assert written(layer.macs(volume)) == "55*55*96*(11*11*3)"
    assert plain(layer.macs(volume)) == 55 * 55 * 96 * 11 * 11 * 3


def test_a_reshape_of_traced_numbers_sees_what_one_of_numbers_sees() -> None:
    """Every value is what it was."""
    for volume in (Volume((4,), 2), Volume((traced(4),), traced(2))):
        assert Reshape(shape=(4, 2)).sees(volume) == (SELF,)
        assert Reshape(shape=(2, 4)).sees(volume) == (SELF,)


# ------------------------------------------------------------------------------------------------------------- symbols


def totals(line: str, **values: Any) -> dict[str, Any]:
    found: dict[str, Any] = cnncalc.load(line, set=values).to_dict()["totals"]
    return found


def same(text: Any, expected: Any) -> bool:
    """Are these the same expression, however it is written?"""
    names = {name: symbol(name) for name in ("C", "H", "W", "K")}
    return bool(sympy.expand(sympy.sympify(str(text), locals=names) - sympy.sympify(expected, locals=names)) == 0)


def test_three_small_filters_are_27_and_one_large_49() -> None:
    """Three 3×3 from C to C channels: 3·(3·3·C·C); one 7×7: 7·7·C·C."""
    assert totals("HxWxC: (conv3-C)*3")["weights"] == "27*C**2"
    assert totals("HxWxC: conv7-C")["weights"] == "49*C**2"
    assert totals("HxWxC: (conv3-C)*3")["biases"] == "3*C"
    assert totals("HxWxC: (conv3-C)*3")["macs"] == "27*C**2*H*W"
    assert totals("HxWxC: conv7-C")["macs"] == "49*C**2*H*W"
    assert same(totals("HxWxC: (conv3-C)*3")["activations"], "4*C*H*W")


def test_a_closed_form_is_the_shorter_one() -> None:
    c, h = symbol("C"), symbol("H")
    assert closed_form(9 * c * (2 * c + c)) == "27*C**2"
    assert closed_form(c * h + c) in ("C*(H + 1)", "C*H + C")
    assert closed_form(sympy.Integer(7)) == "7"
    assert closed_form(3) == "3"


def test_without_padding_the_sides_shrink() -> None:
    network = cnncalc.load({"input": "HxWxC", "layers": [{"conv": 8, "kernel": 5, "bias": False}]})
    (row,) = network.to_dict()["layers"]
    assert row["output"] == ["H - 4", "W - 4", 8]
    assert same(row["weights"], "5*5*C*8")
    assert same(row["macs"], "(H - 4)*(W - 4)*8*5*5*C")


def test_what_is_assumed_of_a_symbol_is_said_once() -> None:
    """A kernel of 3 needs a side of 3."""
    layers = [{"conv": 8, "kernel": 3}, {"conv": 8, "kernel": 1}]
    assumptions = cnncalc.load({"input": "HxWxC", "layers": layers}).to_dict()["assumptions"]
    assert assumptions == ["H >= 3", "W >= 3"]
    assert cnncalc.load("HxWxC: conv3-8").to_dict()["assumptions"] == []  # padding: half permits it fit everywhere


def test_assumptions_are_collected_where_they_are_asked_for_only() -> None:
    side = symbol("H")
    with dims.assumptions() as outer:
        with dims.assumptions() as inner:
            assert not dims.certainly(side > 5)
            assert not dims.certainly(side > 5)
        assert not dims.certainly(side < 2)
    assert [str(question) for question in inner] == ["H <= 5"]
    assert [str(question) for question in outer] == ["H >= 2"]
    assert not dims.certainly(side > 7)


def test_what_is_known_of_a_symbol_is_no_assumption() -> None:
    side = symbol("H")
    with dims.assumptions() as found:
        assert dims.certainly(side > 0)
        assert not dims.certainly(side < 1)
        assert not dims.differ(side, side)
    assert found == []


def test_a_pool_of_a_symbol_floors() -> None:
    """⌊(H − 2)/2⌋ + 1, at 7 and at 8."""
    side = symbol("H")
    height = MaxPool(size=2).output(Volume((side, side), 3)).sides[0]
    assert [height.subs(side, number) for number in (2, 7, 8)] == [1, 3, 4]


@pytest.mark.parametrize(("a", "b"), [(12, 18), (7, 1), (5, 5), (1, 9)])
def test_gcd_of_symbols_waits_for_the_numbers(a: int, b: int) -> None:
    """SymPy's own would call two symbols coprime."""
    left, right = symbol("a"), symbol("b")
    found = dims.gcd(left, right)
    assert found.xreplace({left: sympy.Integer(a), right: sympy.Integer(b)}) == math.gcd(a, b)
    assert dims.gcd(left, 1) == 1
    assert dims.gcd(left * 6, left * 3) == 3 * left


def test_setting_a_symbol_gives_the_plain_result() -> None:
    """3·3·64·64 weights three times over."""
    assert totals("HxWxC: (conv3-C)*3", H=56, W=56, C=64)["weights"] == 3 * (3 * 3 * 64 * 64)
    assert totals("HxWxC: (conv3-C)*3", C=64)["macs"] == f"{27 * 64 * 64}*H*W"


# ---------------------------------------------------------------------------------------------- the verbs on each kind


def on_integers(number: int) -> Any:
    return number


def back(value: Any) -> Any:
    """The plain number of whatever kind."""
    if isinstance(value, Traced):
        return value.value
    if isinstance(value, sympy.Basic):
        fraction = sympy.Rational(value)
        return dims.whole(Fraction(int(fraction.p), int(fraction.q)))
    return value


KINDS = {"integers": on_integers, "traced": traced, "symbols": sympy.Integer}
EXPECTED: dict[str, tuple[Callable[[Any, Any], Any], Callable[[int, int], Any]]] = {
    "ceildiv": (dims.ceildiv, lambda a, b: math.ceil(Fraction(a, b))),
    "maximum": (dims.maximum, lambda a, b: a if a > b else b),
    "minimum": (dims.minimum, lambda a, b: a if a < b else b),
    "gcd": (dims.gcd, lambda a, b: max(d for d in range(1, b + 1) if a % d == 0 and b % d == 0)),
    "ratio": (dims.ratio, Fraction),
    "prod": (lambda a, b: dims.prod([a, b, a]), lambda a, b: a * b * a),
    "total": (lambda a, b: dims.total([a, b, a]), lambda a, b: a + b + a),
    "floor": (operator.floordiv, lambda a, b: math.floor(Fraction(a, b))),
    "modulo": (operator.mod, lambda a, b: a - b * math.floor(Fraction(a, b))),
    "differ": (dims.differ, lambda a, b: a != b),
    "more": (lambda a, b: dims.certainly(a > b), lambda a, b: a > b),
    "together": (lambda a, b: dims.together(a * b), lambda a, b: a * b),
    "settled": (lambda a, b: dims.settled(a * b), lambda a, b: a * b),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", EXPECTED)
def test_a_verb_gives_the_same_on_every_kind(verb: str, kind: str) -> None:
    """Both numbers of the kind, and each beside a plain integer."""
    run, expected = EXPECTED[verb]
    of = KINDS[kind]
    for a in (1, 2, 5, 7, 12, 18):
        for b in (1, 2, 3, 6, 18):
            for left, right in ((of(a), of(b)), (of(a), b), (a, of(b))):
                found = back(run(left, right))
                assert found == expected(a, b), (verb, kind, a, b)
                assert type(found) in (int, bool, Fraction)


def test_ceiling_goes_up_below_nought_too() -> None:
    for kind in KINDS.values():
        assert back(dims.ceildiv(kind(-7), 2)) == -3
        assert back(dims.ceildiv(kind(7), 2)) == 4


def test_nothing_multiplied_is_one_and_nothing_added_is_nought() -> None:
    assert dims.prod([]) == 1
    assert dims.total([]) == 0


def test_whole_numbers_of_any_size_are_exact() -> None:
    """Where a float would be off: (2⁵³ + 1)/1, and products beyond 2⁶³."""
    assert dims.ceildiv(2**53 + 1, 1) == 2**53 + 1
    assert Window(1).positions(2**53 + 1) == 2**53 + 1
    assert Volume((10**9, 10**9), 10**9).values == 10**27
