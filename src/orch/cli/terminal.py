"""Attach this terminal to a session: raw mode, sizes, keys that detach, and all as it was after."""

import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from orch.cli.detach_keys import DEFAULT, BadKeys, DetachKeys, parse
from orch.wire.attach import AttachedSession, AttachRefused, Lost
from orch.wire.framing import BadFrame, Frame, FrameType, parse_size

OK, FAILED, USAGE = 0, 1, 2

_HOLD_MS = 500
"""How long the beginning of the detach keys waits for the rest."""

_CHUNK_BYTES = 64 * 1024
_RECONNECT_S = 10.0
_RETRY_S = 0.05
_INTERRUPT = b"\x03"

_AS_BEFORE = (
    b"\x1b[?1047l\x1b7\x1b[r\x1b8\x1b[0m\x1b(B\x1b[4l\x1b[?6l\x1b[?7h\x1b[?1l\x1b>"
    b"\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l"
    b"\x1b[?2004l\x1b[?2026l\x1b[>4;0m\x1b[=0u\x1b[0 q\x1b[?25h"
)
"""Whatever the session's program switched on: screen, margins, mouse, paste, keyboard, cursor."""


def attach(socket_path: str, session: str, read_only: bool = False) -> int:  # noqa: FBT001, FBT002
    """Show a session in this terminal until it ends or the person detaches; return the exit code.

    0 after both, 1 if it can't be attached to or its server is gone, 2 if this is no terminal or
    $ORCH_DETACH_KEYS can't be read. The terminal is left as it was found.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _fail("attach needs a terminal", "orch logs -f", code=USAGE)
    try:
        keys = DetachKeys(parse(os.environ.get("ORCH_DETACH_KEYS", DEFAULT)))
        viewing = _Viewing(socket_path, session, keys, read_only=read_only)
        viewing.connect()
    except BadKeys as error:
        return _fail(f"ORCH_DETACH_KEYS: {error}", "unset ORCH_DETACH_KEYS", code=USAGE)
    except AttachRefused as error:
        return _fail(error.reason, error.remedy)
    except (OSError, Lost) as error:
        return _fail(f"the session server does not answer: {error}", "orch daemon status")
    with _raw_terminal(sys.stdin.fileno()), _told_of_resizes() as resized:
        ending = viewing.run(resized)
    sys.stderr.write(f"[{ending.told}]\n")
    return ending.code


@dataclass(frozen=True, slots=True)
class _Ending:
    """What to tell the person, and the exit code."""

    told: str
    code: int = OK


@dataclass(slots=True)
class _Viewing:
    """One person at one session, across connections."""

    path: str
    session: str
    keys: DetachKeys
    read_only: bool
    _attached: AttachedSession | None = None
    _size: tuple[int, int] = (0, 0)
    _is_piped: bool = False
    _notices: list[str] = field(default_factory=list)
