"""Addresses of leads: what each form means, and that nothing else is taken for one."""

import pytest

from orch.core.address import ToCommand, ToPane, ToSession, parse_address


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (None, None),
        ("inbox", None),
        ("person:ada", None),
        ("session:t12.3", ToSession("t12")),
        ("pane:%3", ToPane("%3")),
        ("pane:main:1.0", ToPane("main:1.0")),
        ("pane:%3@/tmp/tmux-1/default", ToPane("%3", "/tmp/tmux-1/default")),  # noqa: S108 - a name
        (
            "command:openclaw system event --text",
            ToCommand(("openclaw", "system", "event", "--text")),
        ),
        ("command:say 'two words'", ToCommand(("say", "two words"))),
    ],
)
def test_an_address_is_read(text: str | None, where: object) -> None:
    """Each form leads somewhere; people look into the inbox."""
    assert parse_address(text) == where


@pytest.mark.parametrize(
    "text", ["command:", "command:'open", "pane:", "session:t1", "nobody", "pane:a b", "x\ny"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """It says what is wrong, before anything is added."""
    with pytest.raises(ValueError, match=r"address|command|none of"):
        parse_address(text)
