"""The documents run: `python tests/docs.py` checks them, `python tests/docs.py --update` updates the outputs.

What a fenced block is, by its language:

- `console`: a line that begins with `$ ` is a command, the lines below it are what it prints, standard output and
  standard error as they come. `cnncalc …` is run in this process. `echo $?` prints the status of the command before it;
  a command that does not end in 0 must be followed by it. `< FILE`, `| head -n N` and `| tail -n N` mean what they mean
  in a shell. In `a && b`, and alone, `pip` and `pytest` are not run, and print nothing here.
- `yaml` whose first line is `# NAME.yaml`: that file, for the commands further down in the document.
- `yaml` whose first line is `# .PATH`, a path that begins with a dot: a file that other programs read; it must be YAML.
- other `yaml`: a list is the layers of a network on a 56x56x64 input, a mapping is a whole spec; either must load.
- `python`: with `>>>` a doctest, else it must compile.

Outside blocks, what stands between the comments `<!-- $ cnncalc … -->` and `<!-- end -->` is what that prints.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import NamedTuple

import man
import yaml

import cnncalc
from cnncalc.analysis.rules import RULES
from cnncalc.commands import main

ROOT = Path(__file__).parent.parent
MAN = ROOT / "docs" / "cnncalc.1"
NOT_RUN = {"pip", "pytest", "git", "cd"}
FENCE = re.compile(r"^( *)```(\w*)$")
FILE = re.compile(r"# ([\w-]+\.yaml)")
OTHERS = re.compile(r"# \.[\w./-]+\.ya?ml")
PRODUCED = re.compile(r"(<!-- \$ (cnncalc [^\n]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
INPUT = "56x56x64"


class Block(NamedTuple):
    """A fenced block: its language, its lines, the number of its first line, and by how much it is indented."""

    language: str
    lines: list[str]
    start: int
    indent: str

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


class Step(NamedTuple):
    """A command of a console block, and the lines that the document says it prints."""

    command: str
    printed: list[str]


def documents() -> list[Path]:
    """Every document that is checked."""
    return [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *sorted((ROOT / "docs").glob("**/*.md")),
    ]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document. Raises ValueError for one that is never closed."""
    found: list[str] | None = None
    language = indent = ""
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if found is None and fence:
            indent, language, found, start = fence[1], fence[2], [], number + 1
        elif found is not None and fence:
            yield Block(language, found, start, indent)
            found = None
        elif found is not None:
            found.append(line.removeprefix(indent))
    if found is not None:
        raise ValueError(f"the block from line {start} on is never closed")


def steps(block: Block) -> list[Step]:
    """The commands of a console block."""
    found: list[Step] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append(Step(line.removeprefix("$ "), []))
        elif found:
            found[-1].printed.append(line)
        else:
            raise ValueError(f"line {block.start}: a console block begins with a command")
    return found


class Shell:
    """Runs commands as a shell would, with `cnncalc` in this process."""

    def __init__(self) -> None:
        self.status = 0

    def run(self, command: str) -> list[str]:
        """The lines that a command prints."""
        if command == "echo $?":
            printed, self.status = str(self.status), 0
            return [printed]
        if self.status:
            raise ValueError(f"the command before `{command}` failed: show its status with `$ echo $?`")
        lines: list[str] = []
        for part in command.split(" && "):
            words = shlex.split(part)
            if words[0] == "cnncalc":
                lines += self.cnncalc(words[1:])
            elif words[0] not in NOT_RUN:
                raise ValueError(f"`{words[0]}` is nothing that documents may run")
        return lines

    def cnncalc(self, words: list[str]) -> list[str]:
        words, cut = self.piped(words)
        given = ""
        if "<" in words:
            place = words.index("<")
            given = Path(words[place + 1]).read_text(encoding="utf-8")
            words = words[:place] + words[place + 2 :]
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8")
        try:
            with redirect_stdout(stream), redirect_stderr(stream):
                self.status = main(words)
        finally:
            sys.stdin = stdin
        printed = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]  # it is the BytesIO from above
        return printed.splitlines()[cut]

    @staticmethod
    def piped(words: list[str]) -> tuple[list[str], slice]:
        """The command before `| head -n N` or `| tail -n N`, and which of its lines that leaves."""
        if "|" not in words:
            return words, slice(None)
        place = words.index("|")
        tool, option, number = words[place + 1 :]
        if option != "-n" or tool not in ("head", "tail"):
            raise ValueError("only `| head -n N` and `| tail -n N` are known")
        return words[:place], slice(int(number)) if tool == "head" else slice(-int(number), None)


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder to run commands in."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def fragment(block: Block) -> str | None:
    """Why a YAML block does not load, if it does not."""
    try:
        data = yaml.safe_load(block.text)
        if OTHERS.fullmatch(block.text.partition("\n")[0]):
            return None
        cnncalc.load({"input": INPUT, "layers": data} if isinstance(data, list) else block.text)
    except (yaml.YAMLError, cnncalc.SpecError) as error:
        return str(error)
    return None


def python(block: Block) -> str | None:
    """Why a Python block does not hold, if it does not."""
    if ">>>" not in block.text:
        try:
            compile(block.text, "block", "exec")
        except SyntaxError as error:
            return str(error)
        return None
    test = doctest.DocTestParser().get_doctest(block.text, {}, "block", None, block.start)
    said = io.StringIO()
    doctest.DocTestRunner(verbose=False).run(test, out=said.write)
    return said.getvalue() or None


def produced(text: str) -> tuple[str, list[str]]:
    """The document with what its commands in comments print, and which of them print something else."""
    problems: list[str] = []

    def anew(found: re.Match[str]) -> str:
        shell = Shell()
        printed = "\n".join(shell.run(found[2]))
        if shell.status:
            problems.append(f"`{found[2]}` ends with status {shell.status}")
        if found[3] != f"\n{printed}\n\n":
            problems.append(f"line {text.count(chr(10), 0, found.start()) + 1}: `{found[2]}` prints something else")
        return f"{found[1]}\n{printed}\n\n{found[4]}"

    text, count = PRODUCED.subn(anew, text)
    if count != len(re.findall(r"^<!-- \$ ", text, re.MULTILINE)):
        problems.append("a comment with a command needs an `<!-- end -->`")
    return text, problems


def checked(text: str) -> tuple[str, list[str]]:
    """The document as it should be, and what is wrong with it as it is."""
    problems: list[str] = []
    lines = text.splitlines()
    shift = 0
    with scratch() as folder:
        for block in blocks(text):
            name = FILE.fullmatch(block.lines[0]) if block.language == "yaml" and block.lines else None
            wrong = None
            if block.language == "console":
                try:
                    shell = Shell()
                    true = [(step, shell.run(step.command)) for step in steps(block)]
                    if shell.status:
                        raise ValueError("the last command failed: show its status with `$ echo $?`")
                except ValueError as error:
                    wrong = str(error)
                else:
                    for step, printed in true:
                        if printed != step.printed:
                            problems.append(f"line {block.start}: `{step.command}` prints something else")
                    anew = [line for step, printed in true for line in (f"$ {step.command}", *printed)]
                    start = block.start - 1 + shift
                    lines[start : start + len(block.lines)] = [(block.indent + line).rstrip() for line in anew]
                    shift += len(anew) - len(block.lines)
            elif name:
                (folder / name[1]).write_text(block.text, encoding="utf-8")
            elif block.language == "yaml":
                wrong = fragment(block)
            elif block.language == "python":
                wrong = python(block)
            if wrong:
                problems.append(f"line {block.start}: {wrong}")
    anew, others = produced("\n".join(lines) + "\n")
    return anew, problems + others


def reference(*command: str) -> str:
    """What a page holds that a command writes: docs/layers.md by default."""
    stream = io.StringIO()
    with redirect_stdout(stream):
        main([*(command or ("layers",)), "--format", "markdown"])
    return stream.getvalue()


def references() -> dict[Path, Callable[[], str]]:
    """The pages that are written by commands, and the man page, each with what makes it."""
    commands = {ROOT / rule.page: ("lint", "--rule", rule.code) for rule in RULES}
    commands |= {ROOT / "docs/layers.md": ("layers",), ROOT / "docs/lint.md": ("lint", "--rules")}
    return {page: partial(reference, *words) for page, words in commands.items()} | {MAN: man.page}


def run(update: bool) -> int:
    """Check all documents, or rewrite them; how many problems are left."""
    count = 0
    for page, made in references().items():
        if update:
            page.parent.mkdir(exist_ok=True)
            page.write_text(made(), encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != made():
            print(f"{page.relative_to(ROOT)}: differs from what it is made of; --update writes it")
            count += 1
    for path in documents():
        text = path.read_text(encoding="utf-8")
        anew, problems = checked(text)
        if update and anew != text:
            path.write_text(anew, encoding="utf-8")
            problems = checked(anew)[1]
            print(f"{path.relative_to(ROOT)}: rewritten")
        for problem in problems:
            print(f"{path.relative_to(ROOT)}: {problem}")
        count += len(problems)
    return count


if __name__ == "__main__":
    sys.exit(1 if run("--update" in sys.argv[1:]) else 0)
