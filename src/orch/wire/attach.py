"""A viewer of a session, without a terminal: connects, takes frames, gives what was typed."""

import json
import socket
from contextlib import suppress
from typing import Any

from orch.wire.framing import PROTOCOL, Frame, FrameReader, FrameType, frame, line, size

_CHUNK_BYTES = 256 * 1024


class AttachRefused(Exception):
    """The session can't be attached to; `remedy` is the command to run next, if there is one."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


class Lost(Exception):
    """The server closed the connection without telling the session's end: it may be upgrading."""


class AttachedSession:
    """One attachment. Its socket does not block: wait for `fileno`, then `receive` or `flush`.

    `state` is what the server knew of the session when it was attached to.
    """

    def __init__(self, connection: socket.socket, state: dict[str, Any], *, early: bytes) -> None:
        self._connection, self.state = connection, state
        self._reader = FrameReader()
        self._early = early
        self._outgoing = bytearray()
        connection.setblocking(False)  # noqa: FBT003 - the system's signature

    @classmethod
    def open(
        cls, path: str, session: str, *, read_only: bool = False, rows: int = 0, cols: int = 0
    ) -> "AttachedSession":
        """Attach; a size of 0 leaves the session's as it is.

        Raises `AttachRefused`, `OSError` if nobody listens at `path`, `Lost` if they went away.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
            hello = {"protocol": PROTOCOL, "client": "orch attach"}
            wanted = {"name": session, "read_only": read_only, "rows": rows, "cols": cols}
            connection.sendall(
                _request("hello", hello, number=1) + _request("attach", wanted, number=2)
            )
            _, rest = _reply(connection, b"")
            state, rest = _reply(connection, rest)
        except BaseException:
            connection.close()
            raise
        return cls(connection, state, early=rest)

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._connection.fileno()

    @property
    def has_early_frames(self) -> bool:
        """Tell whether frames came with the reply: no need to wait before `receive`."""
        return bool(self._early)

    @property
    def wants_to_write(self) -> bool:
        """Tell whether `flush` has something to do once the socket is writable."""
        return bool(self._outgoing)

    def receive(self) -> list[Frame]:
        """Return the frames that have come. Raises `Lost` when there won't be any more."""
        try:
            data = self._connection.recv(_CHUNK_BYTES)
        except BlockingIOError:
            data = None
        except OSError as error:
            raise Lost(str(error)) from error
        early, self._early = self._early, b""
        frames = list(self._reader.feed(early + (data or b"")))
        if data == b"" and not frames:
            raise Lost("the session server closed the connection")
        return frames

    def type(self, data: bytes) -> None:
        """Type something."""
        self._send(frame(FrameType.INPUT, data))

    def resize(self, rows: int, cols: int) -> None:
        """Tell the viewer's new size."""
        self._send(frame(FrameType.RESIZE, size(rows, cols)))

    def detach(self) -> None:
        """Say good-bye and hang up; the session goes on."""
        self._send(frame(FrameType.DETACH))
        self.close()

    def flush(self) -> None:
        """Send what waits, as much as the server takes."""
        with suppress(BlockingIOError):
            while self._outgoing:
                try:
                    sent = self._connection.send(self._outgoing)
                except BrokenPipeError:
                    self._outgoing.clear()
                    return
                del self._outgoing[:sent]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _send(self, data: bytes) -> None:
        self._outgoing += data
        self.flush()


def _request(method: str, params: dict[str, Any], *, number: int) -> bytes:
    return line({"id": number, "method": method, "params": params})


def _reply(connection: socket.socket, received: bytes) -> tuple[dict[str, Any], bytes]:
    """Read one reply; return its result and what came after it."""
    while b"\n" not in received:
        data = connection.recv(_CHUNK_BYTES)
        if not data:
            raise Lost("the session server closed the connection")
        received += data
    text, _, rest = received.partition(b"\n")
    reply = json.loads(text)
    if "error" in reply:
        raise AttachRefused(reply["error"]["reason"], remedy=reply["error"].get("remedy", ""))
    return reply["result"], rest
