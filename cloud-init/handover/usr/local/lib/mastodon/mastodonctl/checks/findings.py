"""A judgement, a figure, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..console import printable

MINUTE, HOUR, DAY = 60, 3600, 86400
TEXT_LIMIT = 4000
LABEL_LIMIT = 200


@dataclass(frozen=True)
class Judgement:
    """One thing, how it is, and what is not as it should be, with what to do. No problem: all is well."""

    name: str
    fact: str
    problem: str = ""
    bad: bool = False
    """Else a problem is a warning."""

    @property
    def verdict(self) -> str:
        if not self.problem:
            return "ok"
        return "bad" if self.bad else "warning"

    def as_dict(self) -> dict[str, str]:
        told = {"name": self.name, "verdict": self.verdict, "fact": self.fact}
        return {**told, "problem": self.problem} if self.problem else told


@dataclass(frozen=True)
class Figure:
    """For Prometheus. `series`: its name, with a label if it has one."""

    series: str
    value: int


Finding = Judgement | Figure


def judged(name: str, fact: str, problem: str = "", *, bad: bool = False) -> Judgement:
    """Others wrote parts of it (an error of PostgreSQL, a file), and a terminal and a mail show it."""
    return Judgement(printable(name, LABEL_LIMIT), printable(fact, TEXT_LIMIT), printable(problem, TEXT_LIMIT), bad)


def series(name: str, label: str, value: str) -> str:
    """Any text may be the value of a label, but three characters need a backslash in front."""
    shown = printable(value, LABEL_LIMIT).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}{{{label}="{shown}"}}'


def as_metrics(figures: Iterable[Figure]) -> str:
    """In Prometheus' text format."""
    return "".join(f"{one.series} {one.value}\n" for one in figures)


def duration(seconds: int) -> str:
    for size, name in ((DAY, "days"), (HOUR, "hours")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    # A file may be of a moment that the clock has not reached yet.
    return f"{int(seconds / MINUTE)} minutes"


def judge_age(name: str, what: str, age: int, limit: int, remedy: str) -> tuple[Finding, Finding]:
    problem = f"{what} is {duration(age)} old; expected at most {duration(limit)}. {remedy}" if age > limit else ""
    return Figure(series("mastodon_age_seconds", "of", name), age), judged(f"age-of-{name}", duration(age), problem)
