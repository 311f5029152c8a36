"""A request to a model in the one form that all protocols are read into."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class UserTurn:
    """Something that the person, or the agent in their name, said."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """One answer of the model: what it said, and the ids and names of what it called."""

    text: str = ""
    call_ids: tuple[str, ...] = ()
    call_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came back with."""

    text: str


Turn = UserTurn | ModelTurn | ToolResult


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the agent offers; `schema` is the JSON schema of its arguments.

    `shape` says how a protocol wants it called where it has several ways: "function", "custom"
    (one free text), "local_shell".
    """

    name: str
    schema: dict[str, Any] = field(default_factory=dict)
    shape: str = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a request says.

    `schema` is set where the answer must be JSON of that shape; `forced` is the tool that must be
    called.
    """

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()
    schema: dict[str, Any] | None = None
    forced: str | None = None
    stream: bool = True

    def opening(self) -> str:
        """Give all that was said before the model's first answer."""
        texts: list[str] = []
        for turn in self.turns:
            if isinstance(turn, ModelTurn):
                break
            texts.append(turn.text)
        return "\n".join(texts)

    def last_user(self) -> str:
        """Give what the person said last, without what the agent put around it."""
        spoken = (t.text for t in reversed(self.turns) if isinstance(t, UserTurn))
        return next((text for text in map(strip_reminders, spoken) if text), "")


def strip_reminders(text: str) -> str:
    """Leave out what an agent adds to its person's words in tags of its own."""
    for tag in _TAGS:
        head, opening, rest = text.partition(f"<{tag}>")
        while opening:
            inner, _, tail = rest.partition(f"</{tag}>")
            text = head + steered(inner) + tail
            head, opening, rest = text.partition(f"<{tag}>")
    return text.strip()


_TAGS = (
    "system-reminder",
    "current_datetime",
    "reminder",
    "environment_context",
    "user_instructions",
    "INSTRUCTIONS",
)
# A message that reaches Claude Code in the middle of its work comes inside such a reminder.
_STEERED = "The user sent a new message while you were working:"
_STEER_ENDS = "IMPORTANT:"


def steered(inner: str) -> str:
    """Give the message of the person that an agent's own words bring along; "" if none."""
    _, found, rest = inner.partition(_STEERED)
    return rest.partition(_STEER_ENDS)[0].strip() if found else ""
