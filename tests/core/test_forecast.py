"""When gates will have ended follows from those that run and from the slots."""

import pytest

from orch.core.forecast import forecast


@pytest.mark.parametrize(
    ("begun", "at_once", "expected"),
    [
        ([], 2, []),
        ([None], 2, [160]),
        ([90.0], 2, [150]),
        ([20.0], 2, [100]),
        ([90.0, 95.0, None, None], 2, [150, 155, 210, 215]),
        ([90.0, None, None, None], 2, [150, 160, 210, 220]),
        ([None, 90.0], 1, [210, 150]),
        ([80.0, 90.0, 95.0, None], 1, [140, 150, 155, 215]),
        ([None, None], 0, [160, 220]),
    ],
)
def test_a_gate_ends_when_a_slot_was_free_and_it_has_run(
    begun: list[float | None], at_once: int, expected: list[float]
) -> None:
    """At 100, with gates of 60 seconds; one that is late ends at any moment."""
    assert forecast(begun, at_once=at_once, gate_s=60.0, now=100.0) == expected
