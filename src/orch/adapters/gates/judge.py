"""Says what the end of a gate's command means: only its own verdict speaks of the tree."""

import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGKILL, SIGTERM
from typing import Final

from orch.core.receipt import Outcome
from orch.system.run import Completed

_ENDED_FROM_OUTSIDE: Final = frozenset({SIGKILL, SIGTERM, SIGINT, SIGHUP})
_SHELL_KILLED: Final = 128 + SIGKILL
_NOT_RUN: Final = frozenset({126, 127})
"""What a shell exits with if a program can't be run, or is not there."""

_SHELL_SAID: Final = re.compile(
    rb"^\S*sh: (?:line )?(?:\d+: )?(?P<name>.+?): (?:command )?(?:not found|[Pp]ermission denied)",
    re.MULTILINE,
)
_BUILT_IN: Final = frozenset(
    {
        *("!", "(", "{", ".", "[", "case", "cd", "eval", "exec", "exit", "export", "for", "if"),
        *("return", "set", "source", "test", "trap", "until", "while"),
    }
)
_SHOWN: Final = 5
_FULL: Final = b"No space left on device"
_EMPTY_DISK_BYTES: Final = 16 * 1024 * 1024
_SHORT_DISK_BYTES: Final = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Disks:
    """What the disk of the workspace has left, and that of the temporary files (often a small one).

    A full one makes any check fail.
    """

    free_bytes: int
    scratch_bytes: int


def judge(command: str, done: Completed, *, disks: Disks) -> tuple[Outcome, str]:
    """Return what the command's end says, and why in a sentence ("" for a pass)."""
    if broken := _broken(command, done, disks=disks):
        return Outcome.INFRA, broken
    if not done.ok:
        return Outcome.RED, f"`{command}` {describe(done)}"
    if left := (*done.leftovers, *done.left):
        return Outcome.UNCLEAN, f"`{command}` {describe_left(left)}"
    return Outcome.PASSED, ""


def describe(done: Completed) -> str:
    """Say how a command ended, as the end of a sentence."""
    return f"exited {done.code}" if done.ending.startswith("exit") else done.ending


def describe_left(processes: Sequence[str]) -> str:
    """Name what outlived a command, as the end of a sentence."""
    return f"left processes behind: {', '.join(processes[:_SHOWN])}"


def _broken(command: str, done: Completed, *, disks: Disks) -> str:
    """Say why a command did not come to an end of its own; "" if it did."""
    if done.timed_out or done.oom or done.signal in _ENDED_FROM_OUTSIDE:
        return f"`{command}` {done.ending}"
    if done.code == _SHELL_KILLED:
        return f"`{command}` was killed (exit {done.code}), as for lack of memory"
    if done.log_error:
        return f"the log can't be written: {done.log_error}"
    if done.code in _NOT_RUN and (name := _missing(command, done)):
        return f"{name} can't be run here (exit {done.code}); is it installed, and on the PATH?"
    if not done.ok and _is_disk_full(done, disks):
        return f"`{command}` {describe(done)}: the disk is full"
    return ""


def _missing(command: str, done: Completed) -> str:
    """Name the program that this machine lacks; "" if it is a file that the tree should have.

    A script with a path is part of the change: where it is missing, the change is red.
    """
    said = _SHELL_SAID.findall(done.stdout)
    name = said[-1].decode("utf-8", "replace") if said else _first_word(command)
    known = not said and (name in _BUILT_IN or shutil.which(name) is not None)
    return "" if known or "/" in name else name


def _first_word(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return next((word for word in words if "=" not in word), command)


def _is_disk_full(done: Completed, disks: Disks) -> bool:
    if disks.free_bytes < _EMPTY_DISK_BYTES:
        return True
    # Tests may print these words on purpose; with plenty of room they mean nothing.
    short = disks.free_bytes < _SHORT_DISK_BYTES or disks.scratch_bytes < _EMPTY_DISK_BYTES
    return _FULL in done.stdout and short


def measure_free(folder: Path) -> int:
    """Measure what the disk of a folder (or of the nearest that is still there) has left."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
