"""Cleans up after tasks that have ended: says what can go, and has it removed by the guard."""

from collections.abc import Iterator, Sequence

from orch.adapters.workspaces.gc import Ended, Policy, Removal, plan_removals
from orch.adapters.workspaces.sweeping import Removed, carry_out
from orch.core.project import Project
from orch.core.task import FINAL, Status, Task
from orch.daemon.context import Context
from orch.engine.sessions import attempt_of
from orch.engine.workspaces import workspace_settings
from orch.ports.errors import Permanent
from orch.ports.session_host import Liveness
from orch.ports.store import TaskQuery
from orch.ports.workspace import WorkspaceSettings
from orch.wire.shapes.places import RemovalShape

_ALL = 1_000_000
_BYTES_PER_GB = 1_000_000_000
_DAY_S = 86_400.0


async def plan(context: Context, project: Project) -> list[Removal]:
    """Say what of a project can go; changes nothing."""
    tasks = await _tasks(context, project)
    host = context.configuration.host()
    quota = None if host.quota_gb is None else int(host.quota_gb * _BYTES_PER_GB)
    policy = Policy(
        now=context.now(),
        live=frozenset(task.id for task in tasks if task.status not in FINAL),
        ended={
            task.id: Ended(task.updated_at or task.created_at, landed=task.status is Status.DONE)
            for task in tasks
            if task.status in FINAL
        },
        keep_days=host.keep_days,
        quota_bytes=quota,
        rest_before=context.started_at,
    )
    planned = await plan_removals(context.home, project, policy=policy)
    # What a task has that was filed or begun again meanwhile looked like what one left behind.
    goes_on = {task.id for task in await _tasks(context, project) if task.status not in FINAL}
    return [one for one in planned if one.task_id not in goes_on - policy.live]


async def _tasks(context: Context, project: Project) -> Sequence[Task]:
    query = TaskQuery(project_id=project.id, limit=_ALL)
    return await context.read(context.engine.store.tasks, query)


async def sweep(context: Context, project: Project) -> list[Removed]:
    """Remove what can go; what the guard refuses stays and is told."""
    removed = await remove(context, project, planned=await plan(context, project))
    await forget_sessions(context, project)
    return removed


async def remove(context: Context, project: Project, *, planned: list[Removal]) -> list[Removed]:
    """Remove what was planned, by the guard; but nothing of a task that has been begun again."""
    try:
        table = (await context.configuration.project(project)).workspace
        settings = workspace_settings(table)
    except Permanent:
        # Without a configuration in force nothing of it runs, the teardown neither.
        settings = WorkspaceSettings()
    removed: list[Removed] = []
    for one in planned:
        if one.task_id and await _goes_on(context, one.task_id):
            removed.append(Removed(removal=one, refused="its task goes on"))
        else:
            removed += await carry_out(context.home, project, plan=[one], settings=settings)
    return removed


async def _goes_on(context: Context, task_id: str) -> bool:
    query = TaskQuery(ids=(task_id,), limit=1)
    found = await context.read(context.engine.store.tasks, query)
    return any(task.status not in FINAL for task in found)


async def forget_sessions(context: Context, project: Project) -> None:
    """Remove records and transcripts of sessions whose tasks ended longer ago than is kept."""
    ended = TaskQuery(project_id=project.id, statuses=tuple(FINAL), limit=_ALL)
    tasks = await context.read(context.engine.store.tasks, ended)
    before = context.now() - context.configuration.host().keep_days * _DAY_S
    old = {task.id for task in tasks if task.updated_at < before}
    for state in await context.sessions.list():
        whose = attempt_of(state.name)
        if whose and whose[0] in old and state.liveness is Liveness.GONE:
            await context.sessions.end(state.name, grace_s=0.0, forget=True)


def planned_shapes(planned: list[Removal]) -> Iterator[RemovalShape]:
    """Show what would go."""
    for one in planned:
        yield _shape(one)


def removed_shapes(removed: list[Removed]) -> Iterator[RemovalShape]:
    """Show what went, what was saved of it, and what stays."""
    for one in removed:
        refs = tuple(saved.ref for saved in one.saved)
        yield _shape(one.removal, saved=refs, refused=one.refused)


def _shape(one: Removal, *, saved: tuple[str, ...] = (), refused: str = "") -> RemovalShape:
    return RemovalShape(
        what=one.kind.value,
        path=one.where,
        task=one.task_id,
        size_bytes=one.size_bytes,
        why=one.why,
        saved=saved,
        refused=refused,
    )
