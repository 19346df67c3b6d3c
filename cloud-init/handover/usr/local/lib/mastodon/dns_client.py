"""A DNS client of a few lines: the standard library has none that asks for anything but addresses."""

from __future__ import annotations

import secrets
import socket
import struct

NS, AAAA, CAA = 2, 28, 257
NAME_ERROR = 3
Record = tuple[int, bytes]
"""How long it may be remembered, in seconds, and its data."""


def machines_resolver() -> str:
    with open("/etc/resolv.conf", encoding="utf-8") as lines:
        servers = [words[1] for words in map(str.split, lines) if words[:1] == ["nameserver"] and len(words) > 1]
    return f"{servers[0] if servers else '127.0.0.53'}:53"


def end_of_name(message: bytes, at: int) -> int:
    while (length := message[at]) != 0:
        if length >= 0xC0:  # a pointer to the rest
            return at + 2
        at += 1 + length
    return at + 1


def name_at(message: bytes, at: int) -> str:
    """The name that starts there, with its compressed rest (RFC 1035, 4.1.4)."""
    labels: list[str] = []
    for _ in range(128):  # a pointer may lead back to itself
        length = message[at]
        if length == 0:
            return ".".join(labels).lower()
        if length >= 0xC0:
            at = (length & 0x3F) << 8 | message[at + 1]
            continue
        labels.append(message[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    raise IndexError("a name without an end")


def spans(answer: bytes, kind: int) -> list[tuple[int, int, int]]:
    """Of each record: how long it may be remembered, and where its data start and end."""
    questions, answers = struct.unpack_from(">HH", answer, 4)
    at = 12
    for _ in range(questions):
        at = end_of_name(answer, at) + 4
    found: list[tuple[int, int, int]] = []
    for _ in range(answers):
        at = end_of_name(answer, at)
        this, _, ttl, length = struct.unpack_from(">HHIH", answer, at)
        at += 10 + length
        if this == kind:
            found.append((ttl, at - length, at))
    return found


def exchange(resolver: str, name: str, kind: int) -> bytes | None:
    """The answer as it came; None if there is none, or one that can't be read."""
    host, _, port = resolver.rpartition(":")
    query_id = secrets.token_bytes(2)
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    query = query_id + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(2):
        with socket.socket(family, socket.SOCK_DGRAM) as asker:
            asker.settimeout(5)
            try:
                asker.connect((host.strip("[]"), int(port)))
                asker.send(query)
                while (answer := asker.recv(4096))[:2] != query_id:
                    pass
                spans(answer, kind)
                return answer
            except (OSError, struct.error, IndexError):
                continue
    return None


def ask(resolver: str, name: str, kind: int) -> list[Record]:
    """The records of a name, or of the end of an alias; empty without an answer."""
    answer = exchange(resolver, name, kind)
    return [] if answer is None else [(ttl, answer[start:end]) for ttl, start, end in spans(answer, kind)]


def name_servers(resolver: str, name: str) -> tuple[list[str], bool] | None:
    """The name servers of a zone, and whether the name exists at all; None without an answer."""
    answer = exchange(resolver, name, NS)
    if answer is None:
        return None
    try:
        servers = sorted(name_at(answer, start) for _, start, _ in spans(answer, NS))
    except IndexError:
        return None
    return servers, answer[3] & 0x0F != NAME_ERROR


def printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
