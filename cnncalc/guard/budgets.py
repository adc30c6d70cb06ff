"""The budgets file: limits for many specs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta, Struct

from cnncalc.errors import NOTED, Problem, SpecError, in_order, wrong
from cnncalc.language import budget, shape
from cnncalc.language.notation import tree
from cnncalc.language.tree import Datum, Listing, Scalar, Table
from cnncalc.network.counts import Dtype
from cnncalc.network.limits import Limit
from cnncalc.network.metrics import METRICS
from cnncalc.place import Place
from cnncalc.sources.files import text_of
from cnncalc.terms import Shape

_SPEC = {"type": ["string", "number", "boolean"]}
_SPECS = {"anyOf": [_SPEC, {"type": "array", "minItems": 1, "items": _SPEC}]}
_SAYS = "A path, a pattern, the name of a built-in spec, or a list of them; paths begin in the folder of this file."


class Keys(Shape, frozen=True):
    """What an entry of a budgets file says beside its limits."""

    called: ClassVar[str] = "an entry"
    help: ClassVar[str] = "such as `{spec: vgg16.yaml, set: {width: 0.5}, dtype: int8, batch: 32, params: 140M}`"
    open: ClassVar[bool] = True

    spec: Annotated[Datum, Meta(description=_SAYS, extra_json_schema=_SPECS)]
    set: Annotated[dict[str, Any], Meta(description="Parameters and their values.")] = msgspec.field(
        default_factory=dict
    )
    dtype: Annotated[Dtype, Meta(description="The number type for byte counts.")] = ""
    batch: Annotated[int, Meta(ge=1, description="How many images activations are kept of.")] = 0


class File(Shape, frozen=True):
    """The keys of a budgets file."""

    called: ClassVar[str] = "a budgets file"
    help: ClassVar[str] = "such as `budgets: [{spec: vgg16.yaml, params: 140M}]` and `baseline: baseline.yaml`"

    defaults: Annotated[
        Annotated[Datum, Meta(extra_json_schema={"$ref": "#/$defs/budget"})] | None,
        Meta(description="Limits for every entry that has none of its own for the same metric and word."),
    ] = None
    budgets: Annotated[
        tuple[Annotated[Datum, Meta(extra_json_schema={"$ref": "#/$defs/entry"})], ...],
        Meta(description="Specs, and the limits that each is held to."),
    ] = ()
    baseline: Annotated[str, Meta(description="A stored baseline, from the folder of this file, or `git:REV`.")] = ""


class Entry(Struct, frozen=True):
    """Limits of a budgets file, and the specs that are held to them: paths, patterns or names, each with its place."""

    specs: tuple[tuple[str, Place | None], ...]
    settings: dict[str, Any]
    limits: tuple[Limit, ...]
    dtype: str = ""
    batch: int = 0
    place: Any = None


class Budgets(Struct, frozen=True):
    """A budgets file: limits for all, and entries; `folder` is where its paths begin."""

    name: str
    folder: Path
    defaults: tuple[Limit, ...]
    entries: tuple[Entry, ...]
    baseline: str = ""
    place: Any = None


def budgets_file(path: Path) -> Budgets:
    """Read a budgets file. Raises SpecError with all that is wrong with it.

    It is a list of entries, or a mapping with `budgets` (the list), `defaults` (limits for all) and `baseline`.
    """
    data = tree(text_of(path))
    problems: list[Problem] = []
    if isinstance(data, Listing):
        top = File(budgets=tuple(data.value))
    elif isinstance(data, Table) and {"budgets", "defaults"} & data.value.keys():
        ways_out = {name: f"limits for all specs go under `defaults: {{{name}: …}}`" for name in METRICS}
        top = shape.read(File, data, problems, ways_out) or File()
    else:
        raise wrong("a budgets file is a list", data.place, "begin each entry with a dash: `- spec: vgg16.yaml`")
    entries: list[Entry] = []
    for item in top.budgets:
        entries += _entry(item, problems)
        if len(problems) >= NOTED:  # there is no use in looking for more
            break
    limits = () if top.defaults is None else budget.budget(top.defaults, "defaults", problems)
    if problems:
        raise SpecError(*in_order(problems))
    named = data.get("baseline")
    return Budgets(str(path), path.resolve().parent, limits, tuple(entries), top.baseline, named and named.place)


def _entry(item: Datum, problems: list[Problem]) -> list[Entry]:
    """One entry in a list, or an empty one after its problems have been noted."""
    keys = shape.read(Keys, item, problems)
    if keys is None:
        return []
    parts = keys.spec.parts
    specs = [(part.text, part.place) for part in parts if isinstance(part, Scalar) and part.value is not None]
    if not specs or len(specs) < len(parts):
        help_ = "such as `spec: vgg16.yaml` or `spec: [vgg16, 'configs/*.yaml']`"
        problems.append(Problem("`spec` takes a path, a pattern, a name, or a list of them", keys.spec.place, help_))
    limits = budget.budget(item, "", problems, Keys.__struct_fields__)
    return [Entry(tuple(specs), keys.set, limits, keys.dtype, keys.batch, item.place)]


def schema() -> dict[str, Any]:
    """The JSON Schema of a budgets file."""
    whole, entry, limits = shape.schema(File), shape.schema(Keys), budget.schema()
    entry |= {"properties": {**entry["properties"], **limits["properties"]}, "additionalProperties": False}
    whole["anyOf"] = [{"required": ["budgets"]}, {"required": ["defaults"]}]
    return {
        "$id": "urn:cnncalc:budgets",
        "title": "cnncalc budgets",
        "description": "Limits that `cnncalc check` holds specs to.",
        "anyOf": [whole["properties"]["budgets"], whole],
        "$defs": {"entry": entry, "budget": limits, **budget.definitions()},
    }
