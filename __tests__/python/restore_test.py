"""Restores on a machine that is played: where they lead, what they refuse, and that one which was cut off is taken up or undone."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mastodonctl.__main__ import on_signal
from mastodonctl.console import Failure
from mastodonctl.release.records import Version
from mastodonctl.restore import archive, commands
from mastodonctl.restore.aftermath import serve_again, update_schema
from mastodonctl.restore.choice import Timeline
from mastodonctl.restore.database import reason_in, restore_database
from mastodonctl.restore.machine import Done, Machine, end, spawn
from mastodonctl.restore.records import Request, read_pending, read_request
from mastodonctl.restore.server import Restore
from mastodonctl.restore.summary import Range, show
from restore_machine import DAY, DUMP, NEW, OLD, START, Cut, FakeMachine, PowerCut, backup, moment


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A played power cut loses nothing that was written, so no write has to wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


# On a machine

KINDS = {
    "newest": Request("newest"),
    "to": Request("to", moment=moment(3)),
    "undo-upgrade": Request("undo-upgrade"),
    "dump": Request("dump", dump="newest"),
}


def make(folder: Path, cut: Cut | None = None) -> FakeMachine:
    machine = FakeMachine(folder, cut)
    machine.last_upgrade.write_text(json.dumps({"from": str(OLD), "to": str(NEW), "moment": moment(3).text}))
    return machine


def carry_out(machine: FakeMachine, kind: str) -> None:
    Restore(machine, KINDS[kind], backup_weeks=4, confirmed=True).run()


def resume(machine: FakeMachine) -> None:
    """As mastodon-restore.service does."""
    Restore(machine, read_request(machine.read(machine.request), "file"), backup_weeks=4, resumed=True).run()


def undisturbed(folder: Path, kind: str) -> FakeMachine:
    machine = make(folder / "undisturbed")
    carry_out(machine, kind)
    return machine


@pytest.mark.parametrize(
    ("kind", "content"), [("newest", "the newest state"), ("to", moment(3).text), ("undo-upgrade", moment(3).text), ("dump", DUMP)]
)
def test_a_restore_leads_there_and_leaves_no_mark(kind: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = undisturbed(tmp_path, kind)
    end_state = machine.end_state()
    expected = {"content": content, "running": True, "serving": True, "caches": False, "login": True, "checksums": True, "origin": True}
    assert expected.items() <= end_state.items()
    assert end_state["marks"] == ([] if kind == "undo-upgrade" else ["last-upgrade.json"])
    release = OLD if kind == "undo-upgrade" else NEW
    assert (end_state["recorded"], end_state["release"]) == (release, f"{release}\n")
    assert {"mastodon-web:serving": release.web, "mastodon-streaming:serving": release.streaming}.items() <= machine.tags.items()
    assert capsys.readouterr().out.splitlines()[-1] == f"To undo: sudo mastodon-restore --to '{moment(9)}'"


@pytest.mark.parametrize("kind", KINDS)
def test_a_restore_that_the_power_ended_at_any_step_resumes_at_the_boot_or_never_began(kind: str, tmp_path: Path) -> None:
    whole = undisturbed(tmp_path, kind)
    for step in range(1, whole.steps + 1):
        machine = make(tmp_path / str(step), Cut(step, power=True))
        with pytest.raises(PowerCut):
            carry_out(machine, kind)
        machine.boot()
        if machine.request.exists():
            resume(machine)
        else:
            assert not machine.pending.exists()
            if machine.end_state()["content"] == "living":
                carry_out(machine, kind)
            # Else it was over, but for the backup that follows.
            machine.backup_begun = True
            machine.touch(machine.state / "done/database-origin")
        assert machine.end_state() == whole.end_state(), f"cut at step {step}"


@pytest.fixture
def signals() -> Iterator[None]:
    """As mastodonctl takes them."""
    before = signal.signal(signal.SIGTERM, on_signal)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("kind", KINDS)
def test_a_restore_that_a_signal_ended_at_any_step_resumes_or_leaves_mastodon_running(kind: str, tmp_path: Path) -> None:
    whole = undisturbed(tmp_path, kind)
    for step in range(1, whole.steps + 1):
        machine = make(tmp_path / str(step), Cut(step))
        with pytest.raises(SystemExit):
            carry_out(machine, kind)
        machine.cut = Cut()
        assert not machine.restoring.exists(), f"cut at step {step}"
        assert not (machine.state / "dump-in-clear").exists()
        if machine.pending.exists():
            assert machine.request.exists()
            assert machine.maintenance.exists()
            assert not machine.serving
            resume(machine)
            assert machine.end_state() == whole.end_state(), f"cut at step {step}"
        else:
            assert machine.serving
            assert not machine.request.exists()
            assert not machine.maintenance.exists()
            assert machine.content in ("living", whole.content)


@pytest.mark.parametrize("kind", ["newest", "to", "undo-upgrade"])
def test_a_restore_whose_program_for_postgresql_was_killed_is_taken_up_by_running_it_again(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = undisturbed(tmp_path, kind)
    for step in range(1, whole.steps + 1):
        machine = make(tmp_path / str(step), Cut(step, child=True))
        try:
            carry_out(machine, kind)
        except Failure:
            said = capsys.readouterr().err
            if machine.pending.exists():
                assert "Take it up again: sudo mastodon-restore --resume" in said
            else:
                assert "Mastodon runs on" in said
                assert machine.serving
            machine.cut = Cut()
            carry_out(machine, kind)
        assert machine.end_state() == whole.end_state(), f"cut at step {step}"


@pytest.mark.parametrize("step", range(1, 60, 3))
def test_a_restore_is_cut_off_twice_and_still_ends(step: int, tmp_path: Path) -> None:
    machine = make(tmp_path, Cut(step, power=True))
    for again in (Cut(step + 5, power=True), Cut()):
        try:
            if machine.request.exists():
                resume(machine)
            elif machine.content == "living":
                carry_out(machine, "to")
        except PowerCut:
            pass
        machine.boot()
        machine.cut = Cut(again.step and machine.steps + again.step, again.power)
    if machine.request.exists():
        resume(machine)
    elif machine.content == "living":
        carry_out(machine, "to")
    assert machine.content == moment(3).text
    assert not machine.pending.exists()


def test_data_checksums_are_enabled_behind_the_recovery_while_nothing_may_start_postgresql_and_before_the_restore_is_done(
    tmp_path: Path,
) -> None:
    machine = make(tmp_path)
    restore_database(machine, None)
    order = ["systemctl stop", "env", "start-database", "enable-checksums", "start-database"]
    assert [name for name in machine.asked if name in order][:-1] == order
    # The machine that is played demands that nothing may start PostgreSQL then, and that the mark is still there.
    assert machine.checksums


def test_a_restore_takes_the_locks_of_converge_and_of_backups_before_it_asks_and_stops_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = make(tmp_path)
    taken: list[tuple[str, ...]] = []

    def hold(path: Path, *options: str) -> bool:
        assert machine.steps == 0
        taken.append((path.name, *options))
        return True

    monkeypatch.setattr(commands, "hold_lock", hold)
    monkeypatch.setattr(commands, "Machine", lambda _: machine)
    monkeypatch.setattr(commands, "main_cluster", lambda: machine.cluster)
    monkeypatch.setattr(commands, "setting", lambda *_: "4")
    monkeypatch.setattr(commands, "RUN", machine.run_folder)
    housekeeping = ("--stop", "mastodon-housekeeping@*.service", "--stop-after", "0s")
    both = [("converge.lock", "--limit", "30min"), ("state", "--limit", "30min", *housekeeping)]
    assert mastodonctl(["restore", "--newest", "--yes"]) == 0
    assert taken == both
    # Also where an upgrade goes back, which holds converge's lock only.
    taken.clear()
    machine.steps = 0
    monkeypatch.setenv("converge_holds_lock", "yes")
    assert mastodonctl(["restore", "--to", moment(3).text, "--yes"]) == 0
    assert taken == both[1:]
    monkeypatch.setattr(commands, "hold_lock", lambda *_: False)
    with pytest.raises(Failure, match=r"a backup, a proof or an update of packages is at work.*Nothing was changed\."):
        mastodonctl(["restore", "--newest", "--yes"])
    (machine.state / "superseded").write_text("mastodon-2 holds the lease\n")
    with pytest.raises(Failure, match="another machine has taken over, this one must not: mastodon-2 holds the lease"):
        mastodonctl(["restore", "--newest", "--yes"])


def mastodonctl(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    commands.add_parser(parser.add_subparsers())
    given = parser.parse_args(arguments)
    status: int = given.run(given)
    return status


def refused(machine: FakeMachine, request: Request, **options: bool) -> str:
    """Why, and that nothing happened."""
    before = machine.end_state()
    with pytest.raises(Failure) as failure:
        Restore(machine, request, backup_weeks=4, **options).run()
    assert machine.end_state() == before
    return str(failure.value)


def change(**values: object) -> Callable[[FakeMachine], None]:
    return lambda machine: machine.__dict__.update(values)


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("newest", change(known=[]), "there is no backup in the bucket"),
        ("newest", change(free=1 << 20), "make room first. Nothing was changed"),
        ("dump", change(free=4000), "4.4KB more are needed"),
        ("newest", change(archive_check=Done(1, "ERROR: x")), "can't be sent to the backup bucket"),
        ("dump", change(running=False), "PostgreSQL must run"),
        ("to", change(known=[backup(5)]), "can't be reached; reachable moments: 2026-11-06 00:00:00+00 to 2026-11-11"),
        ("undo-upgrade", lambda machine: machine.last_upgrade.unlink(), "no upgrade of Mastodon"),
    ],
)
def test_what_can_not_be_done_is_refused_before_anything_is_stopped(
    kind: str, changed: Callable[[FakeMachine], None], said: str, tmp_path: Path
) -> None:
    machine = make(tmp_path)
    changed(machine)
    assert said in refused(machine, KINDS[kind], confirmed=True)


@pytest.mark.parametrize(
    ("recorded", "serving", "said"),
    [
        ("-rc.1", "", "bringing the schema of Mastodon 4.7.0-rc.1 up to date"),
        ("", "-rc.1", "This database is of Mastodon 4.7.0, and 4.7.0-rc.1 serves here"),
        ("", "+standin", "bringing the schema of Mastodon 4.7.0 up to date"),
    ],
)
def test_the_schema_of_an_earlier_release_is_brought_up_to_date_and_that_of_a_later_one_is_not(
    recorded: str, serving: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = make(tmp_path)
    machine.in_database, here = (replace(NEW, version=Version(4, 7, 0, rest)) for rest in (recorded, serving))
    machine.release.write_text(f"{here}\n")
    update_schema(machine)
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
    assert (machine.in_database == here) == ("bringing" in said)


def test_a_release_that_can_not_be_named_again_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = make(tmp_path)

    def no_image(*_: object) -> None:
        raise Failure("no such image")

    monkeypatch.setattr(type(machine.names()), "tag", no_image)
    with pytest.raises(Failure, match=r"Mastodon 4\.6\.5 can't be made to serve again: no such image"):
        serve_again(machine)
    assert machine.last_upgrade.exists()


def test_a_restore_asks_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = make(tmp_path)
    assert "there is no terminal" in refused(machine, KINDS["to"])
    assert ": 7 posts, 7 accounts." in capsys.readouterr().out
    machine.reply = "y"
    assert refused(machine, KINDS["to"]) == "nothing was changed"
    machine.reply = "yes"
    Restore(machine, KINDS["to"], backup_weeks=4).run()
    assert machine.content == moment(3).text


def test_what_is_there_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = make(tmp_path)
    machine.told_timelines = [Timeline(2, START + DAY, "17-1/00000002.history")]
    show(machine, "backups")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  20261101-000000F                  full  2026-11-01 00:00:00+00  database    1000B, in the bucket     500B"
    assert lines[3:] == [
        "Dumps:",
        f"  {DUMP}      500B",
        "Earlier restores (a moment before one leads to what it overwrote):",
        "  2026-11-02 00:00:00+00",
        "Reachable moments: 2026-11-01 00:00:00+00 to 2026-11-11 00:00:00+00",
    ]
    assert str(Range(START, START + DAY)) == "2026-11-01 00:00:00+00 to 2026-11-02 00:00:00+00"


# PostgreSQL alone


def test_a_moment_in_the_future_and_one_before_the_first_backup_change_nothing(tmp_path: Path) -> None:
    machine = make(tmp_path)
    for wanted, said in ((moment(20), "is in the future"), (moment(-5), "no backup leads to 2026-10-27 .*ended at 2026-11-01")):
        with pytest.raises(Failure, match=said):
            restore_database(machine, wanted)
        assert not machine.pending.exists()
        assert machine.running


def test_a_backup_that_can_not_be_read_is_passed_over_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = make(tmp_path)
    machine.broken = {"20261103-000000F": Done(1, "WARN: x\nERROR: [029]: no such file\nmore")}
    restore_database(machine, None)
    said = capsys.readouterr()
    assert "backup 20261103-000000F can't be restored; continuing with an older one. ERROR: [029]: no such file" in said.err
    assert said.out.splitlines()[-1] == f"reached: {moment(9)} from backup 20261101-000000F"


@pytest.mark.parametrize(
    ("text", "said"), [("ERROR: No space left on device", "the disk is full"), ("ERROR: x", "no backup could be restored")]
)
def test_postgresql_does_not_start_on_what_could_not_be_restored(text: str, said: str, tmp_path: Path) -> None:
    machine = make(tmp_path)
    machine.broken = {one.label: Done(1, text) for one in machine.known}
    with pytest.raises(Failure, match=said):
        restore_database(machine, None)
    assert machine.pending.exists()
    assert not machine.may_start()
    machine.broken = {}
    restore_database(machine, read_pending(machine.read(machine.pending), "file"))
    assert not machine.pending.exists()


def test_a_log_that_can_not_be_read_ends_the_restore_but_a_backup_that_leads_nowhere_does_not(tmp_path: Path) -> None:
    machine = make(tmp_path)
    machine.recovery = [Done(1, "LOG: a\nFATAL:  requested timeline 2 is not a child")]
    restore_database(machine, None)
    machine.recovery = [Done(1, 'FATAL:  could not restore file "000000010000000000000005"')]
    with pytest.raises(Failure, match="and without it later changes would be lost: FATAL"):
        restore_database(machine, None)
    assert machine.pending.exists()


def test_a_moment_behind_the_last_commit_is_the_end_of_its_timeline(tmp_path: Path) -> None:
    machine = make(tmp_path)
    machine.recovery = [Done(1, "FATAL:  recovery ended before configured recovery target was reached")]
    restore_database(machine, moment(9))
    assert machine.said == ["to the end"]


@pytest.mark.parametrize(("segment", "raised"), [("0000000000000004", False), ("0000000000000007", True)])
def test_a_gap_in_the_log_raises_an_alert(segment: str, raised: bool, tmp_path: Path) -> None:
    machine = make(tmp_path)
    (machine.data / "pg_wal/00000002.history").write_text("1\t0/4000100\tno recovery target specified\n")
    machine.stored = {f"17-1/0000000100000000/00000001{segment}-x.gz": 1}
    restore_database(machine, None)
    assert machine.alerts == (["gap-in-the-log"] if raised else [])


def test_the_lines_around_what_was_fatal_are_shown() -> None:
    assert reason_in(["a", "b", "c", "FATAL x", "d"]) == "b c FATAL x"
    assert reason_in(["a", "b"]) == "a b"


# Programs


def test_a_program_that_no_caller_waits_for_any_more_is_ended() -> None:
    child = spawn(["sleep", "60"], None)
    end(child)
    assert child.returncode == -15


def test_a_program_keeps_the_locks_of_the_one_that_started_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    child = spawn(["sleep", "60"], None)
    os.close(descriptor)
    with lock.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    end(child)


def test_the_lines_of_a_program_are_passed_on_but_for_its_last_word(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    real = Machine(FakeMachine(tmp_path).cluster, tmp_path)
    script = "echo one; echo reached: here; echo two; echo wrong >&2; exit 3"
    assert real.stream("bash", "-c", script, last="reached: ") == (False, "reached: here")
    said = capfd.readouterr()
    assert (said.out, said.err) == ("one\ntwo\n", "wrong\n")
    assert real.capture("bash", "-c", "echo a; echo b >&2; exit 4") == Done(4, "a\nb\n")


def test_a_bucket_that_does_not_tell_its_log_is_no_empty_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path)
    for answer in ("false", "echo 7", "echo '['"):
        monkeypatch.setattr(archive, "pgbackrest", lambda *_, answer=answer: ["bash", "-c", answer])
        with pytest.raises(Failure, match="does not tell what it has of the log"):
            archive.list_timelines(machine.cluster)
    monkeypatch.setattr(archive, "pgbackrest", lambda *_: ["echo", '{"17-1/00000002.history": {"type": "file", "time": 5}}'])
    assert archive.list_timelines(machine.cluster) == [Timeline(2, 5, "17-1/00000002.history")]
