"""A spec read with some of its own numbers left open: closed forms of whole networks.

A parameter becomes a symbol as it is. A side of the input does not: floors make what follows piecewise. The sizes that
leave the same remainder as the spec's own side, divided by the network's largest jump, behave alike, so over those the
form is a polynomial. It is evaluated there, written in the side itself, and held against the integers at other sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import lcm
from typing import Any

from msgspec.structs import replace

from cnncalc.errors import SpecError, near, short, wrong
from cnncalc.language.document import Document, document
from cnncalc.language.expand import network_of
from cnncalc.language.load import overrides_of
from cnncalc.language.tree import Datum, Listing, Scalar, Table
from cnncalc.network.builder import renumbered
from cnncalc.network.counts import SUMMED
from cnncalc.network.graph import strides
from cnncalc.network.network import Network
from cnncalc.volume import AXES, LETTERS, Volume

PARAMETERS = (1, 2, 3, 8, 24)
"""Values of open parameters at which the form is held against the integers."""
CHECKED = (1, 2, 5)
"""How many steps from the spec's own size the form is held against the integers."""


def load_symbolic(spec: Any, names: Sequence[str], set: Mapping[str, Any] | None = None) -> Network:
    """Read a spec with parameters, or sides of its input (H, W; L in 1-D; T for the depth in 3-D), as symbols.

    Raises SpecError if there is no such name, and when no closed form was found.
    """
    from cnncalc.numbers.symbolic import step, symbol

    read = document(spec)
    own = overrides_of(set)
    for name in names:
        if name not in read.parameters and name not in LETTERS.values():
            known = [*read.parameters, *LETTERS.values()]
            way_out = near(name, known, listed=False) or "there are " + ", ".join(f"`{other}`" for other in known)
            raise wrong(f"there is no parameter and no side called `{short(name)}`", None, way_out)
    open_parameters = {name: Scalar(symbol(name), None, name) for name in names if name in read.parameters}
    sides = [name for name in names if name not in read.parameters]
    whole = [f"{name} a whole number" for name in open_parameters]
    if not sides:
        network = network_of(read, {**own, **open_parameters})
        _hold_parameters(network, read, own, list(open_parameters))
        return replace(network, assumptions=(*whole, *network.assumptions))
    plain = network_of(read, own)
    if len(plain.inputs) != 1 or plain.symbolic:
        raise wrong(
            "--symbol takes a side only for a network with one input and no symbols", None, "name a parameter instead"
        )
    given = next(iter(plain.inputs.values()))
    steps = _steps(plain, given, sides)
    turns = {name: step(f"{name} step") for name in sides}
    stepped = tuple(
        turns[name] * steps[name] + side % steps[name] if name in sides else side for name, side in _letters(given)
    )
    source = own.get("input", read.keys["input"])

    def at(*extents: Any) -> Network:
        return network_of(read, {**own, **open_parameters, "input": _input(source, extents)})

    network = at(*stepped, given.channels)
    back = {turns[name]: _back(name, side, steps[name]) for name, side in _letters(given) if name in sides}
    found = _written(network, back)
    if not open_parameters:
        _hold(found, given, {name: steps[name] for name in sides}, at)
    least = _least(at, given, {name: steps[name] for name in sides})
    holds = [_residue(name, side, steps[name], least.get(name)) for name, side in _letters(given) if name in sides]
    return replace(found, assumptions=(*holds, *whole, *_others(network.assumptions, sides)))


def _letters(volume: Volume) -> list[tuple[str, int]]:
    """The letter and the extent of every side."""
    return [(LETTERS[axis], side) for axis, side in zip(AXES[volume.rank], volume.sides, strict=True)]


def _steps(network: Network, given: Volume, sides: Sequence[str]) -> dict[str, int]:
    """By how much each side goes on so that every layer keeps its remainder: the least multiple of all jumps."""
    known = [name for name, _ in _letters(given)]
    for name in sides:
        if name not in known:
            raise wrong(f"the {given} input has no side {name}", None, "it has " + ", ".join(known))
    steps = dict.fromkeys(known, 1)
    for found in strides(network).values():
        for name, stride in zip(known, found or (), strict=False):
            if isinstance(stride, int):
                steps[name] = lcm(steps[name], stride)
    return steps


def _input(source: Datum, extents: Sequence[Any]) -> Datum:
    """Input data of those extents, under the input's own name where it has one."""
    listed = Listing([Scalar(extent, None, str(extent)) for extent in extents], source.place)
    if isinstance(source, Table):
        return Table(dict.fromkeys(source.value, listed), source.place, 1, dict.fromkeys(source.value))
    return listed


def _back(name: str, side: int, every: int) -> Any:
    """How many steps a side is from its remainder."""
    from cnncalc.numbers.symbolic import symbol

    return (symbol(name) - side % every) / every


def _written(network: Network, back: Mapping[Any, Any]) -> Network:
    """Every volume and count in terms of the sides. Raises SpecError if a floor is left."""
    known: dict[Any, Any] = {}

    def turned(value: Any) -> Any:
        if not hasattr(value, "free_symbols"):
            return value
        if value not in known:
            known[value] = value.subs(back).expand()
        return known[value]

    found = renumbered(network, turned)
    for given in found.layers:
        for value in (given.macs, given.weights, *given.output):
            if "floor" in str(value) or "ceiling" in str(value):
                raise wrong(
                    f"no closed form: {given.name} rounds in a way that depends on the size",
                    None,
                    "use a volume of symbols for the piecewise form: 'HxWx3: …'",
                )
    return found


def _hold(found: Network, given: Volume, steps: Mapping[str, int], at: Callable[..., Network]) -> None:
    """Hold the form against the integers at some sizes. Raises SpecError if it does not give the same."""
    from cnncalc.numbers.symbolic import symbol

    for further in CHECKED:
        sides = {name: side + further * steps.get(name, 0) for name, side in _letters(given)}
        values = {symbol(name): side for name, side in sides.items()}
        real = at(*sides.values(), given.channels).totals
        for metric in SUMMED:
            form = getattr(found.totals, metric)
            value = form.subs(values) if hasattr(form, "free_symbols") else form
            if value != getattr(real, metric):
                where = "×".join(map(str, sides.values()))
                raise wrong(f"no closed form of {metric}: at {where} it gives {value} for {getattr(real, metric)}")


def _hold_parameters(found: Network, read: Document, own: Mapping[str, Datum], names: Sequence[str]) -> None:
    """Hold a form over parameters against whole numbers. Raises SpecError if it does not give the same."""
    from cnncalc.numbers.symbolic import symbol

    for value in PARAMETERS:
        try:
            real = network_of(read, {**own, **{name: Scalar(value, None, str(value)) for name in names}}).totals
        except SpecError:
            continue  # the spec has no network there, and the form says nothing of it
        values = {symbol(name): value for name in names}
        for metric in SUMMED:
            form = getattr(found.totals, metric)
            if (form.subs(values) if hasattr(form, "free_symbols") else form) != getattr(real, metric):
                raise wrong(f"no closed form of {metric}: it does not match the numbers at {names[0]}={value}")


def _least(at: Callable[..., Network], given: Volume, steps: Mapping[str, int]) -> dict[str, int]:
    """The least size of each side, the others as they are, that the spec takes in the form's residue."""
    found = {}
    for name, step in steps.items():
        sides = dict(_letters(given))
        side = sides[name] % step or step
        while side < sides[name] and not _takes(at, {**sides, name: side}, given.channels):
            side += step
        found[name] = side
    return found


def _takes(at: Callable[..., Network], sides: Mapping[str, int], channels: Any) -> bool:
    try:
        at(*sides.values(), channels)
    except SpecError:
        return False
    return True


def _residue(name: str, side: int, step: int, least: int | None) -> str:
    """For which sizes a form holds, from the least on."""
    start = "" if least is None else f" from {least} on"
    if step == 1:
        return f"any {name}{start}"
    return f"{name} a multiple of {step}{start}" if side % step == 0 else f"{name} = {step}*n + {side % step}{start}"


def _others(assumptions: Sequence[str], sides: Sequence[str]) -> list[str]:
    """What was assumed of other symbols than the steps of the sides."""
    return [text for text in assumptions if not any(f"{name} step" in text for name in sides)]
