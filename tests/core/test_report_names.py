"""Prove that reports are named as the configuration says, and nothing else."""

import pytest

from orch.core.report_names import ReportName, parse_report


def test_reports_are_named_by_kind() -> None:
    """What follows the first colon is all one."""
    assert parse_report("junit:out/**/*.xml") == ReportName("junit", "out/**/*.xml")
    assert parse_report("sarif:a:b.sarif") == ReportName("sarif", "a:b.sarif")
    assert parse_report("lines:ruff") == ReportName("lines", "ruff")


@pytest.mark.parametrize(
    "text",
    ["", "junit", "junit:", "xml:a", "lines:vim", "junit:/etc/x", "sarif:a/../../b", "junit:a**b"],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    """With a word on what would be."""
    with pytest.raises(ValueError, match=r"none of|not known|not below|no pattern"):
        parse_report(text)
