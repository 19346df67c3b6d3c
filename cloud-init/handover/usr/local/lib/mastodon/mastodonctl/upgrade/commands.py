"""mastodonctl upgrade: brings Mastodon to the release of /etc/mastodon/release, or goes back by itself."""

from __future__ import annotations

import argparse
import os

from ..console import BUSY, Failure
from ..machine import RUN, take_lock
from ..postgres import main_cluster, mastodon
from .machine import RealMachine, is_terminal
from .steps import upgrade

LOCK = RUN / "converge.lock"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "upgrade",
        help="brings Mastodon to the release of the settings, or rolls back",
        description=(
            "Brings Mastodon to the release of /etc/mastodon/release without an interruption, or rolls back by itself. What an interrupted run "
            "began is taken up by the next one. converge runs it, and holds its lock meanwhile. /var/lib/mastodon/upgrade-report.json lists what it did."
        ),
    )
    parser.set_defaults(run=run)


def run(_given: argparse.Namespace) -> int:
    # Programs that outlive this one keep the lock: see programs.py.
    if not os.environ.get("IN_CONVERGE") and not take_lock(LOCK, inherited=True):
        raise Failure("converge, a restore or an import is at work; the line above names it. Nothing was changed", BUSY)
    cluster = main_cluster()
    upgrade(RealMachine(mastodon(cluster), cluster=cluster, on_terminal=is_terminal()))
    return 0
