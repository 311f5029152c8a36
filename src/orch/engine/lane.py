"""The lane's executor: carries out what the planner says, one step at a time, and records it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from orch.core.landing import Bounce, Item, ItemState
from orch.core.lane import (
    Action,
    Build,
    Check,
    CheckBase,
    Eject,
    Push,
    Seen,
    Settle,
    Snapshot,
    plan,
)
from orch.core.named_files import named_files
from orch.core.patterns import matches
from orch.core.receipt import Outcome
from orch.engine.checks import CheckOrder, Checks
from orch.engine.ground import Ground, Held, InvariantBroken
from orch.engine.items import Items, Verdicted
from orch.engine.parts import Parts
from orch.ports.errors import Transient
from orch.ports.lander import (
    Candidate,
    Conflict,
    Moved,
    Nothing,
    Pushed,
    Refused,
    Settled,
    Unrelated,
    Waiting,
)
from orch.ports.store import ItemQuery

_CHECKOUT_WAIT_S = 2.0
_INFRA_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class LaneSteps:
    """Does the lane's work. After a crash the same steps are planned again from the rows."""

    parts: Parts
    items: Items
    checks: Checks

    async def step(self, ground: Ground) -> bool:
        """Do the next thing; False when there is nothing to do.

        Raises `Held` when something outside has to change first, and `Transient` when the
        target can't be reached.
        """
        snapshot = await self._observe(ground)
        action = plan(snapshot) if snapshot else None
        if snapshot is None or action is None:
            return await self._explain(snapshot)
        await self._act(ground, action, tip=snapshot.tip)
        return True

    async def _observe(self, ground: Ground) -> Snapshot | None:
        query = ItemQuery(project_id=ground.project.id, target=ground.target, open_only=True)
        rows = await asyncio.to_thread(self.parts.store.items, query)
        if not rows:
            return None
        gated = bool(ground.settings.landing.quality_gate)
        if any(item.state is ItemState.PUSHING for item in rows):
            return Snapshot(tip="", items=[Seen(item=item) for item in rows], gated=gated)
        tip = await self.parts.lander.tip(ground.project, ground.target)
        seen = [await self._see(ground, item, tip=tip, gated=gated) for item in rows]
        return Snapshot(tip=tip, items=seen, gated=gated)

    async def _see(self, ground: Ground, item: Item, *, tip: str, gated: bool) -> Seen:
        if not gated or item.candidate is None or item.expected_old != tip:
            return Seen(item=item)
        known = await self.checks.known(ground.project, item.candidate, settings=ground.settings)
        if known is None or known.outcome is not Outcome.RED:
            return Seen(item=item, verdict=known.outcome if known else None)
        base = await self.checks.known(ground.project, tip, settings=ground.settings)
        return Seen(item=item, verdict=known.outcome, base=base.outcome if base else None)

    async def _explain(self, snapshot: Snapshot | None) -> bool:
        for seen in snapshot.items if snapshot else ():
            reason = "the target itself fails the gate; waits for it to become green"
            await self.items.note(seen.item, reason)
        return False

    async def _act(self, ground: Ground, action: Action, *, tip: str) -> None:
        match action:
            case Settle(item):
                await self._settle(ground, item)
            case Build(item):
                await self._build(ground, item, tip=tip)
            case Check(item):
                await self._check(ground, item)
            case CheckBase(item):
                await self._check_base(ground, item)
            case Push(item):
                await self._push(ground, item)
            case Eject(item):
                await self._eject(ground, item)

    async def _build(self, ground: Ground, item: Item, *, tip: str) -> None:
        built = await self.parts.lander.build(ground.project, item, onto=tip)
        match built:
            case Candidate():
                await self._adopt(ground, item, candidate=built)
            case Conflict(paths=paths, detail=detail):
                reason = f"conflicts with {ground.target} in {_listed(paths)}"
                await self._send_back(
                    item, Bounce.CONFLICT, reason=reason, excerpt=f"{reason}\n{detail}"
                )
            case Nothing(reason=reason):
                await self._send_back(item, Bounce.EMPTY, reason=reason)
            case Unrelated(reason=reason):
                await self._send_back(item, Bounce.REFUSED, reason=reason)

    async def _adopt(self, ground: Ground, item: Item, *, candidate: Candidate) -> None:
        if protected := self._protected(ground, item, candidate=candidate):
            reason = f"changes protected files: {_listed(protected)}; `orch merge` approves it"
            await self._send_back(item, Bounce.SCOPE, reason=reason)
            return
        drafted = replace(
            item, candidate=candidate.commit, tree=candidate.tree, expected_old=candidate.parent
        )
        wrong = await self.parts.lander.inspect(ground.project, drafted, candidate=candidate)
        if wrong:
            reason = "; ".join(f"{one.invariant}: {one.detail}" for one in wrong)
            await self._send_back(
                item, Bounce.REFUSED, reason=f"the candidate is not sound: {reason}"
            )
            return
        await self.items.move(
            item,
            ItemState.QUEUED,
            candidate=candidate.commit,
            tree=candidate.tree,
            expected_old=candidate.parent,
            waiting="",
        )

    def _protected(self, ground: Ground, item: Item, *, candidate: Candidate) -> tuple[str, ...]:
        if item.approved or item.reverts:
            return ()
        landing = ground.settings.landing
        named = set(named_files(landing.quality_gate, candidate.paths))
        return tuple(
            path
            for path in candidate.paths
            if path in named or matches(path, landing.protected_paths)
        )

    async def _check(self, ground: Ground, item: Item) -> None:
        gating = await self.items.move(item, ItemState.GATING, waiting="")
        commit = item.candidate or ""
        verdict = await self.checks.check(self._order(ground, item, commit=commit))
        match verdict.outcome:
            case Outcome.PASSED:
                await self.items.move(gating, ItemState.GREEN, receipt=verdict.receipt)
            case Outcome.RED:
                pass  # The receipt is kept; the planner looks at the base before it ejects.
            case Outcome.UNCLEAN:
                await self._send_back(
                    gating, Bounce.UNCLEAN, reason=verdict.reason, excerpt=verdict.excerpt
                )
            case Outcome.INFRA:
                reason = f"the gate could not be run: {verdict.reason}; see {verdict.log}"
                await self.items.note(gating, reason)
                raise Held(reason, wait_s=_INFRA_WAIT_S)

    async def _check_base(self, ground: Ground, item: Item) -> None:
        verdict = await self.checks.check(self._order(ground, item, commit=item.expected_old or ""))
        if verdict.outcome in {Outcome.INFRA, Outcome.UNCLEAN}:
            reason = f"the gate could not be run on {ground.target} itself: {verdict.reason}"
            await self.items.note(item, reason)
            raise Held(reason, wait_s=_INFRA_WAIT_S)

    def _order(self, ground: Ground, item: Item, *, commit: str) -> CheckOrder:
        owner, n = item.task_id or item.id, item.attempt or 0
        return CheckOrder(
            project=ground.project,
            settings=ground.settings,
            commit=commit,
            effect_id=f"{item.id}/{commit[:12]}",
            log=self.parts.artifacts.path(owner, n, name=f"gate-{commit[:12]}.log"),
        )

    async def _eject(self, ground: Ground, item: Item) -> None:
        known = await self.checks.known(
            ground.project, item.candidate or "", settings=ground.settings
        )
        told = (known.reason, known.excerpt) if known else ("the gate failed", "")
        reason = f"red on top of {ground.target}: {told[0]}"
        await self._send_back(item, Bounce.RED, reason=reason, excerpt=f"{reason}\n{told[1]}")

    async def _push(self, ground: Ground, item: Item) -> None:
        known = await self.checks.known(
            ground.project, item.candidate or "", settings=ground.settings
        )
        gated = bool(ground.settings.landing.quality_gate)
        receipt = known.receipt if known and gated else None
        intent = await self.items.move(item, ItemState.PUSHING, receipt=receipt)
        await self._carry_out(ground, intent)

    async def _carry_out(self, ground: Ground, item: Item) -> None:
        try:
            pushed = await self.parts.lander.push(ground.project, item, follow=ground.follow)
        except Transient as error:
            await self.items.note(item, f"unknown whether it arrived: {error.reason}")
            raise
        match pushed:
            case Pushed(old=old, new=new):
                await self._landed(ground, item, old=old, new=new)
            case Moved():
                await self._rebuild(item)
            case Waiting():
                reason = _waiting(pushed)
                await self.items.move(item, ItemState.GREEN, waiting=reason)
                raise Held(reason, wait_s=_CHECKOUT_WAIT_S)
            case Refused(reason=reason):
                await self._send_back(item, Bounce.REFUSED, reason=f"the target refused: {reason}")

    async def _settle(self, ground: Ground, item: Item) -> None:
        settled = await self.parts.lander.settle(ground.project, item, follow=ground.follow)
        match settled:
            case Settled.LANDED:
                old, new = item.expected_old or "", item.candidate or ""
                await self._landed(ground, item, old=old, new=new)
            case Settled.NOT_LANDED:
                await self._carry_out(ground, item)
            case Settled.MOVED:
                await self._rebuild(item)

    async def _rebuild(self, item: Item) -> None:
        await self.items.move(
            item,
            ItemState.QUEUED,
            candidate=None,
            tree=None,
            expected_old=None,
            receipt=None,
            tries=item.tries + 1,
        )

    async def _landed(self, ground: Ground, item: Item, *, old: str, new: str) -> None:
        landed = await self.items.landed(item, old=old, new=new)
        wrong = await self.parts.lander.verify(
            ground.project, ground.target, landed=(landed,), since=old
        )
        if wrong:
            words = "; ".join(f"{one.invariant} {one.commit[:12]}: {one.detail}" for one in wrong)
            raise InvariantBroken(words)

    async def _send_back(
        self, item: Item, bounce: Bounce, *, reason: str, excerpt: str = ""
    ) -> None:
        await self.items.bounce(item, Verdicted(bounce=bounce, reason=reason, excerpt=excerpt))


def _waiting(answer: Waiting) -> str:
    files = f" ({_listed(answer.paths)})" if answer.paths else ""
    return f"{answer.checkout}: {answer.reason}{files}"


def _listed(paths: Sequence[str], limit: int = 5) -> str:
    shown = ", ".join(paths[:limit])
    return f"{shown} and {len(paths) - limit} more" if len(paths) > limit else shown
