"""Which process runs a script inside Mastodon: the server, or a container of its own. The server itself: engine/community-server.test.ts."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from mastodonctl import rails
from mastodonctl.console import Failure

Dialogue = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose image and secrets are `of-now`, and whose systemctl writes down what it is asked."""
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n', encoding="utf-8")
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(rails, "identity", lambda: "of-now")


def listen(path: Path, *dialogues: Dialogue) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        for dialogue in dialogues:
            with server.accept()[0] as client:
                dialogue(client)

    threading.Thread(target=serve, daemon=True).start()


def greets(text: str) -> Dialogue:
    return lambda client: client.sendall(f"{text}\n".encode())


def asked(tmp_path: Path) -> str:
    file = tmp_path / "asked"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_without_a_socket_no_process_is_asked_and_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rails.greeted(tmp_path / "socket") is None
    assert capsys.readouterr() == ("", "")


def test_a_server_of_another_release_or_other_secrets_is_stopped_and_the_next_one_asked(tmp_path: Path) -> None:
    listen(tmp_path / "socket", greets("of-before"), greets("of-now"))
    connection = rails.greeted(tmp_path / "socket")
    assert connection is not None
    connection.close()
    assert asked(tmp_path) == "stop mastodon-rails.service\n"


def test_one_that_stays_another_is_not_asked(tmp_path: Path) -> None:
    listen(tmp_path / "socket", greets("of-before"), greets("of-before"))
    assert rails.greeted(tmp_path / "socket") is None


@pytest.mark.parametrize(
    ("dialogue", "said"),
    [(socket.socket.close, "it ended"), (lambda client: client.recv(1), "it did not answer within 0 s")],
    ids=["ends", "is silent"],
)
def test_one_that_does_not_greet_is_left_alone_and_the_reason_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dialogue: Dialogue, said: str
) -> None:
    monkeypatch.setattr(rails, "START_SECONDS", 0.3)
    listen(tmp_path / "socket", dialogue)
    assert rails.greeted(tmp_path / "socket") is None
    assert said in capsys.readouterr().err
    assert asked(tmp_path) == ""


def test_a_socket_that_no_process_listens_on_is_of_no_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "socket"))
    assert rails.greeted(tmp_path / "socket") is None
    assert "Connection refused" in capsys.readouterr().err


def test_a_script_that_takes_too_long_or_loses_its_server_is_a_failure_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rails, "SCRIPT_SECONDS", 0.2)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Failure, match=r"/a\.rb had not ended after 0 minutes"):
        rails.ask(ours, ["/a.rb"])
    ours, theirs = socket.socketpair()
    theirs.shutdown(socket.SHUT_WR)
    with ours, theirs, pytest.raises(Failure, match=r"mastodon-rails\.service ended before /a\.rb did"):
        rails.ask(ours, ["/a.rb"])


def test_without_a_server_a_container_runs_the_script_with_the_streams_and_the_exit_status_of_always(tmp_path: Path) -> None:
    (tmp_path / "podman").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\ncat\nexit 4\n', encoding="utf-8")
    (tmp_path / "podman").chmod(0o755)
    library = Path(rails.__file__).parents[1]
    code = (
        f"import sys; sys.path.insert(0, {str(library)!r}); from mastodonctl import rails; rails.run_alone(['/community/main.rb', 'apply'])"
    )
    done = subprocess.run(["python3", "-B", "-c", code], input="{}", capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stdout.splitlines()[-7:] == ["bundle", "exec", "rails", "runner", "/community/main.rb", "apply", "{}"]
    assert "--interactive" in done.stdout
