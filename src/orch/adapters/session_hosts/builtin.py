"""The session host of this machine: a client of the session server, which it starts if need be."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec

from orch.adapters.session_hosts.link import Broken, Link
from orch.ports.session_host import (
    Delivery,
    EndOfInput,
    Fact,
    Page,
    Resize,
    Screen,
    SessionSpec,
    SessionState,
    Signal,
)
from orch.system.paths import Home

T = TypeVar("T")


class BuiltinSessionHost:
    """Implements `SessionHost`. Connects at the first call, and again after a loss.

    What is asked twice is done once, so an order whose answer was lost is simply given again;
    only input without a message id is not, for nobody could tell whether it was delivered.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._link: Link | None = None
        self._connecting = asyncio.Lock()

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start a session, or find it."""
        return await self._ask("start", msgspec.to_builtins(spec), reply=SessionState)

    async def probe(self, name: str) -> SessionState:
        """Tell what is known of a session."""
        return await self._ask("probe", {"name": name}, reply=SessionState)

    async def list(self) -> Sequence[SessionState]:
        """List the sessions."""
        return await self._ask("list", {}, reply=tuple[SessionState, ...])

    async def read(self, name: str, *, offset: int, limit: int) -> Page:
        """Read a transcript."""
        return await self._ask("read", {"name": name, "offset": offset, "limit": limit}, reply=Page)

    async def screen(self, name: str) -> Screen:
        """Render a terminal."""
        return await self._ask("screen", {"name": name}, reply=Screen)

    async def write(
        self, name: str, what: bytes | Signal | Resize | EndOfInput, *, message_id: str = ""
    ) -> Delivery:
        """Write to a session, signal or resize it."""
        named: dict[str, Any] = {"name": name}
        match what:
            case Signal():
                number = named | {"number": what.number}
                return await self._ask("signal", number, reply=Delivery, again=False)
            case Resize():
                size = {"rows": what.rows, "cols": what.cols}
                return await self._ask("resize", named | size, reply=Delivery)
            case EndOfInput():
                return await self._ask("close_input", named, reply=Delivery)
            case _:
                typed = named | {"data": what, "message_id": message_id}
                return await self._ask("write", typed, reply=Delivery, again=bool(message_id))

    async def end(self, name: str, *, grace_s: float, forget: bool = False) -> SessionState:
        """End a session and prove it."""
        wanted = {"name": name, "grace_s": grace_s, "forget": forget}
        return await self._ask("end", wanted, reply=SessionState)

    async def events(self, *, after: str = "") -> AsyncGenerator[Fact, None]:
        """Follow the news, on a connection of its own."""
        link = await Link.open(self._home)
        try:
            async with aclosing(link.follow({"after": after}, Fact)) as facts:
                async for fact in facts:
                    yield fact
        finally:
            await link.close()

    async def upgrade(self) -> None:
        """Let the server become the code that is installed now; its sessions stay.

        Raises `Permanent` if that code does not start: then the server goes on as it is.
        """
        await self._ask("upgrade", {}, reply=dict[str, Any], again=False)

    async def stop_server(self, *, force: bool = False) -> None:
        """End the server; `Permanent` if sessions live, unless `force` is to end them too."""
        await self._ask("stop", {"force": force}, reply=dict[str, Any], again=False)
        await self.close()

    async def close(self) -> None:
        """Hang up; the server and its sessions stay."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _ask(self, method: str, params: object, *, reply: type[T], again: bool = True) -> T:
        link = await self._connected()
        try:
            return await link.call(method, params, reply=reply)
        except Broken:
            # It became another program just now, or died: the next one knows what became of it.
            if not again:
                raise
        link = await self._connected()
        return await link.call(method, params, reply=reply)

    async def _connected(self) -> Link:
        async with self._connecting:
            if self._link is None or not self._link.is_open:
                await self.close()
                self._link = await Link.open(self._home)
            return self._link
