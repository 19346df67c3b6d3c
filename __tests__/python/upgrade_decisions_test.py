"""What an upgrade refuses, what follows from each failure, and its records."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl.console import Failure
from mastodonctl.release.records import Release, Version
from mastodonctl.release.serving import another_image
from mastodonctl.upgrade import decisions, look
from mastodonctl.upgrade.decisions import Consequence, Course, Step, after_failure
from mastodonctl.upgrade.records import Pending, Report, keep_done, parse_pending, read_pending, read_tasks
from upgrade_machine import release_of

OLD, NEW = release_of("4.6.5"), release_of("4.7.0")
TO_NEW = Pending(OLD, NEW, "before-4.7.0", "2026-11-23 05:00:00.123456+00")
FROM_NEW = replace(TO_NEW, from_=NEW, to=release_of("4.8.0"))


class TestVersionSteps:
    @pytest.mark.parametrize(
        ("before", "to"),
        [("4.6.5", "4.6.5"), ("4.6.5", "4.6.4"), ("4.6.5", "4.7.0"), ("4.9.0", "4.10.0"), ("4.8.1", "5.0.0"), ("4.8.1", "5.3.0")],
    )
    def test_the_way_is_open(self, before: str, to: str) -> None:
        assert decisions.path_problem(release_of(before).version, release_of(to).version) == ""

    @pytest.mark.parametrize(
        ("before", "to", "said"),
        [
            ("4.6.5", "4.8.0", "First go to the newest 4.7.x"),
            ("4.9.0", "4.11.0", "First go to the newest 4.10.x"),
            ("4.6.5", "6.0.0", "a version would be skipped"),
            ("4.7.0", "4.6.9", "no rollback to 4.6.9 is possible"),
            ("5.0.0", "4.9.0", "Set mastodon.version to 5.0.0"),
        ],
    )
    def test_the_way_is_refused_with_the_one_that_there_is(self, before: str, to: str, said: str) -> None:
        assert said in decisions.path_problem(release_of(before).version, release_of(to).version)

    @given(some.tuples(*[some.integers(0, 30)] * 3), some.tuples(*[some.integers(0, 30)] * 3))
    def test_there_is_never_a_way_both_up_and_down_between_minor_versions(self, a: tuple[int, int, int], b: tuple[int, int, int]) -> None:
        one, other = Version(*a), Version(*b)
        if a[:2] != b[:2]:
            assert decisions.path_problem(one, other) or decisions.path_problem(other, one)

    @pytest.mark.parametrize(
        ("found", "right"), [("4.7.0", True), ("4.7.0+standin", True), ("4.7.0-rc1", True), ("4.7.01", False), ("", False)]
    )
    def test_an_image_is_of_the_version_that_the_setting_says(self, found: str, right: bool) -> None:
        assert (decisions.image_problem(NEW, found) == "") == right

    def test_a_patch_that_lacks_migrations_is_refused_and_one_that_knows_all_is_not(self) -> None:
        known = frozenset({"20260101000000"})
        assert decisions.schema_problem(Version(4, 7, 1), Version(4, 7, 0), known, known) == ""
        said = decisions.schema_problem(Version(4, 7, 1), Version(4, 7, 0), known | {"20260901000000", "20260801000000"}, known)
        assert "4.7.0 does not know (20260801000000 20260901000000)" in said

    def test_a_pre_release_is_a_rollback_from_its_release(self) -> None:
        """So its image has to know each migration of the database."""
        before, to = Version(4, 7, 0), Version(4, 7, 0, "-rc.1")
        assert to < before
        assert decisions.path_problem(before, to) == ""
        assert "4.7.0-rc.1 does not know (2)" in decisions.schema_problem(before, to, {"1", "2"}, {"1"})

    def test_the_larger_of_two_needs_decides_about_room(self) -> None:
        gib = 1 << 30
        assert decisions.room_problem(gib, 0) == ""
        assert "expected 1.0GB" in decisions.room_problem(gib - 1, 0)
        assert decisions.room_problem(14 * gib, 10 * gib) == ""


class TestDecisions:
    @pytest.mark.parametrize(
        ("step", "new_works", "then"),
        [
            (Step.CHECK, False, Consequence.NOTHING_CHANGED),
            (Step.MIGRATIONS, False, Consequence.OLD_SERVES_ON),
            (Step.CHANGE_OVER, False, Consequence.GO_BACK),
            (Step.LOOK, False, Consequence.GO_BACK),
            (Step.POST_MIGRATIONS, True, Consequence.NEW_SERVES_ON),
            (Step.POST_MIGRATIONS, False, Consequence.GO_BACK),
            (Step.LOOK_AGAIN, False, Consequence.GO_BACK),
        ],
    )
    def test_what_follows_from_a_failure(self, step: Step, new_works: bool, then: Consequence) -> None:
        assert after_failure(step, new_works) is then

    @pytest.mark.parametrize(
        ("has_schema", "on_disk", "pending", "expected"),
        [
            (False, None, None, Course.MAKE_SCHEMA),
            (False, NEW, TO_NEW, Course.MAKE_SCHEMA),
            (True, None, None, Course.ADOPT),
            (True, None, TO_NEW, Course.ADOPT),
            (True, NEW, None, Course.ADOPT),
            (True, NEW, TO_NEW, Course.GO_ON),
            (True, NEW, FROM_NEW, Course.STAY),
            (True, OLD, None, Course.UPGRADE),
            (True, OLD, TO_NEW, Course.UPGRADE),
            (True, replace(NEW, web="example.org/web@sha256:other"), None, Course.UPGRADE),
        ],
    )
    def test_what_a_run_begins_with(self, has_schema: bool, on_disk: Release | None, pending: Pending | None, expected: Course) -> None:
        assert decisions.course(has_schema=has_schema, wanted=NEW, serving=on_disk, pending=pending) is expected

    @pytest.mark.parametrize(
        ("before", "lacking", "lasting", "expected"),
        [
            (None, {"4"}, {"4"}, (None, "")),
            (TO_NEW, set(), set(), (None, "")),
            (TO_NEW, {"4"}, set(), (None, TO_NEW.moment)),
            (TO_NEW, {"4", "6"}, {"6"}, (TO_NEW, "")),
            (replace(TO_NEW, earlier="the first"), {"4"}, set(), (None, "the first")),
            (replace(TO_NEW, earlier="the first"), {"6"}, {"6"}, (replace(TO_NEW, earlier="the first"), "the first")),
        ],
    )
    def test_an_earlier_restore_point_stays_while_the_database_has_migrations_that_the_old_release_lacks(
        self, before: Pending | None, lacking: set[str], lasting: set[str], expected: tuple[Pending | None, str]
    ) -> None:
        assert decisions.kept_points(before, lacking, lasting) == expected

    def test_only_post_deployment_migrations_that_were_carried_out_and_that_the_old_release_lacks_last(self) -> None:
        assert decisions.lasting({"1", "2", "3"}, {"2", "3", "4"}, {"3"}) == ["2"]

    def test_where_it_is_not_known_what_lasts_the_old_release_is_tried(self) -> None:
        assert decisions.lasting(None, {"2"}, {"3"}) == []
        assert decisions.lasting({"2"}, None, {"3"}) == []
        assert decisions.lasting({"2"}, {"2"}, None) == []

    def test_a_listing_and_the_table_of_migrations_give_numbers_alone(self) -> None:
        assert decisions.migrations_in("db/migrate:\n20260101000000_add_quotes.rb\n\nREADME\n_x.rb\nx[$(id)]_a.rb\n") == {"20260101000000"}
        assert decisions.versions_in("20260101000000\nx[$(id)]\n\n" + "9" * 21) == {"20260101000000"}

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ('{"passed": true, "at": 100}', ""),
            ('{"passed": true, "at": 99}', "see journalctl -u mastodon-proof"),
            ('{"passed": false, "at": 100, "problem": "no row"}', "no row"),
            ('{"passed": "true", "at": 100}', "see journalctl -u mastodon-proof"),
            ("", "see journalctl -u mastodon-proof"),
            ("[1]", "see journalctl -u mastodon-proof"),
        ],
    )
    def test_a_backup_is_proved_by_a_proof_that_came_after_it(self, text: str, problem: str) -> None:
        assert decisions.proof_problem(text, 100) == problem

    def test_a_reason_is_the_end_of_what_was_said_without_peoples_data(self) -> None:
        text = "\n".join(
            ["first", *("x" for _ in range(24)), "ERROR", "DETAIL: Key (email)=(alice@example.org) is duplicated.", "\x1b[2Jend"]
        )
        for_log, for_person = decisions.reason_of(text, False), decisions.reason_of(text, True)
        assert "alice" not in for_log
        assert "alice" in for_person
        assert for_log.endswith("ERROR\n\N{REPLACEMENT CHARACTER}[2Jend")
        assert "first" not in for_log

    def test_a_process_is_looked_at_by_what_it_answers(self) -> None:
        assert look.timeline_problem(3001, "200") == look.timeline_problem(3001, "401") == ""
        assert look.timeline_problem(3002, "502") == "/api/v1/timelines/public answers 502 at port 3002"
        assert look.timeline_problem(3002, "") != ""
        key = {"publicKeyPem": "-----BEGIN PUBLIC KEY-----"}
        assert look.shows_key(json.dumps({"publicKey": key}))
        assert look.shows_key(json.dumps({"publicKey": [{}, key]}))
        for none in ("{}", "[]", "1", "", '{"publicKey": []}', '{"publicKey": {"publicKeyPem": null}}', '{"publicKey": "PUBLIC KEY"}'):
            assert not look.shows_key(none)
        assert not look.shows_key("[" * 100_000)

    def test_a_container_of_another_image_is_named(self) -> None:
        wanted = {"web": "w", "streaming": "s"}
        assert another_image(["mastodon-web-1 w", "mastodon-streaming s", "mastodon-sidekiq-default w"], wanted) == ""
        assert another_image(["mastodon-web-1 w", "mastodon-streaming w"], wanted) == "mastodon-streaming runs another image (w)"


class TestRecords:
    PENDING = Pending(OLD, NEW, "before-4.7.0", "2026-11-23 05:00:00.123456+00")

    def test_what_is_pending_reads_as_it_was_written(self, tmp_path: Path) -> None:
        assert parse_pending(self.PENDING.as_json()) == self.PENDING
        second = replace(self.PENDING, earlier="2026-11-22 05:00:00.123456+00")
        assert parse_pending(second.as_json()) == second
        assert list(json.loads(self.PENDING.as_json())) == ["from", "to", "point", "moment"]
        assert read_pending(tmp_path / "upgrade.json") is None

    @pytest.mark.parametrize(
        "field", [{"moment": "now'; DROP"}, {"earlier": "now'; DROP"}, {"point": "$(id)"}, {"from": "x[$(id)] a b"}, {"to": None}]
    )
    def test_nonsense_in_it_is_refused(self, tmp_path: Path, field: dict[str, object]) -> None:
        (tmp_path / "upgrade.json").write_text(json.dumps({**json.loads(self.PENDING.as_json()), **field}))
        with pytest.raises(Failure, match="is not what an upgrade leaves there"):
            read_pending(tmp_path / "upgrade.json")

    def test_a_report_has_what_is_known_by_then(self) -> None:
        report = Report("4.6.5", "4.7.0", "2026-11-23T05:00:00Z", [("check the way", 0.1)])
        assert json.loads(report.as_json()) == {
            "from": "4.6.5",
            "to": "4.7.0",
            "began": "2026-11-23T05:00:00Z",
            "steps": [{"name": "check the way", "seconds": 0.1}],
        }

    def test_tasks_are_lines_of_a_version_and_a_command(self, tmp_path: Path) -> None:
        (tmp_path / "tasks").write_text("4.7.0 tootctl cache clear\n\n4.7.0 echo 'a  b'\n")
        tasks = read_tasks(tmp_path / "tasks")
        assert tasks is not None
        assert [task.command for task in tasks] == ["tootctl cache clear", "echo 'a  b'"]
        keep_done(tasks, tmp_path / "done")
        assert read_tasks(tmp_path / "done") == tasks
        assert read_tasks(tmp_path / "missing") is None
