"""Methods of the merge queue: what is in it, putting in, taking out, undoing, and proofs."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orch.core.landing import Item
from orch.core.project import Project
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.landings import show_landings
from orch.daemon.methods.lookup import (
    can_be_undone,
    find_landing,
    find_project,
    find_task,
    is_open,
    maybe_project,
    projects_of,
)
from orch.daemon.methods.queue_view import open_items, queue_items
from orch.daemon.methods.table import method
from orch.daemon.methods.wording import check_note
from orch.daemon.rights import Role
from orch.daemon.views import landing_shape, receipt_shape
from orch.engine.enqueue import Wanted
from orch.ports.store import ItemQuery
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.landings import LandingShape, QueueItem, ReceiptShape
from orch.wire.shapes.overview import Done


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueParams:
    """Which project's lanes; without one, all."""

    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneParams:
    """Which lane: a project's, of `target`; the base branch if not given."""

    target: str | None = None
    reason: str = ""
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnqueueParams:
    """What to land: a task, or a branch of the project; `target` is the base branch if not given.

    `approved` is a person's word for changes to protected paths. `after` names landings that have
    to be there first.
    """

    source: str
    target: str | None = None
    approved: bool = False
    after: tuple[str, ...] = ()
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingParams:
    """Which landing: its id, or the task or branch whose newest landing it is.

    With `landed` it is the newest that can be undone.
    """

    landing: str
    reason: str = ""
    project: str | None = None
    cwd: str | None = None
    landed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitParams:
    """Which landing to wait for, and for how many seconds at most (null: for ever)."""

    landing: str
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingsParams:
    """Which landings, newest first; `open` ones only, or all."""

    project: str | None = None
    cwd: str | None = None
    open: bool = False
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsParams:
    """Which receipts, newest first."""

    project: str | None = None
    limit: int = 50


@method("queue.list", Role.SESSION)
async def list_(call: Call, params: QueueParams) -> tuple[QueueItem, ...]:
    """List what has not left the merge queues, lane by lane, in order."""
    project = await maybe_project(call.context, name=params.project, cwd=None)
    items = await open_items(call.context, project.id if project else None)
    return await queue_items(call.context, items)


@method("queue.pause", Role.PERSON)
async def pause(call: Call, params: LaneParams) -> Done:
    """Let a lane begin nothing: no candidate, no gate, no landing; gates that run go on."""
    project, target = await _lane(call, params)
    why = check_note(params.reason, "the reason")
    await call.engine.hold_lane(project.id, target, why=why, actor=call.actor)
    return Done(what=f"the lane of {target} in {project.name} is paused")


@method("queue.resume", Role.PERSON)
async def resume(call: Call, params: LaneParams) -> Done:
    """Let a lane go on that was paused, or that stopped because an invariant did not hold."""
    project, target = await _lane(call, params)
    released = await call.engine.release_lane(project.id, target, actor=call.actor)
    told = "goes on" if released else "was not paused; it looks again now"
    return Done(what=f"the lane of {target} in {project.name} {told}")


@method("queue.promote", Role.PERSON)
async def promote(call: Call, params: LandingParams) -> LandingShape:
    """Send a change ahead of all others in its lane, also one whose gate is flaky."""
    item = await _landing(call.context, params, fit=is_open)
    ahead = await call.engine.promote(item.id, actor=call.actor)
    return landing_shape(ahead, await projects_of(call.context))


@method("queue.enqueue", Role.PERSON)
async def enqueue(call: Call, params: EnqueueParams) -> LandingShape:
    """Give a task's or branch's change a place in the merge queue."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    source = params.source.strip()
    if not source:
        raise invalid("name a task or a branch", next="orch task list")
    try:
        task = await find_task(call, name=source, project=project)
    except WireError as error:
        if error.code is not Code.NOT_FOUND:
            raise
        project = project or await find_project(call.context, name=None, cwd=params.cwd)
        project_id = project.id
    else:
        source, project_id = task.id, task.project_id
    wanted = Wanted(
        project_id=project_id,
        source=source,
        actor=call.actor,
        target=params.target,
        approved=params.approved,
        after=tuple([(await find_landing(call.context, name=one)).id for one in params.after]),
    )
    item = await call.engine.enqueue(wanted)
    return landing_shape(item, await projects_of(call.context))


@method("queue.cancel", Role.PERSON)
async def cancel(call: Call, params: LandingParams) -> LandingShape:
    """Take a change out of the merge queue; refused once it is being pushed."""
    item = await _landing(call.context, params, fit=is_open)
    reason = check_note(params.reason, "the reason")
    gone = await call.engine.withdraw(item.id, reason or "taken out", actor=call.actor)
    return landing_shape(gone, await projects_of(call.context))


@method("landing.undo", Role.PERSON)
async def undo(call: Call, params: LandingParams) -> LandingShape:
    """Revert a landing by a landing of its own, which goes through the gate as any other."""
    item = await _landing(call.context, params, fit=can_be_undone)
    revert = await call.engine.undo(item.id, actor=call.actor)
    return landing_shape(revert, await projects_of(call.context))


@method("landing.show", Role.SESSION)
async def show(call: Call, params: LandingParams) -> LandingShape:
    """Show a landing, open or closed."""
    item = await _landing(call.context, params, fit=can_be_undone if params.landed else None)
    return (await _shown(call.context, [item]))[0]


@method("landing.list", Role.SESSION)
async def landings(call: Call, params: LandingsParams) -> tuple[LandingShape, ...]:
    """List landings, newest first."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    query = ItemQuery(
        project_id=project.id if project else None,
        open_only=params.open,
        limit=max(1, params.limit),
        newest_first=True,
    )
    return await _shown(call.context, await call.read(call.store.items, query))


@method("landing.wait", Role.SESSION, waits=True)
async def wait(call: Call, params: WaitParams) -> LandingShape:
    """Wait until a landing has landed or was sent back; answers as it stands at the time-out."""
    item = await find_landing(call.context, name=params.landing)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(params.timeout_s):
            await _closed(call.context, item.id)
    return (await _shown(call.context, [await find_landing(call.context, name=item.id)]))[0]


async def _shown(context: Context, items: Sequence[Item]) -> tuple[LandingShape, ...]:
    return await show_landings(context, items, projects=await projects_of(context))


async def _closed(context: Context, landing_id: str) -> None:
    seen = await context.engine.writer.changed(-1)
    while (await find_landing(context, name=landing_id)).is_open:
        seen = await context.engine.writer.changed(seen)


@method("receipts.list", Role.SESSION)
async def receipts(call: Call, params: ReceiptsParams) -> tuple[ReceiptShape, ...]:
    """List what gates said about trees, newest first."""
    project = await maybe_project(call.context, name=params.project, cwd=None)
    found = await asyncio.to_thread(
        call.store.receipts,
        project_id=project.id if project else None,
        limit=max(1, params.limit),
    )
    projects = await projects_of(call.context)
    return tuple(receipt_shape(receipt, projects) for receipt in found)


async def _landing(
    context: Context, params: LandingParams, *, fit: Callable[[Item], bool] | None
) -> Item:
    project = await maybe_project(context, name=params.project, cwd=params.cwd)
    return await find_landing(context, name=params.landing, project=project, fit=fit)


async def _lane(call: Call, params: LaneParams) -> tuple[Project, str]:
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    settings = await call.context.configuration.project(project)
    base = settings.landing.base_branch
    target = params.target or base
    used = ItemQuery(project_id=project.id, target=target, limit=1)
    if target != base and not project.hold(target) and not await call.read(call.store.items, used):
        # A slip of the pen must not look like a lane that stands still.
        message = f"nothing has ever been put into a lane of {target!r} in {project.name}"
        raise WireError(Code.NOT_FOUND, message, next="orch landings")
    return project, target
