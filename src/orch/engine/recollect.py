"""Recollecting: a database older than the world (a copy was put back) learns what it forgot."""

import asyncio
from dataclasses import replace

import structlog

from orch.core import names
from orch.core.decision import UnexpectedEvent
from orch.core.events import TaskClosed
from orch.core.landing import Item, ItemState, Person, Proof
from orch.core.lifecycle import decide
from orch.core.project import Project
from orch.engine.parts import Parts
from orch.engine.piece import Piece, Rows, UnknownTask
from orch.engine.queue import fact_of
from orch.engine.writer import piece_of
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import Trace
from orch.ports.store import ItemQuery, TaskQuery

log = structlog.get_logger()

RECOLLECTED = "found on its target; the database is an older copy that did not know of it"
"""The reason of a landing that was read off the target; doctor tells of them."""


async def recollect(parts: Parts) -> None:
    """Record landings that the hubs know and the database does not, before anything is done.

    Their tasks are closed, so that no work is landed twice; and no number is given a second time
    that a branch, a session or a commit bears already. In the usual case, where the database
    knows the newest number of each kind, this costs one question for each project.
    """
    items = await asyncio.to_thread(parts.store.items, ItemQuery(newest_first=True, limit=1))
    tasks = await asyncio.to_thread(parts.store.tasks, TaskQuery(limit=1))
    known = {
        "landing": names.number(items[0].id) if items else 0,
        "task": names.number(tasks[0].id) if tasks else 0,
    }
    used = dict(known)
    for project in await asyncio.to_thread(parts.registry.projects):
        try:
            traces = await parts.lander.traces(project, after=known["landing"])
        except (Permanent, Transient) as error:
            log.warning("a hub could not be read", project=project.name, why=error.reason)
            continue
        used["landing"] = max(used["landing"], traces.landing)
        used["task"] = max(used["task"], traces.task)
        for trace in traces.landed:
            await _record(parts, project, trace=trace)
    for counter, number in used.items():
        if number > known[counter]:
            await asyncio.to_thread(_pass_by, parts, counter, number=number)


def _pass_by(parts: Parts, counter: str, *, number: int) -> None:
    while (given := parts.store.allocate(counter)) < number:
        pass
    log.warning("numbers were in use that the database had not given", kind=counter, next=given + 1)


async def _record(parts: Parts, project: Project, *, trace: Trace) -> None:
    at = parts.clock.now()
    item = _item(project, trace, at=at)
    note = f"landed as {trace.commit[:12]} by {trace.landing_id}, {RECOLLECTED}"

    def build(rows: Rows) -> Piece:
        try:
            task = rows.task(trace.task_id or "")
        except UnknownTask:
            unowned = replace(item, task_id=None)
            return Piece(items=(unowned,), facts=(fact_of(unowned, "Landed", at=at),))
        fact = fact_of(item, "Landed", at=at)
        event = TaskClosed(at=at, note=note)
        try:
            piece = piece_of(task, event, decision=decide(task, event))
        except UnexpectedEvent:
            # It is under way: the lane will find that there is nothing left to land.
            return Piece(items=(item,), facts=(fact,))
        return replace(piece, items=(item,), facts=(fact, *piece.facts))

    await parts.writer.transact(build)
    log.warning("a landing was found that the database did not know", landing=item.id, what=note)


def _item(project: Project, trace: Trace, *, at: float) -> Item:
    return Item(
        id=trace.landing_id,
        project_id=project.id,
        target=trace.target,
        source_ref="",
        source_head=trace.source_head,
        title=trace.title,
        submitted_at=trace.at,
        position=names.number(trace.landing_id),
        author=Person(trace.author_name, trace.author_email),
        task_id=trace.task_id,
        state=ItemState.LANDED,
        reason=RECOLLECTED,
        candidate=trace.commit,
        tree=trace.tree,
        # Whether a gate passed is not known any more, so nothing of the kind is claimed.
        proof=Proof.UNGATED,
        old=trace.parent,
        new=trace.commit,
        landed_at=at,
        version=1,
    )
