"""Tidings: which events of a task its lead is told of, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orch.core.events import (
    AgentClaimedDone,
    AgentFailed,
    MessageQueued,
    QuestionAsked,
    TaskRouted,
)
from orch.core.lifecycle import ROWS
from orch.core.task import BlockedOn, Status, Task
from orch.core.text import plain

_MOST = 4000
_WAITS: Final = {BlockedOn.DEPENDENCY.value, BlockedOn.CHILDREN.value}


class Word(StrEnum):
    """What a tiding says, in one word; each reads differently."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVIEW = "review"
    BLOCKED = "blocked"
    QUESTION = "question"

    @property
    def calls(self) -> bool:
        """Tell whether the lead may have something to do."""
        return self not in {Word.DONE, Word.CANCELLED}


_WORDS: Final = {
    Status.DONE: Word.DONE,
    Status.FAILED: Word.FAILED,
    Status.CANCELLED: Word.CANCELLED,
    Status.NEEDS_REVIEW: Word.REVIEW,
    Status.BLOCKED: Word.BLOCKED,
}
# These block only until other tasks have ended, or stay as blocked as they were.
_BY_ITSELF: Final = {
    kind.__name__ for kind in (AgentClaimedDone, AgentFailed, MessageQueued, TaskRouted)
}
_ASKED: Final = QuestionAsked.__name__
_LEADS_TO: Final = {
    name: frozenset(
        target
        for row in ROWS
        if row.event.__name__ == name
        for target in row.targets
        if target in _WORDS and not (target is Status.BLOCKED and name in _BY_ITSELF)
    )
    for name in {row.event.__name__ for row in ROWS}
}

KINDS: Final = tuple(sorted({name for name, ends in _LEADS_TO.items() if ends} | {_ASKED}))
"""The kinds of events that may be worth telling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An event of the history as far as it is told: what kind it is, and its fields."""

    kind: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidings:
    """What a lead is told: one word for programs, the text for whoever reads it."""

    word: Word
    text: str


def tidings_of(task: Task, news: News) -> Tidings | None:
    """Word what an event of a task means to its lead; None if it is not worth telling."""
    word = _word(news)
    if word is None:
        return None
    return Tidings(word=word, text=_text(task, word, news=news))


def _word(news: News) -> Word | None:
    if news.kind == _ASKED:
        return Word.QUESTION
    status = Status(str(news.data.get("status")))
    waits = status is Status.BLOCKED and news.data.get("on") in _WAITS
    if waits or status not in _LEADS_TO.get(news.kind, frozenset()):
        return None
    return _WORDS[status]


def _text(task: Task, word: Word, *, news: News) -> str:
    name, title = task.id, plain(task.title)
    reason = plain(str(news.data.get("reason") or news.data.get("note") or ""))[:_MOST]
    because = f": {reason}" if reason else ""
    match word:
        case Word.DONE:
            commit = str(news.data.get("commit") or "")[:12]
            landed = f" and landed on {task.base} as {commit}"
            how = landed if commit else f" without landing{because}"
            return f"DONE: {name} ({title}) is done{how}."
        case Word.FAILED:
            look = f"Its work is kept. Look: orch why {name}, orch logs {name}."
            return f"FAILED: {name} ({title}) has failed{because}. {look}"
        case Word.CANCELLED:
            return f"CANCELLED: {name} ({title}) was given up{because}. Its work is saved."
        case Word.REVIEW:
            look = f"Look: orch why {name}, orch task diff {name}."
            return f"NEEDS REVIEW: {name} ({title}) waits for somebody to look{because}. {look}"
        case Word.BLOCKED:
            return f"BLOCKED: {name} ({title}) can't go on{because}. Look: orch why {name}."
        case Word.QUESTION:
            return _question(task, news)


def _question(task: Task, news: News) -> str:
    asked, name = plain(str(news.data.get("text", "")))[:_MOST], str(news.data.get("question_id"))
    found = news.data.get("choices")
    choices = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    said = ", ".join(f"{plain(str(one.get('label')))} ({one.get('id')})" for one in choices)
    offered = f" Choices: {said}." if said else ""
    answer = f"Answer: orch answer {name} {'CHOICE' if said else '…'}"
    return f"QUESTION: {task.id} ({plain(task.title)}) asks: {asked}{offered} {answer}"
