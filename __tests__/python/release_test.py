"""What is a release of Mastodon, and the names of the one that serves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl.console import Failure
from mastodonctl.release import records, serving
from mastodonctl.release.records import Release, Version, parse
from mastodonctl.release.serving import MachineNames, files_of, processes, serve
from mastodonctl.upgrade.records import parse_pending
from upgrade_machine import PROCESSES, release_of

OLD, NEW = release_of("4.6.5"), release_of("4.7.0")
LINE = "4.7.0 example.org/web@sha256:aa example.org/streaming@sha256:bb"

HOSTILE = [
    "PIPESTATUS[$(touch /tmp/x)] a b",
    "x[$(id)].1.2 a b",
    "",
    "4.7.0",
    "4.7.0 a",
    "4.7.0 a b c",
    "4.7.0 $(id) b",
    "4.7.0 --help b",
    "04.7.0 a b",
    "4.7 a b",
    "4.7.0\n a b",
    "4.7.0 a b\n",
    "4.7.0 a b\n4.6.0 c d",
    "4.7.0  a b",
    "4.\N{ARABIC-INDIC DIGIT SEVEN}.0 a b",
    "9999999.7.0 a b",
    f"4.7.0 a {'b' * 1000}",
    "4.7.0'; DROP TABLE users; -- a b",
]


class TestReleases:
    def test_a_release_reads_as_it_is_written(self) -> None:
        release = parse(LINE)
        assert release == Release(Version(4, 7, 0), "example.org/web@sha256:aa", "example.org/streaming@sha256:bb")
        assert str(release) == LINE

    @pytest.mark.parametrize("text", HOSTILE)
    def test_text_that_is_no_release_is_refused(self, text: str) -> None:
        assert parse(text) is None

    @given(some.text())
    def test_no_text_breaks_the_reader(self, text: str) -> None:
        release = parse(text)
        assert release is None or str(release) == text
        parse_pending(text)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_file_that_holds_something_else_is_refused_with_what_to_do(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "release").write_text(f"{text}\n")
        with pytest.raises(Failure, match="expected a version and its two images"):
            records.read(tmp_path / "release")

    def test_a_file_that_is_missing_is_no_release(self, tmp_path: Path) -> None:
        assert records.read(tmp_path / "release") is None
        (tmp_path / "release").write_text(f"{LINE}\n")
        assert str(records.read(tmp_path / "release")) == LINE

    def test_versions_are_compared_as_numbers(self) -> None:
        assert Version(4, 9, 9) < Version(4, 10, 0)
        assert Version(4, 6, 5) < Version(4, 6, 10)

    def test_a_pre_release_comes_before_its_release(self) -> None:
        """In the order of Mastodon's own tags: alpha, beta, rc. Old ones have no dash."""
        rests = ["-alpha.2", "-alpha.10", "-beta.1", "-beta.1.2", "rc1", "-rc.2", "-rc10", ""]
        in_order = [Version(4, 6, 9), *(Version(4, 7, 0, rest) for rest in rests), Version(4, 7, 1, "-rc.1")]
        for place, version in enumerate(in_order):
            assert [version < other for other in in_order] == [place < other for other in range(len(in_order))]

    @pytest.mark.parametrize(("one", "other"), [("", "+standin"), ("+a", "+b"), ("-rc.1", "-rc.1+x"), ("rc1", "-rc.1")])
    def test_what_follows_a_plus_makes_a_version_neither_earlier_nor_later(self, one: str, other: str) -> None:
        a, b = Version(4, 7, 0, one), Version(4, 7, 0, other)
        assert not a < b
        assert not b < a

    @given(
        some.lists(
            some.builds(Version, *[some.integers(0, 2)] * 3, some.from_regex("[A-Za-z0-9+.-]{0,6}", fullmatch=True)), min_size=3, max_size=3
        )
    )
    def test_versions_have_one_order(self, versions: list[Version]) -> None:
        one, other, third = versions
        assert not (one < other < one)
        assert not (one < other < third) or one < third


class TestNames:
    def test_links_files_and_names_of_a_release_change_on_the_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tagged: list[tuple[str, ...]] = []
        recorded: list[Release] = []
        monkeypatch.setattr(serving, "carry_out", lambda command: tagged.append(tuple(command[2:])))
        monkeypatch.setattr(records, "record", lambda _living, release: recorded.append(release))
        names = MachineNames(None, tmp_path / "release", tmp_path)  # type: ignore[arg-type]
        (tmp_path / "current.new").symlink_to("left over")
        serve(names, OLD)
        serve(names, NEW)
        serve(names, NEW)
        assert (tmp_path / "release").read_text() == f"{NEW}\n"
        assert os.readlink(tmp_path / "current") == files_of(NEW.web, Path("/var/www/mastodon"))
        assert os.readlink(tmp_path / "previous") == files_of(OLD.web, Path("/var/www/mastodon"))
        assert (OLD.web, "localhost/mastodon-web:previous") in tagged
        assert (NEW.web, "localhost/mastodon-web:previous") not in tagged
        assert recorded == [OLD, NEW, NEW]

    def test_the_folder_of_static_files_is_the_one_that_the_boot_makes(self) -> None:
        made = subprocess.run(["bash", "-c", 'sha256sum <<<"$1" | cut -c1-12', "-", NEW.web], capture_output=True, text=True, check=True)
        assert files_of(NEW.web) == f"/var/www/mastodon/{made.stdout.strip()}"

    def test_each_sidekiq_has_a_file(self, tmp_path: Path) -> None:
        for name in ("push.env", "default.env", ".new.env.new", "README"):
            (tmp_path / name).touch()
        assert processes(tmp_path) == [*PROCESSES[:3], "mastodon-sidekiq@default", "mastodon-sidekiq@push"]
