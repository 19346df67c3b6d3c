"""What is deleted of dumps, images and static files, and what of the copies of Redis, and which one Redis gets."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl import obsolete, redis_snapshots
from mastodonctl.console import Failure

PROGRAM = Path(__file__).parents[2] / "cloud-init/handover/usr/local/sbin/mastodonctl"


def dump(hour: int) -> str:
    return f"mastodon-{datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour):%Y%m%dT%H%M%SZ}.dump.gpg"


def listed(*names: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Size": 5} for name in names]


def whole(*hours: int) -> list[str]:
    return [name for hour in hours for name in (dump(hour), dump(hour) + ".sha256")]


def snapshots(*terms: int) -> list[str]:
    return [redis_snapshots.name_in(term) for term in terms]


foreign = some.sampled_from(
    [
        "note.txt",
        "mastodon.dump.gpg",
        f"{dump(1)}.old",
        f"x{dump(1)}",
        "mastodon-20260230T000000Z.dump.gpg",
        "7.rdb.gpg",
        "00000001.rdb",
        "",
    ]
)
hours = some.integers(0, 40)


@given(some.sets(hours), some.sets(hours), some.sets(hours), hours, some.sets(foreign))
def test_eight_dumps_stay_the_one_just_made_and_the_newest(
    whole_ones: set[int], halves: set[int], digests: set[int], made: int, others: set[str]
) -> None:
    whole_ones = whole_ones | {made} | (halves & digests)
    names = {*whole(*whole_ones), *map(dump, halves), *(f"{dump(one)}.sha256" for one in digests), *others}
    gone = obsolete.dumps(listed(*names), dump(made))
    left = names - set(gone)
    kept = [hour for hour in sorted(whole_ones) if dump(hour) in left]
    assert set(gone) <= names - others
    assert {*whole(made)} <= left
    assert {*whole(*kept)} <= left
    assert len(kept) == min(len(whole_ones), obsolete.DUMPS_KEPT)
    assert set(sorted(whole_ones)[-(obsolete.DUMPS_KEPT - 1) :]) <= set(kept)
    # Halves go, but not those of a run that began later.
    half = (halves | digests) - whole_ones
    assert {hour for hour in half if {dump(hour), dump(hour) + ".sha256"} & left} == {hour for hour in half if hour > made}


@pytest.mark.parametrize("names", [[], whole(1), [*whole(1, 3), dump(2)]])
def test_no_dump_goes_where_the_new_one_is_not_listed_with_its_digest(names: list[str]) -> None:
    with pytest.raises(Failure, match="no older dump was deleted"):
        obsolete.dumps(listed(*names), dump(2))


@pytest.mark.parametrize("answer", [None, {}, ["x"], 7])
def test_no_dump_goes_by_what_is_no_list(answer: object) -> None:
    with pytest.raises(Failure, match="nothing was deleted"):
        obsolete.dumps(answer, dump(2))


def test_a_dump_whose_size_the_store_does_not_say_stays() -> None:
    strange = [{"Name": dump(1), "Size": -1}, {"Name": f"{dump(1)}.sha256", "Size": 5}]
    assert obsolete.dumps([*strange, *listed(*whole(*range(2, 12)))], dump(11)) == whole(2, 3)


@given(some.sets(some.integers(0, 30)), some.integers(0, 30), some.sets(foreign))
def test_two_snapshots_of_former_terms_stay_and_all_of_this_and_later_ones(terms: set[int], own: int, others: set[str]) -> None:
    names = [*snapshots(*terms), *others]
    gone = redis_snapshots.obsolete(names, redis_snapshots.name_in(own))
    assert gone == snapshots(*sorted(term for term in terms if term < own)[:-2])


@given(some.sets(some.integers(0, 30)), some.integers(0, 30), some.sets(foreign))
def test_redis_gets_the_newest_snapshot_of_a_former_term_and_that_one_was_kept(terms: set[int], own: int, others: set[str]) -> None:
    files = [{"Name": name, "ModTime": "2026-11-23T05:00:00.123456789+01:00"} for name in [*snapshots(*terms), *others]]
    name = redis_snapshots.name_in(own)
    found = redis_snapshots.newest(files, name)
    former = [term for term in terms if term < own]
    assert found == (redis_snapshots.Snapshot(redis_snapshots.name_in(max(former)), 1795406400) if former else None)
    assert found is None or found.name not in redis_snapshots.obsolete([one["Name"] for one in files], name)


def test_a_time_without_a_zone_is_utc() -> None:
    found = redis_snapshots.newest([{"Name": snapshots(1)[0], "ModTime": "2026-11-23T04:00:00"}], snapshots(2)[0])
    assert found is not None and found.began == 1795406400


@pytest.mark.parametrize("moment", [None, 7, "", "yesterday", "2026-02-30T00:00:00Z", "x[$(id)]"])
def test_a_snapshot_without_a_time_is_not_restored(moment: object) -> None:
    with pytest.raises(Failure, match="has no time"):
        redis_snapshots.newest([{"Name": snapshots(1)[0], "ModTime": moment}], snapshots(2)[0])


LEASE = {"domain": "toot.example", "machine": "one", "id": "a1", "term": 7}


def test_a_snapshot_is_named_after_the_term() -> None:
    assert redis_snapshots.own_name(json.dumps(LEASE)) == "00000007.rdb.gpg"


@pytest.mark.parametrize("term", [None, "7", "x[$(id)]", 0, -1, 1.5, True, 10_000_000])
def test_a_lease_without_a_term_names_no_snapshot(term: object) -> None:
    with pytest.raises(Failure, match="no term"):
        redis_snapshots.own_name(json.dumps({**LEASE, "term": term}))


repositories = some.sampled_from(["ghcr.io/mastodon/mastodon", "localhost/mastodon-web", "<none>"])
ids = some.integers(0, 9).map(lambda number: f"{number:012x}")


@given(some.lists(some.tuples(repositories, ids)))
def test_of_each_repository_two_images_stay(images: list[tuple[str, str]]) -> None:
    gone = obsolete.images([*(f"{repository} {image}" for repository, image in images), ""])
    for repository in {repository for repository, _ in images}:
        newest = list(dict.fromkeys(image for its, image in images if its == repository))
        assert not set(newest[:2]) & set(gone)
    kept = {image for _, image in images} - set(gone)
    assert all(
        any(image in list(dict.fromkeys(one for its, one in images if its == repository))[:2] for repository, _ in images) for image in kept
    )
    assert len(gone) == len(set(gone))


def test_what_is_no_line_about_an_image_is_refused() -> None:
    with pytest.raises(Failure, match="expected a repository and an id"):
        obsolete.images(["localhost/mastodon-web --all"])


def release(number: int) -> str:
    return f"{number:012x}"


releases = some.integers(0, 9).map(release)


@given(some.dictionaries(releases | releases.map("{}.new".format) | foreign, some.integers(0, 5)), some.lists(releases, max_size=2))
def test_static_files_that_serve_or_did_before_or_are_the_newest_stay(folders: dict[str, float], serving: list[str]) -> None:
    gone = obsolete.static_files(folders, serving)
    ours = [name for name in folders if obsolete.RELEASE.fullmatch(name)]
    assert set(gone) <= set(ours) - set(serving)
    if set(serving) & set(ours):
        assert len(ours) - len(gone) <= len({*serving}) + 1
        assert max(folders[name] for name in ours) in {folders[name] for name in ours if name not in gone}
    else:
        assert gone == []


def test_links_and_other_folders_are_no_static_files(tmp_path: Path) -> None:
    for name in (*map(release, range(5)), "uploads"):
        (tmp_path / name).mkdir()
    (tmp_path / release(6)).symlink_to(tmp_path / "uploads")
    assert obsolete.look_at_static_files(tmp_path) == []
    (tmp_path / "previous").symlink_to(tmp_path / release(1))
    assert obsolete.look_at_static_files(tmp_path) == []
    (tmp_path / "current").symlink_to(tmp_path / release(2))
    (tmp_path / release(4)).chmod(0o700)
    gone = obsolete.look_at_static_files(tmp_path)
    assert {str(tmp_path / release(0))} <= set(gone) <= {str(tmp_path / release(number)) for number in (0, 3, 4)}


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (["redis-snapshots", "own"], json.dumps(LEASE), "00000007.rdb.gpg\n"),
        (["redis-snapshots", "obsolete", snapshots(7)[0]], "\n".join(snapshots(1, 2, 3, 7)) + "\n", "00000001.rdb.gpg\n"),
        (["redis-snapshots", "newest", snapshots(7)[0]], "[]", ""),
        (["obsolete", "dumps", dump(9)], json.dumps(listed(*whole(*range(10)))), "\n".join(whole(0, 1)) + "\n"),
        (["obsolete", "images"], "\n", ""),
    ],
)
def test_scripts_get_one_name_a_line(arguments: list[str], text: str, said: str) -> None:
    done = subprocess.run([sys.executable, "-I", PROGRAM, *arguments], input=text, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (said, "", 0)


@pytest.mark.parametrize(
    ("arguments", "text", "status"),
    [
        (["redis-snapshots", "own"], "", 1),
        (["redis-snapshots", "newest", snapshots(7)[0]], "", 1),
        (["redis-snapshots", "obsolete", "../x"], "", 2),
        (["obsolete", "dumps", dump(9)], "", 1),
        (["obsolete", "dumps", "x"], "[]", 2),
    ],
)
def test_scripts_get_no_name_where_what_is_there_is_unknown(arguments: list[str], text: str, status: int) -> None:
    done = subprocess.run([sys.executable, "-I", PROGRAM, *arguments], input=text, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", status)
    assert done.stderr != ""
