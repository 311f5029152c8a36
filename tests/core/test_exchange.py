"""What is said and asked is known once, and forgotten where nobody can take it any more."""

from dataclasses import replace

import pytest

from orch.core.decision import UnexpectedEvent
from orch.core.events import (
    MessageDelivered,
    MessageQueued,
    MessageUncertain,
    QuestionAnswered,
    QuestionAsked,
)
from orch.core.exchange import answer, ask, deliver, doubt, held_by_talk, pending_words
from orch.core.exchange import queue_message as queue
from orch.core.talk import MessageKind, QuestionKind
from orch.core.task import Status, Task
from tests.core.build import attempt, task


def running() -> Task:
    """Make a task whose first attempt runs."""
    return replace(task(), status=Status.IN_PROGRESS, attempt=attempt())


def said(name: str, kind: MessageKind = MessageKind.STEER) -> MessageQueued:
    """Queue a message."""
    return MessageQueued(at=2.0, message_id=name, text=f"text of {name}", kind=kind)


def asked(ref: str = "r1") -> QuestionAsked:
    """Ask something."""
    kind = QuestionKind.QUESTION
    return QuestionAsked(at=2.0, attempt=1, question_id="q1", kind=kind, text="Which?", ref=ref)


def test_a_message_is_queued_once_and_delivered_once() -> None:
    """The second of each is dropped."""
    told = queue(running(), said("m1")).task
    assert queue(told, said("m1")).dropped
    gone = MessageDelivered(at=3.0, attempt=1, message_id="m1", evidence="x")
    over = deliver(told, gone).task
    assert over.messages == ()
    assert deliver(over, gone).dropped


def test_a_doubted_message_is_kept_and_told_to_nobody() -> None:
    """It begins no other session, and stands in no prompt: a person looks."""
    event = MessageUncertain(at=3.0, attempt=1, message_id="m1", reason="no sign of it")
    doubted = doubt(queue(running(), said("m1")).task, event).task
    assert doubted.messages[0].trouble == "no sign of it"
    assert pending_words(doubted) == ""
    assert held_by_talk(doubted, at=4.0) is None


def test_what_was_not_said_begins_another_session() -> None:
    """A person's words do; a nudge is out of date by then."""
    nudged = queue(running(), said("n1", MessageKind.NUDGE)).task
    assert held_by_talk(nudged, at=4.0) is None
    steered = held_by_talk(queue(nudged, said("m1")).task, at=4.0)
    assert steered
    assert steered.status is Status.ROUTED
    assert pending_words(steered) == "text of m1"


def test_the_first_answer_counts() -> None:
    """Another one is refused, by name."""
    open_one = ask(running(), asked()).task
    assert ask(open_one, asked()).dropped
    given = QuestionAnswered(at=3.0, question_id="q1", text="this", actor="ada")
    answered = answer(open_one, given).task
    assert not answered.questions[0].is_open
    with pytest.raises(UnexpectedEvent, match="ada"):
        answer(answered, given)


def test_an_answer_that_no_session_waits_for_is_a_message() -> None:
    """It is told to the next one."""
    open_one = ask(running(), asked(ref="")).task
    told = answer(open_one, QuestionAnswered(at=3.0, question_id="q1", text="this")).task
    assert told.questions == ()
    assert "this" in pending_words(told)
