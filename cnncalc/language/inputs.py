"""What stands before the layers: parameters, symbols, and the volumes that go in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cnncalc.errors import Problems, TooManyError, near, short
from cnncalc.language.document import Document
from cnncalc.language.expressions import FUNCTIONS, LONGEST, UNKNOWN, ExpressionError, UnknownError
from cnncalc.language.fields import named_or_evaluated, readings, settled, value_of
from cnncalc.language.notation import NAME, word
from cnncalc.language.tree import Datum, Listing, Table
from cnncalc.layers import registry, type_names
from cnncalc.volume import MOST, Volume, divided, known

_NAMES = re.compile(r"(?<![\w.])[A-Za-z_]\w*", re.ASCII)
"""The names in an expression: no attributes, and no `x` of a size."""
_SEVERAL = re.compile(r"\s*[\d.]+\s*(,\s*[\d.]+\s*)+", re.ASCII)
VOLUME_HELP = f"a volume is written 224x224x3, channels last; every extent is a whole number from 1 to {MOST:,}"


def inputs(
    document: Document, overrides: Mapping[str, Datum], lexicon: Collection[str], problems: Problems
) -> tuple[dict[str, Any], dict[str, Volume]]:
    """The values of all parameters and symbols, and the input volumes. Raises TooManyError without a volume.

    A name in a volume that is not a parameter is a symbol. In the one-line form, which has no parameters, so is every
    other name; `overrides` give parameters, symbols, and the input itself other values.
    """
    data = given(document, overrides)
    parameters = document.parameters
    symbols = {name for datum in data.values() for name in _names_in(datum)}
    if document.inline:
        symbols |= _free_names(document.keys["layers"], lexicon)
    symbols -= set(parameters)
    for name in overrides:
        if name not in parameters and name not in symbols and name != "input":
            settable = [*parameters, *sorted(symbols), "input"]
            listed = "there are " + ", ".join(f"`{other}`" for other in settable)
            way_out = near(name, settable, listed=False) or (listed if settable[1:] else "it has only its `input`")
            problems.report(f"there is no parameter `{short(name)}` to set", None, way_out)
    left_open = {name: _symbol(name) for name in sorted(symbols) if name not in overrides}
    names: dict[str, Any] = {"true": True, "false": False, **left_open}
    values = {name: overrides[name] for name in sorted(symbols) if name in overrides}
    for name, datum in overrides.items():
        default = parameters.get(name, datum).value
        if isinstance(datum.value, str) and _SEVERAL.fullmatch(datum.value) and not isinstance(default, (str, list)):
            twice = " ".join(f"--set {name}={part.strip()}" for part in datum.value.split(","))
            way_out = f"give it several times, in `compare`: {twice}; a list is written [{datum.value}]"
            message = f"`{short(name)}` is one value, and `{short(datum.value)}` several"
            raise problems.fatal(message, datum.place, way_out)
    given_parameters = {name: overrides.get(name, datum) for name, datum in parameters.items()}
    _settle({**values, **given_parameters}, names, lexicon, problems)
    if not data:
        raise problems.fatal("the spec names no input", document.keys["input"].place, "add `input: 224x224x3`")
    volumes = {name: _volume(name, datum, names, problems) for name, datum in data.items()}
    sound = {name: volume for name, volume in volumes.items() if volume is not None}
    if len(sound) < len(volumes):
        raise TooManyError
    for name, volume in sound.items():
        meant = _meant(volume, symbols)
        if meant:
            problems.warn(f"{volume} is read as {meant}", data[name].place, None, name)
    return names, sound


def included(
    document: Document, set: Mapping[str, Any], volumes: Sequence[Volume], lexicon: Collection[str], problems: Problems
) -> dict[str, Any]:
    """The names that expressions of a spec see that is included: parameters, and symbols of inputs as they arrive."""
    names: dict[str, Any] = {"true": True, "false": False}
    for datum, volume in zip(given(document).values(), volumes, strict=True):
        parts = divided(datum.value) if isinstance(datum.value, str) else [part.value for part in datum.parts]
        if len(parts) == volume.rank + 1:
            names |= {part: extent for part, extent in zip(parts, volume, strict=True) if part in _names_in(datum)}
    names |= set
    data = {name: datum for name, datum in document.parameters.items() if name not in set}
    _settle(data, names, lexicon, problems)
    return names


def given(document: Document, overrides: Mapping[str, Datum] = {}) -> Mapping[str, Datum]:
    """The data of the inputs, by name."""
    datum = overrides.get("input", document.keys["input"])
    return datum.value if isinstance(datum, Table) else {"input": datum}


def _settle(data: Mapping[str, Datum], names: dict[str, Any], lexicon: Collection[str], problems: Problems) -> None:
    """Work out parameters, each after those that it mentions; `names` takes their values."""
    waiting = dict(data)
    while waiting:
        ready = [name for name, datum in waiting.items() if not (_mentioned(datum) & set(waiting))]
        if not ready:
            datum = next(iter(waiting.values()))
            message = f"parameters depend on each other in a cycle: {', '.join(sorted(waiting))}"
            problems.report(message, datum.place, "give one of them a number; to leave it open, use --symbol")
            names.update(dict.fromkeys(waiting, UNKNOWN))
            return
        for name in ready:
            names[name] = _parameter(name, waiting.pop(name), names, lexicon, problems)


def _mentioned(datum: Datum) -> set[str]:
    """The names that the data of a parameter mentions."""
    if isinstance(datum, Listing):
        return {name for item in datum.value for name in _mentioned(item)}
    return set(NAME.findall(datum.value)) if isinstance(datum.value, str) and len(datum.value) <= LONGEST else set()


def _parameter(name: str, datum: Datum, names: Mapping[str, Any], lexicon: Collection[str], problems: Problems) -> Any:
    """A parameter's value; a word that means nothing else is a symbol, and if it is long perhaps a slip."""
    if isinstance(datum, Table):
        problems.report(f"parameter {short(name)} is a mapping", datum.place, "give a number, a word, or a list")
        return UNKNOWN
    text = datum.value
    if isinstance(text, str) and NAME.fullmatch(text) and text not in names:
        if text in lexicon or text.lower() in _vocabulary():
            return text
        if len(text.rstrip("0123456789")) > 1:
            way_out = f"to leave {name} open write --symbol {name}"
            problems.warn(f"`{short(text)}` is nothing in scope, and read as a symbol", datum.place, way_out, name)
        return _symbol(text)
    return settled(datum, names, name, problems)


def _volume(name: str, datum: Datum, names: Mapping[str, Any], problems: Problems) -> Volume | None:
    """An input volume: ``224x224x3``, a list, or either with names in it; None after its problem has been reported."""
    if not NAME.fullmatch(name):
        problems.report(f"an input cannot be called `{short(name)}`", datum.place, "letters, digits and _")
        return None
    try:
        parts = divided(datum.value) if isinstance(datum.value, str) and datum.value not in names else []
        if len(parts) > 1:
            extents = tuple(
                int(part) if part.isdigit() and len(part) < 30 else named_or_evaluated(part, names) for part in parts
            )
        else:
            value = value_of(datum, names)
            extents = value if isinstance(value, tuple) else (value,)
    except ExpressionError as error:
        problems.report(f"input: {error.message}", datum.place, "a volume is written 224x224x3, channels last")
        return None
    except UnknownError:
        return None
    for extent in extents:
        whole = isinstance(extent, int) and not isinstance(extent, bool)
        if not (whole and 1 <= extent <= MOST) and not hasattr(extent, "free_symbols"):
            problems.report(f"input: {short(extent)} is not an extent of a volume", datum.place, VOLUME_HELP)
            return None
    if not 1 <= len(extents) <= 4:
        message = f"input: a volume of {len(extents)} extents"
        problems.report(message, datum.place, "up to three sides, and the channels last")
        return None
    return Volume(extents[:-1], extents[-1])


def _meant(volume: Volume, symbols: Collection[str]) -> str:
    """As what a volume is read that was probably meant as another, and as which; '' where it is what it seems."""
    first, *others = volume
    plain = all(map(known, others))
    place = f"{'×'.join(map(str, volume.sides))} positions of {volume.channels} channels"
    if len(others) == 1 and plain and first == others[0] >= 8:
        return f"one-dimensional: {place}; channels come last: {first}x{first}x1?"
    if len(others) == 2 and plain and first in (3, 4) and min(others) >= 16:
        return f"two-dimensional: {place}; channels come last: {others[0]}x{others[1]}x{first}?"
    batched = first == 1 or (plain and str(first) in symbols)
    if len(others) == 3 and batched and known(volume.channels) and volume.channels <= 4:
        meant = "x".join(map(str, others))
        return f"three-dimensional: {place}; leave the batch out: {meant}, with --batch?"
    return ""


def _symbol(name: str) -> Any:
    from cnncalc.numbers.symbolic import symbol

    return symbol(name)


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """Every word that some field takes, and every type: a parameter of that value is the word, not a symbol."""
    words = [reading.words for layer in registry().values() for reading in readings(layer).values()]
    return frozenset({"none", *type_names()}).union(*words)


def _names_in(datum: Datum) -> list[str]:
    """The names that an input volume mentions."""
    if isinstance(datum, Listing):
        return [name for item in datum.value for name in _mentioned(item) if name not in FUNCTIONS]
    return [part for part in divided(datum.value) if NAME.fullmatch(part)] if isinstance(datum.value, str) else []


def _free_names(datum: Datum, lexicon: Collection[str]) -> set[str]:
    """The names in the words of a one-line spec."""
    if isinstance(datum, Listing):
        return {name for item in datum.value for name in _free_names(item, lexicon)}
    if isinstance(datum, Table):
        return _free_names(datum.value["layers"], lexicon)
    parts = word(str(datum.value), lexicon)
    texts = [text for text in (parts.main, parts.stride) if text] if parts else []
    names = {name for text in texts for name in _NAMES.findall(text)}
    return names and names - {*_vocabulary(), *FUNCTIONS, "input", "if", "else", "and", "or", "not", "true", "false"}
