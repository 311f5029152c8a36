"""Where the agent works, as it tells its model: some tools take only absolute paths."""

import re

from orch.testing.model_server.conversation import Conversation

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"<cwd>(/[^<\n]*)</cwd>",
        r"(?:primary |current )?working directory(?: is)?:?\**\s*[`\"]?(/[^\s`\"<]*)",
        r"working in (?:the )?(?:following )?director(?:y|ies):?\s*(?:-\s*)?[`\"]?(/[^\s`\"<]*)",
        r"Workspace Director(?:y|ies):\**\s*(?:-\s*)?[`\"]?(/[^\s`\"<]*)",
        r"\bcwd\b\W{1,4}(/[^\s`\"<]*)",
    )
)


def find_directory(conversation: Conversation) -> str | None:
    """Find the agent's directory in what it said of itself; None if it said nothing."""
    told = f"{conversation.system}\n{conversation.opening()}"
    for pattern in _PATTERNS:
        if found := pattern.search(told):
            return found[1].rstrip(".,;:)/") or "/"
    return None
