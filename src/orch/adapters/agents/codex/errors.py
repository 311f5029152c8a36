"""Errors of Codex, by the kind that its app server names them with."""

from typing import Final

from orch.adapters.agents.faults import trouble_of
from orch.adapters.agents.json_reader import one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Trouble

_NAMED: Final = {
    "contextWindowExceeded": Trouble.CONTEXT_FULL,
    "sessionBudgetExceeded": Trouble.USAGE_LIMIT,
    "usageLimitExceeded": Trouble.USAGE_LIMIT,
    "rateLimitExceeded": Trouble.RATE_LIMIT,
    "flexUnavailable": Trouble.OVERLOADED,
    "serverOverloaded": Trouble.OVERLOADED,
    "policyCapacityUnavailable": Trouble.OVERLOADED,
    "modelNotFound": Trouble.NO_SUCH_MODEL,
    "cyberPolicy": Trouble.REFUSED,
    "misalignmentPolicyViolation": Trouble.REFUSED,
    "tooManyDenials": Trouble.REFUSED,
    "internalServerError": Trouble.SERVER,
    "unauthorized": Trouble.SIGNED_OUT,
}
"""The names that say it all; the others come with a status code or only with words."""


def error_words(error: object) -> str:
    """Join what an error says of itself to a line."""
    details = text_at(error, "additionalDetails")
    message = text_at(error, "message") or "an error without words"
    return one_line(f"{message} ({details})" if details else message)


def error_trouble(error: object) -> Trouble:
    """Tell what kind of error it is: by its name, its status code, then its words."""
    info = at(error, "codexErrorInfo")
    if isinstance(info, str) and info in _NAMED:
        return _NAMED[info]
    status = next((number_at(info, name, "httpStatusCode") for name in _names(info)), 0)
    told = trouble_of(error_words(error), status=status)
    wire = any(name.startswith(("http", "responseStream")) for name in _names(info))
    return Trouble.NETWORK if told is Trouble.OTHER and wire and not status else told


def _names(info: object) -> tuple[str, ...]:
    return tuple(info) if isinstance(info, dict) else ()
