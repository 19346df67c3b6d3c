"""mastodonctl lease: which of this stack's machines may write."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from dataclasses import asdict, replace

from ..console import Failure, say, warn
from ..machine import STATE, replace_file
from . import machine
from .actions import CONFIRM, Refuse, Sight, Supersede, Taken
from .holding import Holder, end_of, may_archive
from .loops import holding, taking
from .machine import Machine, own_record
from .records import NAME, Damaged, Lease, Own
from .store import NoAnswer, Store, open_store
from .taking import Taker

# RestartPreventExitStatus of mastodon-lease.service: another start would not change that.
SUPERSEDED = 3


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("lease", help="which of this stack's machines may write")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser("take", help="wait for the lease until it is this machine's")
    one.add_argument("domain", type=name, help="the domain of the stack")
    one.set_defaults(run=lambda given: take(given.domain))
    commands.add_parser("hold", help="keep it, and hand it over when asked: the daemon").set_defaults(run=lambda _: hold())
    commands.add_parser("guard", help="do what the daemon would, if there is none").set_defaults(run=lambda _: guard())
    commands.add_parser("resume", help="take a machine that has handed over back into service").set_defaults(run=lambda _: resume())
    commands.add_parser("show", help="print what is in the bucket, as JSON").set_defaults(run=lambda _: show())
    one = commands.add_parser("check", help="fail where this machine's WAL does not belong into the bucket")
    one.set_defaults(run=lambda _: check(), needs_root=False)
    one = commands.add_parser("abandon", help="say that a machine that was declared dead is not needed any more")
    one.add_argument("machine", help="its name, as lease show has it under left")
    one.set_defaults(run=lambda given: abandon(given.machine))
    commands.add_parser("left", help="print the machines that were declared dead").set_defaults(run=lambda _: left())


def name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}' is no name of a domain")
    return text


def store() -> Store:
    try:
        return open_store()
    except OSError as error:
        raise Failure(f"the key that signs the lease can't be read: {error}") from None


def process() -> str:
    """Different for each process, on copies of one disk too."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def take(domain: str, resumes: bool = False) -> int:
    own, at = own_record(), store()
    try:
        first = own is None and at.holds_no_database()
    except NoAnswer as reason:
        raise Failure(f"the backup bucket does not say whether another machine of this stack is at work: {reason}") from None
    taker = Taker(
        machine.identity(domain),
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        process(),
        own=own,
        first=first,
        count=int(time.time()),
        resumes=resumes,
    )
    outcome = Machine(at).run(taking(taker))
    if isinstance(outcome, Refuse):
        raise Failure(outcome.reason)
    keep(outcome)
    return 0


def keep(taken: Taken) -> None:
    """What the restore has to reach, then the lease: the other way round a loss of power in between would lose it."""
    own = taken.own
    inherited = STATE / "inherited.json"
    if own.after and own.lsn:
        replace_file(inherited, json.dumps({"machine": own.after, "lsn": own.lsn}) + "\n")
    else:
        inherited.unlink(missing_ok=True)
    machine.keep_own(own)


def hold() -> int:
    own = own_record()
    if own is None:
        raise Failure("this machine has never held the lease of its stack: sudo converge")
    # An end by systemd is no failure.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    machine.make_run()
    serves = machine.HELD.exists()
    if serves:
        machine.notify("READY=1")
    end = Machine(store()).run(holding(Holder(own, process(), serves=serves)))
    if isinstance(end, Supersede):
        return superseded(end)
    return handed_over()


def superseded(end: Supersede) -> int:
    machine.supersede(end.reason)
    warn(f"This machine stops serving and archiving: {end.reason}")
    machine.stop_serving()
    return SUPERSEDED


def handed_over() -> int:
    successor = "another machine"
    with contextlib.suppress(ValueError, KeyError):
        successor = str(json.loads(machine.read(machine.DRAINED))["machine"])
    machine.supersede(
        f"it has handed over to {successor}, with everything that it had. If that machine never came to serve, take this one back: "
        "sudo mastodonctl lease resume"
    )
    say(f"This machine has stopped serving: {machine.read(machine.SUPERSEDED).strip()}")
    machine.notify("READY=1")
    return 0


def guard() -> int:
    """Every half minute, as a daemon that was killed or never started sees nothing."""
    if machine.is_at_work("mastodon-lease.service"):
        return 0
    say("the lease is not watched: starting mastodon-lease.service")
    machine.systemctl("start", "--no-block", "mastodon-lease.service")
    own = own_record()
    sight = Machine(store()).look(thorough=False)
    if own is None or sight.trouble:
        return 0
    end = end_of(Holder(own, ""), sight.lease)
    return superseded(end) if isinstance(end, Supersede) else 0


def resume() -> int:
    if not machine.SUPERSEDED.exists():
        raise Failure("this machine is in service")
    own = own_record()
    if own is None or machine.drained() is None:
        raise Failure("this machine did not hand over, so what is here is out of date and must not be served")
    say(f"waiting {CONFIRM:.0f} s for anybody else who claims the lease …")
    take(own.domain, resumes=True)
    for path in (machine.DRAINED, machine.SUCCESSOR, machine.SUPERSEDED, machine.MAINTENANCE):
        path.unlink(missing_ok=True)
    machine.systemctl("start", "--no-block", "mastodon-lease.service")
    say("this machine is in service again")
    return 0


def look() -> Sight:
    sight = Machine(store()).look(thorough=False)
    if sight.trouble:
        raise Failure(f"the backup bucket does not say who holds the lease: {sight.trouble}")
    return sight


def show() -> int:
    sight = look()
    lease = {"damaged": sight.lease.text} if isinstance(sight.lease, Damaged) else sight.lease and asdict(sight.lease)
    json.dump({"lease": lease, "request": sight.request and asdict(sight.request)}, sys.stdout, indent=2)
    print()
    return 0


def check() -> int:
    """Looked at for each segment of the WAL: no clock shows a virtual machine how long it stood still."""
    if machine.SUPERSEDED.exists():
        raise Failure(machine.read(machine.SUPERSEDED).strip())
    own = own_record()
    if own is None:
        raise Failure("this machine has never held the lease of its stack")
    lease = look().lease
    if isinstance(lease, Lease) and not may_archive(own, lease):
        raise Failure(f"the lease is that of {lease.machine} (term {lease.term}), and not this machine's")
    return 0


def kept() -> Own:
    own = own_record()
    if own is None:
        raise Failure("this machine has never held the lease of its stack")
    return own


def left() -> int:
    for one in kept().left:
        print(one)
    return 0


def abandon(one: str) -> int:
    own = kept()
    if one not in own.left:
        known = ", ".join(own.left) or "none"
        raise Failure(f"'{one}' is no machine that was declared dead; expected one of these: {known}")
    # The daemon keeps what it knows, and reads it when it starts. Services don't stop with it.
    machine.systemctl("stop", "mastodon-lease.service")
    machine.keep_own(replace(own, left=tuple(other for other in own.left if other != one)))
    machine.systemctl("start", "mastodon-lease.service")
    say(f"{one} may be deleted: run pulumi up again")
    return 0
