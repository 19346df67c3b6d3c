"""What is said of what was seen, about the machine and its services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..console import human
from ..moments import utc
from .findings import DAY, MINUTE, Figure, Finding, Judgement, judge_age, judged, series

RUNNING = ("active", "reloading", "refreshing")
# More than a restart takes.
DOWN_SECONDS = 2 * MINUTE
RESTARTS = 3
USED_PERCENT = 80
DISK_PERCENT = 85
FULL_PERCENT = 95
UPDATES_LIMIT = 4 * DAY
REBOOT_LIMIT = 8 * DAY
RENEWAL_LIMIT = 20 * DAY


def lease(superseded: str | None, held: bool) -> Judgement:
    problem = ""
    if superseded is not None:
        problem = f"This machine must not serve: {superseded}"
    elif not held:
        problem = "This machine does not know that it holds the lease, so it serves nothing: journalctl -u mastodon-lease"
    return judged("lease", "not held" if problem else "held", problem, bad=True)


@dataclass(frozen=True)
class Unit:
    name: str
    state: str
    changed: int
    """In microseconds since the boot."""
    restarts: int


def stands_still(unit: Unit, uptime: int) -> bool:
    """Whether it is down for more than a restart takes, or starts again and again."""
    if unit.state in RUNNING:
        return False
    return unit.restarts >= RESTARTS or uptime - unit.changed // 1_000_000 > DOWN_SECONDS


def services(units: Sequence[Unit], uptime: int, on_purpose: bool) -> Judgement:
    """On purpose: behind the maintenance page, and while PostgreSQL is updated, they were stopped."""
    down = [unit.name for unit in units if stands_still(unit, uptime)]
    problem = f"These don't run: {' '.join(down)}. journalctl -u {down[0]}" if down and not on_purpose else ""
    return judged("services", f"{len(units) - len(down)} of {len(units)} run", problem, bad=True)


def upgrade(serving: str, half_way: str | None) -> Judgement:
    """Half-way: the version of an upgrade that is not in progress."""
    problem = ""
    if half_way is not None:
        problem = (
            f"The upgrade to Mastodon {half_way} was cut short or failed half-way; run pulumi up again. "
            "What it did so far: /var/lib/mastodon/upgrade-report.json"
        )
    return judged("upgrade", serving, problem, bad=True)


def pool(name: str, what: str, used: int, limit: int, remedy: str) -> tuple[Finding, ...]:
    """What is full refuses everyone, so it is reported before."""
    problem = ""
    if used * 100 > limit * USED_PERCENT:
        problem = f"{what} uses {used} of {limit} connections; expected at most {USED_PERCENT} %. {remedy}"
    return (
        Figure(series("mastodon_connections", "of", name), used),
        Figure(series("mastodon_connections_limit", "of", name), limit),
        judged(f"connections-of-{name}", f"{used} of {limit}", problem),
    )


@dataclass(frozen=True)
class Certificate:
    """The one of the file, which nginx should show for each of these names."""

    file: str
    begins: int
    ends: int
    names: tuple[str, ...]


def certificate(seen: Certificate, now: int, not_shown: Sequence[str]) -> tuple[Finding, Finding]:
    """certbot renews when a third of the lifetime is left: 30 days of 90. A new file is of no use before nginx has loaded it."""
    left = seen.ends - now
    problem = ""
    if left < min((seen.ends - seen.begins) * 2 // 9, RENEWAL_LIMIT):
        problem = f"The certificate ends at {utc(seen.ends)}; it should have been renewed: journalctl -u certbot"
    if not_shown:
        problem = f"nginx does not show the certificate of {seen.file} for {not_shown[-1]}: sudo nginx -t, then sudo systemctl reload nginx"
    return Figure("mastodon_certificate_seconds_left", left), judged("certificate", f"until {utc(seen.ends)}", problem)


def disk(used: int, free: int) -> tuple[Finding, ...]:
    """Used: in percent. Free: in bytes."""
    problem = f"The disk is {used} % full; expected at most {DISK_PERCENT} %" if used > DISK_PERCENT else ""
    urgent = f"{problem}. At 100 % the database stops." if used > FULL_PERCENT else ""
    return (
        Figure("mastodon_disk_used_percent", used),
        judged("disk", f"{used} % full", problem),
        judged("disk-nearly-full", f"{human(free)} free", urgent, bad=True),
    )


def clock(synchronized: str | None, uptime: int) -> Judgement:
    """A clock that is minutes off makes other servers refuse ours. None: a container has its host's, and timesyncd doesn't run there."""
    if synchronized is None:
        return judged("clock", "the host's")
    problem = ""
    if synchronized != "yes" and uptime >= 15 * MINUTE:
        problem = (
            "The clock is not synchronized, and other servers refuse what is signed at a wrong time: "
            "timedatectl, then sudo systemctl restart systemd-timesyncd"
        )
    return judged("clock", f"synchronized: {synchronized}", problem)


def updates(age: int, reboot_waits: int | None, window: str) -> tuple[Finding, ...]:
    """Security updates install themselves; what needs a reboot waits for the maintenance window."""
    fact, problem = "no reboot is pending", ""
    if reboot_waits is not None:
        fact = f"a reboot waits for {window} UTC"
        if reboot_waits >= REBOOT_LIMIT:
            problem = "An update has waited for a reboot for over 8 days: journalctl -u mastodon-reboot"
    looked = judge_age("updates", "The last look for security updates", age, UPDATES_LIMIT, "journalctl -u apt-daily-upgrade")
    return (*looked, judged("reboot", fact, problem))
