"""What Mastodon uses elsewhere (`ask-services`): each service is found right or wrong by what it answers. Sign-on: engine/sign-on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap_client import OCTETS, SEQUENCE, Connection, LdapError, ber, number, values
from services_elsewhere import LONGEST, examine, read

Answers = Callable[[str, str, dict[str, str]], tuple[int, str]]


@contextmanager
def server(answers: Answers) -> Iterator[str]:
    """A web server at 127.0.0.1: from method, path and headers to status and text."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, text = answers(self.command, self.path, dict(self.headers))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", text)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = answer  # noqa: N815
        do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{listener.server_address[1]}"
    finally:
        listener.shutdown()
        listener.server_close()


def found(environment: dict[str, str]) -> tuple[bool, str]:
    (one,) = examine(environment)
    return bool(one["serves"]), str(one["said"])


def search_at(place: str) -> dict[str, str]:
    host, port = place.split(":")
    return {"ES_ENABLED": "true", "ES_HOST": host, "ES_PORT": port, "ES_USER": "toot", "ES_PASS": "hush"}


def test_nothing_is_asked_where_nothing_is_used() -> None:
    assert examine({}) == []
    assert examine({"ES_ENABLED": "false", "LDAP_HOST": "ldap.example.net", "OIDC_ENABLED": "true"}) == []


def test_a_search_is_shown_with_what_it_is() -> None:
    with server(lambda *_: (200, '{"version": {"distribution": "opensearch", "number": "2.19.6"}}')) as place:
        assert found(search_at(place)) == (True, f"http://{place}/ is opensearch 2.19.6")


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (401, "{}", "refuses the login (401)"),
        (200, "<html>", "answers 200 with what is no JSON object"),
        (200, '{"version": "1"}', "answers 200, and is no Elasticsearch or OpenSearch"),
        (302, "http://127.0.0.1:1/", "answers 302 with what is no JSON object"),
        (503, "{}", "answers 503, and is no Elasticsearch"),
    ],
)
def test_a_search_that_does_not_serve_is_reported(status: int, text: str, expected: str) -> None:
    with server(lambda *_: (status, text)) as place:
        serves, said = found(search_at(place))
    assert not serves
    assert expected in said
    assert "hush" not in said


def test_a_search_gets_its_login_and_one_that_is_away_is_reported() -> None:
    seen: list[str] = []

    def answers(_: str, __: str, headers: dict[str, str]) -> tuple[int, str]:
        seen.append(headers.get("Authorization", ""))
        return 200, "{}"

    with server(answers) as place:
        found(search_at(place))
    assert seen == ["Basic dG9vdDpodXNo"]
    assert "can't be asked" in found(search_at("127.0.0.1:1"))[1]


def test_a_translator_and_traces_are_found_at_their_paths() -> None:
    asked: list[tuple[str, str, str]] = []

    def answers(method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        asked.append((method, path, headers.get("Key", "")))
        return (200, "[]") if path in {"/languages", "/v1/traces"} else (404, "")

    with server(answers) as place:
        assert found({"LIBRE_TRANSLATE_ENDPOINT": f"http://{place}"}) == (True, f"http://{place} translates")
        headers = {"OTEL_EXPORTER_OTLP_HEADERS": "key=a%20b,other=1"}
        assert found({"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}", **headers}) == (True, f"http://{place}/v1/traces takes traces")
        assert found({"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}/x"}) == (
            False,
            f"http://{place}/x/v1/traces answers 404; expected that it takes traces",
        )
    assert asked[:2] == [("GET", "/languages", ""), ("POST", "/v1/traces", "a b")]


def test_a_relay_that_begins_no_encryption_gets_no_login() -> None:
    with create_server(("127.0.0.1", 0)) as listener:
        said: list[bytes] = []

        def relay() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 relay\r\n")
                for line in lines:
                    said.append(line)
                    connection.sendall(b"250 hello\r\n" if line.startswith(b"ehlo") else b"221 bye\r\n")

        threading.Thread(target=relay, daemon=True).start()
        port = str(listener.getsockname()[1])
        serves, text = found(
            {"BULK_SMTP_SERVER": "127.0.0.1", "BULK_SMTP_PORT": port, "BULK_SMTP_LOGIN": "toot", "BULK_SMTP_PASSWORD": "hush"}
        )
    assert not serves
    assert "STARTTLS" in text
    assert not any(b"AUTH" in line.upper() for line in said)


def test_what_is_missing_is_named() -> None:
    assert found({"LDAP_ENABLED": "true", "LDAP_HOST": "127.0.0.1"}) == (False, "LDAP_BIND_DN is missing")


def test_what_others_say_moves_no_cursor_and_has_an_end() -> None:
    with server(lambda *_: (200, '{"version": {"number": "\\u001b[2J' + "x" * 10_000 + '"}}')) as place:
        said = found(search_at(place))[1]
    assert said.isprintable()
    assert len(said) == LONGEST


def test_an_environment_file_is_read_as_podman_does() -> None:
    assert read('# A=1\nB=c="d"\n E\nF= g # h\n') == {"B": 'c="d"', "F": " g # h"}


@given(st.lists(st.binary(max_size=300)))
def test_what_is_written_in_ber_is_read(contents: list[bytes]) -> None:
    whole = b"".join(ber(OCTETS, content) for content in contents)
    assert list(values(whole)) == [(OCTETS, content) for content in contents]


@given(st.integers(0, 2**31 - 1))
def test_a_number_keeps_its_sign_in_ber(value: int) -> None:
    ((_, content),) = values(number(2, value))
    assert int.from_bytes(content, "big", signed=True) == value


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "no LDAP"),
        (b"", "closed"),
        (ber(SEQUENCE, b"\x02\x01\x01\x61\x7f"), "breaks off"),
        (bytes([SEQUENCE, 0x84, 0x7F, 0xFF, 0xFF, 0xFF]), "too long"),
        (ber(SEQUENCE, number(2, 1), ber(0x61, number(10, 53), ber(OCTETS), ber(OCTETS, b"unwilling"))), "53 unwilling"),
    ],
)
def test_what_is_no_success_of_ldap_is_an_error(answer: bytes, expected: str) -> None:
    with create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        threading.Thread(target=speak, daemon=True).start()
        with pytest.raises(LdapError, match=expected), Connection("127.0.0.1", listener.getsockname()[1], "plain", 5) as connection:
            connection.bind("cn=x", "hush")
