"""What was written as other programs have it, or nearly as this one does: what is wrong, and how it is written here."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from cnncalc.errors import near, short
from cnncalc.language.document import RESERVED
from cnncalc.language.fields import readings
from cnncalc.language.notation import NAME, NUMBERS, Word, word
from cnncalc.language.tree import Datum, Scalar, Table, flow
from cnncalc.layers import type_names
from cnncalc.place import Place

_MISPLACED = re.compile(rf"(?<=\d)(p{NUMBERS})([-/].*)", re.ASCII)
_MEANT = dict(
    re.findall(
        r"(\w+)=(\S+)",
        "act=activation bn=batchnorm cat=concat convolution=conv convolutional=conv deconv=conv_transpose "
        "dw=depthwise_conv dwconv=depthwise_conv fullyconnected=dense gap=global_avgpool globalavgpool=global_avgpool "
        "globalmaxpool=global_maxpool gmp=global_maxpool gn=groupnorm in=instancenorm innerproduct=dense ln=layernorm "
        "lrelu=leaky_relu mha=attention resize=upsample sum=add",
    )
)
"""What else people call the types, for help only."""

NOTHING = Scalar(None, None)

Slip: TypeAlias = tuple[str, Place | None, str]
"""What is wrong, where it stands, and the way out."""


def advice(text: str, types: Collection[str]) -> str | None:
    """The way out for what is not a word over these types."""
    moved = _MISPLACED.sub(r"\2\1", text)
    if moved != text and word(moved, types):
        return f"padding stands last: {moved}"
    head, *rest = text.split() or [""]
    parts = word(head, types)
    if parts is not None and rest:
        kernel = parts.extent if parts.main or "kernel" in fields_of(parts.type, {}) else None
        main = parts.main if kernel else parts.main or parts.extent
        if len(rest) == 1 and rest[0].isdigit() and main is None:
            return f"write {head}-{rest[0]}"
        pairs = dict(zip(rest[::2], rest[1::2], strict=False))
        if len(rest) == 2 * len(pairs) and all(NAME.fullmatch(key) for key in pairs):
            padding = parts.padding or ("half" if kernel and "padding" in fields_of(parts.type, {}) else None)
            given = {parts.type: main, "kernel": kernel, "stride": parts.stride, "padding": padding, **pairs}
            written = {key: Scalar(value or None, None) for key, value in given.items() if value or key == parts.type}
            return f"fields stand in a mapping: {flow(Table(dict(written), None, 1, {}))}"
        return "write each layer as an item of its own"
    plain = re.split(r"[\d/-]", text)[0]
    divided = word(text.partition("//")[0], types)
    if "//" in text and divided is not None and divided.main:
        return f"`/` begins the stride in a word: write {{{divided.type}: {text.partition('-')[2]}}}"
    meant = _MEANT.get(plain.lower().replace("_", ""))
    return f"it is called `{meant}`" if meant else near(plain, sorted(types))


def halved(parts: Word) -> str:
    """What may be behind a problem of `unit-width/2`; '' where no name stands before a stride."""
    if not parts.stride or not parts.main or parts.stride == "1" or not parts.stride.isdigit():
        return ""
    if not NAME.fullmatch(parts.main):
        return ""
    kernel = f", kernel: {parts.extent}" + ", padding: half" * (parts.type in type_names()) if parts.extent else ""
    written = f"{{{parts.type}: {parts.main}//{parts.stride}{kernel}}}"
    return f"`/{parts.stride}` is the stride here; to divide `{parts.main}` write {written}"


def misread(
    kind: str, main: Datum, fields: Mapping[str, Datum], item: Datum, blocks: Mapping[str, Any], types: Collection[str]
) -> Slip | None:
    """The slip in an item of this kind with that main argument and those fields; None where it is none of these.

    They are fields in a mapping of their own, `type: conv`, a name as the type, a field before it, two types.
    """

    def written(kind: str, given: Mapping[str, Datum]) -> str:
        """The item as it is written here, the main argument under its type."""
        layer = type_names().get(kind)
        first = layer.main if layer else next(iter(blocks[kind].parameters), "")
        keys = {key: datum for key, datum in (item.value if isinstance(item, Table) else {}).items() if key in RESERVED}
        rest = {key: datum for key, datum in {**given, **keys}.items() if key not in (first, kind)}
        value = next((given[key] for key in (kind, first) if key in given and given[key].value is not None), NOTHING)
        return flow(Table({kind: value, **rest}, None, 1, {}))

    known, place = fields_of(kind, blocks), item.key_place(kind)
    if isinstance(main, Table) and not main.value.keys().isdisjoint(known):
        way_out = f"write {written(kind, {**main.value, **fields})}"
        return f"the fields of {kind} stand beside it, not under it", main.place, way_out
    other = next((key for key in fields if key in types and key not in known), None)
    if other is not None and kind in fields_of(other, blocks):
        way_out = f"the first key is the type: {written(other, {kind: main, **fields})}"
        return f"`{kind}` is a field of `{other}` here", place, way_out
    if kind in types:
        if other is None:
            return None
        fused = "activation" in known and other in readings(type_names()[kind])["activation"].words
        way_out = "write two items" + (f", or `activation: {other}`" if fused else "")
        return f"`{kind}` and `{other}` are both types, and an item is one layer", item.key_place(other), way_out
    parts = word(kind, types)
    sized = parts is not None and parts.extent and not any(parts[2:])
    if isinstance(main.value, str) and main.value in types:
        way_out = f"the type is the key: {written(main.value, fields)}"
    elif parts and sized and ("kernel" in fields or "kernel" not in fields_of(parts.type, {})):
        named = {parts.type: main, "name": Scalar(kind, None), **fields}
        way_out = f"a name stands under `name`: {written(parts.type, named)}"
    else:
        return None
    return f"there is no layer type `{short(kind)}`", place, way_out


def fields_of(kind: str, blocks: Mapping[str, Any]) -> Collection[str]:
    """The keys that an item of that kind takes."""
    layer = type_names().get(kind)
    return readings(layer) if layer else blocks[kind].parameters if kind in blocks else ()
