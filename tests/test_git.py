"""Specs as they are at a git revision, in repositories made for it.

A spec here is one 3×3 convolution over three channels, so that its count says which version of it was read: K filters
have 3·3·3·K weights and K biases.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bounds import bounded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.sources import files, find
from cnncalc.sources import git as repository_of
from cnncalc.sources import revision as git

REAL = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True).stdout.strip()
ODD = [
    "a b.yaml",
    'quo"te.yaml',
    "it's.yaml",
    "ünï.yaml",
    "u\u0308.yaml",
    "-x.yaml",
    "--help.yaml",
    "$(x).yaml",
    "a:b.yaml",
]
ODD += ["*.yaml", "tab\t.yaml", "back\\slash.yaml", ":(glob)x.yaml", "UPPER.yaml", "@{1}.yaml", "x^{tree}", "noend"]


PIECES = ["HEAD", "main", "~1", "^", "@{", "}", ":", "/", "./", "../", "net.yaml", " ", "-", "--", "^{tree}", "0", "\\"]
PIECES += ["\t", "é", "*"]


def spec(filters: int) -> str:
    return f"input: 8x8x3\nlayers: [conv3-{filters}]\n"


def params(filters: int) -> int:
    return 3 * 3 * 3 * filters + filters


def nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that are nobody's."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nobody's settings, a folder of its own, no hang, and no git that is left after."""
    nobodys(monkeypatch)
    monkeypatch.chdir(tmp_path)
    with bounded():
        yield
    repository_of.close()


def run(folder: Path, *arguments: str, **environment: str) -> str:
    """What a git command prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def write(folder: Path, **files: str | int) -> None:
    """Specs by their names without .yaml; __ stands for /. A number is how many filters one has."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(spec(text) if isinstance(text, int) else text, encoding="utf-8")


def commit(folder: Path, **files: str | int) -> str:
    """Commit everything that is there, with these specs; the hash."""
    write(folder, **files)
    run(folder, "add", "--all")
    run(folder, "commit", "--quiet", "--allow-empty", "--message", "as it is")
    return run(folder, "rev-parse", "HEAD").strip()


def created(folder: Path, *options: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    run(folder, "init", "--quiet", "--initial-branch=main", "--template=", *options)
    return folder


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository to copy: net.yaml has 1 filter at HEAD~1, 2 at HEAD, 3 in the working tree."""
    folder = tmp_path_factory.mktemp("pattern")
    with pytest.MonkeyPatch.context() as patch:
        nobodys(patch)
        created(folder)
        commit(folder, net=1)
        commit(folder, net=2)
    write(folder, net=3)
    return folder


@pytest.fixture
def repository(pattern: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder is a repository: net.yaml has 1 filter at HEAD~1, 2 at HEAD, 3 in the working tree."""
    folder = tmp_path / "repository"
    shutil.copytree(pattern, folder)
    monkeypatch.chdir(folder)
    return folder


def count(text: str) -> int:
    return cnncalc.load(text).totals.params


def count_at(rev: str, path: Path) -> int | None:
    found = git.before(rev, path)
    return None if found is None else cnncalc.load(found).totals.params


def renamed(rev: str, path: Path) -> str | None:
    """The other name that a working file had at a revision."""
    found = git.then(rev, path)
    return None if found is None else git.name_at(found[1], found[0])


def refused(text: Any, *mentions: str) -> str:
    """The report of the SpecError: short, whole, and with all of these."""
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(text)
    report = str(caught.value)
    for mention in mentions:
        assert mention in report, report
    assert "help: " in report, "no way out"
    assert len(report) < 2000
    return report


# --- the parts of a reference -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rev", "path"),
    [
        ("git:main:net.yaml", "main", "net.yaml"),
        ("git:main", "main", None),
        ("git:main:", "main", None),
        ("git::net.yaml", "", "net.yaml"),
        ("git::", "", None),
        ("git:HEAD~1:./net.yaml", "HEAD~1", "./net.yaml"),
        ("git:origin/main:a:b.yaml", "origin/main", "a:b.yaml"),
        ("git:HEAD@{12:30}:net.yaml", "HEAD@{12:30}", "net.yaml"),
        ("git:HEAD@{upstream}:a}:b.yaml", "HEAD@{upstream}", "a}:b.yaml"),
        ("git:a}:net.yaml", "a}", "net.yaml"),
    ],
)
def test_a_reference_is_taken_apart_as_git_does(text: str, rev: str, path: str | None) -> None:
    found = find.reference(text)
    assert found == find.Reference(rev, path)
    assert str(found).rstrip(":") == text.rstrip(":")


@pytest.mark.parametrize("text", ["main:net.yaml", "GIT:main:x", "github", "git", "git: conv3-4"])
def test_what_is_no_reference(text: str) -> None:
    assert find.reference(text) is None


def test_one_line_may_begin_with_a_volume_called_git() -> None:
    assert cnncalc.load("git: fc-2", set={"git": 5}).totals.params == 5 * 2 + 2


@pytest.mark.parametrize(
    "text", ["git:", "git:a\0b:x", "git:main:a\0b", "git:\x1b[0m:x", f"git:{'a' * 5000}:x", "git:\udcff:x"]
)
def test_a_reference_that_can_not_be(text: str) -> None:
    with pytest.raises(cnncalc.SpecError):
        find.reference(text)


# --- revisions --------------------------------------------------------------------------------------------------------


def test_the_spec_of_a_revision_and_not_that_of_the_working_tree(repository: Path) -> None:
    tagged = run(repository, "rev-parse", "HEAD~1").strip()
    run(repository, "tag", "v1.0", "HEAD~1")
    run(repository, "tag", "--annotate", "v1.1", "HEAD~1", "--message", "x")
    run(repository, "branch", "feature/two", "HEAD")
    run(repository, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    for rev in (
        "HEAD~1",
        "HEAD^",
        "v1.0",
        "v1.1",
        "v1.1^{commit}",
        tagged,
        tagged[:9],
        "origin/main",
        "main~1",
        "HEAD~1^{tree}",
    ):
        assert count(f"git:{rev}:net.yaml") == params(1), rev
    for rev in ("HEAD", "@", "main", "feature/two", "refs/heads/main", "main@{0}"):
        assert count(f"git:{rev}:net.yaml") == params(2), rev
    assert count("net.yaml") == params(3)


@pytest.mark.parametrize("rev", ["HEAD^{/as it is}", "HEAD^{/a: b}", "main^{/}"])
def test_a_commit_is_not_looked_for_by_its_message(rev: str, repository: Path) -> None:
    assert refused(f"git:{rev}:net.yaml") == (
        f"error: {rev} looks for a commit by its message\n"
        "  help: name its hash: `git log --oneline --grep=TEXT` finds it"
    )


def test_the_index(repository: Path) -> None:
    assert count("git::net.yaml") == params(2)
    run(repository, "add", "net.yaml")
    write(repository, net=4, new=5)
    assert (count("git::net.yaml"), count("git:HEAD:net.yaml"), count("net.yaml")) == (params(3), params(2), params(4))
    refused("git::new.yaml", "new.yaml is not there in the index")
    run(repository, "add", "new.yaml")
    assert count("git::new.yaml") == params(5)


def test_a_file_that_is_in_conflict(repository: Path) -> None:
    run(repository, "checkout", "--quiet", "--force", "-b", "other", "HEAD~1")
    commit(repository, net=9)
    subprocess.run(["git", "merge", "main"], cwd=repository, capture_output=True, check=False)
    refused("git::net.yaml", "git::net.yaml is in conflict")
    assert count("git:HEAD:net.yaml") == params(9)


def test_what_is_committed_while_we_look(repository: Path) -> None:
    """git is kept; what it answers is not."""
    assert count("git:HEAD:net.yaml") == params(2)
    commit(repository, net=7)
    assert count("git:HEAD:net.yaml") == params(7)
    run(repository, "gc", "--quiet")
    run(repository, "branch", "late", "HEAD~1")
    assert (count("git:late:net.yaml"), count("git:HEAD:net.yaml")) == (params(2), params(7))


def test_the_name_of_the_network_and_of_the_source(repository: Path) -> None:
    found = find.find("git:HEAD:net.yaml")
    assert (found.name, found.path, found.stem) == ("git:HEAD:net.yaml", "", "net")
    assert cnncalc.load("git:HEAD:net.yaml").name == "net"


def test_an_existing_file_goes_first(repository: Path) -> None:
    write(repository, **{"git:HEAD:net": 8})
    assert count("git:HEAD:net.yaml") == params(8)
    with pytest.raises(cnncalc.SpecError, match="no such file"):
        cnncalc.load(Path("git:HEAD:other.yaml"))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_both_kinds_of_object_names(algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = created(tmp_path / algorithm, f"--object-format={algorithm}")
    commit(folder, a__net=1)
    monkeypatch.chdir(folder)
    assert count("git:HEAD:a/net.yaml") == params(1)
    run(folder, "mv", "a/net.yaml", "new.yaml")
    assert renamed("HEAD", folder / "new.yaml") == "a/net.yaml"
    assert count("git::new.yaml") == params(1)


def test_lines_may_end_as_they_do_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = created(tmp_path / "crlf")
    (folder / "net.yaml").write_bytes(spec(4).replace("\n", "\r\n").encode("utf-8-sig"))
    commit(folder)
    monkeypatch.chdir(folder)
    assert count("git:HEAD:net.yaml") == params(4)


def test_the_tree_of_a_revision(repository: Path) -> None:
    tree = run(repository, "rev-parse", "HEAD~1^{tree}").strip()
    run(repository, "tag", "--annotate", "v1.1", "HEAD~1", "--message", "x")
    assert {git.revision(rev).tree for rev in ("v1.1", "HEAD~1", "HEAD~1^{tree}", tree)} == {tree}
    assert git.revision("").tree == ""
    with pytest.raises(cnncalc.SpecError, match="there is no revision mian"):
        git.revision("mian")


# --- paths ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def nested(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder is configs/ in the repository."""
    commit(repository, configs__net=5, configs__small__net=6)
    monkeypatch.chdir(repository / "configs")
    return repository


def test_paths_begin_at_the_root_or_with_a_dot_in_the_working_folder(nested: Path) -> None:
    assert count("git:HEAD:net.yaml") == params(3)
    assert count("git:HEAD:configs/net.yaml") == count("git:HEAD:./net.yaml") == params(5)
    assert count("git:HEAD:./small/net.yaml") == count("git:HEAD:configs//small/./net.yaml") == params(6)
    assert count("git:HEAD:../net.yaml") == count("git::../net.yaml") == params(3)
    assert count("git:HEAD:../configs/net.yaml") == params(5)


def test_a_path_from_the_working_folder_is_recognised(nested: Path) -> None:
    assert refused("git:HEAD:small/net.yaml") == (
        "error: small/net.yaml is not there at HEAD\n"
        "  help: paths are from the root of the repository: git:HEAD:configs/small/net.yaml"
    )
    refused(f"git:HEAD:{nested}/configs/net.yaml", "git:HEAD:configs/net.yaml")


def test_a_slip_in_a_path(nested: Path) -> None:
    refused("git:HEAD:configs/nte.yaml", "did you mean `configs/net.yaml`")
    refused("git:HEAD:configs/net", "did you mean `configs/net.yaml`")
    refused("git:HEAD:nothing/like/it.yaml", "`git ls-tree -r --name-only HEAD` lists the files")
    refused("git:HEAD@{0}:nothing/like/it.yaml", "`git ls-tree -r --name-only 'HEAD@{0}'` lists the files")
    refused("git::nothing/like/it.yaml", "`git ls-files` lists the files")


def test_a_file_that_came_later(repository: Path) -> None:
    commit(repository, late="input: 4\nlayers: [fc-1, fc-2, fc-3]\n")
    assert refused("git:HEAD~1:late.yaml") == (
        "error: late.yaml is not there at HEAD~1\n  help: it is in the working folder, but was not there then"
    )


@pytest.mark.parametrize("path", ["configs", "configs/", ".", "configs/small", "./.."])
def test_a_folder(path: str, nested: Path) -> None:
    refused(f"git:HEAD:{path}", "is a folder at HEAD")


@pytest.mark.parametrize(
    "path", ["../x.yaml", "../../x.yaml", "./../../net.yaml", "configs/../../net.yaml", "/net.yaml"]
)
def test_a_path_that_leads_out(path: str, nested: Path) -> None:
    refused(f"git:HEAD:{path}")


@pytest.mark.parametrize(
    "path", ["net.yaml/", "net.yaml/x", "net.yaml/..", "configs/net.yaml/net.yaml", "Net.yaml", "n" * 5000, "a/" * 5000]
)
def test_a_path_that_is_nowhere(path: str, nested: Path) -> None:
    refused(f"git:HEAD:{path}", "is not there at HEAD")


def test_no_path(repository: Path) -> None:
    refused("git:HEAD", "git:HEAD names a revision and no spec", "write it as git:HEAD:PATH")
    refused("git:net.yaml", "git:net.yaml names a revision and no spec", "write it as git:HEAD:net.yaml")
    refused("git::", "write it as git::PATH")


@pytest.mark.parametrize("name", ODD)
def test_odd_names(name: str, repository: Path) -> None:
    (repository / "odd folder é").mkdir()
    for path in (repository / name, repository / "odd folder é" / name):
        path.write_text(spec(9), encoding="utf-8")
    commit(repository)
    assert count(f"git:HEAD:{name}") == count(f"git::{name}") == count(f"git:HEAD:odd folder é/{name}") == params(9)
    (repository / name).rename(repository / f"moved {name}")
    run(repository, "add", "--all")
    assert renamed("HEAD", repository / f"moved {name}") == name


@pytest.mark.parametrize("name", ["line\nbreak.yaml", "\n.yaml", "raw \udcff.yaml"])
def test_names_that_no_line_can_hold(name: str, repository: Path) -> None:
    try:
        (repository / name).write_text(spec(9), encoding="utf-8")
    except OSError:
        name = "name\nonly.yaml"  # a file system that takes no such bytes
        (repository / name).write_text(spec(9), encoding="utf-8")
    commit(repository)
    assert count_at("HEAD", repository / name) == params(9)
    (repository / name).rename(repository / f"moved {name}")
    run(repository, "add", "--all")
    assert renamed("HEAD", repository / f"moved {name}") == name
    assert count_at("", repository / f"moved {name}") == params(9)


@pytest.mark.parametrize("name", ["with a blank", "mit Umläuten", "quo'\"te", "line\nbreak", "-x", "$(x)"])
def test_repositories_in_odd_places(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = created(tmp_path / name / name)
    commit(folder, configs__net=1)
    run(folder, "mv", "configs/net.yaml", "configs/new.yaml")
    monkeypatch.chdir(folder / "configs")
    assert count("git:HEAD:configs/net.yaml") == count("git:HEAD:./net.yaml") == params(1)
    assert count_at("HEAD", Path("new.yaml")) == params(1)


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_outside_of_any_repository(tmp_path: Path) -> None:
    write(tmp_path, net=1)
    assert refused("git:HEAD:net.yaml") == (
        f"error: {tmp_path} is in no git repository\n"
        "  help: change into the repository that has the revision, or name a file"
    )
    assert git.before("HEAD", tmp_path / "net.yaml") is None
    assert renamed("HEAD", tmp_path / "net.yaml") is None


def test_a_repository_that_is_made_after_a_refusal(tmp_path: Path) -> None:
    refused("git:HEAD:net.yaml", "is in no git repository")
    commit(created(tmp_path), net=1)
    assert count("git:HEAD:net.yaml") == params(1)


def test_a_repository_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n", encoding="utf-8")
    refused("git:HEAD:net.yaml", "is in no git repository", "/nowhere/at/all")


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert refused("git:HEAD:net.yaml") == (
        "error: git is not installed\n"
        "  help: revisions are read with it: install git so that it is on the PATH, or name a file"
    )


def test_a_git_that_may_not_be_run(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "git").write_bytes(b"\x7fELF is not what this is")
    (repository / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(repository))
    refused("git:HEAD:net.yaml", "git cannot be run")


def test_a_working_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    refused("git:HEAD:net.yaml", "the working folder is no longer there")


@pytest.mark.parametrize(
    ("rev", "help"),
    [
        ("mian", "did you mean `main`?"),
        ("feature", "did you mean `git:origin/feature`?"),
        ("HEAD~9", "`git log --oneline --all` lists what there is"),
        ("0" * 40, "`git log --oneline --all` lists what there is"),
        ("main..HEAD", "help"),
        pytest.param("漢" * 1000, "help", id="long"),
        ("HEAD^{blob}", "help"),
    ],
)
def test_no_such_revision(rev: str, help: str, repository: Path) -> None:
    run(repository, "update-ref", "refs/remotes/origin/feature", "HEAD")
    refused(f"git:{rev}:net.yaml", f"there is no revision {rev[:60]}", help)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    created(tmp_path)
    refused("git:HEAD:net.yaml", "there is no revision HEAD", "the repository has no branch with a commit yet")
    write(tmp_path, net=1)
    run(tmp_path, "add", "net.yaml")
    assert count("git::net.yaml") == params(1)


@pytest.mark.parametrize(
    "rev", ["--help", "-x", "--batch-all-objects", "--output=made", "--upload-pack=touch made", "-", "--", "--all"]
)
def test_nothing_is_taken_for_an_option(rev: str, repository: Path) -> None:
    before = sorted(repository.iterdir())
    refused(f"git:{rev}:net.yaml", f"there is no revision {rev}")
    refused(f"git:HEAD:{rev}", f"{rev} is not there at HEAD")
    with pytest.raises(cnncalc.SpecError, match="there is no revision"):
        git.before(rev, repository / "net.yaml")
    assert sorted(repository.iterdir()) == before


def test_a_blob_that_is_no_text(repository: Path) -> None:
    (repository / "net.bin").write_bytes(b"\xff\xfe\0\1" * 100)
    commit(repository)
    refused("git:HEAD:net.bin", "git:HEAD:net.bin is not UTF-8 text (byte 1)")


def test_a_large_blob_is_not_read(repository: Path) -> None:
    size = files.MOST_BYTES + 1
    with (repository / "large.yaml").open("wb") as stream:
        stream.truncate(size)
    commit(repository)
    refused("git:HEAD:large.yaml", f"git:HEAD:large.yaml is not a spec: it has {size:,} bytes")
    assert count("git:HEAD:net.yaml") == params(3), "git answers on"


def test_an_owner_who_is_somebody_else(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert refused("git:HEAD:net.yaml") == (
        f"error: git refuses: detected dubious ownership in repository at '{repository}'\n"
        f"  help: if you trust it: git config --global --add safe.directory {repository}"
    )


def test_an_object_that_is_damaged(repository: Path) -> None:
    name = run(repository, "rev-parse", "HEAD:net.yaml").strip()
    path = repository / ".git" / "objects" / name[:2] / name[2:]
    path.chmod(0o644)
    path.write_bytes(b"this is not a zlib stream")
    refused("git:HEAD:net.yaml")
    assert count("git:HEAD~1:net.yaml") == params(1), "another object is still read"


NOUGHT = "0" * 40


def batch(script: str) -> str:
    """A script that is git, but for answering what objects are."""
    return f'case "$*" in *cat-file*) {script};; *) exec {REAL} "$@";; esac'


def fake(folder: Path, script: str) -> str:
    """A PATH on which git is a script."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "git").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize(
    "script",
    [
        "sleep 100",
        "sleep 100 & wait",
        batch("sleep 100"),
        batch("printf half; sleep 100"),
        "trap '' TERM INT; sleep 100",
    ],
)
def test_a_git_that_does_not_answer(
    script: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_of, "TIMEOUT", 0.3)
    monkeypatch.setenv("PATH", fake(tmp_path / "fake", script))
    assert refused("git:HEAD:net.yaml") == (
        "error: git has not answered for 0.3 seconds\n  help: check `git status`, or name a file"
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "git refuses"),
        ("echo nonsense >&2; exit 1", "git refuses: nonsense"),
        ("exec yes", "git lists too many files to search"),
        (batch("echo fatal: broken >&2; exit 1"), "broken"),
        (batch(f"read x; echo {NOUGHT} tree 99999999999999; read x"), "too many files"),
        (batch(f"read x; echo {NOUGHT} tree 10; echo short"), "git cannot read"),
        (batch("echo half; sleep 100"), "git cannot read"),
        (batch("read x; exec cat /dev/zero"), "git cannot read"),
    ],
)
def test_a_git_that_answers_nonsense(
    script: str, said: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_of, "MOST_LISTED", 100_000)
    monkeypatch.setenv("PATH", fake(tmp_path / "fake", script))
    refused("git:HEAD:net.yaml", said)


def test_a_git_that_lacks_a_tree_but_no_commit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = f'case "$x" in *tree*) echo "$x missing";; *) echo {NOUGHT} commit 1; echo x;; esac'
    monkeypatch.setenv("PATH", fake(tmp_path / "fake", batch(f"while read x; do {answer}; done")))
    refused("git:HEAD:net.yaml", "git has not fetched HEAD^{tree} yet", "`git show HEAD^{tree}` fetches it")


@pytest.mark.parametrize("tree", [b"nonsense", b"100644 net.yaml", b"100644 net.yaml\0short", b"\xff \0" + b"0" * 20])
def test_a_tree_that_is_damaged(tree: bytes, repository: Path) -> None:
    def made(*arguments: str, given: bytes = b"") -> str:
        done = subprocess.run(["git", *arguments], cwd=repository, input=given, capture_output=True, check=True)
        return done.stdout.decode().strip()

    bad = made("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=tree)
    for root in (bad, made("mktree", given=f"040000 tree {bad}\tnet.yaml\n".encode())):
        run(repository, "tag", "--force", "bad", made("commit-tree", root, "-m", "x"))
        refused("git:bad:net.yaml/net.yaml", f"the folder {bad} is damaged")
        with pytest.raises(cnncalc.SpecError, match="is damaged"):
            git.before("bad", repository / "net.yaml" / "net.yaml")


def test_git_is_told_to_keep_to_itself(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("PATH", fake(tmp_path / "fake", f'env >{told}; exec {REAL} "$@"'))
    assert count("git:HEAD:net.yaml") == params(2)
    assert set(told.read_text().splitlines()) >= {
        *("GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=", "LC_ALL=C"),
    }


def test_a_git_that_is_slow_to_end_has_answered(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine it may be long between the end of its output and its own."""
    script = f'case "$*" in *rev-parse*) {REAL} "$@"; exec >&-; sleep 1.1;; *) exec {REAL} "$@";; esac'
    monkeypatch.setenv("PATH", fake(tmp_path / "fake", script))
    assert count("git:HEAD:net.yaml") == params(2)


def test_a_git_that_is_ended_by_somebody_is_started_again(repository: Path) -> None:
    assert count("git:HEAD:net.yaml") == params(2)
    running = repository_of.here().git
    assert running is not None
    running.process.kill()
    running.process.wait()
    assert count("git:HEAD~1:net.yaml") == params(1)


def test_an_answer_that_was_not_waited_for_is_not_taken_for_the_next(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted:
        def fullmatch(self, header: bytes) -> None:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(repository_of, "_ANSWER", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            cnncalc.load("git:HEAD:net.yaml")
    assert count("git:HEAD~1:net.yaml") == params(1)


@pytest.mark.parametrize(
    ("text", "of_git"),
    [
        ("git:nowhere:net.yaml", True),
        ("git::conflict.yaml", False),
        ("git:HEAD:nowhere.yaml", False),
        ("git:HEAD:slip.yaml", False),
        ("git:HEAD", False),
    ],
)
def test_what_git_does_not_say_is_told_from_what_a_spec_has_wrong(text: str, of_git: bool, repository: Path) -> None:
    """Who reads many specs at a revision can go on after the one, and not after the other."""
    commit(repository, slip="input: 8x8x3\nlayers: [cnov3-4]\n")
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(text)
    assert isinstance(caught.value, repository_of.GitError) == of_git


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=12) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_anything_behind_git_is_read_or_refused(repository: Path, text: str) -> None:
    try:
        found = count(f"git:{text}")
    except cnncalc.SpecError:
        return
    assert found in (params(1), params(2))


# --- clones, worktrees, hooks -----------------------------------------------------------------------------------------


def advised(report: str) -> list[str]:
    """The first command that a report advises."""
    found = re.search(r"`git ([^`]+)`", report)
    assert found, report
    return shlex.split(found[1])


@pytest.mark.parametrize("rev", ["HEAD~1", "main", "origin/main", "v1.0", "feature/x", "hash"])
def test_a_shallow_clone_says_how_to_deepen_it(
    rev: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that the message advises is run, and brings the revision."""
    if rev == "hash":
        rev = run(repository, "rev-parse", "HEAD~1").strip()
    run(repository, "tag", "v1.0", "HEAD~1")
    run(repository, "branch", "feature/x", "HEAD~1")
    run(repository, "checkout", "--quiet", "--force", "-b", "side")
    commit(repository, net=4)
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "--quiet", "--depth=1", "--branch=side", f"file://{repository}", str(clone))
    monkeypatch.chdir(clone)
    assert count("git:HEAD:net.yaml") == count_at("HEAD", clone / "net.yaml") == params(4)
    report = refused(f"git:{rev}:net.yaml", f"there is no revision {rev}", "the clone is shallow")
    run(clone, *advised(report))
    assert count(f"git:{rev}:net.yaml") == (params(1) if rev in ("v1.0", "feature/x") or len(rev) == 40 else params(2))


def test_a_shallow_clone_with_another_remote_branch(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", str(clone))
    run(clone, "checkout", "--quiet", "--detach")
    run(clone, "branch", "--delete", "main")
    monkeypatch.chdir(clone)
    refused("git:main:net.yaml", "did you mean `git:origin/main`?")
    assert count("git:origin/main:net.yaml") == params(2)


@pytest.mark.parametrize("lacks", ["blob:none", "tree:0"])
@pytest.mark.parametrize("knows", [True, False], ids=["a git of today", "a git that does not know GIT_NO_LAZY_FETCH"])
def test_a_partial_clone_fetches_nothing_by_itself(
    knows: bool, lacks: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(repository, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "--quiet", f"--filter={lacks}", "--no-checkout", f"file://{repository}", str(clone))
    monkeypatch.chdir(clone)
    path = os.environ["PATH"]
    if not knows:
        monkeypatch.setenv("PATH", fake(tmp_path / "fake", f'unset GIT_NO_LAZY_FETCH; exec {REAL} "$@"'))
    lacking = run(clone, "rev-list", "--objects", "--missing=print", "HEAD")
    assert "\n?" in lacking
    refused("git:HEAD:net.yaml", "partial")
    assert run(clone, "rev-list", "--objects", "--missing=print", "HEAD", PATH=path) == lacking
    run(clone, *advised(refused("git:HEAD:net.yaml", "partial")), PATH=path)
    if lacks == "tree:0":
        run(clone, *advised(refused("git:HEAD:net.yaml", "partial")), PATH=path)
    assert count("git:HEAD:net.yaml") == params(2)


def test_renames_in_a_partial_clone(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository, net=LONG)
    run(repository, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{repository}", str(clone))
    run(clone, "mv", "net.yaml", "new.yaml")
    assert renamed("HEAD", clone / "new.yaml") == "net.yaml"
    write(clone, new=LONG + "# more\n")
    commit(clone)
    run(repository, "rm", "--quiet", "net.yaml")
    write(repository, another=LONG + "# and more\n")
    commit(repository)
    fresh = tmp_path / "fresh"
    run(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{repository}", str(fresh))
    with pytest.raises(cnncalc.SpecError, match="git cannot find renames") as caught:
        renamed("HEAD~1", fresh / "another.yaml")
    monkeypatch.chdir(fresh)
    run(fresh, *advised(str(caught.value)))
    assert renamed("HEAD~1", fresh / "another.yaml") == "net.yaml"


def test_a_worktree(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    run(repository, "worktree", "add", "--quiet", "-b", "side", str(tree), "HEAD")
    assert (tree / ".git").is_file()
    commit(tree, net=7, configs__deep=8)
    write(tree, net=9)
    monkeypatch.chdir(tree / "configs")
    assert count("git:HEAD:net.yaml") == count("git::../net.yaml") == params(7)
    assert count("git:main:net.yaml") == params(2)
    assert count_at("main", tree / "net.yaml") == params(2)
    run(tree, "mv", "configs/deep.yaml", "deeper.yaml")
    assert count_at("side", tree / "deeper.yaml") == params(8)
    monkeypatch.chdir(repository)
    assert count("git:HEAD:net.yaml") == params(2)
    assert count_at("HEAD", tree / "net.yaml") == params(7), "the HEAD of the worktree that has the file"


def test_a_submodule_is_a_repository_of_its_own(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = created(tmp_path / "outer")
    commit(outer, net=20)
    allow = ("-c", "protocol.file.allow=always")
    run(outer, *allow, "submodule", "--quiet", "add", f"file://{repository}", "sub")
    commit(outer)
    monkeypatch.chdir(outer)
    refused("git:HEAD:sub/net.yaml", "is in a submodule, which is a repository of its own at HEAD")
    assert count("git:HEAD:net.yaml") == params(20)
    assert count_at("HEAD~1", outer / "sub" / "net.yaml") == params(1)
    monkeypatch.chdir(outer / "sub")
    assert count("git:HEAD:net.yaml") == params(2)


@pytest.mark.parametrize("folder", ["bare", "repository/.git", "repository/.git/objects"])
def test_a_bare_repository_is_refused(
    folder: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare")
    monkeypatch.chdir(tmp_path / folder)
    report = refused("git:HEAD:net.yaml")
    assert report == (
        f"error: {tmp_path / folder} is in no working tree: the repository is bare, or this is in its .git\n"
        "  help: change into a working tree: `git worktree add ../tree` makes one"
    )
    assert git.before("HEAD", Path("net.yaml")) is None
    if folder == "bare":
        run(tmp_path / folder, *advised(report))
        monkeypatch.chdir(tmp_path / "tree")
        assert count("git:HEAD:net.yaml") == params(2)


@pytest.mark.parametrize("folder", [".", "configs"])
@pytest.mark.parametrize("value", [".git", "absolute"])
def test_git_dir_as_hooks_set_it(value: str, folder: str, nested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git sets it for hooks, which it runs at the root; a hook may change the folder before it calls others."""
    monkeypatch.setenv("GIT_DIR", str(nested / ".git") if value == "absolute" else value)
    monkeypatch.setenv("GIT_INDEX_FILE", str(nested / ".git" / "index"))
    monkeypatch.chdir(nested / folder)
    write(nested, configs__net=30)
    assert count("git:HEAD:configs/net.yaml") == count("git::configs/net.yaml") == params(5)
    assert count_at("HEAD", nested / "configs" / "net.yaml") == params(5)
    assert count("git:HEAD:./net.yaml") == (params(5) if folder == "configs" else params(3))
    run(nested, "mv", "configs/small/net.yaml", "configs/new.yaml", GIT_DIR=str(nested / ".git"))
    assert renamed("HEAD", nested / "configs" / "new.yaml") == "configs/small/net.yaml"
    run(nested, "add", "--all", GIT_DIR=".git", GIT_INDEX_FILE=str(nested / ".git" / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(nested / ".git" / "other"))
    assert count_at("", nested / "configs" / "net.yaml") == count("git::configs/net.yaml") == params(30)


def test_git_dir_of_another_repository(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for git itself it says which repository is meant; but a working file is of the one that holds it."""
    other = created(tmp_path / "other")
    commit(other, net=40)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert count("git:HEAD:net.yaml") == count("git::net.yaml") == params(40)
    assert count_at("HEAD", repository / "net.yaml") == params(2)
    assert count_at("", repository / "net.yaml") == params(2)


def test_a_working_tree_whose_repository_is_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run(tmp_path, "init", "--quiet", "--bare", "settings.git")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "settings.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(home))
    commit(home, configs__net=3)
    monkeypatch.chdir(home / "configs")
    assert count("git:HEAD:./net.yaml") == count_at("HEAD", home / "configs" / "net.yaml") == params(3)
    run(home, "mv", "configs/net.yaml", "new.yaml")
    assert count_at("HEAD", home / "new.yaml") == params(3)


HOOK = """#!/bin/sh
{cd}
{python} -m cnncalc summarize git:HEAD:net.yaml git::net.yaml -f json >{out}/both.json
"""


@pytest.mark.parametrize(
    ("arguments", "where", "cd"),
    [
        # every two of them together
        (["--all"], "repository", ""),
        (["--all"], "worktree", "cd configs"),
        (["net.yaml"], "repository", "cd configs"),
        (["net.yaml"], "worktree", ""),
    ],
)
def test_in_a_real_hook(arguments: list[str], where: str, cd: str, nested: Path, tmp_path: Path) -> None:
    """While `git commit --all` or `git commit FILE` runs, the index is another file, and the hook is told which."""
    folder = nested
    commit(folder, net=3)
    if where == "worktree":
        folder = tmp_path / "tree"
        run(nested, "worktree", "add", "--quiet", "-b", "side", str(folder), "HEAD")
    hook = nested / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(cd=cd, python=shlex.quote(sys.executable), out=shlex.quote(str(tmp_path))))
    hook.chmod(0o755)
    write(folder, net=11)
    run(folder, "commit", "--quiet", "--message", "x", *arguments, PYTHONPATH=str(Path(cnncalc.__file__).parents[1]))
    both = json.loads((tmp_path / "both.json").read_text())
    assert [network["totals"]["params"] for network in both] == [params(3), params(11)]


# --- nothing runs -----------------------------------------------------------------------------------------------------


def test_nothing_that_a_repository_sets_up_is_run(repository: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(made))}\ncat\n")
    script.chmod(0o755)
    commit(repository, net=1, other=2)
    for key in (
        *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "diff.evil.command"),
        *("diff.external", "core.fsmonitor", "core.pager", "pager.cat-file", "core.sshCommand", "core.askPass"),
    ):
        run(repository, "config", key, str(script))
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    (repository / "net.yaml").rename(repository / "new.yaml")
    (repository / "other.yaml").rename(repository / "another.yaml")
    (repository / "another.yaml").write_text(spec(2) + "# longer\n")
    run(repository, "-c", "filter.evil.clean=cat", "-c", "filter.evil.process=", "add", "--all")
    (repository / "another.yaml").write_text(spec(2) + "# longer still\n")
    (repository / "new.yaml").touch()
    made.unlink(missing_ok=True)
    assert renamed("HEAD", repository / "new.yaml") == "net.yaml"
    assert count("git:HEAD:net.yaml") == count("git::new.yaml") == params(1)
    assert count_at("HEAD", repository / "another.yaml") == params(2)
    refused("git:HEAD:nothing.yaml")
    refused("git:nothing:net.yaml")
    assert not made.exists()
    subprocess.run(["git", "diff", "HEAD"], cwd=repository, capture_output=True, check=False)
    assert made.exists(), "the script would have been seen"


def test_one_git_for_200_specs_and_one_more_for_their_renames(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    start = repository_of._Git.__init__

    def counted(self: Any, folder: str, local: Any, *arguments: str) -> None:
        started.append(arguments[0])
        start(self, folder, local, *arguments)

    monkeypatch.setattr(repository_of._Git, "__init__", counted)
    commit(repository, **{f"configs__a{place}__net": f"{spec(place + 1)}name: the {place}\n" for place in range(200)})
    for place in range(200):
        assert count_at("HEAD", repository / "configs" / f"a{place}" / "net.yaml") == params(place + 1)
    assert started == ["rev-parse", "cat-file"]
    run(repository, "mv", "configs", "models")
    for place in range(200):
        assert count_at("HEAD", repository / "models" / f"a{place}" / "net.yaml") == params(place + 1)
    assert started == ["rev-parse", "cat-file", "diff-index"]
    for place in range(200):
        assert count(f"git::models/a{place}/net.yaml") == params(place + 1)
    assert started == ["rev-parse", "cat-file", "diff-index", "ls-files"]


def test_only_the_folders_on_the_way_are_listed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files and folders there are beside them, of a commit no more is asked for."""
    others = {f"team{place}__app__src__n{place}": place + 1 for place in range(20)}
    commit(repository, configs__base=5, configs__small__base=6, configs__small__net="extends: base\n", **others)
    asked: list[str] = []
    ask = repository_of.Repository.ask

    def noted(self: Any, name: str, *arguments: Any, **options: Any) -> Any:
        asked.append(name)
        return ask(self, name, *arguments, **options)

    monkeypatch.setattr(repository_of.Repository, "ask", noted)
    assert count("git:HEAD:configs/small/net.yaml") == params(6)
    folders = ["HEAD^{tree}", "HEAD:configs", "HEAD:configs/small"]
    files = ["HEAD:configs/small/net.yaml", "HEAD:configs/small/base.yaml"]
    hashes = [run(repository, "rev-parse", name).strip() for name in (*folders, *files)]
    assert asked == ["HEAD^{tree}", *hashes]


def test_the_folders_of_the_index(repository: Path) -> None:
    """The one in the middle has a name in which the path of another one stands after a tab."""
    commit(repository, configs__small__net="extends: base\n", configs__small__base=6)
    (repository / "x\tconfigs" / "small").mkdir(parents=True)
    (repository / "x\tconfigs" / "small" / "other.yaml").write_text(spec(7), encoding="utf-8")
    run(repository, "add", "--all")
    assert count("git::configs/small/net.yaml") == params(6)
    assert count("git::x\tconfigs/small/other.yaml") == params(7)
    index = git.revision("")
    assert [*index.names("")] == ["configs", "net.yaml", "x\tconfigs"]
    assert [*index.names("configs")] == ["small"]
    assert [*index.names("configs/small")] == ["base.yaml", "net.yaml"]
    assert [*index.names("configs/smal")] == [*index.names("small")] == []


def test_threads_do_not_get_each_others_answers(repository: Path) -> None:
    commit(repository, **{f"n{filters}": filters for filters in range(1, 41)})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda filters: count(f"git:HEAD:n{filters}.yaml"), range(1, 41)))
    assert found == [params(filters) for filters in range(1, 41)]


def script(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", text],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(cnncalc.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_does_not_read_its_parents_answers(repository: Path) -> None:
    done = script(
        repository,
        "import cnncalc, os\n"
        "def count(rev): return cnncalc.load(f'git:{rev}:net.yaml').totals.params\n"
        "count('HEAD')\n"
        "read, write = os.pipe()\n"
        "child = os.fork()\n"
        "os.write(write, b'.') if child else os.read(read, 1)\n"
        "for _ in range(300):\n"
        f"    assert (count('HEAD~1'), count('HEAD')) == ({params(1)}, {params(2)})\n"
        "if child: assert os.waitpid(child, 0)[1] == 0\n",
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_git_is_closed_at_the_end_and_imported_when_it_is_asked_for(repository: Path) -> None:
    done = script(
        repository,
        "import atexit, sys\n"
        "atexit.register(lambda: print([one.git for one in sys.modules['cnncalc.sources.git']._open]))\n"
        "import cnncalc\n"
        "cnncalc.load('vgg16')\n"
        "assert not {'cnncalc.sources.revision', 'cnncalc.sources.git'} & set(sys.modules)\n"
        "before = set(sys.modules)\n"
        "import cnncalc.sources.revision\n"
        "assert 'subprocess' not in set(sys.modules) - before\n"
        f"assert cnncalc.load('git:HEAD:net.yaml').totals.params == {params(2)}\n"
        "assert 'subprocess' in sys.modules\n",
        *("-X", "dev", "-W", "error"),
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[None]\n")


# --- extends ----------------------------------------------------------------------------------------------------------


def test_extends_is_read_at_the_same_revision(repository: Path) -> None:
    commit(repository, configs__base=1, configs__net="extends: base\n", configs__deep__er="extends: more.yaml\n")
    commit(repository, configs__base=2, configs__deep__more=4)
    write(repository, configs__base=3, configs__deep__more=5)
    assert [count(f"{at}configs/net.yaml") for at in ("git:HEAD~1:", "git:HEAD:", "git::", "")] == [
        params(1),
        params(2),
        params(2),
        params(3),
    ]
    assert count_at("HEAD~1", repository / "configs" / "net.yaml") == params(1)
    assert count("git:HEAD:configs/deep/er.yaml") == params(4)
    refused(
        "git:HEAD~1:configs/deep/er.yaml", "there is no more.yaml to extend", "git:HEAD~1:configs/deep/er.yaml:1:10"
    )


def test_include_is_read_at_the_same_revision(repository: Path) -> None:
    net = "input: 8x8x3\nlayers: [{include: sub/part}]\n"
    commit(
        repository,
        configs__sub__part="input: 8x8x3\nlayers: [{include: deep}]\n",
        configs__sub__deep=1,
        configs__net=net,
    )
    commit(repository, configs__sub__deep=2, configs__deep=9)
    write(repository, configs__sub__deep=3)
    assert [count(f"{at}configs/net.yaml") for at in ("git:HEAD~1:", "git:HEAD:", "git::", "")] == [
        params(1),
        params(2),
        params(2),
        params(3),
    ]
    commit(repository, other="input: 8x8x3\nlayers: [{include: later}]\n")
    commit(repository, later=4)
    assert count("git:HEAD:other.yaml") == params(4)
    refused("git:HEAD~1:other.yaml", "there is no later to include", "git:HEAD~1:other.yaml:2:20")


def test_extends_a_file_below_and_a_built_in_one(repository: Path) -> None:
    commit(
        repository,
        below="extends: configs/base\n",
        configs__base=6,
        built="extends: vgg16.yaml\n",
        vgg19=7,
        own="extends: vgg19\n",
    )
    (repository / "configs" / "base.yaml").unlink()
    (repository / "vgg19.yaml").unlink()
    assert count("git:HEAD:below.yaml") == params(6)
    assert count("git:HEAD:built.yaml") == cnncalc.load("vgg16").totals.params
    assert count("git:HEAD:own.yaml") == params(7)


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.yaml",
        "../secret",
        "deep/../../secret.yaml",
        "deep/../deep/x.yaml",
        "/secret.yaml",
        "git:HEAD:secret.yaml",
        "git::secret.yaml",
        "out.yaml",
        "far.yaml",
        "near/../../secret.yaml",
        "up/secret.yaml",
        "loop.yaml",
        "away/x.yaml",
        "deep",
        "-",
        "outer",
    ],
)
@pytest.mark.parametrize("at", ["git:HEAD:", "git::", ""])
def test_extends_stays_in_its_folder(at: str, reference: str, repository: Path, tmp_path: Path) -> None:
    configs = repository / "configs"
    write(repository, secret=1, configs__deep__x=2, configs__net=f"extends: '{reference}'\n")
    write(tmp_path, outside=3)
    for name, target in {
        "out.yaml": "../secret.yaml",
        "far.yaml": str(tmp_path / "outside.yaml"),
        "outer": "../../outside.yaml",
        "up": "..",
        "loop.yaml": "loop.yaml",
        "away": str(tmp_path),
    }.items():
        (configs / name).symlink_to(target)
    commit(repository)
    refused(f"{at}configs/net.yaml", f"there is no {reference} to extend", "configs/net.yaml:1:10")


def test_links_that_stay_are_followed(repository: Path) -> None:
    """A base is looked for beside where a spec really stands, as on disk."""
    commit(repository, real__net="extends: base\n", real__base=4, base=5)
    for name, target in {
        "link.yaml": "real/net.yaml",
        "folder": "real",
        "twice.yaml": "folder/../folder/net.yaml",
        "real/other.yaml": "base.yaml",
    }.items():
        (repository / name).symlink_to(target)
    commit(repository, real__third="extends: other.yaml\n")
    for path in ("link.yaml", "folder/net.yaml", "twice.yaml", "real/other.yaml", "real/third.yaml"):
        assert count(path) == count(f"git:HEAD:{path}") == count(f"git::{path}") == params(4), path
    assert count_at("HEAD", repository / "link.yaml") == params(4)


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside.yaml", "../../../../../../../../etc/hostname"])
def test_links_that_lead_out_of_the_repository_are_not_followed(target: str, repository: Path, tmp_path: Path) -> None:
    write(tmp_path, outside=3)
    (repository / "link.yaml").symlink_to(target)
    commit(repository)
    refused("git:HEAD:link.yaml", "leads out of")
    assert git.before("HEAD", repository / "link.yaml") is None


def test_links_in_a_circle(repository: Path) -> None:
    (repository / "a.yaml").symlink_to("b.yaml")
    (repository / "b.yaml").symlink_to("a.yaml")
    commit(repository)
    refused("git:HEAD:a.yaml", "a.yaml is a link that leads nowhere")


def test_extends_in_a_circle(repository: Path) -> None:
    commit(repository, a="extends: b", b="extends: c", c="extends: a")
    refused("git:HEAD:a.yaml", "`extends` forms a cycle: a.yaml → b.yaml → c.yaml → a.yaml")


SLIP = "input: 8x8x3\nlayers: [cnov3-4]\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("configs/net.yaml", "configs/base.yaml"),
        ("./configs/net.yaml", "./configs/base.yaml"),
        ("git:HEAD:configs/net.yaml", "git:HEAD:configs/base.yaml"),
        ("git::./configs/net.yaml", "git::./configs/base.yaml"),
        ("top.yaml", "configs/base.yaml"),
        ("git:HEAD:top.yaml", "git:HEAD:configs/base.yaml"),
        ("git:HEAD:link.yaml", "git:HEAD:configs/base.yaml"),
        ("extends: configs/base\n", "configs/base.yaml"),
    ],
)
def test_a_base_is_called_as_the_user_finds_it(name: str, shown: str, repository: Path) -> None:
    (repository / "link.yaml").symlink_to("configs/net.yaml")
    commit(repository, configs__base=SLIP, configs__net="extends: base.yaml\n", top="extends: ./configs//base\n")
    refused(name, f"--> {shown}:2:10")
    assert find.find(shown).text == SLIP, "the user finds nothing there"


@pytest.mark.parametrize("at", ["", "git:HEAD:", "git::"])
def test_a_base_beside_a_base_behind_a_link(at: str, repository: Path) -> None:
    """It is called by where it stands: beside the link there is none."""
    commit(
        repository, configs__net="extends: link.yaml\n", configs__deep__real="extends: last\n", configs__deep__last=SLIP
    )
    (repository / "configs" / "link.yaml").symlink_to("deep/real.yaml")
    commit(repository)
    where = f"{at}configs/deep" if at else str(repository / "configs" / "deep")
    refused(f"{at}configs/net.yaml", f"--> {where}/last.yaml:2:10")


def test_a_base_behind_a_link_and_a_built_in_one(repository: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere"
    write(real, base=SLIP, net="extends: base.yaml\n", built="extends: vgg16.yaml\ninput: 1x1x3\n")
    (repository / "link.yaml").symlink_to(real / "net.yaml")
    refused("link.yaml", f"--> {real}/base.yaml:2:10")
    refused(str(real / "net.yaml"), f"--> {real}/base.yaml:2:10")
    refused(str(real / "built.yaml"), "--> vgg16.yaml:")
    above = find.base("resnet50", find.find("resnet101").beside)
    assert above is not None
    assert above.name == "resnet50.yaml"


# --- renames ----------------------------------------------------------------------------------------------------------

LONG = spec(1) + "".join(f"# line {place} of what this network is about\n" for place in range(20))


def moved(folder: Path, old: str, new: str, *, edited: bool) -> None:
    (folder / new).parent.mkdir(parents=True, exist_ok=True)
    (folder / old).rename(folder / new)
    if edited:
        (folder / new).write_text(LONG.replace("conv3-1]", "conv3-2]"), encoding="utf-8")


STAGES: dict[str, Callable[[Path], object]] = {
    "committed": commit,
    "staged": lambda folder: run(folder, "add", "--all"),
}
UNTOLD: dict[str, Callable[[Path], object]] = {
    "new one announced only": lambda folder: run(folder, "add", "--intent-to-add", "--all"),
    "new one added, old one not removed": lambda folder: run(folder, "add", "--ignore-removal", "."),
    "old one removed, new one untracked": lambda folder: run(folder, "rm", "--cached", "--quiet", "configs/net.yaml"),
    "untracked": lambda folder: None,
}


@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "edited"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("new", ["configs/new.yaml", "models/net.yaml", "models/new.yaml"])
def test_a_renamed_spec(new: str, stage: str, edited: bool, repository: Path) -> None:
    commit(repository, configs__net=LONG, configs__bystander=LONG.replace("line", "other"))
    run(repository, "tag", "then")
    moved(repository, "configs/net.yaml", new, edited=edited)
    STAGES[stage](repository)
    assert count(new) == params(2 if edited else 1)
    assert renamed("then", repository / new) == "configs/net.yaml"
    assert count_at("then", repository / new) == params(1)
    found = git.before("then", repository / new)
    assert found is not None
    assert found.name == "git:then:configs/net.yaml"
    assert refused(f"git:then:{new}") == (
        f"error: {new} is not there at then\n  help: {new} was called configs/net.yaml then: git:then:configs/net.yaml"
    )


@pytest.mark.parametrize("stage", UNTOLD)
def test_a_rename_that_git_was_not_told_of_is_not_guessed(stage: str, repository: Path) -> None:
    """`git add --all` tells it, and the name at that time is another answer."""
    commit(repository, configs__net=LONG)
    moved(repository, "configs/net.yaml", "models/net.yaml", edited=False)
    UNTOLD[stage](repository)
    assert git.before("HEAD", repository / "models" / "net.yaml") is None
    refused("git:HEAD:models/net.yaml", "it is in the working folder, but was not there then")
    assert count("git:HEAD:configs/net.yaml") == params(1)
    run(repository, "add", "--all")
    assert count_at("HEAD", repository / "models" / "net.yaml") == params(1)


def test_a_renamed_spec_with_what_it_extends(repository: Path) -> None:
    commit(repository, configs__base=1, configs__net="extends: base\nname: A network\nsource: somewhere\n")
    run(repository, "mv", "configs", "models")
    write(repository, models__base=2)
    commit(repository)
    assert count_at("HEAD~1", repository / "models" / "net.yaml") == params(1)
    assert count_at("HEAD", repository / "models" / "net.yaml") == params(2)


def test_renamed_twice(repository: Path) -> None:
    commit(repository, a=LONG)
    run(repository, "mv", "a.yaml", "b.yaml")
    commit(repository)
    run(repository, "mv", "b.yaml", "c.yaml")
    assert renamed("HEAD~1", repository / "c.yaml") == "a.yaml"
    assert renamed("HEAD", repository / "c.yaml") == "b.yaml"
    assert renamed("", repository / "c.yaml") is None, "it has this name already"


def test_the_index_is_asked_again_when_it_has_changed(repository: Path) -> None:
    commit(repository, a=LONG)
    run(repository, "mv", "a.yaml", "b.yaml")
    assert renamed("HEAD", repository / "b.yaml") == "a.yaml"
    run(repository, "mv", "b.yaml", "c.yaml")
    write(repository, c="input: 64\nlayers: [fc-1, relu, fc-2, relu, fc-3]\n")
    assert renamed("HEAD", repository / "c.yaml") == "a.yaml", "as staged"


def test_the_files_of_the_index_are_asked_again_when_it_has_changed(repository: Path) -> None:
    for place, name in enumerate(("a", "configs/b", "configs/c"), 5):
        write(repository, **{name: place})
        refused(f"git::{name}.yaml", "is not there in the index")
        run(repository, "add", f"{name}.yaml")
        assert count(f"git::{name}.yaml") == params(place)


def test_what_was_not_there(repository: Path) -> None:
    commit(repository, gone=LONG)
    (repository / "gone.yaml").unlink()
    write(repository, new="input: 64\nlayers: [fc-1, relu, fc-2, relu, fc-3]\n", net=3)
    assert git.before("HEAD", repository / "new.yaml") is None
    assert renamed("HEAD", repository / "new.yaml") is None
    assert renamed("HEAD", repository / "net.yaml") is None, "it has this name already"
    assert renamed("HEAD", repository / "nowhere.yaml") is None


def test_a_copy_is_no_rename(repository: Path) -> None:
    commit(repository, net=LONG)
    write(repository, copy=LONG)
    assert git.before("HEAD", repository / "copy.yaml") is None
    run(repository, "add", "--all")
    assert git.before("HEAD", repository / "copy.yaml") is None


def test_one_old_file_is_not_two_new_ones(repository: Path) -> None:
    commit(repository, net=LONG)
    run(repository, "mv", "net.yaml", "moved.yaml")
    write(repository, variant=LONG.replace("conv3-1]", "conv3-2]"))
    assert renamed("HEAD", repository / "moved.yaml") == "net.yaml"
    assert renamed("HEAD", repository / "variant.yaml") is None


def test_files_of_other_repositories_are_looked_up_there(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = created(tmp_path / "other")
    commit(other, net=50)
    run(other, "tag", "only-there")
    write(other, net=51)
    assert count_at("HEAD", other / "net.yaml") == params(50)
    assert count_at("HEAD", Path("../other/net.yaml")) == params(50)
    assert count_at("only-there", other / "net.yaml") == params(50)
    with pytest.raises(cnncalc.SpecError, match="there is no revision only-there"):
        git.before("only-there", repository / "net.yaml")
    (tmp_path / "link").symlink_to(other)
    assert count_at("HEAD", tmp_path / "link" / "net.yaml") == params(50)
    monkeypatch.chdir(tmp_path)
    assert count_at("HEAD", Path("other/net.yaml")) == params(50)


# --- the command ------------------------------------------------------------------------------------------------------


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "cnncalc", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(cnncalc.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_command_takes_revisions(repository: Path) -> None:
    done = command(repository, "summarize", "git:HEAD:net.yaml", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert (result["name"], result["totals"]["params"]) == ("net", params(2))
    done = command(repository, "compare", "git:HEAD~1:net.yaml", "git:HEAD:net.yaml", "net.yaml", "--format", "json")
    assert [design["totals"]["params"] for design in json.loads(done.stdout)["designs"]] == [*map(params, (1, 2, 3))]


def test_the_command_refuses_with_status_2(repository: Path, tmp_path: Path) -> None:
    done = command(repository, "summarize", "git:HEAD:nte.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: nte.yaml is not there at HEAD\n  help: did you mean `net.yaml`?\n"
    done = command(tmp_path, "summarize", "git:HEAD:net.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {tmp_path} is in no git repository\n")
