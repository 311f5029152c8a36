"""Methods that look at everything: status, inbox, doctor, who works."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from orch.core.findings import Finding, Severity
from orch.core.landing import Item
from orch.core.project import Project
from orch.core.task import FINAL, Status, Task
from orch.daemon.before_lane import before_lane, is_before_lane
from orch.daemon.call import Call
from orch.daemon.context import Context, Serving
from orch.daemon.leftovers import find_leftovers
from orch.daemon.lineage import mine
from orch.daemon.mend import mend
from orch.daemon.methods.lookup import maybe_project, projects_of
from orch.daemon.methods.queue_view import queue_items
from orch.daemon.methods.table import method
from orch.daemon.missing import find_left_behind, find_missing
from orch.daemon.rights import Role
from orch.daemon.settings.findings import config_findings
from orch.daemon.views import (
    by_id,
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
from orch.wire.shapes.tasks import WorkerShape

_OPEN = tuple(status for status in Status if status not in FINAL)
_MOST = 100_000
_PLENTY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusParams:
    """Which project; without one, all. `mine`: only what the caller filed or added.

    At most `limit` tasks that are open are listed, those at work first, then `done` ended ones.
    """

    project: str | None = None
    limit: int = 50
    done: int = 5
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeParams:
    """Which project; without one, all."""

    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersParams:
    """Which project; without one, all. `mine`: only what the caller filed or added."""

    project: str | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorParams:
    """Nothing to choose."""


@method("status.get", Role.SESSION)
async def status(call: Call, params: StatusParams) -> StatusShape:
    """Show where everything stands, on one page."""
    seq = await call.engine.writer.changed(-1)
    named = await maybe_project(call.context, name=params.project, cwd=None)
    if params.mine:
        seen = await _look_at_own(call, named, params=params)
    else:
        seen = await call.read(_look, call.engine, named, params=params)
    shown = [named] if named else list(seen.projects.values())
    return StatusShape(
        daemon=daemon_shape(call.context),
        projects=tuple(project_shape(project, seen.counts) for project in shown),
        tasks=tuple(task_shape(task, seen.projects) for task in seen.tasks),
        counts=total_counts(seen.counts, [project.id for project in shown]),
        queue=tuple(
            one
            for one in await queue_items(call.context, seen.items)
            if seen.own is None or one.task in seen.own
        ),
        inbox=seen.inbox,
        warnings=await _warnings(call.context, shown),
        seq=seq,
        before=await before_lane(call.context, seen.held, projects=seen.projects),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one look at the store shows; `own` names whose places in the queue are asked for.

    `held` are the tasks that a judge may hold before their lane.
    """

    projects: dict[str, Project]
    counts: dict[tuple[str, Status], int]
    items: Sequence[Item]
    tasks: Sequence[Task]
    inbox: int
    held: Sequence[Task]
    own: frozenset[str] | None = None


def _look(engine: Serving, named: Project | None, *, params: StatusParams) -> _Seen:
    """Read everything that the page needs in one go: a thread costs more than a query."""
    find, only = engine.store.tasks, named.id if named else None
    projects, counts = by_id(engine.registry.projects()), engine.registry.counts()
    items = engine.store.items(ItemQuery(project_id=only, open_only=True, limit=_MOST))
    rest = tuple(status for status in _OPEN if status is not Status.IN_PROGRESS)
    running = find(TaskQuery(project_id=only, statuses=(Status.IN_PROGRESS,), limit=_MOST))
    tasks = [*running[: params.limit]]
    if room := max(0, params.limit - len(tasks)):
        tasks += find(TaskQuery(project_id=only, statuses=rest, limit=room))
    if params.done > 0:
        tasks += find(TaskQuery(project_id=only, statuses=tuple(FINAL), limit=params.done))
    blocked: Sequence[Task] = ()
    if _count(counts, Status.BLOCKED, project=only):
        blocked = find(TaskQuery(project_id=only, statuses=(Status.BLOCKED,), limit=_PLENTY))
    held = list(filter(is_before_lane, blocked))
    if _count(counts, Status.IN_REVIEW, project=only):
        query = TaskQuery(project_id=only, statuses=(Status.IN_REVIEW,), limit=_PLENTY)
        held += filter(is_before_lane, find(query))
    resting = _count(counts, Status.NEEDS_REVIEW, project=only) + _count(
        counts, Status.FAILED, project=only
    )
    return _Seen(
        projects=projects,
        counts=counts,
        items=items,
        tasks=tasks,
        held=held,
        inbox=resting
        + count([*running, *blocked], items, projects=[named] if named else projects.values()),
    )


async def _look_at_own(call: Call, named: Project | None, *, params: StatusParams) -> _Seen:
    """Read what the page needs of the caller's own tasks, and nothing of others."""
    own = [task for task in await mine(call) if named is None or task.project_id == named.id]
    own.sort(key=lambda task: (task.status in FINAL, task.status is not Status.IN_PROGRESS))
    ids = frozenset(task.id for task in own)
    items = await call.read(call.store.items, ItemQuery(open_only=True, limit=_MOST))
    is_open = [task for task in own if task.status not in FINAL]
    done = [task for task in own if task.status in FINAL]
    return _Seen(
        projects=await projects_of(call.context),
        counts=Counter((task.project_id, task.status) for task in own),
        items=items,
        tasks=[*is_open[: params.limit], *done[: params.done]],
        inbox=count([task for task in is_open if task.status in STATUSES], items, own=ids),
        held=is_open,
        own=ids,
    )


def _count(counts: dict[tuple[str, Status], int], status: Status, *, project: str | None) -> int:
    return sum(
        n for (key, found), n in counts.items() if found is status and project in {None, key}
    )


async def _warnings(context: Context, projects: list[Project]) -> tuple[FindingShape, ...]:
    """Tell what of the configurations does not hold: a bad file keeps the last good one."""
    found = await config_findings(context.configuration, projects)
    found += find_left_behind(context, projects)
    found += context.audit.findings()
    return tuple(finding_shape(one) for one in found if one.severity is not Severity.INFO)


async def _tasks(
    context: Context, statuses: tuple[Status, ...], *, project: Project | None, limit: int
) -> list[Task]:
    query = TaskQuery(project_id=project.id if project else None, statuses=statuses, limit=limit)
    return list(await context.read(context.engine.store.tasks, query))


@method("inbox.list", Role.LEAD)
async def inbox(call: Call, params: ScopeParams) -> tuple[InboxEntry, ...]:
    """List everything that waits for a person, the most urgent first."""
    project = await maybe_project(call.context, name=params.project, cwd=None)
    tasks = await _tasks(call.context, STATUSES, project=project, limit=_PLENTY)
    query = ItemQuery(project_id=project.id if project else None, open_only=True, limit=_MOST)
    items = await call.read(call.store.items, query)
    shown = by_id([project]) if project else await projects_of(call.context)
    return tuple(entries(tasks, items, projects=shown))


@method("workers.list", Role.SESSION)
async def workers(call: Call, params: WorkersParams) -> tuple[WorkerShape, ...]:
    """List the sessions at work, by their workers' names, with what they do and why we think so."""
    project = await maybe_project(call.context, name=params.project, cwd=None)
    tasks = await _tasks(call.context, (Status.IN_PROGRESS,), project=project, limit=_MOST)
    if params.mine:
        own = {task.id for task in await mine(call)}
        tasks = [task for task in tasks if task.id in own]
    projects = await projects_of(call.context)
    return tuple(
        worker_shape(task, task.attempt, projects=projects)
        for task in tasks
        if task.attempt and not task.attempt.is_over
    )


@method("doctor.run", Role.PERSON)
async def doctor(call: Call, params: DoctorParams) -> DoctorShape:
    """Look for everything that is not as it should be; changes nothing."""
    del params
    return _report(await _diagnose(call.context), fixed=[])


@method("doctor.fix", Role.PERSON)
async def fix(call: Call, params: DoctorParams) -> DoctorShape:
    """Mend what can be mended without a person's choice, then look again."""
    del params
    before = await _diagnose(call.context)
    projects = list((await projects_of(call.context)).values())
    await mend(call.context, before, projects=projects)
    after = await _diagnose(call.context)
    still = {(finding.subject, finding.what) for finding in after}
    mended = [f for f in before if f.fixable and (f.subject, f.what) not in still]
    return _report(after, fixed=mended)


async def _diagnose(context: Context) -> list[Finding]:
    projects = list((await projects_of(context)).values())
    return [
        *await context.engine.diagnose(),
        *await config_findings(context.configuration, projects),
        *await find_missing(context, projects),
        *find_left_behind(context, projects),
        *await context.audit.inspect(),
        *(one.finding for one in await find_leftovers(context, projects)),
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
        socket=os.environ.get("ORCH_SOCKET") or str(context.home.daemon_socket),
        log=str(context.home.daemon_log),
    )
