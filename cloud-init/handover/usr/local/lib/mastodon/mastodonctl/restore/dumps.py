"""Dumps: the second way to restore, by pg_dump, gpg and rclone alone."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..console import Failure

REMOTES = ("backups", "secondary")
NAME = re.compile(r"mastodon-([0-9]{8}T[0-9]{6}Z)\.dump\.gpg", re.ASCII)
RCLONE = ("rclone", "--config", "/etc/mastodon/rclone.conf", "--retries", "2", "--low-level-retries", "3")
NEWEST = "newest"


@dataclass(frozen=True)
class Dump:
    name: str
    size: int
    begun: int
    """In seconds since 1970."""


def begun_at(name: str) -> int | None:
    """None where it is no name of a dump."""
    found = NAME.fullmatch(name)
    try:
        return int(datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()) if found else None
    except ValueError:
        return None


def dumps_in(listed: Any) -> list[Dump]:
    """Oldest first. A dump counts once its digest is beside it: that is written when the dump was read back. Raises ValueError."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ValueError("rclone listed no files")
    names = {one.get("Name") for one in listed}
    found = []
    for one in listed:
        name, size = one.get("Name"), one.get("Size")
        if not isinstance(name, str) or not isinstance(size, int) or not 0 <= size < 1 << 62 or f"{name}.sha256" not in names:
            continue
        begun = begun_at(name)
        if begun is not None:
            found.append(Dump(name, size, begun))
    return sorted(found, key=lambda one: one.name)


def list_dumps(remote: str) -> list[Dump]:
    # By a filter: a folder that is missing is an error, as a store that does not answer.
    command = [*RCLONE, "lsjson", "--files-only", "--recursive", "--include", "/dumps/*", f"{remote}:"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        return dumps_in(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Failure(f"the store of {remote} does not answer, or its credential is wrong") from error


def choose_dump(dumps: Sequence[Dump], wanted: str, remote: str) -> Dump:
    if not dumps:
        raise Failure(f"there is no dump in {remote}; --list shows what there is")
    if wanted == NEWEST:
        return dumps[-1]
    found = next((one for one in dumps if one.name == wanted), None)
    if found is None:
        raise Failure(f"there is no dump '{wanted}' in {remote}; there are: {' '.join(one.name for one in dumps)}")
    return found
