"""One line on standard error for whoever looks on; the clock is the test's own."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cnncalc.commands import main, progress
from cnncalc.commands.progress import watched


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True

    @property
    def left(self) -> str:
        """What stands on its last line."""
        cells: list[str] = []
        for part in self.getvalue().split("\r"):
            cells[: len(part)] = part
        return "".join(cells).strip()


Watch = Callable[[], Terminal]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Have somebody look on from now on. (Between fixtures and tests pytest puts its own streams in place.)"""

    def now() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        return stream

    return now


def clock(*times: float) -> Callable[[], float]:
    """A clock that shows these times, one after the other."""
    shown = iter(times)
    return lambda: next(shown)


def lines(terminal: Terminal) -> list[str]:
    return [part.rstrip() for part in terminal.getvalue().split("\r") if part.strip()]


def test_nothing_is_drawn_in_the_first_second(watch: Watch) -> None:
    terminal = watch()
    with watched("abc", clock=clock(0, 0, 0.5, 0.99)) as each:
        assert list(each) == ["a", "b", "c"]
    assert terminal.getvalue() == ""


def test_after_a_second_one_line_is_drawn_and_gone_at_the_end(watch: Watch) -> None:
    terminal = watch()
    with watched(["vgg16", "lenet5", "unet"], clock=clock(10, 10, 11, 11.2)) as each:
        seen = []
        for name in each:
            seen.append((name, terminal.left))
    assert seen == [("vgg16", ""), ("lenet5", "2 of 3: lenet5"), ("unet", "3 of 3: unet")]
    assert terminal.left == ""
    assert "\n" not in terminal.getvalue()


def test_it_is_not_drawn_anew_for_every_item(watch: Watch) -> None:
    terminal = watch()
    with watched("abcd", clock=clock(0, 2, 2.05, 2.09, 2.11)) as each:
        list(each)
    assert lines(terminal) == ["1 of 4: a", "4 of 4: d"]


def test_what_ends_the_loop_leaves_no_line_behind(watch: Watch) -> None:
    terminal = watch()

    def interrupted() -> None:
        with watched("ab", clock=clock(0, 5)) as each:
            for _ in each:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert lines(terminal) == ["1 of 2: a"]
    assert terminal.left == ""


def test_the_line_is_no_wider_than_the_terminal_and_steers_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = watch()
    monkeypatch.setenv("COLUMNS", "40")
    with watched(["\x1b[2J" + "n" * 100], clock=clock(0, 5)) as each:
        list(each)
    (line,) = lines(terminal)
    assert len(line) == 39
    assert "\x1b" not in line


@pytest.mark.parametrize("why", ["a pipe", "a dumb terminal"])
def test_where_nobody_looks_on_nothing_is_drawn(why: str, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = watch()
    if why == "a pipe":
        monkeypatch.setattr(stream, "isatty", lambda: False)
    else:
        monkeypatch.setenv("TERM", "dumb")
    with watched("ab", clock=clock(0, 5, 9)) as each:
        assert list(each) == ["a", "b"]
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["zoo", "--filter", "vgg1*"], "1 of 10: vgg11"),
        (["zoo", "verify", "lenet5", "alexnet"], "1 of 2: lenet5"),
        (["check", "lenet5", "alexnet", "--max", "params=140M"], "1 of 2: lenet5"),
        (["baseline", "write", "lenet5", "alexnet", "-o", "kept.yaml"], "1 of 2: lenet5"),
    ],
    ids=" ".join,
)
def test_commands_over_many_specs_say_where_they_are(
    command: Sequence[str], said: str, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "AFTER", -1.0)  # the line is due at once
    terminal = watch()
    assert main(command) == 0
    assert said in lines(terminal)
    assert terminal.left in ("", "2 specs written to kept.yaml")
