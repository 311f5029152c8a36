"""One session of the fake host, and how it plays the puppets."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import SIGKILL, SIGSTOP, SIGTERM

from orch.ports.errors import Permanent
from orch.ports.session_host import (
    Delivery,
    Direction,
    EndOfInput,
    Liveness,
    Page,
    Resize,
    SessionSpec,
    SessionState,
    Signal,
    Stretch,
)
from orch.session_server.news import News
from orch.testing import puppets


@dataclass(slots=True)
class FakeSession:
    """A session that does what it is told by a test, or by the script it is given.

    With `resists` a TERM is ignored; `leftovers` are what is told to have outlived the leader.
    """

    spec: SessionSpec
    state: SessionState
    news: News
    resists: bool = False
    leftovers: tuple[str, ...] = ()
    stretches: list[Stretch] = field(default_factory=list)
    messages: dict[str, int] = field(default_factory=dict)
    input: "asyncio.Queue[bytes | None]" = field(default_factory=asyncio.Queue)
    _output: bytearray = field(default_factory=bytearray)
    _line: bytearray = field(default_factory=bytearray)
    _input_closed: bool = False

    @property
    def output(self) -> bytes:
        """All that it printed."""
        return bytes(self._output)

    def print(self, data: bytes, *, direction: Direction = Direction.OUT) -> None:
        """Print something."""
        if self.spec.stdio == "pty":
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.stretches.append(Stretch(direction=direction, offset=len(self._output), data=data))
        self._output += data
        self.state = replace(self.state, offset=len(self._output))
        self.news.grew(self.spec.name, lambda: len(self._output))

    async def read_line(self) -> bytes | None:
        """Wait for a line of input, without its end; None at the end of the input."""
        while b"\n" not in self._line:
            data = await self.input.get()
            if data is None:
                return None
            self._line += data.replace(b"\r", b"\n")
        line, _, rest = bytes(self._line).partition(b"\n")
        self._line = bytearray(rest)
        return line

    def exit(self, code: int) -> None:
        """End by itself."""
        self._over(f"exited with {code}", exit_code=code)

    def die(self, number: int) -> None:
        """End by a signal."""
        self._over(f"died of signal {number}", exit_signal=number)

    def lose(self) -> None:
        """Become unknown, as if the host had died and come back."""
        how = "the session server that held it died"
        self.state = replace(self.state, liveness=Liveness.UNKNOWN, how=how)

    def vanish(self) -> None:
        """End without anybody seeing how."""
        self._over("its end was not seen")

    def _over(
        self, how: str, *, exit_code: int | None = None, exit_signal: int | None = None
    ) -> None:
        if self.state.liveness is Liveness.GONE:
            return
        self.state = replace(
            self.state,
            liveness=Liveness.GONE,
            how=how,
            exit_code=exit_code,
            exit_signal=exit_signal,
            ended_at=time.time(),
            leftovers=self.leftovers,
        )
        self.news.tell("exited", self.spec.name, offset=len(self._output), detail=how)

    def page(self, *, offset: int, limit: int) -> Page:
        """Return a part of what it printed."""
        at = max(0, len(self._output) + offset) if offset < 0 else min(offset, len(self._output))
        data = bytes(self._output[at : at + limit])
        return Page(
            offset=at, data=data, first=0, end=len(self._output), stretches=self._between(at, data)
        )

    def _between(self, at: int, data: bytes) -> tuple[Stretch, ...]:
        if self.spec.stdio == "pty":
            return ()
        found, end = [], at + len(data)
        for one in self.stretches:
            start, stop = max(at, one.offset), min(end, one.offset + len(one.data))
            if one.direction is Direction.IN and at <= one.offset <= end:
                found.append(one)
            elif one.direction is not Direction.IN and stop > start:
                found.append(replace(one, offset=start, data=data[start - at : stop - at]))
        return tuple(found)

    def take(self, what: bytes | Signal | Resize | EndOfInput, *, message_id: str) -> Delivery:
        """Take what is written to it. Raises `Permanent`."""
        if message_id in self.messages:
            return Delivery(offset=self.messages[message_id], duplicate=True)
        if self.state.liveness is not Liveness.ALIVE:
            raise Permanent(f"{self.spec.name} has ended")
        match what:
            case Signal():
                self._signal(what.number)
            case Resize() if what.rows > 0 and what.cols > 0 and self.spec.stdio == "pty":
                self.state = replace(self.state, rows=what.rows, cols=what.cols)
            case Resize():
                pass
            case EndOfInput():
                self._close_input()
            case _:
                self._type(what, message_id=message_id)
        return Delivery(offset=len(self._output))

    def _signal(self, number: int) -> None:
        if number == SIGSTOP or (number == SIGTERM and self.resists):
            return
        self.die(number)

    def _close_input(self) -> None:
        if self.spec.stdio == "pty":
            raise Permanent(f"{self.spec.name} has a terminal, whose input has no end")
        self._input_closed = True
        self.input.put_nowait(None)

    def _type(self, data: bytes, *, message_id: str) -> None:
        if self._input_closed:
            raise Permanent(f"{self.spec.name}: its input is closed")
        offset = len(self._output)
        if message_id:
            self.messages[message_id] = offset
        serial = 1 + sum(one.direction is Direction.IN for one in self.stretches)
        typed = Stretch(
            direction=Direction.IN, offset=offset, data=data, serial=serial, message_id=message_id
        )
        self.stretches.append(typed)
        self.input.put_nowait(data)

    def end(self) -> None:
        """End it, gently if it listens."""
        if self.state.liveness is Liveness.GONE:
            return
        if self.state.liveness is Liveness.UNKNOWN:
            self.vanish()
        else:
            self.die(SIGKILL if self.resists else SIGTERM)
        self.state = replace(
            self.state, killed=(f"{self.state.pid} {Path(self.spec.argv[0]).name}",)
        )


async def play_puppet(session: FakeSession) -> None:
    """Do what a puppet does; any other program runs until it is ended."""
    script, words = session.spec.argv[2:3], session.spec.argv[4:]
    match script:
        case (puppets.SAY,):
            session.print(words[0].encode())
            session.exit(int(words[1]))
        case (puppets.WAIT,):
            session.print(b"ready\n")
        case (puppets.RESIST,):
            session.resists = True
            session.print(b"ready\n")
        case (puppets.LEAVE,):
            session.print(b"left\n")
            session.leftovers = ("1 sleep",)
            session.exit(0)
        case (puppets.LOOK_AROUND,):
            session.print(f"{session.spec.name}|{session.spec.cwd}".encode())
            session.exit(0)
        case (puppets.ECHO,):
            session.print(b"ready\n")
            while (line := await session.read_line()) is not None:
                session.print(line + b"\n")
            session.exit(0)
        case (puppets.TALK,):
            session.print(b"to-out\n")
            session.print(b"to-err\n", direction=Direction.ERR)
            session.print(b"got " + (await session.read_line() or b"") + b"\n")
            session.exit(0)
        case _:
            pass
