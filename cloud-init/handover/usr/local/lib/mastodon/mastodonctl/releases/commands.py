"""mastodonctl releases [--forget]"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from .. import alert
from ..console import printable, say, warn
from ..machine import STATE, remove_file
from ..release import records
from . import github
from .news import ALERT, installed, news
from .published import Unanswered, read_answer
from .record import Record, read_record, write_record

FILE = STATE / "releases.json"
# GitHub has bad days, and so has a network.
SILENCE_LIMIT = 3 * 86_400
SILENT = "release-watch"
UNIT = "mastodon-releases.service"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = subparsers.add_parser(
        "releases", help="looks for releases of Mastodon that are newer than what serves; mastodon-releases.timer runs it"
    )
    one.add_argument("--forget", action="store_true", help="clears its alerts and forgets what it knows")
    one.set_defaults(run=lambda given: forget(alert.Places()) if given.forget else look(alert.Places(), FILE, int(time.time())))


def look(places: alert.Places, file: Path, now: int, url: str = github.RELEASES, serving: Path = records.SERVING) -> int:
    release = records.read(serving)
    if release is None:
        say("No release serves yet.")
        return 0
    record = read_record(file, now)
    try:
        record = asked(record, now, url)
    except Unanswered as unanswered:
        reason = printable(str(unanswered), 300)
        # A missing answer is no failure of this machine.
        warn(f"{reason}; the next try is in an hour")
        if now - record.answered > SILENCE_LIMIT:
            days = (now - record.answered) // 86_400
            alert.raise_alert(places, SILENT, f"Releases of Mastodon were not looked up for {days} days: {reason}")
    else:
        alert.clear_alert(places, SILENT)
    for path in alert.standing(places):
        if path.name.startswith(ALERT) and installed(path.name, release.version):
            alert.clear_alert(places, path.name, f"Mastodon {release.version} serves")
    told = record.told
    for one in news(release.version, record.known, told, now):
        if one.stands:
            alert.raise_alert(places, one.name, one.text)
        else:
            alert.notify(places, one.name, one.text)
        told |= one.told
    write_record(file, replace(record, told=told))
    return 0


def asked(record: Record, now: int, url: str) -> Record:
    """The record with GitHub's answer. Raises Unanswered."""
    answer = github.ask(record.tag, url)
    if answer.body is None:
        return replace(record, answered=now)
    return replace(record, known=tuple(read_answer(answer.body)), tag=answer.tag, answered=now)


def forget(places: alert.Places, file: Path = FILE) -> int:
    for path in alert.standing(places):
        if path.name in {SILENT, UNIT} or path.name.startswith(ALERT):
            alert.clear_alert(places, path.name, "Releases of Mastodon are no longer watched (setting alerts.releases)")
    if file.exists():
        remove_file(file)
    return 0
