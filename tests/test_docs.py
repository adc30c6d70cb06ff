"""What the documents say is so: every block runs, every word of the product is explained, every link holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

import cnncalc
import docs
from cnncalc.commands import app
from cnncalc.commands.common import Status
from cnncalc.language.document import KEYS, RESERVED, STRUCTURE
from cnncalc.language.expressions import FUNCTIONS
from cnncalc.layers import type_names
from cnncalc.network.counts import BITS
from cnncalc.report.columns import columns

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
PAGES = ("language", "counting", "results", "layers")


def page(name: str) -> str:
    return (docs.ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


# --- the blocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", docs.documents(), ids=lambda path: str(path.relative_to(docs.ROOT)))
def test_every_block_is_true(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    anew, problems = docs.checked(text)
    assert not problems
    assert anew == text, "python tests/docs.py --update"


def test_the_readme_shows_what_its_first_command_prints() -> None:
    first = next(block for block in docs.blocks((docs.ROOT / "README.md").read_text()) if block.language == "console")
    step = docs.steps(first)[0]
    assert "cnncalc summarize vgg16.yaml" in step.command
    assert any(line.startswith("Total") and "138,344,128" in line for line in step.printed)


def test_a_changed_output_is_noticed_and_can_be_written_anew() -> None:
    text = (docs.ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("138,344,128") >= 1
    broken = text.replace("138,344,128", "138,344,129", 1)
    anew, problems = docs.checked(broken)
    assert len(problems) == 1
    assert "cnncalc summarize vgg16.yaml" in problems[0]
    assert anew == text


def test_a_missing_and_an_added_line_are_noticed() -> None:
    said = docs.checked("```console\n$ cnncalc summarize '8x8x3: relu' --format csv --columns name\n```\n")
    assert len(said[1]) == 1
    true = said[0]
    assert docs.checked(true) == (true, [])
    assert docs.checked(true.replace("total", "total\nand more"))[0] == true


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```console\n$ cnncalc summarize nonesuch\nerror\n```\n", "show its status"),
        ("```console\n$ cnncalc summarize nonesuch\n$ cnncalc zoo\n```\n", "show its status"),
        ("```console\n$ cnncalc layers nonesuch\n$ echo $?\n0\n```\n", "prints something else"),
        ("```console\n$ rm -r x\n```\n", "may run"),
        ("```console\noutput\n```\n", "begins with a command"),
        ("```yaml\n- {conv: 8, kernal: 3}\n```\n", "kernal"),
        ("```yaml\ninput: 8x8x3\nlayers: [nonesuch]\n```\n", "nonesuch"),
        ("```python\n>>> 1 + 1\n3\n```\n", "Expected"),
        ("```python\n1 +\n```\n", "invalid syntax"),
    ],
)
def test_other_untruths_are_noticed(text: str, said: str) -> None:
    problems = docs.checked(text)[1]
    assert problems
    assert said in "\n".join(problems)


def test_an_open_block_is_noticed() -> None:
    with pytest.raises(ValueError, match="never closed"):
        list(docs.blocks("```yaml\n- relu\n"))


def test_files_pipes_and_standard_input_mean_what_they_mean_in_a_shell() -> None:
    text = (
        "```yaml\n# small.yaml\ninput: 8x8x3\nlayers: [relu]\n```\n\n```console\n"
        "$ cnncalc summarize - --format csv --columns name < small.yaml | tail -n 1\ntotal\n"
        "$ cnncalc summarize small.yaml --format csv --columns name | head -n 2\nname\ninput\n```\n"
    )
    assert docs.checked(text) == (text, [])


def test_the_reference_is_the_command_s_output() -> None:
    assert page("layers") == docs.reference(), "python tests/docs.py --update"


def test_the_zoo_page_is_what_the_commands_print() -> None:
    """`test_every_block_is_true` compares the tables; here, that both are there, whole, and that the page explains."""
    text = page("zoo")
    commands = [found[2] for found in docs.PRODUCED.finditer(text)]
    assert commands == ["cnncalc zoo --format markdown", "cnncalc zoo verify --format markdown"]
    listed, verified = (found[3] for found in docs.PRODUCED.finditer(text))
    names = {path.stem for path in (docs.ROOT / "configs").glob("**/*.yaml")}
    assert set(re.findall(r"^\| (\w+) \| [\d×]+ \|", listed, re.MULTILINE)) == names
    assert set(re.findall(r"^\| (\w+) \| .* \| (?:reproduced|differs: .+) \|$", verified, re.MULTILINE)) <= names
    prose = " ".join(docs.PRODUCED.sub("", text).split()).replace("Batch", "batch")
    for word in ("1,024", "multiply-adds", "FLOPs", "auxiliary", "rounds or truncates", "batch normalisation"):
        assert word in prose


def test_a_changed_table_is_noticed_and_can_be_written_anew() -> None:
    asked = "cnncalc summarize '8x8x3: relu' --format csv --columns name"
    true = f"Text.\n\n<!-- $ {asked} -->\n\nname\ninput\nrelu1\ntotal\n\n<!-- end -->\n\nMore.\n"
    assert docs.checked(true) == (true, [])
    anew, problems = docs.checked(true.replace("relu1", "relu2"))
    assert problems == [f"line 3: `{asked}` prints something else"]
    assert anew == true


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- $ cnncalc layers nonesuch -->\n<!-- end -->\n", "status 2"),
        ("<!-- $ cnncalc layers -->\n", "needs an"),
        ("<!-- $ rm x -->\n<!-- end -->\n", "needs an"),
    ],
)
def test_a_table_that_no_command_prints_is_noticed(text: str, said: str) -> None:
    assert said in "\n".join(docs.checked(text)[1])


# --- the words -------------------------------------------------------------------------------------------------------


def code(text: str) -> str:
    """What a document sets as code: inline, and in fenced blocks."""
    fenced = [block.text for block in docs.blocks(text)]
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*fenced, *re.findall(r"``?([^`\n]+)``?", prose)])


def mentions(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", code(text)) is not None


def options(command: str) -> Iterator[str]:
    for parameter in COMMANDS[command].params:
        yield from (name for name in parameter.opts if name.startswith("-"))


WORDS = {
    "language": {
        *KEYS,
        *RESERVED,
        *STRUCTURE,
        *(word for words in STRUCTURE.values() for word in words),
        *FUNCTIONS,
        *("valid", "half", "same", "causal", "floor", "ceil", "exact", "per_map", "shared"),
        *type_names(),
    },
    "layers": set(type_names()),
    "counting": {*BITS, "weights", "biases", "params", "buffers", "macs", "flops", "activations", "weight_bytes"},
    "results": {*COMMANDS, *(column.key for column in columns()), *options("summarize")},
}


def test_there_are_words_to_look_for() -> None:
    assert {"summarize", "zoo", "layers", "schema"} <= set(COMMANDS)
    assert {"--formulas", "--set", "-o"} <= set(options("summarize"))
    assert {"fc", "dense", "conv"} <= set(type_names())


@pytest.mark.parametrize(("name", "word"), [(name, word) for name in WORDS for word in sorted(WORDS[name])])
def test_every_word_is_explained(name: str, word: str) -> None:
    assert mentions(page(name), word)


def test_a_word_that_is_not_there_is_missed() -> None:
    assert not any(mentions(page(name), "nonesuch") for name in PAGES)
    assert not mentions("conv, and `conv_transpose`, `--formulas`", "conv")
    assert mentions("`{conv: 8}`", "conv")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_readme_names_every_command(command: str) -> None:
    assert mentions((docs.ROOT / "README.md").read_text(encoding="utf-8"), f"cnncalc {command}")


@pytest.mark.parametrize("path", ["README.md", "docs/results.md"])
def test_every_exit_status_is_explained_and_no_other(path: str) -> None:
    table = re.search(
        r"^\| (?:exit )?status \| meaning \|\n(?:\|.*\n)+", (docs.ROOT / path).read_text("utf-8"), re.MULTILINE
    )
    assert table is not None
    assert re.findall(r"^\| (\d+) \| \w", table[0], re.MULTILINE) == [str(status) for status in Status]


def keys(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        yield from data
        for name in ("layers", "totals"):
            yield from keys(data.get(name))
    elif isinstance(data, list) and data:
        yield from keys(data[0])


@pytest.mark.parametrize("key", sorted({*keys(cnncalc.load("8x8x3: conv3-4").to_dict())}))
def test_every_key_of_the_result_is_explained(key: str) -> None:
    assert mentions(page("results"), key)


# --- the links -------------------------------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-")


def dead(path: Path, text: str) -> list[str]:
    """The relative links of a document that lead nowhere."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists():
            found.append(link)
        elif anchor and target.suffix == ".md":
            body = text if target == path else target.read_text(encoding="utf-8")
            if anchor not in {slug(heading) for heading in re.findall(r"^#+ (.+)$", body, re.MULTILINE)}:
                found.append(link)
    return found


@pytest.mark.parametrize("path", docs.documents(), ids=lambda path: str(path.relative_to(docs.ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    assert not dead(path, path.read_text(encoding="utf-8"))


def test_a_dead_link_is_noticed() -> None:
    readme = docs.ROOT / "README.md"
    assert dead(
        readme, "[a](docs/nonesuch.md) [b](docs/language.md) [c](docs/language.md#nonesuch) [d](#e)\n# E\n"
    ) == [
        "docs/nonesuch.md",
        "docs/language.md#nonesuch",
    ]


def test_every_page_is_linked() -> None:
    linked = set()
    for path in docs.documents():
        for link in re.findall(r"\]\(([^)\s#]+)", path.read_text(encoding="utf-8")):
            linked.add((path.parent / link).resolve())
    assert {path for path in docs.documents() if path.parent != docs.ROOT} <= linked
