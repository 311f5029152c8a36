"""Retry policy: what follows a try that brought no landing, and when it is enough."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from orch.core.attempt import Attempt, Phase
from orch.core.task import BlockedOn, Status, Task

_JITTER_S: Final = 60
_TRIES_EACH: Final = 2

SAME_FAILURE_LIMIT = 3
"""The same failure as often as this in a row stops a task, whatever budget is left."""


def ended(attempt: Attempt, *, outcome: str, at: float) -> Attempt:
    """Close an attempt; nothing that comes of it later is believed."""
    return replace(attempt, phase=Phase.ENDED, outcome=outcome, ended_at=at)


def after_failure(task: Task, *, reason: str, at: float, feedback: str = "") -> Task:
    """Go on after an attempt that brought nothing: another one, or `failed` at the end.

    Uses up attempts. The next one is told the reason.
    """
    attempt = _current(task)
    same = task.same_failures + 1 if task.last_failure == reason else 1
    over = attempt.n >= task.budget.attempts or same >= SAME_FAILURE_LIMIT
    return replace(
        task,
        status=Status.FAILED if over else Status.ROUTED,
        reason=reason,
        same_failures=same,
        last_failure=reason,
        feedback=feedback or reason,
        attempt=ended(attempt, outcome=reason, at=at),
    )


def after_round(task: Task, *, reason: str, at: float, feedback: str) -> Task:
    """Go on after work that was checked and sent back: another round, or a person.

    Uses up rounds; and an attempt too, since an agent that has exited can't be told in its
    session. Where either is spent the task needs review: there is work to look at.
    """
    attempt = _current(task)
    rounds = task.rounds_used + 1
    over = rounds >= task.budget.rounds or attempt.n >= task.budget.attempts
    return replace(
        task,
        status=Status.NEEDS_REVIEW if over else Status.ROUTED,
        reason=reason,
        rounds_used=rounds,
        same_failures=0,
        last_failure="",
        feedback=feedback or reason,
        landing_id=None,
        attempt=ended(attempt, outcome=reason, at=at),
    )


def after_filing(task: Task, *, at: float) -> Task:
    """Wait for the tasks that the attempt filed; the next one begins once they have ended.

    Uses up an attempt, so that filing ever more of them comes to an end.
    """
    reason = "waits for its children"
    over = ended(_current(task), outcome=reason, at=at)
    return replace(
        task, status=Status.BLOCKED, reason=reason, blocked_on=BlockedOn.CHILDREN, attempt=over
    )


def agent_after(task: Task, attempts: Sequence[Attempt], *, fallback: tuple[str, ...]) -> str:
    """Choose who tries next: after two failures in a row the next of the fallback agents.

    Failures, not rounds: work that was checked and sent back stays with who made it.
    """
    agent = attempts[-1].agent if attempts else task.agent or ""
    if not task.last_failure or not fallback:
        return agent
    row = 0
    while row < len(attempts) and attempts[-1 - row].agent == agent:
        row += 1
    chain = [task.agent or "", *(one for one in fallback if one != task.agent)]
    if row < _TRIES_EACH or agent not in chain:
        return agent
    return chain[min(chain.index(agent) + 1, len(chain) - 1)]


def tell_end(reason: str, *, until: float | None, resumes: bool) -> str:
    """Add until when something holds, and what happens then."""
    if not until:
        return reason
    ends = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M UTC")
    then = "goes on by itself" if resumes else "then: orch task unblock"
    return f"{reason} (until {ends}; {then})"


def limited_agent(task: Task) -> str | None:
    """Name the agent whose limit a parked task waits for: that of its judge, or its own."""
    return task.judgement.agent if waits_for_judge(task) and task.judgement else task.agent


def waits_for_judge(task: Task) -> bool:
    """Tell whether a limit holds a task not in its work but in its judging."""
    is_claimed = task.attempt is not None and task.attempt.phase is Phase.CLAIMED
    return task.blocked_on is BlockedOn.LIMIT and is_claimed


def resume_time(task: Task) -> float:
    """Say when a parked task goes on: at its time and up to a minute later.

    The delay follows from the task, so that those that one limit held don't all come back in the
    same second, and a restart plans the same.
    """
    return (task.resume_at or 0.0) + zlib.crc32(task.id.encode()) % _JITTER_S


def _current(task: Task) -> Attempt:
    if task.attempt is None:
        message = f"{task.id} has no attempt"
        raise ValueError(message)
    return task.attempt
