"""Which step is next: over messages in the middle, interruptions, lost ids, summaries, resumes."""

import pytest

from orch.testing.model_server.conversation import ModelTurn, ToolResult, Turn, UserTurn
from orch.testing.model_server.progress import call_id, next_step, sum_up
from orch.testing.model_server.script import ask, bash, say, until_user

PROMPT = UserTurn("Fix it until it is GREEN.")
DONE = ToolResult("ok")
SCRIPT = (bash("a"), ask("Which colour?"), bash("b"), say("Done."))


def called(index: int, *, waiting: bool = False) -> ModelTurn:
    """Make a turn in which a step called a tool."""
    return ModelTurn("", (call_id("call", index, waiting=waiting),), ("Bash",))


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([PROMPT], 0),
        ([PROMPT, called(0), DONE], 1),
        ([PROMPT, called(0), UserTurn("hurry"), DONE, UserTurn("really")], 1),
        ([PROMPT, called(0), DONE, ModelTurn("Which colour?"), UserTurn("blue")], 2),
        ([PROMPT, called(0), DONE, ModelTurn("Which  colour?\n"), UserTurn("blue")], 2),
    ],
)
def test_turns_of_the_model_are_counted(turns: list[Turn], expected: int) -> None:
    """Not those of the person, and not the results of calls."""
    assert next_step(SCRIPT, tuple(turns)) == expected


@pytest.mark.parametrize("invented", ["No response requested.", "API Error: 529", "Which col"])
def test_what_the_agent_invents_is_no_step(invented: str) -> None:
    """After an interruption, an error or half a stream the same step comes again."""
    turns = (PROMPT, called(0), DONE, ModelTurn(invented), UserTurn("go on"))
    assert next_step(SCRIPT, turns) == 1


def test_calls_with_ids_of_the_agents_own_count_too() -> None:
    """Some agents give none back, or other ones."""
    turns = (PROMPT, ModelTurn("", ("toolu_1",), ("Bash",)), DONE)
    assert next_step(SCRIPT, turns) == 1


def test_a_step_waits_for_a_word_of_the_person() -> None:
    """Of a message after the first one; until then it is done again and again."""
    script = (bash("a"), until_user("GREEN", bash("sleep 1")), say("Done."))
    busy = (PROMPT, called(0), DONE, called(1, waiting=True), DONE, called(1, waiting=True), DONE)
    assert next_step(script, busy) == 1
    steered = (*busy, UserTurn("make it GREEN"))
    assert next_step(script, steered) == 2
    assert next_step(script, (*steered, ModelTurn("Done."))) == 3


def test_a_word_that_came_early_is_not_asked_for_again() -> None:
    """A message may arrive before the step that waits for it."""
    script = (bash("a"), bash("b"), until_user("GREEN", say("Say GREEN.")), say("Done."))
    turns = (PROMPT, called(0), DONE, UserTurn("GREEN"), called(1), DONE)
    assert next_step(script, turns) == 3


def test_words_that_wait_are_repeated_until_they_are_answered() -> None:
    """Each time the turn ends, and the step stays the same."""
    script = (until_user("yes", say("Shall I?")), bash("a"))
    turns: tuple[Turn, ...] = (PROMPT, ModelTurn("Shall I?"), UserTurn("what?"))
    assert next_step(script, turns) == 0
    assert next_step(script, (*turns, ModelTurn("Shall I?"), UserTurn("yes"))) == 1


def test_a_summary_carries_the_place() -> None:
    """After a compaction the history is gone."""
    turns = (UserTurn(f"This is what was done: {sum_up(2)}"), UserTurn("go on"))
    assert next_step(SCRIPT, turns) == 2
    assert next_step(SCRIPT, (*turns, called(2), DONE)) == 3


def test_the_end_of_a_script_is_its_length() -> None:
    """Also if the agent goes on asking."""
    turns = (PROMPT, called(3), DONE, ModelTurn("over"), UserTurn("more"))
    assert next_step(SCRIPT, turns) == 4
