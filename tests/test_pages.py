"""Pages and their writers: what a spec says is shown as it is, whoever writes it down."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from cnncalc.commands import main

EVIL = (
    "a|b",
    "`code`",
    "@octocat",
    "<img src=x onerror=alert(1)>",
    "</details>",
    "##[error]boo",
    "::error::boo",
    "*bold* _it_ __all__ ~~no~~",
    "[link](https://example.org)",
    "![image](https://example.org/x.png)",
    "&lt; &amp; &#42;",
    "$x$ \\| \\",
)
"""Texts that steer Markdown, HTML, GitHub or the log of a workflow."""
LAYERS = ("a|b", "`code`", "@octocat", "<img/src=x/onerror=alert>")
"""Names that layers may have."""
NET = "::error::b `c` @octocat <img src=x> ##[error] *b* _i_ a|b [l](u) &lt; $x$ \\.yaml"
OTHER = f"> {NET}"

COMMANDS = {
    "summarize": (["summarize", NET], {*LAYERS, *EVIL}),
    "several": (["summarize", NET, NET, "--columns", "all"], {*LAYERS, *EVIL}),
    "explain": (["explain", NET], {*LAYERS}),
    "compare": (["compare", NET, "32x32x3: conv3-8", "--layers"], {*LAYERS, NET}),
    "diff": (["diff", NET, "32x32x3: conv3-8"], {*LAYERS}),
    "diff of two": (["diff", NET, OTHER, "--all"], {*LAYERS}),
    "check": (["check", NET], {*LAYERS, NET}),
    "lint": (["lint", NET, "--fail-on", "never"], {*LAYERS, NET}),
    "zoo verify": (["zoo", "verify", NET], {*EVIL, NET}),
}
"""What is run, and what of all this its page shows."""
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TAGS = {"h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with specs whose names, and what they are called, steer something."""
    monkeypatch.chdir(tmp_path)
    spec = {
        "name": " ".join(EVIL),
        "source": " ".join(EVIL),
        "input": "32x32x3",
        "budget": {"macs": 1, "layers": {"*": {"params": 1}}},
        "published": [{"metric": "params", "printed": "1M", "where": " ".join(EVIL), "because": " ".join(EVIL)}],
        "layers": [
            {"conv": 6 + place, "kernel": 5, "padding": "half", "name": name} for place, name in enumerate(LAYERS)
        ],
    }
    (tmp_path / NET).write_text(json.dumps(spec), encoding="utf-8")
    (tmp_path / OTHER).write_text(json.dumps(spec | {"input": "40x40x3"}), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_markdown_shows_names_as_they_are(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, expected = COMMANDS[command]
    main([*arguments, "-f", "markdown"])
    text = capsys.readouterr().out
    assert text.count("\n") >= 3
    assert not re.search(r"@\w", text), "somebody is called"
    assert "##[" not in text
    assert not [line for line in text.splitlines() if line.startswith("::")], "a command in the log of a workflow"
    page = READER.render(text)
    assert set(re.findall(r"</?(\w+)", page)) <= TAGS
    shown = html.unescape(re.sub(r"<[^>]*>", "", page)).replace("\u200b", "")
    assert {text for text in expected if text not in shown} == set()
