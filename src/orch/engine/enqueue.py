"""Verbs of the queue that people use: enqueue a task or a branch, undo a landing."""

import asyncio
from dataclasses import dataclass

from orch.core.events import TaskCompleted, TaskReviewed
from orch.core.landing import Item, ItemState, Person
from orch.core.task import Status, Task
from orch.engine.parts import Parts
from orch.engine.piece import UnknownItem
from orch.engine.queue import ORCH, Change, LandingQueue, LandingRefused
from orch.ports.store import ItemQuery, TaskQuery


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Puts work into the queue on a person's word."""

    parts: Parts
    queue: LandingQueue

    async def submit(
        self, *, project_id: str, source: str, target: str | None = None, approved: bool = False
    ) -> Item | Task:
        """Queue a task (by its id) or a branch of the project's repository.

        A task that waits for review is approved as it stands; one that is still worked on is
        marked complete, so that its work is checked first. Raises `LandingRefused` for a task
        that has nothing to land, and `Permanent` for a branch that is not there.
        """
        found = await asyncio.to_thread(self.parts.store.tasks, TaskQuery(ids=(source.lower(),)))
        if found:
            return await self._task(found[0])
        project = self.parts.project(project_id)
        settings = await self.parts.settings(project)
        tip = await self.parts.lander.source(project, source)
        change = Change(
            project_id=project_id,
            target=target or settings.landing.base_branch,
            source_ref=tip.ref,
            source_head=tip.commit,
            title=tip.title,
            body=tip.body,
            approved=approved,
            author=Person(tip.author_name, tip.author_email),
        )
        return await self.queue.enqueue(change)

    async def undo(self, landing_id: str) -> Item:
        """Queue the revert of what a landing put on the target."""
        landed = await self._landing(landing_id)
        if landed.state is not ItemState.LANDED or landed.new is None:
            message = f"{landed.id} is {landed.state}; only a landing can be undone"
            raise LandingRefused(message)
        change = Change(
            project_id=landed.project_id,
            target=landed.target,
            source_ref=landed.source_ref,
            source_head=landed.new,
            title=f'Revert "{landed.title}"',
            body=f"This takes back landing {landed.id}, commit {landed.new}.",
            reverts=landed.new,
            approved=True,
            author=ORCH,
        )
        return await self.queue.enqueue(change)

    async def _landing(self, landing_id: str) -> Item:
        found = await asyncio.to_thread(
            self.parts.store.items, ItemQuery(ids=(landing_id.lower(),), limit=1)
        )
        if not found:
            raise UnknownItem(landing_id)
        return found[0]

    async def _task(self, task: Task) -> Item | Task:
        at, head = self.parts.clock.now(), task.attempt.head if task.attempt else None
        if task.status is Status.LANDING:
            return await self._landing(task.landing_id) if task.landing_id else task
        if task.status is Status.IN_PROGRESS:
            event = TaskCompleted(at=at, actor="person")
            return await self.parts.writer.submit(task.id, event)
        if head is None:
            message = f"{task.id} is {task.status}, and there is no commit of it to land"
            raise LandingRefused(message)
        return await self.parts.writer.submit(
            task.id, TaskReviewed(at=at, actor="person", head=head)
        )
