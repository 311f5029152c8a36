"""Prove what the messages of `qwen -o stream-json` are read as, on what it really printed."""

import re
from pathlib import Path

from hypothesis import given

from orch.adapters.agents.qwen.agent import QwenAgent
from orch.adapters.agents.qwen.events import QwenReader
from orch.core.signs import Trouble
from orch.ports.agent import Word
from tests.adapters.agents.readings import cuts, ended, kinds, read_all

RECORDINGS = Path(__file__).parent / "recordings"
LANDED = (RECORDINGS / "landed.jsonl").read_bytes()
SIGNED_OUT = (RECORDINGS / "signed-out.jsonl").read_bytes()


def test_a_run_that_came_to_its_end() -> None:
    """Texts, tools and totals are told, and the result is the end."""
    signs = read_all(QwenReader(), LANDED)
    assert kinds(signs)[:2] == ["conversation", "turn_began"]
    assert kinds(signs)[-3:] == ["spent", "turn_ended", "finished"]
    assert kinds(signs).count("tool_began") == kinds(signs).count("tool_ended") == 2
    usage = signs[-3].usage
    assert usage is not None
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (4500, 900, 120)
    assert QwenAgent().ending(ended(signs)).word is Word.DONE


def test_totals_only_grow() -> None:
    """What each message adds comes to what the result tells."""
    spent = [sign.usage.tokens for sign in read_all(QwenReader(), LANDED) if sign.usage]
    assert spent == sorted(spent)
    assert spent[-2] == spent[-1]


@given(at=cuts())
def test_cut_anywhere(at: list[int]) -> None:
    """Where the pieces of the output end makes no difference."""
    assert read_all(QwenReader(), LANDED, at=at) == read_all(QwenReader(), LANDED)


def test_an_error_that_says_it_is_success() -> None:
    """Qwen ends with exit 0 and `success`, with the provider's error as the assistant's words."""
    signs = read_all(QwenReader(), SIGNED_OUT)
    ending = QwenAgent().ending(ended(signs, exit_code=0))
    assert (ending.word, ending.trouble) == (Word.HELD, Trouble.SIGNED_OUT)
    assert "invalid x-api-key" in ending.reason


def test_a_model_that_quotes_an_error_is_no_error() -> None:
    """Words that a model was paid for are its own."""
    counted = SIGNED_OUT.replace(b'"input_tokens":0', b'"input_tokens":10')
    assert QwenAgent().ending(ended(read_all(QwenReader(), counted))).word is Word.DONE


def test_advice_after_an_error_is_no_answer() -> None:
    """What Qwen adds of its own to a refusal doesn't make it the model's words."""
    told = (
        rb"[API Error: 429 The usage limit has been reached]\nPossible quota limitations in place "
        rb"or slow response times detected. Please wait and try again later."
    )
    limited = re.sub(rb'\[API Error[^"]*', lambda _: told, SIGNED_OUT)
    ending = QwenAgent().ending(ended(read_all(QwenReader(), limited), exit_code=0))
    assert (ending.word, ending.trouble) == (Word.HELD, Trouble.USAGE_LIMIT)
    assert ending.reason.startswith("qwen: 429 The usage limit has been reached")
