"""The shapes of what is said to agents and asked by them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageShape:
    """A message on its way to an agent; `trouble` says why its delivery is not certain."""

    id: str
    task: str
    text: str
    kind: str
    urgency: str
    actor: str
    at: float
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceShape:
    """One way to answer a question; `grants` is None where it is no permission."""

    id: str
    label: str
    grants: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShape:
    """Something that an agent waits for; `otherwise` says what happens if nobody answers."""

    id: str
    task: str
    project: str
    title: str
    kind: str
    text: str
    context: str
    choices: tuple[ChoiceShape, ...]
    otherwise: str
    at: float
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignShape:
    """One thing that a session showed, when, and where it was seen."""

    kind: str
    source: str
    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityShape:
    """What a session does: which rule chose it, on what, how old that is, and what it rests on."""

    activity: str
    rule: str
    observation: str
    at: float
    next_at: float | None
    mode: str
    conversation: str
    nudges: int
    signs: tuple[SignShape, ...]
