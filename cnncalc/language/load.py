"""Reading a spec, from any source to a network."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from cnncalc.errors import SpecError
from cnncalc.language.document import document
from cnncalc.language.expand import network_of, warnings_of
from cnncalc.language.tree import Datum, of_data, read
from cnncalc.network.network import Network
from cnncalc.place import Source
from cnncalc.sources.files import Text


def load(
    spec: str | PathLike[str] | Mapping[str, Any] | Text, set: Mapping[str, Any] | None = None, strict: bool = False
) -> Network:
    """Read a spec and count everything in it.

    `spec` is what the command takes: a path, the name of a built-in spec, the one-line notation, ``-`` for standard
    input; and also YAML text or a mapping. `set` overrides parameters: values, or texts as after ``--set NAME=``.
    Raises :class:`SpecError` with every problem of the spec; under `strict` warnings are problems too.

    >>> load("224x224x3: conv3-64").totals.weights == 3 * 3 * 3 * 64
    True
    """
    network = network_of(document(spec), overrides_of(set))
    if strict and network.warnings:
        raise SpecError(*(problem.as_error() for problem in warnings_of(network)))
    return network


def overrides_of(set: Mapping[str, Any] | None) -> dict[str, Datum]:
    """The data of parameters that are given another value: a text is read as YAML, anything else is taken as it is."""
    data = {}
    for name, value in (set or {}).items():
        source = Source(f"set {name}", tuple(value.splitlines()) if isinstance(value, str) else ())
        data[name] = read(value, source) if isinstance(value, str) and value else of_data(value, source)
    return data
