"""The log in the bucket: its timelines, their histories and its segments. The owner of the bucket's key chooses the names there."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

from ..backups import pgbackrest, surroundings
from ..console import Failure, printable
from ..postgres import Cluster
from ..wal import read_position
from .choice import Switch, Timeline

FOLDER = "archive/mastodon"
HISTORY = re.compile(r"[0-9.-]+/([0-9A-F]{8})\.history", re.ASCII)
SEGMENT = re.compile(r"[0-9.-]+/(?:[0-9A-F]{16}/)?([0-9A-F]{8})([0-9A-F]{16})-[^/]*", re.ASCII)
LINE = re.compile(r"\s*([0-9]{1,10})\s+([0-9A-F]{1,8}/[0-9A-F]{1,8})(\s.*)?", re.ASCII)

Listing = dict[str, int]
"""The files, and when each was written."""


def list_files(cluster: Cluster, pattern: str) -> Listing:
    """What is below archive/mastodon and matches. Raises Failure."""
    command = pgbackrest(cluster, "repo-ls", FOLDER, "--recurse", "--output=json", f"--filter={pattern}")
    try:
        done = subprocess.run(command, env=surroundings("off"), cwd="/", stdout=subprocess.PIPE, text=True, check=True)
        return read_listing(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Failure("the backup bucket does not tell what it has of the log: check that it can be reached, and its credential") from error


def read_listing(told: Any) -> Listing:
    """What is no file with a time is passed over. Raises ValueError."""
    if not isinstance(told, dict):
        raise ValueError("pgBackRest listed no files")
    files = ((path, one) for path, one in told.items() if isinstance(one, dict) and one.get("type") == "file")
    return {path: one["time"] for path, one in files if isinstance(one.get("time"), int) and 0 <= one["time"] < 1 << 40}


def timelines_in(listing: Listing) -> list[Timeline]:
    """In the order of their times. A name that is none of PostgreSQL's is passed over."""
    found = ((path, written, HISTORY.fullmatch(path)) for path, written in listing.items())
    return sorted(
        (Timeline(int(name[1], 16), written, path) for path, written, name in found if name and int(name[1], 16)),
        key=lambda one: (one.written, one.path),
    )


def last_segment(listing: Listing, timeline: int) -> str:
    """The last 16 digits of its name; empty if there is none."""
    names = (SEGMENT.fullmatch(path) for path in listing)
    return max((name[2] for name in names if name and int(name[1], 16) == timeline), default="")


def list_timelines(cluster: Cluster) -> list[Timeline]:
    return timelines_in(list_files(cluster, r"/[0-9A-F]{8}\.history$"))


def list_segments(cluster: Cluster, timeline: int | None = None) -> Listing:
    own = "[0-9A-F]{8}" if timeline is None else f"{timeline:08X}"
    return list_files(cluster, "/" + own + "[0-9A-F]{16}-")


def read_history(text: str, name: str) -> list[Switch]:
    """Raises Failure, as PostgreSQL refuses such a file, too."""
    switches = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if not found:
            raise Failure(f"{name} is no history of a timeline: '{printable(line, 80)}'")
        switches.append(Switch(int(found[1]), read_position(found[2])))
    return switches


def history_of(cluster: Cluster, timeline: Timeline) -> list[Switch]:
    path = f"{FOLDER}/{timeline.path}"
    done = subprocess.run(
        pgbackrest(cluster, "repo-get", path),
        env=surroundings("warn"),
        cwd="/",
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise Failure(f"{path} can't be read from the backup bucket: {printable((done.stderr or done.stdout).strip(), 300)}")
    return read_history(done.stdout, path)
