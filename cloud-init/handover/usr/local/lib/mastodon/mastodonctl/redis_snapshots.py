"""mastodonctl redis-snapshots: the copies of Redis in the backup bucket. It decides which there are to be, and redis-snapshot and restore-redis act.

Each has the term of the lease that it was made in for a name: a machine whose time is over can't overwrite the copy of its successor.
They come as a complete list on standard input. What has another name is ignored.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .console import Failure, printable, say
from .lease.records import read_own

NAME = re.compile(r"[0-9]{8}\.rdb\.gpg", re.ASCII)
TERMS = 10_000_000
# They hold people's data, and a new machine takes the newest. Some of former terms stay, should that one be damaged.
FORMER_KEPT = 2


@dataclass(frozen=True)
class Snapshot:
    name: str
    began: int
    """In seconds since 1970: what came later may not be in it."""


def name_in(term: int) -> str:
    return f"{term:08}.rdb.gpg"


def own_name(lease: str) -> str:
    """What this machine's is called, by its lease.json. Raises Failure."""
    own = read_own(lease)
    if own is None or own.term >= TERMS:
        raise Failure(
            "lease.json has no term that a snapshot could be named after; expected what mastodonctl lease take writes: sudo converge"
        )
    return name_in(own.term)


def former(names: Iterable[str], own: str) -> list[str]:
    """Oldest first. One of a later term belongs to a machine that this one knows nothing of."""
    return sorted({name for name in names if NAME.fullmatch(name) and name < own})


def obsolete(names: Iterable[str], own: str) -> list[str]:
    """What is to be deleted once the one of this term is there."""
    return former(names, own)[:-FORMER_KEPT]


def newest(listed: Any, own: str) -> Snapshot | None:
    """The one that Redis gets: not one that this machine made itself. None where there is no other. Raises Failure."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Failure("rclone listed no files")
    moments = {name: one.get("ModTime") for one in listed if isinstance(name := one.get("Name"), str)}
    names = former(moments, own)
    if not names:
        return None
    moment = moments[names[-1]]
    try:
        # In UTC where it names no zone, as everything in the bucket.
        read = datetime.fromisoformat(moment)
        return Snapshot(names[-1], int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()))
    except (TypeError, ValueError, OverflowError) as error:
        raise Failure(
            f"redis/{names[-1]} in the backup bucket has no time, but '{printable(str(moment), 60)}'; expected one such as 2026-11-23T05:00:00Z"
        ) from error


def read_list(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Failure("rclone listed no files") from None


def run(given: argparse.Namespace) -> int:
    text = sys.stdin.read()
    match given.action:
        case "own":
            say(own_name(text))
        case "obsolete":
            for name in obsolete(text.splitlines(), given.name):
                say(name)
        case "newest":
            found = newest(read_list(text), given.name)
            if found:
                say(f"{found.name} {found.began}")
    return 0


def own(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{printable(text, 60)}' is no name of a snapshot; expected one such as {name_in(7)}")
    return text


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "redis-snapshots", help="which copies of Redis stay, and which one Redis gets; redis-snapshot and restore-redis run it"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("own", help="of lease.json on standard input: the name of this machine's")
    for action, text in (
        ("obsolete", "of a list of names: those to be deleted, one a line"),
        (
            "newest",
            "of rclone lsjson: the name of the one that Redis gets, and when it began in seconds since 1970; nothing where there is none",
        ),
    ):
        actions.add_parser(action, help=text).add_argument("name", type=own, help="of this machine's own")
    parser.set_defaults(run=run, needs_root=False)
