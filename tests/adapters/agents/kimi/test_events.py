"""Prove what the messages of `kimi -p` are read as, on what it really printed."""

from pathlib import Path

import pytest
from hypothesis import given

from orch.adapters.agents.kimi.agent import KimiAgent
from orch.adapters.agents.kimi.events import LAST, KimiReader
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.agent import Word
from orch.ports.session_host import Direction, Stretch
from tests.adapters.agents.readings import AT, cuts, ended, kinds, read_all

RECORDINGS = Path(__file__).parent / "recordings"
LANDED = (RECORDINGS / "landed.jsonl").read_bytes()


def read_both(name: str) -> list[Sign]:
    """Read a recorded run, its error pipe last."""
    reader = KimiReader()
    signs = read_all(reader, (RECORDINGS / f"{name}.jsonl").read_bytes())
    said = (RECORDINGS / f"{name}.err").read_bytes()
    return [*signs, *reader.read(Stretch(direction=Direction.ERR, offset=0, data=said), at=AT)]


def test_a_run_that_came_to_its_end() -> None:
    """The hint how to resume comes last and is the end; what tools print tells nothing."""
    signs = read_both("landed")
    assert kinds(signs) == [
        *("spent", "turn_began", "conversation"),
        *("progress", "said", "tool_began", "tool_ended"),
        *("progress", "said", "tool_began", "tool_ended"),
        *("progress", "said", "conversation", "turn_ended", "finished"),
    ]
    named = [sign.ref for sign in signs if sign.kind is SignKind.CONVERSATION]
    assert named == [LAST, "session_69d7f0a7-cbe3-47f1-93af-5bdb62599b56"]
    assert KimiAgent().ending(ended(signs)).summary == "Done: hello.txt is written and committed."


def test_what_is_spent_is_not_measured() -> None:
    """Nothing that Kimi prints tells tokens, and that is said at the start."""
    usage = read_all(KimiReader(model="m"), LANDED)[0].usage
    assert usage is not None
    assert (usage.measured, usage.model) == (False, "m")


@given(at=cuts())
def test_cut_anywhere(at: list[int]) -> None:
    """Where the pieces of the output end makes no difference."""
    assert read_all(KimiReader(), LANDED, at=at) == read_all(KimiReader(), LANDED)


@pytest.mark.parametrize(
    ("name", "word", "trouble"),
    [
        ("signed-out", Word.HELD, Trouble.SIGNED_OUT),
        ("broken", Word.GAVE_UP, Trouble.SERVER),
    ],
)
def test_why_a_run_failed(name: str, word: Word, trouble: Trouble) -> None:
    """The last line of the error pipe says why, with its log named after it."""
    signs = read_both(name)
    assert kinds(signs)[-2:] == ["turn_ended", "trouble"]
    ending = KimiAgent().ending(ended(signs, exit_code=1))
    assert (ending.word, ending.trouble) == (word, trouble)


def test_retries_are_told() -> None:
    """Each failed attempt is told, with the time of the next."""
    signs = [sign for sign in read_both("broken") if sign.kind is SignKind.RETRYING]
    assert len(signs) == 9
    assert signs[-1].until == AT + 1.0
    assert (signs[0].trouble, signs[0].text) == (Trouble.SERVER, "500 Internal server error")


def test_what_a_tool_prints_is_no_failure() -> None:
    """A line that only looks like Kimi's own, without the log after it, tells nothing."""
    line = b"error: failed to run prompt: 401 unauthorized\nand more of the tool\n"
    assert KimiReader().read(Stretch(direction=Direction.ERR, offset=0, data=line), at=AT) == []
