"""How wide a lane is follows from how its last landings went."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.core.lane_plan import Rules
from orch.core.settings import FlakyPolicy, LandingSettings, ProjectSettings
from orch.core.window import REMEMBERED, adapt, batch_size, rules_for

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


def test_the_rules_of_a_lane_follow_from_its_settings_slots_and_landings() -> None:
    """Never more gates than slots; only the last landings count; without a gate nothing shares."""
    landing = LandingSettings(quality_gate=("true",), window=8, batch=None, flaky=FlakyPolicy.ALLOW)
    settings = ProjectSettings(landing=landing)
    found = rules_for(settings, closings=[], slots=2)
    assert found == Rules(window=2, batch=3, flaky=True, gated=True)
    assert rules_for(settings, closings=[EJECTED], slots=9) == replace(found, window=4, batch=1)
    long_ago = [EJECTED] * 9 + [LANDED] * REMEMBERED
    assert rules_for(settings, closings=long_ago, slots=0).batch == 8
    ungated = ProjectSettings(landing=replace(landing, quality_gate=()))
    assert rules_for(ungated, closings=[], slots=2) == Rules(
        window=8, batch=1, flaky=True, gated=False
    )
