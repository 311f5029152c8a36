"""What the person said, without what agents put around it."""

import pytest

from orch.testing.model_server.conversation import Conversation, ModelTurn, UserTurn

REMINDER = "<system-reminder>\nToday is Saturday.\n</system-reminder>"
STEER = (
    "<system-reminder>\nThe user sent a new message while you were working:\nuse blue\n\n"
    "IMPORTANT: After completing your current task, you MUST address it.\n</system-reminder>"
)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["fix it"], "fix it"),
        (["fix it", REMINDER], "fix it"),
        ([f"{REMINDER}\nfix it\n{REMINDER}"], "fix it"),
        (["fix it", STEER], "use blue"),
        (["<environment_context>\n<cwd>/x</cwd>\n</environment_context>"], ""),
    ],
)
def test_the_last_words_of_the_person_are_found(texts: list[str], expected: str) -> None:
    """Reminders are left out, but not a message that came inside one."""
    turns = tuple(UserTurn(text) for text in texts)
    assert Conversation(model="", turns=turns).last_user() == expected


def test_the_opening_ends_with_the_first_answer() -> None:
    """What is said later does not choose a script."""
    turns = (UserTurn("a"), UserTurn("b"), ModelTurn("c"), UserTurn("d"))
    assert Conversation(model="", turns=turns).opening() == "a\nb"
