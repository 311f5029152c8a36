"""What a session tells is noted once; one that is held or given up keeps its work."""

from dataclasses import replace

import pytest

from orch.core.effects import StopSession
from orch.core.events import AgentHeld, AgentReported, ConversationKnown, SessionAbandoned
from orch.core.reports import abandon, hold, know_conversation, note_report
from orch.core.signs import Trouble
from orch.core.task import BlockedOn, Status, Task
from tests.core.build import attempt, task


def running() -> Task:
    """Make a task whose first attempt runs."""
    return replace(task(), status=Status.IN_PROGRESS, attempt=attempt())


def test_a_conversation_is_known_once() -> None:
    """The same again is dropped."""
    event = ConversationKnown(at=2.0, attempt=1, conversation="c-1")
    known = know_conversation(running(), event).task
    assert know_conversation(known, event).dropped


def test_a_heartbeat_says_nothing() -> None:
    """Done and blocked are noted."""
    beat = note_report(running(), AgentReported(at=2.0, attempt=1, word="heartbeat")).task
    assert beat == running()
    done = note_report(running(), AgentReported(at=2.0, attempt=1, word="done", text="all")).task
    assert done.attempt
    assert (done.attempt.reported, done.attempt.said) == ("done", "all")


@pytest.mark.parametrize("resumes", [True, False])
def test_a_limit_parks_and_goes_on_only_where_it_may(*, resumes: bool) -> None:
    """It uses up no attempt, and ends the session."""
    event = AgentHeld(
        at=2.0,
        attempt=1,
        reason="no more today",
        trouble=Trouble.USAGE_LIMIT,
        until=50.0,
        resumes=resumes,
    )
    decision = hold(running(), event)
    held = decision.task
    assert (held.status, held.blocked_on) == (Status.BLOCKED, BlockedOn.LIMIT)
    assert held.resume_at == (50.0 if resumes else None)
    assert held.budget.attempts > 1
    assert [type(effect) for effect in decision.effects] == [StopSession]


def test_one_that_is_given_up_gets_another_attempt() -> None:
    """Its session is ended."""
    decision = abandon(running(), SessionAbandoned(at=2.0, attempt=1, reason="stuck"))
    assert decision.task.status is Status.ROUTED
    assert [type(effect) for effect in decision.effects] == [StopSession]
