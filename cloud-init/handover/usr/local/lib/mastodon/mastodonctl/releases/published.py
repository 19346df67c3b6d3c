"""A release of Mastodon, and how GitHub's list of them is read. Others write that list: what is not as the API describes it is refused whole.

https://docs.github.com/en/rest/releases/releases: drafts are shown to Mastodon's developers alone, and pre-releases to all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from ..release.records import Version

# Anything else, such as v4.8.0-rc.1, is no release for servers.
TAG = re.compile(r"v?(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})", re.ASCII)
# Upstream's notes have what was fixed under this heading, and name each advisory: those of v4.5.20, for example.
SECURITY = re.compile(
    r"^#{1,6}[ \t]+Security[ \t]*\r?$|\bGHSA(?:-[0-9a-z]{4}){3}\b|\bCVE-[0-9]{4}-[0-9]{4,}\b", re.ASCII | re.IGNORECASE | re.MULTILINE
)
MOST = 100
NOTES = "https://github.com/mastodon/mastodon/releases/tag"


class Unanswered(Exception):
    """There is no answer, or none that can be used, and why."""


@dataclass(frozen=True)
class Published:
    version: Version
    # Seconds since 1970.
    at: int
    security: bool

    @property
    def notes(self) -> str:
        """Made here, so that no text of others gets into a mail."""
        return f"{NOTES}/v{self.version}"


def read_version(tag: str) -> Version | None:
    found = TAG.fullmatch(tag)
    return Version(int(found[1]), int(found[2]), int(found[3])) if found else None


def read_answer(body: bytes) -> list[Published]:
    """The releases for servers in it, in its order."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Unanswered("GitHub's answer is no JSON") from None
    if not isinstance(told, list) or len(told) > MOST:
        raise Unanswered("GitHub's answer is no list of releases")
    return [release for release in map(read_one, told) if release is not None]


def read_one(told: object) -> Published | None:
    if not isinstance(told, dict):
        raise Unanswered("a release in GitHub's answer has no fields")
    tag, draft, early, body = (told.get(name) for name in ("tag_name", "draft", "prerelease", "body"))
    if not (isinstance(tag, str) and isinstance(draft, bool) and isinstance(early, bool) and isinstance(body, str | None)):
        raise Unanswered("a release in GitHub's answer lacks what the API describes")
    version = read_version(tag)
    if draft or early or version is None:
        return None
    return Published(version, read_time(told.get("published_at")), bool(SECURITY.search(body or "")))


def read_time(told: object) -> int:
    try:
        return int(datetime.fromisoformat(str(told)).timestamp())
    except (ValueError, OverflowError, OSError):
        raise Unanswered("a release in GitHub's answer has no time of its publication") from None
