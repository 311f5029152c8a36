"""The rules of what a session tells, or is told of it: usage, its last word, limits, its end."""

from dataclasses import replace

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
from orch.core.retry import after_failure, ended, tell_end
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
    until = event.until if limited else None
    reason = tell_end(event.reason, until=until, resumes=event.resumes)
    room = replace(task.budget, attempts=max(task.budget.attempts, attempt.n + 1))
    held = replace(
        task,
        status=Status.BLOCKED,
        blocked_on=BlockedOn.LIMIT if limited else BlockedOn.AGENT,
        reason=reason,
        resume_at=until if event.resumes else None,
        budget=room,
        attempt=ended(attempt, outcome=reason, at=event.at),
    )
    return Decision(task=held, effects=_end(task, attempt, reason=event.reason))


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
