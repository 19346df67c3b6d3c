"""Whether each process is of a release, and does its work."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ..console import printable
from ..import_database import setting
from ..programs import ProgramFailed, answer_of
from ..release.records import Release
from ..release.serving import deviation

WEB_PORTS = (3001, 3002)
CURL = ("curl", "--silent", "--show-error", "--max-time", "10")
TELL_STATUS = ("--output", "/dev/null", "--write-out", "%{http_code}")
STATUS = re.compile("[0-9]{3}", re.ASCII)


def answers(release: Release) -> str:
    """Why not; nothing if all do."""
    if problem := deviation(release):
        return problem
    domain = setting(Path("/etc/mastodon/mastodon.env"), "WEB_DOMAIN")
    try:
        for path in ("/health", "/api/v1/streaming/health"):
            at_nginx(domain, path)
        for port in WEB_PORTS:
            if problem := timeline_problem(port, ask_process(domain, port, "/api/v1/timelines/public?limit=1", *TELL_STATUS)):
                return problem
            # The account that signs for the server. Mastodon keeps no copy of it, and can't show it without its key.
            if problem := actor_problem(port, ask_process(domain, port, "/actor", "--header", "Accept: application/activity+json")):
                return problem
    except ProgramFailed as failure:
        return printable(str(failure))
    return ""


def at_nginx(domain: str, path: str) -> None:
    answer_of([*CURL, "--fail", "--insecure", "--resolve", f"{domain}:443:127.0.0.1", "--output", "/dev/null", f"https://{domain}{path}"])


def ask_process(domain: str, port: int, path: str, *options: str) -> str:
    """What a web process itself answers; nginx would answer for one that is down, from its cache."""
    return answer_of(
        [*CURL, "--header", f"Host: {domain}", "--header", "X-Forwarded-Proto: https", *options, f"http://127.0.0.1:{port}{path}"]
    )


def timeline_problem(port: int, status: str) -> str:
    """It may ask for a login, which is an answer, too."""
    if STATUS.fullmatch(status) and int(status) < 500:
        return ""
    return f"/api/v1/timelines/public answers {printable(status, 20)} at port {port}"


def actor_problem(port: int, answer: str) -> str:
    if shows_key(answer):
        return ""
    return f"/actor shows no key at port {port}: this release can't sign, so other servers would refuse it"


def shows_key(answer: str) -> bool:
    try:
        actor = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    keys = actor.get("publicKey") if isinstance(actor, dict) else None
    return any(
        isinstance(key, dict) and "PUBLIC KEY" in str(key.get("publicKeyPem", "")) for key in (keys if isinstance(keys, list) else [keys])
    )
