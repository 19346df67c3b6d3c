"""A second PostgreSQL beside the live one, from a copy of its files. It can't be reached over the network.

Its folder is root's, and so are the folder's parents: the user postgres can't put a link where root writes next. Only `data`
is of postgres, with the socket in it, so that root and postgres alone get in.

Nothing in it runs with rights. Tables are looked at as their owner, and checked by a role that may only check.
"""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from .console import Failure, joined, printable
from .postgres import Cluster, Connection, QueryFailed, environment, superuser, superuser_in, without_password

CHECKER = "backup_checker"
# The same user of the system for postgres, as ever; the others have no password in a copy.
ACCESS = f"local all postgres peer\nlocal all mastodon,{CHECKER} trust\n"
STOP_SECONDS = 120

# The schema has a name that could not be known before. Nothing of the database's own is called: not by CREATE EXTENSION, whose script
# sees its own schema and pg_catalog alone, and not by GRANT.
INSTALL_AMCHECK = """
DROP EXTENSION IF EXISTS amcheck CASCADE;
CREATE SCHEMA :"schema";
CREATE EXTENSION amcheck SCHEMA :"schema";
GRANT USAGE ON SCHEMA :"schema" TO :"checker";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA :"schema" TO :"checker";
"""


class Unsound(QueryFailed):
    """The copy does not start, does not answer, or is not whole."""


@dataclass(frozen=True)
class CopiedCluster:
    cluster: Cluster
    """Of the live one, with the copy's socket and port."""
    folder: Path

    @classmethod
    def beside(cls, living: Cluster, folder: Path, port: int) -> CopiedCluster:
        return cls(replace(living, socket=folder / "data", port=port), folder)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgresql.log"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o711)
        self.folder.chmod(0o711)
        self.data.mkdir(mode=0o700)
        shutil.chown(self.data, self.cluster.user, self.cluster.user)

    def remove(self) -> None:
        """Also what a killed run left."""
        if self.data.exists():
            self.stop()
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def stop(self) -> None:
        """At once: what it wrote is thrown away."""
        command = self.cluster.as_user(self.cluster.binaries / "pg_ctl", "--pgdata", self.data, "--mode", "immediate", "--silent", "stop")
        subprocess.run(command, env=environment({}), cwd="/", capture_output=True, timeout=STOP_SECONDS, check=False)

    def configure(self, access: str = ACCESS, more: Mapping[str, str] = MappingProxyType({})) -> None:
        settings = {
            "data_directory": f"'{self.data}'",
            "hba_file": f"'{self.folder / 'pg_hba.conf'}'",
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.data}'",
            "port": str(self.cluster.port),
            "shared_buffers": "64MB",
            "hot_standby": "off",
            "archive_mode": "off",
            **more,
        }
        self.write("pg_hba.conf", access)
        self.write("postgresql.conf", "".join(f"{name} = {value}\n" for name, value in settings.items()))

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o644)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Runs it, once it has read its log to the end. Raises Unsound where it does not get there."""
        command = self.cluster.as_user(
            self.cluster.binaries / "postgres", "-D", self.data, "-c", f"config_file={self.folder / 'postgresql.conf'}"
        )
        with self.log.open("wb") as said:
            server = subprocess.Popen(
                command, env=environment({}), cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        try:
            self.await_answer(server)
            # Of this copy alone: the live one has logins with passwords.
            self.asked_as(superuser(self.cluster)).ask('ALTER ROLE mastodon LOGIN; CREATE ROLE :"checker" LOGIN', checker=CHECKER)
            yield
        finally:
            self.stop()
            # One that never got so far as to write its number down is root's child all the same.
            server.kill()
            server.wait(STOP_SECONDS)

    def await_answer(self, server: subprocess.Popen[bytes]) -> None:
        asked = superuser(self.cluster)
        while True:
            try:
                asked.ask("SELECT 1")
                return
            except Failure:
                if server.poll() is not None:
                    lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
                    raise Unsound(
                        "PostgreSQL can't continue from it: " + joined([line for line in lines if re.search("FATAL|ERROR", line)][-4:], 4)
                    ) from None
                time.sleep(0.5)

    def as_mastodon(self) -> Connection:
        return self.asked_as(without_password(self.cluster, "mastodon"))

    def asked_as(self, connection: Connection) -> Connection:
        """An answer that fails here speaks against the copy."""
        return replace(connection, failure=Unsound)

    def check_structure(self) -> None:
        """Each table and index of each database. Raises Unsound.

        amcheck calls the functions of an index's expressions. PostgreSQL 15 and later do that with the rights of the table's
        owner alone (CVE-2022-1552); the caller of amcheck has none beyond it here, either.
        """
        schema = f"amcheck_{secrets.token_hex(8)}"
        databases = self.asked_as(superuser(self.cluster)).ask("SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1").splitlines()
        for database in databases:
            self.asked_as(superuser_in(self.cluster, database)).ask(INSTALL_AMCHECK, schema=schema, checker=CHECKER)
        connection = without_password(self.cluster, CHECKER, "postgres")
        command = [str(self.cluster.binaries / "pg_amcheck"), "--no-password", "--heapallindexed", "--all"]
        done = subprocess.run(
            command,
            env=environment(connection.variables),
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise Unsound(f"tables or indexes are broken: {printable(chr(10).join(done.stdout.splitlines()[:5]))}")
