"""Gathers all that is known of one task, from the store and from its project's repository."""

from orch.core.judging import bound_to
from orch.core.project import Project
from orch.core.task import Task
from orch.daemon.context import Context
from orch.daemon.landings import show_landings
from orch.daemon.views import (
    attempt_shape,
    budget_shape,
    by_id,
    fields_of,
    saved_shape,
    task_shape,
)
from orch.ports.errors import Permanent, Transient
from orch.ports.store import ItemQuery, TaskQuery
from orch.ports.workspace import Saved
from orch.wire.shapes.judgements import JudgementShape, RemarkShape
from orch.wire.shapes.tasks import TaskDetail


async def task_detail(context: Context, task: Task) -> TaskDetail:
    """Show a task in full. What can't be read just now (a missing repository) is left empty."""
    store = context.engine.store
    projects = by_id(await context.read(context.engine.registry.projects))
    attempts = await context.read(store.attempts, task.id)
    items = await context.read(store.items, ItemQuery(task_id=task.id, limit=1, newest_first=True))
    children = await context.read(store.tasks, TaskQuery(parent=task.id))
    project = projects.get(task.project_id)
    return TaskDetail(
        **fields_of(task_shape(task, projects)),
        kind=task.kind,
        prompt=task.prompt,
        feedback=task.feedback,
        lead=task.lead,
        children=tuple(sorted(child.id for child in children)),
        allowed_files=task.scope.allowed,
        forbidden_files=task.scope.forbidden,
        budget=budget_shape(task),
        attempts=tuple(attempt_shape(attempt) for attempt in attempts),
        landing=next(iter(await show_landings(context, items, projects=projects)), None),
        judgement=judgement_shape(task),
        saved=tuple(saved_shape(saved) for saved in await _saved(context, task, project=project)),
        workspace=task.attempt.workspace if task.attempt and not task.is_final else "",
        export=export_command(task, project),
    )


def judgement_shape(task: Task) -> JudgementShape | None:
    """Show what a judge said last, and whether it still counts."""
    said = task.judgement
    if said is None:
        return None
    return JudgementShape(
        verdict=said.ruling.value,
        summary=said.summary,
        findings=tuple(
            RemarkShape(path=one.path, line=one.line, severity=one.gravity.value, text=one.text)
            for one in said.remarks
        ),
        head=said.bound.head,
        agent=said.agent,
        session=said.session,
        at=said.at,
        counts=said.bound == bound_to(task, task.attempt.head or "" if task.attempt else ""),
    )


def export_command(task: Task, project: Project | None) -> str:
    """Return the git command that brings a task's branch into the person's own repository."""
    if project is None or task.attempt is None or not task.attempt.base_commit:
        return ""
    source = f"refs/orch/attempts/{task.id}/{task.attempt.n}"
    if task.attempt.head is None:
        source = f"refs/heads/{task.branch}"
    return f"git fetch '{project.hub}' '{source}:refs/heads/{task.branch}'"


async def _saved(context: Context, task: Task, *, project: Project | None) -> tuple[Saved, ...]:
    if project is None or task.attempt is None:
        return ()
    try:
        return tuple(await context.engine.workspaces.saved(project, task_id=task.id))
    except (Permanent, Transient):
        return ()
