"""The method that tells what was spent: by task, agent, model or day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from orch.core.attempt import Attempt
from orch.core.budget import money, worked
from orch.core.settings import ProjectSettings
from orch.core.task import Task
from orch.daemon.call import Call
from orch.daemon.methods.lookup import find_project, find_task, project_of
from orch.daemon.methods.table import method
from orch.daemon.rights import Role
from orch.ports.store import TaskQuery
from orch.wire.codes import invalid
from orch.wire.shapes.costs import CostLine, CostShape

_WAYS = ("task", "agent", "model", "day")
_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CostParams:
    """Which task (else the whole project), told by task, agent, model or day (of UTC).

    `since` leaves out attempts that began before that second of the epoch.
    """

    task: str | None = None
    by: str = "task"
    since: float = 0.0
    project: str | None = None
    cwd: str | None = None


@method("cost.show", Role.LEAD)
async def cost(call: Call, params: CostParams) -> CostShape:
    """Tell what was spent in money, tokens and time, and which caps are set."""
    if params.by not in _WAYS:
        raise invalid(f"{params.by!r} is none of {', '.join(_WAYS)}")
    if params.task:
        task = await find_task(call, name=params.task)
        project = await project_of(call.context, task)
    else:
        task = None
        project = await find_project(call.context, name=params.project, cwd=params.cwd)
    tried = await call.read(call.store.tried, project.id)
    wanted = [
        (task_id, attempt)
        for task_id, attempt in tried
        if attempt.started_at >= params.since and (task is None or task_id == task.id)
    ]
    settings = await call.context.configuration.project(project)
    titles = await _titles(call, project.id) if params.by == "task" else {}
    groups: dict[str, list[Attempt]] = {}
    for task_id, attempt in wanted:
        groups.setdefault(_name(params.by, task_id, attempt=attempt), []).append(attempt)
    now = call.now()
    return CostShape(
        project=project.name,
        by=params.by,
        lines=tuple(
            _line(name, some, settings=settings, title=titles.get(name, ""), now=now)
            for name, some in groups.items()
        ),
        total=_line("total", (one for _, one in wanted), settings=settings, title="", now=now),
        caps={key: value for key, value in asdict(settings.caps).items() if value is not None},
    )


def _name(by: str, task_id: str, *, attempt: Attempt) -> str:
    match by:
        case "agent":
            return attempt.agent
        case "model":
            return (attempt.usage.model if attempt.usage else "") or "unknown"
        case "day":
            began = dt.datetime.fromtimestamp(attempt.started_at, tz=dt.UTC)
            return began.date().isoformat()
        case _:
            return task_id


async def _titles(call: Call, project_id: str) -> dict[str, str]:
    query = TaskQuery(project_id=project_id, limit=_MOST)
    found: list[Task] = list(await call.read(call.store.tasks, query))
    return {task.id: task.title for task in found}


def _line(
    name: str, attempts: Iterable[Attempt], *, settings: ProjectSettings, title: str, now: float
) -> CostLine:
    prices = {profile.name: profile.price for profile in settings.agents}
    some = list(attempts)
    told = [(one, one.usage) for one in some if one.usage is not None and one.usage.measured]
    paid = [money(usage, prices.get(one.agent)) for one, usage in told]
    return CostLine(
        name=name,
        title=title,
        attempts=len(some),
        input_tokens=sum(usage.input_tokens for _, usage in told),
        cached_tokens=sum(usage.cached_tokens for _, usage in told),
        output_tokens=sum(usage.output_tokens for _, usage in told),
        cost=round(sum(one for one in paid if one is not None), 6),
        seconds=round(sum(worked(one, now=now) for one in some), 3),
        unpriced=sum(one is None for one in paid),
        unmeasured=len(some) - len(told),
    )
