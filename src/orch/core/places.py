"""The order in which a lane takes its items: a pure function of their rows."""

from collections.abc import Iterable

from orch.core.landing import Item
from orch.core.order import spread

AGE_OF_PRIORITY_S = 600.0
"""What one step of priority is worth, in seconds of waiting: so nobody waits for ever."""


def rank(submitted_at: float, priority: int) -> float:
    """Say where an item stands among those that wait: lower goes first.

    An item of a higher priority goes as if it had come earlier, so what waits long enough passes
    whatever comes later.
    """
    return submitted_at - priority * AGE_OF_PRIORITY_S


def arrange(items: Iterable[Item], *, reach: int) -> list[Item]:
    """Put what somebody promoted first, then what has a candidate, then the others by rank.

    Who has a place keeps it: to change the order of candidates is to build and gate them again.
    Those that wait are spread, so that neighbours don't change the same files; nobody moves back
    by more than `reach` places for that.
    """
    ordered = sorted(items, key=turn)
    waiting = [item for item in ordered if not (item.promoted or item.place)]
    return ordered[: len(ordered) - len(waiting)] + spread(waiting, reach=reach)


def turn(item: Item) -> tuple[int, float, int]:
    """Sort items of one lane by whose turn it is, but for the spreading of those that wait."""
    if item.promoted:
        return 0, item.rank, item.position
    if item.place:
        return 1, item.place, item.position
    return 2, item.rank, item.position
