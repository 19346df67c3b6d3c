"""As much of LDAP (RFC 4511) as shows whether a login serves: encryption, a bind with a name and password, and whether an entry is there.

The standard library has none, and curl's (before 8) can't begin encryption later (STARTTLS).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

SUCCESS, NO_SUCH_OBJECT, INVALID_CREDENTIALS = 0, 32, 49
START_TLS = b"1.3.6.1.4.1.1466.20037"
LONGEST = 1_000_000  # bytes of an answer
# Tags of BER: universal ones, and LDAP's own.
INTEGER, OCTETS, ENUMERATED, BOOLEAN, SEQUENCE = 0x02, 0x04, 0x0A, 0x01, 0x30
BIND, BIND_DONE, SEARCH, SEARCH_DONE, EXTENDED, EXTENDED_DONE = 0x60, 0x61, 0x63, 0x65, 0x77, 0x78


class LdapError(Exception):
    """The server said no, or something else than LDAP."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


def ber(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def number(tag: int, value: int) -> bytes:
    return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def values(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each value in another one: its tag and content."""
    at = 0
    while at < len(content):
        if at + 2 > len(content):
            raise LdapError("an answer breaks off")
        tag, length, at = content[at], content[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(content[at : at + count], "big"), at + count
        if at + length > len(content):
            raise LdapError("an answer breaks off")
        yield tag, content[at : at + length]
        at += length


class Connection:
    """`encryption`: `simple_tls`, `start_tls` or `plain`, as Mastodon calls them."""

    def __init__(self, host: str, port: int, encryption: str, patience: float) -> None:
        trust = ssl.create_default_context()
        self.socket: socket.socket = socket.create_connection((host, port), timeout=patience)
        self.messages = 0
        try:
            if encryption == "start_tls":
                self.request(ber(EXTENDED, ber(0x80, START_TLS)), EXTENDED_DONE)
            if encryption != "plain":
                self.socket = trust.wrap_socket(self.socket, server_hostname=host)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def bind(self, name: str, password: str) -> None:
        self.request(ber(BIND, number(INTEGER, 3), ber(OCTETS, name.encode()), ber(0x80, password.encode())), BIND_DONE)

    def look_for(self, name: str) -> None:
        """Raises an error if there is no such entry."""
        limits = number(ENUMERATED, 0) + number(ENUMERATED, 0) + number(INTEGER, 1) + number(INTEGER, 10) + ber(BOOLEAN, b"\0")
        present, nothing = ber(0x87, b"objectClass"), ber(SEQUENCE, ber(OCTETS, b"1.1"))
        self.request(ber(SEARCH, ber(OCTETS, name.encode()), limits, present, nothing), SEARCH_DONE)

    def request(self, operation: bytes, expected: int) -> None:
        self.messages += 1
        self.socket.sendall(ber(SEQUENCE, number(INTEGER, self.messages), operation))
        while True:
            (_, _), (tag, content), *_ = [*values(self.message()), (0, b""), (0, b"")]
            if tag == expected:
                break
        (_, code), (_, _), (_, text), *_ = [*values(content), *3 * [(0, b"")]]
        result = int.from_bytes(code, "big")
        if result != SUCCESS:
            raise LdapError(f"{result} {text.decode('utf-8', 'replace')}".strip(), result)

    def message(self) -> bytes:
        tag, length = self.exactly(2)
        if tag != SEQUENCE:
            raise LdapError("what answers there speaks no LDAP")
        if length & 0x80:
            length = int.from_bytes(self.exactly(length & 0x7F), "big")
        if length > LONGEST:
            raise LdapError("an answer is too long")
        return self.exactly(length)

    def exactly(self, count: int) -> bytes:
        read = b""
        while len(read) < count:
            more = self.socket.recv(count - len(read))
            if not more:
                raise LdapError("the connection was closed")
            read += more
        return read
