"""What is said between people and a task's agent: messages to it, questions of it."""

from dataclasses import dataclass
from enum import StrEnum

from orch.core.signs import Choice


class Urgency(StrEnum):
    """When a message is told: after the turn, in the turn, or instead of it."""

    QUEUE = "queue"
    NOW = "now"
    INTERRUPT = "interrupt"


class MessageKind(StrEnum):
    """Who speaks: a person or lead, the ladder that unsticks, an answer, or news of a child."""

    STEER = "steer"
    NUDGE = "nudge"
    ANSWER = "answer"
    TIDINGS = "tidings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that the agent is to be told, once; `id` is its own for ever.

    `trouble` says why its delivery is not certain; a person then has to look.
    """

    id: str
    text: str
    at: float
    kind: MessageKind = MessageKind.STEER
    urgency: Urgency = Urgency.QUEUE
    actor: str = "person"
    trouble: str = ""


class QuestionKind(StrEnum):
    """What an agent waits for: words, a permission, or an answer to a dialog of its program.

    `BLOCKED`: it said that it can't go on without help.
    """

    QUESTION = "question"
    PERMISSION = "permission"
    DIALOG = "dialog"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered, by whom: one of the choices by its id, words, or both."""

    at: float
    actor: str
    choice: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that the agent of an attempt waits for; answered once.

    `id` is what people name it by, `ref` what the agent does (empty if it asked by
    `orch report`). `otherwise` says what happens if nobody answers.
    """

    id: str
    attempt: int
    kind: QuestionKind
    text: str
    at: float
    ref: str = ""
    context: str = ""
    choices: tuple[Choice, ...] = ()
    otherwise: str = ""
    answer: Answer | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it still waits for somebody."""
        return self.answer is None
