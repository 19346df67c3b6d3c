"""Whether a bucket keeps what is deleted or overwritten in it, and for how long. `keep-versions` sees to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from xml.etree import ElementTree

from s3_client import Answer, Bucket

KEPT_DAYS = 30
PROBE = ".mastodon-probe"
"""An object that is made and deleted to see what a credential may. Not below a folder that is copied or shown."""

# Old versions go by themselves, or a bucket would grow for ever. Other servers' media come again, so their versions go at once.
RULES = f"""<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Rule><ID>mastodon-cache</ID><Filter><Prefix>cache/</Prefix></Filter><Status>Enabled</Status>
<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration></Rule>
<Rule><ID>mastodon-versions</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>
<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>
<NoncurrentVersionExpiration><NoncurrentDays>{KEPT_DAYS}</NoncurrentDays></NoncurrentVersionExpiration></Rule>
</LifecycleConfiguration>"""
ENABLED = b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>'

OK = 200
NO_CONTENT = 204
NOT_FOUND = 404
REFUSALS = (401, 403, 405)


@dataclass(frozen=True)
class Kept:
    """How a bucket is set."""

    versioning: str
    """Enabled, Suspended, Unversioned, or unknown where the credential may not ask."""
    lock: str
    """For how long object lock keeps each object, such as GOVERNANCE 30 days; none, or unknown."""
    problem: str = ""
    """Why versions could not be turned on."""
    locked_before: str = ""
    """The lock that was there when one was seen last."""


def texts(answer: Answer, name: str) -> list[str]:
    """Of all elements of this name, in whichever namespace. Empty for what is no XML."""
    try:
        root = ElementTree.fromstring(answer.body)
    except ElementTree.ParseError:
        return []
    return [element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == name]


def versioning(bucket: Bucket) -> str:
    answer = bucket.ask("GET", query={"versioning": ""})
    if answer.status != OK:
        return "unknown"
    return next(iter(texts(answer, "Status")), "Unversioned")


def lock(bucket: Bucket) -> str:
    answer = bucket.ask("GET", query={"object-lock": ""})
    if answer.status != OK:
        return "none" if answer.status in (400, NOT_FOUND) else "unknown"
    modes, days, years = (texts(answer, name) for name in ("Mode", "Days", "Years"))
    if not modes:
        return "none"
    return f"{modes[0]} {days[0]} days" if days else f"{modes[0]} {years[0] if years else '?'} years"


def clears_versions(bucket: Bucket) -> str:
    """Sees to it that old versions go. @returns why they don't; empty if they do. Rules of other origin stay."""
    answer = bucket.ask("GET", query={"lifecycle": ""})
    if answer.status == OK and texts(answer, "ID"):
        return (
            "" if texts(answer, "NoncurrentDays") else "its lifecycle rules let old versions stay for ever: add NoncurrentVersionExpiration"
        )
    put = bucket.ask("PUT", query={"lifecycle": ""}, body=RULES.encode())
    if put.status not in (OK, NO_CONTENT):
        return f"the store takes no lifecycle rule ({why(put)}), and without one old versions would fill the bucket"
    if not texts(bucket.ask("GET", query={"lifecycle": ""}), "NoncurrentDays"):
        return "the store does not keep the lifecycle rule that it took, and without one old versions would fill the bucket"
    return ""


def why(answer: Answer) -> str:
    return f"{answer.status} {next(iter(texts(answer, 'Code')), '')}".strip()


def after(before: Kept | None, now: Kept) -> Kept:
    """What is noted now. A lock that was seen once is remembered, so that it is missed."""
    seen = now.lock not in ("none", "unknown")
    return replace(now, locked_before=now.lock if seen else before.locked_before if before else "")


def look(bucket: Bucket) -> Kept:
    return Kept(versioning(bucket), lock(bucket))


def keep(bucket: Bucket) -> Kept:
    """Turns versions on where the store has them, and lets the old ones go after a month."""
    found = look(bucket)
    if found.versioning == "Enabled":
        return found
    problem = clears_versions(bucket)
    if not problem:
        put = bucket.ask("PUT", query={"versioning": ""}, body=ENABLED)
        if put.status not in (OK, NO_CONTENT):
            problem = f"the store does not turn versions on ({why(put)})"
    return Kept(versioning(bucket), found.lock, problem)


def deletes(bucket: Bucket) -> str:
    """Whether the credential can delete: `no`, `yes` where it is for good, `versions` where a version stays that it can't delete."""
    put = bucket.ask("PUT", PROBE, body=b"whether this can be deleted\n")
    if put.status != OK:
        raise OSError(f"it may not write ({why(put)})")
    headers = {name.lower(): value for name, value in put.headers.items()}
    version = headers.get("x-amz-version-id", "null")
    if version != "null":
        for_good = bucket.ask("DELETE", PROBE, query={"versionId": version})
        if for_good.status in (OK, NO_CONTENT):
            return "yes"
        return "no" if bucket.ask("DELETE", PROBE).status in REFUSALS else "versions"
    deleted = bucket.ask("DELETE", PROBE)
    return "yes" if deleted.status in (OK, NO_CONTENT, NOT_FOUND) else "no"
