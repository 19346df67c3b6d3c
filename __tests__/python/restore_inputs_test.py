"""What a restore chooses, and what it refuses of arguments, files and listings."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl import backups
from mastodonctl.backups import Backup, repository_of
from mastodonctl.console import Failure
from mastodonctl.moments import Moment, read_moment, utc
from mastodonctl.restore import inherit
from mastodonctl.restore.archive import last_segment, read_history, read_listing, timelines_in
from mastodonctl.restore.choice import Switch, Timeline, choose
from mastodonctl.restore.dumps import Dump, begun_at, choose_dump, dumps_in
from mastodonctl.restore.inherit import missing_log, read_inherited
from mastodonctl.restore.records import Request, read_pending, read_request, read_upgrade
from mastodonctl.wal import read_position, segment_at
from restore_machine import DAY, DUMP, NEW, OLD, START, FakeMachine, backup, moment

SBIN = Path(__file__).parents[2] / "cloud-init/handover/usr/local/sbin"
HOSTILE = ["x[$(touch ran)]", "'; DROP DATABASE postgres; --", "--target=x", "../../etc/passwd", "\x1b[2J", "", " ", "null", "1e99", "a\nb"]


# Which timeline and which backups


@dataclass
class Server:
    """One that is backed up and goes back, with all that was ever written in it. It knows what each moment held."""

    time: int = START
    timeline: int = 1
    position: int = 1 << 24
    written: tuple[int, ...] = ()
    states: list[tuple[int, int, int, tuple[int, ...]]] = field(default_factory=list)
    """The time, and the timeline, the position and what was written by then."""
    backups: list[tuple[Backup, tuple[int, ...]]] = field(default_factory=list)
    timelines: list[Timeline] = field(default_factory=list)
    histories: dict[int, list[Switch]] = field(default_factory=lambda: {1: []})

    def write(self) -> None:
        self.time += 100
        self.position += 1 << 20
        self.written += (len(self.states),)
        self.states.append((self.time, self.timeline, self.position, self.written))

    def back_up(self) -> None:
        began = self.time
        self.write()
        kept = replace(backup(0), label=f"{len(self.backups)}", began=began, ended=self.time, first_timeline=self.timeline)
        self.backups.append((replace(kept, timeline=self.timeline, position=self.position), self.written))
        self.write()

    def go_back(self, share: float) -> None:
        """To a moment that a backup leads to."""
        reachable = [state for state in self.states if self.backups and state[0] >= self.backups[0][0].ended]
        if not reachable:
            return
        _, parent, self.position, self.written = reachable[int(share * (len(reachable) - 1))]
        self.time += 100
        self.timeline = len(self.histories) + 1
        self.histories[self.timeline] = [*self.histories[parent], Switch(parent, self.position)]
        self.timelines.append(Timeline(self.timeline, self.time, f"17-1/{self.timeline:08X}.history"))
        self.write()

    def history(self, timeline: Timeline) -> list[Switch]:
        return self.histories[timeline.number]

    def leading_to(self, then: int, held: tuple[int, ...]) -> list[Backup]:
        """Newest first: those that were made by then, of nothing but what is wanted."""
        return [one for one, of in reversed(self.backups) if one.ended <= then and held[: len(of)] == of]


@some.composite
def servers(draw: some.DrawFn) -> Server:
    server = Server()
    server.write()
    for share in draw(some.lists(some.one_of(some.none(), some.just(-1.0), some.floats(0, 1)), min_size=1, max_size=25)):
        if share is None:
            server.write()
        elif share < 0:
            server.back_up()
        else:
            server.go_back(share)
    return server


def at(seconds: int) -> Moment:
    return Moment(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.000000+00"))


@given(servers(), some.data())
def test_a_moment_is_reached_on_its_timeline_from_each_backup_that_leads_there_and_no_other(server: Server, data: some.DataObject) -> None:
    then, timeline, _, held = data.draw(some.sampled_from(server.states))
    known = [one for one, _ in server.backups]
    choice = choose(data.draw(some.permutations(server.timelines)), known, at(then), server.history)
    assert list(choice.backups) == server.leading_to(then, held)
    # Where no backup leads there, whichever timeline is named is of no use.
    assert not choice.backups or choice.timeline == timeline


@given(servers(), some.data())
def test_the_newest_state_is_on_the_last_timeline_also_where_a_copy_of_the_bucket_has_other_times(
    server: Server, data: some.DataObject
) -> None:
    copied = [replace(one, written=data.draw(some.integers(START, START + 10**6))) for one in server.timelines]
    choice = choose(copied, [one for one, _ in server.backups], None, server.history)
    assert choice.timeline == server.timeline
    assert list(choice.backups) == server.leading_to(server.time, server.written)


@given(servers(), some.data())
def test_in_a_copy_of_the_bucket_backups_tell_by_when_a_timeline_had_begun(server: Server, data: some.DataObject) -> None:
    late = [replace(one, written=server.time + DAY) for one in server.timelines]
    begun = [one for one, _ in server.backups]
    first = {number: min((one.began for one in begun if one.timeline >= number), default=None) for number in server.histories}
    then, timeline, _, held = data.draw(some.sampled_from(server.states))
    after = [one.number for one in server.timelines if one.number > timeline]
    proven = timeline == 1 or ((begin := first[timeline]) is not None and begin <= then)
    if proven and all((begin := first[number]) is None or begin > then for number in after):
        choice = choose(late, begun, at(then), server.history)
        assert list(choice.backups) == server.leading_to(then, held)


# What comes from outside


@given(some.integers(0, 253_402_300_799))
def test_a_moment_is_read_as_it_was_written(seconds: int) -> None:
    assert at(seconds).seconds == seconds
    assert utc(seconds)[:19] == at(seconds).text[:19]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-23 05:00+00", "2026-11-23 05:00:00.000000+00"),
        ("2026-11-23 05:00", "2026-11-23 05:00:00.000000+00"),
        ("2026-11-23 05:00:01.123456789+02", "2026-11-23 03:00:01.123456+00"),
        ("2026-11-23T05:00:00Z", "2026-11-23 05:00:00.000000+00"),
        ("2020-01-01", "2020-01-01 00:00:00.000000+00"),
    ],
)
def test_a_moment_has_any_form_that_date_reads_and_is_in_utc_unless_it_names_a_zone(
    text: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert read_moment(text).text == read


@pytest.mark.parametrize("text", [*HOSTILE, "yesterdayish", "2026-02-30", "12026-01-01", "99"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Failure, match="is no moment; expected one such as '2026-11-23"):
        read_moment(text)


@given(some.text())
def test_no_text_is_taken_for_a_moment_in_its_final_form(text: str) -> None:
    with pytest.raises(ValueError):
        Moment(text)


LISTED: dict[str, Any] = {
    "label": "20261101-000000F",
    "type": "full",
    "error": False,
    "archive": {"start": "000000020000000000000003", "stop": "000000020000000000000004"},
    "lsn": {"start": "0/3000028", "stop": "0/4000050"},
    "info": {"size": 2000, "delta": 2000, "repository": {"delta": 700}},
    "timestamp": {"start": START - 60, "stop": START},
}


def test_a_backup_is_read_as_pgbackrest_lists_it() -> None:
    expected = Backup("20261101-000000F", "full", 2000, 700, START - 60, START, 2, 2, 0x4000050)
    broken = {**LISTED, "label": "20261102-000000F", "error": True}
    read = repository_of([{"backup": [broken, LISTED], "archive": [{"max": "000000020000000000000009"}, {"max": None}]}])
    assert (read.backups, read.count, read.segments) == ((expected,), 2, ("000000020000000000000009",))
    stored = {**LISTED, "info": {"size": 2000, "repository": {"size": 900, "delta": 700}}}
    assert backups.backup_of(stored).stored == 900


@pytest.mark.parametrize("field", ["label", "type", "archive", "lsn", "info", "timestamp"])
@pytest.mark.parametrize("value", [*HOSTILE, None, 7, [], {}, True, {"start": HOSTILE[0], "stop": HOSTILE[0]}, {"size": -1}])
def test_a_listing_with_something_else_than_a_backup_is_refused(field: str, value: object) -> None:
    with pytest.raises(Failure, match="something that is no backup"):
        repository_of([{"backup": [{**LISTED, field: value}]}])


@pytest.mark.parametrize("segment", [*HOSTILE[:5], "00000002000000000000000"])
def test_an_invalid_segment_is_refused(segment: str) -> None:
    with pytest.raises(Failure, match="invalid segment of the WAL"):
        repository_of([{"archive": [{"max": segment}]}])


def test_timelines_are_listed_oldest_first_with_their_number() -> None:
    listed = {
        "17-1/0000000A.history": {"type": "file", "time": 20},
        "17-1/00000002.history": {"type": "file", "time": 10},
        "17-1": {"type": "path"},
    }
    assert timelines_in(read_listing(listed)) == [Timeline(2, 10, "17-1/00000002.history"), Timeline(10, 20, "17-1/0000000A.history")]


def test_a_name_that_is_no_timeline_is_passed_over() -> None:
    names = [
        "17-1/PIPESTATUS[$(touch ran)].history",
        "17-1/00000002x.history",
        "17-1/x/00000002.history",
        "17-1/0000002.history",
        "17-1/00000000.history",
        "17-1/00000002.history\n1 2 x",
        "../00000002.history/..",
    ]
    assert timelines_in(read_listing({name: {"type": "file", "time": 1} for name in names})) == []
    for time in ("x[$(touch ran)]", -1, None, 1.5, 1 << 60):
        assert timelines_in(read_listing({"17-1/00000003.history": {"type": "file", "time": time}})) == []


@pytest.mark.parametrize("listed", [None, 7, "x", []])
def test_what_lists_no_files_is_refused(listed: object) -> None:
    with pytest.raises(ValueError, match="listed no files"):
        read_listing(listed)


def test_of_a_timeline_the_last_segment_is_found() -> None:
    folder = "17-1/0000000200000000"
    names = ["000000020000000000000003-a.gz", "000000020000000000000001-b.gz", "000000030000000000000009-c.gz"]
    listing = {f"{folder}/{name}": 1 for name in names}
    assert last_segment(listing, 2) == "0000000000000003"
    assert last_segment(listing, 4) == ""


def test_a_history_is_read_and_nonsense_in_it_is_refused() -> None:
    assert read_history("1\t0/3000000\tno recovery target specified\n\n# more\n2\t1/B0\tx\n", "h") == [
        Switch(1, 0x3000000),
        Switch(2, 1 << 32 | 0xB0),
    ]
    for text in ("x[$(id)]\t0/1\ty", "1\tx[$(id)]\ty", "1", "1 0/1x"):
        with pytest.raises(Failure, match="is no history of a timeline"):
            read_history(text, "h")


@given(some.integers(0, (1 << 64) - 1))
def test_a_place_in_the_log_is_read_and_has_the_segment_of_its_16_mib(position: int) -> None:
    assert read_position(inherit.lsn_of(position)) == position
    segment = segment_at(position)
    assert int(segment[:8], 16) << 32 | int(segment[8:], 16) << 24 == position & ~0xFFFFFF


@given(some.text())
def test_no_other_text_is_a_place_in_the_log(text: str) -> None:
    with pytest.raises(ValueError, match="is no place in the log"):
        read_position(f"{text} ")


def test_a_dump_counts_once_its_digest_is_beside_it() -> None:
    named = [DUMP, f"{DUMP}.sha256", "mastodon-20261102T000000Z.dump.gpg", "mastodon-20261399T000000Z.dump.gpg", "x.sha256", "x"]
    listed = [{"Name": name, "Size": 5} for name in [*named, "mastodon-20261399T000000Z.dump.gpg.sha256"]]
    assert dumps_in(listed) == [Dump(DUMP, 5, START + 2 * DAY)]
    assert dumps_in([{"Name": DUMP, "Size": size} for size in ("5", -1, None)]) == []
    nothing: tuple[object, ...] = (None, {}, [7], "x")
    for nonsense in nothing:
        with pytest.raises(ValueError, match="listed no files"):
            dumps_in(nonsense)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_dump_is_refused(name: str) -> None:
    assert begun_at(name) is None
    with pytest.raises(Failure, match="there is no dump '"):
        choose_dump([Dump(DUMP, 5, 1)], name, "backups")
    with pytest.raises(Failure, match="there is no dump in secondary"):
        choose_dump([], name, "secondary")


requests = some.one_of(
    some.builds(Request, some.just("newest"), before=some.one_of(some.none(), some.just(moment(1)))),
    some.builds(Request, some.sampled_from(["to", "undo-upgrade"]), moment=some.just(moment(2))),
    some.builds(Request, some.just("dump"), dump=some.sampled_from([DUMP, "newest"]), remote=some.sampled_from(["backups", "secondary"])),
)


@given(requests)
def test_what_was_asked_for_is_read_as_it_was_written(request: Request) -> None:
    assert read_request(request.text, "file") == request


@pytest.mark.parametrize("line", range(4))
@pytest.mark.parametrize("text", [*HOSTILE[:5], "a\nb", "null"])
def test_an_invalid_request_is_refused(line: int, text: str) -> None:
    lines = Request("to", moment=moment(2)).text.splitlines()
    lines[line] = text
    with pytest.raises(Failure, match=r"(?s)unknown request '.*' in /var/file") as refused:
        read_request("\n".join(lines) + "\n", "/var/file")
    assert "\x1b" not in str(refused.value)


@given(some.text())
def test_no_text_makes_a_restore_of_its_own(text: str) -> None:
    with pytest.raises(Failure):
        read_request(text, "file")
    if text.strip():
        with pytest.raises(Failure):
            read_pending(text, "file")


def test_a_mark_without_a_moment_means_the_newest_state() -> None:
    assert read_pending("\n", "file") is read_pending("", "file") is None
    assert read_pending(f"{moment(1)}\n", "file") == moment(1)


def test_the_record_of_an_upgrade_is_read_or_refused() -> None:
    told = json.dumps({"from": str(OLD), "to": str(NEW), "moment": moment(2).text})
    upgrade = read_upgrade(told)
    assert upgrade is not None
    assert (upgrade.before, upgrade.moment) == (OLD, moment(2))
    assert read_upgrade("") is None
    for nonsense in (
        *(text for text in HOSTILE if text),
        json.dumps({"from": "x", "moment": moment(2).text}),
        json.dumps({"from": str(OLD)}),
    ):
        with pytest.raises(Failure, match=r"last-upgrade\.json"):
            read_upgrade(nonsense)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["restore", "--to"], "expected one argument"),
        (["restore", "--to", ""], "expected a moment"),
        (["restore", "--to", "2026-01-01", "--newest"], "not allowed with"),
        (["restore", "--dump", "../x"], "is no name of a dump"),
        (["restore", "--dump", "newest", "--from", "media"], "invalid choice"),
        (["restore", "--new"], "unrecognized arguments"),
        (["restore", "everything"], "unrecognized arguments"),
        (["restore-database", "--newest", "--to", "2026-01-01"], "not allowed with"),
        (["past", "2026-01-01", "more"], "unrecognized arguments"),
        (["inherit", "all"], "invalid choice"),
    ],
)
def test_arguments_without_a_sense_are_refused(arguments: list[str], said: str) -> None:
    done = subprocess.run([sys.executable, "-I", str(SBIN / "mastodonctl"), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(("name", "subcommand"), [("mastodon-restore", "restore"), ("mastodon-past", "past")])
def test_the_names_that_people_know_lead_to_the_subcommands(name: str, subcommand: str) -> None:
    assert (SBIN / name).read_text() == f'#!/bin/bash\nexec /usr/local/sbin/mastodonctl {subcommand} "$@"\n'


# A new machine

INHERITED = json.dumps({"machine": "mastodon-1", "lsn": "0/5000000"})


@pytest.mark.parametrize(("last", "there"), [("4", True), ("3", False), ("5", True)])
def test_the_last_segment_that_the_machine_before_wrote_must_be_in_the_bucket(last: str, there: bool) -> None:
    inherited = read_inherited(INHERITED, "file")
    assert inherited is not None
    repository = repository_of([{"backup": [LISTED], "archive": [{"max": f"00000002000000000000000{last}"}]}])
    assert (missing_log(inherited, repository) == "") == there
    assert "ends with the segment none" in missing_log(inherited, repository_of([]))


@pytest.mark.parametrize("text", [text for text in HOSTILE if text] + ['{"machine": "m"}', '{"machine": "a b", "lsn": "0/1"}'])
def test_what_names_no_place_in_the_log_is_refused(text: str) -> None:
    for nonsense in (text, json.dumps({"machine": "m", "lsn": text}), json.dumps({"machine": text, "lsn": "x"})):
        with pytest.raises(Failure, match="names no place in the log"):
            read_inherited(nonsense, "file")


def test_a_machine_without_a_backup_to_continue_from_has_to_be_the_first(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path)
    assert inherit.look(machine) == 2
    machine.known = []
    assert inherit.look(machine) == 0
    leases: tuple[object, ...] = ({"term": 1}, {"term": 2}, {"term": "1"}, {}, [])
    for lease in leases:
        (machine.state / "lease.json").write_text(json.dumps(lease))
        if lease == {"term": 1}:
            assert inherit.look(machine) == 0
        else:
            with pytest.raises(Failure, match="another machine of this stack was at work before"):
                inherit.look(machine)


@pytest.mark.parametrize(("end_of_log", "whole"), [("0/5000000", True), ("0/5000060", True), ("0/4FFFFFF", False)])
def test_all_that_the_machine_before_had_written_must_be_restored(
    end_of_log: str, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = FakeMachine(tmp_path)
    inherit.prove_all(machine)
    assert capsys.readouterr().out == ""
    file = machine.state / "inherited.json"
    file.write_text(INHERITED)
    monkeypatch.setattr(machine, "ask", lambda _: f"1\t0/1000000\tx\n2\t{end_of_log}\tno recovery target specified")
    if whole:
        inherit.prove_all(machine)
        assert capsys.readouterr().out == f"restored everything that mastodon-1 had written: up to {end_of_log} of the log\n"
        assert not file.exists()
    else:
        with pytest.raises(Failure, match="but the machine before had written more: mastodon-1, up to 0/5000000"):
            inherit.prove_all(machine)
        assert file.exists()
