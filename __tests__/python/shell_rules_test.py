"""The rules for shell that `.ci/lint` has beside shellcheck (`.ci/shell_rules`)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from shell_rules.__main__ import findings, main
from shell_rules.syntax import read_shell


@pytest.fixture(scope="module", autouse=True)
def shfmt() -> None:
    """It reads the shell for these rules."""
    subprocess.run([Path(__file__).parents[2] / ".ci" / "require", "shfmt"], check=True)


def problems(folder: Path, **files: str) -> list[str]:
    """What is found in shell files of these names and texts."""
    for name, text in files.items():
        (folder / name).write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
    return [problem for _, problem in findings([read_shell(name, folder / name) for name in files])]


REFUSED = {
    "a_command": "x=$(cat file)\n((x > 3))",
    "a_file_that_is_read": "read -r x <file\n((x > 3))",
    "an_argument": "(($1 > 3))",
    "a_line_of_a_file": "mapfile -t lines <file\necho $((lines + 1))",
    "words_of_a_list_from_a_command": "for x in $(list); do ((x)); done",
    "a_command_right_in_it": "(($(cat file) > 3))",
    "a_part_of_a_text": "read -r x <file\n((${x%.*} > 3))",
    "a_default_that_is_text": "x=1\n((${x:-$(cat file)} > 3))",
    "a_number_that_may_become_text_elsewhere": "x=1\nif true; then x=$(cat file); fi\n((x))",
    "a_comparison_in_brackets": "x=$(cat file)\n[[ $x -gt 3 ]]",
    "an_index": "list=(1 2)\nx=$(cat file)\necho ${list[x]}",
    "a_part_by_position": "x=$(cat file)\necho ${y:x}",
    "a_loop_that_counts": "x=$(cat file)\nfor ((i = 0; i < x; i++)); do :; done",
    "a_variable_that_is_never_set": "((x > 3))",
    "the_variable_that_another_names": "x=y\n((${!x}))",
    "a_function_that_prints_a_file": "size() { cat file; }\n(($(size) > 3))",
    "a_check_that_comes_too_late": "x=$(cat file)\n((x))\n[[ $x =~ ^[0-9]+$ ]] || exit",
    "a_check_before_the_text_came": "x=1\n[[ $x =~ ^[0-9]+$ ]]\nx=$(cat file)\n((x))",
    "a_pattern_that_lets_text_through": "x=$(cat file)\n[[ $x =~ [0-9]+ ]]\n((x))",
}

ALLOWED = {
    "a_number": "x=3\n((x > 2))",
    "what_it_counted_itself": "count=0\nwhile true; do count=$((count + 1)); done\n((count))",
    "a_check_by_a_pattern": "x=$(cat file)\n[[ $x =~ ^[0-9]+$ ]] || exit 1\n((x > 3))",
    "a_hexadecimal_number_that_was_checked": "x=$(cat file)\n[[ $x =~ ^[0-9A-F]{8}$ ]] || exit 1\necho $((16#$x))",
    "halves_of_a_position_that_was_checked": "x=$(cat f)\n[[ $x =~ ^[0-9A-F]{1,8}/[0-9A-F]{1,8}$ ]] || exit\necho $((16#${x%/*}))",
    "a_check_of_an_argument": "f() { [[ $1 =~ ^[0-9]+$ ]] || exit 1; (($1)); }",
    "the_helper": 'x=$(number "$(cat file)")\n((x > 3))',
    "the_helper_with_several": 'read -r x y <file\nnumber "$x" "$y" >/dev/null\n((x + y))',
    "a_moment": "x=$(date --date yesterday +%s)\n((x < $(date +%s)))",
    "a_length_and_an_exit_status": "x=$(cat file)\nstatus=$?\n((${#x} && status && $#))",
    "the_length_of_a_list": "mapfile -t lines <file\n((${#lines[@]}))",
    "a_function_that_prints_a_number": 'size() { number "$(cat file)"; }\ntwice() { echo $(($(size) * 2)); }\n(($(twice)))',
    "a_range": "for try in {1..5}; do sleep $((try * 2)); done",
    "a_key_of_a_dictionary": "declare -A found\nx=$(cat file)\necho ${found[$x]}",
    "text_with_the_shape_of_arithmetic": "x=$(cat file)\necho \"(($x))\" '$((x))'",
    "a_comparison_of_text": "x=$(cat file)\n[[ $x == 3 ]]",
    "a_placeholder_of_the_bundle": "days={{days}}\n((days))",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_arithmetic_is_refused_on(tmp_path: Path, text: str) -> None:
    assert [one for one in problems(tmp_path, script=text) if "may be any text" in one]


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED.keys())
def test_arithmetic_is_allowed_on(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, script=text) == []


def test_what_a_sourced_file_sets_is_a_number_if_it_is_one_everywhere(tmp_path: Path) -> None:
    use = "source library\n((days))"
    assert problems(tmp_path, library="days=3", script=use) == []
    assert problems(tmp_path, library="days=3", other="days=$(cat file)", script=use) != []


def test_the_line_is_named(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, script="x=$(cat file)\n\n((x > 3))")
    assert found.startswith("script:4: x may be any text")


RUN = {
    "sql_with_a_variable": "query \"SELECT 1 FROM users WHERE name = '$1'\"",
    "sql_with_a_command": 'psql <<<"DELETE FROM users WHERE id = $(cat file)"',
    "sql_in_a_variable": 'move="ALTER DATABASE $old RENAME TO new"',
    "sql_in_a_document": "psql <<EOF\nSELECT $x\nEOF",
    "eval": 'eval "$x"',
    "a_shell_with_a_variable": 'bash -c "rm $x"',
    "a_program_of_another_language": 'python3 -c "print($x)"',
    "a_command_as_another_user": 'runuser --login x --command "rm $x"',
    "a_trap_with_a_variable": 'trap "rm -rf $x" EXIT',
    "a_shell_with_a_variable_behind_others": 'setpriv --reuid x /bin/sh -ec "$x"',
    "an_integer_variable": "declare -i x=0",
    "let": "let x=1",
}

NOT_RUN = {
    "sql_with_the_values_of_psql": 'query "SELECT 1 FROM users WHERE name = :\'name\'" db --set name="$1"',
    "sql_in_a_document_that_is_not_expanded": "psql <<'EOF'\nSELECT $x\nEOF",
    "a_sentence": 'echo "SELECTED $x"',
    "a_trap_that_expands_later": "trap 'rm -rf \"$x\"' EXIT",
    "a_program_with_arguments": "python3 -c 'import sys' \"$x\"",
    "a_shell_with_arguments": 'bash -c \'rm "$1"\' remove "$x"',
    "a_variable_that_is_read_only": "declare -r x=0",
}


@pytest.mark.parametrize("text", RUN.values(), ids=RUN.keys())
def test_text_that_is_run_is_refused(tmp_path: Path, text: str) -> None:
    assert len(problems(tmp_path, script=text)) == 1


@pytest.mark.parametrize("text", NOT_RUN.values(), ids=NOT_RUN.keys())
def test_text_that_is_not_run_is_allowed(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, script=text) == []


def test_what_is_found_ends_with_a_status_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("#!/bin/bash\necho x\n", encoding="utf-8")
    wrong.write_text("#!/bin/bash\neval x\n", encoding="utf-8")
    assert main([str(right)]) == 0
    assert main([str(right), str(wrong)]) == 1
    assert capsys.readouterr().out.startswith(f"{wrong}:2: eval runs text")
