"""Methods that look at everything: status, inbox, doctor, who works."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from orch.core.findings import Finding, Severity
from orch.core.landing import Item
from orch.core.project import Project
from orch.core.task import FINAL, Status, Task
from orch.daemon.context import Context
from orch.daemon.mend import mend
from orch.daemon.methods.lookup import maybe_project, projects_of
from orch.daemon.methods.queue import queue_items
from orch.daemon.methods.table import method
from orch.daemon.missing import find_missing
from orch.daemon.rights import Caller, Role
from orch.daemon.settings.findings import config_findings
from orch.daemon.views import (
    finding_shape,
    project_shape,
    task_shape,
    total_counts,
    worker_shape,
)
from orch.daemon.waiting import STATUSES, count, entries
from orch.ports.store import ItemQuery, TaskQuery
from orch.wire.shapes.overview import (
    DaemonShape,
    DoctorShape,
    FindingShape,
    InboxEntry,
    StatusShape,
)
from orch.wire.shapes.tasks import TaskShape, WorkerShape

_OPEN = tuple(status for status in Status if status not in FINAL)
_MOST = 100_000
_PLENTY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusParams:
    """Which project; without one, all. At most `limit` tasks are listed, `done` ones on request."""

    project: str | None = None
    limit: int = 50
    done: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeParams:
    """Which project; without one, all."""

    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorParams:
    """Nothing to choose."""


@method("status.get", Role.SESSION)
async def status(context: Context, caller: Caller, params: StatusParams) -> StatusShape:
    """Show where everything stands, on one page."""
    del caller
    store, registry = context.engine.store, context.engine.registry
    seq = await context.engine.writer.changed(-1)
    projects = await projects_of(context)
    named = await maybe_project(context, name=params.project, cwd=None)
    shown: dict[str, Project] = {named.id: named} if named else projects
    counts = await context.read(registry.counts)
    items = await context.read(
        store.items,
        ItemQuery(project_id=named.id if named else None, open_only=True, limit=_MOST),
    )
    return StatusShape(
        daemon=daemon_shape(context),
        projects=tuple(project_shape(project, counts) for project in shown.values()),
        tasks=await _page(context, named, params),
        counts=total_counts(counts, shown),
        queue=await queue_items(context, items, projects),
        inbox=await _waiting(context, named, items),
        warnings=await _warnings(context, list(shown.values())),
        seq=seq,
    )


async def _warnings(context: Context, projects: list[Project]) -> tuple[FindingShape, ...]:
    """Tell what of the configurations does not hold: a bad file keeps the last good one."""
    found = await config_findings(context.configuration, projects)
    return tuple(finding_shape(one) for one in found if one.severity is not Severity.INFO)


async def _waiting(context: Context, project: Project | None, items: Sequence[Item]) -> int:
    """Count what waits for a person, up to a thousand of each kind: more is no different."""
    tasks = [
        task
        for status in STATUSES
        for task in await _tasks(context, project, (status,), limit=_PLENTY)
    ]
    return count(tasks, items)


async def _page(
    context: Context, project: Project | None, params: StatusParams
) -> tuple[TaskShape, ...]:
    open_ones = await _tasks(context, project, _OPEN, limit=max(1, params.limit))
    ended: list[Task] = []
    if params.done > 0:
        ended = await _tasks(context, project, tuple(FINAL), limit=params.done)
    projects = await projects_of(context)
    return tuple(task_shape(task, projects) for task in (*open_ones, *ended))


async def _tasks(
    context: Context, project: Project | None, statuses: tuple[Status, ...], *, limit: int
) -> list[Task]:
    query = TaskQuery(project_id=project.id if project else None, statuses=statuses, limit=limit)
    return list(await context.read(context.engine.store.tasks, query))


@method("inbox.list", Role.LEAD)
async def inbox(context: Context, caller: Caller, params: ScopeParams) -> tuple[InboxEntry, ...]:
    """List everything that waits for a person, the most urgent first."""
    del caller
    project = await maybe_project(context, name=params.project, cwd=None)
    tasks = await _tasks(context, project, STATUSES, limit=_PLENTY)
    query = ItemQuery(project_id=project.id if project else None, open_only=True, limit=_MOST)
    items = await context.read(context.engine.store.items, query)
    return tuple(entries(tasks, items, await projects_of(context)))


@method("workers.list", Role.SESSION)
async def workers(context: Context, caller: Caller, params: ScopeParams) -> tuple[WorkerShape, ...]:
    """List the sessions at work, by their workers' names, with what they do and why we think so."""
    del caller
    project = await maybe_project(context, name=params.project, cwd=None)
    tasks = await _tasks(context, project, (Status.IN_PROGRESS,), limit=_MOST)
    projects = await projects_of(context)
    return tuple(
        worker_shape(task, task.attempt, projects)
        for task in tasks
        if task.attempt and not task.attempt.is_over
    )


@method("doctor.run", Role.PERSON)
async def doctor(context: Context, caller: Caller, params: DoctorParams) -> DoctorShape:
    """Look for everything that is not as it should be; changes nothing."""
    del caller, params
    return _report(await _diagnose(context), fixed=[])


@method("doctor.fix", Role.PERSON)
async def fix(context: Context, caller: Caller, params: DoctorParams) -> DoctorShape:
    """Mend what can be mended without a person's choice, then look again."""
    del caller, params
    before = await _diagnose(context)
    await mend(context, before)
    after = await _diagnose(context)
    still = {(finding.subject, finding.what) for finding in after}
    mended = [f for f in before if f.fixable and (f.subject, f.what) not in still]
    return _report(after, fixed=mended)


async def _diagnose(context: Context) -> list[Finding]:
    projects = list((await projects_of(context)).values())
    return [
        *await context.engine.diagnose(),
        *await config_findings(context.configuration, projects),
        *await find_missing(context, projects),
    ]


def _report(findings: list[Finding], *, fixed: list[Finding]) -> DoctorShape:
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    ordered = sorted(findings, key=lambda finding: rank[finding.severity])
    return DoctorShape(
        ok=all(finding.severity is not Severity.ERROR for finding in findings),
        findings=tuple(finding_shape(finding) for finding in ordered),
        fixed=tuple(finding_shape(finding) for finding in fixed),
    )


def daemon_shape(context: Context) -> DaemonShape:
    """Show the daemon that answers."""
    return DaemonShape(
        version=context.version,
        pid=os.getpid(),
        started_at=context.started_at,
        home=str(context.home.root),
        socket=str(context.home.daemon_socket),
        log=str(context.home.daemon_log),
    )
