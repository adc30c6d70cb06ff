"""The arithmetic behind a layer's numbers: its own formulas, run on numbers that remember where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.dims import unknowns
from cnncalc.errors import near, short, wrong
from cnncalc.layers.base import Layer, defaults_of, terms_of
from cnncalc.layers.operations import FLOPS, weighed
from cnncalc.network.network import Network, apart
from cnncalc.network.node import Node
from cnncalc.numbers.traced import is_bare, naming, plain, symbols, traced
from cnncalc.reach import Axis, Reach
from cnncalc.terms import symbol
from cnncalc.volume import AXES, LETTERS, Volume

T = TypeVar("T")

SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"

NEUTRAL = {"dilation": 1, "groups": 1, "output_padding": 0}
"""Fields at these values mean no dilation, no groups, no padding: formulas are then shown without them."""


class Step(Struct, frozen=True):
    """One number of a layer and the arithmetic behind it; `note` adds what numbers cannot say."""

    quantity: str
    value: Any
    note: str = ""


def chosen(network: Network, words: Sequence[str]) -> tuple[Node, ...]:
    """The layers that the words mean. Raises SpecError for a word that means none."""
    for word in apart(words):
        if not network.select(word):
            way_out = near(word, [node.name for node in network.layers]) or "`cnncalc summarize` lists the layers"
            raise wrong(f"{network.name} has no layer `{short(word)}`", None, way_out)
    return network.select(words)


def traced_of(node: Node, spare: bool = False) -> tuple[Layer, tuple[Volume, ...]]:
    """The layer and what it is given, traced under the letters of formulas.

    `spare` leaves plain what is not worth showing as arithmetic: fields at their default, sides of 1.
    """
    given = (symbolic_volume(volume, place, spare) for place, volume in enumerate(node.given, 1))
    return symbolic_layer(node, spare), tuple(given)


def counted(node: Node) -> dict[str, Any]:
    """What the layer's formulas count, as numbers that print the arithmetic behind them."""
    layer, given = traced_of(node, spare=True)
    activations = symbolic_volume(node.output, spare=True).values if node.activations else 0
    counts = {"weights": layer.weights(*given), "macs": layer.macs(*given)}
    said = {name: getattr(node, name) if value is None else value for name, value in counts.items()}
    return {"activations": activations, **said}


def steps(node: Node) -> list[Step]:
    """Every number of the layer with its derivation in symbols: volume, counts, and what it sees."""
    layer, given = traced_of(node)
    output = layer.output(*given)
    if layer.as_given:
        seen = _reach_steps(node, layer, given)
        return [*_volume_steps(node, output), *_as_given(node), Step("activations", output.values), *seen]
    derived = [*_like(node), *_padding(node, given), *_volume_steps(node, output)]
    with naming(_names(output, "₂" if len(given) == 1 else "ₒ")):
        counts = {
            **_stored(node, layer, given),
            "multiply-adds": layer.macs(*given),
            "other operations": weighed(layer.operations(*given), FLOPS),
            "activations": output.values if node.activations else 0,
        }
    derived += [Step(quantity, value) for quantity, value in counts.items() if plain(value)]
    return derived + _reach_steps(node, layer, given)


def _as_given(node: Node) -> list[Step]:
    """The counts that the spec gives, and which ones it does not."""
    counts = {"weights": node.weights, "biases": node.biases, "buffers": node.buffers}
    counts |= {"multiply-adds": node.macs, "operations": node.flops}
    return [
        Step(name, None, "not given") if unknowns(value) else Step(name, value, "as given")
        for name, value in counts.items()
        if value or not (node.frozen or node.share)
    ]


def _stored(node: Node, layer: Layer, given: tuple[Volume, ...]) -> dict[str, Any]:
    """What the layer stores: trained, frozen into buffers, or nothing where another layer's weights are used."""
    weights, biases, buffers = layer.weights(*given), layer.biases(*given), layer.buffers(*given)
    if (plain(weights), plain(biases)) == (node.weights, node.biases):
        return {"weights": weights, "biases": biases, "buffers": buffers}
    return {"buffers": weights + biases + buffers} if node.buffers else {}


def _like(node: Node) -> list[Step]:
    """The volume whose sides the output has, where the layer is like one."""
    like, sides = getattr(node.layer, "like", None), "×".join(map(str, node.output.sides))
    return [] if like is None else [Step("output sides", None, f"as large as {like}: {sides}")]


def _padding(node: Node, given: tuple[Volume, ...]) -> list[Step]:
    """How a padding word becomes a number, and which padding would keep the size."""
    padding, windows = getattr(node.layer, "padding", None), node.windows
    if padding is None or not windows:
        return []
    if isinstance(padding, str):
        resolved = replace(symbolic_layer(node), padding=padding).windows(*given)
        if all(is_bare(window.before) or not plain(window.before) for window in resolved):
            return []
        axes = _by_axis(resolved, _alike(resolved))
        return [Step(f"padding{axis}", window.before, f"`{padding}`") for axis, window in axes]
    shrunk = any(side != after for side, after in zip(node.given[0].sides, node.output.sides, strict=True))
    fits = all(window.stride == 1 and isinstance(window.span, int) and window.span % 2 for window in windows)
    if shrunk and fits and _alike(windows):
        kept = replace(symbolic_layer(node), padding="half").windows(*given)[0].before
        return [] if is_bare(kept) else [Step("same-size padding", kept, "this padding would keep the size")]
    return []


def _by_axis(values: Sequence[T], alike: bool) -> list[tuple[str, T]]:
    """What is added to the name of a quantity, and its value: nothing where the axes are alike, else each axis."""
    if alike:
        return [("", values[0])]
    return [(f" {axis}", value) for axis, value in zip(AXES[len(values)], values, strict=True)]


def _alike(windows: Sequence[Any]) -> bool:
    """Are the windows of all axes equal as plain numbers?"""
    return len({tuple(plain(part) for part in window) for window in windows}) == 1


def _volume_steps(node: Node, output: Volume) -> list[Step]:
    """The extents of the output, width first, as people say it."""
    axes = AXES[output.rank]
    windows = node.windows if node.layer.warnings(*node.given) else ()
    missed = {axis: window.missed(node.given[0].along(axis)) for axis, window in zip(axes, windows, strict=False)}
    steps = []
    for axis, side in reversed(list(zip(axes, output.sides, strict=True))):
        lost = missed.get(axis)
        note = ""
        if isinstance(lost, int) and lost:
            strip = {"width": "column", "height": "row"}.get(axis, "value")
            note = f"the last {strip} is ignored" if lost == 1 else f"the last {lost} {strip}s are ignored"
        steps.append(Step(f"output {axis}", side, note))
    return [*steps, Step("output depth" if output.rank == 2 else "output channels", output.channels)]


def _reach_steps(node: Node, layer: Layer, given: tuple[Volume, ...]) -> list[Step]:
    """What the layer sees of the network's input, equal axes once: the sum, or figures where outputs differ."""
    sight = node.sight
    if not node.seen or sight.unknown:
        nothing = f"not known: what {sight.lost} sees is not given" if sight.unknown else "nothing"
        return [Step("receptive field", None, nothing)]
    if sight.whole:
        bound = f"at most everything: it cannot be followed through {sight.lost}"
        everything = bound if sight.field.bound else "everything"
        return [Step("receptive field", None, everything)]
    reached = _sums(node, layer, given)
    field = sight.field
    found: list[Step] = []
    sizes = field.most or ()
    axes = [*zip(AXES[len(reached)], sight.axes, reached, sizes, field.least or sizes, strict=True)]
    equal = len({(axis.jump, most, least) for _, axis, _, most, least in axes}) == 1
    for name, axis, reach, most, least in axes[: 1 if equal else None]:
        where = "" if equal else f" {name}"
        figures = "at most" if field.bound else f"{least} to {most}, by the output" if least != most else ""
        found.append(Step(f"receptive field{where}", most if reach is None else reach.size, figures))
        found.append(Step(f"jump{where}", axis.jump if reach is None else reach.jump))
    return found


def _sums(node: Node, layer: Layer, given: tuple[Volume, ...]) -> list[Reach | None]:
    """The sums that give what the layer sees, per axis; None where outputs differ, which no one sum is."""
    sight = node.sight
    arriving = next(each for each in node.arriving if each.source == sight.source)
    before = [reach and Reach(*map(_lettered, reach, "rjs")) for reach in map(_sum, arriving.axes)]
    if arriving.axes == sight.axes and (arriving.dims is not None or node.layer.regroups):
        return before
    own = node.layer.sees(*node.given) or ()
    if arriving.dims is not None or None in map(_sum, own):
        return [None] * len(before)
    return [axis and _sum(axis.then(step)) for axis, step in zip(before, layer.sees(*given) or (), strict=True)]


def _sum(axis: Axis) -> Reach | None:
    return axis if isinstance(axis, Reach) and not axis.hull else None


def symbolic_layer(node: Node, spare: bool = False) -> Layer:
    """The layer with its window resolved, and every number that has a letter in formulas traced under that letter."""
    defaults = defaults_of(type(node.layer)) if spare else {}
    explicit = node.layer.explicit(*node.given)
    fields: dict[str, Any] = {}
    for name, term in terms_of(type(node.layer)).items():
        value = explicit.get(name, getattr(node.layer, name))
        letter = symbol(term)
        if spare and getattr(node.layer, name) == defaults[name]:
            continue
        parts = value if isinstance(value, tuple) else (value,)
        if name in NEUTRAL and all(part == NEUTRAL[name] for part in parts):
            continue
        if name in explicit:
            fields[name] = _per_axis(value, letter)
        elif letter and type(value) is int:
            fields[name] = traced(value, letter)
    return replace(node.layer, **fields) if fields else node.layer


def _per_axis(values: tuple[Any, ...], letter: str) -> tuple[Any, ...]:
    """The values of all axes under one letter if they are equal, else under that letter and the axis."""
    if all(value == values[0] for value in values):
        return (_lettered(values[0], letter),) * len(values)
    axes = AXES[len(values)]
    return tuple(_lettered(value, f"{letter}{axis[0]}") for value, axis in zip(values, axes, strict=True))


def _lettered(value: Any, letter: str) -> Any:
    if isinstance(value, tuple):
        before, after = value
        first = _lettered(before, letter)
        return (first, first) if before == after else (first, _lettered(after, f"{letter}′"))
    return traced(value, letter) if isinstance(value, (int, Fraction)) else value


def symbolic_volume(volume: Volume, place: int = 1, spare: bool = False) -> Volume:
    """The volume with its extents traced as H₁, W₁ and D₁; the index counts the inputs."""
    below = "".join(SUBSCRIPTS[int(digit)] for digit in str(place))
    letters = [LETTERS[axis] + below for axis in AXES[volume.rank]]
    sides = tuple(
        side if spare and side == 1 else _lettered(side, letter)
        for side, letter in zip(volume.sides, letters, strict=True)
    )
    return Volume(sides, _lettered(volume.channels, f"D{below}"))


def _names(output: Volume, below: str) -> dict[str, str]:
    """The letters of the output's extents, by the arithmetic behind them."""
    extents = (*zip(AXES[output.rank], output.sides, strict=True), ("channels", output.channels))
    return {symbols(extent): f"{LETTERS.get(axis, 'D')}{below}" for axis, extent in extents if not is_bare(extent)}
