"""The messages of ACP, built from and checked against the types of its SDK.

Only types are used: the SDK's connection belongs to an event loop and forgets what it waits for
when its process dies.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from acp import schema
from acp.meta import AGENT_METHODS, PROTOCOL_VERSION
from pydantic import BaseModel, ValidationError

from orch.adapters.agents.rpc import Json, notice, request

AUTH_REQUIRED: Final = -32000
"""The code of the error that wants a sign-in first."""

_M = TypeVar("_M", bound=BaseModel)


def parse(kind: type[_M], value: object) -> _M | None:
    """Read a value as one of the protocol's; None if it is none."""
    try:
        return kind.model_validate(value)
    except ValidationError:
        return None


def written(value: BaseModel) -> dict[str, object]:
    """Write one of the protocol's values as JSON has it."""
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def initialize() -> Json:
    """Greet: files and terminals are the agent's own business, in the workspace."""
    params = schema.InitializeRequest(
        protocol_version=PROTOCOL_VERSION,
        client_capabilities=schema.ClientCapabilities(
            fs=schema.FileSystemCapabilities(read_text_file=False, write_text_file=False),
            terminal=False,
        ),
        client_info=schema.Implementation(name="orch", title="orch", version="1"),
    )
    return request("initialize", AGENT_METHODS["initialize"], params=written(params))


def authenticate(method: str) -> Json:
    """Sign in by one of the ways that the agent offered."""
    params = schema.AuthenticateRequest(method_id=method)
    return request("authenticate", AGENT_METHODS["authenticate"], params=written(params))


def new_session(ref: str, workspace: str) -> Json:
    """Begin a conversation."""
    params = schema.NewSessionRequest(cwd=workspace, mcp_servers=[])
    return request(ref, AGENT_METHODS["session_new"], params=written(params))


def load_session(ref: str, session: str, *, workspace: str) -> Json:
    """Go on with a conversation; the agent tells its history first."""
    params = schema.LoadSessionRequest(session_id=session, cwd=workspace, mcp_servers=[])
    return request(ref, AGENT_METHODS["session_load"], params=written(params))


def set_mode(session: str, mode: str) -> Json:
    """Choose one of the agent's own modes."""
    params = schema.SetSessionModeRequest(session_id=session, mode_id=mode)
    return request("mode", AGENT_METHODS["session_set_mode"], params=written(params))


def set_option(session: str, option: str, *, value: str) -> Json:
    """Choose a value of one of the agent's own options."""
    params = schema.SetSessionConfigOptionSelectRequest(
        session_id=session, config_id=option, value=value
    )
    return request("model", AGENT_METHODS["session_set_config_option"], params=written(params))


def set_model(session: str, model: str) -> Json:
    """Choose a model the way that agents knew before they had options."""
    return request("model", "session/set_model", params={"sessionId": session, "modelId": model})


def prompt(ref: str, session: str, *, text: str) -> Json:
    """Say something, which begins a turn."""
    block = schema.TextContentBlock(type="text", text=text)
    params = schema.PromptRequest(session_id=session, prompt=[block])
    return request(ref, AGENT_METHODS["session_prompt"], params=written(params))


def cancel(session: str) -> Json:
    """Break the turn off."""
    params = schema.CancelNotification(session_id=session)
    return notice(AGENT_METHODS["session_cancel"], written(params))


def selected(option: str) -> Mapping[str, object]:
    """Answer a request for permission with one of its options."""
    outcome = schema.AllowedOutcome(option_id=option, outcome="selected")
    return written(schema.RequestPermissionResponse(outcome=outcome))


def cancelled() -> Mapping[str, object]:
    """Answer a request for permission whose turn is broken off."""
    outcome = schema.DeniedOutcome(outcome="cancelled")
    return written(schema.RequestPermissionResponse(outcome=outcome))
