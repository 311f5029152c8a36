"""Tells what is on its way into a lane, and is held before it by its judge."""

from collections.abc import Iterable

from orch.core.attempt import Phase
from orch.core.retry import limited_agent, waits_for_judge
from orch.core.task import Status, Task
from orch.daemon.context import Context
from orch.daemon.views import Projects, project_name
from orch.ports.errors import Permanent
from orch.ports.store import EventQuery
from orch.wire.shapes.landings import BeforeLane


def is_before_lane(task: Task) -> bool:
    """Tell whether a task's work would be in its lane by now, if a judge had said its word."""
    return _is_judged(task) or (task.status is Status.BLOCKED and waits_for_judge(task))


def _is_judged(task: Task) -> bool:
    attempt = task.attempt
    return task.status is Status.IN_REVIEW and bool(attempt and attempt.phase is Phase.JUDGING)


async def before_lane(
    context: Context, tasks: Iterable[Task], *, projects: Projects
) -> tuple[BeforeLane, ...]:
    """Show those of some tasks that are held before their lane, in the order in which they came."""
    held = [(await _since(context, task), task) for task in tasks if is_before_lane(task)]
    return tuple(
        [
            BeforeLane(
                task=task.id,
                title=task.title,
                project=project_name(projects, task.project_id),
                target=task.base,
                state="judging" if _is_judged(task) else "limit",
                judge=await _judge(context, task, projects=projects),
                since=since,
                until=None if _is_judged(task) else task.resume_at,
                reason=task.reason,
            )
            for since, task in sorted(held, key=lambda one: (one[0], one[1].created_at))
        ]
    )


async def _since(context: Context, task: Task) -> float:
    """Say when its gate passed, or its judge met its limit."""
    if not _is_judged(task):
        return task.judgement.at if task.judgement else task.updated_at
    query = EventQuery(task_id=task.id, kinds=("GatePassed",), limit=1, last=True)
    passed = await context.read(context.engine.store.events, query)
    return passed[-1].at if passed else task.updated_at


async def _judge(context: Context, task: Task, *, projects: Projects) -> str:
    """Name the profile that judges: the one that was asked, or that its project names."""
    if not _is_judged(task):
        return limited_agent(task) or ""
    own, project = task.attempt.agent if task.attempt else "", projects.get(task.project_id)
    try:
        settings = await context.configuration.project(project) if project else None
    except Permanent:  # Its configuration is told of elsewhere.
        return own
    return (settings.landing.judge_agent if settings else "") or own
