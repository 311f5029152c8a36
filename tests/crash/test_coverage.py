"""Every kind of effect and event has a life in which the daemon is killed at it."""

from orch.core.effects import EFFECTS
from orch.core.events import EVENTS
from tests.crash.test_lives import REACHED
from tests.crash.test_marks import MARKS
from tests.crash.test_other_lives import LIVES

KILLED_AT = (
    {point.split()[1] for point in REACHED}
    | {event for life in LIVES.values() for event in life.killed_at}
    | set(MARKS)
)

ONLY_SIMULATED_OR_PROPERTY_TESTED = {
    "EffectAbandoned",
    "GateBroken",
    "LandingWithdrawn",
    "SessionLost",
    "TaskCompleted",
    "TaskReviewed",
    "TaskStopped",
}
"""Events without such a life yet; nothing may be added to them."""


def test_every_effect_has_a_life_that_dies_at_it() -> None:
    """A new effect needs one."""
    assert set(EFFECTS) <= KILLED_AT


def test_every_event_has_a_life_that_dies_at_it() -> None:
    """A new event needs one, too."""
    assert set(EVENTS) - KILLED_AT == ONLY_SIMULATED_OR_PROPERTY_TESTED
