"""This machine, as a restore changes it. Whatever changes something, or asks a program, is a method here: tests put a machine of
their own in its place, and cut it off behind each of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .. import backups as repository
from .. import machine as files
from ..backups import Backup, Repository
from ..console import say
from ..postgres import Cluster, QueryFailed, mastodon, superuser
from ..release import records as releases
from ..release.records import Release
from ..release.serving import MachineNames, Names
from . import archive, dumps
from .archive import Listing
from .choice import Switch, Timeline
from .dumps import RCLONE, Dump

PROGRAM = "/usr/local/sbin/mastodonctl"
# To end by itself, before it is killed.
END_SECONDS = 60
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
SHELL = 'set -euo pipefail; source "$0/database.sh"; "$@"'
GPG = (
    "gpg", "--batch", "--quiet", "--no-tty", "--no-autostart", "--no-symkey-cache", "--pinentry-mode", "loopback",
    "--passphrase-file", "/etc/mastodon/backup-passphrase",
)  # fmt: skip


@dataclass(frozen=True)
class Done:
    status: int
    said: str
    """Output and errors."""

    @property
    def lines(self) -> list[str]:
        return self.said.splitlines()


def spawn(
    command: Sequence[str], out: int | IO[bytes] | None, stdin: int | IO[bytes] = subprocess.DEVNULL, errors: int | None = None
) -> subprocess.Popen[bytes]:
    """It inherits the locks (close_fds=False): what is still at work after this process was killed keeps others out."""
    variables = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.Popen(command, stdin=stdin, stdout=out, stderr=errors, cwd="/", env=variables, close_fds=False)


def end(child: subprocess.Popen[bytes], seconds: float = END_SECONDS) -> None:
    """An abandoned program: it would continue while this one cleans up."""
    child.terminate()
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


class Machine:
    def __init__(self, cluster: Cluster, state: Path = files.STATE, run: Path = files.RUN, data: Path | None = None) -> None:
        self.cluster = cluster
        self.state = state
        self.run_folder = run
        self.data = data or Path("/var/lib/postgresql") / cluster.version / "main"
        self.unit = f"postgresql@{cluster.version}-main.service"
        self.pending = state / "restore-pending"
        """Holds the moment that PostgreSQL goes back to (empty: the newest state). While it is there, PostgreSQL doesn't start."""
        self.restoring = run / "restoring"
        """Lets PostgreSQL start while the other is there."""
        self.request = state / "restore-request"
        """What was asked for, until it is done."""
        self.maintenance = state / "maintenance"
        self.last_upgrade = state / "last-upgrade.json"
        self.release = state / "release"
        """Of Mastodon, which serves on this machine."""

    # Programs

    def run(self, *command: str | Path) -> bool:
        """Whether it ended well. What it says goes where this program's words go."""
        child = spawn([str(word) for word in command], None)
        try:
            return child.wait() == 0
        except BaseException:
            end(child)
            raise

    def capture(self, *command: str | Path) -> Done:
        child = spawn([str(word) for word in command], subprocess.PIPE, errors=subprocess.STDOUT)
        try:
            out, _ = child.communicate()
        except BaseException:
            end(child)
            raise
        return Done(child.returncode, out.decode(errors="replace"))

    def stream(self, *command: str | Path, last: str) -> tuple[bool, str]:
        """Passes its lines on, but for the last that begins so: that one is returned."""
        child = spawn([str(word) for word in command], subprocess.PIPE, errors=None)
        kept = ""
        try:
            assert child.stdout
            for line in child.stdout:
                text = line.decode(errors="replace").rstrip("\n")
                if text.startswith(last):
                    kept = text
                else:
                    say(text)
            return child.wait() == 0, kept
        except BaseException:
            end(child, 2 * END_SECONDS)
            raise

    def tool(self, name: str, *arguments: str | Path) -> bool:
        return self.run(files.TOOLS / name, *arguments)

    def systemctl(self, *arguments: str) -> bool:
        return self.run("systemctl", *arguments)

    def shell(self, function: str, *arguments: str) -> Done:
        """A function of database.sh."""
        return self.capture("bash", "-c", SHELL, files.TOOLS, function, *arguments)

    def restore_files(self, label: str, timeline: int, *recovery: str) -> Done:
        """Files from the bucket; only what differs is written."""
        options = ["--delta", f"--process-max={processors()}", f"--set={label}", *recovery, f"--target-timeline={timeline}"]
        fetch = 'restore_command=/usr/local/lib/mastodon/fetch-wal "%f" "%p"'
        return self.pgbackrest(*options, f"--recovery-option={fetch}", "restore")

    def pgbackrest(self, *arguments: str) -> Done:
        variables = {"PGBACKREST_LOG_LEVEL_CONSOLE": "warn", "HOME": "/var/lib/postgresql"}
        set_variables = ("env", *(f"{name}={value}" for name, value in variables.items()))
        return self.capture(*self.cluster.as_user(*set_variables, "pgbackrest", "--stanza=mastodon", *arguments))

    def decrypt_dump(self, remote: str, name: str, target: Path) -> bool:
        """Whether all of it is in the file now, which only root reads."""
        with (
            tempfile.TemporaryDirectory() as home,
            open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file,
        ):
            source = spawn([*RCLONE, "cat", f"{remote}:dumps/{name}"], subprocess.PIPE)
            assert source.stdout
            cipher = spawn([*GPG, "--homedir", home, "--decrypt"], file, source.stdout)
            source.stdout.close()
            try:
                return [cipher.wait(), source.wait()] == [0, 0]
            except BaseException:
                end(cipher)
                end(source)
                raise

    # PostgreSQL

    def runs(self) -> bool:
        return self.capture(*self.cluster.as_user(self.cluster.binaries / "pg_ctl", "--pgdata", self.data, "status")).status == 0

    def ask(self, sql: str, **values: str) -> str:
        """As the superuser, in the database "postgres" alone. Raises QueryFailed."""
        return superuser(self.cluster).ask(sql, **values)

    def count(self, sql: str, **values: str) -> int:
        """As Mastodon's login, in its database. Raises QueryFailed."""
        return mastodon(self.cluster).number(sql, **values)

    def database_exists(self) -> bool:
        try:
            return self.ask("SELECT 1 FROM pg_database WHERE datname = 'mastodon_production'") == "1"
        except QueryFailed:
            return False

    # The release of Mastodon

    def recorded(self) -> Release | None:
        """Of the database."""
        return releases.recorded(mastodon(self.cluster))

    def names(self) -> Names:
        """Whatever names the release that serves."""
        return MachineNames(mastodon(self.cluster), self.release)

    # Files

    def read(self, path: Path) -> str:
        """Empty where there is none."""
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def put(self, path: Path, text: str) -> None:
        files.replace_file(path, text)

    def drop(self, path: Path) -> None:
        files.remove_file(path)

    def touch(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def discard(self, path: Path) -> None:
        """A mark or a folder that may come back with the power."""
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    # What is there

    def now(self) -> int:
        return int(time.time())

    def room(self, folder: Path) -> int:
        return files.room_for(folder)

    def used(self) -> int:
        """The bytes of PostgreSQL's files. They change while they are counted, of which du complains."""
        told = self.capture("du", "--summarize", "--bytes", self.data).lines
        size = told[-1].split("\t")[0] if told else ""
        return int(size) if size.isascii() and size.isdigit() else 0

    def backups(self) -> list[Backup]:
        return repository.list_backups(self.cluster)

    def repository(self) -> Repository:
        return repository.read_repository(self.cluster, patient=True)

    def timelines(self) -> list[Timeline]:
        return archive.list_timelines(self.cluster)

    def history(self, timeline: Timeline) -> list[Switch]:
        return archive.history_of(self.cluster, timeline)

    def segments(self, timeline: int | None = None) -> Listing:
        return archive.list_segments(self.cluster, timeline)

    def dumps(self, remote: str) -> list[Dump]:
        return dumps.list_dumps(remote)

    def answer(self, question: str) -> str | None:
        """None where no terminal can be asked."""
        if sys.stdin is None or not sys.stdin.isatty():
            return None
        print(question, end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip()


def processors() -> int:
    """Those that this process may use, as nproc counts them."""
    return len(os.sched_getaffinity(0))


@contextmanager
def undisturbed() -> Iterator[None]:
    """A signal waits until the clean-up is over."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda got, _: came.append(got)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for one in came[:1]:
            os.kill(os.getpid(), one)
