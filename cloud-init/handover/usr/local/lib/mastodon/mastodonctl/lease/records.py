"""The records of the lease: two signed objects in the backup bucket, one file on each machine.

lease/holder.json   the machine that may write: a `Lease`
lease/request.json  the machine that asks for the lease: a `Request`
lease.json          on the machine that took it: an `Own`

The signature's key is derived from the passphrase of the backups (`leaseKey` in cloud-init/bundle.ts). So the bucket's key
alone deposes no machine: an object without a valid signature counts as damaged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from ..wal import LSN

STATES = ("held", "draining", "released")
# A generation is never raised so often. Larger numbers come from an attacker who wants to be the last.
HIGHEST_TERM = 1_000_000
NAME = re.compile(r"[\w.-]{1,255}", re.ASCII)


@dataclass(frozen=True)
class Identity:
    """A machine of a stack. The id is random, as two machines may have the same name."""

    domain: str
    machine: str
    id: str


@dataclass(frozen=True)
class Lease:
    """What holder.json says."""

    domain: str
    machine: str
    id: str
    # Each takeover raises the term, each renewal the beat.
    term: int
    beat: int
    since: str
    # A claim is unconfirmed until it has stood without contradiction for a while.
    confirmed: bool = True
    state: str = "held"
    # The process that wrote it: distinguishes two copies of one disk.
    process: str = ""
    # Why the machine can't hand over, while it is asked to.
    trouble: str = ""
    # Of a released lease: the id of the successor, and the position that the WAL in the bucket reaches.
    to: str = ""
    lsn: str = ""
    # Until a new holder has everything: the machine before, with the lsn that it handed over at.
    after: str = ""
    # Machines that were declared dead: what they had not archived exists there only.
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Damaged:
    """A holder.json that is no lease of this stack: damaged, unsigned, or signed with another key."""

    text: str
    # What it says, without proof.
    domain: str = ""
    term: int = 0


@dataclass(frozen=True)
class Request:
    """What request.json says."""

    domain: str
    machine: str
    id: str
    # The term that is to end.
    term: int
    # Raised with each look of the machine that asks: a request that stands still is abandoned.
    count: int


@dataclass(frozen=True)
class Own:
    """The last lease that this machine took, and its last beat. Written before the bucket is."""

    domain: str
    machine: str
    id: str
    term: int
    beat: int
    since: str
    # Whether this machine has begun to serve in this term.
    settled: bool = True
    # The machine before, and the position of the WAL that it handed over at, if it did.
    after: str = ""
    lsn: str = ""
    # Machines that were declared dead, until an administrator says that they are not needed.
    left: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        return Identity(self.domain, self.machine, self.id)


@dataclass(frozen=True)
class Signer:
    key: bytes = field(repr=False)

    def _signature(self, content: dict[str, Any]) -> str:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()

    def sign(self, kind: str, record: Lease | Request) -> str:
        content = asdict(record)
        return json.dumps({**content, "signature": self._signature({**content, "kind": kind})}) + "\n"

    def verify(self, kind: str, text: str) -> dict[str, Any] | None:
        """The object's fields, or nothing if it is no object or its signature is not right."""
        content = _fields(text)
        signature = content.pop("signature", None)
        if not isinstance(signature, str) or not hmac.compare_digest(
            signature.encode(), self._signature({**content, "kind": kind}).encode()
        ):
            return None
        return content

    def read_lease(self, text: str) -> Lease | Damaged:
        signed = self.verify("lease", text)
        if signed is not None:
            lease = _lease(signed)
            if lease is not None:
                return lease
        said = _fields(text)
        domain, term = said.get("domain"), said.get("term")
        return Damaged(
            text,
            domain if isinstance(domain, str) and NAME.fullmatch(domain) else "",
            term if isinstance(term, int) and 0 <= term <= HIGHEST_TERM else 0,
        )

    def read_request(self, text: str) -> Request | None:
        signed = self.verify("request", text)
        if signed is None or not _names(signed) or not _is_count(signed.get("term"), signed.get("count")):
            return None
        return Request(**{key: signed[key] for key in ("domain", "machine", "id", "term", "count")})


def _fields(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _is_count(*values: object) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in values)


def _names(content: dict[str, Any]) -> bool:
    return all(isinstance(content.get(key), str) and NAME.fullmatch(content[key]) for key in ("domain", "machine", "id"))


def _lease(content: dict[str, Any]) -> Lease | None:
    texts = ("since", "state", "process", "trouble", "to", "lsn", "after")
    if (
        not _names(content)
        or not _is_count(content.get("term"), content.get("beat"))
        or not isinstance(content.get("confirmed"), bool)
        or not all(isinstance(content.get(key), str) for key in texts)
        or content["state"] not in STATES
        or (content["lsn"] and not LSN.fullmatch(content["lsn"]))
    ):
        return None
    left = _left(content.pop("left", ()))
    try:
        return Lease(**content, left=left)
    except TypeError:
        return None


def _left(value: object) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, (list, tuple)) else ()


def read_own(text: str) -> Own | None:
    """The file of this machine; a version before signatures left out the beat, which is then taken from the bucket (-1)."""
    content = _fields(text)
    if not _names(content) or not _is_count(content.get("term")) or content["term"] == 0:
        return None
    beat = content.get("beat", -1)
    since, after, lsn = (content.get(key) if isinstance(content.get(key), str) else "" for key in ("since", "after", "lsn"))
    return Own(
        content["domain"],
        content["machine"],
        content["id"],
        content["term"],
        beat if isinstance(beat, int) else -1,
        since or "",
        content.get("settled") is not False,
        after or "",
        lsn if lsn and LSN.fullmatch(lsn) else "",
        _left(content.get("left")),
    )
