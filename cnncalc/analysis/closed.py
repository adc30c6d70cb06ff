"""Closed forms of whole networks: a spec is read with some of its own numbers left open.

A parameter simply becomes a symbol. A side of the input cannot: floors make what follows piecewise. Sizes that leave
the same remainder as the spec's own side when divided by the network's largest jump behave alike, so over those the
form is a polynomial. It is evaluated there, written in the side itself, and checked against integers at other sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import lcm
from typing import Any

from msgspec.structs import replace

from cnncalc.errors import SpecError, near, short, wrong
from cnncalc.language.document import document
from cnncalc.language.expand import input_of, network_of
from cnncalc.language.load import overrides_of
from cnncalc.language.tree import Datum, Scalar
from cnncalc.network.builder import renumbered
from cnncalc.network.counts import SUMMED
from cnncalc.network.network import Network
from cnncalc.volume import AXES, LETTERS

PARAMETERS = (1, 2, 3, 8, 24)
"""Values of open parameters at which the form is checked against integers."""
CHECKED = (1, 2, 5)
"""How many steps from the spec's own size the form is checked against integers."""


def load_symbolic(spec: Any, names: Sequence[str], set: Mapping[str, Any] | None = None) -> Network:
    """Read a spec with parameters, or sides of its input (H, W; L in 1-D; T for the depth in 3-D), as symbols.

    Raises SpecError if there is no such name, and when no closed form was found.
    """
    from cnncalc.numbers.symbolic import step, symbol

    read = document(spec)
    settings = overrides_of(set)
    for name in names:
        if name not in read.parameters and name not in LETTERS.values():
            allowed = [*read.parameters, *LETTERS.values()]
            way_out = near(name, allowed, listed=False) or "there are " + ", ".join(f"`{other}`" for other in allowed)
            raise wrong(f"there is no parameter and no side called `{short(name)}`", None, way_out)
    parameters = {name: Scalar(symbol(name), None, name) for name in names if name in read.parameters}
    sides = [name for name in names if name not in read.parameters]
    whole = [f"{name} a whole number" for name in parameters]

    def at(**numbers: Datum) -> Network:
        return network_of(read, {**settings, **parameters, **numbers})

    if not sides:
        network = at()
        _hold_parameters(network, list(parameters), at)
        return replace(network, assumptions=(*whole, *network.assumptions))
    plain = network_of(read, settings)
    if len(plain.inputs) != 1 or plain.symbolic:
        raise wrong(
            "--symbol takes a side only for a network with one input and no symbols", None, "name a parameter instead"
        )
    given = next(iter(plain.inputs.values()))
    extents = {LETTERS[axis]: side for axis, side in zip(AXES[given.rank], given.sides, strict=True)}
    for name in sides:
        if name not in extents:
            raise wrong(f"the {given} input has no side {name}", None, "it has " + ", ".join(extents))
    steps = _steps(plain, list(extents), sides)
    source = settings.get("input", read.keys["input"])

    def sized(sizes: Mapping[str, Any]) -> Network:
        return at(input=input_of(source, [*sizes.values(), given.channels]))

    turns = {name: step(f"{name} step") for name in sides}
    network = sized(extents | {name: turns[name] * steps[name] + extents[name] % steps[name] for name in sides})
    back = {turns[name]: (symbol(name) - extents[name] % steps[name]) / steps[name] for name in sides}
    form = _written(network, back)
    if not parameters:
        _hold_sides(form, extents, steps, sized)
    holds = [_sizes(name, extents, steps[name], sized) for name in extents if name in sides]
    others = [text for text in network.assumptions if not any(f"{name} step" in text for name in sides)]
    return replace(form, assumptions=(*holds, *whole, *others))


def _steps(network: Network, letters: Sequence[str], sides: Sequence[str]) -> dict[str, int]:
    """How far each side moves so that every layer keeps its remainder: the least common multiple of all jumps."""
    steps = dict.fromkeys(sides, 1)
    for node in network.layers:
        for name, axis in zip(letters, node.sight.axes, strict=False):  # of a constant as many as it has sides
            if name in steps and isinstance(axis.jump, int):
                steps[name] = lcm(steps[name], axis.jump or 1)
    return steps


def _written(network: Network, back: Mapping[Any, Any]) -> Network:
    """Every volume and count in terms of the sides. Raises SpecError if a floor is left."""
    forms: dict[Any, Any] = {}

    def turned(value: Any) -> Any:
        if not hasattr(value, "free_symbols"):
            return value
        if value not in forms:
            forms[value] = value.subs(back).expand()
        return forms[value]

    form = renumbered(network, turned)
    for node in form.layers:
        for value in (node.macs, node.weights, *node.output):
            if "floor" in str(value) or "ceiling" in str(value):
                raise wrong(
                    f"no closed form: {node.name} rounds in a way that depends on the size",
                    None,
                    "use a volume of symbols for the piecewise form: 'HxWx3: …'",
                )
    return form


def _mismatch(form: Network, values: Mapping[str, int], numbers: Network) -> tuple[str, Any, Any] | None:
    """The first count that the form gets wrong at these values: its name, what the form gives, and what it is."""
    from cnncalc.numbers.symbolic import symbol

    at = {symbol(name): value for name, value in values.items()}
    for metric in SUMMED:
        value, expected = getattr(form.totals, metric), getattr(numbers.totals, metric)
        given = value.subs(at) if hasattr(value, "free_symbols") else value
        if given != expected:
            return metric, given, expected
    return None


def _hold_sides(
    form: Network, extents: Mapping[str, int], steps: Mapping[str, int], sized: Callable[..., Network]
) -> None:
    """Check the form against integers at some sizes. Raises SpecError where they differ."""
    for further in CHECKED:
        sizes = {name: side + further * steps.get(name, 0) for name, side in extents.items()}
        if mismatch := _mismatch(form, sizes, sized(sizes)):
            metric, given, expected = mismatch
            where = "×".join(map(str, sizes.values()))
            raise wrong(f"no closed form of {metric}: at {where} it gives {given} for {expected}")


def _hold_parameters(form: Network, names: Sequence[str], at: Callable[..., Network]) -> None:
    """Check a form over parameters against whole numbers. Raises SpecError where they differ."""
    for value in PARAMETERS:
        try:
            numbers = at(**{name: Scalar(value, None, str(value)) for name in names})
        except SpecError:
            continue  # there is no network there, so the form makes no claim
        if mismatch := _mismatch(form, dict.fromkeys(names, value), numbers):
            raise wrong(f"no closed form of {mismatch[0]}: it does not match the numbers at {names[0]}={value}")


def _sizes(name: str, extents: Mapping[str, int], step: int, sized: Callable[..., Network]) -> str:
    """The sizes of a side that a form holds for: those of its residue, from the smallest that the spec accepts."""
    side = extents[name]
    rest = side % step
    least = side
    for smaller in range(rest or step, side, step):
        with suppress(SpecError):
            sized({**extents, name: smaller})
            least = smaller
            break
    residue = f"any {name}" if step == 1 else f"{name} = {step}*n + {rest}" if rest else f"{name} a multiple of {step}"
    return f"{residue} from {least} on"
