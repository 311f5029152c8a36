"""Diagnosis: what the engine can see that is not as it should be, each with its repair."""

import asyncio
from collections.abc import Sequence

from orch.core.attempt import Phase
from orch.core.baseline import Known, known_of, verdict
from orch.core.findings import Finding, Severity
from orch.core.landing import Item, ItemState, Proof
from orch.core.project import LaneHold, Project
from orch.core.receipt import Outcome, ReceiptKey
from orch.core.task import Status
from orch.engine.lane_holds import ORCH
from orch.engine.parts import Parts
from orch.engine.recollect import RECOLLECTED
from orch.engine.sessions import attempt_of
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import Violation
from orch.ports.session_host import Liveness
from orch.ports.store import ItemQuery, Store, TaskQuery

_KEY_PARTS = 3
_ARRIVING = frozenset({ItemState.PUSHING, ItemState.LANDED})


async def diagnose(parts: Parts) -> Sequence[Finding]:
    """Check the landings' invariants, the outbox and the sessions of all projects."""
    found = await _sessions(parts)
    for project in await asyncio.to_thread(parts.registry.projects):
        found += [_stopped(project, hold) for hold in project.holds if hold.by == ORCH]
        try:
            found += await _landings(parts, project)
        except (Permanent, Transient) as error:
            found.append(_unreachable(project, error))
    return found


def _stopped(project: Project, hold: LaneHold) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        subject=f"lane {hold.target} of {project.name}",
        what=f"stopped, because an invariant does not hold: {hold.why}",
        repair=f"look at the commits named, then `orch queue resume {hold.target}`",
    )


def _unreachable(project: Project, error: Permanent | Transient) -> Finding:
    remedy = error.remedy if isinstance(error, Permanent) else "check the remote, then run it again"
    return Finding(
        severity=Severity.WARNING,
        subject=f"project {project.name}",
        what=f"could not be checked: {error.reason}",
        repair=remedy,
    )


async def _landings(parts: Parts, project: Project) -> list[Finding]:
    query = ItemQuery(project_id=project.id, states=(ItemState.LANDED,), limit=1_000_000)
    landed = await asyncio.to_thread(parts.store.items, query)
    found = [_recollected(item) for item in landed if item.reason == RECOLLECTED]
    for target in {item.target for item in landed}:
        ours = [item for item in landed if item.target == target]
        wrong = await asyncio.to_thread(unproven, parts.store, ours)
        told = await parts.lander.verify(project, target, landed=ours)
        wrong += await _arrived(parts, told, target=target)
        found += [_violated(project, target, wrong=one) for one in wrong]
    return found


async def _arrived(parts: Parts, told: Sequence[Violation], *, target: str) -> list[Violation]:
    """Leave out the landings that were on their way: their rows were read before the target."""
    ids = tuple(sorted({one.landing for one in told if one.landing}))
    if not ids:
        return list(told)
    found = await asyncio.to_thread(parts.store.items, ItemQuery(ids=ids, limit=len(ids)))
    late = {item.id for item in found if item.target == target and item.state in _ARRIVING}
    return [one for one in told if one.landing not in late]


def _recollected(item: Item) -> Finding:
    return Finding(
        severity=Severity.INFO,
        subject=f"landing {item.id}",
        what=f"{(item.new or '')[:12]} on {item.target}: {item.reason}; what was asked for after "
        "that copy was made has to be asked for again",
        repair=f"orch landings; orch undo {item.id} takes it back",
    )


def unproven(store: Store, landed: Sequence[Item]) -> list[Violation]:
    """Find landings that say they passed without a passing receipt for their exact tree (I1).

    A covered one stands on the receipt of the one that covers it.
    """
    return [
        Violation(invariant="I1", commit=item.new or "", detail=f"{item.id} has no passing receipt")
        for item in landed
        if item.proof in {Proof.PASSING, Proof.COVERED} and not _is_proven(store, item)
    ]


def _is_proven(store: Store, item: Item) -> bool:
    found, base = _known(store, item.receipt), _known(store, item.baseline)
    own = item.proof is Proof.COVERED or (item.receipt or "").startswith(f"{item.tree}:")
    passed = found is not None and verdict(found, base) in {Outcome.PASSED, Outcome.FLAKY}
    return own and passed


def _known(store: Store, key: str | None) -> Known | None:
    parts = (key or "").split(":")
    found = store.receipts(key=ReceiptKey(*parts), limit=1) if len(parts) == _KEY_PARTS else ()
    return known_of(found[0]) if found else None


def _violated(project: Project, target: str, *, wrong: Violation) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        subject=f"{wrong.invariant} on {target}",
        what=f"{wrong.commit[:12]}: {wrong.detail}",
        repair=f"git -C {project.path} show {wrong.commit[:12]}",
    )


async def _sessions(parts: Parts) -> list[Finding]:
    try:
        known = await parts.sessions.list()
    except Transient as error:
        return [
            Finding(
                severity=Severity.WARNING,
                subject="session server",
                what=f"does not answer: {error.reason}",
                repair="orch daemon restart",
            )
        ]
    alive = {state.name for state in known if state.liveness is Liveness.ALIVE}
    query = TaskQuery(statuses=(Status.IN_PROGRESS,), limit=10_000)
    running = await asyncio.to_thread(parts.store.tasks, query)
    wanted = {
        task.attempt.session
        for task in running
        if task.attempt and task.attempt.phase in {Phase.STARTING, Phase.RUNNING}
    }
    return [
        Finding(
            severity=Severity.WARNING,
            subject=f"session {name}",
            what="runs, and no task waits for it",
            repair="orch doctor --fix",
            fixable=True,
        )
        for name in sorted(alive - wanted)
        if attempt_of(name)
    ]
