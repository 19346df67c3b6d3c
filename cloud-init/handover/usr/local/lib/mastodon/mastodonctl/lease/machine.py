"""The real machine below the loops: its bucket, its clock, its disk and its units."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..console import say
from ..machine import RUN, STATE, replace_file
from ..postgres import main_cluster
from ..wal import LSN
from .actions import STOOD_STILL, Ask, Begin, Drain, Drained, Keep, Say, Service, Sight, Write
from .holding import begins_drain
from .loops import AskService, Effect, Look, Sleep
from .records import NAME, Identity, Lease, Own, Request, read_own
from .store import NoAnswer, Store

Outcome = TypeVar("Outcome")

# Stands for as long as this machine has held the lease since its boot: units wait for it.
HELD = RUN / "lease-held"
OWN = STATE / "lease.json"
BEAT = STATE / "lease-beat"
ID = STATE / "lease-id"
SUPERSEDED = STATE / "superseded"
MAINTENANCE = STATE / "maintenance"
SUCCESSOR = STATE / "successor.json"
DRAINED = STATE / "drained.json"
DRAIN_UNIT = "mastodon-drain.service"
# What may read the database or write to the bucket for long.
LONG_JOBS = tuple(f"mastodon-{name}.service" for name in ("backup", "redis-snapshot", "dump", "proof", "secondary"))


def clock() -> float:
    """Seconds since boot, of a clock that is never set and that runs while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def systemctl(*arguments: str, seconds: float = 60) -> int:
    try:
        return subprocess.run(["systemctl", *arguments], timeout=seconds, check=False).returncode
    except subprocess.TimeoutExpired:
        say(f"systemctl {' '.join(arguments[:2])} did not end within {seconds:.0f} s")
        return 1


def notify(state: str) -> None:
    """Notifies systemd, if it started this process (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def own_record() -> Own | None:
    own = read_own(read(OWN))
    if own is None:
        return None
    beat = read(BEAT).strip()
    return replace(own, beat=int(beat)) if beat.isascii() and beat.isdigit() else own


def keep_own(own: Own) -> None:
    """The beat has a file of its own that is written in place: that takes no room on a disk that is full."""
    old = own_record()
    descriptor = os.open(BEAT, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.fchmod(descriptor, 0o644)
        os.pwrite(descriptor, b"%012d\n" % own.beat, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    lasting = replace(own, beat=0)
    if old is None or replace(old, beat=0) != lasting:
        replace_file(OWN, json.dumps(asdict(lasting)) + "\n")


def identity(domain: str) -> Identity:
    """The id is this machine's for good, also where an attempt to take the lease was cut short."""
    own = own_record()
    if own is not None:
        return Identity(domain, own.machine, own.id)
    kept = read(ID).strip()
    if not NAME.fullmatch(kept):
        kept = secrets.token_hex(8)
        replace_file(ID, kept + "\n")
    return Identity(domain, socket.gethostname(), kept)


def in_service() -> bool:
    """Whether what this machine has is all of it."""
    return (STATE / "done/database-origin").exists() and not (STATE / "restore-pending").exists()


def make_run() -> None:
    """Other processes look for what is there."""
    RUN.mkdir(parents=True, exist_ok=True)
    RUN.chmod(0o755)


def drained() -> Drained | None:
    """What drain has left. Its text went through the bucket."""
    text = read(DRAINED)
    if not text:
        return None
    content = json.loads(text)
    to, lsn = str(content.get("id", "")), str(content.get("lsn", ""))
    if not NAME.fullmatch(to) or not LSN.fullmatch(lsn):
        say(f"{DRAINED} holds no id and position of the WAL; expected what mastodon-drain leaves. Handing over again")
        DRAINED.unlink()
        return None
    return Drained(to, lsn)


def supersede(reason: str) -> None:
    """This machine writes no more, not after a reboot either."""
    replace_file(SUPERSEDED, reason + "\n")
    MAINTENANCE.touch()
    HELD.unlink(missing_ok=True)


def stop_serving() -> None:
    systemctl("stop", "postgresql@*.service", "mastodon.target", "mastodon-restore.service", DRAIN_UNIT, *LONG_JOBS, seconds=300)


def start_serving() -> None:
    systemctl("start", "--no-block", f"postgresql@{main_cluster().version}-main.service", "mastodon.target")


@dataclass
class Machine:
    """Carries out what a loop yields."""

    store: Store
    told: str = ""
    look_began: float = 0.0

    def run(self, loop: Generator[Effect, Any, Outcome]) -> Outcome:
        answer: Any = None
        while True:
            try:
                effect = loop.send(answer)
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            answer = self.perform(effect)

    def perform(self, effect: Effect) -> Any:
        match effect:
            case Look(thorough):
                return self.look(thorough)
            case Sleep(seconds):
                time.sleep(seconds)
                return ""
            case AskService():
                # No machine drains before a successor asked.
                failed = SUCCESSOR.exists() and active_state(DRAIN_UNIT) == "failed"
                return Service(in_service(), failed, drained())
            case Write(lease):
                return self.write(lease)
            case Ask(request):
                return self.write(request)
            case _:
                return self.on_machine(effect)

    def on_machine(self, effect: Effect) -> str:
        match effect:
            case Say(text):
                self.say(text)
            case Keep(own):
                keep_own(own)
            case Begin():
                begin()
            case Drain(successor):
                self.drain(successor)
            case _:
                raise AssertionError(f"no machine can do {effect}")
        return ""

    def say(self, text: str) -> None:
        """Once, until something else is said."""
        if text != self.told:
            say(text)
        self.told = text

    def look(self, thorough: bool) -> Sight:
        notify("WATCHDOG=1")
        self.look_began = clock()
        try:
            lease, request = self.store.read()
            known = self.store.highest_term() if thorough else 0
        except NoAnswer as reason:
            return Sight(self.look_began, trouble=str(reason))
        return Sight(self.look_began, lease, request, known)

    def write(self, record: Lease | Request) -> str:
        stood = clock() - self.look_began
        if stood > STOOD_STILL:
            return f"this machine stood still for {stood:.0f} s"
        try:
            if isinstance(record, Lease):
                self.store.write_lease(record)
            else:
                self.store.write_request(record)
        except NoAnswer as reason:
            return str(reason)
        return ""

    def drain(self, successor: Request) -> None:
        # In this order: it leaves its result before it ends.
        at_work = is_at_work(DRAIN_UNIT)
        if not begins_drain(at_work, drained()):
            return
        self.say(f"{successor.machine} asks for the lease: handing over")
        replace_file(SUCCESSOR, json.dumps(asdict(successor)) + "\n")
        systemctl("reset-failed", DRAIN_UNIT)
        systemctl("start", "--no-block", DRAIN_UNIT)


def active_state(unit: str) -> str:
    shown = subprocess.run(
        ["systemctl", "show", "--property=ActiveState", "--value", unit], capture_output=True, text=True, timeout=60, check=False
    )
    return shown.stdout.strip()


def is_at_work(unit: str) -> bool:
    """A oneshot service is activating for as long as it works, as is one that has not said that it is ready."""
    return active_state(unit) in ("active", "activating")


def begin() -> None:
    """This boot may serve. Whatever was to start and could not without the lease starts now."""
    make_run()
    HELD.touch()
    notify("READY=1")
    if (STATE / "done/owner").exists() and not (STATE / "restore-pending").exists():
        start_serving()
