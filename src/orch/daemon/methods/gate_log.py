"""Finds the gate logs that an argument names: those of a task's attempt, or of a landing."""

from collections.abc import Sequence
from functools import partial

from orch.core.landing import Item
from orch.core.project import Project
from orch.core.receipt import ReceiptKey
from orch.core.task import Task
from orch.daemon.call import Call
from orch.daemon.gatelogs import GateLogs
from orch.daemon.methods.lookup import LANDING_ID, find_landing, find_task
from orch.daemon.rights import Role
from orch.ports.store import ItemQuery
from orch.wire.codes import Code, WireError, invalid

_KEY_PARTS = 3


async def find_gate_logs(
    call: Call, *, name: str, attempt: int | None, project: Project | None
) -> GateLogs:
    """Find the gate logs of a task's attempt (the newest unless told) or of a landing.

    A branch stands for its newest landing.

    Raises `WireError`, also where a session asks for what is not its own.
    """
    if not LANDING_ID.fullmatch(name):
        try:
            task = await find_task(call, name=name, project=project)
        except WireError as error:
            if error.code is not Code.NOT_FOUND:
                raise
        else:
            return await _of_task(call, task, n=attempt)
    item = await find_landing(call.context, name=name, project=project)
    if item.task_id:
        await find_task(call, name=item.task_id)
    elif call.caller.role is Role.SESSION:
        raise WireError(Code.FORBIDDEN, f"a session may not see {item.id}, only its own task")
    return await _of_item(call, item)


async def _of_task(call: Call, task: Task, *, n: int | None) -> GateLogs:
    last = task.attempt.n if task.attempt else 0
    if not last:
        raise WireError(
            Code.NOT_FOUND, f"no gate has run for {task.id}", next=f"orch why {task.id}"
        )
    if n is not None and not 1 <= n <= last:
        raise invalid(f"{task.id} has attempts 1 to {last}")
    chosen = n or last
    query = ItemQuery(task_id=task.id, open_only=True)
    items = await call.read(call.store.items, query) if chosen == last else ()
    owners = (f"{task.id}/{chosen}", *(item.id for item in items))
    return _logs(call, (task.id, chosen), owners=owners)


async def _of_item(call: Call, item: Item) -> GateLogs:
    parts = (item.receipt or "").split(":")
    kept = ""
    if len(parts) == _KEY_PARTS:
        found = await call.read(call.store.receipts, key=ReceiptKey(*parts), limit=1)
        kept = found[0].log if found else ""
    place = (item.task_id or item.id, item.attempt or 0)
    return _logs(call, place, owners=(item.id,), kept=kept)


def _logs(call: Call, place: tuple[str, int], *, owners: Sequence[str], kept: str = "") -> GateLogs:
    task_id, n = place
    folder = call.context.home.attempt(task_id, n)
    name = f"{task_id}.{n}" if n else task_id
    return GateLogs(name, folder, partial(_running, call, owners), kept)


def _running(call: Call, owners: Sequence[str]) -> str | None:
    found = [log for owner in owners if (log := call.engine.gate_log(owner)) is not None]
    return max(found, default=None)
