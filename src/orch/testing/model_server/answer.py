"""What the model answers, in the one form that every protocol can write."""

import secrets
from dataclasses import dataclass

from orch.testing.model_server.script import DEFAULT_USAGE, Usage


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of one of the agent's own tools; `shape` as in `Tool`.

    `arguments` of a custom tool hold its one free text under "input".
    """

    id: str
    name: str
    arguments: dict[str, object]
    shape: str = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One turn of the model, ready to be written."""

    model: str
    text: str = ""
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = DEFAULT_USAGE


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer; `content` marks one that carries a part of what is said."""

    data: bytes
    content: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is an error, as its protocol words it."""

    status: int
    body: dict[str, object]
    headers: tuple[tuple[str, str], ...] = ()


def fresh(prefix: str) -> str:
    """Make an id that occurs once."""
    return f"{prefix}{secrets.token_hex(12)}"


def pieces(text: str, size: int = 24) -> list[str]:
    """Cut a text as a model streams it."""
    return [text[start : start + size] for start in range(0, len(text), size)]
