"""Which timeline and which backups lead to a moment. Pure: what the bucket has is looked up before, or by the function it is given.

A restore begins a new timeline; what it overwrote is on the old one. PostgreSQL numbers timelines upwards. The store's times are
those of copies where a bucket was copied; but a timeline that a backup was made on, or a later one, had begun by then, as
pgBackRest writes into its own file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..backups import Backup
from ..moments import Moment


@dataclass(frozen=True)
class Timeline:
    """What a restore of the past began."""

    number: int
    written: int
    """When the store says that its history was written."""
    path: str
    """Of its history, below archive/mastodon in the bucket."""


@dataclass(frozen=True)
class Switch:
    """A line of a history: the timeline that was left, and where."""

    timeline: int
    position: int


@dataclass(frozen=True)
class Choice:
    timeline: int
    backups: tuple[Backup, ...]
    """From which the log of that timeline leads to the moment, newest first."""


ReadHistory = Callable[[Timeline], Sequence[Switch]]


def choose(timelines: Sequence[Timeline], backups: Sequence[Backup], moment: Moment | None, history: ReadHistory) -> Choice:
    """No moment: the newest state, on the timeline with the highest number. `history` is asked for one timeline at most."""
    earlier, later = divide(timelines, backups, moment)
    if earlier:
        own, switches = earlier[-1].number, history(earlier[-1])
    elif later:
        # Before the first restore that is known: the timeline that it left.
        left = history(later[0])
        own, switches = left[-1].timeline if left else 1, ()
    else:
        own, switches = 1, ()
    return Choice(own, tuple(one for one in reversed(backups) if ended_by(one, moment) and leads(one, own, switches)))


def divide(timelines: Sequence[Timeline], backups: Sequence[Backup], moment: Moment | None) -> tuple[list[Timeline], list[Timeline]]:
    """Those that had begun at the moment, and the others, both by number."""
    in_order = sorted(timelines, key=lambda one: one.number)
    earlier = [one for one in in_order if moment is None or begun(one, timelines, backups) <= moment.seconds]
    return earlier, [one for one in in_order if one not in earlier]


def begun(timeline: Timeline, timelines: Sequence[Timeline], backups: Sequence[Backup]) -> int:
    """When it had begun at the latest."""
    told = (one.written for one in timelines if one.number >= timeline.number)
    proven = (one.began for one in backups if one.first_timeline >= timeline.number)
    return min((*told, *proven))


def ended_by(backup: Backup, moment: Moment | None) -> bool:
    return moment is None or backup.ended <= moment.seconds


def leads(backup: Backup, timeline: int, switches: Sequence[Switch]) -> bool:
    """One that was made on another timeline leads there only if that was left behind its end."""
    left = next((one for one in switches if one.timeline == backup.timeline), None)
    return backup.timeline == timeline or (left is not None and backup.position <= left.position)
