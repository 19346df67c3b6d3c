"""An S3 client of a few requests: what a bucket is set to, which rclone can't ask. Signs with version 4 of AWS's signatures."""

from __future__ import annotations

import base64
import configparser
import hashlib
import hmac
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SECONDS = 30
LARGEST_ANSWER = 1 << 20


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Bucket:
    endpoint: str
    """With its scheme and no path, such as https://objectstore.lon1.civo.com."""
    region: str
    access_key: str
    secret_key: str
    name: str

    def ask(self, method: str, key: str = "", query: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Raises OSError if the store does not answer. A refusal is an answer."""
        path = urllib.parse.quote(f"/{self.name}/{key}" if key else f"/{self.name}")
        arguments = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in sorted((query or {}).items()))
        headers = self.signed(method, path, arguments, body, datetime.now(UTC))
        url = f"{self.endpoint}{path}?{arguments}" if arguments else f"{self.endpoint}{path}"
        request = urllib.request.Request(url, data=body or None, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS, context=ssl.create_default_context()) as answer:
                return Answer(answer.status, answer.read(LARGEST_ANSWER).decode("utf-8", "replace"), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(LARGEST_ANSWER).decode("utf-8", "replace"), dict(error.headers))

    def signed(self, method: str, path: str, arguments: str, body: bytes, now: datetime) -> dict[str, str]:
        """The headers of a request, with its signature (docs.aws.amazon.com, 'Create a signed AWS API request')."""
        moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": urllib.parse.urlsplit(self.endpoint).netloc, "x-amz-content-sha256": digest, "x-amz-date": moment}
        if body:
            # Stores ask for it where a rule of a bucket is set.
            headers["content-md5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        names = ";".join(sorted(headers))
        canonical = "\n".join([method, path, arguments, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest])
        scope = f"{day}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        credential = f"Credential={self.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}"}


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def bucket_of(remote: str, configuration: Path) -> Bucket | None:
    """The bucket that rclone knows by this name, an alias of a folder of a store; None if there is none."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(configuration.read_text(encoding="utf-8"))
    if remote not in parser:
        return None
    store, _, name = parser[remote]["remote"].partition(":")
    section = parser[store]
    return Bucket(section["endpoint"], section["region"], section["access_key_id"], section["secret_access_key"], name)
