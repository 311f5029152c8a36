"""Shows the merge queues as they are: who waits for what, which gates run, when it may land."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from orch.core.batches import Batches
from orch.core.forecast import forecast
from orch.core.landing import Item
from orch.core.lane_plan import Rules
from orch.core.places import arrange
from orch.core.project import Project
from orch.core.receipt import Outcome
from orch.core.settings import GateSettings
from orch.core.window import rules_for
from orch.daemon.context import Context
from orch.daemon.gates_now import NONE, PROVEN, GateSeen, see_gates
from orch.daemon.methods.lookup import projects_of
from orch.daemon.views import project_name
from orch.ports.errors import Permanent
from orch.ports.store import EventQuery, ItemQuery
from orch.wire.shapes.landings import QueueItem

_RECENT = 20
"""So many receipts say how long a gate takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """How a lane works, and how long its gate takes; `held` says what holds up all of it."""

    rules: Rules = field(default_factory=Rules)
    gate_s: float | None = None
    held: str = ""


async def queue_items(context: Context, items: Sequence[Item]) -> tuple[QueueItem, ...]:
    """Show items with their places; an item counts those before it in its own lane."""
    projects = await projects_of(context)
    shown: list[QueueItem] = []
    for lane in dict.fromkeys((item.project_id, item.target) for item in items):
        mine = [item for item in items if (item.project_id, item.target) == lane]
        pace = await _pace(context, projects.get(lane[0]), target=lane[1])
        name = project_name(projects, lane[0])
        shown += await _lane(context, mine, pace=pace, project=name)
    return tuple(shown)


async def _lane(
    context: Context, items: Sequence[Item], *, pace: _Pace, project: str
) -> list[QueueItem]:
    line = arrange(items, reach=pace.rules.window)
    gates = see_gates(context, line)
    ends = _ends(line, gates, pace=pace, now=context.now())
    shown: list[QueueItem] = []
    for place, item in enumerate(line):
        gate = gates.get(item.id, NONE)
        if item.state in PROVEN:
            word = "passed" if item.receipt else "none"
            gate = GateSeen(word=word, since=await _gated_at(context, item))
        shown.append(
            QueueItem(
                id=item.id,
                task=item.task_id,
                state=gate.state(item),
                ahead=place,
                gate=gate.word,
                started=gate.since,
                receipt=item.receipt,
                reason=item.reason or item.waiting or pace.held,
                title=item.title,
                project=project,
                target=item.target,
                source=item.source_ref,
                head=item.source_head,
                waiting=item.waiting,
                submitted_at=item.submitted_at,
                gate_s=pace.gate_s,
                expected_at=ends.get(item.id),
                resolved=item.resolved,
                lane=pace.held,
                gated_with=gate.others if gate.is_under_way else (),
            )
        )
    return shown


def _ends(
    line: Sequence[Item], gates: Mapping[str, GateSeen], *, pace: _Pace, now: float
) -> Mapping[str, float]:
    """Say when each may have landed, of whom that can be told: never before what is ahead of it."""
    if pace.held or pace.gate_s is None:
        return {}
    runs = _runs(line, gates, rules=pace.rules)
    begun = [gates.get(run[-1].id, NONE).since for run in runs]
    ended = forecast(begun, at_once=pace.rules.window, gate_s=pace.gate_s, now=now)
    gated = {item.id: end for run, end in zip(runs, ended, strict=True) for item in run}
    found: dict[str, float] = {}
    latest = now
    for item in line:
        # What is proven and waits holds up what stands on it; what failed does not.
        if item.waiting and item.state in PROVEN:
            break
        if not item.waiting:
            latest = found[item.id] = max(latest, gated.get(item.id, now))
    return found


def _runs(line: Sequence[Item], gates: Mapping[str, GateSeen], *, rules: Rules) -> list[list[Item]]:
    """Put together who shares a run of the gate, or will: in batches as the planner makes them."""
    batches = Batches(rules.batch, frozenset())
    runs: list[list[Item]] = []
    begun: dict[tuple[str, ...], list[Item]] = {}
    for item in line:
        gate = gates.get(item.id, NONE)
        if gate.is_under_way:
            batches.leave()
            whose = tuple(sorted((item.id, *gate.others)))
            if whose not in begun:
                begun[whose] = []
                runs.append(begun[whose])
            begun[whose].append(item)
        elif not item.waiting and item.state not in PROVEN:
            if not batches.mates(item):
                runs.append([])
            runs[-1].append(item)
            batches.join(item)
    return runs


async def _pace(context: Context, project: Project | None, *, target: str) -> _Pace:
    if project is None:
        return _Pace()
    engine, hold = context.engine, project.hold(target)
    held = hold.told if hold else engine.lane_trouble(project.id, target)
    try:
        settings = await context.configuration.project(project)
    except Permanent as error:
        return _Pace(held=held or error.reason)
    slots = settings.gate.slots or engine.gate_slots
    rules = rules_for(settings, closings=engine.lane_closings(project.id, target), slots=slots)
    return _Pace(
        rules=rules,
        gate_s=await _gate_s(context, project.id, gate=settings.gate) if rules.gated else None,
        held=held,
    )


async def _gate_s(context: Context, project_id: str, *, gate: GateSettings) -> float | None:
    """Return how long the gate takes, by its last runs to the end; None if there were none."""
    found = await asyncio.to_thread(
        context.engine.store.receipts, project_id=project_id, limit=_RECENT
    )
    together = max if gate.parallel else sum
    took = [
        together([result.duration_s for result in receipt.results])
        for receipt in found
        if receipt.outcome is Outcome.PASSED
    ]
    return median(took) if took else None


async def open_items(context: Context, project_id: str | None) -> Sequence[Item]:
    """List what has not left the queues of a project, or of all."""
    query = ItemQuery(project_id=project_id, open_only=True, limit=100_000)
    return await context.read(context.engine.store.items, query)


async def _gated_at(context: Context, item: Item) -> float | None:
    query = EventQuery(landing_id=item.id, kinds=("ItemGating",), limit=1, last=True)
    found = await context.read(context.engine.store.events, query)
    return found[-1].at if found else None
