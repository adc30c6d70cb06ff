"""cnncalc: shapes, parameters, memory and multiply-adds of convolutional networks, from a short YAML spec."""

import cnncalc.views  # noqa: F401
from cnncalc.errors import SpecError
from cnncalc.language.load import load
from cnncalc.network.network import Network
from cnncalc.verbs import check, compare, diff, explain, lint, scale, summarize
from cnncalc.volume import Volume

__all__ = [
    "Network",
    "SpecError",
    "Volume",
    "check",
    "compare",
    "diff",
    "explain",
    "lint",
    "load",
    "scale",
    "summarize",
]
__version__ = "0.1.0"
