"""What is known of the last proof: proof.json for the watch and for people, proof.prom for Prometheus."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .machine import STATE, replace_file


@dataclass
class Proof:
    """The findings, one after the other. None stands for what is not known yet."""

    backup: str = ""
    database_bytes: int | None = None
    newest_commit: str = ""
    restore_seconds: float | None = None
    newest_commit_age_seconds: float | None = None
    rows: dict[str, dict[str, int]] | None = None


def last_passed(file: Path) -> int:
    try:
        return int(json.loads(file.read_text(encoding="utf-8")).get("lastPassed") or 0)
    except (OSError, ValueError, AttributeError, TypeError):
        return 0


def record(proof: Proof, problem: str = "", state: Path = STATE) -> None:
    """It passed where there is no problem."""
    passed, now = not problem, int(time.time())
    told: dict[str, Any] = {
        "passed": passed,
        "at": now,
        "lastPassed": now if passed else last_passed(state / "proof.json"),
        "backup": proof.backup,
        "databaseBytes": proof.database_bytes,
        "newestCommit": proof.newest_commit,
        "restoreSeconds": proof.restore_seconds,
        "newestCommitAgeSeconds": proof.newest_commit_age_seconds,
        "rows": proof.rows,
        **({"problem": problem} if problem else {}),
    }
    replace_file(state / "proof.json", json.dumps(told, indent=2) + "\n")
    metrics = state / "metrics"
    metrics.mkdir(exist_ok=True)
    replace_file(metrics / "proof.prom", "".join(f"mastodon_proof_{name} {value}\n" for name, value in figures(told).items()))


def figures(told: dict[str, Any]) -> dict[str, Any]:
    known = {
        "passed": int(told["passed"]),
        "last_passed_timestamp_seconds": told["lastPassed"],
        "restore_seconds": told["restoreSeconds"],
        "newest_commit_age_seconds": told["newestCommitAgeSeconds"],
    }
    return {name: value for name, value in known.items() if value is not None}
