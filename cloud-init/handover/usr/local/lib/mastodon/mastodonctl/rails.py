"""Scripts in Mastodon's own environment, by root alone.

Rails takes 12 s to start. So mastodon-rails.service starts it once, when it is first asked, and forks a process for each script; it ends when
ten minutes have passed without a request. Where it is not there (too little memory) or does not answer, a container of its own runs the script.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .console import Failure, warn
from .machine import RUN
from .release.serving import image_id

UNIT = "mastodon-rails.service"
SOCKET = RUN / "rails.sock"
IMAGE = "localhost/mastodon-web:serving"
SHARE = Path("/usr/local/share/mastodon")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
ENVIRONMENT = tuple(Path(f"/etc/mastodon/{name}.env") for name in ("mastodon", "secrets", "rails"))
ENGINE = Path("/etc/containers/containers.conf.d/mastodon.conf")
# As the units of Mastodon's processes have it: the slowest start that was seen took half of that.
START_SECONDS = 300.0
# As long as Pulumi waits for it.
SCRIPT_SECONDS = 1800.0
IDLE_SECONDS = 600

RUNNER = ("bundle", "exec", "rails", "runner")


def container(*options: str) -> list[str]:
    # No log: it would be the journal. Bundler complains of a home that it can't write to.
    own = ["--rm", "--network=host", "--pull=never", "--log-driver=none", "--env=HOME=/tmp", "--env=RAILS_LOG_LEVEL=warn"]
    files = [f"--env-file={file}" for file in ENVIRONMENT]
    volumes = [f"--volume={CERTIFICATES}:{CERTIFICATES}:ro", f"--volume={SHARE}/community:/community:ro"]
    return ["podman", "run", *own, *files, *volumes, *options, IMAGE, *RUNNER]


def identity() -> str:
    """Of what a server that is started now would be. One of another release, or with another environment, is not asked."""
    digest = hashlib.sha256(image_id(IMAGE).encode())
    for file in (*ENVIRONMENT, ENGINE, SHARE / "rails/server.rb", Path(__file__)):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def serve() -> NoReturn:
    """Becomes the server. Podman passes on the socket, which systemd has opened (LISTEN_FDS)."""
    own = ["--name=mastodon-rails", "--replace", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
    variables = ["--env=BOOTSNAP_READONLY=true", f"--env=RAILS_SERVER_OF={identity()}", f"--env=RAILS_SERVER_IDLE={IDLE_SECONDS}"]
    command = container(*own, *variables, f"--volume={SHARE}/rails:/rails:ro")
    os.execvp(command[0], [*command, "/rails/server.rb"])


def run_alone(words: Sequence[str]) -> NoReturn:
    command = container("--interactive")
    os.execvp(command[0], [*command, *words])


def line_from(connection: socket.socket, seconds: float) -> str:
    """Without its line break; empty where the other end is gone. Raises TimeoutError."""
    connection.settimeout(seconds)
    said = b""
    while not said.endswith(b"\n"):
        part = connection.recv(1024)
        if not part:
            return ""
        said += part
    return said.decode().rstrip("\n")


def greeted(path: Path = SOCKET) -> socket.socket | None:
    """A connection to a server of the current release and secrets, which waits for a request; None if there is no such server."""
    if not path.exists():
        return None
    wanted = identity()
    for _ in range(2):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
            greeting = line_from(connection, START_SECONDS)
            problem = "" if greeting else "it ended"
        except TimeoutError:
            problem = f"it did not answer within {START_SECONDS:.0f} s"
        except OSError as error:
            problem = str(error)
        if not problem and greeting == wanted:
            return connection
        connection.close()
        if problem:
            warn(f"{UNIT} is of no use: {problem} (journalctl --unit {UNIT}). Rails is started for this alone.")
            return None
        # Of another release, or with other secrets. The next connection starts another; systemctl warns of that.
        subprocess.run(["systemctl", "stop", UNIT], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return None


def inherited() -> list[int]:
    """This process's standard streams, and whatever it was given beside them: a lock."""
    with os.scandir("/proc/self/fd") as entries:
        return sorted(number for number in (int(entry.name) for entry in entries) if os.get_inheritable(number))


def ask(connection: socket.socket, words: Sequence[str]) -> int:
    """Has the server run a script, and returns its exit status. If this process ends, so does the script."""
    request = json.dumps(list(words)) + "\n"
    socket.send_fds(connection, [request.encode()], inherited())
    try:
        status = line_from(connection, SCRIPT_SECONDS)
    except TimeoutError:
        raise Failure(f"{words[0]} had not ended after {SCRIPT_SECONDS / 60:.0f} minutes and was stopped; run it again") from None
    if not status:
        raise Failure(f"{UNIT} ended before {words[0]} did, as a stop of Mastodon makes it; run it again")
    return int(status)


def run(given: argparse.Namespace) -> int:
    if given.serve:
        serve()
    words = [given.script, *given.arguments]
    connection = greeted()
    if connection is None:
        run_alone(words)
    with connection:
        return ask(connection, words)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("rails", help="runs one of this machine's scripts inside Mastodon", description=__doc__)
    parser.add_argument("--serve", action="store_true", help=f"what {UNIT} does")
    parser.add_argument("script", nargs="?", default="", help="its path in the container: /community/main.rb")
    parser.add_argument("arguments", nargs="*", help="what the script is given")
    parser.set_defaults(run=run)
