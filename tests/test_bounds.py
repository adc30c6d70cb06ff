"""The guards against what goes on for ever can fail, and only for what the body itself computes."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path
from time import process_time

import pytest
from bounds import Hang, bounded, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no clocks of processor time here")


def endless() -> None:
    while True:
        pass


def compute(seconds: float) -> None:
    """Take that much processor time."""
    end = process_time() + seconds
    while process_time() < end:
        pass


def test_an_endless_loop_is_stopped_and_nothing_is_left_running() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with pytest.raises(Hang, match=re.escape("not done in 0.1 s of processor time")), bounded(0.1):
        endless()
    assert signal.getsignal(signal.SIGPROF) is before
    assert signal.getitimer(signal.ITIMER_PROF) == signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_an_endless_loop_that_catches_everything_is_stopped() -> None:
    with pytest.raises(Hang), bounded(0.1), suppress(Exception):
        endless()


def test_a_bound_inside_of_another() -> None:
    """The inner one stops what is in it, and the outer one is as it was: it stops what follows."""

    def both() -> None:
        with pytest.raises(Hang, match=r"0\.1 s"), bounded(0.1):
            endless()
        with bounded(60):
            compute(0.3)
        endless()

    with pytest.raises(Hang, match=r"0\.2 s"), bounded(0.2):
        both()


def test_what_another_process_computes_is_not_counted() -> None:
    with bounded(0.2):
        done = run([sys.executable, "-c", "from time import process_time\nwhile process_time() < 0.4: pass"])
    assert done.returncode == 0


def test_what_does_not_come_back_from_c_ends_the_process_and_says_where() -> None:
    code = (
        "from itertools import repeat\n"
        "from bounds import bounded, tell\n"
        "tell(2)\n"
        "with bounded(0.1):\n"
        "    with bounded(60): pass\n"
        "    sum(repeat(0))\n"
    )
    done = run([sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True)
    assert done.returncode == -signal.SIGVTALRM
    assert 'File "<string>", line 6' in done.stderr


@pytest.mark.parametrize("shell", [(), ("/bin/sh", "-c", '"$@"; exit $?', "sh")], ids=["itself", "what it starts"])
def test_a_process_that_does_not_end_is_ended(shell: tuple[str, ...]) -> None:
    with pytest.raises(Hang, match="was not done in 1 s of processor time"):
        run([*shell, sys.executable, "-c", "while True: pass"], seconds=1)


def test_a_process_finds_nothing_on_standard_input() -> None:
    """Though there be something on that of the tests."""
    own, (reading, writing) = os.dup(0), os.pipe()
    os.write(writing, b"something\n")
    os.dup2(reading, 0)
    try:
        done = run([sys.executable, "-c", "input()"], capture_output=True, text=True)
    finally:
        os.dup2(own, 0)
        for descriptor in (own, reading, writing):
            os.close(descriptor)
    assert done.returncode == 1
    assert "EOFError" in done.stderr
