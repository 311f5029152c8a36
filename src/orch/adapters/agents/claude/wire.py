"""Messages to Claude Code on its pipes: lines of JSON, as its own SDKs write them."""

import json
from collections.abc import Mapping
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from orch.ports.agent import LaunchOrder

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "orch:claude")

INITIALIZE: Final = "initialize"
"""The id of the first request, and of the reply that carries it."""


def line(message: Mapping[str, object]) -> bytes:
    """Write a message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def stable_id(name: str) -> str:
    """Make the same UUID for the same name, whenever it is asked for."""
    return str(uuid5(_NAMESPACE, name))


def attempt_name(order: LaunchOrder) -> str:
    """Name the attempt that a session is for."""
    number = order.task.attempt.n if order.task.attempt else 0
    return f"{order.task.id}/{number}"


def initialize() -> dict[str, object]:
    """Ask for the protocol; it has to come first."""
    return _request(INITIALIZE, {"subtype": "initialize", "hooks": None})


def interrupt(request_id: str) -> dict[str, object]:
    """Break off the turn."""
    return _request(request_id, {"subtype": "interrupt"})


def said(text: str, *, ref: str, message_id: str = "") -> dict[str, object]:
    """Say something; the program repeats its `uuid` once it takes it up.

    It takes an id once in a conversation, and passes over what comes with it again, also after
    a resume. `orch_ref` is nothing to it; here it tells which message the id belongs to, so that
    a reader which begins anew finds it in what was written.
    """
    message = {"role": "user", "content": [{"type": "text", "text": text}]}
    uuid = message_id or stable_id(f"message/{ref}")
    return {"type": "user", "message": message, "uuid": uuid, "orch_ref": ref}


def answered(request_id: str, response: Mapping[str, object]) -> dict[str, object]:
    """Answer a request of the program's."""
    told = {"subtype": "success", "request_id": request_id, "response": response}
    return {"type": "control_response", "response": told}


def refused(request_id: str, subtype: str) -> dict[str, object]:
    """Answer a request that orch has nothing for, so that nobody waits for it."""
    error = f"orch does not answer {subtype or 'this'}"
    told = {"subtype": "error", "request_id": request_id, "error": error}
    return {"type": "control_response", "response": told}


def _request(request_id: str, request: Mapping[str, object]) -> dict[str, object]:
    return {"type": "control_request", "request_id": request_id, "request": request}
