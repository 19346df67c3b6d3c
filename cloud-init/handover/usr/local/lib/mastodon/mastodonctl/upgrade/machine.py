"""The real machine below the steps: its database, its containers and its units."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .. import backups
from ..console import Failure, printable, say, warn
from ..imported_server import CERTIFICATES
from ..machine import STATE, replace_file, room_for, sync_folder
from ..moments import CANONICAL, SQL_FORM
from ..postgres import Cluster, QueryFailed, superuser
from ..programs import ProgramFailed, answer_of, carry_out
from ..release import records as releases
from ..release.records import Release
from ..release.serving import MachineNames, processes
from . import decisions, records
from .look import answers
from .records import Pending, Report, Task

RESTORE = Path("/usr/local/sbin/mastodon-restore")
MOMENT = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', :'form')"
# A recovery to a time ends at a commit behind it.
MARK = "SELECT pg_create_restore_point(:'point'); SELECT pg_logical_emit_message(true, 'mastodon-upgrade', :'point')"


def in_image(release: Release, *command: str, variables: Sequence[str] = ()) -> list[str]:
    """A command in a container of the release's web image."""
    everything = ("SAFETY_ASSURED=1", "HOME=/tmp", "RAILS_LOG_LEVEL=warn", *variables)
    return [
        *("podman", "run", "--rm", "--network", "host", "--pull", "never", "--log-driver", "none"),
        *(f"--env={one}" for one in everything),
        *(f"--env-file=/etc/mastodon/{name}.env" for name in ("mastodon", "secrets", "rails")),
        f"--volume={CERTIFICATES}:{CERTIFICATES}:ro",
        *(release.web, *command),
    ]


@dataclass(frozen=True, kw_only=True)
class RealMachine(MachineNames):
    cluster: Cluster
    on_terminal: bool

    # What there is.

    def wanted(self) -> Release:
        return releases.wanted()

    def recorded(self) -> Release | None:
        return releases.recorded(self.living)

    def pending(self) -> Pending | None:
        return records.read_pending()

    def half_way(self) -> Pending | None:
        return records.read_pending(records.HALF_WAY)

    def has_schema(self) -> bool:
        try:
            answer = self.living.ask("SELECT to_regclass('public.schema_migrations') IS NOT NULL")
        except QueryFailed as failure:
            warn(str(failure))
            raise Failure(
                "Mastodon's login can't ask its database whether there is a schema; nothing was changed. "
                "Run: sudo /usr/local/lib/mastodon/database-login, then pulumi up again"
            ) from failure
        if answer not in ("t", "f"):
            raise Failure(f"the database answered '{printable(answer, 80)}' when asked whether there is a schema; nothing was changed")
        return answer == "t"

    def has_users(self) -> bool:
        return self.living.ask("SELECT 1 FROM public.users LIMIT 1") != ""

    def carried_out(self) -> frozenset[str]:
        return decisions.versions_in(self.living.ask("SELECT version FROM public.schema_migrations"))

    def migrations(self, release: Release, folders: Sequence[str]) -> frozenset[str]:
        return decisions.migrations_in(answer_of(in_image(release, "ls", *folders)))

    def version_in(self, release: Release) -> str:
        lines = answer_of(in_image(release, "tootctl", "version")).splitlines()
        return lines[-1] if lines else ""

    def room(self) -> int:
        return room_for(Path(f"/var/lib/postgresql/{self.cluster.version}/main"))

    def databases_size(self) -> int:
        return superuser(self.cluster).number("SELECT sum(pg_database_size(oid))::bigint FROM pg_database")

    def tasks(self) -> list[Task]:
        return records.read_tasks(records.TASKS) or []

    def done_tasks(self) -> list[Task] | None:
        return records.read_tasks(records.DONE_TASKS)

    def answers(self, release: Release) -> str:
        return answers(release)

    # What changes something.

    def back_up(self) -> None:
        """Restored and compared, as every week: an untried backup is a hope."""
        began = int(time.time())
        carry_out(["systemctl", "stop", "mastodon-housekeeping@*.service"])  # an upgrade may be urgent
        try:
            carry_out(["systemctl", "start", "mastodon-backup.service"])
        except ProgramFailed as failure:
            raise Failure(f"{failure}\nthe backup failed: journalctl -u mastodon-backup") from failure
        with suppress(ProgramFailed):  # proof.json says why
            carry_out(["systemctl", "start", "mastodon-proof.service"])
        proof = STATE / "proof.json"
        problem = decisions.proof_problem(proof.read_text(encoding="utf-8", errors="replace") if proof.exists() else "", began)
        if problem:
            raise Failure(f"the backup could not be proved: {problem}")

    def mark_restore_point(self, point: str) -> str:
        database = superuser(self.cluster)
        moment = database.ask(MOMENT, form=SQL_FORM)
        if not CANONICAL.fullmatch(moment):
            raise Failure(f"PostgreSQL returned the moment '{printable(moment, 80)}'; expected one such as 2026-11-23 05:00:00.000000+00")
        database.ask(MARK, point=point)
        backups.send_log(self.cluster)
        return moment

    def keep_pending(self, pending: Pending) -> None:
        replace_file(records.PENDING, pending.as_json())

    def leave_half_way(self) -> None:
        records.PENDING.replace(records.HALF_WAY)
        sync_folder(STATE)

    def drop_pending(self) -> None:
        records.PENDING.unlink(missing_ok=True)
        records.HALF_WAY.unlink(missing_ok=True)
        sync_folder(STATE)

    def end_pending(self) -> None:
        records.PENDING.replace(records.LAST)
        records.HALF_WAY.unlink(missing_ok=True)
        sync_folder(STATE)

    def rails(self, release: Release, task: str, without_post: bool = False) -> None:
        variables = ["SKIP_POST_DEPLOYMENT_MIGRATIONS=true"] if without_post else []
        carry_out(in_image(release, "bundle", "exec", "rails", task, variables=variables))

    def run_task(self, release: Release, command: str) -> None:
        carry_out(in_image(release, "sh", "-c", command), shown=True)

    def restart(self) -> None:
        """Every process of Mastodon, one after the other, each once the one before it works."""
        for unit in processes():
            try:
                carry_out(["systemctl", "restart", unit])
            except ProgramFailed as failure:
                raise Failure(f"{failure}\n{unit}.service does not start: journalctl -u {unit}") from failure

    def restore(self, moment: str) -> None:
        carry_out([RESTORE, "--to", moment, "--yes"], shown=True, env={**os.environ, "converge_holds_lock": "yes"})

    def keep_done(self, tasks: list[Task]) -> None:
        records.keep_done(tasks)

    # Who looks on, and time.

    def keep_report(self, report: Report) -> None:
        replace_file(records.REPORT, report.as_json())

    def say(self, text: str) -> None:
        say(text)

    def warn(self, text: str) -> None:
        warn(text)

    def timestamp(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def clock(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def is_terminal() -> bool:
    return os.isatty(sys.stderr.fileno())
