"""Errors of agents that speak ACP: JSON-RPC's, with the provider's own words somewhere inside."""

from typing import Final

from orch.adapters.agents.acp.messages import AUTH_REQUIRED
from orch.adapters.agents.faults import trouble_of
from orch.adapters.agents.json_reader import one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Trouble

_DETAILS: Final = ("details", "message", "error", "errorMessage")
_HTTP: Final = range(400, 600)
_ANY: Final = 500
"""What Gemini says of each error of which it does not know the code."""


def error_words(error: object) -> str:
    """Join what an error says of itself to a line."""
    message, data = text_at(error, "message"), at(error, "data")
    found = [data] if isinstance(data, str) else [text_at(data, name) for name in _DETAILS]
    details = next((one for one in found if one and one != message), "")
    return one_line(f"{message}: {details}" if details else message) or "an error without words"


def error_trouble(error: object) -> Trouble:
    """Tell what kind of error it is: by its code, then by its words."""
    code = number_at(error, "code")
    if code == AUTH_REQUIRED:
        return Trouble.SIGNED_OUT
    codes = (code, number_at(error, "data", "status"), number_at(error, "data", "statusCode"))
    status = next((one for one in codes if one in _HTTP), 0)
    words = error_words(error)
    if status == _ANY and (told := trouble_of(words)) is not Trouble.OTHER:
        return told
    return trouble_of(words, status=status)
