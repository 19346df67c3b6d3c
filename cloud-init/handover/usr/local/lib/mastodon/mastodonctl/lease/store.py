"""The lease's objects in the backup bucket, by rclone."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .records import HIGHEST_TERM, Damaged, Lease, Request, Signer

# For root and for postgres, as which PostgreSQL archives.
SETTINGS = Path("/etc/pgbackrest/rclone.conf")
KEY = Path("/etc/pgbackrest/lease-key")
FOLDER = "backups:lease"
# A bucket that takes longer does not answer. The rules count on it (CONFIRM).
TIMEOUT_SECONDS = 8.0
# rclone's exit status for a folder that is not there.
NO_FOLDER = 3
SNAPSHOT = re.compile(r"([0-9]{8})\.rdb\.gpg", re.ASCII)


class NoAnswer(Exception):
    """Why the bucket did not answer."""


@dataclass(frozen=True)
class Store:
    signer: Signer

    def read(self) -> tuple[Lease | Damaged | None, Request | None]:
        """Both objects, each asked for by its name, as a listing may be old: what the store says is missing is, the rest is an error."""
        lease: Lease | Damaged | None = None
        request = None
        answer = _rclone("cat", FOLDER, "--no-traverse", "--files-from-raw", "-", given="holder.json\nrequest.json\n")
        for line in answer.splitlines():
            asks = self.signer.read_request(line)
            if asks is not None:
                request = asks
            elif not isinstance(lease, Lease) and not _is_request(line):
                lease = self.signer.read_lease(line)
        return lease, request

    def write_lease(self, lease: Lease) -> None:
        _rclone("rcat", f"{FOLDER}/holder.json", given=self.signer.sign("lease", lease))

    def write_request(self, request: Request) -> None:
        _rclone("rcat", f"{FOLDER}/request.json", given=self.signer.sign("request", request))

    def highest_term(self) -> int:
        """The highest term of the snapshots of Redis: every machine that served has left some."""
        found = (SNAPSHOT.fullmatch(name) for name in _list("backups:redis"))
        return max((term for match in found if match and (term := int(match[1])) <= HIGHEST_TERM), default=0)

    def holds_no_database(self) -> bool:
        """Whether no machine of this stack has ever sent anything."""
        return not _list("backups:postgresql") and not _list("backups:redis")


def open_store() -> Store:
    """Raises OSError where this user may not read the key."""
    return Store(Signer(KEY.read_text(encoding="ascii").strip().encode()))


def _is_request(line: str) -> bool:
    """A request without a valid signature: it does not count."""
    return '"count"' in line


def _list(folder: str) -> list[str]:
    return _rclone("lsf", folder, missing_is_empty=True).splitlines()


def _rclone(*arguments: str, given: str = "", missing_is_empty: bool = False) -> str:
    command = ["rclone", "--config", str(SETTINGS), "--contimeout", "5s", "--timeout", "7s", "--retries", "1", "--low-level-retries", "1"]
    try:
        done = subprocess.run([*command, *arguments], input=given, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"no answer within {TIMEOUT_SECONDS:.0f} s") from None
    except OSError as error:
        raise NoAnswer(f"rclone can't be started: {error}") from None
    if done.returncode != 0 and not (missing_is_empty and done.returncode == NO_FOLDER):
        said = done.stderr.strip().splitlines() or [f"rclone ended with status {done.returncode}"]
        raise NoAnswer(said[-1][:300])
    return done.stdout
