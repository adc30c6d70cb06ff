"""The top level of a spec: its keys, what it inherits, its blocks, defaults and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from cnncalc.errors import Problem, SpecError, in_order, near, short, wrong
from cnncalc.language import shape
from cnncalc.language.notation import NAME, tree
from cnncalc.language.tree import Datum, Listing, Scalar, Table
from cnncalc.layers import Layer, type_names
from cnncalc.network.limits import Demands, Limit, Published, Ruling
from cnncalc.place import Place
from cnncalc.sources.files import Text
from cnncalc.sources.find import base, find

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

STRUCTURE = {"layers": (), "branches": ("merge",), "residual": ("shortcut",), "each": ("layers",)}
"""The words of structure, and the keys that go with each."""

BLOCK = ("parameters", "inputs", "layers")
"""The keys of a block."""

MOST_ANCESTORS = 20


class Block(Struct, frozen=True):
    """A layer type of the spec's own; a parameter without a default is None, `inputs` names several inputs."""

    name: str
    parameters: dict[str, Datum | None]
    layers: Listing
    inputs: tuple[str, ...] = ()


class Document(Struct, frozen=True):
    """A spec with everything that it inherits."""

    keys: dict[str, Datum]
    parameters: dict[str, Datum]
    defaults: dict[str, dict[str, Datum]]
    blocks: dict[str, Block]
    stem: str = ""
    inline: bool = False
    demands: Demands = Demands()

    def text(self, key: str, otherwise: str = "") -> str:
        """The text under a key."""
        datum = self.keys.get(key)
        return otherwise if datum is None or datum.value is None else datum.text if isinstance(datum, Scalar) else ""


def document(spec: Any, data: Datum | None = None) -> Document:
    """A spec, given as `load` takes it, with what it extends. Raises SpecError with all that is wrong at its top level.

    Its data is read, unless it is at hand.
    """
    text = find(spec)
    data = tree(text) if data is None else data
    merged: dict[str, Datum] = {}
    tables: dict[str, dict[str, Datum]] = {"parameters": {}, "blocks": {}}
    defaults: dict[str, dict[str, Datum]] = {}
    named: dict[str, Place | None] = {}
    problems: list[Problem] = []
    for table in reversed(_chain(text, data)):
        _check_keys(table, problems)
        # Not inherited: figures of another network, a name where the file has one, the source of other layers.
        for key in ("published", *(["name"] if text.stem else []), *(["source"] if "layers" in table.value else [])):
            merged.pop(key, None)
        for key, datum in table.value.items():
            if key in tables:
                tables[key].update(_table(datum, key, problems))
            elif key == "defaults":
                named |= datum.keys if isinstance(datum, Table) else {}
                for kind, fields in _table(datum, key, problems).items():
                    layer = type_names().get(kind)
                    values = _table(fields, f"the defaults of {short(kind)}", problems)
                    defaults.setdefault(layer.type_name() if layer else kind, {}).update(values)
                    if layer is not None:
                        _check_default(layer, fields, problems)
            else:
                merged[key] = datum
    blocks = {name: block for name, datum in tables["blocks"].items() if (block := _block(name, datum, problems))}
    for kind, values in defaults.items():
        if kind not in type_names():
            _check_block_defaults(kind, values, blocks, named.get(kind), problems)
    for key, example in (("input", "`input: 224x224x3`"), ("layers", "`layers:`")):
        if key not in merged or merged[key].value is None:
            problems.append(Problem(f"the spec has no `{key}`", data.place, f"add {example}"))
    for name, datum in tables["parameters"].items():
        if not NAME.fullmatch(name) or name in BOUND:
            problems.append(_misnamed("parameter", name, datum))
    demands = _demands(merged, problems)
    if problems:
        raise SpecError(*in_order(problems))
    return Document(merged, tables["parameters"], defaults, blocks, text.stem, text.notation == "line", demands)


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


def _misnamed(what: str, name: str, datum: Datum) -> Problem:
    return Problem(f"a {what} cannot be called `{short(name)}`", datum.place, "choose another name")


def _chain(text: Text, data: Datum) -> list[Table]:
    """The spec and what it extends, nearest first."""
    chain: list[Table] = []
    seen: list[str] = []
    while True:
        if not isinstance(data, Table):
            raise wrong("a spec must be a mapping", data.place, "begin with `input: 224x224x3` and `layers:`")
        chain.append(data)
        seen.append(text.key)
        reference = data.value.get("extends")
        if reference is None or reference.value is None:
            return chain
        if not isinstance(reference.value, str):
            raise wrong("`extends` takes the name of one spec", reference.place, "such as `extends: resnet50.yaml`")
        ancestor = base(reference.value, text.beside)
        if ancestor is None:
            way_out = "name a file beside this one (or below it), or a built-in spec: `cnncalc zoo` lists them"
            raise wrong(f"there is no {short(reference.value)} to extend", reference.place, way_out)
        if ancestor.key in seen:
            loop = " → ".join(Path(key).name for key in [*seen[seen.index(ancestor.key) :], ancestor.key])
            raise wrong(f"`extends` forms a cycle: {loop}", reference.place, "one of them must not extend another")
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


def _check_default(layer: type[Layer], fields: Datum, problems: list[Problem]) -> None:
    names = layer.__struct_fields__
    for field in fields.value if isinstance(fields, Table) else ():
        if field not in names:
            message = f"{layer.type_name()} has no field `{short(field)}`"
            problems.append(Problem(message, fields.key_place(field), near(field, names)))


def _check_block_defaults(
    kind: str, values: Mapping[str, Datum], blocks: Mapping[str, Block], place: Place | None, problems: list[Problem]
) -> None:
    """Defaults that are not of a layer type are of a block, and give its parameters."""
    if kind not in blocks:
        way_out = near(kind, [*type_names(), *blocks])
        problems.append(Problem(f"defaults for `{short(kind)}`, which is not a layer type", place, way_out))
        return
    for field, datum in values.items():
        if field not in blocks[kind].parameters:
            way_out = near(field, list(blocks[kind].parameters))
            problems.append(Problem(f"block {kind} has no parameter `{short(field)}`", datum.place, way_out))


def _table(datum: Datum, what: str, problems: list[Problem]) -> Mapping[str, Datum]:
    if isinstance(datum, Table):
        return datum.value
    if datum.value is not None:
        problems.append(Problem(f"`{what}` is a mapping of names", datum.place, "write `name: value` lines under it"))
    return {}


def _block(name: str, datum: Datum, problems: list[Problem]) -> Block | None:
    """A block, or None after its problems have been noted."""
    before = len(problems)
    if name in type_names() or name in RESERVED or name in STRUCTURE or not NAME.fullmatch(name):
        problems.append(_misnamed("block", name, datum))
    if not isinstance(datum, Table):
        problems.append(Problem(f"block `{short(name)}` is a mapping", datum.place, "with `parameters` and `layers`"))
        return None
    for key in datum.value:
        if key not in BLOCK:
            problems.append(Problem(f"a block has no `{short(key)}`", datum.keys[key], near(key, BLOCK)))
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
    names = [item.value for item in datum.parts]
    taken = {*parameters, *BOUND, *RESERVED}
    free = all(isinstance(name, str) and NAME.fullmatch(name) and name not in taken for name in names)
    if len(names) < 2 or not free or len(set(names)) < len(names):
        way_out = "such as [current, previous]"
        problems.append(Problem("`inputs` lists two names or more, none of them a parameter's", datum.place, way_out))
        return ()
    return tuple(names)
