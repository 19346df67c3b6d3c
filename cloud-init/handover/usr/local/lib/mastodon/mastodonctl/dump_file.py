"""mastodonctl restore-dump: restores a dump (pg_dump --format=custom) into an empty database.

A dump is whatever its author wrote. So it is read by a user without any rights on this machine, and restored by Mastodon's
login, which owns the database and can do no more than Mastodon.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import subprocess
from pathlib import Path

from .console import Failure, printable, warn
from .postgres import SERVICE_FILE, Cluster, as_user, environment, login_variables, main_cluster, superuser, unprivileged_service_file

READER = "nobody"
# Extensions and the schema "public" belong to the cluster's superuser, and Mastodon needs no extension.
LEFT_OUT = re.compile(r" (EXTENSION -|COMMENT - EXTENSION|SCHEMA - public|COMMENT - SCHEMA) ")


class UnreadableDump(Failure):
    pass


def make_database(cluster: Cluster, name: str) -> None:
    """An empty one, in the place of what an earlier run left."""
    asked = superuser(cluster)
    asked.ask('DROP DATABASE IF EXISTS :"name" WITH (FORCE)', name=name)
    asked.ask("""CREATE DATABASE :"name" OWNER mastodon TEMPLATE template0 ENCODING 'UTF8'""", name=name)


def hand_to_reader(path: Path) -> None:
    os.chown(path, 0, pwd.getpwnam(READER).pw_gid)
    path.chmod(0o640)


def contents(cluster: Cluster, dump: Path) -> str:
    """What pg_restore is to restore of it. Raises UnreadableDump."""
    hand_to_reader(dump)
    command = as_user(READER, cluster.binaries / "pg_restore", "--list", dump)
    listed = subprocess.run(command, env=environment({}), cwd="/", capture_output=True, encoding="utf-8", errors="replace", check=False)
    if listed.returncode != 0:
        raise UnreadableDump(f"pg_restore can't read it: {printable(listed.stderr.strip())}")
    return "".join(line for line in listed.stdout.splitlines(keepends=True) if not LEFT_OUT.search(line))


def restore(cluster: Cluster, dump: Path, database: str, log: Path, service_file: Path = SERVICE_FILE) -> bool:
    """Whether all of it is in the database now; what pg_restore says goes to the log. The dump's folder has to be root's."""
    chosen = dump.with_name("contents")
    chosen.write_text(contents(cluster, dump), encoding="utf-8")
    hand_to_reader(chosen)
    with unprivileged_service_file(READER, service_file) as login, log.open("wb") as said:
        options = ["--no-owner", "--no-privileges", "--role=mastodon", "--exit-on-error", f"--jobs={os.cpu_count() or 1}"]
        command = as_user(READER, cluster.binaries / "pg_restore", *options, f"--use-list={chosen}", f"--dbname={database}", dump)
        variables = login_variables(database, f"/proc/self/fd/{login}")
        # pg_restore and its workers each connect by this descriptor.
        done = subprocess.run(command, env=environment(variables), cwd="/", pass_fds=[login], stdout=said, stderr=said, check=False)
    return done.returncode == 0


def run(given: argparse.Namespace) -> int:
    os.umask(0o077)
    cluster = main_cluster()
    dump: Path = given.dump
    make_database(cluster, given.database)
    log = dump.with_name("log")
    if not restore(cluster, dump, given.database, log):
        warn(printable(log.read_text(encoding="utf-8", errors="replace")[-2000:]))
        raise Failure("the dump could not be restored; the lines above are pg_restore's")
    return 0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "restore-dump",
        help="restores a dump into a new database, as Mastodon's login",
        description="Restores a dump (pg_dump --format=custom) into a new database, as Mastodon's login. mastodon-restore runs it.",
    )
    parser.add_argument("--database", required=True, choices=["mastodon_restored"])
    parser.add_argument("dump", type=Path, help="the file, in a folder of root's")
    parser.set_defaults(run=run)
