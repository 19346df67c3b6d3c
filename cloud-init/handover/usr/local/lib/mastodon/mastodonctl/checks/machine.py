"""Looks at this machine."""

from __future__ import annotations

import fcntl
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..console import Failure
from ..machine import RUN, STATE
from ..postgres import Cluster, Connection, as_number, main_cluster, mastodon, superuser
from ..programs import answer_of
from ..settings import Settings, read_settings
from .findings import MINUTE
from .judgements import Certificate, Unit
from .storage import Database

ETC = Path("/etc/mastodon")
UPDATES_STAMP = Path("/var/lib/apt/periodic/unattended-upgrades-stamp")
REBOOT_REQUIRED = Path("/run/reboot-required")
NGINX = ("127.0.0.1", 443)
TLS_SECONDS = 10
DETECT_SECONDS = MINUTE
UNIT_PROPERTIES = "--property=Id,ActiveState,StateChangeTimestampMonotonic,NRestarts"
PATTERNS = ("mastodon-web*", "mastodon-streaming*", "mastodon-sidekiq*", "nginx.service", "redis-server.service")
# The jobs that take the lock of the backups.
LOCKED_JOBS = (
    "mastodon-housekeeping@*.service", "mastodon-backup.service", "mastodon-dump.service", "mastodon-proof.service",
    "apt-daily-upgrade.service",
)  # fmt: skip
# nginx has one connection with each visitor and one with the process that answers (ngx_connection.c counts both); its workers
# share them about evenly.
CONNECTIONS = "( sport = :80 or sport = :443 or dport = :3001 or dport = :3002 or dport = :4000 )"

SIZE = "SELECT pg_database_size('mastodon_production')"
UNFROZEN = "SELECT max(age(datfrozenxid)) FROM pg_database"
DEAD = """SELECT coalesce(max(n_dead_tup * 100 / (n_live_tup + n_dead_tup)), 0) FROM pg_catalog.pg_stat_user_tables
    WHERE n_live_tup + n_dead_tup > 100000"""
OLDEST = """SELECT coalesce(extract(epoch FROM max(now() - xact_start))::bigint, 0) FROM pg_stat_activity
    WHERE datname = 'mastodon_production' AND backend_type = 'client backend'"""
WRONG_PAGES = """SELECT coalesce(sum(checksum_failures), 0),
    string_agg(coalesce(datname, 'shared tables'), ', ') FILTER (WHERE checksum_failures > 0) FROM pg_stat_database"""
CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


def first_words(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def units_of(shown: str) -> list[Unit]:
    """What `systemctl show` prints: a block of lines for each unit."""
    told = (dict(line.partition("=")[::2] for line in block.splitlines()) for block in shown.split("\n\n") if block.strip())
    return [
        Unit(one["Id"], one["ActiveState"], as_number(one["StateChangeTimestampMonotonic"]), as_number(one.get("NRestarts", "0")))
        for one in told
    ]


def certificate_of(file: Path, told: str) -> Certificate:
    """From what openssl prints of it."""
    dates = dict(re.findall(r"^(notBefore|notAfter)=(.*)$", told, re.MULTILINE))
    names = tuple(re.findall(r"DNS:([^, \n]*)", told))
    return Certificate(str(file), ssl.cert_time_to_seconds(dates["notBefore"]), ssl.cert_time_to_seconds(dates["notAfter"]), names)


def first_of(pem: str) -> bytes:
    """The certificate itself, without those that issued it."""
    end = "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(f"{pem.strip().partition(end)[0]}{end}")


def served(name: str, address: tuple[str, int] = NGINX) -> bytes | None:
    """What nginx shows for a name, here on the machine. None where it shows nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Whether it can be trusted is for others to say: it is compared.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(address, timeout=TLS_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name) as connection,
        ):
            return connection.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None


def used_percent(total: int, free: int, available: int) -> int:
    """As df has it: rounded up, of what others than root may use."""
    used = total - free
    return -(-used * 100 // (used + available))


@dataclass(frozen=True)
class Machine:
    now: int
    state: Path = STATE
    run: Path = RUN
    etc: Path = ETC
    answer: Callable[..., str] = answer_of

    @cached_property
    def cluster(self) -> Cluster:
        return main_cluster()

    @property
    def postgresql(self) -> str:
        return f"postgresql@{self.cluster.version}-main.service"

    @property
    def data(self) -> Path:
        return Path("/var/lib/postgresql") / self.cluster.version / "main"

    @cached_property
    def alerts(self) -> Settings:
        return read_settings(self.etc / "alert-settings.sh")

    @cached_property
    def housekeeping(self) -> Settings:
        return read_settings(self.etc / "housekeeping-settings.sh")

    @property
    def superuser(self) -> Connection:
        return superuser(self.cluster)

    def text(self, path: Path) -> str | None:
        """None where there is no such file."""
        try:
            return path.read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None

    def changed(self, path: Path) -> int | None:
        try:
            return int(path.stat().st_mtime)
        except OSError:
            return None

    def began(self, job: str) -> int:
        """When it was first due."""
        found = self.changed(self.state / "done" / f"first-{job}")
        return self.now if found is None else found

    def age(self, moment: int | None) -> int:
        return 0 if moment is None else self.now - moment

    def uptime(self) -> int:
        return int(float(Path("/proc/uptime").read_text(encoding="ascii").split()[0]))

    def units(self) -> list[Unit]:
        listed = self.answer(["systemctl", "list-units", "--all", "--plain", "--no-legend", "--type=service", *PATTERNS, self.postgresql])
        names = [name for name in first_words(listed) if self.is_wanted(name)]
        return units_of(self.answer(["systemctl", "show", UNIT_PROPERTIES, "--", *names])) if names else []

    def is_wanted(self, unit: str) -> bool:
        """A process of Sidekiq that this machine is too small for does not count as down."""
        process = unit.removeprefix("mastodon-sidekiq@")
        return process == unit or (self.etc / "sidekiq" / f"{process.removesuffix('.service')}.env").exists()

    def converges(self) -> bool:
        """Whether converge is at work."""
        try:
            with (self.run / "converge.lock").open("a", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False

    def redis(self, *command: str) -> str:
        return self.answer(["redis-cli", *command])

    def redis_number(self, *command: str) -> int:
        return as_number(self.redis(*command))

    def database(self) -> Database:
        asked = self.superuser
        # The one question that is about Mastodon's tables.
        dead = mastodon(self.cluster).number(DEAD)
        return Database(size=asked.number(SIZE), unfrozen=asked.number(UNFROZEN), dead=dead, oldest=asked.number(OLDEST))

    def checksums(self) -> tuple[str, int, str]:
        asked = self.superuser
        failures, _, where = asked.ask(WRONG_PAGES).partition("|")
        return asked.ask("SHOW data_checksums"), as_number(failures), where

    def nginx_connections(self) -> int:
        listed = self.answer(["ss", "--no-header", "--tcp", "--numeric", "state", "established", CONNECTIONS])
        return len(listed.splitlines())

    def nginx_limit(self) -> int:
        settings = (self.etc / "nginx.conf").read_text(encoding="utf-8")
        found = re.search(r"^\s*worker_connections\s+([0-9]{1,9})", settings, re.MULTILINE)
        if not found:
            raise Failure(f"{self.etc}/nginx.conf has no worker_connections; sudo converge writes it")
        return int(found[1]) * os.sysconf("SC_NPROCESSORS_ONLN")

    def at_work(self) -> str:
        listed = self.answer(["systemctl", "list-units", "--state=activating", "--plain", "--no-legend", *LOCKED_JOBS])
        return " ".join(first_words(listed))

    def oldest_segment(self) -> int | None:
        """Since when the oldest finished segment of the log waits that is not in the bucket yet."""
        with os.scandir(self.data / "pg_wal/archive_status") as entries:
            waiting = [Path(entry.path) for entry in entries if entry.name.endswith(".ready")]
        # Meanwhile one may have gone.
        return min((found for path in waiting if (found := self.changed(path)) is not None), default=None)

    def has_secondary(self) -> bool:
        return re.search(r"^\[secondary\]", self.text(self.etc / "rclone.conf") or "", re.MULTILINE) is not None

    def certificate(self) -> Certificate:
        file = self.etc / "tls/fullchain.pem"
        told = self.answer(["openssl", "x509", "-in", str(file), "-noout", "-startdate", "-enddate", "-ext", "subjectAltName"])
        return certificate_of(file, told)

    def not_shown(self, seen: Certificate, address: tuple[str, int] = NGINX) -> list[str]:
        """The names for which nginx shows another certificate than the file's, or none."""
        wanted = first_of(Path(seen.file).read_text(encoding="ascii"))
        return [name for name in seen.names if served(name, address) != wanted]

    def disk(self) -> tuple[int, int]:
        """Used, in percent; free, in bytes."""
        found = os.statvfs(self.data)
        return used_percent(found.f_blocks, found.f_bfree, found.f_bavail), found.f_bavail * found.f_frsize

    def synchronized(self) -> str | None:
        """None in a container."""
        detect = ["systemd-detect-virt", "--quiet", "--container"]
        if subprocess.run(detect, timeout=DETECT_SECONDS, check=False).returncode == 0:
            return None
        return self.answer(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
