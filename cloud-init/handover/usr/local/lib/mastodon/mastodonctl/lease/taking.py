"""How a machine comes by the lease: a pure function from what it knows and sees to what it knows and does.

No clocks of two machines are compared: who waits, waits by its own clock since boot. The store need not swap atomically: the machine
that may write is found by claims that stand undisturbed for longer than a holder needs to contradict them. Two rules keep writers apart:

 * A holder is declared dead only by a machine that could itself write to the bucket all the while.
 * A claim outranks no machine until it is confirmed; a holder that lives overwrites it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .actions import (
    BEAT,
    CONFIRM,
    FIRST_CONFIRM,
    RESUME_STEP,
    SOMEBODY,
    STALE,
    Action,
    Ask,
    Refuse,
    Say,
    Sight,
    Taken,
    Write,
    old_disk,
)
from .records import Damaged, Identity, Lease, Own, Request


@dataclass(frozen=True)
class Claim:
    """A claim that the bucket took."""

    lease: Lease
    wait: float
    # When it was first seen in the bucket.
    seen_at: float | None = None


@dataclass(frozen=True)
class Taker:
    """A machine that wants the lease."""

    identity: Identity
    now: str
    process: str
    # The last lease that this machine held.
    own: Own | None = None
    # The highest term that it has heard of.
    known_term: int = 0
    # Whether the bucket holds no database: then there is no machine to wait for.
    first: bool = False
    # What it saw at the last look, and since when.
    mark: object = ()
    since: float = 0.0
    claim: Claim | None = None
    count: int = 0
    answered: bool = False
    # A machine that handed over takes the lease back.
    resumes: bool = False


Step = tuple[Taker, list[Action]]


def take(taker: Taker, sight: Sight) -> Step:
    trouble = sight.trouble or sight.unwritten
    if trouble:
        return _doubt(taker, trouble)
    lease = sight.lease
    seen_term = lease.term if isinstance(lease, Lease) else 0
    taker = replace(taker, answered=True, known_term=max(taker.known_term, sight.known_term, seen_term))
    if lease is not None and lease.domain not in ("", taker.identity.domain):
        where = f" (on {lease.machine})" if isinstance(lease, Lease) else ""
        return taker, [
            Refuse(
                f"the backup bucket belongs to another stack, that of {lease.domain}{where}; this stack is {taker.identity.domain}. "
                "Nothing was written there. Give this stack a bucket of its own; if "
                f"{lease.domain} is given up and this bucket with it, empty the bucket first."
            )
        ]
    if taker.claim is not None:
        if isinstance(lease, Lease) and _stands(taker.claim.lease, lease):
            return _confirm(taker, taker.claim, lease, sight.at)
        taker = replace(taker, claim=None)
    if isinstance(lease, Lease) and lease.id == taker.identity.id and lease.confirmed:
        kept = _go_on(taker, lease)
        if kept is not None:
            return taker, [kept]
    if taker.resumes and not _is_for(taker, lease):
        holder = f"that of {lease.machine} (term {lease.term})" if isinstance(lease, Lease) else "gone from the backup bucket"
        return taker, [Refuse(f"the lease is {holder}, so what is here may be out of date and must not be served")]
    return _wait(taker, sight)


def _doubt(taker: Taker, trouble: str) -> Step:
    """No other machine could show a sign either, so silence says nothing, and what became of a claim is not known."""
    if not taker.answered:
        return taker, [Refuse(f"the backup bucket does not say whether another machine of this stack is at work: {trouble}")]
    return replace(taker, mark=(), claim=None), [Say(f"the backup bucket does not answer: {trouble}")]


def _stands(mine: Lease, seen: Lease) -> bool:
    return (seen.id, seen.term, seen.process) == (mine.id, mine.term, mine.process)


def _confirm(taker: Taker, claim: Claim, lease: Lease, at: float) -> Step:
    seen_at = at if claim.seen_at is None else claim.seen_at
    if lease.confirmed:
        settled = taker.first or lease.lsn != ""
        own = Own(lease.domain, lease.machine, lease.id, lease.term, 0, lease.since, settled, lease.after, lease.lsn, lease.left)
        return taker, [Taken(own)]
    taker = replace(taker, claim=replace(claim, seen_at=seen_at))
    if at - seen_at < claim.wait:
        return taker, []
    return taker, [Write(replace(claim.lease, confirmed=True))]


def _go_on(taker: Taker, lease: Lease) -> Action | None:
    """A run before this one took the lease, if this disk says so, too."""
    own = taker.own
    if own is None or own.term != lease.term:
        return None
    if lease.state == "released":
        return None if taker.resumes else Refuse("this machine has handed over; back into service: sudo mastodonctl lease resume")
    if 0 <= own.beat < lease.beat:
        return Refuse(old_disk(lease))
    return Taken(replace(own, beat=max(own.beat, lease.beat)))


def _wait(taker: Taker, sight: Sight) -> Step:
    lease = sight.lease
    if lease != taker.mark:
        taker = replace(taker, mark=lease, since=sight.at)
    if _is_for(taker, lease):
        assert isinstance(lease, Lease)
        return _claim(taker, lease, [Say(f"{lease.machine} has handed over")])
    silent = sight.at - taker.since
    if silent >= _patience(taker, lease):
        said: list[Say] = []
        if silent >= STALE:
            holder = lease.machine if isinstance(lease, Lease) else "any machine"
            said = [Say(f"no sign of {holder} for {STALE:.0f} s: it is declared dead, and this machine takes over")]
        return _claim(taker, lease, said)
    count = taker.count + 1
    term = lease.term if lease is not None else 0
    ask = Ask(Request(taker.identity.domain, taker.identity.machine, taker.identity.id, term, count))
    return replace(taker, count=count), [Say(_what_is_waited_for(lease, silent)), ask]


def _is_for(taker: Taker, lease: Lease | Damaged | None) -> bool:
    if not isinstance(lease, Lease):
        return False
    if lease.id == taker.identity.id:
        return taker.resumes and (lease.state == "released" or not lease.confirmed)
    return lease.state == "released" and lease.to == taker.identity.id and not taker.resumes


def _patience(taker: Taker, lease: Lease | Damaged | None) -> float:
    """How long the lease must stand still before it is claimed. No machine waits for itself, nor for a holder that it followed."""
    if isinstance(lease, Lease) and lease.id == taker.identity.id and lease.confirmed:
        return 0.0
    own = taker.own
    earlier = lease is None or (own is not None and isinstance(lease, Lease) and lease.term < own.term)
    if own is not None and own.term >= taker.known_term and earlier:
        return 0.0
    return 0.0 if lease is None and taker.first else STALE


def _claim(taker: Taker, lease: Lease | Damaged | None, said: list[Say]) -> Step:
    """Writes the next term. Nothing is kept on the disk: an unconfirmed claim has never been."""
    seen = lease.term if lease is not None else 0
    known = taker.own.term if taker.own else 0
    term = max(seen, known, taker.known_term) + (RESUME_STEP if taker.resumes else 1)
    after, lsn, left = _before(taker, lease)
    identity = taker.identity
    claimed = Lease(
        identity.domain,
        identity.machine,
        identity.id,
        term,
        0,
        taker.now,
        confirmed=False,
        process=taker.process,
        lsn=lsn,
        after=after,
        left=left,
    )
    wait = FIRST_CONFIRM if taker.first and lease is None else CONFIRM
    # A write that fails ends it (_doubt).
    return replace(taker, claim=Claim(claimed, wait), mark=(), since=0.0), [*said, Write(claimed)]


def _before(taker: Taker, lease: Lease | Damaged | None) -> tuple[str, str, tuple[str, ...]]:
    """The machine before, where it handed over, if it did, and the machines that were declared dead."""
    if not isinstance(lease, Lease):
        if taker.own is not None:
            return "", "", taker.own.left
        return ("", "", ()) if taker.first else (SOMEBODY, "", (SOMEBODY,))
    if lease.id == taker.identity.id or not lease.confirmed:
        # A claim, or this machine's own lease: what counts is whom it followed.
        return lease.after, lease.lsn, lease.left
    if lease.state == "released":
        return lease.machine, lease.lsn, lease.left
    left = lease.left if lease.machine in lease.left else (*lease.left, lease.machine)
    # It may have had nothing of its own yet.
    return lease.after or lease.machine, lease.lsn, left


def _what_is_waited_for(lease: Lease | Damaged | None, silent: float) -> str:
    dead = f"after {STALE:.0f} s it is declared dead …"
    if not isinstance(lease, Lease):
        there = "no lease" if lease is None else "no lease of this stack, signed with the passphrase of its backups,"
        return f"there is {there} in the backup bucket, which holds a database: if a machine lives, it writes its own again; {dead}"
    if silent > 2 * BEAT:
        return f"no sign of {lease.machine} for {2 * BEAT:.0f} s; {dead}"
    if not lease.confirmed:
        return f"{lease.machine} claims the lease, too"
    if lease.trouble:
        return f"{lease.machine} can't hand over: {lease.trouble}"
    if lease.state == "draining":
        return f"{lease.machine} is handing over: it has stopped taking requests and sends the rest of its data to the backup bucket …"
    return f"waiting for {lease.machine} to hand over (once it gives no sign for {STALE:.0f} s, it is declared dead) …"
