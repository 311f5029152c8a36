"""Kill points: every step of a life at which the daemon may die, generated from the table."""

from collections.abc import Callable

from orch.core.effects import EFFECTS
from orch.core.events import EVENTS
from orch.core.landing import ItemState

Step = Callable[[str], None]
"""Told the name of each step as it is reached; in crash tests it may not return."""


def no_step(name: str) -> None:
    """Go on: what the product does at every step."""
    del name


def kill_points() -> tuple[str, ...]:
    """List all steps: before and after each commit of an event or a lane's move, and each effect.

    They come from the kinds of events and effects there are, so a new one is killed at without
    anybody thinking of it.
    """
    commits = [*EVENTS, *(f"Item{state.title()}" for state in _MOVES)]
    return tuple(f"{moment} {name}" for name in (*commits, *EFFECTS) for moment in _MOMENTS)


_MOMENTS = ("before", "after")
_MOVES = (ItemState.QUEUED, ItemState.GATING, ItemState.GREEN, ItemState.PUSHING)
"""States that the lane moves items to by themselves; the others come with an event."""
