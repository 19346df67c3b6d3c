"""The steps of an upgrade of Mastodon, also of one that is cut off at any of its effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl.release.records import Release
from mastodonctl.release.serving import files_of
from mastodonctl.upgrade.records import Task
from upgrade_machine import PROCESSES, Fake, Image, release_of

OLD, NEW = release_of("4.6.5"), release_of("4.7.0")


BEFORE = Image(OLD, ("1", "2"), ("3",))
AFTER = Image(NEW, ("1", "2", "4", "5"), ("3", "6", "7"))


def upgraded(after: Image = AFTER, before: Image = BEFORE) -> Fake:
    """A machine of the old release that is to be upgraded."""
    folder = files_of(OLD.web)
    tags = {"mastodon-web:serving": OLD.web, "mastodon-streaming:serving": OLD.streaming}
    return Fake(
        images={OLD.web: before, after.release.web: after},
        wants=after.release,
        on_disk=OLD,
        in_database=OLD,
        carried={"1", "2", "3"},
        posts=["before"],
        tags=tags,
        links={"current": folder},
        running={unit: OLD.streaming if unit == "mastodon-streaming" else OLD.web for unit in PROCESSES},
        wanted_tasks=("tootctl settings", "tootctl version"),
        remembered=[Task("4.6.5 tootctl older")],
    )


def first_setup() -> Fake:
    tags = {"mastodon-web:serving": NEW.web, "mastodon-streaming:serving": NEW.streaming}
    return Fake({NEW.web: AFTER}, NEW, schema=False, seeded=False, tags=tags, links={"current": files_of(NEW.web)}, wanted_tasks=("once",))


def adopted() -> Fake:
    """A new machine with the database of the one before."""
    machine = upgraded()
    machine.on_disk, machine.remembered, machine.running = None, None, {}
    return machine


def same_version_another_digest() -> Fake:
    return upgraded(replace(BEFORE, release=replace(OLD, web="example.org/web@sha256:other")))


def failing(*names: str) -> Image:
    return replace(AFTER, failing=frozenset(names))


MACHINES: dict[str, Callable[[], Fake]] = {
    "an upgrade": upgraded,
    "a first set-up": first_setup,
    "a database that was adopted": adopted,
    "the same version of another digest": same_version_another_digest,
    "a migration that fails": lambda: upgraded(failing("5")),
    "a release that does not start": lambda: upgraded(replace(AFTER, starts=False)),
    "a release that does not do its work": lambda: upgraded(replace(AFTER, works=False)),
    "a post-deployment migration that fails": lambda: upgraded(failing("7")),
    "a disk without room": lambda: replace(upgraded(), free=0),
    "a backup that can not be proved": lambda: replace(upgraded(), backup_problem="the backup could not be proved: no row"),
    "an image of another version": lambda: upgraded(replace(AFTER, told_version="4.7.1")),
    "a skipped version": lambda: upgraded(replace(AFTER, release=release_of("4.8.0"))),
}


class TestSteps:
    def test_an_upgrade_goes_by_its_steps_and_leaves_a_restore_point(self) -> None:
        machine = upgraded()
        assert machine.run() == ""
        assert machine.report is not None
        assert [name for name, _ in machine.report.steps] == [
            "check the way",
            "check the image",
            "check the schema",
            "check the disk",
            "back up, and prove the backup",
            "mark the restore point",
            "migrations before the change",
            "change over to 4.7.0",
            "look at 4.7.0",
            "post-deployment migrations",
            "look at 4.7.0 again",
            "tootctl settings",
            "tootctl version",
        ]
        assert (machine.report.point, machine.report.outcome) == ("before-4.7.0", "Mastodon 4.7.0 serves")
        assert (machine.on_disk, machine.in_database, machine.record_pending) == (NEW, NEW, None)
        assert machine.last is not None
        assert machine.last.from_ == OLD
        assert machine.tags["mastodon-web:previous"] == OLD.web
        assert machine.links == {"previous": files_of(OLD.web), "current": files_of(NEW.web)}
        assert machine.tasks_run == ["tootctl settings", "tootctl version"]

    @pytest.mark.parametrize(
        ("name", "said", "serves"),
        [
            ("a migration that fails", "the migrations of 4.7.0 failed: no_such_function in 5. 4.6.5 serves on", OLD),
            (
                "a release that does not start",
                "does not start: journalctl -u mastodon-web@1. The server went back to 4.6.5; nothing that",
                OLD,
            ),
            ("a release that does not do its work", "/actor shows no key. The server went back to 4.6.5; nothing that people wrote", OLD),
            ("a post-deployment migration that fails", "The server runs 4.7.0 without them, which it can for a while", NEW),
            ("a disk without room", "Nothing was changed: 0B of the disk are free", OLD),
            ("a backup that can not be proved", "Nothing was changed: the backup could not be proved: no row", OLD),
            ("an image of another version", "is of Mastodon '4.7.1', and mastodon.version is 4.7.0", OLD),
            ("a skipped version", "Nothing was changed: from 4.6.5 to 4.8.0 a version would be skipped", OLD),
        ],
    )
    def test_what_fails_says_what_became_of_it(self, name: str, said: str, serves: Release) -> None:
        machine = MACHINES[name]()
        assert said in machine.run()
        assert (machine.on_disk, machine.in_database) == (serves, serves)
        assert machine.posts == ["before"]
        assert machine.answers(serves) == ""
        assert machine.report is not None
        assert said in machine.report.outcome
        assert (machine.record_pending is None) == (serves == OLD)

    def test_a_post_deployment_migration_that_the_old_release_lacks_takes_the_database_back(self) -> None:
        machine = upgraded(replace(AFTER, minds=frozenset({"7"})), replace(BEFORE, minds=frozenset({"7"})))
        assert "4.6.5 does not run on the new schema, so the database went back, too, to 2026-" in machine.run()
        assert machine.report is not None
        assert "back to 4.6.5" not in [name for name, _ in machine.report.steps]
        assert (machine.on_disk, machine.in_database, machine.record_pending) == (OLD, OLD, None)
        assert machine.carried == {"1", "2", "3"}
        assert machine.answers(OLD) == ""

    def test_a_migration_that_the_old_release_minds_is_noticed_once_that_runs_again(self) -> None:
        machine = upgraded(replace(AFTER, works=False), replace(BEFORE, minds=frozenset({"4"})))
        assert "4.6.5 does not run on the new schema, so the database went back, too" in machine.run()
        assert machine.report is not None
        assert "back to 4.6.5" in [name for name, _ in machine.report.steps]
        assert machine.carried == {"1", "2", "3"}

    def test_a_patch_back_is_refused_by_its_migrations_alone(self) -> None:
        lower = Image(release_of("4.6.4"), ("1", "2"), ("3",))
        machine = upgraded(lower)
        assert machine.run() == ""
        assert machine.on_disk == lower.release
        machine = upgraded(replace(lower, migrations=("1",)))
        assert "the database has migrations that 4.6.4 does not know (2)" in machine.run()

    def test_a_task_that_fails_is_tried_again_and_the_one_before_it_is_not(self) -> None:
        machine = replace(upgraded(), failing_task="tootctl version")
        assert "4.7.0 serves, but its task 'tootctl version' failed: no such command" in machine.run()
        machine.failing_task = ""
        assert machine.run() == ""
        assert machine.tasks_run == ["tootctl settings", "tootctl version"]

    def test_a_post_deployment_migration_that_failed_is_tried_again(self) -> None:
        machine = upgraded(failing("7"))
        assert "run pulumi up again to try them again" in machine.run()
        machine.images[NEW.web] = AFTER
        assert machine.run() == ""
        assert machine.carried == {*AFTER.migrations, *AFTER.post}

    def test_where_the_old_release_lives_with_what_a_failed_attempt_left_nothing_since_is_lost(self) -> None:
        """The second attempt ends where only its own restore point leads back: what people wrote in between is in it."""
        machine = upgraded(failing("5"))
        machine.run()
        machine.posts.append("in between")
        machine.images[NEW.web] = replace(AFTER, minds=frozenset({"7"}))
        assert "the database went back, too, to 2026-11-23 05:00:00.000001+00" in machine.run()
        assert (machine.posts, machine.carried) == (["before", "in between"], {"1", "2", "3", "4"})
        assert machine.answers(OLD) == ""

    @pytest.mark.parametrize("cut_short", [False, True])
    def test_where_it_does_not_the_point_before_the_first_attempt_leads_back(self, cut_short: bool) -> None:
        old, new = replace(BEFORE, minds=frozenset({"4"})), replace(AFTER, works=False)
        machine = upgraded(new if cut_short else replace(new, failing=frozenset({"5"})), old)
        if cut_short:
            for cut in range(200):
                machine = upgraded(new, old)
                assert machine.run(cut) == "cut off"
                if "4" in machine.carried:
                    break
        else:
            assert "4.6.5 serves on" in machine.run()
        machine.images[NEW.web] = new
        said = machine.run()
        assert "so the database went back, too, to 2026-11-23 05:00:00.000000+00" in said
        assert machine.carried == {"1", "2", "3"}
        assert machine.answers(OLD) == ""
        assert (machine.record_pending, machine.record_half_way) == (None, None)

    def test_a_rollback_that_is_cut_short_keeps_the_point_that_it_leads_to(self) -> None:
        """The old release is named again, and the database has migrations still behind which it does not work."""
        old, new = replace(BEFORE, minds=frozenset({"7"})), replace(AFTER, minds=frozenset({"7"}))
        for cut in range(200):
            machine = upgraded(new, old)
            if machine.run(cut) == "cut off" and machine.on_disk == OLD and "7" in machine.carried:
                break
        assert "the database went back, too, to 2026-11-23 05:00:00.000000+00" in machine.run()
        assert len(machine.points) == 1
        assert machine.answers(OLD) == ""

    @pytest.mark.parametrize("cut", range(0, 90, 3))
    def test_settings_that_name_the_old_release_again_end_an_upgrade_that_was_cut_short(self, cut: int) -> None:
        machine = upgraded()
        machine.run(cut)
        if machine.on_disk == NEW:
            return
        machine.wants = OLD
        assert machine.run() == ""
        assert (machine.on_disk, machine.record_pending, machine.last) == (OLD, None, None)
        assert machine.answers(OLD) == ""

    def test_a_second_run_changes_nothing(self) -> None:
        machine = upgraded()
        machine.run()
        end = machine.end()
        assert machine.run() == ""
        assert machine.end() == end


def end_after(machine: Fake, cuts: list[int], power: bool) -> Fake:
    """What is there after runs that were cut off, and one to its end. A run that ends before its cut is one to its end."""
    for cut in cuts:
        if machine.run(cut) != "cut off":
            return machine
        if power:
            machine.lose_power()
    machine.run()
    return machine


def undisturbed(name: str) -> Fake:
    machine = MACHINES[name]()
    machine.run()
    return machine


@pytest.mark.parametrize("power", [False, True], ids=["by a signal", "by a power cut"])
@pytest.mark.parametrize("name", MACHINES)
class TestCutOff:
    def test_at_any_effect_it_comes_to_the_same_end(self, name: str, power: bool) -> None:
        whole = undisturbed(name)
        for cut in range(whole.effects):
            machine = end_after(MACHINES[name](), [cut], power)
            assert machine.end() == whole.end(), f"cut at {cut}"


@given(
    some.sampled_from(sorted(MACHINES)),
    some.lists(some.integers(0, 70), max_size=5),
    some.booleans(),
)
def test_however_often_it_is_cut_off_it_comes_to_the_same_end(name: str, cuts: list[int], power: bool) -> None:
    machine, whole = end_after(MACHINES[name](), cuts, power), undisturbed(name)
    assert machine.end() == whole.end()


@given(some.integers(0, 200))
def test_a_cut_never_leaves_names_that_start_a_release_without_its_migrations(cut: int) -> None:
    machine = upgraded()
    machine.run(cut)
    if machine.tags["mastodon-web:serving"] == NEW.web:
        assert set(AFTER.migrations) <= machine.carried
        assert machine.record_pending is not None or machine.last is not None
