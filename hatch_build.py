"""What an index such as PyPI is told beside pyproject.toml: the README with whole links, and where the repository is.

An index shows the README at an address of its own, where relative links lead nowhere. They lead into the repository
that the checkout was cloned from; of a checkout that was not cloned from a public one only their words stay.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)")
REMOTE = re.compile(r"(?:https://(?:[^@/]*@)?|(?:ssh://)?git@)([\w.-]+)[/:]([\w./~-]+?)(?:\.git)?/?")


class Links(MetadataHookInterface):  # type: ignore[misc]
    """The README, and the addresses."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add them to what pyproject.toml says."""
        home = address(Path(self.root))
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": linked(text, home)}
        if home:
            pages = {"Documentation": "docs/questions.md", "Changelog": "CHANGELOG.md"}
            metadata["urls"] = {"Source": home, **{name: page(home, path) for name, path in pages.items()}}


def address(root: Path) -> str:
    """The web address of the repository that this checkout was cloned from; empty where it has none."""
    ask = (
        ["git", "-C", str(root), "rev-parse", "--show-toplevel"],
        ["git", "-C", str(root), "remote", "get-url", "origin"],
    )
    try:
        top, remote = (
            subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() for words in ask
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    found = REMOTE.fullmatch(remote) if Path(top).resolve() == root.resolve() else None
    return f"https://{found[1]}/{found[2]}" if found else ""


def page(home: str, path: str) -> str:
    """A file of the repository."""
    return f"{home}/blob/HEAD/{path}"


def linked(text: str, home: str) -> str:
    """The text with its relative links made whole, or with their words alone."""
    return RELATIVE.sub(lambda link: f"[{link[1]}]({page(home, link[2])})" if home else link[1], text)
