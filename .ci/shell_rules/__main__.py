"""python -m shell_rules FILE…: refuses shell that runs text as arithmetic, SQL or shell. Needs shfmt.

- In arithmetic (`(( ))`, `$(( ))`, `[[ … -gt … ]]`, an array's index) there are only numbers: what a script counted itself, what
  was compared with a pattern such as `[[ $x =~ ^[0-9]+$ ]]`, or what `number` let pass. `declare -i` and `let` are not used.
- SQL has no expansions: psql gets values by --set, and quotes them itself (:'name').
- `eval`, and `bash -c`, `python3 -c`, `trap` and the like with an expansion, are not used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from shell_rules.numbers import Numbers
from shell_rules.syntax import ShellFile, line, read_shell
from shell_rules.text import text_that_is_run


def findings(files: list[ShellFile]) -> Iterator[tuple[str, str]]:
    """The file, and what is wrong in it with its line."""
    numbers = Numbers(files)
    for file in files:
        found = {
            (line(node), f"{text} may be any text, and bash runs a command in it: compare it with ^[0-9]+$ first, or take it by number")
            for node, text in numbers.unchecked(file)
        }
        found.update((line(node), problem) for node, problem in text_that_is_run(file))
        yield from ((file.name, f"{file.name}:{number}: {problem}") for number, problem in sorted(found))


def main(names: list[str]) -> int:
    wrong = [problem for _, problem in findings([read_shell(name, Path(name)) for name in names])]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
