"""Path patterns as .gitignore has them: which paths a scope, a copy list or a protection means."""

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether a path (relative, with slashes) is meant by the patterns.

    The rules are those of gitignore(5): a pattern without a slash means a name at any depth, one
    with a slash is anchored at the root, a trailing slash means a folder and all below, `**`
    spans folders, and a later `!pattern` takes paths out again.
    """
    meant = False
    for pattern in patterns:
        wanted = not pattern.startswith("!")
        if _compiled(pattern.removeprefix("!")).fullmatch(path):
            meant = wanted
    return meant


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    folder = pattern.endswith("/")
    body = pattern.strip("/")
    anchored = "/" in pattern.rstrip("/")
    head = "" if anchored else "(?:.*/)?"
    # Whatever matches as a folder means all that is in it.
    tail = "/.*" if folder else "(?:/.*)?"
    return re.compile(head + _translated(body) + tail, re.DOTALL)


_TOKENS = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


def _translated(body: str) -> str:
    return "".join(_token(token) for token in _TOKENS.findall(body))


def _token(token: str) -> str:
    fixed = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in fixed:
        return fixed[token]
    if token.startswith("[") and len(token) > 1:
        return "[" + ("^" if token[1] == "!" else "") + token[1:].lstrip("!")
    return re.escape(token)
