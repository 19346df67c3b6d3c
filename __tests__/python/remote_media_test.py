"""How many days of copies of other servers' media fit into a limit, and when an administrator is asked."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl import remote_media
from mastodonctl.checks import storage
from mastodonctl.checks.findings import Figure, Judgement
from mastodonctl.console import Failure
from mastodonctl.remote_media import FLOOR_DAYS, GIGABYTE, Age, Clearing, clearing, days_that_fit, decide, read_ages, report

HOSTILE = ["", "null", "[]", "{}", '"', "[" * 100_000, "x[$(id)]", '{"limit": 1}']


def daily(days: int, gigabytes: int = 1) -> list[Age]:
    return [Age(day, 100, gigabytes * GIGABYTE) for day in range(days)]


def problem_of(limit: int, seen: Clearing | None) -> str:
    (said,) = (one for one in storage.remote_media(limit, seen) if isinstance(one, Judgement))
    return said.problem


class TestDays:
    @pytest.mark.parametrize(("limit", "days"), [(30, 0), (29, 29), (10, 10), (7, 7), (6, 7), (1, 7)])
    def test_as_many_days_are_kept_as_fit_and_never_fewer_than_seven(self, limit: int, days: int) -> None:
        assert days_that_fit(daily(30), limit) == days

    ages = some.lists(some.builds(Age, some.integers(0, 400), some.just(1), some.integers(0, 5 * GIGABYTE)), unique_by=lambda age: age.days)

    @given(ages, some.integers(1, 300))
    def test_what_stays_fits_or_is_of_the_last_seven_days_and_one_day_more_would_not(self, ages: list[Age], limit: int) -> None:
        ages = sorted(ages, key=lambda age: age.days)
        told = clearing(ages, limit)
        kept = told.size - told.gone_size
        if not told.days:
            assert told.gone_files == 0
            assert kept <= limit * GIGABYTE or all(age.days < FLOOR_DAYS for age in ages)
            return
        assert told.days >= FLOOR_DAYS
        assert kept <= limit * GIGABYTE or told.days == FLOOR_DAYS
        more = sum(age.size for age in ages if age.days <= told.days)
        assert more > limit * GIGABYTE

    def test_a_large_share_waits_until_it_is_agreed_for_this_limit(self) -> None:
        assert not clearing(daily(30), 21).waits
        assert clearing(daily(30), 19).waits
        assert not clearing(daily(30), 19, agreed=19).waits
        assert clearing(daily(30), 18, agreed=19).waits

    def test_a_small_server_is_not_asked_about_a_gigabyte(self) -> None:
        ages = [Age(0, 1, 1), Age(8, 10, 300_000_000), Age(90, 10, 700_000_000)]
        assert clearing(ages, 1).gone_size == 700_000_000
        assert not clearing(ages, 1).waits

    def test_without_a_limit_nothing_goes(self) -> None:
        assert clearing(daily(30), 0).days == 0


class TestAnswers:
    def test_ages_are_read_as_psql_prints_them(self) -> None:
        assert read_ages(["9|2|30", "0|1|5", ""]) == [Age(0, 1, 5), Age(9, 2, 30)]

    @pytest.mark.parametrize("line", ["1|2", "1|2|3|4", "-1|2|3", "1|x[$(id)]|3", "1|2|", "1.5|2|3"])
    def test_another_answer_of_the_database_ends_it(self, line: str) -> None:
        with pytest.raises(Failure):
            read_ages([line])

    def test_local_media_and_what_is_not_there_are_not_asked_for(self) -> None:
        assert "WHERE remote_url <> '' AND file_file_name IS NOT NULL" in remote_media.QUESTION

    @pytest.mark.parametrize("text", ["-1", "1.5", "", "٣", "1e3", "99999999999", "x"])
    def test_a_limit_is_a_whole_number(self, text: str) -> None:
        with pytest.raises(argparse.ArgumentTypeError, match="whole number of GB"):
            remote_media.gigabytes(text)
        assert remote_media.gigabytes("0") == 0


class TestDecision:
    def test_it_is_noted_for_the_watch_and_waits_once(self, tmp_path: Path) -> None:
        assert decide(tmp_path, 10, daily(30)) == 0
        noted = remote_media.read_clearing(tmp_path / "remote-media.json")
        assert noted == clearing(daily(30), 10)
        said = problem_of(10, noted)
        assert "would go at once" in said
        assert "bin/mastodon remote-media --agree" in said
        remote_media.agree(tmp_path, 10)
        # A clearing that was stopped continues.
        assert decide(tmp_path, 10, daily(30)) == decide(tmp_path, 10, daily(20)) == 10
        assert problem_of(10, remote_media.read_clearing(tmp_path / "remote-media.json")) == ""
        # The agreement ends when it is carried out.
        assert decide(tmp_path, 10, daily(10)) == 0
        assert not (tmp_path / "remote-media-agreed").exists()
        assert decide(tmp_path, 10, daily(30)) == 0

    @pytest.mark.parametrize("text", ["", "x", "9" * 20, "-3", "٣"])
    def test_an_agreement_without_a_limit_does_not_count(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "remote-media-agreed").write_text(text, encoding="utf-8")
        assert decide(tmp_path, 10, daily(30)) == 0

    def test_without_a_limit_there_is_nothing_to_agree_to_and_nothing_is_left(self, tmp_path: Path) -> None:
        with pytest.raises(Failure, match=r"housekeeping\.remoteMediaGb is 0"):
            remote_media.agree(tmp_path, 0)
        decide(tmp_path, 10, daily(30))
        remote_media.agree(tmp_path, 10)
        remote_media.forget(tmp_path)
        assert list(tmp_path.iterdir()) == []


class TestReport:
    def test_it_has_files_and_sizes_by_age_and_what_would_go(self) -> None:
        said = report(daily(30), 21)
        assert "7 to 14 days                 700 files    6.6GB" in said
        assert "in all                      3000 files     28GB" in said
        assert any("would keep 21 days and delete 900 files of 8.4GB" in line for line in said)
        assert not any("--agree" in line for line in said)
        assert any("--agree" in line for line in report(daily(30), 8))
        assert any("nothing of the last 7 days goes" in line for line in report(daily(30), 2))
        assert any("would delete nothing" in line for line in report(daily(30), 300))
        assert report([], 0)[-1].startswith("No limit by size")


class TestStatus:
    def test_it_shows_what_is_used_of_the_limit(self) -> None:
        seen = clearing(daily(7), 10)
        figure, said = storage.remote_media(10, seen)
        assert figure == Figure("mastodon_remote_media_bytes", 7 * GIGABYTE)
        assert said == Judgement("remote-media", "6.6GB of 9.4GB")
        assert next(iter(storage.remote_media(0, seen))) == Judgement("remote-media", "no limit")
        assert next(iter(storage.remote_media(10, None))) == Judgement("remote-media", "not counted yet; at most 9.4GB")

    def test_a_limit_that_the_last_days_alone_exceed_is_reported(self) -> None:
        assert "The copies of the last 7 days alone take 6.6GB, and they stay" in problem_of(5, clearing(daily(9), 5))

    def test_what_was_counted_for_another_limit_raises_no_alert(self) -> None:
        assert problem_of(12, clearing(daily(30), 10)) == ""

    @pytest.mark.parametrize("text", HOSTILE)
    def test_an_invalid_record_counts_as_missing(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "remote-media.json"
        file.write_text(text, encoding="utf-8")
        assert remote_media.read_clearing(file) is None
        sound = asdict(clearing(daily(2), 1))
        for wrong in ({"size": "1"}, {"size": -1}, {"waits": 1}, {"files": True}):
            file.write_text(json.dumps({**sound, **wrong}), encoding="utf-8")
            assert remote_media.read_clearing(file) is None
        file.write_text(json.dumps(sound), encoding="utf-8")
        assert remote_media.read_clearing(file) == replace(clearing(daily(2), 1))
