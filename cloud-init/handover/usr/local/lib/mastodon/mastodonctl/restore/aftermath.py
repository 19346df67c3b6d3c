"""What follows the database: caches, the schema, the release that serves."""

from __future__ import annotations

from ..console import Failure, printable, say, warn
from ..release import records as releases
from ..release.serving import serve
from .machine import Machine
from .records import read_upgrade

IN_MASTODON = "/usr/local/lib/mastodon/in-mastodon"
CLEAR_CACHE = "redis-cli --scan --pattern 'cache:*' | xargs --no-run-if-empty --max-args=500 redis-cli unlink"


def clear_cache(machine: Machine) -> None:
    """Mastodon keeps copies of rows for some minutes, and nginx pages. nginx takes a file that is gone for one that it never had."""
    machine.capture("bash", "-c", CLEAR_CACHE)
    machine.capture("find", "/var/cache/nginx/web", "-type", "f", "-delete")


def update_schema(machine: Machine) -> None:
    """The database of an earlier release is brought to the one that serves here."""
    recorded, serving = machine.recorded(), releases.parse(machine.read(machine.release).strip())
    if recorded is None or serving is None or recorded == serving:
        return
    if serving.version < recorded.version:
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
    machine.names().record(serving)


def serve_again(machine: Machine) -> None:
    """The release that the upgrade replaced. Where the record is gone, a run that was cut short has done it."""
    upgrade = read_upgrade(machine.read(machine.last_upgrade))
    if upgrade is None:
        return
    release = upgrade.before
    try:
        serve(machine.names(), release)
    except Failure as failure:
        raise Failure(f"Mastodon {release.version} can't be made to serve again: {failure}") from failure
    machine.drop(machine.state / "upgrade.json")
    machine.drop(machine.last_upgrade)
    say(
        f"Mastodon {release.version} serves again. Set mastodon.version and both digests back to it, too, and then: UNDONE_UPGRADE=yes pulumi up"
    )
