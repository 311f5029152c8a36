"""Input of one session: each message delivered once, noted before it is written."""

from collections.abc import Mapping

from orch.session_server.channel import Channel
from orch.session_server.segments import Mark
from orch.session_server.transcript import Transcript
from orch.session_server.values import Refused

_UNDELIVERED_LIMIT_BYTES = 1024 * 1024
_REMEMBERED_MESSAGES = 10_000


class Mailbox:
    """Knows which messages a session was given.

    What goes into pipes is kept in the transcript's notes; what is typed on a terminal may be a
    password, so only its message id is.
    """

    def __init__(self, transcript: Transcript, *, is_terminal: bool) -> None:
        self._transcript, self._is_terminal = transcript, is_terminal
        self._messages: dict[str, int] = {}
        self.serial = 0

    @property
    def messages(self) -> Mapping[str, int]:
        """Where the transcript stood when each message was taken."""
        return self._messages

    def restore(self, messages: Mapping[str, int], *, serial: int) -> None:
        """Remember what an earlier program of this server was given."""
        self._messages, self.serial = dict(messages), serial

    def take(self, channel: Channel, data: bytes, *, message_id: str) -> tuple[int, bool]:
        """Deliver a message; return the transcript's offset then, and whether it was known.

        Raises `Refused` if too much waits already for a program that doesn't read.
        """
        waiting = channel.pending_bytes
        if waiting and waiting + len(data) > _UNDELIVERED_LIMIT_BYTES:
            raise Refused(f"the program does not read: {waiting} bytes wait", transient=True)
        offset = self._transcript.end
        self._note(data, offset=offset, message_id=message_id)
        channel.write(data)
        return offset, False

    def _note(self, data: bytes, *, offset: int, message_id: str) -> None:
        self.serial += 1
        if not self._is_terminal:
            self._transcript.mark(
                Mark(kind="in", at=offset, data=data, id=message_id, serial=self.serial)
            )
        elif message_id:
            self._transcript.mark(Mark(kind="id", at=offset, id=message_id, serial=self.serial))
        if message_id:
            self._messages[message_id] = offset
            if len(self._messages) > _REMEMBERED_MESSAGES:
                del self._messages[next(iter(self._messages))]
