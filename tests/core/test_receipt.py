"""Prove what two runs of a gate on the identical tree come to together."""

from dataclasses import replace
from itertools import product

import pytest

from orch.core.receipt import CommandResult, Outcome, Receipt, ReceiptKey, join_runs

RED = Receipt(
    key=ReceiptKey("t", "s", "e"),
    project_id="p",
    outcome=Outcome.RED,
    results=(CommandResult("make", 1, 2.0),),
    commit="c",
    log="1.log",
    at=1.0,
    excerpt="boom",
    failures=("a", "b"),
)
PASSED = replace(
    RED,
    outcome=Outcome.PASSED,
    results=(CommandResult("make", 0, 2.0),),
    log="2.log",
    at=2.0,
    excerpt="",
    failures=(),
)
KEPT = (Outcome.PASSED, Outcome.RED, Outcome.FLAKY)


def test_runs_that_disagree_are_flaky() -> None:
    """In either order; what failed stays told."""
    for joined in (join_runs(RED, PASSED), join_runs(PASSED, RED)):
        assert (joined.outcome, joined.runs) == (Outcome.FLAKY, 2)
        assert (joined.excerpt, joined.failures) == ("boom", ("a", "b"))
        assert {joined.log, *joined.logs} == {"1.log", "2.log"}


def test_what_failed_twice_is_what_fails() -> None:
    """A test that failed once only is not held against the tree; unknown stays unknown."""
    again = replace(RED, log="2.log", failures=("b", "c"))
    assert join_runs(RED, again).failures == ("b",)
    assert join_runs(RED, replace(again, failures=None)).failures is None


@pytest.mark.parametrize(("earlier", "later"), list(product(KEPT, KEPT)))
def test_nothing_makes_a_flaky_tree_sound(earlier: Outcome, later: Outcome) -> None:
    """It agrees with both runs or is flaky; runs are added, the later log is the log."""
    joined = join_runs(
        replace(RED, outcome=earlier), replace(PASSED, outcome=later, runs=2, logs=("x.log",))
    )
    assert joined.outcome is (earlier if earlier is later else Outcome.FLAKY)
    assert (joined.runs, joined.log, joined.logs) == (3, "2.log", ("1.log", "x.log"))
