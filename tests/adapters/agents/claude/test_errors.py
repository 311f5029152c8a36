"""What Claude Code's error messages mean, and when limits end."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from orch.adapters.agents.claude.errors import is_refusal, resets_at, trouble_in
from orch.core.signs import Trouble

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("resets 4pm (UTC)", datetime(2026, 11, 21, 16, tzinfo=UTC)),
        ("resets 2pm (UTC)", datetime(2026, 11, 22, 14, tzinfo=UTC)),
        ("resets 12am (UTC)", datetime(2026, 11, 22, 0, tzinfo=UTC)),
        ("resets 3:45pm (UTC)", datetime(2026, 11, 21, 15, 45, tzinfo=UTC)),
        (
            "You've hit your session limit · resets 6pm (Europe/Berlin)",
            datetime(2026, 11, 21, 18, tzinfo=ZoneInfo("Europe/Berlin")),
        ),
        ("resets Nov 24, 9am (UTC)", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("resets Nov 24 at 9:15am (UTC)", datetime(2026, 11, 24, 9, 15, tzinfo=UTC)),
        ("resets Jan 2, 9am (UTC)", datetime(2027, 1, 2, 9, tzinfo=UTC)),
        ("Claude AI usage limit reached|1795280000", datetime.fromtimestamp(1795280000, UTC)),
        ("resets in 2h 30m", datetime(2026, 11, 21, 17, 0, tzinfo=UTC)),
        ("resets 4pm (No/Where)", datetime(2026, 11, 21, 16, tzinfo=UTC)),
    ],
)
def test_a_limit_tells_when_it_ends(text: str, when: datetime) -> None:
    """By a clock with its zone, a day, a span or the epoch; always in the future."""
    assert resets_at(text, now=NOW) == when.timestamp()


@pytest.mark.parametrize("text", ["", "no time at all", "resets 99pm (UTC)", "resets Feb 31, 1am"])
def test_what_is_no_time_tells_none(text: str) -> None:
    """Nobody waits for a moment that was made up."""
    assert resets_at(text, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "kind", "status", "trouble"),
    [
        ("", "rate_limit", 429, Trouble.RATE_LIMIT),
        ("You've hit your weekly limit · resets 3pm", "rate_limit", 429, Trouble.USAGE_LIMIT),
        ("You've hit your org's monthly spend limit", "", 0, Trouble.USAGE_LIMIT),
        ("Credit balance is too low", "billing_error", 400, Trouble.USAGE_LIMIT),
        ("", "authentication_failed", 0, Trouble.SIGNED_OUT),
        ("Not logged in · Please run /login", "", 0, Trouble.SIGNED_OUT),
        ("Failed to authenticate. API Error: 403 no", "", 403, Trouble.SIGNED_OUT),
        ("", "model_not_found", 0, Trouble.NO_SUCH_MODEL),
        ("API Error: 529 Overloaded", "server_error", 529, Trouble.OVERLOADED),
        ("API Error: 500 oops", "server_error", 500, Trouble.SERVER),
        ("Request timed out", "server_error", 0, Trouble.NETWORK),
        ("Prompt is too long · the request", "invalid_request", 400, Trouble.CONTEXT_FULL),
        ("something else", "unknown", 0, Trouble.OTHER),
    ],
)
def test_an_error_is_told_by_status_name_and_words(
    text: str, kind: str, status: int, trouble: Trouble
) -> None:
    """Whichever of them is there."""
    assert trouble_in(text, kind=kind, status=status) is trouble


def test_a_warning_on_the_error_pipe_is_no_refusal() -> None:
    """Only what says why it won't start is a trouble."""
    assert is_refusal("Error: Session ID x is already in use.")
    assert is_refusal("--dangerously-skip-permissions cannot be used with root/sudo privileges")
    assert not is_refusal("(node:1) Warning: something is deprecated")
