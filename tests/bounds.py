"""What ends a test that would go on for ever, by processor time: what else the machine does is not part of that.

What only waits takes none. So nothing waits on a person: standard input is empty or replaced, and what a test
waits for comes to its end by itself.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

SECONDS = 120
"""Of processor time: more than twenty times what the slowest that is held to it has been seen to take."""


class Hang(BaseException):
    """Nothing may catch this but the one who waits for it."""


@contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Raise Hang when the body has taken so much processor time. A guard, not a measurement.

    What never comes back from C to be interrupted ends the process after twice as much. The clocks of one bound stand
    still inside another. Windows has none of them, and there nothing is bounded.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_signal: int, _frame: object) -> None:
        raise Hang(f"not done in {seconds:g} s of processor time")

    clocks = {signal.ITIMER_PROF: seconds, signal.ITIMER_VIRTUAL: 2 * seconds}
    before = signal.signal(signal.SIGPROF, ring)
    around = {clock: signal.setitimer(clock, limit) for clock, limit in clocks.items()}
    try:
        yield
    except Hang as hang:
        raise Hang(*hang.args) from None  # without the frames it was thrown into, some of which have no line
    finally:
        for clock, (left, _) in around.items():
            signal.setitimer(clock, left)
        signal.signal(signal.SIGPROF, before)


def tell(descriptor: int) -> None:
    """Write to a file, before `bounded` ends the process, where it is."""
    if hasattr(signal, "SIGVTALRM"):
        faulthandler.register(signal.SIGVTALRM, descriptor, chain=True)


def run(command: Sequence[str], seconds: int = SECONDS, **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run a command to its end with nothing on standard input; the options are those of `subprocess.run`.

    Raises Hang if it, or what it starts, has taken so much processor time; where that cannot be limited, never.
    """
    limited = ["/bin/sh", "-c", 'ulimit -c 0; ulimit -S -t "$0"; exec "$@"', str(seconds)] if os.name == "posix" else []
    done = subprocess.run([*limited, *command], stdin=subprocess.DEVNULL, check=False, **options)
    if limited and done.returncode in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        raise Hang(f"{command[0]} was not done in {seconds} s of processor time")
    return done
