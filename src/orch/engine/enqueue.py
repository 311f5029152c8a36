"""Verbs of the queue that people use: enqueue a task or a branch, undo a landing."""

import asyncio
import contextlib
from dataclasses import dataclass

from orch.core.conflict import resolved_by
from orch.core.events import TaskReviewed
from orch.core.landing import Item, ItemState, Person
from orch.core.project import Project
from orch.core.task import Status, Task
from orch.engine.parts import Parts
from orch.engine.piece import UnknownItem
from orch.engine.queue import ORCH, Change, LandingQueue, LandingRefused
from orch.ports.errors import Transient
from orch.ports.store import ItemQuery, TaskQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants in the queue: a task (by its id) or a branch; `actor` says who.

    `target` is the base branch if not given; `approved` a person's word for protected paths
    and for what no judge has seen; `after` names landings that have to be there first.
    """

    project_id: str
    source: str
    actor: str
    target: str | None = None
    approved: bool = False
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Puts work into the queue on a person's word."""

    parts: Parts
    queue: LandingQueue

    async def submit(self, wanted: Wanted) -> Item:
        """Queue a task (by its id) or a branch of the project's repository.

        A task that waits for review is approved as it stands. With another `target` than its
        base, its work is landed there as a branch's would be, and the task stays as it is.
        Where it is in the lane already, an approval is noted there.
        Raises `LandingRefused` for a task that is still worked on or has nothing to land, and
        `Permanent` for a branch that is not there, be it the source or the target.
        """
        query = TaskQuery(ids=(wanted.source.lower(),))
        found = await asyncio.to_thread(self.parts.store.tasks, query)
        if found and wanted.target in {None, found[0].base}:
            item = await self._task(found[0], actor=wanted.actor)
            return await self._vouched(item, wanted)
        if found and wanted.target is not None:
            return await self._elsewhere(found[0], wanted.target, wanted=wanted)
        project = self.parts.project(wanted.project_id)
        settings = await self.parts.settings(project)
        tip = await self.parts.lander.source(project, wanted.source)
        if wanted.target not in {None, settings.landing.base_branch}:
            await self._meet(project, wanted.target or "")
        change = Change(
            project_id=wanted.project_id,
            target=wanted.target or settings.landing.base_branch,
            source_ref=tip.ref,
            source_head=tip.commit,
            title=tip.title,
            body=tip.body,
            approved=wanted.approved,
            after=wanted.after,
            author=Person(tip.author_name, tip.author_email),
            actor=wanted.actor,
        )
        return await self.queue.enqueue(change)

    async def _meet(self, project: Project, target: str) -> None:
        """Look whether there is such a target: a slip of the pen would wait for it for ever.

        What can't be asked now is asked again by the lane.
        """
        with contextlib.suppress(Transient):
            await self.parts.lander.tip(project, target)

    async def undo(self, landing_id: str, *, actor: str) -> Item:
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
            actor=actor,
        )
        return await self.queue.enqueue(change)

    async def _landing(self, landing_id: str) -> Item:
        found = await asyncio.to_thread(
            self.parts.store.items, ItemQuery(ids=(landing_id.lower(),), limit=1)
        )
        if not found:
            raise UnknownItem(landing_id)
        return found[0]

    async def _elsewhere(self, task: Task, target: str, *, wanted: Wanted) -> Item:
        """Queue what a task has claimed for another branch than its own base."""
        attempt = task.attempt
        if attempt is None or attempt.head is None:
            raise LandingRefused(_nothing_to_land(task))
        project = self.parts.project(task.project_id)
        await self._meet(project, target)
        identity = (await self.parts.settings(project)).identity
        change = Change(
            project_id=task.project_id,
            target=target,
            source_ref=f"refs/orch/attempts/{task.id}/{attempt.n}",
            source_head=attempt.head,
            title=task.title,
            body=task.prompt if task.prompt.strip() != task.title else "",
            approved=wanted.approved,
            resolved=resolved_by(task),
            after=wanted.after,
            author=Person(identity.name, identity.email),
            actor=wanted.actor,
        )
        return await self.queue.enqueue(change)

    async def _task(self, task: Task, *, actor: str) -> Item:
        at, head = self.parts.clock.now(), task.attempt.head if task.attempt else None
        if task.status is not Status.LANDING:
            if task.status is Status.IN_PROGRESS or head is None:
                raise LandingRefused(_nothing_to_land(task))
            event = TaskReviewed(at=at, actor=actor, head=head)
            task = await self.parts.writer.submit(task.id, event)
        return await self._queued(task)

    async def _vouched(self, item: Item, wanted: Wanted) -> Item:
        if not wanted.approved or item.approved:
            return item
        return await self.queue.approve(item.id, actor=wanted.actor)

    async def _queued(self, task: Task) -> Item:
        """Wait until the outbox has given the change its place."""
        seq = self.parts.writer.seq
        while task.landing_id is None:
            if task.status is not Status.LANDING:
                raise LandingRefused(f"{task.id} is {task.status}: {task.reason}")
            seq = await self.parts.writer.changed(seq)
            query = TaskQuery(ids=(task.id,), limit=1)
            task = (await asyncio.to_thread(self.parts.store.tasks, query))[0]
        return await self._landing(task.landing_id)


def _nothing_to_land(task: Task) -> str:
    if task.status is Status.IN_PROGRESS:
        return (
            f"{task.id} is still worked on; `orch task complete {task.id}` has what is there "
            "checked and landed"
        )
    return f"{task.id} is {task.status}, and there is no commit of it to land"
