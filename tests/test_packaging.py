"""What is shipped: the versions it needs, the files beside the code, and what an index shows of the README."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import man
import pytest

import docs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

ROOT = docs.ROOT
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOWEST = [
    line for line in (ROOT / "tests/lowest.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
]


def test_lower_bounds_are_the_versions_that_the_suite_is_run_with() -> None:
    assert sorted(line.replace("==", ">=") for line in LOWEST) == sorted(PROJECT["project"]["dependencies"])


def test_what_goes_beside_the_code_is_there() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"]["docs/questions.md"] == "cnncalc/questions.md"
    assert wheel["shared-data"] == {"docs/cnncalc.1": "share/man/man1/cnncalc.1"}
    inside = [f"/{path}" for path in (*wheel["force-include"], *wheel["shared-data"])]
    shipped = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    for path in [*inside, *shipped]:
        assert (ROOT / path[1:]).exists(), path
    assert all(any(path == kept or path.startswith(f"{kept}/") for kept in shipped) for path in inside)


# --- the man page ----------------------------------------------------------------------------------------------------


def test_the_man_page_is_what_the_command_line_says() -> None:
    assert docs.MAN.read_text(encoding="utf-8") == man.page(), "python tests/docs.py --update"


def test_a_changed_option_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = man.page()
    check = man.typer.main.get_command(man.app).commands["check"]
    monkeypatch.setattr(next(option for option in check.params if option.name == "quiet"), "help", "Say less.")
    assert man.page() == before.replace("Print only broken limits.", "Say less.") != before


def test_the_man_page_has_every_option_of_every_command() -> None:
    text = man.page()
    commands = [("cnncalc", man.typer.main.get_command(man.app))]
    while commands:
        path, command = commands.pop()
        part = text if path == "cnncalc" else text.partition(f'.SS "{path}"\n')[2].partition("\n.S")[0]
        for option in command.params:
            for name in option.opts if option.param_type_name == "option" and option.name != "help" else ():
                assert f"\\fB{man.escaped(name)}\\fR" in part, (path, name)
        commands += [(f"{path} {name}", inner) for name, inner in getattr(command, "commands", {}).items()]


@pytest.mark.skipif(not shutil.which("groff"), reason="there is no groff")
def test_the_man_page_can_be_set() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Kutf8", "-Tutf8", str(docs.MAN)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cnncalc summarize vgg16" in done.stdout


@pytest.mark.parametrize(
    ("text", "roff"), [("-o", "\\-o"), ("a\\b", "a\\eb"), (".x\n'y", "\\&.x\n\\&'y"), ("a.b", "a.b")]
)
def test_what_roff_would_read_is_escaped(text: str, roff: str) -> None:
    assert man.escaped(text) == roff


# --- the README on an index ------------------------------------------------------------------------------------------


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The hook of the build, without hatchling, which only a build has."""
    interface = ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(build: Any, root: Path) -> dict[str, Any]:
    """What the hook adds for a checkout."""
    hook, metadata = build.Links(), dict[str, Any]()
    hook.root = str(root)
    hook.update(metadata)
    return metadata


@pytest.mark.parametrize(
    ("remote", "home"),
    [
        ("https://github.com/ann/cnncalc.git", "https://github.com/ann/cnncalc"),
        ("https://ann:secret@gitlab.example/a/b/cnncalc", "https://gitlab.example/a/b/cnncalc"),
        ("git@github.com:ann/cnncalc.git", "https://github.com/ann/cnncalc"),
        ("ssh://git@github.com/ann/cnncalc", "https://github.com/ann/cnncalc"),
        ("/srv/git/cnncalc", ""),
        ("../cnncalc", ""),
    ],
)
def test_links_lead_into_the_repository_that_was_cloned(remote: str, home: str, build: Any, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("See [the docs](docs/a.md#b), [that](https://x.example) and [here](#it).\n")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
    found = told(build, tmp_path)
    docs_ = f"[the docs]({home}/blob/HEAD/docs/a.md#b)" if home else "the docs"
    text = f"See {docs_}, [that](https://x.example) and [here](#it).\n"
    assert found["readme"] == {"content-type": "text/markdown", "text": text}
    assert found.get("urls", {}).get("Source", "") == home
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "README.md").write_text("[a](b.md)")
    assert told(build, tmp_path / "inner")["readme"]["text"] == "a"  # it is somebody else's repository


def test_no_link_of_the_readme_is_left_relative(build: Any) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(build.RELATIVE.findall(text)) >= 15
    for home in ("", "https://x.example/y"):
        made = build.linked(text, home)
        assert not build.RELATIVE.search(made)
        assert ("](https://x.example/y/blob/HEAD/docs/questions.md)" in made) == bool(home)
