"""A small client of the wire, of the standard library only; what the command line speaks with."""

import json
import os
import select
import socket
from collections.abc import Iterator

from orch.wire.codes import Code, WireError

CHUNK_BYTES = 65536
"""How much is read at once."""


class NotListeningError(Exception):
    """Nobody listens at the socket: the daemon was never started, or it died."""


class HungUpError(WireError):
    """The daemon ended, or was killed, before it answered."""


def socket_path() -> str:
    """Return where the daemon listens: $ORCH_SOCKET, else within $ORCH_HOME, else ~/.orch."""
    if named := os.environ.get("ORCH_SOCKET"):
        return named
    # The usual answer needs no more than os.path; the whole layout (and the exception for long
    # paths) is in system.paths, whose import costs as much as the whole request.
    home = os.environ.get("ORCH_HOME")
    root = os.path.abspath(os.path.expanduser(home)) if home else os.path.expanduser("~/.orch")  # noqa: PTH100, PTH111 - pathlib costs 10 ms
    if len(os.fsencode(root)) < 75:  # noqa: PLR2004 - far below any system's limit with the rest
        return f"{root}/run/daemon.sock"
    from orch.system.paths import Home  # noqa: PLC0415 - the rare case pays for itself

    return str(Home.default().daemon_socket)


class Client:
    """One connection to the daemon; requests go one after the other.

    It is a context manager and closes at the end. Raises `NotListeningError` if there is no
    daemon, `HungUpError` if it goes, and `WireError` for each failure that it answers with.
    """

    def __init__(self, path: str) -> None:
        """Connect to the socket at this path."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(path)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            self._socket.close()
            raise NotListeningError(path) from error
        except OSError as error:
            self._socket.close()
            message = f"the daemon's socket {path} can't be used: {error.strerror}"
            raise WireError(Code.UNAVAILABLE, message, next="orch doctor") from error
        self._buffer = b""
        self._last = 0

    def __enter__(self) -> "Client":  # noqa: PYI034 - Self would import typing, which costs 5 ms
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Return the socket's number, so that several clients can be waited for at once."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up; subscriptions end with it."""
        self._socket.close()

    def call(self, method: str, /, **params: object) -> object:
        """Call a method and return its result; news that comes meanwhile is dropped."""
        key = self.send(method, **params)
        while True:
            message = self.receive()
            if message.get("id") == key and "method" not in message:
                return _result(message)
            if message.get("id") is None and "error" in message:
                raise WireError.from_object(message["error"])

    def follow(self, method: str, /, **params: object) -> Iterator[dict[str, object]]:
        """Subscribe, and yield the parameters of each notification until there are no more."""
        key = self.send(method, **params)
        while True:
            message = self.receive()
            if "method" in message:
                news = message.get("params")
                if not isinstance(news, dict):
                    continue
                if "error" in news:
                    raise WireError.from_object(news["error"])
                if news.get("ended"):
                    return
                yield news
            elif message.get("id") in {key, None}:
                _result(message)

    def send(self, method: str, /, **params: object) -> int:
        """Send a request and return its id; parameters that are None are left out."""
        self._last += 1
        given = {name: value for name, value in params.items() if value is not None}
        request = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": given}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise _gone(error) from error
        return self._last

    def receive(self) -> dict[str, object]:
        """Return the next message, whatever it is."""
        pieces = [self._buffer]
        while b"\n" not in pieces[-1]:
            try:
                piece = self._socket.recv(CHUNK_BYTES)
            except OSError as error:
                raise _gone(error) from error
            if not piece:
                raise _gone(None)
            pieces.append(piece)
        line, _, self._buffer = b"".join(pieces).partition(b"\n")
        message = json.loads(line)
        return message if isinstance(message, dict) else {}

    def has_news(self, timeout_s: float) -> bool:
        """Wait at most this long for a message; tell whether one is there to be received."""
        if b"\n" in self._buffer:
            return True
        return bool(select.select([self._socket], [], [], timeout_s)[0])


def _result(message: dict[str, object]) -> object:
    if "error" in message:
        raise WireError.from_object(message["error"])
    return message.get("result")


def _gone(error: OSError | None) -> HungUpError:
    why = f" ({error.strerror})" if error else ""
    return HungUpError(
        Code.UNAVAILABLE,
        f"the daemon hung up before it answered{why}",
        kept="what it had accepted is stored",
        next="orch daemon status",
    )
