"""Faults of model providers: which trouble a status code or a provider's own message tells."""

import re
from typing import Final

from orch.core.signs import Trouble

_WORDS: Final = (
    (Trouble.CONTEXT_FULL, r"context (length|window)|too many tokens|prompt is too long"),
    (Trouble.NO_SUCH_MODEL, r"model\W.{0,80}(not found|not exist|not supported|unknown|invalid)"),
    (Trouble.NO_SUCH_MODEL, r"(no such|unknown|invalid|unsupported) model|not_found_error.*model"),
    (Trouble.NO_SUCH_MODEL, r"ModelNotFound|models/\S+ is not found"),
    (Trouble.USAGE_LIMIT, r"quota|usage limit|insufficient.{0,20}(credit|balance|fund)|billing"),
    (Trouble.RATE_LIMIT, r"rate.?limit|too many requests|resource.?exhausted|\b429\b"),
    (Trouble.SIGNED_OUT, r"api.?key|unauthori[sz]ed|unauthenticated|not (logged|signed) in"),
    (Trouble.SIGNED_OUT, r"authenticat|auth method|log ?in|sign ?in|\b401\b"),
    (Trouble.OVERLOADED, r"overloaded|\b529\b|\b503\b|unavailable|high demand"),
    (Trouble.REFUSED, r"content.?filter|safety|blocked by|prohibited"),
    (Trouble.NETWORK, r"ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket|network|fetch failed"),
    (Trouble.NETWORK, r"terminated|time[ds]? ?out|connection (error|reset|refused|closed)"),
    (Trouble.SERVER, r"internal (server )?error|server error|bad gateway|\b50\d\b"),
)
"""What providers say, the most telling first. Only messages of errors are read by these."""

_HOLDING: Final = frozenset(
    {Trouble.RATE_LIMIT, Trouble.USAGE_LIMIT, Trouble.SIGNED_OUT, Trouble.NO_SUCH_MODEL}
)


def trouble_of(message: str, *, status: int = 0) -> Trouble:
    """Tell what kind of error a provider's message is; its status code counts first."""
    told = _by_status(status)
    words = _by_words(message)
    if told is Trouble.RATE_LIMIT and words is Trouble.USAGE_LIMIT:
        return words
    if status in {400, 404, 422} and words in {Trouble.NO_SUCH_MODEL, Trouble.CONTEXT_FULL}:
        return words
    return told or words or Trouble.OTHER


def holds(trouble: Trouble | None) -> bool:
    """Tell whether trying again at once would not mend it."""
    return trouble in _HOLDING


def limits(trouble: Trouble | None) -> bool:
    """Tell whether it is a limit, which ends by itself."""
    return trouble in {Trouble.RATE_LIMIT, Trouble.USAGE_LIMIT}


def remedy_of(trouble: Trouble | None, *, sign_in: str) -> str:
    """Say what a person can do about it; empty if nothing in particular."""
    match trouble:
        case Trouble.SIGNED_OUT:
            return f"sign in ({sign_in}), then: orch task unblock"
        case Trouble.NO_SUCH_MODEL:
            return "set `model` of the agent's profile to one that the account has"
        case Trouble.USAGE_LIMIT:
            return "wait until the limit resets, or give the task to another agent"
        case Trouble.RATE_LIMIT:
            return "wait a while, or let fewer sessions of this agent run at once"
        case _:
            return ""


def _by_status(status: int) -> Trouble | None:
    if status in {401, 403}:
        return Trouble.SIGNED_OUT
    if status == 402:  # noqa: PLR2004 - Payment Required
        return Trouble.USAGE_LIMIT
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return Trouble.RATE_LIMIT
    if status in {503, 529}:
        return Trouble.OVERLOADED
    return Trouble.SERVER if status >= 500 else None  # noqa: PLR2004 - where their faults begin


def _by_words(message: str) -> Trouble | None:
    found = (kind for kind, words in _WORDS if re.search(words, message, re.IGNORECASE))
    return next(found, None)
