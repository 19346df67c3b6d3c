"""What a machine can see of the lease, what it can do about it, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from .records import Damaged, Lease, Own, Request

# All in seconds.
BEAT = 10.0
# Between two looks of a machine that waits for something.
LOOK = 3.0
# Between the write and the look after which a machine serves.
SOON = 1.0
# A holder that gives no sign for so long counts as dead.
STALE = 60.0
# A living holder contradicts a claim by then: a look that fails (8 s), a pause, a look and a write.
CONFIRM = 15.0
# A first machine has no holder to wait for, only a second first machine.
FIRST_CONFIRM = 3.0
# A new holder begins to serve after its lease has stood for so long: what another one wrote meanwhile shows by then.
SETTLE = 15.0
# A machine that stood still for longer between a look and the write that follows from it looks again.
STOOD_STILL = 12.0
# The machine before, where the bucket does not say which.
SOMEBODY = "another-machine"
# Later terms are skipped by a machine that resumes, so that a late write of its successor ranks below.
RESUME_STEP = 2


@dataclass(frozen=True)
class Sight:
    """One look at the bucket."""

    # Seconds since boot.
    at: float
    lease: Lease | Damaged | None = None
    request: Request | None = None
    # The highest term that anything else in the bucket is of; 0 where it was not needed.
    known_term: int = 0
    # Why the bucket did not answer.
    trouble: str = ""
    # Why it did not take the last write. Whether it landed after all is not known.
    unwritten: str = ""


# What is to be done, in this order. A write that fails ends the list.


@dataclass(frozen=True)
class Say:
    """Once, until something else is said."""

    text: str


@dataclass(frozen=True)
class Keep:
    """Writes this machine's own record to its disk."""

    own: Own


@dataclass(frozen=True)
class Write:
    lease: Lease


@dataclass(frozen=True)
class Ask:
    request: Request


@dataclass(frozen=True)
class Begin:
    """This boot may serve."""


@dataclass(frozen=True)
class Drain:
    successor: Request


@dataclass(frozen=True)
class Refuse:
    """The machine must not have the lease, and an administrator has to decide."""

    reason: str


@dataclass(frozen=True)
class Taken:
    """The lease is this machine's."""

    own: Own


@dataclass(frozen=True)
class Supersede:
    """This machine writes no more, not after a reboot either."""

    reason: str


@dataclass(frozen=True)
class HandedOver:
    """This machine has nothing left that its successor lacks."""


Action = Say | Keep | Write | Ask | Begin | Drain | Refuse | Taken | Supersede | HandedOver


@dataclass(frozen=True)
class Drained:
    """What drain has left: everything of this machine is in the bucket."""

    to: str
    lsn: str


@dataclass(frozen=True)
class Service:
    """What this machine is at."""

    # Whether what it has is all of it: neither still being made nor being restored.
    complete: bool
    drain_failed: bool = False
    drained: Drained | None = None


def old_disk(lease: Lease) -> str:
    return (
        f"the lease was renewed in the name of this machine after its disk was written (beat {lease.beat}): "
        "it is a copy of an older disk, or a second one of the same disk. Remove one of the two."
    )
