"""The commit point: the intent, one compare-and-swap, what came of it, and the invariants after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from orch.core.baseline import verdict
from orch.core.landing import Bounce, Item, ItemState, Proof
from orch.core.receipt import Outcome
from orch.engine.candidates import listed
from orch.engine.checks import Verdict
from orch.engine.ground import Ground, InvariantBroken
from orch.engine.items import Backing, Items, Verdicted
from orch.engine.obstacle import Blocked
from orch.engine.parts import Parts
from orch.ports.errors import Transient
from orch.ports.lander import Moved, Pushed, Refused, Settled, Waiting


@dataclass(slots=True)
class Landings:
    """Moves the target to the last of some items' candidates, once, and records what came of it.

    Several items are one push: those whose gate is that of the last (a batch), and those that
    are proven at the same time. `singly` says that a push of several was not taken as a whole,
    `tried` what was in the way of the last that waited.
    """

    parts: Parts
    items: Items
    closings: list[bool] = field(default_factory=list)
    singly: bool = False
    tried: str = ""

    async def push(
        self, ground: Ground, items: Sequence[Item], *, backings: Sequence[Backing]
    ) -> Blocked | str | None:
        """Write the intent and carry it out; the new tip, what is in the way, or None."""
        ends = [k for k, backing in enumerate(backings, 1) if backing.proof is not Proof.COVERED]
        self.singly = self.singly and len(ends) > 1
        count = ends[0] if self.singly else len(items)
        meant = await self.items.intend(items[:count], backings[:count], tried=self.tried)
        return await self._carry_out(ground, meant)

    async def settle(self, ground: Ground, items: Sequence[Item]) -> Blocked | str | None:
        """Find out what became of an intent, and finish what it began."""
        line = chained(items)
        settled = await self.parts.lander.settle(ground.project, as_one(line), follow=ground.follow)
        match settled:
            case Settled.LANDED:
                return await self._landed(ground, line)
            case Settled.NOT_LANDED:
                return await self._carry_out(ground, line)
            case Settled.MOVED:
                await self._rebuild(line)
                return None

    async def _carry_out(self, ground: Ground, items: Sequence[Item]) -> Blocked | str | None:
        try:
            pushed = await self.parts.lander.push(
                ground.project, as_one(items), follow=ground.follow
            )
        except Transient as error:
            for item in items:
                await self.items.note(item, f"unknown whether it arrived: {error.reason}")
            raise
        match pushed:
            case Pushed():
                return await self._landed(ground, items)
            case Moved():
                await self._rebuild(items)
                return None
            case Waiting() | Refused() if _several(items):
                await self._divide(items)
                return None
            case Waiting():
                files = f" ({listed(pushed.paths)})" if pushed.paths else ""
                where = "" if pushed.checkout in pushed.reason else f"{pushed.checkout}: "
                reason = f"{where}{pushed.reason}{files}"
                for item in items:
                    await self._hold_up(item, reason)
                commit = items[-1].candidate or ""
                return Blocked(
                    reason=reason, commit=commit, checkout=pushed.checkout, paths=pushed.paths
                )
            case Refused(reason=reason):
                told = Verdicted(bounce=Bounce.REFUSED, reason=reason)
                for item in items:
                    await self.items.bounce(item, told)
                return None

    async def _hold_up(self, item: Item, reason: str) -> None:
        """Take the intent back; the history hears of each obstacle once, not of each try."""
        self.tried = reason
        if item.waiting == reason:
            await self.items.keep(item, state=ItemState.GREEN)
        else:
            await self.items.move(item, ItemState.GREEN, waiting=reason)

    async def _divide(self, items: Sequence[Item]) -> None:
        """Have them pushed one by one: what is wrong with one of them is not the others' fault."""
        self.singly = True
        for item in items:
            await self.items.move(item, ItemState.GREEN)

    async def _rebuild(self, items: Sequence[Item]) -> None:
        for item in items:
            await self.items.unbuild(item, tries=item.tries + 1)

    async def _landed(self, ground: Ground, items: Sequence[Item]) -> str:
        landed = []
        for item in items:
            old, new = item.expected_old or "", item.candidate or ""
            landed.append(await self.items.landed(item, old=old, new=new))
            self.closings.append(True)
        wrong = await self.parts.lander.verify(
            ground.project, ground.target, landed=landed, since=items[0].expected_old
        )
        if wrong:
            words = "; ".join(f"{one.invariant} {one.commit[:12]}: {one.detail}" for one in wrong)
            raise InvariantBroken(words)
        return items[-1].candidate or ""


def _several(items: Sequence[Item]) -> bool:
    """Tell whether more than one of these could be landed by itself."""
    return sum(item.proof is not Proof.COVERED for item in items) > 1


def chained(items: Sequence[Item]) -> list[Item]:
    """Put the items of one intent into the order of their candidates."""
    after = {item.expected_old: item for item in items}
    candidates = {item.candidate for item in items}
    first = next(item for item in items if item.expected_old not in candidates)
    line = [first]
    while (found := after.get(line[-1].candidate)) is not None:
        line.append(found)
    return line


def as_one(items: Sequence[Item]) -> Item:
    """Give the intent of several items as that of the last, from where the first stands."""
    return replace(items[-1], expected_old=items[0].expected_old)


def backings(items: Sequence[Item], said: Callable[[str], Verdict | None]) -> list[Backing]:
    """Say what proves each item of a push: its own tree, or else the next that has passed.

    `said` tells what the gate has said of a commit by now. One of a batch may have failed since
    the push was planned: what stands on it has passed, so it is covered like the others.
    """
    before = said(items[0].expected_old or "")
    own, bases = list[Verdict | None](), list[Verdict | None]()
    for item in items:
        mine = said(item.candidate or "")
        bases.append(before)
        own.append(mine if mine and _passed(mine, before) else None)
        before = own[-1] or before
    return [
        _backing(own[place], covering=next((one for one in own[place:] if one), None), base=base)
        for place, base in enumerate(bases)
    ]


def _backing(own: Verdict | None, *, covering: Verdict | None, base: Verdict | None) -> Backing:
    proof = Proof.PASSING if own else Proof.COVERED if covering else Proof.UNGATED
    return Backing(
        proof=proof,
        receipt=covering.receipt if covering else None,
        baseline=base.receipt if base else None,
    )


def _passed(mine: Verdict, base: Verdict | None) -> bool:
    found = verdict(mine.known, base.known if base else None)
    return mine.receipt is not None and found in {Outcome.PASSED, Outcome.FLAKY}
