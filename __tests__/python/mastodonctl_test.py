"""What `mastodonctl` decides without a database, and how it ends."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from mastodonctl import backups, dump_file, import_database
from mastodonctl.console import Failure, human, printable
from mastodonctl.postgres import Cluster, QueryFailed, as_number, environment, short_lines
from mastodonctl.proof_record import Proof, record
from mastodonctl.verify_backup import missing_from

PROGRAM = Path(__file__).parents[2] / "cloud-init/handover/usr/local/sbin/mastodonctl"
ids = some.sets(some.integers(-(2**63), 2**63 - 1), max_size=30)


@given(ids, ids)
def test_each_living_row_that_the_copy_lacks_is_counted(living: set[int], copy: set[int]) -> None:
    assert missing_from(iter(sorted(copy)), iter(sorted(living))) == len(living - copy)


@given(some.integers(0, 1 << 59))
@example(1023 * (1 << 20) + 1)
def test_a_size_reads_as_numfmt_has_it(size: int) -> None:
    done = subprocess.run(["numfmt", "--to=iec", "--suffix=B", str(size)], capture_output=True, text=True, check=True)
    assert human(size) == done.stdout.strip()


@pytest.mark.parametrize("text", ["x[$(id)]", "", "1\n2", " 1", "٣", "1e3", "9" * 20])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(QueryFailed, match="expected a number"):
        as_number(text)


def test_a_line_without_an_end_is_refused() -> None:
    assert list(short_lines(io.StringIO("1\n2\n"))) == ["1", "2"]
    with pytest.raises(QueryFailed):
        list(short_lines(io.StringIO("1" * 10_000)))


def test_text_of_others_moves_no_cursor() -> None:
    assert printable("a\x1b[2Jb\nc") == "a\N{REPLACEMENT CHARACTER}[2Jb\nc"


def test_programs_of_postgresql_get_none_of_the_callers_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=public")
    assert not {"PGHOST", "PGOPTIONS"} & environment({}).keys()


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("16", r"of PostgreSQL 16 or an older one\. Make it with pg_dump 16, .*, or move into a stack with image: debian-13"),
        ("17", r"of PostgreSQL 17 or an older one\. Make it with pg_dump 17, which can dump older servers too\. Nothing was changed"),
    ],
)
def test_a_dump_of_a_newer_postgresql_is_refused_with_the_pg_dump_that_can_make_one(
    version: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As pg_restore 16 refuses what pg_dump 17 wrote: the custom format is of version 1.16 from then on.
    refusal = "echo 'pg_restore: error: unsupported version (1.16) in file header' >&2; exit 1"
    monkeypatch.setattr(dump_file, "hand_to_reader", lambda *_: None)
    monkeypatch.setattr(dump_file, "as_user", lambda *_: ["sh", "-c", refusal])
    monkeypatch.setattr(import_database, "make_database", lambda *_: None)
    (tmp_path / "dump").write_bytes(b"PGDMP\x01\x10\x00")
    with pytest.raises(Failure, match=said):
        import_database.restore_beside(Cluster(version), tmp_path / "dump", 1 << 20)


def test_a_proof_that_fails_keeps_when_the_last_one_passed(tmp_path: Path) -> None:
    proof = Proof(
        backup="20261101-030000F",
        database_bytes=1,
        restore_seconds=1.5,
        newest_commit_age_seconds=2.0,
        rows={"users": {"live": 1, "copy": 1}},
    )
    record(proof, state=tmp_path)
    passed = json.loads((tmp_path / "proof.json").read_text())
    assert passed["passed"] is True
    assert "problem" not in passed
    record(Proof(), "the reason", tmp_path)
    failed = json.loads((tmp_path / "proof.json").read_text())
    assert (failed["passed"], failed["problem"], failed["lastPassed"]) == (False, "the reason", passed["at"])
    figures = (tmp_path / "metrics/proof.prom").read_text().splitlines()
    assert figures == ["mastodon_proof_passed 0", f"mastodon_proof_last_passed_timestamp_seconds {passed['at']}"]


def listed(label: str, ended: int, **more: object) -> dict[str, object]:
    segment = f"0000000100000000{ended:08X}"
    return {
        "label": label,
        "type": "full",
        "info": {"size": 2, "repository": {"delta": 1}},
        "timestamp": {"start": ended - 1, "stop": ended},
        "archive": {"start": segment, "stop": segment},
        "lsn": {"stop": "0/1000028"},
        **more,
    }


OLDER, NEWER = "20261101-030000F", "20261102-030000F"
STANZA = {
    "status": {"code": 0, "message": "ok"},
    "backup": [listed(NEWER, 20, error=False), listed("20261103-030000F", 30, error=True), listed(OLDER, 10)],
}


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(backups, "pgbackrest", lambda *_: ["printf", "%s", text])


def test_backups_are_listed_oldest_first_without_broken_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, json.dumps([STANZA]))
    assert [one.label for one in backups.list_backups(Cluster("17"))] == [OLDER, NEWER]
    for none in ([], [{"status": {"code": 2, "message": "no backup"}}]):
        answer(monkeypatch, json.dumps(none))
        assert backups.list_backups(Cluster("17")) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no answer"),
        ("7", "no answer"),
        ('[{"status": {"code": 99, "message": "other"}, "repo": [{"status": {"message": "[CryptoError]"}}]}]', r"\[CryptoError\] other"),
    ],
)
def test_a_bucket_that_can_not_be_read_is_no_empty_one(monkeypatch: pytest.MonkeyPatch, text: str, reason: str) -> None:
    answer(monkeypatch, text)
    with pytest.raises(Failure, match=reason):
        backups.list_backups(Cluster("17"))


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        ("2; 3079 16384 EXTENSION - pg_trgm \n", True),
        ("3; 0 0 COMMENT - EXTENSION pg_trgm \n", True),
        ("4; 2615 2200 SCHEMA - public pg_database_owner\n", True),
        ("5; 2615 17000 SCHEMA - operations mastodon\n", False),
        ("6; 1259 17001 TABLE public users mastodon\n", False),
    ],
)
def test_what_belongs_to_the_superuser_is_left_out_of_a_dump(line: str, left_out: bool) -> None:
    assert bool(dump_file.LEFT_OUT.search(line)) == left_out


def test_a_setting_is_read_from_files_with_and_without_quotes(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("backup_weeks='4'\n")
    (tmp_path / "a.env").write_text("OWNER_EMAIL=o'neill@example.org\n")
    assert import_database.setting(tmp_path / "a.sh", "backup_weeks") == "4"
    assert import_database.setting(tmp_path / "a.env", "OWNER_EMAIL") == "o'neill@example.org"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--help"], 0, "verify-backup"),
        (["verify-backup", "--help"], 0, "--clean"),
        ([], 2, "SUBCOMMAND"),
        (["import-database"], 2, "--size"),
        (["import-database", "--size", "1k"], 2, "'1k'; expected the dump's size in bytes"),
        (["restore-dump", "--database", "postgres", "dump"], 2, "mastodon_restored"),
    ],
)
def test_the_program_ends_with_a_status_that_has_a_meaning(arguments: list[str], status: int, said: str) -> None:
    done = subprocess.run([sys.executable, "-I", str(PROGRAM), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert not list(PROGRAM.parents[1].rglob("__pycache__"))
