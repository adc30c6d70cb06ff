"""Normalisation: two operations per value, a scale and a shift per channel. And scales by themselves."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from cnncalc.dims import Number, certainly
from cnncalc.layers.base import Layer, divides, trained
from cnncalc.layers.operations import Operations
from cnncalc.terms import Affine, Extent, Factors, Scaled, Shifted
from cnncalc.volume import Volume
from cnncalc.window import LayerError


class Normalisation(Layer, frozen=True):
    """The volume stays; with `affine` there are D₁ weights (`scale`) and D₁ biases (`bias`)."""

    def weights(self: Any, volume: Volume) -> Number:
        return self.normalised(volume) if self.affine and self.scale else 0

    def biases(self: Any, volume: Volume) -> Number:
        return self.normalised(volume) if self.affine and self.bias else 0

    def normalised(self, volume: Volume) -> Number:
        """What has a scale and a shift of its own: the channels."""
        return volume.channels

    def operations(self: Any, volume: Volume) -> tuple[Operations, ...]:
        name, values = self.type_name(), volume.values
        kept = (Operations("normalisation", name, values),)
        learned = self.affine and (self.scale or self.bias)
        return (*kept, Operations("affine", name, values)) if learned else kept


class BatchNorm(Normalisation, tag="batchnorm", frozen=True):
    """Normalise every channel over the batch; buffers: its running mean and variance, 2·D₁.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1.

    >>> BatchNorm().buffers(Volume.of("56x56x64")) == 2 * 64
    True
    """

    linear: ClassVar[bool] = True

    affine: Affine = True
    scale: Scaled = True
    bias: Shifted = True

    def buffers(self, volume: Volume) -> Number:
        return 2 * volume.channels

    def centres(self, volume: Volume) -> bool:
        return True


class LayerNorm(Normalisation, tag="layernorm", frozen=True):
    """Normalise every position over its channels, or everything at once: a scale and a shift per value then.

    Weights D₁ and biases D₁, with `over: all` H₁·W₁·D₁ each. Source: Ba et al. 2016, arXiv:1607.06450.

    >>> LayerNorm(over="all").weights(Volume.of("7x7x64")) == 7 * 7 * 64
    True
    """

    affine: Affine = True
    scale: Scaled = True
    bias: Shifted = True
    over: Annotated[
        Literal["channels", "all"], Meta(description="Over what: the `channels` of a position, or `all` axes.")
    ] = "channels"

    def normalised(self, volume: Volume) -> Number:
        return volume.values if self.over == "all" else volume.channels


class RmsNorm(Normalisation, tag="rmsnorm", frozen=True):
    """Divide every position by the root of its channels' mean square: D₁ weights, and no shift.

    Source: Zhang & Sennrich 2019, arXiv:1910.07467.

    >>> RmsNorm().weights(Volume.of("7x7x64")), RmsNorm().biases(Volume.of("7x7x64"))
    (64, 0)
    """

    bias: ClassVar[bool] = False

    affine: Affine = True
    scale: Scaled = True


class GroupNorm(Normalisation, tag="groupnorm", frozen=True):
    """Normalise groups of channels of every image. Source: Wu & He 2018, arXiv:1803.08494."""

    main: ClassVar[str] = "groups"

    groups: Annotated[Extent, Meta(description="Into how many groups the channels are split.")]
    affine: Affine = True
    scale: Scaled = True
    bias: Shifted = True

    def output(self, volume: Volume) -> Volume:
        divides(self.groups, volume.channels, "{divisor} groups do not divide {value} channels", "groups")
        return volume

    def centres(self, volume: Volume) -> bool:
        return certainly(self.groups >= volume.channels)


class InstanceNorm(Normalisation, tag="instancenorm", frozen=True):
    """Normalise every channel of every image. Source: Ulyanov et al. 2016, arXiv:1607.08022."""

    affine: Affine = True
    scale: Scaled = True
    bias: Shifted = True

    def centres(self, volume: Volume) -> bool:
        return True


class Lrn(Normalisation, tag="lrn", frozen=True):
    """Local response normalisation: divide by the energy of the neighbouring channels. No parameters.

    Source: Krizhevsky et al. 2012, section 3.3.
    """

    main: ClassVar[str] = "size"
    affine: ClassVar[bool] = False

    size: Annotated[Extent, Meta(description="How many neighbouring channels are summed (n).")] = 5
    alpha: Annotated[float, Meta(description="The factor of the sum.")] = 1e-4
    beta: Annotated[float, Meta(description="The power of the sum.")] = 0.75
    k: Annotated[float, Meta(description="What is added to the sum.")] = 2.0


class Grn(Normalisation, tag="grn", frozen=True):
    """Global response normalisation: scale channels by their share of all channels' energy. D₁ weights, D₁ biases.

    Source: Woo et al. 2023, arXiv:2301.00808, section 3.
    """

    affine: Affine = True
    scale: Scaled = True
    bias: Shifted = True


class LayerScale(Layer, tag="layer_scale", frozen=True):
    """Multiply every channel by a trained scale: D₁ weights, one operation per value.

    Source: Touvron et al. 2021, arXiv:2103.17239, section 2.
    """

    linear: ClassVar[bool] = True

    def weights(self, volume: Volume) -> Number:
        return volume.channels

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return (Operations("scaling", self.type_name(), volume.values),)


class Scale(Layer, tag="scale", frozen=True):
    """Multiply by trained factors, `{scale: heads}`, or by a fixed one that is not stored, `{scale: , by: 0.1}`.

    Weights: as many as `factors` says, and with `bias` as many biases. One operation per value, two with `bias`.
    Source: De & Smith 2020, arXiv:2002.10444; fixed, Szegedy et al. 2016, arXiv:1602.07261, section 3.3.

    >>> Scale(4).weights(Volume.of("8x8x64")), Scale("value").weights(Volume.of("8x8x3")) == 8 * 8 * 3
    (4, True)
    """

    main: ClassVar[str] = "factors"

    factors: Annotated[
        Factors | None,
        Meta(
            description="How many trained factors: `channel` (one a channel), `value` (one a value), or one for each "
            "of so many equal groups of channels."
        ),
    ] = None
    bias: Annotated[bool, Meta(description="Whether every factor has a trained shift beside it.")] = False
    by: Annotated[float | None, Meta(description="A fixed factor, in place of trained ones.")] = None

    @property
    def linear(self) -> bool:  # type: ignore[override]  # a factor a value lets no matrix through
        return self.factors != "value"

    def output(self, volume: Volume) -> Volume:
        if self.by is None:
            if self.factors is None:
                raise LayerError("scale has no factors", "`{scale: 1}` trains one, `{scale: , by: 0.1}` is fixed")
            trained(self.factors, volume, "factors")
        elif self.factors is not None or self.bias:
            raise LayerError("`by` is a fixed factor, and goes with no trained ones", "drop one of the two", "by")
        return volume

    def weights(self, volume: Volume) -> Number:
        return 0 if self.factors is None else trained(self.factors, volume, "factors")

    def biases(self, volume: Volume) -> Number:
        return self.weights(volume) if self.bias else 0

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        scaled = Operations("scaling", self.type_name(), volume.values)
        return (scaled, Operations("bias", self.type_name(), volume.values)) if self.bias else (scaled,)
