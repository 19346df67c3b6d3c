"""mastodonctl restore: the database goes back, and all that is around it follows.

What was asked for is in restore-request until it is done, so a run that was cut short is taken up: at the next boot, or by --resume.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from ..console import Failure, human, joined, say, warn
from ..moments import SQL_FORM, Moment, utc
from .aftermath import clear_cache, serve_again, update_schema
from .database import REACHED
from .dumps import Dump, choose_dump
from .machine import PROGRAM, Machine, undisturbed
from .records import Request, read_upgrade
from .summary import announce, ask_first, find_range

# Two segments of the log come on top of the files.
SEGMENTS = 64 << 20
PAGES = ("mastodon-web@1.service", "mastodon-web@2.service", "mastodon-streaming.service")
RESTORED = "mastodon_restored"
NOT_SENT = "the log can't be sent to the backup bucket, so what is there now could not be brought back"
# Names, as SQL can't be given two databases at once by a variable of psql.
CHANGE_PLACES = {
    True: """BEGIN; ALTER DATABASE mastodon_production RENAME TO mastodon_replaced;
        ALTER DATABASE mastodon_restored RENAME TO mastodon_production; COMMIT""",
    False: "ALTER DATABASE mastodon_restored RENAME TO mastodon_production",
}
DROP_REPLACED = "DROP DATABASE IF EXISTS mastodon_replaced"
CLOSE_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'mastodon_production'"


@dataclass
class Restore:
    machine: Machine
    request: Request
    backup_weeks: int
    resumed: bool = False
    confirmed: bool = False
    restored: bool = field(default=False, init=False)

    def run(self) -> None:
        if self.request.kind == "dump":
            self.from_dump()
        else:
            self.from_backups()

    # From the backups

    def from_backups(self) -> None:
        machine = self.machine
        backups = machine.backups()
        reachable = find_range(machine, backups)
        if not backups:
            raise Failure("there is no backup in the bucket")
        self.name_moment()
        moment = self.request.moment
        if moment is not None and not reachable.first <= moment.seconds <= reachable.last:
            raise Failure(f"{moment} can't be reached; reachable moments: {reachable}")
        # What is there is written over. A tenth comes on top.
        self.require_room(backups[-1].size * 11 // 10 + SEGMENTS - machine.used())
        self.require_room(SEGMENTS)
        if self.resumed:
            say(f"Continuing with what was asked for: {self.request.kind} {moment or ''}".rstrip())
        else:
            announce(machine, moment.text if moment else "", reachable.last)
            ask_first(machine, self.confirmed)
            self.require_log()
        with self.mastodon_stopped():
            if not machine.pending.exists() and machine.runs() and machine.database_exists():
                self.keep_what_is_there()
            target = ("--newest",) if moment is None else ("--to", moment.text)
            well, reached = machine.stream(PROGRAM, "restore-database", *target, last=REACHED)
            if not well:
                raise Failure("PostgreSQL could not be restored; the lines above say why")
            self.restored = True
            if self.request.kind == "undo-upgrade":
                serve_again(machine)
            self.finish(reached)

    def name_moment(self) -> None:
        """Of an upgrade that is to be undone. A run that was cut short knows it; the record may be gone by then."""
        if self.request.kind != "undo-upgrade" or self.request.moment is not None:
            return
        upgrade = read_upgrade(self.machine.read(self.machine.last_upgrade))
        if upgrade is None:
            raise Failure("no upgrade of Mastodon was carried out on this machine")
        self.request = replace(self.request, moment=upgrade.moment)

    def require_log(self) -> None:
        machine = self.machine
        if machine.pending.exists():
            return
        # A machine that came back from a crash may have sent nothing yet.
        if not machine.runs():
            machine.tool("start-database")
        # One that can't be opened any more has nothing to send.
        if machine.runs() and machine.database_exists():
            self.send_log(f"{NOT_SENT}. Nothing was changed.")

    def send_log(self, otherwise: str) -> None:
        checked = self.machine.pgbackrest("check")
        if checked.status != 0:
            warn(joined(checked.lines[-5:], 5))
            raise Failure(otherwise)

    # From a dump

    def from_dump(self) -> None:
        machine, remote = self.machine, self.request.remote
        dump = choose_dump(machine.dumps(remote), self.request.dump, remote)
        self.request = replace(self.request, dump=dump.name)
        if not machine.runs():
            raise Failure(f"PostgreSQL must run for a dump to be read into it: systemctl start {machine.unit}")
        self.require_room(dump.size + max(self.size_of_database(), 8 * dump.size))
        if not self.resumed:
            announce(machine, utc(dump.begun))
            ask_first(machine, self.confirmed)
        self.load(dump)
        with self.mastodon_stopped():
            if machine.database_exists():
                self.keep_what_is_there()
            # A dump begins no timeline, and the posts that it takes away can be brought back as long as there are backups of them.
            if not machine.tool("orphans", "keep", str(self.backup_weeks * 7), f"the database was restored from {dump.name}"):
                raise Failure("the media of what the dump lacks can't be kept; the line above says why")
            self.change_places()
            self.restored = True
            self.prepare_repository()
            in_database = "/usr/local/lib/mastodon/in-database"
            vacuum = (in_database, machine.cluster.binaries / "vacuumdb", "--quiet", "--analyze-in-stages")
            if not machine.run("systemd-run", "--quiet", "--collect", "--property=Nice=10", *vacuum):
                raise Failure("the database's statistics can't be made; the line above says why")
            self.finish(f"{REACHED}{utc(dump.begun)} from {dump.name}")

    def size_of_database(self) -> int:
        if not self.machine.database_exists():
            return 0
        size = self.machine.ask("SELECT pg_database_size('mastodon_production')")
        return int(size) if size.isascii() and size.isdigit() else 0

    def load(self, dump: Dump) -> None:
        """Beside the database that is there; the two change places only when the dump is whole."""
        machine = self.machine
        plain = machine.state / "dump-in-clear"  # on the disk: a dump may be larger than the memory
        try:
            machine.discard(plain)
            plain.mkdir(mode=0o711)
            plain.chmod(0o711)
            if not machine.decrypt_dump(self.request.remote, dump.name, plain / "dump"):
                raise Failure(f"{dump.name} can't be read or decrypted; choose another (sudo mastodon-restore). Nothing was changed.")
            if not machine.tool("database-login"):
                raise Failure("Mastodon's login can't be made; the line above says why. Nothing was changed.")
            if not machine.run(PROGRAM, "restore-dump", "--database", RESTORED, plain / "dump"):
                raise Failure(f"{dump.name} can't be restored; the lines above say why. Nothing was changed.")
        finally:
            with undisturbed():
                machine.discard(plain)

    def change_places(self) -> None:
        machine = self.machine
        machine.ask(DROP_REPLACED)
        machine.ask(CLOSE_CONNECTIONS)
        machine.ask(CHANGE_PLACES[machine.database_exists()])
        machine.ask(DROP_REPLACED)

    def prepare_repository(self) -> None:
        """On a new machine the bucket may know another cluster."""
        machine = self.machine
        if machine.pgbackrest("check").status == 0 or machine.shell("create_stanza").status == 0:
            return
        upgraded = machine.pgbackrest("stanza-upgrade")
        if upgraded.status != 0:
            warn(joined(upgraded.lines[-3:], 3))

    # Around both

    def require_room(self, needed: int) -> None:
        """Before anything is stopped."""
        folder = self.machine.data
        free = self.machine.room(folder)
        if needed > free:
            raise Failure(f"{human(needed)} more are needed in {folder} and {human(free)} are there; make room first. Nothing was changed.")

    @contextmanager
    def mastodon_stopped(self) -> Iterator[None]:
        """What fails in it leaves Mastodon stopped if the database is half restored, and running otherwise."""
        machine = self.machine
        try:
            machine.put(machine.request, self.request.text)
            machine.touch(machine.maintenance)
            if not machine.systemctl("stop", "mastodon.target"):
                raise Failure("Mastodon can't be stopped: systemctl status mastodon.target")
            yield
        except BaseException:
            with undisturbed():
                self.clean_up()
            raise

    def clean_up(self) -> None:
        machine = self.machine
        if machine.pending.exists():
            tell("Mastodon stays stopped: the database is half restored. Take it up again: sudo mastodon-restore --resume")
            return
        machine.drop(machine.request)
        machine.systemctl("start", "mastodon.target", *PAGES)
        machine.discard(machine.maintenance)
        if self.restored:
            tell("The database is restored, but not all that follows was done. Mastodon runs on it.")
        else:
            tell("Nothing was restored; Mastodon runs on with what it had.")

    def keep_what_is_there(self) -> None:
        """What is about to be overwritten goes to the bucket, with a commit behind the moment that leads back to it."""
        machine = self.machine
        before = Moment(machine.ask("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', :'form')", form=SQL_FORM))
        machine.ask("SELECT pg_logical_emit_message(true, 'mastodon-restore', 'from here')")
        self.send_log(NOT_SENT)
        self.request = replace(self.request, before=before)
        machine.put(machine.request, self.request.text)

    def finish(self, reached: str) -> None:
        machine = self.machine
        clear_cache(machine)
        # The password may be another than at that time.
        if not machine.tool("database-login"):
            raise Failure("Mastodon's login can't be made; the line above says why: sudo /usr/local/lib/mastodon/database-login")
        update_schema(machine)
        # The page goes once everything answers: the units wait for that.
        if not machine.systemctl("start", "mastodon.target", *PAGES):
            raise Failure("Mastodon does not start; the lines above say which part")
        machine.discard(machine.maintenance)
        # If it came back after a power cut, the next boot would go back to that moment once more.
        machine.drop(machine.request)
        machine.touch(machine.state / "done/database-origin")
        machine.systemctl("start", "--no-block", "mastodon-backup.service")
        say(reached)
        if self.request.before is not None:
            say(f"To undo: sudo mastodon-restore --to '{self.request.before}'")


def tell(text: str) -> None:
    """There may be no terminal any more, as when the connection broke."""
    with suppress(OSError):
        warn(text)
