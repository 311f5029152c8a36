"""Adds to a failed test of a person at work what orch itself says has happened.

A failure that is seen once in a hundred runs can only be understood from what it leaves.
"""

from collections.abc import Generator

import pytest

from tests.e2e.person import Person


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Ask while the test's home is still there."""
    report = yield
    person = getattr(item, "funcargs", {}).get("person")
    if report.when == "call" and report.failed and isinstance(person, Person):
        report.sections.append(("what happened", person.account()))
    return report
