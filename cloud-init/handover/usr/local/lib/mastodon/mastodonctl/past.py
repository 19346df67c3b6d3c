"""mastodonctl past 'TIME' | --end: the database of a moment, beside the live one, to look into; --end removes it.

Its folder is root's, and so are its parents: postgres can't lay links where root writes. Only the database in it is of postgres.
"""

from __future__ import annotations

import argparse
import shutil
import time

from .backups import Backup
from .console import Failure, human, joined, say
from .copied_cluster import CopiedCluster
from .machine import RUN, hold_lock, room_beside
from .moments import SQL_FORM, Moment, read_moment, utc
from .postgres import QueryFailed, main_cluster, superuser
from .restore.choice import choose
from .restore.database import LAST_COMMIT, PAST_THE_END
from .restore.machine import Machine, processors

UNIT = "past-database.service"
PORT = 5434
PATIENCE = 2 * 3600
TO_REMOVE = "To remove it: sudo mastodon-past --end"
USAGE = """sudo mastodon-past 'TIME'     the database of a moment, such as '2026-11-23 05:00+00' (without a zone: UTC)
sudo mastodon-past --end      removes it"""
# It can't be reached over the network. Who looks into Mastodon's database does so as the role that owns it, with whose rights everything
# there may run.
ACCESS = "local postgres postgres peer\nlocal all mastodon trust\n"
# What is written there would be lost: it refuses to write.
SETTINGS = {"default_transaction_read_only": "on"}


def end(machine: Machine, copy: CopiedCluster) -> None:
    machine.capture("systemctl", "stop", UNIT)
    if copy.folder.exists():
        shutil.rmtree(copy.folder)


def restore_files(machine: Machine, copy: CopiedCluster, backup: Backup, timeline: int, moment: Moment) -> None:
    done = machine.pgbackrest(
        f"--pg1-path={copy.data}",
        f"--set={backup.label}",
        "--type=time",
        f"--target={moment}",
        "--target-action=promote",
        f"--target-timeline={timeline}",
        "--archive-mode=off",
        f"--process-max={processors()}",
        f'--recovery-option=restore_command=/usr/local/lib/mastodon/fetch-wal "%f" "%p" --no-archive-async --pg1-path={copy.data}',
        "restore",
    )
    if done.status != 0:
        said = joined([line for line in done.lines if "ERROR" in line][:3] or done.lines[-3:], 3)
        raise Failure(f"the backup {backup.label} can't be restored: {said}. Choose another moment: sudo mastodon-restore lists them")


def answers(copy: CopiedCluster) -> bool:
    try:
        superuser(copy.cluster).ask("SELECT 1")
        return True
    except QueryFailed:
        return False


def said_by(copy: CopiedCluster) -> list[str]:
    return copy.log.read_text(encoding="utf-8", errors="replace").splitlines()


def start(machine: Machine, copy: CopiedCluster, moment: Moment) -> bool:
    """Until the log was read up to the moment. Not longer than a week: a forgotten one would fill the disk."""
    deadline = time.monotonic() + PATIENCE
    copy.log.write_bytes(b"")
    properties = ("Type=exec", "Nice=10", "RuntimeMaxSec=7d", f"StandardError=append:{copy.log}")
    unit = ("--quiet", "--collect", "--unit", UNIT, "--uid", "postgres", *(f"--property={one}" for one in properties))
    command = (copy.cluster.binaries / "postgres", "-D", copy.data, "-c", f"config_file={copy.folder / 'postgresql.conf'}")
    if not machine.run("systemd-run", *unit, *command):
        raise Failure(f"systemd does not start {UNIT}; the line above says why. {TO_REMOVE}")
    while not answers(copy):
        if not machine.systemctl("--quiet", "is-active", UNIT):
            return False
        if time.monotonic() >= deadline:
            raise Failure(
                f"PostgreSQL did not read its log up to {moment} within {PATIENCE // 3600} hours: {joined(said_by(copy)[-3:], 3)}. {TO_REMOVE}"
            )
        time.sleep(0.5)
    return True


def start_or_explain(machine: Machine, copy: CopiedCluster, backup: Backup, moment: Moment) -> None:
    if start(machine, copy, moment):
        return
    lines = said_by(copy)
    if not any(PAST_THE_END in line for line in lines):
        wrong = [line for line in lines if "FATAL" in line or "ERROR" in line]
        raise Failure(f"PostgreSQL can't continue from {backup.label}: {joined(wrong[-3:], 3)}. {TO_REMOVE}")
    # The moment is behind the last commit of its timeline, so the end of that is its state.
    if not machine.run("sed", "--in-place", "/^recovery_target_time = /d", copy.data / "postgresql.auto.conf") or not start(
        machine, copy, moment
    ):
        raise Failure(f"PostgreSQL can't continue from {backup.label}: {joined(said_by(copy)[-3:], 3)}. {TO_REMOVE}")


def show(machine: Machine, copy: CopiedCluster, moment: Moment) -> None:
    known = machine.backups()
    choice = choose(machine.timelines(), known, moment, machine.history)
    if not choice.backups:
        raise Failure(f"no backup leads to {moment}; the oldest one ended at {utc(known[0].ended if known else 0)}")
    backup = choice.backups[0]
    needed, free = room_beside(backup.size), machine.room(machine.state)
    if free < needed:
        raise Failure(
            f"{human(free)} of the disk are free; expected {human(needed)} for a second database. Make room (docs/runbooks.md, the disk is full)"
        )
    say(f"restoring {moment} from backup {backup.label}, beside the live database …")
    copy.prepare()
    restore_files(machine, copy, backup, choice.timeline, moment)
    copy.configure(ACCESS, SETTINGS)
    start_or_explain(machine, copy, backup, moment)
    reached = superuser(copy.cluster).ask(LAST_COMMIT, form=SQL_FORM)
    say(f"reached: {reached} from backup {backup.label}")
    superuser(copy.cluster).ask("SET default_transaction_read_only = off; ALTER ROLE mastodon LOGIN")
    say(f"To look into it:  sudo psql --host {copy.data} --port {PORT} --username mastodon mastodon_production")
    say("To remove it:     sudo mastodon-past --end    (it ends by itself after a week)")


def run(given: argparse.Namespace) -> int:
    if given.moment is None and not given.end:
        say(USAGE)
        return 0
    machine = Machine(main_cluster())
    copy = CopiedCluster.beside(machine.cluster, machine.state / "past", PORT)
    if given.end:
        end(machine, copy)
        return 0
    moment = read_moment(given.moment)
    if moment.seconds > machine.now():
        raise Failure(f"{moment} is in the future")
    RUN.mkdir(parents=True, exist_ok=True)
    if not hold_lock(RUN / "past.lock", "--limit", "0"):
        raise Failure("another mastodon-past is at work; try again when it is done")
    end(machine, copy)
    show(machine, copy, moment)
    return 0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "past",
        prog="mastodon-past",
        help="the database of a moment, beside the live one, to look into (mastodon-past)",
        description="Restores the database of a moment beside the live one, to look into.",
    )
    parser.add_argument("moment", nargs="?", metavar="TIME", help="such as '2026-11-23 05:00+00'; without a zone: UTC")
    parser.add_argument("--end", action="store_true", help="removes it")
    parser.set_defaults(run=run, called="mastodon-past")
