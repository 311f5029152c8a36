"""Fail a run on a build machine when a test is skipped for a reason nobody has agreed to.

A skip is a promise not kept. On a person's machine it is a convenience; where `CI` is `true`
it is a fault, unless its reason is listed in `.ci/expected-skips`.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

EXPECTED_FILE = Path(".ci") / "expected-skips"


def parse_reasons(text: str) -> list[re.Pattern[str]]:
    """Parse one regular expression a line; blank lines and lines that begin with # are left out."""
    lines = (line.strip() for line in text.splitlines())
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def find_unexpected(
    skips: Iterable[tuple[str, str]], expected: list[re.Pattern[str]]
) -> list[tuple[str, str]]:
    """Find the skips, as pairs of test and reason, whose reason no pattern matches."""
    return [skip for skip in skips if not any(pattern.search(skip[1]) for pattern in expected)]


class SkipWatch:
    """Collect the skips of a session and turn unexpected ones into its failure.

    With several workers only the process that collects their reports judges; it sees every
    report, so that nothing is judged twice.
    """

    def __init__(self, expected: list[re.Pattern[str]]) -> None:
        self.expected = expected
        self.skips: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test; an expected failure is no skip."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skips[report.nodeid] = read_reason(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a module that was skipped as a whole."""
        if report.skipped:
            self.skips[report.nodeid] = read_reason(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a session that would have passed."""
        if session.exitstatus == pytest.ExitCode.OK and self.unexpected():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the unexpected skips above pytest's closing line."""
        for test, reason in self.unexpected():
            terminalreporter.write_line(f"UNEXPECTED SKIP {test}: {reason}", red=True)
        if self.unexpected():
            terminalreporter.write_line(
                f"Install what these tests need, or add the reason to {EXPECTED_FILE}.", red=True
            )

    def unexpected(self) -> list[tuple[str, str]]:
        """List the skips that nobody has agreed to, as pairs of test and reason."""
        return find_unexpected(sorted(self.skips.items()), self.expected)


def read_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Read the reason out of a report, without pytest's own first word."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def pytest_configure(config: pytest.Config) -> None:
    """Watch for skips, on build machines only."""
    is_worker = hasattr(config, "workerinput")
    if os.environ.get("CI") != "true" or is_worker:
        return
    listed = config.rootpath / EXPECTED_FILE
    text = listed.read_text(encoding="utf-8") if listed.exists() else ""
    config.pluginmanager.register(SkipWatch(parse_reasons(text)), "skip-watch")
