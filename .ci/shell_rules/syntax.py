"""Shell files as shfmt reads them: their syntax tree, and what it shows about functions and variables."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Node = dict[str, Any]
"""A node of shfmt's JSON: mvdan.cc/sh/v3/syntax has the fields of each kind."""

IDENTIFIER = re.compile(r"(?<![\w#])[A-Za-z_]\w*")
# `number TEXT…` prints what is a number, and fails otherwise (usr/local/lib/mastodon/database.sh).
HELPER = "number"
# Programs that set the variables they are given; `printf` does behind -v.
READERS = {"read", "mapfile", "readarray", "getopts"}
DECLARATIONS = {"declare", "typeset"}


@dataclass
class Assignment:
    offset: int
    words: list[Node] | None
    """Its values; None: text that no one has looked at."""


@dataclass
class Scope:
    """A function's body, or what a file has outside of all functions."""

    outer: Scope | None
    assignments: dict[str, list[Assignment]] = field(default_factory=dict)
    checks: dict[str, list[int]] = field(default_factory=dict)
    """Where a variable is compared with the pattern of a number, or given to `number`."""

    def assign(self, name: str, offset: int, words: list[Node] | None) -> None:
        self.assignments.setdefault(name, []).append(Assignment(offset, words))


@dataclass
class ShellFile:
    name: str
    source: bytes
    tree: Node
    top: Scope
    scopes: list[Scope]
    scope_of: dict[int, Scope]
    """By the identity of a node."""
    functions: dict[str, Node]
    dictionaries: set[str]
    """Associative arrays: their keys are text, and no arithmetic."""

    def text(self, start: int, end: int) -> str:
        return self.source[start:end].decode(errors="replace")

    def operator(self, node: Node) -> str:
        """Of a binary node. shfmt has numbers for operators, which change with its versions."""
        return self.text(end(node["X"]), start(node["Y"])).strip()


def start(node: Node) -> int:
    return int(node["Pos"]["Offset"])


def end(node: Node) -> int:
    return int(node["End"]["Offset"])


def line(node: Node) -> int:
    return int(node["Pos"]["Line"])


def children(node: Node) -> Iterator[Node]:
    for value in node.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield one


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from walk(child)


def literal(word: Node | None) -> str | None:
    """The text of a word without expansions; None of others."""
    if word is None:
        return None
    text = ""
    for part in word.get("Parts", []):
        if part["Type"] in ("Lit", "SglQuoted"):
            text += part.get("Value", "")
        elif part["Type"] == "DblQuoted" and (inner := literal(part)) is not None:
            text += inner
        else:
            return None
    return text


def call(node: Node) -> list[str | None]:
    """A command's words, None for those with expansions; empty for what is no command."""
    return [literal(word) for word in node.get("Args", [])] if node.get("Type") == "CallExpr" else []


def read_shell(name: str, path: Path) -> ShellFile:
    """Raises CalledProcessError for what is no shell."""
    source = path.read_bytes()
    command = ["shfmt", "--language-dialect", "bash", "--to-json"]
    tree = json.loads(subprocess.run(command, input=source, stdout=subprocess.PIPE, check=True).stdout)
    top = Scope(None)
    file = ShellFile(name, source, tree, top, [top], {}, {}, set())
    note(file, tree, top)
    return file


def note(file: ShellFile, node: Node, scope: Scope) -> None:
    """Notes the functions, assignments and checks of a node and all that is in it."""
    kind = node.get("Type")
    if kind == "FuncDecl":
        file.functions[node["Name"]["Value"]] = node["Body"]
        scope = Scope(scope)
        file.scopes.append(scope)
    file.scope_of[id(node)] = scope
    if kind in ("CallExpr", "DeclClause"):
        note_command(file, node, scope)
    elif kind == "WordIter":
        scope.assign(node["Name"]["Value"], start(node), node.get("Items") or None)
    elif kind == "BinaryTest" and file.operator(node) == "=~":
        note_check(file, node, scope)
    elif (kind == "BinaryArithm" and re.fullmatch(r"([-+*/%&|^]|<<|>>)?=", file.operator(node))) or kind == "UnaryArithm":
        note_result(node, scope)
    for child in children(node):
        note(file, child, scope)


def note_command(file: ShellFile, node: Node, scope: Scope) -> None:
    words = call(node)
    if node["Type"] == "DeclClause":
        options = [literal(one["Value"]) or "" for one in node.get("Args", []) if one.get("Naked") and "Value" in one]
        if node["Variant"]["Value"] in (*DECLARATIONS, "local") and any("A" in option for option in options):
            file.dictionaries.update(one["Name"]["Value"] for one in node["Args"] if "Name" in one)
    assigned = node.get("Assigns", []) if node["Type"] == "CallExpr" else node.get("Args", [])
    for one in assigned:
        if "Name" not in one:
            continue
        elements = one["Array"].get("Elems", []) if "Array" in one else []
        values = [one["Value"]] if "Value" in one else [element["Value"] for element in elements if "Value" in element]
        scope.assign(one["Name"]["Value"], start(one), values)
    if words and words[0] in READERS:
        for word in words[1:]:
            if word is not None and word.isidentifier():
                scope.assign(word, start(node), None)
    if words[:1] == [HELPER]:
        for word in node["Args"][1:]:
            if name := re.fullmatch(r'"\$\{?(\w+)\}?"', file.text(start(word), end(word))):
                scope.checks.setdefault(name[1], []).append(end(node))
    if words[:2] == ["printf", "-v"] and len(words) > 2 and words[2] is not None:
        scope.assign(words[2], start(node), None)


def note_check(file: ShellFile, node: Node, scope: Scope) -> None:
    pattern = file.text(start(node["Y"]), end(node["Y"]))
    name = re.fullmatch(r"\$\{?(\w+)\}?", file.text(start(node["X"]), end(node["X"])))
    if name and re.fullmatch(r"\^((-\?)?\[0-9(A-F)?(a-f)?\](\+|\{\d+(,\d+)?\})|/|\\\.)+\$", pattern):
        scope.checks.setdefault(name[1], []).append(end(node))


def note_result(node: Node, scope: Scope) -> None:
    """What arithmetic writes into a variable is a number."""
    target = literal(node["X"]) if node["X"].get("Type") == "Word" else None
    if target is not None and target.isidentifier():
        scope.assign(target, start(node), [])
