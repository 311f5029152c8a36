"""Binds git to a repository whose configuration others can write, without what it would execute."""

import re
import time
from pathlib import Path
from typing import Final

from orch.system.git import Git

_EXECUTED: Final = re.compile(
    r"filter\..*\.(clean|smudge|process|required)"
    r"|merge\..*\.driver"
    r"|core\.(sshcommand|gitproxy|askpass|editor|alternaterefscommand)"
    r"|(credential|gpg|pager|sequence|interactive)\..*"
)
_FILES: Final = ("config", "config.worktree")
"""All that a bare repository's own configuration stands in, unless one of them includes more."""

_SETTLED_S: Final = 2.0
"""How old a file must be before its times can tell that it was not written since."""

_Stamp = tuple[tuple[int, int, int, int] | None, ...]
_known: dict[Path, tuple[_Stamp, tuple[tuple[str, str], ...]]] = {}
"""What was taken back in a bare repository, and how its files looked when that was found out."""


async def distrust(git: Git) -> Git:
    """Return git with all settings taken back that name a program in the repository's own files.

    An agent can write them, and git would start those programs outside of the agent's sandbox.
    What the person's own configuration says stays in force. Programs for diffs can't be taken
    back by a setting: use `diff-tree`, or `diff --no-ext-diff --no-textconv`.

    What was found in a bare repository holds until one of its files changes: each landing asks
    many times. Raises `GitError` where the settings can't be read: nothing is known of them then.
    """
    stamp = _stamp(git)
    if stamp is not None and (known := _known.get(git.directory)) and known[0] == stamp:
        return git.with_config(*known[1])
    settled = stamp is not None and _is_settled(stamp)
    listed = await git("config", "--list", "--show-scope", "--name-only", "-z")
    fields = listed.split("\0")
    own = {k for scope, k in zip(fields[::2], fields[1::2], strict=False) if _is_ours(scope)}
    keys = sorted(key for key in own if _EXECUTED.fullmatch(key))
    harmless = tuple((key, _harmless(key)) for key in keys)
    if settled and stamp is not None and not any(key.startswith("include") for key in own):
        _known[git.directory] = (stamp, harmless)
    return git.with_config(*harmless)


def _stamp(git: Git) -> _Stamp | None:
    """Look at the files of a bare repository's configuration; None for anything else."""
    if git.git_dir != git.directory or git.work_tree is not None:
        return None
    return tuple(_look(git.directory / name) for name in _FILES)


def _look(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _is_settled(stamp: _Stamp) -> bool:
    """Tell whether a change from now on shows: a clock that has not ticked yet hides one.

    The time of a file's change of state counts, which nobody can set back.
    """
    newest = max((found[3] for found in stamp if found), default=0)
    return newest / 1e9 + _SETTLED_S < time.time()


def _is_ours(scope: str) -> bool:
    return scope in {"local", "worktree"}


def _harmless(key: str) -> str:
    # A merge driver that fails is a conflict; one that is empty would drop the other side.
    if key.endswith((".required", ".driver")):
        return "false"
    return ""
