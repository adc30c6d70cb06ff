"""From a document to a network: groups, branches, blocks and repetitions written out, layer by layer.

Every problem is reported and the walk goes on; what depends on a layer that could not be made is left alone, so that
one slip is one message. Throughout, `arriving` is the full name of the layer or input whose volume arrives, and None
where an earlier problem left it unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnncalc import dims
from cnncalc.errors import Problem, Problems, SpecError, TooManyError, near, short
from cnncalc.language.document import RESERVED, STRUCTURE, Block, Document
from cnncalc.language.expressions import UNKNOWN, ExpressionError, UnknownError, evaluate
from cnncalc.language.fields import build, missing, readings, settled, truth, written
from cnncalc.language.inputs import given, included, inputs
from cnncalc.language.naming import Names
from cnncalc.language.notation import NAME, word
from cnncalc.language.scope import ABSENT, Scope
from cnncalc.language.slips import advice, fields_of, halved, misread
from cnncalc.language.tree import Datum, Listing, Scalar, Table, plain_data, scalar
from cnncalc.layers import Layer, registry, type_names
from cnncalc.network.builder import Builder, stated
from cnncalc.network.counts import Sizing
from cnncalc.network.network import Network
from cnncalc.network.node import Totals
from cnncalc.network.sizes import Step, would_do
from cnncalc.place import Place
from cnncalc.terms import takes
from cnncalc.volume import Volume
from cnncalc.window import LayerError, TooSmallError

MOST_LAYERS = 200_000
MOST_STEPS = 400_000
MOST_LOOKED = 2_000_000
"""How many names are looked up, and looked through, at most."""
DEEPEST = 40

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_LAYER_NAME = re.compile(r"[^\s.{}\[\]:,]+(\.[^\s.{}\[\]:,]+)*")
_NAME_HELP = "letters, digits, _ and dots between them"


class Use(NamedTuple):
    """One use of a layer type or a block: what is given to it, the item it stands in, and its name ('' for none).

    `written` is what stands there for the type, where that is a parameter.
    """

    kind: str
    main: Datum
    fields: dict[str, Datum]
    item: Datum
    name: str = ""
    written: str = ""


class Meeting(NamedTuple):
    """The layer that branches are merged by, and those that join it from a group inside of a branch."""

    layer: Layer
    ends: list[str | None]


def network_of(document: Document, overrides: Mapping[str, Datum], *, advise: bool = True) -> Network:
    """Write a document out. Raises SpecError with everything that is wrong with it.

    To `advise` is to look for sizes of the input that fit where a join does not.
    """
    problems = Problems()
    with dims.assumptions() as assumptions:
        try:
            lexicon = frozenset({*type_names(), *document.blocks})
            names, volumes = inputs(document, overrides, lexicon, problems)
            numbers = (*names.values(), *(extent for volume in volumes.values() for extent in volume))
            builder = Builder(volumes, concrete=not any(hasattr(value, "free_symbols") for value in numbers))
            fits = partial(_fits, document, overrides) if advise else None
            expander = Expander(document, names, volumes, lexicon, problems, builder, fits, Names())
            outputs = expander.walk()
        except TooManyError:
            raise problems.error() from None
    if problems:
        raise problems.error()
    nodes = tuple(builder.nodes.values())
    return Network(
        name=document.text("name", document.stem or "network"),
        source=document.text("source"),
        inputs=volumes,
        layers=nodes,
        totals=Totals.of(volumes, nodes, outputs, Sizing()),
        outputs=outputs,
        assumptions=stated(assumptions),
        demands=document.demands,
        remarks=problems.remarks,
        unused={block.name: block.layers.place for block in expander.unused},
    )


def warnings_of(network: Network) -> list[Problem]:
    """The warnings of a network as problems that know their place, each place once."""
    problems: dict[tuple[str, Any], Problem] = {(note.message, note.place): note for note in network.remarks}
    for node in network.layers:
        for text in node.warnings:
            problems.setdefault((text, node.place), Problem(text, node.place, None, node.name, "warning"))
    return list(problems.values())


def input_of(source: Datum, extents: Iterable[Any]) -> Datum:
    """Input data of those extents, under the input's own name where it has one."""
    listed = Listing([Scalar(extent, None, str(extent)) for extent in extents], source.place)
    if isinstance(source, Table):
        return Table(dict.fromkeys(source.value, listed), source.place, 1, dict.fromkeys(source.value))
    return listed


def _fits(document: Document, overrides: Mapping[str, Datum], volume: Volume) -> bool:
    source = overrides.get("input", document.keys["input"])
    try:
        network_of(document, {**overrides, "input": input_of(source, volume)}, advise=False)
    except SpecError:
        return False
    return True


class Expander(Struct, eq=False):
    """Writes the layers of a document out into a network."""

    document: Document
    names: Mapping[str, Any]
    volumes: Mapping[str, Volume]
    lexicon: frozenset[str]
    problems: Problems
    builder: Builder
    fits: Callable[[Volume], bool] | None
    known: Names
    steps: int = 0
    scopes: set[str] = set()
    written: bool = True
    """Was the last item written, or left out?"""
    walked: list[Datum] = []
    """The lists that are being written, the innermost last."""
    used: set[str] = set()
    """The blocks that are used."""
    unused: list[Block] = []
    trying: bool = False
    """Is a block written only to be checked, on arguments that nobody knows?"""
    until: tuple[str, ...] = ()
    """The full names at which what is included ends, the outermost first."""

    def walk(self) -> tuple[str, ...]:
        """Write out the layers; the names of the outputs. Raises TooManyError after what ends the walk."""
        first = next(iter(self.volumes)) if len(self.volumes) == 1 else None
        scope = Scope(dict(self.names), first, taken=set(self.volumes))
        for name in self.volumes:
            self.known.give(name, name)
        layers = self.document.keys["layers"]
        if not isinstance(layers, Listing):
            raise self.problems.fatal("`layers` is a list", layers.place, "write each layer after a dash")
        last = self._list(layers, scope, first)
        self._try_unused()
        if not self.builder.nodes and not self.problems:
            self._report("the network has no layers", layers, "add one, such as conv3-64")
        outputs = self.document.keys.get("outputs")
        if outputs is None or outputs.value is None:
            return () if last is None else (last,)
        return tuple(name for name in self._sources(outputs, scope) if name is not None)

    def _try_unused(self) -> None:
        """Check the types, fields and names in blocks that no layer uses."""
        blocks = self.document.unwritten(self.used)
        self.trying, self.unused = True, self.document.unnamed(blocks)
        for block in blocks:
            scope = Scope({**self.names, **dict.fromkeys(block.parameters, UNKNOWN)}, None, "\0", sealed=True)
            scope.names.update(dict.fromkeys(("input", *(name.removesuffix(".*") for name in block.inputs)), UNKNOWN))
            for parameter, default in block.parameters.items():
                if default is not None:
                    scope.names[parameter] = self._argument(default, scope, parameter, block.name)
            if block.name not in self.used:
                self.used.add(block.name)
                self._list(block.layers, scope, None)
        self.trying = False

    def _report(self, message: str, at: Datum | Place | None, help: str | None, label: str = "") -> str | None:
        """Note a problem, and the walk goes on; None, in place of the name of what cannot be written."""
        self.problems.report(message, at.place if isinstance(at, Datum) else at, help, label)
        return None

    # ------------------------------------------------------------------------------------------------- the items

    def _list(self, datum: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out a list of items one after the other; a single item is a list of one, nothing is the identity."""
        main, left = arriving, None
        self.walked.append(datum)
        for item in () if datum.value is None else datum.parts:
            end = self._item(item, scope, arriving)
            if self.written:
                self._moved(left, main, item, arriving)
                main, left = end, None
            elif end != arriving:
                left = item
            arriving = end
        self.walked.pop()
        if not self.walked and self.document.keys.get("outputs") is None:
            self._moved(left, main, None, arriving)
        self.written = True
        return arriving

    def _moved(self, left: Datum | None, main: str | None, item: Datum | None, taken: str | None) -> None:
        """Warn of an item, or a network, that takes what one that is left out passes on, and does not say so."""
        if left is None or main is None or taken is None or main == taken:
            return
        name = left.get("name")
        called = short(name.value if name is not None else _structure_of(left) or _kind(left) or "an item")
        if item is None:
            message = f"`{called}` is left out: the network ends with `{taken}` and not `{main}`"
            self.problems.warn(message, left.place, f"say `outputs: {taken}`, or `outputs: {main}`")
            return
        layer = type_names().get(_kind(item) or "")
        listed = layer is not None and layer.merges and item.value[_kind(item)].value is not None
        if not listed and item.get("from") is None:
            message = f"`{called}` is left out: this takes `{taken}` and not `{main}`"
            self.problems.warn(message, item.place, f"say `from: {taken}`, or `from: {main}`")

    def _item(self, item: Datum, scope: Scope, arriving: str | None, meeting: Meeting | None = None) -> str | None:
        """Write out one item, as often as it says; its repetitions may join a meeting."""
        self._arrive(scope, arriving)
        if isinstance(item.value, str):
            return self._once(item, scope, arriving, "")
        if not isinstance(item, Table) or not item.value:
            return self._report("a layer is a word or a mapping", item, "such as `conv3-64` or `{conv: 64, kernel: 3}`")
        if "from" in item.value and not self._takes_several(item, scope):
            arriving = self._from(item, scope)
            self._arrive(scope, arriving)
        name = self._name(item, scope)
        if "repeat" not in item.value or ({"layers", "merge"} <= item.value.keys() and "each" not in item.value):
            return self._once(item, scope, arriving, name, meeting)
        count = self._count(item.value["repeat"], scope, name)
        written = False
        for index in scope.turns(count):
            self._arrive(scope, arriving)
            arriving = self._once(item, scope, arriving, f"{name}.{index + 1}" if name else "")
            written = written or self.written
        return self._passed(scope, name, arriving, written)

    def _once(
        self, item: Datum, scope: Scope, arriving: str | None, name: str, meeting: Meeting | None = None
    ) -> str | None:
        """Write out one instance of an item."""
        self._step(item)
        self.written = True
        if not isinstance(item, Table):
            return self._word(item, scope, arriving)
        if "when" in item.value:
            wanted = truth(item.value["when"], scope.names, "when", self.problems, name)
            if not wanted and not self.trying:
                return self._passed(scope, name, None if wanted is None else arriving)
        kind = _kind(item)
        if kind is None:
            return self._report("no layer type is named here", item, "such as `conv: 64`", name)
        structure = _structure_of(item)
        if structure:
            return self._structure(structure, item, scope, arriving, name, meeting)
        fields = {key: datum for key, datum in item.value.items() if key not in RESERVED and key != kind}
        return self._stands_for(Use(kind, item.value[kind], fields, item, name), scope, arriving)

    def _step(self, item: Datum) -> None:
        """Count what is written, and what is asked of names."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            message = f"the spec expands to more than {MOST_STEPS:,} items, and inputs of what takes several"
            raise self.problems.fatal(message, item.place, "use fewer repetitions")
        if self.known.looked > MOST_LOOKED:
            message = f"the spec names layers more than {MOST_LOOKED:,} times"
            raise self.problems.fatal(message, item.place, "use fewer repetitions, or name fewer layers")

    def _passed(self, scope: Scope, name: str, end: str | None, written: bool = False) -> str | None:
        """What an item passes on, under its name if it has one."""
        self.written = written
        if name and written:
            self._give(scope, name, end)
        elif name:
            self.known.pass_on(scope.prefix + name, end)
        return end

    def _stands_for(self, use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out what is used: a type, a block, or the one that a parameter holds the name of."""
        if use.kind in self.lexicon or use.kind not in scope.names:
            return self._use(use, scope, arriving)
        held = scope.names[use.kind]
        if held is UNKNOWN:
            return None
        if not isinstance(held, str):
            what = str(held) if isinstance(held, Volume) else written(held)
            message = f"`{use.kind}` is {what} here, and not the name of a layer type"
            way_out = "what is more than a layer is a block: put it under `blocks`, and pass its name"
            return self._report(message, use.item.key_place(use.kind), way_out, use.name)
        if held == "none":
            return self._passed(scope, use.name, arriving)
        held = held if held in self.lexicon else held.lower()  # as fields read `ReLU`
        fields = list(fields_of(held, self.document.blocks))
        odd = [key for key in use.fields if held in self.lexicon and key not in fields]
        for key in odd:
            message = f"`{use.kind}` is `{held}` here, which has no `{short(key)}`"
            way_out = near(key, fields) or "drop it, or let the name be that of another type"
            self._report(message, use.item.key_place(key), way_out, use.name)
        if odd:
            return self._give(scope, self._named(held, use, scope), None)
        return self._use(use._replace(kind=held, written=use.kind), scope, arriving)

    def _word(self, item: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer in the notation."""
        if self.document.inline and item.value.startswith(("{", "[")):
            way_out = "for mappings write YAML: a file, -, or '{input: …, layers: […]}'"
            raise self.problems.fatal("a one-line spec takes words only", item.place, way_out)
        if item.value == "none":
            return self._passed(scope, "", arriving)
        parts = word(item.value, self.lexicon) or word(item.value, scope.names)
        if parts is None:
            form = "`cnncalc layers` lists the types; a word is type, kernel, -main, /stride, pN: conv3-64/2p0"
            broken = item.place is not None and item.place.end_line > item.place.line
            close = "is the indentation that of the line above?" if broken else advice(item.value, self.lexicon)
            return self._report(f"there is no layer type `{short(item.value)}`", item, close or form)
        kind = parts.type if parts.type in self.lexicon else scope.names[parts.type]
        if not isinstance(kind, str):
            return self._stands_for(Use(parts.type, item, {}, item), scope, arriving)
        names = fields_of(kind, self.document.blocks)
        fields: dict[str, Datum] = {}
        main = parts.main
        if parts.extent is not None and "kernel" in names:
            fields["kernel"] = Scalar(scalar(parts.extent), item.place)
        elif parts.extent is not None and main is not None:
            return self._report(f"{_called(parts.type, kind)} has no kernel", item, f"write {parts.type}-{main}")
        elif parts.extent is not None:
            main = parts.extent
        if parts.stride is not None:
            fields["stride"] = Scalar(scalar(parts.stride), item.place)
        if parts.padding is not None and "padding" not in names:
            return self._report(
                f"{parts.type} has no padding", item, f"write {item.value.removesuffix('p' + parts.padding)}"
            )
        if parts.padding is not None:
            fields["padding"] = Scalar(scalar(parts.padding), item.place)
        elif kind in type_names() and "kernel" in names and "padding" in names:
            fields["padding"] = Scalar("half", item.place)
        given = Scalar(None if main is None else scalar(main), item.place)
        outer, self.problems.hint = self.problems.hint, halved(parts) or self.problems.hint
        try:
            return self._stands_for(Use(parts.type, given, fields, item), scope, arriving)
        finally:
            self.problems.hint = outer

    def _use(self, use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer type or a block."""
        if use.kind == "merge":
            return self._report(_MERGE_GOES_WITH, use.item.key_place("merge"), _MERGED)
        odd = use.kind not in self.lexicon or isinstance(use.main, Table) or not self.lexicon.isdisjoint(use.fields)
        slip = odd and misread(use.kind, use.main, use.fields, use.item, self.document.blocks, self.lexicon)
        if slip:
            return self._report(*slip, use.name)
        block = self.document.blocks.get(use.kind)
        if block is not None:
            return self._block(block, use, scope, arriving)
        layer = type_names().get(use.kind)
        if layer is not None:
            return self._layer(layer, use, scope, arriving)
        parts = word(use.kind, self.lexicon)
        if parts is not None and any(parts[1:]):
            way_out = f"the short form stands alone, `- {short(use.kind)}`; with fields it is `{parts.type}: …`"
        else:
            words = self.lexicon if use.written else self.lexicon | STRUCTURE.keys()
            way_out = advice(use.kind, words) or "`cnncalc layers` lists the types"
        holds = f"`{use.written}` is `{short(use.kind)}` here, and " if use.written else ""
        at = use.item.key_place(use.written or use.kind)
        return self._report(f"{holds}there is no layer type `{short(use.kind)}`", at, way_out, use.name)

    # ------------------------------------------------------------------------------------------------- structure

    def _structure(
        self, kind: str, item: Table, scope: Scope, arriving: str | None, name: str, meeting: Meeting | None
    ) -> str | None:
        """Write out what is more than a layer: groups in a row or side by side, slices, another spec."""
        for key in item.value:
            if key not in RESERVED and key != kind and key not in STRUCTURE[kind]:
                way_out = "it takes " + ", ".join(f"`{other}`" for other in (*STRUCTURE[kind], *RESERVED))
                if (kind, key) == ("split", "names"):
                    way_out = "the parts are named where they are: `{split: {left: 24, right: rest}}`"
                self._report(f"`{kind}` cannot be combined with `{short(key)}`", item.keys[key], way_out, name)
        if kind == "include":
            return self._include(item, scope, arriving, name)
        if name:
            self._take(name, item, scope)
        inner = self._descend(item, scope, name)
        if kind == "split":
            result = self._split(item, inner, arriving)
        elif kind in ("branches", "residual"):
            result = self._branches(kind, item, inner, arriving)
        elif "merge" in item.value:
            result = self._beside(item, inner, arriving, name, meeting)
        elif kind == "each":
            result = self._each(item, inner, arriving)
        else:
            result = self._list(item.value["layers"], inner, arriving)
        return self._passed(scope, name, result if self.written else arriving, self.written)

    def _descend(self, item: Datum, scope: Scope, name: str) -> Scope:
        """The scope in which the parts of an item stand: its own where it has a name, else the one around it."""
        if scope.depth >= DEEPEST:
            message = f"groups and blocks are nested deeper than {DEEPEST}"
            raise self.problems.fatal(message, item.place, "does a block use itself?")
        inner = scope.named(name) if name else replace(scope, depth=scope.depth + 1)
        self.scopes.add(inner.prefix)
        inner.frozen = self._freezes(item, scope) or scope.frozen
        share = item.get("share")
        if share is not None:
            inner.share = self._shared_scope(share, scope)
        return inner

    def _freezes(self, item: Datum, scope: Scope) -> bool:
        """Does the item say that its weights are kept from training?"""
        frozen = item.get("frozen")
        return frozen is not None and bool(truth(frozen, scope.names, "frozen", self.problems))

    def _shared_scope(self, datum: Datum, scope: Scope) -> str:
        """The prefix of the scope whose layers' weights are used; '' after its problem has been reported."""
        name = self._written(str(datum.value), scope, datum, "share")
        if name is None:
            return ""
        for here in scope.outward():
            if f"{here.prefix}{name}." in self.scopes:
                return f"{here.prefix}{name}."
        if self.trying:
            return ""
        way_out = near(name, sorted(prefix[:-1] for prefix in self.scopes if prefix))
        return self._report(f"no group or block before this one is called `{short(name)}`", datum, way_out) or ""

    def _each(self, item: Table, scope: Scope, arriving: str | None) -> str | None:
        """Write the group out once for each tuple of the zipped lists."""
        columns = self._columns(item, scope)
        if columns is None:
            return None
        for _ in scope.turns(len(next(iter(columns.values()))), columns):
            self._step(item)
            arriving = self._list(item.value["layers"], scope, arriving)
        return arriving

    def _beside(
        self, item: Table, scope: Scope, arriving: str | None, name: str, meeting: Meeting | None
    ) -> str | None:
        """Write a group out as often as it says, each time from what arrives, and the layer that merges the turns.

        In a list of branches that the same layer merges, the turns are branches of that list. One turn is not merged,
        and without any the item is left out.
        """
        merge = item.value["merge"]
        merging = self._merging(merge, item, scope)
        if "each" not in item.value and "repeat" not in item.value:
            return self._report(_MERGE_GOES_WITH, item.keys["merge"], _MERGED)
        columns = self._columns(item, scope) if "each" in item.value else {}
        if columns is None or merging is None:
            return None
        count = len(next(iter(columns.values()))) if columns else self._count(item.value["repeat"], scope, "")
        ends: list[str | None] = []
        for index in scope.turns(count, columns):
            self._step(item)
            turn = scope.named(str(index + 1)) if name else scope
            self.scopes.add(turn.prefix)
            ends.append(self._list(item.value["layers"], turn, arriving))
            if name:
                self._give(scope, str(index + 1), ends[-1])
        self.written = bool(ends)
        if meeting is not None and meeting.layer == merging:
            meeting.ends.extend(ends)
            return ends[-1] if ends else arriving
        return self._meet(merging, ends, Use(merging.type_name(), merge, {}, item), scope) if ends else arriving

    def _columns(self, item: Table, scope: Scope) -> dict[str, Sequence[Any]] | None:
        """The lists of `each`, equally long; None after their problem has been reported."""
        lists = item.value["each"]
        if "layers" not in item.value or not isinstance(lists, Table) or not lists.value:
            message = "`each` is a mapping of names to lists, with `layers` beside it"
            self._report(message, item, "such as `each: {width: [64, 128]}`")
            return None
        columns: dict[str, Sequence[Any]] = {}
        for name, datum in lists.value.items():
            if not NAME.fullmatch(name) or name in ("index", "input"):
                self._report(f"`{short(name)}` is not a valid name", lists.keys[name], "letters, digits and _")
                return None
            value = settled(datum, scope.names, name, self.problems)
            if value is UNKNOWN:
                return {key: [UNKNOWN] for key in lists.value} if self.trying else None
            if not isinstance(value, (list, tuple)):
                self._report(f"each: {name} is {short(value)}, and no list", datum, "give one value for each turn")
                return None
            columns[name] = value
        if len({len(column) for column in columns.values()}) > 1:
            counted = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
            self._report(f"the lists of `each` differ in length: {counted}", lists, "give them equally many values")
            return None
        return columns

    def _branches(self, kind: str, item: Table, scope: Scope, arriving: str | None) -> str | None:
        """Write out parallel paths from one input, and the layer that merges them."""
        paths, merge = item.value[kind].value, item.value.get("merge", Scalar("concat", None))
        if kind == "residual":
            paths, merge = [item.value[kind], item.get("shortcut") or Listing([], item.place)], Scalar("add", None)
        merging = self._merging(merge, item, scope)
        if not isinstance(paths, list) or len(paths) < 2:
            way_out = "for one branch a turn write `each` or `repeat`, `layers` and `merge`"
            return self._report("`branches` is a list of two branches or more", item.value[kind], way_out)
        if merging is None:
            return None
        ends: list[str | None] = []
        for path in paths:
            if kind == "residual" or isinstance(path, Listing) or path.value is None:
                ends.append(self._list(path, scope, arriving))
                continue
            turns: list[str | None] = []
            end = self._item(path, scope, arriving, Meeting(merging, turns))
            ends += turns or ([end] if self.written else [])
        self.written = True
        if not ends:
            return self._report(
                "every branch is left out", item.value[kind], "let one of them stay, or leave out the item"
            )
        return self._meet(merging, ends, Use(merging.type_name(), merge, {}, item), scope)

    def _merging(self, merge: Datum, item: Table, scope: Scope) -> Layer | None:
        """The layer that `merge` names, or gives with its fields; None after its problem has been reported."""
        kind = merge.value if isinstance(merge.value, str) else _kind(merge) if isinstance(merge, Table) else None
        layer = type_names().get(kind or "")
        if layer is None or not layer.merges:
            way_out = near(kind, [name for name, each in registry().items() if each.merges])
            self._report(f"merge: {written(plain_data(merge))} is not a merging layer", merge, way_out)
            return None
        fields = dict(merge.value) if isinstance(merge, Table) else {}
        if fields and fields.pop(str(kind)).value is not None:
            self._report("`merge` takes the branches and not a list", merge, f"write `{{{kind}: , …}}`")
        return build(layer, fields, merge, scope.names, self.problems, "merge")

    def _meet(self, merging: Layer, ends: Sequence[str | None], use: Use, scope: Scope) -> str | None:
        """Merge what branches end in; what is alone needs no merging."""
        sources = tuple(end for end in ends if end is not None)
        if len(ends) == 1 or len(sources) < len(ends):
            return ends[0] if len(ends) == 1 else None
        return self._add(merging, sources, use, scope)

    def _split(self, item: Table, scope: Scope, arriving: str | None) -> str | None:
        """Write out the slices that the channels are cut into, one after the other."""
        given = item.value["split"]
        if arriving is None:
            self._unnamed_input(item, "split")
        sizes = {} if arriving is None else self._sizes(given, self.builder.volume(arriving).channels, scope)
        suffix = scope.suffix if isinstance(given, Table) else ""
        if arriving is None or not sizes:
            for part in given.value if isinstance(given, Table) else ():
                self._give(scope, part + suffix, None)
            return None
        named = "name" in item.value or isinstance(given, Table)
        start: Any = 0
        last = None
        for name, size in sizes.items():
            use = Use("slice", given, {}, item, name + suffix if named else "")
            last = self._add(registry()["slice"](channels=(start, start + size)), (arriving,), use, scope)
            start += size
        return last

    def _sizes(self, given: Datum, channels: Any, scope: Scope) -> dict[str, Any]:
        """The sizes of the parts that the channels are cut into, by name; none after a problem."""
        names, way_out = {**scope.names, "rest": "rest"}, "such as `{split: {left: 24, right: rest}}`"
        if isinstance(given, Scalar):
            parts = settled(given, names, "split", self.problems)
            if type(parts) is int and 0 < parts <= MOST_LAYERS:
                if dims.certainly(channels % parts > 0):
                    message = f"{channels} channels do not divide into {parts} equal parts"
                    self._report(message, given, "give sizes, one of them `rest`: `{split: {left: 24, right: rest}}`")
                    return {}
                parts = (channels // parts,) * parts
            elif not isinstance(parts, tuple):
                if parts is not UNKNOWN:
                    message = f"split: {written(parts)} is not a number of parts"
                    self._report(message, given, "such as `{split: 4, name: part}`")
                return {}
            sizes = {str(place): size for place, size in enumerate(parts, 1)}
        else:
            data = given.value if isinstance(given, Table) else dict(enumerate(given.value, 1))
            sizes = {str(key): settled(datum, names, f"split: {key}", self.problems) for key, datum in data.items()}
        taken = [size for size in sizes.values() if size != "rest"]
        rest, listed = len(sizes) - len(taken), short(" + ".join(map(str, taken)))
        odd = [size for size in taken if not (hasattr(size, "free_symbols") or (type(size) is int and size > 0))]
        misnamed = [name for name in sizes if not _LAYER_NAME.fullmatch(name)]
        if UNKNOWN in odd:
            return {}
        left = 0 if odd else channels - dims.total(taken)
        if misnamed:
            message, way_out = f"`{short(misnamed[0])}` is not a valid layer name", _NAME_HELP
        elif odd or not sizes:
            message = f"split: {written(odd[0])} is not a number of channels" if odd else "split: there is no part"
        elif rest > 1:
            message, way_out = "split: `rest` is given twice", "what is left is one part: give the others sizes"
        elif dims.certainly(left < rest):
            over = "nothing is left" if rest else f"{-left} too many"
            message, way_out = f"{listed} of {channels} channels: {over}", "make the parts smaller"
        elif not rest and dims.certainly(left > 0):
            over = f"{left} {'is' if left == 1 else 'are'} left over"
            message, way_out = f"{listed} of {channels} channels: {over}", "make one of the parts `rest`"
        else:
            return {name: left if size == "rest" else size for name, size in sizes.items()}
        self._report(message, given, way_out)
        return {}

    def _block(self, block: Block, use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out an instance of a block: its parameters bound, its layers in a scope of their own."""
        first = next(iter(block.parameters), "")
        given = self._given(block.name, first, use, f"`{use.written or use.kind}:`")
        for key in use.fields:
            if key not in block.parameters:
                way_out = near(key, list(block.parameters)) or "name it under the block's `parameters`"
                message = f"block {block.name} has no parameter `{short(key)}`"
                self._report(message, use.item.key_place(key), way_out, use.name)
        name = self._named(block.name, use, scope)
        inner = self._descend(use.item, scope, name)
        inner.names = dict(self.names)
        if block.inputs:
            arriving = self._block_inputs(block, use, scope, inner, arriving)
        inner.given = arriving
        self._arrive(inner, arriving)
        seen = block.name in self.used
        self.used.add(block.name)
        for parameter, default in block.parameters.items():
            if parameter in given:
                inner.names[parameter] = self._argument(given[parameter], scope, parameter, name)
            elif default is not None:
                inner.names[parameter] = self._argument(default, inner, parameter, name)
            else:
                inner.names[parameter] = UNKNOWN
                example = f"`{use.written or block.name}: …`" if parameter == first else f"`{parameter}: …` beside it"
                self._report(f"{block.name} needs its {parameter}", use.item, f"write {example}", name)
        result = None if seen and self.trying else self._list(block.layers, inner, arriving)
        return self._give(scope, name, result)

    def _block_inputs(self, block: Block, use: Use, scope: Scope, inner: Scope, arriving: str | None) -> str | None:
        """Bind the names that a block gives its inputs to the layers that `from` lists; the first is what arrives."""
        *names, last = block.inputs
        many = last.endswith(".*")
        if len(names) + (not many) > 1 or use.item.get("from"):
            sources = self._listed(block.name, block.inputs, use, scope) or [None] * len(block.inputs)
        else:
            sources = [arriving or self._unnamed_input(use.item, use.name)]
        volumes = [UNKNOWN if source is None else self.builder.volume(source) for source in sources]
        if many:
            rest = last[:-2]
            self.known.unwritten.add(f"{inner.prefix}\0{rest}")
            inner.names[rest] = UNKNOWN if UNKNOWN in volumes else volumes[len(names) :]
            names += [f"{rest}.{place}" for place in range(1, len(sources) - len(names) + 1)]
        else:
            names.append(last)
        for name, source, volume in zip(names, sources, volumes, strict=True):
            self.known.give(f"{inner.prefix}\0{name}", source)
            if "." not in name:
                inner.names[name] = volume
        return sources[0]

    def _listed(self, called: str, inputs: Sequence[str], use: Use, scope: Scope) -> list[str | None]:
        """The layers that `from` lists for those inputs (the last may take the rest); none after a problem."""
        datum, many = use.item.get("from"), inputs[-1].endswith(".*")
        least = max(1, len(inputs) - many)
        sources = self._sources(datum, scope)
        self.steps += len(sources)
        if len(sources) == least or (many and len(sources) > least):
            return sources
        message = f"{called} takes {least} input{'s' * (least > 1)}{' or more' * many}, and `from` names {len(sources)}"
        self._report(message, datum or use.item, f"list them in the order {', '.join(inputs)}", use.name)
        return []

    def _include(self, item: Table, scope: Scope, arriving: str | None, name: str) -> str | None:
        """Write out another spec as a block: on what arrives or `from` lists, as far as `until`."""
        try:
            document = self.document.included(item.value["include"])
        except SpecError as error:
            for problem in error.problems:
                self.problems.add(problem)
            return self._give(scope, name, None) if name else None
        stem = re.sub(r"\W", "_", document.stem, flags=re.ASCII) or "include"
        name = self._named(stem, use := Use("include", item.value["include"], {}, item, name), scope)
        wanted = given(document)
        sources = [arriving] if len(wanted) < 2 else self._listed(short(document.stem), [*wanted], use, scope)
        if not sources or None in sources:
            return self._give(scope, name, self._unnamed_input(item, name))
        inner = self._descend(item, scope, name)
        volumes = [self.builder.volume(source) for source in sources if source is not None]
        lexicon = frozenset({*type_names(), *document.blocks})
        names = included(document, self._settings(item, document, scope), volumes, lexicon, self.problems)
        if any(hasattr(value, "free_symbols") for value in names.values()):
            self.builder.forget()
        inner = replace(inner, names=dict(names), given=sources[0], parent=None, sealed=True)
        for each, source in zip(wanted, sources, strict=True):
            self.known.give(f"{inner.prefix}\0{each}", source)
        until = item.get("until")
        text = self._written(until.text, scope, until, "until") if isinstance(until, Scalar) else None
        if until is not None and not (isinstance(until, Scalar) and until.text):
            self._report("`until` takes the name of one layer, group or block", until, "such as `until: stage4`", name)
        before = self.document, self.names, self.lexicon, self.used, self.until, list(self.walked)
        self.document, self.names, self.lexicon, self.used = document, names, lexicon, set()
        end = f"{inner.prefix}{text}"
        self.until = (*self.until, end) if text else self.until
        try:
            result = self._list(document.keys["layers"], inner, sources[0])
        except _ReachedError as reached:
            if reached.args != (end,):
                raise
            result, text = self.known.ends[end], None
        finally:
            self.document, self.names, self.lexicon, self.used, self.until, self.walked = before
        if text and not self.problems:
            others = [other for other in self.known.within(inner.prefix) if other != text]
            way_out = near(text, others) or "name a layer, group or block of that spec"
            self._report(f"{short(document.stem)} has no `{short(text)}` to end at", until, way_out, name)
        self.written = True
        return self._give(scope, name, result)

    def _settings(self, item: Table, document: Document, scope: Scope) -> dict[str, Any]:
        """The values that `set` gives the parameters of a spec that is included, worked out where it stands."""
        given = item.get("set")
        if given is None:
            return {}
        if not isinstance(given, Table):
            self._report("`set` is a mapping of parameters", given, "such as `set: {width: 64}`")
            return {}
        for name in given.value:
            if name not in document.parameters:
                way_out = near(name, list(document.parameters)) or "that spec has no parameters"
                self._report(f"{short(document.stem)} has no parameter `{short(name)}`", given.keys[name], way_out)
        return {name: self._argument(datum, scope, name, "") for name, datum in given.value.items()}

    def _argument(self, datum: Datum, scope: Scope, parameter: str, label: str) -> Any:
        """A block's argument: a value, or a bare word that is not in scope, passed as that word."""
        text = datum.value
        if isinstance(text, str) and text not in scope.names and NAME.fullmatch(text):
            return text
        if any(self._is_layer(part, scope) for part in datum.parts):
            way_out = "a block has a name: put the layers under `blocks`, and pass that name"
            self._report(f"{parameter}: an argument cannot hold layers", datum, way_out, label)
            return UNKNOWN
        return settled(datum, scope.names, parameter, self.problems, label)

    def _is_layer(self, datum: Datum, scope: Scope) -> bool:
        """Is this a layer, and not only the name of a type?"""
        if isinstance(datum, Table):
            return _kind(datum) in self.lexicon | STRUCTURE.keys()
        parts = word(datum.value, self.lexicon) if isinstance(datum.value, str) else None
        return parts is not None and datum.value != parts.type and not {datum.value, parts.type} & scope.names.keys()

    # ---------------------------------------------------------------------------------------------------- layers

    def _layer(self, kind: type[Layer], use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer."""
        if "merge" in use.fields:
            self._report(_MERGE_GOES_WITH, use.item.key_place("merge"), _MERGED)
            return self._give(scope, self._named(kind.type_name(), use, scope), None)
        given = self._given(kind.type_name(), kind.main, use, f"`{use.written or use.kind}`")
        if use.main.value is not None and not kind.main:
            return None
        label = use.name or use.kind
        listed = given.get(kind.main) if kind.merges else None
        if listed is not None and any("{" in str(part.value) for part in listed.parts):
            texts = [self._written(str(part.value), scope, part, "from") or "" for part in listed.parts]
            given[kind.main] = Listing([Scalar(text, listed.place) for text in texts], listed.place)
        like = given.get("like")
        if like is not None and like.value not in (None, "none") and "like" in kind.__struct_fields__:
            if "size" in given:
                self._report("`like` and `size` both say how large the output is", like, "drop one of the two", label)
            given["like"] = Scalar(self._reference(like, scope), like.place)
            if given["like"].value is None:
                return self._give(scope, self._named(kind.type_name(), use, scope), None)
        layer = build(kind, given, use.item, scope.names, self.problems, label)
        for field in missing(kind, given) if layer is None else ():
            number = "1x1x128" if field == "output" else "3"
            example = f"write `{use.written or use.kind}: …`" if field == kind.main else f"add `{field}: {number}`"
            if isinstance(use.item, Scalar):
                example = f"write {_short_form(kind, use.written or use.kind)}"
            self._report(f"{use.kind} needs its {field}", use.item, example, label)
        sources: tuple[str, ...] | None = None if arriving is None else (arriving,)
        if kind.starts:
            sources = ()
            if (datum := use.item.get("from")) is not None:
                self._report(f"{use.kind} takes no input, and `from` names one", datum, "leave `from` out", label)
        elif kind.merges:
            sources = self._merge_inputs(use.item, given.get(kind.main), scope, arriving)
        if sources is None:
            self._unnamed_input(use.item, label)
        if layer is None or sources is None:
            return self._give(scope, self._named(kind.type_name(), use, scope), None)
        if kind.merges and len(sources) == 1 and _starred(use.item, given.get(kind.main)):
            if use.name:  # no merging layer is written for what one name with `*` comes to
                self._give(scope, self._named(kind.type_name(), use, scope), sources[0])
            return sources[0]
        return self._add(layer, sources, use._replace(fields=given), scope)

    def _given(self, kind: str, main: str, use: Use, bare: str) -> dict[str, Datum]:
        """What a layer or a block is given: its defaults, its fields, and its main argument."""
        given = {**self.document.defaults.get(kind, {}), **use.fields}
        if use.main.value is None:
            return given
        if not main:
            self._report(f"{_called(use.written, use.kind)} takes no argument", use.main, f"write {bare}", use.name)
            return given
        if main in use.fields:
            self._report(f"`{main}` is given twice", use.fields[main], "drop one of the two", use.name)
        return {**given, main: use.main}

    def _unnamed_input(self, item: Datum, label: str) -> str | None:
        """Report that nothing arrives, unless that is the work of an earlier problem."""
        if not self.problems and not self.trying:
            way_out = "add `from:` with one of " + ", ".join(f"`{name}`" for name in self.volumes)
            message = "the network has several inputs, and this layer does not name one"
            self._report(message, item, way_out, label)
        return None

    def _merge_inputs(
        self, item: Datum, listed: Datum | None, scope: Scope, arriving: str | None
    ) -> tuple[str, ...] | None:
        """The inputs of a merging layer: the list it is given, or that of `from`, or what arrives."""
        sources = item.get("from")
        if listed is not None and listed.value is not None:
            if sources is not None:
                self._report("`from` and the layer's own list both name inputs", sources, "drop one of the two")
            sources = listed
        if sources is None:
            return None if arriving is None else (arriving,)
        names = self._sources(sources, scope)
        self.steps += len(names)
        if not names:
            what = short(", ".join(f"`{part.value}`" for part in sources.parts)) or "the list"
            self._report(f"{what} names no layer", sources, "nothing is left to merge")
        return tuple(name for name in names if name is not None) if names and None not in names else None

    def _add(self, layer: Layer, sources: tuple[str, ...], use: Use, scope: Scope) -> str | None:
        """Put a layer into the network; None after its problem has been reported."""
        name = self._named(layer.type_name(), use, scope)
        full = scope.prefix + name
        if full in self.builder.nodes or full in self.volumes:
            if not self.problems:  # else it is what follows of a group that is called like another
                self._clash(full, use.item)
            return None
        self.known.ends[full] = None
        if len(self.builder.nodes) >= MOST_LAYERS:
            message = f"the network has more than {MOST_LAYERS:,} layers"
            raise self.problems.fatal(message, use.item.place, "use fewer repetitions")
        share = self._share(use.item, scope, name)
        if share is None:
            return None
        frozen = scope.frozen or self._freezes(use.item, scope)
        try:
            node = self.builder.add(full, layer, sources, share=share, frozen=frozen, place=use.item.place)
        except LayerError as error:
            datum = use.fields.get(error.field) if error.field else None
            way_out = error.help
            if self.fits and (layer.merges or isinstance(error, TooSmallError)):
                sizes = would_do(self.builder.nodes, Step(full, layer, sources), self.volumes, self.fits)
                self.fits = None  # one search is enough
                way_out = ", or ".join(filter(None, (sizes, way_out) if layer.merges else (way_out, sizes)))
            way_out = "; ".join(filter(None, (way_out, *map(self._last_of, sources))))
            return self._report(error.message, datum or use.item, way_out, full)
        except (TypeError, ArithmeticError):
            return self._report(
                "this cannot be computed with symbols", use.item, "give the symbol a number with --set", full
            )
        if scope.share and not share and (node.weights or node.biases or node.buffers):
            message = f"{full} has no counterpart whose weights it could use: there is no {scope.share}{name}"
            way_out = "a group that shares has the layers of the other, under the same names"
            self._report(message, use.item, way_out, full)
        return self._give(scope, name, full)

    def _last_of(self, source: str) -> str:
        """That a layer merges the last of several, where all may have been meant; '' if it does not."""
        node = self.builder.nodes.get(source)
        if node is None or not node.layer.merges:
            return ""
        for name in node.inputs:
            base, _, number = name.rpartition(".")
            if number.isdecimal() and self.known.ends.get(base) == name and f"{base}.1" not in (name, *node.inputs):
                return f"`{base}` is the last of {number}; all are `{base}.*`"
        return ""

    def _share(self, item: Datum, scope: Scope, name: str) -> str | None:
        """The layer whose weights this one uses; '' for none, None after a problem."""
        datum = item.get("share")
        if datum is None or _kind(item) in _STRUCTURE_WORDS:
            target = scope.share + name
            return target if scope.share and target in self.builder.nodes else ""
        other = self._reference(datum, scope)
        if other in self.volumes:
            message = f"`{short(other)}` is an input, which has no weights"
            return self._report(message, datum, "name a layer before this one", name)
        return other

    # ------------------------------------------------------------------------------------------ names, references

    def _name(self, item: Table, scope: Scope) -> str:
        """The name that an item is given, its expressions in braces evaluated; '' for none."""
        datum = item.value.get("name")
        if datum is None or datum.value is None:
            return ""
        text = datum.text if isinstance(datum, Scalar) else ""
        if not 0 < len(text) <= 200:
            return self._report("a name is a short text", datum, "such as `name: conv1`") or ""
        plain = self._written(text, scope, datum, "name")
        if plain is not None and not _LAYER_NAME.fullmatch(plain):
            plain = self._report(f"`{short(plain)}` is not a valid layer name", datum, _NAME_HELP)
        if plain is None:
            return ""
        return plain if plain != text else plain + scope.suffix

    def _written(self, text: str, scope: Scope, datum: Datum, what: str) -> str | None:
        """A text with the expressions in its braces evaluated; None after the problem of one has been reported."""
        try:
            return _TEMPLATE.sub(lambda part: str(evaluate(part[1], scope.names)), text)
        except ExpressionError as error:
            self._report(f"{what}: {error.message}", datum, error.help)
        except UnknownError:
            pass
        return None

    def _named(self, kind: str, use: Use, scope: Scope) -> str:
        """The name of a layer or block in its scope: the one it is given, else the next one of its type."""
        if not use.name:
            return scope.numbered(kind)
        self._take(use.name, use.item, scope)
        return use.name

    def _take(self, name: str, item: Datum, scope: Scope) -> None:
        """Note that a name is given in a scope, which no name is twice."""
        if name in scope.taken:
            self._clash(scope.prefix + name, item)
        scope.taken.add(name)

    def _clash(self, name: str, item: Datum) -> None:
        way_out = 'choose another name; in a group that is written several times, `name: "a{index}"` numbers them'
        self._report(f"two layers are called `{short(name)}`", item.get("name") or item, way_out)

    def _takes_several(self, item: Table, scope: Scope) -> bool:
        """Does the item look for its inputs itself, because it takes several?"""
        kind = _structure_of(item) or _kind(item) or ""
        if kind == "include":
            try:
                return len(given(self.document.included(item.value["include"]))) > 1
            except SpecError:
                return True
        kind = kind if kind in self.lexicon else str(scope.names.get(kind, kind))
        layer, block = type_names().get(kind), self.document.blocks.get(kind)
        return (layer is not None and layer.merges) or (block is not None and bool(block.inputs))

    def _from(self, item: Table, scope: Scope) -> str | None:
        """The one input that `from` names."""
        datum = item.value["from"]
        names = self._sources(datum, scope)
        if len(names) == 1:
            return names[0]
        named = f"`{datum.parts[0].value}`" if len(datum.parts) == 1 else "`from`"
        kind = _structure_of(item) or _kind(item) or "this"
        message = f"{short(kind)} takes one input, and {named} names {len(names)}"
        return self._report(message, datum, "merge them first with `concat`, `add` or `multiply`")

    def _reference(self, datum: Datum, scope: Scope) -> str | None:
        """The full name of the one layer or input that a name means; None when there is none, or none was made."""
        names = self._references(datum, scope)
        if len(names) == 1:
            return names[0]
        return self._report(
            f"`{short(datum.value)}` names {len(names)} layers, and one is wanted", datum, "name one of them"
        )

    def _sources(self, datum: Datum | None, scope: Scope) -> list[str | None]:
        """What all the names in a list mean, or the one that stands there."""
        return [name for part in datum.parts for name in self._references(part, scope)] if datum else []

    def _references(self, datum: Datum, scope: Scope) -> list[str | None]:
        """The full names of the layers and inputs that a name means: with `*` in it, every number of it.

        None stands for what was not made, and for a problem that has been reported.
        """
        if not isinstance(datum.value, str):
            self._report("write the name of a layer", datum, "such as `from: conv1`")
            return [None]
        name = self._written(datum.value, scope, datum, "from")
        if name is None:
            return [None]
        if name == "input" and scope.given is not None:
            return [scope.given]
        end = self.known.end(scope, name)
        if end is not ABSENT:
            return [end]
        if name in self.volumes and not scope.sealed:
            return [name]
        base, star, _ = name.partition("*")
        base = base.rstrip(".")
        found = self.known.every(scope, name) if star else []
        if found or (star and base and self._is_to_come(base, scope)):
            return found
        parts = name.split(".")
        if self.trying or any(self.known.end(scope, ".".join(parts[:most])) is None for most in range(1, len(parts))):
            return [None]  # in what was not made
        if name.startswith("*"):
            self._report("a reference cannot begin with `*`", datum, "write the name first, such as `y.*`")
            return [None]
        message = f"no layer before this one is called `{short(name)}`"
        if (message, datum.place) in self.problems:
            return [None]  # names to suggest are looked for once
        names = {*([] if scope.sealed else self.volumes)}.union(*(self.known.within(s.prefix) for s in scope.outward()))
        numbered = {re.sub("[0-9]+", "*", other) for other in names} - names if star else set()
        way_out = near(name, sorted(numbered or names)) or "layers are named by `name:`, or by type and number: conv1"
        if self.known.every(scope, f"{name}.*"):
            way_out = f"all that are numbered so are `{short(name)}.*`"
        if star and self.known.end(scope, base) not in (ABSENT, None):
            message = f"`{short(name)}` names no layer: a `*` stands for a number"
            way_out = f"write `{short(base)}.*`" if self.known.every(scope, f"{base}.*") else f"write `{short(base)}`"
        self._report(message, datum, way_out)
        return [None]

    def _is_to_come(self, base: str, scope: Scope) -> bool:
        """Is this, before a `*`, the name of what is repeated, and has been written no time so far?"""
        items = self.walked[-1].parts if self.walked else []
        self.known.looked += len(items)
        return self.known.is_unwritten(scope, base) or (
            bool(scope.suffix) and any((named := item.get("name")) and named.value == base for item in items)
        )

    def _give(self, scope: Scope, name: str, end: str | None) -> str | None:
        """Give a name to what has been written, and pass that on; what is included may end there."""
        full = scope.prefix + name
        self.known.give(full, end)
        if full in self.until and end is not None:
            raise _ReachedError(full)
        return end

    # ----------------------------------------------------------------------------------------------- small pieces

    def _arrive(self, scope: Scope, arriving: str | None) -> None:
        """Make `input` in expressions mean the volume that arrives here."""
        if arriving is not None:
            scope.names["input"] = self.builder.volume(arriving)
        elif self.problems or self.trying:
            scope.names["input"] = UNKNOWN
        else:
            scope.names.pop("input", None)

    def _count(self, datum: Datum, scope: Scope, label: str) -> int:
        """How often an item is written."""
        count = settled(datum, scope.names, "repeat", self.problems, label)
        if count is UNKNOWN:
            return int(self.trying)
        if type(count) is not int or count < 0:
            message, way_out = f"repeat must be a whole number of at least 0, not {short(count)}", "such as `repeat: 3`"
        elif count > MOST_LAYERS:
            message = f"repeat: {short(f'{count:,}')} is more than the {MOST_LAYERS:,} layers a network may have"
            way_out = "use fewer repetitions"
        else:
            return count
        self._report(message, datum, way_out, label)
        return 0


_MERGE_GOES_WITH = "`merge` goes with `branches`, `each`, or `layers` and `repeat`"
_MERGED = "such as `{layers: [conv3-64], repeat: 4, merge: add}`"
_STRUCTURE_WORDS = {*STRUCTURE, *(word_ for words in STRUCTURE.values() for word_ in words)}


def _called(written: str, kind: str) -> str:
    """A type for a message, with the parameter that holds its name where one stands for it."""
    return f"`{written}` is `{kind}` here, which" if written not in ("", kind) else kind


def _short_form(kind: type[Layer], name: str) -> str:
    """A word of the notation for a type, or what to write where it has none."""
    if "kernel" in kind.__struct_fields__:
        return f"{name}3-64"
    return f"{name}-2" if takes(readings(kind)[kind.main].term, int) else f"`{name}: …`"


def _kind(item: Datum) -> str | None:
    """The first key that is not a reserved one: the type."""
    return next((key for key in item.value if key not in RESERVED), None)


def _structure_of(item: Datum) -> str | None:
    """The word of structure that an item is of; None for a layer or a block."""
    kind = _kind(item)
    if kind not in _STRUCTURE_WORDS:
        return None
    return next((key for key, others in STRUCTURE.items() if key in item.value and kind in (key, *others)), None)


def _starred(item: Datum, listed: Datum | None) -> bool:
    """Is there a `*` among the references to the inputs of a merging layer?"""
    sources = listed if listed is not None and listed.value is not None else item.get("from")
    return sources is not None and any("*" in str(part.value) for part in sources.parts)


class _ReachedError(Exception):
    """What is included ends here, at the layer, group or block of that full name."""
