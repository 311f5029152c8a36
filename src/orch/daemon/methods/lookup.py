"""Finds what an argument names: a task by id, key, slug or worker; a project by name or folder."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from orch.core.landing import Item, ItemState
from orch.core.project import Project
from orch.core.task import Task
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.rights import Role
from orch.daemon.views import by_id
from orch.ports.errors import Permanent
from orch.ports.store import ItemQuery, TaskQuery
from orch.wire.codes import Code, WireError, invalid, not_found

_TASK_ID = re.compile(r"t\d+", re.IGNORECASE)
LANDING_ID = re.compile(r"l\d+", re.IGNORECASE)
_BRANCHES = ("refs/orch/sources/", "refs/heads/", "")
_MOST = 20
_DEPTH = 16


async def projects_of(context: Context) -> dict[str, Project]:
    """Return the registered projects by id."""
    return by_id(await context.read(context.engine.registry.projects))


async def find_project(context: Context, *, name: str | None, cwd: str | None) -> Project:
    """Find the project that is meant: by name, id or path, else the one around a folder.

    Raises `WireError` if there is none, or if a name fits several.
    """
    if not (name or cwd):
        raise invalid("name a project: --project NAME", next="orch project list")
    if not await projects_of(context):
        message = "no project is registered yet"
        raise WireError(Code.NOT_FOUND, message, next="orch init in a repository")
    find = context.projects.find
    try:
        return await context.read(find, Path(cwd or "/"), named=name or "")
    except Permanent as error:
        raise WireError(Code.NOT_FOUND, error.reason, next=error.remedy) from error


async def maybe_project(context: Context, *, name: str | None, cwd: str | None) -> Project | None:
    """Find the project that is meant, or None where none is named and the folder has none."""
    if name:
        return await find_project(context, name=name, cwd=cwd)
    return await context.read(context.projects.around, Path(cwd)) if cwd else None


async def find_task(call: Call, *, name: str, project: Project | None = None) -> Task:
    """Find the task that an argument names: id, key, slug, worker, in this order.

    A match in `project` comes before those elsewhere. Raises `WireError`: not found, ambiguous,
    or forbidden where a session asks for another's task.
    """
    task = await _resolve(call.context, name.strip(), project=project)
    if call.caller.role is Role.SESSION and not await is_own(call, task):
        raise WireError(
            Code.FORBIDDEN,
            f"session {call.caller.session} may not see {task.id}, only its own task",
        )
    return task


async def is_own(call: Call, task: Task) -> bool:
    """Tell whether a task is the caller's own, or was filed under it."""
    current: Task | None = task
    for _ in range(_DEPTH):
        if current is None:
            return False
        if current.id == call.caller.task_id:
            return True
        if current.parent is None:
            return False
        parents = await call.read(call.store.tasks, TaskQuery(ids=(current.parent,)))
        current = parents[0] if parents else None
    return False


def is_open(item: Item) -> bool:
    """Tell whether something can still be done about a landing."""
    return item.is_open


def can_be_undone(item: Item) -> bool:
    """Tell whether a landing brought a change of its own; what took one back is named by its id."""
    return item.state is ItemState.LANDED and not item.reverts


async def find_landing(
    context: Context,
    *,
    name: str,
    project: Project | None = None,
    fit: Callable[[Item], bool] | None = None,
) -> Item:
    """Find a landing by its id, or the newest one of a task, or of a branch.

    With `fit` it is the newest that fits, if one does. Raises `WireError` where those that fit
    are in several lanes: which one is meant can't be guessed then.
    """
    if LANDING_ID.fullmatch(name):
        found = await context.read(context.engine.store.items, ItemQuery(ids=(name.lower(),)))
        if found:
            return found[0]
        raise not_found("landing", name, look="orch landings")
    found = await _landings_of(context, name, project=project)
    fitting = [item for item in found if fit and fit(item)]
    if len({(item.project_id, item.target) for item in fitting}) > 1:
        raise WireError(
            Code.AMBIGUOUS,
            f"{name!r} fits landings in several lanes; name one by its id",
            candidates=[f"{item.id}  {item.target}  {item.title}" for item in fitting[:_MOST]],
            next="orch landings",
        )
    return (fitting or found)[0]


async def _landings_of(context: Context, name: str, *, project: Project | None) -> Sequence[Item]:
    """List the landings of a task or a branch, newest first; there is at least one."""
    try:
        task = await _resolve(context, name, project=project)
    except WireError as error:
        landings = await _of_branch(context, name, project=project)
        if not landings or error.code is not Code.NOT_FOUND:
            raise
        return landings
    query = ItemQuery(task_id=task.id, limit=_MOST, newest_first=True)
    found = await context.read(context.engine.store.items, query)
    if not found:
        raise WireError(
            Code.NOT_FOUND, f"{task.id} has no landing", next=f"orch task show {task.id}"
        )
    return found


async def _of_branch(context: Context, name: str, *, project: Project | None) -> list[Item]:
    query = ItemQuery(project_id=project.id if project else None, newest_first=True)
    found = await context.read(context.engine.store.items, query)
    refs = {f"{prefix}{name}" for prefix in _BRANCHES}
    return [item for item in found if item.source_ref in refs]


async def _resolve(context: Context, name: str, *, project: Project | None) -> Task:
    if not name:
        raise invalid("a task is named by its id, key, slug or worker", next="orch task list")
    for query in _ways(name):
        found: Sequence[Task] = ()
        if project:
            here = replace(query, project_id=project.id)
            found = await context.read(context.engine.store.tasks, here)
        found = found or await context.read(context.engine.store.tasks, query)
        if found:
            return _only(found, name)
    raise not_found("task", name, look="orch task list")


def _ways(name: str) -> list[TaskQuery]:
    by_id = [TaskQuery(ids=(name.lower(),), limit=_MOST)] if _TASK_ID.fullmatch(name) else []
    return [
        *by_id,
        TaskQuery(key=name, limit=_MOST),
        TaskQuery(slug=name.lower(), limit=_MOST),
        TaskQuery(worker=name.lower(), limit=_MOST),
    ]


def _only(found: Sequence[Task], name: str) -> Task:
    if len(found) == 1:
        return found[0]
    raise WireError(
        Code.AMBIGUOUS,
        f"{name!r} fits {len(found)} tasks; name one by its id",
        candidates=[f"{task.id}  {task.title}" for task in found],
        next=f"orch task show {found[0].id}",
    )


async def project_of(context: Context, task: Task) -> Project:
    """Return a task's project. Raises `WireError` if it is not registered any more."""
    found = (await projects_of(context)).get(task.project_id)
    if found is None:
        message = f"the project of {task.id} is not registered any more"
        raise WireError(Code.NOT_FOUND, message, next="orch init in its folder")
    return found
