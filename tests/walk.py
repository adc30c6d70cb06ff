"""What outputs see, by brute force: loops over positions, from what a layer is. Imports nothing of cnncalc.

A network is a list of layers along one axis. Each is given with the one or more volumes that it reads (a number: the
input is 0, the layer after it 1, and so on), and a function from an output position to the positions it reads in each.
Positions go on beyond both ends of every volume, as padding does, so that a field is the theoretical one. The walk goes
back from each output through sets of positions, kept as the bits of whole numbers, and so also says what lies between
the first and the last and is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

FAR = 4096  # positions before the input have bits, too

Taps = Callable[[int], Sequence[int]]


@dataclass
class Layer:
    """One layer: what is written of it, which volumes it reads, what an output reads of each, and how long it is."""

    spec: dict[str, Any]
    reads: list[int]
    taps: Taps
    length: int


@dataclass
class Chain:
    """A network of one axis."""

    length: int
    layers: list[Layer] = field(default_factory=list)
    plain: list[int] = field(default_factory=lambda: [0])
    known: dict[tuple[int, int], int] = field(default_factory=dict)

    def spec(self) -> dict[str, Any]:
        items = []
        for at, layer in enumerate(self.layers, 1):
            names = [f"n{number}" if number else "input" for number in layer.reads]
            item = dict(layer.spec)
            key = next(iter(item))
            item = {key: names} if key == "add" else {**item, "from": names[0]}
            items.append({**item, "name": f"n{at}"})
        return {"input": [self.length, 2], "layers": items}

    def lengths(self) -> list[int]:
        return [self.length, *(layer.length for layer in self.layers)]

    def seen(self, number: int, at: int) -> set[int]:
        """All positions of the input that an output of a volume depends on."""
        bits = self._bits(number, at)
        return {bit - FAR for bit in range(bits.bit_length()) if bits >> bit & 1}

    def ends(self, number: int, at: int) -> tuple[int, int] | None:
        """The first and the last of them; None where there is none."""
        bits = self._bits(number, at)
        return ((bits & -bits).bit_length() - 1 - FAR, bits.bit_length() - 1 - FAR) if bits else None

    def _bits(self, number: int, at: int) -> int:
        if not number:
            return 1 << at + FAR
        if (number, at) not in self.known:
            layer, bits = self.layers[number - 1], 0
            for tap in layer.taps(at):
                for source in layer.reads:
                    bits |= self._bits(source, tap)
            self.known[number, at] = bits
        return self.known[number, at]

    def add(self, spec: dict[str, Any], reads: list[int], taps: Taps, length: int) -> int:
        self.layers.append(Layer(spec, reads, taps, length))
        return len(self.layers)


# ------------------------------------------------------------------------------------------- what outputs read, by kind


def window(kernel: int, stride: int, before: int, dilation: int) -> Taps:
    return lambda at: [at * stride - before + dilation * tap for tap in range(kernel)]


def spread(kernel: int, stride: int, before: int, dilation: int) -> Taps:
    """Every input i goes to the outputs i·S + t·d − P."""

    def taps(at: int) -> list[int]:
        far = kernel * dilation + stride + before
        near = at // stride
        return [
            i
            for i in range(near - far, near + far + 1)
            if any(i * stride + tap * dilation - before == at for tap in range(kernel))
        ]

    return taps


def repeated(side: int, after: int) -> Taps:
    return lambda at: [at * side // after]


def interpolated(place: Callable[[int], Fraction], weight: Callable[[Fraction], Fraction]) -> Taps:
    """The inputs that have a weight at the place where an output lies."""

    def taps(at: int) -> list[int]:
        there = place(at)
        near = there.numerator // there.denominator
        return [i for i in range(near - 3, near + 5) if weight(abs(i - there))]

    return taps


def linear(far: Fraction) -> Fraction:
    return max(Fraction(0), 1 - far)


def cubic(far: Fraction) -> Fraction:
    """Keys 1981 with a = −3/4, as PyTorch has it."""
    a = Fraction(-3, 4)
    if far <= 1:
        return (a + 2) * far**3 - (a + 3) * far**2 + 1
    return a * far**3 - 5 * a * far**2 + 8 * a * far - 4 * a if far < 2 else Fraction(0)


def halves(side: int, after: int) -> Callable[[int], Fraction]:
    """The middle of the output's value, in a side that becomes so long, with values in the middle of theirs."""
    return lambda at: (at + Fraction(1, 2)) * Fraction(side, after) - Fraction(1, 2)


def corners(side: int, after: int) -> Callable[[int], Fraction]:
    return lambda at: at * Fraction(side - 1, max(after - 1, 1))


def adaptive(side: int, size: int) -> Taps:
    return lambda at: range(at * side // size, -(-(at + 1) * side // size))


# --------------------------------------------------------------------------------------------------------- random ones

LONGEST = 160


def slides(chain: Chain, at: int, random: Random) -> int:
    """A convolution or a pool that fits."""
    while True:
        kind = random.choice(["conv", "conv", "depthwise_conv", "maxpool", "avgpool"])
        kernel, stride = random.randint(1, 5), random.choice([1, 1, 1, 2, 3, 4])
        dilation = random.choice([1, 1, 2, 3]) if kind != "avgpool" else 1
        span = dilation * (kernel - 1) + 1
        most = span // 2 if "pool" in kind else 4
        before, after = random.randint(0, most), random.randint(0, most)
        room = chain.lengths()[at] + before + after - span
        if room >= 0:
            break
    named = {kind: kernel} if "pool" in kind else {kind: 2 if kind == "conv" else 1, "kernel": kernel}
    spec = {**named, "stride": stride, "padding": [[before, after]]}
    if kind != "avgpool":
        spec["dilation"] = dilation
    return chain.add(spec, [at], window(kernel, stride, before, dilation), room // stride + 1)


def transposes(chain: Chain, at: int, random: Random) -> int:
    while True:
        kernel, stride = random.randint(1, 5), random.randint(1, 4)
        dilation = random.choice([1, 1, 1, 2, 3])
        before, after = random.randint(0, 2), random.randint(0, 2)
        extra = random.randint(0, max(stride, dilation) - 1)
        span = dilation * (kernel - 1) + 1
        length = (chain.lengths()[at] - 1) * stride - before - after + span + extra
        if 1 <= length <= LONGEST:
            break
    spec = {
        "conv_transpose": 2,
        "kernel": kernel,
        "stride": stride,
        "dilation": dilation,
        "padding": [[before, after]],
        "output_padding": extra,
    }
    return chain.add(spec, [at], spread(kernel, stride, before, dilation), length)


def stretches(chain: Chain, at: int, random: Random) -> int:
    side = chain.lengths()[at]
    scale = random.randint(1, max(1, min(4, LONGEST // side)))
    mode = random.choice(["nearest", "nearest", "bilinear", "bicubic"])
    after, main = side * scale, {"upsample": scale}
    if random.random() < 0.4:  # to a length, longer or shorter
        after = random.randint(2, max(2, min(3 * side, LONGEST)))
        main = {"upsample": None, "size": after}
    spec = {**main, "mode": mode}
    if mode == "nearest":
        return chain.add(spec, [at], repeated(side, after), after)
    aligned = after > 1 and random.random() < 0.3
    place = corners(side, after) if aligned else halves(side, after)
    weight = linear if mode == "bilinear" else cubic
    return chain.add({**spec, "align_corners": aligned}, [at], interpolated(place, weight), after)


def resizes(chain: Chain, at: int, random: Random) -> int:
    side = chain.lengths()[at]
    size = random.randint(2, max(2, min(side + 3, 40)))
    kind = random.choice(["adaptive_avgpool", "adaptive_maxpool"])
    return chain.add({kind: size}, [at], adaptive(side, size), size)


def shifts(chain: Chain, at: int, random: Random) -> int:
    """Pad or crop."""
    side = chain.lengths()[at]
    before, after = random.randint(0, 3), random.randint(0, 3)
    if random.random() < 0.5 or before + after >= side:
        return chain.add({"pad": [[before, after]]}, [at], lambda at: [at - before], side + before + after)
    return chain.add({"crop": [[before, after]]}, [at], lambda at: [at + before], side - before - after)


def regroups(chain: Chain, at: int, random: Random) -> int:
    """The values in other dimensions, something that works on each by itself, perhaps along the axis, and back."""
    side = chain.lengths()[at]
    turned = {"permute": [1, 0]}
    kind = random.randrange(4)
    if kind == 0:
        at = chain.add({"flatten": None}, [at], lambda at: [at], side)
        at = chain.add({"prelu": None}, [at], lambda at: [at], side)
    elif kind == 1:  # as height × 1 × channels, and along the height
        at = chain.add({"reshape": [side, 1, 2]}, [at], lambda at: [at], side)
        stride = random.randint(1, 2)
        taps = window(3, stride, 1, 1)
        side = (side - 1) // stride + 1
        spec = {"maxpool": [3, 1], "stride": [stride, 1], "padding": [[1, 1], [0, 0]]}
        at = chain.add(spec, [at], taps, side)
    elif kind == 2:  # channels before positions, and back
        at = chain.add(turned, [at], lambda at: [at], side)
        at = chain.add({"pad": [[1, 1]]}, [at], lambda at: [at], side)  # along the channels
        at = chain.add({"crop": [[1, 1]]}, [at], lambda at: [at], side)
        return chain.add(turned, [at], lambda at: [at], side)
    elif side % 2 == 0:
        at = chain.add({"reshape": [side // 2, 2, 2]}, [at], lambda at: [at], side)
        at = chain.add({"permute": [1, 0, 2]}, [at], lambda at: [at], side)
        at = chain.add({"permute": [1, 0, 2]}, [at], lambda at: [at], side)
    return chain.add({"reshape": [side, 2]}, [at], lambda at: [at], side)


def fitted(chain: Chain, at: int, length: int, random: Random) -> int:
    """Pad or crop to a length."""
    gap = length - chain.lengths()[at]
    start = random.choice([abs(gap) // 2, random.randint(0, abs(gap))])
    if gap > 0:
        return chain.add({"pad": [[start, gap - start]]}, [at], lambda at: [at - start], length)
    if gap < 0:
        return chain.add({"crop": [[start, -gap - start]]}, [at], lambda at: [at + start], length)
    return at


KINDS = [slides, slides, slides, transposes, transposes, stretches, stretches, resizes, shifts, regroups]


def drawn(seed: int) -> Chain:
    """A random network of a few layers, some of which read what stands further back."""
    random = Random(seed)
    chain = Chain(random.randint(12, 40))
    at = 0
    for _ in range(random.randint(2, 5)):
        if random.random() < 0.7:
            at = random.choice(KINDS)(chain, at, random)
        else:
            other = random.choice(chain.plain)
            if random.random() < 0.5:
                other = random.choice([slides, transposes, stretches])(chain, other, random)
            other = fitted(chain, other, chain.lengths()[at], random)
            if other != at:
                at = chain.add({"add": None}, [at, other], lambda at: [at], chain.lengths()[at])
        chain.plain.append(at)
    if not chain.layers:
        slides(chain, at, random)
    return chain
