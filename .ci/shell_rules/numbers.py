"""Whether a shell variable can only be a number. In arithmetic, bash runs the text `x[$(command)]` as a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shell_rules.syntax import HELPER, IDENTIFIER, Node, Scope, ShellFile, call, end, start

# What bash itself sets, and keeps a number.
NUMBERS_OF_BASH = {"#", "?", "$", "!", "BASHPID", "EPOCHSECONDS", "EUID", "LINENO", "PIPESTATUS", "PPID", "RANDOM", "SECONDS", "UID"}
COMPARISONS = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"}


@dataclass(frozen=True)
class Numbers:
    """Knows all shell files: a file uses variables and functions of those that it sources."""

    files: list[ShellFile]

    def unchecked(self, file: ShellFile) -> Iterator[tuple[Node, str]]:
        """Every expansion or variable in arithmetic that may be any text, and how it is written."""
        for node, scope in arithmetic(file, file.tree, file.top):
            yield from self.unchecked_in(file, node, scope)

    def unchecked_in(self, file: ShellFile, node: Node, scope: Scope) -> Iterator[tuple[Node, str]]:
        for word in words_of(node):
            for part in word.get("Parts", []):
                kind = part["Type"]
                if kind == "DblQuoted":
                    yield from self.unchecked_in(file, {**part, "Type": "Word"}, scope)
                elif kind == "Lit":
                    names = IDENTIFIER.findall(part.get("Value", ""))
                    yield from ((part, name) for name in names if not self.is_number(file, scope, name, start(part), ()))
                elif not self.is_number_part(file, scope, part, start(part), ()):
                    yield part, file.text(start(part), end(part))

    def is_number(self, file: ShellFile, scope: Scope, name: str, used: int, seen: tuple[tuple[int, str], ...]) -> bool:
        """Whether every value that the variable may have where it is used is a number."""
        if name in NUMBERS_OF_BASH or (id(scope), name) in seen:
            return True
        seen = (*seen, (id(scope), name))
        inner: Scope | None = scope
        while inner is not None:
            checks = inner.checks.get(name, [])
            assigned = inner.assignments.get(name, [])
            if any(check < used and not any(check < one.offset < used for one in assigned) for check in checks):
                return True
            if assigned and not name.isdigit():
                return all(
                    self.are_numbers(file, inner, one.words, one.offset, seen)
                    or any(one.offset < check and (check < used or used < one.offset) for check in checks)
                    for one in assigned
                )
            inner = inner.outer
        if name.isdigit():
            return False
        # Set by another function of this file, or by a file that sources this one or is sourced by it.
        here = [one for one in ((file, scope) for scope in file.scopes) if name in one[1].assignments]
        anywhere = [(other, scope) for other in self.files for scope in other.scopes if name in scope.assignments]
        return bool(anywhere) and all(
            self.are_numbers(other, scope, one.words, one.offset, seen) or any(one.offset < check for check in scope.checks.get(name, []))
            for other, scope in here or anywhere
            for one in scope.assignments[name]
        )

    def are_numbers(
        self, file: ShellFile, scope: Scope, words: Iterable[Node] | None, used: int, seen: tuple[tuple[int, str], ...]
    ) -> bool:
        return words is not None and all(
            self.is_number_part(file, scope, part, used, seen) for word in words for part in word.get("Parts", [])
        )

    def is_number_part(self, file: ShellFile, scope: Scope, part: Node, used: int, seen: tuple[tuple[int, str], ...]) -> bool:
        kind = part["Type"]
        if kind in ("Lit", "SglQuoted"):
            # Also a placeholder of the bundle, since the program's settings have types, and {1..5}.
            return re.fullmatch(r"-?[0-9]*|\{\{\w+(\.\w+)*\}\}|\{\d+\.\.\d+\}", part.get("Value", "")) is not None
        if kind == "DblQuoted":
            return self.are_numbers(file, scope, [part], used, seen)
        if kind == "BraceExp":
            return self.are_numbers(file, scope, part["Elems"], used, seen)
        if kind == "ArithmExp":
            return True  # what is in it is looked at by itself
        if kind == "ParamExp":
            if part.get("Length"):
                return True
            other = part.get("Exp", {}).get("Word")
            default = re.search(r"^\$\{\w+(\[[^]]*\])?:?[-=]", file.text(start(part), end(part)))
            return (
                not part.get("Excl")
                and "Repl" not in part
                and self.is_number(file, scope, part["Param"]["Value"], used, seen)
                and (not default or other is None or self.are_numbers(file, scope, [other], used, seen))
            )
        if kind == "CmdSubst":
            return bool(part.get("Stmts")) and self.prints_number(file, scope, part["Stmts"][-1]["Cmd"], ())
        return False

    def prints_number(self, file: ShellFile, scope: Scope, command: Node, seen: tuple[str, ...]) -> bool:
        kind = command["Type"]
        if kind == "BinaryCmd":
            # Of a pipe only the end is printed, of || and && both sides.
            sides = ["Y"] if file.operator(command) == "|" else ["X", "Y"]
            return all(self.prints_number(file, scope, command[side]["Cmd"], seen) for side in sides)
        if kind in ("Block", "Subshell"):
            return self.prints_number(file, scope, command["Stmts"][-1]["Cmd"], seen)
        words = call(command)
        name = words[0] if words else None
        if name == HELPER or (name == "date" and "+%s" in words) or name in ("wc", "true"):
            return True
        if name == "echo":
            return self.are_numbers(file, file.scope_of[id(command)], command["Args"][1:], start(command), ())
        if name is None or name in seen:
            return False
        bodies = [(other, other.functions[name]) for other in self.files if name in other.functions]
        return bool(bodies) and all(
            self.prints_number(other, other.scope_of[id(body)], body["Cmd"], (*seen, name)) for other, body in bodies
        )


def arithmetic(file: ShellFile, tree: Node, scope: Scope) -> Iterator[tuple[Node, Scope]]:
    """Every expression that bash evaluates as arithmetic."""
    scope = file.scope_of.get(id(tree), scope)
    kind = tree.get("Type")
    if kind in ("ArithmExp", "ArithmCmd"):
        yield tree["X"], scope
    elif kind == "CStyleLoop":
        yield from ((tree[part], scope) for part in ("Init", "Cond", "Post") if part in tree)
    elif kind == "LetClause":
        yield from ((one, scope) for one in tree["Exprs"])
    elif kind == "BinaryTest" and file.operator(tree) in COMPARISONS:
        yield from ((tree[side], scope) for side in ("X", "Y"))
    elif kind == "ParamExp":
        slices = tree.get("Slice") or {}
        yield from ((slices[part], scope) for part in ("Offset", "Length") if slices.get(part))
    name = (tree.get("Param") or tree.get("Name") or {}).get("Value") if isinstance(tree, dict) else None
    if tree.get("Index") and name not in file.dictionaries and literal_index(file, tree["Index"]) not in ("@", "*"):
        yield tree["Index"], scope
    for value in tree.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from arithmetic(file, one, scope)


def literal_index(file: ShellFile, index: Node) -> str:
    return file.text(start(index), end(index))


def words_of(node: Node) -> Iterator[Node]:
    """The operands of an arithmetic expression."""
    if node.get("Type") == "Word":
        yield node
        return
    for side in ("X", "Y"):
        if side in node:
            yield from words_of(node[side])
