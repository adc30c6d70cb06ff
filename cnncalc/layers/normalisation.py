"""Normalisation: two operations per value, a scale and a shift per channel."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from cnncalc.dims import Number, certainly
from cnncalc.layers.base import Layer, divides
from cnncalc.layers.operations import Operations
from cnncalc.terms import Affine, Extent
from cnncalc.volume import Volume


class Normalisation(Layer, frozen=True):
    """The volume stays; with `affine` there are D₁ weights (scales) and D₁ biases (shifts)."""

    def output(self, volume: Volume) -> Volume:
        return volume

    def weights(self, volume: Volume) -> Number:
        layer: Any = self
        return volume.channels if layer.affine else 0

    def biases(self, volume: Volume) -> Number:
        layer: Any = self
        return volume.channels if layer.affine else 0

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        layer: Any = self
        name, values = self.type_name(), volume.values
        kept = (Operations("normalisation", name, values),)
        return (*kept, Operations("affine", name, values)) if layer.affine else kept


class BatchNorm(Normalisation, tag="batchnorm", frozen=True):
    """Normalise every channel over the batch; buffers: its running mean and variance, 2·D₁.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1.

    >>> BatchNorm().buffers(Volume.of("56x56x64")) == 2 * 64
    True
    """

    linear: ClassVar[bool] = True

    affine: Affine = True
    scale: Annotated[
        bool, Meta(description="Whether there is a trained scale; some networks have the shift alone.")
    ] = True

    def weights(self, volume: Volume) -> Number:
        return volume.channels if self.affine and self.scale else 0

    def buffers(self, volume: Volume) -> Number:
        return 2 * volume.channels

    def centres(self, volume: Volume) -> bool:
        return True


class LayerNorm(Normalisation, tag="layernorm", frozen=True):
    """Normalise every position over its channels. Source: Ba et al. 2016, arXiv:1607.06450."""

    affine: Affine = True


class GroupNorm(Normalisation, tag="groupnorm", frozen=True):
    """Normalise groups of channels of every image. Source: Wu & He 2018, arXiv:1803.08494."""

    main: ClassVar[str] = "groups"

    groups: Annotated[Extent, Meta(description="Into how many groups the channels are split.")]
    affine: Affine = True

    def output(self, volume: Volume) -> Volume:
        divides(self.groups, volume.channels, "{divisor} groups do not divide {value} channels", "groups")
        return volume

    def centres(self, volume: Volume) -> bool:
        return certainly(self.groups >= volume.channels)


class InstanceNorm(Normalisation, tag="instancenorm", frozen=True):
    """Normalise every channel of every image. Source: Ulyanov et al. 2016, arXiv:1607.08022."""

    affine: Affine = True

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

    affine: ClassVar[bool] = True


class LayerScale(Layer, tag="layer_scale", frozen=True):
    """Multiply every channel by a trained scale: D₁ weights, one operation per value.

    Source: Touvron et al. 2021, arXiv:2103.17239, section 2.
    """

    linear: ClassVar[bool] = True

    def output(self, volume: Volume) -> Volume:
        return volume

    def weights(self, volume: Volume) -> Number:
        return volume.channels

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return (Operations("scaling", self.type_name(), volume.values),)
