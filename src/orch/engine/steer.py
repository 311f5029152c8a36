"""Steering: a message is taken once, however often whoever sends it has to ask."""

import asyncio
from typing import Protocol

from orch.core.events import Event, MessageQueued
from orch.core.task import Task
from orch.ports.store import EventQuery, Store, TaskQuery

_MOST = 1_000_000


class Submitting(Protocol):
    """The writer, as far as it is needed here."""

    async def submit(self, task_id: str, event: Event) -> Task:
        """Decide and commit."""
        ...


async def queue_once(
    writer: Submitting, store: Store, *, task_id: str, event: MessageQueued
) -> Task:
    """Queue a message that its sender has named; one that the task knows is left as it is.

    The task's row forgets a message once it is told, so that a sender who saw no answer (a daemon
    died) and asks again would be taken for another: the history knows. Raises `UnexpectedEvent`
    and `UnknownTask`.
    """
    query = EventQuery(task_id=task_id, kinds=(MessageQueued.__name__,), limit=_MOST)
    known = await asyncio.to_thread(store.events, query)
    if any(one.data.get("message_id") == event.message_id for one in known):
        found = await asyncio.to_thread(store.tasks, TaskQuery(ids=(task_id,), limit=1))
        if found:
            return found[0]
    return await writer.submit(task_id, event)
