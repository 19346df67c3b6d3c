"""Asks GitHub for the releases of Mastodon, without a login: it takes 60 questions an hour from an address.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO

from .published import Unanswered

# Upstream publishes for three or four minor versions at a time: these are those of the last months.
RELEASES = "https://api.github.com/repos/mastodon/mastodon/releases?per_page=30"
# GitHub refuses who does not name itself.
HEADERS = {"Accept": "application/vnd.github+json", "User-Agent": "mastodon-on-civo", "X-GitHub-Api-Version": "2022-11-28"}
PATIENCE = 20.0
# Notes may have 125,000 characters each; those of a release have three thousand to sixty thousand.
LIMIT = 8_000_000
TAG_LIMIT = 200
NOT_MODIFIED = 304


@dataclass(frozen=True)
class Answer:
    """There is no body where nothing has changed since the answer with that tag."""

    tag: str
    body: bytes | None


class SameHost(urllib.request.HTTPRedirectHandler):
    """GitHub leads on where a repository has another name, within its own host."""

    max_redirections = 3

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            raise Unanswered("GitHub's answer leads to another host")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


# Without the proxies of this machine's environment.
OPENER = urllib.request.build_opener(SameHost, urllib.request.ProxyHandler({}))


def ask(tag: str, url: str = RELEASES, patience: float = PATIENCE, limit: int = LIMIT) -> Answer:
    """Raises Unanswered. The tag is the one of the last answer, or empty."""
    request = urllib.request.Request(url, headers=HEADERS | ({"If-None-Match": tag} if tag else {}))
    end = time.monotonic() + patience
    try:
        answer: HTTPResponse
        with OPENER.open(request, timeout=patience) as answer:
            if answer.status != 200:
                raise Unanswered(f"GitHub answers {answer.status}")
            return Answer(tag_of(answer.headers), read_body(answer, end, limit))
    except urllib.error.HTTPError as error:
        if error.code == NOT_MODIFIED:
            return Answer(tag, None)
        raise Unanswered(refusal(error.code, error.headers)) from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unanswered(f"GitHub can't be asked: {getattr(error, 'reason', error)}") from None


def tag_of(headers: Message) -> str:
    """Nothing where it could not be sent back as it is."""
    tag = headers.get("ETag", "")
    return tag if tag.isascii() and tag.isprintable() and len(tag) <= TAG_LIMIT else ""


def read_body(answer: HTTPResponse, end: float, limit: int) -> bytes:
    body = b""
    while chunk := answer.read1(65536):
        body += chunk
        if len(body) > limit:
            raise Unanswered(f"GitHub's answer is larger than {limit} bytes")
        if time.monotonic() > end:
            raise Unanswered("GitHub's answer did not come in full")
    if answer.length:
        raise Unanswered("GitHub's answer did not come in full")
    return body


def refusal(code: int, headers: Message) -> str:
    used_up = code in {403, 429} and (headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers)
    return f"GitHub answers {code}" + (": this address asked more often than it may" if used_up else "")
