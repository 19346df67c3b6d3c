"""What there is, which moments can be reached, and what would be lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..backups import Backup
from ..console import Failure, human, say
from ..moments import utc
from ..postgres import QueryFailed
from .machine import Machine

WRITTEN = """SELECT count(*) FROM public.:"table" WHERE created_at > :'since'::timestamptz AT TIME ZONE 'UTC'"""


@dataclass(frozen=True)
class Range:
    """From the end of the oldest backup to now, as far as PostgreSQL can still archive. In seconds; 0: none."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{utc(self.first)} to {utc(self.last)}"


def find_range(machine: Machine, backups: Sequence[Backup]) -> Range:
    last = machine.now() if machine.runs() else max(machine.segments().values(), default=0)
    return Range(backups[0].ended if backups else 0, last)


def show(machine: Machine, remote: str) -> None:
    backups = machine.backups()
    reachable = find_range(machine, backups)
    say("Backups:")
    for one in backups:
        sizes = f"database {human(one.size):>8}, in the bucket {human(one.stored):>8}"
        say(f"  {one.label:<33} {one.kind:<4}  {utc(one.ended)}  {sizes}")
    say("Dumps:")
    for dump in machine.dumps(remote):
        say(f"  {dump.name}  {human(dump.size):>8}")
    say("Earlier restores (a moment before one leads to what it overwrote):")
    for timeline in machine.timelines():
        say(f"  {utc(timeline.written)}")
    say(f"Reachable moments: {reachable if backups else 'none, there is no backup'}")
    if machine.request.exists():
        say("A restore was cut short. Take it up again: sudo mastodon-restore --resume")


def written_since(machine: Machine, since: str) -> str:
    """Empty where the database does not tell."""
    try:
        posts, accounts = (machine.count(WRITTEN, table=table, since=since) for table in ("statuses", "accounts"))
    except QueryFailed:
        return ""
    return f": {posts} posts, {accounts} accounts"


def announce(machine: Machine, since: str, last: int = 0) -> None:
    """What would be lost, before anything is. `last`: when the last segment came to the bucket."""
    if since and machine.runs() and machine.database_exists():
        now = utc(machine.now())
        say(f"Overwritten would be what was written from {since} to {now}{written_since(machine, since)}.")
    elif since:
        say(f"Overwritten would be everything after {since}.")
    elif machine.runs():
        say("Nothing that was written would be lost: the log up to now is sent to the bucket first.")
    else:
        say(f"PostgreSQL does not run: what it had not sent to the bucket (the last segment is of {utc(last)}) may be lost.")
    say("Mastodon is stopped meanwhile. Media and the waiting jobs are left as they are.")


def ask_first(machine: Machine, confirmed: bool) -> None:
    if confirmed:
        return
    answer = machine.answer("Type yes to continue: ")
    if answer is None:
        raise Failure("there is no terminal to ask on. Add --yes if that is what you want.")
    if answer != "yes":
        raise Failure("nothing was changed")
