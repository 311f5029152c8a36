"""Side requests that come with all tools are told from the agent's work."""

import pytest

from orch.testing.model_server.conversation import Conversation, ModelTurn, Tool, UserTurn
from orch.testing.model_server.decide import decide
from orch.testing.model_server.progress import call_id
from orch.testing.model_server.script import bash, say

SHELL = Tool("Bash", {"properties": {"command": {"type": "string"}}})
SCRIPT = (bash("a"), say("Done."))


def talk(last: str, *tools: Tool, forced: str | None = None) -> Conversation:
    """Make a conversation in which the first step was done."""
    done = ModelTurn("", (call_id("call", 0, waiting=False),), ("Bash",))
    turns = (UserTurn("fix it"), done, UserTurn(last))
    return Conversation(model="x", turns=turns, tools=tools, forced=forced)


def test_a_summary_of_the_work_tells_where_it_stands() -> None:
    """So that it goes on where it was after a compaction."""
    asked = talk("Your task is to create a detailed summary of the conversation.", SHELL)
    decided = decide("x", SCRIPT, conversation=asked)
    assert decided.index is None
    assert "[scripted step 1]" in decided.answer.text


@pytest.mark.parametrize(
    "aside",
    [
        "[SUGGESTION MODE: Suggest what the user might naturally type next.]",
        "Generate a concise title for this conversation.",
    ],
)
def test_what_an_agent_asks_beside_its_work_uses_up_no_step(aside: str) -> None:
    """Even with all its tools at hand."""
    assert decide("x", SCRIPT, conversation=talk(aside, SHELL)).index is None
    assert decide("x", SCRIPT, conversation=talk("go on", SHELL)).index == 1


def test_a_tool_that_must_be_called_is_called() -> None:
    """Some agents ask for a shape in this way."""
    shape = Tool("respond", {"type": "object", "properties": {"title": {"type": "string"}}})
    decided = decide("x", SCRIPT, conversation=talk("name it", shape, forced="respond"))
    (call,) = decided.answer.calls
    assert (call.name, call.arguments) == ("respond", {"title": "scripted"})
