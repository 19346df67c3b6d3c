"""How a machine keeps the lease: a pure function from what it knows and sees to what it knows and does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .actions import (
    BEAT,
    LOOK,
    SETTLE,
    SOMEBODY,
    SOON,
    STALE,
    Action,
    Begin,
    Drain,
    Drained,
    HandedOver,
    Keep,
    Say,
    Service,
    Sight,
    Supersede,
    Write,
    old_disk,
)
from .records import Damaged, Lease, Own, Request


@dataclass(frozen=True)
class Holder:
    """A machine that took the lease."""

    own: Own
    process: str
    # Whether it serves in this boot.
    serves: bool = False
    # Whether this process has renewed the lease.
    renewed: bool = False
    # Since when its lease stands undisturbed.
    undisturbed: float | None = None
    # Whether the bucket answered the last time.
    heard: bool = True
    # What another machine claims, and since when it stands.
    rival: Lease | None = None
    rival_since: float = 0.0
    # The last count of each machine that asked.
    asking: Request | None = None
    asked: bool = False

    @property
    def pause(self) -> float:
        """Until the next look."""
        if not self.serves:
            return LOOK if self.undisturbed is None and self.renewed else SOON
        return BEAT if self.asking is None and self.heard else LOOK


def hold(holder: Holder, sight: Sight, service: Service) -> tuple[Holder, list[Action]]:
    if sight.trouble:
        return _serve_on(holder, sight.trouble)
    lease = sight.lease
    end = end_of(holder, lease)
    if end is not None:
        return holder, [end]
    mine = isinstance(lease, Lease) and (lease.id, lease.term) == (holder.own.id, holder.own.term)
    said: list[Action] = []
    if not mine:
        if not holder.serves:
            holder, said = _keep_back(holder, lease, sight)
            if said:
                return holder, said
        said = [Say(_overwritten(lease))]
    own = _next_beat(holder.own, lease if mine else None)
    if service.drained is not None:
        released = replace(_renewal(holder, own, "released", lsn=service.drained.lsn), to=service.drained.to)
        return replace(holder, own=own), [*said, Keep(own), Write(released), HandedOver()]
    holder = _listen(holder, sight.request)
    if holder.asked and sight.known_term > own.term:
        later = f"the backup bucket holds data of term {sight.known_term}: another machine has served since this one froze"
        return holder, [Supersede(later)]
    # What this process wrote, read back.
    stands = mine and isinstance(lease, Lease) and lease.process == holder.process and not sight.unwritten
    since = (sight.at if holder.undisturbed is None else holder.undisturbed) if stands else None
    holder = replace(holder, own=own, renewed=True, undisturbed=since, heard=True)
    return _renew(holder, sight, service, said)


def _serve_on(holder: Holder, trouble: str) -> tuple[Holder, list[Action]]:
    if holder.serves:
        said = "the backup bucket does not answer, so no machine can take over; this one continues to serve"
    else:
        said = "nothing is served until the backup bucket says that no other machine has taken over; it does not answer"
    return replace(holder, undisturbed=None, heard=False), [Say(f"{said}: {trouble}")]


def _next_beat(own: Own, lease: Lease | Damaged | None) -> Own:
    # A version before this one kept no beat.
    beat = own.beat if own.beat >= 0 else lease.beat if isinstance(lease, Lease) else 0
    return replace(own, beat=beat + 1)


def _renew(holder: Holder, sight: Sight, service: Service, said: list[Action]) -> tuple[Holder, list[Action]]:
    """One beat, and what comes with it: the beginning of service, and the end."""
    own = holder.own
    drains = holder.asked and service.complete
    trouble = ""
    if holder.asked and not service.complete:
        trouble = "it is itself still being made. Let pulumi up finish there, or switch it off to continue without it"
    elif drains and service.drain_failed:
        trouble = "see journalctl -u mastodon-drain there; it is tried again. To continue without its last minute, switch it off"
    after, lsn = ("", "") if service.complete else (own.after, own.lsn)
    write = Write(_renewal(holder, own, "draining" if drains else "held", trouble, lsn, after))
    # A lease that is older than another machine's may have been restored.
    settled = own.settled and sight.known_term <= own.term
    if not holder.serves and holder.undisturbed is not None and (settled or sight.at - holder.undisturbed >= SETTLE):
        holder = replace(holder, serves=True, own=replace(own, settled=True))
        said = [*said, Keep(holder.own), Begin()]
    actions = [*said, Keep(holder.own), write]
    if holder.serves:
        actions.append(Say(f"the lease is held by this machine, term {own.term}"))
    if drains and holder.asking is not None:
        actions.append(Drain(holder.asking))
    return holder, actions


def end_of(holder: Holder, lease: Lease | Damaged | None) -> Supersede | HandedOver | None:
    """Why this machine no longer holds the lease, if so."""
    own = holder.own
    if not isinstance(lease, Lease):
        return None
    if lease.domain != own.domain:
        return Supersede(
            f"the backup bucket now holds the lease of another stack, {lease.domain} (on {lease.machine}). "
            "Two stacks must not share a bucket."
        )
    if (lease.id, lease.term) == (own.id, own.term):
        if lease.state == "released":
            return HandedOver()
        if 0 <= own.beat < lease.beat or (own.beat == lease.beat and holder.renewed and lease.process != holder.process):
            return Supersede(old_disk(lease))
        return None
    if lease.confirmed and lease.term >= own.term:
        return Supersede(
            f"{lease.machine} took over (term {lease.term}) while this machine gave no sign. What was written here since then is "
            'not in the backup. Remove this machine; a new one is made by raising the setting "generation".'
        )
    return _later_claim(own, lease)


def _later_claim(own: Own, lease: Lease) -> Supersede | None:
    """A claim outranks no machine, but says which one it follows."""
    if lease.confirmed or lease.term <= own.term or lease.after in ("", SOMEBODY):
        return None
    if lease.after != own.machine:
        return Supersede(f"{lease.machine} claims the lease after {lease.after}, which had taken over while this machine gave no sign")
    return Supersede(f"it has handed over to another machine, which {lease.machine} follows; its disk is older") if lease.lsn else None


def _keep_back(holder: Holder, lease: Lease | Damaged | None, sight: Sight) -> tuple[Holder, list[Action]]:
    """At boot another machine's claim is let be, and whatever says that another one served since."""
    own = holder.own
    if isinstance(lease, Lease) and not lease.confirmed:
        if lease != holder.rival:
            holder = replace(holder, rival=lease, rival_since=sight.at)
        if sight.at - holder.rival_since < STALE:
            return holder, [Say(f"nothing is served: {lease.machine} claims the lease")]
        return holder, []
    if sight.known_term > own.term:
        return holder, [
            Say(
                f"nothing is served: the backup bucket holds data of term {sight.known_term}, and this machine's is {own.term}, so "
                'another one has served since. A new machine is made by raising the setting "generation"'
            )
        ]
    return holder, []


def _overwritten(lease: Lease | Damaged | None) -> str:
    if isinstance(lease, Lease) and not lease.confirmed:
        return f"{lease.machine} claims the lease while this machine lives: writing it again"
    if isinstance(lease, Damaged):
        return "what is in the lease's place is damaged, or a stranger's: writing it again"
    return "the lease was overwritten by an earlier holder, or removed: writing it again"


def _renewal(holder: Holder, own: Own, state: str, trouble: str = "", lsn: str = "", after: str = "") -> Lease:
    return Lease(
        own.domain,
        own.machine,
        own.id,
        own.term,
        own.beat,
        own.since,
        state=state,
        process=holder.process,
        trouble=trouble,
        left=own.left,
        lsn=lsn,
        after=after,
    )


def _listen(holder: Holder, request: Request | None) -> Holder:
    """A machine asks if its request has changed since an earlier look: one that stands still was left by a machine that is gone."""
    own = holder.own
    if request is None or (request.domain, request.term) != (own.domain, own.term) or request.id == own.id:
        return holder if holder.asking is None else replace(holder, asking=None, asked=False)
    known = holder.asking
    if known is None or known.id != request.id:
        return replace(holder, asking=request, asked=False)
    asked = holder.asked or request.count > known.count
    return replace(holder, asking=replace(request, count=max(request.count, known.count)), asked=asked)


def begins_drain(at_work: bool, drained: Drained | None) -> bool:
    """Asked right before: a drain may have ended since `hold` saw the machine, and a second one would start the database while the successor
    restores."""
    return not at_work and drained is None


def may_archive(own: Own, lease: Lease | Damaged | None) -> bool:
    """Whether this machine's WAL belongs into the bucket: unless another machine holds the lease."""
    if not isinstance(lease, Lease):
        return True
    if lease.domain != own.domain:
        return False
    return (lease.id, lease.term) == (own.id, own.term) or lease.term < own.term or not lease.confirmed
