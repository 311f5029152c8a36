"""A lane's executor: looks, has the planner say what is to be done, does it, and looks again."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from orch.core.landing import Bounce, Item, ItemState
from orch.core.lane import plan
from orch.core.lane_plan import (
    Build,
    Eject,
    GateChange,
    Plan,
    Precheck,
    Push,
    Rules,
    Settle,
    Snapshot,
    Split,
    Step,
    Stop,
)
from orch.core.places import arrange
from orch.core.window import REMEMBERED, rules_for
from orch.engine.candidates import Candidates
from orch.engine.checks import Checks
from orch.engine.doubts import Doubts
from orch.engine.gating import Gating
from orch.engine.ground import Ground
from orch.engine.items import ItemGone, Items, Verdicted
from orch.engine.landings import Landings, backings
from orch.engine.obstacle import Blocked, Obstacle
from orch.engine.parts import Parts
from orch.engine.target import Target
from orch.engine.unjudged import find_unjudged
from orch.ports.store import ItemQuery

_LOOK_AGAIN_S = 60.0


@dataclass(slots=True)
class Lane:
    """One lane. Its rows, the target and the receipts say all there is to know at each look.

    What it keeps beside them only saves asking again; a restart begins without it.
    """

    parts: Parts
    checks: Checks
    ring: Callable[[], None]
    items: Items = field(init=False)
    gating: Gating = field(init=False)
    candidates: Candidates = field(init=False)
    landings: Landings = field(init=False)
    target: Target = field(init=False)
    obstacle: Obstacle = field(default_factory=Obstacle)
    doubts: Doubts = field(init=False)
    _begun: bool = False
    _idle: bool = False

    def __post_init__(self) -> None:
        """Put the lane together; nothing runs."""
        self.items = Items(self.parts)
        self.gating = Gating(self.parts, self.checks, self.ring)
        self.candidates = Candidates(self.parts, self.items)
        self.landings = Landings(self.parts, self.items)
        self.target = Target(self.parts)
        self.doubts = Doubts(self.parts.clock)

    async def step(self, ground: Ground) -> bool:
        """Look and do the next thing; False when nothing can be done at once.

        Raises `Transient` when the target can't be reached and `InvariantBroken` after a landing
        that is not as it must be. An item that changed under the step's hands is looked at anew.
        """
        rows = await self._rows(ground)
        self._idle = not rows
        if not rows:
            await self.gating.stop(sorted(self.gating.running))
            return False
        if not self._begun:
            await self._begin(ground)
        try:
            snapshot = await self._observe(ground, rows)
            self._idle = bool(snapshot.paused)
            ground = replace(ground, tip=snapshot.tip)
            return await self._follow(ground, snapshot, planned=plan(snapshot))
        except ItemGone:
            return True

    def rest_s(self) -> float | None:
        """Say when to look again if nothing rings before; None if there is nothing to look for."""
        if self._idle:
            return None
        waits = [_LOOK_AGAIN_S] if not self.gating.running else []
        held = (self.gating.next_s(), self.gating.stumbles.next_s(), self.obstacle.next_s())
        waits += [one for one in held if one is not None]
        return min(waits, default=None)

    async def stop(self) -> None:
        """End the gates; the rows say where to go on."""
        await self.gating.stop(sorted(self.gating.running))

    async def _rows(self, ground: Ground) -> list[Item]:
        query = ItemQuery(
            project_id=ground.project.id, target=ground.target, open_only=True, limit=1_000_000
        )
        return list(await asyncio.to_thread(self.parts.store.items, query))

    async def _begin(self, ground: Ground) -> None:
        """Learn from the rows how the last landings went."""
        query = ItemQuery(
            project_id=ground.project.id,
            target=ground.target,
            states=(ItemState.LANDED, ItemState.BOUNCED),
            newest_first=True,
            limit=REMEMBERED,
        )
        closed = await asyncio.to_thread(self.parts.store.items, query)
        told = [item for item in closed if item.bounce in {None, *_EJECTED}]
        told.sort(key=lambda item: item.closed_at or 0.0)
        self.landings.closings[:] = [item.bounce is None for item in told]
        self._begun = True

    async def _observe(self, ground: Ground, rows: Sequence[Item]) -> Snapshot:
        if any(item.state is ItemState.PUSHING for item in rows):
            return Snapshot(tip="", items=rows)
        rows = await self.gating.stumbles.bring_back(rows, self.items)
        tip = await self.target.find(ground)
        rules = self._rules(ground)
        items = arrange(rows, reach=rules.window)
        hold = ground.project.hold(ground.target)
        self.gating.look_for_stumbles(replace(ground, tip=tip), items)
        commits = self._of_use(tip, items)
        known = await self.gating.learn(ground, commits) if rules.gated else {}
        return Snapshot(
            tip=tip,
            items=items,
            rules=rules,
            known=known,
            running=self.gating.running,
            held=self.gating.held() | self.obstacle.held(now=self.parts.clock.now()),
            clashes=frozenset(self.candidates.clashes),
            lost=await self._lost(items),
            barred=self.gating.stumbles.out(),
            unjudged=await find_unjudged(self.parts, ground, items=items),
            under=frozenset(self.target.under),
            doubted=self.doubts.about(self.gating.verdicts(ground)),
            paused=hold.told if hold else "",
        )

    def _of_use(self, tip: str, items: Sequence[Item]) -> list[str]:
        """List the commits whose gates matter: tip, candidates, and what some of those stand on."""
        stood_on = {item.expected_old for item in items} & self.target.under
        candidates = (item.candidate for item in items)
        return [tip, *(one for one in (*candidates, *stood_on) if one)]

    def _rules(self, ground: Ground) -> Rules:
        slots = ground.settings.gate.slots or self.checks.slots
        return rules_for(ground.settings, closings=self.landings.closings, slots=slots)

    async def _lost(self, items: Sequence[Item]) -> frozenset[str]:
        """Find which of the landings that others build on have closed without landing."""
        asked = {one for item in items for one in item.after} - {item.id for item in items}
        if not asked:
            return frozenset()
        query = ItemQuery(ids=tuple(sorted(asked)), limit=len(asked))
        found = await asyncio.to_thread(self.parts.store.items, query)
        landed = {item.id for item in found if item.state is ItemState.LANDED}
        return frozenset(asked - landed)

    async def _follow(self, ground: Ground, snapshot: Snapshot, *, planned: Plan) -> bool:
        """Start and end gates, write down how each item stands, then do the first step."""
        places = {item.id: place for place, item in enumerate(snapshot.items)}
        for change in planned.gates:
            await self._change(ground, change, places=places)
        if ground.tip:
            self.gating.forget(self._of_use(ground.tip, snapshot.items))
        fresh = await self._note(ground, snapshot, planned=planned)
        if not planned.steps:
            return False
        await self._act(ground, snapshot, step=planned.steps[0], fresh=fresh)
        return True

    async def _change(
        self, ground: Ground, change: GateChange, *, places: Mapping[str, int]
    ) -> None:
        """Start or end a gate; the nearer its item is to the head, the sooner it gets a slot."""
        if isinstance(change, Stop):
            await self.gating.stop([change.commit])
        else:
            self.gating.start(ground, change, priority=places[change.item.id])

    async def _note(
        self, ground: Ground, snapshot: Snapshot, *, planned: Plan
    ) -> Mapping[str, Item]:
        """Write what changed about the items; return the rows that are newer than the plan.

        What is pushed in a moment gets its intent then, and no note before it.
        """
        fresh: dict[str, Item] = {}
        first = planned.steps[0] if planned.steps else None
        leaving = first.items if isinstance(first, Push) else ()
        for item in planned.chain:
            if item in leaving:
                continue
            state = self._state(item, planned)
            receipt = None
            if state is ItemState.GREEN and (
                said := self.gating.said(ground, item.candidate or "")
            ):
                receipt = said.receipt
            blocked = item.state is ItemState.GREEN and item.candidate in snapshot.held
            if item.state is not state and ground.settings.landing.quality_gate:
                fresh[item.id] = await self.items.move(item, state, receipt=receipt, waiting="")
            elif item.waiting and not blocked:
                fresh[item.id] = await self.items.note(item, "")
        for item in snapshot.items:
            if (why := planned.waits.get(item.id)) is None:
                continue
            ended = item.state is ItemState.GATING and item.candidate not in self.gating.running
            if ended or (item.state is ItemState.GREEN and not why):
                fresh[item.id] = await self.items.move(item, ItemState.QUEUED, waiting=why)
            else:
                fresh[item.id] = await self.items.note(item, why)
        return fresh

    def _state(self, item: Item, planned: Plan) -> ItemState:
        if item.id in planned.green:
            return ItemState.GREEN
        return ItemState.GATING if item.candidate in self.gating.running else ItemState.QUEUED

    async def _act(
        self, ground: Ground, snapshot: Snapshot, *, step: Step, fresh: Mapping[str, Item]
    ) -> None:
        match step:
            case Settle(items):
                self._after(items, await self.landings.settle(ground, items))
            case Push(items):
                proofs = backings(items, partial(self.gating.said, ground))
                fresher = [fresh.get(item.id, item) for item in items]
                pushed = await self.landings.push(ground, fresher, backings=proofs)
                self._after(items, pushed)
            case Build(item, onto):
                place = 1 + max(one.place for one in snapshot.items)
                item = fresh.get(item.id, item)
                await self.candidates.build(ground, item, onto=onto, place=place)
            case Precheck(items):
                fresher = [fresh.get(item.id, item) for item in items]
                await self.candidates.precheck(ground, fresher)
            case Split(items, share):
                # A crash among several is no harm: who stood on the first is built anew, too.
                why = "its batch failed; it is gated again with fewer others"
                for item in items:
                    old = fresh.get(item.id, item)
                    await self.items.unbuild(old, share=share, waiting=why)
            case Eject(item, bounce):
                await self._eject(ground, fresh.get(item.id, item), bounce=bounce)

    def _after(self, items: Sequence[Item], pushed: Blocked | str | None) -> None:
        """Take note of where the target is now, or of what is in the way."""
        if isinstance(pushed, Blocked):
            self.obstacle.meet(pushed, now=self.parts.clock.now())
        else:
            self.obstacle.clear()
            self.target.note_push(items, pushed)

    async def _eject(self, ground: Ground, item: Item, *, bounce: Bounce) -> None:
        said = self.gating.said(ground, item.candidate or "")
        reason, excerpt = (said.reason, said.excerpt) if said else (item.waiting, "")
        if bounce is Bounce.RED:
            reason = f"red on top of {ground.target}: {reason}"
        told = Verdicted(bounce=bounce, reason=reason, excerpt=f"{reason}\n{excerpt}".rstrip())
        await self.items.bounce(item, told)
        if bounce in _EJECTED:
            self.landings.closings.append(False)


_EJECTED = frozenset({Bounce.RED, Bounce.UNCLEAN})
