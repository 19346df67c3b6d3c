"""What an upgrade leaves on the disk, for the next run and for people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..console import Failure
from ..machine import STATE, replace_file
from ..moments import CANONICAL
from ..release import records
from ..release.records import Release

# There from the first change until all is done or undone.
PENDING = STATE / "upgrade.json"
# What PENDING was of the last upgrade that came to its end: mastodon-restore --undo-upgrade reads it.
LAST = STATE / "last-upgrade.json"
# What PENDING was of an attempt that ended in the middle of its migrations: its restore point may be needed still.
HALF_WAY = STATE / "upgrade-half-way.json"
# Of the last attempt.
REPORT = STATE / "upgrade-report.json"
# Lines of a version and a command.
TASKS = Path("/etc/mastodon/release-tasks")
DONE_TASKS = STATE / "release-tasks"

POINT = re.compile(r"before-[A-Za-z0-9+.-]{1,50}", re.ASCII)


@dataclass(frozen=True)
class Pending:
    from_: Release
    to: Release
    # The restore point: its name, and the moment right before it.
    point: str
    moment: str
    # The moment before an earlier attempt, which left migrations that the release before does not know; nothing without one.
    earlier: str = ""

    def as_json(self) -> str:
        told = {"from": str(self.from_), "to": str(self.to), "point": self.point, "moment": self.moment}
        return json.dumps(told | ({"earlier": self.earlier} if self.earlier else {}), indent=2) + "\n"


def parse_pending(text: str) -> Pending | None:
    try:
        told = json.loads(text)
        from_, to = records.parse(str(told["from"])), records.parse(str(told["to"]))
        point, moment, earlier = str(told["point"]), str(told["moment"]), str(told.get("earlier", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if from_ is None or to is None or not POINT.fullmatch(point) or not CANONICAL.fullmatch(moment):
        return None
    if earlier and not CANONICAL.fullmatch(earlier):
        return None
    return Pending(from_, to, point, moment, earlier)


def read_pending(path: Path = PENDING) -> Pending | None:
    """None where no upgrade is under way. Raises Failure where the file holds something else."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    pending = parse_pending(text)
    if pending is None:
        raise Failure(f"{path} is not what an upgrade leaves there; nothing was changed. Look at it, remove it, and run pulumi up again")
    return pending


@dataclass
class Report:
    from_: str
    to: str
    began: str
    steps: list[tuple[str, float]] = field(default_factory=list)
    point: str = ""
    moment: str = ""
    outcome: str = ""

    def as_json(self) -> str:
        told: dict[str, Any] = {"from": self.from_, "to": self.to, "began": self.began}
        told["steps"] = [{"name": name, "seconds": seconds} for name, seconds in self.steps]
        told.update({name: text for name in ("point", "moment", "outcome") if (text := getattr(self, name))})
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Task:
    """What a release's notes demand once; `line` is how it is remembered."""

    line: str

    @property
    def command(self) -> str:
        return self.line.partition(" ")[2] or self.line


def read_tasks(path: Path) -> list[Task] | None:
    """None where there is no such file."""
    try:
        return [Task(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    except FileNotFoundError:
        return None


def keep_done(tasks: list[Task], path: Path = DONE_TASKS) -> None:
    replace_file(path, "".join(f"{task.line}\n" for task in tasks))
