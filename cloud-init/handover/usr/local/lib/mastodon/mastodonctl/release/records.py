"""A release is one line: its version and its two images, by digest. What is no such line is refused here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..console import Failure, printable
from ..machine import STATE
from ..postgres import Connection, QueryFailed

WANTED = Path("/etc/mastodon/release")
SERVING = STATE / "release"

LIMIT = 1000
_NUMBER = "(0|[1-9][0-9]{0,5})"
# No image begins with a dash, which podman would take for an option.
_IMAGE = "([A-Za-z0-9][A-Za-z0-9@:/._-]*)"
PRERELEASE_PART = re.compile("[0-9]+|[A-Za-z]+", re.ASCII)
RELEASE = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}([A-Za-z0-9+.-]*) {_IMAGE} {_IMAGE}", re.ASCII)

ASK = "SELECT release FROM operations.release"
RECORD = """CREATE SCHEMA IF NOT EXISTS operations;
CREATE TABLE IF NOT EXISTS operations.release (release text NOT NULL);
BEGIN; DELETE FROM operations.release; INSERT INTO operations.release VALUES (:'release'); COMMIT"""


@dataclass(frozen=True)
class Version:
    major: int
    minor: int
    patch: int
    # Such as -rc.1 or +standin.
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}{self.rest}"

    def __lt__(self, other: Version) -> bool:
        """Semantic versions' precedence (semver.org, 11): a pre-release comes before its release, and what follows a plus does not count."""
        return self._precedence < other._precedence

    @property
    def _precedence(self) -> tuple[int, int, int, bool, list[tuple[int, int, str]]]:
        before_plus = self.rest.partition("+")[0]
        # rc1, as up to Mastodon 4.1, is rc.1. Numbers come before words.
        parts = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in PRERELEASE_PART.findall(before_plus)]
        return self.major, self.minor, self.patch, not before_plus, parts


@dataclass(frozen=True)
class Release:
    version: Version
    web: str
    streaming: str

    def __str__(self) -> str:
        return f"{self.version} {self.web} {self.streaming}"


def parse(text: str) -> Release | None:
    found = RELEASE.fullmatch(text) if len(text) < LIMIT else None
    if found is None:
        return None
    major, minor, patch, rest, web, streaming = found.groups()
    return Release(Version(int(major), int(minor), int(patch), rest), web, streaming)


def read(path: Path) -> Release | None:
    """None where there is no such file. Raises Failure where it holds something else."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    release = parse(text.removesuffix("\n"))
    if release is None:
        raise Failure(
            f"{path} holds '{printable(text, 80).strip()}'; expected a version and its two images. Remove it, and run pulumi up again"
        )
    return release


def wanted(path: Path = WANTED) -> Release:
    release = read(path)
    if release is None:
        raise Failure(f"{path} is missing; sudo converge writes it")
    return release


def recorded(living: Connection) -> Release | None:
    """In the database, so that the database takes it along into backups, dumps and to other machines. Nothing in one that came from
    elsewhere, or that holds something else: the table is Mastodon's own, so it may say anything."""
    try:
        return parse(living.ask(ASK))
    except QueryFailed:
        return None


def record(living: Connection, release: Release) -> None:
    living.ask(RECORD, release=str(release))
