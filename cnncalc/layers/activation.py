"""Activation: functions of each value, in place, one operation a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta

from cnncalc.dims import Number
from cnncalc.layers.base import Layer, divides, trained
from cnncalc.layers.operations import Operations
from cnncalc.layers.shaping import Identity
from cnncalc.terms import Extent, Factors
from cnncalc.volume import Volume


class Activation(Layer, frozen=True):
    """A function of each value by itself: the volume stays, and so does the memory."""

    in_place: ClassVar[bool] = True

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return (Operations("activation", self.type_name(), volume.values),)

    def nonlinear(self) -> bool:
        return True


class Relu(Activation, tag="relu", frozen=True):
    """max(0, x). Source: Nair & Hinton 2010."""


class Relu6(Activation, tag="relu6", frozen=True):
    """min(max(0, x), 6). Source: Howard et al. 2017, arXiv:1704.04861."""


class LeakyRelu(Activation, tag="leaky_relu", frozen=True):
    """x, or slope·x below zero. Source: Maas et al. 2013."""

    main: ClassVar[str] = "slope"

    slope: Annotated[float, Meta(description="The slope below zero.")] = 0.01


class Prelu(Activation, tag="prelu", frozen=True):
    """x, or a trained slope times x below zero. Weights: D₁, one a channel, or as many as `slopes` says.

    PyTorch's has one by default, `prelu-1`, and Keras' one a value. Source: He et al. 2015, arXiv:1502.01852.

    >>> Prelu("value").weights(Volume.of("8x8x3")) == 8 * 8 * 3
    True
    """

    main: ClassVar[str] = "slopes"

    slopes: Annotated[Factors, Meta(description="How many trained slopes, as the factors of `scale`.")] = "channel"

    def output(self, volume: Volume) -> Volume:
        trained(self.slopes, volume, "slopes")
        return volume

    def weights(self, volume: Volume) -> Number:
        return trained(self.slopes, volume, "slopes")


class Elu(Activation, tag="elu", frozen=True):
    """x, or α·(exp x − 1) below zero. Source: Clevert et al. 2015, arXiv:1511.07289."""

    main: ClassVar[str] = "alpha"

    alpha: Annotated[float, Meta(description="What the function tends to far below zero, the sign turned.")] = 1.0


class Selu(Activation, tag="selu", frozen=True):
    """A scaled `elu` that keeps mean and variance. Source: Klambauer et al. 2017, arXiv:1706.02515."""


class Gelu(Activation, tag="gelu", frozen=True):
    """x·Φ(x), Φ the normal distribution. Source: Hendrycks & Gimpel 2016, arXiv:1606.08415."""


class Silu(Activation, tag="silu", frozen=True):
    """x·sigmoid(x), also called swish. Source: Ramachandran et al. 2017, arXiv:1710.05941."""

    aliases: ClassVar[tuple[str, ...]] = ("swish",)


class Hardswish(Activation, tag="hardswish", frozen=True):
    """x·relu6(x + 3)/6. Source: Howard et al. 2019, arXiv:1905.02244, section 5.2."""


class Hardsigmoid(Activation, tag="hardsigmoid", frozen=True):
    """relu6(x + 3)/6. Source: Howard et al. 2019, arXiv:1905.02244, section 5.2."""


class Sigmoid(Activation, tag="sigmoid", frozen=True):
    """1/(1 + exp(−x))."""


class Tanh(Activation, tag="tanh", frozen=True):
    """The hyperbolic tangent."""


class Mish(Activation, tag="mish", frozen=True):
    """x·tanh(log(1 + exp x)). Source: Misra 2019, arXiv:1908.08681."""


class Softmax(Activation, tag="softmax", frozen=True):
    """exp(x) over the sum of exp over all channels, or over those of each of so many equal groups."""

    groups: Annotated[Extent, Meta(description="How many groups of channels have a sum each, such as heads.")] = 1

    def output(self, volume: Volume) -> Volume:
        divides(self.groups, volume.channels, "{divisor} groups do not divide {value} channels", "groups")
        return volume

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return (Operations("activation", self.type_name(), volume.values, self.groups * volume.positions),)

    def probabilities(self) -> bool:
        return True


class Named(Activation, tag="activation", frozen=True):
    """The activation function of that name, for use with a parameter: ``{activation: act}``."""

    main: ClassVar[str] = "function"

    function: Annotated[ActivationWord, Meta(description="The name of the activation function.")]

    def weights(self, volume: Volume) -> Number:
        return fused(self.function).weights(volume)

    def operations(self, volume: Volume) -> tuple[Operations, ...]:
        return fused(self.function).operations(volume)

    def nonlinear(self) -> bool:
        return fused(self.function).nonlinear()

    def probabilities(self) -> bool:
        return fused(self.function).probabilities()


class Activated(Layer, frozen=True):
    """A layer of filters that may add a bias to every output value, and apply an activation function to it in place."""

    def added(self: Any, volume: Volume, filters: Number) -> Number:
        """The weights beside the filters': a gain for each of them, and those of the activation function."""
        return (filters if self.gain else 0) + fused(self.activation).weights(self.output(volume))

    def operations(self: Any, volume: Volume) -> tuple[Operations, ...]:
        output = self.output(volume)
        biased = (Operations("bias", self.type_name(), output.values),) if self.bias else ()
        return biased + fused(self.activation).operations(output)

    def nonlinear(self: Any) -> bool:
        return fused(self.activation).nonlinear()

    def probabilities(self: Any) -> bool:
        return fused(self.activation).probabilities()


_FUNCTIONS: dict[str | None, Layer] = {
    None: Identity(),
    **{kind.type_name(): kind() for kind in Activation.__subclasses__() if kind is not Named},
}
"""Every class above by the word that fields have for it: a new one is a word from the moment that it stands there."""


def fused(function: str | None) -> Layer:
    """The function that a field names, as a layer; None, no function, is the identity."""
    return _FUNCTIONS[function]


if TYPE_CHECKING:
    ActivationWord: TypeAlias = str  # a type checker cannot read words off classes
else:
    ActivationWord = Literal[tuple(word for word in _FUNCTIONS if word)]

Fused: TypeAlias = Annotated[
    ActivationWord | None, Meta(description="The activation function applied to the output, in place: no extra values.")
]
