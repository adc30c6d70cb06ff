"""From a document to a network: groups, branches, blocks and repetitions written out, layer by layer.

Every problem is reported and the walk goes on; what hangs on a layer that could not be made is left alone, so that
one slip is one message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnncalc import dims
from cnncalc.layers import Layer, registry, type_names
from cnncalc.network import Builder, Network, Node
from cnncalc.spec.document import RESERVED, STRUCTURE, Block, Document, plain_data
from cnncalc.spec.errors import Place, Problem, SpecError, near, short
from cnncalc.spec.expressions import ExpressionError, evaluate
from cnncalc.spec.fields import Unknown, build, missing, named_or_evaluated, readings, value_of
from cnncalc.spec.notation import NAME, word
from cnncalc.spec.yaml import Datum, Listing, Scalar, Table, scalar
from cnncalc.terms import ActivationWord, words
from cnncalc.volume import MOST, Volume
from cnncalc.window import LayerError

MOST_LAYERS = 200_000
MOST_STEPS = 400_000
MOST_PROBLEMS = 100
DEEPEST = 40

_TEMPLATE = re.compile(r"\{([^{}]*)\}")


@dataclass(slots=True, eq=False)
class Scope:
    """Where items stand: the names that expressions see, and the layers that `from` finds."""

    names: dict[str, Any]
    given: str | None
    prefix: str = ""
    parent: Scope | None = None
    layers: dict[str, str | None] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    suffix: str = ""
    frozen: bool = False
    share: str = ""
    depth: int = 0

    def inner(self, name: str, given: str | None, names: dict[str, Any] | None = None) -> Scope:
        """The scope of a named group or a block in this one."""
        return Scope(
            names={**self.names} if names is None else names,
            given=given if names is not None else self.given,
            prefix=f"{self.prefix}{name}.",
            parent=self,
            frozen=self.frozen,
            share=f"{self.share}{name}." if self.share else "",
            depth=self.depth,
        )

    def numbered(self, kind: str) -> str:
        """The next free name of an unnamed layer or block."""
        stem = f"{kind}_" if kind[-1].isdigit() else kind
        while True:
            count = self.counters[kind] = self.counters.get(kind, 0) + 1
            if f"{stem}{count}" not in self.taken:
                self.taken.add(f"{stem}{count}")
                return f"{stem}{count}"


class Abort(Exception):
    """There is no use in going on."""


class Expander:
    """Writes a document out into a network."""

    def __init__(self, document: Document, overrides: Mapping[str, Datum]) -> None:
        self.document = document
        self.overrides = dict(overrides)
        self.problems: dict[tuple[str, Place | None], Problem] = {}
        self.steps = 0
        self.lexicon = {*type_names(), *document.blocks}
        self.names: dict[str, Any] = {"true": True, "false": False}
        self.builder = Builder({})
        self.scopes: set[str] = set()

    # ------------------------------------------------------------------------------------------------ the whole

    def network(self) -> Network:
        """The network. Raises SpecError with everything that is wrong."""
        with dims.assumptions() as assumptions:
            try:
                inputs = self._inputs()
                self.builder = Builder(inputs)
                outputs = self._walk(inputs)
            except Abort:
                outputs = ()
        if self.problems:
            raise SpecError(*self.problems.values())
        nodes = tuple(self.builder.nodes.values())
        return Network(
            name=self.document.text("name", "network"),
            source=self.document.text("source"),
            inputs=inputs,
            layers=nodes,
            outputs=outputs,
            warnings=tuple(f"{node.name}: {text}" for node in nodes for text in node.warnings),
            assumptions=tuple(assumptions),
            published=tuple(self._published()),
            budget=plain_data(self.document.keys["budget"]) if "budget" in self.document.keys else None,
        )

    def _walk(self, inputs: Mapping[str, Volume]) -> tuple[str, ...]:
        """Write out the layers; the names of the outputs."""
        first = next(iter(inputs)) if len(inputs) == 1 else None
        scope = Scope(dict(self.names), first, taken=set(inputs))
        if first is None:
            scope.names.pop("input", None)
        layers = self.document.keys["layers"]
        if not isinstance(layers, Listing):
            self._report("`layers` is a list", layers.place, "write each layer behind a dash")
            raise Abort
        last = self._items(layers.value, scope, first)
        if not self.builder.nodes and not self.problems:
            self._report("the network has no layers", layers.place, "add one: `- conv3-64`")
        return self._outputs(scope, last)

    def _outputs(self, scope: Scope, last: str | None) -> tuple[str, ...]:
        datum = self.document.keys.get("outputs")
        if datum is None or datum.value is None:
            return () if last is None else (last,)
        found = []
        for item in datum.value if isinstance(datum, Listing) else [datum]:
            if not isinstance(item, Scalar) or not isinstance(item.value, str):
                self._report("`outputs` lists names of layers", item.place, "such as `outputs: [left, right]`")
                continue
            name = self._lookup(item, scope, "")
            if name is not None:
                found.append(name)
        return tuple(found)

    def _published(self) -> list[dict[str, Any]]:
        datum = self.document.keys.get("published")
        return [] if datum is None else list(plain_data(datum) or [])

    # ------------------------------------------------------------------------------------- parameters and inputs

    def _inputs(self) -> dict[str, Volume]:
        """The input volumes, after the parameters: a name in a volume that is no parameter is a symbol."""
        datum = self.overrides.pop("input", self.document.keys["input"])
        data = datum.value if isinstance(datum, Table) else {"input": datum}
        parameters = self.document.parameters
        symbols = {name for item in data.values() for name in _names_in(item) if name not in parameters}
        if self.document.inline:
            symbols |= {
                name for name in _free_names(self.document.keys["layers"], self.lexicon) if name not in parameters
            }
        for name in self.overrides:
            if name not in parameters and name not in symbols:
                self._report(
                    f"there is no parameter `{short(name)}` to set",
                    self.overrides[name].place,
                    near(name, [*parameters, *sorted(symbols), "input"]) or "parameters are named at the top of a spec",
                )
        for name in sorted(symbols):
            self.names[name] = self._parameter(name, self.overrides[name]) if name in self.overrides else _symbol(name)
        for name, own in parameters.items():
            self.names[name] = self._parameter(name, self.overrides.get(name, own))
        volumes = {}
        for name, item in data.items():
            if not NAME.fullmatch(name) or ("x" in name and not NAME.fullmatch(name)):
                self._report(f"an input can not be called `{short(name)}`", item.place, "letters, digits and _")
            volume = self._volume(item)
            if volume is not None:
                volumes[name] = volume
        if len(volumes) < len(data) or not data:
            if not data:
                self._report("the spec names no input", datum.place, "add `input: 224x224x3`")
            raise Abort
        return volumes

    def _parameter(self, name: str, datum: Datum) -> Any:
        """A parameter's value; a word that means nothing else is a symbol."""
        if isinstance(datum, Scalar) and isinstance(datum.value, str) and NAME.fullmatch(datum.value):
            text = datum.value
            if text not in self.names:
                return text if text in _vocabulary() else _symbol(text)
        if isinstance(datum, Table):
            self._report(f"parameter {short(name)} is a mapping", datum.place, "give a number, a word, or a list")
            return None
        return self._value(datum, self.names, name, "")

    def _volume(self, datum: Datum) -> Volume | None:
        """An input volume: ``224x224x3``, a list, or either with names in it."""
        try:
            if isinstance(datum, Scalar) and isinstance(datum.value, str) and "x" in datum.value:
                extents = tuple(
                    int(part) if part.isdigit() and len(part) < 30 else named_or_evaluated(part, self.names)
                    for part in datum.value.split("x")
                )
            else:
                value = value_of(datum, self.names)
                extents = value if isinstance(value, tuple) else (value,)
        except ExpressionError as error:
            self._report(f"input: {error.message}", datum.place, "a volume is written 224x224x3, channels last")
            return None
        except Unknown:
            return None
        for extent in extents:
            whole = isinstance(extent, int) and not isinstance(extent, bool)
            if not (whole and 1 <= extent <= MOST) and not hasattr(extent, "free_symbols"):
                self._report(
                    f"input: {short(extent)} is no extent of a volume",
                    datum.place,
                    f"a volume is written 224x224x3, channels last; every extent is a whole number from 1 to {MOST:,}",
                )
                return None
        if not 1 <= len(extents) <= 4:
            self._report(
                f"input: a volume of {len(extents)} extents", datum.place, "up to three sides, and the channels last"
            )
            return None
        return Volume(extents[:-1], extents[-1])

    # ------------------------------------------------------------------------------------------------- the items

    def _items(self, items: Sequence[Datum], scope: Scope, arriving: str | None) -> str | None:
        """Write out items one behind the other; the name of what comes out, None where that is not known."""
        for item in items:
            arriving = self._item(item, scope, arriving)
        return arriving

    def _item(self, item: Datum, scope: Scope, arriving: str | None) -> str | None:
        if not isinstance(item, Table) or not item.value:
            if isinstance(item, Scalar) and isinstance(item.value, str):
                return self._once(item, scope, arriving, "")
            self._report("a layer is a word or a mapping", item.place, "such as `conv3-64` or `{conv: 64, kernel: 3}`")
            return None
        keys = item.value
        repeated = "repeat" in keys
        self._arrive(scope, arriving)
        if "from" in keys and not self._merges(item):
            arriving = self._from(item, scope)
            self._arrive(scope, arriving)
        name = self._name(item, scope)
        if not repeated:
            return self._once(item, scope, arriving, name)
        count = self._count(keys["repeat"], scope, name)
        outer = scope.names.get("index", _ABSENT)
        suffix = scope.suffix
        for index in range(count):
            scope.names["index"] = index
            if name:
                arriving = self._once(item, scope, arriving, f"{name}.{index + 1}")
            else:
                scope.suffix = f"{suffix}.{index + 1}"
                arriving = self._once(item, scope, arriving, "")
        scope.suffix = suffix
        _restore(scope.names, "index", outer)
        if name and count:
            scope.layers[name] = arriving
        return arriving

    def _once(self, item: Datum, scope: Scope, arriving: str | None, name: str) -> str | None:
        """One instance of an item."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            self._report(f"the spec writes out to more than {MOST_STEPS:,} items", item.place, "repeat less")
            raise Abort
        self._arrive(scope, arriving)
        if not isinstance(item, Table):
            return self._word(item, scope, arriving)
        keys = item.value
        if "when" in keys:
            wanted = self._value(keys["when"], scope.names, "when", name)
            if wanted is None or not self._decided(wanted, keys["when"], name):
                return arriving if wanted is not None else None
        kind = next((key for key in keys if key not in RESERVED), None)
        if kind is None:
            self._report("this names no layer type", item.place, "such as `conv: 64`", name)
            return None
        structure = next(
            (
                word
                for word in ("each", "branches", "residual", "layers")
                if word in keys and kind in (word, *STRUCTURE[word])
            ),
            None,
        )
        if structure is not None:
            return self._structure(structure, item, scope, arriving, name)
        fields = {key: datum for key, datum in keys.items() if key not in RESERVED and key != kind}
        return self._typed(kind, keys[kind], fields, item, scope, arriving, name, item.keys[kind])

    def _word(self, item: Datum, scope: Scope, arriving: str | None) -> str | None:
        """A layer in the notation."""
        parts = word(item.value, self.lexicon)
        if parts is None:
            self._report(
                f"there is no layer type `{short(item.value)}`",
                item.place,
                near(re.split(r"[\d/-]", item.value)[0], sorted(self.lexicon))
                or "`cnncalc layers` lists the types; a word is type, kernel, -main, /stride: conv3-64/2",
            )
            return None
        fields: dict[str, Datum] = {}
        main: Datum = Scalar(None, item.place)
        layer = type_names().get(parts.type)
        known = layer.__struct_fields__ if layer else self.document.blocks[parts.type].parameters
        if parts.main is not None:
            main = Scalar(scalar(parts.main), item.place)
        if parts.extent is not None:
            if "kernel" in known:
                fields["kernel"] = Scalar(scalar(parts.extent), item.place)
            elif parts.main is None:
                main = Scalar(scalar(parts.extent), item.place)
            else:
                self._report(f"{parts.type} has no kernel", item.place, f"write {parts.type}-{parts.main}")
                return None
        if parts.stride is not None:
            fields["stride"] = Scalar(scalar(parts.stride), item.place)
        if layer is not None and {"kernel", "padding"} <= set(known):
            fields["padding"] = Scalar("half", item.place)
        return self._typed(parts.type, main, fields, item, scope, arriving, "", item.place)

    def _typed(
        self,
        kind: str,
        main: Datum,
        fields: dict[str, Datum],
        item: Datum,
        scope: Scope,
        arriving: str | None,
        name: str,
        place: Place | None,
    ) -> str | None:
        """An instance of a layer type or of a block."""
        block = self.document.blocks.get(kind)
        if block is not None:
            return self._block(block, main, fields, item, scope, arriving, name)
        layer = type_names().get(kind)
        if layer is None:
            parts = word(kind, self.lexicon)
            help = near(kind, sorted({*self.lexicon, *STRUCTURE}))
            if parts is not None and (parts.extent or parts.main or parts.stride):
                help = f"the short form stands alone, `- {short(kind)}`; with fields it is `{{{parts.type}: …, kernel: …}}`"
            self._report(
                f"there is no layer type `{short(kind)}`", place, help or "`cnncalc layers` lists the types", name
            )
            return None
        return self._layer(layer, main, fields, item, scope, arriving, name)

    # ------------------------------------------------------------------------------------------------- structure

    def _structure(self, word: str, item: Table, scope: Scope, arriving: str | None, name: str) -> str | None:
        keys = item.value
        for key in keys:
            if key not in RESERVED and key != word and key not in STRUCTURE[word]:
                self._report(
                    f"`{word}` does not go with `{short(key)}`",
                    item.keys[key],
                    "it takes " + ", ".join(f"`{known}`" for known in (*STRUCTURE[word], *RESERVED)),
                    name,
                )
        inner = self._descend(item, scope, arriving, name)
        if word == "layers":
            result = self._list(keys["layers"], inner, arriving, "layers")
        elif word == "each":
            result = self._each(item, inner, arriving)
        elif word == "branches":
            branches = keys["branches"]
            if not isinstance(branches, Listing):
                self._report("`branches` is a list of lists of layers", branches.place, "an empty list is the identity")
                return None
            result = self._merged(branches.value, keys.get("merge"), "concat", inner, arriving, item)
        else:
            paths = [keys["residual"], keys.get("shortcut", Listing([], item.place))]
            result = self._merged(paths, None, "add", inner, arriving, item)
        return self._ascend(scope, name, result)

    def _descend(self, item: Datum, scope: Scope, arriving: str | None, name: str) -> Scope:
        """The scope in which the parts of an item stand: its own where it has a name, else the one around it."""
        if scope.depth >= DEEPEST:
            self._report(
                f"groups and blocks are nested deeper than {DEEPEST}",
                item.place,
                "does a block use itself without end?",
            )
            raise Abort
        if name:
            inner = scope.inner(name, arriving)
            self.scopes.add(inner.prefix)
        else:
            inner = replace(scope)
        inner.depth += 1
        self._inherit(item, inner, scope, name)
        return inner

    def _inherit(self, item: Datum, inner: Scope, scope: Scope, name: str) -> None:
        """What `frozen` and `share` on an item say of everything in it."""
        if not isinstance(item, Table):
            return
        if "frozen" in item.value:
            inner.frozen = scope.frozen or bool(self._truth(item.value["frozen"], scope, "frozen"))
        if "share" in item.value:
            target = item.value["share"]
            written = str(target.value)
            outer: Scope | None = scope
            while outer is not None:
                if f"{outer.prefix}{written}." in self.scopes:
                    inner.share = f"{outer.prefix}{written}."
                    return
                outer = outer.parent
            known = sorted(prefix[:-1] for prefix in self.scopes)
            self._report(
                f"there is no group or block called `{short(written)}` to share",
                target.place,
                near(written, known),
                name,
            )

    def _ascend(self, scope: Scope, name: str, result: str | None) -> str | None:
        if name:
            scope.layers[name] = result
        return result

    def _list(self, datum: Datum, scope: Scope, arriving: str | None, what: str) -> str | None:
        """A list of items; a single item is a list of one, nothing is the identity."""
        if isinstance(datum, Listing):
            return self._items(datum.value, scope, arriving)
        if datum.value is None:
            return arriving
        return self._item(datum, scope, arriving)

    def _each(self, item: Table, scope: Scope, arriving: str | None) -> str | None:
        """The group once for each tuple of the zipped lists."""
        lists = item.value["each"]
        if "layers" not in item.value or not isinstance(lists, Table) or not lists.value:
            self._report(
                "`each` is a mapping of names to lists, with `layers` beside it",
                item.place,
                "such as `each: {width: [64, 128]}`",
            )
            return None
        columns: dict[str, Sequence[Any]] = {}
        for name, datum in lists.value.items():
            if not NAME.fullmatch(name) or name in ("index", "input"):
                self._report(f"`{short(name)}` is no name to bind", lists.keys[name], "letters, digits and _")
                return None
            value = self._value(datum, scope.names, name, "")
            if value is None:
                return None
            if not isinstance(value, (list, tuple)):
                self._report(
                    f"each: {name} is {short(value)}, and no list", datum.place, "give one value for each turn"
                )
                return None
            columns[name] = value
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            counted = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
            self._report(
                f"the lists of `each` differ in length: {counted}", lists.place, "give them equally many values"
            )
            return None
        saved = {name: scope.names.get(name, _ABSENT) for name in (*columns, "index")}
        suffix = scope.suffix
        for index, row in enumerate(zip(*columns.values(), strict=True)):
            scope.names.update(zip(columns, row, strict=True))
            scope.names["index"] = index
            scope.suffix = f"{suffix}.{index + 1}"
            arriving = self._list(item.value["layers"], scope, arriving, "layers")
        scope.suffix = suffix
        for name, value in saved.items():
            _restore(scope.names, name, value)
        return arriving

    def _merged(
        self,
        paths: Sequence[Datum],
        merge: Datum | None,
        otherwise: str,
        scope: Scope,
        arriving: str | None,
        item: Datum,
    ) -> str | None:
        """Parallel paths from one input, and the layer that merges them."""
        kind = otherwise if merge is None or merge.value is None else merge.value
        merging = {name: layer for name, layer in registry().items() if layer.merges}
        if not isinstance(kind, str) or kind not in merging:
            known = near(kind, list(merging))
            self._report(f"merge: `{short(kind)}` merges nothing", merge.place if merge else None, known)
            return None
        ends = []
        for path in paths:
            self._arrive(scope, arriving)
            ends.append(self._list(path, scope, arriving, "branches"))
        known_ends = [end for end in ends if end is not None]
        if len(known_ends) < len(ends):
            return None
        return self._add(merging[kind](), tuple(known_ends), scope, "", item, {})

    def _block(
        self,
        block: Block,
        main: Datum,
        fields: dict[str, Datum],
        item: Datum,
        scope: Scope,
        arriving: str | None,
        name: str,
    ) -> str | None:
        """An instance of a block: its parameters bound, its layers written out in a scope of their own."""
        given = dict(fields)
        first = next(iter(block.parameters), None)
        if main.value is not None or isinstance(main, (Listing, Table)):
            if first is None:
                self._report(f"{block.name} takes no argument", main.place, f"write `{block.name}:`", name)
            elif first in given:
                self._report(f"{block.name} is given `{first}` twice", given[first].place, "take one out", name)
            else:
                given[first] = main
        for key, datum in given.items():
            if key not in block.parameters:
                self._report(
                    f"block {block.name} has no parameter `{short(key)}`",
                    datum.place,
                    near(key, list(block.parameters)) or "name it under the block's `parameters`",
                    name,
                )
        own = name or scope.numbered(block.name)
        if name:
            self._take(scope, name, item)
        inner = self._descend(item, scope, arriving, own)
        inner.names = dict(self.names)
        inner.given = arriving
        sound = True
        for parameter, default in block.parameters.items():
            if parameter in given:
                value = self._argument(given[parameter], scope, parameter, own)
            elif default is not None:
                self._arrive(inner, arriving)
                value = self._argument(default, inner, parameter, own)
            else:
                self._report(f"{block.name} needs `{parameter}`", item.place, f"add `{parameter}: …`", own)
                value = None
            sound = sound and value is not None
            inner.names[parameter] = value
        if not sound:
            return self._ascend(scope, own, None)
        return self._ascend(scope, own, self._items(block.layers.value, inner, arriving))

    def _argument(self, datum: Datum, scope: Scope, parameter: str, label: str) -> Any:
        """A block's argument: a value, or a bare word that is not in scope, passed as that word."""
        if isinstance(datum, Scalar) and isinstance(datum.value, str) and NAME.fullmatch(datum.value):
            if datum.value not in scope.names and datum.value != "input":
                return datum.value
        return self._value(datum, scope.names, parameter, label)

    # ---------------------------------------------------------------------------------------------------- layers

    def _layer(
        self,
        kind: type[Layer],
        main: Datum,
        fields: dict[str, Datum],
        item: Datum,
        scope: Scope,
        arriving: str | None,
        name: str,
    ) -> str | None:
        given = {**self.document.defaults.get(kind.type_name(), {}), **fields}
        if not isinstance(main, Scalar) or main.value is not None:
            if not kind.main:
                self._report(f"{kind.type_name()} takes no argument", main.place, f"write `{kind.type_name()}`", name)
                return None
            if kind.main in fields:
                self._report(f"`{kind.main}` is given twice", fields[kind.main].place, "take one of the two out", name)
            given[kind.main] = main
        label = name or kind.type_name()
        keys = item.keys if isinstance(item, Table) else {}
        layer = build(kind, given, keys, scope.names, self._problem, label)
        for needed in missing(kind, given) if layer is None else ():
            example = {"kernel": "kernel: 3"}.get(needed, f"{needed}: …")
            self._report(
                f"{kind.type_name()} needs `{needed}`"
                if needed != kind.main
                else f"{kind.type_name()} needs its {needed}",
                item.place,
                f"add `{example}`" if needed != kind.main else f"write `{kind.type_name()}: …`",
                label,
            )
        sources: tuple[str, ...] | None = None if arriving is None else (arriving,)
        if kind.merges:
            sources = self._merge_inputs(item, getattr(layer, "inputs", None), given.get(kind.main), scope, arriving)
        elif arriving is None and scope.given is None and not self.problems:
            self._report(
                "the network has several inputs, and this does not say which",
                item.place,
                "add `from:` with one of " + ", ".join(f"`{known}`" for known in self.builder._inputs),
                label,
            )
        if layer is None or sources is None:
            own = self._named(kind, scope, name, item)
            scope.layers[own] = None
            return None
        return self._add(layer, sources, scope, name, item, given)

    def _merge_inputs(
        self, item: Datum, names: tuple[str, ...] | None, datum: Datum | None, scope: Scope, arriving: str | None
    ) -> tuple[str, ...] | None:
        """The inputs of a merging layer: the list it is given, or that of `from`, or what arrives."""
        listed = item.value.get("from") if isinstance(item, Table) else None
        if datum is not None and datum.value is not None:
            if listed is not None:
                self._report(
                    "`from` and the layer's own list both name inputs", listed.place, "take one of the two out"
                )
            listed = datum
        if listed is None:
            return None if arriving is None else (arriving,)
        found = [self._reference(part, scope) for part in (listed.value if isinstance(listed, Listing) else [listed])]
        known = tuple(name for name in found if name is not None)
        return known if len(known) == len(found) else None

    def _named(self, kind: type[Layer], scope: Scope, name: str, item: Datum) -> str:
        """The layer's name in its scope."""
        if not name:
            return scope.numbered(kind.type_name())
        self._take(scope, name, item)
        return name

    def _take(self, scope: Scope, name: str, item: Datum) -> None:
        if name in scope.taken:
            place = item.value["name"].place if isinstance(item, Table) and "name" in item.value else item.place
            self._report(
                f"two layers are called `{short(name)}`", place, 'names differ; `name: "a{index}"` numbers them'
            )
        scope.taken.add(name)

    def _add(
        self,
        layer: Layer,
        sources: tuple[str, ...],
        scope: Scope,
        name: str,
        item: Datum,
        given: Mapping[str, Datum],
    ) -> str | None:
        """Put a layer into the network; None after its problem has been reported."""
        own = self._named(type(layer), scope, name, item)
        full = scope.prefix + own
        scope.layers[own] = None
        if len(self.builder.nodes) >= MOST_LAYERS:
            self._report(f"the network has more than {MOST_LAYERS:,} layers", item.place, "repeat less")
            raise Abort
        frozen, share = self._item_flags(item, scope, own)
        if share is None:
            return None
        try:
            node = self.builder.add(full, layer, sources, share=share, frozen=frozen, place=item.place)
        except LayerError as error:
            datum = given.get(error.field) if error.field else None
            self._report(error.message, item.place if datum is None else datum.place, error.help, full)
            return None
        except (TypeError, ArithmeticError):
            self._report(
                "this can not be worked out with symbols", item.place, "give the symbol a number with --set", full
            )
            return None
        scope.layers[own] = node.name
        return node.name

    def _item_flags(self, item: Datum, scope: Scope, own: str) -> tuple[bool, str | None]:
        """Whether a layer is frozen, and the layer that it shares weights with ('' for none, None after a problem)."""
        frozen, share = scope.frozen, ""
        if scope.share and (target := scope.share + own) in self.builder.nodes:
            share = target
        if isinstance(item, Table) and not any(word in item.value for word in STRUCTURE):
            if "frozen" in item.value:
                frozen = frozen or bool(self._truth(item.value["frozen"], scope, "frozen"))
            if "share" in item.value:
                found = self._reference(item.value["share"], scope)
                if found is not None and found not in self.builder.nodes:
                    self._report(
                        f"`{short(found)}` is an input and has no weights", item.value["share"].place, None, own
                    )
                    found = None
                return frozen, found
        return frozen, share

    # ------------------------------------------------------------------------------------------------ references

    def _merges(self, item: Table) -> bool:
        kind = next((key for key in item.value if key not in RESERVED), None)
        layer = type_names().get(kind or "")
        return layer is not None and layer.merges

    def _from(self, item: Table, scope: Scope) -> str | None:
        datum = item.value["from"]
        if isinstance(datum, Listing):
            if len(datum.value) == 1:
                return self._reference(datum.value[0], scope)
            kind = next((key for key in item.value if key not in RESERVED), "this")
            self._report(
                f"{short(kind)} takes one input, and `from` names {len(datum.value)}",
                datum.place,
                "merge them first with `concat`, `add` or `multiply`",
            )
            return None
        return self._reference(datum, scope)

    def _reference(self, datum: Datum, scope: Scope) -> str | None:
        """The full name of the layer or input that a name means; None when there is none, or none was made."""
        if not isinstance(datum, Scalar) or not isinstance(datum.value, str):
            self._report("a layer is meant by its name", datum.place, "such as `from: conv1`")
            return None
        return self._lookup(datum, scope, "")

    def _lookup(self, datum: Datum, scope: Scope, label: str) -> str | None:
        name = datum.value
        if name == "input" and scope.given is not None:
            return scope.given
        here: Scope | None = scope
        while here is not None:
            if name in here.layers:
                return here.layers[name]
            if here.prefix + name in self.builder.nodes:
                return here.prefix + name
            here = here.parent
        if name in self.builder._inputs:
            return str(name)
        if self.problems:
            return None
        known = {*self.builder._inputs, *list(self.builder.nodes)[:2000]}
        here = scope
        while here is not None:
            known |= set(here.layers)
            here = here.parent
        self._report(
            f"no layer before this one is called `{short(name)}`",
            datum.place,
            near(name, sorted(known)) or "layers are named by `name:`, or by type and number: conv1",
            label,
        )
        return None

    # ----------------------------------------------------------------------------------------------- small pieces

    def _arrive(self, scope: Scope, arriving: str | None) -> None:
        """Make `input` in expressions mean the volume that arrives here."""
        if arriving is None:
            scope.names.pop("input", None)
        else:
            scope.names["input"] = self.builder.volume(arriving)

    def _name(self, item: Table, scope: Scope) -> str:
        """The name an item is given, its expressions in braces worked out; '' for none."""
        datum = item.value.get("name")
        if datum is None or datum.value is None:
            return ""
        text = str(datum.value)
        if not isinstance(datum, Scalar) or len(text) > 200:
            self._report("a name is a short text", datum.place, "such as `name: conv1`")
            return ""
        plain = _TEMPLATE.sub(lambda part: self._rendered(part[1], scope, datum), text)
        if not re.fullmatch(r"[^\s.{}\[\]:,]+(\.[^\s.{}\[\]:,]+)*", plain):
            self._report(f"`{short(plain)}` is no name for a layer", datum.place, "letters, digits, _ and dots between")
            return ""
        return plain if plain != text else plain + scope.suffix

    def _rendered(self, text: str, scope: Scope, datum: Datum) -> str:
        try:
            return str(evaluate(text, scope.names))
        except ExpressionError as error:
            if not (error.name == "input" and "input" not in scope.names):
                self._report(f"name: {error.message}", datum.place, error.help)
            return "unknown"

    def _count(self, datum: Datum, scope: Scope, label: str) -> int:
        """How often an item is written."""
        count = self._value(datum, scope.names, "repeat", label)
        if count is None:
            return 0
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            self._report(f"repeat must be a whole number of at least 0, not {short(count)}", datum.place, None, label)
            return 0
        if count > MOST_LAYERS:
            self._report(
                f"repeat: {short(f'{count:,}')} is more than the {MOST_LAYERS:,} layers a network may have",
                datum.place,
                None,
                label,
            )
            return 0
        return count

    def _truth(self, datum: Datum, scope: Scope, what: str) -> bool | None:
        value = self._value(datum, scope.names, what, "")
        if value is not None and not isinstance(value, bool):
            self._report(f"{what} must be true or false, not {short(value)}", datum.place, None)
            return None
        return value

    def _decided(self, value: Any, datum: Datum, label: str) -> bool:
        try:
            return bool(value)
        except TypeError:
            self._report("when: depends on a symbol", datum.place, "give the symbol a number with --set", label)
            return False

    def _value(self, datum: Datum, names: Mapping[str, Any], what: str, label: str) -> Any:
        """A value for a structural key or a parameter; None after its problem has been reported."""
        try:
            value = value_of(datum, names)
        except Unknown:
            return None
        except ExpressionError as error:
            self._report(f"{what}: {error.message}", datum.place, error.help, label)
            return None
        if value is None:
            self._report(f"{what} has no value", datum.place, "give it one", label)
        return value

    def _report(self, message: str, place: Place | None, help: str | None = None, label: str = "") -> None:
        self._problem(Problem(message, place, help, label))

    def _problem(self, problem: Problem) -> None:
        """Note a problem, the same one at the same place once."""
        self.problems.setdefault((problem.message, problem.place), problem)
        if len(self.problems) >= MOST_PROBLEMS:
            raise Abort


_ABSENT: Any = object()


def _restore(names: dict[str, Any], name: str, value: Any) -> None:
    if value is _ABSENT:
        names.pop(name, None)
    else:
        names[name] = value


def _symbol(name: str) -> Any:
    from cnncalc.numbers.symbolic import symbol

    return symbol(name)


def _vocabulary() -> frozenset[str]:
    """Every word that some field takes, and every type: a parameter of that value is the word, and no symbol."""
    found = {*type_names(), *words(ActivationWord)}
    for layer in registry().values():
        for reading in readings(layer).values():
            found |= reading.words
    return frozenset(found)


def _names_in(datum: Datum) -> list[str]:
    """The names that an input volume mentions."""
    if isinstance(datum, Listing):
        return [name for item in datum.value for name in _names_in(item)]
    if not isinstance(datum, Scalar) or not isinstance(datum.value, str):
        return []
    return [part for part in datum.value.split("x") if NAME.fullmatch(part)]


def _free_names(datum: Datum, lexicon: set[str]) -> set[str]:
    """The names in the words of a one-line spec: it has no parameters, so they can only be symbols."""
    if isinstance(datum, Listing):
        return {name for item in datum.value for name in _free_names(item, lexicon)}
    if isinstance(datum, Table):
        return _free_names(datum.value["layers"], lexicon)
    parts = word(str(datum.value), lexicon)
    texts = [text for text in (parts.main, parts.stride) if text] if parts else []
    known = {*_vocabulary(), "min", "max", "ceil", "floor", "round", "divisible", "len", "sum", "input", "if", "else"}
    return {name for text in texts for name in NAME.findall(re.sub(r"\.\w+", "", text)) if name not in known}


def network_of(document: Document, overrides: Mapping[str, Datum]) -> Network:
    """Write a document out. Raises SpecError with everything that is wrong with it."""
    return Expander(document, overrides).network()


def warnings_of(nodes: Sequence[Node]) -> list[Problem]:
    """The warnings of a network's layers as problems that know their place, each place once."""
    found: dict[tuple[str, Any], Problem] = {}
    for node in nodes:
        for text in node.warnings:
            found.setdefault((text, node.place), Problem(text, node.place, None, node.name, "warning"))
    return list(found.values())
