"""mastodonctl verify-backup [--clean]: proves that the newest backup can be restored.

It restores it, and the log behind it, into a cluster beside the live one, looks whether all is there and sound, measures, and
throws it away. --clean only throws away what a killed run left.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import datetime

from . import backups
from .backups import Backup
from .console import BUSY, DISPROVEN, Failure, human, joined, say
from .copied_cluster import CopiedCluster, Unsound
from .machine import RUN, STATE, raise_alert, room_beside, room_for, take_lock
from .postgres import Cluster, Connection, as_number, main_cluster, mastodon, superuser
from .proof_record import Proof, record

FOLDER = STATE / "proof"
PORT = 5433
UNIT = "mastodon-proof.service"
TABLES = (
    "accounts", "users", "statuses", "media_attachments", "favourites", "follows", "mentions", "notifications", "conversations", "reports",
)  # fmt: skip

MIGRATIONS = "SELECT version FROM public.schema_migrations ORDER BY 1"
NEWEST_COMMIT = """SELECT to_char(coalesce(pg_last_xact_replay_timestamp(), to_timestamp(:'ended'::bigint)) AT TIME ZONE 'UTC',
    'YYYY-MM-DD HH24:MI:SS.US+00')"""
# A minute is left to long transactions.
WRITTEN = """COPY (SELECT id FROM public.:"table" WHERE updated_at < :'newest'::timestamptz AT TIME ZONE 'UTC' - interval '1 minute'
    ORDER BY id) TO STDOUT"""
ALL_IDS = """COPY (SELECT id FROM public.:"table" ORDER BY id) TO STDOUT"""
COUNT = """SELECT count(*) FROM public.:"table\""""


class Disproven(Failure):
    """The backup is no good: an alert, and the next backup is a full one."""

    def __init__(self, text: str) -> None:
        super().__init__(text, DISPROVEN)


def missing_from(copy: Iterator[int], living: Iterator[int]) -> int:
    """How many of the living ids the copy lacks. Both come sorted."""
    missing = 0
    there = next(copy, None)
    for wanted in living:
        while there is not None and there < wanted:
            there = next(copy, None)
        missing += there != wanted
    return missing


def compare_rows(living: Connection, copy: Connection, newest: str, rows: dict[str, dict[str, int]]) -> None:
    """Rows that were last written before the newest commit must be in the copy. Fills in the numbers of each table."""
    for table in TABLES:
        if living.ask("SELECT to_regclass(:'table') IS NOT NULL", table=f"public.{table}") != "t":
            continue
        with living.lines(WRITTEN, table=table, newest=newest) as wanted, copy.lines(ALL_IDS, table=table) as there:
            missing = missing_from(map(as_number, there), map(as_number, wanted))
        rows[table] = {"live": living.number(COUNT, table=table), "copy": copy.number(COUNT, table=table)}
        if missing:
            raise Disproven(f"{missing} rows of {table} are missing that were written before {newest}")


def compare(living: Connection, copy: CopiedCluster, newest: str, rows: dict[str, dict[str, int]]) -> None:
    copy.check_structure()
    if copy.as_mastodon().ask(MIGRATIONS) != living.ask(MIGRATIONS):
        raise Disproven("the schema is of another version than that of the live database")
    compare_rows(living, copy.as_mastodon(), newest, rows)


def broken_files(cluster: Cluster, restore_log: str) -> str:
    """pgBackRest names the database file that it could not restore; its verification names the object in the bucket."""
    errors = joined([line for line in restore_log.splitlines() if "ERROR" in line], 3)
    telling = ("backup/", "archive/", "invalid", "checksum", "missing")
    found = [line for line in backups.verify(cluster).splitlines() if any(word in line for word in telling)]
    return f"{errors} {joined(found, 10)}"


def restore(cluster: Cluster, copy: CopiedCluster, backup: Backup) -> None:
    log = copy.folder / "restore.log"
    copy.prepare()
    if not backups.restore(cluster, backup.label, copy.data, log):
        raise Disproven(broken_files(cluster, log.read_text(encoding="utf-8", errors="replace")))
    copy.configure()


def prove(cluster: Cluster, copy: CopiedCluster, proof: Proof) -> str:
    """What was proven, for the log. Raises Disproven, or another Failure where the proof itself could not be made."""
    copy.remove()
    known = backups.list_backups(cluster)
    if not known:
        raise Disproven("there is no backup in the bucket")
    backup = known[-1]
    proof.backup, proof.database_bytes = backup.label, backup.size
    needed = room_beside(backup.size)
    if room_for(STATE) <= needed:
        raise Disproven(f"the disk has no room for it: {human(needed)} are needed")
    began = time.time()
    restore(cluster, copy, backup)
    try:
        with copy.running():
            ended = time.time()
            proof.restore_seconds = round(ended - began, 1)
            proof.newest_commit = superuser(copy.cluster).ask(NEWEST_COMMIT, ended=str(backup.ended))
            proof.newest_commit_age_seconds = round(ended - datetime.fromisoformat(proof.newest_commit).timestamp(), 1)
            proof.rows = {}
            compare(mastodon(cluster), copy, proof.newest_commit, proof.rows)
    except Unsound as unsound:
        raise Disproven(f"{backup.label}: {unsound}") from unsound
    return (
        f"proven: {backup.label}, {human(backup.size)}, restored in {proof.restore_seconds} s (RTO); "
        f"its newest commit, {proof.newest_commit}, was {proof.newest_commit_age_seconds} s old (RPO)"
    )


def run(given: argparse.Namespace) -> int:
    cluster = main_cluster()
    copy = CopiedCluster.beside(cluster, FOLDER, PORT)
    if given.clean:
        copy.remove()
        return 0
    if not take_lock(RUN / "proof.lock"):
        raise Failure("another proof is under way", BUSY)
    proof = Proof()
    try:
        proven = prove(cluster, copy, proof)
    except Disproven as disproven:
        record(proof, str(disproven))
        raise_alert(UNIT, f"The newest backup could not be proven: {disproven}")
        raise
    except BaseException:
        record(proof, "the proof itself failed: journalctl -u mastodon-proof")
        raise
    finally:
        copy.remove()
    record(proof)
    say(proven)
    return 0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "verify-backup",
        help="proves that the newest backup can be restored",
        description="Restores the newest backup, and the WAL behind it, beside the live database, and compares both. mastodon-proof.service runs it.",
    )
    parser.add_argument("--clean", action="store_true", help="only throw away what a killed run left")
    parser.set_defaults(run=run)
