"""A machine in memory for the steps of an upgrade. It can be cut off before and after each of its effects.

What a power cut leaves is what is on the disk here; processes then start again, of whichever image has the name `serving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from mastodonctl.console import Failure
from mastodonctl.release.records import Release, Version
from mastodonctl.upgrade.records import Pending, Report, Task
from mastodonctl.upgrade.steps import upgrade

PROCESSES = ("mastodon-web@1", "mastodon-web@2", "mastodon-streaming", "mastodon-sidekiq@default")


class Cut(BaseException):
    """The end by a signal, or of the power. Nothing may take it for a failure."""


@dataclass(frozen=True)
class Image:
    """What a release is made of."""

    release: Release
    migrations: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    # Migrations that end in an error.
    failing: frozenset[str] = frozenset()
    # Migrations behind which this release starts, and does not do its work.
    minds: frozenset[str] = frozenset()
    starts: bool = True
    works: bool = True
    told_version: str = ""


def release_of(text: str, digest: str = "aa") -> Release:
    major, minor, patch = map(int, text.split("."))
    return Release(Version(major, minor, patch), f"example.org/web@sha256:{digest}{text}", f"example.org/streaming@sha256:{digest}{text}")


@dataclass
class Fake:
    images: dict[str, Image]
    wants: Release
    on_disk: Release | None = None
    in_database: Release | None = None
    carried: set[str] = field(default_factory=set)
    schema: bool = True
    seeded: bool = True
    posts: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)
    wanted_tasks: tuple[str, ...] = ()
    remembered: list[Task] | None = None
    tasks_run: list[str] = field(default_factory=list)
    record_pending: Pending | None = None
    record_half_way: Pending | None = None
    last: Pending | None = None
    report: Report | None = None
    points: dict[str, tuple[set[str], Release | None, list[str]]] = field(default_factory=dict)
    size: int = 1 << 20
    free: int = 1 << 40
    backup_problem: str = ""
    failing_task: str = ""
    on_terminal: bool = False
    said: list[str] = field(default_factory=list)
    seconds: float = 0.0
    # How many effects are left until the cut; none where it is not cut off.
    left: int | None = None
    was_cut: bool = False
    effects: int = 0

    # The cut.

    def moment_passes(self) -> None:
        self.effects += 1
        if self.left is not None:
            if self.left == 0:
                self.left, self.was_cut = None, True
                raise Cut
            self.left -= 1

    @contextmanager
    def effect(self) -> Iterator[None]:
        self.moment_passes()
        yield
        self.moment_passes()

    def run(self, cut_at: int | None = None) -> str:
        """How it ended: with its failure, or nothing, or cut off."""
        self.left, self.was_cut, said = cut_at, False, ""
        try:
            upgrade(self)
        except Failure as failure:
            said = str(failure)
        except Cut:
            return "cut off"
        assert not self.was_cut, "the run continued behind the cut"
        self.left = None
        return said

    def lose_power(self) -> None:
        """Units that ran start again."""
        self.running = {unit: self.named(unit) for unit in self.running}

    def named(self, unit: str) -> str:
        return self.tags.get("mastodon-streaming:serving" if unit == "mastodon-streaming" else "mastodon-web:serving", "")

    def end(self) -> dict[str, Any]:
        """Whatever must not depend on cuts."""
        pending, last = self.record_pending, self.last
        return {
            "serving": (self.on_disk, self.in_database, self.tags, self.links, self.running),
            "schema": (sorted(self.carried), self.schema, self.seeded, self.posts),
            "pending": pending and (pending.from_, pending.to),
            "last": last and (last.from_, last.to),
            "tasks": sorted(task.line for task in self.remembered or []),
            # What a resumed rollback finds is another reason for it.
            "outcome": (self.report.outcome if self.report else "").rpartition(". The server went back")[2],
        }

    # What there is.

    def wanted(self) -> Release:
        return self.wants

    def serving(self) -> Release | None:
        return self.on_disk

    def recorded(self) -> Release | None:
        return self.in_database

    def pending(self) -> Pending | None:
        return self.record_pending

    def half_way(self) -> Pending | None:
        return self.record_half_way

    def has_schema(self) -> bool:
        return self.schema

    def has_users(self) -> bool:
        return self.seeded

    def carried_out(self) -> frozenset[str]:
        return frozenset(self.carried)

    def migrations(self, release: Release, folders: Sequence[str]) -> frozenset[str]:
        image = self.images[release.web]
        return frozenset((image.migrations if "db/migrate" in folders else ()) + image.post)

    def version_in(self, release: Release) -> str:
        return self.images[release.web].told_version or f"{self.images[release.web].release.version}+standin"

    def room(self) -> int:
        return self.free

    def databases_size(self) -> int:
        return self.size

    def tasks(self) -> list[Task]:
        return [Task(f"{self.wants.version} {one}") for one in self.wanted_tasks]

    def done_tasks(self) -> list[Task] | None:
        return self.remembered

    def works(self, image: str) -> bool:
        it = self.images[image]
        return it.works and not it.minds & self.carried

    def answers(self, release: Release) -> str:
        for unit in PROCESSES:
            if self.running.get(unit) != (release.streaming if unit == "mastodon-streaming" else release.web):
                return f"{unit} runs another image"
        return "" if self.works(release.web) else "/actor shows no key"

    # What changes something.

    def link(self, name: str) -> str:
        return self.links.get(name, "")

    def set_link(self, name: str, folder: str) -> None:
        with self.effect():
            self.links[name] = folder

    def tag(self, image: str, name: str) -> None:
        with self.effect():
            self.tags[name] = image

    def record(self, release: Release) -> None:
        with self.effect():
            self.in_database = release

    def keep(self, release: Release) -> None:
        with self.effect():
            self.on_disk = release

    def back_up(self) -> None:
        with self.effect():
            if self.backup_problem:
                raise Failure(self.backup_problem)

    def mark_restore_point(self, point: str) -> str:  # noqa: ARG002
        moment = f"2026-11-23 05:00:00.{len(self.points):06}+00"
        with self.effect():
            self.points[moment] = (set(self.carried), self.in_database, list(self.posts))
        return moment

    def keep_pending(self, pending: Pending) -> None:
        with self.effect():
            self.record_pending = pending

    def leave_half_way(self) -> None:
        with self.effect():
            self.record_pending, self.record_half_way = None, self.record_pending

    def drop_pending(self) -> None:
        with self.effect():
            self.record_pending = None
        with self.effect():
            self.record_half_way = None

    def end_pending(self) -> None:
        with self.effect():
            self.record_pending, self.last = None, self.record_pending
        with self.effect():
            self.record_half_way = None

    def rails(self, release: Release, task: str, without_post: bool = False) -> None:
        image = self.images[release.web]
        if task == "db:seed":
            with self.effect():
                self.seeded = True
            return
        with self.effect():
            self.schema = True
        for migration in (*image.migrations, *(() if without_post else image.post)):
            if migration in self.carried:
                continue
            with self.effect():
                if migration in image.failing:
                    raise Failure(f"no_such_function in {migration}")
                self.carried.add(migration)
        if task == "db:prepare":
            with self.effect():
                self.seeded = True

    def run_task(self, release: Release, command: str) -> None:
        assert release == self.on_disk
        with self.effect():
            if command == self.failing_task:
                raise Failure("no such command")
            self.tasks_run.append(command)

    def restart(self) -> None:
        for unit in PROCESSES:
            image = self.named(unit)
            with self.effect():
                self.running[unit] = ""
                if unit != "mastodon-streaming" and not self.images[image].starts:
                    raise Failure(f"{unit}.service does not start: journalctl -u {unit}")
                self.running[unit] = image

    def restore(self, moment: str) -> None:
        with self.effect():
            carried, recorded, posts = self.points[moment]
            self.carried, self.in_database, self.posts = set(carried), recorded, list(posts)
            self.running = {unit: self.named(unit) for unit in PROCESSES}

    def keep_done(self, tasks: list[Task]) -> None:
        with self.effect():
            self.remembered = list(tasks)

    # Who looks on, and time.

    def keep_report(self, report: Report) -> None:
        with self.effect():
            self.report = replace(report, steps=list(report.steps))

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.said.append(text)

    def timestamp(self) -> str:
        return "2026-11-23T05:00:00Z"

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
