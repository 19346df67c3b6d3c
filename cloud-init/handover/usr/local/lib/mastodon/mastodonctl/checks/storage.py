"""What is said of what was seen, about the database, the backups and the buckets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..console import human
from ..remote_media import FLOOR_DAYS, GIGABYTE, MOST_PERCENT, Clearing
from .findings import DAY, HOUR, MINUTE, Figure, Finding, duration, judge_age, judged, series

TRANSACTION_LIMIT = 6 * HOUR
DEAD_PERCENT = 40
UNFROZEN_LIMIT = 1_000_000_000
BACKUP_LIMIT = 26 * HOUR
DUMP_LIMIT = 8 * DAY
LOG_LIMIT = 10 * MINUTE
PROOF_LIMIT = 8 * DAY
SECONDARY_LIMIT = 26 * HOUR
STORE_PERCENT = 85
BUCKET = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Database:
    size: int
    unfrozen: int
    """The age of the oldest transaction that is not frozen, in transactions."""
    dead: int
    """Of the rows of a table, in percent."""
    oldest: int
    """For how many seconds a transaction is open."""


def database(seen: Database) -> tuple[Finding, ...]:
    """Autovacuum keeps tables small and transaction numbers from running out, unless something holds it up."""
    problem = ""
    if seen.oldest > TRANSACTION_LIMIT:
        problem = (
            f"A transaction is open for {duration(seen.oldest)}, and keeps dead rows from being cleared away: "
            "SELECT pid, query FROM pg_stat_activity ORDER BY xact_start"
        )
    elif seen.dead > DEAD_PERCENT:
        problem = (
            f"{seen.dead} % of the rows of a table are dead; autovacuum does not keep up: "
            "sudo /usr/local/lib/mastodon/in-database psql -c 'VACUUM (VERBOSE, ANALYZE)', and see pg_stat_user_tables"
        )
    elif seen.unfrozen > UNFROZEN_LIMIT:
        problem = f"{seen.unfrozen} transactions are not frozen; at 2100000000 the database stops. VACUUM (FREEZE, VERBOSE)"
    return (
        Figure("mastodon_database_bytes", seen.size),
        Figure("mastodon_database_dead_rows_percent", seen.dead),
        Figure("mastodon_database_transaction_age", seen.unfrozen),
        judged("database", human(seen.size), problem),
    )


def checksums(enabled: str, failures: int, where: str) -> tuple[Finding, Finding]:
    """Pages that PostgreSQL read and that are not what it had written. A restore sets the counters to zero, a crash does, too."""
    problem = ""
    if failures != 0:
        problem = (
            f"{failures} pages were read with a wrong checksum ({where}): the disk has changed what PostgreSQL wrote. "
            "The backups have them right: see docs/runbooks.md, 'A page of the database is broken'"
        )
    fact = f"{enabled}, {failures} wrong pages"
    return Figure("mastodon_database_checksum_failures", failures), judged("page-checksums", fact, problem, bad=True)


def backup(age: int, at_work: str) -> tuple[Finding, ...]:
    """At work: the jobs that take the lock of the backups, one at a time."""
    busy = f". At work, or waiting for another of these: {at_work}" if at_work else ""
    return judge_age("backup", "The newest backup", age, BACKUP_LIMIT, f"journalctl -u mastodon-backup{busy}")


def dump(age: int) -> tuple[Finding, ...]:
    return judge_age("dump", "The newest dump", age, DUMP_LIMIT, "journalctl -u mastodon-dump")


def log(age: int, postgresql: str) -> tuple[Finding, ...]:
    remedy = f"What is written since would be lost with the machine: journalctl -u {postgresql}"
    return judge_age("log", "The oldest part of the log that waits for the bucket", age, LOG_LIMIT, remedy)


def proof(age: int, failed: bool) -> tuple[Finding, ...]:
    kept = ". Old backups are kept until a proof passes, so the bucket grows" if failed else ""
    what = "The last proof that the backups can be restored"
    return judge_age("proof", what, age, PROOF_LIMIT, f"journalctl -u mastodon-proof{kept}")


def secondary(age: int | None) -> tuple[Finding, ...]:
    """None: there is no second store."""
    if age is None:
        return (judged("age-of-secondary", "none"),)
    return judge_age("secondary", "The second copy", age, SECONDARY_LIMIT, "journalctl -u mastodon-secondary")


def read_object(text: str | None) -> dict[str, Any]:
    """An empty one for an invalid file: housekeeping has not run yet, or another program wrote it."""
    try:
        told = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def failed_proof(text: str | None) -> bool:
    return read_object(text).get("passed") is False


def versions(text: str | None) -> Iterator[Finding]:
    """What the stores do with deleted files, as housekeeping found it: versions and a lock that were there once, and are not any more."""
    for name, kept in read_object(text).items():
        # The bucket of the backups is pgBackRest's. The name becomes the name of an alert, and so of a file.
        if name == "backups" or not BUCKET.fullmatch(name) or not isinstance(kept, dict):
            continue
        versioning, lock, before = (str(kept.get(key) or "") for key in ("versioning", "lock", "locked_before"))
        problem = ""
        if versioning == "Suspended":
            problem = f"The versions of the bucket '{name}' were turned off"
        if lock == "none" and before:
            problem = f"The object lock of the bucket '{name}' ({before}) is gone"
        if problem:
            problem += ": what is deleted there can't be brought back. See who has its key, and docs/backups.md, 'The second store'"
        yield judged(f"versions-of-{name}", f"{versioning}, object lock: {lock}", problem)


def stores(text: str | None, media: int, backups: int) -> Iterator[Finding]:
    """The daily housekeeping measures the buckets: listing a large one takes minutes. media, backups: what they hold, in bytes."""
    told = read_object(text)
    for name, setting, capacity in (("media", "mediaGb", media), ("backups", "backupGb", backups)):
        store = told.get(name)
        used = store.get("bytes") if isinstance(store, dict) else None
        if not isinstance(used, int) or isinstance(used, bool) or not 0 <= used < 1 << 62:
            continue
        yield Figure(series("mastodon_store_bytes", "store", name), used)
        problem = ""
        if used > capacity * STORE_PERCENT // 100:
            full = used * 100 // capacity
            problem = f"The {name} bucket is {full} % full; expected at most {STORE_PERCENT} %. Raise the setting {setting}"
        yield judged(f"store-{name}", f"{human(used)} of {human(capacity)}", problem)


def remote_media(limit: int, seen: Clearing | None) -> Iterator[Finding]:
    """Copies of other servers' media, as the daily housekeeping counted them for a limit in GB."""
    if limit == 0 or seen is None:
        yield judged("remote-media", "no limit" if limit == 0 else f"not counted yet; at most {human(limit * GIGABYTE)}")
        return
    yield Figure("mastodon_remote_media_bytes", seen.size)
    problem = ""
    if seen.limit != limit:
        pass  # It was counted for another one. The next housekeeping decides.
    elif seen.waits:
        problem = (
            f"Copies of other servers' media of {human(seen.gone_size)} would go at once, for the setting housekeeping.remoteMediaGb; expected at "
            f"most {MOST_PERCENT} % of them. None of these was deleted. To look: bin/mastodon remote-media; to have them deleted: "
            "bin/mastodon remote-media --agree"
        )
    elif seen.floor_size > limit * GIGABYTE:
        problem = (
            f"The copies of the last {FLOOR_DAYS} days alone take {human(seen.floor_size)}, and they stay. Raise the setting "
            "housekeeping.remoteMediaGb"
        )
    yield judged("remote-media", f"{human(seen.size)} of {human(limit * GIGABYTE)}", problem)
