"""Who asks PostgreSQL what.

The role postgres may do all. So it connects to the database "postgres" alone, where Mastodon's role can't make anything. In
Mastodon's database each view, trigger, check and function is Mastodon's: it runs with the rights of the role that meets it,
and `RESET ROLE` inside undoes a `SET ROLE` outside. So there everything is asked as Mastodon's own login, over TCP, with the
password of a file that root alone reads. What comes back is text that Mastodon may have made up.

Text never becomes a part of SQL: psql puts it in for :'name' (a string) and :"name" (an identifier).
"""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .console import Failure, printable

PRODUCTION = "mastodon_production"
# database-login writes it: Mastodon's login, its password and the address, as libpq reads them.
SERVICE_FILE = Path("/etc/mastodon/pg_service.conf")
# The owner of a database may set its search_path and more for all who connect; options of the client count more.
SESSION = "-c search_path=pg_catalog,pg_temp -c client_min_messages=error"
# A database may also set a role to begin with.
SUPERUSER_SESSION = f"{SESSION} -c role=none"
NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
LISTING_SECONDS = 60
LINE_LIMIT = 256


@dataclass(frozen=True)
class Cluster:
    """PostgreSQL on this machine."""

    version: str
    socket: Path = Path("/run/postgresql")
    port: int = 5432
    user: str = "postgres"

    @property
    def binaries(self) -> Path:
        return Path("/usr/lib/postgresql") / self.version / "bin"

    def as_user(self, *command: str | Path) -> list[str]:
        """As the system's user postgres. Not runuser, which writes two lines into the log each time."""
        return as_user(self.user, *command)


def main_cluster() -> Cluster:
    """The cluster "main", as pg_lsclusters lists it."""
    listed = subprocess.run(["pg_lsclusters", "--no-header"], capture_output=True, text=True, timeout=LISTING_SECONDS, check=False).stdout
    for line in listed.splitlines():
        version, name, *_ = line.split()
        if name == "main":
            return Cluster(version)
    raise Failure('PostgreSQL has no cluster "main": pg_lsclusters')


def as_user(user: str, *command: str | Path) -> list[str]:
    """A command that gives up root's rights for good."""
    rights = ["--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--init-groups", "--no-new-privs"]
    return ["setpriv", *rights, "--", *map(str, command)]


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """For PostgreSQL's programs: none of the caller's variables of libpq."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8", "PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "30", "HOME": "/nonexistent", **more}


class QueryFailed(Failure):
    pass


@dataclass(frozen=True)
class Connection:
    """How psql gets into one database, as one role."""

    psql: tuple[str, ...]
    variables: Mapping[str, str]
    whose: str
    failure: type[QueryFailed] = QueryFailed

    def command(self, values: Mapping[str, str]) -> list[str]:
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--no-password", "--set=ON_ERROR_STOP=1"]
        return [*self.psql, *options, *(f"--set={name}={value}" for name, value in values.items())]

    def ask(self, sql: str, **values: str) -> str:
        """What psql prints, without the last line break. Raises `failure`."""
        done = subprocess.run(
            self.command(values),
            input=sql,
            env=environment(self.variables),
            cwd="/",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise self.failure(f"PostgreSQL did not answer as {self.whose}: {printable(done.stderr.strip())}")
        return done.stdout.removesuffix("\n")

    def number(self, sql: str, **values: str) -> int:
        """An integer. Raises `failure`, or QueryFailed where the answer is something else."""
        return as_number(self.ask(sql, **values))

    @contextmanager
    def lines(self, sql: str, **values: str) -> Iterator[Iterator[str]]:
        """The lines of a long answer, one after the other. Raises `failure`, or QueryFailed where a line is no short one."""
        command = self.command(values)
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(self.variables),
            cwd="/",
            encoding="utf-8",
            errors="replace",
        ) as psql:
            assert psql.stdin and psql.stdout
            psql.stdin.write(sql)
            psql.stdin.close()
            answer = short_lines(psql.stdout)
            try:
                yield answer
                for _ in answer:
                    pass  # Rows that are not read would keep psql from its end.
            except BaseException:
                psql.kill()
                raise
        if psql.returncode != 0:
            raise self.failure(f"PostgreSQL ended its answer as {self.whose} early, with psql's exit status {psql.returncode}")


def short_lines(answer: IO[str]) -> Iterator[str]:
    while line := answer.readline(LINE_LIMIT):
        if not line.endswith("\n"):
            raise QueryFailed(f"PostgreSQL answered with a line of {LINE_LIMIT} characters or more")
        yield line.removesuffix("\n")


def as_number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise QueryFailed(f"PostgreSQL answered '{printable(text, 80)}'; expected a number")
    return int(text)


def superuser(cluster: Cluster) -> Connection:
    """The role postgres, in the database "postgres"."""
    return superuser_in(cluster, "postgres")


def superuser_in(cluster: Cluster, database: str) -> Connection:
    """The role postgres in another database: for what touches the catalog alone, never a table, view or function."""
    variables = {"PGHOST": str(cluster.socket), "PGPORT": str(cluster.port), "PGUSER": "postgres", "PGDATABASE": database}
    return Connection(tuple(cluster.as_user(cluster.binaries / "psql")), {**variables, "PGOPTIONS": SUPERUSER_SESSION}, "postgres")


def login_variables(database: str, service_file: str) -> dict[str, str]:
    return {"PGSERVICEFILE": service_file, "PGSERVICE": "mastodon", "PGDATABASE": database, "PGOPTIONS": SESSION}


def mastodon(cluster: Cluster, database: str = PRODUCTION, service_file: Path = SERVICE_FILE) -> Connection:
    """Mastodon's own login."""
    program = (str(cluster.binaries / "psql"), f"--dbname={database}")
    return Connection(program, login_variables(database, str(service_file)), "Mastodon's login")


def without_password(cluster: Cluster, role: str, database: str = PRODUCTION) -> Connection:
    """A role of a copy, which lets it in over its own socket."""
    variables = {"PGHOST": str(cluster.socket), "PGPORT": str(cluster.port), "PGUSER": role, "PGDATABASE": database, "PGOPTIONS": SESSION}
    return Connection((str(cluster.binaries / "psql"),), variables, role)


@contextmanager
def unprivileged_service_file(user: str, service_file: Path = SERVICE_FILE) -> Iterator[int]:
    """The login's file as a descriptor that a program of this user can open as /proc/self/fd/NUMBER. It is in no file system."""
    owner = pwd.getpwnam(user)
    descriptor = os.memfd_create("pg_service")
    try:
        os.write(descriptor, service_file.read_bytes())
        os.fchmod(descriptor, 0o400)
        os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
        yield descriptor
    finally:
        os.close(descriptor)
