"""The steps of a drain: it says that everything is in the bucket only where that is so, and no process can write any more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mastodonctl.console import Failure
from mastodonctl.lease import draining, machine
from mastodonctl.lease.actions import Drained
from mastodonctl.lease.draining import RealMachine, drain
from mastodonctl.lease.records import Request
from mastodonctl.postgres import Cluster

STEPS = [
    "successor", "show_page", "stop_mastodon", "send_redis", "start_database", "has_backup", "back_up", "position", "send_log",
    "stop_database", "keep",
]  # fmt: skip


@dataclass
class Fake:
    failing: str = ""
    backup: bool = False
    drained: bool = False
    done: list[str] = field(default_factory=list)
    kept: dict[str, Any] | None = None

    def step(self, name: str) -> None:
        if name == self.failing:
            raise Failure(f"{name} failed")
        self.done.append(name)

    def has_drained(self) -> bool:
        return self.drained

    def successor(self) -> dict[str, Any]:
        self.step("successor")
        return {"id": "b", "machine": "mastodon-2"}

    def has_backup(self) -> bool:
        self.step("has_backup")
        return self.backup

    def position(self) -> str:
        self.step("position")
        return "0/3000060"

    def keep(self, successor: dict[str, Any], lsn: str) -> None:
        self.step("keep")
        self.kept = {**successor, "lsn": lsn}

    def show_page(self) -> None:
        self.step("show_page")

    def stop_mastodon(self) -> None:
        self.step("stop_mastodon")

    def send_redis(self) -> None:
        self.step("send_redis")

    def start_database(self) -> None:
        self.step("start_database")

    def back_up(self) -> None:
        self.step("back_up")

    def send_log(self) -> None:
        self.step("send_log")

    def stop_database(self) -> None:
        self.step("stop_database")


def test_everything_is_sent_and_the_database_stopped_before_the_result_is_kept() -> None:
    one = Fake()
    drain(one)
    assert one.done == STEPS
    assert one.kept == {"id": "b", "machine": "mastodon-2", "lsn": "0/3000060"}


def test_a_backup_is_made_only_where_there_is_none_to_begin_with() -> None:
    one = Fake(backup=True)
    drain(one)
    assert one.done == [step for step in STEPS if step != "back_up"]


@pytest.mark.parametrize("failing", STEPS)
def test_a_step_that_fails_ends_it_without_a_result(failing: str) -> None:
    one = Fake(failing=failing)
    with pytest.raises(Failure, match=f"^{failing} failed$"):
        drain(one)
    assert one.done == STEPS[: STEPS.index(failing)]
    assert one.kept is None


def test_a_drain_that_has_ended_does_nothing_a_second_time() -> None:
    one = Fake(drained=True)
    drain(one)
    assert not one.done


class TestRealMachine:
    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": 1, "machine": "x"}', '{"id": "../b", "machine": "x"}', '{"id": "b"}'])
    def test_a_request_that_names_no_machine_is_refused(self, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "SUCCESSOR", tmp_path / "successor.json")
        (tmp_path / "successor.json").write_text(text)
        with pytest.raises(Failure, match="names no machine to drain for"):
            RealMachine(Cluster("17")).successor()

    def test_an_answer_that_is_no_position_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(draining, "superuser", lambda _cluster: type("Asked", (), {"ask": lambda _self, _sql: "0/x; rm"})())
        with pytest.raises(Failure, match="expected a position in its log"):
            RealMachine(Cluster("17")).position()

    def test_the_daemon_reads_the_result(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "DRAINED", tmp_path / "drained.json")
        one = RealMachine(Cluster("17"))
        assert not one.has_drained()
        one.keep({"id": "b", "machine": "mastodon-2"}, "0/3000060")
        assert one.has_drained()
        assert machine.drained() == Drained("b", "0/3000060")
        assert json.loads((tmp_path / "drained.json").read_text())["machine"] == "mastodon-2"


@pytest.mark.parametrize(("at_work", "result"), [(True, False), (False, True)])
def test_the_daemon_begins_no_second_drain(at_work: bool, result: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, ...]] = []
    monkeypatch.setattr(machine, "DRAINED", tmp_path / "drained.json")
    monkeypatch.setattr(machine, "SUCCESSOR", tmp_path / "successor.json")
    monkeypatch.setattr(machine, "is_at_work", lambda _unit: at_work)
    monkeypatch.setattr(machine, "systemctl", lambda *arguments, **_seconds: begun.append(arguments))
    if result:
        machine.DRAINED.write_text('{"id": "b", "lsn": "0/3000060"}')
    request = Request("example.org", "mastodon-2", "b", 1, 7)
    machine.Machine(store=None).drain(request)  # type: ignore[arg-type]
    assert not begun
    assert not machine.SUCCESSOR.exists()
