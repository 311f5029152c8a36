"""Prove that the key which was meant is named, and no other."""

import pytest

from orch.daemon.settings.nearest import hint, nearest, nearest_key
from orch.daemon.settings.schema import SCHEMA


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("landing.mod", "landing.mode"),
        ("landing.gate-timeout", "landing.gate_timeout"),
        ("quality_gate", "landing.quality_gate"),
        ("qualitygate", "landing.quality_gate"),
        ("agents.NAME.startcommand", "agents.NAME.start_command"),
        ("limits.session", "limits.sessions"),
        ("landing.setup", "workspace.setup"),
    ],
)
def test_the_key_that_was_meant_is_named(typed: str, meant: str) -> None:
    """A slip of the finger and a key in the wrong table both find their key."""
    assert nearest_key(typed, SCHEMA) == meant


def test_what_is_like_nothing_gets_no_suggestion() -> None:
    """A wrong suggestion would cost more than none."""
    assert nearest_key("zzz.qqq", SCHEMA) is None
    assert nearest("zzz", ["direct", "manual"]) is None
    assert hint(None) == ""
    assert hint("landing.mode") == "did you mean landing.mode?"


def test_case_does_not_hide_the_word() -> None:
    """A word in capitals is still the nearest to itself."""
    assert nearest("DIRECT", ["direct", "manual"]) == "direct"
