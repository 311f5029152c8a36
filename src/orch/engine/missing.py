"""Missing agents: tasks held for one are taken up again once the configuration has it."""

import asyncio
from collections.abc import Iterator

from orch.core.task import BlockedOn, Status, Task
from orch.engine.parts import Parts
from orch.ports.errors import Permanent
from orch.ports.store import TaskQuery


async def find_startable(parts: Parts) -> list[Task]:
    """List the tasks that are held for their agent although it is there now.

    There: its profile stands in the configuration, and this host has every program that its
    start asks for. Asked after a start or a change of the configuration only: a start that is
    refused for another reason would be refused again and again.
    """
    query = TaskQuery(statuses=(Status.BLOCKED,), limit=100_000)
    blocked = await asyncio.to_thread(parts.store.tasks, query)
    held = [one for one in blocked if one.blocked_on is BlockedOn.AGENT and one.resume_at is None]
    return [task for task in held if await _is_startable(parts, task)]


async def _is_startable(parts: Parts, task: Task) -> bool:
    try:
        project = await asyncio.to_thread(parts.project, task.project_id)
        settings = await parts.settings(project)
        profile = settings.profile(task.agent or settings.agent)
        if profile is None:
            return False
        program = parts.agent_of(profile).program(profile)
    except Permanent:
        return False
    wanted = (*settings.required_tools, *([program] if program else []))
    return await asyncio.to_thread(all, _found(parts, wanted, cwd=project.path))


def _found(parts: Parts, names: tuple[str, ...], *, cwd: str) -> Iterator[bool]:
    return (parts.has_program(name, cwd) for name in names)
