"""What a protocol has to know: reading a request, writing an answer, wording an error."""

import json
from typing import Any, Protocol

from orch.testing.model_server.answer import Answer, Chunk, Refusal
from orch.testing.model_server.conversation import Conversation
from orch.testing.model_server.faults import Fault, FaultKind

Json = dict[str, Any]

STATUS: dict[FaultKind, int] = {
    FaultKind.RATE_LIMIT: 429,
    FaultKind.USAGE_LIMIT: 429,
    FaultKind.OVERLOADED: 529,
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.BAD_REQUEST: 400,
    FaultKind.UNKNOWN_MODEL: 404,
    FaultKind.CONTEXT_FULL: 400,
}
"""The faults that are answers, with their status; the others are silence or a cut."""


class Dialect(Protocol):
    """One protocol between agents and models."""

    name: str

    def read(self, body: Json, path: str) -> Conversation:
        """Read a request; the path may carry the model's name."""
        ...

    def whole(self, answer: Answer) -> Json:
        """Write an answer in one piece."""
        ...

    def stream(self, answer: Answer) -> list[Chunk]:
        """Write an answer as server-sent events."""
        ...

    def refuse(self, fault: Fault) -> Refusal:
        """Word a fault that is an answer."""
        ...

    def deny(self, status: int, message: str) -> Refusal:
        """Word an error of the test itself: an unknown script, a tool that is not there."""
        ...

    def count(self, tokens: int) -> Json:
        """Answer the question how many tokens a request has."""
        ...


def event(data: Json, *, name: str | None = None, content: bool = False) -> Chunk:
    """Write one server-sent event."""
    head = f"event: {name}\n" if name else ""
    return Chunk(f"{head}data: {json.dumps(data)}\n\n".encode(), content=content)


def text_of(content: object) -> str:
    """Join the texts of a content that is a string, or a list of parts with a text each."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))
