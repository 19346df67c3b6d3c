"""The backups in the bucket, as pgBackRest tells them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import Failure, joined
from .postgres import Cluster, environment

# pgBackRest's own patience would be minutes.
ANSWER_SECONDS = 45
# 0: fine, 1: no stanza yet, 2: no backup yet
READABLE = (0, 1, 2)


@dataclass(frozen=True)
class Backup:
    label: str
    size: int
    """Of the database."""
    ended: int


def pgbackrest(cluster: Cluster, *arguments: str) -> list[str]:
    return cluster.as_user("pgbackrest", "--stanza=mastodon", *arguments)


def surroundings(level: str) -> dict[str, str]:
    return environment({"PGBACKREST_LOG_LEVEL_CONSOLE": level, "HOME": "/var/lib/postgresql"})


def list_backups(cluster: Cluster) -> list[Backup]:
    """Those that are sound, oldest first. Raises Failure where the bucket does not answer."""
    command = pgbackrest(cluster, "--io-timeout=10", "--output=json", "info")
    reason = "no answer"
    try:
        done = subprocess.run(
            command, env=surroundings("off"), cwd="/", stdout=subprocess.PIPE, text=True, timeout=ANSWER_SECONDS, check=True
        )
        stanzas: list[dict[str, Any]] = json.loads(done.stdout)
        if all(stanza["status"]["code"] in READABLE for stanza in stanzas):
            return sorted(
                (backup_of(one) for stanza in stanzas for one in stanza.get("backup") or [] if not one.get("error")),
                key=lambda one: one.ended,
            )
        states = [state for stanza in stanzas for state in (stanza["status"], *(repo["status"] for repo in stanza.get("repo") or []))]
        reason = joined(sorted({str(state["message"]) for state in states}), 5)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        pass
    raise Failure(
        f"the backup bucket does not answer or can't be read ({reason}): check that it can be reached, its credential and the cipher"
    )


def backup_of(told: dict[str, Any]) -> Backup:
    return Backup(label=str(told["label"]), size=int(told["info"]["size"]), ended=int(told["timestamp"]["stop"]))


def restore(cluster: Cluster, label: str, data: Path, log: Path) -> bool:
    """Whether the backup is in the folder now, ready to read the log behind it; what pgBackRest says goes to the log."""
    fetch = f'restore_command=/usr/local/lib/mastodon/get-log "%f" "%p" --no-archive-async --pg1-path={data}'
    options = [f"--pg1-path={data}", f"--set={label}", "--type=default", "--target-timeline=latest", "--archive-mode=off"]
    command = pgbackrest(cluster, *options, f"--recovery-option={fetch}", "restore")
    with log.open("wb") as said:
        return subprocess.run(command, env=surroundings("warn"), cwd="/", stdout=said, stderr=said, check=False).returncode == 0


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
