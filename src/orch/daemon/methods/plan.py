"""Methods that plan: which open tasks can be worked on at once."""

from dataclasses import dataclass

from orch.core.claims import claim_of
from orch.core.order import parallel
from orch.core.task import Status, Task
from orch.daemon.call import Call
from orch.daemon.methods.lookup import maybe_project, projects_of
from orch.daemon.methods.table import method
from orch.daemon.rights import Role
from orch.daemon.views import Projects, project_name
from orch.ports.store import TaskQuery
from orch.wire.shapes.tasks import PlannedShape

_OPEN = (
    *(Status.DRAFT, Status.NEW, Status.ROUTED, Status.BLOCKED),
    *(Status.IN_PROGRESS, Status.IN_REVIEW, Status.LANDING),
)
_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanParams:
    """Which project's tasks; without one, those of all."""

    project: str | None = None


@method("plan.parallel", Role.LEAD)
async def plan_parallel(call: Call, params: PlanParams) -> tuple[PlannedShape, ...]:
    """Put the open tasks into batches that share no files, in the order of admission."""
    project = await maybe_project(call.context, name=params.project, cwd=None)
    query = TaskQuery(project_id=project.id if project else None, statuses=_OPEN, limit=_MOST)
    found = parallel(await call.read(call.store.tasks, query))
    projects = await projects_of(call.context)
    planned = [
        _planned(task, number, projects=projects)
        for number, batch in enumerate(found.batches, 1)
        for task in batch
    ]
    return (*planned, *(_planned(task, None, projects=projects) for task in found.unknown))


def _planned(task: Task, batch: int | None, *, projects: Projects) -> PlannedShape:
    claim = claim_of(task)
    return PlannedShape(
        task=task.id,
        batch=batch,
        title=task.title,
        status=task.status.value,
        project=project_name(projects, task.project_id),
        base=task.base,
        priority=task.priority,
        files=claim.patterns,
        named=claim.named,
        after=task.after,
    )
