"""What follows the database: caches, the schema, the release that serves."""

from __future__ import annotations

from ..console import Failure, printable, say, warn
from .machine import Machine
from .records import Release, read_release, read_upgrade

IN_MASTODON = "/usr/local/lib/mastodon/in-mastodon"
CLEAR_CACHE = "redis-cli --scan --pattern 'cache:*' | xargs --no-run-if-empty --max-args=500 redis-cli unlink"


def clear_cache(machine: Machine) -> None:
    """Mastodon keeps copies of rows for some minutes, and nginx pages. nginx takes a file that is gone for one that it never had."""
    machine.capture("bash", "-c", CLEAR_CACHE)
    machine.capture("find", "/var/cache/nginx/web", "-type", "f", "-delete")


def update_schema(machine: Machine) -> None:
    """The database of an earlier release is brought to the one that serves here."""
    recorded, serving = recorded_release(machine), read_release(machine.read(machine.state / "release"))
    if recorded is None or serving is None or recorded == serving:
        return
    if recorded.order > serving.order:
        warn(
            f"This database is of Mastodon {recorded.version}, and {serving.version} serves here: set mastodon.version (and both digests) to "
            "that, and run pulumi up."
        )
        return
    say(f"bringing the schema of Mastodon {recorded.version} up to date …")
    migrated = machine.capture(IN_MASTODON, "bundle", "exec", "rails", "db:migrate")
    if migrated.status != 0:
        lines = "\n".join(migrated.lines[-20:])
        raise Failure(f"the migrations failed: {printable(lines, 20_000)}")
    call(machine, "record_release", serving.text)


def serve_again(machine: Machine) -> None:
    """The release of before the upgrade. Where the record is gone, a run that was cut short has done it."""
    upgrade = read_upgrade(machine.read(machine.last_upgrade))
    if upgrade is None:
        return
    release = upgrade.before
    call(machine, "serve", release.version, release.web, release.streaming)
    machine.drop(machine.state / "upgrade.json")
    machine.drop(machine.last_upgrade)
    say(
        f"Mastodon {release.version} serves again. Set mastodon.version and both digests back to it, too, and then: UNDONE_UPGRADE=yes pulumi up"
    )


def recorded_release(machine: Machine) -> Release | None:
    """In the database, so that it goes along with it."""
    told = machine.shell("recorded_release").lines
    return read_release(told[-1]) if told else None


def call(machine: Machine, function: str, *arguments: str) -> None:
    done = machine.shell(function, *arguments)
    if done.status != 0:
        raise Failure(f"{function} of release.sh failed: {printable(done.said.strip(), 2000)}")
