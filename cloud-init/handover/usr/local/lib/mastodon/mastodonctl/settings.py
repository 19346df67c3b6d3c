"""This machine's settings, as files for the shell hold them: a line each, NAME='VALUE' or NAME=('VALUE' 'VALUE')."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from .console import Failure

LINE = re.compile(r"([a-z_]+)=(.*)", re.ASCII)


@dataclass(frozen=True)
class Settings:
    file: Path
    values: dict[str, list[str]]

    def all(self, name: str) -> list[str]:
        if name not in self.values:
            raise Failure(f"{self.file} has no {name}; sudo converge writes it")
        return self.values[name]

    def one(self, name: str) -> str:
        """An empty text where nothing is set."""
        return next(iter(self.all(name)), "")

    def number(self, name: str) -> int:
        text = self.one(name)
        if not (text.isascii() and text.isdecimal()):
            raise Failure(f"{name} of {self.file} is '{text}'; expected a number. sudo converge writes it")
        return int(text)


def words(text: str) -> list[str]:
    inside = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return shlex.split(inside)


def read_settings(file: Path) -> Settings:
    found = (LINE.fullmatch(line) for line in file.read_text(encoding="utf-8").split("\n"))
    return Settings(file, {one[1]: words(one[2]) for one in found if one})
