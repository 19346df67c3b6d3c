"""mastodonctl obsolete KIND: prints what is not needed any more, one a line. dump and housekeeping delete it.

What comes as a list on standard input has to be complete. What doesn't have a name that this machine gives is never listed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .console import Failure, printable, say
from .release.serving import STATIC_FILES
from .restore.dumps import begun_at, dumps_in

DUMPS_KEPT = 8
DIGEST = ".sha256"
IMAGE = re.compile(r"(\S+) ([0-9a-f]{12,64})", re.ASCII)
# The one that runs and another, for a rollback.
IMAGES_KEPT = 2
# As 20-images.sh names them; .new is what a run that was killed left half-copied.
RELEASE = re.compile(r"[0-9a-f]{12}(\.new)?", re.ASCII)


def dumps(listed: Any, made: str) -> list[str]:
    """All but the newest ones, and what a run that was cut short left half-written. Made: the one that was just made and read back, which
    stays even where the clock was set back since the others. Raises Failure."""
    try:
        whole = [one.name for one in dumps_in(listed)]
    except ValueError as error:
        raise Failure(f"{error}; nothing was deleted") from error
    if made not in whole:
        raise Failure(f"the backup bucket does not list {made}, which was just written, with its digest; no older dump was deleted")
    others = [name for name in whole if name != made]
    kept = {made, *others[-(DUMPS_KEPT - 1) :]}
    names = {one["Name"] for one in listed if isinstance(one.get("Name"), str)}
    return [
        name
        for name in sorted(names)
        if begun_at(dump := name.removesuffix(DIGEST)) is not None
        and (dump in whole or not {dump, dump + DIGEST} <= names)
        and dump not in kept
        # A newer half may be at work on another machine.
        and (dump in whole or dump < made)
    ]


def images(lines: Iterable[str]) -> list[str]:
    """Ids, of lines with a repository and an id, newest first. Of each repository the newest stay, under whatever other name they are listed."""
    kept: dict[str, list[str]] = {}
    ids: dict[str, None] = {}
    for line in filter(None, lines):
        found = IMAGE.fullmatch(line)
        if not found:
            raise Failure(f"podman lists '{printable(line, 80)}'; expected a repository and an id")
        repository, image = found.groups()
        ids[image] = None
        stay = kept.setdefault(repository, [])
        if image not in stay and len(stay) < IMAGES_KEPT:
            stay.append(image)
    stays = {image for stay in kept.values() for image in stay}
    return [image for image in ids if image not in stays]


def static_files(folders: Mapping[str, float], serving: Iterable[str]) -> list[str]:
    """Of the folders, with their age as a moment: those of releases that neither serve nor did before. The newest stays: it may be that of an
    upgrade under way. Nothing goes as long as no folder serves."""
    stay = set(serving)
    ours = [name for name in folders if RELEASE.fullmatch(name)]
    if not stay & set(ours):
        return []
    newest = max(ours, key=lambda name: folders[name])
    return sorted(name for name in ours if name not in stay and name != newest)


def look_at_static_files(place: Path) -> list[str]:
    def leads_to(link: str) -> list[str]:
        try:
            return [Path(os.readlink(place / link)).name]
        except FileNotFoundError:
            return []

    serving = leads_to("current")
    with os.scandir(place) as entries:
        # The inode's change: a copy out of an image keeps the image's times.
        folders = {one.name: one.stat(follow_symlinks=False).st_ctime for one in entries if one.is_dir(follow_symlinks=False)}
    return [str(place / name) for name in static_files(folders, [*serving, *leads_to("previous")] if serving else [])]


def listed_dumps(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Failure("rclone listed no files; nothing was deleted") from None


def run(given: argparse.Namespace) -> int:
    match given.kind:
        case "dumps":
            found = dumps(listed_dumps(sys.stdin.read()), given.made)
        case "images":
            found = images(sys.stdin.read().splitlines())
        case _:
            found = look_at_static_files(given.folder)
    for one in found:
        say(one)
    return 0


def dump_name(text: str) -> str:
    if begun_at(text) is None:
        raise argparse.ArgumentTypeError(
            f"'{printable(text, 80)}' is no name of a dump; expected one such as mastodon-20261123T050000Z.dump.gpg"
        )
    return text


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("obsolete", help="prints what is not needed any more; dump and housekeeping run it")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    kinds.add_parser("dumps", help="of rclone lsjson on standard input").add_argument(
        "made", type=dump_name, help="the dump that was just made"
    )
    kinds.add_parser("images", help="of lines with a repository and an id on standard input, newest first")
    kinds.add_parser("static-files", help="of former releases").add_argument("--folder", type=Path, default=STATIC_FILES)
    parser.set_defaults(run=run, needs_root=False)
