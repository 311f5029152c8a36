"""The landing planner: what the lane does next, recomputed from rows, tip and receipts."""

from collections.abc import Sequence
from dataclasses import dataclass

from orch.core.landing import Item, ItemState
from orch.core.receipt import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known about an item now.

    `verdict` is the outcome of the receipt for its candidate's exact tree, None if there is no
    receipt. `base` is the same for the tip it stands on.
    """

    item: Item
    verdict: Outcome | None = None
    base: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A lane as it is: its tip, and its open items in order. `gated` tells if there is a gate."""

    tip: str
    items: Sequence[Seen]
    gated: bool


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of an intent that was written before a crash."""

    item: Item


@dataclass(frozen=True, slots=True)
class Build:
    """Build the candidate on the tip."""

    item: Item


@dataclass(frozen=True, slots=True)
class Check:
    """Gate the candidate's exact tree."""

    item: Item


@dataclass(frozen=True, slots=True)
class CheckBase:
    """Gate the tip itself: a red candidate on a red base proves nothing."""

    item: Item


@dataclass(frozen=True, slots=True)
class Push:
    """Write the intent and move the target."""

    item: Item


@dataclass(frozen=True, slots=True)
class Eject:
    """Send a red item back; everything ahead of it has landed and its base is green."""

    item: Item


Action = Settle | Build | Check | CheckBase | Push | Eject


def plan(snapshot: Snapshot) -> Action | None:
    """Choose the lane's next action; None when there is nothing that can be done now.

    One item at a time: the first that is not held. An item that is red on a red base is held
    (nobody is ejected for a fault of the target), and the next one gets its turn, since it may
    be the one that mends it. An intent is settled before anything else is touched.
    """
    for seen in snapshot.items:
        if seen.item.state is ItemState.PUSHING:
            return Settle(seen.item)
    return next((action for seen in snapshot.items if (action := _next(seen, snapshot))), None)


def is_held(seen: Seen) -> bool:
    """Tell whether an item waits for its target to become green."""
    return seen.verdict is Outcome.RED and seen.base is Outcome.RED


def _next(seen: Seen, snapshot: Snapshot) -> Action | None:
    item = seen.item
    if item.candidate is None or item.expected_old != snapshot.tip:
        return Build(item)
    if not snapshot.gated or seen.verdict is Outcome.PASSED:
        return Push(item)
    if seen.verdict is None:
        return Check(item)
    if seen.base is None:
        return CheckBase(item)
    return None if is_held(seen) else Eject(item)
