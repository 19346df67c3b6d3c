"""mastodonctl restore-database [--newest | --to TIME]: PostgreSQL, and nothing else, from the newest backup that leads there and can be
read. Without an option it takes up what an earlier run began, or goes to the newest state. A run that was cut short is made good by
running it again: until then PostgreSQL doesn't start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..backups import Backup
from ..console import Failure, joined, say, warn
from ..moments import SQL_FORM, Moment, utc
from ..postgres import QueryFailed
from ..wal import segment_at
from .archive import last_segment, read_history
from .choice import Choice, Switch, choose
from .machine import Done, Machine, undisturbed

REACHED = "reached: "
NEWEST = "the newest state"
GAP = "gap-in-the-log"
LAST_COMMIT = "SELECT to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', :'form')"
# What PostgreSQL says when the moment lies behind the last commit of its timeline.
PAST_THE_END = "recovery ended before configured recovery target"
NO_SEGMENT = "could not restore file"


def restore_database(machine: Machine, moment: Moment | None) -> None:
    if moment is not None and moment.seconds > machine.now():
        raise Failure(f"{moment} is in the future")
    known = machine.backups()
    choice = choose(machine.timelines(), known, moment, machine.history)
    if not choice.backups:
        oldest = utc(known[0].ended if known else 0)
        raise Failure(f"no backup leads to {moment or NEWEST}; the oldest one ended at {oldest}")
    machine.put(machine.pending, f"{moment or ''}\n")
    with may_start(machine):
        clear_the_way(machine)
        backup, reached = restore_from_one(machine, choice, moment)
        if moment is None:
            report_gap(machine, choice.timeline)
        add_checksums(machine)
        if not machine.tool("start-database"):
            raise Failure("PostgreSQL does not start again; run this again")
        machine.drop(machine.pending)
    # Until the new timeline is in the bucket, a proof or another machine would follow the old one to what this restore undid.
    checked = machine.pgbackrest("check")
    if checked.status != 0:
        warn(f"the new timeline is not in the bucket yet: see the alerts until it is. {joined(checked.lines[-3:], 3)}")
    say(f"{REACHED}{reached or utc(backup.ended)} from backup {backup.label}")


@contextmanager
def may_start(machine: Machine) -> Iterator[None]:
    """PostgreSQL may, for this restore."""
    try:
        machine.touch(machine.restoring)
        yield
    finally:
        with undisturbed():
            machine.discard(machine.restoring)


def clear_the_way(machine: Machine) -> None:
    machine.systemctl("stop", machine.unit)
    # A power cut leaves the file that names a running server, and pgBackRest believes it.
    if machine.capture("pgrep", "--full", f"^{machine.cluster.binaries}/postgres -D {machine.data}( |$)").status == 0:
        raise Failure(f"PostgreSQL can't be stopped: systemctl status {machine.unit}")
    machine.discard(machine.data / "postmaster.pid")
    # Where a file is empty, an interrupted restore's for example, pgBackRest 2.50 fails with --delta (its issue 2271).
    if machine.data.is_dir() and not machine.run("find", machine.data, "-type", "f", "-size", "0", "-delete"):
        raise Failure(f"the empty files of {machine.data} can't be removed; the lines above say why")


def restore_from_one(machine: Machine, choice: Choice, moment: Moment | None) -> tuple[Backup, str]:
    """The newest backup that can be restored and followed, and the moment of the last commit then."""
    recovery = ["--type=default"] if moment is None else ["--type=time", f"--target={moment}", "--target-action=promote"]
    for backup in choice.backups:
        say(f"restoring {moment or NEWEST} from backup {backup.label} …")
        restored = machine.restore_files(backup.label, choice.timeline, *recovery)
        if restored.status != 0:
            reason = joined([line for line in restored.lines if "ERROR" in line][:1] or restored.lines[-1:], 1)
            if "No space left" in restored.said:
                raise Failure(f"the disk is full: {reason}. Make room and run this again.")
            machine.backups()  # ends here if the bucket went away: another backup would not help
            warn(f"backup {backup.label} can't be restored; continuing with an older one. {reason}")
            continue
        recovered = recover(machine)
        if PAST_THE_END in recovered.said and recovered.status != 0:
            recovered = go_to_the_end(machine)
        if recovered.status == 0:
            if not is_open(machine):
                break
            return backup, machine.ask(LAST_COMMIT, form=SQL_FORM)
        reason = reason_in(recovered.lines)
        if NO_SEGMENT in recovered.said:
            raise Failure(
                f"the log can't be read from the bucket, and without it later changes would be lost: {reason}. Run this again when the "
                "bucket answers; if a file is broken, choose a moment before it."
            )
        warn(f"from backup {backup.label} the WAL can't be followed; continuing with an older one. {reason}")
    raise Failure("no backup could be restored; what the bucket holds is untouched")


def is_open(machine: Machine) -> bool:
    try:
        return machine.ask("SELECT pg_is_in_recovery()") == "f"
    except QueryFailed:
        return False


def recover(machine: Machine) -> Done:
    """Lets PostgreSQL read the log to the end."""
    recovered = machine.capture("/usr/local/lib/mastodon/start-database")
    if recovered.status != 0:
        machine.systemctl("stop", machine.unit)
    return recovered


def go_to_the_end(machine: Machine) -> Done:
    """The end of its timeline is the state of a moment that lies behind the last commit."""
    if not machine.run("sed", "--in-place", "/^recovery_target_time = /d", machine.data / "postgresql.auto.conf"):
        raise Failure(f"{machine.data}/postgresql.auto.conf can't be changed; the line above says why")
    return recover(machine)


def reason_in(lines: list[str]) -> str:
    """The last lines around what was fatal."""
    fatal = {number for number, line in enumerate(lines) if "FATAL" in line}
    around = [line for number, line in enumerate(lines) if fatal & {number, number + 1, number + 2}]
    return joined(around[-4:] or lines[-5:], 5)


def report_gap(machine: Machine, timeline: int) -> None:
    """PostgreSQL takes a segment that is missing for the end of the log. If there are later ones, an administrator has to know."""
    left = next((one for one in newest_history(machine) if one.timeline == timeline), None)
    if left is None:
        return
    read_to, archived = segment_at(left.position), last_segment(machine.segments(timeline), timeline)
    if archived <= read_to:
        return
    text = (
        f"The log in the bucket has a gap: the restore ended at segment {read_to} of timeline {timeline}, and the bucket has segments up to "
        f"{archived}. What was written after the gap is not in the database. Once you know of it: "
        f"sudo /usr/local/lib/mastodon/alert clear {GAP}"
    )
    machine.tool("alert", "raise", GAP, text)
    warn(f"the log has a gap behind {read_to}: see the alert {GAP}")


def newest_history(machine: Machine) -> list[Switch]:
    """Of the timeline that this restore began."""
    found = sorted((machine.data / "pg_wal").glob("*.history"))
    return read_history(machine.read(found[-1]), str(found[-1])) if found else []


def add_checksums(machine: Machine) -> None:
    """A backup of a cluster without data checksums restores one without. Until they are enabled, nothing else may start PostgreSQL."""
    machine.discard(machine.restoring)
    if not machine.tool("enable-checksums"):
        warn("continuing without data checksums; the next restore or new machine tries again")
    machine.touch(machine.restoring)
