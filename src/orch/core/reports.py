"""The rules of what a session tells, or is told of it: usage, its last word, limits, its end."""

from dataclasses import replace
from datetime import UTC, datetime

from orch.core.attempt import Attempt, Phase
from orch.core.decision import Decision
from orch.core.effects import Effect, StopSession
from orch.core.events import (
    AgentHeld,
    AgentReported,
    ConversationKnown,
    SessionAbandoned,
    UsageReported,
)
from orch.core.retry import after_failure, ended
from orch.core.signs import Trouble
from orch.core.task import BlockedOn, Status, Task

_LIMITS = frozenset({Trouble.RATE_LIMIT, Trouble.USAGE_LIMIT, Trouble.OVERLOADED, Trouble.CAP})


def know_conversation(task: Task, event: ConversationKnown) -> Decision:
    """Note how the agent's conversation is found again."""
    attempt = task.attempt
    if attempt is None or attempt.conversation == event.conversation:
        return Decision(task=task, dropped="known already")
    return Decision(task=replace(task, attempt=replace(attempt, conversation=event.conversation)))


def note_usage(task: Task, event: UsageReported) -> Decision:
    """Note what the session has used up."""
    attempt = task.attempt
    if attempt is None or attempt.usage == event.usage:
        return Decision(task=task, dropped="known already")
    return Decision(task=replace(task, attempt=replace(attempt, usage=event.usage)))


def note_report(task: Task, event: AgentReported) -> Decision:
    """Note the agent's own word; a heartbeat is only history."""
    attempt = task.attempt
    if attempt is None or event.word == "heartbeat":
        return Decision(task=task)
    return Decision(
        task=replace(task, attempt=replace(attempt, reported=event.word, said=event.text))
    )


def hold(task: Task, event: AgentHeld) -> Decision:
    """Park the task with its tree and conversation; it does not use up an attempt."""
    attempt = task.attempt
    if attempt is None:
        return Decision(task=task)
    limited = event.trouble in _LIMITS
    reason = _until(event) if limited and event.until else event.reason
    room = replace(task.budget, attempts=max(task.budget.attempts, attempt.n + 1))
    held = replace(
        task,
        status=Status.BLOCKED,
        blocked_on=BlockedOn.LIMIT if limited else BlockedOn.AGENT,
        reason=reason,
        resume_at=event.until if limited and event.resumes else None,
        budget=room,
        attempt=ended(attempt, outcome=reason, at=event.at),
    )
    return Decision(task=held, effects=_end(task, attempt, reason=event.reason))


def _until(event: AgentHeld) -> str:
    """Add until when, and what happens then."""
    ends = datetime.fromtimestamp(event.until or 0.0, UTC).strftime("%Y-%m-%d %H:%M UTC")
    then = "goes on by itself" if event.resumes else "then: orch task unblock"
    return f"{event.reason} (until {ends}; {then})"


def abandon(task: Task, event: SessionAbandoned) -> Decision:
    """End a session that nothing moves any more, and go on with another attempt."""
    attempt = task.attempt
    if attempt is None:
        return Decision(task=task)
    over = after_failure(task, reason=event.reason, at=event.at)
    return Decision(task=over, effects=_end(task, attempt, reason=event.reason))


def _end(task: Task, attempt: Attempt, *, reason: str) -> tuple[Effect, ...]:
    if attempt.phase not in {Phase.STARTING, Phase.RUNNING}:
        return ()
    return (StopSession(task_id=task.id, attempt=attempt.n, reason=reason),)
