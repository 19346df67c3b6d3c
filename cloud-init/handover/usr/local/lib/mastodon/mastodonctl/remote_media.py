"""mastodonctl remote-media show | agree | days: how many days of copies of other servers' media fit into a size.

A copy is a file of a record with the address of another server (Mastodon's MediaAttachment.cached). Its age is that of the record, as for
`tootctl media remove --days` (lib/mastodon/cli/media.rb of 4.6 and 4.7), which takes the files away and leaves the record: Mastodon fetches
such a file again when a visitor looks. Local media have no such address, and are neither counted nor deleted.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .console import Failure, human, say
from .machine import STATE, remove_file, replace_file
from .postgres import as_number, main_cluster, mastodon

GIGABYTE = 1_000_000_000
# They stay whatever the limit is. The settings refuse a limit by age that leaves nothing to the one by size.
FLOOR_DAYS = 7
# More than that at once is more likely a mistake in the settings. With a limit that holds, a day's copies are at most a seventh.
MOST_PERCENT = 33
# So much may always go.
FEW = GIGABYTE
LARGEST_GB = 1_000_000
CLEARING_FILE = "remote-media.json"
AGREED_FILE = "remote-media-agreed"
# A reading of the whole table, of which a large server has tens of millions of rows.
QUESTION = """SET statement_timeout = '30min';
SELECT greatest(0, floor(extract(epoch FROM (now() AT TIME ZONE 'UTC') - created_at) / 86400))::bigint, count(*),
    sum(coalesce(file_file_size, 0)::bigint + coalesce(thumbnail_file_size, 0))::bigint
FROM public.media_attachments WHERE remote_url <> '' AND file_file_name IS NOT NULL GROUP BY 1 ORDER BY 1"""
STEPS = (1, 7, 14, 30, 60, 90, 180, 365)


@dataclass(frozen=True)
class Age:
    """The copies of so many whole days."""

    days: int
    files: int
    size: int


@dataclass(frozen=True)
class Clearing:
    """What a limit means for the copies that are there."""

    limit: int
    """In GB."""
    files: int
    size: int
    floor_size: int
    """Of those that stay however large they are."""
    days: int
    """As many are kept; 0: all stay."""
    gone_files: int
    gone_size: int
    waits: bool = False
    """An administrator has to agree, as it is a large share."""


def read_ages(lines: Iterable[str]) -> list[Age]:
    """Of an answer to QUESTION. Raises Failure."""
    found = []
    for line in filter(None, lines):
        columns = [as_number(column) for column in line.split("|")]
        if len(columns) != 3 or min(columns) < 0:
            raise Failure("PostgreSQL answered with something else than days, files and bytes")
        found.append(Age(*columns))
    return sorted(found, key=lambda age: age.days)


def days_that_fit(ages: Sequence[Age], limit: int) -> int:
    """How many days to keep, for a limit in GB. 0: all fit."""
    room = limit * GIGABYTE
    for age in ages:
        room -= age.size
        # What is as old as the days that are kept goes.
        if room < 0:
            return max(FLOOR_DAYS, age.days)
    return 0


def clearing(ages: Sequence[Age], limit: int, agreed: int = 0) -> Clearing:
    """`agreed`: the limit that an administrator agreed to, in GB."""
    days = days_that_fit(ages, limit) if limit else 0
    gone = [age for age in ages if days and age.days >= days]
    size, gone_size = sum(age.size for age in ages), sum(age.size for age in gone)
    return Clearing(
        limit=limit,
        files=sum(age.files for age in ages),
        size=size,
        floor_size=sum(age.size for age in ages if age.days < FLOOR_DAYS),
        days=days if gone else 0,
        gone_files=sum(age.files for age in gone),
        gone_size=gone_size,
        waits=gone_size > FEW and gone_size * 100 > size * MOST_PERCENT and agreed != limit,
    )


def read_clearing(file: Path) -> Clearing | None:
    """None where housekeeping has not counted yet, or the file is no such record."""
    try:
        found = Clearing(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError, RecursionError):
        return None
    numbers = [value for name, value in asdict(found).items() if name != "waits"]
    valid = isinstance(found.waits, bool) and all(type(one) is int and 0 <= one < 1 << 62 for one in numbers)
    return found if valid else None


def read_agreed(file: Path) -> int:
    try:
        text = file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return 0
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def decide(state: Path, limit: int, ages: Sequence[Age]) -> int:
    """How many days housekeeping keeps now, noted for the watch. 0: it deletes nothing."""
    agreed = state / AGREED_FILE
    told = clearing(ages, limit, read_agreed(agreed))
    replace_file(state / CLEARING_FILE, f"{json.dumps(asdict(told))}\n")
    # An agreement lasts until it is carried out: a clearing that is stopped continues at the next run.
    if not told.days:
        remove_file(agreed)
    return 0 if told.waits else told.days


def forget(state: Path) -> None:
    """Without a limit nothing of one is left."""
    for name in (CLEARING_FILE, AGREED_FILE):
        remove_file(state / name)


def table(ages: Sequence[Age]) -> list[str]:
    """Files and sizes by age, from the newest on."""
    rows = []
    for first, last in zip((0, *STEPS), (*STEPS, None), strict=True):
        inside = [age for age in ages if age.days >= first and (last is None or age.days < last)]
        if inside:
            name = f"{first} days and more" if last is None else f"{first} to {last} days"
            rows.append(f"{name:<20}{sum(age.files for age in inside):>12} files{human(sum(age.size for age in inside)):>9}")
    return rows


def report(ages: Sequence[Age], limit: int) -> list[str]:
    told = clearing(ages, limit)
    lines = ["Copies of other servers' media, by the age of the post:", *table(ages)]
    lines += [f"{'in all':<20}{told.files:>12} files{human(told.size):>9}", ""]
    if not limit:
        return [
            *lines,
            "No limit by size: the setting housekeeping.remoteMediaGb. bin/mastodon remote-media --gb N shows what one would mean.",
        ]
    size = human(limit * GIGABYTE)
    if not told.days:
        lines.append(f"A limit of {limit} GB ({size}) would delete nothing.")
    else:
        lines.append(
            f"A limit of {limit} GB ({size}) would keep {told.days} days and delete {told.gone_files} files of {human(told.gone_size)}. "
            "Mastodon fetches one again when a visitor looks."
        )
    if told.size - told.gone_size > limit * GIGABYTE:
        lines.append(f"More than that stays: nothing of the last {FLOOR_DAYS} days goes for its size.")
    if told.waits:
        lines.append(
            f"That is more than {MOST_PERCENT} % of them, so housekeeping will wait until you agree, once: bin/mastodon remote-media --agree"
        )
    return lines


def gigabytes(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:10]) > LARGEST_GB:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is no size; expected a whole number of GB, at most {LARGEST_GB}; 0: no limit")
    return int(text)


def count() -> list[Age]:
    with mastodon(main_cluster()).lines(QUESTION) as lines:
        return read_ages(lines)


def run(given: argparse.Namespace) -> int:
    match given.kind:
        case "show":
            for line in report(count(), given.gb):
                say(line)
        case "agree":
            agree(STATE, given.gb)
        case _:
            if given.gb:
                say(str(decide(STATE, given.gb, count())))
            else:
                forget(STATE)
                say("0")
    return 0


def agree(state: Path, limit: int) -> None:
    if not limit:
        raise Failure("there is no limit to agree to: the setting housekeeping.remoteMediaGb is 0")
    replace_file(state / AGREED_FILE, f"{limit}\n")
    say(
        f"Housekeeping keeps to {limit} GB from its next run on, in the maintenance window. "
        "At once: bin/mastodon ssh, then sudo systemctl start mastodon-housekeeping@daily.service"
    )


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("remote-media", help="shows what copies of other servers' media take, and what a limit would delete")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind, meaning in (
        ("show", "prints files and sizes by age, and what a limit would delete"),
        ("agree", "lets the next housekeeping delete a large share, once, for this limit"),
        ("days", "prints how many days the housekeeping keeps, which runs this; 0: all"),
    ):
        kinds.add_parser(kind, help=meaning).add_argument("gb", type=gigabytes, help="the limit in GB; 0: none")
    parser.set_defaults(run=run)
