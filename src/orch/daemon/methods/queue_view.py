"""Shows the merge queues as they are: who waits for what, which gates run, when it may land."""

import asyncio
from collections.abc import Sequence
from math import ceil
from statistics import median

from orch.core.landing import Item, ItemState
from orch.core.places import arrange
from orch.daemon.context import Context
from orch.daemon.methods.lookup import projects_of
from orch.daemon.views import project_name
from orch.ports.store import EventQuery, ItemQuery
from orch.wire.shapes.landings import QueueItem

_GATES = {
    ItemState.GATING: "running",
    ItemState.GREEN: "passed",
    ItemState.PUSHING: "passed",
}
_RECENT = 20
"""So many receipts say how long a gate takes."""


async def queue_items(context: Context, items: Sequence[Item]) -> tuple[QueueItem, ...]:
    """Show items with their places; an item counts those before it in its own lane."""
    shown: list[QueueItem] = []
    for lane in dict.fromkeys((item.project_id, item.target) for item in items):
        mine = [item for item in items if (item.project_id, item.target) == lane]
        shown += await _lane(context, mine)
    return tuple(shown)


async def _lane(context: Context, items: Sequence[Item]) -> list[QueueItem]:
    projects = await projects_of(context)
    project = projects.get(items[0].project_id)
    settings = await context.configuration.project(project) if project else None
    window = settings.landing.window if settings else 1
    gate_s = await _gate_s(context, items[0].project_id)
    now = context.now()
    shown = []
    for place, item in enumerate(arrange(items, reach=window)):
        started = await _gating_since(context, item)
        begun = started if place < window and started is not None else now
        expected = None if gate_s is None else begun + gate_s * ceil((place + 1) / window)
        shown.append(
            QueueItem(
                id=item.id,
                task=item.task_id,
                state=item.state.value,
                ahead=place,
                gate=_gate(item),
                started=started,
                receipt=item.receipt,
                reason=item.reason or item.waiting,
                title=item.title,
                project=project_name(projects, item.project_id),
                target=item.target,
                source=item.source_ref,
                head=item.source_head,
                waiting=item.waiting,
                submitted_at=item.submitted_at,
                expected_at=None if item.waiting or expected is None else max(now, expected),
                resolved=item.resolved,
            )
        )
    return shown


async def _gate_s(context: Context, project_id: str) -> float | None:
    """Return how long the gate takes, by its last runs; None if it never ran."""
    found = await asyncio.to_thread(
        context.engine.store.receipts, project_id=project_id, limit=_RECENT
    )
    took = [sum(result.duration_s for result in receipt.results) for receipt in found]
    return median(took) if took else None


async def open_items(context: Context, project_id: str | None) -> Sequence[Item]:
    """List what has not left the queues of a project, or of all."""
    query = ItemQuery(project_id=project_id, open_only=True, limit=100_000)
    return await context.read(context.engine.store.items, query)


def _gate(item: Item) -> str:
    found = _GATES.get(item.state, "")
    return "none" if found == "passed" and item.receipt is None else found


async def _gating_since(context: Context, item: Item) -> float | None:
    if item.state not in _GATES:
        return None
    query = EventQuery(landing_id=item.id, kinds=("ItemGating",), limit=1, last=True)
    found = await context.read(context.engine.store.events, query)
    return found[-1].at if found else None
