"""The requests that orch makes of Codex's app server."""

from typing import Final

from orch.adapters.agents.lines import at, text_at
from orch.adapters.agents.rpc import Json, request
from orch.core.settings import READ_ONLY
from orch.ports.agent import LaunchOrder

PROMPT: Final = "prompt"
"""The id of the first message; later ones are named by the messages themselves."""
SAY: Final = "say:"
AGAIN: Final = "say-again:"


_SANDBOXES: Final = {"bypass": "danger-full-access", READ_ONLY: "read-only"}
_POLICIES: Final = frozenset({"untrusted", "on-request", "never"})


def policy(mode: str) -> str:
    """Say when it has to ask: by its own word, or else whenever the sandbox is too narrow."""
    return mode if mode in _POLICIES else "on-request"


def initialize() -> Json:
    """Greet."""
    client = {"name": "orch", "title": "orch", "version": "1"}
    params = {"clientInfo": client, "capabilities": {"experimentalApi": True}}
    return request("initialize", "initialize", params=params)


def open_thread(order: LaunchOrder) -> Json:
    """Begin a thread, or go on with the one of before."""
    mode = order.profile.permission_mode
    unasked = mode in {"bypass", READ_ONLY}
    params: dict[str, object] = {
        "cwd": order.workspace,
        "approvalPolicy": "never" if unasked else policy(mode),
        "sandbox": _SANDBOXES.get(mode, "workspace-write"),
    }
    if order.profile.model:
        params["model"] = order.profile.model
    if order.conversation:
        known = {"threadId": order.conversation, "excludeTurns": True}
        return request("thread", "thread/resume", params=params | known)
    return request("thread", "thread/start", params=params)


def begin_turn(request_id: str, thread: str, *, ref: str, text: str) -> Json:
    """Begin a turn with a message of this id."""
    params = {"threadId": thread, "input": _input(text), "clientUserMessageId": ref}
    return request(request_id, "turn/start", params=params)


def steer(thread: str, turn: str, *, ref: str, text: str) -> Json:
    """Put a message into the turn that runs; refused if it is over by then."""
    params = {
        "threadId": thread,
        "expectedTurnId": turn,
        "input": _input(text),
        "clientUserMessageId": ref,
    }
    return request(f"{SAY}{ref}", "turn/steer", params=params)


def interrupt(thread: str, turn: str) -> Json:
    """Break a turn off."""
    params = {"threadId": thread, "turnId": turn}
    return request(f"interrupt:{turn}", "turn/interrupt", params=params)


def words_of(message: Json) -> str:
    """Read the text of a message that was written."""
    given = at(message, "params", "input")
    return text_at(given[0], "text") if isinstance(given, list) and given else ""


def _input(text: str) -> list[Json]:
    return [{"type": "text", "text": text}]
