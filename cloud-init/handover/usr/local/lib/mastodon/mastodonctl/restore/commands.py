"""The subcommands: restore, restore-database, last-restore, inherit."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..console import Failure, say
from ..import_database import setting
from ..machine import RUN, hold_lock
from ..moments import Moment, read_moment
from ..postgres import main_cluster
from . import inherit
from .database import restore_database
from .dumps import NEWEST, REMOTES, begun_at
from .machine import Machine
from .records import Request, read_pending, read_request
from .server import Restore
from .summary import show

EXAMPLES = """without an option: what is there, and which moments can be reached
  sudo mastodon-restore --newest
  sudo mastodon-restore --to '2026-11-23 05:00+00'     without a zone: UTC
  sudo mastodon-restore --dump newest --from secondary"""


def take_locks(machine: Machine, limit: str) -> None:
    # At a boot no administrator waits, and converge may be restoring already.
    held = os.environ.get("converge_holds_lock")  # noqa: SIM112 - an upgrade sets it, which goes back
    if not held and not hold_lock(machine.run_folder / "converge.lock", "--limit", limit):
        raise Failure("converge, or another restore, is at work. Nothing was changed.")
    # Nor may a backup or package updates come between: a PostgreSQL that they restart while it recovers looks like a broken backup.
    if not hold_lock(machine.state, "--limit", limit, "--stop", "mastodon-housekeeping@*.service", "--stop-after", "0s"):
        raise Failure(
            "a backup, a proof or an update of packages is at work; the line above names it, and systemctl stop ends it. Nothing was changed."
        )


def asked(given: argparse.Namespace) -> Request | None:
    """None: to resume what was cut short. The moment is read before anything waits for a lock."""
    if given.resume:
        return None
    if given.to is not None:
        return Request("to", moment=read_moment(given.to))
    if given.dump is not None:
        return Request("dump", dump=given.dump, remote=given.remote)
    return Request("undo-upgrade" if given.undo_upgrade else "newest")


def run_restore(given: argparse.Namespace) -> int:
    machine = Machine(main_cluster())
    if not (given.newest or given.resume or given.undo_upgrade or given.to is not None or given.dump is not None):
        show(machine, given.remote)
        return 0
    superseded = machine.state / "superseded"
    if superseded.exists():
        raise Failure(f"another machine has taken over, this one must not: {machine.read(superseded).strip()}")
    request = asked(given)
    RUN.mkdir(parents=True, exist_ok=True)
    take_locks(machine, "30min" if request else "4h")
    if request is None:
        if not machine.request.exists():
            raise Failure("no restore was cut short")
        request = read_request(machine.read(machine.request), str(machine.request))
    weeks = int(setting(Path("/etc/mastodon/housekeeping-settings.sh"), "backup_weeks"))
    Restore(machine, request, weeks, resumed=given.resume, confirmed=given.yes).run()
    return 0


def run_restore_database(given: argparse.Namespace) -> int:
    machine = Machine(main_cluster())
    moment: Moment | None = None
    if given.to is not None:
        moment = read_moment(given.to)
    elif not given.newest:
        moment = read_pending(machine.read(machine.pending), str(machine.pending))
    restore_database(machine, moment)
    return 0


def run_last_restore(_given: argparse.Namespace) -> int:
    timelines = Machine(main_cluster()).timelines()
    say(str(timelines[-1].written if timelines else 0))
    return 0


def run_inherit(given: argparse.Namespace) -> int:
    machine = Machine(main_cluster())
    if given.action == "look":
        say(str(inherit.look(machine)))
    else:
        inherit.prove_all(machine)
    return 0


def dump_name(text: str) -> str:
    if text != NEWEST and begun_at(text) is None:
        raise argparse.ArgumentTypeError(f"'{text[:80]}' is no name of a dump; sudo mastodon-restore lists them")
    return text


def some_text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a moment such as '2026-11-23 05:00+00'")
    return text


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add_restore(subparsers)
    database = subparsers.add_parser(
        "restore-database",
        help="PostgreSQL alone, from its backups; restore and converge run it",
        description="Restores PostgreSQL, and nothing else. Without an option it takes up what an earlier run began.",
        allow_abbrev=False,
    )
    to_where = database.add_mutually_exclusive_group()
    to_where.add_argument("--newest", action="store_true", help="the newest state")
    to_where.add_argument("--to", type=some_text, metavar="TIME", help="a moment")
    database.set_defaults(run=run_restore_database)
    last = subparsers.add_parser("last-restore", help="when the database was last restored, in seconds since 1970 (0: never)")
    last.set_defaults(run=run_last_restore)
    inherit = subparsers.add_parser(
        "inherit", help="whether a new machine can continue from all that the previous one left; converge runs it"
    )
    inherit.add_argument(
        "action", choices=["look", "prove"], help="look: before the restore, prints the number of backups; prove: behind it"
    )
    inherit.set_defaults(run=run_inherit)


def add_restore(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "restore",
        prog="mastodon-restore",
        help="restores the database to a moment, to a dump, or to the newest state (mastodon-restore)",
        description="Restores the database to a moment, to a dump, or to the newest state of the backup bucket.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="what is there, and which moments can be reached; as without an option")
    what.add_argument("--newest", action="store_true", help="the newest state that the backup bucket leads to")
    what.add_argument("--to", type=some_text, metavar="TIME", help="a moment, such as '2026-11-23 05:00+00' (without a zone: UTC)")
    what.add_argument("--dump", type=dump_name, metavar="NAME", help="a dump, or the newest one with --dump newest")
    what.add_argument("--undo-upgrade", action="store_true", help="before the last upgrade of Mastodon, and to its release")
    what.add_argument("--resume", action="store_true", help="takes up a restore that was cut short")
    parser.add_argument("--from", dest="remote", choices=REMOTES, default=REMOTES[0], help="where the dump is")
    parser.add_argument("--yes", action="store_true", help="doesn't ask")
    parser.set_defaults(run=run_restore, called="mastodon-restore")
