"""Which release starts from now on, and whether it runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..console import printable
from ..machine import replace_file
from ..postgres import Connection
from ..programs import ANSWER_SECONDS, ProgramFailed, answer_of, carry_out
from . import records
from .records import Release

STATIC_FILES = Path("/var/www/mastodon")
SIDEKIQ = Path("/etc/mastodon/sidekiq")
STREAMING = "mastodon-streaming"


class Names(Protocol):
    """Whatever names the release that serves."""

    def serving(self) -> Release | None: ...

    def link(self, name: str) -> str:
        """Where a link to static files leads, or nothing."""

    def set_link(self, name: str, folder: str) -> None: ...

    def tag(self, image: str, name: str) -> None: ...

    def record(self, release: Release) -> None:
        """In the database."""

    def keep(self, release: Release) -> None:
        """On the disk, last: it says that all of the above is done."""


def files_of(image: str, static_files: Path = STATIC_FILES) -> str:
    """The folder of an image's static files; 20-images.sh has the same."""
    return str(static_files / hashlib.sha256(f"{image}\n".encode()).hexdigest()[:12])


def serve(names: Names, release: Release) -> None:
    """Whatever starts from now on is of that release. May be done again from the beginning."""
    folder, current, before = files_of(release.web), names.link("current"), names.serving()
    # Pages that are open still ask for the files of the release before; and its image stays for a revert.
    if current and current != folder:
        names.set_link("previous", current)
    if before is not None and before.web != release.web:
        names.tag(before.web, "mastodon-web:previous")
        names.tag(before.streaming, "mastodon-streaming:previous")
    names.tag(release.web, "mastodon-web:serving")
    names.tag(release.streaming, "mastodon-streaming:serving")
    names.set_link("current", folder)
    names.record(release)
    names.keep(release)


@dataclass(frozen=True)
class MachineNames:
    living: Connection
    file: Path = records.SERVING
    static_files: Path = STATIC_FILES

    def serving(self) -> Release | None:
        return records.read(self.file)

    def link(self, name: str) -> str:
        try:
            return os.readlink(self.static_files / name)
        except OSError:
            return ""

    def set_link(self, name: str, folder: str) -> None:
        """In one step: nginx finds the one or the other."""
        new = self.static_files / f"{name}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(folder)
        new.replace(self.static_files / name)

    def tag(self, image: str, name: str) -> None:
        carry_out(["podman", "tag", image, f"localhost/{name}"])

    def record(self, release: Release) -> None:
        records.record(self.living, release)

    def keep(self, release: Release) -> None:
        replace_file(self.file, f"{release}\n")


def processes(sidekiq: Path = SIDEKIQ) -> list[str]:
    """The unit of each of Mastodon's processes on this machine."""
    return ["mastodon-web@1", "mastodon-web@2", STREAMING, *sorted(f"mastodon-sidekiq@{file.stem}" for file in sidekiq.glob("*.env"))]


def deviation(release: Release) -> str:
    """The first process that does not run, or that runs another image; nothing if each runs its own. Mastodon's pages are no witness: it
    keeps /nodeinfo/2.0 for 30 minutes in Redis, under a name without a version, and nginx does, too."""
    units = processes()
    for unit in units:
        if state := inactive(unit):
            return f"{unit} is {state}"
    try:
        inspect = ["podman", "container", "inspect", "--format", "{{.Name}} {{.Image}}"]
        running = answer_of([*inspect, *(unit.replace("@", "-", 1) for unit in units)])
    except ProgramFailed as failure:
        return printable(str(failure))
    return another_image(running.splitlines(), {"web": image_id(release.web), "streaming": image_id(release.streaming)})


def another_image(containers: Sequence[str], wanted: Mapping[str, str]) -> str:
    """The first of these lines (name and image) that is not of the image that it should be."""
    for line in containers:
        name, _, image = line.partition(" ")
        if image != wanted["streaming" if name == STREAMING else "web"]:
            return f"{name} runs another image ({image})"
    return ""


def inactive(unit: str) -> str:
    """What the unit is instead of active; nothing if it is."""
    asked = subprocess.run(["systemctl", "is-active", unit], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)
    return "" if asked.returncode == 0 else asked.stdout.strip() or "unknown to systemd"


def image_id(image: str) -> str:
    try:
        return answer_of(["podman", "image", "inspect", "--format", "{{.Id}}", image])
    except ProgramFailed:
        return "no such image"
