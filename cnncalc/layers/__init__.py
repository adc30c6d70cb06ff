"""The layer types, one class each; importing this registers them all."""

from __future__ import annotations

from functools import lru_cache

from cnncalc.layers import activation, convolution, dense, merging, normalisation, other, pooling, shaping
from cnncalc.layers.base import Layer, terms_of

__all__ = ["Layer", "families", "registry", "terms_of", "type_names"]

_MODULES = (convolution, dense, pooling, normalisation, activation, merging, shaping, other)


def families() -> dict[str, list[type[Layer]]]:
    """The layer types by family: a family is a module, its types are the tagged classes in it, as they stand there."""
    return {
        (module.__doc__ or "").split(":")[0]: [
            kind
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, Layer) and kind.__module__ == module.__name__
            if kind.__struct_config__.tag
        ]
        for module in _MODULES
    }


@lru_cache(maxsize=1)
def registry() -> dict[str, type[Layer]]:
    """Every layer type under its own name."""
    return {kind.type_name(): kind for kinds in families().values() for kind in kinds}


@lru_cache(maxsize=1)
def type_names() -> dict[str, type[Layer]]:
    """Every layer type under each name it goes by."""
    return {name: kind for own, kind in registry().items() for name in (own, *kind.aliases)}
