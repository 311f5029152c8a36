"""Prove what `copilot --output-format json` is read as, on what it really printed."""

from pathlib import Path

from hypothesis import given

from orch.adapters.agents.copilot.agent import CopilotAgent
from orch.adapters.agents.copilot.events import CopilotReader
from orch.core.signs import SignKind, Trouble
from orch.ports.agent import Word
from tests.adapters.agents.readings import cuts, ended, first, kinds, read_all

RECORDINGS = Path(__file__).parent / "recordings"
LANDED = (RECORDINGS / "landed.jsonl").read_bytes()


def test_a_run_that_came_to_its_end() -> None:
    """Texts and tools are told, and the result's exit code 0 is the end."""
    signs = read_all(CopilotReader(named="c-1"), LANDED)
    told = [kind for kind in kinds(signs) if kind != "progress"]
    assert told == [
        *("spent", "conversation", "accepted", "turn_began"),
        *("said", "tool_began", "tool_ended") * 2,
        *("said", "conversation", "turn_ended", "finished"),
    ]
    assert first(signs, SignKind.CONVERSATION).ref == "c-1"
    ending = CopilotAgent().ending(ended(signs))
    assert (ending.word, ending.summary) == (Word.DONE, "Done: hello.txt is written and committed.")


def test_what_is_spent_is_not_measured() -> None:
    """Nothing that Copilot prints tells tokens, and that is said at the start."""
    usage = first(read_all(CopilotReader(), LANDED), SignKind.SPENT).usage
    assert usage is not None
    assert not usage.measured


@given(at=cuts())
def test_cut_anywhere(at: list[int]) -> None:
    """Where the pieces of the output end makes no difference."""
    assert read_all(CopilotReader(), LANDED, at=at) == read_all(CopilotReader(), LANDED)


def test_a_refused_sign_in_holds() -> None:
    """The error before the result says why."""
    signs = read_all(CopilotReader(), (RECORDINGS / "signed-out.jsonl").read_bytes())
    ending = CopilotAgent().ending(ended(signs, exit_code=1))
    assert (ending.word, ending.trouble) == (Word.HELD, Trouble.SIGNED_OUT)
    assert "copilot login" in ending.reason
