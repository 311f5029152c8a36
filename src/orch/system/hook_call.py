"""How a hook of an agent calls orch: the command line that starts `orch.system.hook`."""

import shlex
import sys
from pathlib import Path

from orch.system.hook import SPOOL

PROGRAM = Path(__file__).with_name("hook.py")
"""The program itself. By its path orch recognises the hooks that are its own."""

MARK = "/orch/system/hook.py"
"""What is in every command line of orch's hooks, wherever orch is installed, and in no other."""


_GUARD = f'[ -z "${SPOOL}" ] || "$0" "$@" 2>/dev/null || :'


def hook_program() -> tuple[str, ...]:
    """Return the argv that agent and event are added to: `(*hook_program(), "claude", "Stop")`.

    It can't fail, even when orch is gone: an agent may take a failing hook for a veto, and Python
    exits with 2, which is one, if its file is missing. Where there is no spool, nothing starts.
    """
    return ("/bin/sh", "-c", _GUARD, *_bare())


def _bare() -> tuple[str, ...]:
    """Start it without site-packages and the person's settings of Python: in no time."""
    return (sys.executable, "-I", "-S", str(PROGRAM))


def hook_line(agent: str, event: str, *, program: tuple[str, ...] = ()) -> str:
    """Write the command as a line for a shell, which can't fail either.

    Where there is no spool, what the agent writes is read all the same, so that it never meets a
    closed pipe. `program` is another one than `hook_program`.
    """
    words = shlex.join((*(program or _bare()), agent, event))
    return f'[ -n "${SPOOL}" ] && {words} 2>/dev/null || cat >/dev/null || :'


def opencode_plugin() -> bytes:
    """Return the plugin that tells of OpenCode's sessions; OpenCode has no commands as hooks."""
    return PROGRAM.with_name("hook_opencode.js").read_bytes()


def is_ours(command: object) -> bool:
    """Tell whether a command (a line, or a list of words) is one of orch's hooks."""
    words = [command] if isinstance(command, str) else command
    return isinstance(words, list) and any(isinstance(w, str) and MARK in w for w in words)
