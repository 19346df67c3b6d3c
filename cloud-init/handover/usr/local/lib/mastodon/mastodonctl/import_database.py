"""mastodonctl import-database --size BYTES [--force]: puts a dump in the place of Mastodon's database.

The dump (pg_dump --format=custom) comes on standard input. It is restored beside the old database, brought up to date and opened
with this server's keys first; only then the two change places, and the old one goes. --force: though people have accounts in the
old one, and though some of the dump can't use their second factor any more.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .console import BUSY, Failure, printable, say, warn
from .dump_file import UnreadableDump, make_database, restore
from .imported_server import MARK, migrate, open_with_keys
from .machine import RUN, STATE, TOOLS, room_for, take_lock
from .postgres import PRODUCTION, SERVICE_FILE, Cluster, QueryFailed, environment, login_variables, main_cluster, mastodon, superuser

NEW = "mastodon_import"
FORMER = "mastodon_before_import"
FOLDER = STATE / "import"
LOG = RUN / "import.log"
PAGES = ("mastodon-web@1.service", "mastodon-web@2.service", "mastodon-streaming.service")
# Compressed tables, their indexes, and the log of writing both.
ROOM_FACTOR = 8
COPY_BYTES = 1 << 20

OTHERS = "SELECT count(*) FROM public.users WHERE email <> lower(:'email')"
NEWEST = "SELECT max(version::bigint) FROM public.schema_migrations"
# Names, as SQL can't be given two databases at once by a variable of psql.
CHANGE_PLACES = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('{PRODUCTION}', '{NEW}');
BEGIN;
ALTER DATABASE {PRODUCTION} RENAME TO {FORMER};
ALTER DATABASE {NEW} RENAME TO {PRODUCTION};
COMMIT"""


def setting(file: Path, name: str) -> str:
    """A value of one of this machine's files of NAME=VALUE. Those for the shell quote it."""
    found = re.search(rf"^{name}=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise Failure(f"{file} has no {name}; sudo converge writes it")
    return shlex.split(found[1])[0] if file.suffix == ".sh" else found[1]


def drop(cluster: Cluster, database: str) -> None:
    superuser(cluster).ask('DROP DATABASE IF EXISTS :"name" WITH (FORCE)', name=database)


def require_consent(cluster: Cluster, size: int, force: bool) -> None:
    try:
        others = mastodon(cluster).number(OTHERS, email=setting(Path("/etc/mastodon/owner.env"), "OWNER_EMAIL"))
    except QueryFailed as error:
        raise Failure(f"there is no database yet; let 'pulumi up' come to its end first ({error})") from error
    if others and not force:
        raise Failure(f"{others} people besides the owner have accounts here, which an import would take away; if that is meant: --force")
    free = room_for(Path("/var/lib/postgresql"))
    if free <= ROOM_FACTOR * size and not force:
        raise Failure(
            f"{free >> 20} MiB of the disk are free; a dump of {size >> 20} MiB takes about eight times its size while it is imported. "
            "Choose a larger size, or --force"
        )


def receive(size: int) -> Path:
    """The dump, in a folder that is root's; others may only pass through it."""
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(mode=0o711)
    FOLDER.chmod(0o711)
    dump = FOLDER / "dump"
    received = 0
    with dump.open("wb") as file:
        while part := sys.stdin.buffer.read(min(COPY_BYTES, size - received + 1)):
            received += file.write(part)
            if received > size:
                break
    if received != size:
        raise Failure(f"{'more' if received > size else received} of {size} bytes arrived")
    return dump


def refuse_restore() -> Failure:
    """Twins in a unique index come from another C library's sorting:
    https://docs.joinmastodon.org/admin/troubleshooting/index-corruption/"""
    lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()
    for line in [line for line in lines if "error" in line.lower()][:5] or lines[-5:]:
        warn(printable(line))
    if any("could not create unique index" in line for line in lines):
        return Failure(
            "the old database has rows twice that may be there once only. On the old server, with Mastodon stopped: tootctl maintenance "
            "fix-duplicates; then dump again. Nothing was changed"
        )
    return Failure("the dump could not be restored; nothing was changed")


def restore_beside(cluster: Cluster, dump: Path, size: int) -> None:
    say(f"restoring {size >> 10} KiB …")
    make_database(cluster, NEW)
    try:
        whole = restore(cluster, dump, NEW, LOG)
    except UnreadableDump as error:
        elsewhere = "" if cluster.version == "17" else ", or move into a stack with image: debian-13, which has PostgreSQL 17"
        raise Failure(
            f"this is no dump that can be read here; expected one of pg_dump --format=custom, of PostgreSQL {cluster.version} or an older one. "
            f"Make it with pg_dump {cluster.version}, which can dump older servers too{elsewhere}. Nothing was changed"
        ) from error
    if not whole:
        raise refuse_restore()
    shutil.rmtree(FOLDER)


def require_older_schema(cluster: Cluster) -> None:
    try:
        imported = mastodon(cluster, NEW).number(NEWEST)
    except QueryFailed as error:
        raise Failure("this is a dump of something else than a Mastodon server; nothing was changed") from error
    here = mastodon(cluster).number(NEWEST)
    if imported > here:
        raise Failure(
            f"the dump is of a newer Mastodon (schema {imported}) than this one (schema {here}); raise mastodon.version first. Nothing was changed"
        )


def analyze(cluster: Cluster) -> None:
    command = [str(cluster.binaries / "vacuumdb"), "--quiet", "--analyze-only", f"--jobs={os.cpu_count() or 1}", NEW]
    subprocess.run(command, env=environment(login_variables(NEW, str(SERVICE_FILE))), cwd="/", check=True)


def systemctl(*arguments: str, check: bool = True) -> bool:
    return subprocess.run(["systemctl", *arguments], check=check).returncode == 0


@contextmanager
def mastodon_stopped() -> Iterator[None]:
    """Visitors see the maintenance page; afterwards Mastodon runs, whichever database it finds then."""
    (STATE / "maintenance").touch()
    try:
        systemctl("stop", "mastodon.target")
        yield
    finally:
        if systemctl("start", "mastodon.target", *PAGES, check=False):
            (STATE / "maintenance").unlink(missing_ok=True)


def change_places(cluster: Cluster) -> None:
    drop(cluster, FORMER)
    for attempt in range(2):
        try:
            superuser(cluster).ask(CHANGE_PLACES)
            return
        except QueryFailed as error:
            if attempt:
                raise Failure(f"the databases could not change places; nothing was changed ({error})") from error
            time.sleep(2)


def import_dump(cluster: Cluster, dump: Path, size: int, force: bool) -> None:
    restore_beside(cluster, dump, size)
    require_older_schema(cluster)
    migrate(cluster, NEW, LOG, force)
    analyze(cluster)
    open_with_keys(NEW, LOG)
    mastodon(cluster, NEW).ask(MARK)
    # Media may come later than the database, or be of another moment.
    weeks = int(setting(Path("/etc/mastodon/housekeeping-settings.sh"), "backup_weeks"))
    subprocess.run([TOOLS / "orphans", "keep", str(weeks * 7), "a database was imported"], check=True)
    say("changing places …")
    with mastodon_stopped():
        change_places(cluster)
        # Timelines, caches and jobs were the old database's.
        subprocess.run(["redis-cli", "FLUSHALL"], stdout=subprocess.DEVNULL, check=True)
    (STATE / "moving-in").unlink(missing_ok=True)
    drop(cluster, FORMER)
    systemctl("start", "--no-block", "mastodon-backup.service")


def run(given: argparse.Namespace) -> int:
    os.umask(0o077)
    superseded = STATE / "superseded"
    if superseded.exists():
        raise Failure(f"this machine was superseded: {superseded.read_text(encoding='utf-8').strip()}")
    # Neither converge nor another import may come in between.
    if not take_lock(RUN / "converge.lock"):
        raise Failure("converge, or another import, is at work; try again when it is done", BUSY)
    cluster = main_cluster()
    require_consent(cluster, given.size, given.force)
    try:
        import_dump(cluster, receive(given.size), given.size, given.force)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
        with suppress(Failure):
            drop(cluster, NEW)
    accounts = mastodon(cluster).number("SELECT count(*) FROM public.users")
    say(f"imported: {accounts} people have accounts. A backup was started. Home timelines fill with new posts; to build them now:")
    say("  sudo podman exec mastodon-web-1 tootctl feeds build")
    return 0


def size_in_bytes(text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"'{text}'; expected the dump's size in bytes")
    return int(text)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "import-database",
        help="puts a dump of another server in the place of the database",
        description="Puts a dump (pg_dump --format=custom), which comes on standard input, in the place of Mastodon's database. bin/mastodon import runs it.",
    )
    parser.add_argument("--size", type=size_in_bytes, required=True, metavar="BYTES", help="of the dump")
    parser.add_argument("--force", action="store_true", help="though accounts here go, and though some second factors are lost")
    parser.set_defaults(run=run)
