"""Tells the one who started the daemon that it serves, or why it can't: a line through a pipe."""

import json
import os


class Readiness:
    """The writing end of the starter's pipe; without one, nothing is told to anybody.

    The starter waits for one line or for the end of the pipe, so no one has to poll.
    """

    def __init__(self, handle: int | None) -> None:
        """Take the file descriptor; programs that the daemon starts don't inherit it."""
        self._handle = handle
        if handle is not None:
            os.set_inheritable(handle, False)  # noqa: FBT003 - it takes no keywords

    def announce(self) -> None:
        """Say that the socket takes connections."""
        self._tell({"ready": True, "pid": os.getpid()})

    def refuse(self, message: str, *, remedy: str = "") -> None:
        """Say why the daemon ends without serving, and the command to run next."""
        self._tell({"ready": False, "message": message, "next": remedy})

    def _tell(self, news: dict[str, object]) -> None:
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        try:
            os.write(handle, json.dumps(news).encode() + b"\n")
        except BrokenPipeError:
            pass  # The starter has gone; what it wanted to know is in the log.
        finally:
            os.close(handle)
