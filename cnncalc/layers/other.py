"""Other: dropout, attention, volumes that are there, and what this calculator does not have."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeAlias

from msgspec import Meta

from cnncalc.dims import Number, together
from cnncalc.layers.base import Layer, divides, values_of
from cnncalc.layers.operations import Operations
from cnncalc.reach import Own
from cnncalc.terms import Amount, Bias, Extent
from cnncalc.volume import Volume
from cnncalc.window import LayerError

Extents: TypeAlias = Extent | Annotated[tuple[Extent, ...], Meta(min_length=1, max_length=4)]


class Dropout(Layer, tag="dropout", frozen=True):
    """Values set to zero at random while training; in place, and nothing at all afterwards.

    Source: Srivastava et al. 2014.
    """

    main: ClassVar[str] = "rate"
    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    rate: Annotated[float, Meta(ge=0, lt=1, description="The share of values that is dropped.")] = 0.5


class Attention(Layer, tag="attention", frozen=True):
    """Multi-head self-attention over a length × channels volume; the volume stays.

    Weights 4·D² (query, key, value and output projections), biases 4·D. Multiply-adds 4·D² per position and 2·L²·D for
    the two products. Operations beside them: the biases, and a softmax over heads·L² scores.
    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.

    >>> Attention(heads=2).macs(Volume.of("10x8")) == 10 * 4 * 8 * 8 + 2 * 10 * 10 * 8
    True
    """

    main: ClassVar[str] = "heads"

    heads: Annotated[Extent, Meta(description="How many heads the channels are split into.")]
    bias: Bias = True

    def output(self, volume: Volume) -> Volume:
        self._length(volume)
        divides(self.heads, volume.channels, "{divisor} heads do not divide {value} channels", "heads")
        return volume

    def weights(self, volume: Volume) -> Number:
        return 4 * together(volume.channels * volume.channels)

    def biases(self, volume: Volume) -> Number:
        return 4 * volume.channels if self.bias else 0

    def macs(self, volume: Volume) -> Number:
        length = self._length(volume)
        return length * together(self.weights(volume)) + 2 * (length * length * volume.channels)

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        length = self._length(volume)
        rows = self.heads * length
        scores = Operations("scores", self.type_name(), rows * length, rows)
        return (scores, Operations("bias", self.type_name(), 4 * volume.values)) if self.bias else (scores,)

    def sees(self, volume: Volume) -> tuple[Own, ...] | None:
        return None

    def _length(self, volume: Volume) -> Number:
        if volume.rank != 1:
            message = f"attention runs over length × channels, and its input is {volume}"
            raise LayerError(message, "bring it into that form with `reshape: [length, channels]`")
        return volume.sides[0]


class Constant(Layer, tag="constant", frozen=True):
    """A volume that is there by itself and takes nothing, such as codes of positions that `add` puts onto another.

    H×W×D, or fewer sides, channels last. No parameters; where it is `trained` its values are weights, and buffers where
    it is `frozen`. It is stored once and not computed per image: no operations, no activations. It sees nothing of the
    input, and adds nothing to what a layer that joins it with others sees.
    Source: Dosovitskiy et al. 2021, arXiv:2010.11929, section 3.1.

    >>> Constant((14, 14, 64), trained=True).weights() == 14 * 14 * 64
    True
    """

    main: ClassVar[str] = "volume"
    plural: ClassVar[str] = "constants"
    starts: ClassVar[bool] = True

    volume: Annotated[Extents, Meta(description="The volume, channels last.", examples=["14x14x64"])]
    trained: Annotated[bool, Meta(description="Whether its values are trained.")] = False

    def output(self) -> Volume:
        return _volume(self.volume)

    def weights(self) -> Number:
        return self.output().values if self.trained else 0

    def activations(self) -> Number:
        return 0

    def sees(self) -> tuple[Own, ...]:
        return ()


Given: TypeAlias = Amount | None


class Other(
    Layer,
    tag="other",
    frozen=True,
    rename={"volume": "output"} | {f"given_{name}": name for name in ("weights", "biases", "buffers", "macs", "flops")},
):
    """A layer that is none of these types: the volume that comes out, and counts as the spec gives them.

    What is not given is unknown, and never 0: in its place stands a name with a question mark, such as `lstm1.macs?`,
    also in sums. So it is with `flops` where only `macs` are given, and unknown is what it sees. Its activations are
    the values of its output. It takes one input of any volume.

    >>> lstm = Other("lstm", (1, 1, 128), given_weights=1_114_112)
    >>> lstm.weights(Volume.of("1x16x960")), lstm.macs(Volume.of("1x16x960"))
    (1114112, None)
    """

    main: ClassVar[str] = "what"
    plural: ClassVar[str] = "given layers"
    as_given: ClassVar[bool] = True

    what: Annotated[
        str,
        Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$", description="What it is, on one line."),
    ]
    volume: Annotated[Extents, Meta(description="The volume that comes out, channels last.", examples=["1x1x128"])]
    given_weights: Annotated[Given, Meta(description="How many weights it has.")] = None
    given_biases: Annotated[Given, Meta(description="How many biases it has.")] = None
    given_buffers: Annotated[Given, Meta(description="How many values it stores that are not trained.")] = None
    given_macs: Annotated[Given, Meta(description="How many multiply-adds it takes per image.")] = None
    given_flops: Annotated[Given, Meta(description="How many operations it takes per image, those included.")] = None

    def output(self, volume: Volume) -> Volume:
        return _volume(self.volume)

    def weights(self, volume: Volume) -> Any:
        return self.given_weights

    def biases(self, volume: Volume) -> Any:
        return self.given_biases

    def buffers(self, volume: Volume) -> Any:
        return self.given_buffers

    def macs(self, volume: Volume) -> Any:
        return self.given_macs

    def flops(self, macs: Number, *inputs: Any, **named: Any) -> Any:
        return self.given_flops

    def remark(self) -> str:
        vague = [name for name, value in values_of(self).items() if value is None]
        return "counts as given" + (f"; not given: {', '.join(vague)}" if vague else "")

    def sees(self, volume: Volume) -> tuple[Own, ...] | None:
        return None


def _volume(extents: Any) -> Volume:
    """The volume of one extent or several."""
    *sides, channels = extents if isinstance(extents, tuple) else (extents,)
    return Volume(tuple(sides), channels)
