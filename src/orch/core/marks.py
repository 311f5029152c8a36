"""The rules of what people do to a task: submit, edit, stop, mark, cancel, retry."""

from dataclasses import replace

from orch.core.attempt import Attempt, Phase
from orch.core.decision import Decision, UnexpectedEvent
from orch.core.effects import (
    CollectEvidence,
    Effect,
    ReleaseWorkspace,
    RunGate,
    StopSession,
    SubmitLanding,
)
from orch.core.events import (
    TaskBlocked,
    TaskCancelled,
    TaskClosed,
    TaskCompleted,
    TaskEdited,
    TaskFailed,
    TaskOpened,
    TaskRetried,
    TaskReviewed,
    TaskRouted,
    TaskStopped,
    TaskSubmitted,
    TaskUnblocked,
)
from orch.core.exchange import held_by_talk
from orch.core.retry import ended, waits_for_judge
from orch.core.task import BlockedOn, Budget, Status, Task

_LIVE = (Phase.STARTING, Phase.RUNNING)


def submit(event: TaskSubmitted) -> Decision:
    """Make the task that somebody asked for."""
    task = Task(
        id=event.task_id,
        project_id=event.project_id,
        title=event.title,
        created_at=event.at,
        slug=event.slug,
        prompt=event.prompt,
        status=Status.DRAFT if event.draft else Status.NEW,
        key=event.key,
        kind=event.kind,
        priority=event.priority,
        labels=event.labels,
        after=event.after,
        parent=event.parent,
        owner=event.actor,
        lead=event.lead,
        depth=event.depth,
        agent=event.agent,
        base=event.base,
        scope=event.scope,
        budget=event.budget,
    )
    return Decision(task=task)


def edit(task: Task, event: TaskEdited) -> Decision:
    """Change what is wanted; a routed task is routed afresh."""
    wanted = {
        name: value
        for name in ("title", "prompt", "priority", "labels", "agent", "after")
        if (value := getattr(event, name)) is not None
    }
    status = Status.NEW if task.status is Status.ROUTED else task.status
    return Decision(task=replace(task, status=status, **wanted))


def open_again(task: Task, event: TaskOpened) -> Decision:
    """Release a draft, or go on with what was stopped; a person's word makes room for it."""
    del event
    return Decision(task=_moved(_with_room(task), Status.NEW))


def unblock(task: Task, event: TaskUnblocked) -> Decision:
    """Go on where the task was held: before its start, or between claim and gate."""
    del event
    attempt = task.attempt
    if attempt and attempt.phase is Phase.CLAIMED and attempt.head:
        moved = _moved(task, Status.IN_REVIEW)
        return Decision(task=moved, effects=(_gate(task, attempt, head=attempt.head),))
    known = task.blocked_on in {BlockedOn.DEPENDENCY, BlockedOn.CHILDREN}
    return Decision(task=_moved(_with_room(task), Status.ROUTED if known else Status.NEW))


def block(task: Task, event: TaskBlocked) -> Decision:
    """Hold a task that has not started."""
    held = _moved(task, Status.BLOCKED, reason=event.reason, blocked_on=event.on)
    return Decision(task=replace(held, resume_at=event.until))


def route(task: Task, event: TaskRouted) -> Decision:
    """Note the agent; hold the task where others have to end first."""
    routed = replace(task, agent=event.agent, base=event.base)
    if event.waits_on:
        return _held(routed, BlockedOn.DEPENDENCY, reason=f"waits for {', '.join(event.waits_on)}")
    if event.children_open:
        return _held(routed, BlockedOn.CHILDREN, reason="waits for its children")
    return Decision(task=_moved(routed, Status.ROUTED))


def stop(task: Task, event: TaskStopped) -> Decision:
    """End the session and keep the workspace; `TaskOpened` goes on."""
    moved = _moved(task, Status.NEEDS_REVIEW, reason=event.reason)
    return Decision(
        task=_over(moved, event.reason, at=event.at), effects=_session_end(task, "stopped")
    )


def complete(task: Task, event: TaskCompleted) -> Decision:
    """Look for evidence on a person's word; what there is goes through the gate as always."""
    attempt = task.attempt
    if attempt is None or not attempt.workspace:
        raise UnexpectedEvent(task, event, why="it has no workspace to look at; start it first")
    checked = replace(attempt, phase=Phase.CHECKING, outcome="", ended_at=None)
    look = CollectEvidence(task_id=task.id, attempt=attempt.n, serial=task.version + 1)
    moved = replace(_moved(task, Status.IN_PROGRESS), attempt=checked)
    return Decision(task=moved, effects=(*_session_end(task, "marked complete"), look))


def fail(task: Task, event: TaskFailed) -> Decision:
    """Give the task up; its work is kept."""
    reason = event.reason or "marked failed"
    moved = _over(_moved(task, Status.FAILED, reason=reason), reason, at=event.at)
    return Decision(task=moved, effects=_session_end(task, reason))


def review(task: Task, event: TaskReviewed) -> Decision:
    """Land what a person approved, and nothing newer than that."""
    attempt = task.attempt
    if attempt is None or attempt.head is None:
        raise UnexpectedEvent(task, event, why="there is no commit of it to land")
    is_asked = task.blocked_on is BlockedOn.SCOPE or waits_for_judge(task)
    if task.status is Status.BLOCKED and not is_asked:
        raise UnexpectedEvent(
            task, event, why=f"it waits for its {task.blocked_on}, not for approval"
        )
    if attempt.head != event.head:
        raise UnexpectedEvent(
            task, event, why=f"its work moved on to {attempt.head[:12]}; look again"
        )
    order = SubmitLanding(
        task_id=task.id,
        attempt=attempt.n,
        head=event.head,
        approved=True,
        serial=task.version + 1,
    )
    return Decision(task=replace(_moved(task, Status.LANDING), landing_id=None), effects=(order,))


def cancel(task: Task, event: TaskCancelled) -> Decision:
    """End everything of a task that nobody wants; what it made is saved."""
    reason = event.reason or "cancelled"
    moved = _over(_moved(task, Status.CANCELLED, reason=reason), reason, at=event.at)
    return Decision(task=moved, effects=(*_session_end(task, reason), *release(moved)))


def close(task: Task, event: TaskClosed) -> Decision:
    """Take a task as done on a person's word, or because what it filed is done.

    While its agent is there to go on, it has to be stopped first.
    """
    live = task.attempt is not None and task.attempt.phase is not Phase.CHECKING
    if task.status is Status.IN_PROGRESS and live:
        raise UnexpectedEvent(task, event)
    if task.status is Status.IN_PROGRESS and (held := held_by_talk(task, at=event.at)):
        return Decision(task=held)
    moved = _over(_moved(task, Status.DONE, reason=event.note or "closed"), "closed", at=event.at)
    return Decision(task=moved, effects=release(moved))


def retry(task: Task, event: TaskRetried) -> Decision:
    """Start again with a new budget, on top of the numbers already used."""
    used = task.attempt.n if task.attempt else 0
    again = replace(
        _moved(task, Status.NEW),
        budget=Budget(attempts=used + event.budget.attempts, rounds=event.budget.rounds),
        rounds_used=0,
        same_failures=0,
        last_failure="",
        judgement=None,
        rejections=0,
        resolver="",
        landing_id=None,
        feedback=event.feedback or task.feedback,
    )
    return Decision(task=again)


def release(task: Task) -> tuple[Effect, ...]:
    """Order the workspace back, if there ever was one."""
    if task.attempt is None:
        return ()
    n = task.attempt.n
    return (ReleaseWorkspace(task_id=task.id, attempt=n, serial=task.version + 1),)


def _gate(task: Task, attempt: Attempt, *, head: str) -> RunGate:
    return RunGate(task_id=task.id, attempt=attempt.n, head=head, serial=task.version + 1)


def _moved(
    task: Task, status: Status, *, reason: str = "", blocked_on: BlockedOn | None = None
) -> Task:
    return replace(task, status=status, reason=reason, blocked_on=blocked_on, resume_at=None)


def _held(task: Task, on: BlockedOn, *, reason: str) -> Decision:
    return Decision(task=_moved(task, Status.BLOCKED, reason=reason, blocked_on=on))


def _over(task: Task, outcome: str, *, at: float) -> Task:
    if task.attempt is None or task.attempt.is_over:
        return task
    return replace(task, attempt=ended(task.attempt, outcome=outcome, at=at))


def _with_room(task: Task) -> Task:
    used = task.attempt.n if task.attempt else 0
    if used < task.budget.attempts:
        return task
    return replace(task, budget=replace(task.budget, attempts=used + 1))


def _session_end(task: Task, reason: str) -> tuple[Effect, ...]:
    if task.attempt is None or task.attempt.phase not in _LIVE:
        return ()
    return (StopSession(task_id=task.id, attempt=task.attempt.n, reason=reason),)
