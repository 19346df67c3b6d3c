"""mastodonctl alert raise NAME [TEXT] | clear NAME | send | test

Keeps a standing alert where every login and every converge shows it, and notifies the administrators when it comes and when it
goes. What could not be sent is sent with the next watch. `test` mails them a word and says what stood in its way.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from functools import cached_property
from pathlib import Path

from .console import Failure, printable, warn
from .machine import STATE, TOOLS, remove_file, replace_file
from .settings import Settings, read_settings

# The name of a file, and a part of a mail's subject. systemd escapes a character of a unit's name by a backslash.
NAME = re.compile(r"[A-Za-z0-9@_:\\-][A-Za-z0-9@_:.\\-]{0,199}", re.ASCII)
TEXT_LIMIT = 20_000
WAYS = ("mail", "webhook")
# The state of a message that is no alert: it is sent once.
NOTICE = "notice"
FIELDS = ("server", "state", "name", "text", "time")
LOCK_LIMIT = "5min"
# curl has its own limits, which are shorter.
CURL_SECONDS = 120


@dataclass(frozen=True)
class Places:
    state: Path = STATE
    etc: Path = Path("/etc/mastodon")
    tools: Path = TOOLS

    @property
    def alerts(self) -> Path:
        return self.state / "alerts"

    @property
    def outbox(self) -> Path:
        return self.state / "outbox"

    @cached_property
    def settings(self) -> Settings:
        return read_settings(self.etc / "alert-settings.sh")

    def make(self) -> None:
        for folder in (self.alerts, *(self.outbox / way for way in WAYS)):
            folder.mkdir(parents=True, exist_ok=True)


@dataclass(frozen=True)
class Message:
    """As it is in the outbox, and as the webhook gets it."""

    server: str
    state: str
    name: str
    text: str
    time: str

    def as_json(self) -> str:
        told = {field: getattr(self, field) for field in FIELDS}
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False) + "\n"

    def as_mail(self, sender: str, recipients: Sequence[str], date: str) -> str:
        kind = NOTICE if self.state == NOTICE else f"alert {self.state}"
        return (
            f"From: {sender}\nTo: {', '.join(recipients)}\nDate: {date}\nSubject: [{self.server}] {kind}: {self.name}\n"
            f"Content-Type: text/plain; charset=utf-8\n\n{self.text}\n\nAt {self.time}, on {self.server}.\n"
        )


def read_message(text: str) -> Message | None:
    try:
        told = json.loads(text)
        return Message(*(str(told[field]) for field in FIELDS))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def message(places: Places, state: str, name: str, text: str) -> Message:
    return Message(places.settings.one("web_domain"), state, name, text, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


def file_of(places: Places, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise Failure(f"'{printable(name, 80)}' is no name of an alert; expected one such as mastodon-backup.service")
    return places.alerts / name


def raise_alert(places: Places, name: str, text: str = "") -> None:
    """It is sent once, when it is raised. While it stands, a new text replaces the previous one."""
    file = file_of(places, name)
    places.make()
    failed = f"{name} failed at {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}: journalctl -u {name}"
    shown = printable(text, TEXT_LIMIT) or failed
    if not file.exists():
        replace_file(file, f"{shown}\n", hidden=True)
        tell(places, message(places, "raised", name, shown))
    elif text:
        replace_file(file, f"{shown}\n", hidden=True)


def clear_alert(places: Places, name: str, text: str = "") -> None:
    file = file_of(places, name)
    if not file.exists():
        return
    places.make()
    remove_file(file)
    tell(places, message(places, "cleared", name, text or f"{name} is well again"))


def notify(places: Places, name: str, text: str) -> None:
    """Notifies the administrators once of what is no alert."""
    file_of(places, name)
    places.make()
    tell(places, message(places, NOTICE, name, printable(text, TEXT_LIMIT)))


def standing(places: Places) -> list[Path]:
    """The files of all alerts that stand."""
    return [path for path in sorted(places.alerts.glob("*")) if not path.name.startswith(".")]


def tell(places: Places, told: Message) -> None:
    """One message for each way that is set."""
    write_log("err" if told.state == "raised" else "notice", f"{told.name}: {told.text}")
    for way in WAYS:
        if way == "mail" or places.settings.one("webhook"):
            replace_file(places.outbox / way / str(time.time_ns()), told.as_json(), hidden=True)
    send(places)


def write_log(level: str, text: str) -> None:
    subprocess.run(["logger", "--priority", f"daemon.{level}", "--tag", "mastodon-alert", "--", text], check=False)


def quoted(text: str) -> str:
    """For curl's configuration, which keeps secrets out of the list of processes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def run_curl(config: str, *options: str) -> None:
    """Raises Failure with curl's exit status and what it said."""
    command = ["curl", "--config", "-", "--silent", "--show-error", *options]
    done = subprocess.run(
        command, input=config, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
        timeout=CURL_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Failure(printable(done.stderr.strip()) or f"curl ended with status {done.returncode}", done.returncode)


def password(secrets: Path) -> str:
    found = re.search(r"^SMTP_PASSWORD=(.*)$", secrets.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def send_mail(places: Places, told: Message) -> None:
    settings = places.settings
    sender, recipients = settings.one("smtp_from").rpartition("<")[2].removesuffix(">"), settings.all("recipients")
    method = settings.one("smtp_authentication").replace("_", "-").upper()
    relay = f"{settings.one('smtp_scheme')}://{settings.one('smtp_host')}:{settings.one('smtp_port')}/{settings.one('web_domain')}"
    config = [
        ("url", relay),
        ("user", f"{settings.one('smtp_user')}:{password(places.etc / 'secrets.env')}"),
        ("login-options", f"AUTH={method}"),
        ("mail-from", sender),
        *(("mail-rcpt", one) for one in recipients),
    ]
    lines = "".join(f"{name} = {quoted(value)}\n" for name, value in config)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="alert-") as mail:
        mail.write(told.as_mail(sender, recipients, formatdate(localtime=True)))
        mail.flush()
        run_curl(lines, "--ssl-reqd", "--max-time", "60", "--crlf", "--upload-file", mail.name)


def send_webhook(places: Places, path: Path) -> None:
    config = f"url = {quoted(places.settings.one('webhook'))}\n"
    header = ("--header", "Content-Type: application/json")
    run_curl(config, "--fail", "--max-time", "30", *header, "--data-binary", f"@{path}")


def send_one(places: Places, way: str, path: Path) -> None:
    told = read_message(path.read_text(encoding="utf-8", errors="replace"))
    if told is None:
        # It would keep those behind it from going out.
        warn(f"{path} is no message of an alert; it is removed")
    elif way == "mail":
        send_mail(places, told)
    else:
        send_webhook(places, path)
    path.unlink()


@contextmanager
def outbox_locked(places: Places) -> Iterator[bool]:
    """Whether this process is the one that sends now."""
    path = places.outbox / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        command = [str(places.tools / "with-lock"), "--limit", LOCK_LIMIT, "--descriptor", str(descriptor), str(path)]
        yield subprocess.run(command, pass_fds=[descriptor], check=False).returncode == 0
    finally:
        os.close(descriptor)


def send(places: Places) -> None:
    """In the order in which things happened, each way for itself."""
    places.make()
    with outbox_locked(places) as locked:
        # What is in the outbox stays there, for the one that sends now or for the next watch.
        if not locked:
            return
        for way in WAYS:
            for path in sorted(one for one in (places.outbox / way).glob("*") if not one.name.startswith(".")):
                try:
                    send_one(places, way, path)
                except (Failure, OSError, subprocess.SubprocessError) as error:
                    write_log("warning", f"{way} not sent, next try with the next watch: {error}")
                    break


def send_test(places: Places) -> int:
    try:
        send_mail(places, message(places, "test", "alerts", "This is a test: alerts from this server arrive."))
    except Failure as failure:
        warn(str(failure))
        return failure.status
    return 0


def ping(places: Places) -> None:
    """A dead-man's switch: the service that misses the ping raises the alert."""
    url = places.settings.one("ping_url")
    if not url:
        return
    try:
        run_curl(f"url = {quoted(url)}\n", "--fail", "--max-time", "20", "--retry", "2")
    except (Failure, subprocess.SubprocessError) as error:
        warn(f"{error}\nthe ping was not answered")


def run(given: argparse.Namespace) -> int:
    places = Places()
    if given.command == "test":
        return send_test(places)
    if given.command == "raise":
        raise_alert(places, given.name, given.text)
    elif given.command == "clear":
        clear_alert(places, given.name)
    else:
        send(places)
    return 0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "alert", help="raises, clears and sends alerts", description="What could not be sent is sent with the next watch."
    )
    parser.set_defaults(run=run)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser("raise", help="an alert stands from now on, and the administrators are notified")
    one.add_argument("name")
    one.add_argument("text", nargs="?", default="", help="what is wrong and what to do; without it, that the unit of this name failed")
    one = commands.add_parser("clear", help="it stands no more, and the administrators are notified")
    one.add_argument("name")
    commands.add_parser("send", help="send what could not be sent before")
    commands.add_parser("test", help="mail the administrators a word, and say what stood in its way")
