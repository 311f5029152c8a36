"""Every kind of effect, event and lane's move has a life in which the daemon is killed at it."""

from orch.engine.kill_points import kill_points
from tests.crash.test_lead_lives import KILLED_AT as LEAD_KILLED_AT
from tests.crash.test_led_lives import LIVES as LED_LIVES
from tests.crash.test_lives import REACHED
from tests.crash.test_marks import MARKS
from tests.crash.test_other_lives import LIVES
from tests.crash.test_talking_lives import LIVES as TALKING_LIVES

KILLED_AT = (
    {point.split()[1] for point in REACHED}
    | {event for life in LIVES.values() for event in life.killed_at}
    | {event for life in LED_LIVES.values() for event in life.killed_at}
    | set(LEAD_KILLED_AT)
    | {event for life in TALKING_LIVES.values() for event in life.killed_at}
    | set(MARKS)
)


def test_every_kill_point_has_a_life_that_dies_at_it() -> None:
    """A new effect, event or move needs one."""
    assert {point.split()[1] for point in kill_points()} - KILLED_AT == set()
