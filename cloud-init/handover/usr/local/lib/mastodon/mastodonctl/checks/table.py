"""The table of checks: each looks and judges. What one says before it fails counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from .. import backups
from ..console import Failure, printable
from ..proof_record import last_passed
from ..remote_media import CLEARING_FILE, read_clearing
from ..restore.dumps import list_dumps
from . import jobs, judgements, storage
from .findings import Finding, judged
from .jobs import Queue
from .machine import CLIENTS, REBOOT_REQUIRED, UPDATES_STAMP, Machine

GIGABYTE = 1_000_000_000
# Those that are tried next.
FAILED_JOBS = 5000
WHO_HOLDS = "Who holds them: SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3"


def lease(machine: Machine) -> Iterator[Finding]:
    yield judgements.lease(machine.text(machine.state / "superseded"), (machine.run / "lease-held").exists())


def services(machine: Machine) -> Iterator[Finding]:
    units = machine.units()
    on_purpose = (machine.state / "maintenance").exists() or (machine.run / "update-began").exists()
    yield judgements.services(units, machine.uptime(), on_purpose)


def upgrade(machine: Machine) -> Iterator[Finding]:
    half_way, pending = None, machine.text(machine.state / "upgrade.json")
    # While converge is at work an upgrade is no news.
    if pending is not None and not machine.converges():
        half_way = target(pending)
    serving = machine.text(machine.state / "release") or "none"
    yield judgements.upgrade(serving.split(" ")[0], half_way)


def target(pending: str) -> str:
    """The version that an upgrade goes to."""
    try:
        return printable(str(json.loads(pending)["to"]).split(" ")[0], 60)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Failure("upgrade.json is not what an upgrade leaves there") from None


def queues(machine: Machine) -> Iterator[Finding]:
    seen = []
    for name in sorted(filter(None, machine.redis("smembers", "queues").split("\n"))):
        key = f"queue:{name}"
        seen.append(Queue(name, machine.redis_number("llen", key), machine.redis("lindex", key, "-1")))
    waiting = {name: machine.redis_number("zcard", name) for name in ("retry", "schedule", "dead")}
    yield from jobs.queues(seen, machine.now)
    yield from jobs.waiting(waiting)


def failures(machine: Machine) -> Iterator[Finding]:
    lines = machine.redis("zrange", "retry", "0", str(FAILED_JOBS - 1)).split("\n")
    yield from jobs.failures(lines, machine.now, machine.alerts.one("web_domain"))


def database(machine: Machine) -> Iterator[Finding]:
    yield from storage.database(machine.database())


def checksums(machine: Machine) -> Iterator[Finding]:
    yield from storage.checksums(*machine.checksums())


def connections(machine: Machine) -> Iterator[Finding]:
    used, limit = machine.nginx_connections(), machine.nginx_limit()
    yield from judgements.pool("nginx", "nginx", used, limit, "A larger machine has more: setting size")
    asked = machine.superuser
    used, limit = asked.number(CLIENTS), asked.number("SHOW max_connections")
    yield from judgements.pool("postgresql", "PostgreSQL", used, limit, WHO_HOLDS)


def bucket(machine: Machine) -> Iterator[Finding]:
    """What is in the bucket is looked up there: a job may have ended well and left nothing."""
    try:
        known = backups.list_backups(machine.cluster)
    except Failure as failure:
        yield judged("backup-bucket", "no answer", str(failure), bad=True)
        return
    yield judged("backup-bucket", "answers")
    newest = known[-1].ended if known else machine.began("backup")
    yield from storage.backup(machine.age(newest), machine.at_work())
    dumps = list_dumps("backups")
    yield from storage.dump(machine.age(dumps[-1].begun if dumps else machine.began("dump")))


def log(machine: Machine) -> Iterator[Finding]:
    yield from storage.log(machine.age(machine.oldest_segment()), machine.postgresql)


def proof(machine: Machine) -> Iterator[Finding]:
    file = machine.state / "proof.json"
    passed = last_passed(file) or machine.began("dump")
    yield from storage.proof(machine.age(passed), storage.failed_proof(machine.text(file)))


def secondary(machine: Machine) -> Iterator[Finding]:
    age = None
    if machine.has_secondary():
        copied = machine.changed(machine.state / "secondary-copied")
        age = machine.age(machine.began("secondary") if copied is None else copied)
    yield from storage.secondary(age)


def versions(machine: Machine) -> Iterator[Finding]:
    yield from storage.versions(machine.text(machine.state / "kept-versions.json"))


def stores(machine: Machine) -> Iterator[Finding]:
    media, kept = (machine.housekeeping.number(name) * GIGABYTE for name in ("media_gb", "backup_gb"))
    yield from storage.stores(machine.text(machine.state / "stores.json"), media, kept)


def remote_media(machine: Machine) -> Iterator[Finding]:
    limit = machine.housekeeping.number("remote_media_gb")
    yield from storage.remote_media(limit, read_clearing(machine.state / CLEARING_FILE))


def certificate(machine: Machine) -> Iterator[Finding]:
    seen = machine.certificate()
    yield from judgements.certificate(seen, machine.now, machine.not_shown(seen))


def disk(machine: Machine) -> Iterator[Finding]:
    yield from judgements.disk(*machine.disk())


def clock(machine: Machine) -> Iterator[Finding]:
    yield judgements.clock(machine.synchronized(), machine.uptime())


def updates(machine: Machine) -> Iterator[Finding]:
    looked = machine.changed(UPDATES_STAMP)
    age = machine.age(machine.began("backup") if looked is None else looked)
    required = machine.changed(REBOOT_REQUIRED)
    waits = None if required is None else machine.age(required)
    yield from judgements.updates(age, waits, machine.housekeeping.one("window_start"))


CHECKS: dict[str, Callable[[Machine], Iterator[Finding]]] = {
    "lease": lease,
    "services": services,
    "upgrade": upgrade,
    "queues": queues,
    "failures": failures,
    "database": database,
    "checksums": checksums,
    "connections": connections,
    "bucket": bucket,
    "log": log,
    "proof": proof,
    "secondary": secondary,
    "versions": versions,
    "stores": stores,
    "remote-media": remote_media,
    "certificate": certificate,
    "disk": disk,
    "clock": clock,
    "updates": updates,
}


def look(check: str, machine: Machine, keep: Callable[[Finding], None]) -> str:
    """Why it could not be looked at; nothing if it could. One that can't look must not keep the others from looking."""
    try:
        for finding in CHECKS[check](machine):
            keep(finding)
    except Exception as error:
        return printable(str(error).strip() or type(error).__name__)
    return ""
