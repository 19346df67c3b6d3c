"""A machine that a restore can be carried out on without one: its programs are played, its marks are files, and it can be cut off
before and behind each thing that is done to it."""

# ruff: noqa: ARG002 - a played machine has the arguments of a real one

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mastodonctl.backups import Backup, Repository
from mastodonctl.console import Failure
from mastodonctl.moments import Moment
from mastodonctl.postgres import Cluster
from mastodonctl.release.records import Release, Version
from mastodonctl.release.serving import MachineNames
from mastodonctl.restore.archive import Listing
from mastodonctl.restore.choice import Switch, Timeline
from mastodonctl.restore.database import restore_database
from mastodonctl.restore.dumps import Dump, begun_at
from mastodonctl.restore.machine import Done, Machine

DAY = 86_400
START = 1_793_491_200  # the first of November 2026
OLD = Release(Version(4, 6, 5), "registry/web@sha256:a", "registry/streaming@sha256:a")
NEW = Release(Version(4, 7, 0), "registry/web@sha256:b", "registry/streaming@sha256:b")
DUMP = "mastodon-20261103T000000Z.dump.gpg"
WELL, ILL = Done(0, ""), Done(1, "")


class PowerCut(BaseException):
    """Nothing more happens on this machine until it boots."""


def moment(days: float) -> Moment:
    seconds = START + int(days * DAY)
    return Moment(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.000000+00"))


def backup(day: int, size: int = 1000) -> Backup:
    at = START + day * DAY
    return Backup(f"202611{day + 1:02}-000000F", "full", size, size // 2, at - 60, at, 1, 1, (day + 1) << 24)


@dataclass
class Cut:
    """At which step, counted from one, and how."""

    step: int = 0
    power: bool = False
    child: bool = False
    """Of the program that restores PostgreSQL alone, as by SIGKILL; the one that waits for it continues."""


@dataclass(frozen=True, kw_only=True)
class FakeNames(MachineNames):
    """Each name is a step of its own; links and the file are real."""

    machine: FakeMachine

    def set_link(self, name: str, folder: str) -> None:
        self.machine.step()
        super().set_link(name, folder)
        self.machine.step()

    def tag(self, image: str, name: str) -> None:
        self.machine.step()
        self.machine.tags[name] = image
        self.machine.step()

    def record(self, release: Release) -> None:
        self.machine.step()
        self.machine.in_database = release
        self.machine.step()

    def keep(self, release: Release) -> None:
        self.machine.step()
        super().keep(release)
        self.machine.step()


class FakeMachine(Machine):
    def __init__(self, folder: Path, cut: Cut | None = None) -> None:
        # A user that every computer has.
        super().__init__(Cluster("17", user="nobody"), folder / "state", folder / "run", folder / "data")
        for one in (self.state, self.run_folder, self.data / "pg_wal"):
            one.mkdir(parents=True)
        self.release.write_text(f"{NEW}\n")
        self.cut = cut or Cut()
        self.steps = 0
        self.in_child = False
        self.dark = False
        # What is there.
        self.content = "living"
        """What the database's files hold: of which moment or dump; "half" of one, and "files" that have not read the log yet."""
        self.running = True
        self.serving = True
        self.beside = ""
        self.caches = True
        self.login = False
        self.checksums = True
        self.in_database = NEW
        self.tags = {"mastodon-web:serving": NEW.web, "mastodon-streaming:serving": NEW.streaming}
        self.kept_media = ""
        self.backup_begun = False
        self.said: list[str] = []
        self.asked: list[str] = []
        self.alerts: list[str] = []
        # How its programs behave.
        self.reply: str | None = None
        self.broken: dict[str, Done] = {}
        """By label: what pgBackRest says of a backup that it can't restore."""
        self.recovery: list[Done] = []
        """What start-database says, before it works."""
        self.archive_check = WELL
        self.free = 1 << 40
        self.known = [backup(0), backup(2)]
        self.stored: Listing = {"17-1/0000000100000000/000000010000000000000001-x.gz": START + 10 * DAY}
        self.told_timelines: list[Timeline] = []

    def step(self) -> None:
        if self.dark:
            raise PowerCut
        self.steps += 1
        if self.steps == self.cut.step and (self.in_child or not self.cut.child):
            if self.cut.power:
                self.dark = True
                raise PowerCut
            if self.cut.child:
                raise SystemExit(137)
            os.kill(os.getpid(), signal.SIGTERM)

    def boot(self) -> None:
        """What the units do then."""
        self.dark, self.cut, self.in_child = False, Cut(), False
        for mark in self.run_folder.iterdir():
            mark.unlink()
        self.running = self.may_start()
        self.serving = self.running
        assert not self.running or self.content not in ("half", "files"), "half restored, and PostgreSQL started"

    def may_start(self) -> bool:
        return not self.pending.exists() or self.restoring.exists()

    def end_state(self) -> dict[str, object]:
        """What has to be the same in the end, however it went."""
        marks = (self.pending, self.restoring, self.request, self.maintenance, self.state / "dump-in-clear", self.last_upgrade)
        return {
            "content": self.content, "running": self.running, "serving": self.serving, "caches": self.caches, "login": self.login,
            "checksums": self.checksums, "recorded": self.in_database, "tags": self.tags, "kept media": self.kept_media, "backup": self.backup_begun,
            "marks": [mark.name for mark in marks if mark.exists()], "release": self.read(self.release),
            "origin": (self.state / "done/database-origin").exists(),
        }  # fmt: skip

    # Programs

    def run(self, *command: str | Path) -> bool:
        self.step()
        well = self.play(*map(str, command))
        self.step()
        return well.status == 0

    def capture(self, *command: str | Path) -> Done:
        words = list(map(str, command))
        self.step()
        done = self.play(*(words[words.index("--") + 1 :] if words[0] == "setpriv" else words))
        self.step()
        return done

    def stream(self, *command: str | Path, last: str) -> tuple[bool, str]:
        _, name, *rest = map(str, command)
        assert name == "restore-database"
        self.said.clear()
        self.in_child = True
        try:
            restore_database(self, Moment(rest[1]) if rest[0] == "--to" else None)
        except Failure:
            return False, ""
        except SystemExit:
            if not self.cut.child:
                raise
            return False, ""
        finally:
            self.in_child = False
        return True, f"{last}some moment from a backup"

    def play(self, program: str, *rest: str) -> Done:  # noqa: PLR0911, PLR0912 - a line for each program
        name = program.rpartition("/")[2]
        self.asked.append(f"{name} {rest[0]}" if name == "systemctl" else name)
        match name, *rest:
            case "systemctl", "stop", unit:
                self.running, self.serving = self.running and unit != self.unit, False
                return WELL
            case "systemctl", "start", "mastodon.target", *_:
                self.serving = self.running
                return WELL if self.running else ILL
            case "systemctl", "start", "--no-block", "mastodon-backup.service":
                self.backup_begun = True
                return WELL
            case "pg_ctl", *_:
                return WELL if self.running else ILL
            case "start-database", *_:
                return self.start()
            case "enable-checksums", *_:
                assert not self.may_start() or not self.pending.exists(), "something else may start PostgreSQL"
                self.running, self.checksums = False, True
                return WELL
            case "env", *words:
                return self.pgbackrest_says(words[words.index("--stanza=mastodon") + 1 :])
            case "database-login", *_:
                self.login = True
                return WELL
            case "restore-dump" | "mastodonctl", *_:
                self.beside = DUMP
                return WELL
            case "orphans", "keep", days, reason:
                self.kept_media = f"{days} {reason}"
                return WELL
            case "alert", "raise", alert, *_:
                self.alerts.append(alert)
                return WELL
            case "redis-cli", *_:
                return WELL
            case "find", folder, *_:
                self.caches = self.caches and "nginx" not in folder
                return WELL
            case "sed", *_:
                self.said.append("to the end")
                return WELL
            case "pgrep", *_:
                return ILL
            case "bash", "-c", _, _, function, *words:
                assert (function, words) == ("create_stanza", [])
                return WELL
            case ("bash", *_) | ("systemd-run", *_):
                return WELL
            case "in-mastodon", *_:
                return WELL
        raise AssertionError(f"no test expected {name} {rest}")

    def start(self) -> Done:
        if self.recovery and self.content == "files":
            return self.recovery.pop(0)
        if not self.may_start():
            return ILL
        assert self.content != "half", "PostgreSQL started on half a restore"
        if self.content == "files":
            self.content = self.goal
        self.running = True
        return WELL

    def pgbackrest_says(self, words: list[str]) -> Done:
        if words[-1] == "check":
            return self.archive_check if self.running else ILL
        if words[-1] != "restore":
            return WELL
        assert not self.running, "pgBackRest wrote below a running PostgreSQL"
        options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
        if options["set"] in self.broken:
            return self.broken[options["set"]]
        self.content = "half"
        self.step()
        self.goal = options.get("target", "the newest state")
        self.content, self.checksums = "files", False
        return WELL

    def decrypt_dump(self, remote: str, name: str, target: Path) -> bool:
        self.step()
        target.write_text(f"{remote} {name}")
        self.step()
        return True

    # The release of Mastodon

    def recorded(self) -> Release | None:
        return self.in_database

    def names(self) -> FakeNames:
        static_files = self.state / "static"
        static_files.mkdir(exist_ok=True)
        return FakeNames(living=None, file=self.release, static_files=static_files, machine=self)  # type: ignore[arg-type]

    # PostgreSQL

    def ask(self, sql: str, **values: str) -> str:
        self.step()
        answer = self.answers(sql)
        self.step()
        return answer

    def answers(self, sql: str) -> str:
        assert self.running, sql
        if "RENAME" in sql:
            assert self.beside, "there is nothing to change places with"
            self.content, self.beside = self.beside, ""
        if "clock_timestamp" in sql or "replay_timestamp" in sql:
            return moment(9).text
        return {"pg_is_in_recovery": "f", "FROM pg_database": "1", "pg_database_size": "4000"}.get(
            next((part for part in ("pg_is_in_recovery", "FROM pg_database", "pg_database_size") if part in sql), ""), ""
        )

    def count(self, sql: str, **values: str) -> int:
        return 7

    # Files

    def put(self, path: Path, text: str) -> None:
        self.step()
        super().put(path, text)
        self.step()

    def drop(self, path: Path) -> None:
        self.step()
        super().drop(path)
        self.step()

    def touch(self, path: Path) -> None:
        self.step()
        super().touch(path)
        self.step()

    def discard(self, path: Path) -> None:
        self.step()
        super().discard(path)
        self.step()

    # What is there

    def now(self) -> int:
        return START + 10 * DAY

    def room(self, folder: Path) -> int:
        return self.free

    def used(self) -> int:
        return 900

    def backups(self) -> list[Backup]:
        self.step()
        return self.known

    def repository(self) -> Repository:
        return Repository(tuple(self.known), len(self.known), ())

    def timelines(self) -> list[Timeline]:
        return self.told_timelines

    def history(self, timeline: Timeline) -> list[Switch]:
        return []

    def segments(self, timeline: int | None = None) -> Listing:
        return self.stored

    def dumps(self, remote: str) -> list[Dump]:
        return [Dump(DUMP, 500, begun_at(DUMP) or 0)]

    def answer(self, question: str) -> str | None:
        return self.reply
