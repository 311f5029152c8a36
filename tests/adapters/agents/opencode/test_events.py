"""Prove what the events of `opencode run` are read as, on what it really printed."""

from pathlib import Path

import pytest
from hypothesis import given

from orch.adapters.agents.opencode.agent import OpenCodeAgent
from orch.adapters.agents.opencode.events import RunReader
from orch.core.signs import SignKind, Trouble
from orch.ports.agent import Word
from tests.adapters.agents.readings import AT, cuts, ended, first, kinds, read_all

RECORDINGS = Path(__file__).parent / "recordings"
LANDED = (RECORDINGS / "landed.jsonl").read_bytes()


def test_a_run_that_came_to_its_end() -> None:
    """Steps, tools and texts are told in their order, and the last step's `stop` is the end."""
    signs = read_all(RunReader(model="m"), LANDED)
    assert kinds(signs) == [
        *("conversation", "turn_began", "said", "tool_began", "tool_ended", "spent"),
        *("progress", "said", "tool_began", "tool_ended", "spent"),
        *("progress", "said", "spent", "turn_ended", "finished"),
    ]
    assert first(signs, SignKind.CONVERSATION).ref == "ses_e03e21355ffejaU9w7raU2F25N"
    ending = OpenCodeAgent().ending(ended(signs))
    assert (ending.word, ending.summary) == (Word.DONE, "Done: hello.txt is written and committed.")


def test_usage_is_totals_with_cost() -> None:
    """Each step's tokens add up, those from the cache among the input."""
    spent = [sign.usage for sign in read_all(RunReader(model="m"), LANDED) if sign.usage]
    last = spent[-1]
    assert (last.input_tokens, last.cached_tokens, last.output_tokens) == (4500, 900, 120)
    assert (last.turns, last.model) == (3, "m")
    assert last.cost == pytest.approx(0.01287)


@given(at=cuts())
def test_cut_anywhere(at: list[int]) -> None:
    """Where the pieces of the output end makes no difference."""
    assert read_all(RunReader(), LANDED, at=at) == read_all(RunReader(), LANDED)


@pytest.mark.parametrize(
    ("name", "trouble", "kind"),
    [
        ("limited", Trouble.RATE_LIMIT, SignKind.LIMITED),
        ("signed-out", Trouble.SIGNED_OUT, SignKind.TROUBLE),
        ("no-such-model", Trouble.NO_SUCH_MODEL, SignKind.TROUBLE),
    ],
)
def test_what_holds_a_session(name: str, trouble: Trouble, kind: SignKind) -> None:
    """An error by its status code holds the task, with words that say what to do."""
    signs = read_all(RunReader(), (RECORDINGS / f"{name}.jsonl").read_bytes())
    assert (signs[-1].kind, signs[-1].trouble) == (kind, trouble)
    ending = OpenCodeAgent().ending(ended(signs, exit_code=1))
    assert (ending.word, ending.trouble) == (Word.HELD, trouble)
    assert ";" in ending.reason


def test_a_limit_says_when_it_ends() -> None:
    """The provider's retry-after becomes a time."""
    signs = read_all(RunReader(), (RECORDINGS / "limited.jsonl").read_bytes())
    assert first(signs, SignKind.LIMITED).until == AT + 1


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_run_that_was_cut_off_is_no_success(kept: float) -> None:
    """Without the last step's end even exit 0 is no claim."""
    signs = read_all(RunReader(), LANDED[: int(len(LANDED) * kept)])
    ending = OpenCodeAgent().ending(ended(signs, exit_code=0))
    assert ending.word is Word.GAVE_UP


def test_errors_in_work_are_not_the_agents_own() -> None:
    """A tool's output that quotes an error says nothing of the session."""
    work = LANDED.replace(b"scripted commit\\n", b'{\\"type\\":\\"error\\"} 401 rate limit\\n')
    assert kinds(read_all(RunReader(), work)) == kinds(read_all(RunReader(), LANDED))
