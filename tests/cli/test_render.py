"""Prove that times are written as the clock on the wall shows them, also when it is set."""

import time
from collections.abc import Iterator

import pytest

from orch.cli.render import ago, clock

SPRING = 1_774_746_000.0
"""29 March 2026, 01:00 UTC: in Berlin the clocks go from 2 to 3."""


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Live where the clocks are set twice a year."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_the_hour_that_is_left_out_is_left_out() -> None:
    """What is stored counts seconds; only what is shown knows of summer."""
    assert clock(SPRING - 1) == "2026-03-29 01:59"
    assert clock(SPRING) == "2026-03-29 03:00"


def test_what_is_yet_to_come_happened_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was set back makes nothing look old, and breaks no page."""
    monkeypatch.setattr(time, "time", lambda: SPRING)
    assert ago(SPRING + 3600) == ago(SPRING)
