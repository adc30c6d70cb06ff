"""The top level of a spec: its keys, what it inherits, its blocks, defaults and parameters."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cnncalc.errors import Problem, SpecError, in_order, near, short, wrong
from cnncalc.language import shape
from cnncalc.language.notation import NAME, tree, word
from cnncalc.language.tree import Datum, Listing, Scalar, Table
from cnncalc.layers import terms_of, type_names
from cnncalc.network.limits import Demands, Limit, Published, Ruling
from cnncalc.place import Place, Source
from cnncalc.sources.files import Text
from cnncalc.sources.find import base, built_in_names, find

KEYS = {
    "name": "The display name of the network; in a file, the file's name by default.",
    "source": "Where the architecture is published.",
    "input": "The volume that goes in, channels last (224x224x3), or several under names.",
    "parameters": "Names and values that expressions use; `--set` overrides them.",
    "defaults": "For each layer type, fields that hold unless a layer says otherwise.",
    "blocks": "Layer types of the spec's own, each with `parameters` and `layers`.",
    "layers": "The layers, from the input on.",
    "outputs": "The names of the output layers; the last layer by default.",
    "published": "What the source prints, to be held against what is computed.",
    "budget": "Limits that `cnncalc check` holds the network to.",
    "lint": "Rules of `cnncalc lint` that are left out, or matter more or less.",
    "extends": "A spec beside this one, or a built-in one, whose keys this one overrides.",
}
"""The keys of a spec, and what they are for."""

RESERVED = ("name", "from", "when", "repeat", "share", "frozen")
"""Keys that every item takes; they are not types."""

BOUND = ("index", "input", "true", "false")
"""Names that expressions see in any case."""

STRUCTURE: dict[str, tuple[str, ...]] = {
    "each": ("layers", "merge"),
    "branches": ("merge",),
    "residual": ("shortcut",),
    "layers": ("merge",),
    "split": (),
    "include": ("until", "set"),
}
"""The words of structure, and the keys that go with each."""

BLOCK = ("parameters", "inputs", "layers")
"""The keys of a block."""

MOST_ANCESTORS = 20


class Block(Struct, frozen=True):
    """A layer type of the spec's own; a parameter without a default is None, `inputs` names several inputs.

    The last of them may end in `.*`: it is all the rest.
    """

    name: str
    parameters: dict[str, Datum | None]
    layers: Listing
    inputs: tuple[str, ...] = ()


class Document(Struct, frozen=True):
    """A spec with everything that it inherits; `ancestry` are the specs that include it, and itself.

    What it includes is looked for beside the source that says so, and is read once: `read` has it, and is one for all.
    """

    keys: dict[str, Datum]
    parameters: dict[str, Datum]
    defaults: dict[str, dict[str, Datum]]
    blocks: dict[str, Block]
    stem: str = ""
    inline: bool = False
    demands: Demands = Demands()
    ancestry: tuple[str, ...] = ()
    beside: Mapping[Source | None, Callable[[str], Text | None] | None] = {}
    read: dict[Any, Any] = {}
    inherited: frozenset[str] = frozenset()

    def unwritten(self, used: Container[str]) -> list[Block]:
        """The blocks of its own that are not among those."""
        return [block for name, block in self.blocks.items() if name not in used and name not in self.inherited]

    def unnamed(self, blocks: Sequence[Block]) -> list[Block]:
        """Those of these blocks that no item names, not even one that is left out."""
        names = {block.name for block in blocks}
        items = [self.keys["layers"], *(block.layers for block in self.blocks.values())] if names else []
        named = {parts.type for item in items for text in _texts(item) if (parts := word(text, names))}
        return [block for block in blocks if block.name not in named]

    def included(self, name: Datum) -> Document:
        """The spec that `include` names. Raises SpecError with all that is wrong at its top level."""
        if not isinstance(name.value, str):
            raise wrong("`include` takes the name of one spec", name.place, "such as `include: resnet50`")
        source = name.place.source if name.place and name.place.source in self.beside else None
        text = self.read.get((source, name.value)) or base(name.value, self.beside.get(source))
        if text is None:
            raise _absent("include", name)
        self.read[source, name.value] = text
        if text.key in self.ancestry:
            raise _cycle("include", self.ancestry, text, name)
        if len(self.ancestry) > MOST_ANCESTORS:
            raise wrong(f"`include` leads through more than {MOST_ANCESTORS} specs", name.place, "write it out")
        if text.key not in self.read:
            try:
                self.read[text.key] = document(text, read=self.read)
            except SpecError as error:
                self.read[text.key] = error
        found: Document | SpecError = self.read[text.key]
        if isinstance(found, SpecError):
            raise SpecError(*found.problems)
        return replace(found, ancestry=(*self.ancestry, text.key))

    def text(self, key: str, otherwise: str = "") -> str:
        """The text under a key."""
        datum = self.keys.get(key)
        return otherwise if datum is None or datum.value is None else datum.text if isinstance(datum, Scalar) else ""


_FOUND = "name a file beside this one (or below it), or a built-in spec: `cnncalc zoo` lists them"


def _absent(what: str, name: Datum) -> SpecError:
    close = near(name.value.removesuffix(".yaml"), built_in_names(), listed=False)
    return wrong(f"there is no {short(name.value)} to {what}", name.place, close or _FOUND)


def _cycle(word: str, keys: Sequence[str], text: Text, at: Datum) -> SpecError:
    loop = " → ".join(Path(key).name for key in [*keys[keys.index(text.key) :], text.key])
    way_out = "one of them must not " + word.rstrip("s") + " another"
    return wrong(f"`{word}` forms a cycle: {loop}", at.place, way_out)


def document(spec: Any, data: Datum | None = None, read: dict[Any, Any] | None = None) -> Document:
    """A spec, given as `load` takes it, with what it extends. Raises SpecError with all that is wrong at its top level.

    Its data is read, unless it is at hand; so are the specs that others have included in `read`.
    """
    text = find(spec)
    data = tree(text) if data is None else data
    chain = _chain(text, data)
    beside: dict[Source | None, Callable[[str], Text | None] | None] = {None: text.beside}
    beside |= {table.place.source: each.beside for each, table in chain if table.place}
    merged: dict[str, Datum] = {}
    tables: dict[str, dict[str, Datum]] = {"parameters": {}, "blocks": {}}
    defaults: dict[str, dict[str, Datum]] = {}
    called: dict[str, Place | None] = {}
    given: list[tuple[str, Datum, Place | None]] = []
    problems: list[Problem] = []
    for _, table in reversed(chain):
        _check_keys(table, problems)
        # Not inherited: figures of another network, a name where the file has one, the source of other layers.
        for key in ("published", *(["name"] if text.stem else []), *(["source"] if "layers" in table.value else [])):
            merged.pop(key, None)
        for key, datum in table.value.items():
            if key in tables:
                tables[key].update(_table(datum, key, problems))
                called |= datum.keys if key == "blocks" and isinstance(datum, Table) else {}
            elif key == "defaults":
                for kind, fields in _table(datum, key, problems).items():
                    layer = type_names().get(kind)
                    values = _table(fields, f"the defaults of {short(kind)}", problems)
                    defaults.setdefault(layer.type_name() if layer else kind, {}).update(values)
                    given.append((kind, fields, datum.key_place(kind)))
            else:
                merged[key] = datum
    written = tables["blocks"].items()
    blocks = {name: block for name, datum in written if (block := _block(name, datum, called.get(name), problems))}
    for kind, fields, place in given:
        _check_defaults(kind, fields, blocks, place, problems)
    for key, example in (("input", "`input: 224x224x3`"), ("layers", "`layers:`")):
        if key not in merged or merged[key].value is None:
            problems.append(Problem(f"the spec has no `{key}`", data.place, f"add {example}"))
    for name, datum in tables["parameters"].items():
        if not NAME.fullmatch(name) or name in BOUND:
            problems.append(_misnamed("parameter", name, datum))
    demands = _demands(merged, problems)
    if problems:
        raise SpecError(*in_order(problems))
    inline, lineage = text.notation == "line", (text.key,)
    own = _table(chain[0][1].get("blocks") or Scalar(None, None), "blocks", problems)
    inherited = frozenset(blocks) - own.keys()
    parameters, stem = tables["parameters"], text.stem
    shared = {} if read is None else read
    return Document(merged, parameters, defaults, blocks, stem, inline, demands, lineage, beside, shared, inherited)


def _demands(keys: Mapping[str, Datum], problems: list[Problem]) -> Demands:
    """What the spec demands of its network. What reads that is imported where a spec has it."""
    limits: tuple[Limit, ...] = ()
    if "budget" in keys:
        from cnncalc.language.budget import budget

        limits = budget(keys["budget"], "budget", problems)
    ruled: tuple[Ruling, ...] = ()
    if "lint" in keys:
        from cnncalc.language.rulings import rulings

        ruled = rulings(keys["lint"], problems)
    figures: list[Datum] = []
    listed = keys.get("published")
    if isinstance(listed, Listing):
        figures = listed.value
    elif listed is not None and listed.value is not None:
        problems.append(Problem("`published` is a list of figures", listed.place, "begin each with a dash"))
    printed = [figure for item in figures if (figure := shape.read(Published, item, problems))]
    return Demands(limits, ruled, tuple(printed))


def _texts(datum: Datum) -> Iterator[str]:
    """The keys and texts in data, however deep."""
    if isinstance(datum, Table):
        yield from datum.value
    for part in datum.value.values() if isinstance(datum, Table) else datum.parts:
        if isinstance(part.value, str):
            yield part.value
        elif part is not datum:
            yield from _texts(part)


def _misnamed(what: str, name: str, datum: Datum) -> Problem:
    return Problem(f"a {what} cannot be called `{short(name)}`", datum.place, "choose another name")


def _chain(text: Text, data: Datum) -> list[tuple[Text, Table]]:
    """The spec and what it extends, nearest first."""
    chain: list[tuple[Text, Table]] = []
    seen: list[str] = []
    while True:
        if not isinstance(data, Table):
            raise wrong("a spec must be a mapping", data.place, "begin with `input: 224x224x3` and `layers:`")
        chain.append((text, data))
        seen.append(text.key)
        reference = data.value.get("extends")
        if reference is None or reference.value is None:
            return chain
        if not isinstance(reference.value, str):
            raise wrong("`extends` takes the name of one spec", reference.place, "such as `extends: resnet50.yaml`")
        ancestor = base(reference.value, text.beside)
        if ancestor is None:
            raise _absent("extend", reference)
        if ancestor.key in seen:
            raise _cycle("extends", seen, ancestor, reference)
        if len(chain) > MOST_ANCESTORS:
            raise wrong(f"`extends` chains more than {MOST_ANCESTORS} specs", reference.place, "shorten the chain")
        text, data = ancestor, tree(ancestor)


def _check_keys(table: Table, problems: list[Problem]) -> None:
    for key in table.value:
        if key not in KEYS:
            way_out = near(key, list(KEYS)) or "the keys are " + ", ".join(f"`{name}`" for name in KEYS)
            problems.append(Problem(f"a spec has no `{short(key)}`", table.keys[key], way_out))
    for key in ("name", "source"):
        datum = table.value.get(key)
        if datum is not None and not isinstance(datum, Scalar):
            problems.append(Problem(f"`{key}` is a text", datum.place, "write it on one line"))


def _check_defaults(
    kind: str, fields: Datum, blocks: Mapping[str, Block], place: Place | None, problems: list[Problem]
) -> None:
    """Defaults are fields of a layer type, or parameters of a block."""
    layer = type_names().get(kind)
    if layer is None and kind not in blocks:
        way_out = near(kind, [*type_names(), *blocks])
        problems.append(Problem(f"defaults for `{short(kind)}`, which is not a layer type", place, way_out))
        return
    lacks = f"{layer.type_name()} has no field" if layer else f"block {kind} has no parameter"
    names = [*(terms_of(layer) if layer else blocks[kind].parameters)]
    for field in fields.value if isinstance(fields, Table) else ():
        if field not in names:
            problems.append(Problem(f"{lacks} `{short(field)}`", fields.key_place(field), near(field, names)))


def _table(datum: Datum, what: str, problems: list[Problem]) -> Mapping[str, Datum]:
    if isinstance(datum, Table):
        return datum.value
    if datum.value is not None:
        problems.append(Problem(f"`{what}` is a mapping of names", datum.place, "write `name: value` lines under it"))
    return {}


def _block(name: str, datum: Datum, at: Place | None, problems: list[Problem]) -> Block | None:
    """A block, or None after its problems have been noted."""
    before = len(problems)
    if name in type_names() or name in RESERVED or name in STRUCTURE:
        message = f"a block cannot be called `{name}`, which is a word of the language"
        problems.append(Problem(message, at or datum.place, f"rename it, such as `my_{name}`"))
    elif not NAME.fullmatch(name):
        problems.append(_misnamed("block", name, datum))
    if not isinstance(datum, Table):
        problems.append(Problem(f"block `{short(name)}` is a mapping", datum.place, "with `parameters` and `layers`"))
        return None
    for key in datum.value:
        if key not in BLOCK:
            way_out = near(key, BLOCK)
            if key == "outputs":
                way_out = f"its layers are its outputs: `from: {name}.NAME`"
            problems.append(Problem(f"a block has no `{short(key)}`", datum.keys[key], way_out))
    layers = datum.get("layers")
    if not isinstance(layers, Listing):
        message = f"block `{short(name)}` has no list of `layers`"
        problems.append(Problem(message, datum.place, "give it `layers:` with a list"))
        return None
    parameters: dict[str, Datum | None] = {}
    for parameter, default in _table(datum.get("parameters") or Scalar(None, None), "parameters", problems).items():
        if not NAME.fullmatch(parameter) or parameter in RESERVED or parameter in BOUND:
            problems.append(_misnamed("parameter", parameter, default))
        parameters[parameter] = None if default.value is None else default
    inputs = _inputs(datum.get("inputs"), parameters, problems)
    return Block(name, parameters, layers, inputs) if len(problems) == before else None


def _inputs(datum: Datum | None, parameters: Mapping[str, Any], problems: list[Problem]) -> tuple[str, ...]:
    """The names that a block gives its inputs; none where it has one, which is called `input`."""
    if datum is None or datum.value is None:
        return ()
    listed = [str(item.value) for item in datum.parts]
    many = bool(listed) and listed[-1].endswith(".*")
    names = [*listed[:-1], listed[-1][:-2]] if many else listed
    taken = {*parameters, *BOUND, *RESERVED}
    free = all(NAME.fullmatch(name) and name not in taken for name in names)
    if len(names) < 2 - many or not free or len(set(names)) < len(names):
        way_out = "such as [current, previous], or [first, others.*]"
        problems.append(Problem("`inputs` lists two names or more, none of them a parameter's", datum.place, way_out))
        return ()
    return tuple(listed)
