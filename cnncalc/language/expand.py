"""From a document to a network: groups, branches, blocks and repetitions written out, layer by layer.

Every problem is reported and the walk goes on; what depends on a layer that could not be made is left alone, so that
one slip is one message. Throughout, `arriving` is the full name of the layer or input whose volume arrives, and None
where an earlier problem left it unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnncalc import dims
from cnncalc.errors import Problem, Problems, TooManyError, near, short
from cnncalc.language.document import RESERVED, STRUCTURE, Block, Document
from cnncalc.language.expressions import UNKNOWN, ExpressionError, UnknownError, evaluate
from cnncalc.language.fields import build, missing, readings, settled, truth
from cnncalc.language.inputs import inputs
from cnncalc.language.notation import NAME, word
from cnncalc.language.scope import Scope
from cnncalc.language.tree import Datum, Listing, Scalar, Table, scalar
from cnncalc.layers import Layer, registry, type_names
from cnncalc.network.builder import Builder, stated
from cnncalc.network.counts import Sizing
from cnncalc.network.network import Network
from cnncalc.network.node import Node, Totals
from cnncalc.place import Place
from cnncalc.terms import takes
from cnncalc.volume import Volume
from cnncalc.window import LayerError

MOST_LAYERS = 200_000
MOST_STEPS = 400_000
DEEPEST = 40

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_LAYER_NAME = re.compile(r"[^\s.{}\[\]:,]+(\.[^\s.{}\[\]:,]+)*")


class Use(NamedTuple):
    """One use of a layer type or a block: what is given to it, the item it stands in, and its name ('' for none)."""

    kind: str
    main: Datum
    fields: dict[str, Datum]
    item: Datum
    name: str = ""

    def key_place(self, key: str) -> Place | None:
        """Where a key stands."""
        return self.item.keys.get(key) if isinstance(self.item, Table) else self.item.place


def network_of(document: Document, overrides: Mapping[str, Datum]) -> Network:
    """Write a document out. Raises SpecError with everything that is wrong with it."""
    problems = Problems()
    with dims.assumptions() as assumptions:
        try:
            lexicon = frozenset({*type_names(), *document.blocks})
            names, volumes = inputs(document, overrides, lexicon, problems)
            expander = Expander(document, names, volumes, lexicon, problems)
            outputs = expander.walk()
        except TooManyError:
            raise problems.error() from None
    if problems:
        raise problems.error()
    nodes = tuple(expander.builder.nodes.values())
    return Network(
        name=document.text("name", document.stem or "network"),
        source=document.text("source"),
        inputs=volumes,
        layers=nodes,
        totals=Totals.of(volumes.values(), nodes, Sizing()),
        outputs=outputs,
        assumptions=stated(assumptions),
        demands=document.demands,
    )


def warnings_of(nodes: Sequence[Node]) -> list[Problem]:
    """The warnings of a network's layers as problems that know their place, each place once."""
    found: dict[tuple[str, Any], Problem] = {}
    for node in nodes:
        for text in node.warnings:
            found.setdefault((text, node.place), Problem(text, node.place, None, node.name, "warning"))
    return list(found.values())


class Expander:
    """Writes the layers of a document out into a network."""

    def __init__(
        self,
        document: Document,
        names: Mapping[str, Any],
        volumes: Mapping[str, Volume],
        lexicon: frozenset[str],
        problems: Problems,
    ) -> None:
        self.document = document
        self.names = names
        self.volumes = volumes
        self.lexicon = lexicon
        self.problems = problems
        numbers = (*names.values(), *(extent for volume in volumes.values() for extent in volume))
        self.builder = Builder(volumes, concrete=not any(hasattr(value, "free_symbols") for value in numbers))
        self.steps = 0
        self.scopes: set[str] = set()

    def walk(self) -> tuple[str, ...]:
        """Write out the layers; the names of the outputs. Raises TooManyError after what ends the walk."""
        first = next(iter(self.volumes)) if len(self.volumes) == 1 else None
        scope = Scope(dict(self.names), first, taken=set(self.volumes))
        layers = self.document.keys["layers"]
        if not isinstance(layers, Listing):
            raise self.problems.fatal("`layers` is a list", layers.place, "write each layer after a dash")
        last = self._items(layers.value, scope, first)
        if not self.builder.nodes and not self.problems:
            self.problems.report("the network has no layers", layers.place, "add one, such as conv3-64")
        return self._outputs(scope, last)

    def _outputs(self, scope: Scope, last: str | None) -> tuple[str, ...]:
        datum = self.document.keys.get("outputs")
        if datum is None or datum.value is None:
            return () if last is None else (last,)
        listed = datum.value if isinstance(datum, Listing) else [datum]
        return tuple(name for item in listed if (name := self._reference(item, scope)) is not None)

    # ------------------------------------------------------------------------------------------------- the items

    def _items(self, items: Sequence[Datum], scope: Scope, arriving: str | None) -> str | None:
        """Write out items one after the other; what comes out at the end."""
        for item in items:
            arriving = self._item(item, scope, arriving)
        return arriving

    def _list(self, datum: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out a list of items; a single item is a list of one, nothing is the identity."""
        if isinstance(datum, Listing):
            return self._items(datum.value, scope, arriving)
        return arriving if datum.value is None else self._item(datum, scope, arriving)

    def _item(self, item: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out one item, as often as it says."""
        if isinstance(item, Scalar) and isinstance(item.value, str):
            return self._once(item, scope, arriving, "")
        if not isinstance(item, Table) or not item.value:
            self.problems.report(
                "a layer is a word or a mapping", item.place, "such as `conv3-64` or `{conv: 64, kernel: 3}`"
            )
            return None
        self._arrive(scope, arriving)
        if "from" in item.value and not self._takes_several(item):
            arriving = self._from(item, scope)
            self._arrive(scope, arriving)
        name = self._name(item, scope)
        if "repeat" not in item.value:
            return self._once(item, scope, arriving, name)
        count = self._count(item.value["repeat"], scope, name)
        with scope.binding("index"):
            around = scope.suffix
            for index in range(count):
                scope.names["index"] = index
                scope.suffix = f"{around}.{index + 1}"
                arriving = self._once(item, scope, arriving, f"{name}.{index + 1}" if name else "")
        if name and count:
            scope.layers[name] = arriving
        return arriving

    def _once(self, item: Datum, scope: Scope, arriving: str | None, name: str) -> str | None:
        """Write out one instance of an item."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise self.problems.fatal(
                f"the spec expands to more than {MOST_STEPS:,} items", item.place, "use fewer repetitions"
            )
        self._arrive(scope, arriving)
        if not isinstance(item, Table):
            return self._word(item, scope, arriving)
        if "when" in item.value:
            wanted = truth(item.value["when"], scope.names, "when", self.problems, name)
            if not wanted:
                passed = None if wanted is None else arriving
                if name:
                    scope.layers[name] = passed
                return passed
        kind = _kind(item)
        if kind is None:
            self.problems.report("no layer type is named here", item.place, "such as `conv: 64`", name)
            return None
        for word_ in ("each", "branches", "residual", "layers"):
            if word_ in item.value and kind in (word_, *STRUCTURE[word_]):
                return self._structure(word_, item, scope, arriving, name)
        fields = {key: datum for key, datum in item.value.items() if key not in RESERVED and key != kind}
        return self._use(Use(kind, item.value[kind], fields, item, name), scope, arriving)

    def _word(self, item: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer in the notation."""
        if self.document.inline and item.value.startswith(("{", "[")):
            raise self.problems.fatal(
                "a one-line spec takes words only",
                item.place,
                "for mappings write YAML: a file, -, or '{input: …, layers: […]}'",
            )
        parts = word(item.value, self.lexicon)
        if parts is None:
            stem = re.split(r"[\d/-]", item.value)[0]
            self.problems.report(
                f"there is no layer type `{short(item.value)}`",
                item.place,
                near(stem, sorted(self.lexicon))
                or "`cnncalc layers` lists the types; a word is type, kernel, -main, /stride: conv3-64/2",
            )
            return None
        layer = type_names().get(parts.type)
        known = layer.__struct_fields__ if layer else tuple(self.document.blocks[parts.type].parameters)
        fields: dict[str, Datum] = {}
        main = parts.main
        if parts.extent is not None and "kernel" in known:
            fields["kernel"] = Scalar(scalar(parts.extent), item.place)
        elif parts.extent is not None and main is not None:
            self.problems.report(f"{parts.type} has no kernel", item.place, f"write {parts.type}-{main}")
            return None
        elif parts.extent is not None:
            main = parts.extent
        if parts.stride is not None:
            fields["stride"] = Scalar(scalar(parts.stride), item.place)
        if layer is not None and {"kernel", "padding"} <= set(known):
            fields["padding"] = Scalar("half", item.place)
        given = Scalar(None if main is None else scalar(main), item.place)
        return self._use(Use(parts.type, given, fields, item), scope, arriving)

    def _use(self, use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer type or a block."""
        block = self.document.blocks.get(use.kind)
        if block is not None:
            return self._block(block, use, scope, arriving)
        layer = type_names().get(use.kind)
        if layer is not None:
            return self._layer(layer, use, scope, arriving)
        parts = word(use.kind, self.lexicon)
        if parts is not None and (parts.extent or parts.main or parts.stride):
            way_out = f"the short form stands alone, `- {short(use.kind)}`; with fields it is `{parts.type}: …`"
        else:
            way_out = near(use.kind, sorted({*self.lexicon, *STRUCTURE})) or "`cnncalc layers` lists the types"
        self.problems.report(f"there is no layer type `{short(use.kind)}`", use.key_place(use.kind), way_out, use.name)
        return None

    # ------------------------------------------------------------------------------------------------- structure

    def _structure(self, kind: str, item: Table, scope: Scope, arriving: str | None, name: str) -> str | None:
        """Write out a group, branches, a residual, or a group for each of several values."""
        keys = item.value
        for key in keys:
            if key not in RESERVED and key != kind and key not in STRUCTURE[kind]:
                known = ", ".join(f"`{other}`" for other in (*STRUCTURE[kind], *RESERVED))
                self.problems.report(
                    f"`{kind}` cannot be combined with `{short(key)}`", item.keys[key], f"it takes {known}", name
                )
        inner = self._descend(item, scope, name)
        if kind == "layers":
            result = self._list(keys["layers"], inner, arriving)
        elif kind == "each":
            result = self._each(item, inner, arriving)
        elif kind == "residual":
            shortcut = keys.get("shortcut", Listing([], item.place))
            result = self._merged([keys["residual"], shortcut], Scalar("add", None), item, inner, arriving)
        elif isinstance(keys["branches"], Listing):
            merge = keys.get("merge", Scalar("concat", None))
            result = self._merged(keys["branches"].value, merge, item, inner, arriving)
        else:
            self.problems.report(
                "`branches` is a list of lists of layers", keys["branches"].place, "an empty list is the identity"
            )
            result = None
        if name:
            scope.layers[name] = result
        return result

    def _descend(self, item: Datum, scope: Scope, name: str) -> Scope:
        """The scope in which the parts of an item stand: its own where it has a name, else the one around it."""
        if scope.depth >= DEEPEST:
            raise self.problems.fatal(
                f"groups and blocks are nested deeper than {DEEPEST}",
                item.place,
                "does a block use itself?",
            )
        inner = scope.named(name) if name else scope.transparent()
        self.scopes.add(inner.prefix)
        if isinstance(item, Table):
            if "frozen" in item.value:
                frozen = truth(item.value["frozen"], scope.names, "frozen", self.problems)
                inner.frozen = scope.frozen or bool(frozen)
            if "share" in item.value:
                inner.share = self._shared_scope(item.value["share"], scope)
        return inner

    def _shared_scope(self, datum: Datum, scope: Scope) -> str:
        """The prefix of the scope whose layers' weights are used; '' after its problem has been reported."""
        name = self._written(str(datum.value), scope, datum, "share")
        if name is None:
            return ""
        for here in scope.outward():
            if f"{here.prefix}{name}." in self.scopes:
                return f"{here.prefix}{name}."
        known = sorted(prefix[:-1] for prefix in self.scopes if prefix)
        self.problems.report(
            f"no group or block before this one is called `{short(name)}`", datum.place, near(name, known)
        )
        return ""

    def _each(self, item: Table, scope: Scope, arriving: str | None) -> str | None:
        """Write the group out once for each tuple of the zipped lists."""
        columns = self._columns(item, scope)
        if columns is None:
            return None
        with scope.binding(*columns, "index"):
            around = scope.suffix
            for index, row in enumerate(zip(*columns.values(), strict=True)):
                scope.names.update(zip(columns, row, strict=True), index=index)
                scope.suffix = f"{around}.{index + 1}"
                arriving = self._list(item.value["layers"], scope, arriving)
        return arriving

    def _columns(self, item: Table, scope: Scope) -> dict[str, Sequence[Any]] | None:
        """The lists of `each`, equally long; None after their problem has been reported."""
        lists = item.value["each"]
        if "layers" not in item.value or not isinstance(lists, Table) or not lists.value:
            self.problems.report(
                "`each` is a mapping of names to lists, with `layers` beside it",
                item.place,
                "such as `each: {width: [64, 128]}`",
            )
            return None
        columns: dict[str, Sequence[Any]] = {}
        for name, datum in lists.value.items():
            if not NAME.fullmatch(name) or name in ("index", "input"):
                self.problems.report(f"`{short(name)}` is not a valid name", lists.keys[name], "letters, digits and _")
                return None
            value = settled(datum, scope.names, name, self.problems)
            if value is UNKNOWN:
                return None
            if not isinstance(value, (list, tuple)):
                self.problems.report(
                    f"each: {name} is {short(value)}, and no list", datum.place, "give one value for each turn"
                )
                return None
            columns[name] = value
        if len({len(column) for column in columns.values()}) > 1:
            counted = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
            self.problems.report(
                f"the lists of `each` differ in length: {counted}", lists.place, "give them equally many values"
            )
            return None
        return columns

    def _merged(
        self, paths: Sequence[Datum], merge: Datum, item: Datum, scope: Scope, arriving: str | None
    ) -> str | None:
        """Write out parallel paths from one input, and the layer that merges them."""
        merging = {name: layer for name, layer in registry().items() if layer.merges}
        if not isinstance(merge.value, str) or merge.value not in merging:
            self.problems.report(
                f"merge: `{short(merge.value)}` is not a merging layer", merge.place, near(merge.value, list(merging))
            )
            return None
        ends = []
        for path in paths:
            self._arrive(scope, arriving)
            ends.append(self._list(path, scope, arriving))
        known = tuple(end for end in ends if end is not None)
        if len(known) < len(ends):
            return None
        return self._add(merging[merge.value](), known, Use(merge.value, merge, {}, item), scope)

    def _block(self, block: Block, use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out an instance of a block: its parameters bound, its layers in a scope of their own."""
        given = {**self.document.defaults.get(block.name, {}), **use.fields}
        first = next(iter(block.parameters), None)
        if not isinstance(use.main, Scalar) or use.main.value is not None:
            if first is None:
                self.problems.report(
                    f"{block.name} takes no argument", use.main.place, f"write `{block.name}:`", use.name
                )
            elif first in use.fields:
                self.problems.report(f"`{first}` is given twice", given[first].place, "drop one of the two", use.name)
            else:
                given[first] = use.main
        for key in use.fields:
            if key not in block.parameters:
                self.problems.report(
                    f"block {block.name} has no parameter `{short(key)}`",
                    use.key_place(key),
                    near(key, list(block.parameters)) or "name it under the block's `parameters`",
                    use.name,
                )
        name = self._named(block.name, use, scope)
        inner = self._descend(use.item, scope, name)
        inner.names = dict(self.names)
        if block.inputs:
            arriving = self._block_inputs(block, use, scope, inner, arriving)
        inner.given = arriving
        self._arrive(inner, arriving)
        for parameter, default in block.parameters.items():
            if parameter in given:
                inner.names[parameter] = self._argument(given[parameter], scope, parameter, name)
            elif default is not None:
                inner.names[parameter] = self._argument(default, inner, parameter, name)
            else:
                inner.names[parameter] = UNKNOWN
                example = f"`{block.name}: …`" if parameter == first else f"`{parameter}: …` beside it"
                self.problems.report(f"{block.name} needs its {parameter}", use.item.place, f"write {example}", name)
        result = self._items(block.layers.value, inner, arriving)
        scope.layers[name] = result
        return result

    def _block_inputs(self, block: Block, use: Use, scope: Scope, inner: Scope, arriving: str | None) -> str | None:
        """Bind the names that a block gives its inputs to the layers that `from` lists; the first is what arrives."""
        datum = use.item.value.get("from") if isinstance(use.item, Table) else None
        listed = datum.value if isinstance(datum, Listing) else [] if datum is None else [datum]
        if len(listed) != len(block.inputs):
            self.problems.report(
                f"{block.name} takes {len(block.inputs)} inputs, and `from` names {len(listed)}",
                (datum or use.item).place,
                f"list them in the order {', '.join(block.inputs)}",
                use.name,
            )
            inner.layers.update(dict.fromkeys(block.inputs))
            inner.names.update(dict.fromkeys(block.inputs, UNKNOWN))
            return None
        found = [self._reference(part, scope) for part in listed]
        for name, source in zip(block.inputs, found, strict=True):
            inner.layers[name] = source
            inner.names[name] = UNKNOWN if source is None else self.builder.volume(source)
        return found[0]

    def _argument(self, datum: Datum, scope: Scope, parameter: str, label: str) -> Any:
        """A block's argument: a value, or a bare word that is not in scope, passed as that word."""
        text = datum.value if isinstance(datum, Scalar) else None
        if isinstance(text, str) and NAME.fullmatch(text) and text not in scope.names:
            return text
        return settled(datum, scope.names, parameter, self.problems, label)

    # ---------------------------------------------------------------------------------------------------- layers

    def _layer(self, kind: type[Layer], use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer."""
        given = {**self.document.defaults.get(kind.type_name(), {}), **use.fields}
        if not isinstance(use.main, Scalar) or use.main.value is not None:
            if not kind.main:
                self.problems.report(f"{use.kind} takes no argument", use.main.place, f"write `{use.kind}`", use.name)
                return None
            if kind.main in use.fields:
                place = use.fields[kind.main].place
                self.problems.report(f"`{kind.main}` is given twice", place, "drop one of the two", use.name)
            given[kind.main] = use.main
        label = use.name or use.kind
        keys = use.item.keys if isinstance(use.item, Table) else {}
        layer = build(kind, given, keys, scope.names, self.problems, label)
        for field in missing(kind, given) if layer is None else ():
            example = f"write `{use.kind}: …`" if field == kind.main else f"add `{field}: 3`"
            if isinstance(use.item, Scalar):
                example = f"write {_short_form(kind, use.kind)}"
            self.problems.report(f"{use.kind} needs its {field}", use.item.place, example, label)
        sources: tuple[str, ...] | None = None if arriving is None else (arriving,)
        if kind.merges:
            sources = self._merge_inputs(use.item, given.get(kind.main), scope, arriving)
        if sources is None and not self.problems:
            self.problems.report(
                "the network has several inputs, and this layer does not name one",
                use.item.place,
                "add `from:` with one of " + ", ".join(f"`{name}`" for name in self.volumes),
                label,
            )
        if layer is None or sources is None:
            scope.layers[self._named(kind.type_name(), use, scope)] = None
            return None
        return self._add(layer, sources, Use(use.kind, use.main, given, use.item, use.name), scope)

    def _merge_inputs(
        self, item: Datum, listed: Datum | None, scope: Scope, arriving: str | None
    ) -> tuple[str, ...] | None:
        """The inputs of a merging layer: the list it is given, or that of `from`, or what arrives."""
        sources = item.value.get("from") if isinstance(item, Table) else None
        if listed is not None and listed.value is not None:
            if sources is not None:
                self.problems.report(
                    "`from` and the layer's own list both name inputs", sources.place, "drop one of the two"
                )
            sources = listed
        if sources is None:
            return None if arriving is None else (arriving,)
        found = [
            self._reference(part, scope) for part in (sources.value if isinstance(sources, Listing) else [sources])
        ]
        known = tuple(name for name in found if name is not None)
        return known if len(known) == len(found) else None

    def _add(self, layer: Layer, sources: tuple[str, ...], use: Use, scope: Scope) -> str | None:
        """Put a layer into the network; None after its problem has been reported."""
        own = self._named(layer.type_name(), use, scope)
        full = scope.prefix + own
        scope.layers[own] = None
        if len(self.builder.nodes) >= MOST_LAYERS:
            raise self.problems.fatal(
                f"the network has more than {MOST_LAYERS:,} layers", use.item.place, "use fewer repetitions"
            )
        share = self._share(use.item, scope, own)
        if share is None:
            return None
        frozen = self._frozen(use.item, scope)
        try:
            node = self.builder.add(full, layer, sources, share=share, frozen=frozen, place=use.item.place)
        except LayerError as error:
            datum = use.fields.get(error.field) if error.field else None
            self.problems.report(error.message, (datum or use.item).place, error.help, full)
            return None
        except (TypeError, ArithmeticError):
            self.problems.report(
                "this cannot be computed with symbols", use.item.place, "give the symbol a number with --set", full
            )
            return None
        if scope.share and not share and (node.weights or node.biases or node.buffers):
            self.problems.report(
                f"{full} has no counterpart whose weights it could use: there is no {scope.share}{own}",
                use.item.place,
                "a group that shares has the layers of the other, under the same names",
                full,
            )
        scope.layers[own] = full
        return full

    def _share(self, item: Datum, scope: Scope, own: str) -> str | None:
        """The layer whose weights this one uses; '' for none, None after a problem."""
        if not isinstance(item, Table) or "share" not in item.value or _kind(item) in _STRUCTURE_WORDS:
            target = scope.share + own
            return target if scope.share and target in self.builder.nodes else ""
        datum = item.value["share"]
        found = self._reference(datum, scope)
        if found in self.volumes:
            self.problems.report(
                f"`{short(found)}` is an input, which has no weights", datum.place, "name a layer before this one", own
            )
            return None
        return found

    def _frozen(self, item: Datum, scope: Scope) -> bool:
        """Are the layer's weights kept from training?"""
        if scope.frozen or not isinstance(item, Table) or "frozen" not in item.value:
            return scope.frozen
        return bool(truth(item.value["frozen"], scope.names, "frozen", self.problems))

    # ------------------------------------------------------------------------------------------ names, references

    def _name(self, item: Table, scope: Scope) -> str:
        """The name that an item is given, its expressions in braces evaluated; '' for none."""
        datum = item.value.get("name")
        if datum is None or datum.value is None:
            return ""
        text = datum.text if isinstance(datum, Scalar) else ""
        if not 0 < len(text) <= 200:
            self.problems.report("a name is a short text", datum.place, "such as `name: conv1`")
            return ""
        plain = self._written(text, scope, datum, "name")
        if plain is None:
            return ""
        if not _LAYER_NAME.fullmatch(plain):
            self.problems.report(
                f"`{short(plain)}` is not a valid layer name", datum.place, "letters, digits, _ and dots between them"
            )
            return ""
        return plain if plain != text else plain + scope.suffix

    def _written(self, text: str, scope: Scope, datum: Datum, what: str) -> str | None:
        """A text with the expressions in its braces evaluated; None after the problem of one has been reported."""
        try:
            return _TEMPLATE.sub(lambda part: str(evaluate(part[1], scope.names)), text)
        except ExpressionError as error:
            self.problems.report(f"{what}: {error.message}", datum.place, error.help)
        except UnknownError:
            pass
        return None

    def _named(self, kind: str, use: Use, scope: Scope) -> str:
        """The name of a layer or block in its scope: the one it is given, else the next one of its type."""
        if not use.name:
            return scope.numbered(kind)
        if use.name in scope.taken:
            given = use.item.value.get("name") if isinstance(use.item, Table) else None
            self.problems.report(
                f"two layers are called `{short(use.name)}`",
                (given or use.item).place,
                'choose another name; in a group that is written several times, `name: "a{index}"` numbers them',
            )
        scope.taken.add(use.name)
        return use.name

    def _takes_several(self, item: Table) -> bool:
        """Does the item look for its inputs itself, because it takes several?"""
        kind = _kind(item) or ""
        layer, block = type_names().get(kind), self.document.blocks.get(kind)
        return (layer is not None and layer.merges) or (block is not None and bool(block.inputs))

    def _from(self, item: Table, scope: Scope) -> str | None:
        """The one input that `from` names."""
        datum = item.value["from"]
        if not isinstance(datum, Listing):
            return self._reference(datum, scope)
        if len(datum.value) == 1:
            return self._reference(datum.value[0], scope)
        self.problems.report(
            f"{short(_kind(item) or 'this')} takes one input, and `from` names {len(datum.value)}",
            datum.place,
            "merge them first with `concat`, `add` or `multiply`",
        )
        return None

    def _reference(self, datum: Datum, scope: Scope) -> str | None:
        """The full name of the layer or input that a name means; None when there is none, or none was made."""
        if not isinstance(datum.value, str):
            self.problems.report("write the name of a layer", datum.place, "such as `from: conv1`")
            return None
        name = self._written(datum.value, scope, datum, "from")
        if name is None:
            return None
        if name == "input" and scope.given is not None:
            return scope.given
        for here in scope.outward():
            if name in here.layers:
                return here.layers[name]
            if here.prefix + name in self.builder.nodes:
                return here.prefix + name
        if name in self.volumes:
            return name
        known = {*self.volumes, *list(self.builder.nodes)[:2000]}.union(*(here.layers for here in scope.outward()))
        self.problems.report(
            f"no layer before this one is called `{short(name)}`",
            datum.place,
            near(name, sorted(known)) or "layers are named by `name:`, or by type and number: conv1",
        )
        return None

    # ----------------------------------------------------------------------------------------------- small pieces

    def _arrive(self, scope: Scope, arriving: str | None) -> None:
        """Make `input` in expressions mean the volume that arrives here."""
        if arriving is not None:
            scope.names["input"] = self.builder.volume(arriving)
        elif self.problems:
            scope.names["input"] = UNKNOWN
        else:
            scope.names.pop("input", None)

    def _count(self, datum: Datum, scope: Scope, label: str) -> int:
        """How often an item is written."""
        count = settled(datum, scope.names, "repeat", self.problems, label)
        if count is UNKNOWN:
            return 0
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            self.problems.report(
                f"repeat must be a whole number of at least 0, not {short(count)}",
                datum.place,
                "such as `repeat: 3`",
                label,
            )
            return 0
        if count > MOST_LAYERS:
            self.problems.report(
                f"repeat: {short(f'{count:,}')} is more than the {MOST_LAYERS:,} layers a network may have",
                datum.place,
                "use fewer repetitions",
                label,
            )
            return 0
        return count


_STRUCTURE_WORDS = {*STRUCTURE, *(word_ for words in STRUCTURE.values() for word_ in words)}


def _short_form(kind: type[Layer], name: str) -> str:
    """A word of the notation for a type, or what to write where it has none."""
    if "kernel" in kind.__struct_fields__:
        return f"{name}3-64"
    return f"{name}-2" if takes(readings(kind)[kind.main].term, int) else f"`{name}: …`"


def _kind(item: Table) -> str | None:
    """The first key that is not a reserved one: the type."""
    return next((key for key in item.value if key not in RESERVED), None)
