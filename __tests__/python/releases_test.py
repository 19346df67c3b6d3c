"""Releases of Mastodon, as the machine looks for them: what GitHub answers, what is news, and what is reported once."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from mastodonctl import alert
from mastodonctl.release.records import Version
from mastodonctl.releases import commands, github
from mastodonctl.releases.news import installed, news
from mastodonctl.releases.published import Published, Unanswered, read_answer, read_version
from mastodonctl.releases.record import Record, as_text, parse, read_record

HOUR, DAY = 3600, 86_400
NOW = 1_790_000_000
# As upstream writes them (v4.5.20).
FIXES = "## Changelog\r\n\r\n### Security\r\n\r\n- Fix insufficient verification ([GHSA-288h-6j8h-6x5j](https://github.com/x))\r\n"
CHANGES = "## Changelog\r\n\r\n### Fixed\r\n\r\n- Fix inefficiency in some queries (#41132 by @hugogameiro)\r\n"


def published(version: str, security: bool = False, at: int = NOW - 10 * DAY) -> Published:
    number = read_version(version)
    assert number is not None
    return Published(number, at, security)


def as_github(version: str, body: object = CHANGES, **fields: object) -> dict[str, object]:
    told = {"tag_name": f"v{version}", "name": f"v{version}", "draft": False, "prerelease": "-" in version, "body": body}
    return told | {"published_at": "2026-10-29T13:05:00Z", "author": {"login": "ClearlyClaire"}, "assets": []} | fields


@dataclass
class GitHub:
    """Answers as api.github.com does: who names itself not is refused, a tag that fits gets 304, and an address has a limit."""

    releases: list[dict[str, object]]
    left: int = 60
    # In place of the answer.
    instead: Callable[[BaseHTTPRequestHandler], None] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if not handler.headers.get("User-Agent"):
            return self.send(handler, 403, b"Request forbidden by administrative rules.")
        url = urlsplit(handler.path)
        self.asked.append((handler.path, handler.headers.get("If-None-Match", "")))
        if self.left <= 0:
            return self.send(handler, 403, b'{"message": "API rate limit exceeded for 192.0.2.1."}')
        self.left -= 1
        if self.instead is not None:
            return self.instead(handler)
        if url.path != "/repos/mastodon/mastodon/releases":
            return self.send(handler, 404, b'{"message": "Not Found"}')
        size = min(int(parse_qs(url.query).get("per_page", ["30"])[0]), 100)
        seen = [one for one in self.releases if not one["draft"]]
        body = json.dumps(seen[:size]).encode()
        tag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        if handler.headers.get("If-None-Match") == tag:
            return self.send(handler, 304, b"", ETag=tag)
        return self.send(handler, 200, body, ETag=tag)

    def send(self, handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
        handler.send_response(status)
        for name, value in {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": str(max(self.left, 0)), **headers}.items():
            handler.send_header(name, value)
        if status != 304:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def serving(hub: GitHub) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.server_address[1]}/repos/mastodon/mastodon/releases?per_page=30"
    finally:
        listener.shutdown()
        listener.server_close()


def test_the_releases_for_servers_are_read_and_what_upstream_calls_security_is_seen() -> None:
    told = [
        as_github("4.7.7", FIXES),
        as_github("4.8.0-rc.1", FIXES),
        as_github("4.7.6"),
        as_github("4.5.20", "fixes CVE-2026-41259"),
        as_github("4.7.5", None),
    ]
    body = json.dumps([*told, as_github("nightly.2026-10-01"), as_github("4.7.9", draft=True)]).encode()
    assert [(str(one.version), one.security) for one in read_answer(body)] == [
        ("4.7.7", True),
        ("4.7.6", False),
        ("4.5.20", True),
        ("4.7.5", False),
    ]
    assert read_answer(body)[0].notes == "https://github.com/mastodon/mastodon/releases/tag/v4.7.7"


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "[" * 100_000,
        '{"message": "Not Found"}',
        "[1]",
        '[{"tag_name": "v4.7.7"}]',
        json.dumps([as_github("4.7.7", draft="no")]),
        json.dumps([as_github("4.7.7", published_at=None)]),
        json.dumps([as_github("4.7.7", tag_name=4)]),
        json.dumps([as_github("4.7.7", ["body"])]),
        json.dumps([as_github("4.7.7")] * 101),
    ],
)
def test_an_answer_that_is_no_list_of_releases_is_refused_as_a_whole(body: str) -> None:
    with pytest.raises(Unanswered, match=r"^(GitHub's|a release in GitHub's) answer"):
        read_answer(body.encode())


@given(
    some.binary()
    | some.recursive(some.none() | some.booleans() | some.integers() | some.text(), some.lists).map(lambda x: json.dumps(x).encode())
)
def test_whatever_github_answers_is_releases_or_refused(body: bytes) -> None:
    try:
        read_answer(body)
    except Unanswered:
        return


@given(some.tuples(*[some.integers(0, 9999)] * 3), some.tuples(*[some.integers(0, 9999)] * 3))
def test_versions_are_compared_as_numbers(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    first, second = (read_version("v{}.{}.{}".format(*version)) for version in (one, other))
    assert first is not None
    assert second is not None
    assert (first < second) == (one < other)


@given(some.text())
def test_no_tag_is_a_version_but_three_numbers(tag: str) -> None:
    version = read_version(tag)
    assert version is None or tag.removeprefix("v") == str(version)


def names(server: str, known: list[Published], told: set[str] | None = None, now: int = NOW) -> list[tuple[str, bool]]:
    version = read_version(server)
    assert version is not None
    return [(one.name, one.stands) for one in news(version, known, told or set(), now)]


def test_a_server_of_the_newest_release_has_no_news() -> None:
    assert names("4.7.6", [published("4.7.6", True), published("4.6.9", True), published("4.7.5")]) == []


def test_a_patch_release_is_a_notice_and_one_that_fixes_security_problems_an_alert() -> None:
    assert names("4.7.6", [published("4.7.7")]) == [("release-4.7.7", False)]
    assert names("4.7.6", [published("4.7.7", True)]) == [("security-release-4.7.7", True)]
    assert names("4.7.9", [published("4.7.10", True)]) == [("security-release-4.7.10", True)]


def test_of_several_that_came_at_once_the_last_security_release_stands_for_all_and_the_newest_is_named() -> None:
    known = [published("4.7.8"), published("4.7.7", True), published("4.7.5", True), published("4.7.6")]
    (one,) = news(Version(4, 7, 4), known, set(), NOW)
    assert one.name == "security-release-4.7.7"
    assert "this server runs 4.7.4: https://github.com/mastodon/mastodon/releases/tag/v4.7.7" in one.text
    assert "The newest of its minor version is 4.7.8." in one.text
    assert one.told == {"4.7.5", "4.7.6", "4.7.7", "4.7.8"}
    assert names("4.7.4", known, set(one.told)) == []
    assert names("4.7.4", [*known, published("4.7.9")], set(one.told)) == [("release-4.7.9", False)]


def test_a_new_minor_version_is_reported_once_and_its_patch_releases_are_not() -> None:
    known = [published("4.8.1"), published("4.8.0"), published("4.7.6")]
    (one,) = news(Version(4, 6, 9), known, set(), NOW)
    assert one.name == "release-4.8"
    assert one.told == {"4.7", "4.8"}
    assert names("4.6.9", [published("4.8.2"), *known], set(one.told)) == []


def test_a_minor_version_that_gets_no_release_with_a_security_fix_of_the_later_ones_is_reported_a_day_later() -> None:
    known = [published("4.7.7", True, NOW - 2 * DAY), published("4.6.9", False, NOW - 30 * DAY)]
    told = {"4.7"}
    assert names("4.6.9", known, told) == [("release-without-4.6", False)]
    assert names("4.6.9", known, told, NOW - 2 * DAY + HOUR) == []
    assert names("4.6.9", known, told | {"without 4.7.7"}) == []
    assert names("4.6.9", [*known, published("4.6.10", True, NOW - 2 * DAY)], told | {"4.6.10"}) == []
    assert names("4.7.6", [published("4.6.9", True, NOW - 2 * DAY), published("4.7.6", False, NOW - 9 * DAY)]) == []


VERSIONS = some.builds(Version, some.integers(4, 5), some.integers(5, 8), some.integers(0, 11))
KNOWN = some.lists(some.builds(Published, VERSIONS, some.integers(NOW - 90 * DAY, NOW), some.booleans()), max_size=12)


@given(VERSIONS, KNOWN)
def test_what_was_reported_is_not_reported_again_and_nothing_old_is_news(server: Version, known: list[Published]) -> None:
    first = news(server, known, set(), NOW)
    told = {key for one in first for key in one.told}
    assert news(server, known, told, NOW) == []
    assert all(server < one.version for one in known if first and str(one.version) in told)
    fixes = [one for one in known if one.security and one.version.minor == server.minor and one.version.major == server.major]
    assert any(one.stands for one in first) == any(server < one.version for one in fixes)


@given(some.text())
def test_an_alert_of_another_name_counts_as_done(name: str) -> None:
    assert installed(name, Version(9999, 0, 0, "+custom"))


def test_an_alert_ends_with_the_release_or_a_later_one() -> None:
    assert not installed("security-release-4.7.10", Version(4, 7, 9, "+custom"))
    assert installed("security-release-4.7.10", Version(4, 7, 10, "+custom"))
    assert installed("security-release-4.7.10", Version(4, 8, 0))


def test_an_answer_that_has_not_changed_is_not_sent_again() -> None:
    hub = GitHub([as_github("4.7.7")])
    with serving(hub) as url:
        first = github.ask("", url)
        assert first.body is not None
        assert github.ask(first.tag, url).body is None
        hub.releases.insert(0, as_github("4.7.8"))
        assert github.ask(first.tag, url).body is not None
    assert [tag for _, tag in hub.asked] == ["", first.tag, first.tag]


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(301)
    handler.send_header("Location", "http://localhost:1/repositories/71")
    handler.end_headers()


def renamed(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(301 if handler.path != "/repositories/71" else 200)
    handler.send_header("Location", "/repositories/71")
    handler.end_headers()
    handler.wfile.write(b"[]")


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 10_000)
    except OSError:
        handler.close_connection = True


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"[]")


def circle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.end_headers()


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (elsewhere, "leads to another host"),
        (endless, "is larger than 100000 bytes"),
        (cut, "did not come in full"),
        (circle, "GitHub answers 302"),
        (lambda handler: handler.send_error(503), "GitHub answers 503$"),
    ],
)
def test_an_answer_that_leads_away_or_does_not_end_does_not_count(instead: Callable[[BaseHTTPRequestHandler], None], reason: str) -> None:
    with serving(GitHub([], instead=instead)) as url, pytest.raises(Unanswered, match=reason):
        github.ask("", url, limit=100_000)


def test_a_repository_that_has_another_name_on_the_same_host_is_followed() -> None:
    with serving(GitHub([], instead=renamed)) as url:
        assert github.ask("", url).body == b"[]"


def test_one_that_never_answers_and_one_whose_limit_is_used_up_are_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(Unanswered, match="can't be asked: timed out"):
        github.ask("", f"http://127.0.0.1:{listener.getsockname()[1]}/", patience=0.2)
    with serving(GitHub([], left=0)) as url, pytest.raises(Unanswered, match="403: this address asked more often than it may"):
        github.ask("", url)


@settings(max_examples=30)
@given(KNOWN, some.text(), some.frozensets(some.text(), max_size=5))
def test_the_record_comes_back_as_it_was_written(known: list[Published], tag: str, told: frozenset[str]) -> None:
    record = Record(tuple(known), tag, NOW, told)
    assert parse(as_text(record), NOW + 1) == record


FIELDS = some.sampled_from(["known", "tag", "answered", "told"])


@settings(max_examples=50)
@given(some.recursive(some.none() | some.integers() | some.text(), lambda x: some.lists(x) | some.dictionaries(FIELDS, x)))
def test_a_record_that_holds_something_else_is_forgotten(content: object) -> None:
    assert parse(json.dumps(content), NOW).answered <= NOW


def test_a_record_that_is_cut_or_missing_is_forgotten(tmp_path: Path) -> None:
    assert read_record(tmp_path / "none", NOW) == Record(answered=NOW)
    (tmp_path / "cut").write_bytes(b'{"known": [\xff')
    assert read_record(tmp_path / "cut", NOW) == Record(answered=NOW)


@dataclass
class Server:
    """A machine with its alerts, and what it sent."""

    places: alert.Places
    folder: Path

    def runs(self, version: str) -> None:
        (self.folder / "release").write_text(f"{version} web@sha256:1 streaming@sha256:2\n")

    def looks(self, url: str, now: int = NOW) -> None:
        commands.look(self.places, self.folder / "releases.json", now, url, self.folder / "release")

    def stand(self) -> list[str]:
        return [path.name for path in alert.standing(self.places)]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    messages: list[tuple[str, str, str]] = []
    monkeypatch.setattr(alert, "tell", lambda _, told: messages.append((told.state, told.name, told.text)))
    return messages


@pytest.fixture
def server(tmp_path: Path) -> Server:
    (tmp_path / "alert-settings.sh").write_text("web_domain='toot.example'\nwebhook=''\n")
    one = Server(alert.Places(state=tmp_path / "state", etc=tmp_path, tools=tmp_path), tmp_path)
    one.runs("4.7.6")
    return one


def test_each_release_is_reported_once_and_a_security_release_stands_until_it_serves(
    server: Server, sent: list[tuple[str, str, str]]
) -> None:
    hub = GitHub([as_github("4.7.6")])
    with serving(hub) as url:
        server.looks(url)
        assert sent == []
        hub.releases.insert(0, as_github("4.7.7"))
        for _ in range(3):
            server.looks(url)
        assert [one[:2] for one in sent] == [("notice", "release-4.7.7")]
        assert server.stand() == []
        hub.releases.insert(0, as_github("4.7.8", FIXES))
        for _ in range(3):
            server.looks(url)
        assert [one[:2] for one in sent[1:]] == [("raised", "security-release-4.7.8")]
        assert server.stand() == ["security-release-4.7.8"]
        server.runs("4.7.8")
        server.looks(url)
    assert sent[2:] == [("cleared", "security-release-4.7.8", "Mastodon 4.7.8 serves")]
    assert server.stand() == []
    assert len({tag for _, tag in hub.asked}) == 4


def test_the_alert_ends_without_an_answer_too(server: Server, sent: list[tuple[str, str, str]]) -> None:
    hub = GitHub([as_github("4.7.8", FIXES)])
    with serving(hub) as url:
        server.looks(url)
        hub.left = 0
        server.runs("4.7.8")
        server.looks(url)
    assert [one[0] for one in sent] == ["raised", "cleared"]


def test_a_missing_answer_is_an_alert_after_days_alone(server: Server, sent: list[tuple[str, str, str]]) -> None:
    hub = GitHub([as_github("4.7.6")], left=0)
    with serving(hub) as url:
        for hours in range(0, 73, 8):
            server.looks(url, NOW + hours * HOUR)
        assert sent == []
        server.looks(url, NOW + 73 * HOUR)
        server.looks(url, NOW + 74 * HOUR)
        assert [one[:2] for one in sent] == [("raised", "release-watch")]
        assert "were not looked up for 3 days: GitHub answers 403" in sent[0][2]
        hub.left = 60
        server.looks(url, NOW + 75 * HOUR)
    assert sent[-1][:2] == ("cleared", "release-watch")
    assert server.stand() == []


def test_what_is_turned_off_leaves_neither_an_alert_nor_a_record(server: Server, sent: list[tuple[str, str, str]]) -> None:
    with serving(GitHub([as_github("4.7.8", FIXES)])) as url:
        server.looks(url)
    alert.raise_alert(server.places, "release-watch", "silent")
    alert.raise_alert(server.places, "mastodon-releases.service")
    alert.raise_alert(server.places, "disk", "full")
    commands.forget(server.places, server.folder / "releases.json")
    assert server.stand() == ["disk"]
    assert not (server.folder / "releases.json").exists()
    assert [one[:2] for one in sent[4:]] == [
        ("cleared", "mastodon-releases.service"),
        ("cleared", "release-watch"),
        ("cleared", "security-release-4.7.8"),
    ]


def test_nothing_is_asked_before_a_release_serves(server: Server, sent: list[tuple[str, str, str]]) -> None:
    (server.folder / "release").unlink()
    server.looks("http://127.0.0.1:1/")
    assert sent == []
    assert not (server.folder / "releases.json").exists()


def test_a_notice_is_no_alert_in_the_subject_of_its_mail() -> None:
    told = alert.Message("toot.example", "notice", "release-4.7.7", "x", "now")
    assert "\nSubject: [toot.example] notice: release-4.7.7\n" in told.as_mail("a", ["b"], "c")
