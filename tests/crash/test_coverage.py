"""Every kind of effect, event and lane's move has a life in which the daemon is killed at it."""

from orch.engine.kill_points import kill_points
from tests.crash.test_led_lives import LIVES as LED_LIVES
from tests.crash.test_lives import REACHED
from tests.crash.test_marks import MARKS
from tests.crash.test_other_lives import LIVES

KILLED_AT = (
    {point.split()[1] for point in REACHED}
    | {event for life in LIVES.values() for event in life.killed_at}
    | {event for life in LED_LIVES.values() for event in life.killed_at}
    | set(MARKS)
)


NOT_YET = {
    "AgentHeld",
    "AgentReported",
    "ConversationKnown",
    "MessageDelivered",
    "MessageQueued",
    "MessageUncertain",
    "QuestionAnswered",
    "QuestionAsked",
    "QuestionSettled",
    "SessionAbandoned",
    "UsageReported",
}
"""What is said between people and agents, and counted of them; nothing may be added to these."""


def test_every_kill_point_has_a_life_that_dies_at_it() -> None:
    """A new effect, event or move needs one."""
    assert {point.split()[1] for point in kill_points()} - KILLED_AT <= NOT_YET
