"""Who resolves a conflict: the owner in its own session, then the resolver, then a person."""

from dataclasses import replace

from orch.core.events import LandingBounced
from orch.core.landing import BY_AGENT, BY_RESOLVER
from orch.core.retry import after_round
from orch.core.task import Budget, Status, Task


def after_conflict(task: Task, event: LandingBounced) -> Task:
    """Go on after a change that does not merge: its owner, then the resolver, then a person.

    Each try is a round. The resolver, if the project names one, gets a single attempt beyond
    the budget, once the owner's rounds or attempts are used up.
    """
    told = after_round(task, reason=event.reason, at=event.at, feedback=event.excerpt)
    told = replace(told, conflicted=True)
    if told.status is Status.ROUTED or not event.resolver or task.resolver:
        return told
    used = task.attempt.n if task.attempt else 0
    budget = Budget(
        attempts=max(task.budget.attempts, used + 1),
        rounds=max(task.budget.rounds, told.rounds_used + 1),
    )
    return replace(told, status=Status.ROUTED, resolver=event.resolver, budget=budget)


def resolved_by(task: Task) -> str:
    """Say who resolved the conflict of a task's change, "" if it had none."""
    if not task.conflicted:
        return ""
    by_resolver = task.resolver and task.attempt and task.attempt.agent == task.resolver
    return BY_RESOLVER if by_resolver else BY_AGENT
