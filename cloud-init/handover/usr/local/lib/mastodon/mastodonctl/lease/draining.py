"""mastodonctl drain: stops Mastodon and sends the rest of its data to the backup bucket, for another machine to continue from exactly there.

The result, `drained.json`, makes the lease's daemon release the lease. A drain that failed is run again, from the beginning. One that has
ended is not: its successor may already write.
"""

from __future__ import annotations

import argparse
import json
from typing import Any, Protocol

from .. import backups
from ..console import Failure, printable, say
from ..machine import TOOLS, replace_file
from ..postgres import Cluster, main_cluster, superuser
from ..programs import carry_out
from ..wal import LSN
from . import machine
from .records import NAME


class Drainable(Protocol):
    """The machine that is drained. Each method raises Failure."""

    def has_drained(self) -> bool: ...
    def successor(self) -> dict[str, Any]: ...
    def show_page(self) -> None: ...
    def stop_mastodon(self) -> None: ...
    def send_redis(self) -> None: ...
    def start_database(self) -> None: ...
    def has_backup(self) -> bool: ...
    def back_up(self) -> None: ...
    def position(self) -> str: ...
    def send_log(self) -> None: ...
    def stop_database(self) -> None: ...
    def keep(self, successor: dict[str, Any], lsn: str) -> None: ...


def drain(one: Drainable) -> None:
    if one.has_drained():
        say("everything is in the backup bucket already")
        return
    successor = one.successor()
    one.show_page()
    say("stopping Mastodon …")
    one.stop_mastodon()
    say("sending what Redis holds …")
    one.send_redis()
    # An attempt that failed may have stopped it.
    one.start_database()
    if not one.has_backup():
        say("making the first backup …")
        one.back_up()
    lsn = one.position()
    say(f"sending the log up to {lsn} …")
    one.send_log()
    one.stop_database()
    one.keep(successor, lsn)
    say(f"everything up to {lsn} is in the backup bucket")


class RealMachine:
    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def has_drained(self) -> bool:
        return machine.drained() is not None

    def successor(self) -> dict[str, Any]:
        """The request that it drains for. Its text went through the bucket."""
        try:
            content = json.loads(machine.read(machine.SUCCESSOR))
            if NAME.fullmatch(content["id"]) and NAME.fullmatch(content["machine"]):
                return dict(content)
        except (ValueError, KeyError, TypeError):
            pass
        raise Failure(f"{machine.SUCCESSOR} names no machine to drain for; expected what the lease's daemon writes when one asks")

    def show_page(self) -> None:
        machine.MAINTENANCE.touch()

    def stop_mastodon(self) -> None:
        """Sidekiq puts the jobs that it is at back into Redis."""
        carry_out(["systemctl", "stop", "mastodon.target", *machine.LONG_JOBS])

    def send_redis(self) -> None:
        carry_out([TOOLS / "redis-snapshot"])

    def start_database(self) -> None:
        carry_out([TOOLS / "start-database"])

    def has_backup(self) -> bool:
        """One that the successor can begin with."""
        return bool(backups.read_repository(self.cluster, patient=True).backups)

    def back_up(self) -> None:
        carry_out(self.cluster.as_user(TOOLS / "backup"), shown=True, env=backups.surroundings("warn"))

    def position(self) -> str:
        lsn = superuser(self.cluster).ask("SELECT pg_current_wal_lsn()")
        if not LSN.fullmatch(lsn):
            raise Failure(f"PostgreSQL answered '{printable(lsn, 80)}'; expected a position in its log such as 1/6B000028")
        return lsn

    def send_log(self) -> None:
        backups.send_log(self.cluster)

    def stop_database(self) -> None:
        carry_out(["systemctl", "stop", f"postgresql@{self.cluster.version}-main.service"])

    def keep(self, successor: dict[str, Any], lsn: str) -> None:
        replace_file(machine.DRAINED, json.dumps({**successor, "lsn": lsn}) + "\n")


def run(_given: argparse.Namespace) -> int:
    drain(RealMachine(main_cluster()))
    return 0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("drain", help="stop Mastodon and send the rest to the backup bucket; mastodon-drain.service runs it")
    parser.set_defaults(run=run)
