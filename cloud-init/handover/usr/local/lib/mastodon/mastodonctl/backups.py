"""The backups in the bucket, as pgBackRest reports them."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import Failure, joined, printable
from .postgres import Cluster, environment
from .programs import ProgramFailed, carry_out
from .wal import read_position

# pgBackRest's own patience would be minutes.
ANSWER_SECONDS = 45
# 0: fine, 1: no stanza yet, 2: no backup yet
READABLE = (0, 1, 2)
KINDS = ("full", "diff", "incr")


LABEL = re.compile(r"[0-9]{8}-[0-9]{6}F(_[0-9]{8}-[0-9]{6}[DI])?", re.ASCII)
SEGMENT = re.compile(r"[0-9A-F]{24}", re.ASCII)


@dataclass(frozen=True)
class Backup:
    label: str
    kind: str
    """full, diff or incr."""
    size: int
    """Of the database."""
    stored: int
    """Of the backup in the bucket."""
    began: int
    ended: int
    first_timeline: int
    timeline: int
    """What it was made on: where it began, and where it ended."""
    position: int
    """Of the log, at its end."""


@dataclass(frozen=True)
class Repository:
    """What the bucket has."""

    backups: tuple[Backup, ...]
    """Those that are sound, oldest first."""
    count: int
    """Of all backups, also of broken ones."""
    segments: tuple[str, ...]
    """The last segment of the log of each cluster that the bucket knows."""


def pgbackrest(cluster: Cluster, *arguments: str) -> list[str]:
    return cluster.as_user("pgbackrest", "--stanza=mastodon", *arguments)


def surroundings(level: str) -> dict[str, str]:
    return environment({"PGBACKREST_LOG_LEVEL_CONSOLE": level, "HOME": "/var/lib/postgresql"})


def list_backups(cluster: Cluster) -> list[Backup]:
    """Those that are sound, oldest first. Raises Failure where the bucket does not answer."""
    return list(read_repository(cluster).backups)


def read_repository(cluster: Cluster, patient: bool = False) -> Repository:
    """Raises Failure where the bucket does not answer, or not in a way that can be understood. Patient: for as long as pgBackRest is."""
    command = pgbackrest(cluster, *(() if patient else ("--io-timeout=10",)), "--output=json", "info")
    reason = "no answer"
    try:
        done = subprocess.run(
            command,
            env=surroundings("off"),
            cwd="/",
            stdout=subprocess.PIPE,
            text=True,
            timeout=None if patient else ANSWER_SECONDS,
            check=True,
        )
        stanzas: list[dict[str, Any]] = json.loads(done.stdout)
        if all(stanza["status"]["code"] in READABLE for stanza in stanzas):
            return repository_of(stanzas)
        states = [state for stanza in stanzas for state in (stanza["status"], *(repo["status"] for repo in stanza.get("repo") or []))]
        reason = joined(sorted({str(state["message"]) for state in states}), 5)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        pass
    raise Failure(
        f"the backup bucket does not answer or can't be read ({reason}): check that it can be reached, its credential and the cipher"
    )


def repository_of(stanzas: list[dict[str, Any]]) -> Repository:
    listed = [one for stanza in stanzas for one in stanza.get("backup") or []]
    segments = [str(one["max"]) for stanza in stanzas for one in stanza.get("archive") or [] if one.get("max")]
    for segment in segments:
        if not SEGMENT.fullmatch(segment):
            raise Failure(f"the backup bucket names an invalid segment of the WAL: '{printable(segment, 80)}'")
    sound = sorted((backup_of(one) for one in listed if not one.get("error")), key=lambda one: one.ended)
    return Repository(tuple(sound), len(listed), tuple(segments))


def backup_of(told: dict[str, Any]) -> Backup:
    """Raises Failure."""
    try:
        if not LABEL.fullmatch(told["label"]) or told["type"] not in KINDS:
            raise ValueError
        stored = told["info"]["repository"]
        return Backup(
            label=told["label"],
            kind=told["type"],
            size=count(told["info"]["size"]),
            stored=count(stored.get("size", stored.get("delta"))),
            began=count(told["timestamp"]["start"]),
            ended=count(told["timestamp"]["stop"]),
            first_timeline=timeline_of(told["archive"]["start"]),
            timeline=timeline_of(told["archive"]["stop"]),
            position=read_position(told["lsn"]["stop"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(
            f"the backup bucket lists something that is no backup: '{printable(json.dumps(told), 300)}'. Nothing is restored from a list "
            "that a stranger may have made up: sudo -u postgres pgbackrest --stanza=mastodon info"
        ) from error


def count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise ValueError
    return value


def timeline_of(segment: str) -> int:
    if not SEGMENT.fullmatch(segment):
        raise ValueError
    return int(segment[:8], 16)


def restore(cluster: Cluster, label: str, data: Path, log: Path) -> bool:
    """Whether the backup is in the folder now, ready to read the log behind it; what pgBackRest says goes to the log."""
    fetch = f'restore_command=/usr/local/lib/mastodon/fetch-wal "%f" "%p" --no-archive-async --pg1-path={data}'
    options = [f"--pg1-path={data}", f"--set={label}", "--type=default", "--target-timeline=latest", "--archive-mode=off"]
    command = pgbackrest(cluster, *options, f"--recovery-option={fetch}", "restore")
    with log.open("wb") as said:
        return subprocess.run(command, env=surroundings("warn"), cwd="/", stdout=said, stderr=said, check=False).returncode == 0


def send_log(cluster: Cluster) -> None:
    """Ends the current segment of the log and returns once it is in the bucket. Raises Failure."""
    try:
        carry_out(pgbackrest(cluster, "check"), env=surroundings("warn"))
    except ProgramFailed as failure:
        raise Failure(f"{failure}\nthe log can not be sent to the backup bucket") from failure


def verify(cluster: Cluster) -> str:
    """pgBackRest's words about each file of the repository."""
    command = pgbackrest(cluster, "--output=text", "--verbose", "verify")
    done = subprocess.run(
        command,
        env=surroundings("info"),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout
