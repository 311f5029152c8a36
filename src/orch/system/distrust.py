"""Binds git to a repository whose configuration others can write, without what it would execute."""

import re
from typing import Final

from orch.system.git import Git

_EXECUTED: Final = re.compile(
    r"filter\..*\.(clean|smudge|process|required)"
    r"|merge\..*\.driver"
    r"|core\.(sshcommand|gitproxy|askpass|editor|alternaterefscommand)"
    r"|(credential|gpg|pager|sequence|interactive)\..*"
)


async def distrust(git: Git) -> Git:
    """Return git with all settings taken back that name a program in the repository's own files.

    An agent can write them, and git would start those programs outside of the agent's sandbox.
    What the person's own configuration says stays in force. Programs for diffs can't be taken
    back by a setting: use `diff-tree`, or `diff --no-ext-diff --no-textconv`.
    """
    listed = await git.run("config", "--list", "--show-scope", "--name-only", "-z")
    fields = listed.text.split("\0")
    own = {k for scope, k in zip(fields[::2], fields[1::2], strict=False) if _is_ours(scope)}
    keys = sorted(key for key in own if _EXECUTED.fullmatch(key))
    return git.with_config(*((key, _harmless(key)) for key in keys))


def _is_ours(scope: str) -> bool:
    return scope in {"local", "worktree"}


def _harmless(key: str) -> str:
    # A merge driver that fails is a conflict; one that is empty would drop the other side.
    if key.endswith((".required", ".driver")):
        return "false"
    return ""
