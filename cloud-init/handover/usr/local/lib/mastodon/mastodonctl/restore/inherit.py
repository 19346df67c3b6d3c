"""mastodonctl inherit: a new machine continues from what the previous one left, and from nothing less. converge runs it (55-restore.sh)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..backups import Repository
from ..console import Failure, printable, say
from ..lease.records import NAME
from ..wal import read_position, segment_at
from .archive import read_history
from .machine import Machine

HISTORY = "SELECT pg_read_file('pg_wal/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.history')"


@dataclass(frozen=True)
class Inherited:
    """What the machine before noted when it handed over."""

    machine: str
    lsn: str
    """Up to where it had written its log."""

    @property
    def position(self) -> int:
        return read_position(self.lsn)


def read_inherited(text: str, file: str) -> Inherited | None:
    """None where no machine handed over. Raises Failure."""
    if not text:
        return None
    try:
        told = json.loads(text)
        inherited = Inherited(told["machine"], told["lsn"])
        if not NAME.fullmatch(inherited.machine):
            raise ValueError
        _ = inherited.position
        return inherited
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(f"{file} names no place in the log: {printable(text, 300)}") from error


def missing_log(inherited: Inherited, repository: Repository) -> str:
    """What speaks against a restore: the last segment that the machine wrote must be in the bucket first. Empty: nothing."""
    needed = segment_at(inherited.position - 1)
    last = max(repository.segments, default="none")
    if last != "none" and last[8:] >= needed:
        return ""
    return (
        f"{inherited.machine} handed over with its log written up to {inherited.lsn}, but the log in the backup bucket ends with the segment "
        f"{last}; expected one that ends in {needed}. Nothing was restored. The rest is on {inherited.machine}: don't remove it, find out why "
        "it is not in the bucket, and run pulumi up again."
    )


def prove_first(machine: Machine) -> None:
    """Without a backup, a machine may only begin if it is the first one."""
    try:
        told = json.loads(machine.read(machine.state / "lease.json") or '{"term": 0}')
        first = isinstance(told["term"], int) and told["term"] <= 1
    except (ValueError, KeyError, TypeError):
        first = False
    if not first:
        raise Failure(
            "another machine of this stack was at work before, but there is no backup to continue from; expected one in the backup bucket. Where "
            f"there is nothing to save: sudo touch {machine.state}/done/database-origin on this machine, and run pulumi up again."
        )


def look(machine: Machine) -> int:
    """How many backups there are to start from. Whatever leaves that unknown (no answer, another cipher) is a Failure: a new database
    beside one that could have been restored would be the worst outcome."""
    file = machine.state / "inherited.json"
    inherited = read_inherited(machine.read(file), str(file))
    repository = machine.repository()
    if not repository.count:
        prove_first(machine)
        return 0
    problem = missing_log(inherited, repository) if inherited else ""
    if problem:
        raise Failure(problem)
    return repository.count


def prove_all(machine: Machine) -> None:
    """That everything which the machine before had written is in the database."""
    file = machine.state / "inherited.json"
    inherited = read_inherited(machine.read(file), str(file))
    if inherited is None:
        return
    history = read_history(machine.ask(HISTORY), "the history of this timeline")
    if not history or history[-1].position < inherited.position:
        reached = lsn_of(history[-1].position) if history else "no place"
        raise Failure(
            f"the restored database ends at {reached} of the log, but the machine before had written more: {inherited.machine}, up to "
            f"{inherited.lsn}. Don't remove that machine: what is missing is there."
        )
    say(f"restored everything that {inherited.machine} had written: up to {lsn_of(history[-1].position)} of the log")
    machine.discard(file)


def lsn_of(position: int) -> str:
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"
