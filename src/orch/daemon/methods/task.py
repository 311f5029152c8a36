"""Methods that read tasks: list, show, tree, history, diff, and waiting for their end."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from orch.core.task import ENDED, FINAL, BlockedOn, Status, Task
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.details import task_detail
from orch.daemon.diffs import diff_of
from orch.daemon.lineage import mine
from orch.daemon.methods.lookup import find_task, is_own, maybe_project, projects_of
from orch.daemon.methods.table import method
from orch.daemon.rights import Role
from orch.daemon.views import Projects, event_shape, task_shape
from orch.ports.store import EventQuery, TaskQuery
from orch.wire.codes import invalid
from orch.wire.shapes.overview import EventShape
from orch.wire.shapes.tasks import DiffShape, TaskDetail, TaskShape, TreeShape, WaitShape

_DEPTH = 16
_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskParams:
    """Which task: id, key, slug or worker name, looked for in the folder's project first."""

    task: str
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParams:
    """Which tasks; every condition has to hold. `open` leaves out what is done or cancelled.

    `mine`: of a session what was filed below its task, of a person what they added themselves.
    """

    project: str | None = None
    cwd: str | None = None
    statuses: tuple[str, ...] | None = None
    label: str | None = None
    agent: str | None = None
    parent: str | None = None
    open: bool = False
    mine: bool = False
    limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryParams:
    """Whose history, and how much of its end."""

    task: str
    limit: int = 200
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitParams:
    """Which tasks to wait for, and for how many seconds at most (null: for ever).

    `mine` are all that the caller filed (of a person: those that are open now). `any` waits for
    the first end instead of the last.
    """

    tasks: tuple[str, ...] = ()
    mine: bool = False
    any: bool = False
    timeout_s: float | None = None
    project: str | None = None
    cwd: str | None = None


async def the_task(call: Call, params: TaskParams) -> Task:
    """Find the task that the parameters name."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    return await find_task(call, name=params.task, project=project)


@method("task.show", Role.SESSION)
async def show(call: Call, params: TaskParams) -> TaskDetail:
    """Show all that is known of a task: its attempts, its landing, what was saved."""
    return await task_detail(call.context, await the_task(call, params))


@method("task.list", Role.SESSION)
async def list_(call: Call, params: ListParams) -> tuple[TaskShape, ...]:
    """List tasks, newest first; a session sees its own and those filed under it."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    query = TaskQuery(
        project_id=project.id if project else None,
        statuses=_statuses(params),
        label=params.label,
        agent=params.agent,
        parent=params.parent.lower() if params.parent else None,
        limit=_MOST if params.mine else max(1, params.limit),
    )
    found = list(await call.read(call.store.tasks, query))
    if params.mine:
        own = {task.id for task in await mine(call)}
        found = [task for task in found if task.id in own][: max(1, params.limit)]
    elif call.caller.role is Role.SESSION:
        found = [task for task in found if await is_own(call, task)]
    projects = await projects_of(call.context)
    return tuple(task_shape(task, projects) for task in found)


@method("task.tree", Role.SESSION)
async def tree(call: Call, params: TaskParams) -> TreeShape:
    """Show a task with all that was filed under it."""
    task = await the_task(call, params)
    return await _tree(call.context, task, projects=await projects_of(call.context), depth=_DEPTH)


@method("task.history", Role.SESSION)
async def history(call: Call, params: HistoryParams) -> tuple[EventShape, ...]:
    """Tell what happened to a task, oldest first, with who did it and why."""
    which = TaskParams(task=params.task, project=params.project, cwd=params.cwd)
    task = await the_task(call, which)
    query = EventQuery(task_id=task.id, limit=max(1, params.limit), last=True)
    projects = await projects_of(call.context)
    events = await call.read(call.store.events, query)
    return tuple(event_shape(event, projects) for event in events)


@method("task.diff", Role.SESSION)
async def diff(call: Call, params: TaskParams) -> DiffShape:
    """Show a task's change against its base: the claimed commit, else the live workspace."""
    task = await the_task(call, params)
    project = (await projects_of(call.context)).get(task.project_id)
    if project is None or task.attempt is None or not task.attempt.base_commit:
        raise invalid(f"{task.id} has no work yet: {task.status.replace('_', ' ')}")
    return await diff_of(task, task.attempt, project=project)


@method("task.wait", Role.SESSION, waits=True)
async def wait(call: Call, params: WaitParams) -> WaitShape:
    """Wait until all of these tasks (or any) have ended; waits for events and never polls.

    A session is not kept waiting while one of its tasks needs it: it asks something, or is
    blocked on what does not end by itself. `waiting` names those.
    """
    chosen = await _chosen(call, params)
    timed_out = True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(params.timeout_s):
            await _until(call, chosen, any_one=params.any)
            timed_out = False
    found = await chosen()
    projects = await projects_of(call.context)
    return WaitShape(
        ended=tuple(task_shape(task, projects) for task in found if task.status in ENDED),
        open=tuple(task_shape(task, projects) for task in found if task.status not in ENDED),
        waiting=tuple(task_shape(task, projects) for task in found if _needs_somebody(task)),
        timed_out=timed_out,
    )


Chosen = Callable[[], Awaitable[list[Task]]]
"""Reads the tasks that are waited for, as they are now."""


async def _chosen(call: Call, params: WaitParams) -> Chosen:
    if params.mine and params.tasks:
        raise invalid("--mine names the tasks itself", next="orch wait --mine")
    if params.mine and call.caller.role is Role.SESSION:
        # What its tasks file meanwhile is waited for too.
        return partial(mine, call)
    if params.mine:
        ids = tuple(task.id for task in await mine(call) if task.status not in ENDED)
        return partial(_tasks, call.context, ids)
    if not params.tasks:
        raise invalid("name the tasks to wait for, or --mine", next="orch task list")
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    named = [(await find_task(call, name=name, project=project)).id for name in params.tasks]
    if call.caller.task_id in named:
        message = f"{call.caller.task_id} is the caller's own task and ends only after the caller"
        raise invalid(message, next="orch wait --mine")
    return partial(_tasks, call.context, tuple(dict.fromkeys(named)))


async def _until(call: Call, chosen: Chosen, *, any_one: bool) -> None:
    writer = call.context.engine.writer
    is_lead = call.caller.role is Role.SESSION
    seen = await writer.changed(-1)
    while True:
        tasks = await chosen()
        ends = [task.status in ENDED for task in tasks]
        if all(ends) or (any_one and any(ends)):
            return
        if is_lead and any(_needs_somebody(task) for task in tasks):
            return
        seen = await writer.changed(seen)


def _needs_somebody(task: Task) -> bool:
    """Tell whether an open task waits for what others have to do."""
    if any(question.is_open for question in task.questions):
        return True
    by_itself = task.blocked_on in {BlockedOn.DEPENDENCY, BlockedOn.CHILDREN}
    return task.status is Status.BLOCKED and not by_itself and task.resume_at is None


async def _tasks(context: Context, ids: tuple[str, ...]) -> list[Task]:
    if not ids:
        return []
    query = TaskQuery(ids=ids, limit=len(ids))
    found = {task.id: task for task in await context.read(context.engine.store.tasks, query)}
    return [found[key] for key in ids if key in found]


async def _tree(context: Context, task: Task, *, projects: Projects, depth: int) -> TreeShape:
    if not depth:
        return TreeShape(task=task_shape(task, projects), children=())
    children = await context.read(context.engine.store.tasks, TaskQuery(parent=task.id))
    below = [
        await _tree(context, child, projects=projects, depth=depth - 1)
        for child in sorted(children, key=lambda child: child.created_at)
    ]
    return TreeShape(task=task_shape(task, projects), children=tuple(below))


def _statuses(params: ListParams) -> tuple[Status, ...] | None:
    if params.statuses is None:
        return tuple(status for status in Status if status not in FINAL) if params.open else None
    known = {status.value: status for status in Status}
    for name in params.statuses:
        if name not in known:
            raise invalid(f"there is no status {name!r}", candidates=list(known))
    return tuple(known[name] for name in params.statuses)
