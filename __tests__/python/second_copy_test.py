"""The second copy (`copy-to-secondary`): what it gets, keeps and forgets. The real rclone copies between folders here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from second_copy import Gone, batches, compare, read_gone, too_many, write_gone

ROOT = Path(__file__).parents[2]
TODAY = datetime.now(UTC).date()
names = st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1))


@given(names, names)
def test_two_lists_are_compared_without_holding_them(source: set[str], copy: set[str]) -> None:
    found = list(compare(sorted(source), sorted(copy)))
    assert {name for name, new in found if new} == source - copy
    assert {name for name, new in found if not new} == copy - source
    assert len(found) == len(source ^ copy)


@given(st.lists(st.text()), st.integers(1, 5))
def test_batches_have_every_name_once_and_a_limit(given_names: list[str], size: int) -> None:
    found = list(batches(given_names, size))
    assert [name for batch in found for name in batch] == given_names
    assert all(0 < len(batch) <= size for batch in found)


@pytest.mark.parametrize(
    ("count", "total", "expected"),
    [(10, 10, False), (11, 100, True), (11, 1000, False), (51, 1000, True), (10_000, 10**6, False), (10_001, 10**6, True)],
)
def test_too_many_are_five_percent_or_ten_thousand_but_never_ten(count: int, total: int, expected: bool) -> None:
    assert too_many(count, total) is expected


@given(st.dictionaries(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1), st.dates()))
def test_what_is_gone_is_remembered(tmp_path_factory: pytest.TempPathFactory, since: dict[str, date]) -> None:
    path = tmp_path_factory.mktemp("gone") / "gone"
    assert read_gone(path) == Gone({})
    write_gone(path, Gone(since))
    assert read_gone(path) == Gone(since)


def test_it_is_due_after_thirty_days_and_what_came_back_is_not() -> None:
    gone = Gone({"old": TODAY - timedelta(days=31), "young": TODAY - timedelta(days=30), "back": TODAY - timedelta(days=99)})
    seen = gone.seen(["old", "young", "new"], TODAY)
    assert seen.since == {"old": TODAY - timedelta(days=31), "young": TODAY - timedelta(days=30), "new": TODAY}
    assert seen.due(TODAY) == ["old"]


class Stores:
    """Folders in place of the buckets, and the machine's own script beside them."""

    def __init__(self, folder: Path, script: ModuleType) -> None:
        self.folder = folder
        self.script = script

    def put(self, path: str, text: str = "x") -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def media(self, store: str, count: int) -> None:
        for number in range(count):
            self.put(f"{store}/accounts/{number}.png")

    def copies(self) -> set[str]:
        second = self.folder / "second"
        return {str(path.relative_to(second)) for path in second.rglob("*") if path.is_file()}

    def gone_since(self, days: int, *paths: str) -> None:
        day = TODAY - timedelta(days=days)
        self.put("state/secondary-gone.media", "".join(f"{day.isoformat()}\t{path}\n" for path in paths))

    def alerts(self) -> list[str]:
        log = self.folder / "alerts"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def raised(self) -> list[str]:
        return [line.split(" ", 2)[1] for line in self.alerts() if line.startswith("raise")]

    def run(self, *arguments: str) -> int:
        self.script.sys.argv = ["copy-to-secondary", *arguments]
        status = self.script.main()
        assert isinstance(status, int)
        return status

    def marked(self) -> bool:
        return (self.folder / "state/secondary-copied").exists()


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stores:
    subprocess.run([ROOT / ".ci" / "require", "rclone"], check=True)
    program = ROOT / "cloud-init/handover/usr/local/lib/mastodon/copy-to-secondary"
    script = ModuleType("copy_to_secondary")
    SourceFileLoader("copy_to_secondary", str(program)).exec_module(script)
    remotes = {"backups": "first/backups", "media": "first/media", "secondary": "second"}
    for folder in ("state", "tools", "first/backups/dumps", "first/media", "second/dumps", "second/media"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "rclone.conf").write_text(
        "".join(f"[{name}]\ntype = alias\nremote = {tmp_path / path}\n" for name, path in remotes.items()), encoding="utf-8"
    )
    alert = tmp_path / "tools/alert"
    alert.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/alerts\n', encoding="utf-8")
    alert.chmod(0o755)
    monkeypatch.setattr(script, "STATE", tmp_path / "state")
    monkeypatch.setattr(script, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(script, "CONFIGURATION", str(tmp_path / "rclone.conf"))
    monkeypatch.setattr(sys, "argv", sys.argv)
    return Stores(tmp_path, script)


def test_dumps_and_media_are_copied_but_not_other_servers_media(stores: Stores, capfd: pytest.CaptureFixture[str]) -> None:
    stores.put("first/backups/dumps/one.dump.gpg")
    stores.put("first/backups/postgresql/archive.info")
    stores.put("first/media/accounts/mine größer.png")
    stores.put("first/media/cache/accounts/theirs.png")
    assert stores.run() == 0
    assert stores.copies() == {"dumps/one.dump.gpg", "media/accounts/mine größer.png"}
    assert stores.marked()
    assert json.loads(capfd.readouterr().out) == {"copied": {"dumps": 1, "media": 1}, "forgotten": {"dumps": 0, "media": 0}}


def test_nothing_is_overwritten_in_the_copy(stores: Stores) -> None:
    stores.put("first/media/a.png", "broken")
    stores.put("second/media/a.png", "whole")
    assert stores.run() == 0
    assert (stores.folder / "second/media/a.png").read_text(encoding="utf-8") == "whole"


def test_what_goes_from_the_first_store_stays_for_thirty_days(stores: Stores) -> None:
    stores.media("first/media", 3)
    stores.media("second/media", 5)
    stores.gone_since(30, "accounts/3.png")
    assert stores.run() == 0
    assert len(stores.copies()) == 5
    stores.gone_since(31, "accounts/3.png", "accounts/1.png")
    assert stores.run() == 0
    assert stores.copies() == {f"media/accounts/{number}.png" for number in (0, 1, 2, 4)}


def test_what_is_not_needed_is_deleted_from_the_copy_at_once(stores: Stores) -> None:
    stores.put("second/media/cache/theirs.png")
    stores.put("second/media/mine.png")
    assert stores.run() == 0
    assert stores.copies() == {"media/mine.png"}


def test_many_that_vanish_at_once_are_an_alert_until_they_are_back(stores: Stores) -> None:
    stores.media("second/media", 40)
    stores.media("first/media", 20)
    assert stores.run() == 0
    assert stores.raised() == ["second-copy-vanished"]
    assert "20 of 40 files" in "".join(stores.alerts())
    stores.run()
    assert stores.alerts()[-1] != "clear second-copy-vanished"
    stores.media("first/media", 40)
    stores.run()
    assert "clear second-copy-vanished" in stores.alerts()


def test_a_clearing_of_many_is_held_back_with_an_alert_until_an_administrator_asks_for_it(stores: Stores) -> None:
    stores.media("second/media", 40)
    stores.media("first/media", 20)
    stores.gone_since(31, *(f"accounts/{number}.png" for number in range(20, 40)))
    assert stores.run() == 0
    assert len(stores.copies()) == 40
    assert stores.raised() == ["second-copy-held-back"]
    assert stores.run("--forget") == 0
    assert len(stores.copies()) == 20
    assert "clear second-copy-held-back" in stores.alerts()


@pytest.fixture
def failing(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a command of rclone fail."""
    whole = stores.script.rclone

    def fail(command: str) -> None:
        def rclone(*arguments: str) -> subprocess.CompletedProcess[str]:
            if arguments[0] == command:
                return subprocess.CompletedProcess(arguments, 1)
            done = whole(*arguments)
            assert isinstance(done, subprocess.CompletedProcess)
            return done

        monkeypatch.setattr(stores.script, "rclone", rclone)

    return fail


def test_a_credential_that_cannot_delete_is_no_failure(
    stores: Stores, failing: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    stores.media("second/media", 2)
    stores.media("first/media", 1)
    stores.gone_since(31, "accounts/1.png")
    failing("delete")
    assert stores.run() == 0
    assert stores.marked()
    assert len(stores.copies()) == 2
    assert "its credential may not delete, which is right" in capfd.readouterr().out


def test_a_copy_that_fails_is_reported_and_leaves_no_mark(
    stores: Stores, failing: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    stores.put("first/media/a.png")
    failing("copy")
    assert stores.run() == 1
    assert not stores.marked()
    assert "not all of media: could be copied" in capfd.readouterr().err


def test_a_file_that_vanishes_while_it_is_copied_is_passed_over(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    stores.put("first/media/a.png")
    stores.put("first/media/b.png")
    listed = stores.script.list_files

    def list_files(remote: str, path: Path) -> None:
        listed(remote, path)
        if remote == "media:":
            (stores.folder / "first/media/a.png").unlink()

    monkeypatch.setattr(stores.script, "list_files", list_files)
    assert stores.run() == 0
    assert stores.copies() == {"media/b.png"}


def test_a_store_that_does_not_answer_deletes_nothing(stores: Stores) -> None:
    stores.media("second/media", 3)
    stores.gone_since(31, "accounts/0.png", "accounts/1.png")
    configuration = stores.folder / "rclone.conf"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace("[media]\ntype = alias", "[media]\ntype = nothing"), encoding="utf-8")
    with pytest.raises(RuntimeError, match="the files of media: can't be listed"):
        stores.run()
    assert len(stores.copies()) == 3


def test_two_copies_exclude_each_other(stores: Stores) -> None:
    with (stores.folder / "state/secondary.lock").open("w") as lock:
        stores.script.fcntl.flock(lock, stores.script.fcntl.LOCK_EX)
        assert stores.run() == 75
