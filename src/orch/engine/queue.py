"""The queue of landings: put changes in, take them out; who is in it is decided in the writer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from orch.core import names
from orch.core.conflict import resolved_by
from orch.core.effects import SubmitLanding
from orch.core.events import LandingSubmitted, LandingWithdrawn, TaskCancelled
from orch.core.landing import Item, ItemState, Person, Strategy
from orch.core.lifecycle import decide
from orch.core.places import rank
from orch.core.task import Status, Task
from orch.engine.parts import Parts
from orch.engine.piece import Piece, Rows
from orch.engine.writer import piece_of
from orch.ports.store import Fact

ORCH = Person("orch", "orch@localhost")
"""Whose name what orch itself makes (a revert) bears."""


class LandingRefused(Exception):
    """The queue can't do this with the change as it stands; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody (`actor`) wants landed; `reverts` names the landing that it takes back.

    `resolved` says which session resolved a conflict of it.
    """

    project_id: str
    target: str
    source_ref: str
    source_head: str
    title: str
    body: str = ""
    task_id: str | None = None
    attempt: int | None = None
    reverts: str | None = None
    approved: bool = False
    resolved: str = ""
    priority: int = 0
    after: tuple[str, ...] = ()
    author: Person = ORCH
    actor: str = "orch"


@dataclass(frozen=True, slots=True)
class LandingQueue:
    """Gives changes their place in a lane, and takes them out again."""

    parts: Parts
    wake: Callable[[str, str], None]

    async def submit(self, effect: SubmitLanding, task: Task) -> None:
        """Give a task's change its place, in one transaction with the task's own news."""
        parts = self.parts
        project = parts.project(task.project_id)
        settings = await parts.settings(project)
        change = Change(
            project_id=project.id,
            target=task.base,
            source_ref=f"refs/orch/attempts/{task.id}/{effect.attempt}",
            source_head=effect.head,
            title=task.title,
            body=task.prompt if task.prompt.strip() != task.title else "",
            task_id=task.id,
            attempt=effect.attempt,
            approved=effect.approved,
            priority=task.priority,
            author=Person(settings.identity.name, settings.identity.email),
        )
        at = parts.clock.now()

        def build(rows: Rows) -> Piece:
            current = rows.task(task.id)
            item = self._item(rows, change, strategy=settings.landing.strategy, at=at)
            item = replace(item, resolved=resolved_by(current))
            event = LandingSubmitted(at=at, attempt=effect.attempt, landing_id=item.id)
            piece = piece_of(current, event, decision=decide(current, event))
            if not piece.tasks:
                return Piece(finished=(effect.id,))
            return replace(piece, items=(item,), finished=(effect.id,))

        await parts.writer.transact(build)
        self.wake(project.id, task.base)

    async def enqueue(self, change: Change) -> Item:
        """Give a branch that has no task its place; the same head twice is the same landing.

        What is in the lane already is approved there, if that is what was wanted. A newer head of
        the same branch takes the place of the older one, unless that is being pushed. Raises
        `LandingRefused` for what is there already, and not behind what it is to land behind.
        """
        project = self.parts.project(change.project_id)
        settings = await self.parts.settings(project)
        at = self.parts.clock.now()

        def build(rows: Rows) -> Piece:
            for open_item in rows.queued(project.id, change.target):
                if _is_same(open_item, change):
                    _refuse_later_order(open_item, change)
                    wanted = change.approved and not open_item.approved
                    return _approved(open_item, wanted=wanted, at=at, actor=change.actor)
            item = self._item(rows, change, strategy=settings.landing.strategy, at=at)
            old = _superseded(rows.queued(project.id, change.target), change)
            if old is not None:
                item = replace(item, rank=old.rank, promoted=old.promoted)
                item = replace(item, after=tuple(dict.fromkeys((*old.after, *change.after))))
            gone = [_cancelled(old, f"superseded by {item.id}", at=at)] if old else []
            facts = [fact_of(item, "LandingSubmitted", at=at, actor=change.actor)]
            facts += [fact_of(one, "LandingWithdrawn", at=at, actor=change.actor) for one in gone]
            return Piece(items=(*gone, item), facts=tuple(facts), result=item)

        item: Item = await self.parts.writer.transact(build)
        self.wake(project.id, change.target)
        return item

    async def withdraw(self, landing_id: str, reason: str, *, actor: str) -> Item:
        """Take an item out before its commit point; raises `LandingRefused` after it."""
        at = self.parts.clock.now()

        def build(rows: Rows) -> Piece:
            item = rows.item(landing_id)
            gone = _cancelled(item, reason, at=at)
            if item.task_id is None:
                fact = fact_of(gone, "LandingWithdrawn", at=at, actor=actor)
                return Piece(items=(gone,), facts=(fact,), result=gone)
            task = rows.task(item.task_id)
            event = LandingWithdrawn(at=at, actor=actor, landing_id=landing_id, reason=reason)
            return replace(
                piece_of(task, event, decision=decide(task, event)), items=(gone,), result=gone
            )

        item: Item = await self.parts.writer.transact(build)
        self.wake(item.project_id, item.target)
        return item

    async def promote(self, landing_id: str, *, actor: str) -> Item:
        """Send an item ahead of all others; raises `LandingRefused` if it has left the lane.

        Those that are checked already are built and checked again behind it.
        """
        at = self.parts.clock.now()

        def build(rows: Rows) -> Piece:
            item = rows.item(landing_id)
            if not item.is_open:
                message = f"{item.id} is {item.state} already"
                raise LandingRefused(message)
            ahead = replace(item, promoted=True, rank=-at, version=item.version + 1)
            fact = fact_of(ahead, "LandingPromoted", at=at, actor=actor)
            return Piece(items=(ahead,), facts=(fact,), result=ahead)

        item: Item = await self.parts.writer.transact(build)
        self.wake(item.project_id, item.target)
        return item

    async def approve(self, landing_id: str, *, actor: str) -> Item:
        """Note that a person vouches for just this change: it needs no judge any more."""
        at = self.parts.clock.now()

        def build(rows: Rows) -> Piece:
            item = rows.item(landing_id)
            return _approved(item, wanted=not item.approved, at=at, actor=actor)

        item: Item = await self.parts.writer.transact(build)
        self.wake(item.project_id, item.target)
        return item

    async def cancel(self, task_id: str, event: TaskCancelled) -> Task:
        """Cancel a task together with its place in the queue.

        Raises `LandingRefused` when its landing has passed the commit point: whether it landed
        is then known in a moment, and it may be undone.
        """

        def build(rows: Rows) -> Piece:
            task = rows.task(task_id)
            piece = piece_of(task, event, decision=decide(task, event))
            if task.status is not Status.LANDING or task.landing_id is None:
                return piece
            gone = _cancelled(rows.item(task.landing_id), "task cancelled", at=event.at)
            return replace(piece, items=(gone,))

        task: Task = await self.parts.writer.transact(build)
        self.wake(task.project_id, task.base)
        return task

    def _item(self, rows: Rows, change: Change, *, strategy: Strategy, at: float) -> Item:
        number = rows.store.allocate("landing")
        return Item(
            id=names.landing_id(number),
            project_id=change.project_id,
            target=change.target,
            source_ref=change.source_ref,
            source_head=change.source_head,
            title=change.title,
            body=change.body,
            submitted_at=float(int(at)),
            position=number,
            author=change.author,
            task_id=change.task_id,
            attempt=change.attempt,
            reverts=change.reverts,
            strategy=strategy,
            approved=change.approved,
            resolved=change.resolved,
            rank=rank(at, change.priority),
            after=change.after,
            version=1,
        )


def fact_of(item: Item, kind: str, *, at: float, actor: str = "orch", **data: object) -> Fact:
    """Put news of an item into the history."""
    return Fact(
        project_id=item.project_id,
        task_id=item.task_id,
        landing_id=item.id,
        kind=kind,
        at=at,
        actor=actor,
        data={"state": item.state.value, "source_head": item.source_head, **data},
    )


def _is_same(item: Item, change: Change) -> bool:
    """Tell whether an item wants what somebody asks for; an undo is another than what it undoes."""
    return item.source_head == change.source_head and item.reverts == change.reverts


def _refuse_later_order(item: Item, change: Change) -> None:
    """Raise `LandingRefused` where somebody wants another order of what is in the lane already."""
    if missing := [one for one in change.after if one not in item.after]:
        message = (
            f"{item.id} is in the queue already, and not behind {', '.join(missing)}; "
            f"take it out first: orch queue cancel {item.id}"
        )
        raise LandingRefused(message)


def _superseded(queued: Sequence[Item], change: Change) -> Item | None:
    """Find the older head of the same branch."""
    for item in queued:
        same = item.source_ref == change.source_ref and item.task_id is None
        if same and not (item.reverts or change.reverts) and item.state is not ItemState.PUSHING:
            return item
    return None


def _approved(item: Item, *, wanted: bool, at: float, actor: str) -> Piece:
    """Approve what is still to be decided about; past its commit point there is nothing to say."""
    if not wanted or not item.is_open or item.state is ItemState.PUSHING:
        return Piece(result=item)
    vouched = replace(item, approved=True, version=item.version + 1)
    fact = fact_of(vouched, "LandingApproved", at=at, actor=actor)
    return Piece(items=(vouched,), facts=(fact,), result=vouched)


def _cancelled(item: Item, reason: str, *, at: float) -> Item:
    if not item.is_open:
        message = f"{item.id} is {item.state} already"
        raise LandingRefused(message)
    if item.state is ItemState.PUSHING:
        message = (
            f"{item.id} is being pushed; it can't be taken back now. "
            f"Once it has landed, `orch undo {item.id}` reverts it"
        )
        raise LandingRefused(message)
    return replace(
        item,
        state=ItemState.CANCELLED,
        reason=reason,
        waiting="",
        closed_at=at,
        version=item.version + 1,
    )
