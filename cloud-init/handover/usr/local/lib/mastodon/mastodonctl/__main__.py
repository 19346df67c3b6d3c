"""The table of subcommands. The module of each offers `add_parser(subparsers)`, which sets `run`: from the arguments to the exit status.

It may set `called`, too: the name of the program that people call in its place.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType, ModuleType

from .console import FAILED, Failure, warn

# By module: a unit that raises an alert has no time to read what restores a database.
SUBCOMMANDS = {
    "alert": "alert",
    "drain": "lease.draining",
    "import-database": "import_database",
    "inherit": "restore.commands",
    "last-restore": "restore.commands",
    "lease": "lease.commands",
    "obsolete": "obsolete",
    "past": "past",
    "rails": "rails",
    "redis-snapshots": "redis_snapshots",
    "releases": "releases.commands",
    "remote-media": "remote_media",
    "restore": "restore.commands",
    "restore-database": "restore.commands",
    "restore-dump": "dump_file",
    "status": "checks.commands",
    "upgrade": "upgrade.commands",
    "verify-backup": "verify_backup",
    "watch": "checks.commands",
}

EXIT_STATUS = """exit status:
  0   done
  1   failed; the last lines say why and what to run
  2   an unknown option, or one that lacks its value
  3   the backup was looked at, and is no good
  75  something else is at work; try again when it has ended"""


def on_signal(number: int, _frame: FrameType | None) -> None:
    """An end by a signal is an end with its clean-up."""
    raise SystemExit(128 + number)


def modules(arguments: Sequence[str]) -> list[ModuleType]:
    """The one of the subcommand that is asked for; all, for --help and for an unknown word."""
    asked = next(iter(arguments), "")
    names = [SUBCOMMANDS[asked]] if asked in SUBCOMMANDS else sorted(set(SUBCOMMANDS.values()))
    return [import_module(f".{name}", __package__) for name in names]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="mastodonctl",
        description="Takes care of this machine's Mastodon. Run it as root.",
        epilog=EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for module in modules(sys.argv[1:]):
        module.add_parser(subparsers)
    given = parser.parse_args()
    called: str = getattr(given, "called", "")
    name = called or given.subcommand
    if os.geteuid() != 0 and getattr(given, "needs_root", True):
        parser.exit(1, f"{name}: must run as root: sudo {called or f'mastodonctl {name}'}\n")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, on_signal)
    try:
        status: int = given.run(given)
    except Failure as failure:
        warn(f"{name}: {failure}")
        return failure.status
    except (OSError, subprocess.SubprocessError) as error:
        warn(f"{name}: {error}")
        return FAILED
    return status


if __name__ == "__main__":
    sys.exit(main())
