"""Text that a program runs: SQL with expansions in it, `eval`, and interpreters with a command made of expansions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shell_rules.syntax import Node, ShellFile, call, literal, walk

SQL = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE|ALTER|CREATE|DROP|GRANT|REVOKE|COPY|SET|TRUNCATE|BEGIN|DO|CALL|LOCK)\s")
# By name, the options behind which a program's text stands.
INTERPRETERS = {
    **dict.fromkeys(("bash", "sh", "dash"), r"-\w*c"),
    **dict.fromkeys(("runuser", "su"), r"-\w*c|--command"),
    **dict.fromkeys(("perl", "ruby"), r"-\w*e"),
    "node": r"-\w*[ep]|--eval|--print",
    "python3": r"-\w*c",
}


def text_that_is_run(file: ShellFile) -> Iterator[tuple[Node, str]]:
    for node in walk(file.tree):
        kind = node.get("Type")
        if kind == "DblQuoted" and is_joined_sql(node):
            yield node, "SQL with an expansion in it: give psql the value by --set NAME=VALUE, and write :'NAME'"
        elif kind == "CallExpr":
            yield from interpreters(node)
        elif "Hdoc" in node and is_joined_sql(node["Hdoc"]):
            yield node["Hdoc"], "SQL with an expansion in it: give psql the value by --set NAME=VALUE, and write :'NAME'"
        elif kind == "LetClause":
            yield node, "let is not used: (( )) is the same"
        elif kind == "DeclClause" and any(re.match(r"-\w*i", literal(one.get("Value")) or "") for one in node.get("Args", [])):
            yield node, "a variable that is declared an integer runs what is assigned to it: use $(( ))"


def is_joined_sql(node: Node) -> bool:
    parts = node.get("Parts") or []
    begins = bool(parts) and parts[0]["Type"] == "Lit" and SQL.match(parts[0].get("Value", ""))
    return bool(begins) and any(part["Type"] != "Lit" for part in parts)


def interpreters(node: Node) -> Iterator[tuple[Node, str]]:
    words = call(node)
    if words[:1] == ["eval"] or words[:2] == ["command", "eval"]:
        yield node, "eval runs text: call the command itself"
    if words[:1] == ["trap"] and words[1:2] == [None]:
        yield node, "trap with an expansion runs text: write '…', which is expanded when it runs"
    for at, name in enumerate(words):
        options = INTERPRETERS.get((name or "").rpartition("/")[2])
        given = next((i for i in range(at + 1, len(words) - 1) if options and re.fullmatch(options, words[i] or "")), None)
        if given is not None and words[given + 1] is None:
            yield node, f"{name} {words[given]} with an expansion runs text: write '…' and give the values as arguments ($1)"
