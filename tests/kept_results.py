"""``--keep-results NAME``: what long tests came to, kept as evidence beside the benchmarks'."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from benchmarks.evidence import Evidence


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option more."""
    parser.addoption("--keep-results", metavar="NAME", help="write docs/evidence/<date>-NAME")


def pytest_configure(config: pytest.Config) -> None:
    """Only where it is asked for, and in one process: workers report to it."""
    name = config.getoption("--keep-results")
    if name and not hasattr(config, "workerinput"):
        config.pluginmanager.register(KeptResults(name))


class KeptResults:
    """Collects the outcome of every test that ran, and writes the page at the end."""

    def __init__(self, name: str) -> None:
        from benchmarks.evidence import circumstances  # a tenth of a second of every other session

        self._name = name
        self._circumstances = circumstances("pytest")
        self._reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test counts once: when it was called, or when it never came to that."""
        if report.when == "call" or not report.passed:
            self._reports.append(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A run without tests leaves nothing."""
        from benchmarks.evidence import FOLDER

        if self._reports:
            page = self._evidence().keep(FOLDER)
            print(f"\nKept in {page.relative_to(FOLDER.parent.parent)}.")  # noqa: T201

    def _evidence(self) -> Evidence:
        from benchmarks.evidence import Evidence

        rows = [
            {
                "test": report.nodeid.removeprefix("tests/"),
                "outcome": report.outcome,
                "seconds": round(report.duration, 1),
                **dict(report.user_properties),
            }
            for report in self._reports
        ]
        passed = sum(report.passed for report in self._reports)
        return Evidence(
            name=self._name,
            title=f"{self._name.capitalize()}: {passed} of {len(rows)} tests passed",
            circumstances=self._circumstances,
            settings={"seed": os.environ["CLICKLEDGER_SEED"]},
            results=rows,
            page=_table(rows),
        )


def _table(rows: Sequence[dict[str, object]]) -> str:
    said = {"test", "outcome", "seconds"}
    lines = ["| test | outcome | seconds | what it did |", "| --- | --- | --- | --- |"]
    for row in rows:
        more = ", ".join(f"{value} {name}" for name, value in row.items() if name not in said)
        lines.append(f"| `{row['test']}` | {row['outcome']} | {row['seconds']} | {more} |")
    return "\n".join(lines) + "\n"
