"""Prove that failed tests are found in what runners write, and that no report harms the reader."""

import pytest

from orch.adapters.gates.reports.junit import read_junit
from orch.adapters.gates.reports.names import Unreadable

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests">
<testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.1">
<testcase classname="tests.test_a" name="test_fine" time="0.01" />
<testcase classname="tests.test_a" name="test_bad[1:2]" time="0.01">
<failure message="assert 1 == 2">def test_bad(): ...</failure>
</testcase>
<testcase classname="tests.test_a" name="test_torn" time="0.01">
<error message="failed on teardown"/><system-out>noise</system-out></testcase>
<testcase classname="tests.test_a" name="test_later"><skipped type="pytest.skip"/></testcase>
</testsuite></testsuites>"""

JEST = b"""<testsuites name="jest tests" tests="2" failures="1">
<testsuite name="sum" errors="0" failures="1" tests="2">
<testcase classname="sum adds" name="sum adds 1 + 2 &amp; 3" time="0.002"><failure>x</failure>
<failure>y</failure></testcase>
<testcase classname="sum" name="fine"/></testsuite></testsuites>"""

NESTED = b"""<testsuites><testsuite name="outer" failures="1"><testsuite name="inner" failures="1">
<testcase name="deep" file="/w/t/deep_test.rb"><failure/></testcase></testsuite></testsuite>
</testsuites>"""


def test_failures_and_errors_are_named() -> None:
    """By class and name; what passed or was skipped is not."""
    assert read_junit(PYTEST) == ["tests.test_a test_bad[1:2]", "tests.test_a test_torn"]
    assert read_junit(JEST) == ["sum adds sum adds 1 + 2 & 3"]


def test_a_file_stands_for_the_class() -> None:
    """Without the folder that the checkout stands in; suites in suites are counted once."""
    assert read_junit(NESTED, roots=("/w",)) == ["t/deep_test.rb deep"]


def test_a_suite_can_fail_itself() -> None:
    """As where its set-up does."""
    raw = b'<testsuite name="s" errors="1"><error>no database</error></testsuite>'
    assert read_junit(raw) == ["s"]


def test_what_a_rerun_mended_did_not_fail() -> None:
    """Some runners try again by themselves and say so."""
    raw = b'<testsuite><testcase name="t"><flakyFailure>x</flakyFailure></testcase></testsuite>'
    assert read_junit(raw) == []


BOMB = b"""<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]><testsuite name="&c;"/>"""
OUTSIDE = b'<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite/>'
HOSTILE = {
    "cut": PYTEST[:-60],
    "empty": b"",
    "no xml": b"\xff\xfe\x00not xml",
    "json": b"{}",
    "entities": BOMB,
    "outside": OUTSIDE,
    "deep": b"<a>" * 100_000,
    "encoding": b'<?xml version="1.0" encoding="x-none"?><testsuite/>',
    "nameless": b"<testsuite><testcase><failure/></testcase></testsuite>",
    "counts more": b'<testsuite failures="2"><testcase name="a"><failure/></testcase></testsuite>',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_can_t_be_trusted_is_refused(kind: str) -> None:
    """A report that is cut, lies, or attacks its reader names nothing."""
    with pytest.raises(Unreadable):
        read_junit(HOSTILE[kind])


def test_absurd_counts_are_ignored() -> None:
    """A number that is none counts nothing."""
    raw = (
        b'<testsuite failures="1e9" errors="99999999999999999999"><testcase name="a"/></testsuite>'
    )
    assert read_junit(raw) == []
