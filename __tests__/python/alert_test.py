"""Alerts: what stands, what is reported once, and what goes out."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mastodonctl import alert
from mastodonctl.alert import Message, Places, read_message
from mastodonctl.console import Failure
from mastodonctl.settings import Settings, read_settings, words

SETTINGS = """# shellcheck shell=bash disable=SC2034,SC1083
web_domain='toot.example'
smtp_host='smtp.example.net'
smtp_port='587'
smtp_scheme='smtp'
smtp_authentication='cram_md5'
smtp_user='toot'
smtp_from='Toot'\\''s <toot@toot.example>'
recipients=('alice@example.org' 'bob@example.org')
webhook='https://hooks.example.org/x'
ping_url=''
"""
# Each writes what it was given, and answers as the file beside it says.
LOGGER = '#!/bin/sh\nprintf "%s\\n" "$*" >>{folder}/logged\n'
CURL = '#!/bin/sh\n{{ printf "%s " "$@"; echo; cat; }} >>{folder}/sent\n[ ! -e {folder}/broken ] || {{ echo "curl: (7) refused" >&2; exit 7; }}\n'


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    for name, script in (("logger", LOGGER), ("curl", CURL), ("with-lock", "#!/bin/sh\n[ ! -e {folder}/taken ]\n")):
        (tmp_path / name).write_text(script.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "alert-settings.sh").write_text(SETTINGS)
    (tmp_path / "secrets.env").write_text('OTHER=1\nSMTP_PASSWORD=correct "horse" \\\n')
    return Places(state=tmp_path / "state", etc=tmp_path, tools=tmp_path)


def read(folder: Path, name: str) -> str:
    return (folder / name).read_text() if (folder / name).exists() else ""


def in_outbox(places: Places) -> list[str]:
    return [path.parent.name for path in sorted(places.outbox.glob("*/[!.]*"))]


def test_an_alert_stands_and_is_sent_once_however_often_it_is_raised(places: Places, tmp_path: Path) -> None:
    alert.raise_alert(places, "disk", "The disk is 86 % full")
    alert.raise_alert(places, "disk", "The disk is 87 % full")
    alert.raise_alert(places, "disk")
    assert [path.name for path in alert.standing(places)] == ["disk"]
    assert (places.alerts / "disk").read_text() == "The disk is 87 % full\n"
    assert read(tmp_path, "logged") == "--priority daemon.err --tag mastodon-alert -- disk: The disk is 86 % full\n"
    assert read(tmp_path, "sent").count("mail-rcpt") == 2
    assert read(tmp_path, "sent").count("hooks.example.org") == 1
    assert in_outbox(places) == []


def test_one_that_ends_is_sent_and_one_that_is_not_there_is_no_news(places: Places, tmp_path: Path) -> None:
    alert.clear_alert(places, "disk")
    assert read(tmp_path, "logged") == ""
    alert.raise_alert(places, "disk", "x")
    alert.clear_alert(places, "disk")
    assert alert.standing(places) == []
    assert read(tmp_path, "logged").endswith("daemon.notice --tag mastodon-alert -- disk: disk is well again\n")


def test_a_unit_that_failed_needs_no_text(places: Places) -> None:
    alert.raise_alert(places, "wg-quick@wg0.service")
    text = (places.alerts / "wg-quick@wg0.service").read_text()
    assert text.startswith("wg-quick@wg0.service failed at 20")
    assert text.endswith(" UTC: journalctl -u wg-quick@wg0.service\n")


def test_what_could_not_be_sent_stays_and_goes_out_later_in_its_order(places: Places, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    alert.raise_alert(places, "disk", "x")
    alert.clear_alert(places, "disk")
    assert in_outbox(places) == ["mail", "mail", "webhook", "webhook"]
    assert "daemon.warning --tag mastodon-alert -- webhook not sent, next try with the next watch: curl: (7) refused" in read(
        tmp_path, "logged"
    )
    (tmp_path / "broken").unlink()
    alert.send(places)
    assert in_outbox(places) == []


def test_a_process_without_the_lock_leaves_it_to_the_one_that_sends(places: Places, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    alert.raise_alert(places, "disk", "x")
    assert read(tmp_path, "sent") == ""
    assert in_outbox(places) == ["mail", "webhook"]


def test_secrets_are_in_no_list_of_processes(places: Places, tmp_path: Path) -> None:
    alert.raise_alert(places, "disk", "x")
    sent = read(tmp_path, "sent").splitlines()
    assert sent[0].startswith("--config - --silent --show-error --ssl-reqd --max-time 60 --crlf --upload-file ")
    assert sent[1:7] == [
        'url = "smtp://smtp.example.net:587/toot.example"',
        'user = "toot:correct \\"horse\\" \\\\"',
        'login-options = "AUTH=CRAM-MD5"',
        'mail-from = "toot@toot.example"',
        'mail-rcpt = "alice@example.org"',
        'mail-rcpt = "bob@example.org"',
    ]


def test_an_invalid_message_does_not_keep_the_others(places: Places, tmp_path: Path) -> None:
    places.make()
    (places.outbox / "mail/1").write_text("no JSON {")
    (places.outbox / "mail/.2.new").write_text("half of on")
    alert.send(places)
    assert in_outbox(places) == []
    assert read(tmp_path, "sent") == ""


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "a\nSubject: b", "x" * 300])
def test_a_name_that_is_no_name_of_a_file_is_refused(places: Places, name: str) -> None:
    for change in (alert.raise_alert, alert.clear_alert):
        with pytest.raises(Failure, match="is no name of an alert"):
            change(places, name)


def test_control_characters_reach_no_terminal(places: Places) -> None:
    alert.raise_alert(places, "disk", "a\x1b[2Jb\0")
    assert (places.alerts / "disk").read_text() == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}\n"


def test_the_ping_is_for_whom_it_is_set(places: Places, tmp_path: Path) -> None:
    alert.ping(places)
    assert read(tmp_path, "sent") == ""
    (tmp_path / "alert-settings.sh").write_text(SETTINGS.replace("ping_url=''", "ping_url='https://ping.example.org'"))
    alert.ping(Places(etc=tmp_path))
    assert read(tmp_path, "sent").endswith('url = "https://ping.example.org"\n')


def test_a_mail_is_as_people_know_it() -> None:
    told = Message("toot.example", "raised", "disk", "It is full", "2026-11-23T05:00:00Z")
    assert read_message(told.as_json()) == told
    assert list(json.loads(told.as_json())) == ["server", "state", "name", "text", "time"]
    assert told.as_mail("a@b", ["c@d", "e@f"], "Mon, 23 Nov 2026 05:00:00 +0000") == (
        "From: a@b\nTo: c@d, e@f\nDate: Mon, 23 Nov 2026 05:00:00 +0000\nSubject: [toot.example] alert raised: disk\n"
        "Content-Type: text/plain; charset=utf-8\n\nIt is full\n\nAt 2026-11-23T05:00:00Z, on toot.example.\n"
    )


class TestSettings:
    @given(some.lists(some.text(some.characters(exclude_characters="\n"))))
    def test_words_are_read_as_the_shell_would(self, values: list[str]) -> None:
        assert words(f"({' '.join(map(shlex.quote, values))})") == values

    def test_what_is_missing_or_no_number_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "x.sh").write_text("media_gb='x[$(id)]'\nbackup_gb='500'\nnone=()\n")
        settings = read_settings(tmp_path / "x.sh")
        assert (settings.number("backup_gb"), settings.all("none"), settings.one("none")) == (500, [], "")
        for name in ("media_gb", "none", "other"):
            with pytest.raises(Failure, match="sudo converge writes it"):
                Settings(settings.file, settings.values).number(name)
