"""One attempt: its phases, and what its report says of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import NoReturn

from ..console import Failure
from ..release.records import Release
from . import decisions
from .effects import Machine
from .records import Report


class Attempt:
    """One attempt, and its report."""

    def __init__(self, machine: Machine, wanted: Release, before: Release | None) -> None:
        self.machine = machine
        self.wanted = wanted
        # Which release the database is of, as far as anybody knows.
        self.before = before
        self.version = wanted.version
        self.report = Report(str(before.version) if before else "", str(self.version), machine.timestamp())
        machine.keep_report(self.report)

    def phase(self, name: str, work: Callable[[], None]) -> str | None:
        """Does it, and writes down how long it took. Why it failed, if it did. An end by a signal is no failure: the next run resumes it."""
        machine, began, reason = self.machine, self.machine.clock(), None
        try:
            work()
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            reason = decisions.reason_of(str(failure), machine.on_terminal)
        seconds = round(machine.clock() - began, 1)
        machine.say(f"{seconds:10.1f} s  {name}{'' if reason is None else ': failed'}")
        self.report.steps.append((name, seconds))
        machine.keep_report(self.report)
        return reason

    def finish(self, outcome: str) -> None:
        self.report.outcome = outcome
        self.machine.keep_report(self.report)

    def give_up(self, why: str) -> NoReturn:
        self.finish(why)
        raise Failure(why)


def refuse(problem: str) -> None:
    if problem:
        raise Failure(problem)


def known(ask: Callable[[], frozenset[str]]) -> frozenset[str] | None:
    """What can't be found out must not end the revert."""
    try:
        return ask()
    except (Failure, OSError, subprocess.SubprocessError):
        return None
