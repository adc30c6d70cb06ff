"""Derivations shown: symbols first, then the numbers, then the result; as text, a page, LaTeX, and an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from textwrap import wrap
from typing import Any

from msgspec import UNSET

from cnncalc import answers
from cnncalc.analysis.derivation import Step, steps
from cnncalc.errors import flat
from cnncalc.network.network import Network
from cnncalc.network.node import Node
from cnncalc.network.sizes import fitting
from cnncalc.network.sizes import written as written_sides
from cnncalc.numbers.traced import SPACED, Traced, exact, is_bare, plain, symbols, written
from cnncalc.report import units
from cnncalc.report.describe import spelled
from cnncalc.report.page import Block, Column, Grid, Line, Row

_LATEX_SIGNS = {"+": " + ", "-": " - ", "*": r" \cdot "}
_LATEX_TEXT = str.maketrans(
    {"×": r"$\times$", "\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
    | {sign: rf"\{sign}" for sign in "#$%&_{}"}
)
_LATEX_LETTERS = {
    "×": r"\times ",
    "′": "'",
    **{small: f"_{digit}" for digit, small in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "ₒ": "_o",
}


def explained(network: Network, nodes: Sequence[Node]) -> answers.Explanation:
    """The derivations as plain data."""
    return answers.Explanation(name=network.name, layers=tuple(map(_derived, nodes)))


def _derived(node: Node) -> answers.Derived:
    given = tuple(tuple(volume) for volume in node.given)
    return answers.Derived(node.name, node.type, given, tuple(node.output), tuple(map(_step, steps(node))))


def _step(step: Step) -> answers.Step:
    if step.value is None:
        return answers.Step(step.quantity, note=step.note)
    value, before = plain(step.value), exact(step.value)
    return answers.Step(
        step.quantity,
        symbols(step.value),
        written(step.value),
        value if isinstance(value, int) else str(value),
        UNSET if before == value else str(before),
        step.note or UNSET,
    )


def headline(node: Node) -> tuple[str, str, str]:
    """The layer's name, what it is, and its input."""
    given = " and ".join(units.volume(volume) for volume in node.given)
    return node.name, spelled(node), f"input {given or 'none'}"


def _derivation(step: Step, node: Node) -> str:
    """The arithmetic as an equation, symbols, numbers and result, equal sides once; and a remark."""
    value = step.value
    if value is None:
        sides = [step.note]
    elif is_bare(value):
        sides = [side for side in (getattr(value, "symbol", ""), _result(step)) if side]
    else:
        sides = [*dict.fromkeys([symbols(value, SPACED), written(value, style=SPACED)]), _result(step)]
    return " = ".join(sides) + _remark(step, node)


def _result(step: Step) -> str:
    """The number, with its fraction where that is rounded down, and what is said of it."""
    value, fraction = plain(step.value), exact(step.value)
    text = units.grouped(value)
    if fraction != value and isinstance(value, int):
        decimal = f"{float(fraction):.4f}".rstrip("0").rstrip(".")
        more = "" if Fraction(decimal) == fraction else "…"
        return f"{decimal}{more} → {text}"
    if isinstance(value, Fraction) and step.quantity.startswith("receptive field"):
        return f"{text} → {units.grouped(ceil(value))}"
    return text


def _remark(step: Step, node: Node) -> str:
    if step.value is not None and step.quantity == "activations":
        return f" values, {units.memory(node.activation_bytes)} as {node.sizing.dtype}"
    if step.quantity.startswith("jump"):
        return f" input pixel{'' if plain(step.value) == 1 else 's'} between neighbours"
    return f": {step.note}" if step.note and step.value is not None else ""


def text(nodes: Sequence[Node], width: int | None = None) -> str:
    """The derivations of layers, to a width where there is one."""
    return "\n\n".join(_text(node, width) for node in nodes) + "\n"


_MEANINGS = {
    "F": "kernel",
    "S": "stride",
    "P": "padding",
    "d": "dilation",
    "g": "groups",
    "m": "channel multiplier",
    "K": "filters",
    "H": "height",
    "W": "width",
    "L": "length",
    "T": "depth in 3-D",
    "D": "channels",
    "r": "receptive field",
    "j": "jump of what comes in",
}
_LETTER = re.compile(r"(?<![\w.])([FSPdgmKHWLTDrj])[hwtl]?[′']?[₀-₉ₒ]?(?!\w)")


def letters(nodes: Sequence[Node]) -> str:
    """What the letters of the derivations mean, in a line."""
    kinds = {node.type: node for node in nodes}.values()
    used = {letter for node in kinds for step in steps(node) for letter in _LETTER.findall(_derivation(step, node))}
    meanings = ", ".join(f"{letter} {meaning}" for letter, meaning in _MEANINGS.items() if letter in used)
    return f"{meanings}; ₁ comes in, ₂ goes out." if meanings else ""


def sizes(network: Network) -> str:
    """Which sides of the input fit, where not all do: `16·k + 12`."""
    fit = fitting(network)
    if fit is None:
        return ""
    step, more = fit
    sides = {side % step for volume in network.inputs.values() for side in volume.sides}
    if len(sides) > 1:
        return f"Input sizes that fit: this one, with the same multiple of {step} more or less on every side."
    side = sides.pop()
    return f"Input sides that fit: {written_sides(step, [(side + further) % step for further in more])}."


def _text(node: Node, width: int | None) -> str:
    name, what, given = headline(node)
    derived = steps(node)
    wide = max(len(step.quantity) for step in derived) + 2
    lines = wrap(f"{name}   {what}   {given}", width or 10_000, subsequent_indent="  ", break_long_words=False)
    for step in derived:
        room = 10_000 if width is None else max(20, width - wide - 2)
        first, *rest = wrap(_derivation(step, node), room, break_long_words=False, break_on_hyphens=False)
        lines.append(f"  {step.quantity:<{wide}}{first}")
        lines += [f"  {'':<{wide}}{part}" for part in rest]
    return "\n".join(lines)


def page(nodes: Sequence[Node]) -> list[Block]:
    """The derivations of layers, a table for each."""
    columns = Column("quantity", "quantity"), Column("derivation", "derivation")
    blocks: list[Block] = []
    for node in nodes:
        name, what, given = headline(node)
        rows = [Row([step.quantity, _derivation(step, node)]) for step in steps(node)]
        blocks += [Line(name, "heading"), Line(f"{what}, {given}"), Grid(columns, rows)]
    return blocks


def document(nodes: Sequence[Node]) -> str:
    """The derivations of layers in LaTeX."""
    return "\n\n".join(map(_latex, nodes)) + "\n"


def _latex(node: Node) -> str:
    name, what, given = headline(node)
    lines = [f"% {flat(f'{name}: {what}, {given}')}", r"\begin{align*}"]
    rows = []
    for step in steps(node):
        title = rf"\text{{{step.quantity}}}"
        if step.value is None:
            rows.append(rf"  {title} &: \text{{{step.note.translate(_LATEX_TEXT)}}}")
            continue
        sides = list(dict.fromkeys((latex(step.value, letters=True), latex(step.value))))
        result = units.grouped(plain(step.value)).replace(",", "{,}")
        sides = sides if sides[-1] == result else [*sides, result]
        rows.append(rf"  {title} &: " + " = ".join(sides))
    return "\n".join([*lines, " \\\\\n".join(rows), r"\end{align*}"])


def latex(value: Any, letters: bool = False) -> str:
    """The arithmetic in LaTeX, fractions as fractions, and in floor brackets where something is rounded down."""
    if is_bare(value):
        letter = getattr(value, "symbol", "")
        text = letter if letters and letter else str(plain(value))
        return "".join(_LATEX_LETTERS.get(char, char) for char in text)
    parts = [latex(part, letters) for part in value.parts]
    if value.operator == "/":
        fraction = rf"\frac{{{parts[0]}}}{{{parts[1]}}}"
        floored = letters or Fraction(plain(value.parts[0]), plain(value.parts[1])).denominator > 1
        return rf"\left\lfloor{fraction}\right\rfloor" if floored else fraction
    if value.operator in _LATEX_SIGNS:
        shown = [
            rf"\left({text}\right)" if _loose(part, value.operator, place) else text
            for place, (text, part) in enumerate(zip(parts, value.parts, strict=True))
        ]
        return _LATEX_SIGNS[value.operator].join(shown)
    if value.operator == "ceildiv":
        return rf"\left\lceil\frac{{{parts[0]}}}{{{parts[1]}}}\right\rceil"
    if value.operator == "ratio":
        return rf"\frac{{{parts[0]}}}{{{parts[1]}}}"
    return rf"\{value.operator}({', '.join(parts)})"


def _loose(part: Any, outer: str, place: int) -> bool:
    """Does a part need brackets inside a sum or a product?"""
    if not isinstance(part, Traced) or is_bare(part):
        return False
    if outer == "*":
        return part.operator in ("+", "-")
    return outer == "-" and place == 1 and part.operator in ("+", "-")
