"""Turns values of the core into the shapes that the wire promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from orch.core.attempt import Attempt
from orch.core.findings import Finding
from orch.core.judgement import Judgement
from orch.core.landing import Item
from orch.core.project import Project
from orch.core.receipt import Receipt
from orch.core.story import tell
from orch.core.task import Status, Task
from orch.daemon.gates_now import NONE, GateSeen
from orch.daemon.landing_judged import tell_judged
from orch.ports.store import Recorded
from orch.ports.workspace import Saved
from orch.wire.shapes.landings import CommandShape, LandingShape, ReceiptShape
from orch.wire.shapes.overview import EventShape, FindingShape, HeldLane, ProjectShape
from orch.wire.shapes.tasks import (
    AttemptShape,
    BudgetShape,
    EvidenceShape,
    SavedShape,
    TaskShape,
    WorkerShape,
)

Projects = Mapping[str, Project]
"""The registered projects by id."""


def project_name(projects: Projects, project_id: str) -> str:
    """Return a project's name; its id where it is not registered any more."""
    found = projects.get(project_id)
    return found.name if found else project_id


def task_shape(task: Task, projects: Projects) -> TaskShape:
    """Show a task in one row."""
    attempt = task.attempt
    live = attempt is not None and not attempt.is_over
    return TaskShape(
        id=task.id,
        key=task.key,
        title=task.title,
        slug=task.slug,
        status=task.status.value,
        reason=task.reason,
        story=tell(task),
        blocked_on=task.blocked_on.value if task.blocked_on else None,
        project=project_name(projects, task.project_id),
        project_id=task.project_id,
        agent=task.agent,
        worker=attempt.worker if attempt else "",
        activity=attempt.activity.value if attempt and live else "",
        attempt=attempt.n if attempt else 0,
        priority=task.priority,
        labels=task.labels,
        after=task.after,
        parent=task.parent,
        branch=task.branch,
        base=task.base,
        landing_id=task.landing_id,
        landed_commit=task.landed_commit,
        created_at=task.created_at,
        updated_at=task.updated_at or task.created_at,
    )


def fields_of(shape: TaskShape) -> dict[str, Any]:
    """Return the fields of a row, for the shapes that say more."""
    return {field.name: getattr(shape, field.name) for field in fields(shape)}


def budget_shape(task: Task) -> BudgetShape:
    """Show what a task may use, and has used."""
    return BudgetShape(
        attempts=task.budget.attempts,
        attempts_used=task.attempt.n if task.attempt else 0,
        rounds=task.budget.rounds,
        rounds_used=task.rounds_used,
    )


def evidence_shape(attempt: Attempt) -> EvidenceShape:
    """Show why an attempt's activity is believed."""
    found = attempt.evidence
    return EvidenceShape(rule=found.rule, observation=found.observation, at=found.at)


def attempt_shape(attempt: Attempt) -> AttemptShape:
    """Show an attempt; its token stays with the daemon."""
    return AttemptShape(
        n=attempt.n,
        agent=attempt.agent,
        worker=attempt.worker,
        host=attempt.host_id,
        phase=attempt.phase.value,
        session=attempt.session,
        workspace=attempt.workspace,
        branch=attempt.branch,
        base_commit=attempt.base_commit,
        head=attempt.head,
        activity=attempt.activity.value,
        evidence=evidence_shape(attempt),
        exit_code=attempt.exit_code,
        exit_signal=attempt.exit_signal,
        cause=attempt.cause,
        cpu_s=attempt.cpu_s,
        peak_memory_bytes=attempt.peak_memory_bytes,
        outcome=attempt.outcome,
        mode=attempt.mode,
        conversation=attempt.conversation,
        resumed=attempt.resumed,
        reported=attempt.reported,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
    )


def worker_shape(task: Task, attempt: Attempt, *, projects: Projects) -> WorkerShape:
    """Show who works on a task."""
    return WorkerShape(
        worker=attempt.worker,
        task=task.id,
        title=task.title,
        attempt=attempt.n,
        agent=attempt.agent,
        activity=attempt.activity.value,
        evidence=evidence_shape(attempt),
        session=attempt.session,
        project=project_name(projects, task.project_id),
        started_at=attempt.started_at,
    )


def landing_shape(
    item: Item,
    projects: Projects,
    *,
    gate: GateSeen = NONE,
    judgement: Judgement | None = None,
) -> LandingShape:
    """Show a change that goes, or went, through a lane, how its gate stands, what a judge said."""
    return LandingShape(
        id=item.id,
        state=gate.state(item),
        old=item.old,
        new=item.new,
        reason=item.reason,
        task=item.task_id,
        project=project_name(projects, item.project_id),
        title=item.title,
        target=item.target,
        source=item.source_ref,
        head=item.source_head,
        waiting=item.waiting,
        bounce=item.bounce.value if item.bounce else None,
        receipt=item.receipt,
        proof=item.proof.value if item.proof else None,
        reverts=item.reverts,
        submitted_at=item.submitted_at,
        landed_at=item.landed_at,
        resolved=item.resolved,
        gated_with=gate.others if gate.is_under_way else (),
        verdict=judgement.ruling.value if judgement else "",
        judged=tell_judged(judgement) if judgement else "",
    )


def saved_shape(saved: Saved) -> SavedShape:
    """Show work that was kept."""
    return SavedShape(
        ref=saved.ref,
        commit=saved.commit,
        task=saved.task_id,
        attempt=saved.attempt,
        what=saved.what,
        at=saved.at,
    )


def receipt_shape(receipt: Receipt, projects: Projects) -> ReceiptShape:
    """Show what a gate said about a tree."""
    return ReceiptShape(
        key=str(receipt.key),
        tree=receipt.key.tree,
        spec=receipt.key.spec,
        environment=receipt.key.environment,
        project=project_name(projects, receipt.project_id),
        outcome=receipt.outcome.value,
        commit=receipt.commit,
        results=tuple(CommandShape(**asdict(result)) for result in receipt.results),
        runs=receipt.runs,
        log=receipt.log,
        excerpt=receipt.excerpt,
        at=receipt.at,
    )


def event_shape(recorded: Recorded, projects: Projects) -> EventShape:
    """Show a fact of the history."""
    return EventShape(
        seq=recorded.seq,
        project=project_name(projects, recorded.project_id),
        task=recorded.task_id,
        landing=recorded.landing_id,
        kind=recorded.kind,
        at=recorded.at,
        actor=recorded.actor,
        data=recorded.data,
    )


def finding_shape(finding: Finding) -> FindingShape:
    """Show what the doctor found."""
    return FindingShape(
        severity=finding.severity.value,
        subject=finding.subject,
        what=finding.what,
        repair=finding.repair,
        fixable=finding.fixable,
    )


def project_shape(project: Project, counts: Mapping[tuple[str, Status], int]) -> ProjectShape:
    """Show a project with its tasks counted."""
    return ProjectShape(
        id=project.id,
        name=project.name,
        path=project.path,
        remote=project.remote,
        hub=project.hub,
        paused=project.paused,
        paused_why=project.paused_why if project.paused else "",
        held=tuple(
            HeldLane(target=one.target, why=one.why, by=one.by, since=one.at, told=one.told)
            for one in project.holds
        ),
        added_at=project.added_at,
        tasks={status.value: n for (key, status), n in counts.items() if key == project.id},
    )


def total_counts(counts: Mapping[tuple[str, Status], int], among: Iterable[str]) -> dict[str, int]:
    """Add up the tasks of some projects by status, in the order of the lifecycle."""
    wanted = set(among)
    sums: dict[str, int] = {}
    for status in Status:
        number = sum(n for (key, found), n in counts.items() if found is status and key in wanted)
        if number:
            sums[status.value] = number
    return sums


def by_id(projects: Sequence[Project]) -> dict[str, Project]:
    """Index projects by id."""
    return {project.id: project for project in projects}
