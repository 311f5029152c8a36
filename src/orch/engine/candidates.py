"""Makes candidates of items, and finds out early which of them no longer merge."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from orch.core.judging import approval
from orch.core.landing import Bounce, Item, ItemState, resolved_also
from orch.core.named_files import named_files
from orch.core.patterns import matches
from orch.engine.ground import Ground
from orch.engine.items import Items, Verdicted
from orch.engine.parts import Parts
from orch.ports.lander import Candidate, Conflict, Nothing, Unrelated, Violation


@dataclass(slots=True)
class Candidates:
    """Builds candidates on the tip and on each other.

    `clashes` remembers which items do not go onto which commits, so that they are not tried at
    each look; what is ahead of them decides whether that matters.
    """

    parts: Parts
    items: Items
    clashes: set[tuple[str, str]] = field(default_factory=set)

    async def build(self, ground: Ground, item: Item, *, onto: str, place: int) -> None:
        """Build an item's candidate; on the tip itself a conflict sends it back."""
        built = await self.parts.lander.build(ground.project, item, onto=onto)
        if isinstance(built, Candidate):
            await self._adopt(ground, item, candidate=built, place=place)
        elif onto != ground.tip:
            self.clashes.add((item.id, onto))
        else:
            await self.items.bounce(item, _refused(built, ground.target))

    async def precheck(self, ground: Ground, items: Sequence[Item]) -> None:
        """Look which waiting items still merge onto the tip; whose does not is told at once."""
        known = [item for item in items if item.paths]
        clashing = await self.parts.lander.probe(ground.project, known, onto=ground.tip)
        sound = [item for item in known if item.id not in clashing]
        await self.items.checked(sound, onto=ground.tip)
        for item in items:
            if item not in sound:
                await self._try(ground, item)

    async def _try(self, ground: Ground, item: Item) -> None:
        """Build a waiting item's candidate, for what it changes or why it can't be built."""
        onto = ground.tip
        built = await self.parts.lander.build(ground.project, item, onto=onto)
        if isinstance(built, Candidate):
            state = ItemState.PRECHECKED if item.state is ItemState.SUBMITTED else item.state
            await self.items.keep(item, state=state, checked_on=onto, paths=built.paths)
        else:
            await self.items.bounce(item, _refused(built, ground.target))

    async def _adopt(self, ground: Ground, item: Item, *, candidate: Candidate, place: int) -> None:
        if protected := _protected(ground, item, paths=candidate.paths):
            reason = f"changes protected files: {listed(protected)}; `{approval(item)}` approves it"
            await self.items.bounce(item, Verdicted(bounce=Bounce.SCOPE, reason=reason))
            return
        drafted = replace(
            item, candidate=candidate.commit, tree=candidate.tree, expected_old=candidate.parent
        )
        wrong = await self.parts.lander.inspect(ground.project, drafted, candidate=candidate)
        if wrong:
            await self._unsound(ground, item, wrong=wrong, onto=candidate.parent)
            return
        await self.items.move(
            item,
            ItemState.QUEUED,
            candidate=candidate.commit,
            tree=candidate.tree,
            expected_old=candidate.parent,
            receipt=None,
            paths=candidate.paths,
            resolved=resolved_also(item.resolved, candidate.resolved),
            place=item.place or place,
            checked_on=ground.tip if candidate.parent == ground.tip else item.checked_on,
            waiting="",
        )

    async def _unsound(
        self, ground: Ground, item: Item, *, wrong: Sequence[Violation], onto: str
    ) -> None:
        """Refuse what is not its source; on what has not landed yet it may just not be known."""
        if onto != ground.tip:
            self.clashes.add((item.id, onto))
            return
        told = "; ".join(f"{one.invariant}: {one.detail}" for one in wrong)
        reason = f"the candidate is not sound: {told}"
        await self.items.bounce(item, Verdicted(bounce=Bounce.REFUSED, reason=reason))


def _refused(built: Conflict | Nothing | Unrelated, target: str) -> Verdicted:
    match built:
        case Conflict(paths=paths, marked=True):
            reason = f"the markers of a conflict with {target} are still in {listed(paths)}"
            return Verdicted(bounce=Bounce.CONFLICT, reason=reason, excerpt=reason)
        case Conflict(paths=paths, detail=detail):
            reason = f"conflicts with {target} in {listed(paths)}"
            return Verdicted(bounce=Bounce.CONFLICT, reason=reason, excerpt=f"{reason}\n{detail}")
        case Nothing(reason=reason):
            return Verdicted(bounce=Bounce.EMPTY, reason=reason)
        case Unrelated(reason=reason):
            return Verdicted(bounce=Bounce.REFUSED, reason=reason)


def _protected(ground: Ground, item: Item, *, paths: Sequence[str]) -> tuple[str, ...]:
    if item.approved or item.reverts:
        return ()
    landing = ground.settings.landing
    named = set(named_files(landing.quality_gate, paths))
    return tuple(path for path in paths if path in named or matches(path, landing.protected_paths))


def listed(paths: Sequence[str], limit: int = 5) -> str:
    """Name some paths in a sentence."""
    shown = ", ".join(paths[:limit])
    return f"{shown} and {len(paths) - limit} more" if len(paths) > limit else shown
