"""JSON-RPC with a program on its pipes, sans-I/O: what is read and what was written, in order."""

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.json_reader import JsonReader
from orch.adapters.agents.lines import JsonLines
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.agent import Keystroke, Reply, Writing
from orch.ports.session_host import Direction, Stretch

UNKNOWN_METHOD: Final = -32601
"""What JSON-RPC answers to a request that the other side doesn't know."""

Json = Mapping[str, object]


def request(ref: str | int, method: str, *, params: Json) -> dict[str, object]:
    """Make a request."""
    return {"jsonrpc": "2.0", "id": ref, "method": method, "params": params}


def notice(method: str, params: Json) -> dict[str, object]:
    """Make a message that wants no answer."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def result(ref: object, value: Json) -> dict[str, object]:
    """Make the answer to a request."""
    return {"jsonrpc": "2.0", "id": ref, "result": value}


def refusal(ref: object, method: str) -> dict[str, object]:
    """Make the answer to a request that orch has nothing for, so that nobody waits for it."""
    error = {"code": UNKNOWN_METHOD, "message": f"{method} is not supported"}
    return {"jsonrpc": "2.0", "id": ref, "error": error}


def line(message: Json) -> bytes:
    """Write a message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def written(*messages: Json, confirms: Sequence[SignKind] = ()) -> Writing:
    """Write messages one after the other."""
    strokes = tuple(Keystroke(line(message)) for message in messages)
    return Writing(strokes=strokes, confirms=frozenset(confirms))


class RpcReader(JsonReader):
    """Reads both directions of a JSON-RPC session and keeps what it wants written.

    What it sends follows from what it has read only, so reading all again gives the same replies.
    """

    speaks = True

    def __init__(self, *, model: str = "") -> None:
        """Begin with nothing read and nothing to write."""
        super().__init__(model=model)
        self._written = JsonLines()
        self._serial = 0
        self._replies: dict[str, bytes] = {}
        self._pulse: dict[str, int] = {}

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read what came out of the program, and note what was written to it."""
        if stretch.direction is Direction.OUT:
            return super().read(stretch, at=at)
        if stretch.direction is not Direction.IN or not self._is_new(stretch):
            return ()
        self.at = at
        return [sign for one in self._written.feed(stretch.data) for sign in self.sent(one)]

    def _is_new(self, stretch: Stretch) -> bool:
        """Pass over what stands on the border of two pages of a transcript, and so in both."""
        if not stretch.serial:
            return True
        new = stretch.serial > self._serial
        self._serial = max(self._serial, stretch.serial)
        return new

    @abstractmethod
    def sent(self, message: Json) -> Iterable[Sign]:
        """Tell what a message means that was written to the program."""

    def replies(self) -> Sequence[Reply]:
        """List what the protocol has wanted written so far."""
        return tuple(Reply(id=ref, data=data) for ref, data in self._replies.items())

    def reply(self, ref: str, message: Json) -> None:
        """Want a message written, once."""
        self._replies.setdefault(ref, line(message))

    def pulse(self, key: str, size: int, *, every: int = 500) -> Iterator[Sign]:
        """Tell progress at the first piece of something, then after each so many characters.

        Counted in what was streamed, not in time or reads, so that it is the same every time.
        """
        before = self._pulse.get(key)
        after = (before or 0) + size
        self._pulse[key] = after
        if before is None or before // every != after // every:
            yield self.sign(SignKind.PROGRESS)

    def fault(
        self, kind: SignKind, text: str, *, trouble: Trouble, until: float | None = None
    ) -> Sign:
        """Make a sign of an error."""
        return replace(self.sign(kind, text, ok=False), trouble=trouble, until=until)
