"""What becomes of items: each outcome is one transaction, together with the task's news."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orch.core.events import Event, Landed, LandingBounced
from orch.core.landing import Bounce, Item, ItemState, Proof
from orch.core.lifecycle import decide
from orch.engine.parts import Parts
from orch.engine.piece import Piece, Rows
from orch.engine.queue import fact_of
from orch.engine.writer import piece_of


class ItemGone(Exception):
    """The item was withdrawn or changed meanwhile; the step that was under way means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicted:
    """Why an item is sent back: its kind, one sentence, and what the agent is told."""

    bounce: Bounce
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """What backs a landing: the receipt of its tree, or of what it is part of, and of the base."""

    proof: Proof
    receipt: str | None = None
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """Moves items from state to state.

    Each step names the item as it was read; if it changed since (somebody withdrew it), the
    step raises `ItemGone` and writes nothing. That is how a cancel that was acknowledged before
    the intent can never land.
    """

    parts: Parts

    async def move(self, item: Item, state: ItemState, **changes: object) -> Item:
        """Write an item's new state."""
        at = self.parts.clock.now()

        def build(rows: Rows) -> Piece:
            _same(rows, item)
            moved = _changed(item, state=state, **changes)
            kind = f"Item{state.title()}"
            return Piece(items=(moved,), facts=(fact_of(moved, kind, at=at),), result=moved)

        moved: Item = await self.parts.writer.transact(build)
        return moved

    async def intend(
        self, items: Sequence[Item], backings: Sequence[Backing], *, tried: str = ""
    ) -> list[Item]:
        """Write the intent of a push, of all its items at once.

        `tried` is what was in the way of the last try: of those that wait for it a new one is no
        news, for it is made again and again.
        """
        at = self.parts.clock.now()

        def build(rows: Rows) -> Piece:
            for item in items:
                _same(rows, item)
            state = ItemState.PUSHING
            meant = [
                _changed(
                    item,
                    state=state,
                    proof=backing.proof,
                    receipt=backing.receipt,
                    baseline=backing.baseline,
                )
                for item, backing in zip(items, backings, strict=True)
            ]
            news = [item for item in meant if not tried or item.waiting != tried]
            facts = tuple(fact_of(item, f"Item{state.title()}", at=at) for item in news)
            return Piece(items=tuple(meant), facts=facts, result=meant)

        meant: list[Item] = await self.parts.writer.transact(build)
        return meant

    async def unbuild(self, item: Item, **changes: object) -> None:
        """Give up an item's candidate: it has to be built anew."""
        none = {"candidate": None, "tree": None, "expected_old": None, "receipt": None}
        await self.move(item, ItemState.QUEUED, **none, **changes)

    async def note(self, item: Item, waiting: str) -> Item:
        """Write what an item waits for; nothing is written if that is known already."""
        return item if item.waiting == waiting else await self.keep(item, waiting=waiting)

    async def keep(self, item: Item, **changes: object) -> Item:
        """Write what was found out about an item; that is no news for the history."""

        def build(rows: Rows) -> Piece:
            _same(rows, item)
            kept = _changed(item, **changes)
            return Piece(items=(kept,), result=kept)

        kept: Item = await self.parts.writer.transact(build)
        return kept

    async def checked(self, items: Sequence[Item], *, onto: str) -> None:
        """Write of some items that they merge onto a commit."""

        def build(rows: Rows) -> Piece:
            for item in items:
                _same(rows, item)
            return Piece(items=tuple(_changed(item, checked_on=onto) for item in items))

        if items:
            await self.parts.writer.transact(build)

    async def bounce(self, item: Item, why: Verdicted) -> Item:
        """Send an item back, and its task with it."""
        at = self.parts.clock.now()
        project = self.parts.project(item.project_id)
        resolver = (await self.parts.settings(project)).landing.resolver
        back = {"state": ItemState.BOUNCED, "bounce": why.bounce, "reason": why.reason}
        event = LandingBounced(
            at=at,
            landing_id=item.id,
            bounce=why.bounce,
            reason=why.reason,
            excerpt=why.excerpt,
            resolver=resolver,
        )
        return await self._close(item, event, **back, waiting="", proof=None, closed_at=at)

    async def landed(self, item: Item, *, old: str, new: str) -> Item:
        """Record a landing, and the end of its task, in one transaction."""
        at = self.parts.clock.now()
        proof = item.proof or (Proof.PASSING if item.receipt else Proof.UNGATED)
        event = Landed(at=at, landing_id=item.id, commit=new, previous=old)
        return await self._close(
            item,
            event,
            state=ItemState.LANDED,
            old=old,
            new=new,
            landed_at=at,
            closed_at=at,
            proof=proof,
            waiting="",
        )

    async def _close(self, item: Item, event: Event, **changes: object) -> Item:
        def build(rows: Rows) -> Piece:
            _same(rows, item)
            closed = _changed(item, **changes)
            if item.task_id is None:
                fact = fact_of(closed, type(event).__name__, at=event.at, reason=closed.reason)
                return Piece(items=(closed,), facts=(fact,), result=closed)
            task = rows.task(item.task_id)
            piece = piece_of(task, event, decision=decide(task, event))
            return replace(piece, items=(closed,), result=closed)

        closed: Item = await self.parts.writer.transact(build)
        return closed


def _same(rows: Rows, item: Item) -> None:
    if rows.item(item.id).version != item.version:
        raise ItemGone(item.id)


def _changed(item: Item, **changes: object) -> Item:
    return replace(item, version=item.version + 1, **changes)  # type: ignore[arg-type]
