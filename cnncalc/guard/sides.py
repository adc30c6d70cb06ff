"""What `diff` holds against each other: specs, specs as they were at a revision, results and baselines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cnncalc.analysis.difference import Snapshot, measured, snapshot, stored, unknown_keys
from cnncalc.errors import Problem, near, short, short_path, wrong
from cnncalc.guard import baseline
from cnncalc.guard.subjects import Subject
from cnncalc.language.document import document
from cnncalc.language.expand import network_of
from cnncalc.language.load import overrides_of
from cnncalc.language.notation import tree
from cnncalc.language.tree import Table, plain_data
from cnncalc.network.network import Network, Summary
from cnncalc.sources.files import Text
from cnncalc.sources.find import REVISION, Reference, find, kind_of, reference
from cnncalc.sources.revision import before, then

NOTHING = (os.devnull, "/dev/null")
"""What stands for a network that is not there, as git writes it."""

MOST_BYTES = 256_000_000
"""How large a stored result may be."""

RESULT = {"schema", "layers", "totals"}
"""The keys by which a result of `cnncalc summarize --format json` is known."""


class Side(Struct, frozen=True):
    """One of the two: what the user calls it, and one of a network, a stored result, the entries of a baseline.

    `path` is its file ('' for none), `keys` are the names under which a baseline may have it. None of the three: there
    is no such network.
    """

    spec: str
    network: Network | None = None
    result: Snapshot | None = None
    entries: Mapping[str, Mapping[str, Any]] | None = None
    path: str = ""
    keys: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()


def sides(old: Any, new: Any, set: Mapping[str, Any] | None = None) -> tuple[Snapshot | None, Snapshot | None]:
    """Both sides as they are compared; None for one that is not there.

    Each is what `load` takes, ``git:REV`` for the file of the other side as it was then, a result of ``cnncalc
    summarize --format json``, or a baseline. Raises SpecError if it is none of these.
    """
    given = (old, new)
    if given == ("-", "-"):
        raise wrong("standard input can be one of the two only", None, "name a file for the other")
    revisions = [_revision(spec) for spec in given]
    compared = [_side(spec, set) if rev is None else None for spec, rev in zip(given, revisions, strict=True)]
    for place, rev in enumerate(revisions):
        if rev is not None:
            compared[place] = _then(rev, compared[1 - place], set)
    first, second = compared
    assert first is not None
    assert second is not None
    if set and first.network is None and second.network is None:
        raise wrong("--set needs a spec, and neither side is one", None, "leave it out")
    return _settled(first, second), _settled(second, first)


def _revision(spec: Any) -> Reference | None:
    """The revision that stands for the other side's file; None for what names a spec itself."""
    asked = reference(spec) if isinstance(spec, str) and kind_of(spec) is REVISION else None
    return asked if asked is not None and asked.path is None else None


def _side(spec: Any, set: Mapping[str, Any] | None) -> Side:
    """A side that names itself."""
    if isinstance(spec, Summary):
        spec = spec.to_dict()
    if isinstance(spec, Mapping):
        if spec.keys() >= RESULT:
            return Side("result", result=_result(spec, "the result"))
        return _read(find(spec), "mapping", set)
    word = os.fspath(spec) if isinstance(spec, os.PathLike) else spec
    if word in NOTHING:
        return Side(word)
    text = find(word, MOST_BYTES)
    side = _read(text, word if text.key else text.name, set)
    path = word if os.path.isfile(word) else text.path
    return side if word == "-" else replace(side, path=path, keys=_keys(word, path, set))


def _keys(spec: str, path: str, set: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The names under which a baseline may have a spec: its own, and that of its file."""
    asked = None if path else reference(spec)
    if asked is not None:
        return (asked.path or "",)
    return tuple(dict.fromkeys(Subject(spec, spec, file, dict(set or {})).key for file in ("", path)))


def _read(text: Text, name: str, set: Mapping[str, Any] | None) -> Side:
    """What a text holds: a result, a baseline, or else a spec."""
    result = _decoded(text.text, name)
    if result is not None:
        return Side(name, result=_result(result, name))
    data = tree(text)
    if isinstance(data, Table) and data.value.keys() >= RESULT:
        return Side(name, result=_result(plain_data(data), name))
    if baseline.is_baseline(data):
        kept = baseline.stored(data, name)
        return Side(name, entries=kept.entries, warnings=kept.unread)
    return Side(name, network=network_of(document(text, data), overrides_of(set)))


def _decoded(text: str, name: str) -> Mapping[str, Any] | None:
    """The result that a JSON text is; None where it is none, but may be a spec."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    if len(text) > MOST_BYTES:
        raise wrong(f"{short_path(name)} is larger than any result", None, "store fewer layers")
    try:
        decoded = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    if isinstance(decoded, list) and decoded and isinstance(decoded[0], dict) and decoded[0].keys() >= RESULT:
        raise wrong(f"{short_path(name)} holds {len(decoded):,} networks", None, "store one of them by itself")
    return decoded if isinstance(decoded, dict) and decoded.keys() >= RESULT else None


def _result(data: Mapping[str, Any], name: str) -> Snapshot:
    """A network from a stored result. Raises SpecError if it is not one."""
    if data["schema"] != 1:
        raise wrong(f"{short_path(name)} is of schema {short(data['schema'])}", None, "this version knows schema 1")
    try:
        result = stored(data, name)
    except (msgspec.ValidationError, ValueError) as error:
        way_out = "make it with `cnncalc summarize SPEC --format json`"
        raise wrong(f"{short_path(name)} is not a result: {short(error, 200)}", None, way_out) from None
    unknown = unknown_keys(data)
    if not unknown:
        return result
    return replace(result, warnings=(baseline.newer(name, unknown, None, "unknown keys are not compared"),))


def _then(rev: Reference, other: Side | None, set: Mapping[str, Any] | None) -> Side:
    """The file of the other side as it was at a revision."""
    if other is None:
        raise wrong("both sides are revisions, and no file is named", None, f"write {rev}:configs/net.yaml")
    asked = None if other.path else reference(other.spec)
    if asked is not None and asked.path is not None:
        spec = str(Reference(rev.rev, asked.path))
        return replace(_read(find(spec), spec, set), keys=(asked.path,))
    if not other.path:
        raise wrong(f"{short(other.spec)} is not a file that a revision could have", None, f"write {rev}:PATH")
    text = before(rev.rev, Path(other.path))
    if text is not None:
        return replace(_read(text, text.name, set), keys=other.keys)
    if then(rev.rev, Path(other.path)) is None:
        raise wrong(f"{short_path(other.path)} is in no git repository", None, "name a file for the other side")
    return Side(f"{rev}:{other.path}")  # it was not there yet


def _settled(side: Side, other: Side) -> Snapshot | None:
    """A side as it is compared with the other: memory counted alike, and of a baseline the entry of the same spec."""
    if side.network is not None:
        network, result = side.network, other.result
        if result is not None:
            try:
                dtype = network.sizing.dtype if result.dtype is None else result.dtype
                network = network.sized(dtype, network.sizing.batch if result.batch is None else result.batch)
            except ValueError as error:
                raise wrong(f"{short_path(result.spec)} is not a result: {error}", None, "make it again") from None
        return snapshot(network, side.spec)
    if side.entries is None:
        return side.result
    key = _entry(side.spec, side.entries, other)
    return replace(measured(side.entries[key], key, f"{side.spec}: {key}"), warnings=side.warnings)


def _entry(name: str, entries: Mapping[str, Any], other: Side) -> str:
    """The entry of a baseline that is about the other side. Raises SpecError if none is."""
    key = next((key for key in other.keys if key in entries), None)
    if key is not None or len(entries) == 1:
        return key or next(iter(entries))
    if not entries:
        raise wrong(f"{short_path(name)} has no entries", None, "`cnncalc baseline write SPEC` stores one")
    asked = next(iter(other.keys), other.spec)
    listed = ", ".join(list(entries)[:5]) + (", …" if len(entries) > 5 else "")
    message = f"{short_path(name)} has {len(entries):,} entries, and none called {short(asked)}"
    raise wrong(message, None, near(asked, list(entries), listed=False) or f"they are {listed}")
