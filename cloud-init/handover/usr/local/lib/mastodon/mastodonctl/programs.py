"""Programs that change something, and what they say when they fail.

They get this process's lock (an inherited descriptor), and they are not killed with it: a migration whose `mastodonctl` was ended continues to
its own end, and as long as it does, no other process gets the lock.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import Failure

# More is not read of what a program says.
SAID_BYTES = 1 << 16
# For a question that is answered at once, on a machine that has much else to do.
ANSWER_SECONDS = 300


class ProgramFailed(Failure):
    """With what it said."""


def carry_out(command: Sequence[str | Path], *, shown: bool = False, env: Mapping[str, str] | None = None) -> None:
    """Runs it to its end, however long that is. `shown`: what it prints is for the administrator. Raises ProgramFailed."""
    # A file and no pipe: a program that writes into a pipe without a reader is killed.
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=None if shown else said,
            stderr=said,
            env=env,
            cwd="/",
            close_fds=False,
        )
        status = child.wait()
        if status != 0:
            raise ProgramFailed(last_of(said.fileno()) or f"{Path(command[0]).name} ended with status {status}")


def last_of(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, SAID_BYTES, max(0, size - SAID_BYTES)).decode(errors="replace").strip()


def answer_of(command: Sequence[str | Path], seconds: float = ANSWER_SECONDS) -> str:
    """What it prints, without the last line break. Raises ProgramFailed, also where there is no answer in time."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd="/",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"{Path(command[0]).name} did not answer within {seconds:.0f} s") from None
    if done.returncode != 0:
        said = f"{done.stdout}{done.stderr}".strip()
        raise ProgramFailed(said[-SAID_BYTES:] or f"{Path(command[0]).name} ended with status {done.returncode}")
    return done.stdout.removesuffix("\n")
