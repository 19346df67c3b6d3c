"""What the subcommands ask of this machine: room, locks, alerts, files that are whole."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

STATE = Path("/var/lib/mastodon")
RUN = Path("/run/mastodon")
TOOLS = Path("/usr/local/lib/mastodon")


def room_for(folder: Path) -> int:
    """The bytes that can still be written there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def room_beside(size: int) -> int:
    """What the disk needs to restore a backup of that size beside the live database."""
    return size * 12 // 10 + (1 << 30)


def take_lock(path: Path, inherited: bool = False) -> bool:
    """Whether this process holds the lock now, until it ends. Where it is inherited, the programs that it runs hold it, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return hold_lock(path, "--limit", "0", inherited=inherited)


def hold_lock(path: Path, *options: str, inherited: bool = True) -> bool:
    """As take_lock, with the options of with-lock. Programs that this one runs inherit the lock where they are given its
    descriptors (close_fds=False): what a killed run left at work still keeps others out. The path may be a folder."""
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
    os.set_inheritable(descriptor, inherited)
    # It names the holder where the lock is taken.
    command = [str(TOOLS / "with-lock"), *options, "--descriptor", str(descriptor), str(path)]
    return subprocess.run(command, pass_fds=[descriptor], check=False).returncode == 0


def raise_alert(name: str, text: str) -> None:
    subprocess.run([TOOLS / "alert", "raise", name, text], check=False)


def replace_file(path: Path, text: str, hidden: bool = False) -> None:
    """Whole or not at all, also when the power fails. Hidden: who lists the folder does not see the unfinished file."""
    new = path.with_name(f"{'.' if hidden else ''}{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """It is gone, and does not come back with the power."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was renamed or removed in it stays so, also when the power fails."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
