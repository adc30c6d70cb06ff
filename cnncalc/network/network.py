"""A network: its layers in order, each with its volumes, counts and reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Any, ClassVar, overload

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.dims import unknowns
from cnncalc.layers import type_names
from cnncalc.network.counts import BITS, Answer, Sizing, plain
from cnncalc.network.limits import Demands
from cnncalc.network.metrics import whole
from cnncalc.network.node import Node, Row, Totals
from cnncalc.volume import Volume


class Rows(Sequence[Row]):
    """Layers as rows, each made when it is asked for: a network may have 200,000."""

    def __init__(self, lines: Sequence[Node | Row]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Rows: ...
    def __getitem__(self, place: int | slice) -> Row | Rows:
        line = self._lines[place]
        return Rows(line) if isinstance(line, Sequence) else line.row if isinstance(line, Node) else line


class Summary(Answer, frozen=True, kw_only=True):
    """A network's breakdown as results hold it: its inputs, its layers or folded groups, and the totals."""

    schema: int = 1
    name: str
    source: str
    batch: int
    dtype: str
    inputs: dict[str, tuple[Any, ...]]
    outputs: tuple[str, ...]
    layers: Sequence[Row]
    totals: dict[str, Any]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]


class Network(Struct, frozen=True, eq=False):
    """A network that has been read: `layers` in order, `totals`, and where it came from."""

    name: str
    inputs: dict[str, Volume]
    layers: tuple[Node, ...]
    totals: Totals
    outputs: tuple[str, ...] = ()
    source: str = ""
    assumptions: tuple[str, ...] = ()
    demands: Demands = Demands()
    sizing: Sizing = Sizing()
    remarks: tuple[Any, ...] = ()
    """What is legal but suspicious in the spec itself, and of no one layer: problems, which are not known here."""
    unused: Mapping[str, Any] = {}
    """The blocks of the spec that no layer uses, and their places."""

    views: ClassVar[dict[str, Callable[[Network], Any]]] = {}
    """What shows it, by name, entered by :mod:`cnncalc.views`: what pages are is not known here."""

    def sized(self, dtype: str = "float32", batch: int = 1) -> Network:
        """The same network with memory counted for another number type, or for several images at a time.

        Raises ValueError for a type that is not in :data:`BITS`, and for a batch below 1.
        """
        if dtype not in BITS:
            raise ValueError(f"{dtype} is not a known number type: {', '.join(BITS)}")
        if batch < 1:
            raise ValueError(f"a batch has at least 1 image, and not {batch}")
        sizing = Sizing(dtype, batch)
        if sizing == self.sizing:
            return self
        layers = tuple(replace(node, sizing=sizing) for node in self.layers)
        return replace(self, sizing=sizing, layers=layers, totals=Totals.of(self.inputs, layers, self.outputs, sizing))

    def __str__(self) -> str:
        return str(self.views["text"](self))

    def _repr_html_(self) -> str:
        """The table in a notebook."""
        return str(self.views["html"](self))

    def __rich__(self) -> Any:
        return self.views["rich"](self)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, name: str) -> Node:
        return self.layer(name)

    def __contains__(self, name: object) -> bool:
        return any(node.name == name for node in self.layers)

    def __repr__(self) -> str:
        return f"Network({self.name!r}, {len(self.layers)} layers, {plain(self.totals.params)} parameters)"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is legal but suspicious, each with the name of its layer where it is one layer's."""
        of_spec = [f"{note.label}: {note.message}" if note.label else note.message for note in self.remarks]
        return (*of_spec, *(f"{node.name}: {text}" for node in self.layers for text in node.warnings))

    @property
    def symbolic(self) -> bool:
        """Is there a symbol in any volume or count? What no spec says is none."""
        totals = (self.totals.params, self.totals.macs, self.totals.activations, self.totals.buffers)
        values = (*totals, *(extent for volume in self.inputs.values() for extent in volume))
        return any(len(value.free_symbols) > len(unknowns(value)) for value in values if hasattr(value, "free_symbols"))

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The totals that depend on counts which no spec says."""
        return tuple(name for name in Totals.__struct_fields__ if unknowns(getattr(self.totals, name)))

    def layer(self, name: str) -> Node:
        """The layer of that name; KeyError when there is none."""
        for node in self.layers:
            if node.name == name:
                return node
        raise KeyError(name)

    def select(self, words: str | Iterable[str]) -> tuple[Node, ...]:
        """The layers that words mean, in order, each once; several words may stand in one text, with commas between.

        A word is the name of a layer or a group, or a pattern of full names such as ``stage*.conv1``. Where no layer
        has such a name, it is a layer type, by any of the type's names. A word that means no layer adds none.
        """
        groups = [self._meant(word) for word in apart(words)]
        if len(groups) == 1:
            return groups[0]
        names = {node.name for nodes in groups for node in nodes}
        return tuple(node for node in self.layers if node.name in names)

    def _meant(self, word: str) -> tuple[Node, ...]:
        named = _naming(word)
        kind = type_names().get(word)
        return tuple([node for node in self.layers if named(node.name)]) or tuple(
            [node for node in self.layers if type(node.layer) is kind]
        )

    def summary(self, rows: Sequence[Node | Row] | None = None) -> Summary:
        """The machine-readable result: its layers, or the rows that stand for them, and its totals."""
        return Summary(
            name=self.name,
            source=self.source,
            batch=self.sizing.batch,
            dtype=self.sizing.dtype,
            inputs={name: tuple(volume) for name, volume in self.inputs.items()},
            outputs=self.outputs,
            layers=Rows(self.layers if rows is None else rows),
            totals=whole(self),
            warnings=self.warnings,
            assumptions=self.assumptions,
        )

    def to_dict(self) -> dict[str, Any]:
        """The machine-readable result: plain integers, symbols as strings, volumes channels-last."""
        result: dict[str, Any] = self.summary().to_dict()
        return result

    def to_frame(self) -> Any:
        """The layers as a pandas data frame: a row each, by name, with the keys of the machine-readable result.

        Raises ImportError where there is no pandas.
        """
        try:
            from pandas import DataFrame
        except ImportError as error:
            raise ImportError("to_frame() needs pandas: pip install pandas") from error
        return DataFrame([node.to_dict() for node in self.layers]).set_index("name")


_WORD = re.compile(r"(?:[^,\[]|\[[^\]]*\]?)+")


def apart(words: str | Iterable[str]) -> list[str]:
    """Words for layers one by one, each once; commas separate them, except within brackets of a pattern.

    >>> apart("conv[1,2], fc")
    ['conv[1,2]', 'fc']
    """
    texts = [words] if isinstance(words, str) else words
    return list(dict.fromkeys(word for text in texts for part in _WORD.findall(text) if (word := part.strip())))


@lru_cache(maxsize=1024)
def _naming(word: str) -> Callable[[str], Any]:
    """Match a full name that is the word, belongs to the group of that name, or fits it as a pattern."""
    return re.compile(rf"{translate(word)}|{re.escape(word)}\.").match
