"""What every Python test uses. `--report=FILE` writes each test's outcome as a line of JSON, for unit/python.test.ts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import settings

# Two busy processors: what is slow is no failure, and the same examples come each time.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.load_profile("suite")


class Report:
    def __init__(self, path: Path) -> None:
        self.path = path

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that can't be imported has no tests, and counts as one that failed."""
        if report.failed:
            self.write(report.nodeid, "failed", report.longreprtext)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # What fails before or after the test itself is its failure, too.
        if report.when == "call" or report.outcome != "passed":
            self.write(report.nodeid, report.outcome, report.longreprtext)

    def write(self, test: str, outcome: str, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"test": test, "outcome": outcome, "text": text}) + "\n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report", type=Path, default=None)


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--report")
    if path is not None:
        config.pluginmanager.register(Report(path))
