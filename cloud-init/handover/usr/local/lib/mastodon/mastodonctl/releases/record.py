"""What is kept between two looks. What can't be read is forgotten: the worst that follows is a mail a second time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..machine import replace_file
from .published import Published, read_version


@dataclass(frozen=True)
class Record:
    # GitHub's answer, and its tag.
    known: tuple[Published, ...] = ()
    tag: str = ""
    # When it came, or when the watch began.
    answered: int = 0
    # What was reported already.
    told: frozenset[str] = field(default_factory=frozenset)


def read_record(path: Path, now: int) -> Record:
    try:
        return parse(path.read_text(encoding="utf-8"), now)
    except (OSError, ValueError):
        return Record(answered=now)


def parse(text: str, now: int) -> Record:
    try:
        told = json.loads(text)
        known = [(read_version(version), int(at), bool(security)) for version, at, security in told["known"]]
        return Record(
            tuple(Published(version, at, security) for version, at, security in known if version is not None),
            str(told["tag"]),
            # A clock that was set back.
            min(int(told["answered"]), now),
            frozenset(str(one) for one in told["told"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return Record(answered=now)


def write_record(path: Path, record: Record) -> None:
    replace_file(path, as_text(record))


def as_text(record: Record) -> str:
    fields = asdict(record) | {
        "known": [(str(one.version), one.at, one.security) for one in record.known],
        "told": sorted(lately(record.told)),
    }
    return json.dumps(fields) + "\n"


def lately(told: Iterable[str], most: int = 500) -> list[str]:
    """All of years. The file has an end, whatever GitHub answers."""
    return sorted(told)[-most:]
