"""Silence becomes idle, then stuck; never the other way round."""

import hypothesis.strategies as st
from hypothesis import given

from orch.core.attempt import Activity
from orch.core.watch import Quiet, derive

QUIET = Quiet(idle_s=10.0, stuck_s=60.0)


def test_output_is_work() -> None:
    """Within the idle time; it looks again when that is over."""
    seen = derive(QUIET, last_output=100.0, now=105.0)
    assert (seen.activity, seen.next_at) == (Activity.WORKING, 110.0)


def test_silence_is_idle_then_stuck() -> None:
    """At its two times; after the second there is nothing to wait for."""
    assert derive(QUIET, last_output=100.0, now=110.0).activity is Activity.IDLE
    stuck = derive(QUIET, last_output=100.0, now=160.0)
    assert (stuck.activity, stuck.next_at) == (Activity.STUCK, None)
    assert "60 s" in stuck.evidence.observation


@given(last=st.floats(0, 1e6), now=st.floats(0, 1e6))
def test_the_next_look_is_never_in_the_past(last: float, now: float) -> None:
    """Whatever the clocks say: otherwise the timer would spin."""
    seen = derive(QUIET, last_output=last, now=now)
    assert seen.next_at is None or seen.next_at > now
