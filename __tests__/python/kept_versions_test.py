"""What a bucket keeps (`keep-versions`), asked by a client of S3's own requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kept_versions import Kept, after, deletes, keep, look
from s3_client import Answer, Bucket, bucket_of


def test_requests_are_signed_as_the_example_in_the_manual_of_aws() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    bucket = Bucket("https://examplebucket.s3.amazonaws.com", "us-east-1", "AKIAIOSFODNN7EXAMPLE", secret, "")
    headers = bucket.signed("GET", "/", "lifecycle=", b"", datetime(2013, 5, 24, tzinfo=UTC))
    assert headers["authorization"].endswith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")


def test_buckets_are_those_of_the_configuration_of_rclone(tmp_path: Path) -> None:
    path = tmp_path / "rclone.conf"
    path.write_text(
        "# buckets\n[store]\ntype = s3\nendpoint = https://s3.test\nregion = X\naccess_key_id = a\nsecret_access_key = %s%\n\n"
        "[media]\ntype = alias\nremote = store:name\n",
        encoding="utf-8",
    )
    assert bucket_of("media", path) == Bucket("https://s3.test", "X", "a", "%s%", "name")
    assert bucket_of("secondary", path) is None


DENIED = 403


@dataclass(frozen=True)
class Store(Bucket):
    """A store that remembers what it was set to. It refuses what is named in `refuses`, such as "PUT lifecycle"."""

    refuses: tuple[str, ...] = ()
    state: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def ask(self, method: str, key: str = "", query: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        names = " ".join(query or {})
        request = f"{method} {key and 'object '}{names}".strip()
        self.requests.append(request)
        if request in self.refuses:
            return Answer(DENIED, "<Error><Code>AccessDenied</Code></Error>", {})
        if key:
            version = {"X-Amz-Version-Id": "v1"} if "Enabled" in self.state.get("versioning", "") else {}
            return Answer(200 if method == "PUT" else 204, "", version)
        if method == "PUT":
            self.state[names] = body.decode()
            return Answer(200, "", {})
        text = self.state.get(names)
        if text is None and names != "versioning":
            return Answer(404, "<Error><Code>None</Code></Error>", {})
        return Answer(200, text or "<VersioningConfiguration/>", {})


def store(*refuses: str, **state: str) -> Store:
    return Store("https://s3.test", "X", "a", "s", "name", refuses, {name.replace("_", "-"): text for name, text in state.items()})


ON = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
LOCK = "<O><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></O>"


def test_versions_are_turned_on_and_old_ones_go_after_a_month() -> None:
    bucket = store()
    assert keep(bucket) == Kept("Enabled", "none")
    assert "<NoncurrentDays>30</NoncurrentDays>" in bucket.state["lifecycle"]
    assert bucket.requests.index("PUT lifecycle") < bucket.requests.index("PUT versioning")


def test_versions_stay_off_where_old_ones_would_never_go() -> None:
    bucket = store("PUT lifecycle")
    kept = keep(bucket)
    assert (kept.versioning, kept.lock) == ("Unversioned", "none")
    assert kept.problem == "the store takes no lifecycle rule (403 AccessDenied), and without one old versions would fill the bucket"
    assert "PUT versioning" not in bucket.requests


def test_rules_of_other_programs_are_left_as_they_are() -> None:
    theirs = "<L><Rule><ID>mine</ID></Rule></L>"
    bucket = store(lifecycle=theirs)
    assert "let old versions stay for ever" in keep(bucket).problem
    assert bucket.state == {"lifecycle": theirs}
    enough = store(lifecycle="<L><Rule><ID>mine</ID><NoncurrentDays>9</NoncurrentDays></Rule></L>")
    assert keep(enough).versioning == "Enabled"
    assert "PUT lifecycle" not in enough.requests


def test_what_is_on_is_not_set_again() -> None:
    bucket = store(versioning=ON)
    assert keep(bucket).versioning == "Enabled"
    assert not [request for request in bucket.requests if request.startswith("PUT")]


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [
        (store(), Kept("Unversioned", "none")),
        (store(versioning=ON, object_lock=LOCK), Kept("Enabled", "GOVERNANCE 30 days")),
        (store("GET versioning", "GET object-lock"), Kept("unknown", "unknown")),
        (store(versioning="no XML"), Kept("Unversioned", "none")),
    ],
    ids=["new", "locked", "may_not_ask", "no_xml"],
)
def test_a_bucket_is_looked_at(bucket: Store, expected: Kept) -> None:
    assert look(bucket) == expected


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [
        (store(), "yes"),
        (store("DELETE object"), "no"),
        (store(versioning=ON), "yes"),
        (store("DELETE object versionId", versioning=ON), "versions"),
        (store("DELETE object versionId", "DELETE object", versioning=ON), "no"),
    ],
    ids=["plain", "may_not_delete", "may_delete_versions", "may_hide", "may_not_even_hide"],
)
def test_whether_a_credential_can_delete_is_tried(bucket: Store, expected: str) -> None:
    assert deletes(bucket) == expected


def test_a_credential_that_cannot_write_is_reported() -> None:
    with pytest.raises(OSError, match="it may not write"):
        deletes(replace(store(), refuses=("PUT object",)))


def test_a_lock_that_was_seen_once_is_remembered() -> None:
    locked = after(None, Kept("Enabled", "GOVERNANCE 30 days"))
    assert locked.locked_before == "GOVERNANCE 30 days"
    assert after(locked, Kept("Enabled", "none")).locked_before == "GOVERNANCE 30 days"
    assert after(after(locked, Kept("Enabled", "unknown")), Kept("Enabled", "none")).locked_before == "GOVERNANCE 30 days"
    assert after(None, Kept("Enabled", "none")).locked_before == ""
