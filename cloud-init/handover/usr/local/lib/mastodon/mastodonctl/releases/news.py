"""What is new for a server that runs a version. Nothing here looks at a clock or a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..release.records import Version
from .published import Published, read_version

ALERT = "security-release-"
HOW = "How to install it: docs/upgrades.md (bin/mastodon releases --write, then pulumi up)."
# Upstream publishes for all minor versions on one day.
SAME_DAY = 86_400


@dataclass(frozen=True)
class News:
    """A security release stands as an alert until it serves; a notice goes out once."""

    name: str
    text: str
    stands: bool
    # What need not be reported again.
    told: frozenset[str]


def line(version: Version) -> tuple[int, int]:
    return version.major, version.minor


def plain(version: Version) -> Version:
    """Without what a build adds: 4.7.6+custom is 4.7.6."""
    return Version(version.major, version.minor, version.patch, version.rest.partition("+")[0])


def news(serving: Version, known: Sequence[Published], told: Collection[str], now: int) -> list[News]:
    serving = plain(serving)
    newer = sorted((one for one in known if serving < one.version), key=lambda one: (line(one.version), one.version.patch))
    own = [one for one in newer if line(one.version) == line(serving)]
    other = [one for one in newer if line(one.version) != line(serving)]
    return [*of_own_line(serving, own, told), *of_new_line(serving, other, told), *left_behind(serving, known, told, now)]


def of_own_line(serving: Version, own: Sequence[Published], told: Collection[str]) -> list[News]:
    if not own:
        return []
    newest, all_told = own[-1], frozenset(str(one.version) for one in own)
    fixes = [one for one in own if one.security]
    # Of several that came between two looks the last one stands for all.
    if fixes and str(fixes[-1].version) not in told:
        fix = fixes[-1]
        text = f"Mastodon {fix.version} fixes security problems, and this server runs {serving}: {fix.notes}"
        better = "" if newest is fix else f" The newest of its minor version is {newest.version}."
        return [News(f"{ALERT}{fix.version}", f"{text}{better} {HOW}", True, all_told)]
    if str(newest.version) in told:
        return []
    text = f"Mastodon {newest.version} is there, and this server runs {serving}: {newest.notes} {HOW}"
    return [News(f"release-{newest.version}", text, False, all_told)]


def of_new_line(serving: Version, other: Sequence[Published], told: Collection[str]) -> list[News]:
    """A new minor version is reported once; its patch releases are no news for a server that has not moved to it."""
    names = [f"{one.version.major}.{one.version.minor}" for one in other]
    if not names or names[-1] in told:
        return []
    newest = other[-1]
    text = f"Mastodon {names[-1]} is there ({newest.version}), and this server runs {serving}: {newest.notes} Minor versions are upgraded to one after the other: docs/upgrades.md."
    return [News(f"release-{names[-1]}", text, False, frozenset(names))]


def left_behind(serving: Version, known: Sequence[Published], told: Collection[str], now: int) -> list[News]:
    """Later minor versions got a security release, and this one got none by the next day: it is not affected, or no longer supported."""
    latest_own = max((one.at for one in known if line(one.version) == line(serving)), default=0)
    fixes = [
        one
        for one in known
        if one.security and line(serving) < line(one.version) and latest_own + SAME_DAY < one.at and one.at + SAME_DAY <= now
    ]
    if not fixes:
        return []
    newest = max(fixes, key=lambda one: one.at)
    key = f"without {newest.version}"
    if key in told:
        return []
    own = f"{serving.major}.{serving.minor}"
    text = f"Mastodon {newest.version} fixes security problems, and {own}, which this server runs ({serving}), got no release with it. Either {own} is not affected, or it is no longer supported: {newest.notes}"
    return [News(f"release-without-{own}", text, False, frozenset({key}))]


def installed(alert: str, serving: Version) -> bool:
    """Whether what an alert of this name asks for is done."""
    version = read_version(alert.removeprefix(ALERT))
    return version is None or not plain(serving) < version
