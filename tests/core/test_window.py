"""How wide a lane is follows from how its last landings went."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.core.window import adapt, batch_size

LANDED, EJECTED = True, False


@pytest.mark.parametrize(
    ("ceiling", "closings", "window"),
    [
        (8, [], 8),
        (8, [EJECTED], 4),
        (8, [EJECTED, LANDED, LANDED], 6),
        (8, [EJECTED] * 9, 2),
        (4, [LANDED] * 9, 4),
        (2, [EJECTED], 2),
        (1, [EJECTED, LANDED], 1),
    ],
)
def test_a_window_is_halved_by_what_is_sent_back_and_grows_by_what_lands(
    ceiling: int, closings: list[bool], window: int
) -> None:
    """It begins at its ceiling, and keeps a second gate whatever happens."""
    assert adapt(ceiling, closings) == window


@given(st.integers(1, 16), st.lists(st.booleans()))
def test_a_window_stays_between_two_and_its_ceiling(ceiling: int, closings: list[bool]) -> None:
    """Only a ceiling of one makes a lane that gates one at a time."""
    assert min(2, ceiling) <= adapt(ceiling, closings) <= ceiling


@pytest.mark.parametrize(
    ("ejected", "size"), [(0, 8), (1, 8), (4, 5), (10, 3), (15, 3), (16, 1), (100, 1)]
)
def test_a_batch_is_the_smaller_the_more_is_sent_back(ejected: int, size: int) -> None:
    """Of a hundred closings: one over the root of the rate, and no batches above 15 %."""
    assert batch_size([EJECTED] * ejected + [LANDED] * (100 - ejected)) == size


def test_a_batch_of_a_lane_without_a_past_takes_a_tenth_for_the_rate() -> None:
    """Nobody knows yet how many will fail."""
    assert batch_size([]) == 3
