"""The rules of what is said to an agent and asked by it: each once, also over restarts."""

from dataclasses import replace

from orch.core.attempt import Attempt, Phase
from orch.core.decision import Decision, UnexpectedEvent
from orch.core.events import (
    LeadTold,
    MessageDelivered,
    MessageQueued,
    MessageUncertain,
    QuestionAnswered,
    QuestionAsked,
    QuestionSettled,
)
from orch.core.retry import ended
from orch.core.talk import Answer, Message, MessageKind, Question, Urgency
from orch.core.task import BlockedOn, Status, Task


def queue_message(task: Task, event: MessageQueued) -> Decision:
    """Note what the agent is to be told; sent again with the same id it is one message.

    A task that waits for its children, and is told that one of them needs it, goes on.
    """
    if any(message.id == event.message_id for message in task.messages):
        return Decision(task=task, dropped=f"message {event.message_id} is on its way already")
    message = Message(
        id=event.message_id,
        text=event.text,
        at=event.at,
        kind=event.kind,
        urgency=event.urgency,
        actor=event.actor,
    )
    noted = replace(task, messages=(*task.messages, message))
    if event.kind is MessageKind.NUDGE and task.attempt:
        nudged = replace(task.attempt, nudges=task.attempt.nudges + 1, nudged_at=event.at)
        noted = replace(noted, attempt=nudged)
    tidings = event.kind is MessageKind.TIDINGS and _calls(message)
    if tidings and task.blocked_on is BlockedOn.CHILDREN and _may_begin(task):
        noted = _begun(noted, at=event.at)
    return Decision(task=noted)


def note_told(task: Task, event: LeadTold) -> Decision:
    """Note how far its lead was told; each event is told once."""
    if event.seq <= task.told:
        return Decision(task=task, dropped=f"event {event.seq} was told already")
    return Decision(task=replace(task, told=event.seq, told_word=event.word))


def deliver(task: Task, event: MessageDelivered) -> Decision:
    """Take the message off: the agent has it."""
    left = tuple(message for message in task.messages if message.id != event.message_id)
    if len(left) == len(task.messages):
        return Decision(task=task, dropped=f"message {event.message_id} was delivered already")
    return Decision(task=replace(task, messages=left))


def doubt(task: Task, event: MessageUncertain) -> Decision:
    """Keep the message for a person to look at; it is not sent again by itself."""
    marked = tuple(
        replace(message, trouble=event.reason) if message.id == event.message_id else message
        for message in task.messages
    )
    return Decision(task=replace(task, messages=marked))


def ask(task: Task, event: QuestionAsked) -> Decision:
    """Put a question into the inbox, once for each of the agent's own."""
    if any(question.id == event.question_id for question in task.questions):
        return Decision(task=task, dropped=f"question {event.question_id} is known")
    question = Question(
        id=event.question_id,
        attempt=event.attempt,
        kind=event.kind,
        text=event.text,
        at=event.at,
        ref=event.ref,
        context=event.context,
        choices=event.choices,
        otherwise=event.otherwise,
    )
    return Decision(task=replace(task, questions=(*task.questions, question)))


def answer(task: Task, event: QuestionAnswered) -> Decision:
    """Take the first answer. Where no session waits for it, the task goes on with it."""
    question = next((one for one in task.questions if one.id == event.question_id), None)
    if question is None:
        raise UnexpectedEvent(task, event, why=f"it has no open question {event.question_id}")
    if question.answer is not None:
        by = question.answer.actor
        raise UnexpectedEvent(task, event, why=f"{event.question_id} was answered by {by}")
    given = Answer(at=event.at, actor=event.actor, choice=event.choice, text=event.text)
    answered = replace(question, answer=given)
    if question.ref and is_live(task.attempt, question.attempt):
        others = tuple(answered if one.id == question.id else one for one in task.questions)
        return Decision(task=replace(task, questions=others))
    return Decision(task=_told(_without(task, question), answered))


def settle(task: Task, event: QuestionSettled) -> Decision:
    """Take the question off: the agent waits no more."""
    question = next((one for one in task.questions if one.id == event.question_id), None)
    if question is None:
        return Decision(task=task, dropped=f"question {event.question_id} is settled already")
    return Decision(task=_without(task, question))


def is_live(attempt: Attempt | None, n: int) -> bool:
    """Tell whether this attempt's session is there to be spoken to."""
    return attempt is not None and attempt.n == n and attempt.phase is Phase.RUNNING


def tidied(task: Task) -> Task:
    """Drop what nobody can answer or be told any more: its session or its task has ended."""
    if not task.questions and not task.messages:
        return task
    if task.is_final:
        return replace(task, questions=(), messages=())
    kept = tuple(
        one for one in task.questions if not one.ref or is_there(task.attempt, one.attempt)
    )
    return task if kept == task.questions else replace(task, questions=kept)


def is_there(attempt: Attempt | None, n: int) -> bool:
    """Tell whether this attempt has a session that may still wait for an answer."""
    phases = {Phase.STARTING, Phase.RUNNING}
    return attempt is not None and attempt.n == n and attempt.phase in phases


def waiting_words(task: Task) -> str:
    """Tell what a task rests for that asked something; empty if it asked nothing."""
    asked = [one for one in task.questions if one.is_open]
    return f"asks: {asked[0].text}" if asked else ""


def pending_words(task: Task) -> str:
    """Join what was said and the agent has not been told; nudges are out of date by then.

    What it may have been told is left out: that is for a person to look at.
    """
    told = [
        message.text
        for message in task.messages
        if message.kind is not MessageKind.NUDGE and not message.trouble
    ]
    return "\n\n".join(told)


def _calls(message: Message) -> bool:
    """Tell whether a message is worth another session: not that all goes well with a child."""
    if message.trouble:
        return False
    if message.kind is MessageKind.TIDINGS:
        return message.urgency is not Urgency.QUEUE
    return message.kind is not MessageKind.NUDGE


def _may_begin(task: Task) -> bool:
    """Tell whether its budget has another attempt; tidings alone never raise it."""
    return task.attempt is None or task.attempt.n < task.budget.attempts


def held_by_talk(task: Task, *, at: float) -> Task | None:
    """Wait for a person's answer, or begin another session with what people said meanwhile.

    None if nothing is open. Neither uses up an attempt: it was no failure.
    """
    attempt = task.attempt
    if attempt is None:
        return None
    if asks := waiting_words(task):
        over = ended(attempt, outcome=asks, at=at)
        return replace(task, status=Status.NEEDS_REVIEW, reason=asks, attempt=over)
    calling = [message for message in task.messages if _calls(message)]
    if not calling:
        return None
    if all(message.kind is MessageKind.TIDINGS for message in calling) and not _may_begin(task):
        return None
    return _begun(task, at=at)


def _begun(task: Task, *, at: float) -> Task:
    """Go on in another session, which is told what there is to tell."""
    going = replace(task, status=Status.ROUTED, reason="", blocked_on=None)
    if task.attempt is None:
        return going
    room = replace(task.budget, attempts=max(task.budget.attempts, task.attempt.n + 1))
    over = task.attempt
    if not over.is_over:
        over = ended(over, outcome="told more", at=at)
    return replace(going, budget=room, attempt=over)


def unsaid(task: Task, told: tuple[str, ...]) -> tuple[Message, ...]:
    """List the messages that were not among those told."""
    return tuple(message for message in task.messages if message.id not in told)


def _told(task: Task, question: Question) -> Task:
    """Hand the answer to the agent as a message; a task that rests for it goes on."""
    if question.answer is None:
        return task
    words = question.answer.text or question.answer.choice
    message = Message(
        id=f"{question.id}-answer",
        text=f"You asked: {question.text}\n\nThe answer: {words}",
        at=question.answer.at,
        kind=MessageKind.ANSWER,
        actor=question.answer.actor,
    )
    told = replace(task, messages=(*task.messages, message))
    if task.status is not Status.NEEDS_REVIEW or task.questions:
        return told
    used = task.attempt.n if task.attempt else 0
    room = replace(told.budget, attempts=max(told.budget.attempts, used + 1))
    return replace(told, status=Status.ROUTED, reason="", budget=room)


def _without(task: Task, question: Question) -> Task:
    return replace(task, questions=tuple(one for one in task.questions if one.id != question.id))
