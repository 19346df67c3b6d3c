"""What the watch and `mastodonctl status` say of what they see: each judgement at its limits, and text from outside."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl import alert
from mastodonctl.checks import commands, jobs, judgements, storage, table
from mastodonctl.checks.commands import judgements_as_dict
from mastodonctl.checks.findings import DAY, HOUR, MINUTE, Figure, Finding, Judgement, as_metrics, duration, judged, series
from mastodonctl.checks.jobs import Queue
from mastodonctl.checks.judgements import Certificate, Unit
from mastodonctl.checks.machine import Machine, certificate_of, first_of, served, units_of, used_percent
from mastodonctl.checks.storage import Database
from mastodonctl.console import Failure

CHECKOUT = Path(__file__).parents[2]
NOW = 1_800_000_000
HOSTILE = ["x[$(touch /tmp/x)]", "PIPESTATUS[$(id)]", "`id`", "", "-1", "1e400", "NaN", "\x1b[2J", "null", "[]", "{}", '"', "[" * 100_000]


def judged_by(findings: Iterator[Finding] | tuple[Finding, ...]) -> dict[str, Judgement]:
    return {one.name: one for one in findings if isinstance(one, Judgement)}


def figures_of(findings: Iterator[Finding] | tuple[Finding, ...]) -> str:
    return as_metrics(one for one in findings if isinstance(one, Figure))


class TestFindings:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(0, "0 minutes"), (-90, "-1 minutes"), (7199, "119 minutes"), (7200, "2 hours"), (172_799, "47 hours"), (172_800, "2 days")],
    )
    def test_a_duration_is_shown_in_the_unit_that_people_would_use(self, seconds: int, text: str) -> None:
        assert duration(seconds) == text

    def test_figures_are_prometheus_text(self) -> None:
        assert as_metrics([Figure("a", 1), Figure(series("b", "of", "c"), -2)]) == 'a 1\nb{of="c"} -2\n'

    @given(some.text())
    def test_no_name_of_a_queue_breaks_the_figures(self, name: str) -> None:
        assert re.fullmatch(r'q\{queue="([^"\\\n]|\\["\\n])*"\} 1\n', as_metrics([Figure(series("q", "queue", name), 1)]))

    def test_text_of_others_moves_no_cursor(self) -> None:
        said = judged("x", "\x1b[2J", "\x1b[2J" + "y" * 10_000)
        assert "\x1b" not in said.fact + said.problem
        assert len(said.problem) < 5000

    def test_the_worst_of_all_is_the_verdict(self) -> None:
        well, warns, bad = judged("a", "f"), judged("b", "f", "p"), judged("c", "f", "p", bad=True)
        assert judgements_as_dict([]) == {"verdict": "ok", "checks": []}
        assert judgements_as_dict([well, warns])["verdict"] == "warning"
        assert judgements_as_dict([bad, warns]) == {
            "verdict": "bad",
            "checks": [
                {"name": "c", "verdict": "bad", "fact": "f", "problem": "p"},
                {"name": "b", "verdict": "warning", "fact": "f", "problem": "p"},
            ],
        }


AGES: list[tuple[str, int, Callable[[int], tuple[Finding, ...]]]] = [
    ("backup", 26 * HOUR, lambda age: storage.backup(age, "")),
    ("dump", 8 * DAY, storage.dump),
    ("log", 10 * MINUTE, lambda age: storage.log(age, "postgresql@17-main.service")),
    ("proof", 8 * DAY, lambda age: storage.proof(age, False)),
    ("secondary", 26 * HOUR, storage.secondary),
    ("updates", 4 * DAY, lambda age: judgements.updates(age, None, "03:00")),
]


@pytest.mark.parametrize(("name", "limit", "judge"), AGES)
def test_what_is_old_is_reported_behind_its_limit(name: str, limit: int, judge: Callable[[int], tuple[Finding, ...]]) -> None:
    assert judged_by(judge(limit))[f"age-of-{name}"].verdict == "ok"
    late = judged_by(judge(limit + 1))[f"age-of-{name}"]
    assert late.verdict == "warning"
    assert f"expected at most {duration(limit)}. " in late.problem
    assert figures_of(judge(limit)) == f'mastodon_age_seconds{{of="{name}"}} {limit}\n'


def test_a_late_backup_names_what_keeps_it_waiting() -> None:
    late = judged_by(storage.backup(27 * HOUR, "mastodon-dump.service"))["age-of-backup"].problem
    assert late.endswith("journalctl -u mastodon-backup. At work, or waiting for another of these: mastodon-dump.service")


def test_a_failed_proof_says_that_old_backups_are_kept() -> None:
    assert storage.failed_proof('{"passed": false}')
    assert not any(storage.failed_proof(text) for text in [None, '{"passed": true}', *HOSTILE])
    assert "so the bucket grows" in judged_by(storage.proof(9 * DAY, True))["age-of-proof"].problem


def test_without_a_second_store_there_is_no_second_copy_to_miss() -> None:
    assert storage.secondary(None) == (judged("age-of-secondary", "none"),)


class TestServices:
    def test_the_lease_is_held_or_says_why_not(self) -> None:
        assert judgements.lease(None, True) == judged("lease", "held", bad=True)
        assert judgements.lease(None, False).problem.startswith("This machine does not know that it holds the lease")
        said = judgements.lease("it has handed over", True)
        assert (said.fact, said.problem, said.verdict) == ("not held", "This machine must not serve: it has handed over", "bad")

    @pytest.mark.parametrize(
        ("state", "changed", "restarts", "still"),
        [
            ("active", 0, 9, False),
            ("reloading", 0, 9, False),
            ("activating", 880, 2, False),
            ("activating", 879, 0, True),
            ("activating", 999, 3, True),
            ("failed", 0, 0, True),
        ],
    )
    def test_a_unit_stands_still_after_two_minutes_or_three_restarts(self, state: str, changed: int, restarts: int, still: bool) -> None:
        unit = Unit("mastodon-web@1.service", state, changed * 1_000_000, restarts)
        assert judgements.stands_still(unit, 1000) is still

    def test_those_that_are_down_are_named_but_not_where_an_administrator_stopped_them(self) -> None:
        units = [Unit("a.service", "active", 0, 0), Unit("b.service", "failed", 0, 0), Unit("c.service", "failed", 0, 0)]
        said = judgements.services(units, 1000, False)
        assert (said.fact, said.verdict) == ("1 of 3 run", "bad")
        assert said.problem == "These don't run: b.service c.service. journalctl -u b.service"
        assert judgements.services(units, 1000, True).problem == ""

    def test_units_are_read_as_systemctl_shows_them(self) -> None:
        block = "Id=mastodon-web@1.service\nActiveState=active\nStateChangeTimestampMonotonic=5\nNRestarts=1\n"
        assert units_of(f"{block}\n{block}") == [Unit("mastodon-web@1.service", "active", 5, 1)] * 2
        with pytest.raises(Failure, match="expected a number"):
            units_of(block.replace("=5", "=x[$(id)]"))

    def test_processes_that_the_machine_is_too_small_for_are_not_missed(self, tmp_path: Path) -> None:
        (tmp_path / "sidekiq").mkdir()
        (tmp_path / "sidekiq/default.env").touch()
        machine = Machine(NOW, etc=tmp_path)
        wanted = ["nginx.service", "mastodon-sidekiq@default.service", "mastodon-sidekiq@push.service"]
        assert [machine.is_wanted(one) for one in wanted] == [True, True, False]

    def test_an_upgrade_that_no_process_works_on_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "upgrade.json").write_text('{"to": "4.7.0 a b"}')
        (tmp_path / "release").write_text("4.6.5 a b\n")
        (said,) = table.upgrade(Machine(NOW, state=tmp_path, run=tmp_path))
        assert isinstance(said, Judgement)
        assert said.fact == "4.6.5"
        assert said.problem.startswith("The upgrade to Mastodon 4.7.0 was cut short or failed half-way; run pulumi up again.")
        # A process that can't lock it finds converge at work.
        (said,) = table.upgrade(Machine(NOW, state=tmp_path, run=tmp_path / "none"))
        assert isinstance(said, Judgement)
        assert said.verdict == "ok"

    @pytest.mark.parametrize("text", HOSTILE)
    def test_an_upgrade_that_says_nonsense_is_no_upgrade(self, text: str) -> None:
        with pytest.raises(Failure):
            table.target(text)

    def test_connections_are_well_up_to_80_percent_and_reported_above_with_what_to_do(self) -> None:
        findings = judgements.pool("nginx", "nginx", 1600, 2000, "Remedy")
        assert judged_by(findings)["connections-of-nginx"] == judged("connections-of-nginx", "1600 of 2000")
        assert figures_of(findings) == 'mastodon_connections{of="nginx"} 1600\nmastodon_connections_limit{of="nginx"} 2000\n'
        said = judged_by(judgements.pool("nginx", "nginx", 1601, 2000, "Remedy"))["connections-of-nginx"].problem
        assert said == "nginx uses 1601 of 2000 connections; expected at most 80 %. Remedy"

    def test_connections_are_counted_by_lines_and_the_limit_is_that_of_all_workers(self, tmp_path: Path) -> None:
        (tmp_path / "nginx.conf").write_text("worker_rlimit_nofile 2000;\nevents {\n\tworker_connections 1000;\n\t# multi_accept on;\n}\n")
        machine = Machine(NOW, etc=tmp_path, answer=lambda _: "a\nb")
        assert machine.nginx_connections() == 2
        assert machine.nginx_limit() % 1000 == 0
        (tmp_path / "nginx.conf").write_text("events {}\n")
        with pytest.raises(Failure, match="has no worker_connections"):
            machine.nginx_limit()

    def test_the_disk_is_reported_above_85_percent_and_is_bad_above_95(self) -> None:
        verdicts = {used: [one.verdict for one in judged_by(judgements.disk(used, 1024)).values()] for used in (85, 86, 95, 96)}
        assert verdicts == {85: ["ok", "ok"], 86: ["warning", "ok"], 95: ["warning", "ok"], 96: ["warning", "bad"]}
        assert figures_of(judgements.disk(86, 1024)) == "mastodon_disk_used_percent 86\n"
        said = judged_by(judgements.disk(96, 1024))["disk-nearly-full"]
        assert said.fact == "1.0KB free"
        assert said.problem == "The disk is 96 % full; expected at most 85 %. At 100 % the database stops."

    @pytest.mark.parametrize(("free", "available", "percent"), [(100, 100, 0), (0, 0, 100), (50, 40, 56), (99, 94, 2)])
    def test_the_disk_is_as_full_as_df_says(self, free: int, available: int, percent: int) -> None:
        assert used_percent(100, free, available) == percent

    @pytest.mark.parametrize(
        ("synchronized", "uptime", "verdict"), [("yes", 9999, "ok"), ("no", 899, "ok"), ("no", 900, "warning"), (None, 9999, "ok")]
    )
    def test_the_clock_is_reported_where_nothing_synchronizes_it(self, synchronized: str | None, uptime: int, verdict: str) -> None:
        said = judgements.clock(synchronized, uptime)
        assert said.verdict == verdict
        assert said.fact == ("the host's" if synchronized is None else f"synchronized: {synchronized}")

    def test_a_reboot_may_wait_for_a_week(self) -> None:
        said = {waits: judged_by(judgements.updates(0, waits, "03:00"))["reboot"] for waits in (None, 8 * DAY - 1, 8 * DAY)}
        assert [one.verdict for one in said.values()] == ["ok", "ok", "warning"]
        assert [said[None].fact, said[8 * DAY].fact] == ["no reboot is pending", "a reboot waits for 03:00 UTC"]


class TestDatabase:
    @pytest.mark.parametrize(
        ("seen", "problem"),
        [
            (Database(1024, 1_000_000_000, 40, 6 * HOUR), ""),
            (Database(1024, 0, 41, 0), "41 % of the rows of a table are dead"),
            (Database(1024, 1_000_000_001, 0, 0), "1000000001 transactions are not frozen"),
            (Database(1024, 2_000_000_000, 99, 6 * HOUR + 1), "A transaction is open for 6 hours"),
        ],
    )
    def test_it_is_well_up_to_its_limits(self, seen: Database, problem: str) -> None:
        said = judged_by(storage.database(seen))["database"]
        assert (said.fact, said.problem[: len(problem)], bool(said.problem)) == ("1.0KB", problem, bool(problem))

    def test_its_figures_are_shown(self) -> None:
        assert figures_of(storage.database(Database(1, 2, 3, 4))) == (
            "mastodon_database_bytes 1\nmastodon_database_dead_rows_percent 3\nmastodon_database_transaction_age 2\n"
        )

    @pytest.mark.parametrize("enabled", ["on", "off"])
    def test_checksums_are_well_while_no_page_is_wrong_enabled_or_not(self, enabled: str) -> None:
        findings = storage.checksums(enabled, 0, "")
        assert judged_by(findings)["page-checksums"] == judged("page-checksums", f"{enabled}, 0 wrong pages", bad=True)
        assert figures_of(findings) == "mastodon_database_checksum_failures 0\n"

    def test_that_a_page_failed_is_reported_with_the_database_and_the_remedy(self) -> None:
        said = judged_by(storage.checksums("on", 3, "mastodon_production, shared tables"))["page-checksums"]
        assert "3 pages were read with a wrong checksum (mastodon_production, shared tables)" in said.problem
        assert "see docs/runbooks.md, 'A page of the database is broken'" in said.problem
        assert "\n## A page of the database is broken\n" in (CHECKOUT / "docs/runbooks.md").read_text()


LOCKED = {"versioning": "Enabled", "lock": "GOVERNANCE 30 days", "problem": "", "locked_before": "GOVERNANCE 30 days"}
NEVER = {"versioning": "Unversioned", "lock": "none", "problem": "no rule", "locked_before": ""}


class TestBuckets:
    def test_versions_are_well_where_they_are_kept_and_where_they_never_were(self) -> None:
        kept = {"media": NEVER, "backups": NEVER, "secondary": LOCKED}
        assert judged_by(storage.versions(json.dumps(kept))) == {
            "versions-of-media": judged("versions-of-media", "Unversioned, object lock: none"),
            "versions-of-secondary": judged("versions-of-secondary", "Enabled, object lock: GOVERNANCE 30 days"),
        }

    def test_versions_are_reported_where_they_or_the_lock_were_turned_off(self) -> None:
        kept = {"media": {**NEVER, "versioning": "Suspended"}, "secondary": {**LOCKED, "lock": "none"}}
        said = judged_by(storage.versions(json.dumps(kept)))
        assert "The versions of the bucket 'media' were turned off" in said["versions-of-media"].problem
        assert "(GOVERNANCE 30 days) is gone" in said["versions-of-secondary"].problem

    @pytest.mark.parametrize("text", [None, *HOSTILE, '{"../../x": {}}', '{"media": 1}', '{"media": []}'])
    def test_text_that_is_no_list_of_buckets_says_nothing(self, text: str | None) -> None:
        assert list(storage.versions(text)) == []
        assert list(storage.stores(text, 1, 1)) == []

    def test_a_store_is_reported_above_85_percent_with_its_setting(self) -> None:
        told = json.dumps({"media": {"bytes": 850}, "backups": {"bytes": 1701}})
        said = judged_by(storage.stores(told, 1000, 2000))
        assert said["store-media"] == judged("store-media", "850B of 1000B")
        full = "The backups bucket is 85 % full; expected at most 85 %. Raise the setting backupGb"
        assert said["store-backups"].problem == full
        assert figures_of(storage.stores(told, 1000, 2000)) == (
            'mastodon_store_bytes{store="media"} 850\nmastodon_store_bytes{store="backups"} 1701\n'
        )

    @pytest.mark.parametrize("size", ['"x[$(id)]"', "-1", "1.5", "true", "null", "1e999", "9" * 30])
    def test_an_invalid_size_is_left_out(self, size: str) -> None:
        assert list(storage.stores(f'{{"media": {{"bytes": {size}}}}}', 1, 1)) == []


class TestQueues:
    def waiting(self, *enqueued: object) -> dict[str, Judgement]:
        seen = [Queue(f"q{number}", 2, json.dumps({"enqueued_at": at})) for number, at in enumerate(enqueued)]
        return judged_by(jobs.queues(seen, NOW))

    def test_the_oldest_job_may_wait_for_a_quarter_of_an_hour(self) -> None:
        assert self.waiting(NOW - 900, NOW - 5)["queues"] == judged("queues", "4 jobs wait, the longest for 900 s")
        late = self.waiting(NOW - 5, (NOW - 901) * 1000)["queues"].problem
        assert late.startswith("The oldest job of the queue q1 has waited for 15 minutes; expected at most 15 minutes. ")

    @pytest.mark.parametrize("oldest", [*HOSTILE, *(f'{{"enqueued_at": {at}}}' for at in ["true", '"x"', "-5", "1e400", "NaN", "9" * 99])])
    def test_a_job_without_a_moment_does_not_wait(self, oldest: str) -> None:
        findings = list(jobs.queues([Queue('a"b\n', 1, oldest)], NOW))
        assert judged_by(iter(findings))["queues"].fact == "1 jobs wait, the longest for 0 s"
        assert figures_of(iter(findings)) == (
            'mastodon_queue_length{queue="a\\"b\\n"} 1\nmastodon_queue_latency_seconds{queue="a\\"b\\n"} 0\n'
        )

    def test_what_is_tried_again_is_counted(self) -> None:
        assert as_metrics(jobs.waiting({"retry": 1, "dead": 0})) == 'mastodon_jobs{in="retry"} 1\nmastodon_jobs{in="dead"} 0\n'

    @pytest.mark.parametrize("said", ["", "LOADING Redis is loading the dataset in memory", "x[$(id)]"])
    def test_a_redis_that_returns_no_number_could_not_be_looked_at(self, said: str) -> None:
        kept: list[Finding] = []
        machine = Machine(NOW, answer=lambda command: "default" if "smembers" in command else said)
        assert "expected a number" in table.look("queues", machine, kept.append)
        assert kept == []


class TestFailedJobs:
    def mail(self, error_class: str, error_message: str, minutes_ago: int = 5) -> dict[str, object]:
        return {
            "class": "ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper",
            "wrapped": "ActionMailer::MailDeliveryJob",
            "queue": "mailers",
            "error_class": error_class,
            "error_message": error_message,
            "failed_at": NOW - 100_000,
            "retried_at": NOW - 60 * minutes_ago + 0.25,
        }

    def job(self, name: str, queue: str) -> dict[str, object]:
        error = {"error_class": "NoMethodError", "error_message": "undefined method 'x'"}
        return {"class": name, "queue": queue, **error, "failed_at": (NOW - 60) * 1000}

    def failures(self, *failed: object) -> dict[str, Judgement]:
        return judged_by(jobs.failures([json.dumps(one) for one in failed], NOW, "toot.example"))

    def test_are_absent(self) -> None:
        assert self.failures() == {
            "mail": judged("mail", "messages that wait to be sent again: 0", bad=True),
            "failed-jobs": judged("failed-jobs", "jobs of one kind that wait to be tried again: at most 0"),
        }

    def test_of_mail_are_reported_at_once_with_what_the_relay_said_where_the_relay_takes_no_mail(self) -> None:
        said = self.failures(self.mail("Net::SMTPAuthenticationError", "535 5.7.8\nwrong password"))["mail"]
        assert said.verdict == "bad"
        assert re.search(r"messages that wait: 1\..* Net::SMTPAuthenticationError: 535 5\.7\.8 wrong password\. ", said.problem)

    def test_of_mail_are_no_news_where_the_relay_refuses_an_address_or_two(self) -> None:
        refused = self.mail("Net::SMTPFatalError", "550 5.1.1 no such user")
        assert self.failures(refused, refused)["mail"].problem == ""

    def test_of_mail_are_reported_where_it_refuses_three_with_the_newest(self) -> None:
        refused = [self.mail("Net::SMTPFatalError", f"550 sender refused {at}", at) for at in (30, 2, 20)]
        assert "550 sender refused 2." in self.failures(*refused)["mail"].problem

    def test_of_more_than_a_day_ago_are_no_news(self) -> None:
        assert self.failures(self.mail("Net::OpenTimeout", "execution expired", 25 * 60))["mail"].problem == ""

    def test_of_a_kind_are_reported_from_the_51st_on_in_milliseconds_too(self) -> None:
        one = self.job("FeedInsertWorker", "default")
        assert self.failures(*[one] * 50)["failed-jobs"].problem == ""
        assert re.match("51 jobs of FeedInsertWorker .*NoMethodError", self.failures(*[one] * 51)["failed-jobs"].problem)

    def test_of_what_waits_for_other_servers_are_no_news(self) -> None:
        assert self.failures(*[self.job("ActivityPub::DeliveryWorker", "push")] * 500)["failed-jobs"].problem == ""

    def test_reach_no_administrator_as_a_command_whatever_a_relay_says(self) -> None:
        words = '$(touch /tmp/x) `id` "; a[$(id)] \u0007\u2028 ' + "x" * 2000
        said = self.failures(self.mail("Net::ReadTimeout", words), {"queue": "mailers"}, [1], "no JSON {")["mail"].problem
        assert '$(touch /tmp/x) `id` "; a[$(id)] x' in said
        assert len(said) < 700

    @given(some.lists(some.recursive(some.none() | some.booleans() | some.floats() | some.text(), some.lists), max_size=8))
    def test_no_job_breaks_the_reader(self, values: list[object]) -> None:
        names = ("queue", "class", "wrapped", "error_class", "error_message", "retried_at", "failed_at", "enqueued_at")
        self.failures(dict(zip(names, values, strict=False)))

    @given(some.text())
    def test_no_line_breaks_the_reader(self, text: str) -> None:
        judged_by(jobs.failures([text, *HOSTILE], NOW, "toot.example"))


class TestCertificate:
    SEEN = Certificate("/etc/mastodon/tls/fullchain.pem", NOW, NOW + 90 * DAY, ("toot.example",))

    def test_it_is_reported_20_days_before_its_end_and_a_short_one_two_ninths_before(self) -> None:
        for seen, limit in [(self.SEEN, 20 * DAY), (Certificate("x", NOW, NOW + 9 * DAY, ()), 2 * DAY)]:
            left = seen.ends - limit
            assert judged_by(judgements.certificate(seen, left, []))["certificate"].verdict == "ok"
            assert "should have been renewed" in judged_by(judgements.certificate(seen, left + 1, []))["certificate"].problem
        assert figures_of(judgements.certificate(self.SEEN, NOW, [])) == f"mastodon_certificate_seconds_left {90 * DAY}\n"

    def test_it_is_reported_where_nginx_shows_another_one(self) -> None:
        said = judged_by(judgements.certificate(self.SEEN, NOW, ["a", "b"]))["certificate"].problem
        assert said == (
            "nginx does not show the certificate of /etc/mastodon/tls/fullchain.pem for b: sudo nginx -t, then sudo systemctl reload nginx"
        )

    def issue(self, folder: Path, name: str) -> tuple[Path, Path]:
        key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
        names = "subjectAltName=DNS:toot.example,DNS:files.toot.example"
        request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"]
        subprocess.run(
            [*request, "-subj", f"/CN={name}", "-addext", names, "-keyout", key, "-out", certificate], check=True, capture_output=True
        )
        return key, certificate

    def test_nginx_is_asked_for_each_name_which_certificate_it_shows(self, tmp_path: Path) -> None:
        (key, shown), (_, other) = self.issue(tmp_path, "new"), self.issue(tmp_path, "old")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shown, key)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(10)

            def answer() -> None:
                for _ in range(4):
                    with listener.accept()[0] as plain, context.wrap_socket(plain, server_side=True):
                        pass

            thread = threading.Thread(target=answer)
            thread.start()
            address = listener.getsockname()
            (tmp_path / "tls").mkdir()
            file = tmp_path / "tls/fullchain.pem"
            machine = Machine(NOW, etc=tmp_path)
            file.write_text(shown.read_text() + other.read_text())
            seen = machine.certificate()
            assert seen.names == ("toot.example", "files.toot.example")
            assert seen.ends - seen.begins == 9 * DAY
            assert machine.not_shown(seen, address) == []
            file.write_text(other.read_text())
            assert machine.not_shown(seen, address) == ["toot.example", "files.toot.example"]
            thread.join()
        assert served("toot.example", address) is None
        assert served("a" * 300, address) is None

    def test_what_openssl_prints_is_read(self) -> None:
        told = "notBefore=Jan  1 00:00:00 2026 GMT\nnotAfter=Apr  1 00:00:00 2026 GMT\n  DNS:a.example, DNS:*.a.example\n"
        seen = certificate_of(Path("f"), told)
        assert (seen.ends - seen.begins, seen.names) == (90 * DAY, ("a.example", "*.a.example"))
        with pytest.raises(KeyError):
            certificate_of(Path("f"), "")
        with pytest.raises(ValueError, match="Invalid PEM"):
            first_of("")


def test_one_check_that_fails_keeps_what_it_saw_and_says_why() -> None:
    def fails(_machine: Machine) -> Iterator[Finding]:
        yield Figure("seen", 1)
        raise Failure("no answer\x1b")

    kept: list[Finding] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(table.CHECKS, "log", fails)
        assert table.look("log", Machine(int(time.time())), kept.append) == "no answer\N{REPLACEMENT CHARACTER}"
    assert kept == [Figure("seen", 1)]


def test_the_watch_raises_clears_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[tuple[str, str]] = []
    cleared: list[str] = []

    def fails(_machine: Machine) -> Iterator[Finding]:
        yield judged("well", "fact")
        yield Figure("seen", 1)
        yield judged("ill", "fact", "problem")
        raise OSError("gone")

    monkeypatch.setattr(table, "CHECKS", {"one": fails})
    monkeypatch.setattr(commands, "CHECKS", {"one": fails})
    monkeypatch.setattr(commands, "this_machine", lambda: Machine(NOW, state=tmp_path, run=tmp_path))
    monkeypatch.setattr(alert, "raise_alert", lambda _places, name, text: raised.append((name, text)))
    monkeypatch.setattr(alert, "clear_alert", lambda _places, name: cleared.append(name))
    sent: list[str] = []
    monkeypatch.setattr(alert, "send", lambda _places: sent.append("outbox"))
    monkeypatch.setattr(alert, "ping", lambda _places: sent.append("ping"))
    monkeypatch.setattr(alert, "standing", lambda _places: [])
    assert commands.watch() == 0
    assert raised == [("ill", "problem"), ("watch-one", "the watch could not look at it: journalctl -u mastodon-watch")]
    assert cleared == ["well"]
    assert sent == ["outbox", "ping"]
    assert (tmp_path / "metrics/watch.prom").read_text() == "seen 1\n"
    monkeypatch.setattr(alert, "standing", lambda _places: [tmp_path])
    commands.watch()
    assert sent[2:] == ["outbox"]
