"""Methods of the history: what happened, and what happens now, with a cursor."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.methods.lookup import find_landing, find_task, maybe_project, projects_of
from orch.daemon.methods.table import Stream, method
from orch.daemon.rights import Role
from orch.daemon.views import event_shape
from orch.ports.store import EventQuery
from orch.wire.codes import invalid
from orch.wire.shapes.overview import EventNews, EventShape, Followed

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsParams:
    """Which events: those with a `seq` above `after`, or without it the newest ones.

    `task`, `landing`, `kinds` and `project` narrow it down. A folder does not.
    """

    after: int | None = None
    task: str | None = None
    landing: str | None = None
    kinds: tuple[str, ...] | None = None
    project: str | None = None
    limit: int = 100


@method("events.list", Role.SESSION)
async def list_(call: Call, params: EventsParams) -> tuple[EventShape, ...]:
    """List events, oldest first."""
    query = await _query(call, params)
    projects = await projects_of(call.context)
    events = await call.read(call.store.events, query)
    return tuple(event_shape(event, projects) for event in events)


@method("events.follow", Role.SESSION, sends=(Followed, EventNews))
async def follow(call: Call, params: EventsParams) -> Stream:
    """Subscribe to events: first those after the cursor, then each new one, none missed.

    Without `after` it starts with the newest event. Reconnect with `after` set to the `seq` of
    the last event that was received.
    """
    query = await _query(call, params)
    newest = await call.engine.writer.changed(-1)
    start = newest if params.after is None else params.after
    return Stream(seq=newest, news=_news(call.context, replace(query, after=start)))


async def _news(context: Context, query: EventQuery) -> AsyncIterator[EventShape]:
    after = query.after
    while True:
        newest = await context.engine.writer.changed(after)
        more = True
        while more:
            page = replace(query, after=after, last=False, limit=_PAGE)
            found = await context.read(context.engine.store.events, page)
            projects = await projects_of(context)
            for event in found:
                yield event_shape(event, projects)
                after = event.seq
            more = len(found) == _PAGE
        # All up to the newest has been read, so what did not match is not looked at again.
        after = max(after, newest)


async def _query(call: Call, params: EventsParams) -> EventQuery:
    if params.limit < 1:
        raise invalid("limit is at least 1")
    project = await maybe_project(call.context, name=params.project, cwd=None)
    task_id = landing_id = None
    if call.caller.role is Role.SESSION and params.task is None:
        task_id = call.caller.task_id or "none"
    if params.task is not None:
        task_id = (await find_task(call, name=params.task, project=project)).id
    if params.landing is not None:
        landing_id = (await find_landing(call.context, name=params.landing, project=project)).id
    return EventQuery(
        after=params.after or 0,
        project_id=project.id if project else None,
        task_id=task_id,
        landing_id=landing_id,
        kinds=params.kinds,
        limit=params.limit,
        last=params.after is None,
    )
