"""Two session hosts as one: terminals in tmux, what speaks over pipes in the session server."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.adapters.session_hosts.tmux.host import TmuxSessionHost
from orch.ports.errors import Transient
from orch.ports.session_host import (
    Delivery,
    EndOfInput,
    Fact,
    Page,
    Resize,
    Screen,
    SessionHost,
    SessionSpec,
    SessionState,
    Signal,
)

_JOINT = "|"


class ComposedSessionHost:
    """Implements `SessionHost`; a session is where it was started, for ever.

    `terminals_in_tmux` decides about new ones only, so that sessions go on when the person
    changes her mind in the configuration.
    """

    def __init__(
        self, builtin: BuiltinSessionHost, tmux: TmuxSessionHost, *, terminals_in_tmux: bool = True
    ) -> None:
        self._builtin, self._tmux = builtin, tmux
        self._terminals_in_tmux = terminals_in_tmux

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start a session where it belongs, or find it."""
        host = await self._host_of(spec.name)
        if host is self._builtin and self._terminals_in_tmux and spec.stdio == "pty":
            # One that the session server has a record of was started before tmux was chosen.
            known = await self._builtin.probe(spec.name)
            host = self._tmux if known.started_at is None else host
        return await host.start(spec)

    async def probe(self, name: str) -> SessionState:
        """Tell what is known of a session."""
        return await (await self._host_of(name)).probe(name)

    async def list(self) -> Sequence[SessionState]:
        """List the sessions of both."""
        both = [*await self._builtin.list(), *await self._tmux.list()]
        return tuple(sorted(both, key=lambda state: state.started_at or 0.0))

    async def read(self, name: str, *, offset: int, limit: int) -> Page:
        """Read a transcript."""
        return await (await self._host_of(name)).read(name, offset=offset, limit=limit)

    async def screen(self, name: str) -> Screen:
        """Render a terminal."""
        return await (await self._host_of(name)).screen(name)

    async def write(
        self, name: str, what: bytes | Signal | Resize | EndOfInput, *, message_id: str = ""
    ) -> Delivery:
        """Write to a session, signal or resize it."""
        return await (await self._host_of(name)).write(name, what, message_id=message_id)

    async def end(self, name: str, *, grace_s: float, forget: bool = False) -> SessionState:
        """End a session and prove it."""
        return await (await self._host_of(name)).end(name, grace_s=grace_s, forget=forget)

    async def events(self, *, after: str = "") -> AsyncGenerator[Fact, None]:
        """Follow the news of both; the cursor holds a place in each."""
        places = list(after.split(_JOINT)) if after.count(_JOINT) == 1 else ["", ""]
        told: asyncio.Queue[tuple[int, Fact]] = asyncio.Queue()

        async def pump(index: int, host: SessionHost) -> None:
            async with aclosing(host.events(after=places[index])) as facts:
                async for fact in facts:
                    await told.put((index, fact))

        hosts: tuple[SessionHost, SessionHost] = (self._builtin, self._tmux)
        pumps = [asyncio.create_task(pump(*one)) for one in enumerate(hosts)]
        try:
            # Nothing is missed any more once both have begun: only then that is told.
            is_begun = all(places)
            while True:
                index, fact = await _next(told, pumps)
                places[index] = fact.cursor
                if is_begun or (is_begun := all(places)):
                    yield replace(fact, cursor=_JOINT.join(places))
        finally:
            for task in pumps:
                task.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def stop_server(self, *, force: bool = False) -> None:
        """End the session server; tmux's own ends with its last window."""
        await self._builtin.stop_server(force=force)

    async def close(self) -> None:
        """Hang up; all sessions stay."""
        await self._tmux.close()
        await self._builtin.close()

    async def _host_of(self, name: str) -> SessionHost:
        return self._tmux if await self._tmux.knows(name) else self._builtin


async def _next(
    told: "asyncio.Queue[tuple[int, Fact]]", pumps: Sequence["asyncio.Task[None]"]
) -> tuple[int, Fact]:
    """Wait for a fact. Raises what ended the news of either."""
    getting = asyncio.create_task(told.get())
    try:
        await asyncio.wait((getting, *pumps), return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return getting.result()
    finally:
        getting.cancel()
    for task in pumps:
        if task.done():
            task.result()
    raise Transient("the news came to an end")
