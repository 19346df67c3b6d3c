"""What a person sees: lines, sizes, and the text of failures."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice

FAILED = 1
DISPROVEN = 3
# EX_TEMPFAIL of sysexits(3), as of with-lock.
BUSY = 75


class Failure(Exception):
    """Says what failed, why, and what to run."""

    def __init__(self, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.status = status


def say(text: str) -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def printable(text: str, limit: int = 2000) -> str:
    """Text that others wrote, for a terminal or a mail: control characters could rewrite what is there."""
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text[:limit])


def joined(lines: Iterable[str], limit: int) -> str:
    return printable(" ".join(line.strip() for line in islice(lines, limit)))


def human(size: int) -> str:
    """As `numfmt --to=iec --suffix=B` has it: rounded up, with one digit behind the point below ten."""
    unit, power = "", 1
    for larger in "KMGTPE":
        if rounded_up(size, power) < 1024:
            break
        unit, power = larger, power * 1024
    tenths = rounded_up(size * 10, power)
    return f"{tenths // 10}.{tenths % 10}{unit}B" if unit and tenths < 100 else f"{rounded_up(size, power)}{unit}B"


def rounded_up(number: int, divisor: int) -> int:
    return -(-number // divisor)
