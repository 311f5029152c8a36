"""What is in a lane and lacks the judgement that its project requires."""

import asyncio
from collections.abc import Mapping, Sequence

from orch.core.judging import holds
from orch.core.landing import Item
from orch.core.settings import JudgePolicy
from orch.engine.ground import Ground
from orch.engine.parts import Parts
from orch.ports.store import TaskQuery


async def find_unjudged(
    parts: Parts, ground: Ground, *, items: Sequence[Item]
) -> Mapping[str, str]:
    """Say, by an item's id, what it has to wait for.

    It is asked at each look, so that no way into the lane, and nothing that happens to a change
    there, gets past the judge.
    """
    if ground.settings.landing.judge is not JudgePolicy.REQUIRED:
        return {}
    ids = tuple(sorted({item.task_id for item in items if item.task_id and not item.approved}))
    query = TaskQuery(ids=ids, limit=len(ids))
    found = await asyncio.to_thread(parts.store.tasks, query) if ids else ()
    tasks = {task.id: task for task in found}
    told = ((item.id, holds(item, tasks.get(item.task_id or ""))) for item in items)
    return {landing_id: why for landing_id, why in told if why}
