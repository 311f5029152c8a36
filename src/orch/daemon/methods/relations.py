"""Checks what tasks may wait for: known tasks, and never themselves by any way round."""

from orch.core.project import Project
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.methods.lookup import find_task
from orch.ports.store import TaskQuery
from orch.wire.codes import invalid


async def find_all(
    call: Call, *, names: tuple[str, ...], project: Project | None
) -> tuple[str, ...]:
    """Return the ids of the tasks that are named, each once. Raises `WireError`."""
    found = [await find_task(call, name=name, project=project) for name in names]
    return tuple(dict.fromkeys(task.id for task in found))


async def check_no_cycle(context: Context, task_id: str, *, after: tuple[str, ...]) -> None:
    """Refuse that a task waits for one that waits for it, directly or by others."""
    if task_id in after:
        raise invalid(f"{task_id} can't wait for itself; leave it out of --after")
    # `before` says by which task each one was reached, so that the refusal can show the way.
    before = dict.fromkeys(after, task_id)
    ahead = after
    while ahead:
        fresh: dict[str, str] = {}
        for task in await context.read(context.engine.store.tasks, TaskQuery(ids=ahead)):
            if task_id in task.after:
                raise invalid(
                    f"{task_id} would wait for itself: {_way(before, task_id, last=task.id)}"
                )
            fresh |= {name: task.id for name in task.after if name not in before}
        before |= fresh
        ahead = tuple(fresh)


def _way(before: dict[str, str], task_id: str, *, last: str) -> str:
    names, at = [task_id], last
    while at != task_id:
        names.append(at)
        at = before[at]
    return " waits for ".join([task_id, *reversed(names)])
