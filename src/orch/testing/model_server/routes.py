"""Which question a path asks, in which protocol, of which script."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote


class Ask(StrEnum):
    """What a request wants."""

    ANSWER = "answer"
    COUNT = "count"
    MODELS = "models"
    HELLO = "hello"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Route:
    """A question; `rest` is the path without the script's name."""

    ask: Ask
    protocol: str
    script: str | None
    rest: str


_SCRIPT = re.compile(r"^/s/([^/]+)(/.*)?$")
_PATHS = (
    (re.compile(r"/messages/count_tokens$"), Ask.COUNT, "anthropic"),
    (re.compile(r"/messages$"), Ask.ANSWER, "anthropic"),
    (re.compile(r"/responses/input_tokens$"), Ask.COUNT, "responses"),
    (re.compile(r"/responses$"), Ask.ANSWER, "responses"),
    (re.compile(r"/chat/completions$"), Ask.ANSWER, "chat"),
    (re.compile(r"/models/[^/]+:(stream)?[gG]enerateContent$"), Ask.ANSWER, "gemini"),
    (re.compile(r"/models/[^/]+:countTokens$"), Ask.COUNT, "gemini"),
    (re.compile(r"^/v1beta/models(/[^/]+)?$"), Ask.MODELS, "gemini"),
    (re.compile(r"/models(/[^/]+)?$"), Ask.MODELS, ""),
    (re.compile(r"^/_/"), Ask.CONTROL, ""),
    (re.compile(r"^/?$"), Ask.HELLO, ""),
)


def find_route(path: str) -> Route | None:
    """Find what a path asks; None if it asks nothing that is known."""
    named = _SCRIPT.match(path)
    rest = (named[2] or "/") if named else path
    script = unquote(named[1]) if named else None
    for pattern, ask, protocol in _PATHS:
        if pattern.search(rest):
            return Route(ask, protocol, script, rest)
    return None


def list_models(protocol: str, names: Iterable[str]) -> dict[str, Any]:
    """List the scripts as models, in a form that fits all who ask."""
    if protocol == "gemini":
        methods = ["generateContent", "countTokens"]
        return {
            "models": [
                {"name": f"models/{name}", "supportedGenerationMethods": methods} for name in names
            ]
        }
    listed = [
        {"id": name, "object": "model", "type": "model", "display_name": name, "owned_by": "script"}
        for name in names
    ]
    return {"object": "list", "data": listed, "models": [], "has_more": False}
