"""Shows the merge queues as they are: who waits for what, which gates run, when it may land."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import median

from orch.core.landing import Item, ItemState
from orch.core.places import arrange
from orch.core.project import Project
from orch.core.receipt import Outcome
from orch.core.settings import GateSettings
from orch.daemon.context import Context
from orch.daemon.methods.lookup import projects_of
from orch.daemon.views import project_name
from orch.ports.store import EventQuery, ItemQuery
from orch.wire.shapes.landings import QueueItem

_PROVEN = frozenset({ItemState.GREEN, ItemState.PUSHING})
_FAILED = frozenset({Outcome.RED.value, Outcome.UNCLEAN.value})
_UNDER_WAY = frozenset({"waiting", "running"})
_Gate = tuple[str, float | None]
"""What an item's gate does or said, and since when it runs or ran."""
_RECENT = 20
"""So many receipts say how long a gate takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """How fast a lane goes: so many of its items at once, in so long a time.

    Some may `share` a gate. `held` says what holds up all of it, "" if nothing does.
    """

    reach: int
    at_once: int
    gate_s: float | None
    share: bool = False
    held: str = ""

    def expect(self, place: int, *, begun: float) -> float | None:
        """Say when what stands in this place may land, if the gate of the head has begun then."""
        return (
            None if self.gate_s is None else begun + self.gate_s * ceil((place + 1) / self.at_once)
        )


async def queue_items(context: Context, items: Sequence[Item]) -> tuple[QueueItem, ...]:
    """Show items with their places; an item counts those before it in its own lane."""
    projects = await projects_of(context)
    shown: list[QueueItem] = []
    for lane in dict.fromkeys((item.project_id, item.target) for item in items):
        mine = [item for item in items if (item.project_id, item.target) == lane]
        project = projects.get(lane[0])
        pace = await _pace(context, project)
        hold = project.hold(lane[1]) if project else None
        held = hold.told if hold else context.engine.lane_trouble(*lane)
        name = project_name(projects, lane[0])
        shown += await _lane(context, mine, pace=replace(pace, held=held), project=name)
    return tuple(shown)


async def _lane(
    context: Context, items: Sequence[Item], *, pace: _Pace, project: str
) -> list[QueueItem]:
    now = context.now()
    shown: list[QueueItem] = []
    begun = latest = now
    stuck = bool(pace.held)
    line = arrange(items, reach=pace.reach)
    gates = [await _gate(context, item) for item in line]
    if pace.share:
        gates = _shared(line, gates)
    for place, (item, (gate, started)) in enumerate(zip(line, gates, strict=True)):
        if started and not place:
            begun = started
        if started and place < pace.at_once:
            expected = pace.expect(0, begun=started)
        else:
            expected = pace.expect(place, begun=begun)
        latest = max(latest, expected or latest)
        # What is proven and waits holds up what stands on it; what failed does not.
        stuck = stuck or bool(item.waiting and item.state in _PROVEN)
        shown.append(
            QueueItem(
                id=item.id,
                task=item.task_id,
                state=item.state.value,
                ahead=place,
                gate=gate,
                started=started,
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
                expected_at=None if stuck or item.waiting or expected is None else latest,
                resolved=item.resolved,
                lane=pace.held,
            )
        )
    return shown


async def _pace(context: Context, project: Project | None) -> _Pace:
    if project is None:
        return _Pace(reach=1, at_once=1, gate_s=None)
    settings = await context.configuration.project(project)
    landing, slots = settings.landing, settings.gate.slots or context.engine.gate_slots
    return _Pace(
        reach=landing.window,
        at_once=min(landing.window, slots) * (landing.batch or 1),
        share=landing.batch != 1,
        gate_s=await _gate_s(context, project.id, gate=settings.gate)
        if landing.quality_gate
        else None,
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


def _shared(line: Sequence[Item], gates: Sequence[_Gate]) -> list[_Gate]:
    """Show for those of a batch the gate of its last, which is asked for all of them."""
    shown = list(gates)
    for k in reversed(range(len(line) - 1)):
        stands = line[k].candidate is not None and line[k].candidate == line[k + 1].expected_old
        if stands and not shown[k][0] and shown[k + 1][0] in _UNDER_WAY:
            shown[k] = shown[k + 1]
    return shown


async def _gate(context: Context, item: Item) -> _Gate:
    """Say what an item's gate does or said, and since when it runs or ran."""
    if item.state in _PROVEN:
        return ("passed" if item.receipt else "none"), await _gated_at(context, item)
    now = context.engine.gate(item)
    if now is None:
        return "", None
    if now.word in _UNDER_WAY:
        return now.word, now.since
    if now.word == Outcome.FLAKY:
        return "flaky", None
    return ("failed" if now.word in _FAILED else ""), None


async def _gated_at(context: Context, item: Item) -> float | None:
    query = EventQuery(landing_id=item.id, kinds=("ItemGating",), limit=1, last=True)
    found = await context.read(context.engine.store.events, query)
    return found[-1].at if found else None
