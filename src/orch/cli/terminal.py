"""Attach this terminal to a session: raw mode, sizes, keys that detach, and all as it was after."""

import json
import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from orch.cli.detach_keys import DEFAULT, BadKeys, DetachKeys, parse
from orch.wire.attach import AttachedSession, AttachRefused, Lost
from orch.wire.framing import BadFrame, Frame, FrameType

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
    # Leaving origin mode moves the cursor home; what is said next belongs below the screen.
    b"\x1b[9999;1H"
)
"""Whatever the session's program switched on: screen, margins, mouse, paste, keyboard, cursor."""


def attach(socket_path: str, session: str, *, read_only: bool = False) -> int:
    """Show a session in this terminal until it ends or the person detaches; return the exit code.

    0 after both, 1 if it can't be attached to or its server is gone, 2 if this is no terminal or
    $ORCH_DETACH_KEYS can't be read. The terminal is left as it was found.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _fail("attach needs a terminal", "orch logs -f", code=USAGE)
    try:
        keys = DetachKeys(parse(os.environ.get("ORCH_DETACH_KEYS", DEFAULT)))
        viewing = _Viewing.begin(socket_path, session, keys=keys, read_only=read_only)
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
    attached: AttachedSession

    @classmethod
    def begin(cls, path: str, session: str, *, keys: DetachKeys, read_only: bool) -> "_Viewing":
        """Attach, with this terminal's size."""
        return cls(path, session, keys, read_only, _open(path, session, read_only=read_only))

    def run(self, resized: int) -> _Ending:
        """Carry bytes both ways until the session ends, the person detaches, or all is lost."""
        while True:
            try:
                ending = self._turn(resized)
            except (Lost, BadFrame):
                ending = self._connect_again()
            if ending is not None:
                return ending

    def _turn(self, resized: int) -> _Ending | None:
        """Wait for one thing to happen, and see to it."""
        if self.attached.has_early_frames:
            return self._show(self.attached.receive())
        wanted = select.POLLIN | (select.POLLOUT if self.attached.wants_to_write else 0)
        poll = select.poll()
        poll.register(self.attached.fileno(), wanted)
        poll.register(sys.stdin.fileno(), select.POLLIN)
        poll.register(resized, select.POLLIN)
        ready = dict(poll.poll(_HOLD_MS if self.keys.held else None))
        if not ready:
            self._type(self.keys.give_up())
        # Keys wake it up as well as the new size that came before them, which is told first.
        with suppress(BlockingIOError):
            os.read(resized, _CHUNK_BYTES)
            self.attached.resize(*_size())
        if ready.get(self.attached.fileno(), 0) & select.POLLOUT:
            self.attached.flush()
        if sys.stdin.fileno() in ready and self._keys_say_detach():
            self.attached.detach()
            return _Ending(f"detached from {self.session}; it runs on")
        if ready.get(self.attached.fileno(), 0) & ~select.POLLOUT:
            return self._show(self.attached.receive())
        return None

    def _keys_say_detach(self) -> bool:
        try:
            data = os.read(sys.stdin.fileno(), _CHUNK_BYTES)
        except OSError:  # The terminal itself is gone.
            return True
        passed, detached = self.keys.feed(data)
        if not data or (self.read_only and _INTERRUPT in passed):
            return True
        self._type(passed)
        return detached

    def _type(self, data: bytes) -> None:
        if data and not self.read_only:
            self.attached.type(data)

    def _show(self, frames: list[Frame]) -> _Ending | None:
        for one in frames:
            match one.type:
                case FrameType.OUTPUT | FrameType.REDRAW:
                    self._print(one.payload)
                case FrameType.NOTICE:
                    self._print(b"\r\n[%s]\r\n" % one.payload)
                case FrameType.EXIT:
                    return _Ending(_told(self.session, json.loads(one.payload)))
                case _:
                    pass
        return None

    def _print(self, data: bytes) -> None:
        if self.attached.state["stdio"] == "pipes":
            data = data.replace(b"\n", b"\r\n")
        view = memoryview(data)
        while view:
            view = view[os.write(sys.stdout.fileno(), view) :]

    def _connect_again(self) -> _Ending | None:
        """Come back after the server became a newer version of itself."""
        self.attached.close()
        deadline = time.monotonic() + _RECONNECT_S
        while time.monotonic() < deadline:
            try:
                self.attached = _open(self.path, self.session, read_only=self.read_only)
            except (OSError, Lost):
                time.sleep(_RETRY_S)
            except AttachRefused as error:
                return _Ending(error.reason, FAILED)
            else:
                return None
        return _Ending("the session server went away; see: orch status", FAILED)


def _open(path: str, session: str, *, read_only: bool) -> AttachedSession:
    rows, cols = _size()
    return AttachedSession.open(path, session, read_only=read_only, rows=rows, cols=cols)


def _size() -> tuple[int, int]:
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return 0, 0
    return size.lines, size.columns


def _told(session: str, state: dict[str, Any]) -> str:
    if state.get("exit_code") is not None:
        return f"{session} ended with exit code {state['exit_code']}"
    if state.get("exit_signal") is not None:
        return f"{session} was ended by signal {state['exit_signal']}"
    return f"{session} is gone: {state.get('how', 'nobody saw its end')}"


def _fail(reason: str, then: str, *, code: int = FAILED) -> int:
    sys.stderr.write(f"{reason}\n" + (f"  try: {then}\n" if then else ""))
    return code


@contextmanager
def _raw_terminal(handle: int) -> Iterator[None]:
    """Let every key through meanwhile, and put the terminal back whatever happens."""
    before = termios.tcgetattr(handle)

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    ends = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        tty.setraw(handle)
        yield
    finally:
        with suppress(OSError):
            os.write(sys.stdout.fileno(), _AS_BEFORE + b"\r\n")
        with suppress(termios.error):
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
        for number, former in ends.items():
            signal.signal(number, former)


@contextmanager
def _told_of_resizes() -> Iterator[int]:
    """Return a descriptor that can be read when the terminal has got another size."""
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    former = signal.signal(signal.SIGWINCH, lambda *_: None)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGWINCH, former)
        os.close(reader)
        os.close(writer)
