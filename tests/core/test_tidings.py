"""Tidings: what a lead is told of, and that each kind of end reads differently."""

import pytest

from orch.core.tidings import KINDS, News, Word, tidings_of
from tests.core.build import task

DONE = {"status": "done", "commit": "a" * 40}
ASKED = {
    "status": "in_progress",
    "question_id": "q3",
    "text": "Which\x1b[2J one?",
    "choices": [{"id": "a", "label": "The first"}],
}


@pytest.mark.parametrize(
    ("kind", "data", "word", "said"),
    [
        ("Landed", DONE, Word.DONE, "DONE: t1 (Mend the roof) is done and landed"),
        (
            "TaskClosed",
            {"status": "done", "note": "by hand"},
            Word.DONE,
            "without landing: by hand",
        ),
        ("AgentFailed", {"status": "failed", "reason": "no changes"}, Word.FAILED, "no changes"),
        ("TaskCancelled", {"status": "cancelled"}, Word.CANCELLED, "CANCELLED: t1"),
        (
            "GateFailed",
            {"status": "needs_review", "reason": "red"},
            Word.REVIEW,
            "orch task diff t1",
        ),
        ("TaskBlocked", {"status": "blocked", "on": "limit"}, Word.BLOCKED, "BLOCKED: t1"),
        ("QuestionAsked", ASKED, Word.QUESTION, "asks: Which one? Choices: The first (a)."),
    ],
)
def test_each_end_reads_differently(
    kind: str, data: dict[str, object], word: Word, said: str
) -> None:
    """One word for programs, a sentence with what to run for whoever reads it."""
    found = tidings_of(task(), News(kind=kind, data=data))
    assert found
    assert found.word is word
    assert said in found.text
    assert kind in KINDS


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("AgentFailed", {"status": "routed"}),
        ("TaskBlocked", {"status": "blocked", "on": "dependency"}),
        ("AgentClaimedDone", {"status": "blocked"}),
        ("MessageQueued", {"status": "failed"}),
        ("EffectAbandoned", {"status": "done"}),
        ("AgentFailed", {"status": "blocked"}),
    ],
)
def test_what_goes_on_by_itself_is_not_told(kind: str, data: dict[str, object]) -> None:
    """A lead hears of what is over, or of what needs somebody."""
    assert tidings_of(task(), News(kind=kind, data=data)) is None
