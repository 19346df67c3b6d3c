"""What is refused, what a run begins with, and what follows from each failure: pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from enum import Enum, auto

from ..console import human, printable
from ..machine import room_beside
from ..release.records import Release, Version
from .records import Pending

MIGRATION = re.compile(r"([0-9]{1,20})_.*", re.ASCII)
CARRIED_OUT = re.compile(r"[0-9]{1,20}", re.ASCII)
REASON_LINES = 25
REASON_LIMIT = 20_000


class Course(Enum):
    MAKE_SCHEMA = auto()
    # An upgrade was cut short after the release that is wanted began to serve.
    GO_ON = auto()
    # An upgrade was cut short, and the settings name the release before it again.
    STAY = auto()
    # A new machine with the database of the one before, or a database that was restored or imported.
    ADOPT = auto()
    UPGRADE = auto()


def course(*, has_schema: bool, wanted: Release, serving: Release | None, pending: Pending | None) -> Course:
    if not has_schema:
        return Course.MAKE_SCHEMA
    if serving is not None and serving != wanted:
        return Course.UPGRADE
    if pending is not None and serving == wanted:
        return Course.STAY if pending.from_ == wanted else Course.GO_ON
    return Course.ADOPT


class Step(Enum):
    """Where an upgrade can fail."""

    CHECK = auto()
    MIGRATIONS = auto()
    CHANGE_OVER = auto()
    LOOK = auto()
    POST_MIGRATIONS = auto()
    LOOK_AGAIN = auto()


class Consequence(Enum):
    NOTHING_CHANGED = auto()
    # The release before serves on: it does not mind columns that it does not know.
    OLD_SERVES_ON = auto()
    # The release that is wanted serves on without what failed, which the next run tries again.
    NEW_SERVES_ON = auto()
    GO_BACK = auto()


def after_failure(step: Step, new_works: bool = False) -> Consequence:
    """`new_works`: whether the new release was looked at after the failure, and does its work."""
    match step:
        case Step.CHECK:
            return Consequence.NOTHING_CHANGED
        case Step.MIGRATIONS:
            return Consequence.OLD_SERVES_ON
        case Step.POST_MIGRATIONS if new_works:
            return Consequence.NEW_SERVES_ON
        case _:
            return Consequence.GO_BACK


def lasting(carried_out: Collection[str] | None, post_of_new: Collection[str] | None, all_of_old: Collection[str] | None) -> list[str]:
    """Post-deployment migrations that the release before does not know. They take away what only that release needs, and it may start
    all the same: those of Mastodon 4.7 move the key of each account, and 4.6 runs on without being able to sign. So with one of them the
    revert leads to the restore point. Where it can't be found out, the release before is tried: it costs nothing that people wrote."""
    if carried_out is None or post_of_new is None or all_of_old is None:
        return []
    return sorted((set(carried_out) & set(post_of_new)) - set(all_of_old))


def kept_points(before: Pending | None, lacking: Collection[str], lasting: Collection[str]) -> tuple[Pending | None, str]:
    """What becomes of the restore point of an attempt `before`, which was cut short or ended in the middle of its migrations: the attempt
    whose point stays the only one, and else the moment to go back to where the new point does not do. `lacking`: migrations that the
    release before does not know; `lasting`: those of them behind which it may not work.

    At a new point nothing is lost that people wrote since the first attempt, so it comes first. But it has the migrations of that
    attempt: where the old release can't live with them, only the earlier point leads back."""
    if before is None or not lacking:
        return None, ""
    if lasting:
        return before, before.earlier
    return None, before.earlier or before.moment


def path_problem(before: Version, to: Version) -> str:
    """Mastodon is written for one minor version at a time, and never back. Between major ones no number says which was the last."""
    if (to.major, to.minor) < (before.major, before.minor):
        return (
            f"from {before} no rollback to {to} is possible: its migrations can't be undone. Set mastodon.version to {before}, with its digests; "
            "to undo an upgrade altogether, see docs/upgrades.md"
        )
    if to.major > before.major + 1 or (to.major == before.major and to.minor > before.minor + 1):
        return (
            f"from {before} to {to} a version would be skipped. First go to the newest {before.major}.{before.minor + 1}.x (mastodon.version and "
            "both digests), let pulumi up finish, then continue"
        )
    return ""


def image_problem(release: Release, found: str) -> str:
    version = str(release.version)
    if found == version or found.startswith((f"{version}-", f"{version}+")):
        return ""
    return f"the image {release.web} is of Mastodon '{printable(found, 80)}', and mastodon.version is {version}; look the digests up again"


def schema_problem(before: Version, to: Version, carried_out: Collection[str], known: Collection[str]) -> str:
    unknown = sorted(set(carried_out) - set(known))
    if not unknown:
        return ""
    return (
        f"the database has migrations that {to} does not know ({' '.join(unknown)}), so no rollback to it is possible. Set mastodon.version to "
        f"{before}, with its digests"
    )


def room_problem(free: int, databases: int) -> str:
    """Proof and migrations come one after the other, so the larger need decides: the backup is restored beside the database (as
    `mastodonctl verify-backup` demands it), and migrations write new indexes, and new tables."""
    proof, migrations = room_beside(databases), databases // 4 + (512 << 20)
    needed = max(proof, migrations)
    if free >= needed:
        return ""
    return (
        f"{human(free)} of the disk are free; expected {human(needed)}: {human(proof)} to prove the backup, then {human(migrations)} for migrations. "
        "Make room (docs/runbooks.md, the disk is full) or choose a larger size, and run pulumi up again"
    )


def proof_problem(text: str, began: int) -> str:
    """Why proof.json is no proof of a backup that was made after `began`; nothing if it is."""
    try:
        told = json.loads(text)
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    at = told.get("at")
    if told.get("passed") is True and isinstance(at, int | float) and at >= began:
        return ""
    return printable(str(told.get("problem") or "see journalctl -u mastodon-proof"))


def migrations_in(listing: str) -> frozenset[str]:
    """The versions of the files that ls lists."""
    return frozenset(found[1] for line in listing.splitlines() if (found := MIGRATION.fullmatch(line)))


def versions_in(answer: str) -> frozenset[str]:
    """Of schema_migrations, which is Mastodon's own and may hold anything."""
    return frozenset(line for line in answer.splitlines() if CARRIED_OUT.fullmatch(line))


def reason_of(text: str, on_terminal: bool) -> str:
    """The end of what was said. PostgreSQL's details are people's data ("Key (email)=(…) is duplicated."): for a terminal, not for the log
    of a workflow."""
    lines: Sequence[str] = text.expandtabs().splitlines()
    if not on_terminal:
        lines = [line for line in lines if "DETAIL: " not in line]
    return printable("\n".join(lines[-REASON_LINES:]), REASON_LIMIT)
