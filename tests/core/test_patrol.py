"""Prove when a project pauses: so many different tasks in a row, and nothing good between."""

from hypothesis import given
from hypothesis import strategies as st

from orch.core.patrol import KINDS, Seen, in_a_row, should_pause
from orch.core.task import Status

BAD = st.builds(
    Seen,
    st.sampled_from(["t1", "t2", "t3", "t4"]),
    st.sampled_from(["AgentFailed", "SessionLost", "GateFailed", "LandingBounced"]),
    st.sampled_from([Status.FAILED.value, Status.NEEDS_REVIEW.value]),
)
GOOD = st.builds(Seen, st.just("t9"), st.just("Landed"), st.just(Status.DONE.value)) | st.builds(
    Seen, st.just("t8"), st.just("GatePassed"), st.just(Status.NEEDS_REVIEW.value)
)
GOOD |= st.just(Seen("t6", "Judged", Status.NEEDS_REVIEW.value, "approve"))
BAD |= st.builds(
    Seen,
    st.sampled_from(["t1", "t5"]),
    st.just("Judged"),
    st.just(Status.NEEDS_REVIEW.value),
    st.sampled_from(["reject", "unclear"]),
)
NEITHER = st.builds(
    Seen,
    st.just("t7"),
    st.sampled_from(KINDS).filter(lambda kind: kind != "Landed"),
    st.sampled_from([Status.ROUTED.value, Status.IN_REVIEW.value, Status.BLOCKED.value]),
)
EVENTS = st.lists(BAD | GOOD | NEITHER, max_size=30)


@given(EVENTS, EVENTS)
def test_only_what_is_behind_the_last_good_end_counts(
    before: list[Seen], after: list[Seen]
) -> None:
    """Whatever was before it."""
    good = Seen("t9", "Landed", "done")
    assert in_a_row([*before, good, *after]) == in_a_row(after)


@given(EVENTS, st.integers(1, 5))
def test_a_project_pauses_at_its_limit_and_not_before(history: list[Seen], most: int) -> None:
    """Each task counts once, however often it was tried again."""
    failed: set[str] = set()
    for seen in history:
        failed = set() if seen.is_good else failed | ({seen.task_id} if seen.is_bad else set())
    assert bool(should_pause(history, most=most)) == (len(failed) >= most)


@given(EVENTS)
def test_zero_switches_it_off(history: list[Seen]) -> None:
    """However many fail."""
    assert should_pause(history, most=0) == ()


@given(st.lists(NEITHER, max_size=20))
def test_a_round_or_another_attempt_is_no_end(history: list[Seen]) -> None:
    """A red gate that sends a task back is how work goes; so is a judge's no, and any advice."""
    sent_back = Seen("t1", "Judged", Status.ROUTED.value, "reject")
    advice = Seen("t2", "Judged", Status.NEEDS_REVIEW.value)
    assert in_a_row([sent_back, *history, advice]) == ()
