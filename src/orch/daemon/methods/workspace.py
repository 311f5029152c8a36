"""Methods of workspaces: where one is, what was saved, and cleaning up."""

from dataclasses import dataclass
from pathlib import Path

from orch.adapters.hub import open_hub
from orch.adapters.workspaces.saved import restore_as_branch, restore_into, show_saved
from orch.core.project import Project
from orch.core.task import Task
from orch.daemon.call import Call
from orch.daemon.cleaning import plan, planned_shapes, remove, removed_shapes, sweep
from orch.daemon.lineage import mine
from orch.daemon.methods.lookup import (
    find_project,
    find_task,
    maybe_project,
    project_of,
    projects_of,
)
from orch.daemon.methods.table import method
from orch.daemon.rights import Role
from orch.daemon.surroundings import environment_of
from orch.daemon.views import saved_shape
from orch.wire.codes import Code, WireError
from orch.wire.shapes.places import RemovalShape, Restored, SavedDetail, WorkspaceShape
from orch.wire.shapes.tasks import SavedShape


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceParams:
    """Whose workspace."""

    task: str
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GcParams:
    """Of which project; without one, of all. `dry_run` only says what would go.

    `mine`: only what tasks left behind that the caller filed or added.
    """

    dry_run: bool = False
    mine: bool = False
    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedParams:
    """What was saved: of one task, or of a whole project."""

    task: str | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRefParams:
    """Which saved work: its ref, or what stands behind `refs/orch/saved/` in it."""

    ref: str
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreParams:
    """Which saved work, and where to: a branch (named, or made up), or a task's workspace."""

    ref: str
    branch: str = ""
    into: str | None = None
    project: str | None = None
    cwd: str | None = None


@method("workspace.path", Role.SESSION)
async def path(call: Call, params: WorkspaceParams) -> WorkspaceShape:
    """Say where a task's workspace is, and which environment its commands get."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    task = await find_task(call, name=params.task, project=project)
    folder = _folder(task)
    own = await project_of(call.context, task)
    environment = await call.read(environment_of, call.context.home, task, project=own.name)
    return WorkspaceShape(
        task=task.id, path=str(folder), branch=task.branch, environment=environment
    )


@method("workspace.gc", Role.SESSION)
async def gc(call: Call, params: GcParams) -> tuple[RemovalShape, ...]:
    """Remove what tasks that have ended left behind; what is in danger is saved first."""
    if call.caller.role is Role.SESSION and not params.mine:
        raise WireError(
            Code.FORBIDDEN,
            f"session {call.caller.session} clears away only what it filed left behind",
            next="orch gc --mine",
        )
    own = {task.id for task in await mine(call)} if params.mine else None
    named = await maybe_project(call.context, name=params.project, cwd=None)
    shapes: list[RemovalShape] = []
    for project in [named] if named else (await projects_of(call.context)).values():
        if not await call.read(Path(project.hub).is_dir):
            continue
        if own is not None:
            planned = [one for one in await plan(call.context, project) if one.task_id in own]
            removed = [] if params.dry_run else await remove(call.context, project, planned=planned)
            shapes += planned_shapes(planned) if params.dry_run else removed_shapes(removed)
        elif params.dry_run:
            shapes += planned_shapes(await plan(call.context, project))
        else:
            shapes += removed_shapes(await sweep(call.context, project))
    return tuple(shapes)


@method("saved.list", Role.LEAD)
async def saved(call: Call, params: SavedParams) -> tuple[SavedShape, ...]:
    """List work that was kept before something was removed, newest first."""
    project, task_id = await _whose(call, params)
    found = await call.engine.workspaces.saved(project, task_id=task_id)
    return tuple(saved_shape(one) for one in found)


@method("saved.show", Role.LEAD)
async def show(call: Call, params: SavedRefParams) -> SavedDetail:
    """Show saved work: what it is, its files with their changes."""
    project = await _project_of_ref(call, params)
    return SavedDetail(ref=params.ref, text=await show_saved(await open_hub(project), params.ref))


@method("saved.restore", Role.PERSON)
async def restore(call: Call, params: RestoreParams) -> Restored:
    """Bring saved work back: as a branch of orch's repository, or into a task's workspace."""
    which = SavedRefParams(ref=params.ref, project=params.project, cwd=params.cwd)
    project = await _project_of_ref(call, which)
    hub = await open_hub(project)
    if params.into is None:
        done = await restore_as_branch(hub, params.ref, branch=params.branch)
        return Restored(ref=params.ref, branch=done.branch, export=done.command, paths=())
    task = await find_task(call, name=params.into, project=project)
    paths = await restore_into(hub, params.ref, workspace=_folder(task))
    return Restored(ref=params.ref, branch="", export="", paths=paths)


def _folder(task: Task) -> Path:
    """Return a task's workspace. Raises `WireError` if there is none now."""
    folder = Path(task.attempt.workspace) if task.attempt and task.attempt.workspace else None
    if folder is None or not folder.is_dir():
        raise WireError(
            Code.NOT_FOUND,
            f"{task.id} has no workspace now: {task.status.replace('_', ' ')}",
            kept="what was in it is on its branch, or saved" if folder else "",
            next=f"orch saved list {task.id}" if folder else f"orch why {task.id}",
        )
    return folder


async def _whose(call: Call, params: SavedParams) -> tuple[Project, str | None]:
    if params.task is None:
        return await find_project(call.context, name=params.project, cwd=params.cwd), None
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    task = await find_task(call, name=params.task, project=project)
    return await project_of(call.context, task), task.id


async def _project_of_ref(call: Call, params: SavedRefParams) -> Project:
    """Find the project of a ref by the task's id in it, so that any folder will do."""
    task_id = params.ref.removeprefix("refs/orch/saved/").partition("/")[0]
    which = SavedParams(task=task_id, project=params.project, cwd=params.cwd)
    try:
        return (await _whose(call, which))[0]
    except WireError as error:
        message = f"nothing was saved as {params.ref}"
        raise WireError(Code.NOT_FOUND, message, next="orch saved list") from error
