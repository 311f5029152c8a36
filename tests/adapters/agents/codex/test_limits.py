"""Prove how Codex's limits are read: which is reached, and until when."""

import time

import pytest

from orch.adapters.agents.codex.limits import Limits, time_in
from orch.core.signs import Trouble

FULL = {"usedPercent": 100, "resetsAt": 5000}


def test_a_limit_that_is_reached_is_told_once() -> None:
    """News that change nothing are no news."""
    limits = Limits()
    told = {"rateLimitReachedType": "rate_limit_reached", "primary": FULL}
    assert limits.update(told, at=1000.0)
    assert (limits.until, limits.trouble) == (5000.0, Trouble.USAGE_LIMIT)
    assert not limits.update(told, at=1001.0)
    assert limits.update(told | {"secondary": {"usedPercent": 100, "resetsAt": 9000}}, at=1002.0)
    assert limits.until == 9000.0


def test_a_window_that_is_used_up_is_no_limit_by_itself() -> None:
    """Credits may go on; only when the window is free again is kept in mind."""
    limits = Limits()
    assert not limits.update({"primary": FULL, "rateLimitReachedType": None}, at=1000.0)
    assert limits.resets_at == 5000.0


def test_a_time_that_has_passed_is_none() -> None:
    """A reset in the past says nothing of the future."""
    limits = Limits()
    told = {"rateLimitReachedType": "rate_limit_reached", "primary": FULL}
    assert limits.update(told, at=6000.0)
    assert (limits.until, limits.trouble) == (None, Trouble.RATE_LIMIT)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("You've hit your usage limit. Try again later.", None),
        ("or try again at 9:48 AM.", (2026, 11, 21, 9, 48)),
        ("or try again at Nov 23rd, 2026 12:05 PM.", (2026, 11, 23, 12, 5)),
        ("or try again at Foo 99th, 2026 12:05 PM.", None),
    ],
)
def test_times_in_words(words: str, expected: tuple[int, ...] | None) -> None:
    """Codex names the clock for today and the date for later, in the machine's zone."""
    said_at = time.mktime((2026, 11, 21, 8, 0, 0, 0, 0, -1))
    found = time_in(words, said_at=said_at)
    assert (found and time.localtime(found)[:5]) == expected
