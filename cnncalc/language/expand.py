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
from cnncalc.network.sizes import Step, nearest
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
            outputs = Expander(document, names, volumes, lexicon, problems, builder, fits).walk()
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
    steps: int = 0
    scopes: set[str] = set()

    def walk(self) -> tuple[str, ...]:
        """Write out the layers; the names of the outputs. Raises TooManyError after what ends the walk."""
        first = next(iter(self.volumes)) if len(self.volumes) == 1 else None
        scope = Scope(dict(self.names), first, taken=set(self.volumes))
        layers = self.document.keys["layers"]
        if not isinstance(layers, Listing):
            raise self.problems.fatal("`layers` is a list", layers.place, "write each layer after a dash")
        last = self._list(layers, scope, first)
        if not self.builder.nodes and not self.problems:
            self._report("the network has no layers", layers, "add one, such as conv3-64")
        outputs = self.document.keys.get("outputs")
        if outputs is None or outputs.value is None:
            return () if last is None else (last,)
        return tuple(name for part in outputs.parts if (name := self._reference(part, scope)) is not None)

    def _report(self, message: str, at: Datum | Place | None, help: str | None, label: str = "") -> None:
        """Note a problem, and the walk goes on."""
        self.problems.report(message, at.place if isinstance(at, Datum) else at, help, label)

    # ------------------------------------------------------------------------------------------------- the items

    def _list(self, datum: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out a list of items one after the other; a single item is a list of one, nothing is the identity."""
        for item in () if datum.value is None else datum.parts:
            arriving = self._item(item, scope, arriving)
        return arriving

    def _item(self, item: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out one item, as often as it says."""
        if isinstance(item.value, str):
            return self._once(item, scope, arriving, "")
        if not isinstance(item, Table) or not item.value:
            self._report("a layer is a word or a mapping", item, "such as `conv3-64` or `{conv: 64, kernel: 3}`")
            return None
        self._arrive(scope, arriving)
        if "from" in item.value and not self._takes_several(item):
            arriving = self._from(item, scope)
            self._arrive(scope, arriving)
        name = self._name(item, scope)
        if "repeat" not in item.value:
            return self._once(item, scope, arriving, name)
        count = self._count(item.value["repeat"], scope, name)
        for index in scope.turns(count):
            arriving = self._once(item, scope, arriving, f"{name}.{index + 1}" if name else "")
        if name and count:
            scope.layers[name] = arriving
        return arriving

    def _once(self, item: Datum, scope: Scope, arriving: str | None, name: str) -> str | None:
        """Write out one instance of an item."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            message = f"the spec expands to more than {MOST_STEPS:,} items"
            raise self.problems.fatal(message, item.place, "use fewer repetitions")
        self._arrive(scope, arriving)
        if not isinstance(item, Table):
            return self._word(item, scope, arriving)
        if "when" in item.value:
            wanted = truth(item.value["when"], scope.names, "when", self.problems, name)
            if not wanted:
                arriving = None if wanted is None else arriving
                if name:
                    scope.layers[name] = arriving
                return arriving
        kind = _kind(item)
        if kind is None:
            self._report("no layer type is named here", item, "such as `conv: 64`", name)
            return None
        for word_ in ("each", "branches", "residual", "layers"):
            if word_ in item.value and kind in (word_, *STRUCTURE[word_]):
                return self._structure(word_, item, scope, arriving, name)
        fields = {key: datum for key, datum in item.value.items() if key not in RESERVED and key != kind}
        return self._use(Use(kind, item.value[kind], fields, item, name), scope, arriving)

    def _word(self, item: Datum, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer in the notation."""
        if self.document.inline and item.value.startswith(("{", "[")):
            way_out = "for mappings write YAML: a file, -, or '{input: …, layers: […]}'"
            raise self.problems.fatal("a one-line spec takes words only", item.place, way_out)
        parts = word(item.value, self.lexicon)
        if parts is None:
            form = "`cnncalc layers` lists the types; a word is type, kernel, -main, /stride: conv3-64/2"
            way_out = near(re.split(r"[\d/-]", item.value)[0], sorted(self.lexicon)) or form
            self._report(f"there is no layer type `{short(item.value)}`", item, way_out)
            return None
        layer = type_names().get(parts.type)
        names = layer.__struct_fields__ if layer else tuple(self.document.blocks[parts.type].parameters)
        fields: dict[str, Datum] = {}
        main = parts.main
        if parts.extent is not None and "kernel" in names:
            fields["kernel"] = Scalar(scalar(parts.extent), item.place)
        elif parts.extent is not None and main is not None:
            self._report(f"{parts.type} has no kernel", item, f"write {parts.type}-{main}")
            return None
        elif parts.extent is not None:
            main = parts.extent
        if parts.stride is not None:
            fields["stride"] = Scalar(scalar(parts.stride), item.place)
        if layer is not None and {"kernel", "padding"} <= set(names):
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
        self._report(f"there is no layer type `{short(use.kind)}`", use.item.key_place(use.kind), way_out, use.name)
        return None

    # ------------------------------------------------------------------------------------------------- structure

    def _structure(self, kind: str, item: Table, scope: Scope, arriving: str | None, name: str) -> str | None:
        """Write out a group, branches, a residual, or a group for each of several values."""
        for key in item.value:
            if key not in RESERVED and key != kind and key not in STRUCTURE[kind]:
                way_out = "it takes " + ", ".join(f"`{other}`" for other in (*STRUCTURE[kind], *RESERVED))
                self._report(f"`{kind}` cannot be combined with `{short(key)}`", item.keys[key], way_out, name)
        inner = self._descend(item, scope, name)
        if kind == "layers":
            result = self._list(item.value["layers"], inner, arriving)
        elif kind == "each":
            result = self._each(item, inner, arriving)
        else:
            result = self._merged(kind, item, inner, arriving)
        if name:
            scope.layers[name] = result
        return result

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
        way_out = near(name, sorted(prefix[:-1] for prefix in self.scopes if prefix))
        self._report(f"no group or block before this one is called `{short(name)}`", datum, way_out)
        return ""

    def _each(self, item: Table, scope: Scope, arriving: str | None) -> str | None:
        """Write the group out once for each tuple of the zipped lists."""
        columns = self._columns(item, scope)
        if columns is None:
            return None
        for _ in scope.turns(len(next(iter(columns.values()))), columns):
            arriving = self._list(item.value["layers"], scope, arriving)
        return arriving

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
                return None
            if not isinstance(value, (list, tuple)):
                self._report(f"each: {name} is {short(value)}, and no list", datum, "give one value for each turn")
                return None
            columns[name] = value
        if len({len(column) for column in columns.values()}) > 1:
            counted = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
            self._report(f"the lists of `each` differ in length: {counted}", lists, "give them equally many values")
            return None
        return columns

    def _merged(self, kind: str, item: Table, scope: Scope, arriving: str | None) -> str | None:
        """Write out parallel paths from one input, and the layer that merges them."""
        paths, merge = item.value[kind].value, item.value.get("merge", Scalar("concat", None))
        if kind == "residual":
            paths, merge = [item.value[kind], item.get("shortcut") or Listing([], item.place)], Scalar("add", None)
        if not isinstance(paths, list):
            self._report("`branches` is a list of lists of layers", item.value[kind], "an empty list is the identity")
            return None
        merging = {name: layer for name, layer in registry().items() if layer.merges}
        if not isinstance(merge.value, str) or merge.value not in merging:
            way_out = near(merge.value, list(merging))
            self._report(f"merge: `{short(merge.value)}` is not a merging layer", merge, way_out)
            return None
        ends = []
        for path in paths:
            self._arrive(scope, arriving)
            ends.append(self._list(path, scope, arriving))
        sources = tuple(end for end in ends if end is not None)
        if len(sources) < len(ends):
            return None
        return self._add(merging[merge.value](), sources, Use(merge.value, merge, {}, item), scope)

    def _block(self, block: Block, use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out an instance of a block: its parameters bound, its layers in a scope of their own."""
        given = {**self.document.defaults.get(block.name, {}), **use.fields}
        first = next(iter(block.parameters), None)
        if use.main.value is not None:
            if first is None:
                self._report(f"{block.name} takes no argument", use.main, f"write `{block.name}:`", use.name)
            elif first in use.fields:
                self._report(f"`{first}` is given twice", given[first], "drop one of the two", use.name)
            else:
                given[first] = use.main
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
        for parameter, default in block.parameters.items():
            if parameter in given:
                inner.names[parameter] = self._argument(given[parameter], scope, parameter, name)
            elif default is not None:
                inner.names[parameter] = self._argument(default, inner, parameter, name)
            else:
                inner.names[parameter] = UNKNOWN
                example = f"`{block.name}: …`" if parameter == first else f"`{parameter}: …` beside it"
                self._report(f"{block.name} needs its {parameter}", use.item, f"write {example}", name)
        result = self._list(block.layers, inner, arriving)
        scope.layers[name] = result
        return result

    def _block_inputs(self, block: Block, use: Use, scope: Scope, inner: Scope, arriving: str | None) -> str | None:
        """Bind the names that a block gives its inputs to the layers that `from` lists; the first is what arrives."""
        datum = use.item.get("from")
        listed = [] if datum is None else datum.parts
        if len(listed) != len(block.inputs):
            message = f"{block.name} takes {len(block.inputs)} inputs, and `from` names {len(listed)}"
            self._report(message, datum or use.item, f"list them in the order {', '.join(block.inputs)}", use.name)
            inner.layers.update(dict.fromkeys(block.inputs))
            inner.names.update(dict.fromkeys(block.inputs, UNKNOWN))
            return None
        sources = [self._reference(part, scope) for part in listed]
        for name, source in zip(block.inputs, sources, strict=True):
            inner.layers[name] = source
            inner.names[name] = UNKNOWN if source is None else self.builder.volume(source)
        return sources[0]

    def _argument(self, datum: Datum, scope: Scope, parameter: str, label: str) -> Any:
        """A block's argument: a value, or a bare word that is not in scope, passed as that word."""
        text = datum.value
        if isinstance(text, str) and NAME.fullmatch(text) and text not in scope.names:
            return text
        return settled(datum, scope.names, parameter, self.problems, label)

    # ---------------------------------------------------------------------------------------------------- layers

    def _layer(self, kind: type[Layer], use: Use, scope: Scope, arriving: str | None) -> str | None:
        """Write out a layer."""
        given = {**self.document.defaults.get(kind.type_name(), {}), **use.fields}
        if use.main.value is not None:
            if not kind.main:
                self._report(f"{use.kind} takes no argument", use.main, f"write `{use.kind}`", use.name)
                return None
            if kind.main in use.fields:
                self._report(f"`{kind.main}` is given twice", use.fields[kind.main], "drop one of the two", use.name)
            given[kind.main] = use.main
        label = use.name or use.kind
        layer = build(kind, given, use.item, scope.names, self.problems, label)
        for field in missing(kind, given) if layer is None else ():
            example = f"write `{use.kind}: …`" if field == kind.main else f"add `{field}: 3`"
            if isinstance(use.item, Scalar):
                example = f"write {_short_form(kind, use.kind)}"
            self._report(f"{use.kind} needs its {field}", use.item, example, label)
        sources: tuple[str, ...] | None = None if arriving is None else (arriving,)
        if kind.merges:
            sources = self._merge_inputs(use.item, given.get(kind.main), scope, arriving)
        if sources is None and not self.problems:
            way_out = "add `from:` with one of " + ", ".join(f"`{name}`" for name in self.volumes)
            message = "the network has several inputs, and this layer does not name one"
            self._report(message, use.item, way_out, label)
        if layer is None or sources is None:
            scope.layers[self._named(kind.type_name(), use, scope)] = None
            return None
        return self._add(layer, sources, use._replace(fields=given), scope)

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
        names = tuple(name for part in sources.parts if (name := self._reference(part, scope)) is not None)
        return names if len(names) == len(sources.parts) else None

    def _add(self, layer: Layer, sources: tuple[str, ...], use: Use, scope: Scope) -> str | None:
        """Put a layer into the network; None after its problem has been reported."""
        name = self._named(layer.type_name(), use, scope)
        full = scope.prefix + name
        scope.layers[name] = None
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
            steps: list[Node | Step] = [*self.builder.nodes.values(), Step(full, layer, sources)]
            fit = nearest(steps, self.volumes, self.fits) if layer.merges and self.fits else []
            self.fits = None if layer.merges else self.fits  # one search is enough
            sizes = f", or take an input of {' or '.join(map(str, fit))}" if fit else ""
            self._report(error.message, datum or use.item, (error.help or "") + sizes, full)
            return None
        except (TypeError, ArithmeticError):
            self._report("this cannot be computed with symbols", use.item, "give the symbol a number with --set", full)
            return None
        if scope.share and not share and (node.weights or node.biases or node.buffers):
            message = f"{full} has no counterpart whose weights it could use: there is no {scope.share}{name}"
            way_out = "a group that shares has the layers of the other, under the same names"
            self._report(message, use.item, way_out, full)
        scope.layers[name] = full
        return full

    def _share(self, item: Datum, scope: Scope, name: str) -> str | None:
        """The layer whose weights this one uses; '' for none, None after a problem."""
        datum = item.get("share")
        if datum is None or _kind(item) in _STRUCTURE_WORDS:
            target = scope.share + name
            return target if scope.share and target in self.builder.nodes else ""
        other = self._reference(datum, scope)
        if other in self.volumes:
            message = f"`{short(other)}` is an input, which has no weights"
            self._report(message, datum, "name a layer before this one", name)
            return None
        return other

    # ------------------------------------------------------------------------------------------ names, references

    def _name(self, item: Table, scope: Scope) -> str:
        """The name that an item is given, its expressions in braces evaluated; '' for none."""
        datum = item.value.get("name")
        if datum is None or datum.value is None:
            return ""
        text = datum.text if isinstance(datum, Scalar) else ""
        if not 0 < len(text) <= 200:
            self._report("a name is a short text", datum, "such as `name: conv1`")
            return ""
        plain = self._written(text, scope, datum, "name")
        if plain is None:
            return ""
        if not _LAYER_NAME.fullmatch(plain):
            way_out = "letters, digits, _ and dots between them"
            self._report(f"`{short(plain)}` is not a valid layer name", datum, way_out)
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
        if use.name in scope.taken:
            way_out = 'choose another name; in a group that is written several times, `name: "a{index}"` numbers them'
            self._report(f"two layers are called `{short(use.name)}`", use.item.get("name") or use.item, way_out)
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
        if len(datum.parts) == 1:
            return self._reference(datum.parts[0], scope)
        message = f"{short(_kind(item) or 'this')} takes one input, and `from` names {len(datum.parts)}"
        self._report(message, datum, "merge them first with `concat`, `add` or `multiply`")
        return None

    def _reference(self, datum: Datum, scope: Scope) -> str | None:
        """The full name of the layer or input that a name means; None when there is none, or none was made."""
        if not isinstance(datum.value, str):
            self._report("write the name of a layer", datum, "such as `from: conv1`")
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
        names = {*self.volumes, *list(self.builder.nodes)[:2000]}.union(*(here.layers for here in scope.outward()))
        way_out = near(name, sorted(names)) or "layers are named by `name:`, or by type and number: conv1"
        self._report(f"no layer before this one is called `{short(name)}`", datum, way_out)
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
            message = f"repeat must be a whole number of at least 0, not {short(count)}"
            self._report(message, datum, "such as `repeat: 3`", label)
            return 0
        if count > MOST_LAYERS:
            message = f"repeat: {short(f'{count:,}')} is more than the {MOST_LAYERS:,} layers a network may have"
            self._report(message, datum, "use fewer repetitions", label)
            return 0
        return count


_STRUCTURE_WORDS = {*STRUCTURE, *(word_ for words in STRUCTURE.values() for word_ in words)}


def _short_form(kind: type[Layer], name: str) -> str:
    """A word of the notation for a type, or what to write where it has none."""
    if "kernel" in kind.__struct_fields__:
        return f"{name}3-64"
    return f"{name}-2" if takes(readings(kind)[kind.main].term, int) else f"`{name}: …`"


def _kind(item: Datum) -> str | None:
    """The first key that is not a reserved one: the type."""
    return next((key for key in item.value if key not in RESERVED), None)
