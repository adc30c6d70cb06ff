"""What an argument is: one function says it, for every command, and hands over a text that nobody has parsed."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import golden
import pytest

import cnncalc
from cnncalc.sources import find
from cnncalc.sources.files import Text, given

NET = "input: 8x8x3\nlayers: [conv3-4]\n"
BROKEN = "input: [8x8x3\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("net.yaml", "vgg16", "{a}.yaml", "a\nb.yaml", "8x8x3: conv3-4", "git:HEAD:net.yaml"):
        (tmp_path / name).write_text(NET, encoding="utf-8")
    (tmp_path / "below").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("-", find.STANDARD_INPUT),
        ("net.yaml", find.FILE),
        ("./net.yaml", find.FILE),
        ("below", find.FILE),
        *((name, find.FILE) for name in ("vgg16", "{a}.yaml", "a\nb.yaml", "8x8x3: conv3-4", "git:HEAD:net.yaml")),
        ("input: 8x8x3\nlayers: []", find.LITERAL),
        (" {input: 8x8x3}", find.LITERAL),
        ("git:HEAD:other.yaml", find.REVISION),
        ("git::net.yaml", find.REVISION),
        ("git:", find.REVISION),
        ("git: conv3-4", find.LINE),
        ("vgg19", find.BUILT_IN),
        ("vgg19.yaml", find.BUILT_IN),
        ("8x8x3: conv3-8", find.LINE),
        ("conv: 3", find.LINE),
        ("nosuch.yaml", None),
        ("*.yaml", None),
        ("n" * 5000, None),
        ("a\0b", None),
        ("\udcff", None),
    ],
)
def test_a_word_is_the_first_kind_that_fits(word: str, kind: find.Kind | None) -> None:
    assert find.kind_of(word) is kind


def test_paths_begin_in_a_folder(here: Path) -> None:
    assert find.kind_of("vgg16", here / "below") is find.BUILT_IN
    assert find.kind_of("../net.yaml", here / "below") is find.FILE
    assert find.kind_of("net.yaml", here / "below") is None


def test_nothing_is_parsed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BROKEN.encode())))
    texts = [find.find(word) for word in ("broken.yaml", Path("broken.yaml"), BROKEN, "-")]
    assert [text.text for text in texts] == [BROKEN] * 4
    assert [text.name for text in texts] == ["broken.yaml", "broken.yaml", "text", "standard input"]
    assert [text.path for text in texts] == [str(here / "broken.yaml")] * 2 + [""] * 2


def test_a_text_brings_its_neighbours_and_nobody_else(here: Path) -> None:
    (here / "below" / "base.yaml").write_text(NET, encoding="utf-8")
    (here / "below" / "out.yaml").symlink_to("../net.yaml")
    for text in (find.find("below/base.yaml"), find.find(here / "below" / "base.yaml")):
        assert text.beside is not None
        neighbour = text.beside("base.yaml")
        assert neighbour is not None
        assert neighbour.key == str(here / "below" / "base.yaml")
        assert [text.beside(path) for path in ("../net.yaml", "out.yaml", "/etc/hostname", "", ".", "a\0b")] == [
            None
        ] * 6


def test_a_kind_of_source_is_one_entry(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A notation of somebody else's, `filters:4`, that no command knows of."""

    def text(word: str, most: int) -> Text:
        return given(word, f"input: 8x8x3\nlayers: [conv3-{word.removeprefix('filters:')}]\n")

    kind = find.Kind("filters", lambda word, folder: word.startswith("filters:"), text)
    monkeypatch.setattr(find, "KINDS", (kind, *find.KINDS))
    four = 3 * 3 * 3 * 4 + 4
    assert cnncalc.load("filters:4").totals.params == four
    assert cnncalc.check("filters:4", max={"params": four}).holds
    assert not cnncalc.check("filters:5", max={"params": four}).holds
    (here / "budgets.yaml").write_text(f"- {{spec: 'filters:4', params: {four - 1}}}\n", encoding="utf-8")
    assert not cnncalc.check().holds
    (layer,) = cnncalc.diff("filters:4", "filters:5").to_dict()["layers"]
    assert layer["fields"] == {"filters": {"before": 4, "after": 5}}
    assert (
        golden.run(["compare", "filters:4", "filters:5", "--fail-if", "params > 1.2x"], monkeypatch, capsys).exit == 1
    )
