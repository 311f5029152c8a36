"""The reader of a program that prints one JSON object a line and takes nothing while it runs."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from orch.adapters.agents.lines import JsonLines
from orch.adapters.agents.silent import SilentReader
from orch.core.signs import Sign, SignKind, Source
from orch.core.usage import Usage
from orch.ports.session_host import Direction, Stretch

TEXT_LIMIT = 2000
"""Characters; what a sign quotes of an agent is for people to read."""

_LINE_LIMIT = 64 * 1024


class JsonReader(SilentReader, ABC):
    """Joins lines to objects; what they mean is for `event` of each program to tell."""

    def __init__(self, *, model: str = "") -> None:
        """Begin with nothing read."""
        self._lines = JsonLines()
        self.at = 0.0
        self.begun = False
        self.usage = Usage(model=model)
        self.conversation = ""

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read what came out of the program; its error pipe and its input tell nothing."""
        if stretch.direction is not Direction.OUT:
            return ()
        self.at = at
        return [sign for one in self._lines.feed(stretch.data) for sign in self.event(one)]

    @abstractmethod
    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what an object means."""

    def sign(self, kind: SignKind, text: str = "", *, ref: str = "", ok: bool = True) -> Sign:
        """Make a sign of what the program's own protocol said, now."""
        source = Source.PROTOCOL
        return Sign(kind=kind, source=source, at=self.at, text=shortened(text), ref=ref, ok=ok)

    def turn(self) -> Sign:
        """Say that a turn began, or that the one that runs goes on."""
        kind = SignKind.PROGRESS if self.begun else SignKind.TURN_BEGAN
        self.begun = True
        return self.sign(kind)

    def known_by(self, conversation: str) -> Iterator[Sign]:
        """Tell the conversation's id once."""
        if conversation and conversation != self.conversation:
            self.conversation = conversation
            yield self.sign(SignKind.CONVERSATION, ref=conversation)

    def spent(self, usage: Usage) -> Sign:
        """Tell new totals."""
        self.usage = usage
        return Sign(kind=SignKind.SPENT, source=Source.PROTOCOL, at=self.at, usage=usage)


class TextLines:
    """Joins pieces of an error pipe to lines."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._begun = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Take a piece and give the lines that it completes."""
        *whole, rest = (self._begun + data).split(b"\n")
        # What is longer is no line for people.
        self._begun = rest[-_LINE_LIMIT:]
        yield from (line.decode(errors="replace") for line in whole)


def shortened(text: str) -> str:
    """Cut a text to what a sign may quote."""
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"


def one_line(text: str) -> str:
    """Join the lines of a text."""
    return re.sub(r"\s+", " ", text).strip()
