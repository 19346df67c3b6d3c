"""mastodonctl release: for the machine's scripts in shell."""

from __future__ import annotations

import argparse

from ..console import Failure, say
from ..postgres import Connection, main_cluster, mastodon
from . import records
from .records import Release
from .serving import MachineNames, deviation, serve


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "release",
        help="which release of Mastodon serves, and which one the database is of",
        description="A release is one line, also as an argument: its version and its two images, as /etc/mastodon/release has them.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser("recorded", help="print the release that the database is of; nothing if that is not known")
    one.set_defaults(run=lambda _: recorded())
    one = commands.add_parser(
        "deviation", help="print which process does not run, or is not of the release that serves; nothing if all are"
    )
    one.set_defaults(run=lambda _: deviates())
    one = commands.add_parser("record", help="write into the database which release it is of")
    one.add_argument("release", type=release)
    one.set_defaults(run=lambda given: record(given.release))
    one = commands.add_parser("serve", help="whatever starts from now on is of this release; restarts nothing")
    one.add_argument("release", type=release)
    one.set_defaults(run=lambda given: make_serve(given.release))


def release(text: str) -> Release:
    found = records.parse(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no release; expected one such as '4.7.0 ghcr.io/…@sha256:… ghcr.io/…@sha256:…'")
    return found


def database() -> Connection:
    return mastodon(main_cluster())


def recorded() -> int:
    found = records.recorded(database())
    if found is not None:
        say(str(found))
    return 0


def record(of: Release) -> int:
    records.record(database(), of)
    return 0


def make_serve(of: Release) -> int:
    serve(MachineNames(database()), of)
    return 0


def deviates() -> int:
    serving = records.read(records.SERVING)
    if serving is None:
        raise Failure("no release serves yet; let 'pulumi up' come to its end first")
    if problem := deviation(serving):
        say(problem)
    return 0
