"""Methods that read tasks: list, show, tree, history, diff, and waiting for their end."""

import asyncio
import contextlib
from dataclasses import dataclass

from orch.core.task import ENDED, FINAL, Status, Task
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.details import task_detail
from orch.daemon.diffs import diff_of
from orch.daemon.methods.lookup import find_task, is_own, maybe_project, projects_of
from orch.daemon.methods.table import method
from orch.daemon.rights import Role
from orch.daemon.views import Projects, event_shape, task_shape
from orch.ports.store import EventQuery, TaskQuery
from orch.wire.codes import invalid
from orch.wire.shapes.overview import EventShape
from orch.wire.shapes.tasks import DiffShape, TaskDetail, TaskShape, TreeShape, WaitShape

_DEPTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskParams:
    """Which task: id, key, slug or worker name, looked for in the folder's project first."""

    task: str
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParams:
    """Which tasks; every condition has to hold. `open` leaves out what is done or cancelled."""

    project: str | None = None
    cwd: str | None = None
    statuses: tuple[str, ...] | None = None
    label: str | None = None
    agent: str | None = None
    parent: str | None = None
    open: bool = False
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
    """Which tasks to wait for, and for how many seconds at most (null: for ever)."""

    tasks: tuple[str, ...]
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
        limit=max(1, params.limit),
    )
    found = await call.read(call.store.tasks, query)
    if call.caller.role is Role.SESSION:
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
    """Wait until all of these tasks have ended; waits for events and never polls."""
    if not params.tasks:
        raise invalid("name the tasks to wait for", next="orch task list")
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    ids = tuple(
        dict.fromkeys(
            [(await find_task(call, name=name, project=project)).id for name in params.tasks]
        )
    )
    timed_out = True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(params.timeout_s):
            await _all_ended(call.context, ids)
            timed_out = False
    found = await _tasks(call.context, ids)
    projects = await projects_of(call.context)
    return WaitShape(
        ended=tuple(task_shape(task, projects) for task in found if task.status in ENDED),
        open=tuple(task_shape(task, projects) for task in found if task.status not in ENDED),
        timed_out=timed_out,
    )


async def _all_ended(context: Context, ids: tuple[str, ...]) -> None:
    seen = await context.engine.writer.changed(-1)
    while any(task.status not in ENDED for task in await _tasks(context, ids)):
        seen = await context.engine.writer.changed(seen)


async def _tasks(context: Context, ids: tuple[str, ...]) -> list[Task]:
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
