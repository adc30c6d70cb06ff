"""What an argument is: a file, a built-in spec, one line, a file of a revision, or the text of a spec itself.

Nothing is parsed here: a source hands over a text, which has a name, and a folder in which it may extend others.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.errors import near, short, short_path, wrong
from cnncalc.sources.files import MODEL, MOST_BYTES, Text, decoded, given, is_model, text_of

PREFIX = "git:"
LONGEST = 1000
"""The most characters of the name of a revision."""

ONE_LINE = re.compile(r"(?![A-Za-z]:[\\/])\s*(?P<volume>[A-Za-z0-9_×]+)\s*:(?P<words>.*)", re.DOTALL)
"""A network on one line; `C:\\nets\\net.yaml` is a path of Windows."""

_REFERENCE = re.compile(r"git:(?!\s)(?P<rev>(?:[^:{]|\{[^}]*\}?)*)(?::(?P<path>.*))?", re.DOTALL)


class Reference(NamedTuple):
    """``git:REV`` or ``git:REV:PATH``; no revision is the index."""

    rev: str
    path: str | None = None

    def __str__(self) -> str:
        return PREFIX + self.rev + ("" if self.path is None else f":{self.path}")


def reference(text: str) -> Reference | None:
    """The parts of ``git:REV:PATH``; None for anything else. The colon stands outside of braces, as for git.

    >>> reference("git:main:configs/net.yaml")
    Reference(rev='main', path='configs/net.yaml')
    >>> reference("git:HEAD@{12:30}").path is None
    True
    """
    parts = _REFERENCE.fullmatch(text)
    if parts is None:
        return None
    rev, path = parts["rev"], parts["path"] or ""
    if text == PREFIX:
        raise wrong(f"{PREFIX} names no revision", None, "such as git:main:configs/net.yaml; git::PATH is the index")
    if not rev.isprintable() or len(rev) > LONGEST or "\0" in path:
        raise wrong(f"there is no revision {short(rev)}", None, "`git log --oneline` lists revisions")
    if "^{/" in rev:
        message = f"{short(rev)} looks for a commit by its message"
        raise wrong(message, None, "name its hash: `git log --oneline --grep=TEXT` finds it")
    return Reference(rev, path or None)


@lru_cache(maxsize=1)
def _built_in() -> dict[str, Path]:
    """The built-in specs by their names: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "configs"
    folder = inside if inside.is_dir() else package.parent / "configs"
    return {path.stem: path for path in sorted(folder.glob("**/*.yaml"))}


def built_in_names() -> list[str]:
    """The names of the built-in specs, in alphabetical order."""
    return sorted(_built_in())


def built_in(name: str) -> Path | None:
    """The file of the built-in spec of that name, with or without ``.yaml``."""
    return _built_in().get(name.removesuffix(".yaml"))


def base(reference: str, beside: Callable[[str], Text | None] | None) -> Text | None:
    """The spec that `extends` names: one beside the spec (or below), else a built-in one. Nothing outside is read."""
    path = Path(reference)
    if path.is_absolute() or ".." in path.parts or "\0" in reference:
        return None
    text = None if beside is None else beside(reference) or beside(f"{reference}.yaml")
    return _of_built_in(reference) if text is None and built_in(reference) is not None else text


class Kind(NamedTuple):
    """A kind of source: is a word of it, where paths begin in a folder, and the text that it then means.

    Of a file no more than a number of bytes is read, and one more.
    """

    name: str
    fits: Callable[[str, Path], bool]
    text: Callable[[str, int], Text]


def _of_standard_input(word: str, most: int) -> Text:
    stream = getattr(sys.stdin, "buffer", sys.stdin)
    data = "" if stream is None else stream.read(most + 1)
    return given("standard input", data if isinstance(data, str) else decoded(data, "standard input"))


def _of_revision(word: str, most: int) -> Text:
    from cnncalc.sources.revision import asked

    named = reference(word)
    assert named is not None
    if named.path is None:
        slipped = named.rev.endswith((".yaml", ".yml")) or os.path.isfile(named.rev)
        meant = Reference("HEAD", named.rev) if slipped else Reference(named.rev, "PATH")
        raise wrong(f"{short_path(named)} names a revision and no spec", None, f"write it as {short_path(meant)}")
    return asked(named.rev, named.path)


def _of_built_in(word: str, most: int = MOST_BYTES) -> Text:
    path = built_in(word)
    assert path is not None
    return text_of(path, most, path.name, "")


STANDARD_INPUT = Kind("standard input", lambda word, _: word == "-", _of_standard_input)
FILE = Kind("file", lambda word, folder: os.path.exists(folder / word), text_of)
LITERAL = Kind("text", lambda word, _: "\n" in word or word.lstrip()[:1] == "{", lambda word, _: given("text", word))
REVISION = Kind("revision", lambda word, _: _REFERENCE.fullmatch(word) is not None, _of_revision)
BUILT_IN = Kind("built-in spec", lambda word, _: built_in(word) is not None, _of_built_in)
LINE = Kind("line", lambda word, _: bool(ONE_LINE.fullmatch(word)), lambda word, _: given(word, word, notation="line"))
KINDS = (STANDARD_INPUT, FILE, LITERAL, REVISION, BUILT_IN, LINE)
"""What an argument may be; it is the first that fits."""


def kind_of(word: str, folder: Path = Path()) -> Kind | None:
    """What a word of a request is, where paths begin in a folder; None for what is nothing, or a pattern of paths."""
    return next((kind for kind in KINDS if kind.fits(word, folder)), None)


def find(spec: Any, most: int = MOST_BYTES) -> Text:
    """The text of a spec that is given in any way. Raises SpecError if there is none."""
    if isinstance(spec, Text):
        return spec
    if isinstance(spec, Mapping):
        return given("mapping", "", data=spec)
    if isinstance(spec, os.PathLike):
        return text_of(Path(spec), most)
    if not isinstance(spec, str):
        raise wrong(f"a {type(spec).__name__} is not a spec", None, "give a path, a name, text, or a mapping")
    kind = kind_of(spec)
    if kind is not None:
        return kind.text(spec, most)
    forms = "a one-line spec is '224x224x3: conv3-64 maxpool2 fc-10', no blanks in the volume"
    beside = [path for suffix in (".yaml", ".yml") if os.path.isfile(path := os.path.splitext(spec)[0] + suffix)]
    if beside or is_model(spec):
        way_out: str | None = f"did you mean `{beside[0]}`?" if beside else MODEL
    else:
        way_out = near(spec.removesuffix(".yaml"), built_in_names(), listed=False)
    way_out = way_out or f"`cnncalc zoo` lists the built-in specs; {forms}"
    raise wrong(f"there is no file and no built-in spec called {short_path(spec)}", None, way_out)
