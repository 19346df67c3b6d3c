"""Positions in PostgreSQL's log, and its segments of 16 MiB."""

from __future__ import annotations

import re

LSN = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})", re.ASCII)
SEGMENT_BITS = 24


def read_position(text: str) -> int:
    """The number behind a text such as 1/6B000028. Raises ValueError."""
    parts = LSN.fullmatch(text)
    if not parts:
        raise ValueError(f"'{text[:40]}' is no place in the log")
    return int(parts[1], 16) << 32 | int(parts[2], 16)


def segment_at(position: int) -> str:
    """The last 16 digits of the name of the segment that the position is in; the 8 before them are the timeline's."""
    return f"{position >> 32:08X}{position >> SEGMENT_BITS & 0xFF:08X}"
