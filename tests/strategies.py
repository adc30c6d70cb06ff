"""Layers, and volumes that fit them, drawn from the fields' own terms and bounds.

Nothing here names a layer type: one that is registered tomorrow is drawn by what its fields say of themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, product
from random import Random
from typing import Any, NamedTuple

import msgspec
from hypothesis import assume, settings
from hypothesis import strategies as st
from msgspec import inspect

from cnncalc.layers import Layer, terms_of
from cnncalc.network.counts import Counts
from cnncalc.terms import Amount, takes
from cnncalc.volume import Volume, point
from cnncalc.window import LayerError

SPREAD = 5  # a number is drawn from its lower bound up to this much more
ATTEMPTS = 30  # how many layers are drawn to find one that fits some volume
MOST_FITS = 16  # how many volumes that fit are enough to draw from
NAMES = ("left", "right", "third")  # the inputs of a layer that merges


def examples(many: int) -> int:
    """How many examples a test draws that draws so many where it is thorough: by default, half of them."""
    return many * settings().max_examples // settings.get_profile("thorough").max_examples


UNSAID = object()  # a field that a spec leaves at its default


class Case(NamedTuple):
    """A layer, volumes that it takes, and other volumes that it takes too."""

    layer: Layer
    volumes: tuple[Volume, ...]
    others: list[tuple[Volume, ...]]


def field_data(term: Any, rank: int) -> st.SearchStrategy[Any]:
    """What a spec may say for a field of this term, for a volume of `rank` sides."""
    info = inspect.type_info(term)
    if isinstance(info, inspect.Metadata) and isinstance(info.type, inspect.StrType):
        return st.sampled_from(["lstm", "two words"])
    return _data(info, rank)


def _data(kind: Any, rank: int) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.Metadata(type=inner):
            return _data(inner, rank)
        case inspect.UnionType(types=parts):
            return st.one_of(*(data for part in parts if not (data := _data(part, rank)).is_empty))
        case inspect.LiteralType(values=words):
            return st.sampled_from(sorted(words))
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.IntType(ge=low, le=high):
            low = 0 if low is None else low
            return st.integers(low, low + SPREAD if high is None else min(high, low + SPREAD))
        case inspect.FloatType():
            return st.sampled_from([number for number in (0.0, 0.25, 0.5, 1.0, 2.0) if _within(number, kind)])
        case inspect.StrType():
            return st.nothing()  # the name of a layer, which is drawn with the layer
        case inspect.VarTupleType():
            return _sequence(kind, rank)
        case _:
            raise NotImplementedError(f"no way to draw a {kind}: add one, for fields of this kind are new")


def _within(number: float, kind: inspect.FloatType) -> bool:
    return (
        (kind.ge is None or number >= kind.ge)
        and (kind.gt is None or number > kind.gt)
        and (kind.le is None or number <= kind.le)
        and (kind.lt is None or number < kind.lt)
    )


def _sequence(kind: inspect.VarTupleType, rank: int) -> st.SearchStrategy[Any]:
    """Mostly one item per axis, or per axis and channels; as many as bounds say; a list of lists is a table."""
    items = _data(kind.item_type, rank)
    if items.is_empty:
        return st.nothing()
    if _is_list_of_places(kind) and isinstance(kind.item_type, inspect.VarTupleType):
        rows = st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True)
        return st.lists(rows, min_size=1, max_size=3)
    least, most = kind.min_length or 1, kind.max_length or 4
    lengths = st.sampled_from([min(max(length, least), most) for length in (rank, rank, rank + 1)])
    lists = lengths.flatmap(lambda length: st.lists(items, min_size=length, max_size=length))
    orders = lengths.flatmap(lambda length: st.permutations(range(length)))
    return st.one_of(lists, orders) if _is_list_of_places(kind) else lists


def holds_places(term: Any) -> bool:
    """Are the numbers of this term places, counted from 0 (a table of maps, an order of axes), and no amounts?"""
    return _is_list_of_places(inspect.type_info(term))


def _is_list_of_places(kind: Any) -> bool:
    match kind:
        case inspect.Metadata(type=inner):
            return _is_list_of_places(inner)
        case inspect.UnionType(types=parts):
            return any(_is_list_of_places(part) for part in parts)
        case inspect.VarTupleType(item_type=item, max_length=None):
            return (isinstance(item, inspect.IntType) and not item.ge) or isinstance(item, inspect.VarTupleType)
        case _:
            return False


@cache
def fields_data(kind: type[Layer], rank: int) -> dict[str, st.SearchStrategy[Any]]:
    """What a spec may say for each field of a layer type, for a volume of `rank` sides; not the names of layers."""
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    if kind.as_given:  # what is not given has no number: test_other.py
        return {
            name: field_data(Amount if takes(term, type(None)) else term, rank) for name, term in terms_of(kind).items()
        }
    found = {name: field_data(term, rank) for name, term in terms_of(kind).items()}
    return {
        name: data if name in required else st.one_of(st.just(UNSAID), data)
        for name, data in found.items()
        if not data.is_empty
    }


@st.composite
def layers(draw: st.DrawFn, kind: type[Layer], rank: int) -> Layer:
    """A layer of that type: every field that must be given, and some of the others."""
    given = {name: draw(data) for name, data in fields_data(kind, rank).items()}
    return msgspec.convert({name: value for name, value in given.items() if value is not UNSAID}, kind)


@st.composite
def cases(draw: st.DrawFn, kind: type[Layer]) -> Case:
    """A layer of that type on volumes that fit it."""
    for _ in range(ATTEMPTS):
        rank = draw(st.integers(1, 3))
        layer = draw(layers(kind, rank))
        fits = fitting(layer, rank)
        if fits:
            volumes = draw(st.sampled_from(fits))
            alike = [others for others in fits if len(others) == len(volumes)]
            return Case(layer, volumes, draw(st.lists(st.sampled_from(alike), min_size=1, max_size=4)))
    assume(False)
    raise AssertionError


@lru_cache(maxsize=4096)
def fitting(layer: Layer, rank: int) -> list[tuple[Volume, ...]]:
    """Some volumes of that rank that the layer takes, the smallest first; none where none was found."""
    tries = list(_candidates(layer, rank))
    Random(rank).shuffle(tries)
    found = islice((volumes for volumes in tries if fit(layer, volumes)), MOST_FITS)
    return sorted(found, key=lambda volumes: [volume.values for volume in volumes])


def fit(layer: Layer, volumes: tuple[Volume, ...]) -> bool:
    """Does the layer take these?"""
    try:
        counts = Counts.of(layer, *volumes)
    except LayerError:
        return False
    return min(counts.output) > 0


def numbers_in(value: Any) -> Iterator[int]:
    """The whole numbers in a value, however deep."""
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from numbers_in(part)
    elif type(value) is int:
        yield value


def _candidates(layer: Layer, rank: int) -> Iterator[tuple[Volume, ...]]:
    """Volumes worth a try: small ones, and ones that the numbers in the layer's fields divide or add up to."""
    if layer.starts:
        yield ()
        return
    own = [number for name in layer.__struct_fields__ for number in numbers_in(getattr(layer, name)) if number]
    common = math.lcm(*own) if own else 1
    sides = sorted({1, 2, 3, 5, 8, *(n for n in own if n < 10), *(2 * n for n in own if n < 8)})
    channels = sorted({1, 2, 4, 6, *own, *(n**rank for n in own), *([common] if common <= 120 else [])})
    for side, depth in product(sides, channels):
        shapes = {(side,) * rank, tuple(side + step % 2 for step in range(rank))}
        for shape in sorted(shapes):
            yield from _several(Volume(shape, depth)) if layer.merges else [(Volume(shape, depth),)]
    if own and not layer.merges and math.prod(own) <= 4000:
        yield (point(rank, math.prod(own)),)
        if len(own) == rank + 1:
            yield (Volume(tuple(own[:-1]), own[-1]),)
            yield (Volume(tuple(own[1:]), own[0]),)


def _several(first: Volume) -> Iterator[tuple[Volume, ...]]:
    """The volume, and one or two others that have something in common with it."""
    relatives = [first, first.deep(3), first.deep(1), point(first.rank, first.channels)]
    if first.rank == 1:
        relatives.append(Volume((first.channels,), 3))
    for other in relatives:
        yield first, other
        yield other, first, first


def volumes_of_any_kind() -> st.SearchStrategy[Volume]:
    """Volumes of up to three sides, fitting or not."""
    return st.builds(
        lambda sides, channels: Volume(tuple(sides), channels),
        st.lists(st.integers(1, 9), max_size=3),
        st.integers(1, 12),
    )


def item_of(layer: Layer) -> dict[str, Any]:
    """The layer as an item of a spec: its main argument under its type, the fields that are not at their default."""
    own: dict[str, Any] = {layer.type_name(): None}
    for field in msgspec.structs.fields(type(layer)):
        value = getattr(layer, field.name)
        if field.encode_name == layer.main:
            own[layer.type_name()] = as_data(value)
        elif field.required or value != field.default:
            own[field.encode_name] = as_data(value)
    return own


def spec_of(layer: Layer, volumes: tuple[Volume, ...]) -> dict[str, Any]:
    """A spec of that layer alone."""
    item = item_of(layer)
    if layer.merges:
        names = NAMES[: len(volumes)]
        item[layer.type_name()] = list(names)
        return {"input": {name: list(volume) for name, volume in zip(names, volumes, strict=True)}, "layers": [item]}
    return {"input": list(volumes[0]) if volumes else [4, 4, 2], "layers": [item]}


def as_data(value: Any) -> Any:
    """A value as YAML and JSON have it: lists, no tuples."""
    return [as_data(part) for part in value] if isinstance(value, tuple) else value
