"""Read the example of Cursor's documentation; the real program was never run."""

from pathlib import Path

from hypothesis import given

from orch.adapters.agents.cursor.agent import CursorAgent
from orch.adapters.agents.cursor.events import CursorReader
from orch.core.signs import Trouble
from orch.ports.agent import Word
from tests.adapters.agents.readings import cuts, ended, kinds, read_all

EXAMPLE = (Path(__file__).parent / "recordings" / "documented.jsonl").read_bytes()


def test_a_run_that_came_to_its_end() -> None:
    """Texts and tools are told, and the result is the end."""
    signs = read_all(CursorReader(), EXAMPLE)
    assert kinds(signs) == [
        *("conversation", "turn_began", "said", "tool_began", "tool_ended", "said"),
        *("spent", "turn_ended", "finished"),
    ]
    assert signs[3].text == "read README.md"
    assert CursorAgent().ending(ended(signs)).word is Word.DONE


@given(at=cuts())
def test_cut_anywhere(at: list[int]) -> None:
    """Where the pieces of the output end makes no difference."""
    assert read_all(CursorReader(), EXAMPLE, at=at) == read_all(CursorReader(), EXAMPLE)


def test_a_result_of_failure() -> None:
    """A result that says it is an error is one."""
    failed = EXAMPLE.replace(b'"is_error":false,"result":"', b'"is_error":true,"result":"429 ')
    ending = CursorAgent().ending(ended(read_all(CursorReader(), failed), exit_code=1))
    assert (ending.word, ending.trouble) == (Word.HELD, Trouble.RATE_LIMIT)
