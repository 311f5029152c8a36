"""Where an agent works, in the words in which the real ones tell it."""

import pytest

from orch.testing.model_server.conversation import Conversation, UserTurn
from orch.testing.model_server.place import find_directory


@pytest.mark.parametrize(
    "told",
    [
        "<environment_context>\n  <cwd>/srv/tree</cwd>\n</environment_context>",
        " - Primary working directory: /srv/tree\n - Is a git repository: true",
        "<env>\n  Working directory: /srv/tree\n  Workspace root folder: /srv",
        "- **Workspace Directories:**\n  - /srv/tree\n- **Directory Structure:**",
        "I'm currently working in the directory: /srv/tree\nHere is the folder structure",
        "The current working directory is `/srv/tree`. This should be considered",
        "* Current working directory: /srv/tree\n* Git repository root: /srv/tree",
    ],
)
def test_the_directory_is_found(told: str) -> None:
    """In the system's words or in the first message."""
    turns = (UserTurn("hello"),)
    assert find_directory(Conversation(model="", turns=turns, system=told)) == "/srv/tree"
    assert find_directory(Conversation(model="", turns=(UserTurn(told),))) == "/srv/tree"


def test_nothing_told_is_nothing_found() -> None:
    """Then paths stay as the script has them."""
    assert find_directory(Conversation(model="", turns=(UserTurn("fix it"),))) is None
