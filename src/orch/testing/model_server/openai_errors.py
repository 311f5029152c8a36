"""How the protocols of OpenAI word errors."""

import time

from orch.testing.model_server.answer import Refusal
from orch.testing.model_server.dialect import STATUS
from orch.testing.model_server.faults import Fault, FaultKind

_WORDS = {
    FaultKind.RATE_LIMIT: ("rate_limit_exceeded", "Rate limit reached. Please try again later."),
    FaultKind.OVERLOADED: ("server_is_overloaded", "The server is overloaded."),
    FaultKind.UNAUTHORIZED: ("invalid_api_key", "Incorrect API key provided."),
    FaultKind.SERVER_ERROR: ("server_error", "The server had an error. Please retry."),
    FaultKind.BAD_REQUEST: ("invalid_request_error", "The request is not valid."),
    FaultKind.UNKNOWN_MODEL: ("model_not_found", "The model does not exist."),
    FaultKind.CONTEXT_FULL: (
        "context_length_exceeded",
        "Your input exceeds the context window of this model.",
    ),
}


def refuse(fault: Fault) -> Refusal:
    """Word a fault that is an answer."""
    if fault.kind is FaultKind.USAGE_LIMIT:
        return _usage_limit(fault)
    code, message = _WORDS[fault.kind]
    # The number 529 is Anthropic's own.
    status = 503 if fault.kind is FaultKind.OVERLOADED else STATUS[fault.kind]
    headers: tuple[tuple[str, str], ...] = ()
    if fault.kind is FaultKind.RATE_LIMIT:
        headers = (("retry-after", str(fault.retry_after_s)),)
        message = f"{message} Please try again in {fault.retry_after_s}s."
    body: dict[str, object] = {"error": {"message": message, "type": code, "code": code}}
    return Refusal(status=status, body=body, headers=headers)


def deny(status: int, message: str) -> Refusal:
    """Word an error of the test itself."""
    error = {"message": message, "type": "invalid_request_error", "code": "scripted_model"}
    return Refusal(status=status, body={"error": error})


def _usage_limit(fault: Fault) -> Refusal:
    """Word the end of an account's allowance, as those with a subscription meet it."""
    until = fault.reset_time()
    error = {
        "type": "usage_limit_reached",
        "code": "usage_limit_reached",
        "message": "The usage limit has been reached",
        "plan_type": "plus",
        "resets_at": until,
        "resets_in_seconds": max(0, until - int(time.time())),
    }
    return Refusal(status=429, body={"error": error})
