"""Programs that the machine's Python runs, and how `mastodonctl upgrade` ends."""

from __future__ import annotations

import argparse
import fcntl
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
from mastodonctl.__main__ import SUBCOMMANDS, modules
from mastodonctl.programs import ProgramFailed, answer_of, carry_out

PROGRAM = Path(__file__).parents[2] / "cloud-init/handover/usr/local/sbin/mastodonctl"
LIBRARY = PROGRAM.parents[1] / "lib/mastodon"


class TestPrograms:
    def test_a_program_that_fails_is_reported_by_what_it_said(self) -> None:
        with pytest.raises(ProgramFailed, match=r"^one\ntwo$"):
            carry_out(["sh", "-c", "echo one; echo two >&2; exit 3"])
        with pytest.raises(ProgramFailed, match="false ended with status 1"):
            carry_out(["false"])
        with pytest.raises(ProgramFailed, match="sleep did not answer within 0 s"):
            answer_of(["sleep", "60"], seconds=0.1)
        assert answer_of(["echo", "x"]) == "x"

    def test_one_that_is_at_work_when_it_is_ended_continues_and_keeps_the_lock(self, tmp_path: Path) -> None:
        lock, ready, done = tmp_path / "lock", tmp_path / "ready", tmp_path / "done"
        work = f"touch {ready}; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done; echo said >&2; touch {done}"
        code = f"""
import fcntl, os, signal, sys
sys.path.insert(0, {str(LIBRARY)!r})
from mastodonctl.__main__ import on_signal
from mastodonctl.programs import carry_out
descriptor = os.open({str(lock)!r}, os.O_RDWR | os.O_CREAT)
os.set_inheritable(descriptor, True)
fcntl.flock(descriptor, fcntl.LOCK_EX)
signal.signal(signal.SIGTERM, on_signal)
carry_out(["sh", "-c", {work!r}])
"""
        with subprocess.Popen([sys.executable, "-I", "-B", "-c", code]) as program:
            wait_for(ready)
            program.send_signal(signal.SIGTERM)
            assert program.wait(10) == 128 + signal.SIGTERM
        with lock.open() as other:
            with pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (tmp_path / "go").touch()
            wait_for(done)
            fcntl.flock(other, fcntl.LOCK_EX)

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (["upgrade", "--help"], 0, "rolls back by itself"),
            (["upgrade", "4.7.0"], 2, "unrecognized arguments"),
            (["release"], 2, "invalid choice: 'release'"),
        ],
    )
    def test_the_program_ends_with_a_status_that_has_a_meaning(self, arguments: list[str], status: int, said: str) -> None:
        ended = subprocess.run([sys.executable, "-I", str(PROGRAM), *arguments], capture_output=True, text=True, check=False)
        assert ended.returncode == status
        assert said in ended.stdout + ended.stderr


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def test_each_subcommand_is_in_the_module_that_the_table_names() -> None:
    for name, module in SUBCOMMANDS.items():
        parser = argparse.ArgumentParser()
        offered = parser.add_subparsers()
        assert modules([name]) == [import_module(f"mastodonctl.{module}")]
        modules([name])[0].add_parser(offered)
        assert set(offered.choices) == {one for one, other in SUBCOMMANDS.items() if other == module}
    assert len(modules(["--help"])) == len(modules([])) == len(set(SUBCOMMANDS.values()))
