"""Prove that only what a change has broken itself is held against it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orch.core.baseline import Known, compare, tell_new, verdict
from orch.core.receipt import Outcome

NAMES = st.frozensets(st.sampled_from("abcde"))
KNOWN = st.builds(
    Known,
    outcome=st.sampled_from(Outcome),
    runs=st.integers(1, 2),
    failures=st.none() | NAMES,
)


def red(*failures: str, runs: int = 1) -> Known:
    """Be red by these."""
    return Known(outcome=Outcome.RED, runs=runs, failures=frozenset(failures))


PASSED = Known(outcome=Outcome.PASSED, failures=frozenset())


def test_what_failed_before_does_not_block() -> None:
    """No new failure is a pass; one is enough to be red, however many were mended."""
    assert verdict(red("a", "b"), red("a", "b", "c")) is Outcome.PASSED
    assert verdict(red("a", "b"), red("a")) is Outcome.RED
    assert verdict(red("d"), red("a", "b", "c")) is Outcome.RED
    assert verdict(red("a"), PASSED) is Outcome.RED
    delta = compare(red("a", "d"), red("a", "b"))
    assert (delta.new, delta.fixed, delta.old) == (
        frozenset("d"),
        frozenset("b"),
        frozenset("a"),
    )


def test_without_the_base_nothing_is_decided() -> None:
    """Only where the base could change the answer."""
    assert verdict(red("a"), None) is None
    assert verdict(PASSED, None) is Outcome.PASSED
    assert verdict(replace(red(), failures=None), None) is Outcome.RED


def test_a_red_gate_that_names_nothing_is_red() -> None:
    """Whatever the base says: an exit code, or a report that was never written."""
    for bare in (red(), replace(red(), failures=None)):
        assert verdict(bare, bare) is Outcome.RED
        assert verdict(bare, red("a")) is Outcome.RED
        assert verdict(red("a"), bare) is Outcome.RED


def test_a_second_run_that_excuses_is_flaky() -> None:
    """What failed the first time only is not forgotten."""
    assert verdict(red("a", runs=2), red("a")) is Outcome.FLAKY
    assert verdict(red("a", "b", runs=2), red("a")) is Outcome.RED


@given(KNOWN, st.none() | KNOWN)
def test_a_verdict_follows_from_what_differs(known: Known, base: Known | None) -> None:
    """Only a red tree's verdict depends on its base, and only named failures excuse."""
    found = verdict(known, base)
    if known.outcome is not Outcome.RED:
        assert found is known.outcome
    elif found in {Outcome.PASSED, Outcome.FLAKY}:
        assert base is not None
        assert base.outcome is Outcome.RED
        assert known.failures
        assert not compare(known, base).new
    elif found is None:
        assert base is None
    if base is not None:
        assert found is not None


@given(NAMES, NAMES, NAMES)
def test_more_failures_never_help(
    now: frozenset[str], more: frozenset[str], base: frozenset[str]
) -> None:
    """A tree that fails in more is not better, and a base that fails in more excuses no less."""
    if verdict(red(*now), red(*base)) is Outcome.RED and now:
        assert verdict(red(*now, *more), red(*base)) is Outcome.RED
    if verdict(red(*now), red(*base)) is Outcome.PASSED:
        assert verdict(red(*now), red(*base, *more)) is Outcome.PASSED


@given(KNOWN, KNOWN)
def test_each_failure_is_told_once(known: Known, base: Known) -> None:
    """New, mended and old are apart, and together all there is."""
    delta = compare(known, base)
    assert not delta.new & delta.old
    assert not delta.fixed & (delta.new | delta.old)
    if known.is_named:
        assert delta.new | delta.old == known.failures


def test_who_mends_it_is_told_what_is_new() -> None:
    """And that the rest is none of their business; a long list is cut."""
    told = tell_new(compare(red("a", "b", "c"), red("b")))
    assert told == "- a\n- c\n1 more failed before this change as well: leave them alone."
    assert tell_new(compare(red("a", "b", "c"), PASSED), most=1) == "- a\n- and 2 more"
