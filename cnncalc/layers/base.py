"""What a layer is: fields that are the keys of the spec, and formulas over the volumes that arrive."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, get_type_hints

from msgspec import Struct
from msgspec.structs import astuple, replace
from msgspec.structs import fields as struct_fields

from cnncalc.axes import View
from cnncalc.dims import Number, certainly
from cnncalc.layers.operations import FLOPS, Operations, weighed
from cnncalc.reach import SELF, Own
from cnncalc.terms import symbol
from cnncalc.volume import Volume
from cnncalc.window import LayerError, Window, per_axis


class Layer(Struct, frozen=True, forbid_unknown_fields=True):
    """One layer. A class of its own says the type (`tag`), the fields, and the formulas that are not zero.

    Formulas take the volumes that arrive, in order; most layers take one. They are written with ``+ - * //`` and the
    verbs of :mod:`cnncalc.dims`, and so run on every kind of number. They raise :class:`LayerError` where the layer is
    impossible.
    """

    main: ClassVar[str] = ""
    """The field that the layer's own key sets: ``{conv: 96}`` is ``filters``. Empty where it sets none."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names of the type."""
    plural: ClassVar[str] = ""
    """What several of them are called, if not "TYPE layers"."""
    merges: ClassVar[bool] = False
    """Does it take several inputs?"""
    in_place: ClassVar[bool] = False
    """Does it overwrite its input, or only view it differently? Then its output takes no further memory."""
    linear: ClassVar[bool] = False
    """Once trained, does it only weigh, add up, shift and move values, without making one channel of several?

    A matrix over the channels before it and one after it are then one matrix.
    """
    multiplies: ClassVar[bool] = False
    """Does it multiply its inputs with one another?"""
    regroups: ClassVar[bool] = False
    """Are the values of its output those of its input, in other dimensions?"""
    lays_beside: ClassVar[bool] = False
    """Does it put its inputs beside one another along the channels, and compute nothing?"""
    starts: ClassVar[bool] = False
    """Does it take no input, so that its volume is there by itself?"""
    as_given: ClassVar[bool] = False
    """Are its counts those that the spec says (None where it does not), and is it unknown what it sees?"""
    kernels: ClassVar[int] = 0
    """How many of its inputs, the first ones, are filters: every output value sees all of them."""
    spreads: ClassVar[bool] = False
    """Does its window spread one value of the input over the output, and not gather values of the input?"""

    def output(self, *inputs: Any, **named: Any) -> Volume:
        """The volume that comes out: the one that arrives, if nothing else is said."""
        volume: Volume = inputs[0]
        return volume

    def weights(self, *inputs: Any, **named: Any) -> Number:
        """Trainable weights: kernels, matrices, and the scales of normalisation."""
        return 0

    def biases(self, *inputs: Any, **named: Any) -> Number:
        """Trainable biases, and the shifts of normalisation."""
        return 0

    def buffers(self, *inputs: Any, **named: Any) -> Number:
        """Values stored and not trained."""
        return 0

    def macs(self, *inputs: Any, **named: Any) -> Number:
        """Multiply-adds per image of convolutions, dense layers and matrix products."""
        return 0

    def operations(self, *inputs: Any, **named: Any) -> tuple[Operations, ...]:
        """Which operations there are per image beside the multiply-adds, in the order in which they are done."""
        return ()

    def flops(self, macs: Number, *inputs: Any, **named: Any) -> Number:
        """Operations per image: two a multiply-add, and those beside them."""
        return 2 * macs + weighed(self.operations(*inputs), FLOPS)

    def activations(self, *inputs: Any, **named: Any) -> Number:
        """Values per image that the output adds to memory."""
        return 0 if self.in_place else self.output(*inputs).values

    def sees(self, *inputs: Any, **named: Any) -> tuple[Own, ...] | None:
        """What the output values see of the input, per axis; None where each sees everything."""
        volume: Volume = inputs[0]
        return (SELF,) * volume.rank

    def along_channels(self, *inputs: Any, **named: Any) -> Own | None:
        """What an output channel sees of the input's channels, each by itself; None where it sees several of them."""
        return SELF

    def regrouped(self, dims: View, *inputs: Any, **named: Any) -> View | None:
        """What the dimensions of the output are made of, where it `regroups`; None where axes are cut in pieces."""
        return dims

    def windows(self, *inputs: Any, **named: Any) -> tuple[Window, ...]:
        """The resolved window of every axis, for layers that slide one."""
        return ()

    def explicit(self, *inputs: Volume) -> dict[str, Any]:
        """The fields of the window with words made numbers and scalars one per axis, under their own names."""
        windows = self.windows(*inputs)
        fields: dict[str, Any] = {
            "kernel" if hasattr(self, "kernel") else self.main: tuple(window.extent for window in windows),
            "stride": tuple(window.stride for window in windows),
            "padding": tuple((window.before, window.after) for window in windows),
            "dilation": tuple(window.dilation for window in windows),
        }
        return {name: value for name, value in fields.items() if hasattr(self, name)} if windows else {}

    def sized(self, volumes: Mapping[str, Volume]) -> Layer:
        """The layer with the sides of the volume that it is `like`, where it is like one."""
        like = getattr(self, "like", None)
        return self if like is None else replace(self, size=volumes[like].sides)

    def widened(self, factor: int) -> Layer:
        """The layer with its output that many times as deep, if it sets its own depth."""
        terms = terms_of(type(self))
        deeper = {name: getattr(self, name) * factor for name, term in terms.items() if symbol(term) == "K"}
        return replace(self, **deeper) if deeper else self

    def own_depth(self) -> Number | None:
        """The depth of its output, if it sets that itself."""
        terms = terms_of(type(self))
        return next((getattr(self, name) for name, term in terms.items() if symbol(term) == "K"), None)

    def nonlinear(self) -> bool:
        """Does it apply an activation function?"""
        return False

    def probabilities(self) -> bool:
        """Does it make probabilities of its channels, by a softmax?"""
        return False

    def centres(self, *inputs: Any, **named: Any) -> bool:
        """Does it subtract from every channel the channel's own mean? A constant added before it is then gone."""
        return False

    def lines_up(self) -> bool:
        """Does it put the positions of its inputs one behind the other?"""
        return False

    def maps_seen(self, *inputs: Any, **named: Any) -> Number:
        """For how many channels of the input each filter has a kernel of its own; 0 where there are no filters."""
        return 0

    def matrix(self, *inputs: Any, **named: Any) -> tuple[Number, Number] | None:
        """How many values go into its matrix and come out, at every position or at once; None where it has none."""
        return None

    def warnings(self, *inputs: Any, **named: Any) -> list[str]:
        """What is legal but suspicious."""
        return []

    def remark(self) -> str:
        """What to know about its counts beside the numbers; '' for nothing."""
        return ""

    def resolved(self, *inputs: Volume) -> dict[str, Any]:
        """The layer's fields with scalars made pairs and words made numbers; those at their default are left out."""
        defaults = defaults_of(type(self))
        fields = {name: value for name, value in values_of(self).items() if value != defaults[name]}
        windows = self.windows(*inputs)
        if windows:
            extent = "kernel" if hasattr(self, "kernel") else self.main
            fields[extent] = [window.extent for window in windows]
            fields["stride"] = [window.stride for window in windows]
            fields["padding"] = [[window.before, window.after] for window in windows]
            if hasattr(self, "dilation"):
                fields["dilation"] = [window.dilation for window in windows]
            if hasattr(self, "groups"):
                fields["groups"] = self.groups
        return fields

    @classmethod
    def type_name(cls) -> str:
        """The name of the type in specs and results."""
        return str(cls.__struct_config__.tag)


@cache
def defaults_of(layer: type[Layer]) -> dict[str, Any]:
    """The fields of a layer type and their defaults, NODEFAULT where one is required."""
    return {field.encode_name: field.default for field in struct_fields(layer)}


@cache
def terms_of(layer: type[Struct]) -> dict[str, Any]:
    """The fields of a layer type, or of a shape, and their terms, in order."""
    hints = get_type_hints(layer, include_extras=True)
    return {field.encode_name: hints[field.name] for field in struct_fields(layer)}


def values_of(layer: Layer) -> dict[str, Any]:
    """The values of a layer's fields under the keys of a spec, which are not always the names of its attributes."""
    return dict(zip(defaults_of(type(layer)), astuple(layer), strict=True))


def missed_warning(windows: tuple[Window, ...], volume: Volume, rounding: str) -> list[str]:
    """The one warning of a layer whose floor leaves values of its input that no window sees."""
    if rounding != "floor":
        return []
    lost = []
    for window, side in zip(windows, volume.sides, strict=True):
        missed = window.missed(side)
        if isinstance(missed, int) and missed:
            place = f"the last {missed} of {side} positions are" if missed > 1 else f"the last of {side} positions is"
            text = f"{window.fraction(side)}, rounded down to {window.positions(side)}: {place} ignored"
            if text not in lost:
                lost.append(text)
    return ["; ".join(lost)] if lost else []


def trained(count: Number | str, volume: Volume, field: str) -> Number:
    """How many trained numbers: one a channel, one a value, or one for each of so many equal groups of channels."""
    if isinstance(count, str):
        return volume.values if count == "value" else volume.channels
    divides(count, volume.channels, f"{{divisor}} {field} do not divide {{value}} channels", field)
    return count


def divides(divisor: Number, value: Number, message: str, field: str) -> None:
    """Raise LayerError with the nearest divisors of `value` unless `divisor` is one, as far as both are known.

    `message` has {divisor} and {value} in place of the two, so that it is only formatted when needed.
    """
    if not certainly(value % divisor > 0):
        return
    text = message.format(divisor=divisor, value=value)
    if not isinstance(value, int) or not isinstance(divisor, int):
        raise LayerError(text, None, field)
    near = sorted((d for d in range(1, min(value, 4096) + 1) if value % d == 0), key=lambda d: abs(d - divisor))[:3]
    raise LayerError(text, f"{field} can be {', '.join(str(d) for d in sorted(near))}, …", field)


def target(layer: Any, volume: Volume, field: str, more: str = "") -> tuple[Number, ...] | None:
    """The sides that a layer is to come to, where `size` or `like` says them in place of the field.

    Raises LayerError where both are given, and where neither is and the field has no default.
    """
    kind: type[Layer] = type(layer)
    main, name = getattr(layer, field), kind.type_name()
    if layer.size is None and main is None and not getattr(layer, "channels", 0):
        way_out = f"write `{name}: …`, or `size: 65x65`, `like: LAYER`{more} beside it"
        raise LayerError(f"{name} needs its {field}", way_out)
    if layer.size is None:
        return None
    if main != defaults_of(kind)[field]:
        message = f"`{field}` and `{'like' if layer.like else 'size'}` both say how large the output is"
        raise LayerError(message, "drop one of the two", field)
    return per_axis(layer.size, volume.rank, "size")
