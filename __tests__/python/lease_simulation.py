"""A world for the lease: machines, the store, the clock and an operator, in schedules that a seed decides.

The machines run the product's own loops (`mastodonctl.lease.loops`). Whatever they read, write or wait for is an event of this
world, which may be late, lost, doubled or refused; between any two of them a machine may freeze or lose its power.
`run(seed)` raises `Violated` at the first broken promise.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any

from mastodonctl.lease import holding as product
from mastodonctl.lease.actions import (
    STOOD_STILL,
    Ask,
    Begin,
    Drain,
    Drained,
    HandedOver,
    Keep,
    Refuse,
    Say,
    Service,
    Sight,
    Supersede,
    Taken,
    Write,
)
from mastodonctl.lease.holding import Holder, may_archive
from mastodonctl.lease.loops import AskService, Effect, Look, Sleep, holding, taking
from mastodonctl.lease.records import Damaged, Identity, Lease, Own, Request
from mastodonctl.lease.taking import Taker

DOMAIN = "example.org"
# How long the client waits for the store, in seconds.
TIMEOUT = 8.0
RESTORE = 20.0
# Within that a machine that was frozen has looked, twice if it wrote before it looked.
WAKES = 30.0
# How long the world is wild, and how long it has to come to rest.
WILD = 400.0
REST = 420.0


class Violated(AssertionError):
    """A promise is broken."""


@dataclass
class Disk:
    own: Own | None = None
    superseded: str = ""
    drained: Drained | None = None
    # Whether the database is here, with all of it.
    complete: bool = False
    # What was acknowledged here or restored, by number; a set per timeline would say no more.
    data: set[int] = field(default_factory=set)

    def copy(self) -> Disk:
        return replace(self, data=set(self.data))


@dataclass
class Machine:
    name: str
    generation: int
    rate: float
    offset: float
    disk: Disk = field(default_factory=Disk)
    old_disk: Disk | None = None
    powered: bool = True
    deleted: bool = False
    # A process from before a power cut gets no events any more.
    boot: int = 0
    process: str = ""
    frozen_until: float = 0.0
    # What its clock has missed while it was frozen.
    missed: float = 0.0
    begun: bool = False
    loop: Generator[Effect, Any, Any] | None = None
    # From the first attempt on, until it serves again.
    draining: bool = False
    drain_at_work: bool = False
    last_look: float = -1e9
    look_began: float = 0.0
    read_at: float = 0.0
    renewed: float = -1e9

    def serves(self, now: float) -> bool:
        disk = self.disk
        ready = self.powered and self.begun and disk.complete and not disk.superseded
        return ready and not self.draining and disk.drained is None and now >= self.frozen_until


class World:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.order = 0
        self.lease: Lease | Damaged | None = None
        self.lease_before: Lease | Damaged | None = None
        self.lease_changed = -1e9
        self.request: Request | None = None
        # The archive: for each term, what a restore would bring.
        self.archive: dict[int, set[int]] = {}
        self.machines: list[Machine] = []
        self.generation = 0
        self.next_write = 0
        self.terms: dict[int, str] = {}
        self.wild = True
        self.read_fails = 0.0
        self.write_fails = 0.0
        self.slow = 0.0
        # Lost with a disk that was restored, so no machine can have it.
        self.gone: set[int] = set()
        self.clock_stops_when_frozen = self.random.random() < 0.5
        self.log: list[str] = []

    # Time

    def at(self, delay: float, event: Callable[[], None]) -> None:
        self.order += 1
        heapq.heappush(self.events, (self.now + delay, self.order, event))

    def of(self, machine: Machine, delay: float, event: Callable[[], None], bound: bool = True) -> None:
        """An event that the machine has to be there for, in the same boot and (if bound) at the same loop."""
        self.at(delay, self.there(machine, event, bound))

    def there(self, machine: Machine, event: Callable[[], None], bound: bool = True) -> Callable[[], None]:
        boot, loop = machine.boot, machine.loop if bound else None

        def happen() -> None:
            if machine.boot != boot or not machine.powered or (loop is not None and machine.loop is not loop):
                return
            if self.now < machine.frozen_until:
                self.at(machine.frozen_until - self.now, happen)
            else:
                event()

        return happen

    def clock(self, machine: Machine) -> float:
        return machine.offset + (self.now - machine.missed) * machine.rate

    def tell(self, text: str) -> None:
        self.log.append(f"{self.now:7.1f} {text}")

    def violated(self, what: str) -> None:
        raise Violated(what + "\n" + "\n".join(self.log[-60:]))

    # The store

    def latency(self) -> float:
        if self.wild and self.random.random() < self.slow:
            return self.random.uniform(1, TIMEOUT)
        return self.random.uniform(0.05, 0.6)

    def look(self, machine: Machine, thorough: bool) -> None:
        """Both objects are read some time after the look begins; the answer comes some time after that."""
        began = machine.look_began = self.clock(machine)
        if self.wild and self.random.random() < self.read_fails:
            self.of(machine, self.random.uniform(0.1, TIMEOUT), lambda: self.go_on(machine, Sight(began, trouble="no answer")))
            return

        sight = Sight(began, trouble="not read")

        def read() -> None:
            nonlocal sight
            lease = self.lease
            if self.wild and self.now - self.lease_changed < 2 and self.random.random() < self.slow / 4:
                lease = self.lease_before
            sight = Sight(began, lease, self.request, max(self.archive, default=0) if thorough else 0)
            machine.read_at = self.now
            self.at(self.latency() / 2, answered)

        def answer() -> None:
            machine.last_look = machine.read_at
            self.go_on(machine, sight)

        answered = self.there(machine, answer)
        self.at(self.latency() / 2, read)

    def put(self, machine: Machine, land: Callable[[], None]) -> None:
        fails = self.wild and self.random.random() < self.write_fails
        if not fails:
            go_on = self.there(machine, lambda: self.go_on(machine, ""))

            def landed() -> None:
                land()
                self.at(0.02, go_on)
                if self.wild and self.random.random() < 0.02:
                    self.at(self.random.uniform(0.1, 30), land)

            self.at(self.latency(), landed)
            return
        # Refused, lost on the way, or accepted without an answer, perhaps long after.
        if self.random.random() < 0.4:
            self.at(self.random.uniform(0.1, 60), land)
        self.of(machine, self.random.uniform(0.1, TIMEOUT), lambda: self.go_on(machine, "no answer"))

    def set_lease(self, lease: Lease | Damaged | None) -> None:
        self.lease_before, self.lease_changed = self.lease, self.now
        self.lease = lease

    def set_request(self, request: Request) -> None:
        self.request = request

    # A machine

    def start(self, machine: Machine, loop: Generator[Effect, Any, Any]) -> None:
        machine.loop = loop
        self.go_on(machine, None)

    def go_on(self, machine: Machine, answer: object) -> None:
        loop = machine.loop
        while loop is not None and machine.loop is loop:
            try:
                effect = loop.send(answer)
            except StopIteration as end:
                machine.loop = None
                self.ended(machine, end.value)
                return
            answer = ""
            if isinstance(effect, Look):
                self.look(machine, effect.thorough)
                return
            if isinstance(effect, Sleep):
                self.of(machine, effect.seconds / machine.rate, lambda: self.go_on(machine, ""))
                return
            if isinstance(effect, (Write, Ask)) and self.clock(machine) - machine.look_began > STOOD_STILL:
                answer = "stood still"
                continue
            if isinstance(effect, Write):
                self.put(machine, self.renewal(machine, effect.lease))
                return
            if isinstance(effect, Ask):
                self.put(machine, self.asking(effect.request))
                return
            answer = self.at_once(machine, effect)

    def renewal(self, machine: Machine, lease: Lease) -> Callable[[], None]:
        def renew() -> None:
            self.set_lease(lease)
            machine.renewed = self.now

        return renew

    def asking(self, request: Request) -> Callable[[], None]:
        return lambda: self.set_request(request)

    def at_once(self, machine: Machine, effect: object) -> object:
        disk = machine.disk
        if isinstance(effect, AskService):
            return Service(disk.complete, drained=disk.drained)
        if isinstance(effect, Keep):
            disk.own = effect.own
        elif isinstance(effect, Begin):
            self.begin(machine)
        elif isinstance(effect, Drain):
            self.drain(machine, effect.successor)
        elif not isinstance(effect, Say):
            self.violated(f"{machine.name} does what no machine can: {effect}")
        return ""

    def ended(self, machine: Machine, outcome: object) -> None:
        disk = machine.disk
        self.tell(f"{machine.name}: {outcome}")
        if isinstance(outcome, Taken):
            self.check_nobody_was_robbed(machine, outcome)
            disk.own = outcome.own
            disk.superseded = ""
            disk.drained = None
            machine.draining = machine.drain_at_work = False
            if outcome.own.settled and not outcome.own.after and outcome.own.term == 1:
                disk.complete = True
                self.begin_timeline(machine)
            self.hold(machine)
        elif isinstance(outcome, Refuse):
            self.of(machine, 20, lambda: self.take(machine), bound=False)
        elif isinstance(outcome, (Supersede, HandedOver)):
            disk.superseded = str(outcome)
            machine.begun = False

    def check_nobody_was_robbed(self, machine: Machine, taken: Taken) -> None:
        """A machine that renews its lease keeps it, unless it hands over."""
        for other in self.machines:
            lives = other.powered and other.begun and not other.disk.superseded and self.now >= other.frozen_until
            if other is not machine and lives and self.now - other.renewed < 12 and other.name in taken.own.left:
                self.violated(f"{machine.name} took the lease of {other.name}, which lives")

    def boot(self, machine: Machine) -> None:
        machine.boot += 1
        machine.powered = True
        machine.begun = machine.draining = machine.drain_at_work = False
        machine.frozen_until = 0.0
        machine.process = f"{machine.name}.{machine.boot}"
        if machine.disk.superseded:
            return
        if machine.disk.own is not None:
            self.hold(machine)
        else:
            self.take(machine)

    def hold(self, machine: Machine) -> None:
        assert machine.disk.own is not None
        self.start(machine, holding(Holder(machine.disk.own, f"{machine.process}h")))

    def take(self, machine: Machine, resumes: bool = False) -> None:
        if machine.loop is not None or (machine.disk.superseded and not resumes):
            return
        if not resumes and machine is not self.machines[-1]:
            return  # `pulumi up` asks for the newest machine only.
        disk = machine.disk
        taker = Taker(
            Identity(DOMAIN, machine.name, machine.name),
            "",
            f"{machine.process}t{self.now}",
            own=disk.own,
            first=not self.archive,
            count=int(1000 + self.now),
            resumes=resumes,
        )
        self.start(machine, taking(taker))

    def begin(self, machine: Machine) -> None:
        own = machine.disk.own
        assert own is not None
        self.tell(f"{machine.name} begins in term {own.term}")
        machine.begun = True
        if not machine.disk.complete:
            self.of(machine, RESTORE, lambda: self.restore(machine), bound=False)

    def restore(self, machine: Machine) -> None:
        disk = machine.disk
        if disk.superseded or disk.complete or disk.own is None:
            return
        disk.data = set(self.archive[max(self.archive)]) if self.archive else set()
        disk.complete = True
        self.begin_timeline(machine)
        self.tell(f"{machine.name} has restored everything of the archive")

    def begin_timeline(self, machine: Machine) -> None:
        own = machine.disk.own
        assert own is not None
        other = self.terms.setdefault(own.term, machine.name)
        # A machine that was frozen between a look and a write, with a clock that did not notice, can write what is long past.
        if other != machine.name and not self.clock_stops_when_frozen:
            self.violated(f"{machine.name} and {other} both continued in term {own.term}")
        self.archive[own.term] = set(machine.disk.data)

    def drain(self, machine: Machine, successor: Request) -> None:
        if not product.begins_drain(machine.drain_at_work, machine.disk.drained):
            return
        if machine.disk.drained is not None:
            self.violated(f"{machine.name} starts its database again, whose lease it releases")
        machine.draining = machine.drain_at_work = True
        self.tell(f"{machine.name} drains for {successor.machine}")

        def sent() -> None:
            machine.drain_at_work = False
            if machine.disk.superseded:
                return
            if self.push(machine):
                machine.disk.drained = Drained(successor.id, "0/1")
            machine.draining = machine.disk.drained is not None

        self.of(machine, self.random.uniform(1, 15), sent, bound=False)

    def push(self, machine: Machine) -> bool:
        """Archives, if the lease allows it: a look, and the segment perhaps much later."""
        own = machine.disk.own
        fails = self.wild and (self.random.random() < max(self.read_fails, self.write_fails))
        if own is None or fails or not may_archive(own, self.lease):
            return False
        self.archive.setdefault(own.term, set()).update(machine.disk.data)
        return True

    # What people do there, and what the world expects

    def serve(self) -> None:
        """Every few seconds each machine that serves acknowledges something."""
        serving = [machine for machine in self.machines if machine.serves(self.now)]
        # Who has not looked for that long is cut off; and who wakes up needs a moment to see what happened.
        sound = [one for one in serving if self.now - one.last_look < 25 and self.now - one.frozen_until > WAKES]
        if len(sound) > 1:
            self.violated(f"two machines write: {[machine.name for machine in sound]}")
        for machine in serving:
            self.next_write += 1
            machine.disk.data.add(self.next_write)
            if self.random.random() < 0.5:
                self.push(machine)
        self.at(5, self.serve)

    def check_nothing_is_lost(self) -> None:
        there: set[int] = set(self.gone)
        for machine in self.machines:
            if not machine.deleted:
                there |= machine.disk.data
        if self.archive:
            there |= self.archive[max(self.archive)]
        lost = set(range(1, self.next_write + 1)) - there
        if lost:
            self.violated(f"acknowledged and nowhere any more: {sorted(lost)}")

    # The operator

    def raise_generation(self) -> None:
        self.generation += 1
        machine = Machine(
            f"m{self.generation}",
            self.generation,
            self.random.uniform(0.97, 1.03),
            self.random.uniform(0, 1e6),
        )
        self.tell(f"the operator makes {machine.name}")
        self.machines.append(machine)
        self.boot(machine)
        self.at(10, self.finish_up)

    def finish_up(self) -> None:
        """`pulumi up` ends well once the newest machine serves; then it deletes the others."""
        newest = self.machines[-1]
        own = newest.disk.own
        if newest.serves(self.now) and own is not None and not own.left:
            for machine in self.machines[:-1]:
                if not machine.deleted:
                    self.delete(machine, newest)
        else:
            self.at(10, self.finish_up)

    def delete(self, machine: Machine, newest: Machine) -> None:
        missing = machine.disk.data - newest.disk.data - self.gone
        if missing:
            self.violated(f"{machine.name} is deleted with the only copy of {sorted(missing)}")
        self.tell(f"{machine.name} is deleted")
        machine.deleted = True
        machine.powered = False
        machine.boot += 1
        machine.loop = None

    # What goes wrong

    def trouble(self) -> None:
        if not self.wild:
            return
        living = [machine for machine in self.machines if not machine.deleted]
        events: list[Callable[[], None]] = [
            lambda: self.freeze(self.random.choice(living)),
            lambda: self.cut_power(self.random.choice(living)),
            lambda: self.put_old_disk_back(self.random.choice(living)),
            self.refuse_writes,
            self.refuse_everything,
            self.be_slow,
            self.be_well,
            self.lose_the_lease,
            self.raise_generation if self.generation < 4 else self.be_well,
            lambda: self.resume(self.random.choice(living)),
        ]
        self.random.choice(events)()
        self.at(self.random.expovariate(1 / 35), self.trouble)

    def freeze(self, machine: Machine) -> None:
        seconds = self.random.choice([2, 10, 30, 70, 150])
        self.tell(f"{machine.name} freezes for {seconds} s")
        machine.frozen_until = self.now + seconds
        if self.clock_stops_when_frozen:
            machine.missed += seconds

    def cut_power(self, machine: Machine) -> None:
        if not machine.powered:
            return
        self.tell(f"{machine.name} loses its power")
        machine.powered = False
        machine.boot += 1
        machine.loop = None
        if self.random.random() < 0.3:
            machine.old_disk = machine.disk.copy()
        self.at(self.random.choice([5, 40, 120, 400]), lambda: self.power_on(machine))

    def power_on(self, machine: Machine) -> None:
        if self.wild and not machine.powered and not machine.deleted:
            self.boot(machine)

    def put_old_disk_back(self, machine: Machine) -> None:
        if machine.old_disk is None or not machine.powered:
            return
        self.tell(f"{machine.name} comes back with an old disk")
        kept = self.archive[max(self.archive)] if self.archive else set()
        self.gone |= machine.disk.data - machine.old_disk.data - kept
        machine.disk = machine.old_disk
        machine.old_disk = None
        machine.loop = None
        self.boot(machine)

    def refuse_writes(self) -> None:
        self.tell("the store refuses writes")
        self.read_fails, self.write_fails = 0.0, 1.0

    def refuse_everything(self) -> None:
        share = self.random.choice([0.3, 0.7, 1.0])
        self.tell(f"the store fails {share:.0%} of the time")
        self.read_fails = self.write_fails = share

    def be_slow(self) -> None:
        self.tell("the store is slow")
        self.slow = 0.6

    def be_well(self) -> None:
        self.tell("the store is well")
        self.read_fails = self.write_fails = self.slow = 0.0

    def lose_the_lease(self) -> None:
        self.tell("the lease is deleted, or replaced by a stranger's")
        stranger = Damaged("?", DOMAIN, self.random.choice([0, 7, 10**6]))
        self.set_lease(self.random.choice([None, stranger, self.lease_before]))

    def resume(self, machine: Machine) -> None:
        """An administrator takes a machine that handed over back into service."""
        if machine.powered and "HandedOver" in machine.disk.superseded and machine.loop is None:
            self.tell(f"{machine.name} shall resume")
            self.take(machine, resumes=True)

    def calm(self) -> None:
        self.tell("the world calms down")
        self.wild = False
        self.be_well()
        for machine in self.machines:
            if machine.disk.own is None and machine is not self.machines[-1]:
                machine.loop = None  # What an interrupted `pulumi up` began has ended by now.
            if not machine.powered and not machine.deleted and self.random.random() < 0.7:
                self.boot(machine)
        self.at(REST / 2, self.help)

    def help(self) -> None:
        """Where no machine serves by now, an administrator raises `generation`: the remedy that each message names."""
        if not any(machine.serves(self.now) for machine in self.machines):
            self.raise_generation()

    def run(self) -> None:
        self.raise_generation()
        self.at(40, self.trouble)
        self.at(5, self.serve)
        self.at(WILD, self.calm)
        while self.events and self.events[0][0] <= WILD + REST:
            self.now, _, event = heapq.heappop(self.events)
            event()
        serving = [machine for machine in self.machines if machine.serves(self.now)]
        if len(serving) != 1:
            self.violated(f"when all is calm, these serve: {[machine.name for machine in serving]}")
        self.check_nothing_is_lost()


def run(seed: int) -> None:
    World(seed).run()
