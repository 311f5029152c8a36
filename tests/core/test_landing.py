"""Who resolved a change's conflict: what a session did stays known, whatever comes after."""

import pytest

from orch.core.landing import BY_AGENT, BY_RESOLVER, beside, by_session, resolved_also


@pytest.mark.parametrize("session", ["", BY_AGENT, BY_RESOLVER])
@pytest.mark.parametrize("how", ["", "rerere", "replay", "squash"])
def test_a_candidate_that_is_made_anew_forgets_no_session(session: str, how: str) -> None:
    """However often; what the last candidate needed beside it is replaced by what this one does."""
    both = resolved_also(session, how)
    assert (by_session(both), beside(both)) == (session, how)
    assert resolved_also(both, how) == both
    assert resolved_also(both, resolved_also(session, "")) == session
    for other in ("rerere", ""):
        assert resolved_also(both, other) == resolved_also(session, other)


def test_both_are_told_in_the_order_in_which_they_happened() -> None:
    """As the queue shows them."""
    assert resolved_also("agent", "rerere") == "agent, rerere"
    assert resolved_also("", "rerere") == "rerere"
    assert resolved_also("agent", "agent") == "agent"
