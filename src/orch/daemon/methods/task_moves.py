"""Methods that move a task on: start, stop, retry, unblock, and a person's marks."""

from collections.abc import Callable
from dataclasses import dataclass

from orch.core.attempt import Activity, Evidence
from orch.core.decision import UnexpectedEvent
from orch.core.events import (
    ActivityObserved,
    Event,
    TaskCompleted,
    TaskFailed,
    TaskOpened,
    TaskRetried,
    TaskReviewed,
    TaskStopped,
    TaskUnblocked,
)
from orch.core.settings import ProjectSettings
from orch.core.task import Budget, Status, Task
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.lineage import guard
from orch.daemon.methods.lookup import maybe_project, projects_of
from orch.daemon.methods.table import method
from orch.daemon.methods.task import TaskParams, the_task
from orch.daemon.methods.wording import check_note, check_prompt
from orch.daemon.rights import Role
from orch.daemon.views import task_shape
from orch.ports.errors import Permanent
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.tasks import TaskShape


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveParams:
    """Which task, and why (for the history)."""

    task: str
    reason: str = ""
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParams:
    """Which task; without one, the draft that comes first by priority and age."""

    task: str | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryParams:
    """Which task, what its agent is told, and how many new attempts and rounds it gets."""

    task: str
    feedback: str = ""
    attempts: int | None = None
    rounds: int | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkParams:
    """Which task, which mark (idle, complete, fail, reviewed), and why.

    `head` is the commit that was reviewed; without it, the one that the task has now.
    """

    task: str
    mark: str
    reason: str = ""
    head: str | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeParams:
    """Which project; without one, all of them."""

    project: str | None = None
    cwd: str | None = None


async def _submit(call: Call, task: Task, *, event: Event) -> TaskShape:
    changed = await call.engine.writer.submit(task.id, event)
    return task_shape(changed, await projects_of(call.context))


def _which(params: MoveParams | RetryParams | MarkParams) -> TaskParams:
    return TaskParams(task=params.task, project=params.project, cwd=params.cwd)


@method("task.open", Role.LEAD)
async def open_(call: Call, params: RunParams) -> TaskShape:
    """Release a draft, or go on with a stopped task; without a name, the next draft."""
    if params.task is None:
        task = await _next_draft(call.context, params)
    else:
        which = TaskParams(task=params.task, project=params.project, cwd=params.cwd)
        task = await the_task(call, which)
    if task.status in {Status.NEW, Status.ROUTED}:
        return task_shape(task, await projects_of(call.context))
    return await _submit(call, task, event=TaskOpened(at=call.now(), actor=call.actor))


@method("task.stop", Role.SESSION)
async def stop(call: Call, params: MoveParams) -> TaskShape:
    """End a task's session and keep its workspace; `task.open` goes on."""
    task = await the_task(call, _which(params))
    await guard(call, task)
    reason = check_note(params.reason, "the reason") or "stopped"
    return await _submit(
        call, task, event=TaskStopped(at=call.now(), actor=call.actor, reason=reason)
    )


@method("task.retry", Role.LEAD)
async def retry(call: Call, params: RetryParams) -> TaskShape:
    """Start a task again with a new budget; the only way out of done and cancelled."""
    task = await the_task(call, _which(params))
    limits = (await _settings(call.context, task)).limits
    event = TaskRetried(
        at=call.now(),
        actor=call.actor,
        budget=Budget(
            attempts=limits.attempts if params.attempts is None else params.attempts,
            rounds=limits.rounds if params.rounds is None else params.rounds,
        ),
        feedback=check_prompt(params.feedback),
    )
    if event.budget.attempts < 1:
        raise invalid("a retry needs at least one attempt")
    return await _submit(call, task, event=event)


@method("task.unblock", Role.LEAD)
async def unblock(call: Call, params: MoveParams) -> TaskShape:
    """Let a blocked task go on without what it waits for."""
    task = await the_task(call, _which(params))
    return await _submit(call, task, event=TaskUnblocked(at=call.now(), actor=call.actor))


@method("task.unblock_all", Role.LEAD)
async def unblock_all(call: Call, params: ScopeParams) -> tuple[TaskShape, ...]:
    """Let all blocked tasks of a project, or of all projects, go on."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    query = TaskQuery(
        project_id=project.id if project else None, statuses=(Status.BLOCKED,), limit=100_000
    )
    moved: list[TaskShape] = []
    for task in await call.read(call.store.tasks, query):
        event = TaskUnblocked(at=call.now(), actor=call.actor)
        try:
            moved.append(await _submit(call, task, event=event))
        except UnexpectedEvent:
            continue  # It moved on by itself meanwhile.
    return tuple(moved)


@method("task.mark", Role.PERSON)
async def mark(call: Call, params: MarkParams) -> TaskShape:
    """Set a mark that a person may set: idle, complete, fail, reviewed."""
    make = _MARKS.get(params.mark)
    if make is None:
        raise invalid(f"there is no mark {params.mark!r}", candidates=list(_MARKS))
    task = await the_task(call, _which(params))
    return await _submit(call, task, event=make(_Mark(task, params, call.now(), call.actor)))


@dataclass(frozen=True, slots=True)
class _Mark:
    task: Task
    params: MarkParams
    at: float
    actor: str


def _idle(mark: _Mark) -> Event:
    if mark.task.attempt is None or mark.task.status is not Status.IN_PROGRESS:
        raise WireError(Code.REFUSED, f"{mark.task.id} has no session that could be idle")
    seen = Evidence(rule="person", observation=f"marked idle by {mark.actor}", at=mark.at)
    return ActivityObserved(
        at=mark.at,
        actor=mark.actor,
        attempt=mark.task.attempt.n,
        activity=Activity.IDLE,
        evidence=seen,
    )


def _complete(mark: _Mark) -> Event:
    return TaskCompleted(at=mark.at, actor=mark.actor)


def _fail(mark: _Mark) -> Event:
    reason = check_note(mark.params.reason, "the reason")
    return TaskFailed(at=mark.at, actor=mark.actor, reason=reason)


def _reviewed(mark: _Mark) -> Event:
    now = mark.task.attempt.head if mark.task.attempt else None
    head = mark.params.head or now
    if head is None:
        raise WireError(
            Code.REFUSED,
            f"{mark.task.id} has no commit that could be approved",
            next=f"orch task show {mark.task.id}",
        )
    if now and now.startswith(head):
        head = now
    return TaskReviewed(at=mark.at, actor=mark.actor, head=head)


_MARKS: dict[str, Callable[[_Mark], Event]] = {
    "idle": _idle,
    "complete": _complete,
    "fail": _fail,
    "reviewed": _reviewed,
}


async def _next_draft(context: Context, params: RunParams) -> Task:
    project = await maybe_project(context, name=params.project, cwd=params.cwd)
    query = TaskQuery(
        project_id=project.id if project else None,
        statuses=(Status.DRAFT,),
        admission=True,
        limit=1,
    )
    found = await context.read(context.engine.store.tasks, query)
    if not found:
        message = "no draft waits; tasks that are not drafts start by themselves"
        raise WireError(Code.NOT_FOUND, message, next="orch status")
    return found[0]


async def _settings(context: Context, task: Task) -> ProjectSettings:
    project = (await projects_of(context)).get(task.project_id)
    if project is None:
        return ProjectSettings()
    try:
        return await context.configuration.project(project)
    except Permanent:
        return ProjectSettings()
