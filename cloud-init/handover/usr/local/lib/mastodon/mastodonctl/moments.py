"""Moments, as people write them and as PostgreSQL and pgBackRest read them."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime

from .console import Failure, printable

CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00", re.ASCII)
# The form that PostgreSQL gives a moment, for to_char.
SQL_FORM = "YYYY-MM-DD HH24:MI:SS.US+00"
DATE_SECONDS = 30


@dataclass(frozen=True)
class Moment:
    """A moment in the one form that goes to pgBackRest and into files: in UTC, to the microsecond."""

    text: str

    def __post_init__(self) -> None:
        if not CANONICAL.fullmatch(self.text):
            raise ValueError(f"'{self.text}' is no moment")
        _ = self.seconds  # raises ValueError: the 30th of February

    @property
    def seconds(self) -> int:
        """Whole ones since 1970, as `date +%s` counts them."""
        return int(datetime.fromisoformat(self.text).replace(microsecond=0).timestamp())

    def __str__(self) -> str:
        return self.text


def read_moment(text: str) -> Moment:
    """Any form that GNU date reads, in UTC unless it names a zone."""
    command = ["date", "--utc", f"--date={text}", "+%Y-%m-%d %H:%M:%S.%6N+00"]
    variables = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    try:
        # To date, no text at all is the last midnight.
        if text.strip():
            done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=DATE_SECONDS, check=True)
            return Moment(done.stdout.strip())
    except (ValueError, subprocess.SubprocessError):
        pass
    raise Failure(f"'{printable(text, 80)}' is no moment; expected one such as '2026-11-23 05:00+00'")


def utc(seconds: int) -> str:
    """As people and PostgreSQL read it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S+00")
