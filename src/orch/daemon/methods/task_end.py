"""Methods that end tasks, those below them first: cancel, close, and giving up many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from orch.core.events import TaskClosed
from orch.core.task import FINAL, Status, Task
from orch.daemon.call import Call
from orch.daemon.lineage import below, guard, mine, open_below
from orch.daemon.methods.lookup import maybe_project, projects_of
from orch.daemon.methods.table import method
from orch.daemon.methods.task import TaskParams, the_task
from orch.daemon.methods.wording import check_note
from orch.daemon.rights import Role
from orch.daemon.views import task_shape
from orch.engine.queue import LandingRefused
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.tasks import TaskShape

_OPEN = tuple(status for status in Status if status not in FINAL)
_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EndParams:
    """Which task, why (for the history), and what becomes of the open tasks below it.

    `cascade` gives them up too, before it; `orphan` lets them go on by themselves.
    """

    task: str
    reason: str = ""
    cascade: bool = False
    orphan: bool = False
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAllParams:
    """Which tasks: the caller's own, or all of a project or of all projects.

    `dry_run` only says which ones would be given up.
    """

    mine: bool = False
    reason: str = ""
    dry_run: bool = False
    project: str | None = None


@method("task.cancel", Role.SESSION)
async def cancel(call: Call, params: EndParams) -> TaskShape:
    """Give a task up: its session ends, its work is saved, it never lands.

    The open tasks below it are given up before it, the deepest first, each with its work saved;
    with `orphan` they go on.
    """
    task = await _named(call, params)
    reason = check_note(params.reason, "the reason")
    async with call.context.filing:
        if not params.orphan and task.status not in FINAL:
            await _give_up_below(call, task, reason=reason)
        gone = await call.engine.cancel(task.id, reason, actor=call.actor)
    return task_shape(gone, await projects_of(call.context))


@method("task.close", Role.PERSON)
async def close(call: Call, params: EndParams) -> TaskShape:
    """Take a task as done without a landing; the reason is the closing note.

    While tasks below it are open this is refused, unless `cascade` or `orphan` says what becomes
    of them.
    """
    task = await _named(call, params)
    note = check_note(params.reason)
    async with call.context.filing:
        if task.status not in FINAL and not params.orphan:
            left = open_below(await below(call, (task,)))
            if left and not params.cascade:
                raise _with_others(task, left)
            await _give_up(call, left, reason=note or _why(task))
        event = TaskClosed(at=call.now(), actor=call.actor, note=note)
        closed = await call.engine.writer.submit(task.id, event)
    return task_shape(closed, await projects_of(call.context))


@method("task.cancel_all", Role.SESSION)
async def cancel_all(call: Call, params: EndAllParams) -> tuple[TaskShape, ...]:
    """Give up many tasks at once, the deepest first; a session gives up only what it filed."""
    if call.caller.role is Role.SESSION and not params.mine:
        raise WireError(
            Code.FORBIDDEN,
            f"session {call.caller.session} gives up only what it filed; nothing was changed",
            next="orch killall --mine",
        )
    reason = check_note(params.reason, "the reason")
    async with call.context.filing:
        chosen = await _chosen(call, params)
        if not params.dry_run:
            chosen = await _give_up(call, chosen, reason=reason)
    projects = await projects_of(call.context)
    return tuple(task_shape(task, projects) for task in chosen)


async def _named(call: Call, params: EndParams) -> Task:
    if params.cascade and params.orphan:
        raise invalid("cascade and orphan contradict each other")
    which = TaskParams(task=params.task, project=params.project, cwd=params.cwd)
    task = await the_task(call, which)
    await guard(call, task)
    return task


async def _chosen(call: Call, params: EndAllParams) -> list[Task]:
    project = await maybe_project(call.context, name=params.project, cwd=None)
    if params.mine:
        own = await mine(call)
    else:
        own = list(await call.read(call.store.tasks, TaskQuery(statuses=_OPEN, limit=_MOST)))
    roots = [task for task in own if project is None or task.project_id == project.id]
    both = {task.id: task for task in (*roots, *await below(call, roots))}
    return sorted(open_below(both.values()), key=lambda task: -task.depth)


async def _give_up_below(call: Call, task: Task, *, reason: str) -> None:
    left = open_below(await below(call, (task,)))
    await _give_up(call, left, reason=reason or _why(task))


async def _give_up(call: Call, tasks: Sequence[Task], *, reason: str) -> list[Task]:
    """Cancel them in this order; at the first that can't be the rest stays as it is."""
    gone: list[Task] = []
    for task in tasks:
        try:
            gone.append(await call.engine.cancel(task.id, reason, actor=call.actor))
        except LandingRefused as error:
            before = f"{', '.join(one.id for one in gone)} were given up before" if gone else ""
            words = f"{task.id} can't be given up: {error}"
            raise WireError(
                Code.REFUSED, words, kept=before or "nothing was changed", next="orch queue"
            ) from error
    return gone


def _why(task: Task) -> str:
    return f"{task.id}, which it is a part of, has ended"


def _with_others(task: Task, left: Sequence[Task]) -> WireError:
    return WireError(
        Code.REFUSED,
        f"{len(left)} tasks below {task.id} are open; nothing was changed",
        candidates=[f"{one.id}  {one.title}" for one in left],
        next=f"orch task close {task.id} --cascade (they are given up, their work is saved) or "
        f"--orphan (they go on)",
    )
