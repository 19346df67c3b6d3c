"""What the second object store gets, keeps and forgets. `copy-to-secondary` does it; here is what it decides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

KEPT_DAYS = 30
"""So long a file stays in the copy after it went from the first store."""
MOST_PERCENT = 5
MOST = 10_000
FEW = 10
"""So many may always go: a copy of a few files would raise the alert for one."""


@dataclass(frozen=True)
class Part:
    """A folder that is copied, as rclone names it, and the folder of the second store that it becomes."""

    source: str
    copy: str
    left_out: str = ""
    """The beginning of names that are not copied."""

    def wants(self, name: str) -> bool:
        return not (self.left_out and name.startswith(self.left_out))


# Mastodon fetches other servers' media again when a visitor looks: they are most of a bucket, and no loss.
PARTS = (Part("backups:dumps", "dumps"), Part("media:", "media", left_out="cache/"))


def too_many(count: int, total: int) -> bool:
    """Whether so many of so many files go by a mistake rather than by people who delete their posts."""
    return count > FEW and (count > MOST or count * 100 > total * MOST_PERCENT)


def compare(source: Iterable[str], copy: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The names that only one of two sorted lists has, and whether that is the source. Holds two names at a time."""
    ours, theirs = iter(source), iter(copy)
    mine, other = next(ours, None), next(theirs, None)
    while mine is not None or other is not None:
        if mine == other:
            mine, other = next(ours, None), next(theirs, None)
        elif other is None or (mine is not None and mine < other):
            assert mine is not None
            yield mine, True
            mine = next(ours, None)
        else:
            yield other, False
            other = next(theirs, None)


@dataclass(frozen=True)
class Gone:
    """The files of the copy that the source lacks, and since when it was seen."""

    since: dict[str, date]

    def seen(self, missing: Iterable[str], today: date) -> Gone:
        """As of today. What came back is gone no more."""
        return Gone({name: self.since.get(name, today) for name in missing})

    def since_day(self, day: date) -> list[str]:
        return [name for name, since in self.since.items() if since == day]

    def due(self, today: date) -> list[str]:
        return [name for name, since in self.since.items() if since < today - timedelta(days=KEPT_DAYS)]


def read_gone(path: Path) -> Gone:
    """A line for each file: the day, a tab and the name. An invalid line counts as seen today."""
    since: dict[str, date] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        day, _, name = line.partition("\t")
        try:
            since[name] = date.fromisoformat(day)
        except ValueError:
            continue
    return Gone(since)


def write_gone(path: Path, gone: Gone) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text("".join(f"{since.isoformat()}\t{name}\n" for name, since in gone.since.items()), encoding="utf-8")
    new.replace(path)


@dataclass(frozen=True)
class Alarm:
    """What stays until an administrator has looked at it."""

    name: str
    text: str


VANISHED = "second-copy-vanished"
HELD_BACK = "second-copy-held-back"


def vanished(part: Part, new: int, total: int, today: date) -> Alarm | None:
    """Whether more files went from the source since yesterday than go by themselves."""
    if not too_many(new, total):
        return None
    last = today + timedelta(days=KEPT_DAYS)
    text = (
        f"{new} of {total} files that the second copy has are gone from {part.source} since the last copy. The second copy keeps them until "
        f"{last.isoformat()}. If they were not deleted on purpose, see docs/recovery.md, 'Media are gone', and rotate the store's key. "
        f"If they were: sudo /usr/local/lib/mastodon/alert clear {VANISHED}"
    )
    return Alarm(VANISHED, text)


def held_back(part: Part, due: int, total: int) -> Alarm | None:
    """Whether more would be deleted from the copy than a mistake may take."""
    if not too_many(due, total):
        return None
    text = (
        f"{due} of {total} files in {part.copy}/ of the second copy have been gone from {part.source} for over {KEPT_DAYS} days; "
        f"expected at most {MOST_PERCENT} % and {MOST} at once, so none of them was deleted. If they were deleted on purpose: "
        "sudo /usr/local/lib/mastodon/copy-to-secondary --forget. Otherwise see docs/recovery.md, 'Media are gone'"
    )
    return Alarm(HELD_BACK, text)


def batches(names: Iterable[str], size: int) -> Iterator[list[str]]:
    batch: list[str] = []
    for name in names:
        batch.append(name)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def report(copied: dict[str, int], forgotten: dict[str, int]) -> str:
    """What a run did, for the journal."""
    return json.dumps({"copied": copied, "forgotten": forgotten})
