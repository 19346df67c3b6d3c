"""What was asked for, as it comes from the arguments and as it is on the disk until it is done."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..console import Failure, printable
from ..moments import Moment, read_moment
from ..release import records as releases
from ..release.records import Release
from .dumps import NEWEST, REMOTES, begun_at

KINDS = ("newest", "to", "undo-upgrade", "dump")


@dataclass(frozen=True)
class Request:
    kind: str
    moment: Moment | None = None
    """Of `to` and `undo-upgrade`."""
    dump: str = ""
    """Its name, or "newest"."""
    remote: str = REMOTES[0]
    """Where the dump is."""
    before: Moment | None = None
    """Leads back to what was there."""

    @property
    def text(self) -> str:
        """As the file has it: kind, argument, the moment before it, remote."""
        argument = self.dump or (self.moment.text if self.moment else "")
        return "".join(f"{line}\n" for line in (self.kind, argument, self.before.text if self.before else "", self.remote))


def read_request(text: str, file: str) -> Request:
    """Raises Failure: a boot must not carry out what was never asked for."""
    try:
        kind, argument, before, remote = text.removesuffix("\n").split("\n")
        is_dump, back = kind == "dump", kind in ("to", "undo-upgrade")
        if kind not in KINDS or remote not in REMOTES or (is_dump and argument != NEWEST and begun_at(argument) is None):
            raise ValueError
        return Request(kind, Moment(argument) if back else None, argument if is_dump else "", remote, Moment(before) if before else None)
    except ValueError as error:
        raise Failure(f"unknown request '{printable(text, 200)}' in {file}") from error


def read_pending(text: str, file: str) -> Moment | None:
    """The moment of a restore of PostgreSQL that was begun; none: the newest state. Raises Failure."""
    try:
        return Moment(text.strip()) if text.strip() else None
    except ValueError as error:
        raise Failure(f"{file} names no moment: '{printable(text, 80)}'; say --to or --newest") from error


@dataclass(frozen=True)
class Upgrade:
    """The last one, which can be undone."""

    before: Release
    moment: Moment


def read_upgrade(text: str) -> Upgrade | None:
    """None where no upgrade was carried out. Raises Failure where the file can't be understood."""
    if not text:
        return None
    try:
        told = json.loads(text)
        before = releases.parse(told["from"])
        if before is None:
            raise ValueError
        return Upgrade(before, read_moment(told["moment"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Failure("the record of the last upgrade of Mastodon, last-upgrade.json, can't be read; go back with --to") from error
